// SPDX-License-Identifier: MIT
//
// The host API as a program uses it: built-in driver and device, against the shared library.
#include "tests/host_fixture.h"

#include <errno.h>
#include <pthread.h>

#include <libgen.h>
#include <limits.h>
#include <unistd.h>

// The test drivers lie beside this program.
static const char *beside(const char *name)
{
    static char path[PATH_MAX + 64];
    char self[PATH_MAX] = "";

    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    snprintf(path, sizeof(path), "%s/%s", dirname(self), name);
    return path;
}

// ---- playing -------------------------------------------------------------------------------------------

PS_TEST(what_the_source_gives_reaches_the_sink)
{
    struct setup setup;

    begin(&setup, NULL);
    play(&setup, &tape, 10000);
    play(&setup, &tape, 1);
    end(&setup);
}

PS_TEST(two_systems_in_one_process_do_not_meet)
{
    struct ps_options options = {.memory = PS_MEMORY_FRAGMENTED, .seed = 3};
    struct setup a, b;

    begin(&a, NULL);
    begin(&b, &options);
    play(&a, &tape, 3000);
    play(&b, &tape, 5000);
    play(&a, &tape, 700);
    end(&a);
    play(&b, &tape, 700);
    end(&b);
}

PS_TEST(everything_is_given_back)
{
    struct ps_counts before, after;
    struct setup setup;

    begin(&setup, NULL);
    ps_counts_get(setup.system, &before);
    play(&setup, &tape, 4000);
    ps_counts_get(setup.system, &after);
    assert_memory_equal(&before, &after, sizeof(before));
    end(&setup);
}

PS_TEST(random_schedules_play_bit_for_bit)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct ps_options options = {.schedule = PS_SCHEDULE_RANDOM, .seed = seed};
        struct setup setup;

        begin(&setup, &options);
        play(&setup, &tape, 2400);
        end(&setup);
    }
}

// ---- snapshots -----------------------------------------------------------------------------------------

PS_TEST(a_restored_system_plays_again)
{
    struct ps_snapshot *snapshot;
    struct setup setup;
    uint64_t then;

    begin(&setup, NULL);
    then = ps_now(setup.system);
    assert_int_equal(ps_snapshot_take(setup.system, &snapshot), 0);
    for (int i = 0; i < 50; i++) {
        play(&setup, &tape, 480);
        assert_int_equal(ps_snapshot_restore(setup.system, snapshot), 0);
        assert_int_equal(ps_now(setup.system), then);
    }
    ps_snapshot_free(snapshot);
    end(&setup);
}

PS_TEST(the_name_of_a_driver_tells_its_model)
{
    static const struct {
        const char *driver, *model;
    } pairs[] = {{"hda", "hda"}, {"ac97-rt", "ac97"}, {"multi", "multi"}, {"cyclic-own", "ac97"},
                 {"./hda", "ac97"}, {"hda.so", "ac97"}, {"", "ac97"}};

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        assert_string_equal(ps_model_of_driver(pairs[i].driver)->name, pairs[i].model);
}

static const struct ps_device_ops *any_device(void)
{
    return ps_model_find("ac97");
}

PS_TEST(a_static_counter_is_0_in_each_system_and_after_each_restore)
{
    struct ps_system *systems[2];
    struct ps_driver *drivers[2];
    struct ps_snapshot *snapshot;

    for (int i = 0; i < 2; i++) {
        assert_int_equal(ps_system_create(NULL, &systems[i]), 0);
        assert_int_equal(ps_device_attach(systems[i], any_device()), 0);
        if (ps_driver_load(systems[i], beside("counter.so"), &drivers[i]))
            fail_msg("%s", ps_error_text());
    }
    assert_int_equal(ps_driver_start(drivers[1], 0), 0);
    assert_int_equal(ps_snapshot_take(systems[0], &snapshot), 0);
    for (int i = 0; i < 1000; i++) {
        if (ps_driver_start(drivers[0], 0))
            fail_msg("restore %d: %s", i, ps_error_text());
        assert_int_equal(ps_snapshot_restore(systems[0], snapshot), 0);
    }
    ps_snapshot_free(snapshot);
    for (int i = 0; i < 2; i++)
        ps_system_destroy(systems[i]);
}

// ---- halting -------------------------------------------------------------------------------------------

PS_TEST(a_crash_with_a_lock_held_halts_its_system_and_no_other)
{
    struct ps_finding finding;
    struct ps_system *broken;
    struct ps_driver *driver;
    struct setup setup;

    begin(&setup, NULL);
    assert_int_equal(ps_system_create(NULL, &broken), 0);
    assert_int_equal(ps_device_attach(broken, any_device()), 0);
    assert_int_equal(ps_driver_load(broken, beside("crash.so"), &driver), 0);
    assert_int_equal(ps_driver_start(driver, 0), -EFAULT);
    assert_true(ps_halted(broken));
    assert_int_equal(ps_driver_start(driver, 0), -EFAULT);
    assert_int_equal(ps_finding_count(broken), 1);
    assert_int_equal(ps_finding_get(broken, 0, &finding), 0);
    assert_int_equal(finding.irql, 2);
    assert_int_equal(finding.side, PS_SIDE_DRIVER);
    assert_non_null(strstr(finding.where, "crash."));
    play(&setup, &tape, 3000);
    ps_system_destroy(broken);
    play(&setup, &tape, 3000);
    end(&setup);
}

// The number of the line of tests/drivers/crash.c that says `what`.
static unsigned line_of(const char *what)
{
    char line[256];
    unsigned number = 0;
    FILE *file = fopen(CRASH_SOURCE, "r");

    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        number++;
        if (strstr(line, what))
            break;
    }
    fclose(file);
    return number;
}

static unsigned driver_frames(struct ps_system *system, const struct ps_finding *finding,
                              char *first, size_t size)
{
    unsigned found = 0;
    char text[160];

    for (unsigned i = 0; i < finding->frames; i++) {
        int result = ps_finding_frame(system, 0, i, text, sizeof(text));

        assert_true(result >= 0);
        if (result && !found++)
            snprintf(first, size, "%s", text);
    }
    assert_int_equal(ps_finding_frame(system, 0, finding->frames, text, sizeof(text)), -ERANGE);
    return found;
}

static void expect_source_lines(const char *crashing)
{
    char fault[64], lock[64], frame[160] = "";
    struct ps_finding finding;
    struct ps_system *system;
    struct ps_driver *driver;

#ifndef PORTSIDE_LIBDW
    ps_skip("built without libdw");
#endif
    snprintf(fault, sizeof(fault), "crash.c:%u in start_device", line_of("*nowhere = 1"));
    snprintf(lock, sizeof(lock), "crash.c:%u in start_device", line_of("KeAcquireSpinLock("));
    assert_int_equal(ps_system_create(NULL, &system), 0);
    assert_int_equal(ps_device_attach(system, any_device()), 0);
    assert_int_equal(ps_driver_load(system, beside(crashing), &driver), 0);
    assert_int_equal(ps_driver_start(driver, 0), -EFAULT);
    assert_int_equal(ps_finding_get(system, 0, &finding), 0);
    assert_string_equal(finding.where, fault);
    assert_string_equal(finding.lock, lock);
    assert_true(driver_frames(system, &finding, frame, sizeof(frame)) >= 1);
    assert_non_null(strstr(frame, "in start_device"));
    ps_system_destroy(system);
}

PS_TEST(a_finding_names_source_lines_the_lock_and_the_call_stack, "VF-1")
{
    expect_source_lines("crash.so");
}

PS_TEST(source_lines_need_no_table_of_addresses, "VF-1")
{
    expect_source_lines("crash-no-aranges.so");
}

PS_TEST(a_loop_without_a_scheduling_point_is_ended)
{
    struct ps_options options = {.watchdog_ms = 50};
    struct ps_finding finding;
    struct ps_system *system;
    struct ps_driver *driver;

    assert_int_equal(ps_system_create(&options, &system), 0);
    assert_int_equal(ps_driver_load(system, beside("spin.so"), &driver), -EFAULT);
    assert_true(ps_halted(system));
    assert_int_equal(ps_finding_get(system, 0, &finding), 0);
    assert_non_null(strstr(finding.text, "not step-exact"));
    ps_system_destroy(system);
}

// ---- errors --------------------------------------------------------------------------------------------

PS_TEST(failures_say_what_and_where)
{
    struct ps_format deep = {96000, 2, 24, false};
    struct ps_stream *stream;
    struct ps_driver *driver;
    struct setup setup;

    begin(&setup, NULL);
    assert_int_equal(ps_driver_load(setup.system, "nosuch", &driver), -ENOENT);
    assert_non_null(strstr(ps_error_text(), "nosuch"));
    assert_int_equal(ps_driver_load(setup.system, beside("refuse.so"), &driver), -EIO);
    assert_non_null(strstr(ps_error_text(), "STATUS_INSUFFICIENT_RESOURCES"));
    assert_int_equal(ps_stream_open(setup.driver, PS_PLAY, &deep, PS_CLIENT_DEFAULT, &stream), -ENOTSUP);
    assert_non_null(strstr(ps_error_text(), "16 bit, 2 channels, 8000-48000 Hz"));
    assert_int_equal(ps_policy_set(setup.system, "nosuch", "1"), -ENOENT);
    assert_int_equal(ps_policy_set(setup.system, "mapping-split", "odd"), -EINVAL);
    assert_int_equal(ps_driver_start(setup.driver, 0), -EBUSY);
    end(&setup);
}

static void *foreign(void *context)
{
    struct setup *setup = context;
    struct ps_stream *stream;

    assert_int_equal(ps_stream_open(setup->driver, PS_PLAY, &stereo, PS_CLIENT_DEFAULT, &stream), -EPERM);
    return NULL;
}

PS_TEST(a_system_belongs_to_its_thread)
{
    struct setup setup;
    pthread_t thread;

    begin(&setup, NULL);
    assert_int_equal(pthread_create(&thread, NULL, foreign, &setup), 0);
    pthread_join(thread, NULL);
    end(&setup);
}

// ---- failing allocations -------------------------------------------------------------------------------

PS_TEST(every_allocation_may_fail_once, "SV-73")
{
    sweep("ac97", "ac97", PS_CLIENT_DEFAULT, false);
}

PS_TEST(every_allocation_may_fail_from_there_on, "SV-73")
{
    sweep("ac97", "ac97", PS_CLIENT_DEFAULT, true);
}

// ---- a client and a device of one's own ----------------------------------------------------------------

struct own_client {
    struct ps_stream *stream;
    ptrdiff_t first, second;
};

static int own_client(struct ps_system *system, void *context)
{
    struct own_client *client = context;
    struct ps_packet *packets[2];
    uint64_t play, write;

    for (int i = 0; i < 2; i++) {
        assert_int_equal(ps_packet_create(client->stream, 1920, &packets[i]), 0);
        memset(ps_packet_data(packets[i]), 1 + i, 1920);
    }
    assert_int_equal(ps_stream_set_state(client->stream, PS_PAUSE), 0);
    assert_int_equal(ps_packet_submit(packets[0], 1920), 0);
    assert_int_equal(ps_packet_submit(packets[1], 1920), 0);
    assert_int_equal(ps_packet_submit(packets[1], 1920), -EINVAL);
    assert_int_equal(ps_packet_cancel(packets[1]), 0);
    client->second = ps_packet_wait(packets[1]);
    assert_int_equal(ps_stream_set_state(client->stream, PS_RUN), 0);
    client->first = ps_packet_wait(packets[0]);
    assert_int_equal(ps_stream_position(client->stream, &play, &write), 0);
    assert_int_equal(write, 1920);
    assert_int_equal(ps_sleep(system, 1000000), 0);
    assert_int_equal(ps_stream_set_state(client->stream, PS_STOP), 0);
    ps_packet_destroy(packets[0]);
    ps_packet_destroy(packets[1]);
    return 7;
}

PS_TEST(a_client_of_ones_own_runs_inside)
{
    struct own_client client;
    struct setup setup;

    begin(&setup, NULL);
    assert_int_equal(ps_stream_open(setup.driver, PS_PLAY, &stereo, PS_CLIENT_DEFAULT, &client.stream), 0);
    assert_int_equal(ps_call(setup.system, "own", own_client, &client), 7);
    assert_int_equal(client.first, 1920);
    assert_int_equal(client.second, -ECANCELED);
    ps_stream_close(client.stream);
    end(&setup);
}

static int own_attach(struct ps_device *device, void *state)
{
    (void)device;
    *(uint32_t *)state = 42;
    return 0;
}

static uint32_t own_read(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                         unsigned width)
{
    (void)device, (void)bar, (void)offset, (void)width;
    return *(uint32_t *)state;
}

static void own_write(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                      unsigned width, uint32_t value)
{
    (void)device, (void)bar, (void)offset, (void)width;
    *(uint32_t *)state = value;
}

PS_TEST(a_device_of_ones_own_is_attached_like_any)
{
    static const struct ps_device_ops own = {
        .version = PS_DEVICE_VERSION,
        .name = "own",
        .pci = {.vendor = 0x1234, .device = 1, .class_code = 0x040100, .interrupt_pin = 1,
                .command_writable = 5, .bars = {{PS_BAR_IO, 256}, {PS_BAR_IO, 64}}},
        .state_size = 4,
        .attach = own_attach,
        .read = own_read,
        .write = own_write,
    };
    struct ps_device_ops old = own;
    struct ps_system *system;
    struct ps_driver *driver;

    old.version++;
    assert_int_equal(ps_system_create(NULL, &system), 0);
    assert_int_equal(ps_device_attach(system, &old), -EINVAL);
    assert_int_equal(ps_device_attach(system, &own), 0);
    // The AC'97 driver does not find its codec there and says so.
    assert_int_equal(ps_driver_load(system, "ac97", &driver), 0);
    assert_int_equal(ps_driver_start(driver, 0), -EIO);
    assert_non_null(strstr(ps_error_text(), "STATUS_DEVICE_NOT_READY"));
    assert_int_equal(ps_driver_unload(driver, false), 0);
    ps_system_destroy(system);
}

// ---- removal while a stream is open --------------------------------------------------------------------

static int to_run(struct ps_system *system, void *context)
{
    return ps_stream_set_state(context, PS_RUN);
}

PS_TEST(a_driver_with_an_open_stream_stays, "AD-79a")
{
    struct ps_stream *stream;
    struct setup setup;

    begin(&setup, NULL);
    stream = open_stream(&setup, PS_PLAY, PS_CLIENT_QUEUED);
    assert_int_equal(ps_driver_unload(setup.driver, false), -EBUSY);
    assert_non_null(strstr(ps_error_text(), "close its streams"));
    assert_int_equal(ps_call(setup.system, "client", to_run, stream), 0); // as if nothing was asked
    ps_stream_close(stream);
    end(&setup);
}

PS_TEST(a_device_may_be_unplugged_under_an_open_stream, "AD-79a")
{
    struct ps_stream *stream, *another;
    struct setup setup;

    begin(&setup, NULL);
    stream = open_stream(&setup, PS_PLAY, PS_CLIENT_QUEUED);
    assert_int_equal(ps_driver_unload(setup.driver, true), -EBUSY);
    assert_int_equal(ps_driver_unload(setup.driver, true), -EBUSY);
    assert_int_equal(ps_call(setup.system, "client", to_run, stream), -EAGAIN);
    assert_true(ps_stream_open(setup.driver, PS_PLAY, &stereo, false, &another) < 0);
    ps_stream_close(stream);
    end(&setup);
}
