// SPDX-License-Identifier: MIT
//
// Positions: the miniport's count turned into offsets, the write offset, prefetch, what VF-15 forbids.
#include "tests/wavepci_fixture.h"

static PFILE_OBJECT pin;
static struct packet packet;

static void run_finding(void (*scenario)(struct fixture *f), const char *rule, unsigned times)
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, scenario);
    if (rule) {
        assert_int_equal(fixture_found(&f, rule), times);
        fixture_forgive(&f);
    }
    fixture_close(&f);
}

static void run(void (*scenario)(struct fixture *f))
{
    run_finding(scenario, NULL, 0);
}

static void play(struct fixture *f, ULONG id, bool looped, ULONG bytes)
{
    CHECK_EQUAL(policy_set(f->system, "mapping-split", "split-every-page"), 0);
    CHECK(packet_make(f, &packet, 1, bytes, 0));
    pin = client_pin(f, id, looped);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    if (id == 0)
        CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    else
        CHECK_EQUAL(packet_read(f, pin, &packet), STATUS_PENDING);
}

static void end(struct fixture *f)
{
    client_close(f, pin);
    packet_free(f, &packet);
}

static void expect(struct fixture *f, ULONGLONG play_offset, ULONGLONG write_offset)
{
    KSAUDIO_POSITION position = client_position(f, pin);

    CHECK_EQUAL(position.PlayOffset, play_offset);
    CHECK_EQUAL(position.WriteOffset, write_offset);
}

static void render(struct fixture *f)
{
    play(f, 0, false, 3 * 4096);
    expect(f, 0, 0); // an empty stream
    CHECK(mini_get(mini.stream, NULL));
    expect(f, 0, 4096);
    CHECK(mini_get(mini.stream, NULL));
    mini.stream->position = 5000;
    expect(f, 5000, 8192);
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
    expect(f, 5000, 8192); // releases do not move it
    end(f);
}

PS_TEST(render_offsets_are_of_the_stream, "WP-66", "WP-68", "WP-69", "KP-57", "KP-60")
{
    run(render);
}

static void looped(struct fixture *f)
{
    play(f, 0, true, 2 * 4096);
    for (unsigned i = 0; i < 3; i++)
        CHECK(mini_get(mini.stream, NULL));
    mini.stream->position = 8192 + 100;
    expect(f, 100, 4096); // in the client's buffer
    end(f);
}

PS_TEST(looped_offsets_are_of_the_buffer, "WP-66", "WP-68", "WP-69", "KP-57")
{
    run(looped);
}

static void capture(struct fixture *f)
{
    play(f, 1, false, 3 * 4096);
    CHECK(mini_get(mini.stream, NULL));
    CHECK(mini_get(mini.stream, NULL));
    expect(f, 0, 0);
    mini.stream->position = 6000;
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
    expect(f, 6000, 4096); // moved by ReleaseMapping
    end(f);
}

PS_TEST(the_capture_offset_moves_with_releases, "WP-69", "KP-58")
{
    run(capture);
}

static void prefetch(struct fixture *f)
{
    PPREFETCHOFFSET offset = NULL;
    PPORTWAVEPCISTREAM port;

    play(f, 0, true, 2 * 4096);
    port = mini.stream->port;
    CHECK_EQUAL(port->lpVtbl->QueryInterface(port, &IID_IPreFetchOffset, (PVOID *)&offset),
                STATUS_SUCCESS);
    CHECK(mini_get(mini.stream, NULL));
    CHECK(mini_get(mini.stream, NULL));
    offset->lpVtbl->SetPreFetchOffset(offset, 256);
    mini.stream->position = 1000;
    expect(f, 1000, 1256);
    CHECK(mini_get(mini.stream, NULL));
    mini.stream->position = 8192 - 56;
    expect(f, 8192 - 56, 200); // wraps
    offset->lpVtbl->Release(offset);
    end(f);
}

PS_TEST(a_prefetch_offset_replaces_the_write_offset, "WP-69", "WP-69a")
{
    run(prefetch);
}

static void revoked(struct fixture *f)
{
    play(f, 0, false, 2 * 4096);
    CHECK(mini_get(mini.stream, NULL));
    CHECK(mini_get(mini.stream, NULL));
    CHECK(kernel_cancel(&packet.request));
    expect(f, 0, 8192); // acquired is acquired
    end(f);
}

PS_TEST(revocation_does_not_move_positions, "WP-65")
{
    run(revoked);
}

static void states(struct fixture *f)
{
    play(f, 0, false, 2 * 4096);
    CHECK(mini_get(mini.stream, NULL));
    mini.stream->position = 4000;
    expect(f, 4000, 4096);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    expect(f, 4000, 4096); // frozen
    expect(f, 4000, 4096);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    mini.stream->position = 4050;
    expect(f, 4050, 4096); // and on
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    expect(f, 0, 0);
    end(f);
}

PS_TEST(positions_freeze_in_pause_and_start_over_in_stop, "WP-67", "WP-11", "~VF-15")
{
    run(states);
}

static void goes_back(struct fixture *f)
{
    play(f, 0, false, 2 * 4096);
    CHECK(mini_get(mini.stream, NULL));
    mini.stream->position = 2000;
    expect(f, 2000, 4096);
    mini.stream->position = 1999;
    expect(f, 1999, 4096);
    end(f);
}

static void ahead_of_mapped(struct fixture *f)
{
    play(f, 0, false, 2 * 4096);
    CHECK(mini_get(mini.stream, NULL));
    mini.stream->position = 4097;
    expect(f, 4097, 4096);
    end(f);
}

static void moves_in_pause(struct fixture *f)
{
    play(f, 0, false, 2 * 4096);
    CHECK(mini_get(mini.stream, NULL));
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    mini.stream->position = 10;
    expect(f, 10, 4096);
    mini.stream->position = 20;
    expect(f, 20, 4096);
    end(f);
}

static void not_zero_in_stop(struct fixture *f)
{
    play(f, 0, false, 2 * 4096);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    mini.stream->position = 1;
    client_position(f, pin);
    end(f);
}

static void forgets(struct fixture *f)
{
    play(f, 0, false, 2 * 4096);
    mini.forgets = true;
    expect(f, 0, 0);
    mini.forgets = false;
    end(f);
}

PS_TEST(positions_that_cannot_be_are_found, "VF-15")
{
    run_finding(forgets, "WP-66", 1);
    run_finding(goes_back, "WP-66", 1);
    run_finding(ahead_of_mapped, "WP-65", 1);
    run_finding(moves_in_pause, "WP-67", 1);
    run_finding(not_zero_in_stop, "WP-67", 1);
}

// ---- position events -----------------------------------------------------------------------------------------

static union {
    KSEVENTDATA plain;
    LOOPEDSTREAMING_POSITION_EVENT_DATA position;
    KSEVENT_TIME_MARK mark;
    KSEVENT_TIME_INTERVAL interval;
} data;
static PKEVENT fired;

static NTSTATUS enable_event(struct fixture *f, const GUID *set, ULONG id, ULONG bytes)
{
    KSEVENT event;

    memset(&event, 0, sizeof(event));
    event.Set = *set;
    event.Id = id;
    event.Flags = KSEVENT_TYPE_ENABLE;
    return kernel_control_wait(f->system, pin, IOCTL_KS_ENABLE_EVENT, &event, sizeof(event), &data,
                               bytes, NULL);
}

static void prepare(struct fixture *f)
{
    memset(&data, 0, sizeof(data));
    data.plain.NotificationType = KSEVENTF_EVENT_HANDLE;
    CHECK_EQUAL(kernel_event_create(f->system, &fired, &data.plain.EventHandle.Event),
                STATUS_SUCCESS);
}

static void enable(struct fixture *f, ULONGLONG position)
{
    prepare(f);
    data.position.Position = position;
    CHECK_EQUAL(enable_event(f, &KSEVENTSETID_LoopedStreaming, KSEVENT_LOOPEDSTREAMING_POSITION,
                             sizeof(data.position)),
                STATUS_SUCCESS);
}

static void end_events(struct fixture *f)
{
    ZwClose(data.plain.EventHandle.Event);
    end(f);
}

// Whether the event fired within 50 ms of the cursor's being there.
static bool fires_at(ULONGLONG position)
{
    bool was_fired;

    mini.stream->position = position;
    fixture_sleep(50000);
    was_fired = KeReadStateEvent(fired) != 0;
    KeClearEvent(fired);
    return was_fired;
}

static void events(struct fixture *f)
{
    play(f, 0, true, 2 * 4096);
    mini_get(mini.stream, NULL);
    mini_get(mini.stream, NULL);
    enable(f, 5000);
    CHECK(!fires_at(4000));
    CHECK(fires_at(5000));
    CHECK(!fires_at(8000)); // once per lap
    CHECK(fires_at(8192 + 5001));
    end_events(f);
}

PS_TEST(a_position_event_fires_when_the_cursor_passes, "KP-55", "WP-72")
{
    run(events);
}

// An event counts from where the cursor is when it is enabled.
static void enabled_late(struct fixture *f)
{
    play(f, 0, true, 2 * 4096);
    mini_get(mini.stream, NULL);
    mini_get(mini.stream, NULL);
    mini.stream->position = 6000;
    enable(f, 5000);
    CHECK(!fires_at(6100));
    CHECK(fires_at(8192 + 5000));
    end_events(f);
}

PS_TEST(an_event_does_not_fire_for_the_past, "KP-55")
{
    run(enabled_late);
}

// ---- clock events ----------------------------------------------------------------------------------------

enum { BYTES_PER_MS = 192, UNITS_PER_MS = 10000 };

static NTSTATUS enable_mark(struct fixture *f, LONGLONG time)
{
    prepare(f);
    data.mark.MarkTime = time;
    return enable_event(f, &KSEVENTSETID_Clock, KSEVENT_CLOCK_POSITION_MARK, sizeof(data.mark));
}

static NTSTATUS enable_interval(struct fixture *f, LONGLONG base, LONGLONG interval)
{
    prepare(f);
    data.interval.TimeBase = base;
    data.interval.Interval = interval;
    return enable_event(f, &KSEVENTSETID_Clock, KSEVENT_CLOCK_INTERVAL_MARK, sizeof(data.interval));
}

static void take_all(struct fixture *f, bool looped)
{
    play(f, 0, looped, 100 * BYTES_PER_MS);
    while (!looped && mini_get(mini.stream, NULL))
        ;
}

static void mark(struct fixture *f)
{
    take_all(f, false);
    CHECK_EQUAL(enable_mark(f, 20 * UNITS_PER_MS), STATUS_SUCCESS);
    CHECK(!fires_at(20 * BYTES_PER_MS - 4));
    CHECK(fires_at(20 * BYTES_PER_MS));
    CHECK(!fires_at(50 * BYTES_PER_MS));
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS); // the clock is at 0 again
    mini.stream->position = 0;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK(!fires_at(0));
    CHECK(fires_at(21 * BYTES_PER_MS));
    end_events(f);
}

PS_TEST(a_clock_event_fires_at_its_time, "KP-29", "WP-72")
{
    run(mark);
}

static void mark_in_the_past(struct fixture *f)
{
    take_all(f, false);
    mini.stream->position = 30 * BYTES_PER_MS;
    CHECK_EQUAL(enable_mark(f, 20 * UNITS_PER_MS), STATUS_SUCCESS);
    CHECK(fires_at(30 * BYTES_PER_MS));
    CHECK(!fires_at(40 * BYTES_PER_MS));
    end_events(f);
}

PS_TEST(a_time_that_is_over_fires_at_once, "KP-29")
{
    run(mark_in_the_past);
}

static void interval(struct fixture *f)
{
    take_all(f, false);
    CHECK_EQUAL(enable_interval(f, 10 * UNITS_PER_MS, 5 * UNITS_PER_MS), STATUS_SUCCESS);
    CHECK(!fires_at(9 * BYTES_PER_MS));
    CHECK(fires_at(10 * BYTES_PER_MS));
    CHECK(!fires_at(14 * BYTES_PER_MS));
    CHECK(fires_at(15 * BYTES_PER_MS));
    CHECK(fires_at(90 * BYTES_PER_MS)); // once for all that came between
    CHECK(!fires_at(90 * BYTES_PER_MS));
    end_events(f);
}

PS_TEST(an_interval_fires_again_and_again, "KP-29")
{
    run(interval);
}

static void bad_times(struct fixture *f)
{
    take_all(f, false);
    CHECK_EQUAL(enable_mark(f, -1), STATUS_INVALID_PARAMETER);
    ZwClose(data.plain.EventHandle.Event);
    CHECK_EQUAL(enable_interval(f, 0, 0), STATUS_INVALID_PARAMETER);
    ZwClose(data.plain.EventHandle.Event);
    CHECK_EQUAL(enable_interval(f, -5, 1), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(enable_event(f, &KSEVENTSETID_Clock, KSEVENT_CLOCK_INTERVAL_MARK,
                             sizeof(data.interval) - 1),
                STATUS_INVALID_BUFFER_SIZE);
    CHECK_EQUAL(enable_event(f, &KSEVENTSETID_Clock, 2, sizeof(data)), STATUS_NOT_FOUND);
    end_events(f);
}

PS_TEST(times_of_clock_events_are_checked, "KP-29")
{
    run(bad_times);
}

static void signalled_on_pause(struct fixture *f)
{
    play(f, 0, true, 2 * 4096);
    mini_get(mini.stream, NULL);
    enable(f, 100);
    mini.stream->position = 200;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CHECK(KeReadStateEvent(fired) != 0); // without a Service in between
    end_events(f);
}

PS_TEST(run_to_pause_signals_outstanding_events, "WP-75")
{
    run(signalled_on_pause);
}

static void not_asked(struct fixture *f)
{
    static const struct step never[] = {{.call = NULL}};

    play(f, 0, true, 2 * 4096);
    mini.ignore = ~(unsigned)MINI_POSITION;
    mini.script = never;
    fixture_sleep(100000);
    mini.script = NULL;
    end(f);
}

PS_TEST(getposition_is_not_called_at_dispatch_without_an_event, "WP-66")
{
    run(not_asked);
}

// ---- the strict mode: GetPosition at its documented IRQL only -------------------------------------------------

static unsigned calls_above_passive, calls;

static void note_irql(struct mini_stream *stream)
{
    (void)stream;
    calls++;
    calls_above_passive += KeGetCurrentIrql() != PASSIVE_LEVEL;
}

static void events_at(struct fixture *f, bool passive)
{
    calls = calls_above_passive = 0;
    CHECK_EQUAL(policy_set(f->system, "position-events", passive ? "passive" : "dispatch"), 0);
    play(f, 0, true, 2 * 4096);
    mini_get(mini.stream, NULL);
    mini_get(mini.stream, NULL);
    enable(f, 5000);
    mini.on_position = note_irql;
    CHECK(!fires_at(4000));
    CHECK(fires_at(5000));
    CHECK(calls > 2);
    CHECK_EQUAL(calls_above_passive, passive ? 0 : calls);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    end_events(f);
}

static void strict(struct fixture *f)
{
    events_at(f, true);
}

static void not_strict(struct fixture *f)
{
    events_at(f, false);
}

PS_TEST(a_policy_keeps_getposition_at_passive_level, "WP-66")
{
    run(strict);
    run(not_strict);
}

// A stream may stop, and close, while its worker is about to ask for the position.
static void stop_early(struct fixture *f)
{
    CHECK_EQUAL(policy_set(f->system, "position-events", "passive"), 0);
    play(f, 0, true, 2 * 4096);
    mini_get(mini.stream, NULL);
    enable(f, 100);
    fixture_sleep(19990);
    end_events(f);
}

PS_TEST(a_stream_waits_for_its_worker, "WP-66", "WP-17")
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct fixture_options options = {.chooser = chooser_seeded(seed)};
        struct fixture f;

        fixture_open(&f, &options);
        fixture_run(&f, stop_early);
        fixture_close(&f);
    }
}
