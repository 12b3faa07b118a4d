// SPDX-License-Identifier: MIT
//
// Samples: how memory has them (SB-35), and the levels that they pass (SB-72, SB-36).
#include "models/gain.h"
#include "models/sb16.h"

enum {
    PIECE = 128, // frames
    MASTER = 0x30,
    VOICE = 0x32,
    LINE = 0x38,
    INPUT_LEFT = 0x3D,
    INPUT_RIGHT = 0x3E,
    INPUT_GAIN = 0x3F,
    OUTPUT_GAIN = 0x41,
    LINE_LEFT = 0x10, // in the input switches
    LINE_RIGHT = 0x08,
};

// 2 dB a step: 0 is -62 dB, 31 is 0 dB. round(2^24 * 10^(-(31 - n) / 10))
static const int32_t levels[32] = {
    13327,   16777,   21121,   26590,   33475,   42142,    53054,    66791,
    84085,   105857,  133266,  167772,  211213,  265901,   334749,   421425,
    530542,  667913,  840853,  1058571, 1332662, 1677722,  2112126,  2659010,
    3347495, 4214246, 5305422, 6679130, 8408526, 10585708, 13326616, 16777216,
};

static int64_t level(const struct sb16 *sb, unsigned index)
{
    return levels[sb->mixer.registers[index] >> 3];
}

static int64_t amplified(const struct sb16 *sb, unsigned index, int64_t gain)
{
    return gain * (1 << (sb->mixer.registers[index] >> 6));
}

// ---- out ----------------------------------------------------------------------------------------

static int64_t output_gain(const struct sb16 *sb, unsigned side)
{
    int64_t gain = level(sb, VOICE + side) * level(sb, MASTER + side) >> GAIN_FRACTION;

    return amplified(sb, OUTPUT_GAIN + side, gain);
}

static void emit_scaled(struct sb16 *sb, const int16_t *frames, size_t count, const int64_t *gains,
                        bool fetched)
{
    int16_t scaled[2 * PIECE];

    while (count) {
        size_t n = count < PIECE ? count : PIECE;

        for (size_t i = 0; i < 2 * n; i++)
            scaled[i] = gain_scale(frames[i], gains[i % 2], GAIN_FRACTION);
        ps_device_emit(sb->device, 0, scaled, n, 2, sb16_frame_rate(sb), fetched);
        frames += 2 * n;
        count -= n;
    }
}

void sb16_emit(struct sb16 *sb, const int16_t *frames, size_t count, bool fetched)
{
    int64_t gains[2] = {output_gain(sb, 0), output_gain(sb, 1)};

    if (!frames || sb->quirks || (gains[0] == GAIN_ONE && gains[1] == GAIN_ONE))
        ps_device_emit(sb->device, 0, frames, count, 2, sb16_frame_rate(sb), fetched);
    else
        emit_scaled(sb, frames, count, gains, fetched);
}

// ---- in -----------------------------------------------------------------------------------------

struct input {
    int64_t from[2]; // gain of the left and of the right line input
};

static struct input input_of(const struct sb16 *sb, unsigned side)
{
    uint8_t switches = sb->mixer.registers[side ? INPUT_RIGHT : INPUT_LEFT];

    return (struct input){
        {switches & LINE_LEFT ? amplified(sb, INPUT_GAIN + side, level(sb, LINE)) : 0,
         switches & LINE_RIGHT ? amplified(sb, INPUT_GAIN + side, level(sb, LINE + 1)) : 0}};
}

static int16_t mixed(const struct input *input, int16_t left, int16_t right)
{
    int32_t sum = gain_scale(left, input->from[0], GAIN_FRACTION) +
                  gain_scale(right, input->from[1], GAIN_FRACTION);

    return gain_scale(sum, GAIN_ONE, GAIN_FRACTION);
}

void sb16_absorb(struct sb16 *sb, int16_t *frames, size_t count)
{
    struct input sides[2] = {input_of(sb, 0), input_of(sb, 1)};

    ps_device_absorb(sb->device, 0, frames, count, 2, sb16_frame_rate(sb));
    for (size_t i = 0; i < count; i++) {
        int16_t left = frames[2 * i], right = frames[2 * i + 1];

        frames[2 * i] = mixed(&sides[0], left, right);
        frames[2 * i + 1] = mixed(&sides[1], left, right);
    }
}

// ---- memory -------------------------------------------------------------------------------------

static int16_t sample_at(const struct sb16_format *format, const uint8_t *at)
{
    unsigned value = format->sample == 2 ? at[0] | (unsigned)at[1] << 8 : (unsigned)at[0] << 8;

    return (int16_t)(format->is_signed ? value : value ^ 0x8000);
}

void sb16_decode(const struct sb16_format *format, const uint8_t *bytes, int16_t *frames,
                 size_t count)
{
    unsigned bytes_per_frame = sb16_frame_bytes(format);
    unsigned right = format->stereo ? format->sample : 0;

    for (size_t i = 0; i < count; i++, bytes += bytes_per_frame) {
        frames[2 * i] = sample_at(format, bytes);
        frames[2 * i + 1] = sample_at(format, bytes + right);
    }
}

static uint8_t *put_sample(const struct sb16_format *format, int16_t sample, uint8_t *at)
{
    unsigned value = (uint16_t)sample ^ (format->is_signed ? 0u : 0x8000u);

    if (format->sample == 2)
        *at++ = (uint8_t)value;
    *at++ = (uint8_t)(value >> 8);
    return at;
}

void sb16_encode(const struct sb16_format *format, const int16_t *frames, uint8_t *bytes,
                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bytes = put_sample(format, frames[2 * i], bytes);
        if (format->stereo)
            bytes = put_sample(format, frames[2 * i + 1], bytes);
    }
}
