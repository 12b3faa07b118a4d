// SPDX-License-Identifier: MIT
//
// What the wave filter looks like: two stream pins, which DirectSound may loop, and their bridge pins.
#include "cyclic.h"

#define RANGE(specifier)                                                                               \
    {                                                                                                  \
        {{sizeof(KSDATARANGE_AUDIO), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},                 \
          {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_PCM)}, {STATICGUIDOF(specifier)}}},                       \
            2, 16, 16, 8000, 48000                                                                     \
    }

static KSDATARANGE_AUDIO AudioRanges[] = {
    RANGE(KSDATAFORMAT_SPECIFIER_WAVEFORMATEX),
    RANGE(KSDATAFORMAT_SPECIFIER_DSOUND),
};

static KSDATARANGE BridgeRange = {
    {sizeof(KSDATARANGE), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
     {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_ANALOG)}, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}};

static PKSDATARANGE StreamRanges[] = {PKSDATARANGE(&AudioRanges[0]), PKSDATARANGE(&AudioRanges[1])};
static PKSDATARANGE BridgeRanges[] = {&BridgeRange};

#define PIN(count, ranges, flow, communication)                                                        \
    {                                                                                                  \
        count, count, 0, NULL,                                                                         \
        {                                                                                              \
            0, NULL, 0, NULL, SIZEOF_ARRAY(ranges), ranges, flow, communication, &KSCATEGORY_AUDIO,    \
            NULL, {0}                                                                                  \
        }                                                                                              \
    }

static PCPIN_DESCRIPTOR Pins[] = { // in the order of WAVE_PIN_...
    PIN(1, StreamRanges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK),
    PIN(0, BridgeRanges, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE),
    PIN(1, StreamRanges, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_SINK),
    PIN(0, BridgeRanges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_NONE),
};

enum { NODE_DAC, NODE_ADC };

static PCNODE_DESCRIPTOR Nodes[] = {
    {0, NULL, &KSNODETYPE_DAC, NULL},
    {0, NULL, &KSNODETYPE_ADC, NULL},
};

static PCCONNECTION_DESCRIPTOR Connections[] = {
    {PCFILTER_NODE, WAVE_PIN_RENDER, NODE_DAC, KSNODEPIN_STANDARD_IN},
    {NODE_DAC, KSNODEPIN_STANDARD_OUT, PCFILTER_NODE, WAVE_PIN_RENDER_BRIDGE},
    {PCFILTER_NODE, WAVE_PIN_CAPTURE_BRIDGE, NODE_ADC, KSNODEPIN_STANDARD_IN},
    {NODE_ADC, KSNODEPIN_STANDARD_OUT, PCFILTER_NODE, WAVE_PIN_CAPTURE},
};

static GUID Categories[] = {
    {STATICGUIDOF(KSCATEGORY_AUDIO)},
    {STATICGUIDOF(KSCATEGORY_RENDER)},
    {STATICGUIDOF(KSCATEGORY_CAPTURE)},
};

PCFILTER_DESCRIPTOR WaveFilter = {
    0, NULL, sizeof(PCPIN_DESCRIPTOR), SIZEOF_ARRAY(Pins), Pins, sizeof(PCNODE_DESCRIPTOR),
    SIZEOF_ARRAY(Nodes), Nodes, SIZEOF_ARRAY(Connections), Connections, SIZEOF_ARRAY(Categories),
    Categories};
