// SPDX-License-Identifier: MIT
//
// PcNewRegistryKey and IRegistryKey; the settings of an adapter that live in its driver's key.
#include "tests/adapter_rig.h"

#include "tests/wide.h"

static PREGISTRYKEY open_key(ULONG type, ACCESS_MASK access)
{
    PREGISTRYKEY key = NULL;

    assert_int_equal(PcNewRegistryKey(&key, NULL, type, access, adapter->fdo, NULL, NULL, 0, NULL),
                     STATUS_SUCCESS);
    return key;
}

// As the AC'97 driver keeps its settings: a subkey of the driver's key, values in it.
static void settings(void)
{
    PREGISTRYKEY key = open_key(DriverRegistryKey, KEY_ALL_ACCESS), below, again;
    struct {
        KEY_VALUE_PARTIAL_INFORMATION info;
        UCHAR room[8];
    } partial;
    ULONG disposition, needed, number = 3;
    WIDE(name, "Settings");
    WIDE(value, "MicBoost");
    UCHAR space[64];

    assert_int_equal(COM_CALL(key, NewSubKey, &below, NULL, KEY_ALL_ACCESS, &name, 0, &disposition),
                     STATUS_SUCCESS);
    assert_int_equal(disposition, REG_CREATED_NEW_KEY);
    assert_int_equal(COM_CALL(below, QueryValueKey, &value, KeyValuePartialInformation, &partial,
                              sizeof(partial), &needed),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(COM_CALL(below, SetValueKey, &value, REG_DWORD, &number, 4), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(below, QueryValueKey, &value, KeyValuePartialInformation, &partial,
                              sizeof(partial), &needed),
                     STATUS_SUCCESS);
    assert_int_equal(*(ULONG *)partial.info.Data, 3);
    assert_int_equal(COM_CALL(below, QueryValueKey, &value, KeyValuePartialInformation, &partial, 13,
                              &needed),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(needed, 16);
    assert_int_equal(COM_CALL(below, QueryValueKey, &value, KeyValuePartialInformation, NULL, 0,
                              &needed),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(COM_CALL(key, EnumerateKey, 0, KeyBasicInformation, space, sizeof(space),
                              &needed),
                     STATUS_SUCCESS);
    assert_int_equal(COM_CALL(key, EnumerateKey, 1, KeyBasicInformation, space, sizeof(space),
                              &needed),
                     STATUS_NO_MORE_ENTRIES);
    assert_int_equal(COM_CALL(below, EnumerateValueKey, 1, KeyValueBasicInformation, space,
                              sizeof(space), &needed),
                     STATUS_NO_MORE_ENTRIES);
    // The same key by another object; it is of no use when the key is deleted.
    assert_int_equal(COM_CALL(key, NewSubKey, &again, NULL, KEY_READ, &name, 0, &disposition),
                     STATUS_SUCCESS);
    assert_int_equal(disposition, REG_OPENED_EXISTING_KEY);
    assert_int_equal(COM_CALL(again, DeleteKey), STATUS_ACCESS_DENIED);
    assert_int_equal(COM_CALL(below, DeleteKey), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(again, QueryKey, KeyBasicInformation, space, sizeof(space), &needed),
                     STATUS_KEY_DELETED);
    COM_CALL(again, Release);
    COM_CALL(below, Release);
    COM_CALL(key, Release);
}

PS_TEST(a_driver_keeps_settings_in_its_key, "AD-70", "AD-71", "AD-72", "AD-73", "AD-74", "AD-75")
{
    topology_reset((PPCFILTER_DESCRIPTOR)&(PCFILTER_DESCRIPTOR){0});
    adapter_try(start_topology, settings);
}

// ---- types -------------------------------------------------------------------------------------------

static void types(void)
{
    WIDE(path, "\\Registry\\Machine\\Software\\Vendor");
    OBJECT_ATTRIBUTES attributes;
    PREGISTRYKEY key;
    ULONG disposition = 0;

    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, NULL, NULL);
    // General keys are named and may be made; the others are there and names are of no matter.
    assert_int_equal(PcNewRegistryKey(&key, NULL, GeneralRegistryKey, KEY_ALL_ACCESS, adapter->fdo,
                                      NULL, &attributes, 0, &disposition),
                     STATUS_SUCCESS);
    assert_int_equal(disposition, REG_CREATED_NEW_KEY);
    COM_CALL(key, Release);
    assert_int_equal(PcNewRegistryKey(&key, NULL, GeneralRegistryKey, KEY_READ, NULL, NULL,
                                      &attributes, 0, &disposition),
                     STATUS_SUCCESS);
    assert_int_equal(disposition, REG_OPENED_EXISTING_KEY);
    COM_CALL(key, Release);
    assert_int_equal(PcNewRegistryKey(&key, NULL, GeneralRegistryKey, KEY_READ, NULL, NULL, NULL, 0,
                                      NULL),
                     STATUS_INVALID_PARAMETER);
    for (ULONG type = DeviceRegistryKey; type <= HwProfileRegistryKey; type++) {
        key = open_key(type, KEY_READ);
        COM_CALL(key, Release);
    }
    // An interface's key is asked of its port.
    assert_int_equal(PcNewRegistryKey(&key, NULL, DeviceInterfaceRegistryKey, KEY_READ, adapter->fdo,
                                      NULL, NULL, 0, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_null(key);
    assert_int_equal(COM_CALL(topology.port, NewRegistryKey, &key, NULL, DeviceInterfaceRegistryKey,
                              KEY_READ, NULL, 0, NULL),
                     STATUS_SUCCESS);
    COM_CALL(key, Release);
    assert_int_equal(PcNewRegistryKey(&key, NULL, 99, KEY_READ, adapter->fdo, NULL, NULL, 0, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(PcNewRegistryKey(NULL, NULL, DriverRegistryKey, KEY_READ, adapter->fdo, NULL,
                                      NULL, 0, NULL),
                     STATUS_INVALID_PARAMETER);
}

PS_TEST(keys_of_each_type_open, "AD-70", "AD-71")
{
    static const GUID audio = {0x6994AD04, 0x93EF, 0x11D0, {0xA3, 0xCC, 0, 0xA0, 0xC9, 0x22, 0x31, 0x96}};
    static const PCFILTER_DESCRIPTOR filter = {.CategoryCount = 1, .Categories = &audio};

    topology_reset((PPCFILTER_DESCRIPTOR)&filter);
    adapter_try(start_topology, types);
}

static NTSTATUS NTAPI collect(PWSTR name, ULONG type, PVOID data, ULONG bytes, PVOID context,
                              PVOID entry)
{
    *(ULONG *)entry += *(ULONG *)data;
    return STATUS_SUCCESS;
}

static void table_of_key(void)
{
    PREGISTRYKEY key = open_key(DeviceRegistryKey, KEY_ALL_ACCESS);
    ULONG sum = 0, number = 40;
    RTL_QUERY_REGISTRY_TABLE all[2] = {{.QueryRoutine = collect, .EntryContext = &sum}};
    WIDE(one, "One");
    WIDE(two, "Two");

    COM_CALL(key, SetValueKey, &one, REG_DWORD, &number, 4);
    number = 2;
    COM_CALL(key, SetValueKey, &two, REG_DWORD, &number, 4);
    assert_int_equal(COM_CALL(key, QueryRegistryValues, all, NULL), STATUS_SUCCESS);
    assert_int_equal(sum, 42);
    COM_CALL(key, Release);
}

PS_TEST(a_table_is_filled_from_a_key_object, "AD-72")
{
    topology_reset((PPCFILTER_DESCRIPTOR)&(PCFILTER_DESCRIPTOR){0});
    adapter_try(start_topology, table_of_key);
}

// ---- low memory --------------------------------------------------------------------------------------

static void open_and_set(void)
{
    PREGISTRYKEY key, below;
    WIDE(name, "Settings");
    ULONG number = 1;

    if (!NT_SUCCESS(PcNewRegistryKey(&key, NULL, DriverRegistryKey, KEY_ALL_ACCESS, adapter->fdo,
                                     NULL, NULL, 0, NULL)))
        return;
    if (NT_SUCCESS(COM_CALL(key, NewSubKey, &below, NULL, KEY_ALL_ACCESS, &name, 0, NULL))) {
        COM_CALL(below, SetValueKey, &name, REG_DWORD, &number, 4);
        COM_CALL(below, Release);
    }
    COM_CALL(key, Release);
}

PS_TEST(a_key_that_cannot_be_had_leaves_nothing, "AD-70")
{
    struct adapter what = {.start = start_topology, .body = open_and_set};

    topology_reset((PPCFILTER_DESCRIPTOR)&(PCFILTER_DESCRIPTOR){0});
    adapter_starve(&what);
}

static void ask_at(KIRQL irql)
{
    PREGISTRYKEY key = NULL;
    NTSTATUS status;
    KIRQL old;

    KeRaiseIrql(irql, &old);
    status = COM_CALL(topology.port, NewRegistryKey, &key, NULL, DriverRegistryKey, KEY_READ, NULL, 0, NULL);
    KeLowerIrql(old);
    assert_int_equal(status, irql ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS);
    if (key)
        COM_CALL(key, Release);
}

static void ask_for_a_key_raised(void)
{
    ask_at(APC_LEVEL);
}

static void ask_for_a_key(void)
{
    ask_at(PASSIVE_LEVEL);
}

static void ask_for_a_property_raised(void)
{
    ULONG bytes = 0;
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    assert_int_equal(COM_CALL(topology.port, GetDeviceProperty, DevicePropertyManufacturer, 0, NULL, &bytes),
                     STATUS_UNSUCCESSFUL);
    KeLowerIrql(old);
}

static void init_raised(void)
{
    PPORT port;
    KIRQL old;

    assert_int_equal(PcNewPort(&port, &CLSID_PortTopology), STATUS_SUCCESS);
    KeRaiseIrql(APC_LEVEL, &old);
    assert_int_equal(COM_CALL(port, Init, NULL, NULL, NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
    KeLowerIrql(old);
    COM_CALL(port, Release);
}

PS_TEST(the_methods_of_a_port_are_for_passive_level, "VF-21", "~VF-21")
{
    void (*const raised[])(void) = {ask_for_a_key_raised, ask_for_a_property_raised, init_raised};

    for (size_t i = 0; i < sizeof(raised) / sizeof(*raised); i++) {
        struct adapter a = {.start = start_topology, .body = raised[i]};

        topology_reset((PPCFILTER_DESCRIPTOR)&(PCFILTER_DESCRIPTOR){0});
        adapter_violates(&a, "VF-21", 0x71003);
    }
    topology_reset((PPCFILTER_DESCRIPTOR)&(PCFILTER_DESCRIPTOR){0});
    adapter_try(start_topology, ask_for_a_key);
}

// ---- IPort ---------------------------------------------------------------------------------------------

static void before_init(void)
{
    PREGISTRYKEY key;
    PPORT port;

    assert_int_equal(PcNewPort(&port, &CLSID_PortTopology), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(port, NewRegistryKey, &key, NULL, DriverRegistryKey, KEY_READ, NULL, 0,
                              NULL),
                     STATUS_INVALID_PARAMETER);
    COM_CALL(port, Release);
}

PS_TEST(a_port_without_a_device_has_no_keys, "AD-70")
{
    topology_reset((PPCFILTER_DESCRIPTOR)&(PCFILTER_DESCRIPTOR){0});
    adapter_try(start_topology, before_init);
}
