// SPDX-License-Identifier: MIT
//
// See narrow.h.
#include "host/narrow.h"

enum { PIECE = 512, MIDDLE = 0x80 };

bool narrow_give(struct compare *compare, const void *bytes, size_t count)
{
    return compare_give(compare, bytes, count);
}

bool narrow_arrive(struct compare *compare, const void *bytes, size_t count)
{
    compare_arrive(compare, bytes, count);
    return true;
}

bool narrow_client(struct compare *compare, const uint8_t *bytes, size_t count, narrow_side *side)
{
    uint8_t as_signed[PIECE];
    bool fine = true;

    while (count && fine) {
        size_t n = count < PIECE ? count : PIECE;

        for (size_t i = 0; i < n; i++)
            as_signed[i] = bytes[i] ^ MIDDLE;
        fine = side(compare, as_signed, n);
        bytes += n;
        count -= n;
    }
    return fine;
}

bool narrow_device(struct compare *compare, const int16_t *samples, size_t count, narrow_side *side)
{
    uint8_t as_signed[PIECE];
    bool fine = true;

    while (count && fine) {
        size_t n = count < PIECE ? count : PIECE;

        for (size_t i = 0; i < n; i++)
            as_signed[i] = (uint8_t)((uint16_t)samples[i] >> 8);
        fine = side(compare, as_signed, n);
        samples += n;
        count -= n;
    }
    return fine;
}

void narrow_widen(const uint8_t *bytes, int16_t *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        samples[i] = (int16_t)((bytes[i] ^ MIDDLE) << 8);
}
