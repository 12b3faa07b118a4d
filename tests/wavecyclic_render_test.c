// SPDX-License-Identifier: MIT
//
// Playing through the cyclic buffer: what is copied where and when, silence, gaps. A millisecond is 192 bytes, the lead
// 7680, the low mark 5760, the guard 256.
#include "tests/wavecyclic_miniport.h"

enum { LEAD = 40 * CY_MS, LOW = 30 * CY_MS };

static void run(void (*scenario)(struct fixture *f))
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, scenario);
    fixture_close(&f);
}

#define TEST(name, body, ...)                                                                          \
    PS_TEST(name, __VA_ARGS__)                                                                         \
    {                                                                                                  \
        cy_reset();                                                                                    \
        run(body);                                                                                     \
    }

static void end(struct fixture *f, PFILE_OBJECT pin)
{
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    client_close(f, pin);
}

static uint64_t gaps(const struct fixture *f)
{
    return port_class_of(f->system)->gaps;
}

// ---- priming, lead -------------------------------------------------------------------------------------------

// A custom channel may take the spin locks that its DPC takes, the way that is allowed at DISPATCH_LEVEL only.
static unsigned copies_below;

static void look_at_irql(struct cy_stream *stream)
{
    (void)stream;
    copies_below += KeGetCurrentIrql() != DISPATCH_LEVEL;
}

static void copy_at_dispatch(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a, b;
    unsigned from = cy.call_count;

    copies_below = 0;
    cy.on_copy = look_at_irql;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 10 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS); // primed by the client's thread
    cy_write(f, pin, &b, 10 * CY_MS);                               // copied by it on arrival
    CY_EXPECT(from, "SetState 1, Silence 0 19200, SetState 2, CopyTo 0 1920, SetState 3, Silence 1920 5760, "
                    "CopyTo 1920 1920");
    CHECK_EQUAL(copies_below, 0);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    packet_free(f, &a);
    packet_free(f, &b);
    end(f, pin);
}

TEST(every_copy_is_at_dispatch_level, copy_at_dispatch, "WC-44", "WC-53")

// The port copies before the miniport runs, 40 ms and no more; a packet comes back when its last byte is copied.
static void prime(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a, b;
    unsigned from = cy.call_count;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CY_EXPECT(from, "SetState 1, Silence 0 19200, SetState 2");
    CHECK(cy_filled(0, CY_BUFFER, 0));
    cy_write(f, pin, &a, 20 * CY_MS);
    cy_write(f, pin, &b, 30 * CY_MS);
    fixture_sleep(100);
    CY_FLYING(&a);
    from = cy.call_count;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CY_EXPECT(from, "CopyTo 0 3840, CopyTo 3840 3840, SetState 3");
    cy_back(&a, STATUS_SUCCESS, 20 * CY_MS);
    CY_FLYING(&b);
    CHECK(cy_same(0, &a, 0, 20 * CY_MS) && cy_same(20 * CY_MS, &b, 0, 20 * CY_MS));
    CHECK(cy_filled(LEAD, CY_BUFFER - LEAD, 0));
    CHECK_EQUAL(client_position(f, pin).WriteOffset, LEAD);
    from = cy.call_count;
    cy_at(4 * CY_MS);
    cy_notify();
    CY_EXPECT(from, "CopyTo 7680 768");
    cy_at(10 * CY_MS);
    CY_EXPECT(from, "CopyTo 7680 768, CopyTo 8448 1152");
    cy_back(&b, STATUS_SUCCESS, 30 * CY_MS);
    CHECK_EQUAL(client_position(f, pin).WriteOffset, 50 * CY_MS);
    packet_free(f, &a);
    packet_free(f, &b);
    end(f, pin);
}
TEST(what_is_queued_is_copied_before_it_runs_forty_milliseconds_of_it, prime, "WC-2", "WC-46", "WC-51",
     "WC-52", "WC-54", "WC-55", "WC-63", "WC-78")

static void prime_nothing(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    unsigned from;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    from = cy.call_count;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CY_EXPECT(from, "SetState 3, Silence 0 7680");
    end(f, pin);
}
TEST(without_data_it_runs_all_the_same, prime_nothing, "WC-51", "WC-58")

// What arrives while the lead is short is copied at once, without a notification, as far as the lead goes.
static void arrive(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet packets[3];
    unsigned from;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &packets[0], 35 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    from = cy.call_count;
    cy_write(f, pin, &packets[1], 3 * CY_MS);
    CY_EXPECT(from, "CopyTo 6720 576");
    cy_back(&packets[1], STATUS_SUCCESS, 3 * CY_MS);
    cy_write(f, pin, &packets[2], 10 * CY_MS);
    CY_EXPECT(from, "CopyTo 6720 576, CopyTo 7296 384");
    CY_FLYING(&packets[2]);
    for (unsigned i = 0; i < 20; i++)
        cy_notify(); // the amount depends on P alone
    CY_EXPECT(from, "CopyTo 6720 576, CopyTo 7296 384");
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    cy_back(&packets[2], STATUS_CANCELLED, 0);
    for (unsigned i = 0; i < 3; i++)
        packet_free(f, &packets[i]);
    client_close(f, pin);
}
TEST(data_is_copied_when_it_comes, arrive, "WC-52", "WC-53", "WC-54", "WC-56")

// Over the end of the buffer it takes two calls.
static void wrap(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a, b, c;
    unsigned from;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 40 * CY_MS);
    cy_write(f, pin, &b, 55 * CY_MS);
    cy_write(f, pin, &c, 20 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    cy_at(38 * CY_MS);
    from = cy.call_count;
    cy_at(70 * CY_MS);
    CY_EXPECT(from, "CopyTo 14976 3264, CopyTo 18240 960, CopyTo 0 1920");
    CHECK(cy_same(0, &c, 5 * CY_MS, 10 * CY_MS));
    cy_at(5 * CY_MS);
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 105 * CY_MS);
    packet_free(f, &a);
    packet_free(f, &b);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    packet_free(f, &c);
    client_close(f, pin);
}
TEST(a_copy_over_the_end_of_the_buffer_is_two, wrap, "WC-24", "WC-52", "WC-72")

// ---- frames --------------------------------------------------------------------------------------------------

// Copies cut between frames, but where a packet or the buffer ends; the buffer need not hold whole frames.
static void frames(struct fixture *f)
{
    PFILE_OBJECT pin;
    struct packet a, b;
    unsigned from;

    pin = cy_open(f, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 10);
    cy_write(f, pin, &b, 60 * CY_MS);
    from = cy.call_count;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CY_EXPECT(from, "CopyTo 0 10, CopyTo 10 7670, SetState 3");
    cy_back(&a, STATUS_SUCCESS, 10);
    from = cy.call_count;
    cy_at(6); // inside a frame
    CY_EXPECT(from, "CopyTo 7680 4");
    from = cy.call_count;
    cy_at(3000);
    CY_EXPECT(from, "CopyTo 7684 2316, CopyTo 0 680");
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    packet_free(f, &a);
    packet_free(f, &b);
    client_close(f, pin);
}
PS_TEST(copies_cut_between_frames, "WC-26", "WC-33")
{
    cy_reset();
    cy.bytes = 10000;
    run(frames);
}

static void odd(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a;
    unsigned from;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 90 * CY_MS);
    from = cy.call_count;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CY_EXPECT(from, "CopyTo 0 7680, SetState 3");
    from = cy.call_count;
    cy_at(1000);
    CY_EXPECT(from, "CopyTo 7680 1000");
    cy_at(2000);
    CY_EXPECT(from, "CopyTo 7680 1000, CopyTo 8680 1000");
    from = cy.call_count;
    cy_at(4000);
    CY_EXPECT(from, "CopyTo 9680 322, CopyTo 0 1678"); // a frame of four lies over the end
    CHECK(cy_same(0, &a, 10002, 1678));
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    packet_free(f, &a);
    client_close(f, pin);
}
PS_TEST(a_frame_may_lie_over_the_end_of_the_buffer, "WC-33")
{
    cy_reset();
    cy.bytes = 10002;
    run(odd);
}

// A small buffer has a smaller lead, and is never filled to the brim.
static void small(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a;
    unsigned from = cy.call_count;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 60 * CY_MS);
    from = cy.call_count;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    if (cy.bytes == 30 * CY_MS)
        CY_EXPECT(from, "CopyTo 0 3840, SetState 3"); // less an interval
    else if (cy.bytes == 12 * CY_MS)
        CY_EXPECT(from, "CopyTo 0 1152, SetState 3"); // a half
    else
        CY_EXPECT(from, "CopyTo 0 4, SetState 3"); // two frames long
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    packet_free(f, &a);
    client_close(f, pin);
}
PS_TEST(a_small_buffer_has_a_smaller_lead, "WC-47")
{
    static const ULONG sizes[] = {30 * CY_MS, 12 * CY_MS, 8};

    for (unsigned i = 0; i < 3; i++) {
        cy_reset();
        cy.bytes = sizes[i];
        run(small);
    }
}

// ---- the channel ---------------------------------------------------------------------------------------------

// The miniport's own channel, which changes what it copies; the port looks at none of it.
static void convert(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 10 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    for (unsigned i = 0; i < 10 * CY_MS; i++)
        CHECK_EQUAL(cy.stream->memory[i], (unsigned char)~a.data[i]);
    CHECK(cy_filled(10 * CY_MS, LEAD - 10 * CY_MS, 0xAB)); // silence is what Silence says
    packet_free(f, &a);
    end(f, pin);
}
PS_TEST(the_miniports_channel_and_silence_decide_what_is_in_the_buffer, "WC-22", "WC-23", "WC-25", "WC-59")
{
    cy_reset();
    cy.inverts = true;
    cy.pattern = 0xAB;
    run(convert);
}

// ---- silence -------------------------------------------------------------------------------------------------

static void silence(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a, b;
    unsigned from;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 40 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    from = cy.call_count;
    cy_at(10 * CY_MS); // 30 ms are left
    CY_EXPECT(from, "");
    cy_at(10 * CY_MS + 4); // less
    CY_EXPECT(from, "Silence 7680 1924");
    cy_at(20 * CY_MS);
    CY_EXPECT(from, "Silence 7680 1924, Silence 9604 1916");
    CHECK_EQUAL(client_position(f, pin).WriteOffset, 40 * CY_MS); // silence never moves it
    from = cy.call_count;
    cy_write(f, pin, &b, 5 * CY_MS); // overwrites silence
    CY_EXPECT(from, "CopyTo 7680 960");
    CHECK(cy_same(40 * CY_MS, &b, 0, 5 * CY_MS));
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 20 * CY_MS);
    CHECK_EQUAL(gaps(f), 0);
    packet_free(f, &a);
    packet_free(f, &b);
    end(f, pin);
}
TEST(silence_follows_when_less_than_thirty_milliseconds_are_left, silence, "WC-55", "WC-58", "WC-60")

// Over the end of the buffer two calls, and never more than the lead.
static void silence_wraps(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a;
    unsigned from;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 90 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    cy_at(30 * CY_MS);
    cy_at(50 * CY_MS);
    from = cy.call_count;
    cy_at(70 * CY_MS);
    CY_EXPECT(from, "Silence 17280 1920, Silence 0 1920");
    packet_free(f, &a);
    end(f, pin);
}
TEST(silence_over_the_end_of_the_buffer_is_two_calls, silence_wraps, "WC-58", "WC-59")

// 8-bit samples.
static void silence_of_bytes(struct fixture *f)
{
    struct pin_request request = {.pin = 0, .bits = 8};
    PFILE_OBJECT pin;

    CHECK_EQUAL(client_open(f, &request, &pin), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK(cy_filled(0, CY_BUFFER, 0x80));
    end(f, pin);
}
PS_TEST(the_silence_of_bytes_is_the_miniports, "WC-59")
{
    cy_reset();
    cy.pattern = 0x80;
    run(silence_of_bytes);
}

// ---- under-runs ----------------------------------------------------------------------------------------------

struct heard {
    unsigned told;
    uint64_t at, bytes, copied;
};

static void hear_copy(void *context, uint32_t pin, uint64_t bytes)
{
    (void)pin;
    ((struct heard *)context)->copied = bytes;
}

static void hear_gap(void *context, uint32_t pin, uint64_t at, uint64_t bytes)
{
    struct heard *heard = context;

    (void)pin;
    heard->told++;
    heard->at = at;
    heard->bytes = bytes;
}

static void starve(struct fixture *f)
{
    struct heard heard = {0};
    const struct port_listener listener = {&heard, hear_copy, hear_gap};
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a, b;
    unsigned from;

    port_class_of(f->system)->listener = &listener;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 20 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(heard.copied, 20 * CY_MS);
    cy_at(20 * CY_MS);
    CHECK_EQUAL(gaps(f), 0); // not yet passed
    cy_at(25 * CY_MS);
    CHECK_EQUAL(gaps(f), 1);
    from = cy.call_count;
    cy_at(30 * CY_MS);
    CY_EXPECT(from, "Silence 12480 960"); // up to 40 ms ahead of P
    CHECK_EQUAL(gaps(f), 1);              // one, however long it is
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 20 * CY_MS);
    CHECK_EQUAL(heard.told, 0);
    from = cy.call_count;
    cy_write(f, pin, &b, 40 * CY_MS);
    CY_EXPECT(from, "CopyTo 6016 7424"); // a guard ahead of P
    CHECK_EQUAL(heard.told, 1);
    CHECK_EQUAL(heard.at, 20 * CY_MS);
    CHECK_EQUAL(heard.bytes, 10 * CY_MS + CY_GUARD);
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 20 * CY_MS); // stands still while the gap plays
    CHECK_EQUAL(client_position(f, pin).WriteOffset, 20 * CY_MS + 7424);
    cy_at(30 * CY_MS + CY_GUARD);
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 20 * CY_MS);
    cy_at(30 * CY_MS + CY_GUARD + 400);
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 20 * CY_MS + 400);
    CHECK_EQUAL(gaps(f), 1);
    port_class_of(f->system)->listener = NULL;
    packet_free(f, &a);
    end(f, pin);
    packet_free(f, &b);
}
TEST(an_under_run_is_counted_once_and_played_as_silence, starve, "WC-48", "WC-60", "WC-61", "WC-62")

// What comes less than a guard before it is too late is too late, too; each of many small gaps is known.
static void guard(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a, small[3];
    unsigned from;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, &a, 10 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    cy_at(10 * CY_MS - CY_GUARD + 4);
    CHECK_EQUAL(gaps(f), 0);
    from = cy.call_count;
    cy_write(f, pin, &small[0], 8);
    CY_EXPECT(from, "CopyTo 1924 8");
    CHECK_EQUAL(gaps(f), 1);
    cy_at(10 * CY_MS - CY_GUARD + 20);
    from = cy.call_count;
    cy_write(f, pin, &small[1], 8); // V is a guard and 4 bytes less than 12 ahead
    CY_EXPECT(from, "CopyTo 1940 8");
    CHECK_EQUAL(gaps(f), 2);
    cy_at(10 * CY_MS - CY_GUARD + 28);
    cy_write(f, pin, &small[2], 8);
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 10 * CY_MS - CY_GUARD + 28);
    cy_at(1924 + 4); // in the first of the small ones
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 1920 + 4);
    cy_at(1940 + 8);
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 1920 + 16);
    packet_free(f, &a);
    for (unsigned i = 0; i < 3; i++)
        packet_free(f, &small[i]);
    end(f, pin);
}
TEST(nothing_is_written_nearer_to_the_position_than_the_guard, guard, "WC-48", "WC-61", "WC-62")

// The end of a stream is no under-run if the client says so.
static void end_of_stream(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, false);
    struct packet a;
    unsigned from;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CHECK(packet_make(f, &a, 1, 20 * CY_MS, 0));
    a.headers[0].OptionsFlags = KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM;
    CHECK_EQUAL(packet_write(f, pin, &a), STATUS_PENDING);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    from = cy.call_count;
    for (unsigned ms = 10; ms <= 60; ms += 10)
        cy_at(ms * CY_MS);
    CY_EXPECT(from, "Silence 7680 1920, Silence 9600 1920, Silence 11520 1920, Silence 13440 1920, "
                    "Silence 15360 1920, Silence 17280 1920");
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 20 * CY_MS);
    CHECK_EQUAL(gaps(f), 0);
    packet_free(f, &a);
    end(f, pin);
}
TEST(after_the_end_of_the_stream_there_is_silence, end_of_stream, "WC-64")

// ---- looped --------------------------------------------------------------------------------------------------

static PFILE_OBJECT open_looped(struct fixture *f, struct packet *packet, ULONG bytes)
{
    PFILE_OBJECT pin = client_pin(f, 0, true);

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    cy_write(f, pin, packet, bytes);
    return pin;
}

// One buffer goes round in another one, piece by piece; what the client writes ahead of the port is played.
static void looped(struct fixture *f)
{
    struct packet a;
    PFILE_OBJECT pin = open_looped(f, &a, 50 * CY_MS);
    unsigned from = cy.call_count;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CY_EXPECT(from, "CopyTo 0 7680, SetState 3");
    memset(a.data, 0x11, 10 * CY_MS);           // too late for this lap
    memset(a.data + 40 * CY_MS, 0x22, 10 * CY_MS); // in time
    from = cy.call_count;
    cy_at(15 * CY_MS);
    CY_EXPECT(from, "CopyTo 7680 1920, CopyTo 9600 960");
    CHECK(!cy_filled(0, 10 * CY_MS, 0x11));
    CHECK(cy_filled(40 * CY_MS, 10 * CY_MS, 0x22));
    CHECK(cy_filled(50 * CY_MS, 5 * CY_MS, 0x11)); // the next lap
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 15 * CY_MS);
    CHECK_EQUAL(client_position(f, pin).WriteOffset, 5 * CY_MS);
    for (unsigned ms = 30; ms <= 90; ms += 30)
        cy_at(ms * CY_MS);
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 40 * CY_MS);
    CY_FLYING(&a);
    for (unsigned i = from; i < cy.call_count; i++)
        CHECK(strncmp(cy.calls[i], "Silence", 7)); // it cannot starve
    CHECK_EQUAL(gaps(f), 0);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    cy_back(&a, STATUS_SUCCESS, 50 * CY_MS);
    packet_free(f, &a);
    client_close(f, pin);
}
TEST(a_looped_buffer_is_copied_round_and_round, looped, "WC-72", "WC-84", "WC-85", "WC-86", "WC-87")

static void short_loop(struct fixture *f)
{
    struct packet a;
    PFILE_OBJECT pin = open_looped(f, &a, 15 * CY_MS);
    unsigned from = cy.call_count;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CY_EXPECT(from, "CopyTo 0 2880, CopyTo 2880 2880, CopyTo 5760 1920, SetState 3");
    CHECK_EQUAL(client_position(f, pin).WriteOffset, 10 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    packet_free(f, &a);
    client_close(f, pin);
}
TEST(a_looped_buffer_shorter_than_the_lead_is_copied_several_times, short_loop, "WC-85")
