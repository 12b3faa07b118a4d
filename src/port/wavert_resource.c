// SPDX-License-Identifier: MIT
//
// Stream resources (RT-100, RT-101): interrupts and threads that a low-latency driver declares. Bookkeeping: a
// handle is a record of this list until it is removed or its device goes. PASSIVE_LEVEL; the list hangs on
// the system's port class.
#include "port/policy.h"
#include "port/wavert.h"

#define TAG_RESOURCE 'SRsR'
#define CALLER __builtin_return_address(0)

struct _PCSTREAMRESOURCE {
    struct list link;
    PDEVICE_OBJECT pdo;
    PETHREAD thread; // one object reference, or NULL
    const void *caller;
};

static struct list *all_of(struct ps_system *system)
{
    struct port_class *class = port_class_of(system);

    return class ? &class->stream_resources : NULL;
}

static bool described(const PCSTREAMRESOURCE_DESCRIPTOR *descriptor)
{
    if (!descriptor || descriptor->Size < sizeof(*descriptor) || descriptor->Flags)
        return false;
    switch (descriptor->Type) {
    case ePcStreamResourceInterrupt:
        return true;
    case ePcStreamResourceThread:
        return descriptor->Resource.Thread != NULL;
    case ePcStreamResourceSet:
        return descriptor->Resource.ResourceSet != NULL;
    default:
        return false;
    }
}

static bool hold_thread(struct _PCSTREAMRESOURCE *resource,
                        const PCSTREAMRESOURCE_DESCRIPTOR *descriptor)
{
    if (descriptor->Type != ePcStreamResourceThread)
        return true;
    if (!NT_SUCCESS(ObReferenceObjectByPointer(descriptor->Resource.Thread, 0, *PsThreadType,
                                               KernelMode)))
        return false;
    resource->thread = descriptor->Resource.Thread;
    return true;
}

static NTSTATUS add(PDEVICE_OBJECT pdo, const PCSTREAMRESOURCE_DESCRIPTOR *descriptor,
                    PCSTREAMRESOURCE *handle, const void *caller)
{
    struct ps_system *system = system_here(__func__);
    struct list *all = all_of(system);
    struct _PCSTREAMRESOURCE *resource;

    port_check_irql(system, PASSIVE_LEVEL, "PcAddStreamResource", caller);
    if (!handle)
        return STATUS_INVALID_PARAMETER;
    *handle = NULL;
    if (!pdo || !described(descriptor))
        return STATUS_INVALID_PARAMETER;
    resource = all ? port_allocate(sizeof(*resource), TAG_RESOURCE) : NULL;
    if (!resource)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!hold_thread(resource, descriptor)) {
        port_free(resource);
        return STATUS_INVALID_PARAMETER;
    }
    resource->pdo = pdo;
    resource->caller = caller;
    list_push_back(all, &resource->link);
    *handle = resource;
    return STATUS_SUCCESS;
}

static void forget(struct _PCSTREAMRESOURCE *resource)
{
    list_remove(&resource->link);
    if (resource->thread)
        ObDereferenceObject(resource->thread);
    port_free(resource);
}

static NTSTATUS take_out(PCSTREAMRESOURCE handle, const void *caller)
{
    struct ps_system *system = system_here(__func__);
    struct list *all = all_of(system);

    port_check_irql(system, PASSIVE_LEVEL, "PcRemoveStreamResource", caller);
    if (!all)
        return STATUS_INVALID_PARAMETER;
    LIST_EACH(link, all) {
        struct _PCSTREAMRESOURCE *resource = LIST_OBJECT(link, struct _PCSTREAMRESOURCE, link);

        if (resource == handle) {
            forget(resource);
            return STATUS_SUCCESS;
        }
    }
    return STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI PcAddStreamResource(PDEVICE_OBJECT pdo, PVOID set,
                                   PPCSTREAMRESOURCE_DESCRIPTOR descriptor,
                                   PCSTREAMRESOURCE *handle)
{
    (void)set;
    return NT_TELL(add(pdo, descriptor, handle, CALLER));
}

NTSTATUS NTAPI PcRemoveStreamResource(PCSTREAMRESOURCE handle)
{
    return take_out(handle, CALLER);
}

void wavert_resources_end(struct wavert_port *port)
{
    PDEVICE_OBJECT pdo = port->fdo ? port_device_from(port->fdo)->pdo : NULL;
    struct list *all = all_of(port->system);

    if (!pdo || !all)
        return;
    LIST_EACH_SAFE(link, all) {
        struct _PCSTREAMRESOURCE *resource = LIST_OBJECT(link, struct _PCSTREAMRESOURCE, link);

        if (resource->pdo != pdo)
            continue;
        finding_raise(port->system, "RT-101", SIDE_DRIVER, resource->caller,
                      "a stream resource was never removed");
        forget(resource);
    }
}

// ---- the same as an interface of the port -----------------------------------------------------------------------

UNKNOWN_METHODS(resources, struct wavert_port, resources, IPortClsStreamResourceManager2)

static NTSTATUS NTAPI resources_add(IPortClsStreamResourceManager2 *This, PVOID set,
                                    PPCSTREAMRESOURCE_DESCRIPTOR descriptor,
                                    PCSTREAMRESOURCE *handle)
{
    struct wavert_port *port = CONTAINING_RECORD(This, struct wavert_port, resources);

    (void)set;
    return add(port->fdo ? port_device_from(port->fdo)->pdo : NULL, descriptor, handle, CALLER);
}

static NTSTATUS NTAPI resources_remove(IPortClsStreamResourceManager2 *This,
                                       PCSTREAMRESOURCE handle)
{
    (void)This;
    return take_out(handle, CALLER);
}

static NTSTATUS NTAPI resources_add2(IPortClsStreamResourceManager2 *This, PDEVICE_OBJECT pdo,
                                     PVOID set, PPCSTREAMRESOURCE_DESCRIPTOR descriptor,
                                     PCSTREAMRESOURCE *handle)
{
    (void)This, (void)set;
    return add(pdo, descriptor, handle, CALLER);
}

const IPortClsStreamResourceManager2Vtbl wavert_resources_vtbl = {
    .QueryInterface = resources_query,
    .AddRef = resources_addref,
    .Release = resources_release,
    .AddStreamResource = resources_add,
    .RemoveStreamResource = resources_remove,
    .AddStreamResource2 = resources_add2,
};
