// SPDX-License-Identifier: MIT
//
// Spin locks (SV-10 to SV-18). The lock word says only which processor owns it; how it was taken
// and from which IRQL is noted per processor, in the order of acquisition. What a service calls on
// its ordinary path is inline or ms_abi: a SysV callee would cost it ten xmm saves.
#include "kernel/private.h"

enum { HOLD_LIMIT_NS = 25000 };

static const char *const acquire_names[] = {
    "KeAcquireSpinLock", "KeAcquireSpinLockAtDpcLevel", "KeAcquireInStackQueuedSpinLock",
    "KeAcquireInStackQueuedSpinLockAtDpcLevel", "an interrupt spin lock service"};

// ---- cold paths ---------------------------------------------------------------------------------

__attribute__((cold)) static HOOK_ABI void
lock_garbage(struct ps_system *system, volatile uintptr_t *lock, const void *caller)
{
    kernel_misuse(system, "VF-33", caller, CODE_VERIFIER, 0x1002, (uintptr_t)lock, 0, 0,
                  "spin lock %u was never initialised", sched_lock_number(system->sched, lock));
    *lock = 0;
}

__attribute__((cold)) static HOOK_ABI void acquire_above(struct ps_system *system,
                                                         const char *service, const void *caller)
{
    uint8_t irql = sched_irql(system->sched);

    kernel_misuse(system, "VF-44", caller, CODE_VERIFIER, 0x42, irql, 0, 0,
                  "%s at IRQL %u; it may be called only at IRQL <= DISPATCH_LEVEL", service, irql);
}

// Somebody below DISPATCH_LEVEL uses a ...DpcLevel service: said, then raised, because an owner
// that changes processor would be no owner.
__attribute__((cold)) static HOOK_ABI void at_dpc_below(struct ps_system *system, uint32_t p1,
                                                        const char *service, const void *caller)
{
    uint8_t irql = sched_irql(system->sched);

    kernel_misuse(system, "VF-43", caller, CODE_VERIFIER, p1, irql, 0, 0,
                  "%s at IRQL %u; it may be called only at DISPATCH_LEVEL", service, irql);
    if (p1 == 0x40)
        sched_raise(system->sched, IRQL_DISPATCH);
}

static void report_not_owned(struct ps_system *system, volatile uintptr_t *lock, const void *caller)
{
    uint32_t number = sched_lock_number(system->sched, lock);
    uint8_t here = system->sched->current->number;

    if (*lock)
        kernel_misuse(system, "VF-35", caller, CODE_VERIFIER, 0x1004, (uintptr_t)lock, *lock - 1,
                      here, "processor %u releases spin lock %u, which processor %u owns", here,
                      number, (unsigned)*lock - 1);
    else
        kernel_misuse(system, "VF-37", caller, CODE_VERIFIER, 0x1007, (uintptr_t)lock, 0, 0,
                      "spin lock %u is released but nobody owns it", number);
}

static void report_kind(struct ps_system *system, const struct lock_note *note, enum lock_kind kind,
                        const void *caller)
{
    uint32_t number = sched_lock_number(system->sched, note->lock);
    bool queued = note->kind == LOCK_QUEUED || note->kind == LOCK_QUEUED_AT_DPC;
    bool as_queued = kind == LOCK_QUEUED || kind == LOCK_QUEUED_AT_DPC;

    if (queued != as_queued)
        kernel_misuse(system, "VF-38", caller, CODE_VERIFIER, 0x1009, (uintptr_t)note->lock, 0, 0,
                      "spin lock %u was taken with %s and is released as the other kind", number,
                      acquire_names[note->kind]);
    else
        kernel_misuse(system, "SV-15", caller, CODE_VERIFIER, 0x1009, (uintptr_t)note->lock, 0, 0,
                      "spin lock %u was taken with %s and is released with the partner of %s",
                      number, acquire_names[note->kind], acquire_names[kind]);
}

static unsigned find_note(const struct kernel_processor *here, volatile uintptr_t *lock)
{
    unsigned at = here->note_count;

    while (at && here->notes[at - 1].lock != lock)
        at--;
    return at; // index + 1; 0: none
}

// A release that is not the plain partner of the last acquisition. False: not owned, nothing to
// release.
__attribute__((cold, noinline)) static HOOK_ABI bool release_odd(struct ps_system *system,
                                                                 volatile uintptr_t *lock,
                                                                 enum lock_kind kind,
                                                                 const void *caller)
{
    struct kernel_processor *here = kernel_here(system);
    unsigned at = find_note(here, lock);
    struct lock_note note;

    if (!at) {
        report_not_owned(system, lock, caller);
        return false;
    }
    note = here->notes[at - 1];
    if (at != here->note_count) {
        volatile uintptr_t *due = here->notes[here->note_count - 1].lock;

        kernel_misuse(system, "VF-34", caller, CODE_VERIFIER, 0x1003, (uintptr_t)lock,
                      (uintptr_t)due, 0, "spin lock %u is released before spin lock %u",
                      sched_lock_number(system->sched, lock),
                      sched_lock_number(system->sched, due));
    }
    if (note.kind != kind)
        report_kind(system, &note, kind, caller);
    for (; at < here->note_count; at++)
        here->notes[at - 1] = here->notes[at];
    here->note_count--;
    return true;
}

__attribute__((cold)) static HOOK_ABI void wrong_old_irql(struct ps_system *system,
                                                          volatile uintptr_t *lock, KIRQL given,
                                                          KIRQL right, const void *caller)
{
    kernel_misuse(system, "SV-12", caller, CODE_VERIFIER, 0x31, sched_irql(system->sched), given, 0,
                  "spin lock %u is released to IRQL %u; it was acquired from IRQL %u",
                  sched_lock_number(system->sched, lock), given, right);
}

__attribute__((cold)) static HOOK_ABI void
release_elsewhere(struct ps_system *system, const char *service, const void *caller)
{
    uint8_t irql = sched_irql(system->sched);

    kernel_misuse(system, "VF-42", caller, CODE_VERIFIER, 0x32, irql, 0, 0,
                  "%s at IRQL %u; it may be called only at DISPATCH_LEVEL", service, irql);
}

// SV-13, off unless asked for. Time is virtual: what counts is what its owner waited for, and ports and registers.
__attribute__((cold)) static HOOK_ABI void held_long(struct ps_system *system, volatile uintptr_t *lock,
                                                     uint64_t ns, const void *caller)
{
    if (finding_asked_for(system, "SV-13"))
        kernel_misuse(system, "SV-13", caller, 0x133, 1, ns / 1000, HOLD_LIMIT_NS / 1000, 0,
                      "spin lock %u was owned for %llu us; 25 us are the guideline",
                      sched_lock_number(system->sched, lock), (unsigned long long)(ns / 1000));
}

// ---- the common path ----------------------------------------------------------------------------

static inline void note_taken(struct ps_system *system, volatile uintptr_t *lock,
                              enum lock_kind kind, KIRQL before, const void *caller, bool tried)
{
    struct kernel_processor *here = kernel_here(system);

    here->notes[here->note_count++] = (struct lock_note){lock, (uint8_t)kind, before, here->busy_ns};
    HOOK(system, HOOK_LOCK_ACQUIRED, (const void *)lock, caller, tried);
}

static inline void take(struct ps_system *system, volatile uintptr_t *lock, enum lock_kind kind,
                        KIRQL before, const void *caller)
{
    if (__builtin_expect(*lock > SCHED_MAX_PROCESSORS, 0))
        lock_garbage(system, lock, caller);
    sched_lock_acquire(system->sched, lock, caller);
    note_taken(system, lock, kind, before, caller, false);
}

static inline KIRQL raise_and_take(struct ps_system *system, volatile uintptr_t *lock, uint8_t irql,
                                   enum lock_kind kind, const void *caller)
{
    KIRQL before = sched_raise(system->sched, irql);

    if (before < irql)
        kernel_here(system)->raised_from[irql] = before;
    take(system, lock, kind, before, caller);
    return before;
}

static inline bool drop(struct ps_system *system, volatile uintptr_t *lock, enum lock_kind kind,
                        const void *caller)
{
    struct kernel_processor *here = kernel_here(system);
    unsigned last = here->note_count - 1u;

    if (__builtin_expect(last < SCHED_MAX_HELD && here->notes[last].lock == lock &&
                             here->notes[last].kind == kind,
                         1)) {
        if (__builtin_expect(here->busy_ns - here->notes[last].busy_before > HOLD_LIMIT_NS, 0))
            held_long(system, lock, here->busy_ns - here->notes[last].busy_before, caller);
        here->note_count = (uint8_t)last;
    } else if (!release_odd(system, lock, kind, caller))
        return false;
    HOOK(system, HOOK_LOCK_RELEASED, (const void *)lock, caller, 0);
    sched_lock_release(system->sched, lock);
    return true;
}

// Releases and goes back to `irql`, saying so if that is not where the acquisition came from.
static inline void drop_and_lower(struct ps_system *system, volatile uintptr_t *lock,
                                  enum lock_kind kind, KIRQL irql, const void *caller)
{
    struct kernel_processor *here = kernel_here(system);
    unsigned at = here->note_count;

    if (__builtin_expect(
            at && here->notes[at - 1].lock == lock && here->notes[at - 1].old_irql != irql, 0))
        wrong_old_irql(system, lock, irql, here->notes[at - 1].old_irql, caller);
    if (!drop(system, lock, kind, caller))
        return;
    if (__builtin_expect(!irql_lower_allowed(system, irql), 0))
        irql_lower_refused(system, irql, caller);
    else
        sched_lower(system->sched, irql);
}

static inline KIRQL acquire_raised(struct ps_system *system, volatile uintptr_t *lock,
                                   enum lock_kind kind, const char *service, const void *caller)
{
    uint8_t irql = IRQL_DISPATCH;

    if (__builtin_expect(sched_irql(system->sched) > IRQL_DISPATCH, 0)) {
        acquire_above(system, service, caller);
        irql = sched_irql(system->sched);
    }
    return raise_and_take(system, lock, irql, kind, caller);
}

static inline void release_lowering(struct ps_system *system, volatile uintptr_t *lock,
                                    enum lock_kind kind, KIRQL irql, const char *service,
                                    const void *caller)
{
    if (__builtin_expect(sched_irql(system->sched) != IRQL_DISPATCH, 0))
        release_elsewhere(system, service, caller);
    drop_and_lower(system, lock, kind, irql, caller);
}

// ---- ordinary spin locks ------------------------------------------------------------------------

VOID NTAPI KeInitializeSpinLock(PKSPIN_LOCK SpinLock)
{
    struct ps_system *system = system_here(__func__);

    if (__builtin_expect(*SpinLock && sched_lock_held(system->sched, SpinLock) != NULL, 0))
        kernel_misuse(system, "VF-36", CALLER, CODE_VERIFIER, 0x1005, (uintptr_t)SpinLock, 0, 0,
                      "spin lock %u is initialised while it is owned",
                      sched_lock_number(system->sched, SpinLock));
    *SpinLock = 0;
    HOOK(system, HOOK_LOCK_CREATED, (const void *)SpinLock, 0, 0);
}

KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
    return acquire_raised(system_here(__func__), SpinLock, LOCK_RAISED, "KeAcquireSpinLock",
                          CALLER);
}

VOID NTAPI KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
    release_lowering(system_here(__func__), SpinLock, LOCK_RAISED, NewIrql, __func__, CALLER);
}

VOID NTAPI KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    struct ps_system *system = system_here(__func__);

    if (__builtin_expect(sched_irql(system->sched) < IRQL_DISPATCH, 0))
        at_dpc_below(system, 0x40, __func__, CALLER);
    take(system, SpinLock, LOCK_AT_DPC, sched_irql(system->sched), CALLER);
}

VOID NTAPI KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
    struct ps_system *system = system_here(__func__);

    if (__builtin_expect(sched_irql(system->sched) < IRQL_DISPATCH, 0))
        at_dpc_below(system, 0x41, __func__, CALLER);
    drop(system, SpinLock, LOCK_AT_DPC, CALLER);
}

BOOLEAN NTAPI KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    struct ps_system *system = system_here(__func__);

    if (__builtin_expect(sched_irql(system->sched) < IRQL_DISPATCH, 0))
        at_dpc_below(system, 0x40, __func__, CALLER);
    if (!sched_lock_try(system->sched, SpinLock, CALLER))
        return FALSE;
    note_taken(system, SpinLock, LOCK_AT_DPC, sched_irql(system->sched), CALLER, true);
    return TRUE;
}

BOOLEAN NTAPI KeTestSpinLock(PKSPIN_LOCK SpinLock)
{
    NT_SERVICE(COST_LOCK);
    return *SpinLock == 0;
}

// An ordinary or threaded DPC: raises only if it has to.
KIRQL NTAPI KeAcquireSpinLockForDpc(PKSPIN_LOCK SpinLock)
{
    return acquire_raised(system_here(__func__), SpinLock, LOCK_RAISED, __func__, CALLER);
}

VOID NTAPI KeReleaseSpinLockForDpc(PKSPIN_LOCK SpinLock, KIRQL OldIrql)
{
    release_lowering(system_here(__func__), SpinLock, LOCK_RAISED, OldIrql, __func__, CALLER);
}

// ---- in-stack queued spin locks -----------------------------------------------------------------

VOID NTAPI KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    struct ps_system *system = system_here(__func__);

    LockHandle->LockQueue.Next = NULL;
    LockHandle->LockQueue.Lock = SpinLock;
    LockHandle->OldIrql = acquire_raised(system, SpinLock, LOCK_QUEUED, __func__, CALLER);
}

VOID NTAPI KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle)
{
    release_lowering(system_here(__func__), LockHandle->LockQueue.Lock, LOCK_QUEUED,
                     LockHandle->OldIrql, __func__, CALLER);
}

VOID NTAPI KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock,
                                                    PKLOCK_QUEUE_HANDLE LockHandle)
{
    struct ps_system *system = system_here(__func__);

    if (__builtin_expect(sched_irql(system->sched) < IRQL_DISPATCH, 0))
        at_dpc_below(system, 0x40, __func__, CALLER);
    LockHandle->LockQueue.Next = NULL;
    LockHandle->LockQueue.Lock = SpinLock;
    take(system, SpinLock, LOCK_QUEUED_AT_DPC, sched_irql(system->sched), CALLER);
}

VOID NTAPI KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle)
{
    struct ps_system *system = system_here(__func__);

    if (__builtin_expect(sched_irql(system->sched) < IRQL_DISPATCH, 0))
        at_dpc_below(system, 0x41, __func__, CALLER);
    drop(system, LockHandle->LockQueue.Lock, LOCK_QUEUED_AT_DPC, CALLER);
}

// ---- for other files of the kernel --------------------------------------------------------------

KIRQL lock_interrupt(struct ps_system *system, volatile uintptr_t *lock, uint8_t irql,
                     const void *caller)
{
    return raise_and_take(system, lock, irql, LOCK_INTERRUPT, caller);
}

void unlock_interrupt(struct ps_system *system, volatile uintptr_t *lock, KIRQL irql,
                      const void *caller)
{
    drop_and_lower(system, lock, LOCK_INTERRUPT, irql, caller);
}

KIRQL lock_ordinary(struct ps_system *system, volatile uintptr_t *lock, const void *caller)
{
    return acquire_raised(system, lock, LOCK_RAISED, "KeAcquireSpinLock", caller);
}

void unlock_ordinary(struct ps_system *system, volatile uintptr_t *lock, KIRQL irql,
                     const void *caller)
{
    release_lowering(system, lock, LOCK_RAISED, irql, "KeReleaseSpinLock", caller);
}

void locks_drop(struct ps_system *system, uint8_t held)
{
    struct kernel_processor *here = kernel_here(system);
    struct processor *processor = system->sched->current;

    while (processor->held_count > held) {
        if (here->note_count)
            here->note_count--;
        if (!sched_lock_release(system->sched, processor->held[processor->held_count - 1].lock))
            return;
        processor = system->sched->current;
    }
}
