// SPDX-License-Identifier: MIT
//
// Tombstones: mappings that a revocation ended while the miniport had them in its hands, off its list before
// ReleaseMapping or not yet on it after GetMapping, and that it will release late (WP-57). Which ones these are it
// does not say, only how many, so there may be more tombstones than late releases to come; with the last of those
// the other tombstones of the revocation, its *group*, die. A packet's memory stays until then, or until the
// stream closes (WP-58).
#include "port/mapping_queue_internal.h"

static MQ_API void link_ghost(struct mq_queue *queue, struct mq_packet *packet)
{
    packet->haunted = true;
    packet->ghost_next = queue->haunted;
    packet->ghost_link = &queue->haunted;
    if (packet->ghost_next)
        packet->ghost_next->ghost_link = &packet->ghost_next;
    queue->haunted = packet;
}

static MQ_API void unlink_ghost(struct mq_packet *packet)
{
    *packet->ghost_link = packet->ghost_next;
    if (packet->ghost_next)
        packet->ghost_next->ghost_link = packet->ghost_link;
}

// The haunted packet behind `packet` (NULL: the first one) that belongs to the group.
static MQ_API struct mq_packet *next_of_group(struct mq_queue *queue, struct mq_packet *packet,
                                              uint64_t group)
{
    packet = packet ? packet->ghost_next : queue->haunted;
    for (; packet && packet->group != group; packet = packet->ghost_next)
        MQ_VISIT(queue);
    return packet;
}

MQ_API void mq_haunt(struct mq_queue *queue, struct mq_slot *slot, uint64_t group)
{
    struct mq_packet *packet = slot_packet(slot);

    slot_leave(queue, slot, MQ_SLOT_LATE);
    packet->group = group;
    if (packet->late++ == 0)
        link_ghost(queue, packet);
}

// Each packet of a group has the number; new ones do not know it yet.
MQ_API void mq_owe(struct mq_queue *queue, uint64_t group, uint32_t more)
{
    struct mq_packet *packet = NULL;
    uint32_t owed = 0;

    while ((packet = next_of_group(queue, packet, group)) != NULL)
        owed = packet->owed > owed ? packet->owed : owed;
    while ((packet = next_of_group(queue, packet, group)) != NULL)
        packet->owed = owed + more;
}

static MQ_API void lay(struct mq_queue *queue, struct mq_slot *slot)
{
    mq_forget_tag(queue, slot);
    slot_set_state(slot, MQ_SLOT_REVOKED);
    slot_packet(slot)->late--;
}

// A packet without tombstones. Whether its memory is to be freed.
static MQ_API bool put_to_rest(struct mq_queue *queue, struct mq_packet *packet)
{
    unlink_ghost(packet);
    packet->owed = 0;
    if (packet->ended)
        queue->add.slots -= packet->slots;
    return packet->freed;
}

// The next tombstone of a haunted packet; `lap` and `index` say where to go on.
static MQ_API struct mq_slot *next_late(struct mq_queue *queue, struct mq_lap **lap, uint32_t *index)
{
    for (;;) {
        for (; *index < (*lap)->count; (*index)++) {
            struct mq_slot *slot = &(*lap)->slots[*index];
            MQ_VISIT(queue);
            if (slot_state(slot) == MQ_SLOT_LATE) {
                (*index)++;
                return slot;
            }
        }
        *lap = (*lap)->next;
        *index = 0;
    }
}

MQ_API struct mq_slot *mq_find_late(struct mq_queue *queue, void *tag)
{
    for (struct mq_packet *packet = queue->haunted; packet; packet = packet->ghost_next) {
        struct mq_lap *lap = mq_packet_lap(packet);
        uint32_t index = 0;
        for (uint32_t n = 0; n < packet->late; n++) {
            struct mq_slot *slot = next_late(queue, &lap, &index);
            if (slot->tag == tag)
                return slot;
        }
    }
    return NULL;
}

static MQ_API void lay_all(struct mq_queue *queue, struct mq_packet *packet)
{
    struct mq_lap *lap = mq_packet_lap(packet);
    uint32_t index = 0;

    while (packet->late > 0)
        lay(queue, next_late(queue, &lap, &index));
}

MQ_API struct mq_packet *mq_lay(struct mq_queue *queue, struct mq_slot *slot)
{
    struct mq_packet *packet = slot_packet(slot), *next, *free_now = NULL;
    uint64_t group = packet->group;
    uint32_t owed = packet->owed - 1;

    lay(queue, slot);
    for (packet = next_of_group(queue, NULL, group); packet; packet = next) {
        next = next_of_group(queue, packet, group);
        packet->owed = owed;
        if (owed == 0)
            lay_all(queue, packet);
        if (packet->late == 0 && put_to_rest(queue, packet)) {
            packet->next = free_now;
            free_now = packet;
        }
    }
    return free_now;
}

MQ_API bool mq_lay_spare(struct mq_queue *queue, struct mq_slot *slot, struct mq_packet **free_now)
{
    struct mq_packet *packet = slot_packet(slot), *other = NULL;
    uint64_t tombstones = 0;

    while ((other = next_of_group(queue, other, packet->group)) != NULL)
        tombstones += other->late;
    if (tombstones <= packet->owed)
        return false;
    lay(queue, slot);
    if (packet->late == 0 && put_to_rest(queue, packet))
        *free_now = packet;
    return true;
}

MQ_API void mq_close(struct mq_queue *queue)
{
    struct mq_packet *packet;

    mq_lock(queue->config.context);
    queue->add.closed = true;
    while ((packet = queue->haunted) != NULL) {
        lay_all(queue, packet);
        if (put_to_rest(queue, packet)) {
            mq_unlock(queue->config.context);
            mq_packet_discard(queue, packet);
            mq_lock(queue->config.context);
        }
    }
    mq_unlock(queue->config.context);
}
