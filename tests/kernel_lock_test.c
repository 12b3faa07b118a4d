// SPDX-License-Identifier: MIT
//
// IRQL and spin locks: what they do, and which misuse gives which finding.
#include "ps_test.h"

#include "kernel_fixture.h"

static KSPIN_LOCK one, two;
static KEVENT gate;

// ---- IRQL ---------------------------------------------------------------------------------------

static void raise_and_lower(void *argument)
{
    KIRQL first, second;

    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeRaiseIrql(DISPATCH_LEVEL, &first);
    KeRaiseIrql(7, &second);
    assert_int_equal(KeGetCurrentIrql(), 7);
    assert_int_equal(second, DISPATCH_LEVEL);
    KeLowerIrql(second);
    KeLowerIrql(first);
    assert_int_equal(KeRaiseIrqlToDpcLevel(), PASSIVE_LEVEL);
    KeLowerIrql(PASSIVE_LEVEL);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

PS_TEST(irql_goes_up_and_comes_back, "SV-3")
{
    struct kernel_rig rig = kernel_rig_do(raise_and_lower, NULL);

    kernel_rig_clean(&rig);
}

static void raise_below(void *argument)
{
    KIRQL old, again;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeRaiseIrql(APC_LEVEL, &again);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeLowerIrql(old);
}

PS_TEST(raising_below_the_current_level_is_found, "SV-3", "VF-40")
{
    kernel_rig_misuse(raise_below, "VF-40", 0xC4, 0x30);
}

static void lower_above(void *argument)
{
    KeLowerIrql(DISPATCH_LEVEL);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

PS_TEST(lowering_above_the_current_level_is_found, "VF-41")
{
    kernel_rig_misuse(lower_above, "VF-41", 0xC4, 0x31);
}

static void lower_elsewhere(void *argument)
{
    KIRQL old, between;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeRaiseIrql(5, &between);
    KeLowerIrql(old); // 5 was raised from 2
}

PS_TEST(lowering_to_another_level_than_the_last_raise_is_found, "SV-3")
{
    kernel_rig_misuse(lower_elsewhere, "SV-3", 0xC4, 0x31);
}

static void to_dpc_from_above(void *argument)
{
    KIRQL old;

    KeRaiseIrql(4, &old);
    KeRaiseIrqlToDpcLevel();
    KeLowerIrql(old);
}

PS_TEST(raise_to_dpc_level_from_above_is_found, "SV-5")
{
    kernel_rig_misuse(to_dpc_from_above, "VF-40", 0xC4, 0x30);
}

// ---- spin locks at work -------------------------------------------------------------------------

static unsigned shared, inside;

static void count_up(void *argument)
{
    KIRQL old;

    for (int i = 0; i < 50; i++) {
        KeAcquireSpinLock(&one, &old);
        assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
        assert_int_equal(inside++, 0);
        KeQueryPerformanceCounter(NULL);
        shared++;
        inside--;
        KeReleaseSpinLock(&one, old);
        assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    }
}

PS_TEST(a_spin_lock_excludes_the_other_processor, "SV-10", "SV-16", "SV-17")
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct kernel_rig rig = kernel_rig_new(2, chooser_seeded(seed));

        shared = inside = 0;
        KeInitializeSpinLock(&one);
        kernel_rig_thread(&rig, "first", count_up, NULL);
        kernel_rig_thread(&rig, "second", count_up, NULL);
        assert_int_equal(kernel_rig_run(&rig), SCHED_QUIET);
        assert_int_equal(shared, 100);
        kernel_rig_clean(&rig);
    }
}

static void all_kinds(void *argument)
{
    KLOCK_QUEUE_HANDLE handle, inner;
    KIRQL old;

    KeAcquireInStackQueuedSpinLock(&one, &handle);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeAcquireInStackQueuedSpinLockAtDpcLevel(&two, &inner);
    assert_int_equal(KeTryToAcquireSpinLockAtDpcLevel(&two), FALSE);
    KeReleaseInStackQueuedSpinLockFromDpcLevel(&inner);
    KeReleaseInStackQueuedSpinLock(&handle);
    old = KeAcquireSpinLockForDpc(&one);
    assert_int_equal(KeTryToAcquireSpinLockAtDpcLevel(&two), TRUE);
    KeReleaseSpinLockFromDpcLevel(&two);
    KeReleaseSpinLockForDpc(&one, old);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

// Zero words count as initialised: nothing here called KeInitializeSpinLock.
PS_TEST(queued_and_dpc_level_locks_work_on_zeroed_words, "SV-18")
{
    struct kernel_rig rig;

    one = two = 0;
    rig = kernel_rig_do(all_kinds, NULL);
    kernel_rig_clean(&rig);
}

// ---- misuse -------------------------------------------------------------------------------------

static void self_deadlock(void *argument)
{
    KIRQL old;

    KeInitializeSpinLock(&one);
    KeAcquireSpinLock(&one, &old);
    KeAcquireSpinLockAtDpcLevel(&one);
    fail();
}

PS_TEST(acquiring_an_own_lock_stops_the_system, "SV-11", "VF-31")
{
    struct kernel_rig rig = kernel_rig_do(self_deadlock, NULL);

    kernel_rig_finding(&rig, "VF-31");
    assert_true(rig.system->halted);
    kernel_rig_end(&rig);
}

static void take_both(PKSPIN_LOCK first, PKSPIN_LOCK second)
{
    KIRQL old;

    KeAcquireSpinLock(first, &old);
    KeSetEvent(&gate, 0, FALSE); // lets the other processor come as far
    KeStallExecutionProcessor(300);
    KeAcquireSpinLockAtDpcLevel(second);
    KeReleaseSpinLockFromDpcLevel(second);
    KeReleaseSpinLock(first, old);
}

static void one_then_two(void *argument)
{
    take_both(&one, &two);
}

static void two_then_one(void *argument)
{
    take_both(&two, &one);
}

PS_TEST(a_deadlock_of_two_locks_names_both_holders, "SV-14", "SV-17", "VF-32")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());
    const struct finding *finding;

    one = two = 0;
    KeInitializeEvent(&gate, NotificationEvent, FALSE);
    kernel_rig_thread(&rig, "first", one_then_two, NULL);
    kernel_rig_thread(&rig, "second", two_then_one, NULL);
    assert_int_equal(kernel_rig_run(&rig), SCHED_HALTED);
    finding = journal_get(rig.system->journal, 0);
    assert_non_null(strstr(finding->text, "processor 0"));
    assert_non_null(strstr(finding->text, "processor 1"));
    kernel_rig_end(&rig);
}

static void acquire_at_dpc_below(void *argument)
{
    one = 0;
    KeAcquireSpinLockAtDpcLevel(&one);
    KeReleaseSpinLockFromDpcLevel(&one);
    KeLowerIrql(PASSIVE_LEVEL);
}

PS_TEST(dpc_level_acquire_below_dispatch_is_found, "VF-43", "VF-101")
{
    kernel_rig_misuse(acquire_at_dpc_below, "VF-43", 0xC4, 0x40);
}

static void acquire_above(void *argument)
{
    KIRQL high, old;

    one = 0;
    KeRaiseIrql(5, &high);
    KeAcquireSpinLock(&one, &old);
    KeReleaseSpinLockFromDpcLevel(&one);
    KeLowerIrql(high);
}

PS_TEST(acquire_above_dispatch_is_found, "VF-44", "VF-105")
{
    struct kernel_rig rig = kernel_rig_do(acquire_above, NULL);

    assert_string_equal(journal_get(rig.system->journal, 0)->rule, "VF-44");
    assert_int_equal(journal_get(rig.system->journal, 0)->parameters[0], 0x42);
    kernel_rig_end(&rig);
}

static void release_above(void *argument)
{
    KIRQL old, high;

    one = 0;
    KeAcquireSpinLock(&one, &old);
    KeRaiseIrql(6, &high);
    KeReleaseSpinLock(&one, old);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

PS_TEST(release_not_at_dispatch_is_found, "VF-42", "VF-106")
{
    kernel_rig_misuse(release_above, "VF-42", 0xC4, 0x32);
}

static void shared_old_irql(void *argument)
{
    KIRQL old;

    one = two = 0;
    KeAcquireSpinLock(&one, &old);
    KeAcquireSpinLock(&two, &old); // overwrites PASSIVE_LEVEL
    KeReleaseSpinLock(&two, old);
    KeReleaseSpinLock(&one, old);
    KeLowerIrql(PASSIVE_LEVEL);
}

PS_TEST(two_locks_sharing_one_old_irql_are_found, "SV-12")
{
    kernel_rig_misuse(shared_old_irql, "SV-12", 0xC4, 0x31);
}

static void mixed_release(void *argument)
{
    KIRQL old;

    one = 0;
    KeAcquireSpinLock(&one, &old);
    KeReleaseSpinLockFromDpcLevel(&one);
    KeLowerIrql(old);
}

PS_TEST(mixing_plain_and_dpc_level_is_found, "SV-15")
{
    kernel_rig_misuse(mixed_release, "SV-15", 0xC4, 0x1009);
}

static void queued_released_as_ordinary(void *argument)
{
    KLOCK_QUEUE_HANDLE handle;

    one = 0;
    KeAcquireInStackQueuedSpinLock(&one, &handle);
    KeReleaseSpinLock(&one, handle.OldIrql);
}

PS_TEST(a_queued_lock_released_as_ordinary_is_found, "VF-38", "VF-115")
{
    kernel_rig_misuse(queued_released_as_ordinary, "VF-38", 0xC4, 0x1009);
}

static void release_free(void *argument)
{
    KIRQL old;

    one = 0;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeReleaseSpinLockFromDpcLevel(&one);
    KeLowerIrql(old);
}

PS_TEST(releasing_a_free_lock_is_found, "VF-37", "VF-114")
{
    kernel_rig_misuse(release_free, "VF-37", 0xC4, 0x1007);
}

static void out_of_order(void *argument)
{
    KIRQL old;

    one = two = 0;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeAcquireSpinLockAtDpcLevel(&one);
    KeAcquireSpinLockAtDpcLevel(&two);
    KeReleaseSpinLockFromDpcLevel(&one);
    KeReleaseSpinLockFromDpcLevel(&two);
    KeLowerIrql(old);
}

PS_TEST(releasing_out_of_order_is_found, "VF-34")
{
    kernel_rig_misuse(out_of_order, "VF-34", 0xC4, 0x1003);
}

static void garbage(void *argument)
{
    KIRQL old;

    one = 0x5a5a5a5a5a5a5a5a;
    KeAcquireSpinLock(&one, &old);
    KeReleaseSpinLock(&one, old);
}

PS_TEST(a_lock_that_was_never_initialised_is_found, "VF-33")
{
    kernel_rig_misuse(garbage, "VF-33", 0xC4, 0x1002);
}

static void initialise_owned(void *argument)
{
    KIRQL old;

    one = 0;
    KeAcquireSpinLock(&one, &old);
    KeInitializeSpinLock(&one);
    one = 1 + KeGetCurrentProcessorNumberEx(NULL);
    KeReleaseSpinLock(&one, old);
}

PS_TEST(initialising_an_owned_lock_is_found, "VF-36")
{
    kernel_rig_misuse(initialise_owned, "VF-36", 0xC4, 0x1005);
}

static void take_one(void *argument)
{
    KIRQL old;

    KeAcquireSpinLock(&one, &old);
    KeStallExecutionProcessor(600);
    KeReleaseSpinLock(&one, old);
}

static void release_from_afar(void *argument)
{
    KIRQL old;

    KeStallExecutionProcessor(300);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeReleaseSpinLockFromDpcLevel(&one);
    KeLowerIrql(old);
}

PS_TEST(a_lock_released_by_another_processor_is_found, "VF-35")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());
    bool found = false;

    one = 0;
    kernel_rig_thread(&rig, "owner", take_one, NULL);
    kernel_rig_thread(&rig, "other", release_from_afar, NULL);
    kernel_rig_run(&rig);
    for (size_t i = 0; i < journal_count(rig.system->journal); i++)
        found |= !strcmp(journal_get(rig.system->journal, i)->rule, "VF-35");
    assert_true(found);
    kernel_rig_end(&rig);
}

// ---- interlocked lists --------------------------------------------------------------------------

static void lists(void *argument)
{
    LIST_ENTRY head, a, b;
    KSPIN_LOCK lock = 0;
    SINGLE_LIST_ENTRY stack = {0}, item;

    InitializeListHead(&head);
    assert_null(ExInterlockedInsertTailList(&head, &a, &lock));
    assert_ptr_equal(ExInterlockedInsertHeadList(&head, &b, &lock), &a);
    assert_ptr_equal(ExInterlockedRemoveHeadList(&head, &lock), &b);
    assert_ptr_equal(ExInterlockedRemoveHeadList(&head, &lock), &a);
    assert_null(ExInterlockedRemoveHeadList(&head, &lock));
    assert_null(ExInterlockedPushEntryList(&stack, &item, &lock));
    assert_ptr_equal(ExInterlockedPopEntryList(&stack, &lock), &item);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

PS_TEST(interlocked_lists_hold_their_lock_only_inside, "SV-10")
{
    struct kernel_rig rig = kernel_rig_do(lists, NULL);

    kernel_rig_clean(&rig);
}
