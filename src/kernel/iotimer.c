// SPDX-License-Identifier: MIT
//
// A device's I/O timer: a routine called once a second at DISPATCH_LEVEL while it is started. The
// record is nonpaged pool that DEVICE_OBJECT.Timer points to; it goes with the device.
#include "kernel/private.h"

#define TAG_IO_TIMER 0x6D544F49u // "IOTm"
enum { PERIOD_MS = 1000, UNITS_PER_MS = 10000 };

struct _IO_TIMER {
    KTIMER timer;
    KDPC dpc;
    PDEVICE_OBJECT device;
    PIO_TIMER_ROUTINE routine;
    PVOID context;
};

static VOID NTAPI tick(PKDPC Dpc, PVOID DeferredContext, PVOID One, PVOID Two)
{
    struct _IO_TIMER *timer = DeferredContext;

    timer->routine(timer->device, timer->context);
}

NTSTATUS NTAPI IoInitializeTimer(PDEVICE_OBJECT DeviceObject, PIO_TIMER_ROUTINE TimerRoutine,
                                 PVOID Context)
{
    NT_SERVICE(COST_SERVICE);
    struct _IO_TIMER *timer = (struct _IO_TIMER *)DeviceObject->Timer;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    if (!timer) {
        timer = pool_allocate(system, NonPagedPool, sizeof(*timer), TAG_IO_TIMER, true, NULL);
        if (!timer)
            return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
        KeInitializeTimer(&timer->timer);
        KeInitializeDpc(&timer->dpc, tick, timer);
        timer->device = DeviceObject;
        DeviceObject->Timer = (PVOID)timer;
    }
    timer->routine = TimerRoutine;
    timer->context = Context;
    return STATUS_SUCCESS;
}

VOID NTAPI IoStartTimer(PDEVICE_OBJECT DeviceObject)
{
    NT_SERVICE(COST_SERVICE);
    struct _IO_TIMER *timer = (struct _IO_TIMER *)DeviceObject->Timer;
    LARGE_INTEGER due = {.QuadPart = -(LONGLONG)PERIOD_MS * UNITS_PER_MS};

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (timer)
        KeSetTimerEx(&timer->timer, due, PERIOD_MS, &timer->dpc);
}

VOID NTAPI IoStopTimer(PDEVICE_OBJECT DeviceObject)
{
    NT_SERVICE(COST_SERVICE);
    struct _IO_TIMER *timer = (struct _IO_TIMER *)DeviceObject->Timer;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (timer)
        KeCancelTimer(&timer->timer);
}

// With the device; a timer that still runs is a finding of watched_freed.
void iotimer_free(struct ps_system *system, PDEVICE_OBJECT device, const void *caller)
{
    if (device->Timer)
        pool_free(system, device->Timer, TAG_IO_TIMER, caller);
    device->Timer = NULL;
}
