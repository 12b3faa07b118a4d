// SPDX-License-Identifier: MIT
//
// Linear gains with 24 fraction bits, and their one rounding: to nearest, halves up, saturated to
// 16 bits.
#ifndef PORTSIDE_MODELS_GAIN_H
#define PORTSIDE_MODELS_GAIN_H

#include <stdint.h>

#define GAIN_FRACTION 24
#define GAIN_ONE ((int64_t)1 << GAIN_FRACTION)

// `shift`: GAIN_FRACTION, and the bits that the sample has below its 16.
static inline int16_t gain_scale(int32_t sample, int64_t gain, unsigned shift)
{
    int64_t value = (sample * gain + ((int64_t)1 << (shift - 1))) >> shift;

    if (value > INT16_MAX)
        return INT16_MAX;
    return value < INT16_MIN ? INT16_MIN : (int16_t)value;
}

// QEMU's levels: so many parts of 255, rounded down.
static inline int16_t gain_part(int sample, unsigned parts)
{
    int scaled = sample * (int)parts;

    return (int16_t)((scaled < 0 ? scaled - 254 : scaled) / 255);
}

#endif
