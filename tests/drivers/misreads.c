/* SPDX-License-Identifier: MIT */
/* A driver that reads a register of the AC'97 controller off its natural boundary (AC-66). */
#include <portcls.h>

static NTSTATUS NTAPI start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources)
{
    PCM_PARTIAL_RESOURCE_DESCRIPTOR ports = COM_CALL(resources, FindTranslatedEntry, CmResourceTypePort, 1);

    (void)device, (void)irp;
    READ_PORT_USHORT((PUSHORT)(ULONG_PTR)(ports->u.Port.Start.QuadPart + 0x11));
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    return PcAddAdapterDevice(driver, pdo, start_device, 1, 0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    return PcInitializeAdapterDriver(driver, registry_path, add_device);
}
