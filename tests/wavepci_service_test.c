// SPDX-License-Identifier: MIT
//
// What the port calls on its own: Service from groups and from its timer, MappingAvailable.
#include "tests/wavepci_fixture.h"

static PFILE_OBJECT pin;
static struct packet packets[4];

static void run(void (*scenario)(struct fixture *f))
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, scenario);
    fixture_close(&f);
}

// ---- Service ----------------------------------------------------------------------------------------------

static void own_timer(struct fixture *f)
{
    unsigned running;

    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    fixture_sleep(100000);
    CHECK_EQUAL(mini.stream->services, 0);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    fixture_sleep(205000);
    running = mini.stream->services;
    CHECK(running >= 9 && running <= 11); // every 20 ms
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    running = mini.stream->services;
    fixture_sleep(100000);
    CHECK_EQUAL(mini.stream->services, running);
    client_close(f, pin);
}

PS_TEST(a_stream_without_a_group_is_served_every_20_ms, "WP-13", "WP-74")
{
    run(own_timer);
}

static void notify_times(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        mini.port->lpVtbl->Notify(mini.port, mini.group);
    fixture_sleep(1000);
}

static void only_in_run(struct fixture *f)
{
    mini.own_group = true;
    pin = client_pin(f, 0, false);
    notify_times(1);
    for (int state = KSSTATE_ACQUIRE; state <= KSSTATE_PAUSE; state++) {
        CHECK_EQUAL(client_state(f, pin, (KSSTATE)state), STATUS_SUCCESS);
        notify_times(1);
    }
    CHECK_EQUAL(mini.stream->services, 0);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    notify_times(1);
    CHECK_EQUAL(mini.stream->services, 1);
    client_close(f, pin);
}

PS_TEST(service_is_called_in_run_only, "WP-74", "WP-14", "WP-70")
{
    run(only_in_run);
}

static void in_any_state(struct fixture *f)
{
    CHECK_EQUAL(policy_set(f->system, "service-states", "any"), 0);
    mini.own_group = true;
    pin = client_pin(f, 0, false);
    notify_times(1);
    CHECK_EQUAL(mini.stream->services, 1);
    client_close(f, pin);
}

PS_TEST(a_policy_serves_in_every_state, "WP-74")
{
    run(in_any_state);
}

static void coalesce(struct fixture *f)
{
    KIRQL irql;

    mini.own_group = true;
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    for (unsigned i = 0; i < 5; i++)
        mini.port->lpVtbl->Notify(mini.port, mini.group);
    KeLowerIrql(irql);
    fixture_sleep(1000);
    CHECK(mini.stream->services >= 1 && mini.stream->services <= 2);
    client_close(f, pin);
}

PS_TEST(requests_coalesce, "WP-71", "WP-80")
{
    run(coalesce);
}

static void shared_group(struct fixture *f)
{
    PFILE_OBJECT second;
    struct mini_stream *streams[2];

    mini.own_group = true;
    pin = client_pin(f, 0, false);
    streams[0] = mini.stream;
    second = client_pin(f, 0, false);
    streams[1] = mini.stream;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, second, KSSTATE_RUN), STATUS_SUCCESS);
    notify_times(1); // the second stream's own group
    CHECK_EQUAL(streams[0]->services, 0);
    CHECK_EQUAL(streams[1]->services, 1);
    client_close(f, pin);
    client_close(f, second);
}

PS_TEST(each_stream_may_have_its_own_group, "WP-15")
{
    run(shared_group);
}

static void notify_idle(struct fixture *f)
{
    mini.own_group = true;
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    notify_times(100);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    notify_times(15); // interrupts that were under way
    CHECK_EQUAL(fixture_found(f, "VF-19"), 0);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    notify_times(1);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    notify_times(15);
    CHECK_EQUAL(fixture_found(f, "VF-19"), 0);
    notify_times(100); // the driver has not stopped its interrupts
    CHECK_EQUAL(fixture_found(f, "VF-19"), 1);
    client_close(f, pin);
}

PS_TEST(notify_without_a_running_stream_is_a_warning, "VF-19")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, notify_idle);
    fixture_forgive(&f);
    fixture_close(&f);
}

// The filter's group serves its streams, too.
static void notify_filter(struct fixture *f)
{
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    notify_times(100);
    client_close(f, pin);
}

static void with_filter_group(void)
{
    mini.filter_group = true;
}

PS_TEST(the_filters_group_is_in_use_while_any_stream_runs, "VF-19", "WP-73", "~VF-19")
{
    mini_before_start = with_filter_group;
    run(notify_filter);
}

// ---- MappingAvailable ---------------------------------------------------------------------------------------

static void make(struct fixture *f, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        CHECK(packet_make(f, &packets[i], 1, 1920, 0));
}

static void end(struct fixture *f)
{
    client_close(f, pin);
    for (unsigned i = 0; i < 4; i++)
        packet_free(f, &packets[i]);
    memset(packets, 0, sizeof(packets));
}

static void once_per_refusal(struct fixture *f)
{
    make(f, 4);
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(packet_write(f, pin, &packets[0]), STATUS_PENDING);
    fixture_sleep(1000);
    CHECK_EQUAL(mini.stream->available, 0); // nothing was refused
    CHECK(mini_get(mini.stream, NULL));
    CHECK(!mini_get(mini.stream, NULL));
    CHECK(!mini_get(mini.stream, NULL));
    CHECK_EQUAL(packet_write(f, pin, &packets[1]), STATUS_PENDING);
    fixture_sleep(1000);
    CHECK_EQUAL(mini.stream->available, 1);
    CHECK_EQUAL(packet_write(f, pin, &packets[2]), STATUS_PENDING);
    fixture_sleep(1000);
    CHECK_EQUAL(mini.stream->available, 1); // no further refusal
    end(f);
}

PS_TEST(mappingavailable_is_called_once_per_refusal, "WP-24", "WP-76")
{
    run(once_per_refusal);
}

static void in_acquire_and_pause(struct fixture *f)
{
    make(f, 2);
    pin = client_pin(f, 0, false);
    CHECK(!mini_get(mini.stream, NULL)); // in STOP
    CHECK_EQUAL(client_state(f, pin, KSSTATE_ACQUIRE), STATUS_SUCCESS);
    CHECK_EQUAL(packet_write(f, pin, &packets[0]), STATUS_PENDING);
    fixture_sleep(1000);
    CHECK_EQUAL(mini.stream->available, 1);
    CHECK(mini_get(mini.stream, NULL));
    CHECK(!mini_get(mini.stream, NULL));
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    fixture_sleep(1000);
    CHECK_EQUAL(mini.stream->available, 1); // none in STOP: the fixture checks, too
    end(f);
}

PS_TEST(mappingavailable_comes_in_any_state_but_stop, "WP-77")
{
    run(in_acquire_and_pause);
}

// A client that submits again inside its completion: MappingAvailable waits for ReleaseMapping to unwind.
static struct fixture *resubmit_fixture;
static unsigned resubmitted;

static void submit_again(struct kernel_request *request)
{
    struct packet *packet = CONTAINING_RECORD(request, struct packet, request);

    if (resubmitted++ < 3 && packet == &packets[0])
        CHECK_EQUAL(packet_write(resubmit_fixture, pin, &packets[1]), STATUS_PENDING);
}

static void release_at_dispatch(struct mini_stream *stream)
{
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    stream->in_release = true; // the fixture checks that no MappingAvailable sees this
    CHECK_EQUAL(mini_release_oldest(stream), STATUS_SUCCESS);
    CHECK(packets[0].request.done);
    CHECK_EQUAL(stream->available, 0);
    stream->in_release = false;
    KeLowerIrql(irql);
}

static void nested(struct fixture *f)
{
    resubmit_fixture = f;
    resubmitted = 0;
    make(f, 2);
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    packets[0].request.complete = submit_again;
    CHECK_EQUAL(packet_write(f, pin, &packets[0]), STATUS_PENDING);
    CHECK(mini_get(mini.stream, NULL));
    CHECK(!mini_get(mini.stream, NULL));
    release_at_dispatch(mini.stream);
    fixture_sleep(1000);
    CHECK_EQUAL(mini.stream->available, 1);
    end(f);
}

PS_TEST(mappingavailable_does_not_nest_in_releasemapping, "WP-41", "KP-48")
{
    run(nested);
}

static void check_no_lock(struct kernel_request *request)
{
    (void)request;
    CHECK_EQUAL(system_here("test")->sched->current->held_count, 0);
    resubmitted++;
}

static void completes_free(struct fixture *f)
{
    resubmitted = 0;
    make(f, 2);
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    for (unsigned i = 0; i < 2; i++) {
        packets[i].request.complete = check_no_lock;
        CHECK_EQUAL(packet_write(f, pin, &packets[i]), STATUS_PENDING);
    }
    mini_take_all(mini.stream);
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    CHECK_EQUAL(resubmitted, 2);
    end(f);
}

PS_TEST(packets_complete_without_a_lock, "WP-41", "KP-48")
{
    run(completes_free);
}

// While one processor completes a packet another one may release the next: it waits its turn.
static volatile bool in_first, overlapped;

static void first_completes(struct kernel_request *request)
{
    (void)request;
    in_first = true;
    for (unsigned i = 0; i < 40; i++)
        KeStallExecutionProcessor(10);
    in_first = false;
}

static void second_completes(struct kernel_request *request)
{
    (void)request;
    overlapped |= in_first;
    resubmitted++;
}

static void release_next(void *context)
{
    struct mini_stream *stream = context;

    while (!in_first)
        KeStallExecutionProcessor(5);
    CHECK_EQUAL(mini_release_oldest(stream), STATUS_SUCCESS);
}

static void in_order(struct fixture *f)
{
    struct fixture_thread thread = {.entry = release_next};
    KIRQL irql;

    resubmitted = 0;
    in_first = overlapped = false;
    make(f, 2);
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    packets[0].request.complete = first_completes;
    packets[1].request.complete = second_completes;
    for (unsigned i = 0; i < 2; i++)
        CHECK_EQUAL(packet_write(f, pin, &packets[i]), STATUS_PENDING);
    mini_take_all(mini.stream);
    thread.context = mini.stream;
    fixture_thread(f, &thread);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
    KeLowerIrql(irql);
    fixture_join(&thread);
    CHECK_EQUAL(resubmitted, 1);
    CHECK(!overlapped);
    end(f);
}

PS_TEST(completions_keep_the_order_of_packets, "WP-40", "WP-41")
{
    run(in_order);
}

// Three packets of 10 ms in flight keep a greedy miniport going; it starts at once (WP-86, WP-88).
static void paced(struct mini_stream *stream)
{
    if (stream->count)
        CHECK_EQUAL(mini_release_oldest(stream), STATUS_SUCCESS);
}

static void supply(struct fixture *f)
{
    unsigned played = 0;

    make(f, 3);
    mini.greedy = true;
    mini.on_service = paced;
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(packet_write(f, pin, &packets[i]), STATUS_PENDING);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(mini.stream->count, 3); // took all there was, at once
    for (; played < 30; played++) {
        struct packet *oldest = &packets[played % 3];

        kernel_wait(&oldest->request);
        CHECK_EQUAL(oldest->request.status, STATUS_SUCCESS);
        CHECK_EQUAL(packet_write(f, pin, oldest), STATUS_PENDING);
    }
    end(f);
}

PS_TEST(three_packets_in_flight_keep_a_stream_going, "WP-78", "WP-86", "WP-88")
{
    run(supply);
}
