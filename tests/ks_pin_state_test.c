// SPDX-License-Identifier: MIT
//
// States of a pin: one step at a time, jumps, failures up and down, closing without STOP.
#include "tests/wavepci_fixture.h"

enum { ALL_BUT_STATES = MINI_FRAMING | MINI_NEW | MINI_AVAILABLE | MINI_SERVICE | MINI_POSITION };

static PFILE_OBJECT pin;

static void play(struct fixture *f, const struct step *script,
                 void (*scenario)(struct fixture *f))
{
    fixture_open(f, NULL);
    mini.ignore = ALL_BUT_STATES;
    mini.script = script;
    fixture_run(f, scenario);
}

static void steps(struct fixture *f)
{
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_get_state(f, pin), KSSTATE_STOP);
    for (int state = KSSTATE_ACQUIRE; state <= KSSTATE_RUN; state++) {
        CHECK_EQUAL(client_state(f, pin, (KSSTATE)state), STATUS_SUCCESS);
        CHECK_EQUAL(client_get_state(f, pin), state);
    }
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS); // may repeat
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_ACQUIRE), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    client_close(f, pin);
    mini_script_done();
}

PS_TEST(each_step_reaches_the_miniport, "KP-10", "KP-15", "KP-16", "WP-11", "WP-104")
{
    static const struct step script[] = {
        {.call = "SetState ACQUIRE"}, {.call = "SetState PAUSE"},   {.call = "SetState RUN"},
        {.call = "SetState PAUSE"},   {.call = "SetState RUN"},     {.call = "SetState PAUSE"},
        {.call = "SetState ACQUIRE"}, {.call = "SetState STOP"},    {.call = NULL}};
    struct fixture f;

    play(&f, script, steps);
    fixture_close(&f);
}

static void jumps(struct fixture *f)
{
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS); // no call
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    client_close(f, pin);
    mini_script_done();
}

PS_TEST(a_jump_goes_through_the_neighbours, "KP-11", "KP-12", "KP-13", "WP-104")
{
    static const struct step script[] = {
        {.call = "SetState ACQUIRE"}, {.call = "SetState PAUSE"},   {.call = "SetState RUN"},
        {.call = "SetState PAUSE"},   {.call = "SetState ACQUIRE"}, {.call = "SetState STOP"},
        {.call = NULL}};
    struct fixture f;

    play(&f, script, jumps);
    fixture_close(&f);
}

static void fails_going_up(struct fixture *f)
{
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_UNSUCCESSFUL);
    CHECK_EQUAL(client_get_state(f, pin), KSSTATE_ACQUIRE);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    client_close(f, pin);
    mini_script_done();
}

PS_TEST(a_failure_going_up_keeps_the_last_state_reached, "KP-14")
{
    static const struct step script[] = {{.call = "SetState ACQUIRE"},
                                         {.call = "SetState PAUSE", .status = STATUS_UNSUCCESSFUL},
                                         {.call = "SetState STOP"},
                                         {.call = NULL}};
    struct fixture f;

    play(&f, script, fails_going_up);
    assert_int_equal(fixture_findings(&f), 0);
    fixture_close(&f);
}

static void fails_going_down(struct fixture *f)
{
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    CHECK_EQUAL(client_get_state(f, pin), KSSTATE_STOP);
    client_close(f, pin);
    mini_script_done();
}

PS_TEST(a_failure_going_down_is_reported_and_ignored, "KP-14")
{
    static const struct step script[] = {
        {.call = "SetState ACQUIRE"},
        {.call = "SetState PAUSE"},
        {.call = "SetState RUN"},
        {.call = "SetState PAUSE", .status = STATUS_UNSUCCESSFUL},
        {.call = "SetState ACQUIRE", .status = STATUS_UNSUCCESSFUL},
        {.call = "SetState STOP"},
        {.call = NULL}};
    struct fixture f;

    play(&f, script, fails_going_down);
    assert_int_equal(fixture_found(&f, "KP-14"), 2);
    fixture_forgive(&f);
    fixture_close(&f);
}

static void bad_states(struct fixture *f)
{
    ULONG value = 4;

    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_property(f, pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                                KSPROPERTY_TYPE_SET, &value, sizeof(value), NULL),
                STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(client_property(f, pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                                KSPROPERTY_TYPE_SET, &value, 2, NULL),
                STATUS_BUFFER_TOO_SMALL);
    client_close(f, pin);
}

PS_TEST(states_that_do_not_exist_are_refused, "KP-16")
{
    static const struct step script[] = {{.call = NULL}};
    struct fixture f;

    play(&f, script, bad_states);
    fixture_close(&f);
}

static void dies_running(struct fixture *f)
{
    struct packet packet;

    CHECK(packet_make(f, &packet, 1, 1920, 0));
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    client_close(f, pin);
    kernel_wait(&packet.request);
    CHECK_EQUAL(packet.request.status, STATUS_CANCELLED);
    packet_free(f, &packet);
    mini_script_done();
}

PS_TEST(closing_walks_down_to_stop, "KP-18", "WP-17")
{
    static const struct step script[] = {
        {.call = "SetState ACQUIRE"}, {.call = "SetState PAUSE"},   {.call = "SetState RUN"},
        {.call = "SetState PAUSE"},   {.call = "SetState ACQUIRE"}, {.call = "SetState STOP"},
        {.call = NULL}};
    struct fixture f;

    play(&f, script, dies_running);
    fixture_close(&f);
}

// ---- serialisation -----------------------------------------------------------------------------------------

static unsigned inside, most_inside;

static void linger(struct mini_stream *stream, KSSTATE state)
{
    (void)stream, (void)state;
    if (++inside > most_inside)
        most_inside = inside;
    fixture_sleep(2000);
    inside--;
}

struct second {
    struct fixture *f;
    PFILE_OBJECT pin;
};

static void second_client(void *context)
{
    struct second *second = context;

    CHECK_EQUAL(client_state(second->f, second->pin, KSSTATE_RUN), STATUS_SUCCESS);
}

static void two_clients(struct fixture *f)
{
    struct second second = {f, NULL};
    struct fixture_thread thread = {.entry = second_client, .context = &second};

    inside = most_inside = 0;
    pin = client_pin(f, 0, false);
    second.pin = client_pin(f, 1, false);
    mini.on_state = linger;
    fixture_thread(f, &thread);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    fixture_join(&thread);
    mini.on_state = NULL;
    CHECK_EQUAL(most_inside, 1);
    client_close(f, pin);
    client_close(f, second.pin);
}

PS_TEST(the_device_lock_serialises_states_of_all_pins, "KP-17", "WP-50")
{
    struct fixture f;

    play(&f, NULL, two_clients);
    fixture_close(&f);
}

// ---- power -------------------------------------------------------------------------------------------------

static const char *power_order[8];
static unsigned power_steps;

static void powered_up(struct ks_device *device)
{
    (void)device;
    if (power_steps < 8)
        power_order[power_steps++] = "power";
}

static void note_new_stream(struct mini_stream *stream)
{
    (void)stream;
    if (power_steps < 8)
        power_order[power_steps++] = "NewStream";
}

static void note_state(struct mini_stream *stream, KSSTATE state)
{
    (void)stream, (void)state;
    if (power_steps < 8)
        power_order[power_steps++] = "SetState";
}

static void power_first(struct fixture *f)
{
    struct port_device *device = port_device_from(f->pdo->AttachedDevice);

    power_steps = 0;
    device->ks.power_up = powered_up;
    mini.on_state = note_state;
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_ACQUIRE), STATUS_SUCCESS);
    CHECK(power_steps == 4 && !strcmp(power_order[0], "power") &&
          !strcmp(power_order[1], "NewStream") && !strcmp(power_order[2], "power") &&
          !strcmp(power_order[3], "SetState"));
    device->ks.power_up = NULL;
    mini.on_state = NULL;
    client_close(f, pin);
}

PS_TEST(power_comes_before_streams_and_states, "KP-4", "KP-20", "WP-10")
{
    static const struct step script[] = {{.call = "NewStream 0 play", .action = note_new_stream},
                                         {.call = NULL}};
    struct fixture f;

    fixture_open(&f, NULL);
    mini.ignore = ~(unsigned)MINI_NEW;
    mini.script = script;
    fixture_run(&f, power_first);
    fixture_close(&f);
}

static void power_cycle(struct fixture *f)
{
    struct ks_device *device = &port_device_from(f->pdo->AttachedDevice)->ks;
    PFILE_OBJECT idle = client_pin(f, 1, false);

    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    ks_device_pause_streams(device);
    ks_device_pause_streams(device); // again: no effect
    CHECK_EQUAL(mini.streams[1]->state, KSSTATE_PAUSE);
    CHECK_EQUAL(mini.streams[0]->state, KSSTATE_STOP);
    CHECK_EQUAL(client_get_state(f, pin), KSSTATE_RUN); // as its client sees it
    ks_device_resume_streams(device);
    CHECK_EQUAL(mini.streams[1]->state, KSSTATE_RUN);
    ks_device_pause_streams(device);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS); // while it is down
    ks_device_resume_streams(device);
    CHECK_EQUAL(mini.streams[1]->state, KSSTATE_STOP);
    client_close(f, pin);
    client_close(f, idle);
    mini_script_done();
}

PS_TEST(running_streams_pause_for_a_power_down, "KP-19")
{
    static const struct step script[] = {
        {.call = "SetState ACQUIRE"}, {.call = "SetState PAUSE"},   {.call = "SetState RUN"},
        {.call = "SetState PAUSE"},   {.call = "SetState RUN"},     {.call = "SetState PAUSE"},
        {.call = "SetState ACQUIRE"}, {.call = "SetState STOP"},    {.call = NULL}};
    struct fixture f;

    play(&f, script, power_cycle);
    fixture_close(&f);
}

// ---- removal under an open pin ---------------------------------------------------------------------------------

static struct packet queued;

static void open_running(struct fixture *f)
{
    CHECK(packet_make(f, &queued, 1, 1920, 0));
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(packet_write(f, pin, &queued), STATUS_PENDING);
    CHECK(mini_get(mini.stream, NULL));
}

static void vetoed(struct fixture *f)
{
    open_running(f);
    CHECK_EQUAL(kernel_remove_device(f->system, f->pdo, false), STATUS_DEVICE_BUSY);
    CHECK_EQUAL(client_get_state(f, pin), KSSTATE_RUN); // the stream goes on
    CHECK(!queued.request.done);
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
    CHECK_EQUAL(queued.request.status, STATUS_SUCCESS);
    client_close(f, pin);
    packet_free(f, &queued);
}

PS_TEST(an_open_pin_vetoes_removal, "AD-79a")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, vetoed);
    fixture_close(&f);
}

// The stream is stopped; the client's handles fail and close in any order; then the device goes.
static void pulled_out(struct fixture *f)
{
    ULONG state = KSSTATE_RUN, reset = KSRESET_BEGIN;
    PFILE_OBJECT second = NULL;

    open_running(f);
    CHECK_EQUAL(kernel_remove_device(f->system, f->pdo, true), STATUS_DEVICE_BUSY);
    CHECK(queued.request.done);
    CHECK_EQUAL(queued.request.status, STATUS_CANCELLED);
    CHECK_EQUAL(mini.stream->count, 0); // revoked
    CHECK_EQUAL(client_property(f, pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                                KSPROPERTY_TYPE_SET, &state, sizeof(state), NULL),
                STATUS_DEVICE_NOT_READY);
    CHECK_EQUAL(packet_write(f, pin, &queued), STATUS_INVALID_DEVICE_STATE);
    CHECK_EQUAL(kernel_control_wait(f->system, pin, IOCTL_KS_RESET_STATE, &reset, sizeof(reset), NULL,
                                    0, NULL),
                STATUS_SUCCESS);
    CHECK_EQUAL(client_open(f, &(struct pin_request){0}, &second), STATUS_NO_SUCH_DEVICE);
    kernel_close(f->system, f->filter);
    f->filter = NULL;
    CHECK_EQUAL(mini.miniports, 0);      // the port has given it up
    CHECK_EQUAL(mini.stream_objects, 1); // the open pin holds its stream
    client_close(f, pin);
    CHECK_EQUAL(mini.stream_objects, 0);
    packet_free(f, &queued); // the fixture removes the device
}

PS_TEST(a_pin_of_a_device_pulled_out_fails_cleanly, "AD-79a", "AD-79", "KP-18")
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct fixture_options options = {.chooser = seed ? chooser_seeded(seed) : NULL};
        struct fixture f;

        fixture_open(&f, &options);
        fixture_run(&f, pulled_out);
        fixture_close(&f);
    }
}
