// SPDX-License-Identifier: MIT
//
// The cyclic buffer (WC-32, WC-33, WC-46 to WC-48) and the interval (WC-15 to WC-19). PASSIVE_LEVEL under the device
// lock.
#include "port/wavecyclic.h"

static ULONG least(ULONG a, ULONG b)
{
    return a < b ? a : b;
}

static ULONG bytes_of(const struct wavecyclic_buffer *buffer, unsigned ms)
{
    uint64_t bytes = (uint64_t)buffer->rate * ms / 1000;

    return (ULONG)(bytes - bytes % buffer->frame);
}

// ---- what the channel says -----------------------------------------------------------------------------------

static ULONG ask_size(struct wavecyclic_stream *stream, ULONG allocated)
{
    const void *routine = WAVECYCLIC_ROUTINE(stream->channel, BufferSize);
    ULONG size;

    WAVECYCLIC_ASK(stream, size, stream->channel, BufferSize);
    if (size > allocated)
        wavecyclic_misuse(stream, "WC-32", routine,
                          "BufferSize says %u bytes, but only %u are allocated", size, allocated);
    return size && size <= allocated ? size : allocated;
}

// WC-46, WC-47: how far ahead of P the port writes.
static ULONG target_of(const struct wavecyclic_buffer *buffer)
{
    ULONG target = bytes_of(buffer, WAVECYCLIC_LEAD_MS);
    ULONG half = buffer->size / 2, spare = 0;

    if (buffer->size > buffer->interval)
        spare = buffer->size - buffer->interval;
    if (target > spare)
        target = spare > half ? spare : half;
    return least(target, buffer->fill);
}

static void measure(struct wavecyclic_buffer *buffer, const WAVEFORMATEX *wave)
{
    ULONG guard;

    buffer->frame = wave->nBlockAlign ? wave->nBlockAlign : 1;
    buffer->rate = wave->nAvgBytesPerSec ? wave->nAvgBytesPerSec : buffer->frame;
    buffer->interval = bytes_of(buffer, WAVECYCLIC_INTERVAL_MS);
    buffer->fill = buffer->size > buffer->frame ? buffer->size - buffer->frame : 0;
    buffer->target = target_of(buffer);
    buffer->low = least(bytes_of(buffer, WAVECYCLIC_LOW_MS), buffer->target / 4 * 3);
    guard = WAVECYCLIC_GUARD_FRAMES * buffer->frame;
    buffer->guard = least(guard, buffer->target / 4 / buffer->frame * buffer->frame);
    buffer->lap_ns = (uint64_t)buffer->size * 1000000000 / buffer->rate;
}

bool wavecyclic_buffer_read(struct wavecyclic_stream *stream, const WAVEFORMATEX *wave)
{
    struct wavecyclic_buffer buffer = {0};
    ULONG allocated;
    PVOID base;

    WAVECYCLIC_ASK(stream, allocated, stream->channel, AllocatedBufferSize);
    WAVECYCLIC_ASK(stream, base, stream->channel, SystemAddress);
    buffer.base = base;
    if (allocated && base)
        buffer.size = ask_size(stream, allocated);
    measure(&buffer, wave);
    stream->buffer = buffer;
    return buffer.size != 0;
}

void wavecyclic_buffer_check(struct wavecyclic_stream *stream)
{
    ULONG size;

    if (!stream->buffer.size)
        return;
    WAVECYCLIC_ASK(stream, size, stream->channel, BufferSize);
    if (size && size != stream->buffer.size)
        wavecyclic_misuse(stream, "WC-32", WAVECYCLIC_ROUTINE(stream->channel, BufferSize),
                          "BufferSize changed from %u to %u bytes between ACQUIRE and STOP",
                          stream->buffer.size, size);
}

// ---- the interval ----------------------------------------------------------------------------------------------

// WC-17. Off any alignment, or far too large: the client's allocator alone hears of it.
static ULONG default_frame(const WAVEFORMATEX *wave)
{
    uint64_t bytes = ((uint64_t)wave->nAvgBytesPerSec * WAVECYCLIC_INTERVAL_MS + 999) / 1000;
    ULONG frame = wave->nBlockAlign ? wave->nBlockAlign : 1;

    return (ULONG)((bytes + frame - 1) / frame * frame);
}

// The new interval that it returns says nothing (WC-18).
void wavecyclic_buffer_notify(struct wavecyclic_stream *stream, const WAVEFORMATEX *wave)
{
    struct wavecyclic_out frame_size;
    ULONG ignored;

    wavecyclic_out_init(&frame_size);
    WAVECYCLIC_ASK(stream, ignored, stream->miniport, SetNotificationFreq, WAVECYCLIC_INTERVAL_MS,
                   &frame_size.value);
    (void)ignored;
    wavecyclic_out_check(stream, &frame_size, "SetNotificationFreq wrote more than *FrameSize",
                         WAVECYCLIC_ROUTINE(stream->miniport, SetNotificationFreq));
    stream->frame_size = frame_size.value ? frame_size.value : default_frame(wave);
}
