// SPDX-License-Identifier: MIT
//
// Callback objects: drivers tell each other of something by a name (ExCreateCallback). A registration lives until it is
// taken back; ExNotifyCallback calls all of them in the order of registration, at its caller's IRQL.
#include "kernel/private.h"

struct _CALLBACK_OBJECT {
    struct list link; // kernel.callbacks, while it has a name
    struct object object;
    struct list routines;
    UNICODE_STRING name;
    bool multiple;
};

struct callback_routine {
    struct list link;
    PCALLBACK_OBJECT callback;
    PCALLBACK_FUNCTION function;
    PVOID context;
};

static void destroy(struct ps_system *system, struct object *object)
{
    PCALLBACK_OBJECT callback = LIST_OBJECT(object, struct _CALLBACK_OBJECT, object);
    struct list *link;

    while ((link = list_pop_front(&callback->routines)))
        arena_free(system->arena, LIST_OBJECT(link, struct callback_routine, link),
                   sizeof(struct callback_routine));
    list_remove(&callback->link);
    kernel_string_free(system, &callback->name);
    arena_free(system->arena, callback, sizeof(*callback));
}

static PCALLBACK_OBJECT find(struct ps_system *system, const UNICODE_STRING *name)
{
    LIST_EACH(link, &system->kernel->callbacks)
    {
        PCALLBACK_OBJECT callback = LIST_OBJECT(link, struct _CALLBACK_OBJECT, link);

        if (name && RtlEqualUnicodeString(&callback->name, name, TRUE))
            return callback;
    }
    return NULL;
}

static NTSTATUS create(struct ps_system *system, const UNICODE_STRING *name, bool multiple,
                       PCALLBACK_OBJECT *out)
{
    PCALLBACK_OBJECT callback = arena_alloc(system->arena, sizeof(*callback));

    if (!callback)
        return STATUS_INSUFFICIENT_RESOURCES;
    list_init(&callback->routines);
    callback->multiple = multiple;
    if ((name && !kernel_string_copy(system, &callback->name, name)) ||
        !object_add(system, &callback->object, OBJECT_TYPE_CALLBACK, callback, destroy)) {
        kernel_string_free(system, &callback->name);
        arena_free(system->arena, callback, sizeof(*callback));
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    list_push_back(&system->kernel->callbacks, &callback->link);
    *out = callback;
    return STATUS_SUCCESS;
}

// The system's own three are there for whoever opens them; nothing here ever notifies them.
static bool of_system(const UNICODE_STRING *name)
{
    static const char *const names[] = {"\\Callback\\PowerState", "\\Callback\\SetSystemTime",
                                        "\\Callback\\ProcessorAdd"};

    for (size_t i = 0; name && i < sizeof(names) / sizeof(*names); i++) {
        size_t at = 0, length = strlen(names[i]);

        while (at < length && name->Length == length * sizeof(WCHAR) &&
               RtlUpcaseUnicodeChar(name->Buffer[at]) ==
                   RtlUpcaseUnicodeChar((WCHAR)names[i][at]))
            at++;
        if (at == length)
            return true;
    }
    return false;
}

// The object has a reference of the caller's, for ObDereferenceObject.
NTSTATUS NTAPI ExCreateCallback(PCALLBACK_OBJECT *CallbackObject, POBJECT_ATTRIBUTES ObjectAttributes,
                                BOOLEAN Create, BOOLEAN AllowMultipleCallbacks)
{
    NT_SERVICE(COST_SERVICE);
    const UNICODE_STRING *name = ObjectAttributes ? ObjectAttributes->ObjectName : NULL;
    PCALLBACK_OBJECT found = find(system, name);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    *CallbackObject = NULL;
    if (found) {
        found->object.references++;
        *CallbackObject = found;
        return STATUS_SUCCESS;
    }
    if (!Create && !of_system(name))
        return NT_TELL(STATUS_OBJECT_NAME_NOT_FOUND);
    return NT_TELL(create(system, name, AllowMultipleCallbacks || !Create, CallbackObject));
}

PVOID NTAPI ExRegisterCallback(PCALLBACK_OBJECT CallbackObject, PCALLBACK_FUNCTION CallbackFunction,
                               PVOID CallbackContext)
{
    NT_SERVICE(COST_SERVICE);
    struct callback_routine *routine;

    irql_at_most(system, IRQL_APC, "VF-100", 0x20009, __func__, CALLER);
    if (!CallbackObject->multiple && !list_empty(&CallbackObject->routines))
        return NULL;
    routine = arena_alloc(system->arena, sizeof(*routine));
    if (!routine)
        return NULL;
    *routine = (struct callback_routine){.callback = CallbackObject,
                                         .function = CallbackFunction,
                                         .context = CallbackContext};
    list_push_back(&CallbackObject->routines, &routine->link);
    CallbackObject->object.references++;
    return routine;
}

VOID NTAPI ExUnregisterCallback(PVOID CallbackRegistration)
{
    NT_SERVICE(COST_SERVICE);
    struct callback_routine *routine = CallbackRegistration;
    PCALLBACK_OBJECT callback = routine->callback;

    irql_at_most(system, IRQL_APC, "VF-100", 0x20009, __func__, CALLER);
    list_remove(&routine->link);
    arena_free(system->arena, routine, sizeof(*routine));
    object_release(system, &callback->object);
}

VOID NTAPI ExNotifyCallback(PVOID CallbackObject, PVOID Argument1, PVOID Argument2)
{
    NT_SERVICE(COST_SERVICE);
    PCALLBACK_OBJECT callback = CallbackObject;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    LIST_EACH_SAFE(link, &callback->routines)
    {
        struct callback_routine *routine = LIST_OBJECT(link, struct callback_routine, link);

        routine->function(routine->context, Argument1, Argument2);
    }
}
