// SPDX-License-Identifier: MIT
//
// The inside of the mapping queue that mq_get and mq_release need inline, and nobody else should use. The end
// of mapping_queue.h includes it.
#ifndef PORTSIDE_PORT_MAPPING_QUEUE_INSIDE_H
#define PORTSIDE_PORT_MAPPING_QUEUE_INSIDE_H

#include "port/mapping_queue.h"

// A slot's word: state, marks, and the byte count from bit 8 up. One 32-bit store changes it. READY is 0, so that
// get's question is one test.
enum mq_state {
    MQ_SLOT_READY,   // not handed out yet, or back for the next lap
    MQ_SLOT_HELD,    // handed out
    MQ_SLOT_END,     // no mapping: behind a packet's last. `link` leads to the next packet's first slot, or to itself
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
#define MQ_FINAL 0x80u      // an END follows: of the packet, or of a lap
#define MQ_BYTES_SHIFT 8

struct mq_slot {
    union {
        uint64_t physical;
        struct mq_slot *link; // END slots
    };
    union {
        void *virtual_address;
        uintptr_t ahead;      // END slots: where the packet MQ_AHEAD further lies, or anything. To prefetch, nothing else
    };
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

// Packets of few mappings are a chain of cache misses when many are queued: each link would be known only when the
// packet before has arrived. So an END slot knows a packet further on, if that has at most MQ_FEW mappings.
#define MQ_AHEAD 8
#define MQ_FEW 4

// What makes a packet odd (rule 7).
#define MQ_ODD 1
#define MQ_ODD_TAIL 2 // there is no next packet yet

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
        struct mq_packet *recent[MQ_AHEAD]; // by serial; only those not before the head are alive
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

// From an END to where the next mapping comes from.
static inline struct mq_slot *mq_over_end(struct mq_slot *end)
{
    __builtin_prefetch((void *)(end->ahead + MQ_LAP_OFFSET + offsetof(struct mq_lap, slots)));
    return end->link;
}

// A READY slot becomes HELD; get.next goes on to the next one, in the next packet if there is one.
static inline void mq_hand_out(struct mq_queue *queue, struct mq_slot *slot, void *tag,
                               struct mq_mapping *mapping)
{
    uint32_t word = slot->word;

    slot->tag = tag;
    slot->word = word + (MQ_SLOT_HELD - MQ_SLOT_READY);
    queue->get.next = word & MQ_FINAL ? mq_over_end(slot + 1) : slot + 1;
    queue->get.mapped += word >> MQ_BYTES_SHIFT;
    mapping->physical = slot->physical;
    mapping->virtual_address = slot->virtual_address;
    mapping->bytes = word >> MQ_BYTES_SHIFT;
    mapping->last = word / MQ_LAST & 1;
}

static inline bool mq_get_next(struct mq_queue *queue, void *tag, struct mq_mapping *mapping)
{
    mq_lock(queue->config.context);
    struct mq_slot *slot = queue->get.next;
    if (MQ_UNLIKELY((slot->word & (MQ_STATE | MQ_CHECKED)) != MQ_SLOT_READY))
        return false;
    mq_hand_out(queue, slot, tag, mapping);
    mq_unlock(queue->config.context);
    return true;
}

static inline enum mq_result mq_get(struct mq_queue *queue, void *tag, struct mq_mapping *mapping)
{
    if (MQ_UNLIKELY(!mq_get_next(queue, tag, mapping)))
        return mq_get_rest(queue, tag, mapping);
    return MQ_OK;
}

// The head packet's last mapping is back: goes on to the next packet if there is nothing else to look at (rule
// 7), which is what mq_pass_returned, mq_settle and mq_take_wake come to then.
static inline struct mq_packet *mq_end_head(struct mq_queue *queue, struct mq_slot *slot)
{
    struct mq_packet *packet = queue->release.head, *next = packet->next;

    if (MQ_UNLIKELY(packet->odd))
        return NULL;
    __builtin_prefetch((void *)slot[1].ahead);
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
    if (MQ_UNLIKELY((word & (MQ_STATE | MQ_CHECKED | MQ_EDGE)) != MQ_SLOT_HELD || slot->tag != tag))
        return false;
    if (word & MQ_FINAL) {
        *ended = mq_end_head(queue, slot);
        if (MQ_UNLIKELY(!*ended))
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
