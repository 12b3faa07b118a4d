// SPDX-License-Identifier: MIT
//
// The rules of docs/spec/verifier.md as data (rules.def), and what a finding does in a run: each rule has a
// default mode, which `--rule ID=MODE` changes. Findings carry a rule of the contract where there is one
// ("WP-45"); either id names the rule. No knowledge of ports, drivers or scenarios.
#ifndef PORTSIDE_VERIFIER_RULES_H
#define PORTSIDE_VERIFIER_RULES_H

#include "base/finding.h"

enum rule_state { RULE_ENFORCED, RULE_OFF_BY_DEFAULT, RULE_NOT_MODELLED };

struct rule {
    const char *id;
    enum rule_state state;
    enum finding_mode mode; // unless off
    uint32_t code;          // Windows' bug check, or 0
    const char *also;       // ids that findings carry for it, a space between two: of the contract, or of another
                            // rule here by whose name it goes
    const char *reason;     // why it is not modelled, or ""
};

// NULL past the end.
const struct rule *rule_at(size_t index);
// By its own id or one of `also`; NULL: no such rule here (a rule of the contract alone).
const struct rule *rule_find(const char *id);

// Modes that differ from the default. Zeroed is none; no memory of its own.
enum { RULE_CHANGES = 64 };
struct rule_changes {
    unsigned count;
    struct {
        char id[16];
        enum finding_mode mode;
    } at[RULE_CHANGES];
};

// `text` is ID=stop, ID=report or ID=off; a later change of the same rule counts. 0; -EINVAL: not of that form;
// -ENOENT: no such rule; -EOPNOTSUPP: it is not modelled; -ENOSPC. What a fault, a deadlock or a bug check stops
// stays stopped whatever is asked.
int rule_change(struct rule_changes *changes, const char *text);

// What a finding does. Findings against the driver and the port stop as their rule says; those against client
// and device are reported; off is silent for all.
enum finding_mode rule_mode(const struct rule_changes *changes, const struct finding *finding);

#endif
