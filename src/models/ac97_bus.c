// SPDX-License-Identifier: MIT
//
// BAR1: which register of which engine an access means. Reads are cut out of whole dwords, so any
// natural width works and sees one snapshot (AC-66, AC-67); writes must have the register's own
// width (AC-68).
#include "models/ac97.h"

enum { GLOB_CNT = 0x2C, GLOB_STA = 0x30, CAS = 0x34, ENGINES_END = 0x2C };

static uint32_t engine_dword(const struct ac97_engine *engine, unsigned place)
{
    switch (place) {
    case 0x0:
        return engine->bdbar;
    case 0x4:
        return engine->civ | (uint32_t)engine->lvi << 8 | (uint32_t)engine->sr << 16;
    case 0x8:
        return engine->picb | (uint32_t)engine->piv << 16 | (uint32_t)engine->cr << 24;
    default:
        return UINT32_MAX;
    }
}

static uint32_t bus_dword(struct ac97 *ac97, uint32_t offset)
{
    if (offset < ENGINES_END)
        return engine_dword(&ac97->engines[offset / 16], offset % 16);
    switch (offset) {
    case GLOB_CNT:
        return ac97->link.control & (ac97_variant(ac97)->quirks ? ~(uint32_t)AC97_COLD_RELEASED : UINT32_MAX);
    case GLOB_STA:
        return ac97_global_status(ac97);
    default:
        return UINT32_MAX;
    }
}

uint32_t ac97_bus_read(struct ac97 *ac97, uint32_t offset, unsigned width)
{
    if (offset % width) {
        ps_device_report(ac97->device, "AC-66", "bus-master read off its natural boundary");
        return UINT32_MAX;
    }
    if (ac97_variant(ac97)->quirks && !ac97_quirk_readable(offset, width))
        return UINT32_MAX;
    if (offset == CAS)
        return ac97_semaphore_read(ac97);
    return bus_dword(ac97, offset & ~3u) >> offset % 4 * 8;
}

static void width_refused(struct ac97 *ac97)
{
    ps_device_report(ac97->device, "AC-68", "bus-master write in the wrong width dropped");
}

// Places whose writes are ignored without a word: read-only registers in their own width, and
// holes.
static bool engine_write_ignored(unsigned place, unsigned width)
{
    bool civ = place == 0x4 && width == 1, piv = place == 0xA && width == 1;
    bool picb = place == 0x8 && width <= 2, picb_high = place == 0x9 && width == 1;

    return civ || piv || picb || picb_high || place >= 0xC;
}

static void engine_write(struct ac97 *ac97, struct ac97_engine *engine, unsigned place,
                         unsigned width, uint32_t value, uint64_t now)
{
    if (place == 0x0 && width == 4)
        ac97_engine_set_base(ac97, engine, value);
    else if (place == 0x5 && width == 1)
        ac97_engine_set_last(ac97, engine, (uint8_t)value);
    else if (place == 0x6 && width <= 2)
        ac97_engine_set_status(ac97, engine, value);
    else if (place == 0xB && width == 1)
        ac97_engine_set_control(ac97, engine, (uint8_t)value, now);
    else if (!engine_write_ignored(place, width))
        width_refused(ac97);
}

void ac97_bus_write(struct ac97 *ac97, uint32_t offset, unsigned width, uint32_t value,
                    uint64_t now)
{
    if (offset < ENGINES_END) {
        if (ac97->link.control & AC97_COLD_RELEASED) // AC-140: else held in reset
            engine_write(ac97, &ac97->engines[offset / 16], offset % 16, width, value, now);
        return;
    }
    if (offset == GLOB_CNT && width == 4)
        ac97_global_control(ac97, value, now);
    else if (offset == GLOB_STA && width == 4)
        ac97_global_status_write(ac97, value);
    else if (offset < CAS) // writes to CAS are ignored, AC-152
        width_refused(ac97);
}
