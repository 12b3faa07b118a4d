// SPDX-License-Identifier: MIT
//
// A driver whose dispatch routine a test supplies, with one or two devices stacked on each other.
#ifndef PORTSIDE_TESTS_KERNEL_STACK_H
#define PORTSIDE_TESTS_KERNEL_STACK_H

#include "kernel_fixture.h"

static PDRIVER_DISPATCH lower_dispatch; // of the device at the bottom
static PDRIVER_DISPATCH upper_dispatch; // of the one above it
static PDEVICE_OBJECT lower_device, upper_device;

static inline NTSTATUS NTAPI stack_dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    return device == lower_device ? lower_dispatch(device, irp) : upper_dispatch(device, irp);
}

static inline NTSTATUS NTAPI stack_entry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    for (int i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        driver->MajorFunction[i] = stack_dispatch;
    return STATUS_SUCCESS;
}

static inline void stack_create(bool two)
{
    PDRIVER_OBJECT driver;

    assert_int_equal(kernel_load_driver(system_current, "stack", stack_entry, &driver),
                     STATUS_SUCCESS);
    assert_int_equal(IoCreateDevice(driver, 64, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &lower_device),
                     STATUS_SUCCESS);
    upper_device = NULL;
    if (!two)
        return;
    assert_int_equal(IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &upper_device),
                     STATUS_SUCCESS);
    assert_ptr_equal(IoAttachDeviceToDeviceStack(upper_device, lower_device), lower_device);
    assert_int_equal(upper_device->StackSize, 2);
}

static inline void stack_drop(void)
{
    if (upper_device) {
        IoDetachDevice(lower_device);
        IoDeleteDevice(upper_device);
    }
    IoDeleteDevice(lower_device);
}

// ---- dispatch routines --------------------------------------------------------------------------

static inline NTSTATUS NTAPI complete_at_once(PDEVICE_OBJECT device, PIRP irp)
{
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 7;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static inline NTSTATUS NTAPI skip_down(PDEVICE_OBJECT device, PIRP irp)
{
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(lower_device, irp);
}

// A queue of one, in the documented way: no cancel lock of the system for its own queue.
static KSPIN_LOCK parked_lock;
static PIRP parked;

static inline VOID NTAPI cancel_parked(PDEVICE_OBJECT device, PIRP irp)
{
    KIRQL old;

    IoReleaseCancelSpinLock(irp->CancelIrql);
    KeAcquireSpinLock(&parked_lock, &old);
    if (parked == irp)
        parked = NULL;
    KeReleaseSpinLock(&parked_lock, old);
    irp->IoStatus.Status = STATUS_CANCELLED;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static inline NTSTATUS NTAPI park(PDEVICE_OBJECT device, PIRP irp)
{
    KIRQL old;

    KeAcquireSpinLock(&parked_lock, &old);
    IoSetCancelRoutine(irp, cancel_parked);
    if (irp->Cancel && IoSetCancelRoutine(irp, NULL)) {
        KeReleaseSpinLock(&parked_lock, old);
        irp->IoStatus.Status = STATUS_CANCELLED;
        irp->IoStatus.Information = 0;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
        return STATUS_CANCELLED;
    }
    IoMarkIrpPending(irp);
    parked = irp;
    KeReleaseSpinLock(&parked_lock, old);
    return STATUS_PENDING;
}

// Completes the parked IRP unless its cancel routine has it. True if it was there to complete.
static inline bool unpark(void)
{
    PIRP irp;
    KIRQL old;

    KeAcquireSpinLock(&parked_lock, &old);
    irp = parked;
    if (irp && !IoSetCancelRoutine(irp, NULL))
        irp = NULL;
    if (irp)
        parked = NULL;
    KeReleaseSpinLock(&parked_lock, old);
    if (!irp)
        return false;
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 3;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return true;
}

// ---- IRPs of the test ---------------------------------------------------------------------------

static unsigned completions;
static NTSTATUS completed_with;

static inline NTSTATUS NTAPI take_back(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    completions++;
    completed_with = irp->IoStatus.Status;
    if (context)
        KeSetEvent(context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// An IRP for the top of the stack that comes back to take_back.
static inline PIRP stack_irp(CCHAR size, PKEVENT event)
{
    PIRP irp = IoAllocateIrp(size, FALSE);

    assert_non_null(irp);
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    IoSetCompletionRoutine(irp, take_back, event, TRUE, TRUE, TRUE);
    return irp;
}

#endif
