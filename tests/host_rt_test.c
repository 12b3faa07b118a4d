// SPDX-License-Identifier: MIT
//
// WaveRT clients through the host API: the library's own ones under many schedules and failing allocations, and clients of
// one's own that look at what the miniport promises: buffers, events, packets.
#include "tests/host_fixture.h"

#include <errno.h>

static const struct {
    const char *driver, *device;
} drivers[] = {
    {"hda", "hda"},
#ifdef PORTSIDE_CXX_DRIVERS
    {"ac97-rt", "ac97"},
#endif
};

enum { DRIVERS = sizeof(drivers) / sizeof(*drivers) };

static const enum ps_client clients[] = {PS_CLIENT_RT, PS_CLIENT_RT_EVENT, PS_CLIENT_RT_PACKET};

static void begin_rt(struct setup *setup, const struct ps_options *options, unsigned driver)
{
    begin_with(setup, options, drivers[driver].driver, drivers[driver].device);
}

// ---- the library's clients -----------------------------------------------------------------------------

PS_TEST(every_schedule_plays_and_records_bit_for_bit, "RT-90")
{
    for (unsigned driver = 0; driver < DRIVERS; driver++)
        for (uint64_t seed = 1; seed <= 12; seed++) {
            struct ps_options options = {.schedule = PS_SCHEDULE_RANDOM, .seed = seed};
            struct setup setup;

            begin_rt(&setup, &options, driver);
            for (unsigned client = 0; client < 3; client++) {
                play_by(&setup, &tape, 9000, clients[client]);
                record_by(&setup, &tape, 9000, clients[client]);
            }
            end(&setup);
        }
}

PS_TEST(every_client_gives_everything_back)
{
    for (unsigned client = 0; client < 3; client++) {
        struct ps_counts before, after;
        struct setup setup;

        begin_rt(&setup, NULL, 0);
        ps_counts_get(setup.system, &before);
        play_by(&setup, &tape, 4000, clients[client]);
        record_by(&setup, &tape, 4000, clients[client]);
        ps_counts_get(setup.system, &after);
        assert_memory_equal(&before, &after, sizeof(before));
        end(&setup);
    }
}

PS_TEST(every_allocation_of_a_wavert_life_may_fail, "SV-73", "RT-42")
{
    for (unsigned driver = 0; driver < DRIVERS; driver++) {
        sweep(drivers[driver].driver, drivers[driver].device, PS_CLIENT_RT_PACKET, false);
        sweep(drivers[driver].driver, drivers[driver].device, PS_CLIENT_RT_PACKET, true);
    }
}

PS_TEST(a_stream_is_for_the_client_it_was_opened_for)
{
    struct ps_stream *stream;
    struct setup setup;

    begin_rt(&setup, NULL, 0);
    stream = open_stream(&setup, PS_PLAY, PS_CLIENT_DEFAULT);
    assert_int_equal(ps_stream_client(stream), PS_CLIENT_RT);
    ps_stream_close(stream);
    assert_int_equal(ps_stream_open(setup.driver, PS_PLAY, &stereo, PS_CLIENT_QUEUED, &stream),
                     -EPROTONOSUPPORT);
    assert_non_null(strstr(ps_error_text(), "queued, which needs WavePci"));
    assert_int_equal(ps_stream_open(setup.driver, PS_PLAY, &stereo, PS_CLIENT_LOOPED, &stream),
                     -EPROTONOSUPPORT);
    assert_int_equal(ps_stream_open(setup.driver, PS_PLAY, &stereo, (enum ps_client)99, &stream),
                     -EINVAL);
    end(&setup);
}

// ---- clients of one's own ------------------------------------------------------------------------------

// A stream with a buffer, inside ps_call. The body returns nothing: it asserts.
struct own {
    struct ps_system *system;
    struct ps_stream *stream;
    struct ps_buffer buffer;
    unsigned notifications;
    uint64_t lap_ns;
    void (*body)(struct own *own);
};

static int run_own(struct ps_system *system, void *context)
{
    struct own *own = context;

    own->system = system;
    assert_int_equal(ps_buffer_create(own->stream, 16384, own->notifications, &own->buffer), 0);
    own->lap_ns = own->buffer.bytes / 4 * 1000000000ull / stereo.rate;
    own->body(own);
    return 0;
}

static void with_own(unsigned driver, const struct ps_options *options, enum ps_direction direction,
                     unsigned notifications, void (*body)(struct own *own))
{
    struct own own = {.notifications = notifications, .body = body};
    struct setup setup;

    begin_rt(&setup, options, driver);
    own.stream = open_stream(&setup, direction, PS_CLIENT_RT_PACKET);
    if (ps_call(setup.system, "own", run_own, &own))
        fail_msg("%s", ps_error_text());
    ps_stream_close(own.stream);
    end(&setup);
}

static void with_each(enum ps_direction direction, unsigned notifications,
                      void (*body)(struct own *own))
{
    for (unsigned driver = 0; driver < DRIVERS; driver++)
        with_own(driver, NULL, direction, notifications, body);
}

static uint64_t position(struct own *own)
{
    uint64_t play, write;

    assert_int_equal(ps_stream_position(own->stream, &play, &write), 0);
    return play;
}

static void not_before_run(struct own *own)
{
    struct ps_event *event;

    assert_int_equal(ps_event_create(own->stream, &event), 0);
    for (enum ps_state state = PS_STOP; state < PS_RUN; state++) {
        assert_int_equal(ps_stream_set_state(own->stream, state), 0);
        assert_int_equal(ps_event_wait(event, 3 * own->lap_ns), -ETIMEDOUT);
        assert_int_equal(position(own), 0);
    }
    assert_int_equal(ps_stream_set_state(own->stream, PS_RUN), 0);
    assert_int_equal(ps_event_wait(event, 3 * own->lap_ns), 0);
    assert_int_not_equal(position(own), 0);
    ps_event_destroy(event);
}

PS_TEST(the_device_moves_nothing_before_run, "RT-43")
{
    with_each(PS_PLAY, 2, not_before_run);
    with_each(PS_RECORD, 2, not_before_run);
}

// How often each event was set in a time of so many laps; they are auto-reset, so somebody must look often.
static void count_sets(struct own *own, struct ps_event *events[3], unsigned counts[3], unsigned laps)
{
    uint64_t until = ps_now(own->system) + laps * own->lap_ns;

    memset(counts, 0, 3 * sizeof(*counts));
    while (ps_now(own->system) < until) {
        ps_sleep(own->system, own->lap_ns / 16);
        for (unsigned i = 0; i < 3; i++)
            counts[i] += ps_event_wait(events[i], 0) == 0;
    }
}

static void three_events(struct own *own)
{
    struct ps_event *events[3];
    unsigned counts[3];

    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(ps_event_create(own->stream, &events[i]), 0);
    assert_int_equal(ps_stream_set_state(own->stream, PS_RUN), 0);
    count_sets(own, events, counts, 10);
    for (unsigned i = 0; i < 3; i++)
        assert_in_range(counts[i], 10 * own->notifications - 1, 10 * own->notifications);
    assert_int_equal(ps_stream_set_state(own->stream, PS_PAUSE), 0);
    count_sets(own, events, counts, 1); // what was on its way
    count_sets(own, events, counts, 5);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(counts[i], 0);
        ps_event_destroy(events[i]);
    }
}

PS_TEST(every_event_is_set_once_or_twice_a_lap, "RT-72")
{
    for (unsigned notifications = 1; notifications <= 2; notifications++) {
        with_each(PS_PLAY, notifications, three_events);
        with_each(PS_RECORD, notifications, three_events);
    }
}

static void come_and_go(struct own *own)
{
    struct ps_event *events[4] = {NULL};

    assert_int_equal(ps_stream_set_state(own->stream, PS_RUN), 0);
    for (unsigned i = 0; i < 60; i++) {
        ps_event_destroy(events[i % 4]);
        assert_int_equal(ps_event_create(own->stream, &events[i % 4]), 0);
        ps_sleep(own->system, own->lap_ns / 7);
    }
    for (unsigned i = 0; i < 4; i++)
        ps_event_destroy(events[i]);
}

PS_TEST(events_come_and_go_beside_the_dpc, "RT-75")
{
    for (unsigned driver = 0; driver < DRIVERS; driver++)
        for (uint64_t seed = 1; seed <= 20; seed++) {
            struct ps_options options = {.schedule = PS_SCHEDULE_RANDOM, .seed = seed};

            with_own(driver, &options, PS_PLAY, 2, come_and_go);
        }
}

// ---- packets -------------------------------------------------------------------------------------------

static uint32_t count_after(struct own *own, struct ps_event *event, unsigned notifications)
{
    uint32_t count;

    for (unsigned i = 0; i < notifications; i++)
        assert_int_equal(ps_event_wait(event, 3 * own->lap_ns), 0);
    assert_int_equal(ps_packet_count(own->stream, &count), 0);
    return count;
}

static void wrong_numbers(struct own *own)
{
    struct ps_event *event;
    uint32_t count;

    assert_int_equal(ps_event_create(own->stream, &event), 0);
    assert_int_equal(ps_stream_set_state(own->stream, PS_PAUSE), 0);
    assert_int_equal(ps_packet_written(own->stream, 2, false, 0), -EOVERFLOW);
    assert_int_equal(ps_packet_written(own->stream, 0, false, 0), 0);
    assert_int_equal(ps_packet_written(own->stream, 1, false, 0), 0);
    assert_int_equal(ps_stream_set_state(own->stream, PS_RUN), 0);
    count = count_after(own, event, 3);
    assert_int_equal(count, 3);
    assert_int_equal(ps_packet_written(own->stream, count - 1, false, 0), -ETIME); // played
    assert_int_equal(ps_packet_written(own->stream, count, false, 0), -ETIME); // being played
    assert_int_equal(ps_packet_written(own->stream, count + 2, false, 0), -EOVERFLOW);
    assert_int_equal(ps_packet_written(own->stream, count + 1, true, own->buffer.bytes),
                     -EINVAL); // longer than a packet
    assert_int_equal(ps_packet_written(own->stream, count + 1, true, 0), 0);
    assert_int_equal(count_after(own, event, 1), 4);
    assert_int_equal(ps_packet_written(own->stream, count + 2, false, 0), -EINVAL); // after the end
    ps_event_destroy(event);
}

PS_TEST(only_the_packet_that_fits_is_taken, "RT-95")
{
    with_each(PS_PLAY, 2, wrong_numbers);
}

static void nobody_writes(struct own *own)
{
    struct ps_event *event;
    uint64_t frames, time;

    assert_int_equal(ps_event_create(own->stream, &event), 0);
    assert_int_equal(ps_stream_set_state(own->stream, PS_RUN), 0);
    assert_int_equal(count_after(own, event, 7), 7);
    assert_int_equal(count_after(own, event, 13), 20);
    assert_int_equal(ps_stream_presentation(own->stream, &frames, &time), 0);
    assert_in_range(frames, 19 * own->buffer.bytes / 8, 21 * own->buffer.bytes / 8);
    ps_event_destroy(event);
}

PS_TEST(packets_are_counted_when_nobody_writes_any, "RT-96", "RT-97")
{
    with_each(PS_PLAY, 2, nobody_writes);
}

static void numbers_restart(struct own *own)
{
    struct ps_event *event;

    assert_int_equal(ps_event_create(own->stream, &event), 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(ps_stream_set_state(own->stream, PS_RUN), 0);
        assert_int_equal(count_after(own, event, 3), 3);
        assert_int_equal(ps_stream_set_state(own->stream, PS_STOP), 0);
        assert_int_equal(count_after(own, event, 0), 0);
        ps_event_wait(event, 0);
    }
    ps_event_destroy(event);
}

PS_TEST(packets_are_counted_from_0_after_stop, "RT-93")
{
    with_each(PS_PLAY, 2, numbers_restart);
}

static void read_packets(struct own *own)
{
    struct ps_read_packet packet;
    struct ps_event *event;
    uint64_t before = 0;

    assert_int_equal(ps_event_create(own->stream, &event), 0);
    assert_int_equal(ps_stream_set_state(own->stream, PS_RUN), 0);
    assert_int_equal(ps_packet_read(own->stream, &packet), -EAGAIN);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(ps_event_wait(event, 3 * own->lap_ns), 0);
        assert_int_equal(ps_packet_read(own->stream, &packet), 0);
        assert_int_equal(packet.number, i);
        assert_false(packet.more);
        assert_true(packet.time > before || !i);
        before = packet.time;
        assert_int_equal(ps_packet_read(own->stream, &packet), -EAGAIN); // told once
    }
    ps_event_destroy(event);
}

PS_TEST(each_recorded_packet_is_told_once, "RT-91")
{
    with_each(PS_RECORD, 2, read_packets);
}

// ---- registers -----------------------------------------------------------------------------------------

// The HD Audio driver alone has registers for its clients.
static void with_registers(void (*body)(struct own *own))
{
    with_own(0, NULL, PS_PLAY, 2, body);
}

static void follow_register(struct own *own)
{
    struct ps_register_info info;
    uint64_t before = 0, until;
    unsigned wraps = 0;

    assert_int_equal(ps_register_map(own->stream, PS_REGISTER_POSITION, &info), 0);
    assert_int_equal(ps_stream_set_state(own->stream, PS_RUN), 0);
    for (until = ps_now(own->system) + 3 * own->lap_ns; ps_now(own->system) < until;) {
        uint64_t offset, play;

        ps_sleep(own->system, own->lap_ns / 10);
        offset = ps_register_read(own->stream, &info);
        play = position(own);
        assert_true(offset < own->buffer.bytes);
        assert_in_range((offset + own->buffer.bytes - play) % own->buffer.bytes, 0,
                        info.accuracy + own->buffer.bytes / 50);
        wraps += offset < before;
        before = offset;
    }
    assert_in_range(wraps, 2, 3);
}

PS_TEST(the_position_register_wraps_with_the_buffer, "RT-60")
{
    with_registers(follow_register);
}

static void follow_clock(struct own *own)
{
    struct ps_register_info info;
    uint64_t before, ticks, ns;

    assert_int_equal(ps_register_map(own->stream, PS_REGISTER_CLOCK, &info), 0);
    for (enum ps_state state = PS_STOP; state <= PS_RUN; state++) {
        assert_int_equal(ps_stream_set_state(own->stream, state), 0);
        before = ps_register_read(own->stream, &info);
        ns = ps_now(own->system);
        ps_sleep(own->system, own->lap_ns);
        ticks = ps_register_read(own->stream, &info) - before;
        ns = ps_now(own->system) - ns;
        ns = ns * info.numerator / info.denominator / 1000000000;
        assert_in_range(ticks, ns * 99 / 100, ns * 101 / 100);
    }
    assert_int_equal(ps_register_map(own->stream, PS_REGISTER_CLOCK, &info), -ENOTTY); // RT-58
}

PS_TEST(the_clock_register_counts_in_every_state, "RT-61", "RT-58")
{
    with_registers(follow_clock);
}

// ---- closing -------------------------------------------------------------------------------------------

static enum ps_state left_in;

static void leave(struct own *own)
{
    assert_int_equal(ps_stream_set_state(own->stream, left_in), 0);
    ps_sleep(own->system, own->lap_ns / 3);
}

PS_TEST(a_client_may_leave_in_any_state, "RT-49")
{
    for (left_in = PS_STOP; left_in <= PS_RUN; left_in++)
        for (unsigned notifications = 0; notifications <= 2; notifications++) {
            with_each(PS_PLAY, notifications, leave);
            with_each(PS_RECORD, notifications, leave);
        }
}
