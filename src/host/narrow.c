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

// `n` signed bytes of what begins at `from`, from the one at `at` on.
typedef void to_signed(const void *from, size_t at, uint8_t *to, size_t n);

static bool in_pieces(struct compare *compare, const void *from, size_t count, to_signed *convert,
                      narrow_side *side)
{
    uint8_t as_signed[PIECE];
    bool fine = true;

    for (size_t at = 0; at < count && fine; at += PIECE) {
        size_t n = count - at < PIECE ? count - at : PIECE;

        convert(from, at, as_signed, n);
        fine = side(compare, as_signed, n);
    }
    return fine;
}

static void bytes_to_signed(const void *from, size_t at, uint8_t *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = ((const uint8_t *)from)[at + i] ^ MIDDLE;
}

static void samples_to_signed(const void *from, size_t at, uint8_t *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)((uint16_t)((const int16_t *)from)[at + i] >> 8);
}

bool narrow_client(struct compare *compare, const uint8_t *bytes, size_t count, narrow_side *side)
{
    return in_pieces(compare, bytes, count, bytes_to_signed, side);
}

bool narrow_device(struct compare *compare, const int16_t *samples, size_t count, narrow_side *side)
{
    return in_pieces(compare, samples, count, samples_to_signed, side);
}

void narrow_widen(const uint8_t *bytes, int16_t *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        samples[i] = (int16_t)((bytes[i] ^ MIDDLE) << 8);
}
