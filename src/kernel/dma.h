// SPDX-License-Identifier: MIT
//
// What the files of DMA adapters share: dma.c has adapters and common buffers, dmalist.c scatter/gather lists,
// dmaslave.c channels, map registers and transfers of slave devices, dma8237.c the controllers behind those.
#ifndef PORTSIDE_KERNEL_DMA_H
#define PORTSIDE_KERNEL_DMA_H

#include "kernel/private.h"

#define CODE_DMA 0xE6u

// What an adapter of a slave device has beside.
struct dma_slave {
    bool is_slave; // else all of it is nothing
    uint8_t channel;
    bool demand, automatic; // mode of the channel
    // While the channel is asked for or owned (kernel.dma_channels).
    struct list wait; // dma_channel_use.waiting, or empty
    PDEVICE_OBJECT device;
    PDRIVER_CONTROL routine;
    PVOID context;
    // Map registers: pages below 16 MiB, in one piece.
    char *registers;
    ULONG register_count;
    uint64_t registers_physical;
    // The transfer, while it is mapped.
    bool mapped, to_device, through_registers;
    PMDL mdl;
    uintptr_t at;
    ULONG length;
    uint64_t physical; // what the controller was told
};

struct dma_adapter {
    DMA_ADAPTER adapter; // what the driver sees; first
    struct list link;    // kernel.adapters
    struct ps_system *system;
    struct list buffers;
    uint32_t lists; // scatter/gather lists out
    uint64_t high;  // highest address the device reaches
    uint64_t boundary; // no transfer crosses a multiple of this; 0: any
    struct dma_slave slave;
    ULONG map_registers;
    uint64_t tag;
    const void *caller;
};

// The adapter behind what a driver passes; NULL, and a finding (VF-149), if there is none.
struct dma_adapter *dma_known(struct ps_system *system, PDMA_ADAPTER adapter, const char *service,
                              const void *caller);

// A finding (VF-150) above `max`.
void dma_check_irql(struct ps_system *system, uint8_t max, const char *service, const void *caller);
// Whether [at, at + length) of an MDL can be transferred; a finding says why not (VF-146, VF-151, VF-153).
NTSTATUS dma_check_request(struct ps_system *system, const MDL *mdl, uintptr_t at, ULONG length,
                           const char *service, const void *caller);

NTSTATUS NTAPI dma_get_list(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PMDL Mdl,
                            PVOID CurrentVa, ULONG Length, PDRIVER_LIST_CONTROL ExecutionRoutine,
                            PVOID Context, BOOLEAN WriteToDevice);
VOID NTAPI dma_put_list(PDMA_ADAPTER DmaAdapter, PSCATTER_GATHER_LIST ScatterGather,
                        BOOLEAN WriteToDevice);

// ---- dmaslave.c ----
// False if the description names no channel of the machine.
bool dma_slave_init(struct dma_adapter *adapter, const DEVICE_DESCRIPTION *description);
// True if it can be put; else a finding was raised.
bool dma_slave_idle(struct dma_adapter *adapter, const void *caller);
// Stops the transfer and gives its memory back.
void dma_end_transfer(struct dma_adapter *adapter);
NTSTATUS NTAPI dma_allocate_channel(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                    ULONG NumberOfMapRegisters, PDRIVER_CONTROL ExecutionRoutine,
                                    PVOID Context);
VOID NTAPI dma_free_channel(PDMA_ADAPTER DmaAdapter);
VOID NTAPI dma_free_registers(PDMA_ADAPTER DmaAdapter, PVOID MapRegisterBase,
                              ULONG NumberOfMapRegisters);
PHYSICAL_ADDRESS NTAPI dma_map_transfer(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                        PVOID CurrentVa, PULONG Length, BOOLEAN WriteToDevice);
BOOLEAN NTAPI dma_flush(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase, PVOID CurrentVa,
                        ULONG Length, BOOLEAN WriteToDevice);
ULONG NTAPI dma_read_counter(PDMA_ADAPTER DmaAdapter);

// ---- dma8237.c ----
// Bytes of one transfer: 1, or 2 on channels 5 to 7.
static inline ULONG dma_width(const struct dma_slave *slave)
{
    return slave->channel < 4 ? 1 : 2;
}
// `bytes` whole transfers from `physical` on, unmasked.
void dma_program(struct ps_system *system, const struct dma_slave *slave, uint64_t physical,
                 ULONG bytes, bool to_device);
void dma_stop(struct ps_system *system, const struct dma_slave *slave);
// Bytes left, in one piece (SB-113).
ULONG dma_count(struct ps_system *system, const struct dma_slave *slave);

#endif
