// SPDX-License-Identifier: MIT
//
// The Sound Blaster 16's mixer: registers, selections, and what levels do to sound.
#include <math.h>

#include "ps_test.h"
#include "sb16_machine.h"

PS_TEST(registers_begin_as_listed_and_keep_what_is_there, "SB-72", "SB-75", "SB-77")
{
    static const struct {
        uint8_t first, last, value, mask;
    } rows[] = {{0x30, 0x35, 0xC0, 0xF8}, {0x36, 0x3A, 0x00, 0xF8}, {0x3B, 0x3B, 0x00, 0xC0},
                {0x3C, 0x3C, 0x1F, 0x1F}, {0x3D, 0x3D, 0x15, 0x7F}, {0x3E, 0x3E, 0x0B, 0x7F},
                {0x3F, 0x42, 0x00, 0xC0}, {0x43, 0x43, 0x00, 0x01}, {0x44, 0x47, 0x80, 0xF0}};
    struct ps_device *m = power_on();

    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        for (unsigned index = rows[i].first; index <= rows[i].last; index++) {
            assert_int_equal(mixer(m, index), rows[i].value);
            set_mixer(m, index, 0xFF);
            assert_int_equal(mixer(m, index), rows[i].mask);
            set_mixer(m, index, 0x00);
            assert_int_equal(mixer(m, index), 0x00);
        }
    for (unsigned index = 0x48; index < 0x80; index++) {
        set_mixer(m, index, 0x00);
        assert_int_equal(mixer(m, index), 0xFF);
    }
    assert_int_equal(mixer(m, 0x83), 0xFF);
    set_mixer(m, 0x82, 0x07);
    assert_int_equal(mixer(m, 0x82), 0x20); // read only
    power_off(m);
}

PS_TEST(index_zero_restores_all_but_the_selections, "SB-71", "SB-74")
{
    struct ps_device *m = power_on();

    set_mixer(m, 0x30, 0x08);
    set_mixer(m, 0x3D, 0x00);
    set_mixer(m, 0x80, 0x04);
    set_mixer(m, 0x81, 0x88);
    set_mixer(m, 0x00, 0x12);
    assert_int_equal(mixer(m, 0x30), 0xC0);
    assert_int_equal(mixer(m, 0x3D), 0x15);
    assert_int_equal(mixer(m, 0x80), 0xF4);
    assert_int_equal(mixer(m, 0x81), 0x88);
    power_off(m);
}

PS_TEST(old_registers_are_views_of_new_ones, "SB-73", "SB-72")
{
    static const uint8_t pairs[][2] = {
        {0x22, 0x30}, {0x04, 0x32}, {0x26, 0x34}, {0x28, 0x36}, {0x2E, 0x38}};
    struct ps_device *m = power_on();

    assert_int_equal(mixer(m, 0x22), 0xCC);
    assert_int_equal(mixer(m, 0x28), 0x00);
    for (unsigned i = 0; i < 5; i++) {
        set_mixer(m, pairs[i][0], 0x5A);
        assert_int_equal(mixer(m, pairs[i][1]), 0x58);
        assert_int_equal(mixer(m, pairs[i][1] + 1u), 0xA8);
        set_mixer(m, pairs[i][1], 0xF8);
        assert_int_equal(mixer(m, pairs[i][0]), 0xFA);
    }
    set_mixer(m, 0x0A, 0x05);
    assert_int_equal(mixer(m, 0x3A), 0xB8);
    assert_int_equal(mixer(m, 0x0A), 0x05);
    power_off(m);
}

PS_TEST(the_card_says_which_line_and_channels_it_has, "SB-1", "SB-72", "SB-74")
{
    struct ps_device *m = power_on();

    assert_int_equal(mixer(m, 0x80), 0xF2); // IRQ 5
    assert_int_equal(mixer(m, 0x81), 0x22); // DMA 1 and 5
    assert_int_equal(m->ops->isa->port, 0x220);
    assert_int_equal(m->ops->isa->interrupt, 5);
    set_mixer(m, 0x81, 0xFF);
    assert_int_equal(mixer(m, 0x81), 0xEB); // there is no channel 2 or 4
    assert_string_equal(m->report, "SB-74");
    m->reports = 0;
    set_mixer(m, 0x80, 0x06);
    assert_int_equal(m->reports, 1);
    set_mixer(m, 0x81, 0x81);
    assert_int_equal(m->reports, 1); // one of each kind is right
    power_off(m);
}

PS_TEST(another_line_interrupts_nobody_here, "SB-74")
{
    struct ps_device *m = ready();

    set_mixer(m, 0x80, 0x08);
    command(m, 0xF2);
    pass(m, 20000);
    assert_false(m->line);
    assert_int_equal(mixer(m, 0x82), 0x21);
    set_mixer(m, 0x80, 0x02);
    assert_true(m->line);
    power_off(m);
}

// ---- levels -------------------------------------------------------------------------------------

static int16_t heard_of(struct ps_device *m, int16_t sample, bool right)
{
    int16_t *to = samples_at(m, SOUND);

    for (unsigned i = 0; i < 20; i++)
        to[i] = sample;
    m->heard_count = 0;
    program(m, 5, 0x48, SOUND, 40);
    rate(m, 44100);
    start(m, 0xB2, 0x30, 20);
    pass(m, MILLISECOND);
    assert_int_equal(m->heard_count, 10);
    return right ? m->heard[3].right : m->heard[3].left;
}

static int expected(int sample, double decibels)
{
    return (int)lround(sample * pow(10, decibels / 20));
}

PS_TEST(voice_and_master_scale_what_is_played, "SB-72")
{
    struct ps_device *m = ready();

    assert_int_equal(heard_of(m, 12345, false), 12345); // 0 dB changes nothing
    for (unsigned level = 0; level < 32; level++) {
        double decibels = -62 + 2.0 * level;

        set_mixer(m, 0x32, level << 3);
        assert_in_range(heard_of(m, 20000, false) + 1, expected(20000, decibels),
                        expected(20000, decibels) + 2);
        assert_int_equal(heard_of(m, 20000, true), 20000);
    }
    set_mixer(m, 0x31, 0xC0); // -14 dB
    assert_in_range(heard_of(m, 20000, true) + 1, expected(20000, -14), expected(20000, -14) + 2);
    set_mixer(m, 0x33, 0xC0);
    assert_in_range(heard_of(m, 20000, true) + 1, expected(20000, -28), expected(20000, -28) + 2);
    set_mixer(m, 0x31, 0xF8);
    set_mixer(m, 0x33, 0xF8);
    set_mixer(m, 0x42, 0x40);
    assert_int_equal(heard_of(m, -1000, true), -2000);
    set_mixer(m, 0x42, 0xC0);
    assert_int_equal(heard_of(m, -1000, true), -8000);
    assert_int_equal(heard_of(m, -30000, true), -32768); // and saturates
    power_off(m);
}

// The microphone's frame n is (n + 1, -(n + 1)): here both sides after the input mixers.
static void record_one(struct ps_device *m, int16_t *left, int16_t *right)
{
    m->arrived[0] = 999;
    program(m, 5, 0x44, SOUND, 40);
    rate(m, 44100);
    start(m, 0xBA, 0x30, 2);
    pass(m, MILLISECOND);
    *left = samples_at(m, SOUND)[0];
    *right = samples_at(m, SOUND)[1];
}

PS_TEST(input_mixers_choose_and_scale_what_is_recorded, "SB-72")
{
    struct ps_device *m = ready();
    int16_t left, right;

    record_one(m, &left, &right);
    assert_int_equal(left, 1000); // as wired at first: left to left, right to right
    assert_int_equal(right, -1000);
    set_mixer(m, 0x3F, 0x80);
    record_one(m, &left, &right);
    assert_int_equal(left, 4000);
    assert_int_equal(right, -1000);
    set_mixer(m, 0x3E, 0x18); // both on the right
    record_one(m, &left, &right);
    assert_int_equal(right, 0);
    set_mixer(m, 0x3D, 0x08);
    record_one(m, &left, &right);
    assert_int_equal(left, -4000);
    set_mixer(m, 0x39, 0xF0);
    record_one(m, &left, &right);
    assert_in_range(left + 10000, 10000 - 3178, 10000 - 3176); // -2 dB
    set_mixer(m, 0x3D, 0x05);                                  // neither
    record_one(m, &left, &right);
    assert_int_equal(left, 0);
    power_off(m);
}
