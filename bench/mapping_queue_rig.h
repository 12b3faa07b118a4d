/* SPDX-License-Identifier: MIT */
/*
 * What the two programs that measure the mapping queue share: how get and release are timed, and the
 * floor they are compared with.
 *
 * A round is one GetMapping and one ReleaseMapping of the oldest mapping, with `depth` mappings held all the time.
 * Shapes: "inside" one packet, all held mappings and the new one are its; "packets-of-16" and "packets-of-1"
 * cross from packet to packet. Packets are made, added and freed while the clock stands; that a release
 * hands a packet back is timed, on both sides. Of scattered pages, each a mapping.
 */
#ifndef PORTSIDE_BENCH_MAPPING_QUEUE_RIG_H
#define PORTSIDE_BENCH_MAPPING_QUEUE_RIG_H

#include "bench/mapping_queue_floor.h"

enum { RIG_MOST_PIECES = 2 * 16384 }; /* of one packet */

struct side {
    IPortWavePciStream *stream;
    /* Makes the stream anew, in memory of rig_allocate, and ends it; or NULL: it stays. */
    void (*open)(struct side *side);
    void (*close)(struct side *side);
    /* Adds one packet of side->pieces mappings; frees what was handed back. */
    void (*add)(struct side *side);
    void (*take_back)(struct side *side);
    uint32_t depth;
    uint32_t pieces;    /* of a packet */
    uint32_t batch;     /* packets added at a time */
    bool inside;
    uint64_t ready;     /* rounds that can be run before packets must be added */
    uintptr_t next_tag, oldest_tag;
};

struct floor_side {
    struct side side;
    struct floor floor;
    struct floor_request *free;
};

/* Scattered pages for a packet of so many mappings. */
void rig_request(struct mq_buffer *buffer, struct mq_request *request, uint32_t pieces);
/*
 * Where things lie decides by luck which of them collide in the processor's caches. So all memory comes from
 * here, everything is measured in several places, and the best one counts for each side.
 */
enum { RIG_PLACES = 8, RIG_TURNS = 400 };
void rig_place(unsigned place);      /* what was allocated is gone */
MQ_API void *rig_allocate(size_t bytes); /* aligned to 16; ends the program if there is none */
MQ_API void rig_free(void *memory);

/* A floor with room for `runs` runs, and a lock for mq_lock, in the place that is set. */
void rig_floor_open(struct floor_side *side, uint32_t runs);

/* Measures every shape at every depth and reports PREFIX-SHAPE-depth-N; aim 0: none. Our side ends with
 * nothing held or queued. */
void rig_measure(const char *prefix, struct side *ours, double aim);

#endif
