// SPDX-License-Identifier: MIT
//
// The Pc* functions that stand alone: factories, properties of the device, IRP helpers, time.
#include "port/port.h"

NTSTATUS NTAPI PcNewPort(PPORT *out, REFCLSID class)
{
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcNewPort",
                    __builtin_return_address(0));
    if (!out || !class)
        return STATUS_INVALID_PARAMETER;
    *out = NULL;
    if (guid_equal(class, &CLSID_PortWavePci))
        return wavepci_port_new(out);
    if (guid_equal(class, &CLSID_PortWaveRT))
        return wavert_port_new(out);
    if (guid_equal(class, &CLSID_PortTopology))
        return topology_port_new(out);
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS NTAPI PcNewMiniport(PMINIPORT *out, REFCLSID class)
{
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcNewMiniport",
                    __builtin_return_address(0));
    if (!out || !class)
        return STATUS_INVALID_PARAMETER;
    *out = NULL;
    return STATUS_NOT_IMPLEMENTED; // AD-22: no system miniports here
}

NTSTATUS NTAPI PcGetDeviceProperty(PVOID fdo, DEVICE_REGISTRY_PROPERTY property, ULONG bytes,
                                   PVOID buffer, PULONG result)
{
    struct port_device *device = port_device_from(fdo);

    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcGetDeviceProperty",
                    __builtin_return_address(0));
    if (!device)
        return STATUS_INVALID_PARAMETER;
    return IoGetDeviceProperty(device->pdo, property, bytes, buffer, result);
}

NTSTATUS NTAPI PcGetPhysicalDeviceObject(PDEVICE_OBJECT fdo, PDEVICE_OBJECT *pdo)
{
    struct port_device *device = port_device_from(fdo);

    if (!device || !pdo)
        return STATUS_INVALID_PARAMETER;
    *pdo = device->pdo;
    return STATUS_SUCCESS;
}

ULONGLONG NTAPI PcGetTimeInterval(ULONGLONG since)
{
    LARGE_INTEGER now;

    KeQuerySystemTime(&now);
    return (ULONGLONG)now.QuadPart - since;
}

NTSTATUS NTAPI PcCompleteIrp(PDEVICE_OBJECT fdo, PIRP irp, NTSTATUS status)
{
    (void)fdo;
    port_check_irql(system_here(__func__), DISPATCH_LEVEL, "PcCompleteIrp",
                    __builtin_return_address(0));
    if (!irp)
        return STATUS_INVALID_PARAMETER;
    if (status != STATUS_PENDING) {
        irp->IoStatus.Status = status;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
    }
    return status;
}

static NTSTATUS NTAPI forwarded(PDEVICE_OBJECT device, PIRP irp, PVOID event)
{
    (void)device;
    if (irp->PendingReturned)
        KeSetEvent(event, 0, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED; // the IRP stays ours (AD-28)
}

NTSTATUS NTAPI PcForwardIrpSynchronous(PDEVICE_OBJECT fdo, PIRP irp)
{
    struct port_device *device = port_device_from(fdo);
    NTSTATUS status;
    KEVENT event;

    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcForwardIrpSynchronous",
                    __builtin_return_address(0));
    if (!device || !irp)
        return STATUS_INVALID_PARAMETER;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, forwarded, &event, TRUE, TRUE, TRUE);
    status = IoCallDriver(device->next, irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
        status = irp->IoStatus.Status;
    }
    return status;
}

NTSTATUS NTAPI PcCompletePendingPropertyRequest(PPCPROPERTY_REQUEST request, NTSTATUS status)
{
    struct ps_system *system = system_here(__func__);
    const uint64_t parameters[4] = {0x00071008, (uintptr_t)request, (uint32_t)status, 0};

    port_check_irql(system, DISPATCH_LEVEL, "PcCompletePendingPropertyRequest",
                    __builtin_return_address(0));
    if (!request)
        return STATUS_INVALID_PARAMETER;
    if (status == STATUS_PENDING) {
        finding_raise_code(system, "VF-27", SIDE_DRIVER, __builtin_return_address(0), 0xC4,
                           parameters,
                           "PcCompletePendingPropertyRequest called with STATUS_PENDING");
        return STATUS_INVALID_PARAMETER;
    }
    ks_property_complete(request, status);
    return STATUS_SUCCESS;
}

// A stub: this release has no registry behind device and driver keys (AD-70).
NTSTATUS NTAPI PcNewRegistryKey(PREGISTRYKEY *out, PUNKNOWN outer, ULONG type, ACCESS_MASK access,
                                PVOID fdo, PVOID subdevice, POBJECT_ATTRIBUTES attributes,
                                ULONG options, PULONG disposition)
{
    (void)outer, (void)type, (void)access, (void)fdo, (void)subdevice;
    (void)attributes, (void)options, (void)disposition;
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcNewRegistryKey",
                    __builtin_return_address(0));
    if (!out)
        return STATUS_INVALID_PARAMETER;
    *out = NULL;
    return STATUS_NOT_IMPLEMENTED;
}

// ---- power management (AD-60, AD-61) -----------------------------------------------------------------

static void power_misuse(struct ps_system *system, const char *text, const void *caller)
{
    const uint64_t parameters[4] = {0x00071006, 0, 0, 0};

    finding_raise_code(system, "VF-25", SIDE_DRIVER, caller, 0xC4, parameters, "%s", text);
}

NTSTATUS NTAPI PcRegisterAdapterPowerManagement(PUNKNOWN unknown, PVOID fdo)
{
    struct ps_system *system = system_here(__func__);
    struct port_device *device = port_device_from(fdo);
    PVOID power;
    NTSTATUS status;

    port_check_irql(system, PASSIVE_LEVEL, "PcRegisterAdapterPowerManagement",
                    __builtin_return_address(0));
    if (!unknown || !device)
        return STATUS_INVALID_PARAMETER;
    if (device->power) {
        power_misuse(system, "adapter power management registered twice",
                     __builtin_return_address(0));
        return STATUS_UNSUCCESSFUL;
    }
    status = unknown->lpVtbl->QueryInterface(unknown, &IID_IAdapterPowerManagement, &power);
    if (NT_SUCCESS(status))
        device->power = power;
    return status;
}

NTSTATUS NTAPI PcUnregisterAdapterPowerManagement(PDEVICE_OBJECT fdo)
{
    struct ps_system *system = system_here(__func__);
    struct port_device *device = port_device_from(fdo);

    port_check_irql(system, PASSIVE_LEVEL, "PcUnregisterAdapterPowerManagement",
                    __builtin_return_address(0));
    if (!device)
        return STATUS_INVALID_PARAMETER;
    if (!device->power) {
        power_misuse(system, "adapter power management unregistered without registration",
                     __builtin_return_address(0));
        return STATUS_UNSUCCESSFUL;
    }
    device->power->lpVtbl->Release(device->power);
    device->power = NULL;
    return STATUS_SUCCESS;
}
