// SPDX-License-Identifier: MIT
//
// KSPROPSETID_RtAudio, positions, registers, notification events, packet mode and stream resources of the WaveRT
// port.
#include <unistd.h>

#include "kernel/private.h"
#include "tests/wavert_miniport.h"

static PFILE_OBJECT pin;
static void (*body)(struct fixture *f);
static bool capture;

static void on_pin(struct fixture *f)
{
    pin = rt_pin(f, capture);
    body(f);
    client_close(f, pin);
}

static void start(void (*what)(struct fixture *f))
{
    struct fixture f;

    body = what;
    fixture_open(&f, NULL);
    fixture_run(&f, on_pin);
    fixture_close(&f);
}

static void run(void (*what)(struct fixture *f))
{
    rt_reset();
    capture = false;
    start(what);
}

static void run_capture(void (*what)(struct fixture *f))
{
    rt_reset();
    capture = true;
    start(what);
}

static NTSTATUS get(struct fixture *f, ULONG id, void *value, ULONG bytes)
{
    return rt_property(f, pin, id, KSPROPERTY_TYPE_GET, NULL, 0, value, bytes, NULL);
}

static bool readable(const void *address)
{
    int pipe_ends[2];
    bool answer;

    if (pipe(pipe_ends))
        return false;
    answer = write(pipe_ends[1], address, 1) == 1; // EFAULT instead of a signal
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    return answer;
}

// ---- the set -----------------------------------------------------------------------------------------------

#define RT(name) KSPROPERTY_RTAUDIO_##name

static void on_a_filter(struct fixture *f)
{
    KSRTAUDIO_HWLATENCY latency;
    ULONG value;

    CHECK_EQUAL(rt_property(f, f->filter, RT(HWLATENCY), KSPROPERTY_TYPE_GET, NULL, 0, &latency,
                            sizeof(latency), NULL),
                STATUS_PROPSET_NOT_FOUND);
    CHECK_EQUAL(get(f, RT(GETPOSITIONFUNCTION), &value, sizeof(value)), STATUS_NOT_SUPPORTED);
    CHECK_EQUAL(get(f, RT(PACKETVREGISTER), &value, sizeof(value)), STATUS_NOT_SUPPORTED);
    CHECK_EQUAL(get(f, 14, &value, sizeof(value)), STATUS_NOT_FOUND);
    CHECK_EQUAL(rt_property(f, pin, RT(BUFFER), KSPROPERTY_TYPE_SET, NULL, 0, &value, sizeof(value),
                            NULL),
                STATUS_INVALID_DEVICE_REQUEST);
    CHECK_EQUAL(rt_property(f, pin, RT(SETWRITEPACKET), KSPROPERTY_TYPE_GET, NULL, 0, &value,
                            sizeof(value), NULL),
                STATUS_INVALID_DEVICE_REQUEST);
    value = 0;
    CHECK_EQUAL(rt_property(f, pin, RT(REGISTER_NOTIFICATION_EVENT), KSPROPERTY_TYPE_BASICSUPPORT,
                            NULL, 0, &value, sizeof(value), NULL),
                STATUS_SUCCESS);
    CHECK((value & (KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET)) ==
          (KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET));
}

PS_TEST(the_set_is_a_pins_with_the_verbs_of_its_pages, "RT-55")
{
    run(on_a_filter);
}

static void sizes(struct fixture *f)
{
    static const struct {
        ULONG id, bytes, instance;
    } items[] = {
        {RT(BUFFER), sizeof(KSRTAUDIO_BUFFER), 16},
        {RT(HWLATENCY), sizeof(KSRTAUDIO_HWLATENCY), 0},
        {RT(POSITIONREGISTER), sizeof(KSRTAUDIO_HWREGISTER), 8},
        {RT(CLOCKREGISTER), sizeof(KSRTAUDIO_HWREGISTER), 8},
        {RT(BUFFER_WITH_NOTIFICATION), sizeof(KSRTAUDIO_BUFFER), 16},
        {RT(QUERY_NOTIFICATION_SUPPORT), sizeof(BOOL), 0},
        {RT(PACKETCOUNT), sizeof(ULONG), 0},
        {RT(PRESENTATION_POSITION), sizeof(KSAUDIO_PRESENTATION_POSITION), 0},
        {RT(GETREADPACKET), sizeof(KSRTAUDIO_GETREADPACKET_INFO), 0},
    };
    static const char instance[16];
    unsigned from = rt.call_count;
    char value[128];

    for (unsigned i = 0; i < sizeof(items) / sizeof(*items); i++) {
        ULONG_PTR information = 0;

        CHECK_EQUAL(rt_property(f, pin, items[i].id, KSPROPERTY_TYPE_GET, instance,
                                items[i].instance, NULL, 0, &information),
                    STATUS_BUFFER_OVERFLOW);
        CHECK_EQUAL(information, items[i].bytes);
        CHECK_EQUAL(rt_property(f, pin, items[i].id, KSPROPERTY_TYPE_GET, instance,
                                items[i].instance, value, items[i].bytes - 1, NULL),
                    STATUS_BUFFER_TOO_SMALL);
        if (items[i].instance)
            CHECK_EQUAL(rt_property(f, pin, items[i].id, KSPROPERTY_TYPE_GET, instance,
                                    items[i].instance - 1, value, sizeof(value), NULL),
                        STATUS_INVALID_BUFFER_SIZE);
    }
    rt_expect(from, ""); // the miniport heard of none of it
}

PS_TEST(short_buffers_never_reach_the_miniport, "RT-64")
{
    run(sizes);
}

static void latencies(struct fixture *f)
{
    KSRTAUDIO_HWLATENCY reply = {0};
    KSRTAUDIO_BUFFER buffer;

    rt.latency = (KSRTAUDIO_HWLATENCY){64, 10000, 3};
    CHECK_EQUAL(get(f, RT(HWLATENCY), &reply, sizeof(reply)), STATUS_SUCCESS); // no buffer yet
    CHECK_EQUAL(rt_buffer(f, pin, 4096, &buffer), STATUS_SUCCESS);
    CHECK_EQUAL(get(f, RT(HWLATENCY), &reply, sizeof(reply)), STATUS_SUCCESS);
    CHECK_EQUAL(reply.FifoSize, 64);
    CHECK_EQUAL(reply.ChipsetDelay, 10000);
    CHECK_EQUAL(reply.CodecDelay, 3);
}

static void latency_forgotten(struct fixture *f)
{
    KSRTAUDIO_HWLATENCY reply;

    rt.forgets = true;
    CHECK_EQUAL(get(f, RT(HWLATENCY), &reply, sizeof(reply)), STATUS_SUCCESS);
    RT_ONLY(f, 1, "RT-56", RT_PROJECT, 0);
    CHECK_EQUAL(reply.FifoSize, 0);
    rt.forgets = false;
}

PS_TEST(a_latency_that_is_not_told_is_found, "RT-56")
{
    run(latency_forgotten);
}

PS_TEST(latency_is_the_miniports, "RT-56")
{
    run(latencies);
}

// ---- registers ---------------------------------------------------------------------------------------------

static NTSTATUS get_register(struct fixture *f, bool clock, KSRTAUDIO_HWREGISTER *reply)
{
    PVOID base = NULL;

    return rt_property(f, pin, clock ? RT(CLOCKREGISTER) : RT(POSITIONREGISTER),
                       KSPROPERTY_TYPE_GET, &base, sizeof(base), reply, sizeof(*reply), NULL);
}

static void registers(struct fixture *f)
{
    volatile ULONG *word = ExAllocatePoolWithTag(NonPagedPool, 64, 'gerT');
    KSRTAUDIO_HWREGISTER reply = {0};
    const volatile ULONG *seen;

    *word = 77;
    rt.hw_register = (KSRTAUDIO_HWREGISTER){(PVOID)(word + 1), 32, 0, 0, 32};
    CHECK_EQUAL(get_register(f, false, &reply), STATUS_SUCCESS);
    CHECK_EQUAL(reply.Width, 32);
    CHECK_EQUAL(reply.Accuracy, 32);
    seen = reply.Register;
    CHECK(seen && seen != word + 1);
    CHECK(view_is_user(f->system->machine, reply.Register));
    word[1] = 4092; // the device moves on
    CHECK_EQUAL(*seen, 4092);
    word[1] = 0;
    CHECK_EQUAL(*seen, 0);
    CHECK_EQUAL(get_register(f, false, &reply), STATUS_INVALID_DEVICE_REQUEST);

    rt.hw_register = (KSRTAUDIO_HWREGISTER){(PVOID)word, 64, 24000000, 1, 4};
    CHECK_EQUAL(get_register(f, true, &reply), STATUS_SUCCESS);
    CHECK_EQUAL(reply.Numerator, 24000000);
    CHECK_EQUAL(reply.Denominator, 1);
    CHECK_EQUAL(get_register(f, true, &reply), STATUS_INVALID_DEVICE_REQUEST);
    client_close(f, pin);
    CHECK(!readable((const void *)seen));
    pin = rt_pin(f, false);
    rt.hw_register.Register = (PVOID)word;
    CHECK_EQUAL(get_register(f, true, &reply), STATUS_SUCCESS); // another pin, another life
    client_close(f, pin);
    pin = NULL;
    ExFreePool((PVOID)word);
}

PS_TEST(a_register_is_mapped_once_until_the_pin_closes, "RT-52", "RT-57", "RT-58")
{
    run(registers);
}

static void no_register(struct fixture *f)
{
    static ULONGLONG somewhere[2];
    ULONGLONG *word = ExAllocatePoolWithTag(NonPagedPool, 64, 'gerT');
    KSRTAUDIO_HWREGISTER reply;

    rt.get_position_register = STATUS_NOT_SUPPORTED;
    CHECK_EQUAL(get_register(f, false, &reply), STATUS_NOT_SUPPORTED);
    rt.get_position_register = STATUS_SUCCESS;
    CHECK_EQUAL(fixture_findings(f), 0);
    rt.hw_register = (KSRTAUDIO_HWREGISTER){word, 16, 0, 0, 1};
    CHECK_EQUAL(get_register(f, false, &reply), STATUS_UNSUCCESSFUL);
    RT_ONLY(f, 1, "RT-57", RT_PROJECT, 0);
    rt.hw_register = (KSRTAUDIO_HWREGISTER){(char *)word + 2, 32, 0, 0, 1};
    CHECK_EQUAL(get_register(f, false, &reply), STATUS_UNSUCCESSFUL);
    RT_ONLY(f, 1, "RT-57", RT_PROJECT, 0);
    rt.hw_register = (KSRTAUDIO_HWREGISTER){somewhere, 32, 0, 0, 1};
    CHECK_EQUAL(get_register(f, false, &reply), STATUS_UNSUCCESSFUL);
    RT_ONLY(f, 1, "RT-57", RT_PROJECT, 0);
    rt.hw_register = (KSRTAUDIO_HWREGISTER){word, 32, 48000, 0, 1};
    CHECK_EQUAL(get_register(f, true, &reply), STATUS_UNSUCCESSFUL);
    RT_ONLY(f, 1, "RT-57", RT_PROJECT, 0);
    CHECK_EQUAL(get_register(f, false, &reply), STATUS_SUCCESS); // failures do not count
    client_close(f, pin);
    pin = NULL;
    ExFreePool(word);
}

PS_TEST(a_failed_register_may_be_asked_for_again, "RT-57", "RT-58", "RT-59")
{
    run(no_register);
}

static void register_unmappable(struct fixture *f)
{
    ULONGLONG *word = ExAllocatePoolWithTag(NonPagedPool, 64, 'gerT');
    KSRTAUDIO_HWREGISTER reply;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    rt.hw_register = (KSRTAUDIO_HWREGISTER){word, 32, 0, 0, 1};
    for (unsigned at = 1; status == STATUS_INSUFFICIENT_RESOURCES && at < 20; at++) {
        f->faults = (struct fault_plan){.fail_at = at};
        status = get_register(f, false, &reply);
    }
    f->faults.fail_at = 0;
    CHECK_EQUAL(status, STATUS_SUCCESS);
    client_close(f, pin);
    pin = NULL;
    ExFreePool(word);
}

PS_TEST(without_memory_there_is_no_register_this_time, "RT-58")
{
    run(register_unmappable);
}

// ---- position ----------------------------------------------------------------------------------------------

static void positions(struct fixture *f)
{
    KSAUDIO_POSITIONEX ex = {0};
    KSRTAUDIO_BUFFER buffer;
    KSAUDIO_POSITION got;

    CHECK_EQUAL(rt_buffer(f, pin, 8192, &buffer), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    rt.position = (KSAUDIO_POSITION){100, 8188};
    got = client_position(f, pin);
    CHECK_EQUAL(got.PlayOffset, 100);
    CHECK_EQUAL(got.WriteOffset, 8188);
    rt.position = (KSAUDIO_POSITION){4, 200}; // wrapped: nothing to report
    got = client_position(f, pin);
    CHECK_EQUAL(got.PlayOffset, 4);
    CHECK_EQUAL(client_property(f, pin, &KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITIONEX,
                                KSPROPERTY_TYPE_GET, &ex, sizeof(ex), NULL),
                STATUS_SUCCESS);
    CHECK_EQUAL(ex.TimerFrequency.QuadPart, 10000000);
    CHECK_EQUAL(ex.Position.WriteOffset, 200);
    CHECK(ex.TimeStamp1.QuadPart > 0 && ex.TimeStamp2.QuadPart >= ex.TimeStamp1.QuadPart);
    CHECK_EQUAL(fixture_findings(f), 0);
    rt.get_position = STATUS_UNSUCCESSFUL;
    CHECK_EQUAL(client_property(f, pin, &KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITIONEX,
                                KSPROPERTY_TYPE_GET, &ex, sizeof(ex), NULL),
                STATUS_UNSUCCESSFUL);
    rt.get_position = STATUS_SUCCESS;
    rt.position = (KSAUDIO_POSITION){8192, 0};
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 8192); // unchanged, but reported
    RT_ONLY(f, 1, "RT-82", RT_PROJECT, 15);
    rt.position = (KSAUDIO_POSITION){0, 8192};
    CHECK_EQUAL(client_position(f, pin).WriteOffset, 8192);
    RT_ONLY(f, 1, "RT-82", RT_PROJECT, 15);
    rt.position = (KSAUDIO_POSITION){0, 0};
    rt.forgets = true;
    CHECK_EQUAL(client_position(f, pin).PlayOffset, 0);
    RT_ONLY(f, 1, "RT-82", RT_PROJECT, 15);
    rt.forgets = false;
}

PS_TEST(positions_are_the_miniports_within_the_buffer, "RT-82", "RT-86")
{
    run(positions);
}

static void advance(struct rt_stream *stream)
{
    (void)stream;
    fixture_sleep(30);
}

static void position_times(struct fixture *f)
{
    KSAUDIO_POSITIONEX ex = {0};

    rt.on_position = advance;
    CHECK_EQUAL(client_property(f, pin, &KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITIONEX,
                                KSPROPERTY_TYPE_GET, &ex, sizeof(ex), NULL),
                STATUS_SUCCESS);
    CHECK(ex.TimeStamp2.QuadPart - ex.TimeStamp1.QuadPart >= 300);
}

PS_TEST(the_two_times_enclose_the_position, "RT-86")
{
    run(position_times);
}

static void frozen(struct fixture *f)
{
    KSRTAUDIO_BUFFER buffer;

    CHECK_EQUAL(rt_buffer(f, pin, 8192, &buffer), STATUS_SUCCESS);
    client_position(f, pin);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    for (rt.position.PlayOffset = 0; rt.position.PlayOffset < 400; rt.position.PlayOffset += 100)
        client_position(f, pin);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    client_position(f, pin);
    client_position(f, pin);
    CHECK_EQUAL(fixture_findings(f), 0);
    rt.position.PlayOffset += 4;
    client_position(f, pin);
    RT_ONLY(f, 1, "RT-83", RT_PROJECT, 15);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    client_position(f, pin);
    RT_ONLY(f, 1, "RT-83", RT_PROJECT, 15);
    rt.position.PlayOffset = 0;
    client_position(f, pin);
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(positions_freeze_outside_run_and_begin_at_0, "RT-83")
{
    run(frozen);
}

// ---- events ------------------------------------------------------------------------------------------------

static NTSTATUS event_call(struct fixture *f, ULONG id, ULONG verb, HANDLE handle)
{
    return rt_property(f, pin, id, verb, &handle, sizeof(handle), NULL, 0, NULL);
}

static NTSTATUS add_event(struct fixture *f, HANDLE handle)
{
    return event_call(f, RT(REGISTER_NOTIFICATION_EVENT), KSPROPERTY_TYPE_SET, handle);
}

static NTSTATUS remove_event(struct fixture *f, HANDLE handle)
{
    return event_call(f, RT(UNREGISTER_NOTIFICATION_EVENT), KSPROPERTY_TYPE_SET, handle);
}

static void events(struct fixture *f)
{
    KSRTAUDIO_BUFFER buffer;
    size_t objects = f->system->kernel->objects.count;
    HANDLE handle, other;
    PKEVENT event, second;

    CHECK_EQUAL(kernel_event_create(f->system, &event, &handle), STATUS_SUCCESS);
    CHECK_EQUAL(kernel_event_create(f->system, &second, &other), STATUS_SUCCESS);
    CHECK_EQUAL(add_event(f, handle), STATUS_DEVICE_NOT_READY); // no buffer yet
    CHECK_EQUAL(remove_event(f, handle), STATUS_DEVICE_NOT_READY);
    CHECK_EQUAL(rt_buffer_notified(f, pin, 8192, 2, &buffer), STATUS_SUCCESS);
    CHECK_EQUAL(add_event(f, handle), STATUS_SUCCESS);
    CHECK_EQUAL(event_call(f, RT(REGISTER_NOTIFICATION_EVENT), KSPROPERTY_TYPE_GET, other),
                STATUS_SUCCESS);
    CHECK_EQUAL(rt.stream->event_count, 2);
    CHECK(rt.stream->events[0] == event && rt.stream->events[1] == second);
    CHECK_EQUAL(ZwClose(handle), STATUS_SUCCESS); // the port holds the object
    CHECK_EQUAL(KeSetEvent(rt.stream->events[0], 0, FALSE), 0);
    CHECK_EQUAL(KeReadStateEvent(event), 1);
    CHECK_EQUAL(remove_event(f, other), STATUS_SUCCESS);
    CHECK_EQUAL(add_event(f, (HANDLE)(ULONG_PTR)0x7777), STATUS_INVALID_HANDLE);
    CHECK_EQUAL(add_event(f, NULL), STATUS_INVALID_HANDLE);
    CHECK_EQUAL(remove_event(f, (HANDLE)(ULONG_PTR)0x7777), STATUS_INVALID_HANDLE);
    CHECK_EQUAL(fixture_findings(f), 0);
    client_close(f, pin); // one is left
    pin = NULL;
    CHECK_EQUAL(rt_total(f), 1);
    CHECK_EQUAL(rt_found(f, "RT-73", 0, 0), 1);
    fixture_forgive(f);
    CHECK_EQUAL(ZwClose(other), STATUS_SUCCESS);
    CHECK(!object_find(f->system, event) && !object_find(f->system, second));
    CHECK_EQUAL(f->system->kernel->objects.count, objects - 1); // the pin's file object is gone too
}

PS_TEST(events_are_objects_held_until_unregistered, "RT-70", "RT-71", "RT-73")
{
    run(events);
}

static void twice(struct fixture *f)
{
    size_t objects = f->system->kernel->objects.count;
    KSRTAUDIO_BUFFER buffer;
    HANDLE handle, other;
    PKEVENT event;

    CHECK_EQUAL(kernel_event_create(f->system, &event, &handle), STATUS_SUCCESS);
    CHECK_EQUAL(kernel_event_create(f->system, &event, &other), STATUS_SUCCESS);
    CHECK_EQUAL(rt_buffer_notified(f, pin, 8192, 1, &buffer), STATUS_SUCCESS);
    CHECK_EQUAL(add_event(f, handle), STATUS_SUCCESS);
    CHECK_EQUAL(add_event(f, handle), STATUS_SUCCESS); // the miniport takes it
    rt.register_event = STATUS_UNSUCCESSFUL;
    CHECK_EQUAL(add_event(f, handle), STATUS_UNSUCCESSFUL);
    CHECK_EQUAL(remove_event(f, other), STATUS_NOT_FOUND); // the miniport's answer
    CHECK_EQUAL(remove_event(f, handle), STATUS_SUCCESS);
    CHECK_EQUAL(remove_event(f, handle), STATUS_SUCCESS);
    CHECK_EQUAL(remove_event(f, handle), STATUS_NOT_FOUND);
    ZwClose(handle);
    ZwClose(other);
    CHECK_EQUAL(f->system->kernel->objects.count, objects); // every reference was given back
}

PS_TEST(registrations_are_counted_and_the_miniport_decides, "RT-74")
{
    run(twice);
}

static void support(struct fixture *f)
{
    KSRTAUDIO_BUFFER buffer;
    BOOL value = FALSE;

    CHECK_EQUAL(get(f, RT(QUERY_NOTIFICATION_SUPPORT), &value, sizeof(value)), STATUS_SUCCESS);
    CHECK_EQUAL(value, TRUE);
    client_close(f, pin);
    rt.plain = true;
    pin = rt_pin(f, false);
    CHECK_EQUAL(get(f, RT(QUERY_NOTIFICATION_SUPPORT), &value, sizeof(value)), STATUS_SUCCESS);
    CHECK_EQUAL(value, FALSE);
    CHECK_EQUAL(rt_buffer_notified(f, pin, 8192, 1, &buffer), STATUS_NOT_SUPPORTED);
    CHECK_EQUAL(rt_buffer(f, pin, 8192, &buffer), STATUS_SUCCESS);
    CHECK_EQUAL(add_event(f, (HANDLE)4), STATUS_NOT_SUPPORTED);
    CHECK_EQUAL(remove_event(f, (HANDLE)4), STATUS_NOT_SUPPORTED);
}

PS_TEST(without_the_interface_there_are_no_notifications, "RT-62", "RT-63")
{
    run(support);
}

static void plain_buffer(struct fixture *f)
{
    KSRTAUDIO_BUFFER buffer;

    CHECK_EQUAL(rt_buffer(f, pin, 8192, &buffer), STATUS_SUCCESS);
    CHECK_EQUAL(add_event(f, (HANDLE)4), STATUS_DEVICE_NOT_READY);
}

PS_TEST(a_buffer_without_notification_takes_no_events, "RT-70")
{
    run(plain_buffer);
}

// ---- packets -----------------------------------------------------------------------------------------------

static NTSTATUS write_packet(struct fixture *f, ULONG number, ULONG flags, ULONG bytes)
{
    KSRTAUDIO_SETWRITEPACKET_INFO info = {number, flags, bytes};

    return rt_property(f, pin, RT(SETWRITEPACKET), KSPROPERTY_TYPE_SET, NULL, 0, &info,
                       sizeof(info), NULL);
}

static void render_packets(struct fixture *f)
{
    static const NTSTATUS answers[] = {STATUS_DATA_LATE_ERROR, STATUS_DATA_OVERRUN,
                                       STATUS_INVALID_DEVICE_STATE, STATUS_INVALID_PARAMETER};
    KSAUDIO_PRESENTATION_POSITION position = {0};
    KSRTAUDIO_GETREADPACKET_INFO read;
    ULONG count = 99;

    CHECK_EQUAL(get(f, RT(PACKETCOUNT), &count, sizeof(count)), STATUS_SUCCESS);
    CHECK_EQUAL(count, 0);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    rt.packets = 5;
    CHECK_EQUAL(get(f, RT(PACKETCOUNT), &count, sizeof(count)), STATUS_SUCCESS);
    CHECK_EQUAL(count, 5);
    CHECK_EQUAL(write_packet(f, 6, KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM, 12), STATUS_SUCCESS);
    CHECK_EQUAL(rt.written.PacketNumber, 6);
    CHECK_EQUAL(rt.written.Flags, KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM);
    CHECK_EQUAL(rt.written.EosPacketLength, 12);
    for (unsigned i = 0; i < 4; i++) {
        rt.packet = answers[i];
        CHECK_EQUAL(write_packet(f, 7, 0, 0), answers[i]);
    }
    rt.packet = STATUS_SUCCESS;
    rt.presentation = (KSAUDIO_PRESENTATION_POSITION){480, 1};
    CHECK_EQUAL(get(f, RT(PRESENTATION_POSITION), &position, sizeof(position)), STATUS_SUCCESS);
    CHECK_EQUAL(position.u64PositionInBlocks, 480);
    CHECK_EQUAL(position.u64QPCPosition, 1);
    CHECK_EQUAL(get(f, RT(GETREADPACKET), &read, sizeof(read)), STATUS_NOT_SUPPORTED);
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(render_packets_go_through_unchanged, "RT-93", "RT-94", "RT-97", "RT-98")
{
    run(render_packets);
}

static void impossible_render(struct fixture *f)
{
    KSAUDIO_PRESENTATION_POSITION position;
    ULONG count;

    rt.packets = 1;
    CHECK_EQUAL(get(f, RT(PACKETCOUNT), &count, sizeof(count)), STATUS_SUCCESS);
    RT_ONLY(f, 1, "RT-93", RT_PROJECT, 0); // not 0 in STOP
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    rt.packets = 9;
    CHECK_EQUAL(get(f, RT(PACKETCOUNT), &count, sizeof(count)), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    for (rt.packets = 1; rt.packets < 5; rt.packets++)
        CHECK_EQUAL(get(f, RT(PACKETCOUNT), &count, sizeof(count)), STATUS_SUCCESS);
    CHECK_EQUAL(fixture_findings(f), 0);
    rt.packets = 3;
    CHECK_EQUAL(get(f, RT(PACKETCOUNT), &count, sizeof(count)), STATUS_SUCCESS);
    RT_ONLY(f, 1, "RT-93", RT_PROJECT, 0);
    CHECK_EQUAL(write_packet(f, 6, 4, 0), STATUS_SUCCESS);
    RT_ONLY(f, 1, "RT-94", RT_PROJECT, 0);
    rt.presentation.u64QPCPosition = ~0ull;
    CHECK_EQUAL(get(f, RT(PRESENTATION_POSITION), &position, sizeof(position)), STATUS_SUCCESS);
    RT_ONLY(f, 1, "RT-97", RT_PROJECT, 0);
    rt.forgets = true;
    CHECK_EQUAL(get(f, RT(PRESENTATION_POSITION), &position, sizeof(position)), STATUS_SUCCESS);
    RT_ONLY(f, 2, "RT-97", RT_PROJECT, 0); // the position, and its time
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    CHECK_EQUAL(get(f, RT(PACKETCOUNT), &count, sizeof(count)), STATUS_SUCCESS);
    RT_ONLY(f, 1, "RT-93", RT_PROJECT, 0);
    CHECK_EQUAL(count, 0);
    rt.forgets = false;
}

PS_TEST(impossible_render_numbers_are_reported, "RT-93", "RT-94", "RT-97")
{
    run(impossible_render);
}

static void capture_packets(struct fixture *f)
{
    KSRTAUDIO_GETREADPACKET_INFO read = {0};
    char value[32];

    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    rt.packet = STATUS_DEVICE_NOT_READY;
    CHECK_EQUAL(get(f, RT(GETREADPACKET), &read, sizeof(read)), STATUS_DEVICE_NOT_READY);
    rt.packet = STATUS_SUCCESS;
    rt.read = (KSRTAUDIO_GETREADPACKET_INFO){3, 0, 1, TRUE};
    CHECK_EQUAL(get(f, RT(GETREADPACKET), &read, sizeof(read)), STATUS_SUCCESS);
    CHECK_EQUAL(read.PacketNumber, 3);
    CHECK_EQUAL(read.PerformanceCounterValue, 1);
    CHECK_EQUAL(read.MoreData, TRUE);
    rt.read.PacketNumber = 9; // some were dropped
    CHECK_EQUAL(get(f, RT(GETREADPACKET), &read, sizeof(read)), STATUS_SUCCESS);
    CHECK_EQUAL(fixture_findings(f), 0);
    CHECK_EQUAL(get(f, RT(GETREADPACKET), &read, sizeof(read)), STATUS_SUCCESS); // again
    RT_ONLY(f, 1, "RT-91", RT_PROJECT, 0);
    rt.read = (KSRTAUDIO_GETREADPACKET_INFO){10, 1, 1, FALSE};
    CHECK_EQUAL(get(f, RT(GETREADPACKET), &read, sizeof(read)), STATUS_SUCCESS);
    RT_ONLY(f, 1, "RT-91", RT_PROJECT, 0);
    rt.read = (KSRTAUDIO_GETREADPACKET_INFO){11, 0, ~0ull, FALSE};
    CHECK_EQUAL(get(f, RT(GETREADPACKET), &read, sizeof(read)), STATUS_SUCCESS);
    RT_ONLY(f, 1, "RT-91", RT_PROJECT, 0);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    rt.read = (KSRTAUDIO_GETREADPACKET_INFO){0, 0, 1, FALSE}; // from 0 again
    CHECK_EQUAL(get(f, RT(GETREADPACKET), &read, sizeof(read)), STATUS_SUCCESS);
    CHECK_EQUAL(fixture_findings(f), 0);
    CHECK_EQUAL(get(f, RT(PACKETCOUNT), value, sizeof(value)), STATUS_NOT_SUPPORTED);
    CHECK_EQUAL(get(f, RT(PRESENTATION_POSITION), value, sizeof(value)), STATUS_NOT_SUPPORTED);
    CHECK_EQUAL(write_packet(f, 0, 0, 0), STATUS_NOT_SUPPORTED);
}

PS_TEST(capture_packets_go_through_and_count_up, "RT-91", "RT-92", "RT-98")
{
    run_capture(capture_packets);
}

static void no_packet_mode(struct fixture *f)
{
    char value[32];

    client_close(f, pin);
    rt.no_packets = true;
    pin = rt_pin(f, false);
    CHECK_EQUAL(rt.stream->references, 2);
    CHECK_EQUAL(get(f, RT(PACKETCOUNT), value, sizeof(value)), STATUS_NOT_SUPPORTED);
    CHECK_EQUAL(get(f, RT(PRESENTATION_POSITION), value, sizeof(value)), STATUS_NOT_SUPPORTED);
    CHECK_EQUAL(get(f, RT(GETREADPACKET), value, sizeof(value)), STATUS_NOT_SUPPORTED);
    CHECK_EQUAL(write_packet(f, 0, 0, 0), STATUS_NOT_SUPPORTED);
}

PS_TEST(packet_mode_needs_its_interface, "RT-11", "RT-98")
{
    run(no_packet_mode);
}

// ---- the position lock -------------------------------------------------------------------------------------

static struct fixture *current;
static volatile bool state_inside, overlapped, position_read;

static void slow_state(struct rt_stream *stream, KSSTATE state)
{
    (void)stream, (void)state;
    state_inside = true;
    fixture_sleep(1000);
    state_inside = false;
}

static void see_overlap(struct rt_stream *stream)
{
    (void)stream;
    overlapped |= state_inside;
}

static void read_position(void *context)
{
    (void)context;
    fixture_sleep(100); // SetState is under way
    client_position(current, pin);
    position_read = true;
}

static void read_while_stating(struct fixture *f)
{
    struct fixture_thread thread = {.entry = read_position};

    current = f;
    overlapped = position_read = false;
    rt.on_state = slow_state;
    rt.on_position = see_overlap;
    fixture_thread(f, &thread);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_ACQUIRE), STATUS_SUCCESS);
    fixture_join(&thread);
    CHECK(position_read);
    rt.on_state = NULL;
}

static void device_lock(struct fixture *f)
{
    read_while_stating(f);
    CHECK(!overlapped);
}

static void position_lock(struct fixture *f)
{
    read_while_stating(f);
    CHECK(overlapped);
}

PS_TEST(the_device_lock_keeps_positions_and_states_apart, "RT-87")
{
    run(device_lock);
}

PS_TEST(with_a_position_lock_positions_overlap_states, "RT-87")
{
    rt_reset();
    rt.position_lock = true;
    capture = false;
    start(position_lock);
}

// ---- stream resources --------------------------------------------------------------------------------------

static void idle_thread(void *context)
{
    (void)context;
}

static void resources(struct fixture *f)
{
    struct fixture_thread thread = {.entry = idle_thread};
    PCSTREAMRESOURCE_DESCRIPTOR descriptor;
    PCSTREAMRESOURCE handle = NULL, second = NULL;
    PPORTCLSSTREAMRESOURCEMANAGER manager;
    PPORTCLSSTREAMRESOURCEMANAGER2 manager2;
    LONG references = object_find(f->system, KeGetCurrentThread())->references;
    PVOID found;

    fixture_thread(f, &thread);
    PCSTREAMRESOURCE_DESCRIPTOR_INIT(&descriptor);
    descriptor.Pdo = f->pdo;
    descriptor.Type = ePcStreamResourceInterrupt;
    CHECK_EQUAL(PcAddStreamResource(f->pdo, NULL, &descriptor, &handle), STATUS_SUCCESS);
    CHECK(handle != NULL);
    descriptor.Type = ePcStreamResourceThread;
    descriptor.Resource.Thread = (PETHREAD)KeGetCurrentThread();
    CHECK_EQUAL(rt.port->lpVtbl->QueryInterface(rt.port, &IID_IPortClsStreamResourceManager, &found),
                STATUS_SUCCESS);
    manager = found;
    CHECK_EQUAL(manager->lpVtbl->AddStreamResource(manager, NULL, &descriptor, &second),
                STATUS_SUCCESS);
    CHECK_EQUAL(manager->lpVtbl->RemoveStreamResource(manager, second), STATUS_SUCCESS);
    CHECK_EQUAL(manager->lpVtbl->RemoveStreamResource(manager, second), STATUS_INVALID_PARAMETER);
    manager->lpVtbl->Release(manager);
    CHECK_EQUAL(
        rt.port->lpVtbl->QueryInterface(rt.port, &IID_IPortClsStreamResourceManager2, &found),
        STATUS_SUCCESS);
    manager2 = found;
    CHECK_EQUAL(manager2->lpVtbl->AddStreamResource2(manager2, f->pdo, NULL, &descriptor, &second),
                STATUS_SUCCESS);
    CHECK_EQUAL(PcRemoveStreamResource(second), STATUS_SUCCESS);
    manager2->lpVtbl->Release(manager2);
    CHECK_EQUAL(PcRemoveStreamResource(handle), STATUS_SUCCESS);
    CHECK_EQUAL(object_find(f->system, KeGetCurrentThread())->references, references);
    fixture_join(&thread);
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(interrupts_and_threads_are_declared_and_taken_back, "RT-100", "RT-101", "DS-8")
{
    run(resources);
}

static void bad_resources(struct fixture *f)
{
    PCSTREAMRESOURCE_DESCRIPTOR descriptor;
    PCSTREAMRESOURCE handle;

    PCSTREAMRESOURCE_DESCRIPTOR_INIT(&descriptor);
    CHECK_EQUAL(PcAddStreamResource(f->pdo, NULL, &descriptor, NULL), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(PcAddStreamResource(f->pdo, NULL, NULL, &handle), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(PcAddStreamResource(NULL, NULL, &descriptor, &handle), STATUS_INVALID_PARAMETER);
    descriptor.Size = 4;
    CHECK_EQUAL(PcAddStreamResource(f->pdo, NULL, &descriptor, &handle), STATUS_INVALID_PARAMETER);
    PCSTREAMRESOURCE_DESCRIPTOR_INIT(&descriptor);
    descriptor.Type = ePcStreamResourceThread;
    CHECK_EQUAL(PcAddStreamResource(f->pdo, NULL, &descriptor, &handle), STATUS_INVALID_PARAMETER);
    descriptor.Type = (PcStreamResourceType)77;
    CHECK_EQUAL(PcAddStreamResource(f->pdo, NULL, &descriptor, &handle), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(PcRemoveStreamResource(NULL), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(PcRemoveStreamResource((PCSTREAMRESOURCE)&descriptor), STATUS_INVALID_PARAMETER);
    descriptor.Type = ePcStreamResourceInterrupt;
    f->faults = (struct fault_plan){.fail_at = 1};
    CHECK_EQUAL(PcAddStreamResource(f->pdo, NULL, &descriptor, &handle),
                STATUS_INSUFFICIENT_RESOURCES);
    f->faults.fail_at = 0;
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(a_bad_resource_is_an_invalid_parameter, "RT-101")
{
    run(bad_resources);
}

static void keep_resource(struct fixture *f)
{
    PCSTREAMRESOURCE_DESCRIPTOR descriptor;
    PCSTREAMRESOURCE handle;

    PCSTREAMRESOURCE_DESCRIPTOR_INIT(&descriptor);
    descriptor.Type = ePcStreamResourceInterrupt;
    CHECK_EQUAL(PcAddStreamResource(f->pdo, NULL, &descriptor, &handle), STATUS_SUCCESS);
}

static void remove_device(struct fixture *f)
{
    kernel_close(f->system, f->filter);
    f->filter = NULL;
    CHECK_EQUAL(kernel_remove_device(f->system, f->pdo, false), STATUS_SUCCESS);
    f->pdo = NULL;
    RT_ONLY(f, 1, "RT-101", 0, 0);
}

PS_TEST(a_resource_never_removed_is_reported, "RT-101")
{
    struct fixture f;

    rt_reset();
    fixture_open(&f, NULL);
    fixture_run(&f, keep_resource);
    fixture_run(&f, remove_device);
    fixture_close(&f);
}
