/* SPDX-License-Identifier: MIT */
/*
 * The WaveCyclic miniport: a slave channel with a buffer for each width, the interrupt, and who has which channel.
 */
#include "sb16.h"

enum { BUFFER_MOST = 0x4000, BUFFER_LEAST = 0x1000 };

static WAVE *wave_from(IMiniportWaveCyclic *This)
{
    return CONTAINING_RECORD(This, WAVE, miniport);
}

static NTSTATUS NTAPI wave_get_description(IMiniportWaveCyclic *This, PPCFILTER_DESCRIPTOR *out)
{
    (void)This;
    *out = &wave_filter;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI wave_intersection(IMiniportWaveCyclic *This, ULONG pin, PKSDATARANGE client,
                                        PKSDATARANGE mine, ULONG bytes, PVOID result,
                                        PULONG result_bytes)
{
    (void)This, (void)pin, (void)client, (void)mine, (void)bytes, (void)result, (void)result_bytes;
    return STATUS_NOT_IMPLEMENTED; /* the port's default suits PCM */
}

/* ---- interrupt ---------------------------------------------------------------------------------------------- */

static void serve(WAVE *wave, UCHAR interrupts)
{
    static const UCHAR bits[WIDTHS] = {[EIGHT] = INTERRUPT_8, [SIXTEEN] = INTERRUPT_16};
    ULONG i;

    card_acknowledge(wave->card, interrupts);
    for (i = 0; i < WIDTHS; i++)
        if ((interrupts & bits[i]) && wave->streams[i])
            wave->port->lpVtbl->Notify(wave->port, stream_group(wave->streams[i]));
}

/* The line tells only that it rose: what came meanwhile has to be served now. */
static NTSTATUS NTAPI wave_isr(IInterruptSync *sync, PVOID context)
{
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    WAVE *wave = context;
    UCHAR interrupts;

    (void)sync;
    while ((interrupts = card_interrupts(wave->card)) != 0) {
        serve(wave, interrupts);
        status = STATUS_SUCCESS;
    }
    return status;
}

struct attach {
    WAVE *wave;
    ULONG width;
    struct STREAM *stream;
};

static NTSTATUS NTAPI set_stream(IInterruptSync *sync, PVOID context)
{
    struct attach *attach = context;

    (void)sync;
    attach->wave->streams[attach->width] = attach->stream;
    return STATUS_SUCCESS;
}

void wave_attach(WAVE *wave, ULONG width, struct STREAM *stream)
{
    struct attach attach = {wave, width, stream};

    wave->interrupt->lpVtbl->CallSynchronizedRoutine(wave->interrupt, set_stream, &attach);
}

/* ---- start ---------------------------------------------------------------------------------------------------- */

/* The channel does not count across 64 or 128 KiB. Less memory makes shorter blocks. */
static NTSTATUS make_channel(WAVE *wave, PRESOURCELIST resources, ULONG width)
{
    PHYSICAL_ADDRESS within = {.QuadPart = width == SIXTEEN ? 0x1FFFF : 0xFFFF};
    ULONG bytes = BUFFER_MOST;
    PDMACHANNELSLAVE *channel = &wave->channels[width];
    NTSTATUS status = wave->port->lpVtbl->NewSlaveDmaChannel(wave->port, channel, NULL, resources,
                                                             width, BUFFER_MOST, FALSE, Compatible);

    if (!NT_SUCCESS(status))
        return status;
    do {
        status = (*channel)->lpVtbl->AllocateBuffer(*channel, bytes, &within);
        bytes /= 2;
    } while (status == STATUS_INSUFFICIENT_RESOURCES && bytes >= BUFFER_LEAST);
    return status;
}

static NTSTATUS make_interrupt(WAVE *wave, PRESOURCELIST resources)
{
    NTSTATUS status =
        PcNewInterruptSync(&wave->interrupt, NULL, resources, 0, InterruptSyncModeNormal);

    if (NT_SUCCESS(status))
        status = wave->interrupt->lpVtbl->RegisterServiceRoutine(wave->interrupt, wave_isr, wave,
                                                                 FALSE);
    if (NT_SUCCESS(status))
        status = wave->interrupt->lpVtbl->Connect(wave->interrupt);
    return status;
}

static NTSTATUS NTAPI wave_init(IMiniportWaveCyclic *This, PUNKNOWN adapter,
                                PRESOURCELIST resources, PPORTWAVECYCLIC port)
{
    WAVE *wave = wave_from(This);
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    wave->card = CONTAINING_RECORD(adapter, CARD, unknown);
    adapter->lpVtbl->AddRef(adapter);
    wave->port = port;
    port->lpVtbl->AddRef(port);
    for (i = 0; i < WIDTHS && NT_SUCCESS(status); i++)
        status = make_channel(wave, resources, i);
    if (NT_SUCCESS(status))
        status = make_interrupt(wave, resources);
    return status;
}

/* ---- streams -------------------------------------------------------------------------------------------------- */

/* One stream a channel, one a direction, and one sample clock for both. */
static NTSTATUS check_stream(const WAVE *wave, ULONG width, BOOLEAN capture)
{
    const struct STREAM *other = wave->streams[width == EIGHT ? SIXTEEN : EIGHT];

    if (wave->streams[width] || (other && stream_is_capture(other) == capture))
        return STATUS_INSUFFICIENT_RESOURCES;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI wave_new_stream(IMiniportWaveCyclic *This, PMINIPORTWAVECYCLICSTREAM *out,
                                      PUNKNOWN outer, POOL_TYPE pool, ULONG pin, BOOLEAN capture,
                                      PKSDATAFORMAT format, PDMACHANNEL *dma, PSERVICEGROUP *group)
{
    BOOLEAN captures = pin == PIN_CAPTURE_8 || pin == PIN_CAPTURE_16;
    ULONG width = pin == PIN_RENDER_8 || pin == PIN_CAPTURE_8 ? EIGHT : SIXTEEN;
    WAVE *wave = wave_from(This);
    struct STREAM *stream;
    NTSTATUS status;

    (void)outer, (void)pool;
    if (captures != (capture != FALSE))
        return STATUS_INVALID_PARAMETER;
    status = check_stream(wave, width, captures);
    if (NT_SUCCESS(status))
        status = stream_create(wave, width, captures, format, &stream);
    if (!NT_SUCCESS(status))
        return status;
    *out = stream_interface(stream);
    *dma = (PDMACHANNEL)wave->channels[width];
    (*dma)->lpVtbl->AddRef(*dma);
    *group = stream_group(stream);
    (*group)->lpVtbl->AddRef(*group);
    return STATUS_SUCCESS;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static ULONG NTAPI wave_add_ref(IMiniportWaveCyclic *This)
{
    return (ULONG)InterlockedIncrement(&wave_from(This)->references);
}

static void wave_destroy(WAVE *wave)
{
    ULONG i;

    if (wave->interrupt) {
        wave->interrupt->lpVtbl->Disconnect(wave->interrupt);
        wave->interrupt->lpVtbl->Release(wave->interrupt);
    }
    for (i = 0; i < WIDTHS; i++)
        if (wave->channels[i])
            wave->channels[i]->lpVtbl->Release(wave->channels[i]);
    if (wave->port)
        wave->port->lpVtbl->Release(wave->port);
    if (wave->card)
        wave->card->unknown.lpVtbl->Release(&wave->card->unknown);
    ExFreePoolWithTag(wave, SB16_TAG);
}

static ULONG NTAPI wave_release(IMiniportWaveCyclic *This)
{
    LONG left = InterlockedDecrement(&wave_from(This)->references);

    if (left == 0)
        wave_destroy(wave_from(This));
    return (ULONG)left;
}

static NTSTATUS NTAPI wave_query(IMiniportWaveCyclic *This, REFIID iid, PVOID *out)
{
    *out = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IMiniport) &&
        !IsEqualGUID(iid, &IID_IMiniportWaveCyclic))
        return STATUS_INVALID_PARAMETER;
    wave_add_ref(This);
    *out = This;
    return STATUS_SUCCESS;
}

static const IMiniportWaveCyclicVtbl wave_vtbl = {
    .QueryInterface = wave_query,
    .AddRef = wave_add_ref,
    .Release = wave_release,
    .GetDescription = wave_get_description,
    .DataRangeIntersection = wave_intersection,
    .Init = wave_init,
    .NewStream = wave_new_stream,
};

NTSTATUS wave_create(PUNKNOWN *out)
{
    WAVE *wave = ExAllocatePoolWithTag(NonPagedPool, sizeof(*wave), SB16_TAG);

    *out = NULL;
    if (!wave)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(wave, sizeof(*wave));
    wave->miniport.lpVtbl = &wave_vtbl;
    wave->references = 1;
    *out = (PUNKNOWN)&wave->miniport;
    return STATUS_SUCCESS;
}
