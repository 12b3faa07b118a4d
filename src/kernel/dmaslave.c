// SPDX-License-Identifier: MIT
//
// Slave DMA (SV-102, docs/spec/sb16.md section 7): who owns a channel of the machine's 8237 pair,
// map registers, and transfers. Map registers are pages below 16 MiB through which memory goes that
// a channel does not reach: above 16 MiB, across a boundary of 64 or 128 KiB, or in pieces. Memory
// is granted to devices from MapTransfer to FlushAdapterBuffers.
#include "kernel/dma.h"

#define ISA_HIGH 0xFFFFFFu

static uint64_t reach(const struct dma_slave *slave)
{
    return 0x10000u * dma_width(slave);
}

bool dma_slave_init(struct dma_adapter *adapter, const DEVICE_DESCRIPTION *description)
{
    ULONG channel = description->DmaChannel;

    if (channel >= KERNEL_DMA_CHANNELS || channel == 4)
        return false;
    adapter->slave = (struct dma_slave){.is_slave = true,
                                        .channel = (uint8_t)channel,
                                        .demand = description->DemandMode,
                                        .automatic = description->AutoInitialize};
    adapter->high = ISA_HIGH;
    adapter->boundary = reach(&adapter->slave);
    return true;
}

static struct dma_adapter *slave_known(struct ps_system *system, PDMA_ADAPTER adapter,
                                       const char *service, const void *caller)
{
    struct dma_adapter *known = dma_known(system, adapter, service, caller);

    if (!known || known->slave.is_slave)
        return known;
    finding_raise(system, "SV-102", SIDE_DRIVER, caller,
                  "%s of a bus master's adapter; use scatter/gather lists", service);
    return NULL;
}

static void at_dispatch(struct ps_system *system, const char *service, const void *caller)
{
    uint8_t irql = sched_irql(system->sched);

    if (irql != IRQL_DISPATCH)
        kernel_misuse(system, "VF-150", caller, CODE_DMA, 0x13, irql, IRQL_DISPATCH, 0,
                      "%s at IRQL %u; DISPATCH_LEVEL is required", service, irql);
}

// ---- map registers ------------------------------------------------------------------------------

static bool take_registers(struct dma_adapter *adapter, ULONG count)
{
    struct dma_slave *slave = &adapter->slave;
    struct page_request request = {
        .high = ISA_HIGH, .count = count, .contiguous = true, .boundary = reach(slave)};

    if (!count)
        return true;
    slave->registers = contiguous_allocate(adapter->system, &request, false);
    if (!slave->registers)
        return false;
    slave->register_count = count;
    slave->registers_physical = memory_physical(adapter->system->machine, slave->registers);
    return true;
}

static void give_registers(struct dma_adapter *adapter)
{
    struct dma_slave *slave = &adapter->slave;

    if (slave->registers)
        contiguous_free(adapter->system, slave->registers,
                        (size_t)slave->register_count * MACHINE_PAGE);
    slave->registers = NULL;
    slave->register_count = 0;
}

VOID NTAPI dma_free_registers(PDMA_ADAPTER DmaAdapter, PVOID MapRegisterBase,
                              ULONG NumberOfMapRegisters)
{
    NT_SERVICE(COST_SERVICE);
    struct dma_adapter *adapter = slave_known(system, DmaAdapter, "FreeMapRegisters", CALLER);

    at_dispatch(system, "FreeMapRegisters", CALLER);
    if (!adapter)
        return;
    if (!MapRegisterBase || adapter->slave.registers != MapRegisterBase ||
        adapter->slave.register_count != NumberOfMapRegisters) {
        kernel_misuse(system, "VF-142", CALLER, CODE_DMA, 0x05, (uintptr_t)MapRegisterBase,
                      NumberOfMapRegisters, 0,
                      "FreeMapRegisters of %u that this adapter does not have",
                      (unsigned)NumberOfMapRegisters);
        return;
    }
    if (adapter->slave.mapped) {
        kernel_misuse(system, "VF-148", CALLER, CODE_DMA, 0x10, (uintptr_t)MapRegisterBase, 0, 0,
                      "map registers are freed while a transfer is mapped");
        return;
    }
    give_registers(adapter);
}

// ---- the channel --------------------------------------------------------------------------------

static struct dma_channel_use *use_of(const struct dma_adapter *adapter)
{
    return &adapter->system->kernel->dma_channels[adapter->slave.channel];
}

static void release_channel(struct dma_adapter *adapter);

// The channel is this adapter's: tells the driver.
static void grant_channel(struct dma_adapter *adapter)
{
    struct dma_slave *slave = &adapter->slave;
    IO_ALLOCATION_ACTION action;

    use_of(adapter)->owner = adapter;
    action =
        slave->routine(slave->device, slave->device->CurrentIrp, slave->registers, slave->context);
    if (action == KeepObject || use_of(adapter)->owner != adapter)
        return;
    if (action == DeallocateObject)
        give_registers(adapter);
    release_channel(adapter);
}

static void release_channel(struct dma_adapter *adapter)
{
    struct dma_channel_use *use = use_of(adapter);
    struct list *next = list_pop_front(&use->waiting);

    use->owner = NULL;
    if (!next)
        return;
    list_init(next);
    grant_channel(LIST_OBJECT(next, struct dma_adapter, slave.wait));
}

static bool busy(const struct dma_adapter *adapter)
{
    return use_of(adapter)->owner == adapter || !list_empty(&adapter->slave.wait);
}

static NTSTATUS check_channel(struct dma_adapter *adapter, ULONG registers, const void *caller)
{
    if (busy(adapter)) {
        kernel_misuse(adapter->system, "VF-144", caller, CODE_DMA, 0x0B, (uintptr_t)adapter, 0, 0,
                      "AllocateAdapterChannel of a channel that this adapter has or waits for");
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (registers > adapter->map_registers) {
        kernel_misuse(adapter->system, "VF-144", caller, CODE_DMA, 0x15, (uintptr_t)adapter,
                      registers, adapter->map_registers,
                      "AllocateAdapterChannel with %u map registers; IoGetDmaAdapter gave %u",
                      (unsigned)registers, (unsigned)adapter->map_registers);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    // Those of before, which DeallocateObjectKeepRegisters left, are still out.
    if ((registers && adapter->slave.registers) || fault_here(adapter->system) ||
        !take_registers(adapter, registers))
        return STATUS_INSUFFICIENT_RESOURCES;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI dma_allocate_channel(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                    ULONG NumberOfMapRegisters, PDRIVER_CONTROL ExecutionRoutine,
                                    PVOID Context)
{
    NT_SERVICE(COST_SERVICE);
    struct dma_adapter *adapter = slave_known(system, DmaAdapter, "AllocateAdapterChannel", CALLER);
    NTSTATUS status;

    at_dispatch(system, "AllocateAdapterChannel", CALLER);
    if (!adapter)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = check_channel(adapter, NumberOfMapRegisters, CALLER);
    if (!NT_SUCCESS(status))
        return status;
    adapter->slave.device = DeviceObject;
    adapter->slave.routine = ExecutionRoutine;
    adapter->slave.context = Context;
    if (use_of(adapter)->owner)
        list_push_back(&use_of(adapter)->waiting, &adapter->slave.wait);
    else
        grant_channel(adapter);
    return STATUS_SUCCESS;
}

VOID NTAPI dma_free_channel(PDMA_ADAPTER DmaAdapter)
{
    NT_SERVICE(COST_SERVICE);
    struct dma_adapter *adapter = slave_known(system, DmaAdapter, "FreeAdapterChannel", CALLER);

    at_dispatch(system, "FreeAdapterChannel", CALLER);
    if (!adapter)
        return;
    if (use_of(adapter)->owner != adapter) {
        kernel_misuse(system, "VF-142", CALLER, CODE_DMA, 0x04, (uintptr_t)adapter, 0, 0,
                      "FreeAdapterChannel of a channel that this adapter does not have");
        return;
    }
    if (adapter->slave.mapped) {
        kernel_misuse(system, "VF-145", CALLER, CODE_DMA, 0x0D, (uintptr_t)adapter, 0, 0,
                      "an adapter channel is freed without FlushAdapterBuffers");
        dma_end_transfer(adapter);
    }
    give_registers(adapter);
    release_channel(adapter);
}

// ---- transfers ----------------------------------------------------------------------------------

static uint64_t page_of(const MDL *mdl, uintptr_t at)
{
    uintptr_t offset = at - (uintptr_t)mdl->StartVa;

    return (uint64_t)MmGetMdlPfnArray(mdl)[offset / MACHINE_PAGE] * MACHINE_PAGE;
}

// Bytes from `at` on that are one piece of memory, at most `length`.
static ULONG run_at(const MDL *mdl, uintptr_t at, ULONG length)
{
    ULONG run = (ULONG)(MACHINE_PAGE - at % MACHINE_PAGE);
    uint64_t first = page_of(mdl, at) + at % MACHINE_PAGE;

    while (run < length && page_of(mdl, at + run) == first + run)
        run += MACHINE_PAGE;
    return run < length ? run : length;
}

// What the channel reaches of that without help.
static ULONG reachable(const struct dma_slave *slave, const MDL *mdl, uintptr_t at, ULONG length)
{
    uint64_t physical = page_of(mdl, at) + at % MACHINE_PAGE;
    uint64_t to_boundary = reach(slave) - physical % reach(slave);
    ULONG run = run_at(mdl, at, length);

    if (physical > ISA_HIGH || physical % dma_width(slave))
        return 0;
    return run < to_boundary ? run : (ULONG)to_boundary;
}

static enum ps_dma_direction direction(const struct dma_slave *slave)
{
    return slave->to_device ? PS_DMA_FROM_MEMORY : PS_DMA_TO_MEMORY;
}

static void copy_mdl(PMDL mdl, uintptr_t at, char *registers, ULONG length, bool to_registers)
{
    while (length) {
        ULONG in_page = (ULONG)(MACHINE_PAGE - at % MACHINE_PAGE);
        ULONG bytes = in_page < length ? in_page : length;
        char *memory = memory_direct(system_here(__func__)->machine,
                                     page_of(mdl, at) + at % MACHINE_PAGE, bytes);

        memcpy(to_registers ? registers : memory, to_registers ? memory : registers, bytes);
        at += bytes;
        registers += bytes;
        length -= bytes;
    }
}

// Where the channel is to go; lowers *length to what it reaches in one go. MACHINE_NOWHERE:
// nowhere.
static uint64_t place(struct dma_slave *slave, PMDL mdl, uintptr_t at, ULONG *length)
{
    ULONG direct = reachable(slave, mdl, at, *length);
    ULONG through = slave->register_count * MACHINE_PAGE;

    slave->through_registers = direct < *length && through > direct;
    if (slave->through_registers) {
        *length = *length < through ? *length : through;
        if (slave->to_device)
            copy_mdl(mdl, at, slave->registers, *length, true);
        return slave->registers_physical;
    }
    *length = direct;
    return direct ? page_of(mdl, at) + at % MACHINE_PAGE : MACHINE_NOWHERE;
}

static bool check_transfer(struct dma_adapter *adapter, const MDL *mdl, uintptr_t at, ULONG length,
                           const void *caller)
{
    struct ps_system *system = adapter->system;

    if (use_of(adapter)->owner != adapter) {
        kernel_misuse(system, "VF-153", caller, CODE_DMA, 0x22, (uintptr_t)adapter, 0, 0,
                      "MapTransfer without an adapter channel");
        return false;
    }
    if (adapter->slave.mapped) {
        kernel_misuse(system, "VF-148", caller, CODE_DMA, 0x1D, (uintptr_t)mdl, at, length,
                      "MapTransfer while a transfer of this adapter is mapped");
        return false;
    }
    return NT_SUCCESS(dma_check_request(system, mdl, at, length, "MapTransfer", caller));
}

PHYSICAL_ADDRESS NTAPI dma_map_transfer(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase,
                                        PVOID CurrentVa, PULONG Length, BOOLEAN WriteToDevice)
{
    NT_SERVICE(COST_SERVICE);
    struct dma_adapter *adapter = slave_known(system, DmaAdapter, "MapTransfer", CALLER);
    PHYSICAL_ADDRESS nowhere = {.QuadPart = 0};
    struct dma_slave *slave;

    dma_check_irql(system, IRQL_DISPATCH, "MapTransfer", CALLER);
    if (!adapter || !check_transfer(adapter, Mdl, (uintptr_t)CurrentVa, *Length, CALLER)) {
        *Length = 0;
        return nowhere;
    }
    slave = &adapter->slave;
    slave->to_device = WriteToDevice;
    *Length -= *Length % dma_width(slave);
    slave->physical = place(slave, Mdl, (uintptr_t)CurrentVa, Length);
    *Length -= *Length % dma_width(slave);
    if (!*Length)
        return nowhere;
    slave->mapped = true;
    slave->mdl = Mdl;
    slave->at = (uintptr_t)CurrentVa;
    slave->length = *Length;
    grant_add(system->machine, slave->physical, slave->length, direction(slave), adapter->tag);
    dma_program(system, slave, slave->physical, slave->length, WriteToDevice);
    return (PHYSICAL_ADDRESS){.QuadPart = (LONGLONG)slave->physical};
}

void dma_end_transfer(struct dma_adapter *adapter)
{
    struct dma_slave *slave = &adapter->slave;

    dma_stop(adapter->system, slave);
    grant_remove(adapter->system->machine, slave->physical, slave->length, direction(slave),
                 adapter->tag);
    if (slave->through_registers && !slave->to_device)
        copy_mdl(slave->mdl, slave->at, slave->registers, slave->length, false);
    slave->mapped = false;
}

BOOLEAN NTAPI dma_flush(PDMA_ADAPTER DmaAdapter, PMDL Mdl, PVOID MapRegisterBase, PVOID CurrentVa,
                        ULONG Length, BOOLEAN WriteToDevice)
{
    NT_SERVICE(COST_SERVICE);
    struct dma_adapter *adapter = slave_known(system, DmaAdapter, "FlushAdapterBuffers", CALLER);
    struct dma_slave *slave;

    dma_check_irql(system, IRQL_DISPATCH, "FlushAdapterBuffers", CALLER);
    if (!adapter)
        return FALSE;
    slave = &adapter->slave;
    if (!slave->mapped || slave->mdl != Mdl || slave->at != (uintptr_t)CurrentVa) {
        kernel_misuse(system, "VF-145", CALLER, CODE_DMA, 0x16, (uintptr_t)Mdl,
                      (uintptr_t)CurrentVa, Length,
                      "FlushAdapterBuffers of what this adapter has not mapped");
        return FALSE;
    }
    if (Length > slave->length)
        kernel_misuse(system, "VF-140", CALLER, CODE_DMA, 0x00, 1, Length, slave->length,
                      "FlushAdapterBuffers of %u bytes; %u are mapped", (unsigned)Length,
                      (unsigned)slave->length);
    dma_end_transfer(adapter);
    return TRUE;
}

ULONG NTAPI dma_read_counter(PDMA_ADAPTER DmaAdapter)
{
    NT_SERVICE(COST_SERVICE);
    struct dma_adapter *adapter = slave_known(system, DmaAdapter, "ReadDmaCounter", CALLER);

    dma_check_irql(system, IRQL_DISPATCH, "ReadDmaCounter", CALLER);
    return adapter ? dma_count(system, &adapter->slave) : 0;
}

// ---- the end ------------------------------------------------------------------------------------

bool dma_slave_idle(struct dma_adapter *adapter, const void *caller)
{
    struct dma_slave *slave = &adapter->slave;
    bool channel = busy(adapter);

    if (!channel && !slave->registers)
        return true;
    kernel_misuse(adapter->system, "VF-143", caller, CODE_DMA, channel ? 0x08 : 0x09,
                  (uintptr_t)adapter, slave->register_count, 0,
                  "a DMA adapter is put while it has %s",
                  channel ? "its channel" : "map registers");
    return false;
}
