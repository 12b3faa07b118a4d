// SPDX-License-Identifier: MIT
//
// Converters, amplifiers and pins: samples between the link and the jacks. Gains are exact to one
// rounding; 16-bit stereo at 0 dB passes untouched, straight from the FIFO.
#include <string.h>

#include "models/gain.h"
#include "models/hda.h"
#include "models/hda_format.h"

enum {
    MUTE = 0x80,
    PIN_OUT = 0x40, // HD-130
    PIN_IN = 0x20,
    EAPD = 0x02,
    MOST_BLOCKS = HDA_FIFO_BYTES / 2,
    LOOP_FRAMES = 2, // HD-177
    QEMU_ONE = 255,
};

// Index i: i - 64 dB.
static const int32_t dac_gains[] = {
    10586,    11877,    13327,    14953,    16777,    18824,   21121,   23698,   26590,   29835,
    33475,    37560,    42142,    47285,    53054,    59528,   66791,   74941,   84085,   94345,
    105857,   118774,   133266,   149527,   167772,   188243,  211213,  236984,  265901,  298346,
    334749,   375595,   421425,   472846,   530542,   595278,  667913,  749411,  840853,  943452,
    1058571,  1187736,  1332662,  1495271,  1677722,  1882435, 2112126, 2369845, 2659010, 2983458,
    3347495,  3755951,  4214246,  4728462,  5305422,  5952781, 6679130, 7494107, 8408526, 9434522,
    10585708, 11877359, 13326616, 14952709, 16777216,
};

// Index i: 1.5 * (i - 8) dB.
static const int32_t adc_gains[] = {
    4214246,  5008641,  5952781,  7074893,   8408526,   9993552,   11877359,  14116268,
    16777216, 19939759, 23698447, 28165658,  33474947,  39785049,  47284619,  56197875,
    66791300, 79381609, 94345219, 112129503, 133266164, 158387132, 188243460, 223727771,
};

struct gains {
    int64_t channel[2]; // 0: silent
    int64_t one;        // full scale: GAIN_ONE, or QEMU's 255 parts
};

static struct gains gains_of(const struct hda *hda, unsigned node, const int32_t *table)
{
    const struct hda_node_state *state = &hda->codec.nodes[node];
    struct gains gains = {{0, 0}, hda->options.quirks ? QEMU_ONE : GAIN_ONE};

    for (unsigned i = 0; i < 2; i++)
        if (hda->options.quirks)
            gains.channel[i] = hda_quirk_level(state->amp[i]);
        else if (!(state->amp[i] & MUTE))
            gains.channel[i] = table[state->amp[i] & 0x7F];
    return gains;
}

static bool both(const struct gains *gains, int64_t value)
{
    return gains->channel[0] == value && gains->channel[1] == value;
}

// `below`: bits that the sample has below its 16.
static int16_t scaled(const struct gains *gains, unsigned channel, int32_t sample, unsigned below)
{
    int64_t gain = gains->channel[channel];

    return gains->one == QEMU_ONE ? gain_part(sample >> below, (unsigned)gain)
                                  : gain_scale(sample, gain, GAIN_FRACTION + below);
}

// ---- who is connected ---------------------------------------------------------------------------

static bool listens(const struct hda *hda, unsigned node, const struct hda_stream *stream)
{
    return (uint32_t)hda->codec.nodes[node].stream >> 4 == (stream->control & HDA_TAG) >> 20;
}

// HD-47.
static bool formats_agree(struct hda *hda, unsigned node, struct hda_stream *stream)
{
    bool agree = hda->codec.nodes[node].format == stream->format;
    uint32_t pcm = hda->options.quirks ? hda_quirk_formats() : hda_nodes[node].parameters[0x0A];

    if (!agree && !stream->mismatch_told)
        ps_device_report(hda->device, "HD-47", "converter and stream have different formats");
    stream->mismatch_told |= !agree;
    return agree && hda_format_accepted(stream->format, pcm);
}

static bool powered(const struct hda *hda, unsigned converter, unsigned pin)
{
    return hda_codec_in_d0(hda, converter) && hda_codec_in_d0(hda, pin); // HD-132
}

// ---- the wire between the jacks -----------------------------------------------------------------

static void loop_put(struct hda *hda, const int16_t *frames, unsigned count)
{
    struct hda_loop *loop = &hda->codec.loop;
    unsigned slot = hda->frame % HDA_LOOP_SLOTS;

    if (!hda->options.loopback || count > HDA_LOOP_BLOCKS)
        return;
    loop->frame[slot] = hda->frame;
    loop->count[slot] = (uint8_t)count;
    memset(loop->blocks[slot], 0, sizeof(loop->blocks[slot]));
    if (frames)
        memcpy(loop->blocks[slot], frames, count * sizeof(loop->blocks[slot][0]));
}

static void loop_take(struct hda *hda, int16_t *frames, unsigned count)
{
    struct hda_loop *loop = &hda->codec.loop;
    unsigned slot = (hda->frame - LOOP_FRAMES) % HDA_LOOP_SLOTS;
    bool there = loop->frame[slot] + LOOP_FRAMES == hda->frame && count <= loop->count[slot];

    if (there)
        memcpy(frames, loop->blocks[slot], count * sizeof(loop->blocks[slot][0]));
    else
        memset(frames, 0, count * sizeof(loop->blocks[slot][0]));
}

// ---- output -------------------------------------------------------------------------------------

// A sample as the upper bits of 32; what lies below its size is ignored, HD-160.
static int32_t sample_at(const uint8_t *from, uint16_t format)
{
    static const uint32_t masks[] = {0xFF000000, 0xFFFF0000, 0xFFFFF000, 0xFFFFFF00, 0xFFFFFFFF};
    uint32_t value = 0;

    if (hda_format_container(format) == 2)
        memcpy((uint8_t *)&value + 2, from, 2);
    else
        memcpy(&value, from, 4);
    return (int32_t)(value & masks[hda_format_bits_field(format)]);
}

// The two channels of the stream that the converter uses, HD-125; one that is not there is silent.
static void play_blocks(const struct hda_stream *stream, const struct gains *gains,
                        unsigned channel, const uint8_t *from, int16_t *to, unsigned blocks)
{
    unsigned channels = hda_format_channels(stream->format);
    unsigned container = hda_format_container(stream->format);

    for (unsigned i = 0; i < 2 * blocks; i++) {
        unsigned wanted = channel + i % 2;
        const uint8_t *at = from + (i / 2 * channels + wanted) * container;
        to[i] = wanted < channels ? scaled(gains, i % 2, sample_at(at, stream->format), 16) : 0;
    }
}

static void line_out(struct hda *hda, const struct hda_stream *stream, const int16_t *frames,
                     unsigned count, bool fetched)
{
    loop_put(hda, frames, count);
    ps_device_emit(hda->device, 0, frames, count, 2, hda_format_rate(stream->format), fetched);
}

static bool dac_sounds(struct hda *hda, struct hda_stream *stream)
{
    const struct hda_node_state *pin = &hda->codec.nodes[HDA_LINE_OUT];
    bool on = hda->options.quirks || ((pin->pin & PIN_OUT) && (pin->eapd & EAPD)); // HD-194

    return formats_agree(hda, HDA_DAC, stream) && powered(hda, HDA_DAC, HDA_LINE_OUT) && on;
}

void hda_mixer_play(struct hda *hda, struct hda_stream *stream, const uint8_t *from,
                    unsigned blocks)
{
    struct gains gains = gains_of(hda, HDA_DAC, dac_gains);
    unsigned channel = hda->codec.nodes[HDA_DAC].stream & 15;
    bool plain = (stream->format & 0xFF) == 0x11 && channel == 0; // 16 bits, stereo
    int16_t frames[2 * MOST_BLOCKS];

    if (!listens(hda, HDA_DAC, stream))
        return;
    if (!dac_sounds(hda, stream) || both(&gains, 0)) {
        line_out(hda, stream, NULL, blocks, true);
        return;
    }
    if (plain && both(&gains, gains.one)) {
        line_out(hda, stream, (const int16_t *)(const void *)from, blocks, true);
        return;
    }
    play_blocks(stream, &gains, channel, from, frames, blocks);
    line_out(hda, stream, frames, blocks, true);
}

void hda_mixer_starve(struct hda *hda, struct hda_stream *stream, unsigned blocks, bool first)
{
    if (!listens(hda, HDA_DAC, stream))
        return;
    if (first)
        ps_device_underrun(hda->device, 0);
    line_out(hda, stream, NULL, blocks, false);
}

// ---- input --------------------------------------------------------------------------------------

bool hda_mixer_talks(const struct hda *hda, const struct hda_stream *stream)
{
    return listens(hda, HDA_ADC, stream);
}

static void put_sample(uint8_t *to, unsigned container, int16_t sample)
{
    uint32_t value = (uint32_t)(uint16_t)sample << 16;

    if (container == 2)
        memcpy(to, &sample, 2);
    else
        memcpy(to, &value, 4); // low bits 0, HD-160
}

static void record_blocks(const struct hda_stream *stream, const struct gains *gains,
                          unsigned channel, const int16_t *from, uint8_t *to, unsigned blocks)
{
    unsigned channels = hda_format_channels(stream->format);
    unsigned container = hda_format_container(stream->format);

    for (unsigned i = 0; i < 2 * blocks; i++) {
        unsigned wanted = channel + i % 2;
        if (wanted < channels)
            put_sample(to + (i / 2 * channels + wanted) * container, container,
                       scaled(gains, i % 2, from[i], 0));
    }
}

void hda_mixer_record(struct hda *hda, struct hda_stream *stream, uint8_t *to, unsigned blocks)
{
    const struct hda_node_state *pin = &hda->codec.nodes[HDA_LINE_IN];
    struct gains gains = gains_of(hda, HDA_ADC, adc_gains);
    int16_t frames[2 * MOST_BLOCKS];

    if (hda->options.loopback)
        loop_take(hda, frames, blocks);
    else
        ps_device_absorb(hda->device, 0, frames, blocks, 2, hda_format_rate(stream->format));
    if (!to)
        return;
    memset(to, 0, blocks * hda_format_block(stream->format));
    if (formats_agree(hda, HDA_ADC, stream) && powered(hda, HDA_ADC, HDA_LINE_IN) &&
        (hda->options.quirks || (pin->pin & PIN_IN)))
        record_blocks(stream, &gains, hda->codec.nodes[HDA_ADC].stream & 15, frames, to, blocks);
}
