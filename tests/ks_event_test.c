// SPDX-License-Identifier: MIT
//
// KS events of a miniport's automation table: enabled, fired and disabled by a client of the topology filter.
#include "tests/adapter_rig.h"
#include "tests/bad_memory.h"

static const GUID test_set = {0x11111111, 1, 2, {3}}, other_set = {0x22222222, 1, 2, {3}};
static const GUID node_type = {0x3A5ACC00, 0xC557, 0x11D0, {0x8A, 0x2B, 0, 0xA0, 0xC9, 0x25, 0x5A, 0xC1}};

enum { CHANGED, LOST, REFUSED };

static PCEVENT_REQUEST seen[8];
static unsigned seen_count;
static bool lists = true; // the handler takes the entry in
static PPORTEVENTS events;

static NTSTATUS NTAPI handle(PPCEVENT_REQUEST request)
{
    seen[seen_count++ % 8] = *request;
    if (request->EventItem->Id == REFUSED)
        return STATUS_DEVICE_BUSY;
    if (request->Verb == PCEVENT_VERB_ADD && lists)
        COM_CALL(events, AddEventToEventList, request->EventEntry);
    return STATUS_SUCCESS;
}

static const PCEVENT_ITEM items[] = {
    {&test_set, CHANGED, PCEVENT_ITEM_FLAG_ENABLE | PCEVENT_ITEM_FLAG_ONESHOT, handle},
    {&test_set, LOST, PCEVENT_ITEM_FLAG_ENABLE, handle},
    {&test_set, REFUSED, PCEVENT_ITEM_FLAG_ENABLE, handle},
};
static const PCAUTOMATION_TABLE table = {
    .EventItemSize = sizeof(PCEVENT_ITEM), .EventCount = 3, .Events = items};
static const PCNODE_DESCRIPTOR nodes[] = {{0, &table, &node_type, NULL}, {0, NULL, &node_type, NULL}};
static const PCFILTER_DESCRIPTOR filter = {
    .AutomationTable = &table, .NodeSize = sizeof(PCNODE_DESCRIPTOR), .NodeCount = 2, .Nodes = nodes};

// ---- a client's event --------------------------------------------------------------------------------

struct wish {
    KSEVENTDATA data;
    PKEVENT event;
    HANDLE handle;
};

static struct wish first, second, third;

static NTSTATUS prepare(struct wish *wish)
{
    NTSTATUS status;

    memset(wish, 0, sizeof(*wish));
    status = kernel_event_create(adapter->system, &wish->event, &wish->handle);
    wish->data.NotificationType = KSEVENTF_EVENT_HANDLE;
    wish->data.EventHandle.Event = wish->handle;
    return status;
}

static bool fired(struct wish *wish)
{
    LARGE_INTEGER now = {0};

    return KeWaitForSingleObject(wish->event, Executive, KernelMode, FALSE, &now) == STATUS_SUCCESS;
}

static PFILE_OBJECT file;

static NTSTATUS enable_with(const GUID *set, ULONG id, ULONG flags, ULONG node, struct wish *wish)
{
    KSE_NODE input = {.Event = {{{.Set = *set, .Id = id, .Flags = flags}}}, .NodeId = node};
    bool topology_event = flags & KSEVENT_TYPE_TOPOLOGY;

    return control(file, IOCTL_KS_ENABLE_EVENT, &input,
                   topology_event ? sizeof(input) : sizeof(KSEVENT), &wish->data,
                   sizeof(wish->data), NULL);
}

static NTSTATUS enable(ULONG id, struct wish *wish)
{
    return enable_with(&test_set, id, KSEVENT_TYPE_ENABLE, 0, wish);
}

static NTSTATUS disable(struct wish *wish)
{
    return control(file, IOCTL_KS_DISABLE_EVENT, wish ? &wish->data : NULL,
                   wish ? sizeof(wish->data) : 0, NULL, 0, NULL);
}

static void generate(const GUID *set, ULONG id, BOOL with_node, ULONG node)
{
    COM_CALL(events, GenerateEventList, (GUID *)set, id, FALSE, 0, with_node, node);
}

static void (*body)(void);

static void with_file(void)
{
    PVOID found;

    assert_int_equal(COM_CALL(topology.port, QueryInterface, &IID_IPortEvents, &found),
                     STATUS_SUCCESS);
    events = found;
    lists = true;
    seen_count = 0;
    assert_int_equal(prepare(&first), STATUS_SUCCESS);
    assert_int_equal(prepare(&second), STATUS_SUCCESS);
    assert_int_equal(prepare(&third), STATUS_SUCCESS);
    assert_int_equal(open_topology(&file), STATUS_SUCCESS);
    body();
    if (file)
        kernel_close(adapter->system, file);
    ZwClose(first.handle);
    ZwClose(second.handle);
    ZwClose(third.handle);
    COM_CALL(events, Release);
}

static struct adapter prepared(void (*what)(void))
{
    body = what;
    topology_reset((PPCFILTER_DESCRIPTOR)&filter);
    return (struct adapter){.start = start_topology, .body = with_file};
}

static void try_body(void (*what)(void))
{
    struct adapter a = prepared(what);

    adapter_run(&a);
    assert_int_equal(a.started, STATUS_SUCCESS);
    assert_int_equal(topology.references, 1);
}

// ---- enabling and firing -----------------------------------------------------------------------------

static void enable_and_fire(void)
{
    assert_int_equal(enable(CHANGED, &first), STATUS_SUCCESS);
    assert_int_equal(seen_count, 1);
    assert_int_equal(seen[0].Verb, PCEVENT_VERB_ADD);
    assert_ptr_equal(seen[0].MajorTarget, &topology.iface);
    assert_null(seen[0].MinorTarget);
    assert_int_equal(seen[0].Node, (ULONG)-1);
    assert_ptr_equal(seen[0].EventItem, &items[0]);
    assert_non_null(seen[0].EventEntry);
    assert_non_null(seen[0].Irp);
    assert_false(fired(&first));
    for (int i = 0; i < 3; i++) {
        generate(&test_set, CHANGED, FALSE, 0);
        assert_true(fired(&first));
        assert_false(fired(&first));
    }
    generate(&test_set, LOST, FALSE, 0);
    generate(&other_set, CHANGED, FALSE, 0);
    assert_false(fired(&first));
    generate(NULL, CHANGED, FALSE, 0); // any set
    assert_true(fired(&first));
    assert_int_equal(disable(&first), STATUS_SUCCESS);
    assert_int_equal(seen[1].Verb, PCEVENT_VERB_REMOVE);
    assert_ptr_equal(seen[1].EventEntry, seen[0].EventEntry);
    generate(&test_set, CHANGED, FALSE, 0);
    assert_false(fired(&first));
    assert_int_equal(disable(&first), STATUS_NOT_FOUND);
}

PS_TEST(an_enabled_event_fires_until_disabled, "KP-93", "KP-95", "KP-96")
{
    try_body(enable_and_fire);
}

static void refuse(void)
{
    KSEVENT input = {{{.Set = test_set, .Id = CHANGED, .Flags = KSEVENT_TYPE_ENABLE}}};

    assert_int_equal(enable(REFUSED, &first), STATUS_DEVICE_BUSY);
    assert_int_equal(seen_count, 1); // what was not added is not removed
    assert_int_equal(enable(99, &first), STATUS_NOT_FOUND);
    assert_int_equal(enable_with(&other_set, CHANGED, KSEVENT_TYPE_ENABLE, 0, &first),
                     STATUS_NOT_FOUND);
    assert_int_equal(control(file, IOCTL_KS_ENABLE_EVENT, &input, sizeof(input) - 1, &first.data,
                             sizeof(first.data), NULL),
                     STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(control(file, IOCTL_KS_ENABLE_EVENT, &input, sizeof(input), &first.data,
                             sizeof(first.data) - 1, NULL),
                     STATUS_INVALID_BUFFER_SIZE);
    assert_int_equal(seen_count, 1);
    assert_int_equal(disable(NULL), STATUS_SUCCESS);
}

PS_TEST(a_refused_event_leaves_nothing, "KP-93", "KP-95")
{
    try_body(refuse);
}

static void unlisted(void)
{
    lists = false;
    assert_int_equal(enable(CHANGED, &first), STATUS_SUCCESS);
    generate(&test_set, CHANGED, FALSE, 0);
    assert_false(fired(&first));
}

PS_TEST(an_entry_fires_only_once_the_handler_listed_it, "KP-95", "KP-97")
{
    try_body(unlisted);
}

static void on_nodes(void)
{
    const ULONG flags = KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_TOPOLOGY;

    assert_int_equal(enable_with(&test_set, CHANGED, flags, 0, &first), STATUS_SUCCESS);
    assert_int_equal(seen[0].Node, 0);
    assert_int_equal(enable_with(&test_set, CHANGED, flags, 1, &second), STATUS_NOT_FOUND);
    assert_int_equal(enable_with(&test_set, CHANGED, flags, 2, &second), STATUS_INVALID_PARAMETER);
    assert_int_equal(enable(CHANGED, &second), STATUS_SUCCESS); // the filter's own
    generate(&test_set, CHANGED, TRUE, 0);
    assert_true(fired(&first));
    assert_false(fired(&second));
    generate(&test_set, CHANGED, TRUE, 1);
    assert_false(fired(&first));
    generate(&test_set, CHANGED, FALSE, 1); // any node
    assert_true(fired(&first));
    assert_true(fired(&second));
    COM_CALL(events, GenerateEventList, (GUID *)&test_set, CHANGED, TRUE, 0, FALSE, 0);
    assert_false(fired(&second)); // none of them is a pin's
}

PS_TEST(node_events_come_through_the_filter_handle, "KP-94", "KP-96")
{
    try_body(on_nodes);
}

static void disable_all(void)
{
    assert_int_equal(enable(CHANGED, &first), STATUS_SUCCESS);
    assert_int_equal(enable(LOST, &second), STATUS_SUCCESS);
    assert_int_equal(disable(NULL), STATUS_SUCCESS);
    assert_int_equal(seen_count, 4);
    generate(&test_set, CHANGED, FALSE, 0);
    generate(&test_set, LOST, FALSE, 0);
    assert_false(fired(&first));
    assert_false(fired(&second));
}

PS_TEST(disabling_without_a_name_disables_all, "KP-93")
{
    try_body(disable_all);
}

static void one_shot(void)
{
    assert_int_equal(enable_with(&test_set, CHANGED, KSEVENT_TYPE_ONESHOT, 0, &first),
                     STATUS_SUCCESS);
    assert_int_equal(enable(CHANGED, &second), STATUS_SUCCESS);
    generate(&test_set, CHANGED, FALSE, 0);
    assert_true(fired(&first));
    assert_true(fired(&second));
    generate(&test_set, CHANGED, FALSE, 0);
    assert_false(fired(&first));
    assert_true(fired(&second));
    assert_int_equal(disable(&first), STATUS_NOT_FOUND); // it has vanished
    assert_int_equal(seen_count, 3);
    assert_int_equal(seen[2].Verb, PCEVENT_VERB_REMOVE);
    assert_ptr_equal(seen[2].EventEntry, seen[0].EventEntry);
}

PS_TEST(a_one_shot_event_fires_once, "KP-98")
{
    try_body(one_shot);
}

static void close_handle(void)
{
    PFILE_OBJECT mine = file;

    assert_int_equal(enable(CHANGED, &first), STATUS_SUCCESS);
    assert_int_equal(open_topology(&file), STATUS_SUCCESS);
    assert_int_equal(enable(CHANGED, &second), STATUS_SUCCESS);
    kernel_close(adapter->system, mine);
    assert_int_equal(seen_count, 3);
    assert_int_equal(seen[2].Verb, PCEVENT_VERB_REMOVE);
    assert_ptr_equal(seen[2].EventEntry, seen[0].EventEntry);
    generate(&test_set, CHANGED, FALSE, 0);
    assert_false(fired(&first));
    assert_true(fired(&second));
}

PS_TEST(closing_a_handle_removes_its_events, "KP-98")
{
    try_body(close_handle);
}

static void kinds(void)
{
    static const ULONG others[] = {KSEVENTF_SEMAPHORE_HANDLE, KSEVENTF_SEMAPHORE_OBJECT,
                                   KSEVENTF_DPC, KSEVENTF_WORKITEM, 0, 3};

    for (unsigned i = 0; i < sizeof(others) / sizeof(*others); i++) {
        first.data.NotificationType = others[i];
        assert_int_equal(enable(CHANGED, &first), STATUS_NOT_SUPPORTED);
    }
    assert_int_equal(seen_count, 0);
    first.data.NotificationType = KSEVENTF_EVENT_OBJECT;
    first.data.EventObject.Event = first.event;
    assert_int_equal(enable(CHANGED, &first), STATUS_SUCCESS);
    generate(&test_set, CHANGED, FALSE, 0);
    assert_true(fired(&first));
}

PS_TEST(clients_are_told_by_events_only, "KP-99")
{
    try_body(kinds);
}

static void no_events(void)
{
    second.data.EventHandle.Event = NULL;
    assert_int_equal(enable(CHANGED, &second), STATUS_INVALID_HANDLE);
    second.data.EventHandle.Event = (HANDLE)0x123454;
    assert_int_equal(enable(CHANGED, &second), STATUS_INVALID_HANDLE);
    second.data.NotificationType = KSEVENTF_EVENT_OBJECT;
    second.data.EventObject.Event = BAD_ADDRESS;
    assert_int_equal(enable(CHANGED, &second), STATUS_INVALID_PARAMETER);
    second.data.EventObject.Event = file; // an object, but none that can be set
    assert_int_equal(enable(CHANGED, &second), STATUS_INVALID_PARAMETER);
    assert_int_equal(seen_count, 0);
}

PS_TEST(what_is_no_event_is_refused, "KP-99")
{
    try_body(no_events);
}

// The handle may be closed while its event is enabled.
static void close_early(void)
{
    HANDLE again;

    assert_int_equal(enable(CHANGED, &first), STATUS_SUCCESS);
    assert_int_equal(ZwClose(first.handle), STATUS_SUCCESS);
    generate(&test_set, CHANGED, FALSE, 0);
    assert_true(fired(&first));
    assert_int_equal(disable(&first), STATUS_SUCCESS);
    assert_int_equal(kernel_event_create(adapter->system, &first.event, &again), STATUS_SUCCESS);
    first.handle = again;
}

PS_TEST(an_enabled_event_outlives_its_handle, "KP-99")
{
    try_body(close_early);
}

static NTSTATUS enable_at(const void *event, void *data)
{
    return control(file, IOCTL_KS_ENABLE_EVENT, (void *)event, sizeof(KSEVENT), data,
                   sizeof(KSEVENTDATA), NULL);
}

static void bad_pointers(void)
{
    KSEVENT event = {{{.Set = test_set, .Id = CHANGED, .Flags = KSEVENT_TYPE_ENABLE}}};
    struct bad_memory memory = bad_memory_make();

    assert_int_equal(enable_at(NULL, &first.data), STATUS_ACCESS_VIOLATION);
    assert_int_equal(enable_at(BAD_ADDRESS, &first.data), STATUS_ACCESS_VIOLATION);
    assert_int_equal(enable_at(bad_memory_copy(&memory, &event, sizeof(event) - 1), &first.data),
                     STATUS_ACCESS_VIOLATION);
    assert_int_equal(enable_at(&event, NULL), STATUS_ACCESS_VIOLATION);
    assert_int_equal(enable_at(&event, BAD_ADDRESS), STATUS_ACCESS_VIOLATION);
    assert_int_equal(
        enable_at(&event, bad_memory_copy(&memory, &first.data, sizeof(first.data) - 1)),
        STATUS_ACCESS_VIOLATION);
    assert_int_equal(seen_count, 0);
    // To disable, the data's address is a name and is not touched.
    assert_int_equal(control(file, IOCTL_KS_DISABLE_EVENT, BAD_ADDRESS, 1, NULL, 0, NULL),
                     STATUS_NOT_FOUND);
    bad_memory_free(&memory);
}

PS_TEST(an_event_at_a_bad_address_is_an_access_violation)
{
    try_body(bad_pointers);
}

// ---- IRQL --------------------------------------------------------------------------------------------

static void raised(void)
{
    KIRQL old;

    assert_int_equal(enable(CHANGED, &first), STATUS_SUCCESS);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    generate(&test_set, CHANGED, FALSE, 0);
    KeLowerIrql(old);
    assert_true(fired(&first));
    for (int i = 0; i < 2; i++) { // the slot is free again after its DPC
        KeRaiseIrql(7, &old);
        generate(&test_set, CHANGED, FALSE, 0);
        KeLowerIrql(old);
        assert_true(fired(&first));
    }
}

PS_TEST(events_are_generated_at_any_irql, "KP-96")
{
    try_body(raised);
}

static void lose_one(void)
{
    KIRQL old;

    assert_int_equal(enable(CHANGED, &first), STATUS_SUCCESS);
    assert_int_equal(enable(LOST, &second), STATUS_SUCCESS);
    KeRaiseIrql(7, &old);
    generate(&test_set, CHANGED, FALSE, 0);
    generate(&test_set, LOST, FALSE, 0);
    KeLowerIrql(old);
    assert_true(fired(&first));
    assert_false(fired(&second));
}

PS_TEST(above_dispatch_level_only_one_call_is_kept, "KP-96")
{
    struct adapter a = prepared(lose_one);

    adapter_finds(&a, "KP-96");
}

static void list_raised(void)
{
    KIRQL old;

    lists = false;
    assert_int_equal(enable(CHANGED, &first), STATUS_SUCCESS);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    COM_CALL(events, AddEventToEventList, seen[0].EventEntry);
    KeLowerIrql(old);
}

PS_TEST(listing_an_entry_is_for_passive_level, "KP-97", "VF-21")
{
    struct adapter a = prepared(list_raised);

    adapter_violates(&a, "VF-21", 0x71003);
}

// ---- removal, memory ---------------------------------------------------------------------------------

static void fail_some(void)
{
    PFILE_OBJECT mine;

    if (!NT_SUCCESS(open_topology(&mine)))
        return;
    file = mine;
    prepare(&first);
    if (NT_SUCCESS(COM_CALL(topology.port, QueryInterface, &IID_IPortEvents, (PVOID *)&events))) {
        enable(CHANGED, &first);
        generate(&test_set, CHANGED, FALSE, 0);
        COM_CALL(events, Release);
    }
    if (first.handle)
        ZwClose(first.handle);
    kernel_close(adapter->system, mine);
}

PS_TEST(each_allocation_of_an_event_fails)
{
    struct adapter a = {.start = start_topology, .body = fail_some};

    lists = true;
    topology_reset((PPCFILTER_DESCRIPTOR)&filter);
    adapter_starve(&a);
    assert_int_equal(topology.references, 1);
}
