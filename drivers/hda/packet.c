/* SPDX-License-Identifier: MIT */
/*
 * Packet mode (RT-90 to RT-97): packet n lies at n modulo the packets in the buffer. Packets are counted by what the
 * hardware moved, whether anybody writes and reads them or not.
 */
#include "stream.h"

static STREAM *from_input(IMiniportWaveRTInputStream *This)
{
    return CONTAINING_RECORD(This, STREAM, input);
}

static STREAM *from_output(IMiniportWaveRTOutputStream *This)
{
    return CONTAINING_RECORD(This, STREAM, output);
}

static ULONGLONG counter_frequency(void)
{
    LARGE_INTEGER frequency;

    KeQueryPerformanceCounter(&frequency);
    return (ULONGLONG)frequency.QuadPart;
}

/* ---- output: writing ------------------------------------------------------------------------------------------ */

/* RT-95. With one packet in the buffer the one in progress is the only one that can be written. */
static NTSTATUS check_number(const STREAM *stream, ULONG number)
{
    ULONG packets = stream->buffer.packets, done = (ULONG)position_packets(stream);
    LONG ahead = (LONG)(number - done);

    if (!stream->attached) /* nothing was played yet */
        return number < packets ? STATUS_SUCCESS : STATUS_DATA_OVERRUN;
    if (ahead < (packets > 1 ? 1 : 0))
        return STATUS_DATA_LATE_ERROR;
    return ahead > (LONG)(packets > 1 ? packets - 1 : 0) ? STATUS_DATA_OVERRUN : STATUS_SUCCESS;
}

static NTSTATUS write_packet(STREAM *stream, ULONG number, BOOLEAN end)
{
    NTSTATUS status;

    if (stream->written_end)
        return STATUS_INVALID_DEVICE_STATE;
    position_update(stream);
    status = check_number(stream, number);
    if (NT_SUCCESS(status))
        stream->written_end = end;
    return status;
}

static NTSTATUS NTAPI packet_set_write(IMiniportWaveRTOutputStream *This, ULONG number, ULONG flags,
                                       ULONG end_bytes)
{
    STREAM *stream = from_output(This);
    BOOLEAN end = (flags & KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM) != 0;
    NTSTATUS status;
    KIRQL irql;

    if (flags & ~(ULONG)KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM || !stream->buffer.packets ||
        (end && end_bytes > buffer_packet_bytes(&stream->buffer)))
        return STATUS_INVALID_PARAMETER;
    KeAcquireSpinLock(&stream->lock, &irql);
    status = write_packet(stream, number, end);
    KeReleaseSpinLock(&stream->lock, irql);
    return status;
}

/* ---- output: positions ----------------------------------------------------------------------------------------- */

static NTSTATUS NTAPI packet_count(IMiniportWaveRTOutputStream *This, ULONG *count)
{
    STREAM *stream = from_output(This);
    KIRQL irql;

    if (!stream->buffer.packets)
        return STATUS_DEVICE_NOT_READY;
    KeAcquireSpinLock(&stream->lock, &irql);
    position_update(stream);
    *count = (ULONG)position_packets(stream);
    KeReleaseSpinLock(&stream->lock, irql);
    return STATUS_SUCCESS;
}

/* What has left the codec. */
static NTSTATUS NTAPI packet_presentation(IMiniportWaveRTOutputStream *This,
                                          KSAUDIO_PRESENTATION_POSITION *position)
{
    STREAM *stream = from_output(This);
    ULONG delay = stream->controller->paths[stream->side].delay;
    ULONGLONG frequency = counter_frequency(), frames;
    KIRQL irql;

    KeAcquireSpinLock(&stream->lock, &irql);
    position_update(stream);
    frames = stream->link.total / stream->format.frame_bytes;
    position->u64PositionInBlocks = frames > delay ? frames - delay : 0;
    position->u64QPCPosition = stream->sampled_at / frequency * 10000000 +
                               stream->sampled_at % frequency * 10000000 / frequency;
    KeReleaseSpinLock(&stream->lock, irql);
    return STATUS_SUCCESS;
}

/* ---- input ---------------------------------------------------------------------------------------------------- */

/* When the first sample of the packet was recorded. */
static ULONGLONG packet_time(const STREAM *stream, ULONGLONG number)
{
    ULONGLONG since = stream->memory.total - number * buffer_packet_bytes(&stream->buffer);
    ULONGLONG rate = stream->format.bytes_per_second, frequency = counter_frequency();

    return stream->sampled_at - (since / rate * frequency + since % rate * frequency / rate);
}

/* The oldest that the hardware is not writing over; what was missed is lost (RT-92). */
static NTSTATUS read_packet(STREAM *stream, ULONG *number, ULONG64 *counter, BOOL *more)
{
    ULONGLONG done = position_packets(stream), next = stream->next_read;
    ULONG kept = stream->buffer.packets > 1 ? stream->buffer.packets - 1 : 1;

    if (next >= done)
        return STATUS_DEVICE_NOT_READY;
    if (next + kept < done)
        next = done - kept;
    stream->next_read = next + 1;
    *number = (ULONG)next;
    *counter = packet_time(stream, next);
    *more = next + 1 < done;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI packet_get_read(IMiniportWaveRTInputStream *This, ULONG *number, ULONG *flags,
                                      ULONG64 *counter, BOOL *more)
{
    STREAM *stream = from_input(This);
    NTSTATUS status;
    KIRQL irql;

    if (!stream->buffer.packets)
        return STATUS_DEVICE_NOT_READY;
    *flags = 0;
    KeAcquireSpinLock(&stream->lock, &irql);
    position_update(stream);
    status = read_packet(stream, number, counter, more);
    KeReleaseSpinLock(&stream->lock, irql);
    return status;
}

/* ---- IUnknown of both --------------------------------------------------------------------------------------------- */

static NTSTATUS NTAPI input_query(IMiniportWaveRTInputStream *This, REFIID iid, PVOID *out)
{
    return stream_find_interface(from_input(This), iid, out);
}

static ULONG NTAPI input_add_ref(IMiniportWaveRTInputStream *This)
{
    return (ULONG)InterlockedIncrement(&from_input(This)->references);
}

static ULONG NTAPI input_release(IMiniportWaveRTInputStream *This)
{
    return stream_drop(from_input(This));
}

static NTSTATUS NTAPI output_query(IMiniportWaveRTOutputStream *This, REFIID iid, PVOID *out)
{
    return stream_find_interface(from_output(This), iid, out);
}

static ULONG NTAPI output_add_ref(IMiniportWaveRTOutputStream *This)
{
    return (ULONG)InterlockedIncrement(&from_output(This)->references);
}

static ULONG NTAPI output_release(IMiniportWaveRTOutputStream *This)
{
    return stream_drop(from_output(This));
}

const IMiniportWaveRTInputStreamVtbl packet_input_vtbl = {
    .QueryInterface = input_query,
    .AddRef = input_add_ref,
    .Release = input_release,
    .GetReadPacket = packet_get_read,
};

const IMiniportWaveRTOutputStreamVtbl packet_output_vtbl = {
    .QueryInterface = output_query,
    .AddRef = output_add_ref,
    .Release = output_release,
    .SetWritePacket = packet_set_write,
    .GetOutputStreamPresentationPosition = packet_presentation,
    .GetPacketCount = packet_count,
};
