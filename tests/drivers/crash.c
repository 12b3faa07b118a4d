/* SPDX-License-Identifier: MIT */
/* A driver that dereferences NULL at DISPATCH_LEVEL with a spin lock held. */
#include <portcls.h>

static KSPIN_LOCK lock;

static NTSTATUS NTAPI start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources)
{
    volatile LONG *volatile nowhere = NULL;
    KIRQL irql;

    (void)device, (void)irp, (void)resources;
    KeInitializeSpinLock(&lock);
    KeAcquireSpinLock(&lock, &irql);
    *nowhere = 1;
    KeReleaseSpinLock(&lock, irql);
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
