// SPDX-License-Identifier: MIT
//
// DPCs: queues, order, removal, flushing, and what a routine must not do.
#include "ps_test.h"

#include "kernel_fixture.h"

static KDPC dpc;
static KDPC second_dpc;
static KSPIN_LOCK lock;
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

static void queue_twice(void *argument)
{
    KIRQL old;

    runs = 0;
    KeInitializeDpc(&dpc, note_dpc, (PVOID)1);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    assert_true(KeInsertQueueDpc(&dpc, (PVOID)11, (PVOID)12));
    assert_false(KeInsertQueueDpc(&dpc, (PVOID)21, (PVOID)22));
    assert_int_equal(runs, 0);
    KeLowerIrql(old);
    assert_int_equal(runs, 1); // drained before KeLowerIrql returned
    assert_ptr_equal(seen_arguments[0], (PVOID)11);
    assert_ptr_equal(seen_arguments[1], (PVOID)12);
}

PS_TEST(a_queued_dpc_is_not_queued_again_and_runs_on_lowering, "SV-4", "SV-20", "SV-22")
{
    struct kernel_rig rig = kernel_rig_do(queue_twice, NULL);

    kernel_rig_clean(&rig);
}

static void queue_here(void *argument)
{
    runs = 0;
    KeInitializeDpc(&dpc, note_dpc, NULL);
    assert_true(KeInsertQueueDpc(&dpc, NULL, NULL));
    assert_int_equal(runs, 1);
}

PS_TEST(a_dpc_queued_below_dispatch_has_run_when_queueing_returns, "SV-20")
{
    struct kernel_rig rig = kernel_rig_do(queue_here, NULL);

    kernel_rig_clean(&rig);
}

static VOID NTAPI again_dpc(PKDPC Dpc, PVOID context, PVOID one, PVOID two)
{
    if (++runs < 3)
        assert_true(KeInsertQueueDpc(Dpc, NULL, NULL));
}

static void queue_itself(void *argument)
{
    runs = 0;
    KeInitializeDpc(&dpc, again_dpc, NULL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
    assert_int_equal(runs, 3);
}

PS_TEST(a_dpc_may_queue_itself, "SV-21")
{
    struct kernel_rig rig = kernel_rig_do(queue_itself, NULL);

    kernel_rig_clean(&rig);
}

static void three_importances(void *argument)
{
    static KDPC high;
    KIRQL old;

    runs = 0;
    KeInitializeDpc(&dpc, note_dpc, (PVOID)1);
    KeInitializeDpc(&second_dpc, note_dpc, (PVOID)2);
    KeInitializeDpc(&high, note_dpc, (PVOID)3);
    KeSetImportanceDpc(&high, HighImportance);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeInsertQueueDpc(&second_dpc, NULL, NULL);
    KeInsertQueueDpc(&high, NULL, NULL);
    KeLowerIrql(old);
    assert_int_equal(runs, 3);
    assert_int_equal(order[0], 3);
    assert_int_equal(order[1], 1);
    assert_int_equal(order[2], 2);
}

PS_TEST(important_dpcs_go_first, "SV-23")
{
    struct kernel_rig rig = kernel_rig_do(three_importances, NULL);

    kernel_rig_clean(&rig);
}

static void remove_queued(void *argument)
{
    KIRQL old;

    runs = 0;
    KeInitializeDpc(&dpc, note_dpc, NULL);
    assert_false(KeRemoveQueueDpc(&dpc));
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    assert_true(KeRemoveQueueDpc(&dpc));
    KeLowerIrql(old);
    KeFlushQueuedDpcs();
    assert_int_equal(runs, 0);
}

PS_TEST(a_removed_dpc_does_not_run, "SV-24")
{
    struct kernel_rig rig = kernel_rig_do(remove_queued, NULL);

    kernel_rig_clean(&rig);
}

static VOID NTAPI slow_dpc(PKDPC Dpc, PVOID context, PVOID one, PVOID two)
{
    KeStallExecutionProcessor(50);
    runs++;
}

static void flush_other_processor(void *argument)
{
    KeInitializeDpc(&dpc, slow_dpc, NULL);
    for (unsigned i = 0; i < 20; i++) {
        KeSetTargetProcessorDpc(&dpc, (CCHAR)(i % 2));
        runs = 0;
        KeInsertQueueDpc(&dpc, NULL, NULL);
        KeFlushQueuedDpcs();
        assert_int_equal(runs, 1);
    }
}

PS_TEST(flushing_waits_for_dpcs_of_every_processor, "SV-25")
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct kernel_rig rig = kernel_rig_new(2, chooser_seeded(seed));

        kernel_rig_thread(&rig, "flusher", flush_other_processor, NULL);
        assert_int_equal(kernel_rig_run(&rig), SCHED_QUIET);
        kernel_rig_clean(&rig);
    }
}

static VOID NTAPI keeps_lock(PKDPC Dpc, PVOID context, PVOID one, PVOID two)
{
    KeAcquireSpinLockAtDpcLevel(&lock);
}

static void dpc_keeps_lock(void *argument)
{
    lock = 0;
    KeInitializeDpc(&dpc, keeps_lock, NULL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
    assert_int_equal(lock, 0);
}

PS_TEST(a_dpc_that_keeps_a_lock_is_found, "SV-6", "VF-56")
{
    struct kernel_rig rig = kernel_rig_do(dpc_keeps_lock, NULL);

    kernel_rig_finding(&rig, "VF-56");
    kernel_rig_end(&rig);
}

static VOID NTAPI lowers(PKDPC Dpc, PVOID context, PVOID one, PVOID two)
{
    KeLowerIrql(PASSIVE_LEVEL);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
}

static void dpc_lowers(void *argument)
{
    KeInitializeDpc(&dpc, lowers, NULL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
}

PS_TEST(lowering_inside_a_dpc_is_found, "VF-41")
{
    struct kernel_rig rig = kernel_rig_do(dpc_lowers, NULL);

    assert_int_equal(kernel_rig_finding(&rig, "VF-41")->parameters[3], 1);
    kernel_rig_end(&rig);
}

static VOID NTAPI raises(PKDPC Dpc, PVOID context, PVOID one, PVOID two)
{
    KIRQL old;

    KeRaiseIrql(6, &old);
}

static void dpc_raises(void *argument)
{
    KeInitializeDpc(&dpc, raises, NULL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
}

PS_TEST(a_dpc_that_returns_at_another_irql_is_found, "SV-6", "VF-56")
{
    struct kernel_rig rig = kernel_rig_do(dpc_raises, NULL);

    assert_int_equal(kernel_rig_finding(&rig, "VF-56")->code, 0xC8);
    kernel_rig_end(&rig);
}

static void queue_uninitialised(void *argument)
{
    static KDPC raw;

    assert_false(KeInsertQueueDpc(&raw, NULL, NULL));
}

PS_TEST(a_dpc_that_was_never_initialised_is_found, "SV-20")
{
    kernel_rig_misuse(queue_uninitialised, "SV-20", 0xC7, 1);
}

static VOID NTAPI stalls(PKDPC Dpc, PVOID context, PVOID one, PVOID two)
{
    const unsigned *us = context;

    for (unsigned i = 0; i < 10; i++)
        KeStallExecutionProcessor(us[i]);
}

static void run_stalling(void *argument)
{
    KeInitializeDpc(&dpc, stalls, argument);
    for (unsigned i = 0; i < 2; i++) {
        KeInsertQueueDpc(&dpc, NULL, NULL);
        KeFlushQueuedDpcs();
    }
}

// 10 ms in all, in parts, is too long; twice 9 ms are two DPCs.
PS_TEST(a_dpc_that_stalls_10_ms_in_all_is_found, "VF-58", "~VF-58")
{
    static unsigned long_parts[10] = {50, 50, 9000, 300, 600}, short_parts[10] = {9000};
    struct kernel_rig rig = kernel_rig_do(run_stalling, long_parts);
    const struct finding *finding = kernel_rig_finding(&rig, "VF-58");

    assert_int_equal(finding->code, 0x133);
    assert_int_equal(finding->parameters[1], 10000);
    assert_int_equal(finding->repeats, 1);
    kernel_rig_end(&rig);
    rig = kernel_rig_do(run_stalling, short_parts);
    kernel_rig_clean(&rig);
}
