// SPDX-License-Identifier: MIT
//
// Revocation: by cancel and by STOP, the exact count, late releases out of the window between the miniport's lock
// and ReleaseMapping, failures and lies of RevokeMappings.
#include "tests/wavepci_fixture.h"

static PFILE_OBJECT pin;
static struct packet packets[4];
enum { BEFORE_STREAM = MINI_FRAMING | MINI_NEW | MINI_AVAILABLE | MINI_SERVICE | MINI_POSITION };

// Packets of `pages` mappings each, all mapped: tags 1, 2, 3 ... in order.
static void play(struct fixture *f, unsigned count, unsigned pages)
{
    CHECK_EQUAL(policy_set(f->system, "mapping-split", "split-every-page"), 0);
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    for (unsigned i = 0; i < count; i++) {
        CHECK(packet_make(f, &packets[i], 1, pages * 4096, 0));
        CHECK_EQUAL(packet_write(f, pin, &packets[i]), STATUS_PENDING);
    }
    mini_take_all(mini.stream);
    CHECK_EQUAL(mini.stream->count, count * pages);
    mini.stream->next_tag--; // the refused one
    mini.stream->available = 0;
}

static void end(struct fixture *f)
{
    client_close(f, pin);
    for (unsigned i = 0; i < 4; i++)
        packet_free(f, &packets[i]);
    memset(packets, 0, sizeof(packets));
}

static void run_scripted(const struct step *script, void (*scenario)(struct fixture *f),
                         const char *finding)
{
    struct fixture f;

    fixture_open(&f, NULL);
    mini.ignore = BEFORE_STREAM | MINI_STATE;
    mini.script = script;
    fixture_run(&f, scenario);
    if (finding) {
        assert_int_equal(fixture_found(&f, finding), 1);
        fixture_forgive(&f);
    }
    fixture_close(&f);
}

static void cancel(struct packet *packet)
{
    CHECK(kernel_cancel(&packet->request));
    kernel_wait(&packet->request);
    CHECK_EQUAL(packet->request.status, STATUS_CANCELLED);
    CHECK_EQUAL(packet->request.information, 0);
}

// ---- which mappings -----------------------------------------------------------------------------------------

static void cancel_first(struct fixture *f)
{
    play(f, 3, 2);
    cancel(&packets[0]);
    CHECK_EQUAL(mini.stream->count, 4);
    CHECK_EQUAL(mini.stream->list[0].tag, 3);
    mini_release_all(mini.stream);
    kernel_wait(&packets[2].request);
    CHECK_EQUAL(packets[1].request.information, 8192);
    CHECK_EQUAL(packets[2].request.information, 8192);
    mini_script_done();
    end(f);
}

static void cancel_middle(struct fixture *f)
{
    play(f, 3, 2);
    cancel(&packets[1]);
    CHECK(!packets[0].request.done && !packets[2].request.done);
    CHECK_EQUAL(mini.stream->count, 4);
    CHECK_EQUAL(mini.stream->list[1].tag, 2);
    CHECK_EQUAL(mini.stream->list[2].tag, 5);
    mini_release_all(mini.stream); // older and newer ones are still valid
    kernel_wait(&packets[2].request);
    CHECK_EQUAL(packets[0].request.status, STATUS_SUCCESS);
    CHECK_EQUAL(packets[2].request.status, STATUS_SUCCESS);
    mini_script_done();
    end(f);
}

static void cancel_last(struct fixture *f)
{
    play(f, 3, 2);
    cancel(&packets[2]);
    CHECK_EQUAL(mini.stream->count, 4);
    mini_release_all(mini.stream);
    CHECK_EQUAL(packets[1].request.status, STATUS_SUCCESS);
    mini_script_done();
    end(f);
}

static void cancel_single(struct fixture *f)
{
    play(f, 1, 1);
    cancel(&packets[0]);
    CHECK_EQUAL(mini.stream->count, 0);
    mini_script_done();
    end(f);
}

PS_TEST(only_the_cancelled_packets_mappings_are_revoked, "WP-51", "WP-52", "WP-53", "WP-54",
        "WP-55",
        "WP-61", "WP-63", "KP-46", "~VF-9", "~VF-59")
{
    static const struct step first[] = {{.call = "RevokeMappings 1 2", .value = 2}, {.call = NULL}};
    static const struct step middle[] = {{.call = "RevokeMappings 3 4", .value = 2}, {.call = NULL}};
    static const struct step last[] = {{.call = "RevokeMappings 5 6", .value = 2}, {.call = NULL}};
    static const struct step single[] = {{.call = "RevokeMappings 1 1", .value = 1}, {.call = NULL}};

    run_scripted(first, cancel_first, NULL);
    run_scripted(middle, cancel_middle, NULL);
    run_scripted(last, cancel_last, NULL);
    run_scripted(single, cancel_single, NULL);
}

static void nothing_held(struct fixture *f)
{
    struct held held;

    CHECK_EQUAL(policy_set(f->system, "mapping-split", "split-every-page"), 0);
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(packet_make(f, &packets[i], 1, 3 * 4096, 0));
        CHECK_EQUAL(packet_write(f, pin, &packets[i]), STATUS_PENDING);
    }
    cancel(&packets[1]); // nothing of it was mapped: no call
    CHECK(mini_get(mini.stream, &held));
    cancel(&packets[0]); // partly mapped: one revoked, two pages dropped
    mini_script_done();
    CHECK_EQUAL(mini.stream->count, 0);
    CHECK(mini_get(mini.stream, &held)); // goes on with the next packet
    CHECK(!memcmp(held.virtual_address, packets[2].data, held.bytes));
    end(f);
}

PS_TEST(a_packet_without_held_mappings_is_cancelled_silently, "WP-62")
{
    static const struct step script[] = {{.call = "RevokeMappings 1 1", .value = 1}, {.call = NULL}};

    run_scripted(script, nothing_held, NULL);
}

static bool was_done;

static void look_at_packet(struct mini_stream *stream)
{
    (void)stream;
    was_done = packets[0].request.done;
    CHECK_EQUAL(stream->list[0].virtual_address[5], packets[0].data[5]); // still mapped
}

static void not_before(struct fixture *f)
{
    was_done = true;
    play(f, 1, 2);
    cancel(&packets[0]);
    CHECK(!was_done);
    end(f);
}

PS_TEST(a_packet_is_not_completed_before_revokemappings_returns, "WP-61")
{
    static const struct step script[] = {
        {.call = "RevokeMappings 1 2", .value = 2, .action = look_at_packet}, {.call = NULL}};

    run_scripted(script, not_before, NULL);
}

// ---- STOP ------------------------------------------------------------------------------------------------------

static void release_one(struct mini_stream *stream)
{
    CHECK_EQUAL(mini_release_oldest(stream), STATUS_SUCCESS);
}

static void stop(struct fixture *f)
{
    play(f, 3, 2);
    mini.ignore &= ~(unsigned)MINI_STATE;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    mini_script_done();
    CHECK_EQUAL(mini.stream->count, 0);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(packets[i].request.status, STATUS_CANCELLED);
    end(f);
}

PS_TEST(stop_revokes_once_what_setstate_left, "WP-51", "WP-52", "WP-53", "WP-64")
{
    static const struct step script[] = {{.call = "SetState PAUSE"},
                                         {.call = "SetState ACQUIRE"},
                                         {.call = "SetState STOP", .action = release_one},
                                         {.call = "RevokeMappings 2 6", .value = 5},
                                         {.call = NULL}};

    run_scripted(script, stop, NULL);
}

// ---- the window (WP-46, WP-57) -----------------------------------------------------------------------------------

static struct packet *to_cancel;
static volatile bool revoked;

static void cancel_elsewhere(void *context)
{
    (void)context;
    CHECK(kernel_cancel(&to_cancel->request));
}

static void note_revoked(struct mini_stream *stream)
{
    (void)stream;
    revoked = true;
}

// Takes the oldest off the list under the lock, drops the lock, lets another processor cancel `packet`, and only then
// releases: at DISPATCH_LEVEL, as from a DPC.
static NTSTATUS release_in_window(struct fixture *f, struct packet *packet, ULONG_PTR tag)
{
    struct fixture_thread thread = {.entry = cancel_elsewhere};
    struct mini_stream *stream = mini.stream;
    NTSTATUS status;
    KIRQL irql;

    to_cancel = packet;
    revoked = false;
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    KeAcquireSpinLockAtDpcLevel(&stream->lock);
    CHECK_EQUAL(stream->list[0].tag, tag);
    stream->count--;
    memmove(stream->list, stream->list + 1, stream->count * sizeof(*stream->list));
    KeReleaseSpinLockFromDpcLevel(&stream->lock);
    fixture_thread(f, &thread);
    while (!revoked)
        KeStallExecutionProcessor(5); // the other processor runs meanwhile
    KeStallExecutionProcessor(50);
    status = mini_release_tag(stream, tag);
    KeLowerIrql(irql);
    fixture_join(&thread);
    kernel_wait(&packet->request);
    CHECK_EQUAL(packet->request.status, STATUS_CANCELLED);
    return status;
}

static void window_single(struct fixture *f)
{
    play(f, 1, 1);
    CHECK_EQUAL(release_in_window(f, &packets[0], 1), STATUS_SUCCESS);
    mini_script_done();
    end(f);
}

static void window_first(struct fixture *f)
{
    play(f, 3, 2);
    CHECK_EQUAL(release_in_window(f, &packets[0], 1), STATUS_SUCCESS);
    mini_release_all(mini.stream);
    CHECK_EQUAL(packets[2].request.status, STATUS_SUCCESS);
    mini_script_done();
    end(f);
}

static void window_middle(struct fixture *f)
{
    play(f, 3, 2);
    CHECK_EQUAL(release_in_window(f, &packets[1], 1), STATUS_SUCCESS);
    mini_release_all(mini.stream);
    CHECK_EQUAL(packets[0].request.information, 8192);
    mini_script_done();
    end(f);
}

static void window_last(struct fixture *f)
{
    play(f, 3, 2);
    CHECK_EQUAL(release_in_window(f, &packets[2], 1), STATUS_SUCCESS);
    mini_release_all(mini.stream);
    CHECK_EQUAL(packets[1].request.information, 8192);
    mini_script_done();
    end(f);
}

PS_TEST(a_release_out_of_the_window_is_legal, "WP-46", "WP-49", "WP-55", "WP-56", "WP-57",
        "WP-65", "~VF-6", "~VF-8", "~VF-21")
{
    static const struct step single[] = {
        {.call = "RevokeMappings 1 1", .value = 0, .action = note_revoked}, {.call = NULL}};
    static const struct step first[] = {
        {.call = "RevokeMappings 1 2", .value = 1, .action = note_revoked}, {.call = NULL}};
    static const struct step middle[] = {
        {.call = "RevokeMappings 3 4", .value = 2, .action = note_revoked}, {.call = NULL}};
    static const struct step last[] = {
        {.call = "RevokeMappings 5 6", .value = 2, .action = note_revoked}, {.call = NULL}};

    run_scripted(single, window_single, NULL);
    run_scripted(first, window_first, NULL);
    run_scripted(middle, window_middle, NULL);
    run_scripted(last, window_last, NULL);
}

// GetMapping has returned on this processor, and before the mapping is on the list another one cancels its packet.
static void window_of_getmapping(struct fixture *f)
{
    struct fixture_thread thread = {.entry = cancel_elsewhere};
    struct mini_stream *stream;
    ULONG bytes = 0, flags = 0;
    PVOID address = NULL;
    PHYSICAL_ADDRESS physical;
    KIRQL irql;

    play(f, 1, 2);
    stream = mini.stream;
    CHECK(packet_make(f, &packets[1], 1, 2 * 4096, 0));
    CHECK_EQUAL(packet_write(f, pin, &packets[1]), STATUS_PENDING);
    CHECK(mini_get(stream, NULL)); // 3
    to_cancel = &packets[1];
    revoked = false;
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    CHECK_EQUAL(stream->port->lpVtbl->GetMapping(stream->port, (PVOID)4, &physical, &address, &bytes, &flags),
                STATUS_SUCCESS);
    fixture_thread(f, &thread);
    while (!revoked)
        KeStallExecutionProcessor(5);
    KeStallExecutionProcessor(50);
    CHECK_EQUAL(mini_release_tag(stream, 4), STATUS_SUCCESS); // not what the miniport wanted, but what it can do
    KeLowerIrql(irql);
    fixture_join(&thread);
    kernel_wait(&packets[1].request);
    mini_release_all(stream);
    mini_script_done();
    end(f);
}

PS_TEST(a_mapping_revoked_before_it_is_on_the_list_may_come_back, "WP-46", "WP-55", "WP-56", "WP-57", "~VF-6",
        "~VF-8")
{
    static const struct step script[] = {
        {.call = "RevokeMappings 3 4", .value = 1, .action = note_revoked}, {.call = NULL}};

    run_scripted(script, window_of_getmapping, NULL);
}

// The release arrives while RevokeMappings is still inside the miniport (L of WP-55).
static void release_inside(struct mini_stream *stream)
{
    CHECK_EQUAL(mini_release_oldest(stream), STATUS_SUCCESS);
}

static void released_during(struct fixture *f)
{
    play(f, 1, 3);
    cancel(&packets[0]);
    mini_script_done();
    end(f);
}

PS_TEST(releases_during_revokemappings_are_counted, "WP-55", "WP-60", "~VF-7", "~VF-8")
{
    static const struct step script[] = {
        {.call = "RevokeMappings 1 3", .value = 2, .action = release_inside}, {.call = NULL}};

    run_scripted(script, released_during, NULL);
}

static void released_twice(struct fixture *f)
{
    play(f, 1, 2);
    cancel(&packets[0]);
    CHECK_EQUAL(mini_release_tag(mini.stream, 2), STATUS_NOT_FOUND);
    mini_script_done();
    end(f);
}

PS_TEST(releasing_what_was_counted_as_revoked_is_found, "WP-57", "VF-6")
{
    static const struct step script[] = {{.call = "RevokeMappings 1 2", .value = 2}, {.call = NULL}};

    run_scripted(script, released_twice, "WP-57");
}

static void never_returned(struct fixture *f)
{
    play(f, 1, 2);
    cancel(&packets[0]);
    mini_script_done();
    end(f);
}

PS_TEST(mappings_neither_counted_nor_released_are_found, "WP-55", "VF-8")
{
    static const struct step script[] = {{.call = "RevokeMappings 1 2", .value = 1}, {.call = NULL}};

    run_scripted(script, never_returned, "WP-55");
}

static void tombstone_reused(struct fixture *f)
{
    play(f, 1, 1);
    cancel(&packets[0]); // counted 0: tag 1 may still come back
    CHECK(packet_make(f, &packets[1], 1, 4096, 0));
    CHECK_EQUAL(packet_write(f, pin, &packets[1]), STATUS_PENDING);
    mini.stream->next_tag = 1;
    mini.stream->count = 0;
    CHECK(mini_get(mini.stream, NULL));
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
    CHECK_EQUAL(mini_release_tag(mini.stream, 1), STATUS_SUCCESS); // the late one
    mini_script_done();
    end(f);
}

PS_TEST(a_tag_with_a_late_release_due_may_not_be_reused, "WP-58", "VF-5")
{
    static const struct step script[] = {{.call = "RevokeMappings 1 1", .value = 0}, {.call = NULL}};

    run_scripted(script, tombstone_reused, "WP-58");
}

static void over_count(struct fixture *f)
{
    play(f, 1, 2);
    cancel(&packets[0]);
    mini_script_done();
    end(f);
}

PS_TEST(counting_too_many_is_found_and_clamped, "WP-60", "VF-7")
{
    static const struct step script[] = {{.call = "RevokeMappings 1 2", .value = 3}, {.call = NULL}};

    run_scripted(script, over_count, "WP-60");
}

// ---- failures (WP-59) --------------------------------------------------------------------------------------------

static void fails(struct fixture *f)
{
    play(f, 1, 3);
    cancel(&packets[0]);
    mini_script_done();
    end(f);
}

PS_TEST(a_failed_revocation_is_repeated_then_made_tag_by_tag, "WP-59", "~VF-10")
{
    static const struct step script[] = {
        {.call = "RevokeMappings 1 3", .status = STATUS_UNSUCCESSFUL},
        {.call = "RevokeMappings 1 3", .status = STATUS_UNSUCCESSFUL},
        {.call = "RevokeMappings 1 1", .value = 1},
        {.call = "RevokeMappings 2 2", .value = 1},
        {.call = "RevokeMappings 3 3", .value = 1},
        {.call = NULL}};

    run_scripted(script, fails, NULL);
}

// As the AC'97 sample does: nothing is revoked if an end of the range has left the list (WP-59).
static NTSTATUS revoke_as_the_sample(struct mini_stream *stream, ULONG_PTR first, ULONG_PTR last,
                                     ULONG *count)
{
    bool first_there = false, last_there = false;

    *count = 0;
    for (unsigned i = 0; i < stream->count; i++) {
        first_there |= stream->list[i].tag == first;
        last_there |= stream->list[i].tag == last;
    }
    revoked = true;
    if (!first_there || !last_there)
        return STATUS_UNSUCCESSFUL;
    return mini_revoke(stream, first, last, count);
}

static void sample_window(struct fixture *f)
{
    mini.revoke = revoke_as_the_sample;
    play(f, 1, 3);
    CHECK_EQUAL(release_in_window(f, &packets[0], 1), STATUS_SUCCESS);
    CHECK_EQUAL(mini.stream->count, 0);
    end(f);
}

PS_TEST(a_sample_style_failure_in_the_window_is_no_violation, "WP-46", "WP-57", "WP-59", "DS-13")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, sample_window);
    assert_int_equal(fixture_found(&f, "WP-55"), 0);
    if (fixture_found(&f, "WP-59"))
        fixture_forgive(&f); // the one in the window could not be revoked; it came back by itself
    fixture_close(&f);
}

static NTSTATUS never(struct mini_stream *stream, ULONG_PTR first, ULONG_PTR last, ULONG *count)
{
    (void)stream, (void)first, (void)last, (void)count;
    return STATUS_UNSUCCESSFUL;
}

static void forfeits(struct fixture *f)
{
    play(f, 1, 2);
    mini.revoke = never;
    cancel(&packets[0]); // completes nevertheless
    mini_release_all(mini.stream); // late, and legal
    end(f);
}

PS_TEST(mappings_that_cannot_be_revoked_are_forfeited, "WP-59", "VF-10")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, forfeits);
    assert_int_equal(fixture_found(&f, "WP-59"), 1);
    fixture_forgive(&f);
    fixture_close(&f);
}

// ---- rules for the call itself -------------------------------------------------------------------------------------

static NTSTATUS keeps_lock(struct mini_stream *stream, ULONG_PTR first, ULONG_PTR last, ULONG *count)
{
    NTSTATUS status = mini_revoke(stream, first, last, count);

    KeAcquireSpinLockAtDpcLevel(&stream->lock);
    return status;
}

static void returns_with_lock(struct fixture *f)
{
    play(f, 1, 1);
    mini.revoke = keeps_lock;
    cancel(&packets[0]);
    end(f);
}

PS_TEST(returning_with_a_lock_held_is_found, "VF-9")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, returns_with_lock);
    assert_int_equal(fixture_found(&f, "VF-9"), 1);
    fixture_forgive(&f);
    fixture_close(&f);
}

static void takes_lock(struct mini_stream *stream)
{
    CHECK_EQUAL(sched_irql(system_here("test")->sched), DISPATCH_LEVEL);
    CHECK_EQUAL(system_here("test")->sched->current->held_count, 0); // none of the port's
    (void)stream;
}

static void no_port_lock(struct fixture *f)
{
    play(f, 1, 1);
    cancel(&packets[0]);
    mini_script_done();
    end(f);
}

PS_TEST(the_port_holds_no_lock_while_it_revokes, "WP-48", "WP-53")
{
    static const struct step script[] = {
        {.call = "RevokeMappings 1 1", .value = 1, .action = takes_lock}, {.call = NULL}};

    run_scripted(script, no_port_lock, NULL);
}

// ---- an IRP that was cancelled before it came (KP-40) ----------------------------------------------------------------

static NTSTATUS NTAPI keep_irp(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    (void)device, (void)irp;
    KeSetEvent(context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void cancelled_before(struct fixture *f)
{
    PDEVICE_OBJECT top = f->pdo->AttachedDevice;
    PIO_STACK_LOCATION stack;
    KEVENT done;
    PIRP irp;

    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK(packet_make(f, &packets[0], 1, 1920, 0));
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    irp = IoAllocateIrp(top->StackSize, FALSE);
    irp->UserBuffer = packets[0].headers;
    irp->Cancel = TRUE;
    stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    stack->FileObject = pin;
    stack->Parameters.DeviceIoControl.IoControlCode = IOCTL_KS_WRITE_STREAM;
    stack->Parameters.DeviceIoControl.OutputBufferLength = sizeof(KSSTREAM_HEADER);
    IoSetCompletionRoutine(irp, keep_irp, &done, TRUE, TRUE, TRUE);
    CHECK_EQUAL(IoCallDriver(top, irp), STATUS_PENDING);
    CHECK(KeReadStateEvent(&done) != 0);
    CHECK_EQUAL(irp->IoStatus.Status, STATUS_CANCELLED);
    CHECK(!mini_get(mini.stream, NULL));
    IoFreeIrp(irp);
    end(f);
}

PS_TEST(an_irp_cancelled_before_it_is_queued_completes_at_once, "KP-40", "KP-39")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, cancelled_before);
    fixture_close(&f);
}
