// SPDX-License-Identifier: MIT
//
// Real time: the scheduler's other clock. Its `now` is CLOCK_MONOTONIC; waiting is waiting in epoll, for the moment or
// for a source. Without one time is virtual and nobody waits.
//
// Lives on the heap: no restore rewinds it.
#ifndef PORTSIDE_SCHED_REAL_CLOCK_H
#define PORTSIDE_SCHED_REAL_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct real_clock;

// How late deadlines were served.
struct real_clock_service {
    uint64_t wakes;
    uint64_t p50, p99, p999, worst; // ns
};

// NULL and errno. Time begins at 0.
struct real_clock *real_clock_create(void);
void real_clock_destroy(struct real_clock *clock);

uint64_t real_clock_now(const struct real_clock *clock); // ns

// Readiness of `fd` for any of `events` (as poll's) ends waits and is noted in *ready. 0 or negative errno (-EPERM: poll
// would call it ready at any time).
int real_clock_watch(struct real_clock *clock, int fd, uint32_t events, uint32_t *ready);
void real_clock_unwatch(struct real_clock *clock, int fd);

// Waits until `until` (UINT64_MAX: for watched descriptors alone) or one of them is ready. False: nothing came for
// CLOCK_PATIENCE although no moment was given, or nothing can come.
#define CLOCK_PATIENCE 10000000000u // ns
bool real_clock_wait(struct real_clock *clock, uint64_t until);

// A deadline was served `ns` late.
void real_clock_note(struct real_clock *clock, uint64_t ns);
// The latest since the last call of real_clock_begin, and when it was due.
struct real_clock_stall {
    uint64_t ns, at;
};
void real_clock_begin(struct real_clock *clock);
struct real_clock_stall real_clock_stall(const struct real_clock *clock);
void real_clock_service(const struct real_clock *clock, struct real_clock_service *out);

#endif
