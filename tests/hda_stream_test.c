// SPDX-License-Identifier: MIT
//
// The HD Audio model's stream descriptors: reset, run, and what may be written when.
#include "tests/hda_machine.h"
#include "tests/ps_test.h"

static struct ps_device *listening(void)
{
    struct ps_device *m = awake();

    listen(m, PCM_48_16);
    return m;
}

// ---- reset --------------------------------------------------------------------------------------

PS_TEST(reset_is_a_handshake, "HD-33", "HD-34", "HD-70")
{
    struct ps_device *m = listening();
    uint32_t marker = 0x12345678;

    put(m, DPLBASE, 4, (LIST + 0xA000) | 1);
    play(m, 128);
    run_frames(m, 50);
    put(m, OUT0 + CTL, 1, 0);
    run_frames(m, 1);
    memcpy(at(m, LIST + 0xA000 + 8 * 4), &marker, 4);
    put(m, OUT0 + CTL, 1, SRST);
    assert_int_equal(get(m, OUT0 + CTL, 1), 0);
    run_frames(m, 1);
    assert_int_equal(get(m, OUT0 + CTL, 4), 0x00040000 | SRST);
    assert_int_equal(get(m, OUT0 + LPIB, 4) | get(m, OUT0 + CBL, 4) | get(m, OUT0 + LVI, 2), 0);
    assert_int_equal(get(m, OUT0 + FMT, 2) | get(m, OUT0 + BDPL, 4), 0);
    put(m, OUT0 + CTL, 1, 0);
    assert_int_equal(get(m, OUT0 + CTL, 1), SRST);
    run_frames(m, 1);
    assert_int_equal(get(m, OUT0 + CTL, 4), 0x00040000);
    assert_int_equal(m->reports, 0);
    assert_memory_equal(at(m, LIST + 0xA000 + 8 * 4), &marker, 4); // the driver zeroes it itself
    play(m, 128);                                                  // from the start again
    run_frames(m, 1 + 100);
    sync(m);
    assert_true(heard_numbers(m, m->heard_count - 100, 100, 1));
    power_off(m);
}

PS_TEST(writes_during_reset_are_ignored, "HD-34")
{
    struct ps_device *m = awake();

    put(m, OUT0 + CTL, 1, SRST);
    run_frames(m, 1);
    put(m, OUT0 + CBL, 4, 4096);
    put(m, OUT0 + CTL + 2, 1, 0x10);
    assert_int_equal(m->reports, 2);
    assert_string_equal(m->report, "HD-34");
    put(m, OUT0 + CTL, 1, 0);
    put(m, OUT0 + FMT, 2, PCM_48_16); // before 0 was read
    assert_int_equal(m->reports, 3);
    run_frames(m, 1);
    assert_int_equal(get(m, OUT0 + CBL, 4), 0);
    assert_int_equal(get(m, OUT0 + CTL + 2, 1), 0x04);
    assert_int_equal(get(m, OUT0 + FMT, 2), 0);
    power_off(m);
}

PS_TEST(a_bench_makes_reset_slow_or_immediate, "HD-34")
{
    struct ps_device *m = awake();

    inside(m)->options.reset_frames = 48; // 1 ms
    put(m, OUT0 + CTL, 1, SRST);
    run_nearly(m, 48);
    assert_int_equal(get(m, OUT0 + CTL, 1), 0);
    pass(m, 1);
    assert_int_equal(get(m, OUT0 + CTL, 1), SRST);
    inside(m)->options.reset_frames = 0;
    put(m, OUT0 + CTL, 1, 0);
    assert_int_equal(get(m, OUT0 + CTL, 1), 0);
    put(m, OUT0 + CTL, 1, SRST);
    assert_int_equal(get(m, OUT0 + CTL, 1), SRST);
    power_off(m);
}

PS_TEST(reset_of_a_running_stream_is_a_violation, "HD-33")
{
    struct ps_device *m = listening();

    play(m, 128);
    run_frames(m, 50);
    put(m, OUT0 + CTL, 1, SRST);
    assert_string_equal(m->report, "HD-33");
    run_frames(m, 50);
    assert_int_equal(m->heard_count, 49);
    power_off(m);
}

// ---- control and status -------------------------------------------------------------------------

PS_TEST(fields_of_the_control_register, "HD-31", "HD-32")
{
    struct ps_device *m = awake();

    put(m, OUT0 + CTL, 4, 0x00FF00FC);
    assert_int_equal(get(m, OUT0 + CTL, 4), 0x00F7001C); // DIR is not there, TP always 1
    put(m, OUT0 + CTL + 2, 1, 0x00);
    assert_int_equal(get(m, OUT0 + CTL, 4), 0x0004001C);
    power_off(m);
}

PS_TEST(a_dword_write_reaches_the_status, "HD-86", "HD-190")
{
    struct ps_device *m = listening();

    play(m, 64);
    run_frames(m, 1 + 60);
    assert_int_equal(status(m, OUT0), BCIS | FIFORDY);
    put(m, OUT0 + CTL, 1, ENABLES | RUN);
    put(m, OUT0 + CTL + 2, 1, 0x10);
    assert_int_equal(status(m, OUT0), BCIS | FIFORDY); // bytes do not touch it
    put(m, OUT0 + STS, 1, FIFOE | DESE);
    assert_int_equal(status(m, OUT0), BCIS | FIFORDY);
    put(m, OUT0 + CTL, 4, get(m, OUT0 + CTL, 4)); // eats a BCIS
    assert_int_equal(status(m, OUT0), FIFORDY);
    power_off(m);
}

PS_TEST(fifo_sizes_follow_the_format, "HD-44")
{
    static const struct {
        uint16_t format, in, out;
    } sizes[] = {{0x0001, 0x77, 0xBF},
                 {0x0011, 0x77, 0xBF},
                 {0x0021, 0x9F, 0xFF},
                 {0x0031, 0x9F, 0xFF},
                 {0x0041, 0x77, 0xBF}};
    static const uint8_t chosen[] = {0x0F, 0x1F, 0x3F, 0x7F};
    struct ps_device *m = awake();

    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        put(m, IN0 + FMT, 2, sizes[i].format);
        put(m, OUT0 + FMT, 2, sizes[i].format);
        assert_int_equal(get(m, IN0 + FIFOS, 2), sizes[i].in);
        assert_int_equal(get(m, OUT0 + FIFOS, 2), sizes[i].out);
    }
    for (size_t i = 0; i < sizeof(chosen); i++) {
        put(m, OUT0 + FIFOS, 2, chosen[i]);
        assert_int_equal(get(m, OUT0 + FIFOS, 2), chosen[i]);
        put(m, IN0 + FIFOS, 2, chosen[i]);
        assert_int_equal(get(m, IN0 + FIFOS, 2), 0x77); // read-only
    }
    put(m, OUT0 + FIFOS, 2, 0x55);
    assert_int_equal(get(m, OUT0 + FIFOS, 2), 0xBF);
    put(m, OUT0 + FIFOW, 2, 7);
    assert_int_equal(get(m, OUT0 + FIFOW, 2), 4);
    power_off(m);
}

PS_TEST(the_chosen_fifo_bounds_the_lead, "HD-44", "HD-66")
{
    struct ps_device *m = listening();
    uint32_t position;

    put(m, OUT0 + FMT, 2, PCM_48_16);
    put(m, OUT0 + FIFOS, 2, 0x1F);
    put(m, DPLBASE, 4, (LIST + 0xA000) | 1);
    number(m, SOUND, 256, 1);
    describe(m, OUT0, 0, SOUND, 512, 0);
    describe(m, OUT0, 1, SOUND + 512, 512, 0);
    put(m, OUT0 + CBL, 4, 1024);
    put(m, OUT0 + LVI, 2, 1);
    put(m, OUT0 + BDPL, 4, list_of(OUT0));
    put(m, OUT0 + CTL, 4, 0x00100000 | RUN);
    run_frames(m, 1 + 10);
    assert_int_equal(lpib(m, OUT0), 40);
    memcpy(&position, at(m, LIST + 0xA000 + 8 * 4), 4);
    assert_int_equal(position, 40 + 32);
    run_frames(m, 246);
    assert_true(heard_numbers(m, 0, 256, 1));
    power_off(m);
}

// ---- run ----------------------------------------------------------------------------------------

PS_TEST(a_stream_without_a_tag_moves_nothing, "HD-37", "HD-191")
{
    struct ps_device *m = listening();

    describe(m, OUT0, 0, SOUND, 512, 0);
    describe(m, OUT0, 1, SOUND + 512, 512, 0);
    put(m, OUT0 + CBL, 4, 1024);
    put(m, OUT0 + LVI, 2, 1);
    put(m, OUT0 + FMT, 2, PCM_48_16);
    put(m, OUT0 + BDPL, 4, list_of(OUT0));
    put(m, OUT0 + CTL, 1, RUN);
    assert_string_equal(m->report, "HD-37");
    run_frames(m, 100);
    assert_int_equal(get(m, OUT0 + CTL, 1), RUN);
    assert_int_equal(lpib(m, OUT0), 0);
    assert_int_equal(m->heard_count, 0);
    power_off(m);
}

PS_TEST(a_tag_belongs_to_one_stream_of_a_direction, "HD-37", "HD-125")
{
    struct ps_device *m = listening();

    play(m, 128);
    describe(m, IN0, 0, SOUND + 0x8000, 512, 0);
    describe(m, IN0, 1, SOUND + 0x8200, 512, 0);
    start(m, IN0, 2, PCM_48_16);
    put(m, IN0 + CTL + 2, 1, 0x20);
    assert_int_equal(m->reports, 0);
    describe(m, OUT1, 0, SOUND, 512, 0);
    describe(m, OUT1, 1, SOUND + 512, 512, 0);
    start(m, OUT1, 2, PCM_48_16); // tag 1, too
    assert_string_equal(m->report, "HD-37");
    power_off(m);
}

PS_TEST(formats_that_cannot_be_move_nothing, "HD-15", "HD-45")
{
    static const struct {
        uint32_t sd;
        uint16_t format;
        const char *rule;
    } bad[] = {{OUT0, 0x0051, "HD-45"},
               {OUT0, 0x2011, "HD-45"},
               {OUT0, 0x181F, "HD-15"},
               {IN0, 0x1837, "HD-15"}};

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct ps_device *m = listening();
        describe(m, bad[i].sd, 0, SOUND, 1024, 0);
        describe(m, bad[i].sd, 1, SOUND + 1024, 1024, 0);
        start(m, bad[i].sd, 2, bad[i].format);
        assert_string_equal(m->report, bad[i].rule);
        run_frames(m, 100);
        assert_int_equal(lpib(m, bad[i].sd), 0);
        assert_int_equal(m->refused, 0);
        power_off(m);
    }
}

PS_TEST(a_list_of_one_entry_runs_and_is_reported, "HD-43")
{
    struct ps_device *m = listening();

    number(m, SOUND, 64, 1);
    describe(m, OUT0, 0, SOUND, 256, 0);
    start(m, OUT0, 1, PCM_48_16);
    assert_string_equal(m->report, "HD-43");
    run_frames(m, 1 + 128);
    assert_true(heard_numbers(m, 0, 64, 1));
    assert_true(heard_numbers(m, 64, 64, 1));
    power_off(m);
}

PS_TEST(a_cbl_must_be_whole_blocks, "HD-42", "HD-53")
{
    struct ps_device *m = listening();

    describe(m, OUT0, 0, SOUND, 512, 0);
    describe(m, OUT0, 1, SOUND + 512, 510, 0);
    start(m, OUT0, 2, PCM_48_16);
    assert_int_equal(m->reports, 1);
    assert_string_equal(m->report, "HD-42");
    put(m, OUT1 + FMT, 2, 0x0031); // entries with half a 24-bit sample
    describe(m, OUT1, 0, SOUND, 514, 0);
    describe(m, OUT1, 1, SOUND + 640, 510, 0);
    start(m, OUT1, 2, 0x0031);
    run_frames(m, 1);
    assert_string_equal(m->report, "HD-53");
    power_off(m);
}

PS_TEST(a_running_stream_keeps_its_registers, "HD-36", "HD-42", "HD-43", "HD-48")
{
    static const struct {
        uint32_t place, width, value;
        const char *rule;
    } writes[] = {{FMT, 2, 0x4011, "HD-48"},  {CBL, 4, 64, "HD-42"}, {LVI, 2, 5, "HD-43"},
                  {BDPL, 4, SOUND, "HD-36"},  {BDPU, 4, 1, "HD-36"}, {FIFOW, 2, 2, "HD-36"},
                  {CTL + 2, 1, 0x50, "HD-36"}};
    struct ps_device *m = listening();

    play(m, 128);
    run_frames(m, 5);
    for (size_t i = 0; i < sizeof(writes) / sizeof(*writes); i++) {
        uint32_t before = get(m, OUT0 + writes[i].place, writes[i].width);
        put(m, OUT0 + writes[i].place, writes[i].width, writes[i].value);
        assert_int_equal(m->reports, i + 1);
        assert_string_equal(m->report, writes[i].rule);
        assert_int_equal(get(m, OUT0 + writes[i].place, writes[i].width), before);
    }
    put(m, OUT0 + CTL, 1, 0);
    put(m, OUT0 + CTL, 1, RUN); // before 0 was read
    assert_string_equal(m->report, "HD-36");
    run_frames(m, 123 + 1);
    assert_true(heard_numbers(m, 0, 128, 1));
    power_off(m);
}

PS_TEST(cbl_is_written_once_a_reset, "HD-42")
{
    struct ps_device *m = awake();

    put(m, OUT0 + CBL, 4, 1024);
    assert_int_equal(m->reports, 0);
    put(m, OUT0 + CBL, 4, 2048);
    assert_string_equal(m->report, "HD-42");
    assert_int_equal(get(m, OUT0 + CBL, 4), 2048);
    power_off(m);
}

PS_TEST(a_restarted_stream_begins_its_cadence_anew, "HD-164", "HD-165", "HD-61")
{
    struct ps_device *m = awake();

    listen(m, 0x4011);
    number(m, SOUND, 4096, 1);
    describe(m, OUT0, 0, SOUND, 8192, 0);
    describe(m, OUT0, 1, SOUND + 8192, 8192, 0);
    start(m, OUT0, 2, 0x4011);
    run_frames(m, 1 + 12);
    assert_int_equal(lpib(m, OUT0), 48);
    run_frames(m, 1);
    assert_int_equal(lpib(m, OUT0), 48); // stands still
    run_frames(m, 1);
    assert_int_equal(lpib(m, OUT0), 52);
    put(m, OUT0 + CTL, 1, 0);
    run_frames(m, 4);
    assert_int_equal(lpib(m, OUT0), 56);
    put(m, OUT0 + CTL, 1, RUN);
    run_frames(m, 1 + 12);
    assert_int_equal(lpib(m, OUT0), 56 + 48);
    run_frames(m, 1);
    assert_int_equal(lpib(m, OUT0), 56 + 48);
    run_frames(m, 4800);
    assert_true(heard_numbers(m, 0, 4096, 1));
    power_off(m);
}
