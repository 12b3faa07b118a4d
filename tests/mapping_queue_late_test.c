// SPDX-License-Identifier: MIT
//
// Revocation: how many of a range are late, over-counted calls, and the tombstones that wait for late releases.
#include "tests/mapping_queue_words.h"

// ---- the exact count ---------------------------------------------------------------------------------

PS_TEST(releases_before_the_call_returns_are_not_late, "WP-55", "WP-56")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 5, false);
    struct mq_revocation r;

    get_up_to(kit, 5);
    begin(kit, packet, &r, 1, 5, 5);
    kit_release(kit, 1, MQ_OK); // L = 2
    kit_release(kit, 2, MQ_OK);
    assert_int_equal(finish(kit, &r, 3), 1); // R = 3 = N - L
    assert_int_equal(r.faults, 0);
    assert_int_equal(r.late, 0);
    assert_int_equal(r.revoked, 3);
    for (unsigned tag = 1; tag <= 5; tag++)
        kit_release(kit, tag, MQ_RETURNED_TWICE);
    kit_end(kit);
}

PS_TEST(all_of_the_range_may_be_released_before_the_call_returns, "WP-55", "WP-61")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 2, false);
    struct mq_revocation r;

    get_up_to(kit, 2);
    begin(kit, packet, &r, 1, 2, 2);
    kit_release(kit, 1, MQ_OK);
    kit_release(kit, 2, MQ_OK); // its last one, and still it does not complete
    assert_int_equal(mq_revoke_end(kit->queue, &r, true, 0), MQ_STEP_DONE);
    assert_int_equal(r.todo.first->end, MQ_END_CANCELLED);
    assert_int_equal(kit_ended(kit, &r.todo), 1);
    assert_int_equal(r.faults, 0);
    kit_end(kit);
}

PS_TEST(what_was_not_revoked_may_still_be_released_once, "WP-57", "WP-56")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 6, false);
    struct mq_revocation r;

    get_up_to(kit, 6);
    begin(kit, packet, &r, 1, 6, 6);
    assert_int_equal(finish(kit, &r, 4), 1); // U = 2: two of 1, 2, 5 and 6
    assert_int_equal(r.late, 2);
    assert_int_equal(r.revoked, 4);
    kit_release(kit, 3, MQ_RETURNED_TWICE);
    kit_release(kit, 1, MQ_OK_LATE);
    kit_release(kit, 1, MQ_RETURNED_TWICE);
    kit_release(kit, 4, MQ_RETURNED_TWICE);
    kit_release(kit, 2, MQ_OK_LATE);
    for (unsigned tag = 1; tag <= 6; tag++)
        kit_release(kit, tag, MQ_RETURNED_TWICE);
    kit_end(kit);
}

// Between GetMapping and the miniport's list, when RevokeMappings came.
PS_TEST(the_newest_may_be_the_late_one, "WP-46", "WP-56", "WP-57")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 4, false);
    struct mq_revocation r;

    get_up_to(kit, 4);
    begin(kit, packet, &r, 1, 4, 4);
    assert_int_equal(finish(kit, &r, 3), 1);
    kit_release(kit, 4, MQ_OK_LATE);
    kit_release(kit, 1, MQ_RETURNED_TWICE); // nothing is owed any more
    kit_end(kit);
}

PS_TEST(both_ends_may_be_late, "WP-46", "WP-56", "WP-57")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 6, false);
    struct mq_revocation r;

    get_up_to(kit, 6);
    begin(kit, packet, &r, 1, 6, 6);
    assert_int_equal(finish(kit, &r, 4), 1);
    kit_release(kit, 6, MQ_OK_LATE);
    kit_release(kit, 1, MQ_OK_LATE);
    kit_release(kit, 2, MQ_RETURNED_TWICE);
    kit_release(kit, 5, MQ_RETURNED_TWICE);
    kit_end(kit);
}

PS_TEST(a_stop_owes_its_late_releases_whatever_the_packet, "WP-56", "WP-58", "WP-64")
{
    const struct mq_config *configs[] = {&kit_checked, &kit_lean};

    for (unsigned i = 0; i < 2; i++) {
        struct kit *kit = kit_start(configs[i]);
        struct mq_revocation r;

        for (unsigned n = 0; n < 3; n++)
            kit_queue(kit, 2, false);
        get_up_to(kit, 6);
        begin(kit, NULL, &r, 1, 6, 6);
        long blocks = kit->blocks;
        assert_int_equal(finish(kit, &r, 5), 123);
        assert_int_equal(kit->blocks, blocks - 1); // the first packet and the last one are haunted
        kit_release(kit, 6, MQ_OK_LATE);
        assert_int_equal(kit->blocks, blocks - 3);
        kit_release(kit, 1, i ? MQ_UNKNOWN_TAG : MQ_RETURNED_TWICE);
        kit_end(kit);
    }
}

PS_TEST(each_range_of_a_stop_adds_to_what_it_owes, "WP-56", "WP-57", "WP-64")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet[6];
    struct mq_revocation cancel, stop;

    for (unsigned i = 1; i <= 5; i++)
        packet[i] = kit_queue(kit, 1, false);
    get_up_to(kit, 5);
    begin(kit, packet[3], &cancel, 3, 3, 1);
    begin(kit, NULL, &stop, 1, 2, 2);
    assert_int_equal(mq_revoke_end(kit->queue, &stop, true, 1), MQ_STEP_CALL);
    assert_range(&stop, 4, 5, 2);
    assert_int_equal(mq_revoke_end(kit->queue, &stop, true, 1), MQ_STEP_DONE);
    assert_int_equal(stop.late, 2);
    assert_int_equal(kit_ended(kit, &stop.todo), 1245);
    kit_release(kit, 2, MQ_OK_LATE);
    kit_release(kit, 4, MQ_OK_LATE);
    kit_release(kit, 5, MQ_RETURNED_TWICE);
    assert_int_equal(finish(kit, &cancel, 1), 3);
    kit_end(kit);
}

PS_TEST(what_one_revocation_owes_is_not_anothers, "WP-57", "WP-63")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *first = kit_queue(kit, 2, false), *second = kit_queue(kit, 2, false);
    struct mq_revocation r;

    get_up_to(kit, 4);
    begin(kit, first, &r, 1, 2, 2);
    assert_int_equal(finish(kit, &r, 1), 1);
    begin(kit, second, &r, 3, 4, 2);
    assert_int_equal(finish(kit, &r, 1), 2);
    kit_release(kit, 1, MQ_OK_LATE);
    kit_release(kit, 2, MQ_RETURNED_TWICE);
    kit_release(kit, 4, MQ_OK_LATE);
    kit_release(kit, 3, MQ_RETURNED_TWICE);
    kit_end(kit);
}

// The miniport has 3 on its list by now, and would count it to any range that goes over it.
PS_TEST(a_range_does_not_go_over_what_is_late, "WP-55", "WP-57", "WP-64")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet[6];
    struct mq_revocation cancel, stop;

    for (unsigned i = 1; i <= 5; i++)
        packet[i] = kit_queue(kit, 1, false);
    get_up_to(kit, 5);
    begin(kit, packet[3], &cancel, 3, 3, 1);
    assert_int_equal(finish(kit, &cancel, 0), 3);
    begin(kit, NULL, &stop, 1, 2, 2);
    assert_int_equal(mq_revoke_end(kit->queue, &stop, true, 2), MQ_STEP_CALL);
    assert_range(&stop, 4, 5, 2);
    assert_int_equal(finish(kit, &stop, 2), 1245);
    kit_release(kit, 3, MQ_OK_LATE);
    kit_end(kit);
}

PS_TEST(the_count_with_releases_on_both_sides_of_the_return, "WP-55", "WP-57")
{
    for (uint32_t before = 0; before <= 6; before++) {
        for (uint32_t count = 0; count <= 6 - before; count++) {
            struct kit *kit = kit_start(&kit_checked);
            struct mq_packet *packet = kit_queue(kit, 6, false);
            struct mq_revocation r;

            get_up_to(kit, 6);
            begin(kit, packet, &r, 1, 6, 6);
            for (uint32_t i = 1; i <= before; i++)
                kit_release(kit, i, MQ_OK);
            assert_int_equal(finish(kit, &r, count), 1);
            assert_int_equal(r.faults, 0);
            // U - L = N - R - L late releases, of the oldest.
            for (uint32_t i = before + 1; i <= 6 - count; i++)
                kit_release(kit, i, MQ_OK_LATE);
            for (uint32_t i = 1; i <= 6; i++)
                kit_release(kit, i, MQ_RETURNED_TWICE);
            kit_end(kit);
        }
    }
}

PS_TEST(without_an_index_late_releases_are_found_too, "WP-57")
{
    struct kit *kit = kit_start(&kit_lean);
    struct mq_packet *first = kit_queue(kit, 3, false), *second = kit_queue(kit, 3, false);
    struct mq_revocation r;

    get_up_to(kit, 6);
    begin(kit, first, &r, 1, 3, 3);
    assert_int_equal(finish(kit, &r, 1), 1);
    begin(kit, second, &r, 4, 6, 3);
    assert_int_equal(finish(kit, &r, 1), 2);
    kit_release(kit, 2, MQ_OK_LATE);
    kit_release(kit, 4, MQ_OK_LATE);
    kit_release(kit, 1, MQ_OK_LATE);
    kit_release(kit, 1, MQ_UNKNOWN_TAG);
    kit_release(kit, 6, MQ_OK_LATE);
    kit_release(kit, 5, MQ_UNKNOWN_TAG);
    kit_end(kit);
}

PS_TEST(more_revoked_than_could_be_is_clamped, "WP-60")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 3, false);
    struct mq_revocation r;

    get_up_to(kit, 3);
    begin(kit, packet, &r, 1, 3, 3);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(finish(kit, &r, 3), 1); // R = N > N - L
    assert_int_equal(r.faults, MQ_FAULT_OVER_COUNT);
    assert_int_equal(r.revoked, 2);
    assert_int_equal(r.late, 0);
    kit_release(kit, 2, MQ_RETURNED_TWICE);
    kit_end(kit);
}

PS_TEST(a_count_beyond_all_reason_is_clamped, "WP-60")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 3, false);
    struct mq_revocation r;

    get_up_to(kit, 3);
    begin(kit, packet, &r, 1, 3, 3);
    assert_int_equal(finish(kit, &r, UINT32_MAX), 1);
    assert_int_equal(r.faults, MQ_FAULT_OVER_COUNT);
    assert_int_equal(r.revoked, 3);
    kit_end(kit);
}

// ---- tombstones --------------------------------------------------------------------------------------

PS_TEST(reusing_the_tag_of_a_tombstone_is_told, "WP-58")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 2, false);
    struct mq_revocation r;

    get_up_to(kit, 2);
    begin(kit, packet, &r, 1, 2, 2);
    assert_int_equal(finish(kit, &r, 1), 1);
    kit_queue(kit, 3, false);
    assert_int_equal(try_get(kit, 2), MQ_OK); // revoked: free again
    assert_int_equal(try_get(kit, 1), MQ_OK_TAG_LATE);
    assert_int_equal(try_get(kit, 1), MQ_OK_TAG_HELD);
    kit_release(kit, 2, MQ_OK);
    kit_release(kit, 1, MQ_OK); // held ones come first
    assert_int_equal(kit_release_ends(kit, 1, MQ_OK), 2);
    kit_release(kit, 1, MQ_OK_LATE);
    kit_release(kit, 1, MQ_RETURNED_TWICE);
    kit_end(kit);
}

PS_TEST(a_tombstone_dies_with_its_release, "WP-58")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 1, false);
    struct mq_revocation r;

    get_up_to(kit, 1);
    begin(kit, packet, &r, 1, 1, 1);
    assert_int_equal(finish(kit, &r, 0), 1);
    kit_release(kit, 1, MQ_OK_LATE);
    kit_queue(kit, 1, false);
    assert_int_equal(try_get(kit, 1), MQ_OK);
    assert_int_equal(kit_release_ends(kit, 1, MQ_OK), 2);
    kit_end(kit);
}

PS_TEST(the_index_has_room_again_where_tombstones_were, "WP-58", "WP-36")
{
    struct kit *kit = kit_start(&kit_checked);
    unsigned allocations = kit->allocations;

    for (unsigned i = 0; i < 50; i++) {
        struct mq_packet *packet = kit_queue(kit, 8, false);
        struct mq_revocation r;
        get_up_to(kit, 8);
        begin(kit, packet, &r, 1, 8, 8);
        finish(kit, &r, 0);
        for (unsigned tag = 1; tag <= 8; tag++)
            kit_release(kit, tag, MQ_OK_LATE);
    }
    assert_int_equal(kit->allocations, allocations + 50); // the packets
    kit_end(kit);
}

PS_TEST(tombstones_die_at_close, "WP-58")
{
    const struct mq_config *configs[] = {&kit_checked, &kit_lean};

    for (unsigned i = 0; i < 2; i++) {
        struct kit *kit = kit_start(configs[i]);
        struct mq_packet *kept, *freed;
        struct mq_revocation r, other;

        freed = kit_queue(kit, 3, false);
        kept = kit_queue(kit, 2, false);
        get_up_to(kit, 5);
        begin(kit, freed, &r, 1, 3, 3);
        assert_int_equal(finish(kit, &r, 0), 1);
        begin(kit, kept, &other, 4, 5, 2);
        assert_int_equal(mq_revoke_end(kit->queue, &other, true, 0), MQ_STEP_DONE);
        long blocks = kit->blocks;
        mq_close(kit->queue);
        assert_int_equal(kit->blocks, blocks - 1);
        kit_release(kit, 1, i ? MQ_UNKNOWN_TAG : MQ_RETURNED_TWICE);
        kit_release(kit, 5, i ? MQ_UNKNOWN_TAG : MQ_RETURNED_TWICE);
        assert_int_equal(kit_ended(kit, &other.todo), 2);
        kit_end(kit);
    }
}

PS_TEST(a_packets_memory_stays_until_its_last_tombstone_died, "WP-58")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 2, false);
    struct mq_revocation r;
    long blocks = kit->blocks;

    get_up_to(kit, 2);
    begin(kit, packet, &r, 1, 2, 2);
    assert_int_equal(finish(kit, &r, 0), 1); // handed back and freed by its maker
    assert_int_equal(kit->blocks, blocks);
    kit_release(kit, 2, MQ_OK_LATE);
    assert_int_equal(kit->blocks, blocks);
    kit_release(kit, 1, MQ_OK_LATE);
    assert_int_equal(kit->blocks, blocks - 1);
    kit_end(kit);
}

PS_TEST(a_late_release_may_come_before_the_maker_frees, "WP-58")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 1, false);
    struct mq_revocation r;
    long blocks = kit->blocks;

    get_up_to(kit, 1);
    begin(kit, packet, &r, 1, 1, 1);
    assert_int_equal(mq_revoke_end(kit->queue, &r, true, 0), MQ_STEP_DONE);
    kit_release(kit, 1, MQ_OK_LATE);
    assert_int_equal(kit->blocks, blocks);
    assert_int_equal(kit_ended(kit, &r.todo), 1);
    assert_int_equal(kit->blocks, blocks - 1);
    kit_end(kit);
}
