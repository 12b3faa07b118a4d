// SPDX-License-Identifier: MIT
//
// What real time costs: the processor's seconds for a second of sound on the simulated machine and in front of QEMU, the
// messages that QEMU is sent for it, and how fast QEMU plays where its clock moves by command (told only where it does).
#include "bench/bench.h"

#include <portside/portside.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { RATE = 48000, FRAME = 4 };

struct noise {
    uint64_t left; // bytes
    uint32_t state;
};

static ptrdiff_t read_noise(void *context, void *to, size_t bytes)
{
    struct noise *noise = context;
    uint32_t *frames = to;
    size_t piece = bytes < noise->left ? bytes : (size_t)noise->left;

    for (size_t i = 0; i < piece / FRAME; i++) {
        noise->state = noise->state * 1664525 + 1013904223;
        frames[i] = noise->state | 1;
    }
    noise->left -= piece;
    return (ptrdiff_t)piece;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double used(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

struct figures {
    double cpu, wall; // seconds for a second of sound
    double commands;  // for a second of sound
    bool real;
};

static bool fine(int result, const char *what)
{
    if (result < 0)
        fprintf(stderr, "bench: %s: %s\n", what, ps_error_text());
    return result >= 0;
}

static bool play(struct ps_driver *driver, unsigned seconds, struct figures *out)
{
    const struct ps_format format = {RATE, 2, 16, false};
    struct noise noise = {(uint64_t)seconds * RATE * FRAME, 1};
    struct ps_run run = {.source = {&noise, read_noise}};
    struct ps_stream *stream;
    struct ps_result result;
    double cpu, wall;
    bool done;

    if (!fine(ps_stream_open(driver, PS_PLAY, &format, PS_CLIENT_DEFAULT, &stream), "stream"))
        return false;
    cpu = used();
    wall = bench_now();
    done = fine(ps_stream_play(stream, &run, &result), "play");
    out->cpu = (used() - cpu) / seconds;
    out->wall = (bench_now() - wall) / seconds;
    ps_stream_close(stream);
    return done;
}

static bool measure(const char *machine, unsigned seconds, struct figures *out)
{
    const struct ps_options options = {.machine = machine, .real_clock = !strcmp(machine, "sim"), .sound_rate = RATE};
    struct ps_machine_info before, after;
    struct ps_system *system;
    struct ps_driver *driver;
    bool done = false;

    if (!fine(ps_system_create(&options, &system), machine))
        return false;
    if (fine(ps_device_attach(system, ps_model_find("ac97")), machine) &&
        fine(ps_driver_load(system, "ac97", &driver), "ac97") && fine(ps_driver_start(driver, 0), "ac97")) {
        ps_machine_get(system, &before);
        done = play(driver, seconds, out);
        ps_machine_get(system, &after);
        out->commands = (double)(after.commands - before.commands) / seconds;
        out->real = after.real;
    }
    ps_system_destroy(system);
    return done;
}

int main(int argc, char **argv)
{
    unsigned seconds;
    struct figures figures;

    bench_start(argc, argv);
    seconds = bench_smoke() ? 1 : 10;
    if (measure("sim", seconds, &figures))
        bench_report("real-time-cpu-per-second-simulated", figures.cpu * 1000, "ms", BENCH_NO_AIM, 0);
    if (measure("qemu", seconds, &figures)) {
        bench_report("real-time-cpu-per-second-qemu", figures.cpu * 1000, "ms", BENCH_NO_AIM, 0);
        bench_report("qtest-commands-per-second-of-sound", figures.commands, "", BENCH_NO_AIM, 0);
        if (figures.real)
            fprintf(stderr, "bench: qemu-clock-step-speed: not measured, this QEMU has no clock_step\n");
        else
            bench_report("qemu-clock-step-speed", 1 / figures.wall, "x", BENCH_AT_LEAST, 150);
    }
    return bench_end();
}
