/* SPDX-License-Identifier: MIT */
/*
 * KMDF's general objects for miniport drivers: attributes and contexts, collections, memory, work items. They live in
 * the driver's own pool, in a list of the image, and go with their parent: a miniport device, or the driver when it is
 * unloaded. PASSIVE_LEVEL, except what adds to and takes from a collection and enqueues: <= DISPATCH_LEVEL.
 */
#ifndef PORTSIDE_WDK_WDFOBJECT_H
#define PORTSIDE_WDK_WDFOBJECT_H

#include "wdfcall.h"

typedef struct WDFCOLLECTION__ *WDFCOLLECTION;
typedef struct WDFMEMORY__ *WDFMEMORY;
typedef struct WDFWORKITEM__ *WDFWORKITEM;
typedef PVOID WDFCONTEXT;

/* ---- attributes and contexts -------------------------------------------------------------------------- */

typedef VOID NTAPI EVT_WDF_OBJECT_CONTEXT_CLEANUP(WDFOBJECT Object);
typedef EVT_WDF_OBJECT_CONTEXT_CLEANUP *PFN_WDF_OBJECT_CONTEXT_CLEANUP;
typedef VOID NTAPI EVT_WDF_OBJECT_CONTEXT_DESTROY(WDFOBJECT Object);
typedef EVT_WDF_OBJECT_CONTEXT_DESTROY *PFN_WDF_OBJECT_CONTEXT_DESTROY;

typedef enum _WDF_EXECUTION_LEVEL {
    WdfExecutionLevelInvalid,
    WdfExecutionLevelInheritFromParent,
    WdfExecutionLevelPassive,
    WdfExecutionLevelDispatch
} WDF_EXECUTION_LEVEL;

typedef enum _WDF_SYNCHRONIZATION_SCOPE {
    WdfSynchronizationScopeInvalid,
    WdfSynchronizationScopeInheritFromParent,
    WdfSynchronizationScopeDevice,
    WdfSynchronizationScopeQueue,
    WdfSynchronizationScopeNone
} WDF_SYNCHRONIZATION_SCOPE;

typedef struct _WDF_OBJECT_CONTEXT_TYPE_INFO {
    ULONG Size;
    PCSTR ContextName;
    size_t ContextSize;
    const struct _WDF_OBJECT_CONTEXT_TYPE_INFO *UniqueType;
    PVOID EvtDriverGetUniqueContextType;
} WDF_OBJECT_CONTEXT_TYPE_INFO, *PWDF_OBJECT_CONTEXT_TYPE_INFO;
typedef const WDF_OBJECT_CONTEXT_TYPE_INFO *PCWDF_OBJECT_CONTEXT_TYPE_INFO;

typedef struct _WDF_OBJECT_ATTRIBUTES {
    ULONG Size;
    PFN_WDF_OBJECT_CONTEXT_CLEANUP EvtCleanupCallback;
    PFN_WDF_OBJECT_CONTEXT_DESTROY EvtDestroyCallback;
    WDF_EXECUTION_LEVEL ExecutionLevel;
    WDF_SYNCHRONIZATION_SCOPE SynchronizationScope;
    WDFOBJECT ParentObject;
    size_t ContextSizeOverride;
    PCWDF_OBJECT_CONTEXT_TYPE_INFO ContextTypeInfo;
} WDF_OBJECT_ATTRIBUTES;

WDK_INLINE VOID WDF_OBJECT_ATTRIBUTES_INIT(PWDF_OBJECT_ATTRIBUTES Attributes)
{
    RtlZeroMemory(Attributes, sizeof(*Attributes));
    Attributes->Size = sizeof(*Attributes);
    Attributes->ExecutionLevel = WdfExecutionLevelInheritFromParent;
    Attributes->SynchronizationScope = WdfSynchronizationScopeInheritFromParent;
}

#define WDK_WDF_TYPE(type) wdk_wdf_type_##type
#define WDF_OBJECT_ATTRIBUTES_SET_CONTEXT_TYPE(attributes, type)                                       \
    ((void)((attributes)->ContextTypeInfo = &WDK_WDF_TYPE(type)))
#define WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(attributes, type)                                      \
    (WDF_OBJECT_ATTRIBUTES_INIT(attributes), WDF_OBJECT_ATTRIBUTES_SET_CONTEXT_TYPE(attributes, type))
/* Each type's info, and the function that gets a context of the type from a handle. */
#define WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(type, getter)                                               \
    __attribute__((weak, visibility("hidden"))) WDF_OBJECT_CONTEXT_TYPE_INFO WDK_WDF_TYPE(type) = {    \
        sizeof(WDF_OBJECT_CONTEXT_TYPE_INFO), #type, sizeof(type), NULL, NULL};                        \
    WDK_INLINE type *getter(WDFOBJECT handle)                                                          \
    {                                                                                                  \
        return (type *)wdk_wdf_context(handle, &WDK_WDF_TYPE(type));                                   \
    }
#define WDF_DECLARE_CONTEXT_TYPE(type) WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(type, WdfObjectGet_##type)

/* ---- objects ------------------------------------------------------------------------------------------ */

#define WDK_WDF_MAGIC 0x4A424F4644574450ULL
#define WDK_WDF_TAG 0x66645750u /* "PWdf" */

/* What a handle points to; its context follows. */
struct wdk_wdf_object {
    ULONGLONG magic;
    LIST_ENTRY link;
    WDFOBJECT parent;
    WDF_OBJECT_ATTRIBUTES attributes;
    PVOID context;
    VOID (*finish)(struct wdk_wdf_object *object);
};

/* One list for an image, and the devices it has made miniport devices of. */
struct wdk_wdf_device {
    WDFDEVICE handle;
    PDEVICE_OBJECT device;
};
__attribute__((weak, visibility("hidden"))) LIST_ENTRY wdk_wdf_objects;
__attribute__((weak, visibility("hidden"))) struct wdk_wdf_device wdk_wdf_devices[8];

WDK_INLINE PVOID wdk_wdf_context(WDFOBJECT handle, PCWDF_OBJECT_CONTEXT_TYPE_INFO type)
{
    struct wdk_wdf_object *object = (struct wdk_wdf_object *)handle;

    return object->magic == WDK_WDF_MAGIC && object->attributes.ContextTypeInfo == type ? object->context : NULL;
}

WDK_INLINE PDEVICE_OBJECT wdk_wdf_wdm_device(WDFOBJECT handle)
{
    for (ULONG i = 0; i < ARRAYSIZE(wdk_wdf_devices); i++)
        if (handle && wdk_wdf_devices[i].handle == (WDFDEVICE)handle)
            return wdk_wdf_devices[i].device;
    return NULL;
}

/* `size` bytes with an object at their begin; `finish` may be NULL. */
WDK_INLINE NTSTATUS wdk_wdf_create(PWDF_OBJECT_ATTRIBUTES attributes, size_t size,
                                   VOID (*finish)(struct wdk_wdf_object *object), PVOID out)
{
    size_t begin = (size + 15) & ~(size_t)15, context = 0;
    struct wdk_wdf_object *object;

    if (attributes && attributes->ContextTypeInfo)
        context = attributes->ContextSizeOverride ? attributes->ContextSizeOverride
                                                  : attributes->ContextTypeInfo->ContextSize;
    object = (struct wdk_wdf_object *)ExAllocatePoolWithTag(NonPagedPoolNx, begin + context, WDK_WDF_TAG);
    if (!object)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(object, begin + context);
    object->magic = WDK_WDF_MAGIC;
    object->finish = finish;
    if (attributes) {
        object->attributes = *attributes;
        object->parent = attributes->ParentObject;
    }
    object->context = context ? (PUCHAR)object + begin : NULL;
    if (!wdk_wdf_objects.Flink)
        InitializeListHead(&wdk_wdf_objects);
    InsertTailList(&wdk_wdf_objects, &object->link);
    *(PVOID *)out = object;
    return STATUS_SUCCESS;
}

WDK_INLINE BOOLEAN wdk_wdf_delete(WDFOBJECT handle);

/* Deletes what has `parent`, or, with NULL, all that is left. */
WDK_INLINE VOID wdk_wdf_delete_below(WDFOBJECT parent)
{
    PLIST_ENTRY at = wdk_wdf_objects.Flink;

    while (at && at != &wdk_wdf_objects) {
        struct wdk_wdf_object *object = CONTAINING_RECORD(at, struct wdk_wdf_object, link);
        BOOLEAN goes = !parent || object->parent == parent;

        if (goes)
            wdk_wdf_delete(object);
        at = goes ? wdk_wdf_objects.Flink : at->Flink; /* others may have gone with it */
    }
}

/* FALSE: not one of these objects. */
WDK_INLINE BOOLEAN wdk_wdf_delete(WDFOBJECT handle)
{
    struct wdk_wdf_object *object = (struct wdk_wdf_object *)handle;

    if (object->magic != WDK_WDF_MAGIC)
        return FALSE;
    RemoveEntryList(&object->link);
    if (object->finish)
        object->finish(object);
    if (object->attributes.EvtCleanupCallback)
        object->attributes.EvtCleanupCallback(handle);
    wdk_wdf_delete_below(handle);
    if (object->attributes.EvtDestroyCallback)
        object->attributes.EvtDestroyCallback(handle);
    object->magic = 0;
    ExFreePoolWithTag(object, WDK_WDF_TAG);
    return TRUE;
}

/* ---- memory ------------------------------------------------------------------------------------------- */

struct wdk_wdf_memory {
    struct wdk_wdf_object object;
    PVOID buffer;
    size_t size;
};

WDK_INLINE NTSTATUS WdfMemoryCreatePreallocated(PWDF_OBJECT_ATTRIBUTES Attributes, PVOID Buffer, size_t BufferSize,
                                                WDFMEMORY *Memory)
{
    NTSTATUS status = wdk_wdf_create(Attributes, sizeof(struct wdk_wdf_memory), NULL, Memory);

    if (NT_SUCCESS(status)) {
        ((struct wdk_wdf_memory *)*Memory)->buffer = Buffer;
        ((struct wdk_wdf_memory *)*Memory)->size = BufferSize;
    }
    return status;
}

WDK_INLINE PVOID WdfMemoryGetBuffer(WDFMEMORY Memory, size_t *BufferSize)
{
    if (BufferSize)
        *BufferSize = ((struct wdk_wdf_memory *)Memory)->size;
    return ((struct wdk_wdf_memory *)Memory)->buffer;
}

/* ---- collections -------------------------------------------------------------------------------------- */

struct wdk_wdf_member {
    LIST_ENTRY link;
    WDFOBJECT object;
};

struct wdk_wdf_collection {
    struct wdk_wdf_object object;
    LIST_ENTRY members;
    ULONG count;
};

WDK_INLINE struct wdk_wdf_member *wdk_wdf_member_at(WDFCOLLECTION handle, ULONG index)
{
    struct wdk_wdf_collection *collection = (struct wdk_wdf_collection *)handle;
    PLIST_ENTRY at = collection->members.Flink;

    if (index >= collection->count)
        return NULL;
    while (index--)
        at = at->Flink;
    return CONTAINING_RECORD(at, struct wdk_wdf_member, link);
}

WDK_INLINE VOID WdfCollectionRemoveItem(WDFCOLLECTION Collection, ULONG Index)
{
    struct wdk_wdf_member *member = wdk_wdf_member_at(Collection, Index);

    if (!member)
        return;
    RemoveEntryList(&member->link);
    ((struct wdk_wdf_collection *)Collection)->count--;
    ExFreePoolWithTag(member, WDK_WDF_TAG);
}

WDK_INLINE VOID wdk_wdf_collection_finish(struct wdk_wdf_object *object)
{
    while (((struct wdk_wdf_collection *)object)->count)
        WdfCollectionRemoveItem((WDFCOLLECTION)object, 0);
}

WDK_INLINE NTSTATUS WdfCollectionCreate(PWDF_OBJECT_ATTRIBUTES CollectionAttributes, WDFCOLLECTION *Collection)
{
    NTSTATUS status = wdk_wdf_create(CollectionAttributes, sizeof(struct wdk_wdf_collection),
                                     wdk_wdf_collection_finish, Collection);

    if (NT_SUCCESS(status))
        InitializeListHead(&((struct wdk_wdf_collection *)*Collection)->members);
    return status;
}

WDK_INLINE NTSTATUS WdfCollectionAdd(WDFCOLLECTION Collection, WDFOBJECT Object)
{
    struct wdk_wdf_member *member =
        (struct wdk_wdf_member *)ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*member), WDK_WDF_TAG);

    if (!member)
        return STATUS_INSUFFICIENT_RESOURCES;
    member->object = Object;
    InsertTailList(&((struct wdk_wdf_collection *)Collection)->members, &member->link);
    ((struct wdk_wdf_collection *)Collection)->count++;
    return STATUS_SUCCESS;
}

WDK_INLINE ULONG WdfCollectionGetCount(WDFCOLLECTION Collection)
{
    return ((struct wdk_wdf_collection *)Collection)->count;
}

WDK_INLINE WDFOBJECT WdfCollectionGetItem(WDFCOLLECTION Collection, ULONG Index)
{
    struct wdk_wdf_member *member = wdk_wdf_member_at(Collection, Index);

    return member ? member->object : NULL;
}

WDK_INLINE WDFOBJECT WdfCollectionGetFirstItem(WDFCOLLECTION Collection)
{
    return WdfCollectionGetItem(Collection, 0);
}

WDK_INLINE WDFOBJECT WdfCollectionGetLastItem(WDFCOLLECTION Collection)
{
    return WdfCollectionGetItem(Collection, WdfCollectionGetCount(Collection) - 1);
}

WDK_INLINE VOID WdfCollectionRemove(WDFCOLLECTION Collection, WDFOBJECT Item)
{
    for (ULONG i = 0; i < WdfCollectionGetCount(Collection); i++)
        if (WdfCollectionGetItem(Collection, i) == Item) {
            WdfCollectionRemoveItem(Collection, i);
            return;
        }
}

/* ---- work items --------------------------------------------------------------------------------------- */

typedef VOID NTAPI EVT_WDF_WORKITEM(WDFWORKITEM WorkItem);
typedef EVT_WDF_WORKITEM *PFN_WDF_WORKITEM;

typedef struct _WDF_WORKITEM_CONFIG {
    ULONG Size;
    PFN_WDF_WORKITEM EvtWorkItemFunc;
    BOOLEAN AutomaticSerialization;
} WDF_WORKITEM_CONFIG, *PWDF_WORKITEM_CONFIG;

struct wdk_wdf_work {
    struct wdk_wdf_object object;
    PIO_WORKITEM item;
    PFN_WDF_WORKITEM function;
    LONG queued;  /* from WdfWorkItemEnqueue till the function begins */
    KEVENT idle;  /* neither queued nor running */
};

WDK_INLINE VOID WDF_WORKITEM_CONFIG_INIT(PWDF_WORKITEM_CONFIG Config, PFN_WDF_WORKITEM EvtWorkItemFunc)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->EvtWorkItemFunc = EvtWorkItemFunc;
    Config->AutomaticSerialization = TRUE;
}

WDK_INLINE VOID NTAPI wdk_wdf_work_run(PDEVICE_OBJECT device, PVOID context)
{
    struct wdk_wdf_work *work = (struct wdk_wdf_work *)context;

    (void)device;
    InterlockedExchange(&work->queued, 0);
    work->function((WDFWORKITEM)work);
    if (!InterlockedCompareExchange(&work->queued, 0, 0))
        KeSetEvent(&work->idle, IO_NO_INCREMENT, FALSE);
}

WDK_INLINE VOID WdfWorkItemFlush(WDFWORKITEM WorkItem)
{
    KeWaitForSingleObject(&((struct wdk_wdf_work *)WorkItem)->idle, Executive, KernelMode, FALSE, NULL);
}

WDK_INLINE VOID wdk_wdf_work_finish(struct wdk_wdf_object *object)
{
    WdfWorkItemFlush((WDFWORKITEM)object);
    IoFreeWorkItem(((struct wdk_wdf_work *)object)->item);
}

/* The parent must be a miniport device. */
WDK_INLINE NTSTATUS WdfWorkItemCreate(PWDF_WORKITEM_CONFIG Config, PWDF_OBJECT_ATTRIBUTES Attributes,
                                      WDFWORKITEM *WorkItem)
{
    PDEVICE_OBJECT device = Attributes ? wdk_wdf_wdm_device(Attributes->ParentObject) : NULL;
    struct wdk_wdf_work *work;
    PIO_WORKITEM item;
    NTSTATUS status;

    if (!device)
        return STATUS_INVALID_PARAMETER;
    item = IoAllocateWorkItem(device);
    if (!item)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = wdk_wdf_create(Attributes, sizeof(*work), wdk_wdf_work_finish, WorkItem);
    if (!NT_SUCCESS(status)) {
        IoFreeWorkItem(item);
        return status;
    }
    work = (struct wdk_wdf_work *)*WorkItem;
    work->item = item;
    work->function = Config->EvtWorkItemFunc;
    KeInitializeEvent(&work->idle, NotificationEvent, TRUE);
    return STATUS_SUCCESS;
}

/* Nothing happens when it waits already. */
WDK_INLINE VOID WdfWorkItemEnqueue(WDFWORKITEM WorkItem)
{
    struct wdk_wdf_work *work = (struct wdk_wdf_work *)WorkItem;

    if (InterlockedExchange(&work->queued, 1))
        return;
    KeClearEvent(&work->idle);
    IoQueueWorkItem(work->item, wdk_wdf_work_run, DelayedWorkQueue, work);
}

WDK_INLINE WDFOBJECT WdfWorkItemGetParentObject(WDFWORKITEM WorkItem)
{
    return ((struct wdk_wdf_object *)WorkItem)->parent;
}

#endif
