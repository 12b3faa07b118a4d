// SPDX-License-Identifier: MIT
//
// System threads and work items; a driver of timers, DPCs, spin locks and events.
#include "ps_test.h"

#include "kernel_fixture.h"

static KEVENT event;
static KEVENT several[4];

// ---- threads and work ---------------------------------------------------------------------------
static VOID NTAPI thread_routine(PVOID context)
{
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    sleep_ms(3);
    *(unsigned *)context = 42;
    PsTerminateSystemThread(STATUS_SUCCESS);
    fail();
}

static void join_thread(void *argument)
{
    unsigned result = 0;
    HANDLE handle;
    PVOID thread;

    assert_int_equal(
        PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, thread_routine, &result),
        STATUS_SUCCESS);
    assert_int_equal(ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
                                               &thread, NULL),
                     STATUS_SUCCESS);
    ZwClose(handle);
    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
    assert_int_equal(result, 42);
    ObDereferenceObject(thread);
}

PS_TEST(a_thread_can_be_waited_for, "SV-41", "SV-113", "~VF-53")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());
    struct kernel_counts before, after;

    kernel_get_counts(rig.system, &before);
    kernel_rig_thread(&rig, "joiner", join_thread, NULL);
    assert_int_equal(kernel_rig_run(&rig), SCHED_QUIET);
    kernel_get_counts(rig.system, &after);
    assert_memory_equal(&before, &after, sizeof(before));
    kernel_rig_clean(&rig);
}

static void close_twice(void *argument)
{
    HANDLE handle;

    PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, thread_routine,
                         ExAllocatePoolWithTag(NonPagedPool, sizeof(unsigned), TEST_TAG));
    assert_int_equal(ZwClose(handle), STATUS_SUCCESS);
    assert_int_equal(ZwClose(handle), STATUS_INVALID_HANDLE);
}

static void close_null(void *argument)
{
    assert_int_equal(ZwClose(NULL), STATUS_INVALID_HANDLE);
}

static void dereference_nothing(void *argument)
{
    ObDereferenceObject(&event);
}

PS_TEST(closed_handles_and_dead_objects_are_found, "SV-113", "VF-53")
{
    kernel_rig_misuse(close_twice, "VF-53", 0xC4, 0x3C);
    kernel_rig_misuse(close_null, "VF-53", 0xC4, 0xF5);
    kernel_rig_misuse(dereference_nothing, "VF-53", 0xC4, 0x3F);
}

static void timer_on_stack(void *argument)
{
    KTIMER on_stack;

    KeInitializeTimer(&on_stack);
    KeSetTimer(&on_stack, relative_ms(50), NULL);
}

PS_TEST(a_timer_on_the_stack_of_a_thread_that_ends_is_found, "SV-31", "VF-65")
{
    struct kernel_rig rig = kernel_rig_do(timer_on_stack, NULL);
    struct kernel_counts counts;

    kernel_rig_finding(&rig, "VF-65");
    kernel_get_counts(rig.system, &counts);
    assert_int_equal(counts.timers, 0);
    kernel_rig_end(&rig);
}

static VOID NTAPI work_routine(PDEVICE_OBJECT device, PVOID context)
{
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeSetEvent(context, 0, FALSE);
}

static void queue_work(void *argument)
{
    PIO_WORKITEM item = IoAllocateWorkItem(NULL);
    KIRQL old;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    IoQueueWorkItem(item, work_routine, DelayedWorkQueue, &event);
    KeLowerIrql(old);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    IoFreeWorkItem(item);
}

PS_TEST(work_items_run_at_passive_level, "SV-40")
{
    struct kernel_rig rig = kernel_rig_do(queue_work, NULL);

    kernel_rig_clean(&rig);
}

static unsigned works_begun;

static VOID NTAPI count_work(PDEVICE_OBJECT device, PVOID context)
{
    works_begun++;
}

static void queue_and_look(void *argument)
{
    PIO_WORKITEM item = IoAllocateWorkItem(NULL);

    IoQueueWorkItem(item, count_work, DelayedWorkQueue, NULL);
    assert_int_equal(works_begun, 1); // by the other processor
    IoFreeWorkItem(item);
}

PS_TEST(a_work_item_may_have_run_when_queueing_it_returns, "SV-40")
{
    struct kernel_rig rig;

    works_begun = 0;
    rig = kernel_rig_do(queue_and_look, NULL);
    kernel_rig_clean(&rig);
}

static unsigned freed_before_it_began;

static void queue_and_free(void *argument)
{
    PIO_WORKITEM item = IoAllocateWorkItem(NULL);

    IoQueueWorkItem(item, count_work, DelayedWorkQueue, NULL);
    IoFreeWorkItem(item);
    freed_before_it_began += !works_begun && !journal_count(system_current->journal);
}

// Off its queue, so nothing says that it may not be freed; and its routine is yet to come.
PS_TEST(a_work_item_may_stand_before_its_first_instruction, "SV-40")
{
    freed_before_it_began = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct kernel_rig rig = kernel_rig_new(2, chooser_seeded(seed));

        works_begun = 0;
        kernel_rig_thread(&rig, "test", queue_and_free, NULL);
        kernel_rig_run(&rig);
        assert_int_equal(works_begun, 1 - (unsigned)journal_count(rig.system->journal));
        kernel_rig_end(&rig);
    }
    assert_true(freed_before_it_began > 0);
}

static VOID NTAPI work_that_waits(PDEVICE_OBJECT device, PVOID context)
{
    KeWaitForSingleObject(&several[0], Executive, KernelMode, FALSE, NULL);
    KeSetEvent(&event, 0, FALSE);
}

static VOID NTAPI work_that_frees(PDEVICE_OBJECT device, PVOID context)
{
    KeSetEvent(&several[0], 0, FALSE);
}

static void dependent_work(void *argument)
{
    PIO_WORKITEM first = IoAllocateWorkItem(NULL), second = IoAllocateWorkItem(NULL);

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeInitializeEvent(&several[0], NotificationEvent, FALSE);
    IoQueueWorkItem(first, work_that_waits, DelayedWorkQueue, NULL);
    sleep_ms(1);
    IoQueueWorkItem(second, work_that_frees, DelayedWorkQueue, NULL);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    sleep_ms(1);
    IoFreeWorkItem(first);
    IoFreeWorkItem(second);
}

PS_TEST(a_work_item_may_wait_for_another, "")
{
    struct kernel_rig rig = kernel_rig_do(dependent_work, NULL);

    kernel_rig_clean(&rig);
}

// ---- a driver of timers, DPCs, spin locks and events --------------------------------------------
// A producer's timer DPC moves a counter under a lock and signals; a consumer thread takes what is
// there.

struct pipe {
    KSPIN_LOCK lock;
    KTIMER timer;
    KDPC dpc;
    KEVENT more;
    unsigned produced, consumed, available;
};

static VOID NTAPI produce(PKDPC Dpc, PVOID context, PVOID one, PVOID two)
{
    struct pipe *pipe = context;

    KeAcquireSpinLockAtDpcLevel(&pipe->lock);
    if (pipe->produced < 25) {
        pipe->produced++;
        pipe->available++;
    }
    KeReleaseSpinLockFromDpcLevel(&pipe->lock);
    KeSetEvent(&pipe->more, 0, FALSE);
}

static void consume_all(struct pipe *pipe)
{
    KIRQL old;

    while (pipe->consumed < 25) {
        KeWaitForSingleObject(&pipe->more, Executive, KernelMode, FALSE, NULL);
        KeAcquireSpinLock(&pipe->lock, &old);
        pipe->consumed += pipe->available;
        pipe->available = 0;
        KeReleaseSpinLock(&pipe->lock, old);
    }
}

static void drive_pipe(void *argument)
{
    struct pipe *pipe = ExAllocatePoolWithTag(NonPagedPool, sizeof(*pipe), TEST_TAG);

    memset(pipe, 0, sizeof(*pipe));
    KeInitializeSpinLock(&pipe->lock);
    KeInitializeEvent(&pipe->more, SynchronizationEvent, FALSE);
    KeInitializeTimer(&pipe->timer);
    KeInitializeDpc(&pipe->dpc, produce, pipe);
    KeSetTimerEx(&pipe->timer, relative_ms(1), 2, &pipe->dpc);
    consume_all(pipe);
    KeCancelTimer(&pipe->timer);
    KeFlushQueuedDpcs();
    assert_int_equal(pipe->produced, 25);
    assert_int_equal(pipe->consumed, 25);
    ExFreePoolWithTag(pipe, TEST_TAG);
}

PS_TEST(a_driver_of_timers_dpcs_locks_and_events, "SV-2", "SV-20", "SV-27", "SV-40")
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct kernel_rig rig = kernel_rig_new(2, chooser_seeded(seed));
        struct kernel_counts counts;

        kernel_rig_thread(&rig, "driver", drive_pipe, NULL);
        assert_int_equal(kernel_rig_run(&rig), SCHED_QUIET);
        kernel_get_counts(rig.system, &counts);
        assert_int_equal(counts.pool_blocks + counts.timers + counts.dpcs, 0);
        kernel_rig_clean(&rig);
    }
}
