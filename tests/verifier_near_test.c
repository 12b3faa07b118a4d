// SPDX-License-Identifier: MIT
//
// Near misses: for each rule of the kernel's services the legal code that lies closest to breaking
// it. Nothing may be found. The violations themselves are in the tests of each service.
#include "ps_test.h"

#include "kernel_stack.h"

// One step on a thread of a new system, about which nothing is said.
#define LEGAL(name, ...) \
    static void name##_step(void *argument); \
    PS_TEST(name, __VA_ARGS__) \
    { \
        struct kernel_rig rig = kernel_rig_do(name##_step, NULL); \
        kernel_rig_clean(&rig); \
    } \
    static void name##_step(void *argument)

static KSPIN_LOCK one, two;
static FAST_MUTEX fast;
static KMUTEX mutex;
static KEVENT event;

static PHYSICAL_ADDRESS at(LONGLONG address)
{
    return (PHYSICAL_ADDRESS){.QuadPart = address};
}

// ---- spin locks ---------------------------------------------------------------------------------

LEGAL(a_lock_is_free_again_after_its_release, "~VF-31", "~VF-36", "~VF-37", "~VF-114", "~VF-113")
{
    KIRQL old;

    for (int i = 0; i < 2; i++) {
        KeInitializeSpinLock(&one);
        KeAcquireSpinLock(&one, &old);
        KeReleaseSpinLock(&one, old);
    }
}

LEGAL(a_zeroed_word_is_a_lock, "~VF-33")
{
    KIRQL old;

    one = 0;
    KeAcquireSpinLock(&one, &old);
    KeReleaseSpinLock(&one, old);
}

LEGAL(the_last_lock_taken_is_the_first_released, "~VF-34")
{
    KIRQL old, at_dispatch;

    one = two = 0;
    KeAcquireSpinLock(&one, &old);
    KeAcquireSpinLock(&two, &at_dispatch);
    KeReleaseSpinLock(&two, at_dispatch);
    KeReleaseSpinLock(&one, old);
}

LEGAL(each_kind_of_lock_is_released_by_its_own_service, "~VF-38", "~VF-115")
{
    KLOCK_QUEUE_HANDLE handle;
    KIRQL old;

    one = 0;
    KeAcquireInStackQueuedSpinLock(&one, &handle);
    KeReleaseInStackQueuedSpinLock(&handle);
    KeAcquireSpinLock(&one, &old);
    KeReleaseSpinLock(&one, old);
}

static void take_in_turn(void *argument)
{
    KIRQL old;

    KeAcquireSpinLock(&one, &old);
    KeStallExecutionProcessor(200);
    KeReleaseSpinLock(&one, old);
}

PS_TEST(two_processors_release_what_each_of_them_took, "~VF-35")
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());

    one = 0;
    kernel_rig_thread(&rig, "first", take_in_turn, NULL);
    kernel_rig_thread(&rig, "second", take_in_turn, NULL);
    kernel_rig_run(&rig);
    kernel_rig_clean(&rig);
}

LEGAL(what_is_freed_or_ends_owns_nothing_any_more, "~VF-39")
{
    PKSPIN_LOCK lock = ExAllocatePoolWithTag(NonPagedPool, sizeof(*lock), TEST_TAG);
    KIRQL old;

    KeInitializeSpinLock(lock);
    KeAcquireSpinLock(lock, &old);
    KeReleaseSpinLock(lock, old);
    ExFreePool(lock);
    KeInitializeMutex(&mutex, 0);
    KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, NULL);
    KeReleaseMutex(&mutex, FALSE);
}

// ---- IRQL ---------------------------------------------------------------------------------------

LEGAL(to_the_level_one_has_is_neither_up_nor_down, "~VF-40", "~VF-41")
{
    KIRQL old, same;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeRaiseIrql(DISPATCH_LEVEL, &same);
    KeLowerIrql(same);
    KeLowerIrql(old);
    KeRaiseIrql(HIGH_LEVEL, &old);
    KeLowerIrql(old);
}

LEGAL(at_dispatch_level_both_ways_to_a_lock_are_open, "~VF-42", "~VF-43", "~VF-44", "~VF-101",
      "~VF-105", "~VF-106")
{
    KIRQL passive, old;

    one = two = 0;
    KeRaiseIrql(DISPATCH_LEVEL, &passive);
    KeAcquireSpinLock(&one, &old);
    KeAcquireSpinLockAtDpcLevel(&two);
    KeReleaseSpinLockFromDpcLevel(&two);
    KeReleaseSpinLock(&one, old);
    KeLowerIrql(passive);
}

LEGAL(a_fast_mutex_is_for_apc_level_too, "~VF-45", "~VF-46")
{
    KIRQL old;

    ExInitializeFastMutex(&fast);
    KeRaiseIrql(APC_LEVEL, &old);
    ExAcquireFastMutex(&fast);
    ExReleaseFastMutex(&fast);
    ExAcquireFastMutexUnsafe(&fast);
    ExReleaseFastMutexUnsafe(&fast);
    KeLowerIrql(old);
}

LEGAL(at_dispatch_level_one_may_look_and_set_but_not_wait, "~VF-47", "~VF-48", "~VF-107")
{
    LARGE_INTEGER zero = {.QuadPart = 0};
    KIRQL old;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    assert_int_equal(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &zero),
                     STATUS_TIMEOUT);
    KeSetEvent(&event, 0, FALSE);
    KeLowerIrql(old);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
}

LEGAL(regions_nest, "~VF-49", "~VF-112")
{
    KeEnterCriticalRegion();
    KeEnterGuardedRegion();
    KeLeaveGuardedRegion();
    KeLeaveCriticalRegion();
}

LEGAL(apc_level_still_sleeps_and_runs_paged_code, "~VF-57", "~VF-104")
{
    KIRQL old;

    KeRaiseIrql(APC_LEVEL, &old);
    PAGED_CODE();
    sleep_ms(1);
    KeLowerIrql(old);
}

LEGAL(text_is_converted_at_passive_level, "~VF-103")
{
    const GUID guid = {0};
    UNICODE_STRING text;
    KIRQL old;

    KeRaiseIrql(APC_LEVEL, &old);
    KeLowerIrql(old);
    RtlStringFromGUID(&guid, &text);
    RtlFreeUnicodeString(&text);
}

// ---- DPCs and timers ----------------------------------------------------------------------------

static VOID NTAPI goes_up_and_comes_back(PKDPC Dpc, PVOID context, PVOID first, PVOID second)
{
    KIRQL old;

    KeAcquireSpinLockAtDpcLevel(&one);
    KeRaiseIrql(6, &old);
    KeLowerIrql(old);
    KeReleaseSpinLockFromDpcLevel(&one);
}

LEGAL(a_dpc_that_leaves_as_it_came_and_is_freed_then, "~VF-55", "~VF-56")
{
    PKDPC inside = ExAllocatePoolWithTag(NonPagedPool, sizeof(*inside), TEST_TAG);

    one = 0;
    KeInitializeDpc(inside, goes_up_and_comes_back, NULL);
    KeInsertQueueDpc(inside, NULL, NULL);
    KeFlushQueuedDpcs();
    ExFreePool(inside);
}

LEGAL(a_timer_is_freed_or_made_anew_once_cancelled, "~VF-65", "~VF-126")
{
    PKTIMER inside = ExAllocatePoolWithTag(NonPagedPool, sizeof(*inside), TEST_TAG);

    KeInitializeTimer(inside);
    KeSetTimer(inside, relative_ms(5), NULL);
    KeCancelTimer(inside);
    KeInitializeTimer(inside);
    ExFreePool(inside);
}

// ---- pool ---------------------------------------------------------------------------------------

LEGAL(one_byte_is_enough, "~VF-60", "~VF-66", "~VF-68", "~VF-69")
{
    const ULONG tag = 'x'; // one letter
    char *byte = ExAllocatePoolWithTag(NonPagedPool, 1, tag);

    byte[0] = 1;
    ExFreePoolWithTag(byte, tag);
    byte = ExAllocatePoolWithTag(NonPagedPool, 20, TEST_TAG);
    memset(byte, 1, 20);
    ExFreePool(byte); // names no tag
}

LEGAL(paged_pool_up_to_apc_level_nonpaged_up_to_dispatch, "~VF-61", "~VF-62", "~VF-102")
{
    KIRQL old, apc;
    void *block;

    KeRaiseIrql(APC_LEVEL, &old);
    ExFreePool(ExAllocatePoolWithTag(PagedPool, 10, TEST_TAG));
    KeRaiseIrql(DISPATCH_LEVEL, &apc);
    block = ExAllocatePoolWithTag(NonPagedPool, 10, TEST_TAG);
    ExFreePool(block);
    KeLowerIrql(apc);
    KeLowerIrql(old);
}

// Freed memory comes back as another block, which has its own owner, end and free.
LEGAL(the_same_address_is_used_and_freed_again, "~VF-63", "~VF-64", "~VF-71")
{
    uint8_t *first = ExAllocatePoolWithTag(NonPagedPool, 100, TEST_TAG), *again = NULL;
    uint8_t *others[200] = {0};
    unsigned count = 0;

    ExFreePool(first);
    while (count < 200 && again != first) {
        again = others[count++] = ExAllocatePoolWithTag(NonPagedPool, 100, TEST_TAG);
        again[5] = 1;
        if (count % 20 == 0)
            while (count > 1)
                ExFreePool(others[--count]);
    }
    assert_ptr_equal(again, first);
    while (count)
        ExFreePool(others[--count]);
}

LEGAL(contiguous_memory_is_freed_at_its_base, "~VF-74", "~VF-109")
{
    void *base = MmAllocateContiguousMemory(2 * PAGE_SIZE, at(-1));
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    MmFreeContiguousMemory(base);
    KeLowerIrql(old);
}

// ---- MDLs ---------------------------------------------------------------------------------------

LEGAL(a_clients_buffer_is_locked_at_apc_level_mapped_at_dispatch, "~VF-80", "~VF-82", "~VF-83",
      "~VF-86", "~VF-87", "~VF-91")
{
    uint8_t *user = kernel_user_allocate(system_current, 2 * PAGE_SIZE, UINT64_MAX);
    PMDL mdl = IoAllocateMdl(user, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
    KIRQL old, apc;

    KeRaiseIrql(APC_LEVEL, &old);
    MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    KeRaiseIrql(DISPATCH_LEVEL, &apc);
    assert_non_null(
        MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority));
    MmUnlockPages(mdl);
    KeLowerIrql(apc);
    KeLowerIrql(old);
    IoFreeMdl(mdl);
    kernel_user_free(system_current, user, 2 * PAGE_SIZE);
}

LEGAL(pages_of_ones_own_at_apc_level_mapped_once_at_a_time, "~VF-84", "~VF-88", "~VF-89", "~VF-108")
{
    KIRQL old;
    PMDL mdl;

    KeRaiseIrql(APC_LEVEL, &old);
    mdl = MmAllocatePagesForMdl(at(0), at(-1), at(0), PAGE_SIZE);
    for (int i = 0; i < 2; i++) {
        void *view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE,
                                                  NormalPagePriority);

        MmUnmapLockedPages(view, mdl);
    }
    MmFreePagesFromMdl(mdl);
    KeLowerIrql(old);
    ExFreePool(mdl);
}

LEGAL(an_mdl_of_pool_is_of_nonpaged_pool, "~VF-85")
{
    uint8_t *pool = ExAllocatePoolWithTag(NonPagedPool, 100, TEST_TAG);
    PMDL mdl = IoAllocateMdl(pool + 50, 10, FALSE, FALSE, NULL);

    MmBuildMdlForNonPagedPool(mdl);
    IoFreeMdl(mdl);
    ExFreePool(pool);
}

// ---- IRPs ---------------------------------------------------------------------------------------

// Sends one IRP to a device with this dispatch routine.
static void send(PDRIVER_DISPATCH routine)
{
    PIRP irp;

    lower_dispatch = routine;
    completions = 0;
    parked = NULL;
    parked_lock = 0;
    stack_create(false);
    irp = stack_irp(1, NULL);
    IoCallDriver(lower_device, irp);
    if (!completions)
        unpark();
    assert_int_equal(completions, 1);
    IoFreeIrp(irp);
    stack_drop();
}

static NTSTATUS NTAPI up_and_down_again(PDEVICE_OBJECT device, PIRP irp)
{
    NTSTATUS status;
    KIRQL old;

    KeAcquireSpinLock(&parked_lock, &old);
    KeReleaseSpinLock(&parked_lock, old);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    status = complete_at_once(device, irp);
    KeLowerIrql(old);
    return status;
}

LEGAL(completing_at_dispatch_without_a_lock, "~VF-110", "~VF-113", "~VF-117", "~VF-122", "~VF-125")
{
    send(up_and_down_again);
}

LEGAL(pending_is_marked_and_completed_later_without_its_routine, "~VF-123", "~VF-124", "~VF-129")
{
    send(park);
}

static NTSTATUS NTAPI fails_and_says_so(PDEVICE_OBJECT device, PIRP irp)
{
    irp->IoStatus.Status = STATUS_UNSUCCESSFUL;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_UNSUCCESSFUL;
}

LEGAL(a_failure_is_returned_as_it_was_completed, "~VF-129")
{
    send(fails_and_says_so);
}

static NTSTATUS NTAPI raises_and_lowers(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    KIRQL old;

    completions++;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeLowerIrql(old);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// Sent twice through a stack that is exactly as deep as its locations, completed once each time.
LEGAL(an_irp_that_was_taken_back_is_sent_again, "~VF-51", "~VF-72", "~VF-119", "~VF-120", "~VF-121",
      "~VF-127", "~VF-128", "~VF-135")
{
    PIRP irp;

    lower_dispatch = complete_at_once;
    upper_dispatch = skip_down;
    completions = 0;
    stack_create(true);
    irp = IoAllocateIrp(1, FALSE);
    for (int i = 0; i < 2; i++) {
        IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_DEVICE_CONTROL;
        IoSetCompletionRoutine(irp, raises_and_lowers, NULL, TRUE, TRUE, TRUE);
        assert_int_equal(IoCallDriver(upper_device, irp), STATUS_SUCCESS);
        IoReuseIrp(irp, STATUS_SUCCESS);
    }
    assert_int_equal(completions, 2);
    IoFreeIrp(irp);
    stack_drop();
}

LEGAL(a_cancelled_irp_ends_once, "~VF-118", "~VF-135")
{
    KEVENT done;
    PIRP irp;

    lower_dispatch = park;
    parked = NULL;
    parked_lock = 0;
    stack_create(false);
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    irp = stack_irp(1, &done);
    assert_int_equal(IoCallDriver(lower_device, irp), STATUS_PENDING);
    assert_true(IoCancelIrp(irp));
    assert_false(unpark());
    IoFreeIrp(irp);
    stack_drop();
}

LEGAL(a_device_is_detached_then_deleted, "~VF-132")
{
    lower_dispatch = upper_dispatch = complete_at_once;
    stack_create(true);
    stack_drop();
}
