// SPDX-License-Identifier: MIT
//
// Mutexes (waited for like any dispatcher object; wait.c gives them their owner), fast and guarded mutexes and
// critical regions, which the owner of a mutex is in, too (SV-43).
#include <detail/guard.h>

#include "kernel/private.h"

// ---- mutexes: recursive, released by their owner ------------------------------------------------

VOID NTAPI KeInitializeMutex(PRKMUTEX Mutex, ULONG Level)
{
    check_resident(system_here(__func__), Mutex, __func__, CALLER);
    dispatcher_init(&Mutex->Header, DISPATCHER_MUTANT, sizeof(*Mutex), 1);
    InitializeListHead(&Mutex->MutantListEntry);
    Mutex->OwnerThread = NULL;
    Mutex->Abandoned = FALSE;
    Mutex->ApcDisable = 1;
}

static bool released_by_owner(struct ps_system *system, PRKMUTEX mutex, const void *caller)
{
    struct kernel_thread *thread = thread_current(system);
    struct kernel_thread *owner = (struct kernel_thread *)mutex->OwnerThread;

    if (owner == thread && mutex->Header.SignalState <= 0)
        return true;
    if (owner && mutex->Header.SignalState <= 0)
        kernel_misuse(system, "VF-35", caller, CODE_VERIFIER, 0x1004, (uintptr_t)mutex,
                      (uintptr_t)owner, (uintptr_t)thread,
                      "thread %u releases a mutex that thread %u owns", thread->number,
                      owner->number);
    else
        kernel_misuse(system, "VF-37", caller, CODE_VERIFIER, 0x1007, (uintptr_t)mutex, 0, 0,
                      "a mutex is released but nobody owns it");
    return false;
}

void mutex_abandon(struct ps_system *system, PRKMUTEX mutex)
{
    HOOK(system, HOOK_MUTEX_RELEASED, mutex, 0, ((struct kernel_thread *)mutex->OwnerThread)->number);
    RemoveEntryList(&mutex->MutantListEntry);
    mutex->OwnerThread = NULL;
    mutex->Abandoned = TRUE;
    mutex->Header.SignalState = 1;
    dispatcher_signalled(system, &mutex->Header);
}

LONG NTAPI KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait)
{
    NT_SERVICE(COST_SERVICE);
    LONG before = Mutex->Header.SignalState;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (!dispatcher_valid(system, &Mutex->Header, __func__, CALLER) ||
        !released_by_owner(system, Mutex, CALLER))
        return before;
    if (++Mutex->Header.SignalState == 1) {
        HOOK(system, HOOK_MUTEX_RELEASED, Mutex, 0, thread_current(system)->number);
        RemoveEntryList(&Mutex->MutantListEntry);
        Mutex->OwnerThread = NULL;
        dispatcher_signalled(system, &Mutex->Header);
        kernel_begun(system);
    }
    return before;
}

LONG NTAPI KeReadStateMutex(PRKMUTEX Mutex)
{
    NT_SERVICE(COST_SERVICE);
    return Mutex->Header.SignalState;
}

// ---- fast mutexes -------------------------------------------------------------------------------
// Count is 1 when free; Owner is the thread. Contention counts those who wait for Event.

static bool fast_owner_check(struct ps_system *system, PFAST_MUTEX mutex,
                             const struct kernel_thread *thread, const void *caller)
{
    if (mutex->Owner == thread && mutex->Count <= 0)
        finding_stop(system, "VF-31", SIDE_DRIVER, caller, CODE_VERIFIER,
                     (const uint64_t[4]){0x1000, (uintptr_t)mutex},
                     "thread %u acquires a fast mutex that it owns", thread->number);
    return dispatcher_valid(system, &mutex->Event.Header, "acquiring a fast mutex", caller);
}

static void fast_acquire(struct ps_system *system, PFAST_MUTEX mutex, const void *caller)
{
    struct kernel_thread *thread = thread_current(system);

    if (!fast_owner_check(system, mutex, thread, caller))
        return;
    while (mutex->Count <= 0) {
        mutex->Contention++;
        KeWaitForSingleObject(&mutex->Event, Executive, KernelMode, FALSE, NULL);
        mutex->Contention--;
    }
    mutex->Count = 0;
    mutex->Owner = thread;
    thread->fast_mutexes++;
    HOOK(system, HOOK_MUTEX_ACQUIRED, mutex, (uintptr_t)caller, thread->number);
}

static bool fast_release(struct ps_system *system, PFAST_MUTEX mutex, const void *caller)
{
    struct kernel_thread *thread = thread_current(system);

    if (mutex->Count > 0) {
        kernel_misuse(system, "VF-37", caller, CODE_VERIFIER, 0x1007, (uintptr_t)mutex, 0, 0,
                      "a fast mutex is released but nobody owns it");
        return false;
    }
    if (mutex->Owner != thread) {
        kernel_misuse(system, "VF-35", caller, CODE_VERIFIER, 0x1004, (uintptr_t)mutex,
                      (uintptr_t)mutex->Owner, (uintptr_t)thread,
                      "thread %u releases a fast mutex that another thread owns", thread->number);
        return false;
    }
    HOOK(system, HOOK_MUTEX_RELEASED, mutex, 0, thread->number);
    mutex->Owner = NULL;
    mutex->Count = 1;
    thread->fast_mutexes--;
    if (mutex->Contention)
        event_set(system, &mutex->Event);
    return true;
}

VOID NTAPI ExAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    NT_SERVICE(COST_LOCK);
    KIRQL before;

    if (!irql_at_most(system, IRQL_APC, "VF-45", 0x33, __func__, CALLER))
        return;
    before = sched_raise(system->sched, IRQL_APC);
    fast_acquire(system, FastMutex, CALLER);
    FastMutex->OldIrql = before;
}

BOOLEAN NTAPI ExTryToAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    NT_SERVICE(COST_LOCK);
    KIRQL before;

    if (!irql_at_most(system, IRQL_APC, "VF-45", 0x33, __func__, CALLER))
        return FALSE;
    before = sched_raise(system->sched, IRQL_APC);
    if (FastMutex->Count <= 0) {
        sched_lower(system->sched, before);
        return FALSE;
    }
    fast_acquire(system, FastMutex, CALLER);
    FastMutex->OldIrql = before;
    return TRUE;
}

VOID NTAPI ExReleaseFastMutex(PFAST_MUTEX FastMutex)
{
    NT_SERVICE(COST_LOCK);
    KIRQL irql = sched_irql(system->sched), before = (KIRQL)FastMutex->OldIrql;

    if (irql != IRQL_APC)
        kernel_misuse(system, "VF-45", CALLER, CODE_VERIFIER, 0x34, irql, (uintptr_t)FastMutex, 0,
                      "%s at IRQL %u; its owner runs at APC_LEVEL", __func__, irql);
    if (fast_release(system, FastMutex, CALLER) && before <= irql)
        sched_lower(system->sched, before);
}

bool apcs_disabled(struct ps_system *system)
{
    const struct kernel_thread *thread = thread_current(system);

    return sched_irql(system->sched) >= IRQL_APC || thread->apc_disable || !IsListEmpty(&thread->mutexes);
}

static void check_unsafe(struct ps_system *system, uint32_t p1, const char *service,
                         const void *caller)
{
    const struct kernel_thread *thread = thread_current(system);
    KIRQL irql = sched_irql(system->sched);

    if (irql <= IRQL_APC && apcs_disabled(system))
        return;
    kernel_misuse(system, "VF-46", caller, CODE_VERIFIER, p1, irql, thread->apc_disable ? 1 : 0, 0,
                  "%s at IRQL %u; APCs must be disabled", service, irql);
}

VOID NTAPI ExAcquireFastMutexUnsafe(PFAST_MUTEX FastMutex)
{
    NT_SERVICE(COST_LOCK);

    check_unsafe(system, 0x39, __func__, CALLER);
    fast_acquire(system, FastMutex, CALLER);
}

VOID NTAPI ExReleaseFastMutexUnsafe(PFAST_MUTEX FastMutex)
{
    NT_SERVICE(COST_LOCK);

    check_unsafe(system, 0x3A, __func__, CALLER);
    fast_release(system, FastMutex, CALLER);
}

// ---- critical regions ---------------------------------------------------------------------------

static void enter(struct ps_system *system, const char *service, const void *caller)
{
    irql_at_most(system, IRQL_APC, "VF-49", 0x11A, service, caller);
    thread_current(system)->apc_disable++;
}

static void leave(struct ps_system *system, const char *service, const void *caller)
{
    struct kernel_thread *thread = thread_current(system);

    irql_at_most(system, IRQL_APC, "VF-49", 0x11B, service, caller);
    if (thread->apc_disable > 0)
        thread->apc_disable--;
    else
        kernel_misuse(system, "VF-49", caller, CODE_VERIFIER, 0x3E, 0, 0, 0,
                      "%s without an enter before it", service);
}

VOID NTAPI KeEnterCriticalRegion(VOID)
{
    NT_SERVICE(COST_SERVICE);
    enter(system, __func__, CALLER);
}

VOID NTAPI KeLeaveCriticalRegion(VOID)
{
    NT_SERVICE(COST_SERVICE);
    leave(system, __func__, CALLER);
}

// Guarded regions differ from critical ones in special APCs only, which nobody sends here.
VOID NTAPI KeEnterGuardedRegion(VOID)
{
    NT_SERVICE(COST_SERVICE);
    enter(system, __func__, CALLER);
}

VOID NTAPI KeLeaveGuardedRegion(VOID)
{
    NT_SERVICE(COST_SERVICE);
    leave(system, __func__, CALLER);
}

BOOLEAN NTAPI KeAreAllApcsDisabled(VOID)
{
    return sched_irql(system_here(__func__)->sched) >= IRQL_APC;
}

BOOLEAN NTAPI KeAreApcsDisabled(VOID)
{
    return apcs_disabled(system_here(__func__));
}

// ---- guarded mutexes: fast mutexes in a guarded region, at their caller's IRQL -------------------

VOID NTAPI KeInitializeGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    ExInitializeFastMutex(Mutex);
}

VOID NTAPI KeAcquireGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    NT_SERVICE(COST_LOCK);

    if (!irql_at_most(system, IRQL_APC, "VF-104", 0x2000F, __func__, CALLER))
        return;
    enter(system, __func__, CALLER);
    fast_acquire(system, Mutex, CALLER);
}

BOOLEAN NTAPI KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    NT_SERVICE(COST_LOCK);

    if (!irql_at_most(system, IRQL_APC, "VF-104", 0x2000F, __func__, CALLER) || Mutex->Count <= 0)
        return FALSE;
    enter(system, __func__, CALLER);
    fast_acquire(system, Mutex, CALLER);
    return TRUE;
}

VOID NTAPI KeReleaseGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    NT_SERVICE(COST_LOCK);

    irql_at_most(system, IRQL_APC, "VF-104", 0x2000F, __func__, CALLER);
    if (fast_release(system, Mutex, CALLER))
        leave(system, __func__, CALLER);
}

VOID NTAPI KeAcquireGuardedMutexUnsafe(PKGUARDED_MUTEX FastMutex)
{
    NT_SERVICE(COST_LOCK);

    check_unsafe(system, 0x39, __func__, CALLER);
    fast_acquire(system, FastMutex, CALLER);
}

VOID NTAPI KeReleaseGuardedMutexUnsafe(PKGUARDED_MUTEX FastMutex)
{
    NT_SERVICE(COST_LOCK);

    check_unsafe(system, 0x3A, __func__, CALLER);
    fast_release(system, FastMutex, CALLER);
}
