/* SPDX-License-Identifier: MIT */
/*
 * The adapter-common object: owns the port ranges, brings the link up, reads and writes mixer registers.
 * Both miniports hold a reference. Registers are touched at PASSIVE_LEVEL under PortCls's device lock.
 */
#include "ac97.h"

/* An access takes two AC-link frames at the most; a stale semaphore is passed over, the access frees it. */
static void take_access(const CODEC *codec)
{
    ULONG tries;

    for (tries = 0; tries < 100; tries++) {
        if (!(bus_read8(codec, CODEC_ACCESS) & 1))
            return;
        KeStallExecutionProcessor(1);
    }
}

USHORT codec_read(const CODEC *codec, ULONG reg)
{
    take_access(codec);
    return READ_PORT_USHORT((PUSHORT)(codec->mixer + reg));
}

void codec_write(const CODEC *codec, ULONG reg, USHORT value)
{
    take_access(codec);
    WRITE_PORT_USHORT((PUSHORT)(codec->mixer + reg), value);
}

static void sleep_ms(ULONG ms)
{
    LARGE_INTEGER interval;

    interval.QuadPart = -10000ll * ms;
    KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

/* Waits until the global status shows `bits`, or the global control has lost `gone`. */
static BOOLEAN wait_global(const CODEC *codec, ULONG bits, ULONG gone)
{
    ULONG ms;

    for (ms = 0; ms < 1000; ms++) {
        if ((bus_read32(codec, GLOBAL_STATUS) & bits) == bits &&
            !(bus_read32(codec, GLOBAL_CONTROL) & gone))
            return TRUE;
        sleep_ms(1);
    }
    return FALSE;
}

/* Converters and mixer report ready one by one after the link. */
static BOOLEAN wait_converters(const CODEC *codec)
{
    ULONG ms;

    for (ms = 0; ms < 1000; ms++) {
        if ((codec_read(codec, NAM_POWERDOWN) & 0x0F) == 0x0F)
            return TRUE;
        sleep_ms(1);
    }
    return FALSE;
}

NTSTATUS codec_reset(CODEC *codec)
{
    ULONG control = bus_read32(codec, GLOBAL_CONTROL);

    if (control == 0xFFFFFFFF)
        return STATUS_DEVICE_NOT_CONNECTED;
    if (control & CONTROL_COLD)
        bus_write32(codec, GLOBAL_CONTROL, control | CONTROL_WARM);
    else
        bus_write32(codec, GLOBAL_CONTROL, CONTROL_COLD);
    if (!wait_global(codec, STATUS_CODEC_READY, CONTROL_WARM))
        return STATUS_DEVICE_NOT_READY;
    codec_read(codec, NAM_RESET); /* frees a stale access semaphore */
    codec_write(codec, NAM_RESET, 0);
    if (!wait_converters(codec))
        return STATUS_DEVICE_NOT_READY;
    codec->variable_rate = (codec_read(codec, NAM_EXTENDED_ID) & EXTENDED_VRA) != 0;
    if (codec->variable_rate)
        codec_write(codec, NAM_EXTENDED_CONTROL,
                    codec_read(codec, NAM_EXTENDED_CONTROL) | EXTENDED_VRA);
    codec_write(codec, NAM_MASTER_VOLUME, 0x0000);
    codec_write(codec, NAM_PCM_OUT_VOLUME, 0x0808);
    codec_write(codec, NAM_RECORD_SELECT, 0x0404); /* line in */
    codec_write(codec, NAM_RECORD_GAIN, 0x0000);
    return STATUS_SUCCESS;
}

NTSTATUS codec_set_rate(const CODEC *codec, ULONG reg, ULONG rate)
{
    if (!codec->variable_rate)
        return rate == 48000 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    if (rate > 48000)
        return STATUS_INVALID_PARAMETER;
    codec_write(codec, reg, (USHORT)rate);
    return codec_read(codec, reg) == rate ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

/* ---- IUnknown ---------------------------------------------------------------------------------------- */

static CODEC *from_unknown(IUnknown *This)
{
    return CONTAINING_RECORD(This, CODEC, unknown);
}

static ULONG NTAPI codec_add_ref(IUnknown *This)
{
    return (ULONG)InterlockedIncrement(&from_unknown(This)->references);
}

static ULONG NTAPI codec_release(IUnknown *This)
{
    LONG left = InterlockedDecrement(&from_unknown(This)->references);

    if (left == 0)
        ExFreePoolWithTag(from_unknown(This), AC97_TAG);
    return (ULONG)left;
}

static NTSTATUS NTAPI codec_query(IUnknown *This, REFIID iid, PVOID *out)
{
    *out = NULL;
    if (!IsEqualGUID(iid, &IID_IUnknown))
        return STATUS_INVALID_PARAMETER;
    codec_add_ref(This);
    *out = This;
    return STATUS_SUCCESS;
}

static const IUnknownVtbl codec_vtbl = {
    .QueryInterface = codec_query,
    .AddRef = codec_add_ref,
    .Release = codec_release,
};

NTSTATUS codec_create(CODEC **out, PRESOURCELIST resources)
{
    PCM_PARTIAL_RESOURCE_DESCRIPTOR mixer, bus_master;
    NTSTATUS status;
    CODEC *codec;

    *out = NULL;
    mixer = resources->lpVtbl->FindTranslatedEntry(resources, CmResourceTypePort, 0);
    bus_master = resources->lpVtbl->FindTranslatedEntry(resources, CmResourceTypePort, 1);
    if (!mixer || !bus_master)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    codec = ExAllocatePoolWithTag(NonPagedPool, sizeof(*codec), AC97_TAG);
    if (!codec)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(codec, sizeof(*codec));
    codec->unknown.lpVtbl = &codec_vtbl;
    codec->references = 1;
    codec->mixer = (ULONG_PTR)mixer->u.Port.Start.QuadPart;
    codec->bus_master = (ULONG_PTR)bus_master->u.Port.Start.QuadPart;
    status = codec_reset(codec);
    if (!NT_SUCCESS(status)) {
        codec_release(&codec->unknown);
        return status;
    }
    *out = codec;
    return STATUS_SUCCESS;
}
