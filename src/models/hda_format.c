// SPDX-License-Identifier: MIT
//
// See hda_format.h.
#include "models/hda_format.h"

#include <stddef.h>

enum {
    CADENCE_FRAMES = 160, // HD-163
    CADENCE_FULL = 147,
    BASE_44100 = 1 << 14,
};

// HD-163: so many frames with blocks, then an empty one.
static const uint8_t cadence_runs[] = {12, 11, 11, 12, 11, 11, 12, 11, 11, 12, 11, 11, 11};

static const uint8_t sample_bits[8] = {8, 16, 20, 24, 32};

static unsigned multiple(uint16_t format)
{
    return (format >> 11 & 7u) + 1;
}

static unsigned divisor(uint16_t format)
{
    return (format >> 8 & 7u) + 1;
}

bool hda_format_valid(uint16_t format)
{
    return multiple(format) <= 4 && sample_bits[hda_format_bits_field(format)];
}

unsigned hda_format_rate(uint16_t format)
{
    unsigned base = format & BASE_44100 ? 44100 : 48000;
    return base * multiple(format) / divisor(format);
}

bool hda_format_accepted(uint16_t format, uint32_t pcm)
{
    static const uint32_t rates[] = {8000,  11025, 16000, 22050,  32000,  44100,
                                     48000, 88200, 96000, 176400, 192000, 384000}; // HD-143
    unsigned bits = hda_format_bits_field(format);

    if ((format & ~HDA_FORMAT_WRITABLE) || !hda_format_valid(format) || !(pcm & 1u << (16 + bits)))
        return false;
    for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++)
        if (hda_format_rate(format) == rates[i])
            return pcm & 1u << i;
    return false;
}

unsigned hda_format_container(uint16_t format)
{
    return hda_format_bits_field(format) <= 1 ? 2 : 4;
}

unsigned hda_format_block(uint16_t format)
{
    return hda_format_channels(format) * hda_format_container(format);
}

unsigned hda_format_frame_blocks(uint16_t format)
{
    return multiple(format);
}

unsigned hda_format_frame_words(uint16_t format)
{
    unsigned bits = sample_bits[hda_format_bits_field(format)] * hda_format_channels(format);
    return (bits * multiple(format) + 15) / 16;
}

// ---- cadence ------------------------------------------------------------------------------------

// How many of the first `frames` frames could carry blocks at the base rate.
static uint64_t full_frames(uint16_t format, uint64_t frames)
{
    uint64_t full = frames / CADENCE_FRAMES * CADENCE_FULL;
    unsigned left = (unsigned)(frames % CADENCE_FRAMES);

    if (!(format & BASE_44100))
        return frames;
    for (size_t i = 0; left; i++) {
        unsigned run = cadence_runs[i];
        full += left < run ? left : run;
        left -= left < run + 1 ? left : run + 1;
    }
    return full;
}

// Frames until the `full`-th of those is over; full >= 1.
static uint64_t frames_until_full(uint16_t format, uint64_t full)
{
    uint64_t frames = (full - 1) / CADENCE_FULL * CADENCE_FRAMES;
    unsigned left = (unsigned)((full - 1) % CADENCE_FULL) + 1;

    if (!(format & BASE_44100))
        return full;
    for (size_t i = 0; left > cadence_runs[i]; i++) {
        frames += cadence_runs[i] + 1u;
        left -= cadence_runs[i];
    }
    return frames + left;
}

uint64_t hda_format_blocks(uint16_t format, uint64_t frames)
{
    uint64_t full = full_frames(format, frames);
    return (full + divisor(format) - 1) / divisor(format) * multiple(format);
}

uint64_t hda_format_frames(uint16_t format, uint64_t blocks)
{
    uint64_t packets = (blocks + multiple(format) - 1) / multiple(format);

    return packets ? frames_until_full(format, (packets - 1) * divisor(format) + 1) : 0;
}
