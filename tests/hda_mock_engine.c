// SPDX-License-Identifier: MIT
//
// Engines of the mock: they keep time by ticks, tell of completions and write their position words. See hda_mock.h.
#include "tests/hda_mock_internal.h"

unsigned mock_engine_count(void)
{
    return (hda_mock.gcap >> 12) + (hda_mock.gcap >> 8 & 15) + (hda_mock.gcap >> 3 & 31);
}

uint32_t mock_requests(const struct state *state)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < mock_engine_count(); i++)
        if (state->regs[STREAMS + 32 * i + 3] & 4 && state->regs[STREAMS + 32 * i] & 4)
            bits |= 1u << i;
    return bits;
}

void mock_update_line(struct ps_device *device, const struct state *state)
{
    uint32_t control = get(state, INTCTL, 4);

    ps_device_interrupt(device, control >> 31 && (mock_requests(state) & control) != 0);
}

static void note_run(struct ps_device *device, struct state *state, unsigned i)
{
    struct mock_engine *engine = &hda_mock.engines[i];
    uint32_t base = STREAMS + 32 * i;

    engine->runs++;
    engine->tag = (uint8_t)get(state, base + 2, 1);
    engine->bytes = get(state, base + 8, 4);
    engine->last = (uint16_t)get(state, base + 0xC, 2);
    engine->format = (uint16_t)get(state, base + 0x12, 2);
    ps_device_dma_read(device, get64(state, base + 0x18), engine->list,
                       (engine->last + 1u) * sizeof(*engine->list));
    if (hda_mock.restarts)
        put(state, base + 4, 4, 0);
}

static unsigned format_rate(uint16_t format)
{
    unsigned base = format & 0x4000 ? 44100 : 48000;

    return base * ((format >> 11 & 7) + 1) / ((format >> 8 & 7) + 1);
}

static unsigned format_frame(uint16_t format)
{
    return ((format & 15) + 1) * ((format >> 4 & 7) > 1 ? 4 : 2);
}

// Is an interrupting entry's end in (from, to]? Positions go on behind the buffer's end.
static bool passes_end(const struct mock_engine *engine, uint64_t from, uint64_t to)
{
    uint64_t end = 0;

    for (unsigned lap = 0; lap < 3; lap++)
        for (unsigned i = 0; i <= engine->last; i++) {
            end += engine->list[i].bytes;
            if (engine->list[i].interrupt & 1 && end > from && end <= to)
                return true;
        }
    return false;
}

static void move(struct ps_device *device, struct state *state, unsigned i, uint64_t ns)
{
    const struct mock_engine *engine = &hda_mock.engines[i];
    uint32_t base = STREAMS + 32 * i, from = get(state, base + 4, 4), to;
    uint64_t bytes = ns * format_rate(engine->format) / 1000000000 * format_frame(engine->format);

    if (!engine->bytes)
        return;
    if (passes_end(engine, from + hda_mock.early, from + bytes + hda_mock.early))
        state->regs[base + 3] |= 4;
    to = (uint32_t)((from + bytes) % engine->bytes);
    put(state, base + 4, 4, to);
    if (get(state, DPBASE, 4) & 1 && !hda_mock.dead_word)
        ps_device_dma_write(device, (get64(state, DPBASE) & ~127ull) + 8 * i, &to, sizeof(to));
}

// Whole ticks only: nothing is lost to rounding then.
void mock_advance(struct ps_device *device, struct state *state)
{
    while (ps_device_now(device) >= state->ticked_at + TICK_NS) {
        for (unsigned i = 0; i < mock_engine_count(); i++)
            if (state->regs[STREAMS + 32 * i] & 2)
                move(device, state, i, TICK_NS);
        state->ticked_at += TICK_NS;
    }
    mock_update_line(device, state);
}

void mock_wake(struct ps_device *device, void *context)
{
    struct state *state = context;
    bool runs = false;

    mock_advance(device, state);
    for (unsigned i = 0; i < mock_engine_count(); i++)
        runs = runs || state->regs[STREAMS + 32 * i] & 2;
    ps_device_wake(device, runs ? state->ticked_at + TICK_NS : PS_NEVER);
}

void mock_write_engine(struct ps_device *device, struct state *state, uint32_t offset,
                         unsigned width, uint32_t value)
{
    unsigned reg = (offset - STREAMS) % 32, i = (offset - STREAMS) / 32;
    bool ran = state->regs[STREAMS + 32 * i] & 2;

    if (reg == 3) {
        state->regs[offset] &= (uint8_t)~value;
        return;
    }
    if (reg == 0 && value & 1) {
        memset(state->regs + offset, 0, hda_mock.keeps_registers ? 4 : 32);
        put(state, offset + 0x10, 2, 0xBF);
        value = hda_mock.hidden_reset ? 0 : 1;
    }
    put(state, offset, width, value);
    if (reg == 0 && value & 2 && !ran) {
        note_run(device, state, i);
        ps_device_wake(device, state->ticked_at + TICK_NS);
    }
}
