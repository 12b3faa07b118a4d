// SPDX-License-Identifier: MIT
//
// BAR0: the codec's registers as seen through the AC-link. Reads answer at once; a write is posted
// and reaches the codec two link frames later (AC-14); one access may be in flight, and CAS tells
// (AC-150).
#include "models/ac97.h"

// The registers of section 2.2 that this codec has; all others read 0 and ignore writes (AC-12).
// 00h, 28h, 7Ch and 7Eh come from the variant; rates and levels have rules of their own below.
const struct ac97_codec_register ac97_registers[64] = {
    [AC97_MASTER / 2] = {0x8000, 0xBF3F},
    [AC97_HEADPHONE / 2] = {0x8000, 0xBF3F},
    [AC97_MONO / 2] = {0x8000, 0x803F},
    [0x0A / 2] = {0x0000, 0x9FFE}, // PC beep
    [0x0C / 2] = {0x8008, 0x801F}, // phone
    [AC97_MIC / 2] = {0x8008, 0x805F},
    [0x10 / 2] = {0x8808, 0x9F1F}, // line in
    [0x12 / 2] = {0x8808, 0x9F1F}, // CD
    [0x14 / 2] = {0x8808, 0x9F1F}, // video
    [0x16 / 2] = {0x8808, 0x9F1F}, // aux in
    [AC97_PCM_OUT / 2] = {0x8808, 0x9F1F},
    [AC97_RECORD_SELECT / 2] = {0x0000, 0x0707},
    [AC97_RECORD_GAIN / 2] = {0x8000, 0x8F0F},
    [AC97_RECORD_GAIN_MIC / 2] = {0x8000, 0x800F},
    [0x20 / 2] = {0x0000, 0x0380}, // general purpose: MIX, MS, loopback
    [AC97_POWER / 2] = {0x0000, 0xFF00},
    [AC97_EXTENDED / 2] = {0x0000, AC97_VRA | AC97_VRM | AC97_PRL},
    [AC97_DAC_RATE / 2] = {AC97_LINK_RATE, 0xFFFF},
    [AC97_ADC_RATE / 2] = {AC97_LINK_RATE, 0xFFFF},
    [AC97_MIC_RATE / 2] = {AC97_LINK_RATE, 0xFFFF},
};

static void registers_reset(struct ac97 *ac97)
{
    const struct ac97_variant *variant = ac97_variant(ac97);
    uint16_t *registers = ac97->codec.registers;

    for (unsigned i = 0; i < 64; i++)
        registers[i] = variant->registers[i].reset;
    registers[AC97_RESET / 2] = variant->codec_id;
    registers[0x28 / 2] = variant->extended_id;
    registers[0x7C / 2] = variant->vendor_id[0];
    registers[0x7E / 2] = variant->vendor_id[1];
}

void ac97_codec_reset(struct ac97 *ac97)
{
    ac97->codec = (struct ac97_codec){.settle_at = PS_NEVER, .write_at = PS_NEVER};
    registers_reset(ac97);
    if (ac97_variant(ac97)->quirks)
        ac97->codec.ready = AC97_CONVERTERS;
}

// Converters whose power is on by 26h and 2Ah, AC-57.
static uint8_t powered(const struct ac97 *ac97)
{
    static const uint8_t off[4] = {AC97_ADC, AC97_DAC, AC97_ANL, AC97_ANL | AC97_REF}; // PR0..PR3
    unsigned down = ac97_register(ac97, AC97_POWER) >> 8;
    uint8_t on = AC97_CONVERTERS;

    for (unsigned i = 0; i < 4; i++)
        if (down & 1u << i)
            on &= (uint8_t)~off[i];
    if (ac97_register(ac97, AC97_EXTENDED) & AC97_PRL)
        on &= (uint8_t)~AC97_MADC;
    return on;
}

static void power_changed(struct ac97 *ac97, uint64_t now)
{
    struct ac97_codec *codec = &ac97->codec;
    uint64_t at = now + AC97_POWER_UP_NS;

    if (ac97_variant(ac97)->quirks) // power bits are memory
        return;
    codec->ready &= powered(ac97);
    if (codec->ready == powered(ac97))
        codec->settle_at = PS_NEVER;
    else if (codec->settle_at == PS_NEVER || codec->settle_at < at)
        codec->settle_at = at;
    if (ac97_register(ac97, AC97_POWER) & AC97_PR4)
        ac97_link_stop(ac97); // AC-58
}

void ac97_codec_settle(struct ac97 *ac97)
{
    ac97->codec.ready = powered(ac97);
    ac97->codec.settle_at = PS_NEVER;
}

// ---- rates, AC-43..46 ---------------------------------------------------------------------------

static bool rate_variable(const struct ac97 *ac97, unsigned offset)
{
    uint16_t enable = offset == AC97_MIC_RATE ? AC97_VRM : AC97_VRA;
    return ac97_register(ac97, AC97_EXTENDED) & enable;
}

static void store_rate(struct ac97 *ac97, unsigned offset, uint16_t hertz)
{
    if (ac97_variant(ac97)->quirks) {
        ac97->codec.registers[offset / 2] = rate_variable(ac97, offset) ? hertz : AC97_LINK_RATE;
        ac97_quirk_rate(ac97, offset, ac97_register(ac97, offset));
        return;
    }
    if (!rate_variable(ac97, offset) || hertz > AC97_LINK_RATE)
        hertz = AC97_LINK_RATE;
    ac97->codec.registers[offset / 2] = hertz < 8000 ? 8000 : hertz;
}

static void store_extended(struct ac97 *ac97, uint16_t value, uint64_t now)
{
    static const uint8_t rates[] = {AC97_DAC_RATE, AC97_ADC_RATE, AC97_MIC_RATE};

    ac97->codec.registers[AC97_EXTENDED / 2] = value;
    for (unsigned i = 0; i < 3; i++)
        store_rate(ac97, rates[i], ac97_register(ac97, rates[i])); // AC-45
    power_changed(ac97, now);
}

uint32_t ac97_rate(const struct ac97 *ac97, enum ac97_engine_id id)
{
    static const uint8_t offsets[AC97_ENGINES] = {
        [AC97_PI] = AC97_ADC_RATE, [AC97_PO] = AC97_DAC_RATE, [AC97_MC] = AC97_MIC_RATE};
    return ac97_register(ac97, offsets[id]);
}

// ---- one register -------------------------------------------------------------------------------

// A level beyond the bits this codec has becomes its lowest level, AC-31.
static uint16_t clamp_levels(const struct ac97 *ac97, uint16_t value)
{
    uint16_t top = (uint16_t)((1u << ac97_variant(ac97)->output_bits) - 1);
    uint16_t left = value >> 8 & 0x3F, right = value & 0x3F;

    left = left > top ? top : left;
    right = right > top ? top : right;
    return (uint16_t)((value & AC97_MUTE) | left << 8 | right);
}

static void store(struct ac97 *ac97, unsigned offset, uint16_t value, uint64_t now)
{
    uint16_t *target = &ac97->codec.registers[offset / 2];
    uint16_t writable = ac97_variant(ac97)->registers[offset / 2].writable;

    value &= writable;
    switch (offset) {
    case AC97_RESET:
        registers_reset(ac97); // AC-21
        power_changed(ac97, now);
        break;
    case AC97_MASTER:
    case AC97_HEADPHONE:
    case AC97_MONO:
        *target = clamp_levels(ac97, value);
        break;
    case AC97_EXTENDED:
        store_extended(ac97, value, now);
        break;
    case AC97_DAC_RATE:
    case AC97_ADC_RATE:
    case AC97_MIC_RATE:
        store_rate(ac97, offset, value);
        break;
    case AC97_POWER:
        *target = value;
        power_changed(ac97, now);
        break;
    default:
        if (writable)
            *target = value;
    }
}

static uint16_t fetch(const struct ac97 *ac97, unsigned offset)
{
    uint16_t value = ac97_register(ac97, offset);

    if (offset == AC97_POWER)
        return value | (ac97->codec.ready & 0xF); // AC-55
    if (offset == AC97_EXTENDED && (ac97->codec.ready & AC97_MADC) && !ac97_variant(ac97)->quirks)
        return value | 1u << 9; // AC-41
    return value;
}

// ---- accesses -----------------------------------------------------------------------------------

static bool in_flight(const struct ac97 *ac97)
{
    return ac97->codec.write_at != PS_NEVER;
}

void ac97_codec_arrive(struct ac97 *ac97, uint64_t now)
{
    struct ac97_codec *codec = &ac97->codec;

    codec->write_at = PS_NEVER;
    codec->busy = false; // AC-152
    if (ac97_link_running(ac97))
        store(ac97, codec->write_register, codec->write_value, now);
}

// False if no codec can be there: not 16 bits wide (AC-11) or an odd offset (AC-12).
static bool access_defined(struct ac97 *ac97, uint32_t offset, unsigned width)
{
    if (width != 2)
        ps_device_report(ac97->device, "AC-11", "codec registers are accessed as 16-bit words");
    return width == 2 && offset % 2 == 0;
}

static bool answered(const struct ac97 *ac97, uint32_t offset)
{
    return offset < 0x80 && ac97_link_running(ac97);
}

// AC-156: any access in any width lets the semaphore go; 32 bits are two registers.
static uint32_t read_quirks(struct ac97 *ac97, uint32_t offset, unsigned width)
{
    uint32_t value;

    ac97->codec.busy = false;
    if (width == 1)
        return UINT32_MAX;
    value = offset < 0x80 ? fetch(ac97, offset & ~1u) : UINT16_MAX;
    return width == 4 ? value | read_quirks(ac97, offset + 2, 2) << 16 : value;
}

static void write_quirks(struct ac97 *ac97, uint32_t offset, unsigned width, uint32_t value, uint64_t now)
{
    ac97->codec.busy = false;
    if (width > 1 && offset < 0x80)
        store(ac97, offset & ~1u, (uint16_t)value, now);
    if (width == 4)
        write_quirks(ac97, offset + 2, 2, value >> 16, now);
}

uint32_t ac97_codec_read(struct ac97 *ac97, uint32_t offset, unsigned width, uint64_t now)
{
    bool defined = access_defined(ac97, offset, width);

    if (ac97_variant(ac97)->quirks)
        return read_quirks(ac97, offset, width);
    if (!defined)
        return width == 2 ? 0 : UINT32_MAX;
    if (in_flight(ac97)) {
        ps_device_report(ac97->device, "AC-155", "codec read while another access is in flight");
        ac97_codec_arrive(ac97, now);
    }
    ac97->codec.busy = false;
    if (answered(ac97, offset))
        return fetch(ac97, offset);
    ac97->link.status |= AC97_RCS; // AC-13
    return 0xFFFF;
}

void ac97_codec_write(struct ac97 *ac97, uint32_t offset, unsigned width, uint32_t value,
                      uint64_t now)
{
    struct ac97_codec *codec = &ac97->codec;
    bool defined = access_defined(ac97, offset, width);

    if (ac97_variant(ac97)->quirks)
        write_quirks(ac97, offset, width, value, now);
    if (!defined || ac97_variant(ac97)->quirks)
        return;
    if (in_flight(ac97)) {
        ps_device_report(ac97->device, "AC-155", "codec write lost: another access is in flight");
        return;
    }
    if (!answered(ac97, offset)) {
        codec->busy = false;
        return;
    }
    codec->busy = true;
    codec->write_at = now + AC97_POSTED_NS;
    codec->write_register = (uint8_t)offset;
    codec->write_value = (uint16_t)value;
}

uint8_t ac97_semaphore_read(struct ac97 *ac97)
{
    uint8_t busy = ac97->codec.busy;

    ac97->codec.busy = true; // AC-151
    return busy;
}
