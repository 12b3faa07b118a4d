/* SPDX-License-Identifier: MIT */
/* A driver that wants what is not there: two listed services that are missing, and one that nobody has heard of. */
#include <portcls.h>

VOID NTAPI PcNoSuchService(VOID);

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    PcNoSuchService();
    IoStartNextPacket(driver->DeviceObject, FALSE);
    MmProtectMdlSystemAddress((PMDL)registry_path, 0);
    return STATUS_SUCCESS;
}
