// SPDX-License-Identifier: MIT
//
// Formats, ranges and the default intersection: ks/format.c alone, no system.
#include <portcls.h>

#include "tests/ps_test.h"

#include "ks/ks.h"

union format {
    KSDATAFORMAT head;
    KSDATAFORMAT_WAVEFORMATEX wave;
    KSDATAFORMAT_DSOUND dsound;
    struct {
        KSDATAFORMAT DataFormat;
        WAVEFORMATEXTENSIBLE Wave;
    } extensible;
    unsigned char bytes[256];
};

static void fill_wave(WAVEFORMATEX *wave, WORD channels, WORD bits, DWORD rate)
{
    wave->wFormatTag = WAVE_FORMAT_PCM;
    wave->nChannels = channels;
    wave->wBitsPerSample = bits;
    wave->nSamplesPerSec = rate;
    wave->nBlockAlign = (WORD)(channels * bits / 8);
    wave->nAvgBytesPerSec = rate * wave->nBlockAlign;
}

static union format pcm(WORD channels, WORD bits, DWORD rate)
{
    union format format;

    memset(&format, 0, sizeof(format));
    format.head.FormatSize = sizeof(format.wave);
    format.head.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
    format.head.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
    format.head.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
    fill_wave(&format.wave.WaveFormatEx, channels, bits, rate);
    return format;
}

static union format extensible(WORD channels, WORD bits, WORD valid, DWORD rate)
{
    union format format = pcm(channels, bits, rate);

    format.head.FormatSize = sizeof(KSDATAFORMAT) + sizeof(WAVEFORMATEXTENSIBLE);
    format.wave.WaveFormatEx.wFormatTag = WAVE_FORMAT_EXTENSIBLE;
    format.wave.WaveFormatEx.cbSize = 22;
    format.extensible.Wave.Samples.wValidBitsPerSample = valid;
    format.extensible.Wave.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
    return format;
}

static KSDATARANGE_AUDIO range(void)
{
    KSDATARANGE_AUDIO range;

    memset(&range, 0, sizeof(range));
    range.DataRange.FormatSize = sizeof(range);
    range.DataRange.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
    range.DataRange.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
    range.DataRange.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
    range.MaximumChannels = 2;
    range.MinimumBitsPerSample = 8;
    range.MaximumBitsPerSample = 16;
    range.MinimumSampleFrequency = 8000;
    range.MaximumSampleFrequency = 48000;
    return range;
}

static bool matches(const union format *format, const KSDATARANGE_AUDIO *with)
{
    return ks_format_matches(&format->head, sizeof(*format), (const KSDATARANGE *)with);
}

static bool has_wave(const union format *format)
{
    return ks_format_wave(&format->head, sizeof(*format)) != NULL;
}

PS_TEST(structures_have_windows_layouts, "KP-70", "KP-72", "KP-75")
{
    assert_int_equal(sizeof(KSDATAFORMAT), 64);
    assert_int_equal(offsetof(KSDATAFORMAT, MajorFormat), 16);
    assert_int_equal(offsetof(KSDATAFORMAT, SubFormat), 32);
    assert_int_equal(offsetof(KSDATAFORMAT, Specifier), 48);
    assert_int_equal(offsetof(KSDATAFORMAT_WAVEFORMATEX, WaveFormatEx), 64);
    assert_int_equal(offsetof(KSDATAFORMAT_DSOUND, BufferDesc) +
                         offsetof(KSDSOUND_BUFFERDESC, WaveFormatEx), 72);
    assert_int_equal(offsetof(KSDATARANGE_AUDIO, MaximumChannels), 64);
    assert_int_equal(offsetof(KSDATARANGE_AUDIO, MaximumSampleFrequency), 80);
    assert_int_equal(sizeof(WAVEFORMATEX), 18);
    assert_int_equal(sizeof(WAVEFORMATEXTENSIBLE), 40);
}

PS_TEST(guids_are_windows_own, "KP-71")
{
    GUID pcm_tag = {1, 0, 0x10, {0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71}};
    GUID audio = {0x73647561, 0, 0x10, {0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71}};
    GUID wave = {0x05589f81, 0xc356, 0x11ce, {0xbf, 0x01, 0, 0xaa, 0, 0x55, 0x59, 0x5a}};
    GUID dsound = {0x518590a2, 0xa184, 0x11d0, {0x85, 0x22, 0, 0xc0, 0x4f, 0xd9, 0xba, 0xf3}};

    assert_memory_equal(&KSDATAFORMAT_SUBTYPE_PCM, &pcm_tag, 16);
    assert_memory_equal(&KSDATAFORMAT_TYPE_AUDIO, &audio, 16);
    assert_memory_equal(&KSDATAFORMAT_SPECIFIER_WAVEFORMATEX, &wave, 16);
    assert_memory_equal(&KSDATAFORMAT_SPECIFIER_DSOUND, &dsound, 16);
    pcm_tag.Data1 = 3;
    assert_memory_equal(&KSDATAFORMAT_SUBTYPE_IEEE_FLOAT, &pcm_tag, 16);
}

PS_TEST(a_format_is_believed_only_if_whole, "KP-70", "KP-72")
{
    union format format = pcm(2, 16, 44100);

    assert_ptr_equal(ks_format_wave(&format.head, format.head.FormatSize),
                     &format.wave.WaveFormatEx);
    assert_null(ks_format_wave(&format.head, format.head.FormatSize - 1));
    assert_null(ks_format_wave(&format.head, 63));
    format.head.FormatSize = 64 + 17;
    assert_false(has_wave(&format));
    format.head.FormatSize = 64 + 18; // a WAVEFORMATEX without trailing padding
    assert_true(has_wave(&format));
    format.head.FormatSize = 0xffffffff;
    assert_false(has_wave(&format));
    format = pcm(2, 16, 44100);
    format.head.Specifier = KSDATAFORMAT_SPECIFIER_NONE;
    assert_false(has_wave(&format));
}

PS_TEST(a_format_is_believed_only_if_consistent, "KP-73")
{
    union format format = pcm(2, 16, 44100);

    format.wave.WaveFormatEx.nBlockAlign = 3;
    assert_false(has_wave(&format));
    format = pcm(2, 16, 44100);
    format.wave.WaveFormatEx.nAvgBytesPerSec++;
    assert_false(has_wave(&format));
    format = pcm(2, 12, 44100);
    assert_false(has_wave(&format));
    format = pcm(0, 16, 44100);
    assert_false(has_wave(&format));
    format = pcm(2, 16, 0);
    assert_false(has_wave(&format));
    format = pcm(2, 16, 44100);
    format.wave.WaveFormatEx.wFormatTag = 3; // the tag contradicts the subtype
    assert_false(has_wave(&format));
}

PS_TEST(extensible_formats_are_checked_too, "KP-73", "KP-74")
{
    union format format = extensible(2, 32, 24, 48000);

    assert_true(has_wave(&format));
    format.extensible.Wave.Samples.wValidBitsPerSample = 33;
    assert_false(has_wave(&format));
    format = extensible(2, 32, 24, 48000);
    format.wave.WaveFormatEx.cbSize = 21;
    assert_false(has_wave(&format));
    format = extensible(2, 32, 24, 48000);
    format.wave.WaveFormatEx.cbSize = 23; // more than there is
    assert_false(has_wave(&format));
    format = extensible(2, 32, 24, 48000);
    format.extensible.Wave.SubFormat = KSDATAFORMAT_SUBTYPE_IEEE_FLOAT;
    assert_false(has_wave(&format));
}

PS_TEST(a_dsound_format_holds_its_wave_further_behind, "KP-72", "KP-76")
{
    union format format = pcm(2, 16, 44100);
    KSDATARANGE_AUDIO dsound = range();

    memset(&format.dsound.BufferDesc, 0, sizeof(format.dsound.BufferDesc));
    format.head.FormatSize = sizeof(format.dsound);
    format.head.Specifier = KSDATAFORMAT_SPECIFIER_DSOUND;
    fill_wave(&format.dsound.BufferDesc.WaveFormatEx, 2, 16, 44100);
    assert_ptr_equal(ks_format_wave(&format.head, sizeof(format)),
                     &format.dsound.BufferDesc.WaveFormatEx);
    dsound.DataRange.Specifier = KSDATAFORMAT_SPECIFIER_DSOUND;
    assert_true(matches(&format, &dsound));
    format.dsound.BufferDesc.WaveFormatEx.nSamplesPerSec = 96000;
    format.dsound.BufferDesc.WaveFormatEx.nAvgBytesPerSec = 96000 * 4;
    assert_false(matches(&format, &dsound));
}

PS_TEST(a_range_takes_what_lies_in_its_limits, "KP-76")
{
    const KSDATARANGE_AUDIO limits = range();
    union format format = pcm(2, 16, 48000);

    assert_true(matches(&format, &limits));
    format = pcm(1, 8, 8000);
    assert_true(matches(&format, &limits));
    format = pcm(3, 16, 48000);
    assert_false(matches(&format, &limits));
    format = pcm(2, 24, 48000);
    assert_false(matches(&format, &limits));
    format = pcm(2, 16, 48001);
    assert_false(matches(&format, &limits));
    format = pcm(2, 16, 7999);
    assert_false(matches(&format, &limits));
}

PS_TEST(valid_bits_count_if_the_container_does_not_fit, "KP-76", "KP-74")
{
    KSDATARANGE_AUDIO limits = range();
    union format format = extensible(2, 32, 16, 48000);

    assert_true(matches(&format, &limits));
    format = extensible(2, 32, 24, 48000);
    assert_false(matches(&format, &limits));
    format = extensible(2, 16, 12, 48000);
    assert_true(matches(&format, &limits));
}

PS_TEST(wildcards_stand_in_the_range_only, "KP-70", "KP-76")
{
    static const GUID none;
    KSDATARANGE_AUDIO limits = range();
    union format format = pcm(2, 16, 48000);

    limits.DataRange.MajorFormat = limits.DataRange.SubFormat = limits.DataRange.Specifier = none;
    assert_true(matches(&format, &limits));
    limits = range();
    format.head.SubFormat = none;
    assert_false(matches(&format, &limits));
}

PS_TEST(unlimited_channels_are_minus_one, "KP-75", "KP-76")
{
    KSDATARANGE_AUDIO limits = range();
    union format format = pcm(60, 16, 48000);

    assert_false(matches(&format, &limits));
    limits.MaximumChannels = (ULONG)-1;
    assert_true(matches(&format, &limits));
}

PS_TEST(ranges_that_exclude_each_other_are_seen, "KP-80")
{
    static const GUID none;
    KSDATARANGE_AUDIO mine = range(), client = range();

    assert_true(ks_ranges_can_match((KSDATARANGE *)&client, (KSDATARANGE *)&mine));
    client.DataRange.SubFormat = KSDATAFORMAT_SUBTYPE_IEEE_FLOAT;
    assert_false(ks_ranges_can_match((KSDATARANGE *)&client, (KSDATARANGE *)&mine));
    client.DataRange.SubFormat = none;
    assert_true(ks_ranges_can_match((KSDATARANGE *)&client, (KSDATARANGE *)&mine));
    client.DataRange.Specifier = KSDATAFORMAT_SPECIFIER_DSOUND;
    assert_false(ks_ranges_can_match((KSDATARANGE *)&client, (KSDATARANGE *)&mine));
    mine.DataRange.MajorFormat = KSDATAFORMAT_TYPE_VIDEO;
    assert_false(ks_ranges_can_match((KSDATARANGE *)&client, (KSDATARANGE *)&mine));
}

static NTSTATUS intersect(KSDATARANGE_AUDIO *client, KSDATARANGE_AUDIO *mine, ULONG bytes,
                          union format *out, ULONG *needed)
{
    memset(out, 0xee, sizeof(*out));
    return ks_default_intersection((KSDATARANGE *)client, (KSDATARANGE *)mine, bytes,
                                   bytes ? out : NULL, needed);
}

PS_TEST(the_default_intersection_takes_the_best_of_the_overlap, "KP-79")
{
    KSDATARANGE_AUDIO mine = range(), client = range();
    union format out;
    ULONG needed;

    client.MaximumSampleFrequency = 44100;
    client.MaximumChannels = (ULONG)-1;
    mine.MaximumChannels = 6;
    assert_int_equal(intersect(&client, &mine, sizeof(out), &out, &needed), STATUS_SUCCESS);
    assert_int_equal(needed, sizeof(KSDATAFORMAT_WAVEFORMATEX));
    assert_int_equal(out.head.FormatSize, needed);
    assert_int_equal(out.wave.WaveFormatEx.nChannels, 2); // mono and stereo only
    assert_int_equal(out.wave.WaveFormatEx.wBitsPerSample, 16);
    assert_int_equal(out.wave.WaveFormatEx.nSamplesPerSec, 44100);
    assert_int_equal(out.wave.WaveFormatEx.wFormatTag, WAVE_FORMAT_PCM); // never EXTENSIBLE
    assert_int_equal(out.bytes[needed], 0xee);
    assert_true(matches(&out, &mine));
}

PS_TEST(the_default_intersection_knows_dsound, "KP-79")
{
    KSDATARANGE_AUDIO mine = range(), client = range();
    union format out;
    ULONG needed;

    mine.DataRange.Specifier = client.DataRange.Specifier = KSDATAFORMAT_SPECIFIER_DSOUND;
    assert_int_equal(intersect(&client, &mine, sizeof(out), &out, &needed), STATUS_SUCCESS);
    assert_int_equal(needed, sizeof(KSDATAFORMAT_DSOUND));
    assert_memory_equal(&out.head.Specifier, &KSDATAFORMAT_SPECIFIER_DSOUND, sizeof(GUID));
    assert_int_equal(out.dsound.BufferDesc.WaveFormatEx.nSamplesPerSec, 48000);
}

PS_TEST(the_default_intersection_finds_nothing_outside_pcm, "KP-79")
{
    KSDATARANGE_AUDIO mine = range(), client = range();
    union format out;
    ULONG needed;

    mine.DataRange.SubFormat = client.DataRange.SubFormat = KSDATAFORMAT_SUBTYPE_IEEE_FLOAT;
    assert_int_equal(intersect(&client, &mine, sizeof(out), &out, &needed), STATUS_NO_MATCH);
    mine = client = range();
    client.MinimumSampleFrequency = 50000;
    client.MaximumSampleFrequency = 96000;
    assert_int_equal(intersect(&client, &mine, sizeof(out), &out, &needed), STATUS_NO_MATCH);
    client = range();
    client.MaximumChannels = 0;
    assert_int_equal(intersect(&client, &mine, sizeof(out), &out, &needed), STATUS_NO_MATCH);
}

PS_TEST(the_size_of_an_intersection_can_be_asked, "KP-78")
{
    KSDATARANGE_AUDIO mine = range(), client = range();
    union format out;
    ULONG needed;

    assert_int_equal(intersect(&client, &mine, 0, &out, &needed), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(needed, sizeof(KSDATAFORMAT_WAVEFORMATEX));
    assert_int_equal(intersect(&client, &mine, needed - 1, &out, &needed),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(intersect(&client, &mine, needed, &out, &needed), STATUS_SUCCESS);
}
