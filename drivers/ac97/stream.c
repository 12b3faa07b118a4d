/* SPDX-License-Identifier: MIT */
/*
 * One WavePci stream. Mappings come from the port in order, are cut into blocks for the DMA engine, and go back in
 * order when the hardware is done with them.
 *
 * `lock` guards everything here and the engine. It is dropped around every GetMapping and ReleaseMapping (the port
 * takes its own locks there), so in those windows RevokeMappings may run on another processor:
 *  - a mapping is taken off the list before it is released, so a revocation no longer counts it;
 *  - the tag of a mapping being acquired is noted in `pending`, so a revocation can take it back before it is listed.
 * Only one processor at a time makes a service pass (`serving`), so that mappings are listed and released
 * in the order in which the port gave them; others leave `again` behind.
 */
#include "ac97.h"

#ifndef AC97_BLOCK_LIMIT
#define AC97_BLOCK_LIMIT 131068u /* 65534 samples: the most one descriptor takes of a stereo stream */
#endif

enum { HELD_LIMIT = 31, FRAME_BYTES = 4, INTERRUPT_EVERY = 8 };

/* A descriptor takes whole frames. */
static const ULONG block_limit =
    AC97_BLOCK_LIMIT < FRAME_BYTES ? FRAME_BYTES : AC97_BLOCK_LIMIT & ~(FRAME_BYTES - 1u);

typedef struct HELD {
    PVOID tag;
    ULONG address;
    ULONG bytes;
    ULONG queued; /* of these, given to the engine */
    ULONG done;   /* of these, moved by it */
    BOOLEAN last; /* of its packet */
} HELD;

typedef struct STREAM {
    IMiniportWavePciStream stream;
    LONG references;
    WAVE *wave;
    PPORTWAVEPCISTREAM port;
    BOOLEAN capture;
    BOOLEAN timed; /* a DirectSound buffer: paced by the timer, not by interrupts */
    ULONG rate;
    KSPIN_LOCK lock;
    KSSTATE state;
    HELD held[HELD_LIMIT]; /* oldest first */
    ULONG count;
    ULONG_PTR last_tag;
    PVOID pending; /* tag of the GetMapping call in progress, or NULL */
    BOOLEAN pending_revoked;
    BOOLEAN serving, again;
    ULONGLONG position; /* bytes moved since STOP, without the block in progress */
    ENGINE engine;
} STREAM;

static STREAM *stream_from(IMiniportWavePciStream *This)
{
    return CONTAINING_RECORD(This, STREAM, stream);
}

/* ---- between the list and the engine (lock held) ------------------------------------------------------ */

static void queue_blocks(STREAM *stream)
{
    ENGINE *engine = &stream->engine;
    ULONG i;

    for (i = 0; i < stream->count; i++) {
        HELD *held = &stream->held[i];

        while (held->queued < held->bytes && !engine_full(engine)) {
            ULONG block = held->bytes - held->queued;
            BOOLEAN ends;

            if (block > block_limit)
                block = block_limit;
            ends = held->last && held->queued + block == held->bytes;
            /* A packet may be longer than the ring: ask for service now and then all the same. */
            if ((engine->first + engine->used) % INTERRUPT_EVERY == INTERRUPT_EVERY - 1)
                ends = TRUE;
            engine_add(engine, held->address + held->queued, block, ends);
            held->queued += block;
        }
    }
}

/* The engine has moved `bytes` more, of one block. */
static void account(STREAM *stream, ULONG bytes)
{
    ULONG i;

    stream->position += bytes;
    for (i = 0; i < stream->count; i++) {
        HELD *held = &stream->held[i];

        if (held->done < held->bytes) {
            held->done += bytes;
            return;
        }
    }
}

/* What was accounted of the oldest block before it was cut off (see take_back) lies in `done` already. */
static void reap(STREAM *stream)
{
    ULONG bytes;

    while ((bytes = engine_reap(&stream->engine)) != 0)
        account(stream, bytes);
}

static void drop_oldest(STREAM *stream)
{
    stream->count--;
    RtlMoveMemory(&stream->held[0], &stream->held[1], stream->count * sizeof(HELD));
}

/* ---- the service pass ---------------------------------------------------------------------------------- */

/* Lock held on entry and return, dropped around each call. */
static void release_finished(STREAM *stream, KIRQL *irql)
{
    reap(stream);
    while (stream->count && stream->held[0].done == stream->held[0].bytes) {
        PVOID tag = stream->held[0].tag;

        drop_oldest(stream);
        KeReleaseSpinLock(&stream->lock, *irql);
        stream->port->lpVtbl->ReleaseMapping(stream->port, tag);
        KeAcquireSpinLock(&stream->lock, irql);
        reap(stream);
    }
}

static NTSTATUS get_one(STREAM *stream, KIRQL *irql, HELD *held)
{
    PHYSICAL_ADDRESS address;
    PVOID virtual_address;
    ULONG flags = 0;
    NTSTATUS status;

    held->tag = stream->pending = (PVOID)++stream->last_tag;
    stream->pending_revoked = FALSE;
    KeReleaseSpinLock(&stream->lock, *irql);
    status = stream->port->lpVtbl->GetMapping(stream->port, held->tag, &address, &virtual_address,
                                              &held->bytes, &flags);
    KeAcquireSpinLock(&stream->lock, irql);
    stream->pending = NULL;
    if (!NT_SUCCESS(status))
        return status;
    held->address = address.LowPart;
    held->bytes &= ~(FRAME_BYTES - 1u); /* the controller moves whole frames only */
    held->queued = held->done = 0;
    held->last = flags != 0;
    return STATUS_SUCCESS;
}

static void acquire(STREAM *stream, KIRQL *irql)
{
    queue_blocks(stream);
    while (stream->state == KSSTATE_RUN && stream->count < HELD_LIMIT &&
           !engine_full(&stream->engine)) {
        HELD held;

        if (!NT_SUCCESS(get_one(stream, irql, &held)))
            return;
        if (stream->pending_revoked)
            continue;
        stream->held[stream->count++] = held;
        queue_blocks(stream);
    }
}

static void serve(STREAM *stream)
{
    KIRQL irql;

    KeAcquireSpinLock(&stream->lock, &irql);
    if (stream->serving) {
        stream->again = TRUE;
    } else {
        stream->serving = TRUE;
        do {
            stream->again = FALSE;
            release_finished(stream, &irql);
            acquire(stream, &irql);
        } while (stream->again);
        stream->serving = FALSE;
    }
    KeReleaseSpinLock(&stream->lock, irql);
}

static VOID NTAPI stream_service(IMiniportWavePciStream *This)
{
    serve(stream_from(This));
}

/* ---- revocation ---------------------------------------------------------------------------------------- */

/* Tags grow, so a range of tags is a range of the list. */
static BOOLEAN in_range(PVOID tag, PVOID first, PVOID last)
{
    return (ULONG_PTR)tag - (ULONG_PTR)first <= (ULONG_PTR)last - (ULONG_PTR)first;
}

/* Stops the engine and takes every block back from it; what it has moved is accounted to the byte. */
static BOOLEAN take_back(STREAM *stream)
{
    BOOLEAN running = stream->engine.running;
    ULONG i;

    engine_pause(&stream->engine);
    reap(stream);
    account(stream, engine_progress(&stream->engine) & ~(FRAME_BYTES - 1u));
    engine_reset(&stream->engine);
    for (i = 0; i < stream->count; i++)
        stream->held[i].queued = stream->held[i].done;
    return running;
}

static ULONG drop_range(STREAM *stream, PVOID first, PVOID last)
{
    ULONG from, to = 0, dropped;

    for (from = 0; from < stream->count; from++)
        if (!in_range(stream->held[from].tag, first, last))
            stream->held[to++] = stream->held[from];
    dropped = stream->count - to;
    stream->count = to;
    return dropped;
}

static NTSTATUS NTAPI stream_revoke(IMiniportWavePciStream *This, PVOID first, PVOID last,
                                    PULONG revoked)
{
    STREAM *stream = stream_from(This);
    BOOLEAN running;
    ULONG count;
    KIRQL irql;

    KeAcquireSpinLock(&stream->lock, &irql);
    running = take_back(stream);
    count = drop_range(stream, first, last);
    if (stream->pending && !stream->pending_revoked && in_range(stream->pending, first, last)) {
        stream->pending_revoked = TRUE;
        count++;
    }
    if (stream->state != KSSTATE_STOP)
        queue_blocks(stream);
    if (running)
        engine_run(&stream->engine);
    KeReleaseSpinLock(&stream->lock, irql);
    *revoked = count;
    return STATUS_SUCCESS;
}

static VOID NTAPI stream_mapping_available(IMiniportWavePciStream *This)
{
    serve(stream_from(This));
}

/* ---- state, format, position ----------------------------------------------------------------------------- */

static void enter_run(STREAM *stream)
{
    KIRQL irql;

    serve(stream);
    KeAcquireSpinLock(&stream->lock, &irql);
    if (stream->state == KSSTATE_RUN)
        engine_run(&stream->engine);
    KeReleaseSpinLock(&stream->lock, irql);
    if (stream->timed)
        wave_start_ticks(stream->wave);
}

static NTSTATUS NTAPI stream_set_state(IMiniportWavePciStream *This, KSSTATE state)
{
    STREAM *stream = stream_from(This);
    KSSTATE before;
    KIRQL irql;

    KeAcquireSpinLock(&stream->lock, &irql);
    before = stream->state;
    stream->state = state;
    /* Some hardware goes on with the next buffer: it finds what is still granted then. */
    if (before == KSSTATE_RUN && state != KSSTATE_RUN)
        take_back(stream);
    if (state == KSSTATE_STOP) {
        engine_reset(&stream->engine);
        stream->position = 0;
    }
    KeReleaseSpinLock(&stream->lock, irql);
    if (before == KSSTATE_RUN && state != KSSTATE_RUN && stream->timed)
        wave_stop_ticks(stream->wave);
    if (state == KSSTATE_RUN)
        enter_run(stream);
    return STATUS_SUCCESS;
}

/* The WAVEFORMATEX of either kind of format; NULL: neither. */
static PWAVEFORMATEX wave_format(PKSDATAFORMAT format)
{
    if (IsEqualGUID(&format->Specifier, &KSDATAFORMAT_SPECIFIER_DSOUND) &&
        format->FormatSize >= sizeof(KSDATAFORMAT_DSOUND))
        return &((PKSDATAFORMAT_DSOUND)format)->BufferDesc.WaveFormatEx;
    if (IsEqualGUID(&format->Specifier, &KSDATAFORMAT_SPECIFIER_WAVEFORMATEX) &&
        format->FormatSize >= sizeof(KSDATAFORMAT_WAVEFORMATEX))
        return &((PKSDATAFORMAT_WAVEFORMATEX)format)->WaveFormatEx;
    return NULL;
}

static NTSTATUS NTAPI stream_set_format(IMiniportWavePciStream *This, PKSDATAFORMAT format)
{
    STREAM *stream = stream_from(This);
    PWAVEFORMATEX wave = wave_format(format);
    NTSTATUS status;

    if (stream->state == KSSTATE_RUN)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!wave || wave->nChannels != 2 || wave->wBitsPerSample != 16)
        return STATUS_INVALID_PARAMETER;
    status = codec_set_rate(stream->wave->codec, stream->capture ? NAM_ADC_RATE : NAM_DAC_RATE,
                            wave->nSamplesPerSec);
    if (NT_SUCCESS(status))
        stream->rate = wave->nSamplesPerSec;
    return status;
}

static NTSTATUS NTAPI stream_get_position(IMiniportWavePciStream *This, PULONGLONG position)
{
    STREAM *stream = stream_from(This);
    KIRQL irql;

    KeAcquireSpinLock(&stream->lock, &irql);
    reap(stream);
    *position = stream->position + engine_progress(&stream->engine);
    KeReleaseSpinLock(&stream->lock, irql);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI stream_normalize(IMiniportWavePciStream *This, PLONGLONG position)
{
    *position = *position / FRAME_BYTES * 10000000 / stream_from(This)->rate;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI stream_get_framing(IMiniportWavePciStream *This,
                                         PKSALLOCATOR_FRAMING framing)
{
    framing->RequirementsFlags = KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY |
                                 KSALLOCATOR_REQUIREMENTF_PREFERENCES_ONLY;
    framing->Frames = 8;
    framing->FrameSize = stream_from(This)->rate / 100 * FRAME_BYTES;
    framing->FileAlignment = FILE_LONG_ALIGNMENT;
    framing->PoolType = NonPagedPool;
    framing->Reserved = 0;
    return STATUS_SUCCESS;
}

/* ---- life -------------------------------------------------------------------------------------------------- */

static ULONG NTAPI stream_add_ref(IMiniportWavePciStream *This)
{
    return (ULONG)InterlockedIncrement(&stream_from(This)->references);
}

static void stream_destroy(STREAM *stream)
{
    WAVE *wave = stream->wave;

    wave->streams[stream->capture] = NULL;
    stream->port->lpVtbl->Release(stream->port);
    wave->miniport.lpVtbl->Release(&wave->miniport);
    ExFreePoolWithTag(stream, AC97_TAG);
}

static ULONG NTAPI stream_release(IMiniportWavePciStream *This)
{
    LONG left = InterlockedDecrement(&stream_from(This)->references);

    if (left == 0)
        stream_destroy(stream_from(This));
    return (ULONG)left;
}

static NTSTATUS NTAPI stream_query(IMiniportWavePciStream *This, REFIID iid, PVOID *out)
{
    *out = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) &&
        !IsEqualGUID(iid, &IID_IMiniportWavePciStream))
        return STATUS_INVALID_PARAMETER;
    stream_add_ref(This);
    *out = This;
    return STATUS_SUCCESS;
}

static const IMiniportWavePciStreamVtbl stream_vtbl = {
    .QueryInterface = stream_query,
    .AddRef = stream_add_ref,
    .Release = stream_release,
    .SetFormat = stream_set_format,
    .SetState = stream_set_state,
    .GetPosition = stream_get_position,
    .NormalizePhysicalPosition = stream_normalize,
    .GetAllocatorFraming = stream_get_framing,
    .RevokeMappings = stream_revoke,
    .MappingAvailable = stream_mapping_available,
    .Service = stream_service,
};

static void set_engine(STREAM *stream)
{
    WAVE *wave = stream->wave;
    PHYSICAL_ADDRESS address;
    ULONG offset = stream->capture ? DESCRIPTORS * sizeof(DESCRIPTOR) : 0;

    wave->dma->lpVtbl->PhysicalAddress(wave->dma, &address);
    stream->engine.codec = wave->codec;
    stream->engine.base = stream->capture ? ENGINE_IN : ENGINE_OUT;
    stream->engine.list =
        (DESCRIPTOR *)((PUCHAR)wave->dma->lpVtbl->SystemAddress(wave->dma) + offset);
    stream->engine.list_address = address.LowPart + offset;
    engine_reset(&stream->engine);
}

NTSTATUS stream_create(WAVE *wave, PPORTWAVEPCISTREAM port, BOOLEAN capture, PKSDATAFORMAT format,
                       STREAM **out)
{
    NTSTATUS status;
    STREAM *stream;

    *out = NULL;
    if (wave->streams[capture])
        return STATUS_INSUFFICIENT_RESOURCES;
    stream = ExAllocatePoolWithTag(NonPagedPool, sizeof(*stream), AC97_TAG);
    if (!stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(stream, sizeof(*stream));
    stream->stream.lpVtbl = &stream_vtbl;
    stream->references = 1;
    stream->wave = wave;
    stream->port = port;
    stream->capture = capture;
    stream->timed = IsEqualGUID(&format->Specifier, &KSDATAFORMAT_SPECIFIER_DSOUND) != 0;
    stream->state = KSSTATE_STOP;
    KeInitializeSpinLock(&stream->lock);
    status = stream_set_format(&stream->stream, format);
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(stream, AC97_TAG);
        return status;
    }
    set_engine(stream);
    port->lpVtbl->AddRef(port);
    wave->miniport.lpVtbl->AddRef(&wave->miniport);
    wave->streams[capture] = stream;
    *out = stream;
    return STATUS_SUCCESS;
}

PMINIPORTWAVEPCISTREAM stream_interface(STREAM *stream)
{
    return &stream->stream;
}
