// SPDX-License-Identifier: MIT
//
// Snapshot and restore of a machine: RAM, views, grants, register space, devices.
#include <unistd.h>

#include "tests/machine_tester.h"

static size_t process_mappings(void)
{
    FILE *file = fopen("/proc/self/maps", "re");
    size_t lines = 0;

    assert_non_null(file);
    for (int c; (c = getc(file)) != EOF;)
        lines += c == '\n';
    fclose(file);
    return lines;
}

static struct arena_snapshot *snapshot(const struct tester *t)
{
    struct arena_snapshot *taken;

    assert_int_equal(arena_snapshot_take(t->system->arena, &taken), 0);
    return taken;
}

PS_TEST(allocated_pages_get_their_content_back)
{
    struct tester t = tester_layout(LAYOUT_SCATTERED, 1);
    struct arena_snapshot *before;
    uint64_t pfns[10], more[10], again[10];

    take(&t, 10, pfns);
    for (int i = 0; i < 10; i++)
        memset(page_bytes(&t, pfns[i]), i + 1, MACHINE_PAGE);
    before = snapshot(&t);
    take(&t, 10, more);
    for (int i = 0; i < 10; i++)
        memset(page_bytes(&t, pfns[i]), 0xee, MACHINE_PAGE);
    memory_free(t.machine, pfns, 5);
    arena_snapshot_restore(t.system->arena, before);
    assert_int_equal(memory_allocated_pages(t.machine), 10);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(page_bytes(&t, pfns[i])[0], i + 1);
        assert_int_equal(page_bytes(&t, pfns[i])[4095], i + 1);
    }
    take(&t, 10, again); // the same choice as before
    assert_memory_equal(more, again, sizeof(more));
    arena_snapshot_free(before);
    tester_destroy(&t);
}

static bool writable(const volatile void *address)
{
    int ends[2];
    bool answer;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    answer = read(ends[0], (void *)address, 1) == 1; // EFAULT instead of a signal
    close(ends[0]);
    close(ends[1]);
    return answer;
}

PS_TEST(a_protected_view_gets_its_protection_back)
{
    struct tester t = tester_layout(LAYOUT_SCATTERED, 1);
    struct arena_snapshot *before;
    uint64_t pfns[2];
    uint8_t *view;

    take(&t, 2, pfns);
    view = view_map(t.machine, pfns, 2, MEMORY_CACHED, false);
    assert_true(view_protect(t.machine, view, 2, VIEW_ACCESS_READ));
    before = snapshot(&t);
    assert_false(writable(view + 4096));
    assert_true(view_protect(t.machine, view, 2, VIEW_ACCESS_ALL));
    assert_true(writable(view + 4096));
    arena_snapshot_restore(t.system->arena, before);
    assert_false(writable(view + 4096));
    assert_int_equal(view[4096], page_bytes(&t, pfns[1])[0]);
    assert_false(view_protect(t.machine, view + 4096, 1, VIEW_ACCESS_ALL)); // no whole view
    assert_true(view_unmap(t.machine, view, 2));
    arena_snapshot_free(before);
    tester_destroy(&t);
}

PS_TEST(every_page_gets_its_content_back)
{
    struct tester t = tester_layout(LAYOUT_CONTIGUOUS, 1);
    struct arena_snapshot *before;
    uint64_t pfns[500];

    take(&t, 500, pfns);
    for (int i = 0; i < 500; i++)
        memset(page_bytes(&t, pfns[i]), i % 251, MACHINE_PAGE);
    before = snapshot(&t);
    for (int i = 0; i < 500; i++)
        memset(page_bytes(&t, pfns[i]), 0xff, MACHINE_PAGE);
    arena_snapshot_restore(t.system->arena, before);
    for (int i = 0; i < 500; i++)
        assert_int_equal(page_bytes(&t, pfns[i])[2048], i % 251);
    arena_snapshot_free(before);
    tester_destroy(&t);
}

PS_TEST(a_large_view_comes_back_whole)
{
    struct tester t = tester_create(NULL, 1);
    struct arena_snapshot *before;
    uint64_t pfns[2000];
    uint8_t *view;

    take(&t, 2000, pfns);
    view = view_map(t.machine, pfns, 2000, MEMORY_CACHED, false);
    assert_non_null(view);
    before = snapshot(&t);
    assert_true(view_unmap(t.machine, view, 2000));
    arena_snapshot_restore(t.system->arena, before);
    for (int i = 0; i < 2000; i += 100) {
        view[i * (size_t)MACHINE_PAGE] = 88;
        assert_int_equal(page_bytes(&t, pfns[i])[0], 88);
    }
    assert_true(view_unmap(t.machine, view, 2000));
    arena_snapshot_free(before);
    tester_destroy(&t);
}

PS_TEST(an_older_and_a_newer_snapshot_can_be_restored_in_any_order)
{
    struct tester t = tester_create(NULL, 1);
    struct arena_snapshot *older = snapshot(&t), *newer;
    uint8_t *view;
    uint64_t pfn;

    take(&t, 1, &pfn);
    view = view_map(t.machine, &pfn, 1, MEMORY_CACHED, false);
    grant_add(t.machine, pfn * MACHINE_PAGE, 1, PS_DMA_TO_MEMORY, 9);
    view[0] = 61;
    newer = snapshot(&t);
    for (int i = 0; i < 3; i++) {
        arena_snapshot_restore(t.system->arena, older);
        assert_true(faults(view));
        assert_false(grant_covers(t.machine, pfn * MACHINE_PAGE, 1, PS_DMA_TO_MEMORY));
        assert_int_equal(memory_allocated_pages(t.machine), 0);
        arena_snapshot_restore(t.system->arena, newer);
        assert_int_equal(memory_physical(t.machine, view), pfn * MACHINE_PAGE);
        assert_int_equal(view[0], 61);
        assert_true(grant_covers(t.machine, pfn * MACHINE_PAGE, 1, PS_DMA_TO_MEMORY));
    }
    arena_snapshot_free(older);
    arena_snapshot_free(newer);
    tester_destroy(&t);
}

PS_TEST(views_come_back_where_they_were_and_new_ones_go)
{
    struct tester t = tester_layout(LAYOUT_SCATTERED, 1);
    struct arena_snapshot *before;
    uint64_t pfns[6];
    uint8_t *kept, *dropped, *moved, *made;

    take(&t, 6, pfns);
    kept = view_map(t.machine, pfns, 2, MEMORY_CACHED, true);
    dropped = view_map(t.machine, pfns + 2, 2, MEMORY_CACHED, false);
    moved = view_map(t.machine, pfns + 4, 1, MEMORY_CACHED, false);
    before = snapshot(&t);
    assert_true(view_unmap(t.machine, dropped, 2));
    assert_true(view_unmap(t.machine, moved, 1));
    made = view_map(t.machine, pfns, 6, MEMORY_CACHED, false);
    assert_int_equal(made[0], 0);

    arena_snapshot_restore(t.system->arena, before);
    assert_true(faults(made + 3 * MACHINE_PAGE));
    assert_int_equal(memory_physical(t.machine, made + 3 * MACHINE_PAGE), MACHINE_NOWHERE);
    assert_false(faults(kept) || faults(dropped + MACHINE_PAGE));
    dropped[MACHINE_PAGE] = 99;
    assert_int_equal(page_bytes(&t, pfns[3])[0], 99); // an alias again
    kept[0] = 98;
    assert_int_equal(page_bytes(&t, pfns[0])[0], 98);
    assert_true(view_is_user(t.machine, kept));
    assert_int_equal(view_mappings(t.machine), 5);
    assert_true(view_unmap(t.machine, dropped, 2));
    arena_snapshot_free(before);
    tester_destroy(&t);
}

// After a round trip an address may be another view than before.
PS_TEST(an_address_used_for_other_pages_gets_its_own_back)
{
    struct tester t = tester_create(NULL, 1);
    size_t big = arena_view_window(t.system->arena).size / MACHINE_PAGE * 3 / 5;
    uint64_t *pfns = malloc(big * sizeof(*pfns)), first;
    struct arena_snapshot *before;
    uint8_t *view, *other;

    take(&t, 1, &first);
    for (size_t i = 0; i < big; i++)
        pfns[i] = 1000 + i % 4000;
    view = view_map(t.machine, &first, 1, MEMORY_CACHED, false);
    before = snapshot(&t);
    assert_true(view_unmap(t.machine, view, 1));
    other = view_map(t.machine, pfns, big, MEMORY_CACHED, false); // and round again, over `view`
    assert_non_null(other);
    assert_true(view_unmap(t.machine, other, big));
    other = view_map(t.machine, pfns, big, MEMORY_CACHED, false);
    assert_non_null(other);
    assert_true(other <= view && view < other + big * MACHINE_PAGE);
    assert_true(memory_physical(t.machine, view) / MACHINE_PAGE >= 1000);
    arena_snapshot_restore(t.system->arena, before);
    view[5] = 77;
    assert_int_equal(page_bytes(&t, first)[5], 77);
    assert_int_equal(memory_physical(t.machine, view), first * MACHINE_PAGE);
    assert_true(faults(view + MACHINE_PAGE));
    arena_snapshot_free(before);
    free(pfns);
    tester_destroy(&t);
}

PS_TEST(grants_tags_and_register_space_come_back, "VF-11")
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = copier_on(&t);
    struct arena_snapshot *before;
    uint64_t pfns[2], from;
    void *kept, *made;
    char byte;

    take(&t, 2, pfns);
    from = pfns[0] * MACHINE_PAGE;
    pci_config_write(device, 4, 2, 7);
    kept = machine_io_map(t.machine, 0xe0000000, 4);
    grant_add(t.machine, from, 64, PS_DMA_FROM_MEMORY, 12);
    before = snapshot(&t);
    grant_remove(t.machine, from, 64, PS_DMA_FROM_MEMORY, 12);
    grant_add(t.machine, from + MACHINE_PAGE, 64, PS_DMA_FROM_MEMORY, 13);
    made = machine_io_map(t.machine, 0xe0000000, 4);
    assert_true(machine_io_unmap(t.machine, kept, 4));

    arena_snapshot_restore(t.system->arena, before);
    assert_int_equal(grant_count(t.machine), 1);
    assert_true(grant_covers(t.machine, from, 64, PS_DMA_FROM_MEMORY));
    assert_int_equal(ps_device_dma_read(device, from + MACHINE_PAGE, &byte, 1), -EFAULT);
    assert_non_null(strstr(last_finding(&t)->text, "never granted")); // tag 13 never was
    assert_int_equal(machine_io_decode(t.machine, kept), 0xe0000000);
    assert_int_equal(machine_io_decode(t.machine, made), MACHINE_NOWHERE);
    arena_snapshot_free(before);
    tester_destroy(&t);
}

// One life of the system after the snapshot; returns a value that depends on all of it.
static uint64_t live(const struct tester *t, struct ps_device *device, uint8_t *view)
{
    const struct page_request below = {.high = 4 * GIB - 1, .count = 2};
    uint64_t pfns[2], from, to;
    uint8_t *other;

    assert_int_equal(memory_allocate(t->machine, &below, true, pfns), 2);
    from = pfns[0] * MACHINE_PAGE, to = pfns[1] * MACHINE_PAGE;
    other = view_map(t->machine, pfns, 2, MEMORY_CACHED, true);
    assert_non_null(other);
    other[0] = ++view[0]; // a counter in RAM: each life begins at the same value
    grant_add(t->machine, from, 64, PS_DMA_FROM_MEMORY, 1);
    grant_add(t->machine, to, 64, PS_DMA_TO_MEMORY, 2);
    copier_start(t, (uint32_t)from, (uint32_t)to, 64);
    assert_int_equal(sched_run(t->system->sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(copier->wakes, 1);
    assert_true(device_interrupt_line(device)->asserted);
    return other[MACHINE_PAGE] + (pfns[0] << 8) + (t->system->sched->now << 32);
}

PS_TEST(a_thousand_lives_are_one_life)
{
    struct tester t = tester_layout(LAYOUT_FRAGMENTED, 3);
    struct ps_device *device = copier_on(&t);
    struct arena_snapshot *before;
    size_t descriptors, mappings;
    uint64_t pfn, first;
    uint8_t *view;

    pci_config_write(device, 4, 2, 7);
    take(&t, 1, &pfn);
    view = view_map(t.machine, &pfn, 1, MEMORY_CACHED, true);
    view[0] = 41;
    before = snapshot(&t);
    first = live(&t, device, view);
    assert_int_equal(first & 0xff, 42);
    arena_snapshot_restore(t.system->arena, before);
    descriptors = open_descriptors();
    mappings = process_mappings();
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(live(&t, device, view), first);
        arena_snapshot_restore(t.system->arena, before);
        assert_int_equal(copier->wakes, 0);
        assert_int_equal(copier->registers[COPIER_FROM], 0xfeed);
        assert_false(device_interrupt_line(device)->asserted);
        assert_int_equal(memory_allocated_pages(t.machine), 1);
        assert_int_equal(grant_count(t.machine), 0);
    }
    assert_int_equal(open_descriptors(), descriptors);
    assert_in_range(process_mappings(), 0, mappings + 8);
    arena_snapshot_free(before);
    tester_destroy(&t);
}

PS_TEST(a_machine_gives_everything_back)
{
    struct ps_system *system = system_create(1);
    size_t live = arena_live_bytes(system->arena), descriptors = open_descriptors();
    size_t mappings = process_mappings();
    uint8_t *ram = arena_ram_window(system->arena).base;

    for (int i = 0; i < 100; i++) {
        const uint64_t pfns[3] = {300, 302, 304};
        const struct machine_options options = {.layout = (enum memory_layout)(i % 3),
                                                .high_bytes = MIB};
        uint8_t *view;

        assert_int_equal(machine_create(system, &options), 0);
        view = view_map(system->machine, pfns, 3, MEMORY_CACHED, true);
        assert_non_null(view);
        machine_destroy(system);
        assert_null(system->machine);
        if (i == 0)
            assert_true(faults(view) && faults(ram));
    }
    machine_destroy(system); // none there: no effect
    assert_int_equal(arena_live_bytes(system->arena), live);
    assert_int_equal(open_descriptors(), descriptors);
    assert_in_range(process_mappings(), 0, mappings + 8);
    system_destroy(system);
}

PS_TEST(two_machines_share_nothing, "SV-84")
{
    struct tester a = tester_create(NULL, 1), b = tester_create(NULL, 1);
    uint64_t of_a, of_b;

    take(&a, 1, &of_a);
    take(&b, 1, &of_b);
    assert_int_equal(of_a, of_b); // the same physical address, another machine
    memset(page_bytes(&a, of_a), 1, MACHINE_PAGE);
    assert_int_equal(page_bytes(&b, of_b)[0], 0);
    assert_int_equal(memory_physical(b.machine, page_bytes(&a, of_a)), MACHINE_NOWHERE);
    tester_destroy(&a);
    assert_int_equal(page_bytes(&b, of_b)[0], 0);
    tester_destroy(&b);
}
