/* SPDX-License-Identifier: MIT */
/*
 * Positions. Two cursors follow the hardware: the link's (LPIB), where sound is played and recorded, and memory's (the
 * position word), where it is fetched and stored. They differ by what lies in the FIFO (HD-66). Each counts on over the
 * laps, never goes back (HD-193), and is looked at twice a lap at least, in the DPC. A position word that the hardware
 * does not keep is done without (HD-180).
 */
#include "stream.h"

void position_reset(STREAM *stream)
{
    RtlZeroMemory(&stream->link, sizeof(stream->link));
    RtlZeroMemory(&stream->memory, sizeof(stream->memory));
    stream->sampled_at = (ULONGLONG)KeQueryPerformanceCounter(NULL).QuadPart;
    stream->signalled = stream->next_read = 0;
    stream->running = stream->written_end = FALSE;
}

/* ---- cursors ----------------------------------------------------------------------------------------------- */

static void advance(CURSOR *cursor, ULONG step, ULONG bytes)
{
    cursor->offset = (cursor->offset + step) % bytes;
    cursor->total += step;
}

/* A little back is jitter of less than a FIFO, not nearly a lap forward. */
static void follow(const STREAM *stream, CURSOR *cursor, ULONG offset)
{
    ULONG bytes = stream->buffer.bytes, jitter = stream->fifo_bytes, step;

    if (offset >= bytes) /* LPIB may read as the length for a moment (HD-41) */
        offset = 0;
    if (jitter > bytes / 4)
        jitter = bytes / 4;
    step = (offset + bytes - cursor->offset) % bytes;
    if (step < bytes - jitter)
        advance(cursor, step, bytes);
}

/* The word may be 0 or all ones for ever: it counts from the first time that it is neither. */
static BOOLEAN word_counts(STREAM *stream, ULONG word)
{
    if (word && word < stream->buffer.bytes)
        stream->word_works = TRUE;
    return stream->word_works;
}

/* Memory's cursor without a word of its own: fetched is what was played, stored what no FIFO can hold any more. */
static void guess_memory(STREAM *stream)
{
    ULONGLONG total = stream->link.total;

    if (stream->side == SIDE_CAPTURE)
        total = total > stream->fifo_bytes ? total - stream->fifo_bytes : 0;
    if (total > stream->memory.total)
        advance(&stream->memory, (ULONG)(total - stream->memory.total), stream->buffer.bytes);
}

/* Sound is fetched before it is played, and recorded before it is stored. */
static void keep_order(STREAM *stream)
{
    if (stream->side == SIDE_RENDER && stream->memory.total < stream->link.total)
        stream->memory = stream->link;
    if (stream->side == SIDE_CAPTURE && stream->link.total < stream->memory.total)
        stream->link = stream->memory;
}

void position_update(STREAM *stream)
{
    ULONG link, word;

    if (!stream->running)
        return;
    word = engine_memory_position(stream->engine);
    link = engine_link_position(stream->engine);
    if (link == ALL_ONES) /* the device is gone */
        return;
    follow(stream, &stream->link, link);
    if (word_counts(stream, word))
        follow(stream, &stream->memory, word);
    else
        guess_memory(stream);
    keep_order(stream);
    stream->sampled_at = (ULONGLONG)KeQueryPerformanceCounter(NULL).QuadPart;
}

/* ---- packets ------------------------------------------------------------------------------------------------- */

ULONGLONG position_packets(const STREAM *stream)
{
    ULONGLONG done = stream->memory.total / buffer_packet_bytes(&stream->buffer);

    return done > stream->signalled ? done : stream->signalled;
}

ULONG position_slack(const STREAM *stream)
{
    ULONG slack = stream->fifo_bytes + 32 * stream->format.frame_bytes;
    ULONG most = buffer_packet_bytes(&stream->buffer) / 2;

    return slack < most ? slack : most;
}

/* ---- for the port ---------------------------------------------------------------------------------------------- */

/* How far the client must stay ahead: of what was fetched, or may have been. */
static ULONG fetched(const STREAM *stream)
{
    if (stream->word_works || !stream->link.total)
        return stream->memory.offset;
    return (stream->link.offset + stream->fifo_bytes) % stream->buffer.bytes;
}

NTSTATUS NTAPI position_get(IMiniportWaveRTStreamNotification *This, PKSAUDIO_POSITION position)
{
    STREAM *stream = stream_from(This);
    KIRQL irql;

    KeAcquireSpinLock(&stream->lock, &irql);
    position_update(stream);
    if (stream->side == SIDE_RENDER) {
        position->PlayOffset = stream->link.offset;
        position->WriteOffset = fetched(stream);
    } else {
        position->PlayOffset = position->WriteOffset = stream->memory.offset;
    }
    KeReleaseSpinLock(&stream->lock, irql);
    return STATUS_SUCCESS;
}

VOID NTAPI position_latency(IMiniportWaveRTStreamNotification *This, KSRTAUDIO_HWLATENCY *latency)
{
    STREAM *stream = stream_from(This);
    const PATH *path = &stream->controller->paths[stream->side];

    latency->FifoSize = engine_fifo_bytes(stream->engine);
    latency->ChipsetDelay = 208; /* a link frame */
    latency->CodecDelay = (ULONG)((ULONGLONG)path->delay * 10000000 / stream->format.rate);
}

/* The link moves by what goes into one frame; what was recorded may still lie in the FIFO. */
NTSTATUS NTAPI position_link_register(IMiniportWaveRTStreamNotification *This,
                                      KSRTAUDIO_HWREGISTER *out)
{
    STREAM *stream = stream_from(This);

    RtlZeroMemory(out, sizeof(*out));
    out->Register = (PVOID)engine_link_register(stream->engine);
    out->Width = 32;
    out->Accuracy = stream->side == SIDE_CAPTURE
                        ? engine_fifo_bytes(stream->engine)
                        : (stream->format.rate + 47999) / 48000 * stream->format.frame_bytes;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI position_clock_register(IMiniportWaveRTStreamNotification *This,
                                       KSRTAUDIO_HWREGISTER *out)
{
    const CONTROLLER *controller = stream_from(This)->controller;

    RtlZeroMemory(out, sizeof(*out));
    out->Register = controller->registers + REG_WALCLK + (controller->aliases ? REG_ALIASES : 0);
    out->Width = 32;
    out->Numerator = 24000000;
    out->Denominator = 1;
    out->Accuracy = 1;
    return STATUS_SUCCESS;
}
