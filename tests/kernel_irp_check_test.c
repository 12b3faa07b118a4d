// SPDX-License-Identifier: MIT
//
// What an IRP must be like when it is sent and completed, and the thread when a dispatch routine
// returns: each rule with its violation and its near miss.
#include "ps_test.h"

#include "kernel_stack.h"

static NTSTATUS first_status;
static UCHAR sent_major;
static KIRQL sent_irql;

// A driver's own IRP for the device.
static void send_own(void *argument)
{
    KIRQL old;
    PIRP irp;

    lower_dispatch = complete_at_once;
    stack_create(false);
    irp = stack_irp(1, NULL);
    IoGetNextIrpStackLocation(irp)->MajorFunction = sent_major;
    irp->IoStatus.Status = first_status;
    KeRaiseIrql(sent_irql, &old);
    IoCallDriver(lower_device, irp);
    KeLowerIrql(old);
    IoFreeIrp(irp);
    stack_drop();
}

static void own(UCHAR major, NTSTATUS status, KIRQL irql)
{
    sent_major = major;
    first_status = status;
    sent_irql = irql;
}

static void silent(void (*step)(void *argument))
{
    struct kernel_rig rig = kernel_rig_do(step, NULL);

    kernel_rig_clean(&rig);
}

PS_TEST(pnp_power_and_wmi_irps_start_as_not_supported, "VF-131", "~VF-131")
{
    own(IRP_MJ_PNP, STATUS_SUCCESS, PASSIVE_LEVEL);
    kernel_rig_misuse(send_own, "VF-131", 0xC9, 0x20E);
    own(IRP_MJ_POWER, STATUS_SUCCESS, PASSIVE_LEVEL);
    kernel_rig_misuse(send_own, "VF-131", 0xC9, 0x20F);
    own(IRP_MJ_SYSTEM_CONTROL, STATUS_PENDING, PASSIVE_LEVEL);
    kernel_rig_misuse(send_own, "VF-131", 0xC9, 0x210);
    own(IRP_MJ_PNP, STATUS_NOT_SUPPORTED, PASSIVE_LEVEL);
    silent(send_own);
    own(IRP_MJ_DEVICE_CONTROL, STATUS_SUCCESS, PASSIVE_LEVEL);
    silent(send_own);
}

PS_TEST(opening_closing_and_pnp_are_for_passive_level, "VF-133", "~VF-133")
{
    static const UCHAR passive[] = {IRP_MJ_CREATE, IRP_MJ_CLEANUP, IRP_MJ_CLOSE, IRP_MJ_PNP};

    for (unsigned i = 0; i < 4; i++) {
        own(passive[i], STATUS_NOT_SUPPORTED, APC_LEVEL);
        kernel_rig_misuse(send_own, "VF-133", 0xC9, 0x23A);
        own(passive[i], STATUS_NOT_SUPPORTED, PASSIVE_LEVEL);
        silent(send_own);
    }
    own(IRP_MJ_DEVICE_CONTROL, STATUS_SUCCESS, DISPATCH_LEVEL);
    silent(send_own);
}

// ---- forwarding ---------------------------------------------------------------------------------

static VOID NTAPI never_called(PDEVICE_OBJECT device, PIRP irp)
{
    fail();
}

static bool takes_back;

static NTSTATUS NTAPI forward_cancelable(PDEVICE_OBJECT device, PIRP irp)
{
    IoSetCancelRoutine(irp, never_called);
    if (takes_back)
        assert_non_null(IoSetCancelRoutine(irp, NULL));
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(lower_device, irp);
}

static NTSTATUS NTAPI clear_and_complete(PDEVICE_OBJECT device, PIRP irp)
{
    IoSetCancelRoutine(irp, NULL);
    return complete_at_once(device, irp);
}

static void forward(void *argument)
{
    PIRP irp;

    lower_dispatch = clear_and_complete;
    upper_dispatch = forward_cancelable;
    stack_create(true);
    irp = stack_irp(2, NULL);
    IoCallDriver(upper_device, irp);
    IoFreeIrp(irp);
    stack_drop();
}

PS_TEST(an_irp_is_passed_on_without_its_cancel_routine, "VF-127", "~VF-127")
{
    takes_back = false;
    kernel_rig_misuse(forward, "VF-127", 0xC9, 0x203);
    takes_back = true;
    silent(forward);
}

// ---- the answer ---------------------------------------------------------------------------------

static ULONG_PTR answered;
static NTSTATUS answered_with;

static NTSTATUS NTAPI answer(PDEVICE_OBJECT device, PIRP irp)
{
    irp->IoStatus.Status = answered_with;
    irp->IoStatus.Information = answered;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return answered_with;
}

static void ask_for_four(void *argument)
{
    IO_STATUS_BLOCK status;
    ULONG output = 0;
    KEVENT done;
    PIRP irp;

    lower_dispatch = answer;
    stack_create(false);
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    irp =
        IoBuildDeviceIoControlRequest(0, lower_device, NULL, 0, &output, 4, FALSE, &done, &status);
    IoCallDriver(lower_device, irp);
    stack_drop();
}

PS_TEST(an_answer_is_no_larger_than_its_buffer, "VF-134", "~VF-134")
{
    answered_with = STATUS_SUCCESS;
    answered = 5;
    kernel_rig_misuse(ask_for_four, "VF-134", 0xC9, 0x312);
    answered = 4;
    silent(ask_for_four);
    answered_with = STATUS_BUFFER_OVERFLOW; // says how much there would be
    answered = 5;
    silent(ask_for_four);
}

static KIRQL built_at;

static void build_raised(void *argument)
{
    IO_STATUS_BLOCK status;
    KEVENT done;
    KIRQL old;
    PIRP irp;

    answered_with = STATUS_SUCCESS;
    answered = 0;
    lower_dispatch = answer;
    stack_create(false);
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    KeRaiseIrql(built_at, &old);
    irp = IoBuildDeviceIoControlRequest(0, lower_device, NULL, 0, NULL, 0, FALSE, &done, &status);
    KeLowerIrql(old);
    IoCallDriver(lower_device, irp);
    stack_drop();
}

PS_TEST(requests_are_built_up_to_apc_level, "SV-66", "VF-100", "~VF-100")
{
    built_at = DISPATCH_LEVEL;
    kernel_rig_misuse(build_raised, "VF-100", 0xC4, 0x20009);
    built_at = APC_LEVEL;
    silent(build_raised);
}

// ---- regions ------------------------------------------------------------------------------------

static unsigned left_in_dispatch, left_in_completion;

static void enter_leave(unsigned leaves)
{
    for (unsigned i = 0; i < 2; i++)
        KeEnterCriticalRegion();
    for (unsigned i = 0; i < leaves; i++)
        KeLeaveCriticalRegion();
}

static NTSTATUS NTAPI regions_in_dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    enter_leave(left_in_dispatch);
    return complete_at_once(device, irp);
}

static NTSTATUS NTAPI regions_in_completion(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    enter_leave(left_in_completion);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void send_through_regions(void *argument)
{
    PIRP irp;

    lower_dispatch = regions_in_dispatch;
    stack_create(false);
    irp = stack_irp(1, NULL);
    IoSetCompletionRoutine(irp, regions_in_completion, NULL, TRUE, TRUE, TRUE);
    IoCallDriver(lower_device, irp);
    assert_false(KeAreApcsDisabled());
    IoFreeIrp(irp);
    stack_drop();
}

PS_TEST(routines_leave_the_regions_they_entered, "VF-52", "~VF-52")
{
    left_in_dispatch = left_in_completion = 2;
    silent(send_through_regions);
    left_in_dispatch = 1;
    kernel_rig_misuse(send_through_regions, "VF-52", 0xC4, kernel_rig_any);
    left_in_dispatch = 2;
    left_in_completion = 1;
    kernel_rig_misuse(send_through_regions, "VF-52", 0xC4, kernel_rig_any);
}
