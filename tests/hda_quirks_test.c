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
        pass(m, 10 * MILLISECOND);
        assert_true(m->heard_count > 0);
        assert_int_equal(m->heard[0].left, 25500);
        assert_int_equal(m->heard[0].right, -100 * parts[i]);
        power_off(m);
    }
}
