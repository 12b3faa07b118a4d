// SPDX-License-Identifier: MIT
//
// Round-robin in which a processor stands still for long: what a host that takes its virtual processor away, a system
// management interrupt or a cache that is cold do on a real machine. Choosers of few changes of mind do not come to that:
// a deviation lasts until the next time slice.
#include <stdlib.h>

#include "base/random.h"
#include "sched/chooser_step.h"

enum {
    PROCESSORS = 8,
    SHORTEST = 4,        // points that a stall lasts, times a power of two ...
    POWERS = 13,         // ... below this one
    RARITIES = 7,        // of DPCs and ISRs one in a power of two below this one is held
    OFFSET_POWERS = 7,   // at most so far behind its beginning
    FROST_FIRST = 4,     // 2 to the power of this and more times the shortest freeze: 4 us ...
    FROST_POWERS = 12,   // ... to 8 ms
};

struct standing {
    uint64_t until;  // point; in the past: it goes on
    bool inside;     // a DPC or ISR
    unsigned offset; // points until it is held; 0: it is not
};

struct stall {
    struct chooser chooser;
    uint64_t state, point;
    unsigned rarity; // a power of two
    struct standing processors[PROCESSORS];
    unsigned next, count;
    uint64_t at[];
};

static struct standing *standing_of(struct stall *stall, const struct choice *choice)
{
    return &stall->processors[choice->processor % PROCESSORS];
}

// Mostly short, some very long.
static uint64_t draw_power(struct stall *stall, unsigned powers)
{
    uint64_t power = 1ull << random_below(&stall->state, powers);

    return power + random_below(&stall->state, (uint32_t)power);
}

static void stand_still(struct stall *stall, struct standing *standing)
{
    standing->until = stall->point + SHORTEST * draw_power(stall, POWERS);
}

// ---- where it begins -----------------------------------------------------------------------------------

static void stall_at_points(struct stall *stall, const struct choice *fallback)
{
    bool here = false;

    if (fallback->kind == CHOICE_DEADLINE)
        return; // no processor does that: at the next point
    for (; stall->next < stall->count && stall->at[stall->next] <= stall->point; stall->next++)
        here = true;
    if (here)
        stand_still(stall, standing_of(stall, fallback));
}

// True: it is to be held now.
static bool look_at_step(struct stall *stall, const struct choice *choice)
{
    struct standing *standing = standing_of(stall, choice);
    bool inside = choice->level != LEVEL_THREAD;

    if (inside && !standing->inside && !random_below(&stall->state, 1u << stall->rarity))
        standing->offset = (unsigned)draw_power(stall, OFFSET_POWERS);
    standing->inside = inside;
    if (!inside)
        standing->offset = 0;
    return inside && standing->offset && !--standing->offset;
}

// ---- what goes on meanwhile ----------------------------------------------------------------------------

static bool stands_still(struct stall *stall, const struct choice *choice)
{
    return choice->kind != CHOICE_DEADLINE && standing_of(stall, choice)->until > stall->point;
}

enum want { WANT_NOT, WANT_STEP, WANT_START, WANT_INTERRUPT, WANT_DEADLINE };

static enum want want(struct stall *stall, const struct choice *choices, unsigned count, unsigned index)
{
    const struct choice *choice = &choices[index];

    if (stands_still(stall, choice))
        return WANT_NOT;
    switch (choice->kind) {
    case CHOICE_DEADLINE:
        return WANT_DEADLINE;
    case CHOICE_INTERRUPT:
        return WANT_INTERRUPT;
    case CHOICE_DISPATCH:
        return choices_can_step(choices, count, choice->processor) ? WANT_NOT : WANT_START;
    default:
        return WANT_STEP;
    }
}

static unsigned instead(struct stall *stall, const struct choice *choices, unsigned count, unsigned fallback)
{
    enum want most = WANT_NOT;
    unsigned best = fallback;

    for (unsigned i = 0; i < count; i++) {
        enum want wanted = want(stall, choices, count, i);

        if (wanted > most) {
            most = wanted;
            best = i;
        }
    }
    return best;
}

// ---- choosers ------------------------------------------------------------------------------------------

static unsigned go_on(struct stall *stall, const struct choice *choices, unsigned count, unsigned fallback)
{
    unsigned index = stands_still(stall, &choices[fallback]) ? instead(stall, choices, count, fallback)
                                                             : fallback;

    stall->point++;
    return index;
}

static unsigned choose_stall(struct chooser *chooser, const struct choice *choices, unsigned count,
                             unsigned fallback)
{
    struct stall *stall = (struct stall *)chooser;

    stall_at_points(stall, &choices[fallback]);
    return go_on(stall, choices, count, fallback);
}

static unsigned choose_hold(struct chooser *chooser, const struct choice *choices, unsigned count,
                            unsigned fallback)
{
    struct stall *stall = (struct stall *)chooser;

    for (unsigned i = 0; i < count; i++)
        if (choices[i].kind == CHOICE_STEP && look_at_step(stall, &choices[i]))
            stand_still(stall, standing_of(stall, &choices[i]));
    return go_on(stall, choices, count, fallback);
}

static unsigned choose_frost(struct chooser *chooser, const struct choice *choices, unsigned count,
                             unsigned fallback)
{
    struct stall *stall = (struct stall *)chooser;

    for (unsigned i = 0; i < count; i++)
        if (choices[i].kind == CHOICE_STEP && look_at_step(stall, &choices[i]))
            return chooser_freeze(choices[i].processor,
                                  FROST_FIRST + random_below(&stall->state, FROST_POWERS));
    return fallback;
}

static void destroy(struct chooser *chooser)
{
    free(chooser);
}

static struct stall *create(uint64_t seed, const struct chooser_ops *ops, unsigned stalls)
{
    struct stall *stall = calloc(1, sizeof(*stall) + stalls * sizeof(stall->at[0]));

    if (!stall)
        return NULL;
    stall->chooser.ops = ops;
    stall->state = seed;
    stall->count = stalls;
    return stall;
}

struct chooser *chooser_stall(uint64_t seed, uint64_t points, unsigned stalls)
{
    static const struct chooser_ops ops = {choose_stall, destroy, .lazy = false};
    struct stall *stall = create(seed, &ops, stalls);

    if (!stall)
        return NULL;
    random_points(&stall->state, points, stall->at, stalls);
    return &stall->chooser;
}

static struct chooser *create_rare(uint64_t seed, const struct chooser_ops *ops)
{
    struct stall *stall = create(seed, ops, 0);

    if (!stall)
        return NULL;
    stall->rarity = random_below(&stall->state, RARITIES);
    return &stall->chooser;
}

struct chooser *chooser_hold(uint64_t seed)
{
    static const struct chooser_ops ops = {choose_hold, destroy, .lazy = false};

    return create_rare(seed, &ops);
}

struct chooser *chooser_frost(uint64_t seed)
{
    static const struct chooser_ops ops = {choose_frost, destroy, .lazy = false, .alone = true};

    return create_rare(seed, &ops);
}
