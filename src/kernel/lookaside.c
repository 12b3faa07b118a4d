// SPDX-License-Identifier: MIT
//
// Lookaside lists: fixed-size blocks that rest in a list between uses. IRQL <= DISPATCH, paged ones
// <= APC. The list's own fields are Windows'; besides, it is known where one is that was not deleted (VF-65).
#include "kernel/private.h"

enum { DEFAULT_DEPTH = 32 };

static PVOID NTAPI default_allocate(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
}

static VOID NTAPI default_free(PVOID Buffer)
{
    ExFreePool(Buffer);
}

static void initialise(PGENERAL_LOOKASIDE list, PALLOCATE_FUNCTION allocate, PFREE_FUNCTION release,
                       POOL_TYPE type, SIZE_T size, ULONG tag, const void *caller)
{
    watched_init(system_here("a lookaside list"), WATCHED_LOOKASIDE, list, caller);
    memset(list, 0, sizeof(*list));
    list->Type = type;
    list->Tag = tag;
    list->Size = size < sizeof(SLIST_ENTRY) ? (ULONG)sizeof(SLIST_ENTRY) : (ULONG)size;
    list->Depth = DEFAULT_DEPTH;
    list->MaximumDepth = 256;
    list->Allocate = allocate ? allocate : default_allocate;
    list->Free = release ? release : default_free;
    InitializeListHead(&list->ListEntry);
}

// A block of the default kind belongs to the caller, whose leak it will be.
static PVOID take(PGENERAL_LOOKASIDE list, const void *caller)
{
    PVOID block = InterlockedPopEntrySList(&list->ListHead);

    list->TotalAllocates++;
    if (block)
        return block;
    list->AllocateMisses++;
    if (list->Allocate == default_allocate)
        return pool_allocate(system_here("a lookaside list"), (ULONG)list->Type, list->Size,
                             list->Tag, false, caller);
    return list->Allocate(list->Type, list->Size, list->Tag);
}

static void give(PGENERAL_LOOKASIDE list, PVOID block)
{
    list->TotalFrees++;
    if (ExQueryDepthSList(&list->ListHead) < list->Depth) {
        InterlockedPushEntrySList(&list->ListHead, block);
        return;
    }
    list->FreeMisses++;
    list->Free(block);
}

static void drain(PGENERAL_LOOKASIDE list)
{
    PVOID block;

    watched_deleted(system_here("a lookaside list"), list);
    while ((block = InterlockedPopEntrySList(&list->ListHead)))
        list->Free(block);
}

VOID NTAPI ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside,
                                           PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                           ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth)
{
    initialise(&Lookaside->L, Allocate, Free,
               (POOL_TYPE)(NonPagedPool | (Flags & POOL_NX_ALLOCATION)), Size, Tag, CALLER);
}

VOID NTAPI ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside,
                                          PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                          ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth)
{
    initialise(&Lookaside->L, Allocate, Free, PagedPool, Size, Tag, CALLER);
}

PVOID NTAPI ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    return take(&Lookaside->L, CALLER);
}

PVOID NTAPI ExAllocateFromPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside)
{
    return take(&Lookaside->L, CALLER);
}

VOID NTAPI ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry)
{
    give(&Lookaside->L, Entry);
}

VOID NTAPI ExFreeToPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry)
{
    give(&Lookaside->L, Entry);
}

VOID NTAPI ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    drain(&Lookaside->L);
}

VOID NTAPI ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside)
{
    drain(&Lookaside->L);
}

// ---- the newer lists, paged or not ----------------------------------------------------------------

static PVOID NTAPI default_allocate_ex(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                       PLOOKASIDE_LIST_EX Lookaside)
{
    return ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
}

static VOID NTAPI default_free_ex(PVOID Buffer, PLOOKASIDE_LIST_EX Lookaside)
{
    ExFreePool(Buffer);
}

NTSTATUS NTAPI ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX Lookaside,
                                           PALLOCATE_FUNCTION_EX Allocate, PFREE_FUNCTION_EX Free,
                                           POOL_TYPE PoolType, ULONG Flags, SIZE_T Size, ULONG Tag,
                                           USHORT Depth)
{
    PGENERAL_LOOKASIDE_POOL list = &Lookaside->L;

    if (Flags || Depth)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    watched_init(system_here("a lookaside list"), WATCHED_LOOKASIDE, list, CALLER);
    memset(list, 0, sizeof(*list));
    list->Type = PoolType;
    list->Tag = Tag;
    list->Size = Size < sizeof(SLIST_ENTRY) ? (ULONG)sizeof(SLIST_ENTRY) : (ULONG)Size;
    list->Depth = DEFAULT_DEPTH;
    list->MaximumDepth = 256;
    list->AllocateEx = Allocate ? Allocate : default_allocate_ex;
    list->FreeEx = Free ? Free : default_free_ex;
    InitializeListHead(&list->ListEntry);
    return STATUS_SUCCESS;
}

PVOID NTAPI ExAllocateFromLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    PGENERAL_LOOKASIDE_POOL list = &Lookaside->L;
    PVOID block = InterlockedPopEntrySList(&list->ListHead);

    list->TotalAllocates++;
    if (block)
        return block;
    list->AllocateMisses++;
    if (list->AllocateEx == default_allocate_ex)
        return pool_allocate(system_here("a lookaside list"), (ULONG)list->Type, list->Size,
                             list->Tag, false, CALLER);
    return list->AllocateEx(list->Type, list->Size, list->Tag, Lookaside);
}

VOID NTAPI ExFreeToLookasideListEx(PLOOKASIDE_LIST_EX Lookaside, PVOID Entry)
{
    PGENERAL_LOOKASIDE_POOL list = &Lookaside->L;

    list->TotalFrees++;
    if (ExQueryDepthSList(&list->ListHead) < list->Depth) {
        InterlockedPushEntrySList(&list->ListHead, Entry);
        return;
    }
    list->FreeMisses++;
    list->FreeEx(Entry, Lookaside);
}

VOID NTAPI ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    PVOID block;

    watched_deleted(system_here("a lookaside list"), &Lookaside->L);
    while ((block = InterlockedPopEntrySList(&Lookaside->L.ListHead)))
        Lookaside->L.FreeEx(block, Lookaside);
}
