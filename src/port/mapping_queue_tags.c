// SPDX-License-Identifier: MIT
//
// The tag index: see mapping_queue_tags.h.
#include "port/mapping_queue_internal.h"
#include "port/mapping_queue_tags.h"

#define LEAST_CELLS 64
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15) // Fibonacci hashing spreads counters and pointers alike

static MQ_API uint64_t home(const struct mq_tags *tags, void *tag)
{
    return (uint64_t)(uintptr_t)tag * GOLDEN >> tags->shift;
}

static MQ_API unsigned recent_place(void *tag)
{
    return (unsigned)((uint64_t)(uintptr_t)tag * GOLDEN >> 56);
}

static MQ_API uint64_t cells_for(uint64_t slots)
{
    uint64_t cells = LEAST_CELLS;

    while (cells / 2 < slots)
        cells *= 2;
    return cells;
}

MQ_API size_t mq_tags_bytes(uint64_t slots)
{
    uint64_t most = (SIZE_MAX - sizeof(struct mq_tags)) / sizeof(struct mq_tag_cell) / 4;

    if (slots > most)
        return 0;
    return sizeof(struct mq_tags) + cells_for(slots) * sizeof(struct mq_tag_cell);
}

MQ_API bool mq_tags_room(const struct mq_tags *tags, uint64_t slots)
{
    return slots <= (tags->mask + 1) / 2;
}

MQ_API struct mq_tags *mq_tags_init(void *memory, uint64_t slots)
{
    struct mq_tags *tags = memory;
    uint64_t cells = cells_for(slots);

    tags->mask = cells - 1;
    tags->shift = 64 - (unsigned)__builtin_ctzll(cells);
    mq_zero(tags->recent, sizeof(tags->recent));
    mq_zero(tags->recent_valid, sizeof(tags->recent_valid));
    for (uint64_t i = 0; i < cells; i++)
        tags->cells[i] = (struct mq_tag_cell){NULL, NULL};
    return tags;
}

static MQ_API void insert(struct mq_queue *queue, struct mq_tags *tags, void *tag,
                          struct mq_slot *slot)
{
    uint64_t i = home(tags, tag);

    while (tags->cells[i].slot) {
        MQ_VISIT(queue);
        i = (i + 1) & tags->mask;
    }
    tags->cells[i] = (struct mq_tag_cell){tag, slot};
}

MQ_API void mq_tags_insert(struct mq_queue *queue, void *tag, struct mq_slot *slot)
{
    insert(queue, queue->tags, tag, slot);
}

MQ_API void mq_tags_move(struct mq_queue *queue, struct mq_tags *tags, const struct mq_tags *old)
{
    for (uint64_t i = 0; i <= old->mask; i++) {
        const struct mq_tag_cell *cell = &old->cells[i];
        if (cell->slot)
            insert(queue, tags, cell->tag, cell->slot);
    }
    mq_copy(tags->recent, old->recent, sizeof(tags->recent));
    mq_copy(tags->recent_valid, old->recent_valid, sizeof(tags->recent_valid));
}

MQ_API struct mq_slot *mq_tags_find(struct mq_queue *queue, void *tag)
{
    const struct mq_tags *tags = queue->tags;

    for (uint64_t i = home(tags, tag); tags->cells[i].slot; i = (i + 1) & tags->mask) {
        MQ_VISIT(queue);
        if (tags->cells[i].tag == tag)
            return tags->cells[i].slot;
    }
    return NULL;
}

// Moves later cells of the cluster back into the gap where their home allows it.
static MQ_API void close_gap(struct mq_queue *queue, struct mq_tags *tags, uint64_t gap)
{
    for (uint64_t i = (gap + 1) & tags->mask; tags->cells[i].slot; i = (i + 1) & tags->mask) {
        uint64_t from_home = (i - home(tags, tags->cells[i].tag)) & tags->mask;
        MQ_VISIT(queue);
        if (from_home >= ((i - gap) & tags->mask)) {
            tags->cells[gap] = tags->cells[i];
            gap = i;
        }
    }
    tags->cells[gap].slot = NULL;
}

static MQ_API void remember(struct mq_tags *tags, void *tag)
{
    unsigned place = recent_place(tag);

    tags->recent[place] = tag;
    tags->recent_valid[place] = true;
}

MQ_API void mq_tags_remove(struct mq_queue *queue, struct mq_slot *slot)
{
    struct mq_tags *tags = queue->tags;
    uint64_t i = home(tags, slot->tag);

    while (tags->cells[i].slot != slot) {
        MQ_VISIT(queue);
        i = (i + 1) & tags->mask;
    }
    close_gap(queue, tags, i);
    remember(tags, slot->tag);
}

MQ_API bool mq_tags_went_back(const struct mq_tags *tags, void *tag)
{
    unsigned place = recent_place(tag);

    return tags->recent_valid[place] && tags->recent[place] == tag;
}
