// SPDX-License-Identifier: MIT
//
// MDLs (SV-90 to SV-97): an MDL is a block of pool with Windows' layout and the page numbers behind
// it; what it stands for is in its record. IRQL <= DISPATCH unless a service says less.
#include "kernel/private.h"

#define TAG_MDL 0x206C644Du // "Mdl "
#define MAX_PAGES 65535u    // 256 MiB in one MDL

struct mdl_record *mdl_find(struct ps_system *system, const MDL *mdl)
{
    return table_get(&system->kernel->mdls, mdl);
}

uint32_t kernel_mdl_number(struct ps_system *system, const MDL *mdl)
{
    const struct mdl_record *record = mdl_find(system, mdl);

    return record ? record->number : 0;
}

static uint64_t *pfns_of(PMDL mdl)
{
    return (uint64_t *)(mdl + 1);
}

static size_t pages_of(const MDL *mdl)
{
    return ((size_t)mdl->ByteOffset + mdl->ByteCount + MACHINE_PAGE - 1) / MACHINE_PAGE;
}

size_t kernel_mdl_pages(const MDL *mdl)
{
    size_t pages = pages_of(mdl);
    size_t room = mdl->Size > (CSHORT)sizeof(*mdl) ? ((size_t)mdl->Size - sizeof(*mdl)) / sizeof(uint64_t) : 0;

    return pages < room ? pages : room;
}

static PMDL mdl_new(struct ps_system *system, const void *address, size_t bytes,
                    enum mdl_source source, const void *caller)
{
    uintptr_t offset = (uintptr_t)address & (MACHINE_PAGE - 1);
    size_t pages = (offset + bytes + MACHINE_PAGE - 1) / MACHINE_PAGE, size;
    struct mdl_record *record;
    PMDL mdl;

    if (bytes > UINT32_MAX || pages > MAX_PAGES)
        return NULL;
    size = sizeof(MDL) + pages * sizeof(uint64_t);
    record = arena_alloc(system->arena, sizeof(*record));
    mdl = record ? pool_allocate(system, NonPagedPool, size, TAG_MDL, true, NULL) : NULL;
    if (!mdl || !table_put(system, &system->kernel->mdls, mdl, record)) {
        if (mdl)
            pool_free(system, mdl, TAG_MDL, caller);
        arena_free(system->arena, record, sizeof(*record));
        return NULL;
    }
    *record = (struct mdl_record){.mdl = mdl, .source = source, .caller = caller};
    record->number = system_number(system, OBJECT_MDL);
    list_push_back(&system->kernel->mdl_list, &record->link);
    mdl->Size = (CSHORT)(size > INT16_MAX ? INT16_MAX : size);
    mdl->StartVa = (PVOID)((uintptr_t)address - offset);
    mdl->ByteOffset = (ULONG)offset;
    mdl->ByteCount = (ULONG)bytes;
    return mdl;
}

// The record goes with the MDL's memory, whoever frees it.
void mdl_freed(struct ps_system *system, const void *address)
{
    struct mdl_record *record = table_remove(&system->kernel->mdls, address);

    if (!record)
        return;
    list_remove(&record->link);
    arena_free(system->arena, record, sizeof(*record));
}

static struct mdl_record *known(struct ps_system *system, PMDL mdl, const char *service,
                                const void *caller)
{
    struct mdl_record *record = mdl_find(system, mdl);

    if (!record)
        kernel_misuse(system, "VF-88", caller, CODE_VERIFIER, 0xB0, (uintptr_t)mdl, 0, 0,
                      "%s of something that is no MDL, or was freed", service);
    return record;
}

// ---- allocation ---------------------------------------------------------------------------------

PMDL NTAPI IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer,
                         BOOLEAN ChargeQuota, PIRP Irp)
{
    NT_SERVICE(COST_SERVICE);
    PMDL mdl, *at;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    mdl = mdl_new(system, VirtualAddress, Length, MDL_OF_BUFFER, CALLER);
    if (!mdl || !Irp)
        return mdl;
    at = &Irp->MdlAddress;
    while (SecondaryBuffer && *at)
        at = &(*at)->Next;
    *at = mdl;
    return mdl;
}

static void unmap(struct ps_system *system, struct mdl_record *record);

VOID NTAPI IoFreeMdl(PMDL Mdl)
{
    NT_SERVICE(COST_SERVICE);
    struct mdl_record *record = known(system, Mdl, __func__, CALLER);

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (!record)
        return;
    if (Mdl->MdlFlags & MDL_PARTIAL_HAS_BEEN_MAPPED) {
        unmap(system, record);
    } else if (Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) {
        kernel_misuse(system, "VF-89", CALLER, CODE_VERIFIER, 0xB8, (uintptr_t)Mdl, Mdl->MdlFlags,
                      0, "MDL %u is freed while it is mapped", record->number);
        unmap(system, record);
    }
    if (record->locked)
        kernel_misuse(system, "VF-91", CALLER, 0xCB, (uintptr_t)CALLER, 0, (uintptr_t)Mdl,
                      pages_of(Mdl), "MDL %u is freed with its %zu pages locked", record->number,
                      pages_of(Mdl));
    pool_free(system, Mdl, TAG_MDL, CALLER);
}

// ---- nonpaged pool ------------------------------------------------------------------------------

VOID NTAPI MmBuildMdlForNonPagedPool(PMDL MemoryDescriptorList)
{
    NT_SERVICE(COST_SERVICE);
    PMDL mdl = MemoryDescriptorList;
    struct mdl_record *record = known(system, mdl, __func__, CALLER);
    void *address = (char *)mdl->StartVa + mdl->ByteOffset;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (!record)
        return;
    if (!memory_pages(system->machine, address, mdl->ByteCount, pfns_of(mdl)) ||
        view_is_user(system->machine, address) || pool_is_paged(system, address)) {
        kernel_misuse(system, "VF-85", CALLER, CODE_VERIFIER, 0x7F, (uintptr_t)mdl,
                      (uintptr_t)address, mdl->ByteCount,
                      "MDL %u for nonpaged pool is built over other memory", record->number);
        return;
    }
    mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
    mdl->MappedSystemVa = address;
}

// ---- locking ------------------------------------------------------------------------------------

// Whether all of it is a client's memory: what a client may name, and nothing of the kernel's.
static bool is_user(struct ps_system *system, const MDL *mdl)
{
    const char *page = mdl->StartVa;

    for (size_t i = 0; i < pages_of(mdl); i++)
        if (!view_is_user(system->machine, page + i * MACHINE_PAGE))
            return false;
    return true;
}

// VF-90: registers of a device are no memory that could be paged, and no frame of theirs is known.
static void check_frames(struct ps_system *system, const struct mdl_record *record, const void *address,
                         const void *caller)
{
    uint64_t physical = machine_io_decode(system->machine, address);

    if (physical != MACHINE_NOWHERE)
        kernel_misuse(system, "VF-90", caller, CODE_VERIFIER, 0x6F, (uintptr_t)record->mdl,
                      physical >> MACHINE_PAGE_SHIFT, memory_highest(system->machine) >> MACHINE_PAGE_SHIFT,
                      "MDL %u, which describes registers of a device, is locked", record->number);
}

NTSTATUS mdl_lock(struct ps_system *system, PMDL mdl, KPROCESSOR_MODE mode, LOCK_OPERATION operation,
                  const void *caller)
{
    struct mdl_record *record = known(system, mdl, "MmProbeAndLockPages", caller);
    void *address = (char *)mdl->StartVa + mdl->ByteOffset;

    if (!record)
        return STATUS_INVALID_PARAMETER;
    if (mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL | MDL_PARTIAL)) {
        kernel_misuse(system, "VF-88", caller, CODE_VERIFIER, 0xB0, (uintptr_t)mdl, mdl->MdlFlags,
                      0, "MDL %u with flags 0x%x is locked", record->number,
                      (unsigned)mdl->MdlFlags);
        return STATUS_INVALID_PARAMETER;
    }
    if (!mdl->ByteCount || !memory_pages(system->machine, address, mdl->ByteCount, pfns_of(mdl))) {
        check_frames(system, record, address, caller);
        return STATUS_ACCESS_VIOLATION;
    }
    if (mode == UserMode && !is_user(system, mdl))
        return STATUS_ACCESS_VIOLATION;
    pool_pin(system, address, 1);
    record->locked = true;
    mdl->MdlFlags |= MDL_PAGES_LOCKED;
    if (operation != IoReadAccess)
        mdl->MdlFlags |= MDL_WRITE_OPERATION;
    return STATUS_SUCCESS;
}

// SV-93: pageable memory is locked at <= APC_LEVEL only; a client's buffer is pageable.
static void check_lock_irql(struct ps_system *system, PMDL mdl, const void *caller)
{
    uint8_t irql = sched_irql(system->sched);

    if (irql > (view_is_user(system->machine, mdl->StartVa) ? IRQL_APC : IRQL_DISPATCH))
        kernel_misuse(system, "VF-80", caller, CODE_VERIFIER, 0x70, irql, (uintptr_t)mdl, 0,
                      "MmProbeAndLockPages at IRQL %u", irql);
}

VOID NTAPI MmProbeAndLockPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
                               LOCK_OPERATION Operation)
{
    NT_SERVICE(COST_SERVICE);
    NTSTATUS status;

    check_lock_irql(system, MemoryDescriptorList, CALLER);
    status = mdl_lock(system, MemoryDescriptorList, AccessMode, Operation, CALLER);
    if (!NT_SUCCESS(status))
        ExRaiseStatus(status);
}

NTSTATUS kernel_lock_pages(struct ps_system *system, PMDL mdl, LOCK_OPERATION operation)
{
    if (fault_here(system))
        return STATUS_INSUFFICIENT_RESOURCES;
    return mdl_lock(system, mdl, UserMode, operation, CALLER);
}

VOID NTAPI MmUnlockPages(PMDL MemoryDescriptorList)
{
    NT_SERVICE(COST_SERVICE);
    PMDL mdl = MemoryDescriptorList;
    struct mdl_record *record = known(system, mdl, __func__, CALLER);
    bool pool = mdl->MdlFlags & MDL_SOURCE_IS_NONPAGED_POOL;

    irql_at_most(system, IRQL_DISPATCH, "VF-80", 0x78, __func__, CALLER);
    if (!record)
        return;
    if (pool || !record->locked) {
        kernel_misuse(system, "VF-83", CALLER, CODE_VERIFIER, pool ? 0x7D : 0x7C, (uintptr_t)mdl,
                      mdl->MdlFlags, 0, "MDL %u is unlocked; %s", record->number,
                      pool ? "it describes nonpaged pool" : "its pages were never locked");
        return;
    }
    if (mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA)
        unmap(system, record);
    pool_pin(system, (char *)mdl->StartVa + mdl->ByteOffset, -1);
    record->locked = false;
    mdl->MdlFlags &= ~(MDL_PAGES_LOCKED | MDL_WRITE_OPERATION);
}

// ---- mapping ------------------------------------------------------------------------------------

static bool mappable(struct ps_system *system, const struct mdl_record *record, const void *caller)
{
    CSHORT flags = record->mdl->MdlFlags;
    uint32_t p1;

    if (flags &
        (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL | MDL_PARTIAL_HAS_BEEN_MAPPED))
        p1 = 0xB1;
    else if (!(flags & (MDL_PAGES_LOCKED | MDL_PARTIAL)))
        p1 = 0x83;
    else
        return true;
    kernel_misuse(system, p1 == 0x83 ? "VF-87" : "VF-88", caller, CODE_VERIFIER, p1,
                  (uintptr_t)record->mdl, (USHORT)flags, 0, "MDL %u is mapped; %s", record->number,
                  p1 == 0x83 ? "its pages are not locked" : "it is mapped already");
    return false;
}

// Adjacent pages are in the RAM window already, a client's buffer has one alias for all its MDLs;
// only what is neither costs a mapping of its own.
static void *map(struct ps_system *system, struct mdl_record *record, MEMORY_CACHING_TYPE cache)
{
    PMDL mdl = record->mdl;
    size_t pages = pages_of(mdl);
    void *base = NULL;

    if (record->source == MDL_OF_BUFFER)
        base = user_alias(system, mdl->StartVa, pages);
    if (base)
        return base;
    if (fault_here(system))
        return NULL;
    base = view_map(system->machine, pfns_of(mdl), pages, (unsigned)cache, false);
    record->view = base;
    return base;
}

static void unmap(struct ps_system *system, struct mdl_record *record)
{
    PMDL mdl = record->mdl;

    if (record->view)
        view_unmap(system->machine, record->view, pages_of(mdl));
    record->view = NULL;
    mdl->MappedSystemVa = NULL;
    mdl->MdlFlags &= ~(MDL_MAPPED_TO_SYSTEM_VA | MDL_PARTIAL_HAS_BEEN_MAPPED);
}

static void check_map_irql(struct ps_system *system, KPROCESSOR_MODE mode, uint32_t kernel,
                           const char *service, const void *caller)
{
    uint8_t max = mode == KernelMode ? IRQL_DISPATCH : IRQL_APC;

    irql_at_most(system, max, "VF-82", mode == KernelMode ? kernel : kernel + 1, service, caller);
}

static PVOID map_locked(struct ps_system *system, PMDL mdl, KPROCESSOR_MODE mode,
                        MEMORY_CACHING_TYPE cache, bool must, const char *service,
                        const void *caller)
{
    struct mdl_record *record = known(system, mdl, service, caller);
    void *base;

    check_map_irql(system, mode, 0x76, service, caller);
    if (!record || !mappable(system, record, caller))
        return record ? mdl->MappedSystemVa : NULL;
    if (must && mode == KernelMode)
        kernel_misuse(system, "VF-86", caller, CODE_VERIFIER, 0x82, (uintptr_t)mdl, mdl->MdlFlags,
                      0, "MDL %u is mapped with BugCheckOnFailure", record->number);
    base = map(system, record, cache);
    if (!base)
        return NULL;
    mdl->MappedSystemVa = (char *)base + mdl->ByteOffset;
    mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA;
    if (mdl->MdlFlags & MDL_PARTIAL)
        mdl->MdlFlags |= MDL_PARTIAL_HAS_BEEN_MAPPED;
    return mdl->MappedSystemVa;
}

PVOID NTAPI MmMapLockedPagesSpecifyCache(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
                                         MEMORY_CACHING_TYPE CacheType, PVOID RequestedAddress,
                                         ULONG BugCheckOnFailure, ULONG Priority)
{
    NT_SERVICE(COST_SERVICE);
    return map_locked(system, MemoryDescriptorList, AccessMode, CacheType, BugCheckOnFailure,
                      __func__, CALLER);
}

PVOID NTAPI MmMapLockedPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode)
{
    NT_SERVICE(COST_SERVICE);

    kernel_misuse(system, "VF-86", CALLER, CODE_VERIFIER, 0x81, (uintptr_t)MemoryDescriptorList, 0,
                  0, "MmMapLockedPages is obsolete; MmMapLockedPagesSpecifyCache replaces it");
    return map_locked(system, MemoryDescriptorList, AccessMode, MmCached, false, __func__, CALLER);
}

VOID NTAPI MmUnmapLockedPages(PVOID BaseAddress, PMDL MemoryDescriptorList)
{
    NT_SERVICE(COST_SERVICE);
    PMDL mdl = MemoryDescriptorList;
    struct mdl_record *record = known(system, mdl, __func__, CALLER);

    check_map_irql(system, KernelMode, 0x79, __func__, CALLER);
    if (!record)
        return;
    if (!(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) || BaseAddress != mdl->MappedSystemVa) {
        kernel_misuse(system, "VF-88", CALLER, CODE_VERIFIER, 0xB3, (uintptr_t)mdl,
                      (USHORT)mdl->MdlFlags, (uintptr_t)BaseAddress,
                      "MDL %u is unmapped; it is not mapped there", record->number);
        return;
    }
    unmap(system, record);
}

// Code is never fetched through a mapping, so the right to execute gives no access.
static bool access_of(ULONG protection, enum view_access *access)
{
    switch (protection) {
    case PAGE_NOACCESS:
    case PAGE_EXECUTE:
        *access = VIEW_ACCESS_NONE;
        return true;
    case PAGE_READONLY:
    case PAGE_EXECUTE_READ:
        *access = VIEW_ACCESS_READ;
        return true;
    case PAGE_READWRITE:
    case PAGE_EXECUTE_READWRITE:
        *access = VIEW_ACCESS_ALL;
        return true;
    default:
        return false;
    }
}

// A client's buffer has one mapping for all its MDLs: that one stays as it is.
NTSTATUS NTAPI MmProtectMdlSystemAddress(PMDL MemoryDescriptorList, ULONG NewProtect)
{
    NT_SERVICE(COST_SERVICE);
    PMDL mdl = MemoryDescriptorList;
    struct mdl_record *record = known(system, mdl, __func__, CALLER);
    enum view_access access;

    irql_at_most(system, IRQL_DISPATCH, "VF-82", 0x76, __func__, CALLER);
    if (!record || !(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA))
        return NT_TELL(STATUS_NOT_MAPPED_VIEW);
    if (!access_of(NewProtect, &access))
        return NT_TELL(STATUS_INVALID_PAGE_PROTECTION);
    if (record->view && !view_protect(system->machine, record->view, pages_of(mdl), access))
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    return STATUS_SUCCESS;
}

// ---- partial MDLs -------------------------------------------------------------------------------

VOID NTAPI IoBuildPartialMdl(PMDL SourceMdl, PMDL TargetMdl, PVOID VirtualAddress, ULONG Length)
{
    NT_SERVICE(COST_SERVICE);
    const CSHORT kept = MDL_IO_PAGE_READ | MDL_WRITE_OPERATION | MDL_IO_SPACE;
    uintptr_t start = (uintptr_t)SourceMdl->StartVa + SourceMdl->ByteOffset;
    uintptr_t at = (uintptr_t)VirtualAddress, offset = at - start;
    size_t first = (at - (uintptr_t)SourceMdl->StartVa) / MACHINE_PAGE;
    struct mdl_record *target = known(system, TargetMdl, __func__, CALLER);

    if (!target)
        return;
    if (!Length)
        Length = SourceMdl->ByteCount - (ULONG)offset;
    if (offset > SourceMdl->ByteCount || Length > SourceMdl->ByteCount - offset) {
        kernel_misuse(system, "VF-88", CALLER, CODE_VERIFIER, 0xB0, (uintptr_t)TargetMdl, offset,
                      Length, "partial MDL %u reaches outside its source", target->number);
        return;
    }
    TargetMdl->StartVa = (PVOID)(at & ~(uintptr_t)(MACHINE_PAGE - 1));
    TargetMdl->ByteOffset = (ULONG)(at & (MACHINE_PAGE - 1));
    TargetMdl->ByteCount = Length;
    TargetMdl->MdlFlags = (CSHORT)((SourceMdl->MdlFlags & kept) | MDL_PARTIAL);
    if (SourceMdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL)) {
        TargetMdl->MdlFlags |= MDL_PARENT_MAPPED_SYSTEM_VA | MDL_MAPPED_TO_SYSTEM_VA;
        TargetMdl->MappedSystemVa = (char *)SourceMdl->MappedSystemVa + offset;
        TargetMdl->MdlFlags |= MDL_PARTIAL_HAS_BEEN_MAPPED;
    }
    memcpy(pfns_of(TargetMdl), pfns_of(SourceMdl) + first, pages_of(TargetMdl) * sizeof(uint64_t));
}

// ---- pages for an MDL ---------------------------------------------------------------------------

static PMDL pages_new(struct ps_system *system, const struct page_request *request,
                      const void *caller)
{
    PMDL mdl = mdl_new(system, NULL, request->count * MACHINE_PAGE, MDL_OF_PAGES, caller);
    struct mdl_record *record;
    size_t count;

    if (!mdl)
        return NULL;
    count = memory_allocate(system->machine, request, true, pfns_of(mdl));
    if (!count) {
        pool_free(system, mdl, TAG_MDL, caller);
        return NULL;
    }
    record = mdl_find(system, mdl);
    record->pages = count;
    mdl->ByteCount = (ULONG)(count * MACHINE_PAGE);
    mdl->MdlFlags |= MDL_PAGES_LOCKED;
    return mdl;
}

static PMDL allocate_pages(struct ps_system *system, PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high,
                           SIZE_T bytes, ULONG flags, const char *service, const void *caller)
{
    struct page_request request = {.low = (uint64_t)low.QuadPart,
                                   .high = (uint64_t)high.QuadPart,
                                   .count = (bytes + MACHINE_PAGE - 1) / MACHINE_PAGE};

    if (sched_irql(system->sched) > IRQL_DISPATCH)
        irql_at_most(system, IRQL_DISPATCH, "VF-84", 0x7E, service, caller);
    else
        irql_at_most(system, IRQL_APC, "VF-108", 0x20019, service, caller);
    request.partial = !(flags & MM_ALLOCATE_FULLY_REQUIRED);
    request.contiguous = (flags & MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS) != 0;
    if (!bytes || request.count > MAX_PAGES)
        return NULL;
    return pages_new(system, &request, caller);
}

PMDL NTAPI MmAllocatePagesForMdl(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                                 PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes)
{
    NT_SERVICE(COST_SERVICE);
    return allocate_pages(system, LowAddress, HighAddress, TotalBytes, 0, __func__, CALLER);
}

PMDL NTAPI MmAllocatePagesForMdlEx(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                                   PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes,
                                   MEMORY_CACHING_TYPE CacheType, ULONG Flags)
{
    NT_SERVICE(COST_SERVICE);
    return allocate_pages(system, LowAddress, HighAddress, TotalBytes, Flags, __func__, CALLER);
}

// The pages go, the MDL stays for ExFreePool (SV-96).
VOID NTAPI MmFreePagesFromMdl(PMDL MemoryDescriptorList)
{
    NT_SERVICE(COST_SERVICE);
    PMDL mdl = MemoryDescriptorList;
    struct mdl_record *record = known(system, mdl, __func__, CALLER);

    if (sched_irql(system->sched) > IRQL_DISPATCH)
        irql_at_most(system, IRQL_DISPATCH, "VF-84", 0x7E, __func__, CALLER);
    else
        irql_at_most(system, IRQL_APC, "VF-108", 0x20019, __func__, CALLER);
    if (!record || record->source != MDL_OF_PAGES || !record->pages) {
        if (record)
            kernel_misuse(system, "VF-83", CALLER, CODE_VERIFIER, 0x7C, (uintptr_t)mdl, 0, 0,
                          "MmFreePagesFromMdl of MDL %u, which has no pages of its own",
                          record->number);
        return;
    }
    if (mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) {
        kernel_misuse(system, "VF-89", CALLER, CODE_VERIFIER, 0xB8, (uintptr_t)mdl, mdl->MdlFlags,
                      0, "the pages of MDL %u are freed while they are mapped", record->number);
        unmap(system, record);
    }
    memory_free(system->machine, pfns_of(mdl), record->pages);
    record->pages = 0;
    mdl->MdlFlags &= ~MDL_PAGES_LOCKED;
}
