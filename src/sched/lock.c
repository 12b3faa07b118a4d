// SPDX-License-Identifier: MIT
//
// The slow paths of spin locks: waiting, and telling a deadlock from a wait. A lock's word says which
// processor owns it; that processor's list says where it was taken.
#include "sched/private.h"

#include "base/site.h"

enum { CODE_DRIVER_VERIFIER = 0xc4 };

static const struct sched_held *held_by(const struct processor *processor,
                                        const volatile uintptr_t *lock)
{
    for (unsigned i = processor->held_count; i-- > 0;)
        if (processor->held[i].lock == lock)
            return &processor->held[i];
    return NULL;
}

// NULL: free, or the word is none that we wrote.
static struct processor *owner(struct sched *sched, const volatile uintptr_t *lock)
{
    uintptr_t word = *lock;

    if (!word || word > sched->processor_count || !held_by(&sched->processors[word - 1], lock))
        return NULL;
    return &sched->processors[word - 1];
}

const struct sched_held *sched_lock_held(const struct sched *sched, const volatile uintptr_t *lock)
{
    return held_by(sched->current, lock);
}

uint32_t sched_lock_number(struct sched *sched, const volatile uintptr_t *lock)
{
    struct sched_private *private = sched->private;

    for (uint32_t i = 0; i < private->lock_name_count; i++)
        if (private->lock_names[i] == (uintptr_t)lock)
            return i + 1;
    if (private->lock_name_count == SCHED_LOCK_NAMES)
        return 0;
    private->lock_names[private->lock_name_count++] = (uintptr_t)lock;
    return private->lock_name_count;
}

// ---- what cannot go on -------------------------------------------------------------------------------

_Noreturn static void report_recursion(struct sched *sched, volatile uintptr_t *lock,
                                       const void *caller)
{
    const struct sched_held *held = sched_lock_held(sched, lock);
    char first[80], second[80];

    site_describe(held->caller, first, sizeof(first));
    site_describe(caller, second, sizeof(second));
    finding_stop(sched->system, "VF-31", SIDE_DRIVER, caller, CODE_DRIVER_VERIFIER,
                 (uint64_t[4]){0x1000, (uintptr_t)lock, (uintptr_t)held->caller, 0},
                 "processor %u acquires lock %u (%s), which it owns (taken in %s)",
                 sched->current->number, sched_lock_number(sched, lock), second, first);
}

_Noreturn static void report_garbage(struct sched *sched, volatile uintptr_t *lock,
                                     const void *caller)
{
    finding_stop(sched->system, "VF-33", SIDE_DRIVER, caller, CODE_DRIVER_VERIFIER,
                 (uint64_t[4]){0x1002, (uintptr_t)lock, *lock, 0},
                 "lock %u was never initialised: its word is 0x%llx", sched_lock_number(sched, lock),
                 (unsigned long long)*lock);
}

_Noreturn static void report_too_many(struct sched *sched, volatile uintptr_t *lock,
                                      const void *caller)
{
    finding_stop(sched->system, "VF-32", SIDE_DRIVER, caller, CODE_DRIVER_VERIFIER,
                 (uint64_t[4]){0x1001, (uintptr_t)lock, SCHED_MAX_HELD, 0},
                 "processor %u owns %u spin locks and acquires another one",
                 sched->current->number, SCHED_MAX_HELD);
}

_Noreturn void lock_report_standstill(struct sched *sched, struct processor *processor)
{
    volatile uintptr_t *lock = processor->waiting_lock;
    struct processor *holder = owner(sched, lock);
    const void *taken = holder ? held_by(holder, lock)->caller : NULL;
    char waits[360];

    sched_describe_waits(sched, waits, sizeof(waits));
    finding_stop(sched->system, "VF-32", SIDE_DRIVER, processor->waiting_caller,
                 CODE_DRIVER_VERIFIER,
                 (uint64_t[4]){0x1001, (uintptr_t)lock, (uintptr_t)processor->waiting_caller,
                               (uintptr_t)taken},
                 "deadlock: %s", waits);
}

void lock_check_cycle(struct sched *sched, struct processor *processor)
{
    struct processor *next = processor;

    for (unsigned i = 0; i < sched->processor_count; i++) {
        next = next->waiting_lock ? owner(sched, next->waiting_lock) : NULL;
        if (!next)
            return;
        if (next == processor)
            lock_report_standstill(sched, processor);
    }
}

// ---- slow paths --------------------------------------------------------------------------------------

static void check_wait(struct sched *sched, volatile uintptr_t *lock, const void *caller)
{
    if (sched_lock_held(sched, lock))
        report_recursion(sched, lock, caller);
    if (*lock && !owner(sched, lock))
        report_garbage(sched, lock, caller);
    if (sched->current->held_count == SCHED_MAX_HELD)
        report_too_many(sched, lock, caller);
}

HOOK_ABI void sched_lock_wait(struct sched *sched, volatile uintptr_t *lock, const void *caller)
{
    struct processor *processor = sched->current;

    check_wait(sched, lock, caller);
    processor->waiting_lock = lock;
    processor->waiting_caller = caller;
    lock_check_cycle(sched, processor);
    if (!sched->private->running || sched->private->firing)
        lock_report_standstill(sched, processor); // the host cannot wait
    do
        take_turn(sched);
    while (!sched_lock_take(sched, lock, caller));
    sched->current->waiting_lock = NULL;
    sched->attention_at = 0;
}

HOOK_ABI bool sched_lock_release_any(struct sched *sched, volatile uintptr_t *lock)
{
    struct processor *processor = sched->current;
    unsigned index = processor->held_count;

    while (index-- > 0)
        if (processor->held[index].lock == lock)
            break;
    if (index >= SCHED_MAX_HELD)
        return false;
    processor->held_count--;
    for (; index < processor->held_count; index++)
        processor->held[index] = processor->held[index + 1];
    *lock = 0;
    sched_point(sched, COST_LOCK);
    return true;
}
