// SPDX-License-Identifier: MIT
//
// The adapter driver's frame (AD-1..9, AD-79): PcInitializeAdapterDriver fills the DRIVER_OBJECT,
// PcAddAdapterDevice makes the FDO, and the PnP part of the dispatch routine starts and removes it. Our record
// of a device lives in pool; element 0 of the device extension points to it, the rest of the extension's
// head is zero and elements 4..7 and the bytes behind it are the adapter's (AD-5).
#include "port/port.h"

#include "port/pnp.h"
#include "port/power.h"
#include "port/subdevice.h"

#define TAG_ADAPTER 0x44417350u // "PsAD"

struct port_device *port_device_from(PDEVICE_OBJECT fdo)
{
    return fdo && fdo->DeviceExtension ? *(struct port_device **)fdo->DeviceExtension : NULL;
}

static NTSTATUS complete(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

// ---- start -------------------------------------------------------------------------------------------

static NTSTATUS make_resources(PIRP irp, PRESOURCELIST *out)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);

    return PcNewResourceList(out, NULL, PagedPool,
                             stack->Parameters.StartDevice.AllocatedResourcesTranslated,
                             stack->Parameters.StartDevice.AllocatedResources);
}

static NTSTATUS call_start(struct port_device *device, PIRP irp)
{
    struct ps_system *system = device->ks.system;
    struct kernel_call call;
    PRESOURCELIST resources;
    NTSTATUS status;

    status = make_resources(irp, &resources);
    if (!NT_SUCCESS(status))
        return status;
    kernel_call_enter(system, &call);
    status = device->start(device->fdo, irp, resources);
    kernel_call_leave(system, &call, "VF-59", "StartDevice", device->start);
    kernel_tell(status, "StartDevice", device->start);
    resources->lpVtbl->Release(resources);
    return status;
}

static NTSTATUS start(struct port_device *device, PIRP irp)
{
    NTSTATUS status = PcForwardIrpSynchronous(device->fdo, irp);

    device->ks.gone = false; // a stopped device may start again
    if (NT_SUCCESS(status))
        status = call_start(device, irp);
    if (NT_SUCCESS(status)) {
        device->started = true;
        port_idle_start(device);
        port_timeouts_start(device);
    } else {
        subdevice_remove_all(device); // AD-8
    }
    return complete(irp, status);
}

// ---- removal -----------------------------------------------------------------------------------------

static void close_streams(struct ks_filter *filter)
{
    LIST_EACH(link, &filter->pins)
        ks_pin_set_state(LIST_OBJECT(link, struct ks_pin, link), KSSTATE_STOP);
}

// AD-79 up to the ports: no opens, streams to STOP, filters and connections gone.
static void stop(struct port_device *device)
{
    port_idle_stop(device);
    port_timeouts_stop(device);
    ks_device_lock(&device->ks);
    device->ks.gone = true;
    LIST_EACH(link, &device->ks.filters)
        close_streams(LIST_OBJECT(link, struct ks_filter, link));
    ks_device_unlock(&device->ks);
    port_pnp_stopped(device);
    subdevice_remove_all(device);
    port_power_forget(device);
    device->started = false;
}

static NTSTATUS forward(struct port_device *device, PIRP irp)
{
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(device->next, irp);
}

static NTSTATUS remove(struct port_device *device, PIRP irp)
{
    PDEVICE_OBJECT fdo = device->fdo;
    NTSTATUS status;

    stop(device);
    port_pnp_forget(device);
    port_timeouts_free(device);
    KeFlushQueuedDpcs();
    irp->IoStatus.Status = STATUS_SUCCESS;
    status = forward(device, irp);
    IoDetachDevice(device->next);
    port_free(device);
    IoDeleteDevice(fdo);
    return status;
}

static NTSTATUS query_capabilities(struct port_device *device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    NTSTATUS status = PcForwardIrpSynchronous(device->fdo, irp);

    if (NT_SUCCESS(status))
        port_power_capabilities(device, stack->Parameters.DeviceCapabilities.Capabilities);
    return complete(irp, status);
}

static NTSTATUS pnp(struct port_device *device, PIRP irp)
{
    switch (IoGetCurrentIrpStackLocation(irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return start(device, irp);
    case IRP_MN_QUERY_CAPABILITIES:
        return query_capabilities(device, irp);
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        stop(device);
        irp->IoStatus.Status = STATUS_SUCCESS;
        return forward(device, irp);
    case IRP_MN_REMOVE_DEVICE:
        return remove(device, irp);
    case IRP_MN_QUERY_STOP_DEVICE:
        if (!port_pnp_query_stop(device))
            return complete(irp, STATUS_UNSUCCESSFUL);
        irp->IoStatus.Status = STATUS_SUCCESS;
        return forward(device, irp);
    case IRP_MN_CANCEL_STOP_DEVICE:
        port_pnp_cancel_stop(device);
        irp->IoStatus.Status = STATUS_SUCCESS;
        return forward(device, irp);
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        irp->IoStatus.Status = STATUS_SUCCESS;
        return forward(device, irp);
    default:
        return forward(device, irp);
    }
}

// ---- dispatch ----------------------------------------------------------------------------------------

static NTSTATUS dispatch(struct port_device *device, PIRP irp)
{
    switch (IoGetCurrentIrpStackLocation(irp)->MajorFunction) {
    case IRP_MJ_PNP:
        return pnp(device, irp);
    case IRP_MJ_POWER:
        return port_power_irp(device, irp);
    case IRP_MJ_SYSTEM_CONTROL:
        return forward(device, irp);
    default:
        port_idle_touch(device);
        return ks_dispatch(&device->ks, irp);
    }
}

static NTSTATUS NTAPI dispatch_irp(PDEVICE_OBJECT fdo, PIRP irp)
{
    return dispatch(port_device_from(fdo), irp);
}

NTSTATUS NTAPI PcDispatchIrp(PDEVICE_OBJECT fdo, PIRP irp)
{
    struct port_device *device = port_device_from(fdo);

    if (!device || !irp)
        return STATUS_INVALID_PARAMETER;
    return dispatch(device, irp);
}

// ---- the driver --------------------------------------------------------------------------------------

static VOID NTAPI unload(PDRIVER_OBJECT driver)
{
    (void)driver; // devices are gone; PortCls keeps nothing per driver
}

NTSTATUS NTAPI PcInitializeAdapterDriver(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path,
                                         PDRIVER_ADD_DEVICE add_device)
{
    static const UCHAR majors[] = {
        IRP_MJ_CREATE,        IRP_MJ_CLOSE,          IRP_MJ_CLEANUP,      IRP_MJ_READ,
        IRP_MJ_WRITE,         IRP_MJ_DEVICE_CONTROL, IRP_MJ_FLUSH_BUFFERS, IRP_MJ_PNP,
        IRP_MJ_POWER,         IRP_MJ_SYSTEM_CONTROL, IRP_MJ_QUERY_SECURITY,
        IRP_MJ_SET_SECURITY,
    };

    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcInitializeAdapterDriver",
                    __builtin_return_address(0));
    if (!driver || !registry_path || !add_device)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    for (size_t i = 0; i < sizeof(majors); i++)
        driver->MajorFunction[majors[i]] = dispatch_irp;
    driver->DriverExtension->AddDevice = add_device;
    driver->DriverUnload = unload;
    return STATUS_SUCCESS;
}

// ---- the device --------------------------------------------------------------------------------------

static bool extension_ok(struct ps_system *system, ULONG bytes, const void *caller)
{
    const uint64_t parameters[4] = {0x00071007, bytes, PORT_CLASS_DEVICE_EXTENSION_SIZE, 0};

    if (bytes == 0 || bytes >= PORT_CLASS_DEVICE_EXTENSION_SIZE)
        return true;
    finding_raise_code(system, "VF-26", SIDE_DRIVER, caller, 0xC4, parameters,
                       "PcAddAdapterDevice with a device extension of %u bytes: 0 or at least %u",
                       bytes, (unsigned)PORT_CLASS_DEVICE_EXTENSION_SIZE);
    return false;
}

NTSTATUS NTAPI PcAddAdapterDevice(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo,
                                  PCPFNSTARTDEVICE start_device, ULONG max_objects,
                                  ULONG extension_bytes)
{
    struct ps_system *system = system_here(__func__);
    struct port_device *device;
    PDEVICE_OBJECT fdo;
    NTSTATUS status;

    port_check_irql(system, PASSIVE_LEVEL, "PcAddAdapterDevice", __builtin_return_address(0));
    if (!driver || !pdo || !start_device || !max_objects ||
        !extension_ok(system, extension_bytes, __builtin_return_address(0)))
        return NT_TELL(STATUS_INVALID_PARAMETER);
    if (!extension_bytes)
        extension_bytes = PORT_CLASS_DEVICE_EXTENSION_SIZE;
    device = port_allocate(sizeof(*device), TAG_ADAPTER);
    if (!device)
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    status = IoCreateDevice(driver, extension_bytes, NULL, FILE_DEVICE_KS, 0, FALSE, &fdo);
    if (!NT_SUCCESS(status)) {
        port_free(device);
        return NT_TELL(status);
    }
    kernel_own_power(system, fdo);
    ks_device_init(&device->ks, system, fdo);
    device->fdo = fdo;
    device->pdo = device->ks.pdo = pdo;
    device->start = start_device;
    device->max_subdevices = max_objects;
    list_init(&device->subdevices);
    list_init(&device->connections);
    list_init(&device->ports);
    list_init(&device->timeouts);
    port_power_init(device);
    device->position_lock = port_setting(pdo, "DispatchSettings", "UsePositionLock", 0) != 0;
    *(struct port_device **)fdo->DeviceExtension = device;
    device->next = IoAttachDeviceToDeviceStack(fdo, pdo);
    if (!device->next) {
        port_free(device);
        IoDeleteDevice(fdo);
        return NT_TELL(STATUS_NO_SUCH_DEVICE);
    }
    fdo->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}
