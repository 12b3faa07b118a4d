// SPDX-License-Identifier: MIT
//
// What a finding does: halt its system, be kept, or nothing. The user's word for a rule comes first.
#ifndef PORTSIDE_VERIFIER_MODES_H
#define PORTSIDE_VERIFIER_MODES_H

#include "base/finding.h"

enum { MODES_MOST = 16, MODES_RULE = 32 };

struct modes {
    struct {
        char rule[MODES_RULE];
        enum finding_mode mode;
    } set[MODES_MOST];
    unsigned count;
};

// "VF-58=off". 0; -EINVAL: not ID=stop|report|off; -ENOSPC: too many. The last word for a rule counts.
int modes_set(struct modes *modes, const char *text);

// `otherwise` if nothing was said about the rule.
enum finding_mode modes_of(const struct modes *modes, const char *rule,
                           enum finding_mode otherwise);

#endif
