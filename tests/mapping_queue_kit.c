// SPDX-License-Identifier: MIT
//
// See mapping_queue_kit.h.
#include "tests/mapping_queue_kit.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIT_FIRST_VIRTUAL UINT64_C(0x700000000000)

const struct mq_config kit_checked = {.check_tags = true};
const struct mq_config kit_lean = {.check_tags = false};

_Noreturn void kit_broken(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: not true: %s\n", file, line, condition);
    abort();
}

// ---- the four functions ------------------------------------------------------------------------------

MQ_API void mq_lock(void *context)
{
    struct kit *kit = context;

    KIT_CHECK(!kit->locked);
    kit->locked = true;
}

MQ_API void mq_unlock(void *context)
{
    struct kit *kit = context;

    KIT_CHECK(kit->locked);
    kit->locked = false;
}

MQ_API void *mq_allocate(void *context, size_t bytes)
{
    struct kit *kit = context;

    KIT_CHECK(!kit->locked);
    if (kit->fail_all || (kit->fail > 0 && --kit->fail == 0))
        return NULL;
    void *memory = malloc(bytes);
    KIT_CHECK(memory);
    memset(memory, 0xa5, bytes);
    kit->blocks++;
    kit->allocations++;
    return memory;
}

MQ_API void mq_free(void *context, void *memory)
{
    struct kit *kit = context;

    KIT_CHECK(!kit->locked);
    kit->blocks--;
    memset(memory, 0xa5, malloc_usable_size(memory)); // who looks at it later finds nonsense
    free(memory);
}

// ---- queues and packets ------------------------------------------------------------------------------

struct kit *kit_start(const struct mq_config *config)
{
    struct kit *kit = calloc(1, sizeof(*kit));
    struct mq_config mine = *config;

    KIT_CHECK(kit);
    mine.context = kit;
    kit->next_virtual = KIT_FIRST_VIRTUAL;
    KIT_CHECK(mq_create(&mine, &kit->queue) == MQ_OK);
    return kit;
}

void kit_end(struct kit *kit)
{
    KIT_CHECK(mq_destroy(kit->queue) == MQ_OK);
    KIT_CHECK(kit->blocks == 0);
    free(kit);
}

struct mq_packet *kit_packet(struct kit *kit, bool looped, uint32_t offset, uint32_t bytes,
                             const uint64_t *pages, uint32_t page_count)
{
    struct mq_buffer buffer = {.virtual_address = (void *)(kit->next_virtual + offset),
                               .pages = pages,
                               .page_count = page_count,
                               .offset = offset,
                               .bytes = bytes};
    struct mq_request request = {.buffers = &buffer,
                                 .buffer_count = 1,
                                 .looped = looped,
                                 .owner = TAG(++kit->packets)};
    struct mq_packet *packet;

    kit->next_virtual += (uintptr_t)page_count * MQ_PAGE_BYTES;
    KIT_CHECK(mq_packet_create(kit->queue, &request, &packet) == MQ_OK);
    return packet;
}

struct mq_packet *kit_pieces(struct kit *kit, unsigned count, bool looped)
{
    struct mq_buffer *buffers = calloc(count + 1, sizeof(*buffers));
    uint64_t *pages = calloc(count + 1, sizeof(*pages));
    struct mq_request request = {.buffers = buffers,
                                 .buffer_count = count,
                                 .looped = looped,
                                 .owner = TAG(++kit->packets)};
    struct mq_packet *packet;

    for (unsigned i = 0; i < count; i++) {
        pages[i] = 1000 * kit->packets + 2 * i;
        buffers[i] = (struct mq_buffer){.virtual_address = (void *)kit->next_virtual,
                                        .pages = &pages[i],
                                        .page_count = 1,
                                        .bytes = 100};
        kit->next_virtual += MQ_PAGE_BYTES;
    }
    KIT_CHECK(mq_packet_create(kit->queue, &request, &packet) == MQ_OK);
    free(buffers);
    free(pages);
    return packet;
}

void kit_add(struct kit *kit, struct mq_packet *packet, struct mq_todo *todo)
{
    struct mq_todo mine;

    KIT_CHECK(mq_add(kit->queue, packet, todo ? todo : &mine) == MQ_OK);
    KIT_CHECK(todo || !mine.first);
}

struct mq_packet *kit_queue(struct kit *kit, unsigned count, bool looped)
{
    struct mq_packet *packet = kit_pieces(kit, count, looped);

    kit_add(kit, packet, NULL);
    return packet;
}

// ---- mappings ----------------------------------------------------------------------------------------

struct mq_mapping kit_get(struct kit *kit, uintptr_t tag)
{
    struct mq_mapping mapping;

    KIT_CHECK(mq_get(kit->queue, TAG(tag), &mapping) == MQ_OK);
    KIT_CHECK(mapping.bytes > 0);
    return mapping;
}

unsigned kit_ended(struct kit *kit, struct mq_todo *todo)
{
    struct mq_packet *packet;
    unsigned numbers = 0;

    while ((packet = mq_todo_pop(todo)) != NULL) {
        numbers = numbers * 10 + (unsigned)(uintptr_t)packet->owner;
        mq_packet_free(kit->queue, packet);
    }
    return numbers;
}

unsigned kit_release_ends(struct kit *kit, uintptr_t tag, enum mq_result result)
{
    struct mq_todo todo;

    KIT_CHECK(mq_release(kit->queue, TAG(tag), &todo) == result);
    return kit_ended(kit, &todo);
}

void kit_release(struct kit *kit, uintptr_t tag, enum mq_result result)
{
    KIT_CHECK(kit_release_ends(kit, tag, result) == 0);
}

unsigned kit_revoke(struct kit *kit, struct mq_packet *packet, enum mq_end end)
{
    struct mq_revocation revocation;
    enum mq_step step = mq_revoke_begin(kit->queue, packet, end, &revocation);

    while (step == MQ_STEP_CALL)
        step = mq_revoke_end(kit->queue, &revocation, true, revocation.count);
    KIT_CHECK(revocation.faults == 0);
    return kit_ended(kit, &revocation.todo);
}

unsigned kit_stop(struct kit *kit)
{
    return kit_revoke(kit, NULL, MQ_END_STOPPED);
}
