// SPDX-License-Identifier: MIT
//
// Runs of physically adjacent pages: see mapping_queue_runs.h.
#include "port/mapping_queue_runs.h"

#define PHYSICAL_PAGES (UINT64_C(1) << 40) // 52-bit physical addresses

static MQ_API bool buffer_valid(const struct mq_buffer *buffer)
{
    uint64_t span = (uint64_t)buffer->offset + buffer->bytes;
    uint64_t pages = (span + MQ_PAGE_BYTES - 1) / MQ_PAGE_BYTES;

    if (buffer->bytes == 0)
        return true;
    if (buffer->offset >= MQ_PAGE_BYTES || pages > buffer->page_count || !buffer->pages)
        return false;
    if ((uintptr_t)buffer->virtual_address > UINTPTR_MAX - buffer->bytes)
        return false;
    for (uint64_t i = 0; i < pages; i++) {
        if (buffer->pages[i] >= PHYSICAL_PAGES)
            return false;
    }
    return true;
}

MQ_API bool mq_request_valid(const struct mq_request *request, uint64_t *total)
{
    *total = 0;
    if (request->buffer_count > 0 && !request->buffers)
        return false;
    for (uint32_t i = 0; i < request->buffer_count; i++) {
        if (!buffer_valid(&request->buffers[i]))
            return false;
        *total += request->buffers[i].bytes;
    }
    return true;
}

MQ_API void mq_runs_start(struct mq_runs *runs, const struct mq_config *config,
                          const struct mq_request *request)
{
    bool cyclic = request->looped && request->buffer_count == 1;

    runs->request = request;
    runs->page_cap = config->policy == MQ_SPLIT_EVERY_PAGE ? 1 : config->page_cap;
    runs->frame_bytes = cyclic && config->policy != MQ_MERGE_MAX ? config->frame_bytes : 0;
    runs->buffer = 0;
    runs->done = 0;
}

static MQ_API uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

// Bytes up to the end of the buffer or of the frame.
static MQ_API uint32_t bytes_wanted(const struct mq_runs *runs, const struct mq_buffer *buffer)
{
    uint32_t wanted = buffer->bytes - runs->done;

    if (runs->frame_bytes > 0)
        wanted = smaller(wanted, runs->frame_bytes - runs->done % runs->frame_bytes);
    return wanted;
}

MQ_API bool mq_runs_next(struct mq_runs *runs, struct mq_run *run)
{
    const struct mq_request *request = runs->request;

    while (runs->buffer < request->buffer_count &&
           runs->done == request->buffers[runs->buffer].bytes) {
        runs->buffer++;
        runs->done = 0;
    }
    if (runs->buffer == request->buffer_count)
        return false;

    const struct mq_buffer *buffer = &request->buffers[runs->buffer];
    uint64_t start = (uint64_t)buffer->offset + runs->done;
    const uint64_t *page = &buffer->pages[start / MQ_PAGE_BYTES];
    uint32_t in_page = start % MQ_PAGE_BYTES;
    uint32_t wanted = bytes_wanted(runs, buffer);
    uint32_t bytes = smaller(wanted, MQ_PAGE_BYTES - in_page);
    uint32_t pages = 1;

    while (bytes < wanted && pages < runs->page_cap && page[pages] == page[pages - 1] + 1) {
        bytes += smaller(wanted - bytes, MQ_PAGE_BYTES);
        pages++;
    }
    run->physical = page[0] * MQ_PAGE_BYTES + in_page;
    run->virtual_address = (char *)buffer->virtual_address + runs->done;
    run->bytes = bytes;
    runs->done += bytes;
    return true;
}
