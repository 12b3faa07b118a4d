// SPDX-License-Identifier: MIT
//
// P and what becomes of it: laps, jitter, times, events.
#include "tests/wavecyclic_miniport.h"

static void run(void (*scenario)(struct fixture *f))
{
    struct fixture f;

    cy_reset();
    fixture_open(&f, NULL);
    fixture_run(&f, scenario);
    fixture_close(&f);
}

static void only(struct fixture *f, const char *rule, unsigned times)
{
    CHECK_EQUAL(fixture_found(f, rule), times);
    CHECK_EQUAL(fixture_findings(f), times ? 1 : 0);
    fixture_forgive(f);
}

static void end(struct fixture *f, PFILE_OBJECT pin)
{
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    client_close(f, pin);
}

// A recording pin in RUN, with a packet that takes more than any of these tests record.
static struct packet large;

static PFILE_OBJECT record(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, true);

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_read(f, pin, &large, 1000 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    return pin;
}

static void end_record(struct fixture *f, PFILE_OBJECT pin)
{
    end(f, pin);
    packet_free(f, &large);
}

static uint64_t recorded(struct fixture *f, PFILE_OBJECT pin)
{
    return client_position(f, pin).PlayOffset;
}

// ---- counting ------------------------------------------------------------------------------------------------

// The offset in the buffer becomes one in the stream; equal to the size it is 0; a failing call leaves it.
static void laps(struct fixture *f)
{
    PFILE_OBJECT pin = record(f);

    cy_at(60 * CY_MS);
    CHECK_EQUAL(recorded(f, pin), 60 * CY_MS);
    cy_at(CY_BUFFER); // as 0
    CHECK_EQUAL(recorded(f, pin), CY_BUFFER);
    cy_at(30 * CY_MS);
    CHECK_EQUAL(recorded(f, pin), CY_BUFFER + 30 * CY_MS);
    cy.get_position = STATUS_UNSUCCESSFUL;
    cy_at(40 * CY_MS);
    CHECK_EQUAL(recorded(f, pin), CY_BUFFER + 30 * CY_MS);
    cy.get_position = STATUS_SUCCESS;
    CHECK_EQUAL(recorded(f, pin), CY_BUFFER + 40 * CY_MS);
    CHECK_EQUAL(fixture_findings(f), 0);
    cy.p = CY_BUFFER + 50 * CY_MS;
    CHECK_EQUAL(recorded(f, pin), CY_BUFFER + 50 * CY_MS);
    only(f, "WC-50", 1);
    cy.p = 50 * CY_MS;
    end_record(f, pin);
}
PS_TEST(the_position_runs_on_over_the_laps, "WC-49", "WC-50", "WC-70")
{
    run(laps);
}

static void jitter(struct fixture *f)
{
    PFILE_OBJECT pin = record(f);

    cy_at(10 * CY_MS);
    cy_at(10 * CY_MS - CY_GUARD + 4); // a little back: it stands still
    CHECK_EQUAL(recorded(f, pin), 10 * CY_MS);
    cy_at(10 * CY_MS + 40);
    CHECK_EQUAL(recorded(f, pin), 10 * CY_MS + 40);
    CHECK_EQUAL(port_class_of(f->system)->gaps, 0);
    cy_at(10 * CY_MS + 40 - CY_GUARD); // so far: nearly a lap, too much for the buffer
    CHECK_EQUAL(port_class_of(f->system)->gaps, 1);
    end_record(f, pin);
}
PS_TEST(a_small_step_back_is_none, "WC-50")
{
    run(jitter);
}

// Nobody looked for more than a lap: the clock tells how many there were.
static void missed(struct fixture *f)
{
    PFILE_OBJECT pin = record(f);

    cy.get_position = STATUS_UNSUCCESSFUL; // the port's own looks see nothing
    cy.since = f->system->sched->now;
    cy.by_time = true;
    for (unsigned i = 0; i < 23; i++) {
        fixture_sleep(10000);
        cy_notify();
    }
    CHECK_EQUAL(fixture_findings(f), 0);
    cy.get_position = STATUS_SUCCESS;
    cy_notify();
    // Of 230 ms the buffer keeps 45; of the 30 of one lap it would have kept all.
    CHECK(recorded(f, pin) >= 45 * CY_MS && recorded(f, pin) < 47 * CY_MS);
    only(f, "WC-49", 1);
    end_record(f, pin);
}
PS_TEST(missed_laps_are_added_and_reported, "WC-49")
{
    run(missed);
}

// ---- states --------------------------------------------------------------------------------------------------

static void states(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, true);

    cy.p = 77; // nobody asks in STOP
    CHECK_EQUAL(recorded(f, pin), 0);
    cy.p = 0;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_ACQUIRE), STATUS_SUCCESS);
    CHECK_EQUAL(recorded(f, pin), 0);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    cy_at(30 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CHECK_EQUAL(recorded(f, pin), 30 * CY_MS);
    CHECK_EQUAL(fixture_findings(f), 0);
    cy.p = 31 * CY_MS; // it must not move
    CHECK_EQUAL(recorded(f, pin), 31 * CY_MS);
    only(f, "WC-71", 1);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    cy_at(35 * CY_MS);
    CHECK_EQUAL(recorded(f, pin), 35 * CY_MS); // on from there
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    CHECK_EQUAL(recorded(f, pin), 0);
    cy.p = 0;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CHECK_EQUAL(recorded(f, pin), 0);
    CHECK_EQUAL(fixture_findings(f), 0);
    end(f, pin);
}
PS_TEST(the_position_is_zero_in_stop_and_frozen_in_pause, "WC-71", "WC-73", "WC-78")
{
    run(states);
}

// A device that begins again at 0 when it runs again: what was not played is lost, and known to be.
static void restarts(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a, b;
    unsigned from;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 30 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    cy_at(20 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy.p = 0;
    from = cy.call_count;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    only(f, "WC-79", 1);
    CY_EXPECT(from, "SetState 3, Silence 0 1920, Silence 1920 5760"); // the lost ten, then the lead
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 20 * CY_MS);
    cy_at(10 * CY_MS - CY_GUARD);
    from = cy.call_count;
    cy_write(f, pin, &b, 10 * CY_MS);
    CY_EXPECT(from, "CopyTo 1920 1920"); // V went on behind what is lost
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 20 * CY_MS);
    cy_at(15 * CY_MS);
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 25 * CY_MS);
    CHECK_EQUAL(fixture_findings(f), 0);
    packet_free(f, &a);
    packet_free(f, &b);
    end(f, pin);
}
PS_TEST(a_device_that_starts_over_loses_what_was_ahead, "WC-79")
{
    run(restarts);
}

// ---- two at once ---------------------------------------------------------------------------------------------

static ULONG first_answer;

// The pass comes while a property reads the position, and is done first with a later answer.
static void overtake(struct cy_stream *stream)
{
    cy.on_position = NULL;
    if (!first_answer)
        return;
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    cy.p = 20 * CY_MS;
    cy.port->lpVtbl->Notify(cy.port, stream->group);
    fixture_sleep(100);
    CHECK_EQUAL(stream->service_irql, DISPATCH_LEVEL);
}

static void overlap(struct fixture *f)
{
    PFILE_OBJECT pin = record(f);

    cy_at(5 * CY_MS);
    first_answer = cy.p = 10 * CY_MS;
    cy.on_position = overtake;
    CHECK_EQUAL(recorded(f, pin), 20 * CY_MS); // the earlier answer came later
    CHECK_EQUAL(recorded(f, pin), 20 * CY_MS);
    CHECK_EQUAL(fixture_findings(f), 0);
    end_record(f, pin);
}
PS_TEST(an_answer_that_was_overtaken_does_not_count, "WC-74")
{
    run(overlap);
}

static struct fixture *meanwhile;
static PFILE_OBJECT meanwhile_pin;

// A property that has read P before the device stood still ends while the port reads it for the pause.
static void read_earlier(struct cy_stream *stream)
{
    cy.on_position = NULL;
    CHECK_EQUAL(recorded(meanwhile, meanwhile_pin), 10 * CY_MS);
    cy.p = first_answer = 11 * CY_MS;
}

static void pause_and_look(struct fixture *f)
{
    meanwhile = f;
    meanwhile_pin = record(f);
    cy_at(10 * CY_MS);
    cy.on_position = read_earlier;
    CHECK_EQUAL(client_state(f, meanwhile_pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CHECK_EQUAL(recorded(f, meanwhile_pin), 11 * CY_MS); // where it froze
    CHECK_EQUAL(fixture_findings(f), 0);
    end_record(f, meanwhile_pin);
}
PS_TEST(a_pause_freezes_at_what_is_read_after_it, "WC-71", "WC-74")
{
    run(pause_and_look);
}

// ---- time ----------------------------------------------------------------------------------------------------

static LONGLONG clock_time(struct fixture *f, PFILE_OBJECT pin)
{
    LONGLONG time = -1;

    CHECK_EQUAL(client_property(f, pin, &KSPROPSETID_Clock, KSPROPERTY_CLOCK_TIME, KSPROPERTY_TYPE_GET,
                                &time, sizeof(time), NULL),
                STATUS_SUCCESS);
    return time;
}

static void clocks(struct fixture *f)
{
    PFILE_OBJECT pin = record(f);

    cy_at(70 * CY_MS);
    cy_at(30 * CY_MS); // in the second lap
    CHECK_EQUAL(clock_time(f, pin), 130 * 10000);
    CHECK_EQUAL(cy.normalize_asked, 130 * CY_MS); // the running count
    cy.normalized = 140 * 10000;
    CHECK_EQUAL(clock_time(f, pin), 140 * 10000); // as the miniport says
    cy.normalized = 7;                            // but never back
    CHECK_EQUAL(clock_time(f, pin), 130 * 10000);
    cy.normalized = 150 * 10000;
    cy.normalize = STATUS_UNSUCCESSFUL;
    CHECK_EQUAL(clock_time(f, pin), 130 * 10000);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    CHECK_EQUAL(clock_time(f, pin), 0);
    end_record(f, pin);
}
PS_TEST(the_clock_is_the_miniports, "WC-75")
{
    run(clocks);
}

static bool is_set(PKEVENT event)
{
    LARGE_INTEGER now = {.QuadPart = 0};

    return KeWaitForSingleObject(event, Executive, KernelMode, FALSE, &now) == STATUS_SUCCESS;
}

// DirectSound's position events, in the client's buffer.
static void events(struct fixture *f)
{
    PFILE_OBJECT pin = client_pin(f, 0, true);
    LOOPEDSTREAMING_POSITION_EVENT_DATA data;
    struct packet a;
    KSEVENT request;
    PKEVENT event;
    HANDLE handle;

    CHECK_EQUAL(kernel_event_create(f->system, &event, &handle), STATUS_SUCCESS);
    memset(&data, 0, sizeof(data));
    memset(&request, 0, sizeof(request));
    request.Set = KSEVENTSETID_LoopedStreaming;
    request.Id = KSEVENT_LOOPEDSTREAMING_POSITION;
    request.Flags = KSEVENT_TYPE_ENABLE;
    data.KsEventData.NotificationType = KSEVENTF_EVENT_HANDLE;
    data.KsEventData.EventHandle.Event = handle;
    data.Position = 10 * CY_MS;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 80 * CY_MS);
    CHECK_EQUAL(kernel_control_wait(f->system, pin, IOCTL_KS_ENABLE_EVENT, &request, sizeof(request),
                                    &data, sizeof(data), NULL),
                STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    cy_at(10 * CY_MS - 4);
    CHECK(!is_set(event));
    cy_at(10 * CY_MS);
    CHECK(is_set(event));
    cy_at(40 * CY_MS);
    cy_at(80 * CY_MS);
    CHECK(!is_set(event));
    cy_at(92 * CY_MS); // the next lap of the client's buffer
    CHECK(is_set(event));
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    client_close(f, pin);
    packet_free(f, &a);
    ZwClose(handle);
}
PS_TEST(position_events_fire_in_the_pass, "WC-44", "WC-76")
{
    run(events);
}
