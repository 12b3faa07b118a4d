// SPDX-License-Identifier: MIT
//
// Looped packets of the mapping queue: laps, several of them held at once, what waits behind them.
#include "tests/mapping_queue_words.h"

PS_TEST(a_looped_packet_starts_over_and_flags_every_lap, "WP-27")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 3, true);
    for (unsigned i = 0; i < 1000; i++) {
        struct mq_mapping mapping = kit_get(kit, i);
        assert_int_equal(mapping.physical, (1000 + 2 * (i % 3)) * 4096);
        assert_int_equal(mapping.last, i % 3 == 2);
        if (i >= 2)
            kit_release(kit, i - 2, MQ_OK);
    }
    assert_int_equal(stop_and_end(kit), 1);
}

PS_TEST(two_mappings_of_the_same_bytes_may_be_held, "WP-27", "WP-36")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 1, true);
    for (unsigned i = 0; i < 5000; i++)
        assert_int_equal(kit_get(kit, i).physical, 1000 * 4096);
    assert_int_equal(mq_held(kit->queue), 5000);
    for (unsigned i = 0; i < 5000; i++)
        kit_release(kit, i, MQ_OK);
    assert_int_equal(mq_held(kit->queue), 0);
    assert_int_equal(stop_and_end(kit), 1);
}

PS_TEST(a_looped_packet_never_completes_by_itself, "WP-40", "WP-27")
{
    struct kit *kit = kit_start(&kit_lean);

    kit_queue(kit, 2, true);
    for (unsigned i = 0; i < 500; i++) {
        kit_get(kit, i);
        kit_release(kit, i, MQ_OK);
    }
    assert_int_equal(stop_and_end(kit), 1);
}

PS_TEST(laps_are_added_while_the_miniport_goes_round, "WP-27", "WP-20")
{
    struct kit *kit = kit_start(&kit_checked);
    unsigned got = 0, released = 0;

    kit_queue(kit, 7, true);
    // Holds more and more: the ring of laps grows in its middle.
    for (unsigned round = 0; round < 40; round++) {
        for (unsigned i = 0; i < 60; i++, got++)
            assert_int_equal(kit_get(kit, got).physical, (1000 + 2 * (got % 7)) * 4096);
        for (unsigned i = 0; i < 47; i++)
            kit_release(kit, released++, MQ_OK);
    }
    while (released < got)
        kit_release(kit, released++, MQ_OK);
    assert_int_equal(stop_and_end(kit), 1);
}

PS_TEST(without_memory_for_a_lap_a_get_is_refused_until_one_is_free, "WP-24", "WP-76")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_todo todo;
    unsigned got = 0, released = 0;

    kit_queue(kit, 5, true);
    kit->fail_all = true;
    while (try_get(kit, got) == MQ_OK)
        got++;
    assert_true(got >= 2 * 5);
    bool woken = false;
    while (!woken) {
        assert_int_equal(mq_release(kit->queue, TAG(released++), &todo), MQ_OK);
        woken = todo.wake;
    }
    assert_int_equal(kit_get(kit, got).physical, (1000 + 2 * (got % 5)) * 4096);
    assert_int_equal(stop_and_end(kit), 1);
}

PS_TEST(with_every_lap_held_a_walk_over_them_ends, "WP-27", "WP-38")
{
    struct kit *kit = kit_start(&kit_lean);
    struct mq_mapping mapping;

    kit_queue(kit, 64, true);
    for (unsigned i = 0; i < 128; i++)
        kit_get(kit, i);
    kit->fail_all = true;
    assert_int_equal(mq_get(kit->queue, TAG(128), &mapping), MQ_REFUSED);
    kit->fail_all = false;
    assert_int_equal(mq_held(kit->queue), 128);
    kit_release(kit, 1000, MQ_UNKNOWN_TAG);
    assert_int_equal(kit_stop(kit), 1);
    kit_end(kit);
}

PS_TEST(a_looped_packet_behind_another_never_hands_out_what_is_held, "WP-27", "WP-20")
{
    struct kit *kit = kit_start(&kit_lean);

    kit_queue(kit, 1, false);
    kit_queue(kit, 64, true);
    kit_get(kit, 0);
    for (unsigned i = 0; i < 300; i++)
        assert_int_equal(kit_get(kit, i + 1).physical, (2000 + 2 * (i % 64)) * 4096);
    assert_int_equal(mq_held(kit->queue), 301);
    assert_int_equal(kit_release_ends(kit, 0, MQ_OK), 1);
    for (unsigned i = 0; i < 300; i++)
        kit_release(kit, i + 1, MQ_OK);
    assert_int_equal(kit_stop(kit), 2);
    kit_end(kit);
}

PS_TEST(a_release_of_a_later_lap_is_out_of_order, "WP-37", "WP-27")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 64, true);
    for (unsigned i = 0; i < 66; i++)
        kit_get(kit, i);
    kit_release(kit, 64, MQ_OK_OUT_OF_ORDER); // the first of the second lap
    for (unsigned i = 0; i < 64; i++)
        kit_release(kit, i, MQ_OK);
    for (unsigned i = 66; i < 130; i++)
        kit_get(kit, i); // the last two are the third lap's
    kit_release(kit, 129, MQ_OK_OUT_OF_ORDER);
    assert_int_equal(kit_stop(kit), 1);
    kit_end(kit);
}

PS_TEST(an_index_without_room_for_a_lap_is_a_refusal_too, "WP-24")
{
    struct kit *kit = kit_start(&kit_checked);
    unsigned got = 0;

    kit_queue(kit, 64, true);
    while (got < 2 * 64)
        kit_get(kit, got++);
    kit->fail = 1; // the index's memory
    assert_int_equal(try_get(kit, got), MQ_REFUSED);
    kit->fail = 2; // the lap's
    assert_int_equal(try_get(kit, got), MQ_REFUSED);
    kit_get(kit, got);
    assert_int_equal(stop_and_end(kit), 1);
}

PS_TEST(a_packet_behind_a_looped_one_waits_until_that_is_over, "WP-27", "WP-20")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *looped = kit_queue(kit, 2, true);

    kit_queue(kit, 1, false);
    for (unsigned i = 0; i < 10; i++)
        assert_true(kit_get(kit, i).physical < 2000 * 4096);
    assert_int_equal(kit_revoke(kit, looped, MQ_END_CANCELLED), 1);
    assert_int_equal(kit_get(kit, 10).physical, 2000 * 4096);
    assert_int_equal(kit_release_ends(kit, 10, MQ_OK), 2);
    kit_end(kit);
}
