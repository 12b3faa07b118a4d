// SPDX-License-Identifier: MIT
//
// IDmaChannel (WP-90..95): a DMA adapter of the device and at most one common buffer. Not
// thread-safe; callers serialise (WP-92).
#include "port/dma_channel.h"
#include "port/copy.h"
#include "port/policy.h"

#define TAG_DMA 0x43447350u // "PsDC"

static struct dma_channel *channel_from(IDmaChannel *iface)
{
    return CONTAINING_RECORD(iface, struct dma_channel, iface);
}

UNKNOWN_METHODS(channel, struct dma_channel, iface, IDmaChannel)

// Bits in which two addresses of [start, start + bytes) can differ.
static uint64_t varying_bits(uint64_t start, uint64_t bytes)
{
    uint64_t differ = start ^ (start + bytes - 1);

    return differ ? ~0ull >> __builtin_clzll(differ) : 0;
}

static bool meets(uint64_t start, uint64_t bytes, uint64_t constraint)
{
    return (varying_bits(start, bytes) & ~constraint) == 0;
}

static bool allocate_whole(struct dma_channel *channel, ULONG bytes)
{
    channel->whole = channel->adapter->DmaOperations->AllocateCommonBuffer(
        channel->adapter, bytes, &channel->whole_address, FALSE);
    channel->whole_bytes = channel->whole ? bytes : 0;
    return channel->whole != NULL;
}

static void free_whole(struct dma_channel *channel)
{
    if (channel->whole)
        channel->adapter->DmaOperations->FreeCommonBuffer(channel->adapter, channel->whole_bytes,
                                                          channel->whole_address, channel->whole,
                                                          FALSE);
    channel->whole = NULL;
    channel->whole_bytes = channel->offset = channel->allocated = channel->current = 0;
}

// Allocates so much that an aligned power of two >= bytes lies inside, and starts there.
static bool allocate_aligned(struct dma_channel *channel, ULONG bytes, uint64_t constraint)
{
    uint64_t span = MACHINE_PAGE, start;

    while (span < bytes)
        span *= 2;
    if (span > 0x40000000 || !allocate_whole(channel, (ULONG)(span * 2)))
        return false;
    start = ((uint64_t)channel->whole_address.QuadPart + span - 1) & ~(span - 1);
    channel->offset = (ULONG)(start - (uint64_t)channel->whole_address.QuadPart);
    if (meets(start, bytes, constraint))
        return true;
    free_whole(channel);
    return false;
}

static ULONG most_allowed(void)
{
    const struct port_class *class = port_class_of(system_here(__func__));

    return class ? class->common_limit : MAXULONG;
}

static NTSTATUS NTAPI channel_allocate(IDmaChannel *This, ULONG bytes, PPHYSICAL_ADDRESS constraint)
{
    struct dma_channel *channel = channel_from(This);
    uint64_t bits = constraint ? (uint64_t)constraint->QuadPart : ~0ull;

    if (channel->whole) {
        finding_raise(system_here(__func__), "WP-94", SIDE_DRIVER, __builtin_return_address(0),
                      "IDmaChannel::AllocateBuffer while a buffer is allocated");
        return STATUS_UNSUCCESSFUL;
    }
    if (!bytes || bytes > 0x40000000)
        return STATUS_INVALID_PARAMETER;
    if (bytes > channel->maximum)
        return STATUS_BUFFER_TOO_SMALL; // WC-29
    if (bytes > most_allowed())
        return STATUS_INSUFFICIENT_RESOURCES; // WC-28
    if (!allocate_whole(channel, bytes))
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!meets((uint64_t)channel->whole_address.QuadPart, bytes, bits)) {
        free_whole(channel);
        if (!allocate_aligned(channel, bytes, bits))
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    channel->allocated = channel->current = bytes;
    return STATUS_SUCCESS;
}

static VOID NTAPI channel_free(IDmaChannel *This)
{
    free_whole(channel_from(This));
}

static ULONG NTAPI channel_transfer_count(IDmaChannel *This)
{
    return channel_from(This)->started; // a master has none (WP-95), nor a slave that stands still (WC-37)
}

static ULONG NTAPI channel_maximum(IDmaChannel *This)
{
    struct dma_channel *channel = channel_from(This);

    return channel->whole ? (ULONG)ROUND_TO_PAGES(channel->allocated) : channel->maximum;
}

static ULONG NTAPI channel_allocated(IDmaChannel *This)
{
    return channel_from(This)->allocated;
}

static ULONG NTAPI channel_size(IDmaChannel *This)
{
    return channel_from(This)->current;
}

static VOID NTAPI channel_set_size(IDmaChannel *This, ULONG bytes)
{
    channel_from(This)->current = bytes;
}

static PVOID NTAPI channel_system_address(IDmaChannel *This)
{
    return dma_channel_buffer(channel_from(This));
}

static PHYSICAL_ADDRESS *NTAPI channel_physical_address(IDmaChannel *This, PHYSICAL_ADDRESS *result)
{
    struct dma_channel *channel = channel_from(This);

    result->QuadPart = channel->whole ? channel->whole_address.QuadPart + channel->offset : 0;
    return result;
}

static PADAPTER_OBJECT NTAPI channel_adapter(IDmaChannel *This)
{
    return (PADAPTER_OBJECT)channel_from(This)->adapter;
}

static VOID NTAPI channel_copy(IDmaChannel *This, PVOID to, PVOID from, ULONG bytes)
{
    (void)This;
    port_copy(to, from, bytes);
}

bool dma_channel_is_plain(const IDmaChannel *channel)
{
    return channel->lpVtbl->CopyTo == channel_copy;
}

// A master never shows the last four.
static const struct {
    IDmaChannelVtbl channel;
    NTSTATUS(NTAPI *Start)(IDmaChannelSlave *This, ULONG bytes, BOOLEAN to_device);
    NTSTATUS(NTAPI *Stop)(IDmaChannelSlave *This);
    ULONG(NTAPI *ReadCounter)(IDmaChannelSlave *This);
    NTSTATUS(NTAPI *WaitForTC)(IDmaChannelSlave *This, ULONG microseconds);
} channel_vtbl = {
    .channel =
        {
            .QueryInterface = channel_query,
            .AddRef = channel_addref,
            .Release = channel_release,
            .AllocateBuffer = channel_allocate,
            .FreeBuffer = channel_free,
            .TransferCount = channel_transfer_count,
            .MaximumBufferSize = channel_maximum,
            .AllocatedBufferSize = channel_allocated,
            .BufferSize = channel_size,
            .SetBufferSize = channel_set_size,
            .SystemAddress = channel_system_address,
            .PhysicalAddress = channel_physical_address,
            .GetAdapterObject = channel_adapter,
            .CopyTo = channel_copy,
            .CopyFrom = channel_copy,
        },
    .Start = dma_slave_start,
    .Stop = dma_slave_stop,
    .ReadCounter = dma_slave_counter,
    .WaitForTC = dma_slave_wait,
};
_Static_assert(offsetof(IDmaChannelSlaveVtbl, Start) == sizeof(IDmaChannelVtbl), "slots go on");

static void *channel_find(struct unknown *unknown, REFIID iid)
{
    struct dma_channel *channel = CONTAINING_RECORD(unknown, struct dma_channel, unknown);

    if (channel->slave && guid_equal(iid, &IID_IDmaChannelSlave))
        return &channel->iface;
    if (guid_equal(iid, &IID_IDmaChannel) || (guid_equal(iid, &IID_IUnknown) && !unknown->outer))
        return &channel->iface;
    return NULL;
}

static void channel_destroy(struct unknown *unknown)
{
    struct dma_channel *channel = CONTAINING_RECORD(unknown, struct dma_channel, unknown);

    if (channel->started) {
        finding_raise(system_here(__func__), "WC-38", SIDE_DRIVER, NULL,
                      "a subordinate DMA channel is released while it is started");
        dma_slave_stop((IDmaChannelSlave *)&channel->iface);
    }
    free_whole(channel);
    channel->adapter->DmaOperations->PutDmaAdapter(channel->adapter);
    ObDereferenceObject(channel->pdo);
    port_free(channel);
}

static const struct unknown_class channel_class = {channel_find, channel_destroy, "IDmaChannel"};

NTSTATUS dma_channel_new(PDMACHANNEL *out, PUNKNOWN outer, PDEVICE_OBJECT pdo,
                         PDEVICE_DESCRIPTION description, const void *caller)
{
    struct dma_channel *channel;
    ULONG map_registers = 0;

    *out = NULL;
    channel = port_allocate(sizeof(*channel), TAG_DMA);
    if (!channel)
        return STATUS_INSUFFICIENT_RESOURCES;
    channel->adapter = IoGetDmaAdapter(pdo, description, &map_registers);
    if (!channel->adapter) {
        port_free(channel);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    ObReferenceObject(pdo);
    channel->pdo = pdo;
    channel->maximum = description->MaximumLength;
    channel->slave = !description->Master;
    channel->iface.lpVtbl = &channel_vtbl.channel;
    unknown_init(system_here(__func__), &channel->unknown, outer, &channel_class, caller);
    *out = unknown_result(&channel->unknown, &channel->iface);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI PcNewDmaChannel(PDMACHANNEL *out, PUNKNOWN outer, POOL_TYPE pool,
                               PDEVICE_DESCRIPTION description, PDEVICE_OBJECT device)
{
    (void)pool;
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcNewDmaChannel",
                    __builtin_return_address(0));
    if (!out)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *out = NULL;
    if (!description || !port_device_from(device))
        return NT_TELL(STATUS_INVALID_PARAMETER);
    return NT_TELL(dma_channel_new(out, outer, port_device_from(device)->pdo, description,
                           __builtin_return_address(0)));
}
