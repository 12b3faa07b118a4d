// SPDX-License-Identifier: MIT
//
// One stream IRP as a packet: its headers are checked (KP-37) and copied, its buffers locked and mapped (KP-36); at
// the end the IRP loses what the packet gave it and gets its status (KP-34, KP-35, KP-44).
#include "ks/packet.h"

#define TAG_PACKET 'KPsP'

enum { HEADERS_LIMIT = 1 << 20 }; // bytes of headers in one IRP

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
void ks_packet_unprobe(struct ks_packet *packet)
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

void ks_packet_drop(struct ks_packet *packet)
{
    ks_packet_unprobe(packet);
    ExFreePool(packet);
}

NTSTATUS ks_packet_create(struct ks_pin *pin, PIRP irp, struct ks_packet **out)
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
        ks_packet_drop(packet);
        return status;
    }
    chain_mdls(packet);
    *out = packet;
    return STATUS_SUCCESS;
}

// ---- how it ended ----------------------------------------------------------------------------------------

NTSTATUS ks_packet_stop_status(const struct ks_packet *packet, ULONG64 *transferred)
{
    if (packet->looped)
        *transferred = packet->bytes;
    if (packet->looped || packet->pin->capture || *transferred == packet->bytes)
        return STATUS_SUCCESS;
    *transferred = 0;
    return STATUS_CANCELLED;
}

// WC-68.
static NTSTATUS mark_discontinuity(struct ks_packet *packet)
{
    ULONG flags = packet->headers[0].OptionsFlags | KSSTREAM_HEADER_OPTIONSF_DATADISCONTINUITY;

    if (!packet->discontinuity)
        return STATUS_SUCCESS;
    return kernel_copy_out((char *)packet->irp->UserBuffer +
                               offsetof(KSSTREAM_HEADER, OptionsFlags),
                           &flags, sizeof(flags));
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

void ks_packet_fill_status(struct ks_packet *packet, NTSTATUS status, ULONG64 transferred)
{
    PIO_STATUS_BLOCK block = &packet->irp->IoStatus;

    block->Information = (ULONG_PTR)transferred;
    if (NT_SUCCESS(status) && packet->pin->capture) {
        block->Information = (ULONG_PTR)packet->count * packet->headers[0].Size;
        status = return_headers(packet, transferred);
        if (NT_SUCCESS(status))
            status = mark_discontinuity(packet);
    }
    if (!NT_SUCCESS(status))
        block->Information = 0;
    block->Status = status;
}
