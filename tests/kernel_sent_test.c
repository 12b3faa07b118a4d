// SPDX-License-Identifier: MIT
//
// An IRP that was sent down is no longer its sender's: who sets a cancel routine on it (VF-130), and who alters what its
// MDL describes (VF-92).
#include "ps_test.h"

#include "kernel_stack.h"

static void silent(void (*step)(void *argument))
{
    struct kernel_rig rig = kernel_rig_do(step, NULL);

    kernel_rig_clean(&rig);
}

// ---- cancel routines ----------------------------------------------------------------------------

static NTSTATUS send_down(PIRP irp)
{
    IoMarkIrpPending(irp);
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoCallDriver(lower_device, irp);
    return STATUS_PENDING;
}

static NTSTATUS NTAPI sends_and_sets(PDEVICE_OBJECT device, PIRP irp)
{
    NTSTATUS status = send_down(irp);

    IoSetCancelRoutine(irp, cancel_parked); // the one of the driver below is lost
    return status;
}

static NTSTATUS NTAPI skips_and_sets(PDEVICE_OBJECT device, PIRP irp)
{
    NTSTATUS status = skip_down(device, irp);

    IoSetCancelRoutine(irp, cancel_parked);
    return status;
}

static NTSTATUS NTAPI sets_takes_back_and_sends(PDEVICE_OBJECT device, PIRP irp)
{
    IoSetCancelRoutine(irp, cancel_parked);
    IoSetCancelRoutine(irp, NULL);
    return send_down(irp);
}

static void send_and_end(void *argument)
{
    KEVENT event;
    PIRP irp;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    lower_dispatch = park;
    stack_create(true);
    irp = stack_irp(2, &event);
    assert_int_equal(IoCallDriver(upper_device, irp), STATUS_PENDING);
    assert_true(unpark());
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    IoFreeIrp(irp);
    stack_drop();
}

PS_TEST(no_cancel_routine_is_set_on_what_a_driver_below_has, "VF-130", "~VF-130")
{
    upper_dispatch = sends_and_sets;
    kernel_rig_misuse(send_and_end, "VF-130", 0xC9, 0x229);
    upper_dispatch = skips_and_sets;
    kernel_rig_misuse(send_and_end, "VF-130", 0xC9, 0x229);
    upper_dispatch = sets_takes_back_and_sends;
    silent(send_and_end);
}

static NTSTATUS NTAPI holds_and_completes(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    IoSetCancelRoutine(irp, cancel_parked); // it has come back
    IoSetCancelRoutine(irp, NULL);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI sends_and_holds(PDEVICE_OBJECT device, PIRP irp)
{
    IoMarkIrpPending(irp);
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, holds_and_completes, NULL, TRUE, TRUE, TRUE);
    IoCallDriver(lower_device, irp);
    return STATUS_PENDING;
}

PS_TEST(a_cancel_routine_may_be_set_on_what_has_come_back, "~VF-130")
{
    upper_dispatch = sends_and_holds;
    silent(send_and_end);
}

// Code of a driver of its own, which a thread runs.
extern char __start_another_driver[], __stop_another_driver[];

__attribute__((section("another_driver"), noinline)) static PDRIVER_CANCEL set_from_outside(PIRP irp)
{
    PDRIVER_CANCEL before = IoSetCancelRoutine(irp, cancel_parked);

    __asm__ volatile(""); // no tail call: the caller is here
    return before;
}

static PDRIVER_OBJECT in_another_driver(PDRIVER_OBJECT like)
{
    static DRIVER_OBJECT driver;

    driver = *like;
    driver.DriverStart = __start_another_driver;
    driver.DriverSize = (ULONG)(__stop_another_driver - __start_another_driver);
    return &driver;
}

static bool below;

static NTSTATUS NTAPI sends(PDEVICE_OBJECT device, PIRP irp)
{
    return send_down(irp);
}

static void set_by_a_thread(void *argument)
{
    PDRIVER_OBJECT ours;
    PDEVICE_OBJECT others;
    KEVENT event;
    PIRP irp;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    lower_dispatch = park;
    upper_dispatch = sends;
    stack_create(true);
    ours = upper_device->DriverObject;
    ours->DriverStart = &event; // not where set_from_outside is
    ours->DriverSize = 1;
    others = below ? lower_device : upper_device;
    others->DriverObject = in_another_driver(ours);
    irp = stack_irp(2, &event);
    IoCallDriver(upper_device, irp);
    assert_ptr_equal(set_from_outside(irp), cancel_parked);
    assert_true(unpark());
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    IoFreeIrp(irp);
    others->DriverObject = ours;
    stack_drop();
}

PS_TEST(a_thread_of_the_driver_above_sets_none_either, "VF-130", "~VF-130")
{
    below = false;
    kernel_rig_misuse(set_by_a_thread, "VF-130", 0xC9, 0x229);
    below = true;
    silent(set_by_a_thread);
}

// ---- buffers ------------------------------------------------------------------------------------

static void alter(PIRP irp)
{
    char *buffer = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);

    assert_non_null(buffer);
    buffer[8999] ^= 1;
}

static NTSTATUS NTAPI alters_and_sends(PDEVICE_OBJECT device, PIRP irp)
{
    alter(irp);
    return skip_down(device, irp);
}

static NTSTATUS NTAPI alters_and_completes(PDEVICE_OBJECT device, PIRP irp)
{
    alter(irp);
    return complete_at_once(device, irp);
}

static UCHAR major;

static void transfer(void *argument)
{
    char *buffer = ExAllocatePoolWithTag(NonPagedPool, 9000, TEST_TAG);
    LARGE_INTEGER offset = {.QuadPart = 0};
    IO_STATUS_BLOCK block;
    KEVENT event;
    PIRP irp;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    stack_create(true);
    upper_device->Flags |= DO_DIRECT_IO;
    irp = IoBuildSynchronousFsdRequest(major, upper_device, buffer, 9000, &offset, &event, &block);
    assert_non_null(irp);
    assert_int_equal(IoCallDriver(upper_device, irp), STATUS_SUCCESS);
    assert_int_equal(block.Information, 7);
    ExFreePoolWithTag(buffer, TEST_TAG);
    stack_drop();
}

PS_TEST(what_is_written_is_not_altered_on_its_way, "VF-92", "~VF-92")
{
    major = IRP_MJ_WRITE;
    upper_dispatch = alters_and_sends;
    lower_dispatch = complete_at_once;
    kernel_rig_misuse(transfer, "VF-92", 0xC4, 0x1010);
    upper_dispatch = skip_down;
    lower_dispatch = alters_and_completes;
    kernel_rig_misuse(transfer, "VF-92", 0xC4, 0x1010);
    lower_dispatch = complete_at_once;
    silent(transfer);
}

PS_TEST(what_is_read_comes_from_the_bottom, "VF-92", "~VF-92")
{
    major = IRP_MJ_READ;
    upper_dispatch = alters_and_sends;
    lower_dispatch = complete_at_once;
    kernel_rig_misuse(transfer, "VF-92", 0xC4, 0x1011);
    upper_dispatch = skip_down;
    lower_dispatch = alters_and_completes;
    silent(transfer);
}

static char *sent_again;

// A driver's own write, sent twice with other contents.
static void write_anew(void *argument)
{
    PMDL mdl;
    PIRP irp;

    lower_dispatch = complete_at_once;
    stack_create(false);
    sent_again = ExAllocatePoolWithTag(NonPagedPool, 100, TEST_TAG);
    mdl = IoAllocateMdl(sent_again, 100, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(mdl);
    irp = IoAllocateIrp(1, FALSE);
    for (int i = 0; i < 2; i++) {
        sent_again[5] = (char)i;
        irp->MdlAddress = mdl;
        IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_WRITE;
        IoSetCompletionRoutine(irp, take_back, NULL, TRUE, TRUE, TRUE);
        IoCallDriver(lower_device, irp);
    }
    IoFreeIrp(irp);
    IoFreeMdl(mdl);
    ExFreePoolWithTag(sent_again, TEST_TAG);
    stack_drop();
}

PS_TEST(a_write_that_is_over_may_be_made_anew, "~VF-92")
{
    silent(write_anew);
}
