// SPDX-License-Identifier: MIT
//
// See mapping_queue_floor.h.
#include "bench/mapping_queue_floor.h"

#include <stdlib.h>

#include "port/mapping_queue_runs.h"

static NTSTATUS NTAPI get_mapping(IPortWavePciStream *This, PVOID tag, PPHYSICAL_ADDRESS physical,
                                  PVOID *virtual_address, PULONG bytes, PULONG flags)
{
    struct floor *floor = CONTAINING_RECORD(This, struct floor, iface);

    mq_lock(floor->lock);
    if (MQ_UNLIKELY(floor->get == floor->put)) {
        mq_unlock(floor->lock);
        return STATUS_NOT_FOUND;
    }
    struct floor_run *run = &floor->runs[floor->get++ & floor->mask];
    run->tag = tag;
    physical->QuadPart = (LONGLONG)run->physical;
    *virtual_address = run->virtual_address;
    *bytes = run->bytes;
    *flags = run->last;
    mq_unlock(floor->lock);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI release_mapping(IPortWavePciStream *This, PVOID tag)
{
    struct floor *floor = CONTAINING_RECORD(This, struct floor, iface);
    struct floor_request *ended = NULL;

    mq_lock(floor->lock);
    struct floor_run *run = &floor->runs[floor->oldest & floor->mask];
    if (MQ_UNLIKELY(floor->oldest == floor->get || run->tag != tag)) {
        mq_unlock(floor->lock);
        return STATUS_NOT_FOUND;
    }
    floor->oldest++;
    if (run->last) {
        ended = floor->first;
        floor->first = ended->next;
        if (!floor->first)
            floor->last = &floor->first;
    }
    mq_unlock(floor->lock);
    if (ended) {
        ended->returned_bytes = ended->bytes;
        ended->next = floor->done;
        floor->done = ended;
    }
    return STATUS_SUCCESS;
}

static const IPortWavePciStreamVtbl floor_vtbl = {.GetMapping = get_mapping,
                                                  .ReleaseMapping = release_mapping};

void floor_init(struct floor *floor, void *lock, struct floor_run *runs, uint64_t count)
{
    *floor = (struct floor){.iface = {(IPortWavePciStreamVtbl *)&floor_vtbl},
                            .lock = lock,
                            .runs = runs,
                            .mask = count - 1,
                            .config = {.page_cap = MQ_PAGE_CAP}};
    floor->last = &floor->first;
}

// The ring's free part is the adder's alone: it is filled without the lock, as the queue's packets are, so that
// nobody waits while pages are looked at.
MQ_API void floor_add(struct floor *floor, struct floor_request *request,
                      const struct mq_request *buffers)
{
    uint64_t put = floor->put;
    struct mq_runs runs;
    struct mq_size size;
    struct mq_run run;

    if (!mq_request_valid(buffers, &size))
        abort();
    request->bytes = size.bytes;
    mq_runs_start(&runs, &floor->config, buffers);
    while (mq_runs_next(&runs, &run)) {
        floor->runs[put++ & floor->mask] = (struct floor_run){
            .physical = run.physical, .virtual_address = run.virtual_address, .bytes = run.bytes};
    }
    floor->runs[(put - 1) & floor->mask].last = 1;
    request->next = NULL;
    mq_lock(floor->lock);
    floor->put = put;
    *floor->last = request;
    floor->last = &request->next;
    mq_unlock(floor->lock);
}
