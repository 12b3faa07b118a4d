// SPDX-License-Identifier: MIT
//
// Handing out mappings when there is more to do than step forward: ends of packets and laps, refusal,
// tags to check (WP-20, WP-24, WP-27, WP-35).
#include "port/mapping_queue_internal.h"
#include "port/mapping_queue_tags.h"

// A lap may be handed out again when nothing of its last turn is held.
static MQ_API bool lap_free(struct mq_queue *queue, struct mq_lap *lap)
{
    struct mq_slot *oldest = queue->release.oldest;

    if (lap->packet != queue->release.head)
        return lap->turn == 0;
    return slot_lap(oldest) != lap || !slot_handed_out(oldest);
}

static MQ_API bool enter_lap(struct mq_queue *queue, struct mq_lap *lap)
{
    struct mq_lap *next = lap->next;

    if (!lap_free(queue, next))
        return false;
    next->turn = lap->turn + 1;
    queue->get.next = next->slots;
    return true;
}

// The slot to hand out next, with `get.next` at it, or NULL.
MQ_API struct mq_slot *mq_next_ready(struct mq_queue *queue)
{
    for (;;) {
        struct mq_slot *slot = queue->get.next;
        if (slot_state(slot) == MQ_SLOT_BLANK)
            mq_lap_fill(slot);
        if (slot_state(slot) != MQ_SLOT_END)
            return slot;
        if (slot != &queue->idle && packet_goes_round(slot_packet(slot))) {
            if (!enter_lap(queue, slot_lap(slot)))
                return NULL;
        } else if (slot->link != slot) {
            queue->get.next = slot->link;
        } else {
            return NULL;
        }
        MQ_VISIT(queue);
    }
}

// The looped packet whose laps are all in use, with the getter at the end of one; NULL if that is not so.
static MQ_API struct mq_packet *lap_wanted(struct mq_queue *queue)
{
    struct mq_slot *slot = queue->get.next;

    if (slot == &queue->idle || slot_state(slot) != MQ_SLOT_END ||
        !packet_goes_round(slot_packet(slot)) || lap_free(queue, slot_lap(slot)->next))
        return NULL;
    return slot_packet(slot);
}

static MQ_API void insert_lap(struct mq_queue *queue, struct mq_packet *packet, struct mq_lap *lap)
{
    struct mq_lap *before = slot_lap(queue->get.next);

    lap->packet = packet;
    lap->next = before->next;
    before->next = lap;
    if (queue->tags) {
        packet->slots += lap->count;
        queue->add.slots += lap->count;
    }
}

// Everything may have changed while the lock was dropped: the lap is used only if one is still wanted.
static MQ_API void add_lap(struct mq_queue *queue, uint32_t count)
{
    if (queue->tags && !mq_reserve_tags(queue, count))
        return;
    mq_unlock(queue->config.context);
    struct mq_lap *lap = mq_lap_create(queue, count);
    mq_lock(queue->config.context);
    struct mq_packet *packet = lap_wanted(queue);
    bool room = !queue->tags || mq_tags_room(queue->tags, queue->add.slots + count);
    if (!lap)
        return;
    if (packet && mq_packet_lap(packet)->count == count && room) {
        insert_lap(queue, packet, lap);
        return;
    }
    mq_unlock(queue->config.context);
    mq_lap_free(queue, lap);
    mq_lock(queue->config.context);
}

static MQ_API enum mq_result index_tag(struct mq_queue *queue, void *tag, struct mq_slot *slot,
                                       struct mq_packet **free_now)
{
    struct mq_slot *other = mq_find(queue, tag);
    bool late = other && slot_state(other) == MQ_SLOT_LATE;

    if (!other || (late && mq_lay_spare(queue, other, free_now))) {
        mq_tags_insert(queue, tag, slot);
        return MQ_OK;
    }
    slot->word |= MQ_STRAY;
    queue->strays++;
    return late ? MQ_OK_TAG_LATE : MQ_OK_TAG_HELD;
}

MQ_API enum mq_result mq_get_rest(struct mq_queue *queue, void *tag, struct mq_mapping *mapping)
{
    struct mq_slot *slot = mq_next_ready(queue);
    struct mq_packet *packet = slot ? NULL : lap_wanted(queue);
    struct mq_packet *free_now = NULL;
    enum mq_result result = MQ_REFUSED;

    if (packet) {
        add_lap(queue, mq_packet_lap(packet)->count);
        slot = mq_next_ready(queue);
    }
    if (slot) {
        result = queue->tags ? index_tag(queue, tag, slot, &free_now) : MQ_OK;
        mq_hand_out(queue, slot, tag, mapping);
    } else {
        queue->get.refused = true;
    }
    mq_unlock(queue->config.context);
    if (MQ_UNLIKELY(free_now))
        mq_packet_discard(queue, free_now);
    return result;
}
