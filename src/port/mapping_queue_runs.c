// SPDX-License-Identifier: MIT
//
// Runs of physically adjacent pages: see mapping_queue_runs.h.
#include "port/mapping_queue_runs.h"

#define PHYSICAL_PAGES (UINT64_C(1) << 40) // 52-bit physical addresses

static MQ_API bool buffer_valid(const struct mq_buffer *buffer, uint64_t pages)
{
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

MQ_API bool mq_request_valid(const struct mq_request *request, struct mq_size *size)
{
    size->bytes = 0;
    size->pages = 0;
    if (request->buffer_count > 0 && !request->buffers)
        return false;
    for (uint32_t i = 0; i < request->buffer_count; i++) {
        const struct mq_buffer *buffer = &request->buffers[i];
        uint64_t span = (uint64_t)buffer->offset + buffer->bytes;
        uint64_t pages = (span + MQ_PAGE_BYTES - 1) / MQ_PAGE_BYTES;
        if (buffer->bytes == 0)
            continue;
        if (!buffer_valid(buffer, pages))
            return false;
        size->bytes += buffer->bytes;
        size->pages += pages;
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
    mq_runs_again(runs);
}
