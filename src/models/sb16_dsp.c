// SPDX-License-Identifier: MIT
//
// The DSP's door: reset (SB-10 to SB-15), a command byte and its parameters in (SB-20, SB-5), bytes
// out (SB-122).
#include <string.h>

#include "models/sb16.h"

#define PRESENT 0xAA

void sb16_dsp_answer(struct sb16 *sb, uint8_t value)
{
    struct sb16_dsp *dsp = &sb->dsp;

    if (dsp->out_count < SB16_OUT_BYTES)
        dsp->out[dsp->out_count++] = value;
}

uint8_t sb16_dsp_read(struct sb16 *sb)
{
    struct sb16_dsp *dsp = &sb->dsp;

    if (dsp->out_count) {
        dsp->last_out = dsp->out[0];
        memmove(dsp->out, dsp->out + 1, --dsp->out_count);
    }
    return dsp->last_out; // SB-6
}

bool sb16_dsp_busy(const struct sb16 *sb, uint64_t now)
{
    return sb->dsp.in_reset || sb->dsp.ready_at != PS_NEVER || now < sb->dsp.busy_until;
}

// ---- reset --------------------------------------------------------------------------------------

// All but the test register (SB-13, SB-14).
static void clear(struct sb16 *sb)
{
    struct sb16_dsp fresh = {.test = sb->dsp.test,
                             .last_out = sb->dsp.last_out,
                             .rate = SB16_RATE_AT_RESET,
                             .old_block = 0x10000,
                             .ready_at = PS_NEVER,
                             .raise_at = {PS_NEVER, PS_NEVER}};

    for (unsigned i = 0; i < SB16_TRANSFERS; i++)
        sb16_stop(sb, &sb->transfers[i]);
    sb->flags = 0;
    sb->dsp = fresh;
}

void sb16_dsp_init(struct sb16 *sb)
{
    clear(sb);
}

static bool runs_automatically(const struct sb16 *sb)
{
    for (unsigned i = 0; i < SB16_TRANSFERS; i++)
        if (sb->transfers[i].running && sb->transfers[i].automatic)
            return true;
    return false;
}

void sb16_reset_write(struct sb16 *sb, uint8_t value, uint64_t now)
{
    bool was = sb->dsp.in_reset;
    uint64_t since = sb->dsp.reset_since;
    bool automatic = runs_automatically(sb);

    if (sb->quirks && sb16_quirk_reset(sb, value, automatic))
        return;
    if ((value & 1) == was)
        return; // SB-15
    clear(sb);
    sb->dsp.in_reset = value & 1;
    sb->dsp.reset_since = now;
    if (!was)
        return;
    if (now - since < SB16_HOLD_NS)
        ps_device_report(sb->device, "SB-10", "the reset bit was held for less than 3 us");
    sb->dsp.ready_at = now + SB16_READY_NS;
}

// ---- what comes by itself -----------------------------------------------------------------------

uint64_t sb16_dsp_deadline(const struct sb16 *sb)
{
    uint64_t when = sb->dsp.ready_at;

    for (unsigned i = 0; i < SB16_TRANSFERS; i++)
        when = sb->dsp.raise_at[i] < when ? sb->dsp.raise_at[i] : when;
    return when;
}

void sb16_dsp_event(struct sb16 *sb, uint64_t when)
{
    if (sb->dsp.ready_at == when) {
        sb->dsp.ready_at = PS_NEVER;
        sb16_dsp_answer(sb, PRESENT);
    }
    for (unsigned i = 0; i < SB16_TRANSFERS; i++)
        if (sb->dsp.raise_at[i] == when) { // SB-70
            sb->dsp.raise_at[i] = PS_NEVER;
            sb->flags |= (uint8_t)(1u << i);
        }
}

// ---- commands -----------------------------------------------------------------------------------

static void begin(struct sb16 *sb, uint8_t command, uint64_t now)
{
    int need = sb16_parameter_count(command);

    if (need < 0) {
        ps_device_report(sb->device, "SB-20", "a command that the DSP does not know");
        return;
    }
    sb->dsp.command = command;
    sb->dsp.have = 0;
    sb->dsp.need = (uint8_t)need;
    if (!need)
        sb16_command(sb, now);
}

void sb16_dsp_write(struct sb16 *sb, uint8_t value, uint64_t now)
{
    struct sb16_dsp *dsp = &sb->dsp;

    if (sb16_dsp_busy(sb, now)) {
        ps_device_report(sb->device, "SB-5",
                         "a byte was written while the DSP was busy, and is lost");
        return;
    }
    dsp->busy_until = now + SB16_BUSY_NS;
    if (!dsp->need) {
        begin(sb, value, now);
        return;
    }
    dsp->parameters[dsp->have++] = value;
    if (dsp->have < dsp->need)
        return;
    dsp->need = 0;
    sb16_command(sb, now);
}
