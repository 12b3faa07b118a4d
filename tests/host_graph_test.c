// SPDX-License-Identifier: MIT
//
// The walk from a device's connectors to its streaming pins: which endpoints there are, and which controls are theirs.
#include "tests/adapter_rig.h"

#include "host/graph.h"

enum { PLAYER, SPEAKER, OTHER_PLAYER, HEADPHONES, LINE, RECORDER, ALONE, PINS };
enum { FIRST, SUM, MASTER, MUTE, NODES };

static PCPIN_DESCRIPTOR pins[PINS];
static PCNODE_DESCRIPTOR nodes[NODES];
static PCCONNECTION_DESCRIPTOR connections[16];
static PCFILTER_DESCRIPTOR filter;

static void pin(ULONG id, KSPIN_DATAFLOW flow, KSPIN_COMMUNICATION communication)
{
    pins[id] = (PCPIN_DESCRIPTOR){.KsPinDescriptor = {.DataFlow = flow, .Communication = communication}};
}

static void connect(ULONG from, ULONG from_pin, ULONG to, ULONG to_pin)
{
    connections[filter.ConnectionCount++] = (PCCONNECTION_DESCRIPTOR){from, from_pin, to, to_pin};
}

static void reset(void)
{
    static const GUID *const types[NODES] = {&KSNODETYPE_VOLUME, &KSNODETYPE_SUM, &KSNODETYPE_VOLUME,
                                             &KSNODETYPE_MUTE};

    pin(PLAYER, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK);
    pin(SPEAKER, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE);
    pin(OTHER_PLAYER, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK);
    pin(HEADPHONES, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_BRIDGE);
    pin(LINE, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_NONE);
    pin(RECORDER, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_SINK);
    pin(ALONE, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE);
    for (ULONG id = 0; id < NODES; id++)
        nodes[id] = (PCNODE_DESCRIPTOR){0, NULL, types[id], NULL};
    filter = (PCFILTER_DESCRIPTOR){.PinSize = sizeof(pins[0]), .PinCount = PINS, .Pins = pins,
                                   .NodeSize = sizeof(nodes[0]), .NodeCount = NODES, .Nodes = nodes,
                                   .Connections = connections};
    connect(PCFILTER_NODE, PLAYER, FIRST, 1);
    connect(FIRST, 0, SUM, 1);
    connect(PCFILTER_NODE, OTHER_PLAYER, SUM, 2);
    connect(SUM, 0, MASTER, 1);
    connect(MASTER, 0, MUTE, 1);
    connect(MUTE, 0, PCFILTER_NODE, SPEAKER);
    connect(PCFILTER_NODE, OTHER_PLAYER, PCFILTER_NODE, HEADPHONES);
    connect(PCFILTER_NODE, LINE, PCFILTER_NODE, RECORDER);
    topology_reset(&filter);
}

static void walk(void)
{
    struct port_device *device = port_device_from(adapter->fdo);
    struct graph_endpoint endpoint;

    assert_true(graph_endpoint(device, 0, &endpoint));
    assert_int_equal(endpoint.bridge.pin, SPEAKER);
    assert_true(endpoint.render);
    // Both pins that reach it, in the descriptor's order; Windows would hide the second.
    assert_int_equal(endpoint.host_count, 2);
    assert_int_equal(endpoint.hosts[0].pin, PLAYER);
    assert_int_equal(endpoint.hosts[1].pin, OTHER_PLAYER);
    // The volume behind the SUM is one of a source.
    assert_int_equal(endpoint.volume.node, MASTER);
    assert_int_equal(endpoint.mute.node, MUTE);
    assert_false(endpoint.shared);
    assert_true(graph_endpoint(device, 1, &endpoint));
    assert_int_equal(endpoint.bridge.pin, HEADPHONES);
    assert_true(endpoint.shared); // a pin of the speakers
    assert_null(endpoint.volume.filter);
    assert_true(graph_endpoint(device, 2, &endpoint));
    assert_int_equal(endpoint.bridge.pin, LINE);
    assert_false(endpoint.render);
    assert_int_equal(endpoint.hosts[0].pin, RECORDER);
    assert_true(graph_endpoint(device, 3, &endpoint));
    assert_int_equal(endpoint.host_count, 0); // not present
    assert_false(graph_endpoint(device, 4, &endpoint));
}

PS_TEST(endpoints_lead_from_connectors_to_streaming_pins, "TP-66", "TP-67", "TP-68", "TP-69", "TP-71", "TP-72")
{
    reset();
    adapter_try(start_topology, walk);
}

static void round_and_round(void)
{
    struct graph_endpoint endpoint;

    assert_true(graph_endpoint(port_device_from(adapter->fdo), 0, &endpoint));
    assert_int_equal(endpoint.host_count, 2);
}

PS_TEST(a_cycle_is_walked_once, "TP-71")
{
    reset();
    connect(MUTE, 0, SUM, 3);
    connect(PCFILTER_NODE, SPEAKER, PCFILTER_NODE, SPEAKER);
    adapter_try(start_topology, round_and_round);
}

// ---- the default ---------------------------------------------------------------------------------------

static PPORT port;

static NTSTATUS NTAPI start_and_keep(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    NTSTATUS status;

    port = topology_port(fdo, resources);
    if (!port)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = PcRegisterSubdevice(fdo, adapter_name, (PUNKNOWN)port);
    if (!NT_SUCCESS(status))
        COM_CALL(port, Release);
    return status;
}

static ULONG default_pin(bool render)
{
    struct port_device *device = port_device_from(adapter->fdo);
    struct graph_endpoint endpoint;
    unsigned index;

    if (!graph_default(device, render, &index) || !graph_endpoint(device, index, &endpoint))
        return (ULONG)-1;
    return endpoint.bridge.pin;
}

static void pull_out(void)
{
    IUnregisterSubdevice *pull;
    PVOID out;

    assert_int_equal(COM_CALL(port, QueryInterface, &IID_IUnregisterSubdevice, &out), STATUS_SUCCESS);
    pull = out;
    assert_int_equal(COM_CALL(pull, UnregisterSubdevice, adapter->fdo, (PUNKNOWN)port), STATUS_SUCCESS);
    COM_CALL(pull, Release);
}

static void come_and_go(void)
{
    struct graph_endpoint endpoint;
    PFILE_OBJECT open = NULL;

    assert_int_equal(default_pin(true), SPEAKER); // neither has a category: the first
    pins[HEADPHONES].KsPinDescriptor.Category = &KSNODETYPE_SPDIF_INTERFACE;
    assert_int_equal(default_pin(true), HEADPHONES);
    pins[SPEAKER].KsPinDescriptor.Category = &KSNODETYPE_LINE_CONNECTOR;
    assert_int_equal(default_pin(true), SPEAKER);
    pins[HEADPHONES].KsPinDescriptor.Category = &KSNODETYPE_LINE_CONNECTOR;
    assert_int_equal(default_pin(true), SPEAKER); // of two alike the first
    pins[HEADPHONES].KsPinDescriptor.Category = &KSNODETYPE_SPEAKER;
    assert_int_equal(default_pin(true), HEADPHONES);
    pins[ALONE].KsPinDescriptor.Category = &KSNODETYPE_SPEAKER;
    assert_int_equal(default_pin(true), HEADPHONES); // ALONE is not present
    assert_int_equal(default_pin(false), LINE);
    assert_int_equal(open_topology(&open), STATUS_SUCCESS);
    pull_out();
    assert_false(graph_endpoint(port_device_from(adapter->fdo), 0, &endpoint)); // though a handle is open
    assert_int_equal(default_pin(true), (ULONG)-1);
    kernel_close(adapter->system, open);
    assert_int_equal(PcRegisterSubdevice(adapter->fdo, adapter_name, (PUNKNOWN)port), STATUS_SUCCESS);
    assert_int_equal(default_pin(true), HEADPHONES);
    COM_CALL(port, Release);
}

PS_TEST(the_default_endpoint_is_the_best_of_those_that_are_there, "TP-70")
{
    reset();
    adapter_try(start_and_keep, come_and_go);
}
