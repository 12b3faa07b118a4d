// SPDX-License-Identifier: MIT
//
// See support.h.
#include "host/support.h"

#include "base/status.h"
#include "host/names.h"
#include "kernel/kernel.h"

enum { MOST_MEMBERS = 64, VT_SIGNED = 3, VT_BOOLEAN = 11 };

struct answer {
    KSPROPERTY_DESCRIPTION description;
    KSPROPERTY_MEMBERSHEADER header;
    KSPROPERTY_STEPPING_LONG members[MOST_MEMBERS];
};

struct support {
    FILE *file;
    ULONG node;
    const PCPROPERTY_ITEM *item;
    const struct answer *answer;
};

static NTSTATUS ask(struct ps_system *system, PFILE_OBJECT open, ULONG node,
                    const PCPROPERTY_ITEM *item, void *to, size_t room, ULONG_PTR *bytes)
{
    KSNODEPROPERTY_AUDIO_CHANNEL request = {.NodeProperty.NodeId = node};

    request.NodeProperty.Property.Set = *item->Set;
    request.NodeProperty.Property.Id = item->Id;
    request.NodeProperty.Property.Flags = KSPROPERTY_TYPE_BASICSUPPORT | KSPROPERTY_TYPE_TOPOLOGY;
    return kernel_control_wait(system, open, IOCTL_KS_PROPERTY, &request, sizeof(request), to, room,
                               bytes);
}

static void begin_remark(const struct support *s)
{
    fprintf(s->file, "  remark TP-50: node %u, %s: ", s->node,
            property_name(s->item->Set, s->item->Id));
}

// ---- sizes and flags
// -------------------------------------------------------------------------------------

// Whether the full answer holds what it says; only then its members are looked at.
static bool sizes_agree(const struct support *s, ULONG_PTR bytes)
{
    const struct answer *a = s->answer;
    ULONG64 sum = sizeof(a->description);

    if (bytes != a->description.DescriptionSize) {
        begin_remark(s);
        fprintf(s->file, "%u bytes were returned, %u promised\n", (unsigned)bytes,
                a->description.DescriptionSize);
        return false;
    }
    if (a->description.MembersListCount && bytes >= sum + sizeof(a->header))
        sum += sizeof(a->header) + (ULONG64)a->header.MembersCount * a->header.MembersSize;
    if (bytes != sum) {
        begin_remark(s);
        fprintf(s->file, "the size is %u, but its parts make %llu\n", (unsigned)bytes,
                (unsigned long long)sum);
        return false;
    }
    return true;
}

static void flags(const struct support *s)
{
    const ULONG verbs = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT;
    ULONG told = s->answer->description.AccessFlags & verbs, offered = s->item->Flags & verbs;

    if (told == offered)
        return;
    begin_remark(s);
    fprintf(s->file, "access 0x%x is told, its item has 0x%x\n", told, offered);
}

// ---- ranges
// ----------------------------------------------------------------------------------------------

struct range {
    LONG64 low, high;
    ULONG step;
};

static struct range range_of(const struct answer *a, ULONG i)
{
    const KSPROPERTY_STEPPING_LONG *member = &a->members[i];
    bool sign = a->description.PropTypeSet.Id == VT_SIGNED;

    return (struct range){
        .low = sign ? member->Bounds.SignedMinimum : (LONG64)member->Bounds.UnsignedMinimum,
        .high = sign ? member->Bounds.SignedMaximum : (LONG64)member->Bounds.UnsignedMaximum,
        .step = member->SteppingDelta,
    };
}

static void check_range(const struct support *s, ULONG i)
{
    struct range range = range_of(s->answer, i);
    const char *what = NULL;

    if (range.low > range.high)
        what = "the least value is above the greatest";
    else if (!range.step && range.low < range.high)
        what = "the step is 0";
    else if (range.step && (range.high - range.low) % range.step)
        what = "the steps do not lead from the least value to the greatest";
    if (!what)
        return;
    begin_remark(s);
    fprintf(s->file, "member %u: %s\n", i, what);
}

// TP-46, TP-47: only with this flag does the count say how many channels there are.
static void write_channels(const struct support *s)
{
    const KSPROPERTY_MEMBERSHEADER *header = &s->answer->header;

    if (header->Flags & KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL)
        fprintf(s->file, ", %u channels", header->MembersCount);
}

static void write_range(const struct support *s)
{
    struct range range = range_of(s->answer, 0);

    fprintf(s->file, "    %s ", property_name(s->item->Set, s->item->Id));
    if (s->answer->description.PropTypeSet.Id == VT_BOOLEAN)
        fprintf(s->file, "is on or off");
    else if (s->answer->description.PropTypeSet.Id == VT_SIGNED)
        fprintf(s->file, "goes from %.2f to %.2f dB by %.2f dB", (double)range.low / 65536,
                (double)range.high / 65536, range.step / 65536.0);
    else
        fprintf(s->file, "goes from %lld to %lld by %u", (long long)range.low,
                (long long)range.high, range.step);
    write_channels(s);
    fprintf(s->file, "\n");
}

static void members(const struct support *s)
{
    const KSPROPERTY_MEMBERSHEADER *header = &s->answer->header;

    if (header->MembersFlags != KSPROPERTY_MEMBER_STEPPEDRANGES ||
        header->MembersSize != sizeof(KSPROPERTY_STEPPING_LONG) || !header->MembersCount)
        return; // a list of values, or a BOOL without a range (TP-47)
    for (ULONG i = 0; i < header->MembersCount; i++)
        check_range(s, i);
    write_range(s);
}

// ---- both requests
// ---------------------------------------------------------------------------------------

void support_write(FILE *file, struct ps_system *system, PFILE_OBJECT open, ULONG node,
                   const PCPROPERTY_ITEM *item)
{
    struct answer answer = {0};
    struct support s = {file, node, item, &answer};
    ULONG_PTR bytes = 0;
    NTSTATUS status;
    ULONG size;

    if (!(item->Flags & KSPROPERTY_TYPE_BASICSUPPORT))
        return;
    status = ask(system, open, node, item, &answer, sizeof(answer.description), &bytes);
    if (status == STATUS_BUFFER_TOO_SMALL) { // a driver that gives all or nothing
        fprintf(file, "  remark KP-87: node %u, %s: a buffer for the description alone is refused\n", node,
                property_name(item->Set, item->Id));
        status = ask(system, open, node, item, &answer, sizeof(answer), &bytes);
    }
    if (!NT_SUCCESS(status) || bytes < sizeof(answer.description))
        return; // access flags only, or nothing
    flags(&s);
    size = answer.description.DescriptionSize;
    if (size <= sizeof(answer.description) || size > sizeof(answer)) {
        sizes_agree(&s, size); // there is no more, or more than anyone describes
        return;
    }
    status = ask(system, open, node, item, &answer, size, &bytes);
    if (!NT_SUCCESS(status)) {
        begin_remark(&s);
        fprintf(file, "%u bytes were promised, but asking for them gives %s\n", size,
                status_name(status));
    } else if (sizes_agree(&s, bytes) && answer.description.MembersListCount) {
        members(&s);
    }
}
