// SPDX-License-Identifier: MIT
//
// DMA adapters (SV-100 to SV-103) and their common buffers, granted to devices for their whole
// life. Logical addresses are physical ones.
#include "kernel/dma.h"

enum { GUARD_FILL = 0x0F };

struct common_buffer {
    struct list link; // dma_adapter.buffers
    void *base;
    uint64_t physical;
    ULONG bytes;
    BOOLEAN cached;
};

struct dma_adapter *dma_known(struct ps_system *system, PDMA_ADAPTER adapter, const char *service,
                              const void *caller)
{
    LIST_EACH(link, &system->kernel->adapters)
    if (&LIST_OBJECT(link, struct dma_adapter, link)->adapter == adapter)
        return LIST_OBJECT(link, struct dma_adapter, link);
    kernel_misuse(system, "VF-149", caller, CODE_DMA, adapter ? 0x18 : 0x19, (uintptr_t)adapter, 0,
                  0, "%s of a DMA adapter that is not there, or was put", service);
    return NULL;
}

void dma_check_irql(struct ps_system *system, uint8_t max, const char *service, const void *caller)
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

// VF-147: what lies behind a buffer in its last page is nobody's, and stays as it was filled.
static void guard_fill(const struct common_buffer *buffer)
{
    memset((char *)buffer->base + buffer->bytes, GUARD_FILL,
           whole_pages(buffer->bytes) * MACHINE_PAGE - buffer->bytes);
}

static void guard_check(struct ps_system *system, const struct common_buffer *buffer,
                        const void *caller)
{
    const unsigned char *base = buffer->base;

    for (size_t i = buffer->bytes; i < whole_pages(buffer->bytes) * MACHINE_PAGE; i++) {
        if (base[i] == GUARD_FILL)
            continue;
        kernel_misuse(system, "VF-147", caller, CODE_DMA, 0x0F, 5, (uintptr_t)base, i,
                      "a common buffer of %u bytes was written at offset %zu",
                      (unsigned)buffer->bytes, i);
        return;
    }
}

static PVOID NTAPI allocate_common(PDMA_ADAPTER DmaAdapter, ULONG Length,
                                   PPHYSICAL_ADDRESS LogicalAddress, BOOLEAN CacheEnabled)
{
    NT_SERVICE(COST_SERVICE);
    struct dma_adapter *adapter = dma_known(system, DmaAdapter, "AllocateCommonBuffer", CALLER);
    struct page_request request = {.count = whole_pages(Length), .contiguous = true};
    struct common_buffer *buffer;

    dma_check_irql(system, IRQL_PASSIVE, "AllocateCommonBuffer", CALLER);
    LogicalAddress->QuadPart = 0;
    if (!adapter || !Length)
        return NULL;
    request.high = adapter->high;
    request.boundary = adapter->boundary;
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
    guard_fill(buffer);
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
    struct dma_adapter *adapter = dma_known(system, DmaAdapter, "FreeCommonBuffer", CALLER);
    struct common_buffer *buffer = adapter ? find_common(adapter, VirtualAddress) : NULL;

    dma_check_irql(system, IRQL_PASSIVE, "FreeCommonBuffer", CALLER);
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
    guard_check(system, buffer, CALLER);
    watched_freed(system, buffer->base, buffer->bytes, CALLER);
    contiguous_free(system, buffer->base, buffer->bytes);
    list_remove(&buffer->link);
    arena_free(system->arena, buffer, sizeof(*buffer));
}

// ---- the rest of the table ----------------------------------------------------------------------

static ULONG NTAPI get_alignment(PDMA_ADAPTER DmaAdapter)
{
    return 1;
}

static VOID NTAPI put_adapter(PDMA_ADAPTER DmaAdapter)
{
    NT_SERVICE(COST_SERVICE);
    struct dma_adapter *adapter = dma_known(system, DmaAdapter, "PutDmaAdapter", CALLER);

    dma_check_irql(system, IRQL_DISPATCH, "PutDmaAdapter", CALLER);
    if (!adapter)
        return;
    if (!list_empty(&adapter->buffers) || adapter->lists) {
        kernel_misuse(system, "VF-143", CALLER, CODE_DMA, adapter->lists ? 0x0A : 0x07,
                      (uintptr_t)adapter, adapter->lists, 0, "a DMA adapter is put while it has %s",
                      adapter->lists ? "scatter/gather lists out" : "common buffers");
        return;
    }
    if (!dma_slave_idle(adapter, CALLER))
        return;
    list_remove(&adapter->link);
    arena_free(system->arena, adapter, sizeof(*adapter));
}

static DMA_OPERATIONS operations = {
    .Size = sizeof(DMA_OPERATIONS),
    .PutDmaAdapter = put_adapter,
    .AllocateCommonBuffer = allocate_common,
    .FreeCommonBuffer = free_common,
    .AllocateAdapterChannel = dma_allocate_channel,
    .FlushAdapterBuffers = dma_flush,
    .FreeAdapterChannel = dma_free_channel,
    .FreeMapRegisters = dma_free_registers,
    .MapTransfer = dma_map_transfer,
    .GetDmaAlignment = get_alignment,
    .ReadDmaCounter = dma_read_counter,
    .GetScatterGatherList = dma_get_list,
    .PutScatterGatherList = dma_put_list,
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
    return true;
}

static uint64_t highest(const DEVICE_DESCRIPTION *description)
{
    if (description->Dma64BitAddresses)
        return UINT64_MAX;
    return description->Dma32BitAddresses ? UINT32_MAX : 0xFFFFFF;
}

// One more than pages, for what does not begin with one; a slave's map registers are in one piece.
static ULONG registers_for(const struct dma_adapter *adapter, ULONG bytes)
{
    size_t count = whole_pages(bytes) + 1, most = adapter->boundary / MACHINE_PAGE;

    return (ULONG)(most && count > most ? most : count);
}

static bool adapter_init(struct dma_adapter *adapter, const DEVICE_DESCRIPTION *description)
{
    adapter->adapter.Version = description->Version ? (USHORT)1 : 0;
    adapter->adapter.Size = sizeof(DMA_ADAPTER);
    adapter->adapter.DmaOperations = &operations;
    adapter->high = highest(description);
    list_init(&adapter->buffers);
    if (!description->Master && !dma_slave_init(adapter, description))
        return false;
    list_init(&adapter->slave.wait);
    adapter->map_registers = registers_for(adapter, description->MaximumLength);
    return true;
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
    if (!adapter_init(adapter, DeviceDescription)) {
        arena_free(system->arena, adapter, sizeof(*adapter));
        return NULL;
    }
    adapter->system = system;
    adapter->caller = CALLER;
    adapter->tag = ++system->kernel->adapter_numbers;
    list_push_back(&system->kernel->adapters, &adapter->link);
    if (NumberOfMapRegisters)
        *NumberOfMapRegisters = adapter->map_registers;
    return &adapter->adapter;
}

PADAPTER_OBJECT NTAPI HalGetAdapter(PDEVICE_DESCRIPTION DeviceDescription, PULONG NumberOfMapRegisters)
{
    NT_SERVICE(COST_SERVICE);

    kernel_misuse(system, "VF-152", CALLER, CODE_DMA, 0x1E, 0, 0, 0,
                  "HalGetAdapter is called, which IoGetDmaAdapter has replaced");
    return NULL;
}
