// SPDX-License-Identifier: MIT
//
// Service groups: one DPC for any number of requests, members that come and go while others run, and delayed
// service.
#include "tests/ps_test.h"

#include <portcls.h>

#include "tests/kernel_fixture.h"

// ---- a sink that notes how it was called -------------------------------------------------------------

struct sink {
    IServiceSink iface;
    LONG references;
    unsigned calls;
    unsigned inside, most_inside; // processors in its RequestService
    KIRQL irql;
    ULONGLONG at;                 // time of the last call
    void (*service)(struct sink *sink);
};

static PSERVICEGROUP group;

static NTSTATUS NTAPI sink_query(IServiceSink *This, REFIID iid, PVOID *out)
{
    *out = NULL;
    return STATUS_INVALID_PARAMETER;
}

static ULONG NTAPI sink_addref(IServiceSink *This)
{
    return (ULONG)++CONTAINING_RECORD(This, struct sink, iface)->references;
}

static ULONG NTAPI sink_release(IServiceSink *This)
{
    return (ULONG)--CONTAINING_RECORD(This, struct sink, iface)->references;
}

static VOID NTAPI sink_service(IServiceSink *This)
{
    struct sink *sink = CONTAINING_RECORD(This, struct sink, iface);

    sink->calls++;
    sink->irql = KeGetCurrentIrql();
    sink->at = KeQueryInterruptTime();
    if (++sink->inside > sink->most_inside)
        sink->most_inside = sink->inside;
    if (sink->service)
        sink->service(sink);
    sink->inside--;
}

static const IServiceSinkVtbl sink_vtbl = {sink_query, sink_addref, sink_release, sink_service};

static struct sink sink_new(void (*service)(struct sink *sink))
{
    return (struct sink){.iface = {&sink_vtbl}, .references = 1, .service = service};
}

// A request, and the pass that follows it.
static void request(PSERVICEGROUP which)
{
    COM_CALL(which, RequestService);
    KeFlushQueuedDpcs();
}

static void add(struct sink *sink)
{
    assert_int_equal(COM_CALL(group, AddMember, &sink->iface), STATUS_SUCCESS);
}

// The body of each test runs with a fresh group, which must be gone afterwards.
static void (*body)(void);

static void with_group(void *argument)
{
    assert_int_equal(PcNewServiceGroup(&group, NULL), STATUS_SUCCESS);
    body();
    assert_int_equal(COM_CALL(group, Release), 0);
}

static void leave_nothing(struct ps_system *system)
{
    struct kernel_counts counts;

    kernel_get_counts(system, &counts);
    assert_int_equal(counts.interfaces, 0);
    assert_int_equal(counts.pool_blocks, 0);
    assert_int_equal(counts.timers, 0);
    assert_int_equal(counts.dpcs, 0);
}

static struct kernel_rig run(void (*what)(void), struct chooser *chooser)
{
    struct kernel_rig rig = kernel_rig_new(2, chooser);

    body = what;
    kernel_rig_thread(&rig, "test", with_group, NULL);
    kernel_rig_run(&rig);
    leave_nothing(rig.system);
    return rig;
}

static void run_clean(void (*what)(void))
{
    struct kernel_rig rig = run(what, chooser_round_robin());

    kernel_rig_clean(&rig);
}

// ---- requests ----------------------------------------------------------------------------------------

static void request_at(KIRQL irql)
{
    KIRQL old = PASSIVE_LEVEL;

    if (irql > PASSIVE_LEVEL)
        KeRaiseIrql(irql, &old);
    COM_CALL(group, RequestService);
    if (irql > PASSIVE_LEVEL)
        KeLowerIrql(old);
    KeFlushQueuedDpcs();
}

static void any_irql(void)
{
    static const KIRQL levels[] = {PASSIVE_LEVEL, APC_LEVEL, DISPATCH_LEVEL, 5, 11};
    struct sink first = sink_new(NULL), second = sink_new(NULL);

    add(&first);
    add(&second);
    for (unsigned i = 0; i < sizeof(levels); i++) {
        request_at(levels[i]);
        assert_int_equal(first.calls, i + 1);
        assert_int_equal(second.calls, i + 1);
        assert_int_equal(first.irql, DISPATCH_LEVEL);
        first.irql = 0;
    }
    COM_CALL(group, RemoveMember, &first.iface);
    COM_CALL(group, RemoveMember, &second.iface);
}

PS_TEST(a_request_at_any_irql_calls_each_member_once_at_dispatch_level, "WP-70", "WP-80")
{
    run_clean(any_irql);
}

static void coalesce(void)
{
    struct sink sink = sink_new(NULL);
    KIRQL old;

    add(&sink);
    KeRaiseIrql(7, &old);
    for (int i = 0; i < 5; i++)
        COM_CALL(group, RequestService);
    assert_int_equal(sink.calls, 0);
    KeLowerIrql(old);
    assert_int_equal(sink.calls, 1);
    COM_CALL(group, RemoveMember, &sink.iface);
}

PS_TEST(requests_coalesce_into_one_pass, "WP-71")
{
    run_clean(coalesce);
}

static void ask_again(struct sink *sink)
{
    if (sink->calls == 1)
        COM_CALL(group, RequestService);
}

static void again(void)
{
    struct sink first = sink_new(NULL), second = sink_new(ask_again);

    add(&first);
    add(&second);
    COM_CALL(group, RequestService);
    KeFlushQueuedDpcs();
    assert_int_equal(first.calls, 2); // the second pass began after the request: it is a whole one
    assert_int_equal(second.calls, 2);
    COM_CALL(group, RemoveMember, &first.iface);
    COM_CALL(group, RemoveMember, &second.iface);
}

PS_TEST(a_request_during_a_pass_is_followed_by_a_whole_pass, "WP-71")
{
    run_clean(again);
}

PS_TEST(request_service_is_slot_3_of_sink_and_group, "WP-81")
{
    assert_int_equal(offsetof(IServiceSinkVtbl, RequestService), 3 * sizeof(void *));
    assert_int_equal(offsetof(IServiceGroupVtbl, RequestService), 3 * sizeof(void *));
    assert_int_equal(offsetof(IServiceGroupVtbl, AddMember), 4 * sizeof(void *));
}

static void nest(void)
{
    struct sink sink = sink_new(NULL);
    PSERVICEGROUP outer = group, inner;
    PVOID as_sink;

    assert_int_equal(PcNewServiceGroup(&inner, NULL), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(inner, QueryInterface, &IID_IServiceSink, &as_sink), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(inner, AddMember, &sink.iface), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(outer, AddMember, as_sink), STATUS_SUCCESS);
    request(outer);
    KeFlushQueuedDpcs();
    assert_int_equal(sink.calls, 1);
    assert_int_equal(sink.irql, DISPATCH_LEVEL);
    COM_CALL(outer, RemoveMember, as_sink);
    COM_CALL(inner, RemoveMember, &sink.iface);
    COM_CALL((PSERVICESINK)as_sink, Release);
    assert_int_equal(COM_CALL(inner, Release), 0);
}

PS_TEST(a_group_is_a_sink_of_another_group, "WP-82")
{
    run_clean(nest);
}

// ---- members come and go -----------------------------------------------------------------------------

static void hold_references(void)
{
    struct sink sink = sink_new(NULL), twice = sink_new(NULL);

    add(&sink);
    add(&twice);
    add(&twice);
    assert_int_equal(sink.references, 2);
    assert_int_equal(twice.references, 3);
    COM_CALL(group, RemoveMember, &sink.iface);
    assert_int_equal(sink.references, 1);
    COM_CALL(group, RemoveMember, &sink.iface); // not a member: nothing happens
    assert_int_equal(sink.references, 1);
    request(group);
    assert_int_equal(sink.calls, 0);
    assert_int_equal(twice.calls, 2);
    assert_int_equal(COM_CALL(group, AddMember, NULL), STATUS_INVALID_PARAMETER);
    // A group that goes gives its members up.
    COM_CALL(group, Release);
    assert_int_equal(twice.references, 1);
    assert_int_equal(PcNewServiceGroup(&group, NULL), STATUS_SUCCESS);
}

PS_TEST(a_group_holds_a_reference_on_each_member, "WP-82", "AD-10")
{
    run_clean(hold_references);
}

static void leave(struct sink *sink)
{
    COM_CALL(group, RemoveMember, &sink->iface);
    assert_int_equal(sink->references, 2); // the running call still holds it
}

static void from_itself(void)
{
    struct sink first = sink_new(leave), second = sink_new(NULL);

    add(&first);
    add(&second);
    request(group);
    assert_int_equal(first.calls, 1);
    assert_int_equal(first.references, 1);
    assert_int_equal(second.calls, 1); // the pass went on behind it
    request(group);
    assert_int_equal(first.calls, 1);
    assert_int_equal(second.calls, 2);
    COM_CALL(group, RemoveMember, &second.iface);
}

PS_TEST(a_sink_may_remove_itself, "WP-83")
{
    run_clean(from_itself);
}

static struct sink *victim;

static void remove_victim(struct sink *sink)
{
    COM_CALL(group, RemoveMember, &victim->iface);
}

static void remove_neighbours(void)
{
    struct sink before = sink_new(NULL), remover = sink_new(remove_victim), after = sink_new(NULL);
    struct sink last = sink_new(NULL);

    add(&before);
    add(&remover);
    add(&after);
    add(&last);
    victim = &after;
    request(group);
    assert_int_equal(after.calls, 0);
    assert_int_equal(last.calls, 1);
    victim = &before;
    request(group);
    assert_int_equal(before.calls, 2);
    assert_int_equal(before.references, 1);
    assert_int_equal(last.calls, 2);
    COM_CALL(group, RemoveMember, &remover.iface);
    COM_CALL(group, RemoveMember, &last.iface);
}

PS_TEST(a_sink_may_remove_its_neighbours, "WP-83")
{
    run_clean(remove_neighbours);
}

// Another processor's request keeps the sink busy while it is removed.
static struct sink busy;
static KEVENT started, finished;
static bool waited_for_another;

static void stall(struct sink *sink)
{
    KeSetEvent(&started, 0, FALSE);
    KeStallExecutionProcessor(500);
}

static void requester(void *argument)
{
    COM_CALL(group, RequestService);
    KeSetEvent(&finished, 0, FALSE);
}

static void remove_while_it_runs(void)
{
    KeInitializeEvent(&started, NotificationEvent, FALSE);
    KeInitializeEvent(&finished, NotificationEvent, FALSE);
    busy = sink_new(stall);
    add(&busy);
    assert_non_null(kernel_thread(system_current, "requester", requester, NULL));
    KeWaitForSingleObject(&started, Executive, KernelMode, FALSE, NULL);
    waited_for_another |= busy.inside != 0;
    COM_CALL(group, RemoveMember, &busy.iface);
    assert_int_equal(busy.inside, 0);
    assert_int_equal(busy.references, 1);
    request(group);
    assert_int_equal(busy.calls, 1);
    KeWaitForSingleObject(&finished, Executive, KernelMode, FALSE, NULL);
}

PS_TEST(removal_waits_for_a_call_on_another_processor, "WP-83")
{
    waited_for_another = false;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct kernel_rig rig =
            run(remove_while_it_runs, seed ? chooser_seeded(seed) : chooser_round_robin());

        kernel_rig_clean(&rig);
    }
    assert_true(waited_for_another); // the case was there
}

// The sink is inside on two processors, and removes itself on the first that asks.
static bool both_inside;

static void leave_when_two(struct sink *sink)
{
    KeSetEvent(&started, 0, FALSE);
    for (int i = 0; i < 20 && sink->inside < 2; i++)
        KeStallExecutionProcessor(10);
    both_inside |= sink->inside == 2;
    COM_CALL(group, RemoveMember, &sink->iface);
}

static void remove_twice_at_once(void)
{
    KeInitializeEvent(&started, NotificationEvent, FALSE);
    KeInitializeEvent(&finished, NotificationEvent, FALSE);
    busy = sink_new(leave_when_two);
    add(&busy);
    assert_non_null(kernel_thread(system_current, "requester", requester, NULL));
    KeWaitForSingleObject(&started, Executive, KernelMode, FALSE, NULL);
    COM_CALL(group, RequestService);
    KeWaitForSingleObject(&finished, Executive, KernelMode, FALSE, NULL);
    KeFlushQueuedDpcs();
    assert_int_equal(busy.inside, 0);
    assert_int_equal(busy.references, 1);
}

PS_TEST(a_sink_removes_itself_while_it_runs_on_two_processors, "WP-83")
{
    both_inside = false;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct kernel_rig rig =
            run(remove_twice_at_once, seed ? chooser_seeded(seed) : chooser_round_robin());

        kernel_rig_clean(&rig);
    }
    assert_true(both_inside);
}

// The last reference goes inside a pass.
static void drop_group(struct sink *sink)
{
    if (group)
        COM_CALL(group, Release);
    group = NULL;
}

static void released_by_its_sink(void *argument)
{
    struct sink sink = sink_new(drop_group);
    PSERVICEGROUP mine;

    assert_int_equal(PcNewServiceGroup(&group, NULL), STATUS_SUCCESS);
    mine = group;
    add(&sink);
    request(mine);
    assert_int_equal(sink.calls, 1);
    assert_int_equal(sink.references, 1);
}

PS_TEST(a_group_may_be_released_inside_its_own_pass, "WP-83", "AD-10")
{
    struct kernel_rig rig = kernel_rig_do(released_by_its_sink, NULL);

    leave_nothing(rig.system);
    kernel_rig_clean(&rig);
}

// ---- delayed service ---------------------------------------------------------------------------------

static ULONGLONG relative(LONGLONG milliseconds)
{
    return (ULONGLONG)(-milliseconds * 10000);
}

static void delayed(void)
{
    struct sink sink = sink_new(NULL);
    ULONGLONG now = KeQueryInterruptTime();
    LARGE_INTEGER clock;

    add(&sink);
    COM_CALL(group, SupportDelayedService);
    COM_CALL(group, RequestDelayedService, relative(10));
    sleep_ms(8);
    assert_int_equal(sink.calls, 0);
    sleep_ms(5);
    assert_int_equal(sink.calls, 1);
    assert_in_range(sink.at - now, 100000, 120000);
    assert_int_equal(sink.irql, DISPATCH_LEVEL);

    KeQuerySystemTime(&clock); // absolute
    COM_CALL(group, RequestDelayedService, (ULONGLONG)clock.QuadPart + 50000);
    sleep_ms(8);
    assert_int_equal(sink.calls, 2);

    COM_CALL(group, RequestDelayedService, relative(5));
    COM_CALL(group, RequestDelayedService, relative(20)); // replaces the first
    sleep_ms(12);
    assert_int_equal(sink.calls, 2);
    COM_CALL(group, CancelDelayedService);
    sleep_ms(20);
    assert_int_equal(sink.calls, 2);
    COM_CALL(group, RequestDelayedService, relative(5)); // goes with the group
    COM_CALL(group, RemoveMember, &sink.iface);
}

PS_TEST(delayed_service_comes_once_at_its_time, "WP-84")
{
    run_clean(delayed);
}

// The last reference goes at about the moment when the timer expires: between the end of the count and the
// cancelling of the timer there is a scheduling point, and a sweep in steps of one service meets it.
static unsigned services;
static bool came_before, came_never;

static void release_at_expiry(void *argument)
{
    struct sink sink = sink_new(NULL);

    assert_int_equal(PcNewServiceGroup(&group, NULL), STATUS_SUCCESS);
    add(&sink);
    COM_CALL(group, SupportDelayedService);
    sleep_ms(1); // to a tick of the clock
    COM_CALL(group, RequestDelayedService, relative(1));
    KeStallExecutionProcessor(1990);
    for (unsigned i = 0; i < services; i++)
        KeQueryInterruptTime();
    COM_CALL(group, Release);
    sleep_ms(3);
    assert_int_equal(sink.references, 1);
    came_before |= sink.calls == 1;
    came_never |= sink.calls == 0;
}

PS_TEST(a_delayed_service_that_comes_due_goes_with_its_group, "WP-84", "AD-10")
{
    came_before = came_never = false;
    for (services = 0; services < 250; services++) {
        struct kernel_rig rig = kernel_rig_do(release_at_expiry, NULL);

        leave_nothing(rig.system);
        kernel_rig_clean(&rig);
    }
    assert_true(came_before && came_never);
}

static void release_while_queued(struct sink *sink)
{
    if (sink->calls > 1)
        return;
    COM_CALL(group, RequestDelayedService, 1); // long past: its DPC is queued behind this one
    COM_CALL(group, Release);
}

static void released_with_a_queued_delay(void *argument)
{
    struct sink sink = sink_new(release_while_queued);

    assert_int_equal(PcNewServiceGroup(&group, NULL), STATUS_SUCCESS);
    add(&sink);
    COM_CALL(group, SupportDelayedService);
    request(group);
    sleep_ms(3);
    assert_int_equal(sink.references, 1);
}

PS_TEST(a_group_may_be_released_while_its_delayed_service_is_queued, "WP-84", "AD-10")
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct kernel_rig rig =
            kernel_rig_new(2, seed ? chooser_seeded(seed) : chooser_round_robin());

        kernel_rig_thread(&rig, "test", released_with_a_queued_delay, NULL);
        kernel_rig_run(&rig);
        leave_nothing(rig.system);
        kernel_rig_clean(&rig);
    }
}

static void release_when_it_expires(void *argument)
{
    struct sink sink = sink_new(NULL);
    KIRQL irql = PASSIVE_LEVEL;

    assert_int_equal(PcNewServiceGroup(&group, NULL), STATUS_SUCCESS);
    add(&sink);
    COM_CALL(group, SupportDelayedService);
    COM_CALL(group, RequestDelayedService, relative(1));
    sleep_ms(1); // its DPC goes to the processor that has set the timer; the other one is free for this thread
    if (services)
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
    COM_CALL(group, Release);
    if (services)
        KeLowerIrql(irql);
    sleep_ms(1);
    assert_int_equal(sink.references, 1);
}

// The DPC has left its queue, so nobody can take it back, and has not asked yet whether the group lives.
PS_TEST(a_group_may_be_released_while_its_delayed_service_begins, "WP-84", "AD-10")
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct kernel_rig rig = kernel_rig_new(2, chooser_hold(seed));

        services = seed % 2;
        kernel_rig_thread(&rig, "test", release_when_it_expires, NULL);
        kernel_rig_run(&rig);
        leave_nothing(rig.system);
        kernel_rig_clean(&rig);
    }
}

static void unsupported(void)
{
    struct sink sink = sink_new(NULL);

    add(&sink);
    COM_CALL(group, RequestDelayedService, relative(1));
    sleep_ms(5);
    assert_int_equal(sink.calls, 0);
    COM_CALL(group, RemoveMember, &sink.iface);
}

PS_TEST(delayed_service_without_support_is_reported, "WP-84")
{
    struct kernel_rig rig = run(unsupported, chooser_round_robin());

    assert_non_null(kernel_rig_finding(&rig, "WP-84")->caller);
    kernel_rig_end(&rig);
}

// ---- aggregation, memory -----------------------------------------------------------------------------

static IUnknown outer;
static LONG outer_references;

static NTSTATUS NTAPI outer_query(IUnknown *This, REFIID iid, PVOID *out)
{
    *out = This;
    return STATUS_SUCCESS;
}

static ULONG NTAPI outer_addref(IUnknown *This)
{
    return (ULONG)++outer_references;
}

static ULONG NTAPI outer_release(IUnknown *This)
{
    return (ULONG)--outer_references;
}

static const IUnknownVtbl outer_vtbl = {outer_query, outer_addref, outer_release};

static void aggregate(void *argument)
{
    PSERVICEGROUP made, inside;
    PUNKNOWN inner;
    PVOID found;

    outer.lpVtbl = &outer_vtbl;
    outer_references = 1;
    assert_int_equal(PcNewServiceGroup(&made, &outer), STATUS_SUCCESS);
    inner = (PUNKNOWN)made; // an aggregated object comes as its own IUnknown
    assert_int_equal(COM_CALL(inner, QueryInterface, &IID_IServiceGroup, &found), STATUS_SUCCESS);
    inside = found;
    assert_int_equal(outer_references, 2);
    COM_CALL(inside, AddRef);
    assert_int_equal(outer_references, 3);
    assert_int_equal(COM_CALL(inside, QueryInterface, &IID_IServiceGroup, &found), STATUS_SUCCESS);
    assert_ptr_equal(found, &outer);
    COM_CALL(inside, Release);
    COM_CALL(inside, Release);
    assert_int_equal(outer_references, 1);
    assert_int_equal(COM_CALL(inner, Release), 0);
}

PS_TEST(an_outer_object_is_asked_by_every_interface, "AD-11")
{
    struct kernel_rig rig = kernel_rig_do(aggregate, NULL);

    leave_nothing(rig.system);
    kernel_rig_clean(&rig);
}

static void unknown_interface(void)
{
    PVOID found = &found;

    assert_int_equal(COM_CALL(group, QueryInterface, &IID_IDmaChannel, &found),
                     STATUS_INVALID_PARAMETER);
    assert_null(found);
    assert_int_equal(COM_CALL(group, QueryInterface, &IID_IUnknown, &found), STATUS_SUCCESS);
    assert_int_equal(COM_CALL((PUNKNOWN)found, Release), 1);
}

PS_TEST(an_unknown_interface_is_an_invalid_parameter, "AD-12")
{
    run_clean(unknown_interface);
}

static void starve(void *argument)
{
    struct sink sink = sink_new(NULL);
    struct fault_plan plan = {.fail_at = 1};
    struct ps_system *system = system_current;
    PSERVICEGROUP none = (PSERVICEGROUP)&plan;

    system->fault = &plan;
    assert_int_equal(PcNewServiceGroup(&none, NULL), STATUS_INSUFFICIENT_RESOURCES);
    assert_null(none);
    assert_int_equal(PcNewServiceGroup(&group, NULL), STATUS_SUCCESS);
    plan = (struct fault_plan){.fail_at = 1};
    assert_int_equal(COM_CALL(group, AddMember, &sink.iface), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(sink.references, 1);
    system->fault = NULL;
    COM_CALL(group, Release);
}

PS_TEST(a_group_without_memory_fails_and_leaves_nothing)
{
    struct kernel_rig rig = kernel_rig_do(starve, NULL);

    leave_nothing(rig.system);
    kernel_rig_clean(&rig);
}

static void raised(void *argument)
{
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    PcNewServiceGroup(&group, NULL);
    KeLowerIrql(old);
    COM_CALL(group, Release);
}

PS_TEST(a_pc_function_above_its_irql_is_found, "VF-20")
{
    kernel_rig_misuse(raised, "VF-20", 0xC4, 0x00071001);
}
