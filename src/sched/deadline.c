// SPDX-License-Identifier: MIT
//
// Deadlines: a binary heap of pointers ordered by (due, number), in the arena.
#include <errno.h>
#include <string.h>

#include "sched/private.h"

static bool before(const struct sched_deadline *a, const struct sched_deadline *b)
{
    return a->due != b->due ? a->due < b->due : a->number < b->number;
}

static void put(struct sched_private *private, size_t index, struct sched_deadline *deadline)
{
    private->deadlines[index] = deadline;
    deadline->slot = (uint32_t)index + 1;
}

static void sift_up(struct sched_private *private, size_t index, struct sched_deadline *deadline)
{
    while (index && before(deadline, private->deadlines[(index - 1) / 2])) {
        put(private, index, private->deadlines[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    put(private, index, deadline);
}

static void sift_down(struct sched_private *private, size_t index, struct sched_deadline *deadline)
{
    for (;;) {
        size_t child = 2 * index + 1;

        if (child >= private->deadline_count)
            break;
        if (child + 1 < private->deadline_count &&
            before(private->deadlines[child + 1], private->deadlines[child]))
            child++;
        if (!before(private->deadlines[child], deadline))
            break;
        put(private, index, private->deadlines[child]);
        index = child;
    }
    put(private, index, deadline);
}

static bool grow(struct sched *sched)
{
    struct sched_private *private = sched->private;
    size_t old = private->deadline_capacity, capacity = old ? 2 * old : 32;
    struct sched_deadline **more;

    if (private->deadline_count < old)
        return true;
    more = arena_alloc(sched->system->arena, capacity * sizeof(*more));
    if (!more)
        return false;
    if (old)
        memcpy(more, private->deadlines, old * sizeof(*more));
    arena_free(sched->system->arena, private->deadlines, old * sizeof(*more));
    private->deadlines = more;
    private->deadline_capacity = capacity;
    return true;
}

int sched_deadline_set(struct sched *sched, struct sched_deadline *deadline, uint64_t due)
{
    return sched_deadline_set_lazily(sched, deadline, due, due);
}

int sched_deadline_set_lazily(struct sched *sched, struct sched_deadline *deadline, uint64_t due,
                              uint64_t latest)
{
    struct sched_private *private = sched->private;

    sched_deadline_cancel(sched, deadline);
    if (!grow(sched))
        return -ENOMEM;
    if (!deadline->number)
        deadline->number = system_number(sched->system, OBJECT_DEADLINE);
    deadline->due = due;
    deadline->latest = latest > due ? latest : due;
    sift_up(private, private->deadline_count++, deadline);
    if (due < sched->attention_at)
        sched->attention_at = due;
    return 0;
}

bool sched_deadline_cancel(struct sched *sched, struct sched_deadline *deadline)
{
    struct sched_private *private = sched->private;
    struct sched_deadline *last;
    size_t index;

    if (!deadline->slot)
        return false;
    index = deadline->slot - 1;
    deadline->slot = 0;
    last = private->deadlines[--private->deadline_count];
    if (last == deadline)
        return true;
    if (index && before(last, private->deadlines[(index - 1) / 2]))
        sift_up(private, index, last);
    else
        sift_down(private, index, last);
    return true;
}

struct sched_deadline *deadline_first(const struct sched *sched)
{
    return sched->private->deadline_count ? sched->private->deadlines[0] : NULL;
}

uint64_t deadlines_latest(const struct sched *sched)
{
    const struct sched_private *private = sched->private;
    uint64_t latest = SCHED_NEVER;

    for (size_t i = 0; i < private->deadline_count; i++) {
        const struct sched_deadline *deadline = private->deadlines[i];

        if (deadline->latest < latest)
            latest = deadline->latest;
        if (i == 0 && latest == deadline->due)
            break; // the others are due later
    }
    return latest;
}

static struct sched_deadline *overdue(const struct sched *sched)
{
    const struct sched_private *private = sched->private;

    for (size_t i = 0; i < private->deadline_count; i++) {
        struct sched_deadline *deadline = private->deadlines[i];

        if (deadline->due < sched->now && deadline->latest > deadline->due)
            return deadline;
    }
    return NULL;
}

void deadlines_catch_up(struct sched *sched)
{
    struct sched_deadline *deadline;

    // Each once: one that is set again into the past is a choice like any other.
    for (size_t left = sched->private->deadline_count; left; left--) {
        deadline = overdue(sched);
        if (!deadline)
            return;
        deadline_fire(sched, deadline);
    }
}

// Keeps out[0..count) in order.
static void insert(void **out, unsigned count, struct sched_deadline *deadline)
{
    while (count && before(deadline, out[count - 1])) {
        out[count] = out[count - 1];
        count--;
    }
    out[count] = deadline;
}

unsigned deadlines_due(const struct sched *sched, void **out, unsigned capacity)
{
    const struct sched_private *private = sched->private;
    unsigned count = 0;

    if (!private->deadline_count || private->deadlines[0]->due > sched->now)
        return 0;
    for (size_t i = 0; i < private->deadline_count && count < capacity; i++)
        if (private->deadlines[i]->due <= sched->now)
            insert(out, count++, private->deadlines[i]);
    return count;
}

void deadline_fire(struct sched *sched, struct sched_deadline *deadline)
{
    struct real_clock *clock = sched->private->outside->clock;

    sched_deadline_cancel(sched, deadline);
    if (clock)
        real_clock_note(clock, sched->now > deadline->latest ? sched->now - deadline->latest : 0);
    sched->private->firing = true;
    TRACE(sched->system, 'i', "deadline", {"number", deadline->number});
    deadline->fire(deadline);
    sched->private->firing = false;
}
