// SPDX-License-Identifier: MIT
//
// Master DMA channels: one common buffer within a constraint, that the device may touch as long as it is there.
#include <errno.h>

#include "tests/adapter_rig.h"

#include "port/policy.h"

static PDMACHANNEL channel;
static void (*body)(void);

static NTSTATUS NTAPI start_nothing(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    return STATUS_SUCCESS;
}

static NTSTATUS make(PDMACHANNEL *out)
{
    DEVICE_DESCRIPTION description = {
        .Version = DEVICE_DESCRIPTION_VERSION,
        .Master = TRUE,
        .ScatterGather = TRUE,
        .Dma32BitAddresses = TRUE,
        .InterfaceType = PCIBus,
        .MaximumLength = 0x12000,
    };

    return PcNewDmaChannel(out, NULL, NonPagedPool, &description, adapter->fdo);
}

static void with_channel(void)
{
    assert_int_equal(make(&channel), STATUS_SUCCESS);
    body();
    assert_int_equal(COM_CALL(channel, Release), 0);
}

static void try_body(void (*what)(void))
{
    body = what;
    adapter_try(start_nothing, with_channel);
}

static uint64_t physical(void)
{
    PHYSICAL_ADDRESS address;

    assert_ptr_equal(COM_CALL(channel, PhysicalAddress, &address), &address);
    return (uint64_t)address.QuadPart;
}

static NTSTATUS allocate(ULONG bytes, LONGLONG constraint)
{
    PHYSICAL_ADDRESS bits = {.QuadPart = constraint};

    return COM_CALL(channel, AllocateBuffer, bytes, constraint ? &bits : NULL);
}

static void sizes(void)
{
    assert_int_equal(COM_CALL(channel, AllocatedBufferSize), 0);
    assert_int_equal(COM_CALL(channel, MaximumBufferSize), 0x12000);
    assert_null(COM_CALL(channel, SystemAddress));
    assert_int_equal(allocate(5000, 0), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(channel, AllocatedBufferSize), 5000);
    assert_int_equal(COM_CALL(channel, BufferSize), 5000); // WP-93
    assert_int_equal(COM_CALL(channel, MaximumBufferSize), 8192);
    COM_CALL(channel, SetBufferSize, 100);
    assert_int_equal(COM_CALL(channel, BufferSize), 100);
    assert_int_equal(COM_CALL(channel, AllocatedBufferSize), 5000);
    assert_int_equal(COM_CALL(channel, TransferCount), 0);
    COM_CALL(channel, FreeBuffer);
    assert_int_equal(COM_CALL(channel, AllocatedBufferSize), 0);
    assert_null(COM_CALL(channel, SystemAddress));
    assert_int_equal(allocate(64, 0), STATUS_SUCCESS); // again after FreeBuffer, and freed by Release
    assert_int_equal(COM_CALL(channel, BufferSize), 64);
}

PS_TEST(a_channel_keeps_the_sizes_of_its_buffer, "WP-91", "WP-93", "WP-95")
{
    try_body(sizes);
}

static void any_irql(void)
{
    uint8_t text[16] = "fifteen letters", back[16] = {0};
    uint8_t *buffer;
    KIRQL old;

    assert_int_equal(allocate(4096, 0), STATUS_SUCCESS);
    KeRaiseIrql(9, &old);
    buffer = COM_CALL(channel, SystemAddress);
    assert_int_equal(memory_physical(adapter->system->machine, buffer), physical());
    assert_int_equal(COM_CALL(channel, BufferSize), 4096);
    COM_CALL(channel, CopyTo, buffer + 3, text, sizeof(text));
    assert_memory_equal(buffer + 3, text, sizeof(text));
    COM_CALL(channel, CopyFrom, back, buffer + 3, sizeof(back));
    assert_memory_equal(back, text, sizeof(text));
    KeLowerIrql(old);
}

PS_TEST(all_but_allocation_works_at_any_irql, "WP-92", "WP-91")
{
    try_body(any_irql);
}

static void twice(void)
{
    PVOID buffer;

    assert_int_equal(allocate(4096, 0), STATUS_SUCCESS);
    buffer = COM_CALL(channel, SystemAddress);
    assert_int_equal(allocate(4096, 0), STATUS_UNSUCCESSFUL);
    assert_ptr_equal(COM_CALL(channel, SystemAddress), buffer);
}

PS_TEST(a_second_buffer_is_reported, "WP-94")
{
    struct adapter a = {.start = start_nothing, .body = with_channel};

    body = twice;
    adapter_finds(&a, "WP-94");
}

static void refused(void)
{
    assert_int_equal(allocate(0x12001, 0), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(COM_CALL(channel, AllocatedBufferSize), 0);
    assert_null(COM_CALL(channel, SystemAddress));
    assert_int_equal(policy_set(adapter->system, "common-buffer-limit", "32768"), 0);
    assert_int_equal(allocate(32769, 0), STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(COM_CALL(channel, AllocatedBufferSize), 0);
    assert_int_equal(allocate(32768, 0), STATUS_SUCCESS);
    assert_int_equal(policy_set(adapter->system, "common-buffer-limit", "many"), -EINVAL);
}

// More than the channel's maximum, and more than the machine gives.
PS_TEST(a_buffer_too_large_is_refused, "WC-28", "WC-29")
{
    struct adapter a = {.start = start_nothing, .body = with_channel};

    body = refused;
    adapter_run(&a);
}

// Only the bits of the constraint may differ over the buffer.
static void constrained(void)
{
    static const struct {
        ULONG bytes;
        uint64_t bits;
    } cases[] = {{4096, 0xFFF},    {4097, 0x1FFF},     {12288, 0x3FFF},
                 {40000, 0xFFFF}, {65536, 0xFFFF}, {100, 0xFFF},
                 {70000, 0x1FFFF}};
    PVOID spoiler[8];

    for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        uint64_t start, end;

        // Odd numbers of pages in between, so that natural alignment is not to be had.
        spoiler[i] = ExAllocatePoolWithTag(NonPagedPool, 4096 * (1 + 2 * i), 0x74736554);
        assert_int_equal(allocate(cases[i].bytes, (LONGLONG)cases[i].bits), STATUS_SUCCESS);
        start = physical();
        end = start + cases[i].bytes - 1;
        assert_int_equal(start & ~cases[i].bits, end & ~cases[i].bits);
        assert_int_equal(
            memory_physical(adapter->system->machine,
                            (char *)COM_CALL(channel, SystemAddress) + cases[i].bytes - 1),
            end);
        COM_CALL(channel, FreeBuffer);
    }
    for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        ExFreePool(spoiler[i]);
    assert_int_equal(allocate(8192, 0xFFF), STATUS_INSUFFICIENT_RESOURCES); // cannot be met
    assert_int_equal(COM_CALL(channel, AllocatedBufferSize), 0);
    assert_int_equal(allocate(0, 0), STATUS_INVALID_PARAMETER);
    assert_int_equal(allocate(0xFFFFFFFF, 0), STATUS_INVALID_PARAMETER);
}

PS_TEST(a_buffer_stays_within_its_constraint, "WP-91")
{
    try_body(constrained);
}

// The device copies from one half of the buffer to the other.
static void let_device_copy(uint64_t from)
{
    copier->registers[COPIER_FROM] = (uint32_t)from;
    copier->registers[COPIER_TO] = (uint32_t)from + 2048;
    copier->registers[COPIER_LENGTH] = 2048;
    machine_port_write(adapter->system, 0xc000 + 4 * COPIER_CONTROL, 4, COPIER_START);
    sleep_ms(3);
    machine_port_write(adapter->system, 0xc000 + 4 * COPIER_CONTROL, 4, COPIER_ACKNOWLEDGE);
}

static void grant(void)
{
    uint8_t *buffer;
    uint64_t start;

    assert_int_equal(allocate(4096, 0), STATUS_SUCCESS);
    buffer = COM_CALL(channel, SystemAddress);
    start = physical();
    assert_true(grant_covers(adapter->system->machine, start, 4096, PS_DMA_FROM_MEMORY));
    assert_true(grant_covers(adapter->system->machine, start, 4096, PS_DMA_TO_MEMORY));
    memset(buffer, 0x5A, 2048);
    memset(buffer + 2048, 0, 2048);
    pci_config_write(machine_device(adapter->system->machine, 0), 4, 2, 7);
    let_device_copy(start);
    assert_int_equal(copier->last_error, 0);
    assert_int_equal(buffer[4095], 0x5A);
    COM_CALL(channel, FreeBuffer);
    assert_false(grant_covers(adapter->system->machine, start, 4096, PS_DMA_FROM_MEMORY));
}

PS_TEST(the_device_reaches_the_common_buffer_while_it_is_there, "WP-91", "WP-90")
{
    try_body(grant);
}

static void adapter_object(void)
{
    PDMA_ADAPTER dma = (PDMA_ADAPTER)COM_CALL(channel, GetAdapterObject);
    PHYSICAL_ADDRESS address;
    PVOID list;

    assert_non_null(dma);
    list = dma->DmaOperations->AllocateCommonBuffer(dma, 256, &address, FALSE);
    assert_non_null(list);
    assert_true((uint64_t)address.QuadPart <= UINT32_MAX);
    dma->DmaOperations->FreeCommonBuffer(dma, 256, address, list, FALSE);
}

PS_TEST(the_channels_adapter_makes_common_buffers, "WP-91", "DS-9")
{
    try_body(adapter_object);
}

static void refuse(void)
{
    DEVICE_DESCRIPTION description = {.Version = DEVICE_DESCRIPTION_VERSION, .Master = TRUE};
    PDMACHANNEL out = channel;

    assert_int_equal(PcNewDmaChannel(&out, NULL, NonPagedPool, NULL, adapter->fdo),
                     STATUS_INVALID_PARAMETER);
    assert_null(out);
    assert_int_equal(PcNewDmaChannel(&out, NULL, NonPagedPool, &description, NULL),
                     STATUS_INVALID_PARAMETER);
    description.Master = FALSE;
    description.DmaChannel = 4; // the cascade: no slave can have it
    assert_int_equal(PcNewDmaChannel(&out, NULL, NonPagedPool, &description, adapter->fdo),
                     STATUS_INSUFFICIENT_RESOURCES);
    assert_null(out);
}

PS_TEST(a_channel_needs_a_master_description, "WP-90")
{
    try_body(refuse);
}

static void allocate_some(void)
{
    if (!NT_SUCCESS(make(&channel)))
        return;
    allocate(4096, 0);
    COM_CALL(channel, Release);
}

PS_TEST(each_allocation_of_a_channel_fails)
{
    struct adapter a = {.start = start_nothing, .body = allocate_some};

    adapter_starve(&a);
}
