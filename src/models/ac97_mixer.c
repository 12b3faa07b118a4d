// SPDX-License-Identifier: MIT
//
// What the codec's converters make of the samples. Gains are exact to one rounding: all steps that
// apply to a channel are summed in units of 1.5 dB, looked up as linear gain with 24 fraction bits
// (AC-39), multiplied, rounded to nearest (halves up) and saturated to 16 bits. Unity is a table
// entry of its own: such samples pass untouched, straight from memory.
#include <string.h>

#include "models/ac97.h"
#include "models/gain.h"

enum {
    GAIN_UNITY = 15, // index of 0 dB in gains[]
    PCM_OUT_TOP = 7, // index of +12 dB, AC-34
    CHUNK_FRAMES = 256,
    MIC_BOOST = 10, // 20 dB as a factor, AC-35
};

// Entry j: +22.5 dB - 1.5 dB * j, down to -81 dB.
static const int32_t gains[] = {
    223727771, 188243460, 158387132, 133266164, 112129503, 94345219, 79381609, 66791300, 56197875,
    47284619,  39785049,  33474947,  28165658,  23698447,  19939759, 16777216, 14116268, 11877359,
    9993552,   8408526,   7074893,   5952781,   5008641,   4214246,  3545846,  2983458,  2510267,
    2112126,   1777133,   1495271,   1258114,   1058571,   890676,   749411,   630551,   530542,
    446396,    375595,    316024,    265901,    223728,    188243,   158387,   133266,   112130,
    94345,     79382,     66791,     56198,     47285,     39785,    33475,    28166,    23698,
    19940,     16777,     14116,     11877,     9994,      8409,     7075,     5953,     5009,
    4214,      3546,      2983,      2510,      2112,      1777,     1495,
};

struct gain {
    int64_t channel[2]; // 0: silent
};

static bool gain_is(const struct gain *gain, unsigned channels, int64_t value)
{
    return gain->channel[0] == value && (channels == 1 || gain->channel[1] == value);
}

static void scale_frames(const struct gain *gain, unsigned channels, const int16_t *from,
                         int16_t *to, size_t frames)
{
    for (size_t i = 0; i < frames * channels; i++)
        to[i] = gain_scale(from[i], gain->channel[i % channels], GAIN_FRACTION);
}

static bool emit_quirks(const struct ac97 *ac97, const int16_t *frames, size_t count, bool fetched)
{
    uint16_t master = ac97_register(ac97, AC97_MASTER), pcm = ac97_register(ac97, AC97_PCM_OUT);
    const unsigned parts[2] = {ac97_quirk_output(master, pcm, 8), ac97_quirk_output(master, pcm, 0)};
    int16_t chunk[CHUNK_FRAMES * 2];

    if (!ac97_variant(ac97)->quirks || !frames)
        return false;
    while (count) {
        size_t n = count < CHUNK_FRAMES ? count : CHUNK_FRAMES;

        ac97_quirk_scale(parts, frames, chunk, n);
        ps_device_emit(ac97->device, 0, chunk, n, 2, ac97_rate(ac97, AC97_PO), fetched);
        frames += n * 2;
        count -= n;
    }
    return true;
}

static struct gain output_gain(const struct ac97 *ac97)
{
    const uint8_t needed = AC97_DAC | AC97_ANL | AC97_REF;
    uint16_t master = ac97_register(ac97, AC97_MASTER), pcm = ac97_register(ac97, AC97_PCM_OUT);

    if (((master | pcm) & AC97_MUTE) || (ac97->codec.ready & needed) != needed)
        return (struct gain){{0, 0}};
    return (struct gain){{gains[PCM_OUT_TOP + (master >> 8 & 0x1F) + (pcm >> 8 & 0x1F)],
                          gains[PCM_OUT_TOP + (master & 0x1F) + (pcm & 0x1F)]}};
}

static int64_t record_gain(const struct ac97 *ac97, unsigned steps, unsigned source)
{
    bool boost = source == 0 && (ac97_register(ac97, AC97_MIC) & 0x40); // AC-23: 0 is the mic
    return gains[GAIN_UNITY - (steps & 0xF)] * (int64_t)(boost ? MIC_BOOST : 1);
}

static struct gain input_gain(const struct ac97 *ac97, enum ac97_engine_id id)
{
    bool mic = id == AC97_MC;
    uint16_t record = ac97_register(ac97, mic ? AC97_RECORD_GAIN_MIC : AC97_RECORD_GAIN);
    uint16_t select = mic ? 0 : ac97_register(ac97, AC97_RECORD_SELECT);
    uint8_t needed = (mic ? AC97_MADC : AC97_ADC) | AC97_REF;

    if ((record & AC97_MUTE) || (ac97->codec.ready & needed) != needed)
        return (struct gain){{0, 0}};
    if (mic)
        return (struct gain){{record_gain(ac97, record, 0)}};
    return (struct gain){
        {record_gain(ac97, record >> 8, select >> 8 & 7), record_gain(ac97, record, select & 7)}};
}

void ac97_emit(struct ac97 *ac97, const int16_t *frames, size_t count, bool fetched)
{
    struct gain gain = output_gain(ac97);
    uint32_t rate = ac97_rate(ac97, AC97_PO);
    int16_t chunk[CHUNK_FRAMES * 2];

    if (emit_quirks(ac97, frames, count, fetched))
        return;
    if (!frames || gain_is(&gain, 2, 0) || gain_is(&gain, 2, GAIN_ONE)) {
        const int16_t *sound = gain_is(&gain, 2, 0) ? NULL : frames;
        ps_device_emit(ac97->device, 0, sound, count, 2, rate, fetched);
        return;
    }
    while (count) {
        size_t n = count < CHUNK_FRAMES ? count : CHUNK_FRAMES;
        scale_frames(&gain, 2, frames, chunk, n);
        ps_device_emit(ac97->device, 0, chunk, n, 2, rate, fetched);
        frames += n * 2;
        count -= n;
    }
}

void ac97_absorb(struct ac97 *ac97, enum ac97_engine_id id, int16_t *frames, size_t count)
{
    struct gain gain = input_gain(ac97, id);
    unsigned channels = ac97->engines[id].channels;

    ps_device_absorb(ac97->device, ac97_line(id), frames, count, channels, ac97_rate(ac97, id));
    if (ac97_variant(ac97)->quirks && id == AC97_PI) {
        if (ac97_register(ac97, AC97_RECORD_GAIN) & AC97_MUTE)
            memset(frames, 0, count * channels * sizeof(*frames));
        return;
    }
    if (!gain_is(&gain, channels, GAIN_ONE))
        scale_frames(&gain, channels, frames, frames, count);
}
