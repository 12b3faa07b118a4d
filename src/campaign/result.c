// SPDX-License-Identifier: MIT
//
// What the public header says of a result.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "campaign/verify.h"

double verify_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

struct ps_verify *verify_create(struct scripts *scripts)
{
    struct ps_verify *verify = calloc(1, sizeof(*verify));

    if (verify)
        verify->scripts = *scripts;
    else
        scripts_destroy(scripts);
    return verify;
}

void verify_count(struct ps_verify *verify)
{
    verify->totals.findings = report_failures(&verify->report);
    verify->totals.remarks = verify->report.count - verify->totals.findings;
    verify->totals.rules = report_rules(&verify->report);
    for (unsigned i = 0; i < verify->report.count; i++) {
        struct found *found = &verify->report.found[i];
        const struct rule *rule = rule_find(found->seen.rule);
        bool pair = rule && strcmp(rule->id, found->seen.rule);

        verify->totals.ours |= !strcmp(found->seen.rule, "INTERNAL");
        snprintf(found->rules, sizeof(found->rules), "%s%s%s", found->seen.rule,
                 pair ? " / " : "", pair ? rule->id : "");
    }
}

void ps_verify_free(struct ps_verify *verify)
{
    if (!verify)
        return;
    report_clear(&verify->report);
    scripts_destroy(&verify->scripts);
    free(verify->scenarios);
    free(verify);
}

void ps_verify_totals(const struct ps_verify *verify, struct ps_verify_totals *out)
{
    *out = verify->totals;
}

int ps_verify_scenario(const struct ps_verify *verify, unsigned index,
                       struct ps_verify_scenario *out)
{
    const struct script *script;

    if (index + 1 >= verify->scripts.count)
        return -ERANGE;
    script = &verify->scripts.items[index + 1]; // behind the boot
    *out = (struct ps_verify_scenario){
        .name = script->name,
        .title = script->title,
        .unfit = script->unfit[0] ? script->unfit : NULL,
    };
    if (!verify->scenarios)
        return 0;
    out->schedules = verify->scenarios[index + 1].schedules;
    out->swept = verify->scenarios[index + 1].swept;
    out->sites = verify->scenarios[index + 1].sites;
    out->sites_failed = verify->scenarios[index + 1].sites_failed;
    return 0;
}

int ps_verify_finding(const struct ps_verify *verify, unsigned index,
                      struct ps_verify_finding *out)
{
    const struct found *found;
    const struct seen *seen;

    if (index >= verify->report.count)
        return -ERANGE;
    found = &verify->report.found[index];
    seen = &found->seen;
    *out = (struct ps_verify_finding){
        .finding = {.rule = seen->rule,
                    .side = (enum ps_side)seen->side,
                    .remark = seen->remark,
                    .code = seen->code,
                    .text = seen->text,
                    .where = seen->where,
                    .lock = seen->lock,
                    .time_ns = seen->time,
                    .irql = seen->irql,
                    .processor = seen->processor,
                    .repeats = seen->repeats,
                    .thread = seen->thread},
        .rules = found->rules,
        .scenario = verify->scripts.items[found->first.script].name,
        .schedule = found->number,
        .times = found->count,
        .token = found->token ? found->token : "",
        .stack = seen->stack,
        .exact = found->exact || verify->real,
    };
    memcpy(out->finding.parameters, seen->parameters, sizeof(seen->parameters));
    return 0;
}

__attribute__((noinline)) void ps_verify_finding_here(const char *rule, const char *text)
{
    __asm__ volatile("" : : "r"(rule), "r"(text) : "memory"); // the call is not optimised away
}
