// SPDX-License-Identifier: MIT
//
// The topology miniport: master volume and mute between the wave filter and the line-out jack. Property handlers
// run at PASSIVE_LEVEL under PortCls's device lock.
#include "common.h"

class CMiniportTopology : public IMiniportTopology, public CUnknown
{
  public:
    DECLARE_STD_UNKNOWN();
    DEFINE_STD_CONSTRUCTOR(CMiniportTopology);
    ~CMiniportTopology()
    {
        SafeRelease(m_Adapter);
    }
    IMP_IMiniportTopology;

    static PADAPTERCOMMON AdapterOf(PPCPROPERTY_REQUEST Request)
    {
        PMINIPORTTOPOLOGY miniport = reinterpret_cast<PMINIPORTTOPOLOGY>(Request->MajorTarget);

        return static_cast<CMiniportTopology *>(miniport)->m_Adapter;
    }

  private:
    PADAPTERCOMMON m_Adapter = NULL;
};

STDMETHODIMP_(NTSTATUS) CMiniportTopology::NonDelegatingQueryInterface(REFIID Id, PVOID *Object)
{
    *Object = NULL;
    if (IsEqualGUIDAligned(Id, IID_IUnknown))
        *Object = QICASTUNKNOWN(PMINIPORTTOPOLOGY);
    else if (IsEqualGUIDAligned(Id, IID_IMiniport) || IsEqualGUIDAligned(Id, IID_IMiniportTopology))
        *Object = QICAST(PMINIPORTTOPOLOGY);
    else
        return STATUS_INVALID_PARAMETER;
    AddRef();
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) CMiniportTopology::GetDescription(PPCFILTER_DESCRIPTOR *Description)
{
    *Description = &TopologyFilter;
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
CMiniportTopology::DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG)
{
    return STATUS_NOT_IMPLEMENTED;
}

STDMETHODIMP_(NTSTATUS) CMiniportTopology::Init(PUNKNOWN Adapter, PRESOURCELIST, PPORTTOPOLOGY)
{
    PVOID adapter;
    NTSTATUS status = Adapter->QueryInterface(IID_IAdapterCommon, &adapter);

    PAGED_CODE();
    if (NT_SUCCESS(status))
        m_Adapter = PADAPTERCOMMON(adapter);
    return status;
}

NTSTATUS NewMiniportTopology(PUNKNOWN *Unknown)
{
    PAGED_CODE();
    STD_CREATE_BODY_WITH_TAG_(CMiniportTopology, Unknown, NULL, NonPagedPool, AC97RT_TAG,
                              PMINIPORTTOPOLOGY);
}

// ---- volume --------------------------------------------------------------------------------------------

enum { CHANNELS = 2, EVERY_CHANNEL = -1 };
enum { LEVELS = 0x1F, STEP = 0x18000 /* 1.5 dB in 1/65536 dB */ };

static LONG LevelToDecibels(USHORT Level)
{
    return -LONG(Level & LEVELS) * STEP;
}

// To the nearest step; what is out of range becomes the range's end.
static USHORT DecibelsToLevel(LONG Decibels)
{
    if (Decibels >= 0)
        return 0;
    if (Decibels <= -LEVELS * STEP)
        return LEVELS;
    return USHORT((STEP / 2 - Decibels) / STEP);
}

// Channel 0 is the left one, in the high byte.
static void SetLevel(PADAPTERCOMMON Adapter, LONG Channel, USHORT Level)
{
    USHORT value = Adapter->ReadMixer(MIXER_MASTER_VOLUME);

    if (Channel != 1)
        value = USHORT((value & 0xC0FF) | Level << 8);
    if (Channel != 0)
        value = USHORT((value & 0xFFC0) | Level);
    Adapter->WriteMixer(MIXER_MASTER_VOLUME, value);
}

struct VOLUME_RANGE {
    KSPROPERTY_DESCRIPTION Description;
    KSPROPERTY_MEMBERSHEADER Members;
    KSPROPERTY_STEPPING_LONG Ranges[CHANNELS];
};

static void Describe(VOLUME_RANGE *Range)
{
    RtlZeroMemory(Range, sizeof(*Range));
    Range->Description.AccessFlags =
        KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT;
    Range->Description.DescriptionSize = sizeof(*Range);
    Range->Description.PropTypeSet.Set = KSPROPTYPESETID_General;
    Range->Description.PropTypeSet.Id = VT_I4;
    Range->Description.MembersListCount = 1;
    Range->Members.MembersFlags = KSPROPERTY_MEMBER_STEPPEDRANGES;
    Range->Members.MembersSize = sizeof(KSPROPERTY_STEPPING_LONG);
    Range->Members.MembersCount = CHANNELS;
    Range->Members.Flags = KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL;
    for (ULONG i = 0; i < CHANNELS; i++) {
        Range->Ranges[i].SteppingDelta = STEP;
        Range->Ranges[i].Bounds.SignedMinimum = -LEVELS * STEP;
        Range->Ranges[i].Bounds.SignedMaximum = 0;
    }
}

// The whole of it, the description alone, or the access flags: as much as there is room for.
static NTSTATUS SupportVolume(PPCPROPERTY_REQUEST Request)
{
    VOLUME_RANGE range;

    Describe(&range);
    if (Request->ValueSize >= sizeof(range))
        Request->ValueSize = sizeof(range);
    else if (Request->ValueSize >= sizeof(range.Description))
        Request->ValueSize = sizeof(range.Description);
    else if (Request->ValueSize >= sizeof(ULONG))
        Request->ValueSize = sizeof(ULONG);
    else
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(Request->Value, &range, Request->ValueSize);
    return STATUS_SUCCESS;
}

// The channel that a request is about. FALSE: there is no such.
static BOOLEAN ChannelOf(PPCPROPERTY_REQUEST Request, LONG *Channel)
{
    *Channel = *static_cast<const LONG *>(Request->Instance);
    return *Channel >= EVERY_CHANNEL && *Channel < CHANNELS;
}

NTSTATUS NTAPI VolumeHandler(PPCPROPERTY_REQUEST Request)
{
    PADAPTERCOMMON adapter = CMiniportTopology::AdapterOf(Request);
    PLONG value = static_cast<PLONG>(Request->Value);
    LONG channel;

    PAGED_CODE();
    if (Request->Verb & KSPROPERTY_TYPE_BASICSUPPORT)
        return SupportVolume(Request);
    if (Request->InstanceSize < sizeof(LONG) || Request->ValueSize < sizeof(LONG))
        return STATUS_BUFFER_TOO_SMALL;
    if (!ChannelOf(Request, &channel))
        return STATUS_INVALID_PARAMETER;
    if (Request->Verb & KSPROPERTY_TYPE_GET) {
        USHORT level = adapter->ReadMixer(MIXER_MASTER_VOLUME);

        *value = LevelToDecibels(channel == 1 ? level : USHORT(level >> 8));
        Request->ValueSize = sizeof(LONG);
    } else {
        SetLevel(adapter, channel, DecibelsToLevel(*value));
    }
    return STATUS_SUCCESS;
}

// ---- mute ----------------------------------------------------------------------------------------------

// One bit for both channels.
NTSTATUS NTAPI MuteHandler(PPCPROPERTY_REQUEST Request)
{
    PADAPTERCOMMON adapter = CMiniportTopology::AdapterOf(Request);
    BOOL *value = static_cast<BOOL *>(Request->Value);
    USHORT volume;
    LONG channel;

    PAGED_CODE();
    if (Request->InstanceSize < sizeof(LONG) || Request->ValueSize < sizeof(BOOL))
        return STATUS_BUFFER_TOO_SMALL;
    if (!ChannelOf(Request, &channel))
        return STATUS_INVALID_PARAMETER;
    volume = adapter->ReadMixer(MIXER_MASTER_VOLUME);
    if (Request->Verb & KSPROPERTY_TYPE_GET) {
        *value = (volume & VOLUME_MUTE) != 0;
        Request->ValueSize = sizeof(BOOL);
    } else {
        volume = USHORT(*value ? volume | VOLUME_MUTE : volume & ~VOLUME_MUTE);
        adapter->WriteMixer(MIXER_MASTER_VOLUME, volume);
    }
    return STATUS_SUCCESS;
}
