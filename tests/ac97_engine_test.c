// SPDX-License-Identifier: MIT
//
// The AC'97 model's DMA engines: descriptors, running, pausing, interrupts. Halting and starving: ac97_last_buffer_test.c.
#include <string.h>

#include "tests/ac97_machine.h"
#include "tests/ps_test.h"

// ---- starting -----------------------------------------------------------------------------------

PS_TEST(starts_with_descriptor_0, "AC-100", "AC-101", "AC-102")
{
    struct ps_device *m = ready();

    number(m, SOUND, 200, 1);
    for (unsigned i = 0; i < 2; i++)
        describe(m, PO, i, SOUND + 400 * i, 200);
    put(m, PO + BDBAR, 4, LIST + 0x100);
    put(m, PO + LVI, 1, 1);
    assert_int_equal(sr(m, PO), DCH);
    assert_int_equal(m->heard_count, 0);
    put(m, PO + CR, 1, RPBM);
    assert_int_equal(sr(m, PO), 0);
    assert_int_equal(civ(m, PO), 0);
    assert_int_equal(get(m, PO + PIV, 1), 1);
    assert_int_equal(picb(m, PO), 200);
    pass(m, frames(200));
    assert_heard(m, 0, 200, 1);
    assert_int_equal(m->heard_count, 200);
    power_off(m);
}

PS_TEST(waits_for_bus_mastering, "AC-8")
{
    struct ps_device *m = ready();

    set_command(m, 1);
    play(m, 2, 480);
    pass(m, 100 * MILLISECOND);
    assert_int_equal(sr(m, PO), DCH);
    assert_int_equal(get(m, PO + CIV, 1) | get(m, PO + PIV, 1) | picb(m, PO), 0);
    assert_int_equal(m->heard_count, 0);
    assert_int_equal(m->refused, 0);
    assert_int_equal(m->rises, 0);
    set_command(m, 5);
    assert_int_equal(sr(m, PO), 0);
    assert_int_equal(picb(m, PO), 960);
    pass(m, frames(480));
    assert_int_equal(civ(m, PO), 1);
    assert_heard(m, 0, 480, 1);
    power_off(m);
}

PS_TEST(addresses_have_32_bits, "AC-9")
{
    struct ps_device *m = ready();

    number(m, TOP + 4096 - 40, 10, 1);
    number(m, 0, 10, 11); // where a buffer goes on that runs over the top
    describe(m, PO, 0, TOP + 4096 - 40, 40);
    start(m, PO, 0);
    pass(m, frames(20));
    assert_heard(m, 0, 20, 1);
    assert_int_equal(m->refused, 0);
    power_off(m);
}

// ---- moving samples -----------------------------------------------------------------------------

PS_TEST(position_falls_with_time, "AC-74", "AC-91", "AC-104")
{
    struct ps_device *m = ready();

    play(m, 2, 480);
    for (unsigned i = 1; i < 480; i++) {
        pass(m, frames(i) - frames(i - 1) - 1);
        assert_int_equal(picb(m, PO), 960 - 2 * (i - 1));
        pass(m, 1);
        assert_int_equal(picb(m, PO), 960 - 2 * i);
    }
    assert_int_equal(civ(m, PO), 0);
    power_off(m);
}

PS_TEST(largest_and_zero_length, "AC-90", "AC-91")
{
    struct ps_device *m = ready();

    number(m, SOUND, 32767, -16384);
    describe(m, PO, 0, SOUND, 65534);
    describe(m, PO, 1, SOUND, BUP | 0);
    describe(m, PO, 2, SOUND, 2);
    start(m, PO, 2);
    assert_int_equal(picb(m, PO), 65534);
    pass(m, frames(32767));
    assert_int_equal(civ(m, PO), 2);
    assert_heard(m, 0, 32767, -16384);
    assert_int_equal(m->reports, 0);
    power_off(m);
}

PS_TEST(descriptor_fields, "AC-90")
{
    struct ps_device *m = ready();

    number(m, SOUND, 10, 1);
    describe(m, PO, 0, SOUND | 1, IOC | BUP | 0x3FFF0000 | 20); // reserved bits are ignored
    start(m, PO, 0);
    assert_string_equal(m->report, "AC-90");
    assert_int_equal(picb(m, PO), 20);
    pass(m, frames(10));
    assert_heard(m, 0, 10, 1);
    assert_int_equal(sr(m, PO), DCH | CELV | LVBCI | BCIS);
    power_off(m);
}

PS_TEST(odd_lengths_are_reported_and_every_sample_played, "AC-92")
{
    struct ps_device *m = ready();

    number(m, SOUND, 10, 1);
    describe(m, PO, 0, SOUND, 7);
    describe(m, PO, 1, SOUND + 14, 6); // starts in mid-frame
    describe(m, PO, 2, SOUND + 26, 7);
    start(m, PO, 2);
    assert_string_equal(m->report, "AC-92");
    pass(m, frames(3));
    assert_int_equal(picb(m, PO), 1);
    pass(m, frames(10) - frames(3));
    assert_heard(m, 0, 10, 1);
    assert_int_equal(m->reports, 3);
    assert_int_equal(sr(m, PO), DCH | CELV | LVBCI);
    power_off(m);
}

PS_TEST(odd_lengths_are_recorded_sample_by_sample, "AC-92", "AC-95")
{
    struct ps_device *m = ready();

    describe(m, PI, 0, SOUND, 7);
    describe(m, PI, 1, SOUND + 14, 13);
    start(m, PI, 1);
    pass(m, frames(10));
    for (int i = 0; i < 10; i++) {
        assert_int_equal(sample(m, SOUND + 4 * (uint32_t)i), i + 1);
        assert_int_equal(sample(m, SOUND + 4 * (uint32_t)i + 2), -(i + 1));
    }
    assert_int_equal(m->arrived[0], 10);
    power_off(m);
}

PS_TEST(pieces_of_memory_cut_frames_anywhere, "AC-95", "AC-105")
{
    struct ps_device *m = ready();

    m->piece = 6; // one and a half frames
    play(m, 3, 100);
    describe(m, PI, 0, SOUND + 0x8000, 200);
    start(m, PI, 0);
    pass(m, frames(300));
    assert_heard(m, 0, 300, 1);
    for (int i = 0; i < 100; i++)
        assert_int_equal(sample(m, SOUND + 0x8002 + 4 * (uint32_t)i), -(i + 1));
    power_off(m);
}

PS_TEST(zero_length_takes_no_time, "AC-93")
{
    struct ps_device *m = ready();

    number(m, SOUND, 20, 1);
    describe(m, PO, 0, SOUND, 20);
    describe(m, PO, 1, SOUND, IOC);
    describe(m, PO, 2, SOUND, 0);
    describe(m, PO, 3, SOUND + 40, 20);
    start(m, PO, 3);
    pass(m, frames(10) - 1);
    assert_int_equal(civ(m, PO), 0);
    assert_int_equal(sr(m, PO), 0);
    pass(m, 1);
    assert_int_equal(civ(m, PO), 3);
    assert_int_equal(get(m, PO + PIV, 1), 4);
    assert_int_equal(picb(m, PO), 20);
    assert_int_equal(sr(m, PO), BCIS);
    pass(m, frames(10));
    assert_heard(m, 0, 20, 1);
    power_off(m);
}

PS_TEST(zero_length_as_last_is_done_at_once, "AC-93", "AC-107")
{
    struct ps_device *m = ready();

    describe(m, PO, 0, SOUND, IOC);
    start(m, PO, 0);
    assert_int_equal(sr(m, PO), DCH | CELV | LVBCI | BCIS);
    assert_int_equal(m->heard_count, 0);
    power_off(m);
}

PS_TEST(a_ring_of_zero_lengths_ends, "AC-93", "AC-111")
{
    struct ps_device *m = ready();

    start(m, PO, 31); // 32 empty descriptors
    assert_int_equal(sr(m, PO), DCH | CELV | LVBCI);
    assert_int_equal(civ(m, PO), 31);
    put(m, PO + LVI, 1, 31);
    assert_int_equal(civ(m, PO), 31);
    power_off(m);
}

PS_TEST(pcm_in_records_stereo_pairs, "AC-74", "AC-95", "AC-96", "AC-106")
{
    struct ps_device *m = ready();

    describe(m, PI, 0, SOUND, IOC | 960);
    describe(m, PI, 1, SOUND + 1920, 960);
    start(m, PI, 1);
    pass(m, frames(480) - 1);
    assert_int_equal(picb(m, PI), 2);
    assert_int_equal(sample(m, SOUND + 4 * 479), 0);
    pass(m, 1);
    assert_int_equal(sr(m, PI), BCIS);
    assert_int_equal(picb(m, PI), 960);
    for (int i = 0; i < 480; i++) {
        assert_int_equal(sample(m, SOUND + 4 * (uint32_t)i), i + 1);
        assert_int_equal(sample(m, SOUND + 4 * (uint32_t)i + 2), -(i + 1));
    }
    power_off(m);
}

PS_TEST(mic_in_records_mono, "AC-20", "AC-97")
{
    struct ps_device *m = ready();

    describe(m, MC, 0, SOUND, 480);
    start(m, MC, 0);
    pass(m, frames(479));
    assert_int_equal(picb(m, MC), 1);
    pass(m, frames(480) - frames(479));
    assert_int_equal(sr(m, MC), DCH | CELV | LVBCI);
    for (int i = 0; i < 480; i++)
        assert_int_equal(sample(m, SOUND + 2 * (uint32_t)i), i + 1);
    power_off(m);
}

PS_TEST(engines_run_side_by_side, "AC-122", "AC-131", "AC-132")
{
    struct ps_device *m = ready();

    play(m, 2, 480);
    describe(m, PI, 0, SOUND + 0x10000, IOC | 960);
    describe(m, MC, 0, SOUND + 0x20000, IOC | 480);
    start(m, PI, 0);
    start(m, MC, 0);
    pass(m, frames(480));
    assert_int_equal(get(m, GLOB_STA, 4), 0x1E0);
    assert_heard(m, 0, 480, 1);
    assert_int_equal(sample(m, SOUND + 0x10000 + 4 * 479), 480);
    assert_int_equal(sample(m, SOUND + 0x20000 + 2 * 479), 480);
    put(m, PI + SR, 2, 0x1C);
    assert_int_equal(get(m, GLOB_STA, 4), 0x1C0);
    put(m, PO + SR, 2, 0x1C);
    assert_int_equal(get(m, GLOB_STA, 4), 0x180);
    assert_true(m->line);
    put(m, MC + SR, 2, 0x1C);
    assert_false(m->line);
    power_off(m);
}

PS_TEST(memory_is_read_when_played_not_before, "AC-104", "AC-106")
{
    struct ps_device *m = ready();

    play(m, 1, 4800);
    pass(m, frames(2400));
    number(m, SOUND + 4 * 2400, 2400, 10001); // more than the FIFO ahead: still in time
    pass(m, frames(4800) - frames(2400));
    assert_heard(m, 0, 2400, 1);
    assert_heard(m, 2400, 2400, 10001);
    power_off(m);
}

PS_TEST(late_wakes_lose_nothing, "AC-104", "AC-105")
{
    struct ps_device *m = ready();

    play(m, 5, 480);
    jump(m, frames(2100));
    assert_int_equal(civ(m, PO), 4);
    assert_int_equal(picb(m, PO), 600);
    assert_heard(m, 0, 2100, 1);
    power_off(m);
}

// ---- descriptors: prefetch and order ------------------------------------------------------------

PS_TEST(buffers_follow_without_a_gap, "AC-71", "AC-73", "AC-105")
{
    struct ps_device *m = ready();

    number(m, SOUND, 40 * 32, 1);
    for (unsigned i = 0; i < 32; i++)
        describe(m, PO, i, SOUND + 160 * i, 80 | (i % 2 ? IOC : 0));
    start(m, PO, 31);
    for (unsigned i = 0; i < 32; i++) {
        assert_int_equal(civ(m, PO), i);
        assert_int_equal(get(m, PO + PIV, 1), (i + 1) % 32);
        assert_int_equal(sr(m, PO), i && i % 2 == 0 ? BCIS : 0);
        put(m, PO + SR, 2, 0x1C);
        pass(m, frames(40 * (i + 1)) - frames(40 * i));
    }
    assert_heard(m, 0, 40 * 32, 1);
    assert_int_equal(m->heard_count, 40 * 32);
    power_off(m);
}

PS_TEST(prefetched_copy_wins, "AC-99", "AC-103")
{
    struct ps_device *m = ready();

    play(m, 4, 480);
    describe(m, PO, 1, SOUND + 0x8000, 2); // too late
    describe(m, PO, 2, SOUND, IOC | 960);  // in time
    pass(m, frames(480) - 1);
    assert_int_equal(m->reports, 0);
    pass(m, 1);
    assert_int_equal(picb(m, PO), 960);
    assert_int_equal(m->reports, 1);
    assert_string_equal(m->report, "AC-99");
    pass(m, frames(1440) - frames(480));
    assert_heard(m, 0, 960, 1);
    assert_heard(m, 960, 480, 1);
    power_off(m);
}

PS_TEST(last_valid_descriptor_prefetches_nothing, "AC-99", "AC-103")
{
    struct ps_device *m = ready();

    play(m, 1, 480);
    pass(m, frames(240));
    number(m, SOUND + 4 * 480, 480, 481);
    describe(m, PO, 1, SOUND + 4 * 480, 960); // CIV = LVI: not fetched yet
    put(m, PO + LVI, 1, 1);
    describe(m, PO, 1, SOUND, 2); // now it is
    pass(m, frames(960) - frames(240));
    assert_heard(m, 0, 960, 1);
    assert_string_equal(m->report, "AC-99");
    power_off(m);
}

PS_TEST(base_written_during_a_run_counts_from_the_next_fetch, "AC-120")
{
    struct ps_device *m = ready();
    uint32_t other[6] = {0, 0, 0, 0, SOUND, 200};

    play(m, 3, 100);
    memcpy(at(m, LIST + 0x800), other, sizeof(other));
    put(m, PO + BDBAR, 4, LIST + 0x800);
    assert_string_equal(m->report, "AC-120");
    pass(m, frames(300));
    assert_heard(m, 0, 200, 1); // descriptor 1 was prefetched from the old list
    assert_heard(m, 200, 100, 1);
    assert_int_equal(m->reports, 1);
    power_off(m);
}

// ---- pause and reset ----------------------------------------------------------------------------

PS_TEST(pause_and_resume_lose_no_sample, "AC-115", "AC-116")
{
    struct ps_device *m = ready();

    play(m, 3, 480);
    pass(m, frames(600));
    put(m, PO + SR, 2, 0x1C);
    put(m, PO + CR, 1, RUN & ~RPBM);
    assert_int_equal(sr(m, PO), 0); // not idle yet
    pass(m, 100000);
    assert_int_equal(sr(m, PO), DCH);
    pass(m, 1000 * MILLISECOND);
    assert_int_equal(get(m, PO + CIV, 4), 0x00010201);
    assert_int_equal(get(m, PO + PIV, 1), 2);
    assert_int_equal(picb(m, PO), 2 * 360);
    assert_int_equal(get(m, PO + BDBAR, 4), LIST + 0x100);
    assert_int_equal(m->heard_count, 600);
    assert_false(m->line);
    put(m, PO + CR, 1, RUN);
    assert_int_equal(sr(m, PO), 0);
    pass(m, frames(840));
    assert_heard(m, 0, 1440, 1);
    assert_int_equal(m->heard_count, 1440);
    power_off(m);
}

PS_TEST(resumed_before_it_was_idle, "AC-115", "AC-116")
{
    struct ps_device *m = ready();

    play(m, 1, 480);
    pass(m, frames(100));
    put(m, PO + CR, 1, 0);
    pass(m, 10000);
    assert_int_equal(sr(m, PO), 0);
    put(m, PO + CR, 1, RPBM);
    pass(m, frames(380));
    assert_int_equal(sr(m, PO), DCH | CELV | LVBCI | BCIS);
    assert_heard(m, 0, 480, 1);
    power_off(m);
}

PS_TEST(each_start_begins_a_frame, "AC-116")
{
    struct ps_device *m = ready();

    play(m, 1, 480);
    pass(m, frames(10) + 20000); // nearly one more
    put(m, PO + CR, 1, 0);
    pass(m, MILLISECOND);
    put(m, PO + CR, 1, RPBM);
    pass(m, frames(1) - 1);
    assert_int_equal(picb(m, PO), 940);
    pass(m, 1);
    assert_int_equal(picb(m, PO), 938);
    power_off(m);
}

PS_TEST(each_start_can_starve, "AC-108", "AC-114")
{
    struct ps_device *m = ready();

    play(m, 1, 480);
    pass(m, 20 * MILLISECOND);
    assert_int_equal(m->underruns, 1);
    put(m, PO + CR, 1, 0);
    pass(m, MILLISECOND);
    put(m, PO + CR, 1, RPBM);
    pass(m, frames(16));
    assert_int_equal(m->underruns, 1);
    pass(m, frames(17) - frames(16));
    assert_int_equal(m->underruns, 2);
    power_off(m);
}

PS_TEST(writing_the_run_bit_again_changes_nothing, "AC-116")
{
    struct ps_device *m = ready();

    play(m, 2, 480);
    pass(m, frames(100) + 5);
    put(m, PO + CR, 1, RUN);
    pass(m, frames(480) - frames(100) - 5);
    assert_int_equal(civ(m, PO), 1);
    assert_heard(m, 0, 480, 1);
    power_off(m);
}

PS_TEST(engine_reset_keeps_the_enables, "AC-100", "AC-118", "AC-119")
{
    struct ps_device *m = ready();

    play(m, 2, 480);
    pass(m, frames(500));
    assert_true(m->line);
    put(m, PO + CR, 1, IOCE | FEIE);
    pass(m, 100000);
    put(m, PO + CR, 1, RR | LVBIE); // the enable is not stored
    assert_int_equal(m->reports, 0);
    assert_int_equal(get(m, PO + CR, 1), IOCE | FEIE);
    assert_false(m->line);
    assert_int_equal(get(m, PO + BDBAR, 4), 0);
    assert_int_equal(get(m, PO + CIV, 4), 0x00010000);
    assert_int_equal(get(m, PO + PICB, 4), (IOCE | FEIE) << 24);
    play(m, 2, 480); // and starts with descriptor 0 again
    pass(m, frames(960));
    assert_heard(m, 500, 960, 1);
    power_off(m);
}

PS_TEST(engine_reset_while_running_is_reported, "AC-118")
{
    struct ps_device *m = ready();

    play(m, 2, 480);
    pass(m, frames(100));
    put(m, PO + CR, 1, RR);
    assert_int_equal(m->reports, 1);
    assert_string_equal(m->report, "AC-118");
    assert_false(m->remarked);
    assert_int_equal(sr(m, PO), DCH);
    play(m, 2, 480);
    put(m, PO + CR, 1, 0);
    put(m, PO + CR, 1, RR); // DCH has not come yet
    assert_int_equal(m->reports, 2);
    assert_true(m->remarked);
    put(m, PO + CR, 1, RR | RPBM);
    assert_int_equal(m->reports, 3);
    assert_false(m->remarked);
    assert_int_equal(get(m, PO + CR, 1) & RPBM, 0);
    pass(m, 100 * MILLISECOND);
    assert_int_equal(m->heard_count, 100);
    power_off(m);
}

// ---- FIFO errors --------------------------------------------------------------------------------

PS_TEST(late_memory_is_an_output_fifo_error, "AC-75", "AC-121")
{
    struct ps_device *m = ready();

    play(m, 2, 480);
    pass(m, frames(100));
    set_command(m, 1); // nobody answers for a while
    pass(m, frames(116) - frames(100));
    assert_int_equal(sr(m, PO), 0);
    pass(m, frames(117) - frames(116));
    assert_int_equal(sr(m, PO), FIFOE);
    assert_true(m->line);
    assert_int_equal(m->underruns, 1);
    pass(m, frames(150) - frames(117));
    assert_int_equal(m->refused, 0);
    set_command(m, 5);
    pass(m, frames(480));
    assert_heard(m, 0, 100, 1);
    assert_filler(m, 100, 34, 100);
    assert_heard(m, 134, 380, 101);
    assert_int_equal(m->underruns, 1);
    power_off(m);
}

PS_TEST(late_memory_is_an_input_fifo_error, "AC-121")
{
    struct ps_device *m = ready();

    describe(m, PI, 0, SOUND, 400);
    start(m, PI, 0);
    pass(m, frames(100));
    set_command(m, 1);
    pass(m, frames(150) - frames(100));
    assert_int_equal(sr(m, PI), FIFOE);
    assert_int_equal(m->underruns, 1);
    set_command(m, 5);
    pass(m, frames(234) - frames(150));
    assert_int_equal(sr(m, PI), DCH | CELV | LVBCI | FIFOE);
    for (int i = 0; i < 200; i++) // 16 were kept, 34 lost
        assert_int_equal(sample(m, SOUND + 4 * (uint32_t)i), i < 116 ? i + 1 : i + 35);
    power_off(m);
}

PS_TEST(paused_while_memory_is_late, "AC-115", "AC-121")
{
    struct ps_device *m = ready();

    describe(m, PI, 0, SOUND, 400);
    start(m, PI, 0);
    pass(m, frames(100));
    set_command(m, 1);
    pass(m, frames(150) - frames(100));
    put(m, PI + CR, 1, 0);
    assert_int_equal(m->arrived[0], 150); // the line has brought them, nobody has kept them
    pass(m, MILLISECOND);
    set_command(m, 5);
    put(m, PI + CR, 1, RPBM);
    pass(m, frames(100));
    for (int i = 0; i < 200; i++)
        assert_int_equal(sample(m, SOUND + 4 * (uint32_t)i), i < 100 ? i + 1 : i + 51);
    power_off(m);
}

PS_TEST(bus_error_halts, "AC-123")
{
    struct ps_device *m = ready();

    m->denied = SOUND + 4 * 300;
    m->denied_bytes = 4096;
    play(m, 2, 480);
    pass(m, frames(300));
    assert_int_equal(sr(m, PO), 0);
    pass(m, 2 * MILLISECOND);
    assert_int_equal(sr(m, PO), FIFOE | DCH);
    assert_int_equal(m->reports, 1);
    assert_string_equal(m->report, "AC-123");
    assert_int_equal(picb(m, PO), 2 * 180);
    assert_true(m->line);
    pass(m, 100 * MILLISECOND);
    sync(m);
    assert_heard(m, 0, 300, 1);
    assert_filler(m, 300, 1000, 300);
    assert_int_equal(m->reports, 1);
    assert_int_equal(m->underruns, 1);
    power_off(m);
}

PS_TEST(bus_error_on_a_descriptor, "AC-123")
{
    struct ps_device *m = ready();

    m->denied = LIST + 0x108;
    m->denied_bytes = 8;
    play(m, 2, 480); // descriptor 1 cannot be prefetched
    assert_int_equal(sr(m, PO), FIFOE | DCH);
    assert_string_equal(m->report, "AC-123");
    m->denied_bytes = 0;
    put(m, PO + CR, 1, 0);
    put(m, PO + CR, 1, RUN); // memory is back: tried again, nothing lost
    pass(m, frames(960));
    assert_heard(m, 0, 960, 1);
    power_off(m);
}

PS_TEST(bus_error_while_recording, "AC-123")
{
    struct ps_device *m = ready();

    m->denied = SOUND + 400;
    m->denied_bytes = 4096;
    describe(m, PI, 0, SOUND, 400);
    start(m, PI, 0);
    pass(m, 10 * MILLISECOND);
    assert_int_equal(sr(m, PI), FIFOE | DCH);
    assert_int_equal(sample(m, SOUND + 4 * 99), 100);
    assert_int_equal(sample(m, SOUND + 4 * 100), 0);
    power_off(m);
}

// ---- interrupts ---------------------------------------------------------------------------------

PS_TEST(line_rises_with_the_event, "AC-130", "AC-131")
{
    struct ps_device *m = ready();
    uint64_t begin = m->now;

    play(m, 3, 480);
    pass(m, frames(1000));
    assert_int_equal(m->rises, 1);
    assert_true(m->rose_at == begin + frames(480));
    assert_true(m->line);
    put(m, PO + SR, 2, BCIS);
    assert_false(m->line);
    pass(m, frames(1440) - frames(1000));
    assert_int_equal(m->rises, 2);
    put(m, PO + SR, 2, BCIS);
    assert_true(m->line); // LVBCI is left
    put(m, PO + SR, 2, LVBCI);
    assert_false(m->line);
    power_off(m);
}

PS_TEST(sync_raises_the_line_too, "AC-131")
{
    struct ps_device *m = ready();

    play(m, 2, 480);
    jump(m, frames(500));
    assert_false(m->line);
    sync(m);
    assert_true(m->line);
    power_off(m);
}

PS_TEST(each_event_has_its_enable, "AC-130", "AC-132", "AC-133")
{
    static const struct {
        uint32_t event, enable;
    } pairs[] = {{BCIS, IOCE}, {LVBCI, LVBIE}};
    struct ps_device *m = ready();

    play(m, 1, 480);
    put(m, PO + CR, 1, RPBM);
    pass(m, frames(480));
    assert_int_equal(sr(m, PO), DCH | CELV | LVBCI | BCIS); // set without enables
    assert_int_equal(get(m, GLOB_STA, 4), 0x100);
    assert_int_equal(m->rises, 0);
    for (unsigned i = 0; i < 2; i++) {
        put(m, PO + CR, 1, RPBM | pairs[i].enable);
        assert_true(m->line);
        assert_int_equal(get(m, GLOB_STA, 4), 0x140);
        put(m, PO + CR, 1, RPBM | (RUN & ~pairs[i].enable & ~1u & (i ? ~IOCE : ~LVBIE)));
        assert_false(m->line);
        put(m, PO + CR, 1, RPBM | pairs[i].enable);
        put(m, PO + SR, 2, pairs[i].event);
        assert_false(m->line);
    }
    power_off(m);
}

PS_TEST(fifo_error_has_its_enable, "AC-130", "AC-133")
{
    struct ps_device *m = ready();

    start(m, PO, 0);
    put(m, PO + CR, 1, 0);
    put(m, PO + CR, 1, RR);
    m->denied = MEMORY;
    m->denied_bytes = MEMORY_BYTES;
    start(m, PO, 0);
    assert_int_equal(sr(m, PO), FIFOE | DCH);
    assert_true(m->line);
    put(m, PO + CR, 1, RPBM | IOCE | LVBIE);
    assert_false(m->line);
    put(m, PO + CR, 1, RPBM | FEIE);
    assert_true(m->line);
    put(m, PO + SR, 2, FIFOE);
    assert_false(m->line);
    power_off(m);
}

PS_TEST(event_between_read_and_write_shows_in_civ_only, "AC-135")
{
    struct ps_device *m = ready();

    play(m, 4, 480);
    pass(m, frames(480));
    assert_int_equal(sr(m, PO), BCIS);
    assert_int_equal(civ(m, PO), 1);
    pass(m, frames(960) - frames(480)); // a second event before the bit is cleared
    put(m, PO + SR, 2, BCIS);
    assert_int_equal(sr(m, PO), 0);
    assert_int_equal(civ(m, PO), 2);
    power_off(m);
}

// Returns engine status bits, GLOB_STA style; 0: not ours.
static uint32_t service(struct ps_device *m)
{
    uint32_t status = get(m, GLOB_STA, 4) & 0xE0;

    for (unsigned i = 0; i < 3; i++)
        if (status & 0x20u << i)
            put(m, 0x10 * i + SR, 2, sr(m, 0x10 * i));
    return status;
}

PS_TEST(service_routine_order, "AC-134", "AC-136")
{
    struct ps_device *m = ready();

    assert_int_equal(service(m), 0);
    play(m, 1, 480);
    describe(m, PI, 0, SOUND + 0x8000, IOC | 960);
    start(m, PI, 0);
    pass(m, frames(480));
    assert_true(m->line);
    assert_int_equal(service(m), 0x60);
    assert_false(m->line);
    assert_int_equal(service(m), 0);
    power_off(m);
}

// ---- how software uses it -----------------------------------------------------------------------

static unsigned position(struct ps_device *m, unsigned buffer_bytes)
{
    uint32_t index, left;

    do {
        index = civ(m, PO);
        left = picb(m, PO);
    } while (index != civ(m, PO));
    return index * buffer_bytes + buffer_bytes - 2 * left;
}

PS_TEST(position_as_software_reads_it, "AC-124")
{
    struct ps_device *m = ready();
    uint64_t begin = m->now;

    play(m, 10, 480);
    for (unsigned f = 0; f < 4800; f += 37) {
        pass(m, begin + frames(f) - m->now);
        assert_int_equal(position(m, 1920), 4 * f);
    }
    pass(m, frames(4800));
    assert_int_equal(position(m, 1920), 4 * 4800);
    assert_int_equal(sr(m, PO) & CELV, CELV);
    power_off(m);
}

PS_TEST(a_steady_ring_never_ends, "AC-125")
{
    struct ps_device *m = ready();

    number(m, SOUND, 32 * 100, 1);
    for (unsigned i = 0; i < 32; i++)
        describe(m, PO, i, SOUND + 400 * i, IOC | 200);
    start(m, PO, 31);
    for (unsigned n = 0; n < 320; n++) {
        while (!m->line)
            pass(m, MILLISECOND);
        put(m, PO + SR, 2, BCIS);
        put(m, PO + LVI, 1, (civ(m, PO) + 31) % 32);
    }
    assert_int_equal(m->underruns, 0);
    for (unsigned lap = 0; lap < 9; lap++)
        assert_heard(m, lap * 3200, 3200, 1);
    assert_int_equal(m->rises, 320);
    power_off(m);
}

PS_TEST(lists_are_fetched_from_their_base, "AC-70", "AC-72")
{
    struct ps_device *m = ready();
    uint32_t words[2] = {SOUND, 20};

    number(m, SOUND, 10, 1);
    memcpy(at(m, LIST + 0x808 + 31 * 8), words, sizeof(words));
    put(m, PO + BDBAR, 4, LIST + 0x80F); // low bits are dropped
    put(m, PO + LVI, 1, 0xFF);           // 31
    put(m, PO + CR, 1, RPBM);
    pass(m, frames(10));
    assert_int_equal(civ(m, PO), 31);
    assert_int_equal(sr(m, PO), DCH | CELV | LVBCI);
    assert_heard(m, 0, 10, 1);
    power_off(m);
}
