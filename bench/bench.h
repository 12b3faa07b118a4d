/* SPDX-License-Identifier: MIT */
/*
 * Measurements with an aim. A bench program is
 *
 *     #include "bench/bench.h"
 *
 *     static void our_way(void *context, uint64_t rounds);    does the thing `rounds` times
 *     static void the_floor(void *context, uint64_t rounds);
 *
 *     int main(int argc, char **argv)
 *     {
 *         bench_start(argc, argv);
 *         bench_report("get-release-depth-4", bench_ratio(our_way, &queue, the_floor, &ring), "x",
 *                      BENCH_AT_MOST, 1.1);
 *         bench_report("restore", bench_ns(restore, system) / 1000, "us", BENCH_NO_AIM, 0);
 *         return bench_end();
 *     }
 *
 * and one line in bench/meson.build. Each report prints one line: name, figure, aim, `met` or `missed`;
 * with --json one JSON object. A missed aim is told, not an error. `--smoke` runs everything a moment
 * only, to see that it works: figures then mean nothing and no aim is judged. `--only GLOB` measures the
 * reports whose names match: ask bench_wanted(name) first where measuring is expensive.
 *
 * One thread; not for use in tests.
 */
#ifndef PORTSIDE_BENCH_BENCH_H
#define PORTSIDE_BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

typedef void bench_function(void *context, uint64_t rounds);

enum bench_aim { BENCH_NO_AIM, BENCH_AT_MOST, BENCH_AT_LEAST };

/* Reads the options; ends the program with 2 on an unknown one. */
void bench_start(int argc, char **argv);
/* The exit status: 0. */
int bench_end(void);

bool bench_smoke(void);
bool bench_wanted(const char *name);

/* Nanoseconds of one round: the median of several runs, each long enough to time. */
double bench_ns(bench_function *function, void *context);

/*
 * How many times longer a round of one function takes than one of another, from one run: short turns of
 * both alternate, many times, and the shortest turns are compared. What else the machine does only adds to a
 * turn, so the least that each takes is what it costs.
 */
double bench_ratio(bench_function *function, void *context, bench_function *floor,
                   void *floor_context);

/*
 * What a ratio is made of, where it needs more care: runs all in turn, `turns` times, and lowers `least` to
 * the nanoseconds that a round took. Start with BENCH_NONE.
 */
struct bench_contender {
    bench_function *function;
    void *context;
    double least;
};
#define BENCH_NONE 1e18
void bench_least(struct bench_contender *contenders, int count, int turns);

/*
 * Inside a bench_function: what happens between the two is not timed, nor are they. For preparations
 * that cannot be made for all rounds at once; at least some hundred nanoseconds should lie between a
 * resume and the next pause.
 */
void bench_pause(void);
void bench_resume(void);

/* Seconds on the monotonic clock, for what is done once. */
double bench_now(void);

/* Tells a figure. `unit` is what follows the number: "ns", "x" ...; `aim` is read unless BENCH_NO_AIM. */
void bench_report(const char *name, double figure, const char *unit, enum bench_aim kind, double aim);

/* Keeps the compiler from working a value out beforehand or dropping it. */
#define BENCH_KEEP(value) __asm__ volatile("" : : "r,m"(value) : "memory")

#endif
