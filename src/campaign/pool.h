// SPDX-License-Identifier: MIT
//
// Workers at work on a plan.
#ifndef PORTSIDE_CAMPAIGN_POOL_H
#define PORTSIDE_CAMPAIGN_POOL_H

#include "campaign/report.h"
#include "campaign/worker.h"

// The boot and what fits; `report` gets the boot's findings (of script 0). 0 or a negative errno with a line in
// ps_error_text().
int pool_survey(const struct crew *crew, struct scripts *scripts, struct report *report, bool *real);

struct pool_options {
    unsigned jobs;
    double seconds; // 0: no limit
    bool (*progress)(void *context, const struct ps_verify_progress *progress);
    void *context;
};

// Runs the plan to its end or until time or progress says so (then *cut is true).
int pool_run(const struct crew *crew, struct plan *plan, const struct pool_options *options,
             struct report *report, bool *cut);

// Makes the tokens of a settled report.
int pool_tokens(const struct crew *crew, const struct plan *plan, struct report *report);

#endif
