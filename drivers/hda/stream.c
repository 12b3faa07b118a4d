/* SPDX-License-Identifier: MIT */
/*
 * One WaveRT stream: a path, an engine and a cyclic buffer. The engine is set when there is a buffer (RT-43), runs in
 * RUN, keeps its place in PAUSE, and is reset in STOP.
 */
#include "stream.h"

static const PATH *path_of(const STREAM *stream)
{
    return &stream->controller->paths[stream->side];
}

static void detach(STREAM *stream)
{
    if (stream->attached)
        path_detach(stream->controller, path_of(stream));
    stream->attached = FALSE;
}

NTSTATUS stream_rewind(STREAM *stream)
{
    SETTING setting = {stream->buffer.bytes, stream->buffer.list_address, stream->buffer.entries,
                       stream->format.code};
    NTSTATUS status;
    KIRQL irql;

    stream->ready = FALSE;
    detach(stream);
    status = engine_reset(stream->engine);
    KeAcquireSpinLock(&stream->lock, &irql);
    position_reset(stream);
    KeReleaseSpinLock(&stream->lock, irql);
    if (!NT_SUCCESS(status) || !stream->buffer.mdl)
        return status;
    engine_program(stream->engine, &setting);
    stream->fifo_bytes = engine_fifo_bytes(stream->engine);
    stream->ready = TRUE;
    return STATUS_SUCCESS;
}

/* ---- states ------------------------------------------------------------------------------------------------ */

/* The converter listens before there is anything to hear (HD-60). */
static NTSTATUS attach(STREAM *stream)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (!stream->attached)
        status = path_attach(stream->controller, path_of(stream), stream->format.code,
                             stream->engine->tag);
    if (NT_SUCCESS(status))
        stream->attached = TRUE;
    return status;
}

static NTSTATUS start(STREAM *stream)
{
    NTSTATUS status = STATUS_SUCCESS;
    KIRQL irql;

    if (!stream->buffer.mdl)
        return STATUS_DEVICE_NOT_READY;
    if (!stream->ready)
        status = stream_rewind(stream);
    if (NT_SUCCESS(status))
        status = attach(stream);
    if (!NT_SUCCESS(status))
        return status;
    KeAcquireSpinLock(&stream->lock, &irql);
    engine_run(stream->engine, &stream->dpc);
    stream->running = TRUE;
    KeReleaseSpinLock(&stream->lock, irql);
    return STATUS_SUCCESS;
}

/* What the hardware did until it stood counts, and is told of; then positions are frozen. */
static void pause(STREAM *stream)
{
    KIRQL irql;

    engine_stop(stream->engine);
    KeAcquireSpinLock(&stream->lock, &irql);
    position_update(stream);
    notify_signal(stream, FALSE);
    stream->running = FALSE;
    KeReleaseSpinLock(&stream->lock, irql);
}

static NTSTATUS NTAPI stream_set_state(IMiniportWaveRTStreamNotification *This, KSSTATE state)
{
    STREAM *stream = stream_from(This);
    NTSTATUS status = STATUS_SUCCESS;

    if (state == KSSTATE_RUN && stream->state != KSSTATE_RUN)
        status = start(stream);
    if (state != KSSTATE_RUN && stream->state == KSSTATE_RUN)
        pause(stream);
    if (state == KSSTATE_STOP && stream->state != KSSTATE_STOP)
        stream_rewind(stream); /* a way down cannot be refused; the next start tries again */
    if (NT_SUCCESS(status))
        stream->state = state;
    return status;
}

/* ---- format -------------------------------------------------------------------------------------------------- */

static BOOLEAN suits_buffer(const STREAM *stream, const FORMAT *format)
{
    return !stream->buffer.mdl || buffer_packet_bytes(&stream->buffer) % format->frame_bytes == 0;
}

/* Not once sound has flowed: its position would lose its meaning. */
static NTSTATUS NTAPI stream_set_format(IMiniportWaveRTStreamNotification *This,
                                        PKSDATAFORMAT data)
{
    STREAM *stream = stream_from(This);
    FORMAT format;
    NTSTATUS status;

    if (stream->state == KSSTATE_RUN || stream->attached)
        return STATUS_INVALID_PARAMETER;
    status = format_parse(stream->controller, stream->side, data, &format);
    if (!NT_SUCCESS(status))
        return status;
    if (!suits_buffer(stream, &format))
        return STATUS_INVALID_PARAMETER;
    stream->format = format;
    return stream_rewind(stream);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

static void stream_destroy(STREAM *stream)
{
    WAVE *wave = stream->wave;

    engine_stop(stream->engine);
    detach(stream);
    KeFlushQueuedDpcs();
    notify_end(stream);
    buffer_end(stream);
    engine_give_back(stream->engine);
    wave->streams[stream->side] = NULL;
    stream->port->lpVtbl->Release(stream->port);
    wave->miniport.lpVtbl->Release(&wave->miniport);
    ExFreePoolWithTag(stream, HDA_TAG);
}

ULONG stream_drop(STREAM *stream)
{
    LONG left = InterlockedDecrement(&stream->references);

    if (left == 0)
        stream_destroy(stream);
    return (ULONG)left;
}

NTSTATUS stream_find_interface(STREAM *stream, REFIID iid, PVOID *out)
{
    *out = NULL;
    if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IMiniportWaveRTStream) ||
        IsEqualGUID(iid, &IID_IMiniportWaveRTStreamNotification))
        *out = &stream->stream;
    else if (IsEqualGUID(iid, &IID_IMiniportWaveRTInputStream) && stream->side == SIDE_CAPTURE)
        *out = &stream->input;
    else if (IsEqualGUID(iid, &IID_IMiniportWaveRTOutputStream) && stream->side == SIDE_RENDER)
        *out = &stream->output;
    else
        return STATUS_INVALID_PARAMETER;
    InterlockedIncrement(&stream->references);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI stream_query(IMiniportWaveRTStreamNotification *This, REFIID iid, PVOID *out)
{
    return stream_find_interface(stream_from(This), iid, out);
}

static ULONG NTAPI stream_add_ref(IMiniportWaveRTStreamNotification *This)
{
    return (ULONG)InterlockedIncrement(&stream_from(This)->references);
}

static ULONG NTAPI stream_release(IMiniportWaveRTStreamNotification *This)
{
    return stream_drop(stream_from(This));
}

static const IMiniportWaveRTStreamNotificationVtbl stream_vtbl = {
    .QueryInterface = stream_query,
    .AddRef = stream_add_ref,
    .Release = stream_release,
    .SetFormat = stream_set_format,
    .SetState = stream_set_state,
    .GetPosition = position_get,
    .AllocateAudioBuffer = buffer_allocate,
    .FreeAudioBuffer = buffer_free,
    .GetHWLatency = position_latency,
    .GetPositionRegister = position_link_register,
    .GetClockRegister = position_clock_register,
    .AllocateBufferWithNotification = buffer_allocate_notified,
    .FreeBufferWithNotification = buffer_free,
    .RegisterNotificationEvent = notify_register,
    .UnregisterNotificationEvent = notify_unregister,
};

static void initialize(STREAM *stream, WAVE *wave, PPORTWAVERTSTREAM port, ULONG side)
{
    RtlZeroMemory(stream, sizeof(*stream));
    stream->stream.lpVtbl = &stream_vtbl;
    stream->input.lpVtbl = &packet_input_vtbl;
    stream->output.lpVtbl = &packet_output_vtbl;
    stream->references = 1;
    stream->wave = wave;
    stream->controller = wave->controller;
    stream->port = port;
    stream->side = side;
    stream->state = KSSTATE_STOP;
    KeInitializeDpc(&stream->dpc, notify_dpc, stream);
    KeInitializeSpinLock(&stream->lock);
    InitializeListHead(&stream->events);
}

static NTSTATUS equip(STREAM *stream, PKSDATAFORMAT format)
{
    NTSTATUS status =
        format_parse(stream->controller, stream->side, format, &stream->format);

    if (!NT_SUCCESS(status))
        return status;
    stream->engine = engine_take(stream->controller, stream->side == SIDE_CAPTURE);
    if (!stream->engine)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = stream_rewind(stream);
    if (!NT_SUCCESS(status))
        engine_give_back(stream->engine);
    return status;
}

NTSTATUS stream_create(WAVE *wave, PPORTWAVERTSTREAM port, ULONG side, PKSDATAFORMAT format,
                       STREAM **out)
{
    NTSTATUS status;
    STREAM *stream;

    if (wave->streams[side])
        return STATUS_INSUFFICIENT_RESOURCES;
    stream = ExAllocatePoolWithTag(NonPagedPool, sizeof(*stream), HDA_TAG);
    if (!stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    initialize(stream, wave, port, side);
    status = equip(stream, format);
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(stream, HDA_TAG);
        return status;
    }
    port->lpVtbl->AddRef(port);
    wave->miniport.lpVtbl->AddRef(&wave->miniport);
    wave->streams[side] = stream;
    *out = stream;
    return STATUS_SUCCESS;
}
