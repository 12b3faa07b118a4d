// SPDX-License-Identifier: MIT
//
// The mapping queue: its making, packets that come in, cutting, positions. See mapping_queue.h for the
// contract and docs/mapping-queue.md for the picture. Handing out is in mapping_queue_get.c, giving back in
// mapping_queue_release.c and mapping_queue_late.c, what follows when packets end in mapping_queue_leave.c,
// revocation in mapping_queue_revoke.c, packets and their slots in mapping_queue_packet.c and
// mapping_queue_runs.c, the tag index in mapping_queue_tags.c.
#include "port/mapping_queue_internal.h"
#include "port/mapping_queue_tags.h"

MQ_API void mq_todo_clear(struct mq_todo *todo)
{
    todo->first = NULL;
    todo->last = NULL;
    todo->wake = false;
}

static MQ_API struct mq_slot *if_out(struct mq_slot *slot)
{
    return slot && slot_handed_out(slot) ? slot : NULL;
}

MQ_API struct mq_slot *mq_first_out(struct mq_queue *queue)
{
    return if_out(slot_over_ends(queue->release.oldest));
}

// The getter may wait at the end of a lap whose next one is where this walk began.
MQ_API struct mq_slot *mq_next_out(struct mq_queue *queue, struct mq_slot *slot)
{
    return slot + 1 == queue->get.next ? NULL : if_out(slot_over_ends(slot_after(slot)));
}

MQ_API void mq_forget_tag(struct mq_queue *queue, struct mq_slot *slot)
{
    if (slot->word & MQ_STRAY) {
        slot->word &= ~MQ_STRAY;
        queue->strays--;
    } else if (queue->tags) {
        mq_tags_remove(queue, slot);
    }
}

// ---- packets in --------------------------------------------------------------------------------------

MQ_API bool mq_reserve_tags(struct mq_queue *queue, uint64_t slots)
{
    bool room = mq_tags_room(queue->tags, queue->add.slots + slots);

    while (!room) {
        uint64_t wanted = queue->add.slots + slots;
        size_t bytes = mq_tags_bytes(wanted);
        mq_unlock(queue->config.context);
        void *memory = bytes > 0 ? mq_allocate(queue->config.context, bytes) : NULL;
        struct mq_tags *old = memory;
        if (memory)
            mq_tags_init(memory, wanted);
        mq_lock(queue->config.context);
        if (!memory)
            return false;
        if (!mq_tags_room(queue->tags, wanted)) {
            mq_tags_move(queue, memory, queue->tags);
            old = queue->tags;
            queue->tags = memory;
        }
        mq_unlock(queue->config.context);
        mq_free(queue->config.context, old);
        mq_lock(queue->config.context);
        room = mq_tags_room(queue->tags, queue->add.slots + slots);
    }
    return true;
}

static MQ_API void link_first(struct mq_queue *queue, struct mq_packet *packet, struct mq_todo *todo)
{
    queue->release.head = packet;
    queue->release.oldest = mq_packet_first(packet);
    queue->get.next = mq_packet_first(packet);
    queue->add.tail = packet;
    mq_settle(queue, todo);
}

static MQ_API void link_behind(struct mq_queue *queue, struct mq_packet *packet)
{
    struct mq_packet *tail = queue->add.tail;

    tail->next = packet;
    if (!packet_goes_round(tail)) {
        tail->stop->link = mq_packet_first(packet);
        if (queue->get.next == tail->stop)
            queue->get.next = mq_packet_first(packet);
    }
    tail->odd &= ~MQ_ODD_TAIL;
    if (packet->stop == mq_packet_first(packet))
        tail->odd |= MQ_ODD;
    packet->previous = tail;
    queue->add.tail = packet;
}

// The packet MQ_AHEAD before this one, if it is still queued, learns where this one lies.
static MQ_API void tell_behind(struct mq_queue *queue, struct mq_packet *packet)
{
    struct mq_packet **place = &queue->add.recent[packet->serial % MQ_AHEAD];
    struct mq_packet *behind = *place, *head = queue->release.head;

    *place = mq_packet_lap(packet)->count <= MQ_FEW ? packet : NULL;
    if (behind && head && packet->serial >= head->serial + MQ_AHEAD && behind->stop)
        behind->stop->ahead = (uintptr_t)packet;
}

MQ_API enum mq_result mq_add(struct mq_queue *queue, struct mq_packet *packet, struct mq_todo *todo)
{
    enum mq_result result = MQ_OK;

    mq_todo_clear(todo);
    mq_lock(queue->config.context);
    if (queue->tags && !mq_reserve_tags(queue, packet->slots))
        result = MQ_NO_MEMORY;
    else if (queue->add.closed)
        result = MQ_CLOSED;
    if (result == MQ_OK) {
        packet->serial = ++queue->add.serial;
        queue->add.slots += packet->slots;
        if (queue->add.tail)
            link_behind(queue, packet);
        else
            link_first(queue, packet, todo);
        tell_behind(queue, packet);
        if (queue->get.refused)
            mq_take_wake(queue, todo);
    }
    mq_unlock(queue->config.context);
    return result;
}

// ---- cutting -----------------------------------------------------------------------------------------

// Whether the getter is inside the packet, at a mapping or between two laps.
static MQ_API bool getter_inside(const struct mq_queue *queue, struct mq_packet *packet)
{
    struct mq_slot *next = queue->get.next;

    return next != &queue->idle && slot_packet(next) == packet;
}

// The packet's first slot that is not handed out, or its END.
static MQ_API struct mq_slot *first_unmapped(struct mq_queue *queue, struct mq_packet *packet)
{
    if (getter_inside(queue, packet))
        return queue->get.next;
    struct mq_packet *current = slot_packet(queue->get.next);
    return packet->serial > current->serial ? mq_packet_first(packet) : packet->stop;
}

MQ_API void mq_cut(struct mq_queue *queue, struct mq_packet *packet)
{
    struct mq_slot *slot = first_unmapped(queue, packet);
    struct mq_slot *oldest = queue->release.oldest;

    if (packet->cut)
        return;
    if (packet == queue->release.head && !slot_handed_out(oldest))
        queue->release.oldest = slot;
    slot->word = MQ_SLOT_END;
    slot->link = packet->next ? mq_packet_first(packet->next) : slot;
    if (slot->index > 0)
        slot[-1].word |= MQ_EDGE;
    packet->stop = slot;
    packet->cut = true;
}

static MQ_API bool half_mapped(struct mq_slot *next)
{
    struct mq_lap *lap = slot_lap(next);

    return next != lap->packet->stop && (next->index > 0 || lap->turn > 1);
}

MQ_API void mq_terminate(struct mq_queue *queue, struct mq_todo *todo)
{
    mq_todo_clear(todo);
    mq_lock(queue->config.context);
    struct mq_slot *next = queue->get.next;
    if (next != &queue->idle && half_mapped(next)) {
        struct mq_packet *packet = slot_packet(next);
        packet->end = MQ_END_TERMINATED;
        mq_cut(queue, packet);
        mq_settle(queue, todo);
        mq_take_wake(queue, todo);
    }
    mq_unlock(queue->config.context);
}

MQ_API void mq_take_wake(struct mq_queue *queue, struct mq_todo *todo)
{
    if (queue->get.refused && mq_next_ready(queue)) {
        queue->get.refused = false;
        todo->wake = true;
    }
}

// ---- position ----------------------------------------------------------------------------------------

MQ_API void mq_position(struct mq_queue *queue, struct mq_position *position)
{
    mq_lock(queue->config.context);
    position->mapped = queue->get.mapped;
    position->returned = queue->release.returned;
    mq_unlock(queue->config.context);
}

MQ_API uint64_t mq_write_offset(struct mq_queue *queue)
{
    struct mq_position position;

    mq_position(queue, &position);
    return queue->config.capture ? position.returned : position.mapped;
}

MQ_API void mq_reset_position(struct mq_queue *queue)
{
    mq_lock(queue->config.context);
    queue->get.mapped = 0;
    queue->release.returned = 0;
    queue->release.skipped = 0;
    mq_unlock(queue->config.context);
}

MQ_API uint64_t mq_held(struct mq_queue *queue)
{
    uint64_t held = 0;

    mq_lock(queue->config.context);
    struct mq_slot *slot = mq_first_out(queue);
    for (; slot; slot = mq_next_out(queue, slot))
        held += slot_state(slot) == MQ_SLOT_HELD || slot_state(slot) == MQ_SLOT_LISTED;
    mq_unlock(queue->config.context);
    return held;
}

// ---- queues ------------------------------------------------------------------------------------------

static MQ_API enum mq_result make_tags(struct mq_queue *queue)
{
    if (!queue->config.check_tags)
        return MQ_OK;
    void *memory = mq_allocate(queue->config.context, mq_tags_bytes(0));
    if (!memory)
        return MQ_NO_MEMORY;
    queue->tags = mq_tags_init(memory, 0);
    return MQ_OK;
}

static MQ_API bool config_valid(const struct mq_config *config)
{
    return config->page_cap <= MQ_PAGE_CAP_MAX && (unsigned)config->policy <= MQ_MERGE_MAX;
}

MQ_API enum mq_result mq_create(const struct mq_config *config, struct mq_queue **out)
{
    if (!config_valid(config))
        return MQ_INVALID;
    void *memory = mq_allocate(config->context, sizeof(struct mq_queue) + MQ_LINE);
    if (!memory)
        return MQ_NO_MEMORY;
    struct mq_queue *queue = mq_align(memory, MQ_LINE);
    mq_zero(queue, sizeof(*queue));
    queue->config = *config;
    queue->memory = memory;
    if (queue->config.page_cap == 0)
        queue->config.page_cap = MQ_PAGE_CAP;
    queue->idle.word = MQ_SLOT_END;
    queue->idle.link = &queue->idle;
    queue->get.next = &queue->idle;
    queue->release.oldest = &queue->idle;
    enum mq_result result = make_tags(queue);
    if (result != MQ_OK)
        mq_free(config->context, memory);
    else
        *out = queue;
    return result;
}

MQ_API enum mq_result mq_destroy(struct mq_queue *queue)
{
    void *context = queue->config.context;

    mq_lock(context);
    bool busy = queue->release.head != NULL;
    mq_unlock(context);
    if (busy)
        return MQ_BUSY;
    mq_close(queue);
    if (queue->tags)
        mq_free(context, queue->tags);
    mq_free(context, queue->memory);
    return MQ_OK;
}
