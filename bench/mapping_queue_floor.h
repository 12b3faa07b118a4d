/* SPDX-License-Identifier: MIT */
/*
 * The floor of the mapping queue's figures: the least that hands out the same page runs and takes them
 * back in order. A ring of runs in one array, three counters, a list of requests. It is entered through
 * the same ms_abi methods, takes the same platform's lock around each, compares the tag of a release, and
 * hands a request back with the release of its last run.
 *
 * It has no looped packets, no release out of order, no cancellation, no revocation, no refusal that is
 * remembered, no positions, and room for as many runs as it was made for. Requests come from their
 * client, so nothing is allocated when one is added; runs are cut by the queue's own code.
 */
#ifndef PORTSIDE_BENCH_MAPPING_QUEUE_FLOOR_H
#define PORTSIDE_BENCH_MAPPING_QUEUE_FLOOR_H

#include <portcls.h>

#include "port/mapping_queue.h"

struct floor_run {
    uint64_t physical;
    void *virtual_address;
    void *tag;
    uint32_t bytes;
    uint32_t last; // of its request
};

/* The client's. On a cache line of its own, as the end of any real request is. */
struct floor_request {
    _Alignas(64) struct floor_request *next;
    void *owner;
    uint64_t bytes, returned_bytes;
};

struct floor {
    IPortWavePciStream iface;
    void *lock; // for mq_lock
    struct floor_run *runs;
    uint64_t mask;
    uint64_t put, get, oldest;
    struct floor_request *first, **last;
    struct floor_request *done; // handed back
    struct mq_config config;
};

/* Room for `count` runs, a power of two. */
void floor_init(struct floor *floor, void *lock, struct floor_run *runs, uint64_t count);
/* Cuts the request into runs and queues it. There must be room. */
MQ_API void floor_add(struct floor *floor, struct floor_request *request,
                      const struct mq_request *buffers);

#endif
