// SPDX-License-Identifier: MIT
//
// The tests' machine around a Sound Blaster 16.
#include "tests/sb16_machine.h"

#include "models/models.h"

struct ps_device *power_on(void)
{
    return model_power_on(&sb16_model);
}

struct ps_device *ready(void)
{
    static const uint8_t loud[] = {0x30, 0x31, 0x32, 0x33, 0x38, 0x39};
    struct ps_device *m = power_on();

    put(m, RESET, 1);
    pass(m, 10000);
    put(m, RESET, 0);
    pass(m, 200000);
    get(m, DATA);
    for (unsigned i = 0; i < sizeof(loud); i++)
        set_mixer(m, loud[i], 0xF8);
    return m;
}

void go(struct ps_device *m, uint64_t ns)
{
    pass(m, ns);
    sync(m);
}

uint8_t get(struct ps_device *m, uint32_t offset)
{
    return (uint8_t)m->ops->read(m, m->state, 0, offset, 1);
}

void put(struct ps_device *m, uint32_t offset, unsigned value)
{
    m->ops->write(m, m->state, 0, offset, 1, value);
}

uint8_t mixer(struct ps_device *m, unsigned index)
{
    put(m, MIXER_INDEX, index);
    return get(m, MIXER_DATA);
}

void set_mixer(struct ps_device *m, unsigned index, unsigned value)
{
    put(m, MIXER_INDEX, index);
    put(m, MIXER_DATA, value);
}

void command(struct ps_device *m, unsigned code)
{
    put(m, COMMAND, code);
    pass(m, 1000);
}

void command_1(struct ps_device *m, unsigned code, unsigned a)
{
    command(m, code);
    command(m, a);
}

void command_2(struct ps_device *m, unsigned code, unsigned a, unsigned b)
{
    command_1(m, code, a);
    command(m, b);
}

void command_3(struct ps_device *m, unsigned code, unsigned a, unsigned b, unsigned c)
{
    command_2(m, code, a, b);
    put(m, COMMAND, c); // runs now; the test's clock begins here
}

void rate(struct ps_device *m, unsigned hz)
{
    command_2(m, 0x41, hz >> 8, hz & 0xFF);
}

void start(struct ps_device *m, unsigned code, unsigned mode, unsigned samples)
{
    command_3(m, code, mode, (samples - 1) & 0xFF, (samples - 1) >> 8);
}

bool has_data(struct ps_device *m)
{
    return get(m, STATUS) & 0x80;
}

uint8_t dma_get(struct ps_device *m, uint64_t port)
{
    sync(m);
    return i8237_read(&m->isa_dma, port);
}

void dma_put(struct ps_device *m, uint64_t port, unsigned value)
{
    sync(m);
    i8237_write(&m->isa_dma, port, (uint8_t)value);
    sync(m);
}

void mask(struct ps_device *m, unsigned channel, bool masked)
{
    dma_put(m, channel < 4 ? 0x0A : 0xD4, channel % 4 | (masked ? 4 : 0));
}

void program(struct ps_device *m, unsigned channel, unsigned mode, uint32_t physical,
             unsigned bytes)
{
    bool wide = channel >= 4;
    uint64_t address = wide ? 0xC4 : 0x02, count = wide ? 0xC6 : 0x03;
    unsigned transfers = (wide ? bytes / 2 : bytes) - 1;

    mask(m, channel, true);
    dma_put(m, wide ? 0xD8 : 0x0C, 0);
    dma_put(m, wide ? 0xD6 : 0x0B, mode | channel % 4);
    dma_put(m, wide ? 0x8B : 0x83, physical >> 16);
    dma_put(m, address, (wide ? physical >> 1 : physical) & 0xFF);
    dma_put(m, address, (wide ? physical >> 9 : physical >> 8) & 0xFF);
    dma_put(m, count, transfers & 0xFF);
    dma_put(m, count, transfers >> 8);
    mask(m, channel, false);
}

unsigned count_of(struct ps_device *m, unsigned channel)
{
    sync(m);
    return m->isa_dma.controllers[channel / 4].channels[channel % 4].count;
}

int16_t *samples_at(struct ps_device *m, uint32_t physical)
{
    return at(m, physical);
}
