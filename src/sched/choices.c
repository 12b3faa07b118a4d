// SPDX-License-Identifier: MIT
//
// What may happen next at a scheduling point, and which of it round-robin takes.
#include "sched/private.h"

bool processor_is_idle(const struct processor *processor)
{
    return !processor->thread && processor->context_count == 1;
}

bool processor_can_drain(const struct processor *processor)
{
    return processor->deferred && processor->irql < IRQL_DISPATCH;
}

bool processor_can_step(const struct sched *sched, const struct processor *processor)
{
    if (processor_can_drain(processor))
        return true;
    if (processor->waiting_lock)
        return *processor->waiting_lock == 0;
    return processor->stalled_until <= sched->now && !processor_is_idle(processor);
}

// A thread at its base level may be taken off the processor; one that stalls may not.
static bool can_dispatch(const struct sched *sched, const struct processor *processor)
{
    return processor->irql < IRQL_DISPATCH && processor->context_count == 1 &&
           !processor->deferred && processor->stalled_until <= sched->now;
}

static bool can_deliver(const struct processor *processor, const struct sched_interrupt *interrupt)
{
    return interrupt->asserted && !interrupt->masked && !interrupt->in_service &&
           interrupt->irql > processor->irql && processor->context_count < SCHED_MAX_CONTEXTS;
}

// ---- the list ----------------------------------------------------------------------------------------

struct listing {
    struct sched_outside *outside;
    unsigned count;
};

static void offer(struct listing *listing, enum choice_kind kind, unsigned processor,
                  uint32_t object, void *target)
{
    if (listing->count == SCHED_MAX_CHOICES)
        return;
    listing->outside->choices[listing->count] =
        (struct choice){.kind = kind, .processor = (uint8_t)processor, .object = object};
    listing->outside->targets[listing->count++] = target;
}

static void offer_step(struct listing *listing, const struct processor *processor)
{
    static const uint8_t levels[] = {[CONTEXT_DPC] = LEVEL_DPC, [CONTEXT_ISR] = LEVEL_ISR};
    uint8_t top = processor->contexts[processor->context_count - 1].kind;

    offer(listing, CHOICE_STEP, processor->number, 0, NULL);
    listing->outside->choices[listing->count - 1].level =
        processor_can_drain(processor) ? LEVEL_DPC : levels[top];
}

static void offer_interrupts(struct sched *sched, struct listing *listing,
                             const struct processor *processor)
{
    LIST_EACH(link, &sched->private->interrupts) {
        struct sched_interrupt *interrupt = LIST_OBJECT(link, struct sched_interrupt, link);

        if (can_deliver(processor, interrupt))
            offer(listing, CHOICE_INTERRUPT, processor->number, interrupt->number, interrupt);
    }
}

static void offer_threads(struct sched *sched, struct listing *listing,
                          const struct processor *processor)
{
    LIST_EACH(link, &sched->private->ready) {
        struct sched_thread *thread = LIST_OBJECT(link, struct sched_thread, link);

        offer(listing, CHOICE_DISPATCH, processor->number, thread->number, thread);
    }
}

static void offer_deadlines(struct sched *sched, struct listing *listing)
{
    void **targets = listing->outside->targets + listing->count;
    unsigned due = deadlines_due(sched, targets, SCHED_MAX_CHOICES - listing->count);

    for (unsigned i = 0; i < due; i++)
        offer(listing, CHOICE_DEADLINE, 0, ((struct sched_deadline *)targets[i])->number,
              targets[i]);
}

// ---- round-robin -------------------------------------------------------------------------------------

// How much round-robin wants a choice; the first of the most wanted is taken.
enum want { WANT_NOT, WANT_STEP, WANT_GO_ON, WANT_TURN, WANT_ROTATE, WANT_START, WANT_DRAIN,
            WANT_INTERRUPT, WANT_DEADLINE };

static enum want want_step(const struct sched *sched, const struct processor *processor)
{
    if (processor_can_drain(processor))
        return WANT_DRAIN;
    if (processor == sched->current)
        return WANT_GO_ON;
    return sched->now >= sched->private->slice_end ? WANT_TURN : WANT_STEP;
}

static enum want want_dispatch(const struct sched *sched, const struct processor *processor)
{
    if (processor_is_idle(processor))
        return WANT_START;
    if (processor == sched->current &&
        sched->now >= sched->private->quantum_end[processor->number])
        return WANT_ROTATE;
    return WANT_NOT;
}

static enum want want(const struct sched *sched, const struct choice *choice)
{
    const struct processor *processor = &sched->processors[choice->processor];

    switch (choice->kind) {
    case CHOICE_DEADLINE:
        return WANT_DEADLINE;
    case CHOICE_INTERRUPT:
        return WANT_INTERRUPT;
    case CHOICE_DISPATCH:
        return want_dispatch(sched, processor);
    default:
        return want_step(sched, processor);
    }
}

// Processors count from the one after the current; equal wishes go to the nearest.
static unsigned distance(const struct sched *sched, const struct choice *choice)
{
    unsigned count = sched->processor_count;

    return (choice->processor + count - sched->current->number - 1) % count;
}

static unsigned round_robin(const struct sched *sched, const struct choice *choices,
                            unsigned count)
{
    unsigned best = 0;
    enum want most = want(sched, &choices[0]);

    for (unsigned i = 1; i < count; i++) {
        enum want wanted = want(sched, &choices[i]);
        bool nearer = wanted == most && (wanted == WANT_STEP || wanted == WANT_TURN) &&
                      distance(sched, &choices[i]) < distance(sched, &choices[best]);

        if (wanted > most || nearer) {
            best = i;
            most = wanted;
        }
    }
    return best;
}

unsigned choices_list(struct sched *sched, unsigned *fallback)
{
    struct listing listing = {.outside = sched->private->outside};

    for (unsigned i = 0; i < sched->processor_count; i++) {
        const struct processor *processor = &sched->processors[i];

        if (processor->frozen_until > sched->now)
            continue;
        if (processor_can_step(sched, processor))
            offer_step(&listing, processor);
        if (sched->asserted)
            offer_interrupts(sched, &listing, processor);
        if (can_dispatch(sched, processor))
            offer_threads(sched, &listing, processor);
    }
    offer_deadlines(sched, &listing);
    if (listing.count)
        *fallback = round_robin(sched, listing.outside->choices, listing.count);
    return listing.count;
}

// ---- how long nothing changes ------------------------------------------------------------------------

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool can_deliver_any(const struct sched *sched, const struct processor *processor)
{
    LIST_EACH(link, &sched->private->interrupts)
        if (can_deliver(processor, LIST_OBJECT(link, struct sched_interrupt, link)))
            return true;
    return false;
}

// How long round-robin leaves this processor alone.
static uint64_t quiet_of(const struct sched *sched, const struct processor *processor)
{
    const struct sched_private *private = sched->private;
    bool ready = private->ready.next != &private->ready;

    if (processor->waiting_lock || processor_can_drain(processor) ||
        (sched->asserted && can_deliver_any(sched, processor)) ||
        (ready && processor_is_idle(processor) && can_dispatch(sched, processor)))
        return 0;
    if (processor == sched->current)
        return ready ? private->quantum_end[processor->number] : SCHED_NEVER;
    if (processor->stalled_until > sched->now)
        return processor->stalled_until;
    return processor_can_step(sched, processor) ? private->slice_end : SCHED_NEVER;
}

uint64_t choices_quiet_until(const struct sched *sched)
{
    const struct sched_private *private = sched->private;
    const struct sched_deadline *deadline = deadline_first(sched);
    uint64_t until = private->until;

    if (!private->outside->chooser->ops->lazy || private->stop || private->alarm ||
        private->raises_watched)
        return 0;
    if (private->outside->clock)
        until = earlier(until, sched->now + SCHED_GLANCE);
    if (deadline)
        until = earlier(until, deadline->due);
    for (unsigned i = 0; i < sched->processor_count; i++)
        until = earlier(until, quiet_of(sched, &sched->processors[i]));
    return until;
}
