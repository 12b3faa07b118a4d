// SPDX-License-Identifier: MIT
//
// The topology miniport of ac97-rt, reached as the port reaches it: through its filter's description, with a codec
// that is two registers.
#include "tests/ps_test.h"

#include <initializer_list>

#include "drivers/ac97-rt/common.h"

// ---- the kernel under it -------------------------------------------------------------------------------

static int blocks;

PVOID NTAPI ExAllocatePoolWithTag(POOL_TYPE, SIZE_T bytes, ULONG)
{
    blocks++;
    return malloc(bytes);
}

PVOID NTAPI ExAllocatePool2(POOL_FLAGS, SIZE_T bytes, ULONG)
{
    blocks++;
    return calloc(1, bytes);
}

VOID NTAPI ExFreePool(PVOID block)
{
    blocks--;
    free(block);
}

KIRQL NTAPI KeGetCurrentIrql()
{
    return PASSIVE_LEVEL;
}

VOID NTAPI RtlAssert(PVOID, PVOID, ULONG, PSTR)
{
    abort();
}

VOID NTAPI KeBugCheckEx(ULONG, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR)
{
    abort();
}

// ---- an adapter with a master volume -------------------------------------------------------------------

class CAdapter : public IAdapterCommon
{
  public:
    STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID Id, PVOID *Object)
    {
        if (!IsEqualGUIDAligned(Id, IID_IAdapterCommon))
            return STATUS_INVALID_PARAMETER;
        *Object = static_cast<PADAPTERCOMMON>(this);
        AddRef();
        return STATUS_SUCCESS;
    }
    STDMETHODIMP_(ULONG) AddRef()
    {
        return ++references;
    }
    STDMETHODIMP_(ULONG) Release()
    {
        return --references;
    }
    STDMETHODIMP_(USHORT) ReadMixer(MIXER_REGISTER Register)
    {
        assert_int_equal(Register, MIXER_MASTER_VOLUME);
        return volume;
    }
    STDMETHODIMP_(VOID) WriteMixer(MIXER_REGISTER Register, USHORT Value)
    {
        assert_int_equal(Register, MIXER_MASTER_VOLUME);
        volume = Value;
    }
    STDMETHODIMP_(NTSTATUS) SetRate(MIXER_REGISTER, ULONG)
    {
        return STATUS_NOT_IMPLEMENTED;
    }
    STDMETHODIMP_(ULONG_PTR) BusMaster()
    {
        return 0;
    }

    ULONG references = 1;
    USHORT volume = 0x8000;
};

struct rig {
    CAdapter adapter;
    PMINIPORTTOPOLOGY miniport;
    PPCFILTER_DESCRIPTOR filter;
};

static void up(rig *r)
{
    PUNKNOWN unknown;

    assert_int_equal(NewMiniportTopology(&unknown), STATUS_SUCCESS);
    r->miniport = PMINIPORTTOPOLOGY(unknown);
    assert_int_equal(r->miniport->Init(&r->adapter, NULL, NULL), STATUS_SUCCESS);
    assert_int_equal(r->miniport->GetDescription(&r->filter), STATUS_SUCCESS);
}

static void down(rig *r)
{
    assert_int_equal(r->miniport->Release(), 0);
    assert_int_equal(r->adapter.references, 1);
    assert_int_equal(blocks, 0);
}

enum { VOLUME, MUTE };

// A request of node `node` as the port makes it: the channel as instance data.
static NTSTATUS ask(rig *r, ULONG node, ULONG verb, LONG channel, void *value, ULONG *bytes)
{
    const PCPROPERTY_ITEM *item = r->filter->Nodes[node].AutomationTable->Properties;
    struct {
        LONG channel;
        ULONG reserved;
    } instance = {channel, 0};
    PCPROPERTY_REQUEST request = {};
    NTSTATUS status;

    assert_true(item->Flags & verb);
    request.MajorTarget = r->miniport;
    request.Node = node;
    request.PropertyItem = item;
    request.Verb = verb;
    request.Instance = &instance;
    request.InstanceSize = sizeof(instance);
    request.Value = value;
    request.ValueSize = *bytes;
    status = item->Handler(&request);
    *bytes = request.ValueSize;
    return status;
}

static NTSTATUS set(rig *r, ULONG node, LONG channel, LONG value)
{
    ULONG bytes = sizeof(value);

    return ask(r, node, KSPROPERTY_TYPE_SET, channel, &value, &bytes);
}

static LONG get(rig *r, ULONG node, LONG channel)
{
    ULONG bytes = 8;
    LONG value[2];

    assert_int_equal(ask(r, node, KSPROPERTY_TYPE_GET, channel, value, &bytes), STATUS_SUCCESS);
    assert_int_equal(bytes, sizeof(LONG));
    return value[0];
}

static LONG decibels(double value)
{
    return LONG(value * 65536);
}

// ---- volume --------------------------------------------------------------------------------------------

PS_TEST(volume_is_in_decibels_and_each_channel_has_its_own, "TP-37")
{
    rig r;

    up(&r);
    assert_int_equal(set(&r, VOLUME, 0, decibels(-3)), STATUS_SUCCESS);
    assert_int_equal(set(&r, VOLUME, 1, decibels(-46.5)), STATUS_SUCCESS);
    assert_int_equal(r.adapter.volume, 0x821F); // muted as before
    assert_int_equal(get(&r, VOLUME, 0), decibels(-3));
    assert_int_equal(get(&r, VOLUME, 1), decibels(-46.5));
    assert_int_equal(set(&r, VOLUME, -1, decibels(-1.5)), STATUS_SUCCESS);
    assert_int_equal(r.adapter.volume, 0x8101);
    down(&r);
}

PS_TEST(values_out_of_range_or_off_the_grid_are_taken_and_rounded, "TP-38")
{
    rig r;

    up(&r);
    for (LONG value : {decibels(0.1), decibels(100), LONG(0x7FFFFFFF)}) {
        assert_int_equal(set(&r, VOLUME, 0, value), STATUS_SUCCESS);
        assert_int_equal(get(&r, VOLUME, 0), 0);
    }
    for (LONG value : {decibels(-46.6), decibels(-1000), LONG(0x80000001), LONG(0x80000000)}) {
        assert_int_equal(set(&r, VOLUME, 0, value), STATUS_SUCCESS);
        assert_int_equal(get(&r, VOLUME, 0), decibels(-46.5));
    }
    for (LONG value = decibels(-46.5); value <= 0; value += 9999) {
        assert_int_equal(set(&r, VOLUME, 1, value), STATUS_SUCCESS);
        assert_in_range(get(&r, VOLUME, 1) - value + decibels(1.5), 1, decibels(3) - 1);
    }
    down(&r);
}

PS_TEST(channels_that_are_not_there_are_refused, "TP-36")
{
    LONG value = 0;
    ULONG bytes = sizeof(value);
    rig r;

    up(&r);
    for (ULONG node : {VOLUME, MUTE})
        for (LONG channel : {-2, 2, 100}) {
            assert_int_equal(set(&r, node, channel, 0), STATUS_INVALID_PARAMETER);
            assert_int_equal(ask(&r, node, KSPROPERTY_TYPE_GET, channel, &value, &bytes),
                             STATUS_INVALID_PARAMETER);
        }
    bytes = 3;
    assert_int_equal(ask(&r, VOLUME, KSPROPERTY_TYPE_GET, 0, &value, &bytes), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(r.adapter.volume, 0x8000);
    down(&r);
}

PS_TEST(basic_support_tells_the_range_of_each_channel, "TP-44", "TP-45", "TP-46", "TP-49")
{
    struct {
        KSPROPERTY_DESCRIPTION description;
        KSPROPERTY_MEMBERSHEADER members;
        KSPROPERTY_STEPPING_LONG ranges[2];
        ULONG beyond;
    } reply = {};
    ULONG bytes = sizeof(reply), full = 40 + 16 + 2 * 16;
    rig r;

    up(&r);
    assert_int_equal(ask(&r, VOLUME, KSPROPERTY_TYPE_BASICSUPPORT, 0, &reply, &bytes), STATUS_SUCCESS);
    assert_int_equal(bytes, full);
    assert_int_equal(reply.description.DescriptionSize, full);
    assert_int_equal(reply.description.AccessFlags,
                     r.filter->Nodes[VOLUME].AutomationTable->Properties->Flags);
    assert_true(IsEqualGUIDAligned(reply.description.PropTypeSet.Set, KSPROPTYPESETID_General));
    assert_int_equal(reply.description.PropTypeSet.Id, VT_I4);
    assert_int_equal(reply.description.MembersListCount, 1);
    assert_int_equal(reply.members.MembersFlags, KSPROPERTY_MEMBER_STEPPEDRANGES);
    assert_int_equal(reply.members.MembersCount * reply.members.MembersSize, 2 * 16);
    assert_int_equal(reply.members.Flags, KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL);
    for (const KSPROPERTY_STEPPING_LONG &range : reply.ranges) {
        assert_int_equal(range.SteppingDelta, decibels(1.5));
        assert_int_equal(range.Bounds.SignedMinimum, decibels(-46.5));
        assert_int_equal(range.Bounds.SignedMaximum, 0);
    }
    down(&r);
}

PS_TEST(basic_support_fills_what_there_is_room_for)
{
    ULONG sizes[][2] = {{87, 40}, {40, 40}, {39, 4}, {4, 4}};
    UCHAR reply[100];
    rig r;

    up(&r);
    for (const ULONG *size : sizes) {
        ULONG bytes = size[0];

        memset(reply, 0xEE, sizeof(reply));
        assert_int_equal(ask(&r, VOLUME, KSPROPERTY_TYPE_BASICSUPPORT, 0, reply, &bytes), STATUS_SUCCESS);
        assert_int_equal(bytes, size[1]);
        assert_int_equal(reply[bytes], 0xEE);
    }
    for (ULONG bytes : {0, 3})
        assert_int_equal(ask(&r, VOLUME, KSPROPERTY_TYPE_BASICSUPPORT, 0, reply, &bytes),
                         STATUS_BUFFER_TOO_SMALL);
    down(&r);
}

// ---- mute ----------------------------------------------------------------------------------------------

PS_TEST(mute_keeps_the_level, "TP-43")
{
    rig r;

    up(&r);
    set(&r, VOLUME, -1, decibels(-6));
    assert_int_equal(get(&r, MUTE, -1), 1);
    assert_int_equal(set(&r, MUTE, -1, 0), STATUS_SUCCESS);
    assert_int_equal(r.adapter.volume, 0x0404);
    assert_int_equal(get(&r, MUTE, 0), 0);
    assert_int_equal(set(&r, MUTE, 1, 0x100), STATUS_SUCCESS); // any number but 0
    assert_int_equal(r.adapter.volume, 0x8404);
    assert_int_equal(get(&r, MUTE, 0), 1);
    assert_int_equal(get(&r, VOLUME, 0), decibels(-6));
    down(&r);
}

// ---- the graph -----------------------------------------------------------------------------------------

PS_TEST(the_filter_has_no_loose_ends)
{
    ULONG entered = 0, left = 0, nodes_entered = 0, nodes_left = 0;
    rig r;

    up(&r);
    for (ULONG i = 0; i < r.filter->ConnectionCount; i++) {
        const PCCONNECTION_DESCRIPTOR &c = r.filter->Connections[i];

        *(c.FromNode == PCFILTER_NODE ? &left : &nodes_left) |=
            1u << (c.FromNode == PCFILTER_NODE ? c.FromNodePin : c.FromNode);
        *(c.ToNode == PCFILTER_NODE ? &entered : &nodes_entered) |=
            1u << (c.ToNode == PCFILTER_NODE ? c.ToNodePin : c.ToNode);
    }
    assert_int_equal(nodes_entered, (1u << r.filter->NodeCount) - 1);
    assert_int_equal(nodes_left, nodes_entered);
    assert_int_equal(entered | left, (1u << r.filter->PinCount) - 1);
    for (ULONG i = 0; i < r.filter->PinCount; i++)
        assert_int_equal(r.filter->Pins[i].KsPinDescriptor.DataFlow,
                         left & 1u << i ? KSPIN_DATAFLOW_IN : KSPIN_DATAFLOW_OUT);
    down(&r);
}
