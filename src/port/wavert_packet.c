// SPDX-License-Identifier: MIT
//
// Packet mode (RT-90 to RT-98): the miniport counts and numbers packets; the port passes the numbers on and
// reports those that cannot be. PASSIVE_LEVEL, under the device lock or the position lock (RT-87).
#include "port/out.h"
#include "port/wavert.h"

static struct wavert_stream *stream_of(const struct ks_property_request *request)
{
    return request->pin->port;
}

static void forgets(struct wavert_stream *stream, const char *rule, const void *routine,
                    const char *what)
{
    wavert_misuse(stream, rule, 0, routine, "%s as it was", what);
}

static ULONG64 counter_now(void)
{
    return (ULONG64)KeQueryPerformanceCounter(NULL).QuadPart;
}

// RT-93.
static void check_count(struct wavert_stream *stream, ULONG count)
{
    const void *routine = (const void *)(uintptr_t)stream->output->lpVtbl->GetPacketCount;

    if (stream->state == KSSTATE_STOP && count)
        wavert_misuse(stream, "RT-93", 0, routine, "GetPacketCount says %u in STOP", count);
    else if ((LONG)(count - stream->packets) < 0)
        wavert_misuse(stream, "RT-93", 0, routine, "GetPacketCount went back from %u to %u",
                      stream->packets, count);
    stream->packets = count;
}

NTSTATUS wavert_packet_count(struct ks_property_request *request)
{
    struct wavert_stream *stream = stream_of(request);
    unsigned epoch = stream->epoch;
    ULONG count;
    NTSTATUS status;

    if (!stream->output)
        return STATUS_NOT_SUPPORTED;
    out_spoil(&count, sizeof(count));
    WAVERT_CALL(stream, status, stream->output, GetPacketCount, &count);
    if (!NT_SUCCESS(status))
        return status;
    if (OUT_FORGOTTEN(count))
        forgets(stream, "RT-93", (const void *)(uintptr_t)stream->output->lpVtbl->GetPacketCount,
                "GetPacketCount succeeded and left the count");
    if (epoch == stream->epoch) // with the position lock SetState may come in between
        check_count(stream, count);
    return ks_property_reply(request, &count, sizeof(count));
}

static void check_read_written(struct wavert_stream *stream, KSRTAUDIO_GETREADPACKET_INFO *info)
{
    bool number = OUT_FORGOTTEN(info->PacketNumber), flags = OUT_FORGOTTEN(info->Flags),
         time = OUT_FORGOTTEN(info->PerformanceCounterValue), more = OUT_FORGOTTEN(info->MoreData);

    if (number || flags || time || more)
        forgets(stream, "RT-91", (const void *)(uintptr_t)stream->input->lpVtbl->GetReadPacket,
                number  ? "GetReadPacket succeeded and left the packet's number"
                : flags ? "GetReadPacket succeeded and left the flags"
                : time  ? "GetReadPacket succeeded and left the time"
                        : "GetReadPacket succeeded and left MoreData");
}

// RT-91.
static void check_read(struct wavert_stream *stream, const KSRTAUDIO_GETREADPACKET_INFO *info)
{
    const void *routine = (const void *)(uintptr_t)stream->input->lpVtbl->GetReadPacket;

    if (info->Flags)
        wavert_misuse(stream, "RT-91", 0, routine, "GetReadPacket says flags 0x%x", info->Flags);
    if (info->PerformanceCounterValue > counter_now())
        wavert_misuse(stream, "RT-91", 0, routine,
                      "GetReadPacket says that packet %u begins in the future",
                      info->PacketNumber);
    if (stream->packet_seen && (LONG)(info->PacketNumber - stream->packet) <= 0)
        wavert_misuse(stream, "RT-91", 0, routine, "GetReadPacket says packet %u after packet %u",
                      info->PacketNumber, stream->packet);
    stream->packet = info->PacketNumber;
    stream->packet_seen = true;
}

NTSTATUS wavert_packet_read(struct ks_property_request *request)
{
    struct wavert_stream *stream = stream_of(request);
    KSRTAUDIO_GETREADPACKET_INFO info;
    NTSTATUS status;

    if (!stream->input)
        return STATUS_NOT_SUPPORTED;
    out_spoil(&info, sizeof(info));
    WAVERT_CALL(stream, status, stream->input, GetReadPacket, &info.PacketNumber, &info.Flags,
                &info.PerformanceCounterValue, &info.MoreData);
    if (!NT_SUCCESS(status))
        return status;
    check_read_written(stream, &info);
    check_read(stream, &info);
    return ks_property_reply(request, &info, sizeof(info));
}

NTSTATUS wavert_packet_write(struct ks_property_request *request)
{
    const KSRTAUDIO_SETWRITEPACKET_INFO *info = request->value;
    struct wavert_stream *stream = stream_of(request);
    NTSTATUS status;

    if (!stream->output)
        return STATUS_NOT_SUPPORTED;
    WAVERT_CALL(stream, status, stream->output, SetWritePacket, info->PacketNumber, info->Flags,
                info->EosPacketLength);
    if (NT_SUCCESS(status) && info->Flags & ~(ULONG)KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM)
        wavert_misuse(stream, "RT-94", 0,
                      (const void *)(uintptr_t)stream->output->lpVtbl->SetWritePacket,
                      "SetWritePacket accepted flags 0x%x", info->Flags);
    return status;
}

NTSTATUS wavert_presentation(struct ks_property_request *request)
{
    struct wavert_stream *stream = stream_of(request);
    KSAUDIO_PRESENTATION_POSITION position;
    const void *routine;
    NTSTATUS status;

    if (!stream->output)
        return STATUS_NOT_SUPPORTED;
    routine = (const void *)(uintptr_t)stream->output->lpVtbl->GetOutputStreamPresentationPosition;
    out_spoil(&position, sizeof(position));
    WAVERT_CALL(stream, status, stream->output, GetOutputStreamPresentationPosition, &position);
    if (!NT_SUCCESS(status))
        return status;
    if (OUT_FORGOTTEN(position.u64PositionInBlocks))
        forgets(stream, "RT-97", routine,
                "GetOutputStreamPresentationPosition succeeded and left the position");
    if (OUT_FORGOTTEN(position.u64QPCPosition))
        forgets(stream, "RT-97", routine,
                "GetOutputStreamPresentationPosition succeeded and left the time");
    if (position.u64QPCPosition > counter_now())
        wavert_misuse(stream, "RT-97", 0, routine,
                      "GetOutputStreamPresentationPosition says a time in the future");
    return ks_property_reply(request, &position, sizeof(position));
}
