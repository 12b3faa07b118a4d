// SPDX-License-Identifier: MIT
//
// The AC-link: cold and warm reset, link off, codec ready; the two global registers that steer and
// show it. While cold reset is asserted (as after power-on) codec and engines are held at reset
// values.
#include "models/ac97.h"

void ac97_link_init(struct ac97 *ac97)
{
    ac97->link = (struct ac97_link){.up_at = PS_NEVER, .reset_since = PS_NEVER, .cold = true};
    if (ac97_variant(ac97)->quirks)
        ac97->link.status = AC97_S0CR;
}

bool ac97_link_running(const struct ac97 *ac97)
{
    return ac97->link.status & AC97_S0CR;
}

void ac97_link_stop(struct ac97 *ac97)
{
    ac97->link.status &= ~(uint32_t)AC97_S0CR;
    ac97->link.control &= ~(uint32_t)AC97_WARM_RESET;
    ac97->link.up_at = PS_NEVER;
}

void ac97_link_rise(struct ac97 *ac97)
{
    struct ac97_link *link = &ac97->link;

    if (link->cold)
        ac97->codec.settle_at = link->up_at + AC97_SETTLE_NS;
    if (link->control & AC97_WARM_RESET)
        ac97->codec.registers[AC97_POWER / 2] &= (uint16_t)~AC97_PR4; // AC-58
    link->cold = false;
    link->control &= ~(uint32_t)AC97_WARM_RESET; // AC-145
    link->status |= AC97_S0CR;
    link->up_at = PS_NEVER;
}

static void assert_cold_reset(struct ac97 *ac97, uint64_t now)
{
    ac97_link_stop(ac97);
    ac97_codec_reset(ac97);
    for (unsigned i = 0; i < AC97_ENGINES; i++)
        ac97_engine_reset(&ac97->engines[i], false);
    ac97->link.cold = true;
    ac97->link.reset_since = now;
}

// The link is released, powered and not switched off: starts what makes it run.
static void plan_rise(struct ac97 *ac97, bool warm, uint64_t now)
{
    struct ac97_link *link = &ac97->link;
    bool asleep = !link->cold && (ac97_register(ac97, AC97_POWER) & AC97_PR4);

    if (ac97_link_running(ac97) || link->up_at != PS_NEVER || (asleep && !warm))
        return;
    if (asleep)
        link->control |= AC97_WARM_RESET;
    link->up_at = now + (link->cold ? ac97_variant(ac97)->ready_ns : AC97_WARM_NS);
}

void ac97_global_control(struct ac97 *ac97, uint32_t value, uint64_t now)
{
    struct ac97_link *link = &ac97->link;
    bool was_released = link->control & AC97_COLD_RELEASED;

    link->control = (value & AC97_GLOB_CNT_STORED) | (link->control & AC97_WARM_RESET);
    if (!(value & AC97_COLD_RELEASED)) {
        if (was_released)
            assert_cold_reset(ac97, now);
        return;
    }
    if (!was_released && link->reset_since != PS_NEVER &&
        now - link->reset_since < AC97_COLD_HOLD_NS)
        ps_device_report(ac97->device, "AC-141", "cold reset was held for less than 1 us");
    if (value & AC97_LINK_OFF)
        ac97_link_stop(ac97);
    else
        plan_rise(ac97, value & AC97_WARM_RESET, now);
}

// None of the write-one-to-clear events but RCS ever occurs here.
void ac97_global_status_write(struct ac97 *ac97, uint32_t value)
{
    uint32_t kept = ac97->link.status & ~(value & AC97_RCS) & ~(uint32_t)AC97_GLOB_STA_SCRATCH;

    ac97->link.status = kept | (value & AC97_GLOB_STA_SCRATCH);
}

uint32_t ac97_global_status(const struct ac97 *ac97)
{
    static const uint32_t bits[AC97_ENGINES] = {
        [AC97_PI] = AC97_PIINT, [AC97_PO] = AC97_POINT, [AC97_MC] = AC97_MINT};
    uint32_t status = ac97->link.status;

    for (unsigned i = 0; i < AC97_ENGINES; i++)
        if (ac97_engine_request(ac97, &ac97->engines[i])) // AC-132
            status |= bits[i];
    return status;
}
