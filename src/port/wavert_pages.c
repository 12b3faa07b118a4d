// SPDX-License-Identifier: MIT
//
// IPortWaveRTStream: physical pages for a miniport, their mapping and their addresses (RT-20 to RT-39).
//
// Each allocation has a record with the page numbers, so nothing depends on what a driver writes into the
// MDL. The MDL is the kernel's, made without a source of pages: the Mm functions that would free or unlock
// these pages refuse it (RT-20). Devices may touch the pages from allocation to free: a scatter/gather
// list or a position word may be among them as well as sound.
//
// PASSIVE_LEVEL (VF-21 otherwise; the call goes on). GetPhysicalPageAddress is ms_abi down to its slow
// path, so that it saves no xmm register.
#include "port/wavert.h"

#define TAG_PAGES 'GPsR'
#define MAX_PAGES 65535u // of one MDL

#define CALLER __builtin_return_address(0)
#define COLD __attribute__((cold, noinline)) NTAPI

UNKNOWN_METHODS(stream, struct wavert_stream, iface, IPortWaveRTStream)

static COLD void irql_misuse(struct wavert_stream *stream, const char *method, const void *caller)
{
    KIRQL irql = sched_irql(stream->sched);
    const uint64_t parameters[4] = {0x00071003, irql, PASSIVE_LEVEL, 0};

    finding_raise_code(stream->system, "VF-21", SIDE_DRIVER, caller, WAVERT_CODE_VERIFIER,
                       parameters, "stream %u: %s called at IRQL %u, allowed at 0 only",
                       stream->number, method, irql);
}

static void enter(struct wavert_stream *stream, const char *method, const void *caller)
{
    sched_point(stream->sched, COST_CALL);
    HOOK(stream->system, HOOK_PORT_ENTER, stream, (uintptr_t)method, (uintptr_t)caller);
    if (sched_irql(stream->sched) != PASSIVE_LEVEL)
        irql_misuse(stream, method, caller);
}

// ---- records -----------------------------------------------------------------------------------------------

void wavert_pages_init(struct wavert_stream *stream)
{
    for (unsigned i = 0; i < WAVERT_BUCKETS; i++)
        list_init(&stream->pages[i]);
}

// MDLs are blocks of pool: their low bits are all alike.
static struct list *bucket(struct wavert_stream *stream, const MDL *mdl)
{
    uintptr_t value = (uintptr_t)mdl >> 4;

    return &stream->pages[(value ^ value >> 6 ^ value >> 12) % WAVERT_BUCKETS];
}

struct wavert_pages *wavert_pages_find(struct wavert_stream *stream, const MDL *mdl)
{
    LIST_EACH(link, bucket(stream, mdl)) {
        struct wavert_pages *pages = LIST_OBJECT(link, struct wavert_pages, link);

        if (pages->mdl == mdl)
            return pages;
    }
    return NULL;
}

static void parameter_misuse(struct wavert_stream *stream, const char *rule, const char *method,
                             const char *what, const void *caller)
{
    wavert_violation(stream, rule, 0x00071009, caller, "%s: %s", method, what);
}

static struct wavert_pages *find_or_report(struct wavert_stream *stream, const MDL *mdl,
                                           const char *rule, const char *method,
                                           const void *caller)
{
    struct wavert_pages *pages = wavert_pages_find(stream, mdl);

    if (!pages)
        parameter_misuse(stream, rule, method,
                         "the MDL was not allocated through this stream, or was freed", caller);
    return pages;
}

// ---- allocation ---------------------------------------------------------------------------------------------

// Page by page: neighbours in the list need not be neighbours in memory. The grants end with the pages.
static void grant_all(struct wavert_stream *stream, const struct wavert_pages *pages)
{
    for (size_t i = 0; i < pages->count; i++)
        for (int direction = 0; direction < 2; direction++)
            grant_add(stream->system->machine, pages->pfns[i] * PAGE_SIZE, PAGE_SIZE,
                      direction ? PS_DMA_TO_MEMORY : PS_DMA_FROM_MEMORY, pages->number);
}

// RT-25: locked, unmapped, from the start of a page.
static void fill_mdl(const struct wavert_pages *pages)
{
    pages->mdl->ByteCount = (ULONG)(pages->count * PAGE_SIZE);
    RtlCopyMemory(MmGetMdlPfnArray(pages->mdl), pages->pfns, pages->count * sizeof(*pages->pfns));
    pages->mdl->MdlFlags |= MDL_PAGES_LOCKED;
}

// A record and an MDL with room for so many pages. They come first: pool is made of pages too, and a request
// may take all there are.
static struct wavert_pages *record_new(size_t count)
{
    struct wavert_pages *pages =
        port_allocate(sizeof(*pages) + count * sizeof(*pages->pfns), TAG_PAGES);

    if (!pages)
        return NULL;
    pages->mdl = IoAllocateMdl(NULL, (ULONG)(count * PAGE_SIZE), FALSE, FALSE, NULL);
    if (pages->mdl)
        return pages;
    port_free(pages);
    return NULL;
}

static PMDL allocate(struct wavert_stream *stream, const struct page_request *request,
                     const void *caller)
{
    struct wavert_pages *pages = record_new(request->count);

    if (!pages)
        return NULL;
    pages->count = memory_allocate(stream->system->machine, request, true, pages->pfns);
    if (!pages->count) {
        IoFreeMdl(pages->mdl);
        port_free(pages);
        return NULL;
    }
    fill_mdl(pages);
    pages->number = kernel_mdl_number(stream->system, pages->mdl);
    pages->caller = caller;
    list_push_front(bucket(stream, pages->mdl), &pages->link);
    grant_all(stream, pages);
    return pages->mdl;
}

// RT-24. An address is good for a page if the page's last byte is not above it.
static bool acceptable(struct wavert_stream *stream, uint64_t low, uint64_t high, SIZE_T bytes,
                       const char *method, const void *caller)
{
    const char *fault = NULL;

    if (!bytes)
        fault = "TotalBytes is 0";
    else if (low > high)
        fault = "LowAddress is above HighAddress";
    else if (high - low < PAGE_SIZE - 1)
        fault = "the address range has no room for a page";
    if (fault)
        parameter_misuse(stream, "RT-24", method, fault, caller);
    return !fault;
}

static PMDL NTAPI allocate_pages(IPortWaveRTStream *This, PHYSICAL_ADDRESS high, SIZE_T bytes)
{
    static const char method[] = "AllocatePagesForMdl";
    struct wavert_stream *stream = wavert_stream_from(This);
    struct page_request request = {.high = (uint64_t)high.QuadPart, .partial = true};

    enter(stream, method, CALLER);
    if (!acceptable(stream, 0, request.high, bytes, method, CALLER))
        return NULL;
    request.count = bytes / PAGE_SIZE + (bytes % PAGE_SIZE != 0);
    if (request.count > MAX_PAGES) // fewer will do (RT-21)
        request.count = MAX_PAGES;
    return allocate(stream, &request, CALLER);
}

static PMDL NTAPI allocate_contiguous(IPortWaveRTStream *This, PHYSICAL_ADDRESS low,
                                      PHYSICAL_ADDRESS high, SIZE_T bytes)
{
    static const char method[] = "AllocateContiguousPagesForMdl";
    struct wavert_stream *stream = wavert_stream_from(This);
    struct page_request request = {.low = (uint64_t)low.QuadPart,
                                   .high = (uint64_t)high.QuadPart,
                                   .contiguous = true};

    enter(stream, method, CALLER);
    if (!acceptable(stream, request.low, request.high, bytes, method, CALLER))
        return NULL;
    request.count = bytes / PAGE_SIZE + (bytes % PAGE_SIZE != 0);
    if (request.count > MAX_PAGES)
        return NULL;
    return allocate(stream, &request, CALLER);
}

// ---- mapping ------------------------------------------------------------------------------------------------

bool wavert_cache_valid(MEMORY_CACHING_TYPE cache)
{
    return cache == MmNonCached || cache == MmCached || cache == MmWriteCombined;
}

void wavert_cache_check(struct wavert_stream *stream, const struct wavert_pages *pages,
                        size_t count, MEMORY_CACHING_TYPE cache, const void *caller)
{
    static const char *const names[] = {"MmNonCached", "MmCached", "MmWriteCombined"};

    for (size_t i = 0; i < count; i++) {
        unsigned before = memory_cache(stream->system->machine, pages->pfns[i]);

        if (before == MEMORY_CACHE_NONE || before == (unsigned)cache)
            continue;
        wavert_misuse(stream, "RT-36", 93, caller,
                      "page %zu of MDL %u is mapped as %s, but was mapped as %s before", i,
                      pages->number, names[cache], names[before]);
        return;
    }
}

static void map_twice(struct wavert_stream *stream, const struct wavert_pages *pages,
                      const void *caller)
{
    wavert_violation(stream, "RT-29", 0x00071004, caller,
                     "MapAllocatedPages of MDL %u, which is mapped already", pages->number);
}

// The MDL shows its mapping like any other, as long as it is one.
static void show_mapping(struct wavert_stream *stream, const struct wavert_pages *pages)
{
    if (!kernel_mdl_number(stream->system, pages->mdl))
        return;
    pages->mdl->MappedSystemVa = pages->base;
    if (pages->base)
        pages->mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA;
    else
        pages->mdl->MdlFlags &= ~MDL_MAPPED_TO_SYSTEM_VA;
}

static PVOID NTAPI map_pages(IPortWaveRTStream *This, PMDL mdl, MEMORY_CACHING_TYPE cache)
{
    static const char method[] = "MapAllocatedPages";
    struct wavert_stream *stream = wavert_stream_from(This);
    struct wavert_pages *pages;

    enter(stream, method, CALLER);
    pages = find_or_report(stream, mdl, "RT-27", method, CALLER);
    if (!pages)
        return NULL;
    if (!wavert_cache_valid(cache)) {
        parameter_misuse(stream, "RT-28", method, "this cache type is not allowed", CALLER);
        return NULL;
    }
    if (pages->base) {
        map_twice(stream, pages, CALLER);
        return pages->base;
    }
    wavert_cache_check(stream, pages, pages->count, cache, CALLER);
    pages->base = view_map(stream->system->machine, pages->pfns, pages->count, (unsigned)cache,
                           false);
    show_mapping(stream, pages);
    return pages->base;
}

static void unmap(struct wavert_stream *stream, struct wavert_pages *pages)
{
    view_unmap(stream->system->machine, pages->base, pages->count);
    pages->base = NULL;
    show_mapping(stream, pages);
}

static VOID NTAPI unmap_pages(IPortWaveRTStream *This, PVOID base, PMDL mdl)
{
    static const char method[] = "UnmapAllocatedPages";
    struct wavert_stream *stream = wavert_stream_from(This);
    struct wavert_pages *pages;

    enter(stream, method, CALLER);
    pages = find_or_report(stream, mdl, "RT-30", method, CALLER);
    if (!pages)
        return;
    if (!pages->base || base != pages->base)
        wavert_violation(stream, "RT-30", 0x00071004, CALLER,
                         "UnmapAllocatedPages of MDL %u, which %s", pages->number,
                         pages->base ? "is mapped at another address" : "is not mapped");
    else
        unmap(stream, pages);
}

void wavert_client_unmap(struct wavert_stream *stream, struct wavert_pages *pages)
{
    if (pages->client)
        view_unmap(stream->system->machine, pages->client, pages->client_count);
    pages->client = NULL;
}

// ---- free ------------------------------------------------------------------------------------------------------

static void release(struct wavert_stream *stream, struct wavert_pages *pages, const void *caller)
{
    list_remove(&pages->link);
    if (stream->hot_mdl == pages->mdl)
        stream->hot_count = 0;
    if (pages->base)
        unmap(stream, pages);
    wavert_client_unmap(stream, pages);
    device_sync_all(stream->system->machine); // what a device did in time is not late
    memory_free(stream->system->machine, pages->pfns, pages->count);
    if (kernel_mdl_number(stream->system, pages->mdl)) {
        pages->mdl->MdlFlags &= ~(MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA);
        IoFreeMdl(pages->mdl);
    } else {
        wavert_misuse(stream, "RT-31", 0, caller,
                      "MDL %u was freed by other means than FreePagesFromMdl", pages->number);
    }
    port_free(pages);
}

static VOID NTAPI free_pages(IPortWaveRTStream *This, PMDL mdl)
{
    static const char method[] = "FreePagesFromMdl";
    struct wavert_stream *stream = wavert_stream_from(This);
    struct wavert_pages *pages;

    enter(stream, method, CALLER);
    pages = find_or_report(stream, mdl, "RT-32", method, CALLER);
    if (!pages)
        return;
    if (pages->base)
        wavert_violation(stream, "RT-32", 0x00071004, CALLER,
                         "FreePagesFromMdl of MDL %u, which is still mapped", pages->number);
    if (pages->client)
        wavert_misuse(stream, "RT-39", 0, CALLER,
                      "FreePagesFromMdl of MDL %u, which the client has mapped", pages->number);
    release(stream, pages, CALLER);
}

static void never_freed(struct wavert_stream *stream, struct wavert_pages *pages)
{
    wavert_violation(stream, "RT-33", 0x00071005, pages->caller,
                     "MDL %u with its %zu pages was never freed", pages->number, pages->count);
    release(stream, pages, pages->caller);
}

void wavert_pages_end(struct wavert_stream *stream)
{
    for (unsigned i = 0; i < WAVERT_BUCKETS; i++)
        while (!list_empty(&stream->pages[i]))
            never_freed(stream, LIST_OBJECT(stream->pages[i].next, struct wavert_pages, link));
}

// ---- addresses ----------------------------------------------------------------------------------------------------

static ULONG NTAPI pages_count(IPortWaveRTStream *This, PMDL mdl)
{
    static const char method[] = "GetPhysicalPagesCount";
    struct wavert_stream *stream = wavert_stream_from(This);
    struct wavert_pages *pages;

    enter(stream, method, CALLER);
    pages = find_or_report(stream, mdl, "RT-26", method, CALLER);
    return pages ? (ULONG)pages->count : 0;
}

// Another MDL than last time, a bad index, a wrong IRQL, an observer, or something to do at this scheduling
// point. stream->caller is who called.
static COLD PHYSICAL_ADDRESS *address_slowly(IPortWaveRTStream *This, PHYSICAL_ADDRESS *result,
                                             PMDL mdl, ULONG index)
{
    static const char method[] = "GetPhysicalPageAddress";
    struct wavert_stream *stream = wavert_stream_from(This);
    const void *caller = stream->caller;
    struct wavert_pages *pages;

    enter(stream, method, caller);
    result->QuadPart = 0;
    pages = find_or_report(stream, mdl, "RT-26", method, caller);
    if (!pages)
        return result;
    if (index >= pages->count) {
        wavert_misuse(stream, "RT-26", 0, caller,
                      "GetPhysicalPageAddress of page %u of MDL %u, which has %zu", index,
                      pages->number, pages->count);
        return result;
    }
    stream->hot_mdl = mdl;
    stream->hot_count = pages->count;
    stream->hot_pfns = pages->pfns;
    result->QuadPart = (LONGLONG)(pages->pfns[index] << PAGE_SHIFT);
    return result;
}

// The scheduling point is sched_point's, taken apart so that the common way out needs no stack frame: one
// comparison of times, then the look-up.
static PHYSICAL_ADDRESS *NTAPI page_address(IPortWaveRTStream *This, PHYSICAL_ADDRESS *Result,
                                            PMDL MemoryDescriptorList, ULONG Index)
{
    struct wavert_stream *stream = wavert_stream_from(This);
    struct sched *sched = stream->sched;
    uint64_t now = sched->now + sched_costs[COST_CALL];

    if (__builtin_expect(now >= sched->attention_at || MemoryDescriptorList != stream->hot_mdl ||
                             Index >= stream->hot_count || sched_irql(sched) ||
                             stream->system->hooks,
                         0)) {
        stream->caller = CALLER;
        return address_slowly(This, Result, MemoryDescriptorList, Index);
    }
    sched->points++;
    sched->now = now;
    Result->QuadPart = (LONGLONG)(stream->hot_pfns[Index] << PAGE_SHIFT);
    return Result;
}

const IPortWaveRTStreamVtbl wavert_stream_vtbl = {
    .QueryInterface = stream_query,
    .AddRef = stream_addref,
    .Release = stream_release,
    .AllocatePagesForMdl = allocate_pages,
    .AllocateContiguousPagesForMdl = allocate_contiguous,
    .MapAllocatedPages = map_pages,
    .UnmapAllocatedPages = unmap_pages,
    .FreePagesFromMdl = free_pages,
    .GetPhysicalPagesCount = pages_count,
    .GetPhysicalPageAddress = page_address,
};
