// SPDX-License-Identifier: MIT
//
// The tests' machine around an AC'97 model.
#include <string.h>

#include "models/models.h"
#include "tests/ac97_machine.h"
#include "tests/ps_test.h"

struct ps_device *power_on(void)
{
    return model_power_on(&ac97_model);
}

struct ps_device *ready(void)
{
    struct ps_device *m = power_on();

    put(m, GLOB_CNT, 4, 2);
    pass(m, 20 * MILLISECOND);
    nam_write(m, 0x02, 0x0000);
    nam_write(m, 0x18, 0x0808);
    nam_write(m, 0x1C, 0x0000);
    nam_write(m, 0x1E, 0x0000);
    return m;
}

uint16_t nam_read(struct ps_device *m, uint32_t offset)
{
    return (uint16_t)ac97_model.read(m, m->state, 0, offset, 2);
}

void nam_post(struct ps_device *m, uint32_t offset, uint16_t value)
{
    ac97_model.write(m, m->state, 0, offset, 2, value);
}

void nam_write(struct ps_device *m, uint32_t offset, uint16_t value)
{
    nam_post(m, offset, value);
    pass(m, 42000);
}

uint32_t get(struct ps_device *m, uint32_t offset, unsigned width)
{
    return ac97_model.read(m, m->state, 1, offset, width);
}

void put(struct ps_device *m, uint32_t offset, unsigned width, uint32_t value)
{
    ac97_model.write(m, m->state, 1, offset, width, value);
}

void describe(struct ps_device *m, uint32_t engine, unsigned index, uint32_t address,
              uint32_t control)
{
    uint32_t words[2] = {address, control};
    memcpy(at(m, LIST + 0x10 * engine + 8 * index), words, sizeof(words));
}

void start(struct ps_device *m, uint32_t engine, unsigned last)
{
    put(m, engine + BDBAR, 4, LIST + 0x10 * engine);
    put(m, engine + LVI, 1, last);
    put(m, engine + CR, 1, RUN);
}

void play(struct ps_device *m, unsigned buffers, unsigned frame_count)
{
    number(m, SOUND, buffers * frame_count, 1);
    for (unsigned i = 0; i < buffers; i++)
        describe(m, PO, i, SOUND + 4 * i * frame_count, IOC | 2 * frame_count);
    start(m, PO, buffers - 1);
}

void assert_heard(struct ps_device *m, size_t from, size_t count, int first)
{
    assert_true(m->heard_count >= from + count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(m->heard[from + i].left, first + (int)i);
        assert_int_equal(m->heard[from + i].right, -(first + (int)i));
        assert_true(m->heard[from + i].fetched);
    }
}

void assert_filler(struct ps_device *m, size_t from, size_t count, int left)
{
    assert_true(m->heard_count >= from + count);
    for (size_t i = from; i < from + count; i++) {
        assert_int_equal(m->heard[i].left, left);
        assert_int_equal(m->heard[i].right, -left);
        assert_false(m->heard[i].fetched);
    }
}

int sample(struct ps_device *m, uint32_t physical)
{
    int16_t value;
    memcpy(&value, at(m, physical), 2);
    return value;
}
