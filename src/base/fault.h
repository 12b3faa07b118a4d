// SPDX-License-Identifier: MIT
//
// Failing allocations on purpose: every place that allocates for a driver, a client or the port asks
// here first. Sites are counted in the order in which they are reached; the plan says which one fails
// and whether it fails once or for good. Lives outside the arena.
#ifndef PORTSIDE_BASE_FAULT_H
#define PORTSIDE_BASE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/system.h"

struct fault_plan {
    uint64_t reached;  // allocations so far
    uint64_t fail_at;  // the first that fails, from 1; 0: none
    bool for_good;     // all from there on fail
    uint64_t failed;   // how many did
};

// True if this allocation must fail. No plan: false.
static inline bool fault_here(struct ps_system *system)
{
    struct fault_plan *plan = system->fault;

    if (__builtin_expect(!plan, 1))
        return false;
    plan->reached++;
    if (!plan->fail_at || plan->reached < plan->fail_at ||
        (plan->reached > plan->fail_at && !plan->for_good))
        return false;
    plan->failed++;
    return true;
}

#endif
