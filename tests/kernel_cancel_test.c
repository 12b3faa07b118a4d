// SPDX-License-Identifier: MIT
//
// Cancelling IRPs: the protocol, its races swept exhaustively, cancel-safe queues.
#include "ps_test.h"

#include "kernel_stack.h"

static void park_one(PKEVENT done, PIRP *out)
{
    KeInitializeEvent(done, NotificationEvent, FALSE);
    *out = stack_irp(1, done);
    assert_int_equal(IoCallDriver(lower_device, *out), STATUS_PENDING);
}

static void cancel_once(void *argument)
{
    KEVENT done;
    PIRP irp;

    lower_dispatch = park;
    stack_create(false);
    park_one(&done, &irp);
    assert_true(IoCancelIrp(irp));
    assert_int_equal(completed_with, STATUS_CANCELLED);
    assert_true(irp->Cancel);
    IoFreeIrp(irp);
    stack_drop();
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

PS_TEST(cancelling_calls_the_routine_with_the_lock, "SV-63", "SV-64")
{
    struct kernel_rig rig = kernel_rig_do(cancel_once, NULL);

    kernel_rig_clean(&rig);
}

static NTSTATUS NTAPI keep(PDEVICE_OBJECT device, PIRP irp)
{
    parked = irp;
    IoMarkIrpPending(irp);
    return STATUS_PENDING;
}

static void exchange(void *argument)
{
    KEVENT done;
    PIRP irp;

    lower_dispatch = keep;
    stack_create(false);
    park_one(&done, &irp);
    assert_false(IoCancelIrp(irp)); // no routine: only the flag
    assert_true(irp->Cancel);
    assert_null(IoSetCancelRoutine(irp, cancel_parked));
    assert_ptr_equal(IoSetCancelRoutine(irp, NULL), cancel_parked);
    assert_null(IoSetCancelRoutine(irp, NULL));
    irp->IoStatus.Status = STATUS_CANCELLED;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    IoFreeIrp(irp);
    stack_drop();
}

PS_TEST(setting_a_cancel_routine_exchanges, "SV-62")
{
    struct kernel_rig rig = kernel_rig_do(exchange, NULL);

    kernel_rig_clean(&rig);
}

static VOID NTAPI keeps_the_lock(PDEVICE_OBJECT device, PIRP irp)
{
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
}

static void cancel_keeps_lock(void *argument)
{
    KEVENT done;
    PIRP irp;

    lower_dispatch = keep;
    stack_create(false);
    park_one(&done, &irp);
    IoSetCancelRoutine(irp, keeps_the_lock);
    assert_true(IoCancelIrp(irp));
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    irp->IoStatus.Status = STATUS_CANCELLED;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    IoFreeIrp(irp);
    stack_drop();
}

PS_TEST(a_cancel_routine_that_keeps_the_lock_is_found, "SV-64", "VF-118")
{
    kernel_rig_misuse(cancel_keeps_lock, "VF-118", 0xC4, 0x40009);
}

static void cancel_freed(void *argument)
{
    PIRP irp = IoAllocateIrp(1, FALSE);

    IoFreeIrp(irp);
    IoCancelIrp(irp);
}

PS_TEST(cancelling_a_freed_irp_is_found, "VF-135")
{
    kernel_rig_misuse(cancel_freed, "VF-135", 0x48, kernel_rig_any);
}

// ---- races --------------------------------------------------------------------------------------
// A client's request is submitted, completed and cancelled by three threads. Whatever the order,
// it ends exactly once, and nothing is left.

static struct kernel_request request;
static PFILE_OBJECT file;
static unsigned ends;

static NTSTATUS NTAPI park_control(PDEVICE_OBJECT device, PIRP irp)
{
    if (IoGetCurrentIrpStackLocation(irp)->MajorFunction == IRP_MJ_DEVICE_CONTROL)
        return park(device, irp);
    return complete_at_once(device, irp);
}

static void count_end(struct kernel_request *ended)
{
    assert_ptr_equal(ended, &request);
    assert_true(ended->done);
    ends++;
}

static void submit(void *argument)
{
    kernel_control(system_current, file, 0x2F0003, NULL, 0, NULL, 0, &request);
}

static void complete_it(void *argument)
{
    unpark();
}

static void cancel_it(void *argument)
{
    if (request.irp)
        kernel_cancel(&request);
}

static void open_stack(void *argument)
{
    lower_dispatch = park_control;
    stack_create(false);
    assert_int_equal(kernel_open(system_current, lower_device, NULL, NULL, 0, &file),
                     STATUS_SUCCESS);
}

static void finish_race(void *argument)
{
    if (!request.done)
        unpark();
    assert_int_equal(ends, 1);
    assert_true(request.status == STATUS_SUCCESS || request.status == STATUS_CANCELLED);
    kernel_close(system_current, file);
    stack_drop();
}

static void race_once(struct kernel_rig *rig, struct arena_snapshot *snapshot, unsigned *outcomes)
{
    struct kernel_counts counts;

    arena_snapshot_restore(rig->system->arena, snapshot);
    memset(&request, 0, sizeof(request));
    request.complete = count_end;
    ends = 0;
    parked = NULL;
    parked_lock = 0;
    kernel_rig_thread(rig, "submit", submit, NULL);
    kernel_rig_thread(rig, "complete", complete_it, NULL);
    kernel_rig_thread(rig, "cancel", cancel_it, NULL);
    kernel_rig_run(rig);
    *outcomes |= request.done ? (request.status == STATUS_CANCELLED ? 2 : 1) : 4;
    kernel_rig_thread(rig, "finish", finish_race, NULL);
    assert_int_equal(kernel_rig_run(rig), SCHED_QUIET);
    kernel_get_counts(rig->system, &counts);
    assert_int_equal(counts.irps + counts.files + counts.devices + counts.pool_blocks, 0);
    assert_int_equal(journal_count(rig->system->journal), 0);
}

PS_TEST(every_race_of_cancel_and_completion_ends_once, "SV-62", "SV-63", "SV-64", "~VF-136")
{
    struct chooser *chooser = chooser_exhaustive(40, 3);
    struct kernel_rig rig = kernel_rig_new(2, chooser);
    struct arena_snapshot *snapshot;
    unsigned outcomes = 0, runs = 0;

    kernel_rig_thread(&rig, "open", open_stack, NULL);
    kernel_rig_run(&rig);
    assert_int_equal(arena_snapshot_take(rig.system->arena, &snapshot), 0);
    do {
        race_once(&rig, snapshot, &outcomes);
        runs++;
    } while (chooser_exhaustive_next(chooser) && runs < 20000);
    assert_in_range(runs, 500, 20000);
    assert_int_equal(outcomes, 7); // completed, cancelled, and neither in time
    arena_snapshot_free(snapshot);
    kernel_rig_clean(&rig);
}

// ---- cancel-safe queues -------------------------------------------------------------------------

static IO_CSQ csq;
static LIST_ENTRY csq_list;
static KSPIN_LOCK csq_lock;
static unsigned csq_cancels;

static VOID NTAPI csq_insert(PIO_CSQ queue, PIRP irp)
{
    InsertTailList(&csq_list, &irp->Tail.Overlay.ListEntry);
}

static VOID NTAPI csq_remove(PIO_CSQ queue, PIRP irp)
{
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
}

static PIRP NTAPI csq_peek(PIO_CSQ queue, PIRP irp, PVOID context)
{
    PLIST_ENTRY entry = irp ? irp->Tail.Overlay.ListEntry.Flink : csq_list.Flink;

    return entry == &csq_list ? NULL : CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);
}

static VOID NTAPI csq_acquire(PIO_CSQ queue, PKIRQL irql)
{
    KeAcquireSpinLock(&csq_lock, irql);
}

static VOID NTAPI csq_release(PIO_CSQ queue, KIRQL irql)
{
    KeReleaseSpinLock(&csq_lock, irql);
}

static VOID NTAPI csq_cancelled(PIO_CSQ queue, PIRP irp)
{
    csq_cancels++;
    irp->IoStatus.Status = STATUS_CANCELLED;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static NTSTATUS NTAPI csq_dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    IoCsqInsertIrp(&csq, irp, NULL);
    return STATUS_PENDING;
}

static void csq_one_each_way(void *argument)
{
    KEVENT done[3];
    PIRP irps[3];

    lower_dispatch = csq_dispatch;
    stack_create(false);
    csq_cancels = completions = 0;
    csq_lock = 0;
    InitializeListHead(&csq_list);
    IoCsqInitialize(&csq, csq_insert, csq_remove, csq_peek, csq_acquire, csq_release,
                    csq_cancelled);
    for (int i = 0; i < 3; i++)
        park_one(&done[i], &irps[i]);
    assert_true(IoCancelIrp(irps[1]));
    assert_int_equal(csq_cancels, 1);
    assert_ptr_equal(IoCsqRemoveNextIrp(&csq, NULL), irps[0]);
    assert_ptr_equal(IoCsqRemoveNextIrp(&csq, NULL), irps[2]);
    assert_null(IoCsqRemoveNextIrp(&csq, NULL));
    for (int i = 0; i < 3; i += 2) {
        irps[i]->IoStatus.Status = STATUS_SUCCESS;
        IoCompleteRequest(irps[i], IO_NO_INCREMENT);
    }
    assert_int_equal(completions, 3);
    for (int i = 0; i < 3; i++)
        IoFreeIrp(irps[i]);
    stack_drop();
}

PS_TEST(a_cancel_safe_queue_gives_each_irp_once, "SV-65")
{
    struct kernel_rig rig = kernel_rig_do(csq_one_each_way, NULL);

    kernel_rig_clean(&rig);
}

static NTSTATUS refused; // what the queue says to one more

static NTSTATUS NTAPI csq_insert_ex(PIO_CSQ queue, PIRP irp, PVOID context)
{
    if (context)
        return STATUS_DEVICE_BUSY;
    csq_insert(queue, irp);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI csq_dispatch_ex(PDEVICE_OBJECT device, PIRP irp)
{
    refused = IoCsqInsertIrpEx(&csq, irp, NULL, IsListEmpty(&csq_list) ? NULL : &csq);
    if (!NT_SUCCESS(refused)) {
        irp->IoStatus.Status = refused;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
    }
    return STATUS_PENDING;
}

static void csq_that_refuses(void *argument)
{
    KEVENT done[2];
    PIRP irps[2];

    lower_dispatch = csq_dispatch_ex;
    stack_create(false);
    completions = 0;
    csq_lock = 0;
    InitializeListHead(&csq_list);
    IoCsqInitializeEx(&csq, csq_insert_ex, csq_remove, csq_peek, csq_acquire, csq_release,
                      csq_cancelled);
    park_one(&done[0], &irps[0]);
    assert_int_equal(refused, STATUS_SUCCESS);
    park_one(&done[1], &irps[1]);
    assert_int_equal(refused, STATUS_DEVICE_BUSY);
    assert_int_equal(completions, 1);
    assert_ptr_equal(IoCsqRemoveNextIrp(&csq, NULL), irps[0]);
    assert_null(IoCsqRemoveNextIrp(&csq, NULL));
    irps[0]->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irps[0], IO_NO_INCREMENT);
    IoFreeIrp(irps[0]);
    IoFreeIrp(irps[1]);
    stack_drop();
}

PS_TEST(a_cancel_safe_queue_may_refuse, "SV-65")
{
    struct kernel_rig rig = kernel_rig_do(csq_that_refuses, NULL);

    kernel_rig_clean(&rig);
}

// While an IRP's cancel is under way the queue must not give it out.
static void csq_cancel_under_way(void *argument)
{
    PDRIVER_CANCEL routine;
    KEVENT done;
    PIRP irp;

    lower_dispatch = csq_dispatch;
    stack_create(false);
    csq_lock = 0;
    InitializeListHead(&csq_list);
    IoCsqInitialize(&csq, csq_insert, csq_remove, csq_peek, csq_acquire, csq_release,
                    csq_cancelled);
    park_one(&done, &irp);
    routine = IoSetCancelRoutine(irp, NULL); // as IoCancelIrp does before it calls the routine
    assert_null(IoCsqRemoveNextIrp(&csq, NULL));
    IoSetCancelRoutine(irp, routine);
    assert_true(IoCancelIrp(irp));
    IoFreeIrp(irp);
    stack_drop();
}

PS_TEST(a_cancel_safe_queue_keeps_what_is_being_cancelled, "SV-65")
{
    struct kernel_rig rig = kernel_rig_do(csq_cancel_under_way, NULL);

    kernel_rig_clean(&rig);
}

static void csq_with_context(void *argument)
{
    IO_CSQ_IRP_CONTEXT context;
    KEVENT done;
    PIRP irp;

    lower_dispatch = keep;
    stack_create(false);
    csq_lock = 0;
    InitializeListHead(&csq_list);
    IoCsqInitialize(&csq, csq_insert, csq_remove, csq_peek, csq_acquire, csq_release,
                    csq_cancelled);
    park_one(&done, &irp);
    IoCsqInsertIrp(&csq, irp, &context);
    assert_ptr_equal(IoCsqRemoveIrp(&csq, &context), irp);
    assert_null(IoCsqRemoveIrp(&csq, &context));
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    IoFreeIrp(irp);
    stack_drop();
}

PS_TEST(a_cancel_safe_queue_finds_by_context, "SV-65")
{
    struct kernel_rig rig = kernel_rig_do(csq_with_context, NULL);

    kernel_rig_clean(&rig);
}
