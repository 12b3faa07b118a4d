// SPDX-License-Identifier: MIT
//
// The inactivity timer (AD-69): after the seconds that the driver's key asks for, without an access and without a
// running stream, the device goes to the state that it asks for; the next access brings it back (power.c). Off
// unless the policy "idle-power" is on. A timer's DPC queues the work item that may wait.
#include "port/policy.h"
#include "port/power.h"

#define SECOND ((LONGLONG)10000000)

// ---- PowerSettings of the driver's key ---------------------------------------------------------------

static void load_settings(struct port_device *device)
{
    struct port_idle *idle = &device->idle;
    ULONG state = port_setting(device->pdo, "PowerSettings", "IdlePowerState", 3);

    // The machine is never on battery.
    idle->seconds = port_setting(device->pdo, "PowerSettings", "PerformanceIdleTime", 0);
    idle->state = (DEVICE_POWER_STATE)(PowerDeviceD0 + (state <= 3 ? state : 3));
    if (idle->seconds && port_setting(device->pdo, "PowerSettings", "ImmediateIdle", 0))
        idle->seconds = 1;
}

// ---- counting ----------------------------------------------------------------------------------------

static void arm(struct port_idle *idle, LONGLONG ticks)
{
    LARGE_INTEGER due = {.QuadPart = -(ticks > 0 ? ticks : 1)};

    KeSetTimer(&idle->timer, due, &idle->dpc);
}

static bool running(struct port_device *device)
{
    LIST_EACH(filter, &device->ks.filters)
        LIST_EACH(pin, &LIST_OBJECT(filter, struct ks_filter, link)->pins)
            if (LIST_OBJECT(pin, struct ks_pin, link)->state == KSSTATE_RUN)
                return true;
    return false;
}

static LONGLONG left(const struct port_idle *idle)
{
    LARGE_INTEGER now;

    KeQuerySystemTime(&now);
    return idle->last + (LONGLONG)idle->seconds * SECOND - now.QuadPart;
}

static VOID NTAPI look(PDEVICE_OBJECT fdo, PVOID context)
{
    struct port_device *device = context;
    struct port_idle *idle = &device->idle;
    LONGLONG remaining = left(idle);
    bool busy;

    (void)fdo;
    ks_device_lock(&device->ks);
    busy = running(device);
    ks_device_unlock(&device->ks);
    if (idle->allowed && !busy && remaining <= 0)
        PcRequestNewPowerState(device->fdo, idle->state);
    idle->queued = false;
    if (!idle->stopping)
        arm(idle, remaining > 0 ? remaining : (LONGLONG)idle->seconds * SECOND);
    KeSetEvent(&idle->rest, 0, FALSE);
}

static VOID NTAPI due(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct port_device *device = context;
    struct port_idle *idle = &device->idle;

    (void)dpc, (void)argument1, (void)argument2;
    if (idle->stopping || idle->queued)
        return;
    idle->queued = true;
    KeClearEvent(&idle->rest);
    IoQueueWorkItem(idle->work, look, DelayedWorkQueue, device);
}

void port_idle_touch(struct port_device *device)
{
    LARGE_INTEGER now;

    if (!device->idle.work)
        return;
    KeQuerySystemTime(&now);
    device->idle.last = now.QuadPart;
}

void port_idle_allow(struct port_device *device, bool allowed)
{
    device->idle.allowed = allowed;
    port_idle_touch(device);
}

void port_idle_start(struct port_device *device)
{
    struct port_idle *idle = &device->idle;
    struct port_class *class = port_class_of(device->ks.system);

    if (!class || !class->idle_power || idle->work)
        return;
    load_settings(device);
    if (!idle->seconds)
        return;
    idle->work = IoAllocateWorkItem(device->fdo);
    if (!idle->work)
        return;
    idle->stopping = idle->queued = false;
    KeInitializeEvent(&idle->rest, NotificationEvent, TRUE);
    KeInitializeTimer(&idle->timer);
    KeInitializeDpc(&idle->dpc, due, device);
    port_idle_touch(device);
    arm(idle, (LONGLONG)idle->seconds * SECOND);
}

void port_idle_stop(struct port_device *device)
{
    struct port_idle *idle = &device->idle;

    if (!idle->work)
        return;
    idle->stopping = true;
    KeCancelTimer(&idle->timer);
    KeFlushQueuedDpcs();
    KeWaitForSingleObject(&idle->rest, Executive, KernelMode, FALSE, NULL);
    KeCancelTimer(&idle->timer);
    IoFreeWorkItem(idle->work);
    idle->work = NULL;
}
