// SPDX-License-Identifier: MIT
//
// Power services (SV-116): enough to carry power IRPs down a stack and back. Nothing here decides
// when a device sleeps. IRQL <= DISPATCH.
#include "kernel/private.h"

VOID NTAPI PoStartNextPowerIrp(PIRP Irp)
{
    NT_SERVICE(COST_SERVICE);
    irp_irql(system, __func__, CALLER);
}

NTSTATUS NTAPI PoCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    NT_SERVICE(COST_SERVICE);
    return NT_TELL(io_call(system, DeviceObject, Irp, CALLER));
}

// The previous state; the first time D0, in which a device is found.
POWER_STATE NTAPI PoSetPowerState(PDEVICE_OBJECT DeviceObject, POWER_STATE_TYPE Type,
                                  POWER_STATE State)
{
    NT_SERVICE(COST_SERVICE);
    struct device_record *record = device_find(system, DeviceObject);
    POWER_STATE before = {.DeviceState = PowerDeviceD0};

    if (!record || Type != DevicePowerState)
        return before;
    if (record->device_power)
        before.DeviceState = (DEVICE_POWER_STATE)record->device_power;
    record->device_power = (LONG)State.DeviceState;
    return before;
}

struct power_request {
    PREQUEST_POWER_COMPLETE complete;
    PDEVICE_OBJECT device;
    UCHAR minor;
    POWER_STATE state;
    PVOID context;
};

static void power_finished(struct ps_system *system, struct irp_record *record)
{
    struct power_request request = *(struct power_request *)record->context;
    IO_STATUS_BLOCK status = record->irp->IoStatus;

    arena_free(system->arena, record->context, sizeof(request));
    irp_free(system, record);
    if (request.complete)
        request.complete(request.device, request.minor, request.state, request.context, &status);
}

static struct irp_record *power_irp(struct ps_system *system, PDEVICE_OBJECT top,
                                    const struct power_request *request)
{
    struct irp_record *record = irp_reserved(system, top->StackSize, IRP_OF_KERNEL);
    PIO_STACK_LOCATION stack;

    if (!record)
        return NULL;
    record->context = arena_alloc(system->arena, sizeof(*request));
    if (!record->context) {
        irp_free(system, record);
        return NULL;
    }
    *(struct power_request *)record->context = *request;
    record->finish = power_finished;
    record->irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    stack = IoGetNextIrpStackLocation(record->irp);
    stack->MajorFunction = IRP_MJ_POWER;
    stack->MinorFunction = request->minor;
    stack->Parameters.Power.Type = DevicePowerState;
    stack->Parameters.Power.State = request->state;
    return record;
}

void kernel_own_power(struct ps_system *system, PDEVICE_OBJECT device)
{
    device_find(system, device)->power_owned = true;
}

static void check_owner(struct ps_system *system, PDEVICE_OBJECT device, const void *caller)
{
    for (PDEVICE_OBJECT at = device; at; at = at->AttachedDevice) {
        const struct device_record *record = device_find(system, at);

        if (record && record->power_owned)
            kernel_misuse(system, "VF-28", caller, CODE_VERIFIER, 0x0007100A, (uintptr_t)device, 0,
                          0, "PoRequestPowerIrp with IRP_MN_SET_POWER for a device whose power "
                             "states the port class sets");
    }
}

static NTSTATUS request_power(struct ps_system *system, const struct power_request *request, PIRP *irp,
                              const void *caller)
{
    PDEVICE_OBJECT top = device_top(request->device);
    struct irp_record *record = power_irp(system, top, request);

    if (!record)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (irp)
        *irp = record->irp;
    io_call(system, top, record->irp, caller);
    return STATUS_PENDING;
}

NTSTATUS kernel_set_power(struct ps_system *system, PDEVICE_OBJECT device, POWER_STATE state,
                          PREQUEST_POWER_COMPLETE completion, PVOID context)
{
    const struct power_request request = {completion, device, IRP_MN_SET_POWER, state, context};

    return request_power(system, &request, NULL, CALLER);
}

struct power_wait {
    KEVENT event;
    NTSTATUS status;
};

static VOID NTAPI power_done(PDEVICE_OBJECT device, UCHAR minor, POWER_STATE state, PVOID context,
                             PIO_STATUS_BLOCK status)
{
    struct power_wait *wait = context;

    wait->status = status->Status;
    KeSetEvent(&wait->event, IO_NO_INCREMENT, FALSE);
}

NTSTATUS kernel_change_power(struct ps_system *system, PDEVICE_OBJECT device,
                             DEVICE_POWER_STATE state)
{
    struct power_wait wait;
    NTSTATUS status;

    KeInitializeEvent(&wait.event, NotificationEvent, FALSE);
    status = kernel_set_power(system, device, (POWER_STATE){.DeviceState = state}, power_done,
                              &wait);
    if (status != STATUS_PENDING)
        return status;
    KeWaitForSingleObject(&wait.event, Executive, KernelMode, FALSE, NULL);
    return wait.status;
}

NTSTATUS NTAPI PoRequestPowerIrp(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction,
                                 POWER_STATE PowerState, PREQUEST_POWER_COMPLETE CompletionFunction,
                                 PVOID Context, PIRP *Irp)
{
    NT_SERVICE(COST_SERVICE);
    const struct power_request request = {CompletionFunction, DeviceObject, MinorFunction,
                                          PowerState, Context};

    irp_irql(system, __func__, CALLER);
    if (MinorFunction != IRP_MN_SET_POWER && MinorFunction != IRP_MN_QUERY_POWER &&
        MinorFunction != IRP_MN_WAIT_WAKE)
        return NT_TELL(STATUS_INVALID_PARAMETER_2);
    if (MinorFunction == IRP_MN_SET_POWER)
        check_owner(system, DeviceObject, CALLER);
    return NT_TELL(request_power(system, &request, Irp, CALLER));
}
