// SPDX-License-Identifier: MIT
//
// What the scheduler costs: a fiber switch against swapcontext, a scheduling point, a lock, and putting a
// system back.
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "base/arena.h"
#include "base/system.h"
#include "sched/fiber.h"
#include "sched/sched.h"

// ---- the bare switch ---------------------------------------------------------------------------------

struct pair {
    struct sched_fiber host, fiber;
    ucontext_t here, there;
};

static struct pair pair;

static void bounce(void *argument)
{
    for (;;)
        fiber_switch(&pair.fiber, &pair.host);
}

static void switch_fibers(void *context, uint64_t rounds)
{
    for (uint64_t i = 0; i < rounds; i++)
        fiber_switch(&pair.host, &pair.fiber);
}

static void bounce_context(void)
{
    for (;;)
        swapcontext(&pair.there, &pair.here);
}

static void switch_contexts(void *context, uint64_t rounds)
{
    for (uint64_t i = 0; i < rounds; i++)
        swapcontext(&pair.here, &pair.there);
}

static void bench_switches(struct ps_system *system)
{
    static char stack[65536];

    fiber_adopt_host(&pair.host);
    if (!fiber_create(system->arena, &pair.fiber, sizeof(stack), bounce, NULL))
        abort();
    getcontext(&pair.there);
    pair.there.uc_stack.ss_sp = stack;
    pair.there.uc_stack.ss_size = sizeof(stack);
    makecontext(&pair.there, bounce_context, 0);
    // A round is there and back.
    bench_report("fiber-switch", bench_ns(switch_fibers, NULL) / 2, "ns", BENCH_NO_AIM, 0);
    bench_report("fiber-switch-to-swapcontext",
                 bench_ratio(switch_fibers, NULL, switch_contexts, NULL), "x", BENCH_AT_MOST, 0.1);
    fiber_destroy(system->arena, &pair.fiber);
}

// ---- scheduling points -------------------------------------------------------------------------------

struct load {
    struct sched *sched;
    void (*body)(void *load);
    unsigned threads;
    uint64_t rounds; // of each thread
    uintptr_t lock;
};

static void pass_points(void *argument)
{
    struct load *load = argument;

    for (uint64_t i = 0; i < load->rounds; i++)
        sched_point(load->sched, COST_SERVICE);
}

static void pass_locks(void *argument)
{
    struct load *load = argument;
    uint8_t before = sched_raise(load->sched, IRQL_DISPATCH);

    for (uint64_t i = 0; i < load->rounds; i++) {
        sched_lock_acquire(load->sched, &load->lock, NULL);
        sched_lock_release(load->sched, &load->lock);
    }
    sched_lower(load->sched, before);
}

static void run_load(void *context, uint64_t rounds)
{
    struct load *load = context;
    struct sched_thread *threads[2];

    load->rounds = rounds / load->threads;
    for (unsigned i = 0; i < load->threads; i++)
        threads[i] = sched_thread_create(load->sched, "bench", load->body, load, 0);
    sched_run(load->sched, SCHED_NEVER);
    for (unsigned i = 0; i < load->threads; i++)
        sched_thread_free(load->sched, threads[i]);
}

static struct sched *new_sched(struct ps_system *system, struct chooser *chooser)
{
    struct sched_options options = {.processors = 2, .chooser = chooser};

    if (!chooser || sched_create(system, &options))
        abort();
    return system->sched;
}

static void bench_load(struct ps_system *system, const char *name, struct chooser *chooser,
                       void (*body)(void *load), unsigned threads)
{
    struct load load = {.sched = new_sched(system, chooser), .body = body, .threads = threads};

    bench_report(name, bench_ns(run_load, &load), "ns", BENCH_NO_AIM, 0);
    sched_destroy(system);
    chooser_destroy(chooser);
}

// ---- restore -----------------------------------------------------------------------------------------

struct restore {
    struct arena *arena;
    struct arena_snapshot *snapshot;
    struct sched *sched;
    bool run; // between restores
};

static void restore(void *context, uint64_t rounds)
{
    struct restore *this = context;

    for (uint64_t i = 0; i < rounds; i++) {
        if (this->run)
            sched_run(this->sched, SCHED_NEVER);
        arena_snapshot_restore(this->arena, this->snapshot);
    }
}

static void wait_for_ever(void *sched)
{
    for (;;)
        sched_block(sched, "nothing", 0);
}

static double restore_us(struct restore *this)
{
    double us;

    if (arena_snapshot_take(this->arena, &this->snapshot))
        abort();
    us = bench_ns(restore, this) / 1000;
    arena_snapshot_free(this->snapshot);
    return us;
}

static void bench_restore(struct ps_system *system)
{
    struct chooser *chooser = chooser_round_robin();
    struct restore this = {.arena = system->arena, .sched = new_sched(system, chooser)};
    void *memory;

    for (unsigned i = 0; i < 4; i++)
        sched_thread_create(this.sched, "blocked", wait_for_ever, this.sched, 0);
    this.run = true;
    bench_report("run-four-threads-and-restore", restore_us(&this), "us", BENCH_NO_AIM, 0);
    this.run = false;
    sched_run(this.sched, SCHED_NEVER);
    bench_report("restore-four-blocked-threads", restore_us(&this), "us", BENCH_NO_AIM, 0);
    memory = arena_alloc(this.arena, 256 << 10);
    if (!memory)
        abort();
    memset(memory, 1, 256 << 10);
    bench_report("restore-256-kib", restore_us(&this), "us", BENCH_AT_MOST, 15);
    sched_destroy(system);
    chooser_destroy(chooser);
}

int main(int argc, char **argv)
{
    struct ps_system *system;

    bench_start(argc, argv);
    system = system_create(1);
    if (!system)
        return 70;
    bench_switches(system);
    bench_load(system, "point-round-robin", chooser_round_robin(), pass_points, 1);
    bench_load(system, "point-seeded-two-threads", chooser_seeded(1), pass_points, 2);
    bench_load(system, "lock-taken-and-dropped", chooser_round_robin(), pass_locks, 1);
    bench_restore(system);
    system_destroy(system);
    return bench_end();
}
