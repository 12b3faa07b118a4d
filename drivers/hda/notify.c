/* SPDX-License-Identifier: MIT */
/*
 * Notification events: set from the DPC when a packet has ended. Which one it was the position says, as interrupts may
 * fall together; only that it has ended the interrupt knows first (HD-181).
 */
#include "stream.h"

typedef struct WATCHER {
    LIST_ENTRY link;
    PKEVENT event; /* the port's reference */
} WATCHER;

void notify_signal(STREAM *stream, BOOLEAN interrupt)
{
    ULONG bytes = buffer_packet_bytes(&stream->buffer);
    ULONGLONG done;
    PLIST_ENTRY at;

    if (!stream->buffer.packets)
        return;
    done = stream->memory.total / bytes;
    if (interrupt && done == stream->signalled)
        done = (stream->memory.total + position_slack(stream)) / bytes;
    if (done <= stream->signalled)
        return;
    stream->signalled = done;
    for (at = stream->events.Flink; at != &stream->events; at = at->Flink)
        KeSetEvent(CONTAINING_RECORD(at, WATCHER, link)->event, EVENT_INCREMENT, FALSE);
}

VOID NTAPI notify_dpc(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    STREAM *stream = context;

    (void)dpc, (void)argument1, (void)argument2;
    KeAcquireSpinLockAtDpcLevel(&stream->lock);
    position_update(stream);
    if (stream->running)
        notify_signal(stream, TRUE);
    KeReleaseSpinLockFromDpcLevel(&stream->lock);
}

/* ---- registration ------------------------------------------------------------------------------------------- */

/* With the lock. */
static WATCHER *find(STREAM *stream, PKEVENT event)
{
    PLIST_ENTRY at;

    for (at = stream->events.Flink; at != &stream->events; at = at->Flink)
        if (CONTAINING_RECORD(at, WATCHER, link)->event == event)
            return CONTAINING_RECORD(at, WATCHER, link);
    return NULL;
}

/* An event is set once for a packet, so it is listed once. */
NTSTATUS NTAPI notify_register(IMiniportWaveRTStreamNotification *This, PKEVENT event)
{
    STREAM *stream = stream_from(This);
    WATCHER *watcher = ExAllocatePoolWithTag(NonPagedPool, sizeof(*watcher), HDA_TAG);
    BOOLEAN known;
    KIRQL irql;

    if (!watcher)
        return STATUS_INSUFFICIENT_RESOURCES;
    watcher->event = event;
    KeAcquireSpinLock(&stream->lock, &irql);
    known = find(stream, event) != NULL;
    if (!known)
        InsertTailList(&stream->events, &watcher->link);
    KeReleaseSpinLock(&stream->lock, irql);
    if (known)
        ExFreePoolWithTag(watcher, HDA_TAG);
    return known ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

NTSTATUS NTAPI notify_unregister(IMiniportWaveRTStreamNotification *This, PKEVENT event)
{
    STREAM *stream = stream_from(This);
    WATCHER *watcher;
    KIRQL irql;

    KeAcquireSpinLock(&stream->lock, &irql);
    watcher = find(stream, event);
    if (watcher)
        RemoveEntryList(&watcher->link);
    KeReleaseSpinLock(&stream->lock, irql);
    if (!watcher)
        return STATUS_NOT_FOUND;
    ExFreePoolWithTag(watcher, HDA_TAG);
    return STATUS_SUCCESS;
}

/* The stream's DPC is at rest. */
void notify_end(STREAM *stream)
{
    while (!IsListEmpty(&stream->events))
        ExFreePoolWithTag(CONTAINING_RECORD(RemoveHeadList(&stream->events), WATCHER, link),
                          HDA_TAG);
}
