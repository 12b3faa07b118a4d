/* SPDX-License-Identifier: MIT */
/*
 * DriverEntry, AddDevice, StartDevice: one adapter with one wave subdevice.
 */
#include "sb16.h"

enum { SUBDEVICES = 1 };

static WCHAR wave_name[] = {'W', 'a', 'v', 'e', 0};

static NTSTATUS install(PDEVICE_OBJECT device, PIRP irp, PUNKNOWN adapter, PRESOURCELIST resources)
{
    PUNKNOWN miniport;
    NTSTATUS status;
    PPORT port;

    status = PcNewPort(&port, &CLSID_PortWaveCyclic);
    if (!NT_SUCCESS(status))
        return status;
    status = wave_create(&miniport);
    if (NT_SUCCESS(status)) {
        status = port->lpVtbl->Init(port, device, irp, miniport, adapter, resources);
        miniport->lpVtbl->Release(miniport);
    }
    if (NT_SUCCESS(status))
        status = PcRegisterSubdevice(device, wave_name, (PUNKNOWN)port);
    port->lpVtbl->Release(port);
    return status;
}

static BOOLEAN has(PRESOURCELIST resources, CM_RESOURCE_TYPE type, ULONG count)
{
    return resources->lpVtbl->NumberOfEntriesOfType(resources, type) >= count;
}

static NTSTATUS NTAPI start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources)
{
    NTSTATUS status;
    CARD *card;

    if (!has(resources, CmResourceTypePort, 1) || !has(resources, CmResourceTypeInterrupt, 1) ||
        !has(resources, CmResourceTypeDma, WIDTHS))
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    status = card_create(&card, resources);
    if (!NT_SUCCESS(status))
        return status;
    status = install(device, irp, &card->unknown, resources);
    card->unknown.lpVtbl->Release(&card->unknown);
    return status;
}

static NTSTATUS NTAPI add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT device)
{
    return PcAddAdapterDevice(driver, device, start_device, SUBDEVICES, 0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    return PcInitializeAdapterDriver(driver, registry_path, add_device);
}
