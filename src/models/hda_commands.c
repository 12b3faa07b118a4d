// SPDX-License-Identifier: MIT
//
// Commands to the codec and its responses. One command leaves in a frame, the codec answers in the
// next one (HD-105): each boundary hands on the response that arrived, gives the codec the command
// that arrived, and sends another.
#include "models/hda.h"

enum { // register offsets, section 3
    CORB_BASE = 0x40,
    CORB_UPPER = 0x44,
    CORB_POINTERS = 0x48,
    CORB_CONTROL = 0x4C,
    RIRB_BASE = 0x50,
    RIRB_UPPER = 0x54,
    RIRB_POINTERS = 0x58,
    RIRB_CONTROL = 0x5C,
    ICW = 0x60,
    IRR = 0x64,
    ICS = 0x68,
};

enum {
    RING_RUN = 2,          // both control registers
    MEMORY_ERROR = 1,      // CORBSTS
    RESPONSE_FLAG = 1,     // RIRBSTS, RIRBCTL
    OVERRUN_FLAG = 4,      // RIRBSTS, RIRBCTL
    RIRB_UNSOLICITED = 16, // HD-106
    ICB = 1,
    IRV = 2,
};

#define POINTER_RESET (1u << 15)

// ---- rings --------------------------------------------------------------------------------------

void hda_commands_reset(struct hda *hda)
{
    uint8_t size = (uint8_t)(hda->options.ring_sizes << 4 | 2);

    hda->commands = (struct hda_commands){.corb.size = size, .rirb.size = size};
}

static unsigned entries(const struct hda_ring *ring)
{
    static const uint16_t counts[] = {2, 16, 256, 256}; // HD-100
    return counts[ring->size & 3];
}

static bool corb_has_command(const struct hda *hda)
{
    const struct hda_ring *corb = &hda->commands.corb;
    return corb->running && !corb->failed && hda->bus_master &&
           corb->read != corb->write % entries(corb);
}

bool hda_rings_running(const struct hda *hda)
{
    return hda->commands.corb.running || hda->commands.rirb.running;
}

void hda_commands_latch(struct hda *hda)
{
    hda->commands.corb.running = hda->commands.corb.control & RING_RUN;
    hda->commands.rirb.running = hda->commands.rirb.control & RING_RUN;
}

// ---- frames -------------------------------------------------------------------------------------

bool hda_commands_active(const struct hda *hda)
{
    const struct hda_commands *commands = &hda->commands;

    return hda->control.crst &&
           (commands->icw_waits || commands->command.used || commands->response.used ||
            commands->responses || corb_has_command(hda) || hda_codec_wants_to_speak(hda));
}

// True if it went into memory.
static bool put_response(struct hda *hda, uint32_t response, uint32_t extra)
{
    struct hda_ring *rirb = &hda->commands.rirb;
    uint32_t entry[2] = {response, extra};
    unsigned at = (rirb->write + 1u) % entries(rirb);

    if (!rirb->running)
        return false; // HD-111
    if (!hda->bus_master ||
        ps_device_dma_write(hda->device, rirb->base + 8 * at, entry, sizeof(entry))) {
        rirb->status |= OVERRUN_FLAG; // HD-109
        return false;
    }
    rirb->write = (uint8_t)at;
    hda->commands.responses++;
    return true;
}

// What the codec said in the frame that just ended.
static bool receive(struct hda *hda)
{
    struct hda_commands *commands = &hda->commands;
    struct hda_slot response = commands->response;
    uint32_t unsolicited;

    commands->response.used = false;
    if (response.used && response.immediate) {
        commands->irr = response.value;
        commands->irv = true;
        commands->icb = false;
        return false;
    }
    if (response.used)
        return put_response(hda, response.value, 0);
    if (!hda->control.codec_there || !hda_codec_speaks(hda, &unsolicited))
        return false;
    return hda->control.unsolicited && put_response(hda, unsolicited, RIRB_UNSOLICITED); // HD-20
}

// HD-108: after RINTCNT responses, or in a frame without one.
static void count_responses(struct hda *hda, bool arrived)
{
    struct hda_commands *commands = &hda->commands;
    unsigned limit = commands->interrupt_count ? commands->interrupt_count : 256;

    if (!commands->responses || (arrived && commands->responses < limit))
        return;
    commands->responses = 0;
    if (commands->rirb.control & RESPONSE_FLAG)
        commands->rirb.status |= RESPONSE_FLAG;
}

static void answer(struct hda *hda)
{
    struct hda_commands *commands = &hda->commands;
    struct hda_slot command = commands->command;

    commands->command.used = false;
    if (!command.used || !hda_codec_hears(hda, command.value) || !hda->control.codec_there)
        return; // HD-111, HD-123: nobody there
    commands->response = command;
    commands->response.value = hda_codec_verb(hda, command.value);
}

static void fetch(struct hda *hda)
{
    struct hda_commands *commands = &hda->commands;
    struct hda_ring *corb = &commands->corb;
    unsigned at = (corb->read + 1u) % entries(corb);

    if (ps_device_dma_read(hda->device, corb->base + 4 * at, &commands->command.value, 4)) {
        corb->failed = true;
        corb->status |= MEMORY_ERROR; // HD-112
        return;
    }
    corb->read = (uint8_t)at;
    commands->command.used = true;
    commands->command.immediate = false;
}

void hda_commands_frame(struct hda *hda)
{
    struct hda_commands *commands = &hda->commands;

    count_responses(hda, receive(hda));
    answer(hda);
    if (commands->icw_waits) {
        commands->icw_waits = false;
        commands->command = (struct hda_slot){true, true, commands->icw};
    } else if (corb_has_command(hda)) {
        fetch(hda);
    }
}

// ---- registers ----------------------------------------------------------------------------------

static uint32_t control_dword(const struct hda_ring *ring)
{
    uint32_t control = ring->control | (ring->running ? RING_RUN : 0); // HD-104
    return control | (uint32_t)ring->status << 8 | (uint32_t)ring->size << 16;
}

uint32_t hda_commands_read(const struct hda *hda, uint32_t offset)
{
    const struct hda_commands *commands = &hda->commands;
    const struct hda_ring *corb = &commands->corb, *rirb = &commands->rirb;
    uint32_t reset = commands->corb_pointer_reset ? POINTER_RESET : 0;

    switch (offset) {
    case CORB_BASE:
        return (uint32_t)corb->base;
    case CORB_UPPER:
        return (uint32_t)(corb->base >> 32);
    case CORB_POINTERS:
        return corb->write | (corb->read | reset) << 16;
    case CORB_CONTROL:
        return control_dword(corb);
    case RIRB_BASE:
        return (uint32_t)rirb->base;
    case RIRB_UPPER:
        return (uint32_t)(rirb->base >> 32);
    case RIRB_POINTERS:
        return rirb->write | (uint32_t)commands->interrupt_count << 16;
    case RIRB_CONTROL:
        return control_dword(rirb);
    case ICW:
        return commands->icw;
    case IRR:
        return commands->irr;
    case ICS:
        return (commands->icb ? ICB : 0) | (commands->irv ? IRV : 0);
    default:
        return 0;
    }
}

static void merge64(uint64_t *target, uint64_t mask, uint64_t value)
{
    *target = (*target & ~mask) | (value & mask);
}

static void write_base(struct hda_ring *ring, bool upper, uint32_t mask, uint32_t value)
{
    if (upper)
        merge64(&ring->base, (uint64_t)mask << 32, (uint64_t)value << 32);
    else
        merge64(&ring->base, mask & ~0x7Fu, value);
}

// Control, status and size in one dword.
static void write_control(struct hda *hda, struct hda_ring *ring, uint8_t controls, uint32_t mask,
                          uint32_t value)
{
    unsigned size = value >> 16 & 3;

    if (mask & 0xFF)
        ring->control = (uint8_t)value & controls;
    ring->status &= (uint8_t) ~((value & mask) >> 8);
    if ((mask & 0xFF0000) && (hda->options.ring_sizes & 1u << size))
        ring->size = (uint8_t)((ring->size & 0xF0) | size);
    hda_latch_soon(hda);
}

static void write_corb_reset(struct hda *hda, bool reset)
{
    struct hda_ring *corb = &hda->commands.corb;

    if (reset && (corb->running || (corb->control & RING_RUN))) {
        ps_device_report(hda->device, "HD-102", "CORBRP reset while the CORB runs");
        return;
    }
    if (reset)
        corb->read = 0;
    hda->commands.corb_pointer_reset = reset && !hda->options.pointer_resets;
}

static void write_rirb_pointers(struct hda *hda, uint32_t mask, uint32_t value)
{
    struct hda_ring *rirb = &hda->commands.rirb;

    if (mask & 0xFF0000)
        hda->commands.interrupt_count = (uint8_t)(value >> 16);
    if (!(value & mask & POINTER_RESET))
        return;
    if (rirb->running || (rirb->control & RING_RUN))
        ps_device_report(hda->device, "HD-103", "RIRBWP reset while the RIRB runs");
    else
        rirb->write = 0;
}

static void write_status(struct hda *hda, uint32_t value)
{
    struct hda_commands *commands = &hda->commands;

    if (value & IRV)
        commands->irv = false;
    if (!(value & ICB)) {
        commands->icb = commands->icw_waits = false; // HD-114
        return;
    }
    if (commands->icb)
        return;
    if (hda_rings_running(hda))
        ps_device_report(hda->device, "HD-113", "immediate command while CORB or RIRB run");
    commands->icb = commands->icw_waits = true;
}

void hda_commands_write(struct hda *hda, uint32_t offset, uint32_t mask, uint32_t value)
{
    struct hda_commands *commands = &hda->commands;

    switch (offset) {
    case CORB_BASE:
    case CORB_UPPER:
        write_base(&commands->corb, offset == CORB_UPPER, mask, value);
        break;
    case CORB_POINTERS:
        if (mask & 0xFF)
            commands->corb.write = (uint8_t)value;
        if (mask & POINTER_RESET << 16)
            write_corb_reset(hda, value & POINTER_RESET << 16);
        break;
    case CORB_CONTROL:
        write_control(hda, &commands->corb, 3, mask, value);
        break;
    case RIRB_BASE:
    case RIRB_UPPER:
        write_base(&commands->rirb, offset == RIRB_UPPER, mask, value);
        break;
    case RIRB_POINTERS:
        write_rirb_pointers(hda, mask, value);
        break;
    case RIRB_CONTROL:
        write_control(hda, &commands->rirb, 7, mask, value);
        break;
    case ICW:
        commands->icw = (commands->icw & ~mask) | (value & mask);
        break;
    case ICS:
        if (mask & 0xFF)
            write_status(hda, value);
        break;
    default:
        break;
    }
}
