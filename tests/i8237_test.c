// SPDX-License-Identifier: MIT
//
// The 8237 pair alone: registers, how channels count, and how a count read in two bytes comes
// apart.
#include <string.h>

#include "models/i8237.h"
#include "tests/ps_test.h"

static struct i8237 fresh(void)
{
    struct i8237 pair;

    i8237_reset(&pair);
    return pair;
}

static void put(struct i8237 *pair, uint64_t port, unsigned value)
{
    assert_true(i8237_decodes(port));
    i8237_write(pair, port, (uint8_t)value);
}

static unsigned get(struct i8237 *pair, uint64_t port)
{
    assert_true(i8237_decodes(port));
    return i8237_read(pair, port);
}

static void put16(struct i8237 *pair, uint64_t port, unsigned value)
{
    put(pair, port, value & 0xFF);
    put(pair, port, value >> 8);
}

static unsigned get16(struct i8237 *pair, uint64_t port)
{
    unsigned low = get(pair, port);

    return low | get(pair, port) << 8;
}

// Channel 1, in the order of SB-99.
static void program_1(struct i8237 *pair, unsigned mode, unsigned address, unsigned count)
{
    put(pair, 0x0A, 5);
    put(pair, 0x0C, 0);
    put(pair, 0x0B, mode | 1);
    put16(pair, 0x02, address & 0xFFFF);
    put(pair, 0x83, address >> 16);
    put16(pair, 0x03, count);
    put(pair, 0x0A, 1);
}

static void program_5(struct i8237 *pair, unsigned mode, unsigned address, unsigned count)
{
    put(pair, 0xD4, 5);
    put(pair, 0xD8, 0);
    put(pair, 0xD6, mode | 1);
    put16(pair, 0xC4, address >> 1 & 0xFFFF);
    put(pair, 0x8B, address >> 16);
    put16(pair, 0xC6, count);
    put(pair, 0xD4, 1);
}

static struct i8237_piece next(const struct i8237 *pair, unsigned channel)
{
    struct i8237_piece piece;

    assert_true(i8237_ready(pair, channel));
    i8237_next(pair, channel, &piece);
    return piece;
}

PS_TEST(every_register_is_at_its_port, "SB-80", "SB-81", "SB-94")
{
    static const uint8_t first[4][3] = {
        {0x00, 0x01, 0x87}, {0x02, 0x03, 0x83}, {0x04, 0x05, 0x81}, {0x06, 0x07, 0x82}};
    static const uint8_t second[4][3] = {
        {0xC0, 0xC2, 0}, {0xC4, 0xC6, 0x8B}, {0xC8, 0xCA, 0x89}, {0xCC, 0xCE, 0x8A}};

    for (unsigned channel = 0; channel < 8; channel++) {
        const uint8_t *ports = channel < 4 ? first[channel] : second[channel - 4];
        struct i8237 pair = fresh();
        struct i8237_piece piece;

        if (channel == 4)
            continue;
        put16(&pair, ports[0], 0x1234);
        put16(&pair, ports[1], 0x0042);
        put(&pair, ports[2], 0x5B);
        put(&pair, channel < 4 ? 0x0B : 0xD6, 0x48 | channel % 4);
        put(&pair, channel < 4 ? 0x0A : 0xD4, channel % 4);
        piece = next(&pair, channel);
        assert_int_equal(piece.physical, channel < 4 ? 0x5B1234 : 0x5A2468);
        assert_int_equal(piece.bytes, channel < 4 ? 0x43 : 0x86);
        assert_int_equal(piece.kind, I8237_FROM_MEMORY);
        assert_int_equal(get(&pair, ports[2]), 0x5B);
    }
    assert_false(i8237_decodes(0x10));
    assert_false(i8237_decodes(0xC1));
    assert_false(i8237_decodes(0x80));
    assert_false(i8237_decodes(0xE0));
}

PS_TEST(the_flip_flop_belongs_to_the_controller, "SB-82", "SB-90", "SB-111")
{
    struct i8237 pair = fresh();

    put(&pair, 0x02, 0x34);
    assert_int_equal(pair.controllers[0].channels[1].address, 0x34); // each byte at once
    put(&pair, 0x02, 0x12);
    put(&pair, 0x06, 0x78); // another channel: low again
    put(&pair, 0x02, 0x55); // which makes this one high
    assert_int_equal(pair.controllers[0].channels[1].address, 0x5534);
    assert_int_equal(pair.controllers[0].channels[1].base_address, 0x5534);
    put16(&pair, 0xC4, 0xABCD); // not the second controller
    assert_int_equal(get16(&pair, 0xC4), 0xABCD);
    put(&pair, 0x0C, 0);
    assert_int_equal(get(&pair, 0x02), 0x34);
    assert_int_equal(get(&pair, 0x03), 0);    // somebody else reads in between
    assert_int_equal(get(&pair, 0x02), 0x34); // the low byte where the high one was wanted
}

PS_TEST(masks_hold_requests_back, "SB-83", "SB-98")
{
    struct i8237 pair = fresh();

    assert_false(i8237_ready(&pair, 1));
    program_1(&pair, 0x58, 0x10000, 99);
    i8237_moved(&pair, 1, 40);
    put(&pair, 0x0A, 5);
    assert_false(i8237_ready(&pair, 1));
    put(&pair, 0x0A, 1);
    assert_int_equal(next(&pair, 1).physical, 0x10028);
    assert_int_equal(next(&pair, 1).bytes, 60);
    put(&pair, 0x0F, 0x0F);
    assert_false(i8237_ready(&pair, 1));
    put(&pair, 0x0E, 0);
    assert_true(i8237_ready(&pair, 1));
    put(&pair, 0x0F, 0x02);
    assert_false(i8237_ready(&pair, 1));
    assert_true(i8237_ready(&pair, 3));
}

PS_TEST(status_shows_requests_and_forgets_terminal_counts, "SB-83")
{
    struct i8237 pair = fresh();

    program_1(&pair, 0x48, 0x10000, 9);
    pair.asking = 1 << 1 | 1 << 5;
    i8237_moved(&pair, 1, 10);
    assert_int_equal(get(&pair, 0x08), 0x22);
    assert_int_equal(get(&pair, 0x08), 0x20);
    assert_int_equal(get(&pair, 0xD0), 0x20);
}

PS_TEST(modes_say_direction_reload_and_order, "SB-84", "SB-85")
{
    struct i8237 pair = fresh();

    program_1(&pair, 0x58, 0x20000, 7);
    assert_int_equal(next(&pair, 1).kind, I8237_FROM_MEMORY);
    program_1(&pair, 0x54, 0x20000, 7);
    assert_int_equal(next(&pair, 1).kind, I8237_TO_MEMORY);
    program_1(&pair, 0x40, 0x20000, 7);
    assert_int_equal(next(&pair, 1).kind, I8237_VERIFY);
    program_1(&pair, 0x68, 0x20003, 7); // downwards
    assert_int_equal(next(&pair, 1).bytes, 1);
    i8237_moved(&pair, 1, 1);
    assert_int_equal(next(&pair, 1).physical, 0x20002);
    program_1(&pair, 0xC8, 0x20000, 7); // cascade: the data is somebody else's
    assert_false(i8237_ready(&pair, 1));
}

PS_TEST(a_mode_alone_reloads_nothing, "SB-99")
{
    struct i8237 pair = fresh();

    program_1(&pair, 0x58, 0x20000, 99);
    i8237_moved(&pair, 1, 30);
    put(&pair, 0x0B, 0x59);
    assert_int_equal(next(&pair, 1).physical, 0x2001E);
    assert_int_equal(next(&pair, 1).bytes, 70);
}

PS_TEST(master_clear_masks_everything, "SB-86")
{
    struct i8237 pair = fresh();

    program_1(&pair, 0x48, 0x10000, 0);
    program_5(&pair, 0x48, 0x10000, 9);
    put(&pair, 0x08, 0x04);
    put(&pair, 0x09, 0x05);
    i8237_moved(&pair, 1, 1);
    put(&pair, 0x02, 1); // leaves the flip-flop high
    put(&pair, 0x0D, 0xFF);
    assert_int_equal(pair.controllers[0].command, 0);
    assert_int_equal(pair.controllers[0].requests, 0);
    assert_int_equal(get(&pair, 0x08), 0);
    assert_false(pair.controllers[0].high);
    for (unsigned channel = 0; channel < 4; channel++)
        assert_false(i8237_ready(&pair, channel));
    assert_true(i8237_ready(&pair, 5)); // the other controller
    put(&pair, 0xDA, 0);
    assert_false(i8237_ready(&pair, 5));
    put(&pair, 0x0E, 0);
    assert_false(i8237_ready(&pair, 1)); // its way leads through channel 4
}

PS_TEST(a_controller_that_is_off_answers_nothing, "SB-80")
{
    struct i8237 pair = fresh();

    program_1(&pair, 0x58, 0x10000, 99);
    put(&pair, 0x08, 0x04);
    assert_false(i8237_ready(&pair, 1));
    put(&pair, 0x08, 0);
    assert_true(i8237_ready(&pair, 1));
    put(&pair, 0xD4, 4); // so does one whose cascade is masked
    assert_false(i8237_ready(&pair, 1));
}

PS_TEST(counts_are_transfers_less_one, "SB-91", "SB-92", "SB-97")
{
    struct i8237 pair = fresh();

    program_1(&pair, 0x48, 0x30000, 0);
    assert_int_equal(next(&pair, 1).bytes, 1);
    program_1(&pair, 0x48, 0x30000, 0xFFFF);
    assert_int_equal(next(&pair, 1).bytes, 0x10000);
    program_5(&pair, 0x48, 0x40000, 0xFFFF);
    assert_int_equal(next(&pair, 5).bytes, 0x20000);
    i8237_moved(&pair, 5, 6);
    assert_int_equal(get16(&pair, 0xC6), 0xFFFC);
    assert_int_equal(get16(&pair, 0xC4), 3);
}

PS_TEST(terminal_count_masks_or_reloads, "SB-93", "SB-106")
{
    struct i8237 pair = fresh();

    program_1(&pair, 0x48, 0x30100, 15);
    i8237_moved(&pair, 1, 15);
    assert_int_equal(get16(&pair, 0x03), 0);
    assert_int_equal(get(&pair, 0x08), 0);
    i8237_moved(&pair, 1, 1);
    assert_false(i8237_ready(&pair, 1));
    assert_int_equal(get16(&pair, 0x03), 0xFFFF);
    assert_int_equal(get(&pair, 0x08), 0x02);
    program_1(&pair, 0x58, 0x30100, 15);
    i8237_moved(&pair, 1, 16);
    assert_true(i8237_ready(&pair, 1));
    assert_int_equal(get16(&pair, 0x03), 15); // FFFFh is never seen
    assert_int_equal(get16(&pair, 0x02), 0x0100);
    assert_int_equal(get(&pair, 0x08), 0x02);
}

PS_TEST(the_page_does_not_count, "SB-95")
{
    struct i8237 pair = fresh();

    program_1(&pair, 0x48, 0x3FFF0, 31);
    assert_int_equal(next(&pair, 1).bytes, 16);
    i8237_moved(&pair, 1, 16);
    assert_int_equal(next(&pair, 1).physical, 0x30000);
    assert_int_equal(next(&pair, 1).bytes, 16);
    program_5(&pair, 0x48, 0x5FFF0, 15);
    i8237_moved(&pair, 5, 16);
    assert_int_equal(next(&pair, 5).physical, 0x40000); // 128 KiB
}

PS_TEST(a_count_read_in_two_bytes_comes_apart, "SB-107", "SB-108")
{
    struct i8237 pair = fresh();
    unsigned low;

    program_1(&pair, 0x58, 0x10000, 0x1200);
    put(&pair, 0x0C, 0);
    low = get(&pair, 0x03);
    i8237_moved(&pair, 1, 1);
    assert_int_equal(low | get(&pair, 0x03) << 8, 0x1100); // 11FFh is true
    assert_int_equal(get16(&pair, 0x03), 0x11FF);
    put(&pair, 0x0A, 5); // masked, it cannot
    assert_int_equal(get16(&pair, 0x03), get16(&pair, 0x03));
}

PS_TEST(so_does_one_read_around_the_reload, "SB-107", "SB-109")
{
    struct i8237 pair = fresh();
    unsigned low;

    program_1(&pair, 0x58, 0x10000, 0x0FFF);
    i8237_moved(&pair, 1, 0x0FFF);
    low = get(&pair, 0x03);
    i8237_moved(&pair, 1, 1);
    assert_int_equal(low | get(&pair, 0x03) << 8, 0x0F00);
    assert_int_equal(get16(&pair, 0x03), 0x0FFF);
}
