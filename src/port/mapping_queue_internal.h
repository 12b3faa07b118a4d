// SPDX-License-Identifier: MIT
//
// What the files of the mapping queue share, and nobody else includes: laps, walking from slot to slot,
// and the steps that several operations are made of. Everything here needs the queue's lock, but for
// what concerns a packet that is not yet, or no longer, in a queue.
#ifndef PORTSIDE_PORT_MAPPING_QUEUE_INTERNAL_H
#define PORTSIDE_PORT_MAPPING_QUEUE_INTERNAL_H

#include "port/mapping_queue.h"

// Work done in loops, counted for the tests that hold it down.
#ifdef MAPPING_QUEUE_COUNT
#define MQ_VISIT(queue) ((queue)->visited++)
#else
#define MQ_VISIT(queue) ((void)(queue))
#endif

enum {
    MQ_SLOTS_MAX = 1 << 24, // mappings of one lap
    MQ_LAP_MIN = 64         // slots of a looped packet's lap, at least: short buffers are repeated
};

static inline enum mq_state slot_state(const struct mq_slot *slot)
{
    return (enum mq_state)(slot->word & MQ_STATE);
}

static inline uint32_t slot_bytes(const struct mq_slot *slot)
{
    return slot->word >> MQ_BYTES_SHIFT;
}

static inline struct mq_lap *slot_lap(struct mq_slot *slot)
{
    return (struct mq_lap *)((char *)(slot - slot->index) - offsetof(struct mq_lap, slots));
}

// Not for queue->idle, which is in no packet.
static inline struct mq_packet *slot_packet(struct mq_slot *slot)
{
    return slot_lap(slot)->packet;
}

static inline bool packet_goes_round(const struct mq_packet *packet)
{
    return packet->looped && !packet->cut;
}

// The slot behind `slot`: the packet's next one, also across laps, or its END.
static inline struct mq_slot *slot_after(struct mq_slot *slot)
{
    struct mq_slot *after = slot + 1;

    if (slot_state(after) == MQ_SLOT_END) {
        struct mq_lap *lap = slot_lap(after);
        if (lap->packet->looped && after != lap->packet->stop)
            return lap->next->slots;
    }
    return after;
}

// `slot` itself, or the first one behind the ENDs that begin there; NULL if nothing follows.
static inline struct mq_slot *slot_over_ends(struct mq_slot *slot)
{
    while (slot && slot_state(slot) == MQ_SLOT_END)
        slot = slot->link != slot ? slot->link : NULL;
    return slot;
}

// Rules 6 and 7 of the header: a release that would step onto this slot must look.
static inline void slot_leave(struct mq_queue *queue, struct mq_slot *slot, enum mq_state state)
{
    slot->word = (slot->word & ~MQ_STATE) | state;
    if (slot->index > 0)
        slot[-1].word |= MQ_EDGE;
    else if (slot_packet(slot) != queue->release.head)
        slot_packet(slot)->previous->odd |= MQ_ODD;
}

static inline void slot_set_state(struct mq_slot *slot, enum mq_state state)
{
    slot->word = (slot->word & ~MQ_STATE) | state;
}

static inline bool slot_handed_out(const struct mq_slot *slot)
{
    return slot_state(slot) != MQ_SLOT_READY && slot_state(slot) != MQ_SLOT_BLANK;
}

// `memory` rounded up to a multiple of `to`, a power of two.
static inline void *mq_align(void *memory, uintptr_t to)
{
    return (void *)(((uintptr_t)memory + to - 1) & ~(to - 1));
}

static inline void mq_zero(void *memory, size_t bytes)
{
    volatile uint64_t *word = memory; // volatile: compilers would make this a call of memset

    for (size_t i = 0; i < bytes / sizeof(*word); i++)
        word[i] = 0;
}

static inline void mq_copy(void *to, const void *from, size_t bytes)
{
    volatile uint64_t *word = to;
    const uint64_t *source = from;

    for (size_t i = 0; i < bytes / sizeof(*word); i++)
        word[i] = source[i];
}

// ---- mapping_queue.c ---------------------------------------------------------------------------------

MQ_API void mq_todo_clear(struct mq_todo *todo);
// Drops what is not mapped of a packet.
MQ_API void mq_cut(struct mq_queue *queue, struct mq_packet *packet);
// Clears the latch if a mapping is there now.
MQ_API void mq_take_wake(struct mq_queue *queue, struct mq_todo *todo);
// Walks everything handed out and not yet left behind by `oldest`, oldest first.
MQ_API struct mq_slot *mq_first_out(struct mq_queue *queue);
MQ_API struct mq_slot *mq_next_out(struct mq_queue *queue, struct mq_slot *slot);
// Takes the slot's tag out of the index.
MQ_API void mq_forget_tag(struct mq_queue *queue, struct mq_slot *slot);
// Makes room in the tag index for `slots` more. Drops and retakes the lock for the allocation.
MQ_API bool mq_reserve_tags(struct mq_queue *queue, uint64_t slots);

// ---- mapping_queue_leave.c ---------------------------------------------------------------------------

// The oldest slot is back: counts it and steps on.
MQ_API void mq_pass_returned(struct mq_queue *queue, struct mq_slot *slot);
// Moves `oldest` over everything that is given back and ends the packets that it leaves.
MQ_API void mq_settle(struct mq_queue *queue, struct mq_todo *todo);
// Takes a packet out of the queue, wherever it stands, and puts it on the todo list.
MQ_API void mq_finish(struct mq_queue *queue, struct mq_packet *packet, struct mq_todo *todo);

// ---- mapping_queue_get.c -----------------------------------------------------------------------------

// The slot to hand out next, with `get.next` at it, or NULL.
MQ_API struct mq_slot *mq_next_ready(struct mq_queue *queue);

// ---- mapping_queue_release.c -------------------------------------------------------------------------

// The slot that `tag` names: the oldest one held, else a tombstone, else NULL.
MQ_API struct mq_slot *mq_find(struct mq_queue *queue, void *tag);

// ---- mapping_queue_late.c ----------------------------------------------------------------------------

// Makes a listed slot a tombstone of the group (WP-57); mq_owe follows, with how many of them are releases to come.
MQ_API void mq_haunt(struct mq_queue *queue, struct mq_slot *slot, uint64_t group);
MQ_API void mq_owe(struct mq_queue *queue, uint64_t group, uint32_t more);
// The late release arrived. Returns packets to free without the lock, linked by `next`, or NULL.
MQ_API struct mq_packet *mq_lay(struct mq_queue *queue, struct mq_slot *slot);
// The tag of a tombstone is used again (WP-58). True, and the tombstone is gone, if its group can do without it. Leaves
// *free_now alone or sets it to a packet to free without the lock.
MQ_API bool mq_lay_spare(struct mq_queue *queue, struct mq_slot *slot, struct mq_packet **free_now);
// Any tombstone with this tag, the slow way.
MQ_API struct mq_slot *mq_find_late(struct mq_queue *queue, void *tag);

// ---- mapping_queue_packet.c --------------------------------------------------------------------------

// Makes a further lap for packets with laps of `count` slots; nothing is locked.
MQ_API struct mq_lap *mq_lap_create(struct mq_queue *queue, uint32_t count);
MQ_API void mq_lap_free(struct mq_queue *queue, struct mq_lap *lap);
// Copies the run of a BLANK slot from the first lap.
MQ_API void mq_lap_fill(struct mq_slot *slot);
MQ_API void mq_packet_discard(struct mq_queue *queue, struct mq_packet *packet);

#endif
