// SPDX-License-Identifier: MIT
//
// Look-up in rules.def. The table is read only; a system's changes belong to its host.
#include "verifier/rules.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define ENFORCED RULE_ENFORCED
#define OFF_BY_DEFAULT RULE_OFF_BY_DEFAULT
#define NOT_MODELLED RULE_NOT_MODELLED
#define STOP FINDING_STOP
#define REPORT FINDING_REPORT
#define REMARK FINDING_REMARK
#define RULE(id, state, mode, code, also, reason) {id, state, mode, code, also, reason},

static const struct rule rules[] = {
#include "verifier/rules.def"
};

enum { RULES = sizeof(rules) / sizeof(rules[0]) };

const struct rule *rule_at(size_t index)
{
    return index < RULES ? &rules[index] : NULL;
}

// `list` holds `id` as a whole word.
static bool names(const char *list, const char *id)
{
    size_t length = strlen(id);

    for (const char *at = strstr(list, id); at; at = strstr(at + length, id))
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
            return true;
    return false;
}

const struct rule *rule_find(const char *id)
{
    if (!*id)
        return NULL;
    for (size_t i = 0; i < RULES; i++)
        if (!strcmp(rules[i].id, id))
            return &rules[i];
    for (size_t i = 0; i < RULES; i++)
        if (names(rules[i].also, id))
            return &rules[i];
    return NULL;
}

static bool read_mode(const char *text, enum finding_mode *mode)
{
    static const char *const modes[] = {"stop", "report", "remark", "off"};

    for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        *mode = (enum finding_mode)i;
        if (!strcmp(text, modes[i]))
            return true;
    }
    return false;
}

// What findings are called that stand for no rule of the contract.
static const char other_findings[] = "ASSERT BUDGET BUS-MASTER DEADLOCK SCENARIO SOUND WAIT";

// Such a name, or WP-45: letters, a dash, a number with perhaps a letter behind it.
static bool is_id(const char *id)
{
    const char *at = id;

    while (isupper((unsigned char)*at))
        at++;
    return names(other_findings, id) || (*at == '-' && isdigit((unsigned char)at[1]));
}

int rule_change(struct rule_changes *changes, const char *text)
{
    const char *equals = strchr(text, '=');
    const struct rule *rule;
    enum finding_mode mode;
    char id[sizeof(changes->at[0].id)];

    if (!equals || equals == text || (size_t)(equals - text) >= sizeof(id) ||
        !read_mode(equals + 1, &mode))
        return -EINVAL;
    memcpy(id, text, (size_t)(equals - text));
    id[equals - text] = 0;
    rule = rule_find(id);
    if (!rule && !is_id(id))
        return -ENOENT;
    if (rule && rule->state == RULE_NOT_MODELLED)
        return -EOPNOTSUPP;
    if (changes->count == RULE_CHANGES)
        return -ENOSPC;
    strcpy(changes->at[changes->count].id, id);
    changes->at[changes->count++].mode = mode;
    return 0;
}

// A change of `changed` is one of findings that carry `id`, which is `rule`'s if there is one.
static bool concerns(const char *changed, const char *id, const struct rule *rule)
{
    const struct rule *other = rule_find(changed);

    if (!strcmp(changed, id) || (rule && !strcmp(changed, rule->id)))
        return true;
    // VF-102 is VF-61 by another name
    return other && !strcmp(other->id, changed) && names(other->also, rule ? rule->id : id);
}

static bool is_changed(const struct rule_changes *changes, const char *id, const struct rule *rule,
                       enum finding_mode *mode)
{
    for (unsigned i = changes->count; i-- > 0;) {
        if (!concerns(changes->at[i].id, id, rule))
            continue;
        *mode = changes->at[i].mode;
        return true;
    }
    return false;
}

enum finding_mode rule_mode(const struct rule_changes *changes, const struct finding *finding)
{
    const struct rule *rule = rule_find(finding->rule);
    enum finding_mode mode = FINDING_STOP;

    if (is_changed(changes, finding->rule, rule, &mode))
        return mode;
    if (rule && rule->state == RULE_OFF_BY_DEFAULT)
        return FINDING_OFF;
    if (finding->side == SIDE_CLIENT || finding->side == SIDE_DEVICE)
        return FINDING_REPORT;
    if (finding->remark)
        return FINDING_REMARK;
    return rule ? rule->mode : FINDING_STOP;
}
