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
