// SPDX-License-Identifier: MIT
//
// The driver multi on the device multi: sixteen streams at once through the host API, and the one timer that serves
// them. The device is watched from outside: what each engine played is in its registers (docs/multi.md).
#include "tests/host_fixture.h"

#include <errno.h>

#define MILLISECOND UINT64_C(1000000)

enum { ENGINES = 16, ENGINE_BYTES = 0x40, CONTROL = 0x00, DONE = 0x14, FRAMES = 0x1C, SUM = 0x20 };
enum { FRAME = 4, IN_FLIGHT = 3, MOST_VISITS = 4096 };

// ---- the device, watched ---------------------------------------------------------------------------------

static struct watch {
    const struct ps_device_ops *real;
    struct ps_device *device;
    void *model;
    bool noting;               // notes when the driver asks what an engine has done
    struct visit {
        uint64_t when;
        unsigned engine;
    } visits[MOST_VISITS];
    unsigned count;
} watch;

static int watch_attach(struct ps_device *device, void *model)
{
    watch.device = device;
    watch.model = model;
    return watch.real->attach(device, model);
}

static uint32_t watch_read(struct ps_device *device, void *model, unsigned bar, uint32_t offset,
                           unsigned width)
{
    bool asks = offset < ENGINES * ENGINE_BYTES && offset % ENGINE_BYTES == DONE;

    if (watch.noting && asks && watch.count < MOST_VISITS)
        watch.visits[watch.count++] =
            (struct visit){ps_device_now(device), offset / ENGINE_BYTES};
    return watch.real->read(device, model, bar, offset, width);
}

// Inside ps_call.
static uint32_t engine(unsigned number, uint32_t place)
{
    return watch.real->read(watch.device, watch.model, 0, number * ENGINE_BYTES + place, 4);
}

static const struct ps_device_ops *watched(void)
{
    static struct ps_device_ops ops;

    watch = (struct watch){.real = ps_model_find("multi")};
    ops = *watch.real;
    ops.attach = watch_attach;
    ops.read = watch_read;
    return &ops;
}

static void begin_watched(struct setup *setup, const struct ps_options *options)
{
    begin_on(setup, options, "multi", watched());
}

// ---- a client of many streams ----------------------------------------------------------------------------

struct voice {
    struct ps_stream *stream;
    struct ps_packet *packets[IN_FLIGHT];
    uint32_t noise, sum, sent; // sum: of all samples sent; sent: frames
    size_t bytes;              // of one packet: 10 ms
};

struct choir {
    struct setup setup;
    struct voice voices[ENGINES];
    unsigned packets; // that each voice sends
};

static void open_voice(struct choir *choir, unsigned number)
{
    struct voice *voice = &choir->voices[number];
    struct ps_format format = {8000 + 2500 * number, 2, 16, false};

    *voice = (struct voice){.noise = number + 1, .sum = 2166136261u,
                            .bytes = format.rate / 100 * FRAME};
    if (ps_stream_open(choir->setup.driver, PS_PLAY, &format, PS_CLIENT_QUEUED, &voice->stream))
        fail_msg("%s", ps_error_text());
}

static void compose(struct voice *voice, int16_t *samples)
{
    for (size_t i = 0; i < voice->bytes / 2; i++) {
        voice->noise = voice->noise * 1664525u + 1013904223u;
        samples[i] = (int16_t)(voice->noise >> 16);
        voice->sum = (voice->sum ^ (uint16_t)samples[i]) * 16777619u;
    }
    voice->sent += (uint32_t)(voice->bytes / FRAME);
}

static void send(struct voice *voice, unsigned packet)
{
    compose(voice, ps_packet_data(voice->packets[packet]));
    assert_int_equal(ps_packet_submit(voice->packets[packet], voice->bytes), 0);
}

static void start_voice(struct voice *voice)
{
    for (unsigned i = 0; i < IN_FLIGHT; i++)
        assert_int_equal(ps_packet_create(voice->stream, voice->bytes, &voice->packets[i]), 0);
    assert_int_equal(ps_stream_set_state(voice->stream, PS_PAUSE), 0);
    for (unsigned i = 0; i < IN_FLIGHT; i++)
        send(voice, i);
    assert_int_equal(ps_stream_set_state(voice->stream, PS_RUN), 0);
}

static void stop_voice(struct voice *voice)
{
    assert_int_equal(ps_stream_set_state(voice->stream, PS_STOP), 0);
    for (unsigned i = 0; i < IN_FLIGHT; i++)
        ps_packet_destroy(voice->packets[i]);
}

static int sing(struct ps_system *system, void *context)
{
    struct choir *choir = context;

    for (unsigned i = 0; i < ENGINES; i++)
        start_voice(&choir->voices[i]);
    for (unsigned turn = IN_FLIGHT; turn < choir->packets + IN_FLIGHT; turn++)
        for (unsigned i = 0; i < ENGINES; i++) {
            struct voice *voice = &choir->voices[i];

            assert_int_equal(ps_packet_wait(voice->packets[turn % IN_FLIGHT]), voice->bytes);
            if (turn < choir->packets)
                send(voice, turn % IN_FLIGHT);
        }
    for (unsigned i = 0; i < ENGINES; i++) {
        assert_int_equal(engine(i, FRAMES), choir->voices[i].sent);
        assert_int_equal(engine(i, SUM), choir->voices[i].sum);
        stop_voice(&choir->voices[i]);
    }
    return 0;
}

static void perform(const struct ps_options *options, unsigned packets)
{
    struct choir choir = {.packets = packets};
    struct ps_counts before, after;

    begin_watched(&choir.setup, options);
    ps_counts_get(choir.setup.system, &before);
    for (unsigned i = 0; i < ENGINES; i++)
        open_voice(&choir, i);
    assert_int_equal(ps_call(choir.setup.system, "choir", sing, &choir), 0);
    for (unsigned i = 0; i < ENGINES; i++)
        ps_stream_close(choir.voices[i].stream);
    ps_counts_get(choir.setup.system, &after);
    assert_memory_equal(&before, &after, sizeof(before));
    end(&choir.setup);
}

PS_TEST(sixteen_streams_of_sixteen_rates_play_bit_for_bit)
{
    perform(NULL, 40);
}

PS_TEST(sixteen_streams_play_in_every_schedule_and_memory)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct ps_options options = {.schedule = PS_SCHEDULE_RANDOM, .seed = seed,
                                     .memory = (enum ps_memory)(seed % 3),
                                     .processors = 1 + (unsigned)seed % 4};

        perform(&options, 8);
    }
}

// ---- the timer -------------------------------------------------------------------------------------------

// One long packet a voice, so that between start and end nothing but the timer makes the driver look.
static int hum(struct ps_system *system, void *context)
{
    struct choir *choir = context;

    for (unsigned i = 0; i < ENGINES; i++) {
        struct voice *voice = &choir->voices[i];

        voice->bytes *= 100;
        assert_int_equal(ps_packet_create(voice->stream, voice->bytes, &voice->packets[0]), 0);
        assert_int_equal(ps_stream_set_state(voice->stream, PS_PAUSE), 0);
        send(voice, 0);
        assert_int_equal(ps_stream_set_state(voice->stream, PS_RUN), 0);
    }
    ps_sleep(system, 100 * MILLISECOND);
    watch.noting = true;
    ps_sleep(system, 400 * MILLISECOND);
    watch.noting = false;
    for (unsigned i = 0; i < ENGINES; i++) {
        assert_int_equal(ps_stream_set_state(choir->voices[i].stream, PS_STOP), 0);
        ps_packet_destroy(choir->voices[i].packets[0]);
    }
    return 0;
}

// The visits of one tick lie together, and those of the next come 10 ms after them.
static unsigned ticks(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < watch.count;) {
        uint64_t begun = watch.visits[i].when;
        unsigned seen = 0;

        for (; i < watch.count && watch.visits[i].when < begun + 5 * MILLISECOND; i++)
            seen |= 1u << watch.visits[i].engine;
        assert_int_equal(seen, 0xFFFF);
        if (i < watch.count)
            assert_in_range(watch.visits[i].when - begun, 9 * MILLISECOND, 11 * MILLISECOND);
        count++;
    }
    return count;
}

static void open_all(struct choir *choir)
{
    for (unsigned i = 0; i < ENGINES; i++)
        open_voice(choir, i);
}

static void close_all(struct choir *choir)
{
    for (unsigned i = 0; i < ENGINES; i++)
        ps_stream_close(choir->voices[i].stream);
}

PS_TEST(one_timer_serves_all_streams_each_10_ms, "WP-79")
{
    struct choir choir = {0};

    begin_watched(&choir.setup, NULL);
    open_all(&choir);
    assert_int_equal(ps_call(choir.setup.system, "choir", hum, &choir), 0);
    assert_in_range(ticks(), 39, 41);
    close_all(&choir);
    end(&choir.setup);
}

// How many of the streams the driver looked at within 100 ms, once a tick that was under way is over. With service-states=any the port would serve paused
// ones, too, if the timer ran.
static unsigned looked_at(struct ps_system *system)
{
    unsigned seen = 0;

    ps_sleep(system, 5 * MILLISECOND);
    watch.count = 0;
    watch.noting = true;
    ps_sleep(system, 100 * MILLISECOND);
    watch.noting = false;
    for (unsigned i = 0; i < watch.count; i++)
        seen |= 1u << watch.visits[i].engine;
    return (unsigned)__builtin_popcount(seen);
}

static int fall_silent(struct ps_system *system, void *context)
{
    struct choir *choir = context;

    assert_int_equal(looked_at(system), 0);
    for (unsigned i = 0; i < ENGINES; i++)
        assert_int_equal(ps_stream_set_state(choir->voices[i].stream, PS_RUN), 0);
    for (unsigned i = 0; i < ENGINES; i++) {
        assert_int_equal(looked_at(system), ENGINES);
        assert_int_equal(ps_stream_set_state(choir->voices[i].stream, PS_PAUSE), 0);
    }
    assert_int_equal(looked_at(system), 0);
    assert_int_equal(ps_stream_set_state(choir->voices[9].stream, PS_RUN), 0);
    assert_int_equal(looked_at(system), ENGINES);
    assert_int_equal(ps_stream_set_state(choir->voices[9].stream, PS_STOP), 0);
    assert_int_equal(looked_at(system), 0);
    return 0;
}

PS_TEST(the_timer_stops_when_the_last_stream_leaves_run, "WP-79")
{
    struct choir choir = {0};

    assert_int_equal(ps_system_create(NULL, &choir.setup.system), 0);
    assert_int_equal(ps_policy_set(choir.setup.system, "service-states", "any"), 0);
    assert_int_equal(ps_device_attach(choir.setup.system, watched()), 0);
    assert_int_equal(ps_driver_load(choir.setup.system, "multi", &choir.setup.driver), 0);
    assert_int_equal(ps_driver_start(choir.setup.driver, 0), 0);
    open_all(&choir);
    assert_int_equal(ps_call(choir.setup.system, "choir", fall_silent, &choir), 0);
    close_all(&choir);
    end(&choir.setup);
}

// ---- engines ---------------------------------------------------------------------------------------------

static int run_last(struct ps_system *system, void *context)
{
    struct choir *choir = context;

    assert_int_equal(ps_stream_set_state(choir->voices[15].stream, PS_RUN), 0);
    for (unsigned i = 0; i < ENGINES; i++)
        assert_int_equal(engine(i, CONTROL), i == 3); // the one that was free
    assert_int_equal(ps_stream_set_state(choir->voices[15].stream, PS_STOP), 0);
    return 0;
}

PS_TEST(a_seventeenth_stream_is_refused_and_a_closed_one_makes_room)
{
    struct ps_stream *more;
    struct choir choir = {0};

    begin_watched(&choir.setup, NULL);
    open_all(&choir);
    assert_int_equal(ps_stream_open(choir.setup.driver, PS_PLAY, &stereo, PS_CLIENT_QUEUED, &more), -EIO);
    assert_non_null(strstr(ps_error_text(), "STATUS_INSUFFICIENT_RESOURCES"));
    ps_stream_close(choir.voices[15].stream);
    ps_stream_close(choir.voices[3].stream);
    open_voice(&choir, 15);
    assert_int_equal(ps_call(choir.setup.system, "last", run_last, &choir), 0);
    open_voice(&choir, 3);
    close_all(&choir);
    end(&choir.setup);
}

// ---- cancelling ------------------------------------------------------------------------------------------

// The middle one of three packets is taken back while the first is played: the third follows the first.
static int skip_the_middle(struct ps_system *system, void *context)
{
    struct choir *choir = context;
    struct voice *voice = &choir->voices[0];
    uint64_t play, write;

    assert_int_equal(ps_stream_set_state(voice->stream, PS_PAUSE), 0);
    for (unsigned i = 0; i < IN_FLIGHT; i++) {
        assert_int_equal(ps_packet_create(voice->stream, voice->bytes, &voice->packets[i]), 0);
        memset(ps_packet_data(voice->packets[i]), 1 + (int)i, voice->bytes);
        assert_int_equal(ps_packet_submit(voice->packets[i], voice->bytes), 0);
    }
    assert_int_equal(ps_stream_set_state(voice->stream, PS_RUN), 0);
    ps_sleep(system, 4 * MILLISECOND);
    assert_int_equal(ps_packet_cancel(voice->packets[1]), 0);
    assert_int_equal(ps_packet_wait(voice->packets[1]), -ECANCELED);
    assert_int_equal(ps_packet_wait(voice->packets[0]), voice->bytes);
    assert_int_equal(ps_packet_wait(voice->packets[2]), voice->bytes);
    assert_int_equal(ps_stream_position(voice->stream, &play, &write), 0);
    assert_int_equal(play, 2 * voice->bytes);
    stop_voice(voice);
    return 0;
}

PS_TEST(a_packet_that_is_taken_back_leaves_no_gap)
{
    for (uint64_t seed = 0; seed < 10; seed++) {
        struct ps_options options = {.schedule = seed ? PS_SCHEDULE_RANDOM : PS_SCHEDULE_TURNS,
                                     .seed = seed};
        struct choir choir = {0};

        begin_watched(&choir.setup, &options);
        open_voice(&choir, 0);
        assert_int_equal(ps_call(choir.setup.system, "skip", skip_the_middle, &choir), 0);
        ps_stream_close(choir.voices[0].stream);
        end(&choir.setup);
    }
}

// ---- alone -----------------------------------------------------------------------------------------------

PS_TEST(one_stream_plays_as_on_any_device)
{
    struct setup setup;

    begin_with(&setup, NULL, "multi", "multi");
    play_by(&setup, &tape, 9000, PS_CLIENT_QUEUED);
    play_by(&setup, &tape, 9000, PS_CLIENT_LOOPED);
    end(&setup);
}

PS_TEST(every_allocation_may_fail)
{
    sweep("multi", "multi", PS_CLIENT_QUEUED, false);
    sweep("multi", "multi", PS_CLIENT_QUEUED, true);
}
