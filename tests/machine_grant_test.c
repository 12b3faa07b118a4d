// SPDX-License-Identifier: MIT
//
// DMA grants: a device touches memory inside them and nowhere else.
#include "tests/machine_tester.h"

struct granted {
    struct tester t;
    struct ps_device *device;
    uint64_t pfns[8];
    uint64_t from; // physical address of 8 adjacent pages
};

static struct granted granted_create(void)
{
    struct granted g = {.t = tester_create(NULL, 1)};

    g.device = copier_on(&g.t);
    take(&g.t, 8, g.pfns);
    g.from = g.pfns[0] * MACHINE_PAGE;
    pci_config_write(g.device, 4, 2, 7); // bus mastering on
    return g;
}

PS_TEST(grants_nest_by_count_and_direction, "VF-11")
{
    struct granted g = granted_create();
    struct machine *machine = g.t.machine;

    grant_add(machine, g.from, 100, PS_DMA_FROM_MEMORY, 1);
    grant_add(machine, g.from + 50, 100, PS_DMA_FROM_MEMORY, 2);
    grant_add(machine, g.from, 1, PS_DMA_TO_MEMORY, 3);
    assert_int_equal(grant_count(machine), 3);
    grant_remove(machine, g.from, 100, PS_DMA_FROM_MEMORY, 1);
    assert_true(grant_covers(machine, g.from, MACHINE_PAGE, PS_DMA_FROM_MEMORY));
    grant_remove(machine, g.from + 50, 100, PS_DMA_FROM_MEMORY, 2);
    assert_false(grant_covers(machine, g.from, 1, PS_DMA_FROM_MEMORY));
    assert_true(grant_covers(machine, g.from, 1, PS_DMA_TO_MEMORY));
    grant_remove(machine, g.from, 100, PS_DMA_FROM_MEMORY, 1); // once too often: no effect
    assert_int_equal(grant_count(machine), 1);
    grant_remove(machine, g.from, 1, PS_DMA_TO_MEMORY, 3);
    assert_int_equal(grant_count(machine), 0);
    tester_destroy(&g.t);
}

PS_TEST(a_grant_covers_whole_pages_and_no_more, "VF-11")
{
    struct granted g = granted_create();
    struct machine *machine = g.t.machine;

    grant_add(machine, g.from + 4095, 2, PS_DMA_FROM_MEMORY, 1);
    assert_int_equal(grant_count(machine), 2);
    assert_true(grant_covers(machine, g.from, 2 * MACHINE_PAGE, PS_DMA_FROM_MEMORY));
    assert_false(grant_covers(machine, g.from, 2 * MACHINE_PAGE + 1, PS_DMA_FROM_MEMORY));
    assert_false(grant_covers(machine, g.from - 1, 2, PS_DMA_FROM_MEMORY));
    assert_false(grant_covers(machine, g.from, SIZE_MAX, PS_DMA_FROM_MEMORY));
    assert_false(grant_covers(machine, UINT64_MAX, SIZE_MAX, PS_DMA_FROM_MEMORY));
    tester_destroy(&g.t);
}

PS_TEST(memory_of_nobody_cannot_be_granted, "VF-11")
{
    struct granted g = granted_create();

    grant_add(g.t.machine, 0xe0000000, 4096, PS_DMA_FROM_MEMORY, 1);
    grant_add(g.t.machine, 40 * MIB, 4096, PS_DMA_FROM_MEMORY, 1); // not allocated
    grant_add(g.t.machine, UINT64_MAX - 10, SIZE_MAX, PS_DMA_FROM_MEMORY, 1);
    grant_add(g.t.machine, g.from, 0, PS_DMA_FROM_MEMORY, 1);
    assert_int_equal(grant_count(g.t.machine), 0);
    tester_destroy(&g.t);
}

PS_TEST(a_freed_page_is_granted_no_longer, "VF-11")
{
    struct granted g = granted_create();
    char byte;

    grant_add(g.t.machine, g.from, 2 * MACHINE_PAGE, PS_DMA_FROM_MEMORY, 55);
    grant_add(g.t.machine, g.from, MACHINE_PAGE, PS_DMA_TO_MEMORY, 56);
    memory_free(g.t.machine, g.pfns, 8);
    assert_int_equal(grant_count(g.t.machine), 0);
    assert_int_equal(ps_device_dma_read(g.device, g.from, &byte, 1), -EFAULT);
    assert_non_null(strstr(last_finding(&g.t)->text, "mapping 56"));
    tester_destroy(&g.t);
}

PS_TEST(a_device_beyond_its_grant_is_a_finding_that_names_the_tag, "VF-11", "VF-154")
{
    struct granted g = granted_create();
    const struct finding *finding;
    char bytes[32] = "unchanged", text[32];
    struct machine_counts counts;

    grant_add(g.t.machine, g.from, 2 * MACHINE_PAGE, PS_DMA_FROM_MEMORY, 77);
    assert_int_equal(ps_device_dma_read(g.device, g.from + 4000, bytes, 32), 0);
    grant_remove(g.t.machine, g.from, 2 * MACHINE_PAGE, PS_DMA_FROM_MEMORY, 77);
    strcpy(bytes, "unchanged");
    assert_int_equal(ps_device_dma_read(g.device, g.from + 4000, bytes, 32), -EFAULT);
    assert_string_equal(bytes, "unchanged");

    finding = last_finding(&g.t);
    assert_string_equal(finding->rule, "VF-11");
    assert_int_equal(finding->side, SIDE_DRIVER);
    assert_int_equal(finding->code, 0xe6);
    assert_int_equal(finding->parameters[0], 0x26);
    assert_int_equal(finding->parameters[2], g.from + 4000);
    snprintf(text, sizeof(text), "0x%llx", (unsigned long long)g.from + 4000);
    assert_non_null(strstr(finding->text, text));
    assert_non_null(strstr(finding->text, "mapping 77"));
    assert_non_null(strstr(finding->text, "reads"));
    machine_get_counts(g.t.machine, &counts);
    assert_int_equal(counts.dma_outside_grant, 1);
    tester_destroy(&g.t);
}

PS_TEST(the_mapping_that_ended_last_is_named, "VF-11")
{
    struct granted g = granted_create();
    char byte;

    grant_add(g.t.machine, g.from, 64, PS_DMA_FROM_MEMORY, 21);
    grant_add(g.t.machine, g.from + 64, 64, PS_DMA_FROM_MEMORY, 22);
    grant_remove(g.t.machine, g.from + 64, 64, PS_DMA_FROM_MEMORY, 22);
    grant_remove(g.t.machine, g.from, 64, PS_DMA_FROM_MEMORY, 21);
    assert_int_equal(ps_device_dma_read(g.device, g.from, &byte, 1), -EFAULT);
    assert_non_null(strstr(last_finding(&g.t)->text, "mapping 21"));
    tester_destroy(&g.t);
}

PS_TEST(the_wrong_direction_is_outside_the_grant, "VF-11")
{
    struct granted g = granted_create();

    grant_add(g.t.machine, g.from, 64, PS_DMA_FROM_MEMORY, 5);
    assert_int_equal(ps_device_dma_write(g.device, g.from, "x", 1), -EFAULT);
    assert_non_null(strstr(last_finding(&g.t)->text, "writes"));
    assert_non_null(strstr(last_finding(&g.t)->text, "other direction"));
    tester_destroy(&g.t);
}

PS_TEST(an_access_goes_whole_or_not_at_all, "VF-11")
{
    struct granted g = granted_create();
    uint8_t pattern[MACHINE_PAGE + 8];

    memset(pattern, 0x5a, sizeof(pattern));
    grant_add(g.t.machine, g.from, MACHINE_PAGE, PS_DMA_TO_MEMORY, 5);
    assert_int_equal(ps_device_dma_write(g.device, g.from, pattern, sizeof(pattern)), -EFAULT);
    assert_int_equal(page_bytes(&g.t, g.pfns[0])[0], 0);
    assert_int_equal(last_finding(&g.t)->parameters[2],
                     g.from + MACHINE_PAGE); // the first bad byte
    assert_int_equal(ps_device_dma_write(g.device, g.from, pattern, MACHINE_PAGE), 0);
    assert_memory_equal(page_bytes(&g.t, g.pfns[0]), pattern, MACHINE_PAGE);
    assert_int_equal(ps_device_dma_write(g.device, 0xe0000000, pattern, 0), 0);
    tester_destroy(&g.t);
}

PS_TEST(a_piece_ends_with_its_grant, "VF-11")
{
    struct granted g = granted_create();
    size_t bytes = 8 * MACHINE_PAGE;
    uint8_t *at;

    grant_add(g.t.machine, g.from, 3 * MACHINE_PAGE, PS_DMA_FROM_MEMORY, 5);
    at = ps_device_dma_map(g.device, g.from + 10, &bytes, PS_DMA_FROM_MEMORY);
    assert_ptr_equal(at, page_bytes(&g.t, g.pfns[0]) + 10);
    assert_int_equal(bytes, 3 * MACHINE_PAGE - 10);
    assert_int_equal(findings(&g.t), 0);
    bytes = 100;
    assert_non_null(ps_device_dma_map(g.device, g.from + 10, &bytes, PS_DMA_FROM_MEMORY));
    assert_int_equal(bytes, 100);
    assert_null(ps_device_dma_map(g.device, g.from + 3 * MACHINE_PAGE, &bytes, PS_DMA_FROM_MEMORY));
    assert_int_equal(findings(&g.t), 1);
    bytes = 0;
    assert_null(ps_device_dma_map(g.device, g.from, &bytes, PS_DMA_FROM_MEMORY));
    assert_int_equal(findings(&g.t), 1);
    tester_destroy(&g.t);
}

PS_TEST(where_no_memory_is_a_device_finds_none, "VF-11")
{
    struct granted g = granted_create();
    char byte;

    assert_int_equal(ps_device_dma_read(g.device, 0xe0000000, &byte, 1), -EFAULT);
    assert_non_null(strstr(last_finding(&g.t)->text, "where no memory is"));
    assert_int_equal(ps_device_dma_read(g.device, UINT64_MAX, &byte, 1), -EFAULT);
    assert_int_equal(ps_device_dma_read(g.device, g.from, &byte, 1), -EFAULT);
    tester_destroy(&g.t);
}

PS_TEST(without_bus_mastering_memory_is_out_of_reach)
{
    struct granted g = granted_create();
    size_t bytes = 1;
    char byte;

    grant_add(g.t.machine, g.from, 64, PS_DMA_FROM_MEMORY, 5);
    assert_true(ps_device_bus_master(g.device));
    pci_config_write(g.device, 4, 2, 3);
    assert_false(ps_device_bus_master(g.device));
    assert_int_equal(ps_device_dma_read(g.device, g.from, &byte, 1), -EFAULT);
    assert_null(ps_device_dma_map(g.device, g.from, &bytes, PS_DMA_FROM_MEMORY));
    assert_int_equal(last_finding(&g.t)->side, SIDE_DEVICE); // the model had to look first
    tester_destroy(&g.t);
}

// A driver that releases a mapping after the device had finished with it has done nothing wrong,
// even if the model would have looked at the clock only later.
PS_TEST(devices_catch_up_before_a_grant_ends, "VF-11", "~VF-11", "~VF-154")
{
    struct granted g = granted_create();
    struct machine *machine = g.t.machine;
    uint64_t to = g.from + MACHINE_PAGE;

    strcpy((char *)page_bytes(&g.t, g.pfns[0]), "fetched in time");
    grant_add(machine, g.from, 64, PS_DMA_FROM_MEMORY, 1);
    grant_add(machine, to, 64, PS_DMA_TO_MEMORY, 2);
    copier_start(&g.t, (uint32_t)g.from, (uint32_t)to, 64);
    g.t.system->sched->now += COPIER_TIME; // nobody ran a deadline
    assert_int_equal(copier->wakes, 0);
    grant_remove(machine, g.from, 64, PS_DMA_FROM_MEMORY, 1);
    grant_remove(machine, to, 64, PS_DMA_TO_MEMORY, 2);
    assert_string_equal((char *)page_bytes(&g.t, g.pfns[1]), "fetched in time");
    assert_int_equal(findings(&g.t), 0);
    tester_destroy(&g.t);
}

PS_TEST(devices_catch_up_before_bus_mastering_ends)
{
    struct granted g = granted_create();

    strcpy((char *)page_bytes(&g.t, g.pfns[0]), "fetched in time");
    grant_add(g.t.machine, g.from, 64, PS_DMA_FROM_MEMORY, 1);
    grant_add(g.t.machine, g.from + MACHINE_PAGE, 64, PS_DMA_TO_MEMORY, 2);
    copier_start(&g.t, (uint32_t)g.from, (uint32_t)g.from + MACHINE_PAGE, 64);
    g.t.system->sched->now += COPIER_TIME;
    pci_config_write(g.device, 4, 1, 3);
    assert_string_equal((char *)page_bytes(&g.t, g.pfns[1]), "fetched in time");
    assert_int_equal(findings(&g.t), 0);
    tester_destroy(&g.t);
}

PS_TEST(a_device_that_runs_on_after_the_release_is_found_out, "VF-11")
{
    struct granted g = granted_create();
    uint64_t to = g.from + MACHINE_PAGE;

    grant_add(g.t.machine, g.from, 64, PS_DMA_FROM_MEMORY, 31);
    grant_add(g.t.machine, to, 64, PS_DMA_TO_MEMORY, 32);
    copier_start(&g.t, (uint32_t)g.from, (uint32_t)to, 64);
    grant_remove(g.t.machine, g.from, 64, PS_DMA_FROM_MEMORY, 31); // too early
    assert_int_equal(sched_run(g.t.system->sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(copier->last_error, -EFAULT);
    assert_non_null(strstr(last_finding(&g.t)->text, "mapping 31"));
    tester_destroy(&g.t);
}

PS_TEST(a_copy_through_many_pages_arrives, "SV-103")
{
    struct tester t = tester_layout(LAYOUT_SCATTERED, 5);
    struct ps_device *device = copier_on(&t);
    const struct page_request low = {.high = 4 * GIB - 1, .count = 8};
    uint64_t pfns[8];

    pci_config_write(device, 4, 2, 7);
    assert_int_equal(memory_allocate(t.machine, &low, true, pfns), 8);
    for (uint32_t i = 0; i < 4; i++) {
        uint64_t from = pfns[2 * i] * MACHINE_PAGE, to = pfns[2 * i + 1] * MACHINE_PAGE;

        memset(page_bytes(&t, pfns[2 * i]), (int)i + 1, MACHINE_PAGE);
        grant_add(t.machine, from, MACHINE_PAGE, PS_DMA_FROM_MEMORY, 2 * i);
        grant_add(t.machine, to, MACHINE_PAGE, PS_DMA_TO_MEMORY, 2 * i + 1);
        copier_start(&t, (uint32_t)from, (uint32_t)to, MACHINE_PAGE);
        assert_int_equal(sched_run(t.system->sched, SCHED_NEVER), SCHED_QUIET);
        assert_memory_equal(page_bytes(&t, pfns[2 * i + 1]), page_bytes(&t, pfns[2 * i]),
                            MACHINE_PAGE);
    }
    assert_int_equal(findings(&t), 0);
    tester_destroy(&t);
}

// ---- sound ends and reports -----------------------------------------------------------------

struct heard {
    size_t frames, silent, underruns;
    int16_t first;
};

static void hear(void *context, struct ps_device *device, unsigned line, const int16_t *frames,
                 size_t count, unsigned channels, unsigned rate, bool fetched)
{
    struct heard *heard = context;

    heard->frames += frames ? count : 0;
    heard->silent += frames ? 0 : count;
    if (frames)
        heard->first = frames[0];
}

static void speak(void *context, struct ps_device *device, unsigned line, int16_t *frames,
                  size_t count, unsigned channels, unsigned rate)
{
    for (size_t i = 0; i < count * channels; i++)
        frames[i] = 7;
}

static void starve(void *context, struct ps_device *device, unsigned line)
{
    ((struct heard *)context)->underruns++;
}

PS_TEST(sound_goes_to_the_end_that_was_set)
{
    struct granted g = granted_create();
    struct heard heard = {0};
    const struct sound_end end = {&heard, hear, speak, starve};
    int16_t frames[4] = {1, 2, 3, 4};

    ps_device_emit(g.device, 0, frames, 2, 2, 48000, true); // nobody listens
    ps_device_underrun(g.device, 0);
    ps_device_absorb(g.device, 0, frames, 2, 2, 48000);
    assert_int_equal(frames[0] | frames[1] | frames[2] | frames[3], 0);
    machine_set_sound(g.t.machine, &end);
    frames[0] = 9;
    ps_device_emit(g.device, 0, frames, 2, 2, 48000, true);
    ps_device_emit(g.device, 0, NULL, 5, 2, 48000, false);
    ps_device_underrun(g.device, 0);
    ps_device_absorb(g.device, 0, frames, 2, 2, 48000);
    assert_int_equal(heard.frames, 2);
    assert_int_equal(heard.first, 9);
    assert_int_equal(heard.silent, 5);
    assert_int_equal(heard.underruns, 1);
    assert_int_equal(frames[3], 7);
    machine_set_sound(g.t.machine, NULL);
    ps_device_emit(g.device, 0, frames, 2, 2, 48000, true);
    assert_int_equal(heard.frames, 2);
    tester_destroy(&g.t);
}

PS_TEST(a_model_reports_what_the_data_sheet_forbids)
{
    struct granted g = granted_create();

    ps_device_report(g.device, "AC-118", "the index register is written while running");
    assert_string_equal(last_finding(&g.t)->rule, "AC-118");
    assert_int_equal(last_finding(&g.t)->side, SIDE_DRIVER);
    assert_non_null(strstr(last_finding(&g.t)->text, "copier"));
    tester_destroy(&g.t);
}
