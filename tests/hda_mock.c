// SPDX-License-Identifier: MIT
//
// See hda_mock.h.
#include "tests/hda_mock_internal.h"

struct hda_mock hda_mock;

static const struct mock_answer reference[] = {
    {0, 0x00, 0xFFFE0001}, {0, 0x04, 0x00010001}, {1, 0x04, 0x00020004}, {1, 0x05, 0x00000101},
    {1, 0x0A, 0x000E0160}, {1, 0x0B, 1},          {1, 0x0F, 0x80000009}, {2, 0x09, 0x0000041D},
    {2, 0x0A, 0x000E0160}, {2, 0x0B, 1},          {2, 0x12, 0x80034040}, {3, 0x09, 0x0010051B},
    {3, 0x0A, 0x000E0160}, {3, 0x0B, 1},          {3, 0x0D, 0x80051708}, {3, 0x0E, 1},
    {3, 0x80, 5},          {4, 0x09, 0x00400581}, {4, 0x0C, 0x00010014}, {4, 0x0E, 1},
    {4, 0x80, 2},          {4, 0x1C, 0x01014010}, {5, 0x09, 0x00400481}, {5, 0x0C, 0x00000024},
    {5, 0x1C, 0x01813020},
};

void hda_mock_reset(void)
{
    memset(&hda_mock, 0, sizeof(hda_mock));
    hda_mock.gcap = 0x4401;
    hda_mock.ring_sizes = 0x42;
    hda_mock.codec_us = 200;
    hda_mock.answers = reference;
    hda_mock.answer_count = sizeof(reference) / sizeof(*reference);
}

// ---- the codec ---------------------------------------------------------------------------------------------

static uint32_t look_up(unsigned node, unsigned parameter)
{
    for (unsigned i = 0; i < hda_mock.answer_count; i++)
        if (hda_mock.answers[i].node == node && hda_mock.answers[i].parameter == parameter)
            return hda_mock.answers[i].value;
    return 0;
}

static uint32_t answer(uint32_t verb)
{
    unsigned node = verb >> 20 & 0x7F, id = verb >> 8 & 0xFFF;

    if (id == 0xF00)
        return look_up(node, verb & 0xFF);
    if (id == 0xF02)
        return look_up(node, MOCK_LIST + (verb & 0xFF));
    if (id == 0xF1C)
        return look_up(node, MOCK_CONFIG);
    if (id >> 8 != 0xF && hda_mock.verb_count < MOCK_VERBS)
        hda_mock.verbs[hda_mock.verb_count++] = verb & 0x0FFFFFFF;
    return 0;
}

static bool heard(uint32_t verb)
{
    return verb >> 28 == hda_mock.address && !hda_mock.dumb;
}

// ---- rings -----------------------------------------------------------------------------------------------------

static unsigned ring_entries(const struct state *state, uint32_t reg)
{
    static const unsigned entries[] = {2, 16, 256, 256};

    return entries[get(state, reg, 1) & 3];
}

static void respond(struct ps_device *device, struct state *state, uint32_t value, uint32_t from)
{
    unsigned at = (get(state, RIRBWP, 2) + 1) % ring_entries(state, 0x5E);
    uint32_t entry[2] = {value, from};

    ps_device_dma_write(device, get64(state, RIRBBASE) + 8 * at, entry, sizeof(entry));
    put(state, RIRBWP, 2, at);
}

static bool may_fetch(const struct state *state)
{
    if (hda_mock.dead_rings || !(get(state, CORBCTL, 1) & 2) || !(get(state, RIRBCTL, 1) & 2))
        return false;
    return !hda_mock.stops_at_count || state->responses < get(state, RINTCNT, 2);
}

static void fetch(struct ps_device *device, struct state *state)
{
    while (may_fetch(state) && get(state, CORBRP, 2) != get(state, CORBWP, 2)) {
        unsigned at = (get(state, CORBRP, 2) + 1) % ring_entries(state, 0x4E);
        uint32_t verb = 0;

        ps_device_dma_read(device, get64(state, CORBBASE) + 4 * at, &verb, sizeof(verb));
        put(state, CORBRP, 2, at);
        if (!heard(verb))
            continue;
        while (hda_mock.unsolicited) {
            hda_mock.unsolicited--;
            respond(device, state, 0xDEAD, 0x10 | hda_mock.address);
        }
        respond(device, state, answer(verb), hda_mock.address);
        if (++state->responses == get(state, RINTCNT, 2) && get(state, RIRBCTL, 1) & 1)
            state->regs[RIRBSTS] |= 1;
    }
}

static void immediate(struct state *state)
{
    uint32_t verb = get(state, ICW, 4);

    if (!heard(verb))
        return;
    put(state, IRR, 4, answer(verb));
    put(state, ICS, 2, 2);
    hda_mock.immediates++;
}

// ---- registers -------------------------------------------------------------------------------------------------

static unsigned width_of(uint32_t offset)
{
    static const struct {
        uint8_t offset, width;
    } globals[] = {{0x00, 2}, {0x08, 4}, {0x0C, 2}, {0x0E, 2}, {0x18, 2}, {0x1A, 2}, {0x20, 4},
                   {0x24, 4}, {0x30, 4}, {0x40, 4}, {0x44, 4}, {0x48, 2}, {0x4A, 2}, {0x4C, 1},
                   {0x4D, 1}, {0x4E, 1}, {0x50, 4}, {0x54, 4}, {0x58, 2}, {0x5A, 2}, {0x5C, 1},
                   {0x5D, 1}, {0x5E, 1}, {0x60, 4}, {0x64, 4}, {0x68, 2}, {0x70, 4}, {0x74, 4}};
    static const uint8_t stream[32] = {[0] = 1, [2] = 1, [3] = 1, [4] = 4, [8] = 4, [0xC] = 2,
                                       [0x10] = 2, [0x12] = 2, [0x18] = 4, [0x1C] = 4};

    if (offset >= STREAMS)
        return stream[(offset - STREAMS) % 32];
    for (unsigned i = 0; i < sizeof(globals) / sizeof(*globals); i++)
        if (globals[i].offset == offset)
            return globals[i].width;
    return 0;
}

static uint32_t shaken(struct state *state, uint32_t offset)
{
    uint32_t position = get(state, offset, 4), back = state->looks++ % 2 ? hda_mock.shake : 0;

    return position > back ? position - back : position;
}

static uint32_t mock_read(struct ps_device *device, void *context, unsigned bar, uint32_t offset,
                          unsigned width)
{
    struct state *state = context;

    if (hda_mock.gone)
        return UINT32_MAX;
    if (offset >= ALIASES && offset < ALIASES + STREAM_END)
        offset -= ALIASES;
    if (bar || offset >= STREAM_END || width_of(offset) != width) {
        hda_mock.strange++;
        return UINT32_MAX;
    }
    mock_advance(device, state);
    if (offset == INTSTS)
        return mock_requests(state) | (mock_requests(state) ? 0x80000000 : 0) |
               (state->regs[RIRBSTS] & 1 ? 0x40000000 : 0);
    if (offset == WALCLK)
        return (uint32_t)(ps_device_now(device) * 24 / 1000);
    if (offset == STATESTS && get(state, GCTL, 4) & 1 &&
        ps_device_now(device) >= state->reported_at)
        return 1u << hda_mock.address;
    if (offset >= STREAMS && offset % 32 == 4)
        return shaken(state, offset);
    return get(state, offset, width);
}

static void reset(struct ps_device *device, struct state *state)
{
    memset(state->regs, 0, sizeof(state->regs));
    put(state, 0, 2, hda_mock.gcap);
    put(state, 0x18, 2, hda_mock.payload);
    state->regs[0x4E] = state->regs[0x5E] = hda_mock.ring_sizes;
    for (unsigned i = 0; i < mock_engine_count(); i++)
        put(state, STREAMS + 32 * i + 0x10, 2, i < (hda_mock.gcap >> 8 & 15u) ? 0x77 : 0xBF);
    state->reported_at = ps_device_now(device) + hda_mock.codec_us * 1000ull;
}

static void write_pointer(struct state *state, uint32_t offset, uint32_t value)
{
    if (offset == RIRBWP)
        put(state, RIRBWP, 2, 0);
    else if (value & 0x8000)
        put(state, CORBRP, 2, hda_mock.self_clearing ? 0 : 0x8000);
    else
        put(state, CORBRP, 2, 0);
}

static void write_global(struct ps_device *device, struct state *state, uint32_t offset,
                         unsigned width, uint32_t value)
{
    if (offset == GCTL && (get(state, GCTL, 4) ^ value) & 1)
        reset(device, state);
    if (offset == RIRBWP || offset == CORBRP) {
        write_pointer(state, offset, value);
    } else if (offset == RIRBSTS) {
        if (state->regs[RIRBSTS] & value & 1)
            state->responses = 0;
        state->regs[RIRBSTS] &= (uint8_t)~value;
    } else if (offset == ICS) {
        put(state, ICS, 2, value & 1 ? 1 : get(state, ICS, 2) & ~value & 2);
        if (value & 1)
            immediate(state);
    } else if (offset != 0 && offset != INTSTS && offset != STATESTS) {
        put(state, offset, width, value);
    }
    fetch(device, state);
}

static void mock_write(struct ps_device *device, void *context, unsigned bar, uint32_t offset,
                       unsigned width, uint32_t value)
{
    struct state *state = context;

    if (bar || offset >= STREAM_END || width_of(offset) != width) {
        hda_mock.strange++;
        return;
    }
    mock_advance(device, state);
    if (offset >= STREAMS)
        mock_write_engine(device, state, offset, width, value);
    else
        write_global(device, state, offset, width, value);
    mock_update_line(device, state);
}

static int mock_attach(struct ps_device *device, void *context)
{
    reset(device, context);
    return 0;
}

static void mock_sync(struct ps_device *device, void *context)
{
    mock_advance(device, context);
}

const struct ps_device_ops hda_mock_ops = {
    .version = PS_DEVICE_VERSION,
    .name = "hda-mock",
    .description = "a bare HD Audio controller",
    .pci = {.vendor = 0x8086,
            .device = 0x2668,
            .class_code = 0x040300,
            .interrupt_pin = 1,
            .command_writable = 0x406,
            .bars = {{PS_BAR_MEMORY, 0x4000}}},
    .state_size = sizeof(struct state),
    .attach = mock_attach,
    .read = mock_read,
    .write = mock_write,
    .wake = mock_wake,
    .sync = mock_sync,
};
