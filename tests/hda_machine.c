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

void listen(struct ps_device *m, uint16_t format)
{
    for (unsigned node = HDA_AFG; node < HDA_NODES; node++)
        ask(m, verb12(node, 0x705, 0));
    ask(m, verb4(HDA_DAC, 0x2, format));
    ask(m, verb4(HDA_DAC, 0x3, 0xB040));
    ask(m, verb12(HDA_DAC, 0x706, 0x10));
    ask(m, verb12(HDA_LINE_OUT, 0x707, 0x40));
    ask(m, verb4(HDA_ADC, 0x2, format));
    ask(m, verb4(HDA_ADC, 0x3, 0x7008));
    ask(m, verb12(HDA_ADC, 0x706, 0x20));
    ask(m, verb12(HDA_LINE_IN, 0x707, 0x20));
    pass(m, MILLISECOND);
}

void describe(struct ps_device *m, uint32_t sd, unsigned index, uint64_t address, uint32_t length,
              uint32_t flags)
{
    struct hda_entry entry = {address, length, flags};
    memcpy(at(m, list_of(sd) + 16 * index), &entry, sizeof(entry));
}

void start(struct ps_device *m, uint32_t sd, unsigned entries, uint16_t format)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i < entries; i++)
        sum += word(m, list_of(sd) + 16 * i + 8);
    put(m, sd + CBL, 4, sum);
    put(m, sd + LVI, 2, entries - 1);
    put(m, sd + FMT, 2, format);
    put(m, sd + BDPL, 4, list_of(sd));
    put(m, sd + CTL + 2, 1, sd < OUT0 ? 0x20 : 0x10);
    put(m, sd + CTL, 1, ENABLES | RUN);
}

// The second of two buffers, aligned to 128 bytes.
static uint32_t second(unsigned frame_count)
{
    return SOUND + ((4 * frame_count + 127) & ~127u);
}

void play(struct ps_device *m, unsigned frame_count)
{
    number(m, SOUND, frame_count, 1);
    number(m, second(frame_count), frame_count, 1 + (int)frame_count);
    describe(m, OUT0, 0, SOUND, 4 * frame_count, IOC);
    describe(m, OUT0, 1, second(frame_count), 4 * frame_count, IOC);
    start(m, OUT0, 2, PCM_48_16);
}

void record(struct ps_device *m, unsigned frame_count)
{
    describe(m, IN0, 0, SOUND, 4 * frame_count, IOC);
    describe(m, IN0, 1, second(frame_count), 4 * frame_count, IOC);
    start(m, IN0, 2, PCM_48_16);
}

bool heard_numbers(struct ps_device *m, size_t from, size_t count, int first)
{
    sync(m);
    for (size_t i = 0; i < count; i++) {
        int16_t n = (int16_t)(first + (int)i);
        const struct heard *heard = &m->heard[from + i];
        if (from + i >= m->heard_count || heard->left != n || heard->right != (int16_t)-n ||
            !heard->fetched)
            return false;
    }
    return true;
}
