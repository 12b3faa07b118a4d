// SPDX-License-Identifier: MIT
//
// The mapping queue's sequence: handing out, refusal and wake-up, giving back in and out of order,
// completion, termination, tags, positions, memory.
#include "tests/mapping_queue_words.h"

static struct mq_position position(struct kit *kit)
{
    struct mq_position now;

    mq_position(kit->queue, &now);
    return now;
}

// ---- handing out -------------------------------------------------------------------------------------

PS_TEST(mappings_come_in_buffer_order_and_packets_in_arrival_order, "WP-20")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 2, false);
    kit_queue(kit, 1, false);
    assert_int_equal(kit_get(kit, 1).physical, 1000 * 4096);
    assert_int_equal(kit_get(kit, 2).physical, 1002 * 4096);
    assert_int_equal(kit_get(kit, 3).physical, 2000 * 4096);
    assert_int_equal(stop_and_end(kit), 12);
}

PS_TEST(last_is_set_with_the_last_mapping_of_a_packet_only, "WP-26")
{
    struct kit *kit = kit_start(&kit_lean);

    kit_queue(kit, 3, false);
    kit_queue(kit, 1, false);
    assert_int_equal(kit_get(kit, 1).last, 0);
    assert_int_equal(kit_get(kit, 2).last, 0);
    assert_int_equal(kit_get(kit, 3).last, 1);
    assert_int_equal(kit_get(kit, 4).last, 1);
    stop_and_end(kit);
}

PS_TEST(an_empty_queue_refuses_and_the_next_packet_wakes_once, "WP-24", "WP-76")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_todo todo;

    assert_int_equal(try_get(kit, 1), MQ_REFUSED);
    kit_add(kit, kit_pieces(kit, 1, false), &todo);
    assert_true(todo.wake);
    kit_add(kit, kit_pieces(kit, 1, false), &todo);
    assert_false(todo.wake);
    stop_and_end(kit);
}

PS_TEST(nobody_is_woken_who_was_not_refused, "WP-76")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_todo todo;

    kit_add(kit, kit_pieces(kit, 1, false), &todo);
    assert_false(todo.wake);
    kit_get(kit, 1);
    kit_add(kit, kit_pieces(kit, 1, false), &todo);
    assert_false(todo.wake);
    stop_and_end(kit);
}

PS_TEST(each_refusal_arms_the_wake_up_again, "WP-76")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_todo todo;

    for (uintptr_t i = 1; i <= 3; i++) {
        assert_int_equal(try_get(kit, i), MQ_REFUSED);
        assert_int_equal(try_get(kit, i), MQ_REFUSED); // still one
        kit_add(kit, kit_pieces(kit, 1, false), &todo);
        assert_true(todo.wake);
        kit_get(kit, i);
    }
    stop_and_end(kit);
}

PS_TEST(a_refused_get_does_not_take_the_tag, "WP-25")
{
    struct kit *kit = kit_start(&kit_checked);

    assert_int_equal(try_get(kit, 7), MQ_REFUSED);
    kit_release(kit, 7, MQ_UNKNOWN_TAG);
    kit_queue(kit, 1, false);
    assert_int_equal(try_get(kit, 7), MQ_OK);
    assert_int_equal(stop_and_end(kit), 1);
}

PS_TEST(a_release_alone_wakes_nobody, "WP-76")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_todo todo;

    kit_queue(kit, 2, false);
    kit_get(kit, 1);
    kit_get(kit, 2);
    assert_int_equal(try_get(kit, 3), MQ_REFUSED);
    assert_int_equal(mq_release(kit->queue, TAG(1), &todo), MQ_OK);
    assert_false(todo.wake);
    assert_int_equal(mq_release(kit->queue, TAG(2), &todo), MQ_OK);
    assert_false(todo.wake);
    assert_int_equal(kit_ended(kit, &todo), 1);
    kit_end(kit);
}

// ---- giving back -------------------------------------------------------------------------------------

PS_TEST(a_packet_completes_when_all_is_mapped_and_released, "WP-40")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 2, false);
    kit_get(kit, 1);
    kit_release(kit, 1, MQ_OK); // not all mapped yet
    kit_get(kit, 2);
    assert_int_equal(kit_release_ends(kit, 2, MQ_OK), 1);
    kit_end(kit);
}

PS_TEST(the_getter_goes_on_where_the_next_packet_begins, "WP-20", "WP-40")
{
    struct kit *kit = kit_start(&kit_lean);
    struct mq_position position;

    kit_queue(kit, 2, false);
    kit_get(kit, 1);
    kit_get(kit, 2); // waits at the end of the first packet, which ends and is freed
    kit_queue(kit, 2, false);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(kit_release_ends(kit, 2, MQ_OK), 1);
    assert_int_equal(kit_get(kit, 3).physical, 2000 * 4096);
    kit_queue(kit, 1, false);
    assert_int_equal(kit_get(kit, 4).physical, 2002 * 4096);
    assert_int_equal(kit_get(kit, 5).physical, 3000 * 4096);
    kit_release(kit, 3, MQ_OK);
    assert_int_equal(kit_release_ends(kit, 4, MQ_OK), 2);
    assert_int_equal(kit_release_ends(kit, 5, MQ_OK), 3);
    mq_position(kit->queue, &position);
    assert_int_equal(position.mapped, 500);
    assert_int_equal(position.returned, 500);
    kit_end(kit);
}

PS_TEST(a_packet_that_ended_cannot_be_cancelled, "WP-61")
{
    struct kit *kit = kit_start(&kit_lean);
    struct mq_revocation r;
    struct mq_todo todo;

    struct mq_packet *first = kit_queue(kit, 1, false);
    kit_queue(kit, 1, false);
    kit_get(kit, 1);
    assert_int_equal(mq_release(kit->queue, TAG(1), &todo), MQ_OK);
    assert_ptr_equal(todo.first, first);
    assert_int_equal(mq_revoke_begin(kit->queue, first, MQ_END_CANCELLED, &r), MQ_STEP_GONE);
    assert_int_equal(kit_ended(kit, &todo), 1);
    assert_int_equal(kit_stop(kit), 2);
    kit_end(kit);
}

PS_TEST(the_end_of_a_packet_passes_what_came_back_early_behind_it, "WP-39", "WP-40")
{
    struct kit *kit = kit_start(&kit_lean);

    for (unsigned i = 0; i < 3; i++)
        kit_queue(kit, 1, false);
    for (unsigned i = 1; i <= 3; i++)
        kit_get(kit, i);
    kit_release(kit, 2, MQ_OK_OUT_OF_ORDER);
    assert_int_equal(kit_release_ends(kit, 1, MQ_OK), 12);
    assert_int_equal(kit_release_ends(kit, 3, MQ_OK), 3);
    kit_end(kit);
}

PS_TEST(the_end_of_a_packet_passes_an_empty_one, "KP-41", "WP-40")
{
    struct kit *kit = kit_start(&kit_lean);

    kit_queue(kit, 1, false);
    kit_queue(kit, 0, false);
    kit_queue(kit, 1, false);
    kit_get(kit, 1);
    kit_get(kit, 2);
    assert_int_equal(kit_release_ends(kit, 1, MQ_OK), 12);
    assert_int_equal(kit_release_ends(kit, 2, MQ_OK), 3);
    kit_end(kit);
}

PS_TEST(a_completed_packet_tells_what_it_returned, "WP-40")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_todo todo;

    kit_queue(kit, 2, false);
    kit_get(kit, 1);
    kit_get(kit, 2);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(mq_release(kit->queue, TAG(2), &todo), MQ_OK);
    assert_false(kit->locked); // WP-41: the caller completes outside the lock
    assert_int_equal(todo.first->end, MQ_END_COMPLETE);
    assert_int_equal(todo.first->returned_bytes, 200);
    assert_int_equal(todo.first->bytes, 200);
    assert_int_equal(kit_ended(kit, &todo), 1);
    kit_end(kit);
}

PS_TEST(a_new_packet_may_come_while_one_is_being_completed, "WP-41")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_todo todo, inner;

    kit_queue(kit, 1, false);
    kit_get(kit, 1);
    assert_int_equal(try_get(kit, 2), MQ_REFUSED);
    assert_int_equal(mq_release(kit->queue, TAG(1), &todo), MQ_OK);
    struct mq_packet *packet = mq_todo_pop(&todo);
    // The client answers its completion with a new packet: the wake-up is the adder's to deliver, or to keep
    // until ReleaseMapping has unwound.
    kit_add(kit, kit_pieces(kit, 1, false), &inner);
    assert_true(inner.wake);
    assert_false(todo.wake);
    mq_packet_free(kit->queue, packet);
    assert_int_equal(stop_and_end(kit), 2);
}

PS_TEST(a_release_out_of_order_is_told_and_completes_nothing_early, "WP-37", "WP-39")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 3, false);
    for (unsigned i = 1; i <= 3; i++)
        kit_get(kit, i);
    kit_release(kit, 3, MQ_OK_OUT_OF_ORDER);
    assert_int_equal(position(kit).returned, 0);
    kit_release(kit, 2, MQ_OK_OUT_OF_ORDER);
    assert_int_equal(position(kit).returned, 0);
    assert_int_equal(kit_release_ends(kit, 1, MQ_OK), 1);
    assert_int_equal(position(kit).returned, 300);
    kit_end(kit);
}

PS_TEST(the_prefix_goes_over_an_early_one_in_the_middle, "WP-39")
{
    struct kit *kit = kit_start(&kit_lean);

    kit_queue(kit, 4, false);
    for (unsigned i = 1; i <= 4; i++)
        kit_get(kit, i);
    kit_release(kit, 2, MQ_OK_OUT_OF_ORDER);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(position(kit).returned, 200);
    kit_release(kit, 3, MQ_OK);
    assert_int_equal(kit_release_ends(kit, 4, MQ_OK), 1);
    kit_end(kit);
}

PS_TEST(packets_complete_in_arrival_order, "WP-40", "WP-39")
{
    struct kit *kit = kit_start(&kit_checked);

    for (unsigned i = 1; i <= 3; i++) {
        kit_queue(kit, 1, false);
        kit_get(kit, i);
    }
    kit_release(kit, 2, MQ_OK_OUT_OF_ORDER);
    kit_release(kit, 3, MQ_OK_OUT_OF_ORDER);
    assert_int_equal(kit_release_ends(kit, 1, MQ_OK), 123);
    kit_end(kit);
}

PS_TEST(an_early_release_in_a_looped_packet_is_forgotten_in_the_next_lap, "WP-39", "WP-27")
{
    struct kit *kit = kit_start(&kit_lean);

    kit_queue(kit, 64, true);
    for (unsigned lap = 0; lap < 4; lap++) {
        for (unsigned i = 0; i < 64; i++)
            kit_get(kit, i);
        kit_release(kit, 20, MQ_OK_OUT_OF_ORDER);
        for (unsigned i = 0; i < 64; i++) {
            if (i != 20)
                kit_release(kit, i, MQ_OK);
        }
        assert_int_equal(position(kit).returned, (lap + 1) * 6400);
        assert_int_equal(mq_held(kit->queue), 0);
    }
    assert_int_equal(stop_and_end(kit), 1);
}

PS_TEST(an_unknown_tag_is_refused_and_changes_nothing, "WP-38")
{
    const struct mq_config *configs[] = {&kit_checked, &kit_lean};

    for (unsigned i = 0; i < 2; i++) {
        struct kit *kit = kit_start(configs[i]);
        kit_release(kit, 5, MQ_UNKNOWN_TAG); // no packet at all
        kit_queue(kit, 2, false);
        kit_release(kit, 0, MQ_UNKNOWN_TAG); // nothing handed out
        kit_get(kit, 1);
        kit_release(kit, 5, MQ_UNKNOWN_TAG);
        assert_int_equal(mq_held(kit->queue), 1);
        kit_release(kit, 1, MQ_OK);
        assert_int_equal(stop_and_end(kit), 1);
    }
}

PS_TEST(a_tag_released_twice_is_refused, "WP-38")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 2, false);
    kit_get(kit, 1);
    kit_get(kit, 2);
    kit_release(kit, 1, MQ_OK);
    kit_release(kit, 1, MQ_RETURNED_TWICE);
    kit_release(kit, 9, MQ_UNKNOWN_TAG);
    assert_int_equal(kit_release_ends(kit, 2, MQ_OK), 1);
    kit_release(kit, 2, MQ_RETURNED_TWICE); // its packet is gone
    kit_end(kit);
}

PS_TEST(without_an_index_a_tag_released_twice_is_unknown, "WP-38")
{
    struct kit *kit = kit_start(&kit_lean);

    kit_queue(kit, 2, false);
    kit_get(kit, 1);
    kit_get(kit, 2);
    kit_release(kit, 1, MQ_OK);
    kit_release(kit, 1, MQ_UNKNOWN_TAG);
    kit_release(kit, 2 + 256, MQ_UNKNOWN_TAG);
    assert_int_equal(stop_and_end(kit), 1);
}

PS_TEST(a_closed_queue_refuses_gets_and_knows_no_tag)
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_todo todo;

    mq_close(kit->queue);
    assert_int_equal(try_get(kit, 1), MQ_REFUSED);
    kit_release(kit, 1, MQ_UNKNOWN_TAG);
    struct mq_packet *packet = kit_pieces(kit, 1, false);
    assert_int_equal(mq_add(kit->queue, packet, &todo), MQ_CLOSED);
    assert_false(todo.wake);
    mq_packet_free(kit->queue, packet);
    kit_end(kit);
}

// ---- tags --------------------------------------------------------------------------------------------

PS_TEST(a_tag_may_be_used_again_after_its_release, "WP-35")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 8, false);
    for (unsigned i = 0; i < 8; i++) {
        kit_get(kit, i % 2);
        if (i < 7)
            kit_release(kit, i % 2, MQ_OK);
    }
    assert_int_equal(kit_release_ends(kit, 1, MQ_OK), 1);
    kit_end(kit);
}

PS_TEST(null_is_a_tag_like_any_other, "WP-35")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 2, false);
    kit_get(kit, 0);
    kit_get(kit, 1);
    assert_int_equal(try_get(kit, 0), MQ_REFUSED);
    kit_release(kit, 0, MQ_OK);
    kit_release(kit, 0, MQ_RETURNED_TWICE);
    assert_int_equal(kit_release_ends(kit, 1, MQ_OK), 1);
    kit_end(kit);
}

PS_TEST(a_tag_that_is_held_already_is_told_and_works_in_order, "WP-35")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 4, false);
    kit_get(kit, 1);
    assert_int_equal(try_get(kit, 1), MQ_OK_TAG_HELD);
    assert_int_equal(try_get(kit, 1), MQ_OK_TAG_HELD);
    kit_get(kit, 2);
    kit_release(kit, 1, MQ_OK);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(mq_held(kit->queue), 2);
    kit_release(kit, 1, MQ_OK);
    kit_release(kit, 1, MQ_RETURNED_TWICE);
    assert_int_equal(kit_release_ends(kit, 2, MQ_OK), 1);
    kit_end(kit);
}

PS_TEST(a_duplicate_outlives_the_first_of_its_tag, "WP-35")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 5, false);
    kit_get(kit, 1);
    assert_int_equal(try_get(kit, 1), MQ_OK_TAG_HELD);
    kit_get(kit, 2);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(try_get(kit, 1), MQ_OK_TAG_HELD); // the second is still there
    kit_release(kit, 2, MQ_OK_OUT_OF_ORDER);
    kit_release(kit, 1, MQ_OK);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(mq_held(kit->queue), 0);
    assert_int_equal(try_get(kit, 1), MQ_OK); // none left
    assert_int_equal(kit->queue->strays, 0);  // so tags are looked up again, not searched for
    assert_int_equal(kit_release_ends(kit, 1, MQ_OK), 1);
    kit_end(kit);
}

PS_TEST(the_index_does_not_grow_with_what_has_left, "WP-36")
{
    struct kit *kit = kit_start(&kit_checked);
    unsigned allocations = kit->allocations;

    for (unsigned i = 0; i < 100; i++) {
        kit_queue(kit, 8, false);
        for (unsigned j = 0; j < 8; j++)
            kit_get(kit, j);
        for (unsigned j = 0; j < 7; j++)
            kit_release(kit, j, MQ_OK);
        kit_release_ends(kit, 7, MQ_OK);
    }
    assert_int_equal(kit->allocations, allocations + 100); // the packets
    kit_end(kit);
}

PS_TEST(the_index_grows_with_what_can_be_held, "WP-36")
{
    struct kit *kit = kit_start(&kit_checked);

    for (unsigned p = 0; p < 9; p++)
        kit_queue(kit, 100, false);
    for (unsigned i = 0; i < 900; i++)
        kit_get(kit, 7 * i);
    for (unsigned i = 899; i > 0; i--)
        kit_release(kit, 7 * i, MQ_OK_OUT_OF_ORDER);
    assert_int_equal(try_get(kit, 0), MQ_REFUSED);
    assert_int_equal(kit_release_ends(kit, 0, MQ_OK), 123456789);
    kit_end(kit);
}

PS_TEST(the_index_keeps_what_it_knows_when_it_grows, "WP-35")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 20, false);
    for (unsigned i = 1; i <= 20; i++)
        kit_get(kit, i);
    kit_release(kit, 1, MQ_OK);
    kit_queue(kit, 500, false);
    assert_int_equal(try_get(kit, 19), MQ_OK_TAG_HELD);
    kit_release(kit, 1, MQ_RETURNED_TWICE);
    kit_release(kit, 7, MQ_OK_OUT_OF_ORDER);
    assert_int_equal(stop_and_end(kit), 12);
}

PS_TEST(the_index_finds_every_tag_wherever_others_were, "WP-35", "WP-38")
{
    struct kit *kit = kit_start(&kit_checked);
    uintptr_t tag[32]; // as many as its first 64 cells take; some fall on the same cells

    kit_queue(kit, 32, false);
    for (unsigned i = 0; i < 32; i++)
        kit_get(kit, tag[i] = (uintptr_t)i * i * i * 0x10001 + i);
    for (unsigned i = 0; i < 16; i++)
        kit_release(kit, tag[i], MQ_OK);
    for (unsigned i = 31; i > 16; i--)
        kit_release(kit, tag[i], MQ_OK_OUT_OF_ORDER);
    assert_int_equal(kit_release_ends(kit, tag[16], MQ_OK), 1);
    kit_end(kit);
}

// ---- empty packets -----------------------------------------------------------------------------------

PS_TEST(an_empty_packet_completes_at_once_when_it_is_its_turn, "KP-41")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_todo todo;

    assert_int_equal(try_get(kit, 1), MQ_REFUSED);
    kit_add(kit, kit_pieces(kit, 0, false), &todo);
    assert_false(todo.wake); // nothing to map
    assert_int_equal(todo.first->end, MQ_END_COMPLETE);
    assert_int_equal(todo.first->returned_bytes, 0);
    assert_int_equal(kit_ended(kit, &todo), 1);
    kit_end(kit);
}

PS_TEST(an_empty_packet_waits_for_those_before_it, "KP-41", "WP-40")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 1, false);
    kit_queue(kit, 0, false);
    kit_queue(kit, 0, true); // looped makes no difference
    kit_queue(kit, 1, false);
    assert_int_equal(kit_get(kit, 1).physical, 1000 * 4096);
    assert_int_equal(kit_get(kit, 2).physical, 4000 * 4096); // never a zero-byte mapping
    assert_int_equal(kit_release_ends(kit, 1, MQ_OK), 123);
    assert_int_equal(kit_release_ends(kit, 2, MQ_OK), 4);
    kit_end(kit);
}

PS_TEST(an_empty_packet_at_the_end_goes_with_its_predecessor, "KP-41")
{
    struct kit *kit = kit_start(&kit_lean);
    struct mq_todo todo;

    kit_queue(kit, 1, false);
    kit_get(kit, 1);
    assert_int_equal(try_get(kit, 2), MQ_REFUSED);
    kit_add(kit, kit_pieces(kit, 0, false), &todo);
    assert_false(todo.wake);
    assert_int_equal(kit_release_ends(kit, 1, MQ_OK), 12);
    kit_add(kit, kit_pieces(kit, 1, false), &todo);
    assert_true(todo.wake);
    assert_int_equal(stop_and_end(kit), 3);
}

// ---- TerminatePacket ---------------------------------------------------------------------------------

PS_TEST(terminate_cuts_the_packet_at_what_is_mapped, "WP-42", "WP-44")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_todo todo;

    kit_queue(kit, 4, false);
    kit_queue(kit, 1, false);
    kit_get(kit, 1);
    kit_get(kit, 2);
    mq_terminate(kit->queue, &todo);
    assert_null(todo.first); // two are held
    assert_int_equal(kit_get(kit, 3).physical, 2000 * 4096);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(mq_release(kit->queue, TAG(2), &todo), MQ_OK);
    assert_int_equal(todo.first->end, MQ_END_TERMINATED);
    assert_int_equal(todo.first->returned_bytes, 200);
    assert_int_equal(todo.first->bytes, 400);
    assert_int_equal(kit_ended(kit, &todo), 1);
    assert_int_equal(kit_release_ends(kit, 3, MQ_OK), 2);
    kit_end(kit);
}

PS_TEST(terminate_ends_a_packet_at_once_when_nothing_is_held, "WP-42", "WP-44")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_todo todo;

    kit_queue(kit, 3, false);
    kit_get(kit, 1);
    kit_release(kit, 1, MQ_OK);
    mq_terminate(kit->queue, &todo);
    assert_int_equal(todo.first->returned_bytes, 100);
    assert_int_equal(kit_ended(kit, &todo), 1);
    assert_int_equal(try_get(kit, 2), MQ_REFUSED);
    kit_end(kit);
}

PS_TEST(terminate_without_a_packet_being_mapped_does_nothing, "WP-44")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_todo todo;

    mq_terminate(kit->queue, &todo); // no packet
    assert_null(todo.first);
    kit_queue(kit, 2, false);
    mq_terminate(kit->queue, &todo); // untouched
    kit_get(kit, 1);
    kit_get(kit, 2);
    kit_queue(kit, 2, false);
    mq_terminate(kit->queue, &todo); // all mapped, the next untouched
    assert_null(todo.first);
    assert_int_equal(kit_get(kit, 3).physical, 2000 * 4096);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(kit_release_ends(kit, 2, MQ_OK), 1);
    kit_get(kit, 4);
    kit_release(kit, 3, MQ_OK);
    assert_int_equal(kit_release_ends(kit, 4, MQ_OK), 2);
    kit_end(kit);
}

PS_TEST(terminate_then_release_out_of_order, "WP-44", "WP-39")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_todo todo;

    kit_queue(kit, 4, false);
    kit_get(kit, 1);
    kit_get(kit, 2);
    kit_release(kit, 2, MQ_OK_OUT_OF_ORDER);
    mq_terminate(kit->queue, &todo);
    assert_null(todo.first);
    assert_int_equal(mq_release(kit->queue, TAG(1), &todo), MQ_OK);
    assert_int_equal(todo.first->returned_bytes, 200);
    assert_int_equal(kit_ended(kit, &todo), 1);
    kit_end(kit);
}

PS_TEST(a_looped_packet_can_be_terminated, "WP-44", "WP-27")
{
    for (unsigned got = 1; got < 300; got++) {
        struct kit *kit = kit_start(&kit_lean);
        struct mq_todo todo;

        kit_queue(kit, 3, true);
        kit_queue(kit, 1, false);
        for (unsigned i = 0; i < got; i++) {
            kit_get(kit, i);
            if (i > 0)
                kit_release(kit, i - 1, MQ_OK);
        }
        mq_terminate(kit->queue, &todo);
        assert_null(todo.first);
        assert_int_equal(kit_get(kit, got).physical, 2000 * 4096);
        assert_int_equal(kit_release_ends(kit, got - 1, MQ_OK), 1);
        assert_int_equal(kit_release_ends(kit, got, MQ_OK), 2);
        kit_end(kit);
    }
}

PS_TEST(terminating_a_looped_packet_that_holds_nothing_ends_it, "WP-44")
{
    for (unsigned got = 1; got < 300; got++) {
        struct kit *kit = kit_start(&kit_checked);
        struct mq_todo todo;

        kit_queue(kit, 3, true);
        for (unsigned i = 0; i < got; i++) {
            kit_get(kit, i);
            kit_release(kit, i, MQ_OK);
        }
        mq_terminate(kit->queue, &todo);
        assert_int_equal(kit_ended(kit, &todo), 1);
        kit_end(kit);
    }
}

PS_TEST(a_looped_packet_is_terminated_between_two_laps, "WP-44", "WP-27")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_mapping mapping;
    struct mq_todo todo;

    kit_queue(kit, 64, true);
    for (unsigned i = 0; i < 128; i++)
        kit_get(kit, i);
    kit->fail_all = true;
    assert_int_equal(mq_get(kit->queue, TAG(128), &mapping), MQ_REFUSED);
    kit->fail_all = false;
    for (unsigned i = 0; i < 64; i++) {
        assert_int_equal(mq_release(kit->queue, TAG(i), &todo), MQ_OK);
        assert_int_equal(todo.wake, i == 63); // the first lap is free again
    }
    mq_terminate(kit->queue, &todo);
    assert_null(todo.first);
    for (unsigned i = 64; i < 127; i++)
        kit_release(kit, i, MQ_OK);
    assert_int_equal(kit_release_ends(kit, 127, MQ_OK), 1);
    kit_end(kit);
}

PS_TEST(terminate_lets_a_refused_get_in, "WP-44", "WP-76")
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_todo todo;
    unsigned got = 0;

    kit_queue(kit, 5, true);
    kit_queue(kit, 1, false);
    kit->fail_all = true;
    while (try_get(kit, got) == MQ_OK)
        got++;
    mq_terminate(kit->queue, &todo);
    assert_true(todo.wake);
    assert_int_equal(kit_get(kit, got).physical, 2000 * 4096);
    assert_int_equal(stop_and_end(kit), 12);
}

// ---- position ----------------------------------------------------------------------------------------

PS_TEST(write_offset_of_render_moves_with_each_get, "WP-69")
{
    struct kit *kit = kit_start(&kit_checked);

    assert_int_equal(mq_write_offset(kit->queue), 0);
    kit_queue(kit, 3, false);
    kit_get(kit, 1);
    kit_get(kit, 2);
    assert_int_equal(mq_write_offset(kit->queue), 200);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(mq_write_offset(kit->queue), 200);
    assert_int_equal(position(kit).returned, 100);
    stop_and_end(kit);
}

PS_TEST(write_offset_of_capture_moves_with_each_release, "WP-69")
{
    struct mq_config config = {.capture = true};
    struct kit *kit = kit_start(&config);

    kit_queue(kit, 3, false);
    kit_get(kit, 1);
    kit_get(kit, 2);
    assert_int_equal(mq_write_offset(kit->queue), 0);
    kit_release(kit, 1, MQ_OK);
    assert_int_equal(mq_write_offset(kit->queue), 100);
    assert_int_equal(position(kit).mapped, 200);
    stop_and_end(kit);
}

PS_TEST(a_refused_get_moves_no_position, "WP-69", "WP-25")
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 1, false);
    kit_get(kit, 1);
    assert_int_equal(try_get(kit, 2), MQ_REFUSED);
    assert_int_equal(position(kit).mapped, 100);
    stop_and_end(kit);
}

PS_TEST(positions_of_a_looped_packet_count_every_lap, "WP-69", "WP-27")
{
    struct kit *kit = kit_start(&kit_lean);

    kit_queue(kit, 3, true);
    for (unsigned i = 0; i < 200; i++) {
        kit_get(kit, i);
        kit_release(kit, i, MQ_OK);
    }
    assert_int_equal(position(kit).mapped, 20000);
    assert_int_equal(position(kit).returned, 20000);
    assert_int_equal(stop_and_end(kit), 1);
}

PS_TEST(stop_sets_positions_back)
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 2, false);
    kit_get(kit, 1);
    kit_stop(kit);
    assert_int_equal(position(kit).mapped, 100);
    mq_reset_position(kit->queue);
    assert_int_equal(position(kit).mapped, 0);
    kit_queue(kit, 1, false);
    kit_get(kit, 1);
    kit_release_ends(kit, 1, MQ_OK);
    assert_int_equal(position(kit).mapped, 100);
    assert_int_equal(position(kit).returned, 100);
    kit_end(kit);
}

// ---- memory ------------------------------------------------------------------------------------------

PS_TEST(every_allocation_may_fail)
{
    struct kit kit = {.fail = 1};
    struct mq_config config = {.context = &kit, .check_tags = true};

    assert_int_equal(mq_create(&config, &kit.queue), MQ_NO_MEMORY);
    kit.fail = 2; // the index
    assert_int_equal(mq_create(&config, &kit.queue), MQ_NO_MEMORY);
    assert_int_equal(kit.blocks, 0);
}

PS_TEST(a_packet_without_memory_leaves_the_queue_as_it_was)
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = NULL;
    struct mq_request request = {.buffer_count = 0};

    kit->fail = 1;
    assert_int_equal(mq_packet_create(kit->queue, &request, &packet), MQ_NO_MEMORY);
    assert_null(packet);
    kit_end(kit);
}

PS_TEST(a_packet_whose_tags_find_no_room_is_not_taken)
{
    struct kit *kit = kit_start(&kit_checked);
    struct mq_packet *packet = kit_pieces(kit, 100, false);
    struct mq_todo todo;

    assert_int_equal(try_get(kit, 1), MQ_REFUSED);
    kit->fail = 1;
    assert_int_equal(mq_add(kit->queue, packet, &todo), MQ_NO_MEMORY);
    assert_false(todo.wake);
    assert_int_equal(try_get(kit, 1), MQ_REFUSED);
    kit_add(kit, packet, &todo); // still the caller's: tried again
    assert_true(todo.wake);
    assert_int_equal(stop_and_end(kit), 1);
}

PS_TEST(one_allocation_a_packet_and_none_a_mapping)
{
    struct kit *kit = kit_start(&kit_lean);
    unsigned before = kit->allocations;

    kit_queue(kit, 5000, false);
    for (unsigned i = 0; i < 4999; i++) {
        kit_get(kit, i);
        kit_release(kit, i, MQ_OK);
    }
    assert_int_equal(kit->allocations, before + 1);
    assert_int_equal(stop_and_end(kit), 1);
}

PS_TEST(a_queue_with_packets_is_not_destroyed)
{
    struct kit *kit = kit_start(&kit_checked);

    kit_queue(kit, 1, false);
    assert_int_equal(mq_destroy(kit->queue), MQ_BUSY);
    assert_int_equal(stop_and_end(kit), 1);
}

PS_TEST(adder_getter_and_releaser_have_lines_of_their_own)
{
    assert_int_equal(offsetof(struct mq_queue, add) % 64, 0);
    assert_int_equal(offsetof(struct mq_queue, get) % 64, 0);
    assert_int_equal(offsetof(struct mq_queue, release) % 64, 0);
    assert_true(offsetof(struct mq_queue, get) - offsetof(struct mq_queue, add) >= 64);
    assert_true(offsetof(struct mq_queue, release) - offsetof(struct mq_queue, get) >= 64);
    struct kit *kit = kit_start(&kit_lean);
    struct mq_packet *packet = kit_queue(kit, 2, false);
    assert_int_equal((uintptr_t)kit->queue % 64, 0);
    assert_int_equal((uintptr_t)kit->queue->get.next % 64, 0);
    assert_int_equal((uintptr_t)packet % 64, 0);
    assert_int_equal(stop_and_end(kit), 1);
}
