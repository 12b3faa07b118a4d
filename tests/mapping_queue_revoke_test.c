// SPDX-License-Identifier: MIT
//
// Revocation: ranges, the window between begin and end, failed calls, cancel of any packet, STOP. What is released late
// is counted in mapping_queue_late_test.c.
#include "tests/mapping_queue_words.h"

static uint64_t returned(struct kit *kit)
{
    struct mq_position position;

    mq_position(kit->queue, &position);
    return position.returned;
}

static uint64_t mapped(struct kit *kit)
{
    struct mq_position position;

    mq_position(kit->queue, &position);
    return position.mapped;
}

// ---- ranges ------------------------------------------------------------------------------------------

PS_TEST(cancel_revokes_from_the_first_held_to_the_last, "WP-51", "WP-52")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 4, false);
    struct mq_revocation r;

    get_up_to(kit, 4);
    kit_release(kit, 1, MQ_OK);
    begin(kit, packet, &r, 2, 4, 3);
    assert_int_equal(finish(kit, &r, 3), 1);
    assert_int_equal(r.revoked, 3);
    assert_int_equal(r.faults, 0);
    kit_end(kit);
}

PS_TEST(a_single_mapping_is_a_range_of_equal_ends, "WP-52")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 4, false);
    struct mq_revocation r;

    get_up_to(kit, 1);
    begin(kit, packet, &r, 1, 1, 1);
    assert_int_equal(finish(kit, &r, 1), 1);
    kit_end(kit);
}

PS_TEST(a_mapping_released_out_of_order_is_not_counted, "WP-55", "WP-39")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 5, false);
    struct mq_revocation r;

    get_up_to(kit, 5);
    kit_release(kit, 3, MQ_OK_OUT_OF_ORDER);
    kit_release(kit, 5, MQ_OK_OUT_OF_ORDER);
    begin(kit, packet, &r, 1, 4, 3);
    assert_int_equal(finish(kit, &r, 3), 1);
    kit_end(kit);
}

PS_TEST(a_packet_without_held_mappings_is_cancelled_without_a_call, "WP-62")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *first = kit_queue(kit, 2, false);
    struct mq_packet *second = kit_queue(kit, 2, false);
    struct mq_revocation r;

    kit_get(kit, 1);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(mq_revoke_begin(kit->queue, second, MQ_END_CANCELLED, &r), MQ_STEP_DONE);
    assert_int_equal(r.calls, 0);
    assert_int_equal(r.todo.first->end, MQ_END_CANCELLED);
    assert_int_equal(kit_ended(kit, &r.todo), 2);
    assert_int_equal(mq_revoke_begin(kit->queue, first, MQ_END_CANCELLED, &r), MQ_STEP_DONE);
    assert_int_equal(kit_ended(kit, &r.todo), 1);
    assert_int_equal(try_get(kit, 2), MQ_REFUSED);
    kit_end(kit);
}

PS_TEST(a_partly_mapped_packet_loses_its_rest, "WP-62")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 4, false);
    struct mq_revocation r;

    kit_queue(kit, 1, false);
    get_up_to(kit, 2);
    begin(kit, packet, &r, 1, 2, 2);
    assert_int_equal(kit_get(kit, 3).physical, 2000 * 4096); // the next packet, already now
    assert_int_equal(finish(kit, &r, 2), 1);
    assert_int_equal(kit_release_ends(kit, 3, MQ_OK), 2);
    kit_end(kit);
}

PS_TEST(a_middle_packet_loses_only_its_own_mappings, "WP-63")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *middle;
    struct mq_revocation r;

    kit_queue(kit, 2, false);
    middle = kit_queue(kit, 2, false);
    kit_queue(kit, 2, false);
    get_up_to(kit, 6);
    begin(kit, middle, &r, 3, 4, 2);
    assert_int_equal(finish(kit, &r, 2), 2);
    assert_int_equal(mq_held(kit->queue), 4);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(kit_release_ends(kit, 2, MQ_OK), 1);
    kit_release(kit, 5, MQ_OK);
    assert_int_equal(kit_release_ends(kit, 6, MQ_OK), 3);
    kit_end(kit);
}

PS_TEST(cancel_of_the_first_a_middle_and_the_last_packet, "WP-63", "WP-51")
{
    for (unsigned which = 1; which <= 3; which++) {
        struct kit *kit = kit_start(&kit_lean);
        struct mq_packet *packet[4];
        unsigned left = which == 1 ? 23 : which == 2 ? 13 : 12;

        for (unsigned i = 1; i <= 3; i++)
            packet[i] = kit_queue(kit, 1, false);
        get_up_to(kit, 3);
        assert_int_equal(kit_revoke(kit, packet[which], MQ_END_CANCELLED), which);
        unsigned ended = 0;
        for (unsigned i = 1; i <= 3; i++) {
            if (i != which)
                ended = ended * 10 + kit_release_ends(kit, i, MQ_OK);
        }
        assert_int_equal(ended, left);
        assert_int_equal(try_get(kit, 9), MQ_REFUSED);
        kit_queue(kit, 1, false); // the chain is whole
        kit_get(kit, 9);
        assert_int_equal(kit_release_ends(kit, 9, MQ_OK), 4);
        kit_end(kit);
    }
}

PS_TEST(packets_are_handed_out_past_cancelled_ones, "WP-62")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet[6];

    for (unsigned i = 1; i <= 5; i++)
        packet[i] = kit_queue(kit, 1, false);
    kit_get(kit, 1);
    assert_int_equal(kit_revoke(kit, packet[2], MQ_END_CANCELLED), 2);
    assert_int_equal(kit_revoke(kit, packet[5], MQ_END_CANCELLED), 5);
    assert_int_equal(kit_revoke(kit, packet[3], MQ_END_CANCELLED), 3);
    assert_int_equal(kit_get(kit, 4).physical, 4000 * 4096);
    assert_int_equal(kit_release_ends(kit, 1, MQ_OK), 1);
    assert_int_equal(kit_release_ends(kit, 4, MQ_OK), 4);
    kit_end(kit);
}

PS_TEST(a_packet_cannot_be_ended_twice, "WP-61")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 2, false);
    struct mq_revocation r, other;
    struct mq_todo todo;

    get_up_to(kit, 2);
    begin(kit, packet, &r, 1, 2, 2);
    assert_int_equal(mq_revoke_begin(kit->queue, packet, MQ_END_CANCELLED, &other), MQ_STEP_GONE);
    assert_int_equal(mq_revoke_end(kit->queue, &r, true, 2), MQ_STEP_DONE);
    assert_int_equal(mq_revoke_begin(kit->queue, packet, MQ_END_CANCELLED, &other), MQ_STEP_GONE);
    assert_int_equal(kit_ended(kit, &r.todo), 1);
    // Completed by release, cancelled before its maker freed it.
    packet = kit_queue(kit, 1, false);
    kit_get(kit, 3);
    assert_int_equal(mq_release(kit->queue, TAG(3), &todo), MQ_OK);
    assert_int_equal(mq_revoke_begin(kit->queue, packet, MQ_END_CANCELLED, &other), MQ_STEP_GONE);
    assert_int_equal(kit_ended(kit, &todo), 2);
    // Never added.
    packet = kit_pieces(kit, 1, false);
    assert_int_equal(mq_revoke_begin(kit->queue, packet, MQ_END_CANCELLED, &other), MQ_STEP_GONE);
    mq_packet_free(kit->queue, packet);
    kit_end(kit);
}

// ---- looped packets ----------------------------------------------------------------------------------

PS_TEST(a_looped_packet_can_be_cancelled_at_any_point, "WP-51", "WP-27", "KP-53")
{
    for (unsigned got = 0; got < 200; got += 7) {
        for (unsigned hold = 0; hold <= got && hold < 150; hold += 13) {
            struct kit *kit = kit_start(&kit_checked);
            struct mq_packet *packet = kit_queue(kit, 3, true);
            struct mq_revocation r;

            for (unsigned i = 1; i <= got; i++) {
                kit_get(kit, i);
                if (i > hold)
                    kit_release(kit, i - hold, MQ_OK);
            }
            if (hold == 0) {
                assert_int_equal(mq_revoke_begin(kit->queue, packet, MQ_END_CANCELLED, &r),
                                 MQ_STEP_DONE);
                assert_int_equal(kit_ended(kit, &r.todo), 1);
            } else {
                begin(kit, packet, &r, got - hold + 1, got, hold);
                assert_int_equal(finish(kit, &r, hold), 1);
            }
            kit_end(kit);
        }
    }
}

PS_TEST(late_releases_into_a_ring_of_laps, "WP-57", "WP-27")
{
    struct kit *kit = kit_start(&kit_lean);
    struct mq_packet *packet = kit_queue(kit, 2, true);
    struct mq_revocation r;

    get_up_to(kit, 300);
    begin(kit, packet, &r, 1, 300, 300);
    assert_int_equal(finish(kit, &r, 100), 1);
    for (unsigned tag = 200; tag >= 1; tag--)
        kit_release(kit, tag, MQ_OK_LATE);
    kit_release(kit, 200, MQ_UNKNOWN_TAG);
    kit_end(kit);
}

// ---- failure -----------------------------------------------------------------------------------------

PS_TEST(a_failed_call_is_repeated_with_what_is_still_held, "WP-59")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 4, false);
    struct mq_revocation r;

    get_up_to(kit, 4);
    begin(kit, packet, &r, 1, 4, 4);
    kit_release(kit, 1, MQ_OK); // the miniport was inside its window: its list did not have tag 1
    assert_int_equal(mq_revoke_end(kit->queue, &r, false, 0), MQ_STEP_CALL);
    assert_range(&r, 2, 4, 3);
    assert_int_equal(finish(kit, &r, 3), 1);
    assert_int_equal(r.calls, 2);
    assert_int_equal(r.faults, MQ_FAULT_FAILED);
    assert_int_equal(r.forfeited, 0);
    kit_end(kit);
}

PS_TEST(releases_during_the_repeated_call_count_for_it, "WP-59", "WP-55")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 4, false);
    struct mq_revocation r;

    get_up_to(kit, 4);
    begin(kit, packet, &r, 1, 4, 4);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(mq_revoke_end(kit->queue, &r, false, 0), MQ_STEP_CALL);
    kit_release(kit, 2, MQ_OK);
    assert_int_equal(finish(kit, &r, 1), 1);
    assert_int_equal(r.late, 1);
    kit_release(kit, 3, MQ_OK_LATE);
    kit_release(kit, 4, MQ_RETURNED_TWICE);
    kit_end(kit);
}

PS_TEST(after_two_failures_tag_by_tag, "WP-59")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 4, false);
    struct mq_revocation r;

    get_up_to(kit, 4);
    begin(kit, packet, &r, 1, 4, 4);
    assert_int_equal(mq_revoke_end(kit->queue, &r, false, 0), MQ_STEP_CALL);
    assert_range(&r, 1, 4, 4);
    assert_int_equal(mq_revoke_end(kit->queue, &r, false, 4), MQ_STEP_CALL); // count means nothing
    assert_range(&r, 1, 1, 1);
    assert_int_equal(mq_revoke_end(kit->queue, &r, false, 0), MQ_STEP_CALL); // forfeited
    assert_range(&r, 2, 2, 1);
    assert_int_equal(mq_revoke_end(kit->queue, &r, true, 1), MQ_STEP_CALL);
    assert_range(&r, 3, 3, 1);
    kit_release(kit, 3, MQ_OK); // meanwhile
    assert_int_equal(mq_revoke_end(kit->queue, &r, true, 0), MQ_STEP_CALL);
    assert_range(&r, 4, 4, 1);
    assert_int_equal(finish(kit, &r, 1), 1);
    assert_int_equal(r.calls, 6);
    assert_int_equal(r.faults, MQ_FAULT_FAILED | MQ_FAULT_FORFEITED);
    assert_int_equal(r.forfeited, 1);
    assert_int_equal(r.revoked, 2);
    kit_release(kit, 1, MQ_OK_LATE); // what is forfeited may come back once, quietly
    kit_release(kit, 1, MQ_RETURNED_TWICE);
    kit_end(kit);
}

PS_TEST(a_packet_that_is_asked_for_tag_by_tag_does_not_end_before, "WP-59", "WP-61")
{
    struct kit *kit = kit_start(&kit_lean);
    struct mq_packet *packet = kit_queue(kit, 2, false);
    struct mq_revocation r;

    kit_queue(kit, 1, false);
    get_up_to(kit, 3);
    begin(kit, packet, &r, 1, 2, 2);
    assert_int_equal(mq_revoke_end(kit->queue, &r, false, 0), MQ_STEP_CALL);
    assert_int_equal(mq_revoke_end(kit->queue, &r, false, 0), MQ_STEP_CALL);
    assert_range(&r, 1, 1, 1);
    kit_release(kit, 1, MQ_OK);
    kit_release(kit, 2, MQ_OK); // held, in order, the packet's last: and yet
    assert_int_equal(finish(kit, &r, 0), 1);
    assert_int_equal(kit_stop(kit), 2);
    kit_end(kit);
}

PS_TEST(tag_by_tag_skips_what_was_released_on_the_way, "WP-59")
{
    struct kit *kit = kit_start(&kit_lean);
    struct mq_packet *packet = kit_queue(kit, 4, false);
    struct mq_revocation r;

    get_up_to(kit, 4);
    begin(kit, packet, &r, 1, 4, 4);
    assert_int_equal(mq_revoke_end(kit->queue, &r, false, 0), MQ_STEP_CALL);
    assert_int_equal(mq_revoke_end(kit->queue, &r, false, 0), MQ_STEP_CALL);
    assert_range(&r, 1, 1, 1);
    kit_release(kit, 1, MQ_OK);
    kit_release(kit, 2, MQ_OK);
    kit_release(kit, 4, MQ_OK_OUT_OF_ORDER);
    assert_int_equal(mq_revoke_end(kit->queue, &r, false, 0), MQ_STEP_CALL);
    assert_range(&r, 3, 3, 1);
    assert_int_equal(mq_revoke_end(kit->queue, &r, false, 0), MQ_STEP_DONE);
    assert_int_equal(r.forfeited, 1);
    assert_int_equal(kit_ended(kit, &r.todo), 1);
    kit_release(kit, 3, MQ_OK_LATE);
    kit_end(kit);
}

PS_TEST(everything_may_be_forfeited, "WP-59")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 3, false);
    struct mq_revocation r;
    enum mq_step step;

    get_up_to(kit, 3);
    begin(kit, packet, &r, 1, 3, 3);
    do {
        step = mq_revoke_end(kit->queue, &r, false, 0);
    } while (step == MQ_STEP_CALL);
    assert_int_equal(r.calls, 5);
    assert_int_equal(r.forfeited, 3);
    assert_int_equal(r.todo.first->end, MQ_END_CANCELLED);
    assert_int_equal(kit_ended(kit, &r.todo), 1);
    kit_end(kit); // closing forgets the tombstones
}

PS_TEST(a_failure_with_nothing_left_is_no_fault, "WP-59")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 1, false);
    struct mq_revocation r;

    get_up_to(kit, 1);
    begin(kit, packet, &r, 1, 1, 1);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(mq_revoke_end(kit->queue, &r, false, 0), MQ_STEP_DONE);
    assert_int_equal(r.faults, 0);
    assert_int_equal(r.calls, 1);
    assert_int_equal(kit_ended(kit, &r.todo), 1);
    kit_end(kit);
}

PS_TEST(success_with_zero_leaves_all_to_late_releases, "WP-59", "WP-57")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 2, false);
    struct mq_revocation r;

    get_up_to(kit, 2);
    begin(kit, packet, &r, 1, 2, 2);
    assert_int_equal(finish(kit, &r, 0), 1);
    assert_int_equal(r.faults, 0);
    assert_int_equal(r.late, 2);
    kit_release(kit, 1, MQ_OK_LATE);
    kit_release(kit, 2, MQ_OK_LATE);
    kit_end(kit);
}

// ---- other processors between begin and end ----------------------------------------------------------

PS_TEST(releases_of_younger_packets_go_on_meanwhile, "WP-63", "WP-49")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *first = kit_queue(kit, 2, false);
    struct mq_revocation r;

    kit_queue(kit, 2, false);
    get_up_to(kit, 4);
    begin(kit, first, &r, 1, 2, 2);
    // The miniport took 1 and 2 off its list; for it 3 is the oldest now.
    kit_release(kit, 3, MQ_OK);
    kit_release(kit, 4, MQ_OK);
    assert_int_equal(finish(kit, &r, 2), 12); // in arrival order
    kit_end(kit);
}

PS_TEST(order_still_counts_among_the_others, "WP-37", "WP-63")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *middle;
    struct mq_revocation r;

    kit_queue(kit, 1, false);
    middle = kit_queue(kit, 1, false);
    kit_queue(kit, 2, false);
    get_up_to(kit, 4);
    begin(kit, middle, &r, 2, 2, 1);
    kit_release(kit, 3, MQ_OK_OUT_OF_ORDER); // 1 is still held
    assert_int_equal(kit_release_ends(kit, 1, MQ_OK), 1);
    assert_int_equal(finish(kit, &r, 1), 2);
    assert_int_equal(kit_release_ends(kit, 4, MQ_OK), 3);
    kit_end(kit);
}

// The older ones may have been let go of, and only the answer says so.
PS_TEST(order_is_not_judged_among_what_is_being_revoked, "WP-37", "WP-56")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 4, false);
    struct mq_revocation r;

    get_up_to(kit, 4);
    begin(kit, packet, &r, 1, 4, 4);
    kit_release(kit, 4, MQ_OK);
    kit_release(kit, 1, MQ_OK);
    kit_release(kit, 2, MQ_OK);
    assert_int_equal(finish(kit, &r, 1), 1);
    assert_int_equal(r.late, 0);
    kit_end(kit);
}

PS_TEST(two_cancels_at_once, "WP-63", "WP-55")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet[5];
    struct mq_revocation r, other;

    for (unsigned i = 1; i <= 4; i++)
        packet[i] = kit_queue(kit, 2, false);
    get_up_to(kit, 8);
    begin(kit, packet[2], &r, 3, 4, 2);
    begin(kit, packet[3], &other, 5, 6, 2);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(kit_release_ends(kit, 2, MQ_OK), 1);
    kit_release(kit, 5, MQ_OK); // of the second one's range: counted there only
    assert_int_equal(finish(kit, &other, 1), 3);
    assert_int_equal(finish(kit, &r, 2), 2);
    assert_int_equal(r.faults | other.faults, 0);
    assert_int_equal(r.late + other.late, 0);
    kit_release(kit, 7, MQ_OK);
    assert_int_equal(kit_release_ends(kit, 8, MQ_OK), 4);
    kit_end(kit);
}

PS_TEST(stop_during_a_cancel_goes_round_its_range, "WP-64", "WP-55")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet[5];
    struct mq_revocation cancel, stop;

    for (unsigned i = 1; i <= 4; i++)
        packet[i] = kit_queue(kit, 1, false);
    get_up_to(kit, 4);
    begin(kit, packet[3], &cancel, 3, 3, 1);
    begin(kit, NULL, &stop, 1, 2, 2);
    assert_int_equal(mq_revoke_end(kit->queue, &stop, true, 2), MQ_STEP_CALL);
    assert_range(&stop, 4, 4, 1);
    assert_int_equal(mq_revoke_end(kit->queue, &stop, true, 1), MQ_STEP_DONE);
    assert_int_equal(stop.listed, 3);
    assert_int_equal(kit_ended(kit, &stop.todo), 124);
    assert_int_equal(finish(kit, &cancel, 1), 3);
    kit_end(kit);
}

PS_TEST(cancel_during_a_stop_finds_the_packet_gone, "WP-64")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 1, false);
    struct mq_revocation stop, cancel;

    get_up_to(kit, 1);
    begin(kit, NULL, &stop, 1, 1, 1);
    assert_int_equal(mq_revoke_begin(kit->queue, packet, MQ_END_CANCELLED, &cancel), MQ_STEP_GONE);
    assert_int_equal(finish(kit, &stop, 1), 1);
    kit_end(kit);
}

PS_TEST(a_packet_added_during_a_stop_stays, "WP-64")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_revocation stop;

    kit_queue(kit, 2, false);
    kit_queue(kit, 1, false);
    get_up_to(kit, 1);
    begin(kit, NULL, &stop, 1, 1, 1);
    kit_queue(kit, 1, false);
    assert_int_equal(kit_get(kit, 2).physical, 3000 * 4096);
    assert_int_equal(finish(kit, &stop, 1), 12);
    assert_int_equal(kit_release_ends(kit, 2, MQ_OK), 3);
    kit_end(kit);
}

PS_TEST(a_refused_get_is_woken_by_the_end_of_a_revocation, "WP-76", "WP-62")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *looped = kit_queue(kit, 5, true);
    struct mq_revocation r;
    unsigned got = 0;

    kit_queue(kit, 1, false);
    kit->fail_all = true;
    while (try_get(kit, got) == MQ_OK)
        got++;
    begin(kit, looped, &r, 0, got - 1, got);
    assert_int_equal(mq_revoke_end(kit->queue, &r, true, got), MQ_STEP_DONE);
    assert_true(r.todo.wake);
    assert_int_equal(kit_ended(kit, &r.todo), 1);
    assert_int_equal(kit_get(kit, 1).physical, 2000 * 4096);
    assert_int_equal(kit_stop(kit), 2);
    kit_end(kit);
}

PS_TEST(terminated_then_cancelled, "WP-44", "WP-62")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 4, false);
    struct mq_todo todo;
    struct mq_revocation r;

    get_up_to(kit, 2);
    mq_terminate(kit->queue, &todo);
    begin(kit, packet, &r, 1, 2, 2);
    mq_terminate(kit->queue, &todo); // nothing is being mapped any more
    assert_int_equal(finish(kit, &r, 2), 1);
    kit_end(kit);
}

// ---- STOP --------------------------------------------------------------------------------------------

PS_TEST(stop_revokes_everything_held_in_one_range, "WP-64", "WP-51")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_revocation r;

    kit_queue(kit, 2, false);
    kit_queue(kit, 0, false);
    kit_queue(kit, 2, false);
    kit_queue(kit, 3, false);
    kit_queue(kit, 1, false);
    get_up_to(kit, 5);
    kit_release(kit, 1, MQ_OK); // SetState(STOP) may release finished ones
    begin(kit, NULL, &r, 2, 5, 4);
    assert_int_equal(finish(kit, &r, 4), 12345); // all packets, in arrival order
    assert_int_equal(try_get(kit, 6), MQ_REFUSED);
    kit_end(kit);
}

PS_TEST(stop_with_nothing_held_makes_no_call, "WP-64")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_revocation r;

    assert_int_equal(mq_revoke_begin(kit->queue, NULL, MQ_END_STOPPED, &r), MQ_STEP_DONE);
    assert_null(r.todo.first);
    kit_queue(kit, 2, false);
    kit_queue(kit, 2, false);
    assert_int_equal(mq_revoke_begin(kit->queue, NULL, MQ_END_STOPPED, &r), MQ_STEP_DONE);
    assert_int_equal(r.calls, 0);
    assert_int_equal(kit_ended(kit, &r.todo), 12);
    kit_end(kit);
}

PS_TEST(stop_tells_what_each_packet_returned, "WP-64", "KP-44")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_revocation r;
    struct mq_packet *packet;
    const uint64_t expected[] = {200, 100, 0};

    for (unsigned i = 0; i < 3; i++)
        kit_queue(kit, 3, false);
    get_up_to(kit, 5);
    kit_release(kit, 1, MQ_OK);
    kit_release(kit, 2, MQ_OK);
    kit_release(kit, 4, MQ_OK_OUT_OF_ORDER);
    begin(kit, NULL, &r, 3, 5, 2);
    assert_int_equal(mq_revoke_end(kit->queue, &r, true, 2), MQ_STEP_DONE);
    for (unsigned i = 0; (packet = mq_todo_pop(&r.todo)) != NULL; i++) {
        assert_int_equal(packet->end, MQ_END_STOPPED);
        assert_int_equal(packet->returned_bytes, expected[i]);
        assert_int_equal(packet->bytes, 300);
        mq_packet_free(kit->queue, packet);
    }
    kit_end(kit);
}

PS_TEST(the_stream_plays_again_after_a_stop, "WP-64")
{
    struct kit *kit = kit_start(&kit_checked);

    for (unsigned round = 0; round < 3; round++) {
        kit_queue(kit, 3, false);
        get_up_to(kit, 2);
        assert_int_equal(kit_stop(kit), round + 1);
    }
    kit_end(kit);
}

// ---- position ----------------------------------------------------------------------------------------

PS_TEST(revocation_moves_no_position, "WP-65")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 3, false);

    kit_queue(kit, 3, false);
    get_up_to(kit, 4);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(kit_revoke(kit, packet, MQ_END_CANCELLED), 1);
    assert_int_equal(mapped(kit), 400);
    assert_int_equal(returned(kit), 100);
    // The next release counts from its place in the stream: mappings acquired, not mappings kept.
    kit_release(kit, 4, MQ_OK);
    assert_int_equal(returned(kit), 400);
    kit_stop(kit);
    kit_end(kit);
}

PS_TEST(a_middle_packet_keeps_its_place_in_the_stream, "WP-65", "WP-63")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *middle, *later;

    kit_queue(kit, 1, false);
    middle = kit_queue(kit, 2, false);
    later = kit_queue(kit, 1, false);
    kit_queue(kit, 2, false);
    get_up_to(kit, 6);
    assert_int_equal(kit_revoke(kit, later, MQ_END_CANCELLED), 3);
    assert_int_equal(kit_revoke(kit, middle, MQ_END_CANCELLED), 2);
    assert_int_equal(kit_release_ends(kit, 1, MQ_OK), 1);
    assert_int_equal(returned(kit), 100);
    kit_release(kit, 5, MQ_OK);
    assert_int_equal(returned(kit), 500);
    assert_int_equal(kit_release_ends(kit, 6, MQ_OK), 4);
    assert_int_equal(returned(kit), 600);
    assert_int_equal(mapped(kit), 600);
    kit_end(kit);
}

PS_TEST(releases_inside_a_revoked_middle_packet_count, "WP-65", "WP-39")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *middle;
    struct mq_revocation r;

    kit_queue(kit, 1, false);
    middle = kit_queue(kit, 3, false);
    get_up_to(kit, 4);
    begin(kit, middle, &r, 2, 4, 3);
    kit_release(kit, 2, MQ_OK_OUT_OF_ORDER);
    assert_int_equal(finish(kit, &r, 2), 2);
    assert_int_equal(returned(kit), 0);
    assert_int_equal(kit_release_ends(kit, 1, MQ_OK), 1);
    assert_int_equal(returned(kit), 200);
    kit_queue(kit, 1, false);
    kit_get(kit, 5);
    assert_int_equal(kit_release_ends(kit, 5, MQ_OK), 3);
    assert_int_equal(returned(kit), 500);
    kit_end(kit);
}

PS_TEST(a_late_release_moves_no_position, "WP-65", "WP-57")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_queue(kit, 1, false);
    struct mq_revocation r;

    get_up_to(kit, 1);
    begin(kit, packet, &r, 1, 1, 1);
    assert_int_equal(finish(kit, &r, 0), 1);
    kit_release(kit, 1, MQ_OK_LATE);
    assert_int_equal(returned(kit), 0);
    kit_end(kit);
}
