/* SPDX-License-Identifier: MIT */
/* A driver that overruns a pool block when it starts (OVERRUN), or is unloaded with its timer armed. */
#include <portcls.h>

static KTIMER timer;
static KDPC dpc;

static VOID NTAPI due(PKDPC own, PVOID context, PVOID one, PVOID two)
{
    (void)own, (void)context, (void)one, (void)two;
}

static NTSTATUS NTAPI start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources)
{
    LARGE_INTEGER later;

    (void)device, (void)irp, (void)resources;
#ifdef OVERRUN
    volatile UCHAR *block = ExAllocatePoolWithTag(NonPagedPool, 24, 'nuRO');
    volatile SIZE_T end = 24;

    if (!block)
        return STATUS_INSUFFICIENT_RESOURCES;
    block[end] = 1;
    ExFreePoolWithTag((PVOID)block, 'nuRO');
#endif
    KeInitializeTimer(&timer);
    KeInitializeDpc(&dpc, due, NULL);
    later.QuadPart = -10000000000ll;
    KeSetTimer(&timer, later, &dpc);
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
