// SPDX-License-Identifier: MIT
//
// Recording a schedule that failed, and taking away from its choices what the failure does not need: first what
// comes after it, then ever smaller pieces (Zeller and Hildebrandt's ddmin).
#include <stdlib.h>
#include <string.h>

#include "campaign/campaign.h"

enum { MOST_RUNS = 400 };

static const struct seen *find(const struct outcome *outcome, const struct seen *wanted)
{
    for (uint32_t i = 0; i < outcome->count; i++)
        if (seen_same(&outcome->seen[i], wanted))
            return &outcome->seen[i];
    return NULL;
}

// A run under `chooser`, whose choices replace the record's if the finding comes.
static bool try(struct stage *stage, const struct script *script, const struct schedule *schedule,
                struct chooser *inner, const struct seen *wanted, struct record *record)
{
    struct chooser *chooser = chooser_recording(inner);
    const struct chooser_deviation *made;
    struct chooser_deviation *copy = NULL;
    const struct seen *seen;
    struct outcome outcome;
    size_t count;

    if (!chooser)
        return false;
    record->runs++;
    stage_run(stage, script, schedule, chooser, &outcome);
    seen = find(&outcome, wanted);
    made = chooser_recording_get(chooser, &count);
    if (seen && (made || !count))
        copy = calloc(count + 1, sizeof(*copy));
    if (copy) {
        if (count)
            memcpy(copy, made, count * sizeof(*copy));
        free(record->choices);
        record->choices = copy;
        record->count = count;
        record->seen = *seen;
    }
    chooser_destroy(chooser);
    return copy;
}

bool record_schedule(struct stage *stage, const struct script *script,
                     const struct schedule *schedule, const struct seen *wanted,
                     struct record *out)
{
    memset(out, 0, sizeof(*out));
    return try(stage, script, schedule, schedule_chooser(schedule), wanted, out);
}

// Without the choices [from, from + count).
static bool try_without(struct stage *stage, const struct script *script,
                        const struct schedule *schedule, struct record *record, size_t from,
                        size_t count)
{
    size_t left = record->count - count;
    struct chooser_deviation *fewer = calloc(left + 1, sizeof(*fewer));
    struct seen wanted = record->seen;
    bool done;

    if (!fewer)
        return false;
    if (from)
        memcpy(fewer, record->choices, from * sizeof(*fewer));
    if (left > from)
        memcpy(fewer + from, record->choices + from + count, (left - from) * sizeof(*fewer));
    done = try(stage, script, schedule, chooser_recorded(fewer, left), &wanted, record);
    free(fewer);
    return done;
}

// One pass over pieces of a size, from the end; true if any could go.
static bool drop_pieces(struct stage *stage, const struct script *script,
                        const struct schedule *schedule, struct record *record, size_t size)
{
    bool any = false;

    for (size_t end = record->count; end && record->runs < MOST_RUNS;) {
        size_t from = end > size ? end - size : 0;

        any |= try_without(stage, script, schedule, record, from, end - from);
        end = from < record->count ? from : record->count;
    }
    return any;
}

void record_shrink(struct stage *stage, const struct script *script,
                   const struct schedule *schedule, struct record *record)
{
    size_t size = record->count;

    while (size && record->count && record->runs < MOST_RUNS) {
        bool any = drop_pieces(stage, script, schedule, record, size);

        if (size == 1 && !any)
            break;
        size = size > record->count ? record->count : size;
        size = size > 1 ? (size + 1) / 2 : 1;
    }
}

void record_clear(struct record *record)
{
    free(record->choices);
    record->choices = NULL;
    record->count = 0;
}
