/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the host API share: a source and a sink in memory, a system with a built-in driver and its
 * device, a run that must come out bit for bit, and lives of a driver in which each allocation fails.
 */
#ifndef PORTSIDE_TESTS_HOST_FIXTURE_H
#define PORTSIDE_TESTS_HOST_FIXTURE_H

#include <portside/portside.h>

#include "tests/ps_test.h"

enum { MOST_FRAMES = 20000 };

struct tape {
    int16_t in[MOST_FRAMES * 2], out[MOST_FRAMES * 4];
    size_t frames, taken, got; /* frames */
};
extern struct tape tape;

extern const struct ps_format stereo; /* 16 bit, 48000 Hz */

void make_noise(struct tape *tape, size_t frames);
ptrdiff_t read_tape(void *context, void *to, size_t bytes);
int write_tape(void *context, const int16_t *frames, size_t count, unsigned channels, unsigned rate);

struct setup {
    struct ps_system *system;
    struct ps_driver *driver;
};
void begin_on(struct setup *setup, const struct ps_options *options, const char *driver,
              const struct ps_device_ops *device);
/* With a built-in device. */
void begin_with(struct setup *setup, const struct ps_options *options, const char *driver,
                const char *device);
/* With the AC'97 driver. */
void begin(struct setup *setup, const struct ps_options *options);
/* No finding was raised. */
void end(struct setup *setup);

struct ps_stream *open_stream(struct setup *setup, enum ps_direction direction,
                              enum ps_client client);
void play_by(struct setup *setup, struct tape *tape, size_t frames, enum ps_client client);
void play(struct setup *setup, struct tape *tape, size_t frames);
void record_by(struct setup *setup, struct tape *tape, size_t frames, enum ps_client client);

/* A driver is loaded, plays and is unloaded, once for each allocation, which fails (for good: and those after it).
 * Nothing is left behind, nobody is to blame. */
void sweep(const char *driver, const char *device, enum ps_client client, bool for_good);

#endif
