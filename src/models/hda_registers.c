// SPDX-License-Identifier: MIT
//
// BAR0: which register of which block a dword means. Narrower accesses are parts of dwords: reads
// are cut out, writes come with a mask, so that any natural width works (HD-4) and a write touches
// exactly the registers it covers.
#include "models/hda.h"

enum { // section 3
    CAPABILITIES = 0x00,
    PAYLOADS = 0x04,
    GCTL = 0x08,
    WAKE = 0x0C,
    GSTS = 0x10,
    STREAM_PAYLOADS = 0x18,
    INTCTL = 0x20,
    INTSTS = 0x24,
    WALCLK = 0x30,
    SSYNC = 0x34,
    SSYNC_LATER = 0x38, // HD-29
    COMMANDS = 0x40,
    POSITION_LOW = 0x70,
    POSITION_HIGH = 0x74,
    STREAMS = 0x80,
    STREAM_BYTES = 0x20,
    STREAMS_END = STREAMS + STREAM_BYTES * HDA_STREAMS,
    ALIASES = 0x2000,
    WALCLK_ALIAS = ALIASES + WALCLK,
    STREAM_LPIB = 0x04,
};

#define GCAP 0x4401u // HD-13: four out, four in, 64-bit addresses
#define VERSION 0x0100u
#define OUTPAY 0x003Cu // HD-14
#define INPAY 0x001Du
#define OUTSTRMPAY 0x0030u
#define INSTRMPAY 0x0018u
#define INTCTL_WRITABLE (3u << 30 | ((1u << HDA_STREAMS) - 1))
#define WAKE_WRITABLE 0x7FFFu

// ---- reads --------------------------------------------------------------------------------------

static uint32_t wall_clock(const struct hda *hda, uint64_t now)
{
    uint64_t since = hda_frame_time(hda, hda->control.link_since);
    return hda->control.crst && now > since ? (uint32_t)((now - since) * 3 / 125) : 0; // HD-23
}

static uint32_t stream_dword(const struct hda *hda, uint32_t offset)
{
    return hda_stream_read(&hda->streams[offset / STREAM_BYTES], offset % STREAM_BYTES);
}

static uint32_t alias_dword(const struct hda *hda, uint32_t offset)
{
    bool stream = offset >= STREAMS && offset < STREAMS_END;
    return stream && offset % STREAM_BYTES == STREAM_LPIB ? stream_dword(hda, offset - STREAMS) : 0;
}

static uint32_t global_dword(const struct hda *hda, uint32_t offset, uint64_t now)
{
    switch (offset) {
    case CAPABILITIES:
        return GCAP | VERSION << 16;
    case PAYLOADS:
        return OUTPAY | INPAY << 16;
    case GCTL:
        return hda_gctl(hda);
    case WAKE:
        return hda->control.wakeen | (uint32_t)hda->control.statests << 16;
    case GSTS:
        return hda->control.flushed;
    case STREAM_PAYLOADS:
        return OUTSTRMPAY | INSTRMPAY << 16;
    case INTCTL:
        return hda->intctl;
    case INTSTS:
        return hda_intsts(hda);
    case WALCLK:
    case WALCLK_ALIAS:
        return wall_clock(hda, now);
    case SSYNC:
    case SSYNC_LATER:
        return hda->ssync;
    case POSITION_LOW:
        return (uint32_t)hda->position_base | hda->position_on;
    case POSITION_HIGH:
        return (uint32_t)(hda->position_base >> 32);
    default:
        return 0; // HD-12, HD-26
    }
}

uint32_t hda_register_read(struct hda *hda, uint32_t offset, uint64_t now)
{
    if (offset >= COMMANDS && offset < POSITION_LOW)
        return hda_commands_read(hda, offset);
    if (offset >= STREAMS && offset < STREAMS_END)
        return stream_dword(hda, offset - STREAMS);
    if (offset > ALIASES + STREAMS)
        return alias_dword(hda, offset - ALIASES);
    return global_dword(hda, offset, now);
}

// ---- writes -------------------------------------------------------------------------------------

static void write_wake(struct hda *hda, uint32_t mask, uint32_t value)
{
    struct hda_control *control = &hda->control;
    uint16_t low = mask & WAKE_WRITABLE;

    control->wakeen = (uint16_t)((control->wakeen & ~low) | (value & low));
    control->statests &= (uint16_t) ~((value & mask) >> 16);
}

static void write_position(struct hda *hda, bool high, uint32_t mask, uint32_t value)
{
    uint64_t low_mask = high ? 0 : mask & ~0x7Fu, high_mask = high ? (uint64_t)mask << 32 : 0;
    uint64_t bits = (uint64_t)value << 32 | value, changed = low_mask | high_mask;
    uint64_t base = (hda->position_base & ~changed) | (bits & changed);

    if (base != hda->position_base && hda_streams_in_use(hda)) {
        ps_device_report(hda->device, "HD-65", "position buffer moved while a stream runs");
        return;
    }
    hda->position_base = base;
    hda->position_failed = false;
    if (!high && (mask & 1))
        hda->position_on = value & 1;
}

static void write_global(struct hda *hda, uint32_t offset, uint32_t mask, uint32_t value)
{
    switch (offset) {
    case GSTS:
        hda->control.flushed &= (uint8_t)~value;
        break;
    case INTCTL:
        hda->intctl = ((hda->intctl & ~mask) | (value & mask)) & INTCTL_WRITABLE;
        break;
    case SSYNC:
    case SSYNC_LATER:
        if (mask & 0xFF)
            hda->ssync = (uint8_t)value;
        hda_latch_soon(hda);
        break;
    case POSITION_LOW:
    case POSITION_HIGH:
        write_position(hda, offset == POSITION_HIGH, mask, value);
        break;
    default:
        break; // read-only, HD-84 among them
    }
}

void hda_register_write(struct hda *hda, uint32_t offset, uint32_t mask, uint32_t value)
{
    value &= mask;
    if (offset == GCTL)
        hda_gctl_write(hda, mask, value);
    else if (offset == WAKE)
        write_wake(hda, mask, value);
    else if ((!hda->control.crst || !hda->control.crst_written) && !hda->options.quirks)
        return; // HD-16, HD-25
    else if (offset >= COMMANDS && offset < POSITION_LOW)
        hda_commands_write(hda, offset, mask, value);
    else if (offset >= STREAMS && offset < STREAMS_END)
        hda_stream_write(hda, &hda->streams[(offset - STREAMS) / STREAM_BYTES],
                         offset % STREAM_BYTES, mask, value);
    else
        write_global(hda, offset, mask, value);
}
