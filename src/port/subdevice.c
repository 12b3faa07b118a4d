// SPDX-License-Identifier: MIT
//
// PcRegisterSubdevice and its counterpart (AD-30..35). A subdevice holds one reference on its port; the port
// owns the filter. The device lock serialises.
#include "port/subdevice.h"

#include "port/port_extras.h"

#define TAG_SUBDEVICE 0x44537350u // "PsSD"

struct subdevice {
    struct list link;
    PUNKNOWN port;             // referenced
    struct ks_filter *filter;  // the port's
    ULONG link_count;
    UNICODE_STRING links[];    // of its device interfaces, one per category
};

static const UNICODE_STRING no_link;

struct ks_filter *subdevice_filter(PUNKNOWN port)
{
    struct port_private *private;
    struct ks_filter *filter;
    PVOID found;

    if (!port || !NT_SUCCESS(port->lpVtbl->QueryInterface(port, &IID_port_private, &found)))
        return NULL;
    private = found;
    filter = private->vtbl->filter(private);
    port->lpVtbl->Release(port);
    return filter;
}

static bool same_name(const WCHAR *a, const WCHAR *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static NTSTATUS admit(struct port_device *device, struct ks_filter *filter, const WCHAR *name)
{
    if (filter->registered)
        return STATUS_INVALID_PARAMETER;
    if (device->subdevice_count >= device->max_subdevices)
        return STATUS_INSUFFICIENT_RESOURCES;
    LIST_EACH(link, &device->subdevices)
        if (same_name(LIST_OBJECT(link, struct subdevice, link)->filter->name, name))
            return STATUS_OBJECT_NAME_COLLISION;
    return STATUS_SUCCESS;
}

// One device interface per category (AD-31); the links' names stay with us until `withdraw`.
static NTSTATUS publish(struct port_device *device, struct subdevice *subdevice)
{
    const PCFILTER_DESCRIPTOR *descriptor = subdevice->filter->descriptor;
    NTSTATUS status = STATUS_SUCCESS;
    UNICODE_STRING reference;

    RtlInitUnicodeString(&reference, subdevice->filter->name);
    for (ULONG i = 0; i < descriptor->CategoryCount && NT_SUCCESS(status); i++) {
        UNICODE_STRING *link = &subdevice->links[i];

        status = IoRegisterDeviceInterface(device->pdo, &descriptor->Categories[i], &reference,
                                           link);
        if (!NT_SUCCESS(status))
            break;
        subdevice->link_count++;
        status = IoSetDeviceInterfaceState(link, TRUE);
    }
    return status;
}

static void withdraw(struct subdevice *subdevice)
{
    for (ULONG i = 0; i < subdevice->link_count; i++) {
        IoSetDeviceInterfaceState(&subdevice->links[i], FALSE);
        RtlFreeUnicodeString(&subdevice->links[i]);
    }
}

const UNICODE_STRING *subdevice_link(struct port_device *device, const struct ks_filter *filter)
{
    LIST_EACH(link, &device->subdevices) {
        struct subdevice *subdevice = LIST_OBJECT(link, struct subdevice, link);

        if (subdevice->filter == filter)
            return subdevice->link_count ? &subdevice->links[0] : &no_link;
    }
    return NULL;
}

static void drop(struct port_device *device, struct subdevice *subdevice)
{
    list_remove(&subdevice->link);
    list_remove(&subdevice->filter->link);
    device->subdevice_count--;
    subdevice->filter->registered = false;
    withdraw(subdevice);
    subdevice->port->lpVtbl->Release(subdevice->port);
    port_free(subdevice);
}

static NTSTATUS add(struct port_device *device, struct ks_filter *filter, PWSTR name,
                    PUNKNOWN port)
{
    size_t links = filter->descriptor->CategoryCount * sizeof(UNICODE_STRING);
    struct subdevice *subdevice;
    NTSTATUS status = admit(device, filter, name);

    if (!NT_SUCCESS(status))
        return status;
    subdevice = port_allocate(sizeof(*subdevice) + links, TAG_SUBDEVICE);
    if (!subdevice)
        return STATUS_INSUFFICIENT_RESOURCES;
    subdevice->port = port;
    subdevice->filter = filter;
    port->lpVtbl->AddRef(port);
    filter->owner = port;
    filter->name = name;
    filter->registered = true;
    list_push_back(&device->subdevices, &subdevice->link);
    list_push_back(&device->ks.filters, &filter->link);
    device->subdevice_count++;
    status = publish(device, subdevice);
    if (!NT_SUCCESS(status))
        drop(device, subdevice);
    return status;
}

NTSTATUS NTAPI PcRegisterSubdevice(PDEVICE_OBJECT fdo, PWSTR name, PUNKNOWN port)
{
    struct port_device *device = port_device_from(fdo);
    struct ks_filter *filter;
    NTSTATUS status;

    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcRegisterSubdevice",
                    __builtin_return_address(0));
    if (!device || !name || !*name || !port)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    filter = subdevice_filter(port);
    if (!filter)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    ks_device_lock(&device->ks);
    status = add(device, filter, name, port);
    ks_device_unlock(&device->ks);
    return NT_TELL(status);
}

NTSTATUS subdevice_unregister(PDEVICE_OBJECT fdo, PUNKNOWN port)
{
    struct port_device *device = port_device_from(fdo);
    struct ks_filter *filter = subdevice_filter(port);
    NTSTATUS status = STATUS_NOT_FOUND;

    if (!device || !filter)
        return STATUS_INVALID_PARAMETER;
    ks_device_lock(&device->ks);
    LIST_EACH_SAFE(link, &device->subdevices) {
        struct subdevice *subdevice = LIST_OBJECT(link, struct subdevice, link);

        if (subdevice->filter == filter) {
            drop(device, subdevice);
            status = STATUS_SUCCESS;
            break;
        }
    }
    ks_device_unlock(&device->ks);
    return status;
}

void subdevice_remove_all(struct port_device *device)
{
    ks_device_lock(&device->ks);
    connection_remove_all(device);
    while (!list_empty(&device->subdevices)) {
        struct subdevice *subdevice =
            LIST_OBJECT(device->subdevices.next, struct subdevice, link);

        ks_events_close_all(subdevice->filter);
        drop(device, subdevice);
    }
    port_extras_release_all(device);
    ks_device_unlock(&device->ks);
}
