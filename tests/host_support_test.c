// SPDX-License-Identifier: MIT
//
// What inspect reads from a driver's basic support: ranges and channels, and what in an answer does not agree with the rest.
#include "tests/adapter_rig.h"

#include "host/support.h"

enum { VT_I4_ID = 3, VT_BOOL_ID = 11, ALL = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT };

// What the handler answers.
static struct {
    KSPROPERTY_DESCRIPTION description;
    KSPROPERTY_MEMBERSHEADER header;
    KSPROPERTY_STEPPING_LONG members[2];
} reply;
static bool lax;      // gives the description alone to a buffer that is too small for all
static bool strict;   // gives nothing to it, not even to one of 40 bytes
static ULONG returns; // bytes that a full answer claims; 0: all

static NTSTATUS NTAPI handle(PPCPROPERTY_REQUEST request)
{
    ULONG size = reply.description.DescriptionSize;

    if (request->ValueSize >= size) {
        memcpy(request->Value, &reply, size < sizeof(reply) ? size : sizeof(reply));
        request->ValueSize = returns ? returns : size;
        return STATUS_SUCCESS;
    }
    if (strict)
        return STATUS_BUFFER_TOO_SMALL;
    if (request->ValueSize != sizeof(reply.description) && !(lax && request->ValueSize > sizeof(reply.description)))
        return STATUS_BUFFER_TOO_SMALL;
    memcpy(request->Value, &reply, sizeof(reply.description));
    request->ValueSize = sizeof(reply.description);
    return STATUS_SUCCESS;
}

static PCPROPERTY_ITEM item;
static const PCAUTOMATION_TABLE table = {.PropertyItemSize = sizeof(item), .PropertyCount = 1, .Properties = &item};
static const PCNODE_DESCRIPTOR node = {0, &table, &KSNODETYPE_VOLUME, NULL};
static PCFILTER_DESCRIPTOR filter = {.NodeSize = sizeof(node), .NodeCount = 1, .Nodes = &node};
static char text[1024];

// A volume of two channels, -94.5 to 0 dB by 1.5 dB.
static void reset(void)
{
    item = (PCPROPERTY_ITEM){&KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL, ALL, handle};
    memset(&reply, 0, sizeof(reply));
    reply.description = (KSPROPERTY_DESCRIPTION){.AccessFlags = ALL, .DescriptionSize = sizeof(reply),
                                                 .PropTypeSet.Id = VT_I4_ID, .MembersListCount = 1};
    reply.header = (KSPROPERTY_MEMBERSHEADER){KSPROPERTY_MEMBER_STEPPEDRANGES, sizeof(reply.members[0]), 2,
                                              KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL};
    for (int i = 0; i < 2; i++) {
        reply.members[i].SteppingDelta = 0x18000;
        reply.members[i].Bounds.SignedMinimum = -63 * 0x18000;
    }
    lax = strict = false;
    returns = 0;
    topology_reset(&filter);
}

static void write_support(void)
{
    FILE *file = fmemopen(text, sizeof(text), "w");
    PFILE_OBJECT open;

    assert_non_null(file);
    assert_int_equal(open_topology(&open), STATUS_SUCCESS);
    support_write(file, adapter->system, open, 0, &item);
    kernel_close(adapter->system, open);
    assert_int_equal(fclose(file), 0);
}

static const char *support(void)
{
    memset(text, 0, sizeof(text));
    adapter_try(start_topology, write_support);
    return text;
}

#define VOLUME_LINE "    VOLUMELEVEL goes from -94.50 to 0.00 dB by 1.50 dB, 2 channels\n"

PS_TEST(a_range_is_read_with_its_channels, "KP-87", "TP-44", "TP-46")
{
    reset();
    assert_string_equal(support(), VOLUME_LINE);
    strict = true;
    assert_string_equal(support(), "  remark KP-87: node 0, VOLUMELEVEL: a buffer for the description alone is refused\n"
                                   VOLUME_LINE);
    item.Flags = KSPROPERTY_TYPE_GET; // the port answers, with access flags alone
    assert_string_equal(support(), "");
}

PS_TEST(a_switch_needs_no_range_but_one_tells_its_channels, "TP-47")
{
    reset();
    item.Id = KSPROPERTY_AUDIO_MUTE;
    reply.description.PropTypeSet.Id = VT_BOOL_ID;
    for (int i = 0; i < 2; i++) {
        reply.members[i] = (KSPROPERTY_STEPPING_LONG){.SteppingDelta = 1};
        reply.members[i].Bounds.SignedMaximum = 1;
    }
    assert_string_equal(support(), "    MUTE is on or off, 2 channels\n");
    // No range: as a header without members, or no header at all.
    reply.header.MembersCount = 0;
    reply.description.DescriptionSize = sizeof(reply.description) + sizeof(reply.header);
    assert_string_equal(support(), "");
    reply.header.MembersCount = 2;
    reply.header.MembersSize = 0;
    reply.description.DescriptionSize = sizeof(reply.description) + sizeof(reply.header);
    assert_string_equal(support(), "");
    reply.description.MembersListCount = 0;
    reply.description.DescriptionSize = sizeof(reply.description);
    assert_string_equal(support(), "");
}

#define REMARK "  remark TP-50: node 0, VOLUMELEVEL: "

PS_TEST(an_answer_that_contradicts_itself_is_told, "TP-50")
{
    reset();
    reply.description.AccessFlags = KSPROPERTY_TYPE_GET;
    assert_string_equal(support(), REMARK "access 0x1 is told, its item has 0x203\n" VOLUME_LINE);
    reset();
    returns = sizeof(reply) - 4;
    assert_string_equal(support(), REMARK "84 bytes were returned, 88 promised\n");
    reset();
    reply.header.MembersCount = 3;
    assert_string_equal(support(), REMARK "the size is 88, but its parts make 104\n");
    reply.header.MembersCount = reply.header.MembersSize = 0xFFFFFFFF;
    assert_non_null(strstr(support(), "its parts make"));
    reset();
    reply.description.DescriptionSize = 0x7FFFFFFF;
    assert_string_equal(support(), REMARK "the size is 2147483647, but its parts make 56\n");
    reset();
    reply.members[1].Bounds.SignedMinimum = 1;
    assert_string_equal(support(), REMARK "member 1: the least value is above the greatest\n" VOLUME_LINE);
    reset();
    reply.members[1].SteppingDelta = 0;
    assert_string_equal(support(), REMARK "member 1: the step is 0\n" VOLUME_LINE);
    reset();
    reply.members[1].SteppingDelta = 0x18001;
    assert_string_equal(support(),
                        REMARK "member 1: the steps do not lead from the least value to the greatest\n" VOLUME_LINE);
}

// ---- buffers of every size -----------------------------------------------------------------------------------

static NTSTATUS ask(size_t room, ULONG_PTR *bytes)
{
    KSNODEPROPERTY_AUDIO_CHANNEL request = {.NodeProperty.Property = {
        .Set = KSPROPSETID_Audio, .Id = KSPROPERTY_AUDIO_VOLUMELEVEL,
        .Flags = KSPROPERTY_TYPE_BASICSUPPORT | KSPROPERTY_TYPE_TOPOLOGY}};
    UCHAR buffer[128];
    PFILE_OBJECT open;
    NTSTATUS status;

    assert_int_equal(open_topology(&open), STATUS_SUCCESS);
    status = property(open, &request, sizeof(request), buffer, room, bytes);
    kernel_close(adapter->system, open);
    return status;
}

static void sizes(void)
{
    ULONG_PTR bytes = 0;

    assert_int_equal(ask(40, &bytes), STATUS_SUCCESS);
    assert_int_equal(bytes, 40);
    assert_int_equal(ask(128, &bytes), STATUS_SUCCESS);
    assert_int_equal(bytes, 40 + 16 + 2 * 16);
    if (lax) {
        assert_int_equal(ask(87, &bytes), STATUS_SUCCESS);
        assert_int_equal(bytes, 40);
    } else {
        assert_int_equal(ask(87, &bytes), STATUS_BUFFER_TOO_SMALL);
    }
}

PS_TEST(the_handler_says_how_long_a_description_is, "TP-51")
{
    reset();
    adapter_try(start_topology, sizes);
    lax = true;
    topology_reset(&filter);
    adapter_try(start_topology, sizes);
}
