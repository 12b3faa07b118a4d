// SPDX-License-Identifier: MIT
//
// Subordinate channels (WC-31, WC-35 to WC-40): the first bytes of the buffer go round and round
// through the device's channel of the 8237. Not thread-safe, but for ReadCounter.
#include "port/dma_channel.h"

static struct dma_channel *slave_from(IDmaChannelSlave *This)
{
    return CONTAINING_RECORD((IDmaChannel *)This, struct dma_channel, iface);
}

// ---- owning the channel
// -------------------------------------------------------------------------------

static IO_ALLOCATION_ACTION NTAPI owned(PDEVICE_OBJECT device, PIRP irp, PVOID registers,
                                        PVOID context)
{
    (void)device, (void)irp, (void)registers;
    KeSetEvent(context, IO_NO_INCREMENT, FALSE);
    return KeepObject;
}

// Another device's driver may have it: waits.
static NTSTATUS own(struct dma_channel *channel)
{
    const DMA_OPERATIONS *operations = channel->adapter->DmaOperations;
    KEVENT event;
    NTSTATUS status;
    KIRQL irql;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    status = operations->AllocateAdapterChannel(channel->adapter, channel->pdo, 0, owned, &event);
    KeLowerIrql(irql);
    if (NT_SUCCESS(status))
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    return status;
}

static void disown(struct dma_channel *channel)
{
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    channel->adapter->DmaOperations->FreeAdapterChannel(channel->adapter);
    KeLowerIrql(irql);
    IoFreeMdl(channel->mdl);
    channel->mdl = NULL;
}

// ---- the interface
// ------------------------------------------------------------------------------------

// A common buffer needs no map registers.
static NTSTATUS begin(struct dma_channel *channel, ULONG bytes, BOOLEAN to_device)
{
    const DMA_OPERATIONS *operations = channel->adapter->DmaOperations;
    char *buffer = dma_channel_buffer(channel);
    ULONG mapped = bytes;

    operations->MapTransfer(channel->adapter, channel->mdl, NULL, buffer, &mapped, to_device);
    if (mapped == bytes)
        return STATUS_SUCCESS;
    if (mapped) // not whole transfers
        operations->FlushAdapterBuffers(channel->adapter, channel->mdl, NULL, buffer, mapped,
                                        to_device);
    return STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI dma_slave_start(IDmaChannelSlave *This, ULONG bytes, BOOLEAN to_device)
{
    struct dma_channel *channel = slave_from(This);
    NTSTATUS status;

    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "IDmaChannelSlave::Start",
                    __builtin_return_address(0));
    if (channel->started)
        return STATUS_UNSUCCESSFUL;
    if (!bytes || bytes > channel->allocated)
        return STATUS_INVALID_PARAMETER;
    channel->mdl = IoAllocateMdl(dma_channel_buffer(channel), bytes, FALSE, FALSE, NULL);
    if (!channel->mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(channel->mdl);
    status = own(channel);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(channel->mdl);
        channel->mdl = NULL;
        return status;
    }
    channel->to_device = to_device;
    status = begin(channel, bytes, to_device);
    if (NT_SUCCESS(status))
        channel->started = bytes;
    else
        disown(channel);
    return status;
}

NTSTATUS NTAPI dma_slave_stop(IDmaChannelSlave *This)
{
    struct dma_channel *channel = slave_from(This);
    ULONG bytes = channel->started;

    if (!bytes)
        return STATUS_SUCCESS; // WC-38
    channel->started = 0;
    channel->adapter->DmaOperations->FlushAdapterBuffers(channel->adapter, channel->mdl, NULL,
                                                         dma_channel_buffer(channel), bytes,
                                                         channel->to_device);
    disown(channel);
    return STATUS_SUCCESS;
}

ULONG NTAPI dma_slave_counter(IDmaChannelSlave *This)
{
    const struct dma_channel *channel = slave_from(This);

    return channel->started ? channel->adapter->DmaOperations->ReadDmaCounter(channel->adapter) : 0;
}

// WC-39. A channel that reloads itself is never seen at 0: it has been there when it holds more
// than before.
NTSTATUS NTAPI dma_slave_wait(IDmaChannelSlave *This, ULONG microseconds)
{
    enum { STEP_US = 10 };
    ULONG before = dma_slave_counter(This), steps;

    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "IDmaChannelSlave::WaitForTC",
                    __builtin_return_address(0));
    for (steps = microseconds / STEP_US; before && steps; steps--) {
        ULONG now;

        KeStallExecutionProcessor(STEP_US);
        now = dma_slave_counter(This);
        before = now > before ? 0 : now;
    }
    return before ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

// ---- making one
// ---------------------------------------------------------------------------------------

NTSTATUS slave_dma_channel_new(PDMACHANNELSLAVE *out, PUNKNOWN outer, PDEVICE_OBJECT pdo,
                               PRESOURCELIST resources, ULONG index, ULONG maximum, BOOLEAN demand,
                               DMA_SPEED speed, const void *caller)
{
    PCM_PARTIAL_RESOURCE_DESCRIPTOR resource =
        resources ? resources->lpVtbl->FindTranslatedEntry(resources, CmResourceTypeDma, index)
                  : NULL;
    DEVICE_DESCRIPTION description;

    *out = NULL;
    if (!resource)
        return STATUS_INVALID_PARAMETER; // WC-31
    RtlZeroMemory(&description, sizeof(description));
    description.Version = DEVICE_DESCRIPTION_VERSION;
    description.DemandMode = demand;
    description.AutoInitialize = TRUE; // WC-36
    description.InterfaceType = Isa;
    description.DmaChannel = resource->u.Dma.Channel;
    description.DmaWidth = resource->u.Dma.Channel < 4 ? Width8Bits : Width16Bits;
    description.DmaSpeed = speed;
    description.MaximumLength = maximum;
    return dma_channel_new((PDMACHANNEL *)out, outer, pdo, &description, caller);
}
