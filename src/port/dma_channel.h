// SPDX-License-Identifier: MIT
//
// What the files of DMA channel objects share: dma_channel.c has the object and its buffer, dma_channel_slave.c what
// subordinate channels have beside (WC-35 to WC-40).
#ifndef PORTSIDE_PORT_DMA_CHANNEL_H
#define PORTSIDE_PORT_DMA_CHANNEL_H

#include "port/port.h"

struct dma_channel {
    IDmaChannel iface; // of a slave, an IDmaChannelSlave: its table goes on
    struct unknown unknown;
    PDMA_ADAPTER adapter;
    PDEVICE_OBJECT pdo; // referenced
    ULONG maximum;      // MaximumLength of the description
    // The common buffer as allocated; the channel's buffer may begin inside it to meet a constraint.
    PVOID whole;
    PHYSICAL_ADDRESS whole_address;
    ULONG whole_bytes;
    ULONG offset, allocated, current;
    // A slave's transfer.
    bool slave;
    ULONG started; // MapSize; 0: not started
    bool to_device;
    PMDL mdl;
};

static inline char *dma_channel_buffer(const struct dma_channel *channel)
{
    return channel->whole ? (char *)channel->whole + channel->offset : NULL;
}

NTSTATUS NTAPI dma_slave_start(IDmaChannelSlave *This, ULONG bytes, BOOLEAN to_device);
NTSTATUS NTAPI dma_slave_stop(IDmaChannelSlave *This);
ULONG NTAPI dma_slave_counter(IDmaChannelSlave *This);
NTSTATUS NTAPI dma_slave_wait(IDmaChannelSlave *This, ULONG microseconds);

#endif
