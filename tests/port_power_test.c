// SPDX-License-Identifier: MIT
//
// Power of an adapter: who is told of a change, in which order, what the adapter may say about its capabilities, the
// inactivity timer. What streams see of it is in the tests of their ports.
#include "tests/adapter_rig.h"

#include "port/policy.h"
#include "port/port.h"
#include "tests/wide.h"

// ---- an adapter's power object and a miniport that wants to know ------------------------------------------

static char said[200];

static void say(const char *what, int state)
{
    snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s%d ", what, state);
}

struct power_object {
    IAdapterPowerManagement3 iface;
    unsigned versions; // bit 0: base, 1: 2, 2: 3
    LONG references;
    NTSTATUS answer;
    DEVICE_POWER_STATE sleeping; // what it makes of S3; 0: leaves it
};

static struct power_object power;

static NTSTATUS NTAPI power_query(IAdapterPowerManagement3 *This, REFIID iid, PVOID *out)
{
    const GUID *const kinds[] = {&IID_IAdapterPowerManagement, &IID_IAdapterPowerManagement2,
                                 &IID_IAdapterPowerManagement3};

    for (unsigned i = 0; i < 3; i++)
        if ((power.versions & (1u << i)) && !memcmp(iid, kinds[i], sizeof(GUID))) {
            power.references++;
            *out = This;
            return STATUS_SUCCESS;
        }
    *out = NULL;
    return STATUS_INVALID_PARAMETER;
}

static ULONG NTAPI power_addref(IAdapterPowerManagement3 *This)
{
    return (ULONG)++power.references;
}

static ULONG NTAPI power_release(IAdapterPowerManagement3 *This)
{
    return (ULONG)--power.references;
}

static VOID NTAPI power_one(IAdapterPowerManagement3 *This, POWER_STATE state)
{
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    say("D", state.DeviceState - PowerDeviceD0);
}

static NTSTATUS NTAPI power_ask(IAdapterPowerManagement3 *This, POWER_STATE state)
{
    say("?D", state.DeviceState - PowerDeviceD0);
    return power.answer;
}

static NTSTATUS NTAPI power_capabilities(IAdapterPowerManagement3 *This, PDEVICE_CAPABILITIES caps)
{
    if (power.sleeping)
        caps->DeviceState[PowerSystemSleeping1] = power.sleeping;
    return STATUS_SUCCESS;
}

static VOID NTAPI power_two(IAdapterPowerManagement3 *This, DEVICE_POWER_STATE device,
                            SYSTEM_POWER_STATE system)
{
    say("two:D", device - PowerDeviceD0);
}

static VOID NTAPI power_three(IAdapterPowerManagement3 *This, DEVICE_POWER_STATE device,
                              SYSTEM_POWER_STATE system, PC_EXIT_LATENCY latency)
{
    assert_int_equal(system, PowerSystemWorking);
    say("three:D", device - PowerDeviceD0);
}

static NTSTATUS NTAPI power_latency(IAdapterPowerManagement3 *This, PC_EXIT_LATENCY latency)
{
    return STATUS_SUCCESS;
}

static const IAdapterPowerManagement3Vtbl power_vtbl = {
    power_query,        power_addref, power_release, power_one,    power_ask,
    power_capabilities, power_two,    power_three,   power_latency};

static IPowerNotify notify;

static NTSTATUS NTAPI notify_query(IPowerNotify *This, REFIID iid, PVOID *out)
{
    return topology_query(&topology.iface, iid, out);
}

static ULONG NTAPI notify_addref(IPowerNotify *This)
{
    return topology_addref(&topology.iface);
}

static ULONG NTAPI notify_release(IPowerNotify *This)
{
    return topology_release(&topology.iface);
}

static struct {
    LONG value, cached;
} level_register; // loses its value below D0

static VOID NTAPI notify_change(IPowerNotify *This, POWER_STATE state)
{
    level_register.value = state.DeviceState == PowerDeviceD0 ? level_register.cached : 0x5EED;
    say("mini:D", state.DeviceState - PowerDeviceD0);
}

static const IPowerNotifyVtbl notify_vtbl = {notify_query, notify_addref, notify_release,
                                             notify_change};

// The miniport's own, and IPowerNotify.
static NTSTATUS NTAPI mini_query(IMiniportTopology *This, REFIID iid, PVOID *out)
{
    if (memcmp(iid, &IID_IPowerNotify, sizeof(GUID)))
        return topology_query(This, iid, out);
    topology.references++;
    *out = &notify;
    return STATUS_SUCCESS;
}

static IMiniportTopologyVtbl mini_vtbl;

static NTSTATUS NTAPI start_with_power(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    assert_int_equal(PcRegisterAdapterPowerManagement((PUNKNOWN)&power.iface, fdo), STATUS_SUCCESS);
    return start_topology(fdo, irp, resources);
}

static const PCFILTER_DESCRIPTOR nothing = {0};

static void reset(unsigned versions)
{
    topology_reset((PPCFILTER_DESCRIPTOR)&nothing);
    mini_vtbl = topology_vtbl;
    mini_vtbl.QueryInterface = mini_query;
    topology.iface.lpVtbl = &mini_vtbl;
    notify.lpVtbl = &notify_vtbl;
    power = (struct power_object){.iface = {&power_vtbl}, .versions = versions, .references = 1};
    *said = 0;
}

// ---- changing ----------------------------------------------------------------------------------------

static void down_and_up(void)
{
    assert_int_equal(PcRequestNewPowerState(adapter->fdo, PowerDeviceD0), STATUS_SUCCESS);
    assert_string_equal(said, ""); // it is there already
    assert_int_equal(PcRequestNewPowerState(adapter->fdo, PowerDeviceD2), STATUS_SUCCESS);
    assert_string_equal(said, "mini:D2 D2 ");
    assert_int_equal(PcRequestNewPowerState(adapter->fdo, PowerDeviceD3), STATUS_SUCCESS);
    assert_int_equal(PcRequestNewPowerState(adapter->fdo, PowerDeviceD0), STATUS_SUCCESS);
    assert_string_equal(said, "mini:D2 D2 mini:D3 D3 D0 mini:D0 ");
    assert_int_equal(PcRequestNewPowerState(adapter->fdo, PowerDeviceMaximum),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(PcRequestNewPowerState(NULL, PowerDeviceD0), STATUS_INVALID_PARAMETER);
}

PS_TEST(adapter_and_miniport_hear_of_a_change_in_order, "AD-62", "AD-63", "AD-65", "AD-66", "AD-67")
{
    reset(1);
    adapter_try(start_with_power, down_and_up);
    assert_int_equal(power.references, 1); // removal gave the registration back
}

static void once_down(void)
{
    assert_int_equal(PcRequestNewPowerState(adapter->fdo, PowerDeviceD3), STATUS_SUCCESS);
}

PS_TEST(the_newest_interface_is_taken, "AD-60")
{
    static const struct {
        unsigned versions;
        const char *said;
    } cases[] = {{1, "mini:D3 D3 "}, {3, "mini:D3 two:D3 "}, {7, "mini:D3 three:D3 "}};

    for (int i = 0; i < 3; i++) {
        reset(cases[i].versions);
        adapter_try(start_with_power, once_down);
        assert_string_equal(said, cases[i].said);
    }
}

static void through_port(void)
{
    PPORTCLSPOWER port;
    PVOID found;

    assert_int_equal(COM_CALL(topology.port, QueryInterface, &IID_IPortClsPower, &found),
                     STATUS_SUCCESS);
    port = found;
    assert_int_equal(COM_CALL(port, RegisterAdapterPowerManagement, (PUNKNOWN)&power.iface,
                              adapter->fdo),
                     STATUS_SUCCESS);
    once_down();
    assert_string_equal(said, "mini:D3 D3 ");
    assert_int_equal(COM_CALL(port, UnregisterAdapterPowerManagement, adapter->fdo), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(port, SetIdlePowerManagement, adapter->fdo, FALSE), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(port, SetIdlePowerManagement, NULL, FALSE), STATUS_INVALID_PARAMETER);
    COM_CALL(port, Release);
}

PS_TEST(a_port_registers_power_management_too, "AD-23", "AD-60")
{
    reset(1);
    adapter_try(start_topology, through_port);
    assert_int_equal(power.references, 1);
}

// ---- queries, system states --------------------------------------------------------------------------

static NTSTATUS NTAPI keep(PDEVICE_OBJECT device, PIRP irp, PVOID event)
{
    KeSetEvent(event, 0, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS send_power(UCHAR minor, POWER_STATE_TYPE type, int state)
{
    PIRP irp = IoAllocateIrp(adapter->fdo->StackSize, FALSE);
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    NTSTATUS status;
    KEVENT event;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    stack->MajorFunction = IRP_MJ_POWER;
    stack->MinorFunction = minor;
    stack->Parameters.Power.Type = type;
    stack->Parameters.Power.State.SystemState = (SYSTEM_POWER_STATE)state;
    IoSetCompletionRoutine(irp, keep, &event, TRUE, TRUE, TRUE);
    PoCallDriver(adapter->fdo, irp);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    status = irp->IoStatus.Status;
    IoFreeIrp(irp);
    return status;
}

static void ask(void)
{
    power.answer = STATUS_DEVICE_BUSY;
    assert_int_equal(send_power(IRP_MN_QUERY_POWER, DevicePowerState, PowerDeviceD3),
                     STATUS_DEVICE_BUSY);
    power.answer = STATUS_SUCCESS;
    assert_int_equal(send_power(IRP_MN_QUERY_POWER, DevicePowerState, PowerDeviceD3),
                     STATUS_SUCCESS);
    assert_string_equal(said, "?D3 ?D3 ");
    // A change that was never asked about comes all the same.
    assert_int_equal(send_power(IRP_MN_SET_POWER, DevicePowerState, PowerDeviceD3), STATUS_SUCCESS);
    assert_string_equal(said, "?D3 ?D3 mini:D3 D3 ");
    assert_int_equal(send_power(IRP_MN_SET_POWER, DevicePowerState, 77), STATUS_INVALID_PARAMETER);
}

PS_TEST(the_adapter_may_veto_a_query_only, "AD-62", "AD-63")
{
    reset(1);
    adapter_try(start_with_power, ask);
}

static void sleep_and_wake(void)
{
    assert_int_equal(send_power(IRP_MN_SET_POWER, SystemPowerState, PowerSystemSleeping3),
                     STATUS_SUCCESS);
    assert_int_equal(send_power(IRP_MN_SET_POWER, SystemPowerState, PowerSystemWorking),
                     STATUS_SUCCESS);
    assert_string_equal(said, "mini:D3 D3 D0 mini:D0 ");
}

PS_TEST(the_device_follows_the_system_to_sleep_and_back, "AD-65", "AD-66")
{
    reset(1);
    adapter_try(start_with_power, sleep_and_wake);
}

// ---- capabilities ------------------------------------------------------------------------------------

static NTSTATUS add_with_power(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    NTSTATUS status = PcAddAdapterDevice(driver, pdo, adapter->start, 4, 0);

    // Capabilities are asked for before StartDevice: only here are they influenced.
    if (NT_SUCCESS(status))
        status = PcRegisterAdapterPowerManagement((PUNKNOWN)&power.iface, pdo->AttachedDevice);
    return status;
}

static void doze(void)
{
    assert_int_equal(send_power(IRP_MN_SET_POWER, SystemPowerState, PowerSystemSleeping1),
                     STATUS_SUCCESS);
    assert_string_equal(said, "mini:D3 D3 ");
}

PS_TEST(a_shallower_mapping_is_ignored_and_reported, "AD-68", "AD-60")
{
    struct adapter a = {.start = start_topology, .add = add_with_power, .body = doze};

    reset(1);
    power.sleeping = PowerDeviceD1; // the bus says D3
    adapter_finds(&a, "AD-68");
}

// ---- up before it is needed --------------------------------------------------------------------------

static NTSTATUS NTAPI read_volume(PPCPROPERTY_REQUEST request)
{
    struct port_device *device = port_device_from(adapter->fdo);

    say("handler:D", device->power.state - PowerDeviceD0);
    request->ValueSize = 4;
    if (request->Verb & KSPROPERTY_TYPE_SET)
        level_register.value = level_register.cached = *(const LONG *)request->Value;
    else
        *(LONG *)request->Value = level_register.value;
    return STATUS_SUCCESS;
}

static PCPROPERTY_ITEM volume_items[] = {
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL,
     KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET, read_volume}};
static PCAUTOMATION_TABLE volume_table = {
    .PropertyItemSize = sizeof(PCPROPERTY_ITEM), .PropertyCount = 1, .Properties = volume_items};
static PCNODE_DESCRIPTOR volume_node = {0, &volume_table, &KSNODETYPE_VOLUME, NULL};
static const PCFILTER_DESCRIPTOR with_node = {
    .NodeSize = sizeof(PCNODE_DESCRIPTOR), .NodeCount = 1, .Nodes = &volume_node};

static void node_request(void)
{
    KSNODEPROPERTY_AUDIO_CHANNEL request = {.Channel = 0};
    PFILE_OBJECT file;
    LONG level;

    request.NodeProperty.Property.Set = KSPROPSETID_Audio;
    request.NodeProperty.Property.Id = KSPROPERTY_AUDIO_VOLUMELEVEL;
    request.NodeProperty.Property.Flags = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY;
    assert_int_equal(open_topology(&file), STATUS_SUCCESS);
    once_down();
    assert_int_equal(property(file, &request, sizeof(request), &level, sizeof(level), NULL),
                     STATUS_SUCCESS);
    assert_string_equal(said, "mini:D3 D3 D0 mini:D0 handler:D0 ");
    kernel_close(adapter->system, file);
}

PS_TEST(a_node_request_brings_the_device_up_first, "TP-8", "AD-64")
{
    reset(1);
    topology.description = (PPCFILTER_DESCRIPTOR)&with_node;
    adapter_try(start_with_power, node_request);
}

static void keep_level(void)
{
    KSNODEPROPERTY_AUDIO_CHANNEL request = {.Channel = 0};
    LONG level = -6 * 65536;
    PFILE_OBJECT file;

    request.NodeProperty.Property.Set = KSPROPSETID_Audio;
    request.NodeProperty.Property.Id = KSPROPERTY_AUDIO_VOLUMELEVEL;
    request.NodeProperty.Property.Flags = KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_TOPOLOGY;
    assert_int_equal(open_topology(&file), STATUS_SUCCESS);
    assert_int_equal(property(file, &request, sizeof(request), &level, sizeof(level), NULL),
                     STATUS_SUCCESS);
    once_down();
    request.NodeProperty.Property.Flags = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY;
    level = 0;
    assert_int_equal(property(file, &request, sizeof(request), &level, sizeof(level), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(level, -6 * 65536);
    // The port itself neither saved nor set it.
    assert_string_equal(said, "handler:D0 mini:D3 D3 D0 mini:D0 handler:D0 ");
    kernel_close(adapter->system, file);
}

PS_TEST(a_level_is_kept_by_the_driver_while_the_device_sleeps, "TP-82")
{
    reset(1);
    topology.description = (PPCFILTER_DESCRIPTOR)&with_node;
    adapter_try(start_with_power, keep_level);
}

// ---- the inactivity timer ----------------------------------------------------------------------------

static void set_value(const char *subkey, const char *name, ULONG value)
{
    WCHAR buffer[40];
    UNICODE_STRING text = wide_string(name, buffer);
    WCHAR below_buffer[40];
    UNICODE_STRING below = wide_string(subkey, below_buffer);
    OBJECT_ATTRIBUTES attributes;
    HANDLE driver, key;

    assert_int_equal(IoOpenDeviceRegistryKey(adapter->pdo, PLUGPLAY_REGKEY_DRIVER, KEY_ALL_ACCESS,
                                             &driver),
                     STATUS_SUCCESS);
    InitializeObjectAttributes(&attributes, &below, 0, driver, NULL);
    assert_int_equal(ZwCreateKey(&key, KEY_ALL_ACCESS, &attributes, 0, NULL, 0, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(ZwSetValueKey(key, &text, 0, REG_BINARY, &value, sizeof(value)),
                     STATUS_SUCCESS);
    ZwClose(key);
    ZwClose(driver);
}

// As an INF's AddReg does it, before the device starts.
static NTSTATUS add_with_idle_times(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    adapter->pdo = pdo;
    set_value("PowerSettings", "PerformanceIdleTime", 5);
    set_value("PowerSettings", "IdlePowerState", 2);
    return PcAddAdapterDevice(driver, pdo, adapter->start, 4, 0);
}

static void fall_asleep(void)
{
    PFILE_OBJECT file;

    sleep_ms(4000);
    assert_string_equal(said, "");
    assert_int_equal(open_topology(&file), STATUS_SUCCESS); // an access: the time counts anew
    kernel_close(adapter->system, file);
    sleep_ms(4000);
    assert_string_equal(said, "");
    sleep_ms(4000);
    assert_string_equal(said, "mini:D2 D2 ");
}

static NTSTATUS NTAPI start_idle(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    port_class_of(adapter->system)->idle_power = true;
    return start_with_power(fdo, irp, resources);
}

PS_TEST(a_device_without_work_loses_its_power, "AD-69")
{
    struct adapter a = {.start = start_idle, .add = add_with_idle_times, .body = fall_asleep};

    reset(1);
    adapter_run(&a);
    assert_int_equal(a.started, STATUS_SUCCESS);
}

static void stay_awake(void)
{
    sleep_ms(30000);
    assert_string_equal(said, "");
}

PS_TEST(the_inactivity_timer_is_off_by_default, "AD-69")
{
    struct adapter a = {.start = start_with_power, .add = add_with_idle_times, .body = stay_awake};

    reset(1);
    adapter_run(&a);
    assert_int_equal(a.started, STATUS_SUCCESS);
}

// ---- the position lock -------------------------------------------------------------------------------

static NTSTATUS add_with_position_lock(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    NTSTATUS status;

    adapter->pdo = pdo;
    set_value("DispatchSettings", "UsePositionLock", 1);
    status = PcAddAdapterDevice(driver, pdo, adapter->start, 4, 0);
    set_value("DispatchSettings", "UsePositionLock", 0); // too late
    return status;
}

static void see_lock(void)
{
    assert_true(port_device_from(adapter->fdo)->position_lock);
}

PS_TEST(the_position_lock_is_asked_for_once_at_device_add, "AD-76")
{
    struct adapter a = {.start = start_with_power, .add = add_with_position_lock, .body = see_lock};

    reset(1);
    adapter_run(&a);
    assert_int_equal(a.started, STATUS_SUCCESS);
}
