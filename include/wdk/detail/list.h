/* SPDX-License-Identifier: MIT */
/* Doubly and singly linked lists: inline, no locking, any IRQL on resident memory. */
#ifndef PORTSIDE_WDK_LIST_H
#define PORTSIDE_WDK_LIST_H

#include "types.h"

WDK_INLINE VOID InitializeListHead(PLIST_ENTRY Head)
{
    Head->Flink = Head->Blink = Head;
}

WDK_INLINE BOOLEAN IsListEmpty(const LIST_ENTRY *Head)
{
    return (BOOLEAN)(Head->Flink == Head);
}

WDK_INLINE VOID wdk_list_link(PLIST_ENTRY Before, PLIST_ENTRY Entry, PLIST_ENTRY After)
{
    Entry->Flink = After;
    Entry->Blink = Before;
    Before->Flink = Entry;
    After->Blink = Entry;
}

WDK_INLINE VOID InsertHeadList(PLIST_ENTRY Head, PLIST_ENTRY Entry)
{
    wdk_list_link(Head, Entry, Head->Flink);
}

WDK_INLINE VOID InsertTailList(PLIST_ENTRY Head, PLIST_ENTRY Entry)
{
    wdk_list_link(Head->Blink, Entry, Head);
}

/* TRUE if the list is empty afterwards. */
WDK_INLINE BOOLEAN RemoveEntryList(PLIST_ENTRY Entry)
{
    PLIST_ENTRY after = Entry->Flink, before = Entry->Blink;

    before->Flink = after;
    after->Blink = before;
    return (BOOLEAN)(after == before);
}

/* On an empty list both give the head itself. */
WDK_INLINE PLIST_ENTRY RemoveHeadList(PLIST_ENTRY Head)
{
    PLIST_ENTRY entry = Head->Flink;

    RemoveEntryList(entry);
    return entry;
}

WDK_INLINE PLIST_ENTRY RemoveTailList(PLIST_ENTRY Head)
{
    PLIST_ENTRY entry = Head->Blink;

    RemoveEntryList(entry);
    return entry;
}

/* Puts the ring that begins at ListToAppend, which has no head, at the end of Head. */
WDK_INLINE VOID AppendTailList(PLIST_ENTRY Head, PLIST_ENTRY ListToAppend)
{
    PLIST_ENTRY head_last = Head->Blink, last = ListToAppend->Blink;

    head_last->Flink = ListToAppend;
    ListToAppend->Blink = head_last;
    last->Flink = Head;
    Head->Blink = last;
}

WDK_INLINE VOID PushEntryList(PSINGLE_LIST_ENTRY Head, PSINGLE_LIST_ENTRY Entry)
{
    Entry->Next = Head->Next;
    Head->Next = Entry;
}

WDK_INLINE PSINGLE_LIST_ENTRY PopEntryList(PSINGLE_LIST_ENTRY Head)
{
    PSINGLE_LIST_ENTRY entry = Head->Next;

    if (entry)
        Head->Next = entry->Next;
    return entry;
}

#endif
