/* SPDX-License-Identifier: MIT */
/*
 * The topology miniport: for each side a pin towards the wave filter and the jack's, and between them volume and mute
 * as far as the path has an amplifier that does it.
 */
#include "hda.h"

static TOPOLOGY *topology_from(IMiniportTopology *This)
{
    return CONTAINING_RECORD(This, TOPOLOGY, miniport);
}

/* ---- what the filter looks like ---------------------------------------------------------------------------- */

static KSDATARANGE bridge_range = {
    {sizeof(KSDATARANGE), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
     {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_ANALOG)}, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}};
static PKSDATARANGE bridge_pointers[] = {&bridge_range};

static const GUID *jack_category(const PATH *path, ULONG side)
{
    if (side == SIDE_RENDER)
        return path->device == DEVICE_HEADPHONE ? &KSNODETYPE_HEADPHONES : &KSNODETYPE_SPEAKER;
    return path->device == DEVICE_MICROPHONE ? &KSNODETYPE_MICROPHONE : &KSNODETYPE_LINE_CONNECTOR;
}

static void set_pin(PCPIN_DESCRIPTOR *pin, KSPIN_DATAFLOW flow, const GUID *category)
{
    pin->KsPinDescriptor.DataRangesCount = SIZEOF_ARRAY(bridge_pointers);
    pin->KsPinDescriptor.DataRanges = bridge_pointers;
    pin->KsPinDescriptor.DataFlow = flow;
    pin->KsPinDescriptor.Communication = KSPIN_COMMUNICATION_NONE;
    pin->KsPinDescriptor.Category = category;
}

/* A node between what was connected last and what comes next: node and pin there. */
typedef struct PLACE {
    ULONG node, pin;
} PLACE;

static void connect(TOPOLOGY *topology, PLACE *from, ULONG node, ULONG pin)
{
    PCCONNECTION_DESCRIPTOR *connection =
        &topology->connections[topology->description.ConnectionCount++];

    connection->FromNode = from->node;
    connection->FromNodePin = from->pin;
    connection->ToNode = node;
    connection->ToNodePin = pin;
    from->node = node;
    from->pin = 0; /* a node's output */
}

static void add_node(TOPOLOGY *topology, ULONG side, PLACE *from, const GUID *type,
                     const GUID *name, const PCAUTOMATION_TABLE *table)
{
    ULONG node = topology->description.NodeCount++;

    topology->nodes[node].Type = type;
    topology->nodes[node].Name = name;
    topology->nodes[node].AutomationTable = table;
    topology->node_side[node] = side;
    connect(topology, from, node, 1);
}

static void add_nodes(TOPOLOGY *topology, ULONG side, const AMP *amp, PLACE *from)
{
    BOOLEAN render = side == SIDE_RENDER;

    if (amp->present && AMP_STEPS(amp->caps))
        add_node(topology, side, from, &KSNODETYPE_VOLUME,
                 render ? &KSAUDFNAME_MASTER_VOLUME : &KSAUDFNAME_LINE_IN_VOLUME, &volume_table);
    if (amp->present && AMP_CAN_MUTE(amp->caps))
        add_node(topology, side, from, &KSNODETYPE_MUTE,
                 render ? &KSAUDFNAME_MASTER_MUTE : &KSAUDFNAME_LINE_MUTE, &mute_table);
}

static void add_side(TOPOLOGY *topology, ULONG side)
{
    const PATH *path = &topology->controller->paths[side];
    ULONG inner = pin_number(topology->controller, side, TOPOLOGY_WAVE);
    ULONG jack = pin_number(topology->controller, side, TOPOLOGY_JACK);
    BOOLEAN render = side == SIDE_RENDER;
    PLACE from = {PCFILTER_NODE, render ? inner : jack};

    topology->description.PinCount += SIDE_PINS;
    set_pin(&topology->pins[inner], render ? KSPIN_DATAFLOW_IN : KSPIN_DATAFLOW_OUT,
            &KSCATEGORY_AUDIO);
    set_pin(&topology->pins[jack], render ? KSPIN_DATAFLOW_OUT : KSPIN_DATAFLOW_IN,
            jack_category(path, side));
    add_nodes(topology, side, &path->amp, &from);
    connect(topology, &from, PCFILTER_NODE, render ? jack : inner);
}

static void describe(TOPOLOGY *topology)
{
    PCFILTER_DESCRIPTOR *description = &topology->description;
    ULONG side;

    topology->categories[0] = KSCATEGORY_AUDIO;
    topology->categories[1] = KSCATEGORY_TOPOLOGY;
    description->PinSize = sizeof(PCPIN_DESCRIPTOR);
    description->Pins = topology->pins;
    description->NodeSize = sizeof(PCNODE_DESCRIPTOR);
    description->Nodes = topology->nodes;
    description->Connections = topology->connections;
    description->CategoryCount = SIZEOF_ARRAY(topology->categories);
    description->Categories = topology->categories;
    for (side = 0; side < SIDES; side++)
        if (topology->controller->paths[side].present)
            add_side(topology, side);
}

static NTSTATUS NTAPI topology_get_description(IMiniportTopology *This, PPCFILTER_DESCRIPTOR *out)
{
    *out = &topology_from(This)->description;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI topology_intersection(IMiniportTopology *This, ULONG pin,
                                            PKSDATARANGE client, PKSDATARANGE mine, ULONG bytes,
                                            PVOID result, PULONG result_bytes)
{
    (void)This, (void)pin, (void)client, (void)mine, (void)bytes, (void)result, (void)result_bytes;
    return STATUS_NOT_IMPLEMENTED;
}

static NTSTATUS NTAPI topology_init(IMiniportTopology *This, PUNKNOWN adapter,
                                    PRESOURCELIST resources, PPORTTOPOLOGY port)
{
    TOPOLOGY *topology = topology_from(This);

    (void)resources, (void)port;
    topology->controller = CONTAINING_RECORD(adapter, CONTROLLER, unknown);
    adapter->lpVtbl->AddRef(adapter);
    describe(topology);
    return STATUS_SUCCESS;
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static ULONG NTAPI topology_add_ref(IMiniportTopology *This)
{
    return (ULONG)InterlockedIncrement(&topology_from(This)->references);
}

static ULONG NTAPI topology_release(IMiniportTopology *This)
{
    TOPOLOGY *topology = topology_from(This);
    LONG left = InterlockedDecrement(&topology->references);

    if (left == 0) {
        if (topology->controller)
            topology->controller->unknown.lpVtbl->Release(&topology->controller->unknown);
        ExFreePoolWithTag(topology, HDA_TAG);
    }
    return (ULONG)left;
}

static NTSTATUS NTAPI topology_query(IMiniportTopology *This, REFIID iid, PVOID *out)
{
    *out = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IMiniport) &&
        !IsEqualGUID(iid, &IID_IMiniportTopology))
        return STATUS_INVALID_PARAMETER;
    topology_add_ref(This);
    *out = This;
    return STATUS_SUCCESS;
}

static const IMiniportTopologyVtbl topology_vtbl = {
    .QueryInterface = topology_query,
    .AddRef = topology_add_ref,
    .Release = topology_release,
    .GetDescription = topology_get_description,
    .DataRangeIntersection = topology_intersection,
    .Init = topology_init,
};

NTSTATUS topology_create(PUNKNOWN *out)
{
    TOPOLOGY *topology = ExAllocatePoolWithTag(NonPagedPool, sizeof(*topology), HDA_TAG);

    *out = NULL;
    if (!topology)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(topology, sizeof(*topology));
    topology->miniport.lpVtbl = &topology_vtbl;
    topology->references = 1;
    *out = (PUNKNOWN)&topology->miniport;
    return STATUS_SUCCESS;
}
