// SPDX-License-Identifier: MIT
//
// Lists and numbers under a spin lock that is held during the call only: any IRQL, raised to the
// top inside. Sequenced lists need no lock, as code between two scheduling points runs alone.
#include "kernel/private.h"

static KIRQL enter(struct ps_system *system, PKSPIN_LOCK lock, const void *caller)
{
    return lock_interrupt(system, lock, IRQL_HIGH, caller);
}

PLIST_ENTRY NTAPI ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                              PKSPIN_LOCK Lock)
{
    NT_SERVICE(COST_SERVICE);
    KIRQL irql = enter(system, Lock, CALLER);
    PLIST_ENTRY first = IsListEmpty(ListHead) ? NULL : ListHead->Flink;

    InsertHeadList(ListHead, ListEntry);
    unlock_interrupt(system, Lock, irql, CALLER);
    return first;
}

PLIST_ENTRY NTAPI ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                              PKSPIN_LOCK Lock)
{
    NT_SERVICE(COST_SERVICE);
    KIRQL irql = enter(system, Lock, CALLER);
    PLIST_ENTRY last = IsListEmpty(ListHead) ? NULL : ListHead->Blink;

    InsertTailList(ListHead, ListEntry);
    unlock_interrupt(system, Lock, irql, CALLER);
    return last;
}

PLIST_ENTRY NTAPI ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    NT_SERVICE(COST_SERVICE);
    KIRQL irql = enter(system, Lock, CALLER);
    PLIST_ENTRY first = IsListEmpty(ListHead) ? NULL : RemoveHeadList(ListHead);

    unlock_interrupt(system, Lock, irql, CALLER);
    return first;
}

PSINGLE_LIST_ENTRY NTAPI ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead,
                                                    PSINGLE_LIST_ENTRY ListEntry, PKSPIN_LOCK Lock)
{
    NT_SERVICE(COST_SERVICE);
    KIRQL irql = enter(system, Lock, CALLER);
    PSINGLE_LIST_ENTRY first = ListHead->Next;

    PushEntryList(ListHead, ListEntry);
    unlock_interrupt(system, Lock, irql, CALLER);
    return first;
}

PSINGLE_LIST_ENTRY NTAPI ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    NT_SERVICE(COST_SERVICE);
    KIRQL irql = enter(system, Lock, CALLER);
    PSINGLE_LIST_ENTRY first = PopEntryList(ListHead);

    unlock_interrupt(system, Lock, irql, CALLER);
    return first;
}

// Both return what was there before.
LARGE_INTEGER NTAPI ExInterlockedAddLargeInteger(PLARGE_INTEGER Addend, LARGE_INTEGER Increment,
                                                 PKSPIN_LOCK Lock)
{
    NT_SERVICE(COST_SERVICE);
    KIRQL irql = enter(system, Lock, CALLER);
    LARGE_INTEGER before = *Addend;

    Addend->QuadPart = (LONGLONG)((ULONGLONG)before.QuadPart + (ULONGLONG)Increment.QuadPart);
    unlock_interrupt(system, Lock, irql, CALLER);
    return before;
}

ULONG NTAPI ExInterlockedAddUlong(PULONG Addend, ULONG Increment, PKSPIN_LOCK Lock)
{
    NT_SERVICE(COST_SERVICE);
    KIRQL irql = enter(system, Lock, CALLER);
    ULONG before = *Addend;

    *Addend = before + Increment;
    unlock_interrupt(system, Lock, irql, CALLER);
    return before;
}

// ---- sequenced lists ----------------------------------------------------------------------------
// Region holds the first entry, Alignment the depth.

VOID NTAPI InitializeSListHead(PSLIST_HEADER SListHead)
{
    SListHead->Alignment = 0;
    SListHead->Region = 0;
}

PSLIST_ENTRY NTAPI ExpInterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry)
{
    NT_SERVICE(COST_LOCK);
    PSLIST_ENTRY first = (PSLIST_ENTRY)(ULONG_PTR)ListHead->Region;

    ListEntry->Next = first;
    ListHead->Region = (ULONG_PTR)ListEntry;
    ListHead->Alignment++;
    return first;
}

PSLIST_ENTRY NTAPI ExpInterlockedPopEntrySList(PSLIST_HEADER ListHead)
{
    NT_SERVICE(COST_LOCK);
    PSLIST_ENTRY first = (PSLIST_ENTRY)(ULONG_PTR)ListHead->Region;

    if (first) {
        ListHead->Region = (ULONG_PTR)first->Next;
        ListHead->Alignment--;
    }
    return first;
}

PSLIST_ENTRY NTAPI ExpInterlockedFlushSList(PSLIST_HEADER ListHead)
{
    NT_SERVICE(COST_LOCK);
    PSLIST_ENTRY first = (PSLIST_ENTRY)(ULONG_PTR)ListHead->Region;

    InitializeSListHead(ListHead);
    return first;
}

USHORT NTAPI ExQueryDepthSList(PSLIST_HEADER SListHead)
{
    return (USHORT)SListHead->Alignment;
}
