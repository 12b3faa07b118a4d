// SPDX-License-Identifier: MIT
//
// Interrupt sync objects on a device that interrupts: modes, order, exclusion before and after Connect.
#include "tests/machine_tester.h"

#include <portcls.h>

#include "tests/kernel_fixture.h"

static struct ps_device *device;
static PRESOURCELIST resources;
static uint64_t ports;
static KIRQL device_irql;

static void describe(void)
{
    CM_RESOURCE_LIST list = {.Count = 1};
    CM_PARTIAL_RESOURCE_DESCRIPTOR *entry =
        list.List[0].PartialResourceList.PartialDescriptors;
    struct device_resource found[8];
    unsigned count = device_resources(device, found, 8);

    for (unsigned i = 0; i < count; i++) {
        if (found[i].kind == RESOURCE_IO)
            ports = found[i].start;
        if (found[i].kind != RESOURCE_INTERRUPT)
            continue;
        device_irql = found[i].irql;
        entry->Type = CmResourceTypeInterrupt;
        entry->ShareDisposition = CmResourceShareShared;
        entry->u.Interrupt.Vector = (ULONG)found[i].start;
        entry->u.Interrupt.Level = found[i].irql;
        entry->u.Interrupt.Affinity = 3;
    }
    list.List[0].PartialResourceList.Count = 1;
    assert_int_equal(PcNewResourceList(&resources, NULL, PagedPool, &list, &list), STATUS_SUCCESS);
}

static PINTERRUPTSYNC object;
static void (*body)(void);
static INTERRUPTSYNCMODE mode;

static void with_sync(void *argument)
{
    describe();
    assert_int_equal(PcNewInterruptSync(&object, NULL, resources, 0, mode), STATUS_SUCCESS);
    body();
    assert_int_equal(COM_CALL(object, Release), 0);
    assert_int_equal(COM_CALL(resources, Release), 0);
}

static struct kernel_rig run_seeded(INTERRUPTSYNCMODE which, void (*what)(void),
                                    struct chooser *chooser)
{
    struct kernel_rig rig = kernel_rig_new(2, chooser);
    struct kernel_counts counts;

    body = what;
    mode = which;
    assert_int_equal(machine_attach(rig.system, &copier_ops, &device), 0);
    kernel_rig_thread(&rig, "test", with_sync, NULL);
    kernel_rig_run(&rig);
    kernel_get_counts(rig.system, &counts);
    assert_int_equal(counts.interfaces, 0);
    assert_int_equal(counts.pool_blocks, 0);
    return rig;
}

static void run(INTERRUPTSYNCMODE which, void (*what)(void))
{
    struct kernel_rig rig = run_seeded(which, what, chooser_round_robin());

    kernel_rig_clean(&rig);
}

// The device interrupts a millisecond after this.
static void provoke(void)
{
    WRITE_PORT_ULONG((PULONG)(ULONG_PTR)(ports + 4 * COPIER_LENGTH), 0);
    WRITE_PORT_ULONG((PULONG)(ULONG_PTR)(ports + 4 * COPIER_CONTROL), COPIER_START);
}

static void acknowledge(void)
{
    WRITE_PORT_ULONG((PULONG)(ULONG_PTR)(ports + 4 * COPIER_CONTROL), COPIER_ACKNOWLEDGE);
}

// ---- service routines that note their calls ----------------------------------------------------------

struct routine {
    char name;
    unsigned claims;  // so many calls answer STATUS_SUCCESS
    bool acknowledges;
    unsigned calls;
    KIRQL irql;
};

static char order[4096];
static unsigned order_length;

static NTSTATUS NTAPI service(PINTERRUPTSYNC from, PVOID context)
{
    struct routine *routine = context;

    assert_ptr_equal(from, object);
    routine->calls++;
    routine->irql = KeGetCurrentIrql();
    if (order_length < sizeof(order) - 1)
        order[order_length++] = routine->name;
    order[order_length] = 0;
    if (routine->acknowledges)
        acknowledge();
    if (!routine->claims)
        return STATUS_UNSUCCESSFUL;
    routine->claims--;
    return STATUS_SUCCESS;
}

static void add(struct routine *routine, BOOLEAN first)
{
    order_length = 0;
    assert_int_equal(COM_CALL(object, RegisterServiceRoutine, service, routine, first),
                     STATUS_SUCCESS);
}

static void interrupt_once(void)
{
    assert_int_equal(COM_CALL(object, Connect), STATUS_SUCCESS);
    provoke();
    sleep_ms(3);
    COM_CALL(object, Disconnect);
}

static void normal(void)
{
    struct routine a = {.name = 'a'}, b = {.name = 'b', .claims = 9, .acknowledges = true};
    struct routine c = {.name = 'c', .claims = 9};

    add(&a, FALSE);
    add(&b, FALSE);
    add(&c, FALSE);
    interrupt_once();
    assert_string_equal(order, "ab");
    assert_int_equal(a.irql, device_irql);
}

PS_TEST(normal_mode_stops_at_the_first_success, "WP-97", "WP-96")
{
    run(InterruptSyncModeNormal, normal);
}

static void all(void)
{
    struct routine a = {.name = 'a', .claims = 9, .acknowledges = true};
    struct routine b = {.name = 'b'}, c = {.name = 'c', .claims = 9};

    add(&a, FALSE);
    add(&b, FALSE);
    add(&c, FALSE);
    interrupt_once();
    assert_string_equal(order, "abc");
}

PS_TEST(all_mode_calls_each_routine_once, "WP-97")
{
    run(InterruptSyncModeAll, all);
}

static void repeat(void)
{
    struct routine a = {.name = 'a', .claims = 1}, b = {.name = 'b', .claims = 3};

    b.acknowledges = true;
    add(&a, FALSE);
    add(&b, FALSE);
    interrupt_once();
    assert_string_equal(order, "abababab"); // the fourth pass has no success
}

PS_TEST(repeat_mode_ends_with_a_pass_without_success, "WP-97")
{
    run(InterruptSyncModeRepeat, repeat);
}

static void repeat_for_ever(void)
{
    struct routine a = {.name = 'a', .claims = 1000000, .acknowledges = true};

    add(&a, FALSE);
    interrupt_once();
    assert_int_equal(a.calls, 1000);
}

PS_TEST(repeat_mode_has_a_limit_of_1000_passes, "WP-99")
{
    struct kernel_rig rig =
        run_seeded(InterruptSyncModeRepeat, repeat_for_ever, chooser_round_robin());

    kernel_rig_finding(&rig, "WP-99");
    kernel_rig_end(&rig);
}

static void heads_and_tails(void)
{
    struct routine a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'}, d = {.name = 'd'};

    d.claims = 9;
    d.acknowledges = true;
    add(&a, FALSE);
    add(&b, TRUE);
    add(&c, TRUE);
    add(&d, FALSE);
    interrupt_once();
    assert_string_equal(order, "cbad");
}

PS_TEST(first_goes_to_the_head_and_the_head_runs_first, "WP-99")
{
    run(InterruptSyncModeAll, heads_and_tails);
}

// Nobody claims: the system hears of it, and the line stays up until it is masked (SV-53).
static void unclaimed(void)
{
    struct routine a = {.name = 'a'};

    add(&a, FALSE);
    interrupt_once();
    assert_int_equal(a.calls, 1000);
    acknowledge();
}

PS_TEST(an_interrupt_is_acknowledged_only_if_a_routine_succeeded, "WP-97")
{
    struct kernel_rig rig = run_seeded(InterruptSyncModeAll, unclaimed, chooser_round_robin());

    kernel_rig_finding(&rig, "SV-53");
    kernel_rig_end(&rig);
}

// Whoever claims for ever leaves nobody else a turn; told is the driver's routine, not the one that asks it.
static void claimed_for_ever(void)
{
    struct routine a = {.name = 'a', .claims = ~0u};

    add(&a, FALSE);
    interrupt_once();
    assert_int_equal(a.calls, 1000);
    acknowledge();
}

PS_TEST(a_routine_that_claims_for_ever_is_named, "VF-58b")
{
    struct kernel_rig rig = run_seeded(InterruptSyncModeNormal, claimed_for_ever, chooser_round_robin());

    assert_ptr_equal(kernel_rig_finding(&rig, "VF-58b")->caller, (const void *)(uintptr_t)service);
    kernel_rig_end(&rig);
}

// ---- connecting --------------------------------------------------------------------------------------

static void connect(void)
{
    struct routine a = {.name = 'a', .claims = 9, .acknowledges = true};

    add(&a, FALSE);
    provoke();
    sleep_ms(3);
    assert_int_equal(a.calls, 0); // not connected: nothing is delivered
    assert_null(COM_CALL(object, GetKInterrupt));
    assert_int_equal(COM_CALL(object, Connect), STATUS_SUCCESS);
    assert_non_null(COM_CALL(object, GetKInterrupt));
    assert_int_equal(COM_CALL(object, Connect), STATUS_UNSUCCESSFUL);
    sleep_ms(1);
    assert_int_equal(a.calls, 1);
    COM_CALL(object, Disconnect);
    assert_null(COM_CALL(object, GetKInterrupt));
    provoke();
    sleep_ms(3);
    assert_int_equal(a.calls, 1);
    COM_CALL(object, Disconnect);
    acknowledge();
    assert_int_equal(COM_CALL(object, Connect), STATUS_SUCCESS); // and its last Release disconnects
}

PS_TEST(interrupts_come_between_connect_and_disconnect, "WP-96")
{
    run(InterruptSyncModeNormal, connect);
}

// ---- synchronized routines ---------------------------------------------------------------------------

static NTSTATUS NTAPI note_irql(PINTERRUPTSYNC from, PVOID context)
{
    assert_ptr_equal(from, object);
    *(KIRQL *)context = KeGetCurrentIrql();
    return (NTSTATUS)0xC0001234;
}

static void call_at(KIRQL level)
{
    KIRQL old = PASSIVE_LEVEL, seen = 0;

    if (level)
        KeRaiseIrql(level, &old);
    assert_int_equal((ULONG)COM_CALL(object, CallSynchronizedRoutine, note_irql, &seen), 0xC0001234);
    assert_int_equal(seen, device_irql);
    assert_int_equal(KeGetCurrentIrql(), level);
    if (level)
        KeLowerIrql(old);
}

static void call_all(void)
{
    call_at(PASSIVE_LEVEL);
    call_at(DISPATCH_LEVEL);
    call_at(device_irql);
}

static void before_and_after(void)
{
    call_all();
    assert_int_equal(COM_CALL(object, Connect), STATUS_SUCCESS);
    call_all();
    COM_CALL(object, Disconnect);
    call_all();
    assert_int_equal(COM_CALL(object, CallSynchronizedRoutine, NULL, NULL), STATUS_INVALID_PARAMETER);
}

PS_TEST(a_synchronized_routine_runs_at_device_irql_connected_or_not, "WP-98")
{
    run(InterruptSyncModeNormal, before_and_after);
}

static void too_high(void)
{
    KIRQL old, seen = 0;

    KeRaiseIrql((KIRQL)(device_irql + 1), &old);
    assert_int_equal(COM_CALL(object, CallSynchronizedRoutine, note_irql, &seen),
                     STATUS_UNSUCCESSFUL);
    KeLowerIrql(old);
    assert_int_equal(seen, 0);
}

PS_TEST(a_synchronized_routine_above_device_irql_is_reported, "WP-98")
{
    struct kernel_rig rig = run_seeded(InterruptSyncModeNormal, too_high, chooser_round_robin());

    assert_non_null(kernel_rig_finding(&rig, "WP-98")->caller);
    kernel_rig_end(&rig);
}

// An ISR and two threads change a pair of counters that must always be equal.
static volatile unsigned left, right, broken, isr_calls;
static KEVENT finished;

static void change(void)
{
    unsigned value = left;

    if (left != right)
        broken++;
    left = value + 1;
    KeStallExecutionProcessor(2);
    right = value + 1;
}

static NTSTATUS NTAPI change_in_isr(PINTERRUPTSYNC from, PVOID context)
{
    isr_calls++;
    change();
    acknowledge();
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI change_in_call(PINTERRUPTSYNC from, PVOID context)
{
    change();
    return STATUS_SUCCESS;
}

static void changer(void *argument)
{
    for (int i = 0; i < 20; i++) {
        COM_CALL(object, CallSynchronizedRoutine, change_in_call, NULL);
        KeStallExecutionProcessor(50);
    }
    KeSetEvent(&finished, 0, FALSE);
}

static void exclude(void)
{
    left = right = broken = isr_calls = 0;
    KeInitializeEvent(&finished, NotificationEvent, FALSE);
    assert_int_equal(COM_CALL(object, RegisterServiceRoutine, change_in_isr, NULL, FALSE),
                     STATUS_SUCCESS);
    assert_non_null(kernel_thread(system_current, "changer", changer, NULL)); // not connected yet
    for (int i = 0; i < 5; i++)
        COM_CALL(object, CallSynchronizedRoutine, change_in_call, NULL);
    assert_int_equal(COM_CALL(object, Connect), STATUS_SUCCESS);
    for (int i = 0; i < 3; i++) {
        provoke();
        for (int k = 0; k < 20; k++) {
            COM_CALL(object, CallSynchronizedRoutine, change_in_call, NULL);
            KeStallExecutionProcessor(60);
        }
    }
    KeWaitForSingleObject(&finished, Executive, KernelMode, FALSE, NULL);
    sleep_ms(3);
    COM_CALL(object, Disconnect);
    assert_int_equal(broken, 0);
    assert_true(isr_calls >= 3);
    assert_int_equal(left, 20 + 5 + 60 + isr_calls);
}

PS_TEST(a_synchronized_routine_excludes_service_routines, "WP-98")
{
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct kernel_rig rig =
            run_seeded(InterruptSyncModeNormal, exclude,
                       seed ? chooser_seeded(seed) : chooser_round_robin());

        kernel_rig_clean(&rig);
    }
}

// ---- making one --------------------------------------------------------------------------------------

static void make(void)
{
    PINTERRUPTSYNC other = object;

    assert_int_equal(PcNewInterruptSync(&other, NULL, resources, 1, InterruptSyncModeNormal),
                     STATUS_INVALID_PARAMETER);
    assert_null(other);
    assert_int_equal(PcNewInterruptSync(&other, NULL, NULL, 0, InterruptSyncModeNormal),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(PcNewInterruptSync(&other, NULL, resources, 0, (INTERRUPTSYNCMODE)0),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(PcNewInterruptSync(&other, NULL, resources, 0, (INTERRUPTSYNCMODE)4),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(PcNewInterruptSync(NULL, NULL, resources, 0, InterruptSyncModeNormal),
                     STATUS_INVALID_PARAMETER);
}

PS_TEST(an_interrupt_sync_needs_an_interrupt_resource, "AD-24")
{
    run(InterruptSyncModeAll, make);
}

static void starve(void)
{
    struct fault_plan plan = {.fail_at = 1, .for_good = true};
    PINTERRUPTSYNC other = object;

    system_current->fault = &plan;
    assert_int_equal(PcNewInterruptSync(&other, NULL, resources, 0, InterruptSyncModeAll),
                     STATUS_INSUFFICIENT_RESOURCES);
    assert_null(other);
    assert_int_equal(COM_CALL(object, RegisterServiceRoutine, change_in_isr, NULL, FALSE),
                     STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(COM_CALL(object, Connect), STATUS_INSUFFICIENT_RESOURCES);
    system_current->fault = NULL;
    assert_null(COM_CALL(object, GetKInterrupt));
    call_at(PASSIVE_LEVEL);
}

PS_TEST(an_interrupt_sync_without_memory_fails_and_leaves_nothing)
{
    run(InterruptSyncModeAll, starve);
}
