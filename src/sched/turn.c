// SPDX-License-Identifier: MIT
//
// Scheduling points: which fiber goes on, and the contexts (DPC, ISR) nested on it.
#include "sched/private.h"

// ---- deciding ------------------------------------------------------------------------------------------

// The next time at which something happens by itself.
static uint64_t next_event(const struct sched *sched)
{
    uint64_t next = deadlines_latest(sched);

    for (unsigned i = 0; i < sched->processor_count; i++) {
        const struct processor *processor = &sched->processors[i];

        if (processor->stalled_until > sched->now && processor->stalled_until < next &&
            !processor->waiting_lock)
            next = processor->stalled_until;
        if (processor->frozen_until > sched->now && processor->frozen_until < next)
            next = processor->frozen_until;
    }
    return next;
}

static struct processor *any_waiting(struct sched *sched)
{
    for (unsigned i = 0; i < sched->processor_count; i++)
        if (sched->processors[i].waiting_lock)
            return &sched->processors[i];
    return NULL;
}

// Nothing can happen now: time jumps. False: the run ends.
static bool jump(struct sched *sched)
{
    struct sched_private *private = sched->private;
    uint64_t next = next_event(sched);
    struct real_clock *clock = private->outside->clock;
    struct processor *waiting;

    if (private->stop)
        return true; // by what came from outside
    if (clock && real_clock_wait(clock, next < private->until ? next : private->until))
        return true;
    if (next != SCHED_NEVER) {
        sched->now = next < private->until ? next : private->until;
        deadlines_catch_up(sched);
        return true;
    }
    waiting = any_waiting(sched);
    if (waiting)
        lock_report_standstill(sched, waiting);
    private->end = SCHED_QUIET;
    return false;
}

_Noreturn static void report_budget(struct sched *sched)
{
    const struct watchdog *watchdog = &sched->private->outside->watchdog;

    finding_stop(sched->system, "BUDGET", SIDE_DRIVER, NULL, 0, (const uint64_t[4]){0},
                 "the run has taken %u s of CPU time and comes to no end, at %.3f s of the machine's time (not step-exact)",
                 watchdog->budget / 1000, (double)sched->now / 1e9);
}

static bool run_is_over(struct sched *sched)
{
    struct sched_private *private = sched->private;

    if (watchdog_is_over(&private->outside->watchdog))
        report_budget(sched);
    if (private->stop)
        private->end = SCHED_STOPPED;
    else if (sched->now >= private->until)
        private->end = SCHED_BUDGET;
    else
        return false;
    return true;
}

static unsigned ask(struct sched *sched, unsigned count, unsigned fallback)
{
    struct sched_outside *outside = sched->private->outside;
    unsigned index;

    if (count == 1 && !outside->chooser->ops->alone)
        return 0;
    index = outside->chooser->ops->choose(outside->chooser, outside->choices, count, fallback);
    return index < count || index >= CHOOSER_FREEZES ? index : fallback;
}

static void freeze(struct sched *sched, unsigned answer)
{
    unsigned number = (answer - CHOOSER_FREEZES) / FREEZE_POWERS;
    uint64_t ns = (uint64_t)FREEZE_SHORTEST << (answer - CHOOSER_FREEZES) % FREEZE_POWERS;

    if (number >= sched->processor_count)
        return;
    sched->processors[number].frozen_until = sched->now + ns;
    TRACE(sched->system, 'i', "frozen", {"processor", number}, {"ns", ns});
}

static struct order decide(struct sched *sched)
{
    static const enum order_kind kinds[] = {[CHOICE_STEP] = ORDER_STEP,
                                            [CHOICE_INTERRUPT] = ORDER_INTERRUPT,
                                            [CHOICE_DISPATCH] = ORDER_DISPATCH};
    struct sched_outside *outside = sched->private->outside;

    while (!run_is_over(sched)) {
        unsigned fallback = 0, count, index;
        struct choice *choice;

        sources_look(sched);
        alarm_look(sched);
        count = choices_list(sched, &fallback);
        if (!count && jump(sched))
            continue;
        if (!count)
            break;
        index = ask(sched, count, fallback);
        if (index >= CHOOSER_FREEZES) {
            freeze(sched, index);
            continue;
        }
        choice = &outside->choices[index];
        if (choice->kind != CHOICE_DEADLINE)
            return (struct order){kinds[choice->kind], &sched->processors[choice->processor],
                                  outside->targets[index]};
        deadline_fire(sched, outside->targets[index]);
    }
    return (struct order){ORDER_HOST, sched->current, NULL};
}

// ---- switching -----------------------------------------------------------------------------------------

static void switch_fiber(struct sched *sched, struct sched_fiber *to)
{
    struct sched_private *private = sched->private;
    struct sched_fiber *from = private->running;

    private->running = to;
    fiber_switch(from, to);
    visit_answer(sched);
    thread_bury(sched);
}

void switch_to_host(struct sched *sched, enum sched_end end)
{
    struct sched_private *private = sched->private;
    struct sched_fiber *from = private->running;

    private->end = end;
    private->running = NULL;
    fiber_switch(from, &private->outside->host);
    visit_answer(sched);
    thread_bury(sched);
}

// Lets the order's processor have it, on whichever fiber that runs. The one place where the current
// processor changes. Returns the order that the calling fiber gets, now or when it is switched back to.
static struct order hand_over(struct sched *sched, struct order order)
{
    struct sched_private *private = sched->private;
    struct processor *processor = order.processor;

    if (order.kind == ORDER_HOST) {
        switch_to_host(sched, private->end);
        return private->order;
    }
    if (order.kind == ORDER_DISPATCH)
        thread_bind(sched, processor, order.target);
    if (processor != sched->current || sched->now >= private->slice_end)
        private->slice_end = sched->now + SCHED_SLICE;
    sched->current = processor;
    sched->attention_at = choices_quiet_until(sched);
    if (processor->fiber == private->running)
        return order;
    private->order = order;
    switch_fiber(sched, processor->fiber);
    return private->order;
}

// ---- nested contexts -----------------------------------------------------------------------------------

// What the interrupted context was waiting for.
struct interrupted {
    volatile uintptr_t *waiting_lock;
    const void *waiting_caller;
    uint64_t stalled_until;
};

static struct interrupted context_push(struct sched *sched, enum context_kind kind, uint8_t irql,
                                       uint32_t object)
{
    struct processor *processor = sched->current;
    struct interrupted interrupted = {processor->waiting_lock, processor->waiting_caller,
                                      processor->stalled_until};

    processor->contexts[processor->context_count++] =
        (struct sched_context){kind, processor->irql, object};
    processor->irql = irql;
    processor->waiting_lock = NULL;
    processor->stalled_until = 0;
    trace_context(sched, processor, 'B', kind == CONTEXT_ISR ? "ISR" : "DPC", object);
    return interrupted;
}

static void context_pop(struct sched *sched, const struct interrupted *interrupted)
{
    struct processor *processor = sched->current;

    trace_context(sched, processor, 'E', "", 0);
    processor->irql = processor->contexts[--processor->context_count].irql_before;
    processor->waiting_lock = interrupted->waiting_lock;
    processor->waiting_caller = interrupted->waiting_caller;
    processor->stalled_until = interrupted->stalled_until;
    lock_check_cycle(sched, processor);
}

static void deliver(struct sched *sched, struct sched_interrupt *interrupt)
{
    struct interrupted interrupted =
        context_push(sched, CONTEXT_ISR, interrupt->irql, interrupt->number);

    interrupt->in_service = true;
    if (interrupt->edge)
        sched_interrupt_assert(sched, interrupt, false);
    sched->now += sched_costs[COST_SERVICE];
    interrupt->deliver(interrupt);
    interrupt->in_service = false;
    context_pop(sched, &interrupted);
}

static void drain(struct sched *sched)
{
    struct sched_private *private = sched->private;
    struct interrupted interrupted = context_push(sched, CONTEXT_DPC, IRQL_DISPATCH, 0);

    sched->now += sched_costs[COST_SERVICE];
    if (private->kernel.run_deferred)
        private->kernel.run_deferred(sched->system, sched->current);
    else
        sched->current->deferred = 0;
    context_pop(sched, &interrupted);
}

// True: the running fiber goes on with its own code.
static bool obey(struct sched *sched, struct order order)
{
    switch (order.kind) {
    case ORDER_DISPATCH:
        return true;
    case ORDER_STEP:
        if (!processor_can_drain(sched->current))
            return true;
        drain(sched);
        return false;
    case ORDER_INTERRUPT:
        deliver(sched, order.target);
        return false;
    default:
        return false;
    }
}

void take_turn(struct sched *sched)
{
    while (!obey(sched, hand_over(sched, decide(sched))))
        ;
}

void idle_main(void *argument)
{
    struct sched *sched = argument;

    thread_bury(sched);
    obey(sched, sched->private->order);
    for (;;)
        take_turn(sched);
}

// ---- entries -------------------------------------------------------------------------------------------

HOOK_ABI void sched_look(struct sched *sched)
{
    struct sched_private *private = sched->private;

    if (private->running && !private->firing)
        take_turn(sched);
    if (private->raises_watched && sched->current->irql >= IRQL_DISPATCH && private->kernel.raised)
        private->kernel.raised(sched->system);
}

static bool others_can_step(const struct sched *sched)
{
    for (unsigned i = 0; i < sched->processor_count; i++)
        if (&sched->processors[i] != sched->current &&
            processor_can_step(sched, &sched->processors[i]))
            return true;
    return false;
}

void sched_stall(struct sched *sched, uint64_t ns)
{
    struct sched_private *private = sched->private;
    uint64_t end = sched->now + ns < ns ? SCHED_NEVER - 1 : sched->now + ns;

    sched->points++;
    if (!private->running || private->firing ||
        (!private->outside->clock && end < sched->attention_at && !others_can_step(sched))) {
        sched->now = end;
        return;
    }
    sched->current->stalled_until = end;
    while (sched->current->stalled_until > sched->now)
        take_turn(sched);
    sched->current->stalled_until = 0;
}

void sched_deferred_changed(struct sched *sched, struct processor *processor)
{
    sched->attention_at = 0;
}
