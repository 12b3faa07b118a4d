// SPDX-License-Identifier: MIT
//
// Rundown protection (SV-132): whoever uses something acquires it, whoever takes it away waits until all have released and
// lets nobody in meanwhile or afterwards. Acquire and release: IRQL <= DISPATCH; waiting: <= APC.
#include <detail/guard.h>

#include "kernel/private.h"

#define RUNNING_DOWN 1u
#define ONE_INSIDE 2u

// Stands on the stack of who waits; the reference points to it meanwhile.
struct waiter {
    KEVENT gone;
    ULONG_PTR inside;
};

VOID NTAPI ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    RunRef->Count = 0;
}

VOID NTAPI ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    NT_SERVICE(COST_SERVICE);

    if (RunRef->Count != RUNNING_DOWN)
        kernel_misuse(system, "SV-132", CALLER, CODE_VERIFIER, 0x1005, (uintptr_t)RunRef, 0, 0,
                      "rundown protection is initialised again, and has not run down");
    RunRef->Count = 0;
}

BOOLEAN NTAPI ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count)
{
    NT_SERVICE(COST_LOCK);

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (RunRef->Count & RUNNING_DOWN)
        return FALSE;
    RunRef->Count += (ULONG_PTR)Count * ONE_INSIDE;
    return TRUE;
}

BOOLEAN NTAPI ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    return ExAcquireRundownProtectionEx(RunRef, 1);
}

// How many are inside; `waiter` is who waits for them, or NULL.
static ULONG_PTR inside(const EX_RUNDOWN_REF *reference, struct waiter **waiter)
{
    *waiter = NULL;
    if (!(reference->Count & RUNNING_DOWN))
        return reference->Count / ONE_INSIDE;
    *waiter = (struct waiter *)(reference->Count & ~(ULONG_PTR)RUNNING_DOWN);
    return *waiter ? (*waiter)->inside : 0;
}

static void release(struct ps_system *system, PEX_RUNDOWN_REF reference, ULONG count, const void *caller)
{
    struct waiter *waiter;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, "ExReleaseRundownProtection", caller);
    if (inside(reference, &waiter) < count) {
        kernel_misuse(system, "SV-132", caller, CODE_VERIFIER, 0x1007, (uintptr_t)reference, 0, 0,
                      "rundown protection is released more often than it was acquired");
        return;
    }
    if (!waiter) {
        reference->Count -= (ULONG_PTR)count * ONE_INSIDE;
        return;
    }
    waiter->inside -= count;
    if (!waiter->inside) {
        event_set(system, &waiter->gone);
        kernel_begun(system);
    }
}

VOID NTAPI ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    NT_SERVICE(COST_LOCK);
    release(system, RunRef, 1, CALLER);
}

VOID NTAPI ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count)
{
    NT_SERVICE(COST_LOCK);
    release(system, RunRef, Count, CALLER);
}

VOID NTAPI ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef)
{
    NT_SERVICE(COST_SERVICE);
    struct waiter waiter, *other;

    irql_at_most(system, IRQL_APC, "VF-108", 0x20019, __func__, CALLER);
    waiter.inside = inside(RunRef, &other);
    if (other) {
        kernel_misuse(system, "SV-132", CALLER, CODE_VERIFIER, 0x1001, (uintptr_t)RunRef, 0, 0,
                      "two threads wait for the same rundown protection");
        return;
    }
    if (waiter.inside) {
        KeInitializeEvent(&waiter.gone, SynchronizationEvent, FALSE);
        RunRef->Count = (ULONG_PTR)&waiter | RUNNING_DOWN;
        KeWaitForSingleObject(&waiter.gone, Executive, KernelMode, FALSE, NULL);
    }
    RunRef->Count = RUNNING_DOWN;
}

VOID NTAPI ExRundownCompleted(PEX_RUNDOWN_REF RunRef)
{
    RunRef->Count = RUNNING_DOWN;
}
