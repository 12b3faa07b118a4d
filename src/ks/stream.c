// SPDX-License-Identifier: MIT
//
// Stream IRPs: validation and probing (KP-30..37), the FIFO of accepted packets (KP-38..41), cancellation
// (KP-46..48), completion (KP-34, 35, 42, 44) and reset (KP-56).
//
// Who owns a packet: from IoMarkIrpPending on, whoever takes the cancel routine out of the IRP owns its
// completion. The submitter holds a second reference until pin_submit has returned; a cancel that comes
// before that is left to the submitter, so the port never sees a cancel before the packet.
//
// pin->lock guards the list, `inside` and the packets' flags; it is never held across a call out.
#include "ks/ks.h"

#define TAG_PACKET 'KPsP'

enum { HEADERS_LIMIT = 1 << 20 }; // bytes of headers in one IRP

static NTSTATUS refuse(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

// ---- validation (KP-37) ----------------------------------------------------------------------------------

static ULONG used_bytes(const struct ks_pin *pin, const KSSTREAM_HEADER *header)
{
    return pin->capture ? header->FrameExtent : header->DataUsed;
}

static NTSTATUS check_header(const struct ks_pin *pin, const KSSTREAM_HEADER *header)
{
    if (header->OptionsFlags & KSSTREAM_HEADER_OPTIONSF_TYPECHANGED)
        return STATUS_NOT_SUPPORTED; // KP-43
    if (pin->capture ? header->DataUsed != 0 : header->DataUsed > header->FrameExtent)
        return STATUS_INVALID_PARAMETER;
    if ((header->OptionsFlags & KSSTREAM_HEADER_OPTIONSF_TIMEVALID) &&
        (!header->PresentationTime.Numerator || !header->PresentationTime.Denominator))
        return STATUS_INVALID_PARAMETER; // KP-32
    if (used_bytes(pin, header) && !header->Data)
        return STATUS_ACCESS_VIOLATION;
    return STATUS_SUCCESS;
}

// How many headers of what size the client passed.
static NTSTATUS count_headers(const char *headers, ULONG bytes, ULONG *count, ULONG *stride)
{
    NTSTATUS status;

    if (bytes < sizeof(KSSTREAM_HEADER) || bytes > HEADERS_LIMIT)
        return STATUS_INVALID_BUFFER_SIZE;
    status =
        kernel_copy_in(stride, headers + offsetof(KSSTREAM_HEADER, Size), sizeof(*stride));
    if (!NT_SUCCESS(status))
        return status;
    if (*stride < sizeof(KSSTREAM_HEADER) || bytes % *stride)
        return STATUS_INVALID_BUFFER_SIZE;
    *count = bytes / *stride;
    return STATUS_SUCCESS;
}

static NTSTATUS check_direction(const struct ks_pin *pin, ULONG code)
{
    return code == (pin->capture ? IOCTL_KS_READ_STREAM : IOCTL_KS_WRITE_STREAM)
               ? STATUS_SUCCESS
               : STATUS_INVALID_DEVICE_REQUEST;
}

// ---- packets ---------------------------------------------------------------------------------------------

static struct ks_packet *packet_allocate(struct ks_pin *pin, PIRP irp, ULONG count)
{
    size_t bytes = sizeof(struct ks_packet) + count * (sizeof(KSSTREAM_HEADER) + sizeof(PMDL));
    struct ks_packet *packet = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG_PACKET);

    if (!packet)
        return NULL;
    RtlZeroMemory(packet, bytes);
    packet->pin = pin;
    packet->irp = irp;
    packet->count = count;
    packet->headers = (KSSTREAM_HEADER *)(packet + 1);
    packet->mdls = (PMDL *)(packet->headers + count);
    packet->references = 2;
    packet->number = system_number(pin->handle.filter->device->system, OBJECT_PACKET);
    list_init(&packet->link);
    return packet;
}

// Copies the headers, so that the client cannot change them behind our checks.
static NTSTATUS copy_headers(struct ks_packet *packet, const char *from, ULONG stride)
{
    for (ULONG i = 0; i < packet->count; i++) {
        KSSTREAM_HEADER *header = &packet->headers[i];
        NTSTATUS status = kernel_copy_in(header, from + (size_t)i * stride, sizeof(*header));

        if (!NT_SUCCESS(status))
            return status;
        if (header->Size != stride)
            return STATUS_INVALID_BUFFER_SIZE;
        status = check_header(packet->pin, header);
        if (!NT_SUCCESS(status))
            return status;
        packet->bytes += used_bytes(packet->pin, header);
        packet->looped |= (header->OptionsFlags & KSSTREAM_HEADER_OPTIONSF_LOOPEDDATA) != 0;
        packet->end_of_stream |= (header->OptionsFlags & KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM) != 0;
        packet->flush_on_pause |=
            (header->OptionsFlags & KSSTREAM_HEADER_OPTIONSF_FLUSHONPAUSE) != 0;
    }
    packet->looped |= packet->pin->looped; // KP-51
    if (packet->looped && packet->count != 1)
        return STATUS_INVALID_DEVICE_REQUEST; // KP-52
    return STATUS_SUCCESS;
}

// Locks the header's pages and gives them a system address (KP-36).
static NTSTATUS probe_header(struct ks_packet *packet, ULONG index)
{
    struct ps_system *system = packet->pin->handle.filter->device->system;
    const KSSTREAM_HEADER *header = &packet->headers[index];
    ULONG bytes = used_bytes(packet->pin, header);
    NTSTATUS status;
    PMDL mdl;

    if (!bytes)
        return STATUS_SUCCESS;
    mdl = IoAllocateMdl(header->Data, bytes, FALSE, FALSE, NULL);
    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = kernel_lock_pages(system, mdl, packet->pin->capture ? IoWriteAccess : IoReadAccess);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(mdl);
        return status;
    }
    packet->mdls[index] = mdl;
    if (!MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority))
        return STATUS_INSUFFICIENT_RESOURCES;
    return STATUS_SUCCESS;
}

static void chain_mdls(struct ks_packet *packet)
{
    PMDL *link = &packet->irp->MdlAddress;

    for (ULONG i = 0; i < packet->count; i++) {
        if (!packet->mdls[i])
            continue;
        *link = packet->mdls[i];
        link = &packet->mdls[i]->Next;
    }
    packet->irp->AssociatedIrp.SystemBuffer = packet->headers;
}

// The IRP loses what the packet gave it before it is completed.
static void unprobe(struct ks_packet *packet)
{
    packet->irp->MdlAddress = NULL;
    packet->irp->AssociatedIrp.SystemBuffer = NULL;
    for (ULONG i = 0; i < packet->count; i++) {
        if (!packet->mdls[i])
            continue;
        MmUnlockPages(packet->mdls[i]);
        IoFreeMdl(packet->mdls[i]);
        packet->mdls[i] = NULL;
    }
}

static NTSTATUS packet_create(struct ks_pin *pin, PIRP irp, struct ks_packet **out)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG bytes = stack->Parameters.DeviceIoControl.OutputBufferLength, count, stride;
    struct ks_packet *packet;
    NTSTATUS status = count_headers(irp->UserBuffer, bytes, &count, &stride);

    if (!NT_SUCCESS(status))
        return status;
    packet = packet_allocate(pin, irp, count);
    if (!packet)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = copy_headers(packet, irp->UserBuffer, stride);
    for (ULONG i = 0; i < count && NT_SUCCESS(status); i++)
        status = probe_header(packet, i);
    if (!NT_SUCCESS(status)) {
        unprobe(packet);
        ExFreePool(packet);
        return status;
    }
    chain_mdls(packet);
    *out = packet;
    return STATUS_SUCCESS;
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
        status = packet_create(pin, irp, &packet);
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
    unprobe(packet);
    ExFreePool(packet);
    return refuse(irp, status);
}

// ---- completion --------------------------------------------------------------------------------------------------

NTSTATUS ks_packet_stop_status(const struct ks_packet *packet, ULONG64 *transferred)
{
    if (packet->looped)
        *transferred = packet->bytes;
    if (packet->looped || packet->pin->capture || *transferred == packet->bytes)
        return STATUS_SUCCESS;
    *transferred = 0;
    return STATUS_CANCELLED;
}

// KP-35: the filled bytes go over the headers in order, into the client's own headers, which may have gone since.
static NTSTATUS return_headers(struct ks_packet *packet, ULONG64 transferred)
{
    char *theirs = (char *)packet->irp->UserBuffer + offsetof(KSSTREAM_HEADER, DataUsed);

    for (ULONG i = 0; i < packet->count; i++, theirs += packet->headers[0].Size) {
        ULONG part = packet->headers[i].FrameExtent;
        NTSTATUS status;

        if (part > transferred)
            part = (ULONG)transferred;
        status = kernel_copy_out(theirs, &part, sizeof(part));
        if (!NT_SUCCESS(status))
            return status;
        transferred -= part;
    }
    return STATUS_SUCCESS;
}

static void fill_status(struct ks_packet *packet, NTSTATUS status, ULONG64 transferred)
{
    PIO_STATUS_BLOCK block = &packet->irp->IoStatus;

    block->Information = (ULONG_PTR)transferred;
    if (NT_SUCCESS(status) && packet->pin->capture) {
        block->Information = (ULONG_PTR)packet->count * packet->headers[0].Size;
        status = return_headers(packet, transferred);
    }
    if (!NT_SUCCESS(status))
        block->Information = 0;
    block->Status = status;
}

void ks_packet_complete(struct ks_packet *packet, NTSTATUS status, ULONG64 transferred)
{
    struct ks_pin *pin = packet->pin;
    PIRP irp = packet->irp;

    fill_status(packet, status, transferred);
    unprobe(packet);
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
