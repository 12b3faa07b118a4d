// SPDX-License-Identifier: MIT
//
// Events, semaphores and waits.
#include "ps_test.h"

#include "kernel_fixture.h"

static KEVENT event;
static KEVENT several[4];
static unsigned awake;

static void wait_for_event(void *argument)
{
    assert_int_equal(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL), 0);
    awake++;
}

static void set_once(void *argument)
{
    sleep_ms(5);
    assert_int_equal(awake, 0);
    assert_int_equal(KeSetEvent(&event, 0, FALSE), 0);
    sleep_ms(5);
}

static struct kernel_rig three_waiters(EVENT_TYPE type)
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());

    awake = 0;
    KeInitializeEvent(&event, type, FALSE);
    for (int i = 0; i < 3; i++)
        kernel_rig_thread(&rig, "waiter", wait_for_event, NULL);
    kernel_rig_thread(&rig, "setter", set_once, NULL);
    kernel_rig_run(&rig);
    return rig;
}

PS_TEST(a_notification_event_releases_all_and_stays_set, "SV-40")
{
    struct kernel_rig rig = three_waiters(NotificationEvent);

    assert_int_equal(awake, 3);
    assert_int_equal(KeReadStateEvent(&event), 1);
    assert_int_equal(KeResetEvent(&event), 1);
    assert_int_equal(KeResetEvent(&event), 0);
    kernel_rig_clean(&rig);
}

PS_TEST(a_synchronization_event_releases_one_and_resets, "SV-40")
{
    struct kernel_rig rig = three_waiters(SynchronizationEvent);

    assert_int_equal(awake, 1);
    assert_int_equal(KeReadStateEvent(&event), 0);
    assert_int_equal(journal_count(rig.system->journal), 0);
    kernel_rig_end(&rig); // two still wait
}

static KEVENT *passing;

static void free_when_woken(void *argument)
{
    KeWaitForSingleObject(passing, Executive, KernelMode, FALSE, NULL);
    ExFreePool(passing);
    awake++;
}

static void set_for_the_last_time(void *argument)
{
    sleep_ms(5);
    KeSetEvent(passing, 0, FALSE);
    assert_int_equal(awake, 1); // on the other processor, meanwhile
}

PS_TEST(who_is_woken_may_go_on_before_the_setter_does, "SV-40")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());

    awake = 0;
    passing = ExAllocatePoolWithTag(NonPagedPool, sizeof(*passing), TEST_TAG);
    KeInitializeEvent(passing, NotificationEvent, FALSE);
    kernel_rig_thread(&rig, "waiter", free_when_woken, NULL);
    kernel_rig_thread(&rig, "setter", set_for_the_last_time, NULL);
    kernel_rig_run(&rig);
    assert_int_equal(awake, 1);
    kernel_rig_clean(&rig);
}

static KSEMAPHORE *counted;

static void free_when_let_in(void *argument)
{
    KeWaitForSingleObject(counted, Executive, KernelMode, FALSE, NULL);
    ExFreePool(counted);
    awake++;
}

static void let_in(void *argument)
{
    sleep_ms(5);
    assert_int_equal(KeReleaseSemaphore(counted, 0, 1, FALSE), 0);
    assert_int_equal(awake, 1);
}

PS_TEST(who_is_let_in_by_a_semaphore_may_go_on_before_the_releaser_does, "SV-40")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());

    awake = 0;
    counted = ExAllocatePoolWithTag(NonPagedPool, sizeof(*counted), TEST_TAG);
    KeInitializeSemaphore(counted, 0, 1);
    kernel_rig_thread(&rig, "waiter", free_when_let_in, NULL);
    kernel_rig_thread(&rig, "releaser", let_in, NULL);
    kernel_rig_run(&rig);
    assert_int_equal(awake, 1);
    kernel_rig_clean(&rig);
}

static void wait_results(void *argument)
{
    LARGE_INTEGER zero = {.QuadPart = 0}, three = relative_ms(3), before, after;

    KeInitializeEvent(&event, SynchronizationEvent, TRUE);
    assert_int_equal(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &zero),
                     STATUS_SUCCESS);
    assert_int_equal(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &zero),
                     STATUS_TIMEOUT);
    KeQuerySystemTimePrecise(&before);
    assert_int_equal(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &three),
                     STATUS_TIMEOUT);
    KeQuerySystemTimePrecise(&after);
    assert_in_range(after.QuadPart - before.QuadPart, 30000, 41000);
}

PS_TEST(waits_end_with_success_or_timeout, "SV-41")
{
    struct kernel_rig rig = kernel_rig_do(wait_results, NULL);

    kernel_rig_clean(&rig);
}

static void wait_any_and_all(void *argument)
{
    PVOID objects[4] = {&several[0], &several[1], &several[2], &several[3]};
    LARGE_INTEGER zero = {.QuadPart = 0};
    KWAIT_BLOCK blocks[4];

    for (int i = 0; i < 4; i++)
        KeInitializeEvent(&several[i], SynchronizationEvent, FALSE);
    KeSetEvent(&several[2], 0, FALSE);
    assert_int_equal(
        KeWaitForMultipleObjects(3, objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL),
        STATUS_WAIT_0 + 2);
    KeSetEvent(&several[0], 0, FALSE);
    assert_int_equal(
        KeWaitForMultipleObjects(4, objects, WaitAll, Executive, KernelMode, FALSE, &zero, blocks),
        STATUS_TIMEOUT);
    assert_int_equal(KeReadStateEvent(&several[0]), 1); // nothing consumed
    for (int i = 0; i < 4; i++)
        KeSetEvent(&several[i], 0, FALSE);
    assert_int_equal(
        KeWaitForMultipleObjects(4, objects, WaitAll, Executive, KernelMode, FALSE, &zero, blocks),
        STATUS_SUCCESS);
    assert_int_equal(KeReadStateEvent(&several[3]), 0);
}

PS_TEST(waiting_for_any_and_for_all, "SV-41")
{
    struct kernel_rig rig = kernel_rig_do(wait_any_and_all, NULL);

    kernel_rig_clean(&rig);
}

static void block_for_all(void *argument)
{
    PVOID objects[2] = {&several[0], &several[1]};

    assert_int_equal(
        KeWaitForMultipleObjects(2, objects, WaitAll, Executive, KernelMode, FALSE, NULL, NULL),
        STATUS_SUCCESS);
    awake++;
}

static void set_both(void *argument)
{
    sleep_ms(2);
    KeSetEvent(&several[0], 0, FALSE);
    sleep_ms(2);
    assert_int_equal(awake, 0);
    KeSetEvent(&several[1], 0, FALSE);
}

PS_TEST(a_wait_for_all_ends_with_the_last_object, "SV-41")
{
    struct kernel_rig rig = kernel_rig_new(1, chooser_round_robin());

    awake = 0;
    for (int i = 0; i < 2; i++)
        KeInitializeEvent(&several[i], SynchronizationEvent, FALSE);
    kernel_rig_thread(&rig, "waiter", block_for_all, NULL);
    kernel_rig_thread(&rig, "setter", set_both, NULL);
    kernel_rig_run(&rig);
    assert_int_equal(awake, 1);
    kernel_rig_clean(&rig);
}

static void wait_at_dispatch(void *argument)
{
    LARGE_INTEGER zero = {.QuadPart = 0};
    KIRQL old;

    KeInitializeEvent(&event, NotificationEvent, TRUE);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    assert_int_equal(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &zero), 0);
    KeLowerIrql(old);
    KeWaitForMultipleObjects(1, (PVOID[]){&event}, WaitAny, Executive, KernelMode, FALSE, &zero,
                             NULL); // a zero timeout at PASSIVE_LEVEL is as good
}

PS_TEST(a_zero_timeout_may_wait_up_to_dispatch, "SV-42")
{
    struct kernel_rig rig = kernel_rig_do(wait_at_dispatch, NULL);

    kernel_rig_clean(&rig);
}

static void block_at_dispatch(void *argument)
{
    KIRQL old;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    KeLowerIrql(old);
}

PS_TEST(waiting_without_timeout_at_dispatch_is_found, "VF-47")
{
    kernel_rig_misuse(block_at_dispatch, "VF-47", 0xC4, 0x121);
}

static void time_out_at_dispatch(void *argument)
{
    LARGE_INTEGER some = relative_ms(1);
    KIRQL old;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &some);
    KeLowerIrql(old);
}

PS_TEST(waiting_with_a_timeout_at_dispatch_is_found, "VF-47")
{
    kernel_rig_misuse(time_out_at_dispatch, "VF-47", 0xC4, 0x122);
}

static void wait_above_dispatch(void *argument)
{
    LARGE_INTEGER zero = {.QuadPart = 0};
    KIRQL old;

    KeInitializeEvent(&event, NotificationEvent, TRUE);
    KeRaiseIrql(5, &old);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &zero);
    KeLowerIrql(old);
}

PS_TEST(waiting_above_dispatch_is_found, "VF-47")
{
    kernel_rig_misuse(wait_above_dispatch, "VF-47", 0xC4, 0x120);
}

static void set_above_dispatch(void *argument)
{
    KIRQL old;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeRaiseIrql(5, &old);
    KeSetEvent(&event, 0, FALSE);
    KeLowerIrql(old);
}

PS_TEST(setting_an_event_above_dispatch_is_found, "VF-48")
{
    kernel_rig_misuse(set_above_dispatch, "VF-48", 0xC4, 0x80);
}

static KIRQL setting_at;

// As before a wait, which would follow at once.
static void set_with_wait(void *argument)
{
    KIRQL old;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeRaiseIrql(setting_at, &old);
    KeSetEvent(&event, 0, TRUE);
    KeLowerIrql(old);
}

PS_TEST(setting_an_event_before_a_wait_is_for_apc_level, "VF-107", "~VF-107")
{
    struct kernel_rig rig;

    setting_at = DISPATCH_LEVEL;
    kernel_rig_misuse(set_with_wait, "VF-107", 0xC4, 0x20016);
    setting_at = APC_LEVEL;
    rig = kernel_rig_do(set_with_wait, NULL);
    kernel_rig_clean(&rig);
}

static void sleep_at_dispatch(void *argument)
{
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    sleep_ms(1);
    KeLowerIrql(old);
}

PS_TEST(delaying_at_dispatch_is_found, "VF-104")
{
    kernel_rig_misuse(sleep_at_dispatch, "VF-104", 0xC4, 0x2000F);
}

static void wait_for_nothing(void *argument)
{
    static KEVENT raw;

    KeWaitForSingleObject(&raw, Executive, KernelMode, FALSE, NULL);
}

PS_TEST(waiting_for_an_uninitialised_object_is_found, "VF-33")
{
    kernel_rig_misuse(wait_for_nothing, "VF-33", 0xC4, 0x1002);
}

static void semaphore_counts(void *argument)
{
    LARGE_INTEGER zero = {.QuadPart = 0};
    KSEMAPHORE semaphore;

    KeInitializeSemaphore(&semaphore, 1, 3);
    assert_int_equal(KeReleaseSemaphore(&semaphore, 0, 2, FALSE), 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(KeWaitForSingleObject(&semaphore, Executive, KernelMode, FALSE, &zero), 0);
    assert_int_equal(KeWaitForSingleObject(&semaphore, Executive, KernelMode, FALSE, &zero),
                     STATUS_TIMEOUT);
    KeReleaseSemaphore(&semaphore, 0, 4, FALSE);
    fail();
}

PS_TEST(a_semaphore_counts_and_stops_at_its_limit, "SV-40")
{
    struct kernel_rig rig = kernel_rig_do(semaphore_counts, NULL);

    kernel_rig_finding(&rig, "BUGCHECK");
    assert_true(rig.system->halted);
    kernel_rig_end(&rig);
}
