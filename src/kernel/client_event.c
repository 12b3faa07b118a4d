// SPDX-License-Identifier: MIT
//
// Events of the client process: an event object known by a handle, as CreateEvent makes it, and the
// way from the handle to the object for code of ours. PASSIVE_LEVEL.
#include "kernel/private.h"

struct client_event {
    KEVENT event;
    struct object object;
};

static void destroy(struct ps_system *system, struct object *object)
{
    struct client_event *event = LIST_OBJECT(object, struct client_event, object);

    arena_free(system->arena, event, sizeof(*event));
}

NTSTATUS kernel_event_create(struct ps_system *system, PKEVENT *out, HANDLE *handle)
{
    struct client_event *event = arena_alloc(system->arena, sizeof(*event));

    if (!event)
        return STATUS_INSUFFICIENT_RESOURCES;
    dispatcher_init(&event->event.Header, DISPATCHER_SYNCHRONIZATION_EVENT, sizeof(event->event),
                    0);
    if (!object_add(system, &event->object, OBJECT_TYPE_EVENT, &event->event, destroy)) {
        arena_free(system->arena, event, sizeof(*event));
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *handle = handle_create(system, &event->object);
    object_release(system, &event->object); // the handle's reference stays, if there is one
    if (!*handle)
        return STATUS_INSUFFICIENT_RESOURCES;
    *out = &event->event;
    return STATUS_SUCCESS;
}

static void reference(struct object *object, PKEVENT *out)
{
    object->references++;
    *out = object->body;
}

NTSTATUS kernel_event_reference(struct ps_system *system, HANDLE handle, PKEVENT *out)
{
    struct object *object = handle_object(system, handle);

    if (!object)
        return STATUS_INVALID_HANDLE;
    if (object->type != OBJECT_TYPE_EVENT)
        return STATUS_OBJECT_TYPE_MISMATCH;
    reference(object, out);
    return STATUS_SUCCESS;
}

NTSTATUS kernel_event_reference_object(struct ps_system *system, const void *event, PKEVENT *out)
{
    struct object *object = object_find(system, event);

    if (!object || object->type != OBJECT_TYPE_EVENT)
        return STATUS_INVALID_PARAMETER;
    reference(object, out);
    return STATUS_SUCCESS;
}
