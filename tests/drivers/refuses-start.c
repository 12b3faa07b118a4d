/* SPDX-License-Identifier: MIT */
/* A driver whose StartDevice gives up: a call of its fails, or none does (built with OF_ITS_OWN). */
#include <portcls.h>

DRIVER_INITIALIZE DriverEntry;
DRIVER_ADD_DEVICE AddDevice;

__attribute__((noinline)) static NTSTATUS connect(PRESOURCELIST resources)
{
    PINTERRUPTSYNC sync = NULL;
    NTSTATUS status = STATUS_DEVICE_CONFIGURATION_ERROR;

#ifndef OF_ITS_OWN
    status = PcNewInterruptSync(&sync, NULL, resources, 7, InterruptSyncModeNormal); /* there is one interrupt */
#endif
    if (sync)
        COM_CALL(sync, Release);
    return status;
}

static NTSTATUS NTAPI start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources)
{
    NTSTATUS status = connect(resources);

    (void)device, (void)irp;
    return status;
}

NTSTATUS NTAPI AddDevice(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    return PcAddAdapterDevice(driver, pdo, start_device, 1, 0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    return PcInitializeAdapterDriver(driver, registry_path, AddDevice);
}
