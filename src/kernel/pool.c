// SPDX-License-Identifier: MIT
//
// Pool out of the machine's RAM, so that MmGetPhysicalAddress and DMA work on it (SV-70 to SV-74).
// Blocks below half a page are slots of one size per page; larger ones are whole adjacent pages.
// What is known about a block stands in its record, never beside it: a driver that writes past its
// block destroys no bookkeeping. The rest of a slot is a canary; freed slots are filled and rest in
// a queue before reuse.
#include <string.h>

#include "base/site.h"
#include "kernel/private.h"

enum {
    GUARDED = -2, // pool_block.class
    GUARDED_PAGES = 16, // of one at most
    GONE_MOST = 4096, // guarded blocks that are remembered after they were freed
    TAIL = 16, // at least so many canary bytes behind a block in a slot
    LARGEST_SLOT = 2048,
    QUARANTINE = 8, // freed slots of a size that rest before one is used again
};

static const uint16_t class_bytes[POOL_CLASSES] = {32,  48,  64,  96,   128,  192, 256,
                                                   384, 512, 768, 1024, 1360, 2048};
static const uint8_t canary = 0x5A;
static const uint64_t freed_word = 0xDDDDDDDDDDDDDDDDu;

static struct pool *pool_of(struct ps_system *system)
{
    return &system->kernel->pool;
}

// `room` is a multiple of 8.
static void fill_words(uint8_t *base, size_t room, uint64_t word)
{
    for (size_t i = 0; i < room; i += sizeof(word))
        memcpy(base + i, &word, sizeof(word));
}

static bool filled_with(const uint8_t *base, size_t room, uint64_t word)
{
    uint64_t difference = 0, there;

    for (size_t i = 0; i < room; i += sizeof(there)) {
        memcpy(&there, base + i, sizeof(there));
        difference |= there ^ word;
    }
    return !difference;
}

// Odd high bytes: a pointer read from fresh pool is not canonical and faults.
static uint64_t seeded_word(const struct ps_system *system)
{
    return (system->seed * 0x9e3779b97f4a7c15u) | 0xB9000000000000A5u;
}

// ---- slots and pages ----------------------------------------------------------------------------

static void *take_pages(struct ps_system *system, size_t count)
{
    struct page_request request = {.high = UINT64_MAX, .count = count, .contiguous = true};
    uint64_t one, *pfns = count == 1 ? &one : arena_alloc(system->arena, count * sizeof(*pfns));
    void *base = NULL;

    if (pfns && memory_allocate(system->machine, &request, false, pfns) == count) {
        base = memory_direct(system->machine, pfns[0] << MACHINE_PAGE_SHIFT, count * MACHINE_PAGE);
        pool_of(system)->pages += count;
    }
    if (count > 1)
        arena_free(system->arena, pfns, count * sizeof(*pfns));
    return base;
}

static void give_pages(struct ps_system *system, const uint8_t *base, size_t count)
{
    uint64_t pfn = memory_physical(system->machine, base) >> MACHINE_PAGE_SHIFT;

    pool_of(system)->pages -= count;
    for (size_t i = 0; i < count; i++, pfn++)
        memory_free(system->machine, &pfn, 1);
}

static struct pool_block *block_new(struct ps_system *system, uint8_t *base, size_t room, int class)
{
    struct pool_block *block = arena_alloc(system->arena, sizeof(*block));

    if (!block)
        return NULL;
    if (!table_put(system, &pool_of(system)->blocks, base, block)) {
        arena_free(system->arena, block, sizeof(*block));
        return NULL;
    }
    block->base = base;
    block->room = room;
    block->class = (int8_t) class;
    return block;
}

static bool carve_page(struct ps_system *system, int class)
{
    struct pool *pool = pool_of(system);
    size_t room = class_bytes[class];
    uint8_t *page = take_pages(system, 1);

    if (!page)
        return false;
    for (size_t at = 0; at + room <= MACHINE_PAGE; at += room) {
        struct pool_block *block = block_new(system, page + at, room, class);

        if (!block)
            return at != 0;
        list_push_front(&pool->resting[class], &block->link);
        pool->resting_count[class]++;
    }
    return true;
}

static void check_resting(struct ps_system *system, struct pool_block *block)
{
    if (filled_with(block->base, block->room, freed_word))
        return;
    fill_words(block->base, block->room, freed_word);
    kernel_misuse(system, "VF-71", block->caller, 0xCC, (uintptr_t)block->base, 1, 0, 0,
                  "pool block %u (%zu bytes) was written after it was freed", block->number,
                  block->bytes);
}

static struct pool_block *take_slot(struct ps_system *system, int class)
{
    struct pool *pool = pool_of(system);
    struct pool_block *block;

    block = list_empty(&pool->resting[class])
                ? NULL
                : LIST_OBJECT(pool->resting[class].next, struct pool_block, link);
    if ((!block || (block->used_before && pool->resting_count[class] <= QUARANTINE)) &&
        !carve_page(system, class))
        return NULL;
    block = LIST_OBJECT(list_pop_front(&pool->resting[class]), struct pool_block, link);
    pool->resting_count[class]--;
    if (block->used_before)
        check_resting(system, block);
    return block;
}

static int class_of(size_t bytes)
{
    for (int class = 0; class < POOL_CLASSES; class ++)
        if (bytes + TAIL <= class_bytes[class])
            return class;
    return -1;
}

static struct pool_block *take_large(struct ps_system *system, size_t bytes)
{
    size_t count = (bytes + MACHINE_PAGE - 1) / MACHINE_PAGE;
    struct pool_block *block;
    uint8_t *base;

    if (count > ARENA_RAM_BYTES / MACHINE_PAGE)
        return NULL;
    base = take_pages(system, count);
    if (!base)
        return NULL;
    block = block_new(system, base, count * MACHINE_PAGE, -1);
    if (!block)
        give_pages(system, base, count);
    return block;
}

// ---- guard pages --------------------------------------------------------------------------------
//
// A guarded block is the end of a view of its own: the view window leaves a page without access behind each view, and
// does not soon use an address again. What is before the block in its page is a pattern (VF-70).

void kernel_guard_pool(struct ps_system *system)
{
    pool_of(system)->guarded = true;
}

// 16 bytes as ever (SV-70), but for sizes that no type with such an alignment has.
static size_t guarded_room(size_t bytes)
{
    return bytes % 16 && bytes % 16 <= 8 ? bytes / 16 * 16 + 8 : (bytes + 15) & ~(size_t)15;
}

// The block ends with its view.
uint8_t *pool_view_of(const struct pool_block *block)
{
    return (uint8_t *)((uintptr_t)block->base & ~(uintptr_t)(MACHINE_PAGE - 1));
}

size_t pool_view_pages(const struct pool_block *block)
{
    return (block->room + MACHINE_PAGE - 1) / MACHINE_PAGE;
}

static void forget_gone(struct ps_system *system, struct pool_block *block)
{
    struct pool *pool = pool_of(system);

    list_remove(&block->link);
    pool->gone_count--;
    table_remove(&pool->blocks, block->base);
    arena_free(system->arena, block, sizeof(*block));
}

// NULL: no page or no mapping is left; an ordinary slot will do.
static struct pool_block *take_guarded(struct ps_system *system, size_t bytes)
{
    size_t room = guarded_room(bytes ? bytes : 1), pages = (room + MACHINE_PAGE - 1) / MACHINE_PAGE;
    uint8_t *page = take_pages(system, pages), *view = NULL;
    uint64_t pfns[GUARDED_PAGES];
    struct pool_block *block;

    if (!page)
        return NULL;
    for (size_t i = 0; i < pages; i++)
        pfns[i] = (memory_physical(system->machine, page) >> MACHINE_PAGE_SHIFT) + i;
    view = view_map_unplanned(system->machine, pfns, pages, MEMORY_CACHE_NONE, false);
    if (!view) {
        give_pages(system, page, pages);
        return NULL;
    }
    memset(view, canary, pages * MACHINE_PAGE - room);
    view += pages * MACHINE_PAGE - room;
    block = table_get(&pool_of(system)->blocks, view);
    if (block) // long gone, and its address is used again
        forget_gone(system, block);
    block = block_new(system, view, room, GUARDED);
    if (!block) {
        view_unmap(system->machine, view + room - pages * MACHINE_PAGE, pages);
        give_pages(system, page, pages);
    }
    return block;
}

// 0x32: what differs in a single bit may be the memory's fault.
static void check_front(struct ps_system *system, const struct pool_block *block, const void *caller)
{
    for (const uint8_t *at = block->base; at-- > pool_view_of(block);) {
        unsigned difference = *at ^ canary;
        bool single = !(difference & (difference - 1));

        if (!difference)
            continue;
        kernel_misuse(system, "VF-70", caller, CODE_SPECIAL_POOL, (uintptr_t)block->base, (uintptr_t)at, 0,
                      single ? 0x32 : 0x23, "pool block %u of %zu bytes was written %zu bytes before it%s",
                      block->number, block->bytes, (size_t)(block->base - at), single ? ", a single bit" : "");
        return;
    }
}

static void give_guarded(struct ps_system *system, struct pool_block *block)
{
    struct pool *pool = pool_of(system);

    give_pages(system, pool_view_of(block), pool_view_pages(block));
    view_unmap(system->machine, pool_view_of(block), pool_view_pages(block));
    list_push_back(&pool->gone, &block->link);
    if (++pool->gone_count > GONE_MOST)
        forget_gone(system, LIST_OBJECT(pool->gone.next, struct pool_block, link));
}

// The guarded block of `list` whose page, or the one behind it, holds `address`.
static const struct pool_block *guarded_at(const struct list *list, const void *address)
{
    LIST_EACH(link, list)
    {
        const struct pool_block *block = LIST_OBJECT(link, struct pool_block, link);

        if (block->class == GUARDED && (uintptr_t)address - (uintptr_t)pool_view_of(block) <
                                           (pool_view_pages(block) + 1) * MACHINE_PAGE)
            return block;
    }
    return NULL;
}

_Noreturn static void report_fault(struct ps_system *system, const struct sched_fault *fault,
                                   const struct pool_block *block)
{
    const uint64_t parameters[4] = {(uintptr_t)fault->address, fault->write,
                                    (uintptr_t)fault->instruction, 0};
    const char *caller = (const char *)fault->instruction + 1; // as a call's return address lies behind the call
    size_t at = (size_t)((uintptr_t)fault->address - (uintptr_t)block->base);
    char site[80];

    site_describe(block->caller, site, sizeof(site));
    finding_stop(system, "VF-71", SIDE_DRIVER, caller, block->live ? 0xCD : 0xCC, parameters,
                 "pool block %u of %zu bytes is %s at offset %zu, %s%s%s", block->number,
                 block->bytes, fault->write ? "written" : "read", at,
                 block->live ? "behind its end; it was allocated" : "after it was freed",
                 *site ? " in " : "", site);
}

void pool_faulted(struct ps_system *system, const struct sched_fault *fault)
{
    const struct pool *pool = pool_of(system);
    const struct pool_block *block;

    pager_report(system, fault);
    block = guarded_at(&pool->live, fault->address);
    if (!block)
        block = guarded_at(&pool->gone, fault->address);
    if (block)
        report_fault(system, fault, block);
}

// ---- allocation ---------------------------------------------------------------------------------

void *pool_allocate(struct ps_system *system, ULONG type, size_t bytes, ULONG tag, bool zero,
                    const void *caller)
{
    struct pool *pool = pool_of(system);
    struct pool_block *block;
    bool pageable = bytes <= GUARDED_PAGES * MACHINE_PAGE && pager_wanted(system, type, caller);
    int class = class_of(bytes);

    if (fault_here(system))
        return NULL;
    block = pageable || (pool->guarded && bytes < MACHINE_PAGE) ? take_guarded(system, bytes) : NULL;
    pageable &= block != NULL;
    if (!block)
        block = class < 0 ? take_large(system, bytes) : take_slot(system, class);
    if (!block)
        return NULL;
    block->bytes = bytes;
    block->tag = tag;
    block->type = type;
    block->caller = caller;
    block->number = system_number(system, OBJECT_POOL);
    block->live = block->used_before = true;
    list_push_back(&pool->live, &block->link);
    pool->live_count++;
    pool->live_bytes += bytes;
    if (zero)
        memset(block->base, 0, bytes);
    else
        fill_words(block->base, (bytes + 7) & ~(size_t)7, seeded_word(system));
    memset(block->base + bytes, canary, block->room - bytes);
    if (pageable)
        pager_add(system, block);
    HOOK(system, HOOK_ALLOCATED, block->base, bytes, tag);
    return block->base;
}

// ---- devices ------------------------------------------------------------------------------------

static void change_grants(struct ps_system *system, const struct pool_block *block, bool add)
{
    void (*change)(struct machine *machine, uint64_t physical, size_t bytes, enum ps_dma_direction direction,
                   uint64_t tag) = add ? grant_add : grant_remove;
    uintptr_t page = (uintptr_t)block->base & ~(uintptr_t)(MACHINE_PAGE - 1);

    for (; page < (uintptr_t)block->base + block->bytes; page += MACHINE_PAGE) {
        uint64_t physical = memory_physical(system->machine, (void *)page);

        change(system->machine, physical, MACHINE_PAGE, PS_DMA_FROM_MEMORY, (uintptr_t)block->base);
        change(system->machine, physical, MACHINE_PAGE, PS_DMA_TO_MEMORY, (uintptr_t)block->base);
    }
}

static struct pool_block *live_block_at(struct ps_system *system, const void *address)
{
    LIST_EACH(link, &pool_of(system)->live)
    {
        struct pool_block *block = LIST_OBJECT(link, struct pool_block, link);

        if ((const uint8_t *)address - block->base < (ptrdiff_t)block->bytes && (const uint8_t *)address >= block->base)
            return block;
    }
    return NULL;
}

// DS-11: older drivers keep their descriptor lists in nonpaged pool.
void pool_grant(struct ps_system *system, const void *address)
{
    struct pool_block *block = live_block_at(system, address);

    if (!block || block->granted || block->type & 1)
        return;
    block->granted = true;
    change_grants(system, block, true);
}

void pool_pin(struct ps_system *system, const void *address, int by)
{
    struct pool_block *block = pool_of(system)->pageable ? live_block_at(system, address) : NULL;

    if (block && block->pageable)
        pager_pin(system, block, by);
}

// ---- freeing ------------------------------------------------------------------------------------

static void check_tail(struct ps_system *system, const struct pool_block *block, const void *caller)
{
    for (size_t i = block->bytes; i < block->room; i++) {
        if (block->base[i] == canary)
            continue;
        kernel_misuse(system, "VF-66", caller, CODE_VERIFIER, 0x53, (uintptr_t)block->base,
                      (uintptr_t)block->base + i, block->bytes,
                      "pool block %u of %zu bytes was written at offset %zu", block->number,
                      block->bytes, i);
        return;
    }
}

static void block_free(struct ps_system *system, struct pool_block *block, const void *caller)
{
    struct pool *pool = pool_of(system);

    if (block->pageable)
        pager_remove(system, block);
    check_tail(system, block, caller);
    if (block->class == GUARDED)
        check_front(system, block, caller);
    if (block->granted)
        change_grants(system, block, false);
    block->granted = false;
    mdl_freed(system, block->base);
    watched_freed(system, block->base, block->bytes, caller);
    HOOK(system, HOOK_FREED, block->base, block->bytes, 0);
    list_remove(&block->link);
    pool->live_count--;
    pool->live_bytes -= block->bytes;
    block->live = false;
    block->caller = caller;
    if (block->class >= 0) {
        fill_words(block->base, block->room, freed_word);
        list_push_back(&pool->resting[block->class], &block->link);
        pool->resting_count[block->class]++;
        return;
    }
    if (block->class == GUARDED) {
        give_guarded(system, block);
        return;
    }
    table_remove(&pool->blocks, block->base);
    give_pages(system, block->base, block->room / MACHINE_PAGE);
    arena_free(system->arena, block, sizeof(*block));
}

static bool is_irp(struct ps_system *system, const void *address, const void *caller)
{
    if (!irp_known(system, address))
        return false;
    kernel_misuse(system, "VF-72", caller, CODE_VERIFIER, 0x105, (uintptr_t)address, 0, 0,
                  "an IRP is freed with ExFreePool");
    return true;
}

static void check_irql(struct ps_system *system, const struct pool_block *block, const void *caller)
{
    uint8_t irql = sched_irql(system->sched);
    bool paged = block->type & 1;

    if (irql <= (paged ? IRQL_APC : IRQL_DISPATCH))
        return;
    kernel_misuse(system, "VF-62", caller, CODE_VERIFIER, paged ? 0x11 : 0x12, irql, block->type,
                  (uintptr_t)block->base, "%s pool is freed at IRQL %u",
                  paged ? "paged" : "nonpaged", irql);
}

void pool_free(struct ps_system *system, void *base, ULONG tag, const void *caller)
{
    struct pool_block *block = table_get(&pool_of(system)->blocks, base);

    if (!block) {
        if (!is_irp(system, base, caller))
            kernel_misuse(system, "VF-63", caller, CODE_VERIFIER, 0x10, (uintptr_t)base, 0, 0,
                          "what is freed is no pool block, or its pages were given back already");
        return;
    }
    if (!block->live) {
        kernel_misuse(system, "VF-64", caller, CODE_BAD_POOL, 0x07, 0, block->tag, (uintptr_t)base,
                      "pool block %u is freed a second time", block->number);
        return;
    }
    check_irql(system, block, caller);
    if (tag && tag != block->tag)
        kernel_misuse(system, "VF-68", caller, CODE_BAD_POOL, 0x0A, (uintptr_t)base, block->tag,
                      tag, "pool block %u with tag %.4s is freed with tag %.4s", block->number,
                      (const char *)&block->tag, (const char *)&tag);
    block_free(system, block, caller);
}

// Of freed slots that rest: what was written after the free is told, once.
void pool_check_freed(struct ps_system *system, bool (*ours)(void *context, const void *caller),
                      void *context)
{
    for (int class = 0; class < POOL_CLASSES; class ++)
        LIST_EACH(link, &pool_of(system)->resting[class])
        {
            struct pool_block *block = LIST_OBJECT(link, struct pool_block, link);

            if (block->used_before && ours(context, block->caller))
                check_resting(system, block);
        }
}

void pool_each(struct ps_system *system, void *context,
               void (*visit)(void *context, const struct pool_view *view))
{
    LIST_EACH(link, &pool_of(system)->live)
    {
        const struct pool_block *block = LIST_OBJECT(link, struct pool_block, link);

        visit(context, &(struct pool_view){block->base, block->bytes, block->tag, block->type,
                                           block->number, block->caller});
    }
}

void pool_init(struct ps_system *system)
{
    struct pool *pool = pool_of(system);

    list_init(&pool->live);
    list_init(&pool->gone);
    for (int class = 0; class < POOL_CLASSES; class ++)
        list_init(&pool->resting[class]);
}

// Live blocks, whole or in part, under [address, +bytes): is it paged pool?
bool pool_is_paged(struct ps_system *system, const void *address)
{
    const uint8_t *page = (const uint8_t *)((uintptr_t)address & ~(uintptr_t)(MACHINE_PAGE - 1));

    for (const uint8_t *at = (const uint8_t *)((uintptr_t)address & ~(uintptr_t)7); at >= page;
         at -= 8) {
        const struct pool_block *block = table_get(&pool_of(system)->blocks, at);

        if (block)
            return block->live && (block->type & 1);
    }
    return false;
}
