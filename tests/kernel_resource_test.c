// SPDX-License-Identifier: MIT
//
// Executive resources: one owner or many readers, who waits for whom, and each misuse with its near miss.
#include "ps_test.h"

#include "kernel_stack.h"

static ERESOURCE resource;

static void own_exclusive(void)
{
    KeEnterCriticalRegion();
    assert_true(ExAcquireResourceExclusiveLite(&resource, TRUE));
}

static void own_shared(void)
{
    KeEnterCriticalRegion();
    assert_true(ExAcquireResourceSharedLite(&resource, TRUE));
}

static void leave(void)
{
    ExReleaseResourceLite(&resource);
    KeLeaveCriticalRegion();
}

// Runs each on a thread of its own, all at once; the resource is there before and deleted afterwards.
static struct kernel_rig together(unsigned count, void (*const bodies[])(void *argument), struct chooser *chooser)
{
    struct kernel_rig rig = kernel_rig_new(2, chooser);

    ExInitializeResourceLite(&resource);
    for (unsigned i = 0; i < count; i++)
        kernel_rig_thread(&rig, "user", bodies[i], NULL);
    kernel_rig_run(&rig);
    if (!rig.system->halted)
        ExDeleteResourceLite(&resource);
    return rig;
}

// ---- who gets it --------------------------------------------------------------------------------

static void recursion(void *argument)
{
    own_exclusive();
    assert_true(ExAcquireResourceExclusiveLite(&resource, FALSE));
    assert_true(ExAcquireResourceSharedLite(&resource, FALSE)); // stays exclusive
    assert_true(ExIsResourceAcquiredExclusiveLite(&resource));
    assert_int_equal(ExIsResourceAcquiredLite(&resource), 3);
    ExReleaseResourceLite(&resource);
    ExReleaseResourceLite(&resource);
    assert_true(ExIsResourceAcquiredExclusiveLite(&resource));
    ExReleaseResourceLite(&resource);
    assert_int_equal(ExIsResourceAcquiredSharedLite(&resource), 0);
    assert_false(ExIsResourceAcquiredExclusiveLite(&resource));
    assert_true(ExAcquireResourceSharedLite(&resource, TRUE));
    assert_true(ExAcquireResourceSharedLite(&resource, TRUE));
    assert_int_equal(ExIsResourceAcquiredSharedLite(&resource), 2);
    assert_false(ExIsResourceAcquiredExclusiveLite(&resource));
    ExReleaseResourceLite(&resource);
    leave();
}

PS_TEST(a_resource_is_recursive, "SV-122")
{
    struct kernel_rig rig = together(1, (void (*const[])(void *)){recursion}, chooser_round_robin());

    kernel_rig_clean(&rig);
}

static int readers, writers, most_readers;

static void read_often(void *argument)
{
    for (int i = 0; i < 10; i++) {
        own_shared();
        assert_int_equal(writers, 0);
        readers++;
        if (readers > most_readers)
            most_readers = readers;
        KeQueryPerformanceCounter(NULL);
        sleep_ms(i % 3);
        readers--;
        leave();
    }
}

static void write_often(void *argument)
{
    for (int i = 0; i < 10; i++) {
        own_exclusive();
        assert_int_equal(readers + writers, 0);
        writers++;
        KeQueryPerformanceCounter(NULL);
        writers--;
        leave();
        sleep_ms(1);
    }
}

PS_TEST(many_read_or_one_writes, "SV-122")
{
    void (*const bodies[])(void *) = {read_often, read_often, write_often, write_often};

    most_readers = 0;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct kernel_rig rig = together(4, bodies, chooser_seeded(seed));

        kernel_rig_clean(&rig);
    }
    assert_int_equal(most_readers, 2);
}

// ---- who waits ----------------------------------------------------------------------------------
// A reader has it for 30 ms, a writer asks after 10 ms, others come after 20 ms.

static bool written;

static void reader(void *argument)
{
    own_shared();
    sleep_ms(30);
    assert_int_equal(ExGetExclusiveWaiterCount(&resource), 1);
    assert_int_equal(ExGetSharedWaiterCount(&resource), 1);
    assert_true(ExAcquireResourceSharedLite(&resource, FALSE)); // has it already: no writer holds it up
    assert_false(ExAcquireSharedWaitForExclusive(&resource, FALSE));
    ExReleaseResourceLite(&resource);
    leave();
}

static void writer(void *argument)
{
    sleep_ms(10);
    own_exclusive();
    assert_true(ExIsResourceAcquiredExclusiveLite(&resource));
    sleep_ms(10);
    written = true;
    leave();
}

static void late_reader(void *argument)
{
    sleep_ms(20);
    KeEnterCriticalRegion();
    assert_false(ExAcquireResourceSharedLite(&resource, FALSE)); // a writer waits
    assert_true(ExAcquireSharedStarveExclusive(&resource, FALSE));
    ExReleaseResourceLite(&resource);
    assert_false(ExAcquireResourceExclusiveLite(&resource, FALSE));
    assert_true(ExAcquireResourceSharedLite(&resource, TRUE));
    assert_true(written); // after the writer, who came first
    leave();
}

PS_TEST(a_writer_that_waits_is_not_overtaken, "SV-122", "SV-123")
{
    void (*const bodies[])(void *) = {reader, writer, late_reader};
    struct kernel_rig rig;

    written = false;
    rig = together(3, bodies, chooser_round_robin());
    kernel_rig_clean(&rig);
}

static bool shared_now;

static void convert(void *argument)
{
    own_exclusive();
    sleep_ms(20);
    assert_false(shared_now);
    ExConvertExclusiveToSharedLite(&resource);
    assert_int_equal(ExIsResourceAcquiredSharedLite(&resource), 1);
    sleep_ms(20);
    assert_true(shared_now);
    leave();
}

static void want_shared(void *argument)
{
    sleep_ms(10);
    own_shared();
    shared_now = true;
    leave();
}

PS_TEST(an_owner_lets_the_readers_in, "SV-123")
{
    struct kernel_rig rig;

    shared_now = false;
    rig = together(2, (void (*const[])(void *)){convert, want_shared}, chooser_round_robin());
    kernel_rig_clean(&rig);
}

static ERESOURCE_THREAD handed;

static void hand_over(void *argument)
{
    own_exclusive();
    handed = (ERESOURCE_THREAD)(ULONG_PTR)&handed | 3;
    ExSetResourceOwnerPointer(&resource, (PVOID)handed);
    assert_int_equal(ExIsResourceAcquiredSharedLite(&resource), 0);
    KeLeaveCriticalRegion();
}

static void release_for(void *argument)
{
    sleep_ms(10);
    ExReleaseResourceForThreadLite(&resource, handed);
    own_exclusive();
    ExReleaseResourceForThreadLite(&resource, ExGetCurrentResourceThread());
    KeLeaveCriticalRegion();
}

PS_TEST(an_owner_pointer_lets_another_thread_release, "SV-123", "~VF-35")
{
    struct kernel_rig rig = together(2, (void (*const[])(void *)){hand_over, release_for}, chooser_round_robin());

    kernel_rig_clean(&rig);
}

// ---- self-deadlock ------------------------------------------------------------------------------

static void shared_then_exclusive(void *argument)
{
    own_shared();
    ExAcquireResourceExclusiveLite(&resource, TRUE);
    fail();
}

PS_TEST(who_owns_it_shared_cannot_wait_for_it, "VF-30", "SV-122")
{
    struct kernel_rig rig =
        together(1, (void (*const[])(void *)){shared_then_exclusive}, chooser_round_robin());
    const struct finding *finding = kernel_rig_finding(&rig, "VF-30");

    assert_int_equal(finding->code, 0xC4);
    assert_int_equal(finding->parameters[0], 0x1000);
    assert_ptr_equal(finding->parameters[1], &resource);
    kernel_rig_end(&rig);
}

static void try_for_more(void *argument)
{
    own_shared();
    assert_false(ExAcquireResourceExclusiveLite(&resource, FALSE)); // asks, and does not wait
    ExReleaseResourceLite(&resource);
    assert_true(ExAcquireResourceExclusiveLite(&resource, TRUE));
    leave();
}

PS_TEST(who_owns_it_shared_may_ask_or_release_first, "~VF-30")
{
    struct kernel_rig rig = together(1, (void (*const[])(void *)){try_for_more}, chooser_round_robin());

    kernel_rig_clean(&rig);
}

static ERESOURCE second;

static void one_two(void *argument)
{
    own_exclusive();
    sleep_ms(10);
    ExAcquireResourceExclusiveLite(&second, TRUE);
}

static void two_one(void *argument)
{
    ExInitializeResourceLite(&second);
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(&second, TRUE);
    sleep_ms(10);
    ExAcquireResourceExclusiveLite(&resource, TRUE);
}

PS_TEST(two_that_wait_for_each_other_are_told, "SV-122")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());
    char text[256];

    ExInitializeResourceLite(&resource);
    kernel_rig_thread(&rig, "left", one_two, NULL);
    kernel_rig_thread(&rig, "right", two_one, NULL);
    assert_int_equal(kernel_rig_run(&rig), SCHED_QUIET);
    assert_int_not_equal(sched_describe_waits(rig.system->sched, text, sizeof(text)), 0);
    assert_non_null(strstr(text, "\"left\" waits for resource 2"));
    assert_non_null(strstr(text, "\"right\" waits for resource 1"));
    kernel_rig_end(&rig);
}

// ---- misuse -------------------------------------------------------------------------------------

static void apcs_on(void *argument)
{
    ExInitializeResourceLite(&resource);
    ExAcquireResourceSharedLite(&resource, TRUE);
    KeEnterCriticalRegion();
    leave();
    ExDeleteResourceLite(&resource);
}

static void apcs_on_at_release(void *argument)
{
    ExInitializeResourceLite(&resource);
    own_shared();
    KeLeaveCriticalRegion();
    ExReleaseResourceLite(&resource);
    ExDeleteResourceLite(&resource);
}

PS_TEST(apcs_stay_disabled_while_a_resource_is_owned, "VF-46", "SV-124")
{
    kernel_rig_misuse(apcs_on, "VF-46", 0xC4, 0x37);
    kernel_rig_misuse(apcs_on_at_release, "VF-46", 0xC4, 0x38);
}

static void apcs_off_otherwise(void *argument)
{
    KMUTEX mutex;
    KIRQL old;

    ExInitializeResourceLite(&resource);
    KeRaiseIrql(APC_LEVEL, &old);
    ExAcquireResourceSharedLite(&resource, TRUE);
    ExReleaseResourceLite(&resource);
    KeLowerIrql(old);
    KeInitializeMutex(&mutex, 0);
    assert_false(KeAreApcsDisabled());
    KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, NULL);
    assert_true(KeAreApcsDisabled());
    ExAcquireResourceExclusiveLite(&resource, TRUE);
    ExReleaseResourceLite(&resource);
    KeReleaseMutex(&mutex, FALSE);
    KeEnterGuardedRegion();
    ExAcquireResourceExclusiveLite(&resource, TRUE);
    ExReleaseResourceLite(&resource);
    KeLeaveGuardedRegion();
    ExDeleteResourceLite(&resource);
}

PS_TEST(the_irql_a_mutex_or_a_guarded_region_disables_apcs_too, "~VF-46", "SV-43")
{
    struct kernel_rig rig = kernel_rig_do(apcs_off_otherwise, NULL);

    kernel_rig_clean(&rig);
}

static void acquire_at_dispatch(void *argument)
{
    KIRQL old;

    ExInitializeResourceLite(&resource);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    assert_false(ExAcquireResourceSharedLite(&resource, FALSE));
    KeLowerIrql(old);
    ExDeleteResourceLite(&resource);
}

static void release_at_dispatch(void *argument)
{
    KIRQL old;

    ExInitializeResourceLite(&resource);
    own_shared();
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    ExReleaseResourceLite(&resource);
    KeLowerIrql(old);
    KeLeaveCriticalRegion();
    ExDeleteResourceLite(&resource);
}

PS_TEST(resources_are_acquired_at_apc_level_or_below, "VF-100", "~VF-100", "SV-124")
{
    struct kernel_rig rig;

    kernel_rig_misuse(acquire_at_dispatch, "VF-100", 0xC4, 0x20007);
    rig = kernel_rig_do(release_at_dispatch, NULL);
    kernel_rig_clean(&rig);
}

static void never_initialised(void *argument)
{
    ERESOURCE local;

    KeEnterCriticalRegion();
    assert_false(ExAcquireResourceSharedLite(&local, TRUE));
    KeLeaveCriticalRegion();
}

static void unaligned(void *argument)
{
    ExIsResourceAcquiredLite((PERESOURCE)(PVOID)((char *)&resource + 4));
}

static void delete_twice(void *argument)
{
    ExInitializeResourceLite(&resource);
    ExDeleteResourceLite(&resource);
    ExDeleteResourceLite(&resource);
}

static void initialise_twice(void *argument)
{
    ExInitializeResourceLite(&resource);
    ExInitializeResourceLite(&resource);
    ExDeleteResourceLite(&resource);
}

static void initialise_anew(void *argument)
{
    ExInitializeResourceLite(&resource);
    ExReinitializeResourceLite(&resource);
    ExDeleteResourceLite(&resource);
    ExInitializeResourceLite(&resource);
    ExDeleteResourceLite(&resource);
}

PS_TEST(a_resource_lives_from_its_initialisation_to_its_end, "VF-33", "VF-36", "~VF-36", "SV-124")
{
    struct kernel_rig rig;

    kernel_rig_misuse(never_initialised, "VF-33", 0xC4, 0x1002);
    kernel_rig_misuse(unaligned, "VF-33", 0xC4, 0x3D);
    kernel_rig_misuse(delete_twice, "VF-33", 0xC4, 0xD1);
    kernel_rig_misuse(initialise_twice, "VF-36", 0xC4, 0xD0);
    rig = kernel_rig_do(initialise_anew, NULL);
    kernel_rig_clean(&rig);
}

static void release_unowned(void *argument)
{
    ExInitializeResourceLite(&resource);
    KeEnterCriticalRegion();
    leave();
    ExDeleteResourceLite(&resource);
}

static void keep(void *argument)
{
    own_shared();
    sleep_ms(20);
    leave();
}

static void release_foreign(void *argument)
{
    sleep_ms(10);
    KeEnterCriticalRegion();
    leave();
}

static ERESOURCE_THREAD keeper;

static void keep_known(void *argument)
{
    keeper = ExGetCurrentResourceThread();
    own_shared();
    sleep_ms(20);
    KeLeaveCriticalRegion();
}

static void release_for_keeper(void *argument)
{
    sleep_ms(10);
    ExReleaseResourceForThreadLite(&resource, keeper);
}

PS_TEST(who_does_not_own_a_resource_does_not_release_it, "VF-35", "VF-37", "SV-124")
{
    struct kernel_rig rig;

    kernel_rig_misuse(release_unowned, "VF-37", 0xE3, kernel_rig_any);
    rig = together(2, (void (*const[])(void *)){keep, release_foreign}, chooser_round_robin());
    assert_int_equal(kernel_rig_finding(&rig, "VF-35")->code, 0xE3);
    kernel_rig_end(&rig);
    rig = together(2, (void (*const[])(void *)){keep_known, release_for_keeper}, chooser_round_robin());
    assert_int_equal(kernel_rig_finding(&rig, "VF-35")->code, 0x16E);
    kernel_rig_end(&rig);
}

static void convert_shared(void *argument)
{
    ExInitializeResourceLite(&resource);
    own_shared();
    ExConvertExclusiveToSharedLite(&resource);
    leave();
    ExDeleteResourceLite(&resource);
}

PS_TEST(only_an_exclusive_owner_converts, "VF-35")
{
    kernel_rig_misuse(convert_shared, "VF-35", 0xE3, kernel_rig_any);
}

static VOID NTAPI end_with_it(PVOID context)
{
    own_exclusive();
}

static void end_owning(void *argument)
{
    HANDLE thread;

    ExInitializeResourceLite(&resource);
    PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, end_with_it, NULL);
    sleep_ms(10);
    own_exclusive(); // goes on without its owner
    leave();
    ExDeleteResourceLite(&resource);
    ZwClose(thread);
}

static void delete_owned(void *argument)
{
    ExInitializeResourceLite(&resource);
    own_exclusive();
    ExDeleteResourceLite(&resource);
    KeLeaveCriticalRegion();
}

PS_TEST(a_resource_ends_unowned, "VF-39", "SV-124")
{
    kernel_rig_misuse(end_owning, "VF-39", 0xC4, 0x100A);
    kernel_rig_misuse(delete_owned, "VF-39", 0xC4, 0x100B);
}

// ---- memory -------------------------------------------------------------------------------------

static void free_with_resource(void *argument)
{
    char *block = ExAllocatePoolWithTag(NonPagedPool, 256, TEST_TAG);

    ExInitializeResourceLite((PERESOURCE)(PVOID)(block + 16));
    if (argument)
        ExDeleteResourceLite((PERESOURCE)(PVOID)(block + 16));
    ExFreePoolWithTag(block, TEST_TAG);
}

static void free_with_lookaside(void *argument)
{
    PNPAGED_LOOKASIDE_LIST list = ExAllocatePoolWithTag(NonPagedPool, sizeof(*list), TEST_TAG);

    ExInitializeNPagedLookasideList(list, NULL, NULL, 0, 40, TEST_TAG, 0);
    if (argument)
        ExDeleteNPagedLookasideList(list);
    ExFreePoolWithTag(list, TEST_TAG);
}

PS_TEST(memory_with_a_resource_or_a_lookaside_list_is_not_freed, "VF-65", "~VF-65", "SV-124")
{
    struct kernel_rig rig;

    kernel_rig_misuse(free_with_resource, "VF-65", 0xC4, 0xD2);
    kernel_rig_misuse(free_with_lookaside, "VF-65", 0xC4, 0xCC);
    rig = kernel_rig_do(free_with_resource, "deleted");
    kernel_rig_clean(&rig);
    rig = kernel_rig_do(free_with_lookaside, "deleted");
    kernel_rig_clean(&rig);
}

static VOID NTAPI unload(PDRIVER_OBJECT driver)
{
}

static NTSTATUS NTAPI enter(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    ExInitializeResourceLite(&resource);
    driver->DriverUnload = unload;
    return STATUS_SUCCESS;
}

static void leave_resource(void *argument)
{
    PDRIVER_OBJECT driver;

    assert_int_equal(kernel_load_driver(system_current, "leaver", enter, &driver), STATUS_SUCCESS);
    kernel_unload_driver(system_current, driver);
}

PS_TEST(a_driver_deletes_its_resources_before_it_goes, "VF-65")
{
    kernel_rig_misuse(leave_resource, "VF-65", 0xCE, kernel_rig_any);
}
