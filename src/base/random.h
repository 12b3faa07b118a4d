// SPDX-License-Identifier: MIT
//
// Small reproducible random numbers (the published splitmix64 constants): one word of state, the same
// sequence everywhere. For layouts, patterns and seeded choices; no secrets.
#ifndef PORTSIDE_BASE_RANDOM_H
#define PORTSIDE_BASE_RANDOM_H

#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

// Evenly below `bound`, which is not 0.
static inline uint32_t random_below(uint64_t *state, uint32_t bound)
{
    return (uint32_t)(((random_next(state) >> 32) * bound) >> 32);
}

// `count` points below `points`, in order; they may repeat.
static inline void random_points(uint64_t *state, uint64_t points, uint64_t *at, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint64_t point = random_next(state) % (points ? points : 1);
        unsigned place = i;

        for (; place && at[place - 1] > point; place--)
            at[place] = at[place - 1];
        at[place] = point;
    }
}

#endif
