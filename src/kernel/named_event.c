// SPDX-License-Identifier: MIT
//
// Events with a name, which whoever asks for the name shares (IoCreateNotificationEvent). One lives while a handle to it is
// open. PASSIVE_LEVEL.
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

        if (RtlEqualUnicodeString(&event->name, name, TRUE))
            return event;
    }
    return NULL;
}

// Signalled, as documented; with one reference. NULL: no memory.
static struct named_event *create(struct ps_system *system, const UNICODE_STRING *name, EVENT_TYPE type)
{
    struct named_event *event = arena_alloc(system->arena, sizeof(*event));

    if (!event)
        return NULL;
    KeInitializeEvent(&event->event, type, TRUE);
    if (!kernel_string_copy(system, &event->name, name) ||
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
        event = create(system, name, type);
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
