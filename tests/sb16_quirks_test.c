// SPDX-License-Identifier: MIT
//
// The Sound Blaster 16 model as QEMU's card is (--machine sim:quirks=qemu). Each of these was seen on QEMU 7.2:
// tests/machine/machine_sb16_test.c does the same on both.
#include "models/models.h"
#include "models/sb16.h"
#include "tests/ps_test.h"
#include "tests/sb16_machine.h"

enum { BYTES = 0x8000, RATE = 22050, TICK = RATE / 100, FIRST = 1024 };
enum { AUTOMATIC = 0x58, STEREO = 0x30, MONO = 0x10 };

static struct ps_device *quirky(void)
{
    struct ps_device *m = model_power_on_as(&sb16_model, true);

    put(m, RESET, 1);
    pass(m, 10000);
    put(m, RESET, 0);
    pass(m, 200000);
    get(m, DATA);
    rate(m, RATE);
    number(m, SOUND, BYTES / 4, 1);
    program(m, 5, AUTOMATIC, SOUND, BYTES);
    return m;
}

// Transfers of channel 5 so far.
static unsigned moved(struct ps_device *m)
{
    return BYTES / 2 - 1 - count_of(m, 5);
}

PS_TEST(a_reset_during_auto_init_pulses_the_line, "SB-16")
{
    struct ps_device *m = quirky();

    start(m, 0xB6, STEREO, 4096);
    pass(m, MILLISECOND);
    put(m, RESET, 1);
    assert_int_equal(m->rises, 0);
    put(m, RESET, 0);
    assert_false(m->line);
    assert_int_equal(m->rises, 1);
    pass(m, 200000);
    start(m, 0xB0, STEREO, 4096);
    put(m, RESET, 1);
    put(m, RESET, 0);
    assert_int_equal(m->rises, 1); // a single cycle's does not
    power_off(m);
}

PS_TEST(some_values_at_the_reset_port_are_resets_of_their_own, "SB-16")
{
    static const uint8_t values[] = {0xB8, 0x39, 0xC6};

    for (unsigned i = 0; i < sizeof(values); i++) {
        struct ps_device *m = quirky();

        put(m, RESET, values[i]);
        assert_int_equal(has_data(m), i < 2);
        assert_int_equal(get(m, DATA), 0xAA);
        power_off(m);
    }
}

PS_TEST(it_does_not_record, "SB-25")
{
    struct ps_device *m = quirky();

    start(m, 0xBE, STEREO, 4096);
    pass(m, 500 * MILLISECOND);
    assert_int_equal(moved(m), 0);
    assert_int_equal(m->rises, 0);
    command(m, 0xE1); // its parameters were taken
    assert_int_equal(get(m, DATA), 4);
    start(m, 0xB6, STEREO, 4096);
    pass(m, 20 * MILLISECOND);
    command(m, 0xD0); // of the other width
    pass(m, 100 * MILLISECOND);
    assert_int_equal(moved(m), 2 * (FIRST + TICK));
    power_off(m);
}

PS_TEST(a_single_cycle_counts_frames, "SB-40")
{
    static const unsigned modes[] = {MONO, STEREO};

    for (unsigned i = 0; i < 2; i++) {
        struct ps_device *m = quirky();

        start(m, 0xB0, modes[i], 4096);
        pass(m, 500 * MILLISECOND);
        assert_int_equal(m->rises, 1);
        assert_int_equal(moved(m), i ? 8192 : 4096);
        get(m, STATUS_16);
        start(m, 0xB6, STEREO, 4096); // auto-init does not
        pass(m, 60 * MILLISECOND);
        assert_int_equal(m->rises, 2);
        power_off(m);
    }
}

PS_TEST(its_mixer_is_memory, "SB-76")
{
    struct ps_device *m = quirky();

    for (unsigned index = 0x30; index < 0x48; index++)
        assert_int_equal(mixer(m, index), 0x20);
    assert_int_equal(mixer(m, 0x04), 0x88);
    assert_int_equal(mixer(m, 0x22), 0x88);
    assert_int_equal(mixer(m, 0x26), 0x88);
    set_mixer(m, 0x30, 0x55);
    set_mixer(m, 0x0A, 0xFF);
    set_mixer(m, 0x82, 0xFF);
    assert_int_equal(mixer(m, 0x30), 0x55);
    assert_int_equal(mixer(m, 0x0A), 0xFF);
    assert_int_equal(mixer(m, 0x82), 0);
    set_mixer(m, 0x80, 0x01);
    set_mixer(m, 0x81, 0x41); // 0 and 6: not where the sound goes
    set_mixer(m, 0, 0);
    assert_int_equal(mixer(m, 0x80), 0x01);
    assert_int_equal(mixer(m, 0x81), 0x41);
    assert_int_equal(mixer(m, 0x30), 0x20);
    start(m, 0xB6, STEREO, 4096);
    pass(m, 500 * MILLISECOND);
    assert_int_equal(m->heard[0].left, 1); // whatever the volumes
    assert_int_equal(m->rises, 0);         // the line is another one now
    power_off(m);
}

PS_TEST(the_count_moves_every_ten_milliseconds, "SB-115")
{
    static const struct { unsigned frames, moved; } looks[] = {
        {TICK - 1, 0}, {1, FIRST}, {TICK - 1, FIRST}, {1, FIRST + TICK}, {10 * TICK, FIRST + 11 * TICK}};
    struct ps_device *m = quirky();
    unsigned passed = 0;
    uint64_t from;

    start(m, 0xB6, STEREO, 4096);
    from = m->now;
    for (unsigned i = 0; i < sizeof(looks) / sizeof(*looks); i++) {
        passed += looks[i].frames;
        pass(m, from + frames_at(passed, RATE) - m->now);
        assert_int_equal(moved(m), 2 * looks[i].moved);
        assert_int_equal(m->heard_count, looks[i].moved);
    }
    power_off(m);
}
