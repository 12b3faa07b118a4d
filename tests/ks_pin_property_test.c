// SPDX-License-Identifier: MIT
//
// Properties that a pin answers: formats, framing, clock, stream, data intersection and instance counts.
#include "tests/wavepci_fixture.h"

static PFILE_OBJECT pin;

static void run(void (*scenario)(struct fixture *f))
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, scenario);
    fixture_close(&f);
}

static NTSTATUS connection(struct fixture *f, ULONG id, ULONG flags, void *value, ULONG bytes,
                           ULONG_PTR *information)
{
    return client_property(f, pin, &KSPROPSETID_Connection, id, flags, value, bytes, information);
}

static KSDATAFORMAT_WAVEFORMATEX format_of(ULONG rate)
{
    struct pin_request request = {.rate = rate};
    unsigned char connect[512];
    KSDATAFORMAT_WAVEFORMATEX wave;

    client_connect(&request, connect);
    memcpy(&wave, connect + sizeof(KSPIN_CONNECT), sizeof(wave));
    return wave;
}

// ---- formats -------------------------------------------------------------------------------------------

static void data_format(struct fixture *f)
{
    KSDATAFORMAT_WAVEFORMATEX wave = format_of(44100), read;
    ULONG_PTR bytes = 0;

    pin = client_pin(f, 0, false);
    CHECK_EQUAL(connection(f, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_GET, NULL, 0, &bytes),
                STATUS_BUFFER_OVERFLOW);
    CHECK_EQUAL(bytes, sizeof(wave));
    CHECK_EQUAL(connection(f, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_GET, &read, 20, NULL),
                STATUS_BUFFER_TOO_SMALL);
    CHECK_EQUAL(connection(f, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_SET, &wave,
                           sizeof(wave), NULL),
                STATUS_SUCCESS);
    CHECK_EQUAL(connection(f, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_GET, &read,
                           sizeof(read), NULL),
                STATUS_SUCCESS);
    CHECK_EQUAL(read.WaveFormatEx.nSamplesPerSec, 44100);
    CHECK_EQUAL(connection(f, KSPROPERTY_CONNECTION_STATE, KSPROPERTY_TYPE_GET, &read, 2, NULL),
                STATUS_BUFFER_TOO_SMALL); // of a fixed size
    CHECK_EQUAL(connection(f, KSPROPERTY_CONNECTION_STATE, KSPROPERTY_TYPE_GET, NULL, 0, NULL),
                STATUS_BUFFER_OVERFLOW);
    wave = format_of(96000); // outside the pin's ranges: the miniport is not asked
    CHECK_EQUAL(connection(f, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_SET, &wave,
                           sizeof(wave), NULL),
                STATUS_NO_MATCH);
    wave = format_of(8000); // the miniport refuses, while RUN too
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(connection(f, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_SET, &wave,
                           sizeof(wave), NULL),
                STATUS_NOT_SUPPORTED);
    CHECK_EQUAL(connection(f, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_GET, &read,
                           sizeof(read), NULL),
                STATUS_SUCCESS);
    CHECK_EQUAL(read.WaveFormatEx.nSamplesPerSec, 44100); // as it was
    client_close(f, pin);
    mini_script_done();
}

PS_TEST(a_format_can_be_changed_and_read, "KP-21", "KP-22", "KP-86", "WP-103", "WP-8")
{
    static const struct step script[] = {
        {.call = "SetFormat"}, {.call = "SetFormat", .status = STATUS_NOT_SUPPORTED}, {.call = NULL}};
    struct fixture f;

    fixture_open(&f, NULL);
    mini.ignore = ~0u;
    mini.script = script;
    fixture_run(&f, data_format);
    fixture_close(&f);
}

static void propose(struct fixture *f)
{
    KSDATAFORMAT_WAVEFORMATEX wave = format_of(44100), read;

    pin = client_pin(f, 0, false);
    CHECK_EQUAL(connection(f, KSPROPERTY_CONNECTION_PROPOSEDATAFORMAT, KSPROPERTY_TYPE_SET, &wave,
                           sizeof(wave), NULL),
                STATUS_SUCCESS);
    CHECK_EQUAL(connection(f, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_GET, &read,
                           sizeof(read), NULL),
                STATUS_SUCCESS);
    CHECK_EQUAL(read.WaveFormatEx.nSamplesPerSec, 48000); // no change
    wave = format_of(96000);
    CHECK_EQUAL(connection(f, KSPROPERTY_CONNECTION_PROPOSEDATAFORMAT, KSPROPERTY_TYPE_SET, &wave,
                           sizeof(wave), NULL),
                STATUS_NO_MATCH);
    client_close(f, pin);
}

PS_TEST(a_format_can_be_proposed, "KP-24")
{
    run(propose);
}

// ---- framing, stream, clock -------------------------------------------------------------------------------

static void framing(struct fixture *f)
{
    KSALLOCATOR_FRAMING framing;
    ULONG_PTR bytes = 0;

    pin = client_pin(f, 0, false);
    mini.stream->framing = 1920;
    CHECK_EQUAL(connection(f, KSPROPERTY_CONNECTION_ALLOCATORFRAMING, KSPROPERTY_TYPE_GET, &framing,
                           sizeof(framing), &bytes),
                STATUS_SUCCESS);
    CHECK_EQUAL(bytes, sizeof(framing));
    CHECK_EQUAL(framing.Frames, 8);
    CHECK_EQUAL(framing.FrameSize, 1920);
    CHECK_EQUAL(framing.FileAlignment, 3);
    CHECK(framing.RequirementsFlags & KSALLOCATOR_REQUIREMENTF_PREFERENCES_ONLY);
    client_close(f, pin);
}

PS_TEST(the_framing_is_the_miniports, "KP-26", "KP-27", "WP-85")
{
    assert_int_equal(KSALLOCATOR_REQUIREMENTF_INPLACE_MODIFIER, 1);
    assert_int_equal(KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY, 2);
    assert_int_equal(KSALLOCATOR_REQUIREMENTF_MUST_ALLOCATE, 8);
    assert_int_equal((ULONG)KSALLOCATOR_REQUIREMENTF_PREFERENCES_ONLY, 0x80000000u);
    assert_int_equal(offsetof(KSALLOCATOR_FRAMING, FrameSize), 12);
    run(framing);
}

static void stream_set(struct fixture *f)
{
    HANDLE clock = (HANDLE)1, allocator = (HANDLE)1;

    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_property(f, pin, &KSPROPSETID_Stream, KSPROPERTY_STREAM_MASTERCLOCK,
                                KSPROPERTY_TYPE_GET, &clock, sizeof(clock), NULL),
                STATUS_SUCCESS);
    CHECK(clock == NULL);
    CHECK_EQUAL(client_property(f, pin, &KSPROPSETID_Stream, KSPROPERTY_STREAM_ALLOCATOR,
                                KSPROPERTY_TYPE_GET, &allocator, sizeof(allocator), NULL),
                STATUS_NOT_SUPPORTED);
    client_close(f, pin);
}

PS_TEST(there_is_a_master_clock_but_no_allocator, "KP-28")
{
    run(stream_set);
}

static LONGLONG clock_now(struct fixture *f)
{
    LONGLONG time = -1;

    CHECK_EQUAL(client_property(f, pin, &KSPROPSETID_Clock, KSPROPERTY_CLOCK_TIME,
                                KSPROPERTY_TYPE_GET, &time, sizeof(time), NULL),
                STATUS_SUCCESS);
    return time;
}

static void clock_time(struct fixture *f)
{
    KSDATAFORMAT_WAVEFORMATEX wave = format_of(24000);
    struct packet packet;

    CHECK(packet_make(f, &packet, 1, 192000, 0));
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_PENDING);
    mini_take_all(mini.stream);
    mini.stream->position = 96000; // half a second of 48 kHz stereo
    CHECK_EQUAL(clock_now(f), 5000000);
    CHECK_EQUAL(connection(f, KSPROPERTY_CONNECTION_DATAFORMAT, KSPROPERTY_TYPE_SET, &wave,
                           sizeof(wave), NULL),
                STATUS_SUCCESS);
    CHECK_EQUAL(clock_now(f), 10000000); // KP-23: by the new format
    client_close(f, pin);
    packet_free(f, &packet);
}

PS_TEST(the_clock_follows_position_and_format, "KP-23", "KP-29")
{
    run(clock_time);
}

static void set_position(struct fixture *f)
{
    KSAUDIO_POSITION position = {0, 0};

    pin = client_pin(f, 0, true);
    CHECK_EQUAL(client_property(f, pin, &KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION,
                                KSPROPERTY_TYPE_SET, &position, sizeof(position), NULL),
                STATUS_NOT_SUPPORTED);
    client_close(f, pin);
}

PS_TEST(positions_cannot_be_set, "KP-59")
{
    run(set_position);
}

// ---- data intersection --------------------------------------------------------------------------------------

struct intersection {
    KSP_PIN pin;
    KSMULTIPLE_ITEM items;
    KSDATARANGE_AUDIO ranges[2];
};

static void ask(struct intersection *request, ULONG rate)
{
    memset(request, 0, sizeof(*request));
    request->pin.Property.Set = KSPROPSETID_Pin;
    request->pin.Property.Id = KSPROPERTY_PIN_DATAINTERSECTION;
    request->pin.Property.Flags = KSPROPERTY_TYPE_GET;
    request->items.Size = sizeof(request->items) + sizeof(request->ranges);
    request->items.Count = 2;
    for (unsigned i = 0; i < 2; i++) {
        KSDATARANGE_AUDIO *range = &request->ranges[i];

        range->DataRange.FormatSize = sizeof(*range);
        range->DataRange.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
        range->DataRange.SubFormat =
            i ? KSDATAFORMAT_SUBTYPE_PCM : KSDATAFORMAT_SUBTYPE_IEEE_FLOAT;
        range->DataRange.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
        range->MaximumChannels = 2;
        range->MinimumBitsPerSample = range->MaximumBitsPerSample = 16;
        range->MinimumSampleFrequency = range->MaximumSampleFrequency = rate;
    }
}

static NTSTATUS intersect(struct fixture *f, struct intersection *request, void *out, ULONG bytes,
                          ULONG_PTR *information)
{
    return kernel_control_wait(f->system, f->filter, IOCTL_KS_PROPERTY, request, sizeof(*request),
                               out, bytes, information);
}

static void intersections(struct fixture *f)
{
    struct intersection request;
    KSDATAFORMAT_WAVEFORMATEX out;
    ULONG_PTR bytes = 0;

    ask(&request, 22050);
    CHECK_EQUAL(intersect(f, &request, &out, sizeof(out), &bytes), STATUS_SUCCESS);
    CHECK_EQUAL(out.WaveFormatEx.nSamplesPerSec, 22050);
    CHECK_EQUAL(mini.intersections, 1); // the pairs that cannot match were skipped
    CHECK_EQUAL(intersect(f, &request, NULL, 0, &bytes), STATUS_BUFFER_OVERFLOW);
    CHECK_EQUAL(bytes, sizeof(out));
    CHECK_EQUAL(intersect(f, &request, &out, 10, NULL), STATUS_BUFFER_TOO_SMALL);
    ask(&request, 96000);
    CHECK_EQUAL(intersect(f, &request, &out, sizeof(out), NULL), STATUS_NO_MATCH);
    mini.intersection = STATUS_NO_MATCH;
    ask(&request, 22050);
    CHECK_EQUAL(intersect(f, &request, &out, sizeof(out), NULL), STATUS_NO_MATCH);
}

PS_TEST(intersections_go_to_the_miniport_first, "KP-77", "KP-78", "KP-79", "KP-80", "WP-102")
{
    run(intersections);
}

// ---- instance counts ------------------------------------------------------------------------------------------

static NTSTATUS count(struct fixture *f, ULONG id, ULONG of_pin, void *out, ULONG bytes)
{
    KSP_PIN request;

    memset(&request, 0, sizeof(request));
    request.Property.Set = KSPROPSETID_Pin;
    request.Property.Id = id;
    request.Property.Flags = KSPROPERTY_TYPE_GET;
    request.PinId = of_pin;
    return kernel_control_wait(f->system, f->filter, IOCTL_KS_PROPERTY, &request, sizeof(request),
                               out, bytes, NULL);
}

static void counts(struct fixture *f)
{
    KSPIN_CINSTANCES instances;
    ULONG necessary = 9;

    pin = client_pin(f, 0, false);
    CHECK_EQUAL(count(f, KSPROPERTY_PIN_CINSTANCES, 0, &instances, sizeof(instances)),
                STATUS_SUCCESS);
    CHECK_EQUAL(instances.PossibleCount, 3);
    CHECK_EQUAL(instances.CurrentCount, 1);
    CHECK_EQUAL(count(f, KSPROPERTY_PIN_GLOBALCINSTANCES, 1, &instances, sizeof(instances)),
                STATUS_SUCCESS);
    CHECK_EQUAL(instances.PossibleCount, (ULONG)-1);
    CHECK_EQUAL(count(f, KSPROPERTY_PIN_NECESSARYINSTANCES, 0, &necessary, sizeof(necessary)),
                STATUS_SUCCESS);
    CHECK_EQUAL(necessary, 0);
    client_close(f, pin);
    CHECK_EQUAL(count(f, KSPROPERTY_PIN_CINSTANCES, 0, &instances, sizeof(instances)),
                STATUS_SUCCESS);
    CHECK_EQUAL(instances.CurrentCount, 0);
}

PS_TEST(instances_are_counted, "KP-62", "KP-65")
{
    run(counts);
}

static NTSTATUS propose_at_filter(struct fixture *f, ULONG rate)
{
    KSDATAFORMAT_WAVEFORMATEX wave = format_of(rate);
    KSP_PIN request;

    memset(&request, 0, sizeof(request));
    request.Property.Set = KSPROPSETID_Pin;
    request.Property.Id = KSPROPERTY_PIN_PROPOSEDATAFORMAT;
    request.Property.Flags = KSPROPERTY_TYPE_SET;
    return kernel_control_wait(f->system, f->filter, IOCTL_KS_PROPERTY, &request, sizeof(request),
                               &wave, sizeof(wave), NULL);
}

static void proposals(struct fixture *f)
{
    CHECK_EQUAL(propose_at_filter(f, 44100), STATUS_SUCCESS);
    CHECK_EQUAL(propose_at_filter(f, 96000), STATUS_NO_MATCH);
}

PS_TEST(a_format_can_be_proposed_to_the_filter, "KP-25")
{
    run(proposals);
}
