// SPDX-License-Identifier: MIT
//
// Device queues, StartIo, idle detection and power settings: what older drivers and those with several powers use.
#include "ps_test.h"

#include "kernel_stack.h"

// ---- a queue by itself ------------------------------------------------------------------------------

static KDEVICE_QUEUE queue;
static KDEVICE_QUEUE_ENTRY entries[4];

static void in_order_of_keys(void *argument)
{
    KIRQL before;

    KeInitializeDeviceQueue(&queue);
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    assert_false(KeInsertByKeyDeviceQueue(&queue, &entries[0], 9)); // it is begun, not queued
    assert_true(KeInsertByKeyDeviceQueue(&queue, &entries[1], 7));
    assert_true(KeInsertByKeyDeviceQueue(&queue, &entries[2], 3));
    assert_true(KeInsertByKeyDeviceQueue(&queue, &entries[3], 7));
    assert_true(KeRemoveEntryDeviceQueue(&queue, &entries[2]));
    assert_false(KeRemoveEntryDeviceQueue(&queue, &entries[2]));
    assert_true(KeInsertDeviceQueue(&queue, &entries[2]));
    assert_ptr_equal(KeRemoveByKeyDeviceQueue(&queue, 8), &entries[1]); // none: the first of all
    assert_ptr_equal(KeRemoveByKeyDeviceQueue(&queue, 7), &entries[3]);
    assert_ptr_equal(KeRemoveDeviceQueue(&queue), &entries[2]);
    assert_null(KeRemoveDeviceQueue(&queue)); // not busy from here on
    assert_false(KeInsertDeviceQueue(&queue, &entries[0]));
    KeLowerIrql(before);
}

PS_TEST(a_device_queue_keeps_what_comes_while_it_is_busy, "SV-118")
{
    struct kernel_rig rig = kernel_rig_do(in_order_of_keys, NULL);

    kernel_rig_clean(&rig);
}

static void take_from_idle(void *argument)
{
    KIRQL before;

    KeInitializeDeviceQueue(&queue);
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    assert_null(KeRemoveDeviceQueue(&queue));
    KeLowerIrql(before);
}

static void insert_at_passive(void *argument)
{
    KeInitializeDeviceQueue(&queue);
    assert_false(KeInsertDeviceQueue(&queue, &entries[0]));
}

PS_TEST(a_device_queue_has_its_states_and_its_irql, "SV-118", "VF-101")
{
    kernel_rig_misuse(take_from_idle, "SV-118", 0xC4, kernel_rig_any);
    kernel_rig_misuse(insert_at_passive, "VF-101", 0xC4, 0x20003);
}

// ---- StartIo ----------------------------------------------------------------------------------------

static PIRP started[8];
static unsigned start_count, start_depth, deepest;
static bool next_from_start, next_cancelable;
static PDRIVER_CANCEL cancel_routine;

static VOID NTAPI start_io(PDEVICE_OBJECT device, PIRP irp)
{
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    assert_ptr_equal(device->CurrentIrp, irp);
    started[start_count++ % 8] = irp;
    if (++start_depth > deepest)
        deepest = start_depth;
    if (next_from_start)
        IoStartNextPacket(device, next_cancelable);
    start_depth--;
}

static NTSTATUS NTAPI start_packet(PDEVICE_OBJECT device, PIRP irp)
{
    IoMarkIrpPending(irp);
    IoStartPacket(device, irp, NULL, cancel_routine);
    return STATUS_PENDING;
}

static void finish(PIRP irp)
{
    IoSetCancelRoutine(irp, NULL);
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    IoFreeIrp(irp);
}

static void next(void)
{
    KIRQL before;

    KeRaiseIrql(DISPATCH_LEVEL, &before);
    IoStartNextPacket(lower_device, next_cancelable);
    KeLowerIrql(before);
}

static void start_stack(PDRIVER_CANCEL cancel)
{
    start_count = start_depth = deepest = 0;
    next_from_start = false;
    cancel_routine = cancel;
    next_cancelable = cancel != NULL;
    lower_dispatch = start_packet;
    stack_create(false);
    lower_device->DriverObject->DriverStartIo = start_io;
}

static PIRP sent(void)
{
    PIRP irp = stack_irp(1, NULL);

    assert_int_equal(IoCallDriver(lower_device, irp), STATUS_PENDING);
    return irp;
}

static void one_after_another(void *argument)
{
    PIRP first, second, third;

    start_stack(NULL);
    first = sent();
    assert_ptr_equal(started[0], first);
    second = sent();
    third = sent();
    assert_int_equal(start_count, 1); // the others wait
    next();
    assert_ptr_equal(started[1], second);
    next();
    assert_ptr_equal(started[2], third);
    next();
    assert_int_equal(start_count, 3);
    assert_null(lower_device->CurrentIrp);
    finish(first);
    finish(second);
    finish(third);
    stack_drop();
}

PS_TEST(startio_gets_one_request_at_a_time, "SV-119", "~VF-117")
{
    struct kernel_rig rig = kernel_rig_do(one_after_another, NULL);

    kernel_rig_clean(&rig);
}

static VOID NTAPI leave_queue(PDEVICE_OBJECT device, PIRP irp)
{
    BOOLEAN was_queued =
        KeRemoveEntryDeviceQueue(&device->DeviceQueue, &irp->Tail.Overlay.DeviceQueueEntry);

    IoReleaseCancelSpinLock(irp->CancelIrql);
    assert_true(was_queued);
    irp->IoStatus.Status = STATUS_CANCELLED;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static void cancelled_in_the_queue(void *argument)
{
    PIRP first, second, third = stack_irp(1, NULL);

    start_stack(leave_queue);
    first = sent();
    second = sent();
    completions = 0;
    assert_true(IoCancelIrp(second));
    assert_int_equal(completions, 1);
    assert_int_equal(completed_with, STATUS_CANCELLED);
    third->Cancel = TRUE; // cancelled before it came: its routine is called at once
    assert_int_equal(IoCallDriver(lower_device, third), STATUS_PENDING);
    assert_int_equal(completions, 2);
    next();
    assert_int_equal(start_count, 1);
    IoFreeIrp(second);
    IoFreeIrp(third);
    finish(first);
    stack_drop();
}

PS_TEST(a_request_that_waits_for_startio_can_be_cancelled, "SV-119")
{
    struct kernel_rig rig = kernel_rig_do(cancelled_in_the_queue, NULL);

    kernel_rig_clean(&rig);
}

static void attributes(bool deferred)
{
    PIRP irps[3];

    start_stack(leave_queue);
    IoSetStartIoAttributes(lower_device, deferred, TRUE);
    for (int i = 0; i < 3; i++)
        irps[i] = sent();
    assert_null(irps[0]->CancelRoutine);     // begun: no longer cancellable
    assert_non_null(irps[1]->CancelRoutine); // still in the queue
    next_from_start = true;
    next();
    assert_int_equal(start_count, 3);
    assert_null(irps[2]->CancelRoutine);
    assert_int_equal(deepest, deferred ? 1 : 2);
    for (int i = 0; i < 3; i++)
        finish(irps[i]);
    stack_drop();
}

static void both_attributes(void *argument)
{
    attributes(false);
    attributes(true);
}

PS_TEST(attributes_of_startio_spare_recursion_and_cancels, "SV-119")
{
    struct kernel_rig rig = kernel_rig_do(both_attributes, NULL);

    kernel_rig_clean(&rig);
}

static void without_startio(void *argument)
{
    start_stack(NULL);
    lower_device->DriverObject->DriverStartIo = NULL;
    sent();
}

PS_TEST(a_driver_without_startio_cannot_start_packets, "SV-119")
{
    struct kernel_rig rig = kernel_rig_do(without_startio, NULL);
    const struct finding *finding = kernel_rig_finding(&rig, "SV-119");

    assert_int_equal(finding->code, 0xD1);
    assert_non_null(finding->caller);
    assert_true(rig.system->halted);
    kernel_rig_end(&rig);
}

static void next_at_passive(void *argument)
{
    PIRP irp;

    start_stack(NULL);
    irp = sent();
    IoStartNextPacket(lower_device, FALSE);
    finish(irp);
    stack_drop();
}

static KSPIN_LOCK held;

static void next_with_a_lock(void *argument)
{
    KIRQL before;
    PIRP irp;

    start_stack(NULL);
    irp = sent();
    KeInitializeSpinLock(&held);
    KeAcquireSpinLock(&held, &before);
    IoStartNextPacket(lower_device, FALSE);
    KeReleaseSpinLock(&held, before);
    finish(irp);
    stack_drop();
}

PS_TEST(the_next_packet_is_started_at_dispatch_without_locks, "VF-101", "VF-117")
{
    kernel_rig_misuse(next_at_passive, "VF-101", 0xC4, 0x20003);
    kernel_rig_misuse(next_with_a_lock, "VF-117", 0xC4, 0x40009);
}

// ---- idle detection ---------------------------------------------------------------------------------

static unsigned power_requests;
static DEVICE_POWER_STATE asked_state;

static NTSTATUS NTAPI count_power(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);

    assert_int_equal(stack->MajorFunction, IRP_MJ_POWER);
    assert_int_equal(stack->MinorFunction, IRP_MN_SET_POWER);
    power_requests++;
    asked_state = stack->Parameters.Power.State.DeviceState;
    PoSetPowerState(device, DevicePowerState, stack->Parameters.Power.State);
    PoStartNextPowerIrp(irp);
    return complete_at_once(device, irp);
}

static void idle_device(void *argument)
{
    PULONG counter;

    lower_dispatch = count_power;
    stack_create(false);
    power_requests = 0;
    assert_null(PoRegisterDeviceForIdleDetection(lower_device, 0, 0, PowerDeviceD3));
    assert_null(PoRegisterDeviceForIdleDetection(lower_device, (ULONG)-1, (ULONG)-1, PowerDeviceD3));
    counter = PoRegisterDeviceForIdleDetection(lower_device, 1, 5, PowerDeviceD2);
    assert_non_null(counter);
    for (int i = 0; i < 4; i++) { // busy every three seconds
        sleep_ms(3000);
        PoSetDeviceBusy(counter);
    }
    assert_int_equal(power_requests, 0);
    sleep_ms(6000);
    assert_int_equal(power_requests, 1);
    assert_int_equal(asked_state, PowerDeviceD2);
    sleep_ms(20000); // it is not in D0: nothing to count
    assert_int_equal(power_requests, 1);
    PoSetPowerState(lower_device, DevicePowerState, (POWER_STATE){.DeviceState = PowerDeviceD0});
    sleep_ms(7000);
    assert_int_equal(power_requests, 2);
    assert_null(PoRegisterDeviceForIdleDetection(lower_device, 0, 0, PowerDeviceD2));
    stack_drop();
}

PS_TEST(an_idle_device_is_asked_to_sleep, "SV-120")
{
    struct kernel_rig rig = kernel_rig_do(idle_device, NULL);

    kernel_rig_clean(&rig);
}

static void deleted_while_it_counts(void *argument)
{
    lower_dispatch = count_power;
    stack_create(false);
    assert_non_null(PoRegisterDeviceForIdleDetection(lower_device, 3, 3, PowerDeviceD3));
    sleep_ms(1500);
    stack_drop();
    sleep_ms(5000);
}

PS_TEST(idle_detection_goes_with_its_device, "SV-120", "~VF-65")
{
    struct kernel_rig rig = kernel_rig_do(deleted_while_it_counts, NULL);

    kernel_rig_clean(&rig);
}

// ---- power settings ---------------------------------------------------------------------------------

static const GUID power_source = {
    0x5D3E9A59, 0xE9D5, 0x4B00, {0xA6, 0xBD, 0xFF, 0x34, 0xFF, 0x51, 0x65, 0x48}};
static unsigned told;

static NTSTATUS NTAPI setting_changed(const GUID *name, PVOID value, ULONG length, PVOID context)
{
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_memory_equal(name, &power_source, sizeof(GUID));
    assert_int_equal(length, sizeof(ULONG));
    assert_int_equal(*(ULONG *)value, 0); // mains
    assert_ptr_equal(context, &told);
    told++;
    return STATUS_SUCCESS;
}

static void settings(void *argument)
{
    static const GUID unknown = {1, 2, 3, {4}};
    PVOID handle = NULL, other = NULL;

    told = 0;
    assert_int_equal(
        PoRegisterPowerSettingCallback(NULL, &power_source, setting_changed, &told, &handle),
        STATUS_SUCCESS);
    assert_int_equal(told, 1);
    assert_int_equal(PoRegisterPowerSettingCallback(NULL, &unknown, setting_changed, &told, &other),
                     STATUS_SUCCESS);
    assert_int_equal(told, 1); // nothing is known of it
    assert_int_equal(PoUnregisterPowerSettingCallback(handle), STATUS_SUCCESS);
    assert_int_equal(PoUnregisterPowerSettingCallback(handle), STATUS_INVALID_PARAMETER);
    assert_int_equal(PoUnregisterPowerSettingCallback(other), STATUS_SUCCESS);
}

PS_TEST(a_power_setting_is_told_at_once, "SV-121")
{
    struct kernel_rig rig = kernel_rig_do(settings, NULL);

    kernel_rig_clean(&rig);
}
