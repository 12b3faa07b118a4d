// SPDX-License-Identifier: MIT
//
// The words of an AC'97 model on the models' test machine. Descriptor lists are at LIST + 0x10 *
// engine.
#ifndef PORTSIDE_TESTS_AC97_MACHINE_H
#define PORTSIDE_TESTS_AC97_MACHINE_H

#include "tests/model_machine.h"

enum { PI = 0x00, PO = 0x10, MC = 0x20 }; // engine blocks
enum { BDBAR = 0x0, CIV = 0x4, LVI = 0x5, SR = 0x6, PICB = 0x8, PIV = 0xA, CR = 0xB };
enum { GLOB_CNT = 0x2C, GLOB_STA = 0x30, CAS = 0x34 };
enum { DCH = 1, CELV = 2, LVBCI = 4, BCIS = 8, FIFOE = 16 };           // SR
enum { RPBM = 1, RR = 2, LVBIE = 4, FEIE = 8, IOCE = 16, RUN = 0x1D }; // CR; RUN: all enables
#define IOC 0x80000000u                                                // descriptor flags
#define BUP 0x40000000u

struct ps_device *power_on(void); // bus master on, codec still in cold reset
// Power on, cold reset released, codec and converters ready, all volumes at 0 dB, engines
// untouched.
struct ps_device *ready(void);

uint16_t nam_read(struct ps_device *m, uint32_t offset);
// Posts, and waits until the codec has it.
void nam_write(struct ps_device *m, uint32_t offset, uint16_t value);
void nam_post(struct ps_device *m, uint32_t offset, uint16_t value);
uint32_t get(struct ps_device *m, uint32_t offset, unsigned width); // BAR1
void put(struct ps_device *m, uint32_t offset, unsigned width, uint32_t value);
static inline uint32_t sr(struct ps_device *m, uint32_t engine)
{
    return get(m, engine + SR, 2);
}
static inline uint32_t civ(struct ps_device *m, uint32_t engine)
{
    return get(m, engine + CIV, 1);
}
static inline uint32_t picb(struct ps_device *m, uint32_t engine)
{
    return get(m, engine + PICB, 2);
}

// Descriptor `index` of an engine's list; the list's address is LIST + 0x10 * engine.
void describe(struct ps_device *m, uint32_t engine, unsigned index, uint32_t address,
              uint32_t control);
// BDBAR, LVI, and off it goes with all interrupts enabled.
void start(struct ps_device *m, uint32_t engine, unsigned last);
// The usual case: `buffers` of `frame_count` numbered frames each, IOC on all, played from 0.
void play(struct ps_device *m, unsigned buffers, unsigned frame_count);

// What was heard: frames `first`, `first` + 1, ... from memory; or `left`, again and again, from nowhere.
void assert_heard(struct ps_device *m, size_t from, size_t count, int first);
void assert_filler(struct ps_device *m, size_t from, size_t count, int left);
int sample(struct ps_device *m, uint32_t physical);

#endif
