// SPDX-License-Identifier: MIT
//
// See compare.h.
#include "host/compare.h"

static const char DIFFERS[] = "differs";

struct compare_gap {
    uint64_t at; // bytes given before it
    uint64_t bytes;
    bool lost; // given, but never to arrive
};

static void differ_at(struct compare *compare, uint64_t byte, const char *how)
{
    if (compare->differs)
        return;
    compare->differs = true;
    compare->first_difference = byte / compare->frame_bytes;
    compare->difference = how;
}

void compare_differ(struct compare *compare, const char *how)
{
    differ_at(compare, compare->arrived, how);
}

const char *compare_describe(const struct compare *compare, char *text, size_t size)
{
    bool may_be = compare->difference == DIFFERS && !ring_used(&compare->expected);

    return may_be && level_describe(&compare->level, text, size) ? text : compare->difference;
}

static size_t first_unequal(const unsigned char *a, const unsigned char *b, size_t bytes)
{
    size_t i = 0;

    while (i < bytes && a[i] == b[i])
        i++;
    return i;
}

static bool all_zero(const unsigned char *bytes, size_t count)
{
    return count == 0 || (bytes[0] == 0 && !memcmp(bytes, bytes + 1, count - 1));
}

static size_t least(uint64_t count, uint64_t most)
{
    return (size_t)(count < most ? count : most);
}

// ---- arriving --------------------------------------------------------------------------------------------

// The oldest gap that has not arrived whole, or NULL.
static struct compare_gap *next_gap(const struct compare *compare)
{
    return ring_used(&compare->gaps)
               ? (struct compare_gap *)(void *)ring_at(&compare->gaps, compare->gaps.tail)
               : NULL;
}

// Bytes before the next gap, of those given.
static size_t until_gap(const struct compare *compare, const struct compare_gap *gap, size_t count)
{
    count = least(count, ring_used(&compare->expected));
    if (compare->copied && compare->cyclic) // what was given later cannot have arrived
        count = least(count, compare->passed_on - least(compare->arrived, compare->passed_on));
    return gap ? least(count, gap->at - compare->arrived) : (size_t)count;
}

void compare_heard(struct compare *compare, uint64_t count)
{
    if (!compare->in_gaps)
        compare->first_gap = compare->arrived;
    compare->in_gaps += count;
}

static size_t pass_gap(struct compare *compare, struct compare_gap *gap, size_t count)
{
    size_t piece = least(count, gap->bytes);

    compare_heard(compare, piece);
    gap->bytes -= piece;
    if (!gap->bytes)
        compare->gaps.tail += sizeof(*gap);
    return piece;
}

// What was given and lost.
static size_t pass_loss(struct compare *compare, const struct compare_gap *gap)
{
    compare->expected.tail += least(ring_used(&compare->expected), gap->bytes);
    compare->gaps.tail += sizeof(*gap);
    return 0;
}

static size_t match(struct compare *compare, const unsigned char *bytes, size_t count)
{
    const unsigned char *expected = ring_at(&compare->expected, compare->expected.tail);
    size_t piece = ring_piece(&compare->expected, compare->expected.tail, count);

    if (compare->early) // nobody said that a gap would be here
        compare_differ(compare, "is interrupted by silence");
    compare->early = 0;
    compare->noted = false;
    if (memcmp(expected, bytes, piece))
        differ_at(compare, compare->arrived + first_unequal(expected, bytes, piece), DIFFERS);
    if (compare->differs && compare->words && !((compare->arrived | piece | (uintptr_t)expected | (uintptr_t)bytes) & 1))
        level_add(&compare->level, compare->arrived / 2, (const int16_t *)(const void *)expected,
                  (const int16_t *)(const void *)bytes, piece / 2);
    compare->expected.tail += piece;
    compare->arrived += piece;
    return piece;
}

static void begin_gap(struct compare *compare, size_t count)
{
    if (!compare->early && !compare->noted)
        compare->underruns++;
    compare_heard(compare, count);
    compare->early += count;
}

// Beyond all that was given: silence after the end is legal, a client that is late an under-run, anything else
// too much.
static void arrive_beyond(struct compare *compare, const unsigned char *bytes, size_t count)
{
    bool over = compare->finished && compare->arrived >= compare->given;
    size_t silent = over ? least(count, compare->silence) : 0;

    if (compare->lost)
        return;
    if (!all_zero(bytes, silent) || (silent < count && !compare->cyclic)) {
        compare_differ(compare, "is too much");
        return;
    }
    compare->silence -= silent;
    compare->zeros_after += silent / compare->frame_bytes;
    if (silent < count)
        begin_gap(compare, count - silent);
}

void compare_arrive(struct compare *compare, const unsigned char *bytes, size_t count)
{
    while (count) {
        struct compare_gap *gap = next_gap(compare);
        size_t piece = until_gap(compare, gap, count);

        if (piece) {
            piece = match(compare, bytes, piece);
        } else if (gap) {
            piece = gap->lost ? pass_loss(compare, gap) : pass_gap(compare, gap, count);
        } else {
            arrive_beyond(compare, bytes, count);
            return;
        }
        bytes += piece;
        count -= piece;
    }
}

// ---- giving ----------------------------------------------------------------------------------------------

bool compare_give(struct compare *compare, const void *bytes, size_t count)
{
    if (compare->early && !compare->copied) // the position that the giver went by was behind the truth
        compare_differ(compare, "was read before it was written");
    if (!compare->copied)
        compare->early = 0;
    if (!ring_reserve(&compare->expected, count))
        return false;
    ring_put(&compare->expected, bytes, count);
    compare->given += count;
    return true;
}

static bool add_gap(struct compare *compare, const struct compare_gap *gap)
{
    if (!gap->bytes)
        return true;
    if (!ring_reserve(&compare->gaps, sizeof(*gap)))
        return false;
    ring_put(&compare->gaps, gap, sizeof(*gap));
    return true;
}

bool compare_skip(struct compare *compare, uint64_t count)
{
    struct compare_gap gap = {compare->given, count - least(count, compare->early), false};

    if (!compare->early && !compare->noted)
        compare->underruns++;
    if (compare->early > count)
        compare_differ(compare, "was read ahead of the position");
    compare->early = 0;
    if (compare->finished)
        compare->lost = true;
    return add_gap(compare, &gap);
}

bool compare_gap_at(struct compare *compare, uint64_t at, uint64_t count, bool lost)
{
    struct compare_gap gap = {at, count - least(count, compare->early), lost};

    if (!compare->early && !(compare->told && compare->told_at == at))
        compare->underruns++;
    if (compare->early > count)
        compare_differ(compare, "is interrupted by silence");
    compare->early = 0;
    compare->told = true;
    compare->told_at = at;
    return add_gap(compare, &gap);
}

void compare_drop(struct compare *compare, uint64_t count)
{
    compare->underruns++;
    compare->expected.tail += least(ring_used(&compare->expected), count);
}

bool compare_next(const struct compare *compare, uint64_t ahead, const unsigned char **frame)
{
    uint64_t at = ahead * compare->frame_bytes, end = at + compare->frame_bytes;
    const struct compare_gap *gap = next_gap(compare);

    if (end > ring_used(&compare->expected) || (gap && compare->arrived + end > gap->at))
        return false;
    *frame = ring_at(&compare->expected, compare->expected.tail + at);
    return true;
}

bool compare_in_gap(const struct compare *compare)
{
    const struct compare_gap *gap = next_gap(compare);

    if (gap)
        return gap->at == compare->arrived;
    return compare->cyclic && !compare->finished && !ring_used(&compare->expected);
}

void compare_filled(struct compare *compare)
{
    bool in_gap = compare_in_gap(compare);

    if (compare->differs)
        return; // where the order is lost, anything may look like it
    if (!in_gap || (!compare->early && !compare->noted && !ring_used(&compare->gaps)))
        compare->underruns++;
    compare->noted |= in_gap;
}

void compare_finish(struct compare *compare)
{
    compare->finished = true;
    compare->silence = compare->cyclic && !compare->copied ? 0 : UINT64_MAX;
}

void compare_silence(struct compare *compare, uint64_t count)
{
    compare->silence += count;
}

void compare_free(struct compare *compare)
{
    free(compare->expected.bytes);
    free(compare->gaps.bytes);
}
