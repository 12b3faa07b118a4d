// SPDX-License-Identifier: MIT
//
// Resource lists: what they find, what fits, what they keep alive.
#include "tests/ps_test.h"

#include <portcls.h>

#include "tests/kernel_fixture.h"

typedef CM_PARTIAL_RESOURCE_DESCRIPTOR descriptor;

enum { ENTRIES = 4 };

struct resources {
    CM_RESOURCE_LIST list;
    descriptor more[ENTRIES - 1];
};

static void describe(descriptor *to, UCHAR type, LONGLONG start)
{
    to->Type = type;
    to->u.Port.Start.QuadPart = start;
    to->u.Port.Length = 16;
}

// Ports at 0x100 and 0x200, an interrupt, a memory range; raw starts have bit 20 set.
static struct resources resources_of(LONGLONG raw)
{
    struct resources made = {0};
    descriptor *at = made.list.List[0].PartialResourceList.PartialDescriptors;

    made.list.Count = 1;
    made.list.List[0].PartialResourceList.Count = ENTRIES;
    describe(&at[0], CmResourceTypePort, raw + 0x100);
    describe(&at[1], CmResourceTypeInterrupt, raw + 5);
    describe(&at[2], CmResourceTypePort, raw + 0x200);
    describe(&at[3], CmResourceTypeMemory, raw + 0x300);
    return made;
}

static PRESOURCELIST parent;

static void make_parent(void)
{
    struct resources translated = resources_of(0), raw = resources_of(0x100000);

    assert_int_equal(PcNewResourceList(&parent, NULL, PagedPool, &translated.list, &raw.list),
                     STATUS_SUCCESS);
}

static LONGLONG start_of(const descriptor *entry)
{
    assert_non_null(entry);
    return entry->u.Port.Start.QuadPart;
}

static void (*body)(void);

static void with_parent(void *argument)
{
    make_parent();
    body();
    assert_int_equal(COM_CALL(parent, Release), 0);
}

static void run(void (*what)(void))
{
    struct kernel_counts counts;
    struct kernel_rig rig;

    body = what;
    rig = kernel_rig_do(with_parent, NULL);
    kernel_get_counts(rig.system, &counts);
    assert_int_equal(counts.interfaces, 0);
    assert_int_equal(counts.pool_blocks, 0);
    kernel_rig_clean(&rig);
}

static void find(void)
{
    const descriptor *kept = COM_CALL(parent, FindTranslatedEntry, CmResourceTypePort, 1);

    assert_int_equal(COM_CALL(parent, NumberOfEntries), ENTRIES);
    assert_int_equal(COM_CALL(parent, NumberOfEntriesOfType, CmResourceTypePort), 2);
    assert_int_equal(COM_CALL(parent, NumberOfEntriesOfType, CmResourceTypeInterrupt), 1);
    assert_int_equal(COM_CALL(parent, NumberOfEntriesOfType, CmResourceTypeDma), 0);
    assert_int_equal(start_of(COM_CALL(parent, FindTranslatedEntry, CmResourceTypePort, 0)), 0x100);
    assert_int_equal(start_of(kept), 0x200);
    assert_int_equal(start_of(COM_CALL(parent, FindUntranslatedEntry, CmResourceTypePort, 1)),
                     0x100200);
    assert_int_equal(start_of(COM_CALL(parent, FindTranslatedEntry, CmResourceTypeMemory, 0)),
                     0x300);
    assert_null(COM_CALL(parent, FindTranslatedEntry, CmResourceTypePort, 2));
    assert_null(COM_CALL(parent, FindUntranslatedEntry, CmResourceTypeDma, 0));
    // Pointers live as long as the object.
    assert_ptr_equal(COM_CALL(parent, FindTranslatedEntry, CmResourceTypePort, 1), kept);
    assert_ptr_equal(COM_CALL(parent, TranslatedList)->List[0].PartialResourceList.PartialDescriptors,
                     kept - 2);
    assert_int_equal(COM_CALL(parent, UntranslatedList)->List[0].PartialResourceList.Count,
                     ENTRIES);
}

PS_TEST(entries_are_found_by_type_and_index, "WP-100", "AD-50", "AD-52")
{
    run(find);
}

static void full(void)
{
    descriptor entry = {.Type = CmResourceTypeDma};

    assert_int_equal(COM_CALL(parent, AddEntry, &entry, &entry), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(COM_CALL(parent, NumberOfEntries), ENTRIES);
}

PS_TEST(a_list_made_of_lists_is_full, "WP-100")
{
    run(full);
}

static void sublist(void)
{
    PRESOURCELIST child;
    descriptor dma = {.Type = CmResourceTypeDma};

    assert_int_equal(PcNewResourceSublist(&child, NULL, PagedPool, parent, 3), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(child, NumberOfEntries), 0);
    assert_int_equal(COM_CALL(child, AddEntryFromParent, parent, CmResourceTypePort, 1),
                     STATUS_SUCCESS);
    assert_int_equal(COM_CALL(child, AddEntryFromParent, parent, CmResourceTypePort, 2),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(COM_CALL(child, AddEntryFromParent, parent, CmResourceTypeInterrupt, 0),
                     STATUS_SUCCESS);
    assert_int_equal(COM_CALL(child, AddEntry, &dma, &dma), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(child, AddEntryFromParent, parent, CmResourceTypeMemory, 0),
                     STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(COM_CALL(child, NumberOfEntries), 3);
    assert_int_equal(start_of(COM_CALL(child, FindTranslatedEntry, CmResourceTypePort, 0)), 0x200);
    assert_int_equal(start_of(COM_CALL(child, FindUntranslatedEntry, CmResourceTypePort, 0)),
                     0x100200);
    // Copies: an edit of the child does not reach the parent.
    COM_CALL(child, FindTranslatedEntry, CmResourceTypePort, 0)->u.Port.Start.QuadPart = 1;
    assert_int_equal(start_of(COM_CALL(parent, FindTranslatedEntry, CmResourceTypePort, 1)), 0x200);
    assert_int_equal(COM_CALL(child, Release), 0);
}

PS_TEST(a_sublist_takes_copies_until_it_is_full, "WP-100", "AD-51")
{
    run(sublist);
}

static void keep_parent(void)
{
    PRESOURCELIST child;

    assert_int_equal(PcNewResourceSublist(&child, NULL, PagedPool, parent, 1), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(parent, Release), 1);
    assert_int_equal(COM_CALL(parent, NumberOfEntries), ENTRIES);
    assert_int_equal(COM_CALL(child, Release), 0);
    make_parent();
}

PS_TEST(a_sublist_keeps_its_parent, "AD-51")
{
    run(keep_parent);
}

static void refuse(void)
{
    struct resources good = resources_of(0), fewer = resources_of(0);
    PRESOURCELIST out = parent;

    fewer.list.List[0].PartialResourceList.Count--;
    assert_int_equal(PcNewResourceList(&out, NULL, PagedPool, &good.list, &fewer.list),
                     STATUS_INVALID_PARAMETER);
    assert_null(out);
    assert_int_equal(PcNewResourceList(&out, NULL, PagedPool, &good.list, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(PcNewResourceList(NULL, NULL, PagedPool, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(PcNewResourceSublist(&out, NULL, PagedPool, NULL, 1),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(PcNewResourceSublist(&out, NULL, PagedPool, parent, 0xFFFFFFFF),
                     STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(PcNewResourceList(&out, NULL, PagedPool, NULL, NULL), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(out, NumberOfEntries), 0);
    COM_CALL(out, Release);
}

PS_TEST(lists_that_do_not_fit_together_are_refused, "AD-50")
{
    run(refuse);
}

static void starve(void)
{
    struct fault_plan plan = {.fail_at = 1, .for_good = true};
    struct resources good = resources_of(0);
    PRESOURCELIST out = parent;

    system_current->fault = &plan;
    assert_int_equal(PcNewResourceList(&out, NULL, PagedPool, &good.list, &good.list),
                     STATUS_INSUFFICIENT_RESOURCES);
    assert_null(out);
    assert_int_equal(PcNewResourceSublist(&out, NULL, PagedPool, parent, 4),
                     STATUS_INSUFFICIENT_RESOURCES);
    assert_null(out);
    system_current->fault = NULL;
}

PS_TEST(a_list_without_memory_fails_and_leaves_nothing)
{
    run(starve);
}
