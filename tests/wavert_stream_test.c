// SPDX-License-Identifier: MIT
//
// The WaveRT port around a miniport: binding, the order of a stream's life, the cyclic buffer and all that can be
// wrong with it.
#include <unistd.h>

#include "tests/wavert_miniport.h"

static PFILE_OBJECT pin;

static void run_on(const struct fixture_options *options, void (*what)(struct fixture *f))
{
    struct fixture f;

    fixture_open(&f, options);
    fixture_run(&f, what);
    fixture_close(&f);
}

static void run(void (*what)(struct fixture *f))
{
    struct fixture_options options = {.layout = LAYOUT_SCATTERED};

    rt_reset();
    run_on(&options, what);
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

// ---- shapes ------------------------------------------------------------------------------------------------

#define SLOT(interface, method) (offsetof(interface##Vtbl, method) / sizeof(void *))

PS_TEST(the_vtables_are_windows, "RT-7", "RT-8", "RT-12")
{
    assert_int_equal(sizeof(IPortWaveRTVtbl), sizeof(IPortVtbl));
    assert_int_equal(SLOT(IPortWaveRTStream, AllocatePagesForMdl), 3);
    assert_int_equal(SLOT(IPortWaveRTStream, GetPhysicalPageAddress), 9);
    assert_int_equal(SLOT(IMiniportWaveRTStream, SetFormat), 3);
    assert_int_equal(SLOT(IMiniportWaveRTStream, GetClockRegister), 10);
    assert_int_equal(SLOT(IMiniportWaveRTStreamNotification, SetFormat), 3);
    assert_int_equal(SLOT(IMiniportWaveRTStreamNotification, GetClockRegister), 10);
    assert_int_equal(SLOT(IMiniportWaveRTStreamNotification, AllocateBufferWithNotification), 11);
    assert_int_equal(SLOT(IMiniportWaveRTStreamNotification, UnregisterNotificationEvent), 14);
    assert_int_equal(SLOT(IMiniportWaveRTInputStream, GetReadPacket), 3);
    assert_int_equal(SLOT(IMiniportWaveRTOutputStream, SetWritePacket), 3);
    assert_int_equal(SLOT(IMiniportWaveRTOutputStream, GetOutputStreamPresentationPosition), 4);
    assert_int_equal(SLOT(IMiniportWaveRTOutputStream, GetPacketCount), 5);
}

static void bound(struct fixture *f)
{
    PVOID found;

    (void)f;
    rt_expect(0, "Init, GetDeviceDescription, GetDescription");
    CHECK_EQUAL(rt.port->lpVtbl->QueryInterface(rt.port, &IID_IPortWaveRT, &found), 0);
    rt.port->lpVtbl->Release(rt.port);
    CHECK_EQUAL(rt.port->lpVtbl->Init(rt.port, rt.fdo, NULL, (PUNKNOWN)rt.port, NULL, NULL),
                STATUS_UNSUCCESSFUL);
}

PS_TEST(init_binds_the_miniport_and_asks_for_its_descriptions, "RT-7", "RT-13")
{
    run(bound);
}

static void init_fails(void)
{
    struct fixture_options options = {.start_fails = true};
    struct fixture f;

    fixture_open(&f, &options);
    assert_int_equal(f.started, STATUS_UNSUCCESSFUL);
    fixture_close(&f);
}

PS_TEST(a_failing_description_fails_init, "RT-13")
{
    rt_reset();
    rt.description = STATUS_UNSUCCESSFUL;
    init_fails();
    rt_reset();
    rt.init = STATUS_UNSUCCESSFUL;
    init_fails();
}

static void no_categories(struct fixture *f)
{
    PWSTR links = NULL;

    (void)f;
    CHECK_EQUAL(IoGetDeviceInterfaces(&KSCATEGORY_REALTIME, NULL, 0, &links), STATUS_SUCCESS);
    CHECK(links && !*links);
    ExFreePool(links);
}

PS_TEST(the_port_adds_no_category_of_its_own, "RT-4")
{
    run(no_categories);
}

static void counted(struct fixture *f)
{
    struct pin_request request = {.pin = 0};
    KSPIN_CINSTANCES instances = {0};
    PFILE_OBJECT first, second = NULL;
    unsigned from = rt.call_count;
    ULONG_PTR bytes = 0;
    KSP_PIN asked = {.PinId = 0};

    asked.Property.Set = KSPROPSETID_Pin;
    asked.Property.Id = KSPROPERTY_PIN_CINSTANCES;
    asked.Property.Flags = KSPROPERTY_TYPE_GET;
    first = rt_pin(f, false);
    rt_expect(from, "PinCount 0: 0 of 3, 0 of 3, NewStream 0 play");
    CHECK_EQUAL(client_open(f, &request, &second), STATUS_INSUFFICIENT_RESOURCES);
    CHECK_EQUAL(kernel_control_wait(f->system, f->filter, IOCTL_KS_PROPERTY, &asked, sizeof(asked), &instances,
                                    sizeof(instances), &bytes),
                STATUS_SUCCESS);
    CHECK_EQUAL(instances.PossibleCount, 1);
    CHECK_EQUAL(instances.CurrentCount, 1);
    client_close(f, first);
    first = rt_pin(f, false);
    client_close(f, first);
}

PS_TEST(ipincount_counts_the_pins_of_wavert_too, "KP-64")
{
    struct fixture_options options = {.layout = LAYOUT_SCATTERED};

    rt_reset();
    rt.possible = 1;
    run_on(&options, counted);
}

// ---- a whole life ------------------------------------------------------------------------------------------

static NTSTATUS add_event(struct fixture *f, PFILE_OBJECT file, HANDLE handle)
{
    KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY asked = {.NotificationEvent = handle};

    return rt_property(f, file, KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT,
                       KSPROPERTY_TYPE_SET, (char *)&asked + sizeof(KSPROPERTY), sizeof(HANDLE),
                       NULL, 0, NULL);
}

static void life(struct fixture *f)
{
    unsigned from = rt.call_count;
    KSRTAUDIO_BUFFER reply = {0};
    HANDLE handle;
    PKEVENT event;

    CHECK_EQUAL(kernel_event_create(f->system, &event, &handle), STATUS_SUCCESS);
    pin = rt_pin(f, false);
    CHECK_EQUAL(rt.stream->references, 3); // the port's, and two optional interfaces
    CHECK_EQUAL(rt_buffer_notified(f, pin, 8192, 2, &reply), STATUS_SUCCESS);
    CHECK_EQUAL(add_event(f, pin, handle), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    client_close(f, pin);
    CHECK(!readable(reply.BufferAddress));
    rt_expect(from, "NewStream 0 play, AllocateNotified 2 8192, Register, SetState 1, SetState 2, "
                    "SetState 3, SetState 2, SetState 1, SetState 0, Unregister, "
                    "FreeNotified 8192, gone");
    CHECK_EQUAL(rt_found(f, "RT-73", 0, 0), 1); // the client forgot its event
    fixture_forgive(f);
    CHECK_EQUAL(ZwClose(handle), STATUS_SUCCESS);
}

PS_TEST(a_stream_lives_and_closes_in_order, "RT-5", "RT-10", "RT-11", "RT-49", "RT-52", "RT-73", "RT-80")
{
    run(life);
}

static void plain_life(struct fixture *f)
{
    unsigned from = rt.call_count;
    KSRTAUDIO_BUFFER reply = {0};

    pin = rt_pin(f, true);
    CHECK(rt.stream->capture);
    CHECK_EQUAL(rt_buffer(f, pin, 6000, &reply), STATUS_SUCCESS);
    CHECK_EQUAL(reply.ActualBufferSize, 6000);
    client_close(f, pin);
    rt_expect(from, "NewStream 1 capture, Allocate 6000, Free 6000, gone");
}

PS_TEST(each_buffer_is_freed_as_it_was_allocated, "RT-9", "RT-38", "RT-40", "RT-49", "RT-51")
{
    run(plain_life);
}

static void every_state(struct fixture *f)
{
    for (int with_buffer = 0; with_buffer < 3; with_buffer++)
        for (int state = KSSTATE_STOP; state <= KSSTATE_RUN; state++) {
            KSRTAUDIO_BUFFER reply;

            pin = rt_pin(f, state % 2);
            if (with_buffer == 1)
                CHECK_EQUAL(rt_buffer(f, pin, 4096, &reply), STATUS_SUCCESS);
            if (with_buffer == 2)
                CHECK_EQUAL(rt_buffer_notified(f, pin, 4096, 1, &reply), STATUS_SUCCESS);
            CHECK_EQUAL(client_state(f, pin, (KSSTATE)state), STATUS_SUCCESS);
            CHECK_EQUAL(rt.stream->state, state);
            rt.on_state = NULL;
            client_close(f, pin);
            CHECK_EQUAL(rt.streams, 0);
        }
}

PS_TEST(a_client_may_close_in_every_state, "RT-49", "RT-52", "RT-53")
{
    run(every_state);
}

static void late_buffer(struct fixture *f)
{
    KSRTAUDIO_BUFFER reply;

    pin = rt_pin(f, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(rt_buffer(f, pin, 4096, &reply), STATUS_SUCCESS);
    client_close(f, pin);
}

PS_TEST(a_buffer_may_come_while_running, "RT-53")
{
    run(late_buffer);
}

static void no_stream(struct fixture *f)
{
    struct pin_request request = {.pin = 0};

    rt.new_stream = STATUS_INVALID_DEVICE_STATE;
    CHECK_EQUAL(client_open(f, &request, &pin), STATUS_INVALID_DEVICE_STATE);
    rt.new_stream = STATUS_SUCCESS;
    rt.no_stream = true;
    CHECK_EQUAL(client_open(f, &request, &pin), STATUS_UNSUCCESSFUL);
    RT_ONLY(f, 1, "RT-10", RT_PROJECT, 0);
}

PS_TEST(newstream_may_fail_but_not_succeed_with_nothing, "RT-10")
{
    run(no_stream);
}

static void no_packets(struct fixture *f)
{
    struct packet packet;

    pin = rt_pin(f, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK(packet_make(f, &packet, 1, 4096, 0));
    CHECK_EQUAL(packet_write(f, pin, &packet), STATUS_INVALID_DEVICE_REQUEST);
    client_close(f, pin);
    pin = rt_pin(f, true);
    CHECK_EQUAL(packet_read(f, pin, &packet), STATUS_INVALID_DEVICE_REQUEST);
    packet_free(f, &packet);
    client_close(f, pin);
}

PS_TEST(stream_irps_are_no_part_of_wavert, "RT-3")
{
    run(no_packets);
}

static void looped(struct fixture *f)
{
    struct pin_request request = {.pin = 0, .looped = true};

    CHECK_EQUAL(client_open(f, &request, &pin), STATUS_NO_MATCH);
}

PS_TEST(there_are_no_looped_pins_so_no_position_events, "RT-85")
{
    run(looped);
}

// ---- states, format ----------------------------------------------------------------------------------------

static void slowly(struct rt_stream *stream, KSSTATE state)
{
    (void)stream;
    if (state == KSSTATE_PAUSE)
        fixture_sleep(501000);
    else
        fixture_sleep(400000);
}

static void slow_states(struct fixture *f)
{
    pin = rt_pin(f, false);
    rt.on_state = slowly;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_ACQUIRE), STATUS_SUCCESS);
    CHECK_EQUAL(fixture_findings(f), 0);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    RT_ONLY(f, 1, "RT-81", RT_VERIFIER, 0x72001);
    CHECK_EQUAL(policy_set(f->system, "setstate-limit", "1000"), 0);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    CHECK_EQUAL(fixture_findings(f), 0);
    client_close(f, pin);
}

PS_TEST(setstate_has_a_time_limit, "RT-81", "VF-29", "~VF-29")
{
    run(slow_states);
}

static void failing_state(struct fixture *f)
{
    pin = rt_pin(f, false);
    rt.set_state = STATUS_UNSUCCESSFUL;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_UNSUCCESSFUL);
    rt.set_state = STATUS_SUCCESS;
    CHECK_EQUAL(client_get_state(f, pin), KSSTATE_STOP);
    client_close(f, pin);
}

PS_TEST(a_refused_state_is_not_entered, "RT-80")
{
    run(failing_state);
}

static NTSTATUS set_format(struct fixture *f, ULONG rate)
{
    struct pin_request request = {.rate = rate};
    unsigned char connect[512];
    size_t bytes = client_connect(&request, connect) - sizeof(KSPIN_CONNECT);

    return client_property(f, pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT,
                           KSPROPERTY_TYPE_SET, connect + sizeof(KSPIN_CONNECT), (ULONG)bytes, NULL);
}

static void formats(struct fixture *f)
{
    unsigned from;

    pin = rt_pin(f, false);
    from = rt.call_count;
    CHECK_EQUAL(set_format(f, 44100), STATUS_SUCCESS);
    rt.set_format = STATUS_INVALID_PARAMETER;
    CHECK_EQUAL(set_format(f, 32000), STATUS_INVALID_PARAMETER);
    rt.set_format = STATUS_SUCCESS;
    CHECK_EQUAL(set_format(f, 96000), STATUS_NO_MATCH); // outside the ranges: not the miniport's
    rt_expect(from, "SetFormat, SetFormat");
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(set_format(f, 48000), STATUS_INVALID_PARAMETER);
    client_close(f, pin);
}

PS_TEST(a_running_stream_may_refuse_another_format, "RT-84")
{
    run(formats);
}

// ---- the buffer --------------------------------------------------------------------------------------------

static void replies(struct fixture *f)
{
    static const MEMORY_CACHING_TYPE types[] = {MmNonCached, MmCached, MmWriteCombined};

    for (unsigned i = 0; i < 3; i++) {
        KSRTAUDIO_BUFFER reply = {0};
        uint64_t first;

        rt.cache = types[i];
        rt.offset = 512 * i;
        pin = rt_pin(f, false);
        CHECK_EQUAL(rt_buffer(f, pin, 10000, &reply), STATUS_SUCCESS);
        first = MmGetMdlPfnArray(rt.stream->mdl)[0];
        CHECK_EQUAL(reply.ActualBufferSize, 10000);
        CHECK_EQUAL(reply.CallMemoryBarrier, types[i] == MmWriteCombined);
        CHECK_EQUAL((uintptr_t)reply.BufferAddress % PAGE_SIZE, rt.offset);
        memset(reply.BufferAddress, 0x5A, 10000);
        CHECK_EQUAL(*(unsigned char *)memory_direct(f->system->machine,
                                                    first * PAGE_SIZE + rt.offset, 1),
                    0x5A);
        CHECK_EQUAL(memory_cache(f->system->machine, first), types[i]);
        CHECK(view_is_user(f->system->machine, reply.BufferAddress));
        client_close(f, pin);
    }
}

PS_TEST(the_reply_says_where_how_much_and_whether_to_fence, "RT-2", "RT-41", "RT-47", "RT-54")
{
    run(replies);
}

static void odd_sizes(struct fixture *f)
{
    static const ULONG sizes[] = {4, 4092, 4096, 4100, 65536, 1000000};
    KSRTAUDIO_BUFFER reply;

    for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
        for (int contiguous = 0; contiguous < 2; contiguous++) {
            rt.contiguous = contiguous;
            pin = rt_pin(f, false);
            CHECK_EQUAL(rt_buffer(f, pin, sizes[i], &reply), STATUS_SUCCESS);
            CHECK_EQUAL(reply.ActualBufferSize, sizes[i]);
            client_close(f, pin);
        }
    CHECK_EQUAL(fixture_findings(f), 0);
    pin = rt_pin(f, false);
    CHECK_EQUAL(rt_buffer(f, pin, 0, &reply), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(rt_buffer(f, pin, 0xFFFFFFFF, &reply), STATUS_INSUFFICIENT_RESOURCES);
    CHECK_EQUAL(rt_buffer(f, pin, 200u << 20, &reply), STATUS_INSUFFICIENT_RESOURCES);
    rt.allocate = STATUS_DEVICE_NOT_READY;
    CHECK_EQUAL(rt_buffer(f, pin, 4096, &reply), STATUS_DEVICE_NOT_READY);
    rt.allocate = STATUS_SUCCESS;
    CHECK_EQUAL(fixture_findings(f), 0);
    CHECK_EQUAL(rt_buffer(f, pin, 7001, &reply), STATUS_SUCCESS); // no whole frames of 4
    RT_ONLY(f, 1, "RT-45", RT_PROJECT, 0);
    client_close(f, pin);
}

PS_TEST(buffer_sizes_of_every_kind_have_an_answer, "RT-42", "RT-44", "RT-45")
{
    run(odd_sizes);
}

static void other_sizes(struct fixture *f)
{
    KSRTAUDIO_BUFFER reply;

    pin = rt_pin(f, false);
    rt.actual = 4000;
    CHECK_EQUAL(rt_buffer(f, pin, 8000, &reply), STATUS_SUCCESS);
    CHECK_EQUAL(reply.ActualBufferSize, 4000);
    RT_ONLY(f, 1, "RT-44", RT_PROJECT, 0);
    client_close(f, pin);
    pin = rt_pin(f, false);
    rt.actual = 8192;
    CHECK_EQUAL(rt_buffer(f, pin, 8000, &reply), STATUS_SUCCESS); // rounded up: fine
    CHECK_EQUAL(reply.ActualBufferSize, 8192);
    client_close(f, pin);
    pin = rt_pin(f, false);
    rt.actual = 8004; // frames, but no middle between two
    CHECK_EQUAL(rt_buffer_notified(f, pin, 8000, 2, &reply), STATUS_SUCCESS);
    RT_ONLY(f, 1, "RT-45", RT_PROJECT, 0);
    client_close(f, pin);
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(a_size_other_than_asked_is_passed_on, "RT-44", "RT-45")
{
    run(other_sizes);
}

static void second(struct fixture *f)
{
    KSRTAUDIO_BUFFER reply;
    unsigned from;

    pin = rt_pin(f, false);
    CHECK_EQUAL(rt_buffer(f, pin, 4096, &reply), STATUS_SUCCESS);
    from = rt.call_count;
    CHECK_EQUAL(rt_buffer(f, pin, 4096, &reply), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_EQUAL(rt_buffer_notified(f, pin, 4096, 1, &reply), STATUS_INVALID_DEVICE_REQUEST);
    rt_expect(from, "");
    client_close(f, pin);
}

PS_TEST(a_pin_has_one_buffer, "RT-50")
{
    run(second);
}

static void counts(struct fixture *f)
{
    static const ULONG bad[] = {0, 3, 4, 0xFFFFFFFF};
    KSRTAUDIO_BUFFER reply;
    unsigned from;

    for (ULONG count = 1; count <= 2; count++) {
        pin = rt_pin(f, false);
        CHECK_EQUAL(rt_buffer_notified(f, pin, 4096, count, &reply), STATUS_SUCCESS);
        CHECK_EQUAL(rt.asked_notifications, count);
        client_close(f, pin);
    }
    pin = rt_pin(f, false);
    from = rt.call_count;
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQUAL(rt_buffer_notified(f, pin, 4096, bad[i], &reply), STATUS_INVALID_PARAMETER);
    rt_expect(from, "");
    client_close(f, pin);
}

PS_TEST(one_or_two_notifications_a_lap, "RT-40", "RT-46")
{
    run(counts);
}

static void wish(struct fixture *f)
{
    KSRTAUDIO_BUFFER_PROPERTY asked = {.RequestedBufferSize = 4096,
                                       .BaseAddress = (PVOID)0x12345000};
    KSRTAUDIO_BUFFER reply = {0};

    pin = rt_pin(f, false);
    CHECK_EQUAL(rt_property(f, pin, KSPROPERTY_RTAUDIO_BUFFER, KSPROPERTY_TYPE_GET,
                            (char *)&asked + sizeof(KSPROPERTY),
                            sizeof(asked) - sizeof(KSPROPERTY), &reply, sizeof(reply), NULL),
                STATUS_SUCCESS);
    CHECK(reply.BufferAddress != (PVOID)0x12345000);
    CHECK(readable(reply.BufferAddress));
    client_close(f, pin);
}

PS_TEST(a_base_address_is_a_wish, "RT-48")
{
    run(wish);
}

// What the driver answers, the port refuses, has freed where there is something to free, and reports.
static void refused(struct fixture *f, bool freed)
{
    KSRTAUDIO_BUFFER reply = {0};
    unsigned from;

    pin = rt_pin(f, false);
    from = rt.call_count;
    CHECK_EQUAL(rt_buffer(f, pin, 8192, &reply), STATUS_UNSUCCESSFUL);
    if (freed) {
        CHECK_EQUAL(rt.call_count, from + 2);
        CHECK(!strncmp(rt.calls[from + 1], "Free ", 5));
    }
    RT_ONLY(f, 1, "RT-45", RT_PROJECT, 0);
    client_close(f, pin);
    rt_reset();
}

static void faults(struct fixture *f)
{
    rt.null_mdl = true;
    refused(f, false);
    rt.foreign_mdl = true;
    refused(f, true);
    rt.actual_zero = true;
    refused(f, true);
    rt.actual = 8193;
    refused(f, true);
    rt.actual = 0xFFFFFFFF;
    refused(f, true);
    rt.lie_offset = true;
    rt.offset = 4;
    refused(f, true);
    rt.offset = PAGE_SIZE;
    refused(f, true);
    rt.offset = 0xFFFFFF00;
    rt.lie_offset = true;
    refused(f, true);
    rt.long_mdl = true;
    refused(f, true);
    rt.cache = MmUSWCCached;
    refused(f, true);
    rt.cache = (MEMORY_CACHING_TYPE)-1;
    refused(f, true);
}

PS_TEST(a_buffer_that_cannot_be_right_is_refused_and_undone, "RT-41", "RT-45", "RT-51")
{
    run(faults);
}

static unsigned times_called(const char *start)
{
    unsigned times = 0;

    for (unsigned i = 0; i < rt.call_count; i++)
        times += !strncmp(rt.calls[i], start, strlen(start));
    return times;
}

// As drivers of virtual devices do.
static void pool(struct fixture *f)
{
    KSRTAUDIO_BUFFER reply;

    rt.pool = ExAllocatePoolWithTag(NonPagedPool, 8192 + 64, 'looP');
    rt.foreign_mdl = true;
    rt.offset = BYTE_OFFSET(rt.pool);
    pin = rt_pin(f, false);
    CHECK_EQUAL(rt_buffer(f, pin, 8192, &reply), STATUS_SUCCESS);
    RT_ONLY(f, 1, "RT-45", RT_PROJECT, 0); // a remark
    CHECK_EQUAL(reply.ActualBufferSize, 8192);
    ((UCHAR *)reply.BufferAddress)[8191] = 77;
    CHECK_EQUAL(((UCHAR *)rt.pool)[8191], 77);
    client_close(f, pin);
    CHECK(times_called("Free ") == 1);
    ExFreePool(rt.pool);
    rt_reset();
}

static void pool_without_pages(struct fixture *f)
{
    PVOID block = ExAllocatePoolWithTag(NonPagedPool, 8192, 'looP');

    rt.pool = block;
    rt.foreign_mdl = rt.no_such_page = true;
    refused(f, true);
    rt.pool = block;
    rt.foreign_mdl = true;
    rt.actual = 2 * PAGE_SIZE + 64; // beyond the MDL
    refused(f, true);
    ExFreePool(block);
}

PS_TEST(a_buffer_of_the_miniports_own_pool_is_played_from, "RT-45", "RT-47", "RT-49")
{
    run(pool);
    run(pool_without_pages);
}

static void retry(struct fixture *f)
{
    KSRTAUDIO_BUFFER reply;

    pin = rt_pin(f, false);
    rt.actual = 8193;
    CHECK_EQUAL(rt_buffer(f, pin, 8192, &reply), STATUS_UNSUCCESSFUL);
    fixture_forgive(f);
    rt.actual = 0;
    CHECK_EQUAL(rt_buffer(f, pin, 8192, &reply), STATUS_SUCCESS); // a refused buffer is none
    client_close(f, pin);
}

PS_TEST(a_refused_buffer_may_be_asked_for_again, "RT-45", "RT-50")
{
    run(retry);
}

static void no_budget(struct fixture *f)
{
    KSRTAUDIO_BUFFER reply;

    pin = rt_pin(f, false);
    CHECK_EQUAL(rt_buffer(f, pin, 200 * PAGE_SIZE, &reply), STATUS_INSUFFICIENT_RESOURCES);
    CHECK_EQUAL(rt_buffer(f, pin, 20 * PAGE_SIZE, &reply), STATUS_SUCCESS);
    client_close(f, pin);
}

PS_TEST(a_buffer_that_cannot_be_mapped_is_given_back, "RT-42", "RT-45")
{
    struct fixture_options options = {.layout = LAYOUT_SCATTERED, .map_budget = 100};

    rt_reset();
    run_on(&options, no_budget);
}

static void free_at_run(struct rt_stream *stream, KSSTATE state)
{
    if (state == KSSTATE_RUN)
        stream->port->lpVtbl->FreePagesFromMdl(stream->port, stream->mdl);
}

static void early_free(struct fixture *f)
{
    KSRTAUDIO_BUFFER reply = {0};

    pin = rt_pin(f, false);
    CHECK_EQUAL(rt_buffer(f, pin, 8192, &reply), STATUS_SUCCESS);
    rt.on_state = free_at_run;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    RT_ONLY(f, 1, "RT-39", RT_PROJECT, 0);
    CHECK(!readable(reply.BufferAddress)); // nobody else's pages
    client_close(f, pin);                  // not asked to free it once more
    CHECK_EQUAL(fixture_findings(f), 0);
}

PS_TEST(pages_the_client_has_are_not_the_miniports_to_free, "RT-39")
{
    run(early_free);
}

static void kept(struct fixture *f)
{
    KSRTAUDIO_BUFFER reply;

    rt.keep_pages = true;
    pin = rt_pin(f, false);
    CHECK_EQUAL(rt_buffer(f, pin, 8192, &reply), STATUS_SUCCESS);
    client_close(f, pin);
    RT_ONLY(f, 1, "RT-33", RT_VERIFIER, 0x71005);
}

PS_TEST(the_port_frees_nothing_itself, "RT-33", "RT-38")
{
    run(kept);
}

// The device's view of byte `at` of the buffer.
static unsigned char *device_byte(struct fixture *f, ULONG at)
{
    uint64_t page = MmGetMdlPfnArray(rt.stream->mdl)[at / PAGE_SIZE];

    return memory_direct(f->system->machine, page * PAGE_SIZE + at % PAGE_SIZE, 1);
}

static void steady(struct fixture *f)
{
    enum { BYTES = 5 * PAGE_SIZE };
    KSRTAUDIO_BUFFER reply = {0};
    unsigned char *client;
    unsigned from;

    pin = rt_pin(f, false);
    CHECK_EQUAL(rt_buffer(f, pin, BYTES, &reply), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    client = reply.BufferAddress;
    from = rt.call_count;
    for (unsigned lap = 0; lap < 4; lap++)
        for (ULONG at = 0; at < BYTES; at++) {
            client[at] = (unsigned char)(at * 7 + lap);
            CHECK_EQUAL(*device_byte(f, at), (unsigned char)(at * 7 + lap));
        }
    rt_expect(from, ""); // lap after lap, and no code of the driver has run
    client_close(f, pin);
}

PS_TEST(in_steady_run_client_and_device_share_the_buffer_alone, "RT-1")
{
    run(steady);
}

static PHYSICAL_ADDRESS last_address;

static void client_last(struct fixture *f)
{
    KSRTAUDIO_BUFFER reply = {0};
    unsigned char *client;

    rt.contiguous = true;
    rt.offset = 100;
    pin = rt_pin(f, true);
    CHECK_EQUAL(rt_buffer(f, pin, 3 * PAGE_SIZE, &reply), STATUS_SUCCESS);
    client = reply.BufferAddress;
    rt.stream->port->lpVtbl->GetPhysicalPageAddress(rt.stream->port, &last_address, rt.stream->mdl,
                                                    3);
    memset(memory_direct(f->system->machine, (uint64_t)last_address.QuadPart, 100), 0x77, 100);
    CHECK_EQUAL(client[3 * PAGE_SIZE - 1], 0x77); // the device's bytes, where the buffer ends
    client_close(f, pin);
}

PS_TEST(the_buffer_ends_in_the_page_after_its_offset, "RT-2", "RT-47")
{
    run(client_last);
}

// ---- each allocation fails once ----------------------------------------------------------------------------

static void whole_session(struct fixture *f)
{
    struct pin_request request = {.pin = 0};
    KSRTAUDIO_BUFFER reply;
    PFILE_OBJECT file = NULL;
    HANDLE handle = NULL;
    PKEVENT event;

    if (!f->filter || !NT_SUCCESS(client_open(f, &request, &file)))
        return;
    if (NT_SUCCESS(rt_buffer_notified(f, file, 8192, 2, &reply)) &&
        NT_SUCCESS(kernel_event_create(f->system, &event, &handle)))
        add_event(f, file, handle);
    client_state(f, file, KSSTATE_RUN);
    client_close(f, file);
    if (handle)
        ZwClose(handle);
    fixture_forgive(f); // the event is left registered on purpose
}

PS_TEST(each_allocation_of_a_session_may_fail_once, "RT-42", "RT-52")
{
    uint64_t at = 1;

    for (bool failed = true; failed && at < 400; at++) {
        struct fixture_options options = {.layout = LAYOUT_SCATTERED, .start_fails = true,
                                          .fail_at = at};
        struct fixture f;

        rt_reset();
        fixture_open(&f, &options);
        fixture_run(&f, whole_session);
        failed = f.faults.failed != 0;
        fixture_close(&f);
    }
    assert_in_range(at, 20, 399);
}
