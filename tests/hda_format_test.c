// SPDX-License-Identifier: MIT
//
// The format word and the cadence of sample blocks on the link.
#include "models/hda_format.h"
#include "tests/ps_test.h"

PS_TEST(rates_have_their_codes, "HD-45")
{
    static const struct {
        uint16_t format;
        unsigned rate;
    } codes[] = {
        {0x0500, 8000},  {0x0400, 9600},   {0x4300, 11025},  {0x0200, 16000},  {0x4100, 22050},
        {0x0100, 24000}, {0x0A00, 32000},  {0x4000, 44100},  {0x0000, 48000},  {0x4800, 88200},
        {0x0800, 96000}, {0x1000, 144000}, {0x5800, 176400}, {0x1800, 192000},
    };

    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        assert_int_equal(hda_format_rate(codes[i].format), codes[i].rate);
}

PS_TEST(samples_have_their_containers, "HD-45", "HD-46", "HD-160", "HD-161")
{
    static const uint8_t bytes[] = {2, 2, 4, 4, 4};

    for (unsigned bits = 0; bits < 5; bits++)
        for (unsigned channels = 1; channels <= 16; channels++) {
            uint16_t format = (uint16_t)(bits << 4 | (channels - 1));
            assert_true(hda_format_valid(format));
            assert_int_equal(hda_format_channels(format), channels);
            assert_int_equal(hda_format_block(format), channels * bytes[bits]);
        }
    assert_int_equal(hda_format_block(0x0031), 8);
    assert_int_equal(hda_format_block(0x4011), 4);
    for (unsigned bits = 5; bits < 8; bits++)
        assert_false(hda_format_valid((uint16_t)(bits << 4)));
    for (unsigned multiple = 4; multiple < 8; multiple++)
        assert_false(hda_format_valid((uint16_t)(multiple << 11 | 0x11)));
}

PS_TEST(payload_is_counted_in_words, "HD-15")
{
    assert_int_equal(hda_format_frame_words(0x0011), 2);
    assert_int_equal(hda_format_frame_words(0x1837), 48); // 192 kHz, 24 bits, 8 channels: just fits
    assert_int_equal(hda_format_frame_words(0x0020), 2);  // 20 bits, mono
    assert_int_equal(hda_format_frame_words(0x181F), 64);
}

PS_TEST(whole_multiples_and_divisors_of_48_khz, "HD-162")
{
    for (uint64_t n = 0; n < 100; n++) {
        assert_int_equal(hda_format_blocks(0x0011, n), n);
        assert_int_equal(hda_format_blocks(0x0811, n), 2 * n);       // 96 kHz
        assert_int_equal(hda_format_blocks(0x1811, n), 4 * n);       // 192 kHz
        assert_int_equal(hda_format_blocks(0x0111, n), (n + 1) / 2); // 24 kHz: every second frame
        assert_int_equal(hda_format_blocks(0x0A11, n), (n + 2) / 3 * 2); // 32 kHz
    }
}

PS_TEST(the_cadence_of_44100, "HD-163", "HD-165")
{
    static const uint8_t runs[] = {12, 11, 11, 12, 11, 11, 12, 11, 11, 12, 11, 11, 11};
    uint64_t frame = 0, blocks = 0;

    for (unsigned lap = 0; lap < 3; lap++)
        for (unsigned i = 0; i < sizeof(runs); i++) {
            for (unsigned n = 0; n < runs[i]; n++)
                assert_int_equal(hda_format_blocks(0x4011, ++frame), ++blocks);
            assert_int_equal(hda_format_blocks(0x4011, ++frame), blocks); // LPIB stands still
            assert_int_equal(hda_format_blocks(0x4811, frame), 2 * blocks);
            assert_int_equal(hda_format_blocks(0x4111, frame), (blocks + 1) / 2);
        }
    assert_int_equal(frame, 480);
    assert_int_equal(blocks, 441);
}

PS_TEST(a_second_has_a_second_of_blocks, "HD-163", "HD-166")
{
    assert_int_equal(hda_format_blocks(0x4011, 48000), 44100);
    assert_int_equal(hda_format_blocks(0x4311, 48000 * 4), 44100);
    assert_int_equal(hda_format_blocks(0x5811, 48000), 176400);
    assert_int_equal(hda_format_blocks(0x0511, 48000), 8000);
    assert_int_equal(hda_format_blocks(0x4011, 480) * hda_format_block(0x4011), 1764); // 10 ms
    assert_int_equal(hda_format_blocks(0x0831, 480) * hda_format_block(0x0831), 7680);
}

PS_TEST(frames_is_the_inverse_of_blocks, "HD-163")
{
    static const uint16_t formats[] = {0x0011, 0x0811, 0x1811, 0x0511, 0x0A11, 0x4011,
                                       0x4811, 0x5811, 0x4311, 0x4111, 0x4711, 0x0700};

    for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
        for (uint64_t blocks = 1; blocks < 1000; blocks++) {
            uint64_t frames = hda_format_frames(formats[i], blocks);
            assert_true(hda_format_blocks(formats[i], frames) >= blocks);
            assert_true(hda_format_blocks(formats[i], frames - 1) < blocks);
        }
    assert_int_equal(hda_format_frames(0x4011, 0), 0);
}
