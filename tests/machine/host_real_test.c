// SPDX-License-Identifier: MIT
//
// Runs in real time: they wait for what their source and sink wait for. Nothing is said of how long anything takes.
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/host_fixture.h"

// A card of which the far end of a pipe decides when it is ready.
struct card {
    int ends[2];
    unsigned listed, told;
    int failure;
};

static unsigned list(void *context, struct pollfd *fds, unsigned most)
{
    struct card *card = context;

    assert_true(most >= 1);
    card->listed++;
    fds[0] = (struct pollfd){.fd = card->ends[0], .events = POLLIN};
    return 1;
}

static int ready(void *context, struct pollfd *fds, unsigned count)
{
    struct card *card = context;
    char byte;

    assert_int_equal(count, 1);
    assert_int_equal(fds[0].fd, card->ends[0]);
    assert_int_equal(fds[0].revents, POLLIN);
    assert_int_equal(read(card->ends[0], &byte, 1), 1);
    card->told++;
    return card->failure;
}

static int play_beside(struct card *card, bool real, struct ps_result *result)
{
    const struct ps_options options = {.real_clock = real};
    struct ps_run run = {.source = {&tape, read_tape}, .sink = {&tape, write_tape}, .waits = {card, list, ready}};
    struct ps_stream *stream;
    struct setup setup;
    int error;

    begin(&setup, &options);
    make_noise(&tape, card->failure ? MOST_FRAMES : 4800); // as if the machine had other things to do for a while
    stream = open_stream(&setup, PS_PLAY, PS_CLIENT_QUEUED);
    error = ps_stream_play(stream, &run, result);
    ps_stream_close(stream);
    end(&setup);
    return error;
}

static void open_pipe(struct card *card)
{
    assert_int_equal(pipe2(card->ends, O_NONBLOCK | O_CLOEXEC), 0);
    assert_int_equal(write(card->ends[1], "x", 1), 1);
}

static void close_pipe(const struct card *card)
{
    close(card->ends[0]);
    close(card->ends[1]);
}

PS_TEST(a_run_is_told_when_a_descriptor_of_its_sink_is_ready)
{
    struct ps_result result;
    struct card card = {0};

    open_pipe(&card);
    assert_int_equal(play_beside(&card, true, &result), 0);
    assert_int_equal(card.told, 1);
    assert_true(card.listed >= 2); // anew, once it was ready
    assert_int_equal(result.frames, 4800);
    assert_false(result.differs);
    close_pipe(&card);
}

PS_TEST(what_ready_returns_ends_the_run)
{
    struct card card = {.failure = -ENODEV};
    struct ps_result result;

    open_pipe(&card);
    assert_int_equal(play_beside(&card, true, &result), -ENODEV);
    assert_true(result.frames < MOST_FRAMES);
    close_pipe(&card);
}

PS_TEST(a_descriptor_that_is_always_ready_is_not_waited_for)
{
    struct card card = {.ends = {open("/dev/null", O_RDONLY | O_CLOEXEC), -1}};
    struct ps_result result;

    assert_int_equal(play_beside(&card, true, &result), 0);
    assert_int_equal(card.told, 0);
    assert_int_equal(result.frames, 4800);
    close(card.ends[0]);
}

PS_TEST(in_virtual_time_nobody_waits)
{
    struct ps_result result;
    struct card card = {0};

    open_pipe(&card);
    assert_int_equal(play_beside(&card, false, &result), 0);
    assert_int_equal(card.told + card.listed, 0);
    close_pipe(&card);
}
