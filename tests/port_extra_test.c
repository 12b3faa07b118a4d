// SPDX-License-Identifier: MIT
//
// What a port answers beside its own interface; I/O timeouts; protected content; a device that is stopped and started
// again.
#include "tests/adapter_rig.h"

#include "port/port.h"

static const PCFILTER_DESCRIPTOR nothing = {0};

static void reset(void)
{
    topology_reset((PPCFILTER_DESCRIPTOR)&nothing);
}

// ---- interfaces ----------------------------------------------------------------------------------------

static void interfaces(void)
{
    static const GUID *const all[] = {
        &IID_IPortEvents,          &IID_IPortClsVersion, &IID_IUnregisterSubdevice,
        &IID_IUnregisterPhysicalConnection, &IID_IPortClsPower, &IID_IPortClsPnp,
        &IID_IPortClsEtwHelper,    &IID_IDrmPort,        &IID_IDrmPort2,
    };
    static const CLSID *const ports[] = {&CLSID_PortTopology, &CLSID_PortWavePci, &CLSID_PortWaveRT};
    PUNKNOWN found;
    PVOID out;
    PPORT port;

    for (size_t p = 0; p < sizeof(ports) / sizeof(*ports); p++) {
        assert_int_equal(PcNewPort(&port, ports[p]), STATUS_SUCCESS);
        for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
            assert_int_equal(COM_CALL(port, QueryInterface, all[i], &out), STATUS_SUCCESS);
            found = out;
            COM_CALL(found, Release);
        }
        COM_CALL(port, Release);
    }
    assert_int_equal(PcNewPort(&port, &CLSID_PortWaveRT), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(port, QueryInterface, &IID_IPortClsStreamResourceManager2, &out),
                     STATUS_SUCCESS);
    found = out;
    COM_CALL(found, Release);
    COM_CALL(port, Release);
}

PS_TEST(every_port_answers_the_interfaces_that_drivers_ask_for, "AD-20", "AD-23", "DS-5")
{
    reset();
    adapter_try(start_topology, interfaces);
}

static void no_such_port(void)
{
    static const CLSID strange = {1, 2, 3, {4}};
    PPORT port = (PPORT)&strange;

    assert_int_equal(PcNewPort(&port, &strange), STATUS_NOT_SUPPORTED);
    assert_null(port);
}

PS_TEST(an_unknown_port_class_is_refused, "AD-20")
{
    reset();
    adapter_try(start_topology, no_such_port);
}

static void trace_event(void)
{
    PPORTCLSETWHELPER helper;
    PVOID out;

    assert_int_equal(COM_CALL(topology.port, QueryInterface, &IID_IPortClsEtwHelper, &out),
                     STATUS_SUCCESS);
    helper = out;
    assert_int_equal(COM_CALL(helper, MiniportWriteEtwEvent, eMINIPORT_BUFFER_COMPLETE, 1, 2, 3, 4),
                     STATUS_SUCCESS);
    assert_int_equal(COM_CALL(helper, MiniportWriteEtwEvent, eMINIPORT_MaxValue, 0, 0, 0, 0),
                     STATUS_INVALID_PARAMETER);
    COM_CALL(helper, Release);
}

PS_TEST(a_driver_may_write_trace_events, "AD-23")
{
    reset();
    adapter_try(start_topology, trace_event);
}

// ---- protected content (AD-80) -------------------------------------------------------------------------

static void content(void)
{
    ULONG free[2] = {0, 0}, mixed = 9;
    DRMFORWARD forward = {0};
    DRMRIGHTS rights;
    PDRMPORT2 drm;
    PVOID out;

    assert_int_equal(COM_CALL(topology.port, QueryInterface, &IID_IDrmPort2, &out), STATUS_SUCCESS);
    drm = out;
    assert_int_equal(COM_CALL(drm, CreateContentMixed, free, 2, &mixed), STATUS_SUCCESS);
    assert_int_equal(mixed, 0);
    free[1] = 5;
    assert_int_equal(COM_CALL(drm, CreateContentMixed, free, 2, &mixed), STATUS_NOT_IMPLEMENTED);
    assert_int_equal(COM_CALL(drm, GetContentRights, 0, &rights), STATUS_SUCCESS);
    assert_false(rights.CopyProtect || rights.DigitalOutputDisable);
    assert_int_equal(COM_CALL(drm, GetContentRights, 1, &rights), STATUS_NOT_IMPLEMENTED);
    assert_int_equal(COM_CALL(drm, DestroyContent, 0), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(drm, DestroyContent, 1), STATUS_NOT_IMPLEMENTED);
    assert_int_equal(COM_CALL(drm, ForwardContentToInterface, 0, (PUNKNOWN)drm, 1), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(drm, ForwardContentToFileObject, 0, NULL), STATUS_INVALID_PARAMETER);
    assert_int_equal(COM_CALL(drm, ForwardContentToDeviceObject, 0, NULL, &forward), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(drm, AddContentHandlers, 2, NULL, 0), STATUS_NOT_IMPLEMENTED);
    COM_CALL(drm, Release);
}

PS_TEST(only_content_without_protection_exists, "AD-80", "AD-23")
{
    reset();
    adapter_try(start_topology, content);
}

// ---- I/O timeouts (AD-29) ------------------------------------------------------------------------------

static unsigned ticks[2];

static VOID NTAPI on_tick(PDEVICE_OBJECT fdo, PVOID context)
{
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    assert_ptr_equal(fdo, adapter->fdo);
    ++*(unsigned *)context;
}

static void timeouts(void)
{
    ticks[0] = ticks[1] = 0;
    assert_int_equal(PcRegisterIoTimeout(adapter->fdo, on_tick, &ticks[0]), STATUS_SUCCESS);
    assert_int_equal(PcRegisterIoTimeout(adapter->fdo, on_tick, &ticks[1]), STATUS_SUCCESS);
    assert_int_equal(PcRegisterIoTimeout(adapter->fdo, on_tick, &ticks[1]), STATUS_UNSUCCESSFUL);
    sleep_ms(3500);
    assert_in_range(ticks[0], 3, 4);
    assert_int_equal(PcUnregisterIoTimeout(adapter->fdo, on_tick, &ticks[0]), STATUS_SUCCESS);
    assert_int_equal(PcUnregisterIoTimeout(adapter->fdo, on_tick, &ticks[0]), STATUS_NOT_FOUND);
    sleep_ms(2000);
    assert_in_range(ticks[0], 3, 4);
    assert_in_range(ticks[1], 5, 6);
    // The last one is left for the removal.
}

PS_TEST(a_timeout_comes_about_every_second, "AD-29")
{
    reset();
    adapter_try(start_topology, timeouts);
}

static void register_once(void)
{
    PcRegisterIoTimeout(adapter->fdo, on_tick, &ticks[0]);
}

PS_TEST(a_timeout_that_cannot_be_had_leaves_nothing, "AD-29")
{
    struct adapter what = {.start = start_topology, .body = register_once};

    reset();
    adapter_starve(&what);
}

// ---- stop and start (AD-79) ----------------------------------------------------------------------------

static char said[100];
static PC_REBALANCE_TYPE rebalance;

static NTSTATUS NTAPI pnp_query(IAdapterPnpManagement *This, REFIID iid, PVOID *out)
{
    *out = memcmp(iid, &IID_IAdapterPnpManagement, sizeof(GUID)) ? NULL : This;
    return *out ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static ULONG NTAPI pnp_count(IAdapterPnpManagement *This)
{
    return 1;
}

static PC_REBALANCE_TYPE NTAPI pnp_type(IAdapterPnpManagement *This)
{
    return rebalance;
}

static VOID NTAPI pnp_ask(IAdapterPnpManagement *This)
{
    strcat(said, "query ");
}

static VOID NTAPI pnp_cancel(IAdapterPnpManagement *This)
{
    strcat(said, "cancel ");
}

// Without the device lock: another thread could take it.
static VOID NTAPI pnp_stop(IAdapterPnpManagement *This)
{
    assert_int_equal(KeReadStateMutex(&port_device_from(adapter->fdo)->ks.lock), 1);
    strcat(said, "stop ");
}

static const IAdapterPnpManagementVtbl pnp_vtbl = {pnp_query, pnp_count, pnp_count, pnp_type,
                                                   pnp_ask,   pnp_cancel, pnp_stop};
static IAdapterPnpManagement pnp_object = {&pnp_vtbl};

static NTSTATUS NTAPI start_again(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    strcat(said, "start ");
    return start_topology(fdo, irp, resources);
}

static void stop_and_start(void)
{
    PFILE_OBJECT file;

    assert_int_equal(PcRegisterAdapterPnpManagement((PUNKNOWN)&pnp_object, adapter->fdo),
                     STATUS_SUCCESS);
    assert_int_equal(PcRegisterAdapterPnpManagement((PUNKNOWN)&pnp_object, adapter->fdo),
                     STATUS_UNSUCCESSFUL);
    rebalance = PcRebalanceNotSupported;
    assert_int_equal(kernel_stop_device(adapter->system, adapter->pdo), STATUS_UNSUCCESSFUL);
    rebalance = PcRebalanceRemoveSubdevices;
    *said = 0;
    assert_int_equal(kernel_stop_device(adapter->system, adapter->pdo), STATUS_SUCCESS);
    assert_string_equal(said, "query stop ");
    assert_int_equal(open_topology(&file), STATUS_DEVICE_NOT_READY);
    assert_int_equal(kernel_restart_device(adapter->system, adapter->pdo), STATUS_SUCCESS);
    assert_string_equal(said, "query stop start ");
    assert_int_equal(open_topology(&file), STATUS_SUCCESS);
    kernel_close(adapter->system, file);
    assert_int_equal(PcUnregisterAdapterPnpManagement(adapter->fdo), STATUS_SUCCESS);
    assert_int_equal(PcUnregisterAdapterPnpManagement(adapter->fdo), STATUS_UNSUCCESSFUL);
}

PS_TEST(a_device_is_stopped_and_started_again, "AD-79")
{
    reset();
    adapter_try(start_again, stop_and_start);
}
