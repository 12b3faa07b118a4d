// SPDX-License-Identifier: MIT
//
// Which pages a request gets. All choices come from the machine's own random state, so a seed gives
// the same pages everywhere (SV-84).
//
// - contiguous: one run whenever there is one, lowest first.
// - scattered: frames of one parity, in random order: no two pages of a request are adjacent.
// - fragmented: three quarters of each range are cut into pieces of 1..16 pages by pages never
//   given out; a request takes runs of random length at random places. The first quarter stays
//   whole and serves contiguous requests.
#include "machine/private.h"

#include "base/random.h"

enum { PIECE_MAX = 16 };

// Frames [first, end), all of one range.
struct area {
    uint32_t first, end;
};

struct area_list {
    struct area areas[MACHINE_MAX_RANGES];
    unsigned count;
};

// ---- searching the bit map ------------------------------------------------------------------

// First frame in [from, end) whose busy bit is `wanted`, or `end`.
static uint32_t next_with(const struct machine *machine, uint32_t from, uint32_t end, bool wanted)
{
    while (from < end) {
        uint64_t word = machine->busy[from / 64];

        word = (wanted ? word : ~word) >> (from % 64);
        if (word) {
            from += (uint32_t)__builtin_ctzll(word);
            return from < end ? from : end;
        }
        from = (from / 64 + 1) * 64;
    }
    return end;
}

// Free frames in the area, of those whose bit in a 64-bit word is in `mask`.
static size_t count_free(const struct machine *machine, const struct area_list *list, uint64_t mask)
{
    size_t count = 0;

    for (unsigned i = 0; i < list->count; i++) {
        uint32_t at = list->areas[i].first, end = list->areas[i].end;

        while (at < end) {
            uint32_t step = 64 - at % 64 < end - at ? 64 - at % 64 : end - at;
            uint64_t bits = (step == 64 ? ~0ull : ((1ull << step) - 1) << (at % 64)) & mask;

            count += (size_t)__builtin_popcountll(~machine->busy[at / 64] & bits);
            at += step;
        }
    }
    return count;
}

static size_t count_frames(const struct area_list *list)
{
    size_t count = 0;

    for (unsigned i = 0; i < list->count; i++)
        count += list->areas[i].end - list->areas[i].first;
    return count;
}

// A place in the list of areas, as (area, frame).
struct place {
    unsigned area;
    uint32_t frame;
};

static struct place random_place(struct machine *machine, const struct area_list *list)
{
    uint32_t left = random_below(&machine->random, (uint32_t)count_frames(list));
    unsigned i = 0;

    while (left >= list->areas[i].end - list->areas[i].first) {
        left -= list->areas[i].end - list->areas[i].first;
        i++;
    }
    return (struct place){i, list->areas[i].first + left};
}

// Moves to the next free frame at or after `place`, going round; there is one.
static void to_free(const struct machine *machine, const struct area_list *list,
                    struct place *place)
{
    while ((place->frame = next_with(machine, place->frame, list->areas[place->area].end, false)) ==
           list->areas[place->area].end) {
        place->area = (place->area + 1) % list->count;
        place->frame = list->areas[place->area].first;
    }
}

// ---- what a request may have ----------------------------------------------------------------

// Frames of `range` that lie whole in [low, high]; false if none.
static bool clip(const struct ram_range *range, const struct page_request *request,
                 struct area *area)
{
    uint64_t first = request->low / MACHINE_PAGE + (request->low % MACHINE_PAGE != 0);
    uint64_t end =
        request->high / MACHINE_PAGE + (request->high % MACHINE_PAGE == MACHINE_PAGE - 1);

    if (first < range->pfn)
        first = range->pfn;
    if (end > range->pfn + range->count)
        end = range->pfn + range->count;
    if (first >= end)
        return false;
    area->first = range->first + (uint32_t)(first - range->pfn);
    area->end = range->first + (uint32_t)(end - range->pfn);
    return true;
}

// Lowest first.
static void allowed_areas(const struct machine *machine, const struct page_request *request,
                          struct area_list *list)
{
    bool conventional = request->high < ((uint64_t)1 << 20);

    list->count = 0;
    for (unsigned i = 0; i < machine->range_count; i++)
        if (machine->ranges[i].conventional == conventional &&
            clip(&machine->ranges[i], request, &list->areas[list->count]))
            list->count++;
}

// Frame after the part of a range that a fragmented machine leaves whole.
static uint32_t whole_end(const struct ram_range *range)
{
    return range->first + range->count / 4;
}

static void fragmented_areas(const struct machine *machine, const struct area_list *from,
                             struct area_list *to)
{
    to->count = 0;
    for (unsigned i = 0; i < from->count; i++) {
        struct area area = from->areas[i];

        for (unsigned r = 0; r < machine->range_count; r++) {
            const struct ram_range *range = &machine->ranges[r];

            if (area.first >= range->first && area.first < whole_end(range))
                area.first = whole_end(range);
        }
        if (area.first < area.end)
            to->areas[to->count++] = area;
    }
}

// ---- one run --------------------------------------------------------------------------------

// How many pages from `frame` lie before the next multiple of `boundary`.
static uint64_t pages_to_boundary(const struct machine *machine, uint32_t frame, uint64_t boundary)
{
    uint64_t physical = memory_pfn(machine, frame) * MACHINE_PAGE;

    if (!boundary)
        return UINT64_MAX;
    return (boundary - physical % boundary) / MACHINE_PAGE;
}

struct run {
    uint32_t first, count;
};

// Keeps the first run of `wanted` free frames in `best`, or else the longest.
static void find_run(const struct machine *machine, const struct area *area, size_t wanted,
                     uint64_t boundary, struct run *best)
{
    uint32_t at = area->first;

    while (best->count < wanted && (at = next_with(machine, at, area->end, false)) < area->end) {
        uint64_t room = pages_to_boundary(machine, at, boundary);
        uint32_t end = area->end - at < wanted ? area->end : at + (uint32_t)wanted;
        uint32_t length = next_with(machine, at, end, true) - at;

        length = length < room ? length : (uint32_t)room;
        if (length > best->count)
            *best = (struct run){at, length};
        at += length ? length : 1;
    }
}

static void take(struct machine *machine, uint32_t frame, uint64_t *slot)
{
    frame_set(machine->busy, frame);
    *slot = frame;
}

// A request for one run. In other layouts than the contiguous one it starts its search above 4 GiB,
// so that drivers which cut addresses to 32 bits are found out.
static size_t take_run(struct machine *machine, const struct page_request *request,
                       const struct area_list *list, uint64_t *frames)
{
    bool highest = machine->layout != LAYOUT_CONTIGUOUS;
    struct run best = {0, 0};

    for (unsigned i = 0; i < list->count; i++)
        find_run(machine, &list->areas[highest ? list->count - 1 - i : i], request->count,
                 request->boundary, &best);
    if (best.count < request->count && !request->partial)
        return 0;
    for (uint32_t i = 0; i < best.count; i++)
        take(machine, best.first + i, &frames[i]);
    return best.count;
}

// ---- the layouts; `count` free frames are there ---------------------------------------------

static void take_contiguous(struct machine *machine, const struct area_list *list, size_t count,
                            uint64_t *frames)
{
    const struct page_request whole = {.count = count};
    struct place place = {0, list->areas[0].first};

    if (take_run(machine, &whole, list, frames))
        return;
    for (size_t i = 0; i < count; i++) {
        to_free(machine, list, &place);
        take(machine, place.frame, &frames[i]);
    }
}

static void shuffle(struct machine *machine, uint64_t *frames, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = random_below(&machine->random, (uint32_t)i);
        uint64_t frame = frames[i - 1];

        frames[i - 1] = frames[j];
        frames[j] = frame;
    }
}

// Picks `count` of somewhat more free frames with `parity` that follow a random place.
static void pick_parity(struct machine *machine, const struct area_list *list, size_t count,
                        size_t there, unsigned parity, uint64_t *frames)
{
    struct place place = random_place(machine, list);
    size_t window = count + count / 4 + 16, seen = 0;

    if (window > there)
        window = there;
    while (seen < window) {
        to_free(machine, list, &place);
        if (place.frame % 2 == parity) {
            size_t slot = seen < count ? seen : random_below(&machine->random, (uint32_t)seen + 1);

            if (slot < count)
                frames[slot] = place.frame;
            seen++;
        }
        place.frame++;
    }
    shuffle(machine, frames, count);
    for (size_t i = 0; i < count; i++)
        frame_set(machine->busy, (uint32_t)frames[i]);
}

// With too few frames of one parity left: descending, so that at least no page continues the one
// before.
static void take_descending(struct machine *machine, const struct area_list *list, size_t count,
                            uint64_t *frames)
{
    for (unsigned i = list->count; i-- > 0;)
        for (uint32_t at = list->areas[i].end; count && at-- > list->areas[i].first;)
            if (!frame_bit(machine->busy, at)) {
                take(machine, at, frames++);
                count--;
            }
}

static void take_scattered(struct machine *machine, const struct area_list *list, size_t count,
                           uint64_t *frames)
{
    unsigned first = random_below(&machine->random, 2);

    for (unsigned i = 0; i < 2; i++) {
        unsigned parity = first ^ i;
        size_t there = count_free(machine, list, 0x5555555555555555u << parity);

        if (there >= count) {
            pick_parity(machine, list, count, there, parity, frames);
            return;
        }
    }
    take_descending(machine, list, count, frames);
}

static void take_fragmented(struct machine *machine, const struct area_list *list, size_t count,
                            uint64_t *frames)
{
    struct area_list pieces;
    size_t taken = 0;

    fragmented_areas(machine, list, &pieces);
    if (count_free(machine, &pieces, UINT64_MAX) < count)
        pieces = *list;
    while (taken < count) {
        uint32_t length = 1 + random_below(&machine->random, PIECE_MAX), end;
        struct place place = random_place(machine, &pieces);

        to_free(machine, &pieces, &place);
        end = pieces.areas[place.area].end;
        if (end - place.frame > length)
            end = place.frame + length;
        end = next_with(machine, place.frame, end, true);
        while (place.frame < end && taken < count)
            take(machine, place.frame++, &frames[taken++]);
    }
}

void layout_prepare(struct machine *machine)
{
    if (machine->layout != LAYOUT_FRAGMENTED)
        return;
    for (unsigned i = 0; i < machine->range_count; i++) {
        const struct ram_range *range = &machine->ranges[i];
        uint32_t at = whole_end(range);

        if (range->conventional)
            continue;
        while ((at += 1 + random_below(&machine->random, PIECE_MAX)) <
               range->first + range->count) {
            frame_set(machine->busy, at);
            frame_set(machine->reserved, at++);
        }
    }
}

size_t layout_take(struct machine *machine, const struct page_request *request, uint64_t *frames)
{
    static void (*const policies[])(struct machine *, const struct area_list *, size_t,
                                    uint64_t *) = {
        [LAYOUT_CONTIGUOUS] = take_contiguous,
        [LAYOUT_SCATTERED] = take_scattered,
        [LAYOUT_FRAGMENTED] = take_fragmented,
    };
    struct area_list list;
    size_t there;

    allowed_areas(machine, request, &list);
    if (request->contiguous)
        return take_run(machine, request, &list, frames);
    there = count_free(machine, &list, UINT64_MAX);
    if (!there || (there < request->count && !request->partial))
        return 0;
    if (there > request->count)
        there = request->count;
    policies[machine->layout](machine, &list, there, frames);
    return there;
}
