// SPDX-License-Identifier: MIT
//
// Timers (SV-26 to SV-31). An armed timer is a deadline of the scheduler on a clock tick; its
// expiry signals the KTIMER and queues the DPC on the processor that set it. KTIMERs are the
// driver's, their records ours (watch.c). IRQL <= DISPATCH.
#include "kernel/private.h"

#define NS_PER_MS 1000000u

static void expire(struct sched_deadline *deadline);

static void initialise(struct ps_system *system, PKTIMER timer, TIMER_TYPE type,
                       const char *service, const void *caller)
{
    struct timer_record *record;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, service, caller);
    check_resident(system, timer, service, caller);
    record = watched_init(system, WATCHED_TIMER, timer, caller);
    record->deadline.fire = expire;
    record->deadline.context = system;
    dispatcher_init(&timer->Header,
                    type == SynchronizationTimer ? DISPATCHER_SYNCHRONIZATION_TIMER
                                                 : DISPATCHER_NOTIFICATION_TIMER,
                    sizeof(*timer), 0);
    timer->DueTime.QuadPart = 0;
    timer->Dpc = NULL;
    timer->Period = 0;
}

VOID NTAPI KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type)
{
    initialise(system_here(__func__), Timer, Type, __func__, CALLER);
}

VOID NTAPI KeInitializeTimer(PKTIMER Timer)
{
    initialise(system_here(__func__), Timer, NotificationTimer, __func__, CALLER);
}

static struct timer_record *known(struct ps_system *system, PKTIMER timer, const char *service,
                                  const void *caller)
{
    struct timer_record *record = watched_timer(system, timer);

    if (!record)
        kernel_misuse(system, "SV-26", caller, 0xC7, 0, (uintptr_t)timer, 0, 0,
                      "%s of a timer that was never initialised, or whose memory was freed",
                      service);
    return record;
}

// A timer with its past expired already: at once; else on the first tick that is not before.
static void arm(struct ps_system *system, struct timer_record *record)
{
    uint64_t due = record->due;

    if (due > system->sched->now)
        due = time_tick_up(system, due);
    if (!record->watched.busy)
        system->kernel->timers_armed++;
    record->watched.busy = true;
    if (sched_deadline_set(system->sched, &record->deadline, due))
        finding_stop(system, "ARENA", SIDE_PORT, NULL, 0, (const uint64_t[4]){0},
                     "no memory for timer %u", record->watched.number);
}

bool timer_cancel(struct ps_system *system, struct timer_record *record)
{
    if (!record->watched.busy)
        return false;
    record->watched.busy = false;
    system->kernel->timers_armed--;
    sched_deadline_cancel(system->sched, &record->deadline);
    return true;
}

static void expire(struct sched_deadline *deadline)
{
    struct timer_record *record = LIST_OBJECT(deadline, struct timer_record, deadline);
    struct ps_system *system = deadline->context;
    PKTIMER timer = (PKTIMER)record->watched.object;
    struct dpc_record *dpc = timer->Dpc ? watched_dpc(system, timer->Dpc) : NULL;

    if (record->period) {
        record->due += record->period;
        arm(system, record);
    } else {
        record->watched.busy = false;
        system->kernel->timers_armed--;
    }
    timer->Header.SignalState = 1;
    dispatcher_signalled(system, &timer->Header);
    if (dpc)
        dpc_queue(system, timer->Dpc, dpc, record->processor, NULL, NULL);
}

static void note_dpc(struct ps_system *system, PKTIMER timer, PKDPC dpc, const void *caller)
{
    struct dpc_record *old = timer->Dpc ? watched_dpc(system, timer->Dpc) : NULL;
    struct dpc_record *record = dpc ? watched_dpc(system, dpc) : NULL;

    if (old && old->timer == timer)
        old->timer = NULL;
    if (record)
        record->timer = timer;
    else if (dpc)
        kernel_misuse(system, "SV-20", caller, 0xC7, 1, (uintptr_t)dpc, 0, 0,
                      "a timer is set with a DPC that was never initialised");
    timer->Dpc = record ? dpc : NULL;
}

static BOOLEAN set(struct ps_system *system, PKTIMER timer, LARGE_INTEGER due, LONG period,
                   PKDPC dpc, const char *service, const void *caller)
{
    struct timer_record *record = known(system, timer, service, caller);
    bool was_set;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, service, caller);
    if (!record)
        return FALSE;
    was_set = timer_cancel(system, record);
    note_dpc(system, timer, dpc, caller);
    timer->Header.SignalState = 0;
    timer->DueTime.QuadPart = (ULONGLONG)due.QuadPart;
    timer->Period = (ULONG)(period > 0 ? period : 0);
    record->processor = system->sched->current->number;
    record->due = time_due(system, due.QuadPart);
    record->period = period > 0 ? (uint64_t)period * NS_PER_MS : 0;
    arm(system, record);
    kernel_begun(system);
    return was_set;
}

BOOLEAN NTAPI KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc)
{
    NT_SERVICE(COST_SERVICE);
    return set(system, Timer, DueTime, 0, Dpc, __func__, CALLER);
}

BOOLEAN NTAPI KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc)
{
    NT_SERVICE(COST_SERVICE);
    return set(system, Timer, DueTime, Period, Dpc, __func__, CALLER);
}

// Coalescing never makes a timer early; here it does not make it later either.
BOOLEAN NTAPI KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period,
                                    ULONG TolerableDelay, PKDPC Dpc)
{
    NT_SERVICE(COST_SERVICE);
    return set(system, Timer, DueTime, (LONG)Period, Dpc, __func__, CALLER);
}

// SV-28: a one-shot timer that expired is off the queue although its DPC may still wait; a periodic
// one is always on it, and its queued DPC goes too.
BOOLEAN NTAPI KeCancelTimer(PKTIMER Timer)
{
    NT_SERVICE(COST_SERVICE);
    struct timer_record *record = known(system, Timer, __func__, CALLER);
    struct dpc_record *dpc;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (!record || !timer_cancel(system, record))
        return FALSE;
    dpc = Timer->Dpc ? watched_dpc(system, Timer->Dpc) : NULL;
    if (dpc && record->period)
        dpc_remove(system, dpc);
    return TRUE;
}

BOOLEAN NTAPI KeReadStateTimer(PKTIMER Timer)
{
    NT_SERVICE(COST_SERVICE);
    return Timer->Header.SignalState != 0;
}
