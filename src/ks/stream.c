// SPDX-License-Identifier: MIT
//
// Stream IRPs: the FIFO of accepted packets (KP-38..41), cancellation (KP-46..48), completion (KP-42) and reset
// (KP-56). What a packet is made of is in packet.c.
//
// Who owns a packet: from IoMarkIrpPending on, whoever takes the cancel routine out of the IRP owns its
// completion. The submitter holds a second reference until pin_submit has returned; a cancel that comes
// before that is left to the submitter, so the port never sees a cancel before the packet.
//
// pin->lock guards the list, `inside` and the packets' flags; it is never held across a call out.
#include "ks/packet.h"

static NTSTATUS refuse(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS check_direction(const struct ks_pin *pin, ULONG code)
{
    return code == (pin->capture ? IOCTL_KS_READ_STREAM : IOCTL_KS_WRITE_STREAM)
               ? STATUS_SUCCESS
               : STATUS_INVALID_DEVICE_REQUEST;
}

// ---- the pin's record of what is under way -----------------------------------------------------------------

// The lock is held.
static void enter(struct ks_pin *pin)
{
    if (pin->inside++ == 0)
        KeClearEvent(&pin->idle);
}

// The pin may be gone afterwards.
static void leave(struct ks_pin *pin)
{
    KIRQL irql;

    KeAcquireSpinLock(&pin->lock, &irql);
    if (--pin->inside == 0)
        KeSetEvent(&pin->idle, IO_NO_INCREMENT, FALSE);
    KeReleaseSpinLock(&pin->lock, irql);
}

// The lock is held.
static void link_packet(struct ks_pin *pin, struct ks_packet *packet)
{
    KeClearEvent(&pin->drained);
    list_push_back(&pin->packets, &packet->link);
}

static void unlink_packet(struct ks_pin *pin, struct ks_packet *packet)
{
    KIRQL irql;

    KeAcquireSpinLock(&pin->lock, &irql);
    list_remove(&packet->link);
    if (list_empty(&pin->packets))
        KeSetEvent(&pin->drained, IO_NO_INCREMENT, FALSE);
    KeReleaseSpinLock(&pin->lock, irql);
}

static void packet_release(struct ks_packet *packet)
{
    if (InterlockedDecrement(&packet->references) == 0)
        ExFreePool(packet);
}

// ---- cancellation (KP-46, KP-47) -----------------------------------------------------------------------------

bool ks_packet_claim(struct ks_packet *packet)
{
    return IoSetCancelRoutine(packet->irp, NULL) != NULL;
}

struct ks_packet *ks_packet_claim_flushable(struct ks_pin *pin)
{
    struct ks_packet *found = NULL;
    KIRQL irql;

    KeAcquireSpinLock(&pin->lock, &irql);
    LIST_EACH(link, &pin->packets) {
        struct ks_packet *packet = LIST_OBJECT(link, struct ks_packet, link);

        if (packet->flush_on_pause && packet->submitted && !packet->flush &&
            ks_packet_claim(packet)) {
            packet->flush = true;
            found = packet;
            break;
        }
    }
    KeReleaseSpinLock(&pin->lock, irql);
    return found;
}

static void cancel_packet(struct ks_pin *pin, struct ks_packet *packet)
{
    pin->handle.filter->ops->pin_cancel(pin, packet);
}

// The cancel routine: the cancel path owns the packet from here on. The IRP, and with it the pin's file
// object, lives until that path completes it.
static VOID NTAPI cancel_routine(PDEVICE_OBJECT device, PIRP irp)
{
    struct ks_packet *packet = irp->Tail.Overlay.DriverContext[0];
    struct ks_pin *pin = packet->pin;
    bool now;
    KIRQL irql;

    (void)device;
    IoReleaseCancelSpinLock(irp->CancelIrql);
    KeAcquireSpinLock(&pin->lock, &irql);
    enter(pin);
    packet->cancelled = true;
    now = packet->submitted;
    KeReleaseSpinLock(&pin->lock, irql);
    if (now)
        cancel_packet(pin, packet);
    leave(pin);
}

// ---- submission ------------------------------------------------------------------------------------------------

// The lock is held.
static NTSTATUS admit(const struct ks_pin *pin, const struct ks_packet *packet)
{
    if (pin->resetting)
        return STATUS_DEVICE_NOT_READY;
    if (!pin->accepts)
        return STATUS_INVALID_DEVICE_STATE;
    if (packet->looped && !list_empty(&pin->packets))
        return STATUS_INVALID_DEVICE_REQUEST; // KP-52
    return STATUS_SUCCESS;
}

// Queues the packet, cancelable from here on. STATUS_CANCELLED: it was cancelled before (KP-40).
static NTSTATUS enqueue(struct ks_pin *pin, struct ks_packet *packet)
{
    PIRP irp = packet->irp;
    NTSTATUS status;
    KIRQL irql;

    KeAcquireSpinLock(&pin->lock, &irql);
    status = admit(pin, packet);
    if (NT_SUCCESS(status)) {
        IoMarkIrpPending(irp);
        irp->Tail.Overlay.DriverContext[0] = packet;
        link_packet(pin, packet);
        enter(pin);
        IoSetCancelRoutine(irp, cancel_routine);
        if (irp->Cancel && IoSetCancelRoutine(irp, NULL))
            status = STATUS_CANCELLED;
    }
    KeReleaseSpinLock(&pin->lock, irql);
    return status;
}

static void submit(struct ks_pin *pin, struct ks_packet *packet)
{
    bool cancelled;
    KIRQL irql;

    pin->handle.filter->ops->pin_submit(pin, packet);
    KeAcquireSpinLock(&pin->lock, &irql);
    packet->submitted = true;
    cancelled = packet->cancelled;
    KeReleaseSpinLock(&pin->lock, irql);
    if (cancelled)
        cancel_packet(pin, packet);
    packet_release(packet);
}

NTSTATUS ks_pin_stream(struct ks_pin *pin, PIRP irp)
{
    ULONG code =
        IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode;
    struct ks_packet *packet;
    NTSTATUS status = check_direction(pin, code);

    if (NT_SUCCESS(status) && !pin->handle.filter->ops->pin_submit)
        status = STATUS_INVALID_DEVICE_REQUEST;
    if (NT_SUCCESS(status))
        status = ks_packet_create(pin, irp, &packet);
    if (!NT_SUCCESS(status))
        return refuse(irp, status);
    status = enqueue(pin, packet);
    if (status == STATUS_SUCCESS) {
        submit(pin, packet);
        leave(pin);
        return STATUS_PENDING;
    }
    if (status == STATUS_CANCELLED) {
        packet_release(packet); // the submitter's
        ks_packet_complete(packet, STATUS_CANCELLED, 0);
        leave(pin);
        return STATUS_PENDING;
    }
    ks_packet_drop(packet);
    return refuse(irp, status);
}

// ---- completion --------------------------------------------------------------------------------------------------

void ks_packet_complete(struct ks_packet *packet, NTSTATUS status, ULONG64 transferred)
{
    struct ks_pin *pin = packet->pin;
    PIRP irp = packet->irp;

    ks_packet_fill_status(packet, status, transferred);
    ks_packet_unprobe(packet);
    if (packet->end_of_stream && NT_SUCCESS(status))
        ks_event_signal(pin, &KSEVENTSETID_Connection, KSEVENT_CONNECTION_ENDOFSTREAM);
    unlink_packet(pin, packet);
    packet_release(packet);
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

// ---- reset (KP-56) -----------------------------------------------------------------------------------------------

// The oldest packet that nobody is ending, taken for the cancel path; NULL when there is none.
static struct ks_packet *take_for_reset(struct ks_pin *pin)
{
    struct ks_packet *found = NULL;
    KIRQL irql;

    KeAcquireSpinLock(&pin->lock, &irql);
    LIST_EACH(link, &pin->packets) {
        struct ks_packet *packet = LIST_OBJECT(link, struct ks_packet, link);

        if (ks_packet_claim(packet)) {
            packet->cancelled = true;
            found = packet;
            break;
        }
    }
    KeReleaseSpinLock(&pin->lock, irql);
    return found;
}

static void set_resetting(struct ks_pin *pin, bool resetting)
{
    KIRQL irql;

    KeAcquireSpinLock(&pin->lock, &irql);
    pin->resetting = resetting;
    KeReleaseSpinLock(&pin->lock, irql);
}

static void reset_begin(struct ks_pin *pin)
{
    struct ks_packet *packet;

    set_resetting(pin, true);
    KeWaitForSingleObject(&pin->idle, Executive, KernelMode, FALSE, NULL);
    while ((packet = take_for_reset(pin)))
        cancel_packet(pin, packet);
}

NTSTATUS ks_pin_reset(struct ks_pin *pin, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct ks_device *device = pin->handle.filter->device;
    const void *input = stack->Parameters.DeviceIoControl.Type3InputBuffer;
    NTSTATUS status;
    KSRESET value;

    if (stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(value))
        return refuse(irp, STATUS_INVALID_BUFFER_SIZE);
    status = kernel_copy_in(&value, input, sizeof(value));
    if (!NT_SUCCESS(status))
        return refuse(irp, status);
    if (value != KSRESET_BEGIN && value != KSRESET_END)
        return refuse(irp, STATUS_INVALID_PARAMETER);
    ks_device_lock(device);
    if (value == KSRESET_BEGIN && !pin->resetting)
        reset_begin(pin);
    else if (value == KSRESET_END)
        set_resetting(pin, false);
    ks_device_unlock(device);
    return refuse(irp, STATUS_SUCCESS);
}
