// SPDX-License-Identifier: MIT
//
// Packets leave the queue: in order, as the oldest mapping not given back moves on (WP-39, WP-40), or taken out
// at the end of a revocation. Their bytes keep their place in the stream (WP-65).
#include "port/mapping_queue_internal.h"

static MQ_API void todo_append(struct mq_todo *todo, struct mq_packet *packet)
{
    if (todo->first)
        todo->last->next = packet;
    else
        todo->first = packet;
    todo->last = packet;
}

// Bytes of a packet that ended early: mapped, and of these up to the last mapping released.
struct sums {
    uint64_t mapped, up_to_returned;
};

static MQ_API void sum_packet(struct mq_queue *queue, struct mq_packet *packet, struct sums *sums)
{
    struct mq_slot *slot = mq_packet_first(packet);

    packet->returned_bytes = 0;
    for (; slot != packet->stop; slot = slot_after(slot)) {
        enum mq_state state = slot_state(slot);
        MQ_VISIT(queue);
        sums->mapped += slot_bytes(slot);
        if (state != MQ_SLOT_READY && state != MQ_SLOT_EARLY)
            continue;
        sums->up_to_returned = sums->mapped;
        if (!packet->looped)
            packet->returned_bytes += slot_bytes(slot);
    }
}

// Its bytes keep their place in the stream (WP-65): the packet before it answers for them.
static MQ_API void leave_trail(struct mq_packet *packet, const struct sums *sums)
{
    struct mq_packet *before = packet->previous;

    if (packet->trail_returned > 0)
        before->trail_returned = before->trail + sums->mapped + packet->trail_returned;
    else if (sums->up_to_returned > 0)
        before->trail_returned = before->trail + sums->up_to_returned;
    before->trail += sums->mapped + packet->trail;
    before->odd |= MQ_ODD;
}

static MQ_API void pass_trail(struct mq_queue *queue, const struct mq_packet *packet)
{
    if (packet->trail_returned > 0) {
        queue->release.returned += queue->release.skipped + packet->trail_returned;
        queue->release.skipped = 0;
    }
    queue->release.skipped += packet->trail - packet->trail_returned;
}

static MQ_API void unlink_middle(struct mq_packet *packet)
{
    struct mq_packet *before = packet->previous, *after = packet->next;

    before->next = after;
    if (after)
        after->previous = before;
    if (!packet_goes_round(before))
        before->stop->link = after ? mq_packet_first(after) : before->stop;
}

// The getter waits at this packet's END: let it wait where the next mapping will come from.
static MQ_API void move_getter(struct mq_queue *queue, struct mq_packet *packet)
{
    if (packet->next)
        queue->get.next = mq_packet_first(packet->next);
    else if (packet != queue->release.head)
        queue->get.next = packet->previous->stop;
    else
        queue->get.next = &queue->idle;
}

MQ_API void mq_finish(struct mq_queue *queue, struct mq_packet *packet, struct mq_todo *todo)
{
    bool head = packet == queue->release.head;
    struct sums sums;

    sums.mapped = sums.up_to_returned = 0;
    if (packet->cut || packet->end != MQ_END_COMPLETE)
        sum_packet(queue, packet, &sums);
    if (queue->get.next == packet->stop)
        move_getter(queue, packet);
    if (packet == queue->add.tail)
        queue->add.tail = head ? NULL : packet->previous;
    if (head) {
        queue->release.head = packet->next;
        queue->release.oldest = packet->next ? mq_packet_first(packet->next) : &queue->idle;
        pass_trail(queue, packet);
    } else {
        leave_trail(packet, &sums);
        unlink_middle(packet);
    }
    queue->release.held = NULL;
    if (queue->add.recent[packet->serial % MQ_AHEAD] == packet)
        queue->add.recent[packet->serial % MQ_AHEAD] = NULL;
    if (packet->late == 0)
        queue->add.slots -= packet->slots;
    packet->ended = true;
    todo_append(todo, packet);
}

// ---- moving over what came back -------------------------------------------------------------------------------------

static MQ_API void step_oldest(struct mq_queue *queue)
{
    queue->release.oldest++;
    queue->release.held = NULL;
}

MQ_API void mq_pass_returned(struct mq_queue *queue, struct mq_slot *slot)
{
    queue->release.returned += queue->release.skipped + slot_bytes(slot);
    queue->release.skipped = 0;
    slot->word &= ~MQ_EDGE;
    slot_set_state(slot, MQ_SLOT_READY);
    step_oldest(queue);
}

static MQ_API void pass_revoked(struct mq_queue *queue, struct mq_slot *slot)
{
    queue->release.skipped += slot_bytes(slot);
    step_oldest(queue);
}

// Whether there was something to leave: the end of a lap, or of a packet that may go.
static MQ_API bool pass_end(struct mq_queue *queue, struct mq_slot *end, struct mq_todo *todo)
{
    if (end == &queue->idle)
        return false;
    struct mq_packet *packet = slot_packet(end);
    if (end != packet->stop) {
        queue->release.oldest = slot_lap(end)->next->slots;
        return true;
    }
    if (packet->revocation)
        return false;
    mq_finish(queue, packet, todo);
    return true;
}

MQ_API void mq_settle(struct mq_queue *queue, struct mq_todo *todo)
{
    bool moved = true;

    while (moved) {
        struct mq_slot *slot = queue->release.oldest;
        MQ_VISIT(queue);
        switch (slot_state(slot)) {
        case MQ_SLOT_EARLY:
            mq_pass_returned(queue, slot);
            break;
        case MQ_SLOT_REVOKED:
        case MQ_SLOT_LATE:
            pass_revoked(queue, slot);
            break;
        case MQ_SLOT_END:
            moved = pass_end(queue, slot, todo);
            break;
        default:
            moved = false;
        }
    }
    if (queue->release.skipped > 0 && queue->release.head) {
        queue->release.oldest->word |= MQ_EDGE;
        queue->release.head->odd |= MQ_ODD;
    }
}
