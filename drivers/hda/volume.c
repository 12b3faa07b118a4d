/* SPDX-License-Identifier: MIT */
/*
 * Volume and mute of a side, as properties of the topology filter's nodes. Levels are 1/65536 dB, amplifiers count in
 * quarters of a decibel (HD-146). What was set is kept here: a get does not ask the codec.
 */
#include "hda.h"

enum { QUARTER = 0x4000 };

static LONG step_of(const AMP *amp)
{
    return (LONG)AMP_STEP_SIZE(amp->caps) * QUARTER;
}

static LONG level_of(const AMP *amp, ULONG gain)
{
    return ((LONG)gain - (LONG)AMP_OFFSET(amp->caps)) * step_of(amp);
}

/* To the nearest step; what is beyond the range becomes its end (TP-38). */
static UCHAR gain_for(const AMP *amp, LONG level)
{
    LONG lowest = level_of(amp, 0), highest = level_of(amp, AMP_STEPS(amp->caps));

    if (level <= lowest)
        return 0;
    if (level >= highest)
        return (UCHAR)AMP_STEPS(amp->caps);
    return (UCHAR)((level - lowest + step_of(amp) / 2) / step_of(amp));
}

static PATH *path_of(CONTROLLER *controller, const TOPOLOGY *topology, ULONG node)
{
    return &controller->paths[topology->node_side[node]];
}

/* ---- basic support (TP-44 to TP-47) ------------------------------------------------------------------------ */

typedef struct RANGES {
    KSPROPERTY_DESCRIPTION description;
    KSPROPERTY_MEMBERSHEADER members;
    KSPROPERTY_STEPPING_LONG channels[2];
} RANGES;

static void fill_ranges(RANGES *ranges, ULONG bytes, ULONG type, ULONG channels)
{
    RtlZeroMemory(ranges, sizeof(*ranges));
    ranges->description.AccessFlags =
        KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT;
    ranges->description.DescriptionSize = bytes;
    ranges->description.PropTypeSet.Set = KSPROPTYPESETID_General;
    ranges->description.PropTypeSet.Id = type;
    ranges->description.MembersListCount = 1;
    ranges->members.MembersFlags = KSPROPERTY_MEMBER_STEPPEDRANGES;
    ranges->members.MembersSize = sizeof(ranges->channels[0]);
    ranges->members.MembersCount = channels;
    ranges->members.Flags = KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL;
}

/* All of it, the description alone, or the access flags: as much as there is room for (KP-87). */
static NTSTATUS answer_ranges(PPCPROPERTY_REQUEST request, ULONG type, ULONG channels, LONG lowest,
                              LONG highest, LONG step)
{
    ULONG bytes = FIELD_OFFSET(RANGES, channels) + channels * sizeof(KSPROPERTY_STEPPING_LONG), i;
    RANGES ranges;

    fill_ranges(&ranges, bytes, type, channels);
    for (i = 0; i < channels; i++) {
        ranges.channels[i].SteppingDelta = (ULONG)step;
        ranges.channels[i].Bounds.SignedMinimum = lowest;
        ranges.channels[i].Bounds.SignedMaximum = highest;
    }
    if (request->ValueSize >= bytes)
        request->ValueSize = bytes;
    else if (request->ValueSize >= sizeof(ranges.description))
        request->ValueSize = sizeof(ranges.description);
    else if (request->ValueSize >= sizeof(ULONG))
        request->ValueSize = sizeof(ULONG);
    else
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(request->Value, &ranges, request->ValueSize);
    return STATUS_SUCCESS;
}

/* ---- get and set ----------------------------------------------------------------------------------------------- */

/* Which channel a request is about; -1: all. */
static NTSTATUS find_channel(PPCPROPERTY_REQUEST request, const AMP *amp, LONG *channel)
{
    if (request->InstanceSize < sizeof(LONG) || request->ValueSize < sizeof(LONG))
        return STATUS_BUFFER_TOO_SMALL;
    *channel = *(const LONG *)request->Instance;
    return *channel < -1 || *channel >= (LONG)amp->channels ? STATUS_INVALID_PARAMETER
                                                             : STATUS_SUCCESS;
}

/* What the codec did not take is not remembered. */
static NTSTATUS change(CONTROLLER *controller, PATH *path, const AMP *amp)
{
    AMP before = path->amp;
    NTSTATUS status;

    path->amp = *amp;
    status = amp_apply(controller, path);
    if (!NT_SUCCESS(status))
        path->amp = before;
    return status;
}

static NTSTATUS set_level(CONTROLLER *controller, PATH *path, LONG channel, LONG level)
{
    AMP amp = path->amp;

    if (channel != 1)
        amp.gain[0] = gain_for(&amp, level);
    if (channel != 0 || amp.channels == 1)
        amp.gain[1] = gain_for(&amp, level);
    return change(controller, path, &amp);
}

static NTSTATUS NTAPI volume_handler(PPCPROPERTY_REQUEST request)
{
    TOPOLOGY *topology =
        CONTAINING_RECORD((IMiniportTopology *)request->MajorTarget, TOPOLOGY, miniport);
    PATH *path = path_of(topology->controller, topology, request->Node);
    const AMP *amp = &path->amp;
    NTSTATUS status;
    LONG channel;

    if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT)
        return answer_ranges(request, VT_I4, amp->channels, level_of(amp, 0),
                             level_of(amp, AMP_STEPS(amp->caps)), step_of(amp));
    status = find_channel(request, amp, &channel);
    if (!NT_SUCCESS(status))
        return status;
    if (request->Verb & KSPROPERTY_TYPE_SET)
        return set_level(topology->controller, path, channel, *(const LONG *)request->Value);
    *(LONG *)request->Value = level_of(amp, amp->gain[channel == 1]);
    request->ValueSize = sizeof(LONG);
    return STATUS_SUCCESS;
}

/* One mute for all channels. */
static NTSTATUS NTAPI mute_handler(PPCPROPERTY_REQUEST request)
{
    TOPOLOGY *topology =
        CONTAINING_RECORD((IMiniportTopology *)request->MajorTarget, TOPOLOGY, miniport);
    PATH *path = path_of(topology->controller, topology, request->Node);
    AMP amp = path->amp;
    NTSTATUS status;
    LONG channel;

    if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT)
        return answer_ranges(request, VT_BOOL, amp.channels, 0, 1, 1);
    status = find_channel(request, &amp, &channel);
    if (!NT_SUCCESS(status))
        return status;
    if (request->Verb & KSPROPERTY_TYPE_SET) {
        amp.mute = *(const BOOL *)request->Value != 0;
        return change(topology->controller, path, &amp);
    }
    *(BOOL *)request->Value = amp.mute;
    request->ValueSize = sizeof(BOOL);
    return STATUS_SUCCESS;
}

static const PCPROPERTY_ITEM volume_items[] = {
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL,
     KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT, volume_handler},
};
static const PCPROPERTY_ITEM mute_items[] = {
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUTE,
     KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT, mute_handler},
};

DEFINE_PCAUTOMATION_TABLE_PROP(volume_table, volume_items);
DEFINE_PCAUTOMATION_TABLE_PROP(mute_table, mute_items);
