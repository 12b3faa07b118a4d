// SPDX-License-Identifier: MIT
//
// The 16-bit format word of SDnFMT and of converters (HD-45), and the cadence: which frames of the
// link carry how many sample blocks (HD-162, HD-163). Frames are counted from the start of the
// stream.
#ifndef PORTSIDE_MODELS_HDA_FORMAT_H
#define PORTSIDE_MODELS_HDA_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#define HDA_FORMAT_WRITABLE 0x7F7Fu // bits 15 and 7 are reserved

// No reserved value in any field.
bool hda_format_valid(uint16_t format);
// A converter with these sizes and rates (parameter 0Ah) takes it.
bool hda_format_accepted(uint16_t format, uint32_t pcm);

static inline unsigned hda_format_channels(uint16_t format)
{
    return (format & 0xFu) + 1;
}

static inline unsigned hda_format_bits_field(uint16_t format)
{
    return format >> 4 & 7u;
}

unsigned hda_format_rate(uint16_t format); // Hz, rounded down
// Bytes of one sample in memory, and of one sample block: HD-160, HD-161.
unsigned hda_format_container(uint16_t format);
unsigned hda_format_block(uint16_t format);
// The most sample blocks that a frame carries, and the 16-bit words they take on the link.
unsigned hda_format_frame_blocks(uint16_t format);
unsigned hda_format_frame_words(uint16_t format);

// Sample blocks in the first `frames` frames.
uint64_t hda_format_blocks(uint16_t format, uint64_t frames);
// The least number of frames that carry `blocks` blocks.
uint64_t hda_format_frames(uint16_t format, uint64_t blocks);

#endif
