// SPDX-License-Identifier: MIT
//
// The AC'97 model's DMA engines at the last valid buffer: halting, starving, a new last one.
#include "tests/ac97_machine.h"
#include "tests/ps_test.h"

PS_TEST(halts_after_the_last_valid_buffer, "AC-75", "AC-107")
{
    struct ps_device *m = ready();

    play(m, 2, 480);
    pass(m, frames(960) - 1);
    assert_int_equal(sr(m, PO), BCIS);
    pass(m, 1);
    assert_int_equal(sr(m, PO), DCH | CELV | LVBCI | BCIS);
    assert_int_equal(civ(m, PO), 1);
    assert_int_equal(get(m, PO + PIV, 1), 2);
    assert_int_equal(picb(m, PO), 0);
    assert_int_equal(get(m, PO + CR, 1), RUN);
    power_off(m);
}

PS_TEST(starving_repeats_the_last_frame, "AC-104", "AC-106", "AC-108")
{
    struct ps_device *m = ready();

    play(m, 1, 480);
    pass(m, frames(480 + 16)); // the FIFO still has something to say
    sync(m);
    assert_int_equal(m->heard_count, 480);
    assert_int_equal(m->underruns, 0);
    pass(m, frames(480 + 17) - frames(480 + 16));
    assert_int_equal(m->underruns, 1);
    assert_true(m->underrun_at == m->now);
    pass(m, frames(1000) - frames(480 + 17));
    sync(m);
    assert_int_equal(m->heard_count, 1000 - 16);
    assert_filler(m, 480, 504, 480);
    assert_int_equal(m->underruns, 1);
    assert_int_equal(sr(m, PO) & FIFOE, 0);
    power_off(m);
}

PS_TEST(starving_with_bup_gives_zeros, "AC-90", "AC-108")
{
    struct ps_device *m = ready();

    number(m, SOUND, 480, 1);
    describe(m, PO, 0, SOUND, BUP | 960);
    start(m, PO, 0);
    pass(m, frames(600));
    sync(m);
    assert_int_equal(m->heard_count, 584);
    assert_filler(m, 480, 104, 0);
    assert_int_equal(m->underruns, 1);
    power_off(m);
}

PS_TEST(starving_repeats_both_channels, "AC-108")
{
    struct ps_device *m = ready();
    int16_t frame[2] = {0, 7};

    memcpy(at(m, SOUND), frame, sizeof(frame));
    describe(m, PO, 0, SOUND, 2);
    start(m, PO, 0);
    pass(m, frames(1000));
    sync(m);
    assert_int_equal(m->heard_count, 984);
    assert_int_equal(m->heard[983].left, 0);
    assert_int_equal(m->heard[983].right, 7);
    assert_false(m->heard[983].fetched);
    power_off(m);
}

PS_TEST(starving_ends_with_the_run_bit, "AC-108", "AC-115")
{
    struct ps_device *m = ready();

    play(m, 1, 480);
    pass(m, frames(500));
    put(m, PO + CR, 1, 0);
    pass(m, 1000 * MILLISECOND);
    sync(m);
    assert_int_equal(m->heard_count, 484);
    assert_true(m->wake_at == PS_NEVER);
    power_off(m);
}

PS_TEST(a_starving_device_asks_for_no_more_deadlines, "AC-108")
{
    struct ps_device *m = ready();

    play(m, 1, 480);
    pass(m, frames(1000));
    assert_true(m->wake_at == PS_NEVER);
    power_off(m);
}

PS_TEST(input_halted_at_the_last_buffer_drops_samples, "AC-108")
{
    struct ps_device *m = ready();

    describe(m, PI, 0, SOUND, 200);
    describe(m, PI, 1, SOUND + 400, 200);
    start(m, PI, 0);
    pass(m, frames(101));
    assert_int_equal(m->underruns, 1);
    pass(m, frames(130) - frames(101));
    assert_int_equal(sr(m, PI), DCH | CELV | LVBCI);
    put(m, PI + LVI, 1, 1);
    pass(m, frames(230) - frames(130));
    assert_int_equal(sample(m, SOUND + 4 * 99), 100);
    assert_int_equal(sample(m, SOUND + 400), 131);
    assert_int_equal(sample(m, SOUND + 400 + 4 * 99), 230);
    assert_int_equal(m->underruns, 1);
    power_off(m);
}

PS_TEST(new_lvi_goes_on_at_once, "AC-75", "AC-110")
{
    struct ps_device *m = ready();

    play(m, 3, 480);
    put(m, PO + LVI, 1, 1);
    pass(m, frames(970)); // halted, the FIFO not yet empty
    put(m, PO + LVI, 1, 2);
    assert_int_equal(sr(m, PO), LVBCI | BCIS); // events stay
    assert_int_equal(civ(m, PO), 2);
    assert_int_equal(get(m, PO + PIV, 1), 3);
    pass(m, frames(1440) - frames(970));
    assert_heard(m, 0, 1440, 1);
    assert_int_equal(m->heard_count, 1440);
    assert_int_equal(m->underruns, 0);
    power_off(m);
}

PS_TEST(each_starvation_is_told_once, "AC-108", "AC-110")
{
    struct ps_device *m = ready();

    play(m, 3, 480);
    put(m, PO + LVI, 1, 0);
    pass(m, frames(580));
    put(m, PO + LVI, 1, 1); // 84 frames of filler, then 16 at once to fill the FIFO
    pass(m, frames(1200) - frames(580));
    assert_int_equal(m->underruns, 2);
    sync(m);
    assert_heard(m, 0, 480, 1);
    assert_filler(m, 480, 84, 480);
    assert_heard(m, 564, 480, 481);
    assert_filler(m, 1044, 1200 - 16 - 1044, 960);
    assert_int_equal(m->heard_count, 1200 - 16);
    power_off(m);
}

PS_TEST(same_lvi_again_runs_the_whole_ring, "AC-111")
{
    struct ps_device *m = ready();

    number(m, SOUND, 320, 1);
    for (unsigned i = 0; i < 32; i++)
        describe(m, PO, i, SOUND + 40 * i, 20);
    start(m, PO, 0);
    pass(m, frames(10));
    assert_int_equal(sr(m, PO), DCH | CELV | LVBCI);
    put(m, PO + LVI, 1, 0);
    pass(m, frames(330) - frames(10) - 1);
    assert_int_equal(civ(m, PO), 0);
    assert_int_equal(sr(m, PO), LVBCI);
    pass(m, 1);
    assert_int_equal(sr(m, PO), DCH | CELV | LVBCI);
    assert_heard(m, 10, 310, 11);
    assert_heard(m, 320, 10, 1);
    power_off(m);
}

PS_TEST(lvi_is_compared_when_a_buffer_ends, "AC-112")
{
    struct ps_device *m = ready();

    play(m, 4, 480);
    pass(m, frames(600));
    put(m, PO + LVI, 1, 1); // the current one
    assert_int_equal(civ(m, PO), 1);
    pass(m, frames(960) - frames(600));
    assert_int_equal(sr(m, PO), DCH | CELV | LVBCI | BCIS);
    assert_int_equal(civ(m, PO), 1);
    power_off(m);
}

PS_TEST(lvi_written_while_stopped_resumes_later, "AC-113")
{
    struct ps_device *m = ready();

    play(m, 2, 480);
    put(m, PO + LVI, 1, 0);
    pass(m, frames(480));
    put(m, PO + CR, 1, 0);
    put(m, PO + LVI, 1, 1);
    assert_int_equal(sr(m, PO), DCH | LVBCI | BCIS);
    assert_int_equal(civ(m, PO), 0);
    pass(m, 100 * MILLISECOND);
    assert_int_equal(m->heard_count, 480);
    put(m, PO + CR, 1, RPBM);
    assert_int_equal(sr(m, PO), LVBCI | BCIS);
    assert_int_equal(civ(m, PO), 1);
    pass(m, frames(480));
    assert_heard(m, 0, 960, 1);
    power_off(m);
}

PS_TEST(started_again_at_the_end_stays_halted, "AC-114")
{
    struct ps_device *m = ready();

    play(m, 1, 480);
    pass(m, frames(480));
    put(m, PO + CR, 1, 0);
    put(m, PO + SR, 2, 0x1C);
    put(m, PO + CR, 1, RUN);
    pass(m, 10 * MILLISECOND);
    assert_int_equal(sr(m, PO), DCH | CELV);
    assert_int_equal(civ(m, PO), 0);
    assert_false(m->line);
    assert_int_equal(m->underruns, 1); // the link starves all the same
    power_off(m);
}
