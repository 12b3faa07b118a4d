// SPDX-License-Identifier: MIT
//
// What one run makes go wrong.
#ifndef PORTSIDE_CAMPAIGN_FAULT_H
#define PORTSIDE_CAMPAIGN_FAULT_H

#include <stdint.h>

enum fault_kind {
    FAULT_NONE,
    FAULT_ALLOCATION,          // allocation number `at` fails
    FAULT_ALLOCATION_FOR_GOOD, // and all after it
    FAULT_TICK,                // the clock interrupt comes every `at` ns
    FAULT_KINDS
};

struct fault {
    enum fault_kind kind;
    uint64_t at;
};

#endif
