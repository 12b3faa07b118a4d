// SPDX-License-Identifier: MIT
//
// KsCancelIo: a driver's queue of IRPs is cancelled as a whole.
#include "tests/ps_test.h"

#include <ks.h>

#include "tests/kernel_stack.h"

static LIST_ENTRY queue;
static KSPIN_LOCK queue_lock;
static unsigned cancelled;
static PKSPIN_LOCK lock_seen;

static VOID NTAPI take_out(PDEVICE_OBJECT device, PIRP irp)
{
    KIRQL irql;

    IoReleaseCancelSpinLock(irp->CancelIrql);
    lock_seen = KSQUEUE_SPINLOCK_IRP_STORAGE(irp);
    KeAcquireSpinLock(lock_seen, &irql);
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
    KeReleaseSpinLock(lock_seen, irql);
    cancelled++;
    irp->IoStatus.Status = STATUS_CANCELLED;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

// IRPs 1 and 2 have a cancel routine, IRP 0 has none.
static NTSTATUS NTAPI queue_one(PDEVICE_OBJECT device, PIRP irp)
{
    KIRQL irql;

    IoMarkIrpPending(irp);
    KeAcquireSpinLock(&queue_lock, &irql);
    if (!IsListEmpty(&queue))
        IoSetCancelRoutine(irp, take_out);
    InsertTailList(&queue, &irp->Tail.Overlay.ListEntry);
    KeReleaseSpinLock(&queue_lock, irql);
    return STATUS_PENDING;
}

static KEVENT done[3];
static PIRP irps[3];

static void fill(void)
{
    InitializeListHead(&queue);
    KeInitializeSpinLock(&queue_lock);
    cancelled = 0;
    lock_seen = NULL;
    lower_dispatch = queue_one;
    stack_create(false);
    for (unsigned i = 0; i < 3; i++) {
        KeInitializeEvent(&done[i], NotificationEvent, FALSE);
        irps[i] = stack_irp(1, &done[i]);
        assert_int_equal(IoCallDriver(lower_device, irps[i]), STATUS_PENDING);
    }
}

static void complete_first(void)
{
    RemoveEntryList(&irps[0]->Tail.Overlay.ListEntry);
    irps[0]->IoStatus.Status = STATUS_CANCELLED;
    IoCompleteRequest(irps[0], IO_NO_INCREMENT);
}

static void empty(void)
{
    for (unsigned i = 0; i < 3; i++) {
        KeWaitForSingleObject(&done[i], Executive, KernelMode, FALSE, NULL);
        IoFreeIrp(irps[i]);
    }
    stack_drop();
}

static void cancel_all(void *argument)
{
    bool *at_dispatch = argument;
    KIRQL irql = PASSIVE_LEVEL;

    fill();
    if (*at_dispatch)
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
    KsCancelIo(&queue, &queue_lock);
    if (*at_dispatch)
        KeLowerIrql(irql);
    assert_int_equal(cancelled, 2);
    assert_ptr_equal(lock_seen, &queue_lock);
    assert_true(irps[0]->Cancel); // the bit only: it is still queued
    assert_ptr_equal(queue.Flink, &irps[0]->Tail.Overlay.ListEntry);
    assert_ptr_equal(queue.Flink->Flink, &queue);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    complete_first();
    empty();
}

PS_TEST(a_queue_is_cancelled_at_any_level_up_to_dispatch, "KP-49")
{
    for (int at_dispatch = 0; at_dispatch < 2; at_dispatch++) {
        bool raised = at_dispatch;
        struct kernel_rig rig = kernel_rig_do(cancel_all, &raised);

        kernel_rig_clean(&rig);
    }
}

// The driver completes an IRP of the queue as drivers do, while the queue is cancelled on another processor.
static bool completed_one, missed_one;
static unsigned delay; // microseconds

static void complete_second(void *argument)
{
    bool mine = false;
    KIRQL irql;

    KeStallExecutionProcessor(delay);
    KeAcquireSpinLock(&queue_lock, &irql);
    if (IoSetCancelRoutine(irps[1], NULL)) {
        RemoveEntryList(&irps[1]->Tail.Overlay.ListEntry);
        mine = true;
    }
    KeReleaseSpinLock(&queue_lock, irql);
    completed_one |= mine;
    missed_one |= !mine;
    if (!mine)
        return;
    irps[1]->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irps[1], IO_NO_INCREMENT);
}

static void race(void *argument)
{
    fill();
    assert_non_null(kernel_thread(system_current, "driver", complete_second, NULL));
    KsCancelIo(&queue, &queue_lock);
    complete_first();
    empty();
    assert_true(IsListEmpty(&queue));
}

PS_TEST(an_irp_is_ended_once_whoever_is_first, "KP-49", "KP-47")
{
    completed_one = missed_one = false;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct kernel_rig rig = kernel_rig_new(2, chooser_seeded(seed));

        delay = seed % 4;
        kernel_rig_thread(&rig, "test", race, NULL);
        kernel_rig_run(&rig);
        kernel_rig_clean(&rig);
    }
    assert_true(completed_one && missed_one); // both happened
}
