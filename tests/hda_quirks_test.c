// SPDX-License-Identifier: MIT
//
// The HD Audio model as QEMU's device is (--machine sim:quirks=qemu). Each of these was seen on QEMU 7.2:
// tests/machine/machine_registers_test.c and machine_codec_test.c do the same on both.
#include "models/models.h"
#include "tests/hda_machine.h"
#include "tests/ps_test.h"

enum { GROUP = 1, DAC, LINE_OUT, ADC, LINE_IN }; // QEMU's nodes
enum { FRAMES = 480 };

static struct ps_device *quirky(void)
{
    struct ps_device *m = model_power_on_as(&hda_model, true);

    put(m, GCTL, 4, 1);
    run_frames(m, 26);
    return m;
}

PS_TEST(its_codec_is_another_graph, "HD-129")
{
    struct ps_device *m = quirky();

    assert_int_equal(parameter(m, 0, 0x00), 0x1AF40022);
    assert_int_equal(parameter(m, GROUP, 0x04), 0x00020004);
    assert_int_equal(parameter(m, DAC, 0x09) >> 20, 0);
    assert_int_equal(parameter(m, ADC, 0x09) >> 20, 1);
    assert_int_equal(parameter(m, DAC, 0x0A), 0x000201FC); // 16 bits, 16 to 96 kHz
    assert_int_equal(parameter(m, DAC, 0x0F), 0);          // no power states
    assert_int_equal(ask(m, verb12(LINE_OUT, 0xF02, 0)), DAC);
    assert_int_equal(ask(m, verb12(ADC, 0xF02, 0)), LINE_IN);
    assert_int_equal(ask(m, verb12(LINE_OUT, 0xF07, 0)), 0x40);
    assert_int_equal(ask(m, verb12(LINE_IN, 0xF07, 0)), 0x20);
    power_off(m);
}

PS_TEST(converters_keep_what_they_were_told, "HD-129")
{
    struct ps_device *m = quirky();

    ask(m, verb4(ADC, 0x2, 0x8011)); // whatever that is
    ask(m, verb12(LINE_OUT, 0x706, 0x41)); // no converter of its own: the DAC's
    ask(m, verb4(GROUP, 0x3, 0x3085)); // neither input nor output
    ask(m, verb12(LINE_OUT, 0x707, 0));
    ask(m, verb12(LINE_OUT, 0x71C, 0x55));
    ask(m, verb12(GROUP, 0x7FF, 0));
    put(m, GCTL, 4, 0);
    run_frames(m, 26);
    put(m, GCTL, 4, 1);
    run_frames(m, 26);
    assert_int_equal(ask(m, verb4(ADC, 0xA, 0)), 0x8011);
    assert_int_equal(ask(m, verb12(DAC, 0xF06, 0)), 0x41);
    assert_int_equal(ask(m, verb4(DAC, 0xB, 0x8000)), 0x85);
    assert_int_equal(ask(m, verb4(DAC, 0xB, 0x2007)), 0x85);
    assert_int_equal(ask(m, verb12(ADC, 0xF06, 0)), 0);
    assert_int_equal(ask(m, verb12(LINE_OUT, 0xF07, 0)), 0x40);
    assert_int_equal(ask(m, verb12(LINE_OUT, 0xF1C, 0)), 0x4010);
    power_off(m);
}

PS_TEST(nobody_answers_above_node_7f, "HD-129")
{
    struct ps_device *m = quirky();

    assert_int_equal(ask(m, verb12(0x7F, 0xF20, 0)), 0);
    put(m, ICS, 2, 2);
    put(m, ICW, 4, verb12(0x80, 0xF20, 0));
    put(m, ICS, 2, 1);
    run_frames(m, 10);
    assert_int_equal(get(m, ICS, 2) & 3, 1);
    power_off(m);
}

PS_TEST(its_levels_are_linear_and_wrap, "HD-129")
{
    static const uint8_t amps[] = {0x4A, 0x25, 0x01, 0x00, 0x4B, 0x7F, 0xCA};
    static const int parts[] = {255, 127, 3, 0, 2, 181, 0};

    for (unsigned i = 0; i < sizeof(amps); i++) {
        struct ps_device *m = quirky();

        number(m, SOUND, FRAMES, 25500);
        ask(m, verb4(DAC, 0x2, PCM_48_16));
        ask(m, verb12(DAC, 0x706, 0x10));
        ask(m, verb4(DAC, 0x3, 0xA04A));
        ask(m, verb4(DAC, 0x3, 0x9000u | amps[i]));
        describe(m, OUT0, 0, SOUND, 2 * FRAMES, 0);
        describe(m, OUT0, 1, SOUND + 2 * FRAMES, 2 * FRAMES, 0);
        start(m, OUT0, 2, PCM_48_16);
        pass(m, 11 * MILLISECOND);
        assert_true(m->heard_count > 0);
        assert_int_equal(m->heard[0].left, 25500);
        assert_int_equal(m->heard[0].right, -100 * parts[i]);
        power_off(m);
    }
}

// Two buffers of `bytes` each, of frames that count up; CBL as given.
static void play_list(struct ps_device *m, uint32_t bytes, uint32_t cbl)
{
    ask(m, verb4(DAC, 0x2, PCM_48_16));
    ask(m, verb12(DAC, 0x706, 0x10));
    number(m, SOUND, bytes / 2, 1);
    describe(m, OUT0, 0, SOUND, bytes, 0);
    describe(m, OUT0, 1, SOUND + bytes, bytes, IOC);
    put(m, OUT0 + CBL, 4, cbl);
    put(m, OUT0 + LVI, 2, 1);
    put(m, OUT0 + FMT, 2, PCM_48_16);
    put(m, OUT0 + BDPL, 4, list_of(OUT0));
    put(m, OUT0 + CTL + 2, 1, 0x10);
    put(m, OUT0 + CTL, 1, ENABLES | RUN);
    run_frames(m, 1);
}

PS_TEST(a_stream_moves_every_ten_milliseconds, "HD-72")
{
    static const struct { unsigned frames, bytes; } looks[] = {
        {479, 0}, {1, 4096}, {479, 4096}, {1, 5888}, {960, 9728}, {480, 11776}};
    struct ps_device *m = quirky();

    play_list(m, 9600, 19200);
    for (unsigned i = 0; i < sizeof(looks) / sizeof(*looks); i++) {
        run_frames(m, looks[i].frames);
        assert_int_equal(lpib(m, OUT0), looks[i].bytes);
        assert_int_equal(m->heard_count, looks[i].bytes / 4);
    }
    assert_int_equal(m->heard[2943].left, 2944);
    power_off(m);
}

PS_TEST(its_position_ends_with_the_list_or_stands_at_cbl, "HD-72")
{
    static const struct { uint32_t cbl, bytes; } ends[] = {{9600, 9600}, {9600 + 640, 9600 + 640}, {38400, 21248 - 19200}};

    for (unsigned i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        struct ps_device *m = quirky();

        play_list(m, 9600, ends[i].cbl);
        run_frames(m, 480 * 10);
        assert_int_equal(lpib(m, OUT0), ends[i].bytes);
        assert_int_equal(status(m, OUT0) & BCIS, ends[i].cbl == 38400 ? BCIS : 0);
        power_off(m);
    }
}

PS_TEST(no_descriptor_stops_it, "HD-72")
{
    struct ps_device *m = quirky();

    play_list(m, 1001, 2002);
    run_frames(m, 480);
    assert_int_equal(lpib(m, OUT0), 4096 % 2002);
    assert_int_equal(status(m, OUT0) & (FIFOE | DESE), 0);
    assert_true(get(m, OUT0 + CTL, 1) & RUN);
    power_off(m);
}

PS_TEST(each_start_is_at_the_first_entry, "HD-69", "HD-72")
{
    struct ps_device *m = quirky();

    play_list(m, 9600, 19200);
    run_frames(m, 4 * 480);
    put(m, OUT0 + CTL, 1, ENABLES);
    run_frames(m, 100);
    assert_int_equal(lpib(m, OUT0), 9728); // in the second
    put(m, OUT0 + CTL, 1, ENABLES | RUN);
    run_frames(m, 1);
    assert_int_equal(lpib(m, OUT0), 0);
    run_frames(m, 480);
    assert_int_equal(lpib(m, OUT0), 1792); // what lies behind the codec is filled already
    assert_int_equal(m->heard[2432].left, 1);
    power_off(m);
}

PS_TEST(recorded_sound_comes_in_pieces_of_256_bytes, "HD-72")
{
    struct ps_device *m = quirky();

    ask(m, verb4(ADC, 0x2, PCM_48_16));
    ask(m, verb12(ADC, 0x706, 0x20));
    describe(m, IN0, 0, SOUND, 9600, 0);
    describe(m, IN0, 1, SOUND + 9600, 9600, 0);
    start(m, IN0, 2, PCM_48_16);
    run_frames(m, 1);
    run_frames(m, 479);
    assert_int_equal(lpib(m, IN0), 0);
    run_frames(m, 1);
    assert_int_equal(lpib(m, IN0), 1792);
    run_frames(m, 480);
    assert_int_equal(lpib(m, IN0), 3840);
    power_off(m);
}
