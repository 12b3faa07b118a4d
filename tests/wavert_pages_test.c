// SPDX-License-Identifier: MIT
//
// IPortWaveRTStream: the seven methods on real pages, and every way to use them wrongly.
#include <unistd.h>

#include "tests/wavert_miniport.h"

static PFILE_OBJECT pin;
static PPORTWAVERTSTREAM port;

#define PORT(method, ...) port->lpVtbl->method(port, ##__VA_ARGS__)

static PHYSICAL_ADDRESS at(ULONGLONG address)
{
    return (PHYSICAL_ADDRESS){.QuadPart = (LONGLONG)address};
}

static ULONGLONG address_of(PMDL mdl, ULONG index)
{
    PHYSICAL_ADDRESS result = {.QuadPart = 99};

    CHECK(PORT(GetPhysicalPageAddress, &result, mdl, index) == &result);
    return (ULONGLONG)result.QuadPart;
}

static PMDL scattered(ULONG bytes)
{
    return PORT(AllocatePagesForMdl, at(~0ull), bytes);
}

static PMDL contiguous(ULONG bytes)
{
    return PORT(AllocateContiguousPagesForMdl, at(0), at(~0ull), bytes);
}

static void (*body)(struct fixture *f);

static void on_stream(struct fixture *f)
{
    pin = rt_pin(f, false);
    port = rt.stream->port;
    body(f);
    client_close(f, pin);
}

static void run_on(const struct fixture_options *options, void (*what)(struct fixture *f))
{
    struct fixture f;

    rt_reset();
    body = what;
    fixture_open(&f, options);
    fixture_run(&f, on_stream);
    fixture_close(&f);
}

static void run(void (*what)(struct fixture *f))
{
    struct fixture_options options = {.layout = LAYOUT_SCATTERED};

    run_on(&options, what);
}

// Address space that nothing may touch: a write there must not reach the file.
static bool readable(const void *address)
{
    int pipe_ends[2];
    bool answer;

    if (pipe(pipe_ends))
        return false;
    answer = write(pipe_ends[1], address, 1) == 1; // EFAULT instead of a signal
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    return answer;
}

// ---- allocation --------------------------------------------------------------------------------------------

static bool zero_filled(struct fixture *f, PMDL mdl)
{
    for (ULONG i = 0; i < PORT(GetPhysicalPagesCount, mdl); i++) {
        const unsigned char *page =
            memory_direct(f->system->machine, address_of(mdl, i), PAGE_SIZE);

        for (unsigned j = 0; page && j < PAGE_SIZE; j++)
            if (page[j])
                return false;
        if (!page)
            return false;
    }
    return true;
}

static void shapes(struct fixture *f)
{
    PMDL mdl = scattered(3 * PAGE_SIZE + 1);

    CHECK(mdl != NULL);
    CHECK_EQUAL(MmGetMdlByteCount(mdl), 4 * PAGE_SIZE);
    CHECK_EQUAL(MmGetMdlByteOffset(mdl), 0);
    CHECK(mdl->MdlFlags & MDL_PAGES_LOCKED);
    CHECK(!(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA));
    CHECK_EQUAL(PORT(GetPhysicalPagesCount, mdl), 4);
    for (ULONG i = 0; i < 4; i++) {
        CHECK_EQUAL(MmGetMdlPfnArray(mdl)[i] * PAGE_SIZE, address_of(mdl, i));
        CHECK(i == 0 || address_of(mdl, i) != address_of(mdl, i - 1) + PAGE_SIZE);
    }
    CHECK(zero_filled(f, mdl));
    PORT(FreePagesFromMdl, mdl);
}

PS_TEST(pages_come_whole_locked_zero_filled_and_listed, "RT-21", "RT-23", "RT-25", "RT-26")
{
    run(shapes);
}

static void high_limit(struct fixture *f)
{
    PMDL mdl;

    (void)f;
    mdl = PORT(AllocatePagesForMdl, at(0xFFFFFFFF), 64 * PAGE_SIZE);
    for (ULONG i = 0; i < 64; i++)
        CHECK(address_of(mdl, i) <= 0xFFFFF000);
    PORT(FreePagesFromMdl, mdl);
    mdl = PORT(AllocateContiguousPagesForMdl, at(0x200000), at(0x20FFFF), 16 * PAGE_SIZE);
    CHECK(mdl != NULL);
    CHECK_EQUAL(address_of(mdl, 0), 0x200000);
    CHECK(!PORT(AllocateContiguousPagesForMdl, at(0x200000), at(0x20FFFF), PAGE_SIZE));
    PORT(FreePagesFromMdl, mdl);
}

PS_TEST(pages_keep_to_the_address_limits, "RT-21", "RT-22")
{
    struct fixture_options options = {.layout = LAYOUT_CONTIGUOUS};

    run_on(&options, high_limit);
}

static void one_run(struct fixture *f)
{
    PMDL mdl = contiguous(64 * PAGE_SIZE - 5);

    CHECK(mdl != NULL);
    CHECK_EQUAL(MmGetMdlByteCount(mdl), 64 * PAGE_SIZE);
    for (ULONG i = 1; i < 64; i++)
        CHECK_EQUAL(address_of(mdl, i), address_of(mdl, i - 1) + PAGE_SIZE);
    CHECK(zero_filled(f, mdl));
    PORT(FreePagesFromMdl, mdl);
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(contiguous_means_contiguous_even_in_scattered_memory, "RT-22", "RT-23")
{
    run(one_run);
}

static void partial(struct fixture *f)
{
    const ULONG much = 200u << 20; // more than the machine has
    PMDL mdl = scattered(much);

    CHECK(mdl != NULL);
    CHECK(MmGetMdlByteCount(mdl) < much);
    CHECK_EQUAL(MmGetMdlByteCount(mdl), PORT(GetPhysicalPagesCount, mdl) * PAGE_SIZE);
    CHECK(!scattered(PAGE_SIZE)); // nothing is left
    PORT(FreePagesFromMdl, mdl);
    CHECK(!contiguous(much));
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(only_scattered_pages_may_be_fewer_than_asked_for, "RT-21", "RT-22")
{
    run(partial);
}

static void bad_requests(struct fixture *f)
{
    CHECK(!scattered(0));
    RT_ONLY(f, 1, "RT-24", RT_VERIFIER, 0x71009);
    CHECK(!PORT(AllocatePagesForMdl, at(PAGE_SIZE - 2), PAGE_SIZE));
    RT_ONLY(f, 1, "RT-24", RT_VERIFIER, 0x71009);
    CHECK(!contiguous(0));
    RT_ONLY(f, 1, "RT-24", RT_VERIFIER, 0x71009);
    CHECK(!PORT(AllocateContiguousPagesForMdl, at(0x300000), at(0x200000), PAGE_SIZE));
    RT_ONLY(f, 1, "RT-24", RT_VERIFIER, 0x71009);
    CHECK(!PORT(AllocateContiguousPagesForMdl, at(0x300000), at(0x300FFE), PAGE_SIZE));
    RT_ONLY(f, 1, "RT-24", RT_VERIFIER, 0x71009);
    CHECK(!PORT(AllocateContiguousPagesForMdl, at(0), at(~0ull), ~(SIZE_T)0));
    CHECK(!PORT(AllocateContiguousPagesForMdl, at(0), at(~0ull), (SIZE_T)1 << 44));
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(senseless_requests_get_nothing_and_a_report, "RT-24", "VF-24")
{
    run(bad_requests);
}

// ---- mapping -----------------------------------------------------------------------------------------------

static void aliases(struct fixture *f)
{
    struct machine *machine = f->system->machine;
    KSRTAUDIO_BUFFER reply = {0};
    unsigned char *kernel, *client;
    PMDL mdl;

    CHECK_EQUAL(rt_buffer(f, pin, 5 * PAGE_SIZE, &reply), STATUS_SUCCESS);
    mdl = rt.stream->mdl;
    client = reply.BufferAddress;
    kernel = PORT(MapAllocatedPages, mdl, MmCached);
    CHECK(kernel && kernel != client);
    CHECK(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA && mdl->MappedSystemVa == kernel);
    for (ULONG i = 0; i < 5; i++) {
        unsigned char *page = memory_direct(machine, address_of(mdl, i), PAGE_SIZE);

        kernel[i * PAGE_SIZE + 7] = (unsigned char)(i + 1);
        CHECK_EQUAL(page[7], i + 1);
        CHECK_EQUAL(client[i * PAGE_SIZE + 7], i + 1);
        client[i * PAGE_SIZE + 4095] = (unsigned char)(i + 0x40);
        CHECK_EQUAL(kernel[i * PAGE_SIZE + 4095], i + 0x40);
        page[100] = (unsigned char)(i + 0x80);
        CHECK_EQUAL(client[i * PAGE_SIZE + 100], i + 0x80);
    }
    PORT(UnmapAllocatedPages, kernel, mdl);
    CHECK(!readable(kernel) && !readable(kernel + 4 * PAGE_SIZE));
    CHECK(!(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA));
    CHECK(readable(client));
    CHECK(!readable(client + 5 * PAGE_SIZE));
}

PS_TEST(kernel_client_and_device_see_the_same_bytes, "RT-2", "RT-27", "RT-30", "RT-34", "RT-47")
{
    run(aliases);
}

static void types(struct fixture *f)
{
    static const MEMORY_CACHING_TYPE good[] = {MmNonCached, MmCached, MmWriteCombined};
    static const int bad[] = {MmHardwareCoherentCached, MmNonCachedUnordered, MmUSWCCached,
                              MmMaximumCacheType, -1, 1000};
    PMDL mdl;
    PVOID base;

    for (unsigned i = 0; i < 3; i++) {
        mdl = scattered(PAGE_SIZE);
        base = PORT(MapAllocatedPages, mdl, good[i]);
        CHECK(base != NULL);
        CHECK_EQUAL(memory_cache(f->system->machine, address_of(mdl, 0) / PAGE_SIZE), good[i]);
        PORT(UnmapAllocatedPages, base, mdl);
        PORT(FreePagesFromMdl, mdl);
    }
    CHECK_EQUAL(fixture_findings(f), 0);
    mdl = scattered(PAGE_SIZE);
    for (unsigned i = 0; i < 6; i++) {
        CHECK(!PORT(MapAllocatedPages, mdl, (MEMORY_CACHING_TYPE)bad[i]));
        RT_ONLY(f, 1, "RT-28", RT_VERIFIER, 0x71009);
    }
    PORT(FreePagesFromMdl, mdl);
}

PS_TEST(three_cache_types_map_and_no_other, "RT-27", "RT-28", "VF-24")
{
    run(types);
}

static void odd_addresses(struct fixture *f)
{
    static const MEMORY_CACHING_TYPE good[] = {MmNonCached, MmCached, MmWriteCombined};

    (void)f;
    for (unsigned i = 0; i < 3; i++) {
        PMDL mdl = scattered(2 * PAGE_SIZE);
        unsigned char *base = PORT(MapAllocatedPages, mdl, good[i]);
        uint64_t word = 0x1122334455667788, back;

        memcpy(base + PAGE_SIZE - 3, &word, sizeof(word)); // over the page boundary
        memcpy(&back, base + PAGE_SIZE - 3, sizeof(back));
        CHECK_EQUAL(back, word);
        PORT(UnmapAllocatedPages, base, mdl);
        PORT(FreePagesFromMdl, mdl);
    }
}

PS_TEST(no_cache_type_asks_for_alignment, "RT-35", "~VF-22", "~VF-23", "~VF-24")
{
    run(odd_addresses);
}

static void conflict(struct fixture *f)
{
    PMDL mdl = scattered(2 * PAGE_SIZE), other = scattered(PAGE_SIZE);
    PVOID base = PORT(MapAllocatedPages, mdl, MmWriteCombined);
    KSRTAUDIO_BUFFER reply;

    PORT(UnmapAllocatedPages, base, mdl);
    base = PORT(MapAllocatedPages, mdl, MmWriteCombined);
    PORT(UnmapAllocatedPages, base, mdl);
    CHECK_EQUAL(fixture_findings(f), 0);
    base = PORT(MapAllocatedPages, mdl, MmCached);
    CHECK(base != NULL);
    RT_ONLY(f, 1, "RT-36", RT_PROJECT, 93);
    PORT(UnmapAllocatedPages, base, mdl);
    base = PORT(MapAllocatedPages, other, MmCached); // another page: no conflict
    PORT(UnmapAllocatedPages, base, other);
    CHECK_EQUAL(fixture_findings(f), 0);
    PORT(FreePagesFromMdl, mdl);
    PORT(FreePagesFromMdl, other);
    rt.cache = MmNonCached;
    CHECK_EQUAL(rt_buffer(f, pin, PAGE_SIZE, &reply), STATUS_SUCCESS);
    PORT(MapAllocatedPages, rt.stream->mdl, MmCached);
    RT_ONLY(f, 1, "RT-36", RT_PROJECT, 93);
    PORT(UnmapAllocatedPages, rt.stream->mdl->MappedSystemVa, rt.stream->mdl);
}

PS_TEST(two_cache_types_for_a_page_are_found, "RT-36", "VF-93", "~VF-93")
{
    run(conflict);
}

static PVOID mapped_early;

static void map_early(struct rt_stream *stream)
{
    mapped_early =
        stream->port->lpVtbl->MapAllocatedPages(stream->port, stream->mdl, MmWriteCombined);
}

static void client_conflict(struct fixture *f)
{
    KSRTAUDIO_BUFFER reply;

    rt.on_allocate = map_early;
    CHECK_EQUAL(rt_buffer(f, pin, PAGE_SIZE, &reply), STATUS_SUCCESS); // says MmCached
    RT_ONLY(f, 1, "RT-36", RT_PROJECT, 93);
    PORT(UnmapAllocatedPages, mapped_early, rt.stream->mdl);
}

PS_TEST(the_clients_cache_type_counts_too, "RT-36")
{
    run(client_conflict);
}

static void map_twice(struct fixture *f)
{
    PMDL mdl = scattered(PAGE_SIZE);
    PVOID base = PORT(MapAllocatedPages, mdl, MmCached);

    CHECK(PORT(MapAllocatedPages, mdl, MmCached) == base);
    RT_ONLY(f, 1, "RT-29", RT_VERIFIER, 0x71004);
    PORT(UnmapAllocatedPages, base, mdl);
    CHECK(!readable(base)); // there was one mapping only
    PORT(FreePagesFromMdl, mdl);
}

PS_TEST(an_mdl_is_mapped_once_at_a_time, "RT-29", "VF-22")
{
    run(map_twice);
}

static void foreign(struct fixture *f)
{
    PMDL plain = IoAllocateMdl(NULL, PAGE_SIZE, FALSE, FALSE, NULL), dead = scattered(PAGE_SIZE);
    PHYSICAL_ADDRESS result = {.QuadPart = 1};
    PPORTWAVERTSTREAM first = port;
    PFILE_OBJECT second;
    PMDL others;

    CHECK(!PORT(MapAllocatedPages, plain, MmCached));
    RT_ONLY(f, 1, "RT-27", RT_VERIFIER, 0x71009);
    CHECK(!PORT(MapAllocatedPages, NULL, MmCached));
    RT_ONLY(f, 1, "RT-27", RT_VERIFIER, 0x71009);
    CHECK_EQUAL(PORT(GetPhysicalPagesCount, plain), 0);
    RT_ONLY(f, 1, "RT-26", RT_VERIFIER, 0x71009);
    PORT(GetPhysicalPageAddress, &result, NULL, 0);
    CHECK_EQUAL(result.QuadPart, 0);
    RT_ONLY(f, 1, "RT-26", RT_VERIFIER, 0x71009);
    PORT(UnmapAllocatedPages, &result, plain);
    RT_ONLY(f, 1, "RT-30", RT_VERIFIER, 0x71009);
    PORT(FreePagesFromMdl, plain);
    RT_ONLY(f, 1, "RT-32", RT_VERIFIER, 0x71009);
    IoFreeMdl(plain);

    CHECK(address_of(dead, 0) != 0); // remembered, and forgotten again
    PORT(FreePagesFromMdl, dead);
    PORT(GetPhysicalPageAddress, &result, dead, 0);
    CHECK_EQUAL(result.QuadPart, 0);
    RT_ONLY(f, 1, "RT-26", RT_VERIFIER, 0x71009);
    PORT(FreePagesFromMdl, dead);
    RT_ONLY(f, 1, "RT-32", RT_VERIFIER, 0x71009);

    second = rt_pin(f, true);
    port = rt.stream->port;
    others = scattered(PAGE_SIZE);
    port = first;
    CHECK(!PORT(MapAllocatedPages, others, MmCached));
    RT_ONLY(f, 1, "RT-27", RT_VERIFIER, 0x71009);
    port = rt.stream->port;
    PORT(FreePagesFromMdl, others);
    client_close(f, second);
}

PS_TEST(foreign_and_dead_mdls_are_refused, "RT-20", "RT-26", "RT-27", "RT-30", "RT-32", "VF-24")
{
    run(foreign);
}

static void bounds(struct fixture *f)
{
    PMDL mdl = scattered(3 * PAGE_SIZE);

    CHECK(address_of(mdl, 2) != 0);
    CHECK_EQUAL(address_of(mdl, 3), 0);
    RT_ONLY(f, 1, "RT-26", RT_PROJECT, 0);
    CHECK_EQUAL(address_of(mdl, ~0u), 0);
    RT_ONLY(f, 1, "RT-26", RT_PROJECT, 0);
    PORT(FreePagesFromMdl, mdl);
}

PS_TEST(the_last_index_is_the_count_less_one, "RT-26")
{
    run(bounds);
}

static void scribbled(struct fixture *f)
{
    PMDL mdl = scattered(2 * PAGE_SIZE);
    ULONGLONG first = address_of(mdl, 0);
    PFN_NUMBER kept = MmGetMdlPfnArray(mdl)[0];
    PVOID base;

    MmGetMdlPfnArray(mdl)[0] = 12345678;
    mdl->ByteCount = 0x7FFFFFFF;
    CHECK_EQUAL(address_of(mdl, 0), first);
    CHECK_EQUAL(PORT(GetPhysicalPagesCount, mdl), 2);
    base = PORT(MapAllocatedPages, mdl, MmCached);
    CHECK(readable(base) && !readable((char *)base + 2 * PAGE_SIZE));
    PORT(UnmapAllocatedPages, base, mdl);
    MmGetMdlPfnArray(mdl)[0] = kept;
    mdl->ByteCount = 2 * PAGE_SIZE;
    PORT(FreePagesFromMdl, mdl);
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(what_a_driver_writes_into_an_mdl_changes_nothing, "RT-25", "RT-26")
{
    run(scribbled);
}

// ---- order and ownership -----------------------------------------------------------------------------------

static void bad_unmap(struct fixture *f)
{
    PMDL mdl = scattered(2 * PAGE_SIZE);
    char *base;

    PORT(UnmapAllocatedPages, NULL, mdl);
    RT_ONLY(f, 1, "RT-30", RT_VERIFIER, 0x71004);
    base = PORT(MapAllocatedPages, mdl, MmCached);
    PORT(UnmapAllocatedPages, base + PAGE_SIZE, mdl);
    RT_ONLY(f, 1, "RT-30", RT_VERIFIER, 0x71004);
    CHECK(readable(base));
    PORT(UnmapAllocatedPages, base, mdl);
    PORT(UnmapAllocatedPages, base, mdl);
    RT_ONLY(f, 1, "RT-30", RT_VERIFIER, 0x71004);
    PORT(FreePagesFromMdl, mdl);
}

PS_TEST(unmapping_what_is_not_mapped_there_does_nothing, "RT-30")
{
    run(bad_unmap);
}

static void free_mapped(struct fixture *f)
{
    PMDL mdl = scattered(2 * PAGE_SIZE);
    char *base = PORT(MapAllocatedPages, mdl, MmCached);

    PORT(FreePagesFromMdl, mdl);
    RT_ONLY(f, 1, "RT-32", RT_VERIFIER, 0x71004);
    CHECK(!readable(base));
}

PS_TEST(pages_are_unmapped_before_they_are_freed, "RT-30", "RT-32", "VF-22")
{
    run(free_mapped);
}

static void free_both(struct fixture *f)
{
    size_t mdls, pages;
    struct kernel_counts counts;
    PMDL mdl;

    kernel_get_counts(f->system, &counts);
    mdls = counts.mdls, pages = counts.pages;
    mdl = scattered(PAGE_SIZE);
    PORT(FreePagesFromMdl, mdl);
    kernel_get_counts(f->system, &counts);
    CHECK_EQUAL(counts.mdls, mdls);
    CHECK_EQUAL(counts.pages, pages);
    CHECK(!kernel_mdl_number(f->system, mdl));
    ExFreePool(mdl); // as after MmFreePagesFromMdl
    CHECK(rt_total(f) == 1);
    CHECK(fixture_found(f, "VF-64") == 1);
    fixture_forgive(f);
}

PS_TEST(free_takes_the_mdl_with_the_pages, "RT-31")
{
    run(free_both);
}

static void kernel_functions(struct fixture *f)
{
    PMDL mdl = scattered(PAGE_SIZE);

    MmFreePagesFromMdl(mdl);
    CHECK_EQUAL(fixture_found(f, "VF-83"), 1);
    fixture_forgive(f);
    CHECK(address_of(mdl, 0) != 0); // they are still there
    PORT(FreePagesFromMdl, mdl);
    CHECK_EQUAL(fixture_findings(f), 0);
    mdl = scattered(PAGE_SIZE);
    ExFreePool(mdl);
    CHECK(PORT(MapAllocatedPages, mdl, MmCached) != NULL);
    PORT(FreePagesFromMdl, mdl);
    CHECK_EQUAL(rt_found(f, "RT-31", RT_PROJECT, 0), 1);
    fixture_forgive(f);
}

PS_TEST(the_kernels_functions_do_not_replace_the_ports, "RT-20", "RT-31")
{
    run(kernel_functions);
}

static void forget_pages(struct fixture *f)
{
    PMDL mdl = scattered(3 * PAGE_SIZE);

    PORT(MapAllocatedPages, mdl, MmCached);
    contiguous(PAGE_SIZE);
    client_close(f, pin);
    RT_ONLY(f, 2, "RT-33", RT_VERIFIER, 0x71005);
    pin = NULL;
}

PS_TEST(pages_never_freed_are_found_at_close_and_taken_back, "RT-33", "VF-23")
{
    run(forget_pages);
}

static void keep_stream(struct fixture *f)
{
    (void)f;
    rt.stream->references++; // the miniport holds on to its stream for ever
    scattered(PAGE_SIZE);
}

static void remove_device(struct fixture *f)
{
    kernel_close(f->system, f->filter);
    CHECK_EQUAL(kernel_remove_device(f->system, f->pdo, false), STATUS_SUCCESS);
}

PS_TEST(pages_never_freed_are_found_at_removal_too, "RT-33", "VF-23")
{
    struct fixture f;

    rt_reset();
    body = keep_stream;
    fixture_open(&f, NULL);
    fixture_run(&f, on_stream);
    assert_int_equal(fixture_findings(&f), 0);
    fixture_run(&f, remove_device);
    assert_int_equal(rt_found(&f, "RT-33", RT_VERIFIER, 0x71005), 1);
    fixture_abandon(&f);
}

static void keep_port_stream(struct fixture *f)
{
    scattered(PAGE_SIZE);
    rt.keep_port = true;
    client_close(f, pin);
    CHECK_EQUAL(rt_found(f, "RT-33", RT_VERIFIER, 0x71005), 1); // at close, not at removal
    CHECK_EQUAL(rt_found(f, "RT-10", RT_PROJECT, 16), 1);
    CHECK_EQUAL(rt_total(f), 2);
    pin = NULL;
}

PS_TEST(a_miniport_that_keeps_its_port_stream_is_found_at_close, "RT-10", "RT-33", "VF-16")
{
    struct fixture f;

    rt_reset();
    body = keep_port_stream;
    fixture_open(&f, NULL);
    fixture_run(&f, on_stream);
    fixture_abandon(&f);
}

static void raised(struct fixture *f)
{
    PHYSICAL_ADDRESS result;
    PMDL mdl = scattered(PAGE_SIZE);
    PVOID base;
    KIRQL irql;

    address_of(mdl, 0);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    base = PORT(MapAllocatedPages, mdl, MmCached);
    PORT(UnmapAllocatedPages, base, mdl);
    PORT(GetPhysicalPagesCount, mdl);
    PORT(GetPhysicalPageAddress, &result, mdl, 0);
    KeLowerIrql(irql);
    CHECK_EQUAL(rt_found(f, "VF-21", RT_VERIFIER, 0x71003), 4);
    fixture_forgive(f);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    PORT(FreePagesFromMdl, mdl);
    mdl = scattered(PAGE_SIZE);
    PORT(FreePagesFromMdl, mdl);
    mdl = contiguous(PAGE_SIZE);
    PORT(FreePagesFromMdl, mdl);
    KeLowerIrql(irql);
    CHECK_EQUAL(rt_found(f, "VF-21", RT_VERIFIER, 0x71003), 5);
    fixture_forgive(f);
}

PS_TEST(all_seven_are_for_passive_level, "RT-37", "VF-21")
{
    run(raised);
}

static void granted(struct fixture *f)
{
    struct machine *machine = f->system->machine;
    PMDL mdl = scattered(2 * PAGE_SIZE);
    ULONGLONG second = address_of(mdl, 1);

    CHECK(grant_covers(machine, second, PAGE_SIZE, PS_DMA_FROM_MEMORY));
    CHECK(grant_covers(machine, second, PAGE_SIZE, PS_DMA_TO_MEMORY));
    PORT(FreePagesFromMdl, mdl);
    CHECK(!grant_covers(machine, second, PAGE_SIZE, PS_DMA_FROM_MEMORY));
    CHECK(!grant_covers(machine, second, PAGE_SIZE, PS_DMA_TO_MEMORY));
}

PS_TEST(devices_may_touch_the_pages_from_allocation_to_free)
{
    run(granted);
}

static void many(struct fixture *f)
{
    enum { MDLS = 500 };
    static PMDL mdls[MDLS];

    for (ULONG i = 0; i < MDLS; i++) {
        mdls[i] = scattered((i % 3 + 1) * PAGE_SIZE);
        CHECK(mdls[i] != NULL);
    }
    for (ULONG i = 0; i < MDLS; i++) {
        CHECK_EQUAL(PORT(GetPhysicalPagesCount, mdls[i]), i % 3 + 1);
        CHECK_EQUAL(address_of(mdls[i], i % 3), MmGetMdlPfnArray(mdls[i])[i % 3] * PAGE_SIZE);
    }
    for (ULONG i = 0; i < MDLS; i += 2)
        PORT(FreePagesFromMdl, mdls[i]);
    for (ULONG i = 1; i < MDLS; i += 2) {
        CHECK_EQUAL(address_of(mdls[i], 0), MmGetMdlPfnArray(mdls[i])[0] * PAGE_SIZE);
        PORT(FreePagesFromMdl, mdls[i]);
    }
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(many_mdls_keep_apart, "RT-26")
{
    run(many);
}

// ---- nothing to be had -------------------------------------------------------------------------------------

static unsigned failing;

static void each_allocation_fails(struct fixture *f)
{
    for (failing = 1;; failing++) {
        struct kernel_counts before, after;
        PVOID base = NULL;
        PMDL mdl;

        kernel_get_counts(f->system, &before);
        f->faults = (struct fault_plan){.fail_at = failing};
        mdl = failing % 2 ? scattered(3 * PAGE_SIZE) : contiguous(3 * PAGE_SIZE);
        if (mdl)
            base = PORT(MapAllocatedPages, mdl, MmCached);
        if (base)
            PORT(UnmapAllocatedPages, base, mdl);
        if (mdl)
            PORT(FreePagesFromMdl, mdl);
        f->faults.fail_at = 0;
        kernel_get_counts(f->system, &after);
        CHECK_EQUAL(after.pool_blocks, before.pool_blocks);
        CHECK_EQUAL(after.mdls, before.mdls);
        CHECK_EQUAL(after.pages, before.pages);
        CHECK_EQUAL(after.views, before.views);
        CHECK_EQUAL(after.grants, before.grants);
        if (base)
            break;
        CHECK(failing < 20);
        if (failing >= 20)
            break;
    }
    CHECK(failing > 3); // record, pages, MDL, mapping
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(each_failing_allocation_gives_null_and_leaks_nothing, "RT-21", "RT-22", "RT-27", "VF-161")
{
    run(each_allocation_fails);
}

static void no_budget(struct fixture *f)
{
    PMDL mdl = scattered(200 * PAGE_SIZE), small = scattered(PAGE_SIZE);
    size_t before = view_mappings(f->system->machine);
    PVOID base;

    CHECK(!PORT(MapAllocatedPages, mdl, MmCached)); // 200 pieces, 100 allowed
    CHECK_EQUAL(view_mappings(f->system->machine), before);
    CHECK(!(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA));
    base = PORT(MapAllocatedPages, small, MmCached);
    CHECK(base != NULL);
    PORT(UnmapAllocatedPages, base, small);
    PORT(FreePagesFromMdl, mdl);
    PORT(FreePagesFromMdl, small);
    mdl = contiguous(200 * PAGE_SIZE); // one piece
    base = PORT(MapAllocatedPages, mdl, MmCached);
    CHECK(base != NULL);
    PORT(UnmapAllocatedPages, base, mdl);
    PORT(FreePagesFromMdl, mdl);
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(without_mappings_left_the_answer_is_null, "RT-27")
{
    struct fixture_options options = {.layout = LAYOUT_SCATTERED, .map_budget = 100};

    run_on(&options, no_budget);
}
