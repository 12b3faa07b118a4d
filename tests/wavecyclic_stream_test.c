// SPDX-License-Identifier: MIT
//
// States, formats, intervals and packets of a WaveCyclic stream; the token.
#include "tests/wavecyclic_miniport.h"

static void run(void (*scenario)(struct fixture *f))
{
    struct fixture f;

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

// ---- the interval --------------------------------------------------------------------------------------------

static ULONG framing(struct fixture *f, PFILE_OBJECT pin)
{
    KSALLOCATOR_FRAMING out = {0};

    CHECK_EQUAL(client_property(f, pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_ALLOCATORFRAMING,
                                KSPROPERTY_TYPE_GET, &out, sizeof(out), NULL),
                STATUS_SUCCESS);
    return out.FrameSize;
}

static void interval(struct fixture *f)
{
    static const ULONG answers[] = {0, 10, 9, 0xC0000001};
    struct pin_request odd = {.pin = 0, .rate = 11025, .channels = 1, .bits = 8};
    PFILE_OBJECT pin;

    for (unsigned i = 0; i < 4; i++) { // whatever it returns, also what would be an error status
        cy.new_interval = answers[i];
        pin = cy_open(f, false);
        CHECK_EQUAL(cy.interval, 10);
        CHECK_EQUAL(framing(f, pin), 10 * CY_MS); // the default
        client_close(f, pin);
    }
    cy.frame_size = 1001; // off the block alignment
    pin = cy_open(f, false);
    CHECK_EQUAL(framing(f, pin), 1001);
    client_close(f, pin);
    cy.frame_size = 0;
    CHECK_EQUAL(client_open(f, &odd, &pin), STATUS_SUCCESS);
    CHECK_EQUAL(framing(f, pin), 111); // 110.25, rounded up
    client_close(f, pin);
    CHECK_EQUAL(fixture_findings(f), 0);
}
PS_TEST(the_frame_size_is_the_clients_and_the_answer_nobodys, "WC-15", "WC-16", "WC-17", "WC-18", "WC-19")
{
    cy_reset();
    run(interval);
}

// Notifications too fast, too slow, irregular: the copying follows the position.
static void irregular(struct fixture *f)
{
    static const unsigned steps[] = {1, 17, 3, 29, 2, 8, 0, 11, 25, 4};
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet packets[2];
    ULONG p = 0;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &packets[0], 70 * CY_MS);
    cy_write(f, pin, &packets[1], 70 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    for (unsigned i = 0; i < 10; i++) {
        p += steps[i] * CY_MS;
        cy_at(p % CY_BUFFER);
        CHECK_EQUAL(client_position(f, pin).PlayOffset, p);
        CHECK_EQUAL(client_position(f, pin).WriteOffset, p + 40 * CY_MS);
    }
    cy_back(&packets[1], STATUS_SUCCESS, 70 * CY_MS);
    CHECK_EQUAL(port_class_of(f->system)->gaps, 0);
    packet_free(f, &packets[0]);
    packet_free(f, &packets[1]);
    end(f, pin);
}
PS_TEST(notifications_may_come_as_they_like, "WC-20", "WC-52")
{
    cy_reset();
    cy.frame_size = 77;
    run(irregular);
}

// ---- formats and sizes ---------------------------------------------------------------------------------------

static NTSTATUS set_format(struct fixture *f, PFILE_OBJECT pin, const struct pin_request *request)
{
    KSDATAFORMAT_WAVEFORMATEX format;
    unsigned char connect[512];

    client_connect(request, connect);
    memcpy(&format, connect + sizeof(KSPIN_CONNECT), sizeof(format));
    return client_property(f, pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT,
                           KSPROPERTY_TYPE_SET, &format, sizeof(format), NULL);
}

static void formats(struct fixture *f)
{
    struct pin_request half = {.pin = 0, .rate = 24000};
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a;
    unsigned from = cy.call_count;

    CY_EXPECT(3, "NewStream 0 play, SetNotificationFreq 10"); // not the creation's format
    CHECK_EQUAL(set_format(f, pin, &half), STATUS_SUCCESS);
    CY_EXPECT(from, "SetFormat, SetNotificationFreq 10");
    CHECK_EQUAL(framing(f, pin), 960);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 100 * CY_MS);
    from = cy.call_count;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CY_EXPECT(from, "CopyTo 0 3840, SetState 3"); // 40 ms of it
    cy.set_format = STATUS_INVALID_PARAMETER;
    from = cy.call_count;
    CHECK_EQUAL(set_format(f, pin, &half), STATUS_INVALID_PARAMETER);
    CY_EXPECT(from, "SetFormat");
    end(f, pin);
    packet_free(f, &a);
}
PS_TEST(a_new_format_has_a_new_lead, "WC-21", "WC-16")
{
    cy_reset();
    run(formats);
}

static void sizes(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);

    cy.stream->size = CY_BUFFER + 4; // more than there is: clamped
    CHECK_EQUAL(client_state(f, pin, KSSTATE_ACQUIRE), STATUS_SUCCESS);
    only(f, "WC-32", 1);
    CHECK(!strcmp(cy.calls[cy.call_count - 1], "Silence 0 19200"));
    cy.stream->size = CY_BUFFER;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    cy.stream->size = 0; // as much as there is
    CHECK_EQUAL(client_state(f, pin, KSSTATE_ACQUIRE), STATUS_SUCCESS);
    CHECK(!strcmp(cy.calls[cy.call_count - 1], "Silence 0 19200"));
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    CHECK_EQUAL(fixture_findings(f), 0);
    cy.stream->size = 9600; // a new life, a new size
    CHECK_EQUAL(client_state(f, pin, KSSTATE_ACQUIRE), STATUS_SUCCESS);
    CHECK(!strcmp(cy.calls[cy.call_count - 1], "Silence 0 9600"));
    cy.stream->size = 4800; // not now
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    only(f, "WC-32", 1);
    cy.stream->size = 9600;
    end(f, pin);
}
PS_TEST(the_size_is_what_the_channel_says_at_acquire, "WC-32")
{
    cy_reset();
    run(sizes);
}

// ---- states --------------------------------------------------------------------------------------------------

// What was copied before a pause is played after it; a pause copies nothing.
static void pause(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a;
    unsigned from;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 90 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    cy_at(10 * CY_MS);
    from = cy.call_count;
    cy.p = 20 * CY_MS; // how far it came until it paused
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CY_EXPECT(from, "SetState 2");
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 20 * CY_MS);
    cy_notify();
    CY_EXPECT(from, "SetState 2");
    from = cy.call_count;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CY_EXPECT(from, "CopyTo 9600 1920, SetState 3"); // primed to 40 ms again
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 20 * CY_MS);
    CHECK_EQUAL(port_class_of(f->system)->gaps, 0);
    from = cy.call_count;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    CY_EXPECT(from, "SetState 2, SetState 1, SetState 0");
    cy_back(&a, STATUS_CANCELLED, 0); // not all of it was copied
    packet_free(f, &a);
    client_close(f, pin);
}
PS_TEST(a_pause_keeps_what_was_copied, "WC-77", "WC-78", "WC-79")
{
    cy_reset();
    run(pause);
}

static void run_fails(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a, b;
    unsigned from;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 10 * CY_MS);
    cy_write(f, pin, &b, 60 * CY_MS);
    cy.set_state[3] = STATUS_DEVICE_BUSY;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_DEVICE_BUSY);
    cy_back(&a, STATUS_SUCCESS, 10 * CY_MS);
    CY_FLYING(&b);
    cy.set_state[3] = STATUS_SUCCESS;
    from = cy.call_count;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CY_EXPECT(from, "SetState 3"); // it is primed already
    CHECK(cy_same(0, &a, 0, 10 * CY_MS) && cy_same(10 * CY_MS, &b, 0, 30 * CY_MS));
    end(f, pin);
    packet_free(f, &a);
    packet_free(f, &b);
}
PS_TEST(a_run_that_fails_leaves_it_primed, "WC-80")
{
    cy_reset();
    run(run_fails);
}

// A driver that waits for its interrupt in SetState: a pass of another processor must come through.
static void notify_in_state(struct cy_stream *stream, KSSTATE state)
{
    if (state != KSSTATE_PAUSE || stream->state != KSSTATE_RUN)
        return;
    stream->service_irql = 0;
    cy.port->lpVtbl->Notify(cy.port, stream->group);
    fixture_sleep(1000); // no lock of the port keeps the DPC out
}

static void waits_in_state(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);

    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    cy.on_state = notify_in_state;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    end(f, pin);
}
PS_TEST(set_state_is_called_without_what_a_pass_needs, "WC-81")
{
    cy_reset();
    run(waits_in_state);
}

// ---- notifications -------------------------------------------------------------------------------------------

// Without any, packets that come bring passes, and the port looks now and then; it is reported once.
static void unserved(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy.since = f->system->sched->now;
    cy_write(f, pin, &a, 100 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    cy.since = f->system->sched->now;
    cy.by_time = true;
    fixture_sleep(40000);
    CHECK_EQUAL(fixture_findings(f), 0);
    fixture_sleep(260000);
    cy_back(&a, STATUS_SUCCESS, 100 * CY_MS);
    only(f, "WC-45", 1);
    packet_free(f, &a);
    end(f, pin);
}
PS_TEST(a_stream_without_notifications_goes_on_and_is_reported, "WC-45")
{
    cy_reset();
    run(unserved);
}

// A position that never moves is not looked at for ever: what waits for it is found to wait in vain.
static void stuck(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct cy_stream *stream = cy.stream;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    fixture_sleep(3000000);
    fixture_forgive(f);
    stream->service_irql = 9;
    fixture_sleep(3000000);
    CHECK_EQUAL(stream->service_irql, 9);
    end(f, pin);
}
PS_TEST(a_position_that_stands_still_is_left_alone)
{
    cy_reset();
    run(stuck);
}

// ---- cancelling ----------------------------------------------------------------------------------------------

static void cancel(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a, b, c;
    unsigned from;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 50 * CY_MS); // 40 of them are copied
    cy_write(f, pin, &b, 10 * CY_MS);
    cy_write(f, pin, &c, 10 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK(kernel_cancel(&a.request));
    cy_back(&a, STATUS_CANCELLED, 0);
    CHECK(kernel_cancel(&b.request));
    cy_back(&b, STATUS_CANCELLED, 0);
    from = cy.call_count;
    cy_at(10 * CY_MS);
    CY_EXPECT(from, "CopyTo 7680 1920"); // the third, behind what was copied of the first
    CHECK(cy_same(40 * CY_MS, &c, 0, 10 * CY_MS));
    cy_back(&c, STATUS_SUCCESS, 10 * CY_MS);
    packet_free(f, &a);
    packet_free(f, &b);
    packet_free(f, &c);
    end(f, pin);
}
PS_TEST(a_cancelled_packet_keeps_what_was_copied, "WC-82")
{
    cy_reset();
    run(cancel);
}

static struct packet *victim;

static void cancel_in_copy(struct cy_stream *stream)
{
    (void)stream;
    cy.on_copy = NULL;
    CHECK(kernel_cancel(&victim->request));
    CHECK(!victim->request.done); // its memory is being read
}

static void cancel_copied(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a, b;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 50 * CY_MS);
    cy_write(f, pin, &b, 5 * CY_MS);
    victim = &a;
    cy.on_copy = cancel_in_copy;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    cy_back(&a, STATUS_CANCELLED, 0);
    cy_at(10 * CY_MS);
    cy_back(&b, STATUS_SUCCESS, 5 * CY_MS);
    packet_free(f, &a);
    packet_free(f, &b);
    end(f, pin);
}
PS_TEST(a_cancel_waits_for_the_copy_under_way, "WC-83")
{
    cy_reset();
    run(cancel_copied);
}

// ---- the token -----------------------------------------------------------------------------------------------

static unsigned depth, deepest, copies;

// A pass is asked for while a copy is under way: it does not come in between, but comes.
static void notify_in_copy(struct cy_stream *stream)
{
    if (++depth > deepest)
        deepest = depth;
    if (copies++ == 0) {
        cy.p = 10 * CY_MS;
        cy.port->lpVtbl->Notify(cy.port, stream->group);
        KeStallExecutionProcessor(100);
    }
    depth--;
}

static void token(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a, b;
    unsigned from;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 10 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    depth = deepest = copies = 0;
    cy.on_copy = notify_in_copy;
    from = cy.call_count;
    cy_write(f, pin, &b, 60 * CY_MS); // the DPC finds the token taken, or comes later
    CY_EXPECT(from, "CopyTo 1920 5760, CopyTo 7680 1920");
    CHECK_EQUAL(deepest, 1);
    cy.on_copy = NULL;
    end(f, pin);
    packet_free(f, &a);
    packet_free(f, &b);
}
PS_TEST(a_pass_under_way_makes_up_for_one_that_could_not_begin, "WC-27", "WC-53")
{
    cy_reset();
    run(token);
}

// STOP and a change of the format wait for a copy under way.
static struct fixture *stopping;
static PFILE_OBJECT stopping_pin;
static struct fixture_thread stopper;

static void stop_now(void *context)
{
    (void)context;
    while (!depth)
        fixture_sleep(10);
    CHECK_EQUAL(client_state(stopping, stopping_pin, KSSTATE_STOP), STATUS_SUCCESS);
    CHECK_EQUAL(depth, 0);
}

static void stop_in_copy(struct cy_stream *stream)
{
    (void)stream;
    if (copies++)
        return;
    depth++;
    KeStallExecutionProcessor(2000); // long enough for the other processor
    CHECK(!stopper.done);
    depth--;
}

static void stop_waits(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a;

    stopping = f;
    stopping_pin = pin;
    stopper = (struct fixture_thread){.entry = stop_now};
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    depth = copies = 0;
    cy.on_copy = stop_in_copy;
    fixture_thread(f, &stopper);
    cy_write(f, pin, &a, 10 * CY_MS);
    fixture_join(&stopper);
    CHECK(a.request.done);
    cy.on_copy = NULL;
    packet_free(f, &a);
    client_close(f, pin);
}
PS_TEST(stop_waits_for_the_copy_under_way, "WC-27", "WC-78")
{
    cy_reset();
    run(stop_waits);
}

// FLUSHONPAUSE.
static void flush(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a, b;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CHECK(packet_make(f, &a, 1, 60 * CY_MS, 0));
    a.headers[0].OptionsFlags = KSSTREAM_HEADER_OPTIONSF_FLUSHONPAUSE;
    CHECK_EQUAL(packet_write(f, pin, &a), STATUS_PENDING);
    cy_write(f, pin, &b, 10 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_back(&a, STATUS_SUCCESS, 40 * CY_MS); // what was copied
    CY_FLYING(&b);
    end(f, pin);
    packet_free(f, &a);
    packet_free(f, &b);
}
PS_TEST(a_pause_ends_packets_that_ask_for_it, "KP-45", "WC-78")
{
    cy_reset();
    run(flush);
}

// Several headers, an empty one among them, and a packet without any byte.
static void headers(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a, b;
    unsigned from;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CHECK(packet_make(f, &a, 3, 400, 0));
    a.headers[1].DataUsed = 0;
    CHECK_EQUAL(packet_write(f, pin, &a), STATUS_PENDING);
    CHECK(packet_make(f, &b, 1, 400, 0));
    b.headers[0].DataUsed = 0;
    CHECK_EQUAL(packet_write(f, pin, &b), STATUS_PENDING);
    from = cy.call_count;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CY_EXPECT(from, "CopyTo 0 400, CopyTo 400 400, SetState 3, Silence 800 6880");
    cy_back(&a, STATUS_SUCCESS, 800);
    cy_back(&b, STATUS_SUCCESS, 0);
    packet_free(f, &a);
    packet_free(f, &b);
    end(f, pin);
}
PS_TEST(headers_are_copied_in_order, "WC-54")
{
    cy_reset();
    run(headers);
}

// No memory for a packet.
static void no_memory(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a;
    unsigned refused = 0;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    for (uint64_t at = 1; at < 40; at++) {
        CHECK(packet_make(f, &a, 1, 400, 0));
        f->faults = (struct fault_plan){.fail_at = at};
        packet_write(f, pin, &a);
        f->faults = (struct fault_plan){0};
        if (!a.request.done)
            break;
        refused++;
        CHECK_EQUAL(a.request.status, STATUS_INSUFFICIENT_RESOURCES);
        packet_free(f, &a);
    }
    CHECK(refused > 1);
    end(f, pin);
    packet_free(f, &a);
}
PS_TEST(without_memory_a_packet_is_refused)
{
    cy_reset();
    run(no_memory);
}
