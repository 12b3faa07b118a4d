// SPDX-License-Identifier: MIT
//
// The HD Audio model's controller: registers, resets, the codec's discovery, clocks, interrupts.
#include "tests/hda_machine.h"
#include "tests/ps_test.h"

// ---- registers ----------------------------------------------------------------------------------

static const struct {
    uint16_t offset;
    uint8_t width;
    uint32_t value;
} reset_values[] = {
    {0x00, 2, 0x4401}, {0x02, 1, 0x00},   {0x03, 1, 0x01},   {0x04, 2, 0x003C}, {0x06, 2, 0x001D},
    {0x08, 4, 1},      {0x0C, 2, 0},      {0x0E, 2, 0},      {0x10, 2, 0},      {0x12, 2, 0},
    {0x14, 4, 0},      {0x18, 2, 0x0030}, {0x1A, 2, 0x0018}, {0x20, 4, 0},      {0x24, 4, 0},
    {0x34, 4, 0},      {0x38, 4, 0},      {0x40, 4, 0},      {0x44, 4, 0},      {0x48, 2, 0},
    {0x4A, 2, 0},      {0x4C, 1, 0},      {0x4D, 1, 0},      {0x4E, 1, 0x42},   {0x50, 4, 0},
    {0x54, 4, 0},      {0x58, 2, 0},      {0x5A, 2, 0},      {0x5C, 1, 0},      {0x5D, 1, 0},
    {0x5E, 1, 0x42},   {0x60, 4, 0},      {0x64, 4, 0},      {0x68, 2, 0},      {0x70, 4, 0},
    {0x74, 4, 0},
};

static void assert_reset_values(struct ps_device *m)
{
    for (size_t i = 0; i < sizeof(reset_values) / sizeof(*reset_values); i++)
        assert_int_equal(get(m, reset_values[i].offset, reset_values[i].width),
                         reset_values[i].value);
    for (uint32_t sd = 0x80; sd < 0x180; sd += 0x20) {
        assert_int_equal(get(m, sd + CTL, 4), 0x00040000);
        assert_int_equal(get(m, sd + LPIB, 4), 0);
        assert_int_equal(get(m, sd + CBL, 4), 0);
        assert_int_equal(get(m, sd + LVI, 2), 0);
        assert_int_equal(get(m, sd + FIFOW, 2), 4);
        assert_int_equal(get(m, sd + FIFOS, 2), sd < OUT0 ? 0x77 : 0xBF);
        assert_int_equal(get(m, sd + FMT, 2), 0);
        assert_int_equal(get(m, sd + BDPL, 4), 0);
        assert_int_equal(get(m, sd + BDPU, 4), 0);
    }
}

PS_TEST(registers_have_their_reset_values, "HD-12", "HD-13", "HD-14", "HD-30", "HD-31")
{
    struct ps_device *m = awake();

    assert_reset_values(m);
    assert_int_equal(m->reports, 0);
    power_off(m);
}

PS_TEST(all_natural_widths_reach_registers, "HD-4")
{
    struct ps_device *m = awake();

    put(m, INTCTL, 4, 0xC00000FF);
    assert_int_equal(get(m, INTCTL + 3, 1), 0xC0);
    assert_int_equal(get(m, INTCTL, 1), 0xFF);
    put(m, INTCTL, 2, 0x0012);
    assert_int_equal(get(m, INTCTL, 4), 0xC0000012);
    put(m, INTCTL + 3, 1, 0x40);
    assert_int_equal(get(m, INTCTL, 4), 0x40000012);
    assert_int_equal(get(m, GCAP, 4), 0x01004401);
    put(m, CORBWP, 4, 0x00000007); // CORBWP and CORBRP at once
    assert_int_equal(get(m, CORBWP, 2), 7);
    assert_int_equal(m->reports, 0);
    assert_int_equal(get(m, INTCTL + 1, 2), 0xFFFF);
    assert_string_equal(m->report, "HD-4");
    put(m, INTCTL + 2, 4, 0);
    assert_int_equal(m->reports, 2);
    assert_int_equal(get(m, INTCTL, 4), 0x40000012);
    power_off(m);
}

PS_TEST(reserved_bits_stay_zero, "HD-26")
{
    static const struct {
        uint16_t offset;
        uint32_t kept;
    } registers[] = {
        {0x00, 0x01004401}, {0x04, 0x001D003C}, {0x0C, 0x00007FFF}, {0x14, 0},
        {0x20, 0xC00000FF}, {0x24, 0x00000000}, {0x28, 0},          {0x34, 0x000000FF},
        {0x40, 0xFFFFFF80}, {0x44, 0xFFFFFFFF}, {0x50, 0xFFFFFF80}, {0x70, 0xFFFFFF81},
        {0x7C, 0},          {0x180, 0},         {0x1000, 0},        {0x3FFC, 0},
    };
    struct ps_device *m = awake();

    for (size_t i = 0; i < sizeof(registers) / sizeof(*registers); i++) {
        put(m, registers[i].offset, 4, UINT32_MAX);
        assert_int_equal(get(m, registers[i].offset, 4), registers[i].kept);
    }
    put(m, OUT0 + FMT, 2, 0xFFFF);
    assert_int_equal(get(m, OUT0 + FMT, 2), 0x7F7F);
    put(m, OUT0 + BDPL, 4, UINT32_MAX);
    assert_int_equal(get(m, OUT0 + BDPL, 4), 0xFFFFFF80);
    put(m, OUT0 + LVI, 2, 0xFFFF);
    assert_int_equal(get(m, OUT0 + LVI, 2), 0xFF);
    power_off(m);
}

// ---- reset and discovery ------------------------------------------------------------------------

PS_TEST(the_codec_shows_itself_after_reset, "HD-21", "HD-90", "HD-92")
{
    struct ps_device *m = power_on();

    assert_int_equal(get(m, GCTL, 4), 0);
    put(m, GCTL, 4, 1);
    assert_int_equal(get(m, GCTL, 4), 0);
    run_frames(m, 1);
    assert_int_equal(get(m, GCTL, 4), 1);
    run_nearly(m, 10);
    assert_int_equal(get(m, STATESTS, 2), 0);
    pass(m, 1);
    assert_int_equal(get(m, STATESTS, 2), 1); // address 0, as the number of its line
    run_frames(m, 1000);
    put(m, STATESTS, 2, 0x7FFE);
    assert_int_equal(get(m, STATESTS, 2), 1);
    put(m, STATESTS, 2, 0x7FFF);
    assert_int_equal(get(m, STATESTS, 2), 0);
    put(m, GCTL, 4, 0);
    assert_int_equal(get(m, GCTL, 4), 1);
    run_frames(m, 1);
    assert_int_equal(get(m, GCTL, 4), 0);
    pass(m, 100000);
    put(m, GCTL, 4, 1);
    pass(m, 521000);
    assert_int_equal(get(m, STATESTS, 2), 1);
    assert_int_equal(m->reports, 0);
    power_off(m);
}

PS_TEST(a_bench_chooses_when_the_codec_appears, "HD-92", "HD-186")
{
    struct ps_device *m = power_on();

    inside(m)->options.codec_frames = 25;
    put(m, GCTL, 4, 1);
    run_frames(m, 25);
    assert_int_equal(get(m, STATESTS, 2), 0); // read too early
    run_frames(m, 1);
    assert_int_equal(get(m, STATESTS, 2), 1);
    power_off(m);
}

PS_TEST(an_early_verb_gets_no_response, "HD-92")
{
    struct ps_device *m = power_on();

    put(m, GCTL, 4, 1);
    run_frames(m, 2);
    put(m, ICW, 4, verb12(0, 0xF00, 0));
    put(m, ICS, 2, 1);
    run_frames(m, 100);
    assert_int_equal(get(m, ICS, 2), 1);
    power_off(m);
}

PS_TEST(registers_are_held_while_crst_is_0, "HD-16", "HD-17")
{
    struct ps_device *m = awake();

    put(m, GCTL, 4, 0x101);
    put(m, INTCTL, 4, 0xC00000FF);
    put(m, OUT0 + CBL, 4, 4096);
    put(m, CORBLBASE, 4, CORB_AT);
    put(m, WAKEEN, 2, 0x0005);
    put(m, GCTL, 4, 0);
    run_frames(m, 1);
    assert_int_equal(get(m, GCTL, 4), 0);
    assert_int_equal(get(m, INTCTL, 4), 0);
    assert_int_equal(get(m, WAKEEN, 2), 0x0005);
    put(m, INTCTL, 4, 0xC00000FF);
    put(m, OUT0 + CBL, 4, 4096);
    put(m, ICS, 2, 1);
    put(m, WAKEEN, 2, 0);
    put(m, GCTL, 4, 0x100); // still in reset
    put(m, GCTL, 4, 1);
    put(m, INTCTL, 4, 0xC00000FF); // before 1 is read
    run_frames(m, 1);
    assert_reset_values(m);
    run_frames(m, 10);
    assert_int_equal(get(m, STATESTS, 2), 1);
    put(m, GCTL, 4, 0);
    run_frames(m, 5);
    assert_int_equal(get(m, STATESTS, 2), 1); // survives
    put(m, STATESTS, 2, 1);
    assert_int_equal(get(m, STATESTS, 2), 0);
    power_off(m);
}

PS_TEST(reset_while_rings_run_is_a_violation, "HD-18")
{
    struct ps_device *m = awake();

    start_rings(m);
    put(m, GCTL, 4, 0);
    assert_int_equal(m->reports, 1);
    assert_string_equal(m->report, "HD-18");
    put(m, GCTL, 4, 1);
    run_frames(m, 30);
    assert_int_equal(get(m, CORBCTL, 1), 0);
    put(m, GCTL, 4, 0); // nothing runs now
    assert_int_equal(m->reports, 1);
    power_off(m);
}

PS_TEST(a_flush_ends_within_a_frame, "HD-19")
{
    struct ps_device *m = awake();

    put(m, DPLBASE, 4, SOUND);
    put(m, GCTL, 4, 3);
    assert_int_equal(get(m, GCTL, 4), 3);
    assert_int_equal(get(m, GSTS, 2), 0);
    run_frames(m, 1);
    assert_int_equal(get(m, GCTL, 4), 1);
    assert_int_equal(get(m, GSTS, 2), 2);
    put(m, GSTS, 2, 2);
    assert_int_equal(get(m, GSTS, 2), 0);
    assert_int_equal(m->reports, 0);
    power_off(m);
}

// ---- the wall clock -----------------------------------------------------------------------------

PS_TEST(the_wall_clock_counts_24_mhz, "HD-23")
{
    struct ps_device *m = power_on();
    uint32_t first, second;

    pass(m, MILLISECOND);
    assert_int_equal(get(m, WALCLK, 4), 0); // BCLK stands still
    put(m, GCTL, 4, 1);
    run_frames(m, 1);
    first = get(m, WALCLK, 4);
    pass(m, 1000 * MILLISECOND);
    second = get(m, WALCLK, 4);
    assert_int_equal(second - first, 24000000);
    assert_int_equal(get(m, 0x2030, 4), second);
    put(m, WALCLK, 4, 0);
    assert_int_equal(get(m, WALCLK, 4), second);
    put(m, GCTL, 4, 0);
    assert_int_equal(get(m, WALCLK, 4), second); // until CRST reads 0
    run_frames(m, 2);
    assert_int_equal(get(m, WALCLK, 4), 0);
    power_off(m);
}

PS_TEST(the_wall_clock_wraps_after_179_seconds, "HD-23", "HD-187")
{
    struct ps_device *m = awake();
    uint32_t before, after;

    pass(m, 178900 * MILLISECOND);
    before = get(m, WALCLK, 4);
    pass(m, 100 * MILLISECOND);
    after = get(m, WALCLK, 4);
    assert_true(after < before);
    assert_int_equal(after - before, 2400000); // modular differences
    power_off(m);
}

// ---- interrupts ---------------------------------------------------------------------------------

PS_TEST(a_codec_asks_for_an_interrupt_only_if_it_may, "HD-22", "HD-81", "HD-82", "HD-83")
{
    struct ps_device *m = power_on();

    put(m, GCTL, 4, 1);
    run_frames(m, 26);
    assert_int_equal(get(m, STATESTS, 2), 1);
    assert_int_equal(get(m, INTSTS, 4), 0); // WAKEEN is off
    put(m, WAKEEN, 2, 1);
    assert_int_equal(get(m, INTSTS, 4), GIE | CIE); // whatever INTCTL says
    assert_false(m->line);
    put(m, INTCTL, 4, CIE);
    assert_false(m->line);
    put(m, INTCTL, 4, GIE);
    assert_false(m->line);
    put(m, INTCTL, 4, GIE | CIE);
    assert_true(m->line);
    put(m, INTCTL, 4, GIE); // masked
    assert_false(m->line);
    put(m, INTCTL, 4, GIE | CIE);
    put(m, INTSTS, 4, GIE | CIE); // read-only, HD-84
    assert_true(m->line);
    put(m, STATESTS, 2, 1);
    assert_false(m->line);
    assert_int_equal(get(m, INTSTS, 4), 0);
    power_off(m);
}
