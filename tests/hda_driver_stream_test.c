// SPDX-License-Identifier: MIT
//
// Streams of drivers/hda: formats, descriptor lists, positions, notification, packets; on the mock, which keeps time but
// moves no sound. That sound comes out bit for bit the e2e tests show.
#include "tests/hda_rig.h"

enum { MS = 1000, RENDER_ENGINE = 4, CAPTURE_ENGINE = 0 };

static PFILE_OBJECT pin;
static KSRTAUDIO_BUFFER buffer;

static int setup(void **context)
{
    (void)context;
    hda_mock_reset();
    return 0;
}

PS_TEST_HOOKS(setup, NULL);

static void open_with(struct fixture *f, bool capture, ULONG bytes, ULONG notifications)
{
    pin = rig_pin(f, capture, 48000);
    CHECK_EQUAL(rig_buffer(f, pin, bytes, notifications, &buffer), STATUS_SUCCESS);
}

static void state(struct fixture *f, KSSTATE to)
{
    CHECK_EQUAL(client_state(f, pin, to), STATUS_SUCCESS);
}

static void done(struct fixture *f)
{
    client_close(f, pin);
    pin = NULL;
}

// ---- formats -----------------------------------------------------------------------------------------------

static bool told(uint32_t verb)
{
    for (unsigned i = 0; i < hda_mock.verb_count; i++)
        if (hda_mock.verbs[i] == verb)
            return true;
    return false;
}

static void check_format(struct fixture *f, ULONG rate, USHORT bits, USHORT channels, uint16_t code)
{
    struct pin_request request = {.pin = RIG_RENDER, .rate = rate, .bits = bits, .channels = channels};

    CHECK_EQUAL(client_open(f, &request, &pin), STATUS_SUCCESS);
    CHECK_EQUAL(rig_buffer(f, pin, 20000, 0, &buffer), STATUS_SUCCESS);
    state(f, KSSTATE_RUN);
    CHECK_EQUAL(hda_mock.engines[RENDER_ENGINE].format, code);
    CHECK(told(0x220000u | code));     // converter and engine agree
    CHECK(told(0x270600u | 5u << 4));  // and share a tag
    CHECK_EQUAL(hda_mock.engines[RENDER_ENGINE].tag, 5 << 4);
    done(f);
    CHECK(told(0x270600)); // nobody listens to it any more
}

static void formats(struct fixture *f)
{
    check_format(f, 48000, 16, 2, 0x0011);
    check_format(f, 44100, 16, 2, 0x4011);
    check_format(f, 96000, 16, 2, 0x0811);
}

PS_TEST(engine_and_converter_get_the_same_format_and_tag, "HD-45", "HD-46", "HD-47", "HD-60",
        "HD-125", "HD-191", "HD-192")
{
    hda_rig_run(formats);
}

static const struct mock_answer every_rate[] = {
    {0, 0x04, 0x00010001}, {1, 0x04, 0x00020002}, {1, 0x05, 1},       {1, 0x0A, 0x001207FF}, {1, 0x0B, 1},
    {2, 0x09, 0x00000001}, {3, 0x09, 0x00400101}, {3, 0x0C, 0x10},    {3, 0x0E, 1},          {3, 0x80, 2},
};

static void rates(struct fixture *f)
{
    static const struct {
        ULONG rate;
        uint16_t code;
    } all[] = {{8000, 0x0511},  {11025, 0x4311}, {16000, 0x0211},  {22050, 0x4111},
               {32000, 0x0A11}, {44100, 0x4011}, {48000, 0x0011},  {88200, 0x4811},
               {96000, 0x0811}, {176400, 0x5811}, {192000, 0x1811}};

    for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++)
        check_format(f, all[i].rate, 16, 2, all[i].code);
    check_format(f, 192000, 32, 2, 0x1841);
}

PS_TEST(every_rate_a_codec_names_has_its_code, "HD-45", "HD-143")
{
    hda_mock.answers = every_rate;
    hda_mock.answer_count = sizeof(every_rate) / sizeof(*every_rate);
    hda_rig_run(rates);
}

static const struct mock_answer mono[] = {
    {0, 0x04, 0x00010001}, {1, 0x04, 0x00020002}, {1, 0x05, 1},    {1, 0x0A, 0x00020040}, {1, 0x0B, 1},
    {2, 0x09, 0x00000000}, {3, 0x09, 0x00400100}, {3, 0x0C, 0x10}, {3, 0x0E, 1},          {3, 0x80, 2},
};

static void one_channel(struct fixture *f)
{
    check_format(f, 48000, 16, 1, 0x0010);
}

PS_TEST(a_mono_converter_plays_one_channel, "HD-142")
{
    hda_mock.answers = mono;
    hda_mock.answer_count = sizeof(mono) / sizeof(*mono);
    hda_rig_run(one_channel);
}

static void refuse(struct fixture *f, ULONG rate, USHORT bits, USHORT channels)
{
    struct pin_request request = {.pin = RIG_RENDER, .rate = rate, .bits = bits, .channels = channels};

    CHECK(!NT_SUCCESS(client_open(f, &request, &pin)));
    pin = NULL;
}

static void refusals(struct fixture *f)
{
    refuse(f, 22050, 16, 2);
    refuse(f, 192000, 16, 2);
    refuse(f, 48000, 8, 2);
    refuse(f, 48000, 24, 2); // three bytes are no container
    refuse(f, 48000, 32, 2); // 32 bits of which all count
    refuse(f, 48000, 16, 3);
    refuse(f, 48000, 16, 1); // one channel alone of a stereo converter
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(formats_that_the_converter_has_not_got_are_refused, "HD-143", "HD-160", "RT-84")
{
    hda_rig_run(refusals);
}

// ---- the descriptor list -----------------------------------------------------------------------------------

// Every byte of the buffer once, in order, where the pages lie; interrupts in the middle and at the end.
static void check_list(struct fixture *f, ULONG middle)
{
    const struct mock_engine *engine = &hda_mock.engines[RENDER_ENGINE];
    const unsigned char *data = buffer.BufferAddress;
    uint64_t at = 0;

    CHECK_EQUAL(engine->bytes, buffer.ActualBufferSize);
    CHECK(engine->last >= 1);
    for (unsigned i = 0; i <= engine->last; i++) {
        const struct mock_list_entry *entry = &engine->list[i];

        CHECK_EQUAL(entry->address % 128, 0);
        CHECK(entry->bytes && entry->bytes % 2 == 0);
        for (uint64_t byte = 0; byte < entry->bytes; byte += 64)
            CHECK_EQUAL(memory_physical(f->system->machine, data + at + byte), entry->address + byte);
        at += entry->bytes;
        CHECK_EQUAL(entry->interrupt, at == middle || at == engine->bytes);
    }
    CHECK_EQUAL(at, engine->bytes);
}

static void lists(struct fixture *f)
{
    static const struct {
        ULONG asked, notifications, bytes, middle;
    } all[] = {
        {4096, 0, 4096, 2048},   {40000, 0, 40000, 19968}, {4004, 0, 4004, 1920}, {7, 0, 512, 256},
        {40001, 0, 40004, 19968}, {3840, 2, 3840, 1920},   {3528, 2, 3584, 1792}, {1, 2, 1024, 512},
        {10000, 1, 10112, 4992}, {131072, 2, 131072, 65536},
    };

    for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++) {
        open_with(f, false, all[i].asked, all[i].notifications);
        CHECK_EQUAL(buffer.ActualBufferSize, all[i].bytes);
        CHECK_EQUAL(buffer.CallMemoryBarrier, TRUE);
        state(f, KSSTATE_RUN);
        check_list(f, all[i].middle);
        done(f);
    }
}

static void in_layout(enum memory_layout layout, void (*scenario)(struct fixture *f))
{
    const struct fixture_options options = {.device = &hda_mock_ops, .layout = layout};

    hda_rig_run_with(&options, scenario);
}

PS_TEST(lists_describe_every_page_of_scattered_and_contiguous_buffers, "HD-42", "HD-43", "HD-50",
        "HD-51", "HD-52", "HD-166", "RT-54")
{
    in_layout(LAYOUT_SCATTERED, lists);
    in_layout(LAYOUT_CONTIGUOUS, lists);
    in_layout(LAYOUT_FRAGMENTED, lists);
}

static void neighbours(struct fixture *f)
{
    open_with(f, false, 2 << 20, 2);
    state(f, KSSTATE_RUN);
    CHECK_EQUAL(hda_mock.engines[RENDER_ENGINE].last, 1);
    check_list(f, 1 << 20);
    done(f);
}

PS_TEST(neighbouring_pages_share_an_entry, "HD-50")
{
    in_layout(LAYOUT_CONTIGUOUS, neighbours);
}

// Scattered pages would need more than 256 entries; the buffer is contiguous instead.
PS_TEST(a_buffer_of_more_pieces_than_a_list_holds_is_contiguous, "HD-51")
{
    in_layout(LAYOUT_SCATTERED, neighbours);
}

static void too_large(struct fixture *f)
{
    pin = rig_pin(f, false, 48000);
    CHECK_EQUAL(rig_buffer(f, pin, 0xFFFFFFFF, 0, &buffer), STATUS_INSUFFICIENT_RESOURCES);
    CHECK_EQUAL(rig_buffer(f, pin, 0xFFFFFFFF, 2, &buffer), STATUS_INSUFFICIENT_RESOURCES);
    CHECK_EQUAL(rig_buffer(f, pin, 4096, 2, &buffer), STATUS_SUCCESS);
    done(f);
}

PS_TEST(a_buffer_beyond_all_memory_can_be_asked_for_smaller, "RT-42")
{
    hda_rig_run(too_large);
}

// ---- engines -------------------------------------------------------------------------------------------------

static void bidirectional(struct fixture *f)
{
    open_with(f, false, 4096, 0);
    state(f, KSSTATE_RUN);
    CHECK_EQUAL(hda_mock.engines[1].runs, 1);
    CHECK_EQUAL(hda_mock.engines[1].tag, 2 << 4 | 8);
    done(f);
}

PS_TEST(engines_are_counted_and_may_serve_either_direction, "HD-13", "HD-30", "HD-32")
{
    hda_mock.gcap = 0x0109; // one input, no output, one that can be either; 64 bits
    hda_rig_run(bidirectional);
}

static void below_4g(struct fixture *f)
{
    open_with(f, false, 40000, 0);
    state(f, KSSTATE_RUN);
    for (unsigned i = 0; i <= hda_mock.engines[RENDER_ENGINE].last; i++)
        CHECK(hda_mock.engines[RENDER_ENGINE].list[i].address < 0x100000000);
    done(f);
}

PS_TEST(a_controller_with_32_address_bits_is_given_low_memory, "HD-56")
{
    hda_mock.gcap = 0x4400;
    hda_rig_run(below_4g);
}

// ---- positions -----------------------------------------------------------------------------------------------

static void positions(struct fixture *f)
{
    KSAUDIO_POSITION before, after;

    open_with(f, false, 19200, 0); // 100 ms
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 0);
    state(f, KSSTATE_RUN);
    fixture_sleep(30 * MS);
    before = client_position(f, pin);
    CHECK(before.PlayOffset >= 28 * 192 && before.PlayOffset <= 32 * 192);
    CHECK(before.WriteOffset >= before.PlayOffset);
    state(f, KSSTATE_PAUSE);
    before = client_position(f, pin);
    fixture_sleep(30 * MS);
    after = client_position(f, pin);
    CHECK_EQUAL(after.PlayOffset, before.PlayOffset);
    CHECK_EQUAL(after.WriteOffset, before.WriteOffset);
    state(f, KSSTATE_RUN);
    fixture_sleep(90 * MS); // once round
    after = client_position(f, pin);
    CHECK(after.PlayOffset >= 18 * 192 && after.PlayOffset <= 22 * 192);
    state(f, KSSTATE_STOP);
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 0);
    CHECK_EQUAL(client_position(f, pin).WriteOffset, 0);
    done(f);
}

PS_TEST(positions_follow_the_hardware_in_run_and_freeze_outside, "HD-36", "HD-41", "HD-69", "RT-82", "RT-83")
{
    hda_rig_run(positions);
}

PS_TEST(a_dead_position_word_is_done_without, "HD-180")
{
    hda_mock.dead_word = true;
    hda_rig_run(positions);
}

static ULONGLONG presented(struct fixture *f)
{
    KSAUDIO_PRESENTATION_POSITION position = {0};

    CHECK_EQUAL(rig_property(f, pin, KSPROPERTY_RTAUDIO_PRESENTATION_POSITION, NULL, 0, &position,
                             sizeof(position)),
                STATUS_SUCCESS);
    return position.u64PositionInBlocks;
}

static void restarts(struct fixture *f)
{
    ULONGLONG before;

    open_with(f, false, 19200, 0);
    state(f, KSSTATE_RUN);
    fixture_sleep(30 * MS);
    state(f, KSSTATE_PAUSE);
    before = presented(f);
    CHECK(before >= 28 * 48 && before <= 32 * 48);
    state(f, KSSTATE_RUN);
    fixture_sleep(20 * MS);
    CHECK(client_position(f, pin).PlayOffset <= 22 * 192); // where it is, not where it was
    CHECK(presented(f) > before);
    done(f);
}

PS_TEST(hardware_that_begins_anew_after_a_pause_is_believed, "HD-69", "HD-193")
{
    hda_mock.restarts = true;
    hda_rig_run(restarts);
}

static void laps(struct fixture *f)
{
    open_with(f, false, 1920, 2); // 10 ms
    state(f, KSSTATE_RUN);
    fixture_sleep(1234 * MS); // nobody looks meanwhile
    CHECK(presented(f) >= 1232 * 48 && presented(f) <= 1236 * 48);
    done(f);
}

PS_TEST(laps_that_no_client_sees_are_counted, "RT-96", "RT-97")
{
    hda_rig_run(laps);
}

static void registers(struct fixture *f)
{
    KSRTAUDIO_HWREGISTER link, clock;
    KSRTAUDIO_HWLATENCY latency;
    PVOID base = NULL;
    ULONG before;

    open_with(f, false, 19200, 0);
    CHECK_EQUAL(rig_property(f, pin, KSPROPERTY_RTAUDIO_POSITIONREGISTER, &base, sizeof(base), &link,
                             sizeof(link)),
                STATUS_SUCCESS);
    CHECK_EQUAL(rig_property(f, pin, KSPROPERTY_RTAUDIO_CLOCKREGISTER, &base, sizeof(base), &clock,
                             sizeof(clock)),
                STATUS_SUCCESS);
    CHECK_EQUAL((uintptr_t)link.Register % PAGE_SIZE, 0x104); // the page of copies, engine 4
    CHECK_EQUAL(link.Width, 32);
    CHECK_EQUAL(clock.Numerator / clock.Denominator, 24000000);
    CHECK_EQUAL(rig_property(f, pin, KSPROPERTY_RTAUDIO_HWLATENCY, NULL, 0, &latency,
                             sizeof(latency)),
                STATUS_SUCCESS);
    CHECK_EQUAL(latency.FifoSize, 192);
    state(f, KSSTATE_RUN);
    before = READ_REGISTER_ULONG(clock.Register);
    fixture_sleep(30 * MS);
    CHECK(READ_REGISTER_ULONG(clock.Register) - before >= 24000 * 30);
    CHECK_EQUAL(READ_REGISTER_ULONG(link.Register) / 192 + 1 >= 30, true);
    done(f);
}

PS_TEST(position_and_clock_registers_are_the_pages_of_copies, "HD-23", "HD-44", "RT-57", "RT-61")
{
    hda_rig_run(registers);
}

// ---- notification --------------------------------------------------------------------------------------------

struct listener {
    PKEVENT event;
    HANDLE handle;
};

static void listen(struct fixture *f, struct listener *listener)
{
    CHECK_EQUAL(kernel_event_create(f->system, &listener->event, &listener->handle), STATUS_SUCCESS);
    CHECK_EQUAL(rig_register(f, pin, listener->handle), STATUS_SUCCESS);
}

static bool notified(struct listener *listener, unsigned ms)
{
    LARGE_INTEGER patience = {.QuadPart = -10000ll * ms};

    return KeWaitForSingleObject(listener->event, Executive, KernelMode, FALSE, &patience) ==
           STATUS_SUCCESS;
}

static void deafen(struct fixture *f, struct listener *listener)
{
    CHECK_EQUAL(rig_unregister(f, pin, listener->handle), STATUS_SUCCESS);
    ZwClose(listener->handle);
}

static void two_a_lap(struct fixture *f)
{
    struct listener one, two;

    open_with(f, false, 7680, 2); // 40 ms
    listen(f, &one);
    listen(f, &two);
    CHECK_EQUAL(rig_register(f, pin, one.handle), STATUS_INVALID_PARAMETER); // it is listed once
    state(f, KSSTATE_RUN);
    for (unsigned n = 1; n <= 20; n++) {
        CHECK(notified(&one, 22));
        CHECK(notified(&two, 1));
        CHECK(!notified(&one, 0));
        CHECK_EQUAL(rig_packet_count(f, pin), n);
    }
    state(f, KSSTATE_PAUSE);
    deafen(f, &one);
    state(f, KSSTATE_RUN);
    CHECK(notified(&two, 22));
    state(f, KSSTATE_STOP);
    CHECK_EQUAL(rig_packet_count(f, pin), 0);
    deafen(f, &two);
    done(f);
}

PS_TEST(every_event_is_set_twice_a_lap, "HD-38", "HD-63", "HD-85", "RT-72", "RT-74", "RT-93")
{
    hda_rig_run(two_a_lap);
}

PS_TEST(completions_before_their_time_are_not_lost, "HD-64", "HD-181")
{
    hda_mock.early = 100;
    hda_rig_run(two_a_lap);
}

PS_TEST(notification_needs_no_position_word, "HD-180", "RT-72")
{
    hda_mock.dead_word = true;
    hda_rig_run(two_a_lap);
}

static void one_a_lap(struct fixture *f)
{
    struct listener listener;

    open_with(f, true, 7680, 1);
    listen(f, &listener);
    state(f, KSSTATE_RUN);
    for (unsigned n = 1; n <= 5; n++) {
        CHECK(!notified(&listener, 38));
        CHECK(notified(&listener, 4));
    }
    state(f, KSSTATE_STOP);
    deafen(f, &listener);
    done(f);
}

PS_TEST(one_notification_comes_at_the_end_of_a_lap, "RT-46", "RT-72")
{
    hda_rig_run(one_a_lap);
}

// ---- packets -------------------------------------------------------------------------------------------------

static void writing(struct fixture *f)
{
    const ULONG end = KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM;

    open_with(f, false, 7680, 2); // packets of 20 ms
    CHECK_EQUAL(rig_write_packet(f, pin, 1, 0, 0), STATUS_SUCCESS);
    CHECK_EQUAL(rig_write_packet(f, pin, 2, 0, 0), STATUS_DATA_OVERRUN);
    CHECK_EQUAL(rig_write_packet(f, pin, 0, 2, 0), STATUS_INVALID_PARAMETER); // an unknown flag
    CHECK_EQUAL(rig_write_packet(f, pin, 0, end, 3841), STATUS_INVALID_PARAMETER);
    state(f, KSSTATE_RUN);
    fixture_sleep(105 * MS); // the sixth packet is playing
    CHECK_EQUAL(rig_packet_count(f, pin), 5);
    CHECK_EQUAL(rig_write_packet(f, pin, 5, 0, 0), STATUS_DATA_LATE_ERROR);
    CHECK_EQUAL(rig_write_packet(f, pin, 7, 0, 0), STATUS_DATA_OVERRUN);
    CHECK_EQUAL(rig_write_packet(f, pin, 6, end, 3840), STATUS_SUCCESS);
    CHECK_EQUAL(rig_write_packet(f, pin, 6, 0, 0), STATUS_INVALID_DEVICE_STATE);
    state(f, KSSTATE_STOP);
    CHECK_EQUAL(rig_write_packet(f, pin, 0, 0, 0), STATUS_SUCCESS);
    done(f);
}

PS_TEST(packets_are_written_in_time_or_refused, "RT-94", "RT-95", "RT-96")
{
    hda_rig_run(writing);
}

static void reading(struct fixture *f)
{
    KSRTAUDIO_GETREADPACKET_INFO info = {0};
    ULONG64 first;

    open_with(f, true, 7680, 2);
    CHECK_EQUAL(rig_read_packet(f, pin, &info), STATUS_DEVICE_NOT_READY);
    state(f, KSSTATE_RUN);
    fixture_sleep(25 * MS);
    CHECK_EQUAL(rig_read_packet(f, pin, &info), STATUS_SUCCESS);
    CHECK(info.PacketNumber == 0 && info.Flags == 0 && !info.MoreData);
    first = info.PerformanceCounterValue;
    CHECK_EQUAL(rig_read_packet(f, pin, &info), STATUS_DEVICE_NOT_READY);
    fixture_sleep(100 * MS); // five more; the last alone is whole
    CHECK_EQUAL(rig_read_packet(f, pin, &info), STATUS_SUCCESS);
    CHECK_EQUAL(info.PacketNumber, 5);
    CHECK(info.PerformanceCounterValue - first > 99 * 10000 &&
          info.PerformanceCounterValue - first < 101 * 10000);
    done(f);
}

PS_TEST(packets_are_read_once_and_the_oldest_are_lost, "RT-91", "RT-92")
{
    hda_rig_run(reading);
}

static void without_packets(struct fixture *f)
{
    ULONG count;

    open_with(f, false, 7680, 0);
    CHECK_EQUAL(rig_write_packet(f, pin, 0, 0, 0), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(rig_property(f, pin, KSPROPERTY_RTAUDIO_PACKETCOUNT, NULL, 0, &count, sizeof(count)),
                STATUS_DEVICE_NOT_READY);
    done(f);
}

PS_TEST(a_buffer_without_notification_has_no_packets, "RT-90")
{
    hda_rig_run(without_packets);
}

// ---- life ------------------------------------------------------------------------------------------------------

static void run_first(struct fixture *f)
{
    pin = rig_pin(f, false, 48000);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_DEVICE_NOT_READY); // no buffer
    CHECK_EQUAL(rig_buffer(f, pin, 4096, 0, &buffer), STATUS_SUCCESS);
    state(f, KSSTATE_RUN);
    done(f);
}

PS_TEST(a_stream_without_a_buffer_does_not_run, "RT-53")
{
    hda_rig_run(run_first);
}

static void closing(struct fixture *f)
{
    for (int with = 0; with < 2; with++)
        for (int capture = 0; capture < 2; capture++)
            for (KSSTATE last = KSSTATE_STOP; last <= KSSTATE_RUN; last++) {
                if (with)
                    open_with(f, capture, 3000, 2);
                else
                    pin = rig_pin(f, capture, 48000);
                if (last != KSSTATE_RUN || with)
                    state(f, last);
                fixture_sleep(7 * MS);
                done(f);
            }
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(a_pin_may_close_in_every_state, "RT-52")
{
    hda_rig_run(closing);
}

static void both(struct fixture *f)
{
    PFILE_OBJECT other;

    open_with(f, false, 4096, 0);
    other = pin;
    open_with(f, true, 4096, 0);
    state(f, KSSTATE_RUN);
    CHECK_EQUAL(client_state(f, other, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(hda_mock.engines[CAPTURE_ENGINE].runs, 1);
    CHECK_EQUAL(hda_mock.engines[RENDER_ENGINE].runs, 1);
    client_close(f, other);
    done(f);
}

PS_TEST(both_directions_run_at_once, "HD-37")
{
    hda_rig_run(both);
}

// Whatever fails is passed on, and nothing is left of it.
static void a_life(struct fixture *f)
{
    struct listener listener = {0};
    bool left = false;

    pin = rig_pin(f, false, 48000);
    if (!pin)
        return;
    if (NT_SUCCESS(rig_buffer(f, pin, 20000, 2, &buffer)) &&
        NT_SUCCESS(kernel_event_create(f->system, &listener.event, &listener.handle))) {
        bool known = NT_SUCCESS(rig_register(f, pin, listener.handle));

        if (NT_SUCCESS(client_state(f, pin, KSSTATE_RUN)))
            fixture_sleep(60 * MS);
        client_state(f, pin, KSSTATE_STOP);
        left = known && !NT_SUCCESS(rig_unregister(f, pin, listener.handle));
        ZwClose(listener.handle);
    }
    done(f);
    CHECK_EQUAL(fixture_found(f, "RT-73"), left);
    if (left)
        fixture_forgive(f);
}

PS_TEST(a_stream_without_memory_leaves_nothing_behind)
{
    hda_rig_starve(a_life);
}
