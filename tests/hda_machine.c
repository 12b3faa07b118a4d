// SPDX-License-Identifier: MIT
//
// The tests' machine around an HD Audio model.
#include <stdlib.h>
#include <string.h>

#include "models/models.h"
#include "tests/hda_machine.h"

uint32_t get(struct ps_device *m, uint32_t offset, unsigned width)
{
    return hda_model.read(m, m->state, 0, offset, width);
}

void put(struct ps_device *m, uint32_t offset, unsigned width, uint32_t value)
{
    hda_model.write(m, m->state, 0, offset, width, value);
}

static uint64_t until(struct ps_device *m, uint64_t n)
{
    uint64_t frame = (m->now - inside(m)->born) * 3 / 62500;
    return inside(m)->born + frames(frame + n) - m->now;
}

void run_frames(struct ps_device *m, uint64_t n)
{
    pass(m, until(m, n));
}

void run_nearly(struct ps_device *m, uint64_t n)
{
    pass(m, until(m, n) - 1);
}

struct ps_device *power_on(void)
{
    return model_power_on(&hda_model);
}

struct ps_device *awake(void)
{
    struct ps_device *m = power_on();

    put(m, GCTL, 4, 1);
    run_frames(m, 26);
    put(m, STATESTS, 2, 0x7FFF);
    return m;
}

uint32_t verb12(unsigned node, unsigned verb, unsigned payload)
{
    return node << 20 | verb << 8 | payload;
}

uint32_t verb4(unsigned node, unsigned verb, unsigned payload)
{
    return node << 20 | verb << 16 | payload;
}

uint32_t ask(struct ps_device *m, uint32_t command)
{
    put(m, ICS, 2, 2);
    put(m, ICW, 4, command);
    put(m, ICS, 2, 1);
    for (unsigned i = 0; i < 10; i++) {
        run_frames(m, 1);
        if (get(m, ICS, 2) == 2)
            return get(m, IRR, 4);
    }
    abort(); // no codec answered
}

void start_rings(struct ps_device *m)
{
    put(m, CORBLBASE, 4, CORB_AT);
    put(m, RIRBLBASE, 4, RIRB_AT);
    put(m, RINTCNT, 2, 1);
    put(m, RIRBCTL, 1, 3);
    put(m, CORBCTL, 1, 3);
    run_frames(m, 1);
}

void send(struct ps_device *m, uint32_t command)
{
    static const uint16_t counts[] = {2, 16, 256};
    unsigned entries = counts[get(m, CORBSIZE, 1) & 3];
    unsigned index = (get(m, CORBWP, 2) + 1) % entries;

    memcpy(at(m, CORB_AT + 4 * index), &command, sizeof(command));
    put(m, CORBWP, 2, index);
}

static uint32_t word(struct ps_device *m, uint64_t physical)
{
    uint32_t value;

    memcpy(&value, at(m, physical), sizeof(value));
    return value;
}

uint32_t response(struct ps_device *m, unsigned index)
{
    return word(m, RIRB_AT + 8 * index);
}

uint32_t response_extra(struct ps_device *m, unsigned index)
{
    return word(m, RIRB_AT + 8 * index + 4);
}
