// SPDX-License-Identifier: MIT
//
// What ks.sys offers to drivers with a queue of IRPs of their own.
#include "ks/ks.h"

// The first IRP of the queue that is not being cancelled; the queue's lock is held.
static PIRP next_to_cancel(PLIST_ENTRY head)
{
    for (PLIST_ENTRY at = head->Flink; at != head; at = at->Flink) {
        PIRP irp = CONTAINING_RECORD(at, IRP, Tail.Overlay.ListEntry);

        if (!irp->Cancel)
            return irp;
    }
    return NULL;
}

// The lock is dropped around each cancel routine, which takes it to take its IRP out. An IRP whose routine was taken
// stays until that routine completes it (KP-47).
VOID NTAPI KsCancelIo(PLIST_ENTRY QueueHead, PKSPIN_LOCK SpinLock)
{
    struct ps_system *system = system_here(__func__);
    PDRIVER_CANCEL routine;
    KIRQL irql;
    PIRP irp;

    KeAcquireSpinLock(SpinLock, &irql);
    while ((irp = next_to_cancel(QueueHead))) {
        routine = kernel_cancel_take(system, irp);
        if (!routine)
            continue;
        KSQUEUE_SPINLOCK_IRP_STORAGE(irp) = SpinLock;
        KeReleaseSpinLock(SpinLock, irql);
        kernel_cancel_taken(system, irp, routine);
        KeAcquireSpinLock(SpinLock, &irql);
    }
    KeReleaseSpinLock(SpinLock, irql);
}
