// SPDX-License-Identifier: MIT
//
// Pool, lookaside lists and contiguous memory: what a block is, and which misuse is found.
#include "ps_test.h"

#include "kernel/private.h"
#include "kernel_fixture.h"

static uint8_t *block(size_t bytes)
{
    uint8_t *base = ExAllocatePoolWithTag(NonPagedPool, bytes, TEST_TAG);

    assert_non_null(base);
    return base;
}

// ---- what a block is ----------------------------------------------------------------------------

static void alignment(void *argument)
{
    for (size_t bytes = 1; bytes < 3 * PAGE_SIZE; bytes += 37) {
        uint8_t *base = block(bytes);
        uintptr_t at = (uintptr_t)base;

        if (bytes >= PAGE_SIZE)
            assert_int_equal(at % PAGE_SIZE, 0);
        else
            assert_int_equal(at / PAGE_SIZE, (at + bytes - 1) / PAGE_SIZE);
        assert_int_equal(at % 16, 0);
        memset(base, 1, bytes);
        ExFreePoolWithTag(base, TEST_TAG);
    }
}

PS_TEST(blocks_are_aligned_and_do_not_cross_pages, "SV-70")
{
    struct kernel_rig rig = kernel_rig_do(alignment, NULL);

    kernel_rig_clean(&rig);
}

static void physical(void *argument)
{
    uint8_t *base = block(3 * PAGE_SIZE);

    for (size_t at = 0; at < 3 * PAGE_SIZE; at += 100) {
        uint64_t address = (uint64_t)MmGetPhysicalAddress(base + at).QuadPart;
        uint8_t *direct = memory_direct(system_current->machine, address, 1);

        base[at] = (uint8_t)at;
        assert_non_null(direct);
        assert_int_equal(*direct, (uint8_t)at);
    }
    ExFreePool(base);
}

PS_TEST(pool_is_machine_memory, "SV-82")
{
    struct kernel_rig rig = kernel_rig_do(physical, NULL);

    kernel_rig_clean(&rig);
}

static void patterns(void *argument)
{
    uint8_t *old = block(64), *zeroed = ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, TEST_TAG);
    uint8_t *raw = ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_UNINITIALIZED, 64, TEST_TAG);
    uint8_t *zero = ExAllocatePoolZero(NonPagedPool, 64, TEST_TAG);

    for (int i = 0; i < 64; i++) {
        assert_int_equal(zeroed[i] | zero[i], 0);
        assert_int_equal(old[i], raw[i]);
    }
    assert_int_not_equal(old[0] | old[7], 0);
    assert_null(ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, 0));
    assert_null(ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED, 64, TEST_TAG));
    assert_null(ExAllocatePool2(POOL_FLAG_UNINITIALIZED, 64, TEST_TAG));
    assert_null(ExAllocatePool2(POOL_FLAG_NON_PAGED | 0x200, 64, TEST_TAG));
    ExFreePool(old);
    ExFreePool(zeroed);
    ExFreePool(raw);
    ExFreePool(zero);
}

PS_TEST(new_style_pool_is_zeroed_and_checks_its_flags, "SV-71")
{
    struct kernel_rig rig = kernel_rig_do(patterns, NULL);

    kernel_rig_clean(&rig);
}

static void exhaust(void *argument)
{
    size_t count = 0;
    void **first = NULL, **next;

    while ((next = ExAllocatePoolWithTag(NonPagedPool, 1 << 20, TEST_TAG))) {
        *next = first;
        first = next;
        count++;
    }
    assert_in_range(count, 10, 200);
    assert_null(ExAllocatePoolWithTag(NonPagedPool, SIZE_MAX - 10, TEST_TAG));
    for (; first; first = next) {
        next = *first;
        ExFreePool(first);
    }
}

PS_TEST(pool_that_is_used_up_gives_null, "SV-73")
{
    struct kernel_rig rig = kernel_rig_do(exhaust, NULL);
    struct kernel_counts counts;

    kernel_get_counts(rig.system, &counts);
    assert_int_equal(counts.pool_blocks, 0);
    kernel_rig_clean(&rig);
}

static void raise_on_failure(void *argument)
{
    ExAllocatePoolWithQuotaTag(NonPagedPool, (SIZE_T)1 << 40, TEST_TAG);
    fail();
}

PS_TEST(quota_variants_raise, "SV-73")
{
    struct kernel_rig rig = kernel_rig_do(raise_on_failure, NULL);

    assert_int_equal(kernel_rig_finding(&rig, "BUGCHECK")->code, 0x1E);
    kernel_rig_end(&rig);
}

// Many sizes come and go; contents stay apart and the books balance.
static void churn(void *argument)
{
    uint8_t *blocks[64] = {0};
    size_t sizes[64] = {0};
    uint32_t random = 1;

    for (int round = 0; round < 3000; round++) {
        unsigned i = (random = random * 1664525 + 1013904223) >> 26;

        if (blocks[i]) {
            for (size_t k = 0; k < sizes[i]; k++)
                assert_int_equal(blocks[i][k], (uint8_t)i);
            ExFreePoolWithTag(blocks[i], TEST_TAG);
            blocks[i] = NULL;
            continue;
        }
        sizes[i] = 1 + (random >> 8) % 5000;
        blocks[i] = block(sizes[i]);
        memset(blocks[i], (int)i, sizes[i]);
    }
    for (int i = 0; i < 64; i++)
        if (blocks[i])
            ExFreePool(blocks[i]);
}

PS_TEST(blocks_never_overlap, "SV-70")
{
    struct kernel_rig rig = kernel_rig_do(churn, NULL);
    struct kernel_counts counts;

    kernel_get_counts(rig.system, &counts);
    assert_int_equal(counts.pool_blocks, 0);
    assert_int_equal(counts.pool_bytes, 0);
    kernel_rig_clean(&rig);
}

// ---- misuse -------------------------------------------------------------------------------------

static void wrong_tag(void *argument)
{
    ExFreePoolWithTag(block(10), 'x');
}

PS_TEST(a_wrong_tag_is_found, "SV-72", "VF-68")
{
    kernel_rig_misuse(wrong_tag, "VF-68", 0xC2, 0x0A);
}

static void zero_bytes(void *argument)
{
    ExFreePool(ExAllocatePoolWithTag(NonPagedPool, 0, TEST_TAG));
}

PS_TEST(zero_bytes_are_found, "SV-72", "VF-60")
{
    kernel_rig_misuse(zero_bytes, "VF-60", 0xC4, 0x00);
}

static void overrun(void *argument)
{
    uint8_t *base = block(20);

    base[20] = 0;
    ExFreePool(base);
}

PS_TEST(a_write_past_the_end_is_found, "VF-66")
{
    kernel_rig_misuse(overrun, "VF-66", 0xC4, 0x53);
}

static void overrun_of_pages(void *argument)
{
    uint8_t *base = block(5000);

    base[5001] = 1;
    ExFreePool(base);
}

PS_TEST(a_write_past_the_end_of_whole_pages_is_found, "VF-66")
{
    kernel_rig_misuse(overrun_of_pages, "VF-66", 0xC4, 0x53);
}

static void double_free(void *argument)
{
    uint8_t *base = block(100);

    ExFreePool(base);
    ExFreePool(base);
}

PS_TEST(a_second_free_is_found, "VF-64")
{
    kernel_rig_misuse(double_free, "VF-64", 0xC2, 0x07);
}

static void free_inside(void *argument)
{
    uint8_t *base = block(100);

    ExFreePool(base + 16);
    ExFreePool(base);
}

PS_TEST(freeing_what_is_no_block_is_found, "VF-63")
{
    kernel_rig_misuse(free_inside, "VF-63", 0xC4, 0x10);
}

static void write_after_free(void *argument)
{
    uint8_t *base = block(100);
    void *again[30];

    ExFreePool(base);
    base[5] = 1;
    for (int i = 0; i < 30; i++)
        again[i] = block(100);
    for (int i = 0; i < 30; i++)
        ExFreePool(again[i]);
    for (int i = 0; i < 30; i++)
        again[i] = block(100);
    for (int i = 0; i < 30; i++)
        ExFreePool(again[i]);
}

// ---- guard pages --------------------------------------------------------------------------------

static void use_guarded(void *argument)
{
    uint8_t *kept[3];

    for (size_t bytes = 1; bytes < PAGE_SIZE + 100; bytes += 7) {
        uint8_t *base = block(bytes);

        assert_int_equal((uintptr_t)base % 8, 0);
        assert_true(bytes % 16 == 8 || (bytes % 16 && bytes % 16 < 8) || (uintptr_t)base % 16 == 0);
        memset(base, 1, bytes);
        assert_int_not_equal(MmGetPhysicalAddress(base).QuadPart, 0);
        ExFreePoolWithTag(base, TEST_TAG);
    }
    for (size_t i = 0; i < 3; i++)
        kept[i] = block(64);
    assert_int_equal((uintptr_t)(kept[1] + 64) % PAGE_SIZE, 0);
    for (size_t i = 0; i < 3; i++)
        ExFreePoolWithTag(kept[i], TEST_TAG);
}

static struct kernel_rig guarded(void (*body)(void *argument))
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());

    kernel_guard_pool(rig.system);
    kernel_rig_thread(&rig, "test", body, NULL);
    kernel_rig_run(&rig);
    return rig;
}

PS_TEST(guarded_blocks_end_at_a_page, "~VF-71")
{
    struct kernel_rig rig = guarded(use_guarded);

    kernel_rig_clean(&rig);
}

static void overrun_guarded(void *argument)
{
    volatile uint8_t *base = block(48);

    base[48] = 1;
    fail_msg("the overrun was not noticed");
}

PS_TEST(a_write_behind_a_guarded_block_is_found_at_once, "VF-71")
{
    struct kernel_rig rig = guarded(overrun_guarded);

    assert_int_equal(kernel_rig_finding(&rig, "VF-71")->code, 0xCD);
    kernel_rig_end(&rig);
}

static void read_freed(void *argument)
{
    volatile uint8_t *base = block(48);

    ExFreePoolWithTag((void *)base, TEST_TAG);
    *(volatile uint8_t *)argument = base[0];
    fail_msg("the read was not noticed");
}

static void free_guarded_twice(void *argument)
{
    uint8_t *base = block(48);

    ExFreePoolWithTag(base, TEST_TAG);
    ExFreePoolWithTag(base, TEST_TAG);
}

PS_TEST(a_guarded_block_is_gone_when_it_is_freed, "VF-64", "VF-71")
{
    struct kernel_rig rig = guarded(read_freed);

    assert_int_equal(kernel_rig_finding(&rig, "VF-71")->code, 0xCC);
    kernel_rig_end(&rig);
    rig = guarded(free_guarded_twice);
    kernel_rig_finding(&rig, "VF-64");
    kernel_rig_end(&rig);
}

static size_t distance;
static uint8_t change;

static void write_before(void *argument)
{
    volatile uint8_t *base = block(48);

    base[-(ptrdiff_t)distance] ^= change;
    ExFreePoolWithTag((void *)base, TEST_TAG);
}

static const struct finding *written_before(struct kernel_rig *rig, size_t bytes, uint8_t difference)
{
    const struct finding *finding;

    distance = bytes;
    change = difference;
    *rig = guarded(write_before);
    finding = kernel_rig_finding(rig, "VF-70");
    assert_int_equal(finding->code, 0xC1);
    assert_int_equal(finding->parameters[0] - finding->parameters[1], bytes);
    return finding;
}

PS_TEST(a_write_before_a_guarded_block_is_found_when_it_is_freed, "VF-70")
{
    struct kernel_rig rig;

    assert_int_equal(written_before(&rig, 1, 0xFF)->parameters[3], 0x23);
    kernel_rig_end(&rig);
    assert_int_equal(written_before(&rig, PAGE_SIZE - 48, 3)->parameters[3], 0x23);
    kernel_rig_end(&rig);
    assert_int_equal(written_before(&rig, 8, 0x10)->parameters[3], 0x32);
    kernel_rig_end(&rig);
}

static void write_all(void *argument)
{
    for (size_t bytes = 1; bytes < PAGE_SIZE; bytes += 97) {
        uint8_t *base = block(bytes);

        memset(base, 0xFF, bytes);
        ExFreePoolWithTag(base, TEST_TAG);
    }
}

PS_TEST(the_whole_of_a_guarded_block_may_be_written, "~VF-70")
{
    struct kernel_rig rig = guarded(write_all);

    kernel_rig_clean(&rig);
}

// ---- after the free -----------------------------------------------------------------------------

PS_TEST(a_write_after_the_free_is_found_at_reuse, "VF-71")
{
    kernel_rig_misuse(write_after_free, "VF-71", 0xCC, kernel_rig_any);
}

static bool whoever_freed_it(void *context, const void *caller)
{
    (void)context, (void)caller;
    return true;
}

static bool nobody(void *context, const void *caller)
{
    (void)context, (void)caller;
    return false;
}

static void write_after_last_free(void *argument)
{
    uint8_t *base = block(100);

    ExFreePool(base);
    base[5] = 1;
    pool_check_freed(system_current, nobody, NULL);
    assert_int_equal(journal_count(system_current->journal), 0);
    pool_check_freed(system_current, whoever_freed_it, NULL);
}

PS_TEST(a_write_after_the_last_free_is_found_when_its_driver_goes, "VF-71")
{
    kernel_rig_misuse(write_after_last_free, "VF-71", 0xCC, kernel_rig_any);
}

static void paged_at_dispatch(void *argument)
{
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    void *base = ExAllocatePoolWithTag(PagedPool, 10, TEST_TAG);
    KeLowerIrql(old);
    ExFreePool(base);
}

PS_TEST(paged_pool_at_dispatch_is_found, "VF-61", "VF-102")
{
    kernel_rig_misuse(paged_at_dispatch, "VF-61", 0xC4, 0x01);
}

static void nonpaged_above_dispatch(void *argument)
{
    KIRQL old;

    KeRaiseIrql(5, &old);
    void *base = ExAllocatePoolWithTag(NonPagedPool, 10, TEST_TAG);
    KeLowerIrql(old);
    ExFreePool(base);
}

PS_TEST(nonpaged_pool_above_dispatch_is_found, "VF-61", "VF-102")
{
    kernel_rig_misuse(nonpaged_above_dispatch, "VF-61", 0xC4, 0x02);
}

static void free_paged_at_dispatch(void *argument)
{
    void *base = ExAllocatePoolWithTag(PagedPool, 10, TEST_TAG);
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    ExFreePool(base);
    KeLowerIrql(old);
}

PS_TEST(freeing_paged_pool_at_dispatch_is_found, "VF-62")
{
    kernel_rig_misuse(free_paged_at_dispatch, "VF-62", 0xC4, 0x11);
}

static void free_above_dispatch(void *argument)
{
    void *base = block(10);
    KIRQL old;

    KeRaiseIrql(5, &old);
    ExFreePool(base);
    KeLowerIrql(old);
}

PS_TEST(freeing_above_dispatch_is_found, "VF-62")
{
    kernel_rig_misuse(free_above_dispatch, "VF-62", 0xC4, 0x12);
}

static void tag_zero(void *argument)
{
    ExFreePool(ExAllocatePoolWithTag(NonPagedPool, 10, 0));
}

static void tag_big(void *argument)
{
    ExFreePool(ExAllocatePoolWithTag(NonPagedPool, 10, 0x20474942));
}

static void tag_unreadable(void *argument)
{
    ExFreePool(ExAllocatePoolWithTag(NonPagedPool, 10, 0x2d2d2d2d));
}

PS_TEST(bad_tags_are_found, "SV-71", "VF-69")
{
    kernel_rig_misuse(tag_zero, "VF-69", 0xC2, 0x9B);
    kernel_rig_misuse(tag_big, "VF-69", 0xC2, 0x9C);
    kernel_rig_misuse(tag_unreadable, "VF-69", 0xC2, 0x9D);
}

static enum finding_mode report_all(void *context, const struct finding *finding)
{
    return FINDING_REPORT;
}

static void executable_or_not(void *argument)
{
    ExFreePool(ExAllocatePoolWithTag(NonPagedPool, 10, TEST_TAG)); // nobody asked
    journal_set_policy(system_current->journal, NULL, report_all);
    ExFreePool(ExAllocatePoolWithTag(NonPagedPoolNx, 10, TEST_TAG));
    ExFreePool(ExAllocatePoolWithTag(PagedPool, 10, TEST_TAG));
    ExFreePool(ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, TEST_TAG));
    assert_int_equal(journal_count(system_current->journal), 0);
    ExFreePool(ExAllocatePoolWithTag(NonPagedPool, 10, TEST_TAG)); // the finding
}

PS_TEST(executable_pool_is_found_if_one_asks, "VF-73", "~VF-73")
{
    kernel_rig_misuse(executable_or_not, "VF-73", 0xC4, kernel_rig_any);
}

static void must_succeed(void *argument)
{
    ExFreePool(ExAllocatePoolWithTag(NonPagedPoolMustSucceed, 10, TEST_TAG));
}

PS_TEST(must_succeed_pool_is_found, "SV-74")
{
    kernel_rig_misuse(must_succeed, "SV-74", 0xC2, 0x9A);
}

static void free_with_lock(void *argument)
{
    PKSPIN_LOCK lock = (PKSPIN_LOCK)block(64);
    KIRQL old;

    KeInitializeSpinLock(lock);
    KeAcquireSpinLock(lock, &old);
    ExFreePool(lock);
    *lock = 1 + KeGetCurrentProcessorNumberEx(NULL);
    KeReleaseSpinLock(lock, old);
}

PS_TEST(freeing_an_owned_lock_is_found, "VF-39")
{
    kernel_rig_misuse(free_with_lock, "VF-39", 0xC4, 0x100B);
}

// ---- lookaside lists ----------------------------------------------------------------------------

static void lookaside(void *argument)
{
    NPAGED_LOOKASIDE_LIST list;
    void *first, *second;

    ExInitializeNPagedLookasideList(&list, NULL, NULL, 0, 40, TEST_TAG, 0);
    first = ExAllocateFromNPagedLookasideList(&list);
    second = ExAllocateFromNPagedLookasideList(&list);
    assert_ptr_not_equal(first, second);
    ExFreeToNPagedLookasideList(&list, first);
    assert_ptr_equal(ExAllocateFromNPagedLookasideList(&list), first);
    ExFreeToNPagedLookasideList(&list, first);
    ExFreeToNPagedLookasideList(&list, second);
    ExDeleteNPagedLookasideList(&list);
}

PS_TEST(a_lookaside_list_gives_back_what_it_was_given, "")
{
    struct kernel_rig rig = kernel_rig_do(lookaside, NULL);
    struct kernel_counts counts;

    kernel_get_counts(rig.system, &counts);
    assert_int_equal(counts.pool_blocks, 0);
    kernel_rig_clean(&rig);
}

// ---- contiguous memory --------------------------------------------------------------------------

static bool reachable(uint64_t address)
{
    return grant_covers(system_current->machine, address, 8, PS_DMA_FROM_MEMORY);
}

static void dma_from_pool(void *argument)
{
    size_t before = grant_count(system_current->machine);
    uint8_t *asked = block(256), *large = block(2 * PAGE_SIZE);
    uint64_t first = (uint64_t)MmGetPhysicalAddress(asked + 16).QuadPart;
    uint64_t last = (uint64_t)MmGetPhysicalAddress(large + 2 * PAGE_SIZE - 8).QuadPart;

    assert_true(reachable(first) && reachable(last));
    MmGetPhysicalAddress(asked);
    ExFreePool(asked);
    ExFreePool(large);
    assert_false(reachable(last));
    assert_int_equal(grant_count(system_current->machine), before);
}

PS_TEST(pool_whose_address_a_driver_asks_for_is_reachable_by_devices, "DS-11")
{
    struct kernel_rig rig = kernel_rig_do(dma_from_pool, NULL);

    kernel_rig_clean(&rig);
}

static PHYSICAL_ADDRESS at(LONGLONG address)
{
    return (PHYSICAL_ADDRESS){.QuadPart = address};
}

static void contiguous(void *argument)
{
    uint8_t *base = MmAllocateContiguousMemorySpecifyCache(6 * PAGE_SIZE, at(0x800000),
                                                           at(0xffffff), at(0x10000), MmCached);
    uint64_t physical_base = (uint64_t)MmGetPhysicalAddress(base).QuadPart;

    assert_non_null(base);
    assert_int_equal((uintptr_t)base % PAGE_SIZE, 0);
    assert_in_range(physical_base, 0x800000, 0xffffff);
    assert_int_equal(physical_base / 0x10000, (physical_base + 6 * PAGE_SIZE - 1) / 0x10000);
    for (size_t i = 0; i < 6 * PAGE_SIZE; i += 512)
        assert_int_equal(MmGetPhysicalAddress(base + i).QuadPart, physical_base + i);
    MmFreeContiguousMemorySpecifyCache(base, 6 * PAGE_SIZE, MmCached);
    assert_null(MmAllocateContiguousMemory((SIZE_T)1 << 30, at(-1)));
    base = MmAllocateContiguousMemory(100, at(0xffffffff));
    MmFreeContiguousMemory(base);
}

PS_TEST(contiguous_memory_keeps_its_bounds, "SV-80")
{
    struct kernel_rig rig = kernel_rig_do(contiguous, NULL);
    struct kernel_counts counts;

    kernel_get_counts(rig.system, &counts);
    assert_int_equal(counts.pages, 0);
    kernel_rig_clean(&rig);
}

static void across_boundary(void *argument)
{
    uint8_t *before[14], *four;
    uint64_t first;

    for (int i = 0; i < 14; i++) // up to two pages before a multiple of 64 KiB
        before[i] = MmAllocateContiguousMemorySpecifyCache(PAGE_SIZE, at(0x800000), at(0xffffff),
                                                           at(0), MmCached);
    four = MmAllocateContiguousMemorySpecifyCache(4 * PAGE_SIZE, at(0x800000), at(0xffffff),
                                                  at(0x10000), MmCached);
    first = (uint64_t)MmGetPhysicalAddress(four).QuadPart;
    assert_int_equal(first / 0x10000, (first + 4 * PAGE_SIZE - 1) / 0x10000);
    MmFreeContiguousMemory(four);
    for (int i = 0; i < 14; i++)
        MmFreeContiguousMemory(before[i]);
}

PS_TEST(contiguous_memory_does_not_cross_its_boundary, "SV-80")
{
    struct kernel_rig rig = kernel_rig_do(across_boundary, NULL);

    kernel_rig_clean(&rig);
}

static void free_contiguous_wrongly(void *argument)
{
    uint8_t *base = MmAllocateContiguousMemory(PAGE_SIZE, at(-1));

    MmFreeContiguousMemory(base + 16);
    MmFreeContiguousMemory(base);
}

PS_TEST(freeing_no_contiguous_memory_is_found, "VF-74")
{
    kernel_rig_misuse(free_contiguous_wrongly, "VF-74", 0xC2, 0x60);
}

static void free_contiguous_otherwise(void *argument)
{
    void *base = MmAllocateContiguousMemorySpecifyCache(PAGE_SIZE, at(0), at(-1), at(0), MmCached);

    MmFreeContiguousMemorySpecifyCache(base, 2 * PAGE_SIZE, MmCached);
}

PS_TEST(freeing_contiguous_memory_with_other_parameters_is_found, "SV-81")
{
    kernel_rig_misuse(free_contiguous_otherwise, "SV-81", 0xC2, 0x60);
}

static void free_contiguous_at_dispatch(void *argument)
{
    void *base = MmAllocateContiguousMemory(PAGE_SIZE, at(-1)), *other;
    KIRQL old, high;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    other = MmAllocateContiguousMemory(PAGE_SIZE, at(-1));
    MmFreeContiguousMemory(base);
    KeRaiseIrql(4, &high);
    MmFreeContiguousMemory(other); // the finding
    KeLowerIrql(high);
    KeLowerIrql(old);
}

PS_TEST(contiguous_memory_up_to_dispatch, "SV-80", "SV-81", "VF-109")
{
    kernel_rig_misuse(free_contiguous_at_dispatch, "VF-109", 0xC4, 0x2001A);
}
