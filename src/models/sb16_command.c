// SPDX-License-Identifier: MIT
//
// What the DSP's commands do (SB-21 to SB-41, SB-51 to SB-59).
#include "models/sb16.h"

enum {
    RATE_MIN = 5000,
    RATE_MAX = 45000,
    CLOCK = 1000000, // of time constants

    MODE_STEREO = 0x20,
    MODE_SIGNED = 0x10,
    BIT_CAPTURE = 0x08,
    BIT_AUTOMATIC = 0x04,

    PRO_STEREO_REGISTER = 0x0E,
    PRO_STEREO = 0x02,
};

// ---- rates --------------------------------------------------------------------------------------

static bool pro_stereo(const struct sb16 *sb)
{
    return sb->mixer.registers[PRO_STEREO_REGISTER] & PRO_STEREO;
}

uint32_t sb16_frame_rate(const struct sb16 *sb)
{
    return sb->dsp.by_constant && pro_stereo(sb) ? sb->dsp.rate / 2 : sb->dsp.rate;
}

static void set_rate(struct sb16 *sb)
{
    uint32_t rate = (uint32_t)sb->dsp.parameters[0] << 8 | sb->dsp.parameters[1];

    sb->dsp.rate = rate < RATE_MIN ? RATE_MIN : rate > RATE_MAX ? RATE_MAX : rate;
    sb->dsp.by_constant = false;
}

static void set_time_constant(struct sb16 *sb)
{
    sb->dsp.rate = CLOCK / (256u - sb->dsp.parameters[0]);
    sb->dsp.by_constant = true;
}

// ---- starts -------------------------------------------------------------------------------------

static uint32_t length_at(const struct sb16 *sb, unsigned parameter)
{
    return 1u + (sb->dsp.parameters[parameter] | (uint32_t)sb->dsp.parameters[parameter + 1] << 8);
}

static void start_new(struct sb16 *sb)
{
    uint8_t command = sb->dsp.command, mode = sb->dsp.parameters[0];
    enum sb16_width width = command >> 4 == 0xB ? SB16_SIXTEEN : SB16_EIGHT;
    struct sb16_format format = {.capture = command & BIT_CAPTURE,
                                 .stereo = mode & MODE_STEREO,
                                 .is_signed = mode & MODE_SIGNED,
                                 .sample = width == SB16_SIXTEEN ? 2 : 1};
    uint32_t samples = length_at(sb, 1);

    if (format.stereo && samples % 2)
        ps_device_remark(sb->device, "SB-39", "a stereo block of an odd number of samples");
    if (sb->quirks && format.capture)
        return; // SB-25
    if (sb->quirks)
        samples = sb16_quirk_samples(sb, command & BIT_AUTOMATIC, samples);
    sb16_start(sb, width, format, samples * format.sample, command & BIT_AUTOMATIC);
}

// 14h, 1Ch, 24h, 2Ch: unsigned bytes; stereo on the Pro's path.
static void start_old(struct sb16 *sb)
{
    uint8_t command = sb->dsp.command;
    bool automatic = (command & 0x0F) == 0x0C;
    struct sb16_format format = {
        .capture = command >> 4 == 2, .stereo = pro_stereo(sb), .sample = 1};

    sb16_start(sb, SB16_EIGHT, format, automatic ? sb->dsp.old_block : length_at(sb, 0), automatic);
}

// ---- steering -----------------------------------------------------------------------------------

// D0h, D4h, D5h, D6h.
static void steer(struct sb16 *sb, enum sb16_width width, bool pause)
{
    struct sb16_transfer *transfer = &sb->transfers[width];

    if (sb->quirks && !transfer->running) // SB-25: whatever runs
        transfer = &sb->transfers[!width];
    if (!transfer->running)
        return; // SB-52
    if (pause)
        sb16_pause(sb, transfer);
    else
        transfer->paused = false;
}

// D9h, DAh, 45h, 47h.
static void leave(struct sb16 *sb, enum sb16_width width, bool leaves)
{
    struct sb16_transfer *transfer = &sb->transfers[width];

    if (transfer->running && transfer->may_continue)
        transfer->automatic = !leaves;
}

static void answer_text(struct sb16 *sb)
{
    static const char text[] = "COPYRIGHT (C) CREATIVE TECHNOLOGY LTD, 1992.";

    for (unsigned i = 0; i < sizeof(text); i++)
        sb16_dsp_answer(sb, (uint8_t)text[i]);
}

// ---- all of them --------------------------------------------------------------------------------

int sb16_parameter_count(uint8_t command)
{
    static const uint8_t none[] = {0x45, 0x47, 0x1C, 0x2C, 0xD0, 0xD1, 0xD3, 0xD4, 0xD5,
                                   0xD6, 0xD8, 0xD9, 0xDA, 0xE1, 0xE3, 0xE8, 0xF2, 0xF3};

    if ((command >> 4 == 0xB || command >> 4 == 0xC) && !(command & 1))
        return 3;
    for (unsigned i = 0; i < sizeof(none); i++)
        if (none[i] == command)
            return 0;
    switch (command) {
    case 0x40:
    case 0xE0:
    case 0xE4:
        return 1;
    case 0x14:
    case 0x24:
    case 0x41:
    case 0x42:
    case 0x48:
        return 2;
    default:
        return -1;
    }
}

// Commands that move no samples; false for the others.
static bool inform(struct sb16 *sb, uint64_t now)
{
    struct sb16_dsp *dsp = &sb->dsp;

    switch (dsp->command) {
    case 0xD1:
    case 0xD3:
        dsp->speaker = dsp->command == 0xD1; // SB-59
        return true;
    case 0xD8:
        sb16_dsp_answer(sb, dsp->speaker ? 0xFF : 0x00);
        return true;
    case 0xE0:
        sb16_dsp_answer(sb, (uint8_t)~dsp->parameters[0]);
        return true;
    case 0xE1:
        sb16_dsp_answer(sb, 4); // SB-120
        sb16_dsp_answer(sb, 5);
        return true;
    case 0xE3:
        answer_text(sb);
        return true;
    case 0xE4:
        dsp->test = dsp->parameters[0];
        return true;
    case 0xE8:
        sb16_dsp_answer(sb, dsp->test);
        return true;
    case 0xF2:
    case 0xF3:
        dsp->raise_at[dsp->command == 0xF2 ? SB16_EIGHT : SB16_SIXTEEN] = now + SB16_RAISE_NS;
        return true;
    default:
        return false;
    }
}

void sb16_command(struct sb16 *sb, uint64_t now)
{
    uint8_t command = sb->dsp.command;

    if (inform(sb, now))
        return;
    switch (command) {
    case 0x14:
    case 0x1C:
    case 0x24:
    case 0x2C:
        start_old(sb);
        break;
    case 0x40:
        set_time_constant(sb);
        break;
    case 0x41:
    case 0x42:
        set_rate(sb);
        break;
    case 0x48:
        sb->dsp.old_block = length_at(sb, 0);
        break;
    case 0xD0:
    case 0xD4:
        steer(sb, SB16_EIGHT, command == 0xD0);
        break;
    case 0xD5:
    case 0xD6:
        steer(sb, SB16_SIXTEEN, command == 0xD5);
        break;
    case 0xDA:
    case 0x45:
        leave(sb, SB16_EIGHT, command == 0xDA);
        break;
    case 0xD9:
    case 0x47:
        leave(sb, SB16_SIXTEEN, command == 0xD9);
        break;
    default:
        start_new(sb);
    }
}
