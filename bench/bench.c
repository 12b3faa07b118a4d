// SPDX-License-Identifier: MIT
//
// See bench.h. Runs last RUN_NS each; a first one finds out how many rounds that takes.
#include "bench/bench.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS = 11, TURNS = 2001, MOST_CONTENDERS = 8, PAUSES = 1000 };
#define RUN_NS 20e6
#define TURN_NS 30e3 // much shorter than a time slice: some turns are not interrupted
#define SMOKE_NS 1e3

static struct {
    bool json, smoke;
    const char *only;
} options;

static void usage(const char *program)
{
    fprintf(stderr, "usage: %s [--json] [--smoke] [--only GLOB]\n", program);
    exit(2);
}

static void measure_pauses(void);

void bench_start(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--json"))
            options.json = true;
        else if (!strcmp(argv[i], "--smoke"))
            options.smoke = true;
        else if (!strcmp(argv[i], "--only") && i + 1 < argc)
            options.only = argv[++i];
        else
            usage(argv[0]);
    }
    measure_pauses();
}

int bench_end(void)
{
    return 0;
}

bool bench_smoke(void)
{
    return options.smoke;
}

bool bench_wanted(const char *name)
{
    return !options.only || !fnmatch(options.only, name, 0);
}

// ---- time ---------------------------------------------------------------------------------------

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

double bench_now(void)
{
    return now_ns() / 1e9;
}

static struct {
    double since, out;
    double cost; // of a pause and its resume, outside of what they see themselves
} paused;

void bench_pause(void)
{
    paused.since = now_ns();
}

void bench_resume(void)
{
    paused.out += paused.cost;
    paused.out += now_ns() - paused.since;
}

static double time_rounds(bench_function *function, void *context, uint64_t rounds)
{
    paused.out = 0;
    double start = now_ns();

    function(context, rounds);
    return now_ns() - start - paused.out;
}

static void pause_only(void *context, uint64_t rounds)
{
    (void)context;
    for (uint64_t i = 0; i < rounds; i++) {
        bench_pause();
        bench_resume();
    }
}

static void measure_pauses(void)
{
    double least = time_rounds(pause_only, NULL, PAUSES);

    for (int i = 1; i < RUNS; i++) {
        double took = time_rounds(pause_only, NULL, PAUSES);
        least = took < least ? took : least;
    }
    paused.cost = least / PAUSES;
}

// The better of two: the first call of all finds cold caches, and any may be interrupted.
static double time_calmly(bench_function *function, void *context, uint64_t rounds)
{
    double first = time_rounds(function, context, rounds);
    double again = time_rounds(function, context, rounds);

    return first < again ? first : again;
}

// Rounds that take about `ns`.
static uint64_t calibrate(bench_function *function, void *context, double ns)
{
    if (options.smoke)
        ns = SMOKE_NS;
    for (uint64_t rounds = 1;; rounds *= 2) {
        double took = time_calmly(function, context, rounds);
        if (took >= ns / 2)
            return (uint64_t)((double)rounds * ns / took) + 1;
    }
}

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

double bench_ns(bench_function *function, void *context)
{
    uint64_t rounds = calibrate(function, context, RUN_NS);
    int runs = options.smoke ? 1 : RUNS;
    double took[RUNS];

    for (int i = 0; i < runs; i++)
        took[i] = time_rounds(function, context, rounds) / (double)rounds;
    return median(took, runs);
}

void bench_least(struct bench_contender *contenders, int count, int turns)
{
    uint64_t rounds[MOST_CONTENDERS];

    for (int c = 0; c < count; c++)
        rounds[c] = calibrate(contenders[c].function, contenders[c].context, TURN_NS);
    for (int i = 0; i < (options.smoke ? 1 : turns); i++) {
        for (int c = 0; c < count; c++) {
            struct bench_contender *now = &contenders[c];
            double took = time_rounds(now->function, now->context, rounds[c]) / (double)rounds[c];
            now->least = took < now->least ? took : now->least;
        }
    }
}

double bench_ratio(bench_function *function, void *context, bench_function *floor,
                   void *floor_context)
{
    struct bench_contender both[] = {{function, context, BENCH_NONE},
                                     {floor, floor_context, BENCH_NONE}};

    bench_least(both, 2, TURNS);
    return both[0].least / both[1].least;
}

// ---- telling ------------------------------------------------------------------------------------

static const char *verdict(double figure, enum bench_aim kind, double aim)
{
    if (kind == BENCH_NO_AIM || options.smoke)
        return "-";
    return (kind == BENCH_AT_MOST ? figure <= aim : figure >= aim) ? "met" : "missed";
}

void bench_report(const char *name, double figure, const char *unit, enum bench_aim kind,
                  double aim)
{
    static const char *const signs[] = {"", "<=", ">="};
    char wanted[64] = "-";

    if (!bench_wanted(name))
        return;
    if (kind != BENCH_NO_AIM)
        snprintf(wanted, sizeof(wanted), "%s %g %s", signs[kind], aim, unit);
    if (options.json)
        printf("{\"name\": \"%s\", \"figure\": %.6g, \"unit\": \"%s\", \"aim\": \"%s\", "
               "\"verdict\": \"%s\"}\n",
               name, figure, unit, wanted, verdict(figure, kind, aim));
    else
        printf("%-44s %10.4g %-6s %-14s %s\n", name, figure, unit, wanted,
               verdict(figure, kind, aim));
    fflush(stdout);
}
