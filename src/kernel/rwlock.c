// SPDX-License-Identifier: MIT
//
// Reader/writer spin locks (SV-136): many readers or one writer, which comes before readers that come after it. Whoever
// cannot have one stalls its processor a microsecond at a time, so that the others go on. IRQL <= DISPATCH.
#include <detail/rwlock.h>

#include "kernel/private.h"

#define WRITER_WAITS 0x40000000u
#define WRITER 0x20000000u
#define WRITER_PROCESSOR 24 // shift: which processor, plus one; five bits
#define READERS 0x00FFFFFFu
#define RETRY_NS 1000

static uint32_t value_of(PEX_SPIN_LOCK lock)
{
    return (uint32_t)*lock;
}

static uint32_t mark_of(struct ps_system *system)
{
    return WRITER | (uint32_t)(system->sched->current->number + 1) << WRITER_PROCESSOR;
}

// A writer that asks again would wait for itself.
static void check_recursion(struct ps_system *system, PEX_SPIN_LOCK lock, const void *caller)
{
    if ((value_of(lock) & ~(READERS | WRITER_WAITS)) == mark_of(system))
        finding_stop(system, "VF-31", SIDE_DRIVER, caller, CODE_VERIFIER,
                     (const uint64_t[4]){0x1000, (uintptr_t)lock},
                     "processor %u acquires a reader/writer spin lock that it owns",
                     system->sched->current->number);
}

static void take_shared(struct ps_system *system, PEX_SPIN_LOCK lock, const void *caller)
{
    check_recursion(system, lock, caller);
    while (value_of(lock) & (WRITER | WRITER_WAITS))
        sched_stall(system->sched, RETRY_NS);
    *lock += 1;
}

static void take_exclusive(struct ps_system *system, PEX_SPIN_LOCK lock, const void *caller)
{
    check_recursion(system, lock, caller);
    while (value_of(lock) & (WRITER | WRITER_WAITS))
        sched_stall(system->sched, RETRY_NS);
    *lock = (LONG)(value_of(lock) | WRITER_WAITS);
    while (value_of(lock) & READERS)
        sched_stall(system->sched, RETRY_NS);
    *lock = (LONG)mark_of(system);
}

static bool drop_shared(struct ps_system *system, PEX_SPIN_LOCK lock, const void *caller)
{
    if (!(value_of(lock) & READERS) || value_of(lock) & WRITER) {
        kernel_misuse(system, "VF-37", caller, CODE_VERIFIER, 0x1007, (uintptr_t)lock, 0, 0,
                      "a reader/writer spin lock is released but nobody reads");
        return false;
    }
    *lock -= 1;
    return true;
}

static bool drop_exclusive(struct ps_system *system, PEX_SPIN_LOCK lock, const void *caller)
{
    if (value_of(lock) != mark_of(system)) {
        kernel_misuse(system, "VF-37", caller, CODE_VERIFIER, 0x1007, (uintptr_t)lock, 0, 0,
                      "a reader/writer spin lock is released by a processor that is not its writer");
        return false;
    }
    *lock = 0;
    return true;
}

static KIRQL raise(struct ps_system *system, const char *service, const void *caller)
{
    KIRQL before;

    if (!irql_at_most(system, IRQL_DISPATCH, "VF-44", 0x42, service, caller))
        return sched_irql(system->sched);
    before = sched_raise(system->sched, IRQL_DISPATCH);
    if (before < IRQL_DISPATCH)
        kernel_here(system)->raised_from[IRQL_DISPATCH] = before;
    return before;
}

static void lower(struct ps_system *system, KIRQL irql, const void *caller)
{
    if (irql_lower_allowed(system, irql))
        sched_lower(system->sched, irql);
    else
        irql_lower_refused(system, irql, caller);
}

KIRQL NTAPI ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock)
{
    NT_SERVICE(COST_LOCK);
    KIRQL before = raise(system, __func__, CALLER);

    take_shared(system, SpinLock, CALLER);
    return before;
}

KIRQL NTAPI ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock)
{
    NT_SERVICE(COST_LOCK);
    KIRQL before = raise(system, __func__, CALLER);

    take_exclusive(system, SpinLock, CALLER);
    return before;
}

VOID NTAPI ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql)
{
    NT_SERVICE(COST_LOCK);

    if (drop_shared(system, SpinLock, CALLER))
        lower(system, OldIrql, CALLER);
}

VOID NTAPI ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql)
{
    NT_SERVICE(COST_LOCK);

    if (drop_exclusive(system, SpinLock, CALLER))
        lower(system, OldIrql, CALLER);
}

// VF-43, as for KeAcquireSpinLockAtDpcLevel.
static void check_at_dpc(struct ps_system *system, uint32_t p1, const char *service, const void *caller)
{
    uint8_t irql = sched_irql(system->sched);

    if (irql >= IRQL_DISPATCH)
        return;
    kernel_misuse(system, "VF-43", caller, CODE_VERIFIER, p1, irql, 0, 0,
                  "%s at IRQL %u; it may be called only at DISPATCH_LEVEL", service, irql);
    if (p1 == 0x40)
        sched_raise(system->sched, IRQL_DISPATCH);
}

VOID NTAPI ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    NT_SERVICE(COST_LOCK);

    check_at_dpc(system, 0x40, __func__, CALLER);
    take_shared(system, SpinLock, CALLER);
}

VOID NTAPI ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    NT_SERVICE(COST_LOCK);

    check_at_dpc(system, 0x40, __func__, CALLER);
    take_exclusive(system, SpinLock, CALLER);
}

VOID NTAPI ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    NT_SERVICE(COST_LOCK);

    check_at_dpc(system, 0x41, __func__, CALLER);
    drop_shared(system, SpinLock, CALLER);
}

VOID NTAPI ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    NT_SERVICE(COST_LOCK);

    check_at_dpc(system, 0x41, __func__, CALLER);
    drop_exclusive(system, SpinLock, CALLER);
}

LOGICAL NTAPI ExTryConvertSharedSpinLockExclusive(PEX_SPIN_LOCK SpinLock)
{
    NT_SERVICE(COST_LOCK);

    if (value_of(SpinLock) != 1)
        return FALSE;
    *SpinLock = (LONG)mark_of(system);
    return TRUE;
}
