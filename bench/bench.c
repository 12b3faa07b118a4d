// SPDX-License-Identifier: MIT
//
// See bench.h. Runs last RUN_NS each; a first one finds out how many rounds that takes.
#include "bench/bench.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS = 11, PAIRS = 31 };
#define RUN_NS 20e6
#define PAIR_NS 2e6
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

static double time_rounds(bench_function *function, void *context, uint64_t rounds)
{
    double start = now_ns();

    function(context, rounds);
    return now_ns() - start;
}

// Rounds that take about `ns`.
static uint64_t calibrate(bench_function *function, void *context, double ns)
{
    if (options.smoke)
        ns = SMOKE_NS;
    for (uint64_t rounds = 1;; rounds *= 2) {
        double took = time_rounds(function, context, rounds);
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

double bench_ratio(bench_function *function, void *context, bench_function *floor,
                   void *floor_context)
{
    uint64_t rounds = calibrate(function, context, PAIR_NS);
    uint64_t floor_rounds = calibrate(floor, floor_context, PAIR_NS);
    int pairs = options.smoke ? 1 : PAIRS;
    double ratios[PAIRS];

    for (int i = 0; i < pairs; i++) {
        double ours = time_rounds(function, context, rounds) / (double)rounds;
        double floors = time_rounds(floor, floor_context, floor_rounds) / (double)floor_rounds;
        ratios[i] = ours / floors;
    }
    return median(ratios, pairs);
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
