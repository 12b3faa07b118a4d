// SPDX-License-Identifier: MIT
//
// Ex timers (SV-32): allocated here, with a callback at DISPATCH_LEVEL. Built on a KTIMER and its
// DPC. IRQL <= DISPATCH; deletion that waits: PASSIVE_LEVEL.
#include "kernel/private.h"

#define TAG_TIMER 0x6D695445u // "ETim"

struct _EX_TIMER {
    KTIMER timer;
    KDPC dpc;
    PEXT_CALLBACK callback;
    PVOID context;
    bool deleted;
    PEXT_DELETE_CALLBACK delete_callback;
    PVOID delete_context;
};

static void end(struct ps_system *system, PEX_TIMER timer)
{
    PEXT_DELETE_CALLBACK callback = timer->delete_callback;
    PVOID context = timer->delete_context;

    pool_free(system, timer, TAG_TIMER, NULL);
    if (callback)
        callback(context);
}

static VOID NTAPI expired(PKDPC Dpc, PVOID DeferredContext, PVOID One, PVOID Two)
{
    PEX_TIMER timer = DeferredContext;
    struct ps_system *system = system_here("ExSetTimer");

    timer->callback(timer, timer->context);
    if (timer->deleted)
        end(system, timer);
}

PEX_TIMER NTAPI ExAllocateTimer(PEXT_CALLBACK Callback, PVOID CallbackContext, ULONG Attributes)
{
    NT_SERVICE(COST_SERVICE);
    PEX_TIMER timer;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    timer = pool_allocate(system, NonPagedPool, sizeof(*timer), TAG_TIMER, true, CALLER);
    if (!timer)
        return NULL;
    timer->callback = Callback;
    timer->context = CallbackContext;
    KeInitializeTimerEx(&timer->timer, Attributes & EX_TIMER_NOTIFICATION ? NotificationTimer
                                                                          : SynchronizationTimer);
    KeInitializeDpc(&timer->dpc, expired, timer);
    return timer;
}

BOOLEAN NTAPI ExSetTimer(PEX_TIMER Timer, LONGLONG DueTime, LONGLONG Period,
                         PEXT_SET_PARAMETERS Parameters)
{
    NT_SERVICE(COST_SERVICE);
    const LONGLONG units_per_ms = 10000;
    LARGE_INTEGER due = {.QuadPart = DueTime};

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    return KeSetTimerEx(
        &Timer->timer, due,
        Timer->callback && Period > 0 ? (LONG)((Period + units_per_ms - 1) / units_per_ms) : 0,
        Timer->callback ? &Timer->dpc : NULL);
}

BOOLEAN NTAPI ExCancelTimer(PEX_TIMER Timer, PVOID Parameters)
{
    NT_SERVICE(COST_SERVICE);
    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    return KeCancelTimer(&Timer->timer);
}

// With Wait, returns after a running callback has ended; without, that callback's end frees the
// timer.
BOOLEAN NTAPI ExDeleteTimer(PEX_TIMER Timer, BOOLEAN Cancel, BOOLEAN Wait,
                            PEXT_DELETE_PARAMETERS Parameters)
{
    NT_SERVICE(COST_SERVICE);
    BOOLEAN cancelled;
    bool runs;

    if (!irql_at_most(system, Wait ? IRQL_APC : IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER))
        Wait = FALSE;
    cancelled = KeCancelTimer(&Timer->timer);
    KeRemoveQueueDpc(&Timer->dpc);
    if (Parameters) {
        Timer->delete_callback = Parameters->DeleteCallback;
        Timer->delete_context = Parameters->DeleteContext;
    }
    runs = dpc_runs(system, &Timer->dpc);
    if (runs && !Wait) {
        Timer->deleted = true;
        return cancelled;
    }
    if (runs)
        dpcs_flush(system);
    end(system, Timer);
    return cancelled;
}

// 100 ns: what the clock tick is, and cannot be changed.
ULONG NTAPI ExSetTimerResolution(ULONG DesiredTime, BOOLEAN SetResolution)
{
    NT_SERVICE(COST_SERVICE);
    return (ULONG)(system->sched->tick / 100);
}
