// SPDX-License-Identifier: MIT
//
// Copying in methods that drivers call (src/port/copy.h): every length around the steps, from and to any byte, and not a
// byte more.
#include <string.h>

#include "port/copy.h"
#include "tests/ps_test.h"

enum { LONGEST = 700, EDGE = 32, CANARY = 0xC5 };

static void copy_and_look(size_t bytes, unsigned from, unsigned to)
{
    unsigned char source[LONGEST + EDGE], target[LONGEST + 3 * EDGE], expected[sizeof(target)];

    for (size_t i = 0; i < sizeof(source); i++)
        source[i] = (unsigned char)(i * 7 + i / 256);
    memset(target, CANARY, sizeof(target));
    memset(expected, CANARY, sizeof(expected));
    memcpy(expected + EDGE + to, source + from, bytes);
    port_copy(target + EDGE + to, source + from, bytes);
    assert_memory_equal(target, expected, sizeof(target));
}

PS_TEST(every_length_is_copied_and_nothing_beside_it, "WC-25")
{
    for (size_t bytes = 0; bytes <= LONGEST - EDGE; bytes++)
        copy_and_look(bytes, bytes % 5, bytes % 7);
}

PS_TEST(from_and_to_any_byte, "WC-25")
{
    for (unsigned from = 0; from < EDGE; from++)
        for (unsigned to = 0; to < EDGE; to++)
            copy_and_look(256 + from, from, to);
}
