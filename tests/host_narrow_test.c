// SPDX-License-Identifier: MIT
//
// 8-bit clients: a byte is the upper half of a sample of the device's.
#include "host/narrow.h"
#include "tests/ps_test.h"

enum { COUNT = 1300 }; // more than a piece

static uint8_t bytes[COUNT];
static int16_t samples[COUNT];

static struct compare begin(void)
{
    for (unsigned i = 0; i < COUNT; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    narrow_widen(bytes, samples, COUNT);
    return (struct compare){.frame_bytes = 2, .difference = ""};
}

PS_TEST(a_byte_is_the_upper_half_of_a_sample)
{
    static const uint8_t some[] = {0x00, 0x7F, 0x80, 0x81, 0xFF};
    static const int16_t wide[] = {-32768, -256, 0, 256, 32512};
    int16_t got[5];

    narrow_widen(some, got, 5);
    assert_memory_equal(got, wide, sizeof(wide));
}

PS_TEST(what_a_device_plays_is_compared_with_bytes)
{
    struct compare compare = begin();

    assert_true(narrow_client(&compare, bytes, COUNT, narrow_give));
    assert_true(narrow_device(&compare, samples, COUNT, narrow_arrive));
    assert_false(compare.differs);
    assert_int_equal(compare.arrived, COUNT);
    assert_true(narrow_client(&compare, bytes, COUNT, narrow_give));
    samples[700] ^= 0x100;
    assert_true(narrow_device(&compare, samples, COUNT, narrow_arrive));
    assert_true(compare.differs);
    assert_int_equal(compare.first_difference, (COUNT + 700) / 2);
    compare_free(&compare);
}

PS_TEST(what_a_client_records_is_compared_with_samples)
{
    struct compare compare = begin();

    for (unsigned i = 0; i < COUNT; i++)
        samples[i] |= 0x3C; // what bytes do not have
    assert_true(narrow_device(&compare, samples, COUNT, narrow_give));
    assert_true(narrow_client(&compare, bytes, COUNT, narrow_arrive));
    assert_false(compare.differs);
    assert_int_equal(compare.arrived, COUNT);
    compare_free(&compare);
}

PS_TEST(silence_of_bytes_is_silence)
{
    static const uint8_t silent[64] = {[0 ... 63] = 0x80};
    static const int16_t zeros[64];
    struct compare compare = begin();

    assert_true(narrow_client(&compare, bytes, COUNT, narrow_give));
    assert_true(narrow_device(&compare, samples, COUNT, narrow_arrive));
    compare_finish(&compare);
    assert_true(narrow_device(&compare, zeros, 64, narrow_arrive)); // behind the end
    assert_false(compare.differs);
    compare_free(&compare);
    compare = begin();
    assert_true(narrow_device(&compare, zeros, 64, narrow_give));
    assert_true(narrow_client(&compare, silent, 64, narrow_arrive));
    assert_false(compare.differs);
    compare_free(&compare);
}
