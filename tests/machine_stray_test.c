// SPDX-License-Identifier: MIT
//
// Stray writes of a machine whose devices cannot be stopped: found in pages that were nobody's. The test writes where such a
// device would; QEMU itself is not needed.
#include "tests/ps_test.h"

#include <string.h>

#include "base/finding.h"
#include "base/system.h"
#include "machine/machine.h"

struct rig {
    struct ps_system *system;
    struct chooser *chooser;
};

static void begin(struct rig *rig)
{
    struct machine_options options = {.kind = MACHINE_QEMU};

    rig->chooser = chooser_round_robin();
    rig->system = system_create(3);
    assert_int_equal(sched_create(rig->system, &(struct sched_options){.processors = 1, .chooser = rig->chooser}), 0);
    assert_int_equal(machine_create(rig->system, &options), 0);
}

static void end(struct rig *rig)
{
    machine_destroy(rig->system);
    sched_destroy(rig->system);
    system_destroy(rig->system);
    chooser_destroy(rig->chooser);
}

static uint64_t take(struct rig *rig)
{
    const struct page_request request = {.low = 1 << 20, .high = UINT32_MAX, .count = 1, .contiguous = true};
    uint64_t pfn;

    assert_int_equal(memory_allocate(rig->system->machine, &request, true, &pfn), 1);
    return pfn;
}

PS_TEST(pages_that_were_left_alone_say_nothing)
{
    struct rig rig;
    uint64_t pfn;

    begin(&rig);
    for (unsigned i = 0; i < 3; i++) {
        pfn = take(&rig);
        memset(memory_direct(rig.system->machine, pfn * MACHINE_PAGE, MACHINE_PAGE), 0x5a, MACHINE_PAGE);
        memory_free(rig.system->machine, &pfn, 1);
    }
    assert_int_equal(journal_count(rig.system->journal), 0);
    end(&rig);
}

PS_TEST(a_page_written_after_it_was_freed_is_found_when_it_is_given_out_again)
{
    struct rig rig;
    uint64_t pfn, again;
    uint8_t *page;

    begin(&rig);
    pfn = take(&rig);
    page = memory_direct(rig.system->machine, pfn * MACHINE_PAGE, MACHINE_PAGE);
    memory_free(rig.system->machine, &pfn, 1);
    page[100] ^= 1; // the device
    again = take(&rig);
    assert_int_equal(again, pfn);
    assert_int_equal(journal_count(rig.system->journal), 1);
    assert_string_equal(journal_get(rig.system->journal, 0)->rule, "VF-11");
    assert_int_equal(page[100], 0); // and it is a clean page nevertheless
    end(&rig);
}
