// SPDX-License-Identifier: MIT
//
// Mutexes, fast mutexes and critical regions.
#include "ps_test.h"

#include "kernel_fixture.h"

static KMUTEX mutex;
static FAST_MUTEX fast;

static void recursive_mutex(void *argument)
{
    KeInitializeMutex(&mutex, 0);
    for (int i = 0; i < 3; i++)
        KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, NULL);
    for (int i = 0; i < 3; i++)
        KeReleaseMutex(&mutex, FALSE);
    assert_int_equal(KeReadStateMutex(&mutex), 1);
}

PS_TEST(a_mutex_is_recursive, "SV-43")
{
    struct kernel_rig rig = kernel_rig_do(recursive_mutex, NULL);

    kernel_rig_clean(&rig);
}

static KMUTEX *last_used;
static bool gone;

static void free_when_owned(void *argument)
{
    sleep_ms(1);
    KeWaitForSingleObject(last_used, Executive, KernelMode, FALSE, NULL);
    KeReleaseMutex(last_used, FALSE);
    ExFreePool(last_used);
    gone = true;
}

static void own_before(void *argument)
{
    KeWaitForSingleObject(last_used, Executive, KernelMode, FALSE, NULL);
    sleep_ms(5);
    KeReleaseMutex(last_used, FALSE);
    assert_true(gone); // on the other processor, meanwhile
}

PS_TEST(who_waits_for_a_mutex_may_go_on_before_its_releaser_does, "SV-43")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());

    gone = false;
    last_used = ExAllocatePoolWithTag(NonPagedPool, sizeof(*last_used), TEST_TAG);
    KeInitializeMutex(last_used, 0);
    kernel_rig_thread(&rig, "waiter", free_when_owned, NULL);
    kernel_rig_thread(&rig, "releaser", own_before, NULL);
    kernel_rig_run(&rig);
    kernel_rig_clean(&rig);
}

static void hold_mutex(void *argument)
{
    KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, NULL);
    sleep_ms(20);
    KeReleaseMutex(&mutex, FALSE);
}

static void release_foreign(void *argument)
{
    sleep_ms(10);
    KeReleaseMutex(&mutex, FALSE);
}

PS_TEST(a_mutex_released_by_another_thread_is_found, "SV-43", "VF-35")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());

    KeInitializeMutex(&mutex, 0);
    kernel_rig_thread(&rig, "owner", hold_mutex, NULL);
    kernel_rig_thread(&rig, "thief", release_foreign, NULL);
    kernel_rig_run(&rig);
    assert_int_equal(kernel_rig_finding(&rig, "VF-35")->parameters[0], 0x1004);
    kernel_rig_end(&rig);
}

static void end_with_mutex(void *argument)
{
    KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, NULL);
}

static NTSTATUS abandoned;

static void wait_for_abandoned(void *argument)
{
    sleep_ms(5);
    abandoned = KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, NULL);
    KeReleaseMutex(&mutex, FALSE);
}

PS_TEST(a_thread_that_ends_with_a_mutex_is_found, "VF-39")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());

    KeInitializeMutex(&mutex, 0);
    kernel_rig_thread(&rig, "owner", end_with_mutex, NULL);
    kernel_rig_thread(&rig, "heir", wait_for_abandoned, NULL);
    kernel_rig_run(&rig);
    assert_int_equal(abandoned, STATUS_ABANDONED);
    assert_int_equal(kernel_rig_finding(&rig, "VF-39")->parameters[0], 0x100A);
    kernel_rig_end(&rig);
}

static unsigned inside_fast;

static void use_fast(void *argument)
{
    for (int i = 0; i < 10; i++) {
        ExAcquireFastMutex(&fast);
        assert_int_equal(KeGetCurrentIrql(), APC_LEVEL);
        assert_int_equal(inside_fast++, 0);
        KeQueryPerformanceCounter(NULL);
        inside_fast--;
        ExReleaseFastMutex(&fast);
        assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    }
}

PS_TEST(a_fast_mutex_excludes_and_raises_to_apc, "SV-43")
{
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct kernel_rig rig = kernel_rig_new(2, chooser_seeded(seed));

        ExInitializeFastMutex(&fast);
        for (int i = 0; i < 3; i++)
            kernel_rig_thread(&rig, "user", use_fast, NULL);
        assert_int_equal(kernel_rig_run(&rig), SCHED_QUIET);
        kernel_rig_clean(&rig);
    }
}

static void fast_twice(void *argument)
{
    ExInitializeFastMutex(&fast);
    ExAcquireFastMutex(&fast);
    assert_false(ExTryToAcquireFastMutex(&fast));
    ExAcquireFastMutex(&fast);
    fail();
}

PS_TEST(a_fast_mutex_is_not_recursive, "SV-43", "VF-31")
{
    struct kernel_rig rig = kernel_rig_do(fast_twice, NULL);

    kernel_rig_finding(&rig, "VF-31");
    assert_true(rig.system->halted);
    kernel_rig_end(&rig);
}

static void fast_at_dispatch(void *argument)
{
    KIRQL old;

    ExInitializeFastMutex(&fast);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    ExAcquireFastMutex(&fast);
    KeLowerIrql(old);
}

PS_TEST(a_fast_mutex_above_apc_is_found, "VF-45")
{
    kernel_rig_misuse(fast_at_dispatch, "VF-45", 0xC4, 0x33);
}

static void fast_released_raised(void *argument)
{
    KIRQL old;

    ExInitializeFastMutex(&fast);
    ExAcquireFastMutex(&fast);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    ExReleaseFastMutex(&fast);
}

PS_TEST(a_fast_mutex_released_above_apc_is_found, "VF-45")
{
    kernel_rig_misuse(fast_released_raised, "VF-45", 0xC4, 0x34);
}

static void unsafe_without_region(void *argument)
{
    ExInitializeFastMutex(&fast);
    KeEnterCriticalRegion();
    ExAcquireFastMutexUnsafe(&fast);
    ExReleaseFastMutexUnsafe(&fast);
    KeLeaveCriticalRegion();
    ExAcquireFastMutexUnsafe(&fast); // the finding
    KeEnterCriticalRegion();
    ExReleaseFastMutexUnsafe(&fast);
    KeLeaveCriticalRegion();
}

PS_TEST(unsafe_fast_mutexes_need_apcs_disabled, "VF-46")
{
    kernel_rig_misuse(unsafe_without_region, "VF-46", 0xC4, 0x39);
}

static void leave_without_enter(void *argument)
{
    KeLeaveCriticalRegion();
}

PS_TEST(leaving_a_region_not_entered_is_found, "VF-49", "VF-112")
{
    kernel_rig_misuse(leave_without_enter, "VF-49", 0xC4, 0x3E);
}
