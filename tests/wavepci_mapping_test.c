// SPDX-License-Identifier: MIT
//
// GetMapping, ReleaseMapping, TerminatePacket through the port: what the mappings are, and every violation
// with the finding it raises.
#include <errno.h>

#include "port/wavepci.h"
#include "tests/wavepci_fixture.h"

static PFILE_OBJECT pin;
static struct packet packet;

static void open_running(struct fixture *f, ULONG bytes, ULONG offset)
{
    CHECK(packet_make(f, &packet, 1, bytes, offset));
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
}

static void close_all(struct fixture *f)
{
    client_close(f, pin);
    packet_free(f, &packet);
}

static void run_on(enum memory_layout layout, void (*scenario)(struct fixture *f))
{
    struct fixture_options options = {.layout = layout};
    struct fixture f;

    fixture_open(&f, &options);
    fixture_run(&f, scenario);
    fixture_close(&f);
}

static void run(void (*scenario)(struct fixture *f))
{
    run_on(LAYOUT_CONTIGUOUS, scenario);
}

// Runs with violations: each of `rules` must have been found once, and nothing else.
static void run_violating(void (*scenario)(struct fixture *f), const char *rule, unsigned times)
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, scenario);
    assert_int_equal(fixture_found(&f, rule), times);
    fixture_forgive(&f);
    fixture_close(&f);
}

// ---- what mappings are -----------------------------------------------------------------------------------

// Both views of each mapping show the client's bytes, in order, to the last (WP-20, WP-22).
static void compare_views(struct fixture *f)
{
    ULONG done = 0;
    struct held held;

    while (mini_get(mini.stream, &held)) {
        const void *direct = memory_direct(f->system->machine, held.physical, held.bytes);

        CHECK(direct != NULL);
        CHECK(held.bytes > 0);
        CHECK(!memcmp(direct, held.virtual_address, held.bytes));
        CHECK(!memcmp(direct, packet.data + done, held.bytes));
        held.virtual_address[0] ^= 0x55; // the same byte, not a copy
        CHECK_EQUAL(*(const unsigned char *)direct, packet.data[done]);
        held.virtual_address[0] ^= 0x55;
        done += held.bytes;
        CHECK_EQUAL(held.flags != 0, done == packet.bytes);
        if (held.flags)
            CHECK_EQUAL(held.flags, 1);
    }
    CHECK_EQUAL(done, packet.bytes);
}

static void every_alignment(struct fixture *f)
{
    static const ULONG cases[][2] = {{1, 0},      {1, 4095},  {4096, 0},  {4096, 1},
                                     {5760, 1728}, {5760, 0}, {12345, 7}, {65537, 4001},
                                     {2, 4095},   {3, 4094},  {40000, 2049}};

    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        CHECK(packet_make(f, &packet, 1, cases[i][0], cases[i][1]));
        CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
        compare_views(f);
        mini_release_all(mini.stream);
        kernel_wait(&packet.request);
        CHECK_EQUAL(packet.request.information, cases[i][0]);
        packet_free(f, &packet);
    }
    client_close(f, pin);
}

PS_TEST(both_views_of_each_mapping_are_the_clients_bytes, "WP-20", "WP-22", "WP-23", "WP-26",
        "WP-28",
        "WP-89")
{
    run_on(LAYOUT_CONTIGUOUS, every_alignment);
    run_on(LAYOUT_SCATTERED, every_alignment);
    run_on(LAYOUT_FRAGMENTED, every_alignment);
}

static void worked_example(struct fixture *f)
{
    static const ULONG offsets[] = {1728, 0}, first[] = {2368, 4096};
    struct held held;

    for (unsigned i = 0; i < 2; i++) {
        open_running(f, 5760, offsets[i]);
        CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
        CHECK(mini_get(mini.stream, &held));
        CHECK_EQUAL(held.bytes, first[i]);
        CHECK_EQUAL(held.flags, 0);
        CHECK(mini_get(mini.stream, &held));
        CHECK_EQUAL(held.bytes, 5760 - first[i]);
        CHECK_EQUAL(held.flags, 1);
        close_all(f);
    }
}

PS_TEST(the_documents_example_comes_out_as_written, "WP-32")
{
    run_on(LAYOUT_SCATTERED, worked_example);
}

static void merged(struct fixture *f)
{
    struct held held;

    open_running(f, 80 * 1024, 0);
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    CHECK(mini_get(mini.stream, &held));
    CHECK_EQUAL(held.bytes, 64 * 1024); // 16 pages, the cap
    CHECK(mini_get(mini.stream, &held));
    CHECK_EQUAL(held.bytes, 16 * 1024);
    close_all(f);
}

PS_TEST(adjacent_pages_are_one_mapping_up_to_the_cap, "WP-29", "WP-30", "WP-31")
{
    run(merged);
}

static void split(struct fixture *f)
{
    struct held held;

    CHECK_EQUAL(policy_set(f->system, "mapping-split", "split-every-page"), 0);
    open_running(f, 16384, 100);
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    CHECK(mini_get(mini.stream, &held));
    CHECK_EQUAL(held.bytes, 3996);
    CHECK(mini_get(mini.stream, &held));
    CHECK_EQUAL(held.bytes, 4096);
    close_all(f);
}

PS_TEST(a_policy_splits_at_every_page, "WP-30")
{
    run(split);
}

static void want_frames(struct mini_stream *stream)
{
    stream->framing = 1920;
}

static void frames_of_a_loop(struct fixture *f)
{
    static const struct step script[] = {
        {.call = "NewStream 0 play", .action = want_frames}, {.call = NULL}};
    struct held held;

    mini.script = script;
    mini.ignore = MINI_FRAMING | MINI_STATE | MINI_AVAILABLE | MINI_SERVICE;
    CHECK(packet_make(f, &packet, 1, 1920 * 3, 0));
    pin = client_pin(f, 0, true);
    mini.script = NULL;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    for (unsigned i = 0; i < 6; i++) {
        CHECK(mini_get(mini.stream, &held));
        CHECK_EQUAL(held.bytes, 1920);
        CHECK_EQUAL(held.flags, i % 3 == 2);
    }
    close_all(f);
}

PS_TEST(a_looped_buffer_is_cut_into_allocation_frames, "WP-29", "WP-85", "WP-87")
{
    run(frames_of_a_loop);
}

// A miniport that only ever reads through VirtualAddress hears every byte, at raised IRQL too (WP-22).
static unsigned char heard[8000];
static size_t heard_count;

static void listen(struct mini_stream *stream)
{
    struct held held;

    while (mini_get(stream, &held)) {
        for (ULONG i = 0; i < held.bytes; i++)
            heard[heard_count++] = held.virtual_address[i];
        CHECK_EQUAL(mini_release_oldest(stream), STATUS_SUCCESS);
    }
}

static void listens(struct fixture *f)
{
    heard_count = 0;
    mini.on_available = listen;
    mini.on_service = listen;
    open_running(f, 8000, 33);
    CHECK(!mini_get(mini.stream, NULL)); // refused: MappingAvailable must follow
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    kernel_wait(&packet.request);
    CHECK_EQUAL(heard_count, 8000);
    CHECK(!memcmp(heard, packet.data, 8000));
    close_all(f);
}

PS_TEST(a_miniport_may_read_through_virtual_addresses_only, "WP-22", "WP-34", "WP-24")
{
    run_on(LAYOUT_SCATTERED, listens);
}

static unsigned taken_in[4];

static void take_in_state(struct mini_stream *stream, KSSTATE state)
{
    taken_in[state] += mini_get(stream, NULL);
}

static void reentrant(struct fixture *f)
{
    struct packet more[3];

    memset(taken_in, 0, sizeof(taken_in));
    for (unsigned i = 0; i < 3; i++)
        CHECK(packet_make(f, &more[i], 1, 100, 0));
    mini.on_state = take_in_state;
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_ACQUIRE), STATUS_SUCCESS);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(packet_write(f, pin, &more[i]), STATUS_PENDING);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(taken_in[KSSTATE_PAUSE] + taken_in[KSSTATE_RUN], 2); // at PASSIVE_LEVEL
    mini.on_state = NULL;
    client_close(f, pin);
    for (unsigned i = 0; i < 3; i++)
        packet_free(f, &more[i]);
}

PS_TEST(getmapping_may_be_called_inside_setstate, "WP-34", "WP-88", "WP-78")
{
    run(reentrant);
}

static void headers_in_one_packet(struct fixture *f)
{
    struct packet three;
    struct held held;

    CHECK(packet_make(f, &three, 3, 100, 50));
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(packet_write(f, pin, &three), STATUS_PENDING);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(mini_get(mini.stream, &held));
        CHECK_EQUAL(held.bytes, 100);
        CHECK(!memcmp(held.virtual_address, three.headers[i].Data, 100));
        CHECK_EQUAL(held.flags, i == 2); // the last of the packet only
    }
    mini_release_all(mini.stream);
    kernel_wait(&three.request);
    CHECK_EQUAL(three.request.information, 300);
    client_close(f, pin);
    packet_free(f, &three);
}

PS_TEST(several_headers_are_one_packet, "WP-26", "WP-29", "KP-36", "~VF-3", "~VF-4")
{
    run(headers_in_one_packet);
}

static void write_sixteen(struct fixture *f)
{
    ULONGLONG any = 0;
    struct held held;
    unsigned count = 0;

    open_running(f, 16 * 4096, 0);
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    while (mini_get(mini.stream, &held)) {
        any ^= held.physical;
        count++;
    }
    CHECK_EQUAL(count, 16);       // no limit on how many are held
    CHECK_EQUAL(mini.stream->count, 16);
    (void)any;
    close_all(f);
}

PS_TEST(a_miniport_holds_as_many_as_it_likes, "WP-36", "~VF-12", "DS-12")
{
    run_on(LAYOUT_SCATTERED, write_sixteen);
}

// ---- refusal -----------------------------------------------------------------------------------------------

static NTSTATUS get(PVOID tag, PHYSICAL_ADDRESS *physical, PVOID *address, ULONG *bytes, ULONG *flags)
{
    PPORTWAVEPCISTREAM port = mini.stream->port;

    return port->lpVtbl->GetMapping(port, tag, physical, address, bytes, flags);
}

static void refused(struct fixture *f)
{
    PHYSICAL_ADDRESS physical = {.QuadPart = 0x1234};
    PVOID address = &physical;
    ULONG bytes = 77, flags = 77;

    open_running(f, 1920, 0);
    CHECK_EQUAL(get((PVOID)5, &physical, &address, &bytes, &flags), STATUS_NOT_FOUND);
    CHECK_EQUAL(bytes, 0);
    CHECK_EQUAL(flags, 0);
    CHECK_EQUAL(physical.QuadPart, 0x1234);
    CHECK(address == &physical);
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    CHECK_EQUAL(get((PVOID)5, &physical, &address, &bytes, &flags), STATUS_SUCCESS); // not consumed
    CHECK_EQUAL(bytes, 1920);
    CHECK_EQUAL(mini_release_tag(mini.stream, 5), STATUS_SUCCESS);
    close_all(f);
}

PS_TEST(a_refusal_changes_nothing_but_count_and_flags, "WP-24", "WP-25", "~VF-5")
{
    run(refused);
}

static void null_pointers(struct fixture *f)
{
    PHYSICAL_ADDRESS physical;
    PVOID address;
    ULONG bytes, flags;

    open_running(f, 1920, 0);
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    CHECK_EQUAL(get((PVOID)1, NULL, &address, &bytes, &flags), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(get((PVOID)1, &physical, NULL, &bytes, &flags), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(get((PVOID)1, &physical, &address, NULL, &flags), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(get((PVOID)1, &physical, &address, &bytes, NULL), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(get((PVOID)1, &physical, &address, &bytes, &flags), STATUS_SUCCESS);
    CHECK_EQUAL(mini_release_tag(mini.stream, 1), STATUS_SUCCESS);
    close_all(f);
}

PS_TEST(null_outputs_are_refused_and_reported, "WP-21", "VF-13")
{
    run_violating(null_pointers, "WP-21", 4);
}

static void null_tag(struct fixture *f)
{
    PHYSICAL_ADDRESS physical;
    PVOID address;
    ULONG bytes, flags;

    open_running(f, 1920, 0);
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    CHECK_EQUAL(get(NULL, &physical, &address, &bytes, &flags), STATUS_SUCCESS);
    CHECK_EQUAL(mini_release_tag(mini.stream, 0), STATUS_SUCCESS);
    kernel_wait(&packet.request);
    CHECK_EQUAL(packet.request.status, STATUS_SUCCESS);
    close_all(f);
}

PS_TEST(null_is_a_legal_tag, "WP-21", "WP-35", "~VF-13")
{
    run(null_tag);
}

static void tags_twice(struct fixture *f)
{
    PHYSICAL_ADDRESS physical;
    PVOID address;
    ULONG bytes, flags;

    open_running(f, 8192, 0);
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    CHECK_EQUAL(get((PVOID)9, &physical, &address, &bytes, &flags), STATUS_SUCCESS);
    CHECK_EQUAL(get((PVOID)9, &physical, &address, &bytes, &flags), STATUS_SUCCESS);
    CHECK_EQUAL(mini_release_tag(mini.stream, 9), STATUS_SUCCESS);
    CHECK_EQUAL(mini_release_tag(mini.stream, 9), STATUS_SUCCESS);
    close_all(f);
}

static void run_tags_twice(struct fixture *f)
{
    CHECK_EQUAL(policy_set(f->system, "mapping-split", "split-every-page"), 0);
    tags_twice(f);
}

PS_TEST(a_tag_that_is_held_may_not_be_used_again, "WP-35", "VF-5")
{
    run_violating(run_tags_twice, "WP-35", 1);
}

// ---- releasing -----------------------------------------------------------------------------------------------

static void take_pages(struct fixture *f, unsigned pages)
{
    CHECK_EQUAL(policy_set(f->system, "mapping-split", "split-every-page"), 0);
    open_running(f, pages * 4096, 0);
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    for (unsigned i = 0; i < pages; i++)
        CHECK(mini_get(mini.stream, NULL));
}

static void unknown_tag(struct fixture *f)
{
    take_pages(f, 2);
    CHECK_EQUAL(mini_release_tag(mini.stream, 77), STATUS_NOT_FOUND);
    mini_release_all(mini.stream);
    CHECK_EQUAL(mini_release_tag(mini.stream, 1), STATUS_NOT_FOUND); // a second time
    kernel_wait(&packet.request);
    close_all(f);
}

PS_TEST(releasing_what_is_not_held_is_reported, "WP-38", "VF-4")
{
    run_violating(unknown_tag, "WP-38", 2);
}

static void out_of_order(struct fixture *f)
{
    take_pages(f, 3);
    mini.stream->count = 0;
    CHECK_EQUAL(mini_release_tag(mini.stream, 2), STATUS_SUCCESS);
    CHECK_EQUAL(mini_release_tag(mini.stream, 3), STATUS_SUCCESS);
    CHECK(!packet.request.done);
    CHECK_EQUAL(mini_release_tag(mini.stream, 1), STATUS_SUCCESS);
    kernel_wait(&packet.request);
    CHECK_EQUAL(packet.request.information, 3 * 4096);
    close_all(f);
}

PS_TEST(releasing_out_of_order_is_reported_and_works, "WP-37", "WP-39", "VF-3")
{
    run_violating(out_of_order, "WP-39", 2);
}

static void terminate(struct fixture *f)
{
    PPORTWAVEPCISTREAM port;

    CHECK_EQUAL(policy_set(f->system, "mapping-split", "split-every-page"), 0);
    CHECK(packet_make(f, &packet, 1, 3 * 4096, 0));
    pin = client_pin(f, 1, false);
    port = mini.stream->port;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(port->lpVtbl->TerminatePacket(port), STATUS_SUCCESS); // none is being mapped
    CHECK_EQUAL(packet_read(f, pin, &packet), STATUS_PENDING);
    CHECK(mini_get(mini.stream, NULL));
    CHECK_EQUAL(port->lpVtbl->TerminatePacket(port), STATUS_SUCCESS);
    CHECK(!packet.request.done); // the mapping is still held
    CHECK(!mini_get(mini.stream, NULL));
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
    kernel_wait(&packet.request);
    CHECK_EQUAL(packet.request.status, STATUS_SUCCESS);
    CHECK_EQUAL(packet.headers[0].DataUsed, 4096);
    close_all(f);
}

PS_TEST(terminatepacket_hands_back_what_is_filled, "WP-42", "WP-44", "~VF-14")
{
    run(terminate);
}

// ---- IRQL ------------------------------------------------------------------------------------------------------

// All that is there has been taken.
static void get_nothing(void)
{
    PPORTWAVEPCISTREAM port = mini.stream->port;
    PHYSICAL_ADDRESS physical;
    ULONG bytes, flags;
    PVOID address;

    CHECK_EQUAL(port->lpVtbl->GetMapping(port, (PVOID)99, &physical, &address, &bytes, &flags), STATUS_NOT_FOUND);
}

static void above_dispatch(struct fixture *f)
{
    KIRQL old;

    take_pages(f, 1);
    KeRaiseIrql(5, &old);
    get_nothing();
    KeLowerIrql(old);
    close_all(f);
}

PS_TEST(mappings_are_got_at_dispatch_level_or_below, "VF-21")
{
    const struct finding *finding;
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, above_dispatch);
    assert_true(fixture_findings(&f) > 0); // others may follow: the port's lock is for DISPATCH_LEVEL, too
    finding = journal_get(f.system->journal, 0);
    assert_string_equal(finding->rule, "VF-21");
    assert_int_equal(finding->code, 0xC4);
    assert_int_equal(finding->parameters[0], 0x71003);
    fixture_abandon(&f);
}

// ---- locks held (WP-45) ----------------------------------------------------------------------------------------

static void with_lock(struct fixture *f)
{
    PPORTWAVEPCISTREAM port;
    KIRQL irql;

    take_pages(f, 1);
    port = mini.stream->port;
    KeAcquireSpinLock(&mini.stream->lock, &irql);
    mini_release_tag(mini.stream, 1);
    KeReleaseSpinLock(&mini.stream->lock, irql);
    (void)port;
    mini.stream->count = 0;
    close_all(f);
}

PS_TEST(a_lock_held_across_releasemapping_is_found, "WP-45", "VF-2", "VF-2a")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, with_lock);
    for (size_t i = 0; i < fixture_findings(&f); i++) {
        const struct finding *finding = journal_get(f.system->journal, i);

        if (strcmp(finding->rule, "WP-45"))
            continue;
        assert_int_equal(finding->code, 0xC4);
        assert_int_equal(finding->parameters[0], 0x1001);
        assert_int_equal(finding->parameters[2], 2);
        assert_int_equal(finding->parameters[3], (uintptr_t)finding->caller);
        assert_int_equal(finding->side, SIDE_DRIVER);
    }
    assert_int_equal(fixture_found(&f, "WP-45"), 1);
    fixture_abandon(&f);
}

static void get_with_lock(struct fixture *f)
{
    KIRQL irql;

    take_pages(f, 1);
    KeAcquireSpinLock(&mini.stream->lock, &irql);
    get_nothing();
    KeReleaseSpinLock(&mini.stream->lock, irql);
    close_all(f);
}

PS_TEST(a_lock_held_across_getmapping_is_found, "WP-45", "VF-2", "VF-2a")
{
    const struct finding *finding;
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, get_with_lock);
    assert_int_equal(fixture_found(&f, "WP-45"), 1);
    finding = journal_get(f.system->journal, 0);
    assert_string_equal(finding->rule, "WP-45");
    assert_int_equal(finding->parameters[2], 1);
    fixture_abandon(&f);
}

static KSPIN_LOCK other_lock;
static volatile bool held_elsewhere, let_go;

static void hold_elsewhere(void *context)
{
    KIRQL irql;

    (void)context;
    KeAcquireSpinLock(&other_lock, &irql);
    held_elsewhere = true;
    while (!let_go)
        KeStallExecutionProcessor(10);
    KeReleaseSpinLock(&other_lock, irql);
}

static void another_processors_lock(struct fixture *f)
{
    struct fixture_thread thread = {.entry = hold_elsewhere};

    KeInitializeSpinLock(&other_lock);
    held_elsewhere = let_go = false;
    take_pages(f, 2);
    fixture_thread(f, &thread);
    while (!held_elsewhere)
        KeStallExecutionProcessor(10);
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
    let_go = true;
    fixture_join(&thread);
    close_all(f);
}

PS_TEST(another_processors_lock_does_not_count, "VF-2b", "WP-45", "~VF-2", "~VF-2a", "~VF-2b")
{
    run(another_processors_lock);
}

static void terminate_with_lock(struct fixture *f)
{
    PPORTWAVEPCISTREAM port;
    KIRQL irql;

    open_running(f, 4096, 0);
    port = mini.stream->port;
    KeAcquireSpinLock(&mini.stream->lock, &irql);
    CHECK_EQUAL(port->lpVtbl->TerminatePacket(port), STATUS_SUCCESS);
    KeReleaseSpinLock(&mini.stream->lock, irql);
    close_all(f);
}

PS_TEST(a_lock_held_across_terminatepacket_is_a_warning, "WP-47", "VF-14")
{
    run_violating(terminate_with_lock, "WP-47", 1);
}

// ---- grants (VF-11) --------------------------------------------------------------------------------------------

static void grants(struct fixture *f)
{
    struct machine *machine = f->system->machine;
    struct held held;
    KIRQL irql;

    CHECK_EQUAL(policy_set(f->system, "mapping-split", "split-every-page"), 0);
    open_running(f, 8192, 0);
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    CHECK_EQUAL(grant_count(machine), 0);
    CHECK(mini_get(mini.stream, &held));
    CHECK(grant_covers(machine, held.physical, held.bytes, PS_DMA_FROM_MEMORY));
    CHECK(!grant_covers(machine, held.physical, held.bytes, PS_DMA_TO_MEMORY));
    CHECK_EQUAL(grant_count(machine), 1);
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
    CHECK_EQUAL(grant_count(machine), 0);
    CHECK(mini_get(mini.stream, &held));
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS); // revoked
    CHECK_EQUAL(grant_count(machine), 0);
    (void)irql;
    close_all(f);
}

PS_TEST(a_device_may_touch_held_mappings_only, "VF-11")
{
    run(grants);
}

// What the device would do whose DMA the driver forgot to stop.
static int touch(struct fixture *f, const struct held *held)
{
    char byte;

    return ps_device_dma_read(machine_device(f->system->machine, 0), held->physical, &byte, 1);
}

static void runs_on(struct fixture *f)
{
    struct held first, second;

    CHECK_EQUAL(policy_set(f->system, "mapping-split", "split-every-page"), 0);
    open_running(f, 3 * 4096, 0);
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    CHECK(mini_get(mini.stream, &first));
    CHECK_EQUAL(touch(f, &first), 0);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CHECK_EQUAL(touch(f, &first), -EFAULT); // 1
    CHECK(mini_get(mini.stream, &second));  // may be taken, but not fetched
    CHECK_EQUAL(touch(f, &second), -EFAULT); // 2
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(touch(f, &first), 0);
    CHECK_EQUAL(touch(f, &second), 0);
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    CHECK_EQUAL(touch(f, &second), -EFAULT); // 3
    CHECK_EQUAL(grant_count(f->system->machine), 0);
    close_all(f);
}

PS_TEST(dma_that_goes_on_after_pause_or_stop_is_found, "VF-17")
{
    run_violating(runs_on, "VF-17", 3);
}

// Before the first RUN a driver may let its device fetch ahead.
static void fetches_ahead(struct fixture *f)
{
    struct held held;

    CHECK(packet_make(f, &packet, 1, 1920, 0));
    pin = client_pin(f, 0, false);
    for (unsigned round = 0; round < 2; round++) {
        CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
        CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
        CHECK(mini_get(mini.stream, &held));
        CHECK_EQUAL(touch(f, &held), 0);
        CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
        CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    }
    close_all(f);
}

PS_TEST(a_device_may_fetch_ahead_before_run, "VF-17", "~VF-11", "~VF-17")
{
    run(fetches_ahead);
}

// The port revokes all at STOP, so only a fault of its own could leave one; the check is asked in mid-stream.
static void closed_holding(struct fixture *f)
{
    open_running(f, 1920, 0);
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    CHECK(mini_get(mini.stream, NULL));
    wavepci_checks_closed(CONTAINING_RECORD(mini.stream->port, struct wavepci_stream, iface));
    close_all(f);
}

PS_TEST(a_stream_that_closes_with_a_mapping_held_is_found, "VF-12")
{
    run_violating(closed_holding, "WP-37", 1);
}

static void polling(struct fixture *f)
{
    PHYSICAL_ADDRESS physical;
    PVOID address;
    ULONG bytes, flags;

    open_running(f, 1920, 0);
    for (unsigned i = 0; i < 1500; i++)
        CHECK_EQUAL(get((PVOID)1, &physical, &address, &bytes, &flags), STATUS_NOT_FOUND);
    close_all(f);
}

PS_TEST(asking_a_thousand_times_is_a_warning, "VF-18")
{
    run_violating(polling, "VF-18", 1);
}

static void asking_by_timer(struct fixture *f)
{
    PHYSICAL_ADDRESS physical;
    PVOID address;
    ULONG bytes, flags;

    open_running(f, 1920, 0);
    for (unsigned i = 0; i < 1500; i++) {
        CHECK_EQUAL(get((PVOID)1, &physical, &address, &bytes, &flags), STATUS_NOT_FOUND);
        fixture_sleep(10000);
    }
    close_all(f);
}

PS_TEST(asking_a_thousand_times_by_timer_is_no_polling, "~VF-18")
{
    run(asking_by_timer);
}

// The same without checks: the hot path.
static void unchecked(struct fixture *f)
{
    CHECK_EQUAL(policy_set(f->system, "stream-checks", "off"), 0);
    refused(f);
    worked_example(f);
    every_alignment(f);
}

PS_TEST(without_checks_the_answers_are_the_same, "WP-24", "WP-25")
{
    run_on(LAYOUT_SCATTERED, unchecked);
}

// The process may map no more (vm.max_map_count, lowered): the kernel's view of a client's buffer is refused as on
// Windows without system address space, and smaller packets go on.
static void no_views(struct fixture *f)
{
    struct packet large;

    CHECK(packet_make(f, &large, 1, 100 * 4096, 0)); // the client's view alone
    open_running(f, 4096, 0);
    CHECK_EQUAL(packet_write(f, pin, &large), STATUS_INSUFFICIENT_RESOURCES);
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    CHECK(mini_get(mini.stream, NULL));
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
    CHECK_EQUAL(packet.request.status, STATUS_SUCCESS);
    packet_free(f, &large);
    close_all(f);
}

PS_TEST(without_mappings_left_a_packet_is_refused, "KP-36")
{
    struct fixture_options options = {.layout = LAYOUT_SCATTERED, .map_budget = 150};
    struct fixture f;

    fixture_open(&f, &options);
    fixture_run(&f, no_views);
    assert_int_equal(fixture_findings(&f), 0);
    fixture_close(&f);
}
