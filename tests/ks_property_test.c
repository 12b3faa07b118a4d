// SPDX-License-Identifier: MIT
//
// Property requests on a filter: which table answers, what the handler sees, what the client gets; and what the
// filter says of itself from its descriptor.
#include "tests/adapter_rig.h"
#include "tests/bad_memory.h"

static const GUID test_set = {0x11111111, 1, 2, {3}}, other_set = {0x22222222, 1, 2, {3}};
static const GUID node_types[2] = {{0x3A5ACC00, 0xC557, 0x11D0, {0x8A, 0x2B, 0, 0xA0, 0xC9, 0x25, 0x5A, 0xC1}},
                                   {0x02B223C0, 0xC557, 0x11D0, {0x8A, 0x2B, 0, 0xA0, 0xC9, 0x25, 0x5A, 0xC1}}};
static const GUID categories[3] = {{.Data1 = 1}, {.Data1 = 2}, {.Data1 = 3}};

enum { VALUE, LATER, UNREADABLE, DESCRIBED };

// What the last handler call saw, and what it does.
static PCPROPERTY_REQUEST seen;
static PPCPROPERTY_REQUEST pended;
static unsigned handled;
static UCHAR seen_value[16], seen_instance[16];
static NTSTATUS answer_status;
static ULONG answer_bytes;
static bool locked_at_passive;

static NTSTATUS NTAPI handle(PPCPROPERTY_REQUEST request)
{
    seen = *request;
    handled++;
    locked_at_passive = KeGetCurrentIrql() == PASSIVE_LEVEL;
    if (request->Value && request->ValueSize <= sizeof(seen_value))
        memcpy(seen_value, request->Value, request->ValueSize);
    if (request->Instance && request->InstanceSize <= sizeof(seen_instance))
        memcpy(seen_instance, request->Instance, request->InstanceSize);
    if (request->PropertyItem->Id == LATER) {
        pended = request;
        return STATUS_PENDING;
    }
    if (request->Verb == KSPROPERTY_TYPE_GET) {
        if (!request->ValueSize || request->ValueSize < answer_bytes) {
            NTSTATUS status = request->ValueSize ? STATUS_BUFFER_TOO_SMALL : STATUS_BUFFER_OVERFLOW;

            request->ValueSize = answer_bytes;
            return status;
        }
        memset(request->Value, 0x5A, answer_bytes);
        request->ValueSize = answer_bytes;
    }
    return answer_status;
}

// Strides may be larger than the items.
struct wide_item {
    PCPROPERTY_ITEM item;
    ULONG64 of_the_driver;
};
static const struct wide_item filter_items[] = {
    {{&test_set, VALUE, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET, handle}, 1},
    {{&test_set, LATER, KSPROPERTY_TYPE_GET, handle}, 2},
    {{&test_set, UNREADABLE, KSPROPERTY_TYPE_SET, handle}, 3},
    {{&test_set, DESCRIBED, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_BASICSUPPORT, handle}, 4},
    // The miniport's table wins over what ks would answer (KP-91).
    {{&KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_CATEGORIES, KSPROPERTY_TYPE_GET, handle}, 5},
};
static const PCAUTOMATION_TABLE filter_table = {
    .PropertyItemSize = sizeof(struct wide_item),
    .PropertyCount = 5,
    .Properties = &filter_items[0].item,
};
static const PCPROPERTY_ITEM node_items[] = {
    {&other_set, VALUE, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET, handle}};
static const PCAUTOMATION_TABLE node_table = {
    .PropertyItemSize = sizeof(PCPROPERTY_ITEM), .PropertyCount = 1, .Properties = node_items};
static const PCNODE_DESCRIPTOR nodes[2] = {{0, NULL, &node_types[0], NULL},
                                           {0, &node_table, &node_types[1], NULL}};
static const PCCONNECTION_DESCRIPTOR connections[3] = {
    {PCFILTER_NODE, 0, 0, 1}, {0, 0, 1, 1}, {1, 0, PCFILTER_NODE, 1}};

static struct {
    KSDATARANGE range;
    ULONG more;
} ranges[2];
static const PKSDATARANGE range_pointers[2] = {&ranges[0].range, &ranges[1].range};
static const PCPIN_DESCRIPTOR pins[2] = {
    {4, 3, 2, NULL,
     {.DataRangesCount = 2,
      .DataRanges = range_pointers,
      .DataFlow = KSPIN_DATAFLOW_IN,
      .Communication = KSPIN_COMMUNICATION_SINK,
      .Category = &categories[2]}},
    {0, 0, 0, NULL, {.DataFlow = KSPIN_DATAFLOW_OUT, .Communication = KSPIN_COMMUNICATION_NONE}},
};
static PCFILTER_DESCRIPTOR filter;

static void make_descriptor(void)
{
    filter = (PCFILTER_DESCRIPTOR){
        .AutomationTable = &filter_table,
        .PinSize = sizeof(PCPIN_DESCRIPTOR),
        .PinCount = 2,
        .Pins = pins,
        .NodeSize = sizeof(PCNODE_DESCRIPTOR),
        .NodeCount = 2,
        .Nodes = nodes,
        .ConnectionCount = 3,
        .Connections = connections,
        .CategoryCount = 3,
        .Categories = categories,
    };
    for (int i = 0; i < 2; i++) {
        ranges[i].range.FormatSize = sizeof(KSDATARANGE) + (i ? 0 : 4);
        ranges[i].range.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
        ranges[i].range.SampleSize = (ULONG)i + 1;
        ranges[i].more = 0x77777777;
    }
}

static PFILE_OBJECT file;
static void (*body)(void);

static void with_file(void)
{
    assert_int_equal(open_topology(&file), STATUS_SUCCESS);
    body();
    kernel_close(adapter->system, file);
}

static void try_body(void (*what)(void))
{
    body = what;
    handled = 0;
    answer_status = STATUS_SUCCESS;
    answer_bytes = 8;
    memset(&seen, 0, sizeof(seen));
    make_descriptor();
    topology_reset(&filter);
    adapter_try(start_topology, with_file);
    assert_int_equal(topology.references, 1);
}

static KSPROPERTY ask(const GUID *set, ULONG id, ULONG flags)
{
    return (KSPROPERTY){{{.Set = *set, .Id = id, .Flags = flags}}};
}

static NTSTATUS plain(const GUID *set, ULONG id, ULONG flags, void *value, size_t bytes,
                      ULONG_PTR *information)
{
    KSPROPERTY input = ask(set, id, flags);

    return property(file, &input, sizeof(input), value, bytes, information);
}

// ---- who answers -------------------------------------------------------------------------------------

static void filter_target(void)
{
    UCHAR value[8] = {1, 2, 3};
    ULONG_PTR information = 0;
    struct {
        KSPROPERTY property;
        UCHAR instance[8];
    } input = {ask(&test_set, VALUE, KSPROPERTY_TYPE_SET), {9, 8, 7}};

    assert_int_equal(property(file, &input, sizeof(input), value, sizeof(value), &information),
                     STATUS_SUCCESS);
    assert_ptr_equal(seen.MajorTarget, &topology.iface);
    assert_null(seen.MinorTarget);
    assert_int_equal(seen.Node, (ULONG)-1);
    assert_ptr_equal(seen.PropertyItem, &filter_items[0].item);
    assert_int_equal(seen.Verb, KSPROPERTY_TYPE_SET);
    assert_int_equal(seen.InstanceSize, 8);
    assert_memory_equal(seen_instance, input.instance, 8);
    assert_int_equal(seen.ValueSize, 8);
    assert_memory_equal(seen_value, value, 8);
    assert_non_null(seen.Irp);
    assert_true(locked_at_passive);

    assert_int_equal(plain(&test_set, VALUE, KSPROPERTY_TYPE_GET, value, 8, &information),
                     STATUS_SUCCESS);
    assert_null(seen.Instance);
    assert_int_equal(seen.InstanceSize, 0);
    assert_int_equal(information, 8);
    assert_int_equal(value[7], 0x5A);
}

PS_TEST(the_handler_sees_target_verb_instance_and_value, "KP-82", "KP-83", "KP-84", "KP-90")
{
    try_body(filter_target);
}

static NTSTATUS node(const GUID *set, ULONG id, ULONG which, size_t bytes)
{
    KSNODEPROPERTY input = {.Property = ask(set, id, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY),
                            .NodeId = which};
    UCHAR value[8];

    return property(file, &input, bytes, value, sizeof(value), NULL);
}

static void node_target(void)
{
    assert_int_equal(node(&other_set, VALUE, 1, sizeof(KSNODEPROPERTY)), STATUS_SUCCESS);
    assert_int_equal(seen.Node, 1);
    assert_int_equal(seen.Verb, KSPROPERTY_TYPE_GET);
    assert_null(seen.Instance);
    assert_ptr_equal(seen.PropertyItem, &node_items[0]);
    handled = 0;
    assert_int_equal(node(&other_set, VALUE, 0, sizeof(KSNODEPROPERTY)), STATUS_PROPSET_NOT_FOUND);
    assert_int_equal(node(&test_set, VALUE, 1, sizeof(KSNODEPROPERTY)), STATUS_PROPSET_NOT_FOUND);
    assert_int_equal(node(&other_set, VALUE, 2, sizeof(KSNODEPROPERTY)), STATUS_INVALID_PARAMETER);
    assert_int_equal(node(&other_set, VALUE, 0xFFFFFFFF, sizeof(KSNODEPROPERTY)),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(node(&other_set, VALUE, 1, sizeof(KSPROPERTY)), STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(handled, 0);
}

PS_TEST(a_node_request_goes_to_the_nodes_table, "KP-82", "KP-83")
{
    try_body(node_target);
}

static void refused(void)
{
    UCHAR value[8];
    KSPROPERTY input = ask(&test_set, VALUE, KSPROPERTY_TYPE_GET);

    assert_int_equal(plain(&test_set, 99, KSPROPERTY_TYPE_GET, value, 8, NULL), STATUS_NOT_FOUND);
    assert_int_equal(plain(&other_set, VALUE, KSPROPERTY_TYPE_GET, value, 8, NULL),
                     STATUS_PROPSET_NOT_FOUND);
    assert_int_equal(plain(&test_set, UNREADABLE, KSPROPERTY_TYPE_GET, value, 8, NULL),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(plain(&test_set, VALUE, KSPROPERTY_TYPE_DEFAULTVALUES, value, 8, NULL),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(plain(&test_set, VALUE, 0, value, 8, NULL), STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(property(file, &input, sizeof(input) - 1, value, 8, NULL),
                     STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(property(file, NULL, sizeof(input), value, 8, NULL), STATUS_ACCESS_VIOLATION);
    assert_int_equal(handled, 0);
    assert_int_equal(control(file, IOCTL_KS_METHOD, &input, sizeof(input), value, 8, NULL),
                     STATUS_INVALID_DEVICE_REQUEST);
}

PS_TEST(unknown_sets_ids_verbs_and_methods_are_refused, "KP-85", "KP-92")
{
    try_body(refused);
}

static void sizes(void)
{
    UCHAR value[8] = {0};
    ULONG_PTR information = 0;

    assert_int_equal(plain(&test_set, VALUE, KSPROPERTY_TYPE_GET, NULL, 0, &information),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(information, 8);
    assert_int_equal(plain(&test_set, VALUE, KSPROPERTY_TYPE_GET, value, 7, &information),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(information, 0);
    assert_int_equal(value[0], 0);
    // ks's own properties do the same.
    assert_int_equal(plain(&KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NODES, KSPROPERTY_TYPE_GET,
                           NULL, 0, &information),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(information, sizeof(KSMULTIPLE_ITEM) + 2 * sizeof(GUID));
    assert_int_equal(plain(&KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NODES, KSPROPERTY_TYPE_GET,
                           value, 4, &information),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(information, 0);
    answer_bytes = 4; // the handler lowers ValueSize
    assert_int_equal(plain(&test_set, VALUE, KSPROPERTY_TYPE_GET, value, 8, &information),
                     STATUS_SUCCESS);
    assert_int_equal(information, 4);
    assert_int_equal(value[3], 0x5A);
    assert_int_equal(value[4], 0);
}

PS_TEST(a_zero_length_get_asks_for_the_size, "KP-86", "KP-90")
{
    try_body(sizes);
}

static void basic_support(void)
{
    const ULONG verb = KSPROPERTY_TYPE_BASICSUPPORT;
    KSPROPERTY_DESCRIPTION description = {0};
    UCHAR larger[sizeof(description) + 8] = {0};
    ULONG_PTR information = 0;
    ULONG access = 0;

    assert_int_equal(plain(&test_set, VALUE, verb, &access, sizeof(access), &information),
                     STATUS_SUCCESS);
    assert_int_equal(information, sizeof(access));
    assert_int_equal(access, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | verb);
    assert_int_equal(plain(&test_set, UNREADABLE, verb, &description, sizeof(description),
                           &information),
                     STATUS_SUCCESS);
    assert_int_equal(information, sizeof(description));
    assert_int_equal(description.AccessFlags, KSPROPERTY_TYPE_SET | verb);
    assert_int_equal(description.DescriptionSize, sizeof(description));
    assert_int_equal(description.MembersListCount, 0);
    assert_int_equal(plain(&test_set, VALUE, verb, larger, sizeof(larger), &information),
                     STATUS_SUCCESS);
    assert_int_equal(plain(&test_set, VALUE, verb, larger, 5, NULL), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(plain(&test_set, VALUE, verb, larger, 3, NULL), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(handled, 0);
    // An item that has the bit is asked itself; ks's own items answer too.
    answer_status = STATUS_SUCCESS;
    assert_int_equal(plain(&test_set, DESCRIBED, verb, &access, sizeof(access), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(handled, 1);
    assert_int_equal(seen.Verb, verb);
    assert_int_equal(plain(&KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NODES, verb, &access,
                           sizeof(access), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(access, KSPROPERTY_TYPE_GET | verb);
}

PS_TEST(basic_support_is_answered_from_the_flags, "KP-85", "KP-87", "KP-88")
{
    try_body(basic_support);
}

static void precedence(void)
{
    UCHAR value[8];

    assert_int_equal(plain(&KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_CATEGORIES,
                           KSPROPERTY_TYPE_GET, value, sizeof(value), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(handled, 1);
}

PS_TEST(the_miniports_table_wins, "KP-91")
{
    try_body(precedence);
}

// ---- handlers that answer later ----------------------------------------------------------------------

static void pend(void)
{
    KSPROPERTY input = ask(&test_set, LATER, KSPROPERTY_TYPE_GET);
    struct kernel_request request = {0};
    UCHAR value[8] = {0};
    KIRQL old;

    assert_int_equal(kernel_control(adapter->system, file, IOCTL_KS_PROPERTY, &input, sizeof(input),
                                    value, sizeof(value), &request),
                     STATUS_PENDING);
    assert_false(request.done);
    memset(pended->Value, 0x33, 8);
    pended->ValueSize = 8;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    assert_int_equal(PcCompletePendingPropertyRequest(pended, STATUS_SUCCESS), STATUS_SUCCESS);
    KeLowerIrql(old);
    kernel_wait(&request);
    assert_int_equal(request.status, STATUS_SUCCESS);
    assert_int_equal(request.information, 8);
    assert_int_equal(value[7], 0x33);

    assert_int_equal(kernel_control(adapter->system, file, IOCTL_KS_PROPERTY, &input, sizeof(input),
                                    value, sizeof(value), &request),
                     STATUS_PENDING);
    assert_int_equal(PcCompletePendingPropertyRequest(pended, STATUS_DEVICE_BUSY), STATUS_SUCCESS);
    kernel_wait(&request);
    assert_int_equal(request.status, STATUS_DEVICE_BUSY);
    assert_int_equal(request.information, 0);
    assert_int_equal(PcCompletePendingPropertyRequest(NULL, STATUS_SUCCESS),
                     STATUS_INVALID_PARAMETER);
}

PS_TEST(a_pended_request_is_completed_later, "KP-89", "~VF-20", "~VF-27")
{
    try_body(pend);
}

static NTSTATUS get_at(void *input, void *value)
{
    return control(file, IOCTL_KS_PROPERTY, input, sizeof(KSPROPERTY), value, 8, NULL);
}

static void bad_pointers(void)
{
    KSPROPERTY input = ask(&test_set, VALUE, KSPROPERTY_TYPE_GET);
    struct bad_memory memory = bad_memory_make();
    UCHAR value[8] = {0};
    void *frozen;

    assert_int_equal(get_at(NULL, value), STATUS_ACCESS_VIOLATION);
    assert_int_equal(get_at(BAD_ADDRESS, value), STATUS_ACCESS_VIOLATION);
    assert_int_equal(get_at(bad_memory_copy(&memory, &input, sizeof(input) - 1), value),
                     STATUS_ACCESS_VIOLATION);
    assert_int_equal(get_at(&input, NULL), STATUS_ACCESS_VIOLATION);
    assert_int_equal(get_at(&input, BAD_ADDRESS), STATUS_ACCESS_VIOLATION);
    assert_int_equal(get_at(&input, bad_memory_copy(&memory, value, 7)), STATUS_ACCESS_VIOLATION);
    assert_int_equal(handled, 0);
    frozen = bad_memory_copy(&memory, value, 8);
    bad_memory_freeze(&memory);
    assert_int_equal(get_at(&input, frozen), STATUS_ACCESS_VIOLATION);
    assert_int_equal(handled, 1);
    bad_memory_free(&memory);
}

PS_TEST(a_property_at_a_bad_address_is_an_access_violation)
{
    try_body(bad_pointers);
}

// The client frees its buffer before the answer comes.
static void pend_and_free(void)
{
    KSPROPERTY input = ask(&test_set, LATER, KSPROPERTY_TYPE_GET);
    struct bad_memory memory = bad_memory_make();
    struct kernel_request request = {0};
    UCHAR value[8] = {0};

    assert_int_equal(kernel_control(adapter->system, file, IOCTL_KS_PROPERTY, &input, sizeof(input),
                                    bad_memory_copy(&memory, value, 8), 8, &request),
                     STATUS_PENDING);
    bad_memory_free(&memory);
    assert_int_equal(PcCompletePendingPropertyRequest(pended, STATUS_SUCCESS), STATUS_SUCCESS);
    kernel_wait(&request);
    assert_int_equal(request.status, STATUS_ACCESS_VIOLATION);
    assert_int_equal(request.information, 0);
}

PS_TEST(an_answer_to_a_buffer_that_is_gone_is_an_access_violation)
{
    try_body(pend_and_free);
}

static void complete_with_pending(void)
{
    KSPROPERTY input = ask(&test_set, LATER, KSPROPERTY_TYPE_GET);
    struct kernel_request request = {0};
    UCHAR value[8] = {0};

    assert_int_equal(open_topology(&file), STATUS_SUCCESS);
    kernel_control(adapter->system, file, IOCTL_KS_PROPERTY, &input, sizeof(input), value,
                   sizeof(value), &request);
    assert_int_equal(PcCompletePendingPropertyRequest(pended, STATUS_PENDING),
                     STATUS_INVALID_PARAMETER);
    assert_false(request.done);
    assert_int_equal(PcCompletePendingPropertyRequest(pended, STATUS_SUCCESS), STATUS_SUCCESS);
    kernel_wait(&request);
    kernel_close(adapter->system, file);
}

PS_TEST(completing_with_pending_is_found, "KP-89", "VF-27")
{
    struct adapter a = {.start = start_topology, .body = complete_with_pending};

    make_descriptor();
    topology_reset(&filter);
    adapter_violates(&a, "VF-27", 0x71008);
}

// ---- what the filter says of itself ------------------------------------------------------------------

static NTSTATUS ask_pin(ULONG id, ULONG pin, void *value, size_t bytes, ULONG_PTR *information)
{
    KSP_PIN input = {.Property = ask(&KSPROPSETID_Pin, id, KSPROPERTY_TYPE_GET), .PinId = pin};

    return property(file, &input, sizeof(input), value, bytes, information);
}

static void topology_set(void)
{
    struct {
        KSMULTIPLE_ITEM head;
        GUID items[3];
    } guids;
    struct {
        KSMULTIPLE_ITEM head;
        KSTOPOLOGY_CONNECTION items[3];
    } wires;

    filter.AutomationTable = NULL;
    assert_int_equal(plain(&KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_CATEGORIES,
                           KSPROPERTY_TYPE_GET, &guids, sizeof(guids), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(guids.head.Count, 3);
    assert_int_equal(guids.head.Size, sizeof(guids));
    assert_memory_equal(guids.items, categories, sizeof(categories));
    assert_int_equal(plain(&KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NODES, KSPROPERTY_TYPE_GET,
                           &guids, sizeof(guids), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(guids.head.Count, 2);
    assert_memory_equal(guids.items, node_types, sizeof(node_types));
    assert_int_equal(plain(&KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_CONNECTIONS,
                           KSPROPERTY_TYPE_GET, &wires, sizeof(wires), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(wires.head.Count, 3);
    assert_memory_equal(wires.items, connections, sizeof(connections));
}

PS_TEST(the_topology_set_tells_the_descriptor, "KP-69")
{
    try_body(topology_set);
}

static void pin_set(void)
{
    struct {
        KSMULTIPLE_ITEM head;
        KSDATARANGE first;
        ULONG more, padding;
        KSDATARANGE second;
    } found;
    struct {
        KSMULTIPLE_ITEM head;
        KSIDENTIFIER items[2];
    } names;
    ULONG value = 99;
    GUID category;

    for (ULONG id = KSPROPERTY_PIN_DATARANGES; id; id = id == KSPROPERTY_PIN_DATARANGES
                                                           ? KSPROPERTY_PIN_CONSTRAINEDDATARANGES
                                                           : 0) {
        memset(&found, 0xFF, sizeof(found));
        assert_int_equal(ask_pin(id, 0, &found, sizeof(found), NULL), STATUS_SUCCESS);
        assert_int_equal(found.head.Count, 2);
        assert_int_equal(found.head.Size, sizeof(found));
        assert_int_equal(found.first.SampleSize, 1);
        assert_int_equal(found.second.SampleSize, 2); // on the next multiple of 8
        assert_int_equal(found.first.FormatSize, sizeof(KSDATARANGE) + 4);
        assert_int_equal(found.second.FormatSize, sizeof(KSDATARANGE));
        assert_int_equal(found.more, 0x77777777);
        assert_int_equal(found.padding, 0);
    }
    assert_int_equal(ask_pin(KSPROPERTY_PIN_DATARANGES, 1, &found, sizeof(found), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(found.head.Count, 0);
    assert_int_equal(ask_pin(KSPROPERTY_PIN_INTERFACES, 0, &names, sizeof(names), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(names.head.Count, 1);
    assert_memory_equal(&names.items[0].Set, &KSINTERFACESETID_Standard, sizeof(GUID));
    assert_int_equal(names.items[0].Id, KSINTERFACE_STANDARD_STREAMING);
    assert_int_equal(ask_pin(KSPROPERTY_PIN_MEDIUMS, 0, &names, sizeof(names), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(names.head.Count, 1);
    assert_memory_equal(&names.items[0].Set, &KSMEDIUMSETID_Standard, sizeof(GUID));
    assert_int_equal(ask_pin(KSPROPERTY_PIN_DATAFLOW, 1, &value, sizeof(value), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(value, KSPIN_DATAFLOW_OUT);
    assert_int_equal(ask_pin(KSPROPERTY_PIN_COMMUNICATION, 0, &value, sizeof(value), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(value, KSPIN_COMMUNICATION_SINK);
    assert_int_equal(ask_pin(KSPROPERTY_PIN_CATEGORY, 0, &category, sizeof(category), NULL),
                     STATUS_SUCCESS);
    assert_memory_equal(&category, &categories[2], sizeof(GUID));
    assert_int_equal(ask_pin(KSPROPERTY_PIN_CATEGORY, 1, &category, sizeof(category), NULL),
                     STATUS_NOT_FOUND);
    for (ULONG id = KSPROPERTY_PIN_CINSTANCES; id <= KSPROPERTY_PIN_CONSTRAINEDDATARANGES; id++)
        if (id != KSPROPERTY_PIN_CTYPES)
            assert_int_equal(ask_pin(id, 2, &found, sizeof(found), NULL), STATUS_INVALID_PARAMETER);
}

PS_TEST(the_pin_set_tells_ranges_interfaces_and_mediums, "KP-67", "KP-68")
{
    try_body(pin_set);
}

static void count_pins(void)
{
    KSPIN_CINSTANCES counts;
    ULONG necessary;
    unsigned extra = topology.counts ? 10 : 0;

    assert_int_equal(ask_pin(KSPROPERTY_PIN_CINSTANCES, 0, &counts, sizeof(counts), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(counts.CurrentCount, 2 * extra);
    assert_int_equal(counts.PossibleCount, 3 + 3 * extra);
    assert_int_equal(ask_pin(KSPROPERTY_PIN_GLOBALCINSTANCES, 0, &counts, sizeof(counts), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(counts.CurrentCount, 4 * extra);
    assert_int_equal(counts.PossibleCount, 4 + 5 * extra);
    assert_int_equal(ask_pin(KSPROPERTY_PIN_NECESSARYINSTANCES, 0, &necessary, sizeof(necessary),
                             NULL),
                     STATUS_SUCCESS);
    assert_int_equal(necessary, 2 + extra);
    assert_int_equal(topology.counted, extra ? 3 : 0);
}

PS_TEST(instance_counts_come_from_descriptor_and_miniport, "KP-61", "KP-62", "KP-63")
{
    struct adapter a = {.start = start_topology, .body = with_file};

    try_body(count_pins);
    make_descriptor();
    topology_reset(&filter);
    topology.counts = true;
    adapter_run(&a);
    assert_int_equal(topology.references, 1);
}

// ---- intersection ------------------------------------------------------------------------------------

// ---- attributes of a range ---------------------------------------------------------------------------

static KSATTRIBUTE first_attribute = {sizeof(KSATTRIBUTE), 0, {.Data1 = 7}};
static struct {
    KSATTRIBUTE head;
    ULONG mode;
} second_attribute = {{sizeof(KSATTRIBUTE) + 4, KSATTRIBUTE_REQUIRED, {.Data1 = 8}}, 0x88888888};
static PKSATTRIBUTE attributes[2] = {&first_attribute, &second_attribute.head};
static KSATTRIBUTE_LIST attribute_list = {2, attributes};
static KSDATARANGE plain_range, rich_range;
static PKSDATARANGE rich_pointers[3] = {&rich_range, (PKSDATARANGE)&attribute_list, &plain_range};
static PCPIN_DESCRIPTOR rich_pin;

static void make_rich(void)
{
    make_descriptor();
    plain_range = rich_range = ranges[1].range;
    rich_range.Flags = KSDATARANGE_ATTRIBUTES;
    rich_range.SampleSize = 3;
    rich_pin = pins[0];
    rich_pin.KsPinDescriptor.DataRangesCount = 3;
    rich_pin.KsPinDescriptor.DataRanges = rich_pointers;
    filter.Pins = &rich_pin;
    filter.PinCount = 1;
    filter.ConnectionCount = 0;
    topology_reset(&filter);
}

static void ask_rich(void)
{
    struct {
        KSMULTIPLE_ITEM head;
        KSDATARANGE rich;
        KSMULTIPLE_ITEM list;
        KSATTRIBUTE first, second;
        ULONG mode, padding;
        KSDATARANGE plain;
    } found;

    assert_int_equal(ask_pin(KSPROPERTY_PIN_DATARANGES, 0, &found, sizeof(found), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(found.head.Size, sizeof(found));
    assert_int_equal(found.head.Count, 3); // the list counts as one
    assert_int_equal(found.rich.SampleSize, 3);
    assert_int_equal(found.list.Count, 2);
    assert_int_equal(found.list.Size, offsetof(__typeof__(found), plain) -
                                          offsetof(__typeof__(found), list));
    assert_memory_equal(&found.first, &first_attribute, sizeof(KSATTRIBUTE));
    assert_int_equal(found.second.Attribute.Data1, 8);
    assert_int_equal(found.mode, 0x88888888);
    assert_int_equal(found.plain.SampleSize, 2);
}

// What a client read is what it may hand back: its list is stepped over, too.
static void intersect_rich(void)
{
    struct {
        KSP_PIN pin;
        KSMULTIPLE_ITEM head;
        KSDATARANGE other;
        KSMULTIPLE_ITEM list;
        KSATTRIBUTE attribute;
        KSDATARANGE client;
    } input = {
        .pin = {.Property = ask(&KSPROPSETID_Pin, KSPROPERTY_PIN_DATAINTERSECTION,
                                KSPROPERTY_TYPE_GET)},
        .head = {sizeof(input) - sizeof(KSP_PIN), 3},
        .other = {{.FormatSize = sizeof(KSDATARANGE),
                   .Flags = KSDATARANGE_ATTRIBUTES,
                   .MajorFormat = {.Data1 = 99}}},
        .list = {sizeof(KSMULTIPLE_ITEM) + sizeof(KSATTRIBUTE), 1},
        .attribute = first_attribute,
        .client = plain_range,
    };
    KSDATAFORMAT result;

    topology.intersection = STATUS_SUCCESS;
    assert_int_equal(property(file, &input, sizeof(input), &result, sizeof(result), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(result.SampleSize, 3);
    input.list.Size = sizeof(input);
    assert_int_equal(property(file, &input, sizeof(input), &result, sizeof(result), NULL),
                     STATUS_INVALID_BUFFER_SIZE);
}

static void read_and_intersect(void)
{
    ask_rich();
    intersect_rich();
}

PS_TEST(a_range_may_have_attributes_behind_it, "KP-67")
{
    body = read_and_intersect;
    make_rich();
    adapter_try(start_topology, with_file);
    assert_int_equal(topology.references, 1);
}

static NTSTATUS intersect(void *result, size_t bytes, ULONG_PTR *information)
{
    struct {
        KSP_PIN pin;
        KSMULTIPLE_ITEM head;
        KSDATARANGE client;
    } input = {
        .pin = {.Property = ask(&KSPROPSETID_Pin, KSPROPERTY_PIN_DATAINTERSECTION,
                                KSPROPERTY_TYPE_GET)},
        .head = {sizeof(KSMULTIPLE_ITEM) + sizeof(KSDATARANGE), 1},
    };

    input.client = ranges[1].range;
    return property(file, &input, sizeof(input), result, bytes, information);
}

static void ask_miniport(void)
{
    KSDATAFORMAT result;
    ULONG_PTR information = 0;

    topology.intersection = STATUS_SUCCESS;
    assert_int_equal(intersect(NULL, 0, &information), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(information, sizeof(result));
    assert_int_equal(intersect(&result, sizeof(result) - 1, NULL), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(intersect(&result, sizeof(result), &information), STATUS_SUCCESS);
    assert_int_equal(information, sizeof(result));
    assert_int_equal(result.SampleSize, 1); // the first range that the miniport took
    topology.intersection = STATUS_NO_MATCH;
    assert_int_equal(intersect(&result, sizeof(result), NULL), STATUS_NO_MATCH);
    topology.intersection = STATUS_NOT_IMPLEMENTED; // ks tries, and this is no PCM
    assert_int_equal(intersect(&result, sizeof(result), NULL), STATUS_NO_MATCH);
}

PS_TEST(the_miniport_intersects_first, "WP-102", "KP-77", "KP-78")
{
    try_body(ask_miniport);
}

// ---- descriptors -------------------------------------------------------------------------------------

static NTSTATUS init_status;

static NTSTATUS NTAPI start_bad(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    PPORT port;

    assert_int_equal(PcNewPort(&port, &CLSID_PortTopology), STATUS_SUCCESS);
    init_status = COM_CALL(port, Init, fdo, irp, (PUNKNOWN)&topology.iface, NULL, resources);
    COM_CALL(port, Release);
    return STATUS_SUCCESS;
}

static NTSTATUS init_with(PCFILTER_DESCRIPTOR *description)
{
    topology_reset(description);
    adapter_try(start_bad, NULL);
    assert_int_equal(topology.references, 1);
    return init_status;
}

PS_TEST(strides_below_the_base_size_fail_init, "KP-81")
{
    static const PCPROPERTY_ITEM no_set[] = {{NULL, 0, KSPROPERTY_TYPE_GET, handle}};
    PCAUTOMATION_TABLE table = filter_table;

    make_descriptor();
    assert_int_equal(init_with(&filter), STATUS_SUCCESS);
    filter.PinSize = sizeof(PCPIN_DESCRIPTOR) - 8;
    assert_int_equal(init_with(&filter), STATUS_INVALID_PARAMETER);
    make_descriptor();
    filter.NodeSize = sizeof(PCNODE_DESCRIPTOR) + 4;
    assert_int_equal(init_with(&filter), STATUS_INVALID_PARAMETER);
    make_descriptor();
    filter.Nodes = NULL;
    assert_int_equal(init_with(&filter), STATUS_INVALID_PARAMETER);
    make_descriptor();
    filter.AutomationTable = &table;
    table.PropertyItemSize = sizeof(PCPROPERTY_ITEM) - 8;
    assert_int_equal(init_with(&filter), STATUS_INVALID_PARAMETER);
    table = (PCAUTOMATION_TABLE){.PropertyItemSize = sizeof(PCPROPERTY_ITEM), .PropertyCount = 1,
                                 .Properties = no_set};
    assert_int_equal(init_with(&filter), STATUS_INVALID_PARAMETER);
    table = (PCAUTOMATION_TABLE){.EventItemSize = 8, .EventCount = 1,
                                 .Events = (const PCEVENT_ITEM *)no_set};
    assert_int_equal(init_with(&filter), STATUS_INVALID_PARAMETER);
    filter = (PCFILTER_DESCRIPTOR){0}; // tables may be absent
    assert_int_equal(init_with(&filter), STATUS_SUCCESS);
}

PS_TEST(a_list_of_attributes_that_is_not_whole_fails_init, "KP-67")
{
    make_rich();
    assert_int_equal(init_with(&filter), STATUS_SUCCESS);
    rich_pin.KsPinDescriptor.DataRangesCount = 1; // the list is not in the array
    assert_int_equal(init_with(&filter), STATUS_INVALID_PARAMETER);
    make_rich();
    first_attribute.Size = sizeof(KSATTRIBUTE) - 1;
    assert_int_equal(init_with(&filter), STATUS_INVALID_PARAMETER);
    first_attribute.Size = sizeof(KSATTRIBUTE);
    attribute_list.Attributes = NULL;
    assert_int_equal(init_with(&filter), STATUS_INVALID_PARAMETER);
    attribute_list.Attributes = attributes;
}

// ---- memory ------------------------------------------------------------------------------------------

static void ask_everything(void)
{
    UCHAR value[512];
    NTSTATUS status = open_topology(&file);

    if (!NT_SUCCESS(status))
        return;
    for (ULONG id = KSPROPERTY_PIN_CINSTANCES; id <= KSPROPERTY_PIN_CONSTRAINEDDATARANGES; id++)
        ask_pin(id, 0, value, sizeof(value), NULL);
    plain(&test_set, VALUE, KSPROPERTY_TYPE_GET, value, 8, NULL);
    plain(&KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_NODES, KSPROPERTY_TYPE_GET, value,
          sizeof(value), NULL);
    kernel_close(adapter->system, file);
}

PS_TEST(each_allocation_of_a_property_request_fails)
{
    struct adapter a = {.start = start_topology, .body = ask_everything};

    make_descriptor();
    topology_reset(&filter);
    adapter_starve(&a);
    assert_int_equal(topology.references, 1);
}

// ---- opening -----------------------------------------------------------------------------------------

static void open_by_name(void)
{
    static const WCHAR wrong[] = {'T', 'o', 'p', 'i'}, longer[] = {'T', 'o', 'p', 'o', 's'};
    PFILE_OBJECT second;

    assert_int_equal(open_named(wrong, 4, &second), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(open_named(longer, 5, &second), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(open_named(wrong, 0, &second), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(open_named(adapter_name, 4, &second), STATUS_SUCCESS);
    kernel_close(adapter->system, second);
}

PS_TEST(a_filter_is_opened_by_its_reference_string, "KP-1")
{
    try_body(open_by_name);
}
