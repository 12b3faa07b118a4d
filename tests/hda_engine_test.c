// SPDX-License-Identifier: MIT
//
// The HD Audio model's streams while they run: buffers, positions, interrupts, what memory gives
// and gets.
#include "tests/hda_machine.h"
#include "tests/ps_test.h"

#define POSITIONS (LIST + 0xA000u)

enum { STREAM_4 = 1 << 4 }; // INTCTL, INTSTS: the first output

static struct ps_device *listening(void)
{
    struct ps_device *m = awake();

    listen(m, PCM_48_16);
    put(m, INTCTL, 4, GIE | 0xFF);
    return m;
}

static uint32_t memory_position(struct ps_device *m, uint32_t sd)
{
    uint32_t position;

    memcpy(&position, at(m, POSITIONS + 8 * ((sd - IN0) / 0x20)), sizeof(position));
    return position;
}

// ---- playing ------------------------------------------------------------------------------------

PS_TEST(frames_come_out_as_they_lie_in_memory, "HD-60", "HD-62", "HD-160", "HD-161", "HD-176")
{
    struct ps_device *m = listening();

    play(m, 1000);
    run_frames(m, 1 + 2000);
    sync(m);
    assert_int_equal(m->heard_count, 2000);
    assert_true(heard_numbers(m, 0, 2000, 1));
    assert_int_equal(m->heard[0].rate, 48000);
    assert_int_equal(m->reports, 0);
    assert_int_equal(m->underruns, 0);
    power_off(m);
}

PS_TEST(the_position_moves_a_block_a_frame, "HD-41", "HD-62", "HD-73", "HD-162")
{
    struct ps_device *m = listening();

    play(m, 100);
    assert_int_equal(lpib(m, OUT0), 0);
    run_frames(m, 1); // the first boundary after RUN
    for (unsigned i = 1; i <= 450; i++) {
        run_nearly(m, 1);
        assert_int_equal(lpib(m, OUT0), 4 * ((i - 1) % 200));
        pass(m, 1);
        assert_int_equal(lpib(m, OUT0), 4 * (i % 200)); // never CBL
        assert_int_equal(get(m, 0x2084 + 4 * 0x20, 4), lpib(m, OUT0));
    }
    power_off(m);
}

PS_TEST(the_buffer_goes_round_for_ever, "HD-63", "HD-71")
{
    struct ps_device *m = listening();

    play(m, 100);
    run_frames(m, 1 + 1000);
    sync(m);
    for (unsigned lap = 0; lap < 5; lap++)
        assert_true(heard_numbers(m, 200 * lap, 200, 1)); // stale content repeats
    assert_int_equal(m->underruns, 0);
    power_off(m);
}

PS_TEST(an_entry_interrupts_when_its_last_byte_was_fetched, "HD-38", "HD-63", "HD-64", "HD-83",
        "HD-27")
{
    struct ps_device *m = listening();

    play(m, 100); // the FIFO holds 48 frames
    run_nearly(m, 1 + 52);
    assert_int_equal(status(m, OUT0) & BCIS, 0);
    assert_false(m->line);
    pass(m, 1);
    assert_true(m->line); // nobody had to look
    assert_int_equal(get(m, INTSTS, 4), GIE | STREAM_4);
    assert_int_equal(status(m, OUT0), FIFORDY | BCIS);
    put(m, OUT0 + STS, 1, BCIS);
    assert_false(m->line);
    run_nearly(m, 100);
    assert_false(m->line);
    pass(m, 1);
    assert_true(m->line);
    assert_int_equal(m->rises, 2);
    power_off(m);
}

PS_TEST(enables_gate_the_interrupt_alone, "HD-38", "HD-80", "HD-82")
{
    struct ps_device *m = listening();

    play(m, 100);
    put(m, OUT0 + CTL, 1, RUN);
    run_frames(m, 1 + 60);
    assert_int_equal(status(m, OUT0) & BCIS, BCIS);
    assert_int_equal(get(m, INTSTS, 4), 0);
    put(m, OUT0 + CTL, 1, RUN | IOCE);
    assert_int_equal(get(m, INTSTS, 4), GIE | STREAM_4);
    assert_true(m->line);
    put(m, INTCTL, 4, GIE | (0xFF ^ STREAM_4));
    assert_int_equal(get(m, INTSTS, 4), GIE | STREAM_4); // independent of SIE
    assert_false(m->line);
    power_off(m);
}

// Plays 1000 frames of 10 entries, with the position buffer on.
static struct ps_device *played(bool idle)
{
    struct ps_device *m = listening();

    m->idle = idle;
    put(m, DPLBASE, 4, POSITIONS | 1);
    play(m, 50);
    m->wakes = 0;
    run_frames(m, 1 + 1000);
    return m;
}

PS_TEST(a_stream_that_nobody_looks_at_does_the_same_in_larger_steps, "HD-63", "HD-65", "HD-66")
{
    struct ps_device *watched = played(false), *idle = played(true);

    assert_int_equal(idle->rises, watched->rises);
    assert_int_equal(idle->rose_at - idle->now, watched->rose_at - watched->now);
    assert_true(idle->wakes <= 2 * 1000 / 50 + 1); // the end of an entry, the next one
    assert_true(watched->wakes > 1000 / 6);
    sync(idle);
    sync(watched);
    assert_int_equal(memory_position(idle, OUT0), memory_position(watched, OUT0));
    assert_int_equal(idle->heard_count, watched->heard_count);
    assert_memory_equal(idle->heard, watched->heard, watched->heard_count * sizeof(*watched->heard));
    power_off(watched);
    power_off(idle);
}

PS_TEST(only_marked_entries_interrupt, "HD-50", "HD-63")
{
    struct ps_device *m = listening();

    number(m, SOUND, 300, 1);
    describe(m, OUT0, 0, SOUND, 400, 0);
    describe(m, OUT0, 1, SOUND + 400, 400, 0xFFFFFFFE); // other bits are reserved
    describe(m, OUT0, 2, SOUND + 800, 400, IOC);
    start(m, OUT0, 3, PCM_48_16);
    run_frames(m, 1 + 300 - 48 - 1);
    assert_int_equal(m->rises, 0);
    run_frames(m, 1);
    assert_int_equal(m->rises, 1);
    run_frames(m, 300);
    assert_true(heard_numbers(m, 0, 300, 1));
    power_off(m);
}

PS_TEST(lists_of_two_and_of_256_entries, "HD-43", "HD-51", "HD-53")
{
    struct ps_device *m = listening();

    number(m, SOUND, 256 * 33, 1);
    for (unsigned i = 0; i < 256; i++)
        describe(m, OUT0, i, SOUND + 128 * i, 128, 0);
    start(m, OUT0, 256, PCM_48_16);
    run_frames(m, 1 + 256 * 32);
    sync(m);
    assert_true(heard_numbers(m, 0, 256 * 32, 1));
    assert_int_equal(lpib(m, OUT0), 0);
    assert_int_equal(m->reports, 0);
    power_off(m);
}

PS_TEST(sample_blocks_may_be_split_across_entries, "HD-53", "HD-52")
{
    struct ps_device *m = listening();

    number(m, SOUND, 64, 1);
    number(m, SOUND + 0x1000, 64, 1);
    describe(m, OUT0, 0, SOUND, 126, 0);
    describe(m, OUT0, 1, SOUND + 0x1000 + 126, 130, 0);
    start(m, OUT0, 2, PCM_48_16);
    assert_int_equal(m->reports, 0);
    run_frames(m, 1 + 64);
    assert_string_equal(m->report, "HD-52"); // entry 1 is not aligned
    assert_true(heard_numbers(m, 0, 64, 1));
    power_off(m);
}

PS_TEST(memory_above_4_gib_and_in_pieces, "HD-13", "HD-53")
{
    struct ps_device *m = listening();

    m->piece = 6;
    number(m, TOP, 10, 1);
    number(m, 0, 10, 11);
    describe(m, OUT0, 0, TOP, 40, 0);
    describe(m, OUT0, 1, 0, 40, 0);
    start(m, OUT0, 2, PCM_48_16);
    run_frames(m, 1 + 20);
    assert_true(heard_numbers(m, 0, 20, 1));
    put(m, OUT1 + BDPU, 4, 0xFFFFFFFF);
    assert_int_equal(get(m, OUT1 + BDPU, 4), 0xFFFFFFFF);
    put(m, OUT1 + BDPL, 4, LIST);
    put(m, OUT1 + CTL + 2, 1, 0x30);
    put(m, OUT1 + CTL, 1, RUN);
    run_frames(m, 2);
    assert_int_equal(status(m, OUT1) & DESE, DESE); // the upper half counts
    power_off(m);
}

PS_TEST(an_entry_may_cross_pages, "HD-55")
{
    struct ps_device *m = listening();

    number(m, SOUND + 0xF80, 10000, 1); // from the end of a page over nine more
    describe(m, OUT0, 0, SOUND + 0xF80, 39936, 0);
    describe(m, OUT0, 1, SOUND + 0xF80 + 39936, 64, 0);
    start(m, OUT0, 2, PCM_48_16);
    run_frames(m, 1 + 10000);
    assert_true(heard_numbers(m, 0, 10000, 1));
    assert_int_equal(m->reports, 0);
    power_off(m);
}

// ---- positions ----------------------------------------------------------------------------------

PS_TEST(memory_side_leads_the_link_by_the_fifo, "HD-65", "HD-66", "HD-44", "HD-67")
{
    struct ps_device *m = listening();

    put(m, DPUBASE, 4, 0);
    put(m, DPLBASE, 4, POSITIONS | 1);
    assert_int_equal(get(m, DPLBASE, 4), POSITIONS | 1);
    play(m, 100);
    run_frames(m, 1);
    assert_int_equal(memory_position(m, OUT0), 192); // filled ahead of the first frame
    for (unsigned i = 1; i <= 400; i++) {
        run_frames(m, 1);
        assert_int_equal(lpib(m, OUT0), 4 * i % 800);
        assert_int_equal(memory_position(m, OUT0), (4 * i + 192) % 800);
    }
    assert_int_equal(m->reports, 0);
    power_off(m);
}

PS_TEST(the_position_buffer_is_written_without_being_asked, "HD-65")
{
    struct ps_device *m = listening();

    put(m, DPLBASE, 4, POSITIONS | 1);
    play(m, 1000);
    run_frames(m, 1);
    for (unsigned i = 1; i <= 100; i++) {
        run_frames(m, 1);
        assert_in_range(memory_position(m, OUT0), 4 * i + 192 - 20, 4 * i + 192);
    }
    put(m, DPLBASE, 4, POSITIONS); // off
    assert_int_equal(m->reports, 0);
    pass(m, MILLISECOND);
    assert_int_equal(memory_position(m, OUT0), 4 * 100 + 192);
    put(m, DPLBASE, 4, (POSITIONS + 0x80) | 1);
    assert_string_equal(m->report, "HD-65"); // not while a stream runs
    assert_int_equal(get(m, DPLBASE, 4), POSITIONS);
    power_off(m);
}

PS_TEST(a_wrong_upper_half_shows_as_a_position_that_stands, "HD-182")
{
    struct ps_device *m = listening();

    put(m, DPUBASE, 4, 1); // left by somebody
    put(m, DPLBASE, 4, POSITIONS | 1);
    play(m, 100);
    run_frames(m, 1 + 50);
    assert_int_equal(lpib(m, OUT0), 200);
    assert_int_equal(memory_position(m, OUT0), 0);
    power_off(m);
}

PS_TEST(without_a_fifo_both_sides_agree, "HD-66")
{
    struct ps_device *m = listening();

    inside(m)->options.no_fifo = true;
    put(m, DPLBASE, 4, POSITIONS | 1);
    play(m, 100);
    run_frames(m, 1);
    for (unsigned i = 1; i <= 300; i++) {
        run_frames(m, 1);
        assert_int_equal(lpib(m, OUT0), 4 * i % 800);
        assert_int_equal(memory_position(m, OUT0), 4 * i % 800);
    }
    assert_true(heard_numbers(m, 0, 200, 1));
    power_off(m);
}

PS_TEST(cbl_and_list_wrap_independently, "HD-42")
{
    struct ps_device *m = listening();

    put(m, DPLBASE, 4, POSITIONS | 1);
    number(m, SOUND, 200, 1);
    describe(m, OUT0, 0, SOUND, 400, 0);
    describe(m, OUT0, 1, SOUND + 400, 400, 0);
    put(m, OUT0 + CBL, 4, 480);
    put(m, OUT0 + LVI, 2, 1);
    put(m, OUT0 + FMT, 2, PCM_48_16);
    put(m, OUT0 + BDPL, 4, list_of(OUT0));
    put(m, OUT0 + CTL + 2, 1, 0x10);
    put(m, OUT0 + CTL, 1, RUN);
    assert_string_equal(m->report, "HD-42");
    run_frames(m, 1 + 130);
    assert_int_equal(lpib(m, OUT0), 520 - 480);
    assert_int_equal(memory_position(m, OUT0), 520 + 192 - 480);
    run_frames(m, 270);
    assert_true(heard_numbers(m, 0, 200, 1));
    assert_true(heard_numbers(m, 200, 200, 1));
    power_off(m);
}

// ---- recording ----------------------------------------------------------------------------------

static int16_t sample(struct ps_device *m, uint32_t physical)
{
    int16_t value;

    memcpy(&value, at(m, physical), sizeof(value));
    return value;
}

PS_TEST(what_is_heard_goes_to_memory, "HD-62", "HD-160", "HD-164", "HD-176")
{
    struct ps_device *m = listening();

    record(m, 960);
    run_frames(m, 1 + 1920);
    sync(m);
    for (int i = 0; i < 1920; i++) {
        assert_int_equal(sample(m, SOUND + 4 * (uint32_t)i), i + 1);
        assert_int_equal(sample(m, SOUND + 4 * (uint32_t)i + 2), -(i + 1));
    }
    assert_int_equal(m->arrived[0], 1920);
    assert_int_equal(m->reports, 0);
    power_off(m);
}

PS_TEST(input_counts_on_the_link_first, "HD-66", "HD-64", "HD-67")
{
    struct ps_device *m = listening();

    put(m, DPLBASE, 4, POSITIONS | 1);
    record(m, 100);
    run_frames(m, 1);
    for (unsigned i = 1; i <= 300; i++) {
        run_frames(m, 1);
        assert_int_equal(lpib(m, IN0), 4 * i % 800);
        assert_int_equal(memory_position(m, IN0), 4 * (i - i % 8) % 800); // bursts of 32 bytes
        if (i < 104) // the entry's last byte goes with a burst
            assert_int_equal(m->rises, 0);
        else
            assert_int_equal(sample(m, SOUND + 396), 100);
    }
    assert_int_equal(status(m, IN0), BCIS | FIFORDY);
    power_off(m);
}

PS_TEST(an_input_that_stops_writes_what_it_has, "HD-68")
{
    struct ps_device *m = listening();

    put(m, DPLBASE, 4, POSITIONS | 1);
    record(m, 100);
    run_frames(m, 1 + 13);
    put(m, IN0 + CTL, 1, 0);
    run_frames(m, 1);
    assert_int_equal(get(m, IN0 + CTL, 1), 0);
    assert_int_equal(lpib(m, IN0), 4 * 14); // the frame in progress was completed
    assert_int_equal(sample(m, SOUND + 4 * 13), 14);
    assert_int_equal(sample(m, SOUND + 4 * 14), 0);
    power_off(m);
}

PS_TEST(watermarks_set_the_burst, "HD-44")
{
    static const uint8_t bursts[][2] = {{2, 8}, {3, 16}, {4, 32}};

    for (unsigned n = 0; n < 3; n++) {
        struct ps_device *m = listening();
        put(m, DPLBASE, 4, POSITIONS | 1);
        put(m, IN0 + FIFOW, 2, bursts[n][0]);
        record(m, 100);
        run_frames(m, 1);
        for (unsigned i = 1; i < 40; i++) {
            run_frames(m, 1);
            sync(m);
            assert_int_equal(memory_position(m, IN0), 4 * i - 4 * i % bursts[n][1]);
        }
        power_off(m);
    }
}

// ---- stop and go --------------------------------------------------------------------------------

PS_TEST(stop_keeps_the_position_and_run_goes_on_there, "HD-36", "HD-61", "HD-68", "HD-69")
{
    struct ps_device *m = listening();

    play(m, 100);
    run_frames(m, 1 + 70);
    put(m, OUT0 + CTL, 1, ENABLES);
    assert_int_equal(get(m, OUT0 + CTL, 1), ENABLES | RUN); // until the frame is over
    run_frames(m, 1);
    assert_int_equal(get(m, OUT0 + CTL, 1), ENABLES);
    assert_int_equal(lpib(m, OUT0), 4 * 71);
    assert_int_equal(status(m, OUT0), BCIS); // stays until it is cleared
    run_frames(m, 1000);
    assert_int_equal(lpib(m, OUT0), 4 * 71);
    assert_int_equal(m->heard_count, 71);
    put(m, OUT0 + CTL, 1, ENABLES | RUN);
    run_frames(m, 1 + 129);
    sync(m);
    assert_int_equal(lpib(m, OUT0), 0);
    assert_true(heard_numbers(m, 0, 200, 1));
    assert_int_equal(m->reports, 0);
    power_off(m);
}

PS_TEST(the_fifo_is_ready_before_the_link_asks, "HD-40", "HD-61")
{
    struct ps_device *m = listening();

    assert_int_equal(status(m, OUT0), 0);
    play(m, 100);
    record(m, 100);
    assert_int_equal(status(m, OUT0), 0);
    run_frames(m, 1);
    assert_int_equal(status(m, OUT0), FIFORDY);
    assert_int_equal(status(m, IN0), FIFORDY);
    assert_int_equal(lpib(m, OUT0), 0);
    power_off(m);
}

PS_TEST(streams_start_and_stop_together, "HD-28", "HD-29")
{
    struct ps_device *m = listening();

    put(m, SSYNC, 4, 0x11);
    assert_int_equal(get(m, 0x38, 4), 0x11); // the later place
    play(m, 100);
    run_frames(m, 3);
    record(m, 100);
    run_frames(m, 50);
    assert_int_equal(status(m, OUT0), FIFORDY);
    assert_int_equal(status(m, IN0), FIFORDY);
    assert_int_equal(lpib(m, OUT0) | lpib(m, IN0), 0);
    put(m, 0x38, 4, 0);
    run_frames(m, 1);
    assert_int_equal(lpib(m, OUT0) | lpib(m, IN0), 0);
    run_frames(m, 10);
    assert_int_equal(lpib(m, OUT0), 40);
    assert_int_equal(lpib(m, IN0), 40);
    put(m, SSYNC, 1, 0x11);
    run_frames(m, 5);
    assert_int_equal(lpib(m, OUT0), 44); // the frame in progress
    assert_int_equal(lpib(m, IN0), 44);
    put(m, OUT0 + CTL, 1, 0);
    put(m, IN0 + CTL, 1, 0);
    run_frames(m, 1);
    assert_int_equal(lpib(m, OUT0), 44);
    assert_int_equal(m->reports, 0);
    power_off(m);
}

PS_TEST(reset_while_a_stream_runs_is_a_violation, "HD-18")
{
    struct ps_device *m = listening();

    play(m, 100);
    run_frames(m, 30);
    put(m, GCTL, 4, 0);
    assert_string_equal(m->report, "HD-18");
    run_frames(m, 30);
    assert_int_equal(m->heard_count, 29);
    assert_int_equal(get(m, OUT0 + CTL, 4), 0x40000);
    power_off(m);
}

PS_TEST(a_flush_needs_streams_at_rest, "HD-19")
{
    struct ps_device *m = listening();

    play(m, 100);
    put(m, GCTL, 4, 3);
    assert_string_equal(m->report, "HD-19");
    run_frames(m, 2);
    assert_int_equal(get(m, GSTS, 2), 0);
    power_off(m);
}

// ---- faults -------------------------------------------------------------------------------------

PS_TEST(useless_descriptors_stop_the_stream, "HD-39", "HD-52")
{
    static const uint32_t lengths[] = {0, 399};

    for (unsigned n = 0; n < 2; n++) {
        struct ps_device *m = listening();
        number(m, SOUND, 200, 1);
        describe(m, OUT0, 0, SOUND, 400, 0);
        describe(m, OUT0, 1, SOUND + 512, lengths[n], 0);
        start(m, OUT0, 2, PCM_48_16);
        run_nearly(m, 1 + 53); // the FIFO asks for more
        assert_int_equal(status(m, OUT0), FIFORDY);
        pass(m, 1);
        assert_int_equal(status(m, OUT0), DESE);
        assert_true(m->line);
        assert_int_equal(get(m, OUT0 + CTL, 1), ENABLES); // RUN is cleared
        run_frames(m, 100);
        assert_int_equal(lpib(m, OUT0), 4 * 53);
        put(m, OUT0 + CTL, 1, ENABLES | RUN);
        assert_string_equal(m->report, "HD-39");
        assert_int_equal(get(m, OUT0 + CTL, 1), ENABLES);
        put(m, OUT0 + STS, 1, DESE);
        assert_false(m->line);
        number(m, SOUND + 512, 100, 101);
        describe(m, OUT0, 1, SOUND + 512, 400, 0);
        put(m, OUT0 + CTL, 1, ENABLES | RUN);
        run_frames(m, 1 + 147);
        assert_true(heard_numbers(m, 0, 200, 1));
        power_off(m);
    }
}

PS_TEST(lists_and_buffers_without_memory, "HD-39")
{
    struct ps_device *m = listening();

    describe(m, OUT0, 0, 0x40000000, 400, 0);
    describe(m, OUT0, 1, SOUND, 400, 0);
    start(m, OUT0, 2, PCM_48_16);
    run_frames(m, 1);
    assert_int_equal(status(m, OUT0), DESE);
    put(m, IN0 + BDPL, 4, 0x40000000);
    put(m, IN0 + LVI, 2, 1);
    put(m, IN0 + CTL + 2, 1, 0x20);
    put(m, IN0 + CTL, 1, RUN);
    run_frames(m, 1);
    assert_int_equal(status(m, IN0), DESE);
    assert_int_equal(m->heard_count, 0);
    power_off(m);
}

PS_TEST(starving_streams_say_so, "HD-39")
{
    struct ps_device *m = listening();

    play(m, 1000);
    record(m, 1000);
    run_frames(m, 1 + 8);
    set_command(m, 2); // bus mastering off
    run_frames(m, 48);
    assert_int_equal(status(m, OUT0), FIFORDY); // the FIFO had this much
    run_frames(m, 1);
    assert_int_equal(status(m, OUT0), FIFORDY | FIFOE);
    assert_int_equal(status(m, IN0), FIFORDY | FIFOE);
    assert_int_equal(m->underruns, 2);
    assert_int_equal(lpib(m, OUT0), 4 * 56);
    assert_int_equal(lpib(m, IN0), 4 * 38); // 120 bytes more
    run_frames(m, 20);
    assert_int_equal(lpib(m, OUT0), 4 * 56);
    assert_int_equal(m->arrived[0], 8 + 48 + 1 + 20); // lost
    set_command(m, 6);
    put(m, OUT0 + STS, 1, FIFOE);
    run_frames(m, 100);
    assert_int_equal(status(m, OUT0), FIFORDY);
    assert_true(heard_numbers(m, 0, 56, 1));
    assert_false(m->heard[56].fetched);
    assert_false(m->heard[76].fetched);
    assert_true(heard_numbers(m, 77, 50, 57));
    assert_int_equal(m->refused, 0);
    power_off(m);
}

PS_TEST(a_stream_waits_for_bus_mastering, "HD-40")
{
    struct ps_device *m = listening();

    set_command(m, 2);
    play(m, 100);
    run_frames(m, 100);
    assert_int_equal(status(m, OUT0), 0);
    assert_int_equal(m->heard_count, 0);
    set_command(m, 6);
    run_frames(m, 1 + 100);
    assert_int_equal(lpib(m, OUT0), 400);
    assert_true(heard_numbers(m, 0, 100, 1));
    power_off(m);
}

PS_TEST(a_list_that_changes_is_reported, "HD-54")
{
    struct ps_device *m = listening();

    play(m, 100);
    run_frames(m, 1 + 300);
    assert_int_equal(m->reports, 0);
    describe(m, OUT0, 1, SOUND + 0x2000, 400, 0);
    run_frames(m, 300);
    assert_int_equal(m->reports, 1);
    assert_string_equal(m->report, "HD-54");
    power_off(m);
}
