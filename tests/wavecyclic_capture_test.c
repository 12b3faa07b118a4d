// SPDX-License-Identifier: MIT
//
// Recording through the cyclic buffer.
#include "tests/wavecyclic_miniport.h"

static void run(void (*scenario)(struct fixture *f))
{
    struct fixture f;

    cy_reset();
    fixture_open(&f, NULL);
    fixture_run(&f, scenario);
    fixture_close(&f);
}

// The device has filled the whole buffer with what tells its place.
static void fill(void)
{
    for (ULONG i = 0; i < CY_BUFFER; i++)
        cy.stream->memory[i] = (unsigned char)(i * 5 + i / 256);
}

static PFILE_OBJECT record(struct fixture *f)
{
    PFILE_OBJECT pin = cy_open(f, true);

    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    fill();
    return pin;
}

static void end(struct fixture *f, PFILE_OBJECT pin)
{
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    client_close(f, pin);
}

// Up to P, in whole frames, from packet to packet; each comes back when it is full.
static void copy(struct fixture *f)
{
    PFILE_OBJECT pin = record(f);
    struct packet a, b;
    unsigned from;

    cy_read(f, pin, &a, 10 * CY_MS);
    cy_read(f, pin, &b, 10 * CY_MS);
    from = cy.call_count;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CY_EXPECT(from, "SetState 3");
    cy_at(4 * CY_MS + 3);
    CY_EXPECT(from, "SetState 3, CopyFrom 0 768");
    CY_FLYING(&a);
    CHECK_EQUAL(client_position(f, pin).WriteOffset, 4 * CY_MS);
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 4 * CY_MS + 3);
    from = cy.call_count;
    cy_at(15 * CY_MS);
    CY_EXPECT(from, "CopyFrom 768 1152, CopyFrom 1920 960");
    cy_back(&a, STATUS_SUCCESS, sizeof(KSSTREAM_HEADER));
    CHECK_EQUAL(a.headers[0].DataUsed, 10 * CY_MS);
    CHECK(cy_same(0, &a, 0, 10 * CY_MS));
    CY_FLYING(&b);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CY_FLYING(&b); // half full, it waits
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    cy_back(&b, STATUS_SUCCESS, sizeof(KSSTREAM_HEADER));
    CHECK_EQUAL(b.headers[0].DataUsed, 5 * CY_MS);
    packet_free(f, &a);
    packet_free(f, &b);
    client_close(f, pin);
}
PS_TEST(what_is_recorded_is_copied_up_to_the_position, "WC-65", "WC-66", "WC-67", "WC-69")
{
    run(copy);
}

static void wrap(struct fixture *f)
{
    PFILE_OBJECT pin = record(f);
    struct packet a, b;
    unsigned from;

    cy_read(f, pin, &a, 90 * CY_MS);
    cy_read(f, pin, &b, 20 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    cy_at(60 * CY_MS);
    cy_at(90 * CY_MS);
    from = cy.call_count;
    cy_at(10 * CY_MS);
    CY_EXPECT(from, "CopyFrom 17280 1920, CopyFrom 0 1920");
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 110 * CY_MS);
    packet_free(f, &a);
    packet_free(f, &b);
    end(f, pin);
}
PS_TEST(a_recording_goes_over_the_end_of_the_buffer, "WC-24", "WC-65")
{
    run(wrap);
}

static void guarded(struct fixture *f)
{
    PFILE_OBJECT pin = record(f);
    struct packet a;
    unsigned from;

    CHECK_EQUAL(policy_set(f->system, "capture-guard", "64"), 0);
    cy_read(f, pin, &a, 10 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    from = cy.call_count;
    cy_at(CY_GUARD);
    CY_EXPECT(from, "");
    cy_at(4 * CY_MS);
    CY_EXPECT(from, "CopyFrom 0 512");
    end(f, pin);
    packet_free(f, &a);
}
PS_TEST(a_recording_can_stay_a_guard_behind, "WC-65")
{
    run(guarded);
}

// Without packets the data waits; the oldest is lost when the buffer is nearly full, and the next packet says so.
static void overrun(struct fixture *f)
{
    PFILE_OBJECT pin = record(f);
    struct packet a, b;
    uint64_t gaps = port_class_of(f->system)->gaps;
    unsigned from;

    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    cy_at(60 * CY_MS);
    cy_at(89 * CY_MS);
    CHECK_EQUAL(port_class_of(f->system)->gaps, gaps);
    cy_at(90 * CY_MS); // an interval is left: half of the others stay
    CHECK_EQUAL(port_class_of(f->system)->gaps, gaps + 1);
    from = cy.call_count;
    cy_read(f, pin, &a, 30 * CY_MS);
    CY_EXPECT(from, "CopyFrom 8640 5760");
    CHECK(cy_same(45 * CY_MS, &a, 0, 30 * CY_MS));
    cy_back(&a, STATUS_SUCCESS, sizeof(KSSTREAM_HEADER));
    CHECK_EQUAL(a.headers[0].OptionsFlags, KSSTREAM_HEADER_OPTIONSF_DATADISCONTINUITY);
    cy_read(f, pin, &b, 15 * CY_MS);
    cy_back(&b, STATUS_SUCCESS, sizeof(KSSTREAM_HEADER));
    CHECK_EQUAL(b.headers[0].OptionsFlags, 0);
    CHECK_EQUAL(client_position(f, pin).WriteOffset, 45 * CY_MS);
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 45 * CY_MS);
    CHECK_EQUAL(port_class_of(f->system)->gaps, gaps + 1);
    for (unsigned i = 0; i < cy.call_count; i++)
        CHECK(strncmp(cy.calls[i], "Silence", 7));
    packet_free(f, &a);
    packet_free(f, &b);
    end(f, pin);
}
PS_TEST(without_packets_the_oldest_is_lost_and_told, "WC-68", "WC-69")
{
    run(overrun);
}

// A device that does not begin at 0.
static void elsewhere(struct fixture *f)
{
    PFILE_OBJECT pin = record(f);
    struct packet a;
    unsigned from;

    cy_read(f, pin, &a, 10 * CY_MS);
    cy.p = 2 * CY_MS;
    from = cy.call_count;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CY_EXPECT(from, "SetState 3");
    cy_at(5 * CY_MS);
    CY_EXPECT(from, "SetState 3, CopyFrom 384 576");
    end(f, pin);
    packet_free(f, &a);
}
PS_TEST(a_recording_begins_where_the_device_is, "WC-69")
{
    run(elsewhere);
}

static void inverted(struct fixture *f)
{
    PFILE_OBJECT pin = record(f);
    struct packet a;

    cy.inverts = true;
    cy_read(f, pin, &a, 5 * CY_MS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    cy_at(5 * CY_MS);
    cy_back(&a, STATUS_SUCCESS, sizeof(KSSTREAM_HEADER));
    for (unsigned i = 0; i < 5 * CY_MS; i++)
        CHECK_EQUAL(a.data[i], (unsigned char)~cy.stream->memory[i]);
    packet_free(f, &a);
    end(f, pin);
}
PS_TEST(a_recording_is_read_through_the_channel, "WC-23", "WC-25")
{
    run(inverted);
}
