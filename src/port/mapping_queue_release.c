// SPDX-License-Identifier: MIT
//
// Giving mappings back when there is more to do than step forward: ends of packets, other than the
// oldest mapping, late returns, tags that name nothing (WP-37..WP-40, WP-57).
#include "port/mapping_queue_internal.h"
#include "port/mapping_queue_tags.h"

// Whether `a` was, or will be, handed out before `b`.
static MQ_API bool slot_older(struct mq_slot *a, struct mq_slot *b)
{
    struct mq_lap *lap_a = slot_lap(a), *lap_b = slot_lap(b);

    if (lap_a->packet != lap_b->packet)
        return lap_a->packet->serial < lap_b->packet->serial;
    if (lap_a != lap_b)
        return lap_a->turn < lap_b->turn;
    return a->index < b->index;
}

// The oldest HELD slot, or NULL. While a revocation stops `oldest`, the place found is kept.
static MQ_API struct mq_slot *oldest_held(struct mq_queue *queue)
{
    struct mq_slot *slot = mq_first_out(queue);

    if (!slot || slot_state(slot) == MQ_SLOT_HELD)
        return slot;
    if (queue->release.held)
        slot = queue->release.held;
    for (; slot; slot = mq_next_out(queue, slot)) {
        MQ_VISIT(queue);
        queue->release.held = slot;
        if (slot_state(slot) == MQ_SLOT_HELD)
            return slot;
    }
    return NULL;
}

// Older ones that are being revoked do not count: the miniport may have let go of them already.
static MQ_API bool in_order(struct mq_queue *queue, struct mq_slot *slot)
{
    if (slot == queue->release.oldest)
        return true;
    struct mq_slot *held = oldest_held(queue);
    return !held || held == slot || slot_older(slot, held);
}

static MQ_API enum mq_result release_held(struct mq_queue *queue, struct mq_slot *slot,
                                          struct mq_todo *todo)
{
    enum mq_result result = in_order(queue, slot) ? MQ_OK : MQ_OK_OUT_OF_ORDER;

    if (slot_state(slot) == MQ_SLOT_LISTED)
        slot_packet(slot)->revocation->returned++; // L of WP-55
    mq_forget_tag(queue, slot);
    if (slot == queue->release.oldest)
        mq_pass_returned(queue, slot);
    else
        slot_leave(queue, slot, MQ_SLOT_EARLY);
    mq_settle(queue, todo);
    mq_take_wake(queue, todo);
    return result;
}

static MQ_API bool is_held_as(const struct mq_slot *slot, void *tag)
{
    enum mq_state state = slot_state(slot);

    return (state == MQ_SLOT_HELD || state == MQ_SLOT_LISTED) && slot->tag == tag;
}

static MQ_API struct mq_slot *find_held(struct mq_queue *queue, void *tag)
{
    struct mq_slot *slot = mq_first_out(queue);

    for (; slot && !is_held_as(slot, tag); slot = mq_next_out(queue, slot))
        MQ_VISIT(queue);
    return slot;
}

// The index knows one slot of each tag, which is enough unless the miniport uses a tag twice.
MQ_API struct mq_slot *mq_find(struct mq_queue *queue, void *tag)
{
    if (queue->tags && queue->strays == 0)
        return mq_tags_find(queue, tag);
    struct mq_slot *slot = find_held(queue, tag);
    return slot ? slot : mq_find_late(queue, tag);
}

MQ_API enum mq_result mq_release_rest(struct mq_queue *queue, void *tag, struct mq_todo *todo)
{
    struct mq_slot *oldest = queue->release.oldest;
    struct mq_slot *slot = is_held_as(oldest, tag) ? oldest : mq_find(queue, tag);
    struct mq_packet *free_now = NULL;
    enum mq_result result;

    mq_todo_clear(todo);
    if (slot && slot_state(slot) == MQ_SLOT_LATE) {
        free_now = mq_lay(queue, slot);
        result = MQ_OK_LATE;
    } else if (slot) {
        result = release_held(queue, slot, todo);
    } else {
        bool twice = queue->tags && mq_tags_went_back(queue->tags, tag);
        result = twice ? MQ_RETURNED_TWICE : MQ_UNKNOWN_TAG;
    }
    mq_unlock(queue->config.context);
    while (free_now) {
        struct mq_packet *next = free_now->next;
        mq_packet_discard(queue, free_now);
        free_now = next;
    }
    return result;
}
