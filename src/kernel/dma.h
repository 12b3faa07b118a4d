// SPDX-License-Identifier: MIT
//
// What the files of DMA adapters share: dma.c has adapters and common buffers, dmalist.c
// scatter/gather lists.
#ifndef PORTSIDE_KERNEL_DMA_H
#define PORTSIDE_KERNEL_DMA_H

#include "kernel/private.h"

#define CODE_DMA 0xE6u

struct dma_adapter {
    DMA_ADAPTER adapter; // what the driver sees; first
    struct list link;    // kernel.adapters
    struct ps_system *system;
    struct list buffers;
    uint32_t lists; // scatter/gather lists out
    uint64_t high;  // highest address the device reaches
    ULONG map_registers;
    uint64_t tag;
    const void *caller;
};

// The adapter behind what a driver passes; NULL, and a finding (VF-149), if there is none.
struct dma_adapter *dma_known(struct ps_system *system, PDMA_ADAPTER adapter, const char *service,
                              const void *caller);

NTSTATUS NTAPI dma_get_list(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PMDL Mdl,
                            PVOID CurrentVa, ULONG Length, PDRIVER_LIST_CONTROL ExecutionRoutine,
                            PVOID Context, BOOLEAN WriteToDevice);
VOID NTAPI dma_put_list(PDMA_ADAPTER DmaAdapter, PSCATTER_GATHER_LIST ScatterGather,
                        BOOLEAN WriteToDevice);

#endif
