// SPDX-License-Identifier: MIT
//
// The Pc* functions that stand alone: factories, properties of the device, IRP helpers, time.
#include <dmusicks.h>

#include "port/port.h"

NTSTATUS NTAPI PcNewPort(PPORT *out, REFCLSID class)
{
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcNewPort",
                    __builtin_return_address(0));
    if (!out || !class)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *out = NULL;
    if (guid_equal(class, &CLSID_PortWavePci))
        return NT_TELL(wavepci_port_new(out, __builtin_return_address(0)));
    if (guid_equal(class, &CLSID_PortWaveCyclic))
        return NT_TELL(wavecyclic_port_new(out, __builtin_return_address(0)));
    if (guid_equal(class, &CLSID_PortWaveRT))
        return NT_TELL(wavert_port_new(out, __builtin_return_address(0)));
    if (guid_equal(class, &CLSID_PortTopology))
        return NT_TELL(topology_port_new(out, __builtin_return_address(0)));
    return NT_TELL(STATUS_NOT_SUPPORTED);
}

// AD-22: the miniports that portcls.sys has. None is here: they are for MIDI and FM synthesis.
static bool is_system_miniport(REFCLSID class)
{
    const GUID *const classes[] = {&CLSID_MiniportDriverDMusUART, &CLSID_MiniportDriverDMusUARTCapture,
                                   &CLSID_MiniportDriverFmSynth, &CLSID_MiniportDriverFmSynthWithVol,
                                   &CLSID_MiniportDriverUart};

    for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
        if (guid_equal(class, classes[i]))
            return true;
    return false;
}

NTSTATUS NTAPI PcNewMiniport(PMINIPORT *out, REFCLSID class)
{
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcNewMiniport",
                    __builtin_return_address(0));
    if (!out || !class)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *out = NULL;
    return NT_TELL(is_system_miniport(class) ? STATUS_NOT_IMPLEMENTED : STATUS_NOT_SUPPORTED);
}

NTSTATUS NTAPI PcGetDeviceProperty(PVOID fdo, DEVICE_REGISTRY_PROPERTY property, ULONG bytes,
                                   PVOID buffer, PULONG result)
{
    struct port_device *device = port_device_from(fdo);

    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcGetDeviceProperty",
                    __builtin_return_address(0));
    if (!device)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    return NT_TELL(IoGetDeviceProperty(device->pdo, property, bytes, buffer, result));
}

NTSTATUS NTAPI PcGetPhysicalDeviceObject(PDEVICE_OBJECT fdo, PDEVICE_OBJECT *pdo)
{
    struct port_device *device = port_device_from(fdo);

    if (!device || !pdo)
        return NT_TELL(STATUS_INVALID_PARAMETER);
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
        return NT_TELL(STATUS_INVALID_PARAMETER);
    if (status == STATUS_PENDING) {
        finding_raise_code(system, "VF-27", SIDE_DRIVER, __builtin_return_address(0), 0xC4,
                           parameters,
                           "PcCompletePendingPropertyRequest called with STATUS_PENDING");
        return NT_TELL(STATUS_INVALID_PARAMETER);
    }
    ks_property_complete(request, status);
    return STATUS_SUCCESS;
}
