// SPDX-License-Identifier: MIT
//
// QEMU's AC'97 where it is not the data sheet's, as observed from outside (tests/machine/differences.txt): most of the
// mixer is not there, the rest of its registers are memory; levels are linear, and are those that drivers get
// (docs/deviations.md, QEMU): full scale is 8 of PCM out, and any record gain; nothing takes time. Of the engines (tests/machine/machine_engine_test.c): each start takes the next
// descriptor, as does each write to a running engine's control; a request is decided once, when its event happens; a rate of
// 0 stops an engine until it is started anew. CIV and PICB move every 10 ms.
#include "models/ac97.h"
#include "models/gain.h"

enum { TICK_NS = 10000000, FIRST_FRAMES = 1024 };
#define MEMORY {0x0000, 0xFFFF}

const struct ac97_codec_register ac97_quirk_registers[64] = {
    [AC97_MASTER / 2] = {0x8000, 0xBF3F},
    [AC97_PCM_OUT / 2] = {0x8808, 0xFFFF},
    [AC97_RECORD_SELECT / 2] = {0x0000, 0x0707},
    [AC97_RECORD_GAIN / 2] = {0x8808, 0xFFFF},
    [0x24 / 2] = MEMORY,
    [AC97_POWER / 2] = {0x0000, 0x7FF0},
    [AC97_EXTENDED / 2] = {0x0009, AC97_VRA | AC97_VRM},
    [AC97_DAC_RATE / 2] = {AC97_LINK_RATE, 0xFFFF},
    [0x2E / 2] = {AC97_LINK_RATE, 0xFFFF},
    [0x30 / 2] = {AC97_LINK_RATE, 0xFFFF},
    [AC97_ADC_RATE / 2] = {AC97_LINK_RATE, 0xFFFF},
    [AC97_MIC_RATE / 2] = {AC97_LINK_RATE, 0xFFFF},
    [0x36 / 2] = MEMORY, [0x38 / 2] = MEMORY, [0x3A / 2] = MEMORY, [0x3C / 2] = MEMORY,
    [0x3E / 2] = MEMORY, [0x40 / 2] = MEMORY, [0x42 / 2] = MEMORY, [0x44 / 2] = MEMORY,
    [0x46 / 2] = MEMORY, [0x48 / 2] = MEMORY, [0x4A / 2] = MEMORY, [0x4C / 2] = MEMORY,
    [0x4E / 2] = MEMORY, [0x50 / 2] = MEMORY, [0x52 / 2] = MEMORY, [0x54 / 2] = MEMORY,
    [0x56 / 2] = MEMORY, [0x58 / 2] = MEMORY, [0x5A / 2] = MEMORY, [0x5C / 2] = MEMORY,
    [0x5E / 2] = MEMORY, [0x60 / 2] = MEMORY, [0x62 / 2] = MEMORY, [0x64 / 2] = MEMORY,
    [0x66 / 2] = MEMORY, [0x68 / 2] = MEMORY, [0x6A / 2] = MEMORY, [0x70 / 2] = MEMORY,
    [0x72 / 2] = MEMORY, [0x74 / 2] = MEMORY, [0x76 / 2] = MEMORY, [0x78 / 2] = MEMORY,
    [0x7A / 2] = MEMORY,
};

bool ac97_quirk_readable(uint32_t offset, unsigned width)
{
    static const uint8_t engine[] = {[0x0] = 4, [0x4] = 5, [0x5] = 1, [0x6] = 3, [0x8] = 6, [0xA] = 1, [0xB] = 1, [0xF] = 0};

    if (offset < 0x2C)
        return engine[offset % 16] & width;
    return offset == 0x34 ? width == 1 : width == 4;
}

void ac97_quirk_rate(struct ac97 *ac97, unsigned offset, uint16_t hertz)
{
    unsigned id = offset == AC97_DAC_RATE ? AC97_PO : offset == AC97_ADC_RATE ? AC97_PI : AC97_MC;

    ac97->engines[id].closed |= !hertz;
}

void ac97_quirk_event(struct ac97_engine *engine)
{
    engine->latched |= ((engine->sr & AC97_BCIS) && (engine->cr & AC97_IOCE)) ||
                       ((engine->sr & AC97_LVBCI) && (engine->cr & AC97_LVBIE));
}

void ac97_quirk_cleared(struct ac97_engine *engine)
{
    engine->latched &= (engine->sr & AC97_SR_EVENTS) != 0;
}

bool ac97_quirk_line(struct ac97 *ac97)
{
    uint8_t before = ac97->asking;
    bool line = ac97->line;

    ac97->asking = 0;
    for (unsigned i = 0; i < AC97_ENGINES; i++)
        ac97->asking |= (uint8_t)(ac97->engines[i].latched << i);
    if (before & ~ac97->asking)
        line = false;
    return line || (ac97->asking & ~before);
}

uint64_t ac97_quirk_tick(const struct ac97_engine *engine, uint64_t now)
{
    return now - (now - engine->ticks_from) % TICK_NS;
}

uint64_t ac97_quirk_next_tick(const struct ac97_engine *engine, uint64_t when)
{
    uint64_t over = (when - engine->ticks_from) % TICK_NS;

    return over ? when + TICK_NS - over : when;
}

uint64_t ac97_quirk_ahead(struct ac97_engine *engine, uint64_t passed)
{
    if (engine->ahead || !passed)
        return 0;
    engine->ahead = true;
    return FIRST_FRAMES > passed ? FIRST_FRAMES - passed : 0;
}

unsigned ac97_quirk_output(uint16_t master, uint16_t pcm, unsigned shift)
{
    unsigned below = pcm >> shift & 0x1Fu, passed_on = below > 8 ? below - 8 : 0;
    unsigned a = 255 - 255 * (master >> shift & 0x3Fu) / 63, b = 255 - 255 * passed_on / 31;

    return (master | pcm) & AC97_MUTE ? 0 : a * b / 255;
}

void ac97_quirk_scale(const unsigned parts[2], const int16_t *from, int16_t *to, size_t frames)
{
    for (size_t i = 0; i < 2 * frames; i++)
        to[i] = gain_part(from[i], parts[i % 2]);
}
