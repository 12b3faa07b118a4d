// SPDX-License-Identifier: MIT
//
// What the scheduler costs: a fiber switch against swapcontext, a scheduling point, and putting a system back.
// `--json` prints one object a line. A figure with an aim says `met` or `missed`; nothing fails here.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

#include "base/arena.h"
#include "base/system.h"
#include "sched/fiber.h"
#include "sched/sched.h"

static bool json;

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

// `aim` 0: none.
static void report(const char *name, double figure, const char *unit, double aim)
{
    const char *verdict = aim <= 0 ? "" : figure <= aim ? "met" : "missed";

    if (json)
        printf("{\"name\": \"%s\", \"figure\": %.4g, \"unit\": \"%s\", \"aim\": %.4g, "
               "\"verdict\": \"%s\"}\n",
               name, figure, unit, aim, verdict);
    else if (aim > 0)
        printf("%-44s %9.2f %-5s aim %9.2f  %s\n", name, figure, unit, aim, verdict);
    else
        printf("%-44s %9.2f %s\n", name, figure, unit);
}

// The best of several rounds of `work(rounds)`, in ns for each.
static double best_ns(void (*work)(unsigned count), unsigned count)
{
    double best = 1e9;

    for (unsigned round = 0; round < 7; round++) {
        double start = seconds(), each;

        work(count);
        each = (seconds() - start) * 1e9 / count;
        best = each < best ? each : best;
    }
    return best;
}

// ---- the bare switch ---------------------------------------------------------------------------------

static struct sched_fiber host, fiber;

static void bounce(void *argument)
{
    for (;;)
        fiber_switch(&fiber, &host);
}

static void switch_fibers(unsigned count)
{
    for (unsigned i = 0; i < count; i += 2)
        fiber_switch(&host, &fiber);
}

static double bench_fibers(struct ps_system *system)
{
    double ns;

    fiber_adopt_host(&host);
    if (!fiber_create(system->arena, &fiber, 65536, bounce, NULL))
        abort();
    ns = best_ns(switch_fibers, 2000000);
    fiber_destroy(system->arena, &fiber);
    return ns;
}

static ucontext_t here, there;

static void bounce_context(void)
{
    for (;;)
        swapcontext(&there, &here);
}

static void switch_contexts(unsigned count)
{
    for (unsigned i = 0; i < count; i += 2)
        swapcontext(&here, &there);
}

static double bench_contexts(void)
{
    static char stack[65536];

    getcontext(&there);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = sizeof(stack);
    makecontext(&there, bounce_context, 0);
    return best_ns(switch_contexts, 200000);
}

// ---- scheduling points -------------------------------------------------------------------------------

static struct sched *sched;
static unsigned points;
static uintptr_t lock;

static void pass_points(void *argument)
{
    for (unsigned i = 0; i < points; i++)
        sched_point(sched, COST_SERVICE);
}

static void pass_locks(void *argument)
{
    uint8_t before = sched_raise(sched, IRQL_DISPATCH);

    for (unsigned i = 0; i < points; i++) {
        sched_lock_acquire(sched, &lock, NULL);
        sched_lock_release(sched, &lock);
    }
    sched_lower(sched, before);
}

static void (*body)(void *argument);

static void run_body(unsigned count)
{
    struct sched_thread *thread = sched_thread_create(sched, "bench", body, NULL, 0);

    points = count;
    sched_run(sched, SCHED_NEVER);
    sched_thread_free(sched, thread);
}

static void run_two(unsigned count)
{
    struct sched_thread *first = sched_thread_create(sched, "first", body, NULL, 0);

    run_body(count / 2);
    sched_thread_free(sched, first);
}

static void bench_points(struct ps_system *system)
{
    struct chooser *lazy = chooser_round_robin(), *seeded = chooser_seeded(1);
    struct sched_options options = {.processors = 2, .chooser = lazy};

    if (sched_create(system, &options))
        abort();
    sched = system->sched;
    body = pass_points;
    report("scheduling point, round-robin", best_ns(run_body, 5000000), "ns", 0);
    body = pass_locks;
    report("lock taken and dropped, uncontended", best_ns(run_body, 5000000), "ns", 0);
    sched_set_chooser(sched, seeded);
    body = pass_points;
    report("scheduling point, seeded, two threads", best_ns(run_two, 1000000), "ns", 0);
    sched_destroy(system);
    chooser_destroy(lazy);
    chooser_destroy(seeded);
}

// ---- restore -----------------------------------------------------------------------------------------

static struct arena *arena;
static struct arena_snapshot *snapshot;

static void restore(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        arena_snapshot_restore(arena, snapshot);
}

static void wait_for_ever(void *argument)
{
    for (;;)
        sched_block(sched, "nothing", 0);
}

static void bench_restore(struct ps_system *system)
{
    struct chooser *chooser = chooser_round_robin();
    struct sched_options options = {.processors = 2, .chooser = chooser};
    void *memory;

    if (sched_create(system, &options))
        abort();
    sched = system->sched;
    arena = system->arena;
    for (unsigned i = 0; i < 4; i++)
        sched_thread_create(sched, "blocked", wait_for_ever, NULL, 0);
    sched_run(sched, SCHED_NEVER);
    if (arena_snapshot_take(arena, &snapshot))
        abort();
    report("restore of a small system, four threads", best_ns(restore, 5000) / 1000, "us", 0);
    arena_snapshot_free(snapshot);
    memory = arena_alloc(arena, 256 << 10);
    if (!memory || arena_snapshot_take(arena, &snapshot))
        abort();
    memset(memory, 1, 256 << 10);
    report("the same with 256 KiB of objects", best_ns(restore, 5000) / 1000, "us", 25);
    arena_snapshot_free(snapshot);
    sched_destroy(system);
    chooser_destroy(chooser);
}

int main(int argc, char **argv)
{
    struct ps_system *system = system_create(1);
    double ours, theirs;

    json = argc > 1 && !strcmp(argv[1], "--json");
    if (!system)
        return 70;
    ours = bench_fibers(system);
    theirs = bench_contexts();
    report("fiber switch", ours, "ns", 0);
    report("swapcontext", theirs, "ns", 0);
    report("fiber switch / swapcontext", ours / theirs, "", 0.1);
    bench_points(system);
    bench_restore(system);
    system_destroy(system);
    return 0;
}
