// SPDX-License-Identifier: MIT
//
// The topology port as a client sees it: a filter without streams whose nodes answer to its handle; names; wires; what
// a descriptor must be like.
#include "tests/adapter_rig.h"

#include "port/port.h"
#include "tests/wide.h"

// ---- a filter with a volume, a mute and a mux node -----------------------------------------------------------

enum { VOLUME, MUTE, MUX, NODES };
static LONG level[2];
static ULONG source = 1;
static PCPROPERTY_REQUEST seen;
static unsigned handled;

static NTSTATUS NTAPI on_volume(PPCPROPERTY_REQUEST request)
{
    LONG channel;

    seen = *request;
    handled++;
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_int_not_equal(KeReadStateMutex(&port_device_from(adapter->fdo)->ks.lock), 1); // the device lock is held
    if (request->InstanceSize < sizeof(LONG) || request->ValueSize < sizeof(LONG))
        return STATUS_BUFFER_TOO_SMALL;
    channel = *(const LONG *)request->Instance;
    if (channel < 0 || channel > 1)
        return STATUS_INVALID_PARAMETER;
    if (request->Verb & KSPROPERTY_TYPE_GET)
        *(LONG *)request->Value = level[channel];
    else
        level[channel] = *(const LONG *)request->Value > 0 ? 0 : *(const LONG *)request->Value;
    request->ValueSize = sizeof(LONG);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI on_mux(PPCPROPERTY_REQUEST request)
{
    if (request->ValueSize < sizeof(ULONG))
        return STATUS_BUFFER_TOO_SMALL;
    if (request->Verb & KSPROPERTY_TYPE_GET)
        *(ULONG *)request->Value = source;
    else if (*(const ULONG *)request->Value < 1 || *(const ULONG *)request->Value > 2)
        return STATUS_INVALID_PARAMETER; // no connection enters there
    else
        source = *(const ULONG *)request->Value;
    request->ValueSize = sizeof(ULONG);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI on_jack(PPCPROPERTY_REQUEST request)
{
    struct {
        KSMULTIPLE_ITEM head;
        KSJACK_DESCRIPTION jack;
    } reply = {{sizeof(reply), 1}, {.IsConnected = TRUE}};
    ULONG pin;

    if (request->InstanceSize < sizeof(ULONG))
        return STATUS_INVALID_PARAMETER;
    pin = *(const ULONG *)request->Instance;
    if (pin > 2)
        return STATUS_INVALID_PARAMETER;
    if (pin != 1)
        reply.head = (KSMULTIPLE_ITEM){sizeof(reply.head), 0};
    if (!request->ValueSize) {
        request->ValueSize = reply.head.Size;
        return STATUS_BUFFER_OVERFLOW;
    }
    if (request->ValueSize < reply.head.Size)
        return STATUS_BUFFER_TOO_SMALL;
    memcpy(request->Value, &reply, reply.head.Size);
    request->ValueSize = reply.head.Size;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI on_event(PPCEVENT_REQUEST request)
{
    PPORTEVENTS events;
    PVOID out;

    if (request->Verb != PCEVENT_VERB_ADD)
        return STATUS_SUCCESS;
    assert_int_equal(COM_CALL(topology.port, QueryInterface, &IID_IPortEvents, &out), STATUS_SUCCESS);
    events = out;
    COM_CALL(events, AddEventToEventList, request->EventEntry);
    COM_CALL(events, Release);
    return STATUS_SUCCESS;
}

#define BOTH (KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET)
static PCPROPERTY_ITEM volume_items[] = {{&KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL, BOTH, on_volume}};
static PCPROPERTY_ITEM mux_items[] = {{&KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUX_SOURCE, BOTH, on_mux}};
static PCPROPERTY_ITEM jack_items[] = {{&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION, KSPROPERTY_TYPE_GET, on_jack}};
static PCEVENT_ITEM volume_events[] = {{&KSEVENTSETID_AudioControlChange, KSEVENT_CONTROL_CHANGE,
                                        PCEVENT_ITEM_FLAG_ENABLE, on_event}};
static PCAUTOMATION_TABLE volume_table = {sizeof(PCPROPERTY_ITEM), 1, volume_items, 0, 0, NULL,
                                          sizeof(PCEVENT_ITEM), 1, volume_events, 0};
static PCAUTOMATION_TABLE mux_table = {.PropertyItemSize = sizeof(PCPROPERTY_ITEM), .PropertyCount = 1, .Properties = mux_items};
static PCEVENT_ITEM jack_events[] = {{&KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE,
                                      PCEVENT_ITEM_FLAG_ENABLE, on_event}};
static PCAUTOMATION_TABLE jack_table = {sizeof(PCPROPERTY_ITEM), 1, jack_items, 0, 0, NULL,
                                        sizeof(PCEVENT_ITEM), 1, jack_events, 0};

static PCNODE_DESCRIPTOR nodes[NODES];
static PCPIN_DESCRIPTOR pins[3];
static PCCONNECTION_DESCRIPTOR connections[4];
static const GUID audio = {0x6994AD04, 0x93EF, 0x11D0, {0xA3, 0xCC, 0, 0xA0, 0xC9, 0x22, 0x31, 0x96}};
static PCFILTER_DESCRIPTOR filter;

static void reset(void)
{
    memset(pins, 0, sizeof(pins));
    pins[0].KsPinDescriptor.DataFlow = pins[2].KsPinDescriptor.DataFlow = KSPIN_DATAFLOW_IN;
    pins[1].KsPinDescriptor.DataFlow = KSPIN_DATAFLOW_OUT;
    pins[1].KsPinDescriptor.Category = &KSNODETYPE_SPEAKER;
    nodes[VOLUME] = (PCNODE_DESCRIPTOR){0, &volume_table, &KSNODETYPE_VOLUME, NULL};
    nodes[MUTE] = (PCNODE_DESCRIPTOR){0, NULL, &KSNODETYPE_MUTE, &KSAUDFNAME_MASTER_MUTE};
    nodes[MUX] = (PCNODE_DESCRIPTOR){0, &mux_table, &KSNODETYPE_MUX, NULL};
    connections[0] = (PCCONNECTION_DESCRIPTOR){PCFILTER_NODE, 0, MUX, 1};
    connections[1] = (PCCONNECTION_DESCRIPTOR){PCFILTER_NODE, 2, MUX, 2};
    connections[2] = (PCCONNECTION_DESCRIPTOR){MUX, 0, VOLUME, 77}; // any numbers will do
    connections[3] = (PCCONNECTION_DESCRIPTOR){VOLUME, 0, PCFILTER_NODE, 1};
    filter = (PCFILTER_DESCRIPTOR){0, &jack_table, sizeof(pins[0]), 3, pins, sizeof(nodes[0]), NODES, nodes,
                                   4, connections, 1, &audio};
    level[0] = level[1] = 0;
    handled = 0;
    topology_reset(&filter);
}

static PFILE_OBJECT open_it(void)
{
    PFILE_OBJECT file = NULL;

    assert_int_equal(open_topology(&file), STATUS_SUCCESS);
    return file;
}

static NTSTATUS node(PFILE_OBJECT file, ULONG id, ULONG number, ULONG verb, LONG channel, void *value)
{
    KSNODEPROPERTY_AUDIO_CHANNEL request = {.Channel = channel};

    request.NodeProperty.Property.Set = KSPROPSETID_Audio;
    request.NodeProperty.Property.Id = number;
    request.NodeProperty.Property.Flags = verb | KSPROPERTY_TYPE_TOPOLOGY;
    request.NodeProperty.NodeId = id;
    return property(file, &request, sizeof(request), value, 4, NULL);
}

// ---- node properties -----------------------------------------------------------------------------------------

static void levels(void)
{
    PFILE_OBJECT file = open_it();
    LONG value = 5 * 65536;

    // Beyond the range a set succeeds; what is in force is another matter.
    assert_int_equal(node(file, VOLUME, KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_TYPE_SET, 0, &value), STATUS_SUCCESS);
    assert_int_equal(node(file, VOLUME, KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_TYPE_GET, 0, &value), STATUS_SUCCESS);
    assert_int_equal(value, 0);
    assert_int_equal(seen.InstanceSize, 8);
    assert_int_equal(seen.Node, VOLUME);
    assert_ptr_equal(seen.MajorTarget, &topology.iface);
    assert_null(seen.MinorTarget);
    // The port looks neither at channel nor at value: the handler does.
    value = -3 * 65536;
    assert_int_equal(node(file, VOLUME, KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_TYPE_SET, 1, &value), STATUS_SUCCESS);
    assert_int_equal(node(file, VOLUME, KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_TYPE_GET, 2, &value), STATUS_INVALID_PARAMETER);
    assert_int_equal(level[1], -3 * 65536);
    assert_int_equal(node(file, MUTE, KSPROPERTY_AUDIO_MUTE, KSPROPERTY_TYPE_GET, 0, &value), STATUS_PROPSET_NOT_FOUND);
    assert_int_equal(node(file, NODES, KSPROPERTY_AUDIO_MUTE, KSPROPERTY_TYPE_GET, 0, &value), STATUS_INVALID_PARAMETER);
    kernel_close(adapter->system, file);
}

PS_TEST(a_node_answers_through_the_filters_handle, "TP-5", "TP-6", "TP-7", "TP-10", "TP-33", "TP-34", "TP-35", "TP-36", "TP-38", "TP-48", "TP-77")
{
    reset();
    adapter_try(start_topology, levels);
}

static void sources(void)
{
    PFILE_OBJECT file = open_it();
    ULONG value = 2;

    assert_int_equal(node(file, MUX, KSPROPERTY_AUDIO_MUX_SOURCE, KSPROPERTY_TYPE_SET, 0, &value), STATUS_SUCCESS);
    assert_int_equal(node(file, MUX, KSPROPERTY_AUDIO_MUX_SOURCE, KSPROPERTY_TYPE_GET, 0, &value), STATUS_SUCCESS);
    assert_int_equal(value, 2);
    value = 3;
    assert_int_equal(node(file, MUX, KSPROPERTY_AUDIO_MUX_SOURCE, KSPROPERTY_TYPE_SET, 0, &value), STATUS_INVALID_PARAMETER);
    kernel_close(adapter->system, file);
}

PS_TEST(a_mux_names_its_inputs_by_logical_pins, "TP-14", "TP-15", "TP-39")
{
    reset();
    adapter_try(start_topology, sources);
}

static void jacks(void)
{
    KSP_PIN request = {.Property = {.Set = KSPROPSETID_Jack, .Id = KSPROPERTY_JACK_DESCRIPTION,
                                    .Flags = KSPROPERTY_TYPE_GET}};
    UCHAR reply[64];
    PFILE_OBJECT file = open_it();
    ULONG_PTR bytes = 0;

    request.PinId = 1;
    assert_int_equal(property(file, &request, sizeof(request), NULL, 0, &bytes), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes, sizeof(KSMULTIPLE_ITEM) + sizeof(KSJACK_DESCRIPTION));
    assert_int_equal(bytes, 8 + 28);
    assert_int_equal(property(file, &request, sizeof(request), reply, sizeof(reply), &bytes), STATUS_SUCCESS);
    assert_int_equal(((PKSMULTIPLE_ITEM)reply)->Count, 1);
    request.PinId = 0;
    assert_int_equal(property(file, &request, sizeof(request), reply, sizeof(reply), &bytes), STATUS_SUCCESS);
    assert_int_equal(((PKSMULTIPLE_ITEM)reply)->Count, 0);
    request.PinId = 9;
    assert_int_equal(property(file, &request, sizeof(request), reply, sizeof(reply), &bytes), STATUS_INVALID_PARAMETER);
    // There is no default: another property of the set is not found.
    request.Property.Id = 5;
    assert_int_equal(property(file, &request, sizeof(request), reply, sizeof(reply), &bytes), STATUS_NOT_FOUND);
    kernel_close(adapter->system, file);
}

PS_TEST(jacks_are_described_by_the_filters_table, "TP-58", "TP-59", "TP-60", "TP-61", "TP-62")
{
    reset();
    adapter_try(start_topology, jacks);
}

// ---- no pins ---------------------------------------------------------------------------------------------------

static void no_pins(void)
{
    static const char guid[] = "{146F1A80-4791-11D0-A5D6-28DB04C10000}\\";
    UCHAR name[300] = {0};
    KSPIN_CONNECT connect = {.Interface = {.Set = KSINTERFACESETID_Standard},
                             .Medium = {.Set = KSMEDIUMSETID_Standard}};
    KSDATAFORMAT format = {.FormatSize = sizeof(format)};
    PFILE_OBJECT file = open_it(), pin;

    for (size_t i = 0; guid[i]; i++)
        name[2 * i] = (UCHAR)guid[i];
    memcpy(name + 78, &connect, sizeof(connect));
    memcpy(name + 78 + sizeof(connect), &format, sizeof(format));
    assert_int_equal(kernel_open(adapter->system, adapter->pdo, file, name,
                                 78 + sizeof(connect) + sizeof(format), &pin),
                     STATUS_INVALID_DEVICE_REQUEST);
    kernel_close(adapter->system, file);
}

PS_TEST(a_topology_filter_has_no_pins_to_open, "TP-4")
{
    reset();
    adapter_try(start_topology, no_pins);
}

// ---- binding -----------------------------------------------------------------------------------------------------

static NTSTATUS NTAPI start_with_list(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    PPORT port;
    NTSTATUS status = PcNewPort(&port, &CLSID_PortTopology);
    PVOID same;

    if (!NT_SUCCESS(status))
        return status;
    status = COM_CALL(port, Init, fdo, irp, (PUNKNOWN)&topology.iface, NULL, resources);
    assert_ptr_equal(topology.resources, resources);
    assert_null(topology.adapter);
    assert_ptr_equal(topology.port, port);
    assert_int_equal(COM_CALL(port, QueryInterface, &IID_IPortTopology, &same), STATUS_SUCCESS);
    assert_ptr_equal(same, port); // no method beyond IPort's
    COM_CALL(port, Release);
    if (NT_SUCCESS(status))
        status = PcRegisterSubdevice(fdo, adapter_name, (PUNKNOWN)port);
    COM_CALL(port, Release);
    return status;
}

PS_TEST(init_gets_what_the_adapter_gave, "TP-1", "TP-2", "TP-3")
{
    reset();
    adapter_try(start_with_list, NULL);
}

// ---- what a descriptor must be like ------------------------------------------------------------------------------

static NTSTATUS starts(void)
{
    struct adapter a = {.start = start_topology};

    adapter_run(&a);
    return a.started;
}

PS_TEST(a_connection_names_nodes_and_pins_that_are_there, "TP-13", "TP-16")
{
    static const struct {
        ULONG from, from_pin, to, to_pin;
        bool good;
    } cases[] = {
        {VOLUME, 0, MUTE, 1, true},          {PCFILTER_NODE, 0, PCFILTER_NODE, 1, true},
        {NODES, 0, MUTE, 1, false},          {VOLUME, 0, NODES, 1, false},
        {PCFILTER_NODE, 3, MUTE, 1, false},  {VOLUME, 0, PCFILTER_NODE, 3, false},
        {VOLUME, 500, MUTE, 900, true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        reset();
        connections[3] = (PCCONNECTION_DESCRIPTOR){cases[i].from, cases[i].from_pin, cases[i].to, cases[i].to_pin};
        assert_int_equal(NT_SUCCESS(starts()), cases[i].good);
    }
}

PS_TEST(a_node_has_a_type, "TP-11")
{
    reset();
    nodes[MUTE].Type = NULL;
    assert_false(NT_SUCCESS(starts()));
}

// ---- lists and names ---------------------------------------------------------------------------------------------

static void lists(void)
{
    KSPROPERTY request = {.Set = KSPROPSETID_Topology, .Flags = KSPROPERTY_TYPE_GET};
    UCHAR reply[200];
    PFILE_OBJECT file = open_it();
    ULONG_PTR bytes;

    request.Id = KSPROPERTY_TOPOLOGY_NODES;
    assert_int_equal(property(file, &request, sizeof(request), reply, sizeof(reply), &bytes), STATUS_SUCCESS);
    assert_int_equal(bytes, 8 + 3 * 16);
    assert_memory_equal(reply + 8 + 16 * MUTE, &KSNODETYPE_MUTE, 16);
    request.Id = KSPROPERTY_TOPOLOGY_CONNECTIONS;
    assert_int_equal(property(file, &request, sizeof(request), reply, sizeof(reply), &bytes), STATUS_SUCCESS);
    assert_int_equal(bytes, 8 + 4 * 16);
    assert_memory_equal(reply + 8, connections, sizeof(connections));
    kernel_close(adapter->system, file);
}

PS_TEST(nodes_and_connections_are_told_in_order, "TP-10", "TP-18")
{
    reset();
    adapter_try(start_topology, lists);
}

static NTSTATUS name_of(PFILE_OBJECT file, const GUID *set, ULONG id, ULONG what, WCHAR *to, ULONG room, ULONG_PTR *bytes)
{
    KSP_PIN request = {.Property = {.Set = *set, .Id = id, .Flags = KSPROPERTY_TYPE_GET}, .PinId = what};

    return property(file, &request, sizeof(request), to, room, bytes);
}

static void put_name(PCWSTR path, const char *text)
{
    static WCHAR value[] = {'N', 'a', 'm', 'e', 0};
    WCHAR buffer[40];
    UNICODE_STRING name = wide_string(text, buffer);

    assert_int_equal(RtlCreateRegistryKey(RTL_REGISTRY_CONTROL, (PWSTR)(uintptr_t)path), STATUS_SUCCESS);
    assert_int_equal(RtlWriteRegistryValue(RTL_REGISTRY_CONTROL, path, value, REG_SZ, name.Buffer, name.Length + 2u), STATUS_SUCCESS);
}

static void names(void)
{
    WIDE(path, "MediaCategories\\{DFF21CE1-F70F-11D0-B917-00A0C9223196}");
    PFILE_OBJECT file = open_it();
    WCHAR text[40];
    ULONG_PTR bytes = 0;

    assert_int_equal(name_of(file, &KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NAME, VOLUME, text, sizeof(text), &bytes), STATUS_SUCCESS);
    assert_int_equal(bytes, 14); // "Volume", of its type
    assert_int_equal(name_of(file, &KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NAME, MUTE, NULL, 0, &bytes), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(bytes, 24); // "Master Mute", of its name
    assert_int_equal(name_of(file, &KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NAME, NODES, text, sizeof(text), &bytes), STATUS_INVALID_PARAMETER);
    assert_int_equal(name_of(file, &KSPROPSETID_Pin, KSPROPERTY_PIN_NAME, 1, text, sizeof(text), &bytes), STATUS_SUCCESS);
    assert_int_equal(bytes, 18); // "Speakers"
    assert_int_equal(name_of(file, &KSPROPSETID_Pin, KSPROPERTY_PIN_NAME, 0, text, sizeof(text), &bytes), STATUS_NOT_FOUND);
    // The system's table is stronger than ours.
    put_name(path.Buffer, "Boxes");
    assert_int_equal(name_of(file, &KSPROPSETID_Pin, KSPROPERTY_PIN_NAME, 1, text, sizeof(text), &bytes), STATUS_SUCCESS);
    assert_int_equal(bytes, 12);
    assert_int_equal(text[0], 'B');
    kernel_close(adapter->system, file);
}

PS_TEST(pins_and_nodes_have_names, "TP-19", "TP-20")
{
    reset();
    adapter_try(start_topology, names);
}

static NTSTATUS pin_name_status;

static NTSTATUS NTAPI said_query(IPinName *This, REFIID iid, PVOID *out)
{
    return topology_query(&topology.iface, iid, out);
}

static ULONG NTAPI said_addref(IPinName *This)
{
    return topology_addref(&topology.iface);
}

static ULONG NTAPI said_release(IPinName *This)
{
    return topology_release(&topology.iface);
}

static NTSTATUS NTAPI said_name(IPinName *This, PIRP irp, PKSP_PIN pin, PVOID data)
{
    static const WCHAR name[] = {'J', 'a', 'c', 'k', 0};

    assert_int_equal(pin->PinId, 1);
    memcpy(data, name, sizeof(name));
    return pin_name_status;
}

static const IPinNameVtbl said_vtbl = {said_query, said_addref, said_release, said_name};
static IPinName pin_name = {&said_vtbl};
static IMiniportTopologyVtbl naming_vtbl;

static NTSTATUS NTAPI naming_query(IMiniportTopology *This, REFIID iid, PVOID *out)
{
    if (memcmp(iid, &IID_IPinName, sizeof(GUID)))
        return topology_query(This, iid, out);
    topology.references++;
    *out = &pin_name;
    return STATUS_SUCCESS;
}

static void own_names(void)
{
    PFILE_OBJECT file = open_it();
    WCHAR text[40];
    ULONG_PTR bytes = 0;

    pin_name_status = STATUS_SUCCESS;
    assert_int_equal(name_of(file, &KSPROPSETID_Pin, KSPROPERTY_PIN_NAME, 1, text, sizeof(text), &bytes), STATUS_SUCCESS);
    assert_int_equal(bytes, 10);
    assert_int_equal(text[0], 'J');
    pin_name_status = STATUS_NOT_SUPPORTED; // then the pin's own name
    assert_int_equal(name_of(file, &KSPROPSETID_Pin, KSPROPERTY_PIN_NAME, 1, text, sizeof(text), &bytes), STATUS_SUCCESS);
    assert_int_equal(bytes, 18);
    kernel_close(adapter->system, file);
}

PS_TEST(a_miniport_may_name_its_pins_itself, "TP-21")
{
    reset();
    naming_vtbl = topology_vtbl;
    naming_vtbl.QueryInterface = naming_query;
    topology.iface.lpVtbl = &naming_vtbl;
    adapter_try(start_topology, own_names);
}

// ---- events ------------------------------------------------------------------------------------------------------

static NTSTATUS watch(PFILE_OBJECT file, ULONG kind, KSEVENTDATA *data)
{
    KSE_NODE request = {.Event = {.Set = KSEVENTSETID_AudioControlChange, .Id = KSEVENT_CONTROL_CHANGE,
                                  .Flags = kind | KSEVENT_TYPE_TOPOLOGY},
                        .NodeId = VOLUME};

    return control(file, IOCTL_KS_ENABLE_EVENT, &request, sizeof(request), data, sizeof(*data), NULL);
}

static void changes(void)
{
    KSEVENTDATA data = {.NotificationType = KSEVENTF_EVENT_HANDLE}, once = data;
    PFILE_OBJECT file = open_it();
    PPORTEVENTS events;
    PKEVENT event;
    HANDLE handle;
    PVOID out;
    LONG value = -65536;

    assert_int_equal(kernel_event_create(adapter->system, &event, &handle), STATUS_SUCCESS);
    data.EventHandle.Event = once.EventHandle.Event = handle;
    assert_int_equal(watch(file, KSEVENT_TYPE_ENABLE, &data), STATUS_SUCCESS);
    assert_int_equal(watch(file, KSEVENT_TYPE_ONESHOT, &once), STATUS_INVALID_DEVICE_REQUEST); // not in Flags
    // A client's own set is no change of a knob.
    assert_int_equal(node(file, VOLUME, KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_TYPE_SET, 0, &value), STATUS_SUCCESS);
    assert_int_equal(KeReadStateEvent(event), 0);
    assert_int_equal(COM_CALL(topology.port, QueryInterface, &IID_IPortEvents, &out), STATUS_SUCCESS);
    events = out;
    COM_CALL(events, GenerateEventList, NULL, KSEVENT_CONTROL_CHANGE, FALSE, (ULONG)-1, TRUE, MUX);
    assert_int_equal(KeReadStateEvent(event), 0); // another node's
    COM_CALL(events, GenerateEventList, NULL, KSEVENT_CONTROL_CHANGE, FALSE, (ULONG)-1, TRUE, VOLUME);
    assert_int_equal(KeReadStateEvent(event), 1);
    COM_CALL(events, Release);
    kernel_close(adapter->system, file);
    ZwClose(handle);
}

PS_TEST(a_knob_that_turns_is_told_by_an_event, "TP-52", "TP-53", "TP-54", "TP-55", "TP-56", "TP-57")
{
    reset();
    adapter_try(start_topology, changes);
}

// A jack's client names the pin; another pin's event is none of its business.
static void plug(void)
{
    KSE_PIN request = {.Event = {.Set = KSEVENTSETID_PinCapsChange, .Id = KSEVENT_PINCAPS_JACKINFOCHANGE,
                                 .Flags = KSEVENT_TYPE_ENABLE},
                       .PinId = 1};
    KSEVENTDATA data = {.NotificationType = KSEVENTF_EVENT_HANDLE};
    PFILE_OBJECT file = open_it();
    PPORTEVENTS events;
    PKEVENT event;
    HANDLE handle;
    PVOID out;

    assert_int_equal(kernel_event_create(adapter->system, &event, &handle), STATUS_SUCCESS);
    data.EventHandle.Event = handle;
    assert_int_equal(control(file, IOCTL_KS_ENABLE_EVENT, &request, sizeof(request), &data, sizeof(data), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(COM_CALL(topology.port, QueryInterface, &IID_IPortEvents, &out), STATUS_SUCCESS);
    events = out;
    COM_CALL(events, GenerateEventList, (GUID *)(uintptr_t)&KSEVENTSETID_PinCapsChange,
             KSEVENT_PINCAPS_JACKINFOCHANGE, TRUE, 2, FALSE, (ULONG)-1);
    assert_int_equal(KeReadStateEvent(event), 0);
    COM_CALL(events, GenerateEventList, (GUID *)(uintptr_t)&KSEVENTSETID_PinCapsChange,
             KSEVENT_PINCAPS_JACKINFOCHANGE, TRUE, 1, FALSE, (ULONG)-1);
    assert_int_equal(KeReadStateEvent(event), 1);
    COM_CALL(events, Release);
    kernel_close(adapter->system, file);
    ZwClose(handle);
}

PS_TEST(a_jack_that_is_plugged_is_told_to_who_asked_for_its_pin, "TP-63")
{
    reset();
    adapter_try(start_topology, plug);
}

// ---- wires -------------------------------------------------------------------------------------------------------

static WCHAR second_name[] = {'T', 'w', 'o', 0};

static NTSTATUS wire_of(PFILE_OBJECT file, ULONG pin, void *reply, ULONG room)
{
    KSP_PIN request = {.Property = {.Set = KSPROPSETID_Pin, .Id = KSPROPERTY_PIN_PHYSICALCONNECTION,
                                    .Flags = KSPROPERTY_TYPE_GET},
                       .PinId = pin};

    return property(file, &request, sizeof(request), reply, room, NULL);
}

static NTSTATUS NTAPI start_wired(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    PPORT one = topology_port(fdo, resources), two = topology_port(fdo, resources);

    // Before they are registered; twice the same is once.
    assert_int_equal(PcRegisterPhysicalConnection(fdo, (PUNKNOWN)one, 1, (PUNKNOWN)two, 0), STATUS_SUCCESS);
    assert_int_equal(PcRegisterPhysicalConnection(fdo, (PUNKNOWN)one, 1, (PUNKNOWN)two, 0), STATUS_SUCCESS);
    assert_int_equal(PcRegisterPhysicalConnection(fdo, (PUNKNOWN)one, 1, (PUNKNOWN)two, 2), STATUS_SUCCESS);
    assert_int_equal(PcRegisterSubdevice(fdo, adapter_name, (PUNKNOWN)one), STATUS_SUCCESS);
    assert_int_equal(PcRegisterSubdevice(fdo, second_name, (PUNKNOWN)two), STATUS_SUCCESS);
    COM_CALL(one, Release);
    COM_CALL(two, Release);
    return STATUS_SUCCESS;
}

static void wires(void)
{
    UCHAR space[300];
    PKSPIN_PHYSICALCONNECTION reply = (PKSPIN_PHYSICALCONNECTION)space;
    PFILE_OBJECT file = open_it();

    assert_int_equal(wire_of(file, 1, space, sizeof(space)), STATUS_SUCCESS);
    assert_int_equal(reply->Pin, 0); // the oldest, and the other filter's pin
    assert_int_equal(space[reply->Size - 2], 0);
    assert_int_equal(space[reply->Size - 4], 'o'); // ...\Two
    assert_int_equal(wire_of(file, 0, space, sizeof(space)), STATUS_NOT_FOUND);
    kernel_close(adapter->system, file);
}

PS_TEST(wires_are_told_by_the_port, "TP-9", "TP-23", "TP-24", "TP-25", "TP-26")
{
    reset();
    adapter_try(start_wired, wires);
}
