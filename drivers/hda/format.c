/* SPDX-License-Identifier: MIT */
/*
 * Wave formats: 16 bits in two bytes, or 20, 24 or 32 bits at the top of four (HD-160), at the rates that the converter
 * names, as one 16-bit code for engine and converter (HD-45, HD-47).
 */
#include "hda.h"

typedef struct RATE {
    ULONG rate;
    USHORT code;
    ULONG bit; /* of the PCM parameter */
} RATE;

/* What a default should be comes first. */
static const RATE rates[RATES] = {
    {48000, 0x0000, 6},   {44100, 0x4000, 5},   {96000, 0x0800, 8},  {192000, 0x1800, 10},
    {88200, 0x4800, 7},   {176400, 0x5800, 9},  {32000, 0x0A00, 4},  {22050, 0x4100, 3},
    {16000, 0x0200, 2},   {11025, 0x4300, 1},   {8000, 0x0500, 0},
};

typedef struct SIZE {
    ULONG bits, pcm, code;
} SIZE;

static const SIZE sizes[] = {{16, PCM_16, 1}, {20, PCM_20, 2}, {24, PCM_24, 3}, {32, PCM_32, 4}};

ULONG format_rate(const PATH *path, ULONG i)
{
    return path->pcm >> rates[i].bit & 1 ? rates[i].rate : 0;
}

ULONG format_wide_bits(const PATH *path)
{
    ULONG i;

    for (i = SIZEOF_ARRAY(sizes) - 1; i; i--)
        if (path->pcm & sizes[i].pcm)
            return sizes[i].bits;
    return 0;
}

/* ---- from a data format ------------------------------------------------------------------------------------ */

static const RATE *find_rate(const PATH *path, ULONG rate)
{
    ULONG i;

    for (i = 0; i < RATES; i++)
        if (rates[i].rate == rate && format_rate(path, i))
            return &rates[i];
    return NULL;
}

/* Samples lie at the top of theirs, so a larger size takes them as well. */
static const SIZE *find_size(const PATH *path, ULONG container, ULONG bits)
{
    ULONG i;

    if (container == 16)
        return path->pcm & PCM_16 && bits == 16 ? &sizes[0] : NULL;
    for (i = 1; container == 32 && i < SIZEOF_ARRAY(sizes); i++)
        if (bits <= sizes[i].bits && path->pcm & sizes[i].pcm)
            return &sizes[i];
    return NULL;
}

static const WAVEFORMATEX *find_wave(PKSDATAFORMAT data)
{
    if (data->FormatSize < sizeof(KSDATAFORMAT_WAVEFORMATEX) ||
        !IsEqualGUID(&data->MajorFormat, &KSDATAFORMAT_TYPE_AUDIO) ||
        !IsEqualGUID(&data->SubFormat, &KSDATAFORMAT_SUBTYPE_PCM) ||
        !IsEqualGUID(&data->Specifier, &KSDATAFORMAT_SPECIFIER_WAVEFORMATEX))
        return NULL;
    return &((PKSDATAFORMAT_WAVEFORMATEX)data)->WaveFormatEx;
}

/* 0: a format that no PCM stream has. */
static ULONG valid_bits(PKSDATAFORMAT data, const WAVEFORMATEX *wave)
{
    if (wave->wFormatTag == WAVE_FORMAT_PCM)
        return wave->wBitsPerSample;
    if (wave->wFormatTag != WAVE_FORMAT_EXTENSIBLE ||
        data->FormatSize < sizeof(KSDATAFORMAT_WAVEFORMATEXTENSIBLE))
        return 0;
    return ((const WAVEFORMATEXTENSIBLE *)wave)->Samples.wValidBitsPerSample;
}

/* A stereo converter would play one channel on one side (HD-125); of two it may record one. */
static BOOLEAN suits_converter(const PATH *path, ULONG side, ULONG channels)
{
    ULONG least = side == SIDE_RENDER && path->channels > 1 ? 2 : 1;

    return channels >= least && channels <= path->channels;
}

/* Words that the stream takes of the busiest frame (HD-15). */
static BOOLEAN fits_link(const CONTROLLER *controller, ULONG side, ULONG rate, ULONG channels,
                         ULONG bits)
{
    USHORT room = read16(controller, side == SIDE_RENDER ? REG_OUTSTRMPAY : REG_INSTRMPAY);
    ULONG blocks = (rate + 47999) / 48000;

    return room == 0 || (blocks * channels * bits + 15) / 16 <= room;
}

NTSTATUS format_parse(const CONTROLLER *controller, ULONG side, PKSDATAFORMAT data, FORMAT *out)
{
    const PATH *path = &controller->paths[side];
    const WAVEFORMATEX *wave = find_wave(data);
    const RATE *rate;
    const SIZE *size;
    ULONG bits;

    if (!wave)
        return STATUS_INVALID_PARAMETER;
    bits = valid_bits(data, wave);
    rate = find_rate(path, wave->nSamplesPerSec);
    size = bits ? find_size(path, wave->wBitsPerSample, bits) : NULL;
    if (!rate || !size || !suits_converter(path, side, wave->nChannels) ||
        wave->nBlockAlign != wave->nChannels * wave->wBitsPerSample / 8 ||
        !fits_link(controller, side, rate->rate, wave->nChannels, size->bits))
        return STATUS_INVALID_PARAMETER;
    out->rate = rate->rate;
    out->channels = wave->nChannels;
    out->frame_bytes = wave->nBlockAlign;
    out->bytes_per_second = out->rate * out->frame_bytes;
    out->code = (USHORT)(rate->code | size->code << 4 | (wave->nChannels - 1u));
    return STATUS_SUCCESS;
}

/* ---- intersection ---------------------------------------------------------------------------------------------- */

static void describe(const PATH *path, ULONG rate, ULONG channels,
                     PKSDATAFORMAT_WAVEFORMATEXTENSIBLE out)
{
    WAVEFORMATEX *wave = &out->WaveFormatExt.Format;

    RtlZeroMemory(out, sizeof(*out));
    out->DataFormat.FormatSize = sizeof(*out);
    out->DataFormat.SampleSize = channels * 4;
    out->DataFormat.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
    out->DataFormat.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
    out->DataFormat.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
    wave->wFormatTag = WAVE_FORMAT_EXTENSIBLE;
    wave->nChannels = (WORD)channels;
    wave->nSamplesPerSec = rate;
    wave->wBitsPerSample = 32;
    wave->nBlockAlign = (WORD)(channels * 4);
    wave->nAvgBytesPerSec = rate * channels * 4;
    wave->cbSize = sizeof(WAVEFORMATEXTENSIBLE) - sizeof(WAVEFORMATEX);
    out->WaveFormatExt.Samples.wValidBitsPerSample = (WORD)format_wide_bits(path);
    out->WaveFormatExt.dwChannelMask =
        channels == 1 ? KSAUDIO_SPEAKER_MONO : channels == 2 ? KSAUDIO_SPEAKER_STEREO : 0;
    out->WaveFormatExt.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
}

/* The miniport's ranges have one rate each. */
static BOOLEAN overlap(const KSDATARANGE_AUDIO *client, const KSDATARANGE_AUDIO *mine)
{
    return client->DataRange.FormatSize >= sizeof(*client) && client->MaximumChannels &&
           client->MinimumBitsPerSample <= 32 && client->MaximumBitsPerSample >= 32 &&
           client->MinimumSampleFrequency <= mine->MaximumSampleFrequency &&
           client->MaximumSampleFrequency >= mine->MinimumSampleFrequency;
}

NTSTATUS format_intersect(const PATH *path, PKSDATARANGE client, PKSDATARANGE mine, ULONG bytes,
                          PVOID result, PULONG result_bytes)
{
    const KSDATARANGE_AUDIO *theirs = (const KSDATARANGE_AUDIO *)client;
    const KSDATARANGE_AUDIO *ours = (const KSDATARANGE_AUDIO *)mine;
    ULONG channels;

    if (!overlap(theirs, ours))
        return STATUS_NO_MATCH;
    channels = theirs->MaximumChannels < ours->MaximumChannels ? theirs->MaximumChannels
                                                               : ours->MaximumChannels;
    *result_bytes = sizeof(KSDATAFORMAT_WAVEFORMATEXTENSIBLE);
    if (!bytes)
        return STATUS_BUFFER_OVERFLOW;
    if (bytes < *result_bytes)
        return STATUS_BUFFER_TOO_SMALL;
    describe(path, ours->MaximumSampleFrequency, channels, result);
    return STATUS_SUCCESS;
}
