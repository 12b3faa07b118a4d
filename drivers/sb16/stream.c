/* SPDX-License-Identifier: MIT */
/*
 * One WaveCyclic stream. The cyclic buffer is the channel's; the DSP interrupts at the end of each of its blocks, while the
 * 8237 goes round the whole of it.
 */
#include "sb16.h"

enum { BLOCKS = 8, BLOCK_MS = 10, FEWEST_FRAMES = 8 };

typedef struct STREAM {
    IMiniportWaveCyclicStream stream;
    LONG references;
    WAVE *wave; /* its miniport is referenced */
    PSERVICEGROUP group;
    ULONG width;
    BOOLEAN capture, attached;
    ULONG rate, frame_bytes, block_bytes;
    KSSTATE state;
    BOOLEAN started; /* since STOP: the channel is, and the DSP runs or is paused */
} STREAM;

static STREAM *stream_from(IMiniportWaveCyclicStream *This)
{
    return CONTAINING_RECORD(This, STREAM, stream);
}

PMINIPORTWAVECYCLICSTREAM stream_interface(STREAM *stream)
{
    return &stream->stream;
}

PSERVICEGROUP stream_group(STREAM *stream)
{
    return stream->group;
}

BOOLEAN stream_is_capture(const STREAM *stream)
{
    return stream->capture;
}

static PDMACHANNELSLAVE channel_of(const STREAM *stream)
{
    return stream->wave->channels[stream->width];
}

/* ---- format -------------------------------------------------------------------------------------------- */

/* NULL: neither of the two that the pins offer. */
static const WAVEFORMATEX *wave_of(PKSDATAFORMAT format)
{
    if (IsEqualGUID(&format->Specifier, &KSDATAFORMAT_SPECIFIER_WAVEFORMATEX) &&
        format->FormatSize >= sizeof(KSDATAFORMAT_WAVEFORMATEX))
        return &((PKSDATAFORMAT_WAVEFORMATEX)format)->WaveFormatEx;
    if (IsEqualGUID(&format->Specifier, &KSDATAFORMAT_SPECIFIER_DSOUND) &&
        format->FormatSize >= sizeof(KSDATAFORMAT_DSOUND))
        return &((PKSDATAFORMAT_DSOUND)format)->BufferDesc.WaveFormatEx;
    return NULL;
}

/* The other direction's stream sets the clock of both. */
static BOOLEAN rate_fits(const STREAM *stream, ULONG rate)
{
    const STREAM *other = stream->wave->streams[stream->width == EIGHT ? SIXTEEN : EIGHT];

    return rate >= 5000 && rate <= 45000 && (!other || other->rate == rate);
}

/* Blocks of `interval`, or shorter ones if the buffer does not hold as many of those. */
static void use_blocks(STREAM *stream, ULONG interval)
{
    PDMACHANNELSLAVE channel = channel_of(stream);
    ULONG frames = stream->rate * interval / 1000;
    ULONG most =
        channel->lpVtbl->AllocatedBufferSize(channel) / (BLOCKS * stream->frame_bytes);

    if (frames > most)
        frames = most;
    if (frames < FEWEST_FRAMES)
        frames = FEWEST_FRAMES;
    stream->block_bytes = frames * stream->frame_bytes;
    channel->lpVtbl->SetBufferSize(channel, BLOCKS * stream->block_bytes);
}

static NTSTATUS NTAPI stream_set_format(IMiniportWaveCyclicStream *This, PKSDATAFORMAT format)
{
    STREAM *stream = stream_from(This);
    const WAVEFORMATEX *wave = wave_of(format);
    ULONG bits = stream->width == SIXTEEN ? 16 : 8;

    if (stream->state != KSSTATE_STOP || !wave || wave->nChannels != 2 ||
        wave->wBitsPerSample != bits || wave->nBlockAlign != bits / 4 ||
        !rate_fits(stream, wave->nSamplesPerSec))
        return STATUS_INVALID_PARAMETER;
    stream->rate = wave->nSamplesPerSec;
    stream->frame_bytes = wave->nBlockAlign;
    use_blocks(stream, BLOCK_MS);
    return STATUS_SUCCESS;
}

static ULONG NTAPI stream_set_notification(IMiniportWaveCyclicStream *This, ULONG interval,
                                           PULONG frame_size)
{
    STREAM *stream = stream_from(This);

    if (stream->state == KSSTATE_STOP)
        use_blocks(stream, interval);
    *frame_size = stream->block_bytes;
    return interval;
}

/* ---- states -------------------------------------------------------------------------------------------- */

static NTSTATUS command(STREAM *stream, UCHAR eight, UCHAR sixteen)
{
    UCHAR code = stream->width == SIXTEEN ? sixteen : eight;

    return card_command(stream->wave->card, &code, 1);
}

static NTSTATUS set_rate(STREAM *stream)
{
    UCHAR bytes[3] = {stream->capture ? DSP_INPUT_RATE : DSP_OUTPUT_RATE, (UCHAR)(stream->rate >> 8),
                      (UCHAR)stream->rate};

    return card_command(stream->wave->card, bytes, sizeof(bytes));
}

/* Lengths are samples less one. */
static NTSTATUS start_dsp(STREAM *stream)
{
    ULONG length = stream->block_bytes / (stream->width == SIXTEEN ? 2 : 1) - 1;
    UCHAR code = stream->width == SIXTEEN ? DSP_START_16 : DSP_START_8;
    UCHAR mode = stream->width == SIXTEEN ? MODE_STEREO | MODE_SIGNED : MODE_STEREO;
    UCHAR bytes[4] = {(UCHAR)(code | (stream->capture ? DSP_CAPTURE : 0)), mode, (UCHAR)length,
                      (UCHAR)(length >> 8)};

    return card_command(stream->wave->card, bytes, sizeof(bytes));
}

static void stop(STREAM *stream)
{
    PDMACHANNELSLAVE channel = channel_of(stream);

    command(stream, DSP_PAUSE_8, DSP_PAUSE_16);
    channel->lpVtbl->Stop(channel);
    stream->started = FALSE;
}

/* The 8237 first: the DSP asks as soon as it has its command. */
static NTSTATUS start(STREAM *stream)
{
    PDMACHANNELSLAVE channel = channel_of(stream);
    NTSTATUS status =
        channel->lpVtbl->Start(channel, BLOCKS * stream->block_bytes, !stream->capture);

    if (!NT_SUCCESS(status))
        return status;
    stream->started = TRUE;
    status = set_rate(stream);
    if (NT_SUCCESS(status))
        status = start_dsp(stream);
    if (!NT_SUCCESS(status))
        stop(stream);
    return status;
}

static NTSTATUS run(STREAM *stream)
{
    return stream->started ? command(stream, DSP_CONTINUE_8, DSP_CONTINUE_16) : start(stream);
}

/* Down the states nothing can fail: a card that does not listen has gone. */
static NTSTATUS NTAPI stream_set_state(IMiniportWaveCyclicStream *This, KSSTATE state)
{
    STREAM *stream = stream_from(This);
    NTSTATUS status = STATUS_SUCCESS;

    if (state == KSSTATE_RUN)
        status = run(stream);
    else if (stream->state == KSSTATE_RUN)
        command(stream, DSP_PAUSE_8, DSP_PAUSE_16);
    if (state == KSSTATE_STOP && stream->started)
        stop(stream);
    if (NT_SUCCESS(status))
        stream->state = state;
    return status;
}

/* ---- position, silence --------------------------------------------------------------------------------- */

/* The counter is 0 while it begins again; and both are 0 before Start and after Stop. */
static NTSTATUS NTAPI stream_get_position(IMiniportWaveCyclicStream *This, PULONG position)
{
    STREAM *stream = stream_from(This);
    PDMACHANNELSLAVE channel = channel_of(stream);
    ULONG size = channel->lpVtbl->TransferCount(channel);
    ULONG left = channel->lpVtbl->ReadCounter(channel);

    *position = left && left < size ? size - left : 0;
    *position -= *position % stream->frame_bytes;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI stream_normalize(IMiniportWaveCyclicStream *This, PLONGLONG position)
{
    const STREAM *stream = stream_from(This);
    LONGLONG rate = (LONGLONG)stream->rate * stream->frame_bytes, bytes = *position;

    *position = bytes / rate * 10000000 + bytes % rate * 10000000 / rate;
    return STATUS_SUCCESS;
}

static VOID NTAPI stream_silence(IMiniportWaveCyclicStream *This, PVOID buffer, ULONG bytes)
{
    RtlFillMemory(buffer, bytes, stream_from(This)->width == SIXTEEN ? 0 : 0x80);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static ULONG NTAPI stream_add_ref(IMiniportWaveCyclicStream *This)
{
    return (ULONG)InterlockedIncrement(&stream_from(This)->references);
}

static void stream_destroy(STREAM *stream)
{
    IMiniportWaveCyclic *miniport = &stream->wave->miniport;

    if (stream->started)
        stop(stream);
    if (stream->attached)
        wave_attach(stream->wave, stream->width, NULL);
    if (stream->group)
        stream->group->lpVtbl->Release(stream->group);
    ExFreePoolWithTag(stream, SB16_TAG);
    miniport->lpVtbl->Release(miniport);
}

static ULONG NTAPI stream_release(IMiniportWaveCyclicStream *This)
{
    LONG left = InterlockedDecrement(&stream_from(This)->references);

    if (left == 0)
        stream_destroy(stream_from(This));
    return (ULONG)left;
}

static NTSTATUS NTAPI stream_query(IMiniportWaveCyclicStream *This, REFIID iid, PVOID *out)
{
    *out = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IMiniportWaveCyclicStream))
        return STATUS_INVALID_PARAMETER;
    stream_add_ref(This);
    *out = This;
    return STATUS_SUCCESS;
}

static const IMiniportWaveCyclicStreamVtbl stream_vtbl = {
    .QueryInterface = stream_query,
    .AddRef = stream_add_ref,
    .Release = stream_release,
    .SetFormat = stream_set_format,
    .SetNotificationFreq = stream_set_notification,
    .SetState = stream_set_state,
    .GetPosition = stream_get_position,
    .NormalizePhysicalPosition = stream_normalize,
    .Silence = stream_silence,
};

static NTSTATUS prepare(STREAM *stream, PKSDATAFORMAT format)
{
    NTSTATUS status = PcNewServiceGroup(&stream->group, NULL);

    if (NT_SUCCESS(status))
        status = stream_set_format(&stream->stream, format);
    return status;
}

NTSTATUS stream_create(WAVE *wave, ULONG width, BOOLEAN capture, PKSDATAFORMAT format, STREAM **out)
{
    STREAM *stream = ExAllocatePoolWithTag(NonPagedPool, sizeof(*stream), SB16_TAG);
    NTSTATUS status;

    *out = NULL;
    if (!stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(stream, sizeof(*stream));
    stream->stream.lpVtbl = &stream_vtbl;
    stream->references = 1;
    stream->wave = wave;
    wave->miniport.lpVtbl->AddRef(&wave->miniport);
    stream->width = width;
    stream->capture = capture;
    stream->state = KSSTATE_STOP;
    status = prepare(stream, format);
    if (!NT_SUCCESS(status)) {
        stream_release(&stream->stream);
        return status;
    }
    wave_attach(wave, width, stream);
    stream->attached = TRUE;
    *out = stream;
    return status;
}
