// SPDX-License-Identifier: MIT
#include "tests/host_fixture.h"

#include <errno.h>

struct tape tape;
const struct ps_format stereo = {48000, 2, 16, false};

// ---- a source and a sink in memory ---------------------------------------------------------------------

void make_noise(struct tape *to, size_t frames)
{
    uint32_t state = 12345;

    memset(to, 0, sizeof(*to));
    to->frames = frames;
    for (size_t i = 0; i < frames * 2; i++) {
        state = state * 1664525u + 1013904223u;
        to->in[i] = (int16_t)(state >> 16 | 1);
    }
}

ptrdiff_t read_tape(void *context, void *to, size_t bytes)
{
    struct tape *from = context;
    size_t frames = bytes / 4, left = from->frames - from->taken;

    frames = frames < left ? frames : left;
    memcpy(to, from->in + from->taken * 2, frames * 4);
    from->taken += frames;
    return (ptrdiff_t)(frames * 4);
}

int write_tape(void *context, const int16_t *frames, size_t count, unsigned channels, unsigned rate)
{
    struct tape *to = context;

    assert_int_equal(channels, 2);
    assert_true(rate >= 8000);
    assert_true(to->got + count <= MOST_FRAMES * 2);
    memcpy(to->out + to->got * 2, frames, count * 4);
    to->got += count;
    return 0;
}

// ---- a system ------------------------------------------------------------------------------------------

void begin_on(struct setup *setup, const struct ps_options *options, const char *driver,
              const struct ps_device_ops *device)
{
    assert_int_equal(ps_system_create(options, &setup->system), 0);
    assert_int_equal(ps_device_attach(setup->system, device), 0);
    if (ps_driver_load(setup->system, driver, &setup->driver) || ps_driver_start(setup->driver, 0))
        fail_msg("%s", ps_error_text());
}

void begin_with(struct setup *setup, const struct ps_options *options, const char *driver,
                const char *device)
{
    begin_on(setup, options, driver, ps_model_find(device));
}

void begin(struct setup *setup, const struct ps_options *options)
{
    begin_with(setup, options, "ac97", "ac97");
}

void end(struct setup *setup)
{
    assert_int_equal(ps_driver_unload(setup->driver, false), 0);
    for (size_t i = 0; i < ps_finding_count(setup->system); i++) {
        struct ps_finding finding;

        ps_finding_get(setup->system, i, &finding);
        fail_msg("%s: %s", finding.rule, finding.text);
    }
    ps_system_destroy(setup->system);
}

// ---- runs ----------------------------------------------------------------------------------------------

struct ps_stream *open_stream(struct setup *setup, enum ps_direction direction,
                              enum ps_client client)
{
    struct ps_stream *stream;

    if (ps_stream_open(setup->driver, direction, &stereo, client, &stream))
        fail_msg("%s", ps_error_text());
    return stream;
}

void play_by(struct setup *setup, struct tape *with, size_t frames, enum ps_client client)
{
    struct ps_run run = {.source = {with, read_tape}, .sink = {with, write_tape}};
    struct ps_stream *stream = open_stream(setup, PS_PLAY, client);
    struct ps_result result;
    size_t at = 0;

    make_noise(with, frames);
    if (ps_stream_play(stream, &run, &result))
        fail_msg("%s", ps_error_text());
    if (result.differs)
        fail_msg("%s at frame %llu", result.difference,
                 (unsigned long long)result.first_difference);
    assert_int_equal(result.frames, frames);
    assert_int_equal(result.underruns, 0);
    while (at < with->got && !with->out[at * 2])
        at++;
    assert_memory_equal(with->out + at * 2, with->in, frames * 4);
    ps_stream_close(stream);
}

void play(struct setup *setup, struct tape *with, size_t frames)
{
    play_by(setup, with, frames, PS_CLIENT_DEFAULT);
}

void record_by(struct setup *setup, struct tape *with, size_t frames, enum ps_client client)
{
    struct ps_run run = {
        .source = {with, read_tape}, .sink = {with, write_tape}, .frames = frames};
    struct ps_stream *stream = open_stream(setup, PS_RECORD, client);
    struct ps_result result;

    make_noise(with, frames);
    if (ps_stream_record(stream, &run, &result))
        fail_msg("%s", ps_error_text());
    assert_false(result.differs);
    assert_int_equal(result.underruns, 0);
    assert_int_equal(with->got, frames);
    assert_memory_equal(with->out, with->in, frames * 4);
    ps_stream_close(stream);
}

// ---- failing allocations -------------------------------------------------------------------------------

static int play_quietly(struct ps_driver *driver, enum ps_client client)
{
    struct ps_run run = {.source = {&tape, read_tape}};
    struct ps_stream *stream;
    struct ps_result result;
    int error = ps_stream_open(driver, PS_PLAY, &stereo, client, &stream);

    if (error)
        return error;
    error = ps_stream_play(stream, &run, &result);
    if (!error && result.differs)
        error = -EIO;
    ps_stream_close(stream);
    return error;
}

// A whole life of a driver; 0, or the negative errno of the call that failed. Never leaks.
static int life(struct ps_system *system, const char *name, enum ps_client client)
{
    struct ps_driver *driver;
    int unloaded, error = ps_driver_load(system, name, &driver);

    if (error)
        return error;
    make_noise(&tape, 1500);
    error = ps_driver_start(driver, 0);
    if (!error)
        error = play_quietly(driver, client);
    unloaded = ps_driver_unload(driver, false);
    return error ? error : unloaded;
}

static void expect_no_finding(struct ps_system *system, uint64_t at)
{
    struct ps_finding finding;

    if (!ps_finding_count(system))
        return;
    ps_finding_get(system, 0, &finding);
    fail_msg("allocation %llu: %s: %s", (unsigned long long)at, finding.rule, finding.text);
}

void sweep(const char *driver, const char *device, enum ps_client client, bool for_good)
{
    uint64_t sites, failed = 0;
    struct ps_snapshot *snapshot;
    struct ps_counts before, after;
    struct ps_system *system;

    assert_int_equal(ps_system_create(NULL, &system), 0);
    assert_int_equal(ps_device_attach(system, ps_model_find(device)), 0);
    assert_int_equal(ps_snapshot_take(system, &snapshot), 0);
    ps_counts_get(system, &before);
    ps_fault_set(system, 0, false, NULL);
    assert_int_equal(life(system, driver, client), 0);
    ps_fault_set(system, 0, false, &sites);
    assert_true(sites > 20);
    for (uint64_t at = 1; at <= sites; at++) {
        uint64_t reached;

        assert_int_equal(ps_snapshot_restore(system, snapshot), 0);
        ps_fault_set(system, at, for_good, NULL);
        life(system, driver, client);
        ps_fault_set(system, 0, false, &reached);
        failed += reached >= at;
        expect_no_finding(system, at);
        assert_false(ps_halted(system));
        ps_counts_get(system, &after);
        assert_memory_equal(&before, &after, sizeof(before));
    }
    assert_int_equal(failed, sites);
    ps_snapshot_free(snapshot);
    ps_system_destroy(system);
}
