// SPDX-License-Identifier: MIT
//
// The AC'97 model as QEMU's device is (--machine sim:quirks=qemu). Each of these was seen on QEMU 7.2:
// tests/machine/machine_engine_test.c and machine_registers_test.c do the same on both.
#include "models/models.h"
#include "tests/ac97_machine.h"
#include "tests/ps_test.h"

enum { FULL = 480, FIRST = 1024 }; // frames of a buffer; that the engine moves first

static struct ps_device *quirky(void)
{
    struct ps_device *m = model_power_on_as(&ac97_model, true);

    put(m, GLOB_CNT, 4, 2);
    pass(m, MILLISECOND);
    nam_post(m, 0x02, 0x0000);
    nam_post(m, 0x18, 0x0808);
    number(m, SOUND, 32 * FULL, 1);
    return m;
}

static uint32_t nam(struct ps_device *m, uint32_t offset, unsigned width)
{
    return ac97_model.read(m, m->state, 0, offset, width);
}

static void buffer(struct ps_device *m, unsigned index, uint32_t flags)
{
    describe(m, PO, index, SOUND + 4 * FULL * index, flags | 2 * FULL);
}

static void run(struct ps_device *m, unsigned last, unsigned control)
{
    put(m, PO + BDBAR, 4, LIST + 0x10 * PO);
    put(m, PO + LVI, 1, last);
    put(m, PO + CR, 1, control);
}

// ---- registers ----------------------------------------------------------------------------------------

PS_TEST(most_of_the_mixer_is_not_there, "AC-25")
{
    static const uint8_t missing[] = {0x00, 0x04, 0x06, 0x0a, 0x0c, 0x0e, 0x10, 0x12, 0x14, 0x16, 0x1e, 0x20, 0x22};
    struct ps_device *m = quirky();

    for (unsigned i = 0; i < sizeof(missing); i++) {
        if (missing[i])
            nam_post(m, missing[i], 0xffff);
        assert_int_equal(nam_read(m, missing[i]), 0);
    }
    assert_int_equal(nam_read(m, 0x1c), 0x8808);
    assert_int_equal(nam_read(m, 0x2a), 0x0009);
    nam_post(m, 0x40, 0x1234); // unlisted
    assert_int_equal(nam_read(m, 0x40), 0x1234);
    nam_post(m, 0x26, 0xffff);
    assert_int_equal(nam_read(m, 0x26), 0x7fff);
    power_off(m);
}

PS_TEST(levels_have_six_and_five_bits_and_are_linear, "AC-33")
{
    struct ps_device *m = quirky();

    nam_post(m, 0x02, 0x3f20);
    assert_int_equal(nam_read(m, 0x02), 0x3f20);
    nam_post(m, 0x02, 0x2000); // left: 255 - 255 * 32 / 63 = 126 of 255
    number(m, SOUND, FULL, 25500);
    buffer(m, 0, 0);
    run(m, 0, RPBM);
    pass(m, 20 * MILLISECOND);
    assert_int_equal(m->heard[0].left, 25500 * 126 / 255);
    assert_int_equal(m->heard[0].right, -25500);
    nam_post(m, 0x02, 0);
    nam_post(m, 0x18, 0x0818); // right: 255 - 255 * 16 / 31 = 124
    m->heard_count = 0;
    put(m, PO + CR, 1, 0);
    put(m, PO + CR, 1, RR);
    run(m, 0, RPBM);
    pass(m, 20 * MILLISECOND);
    assert_int_equal(m->heard[0].left, 25500);
    assert_int_equal(m->heard[0].right, -25500 * 124 / 255);
    nam_post(m, 0x18, 0x8808);
    m->heard_count = 0;
    put(m, PO + CR, 1, 0);
    put(m, PO + CR, 1, RR);
    run(m, 0, RPBM);
    pass(m, 20 * MILLISECOND);
    assert_int_equal(m->heard[0].left | m->heard[0].right, 0);
    power_off(m);
}

PS_TEST(every_record_gain_is_full_scale, "AC-33")
{
    static const uint16_t gains[] = {0x0000, 0x0f0f, 0x8000};
    struct ps_device *m = quirky();
    const int16_t *taken = at(m, SOUND);

    for (unsigned i = 0; i < 3; i++) {
        nam_post(m, 0x1c, gains[i]);
        describe(m, PI, 0, SOUND, 2 * FULL);
        put(m, PI + CR, 1, 0);
        put(m, PI + CR, 1, RR);
        start(m, PI, 0);
        pass(m, 20 * MILLISECOND);
        for (unsigned frame = 0; frame < FULL; frame++)
            assert_int_equal(taken[2 * frame], gains[i] == 0x8000 ? 0 : taken[0] + (int)frame);
        assert_int_equal(taken[0] != 0, gains[i] != 0x8000);
    }
    power_off(m);
}

PS_TEST(any_rate_is_read_back, "AC-48")
{
    static const uint16_t rates[] = {1, 4000, 7999, 48001, 65535, 0};
    struct ps_device *m = quirky();

    for (unsigned i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
        nam_post(m, 0x2c, rates[i]);
        assert_int_equal(nam_read(m, 0x2c), rates[i]);
    }
    power_off(m);
}

PS_TEST(a_rate_of_0_stops_an_engine_until_it_is_started_anew, "AC-48")
{
    struct ps_device *m = quirky();

    for (unsigned i = 0; i < 6; i++)
        buffer(m, i, 0);
    run(m, 5, RPBM);
    pass(m, 15 * MILLISECOND);
    nam_post(m, 0x2c, 0);
    pass(m, 100 * MILLISECOND);
    assert_int_equal(m->fetched_count, FIRST); // in the third buffer
    nam_post(m, 0x2c, 48000);
    pass(m, 100 * MILLISECOND);
    assert_int_equal(m->fetched_count, FIRST);
    put(m, PO + CR, 1, RPBM); // and takes the next buffer
    pass(m, 100 * MILLISECOND);
    assert_int_equal(m->fetched_count, FIRST + 3 * FULL);
    power_off(m);
}

PS_TEST(only_some_widths_answer, "AC-69")
{
    struct ps_device *m = quirky();

    assert_int_equal(get(m, PO + CIV, 1), 0);
    assert_int_equal(get(m, PO + CIV, 2), 0xffff);
    assert_int_equal(get(m, PO + PICB, 1), 0xff);
    assert_int_equal(get(m, PO + PICB, 2), 0);
    assert_int_equal(get(m, PO + PIV, 2), 0xffff);
    assert_int_equal(get(m, PO + SR, 1), DCH);
    assert_int_equal(get(m, PO + SR, 2), DCH);
    assert_int_equal(get(m, PO + CIV, 4), (uint32_t)DCH << 16);
    assert_int_equal(get(m, PO + BDBAR, 2), 0xffff);
    assert_int_equal(get(m, GLOB_STA, 2), 0xffff);
    assert_int_equal(get(m, GLOB_STA, 4), 0x100);
    power_off(m);
}

PS_TEST(every_access_lets_the_semaphore_go_at_once, "AC-156")
{
    static const uint8_t widths[] = {1, 2, 4};
    struct ps_device *m = quirky();

    for (unsigned i = 0; i < 3; i++) {
        nam(m, 0x02, 2);
        assert_int_equal(get(m, CAS, 1), 0);
        assert_int_equal(get(m, CAS, 1), 1);
        nam(m, 0x02, widths[i]);
        assert_int_equal(get(m, CAS, 1), 0);
        ac97_model.write(m, m->state, 0, 0x40, widths[i], 0x01010202);
        assert_int_equal(get(m, CAS, 1), 0);
    }
    assert_int_equal(nam(m, 0x40, 1), 0xff);
    assert_int_equal(nam(m, 0x40, 4), 0x01010202);
    power_off(m);
}

// ---- engines ------------------------------------------------------------------------------------------

PS_TEST(nothing_is_said_of_a_buffer_without_samples, "AC-94")
{
    struct ps_device *m = quirky();

    describe(m, PO, 0, SOUND, IOC);
    buffer(m, 1, 0);
    describe(m, PO, 2, SOUND, IOC);
    run(m, 2, RPBM | IOCE | LVBIE);
    pass(m, 100 * MILLISECOND);
    assert_int_equal(sr(m, PO), DCH); // neither BCIS nor LVBCI nor CELV
    assert_int_equal(civ(m, PO), 2);
    assert_false(m->line);
    power_off(m);
}

PS_TEST(addresses_are_those_of_whole_frames, "AC-94")
{
    struct ps_device *m = quirky();

    describe(m, PO, 0, SOUND + 2, 2 * FULL);
    run(m, 0, RPBM);
    pass(m, 15 * MILLISECOND);
    assert_int_equal(m->heard[0].left, 1);
    assert_int_equal(m->heard[0].right, -1);
    power_off(m);
}

static void end_with(uint32_t flags, int16_t filling)
{
    struct ps_device *m = quirky();

    buffer(m, 0, flags);
    run(m, 0, RPBM);
    pass(m, 20 * MILLISECOND);
    assert_int_equal(m->fetched_count, FULL);
    assert_int_equal(m->heard[m->heard_count - 1].left, filling);
    power_off(m);
}

PS_TEST(bup_repeats_the_last_frame, "AC-109")
{
    end_with(BUP, FULL);
    end_with(0, 0);
}

PS_TEST(each_start_and_each_control_write_takes_the_next_buffer, "AC-114", "AC-117")
{
    struct ps_device *m = quirky();

    for (unsigned i = 0; i < 8; i++)
        buffer(m, i, 0);
    run(m, 3, RPBM);
    pass(m, MILLISECOND);
    put(m, PO + CR, 1, 0);
    put(m, PO + CR, 1, RPBM);
    assert_int_equal(civ(m, PO), 1);
    put(m, PO + CR, 1, RPBM);
    assert_int_equal(civ(m, PO), 2);
    pass(m, 100 * MILLISECOND);
    assert_int_equal(sr(m, PO), DCH | CELV | LVBCI);
    assert_int_equal(civ(m, PO), 3);
    put(m, PO + CR, 1, RPBM); // past the last
    assert_int_equal(civ(m, PO), 4);
    assert_int_equal(sr(m, PO), CELV | LVBCI);
    power_off(m);
}

PS_TEST(an_engine_moves_every_ten_milliseconds, "AC-124")
{
    static const struct { unsigned ms, moved; } looks[] = {
        {9, 0}, {1, FIRST}, {9, FIRST}, {1, FIRST + 480}, {25, FIRST + 3 * 480}, {5, FIRST + 4 * 480}};
    struct ps_device *m = quirky();

    for (unsigned i = 0; i < 32; i++)
        buffer(m, i, 0);
    run(m, 31, RPBM);
    for (unsigned i = 0; i < sizeof(looks) / sizeof(*looks); i++) {
        pass(m, looks[i].ms * MILLISECOND);
        assert_int_equal(civ(m, PO) * FULL + FULL - picb(m, PO) / 2, looks[i].moved);
    }
    pass(m, 5 * MILLISECOND);
    put(m, PO + CR, 1, 0); // what passed since is not moved
    assert_int_equal(m->fetched_count, FIRST + 4 * 480);
    power_off(m);
}

PS_TEST(a_request_is_decided_when_its_event_happens, "AC-138")
{
    struct ps_device *m = quirky();

    buffer(m, 0, IOC);
    run(m, 0, RPBM | IOCE);
    pass(m, 20 * MILLISECOND);
    put(m, PO + SR, 2, BCIS);
    assert_true(m->line); // LVBCI is left, though nobody enabled it
    put(m, PO + SR, 2, LVBCI);
    assert_false(m->line);
    put(m, PO + CR, 1, 0);
    put(m, PO + CR, 1, RR);
    run(m, 0, RPBM);
    pass(m, 20 * MILLISECOND);
    put(m, PO + CR, 1, IOCE | LVBIE);
    assert_false(m->line); // enabled too late
    power_off(m);
}

PS_TEST(the_line_falls_with_any_engine, "AC-138")
{
    struct ps_device *m = quirky();

    describe(m, PI, 0, SOUND, IOC | 2 * FULL);
    start(m, PI, 0);
    buffer(m, 0, IOC);
    run(m, 0, RPBM | IOCE);
    pass(m, 20 * MILLISECOND);
    assert_true(m->line);
    put(m, PO + SR, 2, BCIS | LVBCI);
    assert_false(m->line); // though PI still asks
    assert_int_equal(get(m, GLOB_STA, 4), 0x120);
    power_off(m);
}

PS_TEST(starvation_is_no_event, "AC-121", "AC-138")
{
    struct ps_device *m = quirky();

    buffer(m, 0, 0);
    run(m, 1, RPBM | FEIE);
    m->bus_master = false;
    pass(m, 20 * MILLISECOND);
    assert_int_equal(sr(m, PO) & FIFOE, 0);
    assert_false(m->line);
    power_off(m);
}
