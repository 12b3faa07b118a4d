// SPDX-License-Identifier: MIT
//
// A least-squares fit of a factor for each channel. What is left over is rounding, if that was all; a sample that is
// missing, late or another one leaves much more.
#include "host/level.h"

#include <math.h>
#include <stdio.h>

enum { LEAST_PAIRS = 64 };

#define LEAST_POWER 100.0 // of the samples given, on average: silence has no level
#define MOST_LEFT 1.5     // squared, on average: two stages that round

void level_add(struct level *level, uint64_t at, const int16_t *given, const int16_t *arrived, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned channel = (at + i) & 1;
        double from = given[i], to = arrived[i];

        level->pairs[channel]++;
        level->given[channel] += from * from;
        level->both[channel] += from * to;
        level->arrived[channel] += to * to;
    }
}

// The factor, or 0.
static double factor(const struct level *level, unsigned channel)
{
    double pairs = (double)level->pairs[channel], found;

    if (pairs < LEAST_PAIRS || level->given[channel] < LEAST_POWER * pairs)
        return 0;
    found = level->both[channel] / level->given[channel];
    return found > 0 && level->arrived[channel] - found * level->both[channel] < MOST_LEFT * pairs ? found : 0;
}

bool level_describe(const struct level *level, char *text, size_t size)
{
    double left = factor(level, 0), right = factor(level, 1);
    int length;

    if (left == 0 || right == 0)
        return false;
    left = 20 * log10(left);
    right = 20 * log10(right);
    if (fabs(left - right) < 0.1)
        length = snprintf(text, size, "differs by a level of %.1f dB", left);
    else
        length = snprintf(text, size, "differs by levels of %.1f dB left, %.1f dB right", left, right);
    return length > 0 && (size_t)length < size;
}
