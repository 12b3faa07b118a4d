// SPDX-License-Identifier: MIT
//
// The smallest ISA card: told to, it moves bytes through channel 1 at once, or asks until it may.
// Its line is high from then until it is told.
#ifndef PORTSIDE_TESTS_MACHINE_CARD_H
#define PORTSIDE_TESTS_MACHINE_CARD_H

#include <string.h>

#include <portside/device.h>

enum {
    CARD_PORT = 0x240,
    CARD_GO = 0,     // write n: takes n bytes from memory
    CARD_COUNT = 1,  // write n: gives n bytes A5h; read: how many still wait
    CARD_LOWER = 2,  // write: the line goes low
    CARD_MANY = 3,   // write n: as GO, n * 256
    CARD_STREAM = 4, // write n: from now on takes n bytes each time the 8237 is looked at
};

struct card {
    uint8_t data[65536]; // what it took last
    size_t taken;
    size_t wanted; // bytes that still wait
    size_t stream;
    enum ps_dma_direction direction;
};

static inline void card_serve(struct ps_device *device, struct card *card)
{
    while (card->wanted) {
        size_t bytes = card->wanted;
        uint8_t *at = ps_device_channel_map(device, 1, &bytes, card->direction);

        if (!bytes)
            break;
        if (at && card->direction == PS_DMA_TO_MEMORY)
            memset(at, 0xA5, bytes);
        else if (at)
            memcpy(card->data + card->taken, at, bytes);
        card->taken += bytes;
        card->wanted -= bytes;
    }
    ps_device_channel_request(device, 1, card->wanted > 0);
    ps_device_interrupt(device, card->wanted == 0 && card->direction != 0);
}

static inline uint32_t card_read(struct ps_device *device, void *state, unsigned bar,
                                 uint32_t offset, unsigned width)
{
    return offset == CARD_COUNT ? (uint32_t)((struct card *)state)->wanted : 0x5A;
}

static inline void card_write(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                              unsigned width, uint32_t value)
{
    struct card *card = state;

    if (offset == CARD_LOWER) {
        card->direction = 0;
        ps_device_interrupt(device, false);
        return;
    }
    if (offset == CARD_STREAM) {
        card->stream = value;
        card->direction = PS_DMA_FROM_MEMORY;
        return;
    }
    card->direction = offset != CARD_COUNT ? PS_DMA_FROM_MEMORY : PS_DMA_TO_MEMORY;
    card->wanted = offset == CARD_MANY ? value * 256 : value;
    card->taken = 0;
    card_serve(device, card);
}

static inline void card_sync(struct ps_device *device, void *state)
{
    struct card *card = state;

    if (card->stream) {
        card->wanted = card->stream;
        card->taken = 0;
    }
    if (card->wanted)
        card_serve(device, card);
}

static const struct ps_isa_identity card_identity = {.id = "TST0001",
                                                     .port = CARD_PORT,
                                                     .ports = 16,
                                                     .interrupt = 5,
                                                     .channel_count = 2,
                                                     .channels = {1, 5}};

static const struct ps_device_ops card_ops = {
    .version = 3,
    .name = "card",
    .description = "an ISA card",
    .state_size = sizeof(struct card),
    .read = card_read,
    .write = card_write,
    .sync = card_sync,
    .isa = &card_identity,
};

#endif
