// SPDX-License-Identifier: MIT
//
// Revocation: the packets that end are cut, their held mappings listed, and the caller asks the miniport
// to take them back, range by range. What it answers is applied slot by slot (WP-51..WP-64).
//
// A range never goes over mappings of another revocation, under way or with late releases to come, so that each
// count has one meaning.
#include "port/mapping_queue_internal.h"

// How a range is asked for (WP-59).
enum {
    STAGE_WHOLE,    // as listed at begin
    STAGE_NARROWED, // the call failed: once more with what is still held
    STAGE_SINGLY    // that failed too: tag by tag
};

// ---- which packets -----------------------------------------------------------------------------------

static MQ_API void take_packet(struct mq_queue *queue, struct mq_packet *packet, enum mq_end end,
                               struct mq_revocation *revocation)
{
    mq_cut(queue, packet);
    packet->end = end;
    packet->revocation = revocation;
    packet->odd |= MQ_ODD;
    if (!revocation->packet)
        revocation->packet = packet;
    revocation->last_serial = packet->serial;
}

static MQ_API void take_all(struct mq_queue *queue, enum mq_end end,
                            struct mq_revocation *revocation)
{
    struct mq_packet *packet = queue->release.head;

    for (; packet; packet = packet->next) {
        MQ_VISIT(queue);
        if (!packet->revocation)
            take_packet(queue, packet, end, revocation);
    }
}

static MQ_API bool tombstones_between(struct mq_queue *queue, uint64_t after, uint64_t before)
{
    for (struct mq_packet *packet = queue->haunted; packet; packet = packet->ghost_next) {
        MQ_VISIT(queue);
        if (packet->serial > after && packet->serial < before)
            return true;
    }
    return false;
}

// The next packet that this revocation ends; `gap` says that between them the miniport may hold mappings that a
// count must not mean.
static MQ_API struct mq_packet *next_taken(struct mq_queue *queue, struct mq_packet *packet,
                                           const struct mq_revocation *revocation, bool *gap)
{
    uint64_t after = packet->serial;

    *gap = false;
    for (packet = packet->next; packet; packet = packet->next) {
        if (packet->serial > revocation->last_serial)
            return NULL;
        if (packet->revocation == revocation) {
            *gap |= tombstones_between(queue, after, packet->serial);
            return packet;
        }
        *gap = true;
    }
    return NULL;
}

// ---- which mappings ----------------------------------------------------------------------------------

// `slot` itself, or if it is an END the first slot of the next packet that has any; NULL behind all.
static MQ_API struct mq_slot *over_ends(struct mq_queue *queue, struct mq_slot *slot,
                                        const struct mq_revocation *revocation, bool *gap)
{
    *gap = false;
    while (slot && slot_state(slot) == MQ_SLOT_END) {
        bool here;
        struct mq_packet *packet = next_taken(queue, slot_packet(slot), revocation, &here);
        *gap |= here;
        slot = packet ? mq_packet_first(packet) : NULL;
    }
    return slot;
}

static MQ_API void list_slot(struct mq_revocation *revocation, struct mq_slot *slot)
{
    slot_set_state(slot, MQ_SLOT_LISTED);
    if (revocation->count++ == 0) {
        revocation->from = slot;
        revocation->first_tag = slot->tag;
    }
    revocation->upto = slot;
    revocation->last_tag = slot->tag;
}

static MQ_API enum mq_step call_again(struct mq_revocation *revocation, unsigned stage)
{
    revocation->stage = stage;
    revocation->returned = 0;
    revocation->calls++;
    return MQ_STEP_CALL;
}

// Lists the held mappings from `resume` up to a gap. False if there are none left.
static MQ_API bool list_range(struct mq_queue *queue, struct mq_revocation *revocation)
{
    bool gap;
    struct mq_slot *slot = over_ends(queue, revocation->resume, revocation, &gap);

    revocation->count = 0;
    while (slot) {
        MQ_VISIT(queue);
        if (slot_state(slot) == MQ_SLOT_HELD)
            list_slot(revocation, slot);
        slot = over_ends(queue, slot_after(slot), revocation, &gap);
        if (gap && revocation->count > 0)
            break;
    }
    revocation->resume = slot;
    revocation->listed += revocation->count;
    return revocation->count > 0;
}

// Walks the range told, both ends included; start with NULL.
static MQ_API struct mq_slot *next_in_range(struct mq_queue *queue,
                                            const struct mq_revocation *revocation,
                                            struct mq_slot *slot)
{
    bool gap;

    if (!slot)
        return revocation->from;
    return slot == revocation->upto ? NULL : over_ends(queue, slot_after(slot), revocation, &gap);
}

// ---- what the miniport said --------------------------------------------------------------------------

// `late` of the `left` mappings still listed will be released late. They are the oldest, on their way to ReleaseMapping,
// or the newest, on their way from GetMapping (WP-56): both ends get tombstones, what is between them is gone.
static MQ_API void apply(struct mq_queue *queue, struct mq_revocation *revocation, uint32_t left,
                         uint32_t late)
{
    uint64_t group = revocation->packet->serial;
    struct mq_slot *slot = NULL;
    uint32_t at = 0;

    while ((slot = next_in_range(queue, revocation, slot)) != NULL) {
        MQ_VISIT(queue);
        if (slot_state(slot) != MQ_SLOT_LISTED)
            continue;
        if (at < late || left - at <= late) {
            mq_haunt(queue, slot, group);
        } else {
            mq_forget_tag(queue, slot);
            slot_leave(queue, slot, MQ_SLOT_REVOKED);
        }
        at++;
    }
    revocation->late += late;
    revocation->revoked += left - late;
    if (late > 0)
        mq_owe(queue, group, late);
    mq_settle(queue, &revocation->todo);
}

// WP-55, WP-60: R <= N - L, and U - L = N - L - R are still to come.
static MQ_API void apply_count(struct mq_queue *queue, struct mq_revocation *revocation,
                               uint32_t count)
{
    uint32_t left = revocation->count - revocation->returned;

    if (count > left) {
        revocation->faults |= MQ_FAULT_OVER_COUNT;
        count = left;
    }
    apply(queue, revocation, left, left - count);
}

// The range that is still held, told again.
static MQ_API void narrow(struct mq_queue *queue, struct mq_revocation *revocation)
{
    struct mq_slot *slot = NULL, *first = NULL, *last = NULL;

    while ((slot = next_in_range(queue, revocation, slot)) != NULL) {
        if (slot_state(slot) != MQ_SLOT_LISTED)
            continue;
        first = first ? first : slot;
        last = slot;
    }
    revocation->from = first;
    revocation->upto = last;
    revocation->first_tag = first->tag;
    revocation->last_tag = last->tag;
    revocation->count -= revocation->returned;
}

// Back to HELD, to be listed one at a time from `from` up to `upto`.
static MQ_API void split_range(struct mq_queue *queue, struct mq_revocation *revocation)
{
    struct mq_slot *slot = NULL;

    while ((slot = next_in_range(queue, revocation, slot)) != NULL) {
        if (slot_state(slot) == MQ_SLOT_LISTED)
            slot_set_state(slot, MQ_SLOT_HELD);
    }
    revocation->range_end = revocation->upto;
    queue->release.held = NULL;
}

// Lists the first mapping from `from` to `range_end` that is still held. False if there is none.
static MQ_API bool list_single(struct mq_queue *queue, struct mq_revocation *revocation)
{
    struct mq_slot *slot = revocation->from;

    revocation->upto = revocation->range_end;
    revocation->count = 0;
    while (slot && slot_state(slot) != MQ_SLOT_HELD)
        slot = next_in_range(queue, revocation, slot);
    if (slot)
        list_slot(revocation, slot);
    return slot != NULL;
}

// ---- the end -----------------------------------------------------------------------------------------

// The packets leave in arrival order. The head goes as settling passes it; others are taken out.
static MQ_API void end_packets(struct mq_queue *queue, struct mq_revocation *revocation)
{
    struct mq_packet *packet = revocation->packet, *next;
    struct mq_todo *todo = &revocation->todo;

    while (packet) {
        bool gap;
        next = next_taken(queue, packet, revocation, &gap);
        packet->revocation = NULL;
        if (packet == queue->release.head)
            mq_settle(queue, todo);
        else
            mq_finish(queue, packet, todo);
        packet = next;
    }
    mq_settle(queue, todo);
    mq_take_wake(queue, todo);
}

static MQ_API enum mq_step go_on(struct mq_queue *queue, struct mq_revocation *revocation)
{
    if (revocation->resume && list_range(queue, revocation))
        return call_again(revocation, STAGE_WHOLE);
    end_packets(queue, revocation);
    return MQ_STEP_DONE;
}

static MQ_API enum mq_step next_single(struct mq_queue *queue, struct mq_revocation *revocation)
{
    if (list_single(queue, revocation))
        return call_again(revocation, STAGE_SINGLY);
    return go_on(queue, revocation);
}

// WP-59: narrowed once, then tag by tag, then forfeited.
static MQ_API enum mq_step failed(struct mq_queue *queue, struct mq_revocation *revocation)
{
    uint32_t left = revocation->count - revocation->returned;

    if (left > 0)
        revocation->faults |= MQ_FAULT_FAILED;
    if (left > 0 && revocation->stage == STAGE_WHOLE) {
        narrow(queue, revocation);
        return call_again(revocation, STAGE_NARROWED);
    }
    if (left > 0 && revocation->stage == STAGE_NARROWED) {
        split_range(queue, revocation);
        return next_single(queue, revocation);
    }
    if (left > 0) {
        revocation->faults |= MQ_FAULT_FORFEITED;
        revocation->forfeited += left;
        apply(queue, revocation, left, left);
    }
    if (revocation->stage == STAGE_SINGLY)
        return next_single(queue, revocation);
    return go_on(queue, revocation);
}

MQ_API enum mq_step mq_revoke_end(struct mq_queue *queue, struct mq_revocation *revocation,
                                  bool succeeded, uint32_t count)
{
    enum mq_step step;

    mq_lock(queue->config.context);
    if (!succeeded) {
        step = failed(queue, revocation);
    } else {
        apply_count(queue, revocation, count);
        if (revocation->stage == STAGE_SINGLY)
            step = next_single(queue, revocation);
        else
            step = go_on(queue, revocation);
    }
    mq_unlock(queue->config.context);
    return step;
}

MQ_API enum mq_step mq_revoke_begin(struct mq_queue *queue, struct mq_packet *packet,
                                    enum mq_end end, struct mq_revocation *revocation)
{
    enum mq_step step = MQ_STEP_GONE;

    mq_zero(revocation, sizeof(*revocation));
    mq_lock(queue->config.context);
    if (!packet)
        take_all(queue, end, revocation);
    else if (packet->serial > 0 && !packet->ended && !packet->revocation)
        take_packet(queue, packet, end, revocation);
    if (revocation->packet) {
        bool head = revocation->packet == queue->release.head;
        revocation->resume = head ? queue->release.oldest : mq_packet_first(revocation->packet);
        step = go_on(queue, revocation);
    } else if (!packet) {
        step = MQ_STEP_DONE;
    }
    mq_unlock(queue->config.context);
    return step;
}
