// SPDX-License-Identifier: MIT
//
// The AC'97 model's global registers, resets, and the decoding of the bus-master registers.
#include "tests/ac97_machine.h"
#include "tests/ps_test.h"

// ---- decoding -----------------------------------------------------------------------------------

PS_TEST(engine_registers_after_reset, "AC-65", "AC-100")
{
    struct ps_device *m = ready();

    for (uint32_t engine = PI; engine <= MC; engine += 0x10) {
        assert_int_equal(get(m, engine + BDBAR, 4), 0);
        assert_int_equal(get(m, engine + CIV, 4), 0x00010000);
        assert_int_equal(get(m, engine + PICB, 4), 0);
    }
    power_off(m);
}

PS_TEST(reads_in_any_natural_width, "AC-66", "AC-67")
{
    struct ps_device *m = ready();

    number(m, SOUND, 300, 1);
    for (unsigned i = 0; i < 6; i++)
        describe(m, PO, i, SOUND, 0x258);
    start(m, PO, 5);
    pass(m, frames(2 * 300 + 44));
    // BCIS never set, CIV 2, LVI 5, PIV 3, PICB 2 * 256 = 0x200, CR 0x1D
    assert_int_equal(get(m, PO + CIV, 4), 0x00000502);
    assert_int_equal(get(m, PO + CIV, 2), 0x0502);
    assert_int_equal(get(m, PO + CIV, 1), 0x02);
    assert_int_equal(get(m, PO + LVI, 1), 0x05);
    assert_int_equal(get(m, PO + SR, 2), 0x0000);
    assert_int_equal(get(m, PO + SR, 1), 0x00);
    assert_int_equal(get(m, PO + PICB, 4), 0x1D030200);
    assert_int_equal(get(m, PO + PICB, 2), 0x0200);
    assert_int_equal(get(m, PO + PICB + 1, 1), 0x02);
    assert_int_equal(get(m, PO + PIV, 2), 0x1D03);
    assert_int_equal(get(m, PO + PIV, 1), 0x03);
    assert_int_equal(get(m, PO + CR, 1), 0x1D);
    assert_int_equal(get(m, PO + BDBAR, 4), LIST + 0x100);
    assert_int_equal(get(m, PO + BDBAR + 2, 2), (LIST + 0x100) >> 16);
    assert_int_equal(get(m, GLOB_CNT, 1), 2);
    assert_int_equal(get(m, GLOB_STA + 1, 1), 1);
    assert_int_equal(m->reports, 0);
    power_off(m);
}

PS_TEST(reads_off_their_boundary, "AC-66")
{
    struct ps_device *m = ready();

    assert_int_equal(get(m, PO + LVI, 2), 0xFFFF);
    assert_string_equal(m->report, "AC-66");
    assert_int_equal(get(m, PO + 0x6, 4), 0xFFFFFFFF);
    assert_int_equal(get(m, 0x0C, 4), 0xFFFFFFFF); // nothing there
    assert_int_equal(get(m, 0x38, 1), 0xFF);
    assert_int_equal(m->reports, 2);
    power_off(m);
}

PS_TEST(writes_in_their_own_width_only, "AC-68")
{
    static const struct {
        uint32_t offset;
        unsigned width;
    } wrong[] = {{PO + BDBAR, 1}, {PO + BDBAR, 2}, {PO + CIV, 2},     {PO + CIV, 4},
                 {PO + SR, 4},    {PO + PICB, 4},  {PO + PIV, 2},     {PO + SR + 1, 1},
                 {GLOB_CNT, 1},   {GLOB_CNT, 2},   {GLOB_STA + 1, 1}, {GLOB_STA, 2}};
    struct ps_device *m = ready();

    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        put(m, wrong[i].offset, wrong[i].width, 0x1F1F1F1D);
        assert_int_equal(m->reports, i + 1);
        assert_string_equal(m->report, "AC-68");
    }
    assert_int_equal(get(m, PO + BDBAR, 4), 0);
    assert_int_equal(get(m, PO + CIV, 4), 0x00010000);
    assert_int_equal(get(m, PO + PICB, 4), 0);
    assert_int_equal(get(m, GLOB_CNT, 4), 2);
    assert_int_equal(get(m, GLOB_STA, 4), 0x100);
    power_off(m);
}

PS_TEST(writes_to_holes_are_ignored, "AC-66")
{
    struct ps_device *m = ready();

    put(m, PI + 0xC, 4, 0xFFFFFFFF);
    put(m, PO + 0xF, 1, 0xFF);
    put(m, 0x38, 4, 0xFFFFFFFF);
    assert_int_equal(m->reports, 0);
    assert_int_equal(get(m, PO + CIV, 4), 0x00010000);
    power_off(m);
}

PS_TEST(status_is_cleared_by_byte_or_word, "AC-66", "AC-68", "AC-134")
{
    struct ps_device *m = ready();

    play(m, 1, 10);
    pass(m, frames(10));
    assert_int_equal(sr(m, PO), DCH | CELV | LVBCI | BCIS);
    put(m, PO + SR, 1, 0);
    assert_int_equal(sr(m, PO), DCH | CELV | LVBCI | BCIS);
    put(m, PO + SR, 1, BCIS | DCH | CELV);
    assert_int_equal(sr(m, PO), DCH | CELV | LVBCI);
    put(m, PO + SR, 2, 0xFFFF);
    assert_int_equal(sr(m, PO), DCH | CELV);
    power_off(m);
}

PS_TEST(registers_hold_their_bits, "AC-70", "AC-71", "AC-72", "AC-73", "AC-75", "AC-76")
{
    struct ps_device *m = ready();

    put(m, PO + BDBAR, 4, 0xFFFFFFFF);
    assert_int_equal(get(m, PO + BDBAR, 4), 0xFFFFFFF8);
    put(m, PO + LVI, 1, 0xE5);
    assert_int_equal(get(m, PO + LVI, 1), 5);
    put(m, PO + CIV, 1, 7);
    put(m, PO + PIV, 1, 7);
    put(m, PO + PICB, 2, 7);
    put(m, PO + PICB + 1, 1, 7);
    assert_int_equal(civ(m, PO), 0);
    assert_int_equal(get(m, PO + PIV, 1), 0);
    assert_int_equal(picb(m, PO), 0);
    put(m, PO + CR, 1, 0xFC);
    assert_int_equal(get(m, PO + CR, 1), 0x1C);
    put(m, PO + SR, 2, 0xFFFF);
    assert_int_equal(sr(m, PO), DCH);
    assert_int_equal(m->reports, 0);
    power_off(m);
}

// ---- global registers ---------------------------------------------------------------------------

PS_TEST(global_control_bits, "AC-80", "AC-98", "AC-143")
{
    struct ps_device *m = power_on();

    assert_int_equal(get(m, GLOB_CNT, 4), 0);
    put(m, GLOB_CNT, 4, 0xFFFFFFF3);
    assert_int_equal(get(m, GLOB_CNT, 4), 0x33); // no warm reset, 6 channels, 20 bits, S/PDIF
    put(m, GLOB_CNT, 4, 2);
    assert_int_equal(get(m, GLOB_CNT, 4), 2);
    power_off(m);
}

PS_TEST(global_status_bits, "AC-81", "AC-82", "AC-83", "AC-85", "AC-98")
{
    struct ps_device *m = power_on();

    assert_int_equal(get(m, GLOB_STA, 4), 0);
    put(m, GLOB_STA, 4, 0xFFFFFFFF);
    assert_int_equal(get(m, GLOB_STA, 4), 0x30000); // scratch; no modem, two channels, 16 bits
    put(m, GLOB_CNT, 4, 2);
    pass(m, 5 * MILLISECOND);
    nam_read(m, 0x80);
    assert_int_equal(get(m, GLOB_STA, 4), 0x38100);
    put(m, GLOB_STA, 4, 0x10000); // RCS stays until cleared
    assert_int_equal(get(m, GLOB_STA, 4), 0x18100);
    put(m, GLOB_STA, 4, 0x8000);
    assert_int_equal(get(m, GLOB_STA, 4), 0x100);
    power_off(m);
}

PS_TEST(global_status_cannot_clear_an_engine, "AC-83", "AC-132")
{
    struct ps_device *m = ready();

    play(m, 1, 10);
    pass(m, frames(10));
    assert_int_equal(get(m, GLOB_STA, 4), 0x140);
    put(m, GLOB_STA, 4, 0xE0);
    assert_int_equal(get(m, GLOB_STA, 4), 0x140);
    assert_true(m->line);
    power_off(m);
}

// ---- cold reset, link off -----------------------------------------------------------------------

PS_TEST(power_on_is_cold_reset, "AC-82", "AC-140")
{
    struct ps_device *m = power_on();

    pass(m, 1000 * MILLISECOND);
    assert_int_equal(get(m, GLOB_STA, 4), 0);
    describe(m, PO, 0, SOUND, 20);
    start(m, PO, 0); // held in reset
    pass(m, 1000 * MILLISECOND);
    assert_int_equal(get(m, PO + BDBAR, 4), 0);
    assert_int_equal(get(m, PO + CR, 1), 0);
    assert_int_equal(m->heard_count, 0);
    power_off(m);
}

PS_TEST(cold_reset_resets_codec_and_engines, "AC-100", "AC-141", "AC-142")
{
    struct ps_device *m = ready();

    play(m, 3, 480);
    pass(m, frames(500));
    assert_true(m->line);
    put(m, GLOB_CNT, 4, 0);
    assert_false(m->line);
    assert_int_equal(get(m, GLOB_STA, 4), 0);
    pass(m, 1000);
    put(m, GLOB_CNT, 4, 2);
    assert_int_equal(m->reports, 0);
    pass(m, 5 * MILLISECOND - 1);
    assert_int_equal(get(m, GLOB_STA, 4), 0);
    pass(m, 1);
    assert_int_equal(get(m, GLOB_STA, 4), 0x100);
    assert_int_equal(nam_read(m, 0x02), 0x8000);
    assert_int_equal(nam_read(m, 0x18), 0x8808);
    assert_int_equal(get(m, PO + BDBAR, 4), 0);
    assert_int_equal(get(m, PO + CIV, 4), 0x00010000);
    assert_int_equal(get(m, PO + PICB, 4), 0);
    assert_int_equal(m->heard_count, 500);
    power_off(m);
}

PS_TEST(cold_reset_too_short, "AC-141")
{
    struct ps_device *m = ready();

    put(m, GLOB_CNT, 4, 0);
    pass(m, 999);
    put(m, GLOB_CNT, 4, 2);
    assert_string_equal(m->report, "AC-141");
    power_off(m);
}

PS_TEST(link_off_takes_codec_ready_away, "AC-80", "AC-84")
{
    struct ps_device *m = ready();

    pass(m, 100000 * MILLISECOND);
    assert_int_equal(get(m, GLOB_STA, 4), 0x100); // never falls by itself
    put(m, GLOB_CNT, 4, 0xA);
    assert_int_equal(get(m, GLOB_CNT, 4), 0xA);
    assert_int_equal(get(m, GLOB_STA, 4), 0);
    put(m, GLOB_CNT, 4, 2);
    pass(m, MILLISECOND);
    assert_int_equal(get(m, GLOB_STA, 4), 0x100);
    assert_int_equal(nam_read(m, 0x18), 0x0808);
    power_off(m);
}

PS_TEST(link_off_while_it_comes_up, "AC-84", "AC-142")
{
    struct ps_device *m = power_on();

    put(m, GLOB_CNT, 4, 2);
    pass(m, MILLISECOND);
    put(m, GLOB_CNT, 4, 0xA);
    pass(m, 100 * MILLISECOND);
    assert_int_equal(get(m, GLOB_STA, 4), 0);
    put(m, GLOB_CNT, 4, 2);
    pass(m, 5 * MILLISECOND);
    assert_int_equal(get(m, GLOB_STA, 4), 0x100);
    pass(m, 100 * MILLISECOND);
    assert_int_equal(nam_read(m, 0x26), 0x000F);
    power_off(m);
}

PS_TEST(engine_does_not_look_at_codec_ready, "AC-84", "AC-142")
{
    struct ps_device *m = power_on();

    put(m, GLOB_CNT, 4, 2);
    play(m, 2, 480);
    assert_int_equal(sr(m, PO), 0); // runs, but no frame moves before the link does
    assert_int_equal(picb(m, PO), 960);
    pass(m, 5 * MILLISECOND);
    assert_int_equal(picb(m, PO), 960);
    pass(m, frames(100));
    assert_int_equal(picb(m, PO), 760);
    assert_int_equal(m->heard_count, 100);
    power_off(m);
}

PS_TEST(cold_reset_ends_a_power_down, "AC-58")
{
    struct ps_device *m = ready();

    nam_write(m, 0x26, 0x1000);
    put(m, GLOB_CNT, 4, 0);
    pass(m, 1000);
    put(m, GLOB_CNT, 4, 2);
    pass(m, 105 * MILLISECOND);
    assert_int_equal(get(m, GLOB_STA, 4), 0x100);
    assert_int_equal(nam_read(m, 0x26), 0x000F);
    power_off(m);
}

PS_TEST(warm_reset_with_the_clock_running_is_ignored, "AC-144")
{
    struct ps_device *m = ready();

    put(m, GLOB_CNT, 4, 6);
    assert_int_equal(get(m, GLOB_CNT, 4), 2);
    assert_int_equal(get(m, GLOB_STA, 4), 0x100);
    power_off(m);
}

PS_TEST(link_off_ends_a_warm_reset, "AC-84", "AC-144")
{
    struct ps_device *m = ready();

    nam_write(m, 0x26, 0x1000);
    put(m, GLOB_CNT, 4, 6);
    put(m, GLOB_CNT, 4, 0xA);
    assert_int_equal(get(m, GLOB_CNT, 4), 0xA);
    put(m, GLOB_CNT, 4, 2); // still powered down
    pass(m, 100 * MILLISECOND);
    assert_int_equal(get(m, GLOB_STA, 4), 0);
    put(m, GLOB_CNT, 4, 6);
    pass(m, MILLISECOND);
    assert_int_equal(get(m, GLOB_STA, 4), 0x100);
    power_off(m);
}

PS_TEST(writing_the_same_control_again_delays_nothing, "AC-142", "AC-145")
{
    struct ps_device *m = power_on();

    put(m, GLOB_CNT, 4, 2);
    pass(m, 4 * MILLISECOND);
    put(m, GLOB_CNT, 4, 2);
    pass(m, MILLISECOND);
    assert_int_equal(get(m, GLOB_STA, 4), 0x100);
    power_off(m);
}

PS_TEST(engine_started_early_is_woken_with_the_link, "AC-84", "AC-142")
{
    struct ps_device *m = power_on();
    uint64_t begin = m->now;

    put(m, GLOB_CNT, 4, 2);
    play(m, 1, 48);
    pass(m, 10 * MILLISECOND);
    assert_true(m->line);
    assert_true(m->rose_at == begin + 6 * MILLISECOND);
    power_off(m);
}

PS_TEST(warm_reset_needs_the_cold_bit, "AC-144")
{
    struct ps_device *m = power_on();

    put(m, GLOB_CNT, 4, 4);
    assert_int_equal(get(m, GLOB_CNT, 4), 0);
    pass(m, 100 * MILLISECOND);
    assert_int_equal(get(m, GLOB_STA, 4), 0);
    power_off(m);
}

static void wait_for(struct ps_device *m, uint32_t offset, uint32_t mask, uint32_t value)
{
    for (unsigned i = 0; (get(m, offset, 4) & mask) != value; i++) {
        assert_in_range(i, 0, 1000);
        pass(m, MILLISECOND);
    }
}

static void bring_up(struct ps_device *m)
{
    uint32_t control = get(m, GLOB_CNT, 4);

    put(m, GLOB_CNT, 4, control & 2 ? control | 4 : control | 2);
    wait_for(m, GLOB_CNT, 4, 0);
    wait_for(m, GLOB_STA, 0x100, 0x100);
    nam_read(m, 0x00);
    for (unsigned i = 0; nam_read(m, 0x26) != 0x000F; i++) {
        assert_in_range(i, 0, 100);
        pass(m, MILLISECOND);
    }
    for (uint32_t engine = PI; engine <= MC; engine += 0x10) {
        put(m, engine + CR, 1, 0);
        put(m, engine + CR, 1, RR);
        assert_int_equal(get(m, engine + CR, 1), 0);
    }
}

PS_TEST(bringing_the_device_up_as_drivers_do, "AC-119", "AC-142", "AC-145", "AC-146")
{
    struct ps_device *m = power_on();

    bring_up(m);    // from cold
    bring_up(m);    // already up
    get(m, CAS, 1); // left taken
    nam_read(m, 0x00);
    nam_write(m, 0x26, 0x1000);
    bring_up(m); // from PR4
    assert_int_equal(get(m, CAS, 1), 0);
    assert_int_equal(m->reports, 0);
    power_off(m);
}
