// SPDX-License-Identifier: MIT
//
// The HD Audio model's converters and amplifiers: what becomes of samples between link and jacks.
#include <math.h>

#include "tests/hda_machine.h"
#include "tests/ps_test.h"

static struct ps_device *listening(uint16_t format)
{
    struct ps_device *m = awake();

    listen(m, format);
    return m;
}

static int nearest(double value)
{
    double rounded = floor(value + 0.5);
    return rounded > 32767 ? 32767 : rounded < -32768 ? -32768 : (int)rounded;
}

// Gains have 24 fraction bits.
static double gain_of(double decibels)
{
    return floor(pow(10, decibels / 20) * 16777216 + 0.5) / 16777216;
}

static bool silent(struct ps_device *m, size_t from, size_t count)
{
    sync(m);
    for (size_t i = from; i < from + count; i++)
        if (i >= m->heard_count || m->heard[i].left || m->heard[i].right || !m->heard[i].fetched)
            return false;
    return true;
}

// ---- output -------------------------------------------------------------------------------------

PS_TEST(every_step_of_the_output_amplifier, "HD-126", "HD-145", "HD-146")
{
    struct ps_device *m = listening(PCM_48_16);

    play(m, 16384);
    run_frames(m, 1);
    for (int index = 0; index <= 64; index++) {
        size_t from;
        ask(m, verb4(HDA_DAC, 0x3, 0xA000u | (unsigned)index));
        ask(m, verb4(HDA_DAC, 0x3, 0x9000u | (unsigned)(64 - index)));
        sync(m);
        from = m->heard_count;
        run_frames(m, 10);
        sync(m);
        for (size_t i = from; i < from + 10; i++) {
            double sample = (double)i + 1;
            assert_int_equal(m->heard[i].left, nearest(sample * gain_of(index - 64)));
            assert_int_equal(m->heard[i].right, nearest(-sample * gain_of(-index)));
        }
    }
    power_off(m);
}

PS_TEST(mute_keeps_the_gain, "HD-128")
{
    struct ps_device *m = listening(PCM_48_16);

    ask(m, verb4(HDA_DAC, 0x3, 0xB0C0));
    play(m, 1024);
    run_frames(m, 1 + 100);
    assert_true(silent(m, 0, 100));
    ask(m, verb4(HDA_DAC, 0x3, 0xA040)); // left alone
    sync(m);
    size_t from = m->heard_count;
    run_frames(m, 10);
    sync(m);
    for (size_t i = from; i < from + 10; i++) {
        assert_int_equal(m->heard[i].left, i + 1);
        assert_int_equal(m->heard[i].right, 0);
    }
    power_off(m);
}

PS_TEST(what_makes_silence, "HD-194", "HD-130", "HD-132", "HD-133", "HD-173")
{
    static const uint32_t causes[][2] = {
        {HDA_AFG << 20 | 0x70503, HDA_AFG << 20 | 0x70500},
        {HDA_DAC << 20 | 0x70503, HDA_DAC << 20 | 0x70500},
        {HDA_LINE_OUT << 20 | 0x70503, HDA_LINE_OUT << 20 | 0x70500},
        {HDA_LINE_OUT << 20 | 0x70700, HDA_LINE_OUT << 20 | 0x70740},
        {HDA_LINE_OUT << 20 | 0x70C00, HDA_LINE_OUT << 20 | 0x70C02},
        {HDA_DAC << 20 | 0x3B0C0, HDA_DAC << 20 | 0x3B040},
    };
    struct ps_device *m = listening(PCM_48_16);

    play(m, 4096);
    run_frames(m, 1);
    for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++) {
        size_t from;
        ask(m, causes[i][0]);
        sync(m);
        from = m->heard_count;
        run_frames(m, 100);
        assert_true(silent(m, from, 100));
        ask(m, causes[i][1]);
        run_frames(m, 50); // 1 ms of power-up
        sync(m);
        from = m->heard_count;
        run_frames(m, 100);
        assert_true(heard_numbers(m, from, 100, (int)from + 1)); // time went on
    }
    assert_int_equal(m->underruns, 0);
    power_off(m);
}

PS_TEST(converter_and_stream_must_agree, "HD-47")
{
    struct ps_device *m = listening(0x0031);

    play(m, 1024);
    assert_int_equal(m->reports, 0);
    run_frames(m, 1 + 100);
    assert_true(silent(m, 0, 100));
    assert_int_equal(m->reports, 1);
    assert_string_equal(m->report, "HD-47");
    ask(m, verb4(HDA_DAC, 0x2, PCM_48_16));
    sync(m);
    size_t from = m->heard_count;
    run_frames(m, 100);
    assert_true(heard_numbers(m, from, 100, (int)from + 1));
    assert_int_equal(m->reports, 1);
    power_off(m);
}

PS_TEST(a_format_that_the_converter_has_not_is_silent, "HD-174")
{
    struct ps_device *m = listening(0x1811);

    assert_string_equal(m->report, "HD-174");
    number(m, SOUND, 1024, 1);
    describe(m, OUT0, 0, SOUND, 2048, 0);
    describe(m, OUT0, 1, SOUND + 2048, 2048, 0);
    start(m, OUT0, 2, 0x1811);
    run_frames(m, 1 + 100);
    assert_true(silent(m, 0, 400));
    assert_int_equal(lpib(m, OUT0), 1600);
    power_off(m);
}

PS_TEST(only_the_tag_that_the_converter_listens_to, "HD-125", "HD-191", "HD-192")
{
    struct ps_device *m = listening(PCM_48_16);

    ask(m, verb12(HDA_DAC, 0x706, 0x30));
    play(m, 1024);
    run_frames(m, 1 + 100);
    sync(m);
    assert_int_equal(m->heard_count, 0);
    assert_int_equal(lpib(m, OUT0), 400); // the link does not mind
    ask(m, verb12(HDA_DAC, 0x706, 0x10));
    run_frames(m, 10);
    sync(m);
    assert_in_range(m->heard_count, 10, 13);
    ask(m, verb12(HDA_DAC, 0x706, 0x00)); // detached
    sync(m);
    size_t heard = m->heard_count;
    run_frames(m, 100);
    sync(m);
    assert_int_equal(m->heard_count, heard);
    power_off(m);
}

PS_TEST(longer_samples_are_rounded_to_16_bits, "HD-160", "HD-45")
{
    static const uint16_t formats[] = {0x0021, 0x0031, 0x0821, 0x0831, 0x4031};

    for (size_t n = 0; n < sizeof(formats) / sizeof(*formats); n++) {
        unsigned ignored = (formats[n] & 0x70) == 0x20 ? 12 : 8;
        struct ps_device *m = listening(formats[n]);
        for (int i = 0; i < 512; i++) {
            int32_t block[2] = {(int32_t)((uint32_t)i << 18), (int32_t)((uint32_t)-i << 18)};
            block[0] |= (1 << ignored) - 1; // not part of the sample
            memcpy(at(m, SOUND + 8 * (uint32_t)i), block, sizeof(block));
        }
        describe(m, OUT0, 0, SOUND, 2048, 0);
        describe(m, OUT0, 1, SOUND + 2048, 2048, 0);
        start(m, OUT0, 2, formats[n]);
        run_frames(m, 1 + 600);
        sync(m);
        for (int i = 0; i < 512; i++) {
            assert_int_equal(m->heard[i].left, 4 * i);
            assert_int_equal(m->heard[i].right, -4 * i);
        }
        assert_int_equal(m->reports, 0);
        power_off(m);
    }
}

PS_TEST(the_converter_takes_two_channels_of_many, "HD-125", "HD-161", "HD-174")
{
    struct ps_device *m = listening(0x0015); // six channels

    ask(m, verb12(HDA_DAC, 0x706, 0x12)); // 2 and 3
    for (int i = 0; i < 256; i++) {
        int16_t block[6] = {-1, -2, (int16_t)(i + 1), (int16_t)(-i - 1), -5, -6};
        memcpy(at(m, SOUND + 12 * (uint32_t)i), block, sizeof(block));
    }
    describe(m, OUT0, 0, SOUND, 1536, 0);
    describe(m, OUT0, 1, SOUND + 1536, 1536, 0);
    start(m, OUT0, 2, 0x0015);
    run_frames(m, 1 + 256);
    assert_true(heard_numbers(m, 0, 256, 1));
    assert_int_equal(m->reports, 0);
    power_off(m);
}

PS_TEST(a_missing_channel_is_silent, "HD-125")
{
    struct ps_device *m = listening(0x0010); // mono

    for (int i = 0; i < 256; i++) {
        int16_t sample = (int16_t)(i + 1);
        memcpy(at(m, SOUND + 2 * (uint32_t)i), &sample, sizeof(sample));
    }
    describe(m, OUT0, 0, SOUND, 256, 0);
    describe(m, OUT0, 1, SOUND + 256, 256, 0);
    start(m, OUT0, 2, 0x0010);
    run_frames(m, 1 + 256);
    sync(m);
    for (int i = 0; i < 256; i++) {
        assert_int_equal(m->heard[i].left, i + 1);
        assert_int_equal(m->heard[i].right, 0);
    }
    power_off(m);
}

// ---- input --------------------------------------------------------------------------------------

static int32_t word_at(struct ps_device *m, uint32_t physical)
{
    int32_t value;

    memcpy(&value, at(m, physical), sizeof(value));
    return value;
}

static int16_t half_at(struct ps_device *m, uint32_t physical)
{
    int16_t value;

    memcpy(&value, at(m, physical), sizeof(value));
    return value;
}

PS_TEST(every_step_of_the_input_amplifier, "HD-126", "HD-145", "HD-146")
{
    for (int index = 0; index <= 23; index++) {
        struct ps_device *m = listening(PCM_48_16);
        m->arrived[0] = 10000;
        ask(m, verb4(HDA_ADC, 0x3, 0x6000u | (unsigned)index));
        record(m, 64);
        run_frames(m, 1 + 32);
        sync(m);
        for (uint32_t i = 0; i < 32; i++) {
            double gain = gain_of(1.5 * (index - 8));
            assert_int_equal(half_at(m, SOUND + 4 * i), nearest((10001 + i) * gain));
            assert_int_equal(half_at(m, SOUND + 4 * i + 2), -(int)(10001 + i)); // right: 0 dB
        }
        power_off(m);
    }
}

PS_TEST(longer_samples_have_zeros_below, "HD-160")
{
    static const uint16_t formats[] = {0x0021, 0x0031};

    for (size_t n = 0; n < 2; n++) {
        struct ps_device *m = listening(formats[n]);
        describe(m, IN0, 0, SOUND, 1024, 0);
        describe(m, IN0, 1, SOUND + 1024, 1024, 0);
        start(m, IN0, 2, formats[n]);
        run_frames(m, 1 + 128);
        sync(m);
        for (uint32_t i = 0; i < 128; i++) {
            assert_int_equal(word_at(m, SOUND + 8 * i), (int32_t)(i + 1) << 16);
            assert_int_equal(word_at(m, SOUND + 8 * i + 4), -(int32_t)((i + 1) << 16));
        }
        power_off(m);
    }
}

PS_TEST(a_silent_input_records_zeros, "HD-47", "HD-130", "HD-132", "HD-194")
{
    static const uint32_t causes[] = {
        HDA_AFG << 20 | 0x70503,     HDA_ADC << 20 | 0x70503, HDA_LINE_IN << 20 | 0x70503,
        HDA_LINE_IN << 20 | 0x70700, HDA_ADC << 20 | 0x3F088, HDA_ADC << 20 | 0x20031,
    };

    for (size_t n = 0; n < sizeof(causes) / sizeof(*causes); n++) {
        struct ps_device *m = listening(PCM_48_16);
        ask(m, causes[n]);
        memset(at(m, SOUND), 0x55, 512);
        record(m, 64);
        run_frames(m, 1 + 64);
        sync(m);
        for (uint32_t i = 0; i < 64; i++)
            assert_int_equal(word_at(m, SOUND + 4 * i), 0);
        assert_int_equal(m->arrived[0], 64); // the line does not wait
        assert_int_equal(m->reports, n == 5);
        power_off(m);
    }
}

PS_TEST(without_a_sender_nothing_arrives, "HD-191")
{
    struct ps_device *m = listening(PCM_48_16);

    ask(m, verb12(HDA_ADC, 0x706, 0));
    record(m, 64);
    run_frames(m, 1 + 64);
    assert_int_equal(lpib(m, IN0), 0);
    assert_int_equal(m->arrived[0], 0);
    ask(m, verb12(HDA_ADC, 0x706, 0x20));
    run_frames(m, 32);
    assert_in_range(lpib(m, IN0), 4 * 32, 4 * 35);
    power_off(m);
}

PS_TEST(two_channels_among_many, "HD-125", "HD-161")
{
    struct ps_device *m = listening(0x0013);

    ask(m, verb12(HDA_ADC, 0x706, 0x21)); // 1 and 2
    describe(m, IN0, 0, SOUND, 1024, 0);
    describe(m, IN0, 1, SOUND + 1024, 1024, 0);
    start(m, IN0, 2, 0x0013);
    run_frames(m, 1 + 128);
    sync(m);
    for (uint32_t i = 0; i < 128; i++) {
        assert_int_equal(half_at(m, SOUND + 8 * i), 0);
        assert_int_equal(half_at(m, SOUND + 8 * i + 2), i + 1);
        assert_int_equal(half_at(m, SOUND + 8 * i + 4), -(int)(i + 1));
        assert_int_equal(half_at(m, SOUND + 8 * i + 6), 0);
    }
    power_off(m);
}

// ---- the wire -----------------------------------------------------------------------------------

PS_TEST(line_out_comes_back_two_frames_later, "HD-177")
{
    static const uint16_t formats[] = {PCM_48_16, 0x0811, 0x4011};

    for (size_t n = 0; n < 3; n++) {
        unsigned blocks = n == 1 ? 2 : 1;
        struct ps_device *m = listening(formats[n]);
        inside(m)->options.loopback = true;
        describe(m, IN0, 0, SOUND + 0x8000, 1024, 0);
        describe(m, IN0, 1, SOUND + 0x8400, 1024, 0);
        number(m, SOUND, 512, 1);
        describe(m, OUT0, 0, SOUND, 1024, 0);
        describe(m, OUT0, 1, SOUND + 1024, 1024, 0);
        start(m, IN0, 2, formats[n]);
        start(m, OUT0, 2, formats[n]);
        run_frames(m, 1 + 10);
        sync(m);
        assert_int_equal(m->arrived[0], 0); // the line-in jack is taken
        put(m, IN0 + CTL, 1, 0);
        run_frames(m, 1);
        for (unsigned i = 0; i < 11 * blocks; i++)
            assert_int_equal(half_at(m, SOUND + 0x8000 + 4 * i),
                             i < 2 * blocks ? 0 : (int)(i - 2 * blocks) + 1);
        power_off(m);
    }
}
