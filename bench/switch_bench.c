// SPDX-License-Identifier: MIT
//
// What the scheduler costs: a fiber switch against swapcontext, a scheduling point, and putting a
// system back.
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "base/arena.h"
#include "base/system.h"
#include "sched/fiber.h"
#include "sched/sched.h"

// ---- the bare switch ----------------------------------------------------------------------------

static struct sched_fiber host, fiber;

static void bounce(void *argument)
{
    for (;;)
        fiber_switch(&fiber, &host);
}

static void switch_fibers(void *context, uint64_t count)
{
    for (uint64_t i = 0; i < count; i += 2)
        fiber_switch(&host, &fiber);
}

static ucontext_t here, there;

static void bounce_context(void)
{
    for (;;)
        swapcontext(&there, &here);
}

static void switch_contexts(void *context, uint64_t count)
{
    for (uint64_t i = 0; i < count; i += 2)
        swapcontext(&here, &there);
}

static void bench_switches(struct ps_system *system)
{
    static char stack[65536];

    fiber_adopt_host(&host);
    if (!fiber_create(system->arena, &fiber, 65536, bounce, NULL))
        abort();
    getcontext(&there);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = sizeof(stack);
    makecontext(&there, bounce_context, 0);
    bench_report("fiber switch", bench_ns(switch_fibers, NULL), "ns", BENCH_NO_AIM, 0);
    bench_report("swapcontext", bench_ns(switch_contexts, NULL), "ns", BENCH_NO_AIM, 0);
    bench_report("fiber switch / swapcontext",
                 bench_ratio(switch_fibers, NULL, switch_contexts, NULL), "x", BENCH_AT_MOST, 0.1);
    fiber_destroy(system->arena, &fiber);
}

// ---- scheduling points --------------------------------------------------------------------------

static struct sched *sched;
static uint64_t points;
static uintptr_t lock;

static void pass_points(void *argument)
{
    for (uint64_t i = 0; i < points; i++)
        sched_point(sched, COST_SERVICE);
}

static void pass_locks(void *argument)
{
    uint8_t before = sched_raise(sched, IRQL_DISPATCH);

    for (uint64_t i = 0; i < points; i++) {
        sched_lock_acquire(sched, &lock, NULL);
        sched_lock_release(sched, &lock);
    }
    sched_lower(sched, before);
}

static void (*body)(void *argument);

static void run_body(void *context, uint64_t count)
{
    struct sched_thread *thread = sched_thread_create(sched, "bench", body, NULL, 0);

    points = count;
    sched_run(sched, SCHED_NEVER);
    sched_thread_free(sched, thread);
}

static void run_two(void *context, uint64_t count)
{
    struct sched_thread *first = sched_thread_create(sched, "first", body, NULL, 0);

    run_body(context, count / 2);
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
    bench_report("scheduling point, round-robin", bench_ns(run_body, NULL), "ns", BENCH_NO_AIM, 0);
    body = pass_locks;
    bench_report("lock taken and dropped, uncontended", bench_ns(run_body, NULL), "ns",
                 BENCH_NO_AIM, 0);
    sched_set_chooser(sched, seeded);
    body = pass_points;
    bench_report("scheduling point, seeded, two threads", bench_ns(run_two, NULL), "ns",
                 BENCH_NO_AIM, 0);
    sched_destroy(system);
    chooser_destroy(lazy);
    chooser_destroy(seeded);
}

// ---- restore ------------------------------------------------------------------------------------

static struct arena *arena;
static struct arena_snapshot *snapshot;

static void restore(void *context, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
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
    bench_report("restore of a small system, four threads", bench_ns(restore, NULL) / 1000, "us",
                 BENCH_NO_AIM, 0);
    arena_snapshot_free(snapshot);
    memory = arena_alloc(arena, 256 << 10);
    if (!memory || arena_snapshot_take(arena, &snapshot))
        abort();
    memset(memory, 1, 256 << 10);
    bench_report("the same with 256 KiB of objects", bench_ns(restore, NULL) / 1000, "us",
                 BENCH_AT_MOST, 25);
    arena_snapshot_free(snapshot);
    sched_destroy(system);
    chooser_destroy(chooser);
}

int main(int argc, char **argv)
{
    struct ps_system *system = system_create(1);

    bench_start(argc, argv);
    if (!system)
        return 70;
    bench_switches(system);
    bench_points(system);
    bench_restore(system);
    system_destroy(system);
    return bench_end();
}
