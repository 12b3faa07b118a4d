/* SPDX-License-Identifier: MIT */
/* A driver that never comes back from DriverEntry, though time goes on: it polls for what never comes. */
#include <portcls.h>

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    volatile LONG ready = 0;

    while (!ready)
        KeStallExecutionProcessor(50);
    (void)driver, (void)registry_path;
    return STATUS_SUCCESS;
}
