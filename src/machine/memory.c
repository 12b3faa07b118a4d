// SPDX-License-Identifier: MIT
//
// Physical memory: the memfd, its ranges, who has which page, and its part of a snapshot. Which
// pages a request gets is layout.c's business.
#include "machine/private.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/finding.h"
#include "base/random.h"
#include "base/sanitize.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define DEFAULT_LOW (48 * MIB)
#define DEFAULT_HIGH (32 * MIB)
#define CONVENTIONAL_END 0xA0000u // what follows up to 1 MiB is the ISA hole

// ---- ranges ---------------------------------------------------------------------------------

static void range_add(struct machine *machine, uint64_t start, uint64_t end, bool conventional)
{
    struct ram_range *range = &machine->ranges[machine->range_count];

    if (start >= end)
        return;
    range->pfn = start / MACHINE_PAGE;
    if (start < 4 * GIB)
        machine->frame_count = (uint32_t)range->pfn; // the memfd has low memory at its own addresses, holes included
    range->first = machine->frame_count;
    range->count = (uint32_t)((end - start) / MACHINE_PAGE);
    range->conventional = conventional;
    machine->frame_count += range->count;
    machine->range_count++;
}

// Page 0 is nobody's: a physical address of 0 stays what drivers take it for, none.
static int ranges_create(struct machine *machine, const struct machine_options *options)
{
    uint64_t window = arena_ram_window(machine->system->arena).size;
    uint64_t low = options->low_bytes ? options->low_bytes : DEFAULT_LOW;
    uint64_t high = options->high_bytes;

    if (low > window || high > window || low + high + MIB > window)
        return -EINVAL;
    range_add(machine, MACHINE_PAGE, CONVENTIONAL_END, true);
    range_add(machine, MIB, MIB + low / MACHINE_PAGE * MACHINE_PAGE, false);
    range_add(machine, 4 * GIB, 4 * GIB + high / MACHINE_PAGE * MACHINE_PAGE, false);
    return 0;
}

uint32_t memory_frame(const struct machine *machine, uint64_t pfn)
{
    for (unsigned i = 0; i < machine->range_count; i++) {
        const struct ram_range *range = &machine->ranges[i];

        if (pfn >= range->pfn && pfn - range->pfn < range->count)
            return range->first + (uint32_t)(pfn - range->pfn);
    }
    return FRAME_NONE;
}

uint64_t memory_pfn(const struct machine *machine, uint32_t frame)
{
    const struct ram_range *range = machine->ranges;

    while (frame - range->first >= range->count)
        range++;
    return range->pfn + (frame - range->first);
}

uint64_t memory_highest(const struct machine *machine)
{
    uint64_t end = 0;

    for (unsigned i = 0; i < machine->range_count; i++) {
        const struct ram_range *range = &machine->ranges[i];

        if (range->pfn + range->count > end)
            end = range->pfn + range->count;
    }
    return (end << MACHINE_PAGE_SHIFT) - 1;
}

void *memory_direct(const struct machine *machine, uint64_t physical, size_t bytes)
{
    for (unsigned i = 0; i < machine->range_count; i++) {
        const struct ram_range *range = &machine->ranges[i];
        uint64_t start = range->pfn * MACHINE_PAGE, size = (uint64_t)range->count * MACHINE_PAGE;

        if (physical >= start && physical - start < size && bytes <= size - (physical - start))
            return machine->ram + (uint64_t)range->first * MACHINE_PAGE + (physical - start);
    }
    return NULL;
}

// ---- what is known of a frame ---------------------------------------------------------------

const struct frame *memory_frame_info(const struct machine *machine, uint32_t frame)
{
    return (const struct frame *)machine->outside->frames.bytes + frame;
}

struct frame *memory_frame_change(struct machine *machine, uint32_t frame)
{
    struct sparse *frames = &machine->outside->frames;

    sparse_touch(frames, frame * sizeof(struct frame), sizeof(struct frame));
    return (struct frame *)frames->bytes + frame;
}

unsigned memory_cache(const struct machine *machine, uint64_t pfn)
{
    uint32_t frame = memory_frame(machine, pfn);
    unsigned cache = frame == FRAME_NONE ? 0 : memory_frame_info(machine, frame)->cache;

    return cache ? cache - 1 : MEMORY_CACHE_NONE;
}

// ---- allocation -----------------------------------------------------------------------------

static void frame_fill(struct machine *machine, uint32_t frame, bool zero)
{
    uint64_t *words = (uint64_t *)(machine->ram + (size_t)frame * MACHINE_PAGE);
    uint64_t word = zero ? 0 : machine->fill;

    sanitize_unpoison(words, MACHINE_PAGE);
    for (unsigned i = 0; i < MACHINE_PAGE / sizeof(*words); i++)
        words[i] = word;
}

size_t memory_allocate(struct machine *machine, const struct page_request *request, bool zero,
                       uint64_t *pfns)
{
    size_t count;

    if (!request->count || request->low > request->high || fault_here(machine->system))
        return 0;
    count = layout_take(machine, request, pfns);
    machine->allocated += count;
    for (size_t i = 0; i < count; i++) {
        uint32_t frame = (uint32_t)pfns[i];

        if (machine->ops->page_taken)
            machine->ops->page_taken(machine, frame);
        frame_fill(machine, frame, zero);
        if (memory_frame_info(machine, frame)->cache)
            memory_frame_change(machine, frame)->cache = 0;
        pfns[i] = memory_pfn(machine, frame);
    }
    return count;
}

// A freed page is nobody's: grants on it end with it. Its last tag stays, for the finding about a
// device that goes on using it.
static void frame_forget(struct machine *machine, uint32_t frame)
{
    const struct frame *info = memory_frame_info(machine, frame);

    if (info->suspended)
        memory_frame_change(machine, frame)->suspended = 0;
    if (!info->readers && !info->writers)
        return;
    machine->granted -= (size_t)info->readers + info->writers;
    memory_frame_change(machine, frame)->readers = 0;
    memory_frame_change(machine, frame)->writers = 0;
}

// Marks the pages free up to the first that was not allocated, or was listed before; returns its
// index.
static size_t mark_free(struct machine *machine, const uint64_t *pfns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t frame = memory_frame(machine, pfns[i]);

        if (frame == FRAME_NONE || !frame_allocated(machine, frame))
            return i;
        frame_clear(machine->busy, frame);
    }
    return count;
}

void memory_free(struct machine *machine, const uint64_t *pfns, size_t count)
{
    size_t marked = mark_free(machine, pfns, count);

    if (marked < count) {
        for (size_t i = 0; i < marked; i++)
            frame_set(machine->busy, memory_frame(machine, pfns[i]));
        finding_raise(machine->system, "SV-84", SIDE_PORT, __builtin_return_address(0),
                      "physical page 0x%llx is freed, but it is not allocated",
                      (unsigned long long)pfns[marked]);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t frame = memory_frame(machine, pfns[i]);

        frame_forget(machine, frame);
        if (machine->ops->page_freed)
            machine->ops->page_freed(machine, frame);
    }
    machine->allocated -= count;
}

size_t memory_allocated_pages(const struct machine *machine)
{
    return machine->allocated;
}

// ---- snapshot -------------------------------------------------------------------------------
// The frame table, the view table, then the allocated pages in order of frames.

static size_t source_measure(void *context)
{
    const struct machine *machine = context;

    return sparse_measure(&machine->outside->frames) + sparse_measure(&machine->outside->views) +
           machine->allocated * MACHINE_PAGE;
}

// Calls `visit` for each allocated frame, with a running pointer.
static void each_page(struct machine *machine, uint8_t *at,
                      void (*visit)(uint8_t *page, uint8_t *at))
{
    for (uint32_t word = 0; word < (machine->frame_count + 63) / 64; word++) {
        uint64_t left = machine->busy[word] & ~machine->reserved[word];

        for (; left; left &= left - 1) {
            size_t frame = (size_t)word * 64 + (unsigned)__builtin_ctzll(left);

            visit(machine->ram + frame * MACHINE_PAGE, at);
            at += MACHINE_PAGE;
        }
    }
}

static void page_save(uint8_t *page, uint8_t *at)
{
    copy_raw(at, page, MACHINE_PAGE);
}

static void page_restore(uint8_t *page, uint8_t *at)
{
    sanitize_unpoison(page, MACHINE_PAGE);
    copy_raw(page, at, MACHINE_PAGE);
}

static void source_save(void *context, void *to)
{
    struct machine *machine = context;
    uint8_t *at = sparse_save(&machine->outside->frames, to);

    at = sparse_save(&machine->outside->views, at);
    each_page(machine, at, page_save);
}

static void source_restore(void *context, const void *from)
{
    struct machine *machine = context;
    const uint8_t *at = sparse_restore(&machine->outside->frames, from, NULL, NULL);

    at = views_restore(machine, at);
    each_page(machine, (uint8_t *)at, page_restore);
}

// ---- life -----------------------------------------------------------------------------------

static int ram_map(struct machine *machine)
{
    size_t bytes = (size_t)machine->frame_count * MACHINE_PAGE;
    void *at = arena_ram_window(machine->system->arena).base;

    machine->outside->memfd = memfd_create("portside-ram", MFD_CLOEXEC);
    if (machine->outside->memfd < 0 || ftruncate(machine->outside->memfd, (off_t)bytes))
        return -errno;
    at =
        mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, machine->outside->memfd, 0);
    if (at == MAP_FAILED)
        return -errno;
    machine->ram = at;
    return 0;
}

static int bitmaps_create(struct machine *machine)
{
    size_t bytes = (machine->frame_count + 63) / 64 * sizeof(uint64_t);

    machine->busy = arena_alloc(machine->system->arena, bytes);
    machine->reserved = arena_alloc(machine->system->arena, bytes);
    return machine->busy && machine->reserved ? 0 : -ENOMEM;
}

int memory_create(struct machine *machine, const struct machine_options *options)
{
    const struct arena_source source = {.context = machine,
                                        .measure = source_measure,
                                        .save = source_save,
                                        .restore = source_restore};
    uint64_t seed = machine->system->seed ^ 0x6d656d6f7279;
    int error = ranges_create(machine, options);

    if (error || (error = ram_map(machine)) || (error = bitmaps_create(machine)))
        return error;
    machine->layout = options->layout;
    machine->fill = random_next(&seed);
    machine->random = random_next(&seed);
    layout_prepare(machine);
    error = sparse_create(&machine->outside->frames, machine->frame_count * sizeof(struct frame));
    return error ? error : arena_add_source(machine->system->arena, &source);
}

void memory_destroy(struct machine *machine)
{
    struct arena *arena = machine->system->arena;
    size_t bytes = (machine->frame_count + 63) / 64 * sizeof(uint64_t);

    arena_remove_source(arena, machine);
    arena_free(arena, machine->busy, bytes);
    arena_free(arena, machine->reserved, bytes);
    if (machine->ram) {
        sanitize_unpoison(machine->ram, (size_t)machine->frame_count * MACHINE_PAGE);
        mmap(machine->ram, (size_t)machine->frame_count * MACHINE_PAGE, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    }
    if (machine->outside->memfd >= 0)
        close(machine->outside->memfd);
    sparse_destroy(&machine->outside->frames);
}
