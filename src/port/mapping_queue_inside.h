// SPDX-License-Identifier: MIT
//
// The inside of the mapping queue that mq_get and mq_release need inline, and nobody else should use. The end
// of mapping_queue.h includes it.
#ifndef PORTSIDE_PORT_MAPPING_QUEUE_INSIDE_H
#define PORTSIDE_PORT_MAPPING_QUEUE_INSIDE_H

#include "port/mapping_queue.h"

// A slot's word: state, marks, and the byte count from bit 8 up. One 32-bit store changes it.
enum mq_state {
    MQ_SLOT_END,     // no mapping: behind a packet's last. `link` leads to the next packet's first slot
    MQ_SLOT_READY,   // not handed out yet, or back for the next lap
    MQ_SLOT_HELD,    // handed out
    MQ_SLOT_EARLY,   // released while an older one was held (WP-39)
    MQ_SLOT_LISTED,  // held, and named to a RevokeMappings call that has not returned
    MQ_SLOT_LATE,    // tombstone: its late release is legal (WP-57)
    MQ_SLOT_REVOKED, // taken back
    MQ_SLOT_BLANK    // of a further lap: the run is not copied yet
};
#define MQ_STATE 0x07u      // mask of enum mq_state
#define MQ_CHECKED 0x08u    // the queue has a tag index: no fast path
#define MQ_EDGE 0x10u       // a release of this slot does more than step forward
#define MQ_LAST 0x20u       // last of the packet or lap
#define MQ_STRAY 0x40u      // a held duplicate that is not in the tag index
#define MQ_BYTES_SHIFT 8

struct mq_slot {
    union {
        uint64_t physical;
        struct mq_slot *link; // END slots
    };
    void *virtual_address;
    void *tag;                // while not READY or BLANK
    uint32_t word;
    uint32_t index;           // in its lap
};

// Slots in a row with an END slot behind them: a whole packet, or one lap of a looped one.
struct mq_lap {
    struct mq_packet *packet;
    struct mq_lap *next;   // looped: the ring
    uint64_t turn;         // counts the laps handed out
    uint32_t count;        // slots, without END
    uint32_t own_memory;   // 0: part of the packet's memory; else bytes from the allocation's start + 1
    struct mq_slot slots[];
};

#define MQ_LINE 64
#define MQ_OWN_LINE __attribute__((aligned(MQ_LINE)))

// A packet's first lap stands in the packet's memory, so that its slots start on a cache line.
#define MQ_LAP_OFFSET \
    ((sizeof(struct mq_packet) + sizeof(struct mq_lap) + MQ_LINE - 1) / MQ_LINE * MQ_LINE - \
     sizeof(struct mq_lap))

static inline struct mq_lap *mq_packet_lap(struct mq_packet *packet)
{
    return (struct mq_lap *)((char *)packet + MQ_LAP_OFFSET);
}

static inline struct mq_slot *mq_packet_first(struct mq_packet *packet)
{
    return mq_packet_lap(packet)->slots;
}

struct mq_queue {
    // Never changes after mq_create.
    struct mq_config config;
    void *memory;
    // The adder's.
    MQ_OWN_LINE struct {
        struct mq_packet *tail;
        uint64_t serial;
        uint64_t slots; // in packets whose tags the index must be able to hold
        bool closed;
    } add;
    // The getter's.
    MQ_OWN_LINE struct {
        struct mq_slot *next;
        uint64_t mapped;
        bool refused;        // the latch (WP-24)
    } get;
    // The releaser's.
    MQ_OWN_LINE struct {
        struct mq_slot *oldest;
        uint64_t returned;
        uint64_t skipped;      // revoked bytes passed since the last release
        struct mq_packet *head;
        struct mq_slot *held;  // no HELD slot lies before it, if not NULL
    } release;
    // Rarely touched.
    MQ_OWN_LINE struct mq_slot idle; // where next and oldest point when there is no packet
    struct mq_tags *tags;            // index, NULL without check_tags
    uint64_t strays;                 // held slots outside the index
    struct mq_packet *haunted;       // ended packets with tombstones
    uint64_t visited;                // slots and cells slow paths looked at (MAPPING_QUEUE_COUNT)
};

#define MQ_UNLIKELY(x) __builtin_expect(!!(x), 0)

// A READY slot becomes HELD; get.next stands behind it.
static inline void mq_hand_out(struct mq_queue *queue, struct mq_slot *slot, void *tag,
                               uint64_t *physical, void **virtual_address, uint32_t *bytes,
                               uint32_t *last)
{
    uint32_t word = slot->word;

    slot->tag = tag;
    slot->word = word + (MQ_SLOT_HELD - MQ_SLOT_READY);
    queue->get.next = slot + 1;
    queue->get.mapped += word >> MQ_BYTES_SHIFT;
    *physical = slot->physical;
    *virtual_address = slot->virtual_address;
    *bytes = word >> MQ_BYTES_SHIFT;
    *last = word / MQ_LAST & 1;
}

static inline bool mq_get_next(struct mq_queue *queue, void *tag, uint64_t *physical,
                               void **virtual_address, uint32_t *bytes, uint32_t *last)
{
    mq_lock(queue->config.context);
    struct mq_slot *slot = queue->get.next;
    if (MQ_UNLIKELY((slot->word & (MQ_STATE | MQ_CHECKED)) != MQ_SLOT_READY)) {
        if ((slot->word & MQ_STATE) != MQ_SLOT_END || !slot->link)
            return false;
        slot = slot->link; // the next packet's first
        if ((slot->word & (MQ_STATE | MQ_CHECKED)) != MQ_SLOT_READY)
            return false;
    }
    mq_hand_out(queue, slot, tag, physical, virtual_address, bytes, last);
    mq_unlock(queue->config.context);
    return true;
}

static inline enum mq_result mq_get(struct mq_queue *queue, void *tag, struct mq_mapping *mapping)
{
    if (MQ_UNLIKELY(!mq_get_next(queue, tag, &mapping->physical, &mapping->virtual_address,
                                 &mapping->bytes, &mapping->last)))
        return mq_get_rest(queue, tag, mapping);
    return MQ_OK;
}

// The head packet's last mapping is back: goes on to the next packet if there is nothing else to look at (rule
// 7), which is what mq_pass_returned, mq_settle and mq_take_wake come to then.
static inline struct mq_packet *mq_end_head(struct mq_queue *queue, struct mq_slot *slot)
{
    struct mq_packet *packet = queue->release.head, *next = packet->next;

    if (MQ_UNLIKELY(packet->odd || !next))
        return NULL;
    __builtin_prefetch(next);
    if (queue->get.next == slot + 1)
        queue->get.next = mq_packet_first(next);
    queue->release.oldest = mq_packet_first(next);
    queue->release.head = next;
    packet->ended = true;
    return packet;
}

static inline bool mq_release_oldest(struct mq_queue *queue, void *tag, struct mq_packet **ended)
{
    mq_lock(queue->config.context);
    struct mq_slot *slot = queue->release.oldest;
    uint32_t word = slot->word;
    *ended = NULL;
    if (MQ_UNLIKELY((word & (MQ_STATE | MQ_CHECKED)) != MQ_SLOT_HELD || slot->tag != tag))
        return false;
    if (word & MQ_EDGE) {
        *ended = word & MQ_LAST ? mq_end_head(queue, slot) : NULL;
        if (!*ended)
            return false;
    } else {
        slot->word = word - (MQ_SLOT_HELD - MQ_SLOT_READY);
        queue->release.oldest = slot + 1;
    }
    queue->release.returned += word >> MQ_BYTES_SHIFT;
    mq_unlock(queue->config.context);
    return true;
}

static inline enum mq_result mq_release(struct mq_queue *queue, void *tag, struct mq_todo *todo)
{
    struct mq_packet *ended;

    if (MQ_UNLIKELY(!mq_release_oldest(queue, tag, &ended)))
        return mq_release_rest(queue, tag, todo);
    todo->first = ended;
    todo->last = ended;
    todo->wake = false;
    return MQ_OK;
}

#endif
