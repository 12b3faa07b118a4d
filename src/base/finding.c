// SPDX-License-Identifier: MIT
//
// Findings and the journal that keeps them. Each finding is a block of its own, so pointers handed out stay
// good; the block for the next one is always there beforehand, because faults report from a signal handler.
#include "base/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/journal.h"
#include "base/system.h"

struct finding_runtime finding_runtime;

// ---- the journal -----------------------------------------------------------------------------------

struct journal *journal_create(void)
{
    struct journal *journal = calloc(1, sizeof(*journal));

    if (!journal)
        return NULL;
    journal_prepare(journal);
    if (!journal->spare) {
        journal_destroy(journal);
        return NULL;
    }
    return journal;
}

void journal_destroy(struct journal *journal)
{
    if (!journal)
        return;
    journal_clear(journal);
    free(journal->findings);
    free(journal->spare);
    free(journal);
}

void journal_set_policy(struct journal *journal, void *context,
                        enum finding_mode (*decide)(void *context, const struct finding *finding))
{
    journal->context = context;
    journal->decide = decide;
}

size_t journal_count(const struct journal *journal)
{
    return journal->count;
}

const struct finding *journal_get(const struct journal *journal, size_t index)
{
    return index < journal->count ? journal->findings[index] : NULL;
}

void journal_place(struct journal *journal, size_t index, const char *text, const char *frames)
{
    struct finding *finding = index < journal->count ? journal->findings[index] : NULL;

    if (!finding)
        return;
    snprintf(finding->place, sizeof(finding->place), "%s", text);
    free(finding->frames);
    finding->frames = strdup(frames);
}

void journal_clear(struct journal *journal)
{
    for (size_t i = 0; i < journal->count; i++) {
        free(journal->findings[i]->frames);
        free(journal->findings[i]);
    }
    journal->count = 0;
    journal->lost = 0;
}

size_t journal_lost(const struct journal *journal)
{
    return journal->lost;
}

void journal_prepare(struct journal *journal)
{
    if (journal->count == journal->capacity) {
        size_t capacity = journal->capacity ? 2 * journal->capacity : 16;
        struct finding **more = realloc(journal->findings, capacity * sizeof(*more));

        if (!more)
            return;
        journal->findings = more;
        journal->capacity = capacity;
    }
    if (!journal->spare)
        journal->spare = malloc(sizeof(*journal->spare));
}

static bool same_place(const struct finding *a, const struct finding *b)
{
    return a->side == b->side && a->remark == b->remark && a->caller == b->caller &&
           !strcmp(a->rule, b->rule);
}

static void journal_add(struct journal *journal, const struct finding *finding)
{
    for (size_t i = 0; i < journal->count; i++) {
        if (same_place(journal->findings[i], finding)) {
            journal->findings[i]->repeats++;
            return;
        }
    }
    if (!journal->spare || journal->count == journal->capacity) {
        journal->lost++;
        return;
    }
    *journal->spare = *finding;
    journal->findings[journal->count++] = journal->spare;
    journal->spare = NULL;
}

// ---- raising ---------------------------------------------------------------------------------------

struct reason {
    const char *rule;
    enum finding_side side;
    const void *caller;
    uint32_t code;
    const uint64_t *parameters; // four, or NULL
    bool remark;
};

static void describe(struct finding *finding, struct ps_system *system,
                     const struct reason *reason, const char *format, va_list arguments)
{
    memset(finding, 0, sizeof(*finding));
    snprintf(finding->rule, sizeof(finding->rule), "%s", reason->rule);
    finding->side = reason->side;
    finding->remark = reason->remark;
    finding->caller = reason->caller;
    finding->code = reason->code;
    if (reason->parameters)
        memcpy(finding->parameters, reason->parameters, sizeof(finding->parameters));
    vsnprintf(finding->text, sizeof(finding->text), format, arguments);
    if (finding_runtime.stamp && system->sched)
        finding_runtime.stamp(system, finding);
}

static void trace_finding(struct ps_system *system, const struct finding *finding)
{
    TRACE(system, 'i', finding->rule, {"side", finding->side}, {"code", finding->code});
}

static void raise_reason(struct ps_system *system, const struct reason *reason, const char *format,
                         va_list arguments)
{
    struct journal *journal = system->journal;
    enum finding_mode mode = FINDING_REPORT;
    struct finding finding;

    describe(&finding, system, reason, format, arguments);
    if (journal->decide)
        mode = journal->decide(journal->context, &finding);
    if (mode == FINDING_OFF)
        return;
    journal_add(journal, &finding);
    trace_finding(system, &finding);
    if (mode == FINDING_STOP && finding_runtime.halt && system->sched)
        finding_runtime.halt(system);
    else if (mode == FINDING_STOP)
        system->halted = true;
    journal_prepare(journal);
}

bool finding_asked_for(struct ps_system *system, const char *rule)
{
    const struct journal *journal = system->journal;
    struct finding finding = {.side = SIDE_DRIVER};

    snprintf(finding.rule, sizeof(finding.rule), "%s", rule);
    return journal->decide && journal->decide(journal->context, &finding) != FINDING_OFF;
}

void finding_raise(struct ps_system *system, const char *rule, enum finding_side side,
                   const void *caller, const char *format, ...)
{
    struct reason reason = {.rule = rule, .side = side, .caller = caller};
    va_list arguments;

    va_start(arguments, format);
    raise_reason(system, &reason, format, arguments);
    va_end(arguments);
}

void finding_raise_code(struct ps_system *system, const char *rule, enum finding_side side,
                        const void *caller, uint32_t code, const uint64_t parameters[4],
                        const char *format, ...)
{
    struct reason reason = {rule, side, caller, code, parameters, .remark = false};
    va_list arguments;

    va_start(arguments, format);
    raise_reason(system, &reason, format, arguments);
    va_end(arguments);
}

void finding_remark(struct ps_system *system, const char *rule, enum finding_side side,
                    const void *caller, uint32_t code, const uint64_t parameters[4],
                    const char *format, ...)
{
    struct reason reason = {rule, side, caller, code, parameters, .remark = true};
    va_list arguments;

    va_start(arguments, format);
    raise_reason(system, &reason, format, arguments);
    va_end(arguments);
}

void finding_stop(struct ps_system *system, const char *rule, enum finding_side side,
                  const void *caller, uint32_t code, const uint64_t parameters[4],
                  const char *format, ...)
{
    struct reason reason = {rule, side, caller, code, parameters, .remark = false};
    struct finding finding;
    va_list arguments;

    va_start(arguments, format);
    describe(&finding, system, &reason, format, arguments);
    va_end(arguments);
    if (system->journal->decide) // told of it, but has no say
        system->journal->decide(system->journal->context, &finding);
    journal_add(system->journal, &finding);
    trace_finding(system, &finding);
    if (finding_runtime.halt && system->sched)
        finding_runtime.halt(system);
    fprintf(stderr, "portside: %s outside of a run: %s\n", rule, finding.text);
    abort();
}
