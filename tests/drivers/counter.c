/* SPDX-License-Identifier: MIT */
/* A driver with state of its own: AddDevice refuses unless its static counter is still 0. */
#include <portcls.h>

static LONG devices;

static NTSTATUS NTAPI start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources)
{
    (void)device, (void)irp, (void)resources;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT device)
{
    if (devices++ != 0)
        return STATUS_DEVICE_BUSY;
    return PcAddAdapterDevice(driver, device, start_device, 1, 0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    return PcInitializeAdapterDriver(driver, registry_path, add_device);
}
