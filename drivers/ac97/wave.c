/* SPDX-License-Identifier: MIT */
/*
 * The WavePci miniport: the filter's description, the interrupt, the shared DMA channel with both descriptor lists,
 * the service group, and the 10 ms timer for streams that no interrupt paces.
 */
#include "ac97.h"

static WAVE *wave_from(IMiniportWavePci *This)
{
    return CONTAINING_RECORD(This, WAVE, miniport);
}

/* ---- what the filter looks like ---------------------------------------------------------------------------- */

static KSDATARANGE_AUDIO stream_ranges[] = {
    {{{sizeof(KSDATARANGE_AUDIO), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
       {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_PCM)}, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)}}},
     2, 16, 16, 8000, 48000},
    {{{sizeof(KSDATARANGE_AUDIO), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
       {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_PCM)}, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_DSOUND)}}},
     2, 16, 16, 8000, 48000},
};

static KSDATARANGE bridge_range = {
    {sizeof(KSDATARANGE), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
     {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_ANALOG)}, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}};

static PKSDATARANGE render_pointers[] = {(PKSDATARANGE)&stream_ranges[0],
                                         (PKSDATARANGE)&stream_ranges[1]};
static PKSDATARANGE capture_pointers[] = {(PKSDATARANGE)&stream_ranges[0]};
static PKSDATARANGE bridge_pointers[] = {&bridge_range};

#define PIN(count, ranges, flow, communication, category)                                              \
    {                                                                                                  \
        count, count, 0, NULL,                                                                         \
        {                                                                                              \
            .DataRangesCount = SIZEOF_ARRAY(ranges), .DataRanges = ranges, .DataFlow = flow,           \
            .Communication = communication, .Category = &category                                      \
        }                                                                                              \
    }

static PCPIN_DESCRIPTOR pins[] = {
    [WAVE_PIN_RENDER] = PIN(1, render_pointers, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK,
                            KSCATEGORY_AUDIO),
    [WAVE_PIN_RENDER_BRIDGE] = PIN(0, bridge_pointers, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE,
                                   KSCATEGORY_AUDIO),
    [WAVE_PIN_CAPTURE] = PIN(1, capture_pointers, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_SINK,
                             KSCATEGORY_AUDIO),
    [WAVE_PIN_CAPTURE_BRIDGE] = PIN(0, bridge_pointers, KSPIN_DATAFLOW_IN,
                                    KSPIN_COMMUNICATION_NONE, KSCATEGORY_AUDIO),
};

static PCNODE_DESCRIPTOR nodes[] = {
    {0, NULL, &KSNODETYPE_DAC, NULL},
    {0, NULL, &KSNODETYPE_ADC, NULL},
};

static PCCONNECTION_DESCRIPTOR connections[] = {
    {PCFILTER_NODE, WAVE_PIN_RENDER, 0, 1},
    {0, 0, PCFILTER_NODE, WAVE_PIN_RENDER_BRIDGE},
    {PCFILTER_NODE, WAVE_PIN_CAPTURE_BRIDGE, 1, 1},
    {1, 0, PCFILTER_NODE, WAVE_PIN_CAPTURE},
};

static GUID categories[] = {
    {STATICGUIDOF(KSCATEGORY_AUDIO)},
    {STATICGUIDOF(KSCATEGORY_RENDER)},
    {STATICGUIDOF(KSCATEGORY_CAPTURE)},
};

static PCFILTER_DESCRIPTOR description = {
    .PinSize = sizeof(PCPIN_DESCRIPTOR),
    .PinCount = SIZEOF_ARRAY(pins),
    .Pins = pins,
    .NodeSize = sizeof(PCNODE_DESCRIPTOR),
    .NodeCount = SIZEOF_ARRAY(nodes),
    .Nodes = nodes,
    .ConnectionCount = SIZEOF_ARRAY(connections),
    .Connections = connections,
    .CategoryCount = SIZEOF_ARRAY(categories),
    .Categories = categories,
};

static NTSTATUS NTAPI wave_get_description(IMiniportWavePci *This, PPCFILTER_DESCRIPTOR *out)
{
    (void)This;
    *out = &description;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI wave_intersection(IMiniportWavePci *This, ULONG pin, PKSDATARANGE client,
                                        PKSDATARANGE mine, ULONG bytes, PVOID result,
                                        PULONG result_bytes)
{
    (void)This, (void)pin, (void)client, (void)mine, (void)bytes, (void)result, (void)result_bytes;
    return STATUS_NOT_IMPLEMENTED; /* the port's default suits 16-bit PCM */
}

/* ---- interrupt and timer ------------------------------------------------------------------------------------ */

static void acknowledge(const CODEC *codec, ULONG engine)
{
    USHORT status = bus_read16(codec, engine + ENGINE_STATUS);

    bus_write16(codec, engine + ENGINE_STATUS,
                status & (SR_LAST_EVENT | SR_DONE_EVENT | SR_FIFO));
}

static NTSTATUS NTAPI wave_isr(IInterruptSync *sync, PVOID context)
{
    WAVE *wave = context;
    ULONG status = bus_read32(wave->codec, GLOBAL_STATUS);

    (void)sync;
    if (status == 0xFFFFFFFF || !(status & (STATUS_IN | STATUS_OUT)))
        return STATUS_UNSUCCESSFUL;
    if (status & STATUS_OUT)
        acknowledge(wave->codec, ENGINE_OUT);
    if (status & STATUS_IN)
        acknowledge(wave->codec, ENGINE_IN);
    wave->port->lpVtbl->Notify(wave->port, wave->group);
    return STATUS_SUCCESS;
}

static VOID NTAPI wave_tick(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    WAVE *wave = context;

    (void)dpc, (void)argument1, (void)argument2;
    wave->port->lpVtbl->Notify(wave->port, wave->group);
}

void wave_start_ticks(WAVE *wave)
{
    LARGE_INTEGER due;
    KIRQL irql;

    due.QuadPart = -100000; /* 10 ms */
    KeAcquireSpinLock(&wave->lock, &irql);
    if (wave->ticking++ == 0)
        KeSetTimerEx(&wave->timer, due, 10, &wave->timer_dpc);
    KeReleaseSpinLock(&wave->lock, irql);
}

void wave_stop_ticks(WAVE *wave)
{
    KIRQL irql;

    KeAcquireSpinLock(&wave->lock, &irql);
    if (--wave->ticking == 0)
        KeCancelTimer(&wave->timer);
    KeReleaseSpinLock(&wave->lock, irql);
}

/* ---- start ---------------------------------------------------------------------------------------------------- */

static NTSTATUS make_channel(WAVE *wave, PRESOURCELIST resources)
{
    NTSTATUS status = wave->port->lpVtbl->NewMasterDmaChannel(
        wave->port, &wave->dma, NULL, NonPagedPool, resources, TRUE, TRUE, FALSE, FALSE,
        (DMA_WIDTH)-1, (DMA_SPEED)-1, 0x1FFFE, 0);

    if (!NT_SUCCESS(status))
        return status;
    return wave->dma->lpVtbl->AllocateBuffer(wave->dma, 2 * DESCRIPTORS * sizeof(DESCRIPTOR), NULL);
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

static NTSTATUS NTAPI wave_init(IMiniportWavePci *This, PUNKNOWN adapter, PRESOURCELIST resources,
                                PPORTWAVEPCI port, PSERVICEGROUP *group)
{
    WAVE *wave = wave_from(This);
    NTSTATUS status;

    *group = NULL;
    wave->codec = CONTAINING_RECORD(adapter, CODEC, unknown);
    adapter->lpVtbl->AddRef(adapter);
    wave->port = port;
    port->lpVtbl->AddRef(port);
    status = PcNewServiceGroup(&wave->group, NULL);
    if (NT_SUCCESS(status))
        status = make_channel(wave, resources);
    if (NT_SUCCESS(status))
        status = make_interrupt(wave, resources);
    if (NT_SUCCESS(status)) {
        wave->group->lpVtbl->AddRef(wave->group);
        *group = wave->group;
    }
    return status;
}

static NTSTATUS NTAPI wave_new_stream(IMiniportWavePci *This, PMINIPORTWAVEPCISTREAM *out,
                                      PUNKNOWN outer, POOL_TYPE pool, PPORTWAVEPCISTREAM port,
                                      ULONG pin, BOOLEAN capture, PKSDATAFORMAT format,
                                      PDMACHANNEL *dma, PSERVICEGROUP *group)
{
    WAVE *wave = wave_from(This);
    struct STREAM *stream;
    NTSTATUS status;

    (void)outer, (void)pool;
    if (pin != (ULONG)(capture ? WAVE_PIN_CAPTURE : WAVE_PIN_RENDER))
        return STATUS_INVALID_PARAMETER;
    status = stream_create(wave, port, capture != FALSE, format, &stream);
    if (!NT_SUCCESS(status))
        return status;
    *out = stream_interface(stream);
    *dma = wave->dma; /* by convention without a reference */
    wave->group->lpVtbl->AddRef(wave->group);
    *group = wave->group;
    return STATUS_SUCCESS;
}

static VOID NTAPI wave_service(IMiniportWavePci *This)
{
    (void)This; /* streams serve themselves */
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static ULONG NTAPI wave_add_ref(IMiniportWavePci *This)
{
    return (ULONG)InterlockedIncrement(&wave_from(This)->references);
}

static void wave_destroy(WAVE *wave)
{
    if (wave->interrupt) {
        wave->interrupt->lpVtbl->Disconnect(wave->interrupt);
        wave->interrupt->lpVtbl->Release(wave->interrupt);
    }
    KeCancelTimer(&wave->timer);
    KeFlushQueuedDpcs();
    if (wave->dma)
        wave->dma->lpVtbl->Release(wave->dma);
    if (wave->group)
        wave->group->lpVtbl->Release(wave->group);
    if (wave->port)
        wave->port->lpVtbl->Release(wave->port);
    if (wave->codec)
        wave->codec->unknown.lpVtbl->Release(&wave->codec->unknown);
    ExFreePoolWithTag(wave, AC97_TAG);
}

static ULONG NTAPI wave_release(IMiniportWavePci *This)
{
    LONG left = InterlockedDecrement(&wave_from(This)->references);

    if (left == 0)
        wave_destroy(wave_from(This));
    return (ULONG)left;
}

static NTSTATUS NTAPI wave_query(IMiniportWavePci *This, REFIID iid, PVOID *out)
{
    *out = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IMiniport) &&
        !IsEqualGUID(iid, &IID_IMiniportWavePci))
        return STATUS_INVALID_PARAMETER;
    wave_add_ref(This);
    *out = This;
    return STATUS_SUCCESS;
}

static const IMiniportWavePciVtbl wave_vtbl = {
    .QueryInterface = wave_query,
    .AddRef = wave_add_ref,
    .Release = wave_release,
    .GetDescription = wave_get_description,
    .DataRangeIntersection = wave_intersection,
    .Init = wave_init,
    .NewStream = wave_new_stream,
    .Service = wave_service,
};

NTSTATUS wave_create(PUNKNOWN *out)
{
    WAVE *wave = ExAllocatePoolWithTag(NonPagedPool, sizeof(*wave), AC97_TAG);

    *out = NULL;
    if (!wave)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(wave, sizeof(*wave));
    wave->miniport.lpVtbl = &wave_vtbl;
    wave->references = 1;
    KeInitializeSpinLock(&wave->lock);
    KeInitializeTimer(&wave->timer);
    KeInitializeDpc(&wave->timer_dpc, wave_tick, wave);
    *out = (PUNKNOWN)&wave->miniport;
    return STATUS_SUCCESS;
}
