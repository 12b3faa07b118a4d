// SPDX-License-Identifier: MIT
//
// I/O timeouts (AD-29): routines called about once a second at DISPATCH_LEVEL while the device is started. All of a
// device's hang on its one I/O timer; a spin lock guards the list, and no routine is called with it held.
#include "port/pnp.h"

#define TAG_TIMEOUT 0x4F547350u // "PsTO"

struct timeout {
    struct list link;
    PIO_TIMER_ROUTINE routine;
    PVOID context;
    ULONG seen; // the tick in which it was called last
};

static struct timeout *find(struct port_device *device, PIO_TIMER_ROUTINE routine, PVOID context)
{
    LIST_EACH(link, &device->timeouts) {
        struct timeout *timeout = LIST_OBJECT(link, struct timeout, link);

        if (timeout->routine == routine && timeout->context == context)
            return timeout;
    }
    return NULL;
}

// The next one that this tick has not called; what is registered meanwhile waits for the next.
static bool next_of(struct port_device *device, ULONG tick, PIO_TIMER_ROUTINE *routine,
                    PVOID *context)
{
    bool found = false;

    KeAcquireSpinLockAtDpcLevel(&device->timeout_lock);
    LIST_EACH(link, &device->timeouts) {
        struct timeout *timeout = LIST_OBJECT(link, struct timeout, link);

        if (timeout->seen == tick)
            continue;
        timeout->seen = tick;
        *routine = timeout->routine;
        *context = timeout->context;
        found = true;
        break;
    }
    KeReleaseSpinLockFromDpcLevel(&device->timeout_lock);
    return found;
}

static VOID NTAPI tick(PDEVICE_OBJECT fdo, PVOID context)
{
    struct port_device *device = context;
    ULONG now = ++device->timeout_ticks;
    PIO_TIMER_ROUTINE routine;
    PVOID own;

    while (next_of(device, now, &routine, &own)) {
        struct kernel_call call;

        kernel_call_enter(device->ks.system, &call);
        routine(fdo, own);
        kernel_call_leave(device->ks.system, &call, "VF-59", "I/O timeout",
                          (const void *)(uintptr_t)routine);
    }
}

static NTSTATUS prepare(struct port_device *device)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (!device->timeouts_ready)
        status = IoInitializeTimer(device->fdo, tick, device);
    device->timeouts_ready |= NT_SUCCESS(status);
    return status;
}

NTSTATUS NTAPI PcRegisterIoTimeout(PDEVICE_OBJECT fdo, PIO_TIMER_ROUTINE routine, PVOID context)
{
    struct port_device *device = port_device_from(fdo);
    struct timeout *timeout;
    bool twice;
    KIRQL irql;

    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcRegisterIoTimeout",
                    __builtin_return_address(0));
    if (!device || !routine)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    timeout = port_allocate(sizeof(*timeout), TAG_TIMEOUT);
    if (!timeout || !NT_SUCCESS(prepare(device))) {
        port_free(timeout);
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    }
    timeout->routine = routine;
    timeout->context = context;
    KeAcquireSpinLock(&device->timeout_lock, &irql);
    timeout->seen = device->timeout_ticks;
    twice = find(device, routine, context);
    if (!twice)
        list_push_back(&device->timeouts, &timeout->link);
    KeReleaseSpinLock(&device->timeout_lock, irql);
    if (twice) {
        port_free(timeout);
        return NT_TELL(STATUS_UNSUCCESSFUL);
    }
    if (device->started)
        IoStartTimer(fdo);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI PcUnregisterIoTimeout(PDEVICE_OBJECT fdo, PIO_TIMER_ROUTINE routine, PVOID context)
{
    struct port_device *device = port_device_from(fdo);
    struct timeout *timeout;
    KIRQL irql;

    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcUnregisterIoTimeout",
                    __builtin_return_address(0));
    if (!device)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    KeAcquireSpinLock(&device->timeout_lock, &irql);
    timeout = find(device, routine, context);
    if (timeout)
        list_remove(&timeout->link);
    KeReleaseSpinLock(&device->timeout_lock, irql);
    if (!timeout)
        return NT_TELL(STATUS_NOT_FOUND);
    KeFlushQueuedDpcs(); // it may be running
    port_free(timeout);
    return STATUS_SUCCESS;
}

void port_timeouts_start(struct port_device *device)
{
    if (device->timeouts_ready)
        IoStartTimer(device->fdo);
}

void port_timeouts_stop(struct port_device *device)
{
    if (!device->timeouts_ready)
        return;
    IoStopTimer(device->fdo);
    KeFlushQueuedDpcs();
}

void port_timeouts_free(struct port_device *device)
{
    struct list *link;

    while ((link = list_pop_front(&device->timeouts)))
        port_free(LIST_OBJECT(link, struct timeout, link));
}
