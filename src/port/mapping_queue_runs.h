// SPDX-License-Identifier: MIT
//
// Cuts the buffers of a request into physically contiguous runs (WP-28..WP-32). Needs no lock.
#ifndef PORTSIDE_PORT_MAPPING_QUEUE_RUNS_H
#define PORTSIDE_PORT_MAPPING_QUEUE_RUNS_H

#include "port/mapping_queue.h"

struct mq_run {
    uint64_t physical;
    void *virtual_address;
    uint32_t bytes;
};

struct mq_runs {
    const struct mq_request *request;
    uint32_t page_cap;     // pages that a run touches at most; 1: split every page
    uint32_t frame_bytes;  // 0: frames do not split
    uint32_t buffer;       // the next one
    // Of the current one, what is not in runs yet:
    uint32_t left;
    uint32_t frame_left;   // up to the end of the frame
    uint32_t in_page;      // offset of the first byte in `page`
    const uint64_t *page;
    char *virtual_address;
};

struct mq_size {
    uint64_t bytes, pages; // of all buffers
};

// Whether every buffer can be cut: offsets, page counts, addresses.
MQ_API bool mq_request_valid(const struct mq_request *request, struct mq_size *size);
MQ_API void mq_runs_start(struct mq_runs *runs, const struct mq_config *config,
                          const struct mq_request *request);

// Back to the first run.
static inline void mq_runs_again(struct mq_runs *runs)
{
    runs->buffer = 0;
    runs->left = 0;
}

static inline uint32_t mq_smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

// The next buffer that is not empty, or false.
static inline bool mq_runs_buffer(struct mq_runs *runs)
{
    while (runs->left == 0) {
        if (runs->buffer == runs->request->buffer_count)
            return false;
        const struct mq_buffer *buffer = &runs->request->buffers[runs->buffer++];
        runs->left = buffer->bytes;
        runs->frame_left = runs->frame_bytes > 0 ? runs->frame_bytes : buffer->bytes;
        runs->in_page = buffer->offset;
        runs->page = buffer->pages;
        runs->virtual_address = buffer->virtual_address;
    }
    return true;
}

static inline void mq_runs_skip(struct mq_runs *runs, uint32_t bytes, uint32_t pages)
{
    runs->left -= bytes;
    runs->virtual_address += bytes;
    runs->frame_left -= bytes;
    if (runs->frame_left == 0)
        runs->frame_left = runs->frame_bytes;
    runs->in_page = (runs->in_page + bytes) % MQ_PAGE_BYTES;
    runs->page += runs->in_page > 0 ? pages - 1 : pages;
}

// The next run, or false behind the last.
static inline bool mq_runs_next(struct mq_runs *runs, struct mq_run *run)
{
    if (runs->left == 0 && !mq_runs_buffer(runs))
        return false;

    const uint64_t *page = runs->page;
    uint32_t wanted = mq_smaller(runs->left, runs->frame_left);
    uint32_t bytes = mq_smaller(wanted, MQ_PAGE_BYTES - runs->in_page);
    uint32_t pages = 1;

    while (bytes < wanted && pages < runs->page_cap && page[pages] == page[pages - 1] + 1) {
        bytes += mq_smaller(wanted - bytes, MQ_PAGE_BYTES);
        pages++;
    }
    run->physical = page[0] * MQ_PAGE_BYTES + runs->in_page;
    run->virtual_address = runs->virtual_address;
    run->bytes = bytes;
    mq_runs_skip(runs, bytes, pages);
    return true;
}

#endif
