// SPDX-License-Identifier: MIT
//
// IRPs down and up a device stack: pending, completion routines, and which misuse is found.
#include "ps_test.h"

#include "kernel_stack.h"

// ---- the way of an IRP --------------------------------------------------------------------------

static unsigned steps;

static NTSTATUS NTAPI note_step(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    assert_int_equal(steps++, 0);
    assert_ptr_equal(device, upper_device);
    assert_ptr_equal(context, &steps);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI copy_down(PDEVICE_OBJECT device, PIRP irp)
{
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, note_step, &steps, TRUE, TRUE, TRUE);
    return IoCallDriver(lower_device, irp);
}

static void down_and_up(void *argument)
{
    PIRP irp;

    lower_dispatch = complete_at_once;
    upper_dispatch = copy_down;
    stack_create(true);
    steps = completions = 0;
    irp = stack_irp(2, NULL);
    assert_int_equal(IoCallDriver(upper_device, irp), STATUS_SUCCESS);
    assert_int_equal(steps, 1);
    assert_int_equal(completions, 1);
    assert_int_equal(irp->IoStatus.Information, 7);
    IoReuseIrp(irp, STATUS_SUCCESS);
    IoFreeIrp(irp);
    stack_drop();
}

PS_TEST(an_irp_goes_down_and_comes_back_through_its_routines, "SV-66")
{
    struct kernel_rig rig = kernel_rig_do(down_and_up, NULL);
    struct kernel_counts counts;

    kernel_get_counts(rig.system, &counts);
    assert_int_equal(counts.irps + counts.devices, 0);
    kernel_rig_clean(&rig);
}

static void pend_and_complete(void *argument)
{
    KEVENT done;
    PIRP irp;

    lower_dispatch = park;
    upper_dispatch = skip_down;
    stack_create(true);
    completions = 0;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    irp = stack_irp(2, &done);
    assert_int_equal(IoCallDriver(upper_device, irp), STATUS_PENDING);
    assert_int_equal(completions, 0);
    assert_true(unpark());
    assert_int_equal(KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL), 0);
    assert_int_equal(irp->PendingReturned, TRUE);
    IoFreeIrp(irp);
    stack_drop();
}

PS_TEST(a_pending_irp_is_completed_later, "SV-60")
{
    struct kernel_rig rig = kernel_rig_do(pend_and_complete, NULL);

    kernel_rig_clean(&rig);
}

static NTSTATUS NTAPI copy_without_routine(PDEVICE_OBJECT device, PIRP irp)
{
    IoCopyCurrentIrpStackLocationToNext(irp);
    return IoCallDriver(lower_device, irp);
}

// The upper driver marks nothing: completion carries the mark up to its location.
static void pend_below(void *argument)
{
    PIRP irp;

    lower_dispatch = park;
    upper_dispatch = copy_without_routine;
    stack_create(true);
    irp = stack_irp(2, NULL);
    assert_int_equal(IoCallDriver(upper_device, irp), STATUS_PENDING);
    assert_true(unpark());
    assert_int_equal(irp->PendingReturned, TRUE);
    IoFreeIrp(irp);
    stack_drop();
}

PS_TEST(a_pending_mark_travels_up, "SV-60")
{
    struct kernel_rig rig = kernel_rig_do(pend_below, NULL);

    kernel_rig_clean(&rig);
}

static NTSTATUS told;

static NTSTATUS NTAPI complete_as_told(PDEVICE_OBJECT device, PIRP irp)
{
    irp->IoStatus.Status = told;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return told;
}

static NTSTATUS NTAPI count_only(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    ++*(unsigned *)context;
    return STATUS_SUCCESS;
}

// How often a routine set for these cases runs when the IRP ends so.
static unsigned called_for(BOOLEAN success, BOOLEAN error, BOOLEAN cancel, NTSTATUS status,
                           BOOLEAN cancelled)
{
    PIRP irp = IoAllocateIrp(2, FALSE);
    unsigned count = 0;

    told = status;
    irp->Cancel = cancelled;
    IoSetCompletionRoutine(irp, take_back, NULL, TRUE, TRUE, TRUE);
    IoSetNextIrpStackLocation(irp);
    IoGetCurrentIrpStackLocation(irp)->DeviceObject = lower_device;
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, count_only, &count, success, error, cancel);
    IoCallDriver(lower_device, irp);
    IoFreeIrp(irp);
    return count;
}

static void selective(void *argument)
{
    lower_dispatch = complete_as_told;
    stack_create(false);
    assert_int_equal(called_for(TRUE, FALSE, FALSE, STATUS_SUCCESS, FALSE), 1);
    assert_int_equal(called_for(FALSE, TRUE, TRUE, STATUS_SUCCESS, FALSE), 0);
    assert_int_equal(called_for(TRUE, FALSE, TRUE, STATUS_UNSUCCESSFUL, FALSE), 0);
    assert_int_equal(called_for(FALSE, TRUE, FALSE, STATUS_UNSUCCESSFUL, FALSE), 1);
    assert_int_equal(called_for(FALSE, FALSE, TRUE, STATUS_CANCELLED, TRUE), 1);
    assert_int_equal(called_for(FALSE, FALSE, TRUE, STATUS_SUCCESS, FALSE), 0);
    stack_drop();
}

PS_TEST(completion_routines_run_in_the_cases_they_chose, "SV-66")
{
    struct kernel_rig rig = kernel_rig_do(selective, NULL);

    kernel_rig_clean(&rig);
}

static void forward_and_wait(void *argument)
{
    PIRP irp;

    lower_dispatch = complete_at_once;
    stack_create(false);
    completions = 0;
    irp = IoAllocateIrp(2, FALSE);
    IoSetNextIrpStackLocation(irp);
    IoGetCurrentIrpStackLocation(irp)->MajorFunction = IRP_MJ_PNP;
    assert_true(IoForwardIrpSynchronously(lower_device, irp));
    assert_int_equal(irp->IoStatus.Information, 7);
    IoSkipCurrentIrpStackLocation(irp);
    IoFreeIrp(irp);
    stack_drop();
}

PS_TEST(forwarding_synchronously_keeps_the_irp, "SV-66")
{
    struct kernel_rig rig = kernel_rig_do(forward_and_wait, NULL);

    kernel_rig_clean(&rig);
}

// ---- built requests -----------------------------------------------------------------------------

static NTSTATUS NTAPI double_numbers(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG *numbers = irp->AssociatedIrp.SystemBuffer;

    assert_int_equal(stack->Parameters.DeviceIoControl.InputBufferLength, 8);
    numbers[0] *= 2;
    numbers[1] *= 2;
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 4; // only the first goes back
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static void buffered_request(void *argument)
{
    ULONG input[2] = {5, 6}, output[2] = {0, 0};
    IO_STATUS_BLOCK status;
    KEVENT done;
    PIRP irp;

    lower_dispatch = double_numbers;
    stack_create(false);
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    irp =
        IoBuildDeviceIoControlRequest(0, lower_device, input, 8, output, 8, FALSE, &done, &status);
    assert_int_equal(IoCallDriver(lower_device, irp), STATUS_SUCCESS);
    assert_int_equal(KeReadStateEvent(&done), 1);
    assert_int_equal(status.Information, 4);
    assert_int_equal(output[0], 10);
    assert_int_equal(output[1], 0);
    stack_drop();
}

PS_TEST(a_buffered_request_copies_back_what_was_returned, "SV-66")
{
    struct kernel_rig rig = kernel_rig_do(buffered_request, NULL);
    struct kernel_counts counts;

    kernel_get_counts(rig.system, &counts);
    assert_int_equal(counts.irps + counts.pool_blocks, 0);
    kernel_rig_clean(&rig);
}

// ---- misuse -------------------------------------------------------------------------------------

// Sends one IRP to a device with this dispatch routine and expects one finding.
static PDRIVER_DISPATCH tried;

static void send_tried(void *argument)
{
    PIRP irp;

    lower_dispatch = tried;
    stack_create(false);
    completions = 0;
    parked = NULL;
    irp = stack_irp(1, NULL);
    IoCallDriver(lower_device, irp);
    if (!completions)
        unpark();
    IoFreeIrp(irp);
    stack_drop();
}

static void dispatch_misuse(PDRIVER_DISPATCH routine, const char *rule, uint32_t code, int64_t p1)
{
    tried = routine;
    kernel_rig_misuse(send_tried, rule, code, p1);
}

static NTSTATUS NTAPI completes_pending(PDEVICE_OBJECT device, PIRP irp)
{
    irp->IoStatus.Status = STATUS_PENDING;
    IoMarkIrpPending(irp);
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_PENDING;
}

PS_TEST(completing_with_status_pending_is_found, "SV-61", "VF-123")
{
    dispatch_misuse(completes_pending, "VF-123", 0xC9, 0x06);
}

static NTSTATUS NTAPI keeps_cancel_routine(PDEVICE_OBJECT device, PIRP irp)
{
    IoSetCancelRoutine(irp, cancel_parked);
    return complete_at_once(device, irp);
}

PS_TEST(completing_with_a_cancel_routine_is_found, "SV-61", "VF-124")
{
    dispatch_misuse(keeps_cancel_routine, "VF-124", 0xC9, 0x07);
}

static NTSTATUS NTAPI completes_with_lock(PDEVICE_OBJECT device, PIRP irp)
{
    KIRQL old;

    KeAcquireSpinLock(&parked_lock, &old);
    complete_at_once(device, irp);
    KeReleaseSpinLock(&parked_lock, old);
    return STATUS_SUCCESS;
}

PS_TEST(completing_while_owning_a_lock_is_found, "SV-61", "VF-117")
{
    dispatch_misuse(completes_with_lock, "VF-117", 0xC4, 0x40009);
}

static NTSTATUS NTAPI completes_above(PDEVICE_OBJECT device, PIRP irp)
{
    KIRQL old;

    KeRaiseIrql(5, &old);
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    KeLowerIrql(old);
    return STATUS_SUCCESS;
}

PS_TEST(completing_above_dispatch_is_found, "SV-61", "VF-125")
{
    dispatch_misuse(completes_above, "VF-125", 0xC9, 0x0E);
}

static NTSTATUS NTAPI forgets(PDEVICE_OBJECT device, PIRP irp)
{
    return STATUS_SUCCESS;
}

PS_TEST(neither_completed_nor_pending_is_found, "SV-60", "VF-129")
{
    dispatch_misuse(forgets, "VF-129", 0xC9, 0x226);
}

static NTSTATUS NTAPI pends_unmarked(PDEVICE_OBJECT device, PIRP irp)
{
    parked = irp;
    IoSetCancelRoutine(irp, cancel_parked);
    return STATUS_PENDING;
}

PS_TEST(pending_without_a_mark_is_found, "SV-60", "VF-129")
{
    dispatch_misuse(pends_unmarked, "VF-129", 0xC9, 0x23E);
}

static NTSTATUS NTAPI marks_only(PDEVICE_OBJECT device, PIRP irp)
{
    IoMarkIrpPending(irp);
    return complete_at_once(device, irp);
}

PS_TEST(a_mark_without_status_pending_is_found, "SV-60", "VF-129")
{
    dispatch_misuse(marks_only, "VF-129", 0xC9, 0x23D);
}

static NTSTATUS NTAPI returns_otherwise(PDEVICE_OBJECT device, PIRP irp)
{
    complete_at_once(device, irp);
    return STATUS_UNSUCCESSFUL;
}

PS_TEST(returning_another_status_than_completed_is_found, "VF-129")
{
    dispatch_misuse(returns_otherwise, "VF-129", 0xC9, 0x225);
}

static NTSTATUS NTAPI returns_raised(PDEVICE_OBJECT device, PIRP irp)
{
    KIRQL old;
    NTSTATUS status = complete_at_once(device, irp);

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    return status;
}

PS_TEST(a_dispatch_routine_at_another_irql_is_found, "SV-6", "VF-110", "VF-122")
{
    dispatch_misuse(returns_raised, "VF-122", 0xC9, 0x05);
}

static NTSTATUS NTAPI returns_locked(PDEVICE_OBJECT device, PIRP irp)
{
    KIRQL old;
    NTSTATUS status = complete_at_once(device, irp);

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeAcquireSpinLockAtDpcLevel(&parked_lock);
    KeLowerIrql(old);
    return status;
}

PS_TEST(a_dispatch_routine_that_keeps_a_lock_is_found, "VF-113")
{
    tried = returns_locked;
    parked_lock = 0;
    struct kernel_rig rig = kernel_rig_do(send_tried, NULL);

    kernel_rig_finding(&rig, "VF-113");
    assert_int_equal(parked_lock, 0);
    kernel_rig_end(&rig);
}

static NTSTATUS NTAPI raise_in_completion(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    KIRQL old;

    completions++;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void completion_raises(void *argument)
{
    PIRP irp;

    lower_dispatch = complete_at_once;
    stack_create(false);
    irp = stack_irp(1, NULL);
    IoSetCompletionRoutine(irp, raise_in_completion, NULL, TRUE, TRUE, TRUE);
    IoCallDriver(lower_device, irp);
    IoFreeIrp(irp);
    stack_drop();
}

PS_TEST(a_completion_routine_at_another_irql_is_found, "SV-6", "VF-51")
{
    kernel_rig_misuse(completion_raises, "VF-51", 0xC4, 0xFA);
}

static void complete_twice(void *argument)
{
    PIRP irp;

    lower_dispatch = complete_at_once;
    stack_create(false);
    irp = stack_irp(1, NULL);
    IoCallDriver(lower_device, irp);
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    IoFreeIrp(irp);
    stack_drop();
}

PS_TEST(completing_twice_is_found, "SV-61", "VF-119", "VF-135")
{
    kernel_rig_misuse(complete_twice, "VF-135", 0x44, kernel_rig_any);
}

static void call_no_device(void *argument)
{
    PIRP irp = stack_irp(1, NULL);

    IoCallDriver(NULL, irp);
    IoFreeIrp(irp);
}

static void call_deleted_device(void *argument)
{
    PIRP irp;

    lower_dispatch = complete_at_once;
    stack_create(false);
    irp = stack_irp(1, NULL);
    stack_drop();
    IoCallDriver(lower_device, irp);
    IoFreeIrp(irp);
}

static void call_no_irp(void *argument)
{
    IRP nothing = {0};

    lower_dispatch = complete_at_once;
    stack_create(false);
    IoCallDriver(lower_device, &nothing);
    stack_drop();
}

PS_TEST(calling_a_driver_with_nonsense_is_found, "VF-121")
{
    kernel_rig_misuse(call_no_device, "VF-121", 0xC9, 0x204);
    kernel_rig_misuse(call_deleted_device, "VF-121", 0xC9, 0x04);
    kernel_rig_misuse(call_no_irp, "VF-121", 0xC9, 0x03);
}

static void call_above_dispatch(void *argument)
{
    KIRQL old;
    PIRP irp;

    lower_dispatch = park;
    stack_create(false);
    irp = stack_irp(1, NULL);
    parked_lock = 0;
    lower_dispatch = pends_unmarked;
    KeRaiseIrql(5, &old);
    IoCallDriver(lower_device, irp);
    KeLowerIrql(old);
    unpark();
    IoFreeIrp(irp);
    stack_drop();
}

PS_TEST(calling_a_driver_above_dispatch_is_found, "SV-66", "VF-125")
{
    struct kernel_rig rig = kernel_rig_do(call_above_dispatch, NULL);

    assert_string_equal(journal_get(rig.system->journal, 0)->rule, "VF-125");
    assert_int_equal(journal_get(rig.system->journal, 0)->parameters[0], 0x10);
    kernel_rig_end(&rig);
}

static NTSTATUS NTAPI only_call_down(PDEVICE_OBJECT device, PIRP irp)
{
    return IoCallDriver(lower_device, irp);
}

static void no_stack_left(void *argument)
{
    PIRP irp;

    lower_dispatch = complete_at_once;
    upper_dispatch = only_call_down;
    stack_create(true);
    irp = stack_irp(1, NULL); // one location too few
    IoCallDriver(upper_device, irp);
    fail();
}

PS_TEST(an_irp_without_stack_locations_stops_the_system, "VF-127")
{
    struct kernel_rig rig = kernel_rig_do(no_stack_left, NULL);

    assert_int_equal(kernel_rig_finding(&rig, "BUGCHECK")->code, 0x35);
    assert_true(rig.system->halted);
    kernel_rig_end(&rig);
}

static void free_with_pool(void *argument)
{
    PIRP irp = IoAllocateIrp(1, FALSE);

    ExFreePool(irp);
    IoFreeIrp(irp);
}

PS_TEST(freeing_an_irp_as_pool_is_found, "VF-72")
{
    kernel_rig_misuse(free_with_pool, "VF-72", 0xC4, 0x105);
}

static void free_twice(void *argument)
{
    PIRP irp = IoAllocateIrp(1, FALSE);

    IoFreeIrp(irp);
    IoFreeIrp(irp);
}

PS_TEST(freeing_what_is_no_irp_is_found, "VF-120")
{
    kernel_rig_misuse(free_twice, "VF-120", 0xC9, 0x01);
}

static void nobody_takes_it_back(void *argument)
{
    PIRP irp = IoAllocateIrp(1, FALSE);

    lower_dispatch = complete_at_once;
    stack_create(false);
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    IoCallDriver(lower_device, irp);
    IoFreeIrp(irp);
    stack_drop();
}

PS_TEST(an_own_irp_that_nobody_takes_back_is_found, "VF-128")
{
    kernel_rig_misuse(nobody_takes_it_back, "VF-128", 0xC9, 0x310);
}

static void delete_attached(void *argument)
{
    lower_dispatch = upper_dispatch = complete_at_once;
    stack_create(true);
    IoDeleteDevice(upper_device);
}

PS_TEST(deleting_an_attached_device_is_found, "SV-112", "VF-132")
{
    kernel_rig_misuse(delete_attached, "VF-132", 0xC9, 0x202);
}
