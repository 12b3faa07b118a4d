// SPDX-License-Identifier: MIT
//
// Visits: something is called on the stack of a fiber that waits for its turn. Such a fiber is inside fiber_switch(), and
// whoever returns from there looks here first.
#include "sched/private.h"

struct visit {
    struct sched_thread *thread;
    void (*call)(void *context);
    void *context;
};

const struct sched_thread *visit_thread(const struct sched *sched)
{
    return sched->private->visit ? sched->private->visit->thread : NULL;
}

void visit_answer(struct sched *sched)
{
    struct sched_private *private = sched->private;
    struct visit *visit = private->visit;

    if (__builtin_expect(!visit || private->running != visit->thread->fiber, 1))
        return;
    visit->call(visit->context);
    private->running = NULL;
    fiber_switch(visit->thread->fiber, &private->outside->host);
    visit_answer(sched); // perhaps visited again
}

bool sched_visit(struct sched *sched, struct sched_thread *thread, void (*call)(void *context), void *context)
{
    struct sched_private *private = sched->private;
    struct visit visit = {thread, call, context};
    struct ps_system *before = system_current;

    if (private->running || sched->system->halted || !thread->started || thread->finished ||
        trap_enter(&private->outside->trap))
        return false;
    system_current = sched->system;
    journal_prepare(sched->system->journal);
    fiber_adopt_host(&private->outside->host);
    private->visit = &visit;
    private->running = thread->fiber;
    fiber_switch(&private->outside->host, thread->fiber);
    private->visit = NULL;
    trap_leave(&private->outside->trap);
    system_current = before;
    return true;
}

struct sched_thread *sched_next_thread(const struct sched *sched, const struct sched_thread *thread)
{
    const struct list *all = &sched->private->threads;
    struct list *next = thread ? thread->all.next : all->next;

    return next == all ? NULL : LIST_OBJECT(next, struct sched_thread, all);
}

size_t sched_stack(const struct sched *sched, const void **frames, size_t most)
{
    return backtrace_take(sched, frames, most);
}
