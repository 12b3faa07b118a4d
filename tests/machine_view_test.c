// SPDX-License-Identifier: MIT
//
// Views: two mappings of a page alias, an unmapped one faults, the budget holds.
#include "tests/machine_tester.h"

PS_TEST(two_views_and_the_linear_mapping_alias, "SV-82")
{
    struct tester t = tester_layout(LAYOUT_SCATTERED, 1);
    uint64_t pfns[5];
    uint8_t *a, *b;

    take(&t, 5, pfns);
    a = view_map(t.machine, pfns, 5, MEMORY_CACHED, true);
    b = view_map(t.machine, pfns, 5, MEMORY_CACHED, false);
    assert_non_null(a);
    assert_non_null(b);
    assert_ptr_not_equal(a, b);
    for (int i = 0; i < 5; i++) {
        a[i * MACHINE_PAGE + 17] = (uint8_t)(100 + i);
        assert_int_equal(b[i * MACHINE_PAGE + 17], 100 + i);
        assert_int_equal(page_bytes(&t, pfns[i])[17], 100 + i);
        assert_int_equal(memory_physical(t.machine, b + i * MACHINE_PAGE + 17),
                         pfns[i] * MACHINE_PAGE + 17);
    }
    tester_destroy(&t);
}

PS_TEST(an_unmapped_view_faults_and_so_do_its_borders)
{
    struct tester t = tester_layout(LAYOUT_SCATTERED, 1);
    uint64_t pfns[3];
    uint8_t *a, *b;

    take(&t, 3, pfns);
    a = view_map(t.machine, pfns, 3, MEMORY_CACHED, true);
    b = view_map(t.machine, pfns, 3, MEMORY_CACHED, true);
    assert_false(faults(a) || faults(a + 3 * MACHINE_PAGE - 1));
    assert_true(faults(a - 1) && faults(a + 3 * MACHINE_PAGE));
    assert_true(faults(b - 1) && faults(b + 3 * MACHINE_PAGE));
    assert_true(view_unmap(t.machine, a, 3));
    assert_true(faults(a) && faults(a + 2 * MACHINE_PAGE));
    assert_false(faults(b));
    assert_int_equal(memory_physical(t.machine, a), MACHINE_NOWHERE);
    tester_destroy(&t);
}

PS_TEST(addresses_are_not_used_again_at_once)
{
    struct tester t = tester_create(NULL, 1);
    uint64_t pfn;
    void *first, *second;

    take(&t, 1, &pfn);
    first = view_map(t.machine, &pfn, 1, MEMORY_CACHED, false);
    assert_true(view_unmap(t.machine, first, 1));
    second = view_map(t.machine, &pfn, 1, MEMORY_CACHED, false);
    assert_ptr_not_equal(first, second);
    assert_true(faults(first));
    tester_destroy(&t);
}

PS_TEST(the_search_for_address_space_goes_round)
{
    struct tester t = tester_create(NULL, 1);
    struct arena_window window = arena_view_window(t.system->arena);
    size_t big = window.size / MACHINE_PAGE / 3;
    uint64_t *pfns = malloc(big * sizeof(*pfns)), pfn;
    void *kept, *view, *third;

    take(&t, 1, &pfn);
    for (size_t i = 0; i < big; i++)
        pfns[i] = 256 + i % 4000;
    kept = view_map(t.machine, &pfn, 1, MEMORY_CACHED, false);
    for (int i = 0; i < 3; i++) { // three thirds do not fit; one after the other they do
        view = view_map(t.machine, pfns, big, MEMORY_CACHED, false);
        if (i < 2)
            assert_non_null(view);
        assert_true(!view || view_unmap(t.machine, view, big));
    }
    third = view_map(t.machine, pfns, big, MEMORY_CACHED, false);
    assert_non_null(third);
    assert_false(faults(kept));
    free(pfns);
    tester_destroy(&t);
}

// Pages 1, 3, 5 and 7 of the window hold views, the rest is full but for one page without access
// after each.
PS_TEST(a_gap_must_hold_a_view_and_its_borders)
{
    struct tester t = tester_create(NULL, 1);
    size_t big = arena_view_window(t.system->arena).size / MACHINE_PAGE - 10;
    uint64_t *pfns = malloc(big * sizeof(*pfns));
    void *small[4];

    for (size_t i = 0; i < big; i++)
        pfns[i] = 256 + i % 4000;
    for (int i = 0; i < 4; i++)
        small[i] = view_map(t.machine, pfns, 1, MEMORY_CACHED, false);
    assert_non_null(view_map(t.machine, pfns, big, MEMORY_CACHED, false));
    assert_null(view_map(t.machine, pfns, 1, MEMORY_CACHED, false));
    assert_true(view_unmap(t.machine, small[0], 1));
    assert_true(view_unmap(t.machine, small[2], 1));
    assert_ptr_equal(view_map(t.machine, pfns, 1, MEMORY_CACHED, false), small[0]);
    assert_null(view_map(t.machine, pfns, 2, MEMORY_CACHED, false));
    assert_ptr_equal(view_map(t.machine, pfns, 1, MEMORY_CACHED, false), small[2]);
    assert_null(view_map(t.machine, pfns, 1, MEMORY_CACHED, false));
    free(pfns);
    tester_destroy(&t);
}

PS_TEST(no_address_space_is_a_plain_failure)
{
    struct tester t = tester_create(NULL, 1);
    size_t count = arena_view_window(t.system->arena).size / MACHINE_PAGE;
    uint64_t *pfns = malloc(count * sizeof(*pfns));

    for (size_t i = 0; i < count; i++)
        pfns[i] = 256;
    assert_null(view_map(t.machine, pfns, count, MEMORY_CACHED, false));
    assert_null(view_map(t.machine, pfns, SIZE_MAX, MEMORY_CACHED, false));
    assert_null(view_map(t.machine, pfns, 0, MEMORY_CACHED, false));
    assert_int_equal(view_mappings(t.machine), 0);
    free(pfns);
    tester_destroy(&t);
}

PS_TEST(only_ram_can_be_mapped, "SV-84")
{
    struct tester t = tester_create(NULL, 1);
    const uint64_t pfns[2] = {256, 0xe0000};

    assert_null(view_map(t.machine, pfns, 2, MEMORY_CACHED, false));
    assert_int_equal(view_mappings(t.machine), 0);
    assert_non_null(view_map(t.machine, pfns, 1, MEMORY_CACHED, false));
    tester_destroy(&t);
}

PS_TEST(adjacent_pages_share_one_mapping, "SV-84")
{
    struct tester t = tester_create(NULL, 1);
    const uint64_t run[6] = {300, 301, 302, 303, 304, 305};
    const uint64_t pieces[6] = {300, 301, 303, 302, 400, 401};
    void *a = view_map(t.machine, run, 6, MEMORY_CACHED, false), *b;

    assert_int_equal(view_mappings(t.machine), 1);
    b = view_map(t.machine, pieces, 6, MEMORY_CACHED, false);
    assert_int_equal(view_mappings(t.machine), 5);
    assert_true(view_unmap(t.machine, a, 6));
    assert_true(view_unmap(t.machine, b, 6));
    assert_int_equal(view_mappings(t.machine), 0);
    tester_destroy(&t);
}

PS_TEST(beyond_the_budget_there_is_no_view)
{
    const struct machine_options options = {.map_budget = 4};
    struct tester t = tester_create(&options, 1);
    const uint64_t apart[4] = {300, 302, 304, 306};
    void *three = view_map(t.machine, apart, 3, MEMORY_CACHED, false), *one;

    assert_non_null(three);
    assert_null(view_map(t.machine, apart, 2, MEMORY_CACHED, false)); // never partly
    assert_int_equal(view_mappings(t.machine), 3);
    one = view_map(t.machine, apart + 3, 1, MEMORY_CACHED, false);
    assert_non_null(one);
    assert_null(view_map(t.machine, apart, 1, MEMORY_CACHED, false));
    assert_true(view_unmap(t.machine, three, 3));
    assert_non_null(view_map(t.machine, apart, 3, MEMORY_CACHED, false));
    assert_int_equal(findings(&t), 0); // a failure that drivers must handle, no finding
    tester_destroy(&t);
}

PS_TEST(a_view_is_unmapped_as_it_was_mapped)
{
    struct tester t = tester_create(NULL, 1);
    const uint64_t run[3] = {300, 301, 302};
    uint8_t *view = view_map(t.machine, run, 3, MEMORY_CACHED, false);

    assert_false(view_unmap(t.machine, view, 2));
    assert_false(view_unmap(t.machine, view, 4));
    assert_false(view_unmap(t.machine, view, 0));
    assert_false(view_unmap(t.machine, view, SIZE_MAX));
    assert_false(view_unmap(t.machine, view + MACHINE_PAGE, 2));
    assert_false(view_unmap(t.machine, view + 1, 3));
    assert_false(view_unmap(t.machine, NULL, 3));
    assert_false(view_unmap(t.machine, &t, 3));
    assert_true(view_unmap(t.machine, view, 3));
    assert_false(view_unmap(t.machine, view, 3));
    tester_destroy(&t);
}

PS_TEST(users_views_are_known)
{
    struct tester t = tester_create(NULL, 1);
    const uint64_t run[2] = {300, 301};
    uint8_t *user = view_map(t.machine, run, 2, MEMORY_CACHED, true);
    uint8_t *system = view_map(t.machine, run, 2, MEMORY_CACHED, false);

    assert_true(view_is_user(t.machine, user) &&
                view_is_user(t.machine, user + 2 * MACHINE_PAGE - 1));
    assert_false(view_is_user(t.machine, user + 2 * MACHINE_PAGE));
    assert_false(view_is_user(t.machine, system));
    assert_false(view_is_user(t.machine, page_bytes(&t, 300)));
    assert_false(view_is_user(t.machine, NULL));
    tester_destroy(&t);
}

PS_TEST(pages_of_a_buffer_on_any_byte, "SV-82")
{
    struct tester t = tester_layout(LAYOUT_SCATTERED, 1);
    uint64_t pfns[4], got[4] = {0};
    uint8_t *view;

    take(&t, 4, pfns);
    view = view_map(t.machine, pfns, 4, MEMORY_CACHED, true);
    assert_true(memory_pages(t.machine, view + 4095, 2, got));
    assert_int_equal(got[0], pfns[0]);
    assert_int_equal(got[1], pfns[1]);
    assert_int_equal(got[2], 0);
    assert_true(memory_pages(t.machine, view, 4 * MACHINE_PAGE, got));
    assert_memory_equal(got, pfns, sizeof(pfns));
    assert_true(memory_pages(t.machine, view, 0, got));
    assert_false(memory_pages(t.machine, view + 1, 4 * MACHINE_PAGE, got));
    assert_false(memory_pages(t.machine, view, SIZE_MAX, got));
    assert_false(memory_pages(t.machine, pfns, sizeof(pfns), got));
    tester_destroy(&t);
}

PS_TEST(the_first_mapping_gives_a_page_its_cache_type, "SV-97")
{
    struct tester t = tester_create(NULL, 1);
    uint64_t pfns[2];

    take(&t, 2, pfns);
    assert_int_equal(memory_cache(t.machine, pfns[0]), MEMORY_CACHE_NONE);
    assert_non_null(view_map(t.machine, pfns, 1, MEMORY_WRITECOMBINED, false));
    assert_non_null(view_map(t.machine, pfns, 2, MEMORY_NONCACHED, false));
    assert_int_equal(memory_cache(t.machine, pfns[0]), MEMORY_WRITECOMBINED);
    assert_int_equal(memory_cache(t.machine, pfns[1]), MEMORY_NONCACHED);
    assert_int_equal(memory_cache(t.machine, 0xe0000), MEMORY_CACHE_NONE);
    memory_free(t.machine, pfns, 2);
    take(&t, 2, pfns); // forgotten with the page
    assert_int_equal(memory_cache(t.machine, pfns[0]), MEMORY_CACHE_NONE);
    tester_destroy(&t);
}

PS_TEST(the_fault_plan_fails_a_view)
{
    struct tester t = tester_create(NULL, 1);
    struct fault_plan plan = {.fail_at = 1};
    const uint64_t pfn = 300;

    t.system->fault = &plan;
    assert_null(view_map(t.machine, &pfn, 1, MEMORY_CACHED, false));
    assert_non_null(view_map(t.machine, &pfn, 1, MEMORY_CACHED, false));
    assert_int_equal(plan.reached, 2);
    tester_destroy(&t);
}
