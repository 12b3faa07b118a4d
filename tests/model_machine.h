// SPDX-License-Identifier: MIT
//
// A machine just big enough for one device model: memory, a clock, an interrupt line, an ear and a
// microphone. It implements the ps_device_ functions, so models are tested alone. ac97_machine.h
// and hda_machine.h add the words of their device.
//
// Beside it is a pair of 8237s for ISA cards; tests write its registers themselves.
//
// Memory: 1 MiB at MEMORY, one page at the top of the 32-bit space (TOP) and one at 0. The
// microphone plays a count: frame n of an input line is (n + 1, -(n + 1)), mono n + 1.
#ifndef PORTSIDE_TESTS_MODEL_MACHINE_H
#define PORTSIDE_TESTS_MODEL_MACHINE_H

#include <portside/device.h>

#include "models/i8237.h"

#define MEMORY 0x00100000u
#define MEMORY_BYTES 0x00100000u
#define TOP 0xFFFFF000u
#define LIST 0x00100000u  // where the tests put descriptor lists
#define SOUND 0x00110000u // and sample buffers
#define MILLISECOND UINT64_C(1000000)

struct heard {
    int16_t left, right;
    bool fetched;
    uint32_t rate;
};

struct ps_device {
    const struct ps_device_ops *ops;
    void *state;
    uint64_t now, wake_at;
    bool idle; // nothing runs beside the device: lazy deadlines are as late as they may be
    unsigned wakes;
    bool bus_master, line;
    unsigned rises; // edges of the interrupt line
    uint64_t rose_at;
    struct i8237 isa_dma;
    uint8_t *memory, top[4096], bottom[4096];
    uint64_t denied, denied_bytes; // [denied, +bytes) is outside every grant
    unsigned refused;              // accesses there
    size_t piece;                  // ps_device_dma_map gives at most so many bytes (0: no limit)
    bool quirks;
    bool deaf;                     // do not keep what is heard, only count it
    struct heard *heard;
    size_t heard_count, heard_room, fetched_count;
    uint32_t arrived[2]; // frames taken from the input lines
    unsigned underruns;
    uint64_t underrun_at;
    unsigned reports;
    bool remarked; // the last of them was a warning only
    const char *report; // rule of the last one
};

struct ps_device *model_power_on(const struct ps_device_ops *ops); // bus master on
struct ps_device *model_power_on_as(const struct ps_device_ops *ops, bool quirks);
void power_off(struct ps_device *m);

// Lets time pass; deadlines are honoured.
void pass(struct ps_device *m, uint64_t ns);
// Lets time pass without anybody looking: deadlines are late.
void jump(struct ps_device *m, uint64_t ns);
void sync(struct ps_device *m);
void set_command(struct ps_device *m, uint16_t command);
// Nanoseconds until `n` frames of `rate` have passed.
uint64_t frames_at(uint64_t n, unsigned rate);
static inline uint64_t frames(uint64_t n)
{
    return frames_at(n, 48000);
}

// Memory as the driver sees it; NULL outside.
void *at(struct ps_device *m, uint64_t physical);
// Numbered stereo frames from `physical` on: (first + i, -(first + i)).
void number(struct ps_device *m, uint32_t physical, unsigned frame_count, int first);

#endif
