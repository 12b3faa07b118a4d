// SPDX-License-Identifier: MIT
//
// Events with a handle, and mostly a name, which whoever asks for the name shares (IoCreateNotificationEvent,
// ZwCreateEvent). One lives while a handle to it is open or a reference is held. PASSIVE_LEVEL.
#include <detail/section.h>

#include "kernel/private.h"

struct named_event {
    struct list link; // kernel.named_events
    KEVENT event;
    struct object object;
    UNICODE_STRING name;
};

static void destroy(struct ps_system *system, struct object *object)
{
    struct named_event *event = LIST_OBJECT(object, struct named_event, object);

    list_remove(&event->link);
    kernel_string_free(system, &event->name);
    arena_free(system->arena, event, sizeof(*event));
}

static struct named_event *find(struct ps_system *system, const UNICODE_STRING *name)
{
    LIST_EACH(link, &system->kernel->named_events)
    {
        struct named_event *event = LIST_OBJECT(link, struct named_event, link);

        if (event->name.Buffer && RtlEqualUnicodeString(&event->name, name, TRUE))
            return event;
    }
    return NULL;
}

// With one reference; NULL as name: without. NULL: no memory.
static struct named_event *create(struct ps_system *system, const UNICODE_STRING *name, EVENT_TYPE type,
                                  BOOLEAN state)
{
    struct named_event *event = arena_alloc(system->arena, sizeof(*event));

    if (!event)
        return NULL;
    KeInitializeEvent(&event->event, type, state);
    if ((name && !kernel_string_copy(system, &event->name, name)) ||
        !object_add(system, &event->object, OBJECT_TYPE_EVENT, &event->event, destroy)) {
        kernel_string_free(system, &event->name);
        arena_free(system->arena, event, sizeof(*event));
        return NULL;
    }
    list_push_back(&system->kernel->named_events, &event->link);
    return event;
}

static PKEVENT open_event(struct ps_system *system, const UNICODE_STRING *name, EVENT_TYPE type,
                          PHANDLE handle)
{
    struct named_event *event = find(system, name);

    *handle = NULL;
    if (event)
        event->object.references++;
    else
        event = create(system, name, type, TRUE); // signalled, as documented
    if (!event)
        return NULL;
    *handle = handle_create(system, &event->object);
    object_release(system, &event->object); // the handle's reference stays, if there is one
    return *handle ? &event->event : NULL;
}

PKEVENT NTAPI IoCreateNotificationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    return open_event(system, EventName, NotificationEvent, EventHandle);
}

PKEVENT NTAPI IoCreateSynchronizationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    return open_event(system, EventName, SynchronizationEvent, EventHandle);
}

// ---- by handle alone (SV-134) -------------------------------------------------------------------

NTSTATUS NTAPI ZwCreateEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess,
                             POBJECT_ATTRIBUTES ObjectAttributes, EVENT_TYPE EventType,
                             BOOLEAN InitialState)
{
    NT_SERVICE(COST_SERVICE);
    const UNICODE_STRING *name = object_name(ObjectAttributes);
    struct named_event *event = name ? find(system, name) : NULL;
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    *EventHandle = NULL;
    if (EventType != NotificationEvent && EventType != SynchronizationEvent)
        return STATUS_INVALID_PARAMETER;
    if (event) {
        if (!(ObjectAttributes->Attributes & OBJ_OPENIF))
            return STATUS_OBJECT_NAME_COLLISION;
        status = handle_give(system, &event->object, EventHandle);
        return NT_SUCCESS(status) ? STATUS_OBJECT_NAME_EXISTS : status;
    }
    event = fault_here(system) ? NULL : create(system, name, EventType, InitialState);
    if (!event)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = handle_give(system, &event->object, EventHandle);
    object_release(system, &event->object);
    return status;
}

NTSTATUS NTAPI ZwOpenEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess,
                           POBJECT_ATTRIBUTES ObjectAttributes)
{
    NT_SERVICE(COST_SERVICE);
    const UNICODE_STRING *name = object_name(ObjectAttributes);
    struct named_event *event = name ? find(system, name) : NULL;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    *EventHandle = NULL;
    if (!name)
        return STATUS_OBJECT_NAME_INVALID;
    return event ? handle_give(system, &event->object, EventHandle) : STATUS_OBJECT_NAME_NOT_FOUND;
}

static NTSTATUS event_of(struct ps_system *system, HANDLE handle, PKEVENT *event, const char *service,
                         const void *caller)
{
    struct object *object = handle_object(system, handle);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, service, caller);
    if (!object)
        return STATUS_INVALID_HANDLE;
    *event = object->body;
    return object->type == OBJECT_TYPE_EVENT ? STATUS_SUCCESS : STATUS_OBJECT_TYPE_MISMATCH;
}

NTSTATUS NTAPI ZwSetEvent(HANDLE EventHandle, PLONG PreviousState)
{
    NT_SERVICE(COST_SERVICE);
    PKEVENT event;
    NTSTATUS status = event_of(system, EventHandle, &event, __func__, CALLER);
    LONG before;

    if (!NT_SUCCESS(status))
        return status;
    before = event_set(system, event);
    if (PreviousState)
        *PreviousState = before;
    kernel_begun(system);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ZwResetEvent(HANDLE EventHandle, PLONG PreviousState)
{
    NT_SERVICE(COST_SERVICE);
    PKEVENT event;
    NTSTATUS status = event_of(system, EventHandle, &event, __func__, CALLER);

    if (!NT_SUCCESS(status))
        return status;
    if (PreviousState)
        *PreviousState = event->Header.SignalState;
    event->Header.SignalState = 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ZwClearEvent(HANDLE EventHandle)
{
    NT_SERVICE(COST_SERVICE);
    PKEVENT event;
    NTSTATUS status = event_of(system, EventHandle, &event, __func__, CALLER);

    if (NT_SUCCESS(status))
        event->Header.SignalState = 0;
    return status;
}

// For events and threads, whose bodies are dispatcher objects; held by a reference meanwhile.
NTSTATUS NTAPI ZwWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    NT_SERVICE(COST_SERVICE);
    struct object *object = handle_object(system, Handle);
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    if (!object)
        return STATUS_INVALID_HANDLE;
    if (object->type != OBJECT_TYPE_EVENT && object->type != OBJECT_TYPE_THREAD)
        return STATUS_OBJECT_TYPE_MISMATCH;
    object->references++;
    status = KeWaitForSingleObject(object->body, UserRequest, KernelMode, Alertable, Timeout);
    object_release(system, object);
    return status;
}

// Nothing here is permanent: a name goes with its last handle.
NTSTATUS NTAPI ZwMakeTemporaryObject(HANDLE Handle)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, __func__, CALLER);
    return handle_object(system, Handle) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}
