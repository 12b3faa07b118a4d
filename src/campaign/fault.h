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
    FAULT_SPURIOUS,            // after interrupt `at` another one comes, for which no device asked
    FAULT_LATE,                // interrupt `at` comes late
    FAULT_MERGED,              // interrupt `at` comes with the next
    FAULT_LOST,                // interrupt `at` does not come
    FAULT_GONE,                // from register access `at` on the device is gone
    FAULT_KINDS
};

struct fault {
    enum fault_kind kind;
    uint64_t at;
};

#endif
