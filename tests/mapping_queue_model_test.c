// SPDX-License-Identifier: MIT
//
// The mapping queue against its naive model: lives from a generator, as the fuzz target reads them.
#include "../fuzz/mapping_queue_fuzz.c"

#include "tests/ps_test.h"

enum { LIVES = 1500, LIFE_BYTES = 500 };

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

// Opcodes, weighted so that something is usually queued and held.
static uint8_t random_opcode(uint32_t *state, uint32_t style)
{
    static const uint8_t busy[] = {0, 0, 0, 0, 4, 4, 4, 10, 10, 7};
    uint32_t choice = next_random(state);

    if (choice % 10 < 6 + style % 4)
        return busy[choice / 16 % sizeof(busy)];
    return (uint8_t)(choice / 16 % 16);
}

static size_t write_life(uint8_t *bytes, uint32_t number)
{
    uint32_t state = number * 2654435761u + 1;
    size_t at = 0;

    bytes[at++] = (uint8_t)number;
    while (at < LIFE_BYTES - 16) {
        uint8_t opcode = random_opcode(&state, number);
        bytes[at++] = opcode;
        if (opcode == 10) { // short buffers, so that packets come and go
            uint8_t shape = (uint8_t)(next_random(&state) % 4 | (next_random(&state) % 8 == 0) << 2);
            bytes[at++] = shape;
            for (unsigned i = 0; i < shape % 4u; i++) {
                bytes[at++] = (uint8_t)next_random(&state);
                bytes[at++] = (uint8_t)(next_random(&state) % 48);
                bytes[at++] = (uint8_t)next_random(&state);
                bytes[at++] = (uint8_t)next_random(&state);
            }
        } else {
            bytes[at++] = (uint8_t)next_random(&state);
        }
    }
    return at;
}

PS_TEST(generated_lives_agree_with_the_model, "WP-20", "WP-27", "WP-29", "WP-37", "WP-39", "WP-40",
        "WP-55", "WP-57", "WP-59", "WP-62", "WP-63", "WP-65", "WP-69", "WP-76")
{
    uint8_t bytes[LIFE_BYTES];

    for (uint32_t number = 0; number < LIVES; number++) {
        size_t size = write_life(bytes, number);
        LLVMFuzzerTestOneInput(bytes, size);
    }
}
