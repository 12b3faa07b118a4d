/* SPDX-License-Identifier: MIT */
/* The WaveRT miniport: the filter and at most one stream of each side. */
#include "stream.h"

static WAVE *wave_from(IMiniportWaveRT *This)
{
    return CONTAINING_RECORD(This, WAVE, miniport);
}

static NTSTATUS NTAPI wave_get_description(IMiniportWaveRT *This, PPCFILTER_DESCRIPTOR *out)
{
    *out = &wave_from(This)->filter.description;
    return STATUS_SUCCESS;
}

/* The side that a streaming pin belongs to; SIDES: it is none. */
static ULONG side_of(const CONTROLLER *controller, ULONG pin)
{
    ULONG side;

    for (side = 0; side < SIDES; side++)
        if (controller->paths[side].present &&
            pin_number(controller, side, WAVE_STREAMING) == pin)
            break;
    return side;
}

/* The port's default suits 16-bit samples. */
static NTSTATUS NTAPI wave_intersection(IMiniportWaveRT *This, ULONG pin, PKSDATARANGE client,
                                        PKSDATARANGE mine, ULONG bytes, PVOID result,
                                        PULONG result_bytes)
{
    const CONTROLLER *controller = wave_from(This)->controller;
    ULONG side = side_of(controller, pin);

    if (side == SIDES || ((const KSDATARANGE_AUDIO *)mine)->MaximumBitsPerSample == 16)
        return STATUS_NOT_IMPLEMENTED;
    return format_intersect(&controller->paths[side], client, mine, bytes, result, result_bytes);
}

static NTSTATUS NTAPI wave_init(IMiniportWaveRT *This, PUNKNOWN adapter, PRESOURCELIST resources,
                                PPORTWAVERT port)
{
    WAVE *wave = wave_from(This);

    (void)resources, (void)port;
    wave->controller = CONTAINING_RECORD(adapter, CONTROLLER, unknown);
    adapter->lpVtbl->AddRef(adapter);
    filter_build(&wave->filter, wave->controller);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI wave_new_stream(IMiniportWaveRT *This, PMINIPORTWAVERTSTREAM *out,
                                      PPORTWAVERTSTREAM port, ULONG pin, BOOLEAN capture,
                                      PKSDATAFORMAT format)
{
    WAVE *wave = wave_from(This);
    ULONG side = side_of(wave->controller, pin);
    STREAM *stream;
    NTSTATUS status;

    *out = NULL;
    if (side == SIDES || (side == SIDE_CAPTURE) != (capture != FALSE))
        return STATUS_INVALID_PARAMETER;
    status = stream_create(wave, port, side, format, &stream);
    if (NT_SUCCESS(status))
        *out = (PMINIPORTWAVERTSTREAM)&stream->stream;
    return status;
}

static NTSTATUS NTAPI wave_device_description(IMiniportWaveRT *This, PDEVICE_DESCRIPTION out)
{
    RtlZeroMemory(out, sizeof(*out));
    out->Version = DEVICE_DESCRIPTION_VERSION;
    out->Master = TRUE;
    out->ScatterGather = TRUE;
    out->Dma32BitAddresses = TRUE;
    out->Dma64BitAddresses = wave_from(This)->controller->wide;
    out->InterfaceType = PCIBus;
    out->MaximumLength = 0xFFFFFFFF;
    return STATUS_SUCCESS;
}

/* ---- life -------------------------------------------------------------------------------------------------- */

static ULONG NTAPI wave_add_ref(IMiniportWaveRT *This)
{
    return (ULONG)InterlockedIncrement(&wave_from(This)->references);
}

static ULONG NTAPI wave_release(IMiniportWaveRT *This)
{
    WAVE *wave = wave_from(This);
    LONG left = InterlockedDecrement(&wave->references);

    if (left == 0) {
        if (wave->controller)
            wave->controller->unknown.lpVtbl->Release(&wave->controller->unknown);
        ExFreePoolWithTag(wave, HDA_TAG);
    }
    return (ULONG)left;
}

static NTSTATUS NTAPI wave_query(IMiniportWaveRT *This, REFIID iid, PVOID *out)
{
    *out = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IMiniport) &&
        !IsEqualGUID(iid, &IID_IMiniportWaveRT))
        return STATUS_INVALID_PARAMETER;
    wave_add_ref(This);
    *out = This;
    return STATUS_SUCCESS;
}

static const IMiniportWaveRTVtbl wave_vtbl = {
    .QueryInterface = wave_query,
    .AddRef = wave_add_ref,
    .Release = wave_release,
    .GetDescription = wave_get_description,
    .DataRangeIntersection = wave_intersection,
    .Init = wave_init,
    .NewStream = wave_new_stream,
    .GetDeviceDescription = wave_device_description,
};

NTSTATUS wave_create(PUNKNOWN *out)
{
    WAVE *wave = ExAllocatePoolWithTag(NonPagedPool, sizeof(*wave), HDA_TAG);

    *out = NULL;
    if (!wave)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(wave, sizeof(*wave));
    wave->miniport.lpVtbl = &wave_vtbl;
    wave->references = 1;
    *out = (PUNKNOWN)&wave->miniport;
    return STATUS_SUCCESS;
}
