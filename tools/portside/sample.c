/* SPDX-License-Identifier: MIT */
/* A sample as a float, -1 to 1, made one of a format: rounded to nearest, what is louder is full scale. */
#include "sample.h"

#include <stdint.h>
#include <string.h>

static int64_t scaled(float sample, unsigned bits)
{
    double full = (double)(INT64_C(1) << (bits - 1)), value = sample * full;

    if (value > full - 1)
        return (int64_t)full - 1;
    if (value < -full)
        return -(int64_t)full;
    return (int64_t)(value < 0 ? value - 0.5 : value + 0.5);
}

size_t sample_put(void *to, const struct ps_format *format, float sample)
{
    size_t bytes = format->bits / 8;
    int64_t value;

    if (format->is_float) {
        memcpy(to, &sample, sizeof(sample));
        return sizeof(sample);
    }
    value = scaled(sample, format->bits);
    if (bytes == 1)
        value ^= 0x80; /* 8-bit PCM is unsigned */
    memcpy(to, &value, bytes); /* its low bytes */
    return bytes;
}
