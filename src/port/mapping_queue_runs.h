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
    uint32_t buffer;       // the current one
    uint32_t done;         // its bytes that are in runs already
};

// Whether every buffer can be cut: offsets, page counts, addresses. `total` is the sum of the bytes.
MQ_API bool mq_request_valid(const struct mq_request *request, uint64_t *total);
MQ_API void mq_runs_start(struct mq_runs *runs, const struct mq_config *config,
                          const struct mq_request *request);
// The next run, or false behind the last.
MQ_API bool mq_runs_next(struct mq_runs *runs, struct mq_run *run);

#endif
