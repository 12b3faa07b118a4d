// SPDX-License-Identifier: MIT
//
// The tag index of a mapping queue with check_tags: which slot a tag names, in O(1), and which tags went
// back lately. Holds the slots that are HELD, LISTED or LATE, one for each tag: a slot that comes with a
// tag already there stays outside (MQ_STRAY). Needs the queue's lock.
#ifndef PORTSIDE_PORT_MAPPING_QUEUE_TAGS_H
#define PORTSIDE_PORT_MAPPING_QUEUE_TAGS_H

#include "port/mapping_queue.h"

enum { MQ_RECENT = 256 };

// Open addressing with linear probing, at most half full; removal closes the gap.
struct mq_tag_cell {
    void *tag;
    struct mq_slot *slot; // NULL: free
};

struct mq_tags {
    uint64_t mask;                  // cells - 1
    unsigned shift;                 // 64 - log2(cells)
    void *recent[MQ_RECENT];        // tags given back, by hash; the last one wins
    bool recent_valid[MQ_RECENT];
    struct mq_tag_cell cells[];
};

// Bytes of an index that has room for `slots` slots; 0 if that overflows.
MQ_API size_t mq_tags_bytes(uint64_t slots);
MQ_API bool mq_tags_room(const struct mq_tags *tags, uint64_t slots);
// Makes an empty index of memory of mq_tags_bytes(slots) bytes.
MQ_API struct mq_tags *mq_tags_init(void *memory, uint64_t slots);
// Takes over everything that is in `old`.
MQ_API void mq_tags_move(struct mq_queue *queue, struct mq_tags *tags, const struct mq_tags *old);

// The slot under `tag`, or NULL. Insert only if there is none.
MQ_API struct mq_slot *mq_tags_find(struct mq_queue *queue, void *tag);
MQ_API void mq_tags_insert(struct mq_queue *queue, void *tag, struct mq_slot *slot);
// Removes the slot and remembers that its tag went back.
MQ_API void mq_tags_remove(struct mq_queue *queue, struct mq_slot *slot);
MQ_API bool mq_tags_went_back(const struct mq_tags *tags, void *tag);

#endif
