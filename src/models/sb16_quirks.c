// SPDX-License-Identifier: MIT
//
// QEMU's Sound Blaster 16 where it is not the rules' card, as observed from outside (tests/machine/machine_sb16_test.c): a mixer of
// memory without effect on the sound, no recording, lengths in frames, sound that moves every ten milliseconds, and what its
// reset does to the line.
#include <string.h>

#include "models/sb16.h"

enum {
    FIRST_FRAMES = 1024,
    TICKS = 100, // a second
    INTERRUPT_SELECT = 0x80,
    CHANNEL_SELECT = 0x81,
    INTERRUPT_STATUS = 0x82,
    MODE_STEREO = 0x20,
};

// ---- mixer ----------------------------------------------------------------------------------------------

// What is not named here reads as ones until it is written.
static const struct {
    uint8_t index, count, value;
} rows[] = {
    {0x02, 1, 0x04}, {0x04, 1, 0x88}, {0x06, 1, 0x04}, {0x08, 1, 0x00}, {0x0A, 1, 0x00}, {0x0C, 1, 0x00},
    {0x0E, 1, 0x00}, {0x22, 1, 0x88}, {0x26, 1, 0x88}, {0x30, 24, 0x20},
};

void sb16_quirk_mixer_restore(struct sb16_mixer *mixer)
{
    memset(mixer->registers, 0xFF, sizeof(mixer->registers));
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        memset(mixer->registers + rows[i].index, rows[i].value, rows[i].count);
}

uint8_t sb16_quirk_mixer_read(const struct sb16 *sb)
{
    const struct sb16_mixer *mixer = &sb->mixer;

    switch (mixer->index) {
    case INTERRUPT_SELECT: return mixer->interrupt;
    case CHANNEL_SELECT: return mixer->shown_channels;
    case INTERRUPT_STATUS: return sb->flags;
    default: return mixer->index < sizeof(mixer->registers) ? mixer->registers[mixer->index] : 0xFF;
    }
}

void sb16_quirk_mixer_write(struct sb16 *sb, uint8_t value)
{
    struct sb16_mixer *mixer = &sb->mixer;

    if (!mixer->index)
        sb16_quirk_mixer_restore(mixer);
    if (mixer->index == INTERRUPT_SELECT)
        mixer->interrupt = value;
    else if (mixer->index == CHANNEL_SELECT)
        mixer->shown_channels = value; // the channels stay 1 and 5
    else if (mixer->index != INTERRUPT_STATUS && mixer->index < sizeof(mixer->registers))
        mixer->registers[mixer->index] = value;
}

// ---- reset ----------------------------------------------------------------------------------------------

// What is written to the reset port, beside what bit 0 does. True: that is all.
bool sb16_quirk_reset(struct sb16 *sb, uint8_t value, bool automatic)
{
    if (value == 0xB8 || value == 0x39) {
        sb16_dsp_init(sb);
        sb16_dsp_answer(sb, 0xAA);
        return true;
    }
    if (value == 0xC6)
        return true;
    if (value & 1) {
        sb->pulsing |= automatic; // once the reset ends
    } else if (sb->pulsing) {
        ps_device_interrupt(sb->device, true);
        ps_device_interrupt(sb->device, false);
        sb->pulsing = false;
    }
    return false;
}

// ---- transfers ------------------------------------------------------------------------------------------

uint32_t sb16_quirk_samples(const struct sb16 *sb, bool automatic, uint32_t samples)
{
    return !automatic && (sb->dsp.parameters[0] & MODE_STEREO) ? 2 * samples : samples;
}

static uint64_t tick_frames(const struct sb16 *sb)
{
    uint32_t rate = sb16_frame_rate(sb);

    return rate < TICKS ? 1 : rate / TICKS;
}

uint64_t sb16_quirk_due(const struct sb16 *sb, struct sb16_transfer *transfer, uint64_t frames)
{
    uint64_t tick = tick_frames(sb), due;

    transfer->waiting += frames;
    due = transfer->waiting / tick * tick;
    transfer->waiting -= due;
    if (due && !transfer->filled) {
        transfer->filled = true;
        due += FIRST_FRAMES > tick ? FIRST_FRAMES - tick : 0;
    }
    return due;
}

uint64_t sb16_quirk_frames_to_look(const struct sb16 *sb, const struct sb16_transfer *transfer)
{
    return tick_frames(sb) - transfer->waiting;
}
