// SPDX-License-Identifier: MIT
//
// What the topology filter looks like: volume and mute on the way out, nothing on the way in.
#include "common.h"

static PCPROPERTY_ITEM VolumeItems[] = {
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL,
     KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT, VolumeHandler},
};
static PCPROPERTY_ITEM MuteItems[] = {
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUTE, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET,
     MuteHandler},
};
static DEFINE_PCAUTOMATION_TABLE_PROP(VolumeTable, VolumeItems);
static DEFINE_PCAUTOMATION_TABLE_PROP(MuteTable, MuteItems);

static KSDATARANGE BridgeRange = {
    {sizeof(KSDATARANGE), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
     {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_ANALOG)}, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}};
static PKSDATARANGE BridgeRanges[] = {&BridgeRange};

#define BRIDGE(flow, category)                                                                         \
    {                                                                                                  \
        0, 0, 0, NULL,                                                                                 \
        {                                                                                              \
            0, NULL, 0, NULL, SIZEOF_ARRAY(BridgeRanges), BridgeRanges, flow,                          \
            KSPIN_COMMUNICATION_NONE, &category, NULL, {0}                                             \
        }                                                                                              \
    }

static PCPIN_DESCRIPTOR Pins[] = { // in the order of TOPOLOGY_PIN_...
    BRIDGE(KSPIN_DATAFLOW_IN, KSCATEGORY_AUDIO),
    BRIDGE(KSPIN_DATAFLOW_OUT, KSNODETYPE_SPEAKER),
    BRIDGE(KSPIN_DATAFLOW_IN, KSNODETYPE_LINE_CONNECTOR),
    BRIDGE(KSPIN_DATAFLOW_OUT, KSCATEGORY_AUDIO),
};

enum { NODE_VOLUME, NODE_MUTE };

static PCNODE_DESCRIPTOR Nodes[] = {
    {0, &VolumeTable, &KSNODETYPE_VOLUME, &KSAUDFNAME_MASTER_VOLUME},
    {0, &MuteTable, &KSNODETYPE_MUTE, &KSAUDFNAME_MASTER_MUTE},
};

static PCCONNECTION_DESCRIPTOR Connections[] = {
    {PCFILTER_NODE, TOPOLOGY_PIN_WAVE_IN, NODE_VOLUME, KSNODEPIN_STANDARD_IN},
    {NODE_VOLUME, KSNODEPIN_STANDARD_OUT, NODE_MUTE, KSNODEPIN_STANDARD_IN},
    {NODE_MUTE, KSNODEPIN_STANDARD_OUT, PCFILTER_NODE, TOPOLOGY_PIN_LINE_OUT},
    {PCFILTER_NODE, TOPOLOGY_PIN_LINE_IN, PCFILTER_NODE, TOPOLOGY_PIN_WAVE_OUT},
};

static GUID Categories[] = {{STATICGUIDOF(KSCATEGORY_AUDIO)}, {STATICGUIDOF(KSCATEGORY_TOPOLOGY)}};

PCFILTER_DESCRIPTOR TopologyFilter = {
    0, NULL, sizeof(PCPIN_DESCRIPTOR), SIZEOF_ARRAY(Pins), Pins, sizeof(PCNODE_DESCRIPTOR),
    SIZEOF_ARRAY(Nodes), Nodes, SIZEOF_ARRAY(Connections), Connections, SIZEOF_ARRAY(Categories),
    Categories};
