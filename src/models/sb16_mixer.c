// SPDX-License-Identifier: MIT
//
// Mixer registers (SB-71 to SB-77). An old register is a view of the top bits of its new ones.
#include <string.h>

#include "models/sb16.h"

enum {
    INTERRUPT_SELECT = 0x80,
    CHANNEL_SELECT = 0x81,
    INTERRUPT_STATUS = 0x82,
    VERSION_BITS = 0x20, // DSP 4.05, SB-65
    OLD_MIC = 0x0A,
    NEW_MIC = 0x3A,
    LINE_5 = 0x02,
    CHANNELS_8 = 0x0B,
    CHANNELS_16 = 0xE0,
};

// First index, how many alike, what they begin with, which bits are there.
static const struct {
    uint8_t index, count, value, mask;
} rows[] = {
    {0x0E, 1, 0x00, 0x22}, {0x30, 6, 0xC0, 0xF8}, {0x36, 5, 0x00, 0xF8}, {0x3B, 1, 0x00, 0xC0},
    {0x3C, 1, 0x1F, 0x1F}, {0x3D, 1, 0x15, 0x7F}, {0x3E, 1, 0x0B, 0x7F}, {0x3F, 4, 0x00, 0xC0},
    {0x43, 1, 0x00, 0x01}, {0x44, 4, 0x80, 0xF0},
};

static uint8_t mask_of(uint8_t index)
{
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (index >= rows[i].index && index < rows[i].index + rows[i].count)
            return rows[i].mask;
    return 0;
}

// The left one of the registers that an old stereo register stands for, or 0.
static uint8_t new_of(uint8_t index)
{
    switch (index) {
    case 0x22:
        return 0x30;
    case 0x04:
        return 0x32;
    case 0x26:
        return 0x34;
    case 0x28:
        return 0x36;
    case 0x2E:
        return 0x38;
    default:
        return 0;
    }
}

static void restore(struct sb16_mixer *mixer)
{
    memset(mixer->registers, 0, sizeof(mixer->registers));
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        memset(mixer->registers + rows[i].index, rows[i].value, rows[i].count);
}

void sb16_mixer_init(struct sb16 *sb)
{
    if (sb->quirks)
        sb16_quirk_mixer_restore(&sb->mixer);
    else
        restore(&sb->mixer);
    sb->mixer.interrupt = LINE_5; // SB-1
    sb->mixer.channels = sb->mixer.shown_channels = 1u << 1 | 1u << 5;
}

uint8_t sb16_mixer_read(const struct sb16 *sb)
{
    const struct sb16_mixer *mixer = &sb->mixer;
    uint8_t index = mixer->index, left = new_of(index);

    if (sb->quirks)
        return sb16_quirk_mixer_read(sb);
    if (index == INTERRUPT_SELECT)
        return 0xF0 | mixer->interrupt;
    if (index == CHANNEL_SELECT)
        return mixer->channels;
    if (index == INTERRUPT_STATUS)
        return VERSION_BITS | sb->flags;
    if (left)
        return (uint8_t)((mixer->registers[left] & 0xF0) | mixer->registers[left + 1] >> 4);
    if (index == OLD_MIC)
        return mixer->registers[NEW_MIC] >> 5;
    return mask_of(index) ? mixer->registers[index] : 0xFF;
}

// SB-74: several bits, and the first one wins.
static void select_resources(struct sb16 *sb, uint8_t value)
{
    bool interrupts = sb->mixer.index == INTERRUPT_SELECT;
    uint8_t low = value & (interrupts ? 0x0F : CHANNELS_8),
            high = interrupts ? 0 : value & CHANNELS_16;

    if ((low & (low - 1)) || (high & (high - 1)))
        ps_device_report(sb->device, "SB-74",
                         "several bits of one kind are selected in mixer 80h or 81h");
    if (interrupts)
        sb->mixer.interrupt = low;
    else
        sb->mixer.channels = low | high;
}

void sb16_mixer_write(struct sb16 *sb, uint8_t value)
{
    struct sb16_mixer *mixer = &sb->mixer;
    uint8_t index = mixer->index, left = new_of(index);

    if (sb->quirks) {
        sb16_quirk_mixer_write(sb, value);
    } else if (index == 0) {
        restore(mixer);
    } else if (index == INTERRUPT_SELECT || index == CHANNEL_SELECT) {
        select_resources(sb, value);
    } else if (left) { // SB-73
        mixer->registers[left] = (value & 0xF0) | 0x08;
        mixer->registers[left + 1] = (uint8_t)(value << 4 | 0x08);
    } else if (index == OLD_MIC) {
        mixer->registers[NEW_MIC] = (uint8_t)(value << 5 | 0x18);
    } else if (mask_of(index)) {
        mixer->registers[index] = value & mask_of(index);
    }
}

// ---- selections ---------------------------------------------------------------------------------

static int lowest(uint8_t bits)
{
    return bits ? __builtin_ctz(bits) : -1;
}

int sb16_channel(const struct sb16 *sb, enum sb16_width width)
{
    int wide = lowest(sb->mixer.channels & CHANNELS_16);

    return width == SB16_SIXTEEN && wide >= 0 ? wide : lowest(sb->mixer.channels & CHANNELS_8);
}

bool sb16_drives_line(const struct sb16 *sb)
{
    return lowest(sb->mixer.interrupt) == lowest(LINE_5);
}
