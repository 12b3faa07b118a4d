// SPDX-License-Identifier: MIT
//
// Filters: one per registered subdevice. Checks the miniport's descriptor once, so that everything behind
// may walk it by its strides; answers KSPROPSETID_Pin and KSPROPSETID_Topology from it (KP-61..69, 81).
//
// A filter is referenced by its port (or adapter) and by every open handle; the device lock serialises
// everything but the reference count.
#include "ks/ks.h"

#define TAG_FILTER 0x46537350u // "PsSF"

static bool stride_ok(ULONG stride, ULONG count, const void *items, size_t least)
{
    return count == 0 || (items && stride >= least && stride % 8 == 0);
}

// Whether each item names a set; property and event items begin with that pointer.
static bool sets_ok(const void *items, ULONG stride, ULONG count)
{
    for (ULONG i = 0; i < count; i++)
        if (!*(const GUID *const *)((const char *)items + (size_t)i * stride))
            return false;
    return true;
}

static bool automation_ok(const PCAUTOMATION_TABLE *table)
{
    if (!table)
        return true;
    return stride_ok(table->PropertyItemSize, table->PropertyCount, table->Properties,
                     sizeof(PCPROPERTY_ITEM)) &&
           stride_ok(table->EventItemSize, table->EventCount, table->Events,
                     sizeof(PCEVENT_ITEM)) &&
           sets_ok(table->Properties, table->PropertyItemSize, table->PropertyCount) &&
           sets_ok(table->Events, table->EventItemSize, table->EventCount);
}

const PCPIN_DESCRIPTOR *ks_pc_pin(const struct ks_filter *filter, ULONG id)
{
    const PCFILTER_DESCRIPTOR *descriptor = filter->descriptor;

    if (id >= descriptor->PinCount)
        return NULL;
    return (const PCPIN_DESCRIPTOR *)((const char *)descriptor->Pins +
                                      (size_t)id * descriptor->PinSize);
}

const KSPIN_DESCRIPTOR *ks_pin_descriptor(const struct ks_filter *filter, ULONG id)
{
    const PCPIN_DESCRIPTOR *pin = ks_pc_pin(filter, id);

    return pin ? &pin->KsPinDescriptor : NULL;
}

const PCNODE_DESCRIPTOR *ks_node(const struct ks_filter *filter, ULONG id)
{
    const PCFILTER_DESCRIPTOR *descriptor = filter->descriptor;

    if (id >= descriptor->NodeCount)
        return NULL;
    return (const PCNODE_DESCRIPTOR *)((const char *)descriptor->Nodes +
                                       (size_t)id * descriptor->NodeSize);
}

static bool pins_ok(const struct ks_filter *filter)
{
    for (ULONG id = 0; id < filter->descriptor->PinCount; id++) {
        const PCPIN_DESCRIPTOR *pin = ks_pc_pin(filter, id);

        if (!automation_ok(pin->AutomationTable) || !ks_ranges_ok(&pin->KsPinDescriptor))
            return false;
    }
    return true;
}

// TP-16: an end is a node or a pin that is there. Logical pins of nodes may be any (TP-14).
static bool end_ok(const PCFILTER_DESCRIPTOR *descriptor, ULONG node, ULONG pin)
{
    return node == KSFILTER_NODE ? pin < descriptor->PinCount : node < descriptor->NodeCount;
}

static bool connections_ok(const PCFILTER_DESCRIPTOR *descriptor)
{
    for (ULONG i = 0; i < descriptor->ConnectionCount; i++) {
        const PCCONNECTION_DESCRIPTOR *connection = &descriptor->Connections[i];

        if (!end_ok(descriptor, connection->FromNode, connection->FromNodePin) ||
            !end_ok(descriptor, connection->ToNode, connection->ToNodePin))
            return false;
    }
    return true;
}

static bool descriptor_ok(const struct ks_filter *filter)
{
    const PCFILTER_DESCRIPTOR *descriptor = filter->descriptor;

    if (!descriptor || !automation_ok(descriptor->AutomationTable) ||
        !stride_ok(descriptor->PinSize, descriptor->PinCount, descriptor->Pins,
                   sizeof(PCPIN_DESCRIPTOR)) ||
        !stride_ok(descriptor->NodeSize, descriptor->NodeCount, descriptor->Nodes,
                   sizeof(PCNODE_DESCRIPTOR)) ||
        (descriptor->ConnectionCount && !descriptor->Connections) ||
        (descriptor->CategoryCount && !descriptor->Categories) || !pins_ok(filter))
        return false;
    for (ULONG id = 0; id < descriptor->NodeCount; id++)
        if (!automation_ok(ks_node(filter, id)->AutomationTable) || !ks_node(filter, id)->Type)
            return false;
    return connections_ok(descriptor);
}

NTSTATUS ks_filter_create(struct ks_device *device, const struct ks_filter_ops *ops,
                          const PCFILTER_DESCRIPTOR *descriptor, PUNKNOWN miniport, void *port,
                          struct ks_filter **out)
{
    size_t instances = descriptor ? descriptor->PinCount * sizeof(ULONG) : 0;
    struct ks_filter probe = {.descriptor = descriptor};
    struct ks_filter *filter;

    *out = NULL;
    if (!descriptor_ok(&probe))
        return STATUS_INVALID_PARAMETER;
    filter = ExAllocatePoolWithTag(NonPagedPool, sizeof(*filter) + instances, TAG_FILTER);
    if (!filter)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(filter, sizeof(*filter) + instances);
    filter->device = device;
    filter->ops = ops;
    filter->descriptor = descriptor;
    filter->miniport = miniport;
    filter->port = port;
    filter->references = 1;
    filter->pin_instances = (ULONG *)(filter + 1);
    list_init(&filter->link);
    list_init(&filter->pins);
    list_init(&filter->events);
    KeInitializeSpinLock(&filter->events_lock);
    *out = filter;
    return STATUS_SUCCESS;
}

void ks_filter_release(struct ks_filter *filter)
{
    if (--filter->references == 0)
        ExFreePool(filter);
}

void ks_filter_open(struct ks_filter *filter)
{
    filter->references++;
    if (filter->owner)
        filter->owner->lpVtbl->AddRef(filter->owner);
}

void ks_filter_close(struct ks_filter *filter)
{
    PUNKNOWN owner = filter->owner;

    ks_filter_release(filter);
    if (owner)
        owner->lpVtbl->Release(owner);
}

// ---- KSPROPSETID_Pin ---------------------------------------------------------------------------------

// The pin factory a KSP_PIN request names, or NULL (then STATUS_INVALID_PARAMETER).
static const PCPIN_DESCRIPTOR *requested_pin(const struct ks_property_request *request, ULONG *id)
{
    *id = *(const ULONG *)request->instance;
    return ks_pc_pin(request->filter, *id);
}

static NTSTATUS get_types(struct ks_property_request *request)
{
    ULONG count = request->filter->descriptor->PinCount;

    return ks_property_reply(request, &count, sizeof(count));
}

static NTSTATUS get_dataflow(struct ks_property_request *request)
{
    ULONG id;
    const PCPIN_DESCRIPTOR *pin = requested_pin(request, &id);

    if (!pin)
        return STATUS_INVALID_PARAMETER;
    return ks_property_reply(request, &pin->KsPinDescriptor.DataFlow, sizeof(ULONG));
}

static NTSTATUS get_communication(struct ks_property_request *request)
{
    ULONG id;
    const PCPIN_DESCRIPTOR *pin = requested_pin(request, &id);

    if (!pin)
        return STATUS_INVALID_PARAMETER;
    return ks_property_reply(request, &pin->KsPinDescriptor.Communication, sizeof(ULONG));
}

static NTSTATUS get_category(struct ks_property_request *request)
{
    ULONG id;
    const PCPIN_DESCRIPTOR *pin = requested_pin(request, &id);

    if (!pin)
        return STATUS_INVALID_PARAMETER;
    if (!pin->KsPinDescriptor.Category)
        return STATUS_NOT_FOUND;
    return ks_property_reply(request, pin->KsPinDescriptor.Category, sizeof(GUID));
}

struct pin_counts {
    ULONG necessary, current, possible, global_current, global_possible;
};

// KP-61..63: what the descriptor says, edited by the miniport's IPinCount.
static struct pin_counts pin_counts(const struct ks_filter *filter, ULONG id)
{
    const PCPIN_DESCRIPTOR *pin = ks_pc_pin(filter, id);
    struct pin_counts counts = {
        .necessary = pin->MinFilterInstanceCount,
        .current = filter->pin_instances[id],
        .possible = pin->MaxFilterInstanceCount,
        .global_current = filter->pin_instances[id],
        .global_possible = pin->MaxGlobalInstanceCount,
    };

    if (filter->ops->pin_count)
        filter->ops->pin_count((struct ks_filter *)filter, id, &counts.necessary, &counts.current,
                               &counts.possible, &counts.global_current, &counts.global_possible);
    return counts;
}

NTSTATUS ks_pin_admit(struct ks_filter *filter, ULONG id)
{
    struct pin_counts counts = pin_counts(filter, id);

    if (counts.current >= counts.possible || counts.global_current >= counts.global_possible)
        return STATUS_INSUFFICIENT_RESOURCES;
    return STATUS_SUCCESS;
}

static NTSTATUS get_instances(struct ks_property_request *request)
{
    ULONG id;
    struct pin_counts counts;
    KSPIN_CINSTANCES reply;

    if (!requested_pin(request, &id))
        return STATUS_INVALID_PARAMETER;
    counts = pin_counts(request->filter, id);
    reply.PossibleCount = counts.possible;
    reply.CurrentCount = counts.current;
    return ks_property_reply(request, &reply, sizeof(reply));
}

static NTSTATUS get_global_instances(struct ks_property_request *request)
{
    ULONG id;
    struct pin_counts counts;
    KSPIN_CINSTANCES reply;

    if (!requested_pin(request, &id))
        return STATUS_INVALID_PARAMETER;
    counts = pin_counts(request->filter, id);
    reply.PossibleCount = counts.global_possible;
    reply.CurrentCount = counts.global_current;
    return ks_property_reply(request, &reply, sizeof(reply));
}

static NTSTATUS get_necessary(struct ks_property_request *request)
{
    ULONG id;
    struct pin_counts counts;

    if (!requested_pin(request, &id))
        return STATUS_INVALID_PARAMETER;
    counts = pin_counts(request->filter, id);
    return ks_property_reply(request, &counts.necessary, sizeof(counts.necessary));
}

// Replies KSMULTIPLE_ITEM and `bytes` of items; `items` may be NULL when there are none.
static NTSTATUS reply_items(struct ks_property_request *request, ULONG count, const void *items,
                            size_t bytes)
{
    ULONG total = (ULONG)(sizeof(KSMULTIPLE_ITEM) + bytes);
    KSMULTIPLE_ITEM *reply;
    NTSTATUS status;

    if (request->value_bytes < total)
        return ks_property_reply(request, NULL, total);
    reply = ExAllocatePoolWithTag(NonPagedPool, total, TAG_FILTER);
    if (!reply)
        return STATUS_INSUFFICIENT_RESOURCES;
    reply->Size = total;
    reply->Count = count;
    RtlCopyMemory(reply + 1, items, bytes);
    status = ks_property_reply(request, reply, total);
    ExFreePool(reply);
    return status;
}

static NTSTATUS get_ranges(struct ks_property_request *request)
{
    ULONG id;
    const PCPIN_DESCRIPTOR *pin = requested_pin(request, &id);
    const KSPIN_DESCRIPTOR *ks;
    size_t bytes;
    NTSTATUS status;
    char *items;

    if (!pin)
        return STATUS_INVALID_PARAMETER;
    ks = &pin->KsPinDescriptor;
    bytes = ks_ranges_flat(ks, NULL);
    items = ExAllocatePoolWithTag(NonPagedPool, bytes + 8, TAG_FILTER);
    if (!items)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(items, bytes + 8);
    ks_ranges_flat(ks, items);
    status = reply_items(request, ks->DataRangesCount, items, bytes);
    ExFreePool(items);
    return status;
}

static NTSTATUS get_interfaces(struct ks_property_request *request)
{
    KSPIN_INTERFACE items[2] = {0};
    ULONG id, count = 1;
    const PCPIN_DESCRIPTOR *pin = requested_pin(request, &id);

    if (!pin)
        return STATUS_INVALID_PARAMETER;
    items[0].Set = items[1].Set = KSINTERFACESETID_Standard;
    items[0].Id = KSINTERFACE_STANDARD_STREAMING;
    items[1].Id = KSINTERFACE_STANDARD_LOOPED_STREAMING;
    if (request->filter->ops->looped_pins &&
        (pin->KsPinDescriptor.Communication == KSPIN_COMMUNICATION_SINK ||
         pin->KsPinDescriptor.Communication == KSPIN_COMMUNICATION_BOTH))
        count = 2;
    return reply_items(request, count, items, count * sizeof(*items));
}

static NTSTATUS get_mediums(struct ks_property_request *request)
{
    KSPIN_MEDIUM medium = {0};
    ULONG id;

    if (!requested_pin(request, &id))
        return STATUS_INVALID_PARAMETER;
    medium.Set = KSMEDIUMSETID_Standard;
    medium.Id = KSMEDIUM_TYPE_ANYINSTANCE;
    return reply_items(request, 1, &medium, sizeof(medium));
}

// One pair of ranges (KP-77..80). STATUS_NO_MATCH: try the next.
static NTSTATUS intersect_pair(struct ks_property_request *request, ULONG id, PKSDATARANGE client,
                               PKSDATARANGE mine)
{
    struct ks_filter *filter = request->filter;
    ULONG bytes = request->value_bytes, result = 0;
    NTSTATUS status = STATUS_NOT_IMPLEMENTED;

    if (!ks_ranges_can_match(client, mine))
        return STATUS_NO_MATCH;
    if (filter->ops->intersect)
        status = filter->ops->intersect(filter, id, client, mine, bytes,
                                        bytes ? request->value : NULL, &result);
    if (status == STATUS_NOT_IMPLEMENTED)
        status = ks_default_intersection(client, mine, bytes, bytes ? request->value : NULL,
                                         &result);
    if (status == STATUS_SUCCESS || status == STATUS_BUFFER_OVERFLOW)
        request->information = result;
    return status;
}

static NTSTATUS intersect_client_range(struct ks_property_request *request, ULONG id,
                                       PKSDATARANGE client)
{
    const KSPIN_DESCRIPTOR *ks = ks_pin_descriptor(request->filter, id);
    NTSTATUS status = STATUS_NO_MATCH;

    for (ULONG i = 0; i < ks->DataRangesCount && status == STATUS_NO_MATCH;
         i = ks_range_next(ks, i))
        status = intersect_pair(request, id, client, ks->DataRanges[i]);
    return status;
}

// From one item of a client's list to the next, of `bytes` that hold it; 0: it does not fit into `left`.
static size_t client_step(size_t bytes, size_t least, size_t left)
{
    size_t step = (bytes + 7) & ~(size_t)7;

    if (bytes < least || bytes > left)
        return 0;
    return step < left ? step : left;
}

// The same for a range with the attributes behind it.
static size_t client_range_step(const char *at, size_t left)
{
    const KSDATARANGE *range = (const KSDATARANGE *)at;
    size_t step = left < sizeof(*range) ? 0 : client_step(range->FormatSize, sizeof(*range), left);
    const KSMULTIPLE_ITEM *list = (const KSMULTIPLE_ITEM *)(at + step);
    size_t more;

    if (!step || !(range->Flags & KSDATARANGE_ATTRIBUTES))
        return step;
    left -= step;
    more = left < sizeof(*list) ? 0 : client_step(list->Size, sizeof(*list), left);
    return more ? step + more : 0;
}

static NTSTATUS get_intersection(struct ks_property_request *request)
{
    const ULONG head = sizeof(KSP_PIN) - sizeof(KSPROPERTY);
    NTSTATUS status = STATUS_NO_MATCH;
    const KSMULTIPLE_ITEM *items;
    size_t left;
    char *at;
    ULONG id;

    if (!requested_pin(request, &id))
        return STATUS_INVALID_PARAMETER;
    if (request->instance_bytes < head + sizeof(KSMULTIPLE_ITEM))
        return STATUS_INVALID_BUFFER_SIZE;
    items = (const void *)((const char *)request->instance + head);
    left = request->instance_bytes - head;
    if (items->Size > left || items->Size < sizeof(*items))
        return STATUS_INVALID_BUFFER_SIZE;
    left = items->Size - sizeof(*items);
    at = (char *)(items + 1);
    for (ULONG i = 0; i < items->Count && status == STATUS_NO_MATCH; i++) {
        PKSDATARANGE client = (PKSDATARANGE)at;
        size_t step = client_range_step(at, left);

        if (!step)
            return STATUS_INVALID_BUFFER_SIZE;
        status = intersect_client_range(request, id, client);
        if (client->Flags & KSDATARANGE_ATTRIBUTES)
            i++; // the list behind it was counted, too
        at += step;
        left -= step;
    }
    return status;
}

static NTSTATUS propose_format(struct ks_property_request *request)
{
    ULONG id;

    if (!requested_pin(request, &id))
        return STATUS_INVALID_PARAMETER;
    return ks_format_check(request->filter, id, request->value, request->value_bytes);
}

#define PIN_INSTANCE ((ULONG)(sizeof(KSP_PIN) - sizeof(KSPROPERTY)))
#define PIN_GET(id, handler) {id, KSPROPERTY_TYPE_GET, PIN_INSTANCE, 0, handler, false}

static const struct ks_property_item pin_items[] = {
    PIN_GET(KSPROPERTY_PIN_CINSTANCES, get_instances),
    {KSPROPERTY_PIN_CTYPES, KSPROPERTY_TYPE_GET, 0, 0, get_types, false},
    PIN_GET(KSPROPERTY_PIN_DATAFLOW, get_dataflow),
    PIN_GET(KSPROPERTY_PIN_DATARANGES, get_ranges),
    PIN_GET(KSPROPERTY_PIN_DATAINTERSECTION, get_intersection),
    PIN_GET(KSPROPERTY_PIN_INTERFACES, get_interfaces),
    PIN_GET(KSPROPERTY_PIN_MEDIUMS, get_mediums),
    PIN_GET(KSPROPERTY_PIN_COMMUNICATION, get_communication),
    PIN_GET(KSPROPERTY_PIN_GLOBALCINSTANCES, get_global_instances),
    PIN_GET(KSPROPERTY_PIN_NECESSARYINSTANCES, get_necessary),
    PIN_GET(KSPROPERTY_PIN_CATEGORY, get_category),
    PIN_GET(KSPROPERTY_PIN_NAME, ks_pin_name),
    PIN_GET(KSPROPERTY_PIN_CONSTRAINEDDATARANGES, get_ranges),
    {KSPROPERTY_PIN_PROPOSEDATAFORMAT, KSPROPERTY_TYPE_SET, PIN_INSTANCE, 0, propose_format, false},
};

// ---- KSPROPSETID_Topology ----------------------------------------------------------------------------

static NTSTATUS get_categories(struct ks_property_request *request)
{
    const PCFILTER_DESCRIPTOR *descriptor = request->filter->descriptor;

    return reply_items(request, descriptor->CategoryCount, descriptor->Categories,
                       descriptor->CategoryCount * sizeof(GUID));
}

static NTSTATUS get_nodes(struct ks_property_request *request)
{
    ULONG count = request->filter->descriptor->NodeCount;
    NTSTATUS status;
    GUID *types;

    types = ExAllocatePoolWithTag(NonPagedPool, (count + 1) * sizeof(GUID), TAG_FILTER);
    if (!types)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (ULONG id = 0; id < count; id++)
        types[id] = *ks_node(request->filter, id)->Type;
    status = reply_items(request, count, types, count * sizeof(GUID));
    ExFreePool(types);
    return status;
}

static NTSTATUS get_connections(struct ks_property_request *request)
{
    const PCFILTER_DESCRIPTOR *descriptor = request->filter->descriptor;

    _Static_assert(sizeof(PCCONNECTION_DESCRIPTOR) == sizeof(KSTOPOLOGY_CONNECTION),
                   "a connection is four ULONGs on both sides");
    return reply_items(request, descriptor->ConnectionCount, descriptor->Connections,
                       descriptor->ConnectionCount * sizeof(KSTOPOLOGY_CONNECTION));
}

static const struct ks_property_item topology_items[] = {
    {KSPROPERTY_TOPOLOGY_CATEGORIES, KSPROPERTY_TYPE_GET, 0, 0, get_categories, false},
    {KSPROPERTY_TOPOLOGY_NODES, KSPROPERTY_TYPE_GET, 0, 0, get_nodes, false},
    {KSPROPERTY_TOPOLOGY_CONNECTIONS, KSPROPERTY_TYPE_GET, 0, 0, get_connections, false},
    {KSPROPERTY_TOPOLOGY_NAME, KSPROPERTY_TYPE_GET, (ULONG)(sizeof(KSP_NODE) - sizeof(KSPROPERTY)), 0,
     ks_node_name, false},
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

const struct ks_property_set ks_filter_property_sets[] = {
    {&KSPROPSETID_Pin, pin_items, COUNT(pin_items)},
    {&KSPROPSETID_Topology, topology_items, COUNT(topology_items)},
    {NULL, NULL, 0},
};
