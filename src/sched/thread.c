// SPDX-License-Identifier: MIT
//
// Threads: a fiber with a place in the ready list or on a processor.
#include "sched/private.h"

static void thread_main(void *argument)
{
    struct sched *sched = argument;
    struct sched_thread *thread = sched->current->thread;

    thread_bury(sched);
    thread->entry(thread->argument);
    sched_thread_exit(sched);
}

static void make_ready(struct sched *sched, struct sched_thread *thread)
{
    thread->ready = true;
    list_push_back(&sched->private->ready, &thread->link);
    sched->attention_at = 0;
}

struct sched_thread *sched_thread_create(struct sched *sched, const char *name,
                                         void (*entry)(void *argument), void *argument,
                                         size_t stack_bytes)
{
    struct arena *arena = sched->system->arena;
    struct sched_thread *thread = arena_alloc(arena, sizeof(*thread));

    if (!thread)
        return NULL;
    thread->fiber = arena_alloc(arena, sizeof(*thread->fiber));
    if (!thread->fiber ||
        !fiber_create(arena, thread->fiber, stack_bytes ? stack_bytes : SCHED_STACK_BYTES,
                      thread_main, sched)) {
        arena_free(arena, thread->fiber, sizeof(*thread->fiber));
        arena_free(arena, thread, sizeof(*thread));
        return NULL;
    }
    thread->name = name;
    thread->entry = entry;
    thread->argument = argument;
    thread->number = system_number(sched->system, OBJECT_THREAD);
    list_push_back(&sched->private->threads, &thread->all);
    make_ready(sched, thread);
    return thread;
}

static void drop(struct sched *sched, struct sched_thread *thread)
{
    struct arena *arena = sched->system->arena;

    fiber_destroy(arena, thread->fiber);
    arena_free(arena, thread->fiber, sizeof(*thread->fiber));
    arena_free(arena, thread, sizeof(*thread));
}

void sched_thread_free(struct sched *sched, struct sched_thread *thread)
{
    if (!thread)
        return;
    if (thread->ready)
        list_remove(&thread->link);
    list_remove(&thread->all);
    if (thread->fiber == sched->private->running)
        sched->private->unburied = thread;
    else
        drop(sched, thread);
}

void thread_bury(struct sched *sched)
{
    struct sched_thread *thread = sched->private->unburied;

    if (!thread || thread->fiber == sched->private->running)
        return;
    sched->private->unburied = NULL;
    drop(sched, thread);
}

struct sched_thread *sched_thread_current(const struct sched *sched)
{
    return sched->private->running ? sched->current->thread : NULL;
}

// ---- on and off a processor --------------------------------------------------------------------------

static void unbind(struct sched *sched, struct processor *processor)
{
    struct sched_thread *thread = processor->thread;

    if (!thread)
        return;
    trace_context(sched, processor, 'E', "", 0);
    thread->irql = processor->irql;
    processor->thread = NULL;
    processor->fiber = &sched->private->idle[processor->number];
    processor->contexts[0] = (struct sched_context){.kind = CONTEXT_IDLE};
    processor->irql = IRQL_PASSIVE;
}

void thread_bind(struct sched *sched, struct processor *processor, struct sched_thread *thread)
{
    struct sched_thread *old = processor->thread;

    unbind(sched, processor);
    if (old)
        make_ready(sched, old);
    list_remove(&thread->link);
    thread->ready = false;
    thread->started = true;
    processor->thread = thread;
    processor->fiber = thread->fiber;
    processor->contexts[0] = (struct sched_context){CONTEXT_THREAD, IRQL_PASSIVE, thread->number};
    processor->irql = thread->irql;
    sched->private->quantum_end[processor->number] = sched->now + SCHED_QUANTUM;
    trace_context(sched, processor, 'B', thread->name, thread->number);
}

static void require_thread(struct sched *sched, const char *what)
{
    struct processor *processor = sched->current;

    if (!sched->private->running || !processor->thread || processor->context_count != 1 ||
        processor->irql >= IRQL_DISPATCH)
        finding_stop(sched->system, "VF-47", SIDE_DRIVER, __builtin_return_address(0), 0xc4,
                     (uint64_t[4]){0x3b, processor->irql}, "%s at IRQL %u", what, processor->irql);
}

void sched_block(struct sched *sched, const char *what, uint32_t number)
{
    struct processor *processor = sched->current;
    struct sched_thread *thread = processor->thread;

    require_thread(sched, "a wait");
    if (thread->woken) {
        thread->woken = false;
        sched_point(sched, COST_SERVICE);
        return;
    }
    sched->points++;
    sched->now += sched_costs[COST_SERVICE];
    thread->blocked = true;
    thread->waiting_for = what;
    thread->waiting_number = number;
    unbind(sched, processor);
    take_turn(sched);
}

// True if it is the thread's own code that runs now, not an ISR, a DPC or a deadline on top of it.
static bool is_itself(const struct sched *sched, const struct sched_thread *thread)
{
    return sched->private->running == thread->fiber && sched->current->thread == thread &&
           sched->current->context_count == 1 && !sched->private->firing;
}

void sched_ready(struct sched *sched, struct sched_thread *thread)
{
    if (!thread->blocked) {
        thread->woken |= thread->started && !is_itself(sched, thread);
        return;
    }
    thread->blocked = false;
    thread->waiting_for = NULL;
    make_ready(sched, thread);
}

void sched_thread_exit(struct sched *sched)
{
    struct sched_thread *thread = sched->current->thread;

    require_thread(sched, "the end of a thread");
    thread->finished = true;
    thread->fiber->ended = true;
    unbind(sched, sched->current);
    for (;;)
        take_turn(sched);
}
