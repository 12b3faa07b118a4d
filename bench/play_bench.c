// SPDX-License-Identifier: MIT
//
// What `portside play` costs as a whole, in a process of its own: an hour of sound against the clock, its memory
// against that of five minutes, FLAC to WAV against what decoding, encoding and playing cost apart, and the clients of
// WaveRT and WaveCyclic drivers. Inputs are made in a temporary folder; they are in the page cache when they are played.
#include "bench/bench.h"

#include <sndfile.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RATE = 48000, CHANNELS = 2, CHUNK = 8192, NAME = 4200, RUNS = 5 };

extern char **environ;
static char folder[] = "/tmp/portside-bench.XXXXXX";
static char program[NAME];

static void check(bool fine, const char *what)
{
    if (fine)
        return;
    perror(what);
    exit(1);
}

static const char *in_folder(char *path, const char *name)
{
    snprintf(path, NAME, "%s/%s", folder, name);
    return path;
}

// ---- sound ---------------------------------------------------------------------------------------

// A decaying tone under noise that comes and goes: neither silence nor white, so that FLAC has work to do.
static void compose(short *to, uint64_t frame)
{
    static uint32_t noise = 1;

    for (int i = 0; i < CHUNK; i++, frame++) {
        uint32_t beat = (uint32_t)(frame % RATE), wave = (uint32_t)(frame * 440 * 65536 / RATE);
        int tone = (int)((wave & 0x8000 ? ~wave : wave) & 0x7fff) - 16384;
        int volume = (int)(RATE - beat) * 256 / RATE;

        noise = noise * 1664525 + 1013904223;
        to[2 * i] = (short)(tone * volume / 512 + (int)(noise >> 22));
        to[2 * i + 1] = (short)(tone * (256 - volume) / 512 - (int)(noise >> 23));
    }
}

static void make_input(const char *path, int format, unsigned seconds)
{
    SF_INFO info = {.samplerate = RATE, .channels = CHANNELS, .format = format | SF_FORMAT_PCM_16};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    uint64_t frames = (uint64_t)seconds * RATE;
    short chunk[CHUNK * CHANNELS];

    check(file, path);
    for (uint64_t done = 0; done < frames; done += CHUNK) {
        sf_count_t count = (sf_count_t)(frames - done < CHUNK ? frames - done : CHUNK);

        compose(chunk, done);
        check(sf_writef_short(file, chunk, count) == count, path);
    }
    check(!sf_close(file), path);
}

// ---- what the parts cost -------------------------------------------------------------------------

static double decode(const char *from)
{
    double start = bench_now();
    SF_INFO info = {0};
    SNDFILE *file = sf_open(from, SFM_READ, &info);
    short chunk[CHUNK * CHANNELS];

    check(file, from);
    while (sf_readf_short(file, chunk, CHUNK) > 0)
        BENCH_KEEP(chunk[0]);
    sf_close(file);
    return bench_now() - start;
}

// To the disk, as `play` leaves its output.
static double encode(const char *to, unsigned seconds)
{
    SF_INFO info = {.samplerate = RATE, .channels = CHANNELS,
                    .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    short chunk[CHUNK * CHANNELS];
    double start;
    SNDFILE *file;

    compose(chunk, 0);
    start = bench_now();
    file = sf_open(to, SFM_WRITE, &info);
    check(file, to);
    for (uint64_t left = (uint64_t)seconds * RATE; left; left -= left < CHUNK ? left : CHUNK)
        sf_writef_short(file, chunk, (sf_count_t)(left < CHUNK ? left : CHUNK));
    sf_write_sync(file);
    check(!sf_close(file), to);
    return bench_now() - start;
}

struct played {
    double seconds;
    double peak_kib;
};

static struct played play_by(const char *from, const char *to, const char *driver, const char *client)
{
    char *arguments[] = {program,        "play",     (char *)from,  "-o",      (char *)to,
                         "-q",           "--driver", (char *)driver, "--client", (char *)client,
                         NULL};
    double start = bench_now();
    struct rusage usage;
    int status;
    pid_t child;

    check(!posix_spawn(&child, program, NULL, NULL, arguments, environ), program);
    check(wait4(child, &status, 0, &usage) == child, program);
    if (status) {
        fprintf(stderr, "%s play %s failed\n", program, from);
        exit(1);
    }
    return (struct played){bench_now() - start, (double)usage.ru_maxrss};
}

static struct played play(const char *from, const char *to)
{
    return play_by(from, to, "ac97", "queued");
}

// ---- figures ---------------------------------------------------------------------------------------

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof(*values), by_size);
    return values[count / 2];
}

static void an_hour(void)
{
    unsigned longer = bench_smoke() ? 12 : 3600, shorter = longer / 12;
    char path[NAME];
    struct played first, second, brief;

    if (!bench_wanted("play-hour-of-wav") && !bench_wanted("play-memory-hour-to-5-minutes"))
        return;
    make_input(in_folder(path, "short.wav"), SF_FORMAT_WAV, shorter);
    brief = play(path, "null");
    make_input(in_folder(path, "long.wav"), SF_FORMAT_WAV, longer);
    first = play(path, "null");
    second = play(path, "null"); // surely from the page cache
    if (second.seconds > first.seconds)
        second.seconds = first.seconds;
    bench_report("play-hour-of-wav", longer / second.seconds, "x", BENCH_AT_LEAST, 1000);
    bench_report("play-memory-hour-to-5-minutes", second.peak_kib / brief.peak_kib, "x",
                 BENCH_AT_MOST, 1.05);
}

// One ratio of each run: its parts are timed next to the whole.
static void flac_to_wav(void)
{
    unsigned seconds = bench_smoke() ? 1 : 600;
    char flac[NAME], wav[NAME], out[NAME];
    int runs = bench_smoke() ? 1 : RUNS;
    double ratios[RUNS];

    if (!bench_wanted("play-flac-to-wav"))
        return;
    make_input(in_folder(flac, "in.flac"), SF_FORMAT_FLAC, seconds);
    make_input(in_folder(wav, "in.wav"), SF_FORMAT_WAV, seconds);
    in_folder(out, "out.wav");
    for (int i = 0; i < runs; i++) {
        double whole = play(flac, out).seconds;
        double parts = decode(flac) + encode(out, seconds) + play(wav, "null").seconds;

        ratios[i] = whole / parts;
    }
    bench_report("play-flac-to-wav", median(ratios, runs), "x", BENCH_AT_MOST, 1.3);
}

// What the other ports' cyclic buffers and their clients cost beside the packets of WavePci.
static void cyclic(void)
{
    static const char *const runs[][2] = {
        {"cyclic", "queued"}, {"cyclic", "looped"}, {"ac97-rt", "rt"}, {"ac97-rt", "rt-event"}, {"ac97-rt", "rt-packet"}, {"hda", "rt"}};
    unsigned seconds = bench_smoke() ? 1 : 1200;
    char path[NAME], name[64];

    make_input(in_folder(path, "long.wav"), SF_FORMAT_WAV, seconds);
    for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
        double best = 0;

        snprintf(name, sizeof(name), "play-%s-%s", runs[i][0], runs[i][1]);
        for (int run = 0; bench_wanted(name) && run < 3; run++) {
            double speed = seconds / play_by(path, "null", runs[i][0], runs[i][1]).seconds;

            best = speed > best ? speed : best;
        }
        if (best > 0)
            bench_report(name, best, "x", BENCH_AT_LEAST, 1000);
    }
}

static void leave(void)
{
    static const char *const names[] = {"short.wav", "long.wav", "in.flac", "in.wav", "out.wav"};
    char path[NAME];

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        unlink(in_folder(path, names[i]));
    rmdir(folder);
}

int main(int argc, char **argv)
{
    ssize_t length;

    bench_start(argc, argv);
    length = readlink("/proc/self/exe", program, sizeof(program) - 32);
    check(length > 0, "/proc/self/exe");
    program[length] = 0;
    *strrchr(program, '/') = 0;
    strcat(program, "/../portside");
    check(mkdtemp(folder), folder);
    atexit(leave);
    an_hour();
    flac_to_wav();
    cyclic();
    return bench_end();
}
