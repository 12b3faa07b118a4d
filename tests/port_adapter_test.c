// SPDX-License-Identifier: MIT
//
// The adapter driver's frame: what a driver's DriverEntry, AddDevice and StartDevice get from the port class, the
// factories, power registration, and what removal takes down.
#include <dmusicks.h>

#include "tests/adapter_rig.h"

#include "port/port.h"

static const PCFILTER_DESCRIPTOR nothing = {0};
#define NOTHING ((PPCFILTER_DESCRIPTOR)&nothing)

static NTSTATUS NTAPI start_nothing(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    return STATUS_SUCCESS;
}

// Routines come back as they were called.

static KSPIN_LOCK spin;

static NTSTATUS NTAPI start_raised(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    KIRQL old;

    KeRaiseIrql(APC_LEVEL, &old);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI start_with_lock(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    KIRQL old;

    KeInitializeSpinLock(&spin);
    KeAcquireSpinLock(&spin, &old);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI start_balanced(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    KIRQL old;

    KeInitializeSpinLock(&spin);
    KeAcquireSpinLock(&spin, &old);
    KeReleaseSpinLock(&spin, old);
    return STATUS_SUCCESS;
}

PS_TEST(a_routine_of_the_driver_returns_as_it_was_called, "VF-59", "~VF-59")
{
    struct adapter raised = {.start = start_raised}, locked = {.start = start_with_lock};

    adapter_finds(&raised, "VF-59");
    adapter_finds(&locked, "VF-59");
    adapter_try(start_balanced, NULL);
}

// ---- DriverEntry -------------------------------------------------------------------------------------

static void see_driver(void)
{
    static const UCHAR own[] = {IRP_MJ_CREATE,         IRP_MJ_CLOSE,        IRP_MJ_DEVICE_CONTROL,
                                IRP_MJ_FLUSH_BUFFERS,  IRP_MJ_PNP,          IRP_MJ_POWER,
                                IRP_MJ_QUERY_SECURITY, IRP_MJ_READ,         IRP_MJ_SET_SECURITY,
                                IRP_MJ_SYSTEM_CONTROL, IRP_MJ_WRITE};
    PDRIVER_DISPATCH other = adapter->driver->MajorFunction[IRP_MJ_LOCK_CONTROL];
    UNICODE_STRING path = {0};

    for (size_t i = 0; i < sizeof(own); i++)
        assert_ptr_not_equal(adapter->driver->MajorFunction[own[i]], other);
    assert_ptr_equal(adapter->driver->DriverExtension->AddDevice, adapter_add);
    assert_non_null(adapter->driver->DriverUnload);
    assert_int_equal(PcInitializeAdapterDriver(adapter->driver, NULL, adapter_add),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(PcInitializeAdapterDriver(adapter->driver, &path, NULL),
                     STATUS_INVALID_PARAMETER);
}

PS_TEST(the_driver_gets_handlers_add_device_and_unload, "AD-1", "AD-2")
{
    adapter_try(start_nothing, see_driver);
}

// The driver's own handler counts creates and hands them on; its own Unload calls the saved one.
static unsigned creates, unloads;
static PDRIVER_UNLOAD saved_unload;

static NTSTATUS NTAPI count_create(PDEVICE_OBJECT fdo, PIRP irp)
{
    creates++;
    return PcDispatchIrp(fdo, irp);
}

static VOID NTAPI count_unload(PDRIVER_OBJECT driver)
{
    unloads++;
    saved_unload(driver);
}

static void replace_handlers(void)
{
    PFILE_OBJECT file;

    adapter->driver->MajorFunction[IRP_MJ_CREATE] = count_create;
    saved_unload = adapter->driver->DriverUnload;
    adapter->driver->DriverUnload = count_unload;
    assert_int_equal(open_topology(&file), STATUS_SUCCESS);
    kernel_close(adapter->system, file);
    assert_int_equal(creates, 1);
    assert_int_equal(PcDispatchIrp(adapter->fdo, NULL), STATUS_INVALID_PARAMETER);
}

PS_TEST(a_driver_may_overwrite_handlers_and_forward, "AD-3", "AD-2")
{
    creates = unloads = 0;
    topology_reset(NOTHING);
    adapter_try(start_topology, replace_handlers);
    assert_int_equal(unloads, 1);
}

// ---- AddDevice ---------------------------------------------------------------------------------------

static ULONG extension;

static NTSTATUS add_with_extension(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    return PcAddAdapterDevice(driver, pdo, adapter->start, 4, extension);
}

static void fill_extension(void)
{
    ULONG_PTR *words = adapter->fdo->DeviceExtension;

    assert_ptr_not_equal(adapter->fdo, adapter->pdo);
    assert_int_equal(PORT_CLASS_DEVICE_EXTENSION_SIZE, 64 * sizeof(ULONG_PTR));
    for (int i = 4; i < 8; i++)
        assert_int_equal(words[i], 0);
    for (ULONG i = 4; i < extension / sizeof(*words); i = i == 7 ? 64 : i + 1)
        words[i] = 0x1000 + i;
    for (int i = 0; i < 3; i++) {
        PFILE_OBJECT file;

        assert_int_equal(open_topology(&file), STATUS_SUCCESS);
        kernel_close(adapter->system, file);
    }
    for (ULONG i = 4; i < extension / sizeof(*words); i = i == 7 ? 64 : i + 1)
        assert_int_equal(words[i], 0x1000 + i);
}

PS_TEST(the_adapter_owns_elements_4_to_7_and_what_lies_behind, "AD-4", "AD-5", "AD-9", "~VF-26")
{
    static const ULONG sizes[] = {PORT_CLASS_DEVICE_EXTENSION_SIZE,
                                  PORT_CLASS_DEVICE_EXTENSION_SIZE + 256};

    for (int i = 0; i < 2; i++) {
        struct adapter a = {.start = start_topology, .add = add_with_extension,
                            .body = fill_extension};

        topology_reset(NOTHING);
        extension = sizes[i];
        adapter_run(&a);
        assert_int_equal(a.started, STATUS_SUCCESS);
        assert_int_equal(topology.references, 1);
    }
}

PS_TEST(an_extension_between_0_and_the_minimum_is_illegal, "AD-4", "AD-6", "VF-26")
{
    struct adapter a = {.start = start_nothing, .add = add_with_extension, .stays = true};
    const struct finding *finding;

    extension = PORT_CLASS_DEVICE_EXTENSION_SIZE - 1;
    adapter_run(&a);
    assert_int_equal(a.started, STATUS_INVALID_PARAMETER);
    finding = kernel_rig_finding(&a.rig, "VF-26");
    assert_int_equal(finding->code, 0xC4);
    assert_int_equal(finding->parameters[0], 0x71007);
    kernel_rig_end(&a.rig);
}

// ---- StartDevice -------------------------------------------------------------------------------------

static PRESOURCELIST kept;
static KIRQL start_irql;

static NTSTATUS NTAPI look_at_resources(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *ports, *raw, *interrupt;

    start_irql = KeGetCurrentIrql();
    assert_non_null(irp);
    ports = COM_CALL(resources, FindTranslatedEntry, CmResourceTypePort, 0);
    raw = COM_CALL(resources, FindUntranslatedEntry, CmResourceTypePort, 0);
    interrupt = COM_CALL(resources, FindTranslatedEntry, CmResourceTypeInterrupt, 0);
    assert_non_null(ports);
    assert_non_null(raw);
    assert_non_null(interrupt);
    assert_int_equal(ports->u.Port.Length, 16);
    // The registers answer where the list says.
    assert_int_equal(READ_PORT_ULONG((PULONG)(ULONG_PTR)ports->u.Port.Start.QuadPart), 0xfeed);
    assert_int_equal(COM_CALL(resources, NumberOfEntriesOfType, CmResourceTypeMemory), 1);
    kept = resources;
    COM_CALL(resources, AddRef);
    return STATUS_SUCCESS;
}

static void use_kept(void)
{
    assert_int_equal(start_irql, PASSIVE_LEVEL);
    assert_non_null(COM_CALL(kept, FindTranslatedEntry, CmResourceTypePort, 0));
    assert_int_equal(COM_CALL(kept, Release), 0); // StartDevice's caller had given its own up
}

PS_TEST(start_device_gets_the_resources_and_may_keep_them, "AD-8", "AD-53", "AD-50")
{
    adapter_try(look_at_resources, use_kept);
}

static NTSTATUS NTAPI map_registers(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *memory =
        COM_CALL(resources, FindTranslatedEntry, CmResourceTypeMemory, 0);
    PVOID registers = MmMapIoSpace(memory->u.Memory.Start, memory->u.Memory.Length, MmNonCached);

    assert_non_null(registers);
    WRITE_REGISTER_ULONG((PULONG)registers + COPIER_TO, 0x1234);
    assert_int_equal(READ_REGISTER_ULONG((PULONG)registers + COPIER_TO), 0x1234);
    assert_int_equal(copier->registers[COPIER_TO], 0x1234);
    MmUnmapIoSpace(registers, memory->u.Memory.Length);
    return STATUS_SUCCESS;
}

PS_TEST(memory_resources_are_mapped_by_the_miniport, "AD-54")
{
    adapter_try(map_registers, NULL);
}

static NTSTATUS NTAPI fail_late(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    NTSTATUS status = start_topology(fdo, irp, resources);

    assert_int_equal(status, STATUS_SUCCESS);
    assert_true(topology.references > 1);
    return STATUS_DEVICE_CONFIGURATION_ERROR;
}

PS_TEST(a_failing_start_takes_its_subdevices_down, "AD-8")
{
    struct adapter a = {.start = fail_late};

    topology_reset(NOTHING);
    adapter_run(&a);
    assert_int_equal(a.started, STATUS_DEVICE_CONFIGURATION_ERROR);
    assert_int_equal(topology.references, 1);
}

// ---- factories ---------------------------------------------------------------------------------------

static void make_ports(void)
{
    static const GUID unknown = {1, 2, 3, {4}};
    const GUID *const system_miniports[] = {
        &CLSID_MiniportDriverDMusUART, &CLSID_MiniportDriverDMusUARTCapture, &CLSID_MiniportDriverFmSynth,
        &CLSID_MiniportDriverFmSynthWithVol, &CLSID_MiniportDriverUart};
    PPORT port = (PPORT)&unknown;
    PMINIPORT miniport;

    assert_int_equal(PcNewPort(&port, &unknown), STATUS_NOT_SUPPORTED);
    assert_null(port);
    assert_int_equal(PcNewPort(&port, &CLSID_PortWavePci), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(port, Release), 0);
    assert_int_equal(PcNewPort(&port, &CLSID_PortTopology), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(port, Release), 0);
    assert_int_equal(PcNewPort(NULL, &CLSID_PortTopology), STATUS_INVALID_PARAMETER);
    for (size_t i = 0; i < sizeof(system_miniports) / sizeof(*system_miniports); i++) {
        miniport = (PMINIPORT)&port;
        assert_int_equal(PcNewMiniport(&miniport, system_miniports[i]), STATUS_NOT_IMPLEMENTED);
        assert_null(miniport);
    }
    assert_int_equal(PcNewMiniport(&miniport, &CLSID_PortTopology), STATUS_NOT_SUPPORTED); // no miniport at all
    assert_null(miniport);
    assert_int_equal(PcNewMiniport(NULL, &CLSID_MiniportDriverUart), STATUS_INVALID_PARAMETER);
}

PS_TEST(ports_are_made_by_class_and_system_miniports_are_not, "AD-22", "DS-15")
{
    adapter_try(start_nothing, make_ports);
}

static void init_ports(void)
{
    PPORT port;
    PVOID events;

    topology_reset(NOTHING);
    topology.init = STATUS_DEVICE_CONFIGURATION_ERROR;
    assert_int_equal(PcNewPort(&port, &CLSID_PortTopology), STATUS_SUCCESS);
    assert_int_equal(PcRegisterSubdevice(adapter->fdo, adapter_name, (PUNKNOWN)port),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(COM_CALL(port, Init, adapter->fdo, NULL, (PUNKNOWN)&topology.iface, NULL, NULL),
                     STATUS_DEVICE_CONFIGURATION_ERROR);
    assert_int_equal(topology.references, 1); // AD-21
    assert_int_equal(PcRegisterSubdevice(adapter->fdo, adapter_name, (PUNKNOWN)port),
                     STATUS_INVALID_PARAMETER);
    topology.init = STATUS_SUCCESS;
    assert_int_equal(COM_CALL(port, Init, adapter->fdo, NULL, (PUNKNOWN)port, NULL, NULL),
                     STATUS_INVALID_PARAMETER); // that is no miniport
    assert_int_equal(COM_CALL(port, Init, adapter->fdo, NULL, (PUNKNOWN)&topology.iface, NULL, NULL),
                     STATUS_SUCCESS);
    assert_ptr_equal(topology.port, port);
    assert_int_equal(COM_CALL(port, Init, adapter->fdo, NULL, (PUNKNOWN)&topology.iface, NULL, NULL),
                     STATUS_UNSUCCESSFUL);
    assert_int_equal(topology.inits, 2);
    assert_int_equal(COM_CALL(port, QueryInterface, &IID_IPortEvents, &events), STATUS_SUCCESS);
    assert_int_equal(COM_CALL((IPortEvents *)events, Release), 1);
    assert_int_equal(COM_CALL(port, Release), 0);
    assert_int_equal(topology.references, 1);
}

PS_TEST(a_port_is_initialised_once_with_its_miniport, "AD-77", "AD-21", "AD-32", "WP-101")
{
    adapter_try(start_nothing, init_ports);
}

static void optional_interfaces(void)
{
    static const GUID *const offered[] = {&IID_IPortEvents, &IID_IPortClsVersion,
                                          &IID_IUnregisterSubdevice,
                                          &IID_IUnregisterPhysicalConnection};
    PPORT port;
    PVOID found;

    assert_int_equal(PcNewPort(&port, &CLSID_PortTopology), STATUS_SUCCESS);
    for (unsigned i = 0; i < sizeof(offered) / sizeof(*offered); i++) {
        assert_int_equal(COM_CALL(port, QueryInterface, offered[i], &found), STATUS_SUCCESS);
        assert_int_equal(COM_CALL((PUNKNOWN)found, Release), 1);
    }
    assert_int_equal(COM_CALL(port, QueryInterface, &IID_IPortClsVersion, &found), STATUS_SUCCESS);
    assert_int_equal(COM_CALL((IPortClsVersion *)found, GetVersion), kVersionWinXPSP1);
    COM_CALL((PUNKNOWN)found, Release);
    assert_int_equal(COM_CALL(port, QueryInterface, &IID_IServiceGroup, &found),
                     STATUS_INVALID_PARAMETER);
    assert_null(found);
    COM_CALL(port, Release);
}

PS_TEST(the_port_class_says_it_is_windows_xp, "AD-25", "AD-12")
{
    adapter_try(start_nothing, optional_interfaces);
}

// ---- helpers -----------------------------------------------------------------------------------------

static void ask_time(void)
{
    ULONGLONG first = PcGetTimeInterval(0), second;
    LARGE_INTEGER clock;
    KIRQL old;

    KeQuerySystemTime(&clock);
    assert_in_range(clock.QuadPart - (LONGLONG)first, 0, 20000);
    sleep_ms(5);
    KeRaiseIrql(HIGH_LEVEL, &old);
    second = PcGetTimeInterval(first);
    KeLowerIrql(old);
    assert_in_range(second, GTI_MILLISECONDS(5), GTI_MILLISECONDS(8));
}

PS_TEST(a_time_interval_is_what_passed_since, "AD-26")
{
    adapter_try(start_nothing, ask_time);
}

static void ask_property(void)
{
    PDEVICE_OBJECT pdo = NULL;
    WCHAR text[128];
    ULONG bytes = 0, again = 0;

    assert_int_equal(PcGetPhysicalDeviceObject(adapter->fdo, &pdo), STATUS_SUCCESS);
    assert_ptr_equal(pdo, adapter->pdo);
    assert_int_equal(PcGetDeviceProperty(adapter->fdo, DevicePropertyManufacturer, 0, NULL, &bytes),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(PcGetDeviceProperty(adapter->fdo, DevicePropertyManufacturer, sizeof(text),
                                         text, &again),
                     STATUS_SUCCESS);
    assert_int_equal(bytes, again);
    assert_int_equal(text[0], 'P');
}

PS_TEST(device_properties_are_the_physical_devices, "AD-78")
{
    adapter_try(start_nothing, ask_property);
}

// A lower answer that comes later: the IRP is ours again when the function returns.
static void forward(void)
{
    PIRP irp = IoAllocateIrp(adapter->fdo->StackSize, FALSE);
    PIO_STACK_LOCATION stack;

    assert_non_null(irp);
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    IoSetNextIrpStackLocation(irp);
    stack = IoGetCurrentIrpStackLocation(irp);
    stack->MajorFunction = IRP_MJ_PNP;
    stack->MinorFunction = IRP_MN_QUERY_STOP_DEVICE;
    assert_int_equal(PcForwardIrpSynchronous(adapter->fdo, irp), STATUS_SUCCESS);
    assert_int_equal(irp->IoStatus.Status, STATUS_SUCCESS);
    IoFreeIrp(irp);
    assert_int_equal(PcForwardIrpSynchronous(adapter->fdo, NULL), STATUS_INVALID_PARAMETER);
}

PS_TEST(a_forwarded_irp_comes_back_uncompleted, "AD-28")
{
    adapter_try(start_nothing, forward);
}

// The driver keeps a device control of its own and completes it later.
static PIRP own;

static NTSTATUS NTAPI keep_control(PDEVICE_OBJECT fdo, PIRP irp)
{
    if (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode != 0x12345678)
        return PcDispatchIrp(fdo, irp);
    IoMarkIrpPending(irp);
    own = irp;
    return STATUS_PENDING;
}

static void complete_later(void)
{
    struct kernel_request request = {0};
    PFILE_OBJECT file;
    KIRQL old;

    adapter->driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = keep_control;
    assert_int_equal(open_topology(&file), STATUS_SUCCESS);
    assert_int_equal(kernel_control(adapter->system, file, 0x12345678, NULL, 0, NULL, 0, &request),
                     STATUS_PENDING);
    PcCompleteIrp(adapter->fdo, own, STATUS_PENDING); // completes nothing
    assert_false(request.done);
    own->IoStatus.Information = 3;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    PcCompleteIrp(adapter->fdo, own, STATUS_DEVICE_BUSY);
    KeLowerIrql(old);
    kernel_wait(&request);
    assert_int_equal(request.status, STATUS_DEVICE_BUSY);
    assert_int_equal(request.information, 3);
    kernel_close(adapter->system, file);
}

PS_TEST(a_pended_irp_is_completed_later, "AD-27", "AD-3")
{
    topology_reset(NOTHING);
    adapter_try(start_topology, complete_later);
}

// ---- power -------------------------------------------------------------------------------------------

static LONG power_references;

static NTSTATUS NTAPI power_query(IAdapterPowerManagement *This, REFIID iid, PVOID *out)
{
    if (memcmp(iid, &IID_IAdapterPowerManagement, sizeof(GUID))) {
        *out = NULL;
        return STATUS_INVALID_PARAMETER;
    }
    power_references++;
    *out = This;
    return STATUS_SUCCESS;
}

static ULONG NTAPI power_addref(IAdapterPowerManagement *This)
{
    return (ULONG)++power_references;
}

static ULONG NTAPI power_release(IAdapterPowerManagement *This)
{
    return (ULONG)--power_references;
}

static const IAdapterPowerManagementVtbl power_vtbl = {
    .QueryInterface = power_query, .AddRef = power_addref, .Release = power_release};
static IAdapterPowerManagement power = {&power_vtbl};

static void register_power(void)
{
    power_references = 1;
    assert_int_equal(PcRegisterAdapterPowerManagement((PUNKNOWN)&power, adapter->fdo),
                     STATUS_SUCCESS);
    assert_int_equal(power_references, 2);
    assert_int_equal(PcUnregisterAdapterPowerManagement(adapter->fdo), STATUS_SUCCESS);
    assert_int_equal(power_references, 1);
    assert_int_equal(PcRegisterAdapterPowerManagement((PUNKNOWN)&power, adapter->fdo),
                     STATUS_SUCCESS);
}

PS_TEST(removal_unregisters_power_management, "AD-61", "AD-79", "~VF-25")
{
    adapter_try(start_nothing, register_power);
    assert_int_equal(power_references, 1);
}

static void register_twice(void)
{
    register_power();
    assert_int_equal(PcRegisterAdapterPowerManagement((PUNKNOWN)&power, adapter->fdo),
                     STATUS_UNSUCCESSFUL);
    assert_int_equal(power_references, 2);
}

static void unregister_first(void)
{
    assert_int_equal(PcUnregisterAdapterPowerManagement(adapter->fdo), STATUS_UNSUCCESSFUL);
}

PS_TEST(power_management_is_registered_once_and_then_unregistered, "AD-61", "VF-25")
{
    struct adapter twice = {.start = start_nothing, .body = register_twice};
    struct adapter first = {.start = start_nothing, .body = unregister_first};

    adapter_violates(&twice, "VF-25", 0x71006);
    assert_int_equal(power_references, 1);
    adapter_violates(&first, "VF-25", 0x71006);
}

static void request_power(UCHAR minor)
{
    POWER_STATE d3 = {.DeviceState = PowerDeviceD3};

    PoRequestPowerIrp(adapter->fdo, minor, d3, NULL, NULL, NULL);
}

static void set_power(void)
{
    request_power(IRP_MN_SET_POWER);
}

static void query_power(void)
{
    request_power(IRP_MN_QUERY_POWER);
}

PS_TEST(the_port_class_alone_sets_power_states, "VF-28", "~VF-28")
{
    struct adapter setting = {.start = start_nothing, .body = set_power};

    adapter_violates(&setting, "VF-28", 0x7100A);
    adapter_try(start_nothing, query_power);
}

// ---- removal -----------------------------------------------------------------------------------------

static void refuse_opens(void)
{
    PFILE_OBJECT file, second;
    struct port_device *device = port_device_from(adapter->fdo);

    assert_int_equal(open_topology(&file), STATUS_SUCCESS);
    kernel_close(adapter->system, file);
    device->ks.gone = true; // as while it stops
    assert_int_equal(open_topology(&second), STATUS_DEVICE_NOT_READY);
    device->ks.gone = false;
}

PS_TEST(removal_gives_back_filters_ports_and_miniports, "AD-79")
{
    for (int surprise = 0; surprise < 2; surprise++) {
        struct adapter a = {.start = start_topology, .body = refuse_opens, .surprise = surprise};

        topology_reset(NOTHING);
        adapter_run(&a);
        assert_int_equal(a.started, STATUS_SUCCESS);
        assert_int_equal(topology.references, 1);
    }
}

PS_TEST(each_allocation_of_a_start_fails_once_and_for_good)
{
    struct adapter a = {.start = start_topology};

    topology_reset(NOTHING);
    adapter_starve(&a);
    assert_int_equal(topology.references, 1);
}
