// SPDX-License-Identifier: MIT
//
// The watchdog: ends a run whose code passes no scheduling point for a given amount of CPU time of its OS
// thread, and, where a budget was set, one that passes them and comes to no end. What it reports depends on the speed
// of the machine, so the finding says "not step-exact".
#ifndef PORTSIDE_SCHED_WATCHDOG_H
#define PORTSIDE_SCHED_WATCHDOG_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct watchdog {
    timer_t timer;
    bool created;
    unsigned limit;      // ms; 0: off
    uint64_t points;     // as the last tick saw them
    unsigned quiet;      // ticks without progress
    unsigned budget;     // ms, over several runs; 0: none
    volatile unsigned spent; // ms of it, by ticks
};

enum { WATCHDOG_DEFAULT_MS = 2000, WATCHDOG_TICKS = 4 };

// Around each run; `points` is the scheduler's count so far. Without a timer there is no watchdog.
void watchdog_start(struct watchdog *watchdog, uint64_t points);
void watchdog_stop(struct watchdog *watchdog);
void watchdog_destroy(struct watchdog *watchdog);

// From the signal handler: true if the limit is reached.
bool watchdog_tick(struct watchdog *watchdog, uint64_t points);

static inline bool watchdog_is_over(const struct watchdog *watchdog)
{
    return watchdog->budget && watchdog->spent >= watchdog->budget;
}

// The signal it uses.
#define WATCHDOG_SIGNAL SIGVTALRM

#endif
