// SPDX-License-Identifier: MIT
//
// The words of a Sound Blaster 16 and of the 8237 pair beside it, on the models' test machine.
#ifndef PORTSIDE_TESTS_SB16_MACHINE_H
#define PORTSIDE_TESTS_SB16_MACHINE_H

#include "tests/model_machine.h"

enum {
    MIXER_INDEX = 4,
    MIXER_DATA = 5,
    RESET = 6,
    DATA = 0xA,
    COMMAND = 0xC,
    STATUS = 0xE,
    STATUS_16 = 0xF
};

struct ps_device *power_on(void);
// Reset, and volumes and input at 0 dB.
struct ps_device *ready(void);

// pass(), and a look at what should have happened by then.
void go(struct ps_device *m, uint64_t ns);

uint8_t get(struct ps_device *m, uint32_t offset); // a port of the card
void put(struct ps_device *m, uint32_t offset, unsigned value);
uint8_t mixer(struct ps_device *m, unsigned index);
void set_mixer(struct ps_device *m, unsigned index, unsigned value);
// Each byte once the DSP is no longer busy, which takes 1 us.
void command(struct ps_device *m, unsigned code);
void command_1(struct ps_device *m, unsigned code, unsigned a);
void command_2(struct ps_device *m, unsigned code, unsigned a, unsigned b);
void command_3(struct ps_device *m, unsigned code, unsigned a, unsigned b, unsigned c);
void rate(struct ps_device *m, unsigned hz); // 41h
// Bxh or Cxh: `samples` as in SB-37.
void start(struct ps_device *m, unsigned code, unsigned mode, unsigned samples);
bool has_data(struct ps_device *m);

// Ports of the 8237, with the model's look before and after.
uint8_t dma_get(struct ps_device *m, uint64_t port);
void dma_put(struct ps_device *m, uint64_t port, unsigned value);
// Channel 1 or 5: mode (SB-85) without the channel's bits, whole buffer from `physical` on,
// unmasked.
void program(struct ps_device *m, unsigned channel, unsigned mode, uint32_t physical,
             unsigned bytes);
void mask(struct ps_device *m, unsigned channel, bool masked);
// Transfers left less one.
unsigned count_of(struct ps_device *m, unsigned channel);

// What a buffer holds, as 16-bit samples.
int16_t *samples_at(struct ps_device *m, uint32_t physical);

#endif
