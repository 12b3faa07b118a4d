// SPDX-License-Identifier: MIT
//
// The devices that QEMU has for our drivers, and registers that mean something else in it than in the data sheet
// (docs/deviations.md, QEMU). Drivers write what the data sheet says, and read that back.
#include "machine/qemu/qemu.h"

#include <string.h>

enum {
    NAM_RESET = 0x00,
    NAM_PCM_OUT = 0x18,
    NAM_RECORD_GAIN = 0x1c,
    MUTE = 0x8000,
};

// AC'97: 8 is 0 dB, 0 is +12 dB. QEMU: 0 is 0 dB, and there is nothing above.
static uint32_t attenuation(uint32_t field)
{
    return field > 8 ? field - 8 : 0;
}

// AC'97: 0 is 0 dB, 15 is +22.5 dB. QEMU: 15 is 0 dB, 0 is silence.
static uint32_t gain(uint32_t field)
{
    return 15;
}

static uint32_t both(uint32_t value, uint32_t mask, uint32_t (*change)(uint32_t field))
{
    return (value & MUTE) | change(value >> 8 & mask) << 8 | change(value & mask);
}

static uint32_t fix_ac97(struct qemu_device *device, unsigned bar, uint32_t offset, uint32_t value)
{
    if (bar)
        return value;
    if (offset == NAM_RESET)
        memset(device->is_fixed, 0, sizeof(device->is_fixed));
    if (offset == NAM_PCM_OUT)
        return both(value, 0x1f, attenuation);
    if (offset == NAM_RECORD_GAIN)
        return both(value, 0x0f, gain);
    return value;
}

static const uint32_t ac97_fixed[QEMU_FIXED_REGISTERS] = {NAM_PCM_OUT, NAM_RECORD_GAIN};
static const char *const ac97_arguments[] = {"-device", "AC97,audiodev=a", NULL};
static const char *const hda_arguments[] = {"-device", "intel-hda", "-device", "hda-duplex,audiodev=a,use-timer=off", NULL};

static const char *const sb16_arguments[] = {"-device", "sb16,audiodev=a", NULL};

static const struct qemu_kind kinds[] = {
    {"ac97", 0x8086, 0x2415, .arguments = ac97_arguments, .fix = fix_ac97, .fixed = ac97_fixed},
    {"hda", 0x8086, 0x2668, .arguments = hda_arguments},
    {"sb16", .arguments = sb16_arguments, .deaf = true},
};

const struct qemu_kind *qemu_kind_find(const char *name)
{
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (!strcmp(kinds[i].name, name))
            return &kinds[i];
    return NULL;
}

uint32_t qemu_fix(struct qemu_device *device, unsigned bar, uint32_t offset, uint32_t value)
{
    const struct qemu_kind *kind = device->kind;

    for (unsigned i = 0; kind->fixed && !bar && i < QEMU_FIXED_REGISTERS; i++)
        if (offset == kind->fixed[i]) {
            device->is_fixed[i] = true;
            device->written[i] = value;
        }
    return kind->fix ? kind->fix(device, bar, offset, value) : value;
}

void qemu_unfix(const struct qemu_device *device, unsigned bar, uint32_t offset, uint32_t *value)
{
    for (unsigned i = 0; device->kind->fixed && !bar && i < QEMU_FIXED_REGISTERS; i++)
        if (offset == device->kind->fixed[i] && device->is_fixed[i])
            *value = device->written[i];
}
