// SPDX-License-Identifier: MIT
//
// Events and semaphores (SV-40). IRQL <= DISPATCH.
#include "kernel/private.h"

VOID NTAPI KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
    check_resident(system_here(__func__), Event, __func__, CALLER);
    dispatcher_init(&Event->Header,
                    Type == SynchronizationEvent ? DISPATCHER_SYNCHRONIZATION_EVENT
                                                 : DISPATCHER_NOTIFICATION_EVENT,
                    sizeof(*Event), State != FALSE);
}

LONG event_set(struct ps_system *system, PRKEVENT event)
{
    LONG before = event->Header.SignalState;

    event->Header.SignalState = 1;
    if (!before)
        dispatcher_signalled(system, &event->Header);
    return before;
}

static bool usable(struct ps_system *system, PRKEVENT event, const char *service,
                   const void *caller)
{
    if (sched_irql(system->sched) > IRQL_DISPATCH)
        kernel_irql_misuse(system, "VF-48", 0x80, service, IRQL_DISPATCH, caller);
    return dispatcher_valid(system, &event->Header, service, caller);
}

LONG NTAPI KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    NT_SERVICE(COST_SERVICE);
    LONG before;

    if (!usable(system, Event, __func__, CALLER))
        return 0;
    if (Wait)
        irql_at_most(system, IRQL_APC, "VF-107", 0x20016, "KeSetEvent with Wait", CALLER);
    before = event_set(system, Event);
    if (!before)
        kernel_begun(system);
    return before;
}

LONG NTAPI KeResetEvent(PRKEVENT Event)
{
    NT_SERVICE(COST_SERVICE);
    LONG before = Event->Header.SignalState;

    if (!usable(system, Event, __func__, CALLER))
        return 0;
    Event->Header.SignalState = 0;
    return before;
}

VOID NTAPI KeClearEvent(PRKEVENT Event)
{
    NT_SERVICE(COST_SERVICE);

    if (usable(system, Event, __func__, CALLER))
        Event->Header.SignalState = 0;
}

LONG NTAPI KeReadStateEvent(PRKEVENT Event)
{
    NT_SERVICE(COST_SERVICE);
    return usable(system, Event, __func__, CALLER) ? Event->Header.SignalState : 0;
}

// Releases whom a set would release now, and leaves the event not signalled.
LONG NTAPI KePulseEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    NT_SERVICE(COST_SERVICE);
    LONG before;

    if (!usable(system, Event, __func__, CALLER))
        return 0;
    before = event_set(system, Event);
    Event->Header.SignalState = 0;
    kernel_begun(system);
    return before;
}

// ---- semaphores ---------------------------------------------------------------------------------

VOID NTAPI KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit)
{
    struct ps_system *system = system_here(__func__);

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    check_resident(system, Semaphore, __func__, CALLER);
    dispatcher_init(&Semaphore->Header, DISPATCHER_SEMAPHORE, sizeof(*Semaphore), Count);
    Semaphore->Limit = Limit;
}

LONG NTAPI KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY Increment, LONG Adjustment,
                              BOOLEAN Wait)
{
    NT_SERVICE(COST_SERVICE);
    LONG before = Semaphore->Header.SignalState;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (!dispatcher_valid(system, &Semaphore->Header, __func__, CALLER))
        return 0;
    if (Adjustment <= 0 || Adjustment > Semaphore->Limit - before)
        finding_stop(
            system, "BUGCHECK", SIDE_DRIVER, CALLER, 0x1E,
            (const uint64_t[4]){(uint32_t)STATUS_SEMAPHORE_LIMIT_EXCEEDED},
            "KeReleaseSemaphore raises STATUS_SEMAPHORE_LIMIT_EXCEEDED: %d + %d is above %d",
            (int)before, (int)Adjustment, (int)Semaphore->Limit);
    Semaphore->Header.SignalState += Adjustment;
    dispatcher_signalled(system, &Semaphore->Header);
    kernel_begun(system);
    return before;
}

LONG NTAPI KeReadStateSemaphore(PRKSEMAPHORE Semaphore)
{
    NT_SERVICE(COST_SERVICE);
    return Semaphore->Header.SignalState;
}
