/* SPDX-License-Identifier: MIT */
/* A driver whose DriverEntry fails. */
#include <portcls.h>

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    (void)driver, (void)registry_path;
    return STATUS_INSUFFICIENT_RESOURCES;
}
