// SPDX-License-Identifier: MIT
//
// Seeded random choices for tests of models.
#ifndef PORTSIDE_TESTS_DICE_H
#define PORTSIDE_TESTS_DICE_H

#include <stdint.h>

#include "tests/model_machine.h"

struct dice {
    uint64_t state;
};

static inline struct dice dice_of(uint64_t seed)
{
    return (struct dice){seed * 0x9E3779B97F4A7C15u};
}

static inline uint32_t throw_dice(struct dice *dice, uint32_t sides)
{
    dice->state ^= dice->state << 13;
    dice->state ^= dice->state >> 7;
    dice->state ^= dice->state << 17;
    return (uint32_t)(dice->state >> 32) % sides;
}

static inline uint32_t any(struct dice *dice)
{
    return throw_dice(dice, 0xFFFFFFFF);
}

static inline uint64_t random_time(struct dice *dice)
{
    switch (throw_dice(dice, 8)) {
    case 0:
        return throw_dice(dice, 20 * MILLISECOND);
    case 1:
        return throw_dice(dice, 100);
    case 2:
        return 0;
    default:
        return throw_dice(dice, MILLISECOND);
    }
}

#endif
