// SPDX-License-Identifier: MIT
//
// Exhaustive depth-first search. The path of the current run is kept: for each choice point which
// alternative was taken, how many there were and which is the fallback. Alternative 0 is the fallback, the
// others follow in canonical order, so the first run is round-robin's.
#include <stdlib.h>

#include "sched/chooser.h"

struct branch {
    unsigned taken; // alternative
    unsigned count;
};

struct exhaustive {
    struct chooser chooser;
    unsigned depth, deviations;
    unsigned known;  // branches that this run must repeat
    unsigned length; // branches met in this run
    struct branch path[];
};

// Alternative -> index: 0 is the fallback, 1.. are the others in order.
static unsigned index_of(unsigned alternative, unsigned fallback)
{
    if (!alternative)
        return fallback;
    return alternative <= fallback ? alternative - 1 : alternative;
}

static unsigned choose_exhaustive(struct chooser *chooser, const struct choice *choices,
                                  unsigned count, unsigned fallback)
{
    struct exhaustive *search = (struct exhaustive *)chooser;
    struct branch *branch = &search->path[search->length];

    if (search->length == search->depth)
        return fallback;
    if (search->length++ >= search->known)
        branch->taken = 0;
    branch->count = count;
    return branch->taken < count ? index_of(branch->taken, fallback) : fallback;
}

static void destroy_exhaustive(struct chooser *chooser)
{
    free(chooser);
}

struct chooser *chooser_exhaustive(unsigned depth, unsigned deviations)
{
    static const struct chooser_ops ops = {choose_exhaustive, destroy_exhaustive, .lazy = false};
    struct exhaustive *search = calloc(1, sizeof(*search) + depth * sizeof(struct branch));

    if (!search)
        return NULL;
    search->chooser.ops = &ops;
    search->depth = depth;
    search->deviations = deviations;
    return &search->chooser;
}

bool chooser_exhaustive_next(struct chooser *chooser)
{
    struct exhaustive *search = (struct exhaustive *)chooser;
    unsigned deviating = 0, at = search->length;

    for (unsigned i = 0; i < search->length; i++)
        deviating += search->path[i].taken != 0;
    while (at-- > 0) {
        struct branch *branch = &search->path[at];

        deviating -= branch->taken != 0;
        if (deviating < search->deviations && branch->taken + 1 < branch->count) {
            branch->taken++;
            search->known = at + 1;
            search->length = 0;
            return true;
        }
    }
    search->known = search->length = 0;
    return false;
}
