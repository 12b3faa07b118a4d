/* SPDX-License-Identifier: MIT */
/* A driver that writes one byte behind its pool block. */
#include <portcls.h>

static NTSTATUS NTAPI start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources)
{
    volatile UCHAR *block = ExAllocatePoolWithTag(NonPagedPool, 64, 'nurO');

    (void)device, (void)irp, (void)resources;
    if (!block)
        return STATUS_INSUFFICIENT_RESOURCES;
    block[64] = 1;
    ExFreePoolWithTag((PVOID)block, 'nurO');
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT device)
{
    return PcAddAdapterDevice(driver, device, start_device, 1, 0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    return PcInitializeAdapterDriver(driver, registry_path, add_device);
}
