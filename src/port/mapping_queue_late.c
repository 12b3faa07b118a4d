// SPDX-License-Identifier: MIT
//
// Tombstones: mappings that a revocation ended although the miniport had taken them off its list before
// and is about to release them (WP-57). Their packet's memory stays until the last late release arrived
// or the stream closes (WP-58).
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

MQ_API void mq_haunt(struct mq_queue *queue, struct mq_slot *slot)
{
    struct mq_packet *packet = slot_packet(slot);

    slot_leave(queue, slot, MQ_SLOT_LATE);
    if (packet->late++ == 0)
        link_ghost(queue, packet);
}

MQ_API struct mq_packet *mq_lay(struct mq_queue *queue, struct mq_slot *slot)
{
    struct mq_packet *packet = slot_packet(slot);

    mq_forget_tag(queue, slot);
    slot_set_state(slot, MQ_SLOT_REVOKED);
    if (--packet->late > 0)
        return NULL;
    unlink_ghost(packet);
    if (packet->ended)
        queue->add.slots -= packet->slots;
    return packet->freed ? packet : NULL;
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

MQ_API void mq_close(struct mq_queue *queue)
{
    struct mq_packet *packet;

    mq_lock(queue->config.context);
    queue->add.closed = true;
    while ((packet = queue->haunted) != NULL) {
        struct mq_lap *lap = mq_packet_lap(packet);
        uint32_t index = 0;
        struct mq_packet *free_now = NULL;
        while (!free_now && queue->haunted == packet)
            free_now = mq_lay(queue, next_late(queue, &lap, &index));
        if (free_now) {
            mq_unlock(queue->config.context);
            mq_packet_discard(queue, free_now);
            mq_lock(queue->config.context);
        }
    }
    mq_unlock(queue->config.context);
}
