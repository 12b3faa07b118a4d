// SPDX-License-Identifier: MIT
//
// Two choosers that look for rare orders with few changes of mind: delay-bounded, and PCT (Burckhardt,
// Kothari, Musuvathi, Nagarakatti: A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs,
// 2010).
#include <stdlib.h>

#include "base/random.h"
#include "sched/chooser_step.h"

// ---- delay-bounded -----------------------------------------------------------------------------------

struct delay {
    struct chooser chooser;
    uint64_t state, point;
    unsigned next, count;
    uint64_t at[];
};

static unsigned choose_delay(struct chooser *chooser, const struct choice *choices, unsigned count,
                             unsigned fallback)
{
    struct delay *delay = (struct delay *)chooser;
    bool here = false;
    unsigned index;

    for (; delay->next < delay->count && delay->at[delay->next] <= delay->point; delay->next++)
        here = true;
    delay->point++;
    if (!here || count < 2)
        return fallback;
    index = random_below(&delay->state, count - 1);
    return index < fallback ? index : index + 1;
}

static void destroy_delay(struct chooser *chooser)
{
    free(chooser);
}

struct chooser *chooser_delay(uint64_t seed, uint64_t points, unsigned deviations)
{
    static const struct chooser_ops ops = {choose_delay, destroy_delay, .lazy = false};
    struct delay *delay = calloc(1, sizeof(*delay) + deviations * sizeof(delay->at[0]));

    if (!delay)
        return NULL;
    delay->chooser.ops = &ops;
    delay->state = seed;
    delay->count = deviations;
    random_points(&delay->state, points, delay->at, deviations);
    return &delay->chooser;
}

// ---- PCT ---------------------------------------------------------------------------------------------

enum {
    PCT_ENTITIES = 128, // more share the last place
    PCT_PATIENCE = 400, // points that one of them may win in a row, or that hardware may be kept waiting
    PCT_PROCESSORS = 8,
};

struct entity {
    uint8_t kind; // of the choice that it is known by
    uint32_t object;
    int64_t priority; // drawn: positive; demoted: negative, ever lower
};

struct pct {
    struct chooser chooser;
    uint64_t state, point;
    int64_t floor;
    unsigned last, streak; // who won, how often in a row
    unsigned waiting;      // points in a row at which round-robin would have served hardware
    unsigned known;
    struct entity entities[PCT_ENTITIES];
    uint32_t running[PCT_PROCESSORS]; // thread that a processor was last given, 0: none
    unsigned next, count;
    uint64_t at[];
};

static unsigned entity_of(struct pct *pct, uint8_t kind, uint32_t object)
{
    unsigned i = 0;

    while (i < pct->known && (pct->entities[i].kind != kind || pct->entities[i].object != object))
        i++;
    if (i < pct->known)
        return i;
    if (pct->known == PCT_ENTITIES)
        return PCT_ENTITIES - 1;
    pct->entities[pct->known++] =
        (struct entity){kind, object, (int64_t)(random_next(&pct->state) >> 2) + 1};
    return i;
}

// A processor counts as the thread that it was last given.
static unsigned entity_of_choice(struct pct *pct, const struct choice *choice)
{
    unsigned processor = choice->processor % PCT_PROCESSORS;

    if (choice->kind != CHOICE_STEP)
        return entity_of(pct, choice->kind, choice->object);
    if (pct->running[processor])
        return entity_of(pct, CHOICE_DISPATCH, pct->running[processor]);
    return entity_of(pct, CHOICE_STEP, processor);
}

// Highest priority first; the same thread rather on a processor that has nothing else to do.
static unsigned most_wanted(struct pct *pct, const struct choice *choices, unsigned count,
                            unsigned *winner)
{
    unsigned best = 0;

    *winner = entity_of_choice(pct, &choices[0]);
    for (unsigned i = 1; i < count; i++) {
        unsigned entity = entity_of_choice(pct, &choices[i]);
        int64_t priority = pct->entities[entity].priority;
        int64_t most = pct->entities[*winner].priority;

        if (priority < most ||
            (priority == most && (choices_can_step(choices, count, choices[i].processor) ||
                                  !choices_can_step(choices, count, choices[best].processor))))
            continue;
        best = i;
        *winner = entity;
    }
    return best;
}

static bool is_change_point(struct pct *pct)
{
    bool change = false;

    for (; pct->next < pct->count && pct->at[pct->next] <= pct->point; pct->next++)
        change = true;
    pct->point++;
    return change;
}

// Polling loops and device ticks must get on whatever the priorities are.
static bool hardware_waits(struct pct *pct, const struct choice *fallback, bool taken)
{
    bool hardware = fallback->kind == CHOICE_DEADLINE || fallback->kind == CHOICE_INTERRUPT;

    pct->waiting = hardware && !taken ? pct->waiting + 1 : 0;
    if (pct->waiting < PCT_PATIENCE)
        return false;
    pct->waiting = 0;
    return true;
}

static unsigned choose_pct(struct chooser *chooser, const struct choice *choices, unsigned count,
                           unsigned fallback)
{
    struct pct *pct = (struct pct *)chooser;
    unsigned winner, index = most_wanted(pct, choices, count, &winner);

    pct->streak = winner == pct->last ? pct->streak + 1 : 0;
    if (is_change_point(pct) || pct->streak >= PCT_PATIENCE) {
        pct->entities[winner].priority = --pct->floor;
        pct->streak = 0;
        index = most_wanted(pct, choices, count, &winner);
    }
    pct->last = winner;
    if (hardware_waits(pct, &choices[fallback], index == fallback))
        index = fallback;
    if (choices[index].kind == CHOICE_DISPATCH)
        pct->running[choices[index].processor % PCT_PROCESSORS] = choices[index].object;
    return index;
}

static void destroy_pct(struct chooser *chooser)
{
    free(chooser);
}

struct chooser *chooser_pct(uint64_t seed, uint64_t points, unsigned depth)
{
    static const struct chooser_ops ops = {choose_pct, destroy_pct, .lazy = false};
    unsigned changes = depth ? depth - 1 : 0;
    struct pct *pct = calloc(1, sizeof(*pct) + changes * sizeof(pct->at[0]));

    if (!pct)
        return NULL;
    pct->chooser.ops = &ops;
    pct->state = seed;
    pct->count = changes;
    random_points(&pct->state, points, pct->at, changes);
    return &pct->chooser;
}
