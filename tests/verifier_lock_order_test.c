// SPDX-License-Identifier: MIT
//
// Lock order: two orders of the same locks are a finding although nothing ever waited.
#include "tests/ps_test.h"

#include <errno.h>

#include "kernel_fixture.h"
#include "verifier/lock_order.h"

static KSPIN_LOCK locks[3];
static KMUTEX mutexes[2];
static FAST_MUTEX fast;

static void take_two(PKSPIN_LOCK first, PKSPIN_LOCK second)
{
    KIRQL old;

    KeAcquireSpinLock(first, &old);
    KeAcquireSpinLockAtDpcLevel(second);
    KeReleaseSpinLockFromDpcLevel(second);
    KeReleaseSpinLock(first, old);
}

// Runs `entry` on a system thread of a system that is watched; how often VF-32 was found.
static unsigned found_in(void (*entry)(void *argument))
{
    struct kernel_rig rig = kernel_rig_new(1, chooser_round_robin());
    unsigned found;

    memset(locks, 0, sizeof(locks));
    assert_int_equal(lock_order_watch(rig.system), 0);
    assert_int_equal(lock_order_watch(rig.system), -EBUSY);
    kernel_rig_thread(&rig, "test", entry, NULL);
    kernel_rig_run(&rig);
    found = (unsigned)journal_count(rig.system->journal);
    for (unsigned i = 0; i < found; i++) {
        const struct finding *finding = journal_get(rig.system->journal, i);

        assert_string_equal(finding->rule, "VF-32");
        assert_int_equal(finding->code, 0xC4);
        assert_int_equal(finding->parameters[0], 0x1001);
    }
    kernel_rig_end(&rig);
    return found;
}

static void both_orders(void *argument)
{
    take_two(&locks[0], &locks[1]);
    take_two(&locks[1], &locks[0]);
    take_two(&locks[1], &locks[0]); // said once
}

static void one_order(void *argument)
{
    take_two(&locks[0], &locks[1]);
    take_two(&locks[1], &locks[2]);
    take_two(&locks[0], &locks[2]);
    take_two(&locks[0], &locks[1]);
}

PS_TEST(two_orders_of_two_spin_locks_are_a_finding_before_any_deadlock, "VF-32")
{
    assert_int_equal(found_in(both_orders), 1);
}

PS_TEST(one_order_of_three_spin_locks_is_none, "~VF-32")
{
    assert_int_equal(found_in(one_order), 0);
}

static void ring_of_three(void *argument)
{
    take_two(&locks[0], &locks[1]);
    take_two(&locks[1], &locks[2]);
    take_two(&locks[2], &locks[0]);
}

PS_TEST(a_cycle_may_go_over_several_locks, "VF-32")
{
    assert_int_equal(found_in(ring_of_three), 1);
}

static void only_tried(void *argument)
{
    KIRQL old;

    take_two(&locks[0], &locks[1]);
    KeAcquireSpinLock(&locks[1], &old);
    if (KeTryToAcquireSpinLockAtDpcLevel(&locks[0]))
        KeReleaseSpinLockFromDpcLevel(&locks[0]);
    KeReleaseSpinLock(&locks[1], old);
}

PS_TEST(a_lock_that_is_only_tried_for_waits_for_nobody, "~VF-32")
{
    assert_int_equal(found_in(only_tried), 0);
}

static void lock_in_pool(bool again)
{
    PKSPIN_LOCK lock = ExAllocatePoolWithTag(NonPagedPool, sizeof(*lock), TEST_TAG);

    KeInitializeSpinLock(lock);
    if (again)
        take_two(&locks[0], lock);
    else
        take_two(lock, &locks[0]);
    ExFreePoolWithTag(lock, TEST_TAG);
}

static void locks_of_freed_memory(void *argument)
{
    for (int i = 0; i < 200; i++) // addresses come back
        lock_in_pool(i & 1);
}

static void initialised_again(void *argument)
{
    take_two(&locks[0], &locks[1]);
    KeInitializeSpinLock(&locks[1]);
    take_two(&locks[1], &locks[0]);
}

PS_TEST(another_lock_at_an_old_address_begins_anew, "~VF-32")
{
    assert_int_equal(found_in(locks_of_freed_memory), 0);
    assert_int_equal(found_in(initialised_again), 0);
}

static void wait_for(PKMUTEX mutex)
{
    KeWaitForSingleObject(mutex, Executive, KernelMode, FALSE, NULL);
}

static void mutex_and_fast_mutex(void *argument)
{
    bool cross = argument != NULL;

    KeInitializeMutex(&mutexes[0], 0);
    ExInitializeFastMutex(&fast);
    wait_for(&mutexes[0]);
    ExAcquireFastMutex(&fast);
    ExReleaseFastMutex(&fast);
    KeReleaseMutex(&mutexes[0], FALSE);
    ExAcquireFastMutex(&fast);
    if (cross)
        wait_for(&mutexes[0]);
    ExReleaseFastMutex(&fast);
    if (cross)
        KeReleaseMutex(&mutexes[0], FALSE);
}

static void crossed(void *argument)
{
    mutex_and_fast_mutex(locks);
}

PS_TEST(mutexes_and_fast_mutexes_count_too, "VF-32", "~VF-32")
{
    assert_int_equal(found_in(crossed), 1);
    assert_int_equal(found_in(mutex_and_fast_mutex), 0);
}

static void spin_lock_under_mutex(void *argument)
{
    KIRQL old;

    KeInitializeMutex(&mutexes[0], 0);
    KeInitializeMutex(&mutexes[1], 0);
    for (int i = 0; i < 2; i++) {
        wait_for(&mutexes[i]);
        KeAcquireSpinLock(&locks[0], &old);
        KeReleaseSpinLock(&locks[0], old);
        KeReleaseMutex(&mutexes[i], FALSE);
    }
    wait_for(&mutexes[1]); // released in between: no order between the two
    wait_for(&mutexes[0]);
    KeReleaseMutex(&mutexes[0], FALSE);
    KeReleaseMutex(&mutexes[1], FALSE);
}

PS_TEST(a_mutex_counts_while_it_is_owned, "~VF-32")
{
    assert_int_equal(found_in(spin_lock_under_mutex), 0);
}
