// SPDX-License-Identifier: MIT
//
// A script that is run in front of QEMU's device and of our model with quirks: what it notes must be the same on both.
#ifndef PORTSIDE_TESTS_MACHINE_BENCH_H
#define PORTSIDE_TESTS_MACHINE_BENCH_H

#include "models/models.h"
#include "tests/machine_tester.h"

enum { RATE = 48000, FRAMES = 4800, MOST_HEARD = 4 * RATE, LINE = 120, MOST_NOTES = 200 };
#define MS 1000000ull

struct bench {
    struct tester t;
    struct ps_device *device;
    uint64_t list, sound, taken; // physical: a page of descriptors; FRAMES frames that count up; room for as many
    int16_t heard[2 * MOST_HEARD];
    size_t count; // frames heard
    char notes[MOST_NOTES][LINE];
    unsigned noted;
    uint64_t rises; // for scripts that count interrupts
};

// Lets time pass: real time in front of QEMU.
void pass(struct bench *bench, uint64_t ns);
__attribute__((format(printf, 2, 3))) void note(struct bench *bench, const char *format, ...);
// Notes what is heard first, and some frames behind it.
void levels(struct bench *bench, const char *when);
// `ready` brings the device up to where sound can begin. SHOW in the environment shows all notes.
void compare(const struct ps_device_ops *model, void (*ready)(struct bench *bench), void (*script)(struct bench *bench));

#endif
