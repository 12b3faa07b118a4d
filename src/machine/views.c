// SPDX-License-Identifier: MIT
//
// The view window: further mappings of RAM pages, and address space that stands for device
// registers.
//
// outside->views has an entry for each page of the window and is the truth about what is mapped
// there. Views are kept apart by at least one page without access, so an overrun faults. The search
// for address space goes round, so an address is not soon used again and a stale pointer faults
// too.
#include "machine/private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fault.h"
#include "base/finding.h"

#define CHUNK_PAGES (SPARSE_CHUNK / sizeof(uint32_t))

static uint32_t *entries(const struct machine *machine)
{
    return (uint32_t *)machine->outside->views.bytes;
}

static bool is_ram(uint32_t entry)
{
    return (entry & (VIEW_PRESENT | VIEW_IO)) == VIEW_PRESENT;
}

static uint32_t entry_frame(uint32_t entry)
{
    return entry & VIEW_INDEX;
}

// Index of the page holding `address`; false if it is not in the window.
static bool page_of(const struct machine *machine, const volatile void *address, size_t *page)
{
    uintptr_t offset = (uintptr_t)address - (uintptr_t)machine->views;

    *page = offset / MACHINE_PAGE;
    return *page < machine->view_pages;
}

// ---- address space --------------------------------------------------------------------------

// First of `pages` unused entries in a row in [from, window end); view_pages if there are none.
static size_t find_unused(const struct machine *machine, size_t from, size_t pages)
{
    const uint32_t *entry = entries(machine);
    size_t at = from, start = from;

    while (at < machine->view_pages && at - start < pages) {
        if (at % CHUNK_PAGES == 0 &&
            !sparse_touched(&machine->outside->views, at * sizeof(*entry))) {
            at += CHUNK_PAGES;
            continue;
        }
        if (entry[at++])
            start = at;
    }
    return start + pages <= machine->view_pages ? start : machine->view_pages;
}

// First page of `count` that can become a view with a page without access on either side; 0 if
// none.
static size_t find_space(struct machine *machine, size_t count)
{
    size_t start;

    if (count > machine->view_pages - 2)
        return 0;
    start = find_unused(machine, machine->view_next, count + 2);
    if (start == machine->view_pages)
        start = find_unused(machine, 0, count + 2);
    if (start == machine->view_pages)
        return 0;
    machine->view_next = start + 1 + count;
    return start + 1;
}

static void set_entries(struct machine *machine, size_t page, size_t count)
{
    sparse_touch(&machine->outside->views, page * sizeof(uint32_t), count * sizeof(uint32_t));
}

static void clear_entries(struct machine *machine, size_t page, size_t count)
{
    set_entries(machine, page, count);
    memset(entries(machine) + page, 0, count * sizeof(uint32_t));
}

// True if the view that begins at `page` has exactly `count` pages and the given kind.
static bool is_view(const struct machine *machine, size_t page, size_t count, uint32_t kind)
{
    const uint32_t *entry = entries(machine) + page;

    if (!count || count >= machine->view_pages - page || entry[count])
        return false;
    for (size_t i = 0; i < count; i++) {
        uint32_t wanted = VIEW_PRESENT | kind | (i ? 0 : VIEW_FIRST);

        if ((entry[i] & (VIEW_PRESENT | VIEW_FIRST | VIEW_IO)) != wanted)
            return false;
    }
    return true;
}

// ---- what the process has mapped ------------------------------------------------------------

static int access_of(uint32_t entry)
{
    if (entry & VIEW_NO_ACCESS)
        return PROT_NONE;
    return entry & VIEW_READ_ONLY ? PROT_READ : PROT_READ | PROT_WRITE;
}

// `flags`: MAP_POPULATE spares the trap at the first touch of each page.
static bool map_run(struct machine *machine, size_t page, uint32_t entry, size_t count, int flags)
{
    return mmap(machine->views + page * MACHINE_PAGE, count * MACHINE_PAGE, access_of(entry),
                MAP_SHARED | MAP_FIXED | flags, machine->outside->memfd,
                (off_t)entry_frame(entry) * MACHINE_PAGE) != MAP_FAILED;
}

// No access from here on. A process that is out of mappings can still take access away from whole
// ones.
static void unmap_run(struct machine *machine, size_t page, size_t count)
{
    void *at = machine->views + page * MACHINE_PAGE;

    if (mmap(at, count * MACHINE_PAGE, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
        mprotect(at, count * MACHINE_PAGE, PROT_NONE);
}

// Pages from entry[0] on, `count` at most, that one mmap can serve.
static size_t run_length(const uint32_t *entry, size_t count)
{
    size_t length = 1;

    while (length < count && entry_frame(entry[length]) == entry_frame(entry[0]) + length &&
           access_of(entry[length]) == access_of(entry[0]))
        length++;
    return length;
}

static size_t count_runs(const uint32_t *entry, size_t count)
{
    size_t runs = 0;

    for (size_t i = 0; i < count; i += run_length(entry + i, count - i))
        runs++;
    return runs;
}

static bool map_entries(struct machine *machine, size_t page, size_t count)
{
    const uint32_t *entry = entries(machine) + page;

    for (size_t i = 0; i < count;) {
        size_t length = run_length(entry + i, count - i);

        if (!map_run(machine, page + i, entry[i], length, MAP_POPULATE)) {
            unmap_run(machine, page, count);
            return false;
        }
        i += length;
    }
    return true;
}

// ---- views of memory ------------------------------------------------------------------------

// Writes the entries of a view; false, and nothing written, if a page is not RAM.
static bool write_entries(struct machine *machine, size_t page, const uint64_t *pfns, size_t count,
                          bool user)
{
    uint32_t *entry = entries(machine) + page, flags = VIEW_PRESENT | (user ? VIEW_USER : 0);

    for (size_t i = 0; i < count; i++)
        if (memory_frame(machine, pfns[i]) == FRAME_NONE)
            return false;
    set_entries(machine, page, count);
    for (size_t i = 0; i < count; i++)
        entry[i] = flags | memory_frame(machine, pfns[i]);
    entry[0] |= VIEW_FIRST;
    return true;
}

// The first mapping of a page decides its cache type (SV-97).
static void note_cache(struct machine *machine, const uint64_t *pfns, size_t count, unsigned cache)
{
    for (size_t i = 0; i < count && cache < MEMORY_CACHE_NONE; i++) {
        uint32_t frame = memory_frame(machine, pfns[i]);

        if (!memory_frame_info(machine, frame)->cache)
            memory_frame_change(machine, frame)->cache = (cache + 1) & 3;
    }
}

void *view_map(struct machine *machine, const uint64_t *pfns, size_t count, unsigned cache,
               bool user)
{
    if (!count || fault_here(machine->system))
        return NULL;
    return view_map_unplanned(machine, pfns, count, cache, user);
}

void *view_map_unplanned(struct machine *machine, const uint64_t *pfns, size_t count,
                         unsigned cache, bool user)
{
    size_t page, runs;

    if (!count || !(page = find_space(machine, count)) ||
        !write_entries(machine, page, pfns, count, user))
        return NULL;
    runs = count_runs(entries(machine) + page, count);
    if (runs > machine->map_budget - machine->mappings || !map_entries(machine, page, count)) {
        clear_entries(machine, page, count);
        return NULL;
    }
    machine->mappings += runs;
    note_cache(machine, pfns, count, cache);
    return machine->views + page * MACHINE_PAGE;
}

bool view_unmap(struct machine *machine, void *base, size_t count)
{
    size_t page;

    if ((uintptr_t)base % MACHINE_PAGE || !page_of(machine, base, &page) ||
        !is_view(machine, page, count, 0))
        return false;
    machine->mappings -= count_runs(entries(machine) + page, count);
    unmap_run(machine, page, count);
    clear_entries(machine, page, count);
    return true;
}

bool view_protect(struct machine *machine, void *base, size_t count, enum view_access access)
{
    static const uint32_t bits[] = {[VIEW_ACCESS_NONE] = VIEW_NO_ACCESS,
                                    [VIEW_ACCESS_READ] = VIEW_READ_ONLY, [VIEW_ACCESS_ALL] = 0};
    uint32_t *entry;
    size_t page;

    if ((uintptr_t)base % MACHINE_PAGE || !page_of(machine, base, &page) ||
        !is_view(machine, page, count, 0) ||
        mprotect(base, count * MACHINE_PAGE, access_of(bits[access])))
        return false;
    set_entries(machine, page, count);
    entry = entries(machine) + page;
    for (size_t i = 0; i < count; i++)
        entry[i] = (entry[i] & ~(uint32_t)(VIEW_NO_ACCESS | VIEW_READ_ONLY)) | bits[access];
    return true;
}

size_t view_mappings(const struct machine *machine)
{
    return machine->mappings;
}

bool view_is_user(const struct machine *machine, const void *address)
{
    size_t page;

    return page_of(machine, address, &page) && (entries(machine)[page] & VIEW_USER);
}

// ---- from addresses to pages ----------------------------------------------------------------

// The frame behind `address`, or FRAME_NONE.
static uint32_t frame_behind(const struct machine *machine, const void *address)
{
    uintptr_t offset = (uintptr_t)address - (uintptr_t)machine->ram;
    size_t page;

    if (offset / MACHINE_PAGE < machine->frame_count)
        return (uint32_t)(offset / MACHINE_PAGE);
    if (page_of(machine, address, &page) && is_ram(entries(machine)[page]))
        return entry_frame(entries(machine)[page]);
    return FRAME_NONE;
}

uint64_t memory_physical(const struct machine *machine, const void *address)
{
    uint32_t frame = frame_behind(machine, address);

    if (frame == FRAME_NONE)
        return MACHINE_NOWHERE;
    return memory_pfn(machine, frame) * MACHINE_PAGE + (uintptr_t)address % MACHINE_PAGE;
}

bool memory_pages(const struct machine *machine, const void *address, size_t bytes, uint64_t *pfns)
{
    uintptr_t at = (uintptr_t)address, last = at + bytes - 1;

    if (!bytes)
        return true;
    if (last < at)
        return false;
    for (at -= at % MACHINE_PAGE; at <= last; at += MACHINE_PAGE) {
        uint32_t frame = frame_behind(machine, (const void *)at);

        if (frame == FRAME_NONE)
            return false;
        *pfns++ = memory_pfn(machine, frame);
    }
    return true;
}

// ---- address space for registers ------------------------------------------------------------

static size_t pages_of(uint64_t start, size_t bytes)
{
    return (start % MACHINE_PAGE + bytes + MACHINE_PAGE - 1) / MACHINE_PAGE;
}

void *machine_io_map(struct machine *machine, uint64_t physical, size_t bytes)
{
    uint32_t first = (uint32_t)(physical / MACHINE_PAGE), *entry;
    size_t page, count;

    if (!bytes || !machine->ops->is_device_memory(machine, physical, bytes) ||
        fault_here(machine->system))
        return NULL;
    count = pages_of(physical, bytes);
    page = find_space(machine, count);
    if (!page)
        return NULL;
    set_entries(machine, page, count);
    entry = entries(machine) + page;
    for (size_t i = 0; i < count; i++)
        entry[i] = VIEW_PRESENT | VIEW_IO | (first + (uint32_t)i);
    entry[0] |= VIEW_FIRST;
    return machine->views + page * MACHINE_PAGE + physical % MACHINE_PAGE;
}

bool machine_io_unmap(struct machine *machine, void *base, size_t bytes)
{
    size_t page, count;

    if (!bytes || bytes > machine->view_pages * MACHINE_PAGE || !page_of(machine, base, &page))
        return false;
    count = pages_of((uintptr_t)base, bytes);
    if (!is_view(machine, page, count, VIEW_IO))
        return false;
    clear_entries(machine, page, count);
    return true;
}

uint64_t machine_io_decode(const struct machine *machine, const volatile void *address)
{
    size_t page;

    if (!page_of(machine, address, &page) || !(entries(machine)[page] & VIEW_IO))
        return MACHINE_NOWHERE;
    return (uint64_t)entry_frame(entries(machine)[page]) * MACHINE_PAGE +
           (uintptr_t)address % MACHINE_PAGE;
}

// ---- restore --------------------------------------------------------------------------------

static _Noreturn void restore_failed(struct machine *machine)
{
    static const uint64_t none[4];

    finding_stop(machine->system, "MACHINE", SIDE_PORT, NULL, 0, none,
                 "a view cannot be mapped again: %s", strerror(errno));
}

// What an entry maps, and how: 0 for no memory.
static uint32_t mapping_of(uint32_t entry)
{
    return is_ram(entry) ? entry & (VIEW_INDEX | VIEW_PRESENT | VIEW_READ_ONLY | VIEW_NO_ACCESS) : 0;
}

// One chunk of the table changes: unmap what will not be there, then map what was and is not now.
static void restore_views(void *context, size_t offset, const void *before, const void *after)
{
    struct machine *machine = context;
    size_t page = offset / sizeof(uint32_t), length;
    const uint32_t *old = before, *new = after;

    for (size_t i = 0; i < CHUNK_PAGES; i += length) {
        for (length = 0; i + length < CHUNK_PAGES && is_ram(old[i + length]); length++)
            if (mapping_of(new[i + length]))
                break;
        if (length)
            unmap_run(machine, page + i, length);
        else
            length = 1;
    }
    for (size_t i = 0; i < CHUNK_PAGES; i += length) {
        length = 1;
        if (!mapping_of(new[i]) || mapping_of(new[i]) == mapping_of(old[i]))
            continue;
        length = run_length(new + i, CHUNK_PAGES - i);
        if (!map_run(machine, page + i, new[i], length, 0))
            restore_failed(machine);
    }
}

const uint8_t *views_restore(struct machine *machine, const uint8_t *from)
{
    return sparse_restore(&machine->outside->views, from, machine, restore_views);
}

// ---- life -----------------------------------------------------------------------------------

static size_t default_budget(void)
{
    FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
    unsigned long value = 0;

    if (!file || fscanf(file, "%lu", &value) != 1 || value < 2)
        value = 65530;
    if (file)
        fclose(file);
    return value / 2;
}

int views_create(struct machine *machine, size_t budget)
{
    struct arena_window window = arena_view_window(machine->system->arena);

    machine->views = window.base;
    machine->view_pages = window.size / MACHINE_PAGE;
    machine->map_budget = budget ? budget : default_budget();
    return sparse_create(&machine->outside->views, machine->view_pages * sizeof(uint32_t));
}

void views_destroy(struct machine *machine)
{
    if (machine->view_pages)
        unmap_run(machine, 0, machine->view_pages);
    sparse_destroy(&machine->outside->views);
}
