// SPDX-License-Identifier: MIT
//
// What a WaveRT pin has for its client: buffer, latency, events, packets; see <portside/rt.h>. Properties of
// KSPROPSETID_RtAudio, as a client of Windows' would send them.
#include <errno.h>

#include "base/status.h"
#include "host/stream.h"

static KSPROPERTY rt_request(ULONG id, ULONG flags)
{
    return (KSPROPERTY){.Set = KSPROPSETID_RtAudio, .Id = id, .Flags = flags};
}

static NTSTATUS get(struct ps_stream *stream, ULONG id, void *value, size_t bytes)
{
    KSPROPERTY request = rt_request(id, KSPROPERTY_TYPE_GET);

    return stream_property(stream, &request, sizeof(request), value, bytes);
}

static int failed(NTSTATUS status, const char *what)
{
    return host_error(status_to_errno(status), "%s: %s", what, status_name(status));
}

bool rt_supported(struct ps_stream *stream, bool *notifies)
{
    BOOL offered = FALSE;
    NTSTATUS status = get(stream, KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT, &offered,
                          sizeof(offered));

    *notifies = NT_SUCCESS(status) && offered;
    return NT_SUCCESS(status);
}

// A miniport with packets may have reasons to say none now; one without has no such interface (RT-98).
bool rt_has_packets(struct ps_stream *stream)
{
    KSRTAUDIO_GETREADPACKET_INFO info;
    ULONG count;
    NTSTATUS status =
        stream->direction == PS_PLAY
            ? get(stream, KSPROPERTY_RTAUDIO_PACKETCOUNT, &count, sizeof(count))
            : get(stream, KSPROPERTY_RTAUDIO_GETREADPACKET, &info, sizeof(info));

    return status != STATUS_NOT_SUPPORTED;
}

// ---- the buffer --------------------------------------------------------------------------------------------

int ps_buffer_create(struct ps_stream *stream, uint32_t bytes, unsigned notifications,
                     struct ps_buffer *out)
{
    KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION request = {
        .Property = rt_request(notifications ? KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION
                                             : KSPROPERTY_RTAUDIO_BUFFER,
                               KSPROPERTY_TYPE_GET),
        .RequestedBufferSize = bytes,
        .NotificationCount = notifications,
    };
    size_t request_bytes = notifications ? sizeof(request) : sizeof(KSRTAUDIO_BUFFER_PROPERTY);
    KSRTAUDIO_BUFFER reply = {0};
    NTSTATUS status =
        stream_property(stream, &request.Property, request_bytes, &reply, sizeof(reply));

    *out = (struct ps_buffer){reply.BufferAddress, reply.ActualBufferSize,
                              reply.CallMemoryBarrier};
    if (!NT_SUCCESS(status))
        return host_error(status_to_errno(status), "a buffer of %u bytes: %s", bytes,
                          status_name(status));
    return 0;
}

void ps_buffer_sync(struct ps_stream *stream)
{
    device_sync_all(stream->system->machine);
}

int ps_stream_latency(struct ps_stream *stream, struct ps_latency *out)
{
    KSRTAUDIO_HWLATENCY latency = {0};
    NTSTATUS status = get(stream, KSPROPERTY_RTAUDIO_HWLATENCY, &latency, sizeof(latency));

    *out = (struct ps_latency){latency.FifoSize, latency.ChipsetDelay, latency.CodecDelay};
    return NT_SUCCESS(status) ? 0 : failed(status, "the latency");
}

// ---- registers -----------------------------------------------------------------------------------------------

int ps_register_map(struct ps_stream *stream, enum ps_register which, struct ps_register_info *out)
{
    KSRTAUDIO_HWREGISTER_PROPERTY request = {
        .Property = rt_request(which == PS_REGISTER_CLOCK ? KSPROPERTY_RTAUDIO_CLOCKREGISTER
                                                          : KSPROPERTY_RTAUDIO_POSITIONREGISTER,
                               KSPROPERTY_TYPE_GET),
    };
    KSRTAUDIO_HWREGISTER reply = {0};
    NTSTATUS status =
        stream_property(stream, &request.Property, sizeof(request), &reply, sizeof(reply));

    *out = (struct ps_register_info){reply.Register, reply.Width, reply.Numerator,
                                     reply.Denominator, reply.Accuracy};
    return NT_SUCCESS(status) ? 0 : failed(status, "a hardware register");
}

uint64_t ps_register_read(struct ps_stream *stream, const struct ps_register_info *info)
{
    volatile ULONG *half = (volatile ULONG *)(uintptr_t)info->address;
    ULONG low, high, before;

    ps_buffer_sync(stream); // it may be a word of memory that the device writes
    low = READ_REGISTER_ULONG(half);
    if (info->bits == 32)
        return low;
    high = READ_REGISTER_ULONG(half + 1);
    do { // until the low half did not run over in between
        before = high;
        low = READ_REGISTER_ULONG(half);
        high = READ_REGISTER_ULONG(half + 1);
    } while (high != before);
    return (uint64_t)high << 32 | low;
}

// ---- events --------------------------------------------------------------------------------------------------

struct ps_event {
    struct ps_stream *stream;
    PKEVENT event;
    HANDLE handle;
};

static NTSTATUS tell_event(struct ps_event *event, ULONG id)
{
    KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY request = {
        .Property = rt_request(id, KSPROPERTY_TYPE_SET),
        .NotificationEvent = event->handle,
    };

    return stream_property(event->stream, &request.Property, sizeof(request), NULL, 0);
}

static void event_free(struct ps_event *event)
{
    if (event->handle)
        ZwClose(event->handle);
    arena_free(event->stream->system->arena, event, sizeof(*event));
}

int ps_event_create(struct ps_stream *stream, struct ps_event **out)
{
    struct ps_event *event = arena_alloc(stream->system->arena, sizeof(*event));
    NTSTATUS status;

    *out = NULL;
    if (!event)
        return host_error(-ENOMEM, "no memory for an event");
    event->stream = stream;
    status = kernel_event_create(stream->system, &event->event, &event->handle);
    if (NT_SUCCESS(status))
        status = tell_event(event, KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT);
    if (!NT_SUCCESS(status)) {
        event_free(event);
        return failed(status, "a notification event");
    }
    *out = event;
    return 0;
}

int ps_event_wait(struct ps_event *event, uint64_t timeout_ns)
{
    LARGE_INTEGER timeout = {.QuadPart = -(LONGLONG)(timeout_ns / 100)};
    NTSTATUS status =
        KeWaitForSingleObject(event->event, UserRequest, KernelMode, FALSE, &timeout);

    if (status == STATUS_TIMEOUT)
        return host_error(-ETIMEDOUT, "no notification came within %llu ms",
                          (unsigned long long)(timeout_ns / 1000000));
    return 0;
}

// Giving back must get through, as closing does: its requests are no fault sites.
void ps_event_destroy(struct ps_event *event)
{
    struct fault_plan *plan;

    if (!event)
        return;
    plan = event->stream->system->fault;
    event->stream->system->fault = NULL;
    tell_event(event, KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT);
    event->stream->system->fault = plan;
    event_free(event);
}

// ---- packets -------------------------------------------------------------------------------------------------

int ps_packet_count(struct ps_stream *stream, uint32_t *count)
{
    ULONG value = 0;
    NTSTATUS status = get(stream, KSPROPERTY_RTAUDIO_PACKETCOUNT, &value, sizeof(value));

    *count = value;
    return NT_SUCCESS(status) ? 0 : failed(status, "the packet count");
}

int ps_packet_written(struct ps_stream *stream, uint32_t number, bool last, uint32_t last_bytes)
{
    KSPROPERTY request = rt_request(KSPROPERTY_RTAUDIO_SETWRITEPACKET, KSPROPERTY_TYPE_SET);
    KSRTAUDIO_SETWRITEPACKET_INFO info = {
        .PacketNumber = number,
        .Flags = last ? KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM : 0,
        .EosPacketLength = last ? last_bytes : 0,
    };
    NTSTATUS status = stream_property(stream, &request, sizeof(request), &info, sizeof(info));

    if (!NT_SUCCESS(status))
        return host_error(status_to_errno(status), "packet %u: %s", number, status_name(status));
    return 0;
}

int ps_packet_read(struct ps_stream *stream, struct ps_read_packet *out)
{
    KSRTAUDIO_GETREADPACKET_INFO info = {0};
    NTSTATUS status = get(stream, KSPROPERTY_RTAUDIO_GETREADPACKET, &info, sizeof(info));

    *out = (struct ps_read_packet){info.PacketNumber, info.PerformanceCounterValue, info.MoreData};
    return NT_SUCCESS(status) ? 0 : failed(status, "reading a packet");
}

int ps_stream_presentation(struct ps_stream *stream, uint64_t *frames, uint64_t *time)
{
    KSAUDIO_PRESENTATION_POSITION position = {0};
    NTSTATUS status =
        get(stream, KSPROPERTY_RTAUDIO_PRESENTATION_POSITION, &position, sizeof(position));

    *frames = position.u64PositionInBlocks;
    *time = position.u64QPCPosition;
    return NT_SUCCESS(status) ? 0 : failed(status, "the presentation position");
}
