// SPDX-License-Identifier: MIT
//
// Power of an adapter device (AD-60..68, KP-19): who is registered, who is told in which order, and the way up
// before a stream or a node needs the hardware. A change holds the device lock, so that no create, state or
// property request falls into it. PASSIVE_LEVEL.
#include "port/power.h"

#include "port/port_extras.h"

// ---- registration (AD-60, AD-61) ---------------------------------------------------------------------

static void misuse(struct ps_system *system, const char *text, const void *caller)
{
    const uint64_t parameters[4] = {0x00071006, 0, 0, 0};

    finding_raise_code(system, "VF-25", SIDE_DRIVER, caller, 0xC4, parameters, "%s", text);
}

// The newest that is offered: 3, 2, base.
static NTSTATUS query_power(struct port_power *power, PUNKNOWN unknown)
{
    const GUID *const kinds[] = {&IID_IAdapterPowerManagement, &IID_IAdapterPowerManagement2,
                                 &IID_IAdapterPowerManagement3};
    NTSTATUS status = STATUS_INVALID_PARAMETER;
    PVOID found = NULL;

    for (unsigned kind = 3; kind && !found; kind--) {
        status = unknown->lpVtbl->QueryInterface(unknown, kinds[kind - 1], &found);
        if (!NT_SUCCESS(status))
            found = NULL;
        power->version = kind;
    }
    power->adapter = found;
    return found ? STATUS_SUCCESS : status;
}

static NTSTATUS register_power(PUNKNOWN unknown, PDEVICE_OBJECT fdo, const void *caller)
{
    struct port_device *device = port_device_from(fdo);

    if (!unknown || !device)
        return STATUS_INVALID_PARAMETER;
    if (device->power.adapter) {
        misuse(device->ks.system, "adapter power management registered twice", caller);
        return STATUS_UNSUCCESSFUL;
    }
    return query_power(&device->power, unknown);
}

static NTSTATUS unregister_power(PDEVICE_OBJECT fdo, const void *caller)
{
    struct port_device *device = port_device_from(fdo);

    if (!device)
        return STATUS_INVALID_PARAMETER;
    if (!device->power.adapter) {
        misuse(device->ks.system, "adapter power management unregistered without registration",
               caller);
        return STATUS_UNSUCCESSFUL;
    }
    port_power_forget(device);
    return STATUS_SUCCESS;
}

void port_power_forget(struct port_device *device)
{
    PADAPTERPOWERMANAGEMENT adapter = device->power.adapter;

    device->power.adapter = NULL;
    if (adapter)
        adapter->lpVtbl->Release(adapter);
}

NTSTATUS NTAPI PcRegisterAdapterPowerManagement(PUNKNOWN unknown, PVOID fdo)
{
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcRegisterAdapterPowerManagement",
                    __builtin_return_address(0));
    return NT_TELL(register_power(unknown, fdo, __builtin_return_address(0)));
}

NTSTATUS NTAPI PcUnregisterAdapterPowerManagement(PDEVICE_OBJECT fdo)
{
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcUnregisterAdapterPowerManagement",
                    __builtin_return_address(0));
    return NT_TELL(unregister_power(fdo, __builtin_return_address(0)));
}

// ---- telling (AD-65) ---------------------------------------------------------------------------------

static void tell(struct ps_system *system, PUNKNOWN unknown, POWER_STATE state)
{
    PPOWERNOTIFY notify;
    struct kernel_call call;
    PVOID found;

    if (!unknown ||
        !NT_SUCCESS(unknown->lpVtbl->QueryInterface(unknown, &IID_IPowerNotify, &found)))
        return;
    notify = found;
    kernel_call_enter(system, &call);
    notify->lpVtbl->PowerChangeNotify(notify, state);
    kernel_call_leave(system, &call, "VF-59", "PowerChangeNotify",
                      (const void *)(uintptr_t)notify->lpVtbl->PowerChangeNotify);
    notify->lpVtbl->Release(notify);
}

static void tell_pins(struct ps_system *system, struct ks_filter *filter, POWER_STATE state)
{
    LIST_EACH(link, &filter->pins)
        if (filter->ops->pin_target)
            tell(system, filter->ops->pin_target(LIST_OBJECT(link, struct ks_pin, link)), state);
}

// Every miniport, each followed by its streams.
static void tell_all(struct port_device *device, POWER_STATE state)
{
    LIST_EACH(link, &device->ports) {
        struct ks_filter *filter = LIST_OBJECT(link, struct port_extras, link)->filter;

        tell(device->ks.system, filter->miniport, state);
        tell_pins(device->ks.system, filter, state);
    }
}

static void tell_adapter(struct port_device *device, POWER_STATE state)
{
    struct port_power *power = &device->power;
    PADAPTERPOWERMANAGEMENT3 adapter = power->adapter; // the slots of the older ones come first
    struct kernel_call call;

    if (!adapter)
        return;
    kernel_call_enter(device->ks.system, &call);
    if (power->version == 3)
        adapter->lpVtbl->PowerChangeState3(adapter, state.DeviceState, power->system_state,
                                           PcExitLatencyInstant);
    else if (power->version == 2)
        adapter->lpVtbl->PowerChangeState2(adapter, state.DeviceState, power->system_state);
    else
        adapter->lpVtbl->PowerChangeState(adapter, state);
    kernel_call_leave(device->ks.system, &call, "VF-59", "PowerChangeState",
                      (const void *)(uintptr_t)adapter->lpVtbl->PowerChangeState);
}

// ---- changing ----------------------------------------------------------------------------------------

// Down: streams pause, miniports hear of it, then the adapter; up: the other way round (AD-65).
static void change(struct port_device *device, POWER_STATE state)
{
    bool up = state.DeviceState == PowerDeviceD0;
    bool was_up = device->power.state == PowerDeviceD0;

    if (state.DeviceState == device->power.state)
        return;
    if (!up && was_up)
        ks_device_pause_streams(&device->ks);
    if (!up)
        tell_all(device, state);
    tell_adapter(device, state);
    device->power.state = state.DeviceState;
    PoSetPowerState(device->fdo, DevicePowerState, state);
    if (!up)
        return;
    tell_all(device, state);
    ks_device_resume_streams(&device->ks);
}

// Who raises the device already holds the lock, maybe on another thread than the one that carries the IRP.
static void change_locked(struct port_device *device, POWER_STATE state)
{
    bool lock = !device->power.raising;

    if (lock)
        ks_device_lock(&device->ks);
    change(device, state);
    if (lock)
        ks_device_unlock(&device->ks);
}

void port_power_up(struct ks_device *ks)
{
    struct port_device *device = CONTAINING_RECORD(ks, struct port_device, ks);

    if (device->power.state == PowerDeviceD0 || device->power.raising || ks->gone)
        return;
    device->power.raising = true;
    kernel_change_power(ks->system, device->fdo, PowerDeviceD0);
    device->power.raising = false;
}

NTSTATUS NTAPI PcRequestNewPowerState(PDEVICE_OBJECT fdo, DEVICE_POWER_STATE state)
{
    struct ps_system *system = system_here(__func__);
    struct port_device *device = port_device_from(fdo);

    port_check_irql(system, PASSIVE_LEVEL, "PcRequestNewPowerState", __builtin_return_address(0));
    if (!device || state < PowerDeviceD0 || state > PowerDeviceD3)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    return NT_TELL(state == device->power.state ? STATUS_SUCCESS
                                        : kernel_change_power(system, fdo, state));
}

// ---- IRPs --------------------------------------------------------------------------------------------

static NTSTATUS pass_on(struct port_device *device, PIRP irp)
{
    PoStartNextPowerIrp(irp);
    IoSkipCurrentIrpStackLocation(irp);
    return PoCallDriver(device->next, irp);
}

static NTSTATUS finish(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    PoStartNextPowerIrp(irp);
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

// The hardware has its power before anybody above uses it, and loses it after they have let go.
static NTSTATUS set_device_power(struct port_device *device, PIRP irp, POWER_STATE state)
{
    NTSTATUS status;

    if (state.DeviceState < PowerDeviceD0 || state.DeviceState > PowerDeviceD3)
        return finish(irp, STATUS_INVALID_PARAMETER);
    if (state.DeviceState != PowerDeviceD0) {
        change_locked(device, state);
        irp->IoStatus.Status = STATUS_SUCCESS;
        return pass_on(device, irp);
    }
    status = PcForwardIrpSynchronous(device->fdo, irp);
    if (NT_SUCCESS(status))
        change_locked(device, state);
    return finish(irp, status);
}

// The device follows the system: D0 while it works, else what the capabilities say for that sleep.
static NTSTATUS set_system_power(struct port_device *device, PIRP irp, SYSTEM_POWER_STATE state)
{
    struct port_power *power = &device->power;

    if (state <= PowerSystemUnspecified || state >= PowerSystemMaximum)
        return finish(irp, STATUS_INVALID_PARAMETER);
    power->system_state = state;
    if (device->started && power->map[state] != power->state)
        kernel_change_power(device->ks.system, device->fdo, power->map[state]);
    irp->IoStatus.Status = STATUS_SUCCESS;
    return pass_on(device, irp);
}

static NTSTATUS query_device_power(struct port_device *device, PIRP irp, POWER_STATE state)
{
    PADAPTERPOWERMANAGEMENT adapter = device->power.adapter;
    NTSTATUS status = adapter ? adapter->lpVtbl->QueryPowerChangeState(adapter, state)
                              : STATUS_SUCCESS;

    if (!NT_SUCCESS(status))
        return finish(irp, status);
    irp->IoStatus.Status = STATUS_SUCCESS;
    return pass_on(device, irp);
}

NTSTATUS port_power_irp(struct port_device *device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    bool of_device = stack->Parameters.Power.Type == DevicePowerState;
    POWER_STATE state = stack->Parameters.Power.State;

    if (stack->MinorFunction == IRP_MN_SET_POWER)
        return of_device ? set_device_power(device, irp, state)
                         : set_system_power(device, irp, state.SystemState);
    if (stack->MinorFunction == IRP_MN_QUERY_POWER && of_device)
        return query_device_power(device, irp, state);
    return pass_on(device, irp);
}

// ---- capabilities (AD-68) ----------------------------------------------------------------------------

static void keep_deep(struct port_device *device, PDEVICE_CAPABILITIES capabilities,
                      const DEVICE_POWER_STATE *before, const void *caller)
{
    for (int state = PowerSystemWorking; state < PowerSystemMaximum; state++) {
        if (capabilities->DeviceState[state] < before[state]) {
            finding_raise(device->ks.system, "AD-68", SIDE_DRIVER, caller,
                          "QueryDeviceCapabilities makes D%d of D%d for system state %d: a "
                          "mapping may become deeper only; ignored",
                          capabilities->DeviceState[state] - PowerDeviceD0,
                          before[state] - PowerDeviceD0, state);
            capabilities->DeviceState[state] = before[state];
        }
        device->power.map[state] = capabilities->DeviceState[state];
    }
}

void port_power_capabilities(struct port_device *device, PDEVICE_CAPABILITIES capabilities)
{
    PADAPTERPOWERMANAGEMENT adapter = device->power.adapter;
    DEVICE_POWER_STATE before[PowerSystemMaximum];
    const void *caller = NULL;

    RtlCopyMemory(before, capabilities->DeviceState, sizeof(before));
    if (adapter) {
        caller = (const void *)(uintptr_t)adapter->lpVtbl->QueryDeviceCapabilities;
        adapter->lpVtbl->QueryDeviceCapabilities(adapter, capabilities);
    }
    keep_deep(device, capabilities, before, caller);
}

void port_power_init(struct port_device *device)
{
    device->power.state = PowerDeviceD0; // AD-66
    device->power.system_state = PowerSystemWorking;
    for (int state = 0; state < PowerSystemMaximum; state++)
        device->power.map[state] = state <= PowerSystemWorking ? PowerDeviceD0 : PowerDeviceD3;
    device->idle.allowed = true;
    device->ks.power_up = port_power_up;
}

// ---- IPortClsPower -----------------------------------------------------------------------------------

EXTRA_METHODS(power, power, IPortClsPower)

static NTSTATUS NTAPI power_register(IPortClsPower *This, PUNKNOWN unknown, PDEVICE_OBJECT fdo)
{
    (void)This;
    return register_power(unknown, fdo, __builtin_return_address(0));
}

static NTSTATUS NTAPI power_unregister(IPortClsPower *This, PDEVICE_OBJECT fdo)
{
    (void)This;
    return unregister_power(fdo, __builtin_return_address(0));
}

static NTSTATUS NTAPI power_set_idle(IPortClsPower *This, PDEVICE_OBJECT fdo, BOOLEAN enabled)
{
    struct port_device *device = port_device_from(fdo);

    (void)This;
    if (!device)
        return STATUS_INVALID_PARAMETER;
    port_idle_allow(device, enabled);
    return STATUS_SUCCESS;
}

const IPortClsPowerVtbl port_power_vtbl = {
    .QueryInterface = power_query,
    .AddRef = power_addref,
    .Release = power_release,
    .RegisterAdapterPowerManagement = power_register,
    .UnregisterAdapterPowerManagement = power_unregister,
    .SetIdlePowerManagement = power_set_idle,
};
