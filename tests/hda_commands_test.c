// SPDX-License-Identifier: MIT
//
// The HD Audio model's command rings and immediate commands.
#include "tests/hda_machine.h"
#include "tests/ps_test.h"

#define VENDOR_ID 0xFFFE0001u

// ---- rings --------------------------------------------------------------------------------------

PS_TEST(a_command_goes_and_its_response_comes, "HD-101", "HD-105", "HD-106", "HD-100")
{
    struct ps_device *m = awake();

    start_rings(m);
    send(m, verb12(0, 0xF00, 0));
    assert_int_equal(get(m, CORBWP, 2), 1); // the first command is entry 1
    assert_int_equal(get(m, CORBRP, 2), 0);
    run_frames(m, 1);
    assert_int_equal(get(m, CORBRP, 2), 1);
    run_nearly(m, 2);
    assert_int_equal(get(m, RIRBWP, 2), 0); // a round trip takes two frames
    pass(m, 1);
    assert_int_equal(get(m, RIRBWP, 2), 1);
    assert_int_equal(response(m, 1), VENDOR_ID);
    assert_int_equal(response_extra(m, 1), 0);
    assert_int_equal(m->reports, 0);
    power_off(m);
}

PS_TEST(one_command_leaves_a_frame_and_order_is_kept, "HD-105", "HD-107")
{
    struct ps_device *m = awake();

    start_rings(m);
    for (unsigned i = 0; i < 4; i++)
        send(m, verb12(i, 0xF00, 4));
    run_frames(m, 1);
    for (unsigned i = 1; i <= 4; i++) {
        assert_int_equal(get(m, CORBRP, 2), i);
        assert_int_equal(get(m, RIRBWP, 2), i < 3 ? 0 : i - 2);
        run_frames(m, 1);
    }
    run_frames(m, 1);
    assert_int_equal(response(m, 1), 0x00010001);
    assert_int_equal(response(m, 2), 0x00020004);
    assert_int_equal(response(m, 3), 0);
    assert_int_equal(get(m, RIRBWP, 2), 4);
    power_off(m);
}

PS_TEST(rings_go_round, "HD-100", "HD-101", "HD-106")
{
    static const uint16_t counts[] = {2, 16, 256};

    for (unsigned size = 0; size < 3; size++) {
        struct ps_device *m = power_on();

        inside(m)->options.ring_sizes = 7; // a part with all of them
        hda_controller_reset(inside(m));
        put(m, GCTL, 4, 1);
        run_frames(m, 26);
        assert_int_equal(get(m, CORBSIZE, 1), 0x72);
        put(m, CORBSIZE, 1, size);
        put(m, RIRBSIZE, 1, size);
        assert_int_equal(get(m, CORBSIZE, 1), 0x70 | size);
        assert_int_equal(get(m, RIRBSIZE, 1), 0x70 | size);
        start_rings(m);
        for (unsigned i = 1; i <= 2u * counts[size] + 1; i++) {
            send(m, verb12(i % 2, 0xF00, 4));
            run_frames(m, 4);
            assert_int_equal(get(m, RIRBWP, 2), i % counts[size]);
            assert_int_equal(response(m, i % counts[size]), i % 2 ? 0x00020004 : 0x00010001);
        }
        assert_int_equal(get(m, CORBRP, 2), 1);
        power_off(m);
    }
}

PS_TEST(a_part_with_one_size_keeps_it, "HD-100")
{
    struct ps_device *m = awake();

    put(m, CORBSIZE, 1, 0);
    put(m, RIRBSIZE, 1, 1);
    assert_int_equal(get(m, CORBSIZE, 1), 0x42);
    assert_int_equal(get(m, RIRBSIZE, 1), 0x42);
    put(m, CORBSIZE, 1, 2); // what some parts need
    assert_int_equal(get(m, CORBSIZE, 1), 0x42);
    power_off(m);
}

PS_TEST(pointers_are_reset_by_handshake, "HD-102", "HD-103", "HD-185")
{
    struct ps_device *m = awake();

    start_rings(m);
    send(m, verb12(0, 0xF00, 0));
    run_frames(m, 4);
    put(m, CORBRP, 2, 0x8000);
    assert_string_equal(m->report, "HD-102");
    put(m, RIRBWP, 2, 0x8000);
    assert_string_equal(m->report, "HD-103");
    assert_int_equal(get(m, CORBRP, 2), 1);
    assert_int_equal(get(m, RIRBWP, 2), 1);
    put(m, CORBCTL, 1, 0);
    put(m, RIRBCTL, 1, 0);
    run_frames(m, 1);
    put(m, CORBRP, 2, 0x8000);
    assert_int_equal(get(m, CORBRP, 2), 0x8000);
    put(m, CORBRP, 2, 0);
    assert_int_equal(get(m, CORBRP, 2), 0);
    put(m, RIRBWP, 2, 0x8000);
    assert_int_equal(get(m, RIRBWP, 2), 0);
    assert_int_equal(m->reports, 2);
    inside(m)->options.pointer_resets = true; // other parts
    put(m, CORBRP, 2, 0x8000);
    assert_int_equal(get(m, CORBRP, 2), 0);
    power_off(m);
}

PS_TEST(rings_read_as_running_until_they_stop, "HD-104")
{
    struct ps_device *m = awake();

    start_rings(m);
    put(m, CORBCTL, 1, 0);
    put(m, RIRBCTL, 1, 0);
    assert_int_equal(get(m, CORBCTL, 1), 2);
    assert_int_equal(get(m, RIRBCTL, 1), 2);
    run_frames(m, 1);
    assert_int_equal(get(m, CORBCTL, 1), 0);
    assert_int_equal(get(m, RIRBCTL, 1), 0);
    send(m, verb12(0, 0xF00, 0));
    run_frames(m, 10);
    assert_int_equal(get(m, CORBRP, 2), 0);
    power_off(m);
}

PS_TEST(the_response_interrupt_counts, "HD-108", "HD-81")
{
    struct ps_device *m = awake();

    start_rings(m);
    put(m, RINTCNT, 2, 2);
    put(m, INTCTL, 4, GIE | CIE);
    for (unsigned i = 0; i < 3; i++)
        send(m, verb12(0, 0xF00, 0));
    run_frames(m, 3);
    assert_int_equal(get(m, RIRBWP, 2), 1);
    assert_int_equal(get(m, RIRBSTS, 1), 0);
    run_frames(m, 1);
    assert_int_equal(get(m, RIRBSTS, 1), 1); // two of them
    assert_true(m->line);
    put(m, RIRBSTS, 1, 1);
    assert_false(m->line);
    run_frames(m, 1);
    assert_int_equal(get(m, RIRBWP, 2), 3);
    assert_int_equal(get(m, RIRBSTS, 1), 0);
    run_frames(m, 1); // a frame without a response
    assert_int_equal(get(m, RIRBSTS, 1), 1);
    power_off(m);
}

PS_TEST(no_response_flag_while_it_is_off, "HD-108")
{
    struct ps_device *m = awake();

    start_rings(m);
    put(m, RIRBCTL, 1, 2);
    send(m, verb12(0, 0xF00, 0));
    run_frames(m, 10);
    assert_int_equal(get(m, RIRBWP, 2), 1);
    assert_int_equal(get(m, RIRBSTS, 1), 0);
    put(m, RINTCNT, 2, 0); // 256
    put(m, RIRBCTL, 1, 3);
    for (unsigned i = 0; i < 255; i++)
        send(m, verb12(0, 0xF00, 0));
    run_frames(m, 257);
    assert_int_equal(get(m, RIRBSTS, 1), 0);
    run_frames(m, 1);
    assert_int_equal(get(m, RIRBSTS, 1), 1);
    power_off(m);
}

PS_TEST(a_response_that_cannot_be_written_is_lost, "HD-109")
{
    struct ps_device *m = awake();

    start_rings(m);
    put(m, RIRBCTL, 1, 7);
    put(m, INTCTL, 4, GIE | CIE);
    m->denied = RIRB_AT;
    m->denied_bytes = 0x800;
    send(m, verb12(0, 0xF00, 0));
    run_frames(m, 4);
    assert_int_equal(get(m, RIRBSTS, 1), 4);
    assert_int_equal(get(m, RIRBWP, 2), 0);
    assert_true(m->line);
    put(m, RIRBSTS, 1, 4);
    assert_false(m->line);
    power_off(m);
}

PS_TEST(responses_without_a_ring_are_dropped, "HD-111")
{
    struct ps_device *m = awake();

    start_rings(m);
    put(m, RIRBCTL, 1, 0);
    run_frames(m, 1);
    send(m, verb12(0, 0xF00, 0));
    run_frames(m, 10);
    assert_int_equal(get(m, CORBRP, 2), 1);
    put(m, RIRBCTL, 1, 3);
    run_frames(m, 10);
    assert_int_equal(get(m, RIRBWP, 2), 0);
    assert_int_equal(get(m, RIRBSTS, 1), 0);
    power_off(m);
}

PS_TEST(nobody_answers_for_an_absent_codec, "HD-111", "HD-123")
{
    struct ps_device *m = awake();

    start_rings(m);
    for (unsigned address = 1; address <= 15; address++)
        send(m, address << 28 | verb12(0, 0xF00, 0));
    run_frames(m, 40);
    assert_int_equal(get(m, CORBRP, 2), 15);
    assert_int_equal(get(m, RIRBWP, 2), 0);
    power_off(m);
}

PS_TEST(a_corb_without_memory_halts, "HD-112")
{
    struct ps_device *m = awake();

    start_rings(m);
    put(m, INTCTL, 4, GIE | CIE);
    m->denied = CORB_AT;
    m->denied_bytes = 0x400;
    send(m, verb12(0, 0xF00, 0));
    run_frames(m, 2);
    assert_int_equal(get(m, CORBSTS, 1), 1);
    assert_int_equal(m->refused, 1);
    assert_true(m->line);
    put(m, CORBSTS, 1, 1);
    assert_false(m->line);
    m->denied_bytes = 0;
    run_frames(m, 10);
    assert_int_equal(get(m, CORBRP, 2), 0); // until the controller is reset
    put(m, CORBCTL, 1, 0);
    put(m, RIRBCTL, 1, 0);
    run_frames(m, 1);
    put(m, GCTL, 4, 0);
    run_frames(m, 5);
    put(m, GCTL, 4, 1);
    run_frames(m, 30);
    start_rings(m);
    send(m, verb12(0, 0xF00, 0));
    run_frames(m, 5);
    assert_int_equal(response(m, 1), VENDOR_ID);
    power_off(m);
}

PS_TEST(rings_wait_for_bus_mastering)
{
    struct ps_device *m = awake();

    set_command(m, 2);
    start_rings(m);
    send(m, verb12(0, 0xF00, 0));
    run_frames(m, 10);
    assert_int_equal(get(m, CORBRP, 2), 0);
    set_command(m, 6);
    run_frames(m, 4);
    assert_int_equal(response(m, 1), VENDOR_ID);
    assert_int_equal(m->refused, 0);
    power_off(m);
}

PS_TEST(draining_before_clearing_loses_an_interrupt, "HD-189")
{
    struct ps_device *m = awake();

    start_rings(m);
    put(m, INTCTL, 4, GIE | CIE);
    send(m, verb12(0, 0xF00, 0));
    run_frames(m, 3);
    assert_true(m->line);
    assert_int_equal(get(m, RIRBWP, 2), 1); // drained, and
    send(m, verb12(0, 0xF00, 0));
    run_frames(m, 3);      // meanwhile another one comes,
    put(m, RIRBSTS, 1, 1); // whose flag this clears, too
    run_frames(m, 100);
    assert_int_equal(get(m, RIRBWP, 2), 2);
    assert_int_equal(m->rises, 1);
    send(m, verb12(0, 0xF00, 0));
    run_frames(m, 3);
    put(m, RIRBSTS, 1, 1); // cleared first
    send(m, verb12(0, 0xF00, 0));
    run_frames(m, 3);
    assert_int_equal(m->rises, 3);
    power_off(m);
}

PS_TEST(bringing_the_rings_up, "HD-91", "HD-93", "HD-100")
{
    struct ps_device *m = power_on();
    unsigned polls = 0;

    put(m, GCTL, 4, 1);
    while (!(get(m, GCTL, 4) & 1) && polls++ < 100)
        pass(m, MILLISECOND); // 100 ms is the limit in practice
    assert_in_range(polls, 1, 2);
    pass(m, MILLISECOND);
    assert_int_equal(get(m, STATESTS, 2), 1);
    put(m, STATESTS, 2, 1);
    put(m, INTCTL, 4, GIE | CIE);
    start_rings(m);
    put(m, GCTL, 4, 0x101);
    send(m, verb12(0, 0xF00, 0));
    run_frames(m, 3);
    assert_true(m->line);
    assert_int_equal(response(m, 1), VENDOR_ID);
    assert_int_equal(m->reports, 0);
    power_off(m);
}

// ---- unsolicited responses ----------------------------------------------------------------------

PS_TEST(a_jack_speaks_up, "HD-122", "HD-175", "HD-106", "HD-20")
{
    struct ps_device *m = awake();

    start_rings(m);
    put(m, GCTL, 4, 0x101);
    send(m, verb12(HDA_LINE_OUT, 0x708, 0x80 | 0x2A));
    run_frames(m, 5);
    sync(m);
    hda_codec_plug(inside(m), HDA_LINE_OUT, false);
    hda_codec_plug(inside(m), HDA_LINE_IN, false); // was not told to
    sync(m);
    run_frames(m, 5);
    assert_int_equal(get(m, RIRBWP, 2), 2);
    assert_int_equal(response(m, 2), 0x2Au << 26);
    assert_int_equal(response_extra(m, 2), 0x10);
    hda_codec_plug(inside(m), HDA_LINE_OUT, true);
    sync(m);
    run_frames(m, 5);
    assert_int_equal(response(m, 3), 0x2Au << 26 | 1);
    put(m, GCTL, 4, 0x001);
    hda_codec_plug(inside(m), HDA_LINE_OUT, false);
    sync(m);
    run_frames(m, 5);
    put(m, GCTL, 4, 0x101);
    run_frames(m, 5);
    assert_int_equal(get(m, RIRBWP, 2), 3); // dropped
    power_off(m);
}

// ---- immediate commands -------------------------------------------------------------------------

PS_TEST(immediate_commands_need_no_rings, "HD-113")
{
    struct ps_device *m = awake();

    put(m, ICW, 4, verb12(0, 0xF00, 0));
    put(m, ICS, 2, 1);
    assert_int_equal(get(m, ICS, 2), 1);
    run_nearly(m, 3);
    assert_int_equal(get(m, ICS, 2), 1);
    pass(m, 1);
    assert_int_equal(get(m, ICS, 2), 2);
    assert_int_equal(get(m, IRR, 4), VENDOR_ID);
    put(m, ICS, 2, 2);
    assert_int_equal(get(m, ICS, 2), 0);
    assert_int_equal(m->reports, 0);
    start_rings(m);
    put(m, ICS, 2, 1);
    assert_string_equal(m->report, "HD-113");
    power_off(m);
}

PS_TEST(an_unanswered_command_is_taken_back, "HD-114")
{
    struct ps_device *m = awake();

    put(m, ICW, 4, 3u << 28 | verb12(0, 0xF00, 0));
    put(m, ICS, 2, 1);
    pass(m, 1000 * MILLISECOND);
    assert_int_equal(get(m, ICS, 2), 1);
    put(m, ICS, 2, 0);
    assert_int_equal(get(m, ICS, 2), 0);
    assert_int_equal(ask(m, verb12(0, 0xF00, 0)), VENDOR_ID);
    power_off(m);
}
