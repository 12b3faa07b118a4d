// SPDX-License-Identifier: MIT
//
// Packets of the client: one KSSTREAM_HEADER over client memory, submitted as IOCTL_KS_WRITE_STREAM or READ_STREAM.
// The record lies in the arena, because the kernel completes into it.
#include <errno.h>

#include "base/status.h"
#include "host/stream.h"

int ps_packet_create(struct ps_stream *stream, size_t bytes, struct ps_packet **out)
{
    struct ps_packet *packet;

    *out = NULL;
    if (!bytes || bytes > (64u << 20))
        return host_error(-EINVAL, "a packet has 1 byte to 64 MiB");
    packet = arena_alloc(stream->system->arena, sizeof(*packet));
    if (!packet)
        return host_error(-ENOMEM, "no memory for a packet");
    packet->data = kernel_user_allocate(stream->system, bytes, STREAM_HIGHEST);
    if (!packet->data) {
        arena_free(stream->system->arena, packet, sizeof(*packet));
        return host_error(-ENOMEM, "no memory for a packet of %zu bytes", bytes);
    }
    packet->stream = stream;
    packet->bytes = bytes;
    *out = packet;
    return 0;
}

void *ps_packet_data(struct ps_packet *packet)
{
    return packet->data;
}

void ps_packet_destroy(struct ps_packet *packet)
{
    if (!packet)
        return;
    kernel_user_free(packet->stream->system, packet->data, packet->bytes);
    arena_free(packet->stream->system->arena, packet, sizeof(*packet));
}

int ps_packet_submit(struct ps_packet *packet, size_t bytes)
{
    struct ps_stream *stream = packet->stream;
    bool play = stream->direction == PS_PLAY;
    KSSTREAM_HEADER *header = &packet->header;
    NTSTATUS status;

    if (packet->submitted || bytes > packet->bytes)
        return host_error(-EINVAL, "the packet is submitted already, or smaller");
    *header = (KSSTREAM_HEADER){.Size = sizeof(*header),
                                .FrameExtent = (ULONG)bytes,
                                .DataUsed = play ? (ULONG)bytes : 0,
                                .Data = packet->data};
    header->PresentationTime.Numerator = header->PresentationTime.Denominator = 1;
    if (packet->end_of_stream)
        header->OptionsFlags |= KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM;
    if (stream->client == PS_CLIENT_LOOPED)
        header->OptionsFlags |= KSSTREAM_HEADER_OPTIONSF_LOOPEDDATA;
    packet->submitted = true;
    status = kernel_control(stream->system, stream->pin,
                            play ? IOCTL_KS_WRITE_STREAM : IOCTL_KS_READ_STREAM, NULL, 0, header,
                            sizeof(*header), &packet->request);
    if (NT_SUCCESS(status))
        return 0;
    packet->submitted = false;
    return host_error(status_to_errno(status), "the pin refused a packet: %s", status_name(status));
}

ptrdiff_t ps_packet_wait(struct ps_packet *packet)
{
    struct kernel_request *request = &packet->request;

    if (!packet->submitted)
        return host_error(-EINVAL, "the packet was not submitted");
    kernel_wait(request);
    packet->submitted = false;
    if (!NT_SUCCESS(request->status))
        return status_to_errno(request->status);
    return packet->stream->direction == PS_PLAY ? (ptrdiff_t)request->information
                                                : (ptrdiff_t)packet->header.DataUsed;
}

int ps_packet_cancel(struct ps_packet *packet)
{
    if (!packet->submitted)
        return host_error(-EINVAL, "the packet was not submitted");
    return kernel_cancel(&packet->request) ? 0 : -EALREADY;
}

void packet_take_back(struct ps_packet *packet)
{
    if (!packet->submitted)
        return;
    ps_packet_cancel(packet);
    ps_packet_wait(packet);
}

// A share of the bytes asked for, in whole frames, or as many milliseconds.
static size_t packet_size(const struct ps_stream *stream, const struct ps_run *run, unsigned packets)
{
    size_t frames = run->buffer_bytes / packets / stream->frame_bytes;

    if (run->buffer_bytes)
        return (frames ? frames : 1) * stream->frame_bytes;
    return stream_bytes(stream, run->packet_ms ? run->packet_ms : 10);
}

int packets_create(struct ps_stream *stream, const struct ps_run *run,
                   struct ps_packet *packets[MOST_PACKETS], unsigned *count)
{
    unsigned wanted = run->packets ? run->packets : 3;
    size_t bytes;

    if (wanted > MOST_PACKETS)
        wanted = MOST_PACKETS;
    bytes = packet_size(stream, run, wanted);
    for (*count = 0; *count < wanted; ++*count) {
        int result = ps_packet_create(stream, bytes, &packets[*count]);

        if (result)
            return result;
    }
    return 0;
}

void packets_destroy(struct ps_packet *packets[], unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        packet_take_back(packets[i]);
        ps_packet_destroy(packets[i]);
    }
}
