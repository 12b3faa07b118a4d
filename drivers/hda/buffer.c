/* SPDX-License-Identifier: MIT */
/*
 * The cyclic buffer: pages from the port, and a descriptor list for them in a page of its own. The list interrupts in
 * the middle and at the end, with and without notification, so that laps are never missed.
 */
#include "stream.h"

enum {
    PACKET_LEAST = 512,        /* more than any FIFO */
    BUFFER_MOST = 0x10000000,
};

static ULONGLONG round_up(ULONGLONG value, ULONG step)
{
    return (value + step - 1) / step * step;
}

/* Whole frames that end where a list entry may begin. */
static ULONG packet_step(ULONG frame_bytes)
{
    ULONG twos = frame_bytes & (0u - frame_bytes);

    return frame_bytes / (twos < LIST_ALIGNMENT ? twos : LIST_ALIGNMENT) * LIST_ALIGNMENT;
}

static ULONGLONG packet_bytes(ULONG requested, ULONG packets, ULONG frame_bytes)
{
    ULONGLONG bytes = packets ? round_up(requested, packets) / packets : requested;

    if (bytes < PACKET_LEAST)
        bytes = PACKET_LEAST;
    return round_up(bytes, packets ? packet_step(frame_bytes) : frame_bytes);
}

static ULONG middle_of(const BUFFER *buffer)
{
    return buffer->packets == 2 ? buffer->bytes / 2
                                : buffer->bytes / 2 / LIST_ALIGNMENT * LIST_ALIGNMENT;
}

static PHYSICAL_ADDRESS highest(const STREAM *stream)
{
    PHYSICAL_ADDRESS address;

    address.QuadPart = stream->controller->wide ? -1 : 0xFFFFFFFFll;
    return address;
}

static PMDL contiguous(STREAM *stream, ULONG bytes)
{
    PHYSICAL_ADDRESS low;

    low.QuadPart = 0;
    return stream->port->lpVtbl->AllocateContiguousPagesForMdl(stream->port, low,
                                                               highest(stream), bytes);
}

/* ---- making ------------------------------------------------------------------------------------------------- */

static NTSTATUS make_list_page(STREAM *stream, BUFFER *buffer)
{
    PPORTWAVERTSTREAM port = stream->port;

    buffer->list_mdl = contiguous(stream, LIST_ENTRIES * sizeof(DESCRIPTOR));
    if (!buffer->list_mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    buffer->list = port->lpVtbl->MapAllocatedPages(port, buffer->list_mdl, MmNonCached);
    if (!buffer->list)
        return STATUS_INSUFFICIENT_RESOURCES;
    buffer->list_address = IPortWaveRTStream_GetPhysicalPageAddress(port, buffer->list_mdl, 0);
    return STATUS_SUCCESS;
}

/* Fewer pages than asked for are none (RT-21); more pieces than a list has entries are none either. */
static BOOLEAN describe(STREAM *stream, BUFFER *buffer)
{
    PPORTWAVERTSTREAM port = stream->port;
    ULONGLONG pages = port->lpVtbl->GetPhysicalPagesCount(port, buffer->mdl);

    if (pages * PAGE_SIZE >= buffer->bytes)
        buffer->entries =
            list_build(buffer->list, port, buffer->mdl, buffer->bytes, middle_of(buffer));
    if (buffer->entries)
        return TRUE;
    port->lpVtbl->FreePagesFromMdl(port, buffer->mdl);
    buffer->mdl = NULL;
    return FALSE;
}

static NTSTATUS make_pages(STREAM *stream, BUFFER *buffer)
{
    PPORTWAVERTSTREAM port = stream->port;

    buffer->mdl = port->lpVtbl->AllocatePagesForMdl(port, highest(stream), buffer->bytes);
    if (buffer->mdl && describe(stream, buffer))
        return STATUS_SUCCESS;
    buffer->mdl = contiguous(stream, buffer->bytes);
    if (buffer->mdl && describe(stream, buffer))
        return STATUS_SUCCESS;
    return STATUS_INSUFFICIENT_RESOURCES;
}

static void unmake(STREAM *stream, BUFFER *buffer)
{
    PPORTWAVERTSTREAM port = stream->port;

    if (buffer->list)
        port->lpVtbl->UnmapAllocatedPages(port, buffer->list, buffer->list_mdl);
    if (buffer->list_mdl)
        port->lpVtbl->FreePagesFromMdl(port, buffer->list_mdl);
    if (buffer->mdl)
        port->lpVtbl->FreePagesFromMdl(port, buffer->mdl);
    RtlZeroMemory(buffer, sizeof(*buffer));
}

static NTSTATUS make(STREAM *stream, ULONG requested, ULONG packets)
{
    ULONGLONG bytes = packet_bytes(requested, packets, stream->format.frame_bytes) *
                      (packets ? packets : 1);
    BUFFER *buffer = &stream->buffer;
    NTSTATUS status;

    if (buffer->mdl)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (bytes > BUFFER_MOST)
        return STATUS_INSUFFICIENT_RESOURCES;
    buffer->bytes = (ULONG)bytes;
    buffer->packets = packets;
    status = make_list_page(stream, buffer);
    if (NT_SUCCESS(status))
        status = make_pages(stream, buffer);
    if (NT_SUCCESS(status))
        status = stream_rewind(stream);
    if (!NT_SUCCESS(status))
        unmake(stream, buffer);
    return status;
}

/* ---- for the port ---------------------------------------------------------------------------------------------- */

/* The controller need not look into caches, so the client writes past them (RT-54). */
static void tell(const STREAM *stream, PMDL *mdl, ULONG *bytes, ULONG *offset,
                 MEMORY_CACHING_TYPE *cache)
{
    *mdl = stream->buffer.mdl;
    *bytes = stream->buffer.bytes;
    *offset = 0;
    *cache = MmWriteCombined;
}

NTSTATUS NTAPI buffer_allocate(IMiniportWaveRTStreamNotification *This, ULONG requested, PMDL *mdl,
                               ULONG *bytes, ULONG *offset, MEMORY_CACHING_TYPE *cache)
{
    NTSTATUS status = make(stream_from(This), requested, 0);

    if (NT_SUCCESS(status))
        tell(stream_from(This), mdl, bytes, offset, cache);
    return status;
}

NTSTATUS NTAPI buffer_allocate_notified(IMiniportWaveRTStreamNotification *This, ULONG count,
                                        ULONG requested, PMDL *mdl, ULONG *bytes, ULONG *offset,
                                        MEMORY_CACHING_TYPE *cache)
{
    NTSTATUS status;

    if (count != 1 && count != 2)
        return STATUS_INVALID_PARAMETER;
    status = make(stream_from(This), requested, count);
    if (NT_SUCCESS(status))
        tell(stream_from(This), mdl, bytes, offset, cache);
    return status;
}

void buffer_end(STREAM *stream)
{
    BUFFER buffer = stream->buffer;

    if (!buffer.mdl)
        return;
    RtlZeroMemory(&stream->buffer, sizeof(stream->buffer));
    stream_rewind(stream);
    unmake(stream, &buffer);
}

VOID NTAPI buffer_free(IMiniportWaveRTStreamNotification *This, PMDL mdl, ULONG bytes)
{
    (void)bytes;
    if (mdl == stream_from(This)->buffer.mdl)
        buffer_end(stream_from(This));
}
