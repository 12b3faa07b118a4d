// SPDX-License-Identifier: MIT
//
// Reference-counted objects and handles (SV-113, VF-53). An object's count is in its record, found
// by the address that drivers know it by. References: IRQL <= DISPATCH; handles: PASSIVE_LEVEL.
#include "kernel/private.h"

struct _OBJECT_TYPE {
    enum object_type type;
};

static struct _OBJECT_TYPE types[] = {
    {OBJECT_TYPE_FILE}, {OBJECT_TYPE_THREAD}, {OBJECT_TYPE_EVENT}, {OBJECT_TYPE_SEMAPHORE}};
static POBJECT_TYPE file_type = &types[0], thread_type = &types[1], event_type = &types[2],
                    semaphore_type = &types[3];
POBJECT_TYPE *IoFileObjectType = &file_type;
POBJECT_TYPE *PsThreadType = &thread_type;
POBJECT_TYPE *ExEventObjectType = &event_type;
POBJECT_TYPE *ExSemaphoreObjectType = &semaphore_type; // no handle is one

bool object_add(struct ps_system *system, struct object *object, enum object_type type, void *body,
                void (*destroy)(struct ps_system *system, struct object *object))
{
    *object = (struct object){.body = body, .type = type, .references = 1, .destroy = destroy};
    return table_put(system, &system->kernel->objects, body, object);
}

struct object *object_find(struct ps_system *system, const void *body)
{
    return table_get(&system->kernel->objects, body);
}

void object_release(struct ps_system *system, struct object *object)
{
    if (--object->references)
        return;
    table_remove(&system->kernel->objects, object->body);
    object->destroy(system, object);
}

static struct object *referable(struct ps_system *system, PVOID body, const char *service,
                                const void *caller)
{
    struct object *object = object_find(system, body);

    irql_at_most(system, IRQL_DISPATCH, "SV-113", 0x20011, service, caller);
    if (!object)
        kernel_misuse(system, "VF-53", caller, CODE_VERIFIER, 0x3F, (uintptr_t)body, 0, 0,
                      "%s: this is no object, or its last reference is gone", service);
    return object;
}

LONG_PTR NTAPI ObfReferenceObject(PVOID Object)
{
    NT_SERVICE(COST_SERVICE);
    struct object *object = referable(system, Object, "ObReferenceObject", CALLER);

    return object ? ++object->references : 0;
}

LONG_PTR NTAPI ObfDereferenceObject(PVOID Object)
{
    NT_SERVICE(COST_SERVICE);
    struct object *object = referable(system, Object, "ObDereferenceObject", CALLER);
    LONG left;

    if (!object)
        return 0;
    left = object->references - 1;
    object_release(system, object);
    return left;
}

NTSTATUS NTAPI ObReferenceObjectByPointer(PVOID Object, ACCESS_MASK DesiredAccess,
                                          POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode)
{
    NT_SERVICE(COST_SERVICE);
    struct object *object = referable(system, Object, __func__, CALLER);

    if (!object || (ObjectType && ObjectType->type != object->type))
        return NT_TELL(STATUS_OBJECT_TYPE_MISMATCH);
    object->references++;
    return STATUS_SUCCESS;
}

// ---- handles ------------------------------------------------------------------------------------
// Handle 4 * (slot + 1), as Windows' are multiples of four.

static bool grow_handles(struct ps_system *system)
{
    struct kernel *kernel = system->kernel;
    size_t capacity = kernel->handle_capacity ? kernel->handle_capacity * 2 : 16;
    struct object **handles = arena_alloc(system->arena, capacity * sizeof(struct object *));

    if (!handles)
        return false;
    for (size_t i = 0; i < kernel->handle_capacity; i++)
        handles[i] = kernel->handles[i];
    arena_free(system->arena, kernel->handles, kernel->handle_capacity * sizeof(struct object *));
    kernel->handles = handles;
    kernel->handle_capacity = capacity;
    return true;
}

HANDLE handle_create(struct ps_system *system, struct object *object)
{
    struct kernel *kernel = system->kernel;
    size_t slot = 0;

    while (slot < kernel->handle_capacity && kernel->handles[slot])
        slot++;
    if (slot == kernel->handle_capacity && !grow_handles(system))
        return NULL;
    kernel->handles[slot] = object;
    object->references++;
    return (HANDLE)(ULONG_PTR)(4 * (slot + 1));
}

NTSTATUS handle_give(struct ps_system *system, struct object *object, PHANDLE handle)
{
    *handle = handle_create(system, object);
    return *handle ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

const UNICODE_STRING *object_name(const OBJECT_ATTRIBUTES *attributes)
{
    const UNICODE_STRING *name = attributes ? attributes->ObjectName : NULL;

    return name && name->Length ? name : NULL;
}

static size_t slot_of(HANDLE handle)
{
    return (ULONG_PTR)handle / 4 - 1;
}

struct object *handle_object(struct ps_system *system, HANDLE handle)
{
    size_t slot = slot_of(handle);

    return slot < system->kernel->handle_capacity ? system->kernel->handles[slot] : NULL;
}

static struct object *checked(struct ps_system *system, HANDLE handle, const char *service,
                              const void *caller)
{
    struct object *object = handle_object(system, handle);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001B, service, caller);
    if (!object)
        kernel_misuse(system, "VF-53", caller, CODE_VERIFIER, handle ? 0x3C : 0xF5,
                      (uintptr_t)handle, 0, 0, "%s of a handle that is not open", service);
    return object;
}

NTSTATUS NTAPI ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                         POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                         PVOID *Object,
                                         POBJECT_HANDLE_INFORMATION HandleInformation)
{
    NT_SERVICE(COST_SERVICE);
    struct object *object = checked(system, Handle, __func__, CALLER);

    *Object = NULL;
    if (!object)
        return NT_TELL(STATUS_INVALID_HANDLE);
    if (ObjectType && ObjectType->type != object->type)
        return NT_TELL(STATUS_OBJECT_TYPE_MISMATCH);
    object->references++;
    *Object = object->body;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ZwClose(HANDLE Handle)
{
    NT_SERVICE(COST_SERVICE);
    struct object *object = checked(system, Handle, __func__, CALLER);

    if (!object)
        return NT_TELL(STATUS_INVALID_HANDLE);
    system->kernel->handles[slot_of(Handle)] = NULL;
    object_release(system, object);
    return STATUS_SUCCESS;
}
