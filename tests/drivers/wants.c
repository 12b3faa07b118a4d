/* SPDX-License-Identifier: MIT */
/* A driver that wants what is not there: two listed services that are missing, and one that nobody has heard of. */
#include <ntifs.h>
#include <portcls.h>

VOID NTAPI PcNoSuchService(VOID);

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    PEPROCESS process;
    PETHREAD thread;

    (void)driver, (void)registry_path;
    PcNoSuchService();
    PsLookupProcessByProcessId(NULL, &process);
    return PsLookupThreadByThreadId(NULL, &thread);
}
