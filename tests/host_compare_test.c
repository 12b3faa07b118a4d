// SPDX-License-Identifier: MIT
//
// The comparison of what one side gave with what the other got, with gaps and silence.
#include "host/compare.h"
#include "tests/ps_test.h"

enum { FRAME = 4 };

static struct compare compare;

static int begin(void **state)
{
    (void)state;
    compare = (struct compare){.frame_bytes = FRAME, .cyclic = true, .difference = ""};
    return 0;
}

static int end(void **state)
{
    (void)state;
    compare_free(&compare);
    return 0;
}

PS_TEST_HOOKS(begin, end);

static void give(const char *bytes)
{
    assert_true(compare_give(&compare, bytes, strlen(bytes)));
}

static void arrive(const char *bytes)
{
    compare_arrive(&compare, (const unsigned char *)bytes, strlen(bytes));
}

static void arrive_zeros(size_t count)
{
    static const unsigned char zeros[64];

    compare_arrive(&compare, zeros, count);
}

static void expect_clean(uint64_t underruns)
{
    assert_string_equal(compare.difference, "");
    assert_int_equal(compare.underruns, underruns);
}

static void expect_difference(uint64_t frame, const char *how)
{
    assert_true(compare.differs);
    assert_int_equal(compare.first_difference, frame);
    assert_string_equal(compare.difference, how);
}

PS_TEST(what_arrives_in_other_pieces_is_the_same)
{
    give("abcdefgh");
    arrive("abc");
    arrive("defg");
    give("ijkl");
    arrive("hijkl");
    expect_clean(0);
    assert_int_equal(compare.arrived, 12);
}

PS_TEST(the_first_frame_that_differs_is_named)
{
    give("abcdefghijkl");
    arrive("abcdefgh");
    arrive("iXkl");
    arrive("again");
    expect_difference(2, "differs");
}

PS_TEST(a_gap_that_the_giver_sees_first_is_one_underrun)
{
    give("abcd");
    assert_true(compare_skip(&compare, 8));
    give("efgh");
    arrive("abcdOLDoldOLefgh");
    expect_clean(1);
    assert_int_equal(compare.in_gaps, 8);
}

PS_TEST(a_gap_that_is_read_before_the_giver_comes_is_the_same_one)
{
    give("abcd");
    arrive("abcdOLD");
    arrive("s");
    assert_int_equal(compare.underruns, 1);
    assert_true(compare_skip(&compare, 8));
    give("efgh");
    arrive("MOREefgh");
    expect_clean(1);
    assert_int_equal(compare.arrived, 8);
    assert_int_equal(compare.in_gaps, 8); // however it came
    assert_int_equal(compare.first_gap, 4);
}

PS_TEST(each_gap_counts)
{
    give("abcd");
    assert_true(compare_skip(&compare, 4));
    give("efgh");
    assert_true(compare_skip(&compare, 4));
    give("ijkl");
    arrive("abcd----efgh----ijkl");
    expect_clean(2);
}

PS_TEST(a_giver_that_does_not_notice_its_gap_is_told)
{
    give("abcd");
    arrive("abcdOLDS");
    give("efgh");
    expect_difference(1, "was read before it was written");
}

PS_TEST(a_receiver_beyond_the_gap_is_told)
{
    give("abcd");
    arrive("abcdOLDSOLDS");
    assert_true(compare_skip(&compare, 4));
    expect_difference(1, "was read ahead of the position");
}

PS_TEST(filling_inside_a_gap_is_the_same_under_run)
{
    give("abcd");
    arrive("abcd");
    assert_true(compare_in_gap(&compare));
    compare_filled(&compare); // the receiver stood still
    arrive("OLDS");           // then it went on with what was left
    compare_filled(&compare);
    assert_true(compare_skip(&compare, 8));
    give("efgh");
    compare_filled(&compare);
    arrive("OLDSefgh");
    expect_clean(1);
    assert_false(compare_in_gap(&compare) && compare.noted);
    give("ijkl");
    compare_filled(&compare); // and again, between two bytes of the order
    arrive("ijkl");
    expect_clean(2);
}

PS_TEST(a_gap_ahead_does_not_hide_what_comes_before_it)
{
    const unsigned char *next;

    give("abcdefgh");
    assert_true(compare_skip(&compare, 4));
    arrive("abcd");
    assert_false(compare_in_gap(&compare));
    assert_true(compare_next(&compare, 0, &next));
    assert_memory_equal(next, "efgh", FRAME);
    assert_false(compare_next(&compare, 1, &next));
    arrive("efgh");
    assert_true(compare_in_gap(&compare));
    assert_false(compare_next(&compare, 0, &next));
}

PS_TEST(filling_is_not_counted_where_the_order_is_lost)
{
    give("abcdefgh");
    arrive("aXcd");
    compare_filled(&compare);
    expect_difference(0, "differs");
    assert_int_equal(compare.underruns, 0);
}

PS_TEST(behind_the_end_only_the_silence_that_was_written_may_arrive)
{
    give("abcd");
    compare_finish(&compare);
    compare_silence(&compare, 12);
    arrive("abcd");
    arrive_zeros(12);
    expect_clean(0);
    assert_int_equal(compare.zeros_after, 3);
    arrive("OLDS"); // the client wrote no further: it is late even for silence
    expect_clean(1);
}

PS_TEST(behind_a_gap_behind_the_end_nothing_means_anything)
{
    give("abcd");
    compare_finish(&compare);
    compare_silence(&compare, 4);
    arrive("abcd");
    arrive_zeros(4);
    arrive("OLDS");
    assert_true(compare_skip(&compare, 8)); // the client is back
    compare_silence(&compare, 4);
    arrive("oldsOLDSolds");
    expect_clean(1);
}

PS_TEST(sound_in_place_of_silence_is_too_much)
{
    give("abcd");
    compare_finish(&compare);
    compare_silence(&compare, 12);
    arrive("abcdabcd");
    expect_difference(1, "is too much");
}

PS_TEST(without_a_cyclic_buffer_nothing_arrives_by_itself)
{
    compare.cyclic = false;
    give("abcd");
    arrive("abcd");
    arrive_zeros(4);
    expect_difference(1, "is too much");
}

PS_TEST(without_a_cyclic_buffer_silence_may_follow_for_ever)
{
    compare.cyclic = false;
    give("abcd");
    compare_finish(&compare);
    arrive("abcd");
    arrive_zeros(64);
    arrive_zeros(64);
    expect_clean(0);
    assert_int_equal(compare.zeros_after, 32);
}

PS_TEST(what_a_taker_lets_go_is_one_underrun)
{
    compare.cyclic = false;
    give("abcdefghijkl");
    arrive("abcd");
    compare_drop(&compare, 4);
    arrive("ijkl");
    expect_clean(1);
    assert_int_equal(compare.arrived, 8);
}

// ---- a port that copies in between --------------------------------------------------------------------------

// What was given after the device had run dry is not expected before the port has passed it on.
PS_TEST(a_gap_that_the_port_tells_of_is_one_underrun, "WC-61")
{
    compare.copied = true;
    give("abcdefgh");
    compare.passed_on = 8;
    arrive("abcdefgh");
    arrive_zeros(4);
    give("ijkl");
    arrive_zeros(4);
    assert_true(compare_gap_at(&compare, 8, 12, false));
    compare.passed_on = 12;
    arrive_zeros(4);
    arrive("ijkl");
    expect_clean(1);
    compare_finish(&compare);
    arrive_zeros(8);
    expect_clean(1);
    assert_int_equal(compare.arrived, 12);
    assert_int_equal(compare.zeros_after, 2);
}

PS_TEST(a_gap_is_as_long_as_the_port_says, "WC-62")
{
    compare.copied = true;
    give("abcdefgh");
    compare.passed_on = 8;
    arrive("abcd");
    assert_true(compare_gap_at(&compare, 4, 8, false));
    arrive_zeros(4);
    arrive("efgh"); // still in the gap
    arrive("ijkl");
    expect_difference(1, "differs");
}

PS_TEST(silence_that_nobody_tells_of_is_a_difference, "WC-61")
{
    compare.copied = true;
    give("abcd");
    compare.passed_on = 4;
    arrive("abcd");
    arrive_zeros(4);
    give("efgh");
    compare.passed_on = 8;
    arrive("efgh");
    expect_difference(1, "is interrupted by silence");
}

// Recording: what the port lost was given and never arrives; told in two parts it is one loss.
PS_TEST(what_the_port_lost_never_arrives, "WC-68")
{
    compare.cyclic = false;
    compare.copied = true;
    give("abcdefghijklmnop");
    arrive("abcd");
    assert_true(compare_gap_at(&compare, 4, 4, true));
    assert_true(compare_gap_at(&compare, 4, 4, true));
    arrive("mnop");
    expect_clean(1);
}

PS_TEST(the_same_samples_at_another_level_are_told_as_that)
{
    int16_t given[2000], arrived[2000];
    char text[80];

    compare.words = true;
    for (int i = 0; i < 2000; i++) {
        given[i] = (int16_t)(i * 37 % 5000 - 2500);
        arrived[i] = (int16_t)(given[i] / 2);
    }
    assert_true(compare_give(&compare, given, sizeof(given)));
    compare_arrive(&compare, (const unsigned char *)arrived, 400);
    compare_arrive(&compare, (const unsigned char *)arrived + 400, sizeof(arrived) - 400);
    assert_string_equal(compare_describe(&compare, text, sizeof(text)), "differs by a level of -6.0 dB");
    expect_difference(0, "differs");
}
