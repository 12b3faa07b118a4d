// SPDX-License-Identifier: MIT
//
// MDLs over pool, over client buffers and over pages of their own; mappings; misuse.
#include "ps_test.h"

#include "kernel_fixture.h"
#include "sched/guarded.h"

static PHYSICAL_ADDRESS at(LONGLONG address)
{
    return (PHYSICAL_ADDRESS){.QuadPart = address};
}

static size_t views_now(void)
{
    struct kernel_counts counts;

    kernel_get_counts(system_current, &counts);
    return counts.views;
}

static void nothing_left(const struct kernel_rig *rig)
{
    struct kernel_counts counts;

    kernel_get_counts(rig->system, &counts);
    assert_int_equal(counts.mdls + counts.pool_blocks + counts.pages + counts.views, 0);
}

// ---- over nonpaged pool -------------------------------------------------------------------------

static void pool_mdl(void *argument)
{
    uint8_t *base = ExAllocatePoolWithTag(NonPagedPool, 9000, TEST_TAG);
    PMDL mdl = IoAllocateMdl(base + 100, 8000, FALSE, FALSE, NULL);

    assert_int_equal(mdl->ByteCount, 8000);
    assert_int_equal(mdl->ByteOffset, 100);
    assert_ptr_equal(mdl->StartVa, base);
    assert_int_equal(mdl->Size, sizeof(MDL) + 2 * sizeof(PFN_NUMBER));
    MmBuildMdlForNonPagedPool(mdl);
    assert_ptr_equal(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority), base + 100);
    for (int i = 0; i < 2; i++)
        assert_int_equal(MmGetMdlPfnArray(mdl)[i],
                         MmGetPhysicalAddress(base + i * PAGE_SIZE).QuadPart >> PAGE_SHIFT);
    IoFreeMdl(mdl);
    ExFreePool(base);
}

PS_TEST(an_mdl_of_pool_names_its_pages, "SV-90", "SV-91", "SV-92")
{
    struct kernel_rig rig = kernel_rig_do(pool_mdl, NULL);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void chained(void *argument)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    PMDL first = IoAllocateMdl((PVOID)0x10000, 10, FALSE, FALSE, irp);
    PMDL second = IoAllocateMdl((PVOID)0x20ff8, 10, TRUE, FALSE, irp);

    assert_ptr_equal(irp->MdlAddress, first);
    assert_ptr_equal(first->Next, second);
    assert_int_equal(second->Size, sizeof(MDL) + 2 * sizeof(PFN_NUMBER));
    IoFreeMdl(first); // does not follow Next
    IoFreeMdl(second);
    IoFreeIrp(irp);
}

PS_TEST(mdls_chain_on_an_irp_and_are_freed_one_by_one, "SV-91")
{
    struct kernel_rig rig = kernel_rig_do(chained, NULL);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

// ---- over a client's buffer ---------------------------------------------------------------------

static PMDL lock_user(uint8_t *base, ULONG bytes)
{
    PMDL mdl = IoAllocateMdl(base, bytes, FALSE, FALSE, NULL);

    MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    return mdl;
}

static void user_mdl(void *argument)
{
    uint8_t *base = kernel_user_allocate(system_current, 5 * PAGE_SIZE, UINT64_MAX), *system_view;
    PMDL mdl = lock_user(base + 1000, 3 * PAGE_SIZE);

    assert_true(mdl->MdlFlags & MDL_PAGES_LOCKED);
    base[1000] = 11;
    system_view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    assert_ptr_not_equal(system_view, base + 1000);
    assert_int_equal(system_view[0], 11);
    system_view[2 * PAGE_SIZE] = 12;
    assert_int_equal(base[1000 + 2 * PAGE_SIZE], 12);
    assert_ptr_equal(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority), system_view);
    MmUnlockPages(mdl); // drops the mapping too
    assert_false(mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA));
    IoFreeMdl(mdl);
    kernel_user_free(system_current, base, 5 * PAGE_SIZE);
}

PS_TEST(a_clients_buffer_is_locked_and_mapped_again, "SV-93", "SV-94", "SV-95")
{
    struct kernel_rig rig = kernel_rig_do(user_mdl, NULL);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void many_packets(void *argument)
{
    uint8_t *base = kernel_user_allocate(system_current, 16 * PAGE_SIZE, UINT64_MAX);
    size_t views = 0;

    for (int i = 0; i < 200; i++) {
        PMDL mdl = lock_user(base + i * 100, 3000);

        assert_non_null(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority));
        if (!i)
            views = views_now();
        assert_int_equal(views_now(), views);
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
    }
    kernel_user_free(system_current, base, 16 * PAGE_SIZE);
}

PS_TEST(a_buffer_costs_one_mapping_however_many_packets, "")
{
    struct kernel_rig rig = kernel_rig_do(many_packets, NULL);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void lock_nothing(void *argument)
{
    int on_stack = 0;
    PMDL mdl = IoAllocateMdl(&on_stack, 4, FALSE, FALSE, NULL);

    assert_int_equal(kernel_lock_pages(system_current, mdl, IoReadAccess), STATUS_ACCESS_VIOLATION);
    MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    fail();
}

// Probing for a client refuses what is the kernel's; probing for the kernel does not.
static void lock_ours(void *argument)
{
    PVOID block = ExAllocatePoolWithTag(NonPagedPool, 4096, TEST_TAG);
    PMDL mdl = IoAllocateMdl(block, 4096, FALSE, FALSE, NULL);

    assert_int_equal(kernel_lock_pages(system_current, mdl, IoReadAccess), STATUS_ACCESS_VIOLATION);
    MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    ExFreePool(block);
}

PS_TEST(a_client_cannot_name_the_kernels_memory, "SV-93")
{
    struct kernel_rig rig = kernel_rig_do(lock_ours, NULL);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

PS_TEST(locking_what_is_no_memory_raises, "SV-93")
{
    struct kernel_rig rig = kernel_rig_do(lock_nothing, NULL);
    const struct finding *finding = kernel_rig_finding(&rig, "BUGCHECK");

    assert_int_equal(finding->code, 0x1E);
    assert_int_equal(finding->parameters[0], (uint32_t)STATUS_ACCESS_VIOLATION);
    kernel_rig_end(&rig);
}

// ---- partial MDLs -------------------------------------------------------------------------------

static void partial(void *argument)
{
    uint8_t *base = kernel_user_allocate(system_current, 4 * PAGE_SIZE, UINT64_MAX), *view;
    PMDL mdl = lock_user(base, 4 * PAGE_SIZE), part;

    part = IoAllocateMdl(base + 5000, 6000, FALSE, FALSE, NULL);
    IoBuildPartialMdl(mdl, part, base + 5000, 6000);
    assert_int_equal(part->ByteOffset, 5000 - PAGE_SIZE);
    assert_int_equal(MmGetMdlPfnArray(part)[0], MmGetMdlPfnArray(mdl)[1]);
    assert_int_equal(MmGetMdlPfnArray(part)[1], MmGetMdlPfnArray(mdl)[2]);
    view = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
    base[5000] = 77;
    assert_int_equal(view[0], 77);
    IoFreeMdl(part); // unmaps it
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    kernel_user_free(system_current, base, 4 * PAGE_SIZE);
}

PS_TEST(a_partial_mdl_shares_its_sources_pages, "SV-91")
{
    struct kernel_rig rig = kernel_rig_do(partial, NULL);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

// ---- pages for an MDL ---------------------------------------------------------------------------

static void own_pages(void *argument)
{
    PMDL mdl = MmAllocatePagesForMdl(at(0), at(0xffffffff), at(0), 3 * PAGE_SIZE + 1);
    uint8_t *view;

    assert_int_equal(mdl->ByteCount, 4 * PAGE_SIZE);
    view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    for (size_t i = 0; i < 4 * PAGE_SIZE; i += 64)
        assert_int_equal(view[i], 0);
    for (int i = 0; i < 4; i++) {
        view[i * PAGE_SIZE] = (uint8_t)(i + 1);
        assert_int_equal(*(uint8_t *)memory_direct(system_current->machine,
                                                   MmGetMdlPfnArray(mdl)[i] << PAGE_SHIFT, 1),
                         i + 1);
    }
    MmUnmapLockedPages(view, mdl);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
}

PS_TEST(pages_for_an_mdl_are_zeroed_and_freed_in_two_steps, "SV-94", "SV-96")
{
    struct kernel_rig rig = kernel_rig_do(own_pages, NULL);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void fewer_pages(void *argument)
{
    PMDL mdl;

    assert_null(MmAllocatePagesForMdlEx(at(0x200000), at(0x202fff), at(0), 64 * PAGE_SIZE, MmCached,
                                        MM_ALLOCATE_FULLY_REQUIRED));
    mdl = MmAllocatePagesForMdl(at(0x200000), at(0x202fff), at(0), 64 * PAGE_SIZE);
    assert_non_null(mdl);
    assert_in_range(mdl->ByteCount, PAGE_SIZE, 3 * PAGE_SIZE);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
}

PS_TEST(pages_for_an_mdl_may_be_fewer, "SV-96")
{
    struct kernel_rig rig = kernel_rig_do(fewer_pages, NULL);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void protected_pages(void *argument)
{
    PMDL mdl = MmAllocatePagesForMdl(at(0), at(-1), at(0), 2 * PAGE_SIZE);
    volatile uint8_t *base;

    assert_int_equal(MmProtectMdlSystemAddress(mdl, PAGE_READONLY), STATUS_NOT_MAPPED_VIEW);
    base = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    assert_int_equal(MmProtectMdlSystemAddress(mdl, 0x1234), STATUS_INVALID_PAGE_PROTECTION);
    assert_int_equal(MmProtectMdlSystemAddress(mdl, PAGE_EXECUTE_READWRITE), STATUS_SUCCESS);
    base[PAGE_SIZE] = 7;
    assert_int_equal(MmProtectMdlSystemAddress(mdl, PAGE_READONLY), STATUS_SUCCESS);
    assert_int_equal(base[PAGE_SIZE], 7);
    assert_false(guarded_copy((void *)&base[PAGE_SIZE], (uint8_t[1]){8}, 1));
    assert_int_equal(MmProtectMdlSystemAddress(mdl, PAGE_NOACCESS), STATUS_SUCCESS);
    assert_false(guarded_copy((uint8_t[1]){0}, (void *)&base[0], 1));
    assert_int_equal(MmProtectMdlSystemAddress(mdl, PAGE_READWRITE), STATUS_SUCCESS);
    base[PAGE_SIZE] = 9;
    MmUnmapLockedPages((PVOID)base, mdl);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
}

PS_TEST(a_mapping_may_be_protected, "SV-97a")
{
    struct kernel_rig rig = kernel_rig_do(protected_pages, NULL);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

// ---- misuse -------------------------------------------------------------------------------------

static uint8_t *user;
static PMDL used;

static void with_user(void (*body)(void))
{
    user = kernel_user_allocate(system_current, 2 * PAGE_SIZE, UINT64_MAX);
    used = IoAllocateMdl(user, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
    body();
}

#define MDL_MISUSE(name, body, rule, code, p1, ...) \
    static void name##_body(void) body static void name##_run(void *argument) \
    { \
        with_user(name##_body); \
    } \
    PS_TEST(name, rule, ##__VA_ARGS__) \
    { \
        kernel_rig_misuse(name##_run, rule, code, p1); \
    }

MDL_MISUSE(
    locking_twice_is_found,
    {
        MmProbeAndLockPages(used, UserMode, IoReadAccess);
        kernel_lock_pages(system_current, used, IoReadAccess);
    },
    "VF-88", 0xC4, 0xB0, "SV-93")

MDL_MISUSE(
    unlocking_what_was_not_locked_is_found, { MmUnlockPages(used); }, "VF-83", 0xC4, 0x7C)

MDL_MISUSE(
    unlocking_pool_is_found,
    {
        void *pool = ExAllocatePoolWithTag(NonPagedPool, 10, TEST_TAG);
        PMDL mdl = IoAllocateMdl(pool, 10, FALSE, FALSE, NULL);

        MmBuildMdlForNonPagedPool(mdl);
        MmUnlockPages(mdl);
    },
    "VF-83", 0xC4, 0x7D, "SV-92")

MDL_MISUSE(
    mapping_what_is_not_locked_is_found,
    { MmMapLockedPagesSpecifyCache(used, KernelMode, MmCached, NULL, FALSE, NormalPagePriority); },
    "VF-87", 0xC4, 0x83, "SV-94")

MDL_MISUSE(
    mapping_twice_is_found,
    {
        MmProbeAndLockPages(used, UserMode, IoReadAccess);
        for (int i = 0; i < 2; i++)
            MmMapLockedPagesSpecifyCache(used, KernelMode, MmCached, NULL, FALSE,
                                         NormalPagePriority);
    },
    "VF-88", 0xC4, 0xB1, "SV-94")

MDL_MISUSE(
    bug_check_on_failure_is_found,
    {
        MmProbeAndLockPages(used, UserMode, IoReadAccess);
        MmMapLockedPagesSpecifyCache(used, KernelMode, MmCached, NULL, TRUE, NormalPagePriority);
    },
    "VF-86", 0xC4, 0x82, "SV-94")

MDL_MISUSE(
    the_old_mapping_service_is_found,
    {
        MmProbeAndLockPages(used, UserMode, IoReadAccess);
        MmMapLockedPages(used, KernelMode);
    },
    "VF-86", 0xC4, 0x81)

MDL_MISUSE(
    unmapping_elsewhere_is_found,
    {
        MmProbeAndLockPages(used, UserMode, IoReadAccess);
        MmUnmapLockedPages(user, used);
    },
    "VF-88", 0xC4, 0xB3)

MDL_MISUSE(
    freeing_a_locked_mdl_is_found,
    {
        MmProbeAndLockPages(used, UserMode, IoReadAccess);
        IoFreeMdl(used);
    },
    "VF-91", 0xCB, kernel_rig_any, "SV-91")

MDL_MISUSE(
    freeing_a_mapped_mdl_is_found,
    {
        PMDL mdl = MmAllocatePagesForMdl(at(0), at(-1), at(0), PAGE_SIZE);

        MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
        MmFreePagesFromMdl(mdl);
    },
    "VF-89", 0xC4, 0xB8)

MDL_MISUSE(
    building_a_pool_mdl_over_a_clients_buffer_is_found, { MmBuildMdlForNonPagedPool(used); },
    "VF-85", 0xC4, 0x7F)

MDL_MISUSE(
    building_a_pool_mdl_over_paged_pool_is_found,
    {
        uint8_t *pool = ExAllocatePoolWithTag(PagedPool, 100, TEST_TAG);

        MmBuildMdlForNonPagedPool(IoAllocateMdl(pool + 50, 10, FALSE, FALSE, NULL));
    },
    "VF-85", 0xC4, 0x7F)

MDL_MISUSE(
    locking_a_clients_buffer_at_dispatch_is_found,
    {
        KIRQL old;

        KeRaiseIrql(DISPATCH_LEVEL, &old);
        MmProbeAndLockPages(used, UserMode, IoReadAccess);
        KeLowerIrql(old);
    },
    "VF-80", 0xC4, 0x70, "SV-93")

MDL_MISUSE(
    unlocking_above_dispatch_is_found,
    {
        KIRQL old;

        MmProbeAndLockPages(used, UserMode, IoReadAccess);
        KeRaiseIrql(5, &old);
        MmUnlockPages(used);
        KeLowerIrql(old);
    },
    "VF-80", 0xC4, 0x78)

MDL_MISUSE(
    mapping_above_dispatch_is_found,
    {
        KIRQL old;

        MmProbeAndLockPages(used, UserMode, IoReadAccess);
        KeRaiseIrql(5, &old);
        MmMapLockedPagesSpecifyCache(used, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
        KeLowerIrql(old);
    },
    "VF-82", 0xC4, 0x76, "SV-94")

MDL_MISUSE(
    pages_for_an_mdl_at_dispatch_are_found,
    {
        KIRQL old;

        KeRaiseIrql(DISPATCH_LEVEL, &old);
        MmAllocatePagesForMdl(at(0), at(-1), at(0), PAGE_SIZE);
        KeLowerIrql(old);
    },
    "VF-108", 0xC4, 0x20019, "SV-96")

MDL_MISUSE(
    pages_for_an_mdl_above_dispatch_are_found,
    {
        KIRQL old;

        KeRaiseIrql(4, &old);
        MmAllocatePagesForMdl(at(0), at(-1), at(0), PAGE_SIZE);
        KeLowerIrql(old);
    },
    "VF-84", 0xC4, 0x7E)
