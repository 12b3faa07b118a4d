// SPDX-License-Identifier: MIT
//
// Timers: expiry, periods, cancel, their DPCs, and the clocks they follow.
#include "ps_test.h"

#include "kernel_fixture.h"

static KDPC dpc;
static KTIMER timer;
static unsigned runs;
static unsigned order[8];
static void *seen_arguments[2];

static VOID NTAPI note_dpc(PKDPC Dpc, PVOID context, PVOID one, PVOID two)
{
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    seen_arguments[0] = one;
    seen_arguments[1] = two;
    order[runs++ % 8] = (unsigned)(uintptr_t)context;
}

// ---- timers -------------------------------------------------------------------------------------
static void one_shot(void *argument)
{
    LARGE_INTEGER due = relative_ms(5), before, after;

    runs = 0;
    KeInitializeTimer(&timer);
    assert_false(KeReadStateTimer(&timer));
    KeInitializeDpc(&dpc, note_dpc, NULL);
    KeQuerySystemTimePrecise(&before);
    assert_false(KeSetTimer(&timer, due, &dpc));
    assert_true(KeSetTimer(&timer, due, &dpc)); // was queued: implicitly cancelled
    assert_int_equal(KeWaitForSingleObject(&timer, Executive, KernelMode, FALSE, NULL), 0);
    KeQuerySystemTimePrecise(&after);
    assert_in_range(after.QuadPart - before.QuadPart, 50000, 61000);
    assert_true(KeReadStateTimer(&timer));
    KeFlushQueuedDpcs();
    assert_int_equal(runs, 1);
    assert_false(KeCancelTimer(&timer)); // one-shot: left the queue when it expired
}

PS_TEST(a_timer_signals_and_queues_its_dpc_within_a_tick, "SV-26", "SV-27", "SV-28", "SV-29")
{
    struct kernel_rig rig = kernel_rig_do(one_shot, NULL);

    kernel_rig_clean(&rig);
}

static void periodic(void *argument)
{
    LARGE_INTEGER due = relative_ms(3);

    runs = 0;
    KeInitializeTimerEx(&timer, SynchronizationTimer);
    KeInitializeDpc(&dpc, note_dpc, NULL);
    KeSetTimerEx(&timer, due, 10, &dpc);
    sleep_ms(45);
    assert_int_equal(runs, 5); // at 3, 13, 23, 33, 43 ms
    assert_true(KeCancelTimer(&timer));
    KeFlushQueuedDpcs();
    sleep_ms(50);
    assert_int_equal(runs, 5);
}

PS_TEST(a_periodic_timer_goes_on_until_cancelled, "SV-27", "SV-28")
{
    struct kernel_rig rig = kernel_rig_do(periodic, NULL);

    kernel_rig_clean(&rig);
}

static void absolute(void *argument)
{
    LARGE_INTEGER now, due, past = {.QuadPart = 1};

    KeInitializeTimer(&timer);
    KeQuerySystemTime(&now);
    due.QuadPart = now.QuadPart + 70000;
    KeSetTimer(&timer, due, NULL);
    KeWaitForSingleObject(&timer, Executive, KernelMode, FALSE, NULL);
    KeQuerySystemTime(&now);
    assert_in_range(now.QuadPart - due.QuadPart, 0, 10000);
    KeSetTimer(&timer, past, NULL);
    assert_int_equal(KeWaitForSingleObject(&timer, Executive, KernelMode, FALSE, NULL), 0);
}

PS_TEST(absolute_due_times_are_system_time, "SV-27", "SV-47")
{
    struct kernel_rig rig = kernel_rig_do(absolute, NULL);

    kernel_rig_clean(&rig);
}

static void cancelled_before(void *argument)
{
    runs = 0;
    KeInitializeTimer(&timer);
    KeInitializeDpc(&dpc, note_dpc, NULL);
    KeSetTimer(&timer, relative_ms(5), &dpc);
    assert_true(KeCancelTimer(&timer));
    assert_false(KeCancelTimer(&timer));
    sleep_ms(20);
    assert_int_equal(runs, 0);
}

PS_TEST(a_cancelled_timer_does_not_expire, "SV-28")
{
    struct kernel_rig rig = kernel_rig_do(cancelled_before, NULL);
    struct kernel_counts counts;

    kernel_get_counts(rig.system, &counts);
    assert_int_equal(counts.timers, 0);
    assert_int_equal(counts.dpcs, 0);
    kernel_rig_clean(&rig);
}

static void periodic_with_queued_dpc(void *argument)
{
    KIRQL old;

    runs = 0;
    KeInitializeTimer(&timer);
    KeInitializeDpc(&dpc, note_dpc, NULL);
    KeSetTimerEx(&timer, relative_ms(1), 1, &dpc);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeStallExecutionProcessor(2500); // expires here; its DPC waits for the level to fall
    assert_true(KeReadStateTimer(&timer));
    assert_true(KeCancelTimer(&timer));
    KeLowerIrql(old);
    assert_int_equal(runs, 0);
}

PS_TEST(cancelling_a_periodic_timer_takes_its_queued_dpc, "SV-28")
{
    struct kernel_rig rig = kernel_rig_new(1, chooser_round_robin());

    kernel_rig_thread(&rig, "test", periodic_with_queued_dpc, NULL);
    kernel_rig_run(&rig);
    kernel_rig_clean(&rig);
}

// The cancel comes at every possible point around the expiry; afterwards nothing runs any more.
static void cancel_race(void *argument)
{
    runs = 0;
    KeInitializeTimer(&timer);
    KeInitializeDpc(&dpc, note_dpc, NULL);
    KeSetTimerEx(&timer, relative_ms(1), 1, &dpc);
    KeStallExecutionProcessor(990);
    assert_true(KeCancelTimer(&timer));
    KeFlushQueuedDpcs();
    order[7] = runs;
    KeStallExecutionProcessor(3000);
    assert_int_equal(runs, order[7]);
}

PS_TEST(after_cancel_and_flush_no_dpc_runs, "SV-25", "SV-28")
{
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct kernel_rig rig = kernel_rig_new(2, chooser_seeded(seed));

        kernel_rig_thread(&rig, "canceller", cancel_race, NULL);
        assert_int_equal(kernel_rig_run(&rig), SCHED_QUIET);
        kernel_rig_clean(&rig);
    }
}

static void timer_dpc_queued_by_hand(void *argument)
{
    KeInitializeTimer(&timer);
    KeInitializeDpc(&dpc, note_dpc, NULL);
    KeSetTimer(&timer, relative_ms(5), &dpc);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    sleep_ms(10);
}

PS_TEST(a_timers_dpc_queued_by_hand_is_found, "SV-30")
{
    kernel_rig_misuse(timer_dpc_queued_by_hand, "SV-30", 0xC7, 1);
}

static void freed_with_timer(void *argument)
{
    PKTIMER inside = ExAllocatePoolWithTag(NonPagedPool, sizeof(KTIMER), TEST_TAG);

    KeInitializeTimer(inside);
    KeSetTimer(inside, relative_ms(5), NULL);
    ExFreePool(inside);
    sleep_ms(10);
}

PS_TEST(freeing_an_active_timer_is_found, "SV-31", "VF-65")
{
    kernel_rig_misuse(freed_with_timer, "VF-65", 0xC4, 0x15);
}

static void freed_with_dpc(void *argument)
{
    PKDPC inside = ExAllocatePoolWithTag(NonPagedPool, sizeof(KDPC), TEST_TAG);
    KIRQL old;

    KeInitializeDpc(inside, note_dpc, NULL);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeInsertQueueDpc(inside, NULL, NULL);
    ExFreePool(inside);
    KeLowerIrql(old);
}

PS_TEST(freeing_a_queued_dpc_is_found, "VF-55")
{
    kernel_rig_misuse(freed_with_dpc, "VF-55", 0xC7, 1);
}

static void initialised_while_set(void *argument)
{
    KeInitializeTimer(&timer);
    KeSetTimer(&timer, relative_ms(5), NULL);
    KeInitializeTimer(&timer);
}

PS_TEST(initialising_a_set_timer_is_found, "VF-126")
{
    kernel_rig_misuse(initialised_while_set, "VF-126", 0xC9, 0x0A);
}

static bool expired;

static VOID NTAPI free_timer(PKDPC Dpc, PVOID context, PVOID one, PVOID two)
{
    ExFreePool(context);
    expired = true;
}

static void set_in_the_past(void *argument)
{
    KTIMER *passed = ExAllocatePoolWithTag(NonPagedPool, sizeof(*passed), TEST_TAG);
    static KDPC freer;

    KeInitializeTimer(passed);
    KeInitializeDpc(&freer, free_timer, passed);
    KeSetTimer(passed, (LARGE_INTEGER){.QuadPart = 1}, &freer);
    assert_true(expired);
}

PS_TEST(a_timer_that_is_due_may_have_expired_when_setting_it_returns, "SV-27")
{
    struct kernel_rig rig;

    expired = false;
    rig = kernel_rig_do(set_in_the_past, NULL);
    kernel_rig_clean(&rig);
}

static bool began, ended, met;

static VOID NTAPI begin_and_end(PKDPC Dpc, PVOID context, PVOID one, PVOID two)
{
    began = true;
    KeQueryPerformanceCounter(NULL);
    ended = true;
}

static void sleep_beside_a_dpc(void *argument)
{
    static KTIMER tick;
    static KDPC tick_dpc;

    KeInitializeTimer(&tick);
    KeInitializeDpc(&tick_dpc, begin_and_end, NULL);
    KeSetTimer(&tick, relative_ms(1), &tick_dpc);
    sleep_ms(3);
    met = began && !ended;
}

static bool meets(struct chooser *chooser)
{
    struct kernel_rig rig = kernel_rig_new(2, chooser);

    began = ended = met = false;
    kernel_rig_thread(&rig, "test", sleep_beside_a_dpc, NULL);
    kernel_rig_run(&rig);
    assert_true(ended);
    rig.chooser = NULL; // the caller's
    kernel_rig_clean(&rig);
    return met;
}

// Nobody but the DPC could do anything meanwhile. What has been recorded brings it back.
PS_TEST(a_frozen_dpc_is_in_its_midst_while_others_sleep, "VF-162")
{
    unsigned held = 0, frozen = 0;

    for (uint64_t seed = 0; seed < 400; seed++) {
        struct chooser *hold = chooser_hold(seed), *frost = chooser_recording(chooser_frost(seed)), *again;
        const struct chooser_deviation *made;
        size_t count;
        bool met_frozen = meets(frost);

        held += meets(hold);
        frozen += met_frozen;
        made = chooser_recording_get(frost, &count);
        again = chooser_recorded(made, count);
        assert_int_equal(meets(again), met_frozen);
        chooser_destroy(hold);
        chooser_destroy(frost);
        chooser_destroy(again);
    }
    assert_int_equal(held, 0);
    assert_true(frozen > 0 && frozen < 400);
}

static unsigned callbacks;

static VOID NTAPI ex_callback(PEX_TIMER ex, PVOID context)
{
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    assert_ptr_equal(context, &callbacks);
    callbacks++;
}

static void ex_timer(void *argument)
{
    PEX_TIMER ex = ExAllocateTimer(ex_callback, &callbacks, 0);

    callbacks = 0;
    ExSetTimer(ex, -20000, 20000, NULL);
    sleep_ms(7);
    assert_int_equal(callbacks, 3);
    assert_true(ExCancelTimer(ex, NULL));
    sleep_ms(7);
    assert_int_equal(callbacks, 3);
    ExSetTimer(ex, -20000, 0, NULL);
    assert_true(ExDeleteTimer(ex, TRUE, TRUE, NULL));
    sleep_ms(7);
    assert_int_equal(callbacks, 3);
}

static bool deleted, deleted_without_waiting;

static VOID NTAPI not_after_deletion(PEX_TIMER Timer, PVOID Context)
{
    assert_false(deleted);
    callbacks++;
}

static VOID NTAPI count_deletion(PVOID Context)
{
    deleted = true;
}

static void delete_when_it_expires(void *argument)
{
    EXT_DELETE_PARAMETERS parameters = {.DeleteCallback = count_deletion};
    PEX_TIMER ex = ExAllocateTimer(not_after_deletion, NULL, 0);

    deleted = false;
    ExSetTimer(ex, -10000, 0, NULL);
    sleep_ms(1);
    ExDeleteTimer(ex, TRUE, !deleted_without_waiting, &parameters);
    assert_true(deleted || deleted_without_waiting);
    sleep_ms(3);
    assert_true(deleted);
}

// Also one whose DPC has left its queue and has not come to the callback.
PS_TEST(an_ex_timer_is_deleted_behind_its_callback, "SV-32")
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct kernel_rig rig = kernel_rig_new(2, chooser_hold(seed));
        struct kernel_counts counts;

        deleted_without_waiting = seed % 2;
        kernel_rig_thread(&rig, "test", delete_when_it_expires, NULL);
        kernel_rig_run(&rig);
        kernel_get_counts(rig.system, &counts);
        assert_int_equal(counts.pool_blocks, 0);
        kernel_rig_clean(&rig);
    }
}

PS_TEST(ex_timers_call_back_until_cancelled_or_deleted, "SV-32")
{
    struct kernel_rig rig = kernel_rig_do(ex_timer, NULL);
    struct kernel_counts counts;

    kernel_get_counts(rig.system, &counts);
    assert_int_equal(counts.pool_blocks, 0);
    kernel_rig_clean(&rig);
}

// ---- clocks -------------------------------------------------------------------------------------
static void clocks(void *argument)
{
    LARGE_INTEGER frequency, a = KeQueryPerformanceCounter(&frequency), b, system_time, precise,
                             ticks;
    KIRQL old;

    assert_int_equal(frequency.QuadPart, 10000000);
    KeRaiseIrql(HIGH_LEVEL, &old);
    KeStallExecutionProcessor(50);
    b = KeQueryPerformanceCounter(NULL);
    assert_in_range(b.QuadPart - a.QuadPart, 500, 510);
    KeLowerIrql(old);
    KeQuerySystemTime(&system_time);
    KeQuerySystemTimePrecise(&precise);
    assert_in_range(precise.QuadPart - system_time.QuadPart, 0, KeQueryTimeIncrement());
    KeQueryTickCount(&ticks);
    assert_int_equal(KeQueryInterruptTime(), (ULONGLONG)ticks.QuadPart * KeQueryTimeIncrement());
}

PS_TEST(clocks_agree_and_never_go_back, "SV-44", "SV-46", "SV-47")
{
    struct kernel_rig rig = kernel_rig_do(clocks, NULL);

    kernel_rig_clean(&rig);
}

static void poll_counter(void *argument)
{
    LARGE_INTEGER start = KeQueryPerformanceCounter(NULL);
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    while (KeQueryPerformanceCounter(NULL).QuadPart - start.QuadPart < 100000)
        ;
    KeLowerIrql(old);
}

PS_TEST(polling_the_performance_counter_ends, "SV-46")
{
    struct kernel_rig rig = kernel_rig_do(poll_counter, NULL);

    assert_in_range(rig.system->sched->now, 10000000, 11000000);
    kernel_rig_clean(&rig);
}
