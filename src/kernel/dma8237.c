// SPDX-License-Identifier: MIT
//
// How the HAL speaks to the machine's 8237 pair (docs/spec/sb16.md, section 7). Any IRQL: one lock
// at HIGH_LEVEL keeps the flip-flop and the two halves of a register together (SB-82, SB-111).
#include "kernel/dma.h"

enum { MASK = 4, AUTO_INITIALIZE = 0x10, SINGLE = 0x40, TO_MEMORY = 0x04, FROM_MEMORY = 0x08 };

struct ports {
    uint8_t address, count, page, mask, mode, clear;
};

static struct ports ports_of(unsigned channel)
{
    static const uint8_t pages[8] = {0x87, 0x83, 0x81, 0x82, 0, 0x8B, 0x89, 0x8A};
    uint8_t n = channel % 4;

    if (channel < 4)
        return (struct ports){
            (uint8_t)(2 * n), (uint8_t)(2 * n + 1), pages[channel], 0x0A, 0x0B, 0x0C};
    return (struct ports){
        (uint8_t)(0xC0 + 4 * n), (uint8_t)(0xC2 + 4 * n), pages[channel], 0xD4, 0xD6, 0xD8};
}

static void put(struct ps_system *system, uint8_t port, unsigned value)
{
    machine_port_write(system, port, 1, value & 0xFF);
}

static void put_pair(struct ps_system *system, uint8_t port, uint32_t value)
{
    put(system, port, value);
    put(system, port, value >> 8);
}

static unsigned get(struct ps_system *system, uint8_t port)
{
    return machine_port_read(system, port, 1);
}

static KIRQL lock(struct ps_system *system)
{
    return lock_interrupt(system, &system->kernel->dma_lock, IRQL_HIGH, NULL);
}

static void unlock(struct ps_system *system, KIRQL irql)
{
    unlock_interrupt(system, &system->kernel->dma_lock, irql, NULL);
}

static unsigned mode(const struct dma_slave *slave, bool to_device)
{
    return (slave->demand ? 0 : SINGLE) | (slave->automatic ? AUTO_INITIALIZE : 0) |
           (to_device ? FROM_MEMORY : TO_MEMORY) | slave->channel % 4u;
}

// The order of SB-99.
void dma_program(struct ps_system *system, const struct dma_slave *slave, uint64_t physical,
                 ULONG bytes, bool to_device)
{
    struct ports ports = ports_of(slave->channel);
    unsigned width = dma_width(slave);
    KIRQL before = lock(system);

    put(system, ports.mask, MASK | slave->channel % 4u);
    put(system, ports.clear, 0);
    put(system, ports.mode, mode(slave, to_device));
    put(system, ports.page, (unsigned)(physical >> 16));
    put_pair(system, ports.address, (uint32_t)(physical / width));
    put_pair(system, ports.count, bytes / width - 1);
    put(system, ports.mask, slave->channel % 4u);
    unlock(system, before);
}

void dma_stop(struct ps_system *system, const struct dma_slave *slave)
{
    KIRQL before = lock(system);

    put(system, ports_of(slave->channel).mask, MASK | slave->channel % 4u);
    unlock(system, before);
}

static unsigned read_count(struct ps_system *system, uint8_t port)
{
    unsigned low = get(system, port);

    return low | get(system, port) << 8;
}

// SB-110 (c): until two readings have the same high byte: then the low byte between them goes with it. (b) is not enough:
// behind a reload the low byte need not be large, so that the second reading may come apart, too.
ULONG dma_count(struct ps_system *system, const struct dma_slave *slave)
{
    enum { TRIES = 8 }; // a channel cannot be that fast; then the last one has to do
    struct ports ports = ports_of(slave->channel);
    KIRQL before = lock(system);
    unsigned first, count, tries = 0;

    put(system, ports.clear, 0);
    count = read_count(system, ports.count);
    do {
        first = count;
        count = read_count(system, ports.count);
    } while (first >> 8 != count >> 8 && ++tries < TRIES);
    unlock(system, before);
    return ((count + 1) & 0xFFFF) * dma_width(slave); // SB-105
}
