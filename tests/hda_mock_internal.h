/* SPDX-License-Identifier: MIT */
/* State of the mock of hda_mock.h, shared by its files. */
#ifndef PORTSIDE_TESTS_HDA_MOCK_INTERNAL_H
#define PORTSIDE_TESTS_HDA_MOCK_INTERNAL_H

#include <string.h>

#include "tests/hda_mock.h"

enum {
    GCTL = 0x08,
    STATESTS = 0x0E,
    INTCTL = 0x20,
    INTSTS = 0x24,
    WALCLK = 0x30,
    CORBBASE = 0x40,
    CORBWP = 0x48,
    CORBRP = 0x4A,
    CORBCTL = 0x4C,
    RIRBBASE = 0x50,
    RIRBWP = 0x58,
    RINTCNT = 0x5A,
    RIRBCTL = 0x5C,
    RIRBSTS = 0x5D,
    ICW = 0x60,
    IRR = 0x64,
    ICS = 0x68,
    DPBASE = 0x70,
    STREAMS = 0x80,
    STREAM_END = STREAMS + 0x20 * MOCK_ENGINES,
    ALIASES = 0x2000,
    TICK_NS = 250000,
};

struct state {
    uint8_t regs[STREAM_END];
    uint64_t reported_at; // when the codec says that it is there
    uint64_t ticked_at;
    unsigned looks;     // at LPIB
    unsigned responses; // since RINTFL was cleared
};

static inline uint32_t get(const struct state *state, uint32_t reg, unsigned width)
{
    uint32_t value = 0;

    memcpy(&value, state->regs + reg, width);
    return value;
}

static inline void put(struct state *state, uint32_t reg, unsigned width, uint32_t value)
{
    memcpy(state->regs + reg, &value, width);
}

static inline uint64_t get64(const struct state *state, uint32_t reg)
{
    return get(state, reg, 4) | (uint64_t)get(state, reg + 4, 4) << 32;
}

/* hda_mock_engine.c */
unsigned mock_engine_count(void);
/* Engines that ask for an interrupt, a bit each. */
uint32_t mock_requests(const struct state *state);
void mock_update_line(struct ps_device *device, const struct state *state);
/* Everything up to now. */
void mock_advance(struct ps_device *device, struct state *state);
void mock_wake(struct ps_device *device, void *context);
void mock_write_engine(struct ps_device *device, struct state *state, uint32_t offset, unsigned width,
                       uint32_t value);

#endif
