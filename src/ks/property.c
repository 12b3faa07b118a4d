// SPDX-License-Identifier: MIT
//
// IOCTL_KS_PROPERTY (KP-82..92). The request's input is copied, the output buffered; then the first of these
// answers: the port's and ks's port-owned items, the miniport's automation table of the target (node, pin,
// filter), the port's items, ks's items.
//
// A miniport handler may return STATUS_PENDING: its PCPROPERTY_REQUEST then lives, inside a `pending`
// record, until PcCompletePendingPropertyRequest. PASSIVE_LEVEL under the device lock.
#include "ks/ks.h"

#define TAG_PROPERTY 0x50537350u // "PsSP"

struct pending {
    PCPROPERTY_REQUEST request; // what the miniport sees; first
    struct ks_property_request own;
    struct ps_system *system;
    ULONG output_bytes;
    bool marked; // the IRP is marked pending: the dispatch routine must return STATUS_PENDING
    // Behind it: the copy of the input, then the buffered output.
};

static const ULONG verb_mask = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET |
                               KSPROPERTY_TYPE_SETSUPPORT | KSPROPERTY_TYPE_BASICSUPPORT |
                               KSPROPERTY_TYPE_RELATIONS | KSPROPERTY_TYPE_SERIALIZESET |
                               KSPROPERTY_TYPE_UNSERIALIZESET | KSPROPERTY_TYPE_SERIALIZERAW |
                               KSPROPERTY_TYPE_UNSERIALIZERAW | KSPROPERTY_TYPE_SERIALIZESIZE |
                               KSPROPERTY_TYPE_DEFAULTVALUES;

NTSTATUS ks_property_reply(struct ks_property_request *request, const void *data, ULONG bytes)
{
    if (!request->value_bytes) {
        request->information = bytes;
        return STATUS_BUFFER_OVERFLOW;
    }
    if (request->value_bytes < bytes)
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(request->value, data, bytes);
    request->information = bytes;
    return STATUS_SUCCESS;
}

static bool has_output(const struct pending *pending)
{
    return (pending->own.flags & verb_mask) != KSPROPERTY_TYPE_SET &&
           pending->own.information <= pending->output_bytes;
}

// Copies the buffered output to the client, completes the IRP, frees the record.
static NTSTATUS finish(struct pending *pending, NTSTATUS status)
{
    struct ks_property_request *own = &pending->own;
    PIRP irp = own->irp;
    ULONG_PTR information = own->information;

    if (status == STATUS_SUCCESS && has_output(pending))
        status = kernel_copy_out(irp->UserBuffer, own->value, information);
    if (!NT_SUCCESS(status) && status != STATUS_BUFFER_OVERFLOW)
        information = 0;
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    ExFreePool(pending);
    return status;
}

void ks_property_complete(PPCPROPERTY_REQUEST request, NTSTATUS status)
{
    struct pending *pending = CONTAINING_RECORD(request, struct pending, request);

    if (NT_SUCCESS(status))
        pending->own.information = request->ValueSize;
    finish(pending, status);
}

// ---- BASICSUPPORT (KP-87) ----------------------------------------------------------------------------

static NTSTATUS basic_support(struct ks_property_request *request, ULONG verbs)
{
    KSPROPERTY_DESCRIPTION description = {0};
    ULONG access = verbs & (KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET);

    access |= KSPROPERTY_TYPE_BASICSUPPORT;
    if (request->value_bytes >= sizeof(description)) {
        description.AccessFlags = access;
        description.DescriptionSize = sizeof(description);
        return ks_property_reply(request, &description, sizeof(description));
    }
    if (request->value_bytes && request->value_bytes != sizeof(ULONG))
        return STATUS_BUFFER_TOO_SMALL;
    return ks_property_reply(request, &access, sizeof(access));
}

// ---- our own tables ----------------------------------------------------------------------------------

static const struct ks_property_item *find_item(const struct ks_property_set *sets,
                                                const KSPROPERTY *property, bool port_owned,
                                                bool *set_known)
{
    for (; sets && sets->set; sets++) {
        if (RtlCompareMemory(sets->set, &property->Set, sizeof(GUID)) != sizeof(GUID))
            continue;
        *set_known = true;
        for (ULONG i = 0; i < sets->count; i++)
            if (sets->items[i].id == property->Id && (!port_owned || sets->items[i].port_owned))
                return &sets->items[i];
    }
    return NULL;
}

static NTSTATUS run_item(struct ks_property_request *request, const struct ks_property_item *item)
{
    ULONG verb = request->flags & verb_mask;

    if (verb & KSPROPERTY_TYPE_BASICSUPPORT)
        return basic_support(request, item->verbs);
    if (!(verb & item->verbs))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (request->instance_bytes < item->minimum_instance)
        return STATUS_INVALID_BUFFER_SIZE;
    if (item->value_bytes && request->value_bytes < item->value_bytes) {
        if (request->value_bytes || verb == KSPROPERTY_TYPE_SET)
            return STATUS_BUFFER_TOO_SMALL;
        request->information = item->value_bytes;
        return STATUS_BUFFER_OVERFLOW;
    }
    return item->handler(request);
}

// ---- the miniport's tables ---------------------------------------------------------------------------

static const PCAUTOMATION_TABLE *target_table(const struct ks_property_request *request)
{
    if (request->node != (ULONG)-1)
        return ks_node(request->filter, request->node)->AutomationTable;
    if (request->pin)
        return ks_pc_pin(request->filter, request->pin->id)->AutomationTable;
    return request->filter->descriptor->AutomationTable;
}

static const PCPROPERTY_ITEM *find_automation(const PCAUTOMATION_TABLE *table,
                                              const KSPROPERTY *property, bool *set_known)
{
    const char *at = table ? (const char *)table->Properties : NULL;

    for (ULONG i = 0; table && i < table->PropertyCount; i++, at += table->PropertyItemSize) {
        const PCPROPERTY_ITEM *item = (const PCPROPERTY_ITEM *)at;

        if (RtlCompareMemory(item->Set, &property->Set, sizeof(GUID)) != sizeof(GUID))
            continue;
        *set_known = true;
        if (item->Id == property->Id)
            return item;
    }
    return NULL;
}

// KP-83. The request record is the pending one's.
static void describe(struct pending *pending, const PCPROPERTY_ITEM *item)
{
    struct ks_property_request *own = &pending->own;
    PCPROPERTY_REQUEST *request = &pending->request;

    request->MajorTarget = own->filter->miniport;
    request->MinorTarget = own->pin && own->filter->ops->pin_target
                               ? own->filter->ops->pin_target(own->pin)
                               : NULL;
    request->Node = own->node;
    request->PropertyItem = item;
    request->Verb = own->flags & verb_mask;
    request->InstanceSize = own->instance_bytes;
    request->Instance = own->instance_bytes ? (PVOID)own->instance : NULL;
    request->ValueSize = own->value_bytes;
    request->Value = own->value_bytes ? own->value : NULL;
    request->Irp = own->irp;
}

static NTSTATUS run_automation(struct pending *pending, const PCPROPERTY_ITEM *item)
{
    struct ks_property_request *own = &pending->own;
    ULONG verb = own->flags & verb_mask;
    struct kernel_call call;
    NTSTATUS status;

    if (!(verb & item->Flags)) {
        if (verb & KSPROPERTY_TYPE_BASICSUPPORT)
            return basic_support(own, item->Flags);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (!item->Handler)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (own->node != (ULONG)-1 && own->filter->device->power_up)
        own->filter->device->power_up(own->filter->device); // TP-8
    describe(pending, item);
    // Before the call: the handler may pend, and another processor complete, before it returns.
    IoMarkIrpPending(own->irp);
    pending->marked = true;
    kernel_call_enter(pending->system, &call);
    status = item->Handler(&pending->request);
    kernel_call_leave(pending->system, &call, "VF-59", "property handler", item->Handler);
    if (status != STATUS_PENDING) // a pended record may be gone already
        own->information = pending->request.ValueSize;
    return status;
}

static NTSTATUS answer(struct pending *pending)
{
    struct ks_property_request *own = &pending->own;
    const struct ks_filter_ops *ops = own->filter->ops;
    const struct ks_property_set *port = own->pin ? ops->pin_properties : ops->filter_properties;
    const struct ks_property_set *ks = own->pin ? ks_pin_property_sets : ks_filter_property_sets;
    const struct ks_property_item *item = NULL;
    const PCPROPERTY_ITEM *automation;
    bool set_known = false;

    if (own->node == (ULONG)-1) {
        item = find_item(port, own->property, true, &set_known);
        if (!item)
            item = find_item(ks, own->property, true, &set_known);
    }
    if (item)
        return run_item(own, item);
    automation = find_automation(target_table(own), own->property, &set_known);
    if (automation)
        return run_automation(pending, automation);
    if (own->node == (ULONG)-1) {
        item = find_item(port, own->property, false, &set_known);
        if (!item)
            item = find_item(ks, own->property, false, &set_known);
    }
    if (item)
        return run_item(own, item);
    return set_known ? STATUS_NOT_FOUND : STATUS_PROPSET_NOT_FOUND;
}

// RT-87: reads of positions may overlap SetState.
static KMUTEX *lock_of(const struct ks_property_request *own)
{
    const struct ks_filter_ops *ops = own->filter->ops;
    struct ks_device *device = own->filter->device;
    bool position = device->position_lock_used && own->pin && own->node == (ULONG)-1 &&
                    ops->is_position && ops->is_position(own->property);

    return position ? &device->position_lock : &device->lock;
}

// ---- taking the request in ---------------------------------------------------------------------------

// Splits the copied input into property, node and instance data (KP-82, KP-83).
static NTSTATUS parse(struct ks_property_request *own, const char *input, ULONG bytes)
{
    ULONG head = sizeof(KSPROPERTY);

    own->property = (const KSPROPERTY *)input;
    own->flags = own->property->Flags;
    own->node = (ULONG)-1;
    if (own->flags & KSPROPERTY_TYPE_TOPOLOGY) {
        if (bytes < sizeof(KSNODEPROPERTY))
            return STATUS_INVALID_BUFFER_SIZE;
        own->node = ((const KSNODEPROPERTY *)input)->NodeId;
        if (!ks_node(own->filter, own->node))
            return STATUS_INVALID_PARAMETER;
        head = sizeof(KSNODEPROPERTY);
    }
    own->instance_bytes = bytes - head;
    own->instance = own->instance_bytes ? input + head : NULL;
    return STATUS_SUCCESS;
}

static NTSTATUS refuse(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

// A record with copies of the client's buffers behind it.
static NTSTATUS take_in(struct ks_handle *handle, PIRP irp, struct pending **out)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG input = stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG output = stack->Parameters.DeviceIoControl.OutputBufferLength;
    size_t input_room = ((size_t)input + 15) & ~(size_t)15;
    size_t bytes = sizeof(struct pending) + input_room + output;
    struct pending *pending;
    NTSTATUS status;
    char *copy;

    pending = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG_PROPERTY);
    if (!pending)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(pending, bytes);
    copy = (char *)(pending + 1);
    status = kernel_copy_in(copy, stack->Parameters.DeviceIoControl.Type3InputBuffer, input);
    if (NT_SUCCESS(status))
        status = kernel_copy_in(copy + input_room, irp->UserBuffer, output);
    if (!NT_SUCCESS(status)) {
        ExFreePool(pending);
        return status;
    }
    pending->system = system_here(__func__);
    pending->output_bytes = output;
    pending->own.filter = handle->filter;
    pending->own.pin = handle->kind == KS_HANDLE_PIN ? (struct ks_pin *)handle : NULL;
    pending->own.value = copy + input_room;
    pending->own.value_bytes = pending->output_bytes;
    pending->own.irp = irp;
    *out = pending;
    return STATUS_SUCCESS;
}

enum { PROPERTY_LIMIT = 1 << 20 }; // bytes of input or output a client may pass

NTSTATUS ks_property_dispatch(struct ks_handle *handle, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG input = stack->Parameters.DeviceIoControl.InputBufferLength;
    struct ks_device *device = handle->filter->device;
    struct pending *pending;
    NTSTATUS status;
    KMUTEX *lock;
    bool marked;

    if (input < sizeof(KSPROPERTY) || input > PROPERTY_LIMIT ||
        stack->Parameters.DeviceIoControl.OutputBufferLength > PROPERTY_LIMIT)
        return refuse(irp, STATUS_INVALID_BUFFER_SIZE);
    status = take_in(handle, irp, &pending);
    if (!NT_SUCCESS(status))
        return refuse(irp, status);
    status = parse(&pending->own, (const char *)(pending + 1), input);
    if (!NT_SUCCESS(status))
        return finish(pending, status);
    lock = lock_of(&pending->own);
    KeWaitForSingleObject(lock, Executive, KernelMode, FALSE, NULL);
    status = device->gone ? STATUS_DEVICE_NOT_READY : answer(pending);
    KeReleaseMutex(lock, FALSE);
    if (status == STATUS_PENDING)
        return STATUS_PENDING;
    marked = pending->marked;
    status = finish(pending, status);
    return marked ? STATUS_PENDING : status;
}
