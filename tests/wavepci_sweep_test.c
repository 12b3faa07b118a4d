// SPDX-License-Identifier: MIT
//
// Whatever the order of events: cancellation of any packet at any moment, STOP, closing, and each allocation failing
// once and for good. After every run nothing is left, and nobody broke a rule.
#include "tests/wavepci_fixture.h"

enum { PACKETS = 4, BYTES = 5000 };

static PFILE_OBJECT pin;
static struct packet packets[PACKETS];
static unsigned completions[PACKETS];

static void count_completion(struct kernel_request *request)
{
    struct packet *packet = CONTAINING_RECORD(request, struct packet, request);

    completions[packet - packets]++;
}

// What a driver's service routine does (WP-78): give back, take more.
static void service(struct mini_stream *stream)
{
    mini_release_oldest(stream);
    mini_release_oldest(stream);
}

static bool packet_status_ok(const struct packet *packet)
{
    const struct kernel_request *request = &packet->request;

    if (request->status == STATUS_SUCCESS)
        return request->information == BYTES;
    return request->status == STATUS_CANCELLED && request->information == 0;
}

struct canceller {
    unsigned which; // bits
    unsigned tries; // more than one: it starts before the packets are sent
};

static void cancel_some(void *context)
{
    const struct canceller *canceller = context;

    for (unsigned i = 0; i < PACKETS; i++)
        for (unsigned tries = 0; (canceller->which & (1u << i)) && tries < canceller->tries; tries++) {
            if (kernel_cancel(&packets[i].request))
                break;
            KeStallExecutionProcessor(1);
        }
}

static struct canceller canceller;
static bool stop_early;

static void submit(struct fixture *f)
{
    for (unsigned i = 0; i < PACKETS; i++) {
        completions[i] = 0;
        packets[i].request.complete = count_completion;
        CHECK_EQUAL(packet_write(f, pin, &packets[i]), STATUS_PENDING);
    }
}

static void play_and_cancel(struct fixture *f)
{
    struct fixture_thread thread = {.entry = cancel_some, .context = &canceller};

    mini.greedy = true;
    mini.own_group = true;
    mini.on_service = service;
    for (unsigned i = 0; i < PACKETS; i++)
        CHECK(packet_make(f, &packets[i], 1, BYTES, i * 100));
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    if (canceller.tries > 1)
        fixture_thread(f, &thread);
    submit(f);
    if (canceller.tries == 1)
        fixture_thread(f, &thread);
    for (unsigned i = 0; i < 6; i++)
        mini.port->lpVtbl->Notify(mini.port, mini.group);
    if (!stop_early)
        fixture_join(&thread);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    fixture_join(&thread);
    for (unsigned i = 0; i < PACKETS; i++) {
        kernel_wait(&packets[i].request);
        CHECK_EQUAL(completions[i], 1);
        CHECK(packet_status_ok(&packets[i]));
    }
    client_close(f, pin);
    for (unsigned i = 0; i < PACKETS; i++)
        packet_free(f, &packets[i]);
}

static void run_seed(uint64_t seed, unsigned which, bool early, unsigned tries)
{
    struct fixture_options options = {.chooser = chooser_seeded(seed),
                                      .seed = seed,
                                      .layout = (enum memory_layout)(seed % 3)};
    struct fixture f;

    canceller.which = which;
    canceller.tries = tries;
    stop_early = early;
    fixture_open(&f, &options);
    fixture_run(&f, play_and_cancel);
    fixture_close(&f);
}

PS_TEST(any_packet_may_be_cancelled_at_any_moment, "KP-46", "KP-47", "KP-48", "WP-49", "WP-51", "WP-76",
        "WP-77")
{
    for (uint64_t seed = 1; seed <= 400; seed++)
        run_seed(seed, (unsigned)(seed % 16), seed % 2, 1);
}

// Also while it is being submitted: the cancel routine comes before the port has the packet.
PS_TEST(a_packet_may_be_cancelled_while_it_is_sent, "KP-46", "KP-47", "KP-48")
{
    for (uint64_t seed = 1; seed <= 400; seed++)
        run_seed(seed, 0xf, false, 200);
}

// Every schedule with up to `deviations` departures from round-robin within the first `depth` choices.
static void explore(unsigned depth, unsigned deviations, unsigned most)
{
    struct chooser *chooser = chooser_exhaustive(depth, deviations);
    unsigned runs = 0;

    do {
        struct fixture_options options = {.chooser = chooser, .keep_chooser = true};
        struct fixture f;

        canceller.which = 0xf;
        canceller.tries = 1;
        stop_early = true;
        fixture_open(&f, &options);
        fixture_run(&f, play_and_cancel);
        fixture_close(&f);
    } while (++runs < most && chooser_exhaustive_next(chooser));
    chooser_destroy(chooser);
}

PS_TEST(every_single_deviation_is_survived, "KP-47", "WP-46", "WP-57")
{
    explore(2000, 1, 2000);
    explore(300, 2, 1500);
}

// ---- failing allocations -----------------------------------------------------------------------------------

// A client that goes on as far as it can.
static void try_all(struct fixture *f)
{
    struct pin_request request = {.pin = 0};
    bool sent[PACKETS] = {false};

    memset(packets, 0, sizeof(packets));
    pin = NULL;
    mini.greedy = true;
    mini.own_group = true;
    mini.on_service = service;
    if (!NT_SUCCESS(f->started) || !NT_SUCCESS(client_open(f, &request, &pin)))
        return;
    if (NT_SUCCESS(client_state(f, pin, KSSTATE_RUN)))
        for (unsigned i = 0; i < PACKETS; i++)
            sent[i] = packet_make(f, &packets[i], 1 + i % 2, BYTES, 0) &&
                      packet_write(f, pin, &packets[i]) == STATUS_PENDING;
    for (unsigned i = 0; i < 4; i++)
        mini.port->lpVtbl->Notify(mini.port, mini.group);
    client_position_quietly(f, pin);
    if (sent[3])
        kernel_cancel(&packets[3].request);
    f->system->fault = NULL; // ending is not what is tested
    client_close(f, pin);
    for (unsigned i = 0; i < PACKETS; i++) {
        if (sent[i])
            kernel_wait(&packets[i].request);
        packet_free(f, &packets[i]);
    }
}

// True while there was an allocation to fail.
static bool fail_one(uint64_t number, bool for_good)
{
    struct fixture_options options = {
        .fail_at = number, .fail_for_good = for_good, .start_fails = true};
    bool failed;
    struct fixture f;

    fixture_open(&f, &options);
    fixture_run(&f, try_all);
    failed = f.faults.failed > 0;
    fixture_close(&f);
    return failed;
}

static unsigned fail_each(bool for_good)
{
    uint64_t number = 1;

    while (fail_one(number, for_good))
        number++;
    return (unsigned)number - 1;
}

PS_TEST(each_allocation_fails_once, "AD-21", "WP-7", "VF-161")
{
    unsigned sites = fail_each(false);

    assert_in_range(sites, 20, 100000);
}

PS_TEST(each_allocation_fails_for_good, "AD-21")
{
    unsigned sites = fail_each(true);

    assert_in_range(sites, 20, 100000);
}
