/* SPDX-License-Identifier: MIT */
/*
 * What the wave filter looks like: for each side that the codecs have, a streaming pin, a converter and a bridge pin to
 * the topology filter. A data range holds one rate, as rates do not lie close together.
 */
#include "hda.h"

static KSDATARANGE bridge_range = {
    {sizeof(KSDATARANGE), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
     {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_ANALOG)}, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}};
static PKSDATARANGE bridge_pointers[] = {&bridge_range};

static const KSDATARANGE stream_range = {
    {sizeof(KSDATARANGE_AUDIO), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
     {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_PCM)}, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)}}};

static void add_range(FILTER *filter, ULONG side, ULONG *count, ULONG channels, ULONG bits,
                      ULONG rate)
{
    KSDATARANGE_AUDIO *range = &filter->ranges[side][*count];

    range->DataRange = stream_range;
    range->MaximumChannels = channels;
    range->MinimumBitsPerSample = range->MaximumBitsPerSample = bits;
    range->MinimumSampleFrequency = range->MaximumSampleFrequency = rate;
    filter->range_pointers[side][*count] = (PKSDATARANGE)range;
    ++*count;
}

static ULONG add_ranges(FILTER *filter, ULONG side, const PATH *path)
{
    ULONG count = 0, i;

    for (i = 0; i < RATES; i++)
        if (format_rate(path, i) && path->pcm & PCM_16)
            add_range(filter, side, &count, path->channels, 16, format_rate(path, i));
    for (i = 0; i < RATES; i++)
        if (format_rate(path, i) && format_wide_bits(path))
            add_range(filter, side, &count, path->channels, 32, format_rate(path, i));
    return count;
}

static void add_pins(FILTER *filter, ULONG side, const PATH *path)
{
    PCPIN_DESCRIPTOR *pin = &filter->pins[filter->description.PinCount];
    BOOLEAN render = side == SIDE_RENDER;

    filter->description.PinCount += SIDE_PINS;
    pin[WAVE_STREAMING].MaxGlobalInstanceCount = 1;
    pin[WAVE_STREAMING].MaxFilterInstanceCount = 1;
    pin[WAVE_STREAMING].KsPinDescriptor.DataRangesCount = add_ranges(filter, side, path);
    pin[WAVE_STREAMING].KsPinDescriptor.DataRanges = filter->range_pointers[side];
    pin[WAVE_STREAMING].KsPinDescriptor.DataFlow =
        render ? KSPIN_DATAFLOW_IN : KSPIN_DATAFLOW_OUT;
    pin[WAVE_STREAMING].KsPinDescriptor.Communication = KSPIN_COMMUNICATION_SINK;
    pin[WAVE_STREAMING].KsPinDescriptor.Category = &KSCATEGORY_AUDIO;
    pin[WAVE_BRIDGE].KsPinDescriptor.DataRangesCount = SIZEOF_ARRAY(bridge_pointers);
    pin[WAVE_BRIDGE].KsPinDescriptor.DataRanges = bridge_pointers;
    pin[WAVE_BRIDGE].KsPinDescriptor.DataFlow = render ? KSPIN_DATAFLOW_OUT : KSPIN_DATAFLOW_IN;
    pin[WAVE_BRIDGE].KsPinDescriptor.Communication = KSPIN_COMMUNICATION_NONE;
    pin[WAVE_BRIDGE].KsPinDescriptor.Category = &KSCATEGORY_AUDIO;
}

static void connect(FILTER *filter, ULONG from_node, ULONG from_pin, ULONG to_node, ULONG to_pin)
{
    PCCONNECTION_DESCRIPTOR *connection =
        &filter->connections[filter->description.ConnectionCount++];

    connection->FromNode = from_node;
    connection->FromNodePin = from_pin;
    connection->ToNode = to_node;
    connection->ToNodePin = to_pin;
}

static void add_converter(FILTER *filter, const CONTROLLER *controller, ULONG side)
{
    ULONG node = filter->description.NodeCount++;
    ULONG streaming = pin_number(controller, side, WAVE_STREAMING);
    ULONG bridge = pin_number(controller, side, WAVE_BRIDGE);

    filter->nodes[node].Type = side == SIDE_RENDER ? &KSNODETYPE_DAC : &KSNODETYPE_ADC;
    connect(filter, PCFILTER_NODE, side == SIDE_RENDER ? streaming : bridge, node, 1);
    connect(filter, node, 0, PCFILTER_NODE, side == SIDE_RENDER ? bridge : streaming);
}

static void add_category(FILTER *filter, const GUID *category)
{
    filter->categories[filter->description.CategoryCount++] = *category;
}

void filter_build(FILTER *filter, const CONTROLLER *controller)
{
    PCFILTER_DESCRIPTOR *description = &filter->description;
    ULONG side;

    RtlZeroMemory(filter, sizeof(*filter));
    description->PinSize = sizeof(PCPIN_DESCRIPTOR);
    description->Pins = filter->pins;
    description->NodeSize = sizeof(PCNODE_DESCRIPTOR);
    description->Nodes = filter->nodes;
    description->Connections = filter->connections;
    description->Categories = filter->categories;
    add_category(filter, &KSCATEGORY_AUDIO);
    add_category(filter, &KSCATEGORY_REALTIME);
    for (side = 0; side < SIDES; side++) {
        if (!controller->paths[side].present)
            continue;
        add_category(filter, side == SIDE_RENDER ? &KSCATEGORY_RENDER : &KSCATEGORY_CAPTURE);
        add_pins(filter, side, &controller->paths[side]);
        add_converter(filter, controller, side);
    }
}
