// SPDX-License-Identifier: MIT
//
// Recording a run as its deviations from round-robin, and replaying such a record.
#include <stdlib.h>
#include <string.h>

#include "sched/chooser.h"

// ---- replay ------------------------------------------------------------------------------------------

struct recorded {
    struct chooser chooser;
    uint64_t point; // calls so far
    size_t next, count;
    bool diverged;
    struct chooser_deviation script[];
};

static unsigned choose_recorded(struct chooser *chooser, const struct choice *choices,
                                unsigned count, unsigned fallback)
{
    struct recorded *recorded = (struct recorded *)chooser;
    const struct chooser_deviation *deviation = &recorded->script[recorded->next];

    if (recorded->next == recorded->count || deviation->point != recorded->point++)
        return fallback;
    recorded->next++;
    if (deviation->index < count || deviation->index >= CHOOSER_FREEZES)
        return deviation->index;
    recorded->diverged = true;
    return fallback;
}

static void destroy_recorded(struct chooser *chooser)
{
    free(chooser);
}

static const struct chooser_ops recorded_ops[2] = {
    {choose_recorded, destroy_recorded, .lazy = false, .alone = false},
    {choose_recorded, destroy_recorded, .lazy = false, .alone = true},
};

// Then whoever made them was asked everywhere.
static bool freezes(const struct chooser_deviation *script, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (script[i].index >= CHOOSER_FREEZES)
            return true;
    return false;
}

struct chooser *chooser_recorded(const struct chooser_deviation *script, size_t count)
{
    struct recorded *recorded = calloc(1, sizeof(*recorded) + count * sizeof(*script));

    if (!recorded)
        return NULL;
    recorded->chooser.ops = &recorded_ops[freezes(script, count)];
    recorded->count = count;
    if (count)
        memcpy(recorded->script, script, count * sizeof(*script));
    return &recorded->chooser;
}

bool chooser_diverged(const struct chooser *chooser)
{
    return chooser->ops->choose == choose_recorded && ((const struct recorded *)chooser)->diverged;
}

// ---- recording ---------------------------------------------------------------------------------------

struct recording {
    struct chooser chooser;
    struct chooser *inner;
    uint64_t point;
    struct chooser_deviation *script;
    size_t count, capacity;
    bool lost; // out of memory: the record is not the whole run
};

static void note(struct recording *recording, uint64_t point, uint32_t index)
{
    if (recording->count == recording->capacity) {
        size_t capacity = recording->capacity ? 2 * recording->capacity : 64;
        struct chooser_deviation *more = realloc(recording->script, capacity * sizeof(*more));

        recording->lost |= !more;
        if (!more)
            return;
        recording->script = more;
        recording->capacity = capacity;
    }
    recording->script[recording->count++] = (struct chooser_deviation){point, index};
}

static unsigned choose_recording(struct chooser *chooser, const struct choice *choices,
                                 unsigned count, unsigned fallback)
{
    struct recording *recording = (struct recording *)chooser;
    unsigned index = recording->inner->ops->choose(recording->inner, choices, count, fallback);

    if (index >= count && index < CHOOSER_FREEZES)
        index = fallback;
    if (index != fallback)
        note(recording, recording->point, index);
    recording->point++;
    return index;
}

static void destroy_recording(struct chooser *chooser)
{
    struct recording *recording = (struct recording *)chooser;

    chooser_destroy(recording->inner);
    free(recording->script);
    free(recording);
}

static const struct chooser_ops recording_ops[] = {
    {choose_recording, destroy_recording, .lazy = false, .alone = false},
    {choose_recording, destroy_recording, .lazy = true, .alone = false},
    {choose_recording, destroy_recording, .lazy = false, .alone = true},
};

struct chooser *chooser_recording(struct chooser *inner)
{
    struct recording *recording = inner ? calloc(1, sizeof(*recording)) : NULL;

    if (!recording) {
        chooser_destroy(inner);
        return NULL;
    }
    recording->chooser.ops = &recording_ops[inner->ops->alone ? 2 : inner->ops->lazy];
    recording->inner = inner;
    return &recording->chooser;
}

const struct chooser_deviation *chooser_recording_get(const struct chooser *chooser, size_t *count)
{
    const struct recording *recording = (const struct recording *)chooser;

    *count = recording->lost ? 0 : recording->count;
    return recording->lost ? NULL : recording->script;
}

uint64_t chooser_recording_points(const struct chooser *chooser)
{
    return ((const struct recording *)chooser)->point;
}
