// SPDX-License-Identifier: MIT
//
// Packets and their laps of slots. A packet is one block of memory: itself, its lap and END slot; a
// looped one has two laps from the start and gets more only while the miniport holds more than one lap.
// Nothing here needs the lock but mq_packet_free, for packets with tombstones.
#include "port/mapping_queue_internal.h"
#include "port/mapping_queue_runs.h"

_Static_assert(sizeof(struct mq_slot) == 32, "two slots share a cache line");
_Static_assert(sizeof(struct mq_lap) == 32, "the first slot follows the lap's head");

typedef uint64_t pair __attribute__((vector_size(16), may_alias, aligned(8)));

// As mq_zero, two words at a time: a packet's making is part of every write.
static inline void zero_pairs(void *memory, size_t bytes)
{
    volatile pair *at = memory;
    size_t pairs = bytes / sizeof(*at);

    for (size_t i = 0; i < pairs; i++)
        at[i] = (pair){0, 0};
    if (bytes % sizeof(*at))
        *(volatile uint64_t *)&at[pairs] = 0;
}

static MQ_API size_t lap_bytes(uint32_t count)
{
    return sizeof(struct mq_lap) + ((size_t)count + 1) * sizeof(struct mq_slot);
}

// Slots to make room for: one for each page and each boundary of a frame, so that a packet of common size
// is cut in one go. Only of one that could be too large are the runs counted; more than MQ_SLOTS_MAX then
// say that it is.
static MQ_API uint32_t room_for(struct mq_runs *runs, const struct mq_size *size)
{
    uint64_t most = size->pages;
    uint32_t count = 0;
    struct mq_run run;

    if (runs->frame_bytes > 0)
        most += size->bytes / runs->frame_bytes;
    if (most <= MQ_SLOTS_MAX)
        return (uint32_t)most;
    while (count <= MQ_SLOTS_MAX && mq_runs_next(runs, &run))
        count++;
    mq_runs_again(runs);
    return count;
}

static MQ_API void lap_start(struct mq_lap *lap, struct mq_packet *packet, uint32_t count)
{
    struct mq_slot *end = &lap->slots[count];

    lap->packet = packet;
    lap->next = lap;
    lap->turn = 0;
    lap->count = count;
    lap->own_memory = 0;
    zero_pairs(end, sizeof(*end));
    end->word = MQ_SLOT_END;
    end->link = end;
    end->index = count;
}

// Returns how many runs there are, at most `room`.
static MQ_API uint32_t fill_runs(struct mq_slot *slots, uint32_t room, struct mq_runs *runs,
                                 bool check_tags)
{
    uint32_t ready = MQ_SLOT_READY | (check_tags ? MQ_CHECKED : 0);
    struct mq_run run;
    uint32_t count = 0;

    while (count < room && mq_runs_next(runs, &run)) {
        struct mq_slot *slot = &slots[count];
        slot->physical = run.physical;
        slot->virtual_address = run.virtual_address;
        slot->word = run.bytes << MQ_BYTES_SHIFT | ready;
        slot->index = count++;
    }
    if (count > 0)
        slots[count - 1].word |= MQ_LAST;
    return count;
}

// Repeats the first `count` slots to the end of the lap.
static MQ_API void repeat_runs(struct mq_lap *lap, uint32_t count)
{
    for (uint32_t i = count; i < lap->count; i++) {
        lap->slots[i] = lap->slots[i - count];
        lap->slots[i].index = i;
    }
    if (lap->count > 0)
        lap->slots[lap->count - 1].word |= MQ_FINAL;
}

// Slots of a lap for `count` runs; less than 2 * MQ_LAP_MIN where they are repeated.
static MQ_API uint32_t lap_slots(bool looped, uint32_t count)
{
    return looped && count < MQ_LAP_MIN ? (MQ_LAP_MIN + count - 1) / count * count : count;
}

static MQ_API void make_laps(struct mq_packet *packet, uint32_t room, struct mq_runs *runs,
                             bool check_tags)
{
    struct mq_lap *first = mq_packet_lap(packet), *second;
    uint32_t count = fill_runs(first->slots, room, runs, check_tags);
    uint32_t slots = lap_slots(packet->looped, count);

    lap_start(first, packet, slots);
    repeat_runs(first, count);
    first->turn = 1;
    packet->slots = check_tags ? slots : 0;
    packet->stop = &first->slots[slots];
    if (!packet->looped)
        return;
    second = (struct mq_lap *)((char *)first + lap_bytes(slots));
    lap_start(second, packet, slots);
    for (uint32_t i = 0; i < slots; i++)
        second->slots[i] = first->slots[i];
    first->next = second;
    second->next = first;
    packet->slots *= 2;
    packet->stop = NULL;
}

static MQ_API size_t packet_bytes(bool looped, uint32_t room)
{
    if (!looped)
        return MQ_LAP_OFFSET + lap_bytes(room) + MQ_LINE;
    return MQ_LAP_OFFSET + 2 * lap_bytes(room < 2 * MQ_LAP_MIN ? 2 * MQ_LAP_MIN : room) + MQ_LINE;
}

MQ_API enum mq_result mq_packet_create(struct mq_queue *queue, const struct mq_request *request,
                                       struct mq_packet **out)
{
    struct mq_size size;
    struct mq_runs runs;

    if (!mq_request_valid(request, &size))
        return MQ_INVALID;
    mq_runs_start(&runs, &queue->config, request);
    uint32_t room = room_for(&runs, &size);
    if (room > MQ_SLOTS_MAX)
        return MQ_INVALID;
    bool looped = request->looped && size.bytes > 0;
    void *memory = mq_allocate(queue->config.context, packet_bytes(looped, room));
    if (!memory)
        return MQ_NO_MEMORY;

    struct mq_packet *packet = mq_align(memory, MQ_LINE);
    zero_pairs(packet, sizeof(*packet));
    packet->owner = request->owner;
    packet->bytes = size.bytes;
    packet->looped = looped;
    packet->odd = MQ_ODD_TAIL | (looped ? MQ_ODD : 0);
    packet->returned_bytes = looped ? 0 : size.bytes;
    packet->memory = memory;
    make_laps(packet, room, &runs, queue->config.check_tags);
    *out = packet;
    return MQ_OK;
}

MQ_API struct mq_lap *mq_lap_create(struct mq_queue *queue, uint32_t count)
{
    uint32_t ready = MQ_SLOT_BLANK | (queue->config.check_tags ? MQ_CHECKED : 0);
    char *memory = mq_allocate(queue->config.context, lap_bytes(count) + sizeof(struct mq_slot));

    if (!memory)
        return NULL;
    struct mq_lap *lap = mq_align(memory, sizeof(struct mq_slot));
    lap_start(lap, NULL, count);
    lap->own_memory = (uint32_t)((char *)lap - memory) + 1;
    for (uint32_t i = 0; i < count; i++) {
        lap->slots[i].word = ready;
        lap->slots[i].index = i;
    }
    return lap;
}

MQ_API void mq_lap_fill(struct mq_slot *slot)
{
    struct mq_lap *lap = slot_lap(slot);
    const struct mq_slot *model = &mq_packet_first(lap->packet)[slot->index];

    slot->physical = model->physical;
    slot->virtual_address = model->virtual_address;
    slot->word = (model->word & ~(MQ_STATE | MQ_STRAY | MQ_EDGE)) | MQ_SLOT_READY;
}

MQ_API void mq_lap_free(struct mq_queue *queue, struct mq_lap *lap)
{
    mq_free(queue->config.context, (char *)lap - (lap->own_memory - 1));
}

MQ_API void mq_packet_discard(struct mq_queue *queue, struct mq_packet *packet)
{
    struct mq_lap *lap = mq_packet_lap(packet)->next;

    while (lap != mq_packet_lap(packet)) {
        struct mq_lap *next = lap->next;
        if (lap->own_memory)
            mq_lap_free(queue, lap);
        lap = next;
    }
    mq_free(queue->config.context, packet->memory);
}

MQ_API void mq_packet_free(struct mq_queue *queue, struct mq_packet *packet)
{
    bool wait = false;

    if (packet->haunted) {
        mq_lock(queue->config.context);
        packet->freed = true;
        wait = packet->late > 0;
        mq_unlock(queue->config.context);
    }
    if (!wait)
        mq_packet_discard(queue, packet);
}
