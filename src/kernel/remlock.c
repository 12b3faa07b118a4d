// SPDX-License-Identifier: MIT
//
// Remove locks: how many users a device has, and waiting for the last. The count starts at one,
// which IoReleaseRemoveLockAndWait gives back.
#include "kernel/private.h"

VOID NTAPI IoInitializeRemoveLockEx(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes,
                                    ULONG HighWatermark, ULONG RemlockSize)
{
    Lock->Common.Removed = FALSE;
    Lock->Common.IoCount = 1;
    KeInitializeEvent(&Lock->Common.RemoveEvent, SynchronizationEvent, FALSE);
}

NTSTATUS NTAPI IoAcquireRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, PCSTR File, ULONG Line,
                                     ULONG RemlockSize)
{
    NT_SERVICE(COST_SERVICE);

    irp_irql(system, "IoAcquireRemoveLock", CALLER);
    if (RemoveLock->Common.Removed)
        return NT_TELL(STATUS_DELETE_PENDING);
    RemoveLock->Common.IoCount++;
    return STATUS_SUCCESS;
}

static void release(struct ps_system *system, PIO_REMOVE_LOCK lock, const void *caller)
{
    if (lock->Common.IoCount <= 0)
        kernel_misuse(system, "VF-37", caller, CODE_VERIFIER, 0x1007, (uintptr_t)lock, 0, 0,
                      "a remove lock is released more often than it was acquired");
    else if (--lock->Common.IoCount == 0)
        event_set(system, &lock->Common.RemoveEvent);
}

VOID NTAPI IoReleaseRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG RemlockSize)
{
    NT_SERVICE(COST_SERVICE);
    irp_irql(system, "IoReleaseRemoveLock", CALLER);
    release(system, RemoveLock, CALLER);
}

VOID NTAPI IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG RemlockSize)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, "IoReleaseRemoveLockAndWait", CALLER);
    RemoveLock->Common.Removed = TRUE;
    release(system, RemoveLock, CALLER);
    release(system, RemoveLock, CALLER);
    if (RemoveLock->Common.IoCount > 0)
        KeWaitForSingleObject(&RemoveLock->Common.RemoveEvent, Executive, KernelMode, FALSE, NULL);
}
