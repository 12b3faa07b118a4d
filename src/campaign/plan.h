// SPDX-License-Identifier: MIT
//
// What a campaign runs, in which series, and when a series has come to its end. Decides by seed, place and
// outcomes alone, so that any number of workers runs the same.
#ifndef PORTSIDE_CAMPAIGN_PLAN_H
#define PORTSIDE_CAMPAIGN_PLAN_H

#include "campaign/line.h"

struct plan_options {
    uint64_t seed;
    uint64_t schedules;  // 0: without limit; 1: of each script, with no sweep and no fault
    struct shard shard;  // count 0: everything
    bool once;           // one schedule of each script, its first variant, without faults
};

struct plan;

struct plan *plan_create(const struct scripts *scripts, const struct plan_options *options);
void plan_destroy(struct plan *plan);

// Up to `most` schedules of one series that should run next; 0: none now, or none any more (plan_waits tells).
unsigned plan_next(struct plan *plan, struct schedule *out, unsigned most);
// Outcomes are needed before more can be said.
bool plan_waits(const struct plan *plan);
// Every schedule that was given out comes back here once, in any order.
void plan_done(struct plan *plan, const struct outcome *outcome);

// After all: whether a schedule counts (it may have been given out beyond the end of its sweep), and its
// number in its script, from 1.
bool plan_counts(const struct plan *plan, uint32_t script, enum series series, uint64_t index);
uint64_t plan_number(const struct plan *plan, uint32_t script, enum series series, uint64_t index);

// Schedules that will be run as far as one can see; 0: without limit or not known yet.
uint64_t plan_total(const struct plan *plan);
// Of a script: schedules run that count, whether its sweeps came to their ends, allocations of its first run and
// those that failed once.
struct plan_report {
    uint64_t schedules, sites, sites_failed;
    bool swept;
};
void plan_report(struct plan *plan, uint32_t script, struct plan_report *out);

// Makes the schedule with this place, as plan_next would.
void plan_schedule(const struct plan *plan, uint32_t script, enum series series, uint64_t index,
                   struct schedule *out);

#endif
