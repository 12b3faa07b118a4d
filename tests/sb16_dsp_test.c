// SPDX-License-Identifier: MIT
//
// The Sound Blaster 16's DSP: ports, reset, commands that answer.
#include "ps_test.h"
#include "sb16_machine.h"

static unsigned answer(struct ps_device *m)
{
    assert_true(has_data(m));
    return get(m, DATA);
}

PS_TEST(ports_answer_as_listed, "SB-2", "SB-3", "SB-4")
{
    struct ps_device *m = ready();

    for (unsigned offset = 0; offset < 16; offset++) {
        uint8_t value = get(m, offset);

        if (offset < 4 || offset == 6 || offset == 8 || offset == 9 || offset == 0xF)
            assert_int_equal(value, 0xFF);
    }
    put(m, 0, 0x12); // FM: ignored
    put(m, MIXER_INDEX, 0x32);
    assert_int_equal(get(m, MIXER_INDEX), 0x32);
    assert_int_equal(get(m, MIXER_DATA), 0xF8);
    assert_int_equal(get(m, COMMAND), 0x7F);
    assert_int_equal(get(m, STATUS), 0x7F);
    command_1(m, 0xE0, 0x00);
    assert_int_equal(get(m, STATUS), 0xFF);
    assert_int_equal(m->reports, 0);
    power_off(m);
}

PS_TEST(a_byte_takes_a_microsecond, "SB-5")
{
    struct ps_device *m = ready();

    put(m, COMMAND, 0xE0);
    assert_int_equal(get(m, COMMAND), 0xFF);
    put(m, COMMAND, 0x11); // lost
    assert_int_equal(m->reports, 1);
    assert_string_equal(m->report, "SB-5");
    pass(m, 999);
    assert_int_equal(get(m, COMMAND), 0xFF);
    pass(m, 1);
    assert_int_equal(get(m, COMMAND), 0x7F);
    put(m, COMMAND, 0x22);
    assert_int_equal(answer(m), 0xDD);
    power_off(m);
}

PS_TEST(reading_nothing_gives_the_last_byte_again, "SB-6")
{
    struct ps_device *m = ready();

    assert_int_equal(get(m, DATA), 0xAA);
    command_1(m, 0xE0, 0xF0);
    assert_int_equal(get(m, DATA), 0x0F);
    assert_int_equal(get(m, DATA), 0x0F);
    power_off(m);
}

// ---- reset --------------------------------------------------------------------------------------

PS_TEST(reset_answers_after_a_hundred_microseconds, "SB-10", "SB-11", "SB-12")
{
    struct ps_device *m = power_on();

    put(m, RESET, 1);
    assert_int_equal(get(m, COMMAND), 0xFF);
    assert_false(has_data(m));
    pass(m, 3000);
    put(m, RESET, 0);
    assert_int_equal(m->reports, 0);
    pass(m, 99999);
    assert_false(has_data(m));
    assert_int_equal(get(m, COMMAND), 0xFF);
    pass(m, 1);
    assert_int_equal(answer(m), 0xAA);
    assert_false(has_data(m));
    assert_int_equal(get(m, COMMAND), 0x7F);
    put(m, RESET, 1);
    pass(m, 2999);
    put(m, RESET, 0);
    assert_string_equal(m->report, "SB-10"); // too short
    power_off(m);
}

PS_TEST(only_a_falling_reset_bit_answers, "SB-15")
{
    struct ps_device *m = ready();

    put(m, RESET, 0);
    pass(m, 200000);
    assert_false(has_data(m));
    put(m, RESET, 1);
    pass(m, 5000);
    put(m, RESET, 1);
    pass(m, 200000);
    assert_false(has_data(m));
    put(m, RESET, 0xFE); // bit 0 alone counts
    pass(m, 200000);
    assert_int_equal(answer(m), 0xAA);
    power_off(m);
}

PS_TEST(reset_forgets_all_but_the_mixer_and_the_test_register, "SB-13", "SB-14")
{
    struct ps_device *m = ready();

    number(m, SOUND, 1000, 1);
    program(m, 5, 0x58, SOUND, 4000);
    program(m, 1, 0x54, SOUND + 0x2000, 4000);
    command_1(m, 0xE4, 0x5C);
    command(m, 0xD1);
    rate(m, 22050);
    start(m, 0xB6, 0x30, 100);
    pass(m, 1000);
    start(m, 0xCE, 0x00, 100);
    pass(m, 10 * MILLISECOND);
    assert_true(m->line);
    command(m, 0xE1);
    command(m, 0x41); // half of it
    put(m, RESET, 1);
    assert_false(m->line);
    assert_int_equal(mixer(m, 0x82) & 7, 0);
    m->heard_count = 0;
    pass(m, 5000);
    put(m, RESET, 0);
    pass(m, 200000);
    assert_int_equal(answer(m), 0xAA); // the version is gone
    assert_false(has_data(m));
    assert_int_equal(m->heard_count, 0);
    assert_int_equal(count_of(m, 5), count_of(m, 5));
    command(m, 0xE8); // no parameter of 41h
    assert_int_equal(answer(m), 0x5C);
    command(m, 0xD8);
    assert_int_equal(answer(m), 0x00);
    assert_int_equal(mixer(m, 0x30), 0xF8);
    command(m, 0x47); // nothing to continue
    pass(m, 10 * MILLISECOND);
    assert_int_equal(m->heard_count, 0);
    program(m, 1, 0x58, SOUND, 1000);
    start(m, 0xC6, 0x00, 100);
    pass(m, 20 * MILLISECOND);
    assert_int_equal(m->heard[0].rate, 11025);
    power_off(m);
}

// ---- commands -----------------------------------------------------------------------------------

PS_TEST(commands_run_with_their_last_parameter, "SB-20")
{
    struct ps_device *m = ready();

    command(m, 0xE0);
    assert_false(has_data(m));
    command(m, 0x55);
    assert_int_equal(answer(m), 0xAA);
    command(m, 0x77); // there is no such command
    assert_int_equal(m->reports, 1);
    assert_string_equal(m->report, "SB-20");
    command(m, 0xB1); // bit 0 must be zero
    assert_int_equal(m->reports, 2);
    command_1(m, 0xE0, 0x01);
    assert_int_equal(answer(m), 0xFE); // and took no parameters
    power_off(m);
}

PS_TEST(commands_answer, "SB-21", "SB-59", "SB-120", "SB-121", "SB-122")
{
    static const char text[] = "COPYRIGHT (C) CREATIVE TECHNOLOGY LTD, 1992.";
    struct ps_device *m = ready();

    command(m, 0xE1);
    assert_int_equal(answer(m), 4);
    assert_int_equal(answer(m), 5);
    assert_false(has_data(m));
    command(m, 0xE3);
    for (unsigned i = 0; i < sizeof(text); i++)
        assert_int_equal(answer(m), text[i]);
    assert_false(has_data(m));
    command(m, 0xD8);
    assert_int_equal(answer(m), 0x00);
    command(m, 0xD1);
    command(m, 0xD8);
    assert_int_equal(answer(m), 0xFF);
    command(m, 0xD3);
    command(m, 0xD8);
    assert_int_equal(answer(m), 0x00);
    command_1(m, 0xE4, 0x42);
    command(m, 0xE8);
    assert_int_equal(answer(m), 0x42);
    command(m, 0xE1); // nobody reads
    command(m, 0xD8);
    assert_int_equal(answer(m), 4);
    assert_int_equal(answer(m), 5);
    assert_int_equal(answer(m), 0);
    assert_int_equal(m->reports, 0);
    power_off(m);
}

PS_TEST(the_output_buffer_ends_somewhere, "SB-122")
{
    struct ps_device *m = ready();
    unsigned count = 0;

    for (unsigned i = 0; i < 100; i++)
        command_1(m, 0xE0, i);
    while (has_data(m))
        assert_int_equal(get(m, DATA), (uint8_t)~count++);
    assert_int_equal(count, 64);
    power_off(m);
}

// ---- interrupts ---------------------------------------------------------------------------------

PS_TEST(software_raises_interrupts, "SB-70", "SB-65", "SB-66", "SB-67", "SB-68", "SB-7")
{
    struct ps_device *m = ready();

    assert_int_equal(mixer(m, 0x82), 0x20); // DSP 4.05
    put(m, COMMAND, 0xF2);
    pass(m, 9999);
    assert_false(m->line);
    pass(m, 1);
    assert_true(m->line);
    assert_int_equal(mixer(m, 0x82), 0x21);
    command(m, 0xF3);
    pass(m, 10000);
    assert_int_equal(mixer(m, 0x82), 0x23);
    assert_int_equal(m->rises, 1); // no new edge for the second
    get(m, STATUS_16);
    assert_int_equal(mixer(m, 0x82), 0x21);
    assert_true(m->line);
    get(m, STATUS); // so does a poll for data
    assert_int_equal(mixer(m, 0x82), 0x20);
    assert_false(m->line);
    assert_false(has_data(m)); // no byte comes with it
    power_off(m);
}
