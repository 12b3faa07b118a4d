// SPDX-License-Identifier: MIT
//
// Scatter/gather lists of locked buffers (SV-102), granted to the device while they are out.
#include "kernel/dma.h"

#define TAG_LIST 0x6C4C4753u // "SGLl"

struct list_head {
    enum ps_dma_direction direction;
    size_t bytes; // of this block
};

static size_t list_bytes(size_t elements)
{
    return sizeof(struct list_head) + offsetof(SCATTER_GATHER_LIST, Elements) +
           elements * sizeof(SCATTER_GATHER_ELEMENT);
}

static void add_element(PSCATTER_GATHER_LIST list, uint64_t physical, ULONG bytes)
{
    SCATTER_GATHER_ELEMENT *last = &list->Elements[list->NumberOfElements];

    if (list->NumberOfElements &&
        (uint64_t)last[-1].Address.QuadPart + last[-1].Length == physical) {
        last[-1].Length += bytes;
        return;
    }
    last->Address.QuadPart = (LONGLONG)physical;
    last->Length = bytes;
    list->NumberOfElements++;
}

static void fill_list(PSCATTER_GATHER_LIST list, PMDL mdl, uintptr_t at, ULONG length)
{
    const PFN_NUMBER *pfns = MmGetMdlPfnArray(mdl);
    uintptr_t offset = at - (uintptr_t)mdl->StartVa;

    while (length) {
        ULONG in_page = (ULONG)(MACHINE_PAGE - offset % MACHINE_PAGE);
        ULONG bytes = in_page < length ? in_page : length;

        add_element(list,
                    (uint64_t)pfns[offset / MACHINE_PAGE] * MACHINE_PAGE + offset % MACHINE_PAGE,
                    bytes);
        offset += bytes;
        length -= bytes;
    }
}

static void grant_list(struct dma_adapter *adapter, const SCATTER_GATHER_LIST *list,
                       enum ps_dma_direction direction, bool add)
{
    for (ULONG i = 0; i < list->NumberOfElements; i++) {
        uint64_t physical = (uint64_t)list->Elements[i].Address.QuadPart;

        if (add)
            grant_add(adapter->system->machine, physical, list->Elements[i].Length, direction,
                      adapter->tag);
        else
            grant_remove(adapter->system->machine, physical, list->Elements[i].Length, direction,
                         adapter->tag);
    }
}

static bool inside(const MDL *mdl, uintptr_t at, ULONG length)
{
    uintptr_t start = (uintptr_t)mdl->StartVa + mdl->ByteOffset;

    return at >= start && at - start <= mdl->ByteCount && length <= mdl->ByteCount - (at - start);
}

NTSTATUS dma_check_request(struct ps_system *system, const MDL *mdl, uintptr_t at, ULONG length,
                           const char *service, const void *caller)
{
    const int resident = MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL | MDL_PARTIAL;

    if (!length) {
        kernel_misuse(system, "VF-153", caller, CODE_DMA, 0x21, (uintptr_t)mdl, 0, 0,
                      "%s of no bytes", service);
        return STATUS_INVALID_PARAMETER;
    }
    if (!(mdl->MdlFlags & resident)) {
        kernel_misuse(system, "VF-146", caller, CODE_DMA, 0x0E, (uintptr_t)mdl, 0, 0,
                      "%s of an MDL whose pages are not locked", service);
        return STATUS_INVALID_PARAMETER;
    }
    if (!inside(mdl, at, length)) {
        kernel_misuse(system, "VF-151", caller, CODE_DMA, 0x1B, at, length, 0,
                      "%s outside its MDL", service);
        return STATUS_BUFFER_TOO_SMALL;
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI dma_get_list(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PMDL Mdl,
                            PVOID CurrentVa, ULONG Length, PDRIVER_LIST_CONTROL ExecutionRoutine,
                            PVOID Context, BOOLEAN WriteToDevice)
{
    NT_SERVICE(COST_SERVICE);
    struct dma_adapter *adapter = dma_known(system, DmaAdapter, "GetScatterGatherList", CALLER);
    size_t bytes = list_bytes(ADDRESS_AND_SIZE_TO_SPAN_PAGES(CurrentVa, Length));
    struct list_head *head;
    PSCATTER_GATHER_LIST list;
    NTSTATUS status;

    if (sched_irql(system->sched) != IRQL_DISPATCH)
        kernel_misuse(system, "VF-150", CALLER, CODE_DMA, 0x13, sched_irql(system->sched), 2, 0,
                      "GetScatterGatherList at IRQL %u; DISPATCH_LEVEL is required",
                      sched_irql(system->sched));
    if (!adapter)
        return STATUS_INVALID_PARAMETER;
    status = dma_check_request(system, Mdl, (uintptr_t)CurrentVa, Length, "GetScatterGatherList",
                               CALLER);
    if (!NT_SUCCESS(status))
        return status;
    head = pool_allocate(system, NonPagedPool, bytes, TAG_LIST, true, NULL);
    if (!head)
        return STATUS_INSUFFICIENT_RESOURCES;
    *head = (struct list_head){WriteToDevice ? PS_DMA_FROM_MEMORY : PS_DMA_TO_MEMORY, bytes};
    list = (PSCATTER_GATHER_LIST)(head + 1);
    fill_list(list, Mdl, (uintptr_t)CurrentVa, Length);
    grant_list(adapter, list, head->direction, true);
    adapter->lists++;
    ExecutionRoutine(DeviceObject, DeviceObject->CurrentIrp, list, Context);
    return STATUS_SUCCESS;
}

VOID NTAPI dma_put_list(PDMA_ADAPTER DmaAdapter, PSCATTER_GATHER_LIST ScatterGather,
                        BOOLEAN WriteToDevice)
{
    NT_SERVICE(COST_SERVICE);
    struct dma_adapter *adapter = dma_known(system, DmaAdapter, "PutScatterGatherList", CALLER);
    struct list_head *head = (struct list_head *)ScatterGather - 1;

    if (!adapter)
        return;
    if (!adapter->lists) {
        kernel_misuse(system, "VF-142", CALLER, CODE_DMA, 0x06, (uintptr_t)ScatterGather, 0, 0,
                      "a scatter/gather list is put that is not out");
        return;
    }
    grant_list(adapter, ScatterGather, head->direction, false);
    adapter->lists--;
    pool_free(system, head, TAG_LIST, CALLER);
}
