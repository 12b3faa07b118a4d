// SPDX-License-Identifier: MIT
//
// See world.h.
#include "tests/spin/world.h"

#include <assert.h>
#include <string.h>

enum { BUFFER = 0x10000 }; // between the addresses of two packets' buffers

struct world world;

// ---- memory ------------------------------------------------------------------------------------------

// Blocks are zero while nobody has them: states that differ in rubbish alone would be different ones.
void *world_allocate(size_t bytes)
{
    assert(bytes <= WORLD_BLOCK_BYTES);
    for (unsigned i = 0; i < WORLD_BLOCKS; i++) {
        if (world.used[i])
            continue;
        world.used[i] = true;
        return world.memory[i];
    }
    assert(!"memory");
    return NULL;
}

void world_free(void *memory)
{
    size_t block = (size_t)((unsigned char *)memory - world.memory[0]) / WORLD_BLOCK_BYTES;

    assert(world.used[block]);
    world.used[block] = false;
    memset(memory, 0, WORLD_BLOCK_BYTES);
}

// ---- the port ------------------------------------------------------------------------------------------

static struct mq_packet *make(unsigned number)
{
    static const uint64_t pages[2] = {100, 200}; // not adjacent: a mapping each
    const struct mq_buffer buffer = {.virtual_address = (void *)(uintptr_t)((number + 1) * BUFFER),
                                     .pages = pages,
                                     .page_count = 2,
                                     .bytes = number == 0 ? 2 * MQ_PAGE_BYTES : MQ_PAGE_BYTES};
    const struct mq_request request = {
        .buffers = &buffer, .buffer_count = 1, .owner = (void *)(uintptr_t)number};
    struct mq_packet *packet;

    assert(mq_packet_create(world.queue, &request, &packet) == MQ_OK);
    return packet;
}

static unsigned held_of(unsigned packet)
{
    unsigned held = 0;

    for (unsigned tag = 1; tag <= WORLD_MAPPINGS; tag++)
        held += world.fate[tag] == WORLD_OUT && world.packet_of[tag] == packet;
    return held;
}

// WP-40: in arrival order, and after the last mapping came back. A cancelled packet may leave earlier, and with mappings
// on their way whose late return is legal (WP-57).
static void end(struct mq_packet *packet)
{
    unsigned number = (unsigned)(uintptr_t)packet->owner;

    assert(world.ended[number]++ == 0);
    world.packets[number] = NULL;
    if (packet->end == MQ_END_COMPLETE) {
        assert(held_of(number) == 0);
        assert(packet->returned_bytes == packet->bytes);
        for (unsigned i = 0; i < number; i++)
            assert(world.ended[i]);
    } else {
        assert(world.cancelled & (1u << number | 1u << WORLD_ALL));
    }
    mq_packet_free(world.queue, packet);
}

// WP-24, WP-76: one wake for each series of refusals.
static void obey(struct mq_todo *todo)
{
    struct mq_packet *packet;

    if (todo->wake) {
        assert(world.refused);
        world.refused = false;
        world.wakes++;
    }
    while ((packet = mq_todo_pop(todo)))
        end(packet);
    *todo = (struct mq_todo){0};
}

void world_start(void)
{
    const struct mq_config config = {0};

    assert(mq_create(&config, &world.queue) == MQ_OK);
    for (unsigned i = 0; i < WORLD_PACKETS; i++)
        world.packets[i] = make(i);
    world.wakes = 1; // RUN
}

void world_add(unsigned packet)
{
    struct mq_todo todo;

    assert(mq_add(world.queue, world.packets[packet], &todo) == MQ_OK);
    obey(&todo);
}

static void cancel_over(struct world_canceller *canceller)
{
    canceller->calls = canceller->step == MQ_STEP_CALL;
    if (canceller->calls)
        return;
    if (canceller->step == MQ_STEP_DONE) {
        assert(canceller->revocation.faults == 0);
        obey(&canceller->revocation.todo);
    }
    *canceller = (struct world_canceller){.step = canceller->step};
}

void world_cancel(unsigned number, unsigned packet)
{
    struct world_canceller *canceller = &world.cancellers[number];
    bool all = packet == WORLD_ALL;

    canceller->step = MQ_STEP_GONE;
    if (!all && !world.packets[packet])
        return;
    canceller->step =
        mq_revoke_begin(world.queue, all ? NULL : world.packets[packet],
                        all ? MQ_END_STOPPED : MQ_END_CANCELLED, &canceller->revocation);
    if (canceller->step != MQ_STEP_GONE)
        world.cancelled |= (uint8_t)(1u << packet);
    cancel_over(canceller);
}

void world_cancel_end(unsigned number, unsigned count)
{
    struct world_canceller *canceller = &world.cancellers[number];

    canceller->step = mq_revoke_end(world.queue, &canceller->revocation, true, count);
    cancel_over(canceller);
}

// ---- the miniport ------------------------------------------------------------------------------------------

void world_get(void)
{
    uint8_t tag = world.next_tag + 1;
    struct mq_mapping mapping;
    enum mq_result result = mq_get(world.queue, (void *)(uintptr_t)tag, &mapping);
    unsigned packet;

    world.got = 0;
    if (result == MQ_REFUSED) {
        world.refused = true;
        return;
    }
    assert(result == MQ_OK);
    world.got = world.next_tag = tag;
    world.fate[tag] = WORLD_OUT;
    packet = (unsigned)((uintptr_t)mapping.virtual_address / BUFFER - 1);
    world.packet_of[tag] = (uint8_t)packet;
    assert(!(world.cancelled & 1u << packet)); // WP-61
    assert(tag == 1 || packet >= world.packet_of[tag - 1]);
    assert(mapping.last == (packet != 0 || (uintptr_t)mapping.virtual_address % BUFFER != 0));
}

void world_list_add(void)
{
    world.list[world.listed++] = world.got;
    world.got = 0;
}

void world_list_take(void)
{
    world.releasing = world.list[0];
    memmove(world.list, world.list + 1, --world.listed);
    world.list[world.listed] = 0;
}

// Legal whenever the miniport had it in its hands and did not count it as revoked (WP-46, WP-57).
void world_release(void)
{
    uint8_t tag = world.releasing;
    struct mq_todo todo;
    enum mq_result result;

    world.releasing = 0;
    assert(world.fate[tag] == WORLD_OUT);
    world.fate[tag] = WORLD_RETURNED;
    result = mq_release(world.queue, (void *)(uintptr_t)tag, &todo);
    assert(result == MQ_OK || result == MQ_OK_LATE);
    obey(&todo);
}

unsigned world_list_revoke(unsigned number)
{
    const struct mq_revocation *revocation = &world.cancellers[number].revocation;
    uint8_t first = (uint8_t)(uintptr_t)revocation->first_tag;
    uint8_t last = (uint8_t)(uintptr_t)revocation->last_tag;
    unsigned kept = 0, count = 0;

    for (unsigned i = 0; i < world.listed; i++) {
        uint8_t tag = world.list[i];

        if (tag < first || tag > last) {
            world.list[kept++] = tag;
            continue;
        }
        assert(world.fate[tag] == WORLD_OUT);
        world.fate[tag] = WORLD_REVOKED;
        count++;
    }
    for (unsigned i = kept; i < world.listed; i++)
        world.list[i] = 0;
    world.listed = (uint8_t)kept;
#ifdef FORGETFUL
    world.listed = (uint8_t)(kept + count); // keeps what it has counted as revoked
    for (unsigned i = kept; i < world.listed; i++)
        world.list[i] = (uint8_t)(first + i - kept);
#endif
#ifdef BOASTING
    count++;
#endif
    return count;
}

// ---- the end ---------------------------------------------------------------------------------------------

void world_end(void)
{
    unsigned blocks = 0;

    assert(world.listed == 0 && world.wakes == 0);
    for (unsigned i = 0; i < WORLD_PACKETS; i++)
        assert(world.ended[i] == 1);
    for (unsigned tag = 1; tag <= world.next_tag; tag++)
        assert(world.fate[tag] == WORLD_RETURNED || world.fate[tag] == WORLD_REVOKED);
    assert(mq_held(world.queue) == 0);
    assert(mq_destroy(world.queue) == MQ_OK);
    for (unsigned i = 0; i < WORLD_BLOCKS; i++)
        blocks += world.used[i];
    assert(blocks == 0);
}
