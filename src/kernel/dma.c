// SPDX-License-Identifier: MIT
//
// DMA adapters (SV-100 to SV-103): common buffers, granted to devices for their whole life, and
// scatter/gather lists of locked buffers, granted while they are out. Logical addresses are
// physical ones.
#include "kernel/private.h"

#define CODE_DMA 0xE6u
#define TAG_LIST 0x6C4C4753u // "SGLl"

struct common_buffer {
    struct list link; // dma_adapter.buffers
    void *base;
    uint64_t physical;
    ULONG bytes;
    BOOLEAN cached;
};

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

static struct dma_adapter *known(struct ps_system *system, PDMA_ADAPTER adapter,
                                 const char *service, const void *caller)
{
    LIST_EACH(link, &system->kernel->adapters)
    if (&LIST_OBJECT(link, struct dma_adapter, link)->adapter == adapter)
        return LIST_OBJECT(link, struct dma_adapter, link);
    kernel_misuse(system, "VF-149", caller, CODE_DMA, adapter ? 0x18 : 0x19, (uintptr_t)adapter, 0,
                  0, "%s of a DMA adapter that is not there, or was put", service);
    return NULL;
}

static void check_irql(struct ps_system *system, uint8_t max, const char *service,
                       const void *caller)
{
    uint8_t irql = sched_irql(system->sched);

    if (irql > max)
        kernel_misuse(system, "VF-150", caller, CODE_DMA, 0x14, irql, max, 0, "%s at IRQL %u",
                      service, irql);
}

static void grant(struct dma_adapter *adapter, uint64_t physical, size_t bytes, bool add)
{
    struct machine *machine = adapter->system->machine;
    void (*change)(struct machine * m, uint64_t p, size_t n, enum ps_dma_direction d, uint64_t t) =
        add ? grant_add : grant_remove;

    change(machine, physical, bytes, PS_DMA_FROM_MEMORY, adapter->tag);
    change(machine, physical, bytes, PS_DMA_TO_MEMORY, adapter->tag);
}

// ---- common buffers -----------------------------------------------------------------------------

static size_t whole_pages(ULONG bytes)
{
    return ((size_t)bytes + MACHINE_PAGE - 1) / MACHINE_PAGE;
}

static PVOID NTAPI allocate_common(PDMA_ADAPTER DmaAdapter, ULONG Length,
                                   PPHYSICAL_ADDRESS LogicalAddress, BOOLEAN CacheEnabled)
{
    NT_SERVICE(COST_SERVICE);
    struct dma_adapter *adapter = known(system, DmaAdapter, "AllocateCommonBuffer", CALLER);
    struct page_request request = {.count = whole_pages(Length), .contiguous = true};
    struct common_buffer *buffer;

    check_irql(system, IRQL_PASSIVE, "AllocateCommonBuffer", CALLER);
    LogicalAddress->QuadPart = 0;
    if (!adapter || !Length)
        return NULL;
    request.high = adapter->high;
    buffer = arena_alloc(system->arena, sizeof(*buffer));
    if (!buffer)
        return NULL;
    buffer->base = contiguous_allocate(system, &request, true);
    if (!buffer->base) {
        arena_free(system->arena, buffer, sizeof(*buffer));
        return NULL;
    }
    buffer->physical = memory_physical(system->machine, buffer->base);
    buffer->bytes = Length;
    buffer->cached = CacheEnabled;
    list_push_back(&adapter->buffers, &buffer->link);
    grant(adapter, buffer->physical, request.count * MACHINE_PAGE, true);
    LogicalAddress->QuadPart = (LONGLONG)buffer->physical;
    return buffer->base;
}

static struct common_buffer *find_common(struct dma_adapter *adapter, const void *base)
{
    LIST_EACH(link, &adapter->buffers)
    if (LIST_OBJECT(link, struct common_buffer, link)->base == base)
        return LIST_OBJECT(link, struct common_buffer, link);
    return NULL;
}

static VOID NTAPI free_common(PDMA_ADAPTER DmaAdapter, ULONG Length,
                              PHYSICAL_ADDRESS LogicalAddress, PVOID VirtualAddress,
                              BOOLEAN CacheEnabled)
{
    NT_SERVICE(COST_SERVICE);
    struct dma_adapter *adapter = known(system, DmaAdapter, "FreeCommonBuffer", CALLER);
    struct common_buffer *buffer = adapter ? find_common(adapter, VirtualAddress) : NULL;

    check_irql(system, IRQL_PASSIVE, "FreeCommonBuffer", CALLER);
    if (!adapter)
        return;
    if (!buffer) {
        kernel_misuse(system, "VF-142", CALLER, CODE_DMA, 0x03, (uintptr_t)VirtualAddress, 0, 0,
                      "FreeCommonBuffer of what this adapter did not allocate, or freed before");
        return;
    }
    if (buffer->bytes != Length || buffer->physical != (uint64_t)LogicalAddress.QuadPart ||
        !buffer->cached != !CacheEnabled)
        kernel_misuse(system, "SV-101", CALLER, CODE_DMA, 0x03, (uintptr_t)VirtualAddress, Length,
                      buffer->bytes, "a common buffer of %u bytes is freed with other parameters",
                      (unsigned)buffer->bytes);
    grant(adapter, buffer->physical, whole_pages(buffer->bytes) * MACHINE_PAGE, false);
    watched_freed(system, buffer->base, buffer->bytes, CALLER);
    contiguous_free(system, buffer->base, buffer->bytes);
    list_remove(&buffer->link);
    arena_free(system->arena, buffer, sizeof(*buffer));
}

// ---- scatter/gather -----------------------------------------------------------------------------

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

static NTSTATUS NTAPI get_list(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject, PMDL Mdl,
                               PVOID CurrentVa, ULONG Length, PDRIVER_LIST_CONTROL ExecutionRoutine,
                               PVOID Context, BOOLEAN WriteToDevice)
{
    NT_SERVICE(COST_SERVICE);
    struct dma_adapter *adapter = known(system, DmaAdapter, "GetScatterGatherList", CALLER);
    size_t bytes = list_bytes(ADDRESS_AND_SIZE_TO_SPAN_PAGES(CurrentVa, Length));
    struct list_head *head;
    PSCATTER_GATHER_LIST list;

    if (sched_irql(system->sched) != IRQL_DISPATCH)
        kernel_misuse(system, "VF-150", CALLER, CODE_DMA, 0x13, sched_irql(system->sched), 2, 0,
                      "GetScatterGatherList at IRQL %u; DISPATCH_LEVEL is required",
                      sched_irql(system->sched));
    if (!adapter || !Length)
        return STATUS_INVALID_PARAMETER;
    if (!inside(Mdl, (uintptr_t)CurrentVa, Length)) {
        kernel_misuse(system, "VF-151", CALLER, CODE_DMA, 0x1B, (uintptr_t)CurrentVa, Length, 0,
                      "GetScatterGatherList outside its MDL");
        return STATUS_BUFFER_TOO_SMALL;
    }
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

static VOID NTAPI put_list(PDMA_ADAPTER DmaAdapter, PSCATTER_GATHER_LIST ScatterGather,
                           BOOLEAN WriteToDevice)
{
    NT_SERVICE(COST_SERVICE);
    struct dma_adapter *adapter = known(system, DmaAdapter, "PutScatterGatherList", CALLER);
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

// ---- the rest of the table ----------------------------------------------------------------------

static ULONG NTAPI get_alignment(PDMA_ADAPTER DmaAdapter)
{
    return 1;
}

static ULONG NTAPI read_counter(PDMA_ADAPTER DmaAdapter)
{
    return 0;
}

// SV-102: system DMA and map registers belong to slave devices, which this machine does not have.
static void not_offered(const char *service, const void *caller)
{
    finding_raise(system_here(service), "SV-102", SIDE_DRIVER, caller,
                  "%s: this machine has bus-master DMA only; use scatter/gather lists", service);
}

static NTSTATUS NTAPI allocate_channel(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                       ULONG NumberOfMapRegisters, PDRIVER_CONTROL ExecutionRoutine,
                                       PVOID Context)
{
    not_offered("AllocateAdapterChannel", CALLER);
    return STATUS_INSUFFICIENT_RESOURCES;
}

static BOOLEAN NTAPI flush_buffers(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                   PVOID CurrentVa, ULONG Length, BOOLEAN WriteToDevice)
{
    not_offered("FlushAdapterBuffers", CALLER);
    return FALSE;
}

static VOID NTAPI free_channel(PDMA_ADAPTER DmaAdapter)
{
    not_offered("FreeAdapterChannel", CALLER);
}

static VOID NTAPI free_map_registers(PDMA_ADAPTER DmaAdapter, PVOID MapRegisterBase,
                                     ULONG NumberOfMapRegisters)
{
    not_offered("FreeMapRegisters", CALLER);
}

static PHYSICAL_ADDRESS NTAPI map_transfer(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                           PVOID CurrentVa, PULONG Length, BOOLEAN WriteToDevice)
{
    not_offered("MapTransfer", CALLER);
    *Length = 0;
    return (PHYSICAL_ADDRESS){.QuadPart = 0};
}

static VOID NTAPI put_adapter(PDMA_ADAPTER DmaAdapter)
{
    NT_SERVICE(COST_SERVICE);
    struct dma_adapter *adapter = known(system, DmaAdapter, "PutDmaAdapter", CALLER);

    check_irql(system, IRQL_DISPATCH, "PutDmaAdapter", CALLER);
    if (!adapter)
        return;
    if (!list_empty(&adapter->buffers) || adapter->lists) {
        kernel_misuse(system, "VF-143", CALLER, CODE_DMA, adapter->lists ? 0x0A : 0x07,
                      (uintptr_t)adapter, adapter->lists, 0, "a DMA adapter is put while it has %s",
                      adapter->lists ? "scatter/gather lists out" : "common buffers");
        return;
    }
    list_remove(&adapter->link);
    arena_free(system->arena, adapter, sizeof(*adapter));
}

static DMA_OPERATIONS operations = {
    .Size = sizeof(DMA_OPERATIONS),
    .PutDmaAdapter = put_adapter,
    .AllocateCommonBuffer = allocate_common,
    .FreeCommonBuffer = free_common,
    .AllocateAdapterChannel = allocate_channel,
    .FlushAdapterBuffers = flush_buffers,
    .FreeAdapterChannel = free_channel,
    .FreeMapRegisters = free_map_registers,
    .MapTransfer = map_transfer,
    .GetDmaAlignment = get_alignment,
    .ReadDmaCounter = read_counter,
    .GetScatterGatherList = get_list,
    .PutScatterGatherList = put_list,
};

void adapters_leaks(struct ps_system *system, bool (*owned)(void *context, const void *caller),
                    void *context)
{
    LIST_EACH(link, &system->kernel->adapters)
    {
        const struct dma_adapter *adapter = LIST_OBJECT(link, struct dma_adapter, link);

        if (owned(context, adapter->caller))
            kernel_misuse(system, "VF-149", adapter->caller, CODE_DMA, 0x11, (uintptr_t)adapter, 0,
                          0, "the driver is unloaded with a DMA adapter%s",
                          list_empty(&adapter->buffers) ? "" : " and its common buffers");
    }
}

// ---- adapters -----------------------------------------------------------------------------------

static bool description_valid(struct ps_system *system, const DEVICE_DESCRIPTION *description,
                              const void *caller)
{
    if (description->Version > DEVICE_DESCRIPTION_VERSION3) {
        kernel_misuse(system, "VF-153", caller, CODE_DMA, 0x25, description->Version, 0, 0,
                      "a device description of version %u", (unsigned)description->Version);
        return false;
    }
    return description->Master;
}

PDMA_ADAPTER NTAPI IoGetDmaAdapter(PDEVICE_OBJECT PhysicalDeviceObject,
                                   PDEVICE_DESCRIPTION DeviceDescription,
                                   PULONG NumberOfMapRegisters)
{
    NT_SERVICE(COST_SERVICE);
    struct dma_adapter *adapter;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    if (!description_valid(system, DeviceDescription, CALLER) || fault_here(system))
        return NULL;
    adapter = arena_alloc(system->arena, sizeof(*adapter));
    if (!adapter)
        return NULL;
    adapter->adapter.Version = DeviceDescription->Version ? (USHORT)1 : 0;
    adapter->adapter.Size = sizeof(DMA_ADAPTER);
    adapter->adapter.DmaOperations = &operations;
    adapter->system = system;
    adapter->caller = CALLER;
    adapter->tag = ++system->kernel->adapter_numbers;
    adapter->high = DeviceDescription->Dma64BitAddresses   ? UINT64_MAX
                    : DeviceDescription->Dma32BitAddresses ? UINT32_MAX
                                                           : 0xFFFFFF;
    adapter->map_registers = (ULONG)(whole_pages(DeviceDescription->MaximumLength) + 1);
    list_init(&adapter->buffers);
    list_push_back(&system->kernel->adapters, &adapter->link);
    if (NumberOfMapRegisters)
        *NumberOfMapRegisters = adapter->map_registers;
    return &adapter->adapter;
}
