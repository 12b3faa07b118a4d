// SPDX-License-Identifier: MIT
//
// The pair of 8237 DMA controllers of an ISA machine with its page registers (docs/spec/sb16.md,
// SB-80 to SB-109): registers and counts, no memory. Channels 0 to 3 move bytes, 5 to 7 words; 4 is
// the cascade of the first controller, as firmware leaves it. Whoever owns the pair moves the data:
// asks what comes next, copies, and says how much it was. A plain value: may be copied, no locks.
//
// Missing: software requests and memory-to-memory transfers, rotating priority (transfers take no
// time here), compressed timing, the sense bits of the command register.
#ifndef PORTSIDE_MODELS_I8237_H
#define PORTSIDE_MODELS_I8237_H

#include <stdbool.h>
#include <stdint.h>

#define I8237_CHANNELS 8u

enum i8237_kind { I8237_VERIFY, I8237_TO_MEMORY, I8237_FROM_MEMORY, I8237_ILLEGAL }; // SB-84

struct i8237_channel {
    uint16_t base_address, base_count; // what software wrote
    uint16_t address, count;           // the current ones
    uint8_t page;
    uint8_t mode; // without the channel's two bits
};

struct i8237_controller {
    struct i8237_channel channels[4];
    uint8_t command, requests; // as written
    uint8_t done;  // bit per channel: terminal count reached since the last read of status
    uint8_t masks; // bit per channel
    bool high;     // the flip-flop: the next byte is the high one (SB-82)
};

struct i8237 {
    struct i8237_controller controllers[2];
    uint8_t asking; // DREQ lines, bit per channel
};

// What a channel does next, up to the place where it would no longer be in one piece.
struct i8237_piece {
    enum i8237_kind kind;
    uint64_t physical; // of the first byte
    uint32_t bytes;    // whole transfers
};

// As firmware leaves it: all masked but channel 4, which is in cascade mode.
void i8237_reset(struct i8237 *pair);

// True for the ports of SB-80.
bool i8237_decodes(uint64_t port);
uint8_t i8237_read(struct i8237 *pair, uint64_t port);
void i8237_write(struct i8237 *pair, uint64_t port, uint8_t value);

// 1 or 2 bytes a transfer.
static inline unsigned i8237_width(unsigned channel)
{
    return channel < 4 ? 1 : 2;
}

// False while a request of the channel waits: masked (SB-98), controller off, cascade mode or none.
bool i8237_ready(const struct i8237 *pair, unsigned channel);
// `channel` must be ready.
void i8237_next(const struct i8237 *pair, unsigned channel, struct i8237_piece *out);
// `bytes`, at most those of the piece and whole transfers, have been moved (SB-92, SB-93).
void i8237_moved(struct i8237 *pair, unsigned channel, uint32_t bytes);

#endif
