// SPDX-License-Identifier: MIT
//
// The pool services: what they demand of type, size, tag and IRQL (SV-71 to SV-74, VF-60 to VF-69).
#include "kernel/private.h"

#define POOL_TAG_NONE 0x656E6F4Eu // "None": ExAllocatePool gives no tag

static void check_tag(struct ps_system *system, ULONG tag, const void *caller)
{
    bool readable = false;
    uint32_t p1;

    for (int i = 0; i < 4; i++) {
        unsigned c = tag >> (8 * i) & 0xFF;

        readable |= (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    }
    p1 = !tag ? 0x9B : (tag & 0xFFFFFF) == 0x474942 ? 0x9C : 0x9D;
    if (readable && p1 != 0x9C)
        return;
    kernel_misuse(system, "VF-69", caller, CODE_BAD_POOL, p1, tag, 0, (uintptr_t)caller,
                  "pool tag 0x%08x %s", (unsigned)tag,
                  p1 == 0x9C ? "is reserved" : "has no letter and no digit");
}

static void check_irql(struct ps_system *system, ULONG type, size_t bytes, const void *caller)
{
    uint8_t irql = sched_irql(system->sched);
    bool paged = type & 1;

    if (irql <= (paged ? IRQL_APC : IRQL_DISPATCH))
        return;
    kernel_misuse(system, "VF-61", caller, CODE_VERIFIER, paged ? 0x01 : 0x02, irql, type, bytes,
                  "%s pool is allocated at IRQL %u", paged ? "paged" : "nonpaged", irql);
}

// VF-73, off unless asked for: drivers older than Windows 8 know no other nonpaged pool.
static void check_executable(struct ps_system *system, ULONG type, size_t bytes, const void *caller)
{
    if (!(type & 1) && !(type & NonPagedPoolNx) && finding_asked_for(system, "VF-73"))
        kernel_misuse(system, "VF-73", caller, CODE_VERIFIER, 0x2000, (uintptr_t)caller, type,
                      bytes, "executable pool (type %u) is allocated", (unsigned)type);
}

static void check(struct ps_system *system, ULONG type, size_t bytes, ULONG tag, const void *caller)
{
    if (!bytes)
        kernel_misuse(system, "VF-60", caller, CODE_VERIFIER, 0x00, sched_irql(system->sched), type,
                      0, "zero bytes of pool are asked for");
    if ((type & 7) == 2)
        kernel_misuse(system, "SV-74", caller, CODE_BAD_POOL, 0x9A, type, bytes, (uintptr_t)caller,
                      "pool type %u (must succeed) does not exist any more", (unsigned)type);
    check_irql(system, type, bytes, caller);
    check_executable(system, type, bytes, caller);
    check_tag(system, tag, caller);
}

static void *allocate(struct ps_system *system, ULONG type, size_t bytes, ULONG tag, bool zero,
                      const void *caller)
{
    void *block;

    check(system, type, bytes, tag, caller);
    block = pool_allocate(system, type, bytes, tag, zero, caller);
    if (!block)
        kernel_tell(STATUS_INSUFFICIENT_RESOURCES, "an allocation of pool", caller);
    return block;
}

PVOID NTAPI ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    NT_SERVICE(COST_SERVICE);
    return allocate(system, PoolType, NumberOfBytes, Tag, false, CALLER);
}

PVOID NTAPI ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    NT_SERVICE(COST_SERVICE);
    return allocate(system, PoolType, NumberOfBytes, POOL_TAG_NONE, false, CALLER);
}

PVOID NTAPI ExAllocatePoolWithTagPriority(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                          EX_POOL_PRIORITY Priority)
{
    NT_SERVICE(COST_SERVICE);
    return allocate(system, PoolType, NumberOfBytes, Tag, false, CALLER);
}

// Quota variants raise instead of returning NULL, unless told otherwise.
PVOID NTAPI ExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    NT_SERVICE(COST_SERVICE);
    const ULONG fail_instead = 8;
    void *block = allocate(system, PoolType & ~fail_instead, NumberOfBytes, Tag, false, CALLER);

    if (!block && !(PoolType & fail_instead))
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    return block;
}

// SV-71: NULL for tag 0 and for flags that are unknown or contradict each other.
PVOID NTAPI ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag)
{
    NT_SERVICE(COST_SERVICE);
    const POOL_FLAGS kinds = POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED | POOL_FLAG_NON_PAGED_EXECUTE;
    const POOL_FLAGS required = kinds | POOL_FLAG_USE_QUOTA | POOL_FLAG_UNINITIALIZED |
                                POOL_FLAG_SESSION | POOL_FLAG_CACHE_ALIGNED |
                                POOL_FLAG_RAISE_ON_FAILURE;
    POOL_FLAGS kind = Flags & kinds;
    void *block = NULL;

    if (Tag && NumberOfBytes && kind && !(kind & (kind - 1)) && !(Flags & 0xFFFFFFFFu & ~required))
        block = allocate(system, kind == POOL_FLAG_PAGED ? PagedPool : NonPagedPoolNx,
                         NumberOfBytes, Tag, !(Flags & POOL_FLAG_UNINITIALIZED), CALLER);
    if (!block && (Flags & POOL_FLAG_RAISE_ON_FAILURE))
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    return block;
}

VOID NTAPI ExFreePoolWithTag(PVOID P, ULONG Tag)
{
    NT_SERVICE(COST_SERVICE);
    pool_free(system, P, Tag, CALLER);
}

VOID NTAPI ExFreePool(PVOID P)
{
    NT_SERVICE(COST_SERVICE);
    pool_free(system, P, 0, CALLER);
}
