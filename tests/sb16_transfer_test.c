// SPDX-License-Identifier: MIT
//
// The Sound Blaster 16's transfers: rates, blocks, pauses, ends, both directions.
#include <string.h>

#include "ps_test.h"
#include "sb16_machine.h"

enum { PLAY = 0x58, RECORD = 0x54, PLAY_ONCE = 0x48 }; // 8237 modes
enum { STEREO_16 = 0x30, MONO_16 = 0x10, STEREO_8 = 0x20, MONO_8 = 0x00 };

// 16-bit stereo on channel 5: `frame_count` numbered frames, blocks of `block` frames, at 44100 Hz.
static void play_16(struct ps_device *m, unsigned frame_count, unsigned block)
{
    number(m, SOUND, frame_count, 1);
    program(m, 5, PLAY, SOUND, 4 * frame_count);
    rate(m, 44100);
    start(m, 0xB6, STEREO_16, 2 * block);
}

static void assert_numbered(const struct ps_device *m, size_t count, unsigned frame_count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(m->heard[i].left, 1 + i % frame_count);
}

static uint64_t at_44100(uint64_t frames)
{
    return frames_at(frames, 44100);
}

// ---- starting -----------------------------------------------------------------------------------

PS_TEST(a_cyclic_buffer_plays_on_without_a_gap, "SB-22", "SB-23", "SB-46", "SB-47", "SB-93")
{
    struct ps_device *m = ready();
    unsigned blocks = 0;

    play_16(m, 400, 100);
    for (unsigned i = 1; i <= 10; i++) {
        go(m, at_44100(100 * i) - at_44100(100 * (i - 1)));
        blocks += m->line;
        get(m, STATUS_16);
    }
    assert_int_equal(blocks, 10);
    assert_int_equal(m->heard_count, 1000);
    assert_int_equal(m->fetched_count, 1000);
    assert_numbered(m, 1000, 400);
    assert_int_equal(m->underruns, 0);
    assert_int_equal(m->heard[5].rate, 44100);
    power_off(m);
}

PS_TEST(a_masked_channel_delays_the_first_transfer, "SB-23", "SB-98")
{
    struct ps_device *m = ready();

    number(m, SOUND, 400, 1);
    program(m, 5, PLAY, SOUND, 1600);
    mask(m, 5, true);
    rate(m, 44100);
    start(m, 0xB6, STEREO_16, 200);
    go(m, 50 * MILLISECOND);
    assert_int_equal(m->heard_count, 0);
    assert_int_equal(m->underruns, 0);
    assert_int_equal(dma_get(m, 0xD0), 0x20); // it asks
    mask(m, 5, false);
    go(m, at_44100(10));
    assert_in_range(m->heard_count, 10, 11);
    assert_numbered(m, m->heard_count, 400);
    assert_int_equal(dma_get(m, 0xD0), 0x00);
    power_off(m);
}

PS_TEST(a_start_may_be_paused_at_once, "SB-24", "SB-51")
{
    struct ps_device *m = ready();

    play_16(m, 400, 100);
    go(m, 1000);
    command(m, 0xD5);
    go(m, 20 * MILLISECOND);
    assert_in_range(m->heard_count, 0, 16); // a FIFO at most
    command(m, 0xD6);
    go(m, 5 * MILLISECOND);
    assert_in_range(m->heard_count, 219, 237);
    assert_numbered(m, m->heard_count, 400);
    power_off(m);
}

PS_TEST(the_example_of_the_spec_plays, "SB-130", "SB-37", "SB-91")
{
    struct ps_device *m = ready();
    uint64_t begun;

    number(m, 0x110000, 8192, 1);
    dma_put(m, 0xD4, 0x05);
    dma_put(m, 0xD8, 0x00);
    dma_put(m, 0xD6, 0x59);
    dma_put(m, 0x8B, 0x11); // bit 0 of the page is ignored
    dma_put(m, 0xC4, 0x00);
    dma_put(m, 0xC4, 0x80);
    dma_put(m, 0xC6, 0xFF);
    dma_put(m, 0xC6, 0x3F);
    dma_put(m, 0xD4, 0x01);
    command_2(m, 0x41, 0xAC, 0x44);
    command_3(m, 0xB6, 0x30, 0xFF, 0x1F);
    begun = m->now;
    go(m, 100 * MILLISECOND);
    assert_true(m->line);
    assert_int_equal(m->rose_at - begun, at_44100(4096)); // 92.9 ms
    assert_int_equal(mixer(m, 0x82) & 7, 2);
    get(m, STATUS_16);
    go(m, 100 * MILLISECOND);
    assert_numbered(m, 8192, 8192);
    power_off(m);
}

PS_TEST(the_example_of_the_spec_records, "SB-131", "SB-36")
{
    struct ps_device *m = ready();
    uint8_t *bytes = at(m, 0x110000);
    uint64_t begun;

    set_mixer(m, 0x3F, 0xC0); // x8: the count is heard sooner in eight bits
    dma_put(m, 0x0A, 0x05);
    dma_put(m, 0x0C, 0x00);
    dma_put(m, 0x0B, 0x55);
    dma_put(m, 0x83, 0x11);
    dma_put(m, 0x02, 0x00);
    dma_put(m, 0x02, 0x00);
    dma_put(m, 0x03, 0xFF);
    dma_put(m, 0x03, 0x0F);
    dma_put(m, 0x0A, 0x01);
    command_2(m, 0x42, 0x2B, 0x11);
    command_3(m, 0xCE, 0x00, 0xFF, 0x03);
    begun = m->now;
    go(m, 95 * MILLISECOND);
    assert_int_equal(m->rose_at - begun, frames_at(1024, 11025));
    assert_int_equal(mixer(m, 0x82) & 7, 1);
    for (unsigned i = 0; i < 1024; i++)
        assert_int_equal(bytes[i], 0x80 + (8 * (i + 1) >> 8)); // the left input alone
    assert_int_equal(bytes[1100], 0);
    power_off(m);
}

// ---- rates --------------------------------------------------------------------------------------

static unsigned rate_of(struct ps_device *m)
{
    m->heard_count = 0;
    go(m, 2 * MILLISECOND);
    assert_true(m->heard_count > 0);
    return m->heard[m->heard_count - 1].rate;
}

PS_TEST(rates_are_exact_and_clamped, "SB-30", "SB-32", "SB-33", "SB-34")
{
    struct ps_device *m = ready();

    play_16(m, 400, 200);
    assert_int_equal(rate_of(m), 44100);
    rate(m, 4999);
    assert_int_equal(rate_of(m), 5000);
    rate(m, 45001);
    assert_int_equal(rate_of(m), 45000);
    command_2(m, 0x42, 22050 >> 8, 22050 & 0xFF); // the input's rate is the same one
    assert_int_equal(rate_of(m), 22050);
    m->heard_count = 0;
    go(m, 1000 * MILLISECOND);
    assert_int_equal(m->heard_count, 22050); // frames, not samples
    power_off(m);
}

PS_TEST(time_constants_make_rates, "SB-31", "SB-41", "SB-21")
{
    struct ps_device *m = ready();

    memset(at(m, SOUND), 0x90, 2000);
    program(m, 1, PLAY, SOUND, 2000);
    command_1(m, 0x40, 256 - 125);  // 8000 Hz
    command_2(m, 0x48, 0xF3, 0x01); // 500 bytes
    command(m, 0x1C);
    assert_int_equal(rate_of(m), 8000);
    assert_int_equal(m->heard[0].left, 0x1000);
    assert_int_equal(m->heard[0].right, 0x1000);
    go(m, 70 * MILLISECOND);
    assert_true(m->line);
    set_mixer(m, 0x0E, 0x02); // the Pro's stereo path: twice the frame rate
    assert_int_equal(rate_of(m), 4000);
    rate(m, 8000);
    assert_int_equal(rate_of(m), 8000);
    power_off(m);
}

PS_TEST(old_commands_move_unsigned_bytes, "SB-21", "SB-41", "SB-46")
{
    struct ps_device *m = ready();
    uint8_t *bytes = at(m, SOUND);

    for (unsigned i = 0; i < 1000; i++)
        bytes[i] = (uint8_t)i;
    rate(m, 8000);
    program(m, 1, PLAY, SOUND, 1000);
    command_2(m, 0x14, 99, 0);
    go(m, 20 * MILLISECOND);
    assert_int_equal(m->heard_count, 100);
    assert_int_equal(m->heard[1].left, (1 - 128) * 256);
    assert_true(m->line);
    get(m, STATUS);
    command_2(m, 0x14, 99, 0); // a single cycle: the 8237 goes on where it was
    go(m, 20 * MILLISECOND);
    assert_int_equal(m->heard_count, 200);
    assert_int_equal(m->heard[100].left, (100 - 128) * 256);
    program(m, 1, RECORD, SOUND, 1000);
    command_2(m, 0x24, 99, 0);
    go(m, 20 * MILLISECOND);
    assert_int_equal(m->arrived[0], 100);
    assert_int_equal(bytes[0], 0x80);
    command_2(m, 0x48, 99, 0);
    command(m, 0x2C);
    go(m, 30 * MILLISECOND);
    assert_in_range(m->arrived[0], 338, 340); // and goes on
    power_off(m);
}

// ---- formats and lengths ------------------------------------------------------------------------

PS_TEST(samples_lie_in_memory_as_listed, "SB-35", "SB-22")
{
    static const struct {
        uint8_t code, mode, bytes[4];
        int16_t left, right;
    } cases[] = {
        {0xC2, 0x00, {0x80, 0xFF, 0x00, 0x40}, 0, 0},
        {0xC2, 0x10, {0x80, 0x7F, 0x00, 0x40}, -32768, -32768},
        {0xC2, 0x20, {0x81, 0x7F, 0x00, 0x40}, 256, -256},
        {0xC2, 0x30, {0x01, 0xFF, 0x00, 0x40}, 256, -256},
        {0xB2, 0x10, {0x34, 0x12, 0xFF, 0xFF}, 0x1234, 0x1234},
        {0xB2, 0x00, {0x01, 0x80, 0xFF, 0xFF}, 1, 1},
        {0xB2, 0x30, {0x34, 0x12, 0xFE, 0xFF}, 0x1234, -2},
        {0xBA, 0x30, {0x01, 0x00, 0xFF, 0xFF}, 0, 0},
        {0xBA, 0x10, {0x01, 0x00, 0x02, 0x00}, 0, 0},
        {0xBA, 0x00, {0x01, 0x80, 0x02, 0x80}, 0, 0},
        {0xCA, 0x30, {0x00, 0xFF, 0x00, 0xFF}, 0, 0},
        {0xCA, 0x20, {0x80, 0x7F, 0x80, 0x7F}, 0, 0},
        {0xCA, 0x10, {0x00, 0x00, 0x00, 0x00}, 0, 0},
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct ps_device *m = ready();
        bool wide = cases[i].code >> 4 == 0xB, capture = cases[i].code & 8;

        if (!capture)
            memcpy(at(m, SOUND), cases[i].bytes, 4);
        program(m, wide ? 5 : 1, capture ? 0x44 : PLAY_ONCE, SOUND, 4);
        rate(m, 44100);
        start(m, cases[i].code, cases[i].mode, wide ? 2 : 4);
        go(m, MILLISECOND);
        if (capture) {
            assert_memory_equal(at(m, SOUND), cases[i].bytes, 4);
        } else {
            assert_int_equal(m->heard[0].left, cases[i].left);
            assert_int_equal(m->heard[0].right, cases[i].right);
        }
        assert_true(m->line);
        power_off(m);
    }
}

PS_TEST(a_length_counts_transfers, "SB-37", "SB-38", "SB-45")
{
    static const struct {
        unsigned code, mode, samples, frames;
    } cases[] = {{0xB6, 0x30, 2, 1}, {0xB6, 0x10, 1, 1},         {0xC6, 0x20, 2, 1},
                 {0xC6, 0x00, 1, 1}, {0xB6, 0x30, 65536, 32768}, {0xC6, 0x00, 65536, 65536}};

    for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct ps_device *m = ready();
        bool wide = cases[i].code >> 4 == 0xB;
        uint64_t begun;

        program(m, wide ? 5 : 1, PLAY, 0x120000, wide ? 0x20000 : 0x10000);
        rate(m, 44100);
        start(m, cases[i].code, cases[i].mode, cases[i].samples);
        begun = m->now;
        go(m, 1600 * MILLISECOND);
        assert_int_equal(m->rises, 1);
        assert_int_equal(m->rose_at - begun, at_44100(cases[i].frames));
        assert_int_equal(mixer(m, 0x82) & 7, wide ? 2 : 1);
        power_off(m);
    }
}

PS_TEST(an_odd_stereo_block_ends_in_mid_frame, "SB-39")
{
    struct ps_device *m = ready();

    number(m, SOUND, 100, 1);
    program(m, 5, PLAY, SOUND, 400);
    rate(m, 44100);
    start(m, 0xB6, STEREO_16, 5);
    assert_string_equal(m->report, "SB-39");
    assert_true(m->remarked);
    go(m, at_44100(3));
    assert_int_equal(m->rises, 1); // after two and a half frames
    go(m, at_44100(10));
    assert_numbered(m, m->heard_count, 100); // the other half comes with the next block
    assert_int_equal(m->heard[2].right, -3);
    power_off(m);
}

// ---- pause, end ---------------------------------------------------------------------------------

PS_TEST(a_pause_keeps_everything, "SB-51", "SB-52")
{
    struct ps_device *m = ready();
    unsigned before;

    command(m, 0xD5); // nothing runs
    command(m, 0xD6);
    play_16(m, 400, 100);
    go(m, at_44100(150));
    get(m, STATUS_16);
    put(m, COMMAND, 0xD5);
    before = count_of(m, 5);
    go(m, 30 * MILLISECOND);
    assert_int_equal(count_of(m, 5), before);
    assert_int_equal(m->heard_count, 150);
    assert_false(m->line);
    assert_int_equal(dma_get(m, 0xD0) & 0xF0, 0);
    put(m, COMMAND, 0xD4); // that is the other one's
    go(m, MILLISECOND);
    assert_int_equal(m->heard_count, 150);
    put(m, COMMAND, 0xD6);
    go(m, at_44100(50));
    assert_int_equal(m->heard_count, 200);
    assert_true(m->line);
    assert_numbered(m, 200, 400);
    assert_int_equal(m->underruns, 0);
    power_off(m);
}

PS_TEST(leaving_auto_init_ends_with_the_block, "SB-53", "SB-54", "SB-56")
{
    struct ps_device *m = ready();

    play_16(m, 400, 100);
    go(m, at_44100(110));
    get(m, STATUS_16);
    command(m, 0xD9);
    command(m, 0x47); // and back
    go(m, at_44100(100));
    assert_true(m->line);
    get(m, STATUS_16);
    command(m, 0xD9);
    put(m, COMMAND, 0xD5);
    go(m, 20 * MILLISECOND);
    assert_false(m->line);
    put(m, COMMAND, 0xD6);
    go(m, 20 * MILLISECOND);
    assert_true(m->line);
    assert_int_equal(m->heard_count, 300);
    get(m, STATUS_16);
    command(m, 0x47); // too late
    go(m, 20 * MILLISECOND);
    assert_int_equal(m->heard_count, 300);
    assert_int_equal(m->underruns, 0);
    power_off(m);
}

PS_TEST(a_single_cycle_ends_and_is_silent, "SB-46", "SB-45")
{
    struct ps_device *m = ready();

    number(m, SOUND, 400, 1);
    program(m, 5, PLAY, SOUND, 1600);
    rate(m, 44100);
    start(m, 0xB2, STEREO_16, 200);
    go(m, 1000);
    command(m, 0x47); // it never was auto-init
    go(m, 50 * MILLISECOND);
    assert_int_equal(m->heard_count, 100);
    assert_int_equal(m->rises, 1);
    assert_int_equal(m->underruns, 0);
    assert_int_equal(dma_get(m, 0xD0) & 0xF0, 0);
    power_off(m);
}

PS_TEST(a_pause_and_a_mask_stop_at_once, "SB-56")
{
    struct ps_device *m = ready();

    play_16(m, 400, 100);
    go(m, at_44100(30));
    put(m, COMMAND, 0xD5);
    mask(m, 5, true);
    go(m, 50 * MILLISECOND);
    assert_int_equal(m->heard_count, 30);
    assert_false(m->line);
    power_off(m);
}

PS_TEST(a_new_command_replaces_the_running_one, "SB-55", "SB-57")
{
    struct ps_device *m = ready();

    play_16(m, 400, 100);
    go(m, at_44100(70));
    start(m, 0xB6, STEREO_16, 200);
    go(m, at_44100(40));
    assert_false(m->line); // the old block never ends
    go(m, at_44100(60));
    assert_true(m->line);
    get(m, STATUS_16);
    program(m, 1, PLAY, SOUND, 400); // the same direction on the other channel
    start(m, 0xC6, MONO_8, 50);
    m->heard_count = 0;
    go(m, at_44100(60));
    assert_int_equal(m->heard_count, 60);
    assert_int_equal(mixer(m, 0x82) & 7, 1);
    power_off(m);
}

PS_TEST(an_unacknowledged_interrupt_stops_nothing, "SB-50")
{
    struct ps_device *m = ready();

    play_16(m, 400, 100);
    go(m, at_44100(1000));
    assert_int_equal(m->rises, 1);
    assert_true(m->line);
    assert_int_equal(m->heard_count, 1000);
    power_off(m);
}

// ---- the 8237's end, starvation -----------------------------------------------------------------

PS_TEST(terminal_count_freezes_and_repeats_the_last_sample, "SB-48", "SB-49", "SB-93", "SB-114")
{
    struct ps_device *m = ready();

    number(m, SOUND, 50, 1);
    program(m, 5, PLAY_ONCE, SOUND, 200);
    rate(m, 44100);
    start(m, 0xB6, STEREO_16, 200);
    go(m, at_44100(66)); // 16 frames in the FIFO
    assert_int_equal(m->heard_count, 50);
    assert_int_equal(m->underruns, 0);
    go(m, at_44100(34));
    assert_int_equal(m->underruns, 1);
    assert_int_equal(m->heard_count, 84);
    for (unsigned i = 50; i < 84; i++) {
        assert_int_equal(m->heard[i].left, 50);
        assert_false(m->heard[i].fetched);
    }
    assert_false(m->line);                    // the block's counter is frozen, too
    assert_int_equal(dma_get(m, 0xD0), 0x22); // asking, and terminal count
    program(m, 5, PLAY, SOUND, 200);
    go(m, at_44100(50));
    assert_true(m->line);
    assert_int_equal(m->heard[84].left, 1);
    assert_int_equal(m->underruns, 1);
    power_off(m);
}

PS_TEST(input_that_nobody_takes_is_lost, "SB-48", "SB-49", "SB-114")
{
    struct ps_device *m = ready();
    int16_t *to = samples_at(m, SOUND);

    program(m, 5, 0x44, SOUND, 200);
    rate(m, 44100);
    start(m, 0xBE, STEREO_16, 200);
    go(m, at_44100(100));
    assert_int_equal(m->underruns, 1);
    program(m, 5, 0x44, SOUND + 200, 800);
    go(m, at_44100(34));
    assert_int_equal(to[98], 50);
    assert_int_equal(to[100], 51); // the FIFO kept 16
    assert_int_equal(to[130], 66);
    assert_int_equal(to[132], 101); // 34 are lost
    assert_int_equal(m->rises, 1);
    power_off(m);
}

PS_TEST(memory_outside_a_grant_reads_as_ones, "SB-92")
{
    struct ps_device *m = ready();

    number(m, SOUND, 100, 1);
    m->denied = SOUND + 200;
    m->denied_bytes = 100;
    program(m, 5, PLAY, SOUND, 400);
    rate(m, 44100);
    start(m, 0xB6, STEREO_16, 200);
    go(m, at_44100(100));
    assert_true(m->refused > 0);
    assert_int_equal(m->heard[49].left, 50);
    assert_int_equal(m->heard[50].left, -1);
    assert_true(m->line);
    power_off(m);
}

PS_TEST(moving_in_pieces_changes_nothing, "SB-92", "SB-46")
{
    for (size_t piece = 2; piece < 12; piece += 2) {
        struct ps_device *m = ready();

        m->piece = piece;
        play_16(m, 400, 100);
        go(m, at_44100(900));
        assert_numbered(m, 900, 400);
        program(m, 1, RECORD, SOUND + 0x4000, 999);
        start(m, 0xCE, STEREO_8, 333);
        go(m, at_44100(400));
        assert_int_equal(m->arrived[0], 400);
        power_off(m);
    }
}

// ---- both directions, one channel ---------------------------------------------------------------

PS_TEST(both_directions_run_at_one_rate, "SB-57", "SB-32", "SB-68", "SB-69")
{
    struct ps_device *m = ready();
    uint8_t *recorded = at(m, SOUND + 0x4000);

    play_16(m, 400, 100);
    go(m, 1000);
    program(m, 1, RECORD, SOUND + 0x4000, 1000);
    start(m, 0xCE, MONO_8, 100);
    go(m, at_44100(200));
    assert_int_equal(m->heard_count, 200);
    assert_int_equal(m->arrived[0], 200);
    assert_int_equal(recorded[199], 0x80);
    assert_int_equal(mixer(m, 0x82) & 7, 3);
    assert_int_equal(m->rises, 1);
    get(m, STATUS); // each flag for itself
    assert_int_equal(mixer(m, 0x82) & 7, 2);
    assert_true(m->line);
    get(m, STATUS_16);
    assert_false(m->line);
    go(m, at_44100(101));
    assert_int_equal(m->rises, 2);
    assert_numbered(m, m->heard_count, 400);
    power_off(m);
}

PS_TEST(two_directions_cannot_share_a_channel, "SB-57")
{
    struct ps_device *m = ready();

    play_16(m, 400, 100);
    go(m, at_44100(10));
    program(m, 5, RECORD, SOUND, 1600);
    start(m, 0xBE, STEREO_16, 200);
    go(m, at_44100(100));
    assert_int_equal(m->heard_count, 10);
    assert_int_equal(m->arrived[0], 100);
    power_off(m);
}

PS_TEST(words_go_over_the_byte_channel_when_there_is_no_other, "SB-58")
{
    struct ps_device *m = ready();

    set_mixer(m, 0x81, 0x02);
    number(m, SOUND, 400, 0x0101);
    program(m, 1, PLAY, SOUND, 1600);
    rate(m, 44100);
    start(m, 0xB6, STEREO_16, 200);
    go(m, at_44100(100));
    assert_int_equal(m->heard_count, 100);
    assert_int_equal(m->heard[99].left, 0x0101 + 99);
    assert_int_equal(m->heard[99].right, -(0x0101 + 99));
    assert_int_equal(count_of(m, 1), 1600 - 400 - 1);
    assert_int_equal(mixer(m, 0x82) & 7, 2); // the interrupt is the wide one's
    program(m, 1, RECORD, SOUND, 1600);
    start(m, 0xCE, MONO_8, 100); // the bytes have the channel now
    go(m, at_44100(50));
    assert_in_range(m->heard_count, 100, 101);
    assert_int_equal(m->arrived[0], 50);
    power_off(m);
}

// ---- reading the count --------------------------------------------------------------------------

PS_TEST(the_count_moves_with_time, "SB-112", "SB-107")
{
    struct ps_device *m = ready();
    unsigned low, torn;

    play_16(m, 400, 200);
    go(m, at_44100(16) + 1000);
    assert_int_equal(count_of(m, 5), 799 - 32); // two words a frame
    go(m, at_44100(128) - at_44100(16));
    assert_int_equal(count_of(m, 5), 799 - 256); // 021Fh
    program(m, 5, PLAY, SOUND, 1600);
    start(m, 0xB6, STEREO_16, 400);
    go(m, at_44100(16));
    assert_int_equal(count_of(m, 5), 0x2FF);
    go(m, at_44100(144) - at_44100(16));
    assert_int_equal(count_of(m, 5), 0x1FF);
    go(m, at_44100(271) - at_44100(144));
    assert_int_equal(count_of(m, 5), 0x101);
    dma_put(m, 0xD8, 0);
    low = dma_get(m, 0xC6);
    go(m, at_44100(1)); // as long as a slow reader takes
    torn = low | (unsigned)dma_get(m, 0xC6) << 8;
    assert_int_equal(count_of(m, 5), 0xFF);
    assert_int_equal(torn, 0x001); // neither 0101h nor 00FFh
    power_off(m);
}
