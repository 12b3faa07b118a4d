// SPDX-License-Identifier: MIT
//
// DriverEntry, AddDevice, StartDevice: one adapter with one wave subdevice.
#include "multi.h"

static WCHAR WaveName[] = {'W', 'a', 'v', 'e', 0};

static NTSTATUS InitAndRegister(PDEVICE_OBJECT Device, PIRP Irp, PPORT Port, PUNKNOWN Miniport,
                                PRESOURCELIST Resources)
{
    NTSTATUS status = Port->Init(Device, Irp, Miniport, NULL, Resources);

    if (NT_SUCCESS(status))
        status = PcRegisterSubdevice(Device, WaveName, Port);
    return status;
}

static NTSTATUS NTAPI StartDevice(PDEVICE_OBJECT Device, PIRP Irp, PRESOURCELIST Resources)
{
    PUNKNOWN miniport = NULL;
    PPORT port = NULL;
    NTSTATUS status;

    PAGED_CODE();
    if (Resources->NumberOfMemories() < 1)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    status = PcNewPort(&port, CLSID_PortWavePci);
    if (NT_SUCCESS(status))
        status = NewMiniport(&miniport);
    if (NT_SUCCESS(status))
        status = InitAndRegister(Device, Irp, port, miniport, Resources);
    SafeRelease(miniport);
    SafeRelease(port);
    return status;
}

static NTSTATUS NTAPI AddDevice(PDRIVER_OBJECT Driver, PDEVICE_OBJECT Device)
{
    PAGED_CODE();
    return PcAddAdapterDevice(Driver, Device, StartDevice, 1, 0);
}

extern "C" NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    return PcInitializeAdapterDriver(Driver, RegistryPath, AddDevice);
}
