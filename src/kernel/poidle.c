// SPDX-License-Identifier: MIT
//
// Idle detection (SV-120): a counter that its driver sets to 0 whenever the device is busy and that grows once a
// second while the device is in D0; when it reaches the time-out, the device is asked to go to the state that was
// registered. The machine is never on battery, so the performance time-out is the one in force. The record is
// nonpaged pool and goes with the device.
#include "kernel/private.h"

#define TAG_IDLE 0x656C6449u // "Idle"
enum { SECOND_MS = 1000, UNITS_PER_MS = 10000 };

struct idle_detection {
    ULONG counter; // the driver's; first, so that its address is the record's
    ULONG seconds;
    DEVICE_POWER_STATE state;
    PDEVICE_OBJECT device;
    KTIMER timer;
    KDPC dpc;
    bool asked; // of the power manager; no second time until the device is in D0 again
};

static bool in_d0(struct ps_system *system, PDEVICE_OBJECT device)
{
    for (PDEVICE_OBJECT at = device; at; at = at->AttachedDevice) {
        const struct device_record *record = device_find(system, at);

        if (record && record->device_power > PowerDeviceD0)
            return false;
    }
    return true;
}

static void power_down(void *argument)
{
    PDEVICE_OBJECT device = argument;
    const struct device_record *record = device_find(system_current, device);

    if (record && record->idle && !record->deleted)
        kernel_set_power(system_current, device, (POWER_STATE){.DeviceState = record->idle->state},
                         NULL, NULL);
    ObDereferenceObject(device);
}

static VOID NTAPI second(PKDPC Dpc, PVOID DeferredContext, PVOID One, PVOID Two)
{
    struct idle_detection *idle = DeferredContext;
    struct ps_system *system = system_current;

    if (!in_d0(system, idle->device)) {
        idle->counter = 0;
        idle->asked = false;
        return;
    }
    if (idle->asked || !idle->seconds || ++idle->counter < idle->seconds)
        return;
    idle->asked = true;
    idle->counter = 0;
    ObReferenceObject(idle->device);
    work_queue(system, power_down, idle->device);
}

static struct idle_detection *idle_new(struct ps_system *system, PDEVICE_OBJECT device)
{
    struct idle_detection *idle = fault_here(system)
                                      ? NULL
                                      : pool_allocate(system, NonPagedPool, sizeof(*idle), TAG_IDLE, true, NULL);

    if (!idle)
        return NULL;
    idle->device = device;
    KeInitializeTimer(&idle->timer);
    KeInitializeDpc(&idle->dpc, second, idle);
    return idle;
}

void idle_free(struct ps_system *system, struct device_record *record)
{
    if (!record->idle)
        return;
    KeCancelTimer(&record->idle->timer);
    KeRemoveQueueDpc(&record->idle->dpc);
    pool_free(system, record->idle, TAG_IDLE, NULL);
    record->idle = NULL;
}

// -1 asks for the times of the device's class: for disks, says the page.
static bool times_known(const DEVICE_OBJECT *device, ULONG conservation, ULONG performance)
{
    bool of_class = conservation == (ULONG)-1 || performance == (ULONG)-1;

    return !of_class || device->DeviceType == FILE_DEVICE_DISK ||
           device->DeviceType == FILE_DEVICE_MASS_STORAGE;
}

PULONG NTAPI PoRegisterDeviceForIdleDetection(PDEVICE_OBJECT DeviceObject,
                                              ULONG ConservationIdleTime,
                                              ULONG PerformanceIdleTime, DEVICE_POWER_STATE State)
{
    NT_SERVICE(COST_SERVICE);
    struct device_record *record = device_find(system, DeviceObject);
    LARGE_INTEGER due = {.QuadPart = -(LONGLONG)SECOND_MS * UNITS_PER_MS};

    irql_at_most(system, IRQL_APC, "VF-100", 0x20009, __func__, CALLER);
    if (!record || !times_known(DeviceObject, ConservationIdleTime, PerformanceIdleTime))
        return NULL;
    if (!ConservationIdleTime && !PerformanceIdleTime) {
        idle_free(system, record);
        return NULL;
    }
    if (!record->idle)
        record->idle = idle_new(system, DeviceObject);
    if (!record->idle)
        return NULL;
    record->idle->counter = 0;
    record->idle->seconds = PerformanceIdleTime;
    record->idle->state = State;
    KeSetTimerEx(&record->idle->timer, due, SECOND_MS, &record->idle->dpc);
    return &record->idle->counter;
}
