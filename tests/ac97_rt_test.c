// SPDX-License-Identifier: MIT
//
// The driver ac97-rt through the host API: what is its own. What every WaveRT driver must do is in host_rt_test.c.
#include "tests/host_fixture.h"

#include <errno.h>

#define MILLISECOND UINT64_C(1000000)

// ---- a client of one's own -------------------------------------------------------------------------------

enum { FRAME = 4 };

struct client {
    struct setup setup;
    struct ps_stream *stream;
    struct ps_buffer buffer;
    struct ps_event *events[2];
};

// Opens a stream and runs `body` on a thread of the system; then everything must be clean.
static void run_client(enum ps_direction direction, unsigned rate,
                       int (*body)(struct ps_system *, void *))
{
    struct ps_format format = {rate, 2, 16, false};
    struct client client = {0};
    struct ps_counts before, after;

    begin_with(&client.setup, NULL, "ac97-rt", "ac97");
    ps_counts_get(client.setup.system, &before);
    assert_int_equal(ps_stream_open(client.setup.driver, direction, &format, PS_CLIENT_RT, &client.stream),
                     0);
    assert_int_equal(ps_call(client.setup.system, "client", body, &client), 0);
    ps_stream_close(client.stream);
    ps_counts_get(client.setup.system, &after);
    assert_memory_equal(&before, &after, sizeof(before));
    end(&client.setup);
}

static void state(struct client *client, enum ps_state to)
{
    assert_int_equal(ps_stream_set_state(client->stream, to), 0);
}

static void buffer(struct client *client, uint32_t bytes, unsigned notifications)
{
    assert_int_equal(ps_buffer_create(client->stream, bytes, notifications, &client->buffer), 0);
}

static uint64_t position(struct client *client)
{
    uint64_t play, write;

    assert_int_equal(ps_stream_position(client->stream, &play, &write), 0);
    assert_int_equal(play, write);
    return play;
}

// Bytes at 48000 Hz since `start`.
static uint64_t bytes_since(struct ps_system *system, uint64_t start)
{
    return (ps_now(system) - start) * 48 / 1000000 * FRAME;
}

static uint32_t packets(struct client *client)
{
    uint32_t count;

    assert_int_equal(ps_packet_count(client->stream, &count), 0);
    return count;
}

// ---- the buffer -------------------------------------------------------------------------------

// 1 MiB of single pages makes 256 runs; the ring of the hardware has 32 descriptors.
PS_TEST(a_buffer_may_have_more_runs_than_the_ring_has_descriptors, "RT-6")
{
    for (enum ps_memory memory = PS_MEMORY_SCATTERED; memory <= PS_MEMORY_FRAGMENTED; memory++) {
        struct ps_options options = {.memory = memory, .seed = 5};
        struct ps_run run = {.source = {&tape, read_tape}, .buffer_bytes = 1 << 20};
        struct ps_stream *stream;
        struct ps_result result;
        struct setup setup;

        begin_with(&setup, &options, "ac97-rt", "ac97");
        make_noise(&tape, MOST_FRAMES);
        assert_int_equal(ps_stream_open(setup.driver, PS_PLAY, &stereo, PS_CLIENT_RT, &stream), 0);
        assert_int_equal(ps_stream_play(stream, &run, &result), 0);
        assert_false(result.differs);
        assert_int_equal(result.frames, MOST_FRAMES);
        ps_stream_close(stream);
        end(&setup);
    }
}

// ---- its size -----------------------------------------------------------------------------------------------

static int sizes(struct ps_system *system, void *context)
{
    static const uint32_t wishes[][3] = {
        // bytes, notifications, what it becomes
        {1, 0, 8192}, {8192, 2, 8192}, {8193, 0, 8196}, {8193, 2, 8200}, {8197, 1, 8200}, {100001, 2, 100008},
    };
    struct client *client = context;

    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        struct ps_stream *stream;
        struct ps_buffer got;

        assert_int_equal(ps_stream_open(client->setup.driver, PS_RECORD, &stereo, PS_CLIENT_RT, &stream), 0);
        assert_int_equal(ps_buffer_create(stream, wishes[i][0], wishes[i][1], &got), 0);
        assert_int_equal(got.bytes, wishes[i][2]);
        assert_false(got.barrier);
        assert_int_equal(ps_buffer_create(stream, 8192, 0, &got), -ENOTTY); // one a stream
        ps_stream_close(stream);
    }
    assert_int_equal(ps_buffer_create(client->stream, UINT32_MAX, 2, &client->buffer), -ENOMEM);
    assert_int_equal(ps_buffer_create(client->stream, UINT32_MAX & ~7u, 2, &client->buffer), -ENOMEM);
    return 0;
}

PS_TEST(buffers_hold_whole_packets_and_never_less_than_asked_for, "RT-44", "RT-90")
{
    run_client(PS_PLAY, 48000, sizes);
}

// ---- position --------------------------------------------------------------------------------------------

static void close_to(uint64_t value, uint64_t expected, uint64_t tolerance)
{
    uint64_t difference = value > expected ? value - expected : expected - value;

    if (difference > tolerance)
        fail_msg("%llu, expected %llu", (unsigned long long)value, (unsigned long long)expected);
}

// Ten seconds at 44100 Hz in steps that nothing divides: position and time keep together to the frame.
static int exact(struct ps_system *system, void *context)
{
    struct client *client = context;
    uint64_t start, moved = 0, last = 0;

    buffer(client, 20001, 0);
    state(client, PS_RUN);
    start = ps_now(system);
    for (int i = 0; i < 900; i++) {
        uint64_t at;

        ps_sleep(system, 11 * MILLISECOND + (uint64_t)i * 137);
        at = position(client);
        moved += (at + client->buffer.bytes - last) % client->buffer.bytes;
        last = at;
        close_to(moved / FRAME, (ps_now(system) - start) * 441 / 10000000, 3);
    }
    state(client, PS_STOP);
    assert_int_equal(position(client), 0);
    return 0;
}

PS_TEST(the_position_is_exact_to_the_frame, "RT-82", "RT-83")
{
    run_client(PS_PLAY, 44100, exact);
}

// A pause of any length costs no frame, wherever in a block it comes.
static int paused(struct ps_system *system, void *context)
{
    struct client *client = context;
    uint64_t expected = 0;

    buffer(client, 96000, 2);
    for (int i = 0; i < 50; i++) {
        uint64_t start, before;

        state(client, PS_RUN);
        start = ps_now(system);
        before = position(client);
        ps_sleep(system, 3 * MILLISECOND + (uint64_t)i * 7777);
        expected = before + bytes_since(system, start);
        state(client, PS_PAUSE);
        close_to(position(client), expected % client->buffer.bytes, 4 * FRAME);
        before = position(client);
        ps_sleep(system, 30 * MILLISECOND);
        assert_int_equal(position(client), before);
    }
    assert_int_equal(position(client) % FRAME, 0);
    return 0;
}

PS_TEST(a_pause_keeps_the_frame, "RT-83")
{
    run_client(PS_PLAY, 48000, paused);
    run_client(PS_RECORD, 48000, paused);
}

// ---- events ----------------------------------------------------------------------------------------------

// 2048 frames at 48000 Hz are 42.7 ms a lap.
static int two_events(struct ps_system *system, void *context)
{
    struct client *client = context;
    int told[2] = {0};

    buffer(client, 8192, 2);
    for (int i = 0; i < 2; i++)
        assert_int_equal(ps_event_create(client->stream, &client->events[i]), 0);
    assert_int_equal(ps_event_wait(client->events[0], 100 * MILLISECOND), -ETIMEDOUT); // not in STOP
    state(client, PS_RUN);
    for (int i = 0; i < 100; i++) {
        for (int j = 0; j < 2; j++)
            told[j] += ps_event_wait(client->events[j], 22 * MILLISECOND) == 0;
        close_to(position(client), (uint64_t)(i % 2 ? 0 : 4096), 16 * FRAME);
    }
    assert_int_equal(told[0], 100);
    assert_int_equal(told[1], 100);
    ps_event_destroy(client->events[0]);
    assert_int_equal(ps_event_wait(client->events[1], 22 * MILLISECOND), 0);
    state(client, PS_PAUSE);
    assert_int_equal(ps_event_wait(client->events[1], 100 * MILLISECOND), -ETIMEDOUT);
    ps_event_destroy(client->events[1]);
    return 0;
}

PS_TEST(every_event_is_set_twice_a_lap, "RT-72", "RT-46")
{
    run_client(PS_PLAY, 48000, two_events);
    run_client(PS_RECORD, 48000, two_events);
}

static int once_a_lap(struct ps_system *system, void *context)
{
    struct client *client = context;

    buffer(client, 8192, 1);
    assert_int_equal(ps_event_create(client->stream, &client->events[0]), 0);
    state(client, PS_RUN);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(ps_event_wait(client->events[0], 44 * MILLISECOND), 0);
        close_to((position(client) + 4096) % 8192, 4096, 16 * FRAME);
    }
    ps_event_destroy(client->events[0]);
    return 0;
}

PS_TEST(one_notification_comes_at_the_end_of_the_buffer, "RT-72", "RT-46")
{
    run_client(PS_PLAY, 48000, once_a_lap);
}

// ---- render packets --------------------------------------------------------------------------------------

static int write_packet(struct client *client, uint32_t number)
{
    return ps_packet_written(client->stream, number, false, 0);
}

static int two_packets(struct ps_system *system, void *context)
{
    struct client *client = context;

    assert_int_equal(write_packet(client, 0), -EAGAIN); // no buffer
    buffer(client, 19200, 2); // 50 ms each
    assert_int_equal(write_packet(client, 0), 0);
    assert_int_equal(write_packet(client, 1), 0);
    assert_int_equal(write_packet(client, 2), -EOVERFLOW);
    state(client, PS_RUN);
    ps_sleep(system, 5 * 50 * MILLISECOND + MILLISECOND);
    assert_int_equal(packets(client), 5); // also when nobody writes (RT-96)
    for (uint32_t number = 0; number <= 8; number++)
        assert_int_equal(write_packet(client, number), number <= 5 ? -ETIME : number == 6 ? 0 : -EOVERFLOW);
    state(client, PS_PAUSE);
    assert_int_equal(packets(client), 5);
    assert_int_equal(write_packet(client, 5), -ETIME);
    state(client, PS_STOP);
    assert_int_equal(packets(client), 0);
    assert_int_equal(write_packet(client, 0), 0);
    return 0;
}

PS_TEST(of_two_packets_only_the_next_may_be_written, "RT-90", "RT-93", "RT-95", "RT-96")
{
    run_client(PS_PLAY, 48000, two_packets);
}

static int one_packet(struct ps_system *system, void *context)
{
    struct client *client = context;

    buffer(client, 9600, 1); // 50 ms
    assert_int_equal(write_packet(client, 1), -EOVERFLOW);
    assert_int_equal(write_packet(client, 0), 0);
    state(client, PS_RUN);
    ps_sleep(system, 2 * 50 * MILLISECOND + MILLISECOND);
    assert_int_equal(write_packet(client, 1), -ETIME);
    assert_int_equal(write_packet(client, 2), 0);
    assert_int_equal(write_packet(client, 3), -EOVERFLOW);
    return 0;
}

PS_TEST(a_lone_packet_may_be_written_while_it_is_played, "RT-90", "RT-95")
{
    run_client(PS_PLAY, 48000, one_packet);
}

static bool is_all(const struct client *client, uint32_t from, uint32_t to, uint8_t value)
{
    const uint8_t *bytes = client->buffer.data;

    while (from < to && bytes[from] == value)
        from++;
    return from == to;
}

static int last_packet(struct ps_system *system, void *context)
{
    struct client *client = context;
    uint32_t half = 9600;

    buffer(client, 2 * half, 2);
    memset(client->buffer.data, 0x11, client->buffer.bytes);
    assert_int_equal(write_packet(client, 0), 0);
    assert_int_equal(ps_packet_written(client->stream, 1, true, half + 1), -EINVAL);
    assert_int_equal(ps_packet_written(client->stream, 1, true, 400), 0);
    assert_true(is_all(client, 0, half + 400, 0x11));
    assert_true(is_all(client, half + 400, 2 * half, 0));
    assert_int_equal(write_packet(client, 2), -EINVAL); // the stream has ended
    state(client, PS_RUN);
    ps_sleep(system, 51 * MILLISECOND);
    assert_int_equal(packets(client), 1);
    assert_true(is_all(client, 0, half, 0)); // what comes round again is silent
    assert_true(is_all(client, half, half + 400, 0x11));
    ps_sleep(system, 50 * MILLISECOND);
    assert_int_equal(packets(client), 2);
    assert_true(is_all(client, half, 2 * half, 0));
    state(client, PS_STOP);
    assert_int_equal(write_packet(client, 0), 0);
    return 0;
}

PS_TEST(after_the_last_packet_there_is_silence, "RT-94", "RT-95")
{
    run_client(PS_PLAY, 48000, last_packet);
}

static int presented(struct ps_system *system, void *context)
{
    uint64_t frames, time, later_frames, later;
    struct client *client = context;

    buffer(client, 19200, 2);
    state(client, PS_RUN);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(ps_stream_presentation(client->stream, &frames, &time), 0);
        ps_sleep(system, 37 * MILLISECOND);
        assert_int_equal(ps_stream_presentation(client->stream, &later_frames, &later), 0);
        close_to(later_frames - frames, (later - time) * 48 / 10000, 2); // 10 MHz
        close_to(later_frames, packets(client) * UINT64_C(2400) + position(client) % 9600 / FRAME, 2);
    }
    return 0;
}

PS_TEST(the_presentation_position_agrees_with_packets_and_time, "RT-97")
{
    run_client(PS_PLAY, 48000, presented);
}

// ---- capture packets -------------------------------------------------------------------------------------

static int read_packets(struct ps_system *system, void *context)
{
    struct client *client = context;
    struct ps_read_packet packet, next;
    uint64_t before = 0;

    assert_int_equal(ps_packet_read(client->stream, &packet), -EAGAIN);
    buffer(client, 19200, 2); // 50 ms each
    assert_int_equal(ps_event_create(client->stream, &client->events[0]), 0);
    state(client, PS_RUN);
    assert_int_equal(ps_packet_read(client->stream, &packet), -EAGAIN);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(ps_event_wait(client->events[0], 60 * MILLISECOND), 0);
        assert_int_equal(ps_packet_read(client->stream, &packet), 0);
        assert_int_equal(packet.number, i);
        assert_false(packet.more);
        if (i)
            close_to(packet.time - before, 500000, 500); // 10 MHz, to a frame or two
        before = packet.time;
        assert_int_equal(ps_packet_read(client->stream, &next), -EAGAIN);
    }
    ps_sleep(system, 155 * MILLISECOND); // three more: the older ones are lost
    assert_int_equal(ps_packet_read(client->stream, &next), 0);
    assert_int_equal(next.number, 7);
    close_to(next.time - packet.time, 3 * 500000, 500);
    state(client, PS_STOP);
    assert_int_equal(ps_packet_read(client->stream, &next), -EAGAIN);
    ps_event_destroy(client->events[0]);
    return 0;
}

PS_TEST(the_newest_capture_packet_is_told_once, "RT-91", "RT-92")
{
    run_client(PS_RECORD, 48000, read_packets);
}

// ---- states ----------------------------------------------------------------------------------------------

static const enum ps_state walk[] = {PS_STOP, PS_ACQUIRE, PS_PAUSE, PS_RUN, PS_PAUSE, PS_RUN};

struct closing {
    struct setup setup;
    enum ps_direction direction;
    unsigned steps, bytes, notifications;
};

static int close_there(struct ps_system *system, void *context)
{
    struct closing *closing = context;
    struct ps_stream *stream;
    struct ps_buffer got;

    assert_int_equal(ps_stream_open(closing->setup.driver, closing->direction, &stereo, PS_CLIENT_RT,
                                    &stream),
                     0);
    if (closing->bytes)
        assert_int_equal(ps_buffer_create(stream, closing->bytes, closing->notifications, &got), 0);
    for (unsigned i = 0; i <= closing->steps; i++) {
        assert_int_equal(ps_stream_set_state(stream, walk[i]), 0);
        ps_sleep(system, 7 * MILLISECOND);
    }
    ps_stream_close(stream);
    return 0;
}

PS_TEST(a_stream_may_be_closed_in_every_state, "RT-52", "RT-53")
{
    struct closing closing = {0};

    begin_with(&closing.setup, NULL, "ac97-rt", "ac97");
    for (closing.direction = PS_PLAY; closing.direction <= PS_RECORD; closing.direction++)
        for (closing.steps = 0; closing.steps < 6; closing.steps++)
            for (closing.notifications = 0; closing.notifications <= 2; closing.notifications++)
                for (closing.bytes = 0; closing.bytes <= 9600; closing.bytes += 9600)
                    assert_int_equal(
                        ps_call(closing.setup.system, "closing", close_there, &closing), 0);
    end(&closing.setup);
}

static int buffer_in_run(struct ps_system *system, void *context)
{
    struct client *client = context;
    uint64_t start;

    state(client, PS_RUN);
    ps_sleep(system, 20 * MILLISECOND);
    assert_int_equal(position(client), 0);
    buffer(client, 19200, 0);
    start = ps_now(system);
    ps_sleep(system, 20 * MILLISECOND);
    close_to(position(client), bytes_since(system, start), 4 * FRAME);
    return 0;
}

PS_TEST(a_stream_may_run_before_it_has_a_buffer, "RT-53")
{
    run_client(PS_PLAY, 48000, buffer_in_run);
}

static int both_ways(struct ps_system *system, void *context)
{
    struct client *client = context;
    struct ps_stream *other;
    struct ps_buffer heard;
    uint64_t play, write, start, other_start;

    assert_int_equal(ps_stream_open(client->setup.driver, PS_RECORD, &stereo, PS_CLIENT_RT, &other), 0);
    assert_int_equal(ps_buffer_create(other, 400000, 2, &heard), 0);
    buffer(client, 400000, 2);
    state(client, PS_RUN);
    start = ps_now(system);
    ps_sleep(system, 10 * MILLISECOND);
    assert_int_equal(ps_stream_set_state(other, PS_RUN), 0);
    other_start = ps_now(system);
    ps_sleep(system, 1000 * MILLISECOND);
    assert_int_equal(ps_stream_position(other, &play, &write), 0);
    close_to(play, bytes_since(system, other_start), 4 * FRAME);
    close_to(position(client), bytes_since(system, start), 4 * FRAME);
    state(client, PS_STOP);
    assert_int_equal(ps_stream_set_state(other, PS_STOP), 0);
    ps_stream_close(other);
    return 0;
}

PS_TEST(both_directions_run_at_once)
{
    run_client(PS_PLAY, 48000, both_ways);
}

static int latency(struct ps_system *system, void *context)
{
    struct client *client = context;
    struct ps_latency told;

    buffer(client, 9600, 0);
    assert_int_equal(ps_stream_latency(client->stream, &told), 0);
    assert_int_equal(told.fifo_bytes, 64);
    assert_int_equal(told.chipset_100ns, 0);
    assert_int_equal(told.codec_100ns, 208);
    return 0;
}

PS_TEST(the_latency_is_that_of_the_fifo_and_the_link, "RT-56")
{
    run_client(PS_PLAY, 48000, latency);
}

// ---- what the hardware sees ------------------------------------------------------------------------------

// Notes what is written to the control register of PCM out, and the frame that the engine starts with; answers as some
// controllers do: the index and its neighbours are bytes, and read all ones as part of a word.
static struct watch {
    const struct ps_device_ops *real;
    uint8_t controls[256];
    unsigned count;
    uint32_t first_frame;
    bool silent; // takes the interrupt enables away
    bool gone;   // every register reads all ones, and what is written is lost
} watch;

enum { PCM_OUT = 0x10, CR = 0xB, RUN_BIT = 1, RESET_BIT = 2, ENABLES = 0x1C };

static void watch_start(struct ps_device *device, void *model)
{
    uint32_t list = watch.real->read(device, model, 1, PCM_OUT, 4), descriptor[2];

    assert_int_equal(ps_device_dma_read(device, list, descriptor, sizeof(descriptor)), 0);
    assert_int_equal(ps_device_dma_read(device, descriptor[0], &watch.first_frame, FRAME), 0);
}

static uint32_t watch_read(struct ps_device *device, void *model, unsigned bar, uint32_t offset,
                           unsigned width)
{
    bool bytes = bar == 1 && offset < 0x2C && (offset % 16 == 4 || offset % 16 == 8);

    if (watch.gone || (bytes && width == 4))
        return width == 4 ? UINT32_MAX : (1u << width * 8) - 1;
    return watch.real->read(device, model, bar, offset, width);
}

static void watch_write(struct ps_device *device, void *model, unsigned bar, uint32_t offset,
                        unsigned width, uint32_t value)
{
    if (bar == 1 && offset == PCM_OUT + CR && watch.count < sizeof(watch.controls))
        watch.controls[watch.count++] = (uint8_t)value;
    if (watch.gone)
        return;
    if (bar == 1 && offset == PCM_OUT + CR && (value & RUN_BIT))
        watch_start(device, model);
    if (bar == 1 && offset == PCM_OUT + CR && watch.silent)
        value &= ~(uint32_t)ENABLES;
    watch.real->write(device, model, bar, offset, width, value);
}

// Each frame of the buffer holds its number.
static int start_and_pause(struct ps_system *system, void *context)
{
    struct client *client = context;
    uint32_t *frames;

    buffer(client, 20004, 0);
    frames = client->buffer.data;
    for (uint32_t i = 0; i < client->buffer.bytes / FRAME; i++)
        frames[i] = i;
    for (uint64_t i = 0; i < 20; i++) {
        uint64_t at = position(client);

        state(client, PS_RUN);
        assert_int_equal(watch.first_frame, at / FRAME);
        ps_sleep(system, 9 * MILLISECOND + i * 4567);
        state(client, PS_PAUSE);
    }
    return 0;
}

static void run_watched(const struct ps_options *options, bool silent,
                        int (*body)(struct ps_system *, void *))
{
    struct ps_device_ops watched = *ps_model_find("ac97");
    struct client client = {0};

    watch = (struct watch){.real = ps_model_find("ac97"), .silent = silent};
    watched.read = watch_read;
    watched.write = watch_write;
    begin_on(&client.setup, options, "ac97-rt", &watched);
    client.stream = open_stream(&client.setup, PS_PLAY, PS_CLIENT_RT);
    assert_int_equal(ps_call(client.setup.system, "client", body, &client), 0);
    ps_stream_close(client.stream);
    end(&client.setup);
}

PS_TEST(each_start_resets_the_engine_runs_it_once_and_begins_where_it_stopped)
{
    unsigned starts = 0;

    run_watched(NULL, false, start_and_pause);
    for (unsigned i = 1; i < watch.count; i++) {
        if (!(watch.controls[i] & RUN_BIT))
            continue;
        starts++;
        assert_int_equal(watch.controls[i - 1], RESET_BIT);
    }
    assert_int_equal(starts, 20);
}

// Without interrupts only position queries look. 31 blocks of half a buffer are 661 ms; then the engine stands, and
// fills its FIFO of 16 frames first when it goes on.
static int run_dry(struct ps_system *system, void *context)
{
    struct client *client = context;
    uint64_t start, ahead, stood = 31 * UINT64_C(4096) % 8192;

    buffer(client, 8192, 2);
    state(client, PS_RUN);
    ps_sleep(system, 1000 * MILLISECOND);
    assert_int_equal(position(client), stood);
    start = ps_now(system);
    for (int i = 0; i < 100; i++) {
        ps_sleep(system, 29 * MILLISECOND);
        ahead = position(client) + 8192 + 4 * FRAME - (stood + bytes_since(system, start)) % 8192;
        assert_in_range(ahead % 8192, 0, 24 * FRAME);
    }
    assert_int_equal(packets(client), 31 + bytes_since(system, start) / 4096);
    return 0;
}

PS_TEST(interrupts_may_be_lost_and_the_ring_run_dry)
{
    struct ps_options options = {.memory = PS_MEMORY_CONTIGUOUS};

    run_watched(&options, true, run_dry);
}

// The position stays where it was seen last, and nobody waits for the device for ever.
static int pull_out(struct ps_system *system, void *context)
{
    struct client *client = context;
    uint64_t seen, then;

    buffer(client, 19200, 2);
    state(client, PS_RUN);
    ps_sleep(system, 20 * MILLISECOND);
    seen = position(client);
    assert_true(seen > 0);
    watch.gone = true;
    ps_sleep(system, 100 * MILLISECOND);
    assert_int_equal(position(client), seen);
    then = ps_now(system);
    state(client, PS_PAUSE);
    assert_int_equal(position(client), seen);
    state(client, PS_RUN);
    state(client, PS_STOP);
    assert_int_equal(position(client), 0);
    assert_true(ps_now(system) - then < 10 * MILLISECOND);
    watch.gone = false; // it was a loose plug
    state(client, PS_RUN);
    ps_sleep(system, 20 * MILLISECOND);
    assert_true(position(client) > 0);
    return 0;
}

PS_TEST(a_device_that_is_gone_holds_nobody_up)
{
    run_watched(NULL, true, pull_out);
}
