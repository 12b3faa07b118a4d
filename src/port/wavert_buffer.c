// SPDX-License-Identifier: MIT
//
// The cyclic buffer (RT-40 to RT-54): the miniport allocates it, the port looks it over, maps it for the
// client, and at the end has it freed by the method that fits. PASSIVE_LEVEL under the device lock.
#include "port/wavert.h"

#define TAG_BROUGHT 'BPsR'

static const void *allocator(const struct wavert_stream *stream, ULONG notifications)
{
    return notifications
               ? (const void *)(uintptr_t)
                     stream->notification->lpVtbl->AllocateBufferWithNotification
               : (const void *)(uintptr_t)stream->miniport->lpVtbl->AllocateAudioBuffer;
}

static NTSTATUS ask(struct wavert_stream *stream, ULONG requested, struct wavert_buffer *buffer)
{
    NTSTATUS status;

    buffer->cache = MmCached; // RT-41
    if (buffer->notifications)
        WAVERT_CALL(stream, status, stream->notification, AllocateBufferWithNotification,
                    buffer->notifications, requested, &buffer->mdl, &buffer->bytes, &buffer->offset,
                    &buffer->cache);
    else
        WAVERT_CALL(stream, status, stream->miniport, AllocateAudioBuffer, requested, &buffer->mdl,
                    &buffer->bytes, &buffer->offset, &buffer->cache);
    return status;
}

static void give_back(struct wavert_stream *stream, const struct wavert_buffer *buffer)
{
    if (!buffer->mdl)
        return;
    if (buffer->notifications)
        WAVERT_TELL(stream, stream->notification, FreeBufferWithNotification, buffer->mdl,
                    buffer->bytes);
    else
        WAVERT_TELL(stream, stream->miniport, FreeAudioBuffer, buffer->mdl, buffer->bytes);
}

// ---- an MDL that the driver made itself -----------------------------------------------------------------------

static size_t mdl_end(const MDL *mdl)
{
    return (size_t)MmGetMdlByteOffset(mdl) + MmGetMdlByteCount(mdl);
}

// Its page numbers stand where a driver may have written: none but those of memory will do.
static bool take_pages(struct machine *machine, const MDL *mdl, struct wavert_pages *pages)
{
    for (size_t i = 0; i < pages->count; i++) {
        pages->pfns[i] = MmGetMdlPfnArray(mdl)[i];
        if (pages->pfns[i] > UINT64_MAX / PAGE_SIZE ||
            !memory_direct(machine, pages->pfns[i] * PAGE_SIZE, PAGE_SIZE))
            return false;
    }
    return pages->count != 0;
}

// Public drivers of virtual devices do so, with pool (RT-45). NULL: it has no pages of memory, or there
// is no memory for the record.
static struct wavert_pages *bring(struct wavert_stream *stream, const MDL *mdl)
{
    const SHORT with_pages = MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL;
    uint32_t number = mdl ? kernel_mdl_number(stream->system, mdl) : 0;
    struct wavert_pages *pages;
    size_t count;

    if (!number || !(mdl->MdlFlags & with_pages))
        return NULL;
    count = kernel_mdl_pages(mdl);
    pages = port_allocate(sizeof(*pages) + count * sizeof(*pages->pfns), TAG_BROUGHT);
    if (!pages)
        return NULL;
    pages->number = number;
    pages->count = count;
    if (take_pages(stream->system->machine, mdl, pages))
        return pages;
    port_free(pages);
    return NULL;
}

static struct wavert_pages *pages_of(struct wavert_stream *stream,
                                     const struct wavert_buffer *buffer)
{
    return buffer->brought ? buffer->brought : wavert_pages_find(stream, buffer->mdl);
}

// ---- what came back ------------------------------------------------------------------------------------------

// RT-45, RT-28: what makes the buffer unusable; NULL: nothing. The MDL's own size counts if it is less than
// its pages, and is a lie if it is more.
static const char *hard_fault(const struct wavert_pages *pages, const struct wavert_buffer *buffer)
{
    uint64_t end = (uint64_t)buffer->offset + buffer->bytes;

    if (!buffer->mdl)
        return "without an MDL";
    if (!pages)
        return "with an MDL that this stream did not allocate, and that has no pages";
    if (!buffer->bytes)
        return "with a size of 0";
    if (buffer->offset >= PAGE_SIZE)
        return "with an offset beyond the first page";
    if (mdl_end(buffer->mdl) > pages->count * PAGE_SIZE)
        return "with an MDL longer than its pages";
    if (end > mdl_end(buffer->mdl))
        return "with more bytes than the MDL has";
    if (!wavert_cache_valid(buffer->cache))
        return "with a cache type that is not allowed";
    return NULL;
}

static void check_size(struct wavert_stream *stream, ULONG requested,
                       const struct wavert_buffer *buffer, const void *caller)
{
    ULONG frame = stream->pin->wave->nBlockAlign;

    if (buffer->bytes < requested)
        wavert_remark(stream, "RT-44", caller, "a buffer of %u bytes for a request of %u",
                      buffer->bytes, requested);
    if (!frame)
        return;
    if (buffer->bytes % frame)
        wavert_remark(stream, "RT-45", caller,
                      "a buffer of %u bytes does not hold whole frames of %u", buffer->bytes, frame);
    else if (buffer->notifications == 2 && buffer->bytes % (2 * frame))
        wavert_remark(stream, "RT-45", caller,
                      "a buffer of %u bytes has no middle between frames of %u", buffer->bytes,
                      frame);
}

// RT-47. Only the pages that hold the buffer are the client's to see.
static bool map_for_client(struct wavert_stream *stream, struct wavert_pages *pages,
                           const struct wavert_buffer *buffer)
{
    uint64_t end = (uint64_t)buffer->offset + buffer->bytes;

    pages->client_count = (size_t)((end + PAGE_SIZE - 1) / PAGE_SIZE);
    wavert_cache_check(stream, pages, pages->client_count, buffer->cache,
                       allocator(stream, buffer->notifications));
    pages->client = view_map(stream->system->machine, pages->pfns, pages->client_count,
                             (unsigned)buffer->cache, true);
    return pages->client != NULL;
}

static const char *method(const struct wavert_buffer *buffer)
{
    return buffer->notifications ? "AllocateBufferWithNotification" : "AllocateAudioBuffer";
}

static NTSTATUS accept(struct wavert_stream *stream, ULONG requested,
                       const struct wavert_buffer *buffer)
{
    const void *caller = allocator(stream, buffer->notifications);
    struct wavert_pages *pages = pages_of(stream, buffer);
    const char *fault = hard_fault(pages, buffer);

    if (fault) {
        wavert_misuse(stream, "RT-45", 0, caller, "%s succeeded %s", method(buffer), fault);
        return STATUS_UNSUCCESSFUL;
    }
    if (buffer->brought)
        wavert_remark(stream, "RT-45", caller, "%s succeeded with MDL %u, which this stream did not allocate",
                      method(buffer), pages->number);
    check_size(stream, requested, buffer, caller);
    if (!map_for_client(stream, pages, buffer))
        return STATUS_INSUFFICIENT_RESOURCES;
    return STATUS_SUCCESS;
}

// ---- for the properties and closing -----------------------------------------------------------------------------

NTSTATUS wavert_buffer_create(struct wavert_stream *stream, ULONG requested, ULONG notifications,
                              KSRTAUDIO_BUFFER *reply)
{
    struct wavert_buffer buffer = {.notifications = notifications};
    NTSTATUS status;

    if (stream->buffer.mdl)
        return STATUS_INVALID_DEVICE_REQUEST; // RT-50
    if (!requested)
        return STATUS_INVALID_PARAMETER;
    status = ask(stream, requested, &buffer);
    if (!NT_SUCCESS(status))
        return status;
    if (!wavert_pages_find(stream, buffer.mdl))
        buffer.brought = bring(stream, buffer.mdl);
    status = accept(stream, requested, &buffer);
    if (!NT_SUCCESS(status)) {
        give_back(stream, &buffer);
        port_free(buffer.brought);
        return status;
    }
    stream->buffer = buffer;
    reply->BufferAddress =
        (char *)pages_of(stream, &buffer)->client + buffer.offset;
    reply->ActualBufferSize = buffer.bytes;
    reply->CallMemoryBarrier = buffer.cache == MmWriteCombined;
    return STATUS_SUCCESS;
}

// A driver that has freed the MDL already is not asked to do it again.
void wavert_buffer_free(struct wavert_stream *stream)
{
    struct wavert_buffer buffer = stream->buffer;
    struct wavert_pages *pages = buffer.mdl ? pages_of(stream, &buffer) : NULL;

    RtlZeroMemory(&stream->buffer, sizeof(stream->buffer));
    if (!pages)
        return;
    wavert_client_unmap(stream, pages);
    if (!buffer.brought || kernel_mdl_number(stream->system, buffer.mdl))
        give_back(stream, &buffer);
    port_free(buffer.brought);
}
