// SPDX-License-Identifier: MIT
//
// Stream IRPs: what is accepted, in which state, and how it comes back.
#include "tests/bad_memory.h"
#include "tests/wavepci_fixture.h"

static PFILE_OBJECT pin;
static struct packet packets[4];

static void make_all(struct fixture *f, ULONG bytes)
{
    for (unsigned i = 0; i < 4; i++)
        CHECK(packet_make(f, &packets[i], 1, bytes, 0));
}

static void free_all(struct fixture *f)
{
    for (unsigned i = 0; i < 4; i++)
        packet_free(f, &packets[i]);
}

static void run(void (*scenario)(struct fixture *f))
{
    struct fixture f;

    fixture_open(&f, NULL);
    fixture_run(&f, scenario);
    fixture_close(&f);
}

PS_TEST(codes_and_layouts_are_windows_own, "KP-30", "KP-32", "KP-33", "KP-10")
{
    assert_int_equal(IOCTL_KS_PROPERTY, 0x2f0003);
    assert_int_equal(IOCTL_KS_ENABLE_EVENT, 0x2f0007);
    assert_int_equal(IOCTL_KS_DISABLE_EVENT, 0x2f000b);
    assert_int_equal(IOCTL_KS_METHOD, 0x2f000f);
    assert_int_equal(IOCTL_KS_WRITE_STREAM, 0x2f8013);
    assert_int_equal(IOCTL_KS_READ_STREAM, 0x2f4017);
    assert_int_equal(IOCTL_KS_RESET_STATE, 0x2f001b);
    assert_int_equal(IOCTL_KS_HANDSHAKE, 0x2f001f);
    assert_int_equal(sizeof(KSSTREAM_HEADER), 56);
    assert_int_equal(offsetof(KSSTREAM_HEADER, FrameExtent), 32);
    assert_int_equal(offsetof(KSSTREAM_HEADER, Data), 40);
    assert_int_equal(offsetof(KSSTREAM_HEADER, OptionsFlags), 48);
    assert_int_equal(KSSTREAM_HEADER_OPTIONSF_TYPECHANGED, 8);
    assert_int_equal(KSSTREAM_HEADER_OPTIONSF_FLUSHONPAUSE, 0x80);
    assert_int_equal(KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM, 0x200);
    assert_int_equal((ULONG)KSSTREAM_HEADER_OPTIONSF_LOOPEDDATA, 0x80000000u);
    assert_int_equal(KSSTATE_STOP, 0);
    assert_int_equal(KSSTATE_RUN, 3);
}

static NTSTATUS send(struct fixture *f, void *headers, ULONG bytes, ULONG code)
{
    struct kernel_request request = {.complete = NULL};

    kernel_control(f->system, pin, code, NULL, 0, headers, bytes, &request);
    kernel_wait(&request);
    CHECK_EQUAL(request.information, 0);
    return request.status;
}

static NTSTATUS refused_header(struct fixture *f, KSSTREAM_HEADER header)
{
    return send(f, &header, sizeof(header), IOCTL_KS_WRITE_STREAM);
}

static void bad_sizes(struct fixture *f)
{
    KSSTREAM_HEADER headers[2];

    make_all(f, 1920);
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    headers[0] = headers[1] = packets[0].headers[0];
    CHECK_EQUAL(send(f, headers, 0, IOCTL_KS_WRITE_STREAM), STATUS_INVALID_BUFFER_SIZE);
    CHECK_EQUAL(send(f, headers, 55, IOCTL_KS_WRITE_STREAM), STATUS_INVALID_BUFFER_SIZE);
    CHECK_EQUAL(send(f, headers, 57, IOCTL_KS_WRITE_STREAM), STATUS_INVALID_BUFFER_SIZE);
    CHECK_EQUAL(send(f, NULL, 56, IOCTL_KS_WRITE_STREAM), STATUS_ACCESS_VIOLATION);
    headers[0].Size = 55;
    CHECK_EQUAL(send(f, headers, 56, IOCTL_KS_WRITE_STREAM), STATUS_INVALID_BUFFER_SIZE);
    headers[0].Size = 56;
    headers[1].Size = 64;
    CHECK_EQUAL(send(f, headers, 112, IOCTL_KS_WRITE_STREAM), STATUS_INVALID_BUFFER_SIZE);
    CHECK_EQUAL(send(f, &packets[0].headers[0], 56, IOCTL_KS_READ_STREAM),
                STATUS_INVALID_DEVICE_REQUEST);
    client_close(f, pin);
    free_all(f);
}

PS_TEST(sizes_and_direction_are_checked, "KP-31", "KP-36", "KP-37")
{
    run(bad_sizes);
}

static void bad_pointers(struct fixture *f)
{
    struct bad_memory memory = bad_memory_make();
    KSSTREAM_HEADER headers[2], *header;
    void *ours;

    make_all(f, 1920);
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    headers[0] = headers[1] = packets[0].headers[0];
    CHECK_EQUAL(send(f, BAD_ADDRESS, 56, IOCTL_KS_WRITE_STREAM), STATUS_ACCESS_VIOLATION);
    CHECK_EQUAL(send(f, (void *)~(uintptr_t)15, 56, IOCTL_KS_WRITE_STREAM), STATUS_ACCESS_VIOLATION);
    header = bad_memory_copy(&memory, headers, 55); // the last byte is not there
    CHECK_EQUAL(send(f, header, 56, IOCTL_KS_WRITE_STREAM), STATUS_ACCESS_VIOLATION);
    header = bad_memory_copy(&memory, headers, 56); // nor the second header
    CHECK_EQUAL(send(f, header, 112, IOCTL_KS_WRITE_STREAM), STATUS_ACCESS_VIOLATION);
    ours = ExAllocatePoolWithTag(NonPagedPool, 4096, 'tseT'); // memory, but not the client's
    headers[0].Data = ours;
    CHECK_EQUAL(refused_header(f, headers[0]), STATUS_ACCESS_VIOLATION);
    ExFreePool(ours);
    CHECK_EQUAL(kernel_control_wait(f->system, pin, IOCTL_KS_RESET_STATE, BAD_ADDRESS, 4, NULL, 0, NULL),
                STATUS_ACCESS_VIOLATION);
    client_close(f, pin);
    free_all(f);
    bad_memory_free(&memory);
}

PS_TEST(bad_addresses_are_access_violations, "KP-37")
{
    run(bad_pointers);
}

// The client frees its headers while they are queued: what was captured has nowhere to be told.
static void headers_go(struct fixture *f)
{
    struct bad_memory memory = bad_memory_make();
    struct kernel_request request = {.complete = NULL};
    KSSTREAM_HEADER *header;

    make_all(f, 1920);
    header = bad_memory_copy(&memory, packets[0].headers, sizeof(*header));
    header->DataUsed = 0;
    pin = client_pin(f, 1, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(kernel_control(f->system, pin, IOCTL_KS_READ_STREAM, NULL, 0, header, sizeof(*header),
                               &request),
                STATUS_PENDING);
    bad_memory_free(&memory);
    mini_take_all(mini.stream);
    mini_release_all(mini.stream);
    kernel_wait(&request);
    CHECK_EQUAL(request.status, STATUS_ACCESS_VIOLATION);
    CHECK_EQUAL(request.information, 0);
    client_close(f, pin);
    free_all(f);
}

PS_TEST(a_read_whose_headers_are_gone_is_an_access_violation, "KP-35", "KP-37")
{
    run(headers_go);
}

static void bad_headers(struct fixture *f)
{
    KSSTREAM_HEADER header;

    make_all(f, 1920);
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    header = packets[0].headers[0];
    header.DataUsed = header.FrameExtent + 1;
    CHECK_EQUAL(refused_header(f, header), STATUS_INVALID_PARAMETER);
    header = packets[0].headers[0];
    header.Data = NULL;
    CHECK_EQUAL(refused_header(f, header), STATUS_ACCESS_VIOLATION);
    header.Data = (PVOID)0x1000;
    CHECK_EQUAL(refused_header(f, header), STATUS_ACCESS_VIOLATION);
    header = packets[0].headers[0];
    header.DataUsed = header.FrameExtent = 1 << 20; // far beyond the client's buffer
    CHECK_EQUAL(refused_header(f, header), STATUS_ACCESS_VIOLATION);
    header = packets[0].headers[0];
    header.OptionsFlags = KSSTREAM_HEADER_OPTIONSF_TIMEVALID;
    header.PresentationTime.Denominator = 0;
    CHECK_EQUAL(refused_header(f, header), STATUS_INVALID_PARAMETER);
    header = packets[0].headers[0];
    header.OptionsFlags = KSSTREAM_HEADER_OPTIONSF_TYPECHANGED;
    CHECK_EQUAL(refused_header(f, header), STATUS_NOT_SUPPORTED);
    client_close(f, pin);
    pin = client_pin(f, 1, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    header = packets[0].headers[0];
    CHECK_EQUAL(send(f, &header, 56, IOCTL_KS_READ_STREAM), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(send(f, &header, 56, IOCTL_KS_WRITE_STREAM), STATUS_INVALID_DEVICE_REQUEST);
    client_close(f, pin);
    free_all(f);
}

PS_TEST(headers_are_checked, "KP-32", "KP-37", "KP-43")
{
    run(bad_headers);
}

static void by_state(struct fixture *f)
{
    make_all(f, 1920);
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(packet_write(f, pin, &packets[0]), STATUS_INVALID_DEVICE_STATE);
    for (int state = KSSTATE_ACQUIRE; state <= KSSTATE_RUN; state++) {
        CHECK_EQUAL(client_state(f, pin, (KSSTATE)state), STATUS_SUCCESS);
        CHECK_EQUAL(packet_write(f, pin, &packets[state]), STATUS_PENDING);
        CHECK(!packets[state].request.done);
    }
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    for (int state = KSSTATE_ACQUIRE; state <= KSSTATE_RUN; state++)
        CHECK(packets[state].request.done);
    CHECK_EQUAL(packet_write(f, pin, &packets[0]), STATUS_INVALID_DEVICE_STATE);
    client_close(f, pin);
    free_all(f);
}

PS_TEST(packets_are_taken_in_all_states_but_stop, "KP-38", "KP-39", "KP-15")
{
    run(by_state);
}

static void play_three(struct fixture *f)
{
    make_all(f, 1920);
    pin = client_pin(f, 0, false);
    mini.greedy = true;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(packet_write(f, pin, &packets[i]), STATUS_PENDING);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(!packets[i].request.done);
        CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
        kernel_wait(&packets[i].request);
        CHECK_EQUAL(packets[i].request.status, STATUS_SUCCESS);
        CHECK_EQUAL(packets[i].request.information, 1920);
        CHECK_EQUAL(packets[i].headers[0].DataUsed, 1920); // not modified
    }
    client_close(f, pin);
    free_all(f);
}

PS_TEST(a_write_comes_back_with_the_bytes_written, "KP-34", "KP-48", "KP-54", "WP-40")
{
    run(play_three);
}

static void record_two_headers(struct fixture *f)
{
    struct packet packet;

    CHECK(packet_make(f, &packet, 2, 1000, 100));
    pin = client_pin(f, 1, false);
    mini.greedy = true;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(packet_read(f, pin, &packet), STATUS_PENDING);
    CHECK_EQUAL(mini.stream->count, 2);
    mini_release_all(mini.stream);
    kernel_wait(&packet.request);
    CHECK_EQUAL(packet.request.status, STATUS_SUCCESS);
    CHECK_EQUAL(packet.request.information, 2 * sizeof(KSSTREAM_HEADER));
    CHECK_EQUAL(packet.headers[0].DataUsed, 1000);
    CHECK_EQUAL(packet.headers[1].DataUsed, 1000);
    client_close(f, pin);
    packet_free(f, &packet);
}

PS_TEST(a_read_comes_back_with_its_headers, "KP-31", "KP-35", "WP-42")
{
    run(record_two_headers);
}

static void empty_packets(struct fixture *f)
{
    struct packet empty = {.count = 1};

    make_all(f, 1920);
    empty.headers[0].Size = sizeof(KSSTREAM_HEADER);
    empty.headers[0].OptionsFlags = KSSTREAM_HEADER_OPTIONSF_DATADISCONTINUITY;
    pin = client_pin(f, 0, false);
    mini.greedy = true;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(packet_write(f, pin, &packets[0]), STATUS_PENDING);
    CHECK_EQUAL(packet_write(f, pin, &empty), STATUS_PENDING);
    CHECK_EQUAL(packet_write(f, pin, &packets[1]), STATUS_PENDING);
    CHECK(!empty.request.done);
    CHECK_EQUAL(mini.stream->count, 2);
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
    kernel_wait(&empty.request); // in turn: right behind the first
    CHECK_EQUAL(empty.request.status, STATUS_SUCCESS);
    CHECK_EQUAL(empty.request.information, 0);
    CHECK(!packets[1].request.done);
    client_close(f, pin);
    free_all(f);
}

PS_TEST(empty_packets_complete_in_turn_without_a_mapping, "KP-41")
{
    run(empty_packets);
}

// ---- STOP, PAUSE -----------------------------------------------------------------------------------------

static void stop_render(struct fixture *f)
{
    struct packet big;

    make_all(f, 1920);
    CHECK(packet_make(f, &big, 2, 500, 0));
    pin = client_pin(f, 0, false);
    mini.greedy = true;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(packet_write(f, pin, &packets[0]), STATUS_PENDING);
    CHECK_EQUAL(packet_write(f, pin, &big), STATUS_PENDING);
    CHECK_EQUAL(packet_write(f, pin, &packets[1]), STATUS_PENDING);
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS); // packets[0]: fully consumed
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS); // half of big
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    CHECK_EQUAL(packets[0].request.status, STATUS_SUCCESS);
    CHECK_EQUAL(packets[0].request.information, 1920);
    CHECK_EQUAL(big.request.status, STATUS_CANCELLED); // partly played
    CHECK_EQUAL(big.request.information, 0);
    CHECK_EQUAL(packets[1].request.status, STATUS_CANCELLED); // untouched
    CHECK_EQUAL(packets[1].request.information, 0);
    client_close(f, pin);
    packet_free(f, &big);
    free_all(f);
}

PS_TEST(stop_completes_what_is_left_of_a_render_stream, "KP-44", "WP-64")
{
    run(stop_render);
}

static void stop_capture(struct fixture *f)
{
    struct packet big;

    make_all(f, 1920);
    CHECK(packet_make(f, &big, 2, 500, 0));
    pin = client_pin(f, 1, false);
    mini.greedy = true;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(packet_read(f, pin, &big), STATUS_PENDING);
    CHECK_EQUAL(packet_read(f, pin, &packets[1]), STATUS_PENDING);
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    CHECK_EQUAL(big.request.status, STATUS_SUCCESS);
    CHECK_EQUAL(big.request.information, 2 * sizeof(KSSTREAM_HEADER));
    CHECK_EQUAL(big.headers[0].DataUsed, 500);
    CHECK_EQUAL(big.headers[1].DataUsed, 0);
    CHECK_EQUAL(packets[1].request.status, STATUS_SUCCESS);
    CHECK_EQUAL(packets[1].headers[0].DataUsed, 0);
    client_close(f, pin);
    packet_free(f, &big);
    free_all(f);
}

PS_TEST(stop_hands_back_what_was_captured, "KP-44", "WP-43")
{
    run(stop_capture);
}

static void flush_on_pause(struct fixture *f)
{
    make_all(f, 1920);
    packets[1].headers[0].OptionsFlags = KSSTREAM_HEADER_OPTIONSF_FLUSHONPAUSE;
    pin = client_pin(f, 0, false);
    mini.greedy = true;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(packet_write(f, pin, &packets[i]), STATUS_PENDING);
    CHECK_EQUAL(mini.stream->count, 3);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CHECK(!packets[0].request.done && packets[1].request.done && !packets[2].request.done);
    CHECK_EQUAL(packets[1].request.status, STATUS_SUCCESS);
    CHECK_EQUAL(packets[1].request.information, 0); // nothing of it was played
    CHECK_EQUAL(mini.stream->count, 2);
    client_close(f, pin);
    free_all(f);
}

PS_TEST(flushonpause_packets_end_with_what_they_hold, "KP-45", "WP-63")
{
    run(flush_on_pause);
}

static void end_of_stream(struct fixture *f)
{
    KSEVENTDATA data = {0};
    KSEVENT event;
    PKEVENT fired;

    make_all(f, 1920);
    CHECK_EQUAL(kernel_event_create(f->system, &fired, &data.EventHandle.Event), STATUS_SUCCESS);
    data.NotificationType = KSEVENTF_EVENT_HANDLE;
    memset(&event, 0, sizeof(event));
    event.Set = KSEVENTSETID_Connection;
    event.Id = KSEVENT_CONNECTION_ENDOFSTREAM;
    event.Flags = KSEVENT_TYPE_ENABLE;
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(kernel_control_wait(f->system, pin, IOCTL_KS_ENABLE_EVENT, &event, sizeof(event),
                                    &data, sizeof(data), NULL),
                STATUS_SUCCESS);
    mini.greedy = true;
    packets[1].headers[0].OptionsFlags = KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM;
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    for (unsigned i = 0; i < 2; i++)
        CHECK_EQUAL(packet_write(f, pin, &packets[i]), STATUS_PENDING);
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
    CHECK_EQUAL(KeReadStateEvent(fired), 0);
    CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
    CHECK(KeReadStateEvent(fired) != 0);
    ZwClose(data.EventHandle.Event);
    client_close(f, pin);
    free_all(f);
}

PS_TEST(the_end_of_the_stream_is_an_event, "KP-42")
{
    run(end_of_stream);
}

// ---- looped streaming ------------------------------------------------------------------------------------

static void looped(struct fixture *f)
{
    make_all(f, 8192);
    pin = client_pin(f, 0, true);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(packet_write(f, pin, &packets[0]), STATUS_PENDING);
    CHECK_EQUAL(packet_write(f, pin, &packets[1]), STATUS_INVALID_DEVICE_REQUEST); // one only
    for (unsigned lap = 0; lap < 5; lap++) {
        ULONG bytes = 0;
        struct held held;

        do {
            CHECK(mini_get(mini.stream, &held));
            CHECK(!memcmp(held.virtual_address, packets[0].data + bytes, held.bytes));
            bytes += held.bytes;
            CHECK_EQUAL(held.flags != 0, bytes == 8192); // at the end of every lap
            CHECK_EQUAL(mini_release_oldest(mini.stream), STATUS_SUCCESS);
        } while (bytes < 8192);
    }
    CHECK(!packets[0].request.done);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_STOP), STATUS_SUCCESS);
    CHECK_EQUAL(packets[0].request.status, STATUS_SUCCESS);
    CHECK_EQUAL(packets[0].request.information, 8192);
    client_close(f, pin);
    free_all(f);
}

PS_TEST(a_looped_pin_goes_round_until_stop, "KP-50", "KP-51", "KP-52", "KP-44", "WP-27", "WP-87")
{
    run(looped);
}

static void looped_by_header(struct fixture *f)
{
    struct held held;

    make_all(f, 1000);
    packets[0].headers[0].OptionsFlags = KSSTREAM_HEADER_OPTIONSF_LOOPEDDATA;
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    CHECK_EQUAL(packet_write(f, pin, &packets[0]), STATUS_PENDING);
    for (unsigned lap = 0; lap < 3; lap++)
        CHECK(mini_get(mini.stream, &held));
    CHECK_EQUAL(mini.stream->count, 3); // two and more mappings of the same bytes may be held
    CHECK(kernel_cancel(&packets[0].request)); // KP-53
    kernel_wait(&packets[0].request);
    CHECK_EQUAL(packets[0].request.status, STATUS_CANCELLED);
    CHECK_EQUAL(mini.stream->count, 0);
    client_close(f, pin);
    free_all(f);
}

PS_TEST(a_looped_header_loops_and_can_be_cancelled, "KP-51", "KP-53", "WP-27")
{
    run(looped_by_header);
}

static void looped_two_headers(struct fixture *f)
{
    struct packet two;

    CHECK(packet_make(f, &two, 2, 1000, 0));
    pin = client_pin(f, 0, true);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CHECK_EQUAL(packet_write(f, pin, &two), STATUS_INVALID_DEVICE_REQUEST);
    client_close(f, pin);
    packet_free(f, &two);
}

PS_TEST(a_looped_packet_has_one_header, "KP-52")
{
    run(looped_two_headers);
}

// ---- reset -------------------------------------------------------------------------------------------------

static NTSTATUS reset(struct fixture *f, ULONG value)
{
    return kernel_control_wait(f->system, pin, IOCTL_KS_RESET_STATE, &value, sizeof(value), NULL, 0,
                               NULL);
}

static void resets(struct fixture *f)
{
    make_all(f, 1920);
    pin = client_pin(f, 0, false);
    CHECK_EQUAL(client_state(f, pin, KSSTATE_RUN), STATUS_SUCCESS);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(packet_write(f, pin, &packets[i]), STATUS_PENDING);
    CHECK(mini_get(mini.stream, NULL)); // one held, two queued
    CHECK_EQUAL(reset(f, KSRESET_BEGIN), STATUS_SUCCESS);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(packets[i].request.status, STATUS_CANCELLED);
    CHECK_EQUAL(mini.stream->count, 0); // revoked
    CHECK_EQUAL(packet_write(f, pin, &packets[0]), STATUS_DEVICE_NOT_READY);
    CHECK_EQUAL(reset(f, KSRESET_BEGIN), STATUS_SUCCESS); // again: no effect
    CHECK_EQUAL(client_state(f, pin, KSSTATE_PAUSE), STATUS_SUCCESS);
    CHECK_EQUAL(packet_write(f, pin, &packets[0]), STATUS_DEVICE_NOT_READY); // states do not end it
    CHECK_EQUAL(reset(f, KSRESET_END), STATUS_SUCCESS);
    CHECK_EQUAL(reset(f, KSRESET_END), STATUS_SUCCESS);
    CHECK_EQUAL(packet_write(f, pin, &packets[0]), STATUS_PENDING);
    CHECK_EQUAL(reset(f, 2), STATUS_INVALID_PARAMETER);
    client_close(f, pin);
    free_all(f);
}

PS_TEST(reset_cancels_and_keeps_new_packets_out, "KP-56")
{
    run(resets);
}
