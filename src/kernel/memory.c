// SPDX-License-Identifier: MIT
//
// Contiguous memory, device registers and physical addresses (SV-80 to SV-83). IRQL <= DISPATCH.
#include "kernel/private.h"

struct region {
    struct list link; // kernel.contiguous or kernel.io_maps
    void *base;
    size_t bytes;
    unsigned cache;
    const void *caller;
};

static struct region *region_add(struct ps_system *system, struct list *head, void *base,
                                 size_t bytes, unsigned cache, const void *caller)
{
    struct region *region = arena_alloc(system->arena, sizeof(*region));

    if (!region)
        return NULL;
    *region = (struct region){.base = base, .bytes = bytes, .cache = cache, .caller = caller};
    list_push_back(head, &region->link);
    return region;
}

static struct region *region_find(struct list *head, const void *base)
{
    LIST_EACH(link, head)
    if (LIST_OBJECT(link, struct region, link)->base == base)
        return LIST_OBJECT(link, struct region, link);
    return NULL;
}

static void region_remove(struct ps_system *system, struct region *region)
{
    list_remove(&region->link);
    arena_free(system->arena, region, sizeof(*region));
}

// ---- contiguous memory --------------------------------------------------------------------------

static size_t pages_for(size_t bytes)
{
    return (bytes + MACHINE_PAGE - 1) / MACHINE_PAGE;
}

void *contiguous_allocate(struct ps_system *system, const struct page_request *request, bool zero)
{
    uint64_t *pfns = arena_alloc(system->arena, request->count * sizeof(*pfns));
    void *base = NULL;

    if (pfns && memory_allocate(system->machine, request, zero, pfns) == request->count)
        base = memory_direct(system->machine, pfns[0] << MACHINE_PAGE_SHIFT,
                             request->count * MACHINE_PAGE);
    arena_free(system->arena, pfns, request->count * sizeof(*pfns));
    return base;
}

void contiguous_free(struct ps_system *system, void *base, size_t bytes)
{
    uint64_t pfn = memory_physical(system->machine, base) >> MACHINE_PAGE_SHIFT;

    for (size_t i = 0; i < pages_for(bytes); i++, pfn++)
        memory_free(system->machine, &pfn, 1);
}

static PVOID allocate(struct ps_system *system, SIZE_T bytes, const struct page_request *bounds,
                      MEMORY_CACHING_TYPE cache, const char *service, const void *caller)
{
    struct page_request request = *bounds;
    void *base;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, service, caller);
    if (!bytes || bytes > ARENA_RAM_BYTES)
        return NULL;
    request.count = pages_for(bytes);
    request.contiguous = true;
    base = contiguous_allocate(system, &request, false);
    if (base && !region_add(system, &system->kernel->contiguous, base, bytes, cache, caller)) {
        contiguous_free(system, base, bytes);
        return NULL;
    }
    return base;
}

PVOID NTAPI MmAllocateContiguousMemory(SIZE_T NumberOfBytes, PHYSICAL_ADDRESS HighestAcceptable)
{
    NT_SERVICE(COST_SERVICE);
    const struct page_request bounds = {.high = (uint64_t)HighestAcceptable.QuadPart};

    return allocate(system, NumberOfBytes, &bounds, MmCached, __func__, CALLER);
}

PVOID NTAPI MmAllocateContiguousMemorySpecifyCache(SIZE_T NumberOfBytes,
                                                   PHYSICAL_ADDRESS LowestAcceptable,
                                                   PHYSICAL_ADDRESS HighestAcceptable,
                                                   PHYSICAL_ADDRESS BoundaryAddressMultiple,
                                                   MEMORY_CACHING_TYPE CacheType)
{
    NT_SERVICE(COST_SERVICE);
    const struct page_request bounds = {.low = (uint64_t)LowestAcceptable.QuadPart,
                                        .high = (uint64_t)HighestAcceptable.QuadPart,
                                        .boundary = (uint64_t)BoundaryAddressMultiple.QuadPart};

    return allocate(system, NumberOfBytes, &bounds, CacheType, __func__, CALLER);
}

static struct region *freeable(struct ps_system *system, PVOID base, const char *service,
                               const void *caller)
{
    struct region *region = region_find(&system->kernel->contiguous, base);

    irql_at_most(system, IRQL_DISPATCH, "VF-109", 0x2001A, service, caller);
    if (!region)
        kernel_misuse(system, "VF-74", caller, CODE_BAD_POOL, 0x60, (uintptr_t)base, 0, 0,
                      "%s of an address that is no contiguous memory", service);
    return region;
}

static void release(struct ps_system *system, struct region *region, const void *caller)
{
    watched_freed(system, region->base, region->bytes, caller);
    contiguous_free(system, region->base, region->bytes);
    region_remove(system, region);
}

VOID NTAPI MmFreeContiguousMemory(PVOID BaseAddress)
{
    NT_SERVICE(COST_SERVICE);
    struct region *region = freeable(system, BaseAddress, __func__, CALLER);

    if (region)
        release(system, region, CALLER);
}

VOID NTAPI MmFreeContiguousMemorySpecifyCache(PVOID BaseAddress, SIZE_T NumberOfBytes,
                                              MEMORY_CACHING_TYPE CacheType)
{
    NT_SERVICE(COST_SERVICE);
    struct region *region = freeable(system, BaseAddress, __func__, CALLER);

    if (!region)
        return;
    if (region->bytes != NumberOfBytes || region->cache != (unsigned)CacheType)
        kernel_misuse(
            system, "SV-81", CALLER, CODE_BAD_POOL, 0x60, (uintptr_t)BaseAddress, NumberOfBytes,
            region->bytes,
            "contiguous memory of %zu bytes, cache type %u, is freed as %zu bytes, type %u",
            region->bytes, region->cache, (size_t)NumberOfBytes, (unsigned)CacheType);
    release(system, region, CALLER);
}

PVOID NTAPI MmAllocateNonCachedMemory(SIZE_T NumberOfBytes)
{
    NT_SERVICE(COST_SERVICE);
    const struct page_request anywhere = {.high = UINT64_MAX};

    irql_at_most(system, IRQL_APC, "VF-100", 0x20009, __func__, CALLER);
    return allocate(system, NumberOfBytes, &anywhere, MmNonCached, __func__, CALLER);
}

VOID NTAPI MmFreeNonCachedMemory(PVOID BaseAddress, SIZE_T NumberOfBytes)
{
    MmFreeContiguousMemorySpecifyCache(BaseAddress, NumberOfBytes, MmNonCached);
}

// ---- device registers ---------------------------------------------------------------------------

static PVOID map_io(struct ps_system *system, PHYSICAL_ADDRESS address, SIZE_T bytes,
                    MEMORY_CACHING_TYPE cache, const char *service, const void *caller)
{
    uint64_t physical = (uint64_t)address.QuadPart;
    void *base;

    irql_at_most(system, IRQL_DISPATCH, "VF-81", 0x73, service, caller);
    if (!bytes || fault_here(system))
        return NULL;
    base = machine_io_map(system->machine, physical, bytes);
    if (!base)
        return memory_direct(system->machine, physical, bytes);
    if (region_add(system, &system->kernel->io_maps, base, bytes, cache, caller))
        return base;
    machine_io_unmap(system->machine, base, bytes);
    return NULL;
}

PVOID NTAPI MmMapIoSpace(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes,
                         MEMORY_CACHING_TYPE CacheType)
{
    NT_SERVICE(COST_SERVICE);
    return map_io(system, PhysicalAddress, NumberOfBytes, CacheType, __func__, CALLER);
}

PVOID NTAPI MmMapIoSpaceEx(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes, ULONG Protect)
{
    NT_SERVICE(COST_SERVICE);
    MEMORY_CACHING_TYPE cache = Protect & PAGE_WRITECOMBINE ? MmWriteCombined
                                : Protect & PAGE_NOCACHE    ? MmNonCached
                                                            : MmCached;

    return map_io(system, PhysicalAddress, NumberOfBytes, cache, __func__, CALLER);
}

VOID NTAPI MmUnmapIoSpace(PVOID BaseAddress, SIZE_T NumberOfBytes)
{
    NT_SERVICE(COST_SERVICE);
    struct region *region = region_find(&system->kernel->io_maps, BaseAddress);

    irql_at_most(system, IRQL_APC, "VF-81", 0x7B, __func__, CALLER);
    if (!region && memory_physical(system->machine, BaseAddress) != MACHINE_NOWHERE)
        return;
    if (!region || region->bytes != NumberOfBytes) {
        kernel_misuse(system, "SV-83", CALLER, CODE_VERIFIER, 0x7B, (uintptr_t)BaseAddress,
                      NumberOfBytes, 0, "MmUnmapIoSpace of what MmMapIoSpace did not map so");
        if (!region)
            return;
    }
    machine_io_unmap(system->machine, region->base, region->bytes);
    region_remove(system, region);
}

// ---- addresses ----------------------------------------------------------------------------------

PHYSICAL_ADDRESS NTAPI MmGetPhysicalAddress(PVOID BaseAddress)
{
    NT_SERVICE(COST_SERVICE);
    uint64_t physical = memory_physical(system->machine, BaseAddress);
    PHYSICAL_ADDRESS result;

    if (physical != MACHINE_NOWHERE)
        pool_grant(system, BaseAddress);
    else
        physical = machine_io_decode(system->machine, BaseAddress);
    result.QuadPart = physical == MACHINE_NOWHERE ? 0 : (LONGLONG)physical;
    return result;
}

BOOLEAN NTAPI MmIsAddressValid(PVOID VirtualAddress)
{
    NT_SERVICE(COST_SERVICE);
    return memory_physical(system->machine, VirtualAddress) != MACHINE_NOWHERE;
}

static void report_leaks(struct ps_system *system, struct list *head, const char *what,
                         bool (*owned)(void *context, const void *caller), void *context)
{
    LIST_EACH(link, head)
    {
        const struct region *region = LIST_OBJECT(link, struct region, link);

        if (owned(context, region->caller))
            kernel_misuse(system, "VF-67", region->caller, CODE_VERIFIER, 0x62,
                          (uintptr_t)region->base, 0, 1,
                          "the driver is unloaded with %zu bytes of %s", region->bytes, what);
    }
}

void memory_leaks(struct ps_system *system, bool (*owned)(void *context, const void *caller),
                  void *context)
{
    report_leaks(system, &system->kernel->contiguous, "contiguous memory", owned, context);
    report_leaks(system, &system->kernel->io_maps, "device registers mapped", owned, context);
}
