/* SPDX-License-Identifier: MIT */
/* A driver that never comes back from DriverEntry: it waits for an event that nobody sets. */
#include <portcls.h>

DRIVER_INITIALIZE DriverEntry;

__attribute__((noinline)) static NTSTATUS wait_for_nobody(void)
{
    KEVENT event;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    NTSTATUS status = wait_for_nobody();

    (void)driver, (void)registry_path;
    return status;
}
