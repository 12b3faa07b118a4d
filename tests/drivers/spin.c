/* SPDX-License-Identifier: MIT */
/* A driver that never comes back from DriverEntry and never passes a scheduling point. */
#include <portcls.h>

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    volatile LONG forever = 1;

    (void)driver, (void)registry_path;
    while (forever)
        ;
    return STATUS_SUCCESS;
}
