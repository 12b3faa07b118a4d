// SPDX-License-Identifier: MIT
//
// 8-bit clients of devices whose sound is 16-bit. Between the two a byte is the upper half of a sample. What is
// compared are signed bytes: silence is zero in them, as in wider samples.
#ifndef PORTSIDE_HOST_NARROW_H
#define PORTSIDE_HOST_NARROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/compare.h"

// What one side of a comparison does with bytes; false: no memory.
typedef bool narrow_side(struct compare *compare, const void *bytes, size_t count);
bool narrow_give(struct compare *compare, const void *bytes, size_t count);
bool narrow_arrive(struct compare *compare, const void *bytes, size_t count);

// A client's unsigned bytes, and a device's samples, to that side.
bool narrow_client(struct compare *compare, const uint8_t *bytes, size_t count, narrow_side *side);
bool narrow_device(struct compare *compare, const int16_t *samples, size_t count,
                   narrow_side *side);

// A client's bytes as the device or a sink has them.
void narrow_widen(const uint8_t *bytes, int16_t *samples, size_t count);

#endif
