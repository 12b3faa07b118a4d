// SPDX-License-Identifier: MIT
//
// Opening pins: the checks of a create in their order, instance counts, closing.
#include "tests/wavepci_fixture.h"

static unsigned char raw[512];

static KSPIN_CONNECT *connect_of(ULONG pin, size_t *bytes)
{
    struct pin_request request = {.pin = pin};

    *bytes = client_connect(&request, raw);
    return (KSPIN_CONNECT *)raw;
}

static KSDATAFORMAT_WAVEFORMATEX *wave_of(KSPIN_CONNECT *connect)
{
    return (KSDATAFORMAT_WAVEFORMATEX *)(connect + 1);
}

static NTSTATUS try_open(struct fixture *f, size_t bytes)
{
    PFILE_OBJECT pin = NULL;
    NTSTATUS status = client_open_raw(f, raw, bytes, &pin);

    if (NT_SUCCESS(status))
        client_close(f, pin);
    return status;
}

static void opens_and_closes(struct fixture *f)
{
    static const struct step script[] = {{.call = "NewStream 0 play"},
                                         {.call = "GetAllocatorFraming"},
                                         {.call = "NewStream 1 capture"},
                                         {.call = "GetAllocatorFraming"},
                                         {.call = NULL}};
    size_t bytes;

    mini.script = script;
    connect_of(0, &bytes);
    CHECK_EQUAL(try_open(f, bytes), STATUS_SUCCESS);
    connect_of(1, &bytes);
    CHECK_EQUAL(try_open(f, bytes), STATUS_SUCCESS);
    mini_script_done();
}

PS_TEST(a_pin_is_opened_by_name_below_its_filter, "KP-1", "KP-7", "WP-10", "WP-85")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, opens_and_closes);
    fixture_close(&f);
}

static void every_check(struct fixture *f)
{
    KSPIN_CONNECT *connect;
    size_t bytes;

    connect = connect_of(0, &bytes);
    CHECK_EQUAL(try_open(f, sizeof(KSPIN_CONNECT) + 63), STATUS_INVALID_BUFFER_SIZE);
    wave_of(connect)->DataFormat.FormatSize = 1000;
    CHECK_EQUAL(try_open(f, bytes), STATUS_INVALID_BUFFER_SIZE);
    connect = connect_of(3, &bytes);
    CHECK_EQUAL(try_open(f, bytes), STATUS_INVALID_PARAMETER);
    connect = connect_of(2, &bytes); // the bridge
    CHECK_EQUAL(try_open(f, bytes), STATUS_INVALID_DEVICE_REQUEST);
    connect = connect_of(0, &bytes);
    connect->PinToHandle = (HANDLE)8;
    CHECK_EQUAL(try_open(f, bytes), STATUS_INVALID_PARAMETER);
    connect = connect_of(0, &bytes);
    connect->Interface.Id = KSINTERFACE_STANDARD_CONTROL;
    CHECK_EQUAL(try_open(f, bytes), STATUS_NO_MATCH);
    connect = connect_of(0, &bytes);
    connect->Interface.Set = KSMEDIUMSETID_Standard;
    CHECK_EQUAL(try_open(f, bytes), STATUS_NO_MATCH);
    connect = connect_of(0, &bytes);
    connect->Medium.Id = 1;
    CHECK_EQUAL(try_open(f, bytes), STATUS_NO_MATCH);
    connect = connect_of(0, &bytes);
    wave_of(connect)->WaveFormatEx.nSamplesPerSec = 96000;
    wave_of(connect)->WaveFormatEx.nAvgBytesPerSec = 96000 * 4;
    CHECK_EQUAL(try_open(f, bytes), STATUS_NO_MATCH);
}

PS_TEST(each_check_of_a_create_has_its_status, "KP-2", "KP-3", "KP-5", "KP-6", "KP-8", "KP-9")
{
    static const struct step nothing[] = {{.call = NULL}};
    struct fixture f;

    fixture_open(&f, NULL);
    mini.script = nothing; // the miniport hears of none of them
    fixture_run(&f, every_check);
    fixture_close(&f);
}

static void the_first_check_wins(struct fixture *f)
{
    KSPIN_CONNECT *connect;
    size_t bytes;

    connect = connect_of(7, &bytes);
    connect->Interface.Id = 9;
    wave_of(connect)->WaveFormatEx.nChannels = 0;
    CHECK_EQUAL(try_open(f, bytes), STATUS_INVALID_PARAMETER);
    connect = connect_of(2, &bytes);
    connect->Interface.Id = 9;
    CHECK_EQUAL(try_open(f, bytes), STATUS_INVALID_DEVICE_REQUEST);
}

PS_TEST(the_first_failing_check_decides, "KP-3")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, the_first_check_wins);
    fixture_close(&f);
}

static void looped_pin(struct fixture *f)
{
    client_close(f, client_pin(f, 0, true));
}

PS_TEST(looped_streaming_is_offered_on_wavepci_pins, "KP-5")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, looped_pin);
    fixture_close(&f);
}

static void count_instances(struct fixture *f)
{
    PFILE_OBJECT pins[3];
    size_t bytes;

    for (unsigned i = 0; i < 3; i++)
        pins[i] = client_pin(f, 0, false);
    connect_of(0, &bytes);
    CHECK_EQUAL(try_open(f, bytes), STATUS_INSUFFICIENT_RESOURCES);
    client_close(f, pins[1]);
    CHECK_EQUAL(try_open(f, bytes), STATUS_SUCCESS);
    client_close(f, pins[0]);
    client_close(f, pins[2]);
}

PS_TEST(more_pins_than_the_descriptor_allows_are_refused, "KP-61", "KP-65")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, count_instances);
    fixture_close(&f);
}

static void unlimited(struct fixture *f)
{
    PFILE_OBJECT pins[5];

    for (unsigned i = 0; i < 5; i++)
        pins[i] = client_pin(f, 1, false);
    for (unsigned i = 0; i < 5; i++)
        client_close(f, pins[i]);
}

PS_TEST(minus_one_instances_are_unlimited, "KP-61")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, unlimited);
    fixture_close(&f);
}

static void counted_by_the_miniport(struct fixture *f)
{
    PFILE_OBJECT pin;
    size_t bytes;

    mini.possible = 1;
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(mini.pin_counts, 1); // once per creation
    connect_of(0, &bytes);
    CHECK_EQUAL(try_open(f, bytes), STATUS_INSUFFICIENT_RESOURCES);
    client_close(f, pin);
}

static void offer_counts(void)
{
    mini.offers_pin_count = true;
}

static void fail_creation(struct fixture *f)
{
    static const struct step script[] = {{.call = "NewStream 0 play", .status = STATUS_NOT_SUPPORTED},
                                         {.call = NULL}};
    size_t bytes;

    mini.script = script;
    connect_of(0, &bytes);
    CHECK_EQUAL(try_open(f, bytes), STATUS_NOT_SUPPORTED);
    mini_script_done();
}

PS_TEST(a_create_fails_with_the_status_of_newstream, "WP-16")
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, fail_creation);
    fixture_close(&f);
}

PS_TEST(the_miniport_may_lower_the_count, "KP-63")
{
    struct fixture f;

    mini_before_start = offer_counts;
    fixture_open(&f, NULL);
    fixture_run(&f, counted_by_the_miniport);
    fixture_close(&f);
}
