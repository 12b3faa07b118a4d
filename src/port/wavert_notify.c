// SPDX-License-Identifier: MIT
//
// Notification events (RT-70 to RT-75): a client's handle becomes an event object that the miniport sets from
// its DPC. The port keeps one object reference for each registration that the miniport accepted.
// PASSIVE_LEVEL under the device lock.
#include "port/wavert.h"

#define TAG_EVENT 'VEsR'

NTSTATUS wavert_event_register(struct wavert_stream *stream, HANDLE handle)
{
    struct wavert_event *entry = port_allocate(sizeof(*entry), TAG_EVENT);
    NTSTATUS status;

    if (!entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = kernel_event_reference(stream->system, handle, &entry->event);
    if (!NT_SUCCESS(status)) {
        port_free(entry);
        return status;
    }
    WAVERT_CALL(stream, status, stream->notification, RegisterNotificationEvent, entry->event);
    if (!NT_SUCCESS(status)) {
        ObDereferenceObject(entry->event);
        port_free(entry);
        return status;
    }
    list_push_back(&stream->events, &entry->link);
    return status;
}

static void forget(struct wavert_event *entry)
{
    list_remove(&entry->link);
    ObDereferenceObject(entry->event);
    port_free(entry);
}

// One registration of the event, if there is any.
static void forget_one(struct wavert_stream *stream, PKEVENT event)
{
    LIST_EACH(link, &stream->events) {
        struct wavert_event *entry = LIST_OBJECT(link, struct wavert_event, link);

        if (entry->event == event) {
            forget(entry);
            return;
        }
    }
}

NTSTATUS wavert_event_unregister(struct wavert_stream *stream, HANDLE handle)
{
    PKEVENT event;
    NTSTATUS status = kernel_event_reference(stream->system, handle, &event);

    if (!NT_SUCCESS(status))
        return status;
    WAVERT_CALL(stream, status, stream->notification, UnregisterNotificationEvent, event);
    if (NT_SUCCESS(status))
        forget_one(stream, event);
    ObDereferenceObject(event);
    return status;
}

void wavert_events_end(struct wavert_stream *stream)
{
    while (!list_empty(&stream->events)) {
        struct wavert_event *entry = LIST_OBJECT(stream->events.next, struct wavert_event, link);
        NTSTATUS status;

        finding_raise(stream->system, "RT-73", SIDE_CLIENT, NULL,
                      "stream %u is closed with a notification event registered", stream->number);
        WAVERT_CALL(stream, status, stream->notification, UnregisterNotificationEvent,
                    entry->event);
        forget(entry);
    }
}
