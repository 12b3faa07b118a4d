// SPDX-License-Identifier: MIT
//
// The simple choosers: round-robin and seeded random.
#include "sched/chooser.h"

#include <stdlib.h>

#include "base/random.h"

static void destroy(struct chooser *chooser)
{
    free(chooser);
}

// ---- round-robin -------------------------------------------------------------------------------------

static unsigned choose_fallback(struct chooser *chooser, const struct choice *choices,
                                unsigned count, unsigned fallback)
{
    return fallback;
}

struct chooser *chooser_round_robin(void)
{
    static const struct chooser_ops ops = {choose_fallback, destroy, .lazy = true};
    struct chooser *chooser = malloc(sizeof(*chooser));

    if (chooser)
        chooser->ops = &ops;
    return chooser;
}

// ---- seeded ------------------------------------------------------------------------------------------

struct seeded {
    struct chooser chooser;
    uint64_t state;
};

static unsigned choose_seeded(struct chooser *chooser, const struct choice *choices, unsigned count,
                              unsigned fallback)
{
    return random_below(&((struct seeded *)chooser)->state, count);
}

struct chooser *chooser_seeded(uint64_t seed)
{
    static const struct chooser_ops ops = {choose_seeded, destroy, .lazy = false};
    struct seeded *seeded = malloc(sizeof(*seeded));

    if (!seeded)
        return NULL;
    seeded->chooser.ops = &ops;
    seeded->state = seed;
    return &seeded->chooser;
}
