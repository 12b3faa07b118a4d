// SPDX-License-Identifier: MIT
//
// What --convert makes of a sample.
#include "tests/ps_test.h"

#include <string.h>

#include "tools/portside/sample.h"

static void becomes(float sample, unsigned bits, bool is_float, const void *expected)
{
    const struct ps_format format = {48000, 2, bits, is_float};
    unsigned char out[9];

    memset(out, 0xEE, sizeof(out));
    assert_int_equal(sample_put(out, &format, sample), bits / 8);
    assert_memory_equal(out, expected, bits / 8);
    assert_int_equal(out[bits / 8], 0xEE);
}

PS_TEST(silence_is_the_middle_of_each_format)
{
    becomes(0, 8, false, "\x80");
    becomes(0, 16, false, "\0\0");
    becomes(0, 24, false, "\0\0\0");
    becomes(0, 32, false, "\0\0\0\0");
    becomes(0, 32, true, "\0\0\0\0");
}

PS_TEST(samples_are_little_endian_and_rounded_to_nearest)
{
    becomes(0.5f, 8, false, "\xC0");
    becomes(-0.5f, 16, false, "\x00\xC0");
    becomes(1 / 256.0f, 24, false, "\x00\x80\x00");
    becomes(0x1.8p-15f, 16, false, "\x02\x00"); // one and a half steps
    becomes(-0x1p-31f, 32, false, "\xFF\xFF\xFF\xFF");
    becomes(-2, 32, true, "\x00\x00\x00\xC0"); // floats may be louder than full scale
}

PS_TEST(what_is_too_loud_is_full_scale)
{
    becomes(1, 8, false, "\xFF");
    becomes(-1.5f, 8, false, "\x00");
    becomes(1, 16, false, "\xFF\x7F");
    becomes(1, 24, false, "\xFF\xFF\x7F");
    becomes(-9, 24, false, "\x00\x00\x80");
    becomes(2, 32, false, "\xFF\xFF\xFF\x7F");
}
