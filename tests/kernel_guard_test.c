// SPDX-License-Identifier: MIT
//
// Guarded mutexes, rundown protection, reader/writer spin locks.
#include "ps_test.h"

#include <detail/guard.h>
#include <detail/rwlock.h>

#include "kernel_fixture.h"

static KGUARDED_MUTEX mutex;
static EX_RUNDOWN_REF reference;
static int inside, most, ended;

static void guarded(void *argument)
{
    KeAcquireGuardedMutex(&mutex);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_true(KeAreApcsDisabled());
    inside++;
    most = inside > most ? inside : most;
    sleep_ms(2);
    inside--;
    KeReleaseGuardedMutex(&mutex);
    assert_false(KeAreApcsDisabled());
}

PS_TEST(a_guarded_mutex_lets_one_thread_in_at_its_irql, "SV-43")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());

    inside = most = 0;
    KeInitializeGuardedMutex(&mutex);
    for (int i = 0; i < 3; i++)
        kernel_rig_thread(&rig, "guarded", guarded, NULL);
    kernel_rig_run(&rig);
    assert_int_equal(most, 1);
    kernel_rig_clean(&rig);
}

static void try_and_fail(void *argument)
{
    KeInitializeGuardedMutex(&mutex);
    assert_true(KeTryToAcquireGuardedMutex(&mutex));
    assert_false(KeTryToAcquireGuardedMutex(&mutex));
    KeReleaseGuardedMutex(&mutex);
    KeEnterGuardedRegion();
    KeAcquireGuardedMutexUnsafe(&mutex);
    KeReleaseGuardedMutexUnsafe(&mutex);
    KeLeaveGuardedRegion();
}

PS_TEST(a_guarded_mutex_that_is_owned_is_not_taken_twice, "SV-43")
{
    struct kernel_rig rig = kernel_rig_do(try_and_fail, NULL);

    kernel_rig_clean(&rig);
}

static void guarded_at_dispatch(void *argument)
{
    KIRQL old;

    KeInitializeGuardedMutex(&mutex);
    old = KeRaiseIrqlToDpcLevel();
    KeAcquireGuardedMutex(&mutex);
    KeLowerIrql(old);
}

PS_TEST(guarded_mutexes_above_apc_level_are_found, "SV-43", "VF-104")
{
    kernel_rig_misuse(guarded_at_dispatch, "VF-104", 0xC4, 0x2000F);
}

// ---- rundown protection -------------------------------------------------------------------------

static void user(void *argument)
{
    assert_true(ExAcquireRundownProtection(&reference));
    sleep_ms(5);
    assert_false(ExAcquireRundownProtection(&reference)); // somebody waits by now
    ended++;
    ExReleaseRundownProtection(&reference);
}

static void owner(void *argument)
{
    sleep_ms(1);
    ExWaitForRundownProtectionRelease(&reference);
    assert_int_equal(ended, 2);
    assert_false(ExAcquireRundownProtection(&reference));
    ExReInitializeRundownProtection(&reference);
    assert_true(ExAcquireRundownProtectionEx(&reference, 2));
    ExReleaseRundownProtectionEx(&reference, 2);
    ExWaitForRundownProtectionRelease(&reference);
    ExRundownCompleted(&reference);
    assert_false(ExAcquireRundownProtection(&reference));
}

PS_TEST(who_takes_it_away_waits_for_all_users, "SV-132")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());

    ended = 0;
    ExInitializeRundownProtection(&reference);
    kernel_rig_thread(&rig, "user", user, NULL);
    kernel_rig_thread(&rig, "user", user, NULL);
    kernel_rig_thread(&rig, "owner", owner, NULL);
    kernel_rig_run(&rig);
    kernel_rig_clean(&rig);
}

static void release_unowned(void *argument)
{
    ExInitializeRundownProtection(&reference);
    ExReleaseRundownProtection(&reference);
}

static void renew_in_use(void *argument)
{
    ExInitializeRundownProtection(&reference);
    ExReInitializeRundownProtection(&reference);
}

PS_TEST(rundown_protection_misused_is_found, "SV-132")
{
    kernel_rig_misuse(release_unowned, "SV-132", 0xC4, 0x1007);
    kernel_rig_misuse(renew_in_use, "SV-132", 0xC4, 0x1005);
}

// ---- reader/writer spin locks -------------------------------------------------------------------

static EX_SPIN_LOCK lock;
static int readers, most_readers, writers;

static void read_often(void *argument)
{
    for (int i = 0; i < 8; i++) {
        KIRQL old = ExAcquireSpinLockShared(&lock);

        assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
        readers++;
        most_readers = readers > most_readers ? readers : most_readers;
        assert_int_equal(writers, 0);
        KeStallExecutionProcessor(3);
        readers--;
        ExReleaseSpinLockShared(&lock, old);
        assert_int_equal(KeGetCurrentIrql(), old);
    }
}

static void write_often(void *argument)
{
    for (int i = 0; i < 8; i++) {
        KIRQL old = ExAcquireSpinLockExclusive(&lock);

        assert_int_equal(readers + writers++, 0);
        KeStallExecutionProcessor(2);
        assert_int_equal(readers + --writers, 0);
        ExReleaseSpinLockExclusive(&lock, old);
    }
}

PS_TEST(readers_share_and_a_writer_is_alone, "SV-136")
{
    most_readers = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct kernel_rig rig = kernel_rig_new(3, chooser_seeded(seed));

        lock = 0;
        kernel_rig_thread(&rig, "reader", read_often, NULL);
        kernel_rig_thread(&rig, "reader", read_often, NULL);
        kernel_rig_thread(&rig, "writer", write_often, NULL);
        kernel_rig_run(&rig);
        assert_int_equal(lock, 0);
        kernel_rig_clean(&rig);
    }
    assert_int_equal(most_readers, 2);
}

static void convert(void *argument)
{
    KIRQL old;

    lock = 0;
    old = KeRaiseIrqlToDpcLevel();
    ExAcquireSpinLockSharedAtDpcLevel(&lock);
    assert_true(ExTryConvertSharedSpinLockExclusive(&lock));
    ExReleaseSpinLockExclusiveFromDpcLevel(&lock);
    ExAcquireSpinLockSharedAtDpcLevel(&lock);
    ExAcquireSpinLockSharedAtDpcLevel(&lock);
    assert_false(ExTryConvertSharedSpinLockExclusive(&lock));
    ExReleaseSpinLockSharedFromDpcLevel(&lock);
    ExReleaseSpinLockSharedFromDpcLevel(&lock);
    ExAcquireSpinLockExclusiveAtDpcLevel(&lock);
    ExReleaseSpinLockExclusiveFromDpcLevel(&lock);
    KeLowerIrql(old);
    assert_int_equal(lock, 0);
}

PS_TEST(the_only_reader_may_become_the_writer, "SV-136")
{
    struct kernel_rig rig = kernel_rig_do(convert, NULL);

    kernel_rig_clean(&rig);
}

static void release_unread(void *argument)
{
    lock = 0;
    ExReleaseSpinLockShared(&lock, PASSIVE_LEVEL);
}

static void release_unwritten(void *argument)
{
    lock = 0;
    ExReleaseSpinLockExclusive(&lock, PASSIVE_LEVEL);
}

static void share_at_passive(void *argument)
{
    lock = 0;
    ExAcquireSpinLockSharedAtDpcLevel(&lock);
    ExReleaseSpinLockShared(&lock, PASSIVE_LEVEL);
}

PS_TEST(reader_writer_locks_misused_are_found, "SV-136", "VF-37", "VF-43")
{
    kernel_rig_misuse(release_unread, "VF-37", 0xC4, 0x1007);
    kernel_rig_misuse(release_unwritten, "VF-37", 0xC4, 0x1007);
    kernel_rig_misuse(share_at_passive, "VF-43", 0xC4, 0x40);
}

static void write_twice(void *argument)
{
    lock = 0;
    ExAcquireSpinLockExclusive(&lock);
    ExAcquireSpinLockExclusive(&lock);
}

PS_TEST(a_writer_that_asks_again_stops, "SV-136", "VF-31")
{
    struct kernel_rig rig = kernel_rig_do(write_twice, NULL);

    kernel_rig_finding(&rig, "VF-31");
    kernel_rig_end(&rig);
}
