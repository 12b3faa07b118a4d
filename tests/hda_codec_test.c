// SPDX-License-Identifier: MIT
//
// The HD Audio model's codec: its tree of nodes and their verbs.
#include "tests/hda_machine.h"
#include "tests/ps_test.h"

// ---- the tree -----------------------------------------------------------------------------------

PS_TEST(a_walk_through_the_tree, "HD-140", "HD-141", "HD-149", "HD-170", "HD-171", "HD-142")
{
    struct ps_device *m = awake();
    uint32_t groups = parameter(m, 0, 4), widgets;
    unsigned types[HDA_NODES] = {0};

    assert_int_equal(parameter(m, 0, 0), 0xFFFE0001);
    assert_int_equal(parameter(m, 0, 2), 0x00100100);
    assert_int_equal(groups, 0x00010001);
    assert_int_equal(parameter(m, groups >> 16, 5), 0x101); // audio
    widgets = parameter(m, groups >> 16, 4);
    assert_int_equal(widgets, 0x00020004);
    for (unsigned i = 0; i < 4; i++)
        types[2 + i] = parameter(m, (widgets >> 16) + i, 9) >> 20 & 15;
    assert_int_equal(types[HDA_DAC], 0);
    assert_int_equal(types[HDA_ADC], 1);
    assert_int_equal(types[HDA_LINE_OUT], 4);
    assert_int_equal(types[HDA_LINE_IN], 4);
    assert_int_equal(parameter(m, HDA_LINE_OUT, 0x0E), 1); // from sink to source
    assert_int_equal(ask(m, verb12(HDA_LINE_OUT, 0xF02, 0)), HDA_DAC);
    assert_int_equal(parameter(m, HDA_ADC, 0x0E), 1);
    assert_int_equal(ask(m, verb12(HDA_ADC, 0xF02, 0)), HDA_LINE_IN);
    power_off(m);
}

PS_TEST(every_parameter, "HD-124", "HD-143", "HD-144", "HD-145", "HD-146", "HD-147", "HD-148",
        "HD-170")
{
    static const struct {
        uint8_t node, id;
        uint32_t value;
    } expected[] = {
        {1, 0x04, 0x00020004}, {1, 0x05, 0x00000101}, {1, 0x08, 0},          {1, 0x0A, 0x000E0160},
        {1, 0x0B, 1},          {1, 0x0D, 0},          {1, 0x0F, 0x80000009}, {1, 0x11, 0},
        {1, 0x12, 0},          {2, 0x09, 0x0000041D}, {2, 0x0A, 0x000E0160}, {2, 0x0B, 1},
        {2, 0x0F, 0x80000009}, {2, 0x12, 0x80034040}, {3, 0x09, 0x0010051B}, {3, 0x0A, 0x000E0160},
        {3, 0x0B, 1},          {3, 0x0D, 0x80051708}, {3, 0x0E, 1},          {3, 0x0F, 0x80000009},
        {4, 0x09, 0x00400581}, {4, 0x0C, 0x00010014}, {4, 0x0E, 1},          {4, 0x0F, 0x80000009},
        {5, 0x09, 0x00400481}, {5, 0x0C, 0x00000024}, {5, 0x0E, 0},          {5, 0x0F, 0x80000009},
    };
    struct ps_device *m = awake();

    for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++)
        assert_int_equal(parameter(m, expected[i].node, expected[i].id), expected[i].value);
    power_off(m);
}

PS_TEST(unknown_things_answer_0, "HD-121", "HD-178", "HD-120")
{
    struct ps_device *m = awake();

    for (unsigned node = 6; node < 128; node++)
        assert_int_equal(parameter(m, node, 9), 0);
    for (unsigned id = 0x13; id < 256; id++)
        assert_int_equal(parameter(m, HDA_DAC, id), 0);
    assert_int_equal(ask(m, verb12(HDA_DAC, 0xFFE, 0)), 0);
    assert_int_equal(ask(m, verb4(HDA_DAC, 0xC, 0)), 0);
    assert_int_equal(ask(m, verb12(HDA_DAC, 0xF07, 0)), 0); // no pin
    assert_int_equal(ask(m, verb12(HDA_LINE_IN, 0xF06, 0)), 0);
    assert_int_equal(ask(m, verb4(HDA_LINE_IN, 0xA, 0)), 0);
    assert_int_equal(ask(m, 1u << 27 | verb12(0, 0xF00, 0)), 0); // indirect
    assert_int_equal(ask(m, verb12(HDA_DAC, 0xF24, 0)), 0);
    power_off(m);
}

// ---- state after reset --------------------------------------------------------------------------

PS_TEST(the_codec_wakes_up_silent, "HD-173", "HD-131", "HD-172")
{
    struct ps_device *m = awake();

    for (unsigned node = HDA_AFG; node < HDA_NODES; node++)
        assert_int_equal(ask(m, verb12(node, 0xF05, 0)), 0x433);
    for (unsigned node = HDA_DAC; node <= HDA_ADC; node++) {
        assert_int_equal(ask(m, verb12(node, 0xF06, 0)), 0);
        assert_int_equal(ask(m, verb4(node, 0xA, 0)), 0x0011);
    }
    assert_int_equal(ask(m, verb4(HDA_DAC, 0xB, 0xA000)), 0xC0);
    assert_int_equal(ask(m, verb4(HDA_DAC, 0xB, 0x8000)), 0xC0);
    assert_int_equal(ask(m, verb4(HDA_ADC, 0xB, 0x2000)), 0x88);
    assert_int_equal(ask(m, verb12(HDA_LINE_OUT, 0xF07, 0)), 0);
    assert_int_equal(ask(m, verb12(HDA_LINE_IN, 0xF07, 0)), 0);
    assert_int_equal(ask(m, verb12(HDA_LINE_OUT, 0xF0C, 0)), 2);
    assert_int_equal(ask(m, verb12(HDA_LINE_OUT, 0xF08, 0)), 0);
    assert_int_equal(ask(m, verb12(HDA_LINE_OUT, 0xF1C, 0)), 0x01014010);
    assert_int_equal(ask(m, verb12(HDA_LINE_IN, 0xF1C, 0)), 0x01813020);
    assert_int_equal(ask(m, verb12(HDA_AFG, 0xF20, 0)), 0xFFFE0101);
    power_off(m);
}

PS_TEST(reset_forgets_all_but_what_is_sticky, "HD-135", "HD-94")
{
    struct ps_device *m = awake();

    for (unsigned round = 0; round < 2; round++) {
        ask(m, verb12(HDA_DAC, 0x705, 0));
        ask(m, verb12(HDA_DAC, 0x706, 0x51));
        ask(m, verb4(HDA_DAC, 0x2, 0x4011));
        ask(m, verb4(HDA_DAC, 0x3, 0xB010));
        ask(m, verb12(HDA_LINE_OUT, 0x707, 0x40));
        ask(m, verb12(HDA_LINE_OUT, 0x70C, 0));
        ask(m, verb12(HDA_LINE_OUT, 0x71C, 0x77));
        ask(m, verb12(HDA_LINE_OUT, 0x71F, 0x41));
        ask(m, verb12(HDA_LINE_OUT, 0x708, 0x83));
        assert_int_equal(ask(m, verb12(HDA_DAC, 0xF06, 0)), 0x51);
        assert_int_equal(ask(m, verb12(HDA_LINE_OUT, 0xF0C, 0)), 0);
        if (round == 0) {
            ask(m, verb12(HDA_DAC, 0x7FF, 0)); // not the group
            assert_int_equal(ask(m, verb12(HDA_DAC, 0xF06, 0)), 0x51);
            ask(m, verb12(HDA_AFG, 0x7FF, 0));
        } else {
            put(m, GCTL, 4, 0);
            run_frames(m, 5);
            put(m, GCTL, 4, 1);
            run_frames(m, 30);
        }
        assert_int_equal(ask(m, verb12(HDA_DAC, 0xF05, 0)), 0x433);
        assert_int_equal(ask(m, verb12(HDA_DAC, 0xF06, 0)), 0);
        assert_int_equal(ask(m, verb4(HDA_DAC, 0xA, 0)), 0x0011);
        assert_int_equal(ask(m, verb4(HDA_DAC, 0xB, 0xA000)), 0xC0);
        assert_int_equal(ask(m, verb12(HDA_LINE_OUT, 0xF07, 0)), 0);
        assert_int_equal(ask(m, verb12(HDA_LINE_OUT, 0xF0C, 0)), 2);
        assert_int_equal(ask(m, verb12(HDA_LINE_OUT, 0xF1C, 0)), 0x41014077);
        assert_int_equal(ask(m, verb12(HDA_LINE_OUT, 0xF08, 0)), 0x83);
    }
    power_off(m);
}

// ---- verbs --------------------------------------------------------------------------------------

PS_TEST(controls_keep_what_they_are_given, "HD-125", "HD-130", "HD-133", "HD-150")
{
    struct ps_device *m = awake();

    assert_int_equal(ask(m, verb12(HDA_ADC, 0x706, 0xF2)), 0);
    assert_int_equal(ask(m, verb12(HDA_ADC, 0xF06, 0)), 0xF2);
    assert_int_equal(ask(m, verb4(HDA_ADC, 0x2, 0x4031)), 0);
    assert_int_equal(ask(m, verb4(HDA_ADC, 0xA, 0)), 0x4031);
    ask(m, verb12(HDA_LINE_IN, 0x707, 0xFF));
    assert_int_equal(ask(m, verb12(HDA_LINE_IN, 0xF07, 0)), 0xE7);
    ask(m, verb12(HDA_LINE_OUT, 0x70C, 0xFF));
    assert_int_equal(ask(m, verb12(HDA_LINE_OUT, 0xF0C, 0)), 0x07);
    for (unsigned i = 0; i < 4; i++)
        ask(m, verb12(HDA_LINE_IN, 0x71C + i, 0x11 * (i + 1)));
    assert_int_equal(ask(m, verb12(HDA_LINE_IN, 0xF1C, 0)), 0x44332211);
    for (unsigned i = 0; i < 4; i++)
        ask(m, verb12(HDA_AFG, 0x720 + i, i + 1));
    assert_int_equal(ask(m, verb12(HDA_AFG, 0xF20, 0)), 0x04030201);
    ask(m, verb12(HDA_LINE_OUT, 0x701, 1)); // hard-wired, HD-147
    assert_int_equal(ask(m, verb12(HDA_LINE_OUT, 0xF01, 0)), 0);
    assert_int_equal(m->reports, 0);
    power_off(m);
}

PS_TEST(amplifiers_have_sides_and_directions, "HD-126", "HD-127", "HD-128")
{
    struct ps_device *m = awake();

    ask(m, verb4(HDA_DAC, 0x3, 0xA020)); // output, left
    assert_int_equal(ask(m, verb4(HDA_DAC, 0xB, 0xA000)), 0x20);
    assert_int_equal(ask(m, verb4(HDA_DAC, 0xB, 0x8000)), 0xC0);
    ask(m, verb4(HDA_DAC, 0x3, 0x90A1)); // output, right, muted: the gain is kept
    assert_int_equal(ask(m, verb4(HDA_DAC, 0xB, 0x8000)), 0xA1);
    ask(m, verb4(HDA_DAC, 0x3, 0x7010)); // no input amplifier here
    assert_int_equal(ask(m, verb4(HDA_DAC, 0xB, 0xA000)), 0x20);
    assert_int_equal(ask(m, verb4(HDA_DAC, 0xB, 0x2000)), 0);
    ask(m, verb4(HDA_ADC, 0x3, 0x7110)); // no index 1
    assert_int_equal(ask(m, verb4(HDA_ADC, 0xB, 0x2000)), 0x88);
    ask(m, verb4(HDA_ADC, 0x3, 0xF010)); // input and output at once
    assert_int_equal(ask(m, verb4(HDA_ADC, 0xB, 0x2000)), 0x10);
    assert_int_equal(ask(m, verb4(HDA_ADC, 0xB, 0x0001)), 0);
    assert_int_equal(m->reports, 0);
    ask(m, verb4(HDA_DAC, 0x3, 0xB0FF));
    assert_string_equal(m->report, "HD-128");
    assert_int_equal(ask(m, verb4(HDA_DAC, 0xB, 0x8000)), 0xC0);
    power_off(m);
}

PS_TEST(power_comes_after_a_millisecond, "HD-131", "HD-132")
{
    struct ps_device *m = awake();

    ask(m, verb12(HDA_DAC, 0x705, 0));
    assert_int_equal(ask(m, verb12(HDA_DAC, 0xF05, 0)), 0x030);
    pass(m, MILLISECOND);
    assert_int_equal(ask(m, verb12(HDA_DAC, 0xF05, 0)), 0x030); // the group is deeper
    ask(m, verb12(HDA_AFG, 0x705, 0));
    assert_int_equal(ask(m, verb12(HDA_DAC, 0xF05, 0)), 0x030);
    pass(m, MILLISECOND);
    assert_int_equal(ask(m, verb12(HDA_AFG, 0xF05, 0)), 0x000);
    assert_int_equal(ask(m, verb12(HDA_DAC, 0xF05, 0)), 0x000);
    assert_int_equal(ask(m, verb12(HDA_ADC, 0xF05, 0)), 0x433);
    ask(m, verb12(HDA_AFG, 0x705, 3));
    assert_int_equal(ask(m, verb12(HDA_DAC, 0xF05, 0)), 0x030); // verbs are answered in D3
    assert_int_equal(m->reports, 0);
    ask(m, verb12(HDA_DAC, 0x705, 1));
    assert_string_equal(m->report, "HD-148");
    assert_int_equal(ask(m, verb12(HDA_DAC, 0xF05, 0)), 0x030);
    power_off(m);
}

PS_TEST(formats_must_be_the_converters_own, "HD-174", "HD-46", "HD-143")
{
    static const uint16_t good[] = {0x0011, 0x0021, 0x0031, 0x4011, 0x4021, 0x4031,
                                    0x0811, 0x0821, 0x0831, 0x0010, 0x0017};
    static const uint16_t bad[] = {0x0001, 0x0041, 0x4811, 0x1811, 0x0511, 0x8011, 0x0091, 0x0071};
    struct ps_device *m = awake();

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        ask(m, verb4(HDA_DAC, 0x2, good[i]));
    assert_int_equal(m->reports, 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        ask(m, verb4(HDA_DAC, 0x2, bad[i]));
        assert_int_equal(m->reports, i + 1);
        assert_string_equal(m->report, "HD-174");
    }
    power_off(m);
}

PS_TEST(pins_sense_their_plugs, "HD-134", "HD-175")
{
    struct ps_device *m = awake();

    ask(m, verb12(HDA_LINE_IN, 0x709, 0)); // not needed, harmless
    assert_int_equal(ask(m, verb12(HDA_LINE_IN, 0xF09, 0)), 0x80000000);
    hda_codec_plug(inside(m), HDA_LINE_IN, false);
    assert_int_equal(ask(m, verb12(HDA_LINE_IN, 0xF09, 0)), 0);
    assert_int_equal(ask(m, verb12(HDA_LINE_OUT, 0xF09, 0)), 0x80000000);
    power_off(m);
}
