// SPDX-License-Identifier: MIT
//
// Subdevices come, go and come again; physical connections between them answer on both ends.
#include "tests/adapter_rig.h"

static WCHAR other_name[] = {'O', 't', 'h', 'e', 'r', 0};

static const PCPIN_DESCRIPTOR pins[3] = {
    {0, 0, 0, NULL, {.DataFlow = KSPIN_DATAFLOW_IN, .Communication = KSPIN_COMMUNICATION_NONE}},
    {0, 0, 0, NULL, {.DataFlow = KSPIN_DATAFLOW_OUT, .Communication = KSPIN_COMMUNICATION_NONE}},
    {0, 0, 0, NULL, {.DataFlow = KSPIN_DATAFLOW_OUT, .Communication = KSPIN_COMMUNICATION_NONE}},
};
static const GUID categories[2] = {{0x6994AD04, 0x93EF, 0x11D0, {0xA3, 0xCC, 0, 0xA0, 0xC9, 0x22, 0x31, 0x96}},
                                   {0xDDA54A40, 0x1E4C, 0x11D1, {0xA0, 0x50, 0x40, 0x57, 0x05, 0xC1, 0, 0}}};
static const PCFILTER_DESCRIPTOR filter = {.PinSize = sizeof(PCPIN_DESCRIPTOR), .PinCount = 3,
                                           .Pins = pins, .CategoryCount = 2,
                                           .Categories = categories};

static NTSTATUS NTAPI start_nothing(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    return STATUS_SUCCESS;
}

static void try_body(void (*body)(void))
{
    topology_reset((PPCFILTER_DESCRIPTOR)&filter);
    adapter_try(start_nothing, body);
    assert_int_equal(topology.references, 1);
}

static PPORT made(void)
{
    PPORT port = topology_port(adapter->fdo, NULL);

    assert_non_null(port);
    return port;
}

static NTSTATUS add(PPORT port, PWSTR name)
{
    return PcRegisterSubdevice(adapter->fdo, name, (PUNKNOWN)port);
}

static NTSTATUS unregister(PPORT port)
{
    IUnregisterSubdevice *unregister_subdevice;
    NTSTATUS status;
    PVOID found;

    assert_int_equal(COM_CALL(port, QueryInterface, &IID_IUnregisterSubdevice, &found),
                     STATUS_SUCCESS);
    unregister_subdevice = found;
    status = COM_CALL(unregister_subdevice, UnregisterSubdevice, adapter->fdo, (PUNKNOWN)port);
    COM_CALL(unregister_subdevice, Release);
    return status;
}

static bool opens(const WCHAR *name, size_t characters)
{
    PFILE_OBJECT file;

    if (!NT_SUCCESS(open_named(name, characters, &file)))
        return false;
    kernel_close(adapter->system, file);
    return true;
}

// ---- registration ------------------------------------------------------------------------------------

static void names(void)
{
    PPORT first = made(), second = made();
    static WCHAR copy[] = {'T', 'o', 'p', 'o', 0}, empty[] = {0};

    assert_int_equal(add(first, adapter_name), STATUS_SUCCESS);
    assert_int_equal(add(second, copy), STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(add(second, empty), STATUS_INVALID_PARAMETER);
    assert_int_equal(add(second, NULL), STATUS_INVALID_PARAMETER);
    assert_int_equal(add(NULL, other_name), STATUS_INVALID_PARAMETER);
    assert_int_equal(add(second, other_name), STATUS_SUCCESS);
    assert_int_equal(add(second, other_name), STATUS_INVALID_PARAMETER); // it is registered
    assert_true(opens(adapter_name, 4));
    assert_true(opens(other_name, 5));
    assert_false(opens(other_name, 4));
    assert_false(opens(copy, 0));
    COM_CALL(first, Release);
    COM_CALL(second, Release);
    assert_true(opens(adapter_name, 4)); // registration keeps the port
}

PS_TEST(a_name_is_unique_on_the_device, "AD-30", "AD-21", "DS-6")
{
    try_body(names);
}

static void too_many(void)
{
    static WCHAR name[5][2] = {{'a'}, {'b'}, {'c'}, {'d'}, {'e'}};
    PPORT ports[5];

    for (int i = 0; i < 5; i++)
        ports[i] = made();
    for (int i = 0; i < 4; i++)
        assert_int_equal(add(ports[i], name[i]), STATUS_SUCCESS);
    assert_int_equal(add(ports[4], name[4]), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(unregister(ports[1]), STATUS_SUCCESS);
    assert_int_equal(add(ports[4], name[4]), STATUS_SUCCESS);
    assert_true(opens(name[4], 1));
    for (int i = 0; i < 5; i++)
        COM_CALL(ports[i], Release);
}

PS_TEST(as_many_subdevices_as_add_device_said, "AD-7")
{
    try_body(too_many);
}

// Interfaces of the category that are enabled now.
static unsigned interfaces(const GUID *category)
{
    unsigned count = 0;
    PZZWSTR list;

    assert_int_equal(IoGetDeviceInterfaces(category, adapter->pdo, 0, &list), STATUS_SUCCESS);
    for (const WCHAR *at = list; *at; count++)
        while (*at++)
            ;
    ExFreePool(list);
    return count;
}

static void publish(void)
{
    PPORT port = made();

    assert_int_equal(interfaces(&categories[0]), 0);
    assert_int_equal(add(port, adapter_name), STATUS_SUCCESS);
    assert_int_equal(interfaces(&categories[0]), 1);
    assert_int_equal(interfaces(&categories[1]), 1);
    assert_int_equal(unregister(port), STATUS_SUCCESS);
    assert_int_equal(interfaces(&categories[0]), 0);
    assert_int_equal(interfaces(&categories[1]), 0);
    COM_CALL(port, Release);
}

PS_TEST(each_category_has_a_device_interface, "AD-31", "AD-33")
{
    try_body(publish);
}

static void again(void)
{
    PPORT first = made(), second = made();

    assert_int_equal(unregister(first), STATUS_NOT_FOUND);
    assert_int_equal(add(first, adapter_name), STATUS_SUCCESS);
    assert_int_equal(unregister(first), STATUS_SUCCESS);
    assert_false(opens(adapter_name, 4));
    assert_int_equal(unregister(first), STATUS_NOT_FOUND);
    assert_int_equal(add(second, adapter_name), STATUS_SUCCESS);
    assert_true(opens(adapter_name, 4));
    assert_int_equal(unregister(second), STATUS_SUCCESS);
    assert_int_equal(add(first, adapter_name), STATUS_SUCCESS);
    assert_true(opens(adapter_name, 4));
    COM_CALL(first, Release);
    COM_CALL(second, Release);
}

PS_TEST(a_name_is_free_after_unregistering, "AD-35", "AD-33")
{
    try_body(again);
}

static void keep_handle(void)
{
    KSP_PIN ask = {.Property = {.Set = KSPROPSETID_Pin, .Id = KSPROPERTY_PIN_CTYPES,
                                .Flags = KSPROPERTY_TYPE_GET}};
    PPORT port = made();
    PFILE_OBJECT file;
    ULONG count = 0;

    assert_int_equal(add(port, adapter_name), STATUS_SUCCESS);
    assert_int_equal(open_topology(&file), STATUS_SUCCESS);
    assert_int_equal(unregister(port), STATUS_SUCCESS);
    COM_CALL(port, Release);
    // Neither the adapter nor the port class holds it any more: the open handle does.
    assert_false(opens(adapter_name, 4));
    assert_int_equal(topology.references, 2);
    assert_int_equal(property(file, &ask.Property, sizeof(ask.Property), &count, sizeof(count), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(count, 3);
    kernel_close(adapter->system, file);
    assert_int_equal(topology.references, 1);
}

PS_TEST(an_open_handle_outlives_its_registration, "AD-33")
{
    try_body(keep_handle);
}

// ---- physical connections ----------------------------------------------------------------------------

static NTSTATUS ask_connection(const WCHAR *name, size_t characters, ULONG pin,
                               KSPIN_PHYSICALCONNECTION *reply, ULONG bytes, ULONG_PTR *information)
{
    KSP_PIN ask = {.Property = {.Set = KSPROPSETID_Pin,
                                .Id = KSPROPERTY_PIN_PHYSICALCONNECTION,
                                .Flags = KSPROPERTY_TYPE_GET},
                   .PinId = pin};
    PFILE_OBJECT file;
    NTSTATUS status;

    assert_int_equal(open_named(name, characters, &file), STATUS_SUCCESS);
    status = property(file, &ask, sizeof(ask), reply, bytes, information);
    kernel_close(adapter->system, file);
    return status;
}

static bool ends_with(const KSPIN_PHYSICALCONNECTION *reply, const WCHAR *name, size_t characters)
{
    size_t length = (reply->Size - FIELD_OFFSET(KSPIN_PHYSICALCONNECTION, SymbolicLinkName)) /
                    sizeof(WCHAR);

    if (length < characters + 1 || reply->SymbolicLinkName[length - 1])
        return false;
    return !memcmp(reply->SymbolicLinkName + length - 1 - characters, name,
                   characters * sizeof(WCHAR));
}

static union {
    KSPIN_PHYSICALCONNECTION reply;
    char room[512];
} answer;

static void both_ends(void)
{
    PPORT from = made(), to = made();
    ULONG_PTR bytes = 0, again_bytes = 0;

    assert_int_equal(add(from, adapter_name), STATUS_SUCCESS);
    assert_int_equal(add(to, other_name), STATUS_SUCCESS);
    assert_int_equal(ask_connection(adapter_name, 4, 1, &answer.reply, 512, NULL),
                     STATUS_NOT_FOUND);
    assert_int_equal(PcRegisterPhysicalConnection(adapter->fdo, (PUNKNOWN)from, 1, (PUNKNOWN)to, 0),
                     STATUS_SUCCESS);
    assert_int_equal(ask_connection(adapter_name, 4, 1, NULL, 0, &bytes), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(ask_connection(adapter_name, 4, 1, &answer.reply, 512, &again_bytes),
                     STATUS_SUCCESS);
    assert_int_equal(bytes, again_bytes);
    assert_int_equal(answer.reply.Size, bytes);
    assert_int_equal(answer.reply.Pin, 0);
    assert_true(ends_with(&answer.reply, other_name, 5));
    assert_int_equal(ask_connection(other_name, 5, 0, &answer.reply, 512, NULL), STATUS_SUCCESS);
    assert_int_equal(answer.reply.Pin, 1);
    assert_true(ends_with(&answer.reply, adapter_name, 4));
    assert_int_equal(ask_connection(other_name, 5, 1, &answer.reply, 512, NULL), STATUS_NOT_FOUND);
    assert_int_equal(ask_connection(other_name, 5, 3, &answer.reply, 512, NULL),
                     STATUS_INVALID_PARAMETER);
    COM_CALL(from, Release);
    COM_CALL(to, Release);
}

PS_TEST(a_connection_answers_on_both_ends, "AD-40", "KP-66")
{
    try_body(both_ends);
}

static void wrong_pins(void)
{
    PPORT from = made(), to = made();

    assert_int_equal(PcRegisterPhysicalConnection(adapter->fdo, (PUNKNOWN)from, 3, (PUNKNOWN)to, 0),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(PcRegisterPhysicalConnection(adapter->fdo, (PUNKNOWN)from, 0, (PUNKNOWN)to,
                                                  0xFFFFFFFF),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(PcRegisterPhysicalConnection(adapter->fdo, NULL, 0, (PUNKNOWN)to, 0),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(PcRegisterPhysicalConnection(adapter->fdo, (PUNKNOWN)from, 0,
                                                  (PUNKNOWN)&topology.iface, 0),
                     STATUS_INVALID_PARAMETER);
    COM_CALL(from, Release);
    COM_CALL(to, Release);
}

PS_TEST(a_connection_needs_pins_that_are_there, "AD-40")
{
    try_body(wrong_pins);
}

static IUnregisterPhysicalConnection *disconnector(PPORT port)
{
    PVOID found;

    assert_int_equal(COM_CALL(port, QueryInterface, &IID_IUnregisterPhysicalConnection, &found),
                     STATUS_SUCCESS);
    return found;
}

static WCHAR foreign_text[] = {'\\', '?', '?', '\\', 'x', 0};

static void external(void)
{
    UNICODE_STRING foreign = {10, 12, foreign_text}, empty = {0}, shorter = {8, 8, foreign_text};
    PPORT port = made();
    IUnregisterPhysicalConnection *cut = disconnector(port);
    PUNKNOWN unknown = (PUNKNOWN)port;

    assert_int_equal(add(port, adapter_name), STATUS_SUCCESS);
    assert_int_equal(PcRegisterPhysicalConnectionToExternal(adapter->fdo, unknown, 1, &foreign, 7),
                     STATUS_SUCCESS);
    assert_int_equal(
        PcRegisterPhysicalConnectionFromExternal(adapter->fdo, &foreign, 8, unknown, 0),
        STATUS_SUCCESS);
    assert_int_equal(PcRegisterPhysicalConnectionToExternal(adapter->fdo, unknown, 1, &empty, 7),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(ask_connection(adapter_name, 4, 1, &answer.reply, 512, NULL), STATUS_SUCCESS);
    assert_int_equal(answer.reply.Pin, 7);
    assert_memory_equal(answer.reply.SymbolicLinkName, foreign_text, sizeof(foreign_text));
    assert_int_equal(ask_connection(adapter_name, 4, 0, &answer.reply, 512, NULL), STATUS_SUCCESS);
    assert_int_equal(answer.reply.Pin, 8);

    // One registration goes when all arguments are equal.
    assert_int_equal(COM_CALL(cut, UnregisterPhysicalConnectionToExternal, adapter->fdo, unknown, 1,
                              &foreign, 8),
                     STATUS_NOT_FOUND);
    assert_int_equal(COM_CALL(cut, UnregisterPhysicalConnectionToExternal, adapter->fdo, unknown, 1,
                              &shorter, 7),
                     STATUS_NOT_FOUND);
    assert_int_equal(COM_CALL(cut, UnregisterPhysicalConnectionFromExternal, adapter->fdo, &foreign,
                              7, unknown, 1),
                     STATUS_NOT_FOUND);
    assert_int_equal(COM_CALL(cut, UnregisterPhysicalConnectionToExternal, adapter->fdo, unknown, 1,
                              &foreign, 7),
                     STATUS_SUCCESS);
    assert_int_equal(ask_connection(adapter_name, 4, 1, &answer.reply, 512, NULL), STATUS_NOT_FOUND);
    assert_int_equal(COM_CALL(cut, UnregisterPhysicalConnectionFromExternal, adapter->fdo, &foreign,
                              8, unknown, 0),
                     STATUS_SUCCESS);
    COM_CALL(cut, Release);
    COM_CALL(port, Release);
}

PS_TEST(a_foreign_filter_is_named_by_its_link, "AD-41", "AD-42", "KP-66")
{
    try_body(external);
}

static void disconnect(void)
{
    PPORT from = made(), to = made();
    IUnregisterPhysicalConnection *cut = disconnector(from);
    PUNKNOWN a = (PUNKNOWN)from, b = (PUNKNOWN)to;

    for (int i = 0; i < 2; i++)
        assert_int_equal(PcRegisterPhysicalConnection(adapter->fdo, a, 1, b, 0), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(cut, UnregisterPhysicalConnection, adapter->fdo, a, 1, b, 1),
                     STATUS_NOT_FOUND);
    assert_int_equal(COM_CALL(cut, UnregisterPhysicalConnection, adapter->fdo, b, 1, a, 0),
                     STATUS_NOT_FOUND);
    assert_int_equal(COM_CALL(cut, UnregisterPhysicalConnection, adapter->fdo, a, 1, b, 0),
                     STATUS_SUCCESS); // registered twice, kept once
    assert_int_equal(COM_CALL(cut, UnregisterPhysicalConnection, adapter->fdo, a, 1, b, 0),
                     STATUS_NOT_FOUND);
    COM_CALL(cut, Release);
    COM_CALL(from, Release);
    COM_CALL(to, Release);
}

PS_TEST(unregistering_removes_one_connection_with_equal_arguments, "AD-42", "TP-26")
{
    try_body(disconnect);
}

// A jack is pulled out: the connection goes first, then the subdevice.
static bool forget;

static void pull_out(void)
{
    PPORT topo = made(), jack = made();
    IUnregisterPhysicalConnection *cut = disconnector(topo);

    assert_int_equal(add(topo, adapter_name), STATUS_SUCCESS);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(add(jack, other_name), STATUS_SUCCESS);
        assert_int_equal(
            PcRegisterPhysicalConnection(adapter->fdo, (PUNKNOWN)jack, 1, (PUNKNOWN)topo, 0),
            STATUS_SUCCESS);
        if (!forget)
            assert_int_equal(COM_CALL(cut, UnregisterPhysicalConnection, adapter->fdo,
                                      (PUNKNOWN)jack, 1, (PUNKNOWN)topo, 0),
                             STATUS_SUCCESS);
        assert_int_equal(unregister(jack), STATUS_SUCCESS);
        assert_int_equal(ask_connection(adapter_name, 4, 0, &answer.reply, 512, NULL),
                         STATUS_NOT_FOUND);
        if (forget)
            break;
    }
    COM_CALL(cut, Release);
    COM_CALL(topo, Release);
    assert_int_equal(COM_CALL(jack, Release), 0); // a connection that is left does not hold it
}

PS_TEST(a_forgotten_connection_is_reported_at_removal, "AD-34", "TP-27")
{
    struct adapter a = {.start = start_nothing, .body = pull_out};

    forget = false;
    try_body(pull_out);
    forget = true;
    topology_reset((PPCFILTER_DESCRIPTOR)&filter);
    adapter_finds(&a, "AD-34");
    assert_int_equal(topology.references, 1);
}

// ---- memory ------------------------------------------------------------------------------------------

static NTSTATUS NTAPI start_connected(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    UNICODE_STRING foreign = {10, 12, foreign_text};
    PPORT port = topology_port(fdo, resources);
    NTSTATUS status;

    if (!port)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = PcRegisterSubdevice(fdo, adapter_name, (PUNKNOWN)port);
    if (NT_SUCCESS(status))
        status = PcRegisterPhysicalConnectionToExternal(fdo, (PUNKNOWN)port, 0, &foreign, 0);
    COM_CALL(port, Release);
    return status;
}

static void ask_once(void)
{
    PFILE_OBJECT file;
    NTSTATUS status = open_topology(&file);

    if (NT_SUCCESS(status))
        kernel_close(adapter->system, file);
    else
        assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
}

PS_TEST(each_allocation_of_a_subdevice_and_its_client_fails, "AD-31")
{
    struct adapter a = {.start = start_connected, .body = ask_once};

    topology_reset((PPCFILTER_DESCRIPTOR)&filter);
    adapter_starve(&a);
    assert_int_equal(topology.references, 1);
}
