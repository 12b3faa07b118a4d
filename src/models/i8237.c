// SPDX-License-Identifier: MIT
//
// The 8237 pair: registers (SB-80 to SB-90), then how channels count (SB-91 to SB-109).
#include "models/i8237.h"

enum {
    FIRST_BASE = 0x00,  // ports of the first controller lie side by side,
    SECOND_BASE = 0xC0, // those of the second every other port
    PAGE_BASE = 0x80,

    STATUS = 8, // register numbers of a controller; below: address and count of each channel
    REQUEST = 9,
    SINGLE_MASK = 10,
    MODE = 11,
    CLEAR_HIGH = 12,
    MASTER_CLEAR = 13,
    CLEAR_MASKS = 14,
    ALL_MASKS = 15,

    COMMAND_OFF = 0x04,
    MODE_AUTO = 0x10,
    MODE_DOWN = 0x20,
    MODE_CASCADE = 0xC0,
    ALL = 0x0F,
};

// ---- where a port leads -------------------------------------------------------------------------

// The channel of page register 80h + n, or -1 (SB-80).
static int page_channel(uint64_t port)
{
    static const int8_t channels[16] = {-1, 2, 3, 1, -1, -1, -1, 0, -1, 6, 7, 5, -1, -1, -1, -1};

    return port - PAGE_BASE < 16 ? channels[port - PAGE_BASE] : -1;
}

// Controller and register number of a port; false if it is none of a controller.
static bool find(uint64_t port, unsigned *controller, unsigned *number)
{
    *controller = port >= SECOND_BASE;
    *number = (unsigned)(*controller ? (port - SECOND_BASE) / 2 : port - FIRST_BASE);
    return *controller ? port < SECOND_BASE + 32 && port % 2 == 0 : port < FIRST_BASE + 16;
}

bool i8237_decodes(uint64_t port)
{
    unsigned controller, number;

    return find(port, &controller, &number) || page_channel(port) >= 0;
}

static struct i8237_channel *channel_of(struct i8237 *pair, unsigned channel)
{
    return &pair->controllers[channel / 4].channels[channel % 4];
}

static uint8_t bit_of(unsigned channel)
{
    return (uint8_t)(1u << channel % 4);
}

// ---- reading ------------------------------------------------------------------------------------

// The byte that the flip-flop chooses, of the value at this moment (SB-107).
static uint8_t half(struct i8237_controller *controller, uint16_t value)
{
    uint8_t byte = (uint8_t)(controller->high ? value >> 8 : value);

    controller->high = !controller->high;
    return byte;
}

static uint8_t status(struct i8237_controller *controller, unsigned asking)
{
    uint8_t value = (uint8_t)(controller->done | (asking & ALL) << 4);

    controller->done = 0;
    return value;
}

static uint8_t read_controller(struct i8237_controller *controller, unsigned number,
                               unsigned asking)
{
    const struct i8237_channel *channel = &controller->channels[number / 2 % 4];

    if (number < STATUS)
        return half(controller, number % 2 ? channel->count : channel->address);
    if (number == STATUS)
        return status(controller, asking);
    return number == MASTER_CLEAR ? 0 : 0xFF; // the temporary register: nothing went through it
}

uint8_t i8237_read(struct i8237 *pair, uint64_t port)
{
    unsigned controller, number;

    if (page_channel(port) >= 0)
        return channel_of(pair, (unsigned)page_channel(port))->page;
    if (!find(port, &controller, &number))
        return 0xFF;
    return read_controller(&pair->controllers[controller], number, pair->asking >> 4 * controller);
}

// ---- writing ------------------------------------------------------------------------------------

// Base and current together, byte by byte (SB-90).
static void put_half(struct i8237_controller *controller, uint16_t *base, uint16_t *current,
                     uint8_t value)
{
    unsigned shift = controller->high ? 8 : 0;

    *base = (uint16_t)((*base & ~(0xFFu << shift)) | (unsigned)value << shift);
    *current = (uint16_t)((*current & ~(0xFFu << shift)) | (unsigned)value << shift);
    controller->high = !controller->high;
}

static void master_clear(struct i8237_controller *controller)
{
    controller->command = controller->requests = controller->done = 0;
    controller->high = false;
    controller->masks = ALL;
}

static void set_mask(struct i8237_controller *controller, uint8_t value)
{
    uint8_t bit = bit_of(value);

    controller->masks = value & 4 ? controller->masks | bit : controller->masks & (uint8_t)~bit;
}

static void write_control(struct i8237_controller *controller, unsigned number, uint8_t value)
{
    switch (number) {
    case STATUS:
        controller->command = value;
        break;
    case REQUEST:
        controller->requests = value;
        break;
    case SINGLE_MASK:
        set_mask(controller, value);
        break;
    case MODE:
        controller->channels[value % 4].mode = value & 0xFC;
        break;
    case CLEAR_HIGH:
        controller->high = false;
        break;
    case MASTER_CLEAR:
        master_clear(controller);
        break;
    case CLEAR_MASKS:
        controller->masks = 0;
        break;
    case ALL_MASKS:
        controller->masks = value & ALL;
        break;
    }
}

void i8237_write(struct i8237 *pair, uint64_t port, uint8_t value)
{
    unsigned index, number;
    struct i8237_controller *controller;
    struct i8237_channel *channel;

    if (page_channel(port) >= 0) {
        channel_of(pair, (unsigned)page_channel(port))->page = value;
        return;
    }
    if (!find(port, &index, &number))
        return;
    controller = &pair->controllers[index];
    channel = &controller->channels[number / 2 % 4];
    if (number >= STATUS)
        write_control(controller, number, value);
    else if (number % 2)
        put_half(controller, &channel->base_count, &channel->count, value);
    else
        put_half(controller, &channel->base_address, &channel->address, value);
}

void i8237_reset(struct i8237 *pair)
{
    *pair = (struct i8237){0};
    master_clear(&pair->controllers[0]);
    master_clear(&pair->controllers[1]);
    pair->controllers[1].channels[0].mode = MODE_CASCADE;
    pair->controllers[1].masks &= (uint8_t)~bit_of(4);
}

// ---- transfers ----------------------------------------------------------------------------------

static bool enabled(const struct i8237_controller *controller, unsigned channel)
{
    return !(controller->masks & bit_of(channel)) && !(controller->command & COMMAND_OFF);
}

static bool cascades(const struct i8237_controller *controller, unsigned channel)
{
    return (controller->channels[channel % 4].mode & MODE_CASCADE) == MODE_CASCADE;
}

bool i8237_ready(const struct i8237 *pair, unsigned channel)
{
    const struct i8237_controller *own, *second = &pair->controllers[1];

    if (channel >= I8237_CHANNELS || channel == 4)
        return false;
    own = &pair->controllers[channel / 4];
    if (!enabled(own, channel) || cascades(own, channel))
        return false;
    // The first controller reaches the bus through channel 4.
    return channel > 4 || (enabled(second, 4) && cascades(second, 4));
}

// SB-94: a channel of words shifts its address, and its page has seven bits.
static uint64_t physical(const struct i8237_channel *channel, unsigned width)
{
    if (width == 1)
        return (uint64_t)channel->page << 16 | channel->address;
    return (uint64_t)(channel->page & 0xFE) << 16 | (uint64_t)channel->address << 1;
}

void i8237_next(const struct i8237 *pair, unsigned channel, struct i8237_piece *out)
{
    const struct i8237_channel *state = &pair->controllers[channel / 4].channels[channel % 4];
    unsigned width = i8237_width(channel);
    uint32_t to_end = state->count + 1u, to_wrap = 0x10000u - state->address; // SB-95

    out->kind = (enum i8237_kind)(state->mode >> 2 & 3);
    out->physical = physical(state, width);
    out->bytes = (to_end < to_wrap ? to_end : to_wrap) * width;
    if (state->mode & MODE_DOWN)
        out->bytes = width;
}

static void terminal_count(struct i8237_controller *controller, struct i8237_channel *channel,
                           uint8_t bit)
{
    controller->done |= bit;
    if (channel->mode & MODE_AUTO) {
        channel->address = channel->base_address;
        channel->count = channel->base_count;
    } else {
        controller->masks |= bit;
    }
}

void i8237_moved(struct i8237 *pair, unsigned channel, uint32_t bytes)
{
    struct i8237_controller *controller = &pair->controllers[channel / 4];
    struct i8237_channel *state = channel_of(pair, channel);
    uint32_t transfers = bytes / i8237_width(channel);
    bool ends = transfers == state->count + 1u;

    state->address = (uint16_t)(state->mode & MODE_DOWN ? state->address - transfers
                                                        : state->address + transfers);
    state->count = (uint16_t)(state->count - transfers);
    if (ends)
        terminal_count(controller, state, bit_of(channel));
}
