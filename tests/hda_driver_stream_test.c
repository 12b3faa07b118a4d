// SPDX-License-Identifier: MIT
//
// Streams of drivers/hda: positions, notification, packets, states; on the mock, which keeps time but moves no sound. That
// sound comes out bit for bit the e2e tests show.
#include "models/models.h"
#include "tests/hda_rig.h"

enum { MS = 1000, RENDER_ENGINE = 4, CAPTURE_ENGINE = 0 };

static int setup(void **context)
{
    (void)context;
    hda_mock_reset();
    return 0;
}

PS_TEST_HOOKS(setup, NULL);

// ---- positions -----------------------------------------------------------------------------------------------

static void positions(struct fixture *f)
{
    KSAUDIO_POSITION before, after;

    rig_open(f, false, 19200, 0); // 100 ms
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 0);
    rig_state(f, KSSTATE_RUN);
    fixture_sleep(30 * MS);
    before = client_position(f, pin);
    CHECK(before.PlayOffset >= 28 * 192 && before.PlayOffset <= 32 * 192);
    CHECK(before.WriteOffset >= before.PlayOffset);
    rig_state(f, KSSTATE_PAUSE);
    before = client_position(f, pin);
    fixture_sleep(30 * MS);
    after = client_position(f, pin);
    CHECK_EQUAL(after.PlayOffset, before.PlayOffset);
    CHECK_EQUAL(after.WriteOffset, before.WriteOffset);
    rig_state(f, KSSTATE_RUN);
    fixture_sleep(90 * MS); // once round
    after = client_position(f, pin);
    CHECK(after.PlayOffset >= 18 * 192 && after.PlayOffset <= 22 * 192);
    rig_state(f, KSSTATE_STOP);
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 0);
    CHECK_EQUAL(client_position(f, pin).WriteOffset, 0);
    rig_close(f);
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

    rig_open(f, false, 19200, 0);
    rig_state(f, KSSTATE_RUN);
    fixture_sleep(30 * MS);
    rig_state(f, KSSTATE_PAUSE);
    before = presented(f);
    CHECK(before >= 28 * 48 && before <= 32 * 48);
    rig_state(f, KSSTATE_RUN);
    fixture_sleep(20 * MS);
    CHECK(client_position(f, pin).PlayOffset <= 22 * 192); // where it is, not where it was
    CHECK(presented(f) > before);
    rig_close(f);
}

PS_TEST(hardware_that_begins_anew_after_a_pause_is_believed, "HD-69", "HD-193")
{
    hda_mock.restarts = true;
    hda_rig_run(restarts);
}

static void laps(struct fixture *f)
{
    rig_open(f, false, 1920, 2); // 10 ms
    rig_state(f, KSSTATE_RUN);
    fixture_sleep(1234 * MS); // nobody looks meanwhile
    CHECK(presented(f) >= 1232 * 48 && presented(f) <= 1236 * 48);
    rig_close(f);
}

PS_TEST(laps_that_no_client_sees_are_counted, "RT-96", "RT-97")
{
    hda_rig_run(laps);
}

static void steady(struct fixture *f)
{
    ULONGLONG before = 0, now, expected;
    LONGLONG start;

    rig_open(f, false, 1920, 2);
    rig_state(f, KSSTATE_RUN);
    start = KeQueryPerformanceCounter(NULL).QuadPart;
    for (unsigned i = 0; i < 400; i++) {
        fixture_sleep(MS / 4);
        now = presented(f);
        CHECK(now >= before && now - before < 480);
        before = now;
    }
    expected = (ULONGLONG)(KeQueryPerformanceCounter(NULL).QuadPart - start) * 48 / 10000;
    CHECK(before + 96 >= expected && before <= expected + 96);
    rig_close(f);
}

PS_TEST(positions_that_shake_never_go_back, "HD-193")
{
    hda_mock.dead_word = true;
    hda_mock.shake = 64;
    hda_rig_run(steady);
}

static void registers(struct fixture *f)
{
    KSRTAUDIO_HWREGISTER link, clock;
    KSRTAUDIO_HWLATENCY latency;
    PVOID base = NULL;
    ULONG before;

    rig_open(f, false, 19200, 0);
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
    rig_state(f, KSSTATE_RUN);
    before = READ_REGISTER_ULONG(clock.Register);
    fixture_sleep(30 * MS);
    CHECK(READ_REGISTER_ULONG(clock.Register) - before >= 24000 * 30);
    CHECK_EQUAL(READ_REGISTER_ULONG(link.Register) / 192 + 1 >= 30, true);
    rig_close(f);
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

    rig_open(f, false, 7680, 2); // 40 ms
    listen(f, &one);
    listen(f, &two);
    CHECK_EQUAL(rig_register(f, pin, one.handle), STATUS_INVALID_PARAMETER); // it is listed once
    rig_state(f, KSSTATE_RUN);
    for (unsigned n = 1; n <= 20; n++) {
        CHECK(notified(&one, 22));
        CHECK(notified(&two, 1));
        CHECK(!notified(&one, 0));
        CHECK_EQUAL(rig_packet_count(f, pin), n);
    }
    rig_state(f, KSSTATE_PAUSE);
    deafen(f, &one);
    rig_state(f, KSSTATE_RUN);
    CHECK(notified(&two, 22));
    rig_state(f, KSSTATE_STOP);
    CHECK_EQUAL(rig_packet_count(f, pin), 0);
    deafen(f, &two);
    rig_close(f);
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

PS_TEST(an_emulators_habits_are_lived_with, "HD-35", "HD-69", "HD-110")
{
    hda_mock.keeps_registers = hda_mock.restarts = hda_mock.stops_at_count = true;
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

    rig_open(f, true, 7680, 1);
    listen(f, &listener);
    rig_state(f, KSSTATE_RUN);
    for (unsigned n = 1; n <= 5; n++) {
        CHECK(!notified(&listener, 38));
        CHECK(notified(&listener, 4));
    }
    rig_state(f, KSSTATE_STOP);
    deafen(f, &listener);
    rig_close(f);
}

PS_TEST(one_notification_comes_at_the_end_of_a_lap, "RT-46", "RT-72")
{
    hda_rig_run(one_a_lap);
}

// ---- packets -------------------------------------------------------------------------------------------------

static void writing(struct fixture *f)
{
    const ULONG end = KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM;

    rig_open(f, false, 7680, 2); // packets of 20 ms
    CHECK_EQUAL(rig_write_packet(f, pin, 1, 0, 0), STATUS_SUCCESS);
    CHECK_EQUAL(rig_write_packet(f, pin, 2, 0, 0), STATUS_DATA_OVERRUN);
    CHECK_EQUAL(rig_write_packet(f, pin, 0, 2, 0), STATUS_INVALID_PARAMETER); // an unknown flag
    CHECK_EQUAL(rig_write_packet(f, pin, 0, end, 3841), STATUS_INVALID_PARAMETER);
    rig_state(f, KSSTATE_RUN);
    fixture_sleep(105 * MS); // the sixth packet is playing
    CHECK_EQUAL(rig_packet_count(f, pin), 5);
    CHECK_EQUAL(rig_write_packet(f, pin, 5, 0, 0), STATUS_DATA_LATE_ERROR);
    CHECK_EQUAL(rig_write_packet(f, pin, 7, 0, 0), STATUS_DATA_OVERRUN);
    CHECK_EQUAL(rig_write_packet(f, pin, 6, end, 3840), STATUS_SUCCESS);
    CHECK_EQUAL(rig_write_packet(f, pin, 6, 0, 0), STATUS_INVALID_DEVICE_STATE);
    rig_state(f, KSSTATE_STOP);
    CHECK_EQUAL(rig_write_packet(f, pin, 0, 0, 0), STATUS_SUCCESS);
    rig_close(f);
}

PS_TEST(packets_are_written_in_time_or_refused, "RT-94", "RT-95", "RT-96")
{
    hda_rig_run(writing);
}

static void reading(struct fixture *f)
{
    KSRTAUDIO_GETREADPACKET_INFO info = {0};
    ULONG64 first;

    rig_open(f, true, 7680, 2);
    CHECK_EQUAL(rig_read_packet(f, pin, &info), STATUS_DEVICE_NOT_READY);
    rig_state(f, KSSTATE_RUN);
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
    rig_close(f);
}

PS_TEST(packets_are_read_once_and_the_oldest_are_lost, "RT-91", "RT-92")
{
    hda_rig_run(reading);
}

static void without_packets(struct fixture *f)
{
    ULONG count;

    rig_open(f, false, 7680, 0);
    CHECK_EQUAL(rig_write_packet(f, pin, 0, 0, 0), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(rig_property(f, pin, KSPROPERTY_RTAUDIO_PACKETCOUNT, NULL, 0, &count, sizeof(count)),
                STATUS_DEVICE_NOT_READY);
    rig_close(f);
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
    rig_state(f, KSSTATE_RUN);
    rig_close(f);
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
                    rig_open(f, capture, 3000, 2);
                else
                    pin = rig_pin(f, capture, 48000);
                if (last != KSSTATE_RUN || with)
                    rig_state(f, last);
                fixture_sleep(7 * MS);
                rig_close(f);
            }
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(a_pin_may_close_in_every_state, "RT-52")
{
    hda_rig_run(closing);
}

// In every state; the port's limit of what a SetState may take holds (RT-81).
static void vanish(struct fixture *f)
{
    for (KSSTATE last = KSSTATE_STOP; last <= KSSTATE_RUN; last++) {
        rig_open(f, false, 4096, 2);
        rig_state(f, last);
        fixture_sleep(5 * MS);
        hda_mock.gone = true;
        client_position(f, pin);
        if (last != KSSTATE_RUN)
            CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_DEVICE_NOT_CONNECTED);
        rig_state(f, KSSTATE_STOP);
        rig_close(f);
        hda_mock.gone = last == KSSTATE_RUN; // for ever
    }
}

PS_TEST(a_device_that_goes_holds_nobody_up, "HD-188", "RT-81")
{
    hda_rig_run(vanish);
}

static void both(struct fixture *f)
{
    PFILE_OBJECT other;

    rig_open(f, false, 4096, 0);
    other = pin;
    rig_open(f, true, 4096, 0);
    rig_state(f, KSSTATE_RUN);
    CHECK_EQUAL(client_state(f, other, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(hda_mock.engines[CAPTURE_ENGINE].runs, 1);
    CHECK_EQUAL(hda_mock.engines[RENDER_ENGINE].runs, 1);
    client_close(f, other);
    rig_close(f);
}

PS_TEST(both_directions_run_at_once, "HD-37")
{
    hda_rig_run(both);
}

// A second thread looks at everything while the first goes through the states.
static volatile bool looking;

static void look(void *context)
{
    struct fixture *f = context;

    while (looking) {
        client_position(f, pin);
        rig_packet_count(f, pin);
        presented(f);
        rig_write_packet(f, pin, 1, 0, 0);
        fixture_sleep(300);
    }
}

static void crowd(struct fixture *f)
{
    struct fixture_thread thread = {.entry = look, .context = f};
    struct listener listener;

    rig_open(f, false, 3840, 2);
    listen(f, &listener);
    looking = true;
    fixture_thread(f, &thread);
    for (unsigned i = 0; i < 3; i++) {
        rig_state(f, KSSTATE_RUN);
        CHECK(notified(&listener, 15));
        rig_state(f, KSSTATE_PAUSE);
        rig_state(f, KSSTATE_RUN);
        CHECK(notified(&listener, 15));
        rig_state(f, KSSTATE_STOP);
        notified(&listener, 0);
    }
    looking = false;
    fixture_join(&thread);
    deafen(f, &listener);
    rig_close(f);
}

PS_TEST(looks_and_states_may_come_in_any_order, "RT-75", "RT-87")
{
    for (unsigned seed = 1; seed <= 40; seed++) {
        const struct fixture_options options = {.device = &hda_mock_ops,
                                                .chooser = chooser_seeded(seed)};

        hda_mock_reset();
        hda_mock.early = seed % 2 * 50;
        hda_rig_position_lock = seed % 3 > 0;
        hda_rig_run_with(&options, crowd);
    }
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
    rig_close(f);
    CHECK_EQUAL(fixture_found(f, "RT-73"), left);
    if (left)
        fixture_forgive(f);
}

PS_TEST(a_stream_without_memory_leaves_nothing_behind)
{
    hda_rig_starve(&hda_mock_ops, a_life);
}

// ---- the same on the model -----------------------------------------------------------------------------------

PS_TEST(on_the_model_streams_behave_the_same, "RT-72", "RT-83", "RT-91")
{
    void (*const all[])(struct fixture *) = {positions, laps, two_a_lap, one_a_lap, writing,
                                             reading,   run_first, closing};

    for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++)
        hda_rig_run_on_model(NULL, all[i]);
}

PS_TEST(on_the_model_looks_and_states_may_come_in_any_order, "RT-75", "RT-87")
{
    for (unsigned seed = 1; seed <= 12; seed++) {
        hda_rig_position_lock = seed % 2;
        hda_rig_run_on_model(chooser_seeded(seed), crowd);
    }
}

PS_TEST(on_the_model_a_stream_without_memory_leaves_nothing_behind)
{
    hda_rig_starve(&hda_model, a_life);
}
