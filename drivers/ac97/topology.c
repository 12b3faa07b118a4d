/* SPDX-License-Identifier: MIT */
/*
 * The topology miniport: master volume and mute between the wave filter and the line-out jack. Property handlers
 * run at PASSIVE_LEVEL under PortCls's device lock.
 */
#include "ac97.h"

typedef struct TOPOLOGY {
    IMiniportTopology miniport;
    LONG references;
    CODEC *codec;
} TOPOLOGY;

enum { NODE_VOLUME, NODE_MUTE, CHANNELS = 2 };
enum { LEVELS = 0x1F, STEP = 0x18000 /* 1.5 dB in 1/65536 dB */ };

static TOPOLOGY *topology_from(IMiniportTopology *This)
{
    return CONTAINING_RECORD(This, TOPOLOGY, miniport);
}

/* ---- properties ---------------------------------------------------------------------------------------------- */

static LONG level_to_decibels(USHORT level)
{
    return -(LONG)(level & LEVELS) * STEP;
}

static USHORT decibels_to_level(LONG decibels)
{
    LONG level = decibels >= 0 ? 0 : (STEP / 2 - decibels) / STEP;

    return (USHORT)(level > LEVELS ? LEVELS : level);
}

/* Channel 0 is the left one, in the high byte; -1 sets both. */
static void set_level(const CODEC *codec, LONG channel, USHORT level)
{
    USHORT value = codec_read(codec, NAM_MASTER_VOLUME);

    if (channel != 1)
        value = (USHORT)((value & 0xC0FF) | level << 8);
    if (channel != 0)
        value = (USHORT)((value & 0xFFC0) | level);
    codec_write(codec, NAM_MASTER_VOLUME, value);
}

typedef struct VOLUME_RANGE {
    KSPROPERTY_DESCRIPTION description;
    KSPROPERTY_MEMBERSHEADER members;
    KSPROPERTY_STEPPING_LONG channels[CHANNELS];
} VOLUME_RANGE;

static void describe_volume(VOLUME_RANGE *range)
{
    ULONG i;

    RtlZeroMemory(range, sizeof(*range));
    range->description.AccessFlags =
        KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT;
    range->description.DescriptionSize = sizeof(*range);
    range->description.PropTypeSet.Set = KSPROPTYPESETID_General;
    range->description.PropTypeSet.Id = VT_I4;
    range->description.MembersListCount = 1;
    range->members.MembersFlags = KSPROPERTY_MEMBER_STEPPEDRANGES;
    range->members.MembersSize = sizeof(range->channels[0]);
    range->members.MembersCount = CHANNELS;
    range->members.Flags = KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL;
    for (i = 0; i < CHANNELS; i++) {
        range->channels[i].SteppingDelta = STEP;
        range->channels[i].Bounds.SignedMinimum = -LEVELS * STEP;
        range->channels[i].Bounds.SignedMaximum = 0;
    }
}

/* All of it, the description alone, or the access flags: as much as there is room for (KP-87). */
static NTSTATUS volume_range(PPCPROPERTY_REQUEST request)
{
    VOLUME_RANGE range;

    describe_volume(&range);
    if (request->ValueSize >= sizeof(range))
        request->ValueSize = sizeof(range);
    else if (request->ValueSize >= sizeof(range.description))
        request->ValueSize = sizeof(range.description);
    else if (request->ValueSize >= sizeof(ULONG))
        request->ValueSize = sizeof(ULONG);
    else
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(request->Value, &range, request->ValueSize);
    return STATUS_SUCCESS;
}

static const CODEC *request_codec(PPCPROPERTY_REQUEST request)
{
    return topology_from((IMiniportTopology *)request->MajorTarget)->codec;
}

static NTSTATUS NTAPI volume_handler(PPCPROPERTY_REQUEST request)
{
    const CODEC *codec = request_codec(request);
    LONG channel, *value = request->Value;

    if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT)
        return volume_range(request);
    if (request->InstanceSize < sizeof(LONG) || request->ValueSize < sizeof(LONG))
        return STATUS_BUFFER_TOO_SMALL;
    channel = *(const LONG *)request->Instance;
    if (channel < -1 || channel > 1)
        return STATUS_INVALID_PARAMETER;
    if (request->Verb & KSPROPERTY_TYPE_GET) {
        USHORT level = codec_read(codec, NAM_MASTER_VOLUME);

        *value = level_to_decibels(channel == 1 ? level : level >> 8);
        request->ValueSize = sizeof(LONG);
    } else {
        set_level(codec, channel, decibels_to_level(*value));
    }
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI mute_handler(PPCPROPERTY_REQUEST request)
{
    const CODEC *codec = request_codec(request);
    USHORT volume = codec_read(codec, NAM_MASTER_VOLUME);

    if (request->ValueSize < sizeof(BOOL))
        return STATUS_BUFFER_TOO_SMALL;
    if (request->InstanceSize >= sizeof(LONG) &&
        (*(const LONG *)request->Instance < -1 || *(const LONG *)request->Instance > 1))
        return STATUS_INVALID_PARAMETER; /* one switch for both channels */
    if (request->Verb & KSPROPERTY_TYPE_GET) {
        *(BOOL *)request->Value = (volume & VOLUME_MUTE) != 0;
        request->ValueSize = sizeof(BOOL);
    } else {
        volume &= (USHORT)~VOLUME_MUTE;
        codec_write(codec, NAM_MASTER_VOLUME,
                    *(const BOOL *)request->Value ? volume | VOLUME_MUTE : volume);
    }
    return STATUS_SUCCESS;
}

static PCPROPERTY_ITEM volume_items[] = {
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL,
     KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT, volume_handler},
};
static PCPROPERTY_ITEM mute_items[] = {
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUTE, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET,
     mute_handler},
};

static PCAUTOMATION_TABLE volume_table = {
    .PropertyItemSize = sizeof(PCPROPERTY_ITEM),
    .PropertyCount = SIZEOF_ARRAY(volume_items),
    .Properties = volume_items,
};
static PCAUTOMATION_TABLE mute_table = {
    .PropertyItemSize = sizeof(PCPROPERTY_ITEM),
    .PropertyCount = SIZEOF_ARRAY(mute_items),
    .Properties = mute_items,
};

/* ---- what the filter looks like ---------------------------------------------------------------------------- */

static KSDATARANGE bridge_range = {
    {sizeof(KSDATARANGE), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
     {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_ANALOG)}, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}};
static PKSDATARANGE bridge_pointers[] = {&bridge_range};

#define BRIDGE(flow, category)                                                                         \
    {                                                                                                  \
        0, 0, 0, NULL,                                                                                 \
        {                                                                                              \
            .DataRangesCount = 1, .DataRanges = bridge_pointers, .DataFlow = flow,                     \
            .Communication = KSPIN_COMMUNICATION_NONE, .Category = &category                           \
        }                                                                                              \
    }

static PCPIN_DESCRIPTOR pins[] = {
    [TOPOLOGY_PIN_WAVE_IN] = BRIDGE(KSPIN_DATAFLOW_IN, KSCATEGORY_AUDIO),
    [TOPOLOGY_PIN_LINE_OUT] = BRIDGE(KSPIN_DATAFLOW_OUT, KSNODETYPE_SPEAKER),
    [TOPOLOGY_PIN_LINE_IN] = BRIDGE(KSPIN_DATAFLOW_IN, KSNODETYPE_LINE_CONNECTOR),
    [TOPOLOGY_PIN_WAVE_OUT] = BRIDGE(KSPIN_DATAFLOW_OUT, KSCATEGORY_AUDIO),
};

static PCNODE_DESCRIPTOR nodes[] = {
    [NODE_VOLUME] = {0, &volume_table, &KSNODETYPE_VOLUME, &KSAUDFNAME_MASTER_VOLUME},
    [NODE_MUTE] = {0, &mute_table, &KSNODETYPE_MUTE, &KSAUDFNAME_MASTER_MUTE},
};

static PCCONNECTION_DESCRIPTOR connections[] = {
    {PCFILTER_NODE, TOPOLOGY_PIN_WAVE_IN, NODE_VOLUME, 1},
    {NODE_VOLUME, 0, NODE_MUTE, 1},
    {NODE_MUTE, 0, PCFILTER_NODE, TOPOLOGY_PIN_LINE_OUT},
    {PCFILTER_NODE, TOPOLOGY_PIN_LINE_IN, PCFILTER_NODE, TOPOLOGY_PIN_WAVE_OUT},
};

static GUID categories[] = {{STATICGUIDOF(KSCATEGORY_AUDIO)}, {STATICGUIDOF(KSCATEGORY_TOPOLOGY)}};

static PCFILTER_DESCRIPTOR description = {
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

static NTSTATUS NTAPI topology_get_description(IMiniportTopology *This, PPCFILTER_DESCRIPTOR *out)
{
    (void)This;
    *out = &description;
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
    topology->codec = CONTAINING_RECORD(adapter, CODEC, unknown);
    adapter->lpVtbl->AddRef(adapter);
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
        if (topology->codec)
            topology->codec->unknown.lpVtbl->Release(&topology->codec->unknown);
        ExFreePoolWithTag(topology, AC97_TAG);
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
    TOPOLOGY *topology = ExAllocatePoolWithTag(NonPagedPool, sizeof(*topology), AC97_TAG);

    *out = NULL;
    if (!topology)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(topology, sizeof(*topology));
    topology->miniport.lpVtbl = &topology_vtbl;
    topology->references = 1;
    *out = (PUNKNOWN)&topology->miniport;
    return STATUS_SUCCESS;
}
