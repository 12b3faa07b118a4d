// SPDX-License-Identifier: MIT
//
// Wave formats and data ranges: what a KSDATAFORMAT holds, whether a range takes it, and the default
// data intersection (KP-70..80). Pure functions over what a client or a miniport passed; every size is
// checked before it is believed.
#include "ks/ks.h"

enum { EXTENSIBLE_EXTRA = sizeof(WAVEFORMATEXTENSIBLE) - sizeof(WAVEFORMATEX) };

#define WAVE_OFFSET offsetof(KSDATAFORMAT_WAVEFORMATEX, WaveFormatEx)
#define DSOUND_WAVE_OFFSET                                                                             \
    (offsetof(KSDATAFORMAT_DSOUND, BufferDesc) + offsetof(KSDSOUND_BUFFERDESC, WaveFormatEx))

static bool same(const GUID *a, const GUID *b)
{
    return __builtin_memcmp(a, b, sizeof(*a)) == 0;
}

static bool wild(const GUID *guid)
{
    static const GUID none;

    return same(guid, &none);
}

static bool specifier_is(const KSDATAFORMAT *format, const GUID *specifier)
{
    return same(&format->Specifier, specifier);
}

// ---- the wave format inside a data format --------------------------------------------------------------

static size_t wave_offset(const KSDATAFORMAT *format)
{
    if (specifier_is(format, &KSDATAFORMAT_SPECIFIER_WAVEFORMATEX))
        return WAVE_OFFSET;
    if (specifier_is(format, &KSDATAFORMAT_SPECIFIER_DSOUND))
        return DSOUND_WAVE_OFFSET;
    return 0;
}

static bool is_extensible(const WAVEFORMATEX *wave)
{
    return wave->wFormatTag == WAVE_FORMAT_EXTENSIBLE;
}

// The subtype a wave tag or an extensible format stands for.
static GUID wave_subtype(const WAVEFORMATEX *wave)
{
    GUID subtype = KSDATAFORMAT_SUBTYPE_PCM;

    if (is_extensible(wave))
        return ((const WAVEFORMATEXTENSIBLE *)wave)->SubFormat;
    subtype.Data1 = wave->wFormatTag;
    return subtype;
}

static bool is_linear(const GUID *subtype)
{
    return same(subtype, &KSDATAFORMAT_SUBTYPE_PCM) ||
           same(subtype, &KSDATAFORMAT_SUBTYPE_IEEE_FLOAT);
}

// KP-73: whole bytes, valid bits inside the container, block and byte rate as they follow.
static bool linear_consistent(const WAVEFORMATEX *wave)
{
    uint64_t block = (uint64_t)wave->nChannels * wave->wBitsPerSample / 8;

    if (!wave->wBitsPerSample || wave->wBitsPerSample % 8 || wave->nBlockAlign != block ||
        wave->nAvgBytesPerSec != (uint64_t)wave->nSamplesPerSec * block)
        return false;
    if (!is_extensible(wave))
        return true;
    return ((const WAVEFORMATEXTENSIBLE *)wave)->Samples.wValidBitsPerSample <=
           wave->wBitsPerSample;
}

static bool wave_consistent(const KSDATAFORMAT *format, const WAVEFORMATEX *wave, size_t room)
{
    GUID subtype;

    if (!wave->nChannels || !wave->nSamplesPerSec)
        return false;
    // A plain PCM format may leave cbSize undefined (PCMWAVEFORMAT has none).
    if (wave->wFormatTag != WAVE_FORMAT_PCM && wave->cbSize > room)
        return false;
    if (is_extensible(wave) && wave->cbSize < EXTENSIBLE_EXTRA)
        return false;
    subtype = wave_subtype(wave);
    if (!same(&subtype, &format->SubFormat))
        return false;
    return !is_linear(&subtype) || linear_consistent(wave);
}

PWAVEFORMATEX ks_format_wave(const KSDATAFORMAT *format, size_t bytes)
{
    PWAVEFORMATEX wave;
    size_t offset;

    if (bytes < sizeof(*format) || format->FormatSize < sizeof(*format) ||
        format->FormatSize > bytes)
        return NULL;
    offset = wave_offset(format);
    if (!offset || format->FormatSize < offset + sizeof(*wave))
        return NULL;
    wave = (PWAVEFORMATEX)((char *)format + offset);
    if (!wave_consistent(format, wave, format->FormatSize - offset - sizeof(*wave)))
        return NULL;
    return wave;
}

// ---- ranges --------------------------------------------------------------------------------------------

static bool range_is_audio(const KSDATARANGE *range)
{
    return range->FormatSize >= sizeof(KSDATARANGE_AUDIO) &&
           (wild(&range->Specifier) ||
            specifier_is(range, &KSDATAFORMAT_SPECIFIER_WAVEFORMATEX) ||
            specifier_is(range, &KSDATAFORMAT_SPECIFIER_DSOUND));
}

static bool bits_inside(const KSDATARANGE_AUDIO *range, ULONG bits)
{
    return bits >= range->MinimumBitsPerSample && bits <= range->MaximumBitsPerSample;
}

static bool wave_inside(const WAVEFORMATEX *wave, const KSDATARANGE_AUDIO *range)
{
    bool bits = bits_inside(range, wave->wBitsPerSample);

    if (!bits && is_extensible(wave))
        bits = bits_inside(range,
                           ((const WAVEFORMATEXTENSIBLE *)wave)->Samples.wValidBitsPerSample);
    return bits && wave->nChannels <= range->MaximumChannels &&
           wave->nSamplesPerSec >= range->MinimumSampleFrequency &&
           wave->nSamplesPerSec <= range->MaximumSampleFrequency;
}

static bool takes(const GUID *range, const GUID *format)
{
    return wild(range) || same(range, format);
}

bool ks_format_matches(const KSDATAFORMAT *format, size_t bytes, const KSDATARANGE *range)
{
    const WAVEFORMATEX *wave;

    if (bytes < sizeof(*format) || !takes(&range->MajorFormat, &format->MajorFormat) ||
        !takes(&range->SubFormat, &format->SubFormat) ||
        !takes(&range->Specifier, &format->Specifier))
        return false;
    if (!wave_offset(format))
        return format->FormatSize >= sizeof(*format) && format->FormatSize <= bytes;
    wave = ks_format_wave(format, bytes);
    if (!wave)
        return false;
    return !range_is_audio(range) || wave_inside(wave, (const KSDATARANGE_AUDIO *)range);
}

NTSTATUS ks_format_check(const struct ks_filter *filter, ULONG id, const KSDATAFORMAT *format,
                         size_t bytes)
{
    const KSPIN_DESCRIPTOR *pin = ks_pin_descriptor(filter, id);

    for (ULONG i = 0; pin && i < pin->DataRangesCount; i = ks_range_next(pin, i))
        if (ks_format_matches(format, bytes, pin->DataRanges[i]))
            return STATUS_SUCCESS;
    return STATUS_NO_MATCH;
}

static bool either(const GUID *a, const GUID *b)
{
    return wild(a) || wild(b) || same(a, b);
}

bool ks_ranges_can_match(const KSDATARANGE *client, const KSDATARANGE *mine)
{
    return either(&client->MajorFormat, &mine->MajorFormat) &&
           either(&client->SubFormat, &mine->SubFormat) &&
           either(&client->Specifier, &mine->Specifier);
}

// ---- the default intersection (KP-79) --------------------------------------------------------------------

struct overlap {
    ULONG channels, bits, rate;
};

static ULONG least(ULONG a, ULONG b)
{
    return a < b ? a : b;
}

static ULONG most(ULONG a, ULONG b)
{
    return a > b ? a : b;
}

// The best format both ranges hold; mono and stereo only.
static bool overlap(const KSDATARANGE_AUDIO *a, const KSDATARANGE_AUDIO *b, struct overlap *best)
{
    best->channels = least(2, least(a->MaximumChannels, b->MaximumChannels));
    best->bits = least(a->MaximumBitsPerSample, b->MaximumBitsPerSample) / 8 * 8;
    best->rate = least(a->MaximumSampleFrequency, b->MaximumSampleFrequency);
    return best->channels && best->bits && best->bits <= 64 && best->rate &&
           best->rate <= 0x7fffffff / 16 &&
           best->bits >= most(a->MinimumBitsPerSample, b->MinimumBitsPerSample) &&
           best->rate >= most(a->MinimumSampleFrequency, b->MinimumSampleFrequency);
}

static void describe(WAVEFORMATEX *wave, const struct overlap *best)
{
    wave->wFormatTag = WAVE_FORMAT_PCM;
    wave->nChannels = (WORD)best->channels;
    wave->nSamplesPerSec = best->rate;
    wave->wBitsPerSample = (WORD)best->bits;
    wave->nBlockAlign = (WORD)(best->channels * best->bits / 8);
    wave->nAvgBytesPerSec = best->rate * wave->nBlockAlign;
}

static bool is_dsound(const KSDATARANGE *client, const KSDATARANGE *mine)
{
    return specifier_is(client, &KSDATAFORMAT_SPECIFIER_DSOUND) ||
           (wild(&client->Specifier) && specifier_is(mine, &KSDATAFORMAT_SPECIFIER_DSOUND));
}

static void build(PVOID result, ULONG bytes, bool dsound, const struct overlap *best)
{
    KSDATAFORMAT *format = result;
    WAVEFORMATEX *wave =
        (WAVEFORMATEX *)((char *)result + (dsound ? DSOUND_WAVE_OFFSET : WAVE_OFFSET));

    RtlZeroMemory(result, bytes);
    describe(wave, best);
    format->FormatSize = bytes;
    format->SampleSize = wave->nBlockAlign;
    format->MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
    format->SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
    format->Specifier =
        dsound ? KSDATAFORMAT_SPECIFIER_DSOUND : KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
}

NTSTATUS ks_default_intersection(PKSDATARANGE client, PKSDATARANGE mine, ULONG bytes, PVOID result,
                                 PULONG result_bytes)
{
    bool dsound = is_dsound(client, mine);
    ULONG needed = dsound ? sizeof(KSDATAFORMAT_DSOUND) : sizeof(KSDATAFORMAT_WAVEFORMATEX);
    struct overlap best;

    *result_bytes = 0;
    if (!ks_ranges_can_match(client, mine) || !range_is_audio(client) || !range_is_audio(mine) ||
        !takes(&client->MajorFormat, &KSDATAFORMAT_TYPE_AUDIO) ||
        !takes(&mine->MajorFormat, &KSDATAFORMAT_TYPE_AUDIO) ||
        !takes(&client->SubFormat, &KSDATAFORMAT_SUBTYPE_PCM) ||
        !takes(&mine->SubFormat, &KSDATAFORMAT_SUBTYPE_PCM) ||
        !overlap((const KSDATARANGE_AUDIO *)client, (const KSDATARANGE_AUDIO *)mine, &best))
        return STATUS_NO_MATCH;
    *result_bytes = needed;
    if (!bytes)
        return STATUS_BUFFER_OVERFLOW;
    if (bytes < needed || !result)
        return STATUS_BUFFER_TOO_SMALL;
    build(result, needed, dsound, &best);
    return STATUS_SUCCESS;
}
