// SPDX-License-Identifier: MIT
//
// Physical pages: where they lie, who gets which, what they contain.
#include "tests/machine_tester.h"

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static bool is_run(const uint64_t *pfns, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (pfns[i] != pfns[0] + i)
            return false;
    return true;
}

// No page given out twice.
static void assert_distinct(const uint64_t *pfns, size_t count)
{
    uint64_t *sorted = malloc(count * sizeof(*sorted));

    memcpy(sorted, pfns, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), by_value);
    for (size_t i = 1; i < count; i++)
        assert_true(sorted[i] > sorted[i - 1]);
    free(sorted);
}

// Pairs of pages of one request that are neighbours in physical memory, in whatever order they
// came.
static size_t neighbours(const uint64_t *pfns, size_t count)
{
    uint64_t *sorted = malloc(count * sizeof(*sorted));
    size_t found = 0;

    memcpy(sorted, pfns, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), by_value);
    for (size_t i = 1; i < count; i++)
        found += sorted[i] == sorted[i - 1] + 1;
    free(sorted);
    return found;
}

// ---- ranges ---------------------------------------------------------------------------------

PS_TEST(ram_has_the_holes_of_a_pc, "SV-84")
{
    struct tester t = tester_create(NULL, 1);

    assert_null(memory_direct(t.machine, 0, 1)); // page 0 is nobody's
    assert_non_null(memory_direct(t.machine, 0x1000, 0xa0000 - 0x1000));
    assert_null(memory_direct(t.machine, 0xa0000, 1)); // ISA
    assert_null(memory_direct(t.machine, 0xfffff, 1));
    assert_non_null(memory_direct(t.machine, MIB, 48 * MIB));
    assert_null(memory_direct(t.machine, 49 * MIB, 1));
    assert_null(memory_direct(t.machine, 0xe0000000, 1)); // PCI
    assert_null(memory_direct(t.machine, 0xfee00000, 1)); // interrupt messages
    assert_non_null(memory_direct(t.machine, 4 * GIB, 32 * MIB));
    assert_null(memory_direct(t.machine, 4 * GIB + 32 * MIB, 1));
    tester_destroy(&t);
}

PS_TEST(direct_refuses_what_leaves_its_range)
{
    struct tester t = tester_create(NULL, 1);

    assert_null(memory_direct(t.machine, 0x9f000, 0x1001));
    assert_null(memory_direct(t.machine, 49 * MIB - 4, 5));
    assert_null(memory_direct(t.machine, 2 * MIB, SIZE_MAX));
    assert_null(memory_direct(t.machine, UINT64_MAX, 2));
    tester_destroy(&t);
}

PS_TEST(an_impossible_machine_is_refused)
{
    struct ps_system *system = system_create(1);
    const struct machine_options huge = {.low_bytes = UINT64_MAX - MIB};
    const struct machine_options more = {.low_bytes = 600 * MIB, .high_bytes = 600 * MIB};
    const struct machine_options layout = {.layout = (enum memory_layout)7};
    size_t before = open_descriptors(), live = arena_live_bytes(system->arena);

    assert_int_equal(machine_create(system, &huge), -EINVAL);
    assert_int_equal(machine_create(system, &more), -EINVAL);
    assert_int_equal(machine_create(system, &layout), -EINVAL);
    assert_null(system->machine);
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(arena_live_bytes(system->arena), live);
    system_destroy(system);
}

PS_TEST(a_pointer_and_its_physical_address_agree, "SV-82")
{
    struct tester t = tester_create(NULL, 1);
    const struct page_request high = {.low = 4 * GIB, .high = UINT64_MAX, .count = 1};
    uint64_t pfn;
    uint8_t *at;

    assert_int_equal(memory_allocate(t.machine, &high, true, &pfn), 1);
    assert_true(pfn * MACHINE_PAGE >= 4 * GIB);
    at = page_bytes(&t, pfn);
    assert_int_equal(memory_physical(t.machine, at + 123), pfn * MACHINE_PAGE + 123);
    assert_ptr_equal(memory_direct(t.machine, pfn * MACHINE_PAGE + 123, 1), at + 123);
    assert_int_equal(memory_physical(t.machine, &t), MACHINE_NOWHERE);
    assert_int_equal(memory_physical(t.machine, NULL), MACHINE_NOWHERE);
    tester_destroy(&t);
}

// ---- what a request asks for ----------------------------------------------------------------

PS_TEST(address_limits_hold_in_every_layout, "SV-84")
{
    for (int layout = LAYOUT_CONTIGUOUS; layout <= LAYOUT_FRAGMENTED; layout++) {
        struct tester t = tester_layout(layout, 3);
        const struct page_request low = {.low = 2 * MIB, .high = 4 * MIB - 1, .count = 100};
        const struct page_request high = {.low = 4 * GIB + 1, .high = UINT64_MAX, .count = 100};
        const struct page_request isa = {.high = MIB - 1, .count = 10};
        uint64_t pfns[100];

        assert_int_equal(memory_allocate(t.machine, &low, true, pfns), 100);
        for (int i = 0; i < 100; i++)
            assert_in_range(pfns[i], 2 * MIB / MACHINE_PAGE, 4 * MIB / MACHINE_PAGE - 1);
        assert_int_equal(memory_allocate(t.machine, &high, true, pfns), 100);
        for (int i = 0; i < 100; i++) // a page that begins below 4 GiB + 1 is out
            assert_in_range(pfns[i], 4 * GIB / MACHINE_PAGE + 1,
                            (4 * GIB + 8 * MIB) / MACHINE_PAGE - 1);
        assert_int_equal(memory_allocate(t.machine, &isa, true, pfns), 10);
        for (int i = 0; i < 10; i++)
            assert_in_range(pfns[i], 1, 0x9f);
        tester_destroy(&t);
    }
}

PS_TEST(the_highest_page_must_fit_whole, "SV-84")
{
    struct tester t = tester_layout(LAYOUT_CONTIGUOUS, 1);
    struct page_request request = {.low = MIB, .high = MIB + MACHINE_PAGE - 1, .count = 1};
    uint64_t pfn;

    assert_int_equal(memory_allocate(t.machine, &request, true, &pfn), 1);
    assert_int_equal(pfn, MIB / MACHINE_PAGE);
    memory_free(t.machine, &pfn, 1);
    request.high--;
    assert_int_equal(memory_allocate(t.machine, &request, true, &pfn), 0);
    tester_destroy(&t);
}

PS_TEST(contiguous_means_contiguous_in_every_layout, "SV-84")
{
    for (int layout = LAYOUT_CONTIGUOUS; layout <= LAYOUT_FRAGMENTED; layout++) {
        struct tester t = tester_layout(layout, 5);
        struct page_request request = {.high = UINT64_MAX, .count = 64, .contiguous = true};
        uint64_t pfns[128], pages_before[50];

        take(&t, 50, pages_before); // somebody was there before
        assert_int_equal(memory_allocate(t.machine, &request, false, pfns), 64);
        assert_int_equal(memory_allocate(t.machine, &request, false, pfns + 64), 64);
        assert_true(is_run(pfns, 64) && is_run(pfns + 64, 64));
        assert_distinct(pfns, 128);
        tester_destroy(&t);
    }
}

PS_TEST(a_run_crosses_no_boundary)
{
    struct tester t = tester_layout(LAYOUT_CONTIGUOUS, 1);
    struct page_request request = {
        .high = UINT64_MAX, .count = 12, .contiguous = true, .boundary = 64 << 10};
    uint64_t pfns[12];

    for (int i = 0; i < 20; i++) {
        assert_int_equal(memory_allocate(t.machine, &request, false, pfns), 12);
        assert_true(is_run(pfns, 12));
        assert_int_equal(pfns[0] / 16, pfns[11] / 16);
    }
    request.count = 17; // larger than what lies between two boundaries
    assert_int_equal(memory_allocate(t.machine, &request, false, pfns), 0);
    request.count = 1;
    request.boundary = 100; // every page is crossed
    assert_int_equal(memory_allocate(t.machine, &request, false, pfns), 0);
    request.boundary = UINT64_MAX;
    assert_int_equal(memory_allocate(t.machine, &request, false, pfns), 1);
    tester_destroy(&t);
}

PS_TEST(partial_gives_what_there_is)
{
    for (int layout = LAYOUT_CONTIGUOUS; layout <= LAYOUT_FRAGMENTED; layout++) {
        struct tester t = tester_layout(layout, 2);
        struct page_request all = {.high = UINT64_MAX, .count = 100000};
        uint64_t *pfns = calloc(all.count, sizeof(*pfns));
        size_t got;

        assert_int_equal(memory_allocate(t.machine, &all, false, pfns), 0);
        assert_int_equal(memory_allocated_pages(t.machine), 0);
        all.partial = true;
        got = memory_allocate(t.machine, &all, false, pfns);
        assert_true(got > 16 * MIB / MACHINE_PAGE * 8 / 10 && got <= 16 * MIB / MACHINE_PAGE);
        assert_distinct(pfns, got);
        assert_int_equal(memory_allocated_pages(t.machine), got);
        assert_int_equal(memory_allocate(t.machine, &all, false, pfns), 0); // none left
        memory_free(t.machine, pfns, got);
        assert_int_equal(memory_allocated_pages(t.machine), 0);
        free(pfns);
        tester_destroy(&t);
    }
}

PS_TEST(a_partial_run_is_the_longest)
{
    struct tester t = tester_layout(LAYOUT_CONTIGUOUS, 1);
    uint64_t pfns[8], more[8];
    struct page_request request = {
        .high = 2 * MIB - 1, .low = 2 * MIB - 8 * MACHINE_PAGE, .count = 8};

    assert_int_equal(memory_allocate(t.machine, &request, false, pfns), 8);
    memory_free(t.machine, pfns, 2);     // two free,
    memory_free(t.machine, pfns + 3, 3); // one not, three free
    request.contiguous = request.partial = true;
    assert_int_equal(memory_allocate(t.machine, &request, false, more), 3);
    assert_int_equal(more[0], pfns[3]);
    assert_true(is_run(more, 3));
    tester_destroy(&t);
}

PS_TEST(hostile_requests_get_nothing)
{
    struct tester t = tester_layout(LAYOUT_SCATTERED, 1);
    const struct page_request none = {.high = UINT64_MAX};
    const struct page_request backwards = {.low = 2 * MIB, .high = MIB, .count = 1};
    const struct page_request huge = {.high = UINT64_MAX, .count = SIZE_MAX};
    const struct page_request run = {.high = UINT64_MAX, .count = SIZE_MAX, .contiguous = true};
    const struct page_request hole = {.low = 0xa0000, .high = 0xfffff, .count = 1, .partial = true};
    const struct page_request beyond = {.low = UINT64_MAX, .high = UINT64_MAX, .count = 1};
    uint64_t pfn;

    assert_int_equal(memory_allocate(t.machine, &none, false, &pfn), 0);
    assert_int_equal(memory_allocate(t.machine, &backwards, false, &pfn), 0);
    assert_int_equal(memory_allocate(t.machine, &huge, false, &pfn), 0);
    assert_int_equal(memory_allocate(t.machine, &run, false, &pfn), 0);
    assert_int_equal(memory_allocate(t.machine, &hole, false, &pfn), 0);
    assert_int_equal(memory_allocate(t.machine, &beyond, false, &pfn), 0);
    assert_int_equal(memory_allocated_pages(t.machine), 0);
    tester_destroy(&t);
}

// ---- layouts --------------------------------------------------------------------------------

PS_TEST(contiguous_layout_gives_one_run, "SV-84")
{
    struct tester t = tester_layout(LAYOUT_CONTIGUOUS, 9);
    uint64_t a[64], b[64];

    take(&t, 64, a);
    take(&t, 64, b);
    assert_true(is_run(a, 64) && is_run(b, 64));
    assert_int_equal(a[0], MIB / MACHINE_PAGE);
    tester_destroy(&t);
}

PS_TEST(contiguous_layout_takes_pieces_when_no_run_is_left, "SV-84")
{
    struct tester t = tester_layout(LAYOUT_CONTIGUOUS, 9);
    struct page_request request = {.low = MIB, .high = 2 * MIB - 1, .count = 256};
    uint64_t pfns[256], got[100];

    assert_int_equal(memory_allocate(t.machine, &request, false, pfns), 256);
    for (int i = 0; i < 256; i += 2)
        memory_free(t.machine, &pfns[i], 1);
    request.count = 100;
    assert_int_equal(memory_allocate(t.machine, &request, false, got), 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(got[i], pfns[2 * i]);
    tester_destroy(&t);
}

PS_TEST(scattered_layout_gives_no_two_adjacent_pages, "SV-84")
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct tester t = tester_layout(LAYOUT_SCATTERED, seed);
        uint64_t all[5 * 200];

        for (int i = 0; i < 5; i++) {
            take(&t, 200, all + 200 * i);
            assert_int_equal(neighbours(all + 200 * i, 200), 0);
        }
        assert_distinct(all, 1000);
        tester_destroy(&t);
    }
}

PS_TEST(scattered_layout_has_no_order, "SV-84")
{
    struct tester t = tester_layout(LAYOUT_SCATTERED, 6);
    size_t descents = 0;
    uint64_t pfns[200];

    take(&t, 200, pfns);
    for (int i = 1; i < 200; i++)
        descents += pfns[i] < pfns[i - 1];
    assert_in_range(descents, 70, 130);
    tester_destroy(&t);
}

PS_TEST(scattered_layout_reaches_above_4_gib, "SV-84")
{
    struct tester t = tester_layout(LAYOUT_SCATTERED, 4);
    size_t above = 0;
    uint64_t pfns[16];

    for (int i = 0; i < 40; i++) {
        take(&t, 16, pfns);
        above += pfns[0] * MACHINE_PAGE >= 4 * GIB;
    }
    assert_in_range(above, 5, 35);
    tester_destroy(&t);
}

PS_TEST(scattered_layout_goes_on_when_memory_is_short, "SV-84")
{
    struct tester t = tester_layout(LAYOUT_SCATTERED, 4);
    const struct page_request most = {.low = MIB, .high = 9 * MIB - 1, .count = 1500};
    const struct page_request rest = {.low = MIB, .high = 9 * MIB - 1, .count = 500};
    uint64_t pfns[2000];

    // More than every second page: at least none continues the one before it.
    assert_int_equal(memory_allocate(t.machine, &most, false, pfns), 1500);
    for (int i = 1; i < 1500; i++)
        assert_true(pfns[i] != pfns[i - 1] + 1);
    assert_int_equal(memory_allocate(t.machine, &rest, false, pfns + 1500), 500);
    assert_distinct(pfns, 2000);
    tester_destroy(&t);
}

static void count_runs(const uint64_t *pfns, size_t count, size_t lengths[32])
{
    for (size_t i = 0, length; i < count; i += length) {
        for (length = 1; i + length < count && pfns[i + length] == pfns[i] + length; length++)
            ;
        lengths[length < 32 ? length : 31]++;
    }
}

PS_TEST(fragmented_layout_gives_runs_of_many_lengths, "SV-84")
{
    struct tester t = tester_layout(LAYOUT_FRAGMENTED, 11);
    size_t lengths[32] = {0}, different = 0;
    uint64_t pfns[400];

    take(&t, 400, pfns);
    assert_distinct(pfns, 400);
    count_runs(pfns, 400, lengths);
    for (int i = 1; i < 32; i++)
        different += lengths[i] != 0;
    assert_true(different >= 6);
    assert_true(lengths[1] > 0);
    assert_int_equal(lengths[31], 0);
    tester_destroy(&t);
}

PS_TEST(fragmented_memory_is_in_small_pieces, "SV-84")
{
    struct tester t = tester_layout(LAYOUT_FRAGMENTED, 11);
    struct page_request request = {
        .low = 4 * MIB, .high = 9 * MIB - 1, .count = 17, .contiguous = true};
    uint64_t pfns[17];

    assert_int_equal(memory_allocate(t.machine, &request, false, pfns), 0);
    request.partial = true;
    assert_int_equal(memory_allocate(t.machine, &request, false, pfns), 16);
    tester_destroy(&t);
}

PS_TEST(a_seed_decides_all_pages, "SV-84")
{
    for (int layout = LAYOUT_SCATTERED; layout <= LAYOUT_FRAGMENTED; layout++) {
        uint64_t pfns[3][2][100];
        const uint64_t seeds[3] = {7, 7, 8};

        for (int i = 0; i < 3; i++) {
            struct tester t = tester_layout(layout, seeds[i]);

            take(&t, 100, pfns[i][0]);
            take(&t, 100, pfns[i][1]);
            tester_destroy(&t);
        }
        assert_memory_equal(pfns[0], pfns[1], sizeof(pfns[0]));
        assert_memory_not_equal(pfns[0][0], pfns[2][0], sizeof(pfns[0][0]));
        assert_memory_not_equal(pfns[0][0], pfns[0][1], sizeof(pfns[0][0]));
    }
}

// ---- content, freeing, failing --------------------------------------------------------------

PS_TEST(pages_come_zeroed_or_with_the_pattern_of_the_seed)
{
    struct tester t = tester_create(NULL, 21), other = tester_create(NULL, 22);
    const struct page_request one = pages(1);
    uint8_t zeros[MACHINE_PAGE] = {0};
    uint64_t a, b, c;

    take(&t, 1, &a);
    memset(page_bytes(&t, a), 0xab, MACHINE_PAGE);
    memory_free(t.machine, &a, 1);
    take(&t, 1, &b);
    assert_int_equal(a, b); // the same page again, without what was in it
    assert_memory_equal(page_bytes(&t, b), zeros, MACHINE_PAGE);
    assert_int_equal(memory_allocate(t.machine, &one, false, &b), 1);
    assert_int_equal(memory_allocate(other.machine, &one, false, &c), 1);
    assert_memory_not_equal(page_bytes(&t, b), zeros, 8);
    assert_memory_equal(page_bytes(&t, b), page_bytes(&t, b) + 8, MACHINE_PAGE - 8);
    assert_memory_not_equal(page_bytes(&t, b), page_bytes(&other, c), 8);
    tester_destroy(&t);
    tester_destroy(&other);
}

PS_TEST(freeing_what_is_not_allocated_is_a_finding_and_frees_nothing)
{
    struct tester t = tester_create(NULL, 1);
    uint64_t pfns[4], twice[3];

    take(&t, 3, pfns);
    pfns[3] = 0xfee00;
    memory_free(t.machine, pfns, 4);
    assert_int_equal(findings(&t), 1);
    assert_non_null(strstr(last_finding(&t)->text, "0xfee00"));
    assert_int_equal(memory_allocated_pages(t.machine), 3);
    twice[0] = pfns[0], twice[1] = pfns[1], twice[2] = pfns[0];
    memory_free(t.machine, twice, 3);
    assert_int_equal(memory_allocated_pages(t.machine), 3);
    memory_free(t.machine, pfns, 3);
    assert_int_equal(memory_allocated_pages(t.machine), 0);
    tester_destroy(&t);
}

PS_TEST(the_fault_plan_fails_one_allocation_or_all_from_there)
{
    struct tester t = tester_create(NULL, 1);
    struct fault_plan plan = {.fail_at = 2};
    const struct page_request one = pages(1);
    uint64_t pfns[8];

    t.system->fault = &plan;
    for (int i = 0; i < 4; i++)
        assert_int_equal(memory_allocate(t.machine, &one, true, &pfns[i]), i != 1);
    plan = (struct fault_plan){.fail_at = 2, .for_good = true};
    for (int i = 0; i < 4; i++)
        assert_int_equal(memory_allocate(t.machine, &one, true, &pfns[i]), i == 0);
    assert_int_equal(plan.failed, 3);
    assert_int_equal(memory_allocated_pages(t.machine), 4);
    tester_destroy(&t);
}

PS_TEST(logical_addresses_are_physical_ones, "SV-103")
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = copier_on(&t);
    uint64_t pfn;
    char text[6];

    take(&t, 1, &pfn);
    memcpy(page_bytes(&t, pfn) + 40, "sound", 6);
    pci_config_write(device, 4, 2, 5);
    grant_add(t.machine, pfn * MACHINE_PAGE, MACHINE_PAGE, PS_DMA_FROM_MEMORY, 1);
    assert_int_equal(ps_device_dma_read(device, pfn * MACHINE_PAGE + 40, text, 6), 0);
    assert_string_equal(text, "sound");
    tester_destroy(&t);
}
