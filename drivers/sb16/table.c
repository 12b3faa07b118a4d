/* SPDX-License-Identifier: MIT */
/*
 * What the filter looks like: a pin for each direction and width, one stream each.
 */
#include "sb16.h"

#define RANGE(bits, specifier)                                                                         \
    {                                                                                                  \
        {{sizeof(KSDATARANGE_AUDIO), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},                 \
          {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_PCM)}, {STATICGUIDOF(specifier)}}},                       \
        2, bits, bits, 5000, 45000                                                                     \
    }

static KSDATARANGE_AUDIO ranges[WIDTHS][2] = {
    [EIGHT] = {RANGE(8, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX),
               RANGE(8, KSDATAFORMAT_SPECIFIER_DSOUND)},
    [SIXTEEN] = {RANGE(16, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX),
                 RANGE(16, KSDATAFORMAT_SPECIFIER_DSOUND)},
};

static KSDATARANGE bridge_range = {
    {sizeof(KSDATARANGE), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
     {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_ANALOG)}, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}};

static PKSDATARANGE render_16[] = {(PKSDATARANGE)&ranges[SIXTEEN][0],
                                   (PKSDATARANGE)&ranges[SIXTEEN][1]};
static PKSDATARANGE render_8[] = {(PKSDATARANGE)&ranges[EIGHT][0],
                                  (PKSDATARANGE)&ranges[EIGHT][1]};
static PKSDATARANGE capture_16[] = {(PKSDATARANGE)&ranges[SIXTEEN][0]};
static PKSDATARANGE capture_8[] = {(PKSDATARANGE)&ranges[EIGHT][0]};
static PKSDATARANGE bridge[] = {&bridge_range};

#define PIN(count, pointers, flow, communication)                                                      \
    {                                                                                                  \
        count, count, 0, NULL,                                                                         \
        {                                                                                              \
            .DataRangesCount = SIZEOF_ARRAY(pointers), .DataRanges = pointers, .DataFlow = flow,       \
            .Communication = communication, .Category = &KSCATEGORY_AUDIO                              \
        }                                                                                              \
    }

static PCPIN_DESCRIPTOR pins[] = {
    [PIN_RENDER_16] = PIN(1, render_16, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK),
    [PIN_RENDER_8] = PIN(1, render_8, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK),
    [PIN_RENDER_BRIDGE] = PIN(0, bridge, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE),
    [PIN_CAPTURE_16] = PIN(1, capture_16, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_SINK),
    [PIN_CAPTURE_8] = PIN(1, capture_8, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_SINK),
    [PIN_CAPTURE_BRIDGE] = PIN(0, bridge, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_NONE),
};

enum { NODE_DAC, NODE_ADC };

static PCNODE_DESCRIPTOR nodes[] = {
    [NODE_DAC] = {0, NULL, &KSNODETYPE_DAC, NULL},
    [NODE_ADC] = {0, NULL, &KSNODETYPE_ADC, NULL},
};

static PCCONNECTION_DESCRIPTOR connections[] = {
    {PCFILTER_NODE, PIN_RENDER_16, NODE_DAC, 1},
    {PCFILTER_NODE, PIN_RENDER_8, NODE_DAC, 2},
    {NODE_DAC, 0, PCFILTER_NODE, PIN_RENDER_BRIDGE},
    {PCFILTER_NODE, PIN_CAPTURE_BRIDGE, NODE_ADC, 2},
    {NODE_ADC, 0, PCFILTER_NODE, PIN_CAPTURE_16},
    {NODE_ADC, 1, PCFILTER_NODE, PIN_CAPTURE_8},
};

static GUID categories[] = {
    {STATICGUIDOF(KSCATEGORY_AUDIO)},
    {STATICGUIDOF(KSCATEGORY_RENDER)},
    {STATICGUIDOF(KSCATEGORY_CAPTURE)},
};

PCFILTER_DESCRIPTOR wave_filter = {
    .PinSize = sizeof(PCPIN_DESCRIPTOR),
    .PinCount = SIZEOF_ARRAY(pins),
    .Pins = pins,
    .NodeSize = sizeof(PCNODE_DESCRIPTOR),
    .NodeCount = SIZEOF_ARRAY(nodes),
    .Nodes = nodes,
    .ConnectionCount = SIZEOF_ARRAY(connections),
    .Connections = connections,
    .CategoryCount = SIZEOF_ARRAY(categories),
    .Categories = categories,
};
