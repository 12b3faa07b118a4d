// SPDX-License-Identifier: MIT
//
// Ten defects measured in an open implementation of this queue, each as a test that it would fail. The
// last two count work instead of time: slots looked at, and memory.
#define MAPPING_QUEUE_COUNT
#include "../src/port/mapping_queue.c"
#include "../src/port/mapping_queue_get.c"
#include "../src/port/mapping_queue_late.c"
#include "../src/port/mapping_queue_leave.c"
#include "../src/port/mapping_queue_packet.c"
#include "../src/port/mapping_queue_release.c"
#include "../src/port/mapping_queue_revoke.c"
#include "../src/port/mapping_queue_runs.c"
#include "../src/port/mapping_queue_tags.c"

#include "tests/mapping_queue_kit.h"
#include "tests/ps_test.h"

PS_TEST(flags_are_written_for_every_mapping, "WP-26")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 16, false);
    for (unsigned i = 0; i < 16; i++) {
        struct mq_mapping mapping = {.last = 0xdead};
        assert_int_equal(mq_get(kit->queue, TAG(i), &mapping), MQ_OK);
        assert_int_equal(mapping.last, i == 15);
    }
    assert_int_equal(kit_stop(kit), 1);
    kit_end(kit);
}

PS_TEST(a_release_before_the_packet_is_fully_mapped_counts, "WP-40")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 3, false);
    kit_get(kit, 1);
    kit_release(kit, 1, MQ_OK);
    kit_get(kit, 2);
    kit_release(kit, 2, MQ_OK);
    kit_get(kit, 3);
    assert_int_equal(kit_release_ends(kit, 3, MQ_OK), 1);
    kit_end(kit);
}

PS_TEST(a_looped_packet_does_not_run_dry_at_the_wrap, "WP-27")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 4, true);
    for (unsigned i = 0; i < 4 * 50; i++) // not one is released
        assert_int_equal(kit_get(kit, i).physical, (1000 + 2 * (i % 4)) * 4096);
    assert_int_equal(kit_stop(kit), 1);
    kit_end(kit);
}

PS_TEST(contiguous_pages_are_merged, "WP-28", "WP-30")
{
    static const uint64_t pages[] = {50, 51, 52, 53};
    struct kit *kit = kit_start(&kit_checked);

    kit_add(kit, kit_packet(kit, false, 0, 4 * 4096, pages, 4), NULL);
    assert_int_equal(kit_get(kit, 1).bytes, 4 * 4096);
    assert_int_equal(kit_stop(kit), 1);
    kit_end(kit);
}

PS_TEST(stop_asks_to_revoke_what_is_held, "WP-51", "WP-64")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_revocation r;

    kit_queue(kit, 2, false);
    kit_get(kit, 1);
    kit_get(kit, 2);
    assert_int_equal(mq_revoke_begin(kit->queue, NULL, MQ_END_STOPPED, &r), MQ_STEP_CALL);
    assert_ptr_equal(r.first_tag, TAG(1));
    assert_ptr_equal(r.last_tag, TAG(2));
    assert_int_equal(mq_revoke_end(kit->queue, &r, true, 2), MQ_STEP_DONE);
    assert_int_equal(kit_ended(kit, &r.todo), 1);
    kit_end(kit);
}

PS_TEST(a_packet_can_be_cancelled_after_its_first_mapping, "WP-51", "WP-62")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 2, false);

    kit_get(kit, 1);
    assert_int_equal(kit_revoke(kit, packet, MQ_END_CANCELLED), 1);
    kit_end(kit);
}

PS_TEST(a_tag_that_was_never_given_is_not_accepted, "WP-38")
{
    struct kit *kit = kit_start(&kit_lean);

    kit_queue(kit, 2, false);
    kit_get(kit, 1);
    kit_release(kit, 77, MQ_UNKNOWN_TAG);
    assert_int_equal(mq_held(kit->queue), 1);
    assert_int_equal(kit_stop(kit), 1);
    kit_end(kit);
}

PS_TEST(a_cancelled_packet_leaks_nothing, "WP-62")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet[4];
    long blocks = kit->blocks;

    for (unsigned i = 0; i < 4; i++)
        packet[i] = kit_queue(kit, 5, i == 3);
    for (unsigned i = 4; i > 0; i--)
        assert_int_equal(kit_revoke(kit, packet[i - 1], MQ_END_CANCELLED), i);
    assert_int_equal(kit->blocks, blocks);
    kit_end(kit);
}

PS_TEST(the_second_header_has_its_own_address_and_length, "WP-26", "WP-29")
{
    static const uint64_t first[] = {10}, second[] = {90, 95};
    struct kit *kit = kit_start(&kit_checked);
    struct mq_buffer buffers[] = {{(void *)0x10100, first, 1, 0x100, 500},
                                  {(void *)0x20f00, second, 2, 0xf00, 700}};
    struct mq_request request = {.buffers = buffers, .buffer_count = 2, .owner = TAG(1)};
    struct mq_packet *packet;

    assert_int_equal(mq_packet_create(kit->queue, &request, &packet), MQ_OK);
    kit_add(kit, packet, NULL);
    struct mq_mapping mapping = kit_get(kit, 1);
    assert_int_equal(mapping.physical, 10 * 4096 + 0x100);
    assert_int_equal(mapping.bytes, 500);
    mapping = kit_get(kit, 2);
    assert_int_equal(mapping.physical, 90 * 4096 + 0xf00);
    assert_ptr_equal(mapping.virtual_address, (void *)0x20f00);
    assert_int_equal(mapping.bytes, 256);
    mapping = kit_get(kit, 3);
    assert_int_equal(mapping.physical, 95 * 4096);
    assert_ptr_equal(mapping.virtual_address, (void *)0x21000);
    assert_int_equal(mapping.bytes, 444);
    assert_int_equal(mapping.last, 1);
    assert_int_equal(kit_stop(kit), 1);
    kit_end(kit);
}

// ---- work does not grow with the depth ---------------------------------------------------------------

struct cost {
    uint64_t visited;     // slots and cells, in the dearest single call
    unsigned allocations; // in all calls
};

static void note(struct kit *kit, struct cost *cost, uint64_t *before)
{
    uint64_t visited = kit->queue->visited - *before;

    cost->visited = visited > cost->visited ? visited : cost->visited;
    *before = kit->queue->visited;
}

// Gets `depth` mappings, then releases and gets one at a time, then releases all.
static struct cost cost_of(const struct mq_config *config, unsigned depth, unsigned packets,
                           bool looped)
{
    struct kit *kit = kit_start(config);
    struct cost cost = {0, 0};
    unsigned pieces = looped ? depth : 2 * depth / packets;

    for (unsigned i = 0; i < packets; i++)
        kit_queue(kit, pieces, looped);
    unsigned allocations = kit->allocations;
    uint64_t visited = kit->queue->visited;
    for (unsigned i = 0; i < 2 * depth; i++) {
        if (i >= depth) {
            struct mq_todo todo;
            assert_int_equal(mq_release(kit->queue, TAG(i - depth), &todo), MQ_OK);
            note(kit, &cost, &visited);
            kit_ended(kit, &todo);
        }
        kit_get(kit, i);
        note(kit, &cost, &visited);
    }
    cost.allocations = kit->allocations - allocations;
    kit_stop(kit);
    kit_end(kit);
    return cost;
}

PS_TEST(get_and_release_inside_one_packet_do_not_depend_on_the_depth, "WP-36")
{
    assert_int_equal(cost_of(&kit_lean, 4, 1, false).visited, 0);
    assert_int_equal(cost_of(&kit_lean, 16384, 1, false).visited, 0);
    assert_int_equal(cost_of(&kit_lean, 16384, 1, false).allocations, 0);
}

PS_TEST(get_and_release_across_packets_do_not_depend_on_the_depth, "WP-36")
{
    uint64_t flat = cost_of(&kit_lean, 4, 4, false).visited;

    assert_true(flat <= 4);
    assert_int_equal(cost_of(&kit_lean, 64, 64, false).visited, flat);
    assert_int_equal(cost_of(&kit_lean, 16384, 16384, false).visited, flat);
    assert_int_equal(cost_of(&kit_lean, 16384, 16384, false).allocations, 0);
}

PS_TEST(while_a_next_packet_waits_the_end_of_one_looks_at_nothing, "WP-36", "WP-40")
{
    struct kit *kit = kit_start(&kit_lean);

    kit_queue(kit, 1, false);
    uint64_t visited = kit->queue->visited;
    for (unsigned i = 0; i < 20; i++) {
        kit_queue(kit, 1, false);
        kit_get(kit, i);
        assert_int_equal(kit_release_ends(kit, i, MQ_OK), i + 1);
    }
    assert_int_equal(kit->queue->visited, visited);
    kit_stop(kit);
    kit_end(kit);
}

PS_TEST(get_and_release_in_a_looped_packet_do_not_depend_on_the_depth, "WP-36", "WP-27")
{
    assert_true(cost_of(&kit_lean, 16384, 1, true).visited <= 4);
    assert_true(cost_of(&kit_lean, 16384, 1, true).allocations <= 1); // a third lap
}

PS_TEST(a_release_out_of_order_costs_its_own_lap_only, "WP-39", "WP-27")
{
    struct kit *kit = kit_start(&kit_lean);
    uint64_t visited = 0;

    kit_queue(kit, 64, true);
    for (unsigned i = 0; i < 64; i++)
        kit_get(kit, i);
    kit_release(kit, 10, MQ_OK_OUT_OF_ORDER);
    for (unsigned i = 0; i < 64; i++) {
        if (i != 10)
            kit_release(kit, i, MQ_OK);
    }
    for (unsigned i = 0; i < 128; i++) { // the second lap, and the first again
        kit_get(kit, i);
        if (i % 64 == 1)
            visited = kit->queue->visited;
        if (i % 64 == 62)
            assert_int_equal(kit->queue->visited, visited);
        kit_release(kit, i, MQ_OK);
    }
    assert_int_equal(kit_stop(kit), 1);
    kit_end(kit);
}

PS_TEST(with_an_index_neither, "WP-36", "WP-35")
{
    // A few cells more or less, as the tags fall.
    assert_true(cost_of(&kit_checked, 16384, 1, false).visited <= 24);
    assert_true(cost_of(&kit_checked, 16384, 16384, false).visited <= 24);
    assert_int_equal(cost_of(&kit_checked, 16384, 16384, false).allocations, 0);
}

PS_TEST(with_an_index_out_of_order_does_not_search, "WP-39", "WP-35")
{
    struct kit *kit = kit_start(&kit_checked);
    struct cost cost = {0, 0};
    const unsigned depth = 16384;

    kit_queue(kit, depth, false);
    for (unsigned i = 0; i < depth; i++)
        kit_get(kit, i);
    uint64_t visited = kit->queue->visited;
    for (unsigned i = depth; i > 1; i--) {
        kit_release(kit, i - 1, MQ_OK_OUT_OF_ORDER);
        note(kit, &cost, &visited);
    }
    assert_true(cost.visited <= 24);
    assert_int_equal(kit_stop(kit), 1);
    kit_end(kit);
}

PS_TEST(releases_during_a_long_revocation_do_not_search, "WP-63", "WP-35")
{
    struct kit *kit = kit_start(&kit_checked);
    struct cost cost = {0, 0};
    const unsigned depth = 4096;
    struct mq_revocation r;

    struct mq_packet *first = kit_queue(kit, depth, false);
    kit_queue(kit, depth, false);
    for (unsigned i = 0; i < 2 * depth; i++)
        kit_get(kit, i);
    assert_int_equal(mq_revoke_begin(kit->queue, first, MQ_END_CANCELLED, &r), MQ_STEP_CALL);
    uint64_t visited = kit->queue->visited, begin = visited;
    for (unsigned i = 0; i < depth; i++) {
        kit_release(kit, depth + i, MQ_OK);
        note(kit, &cost, &visited);
    }
    // The first one walks over what is listed; nobody walks there again.
    assert_true(kit->queue->visited - begin <= 24 * depth);
    assert_true(cost.visited <= depth + 24);
    assert_int_equal(mq_revoke_end(kit->queue, &r, true, depth), MQ_STEP_DONE);
    assert_int_equal(kit_ended(kit, &r.todo), 12);
    kit_end(kit);
}

PS_TEST(adding_does_not_depend_on_what_is_queued, "WP-36")
{
    struct kit *kit = kit_start(&kit_lean);

    for (unsigned i = 0; i < 1000; i++) {
        uint64_t before = kit->queue->visited;
        unsigned allocations = kit->allocations;
        kit_queue(kit, 3, false);
        assert_true(kit->queue->visited - before <= 2);
        assert_int_equal(kit->allocations, allocations + 1);
    }
    struct mq_revocation r;
    assert_int_equal(mq_revoke_begin(kit->queue, NULL, MQ_END_STOPPED, &r), MQ_STEP_DONE);
    kit_ended(kit, &r.todo);
    kit_end(kit);
}
