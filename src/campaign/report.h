// SPDX-License-Identifier: MIT
//
// Findings of many schedules, kept once for each rule, side and call site.
#ifndef PORTSIDE_CAMPAIGN_REPORT_H
#define PORTSIDE_CAMPAIGN_REPORT_H

#include "campaign/plan.h"

struct place {
    uint32_t script;
    enum series series;
    uint64_t index;
};

struct found {
    struct seen seen;
    struct place *places; // where it came, in no order
    size_t count, capacity;
    struct place first;   // report_settle
    uint64_t number;
    char rules[48];       // "WP-45 / VF-2"
    char *token;          // on the heap, or NULL
    bool exact;
};

struct report {
    struct found *found;
    unsigned count, capacity;
};

// False: no memory.
bool report_note(struct report *report, const struct outcome *outcome);
// Drops what lies beyond the ends of sweeps and puts the findings in order.
void report_settle(struct report *report, const struct plan *plan);
// Findings that are no remarks, and how many rules they broke.
unsigned report_failures(const struct report *report);
unsigned report_rules(const struct report *report);
void report_clear(struct report *report);

#endif
