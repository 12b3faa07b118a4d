// SPDX-License-Identifier: MIT
//
// A scheduler's life, and running it from the host's stack.
#include "sched/sched.h"

#include <errno.h>
#include <stdlib.h>

#include "sched/private.h"

const uint32_t sched_costs[COST_KINDS] = {
    [COST_SERVICE] = 50, [COST_IRQL] = 10,     [COST_LOCK] = 20,
    [COST_CALL] = 20,    [COST_PORT_IO] = 1000, [COST_MMIO] = 200,
};

enum { SCHED_DEFAULT_TICK = 1000000 };

// ---- life ----------------------------------------------------------------------------------------------

static void processor_init(struct sched *sched, unsigned number)
{
    struct processor *processor = &sched->processors[number];

    processor->number = (uint8_t)number;
    processor->fiber = &sched->private->idle[number];
    processor->context_count = 1;
    processor->contexts[0] = (struct sched_context){.kind = CONTEXT_IDLE};
}

static int fill(struct sched *sched, const struct sched_options *options)
{
    struct sched_private *private = sched->private;
    int error = trap_stack_create(&private->outside->trap);

    if (error)
        return error;
    for (unsigned i = 0; i < sched->processor_count; i++) {
        if (!fiber_create(sched->system->arena, &private->idle[i], SCHED_STACK_BYTES, idle_main,
                          sched))
            return -ENOMEM;
        processor_init(sched, i);
    }
    sched->current = &sched->processors[0];
    sched->tick = options->tick ? options->tick : SCHED_DEFAULT_TICK;
    private->until = SCHED_NEVER;
    private->outside->chooser = options->chooser;
    private->outside->watchdog.limit = WATCHDOG_DEFAULT_MS;
    list_init(&private->ready);
    list_init(&private->threads);
    list_init(&private->interrupts);
    return 0;
}

int sched_create(struct ps_system *system, const struct sched_options *options)
{
    struct sched *sched;
    int error = -ENOMEM;

    if (!options->processors || options->processors > SCHED_MAX_PROCESSORS || !options->chooser)
        return -EINVAL;
    sched = arena_alloc(system->arena, sizeof(*sched));
    if (!sched)
        return -ENOMEM;
    sched->system = system;
    sched->processor_count = options->processors;
    system->sched = sched;
    sched->private = arena_alloc(system->arena, sizeof(*sched->private));
    if (sched->private)
        sched->private->outside = calloc(1, sizeof(*sched->private->outside));
    if (sched->private && sched->private->outside)
        error = fill(sched, options);
    if (error)
        sched_destroy(system);
    else
        describe_install();
    return error;
}

static void free_threads(struct sched *sched)
{
    LIST_EACH_SAFE(link, &sched->private->threads)
        sched_thread_free(sched, LIST_OBJECT(link, struct sched_thread, all));
}

void sched_destroy(struct ps_system *system)
{
    struct sched *sched = system->sched;
    struct sched_private *private = sched ? sched->private : NULL;
    struct sched_outside *outside = private ? private->outside : NULL;
    struct arena *arena = system->arena;

    if (outside) {
        if (private->threads.next)
            free_threads(sched);
        for (unsigned i = 0; i < sched->processor_count; i++)
            fiber_destroy(arena, &private->idle[i]);
        arena_free(arena, private->deadlines,
                   private->deadline_capacity * sizeof(*private->deadlines));
        real_clock_destroy(outside->clock);
        watchdog_destroy(&outside->watchdog);
        trap_stack_destroy(&outside->trap);
        free(outside);
    }
    if (sched) {
        arena_free(arena, private, sizeof(*private));
        arena_free(arena, sched, sizeof(*sched));
    }
    system->sched = NULL;
}

void sched_set_kernel(struct sched *sched, const struct sched_kernel_ops *ops)
{
    sched->private->kernel = *ops;
}

void sched_watch_raises(struct sched *sched, bool watch)
{
    sched->private->raises_watched = watch;
    if (watch)
        sched->attention_at = 0;
}

void sched_set_chooser(struct sched *sched, struct chooser *chooser)
{
    sched->private->outside->chooser = chooser;
    sched->attention_at = 0;
}

void sched_set_watchdog(struct sched *sched, unsigned milliseconds)
{
    sched->private->outside->watchdog.limit = milliseconds;
}

void sched_set_budget(struct sched *sched, unsigned milliseconds)
{
    sched->private->outside->watchdog.budget = milliseconds;
    sched->private->outside->watchdog.spent = 0;
}

// ---- running -------------------------------------------------------------------------------------------

static void run_fibers(struct sched *sched)
{
    struct sched_private *private = sched->private;
    struct sched_fiber *first = sched->current->fiber;

    fiber_adopt_host(&private->outside->host);
    private->order = (struct order){ORDER_THINK, sched->current, NULL};
    private->stop = false;
    private->running = first;
    sched->attention_at = 0;
    fiber_switch(&private->outside->host, first);
    thread_bury(sched);
}

enum sched_end sched_run(struct sched *sched, uint64_t until)
{
    struct sched_outside *outside = sched->private->outside;
    struct ps_system *caller_system = system_current;

    if (sched->private->running || sched->system->halted || trap_enter(&outside->trap))
        return SCHED_HALTED;
    system_current = sched->system;
    journal_prepare(sched->system->journal);
    sched->private->until = until;
    watchdog_start(&outside->watchdog, sched->points);
    run_fibers(sched);
    watchdog_stop(&outside->watchdog);
    trap_leave(&outside->trap);
    if (sched->private->kernel.rested)
        sched->private->kernel.rested(sched->system);
    system_current = caller_system;
    return sched->private->end;
}

void sched_stop(struct sched *sched)
{
    sched->private->stop = true;
    sched->attention_at = 0;
}

void sched_halt(struct sched *sched)
{
    sched->system->halted = true;
    if (sched->private->running)
        switch_to_host(sched, SCHED_HALTED);
}

bool sched_on_fiber(const struct sched *sched)
{
    return sched->private->running != NULL;
}

bool sched_owns_stack(const struct sched *sched, const void *address)
{
    bool guard;

    return arena_stack_find(sched->system->arena, address, NULL, NULL, &guard) && !guard;
}
