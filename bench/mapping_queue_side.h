/* SPDX-License-Identifier: MIT */
/*
 * A stream that is nothing but the mapping queue: GetMapping and ReleaseMapping as a port writes them, with a
 * hook table that is installed and usually off.
 */
#ifndef PORTSIDE_BENCH_MAPPING_QUEUE_SIDE_H
#define PORTSIDE_BENCH_MAPPING_QUEUE_SIDE_H

#include "bench/mapping_queue_rig.h"

struct queue_hooks {
    MQ_API void (*called)(const struct queue_hooks *hooks, const char *method, PVOID tag);
    MQ_API void (*returned)(const struct queue_hooks *hooks, const char *method, NTSTATUS status);
};

struct queue_side {
    IPortWavePciStream iface;
    struct mq_queue *queue;
    const struct queue_hooks *hooks; /* NULL: off */
    struct mq_packet *done;          /* handed back */
    struct side side;
};

/* A side that makes its queue and its lock in the place of rig_place. */
void queue_side_init(struct queue_side *side);

#endif
