// SPDX-License-Identifier: MIT
//
// Samples at another level, told from other samples.
#include "host/level.h"
#include "tests/ps_test.h"

#include <math.h>

enum { SAMPLES = 4000 };

static int16_t given[SAMPLES], arrived[SAMPLES];

static void scale(double left, double right)
{
    for (int i = 0; i < SAMPLES; i++) {
        given[i] = (int16_t)(9000 * sin(i * 0.05) + 2000 * sin(i * 0.31));
        arrived[i] = (int16_t)lround(given[i] * (i & 1 ? right : left));
    }
}

static const char *described(void)
{
    static char text[80];
    struct level level = {0};

    level_add(&level, 0, given, arrived, 1001);
    level_add(&level, 1001, given + 1001, arrived + 1001, SAMPLES - 1001);
    return level_describe(&level, text, sizeof(text)) ? text : "";
}

PS_TEST(a_level_is_told_in_db)
{
    scale(0.631, 0.631);
    assert_string_equal(described(), "differs by a level of -4.0 dB");
    scale(2, 2);
    assert_string_equal(described(), "differs by a level of 6.0 dB");
    scale(1, 0.5);
    assert_string_equal(described(), "differs by levels of 0.0 dB left, -6.0 dB right");
}

PS_TEST(one_sample_that_is_another_is_no_level)
{
    scale(0.5, 0.5);
    arrived[777] += 200;
    assert_string_equal(described(), "");
}

PS_TEST(a_shift_by_one_frame_is_no_level)
{
    scale(1, 1);
    memmove(arrived, arrived + 2, sizeof(arrived) - 2 * sizeof(*arrived));
    assert_string_equal(described(), "");
}

PS_TEST(silence_and_what_is_muted_have_no_level)
{
    scale(0, 0);
    assert_string_equal(described(), "");
    memset(given, 0, sizeof(given));
    assert_string_equal(described(), "");
}
