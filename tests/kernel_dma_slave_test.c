// SPDX-License-Identifier: MIT
//
// Slave DMA: a driver of an ISA card, its channel, map registers and transfers.
#include "ps_test.h"

#include "kernel_copier.h"
#include "machine_card.h"

static PDMA_ADAPTER dma; // channel 1 of the card
static PVOID registers;
static unsigned granted_calls;
static IO_ALLOCATION_ACTION answer;

static PDMA_ADAPTER slave(ULONG channel, BOOLEAN automatic, ULONG maximum, ULONG *map_registers)
{
    DEVICE_DESCRIPTION description = {.Version = DEVICE_DESCRIPTION_VERSION,
                                      .AutoInitialize = automatic,
                                      .InterfaceType = Isa,
                                      .DmaChannel = channel,
                                      .DmaWidth = channel < 4 ? Width8Bits : Width16Bits,
                                      .DmaSpeed = Compatible,
                                      .MaximumLength = maximum};

    return IoGetDmaAdapter(pdo, &description, map_registers);
}

static IO_ALLOCATION_ACTION NTAPI granted(PDEVICE_OBJECT device, PIRP irp, PVOID base,
                                          PVOID context)
{
    granted_calls++;
    registers = base;
    return answer;
}

static NTSTATUS ask(PDMA_ADAPTER adapter, ULONG count)
{
    NTSTATUS status;
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    status = adapter->DmaOperations->AllocateAdapterChannel(adapter, fdo, count, granted, NULL);
    KeLowerIrql(old);
    return status;
}

static void give_back(PDMA_ADAPTER adapter)
{
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    adapter->DmaOperations->FreeAdapterChannel(adapter);
    KeLowerIrql(old);
}

static void free_registers(PDMA_ADAPTER adapter, PVOID base, ULONG count)
{
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    adapter->DmaOperations->FreeMapRegisters(adapter, base, count);
    KeLowerIrql(old);
}

static uint64_t map(PMDL mdl, char *at, ULONG *length, bool to_device)
{
    return (uint64_t)dma->DmaOperations->MapTransfer(dma, mdl, registers, at, length, to_device)
        .QuadPart;
}

static BOOLEAN flush(PMDL mdl, char *at, ULONG length, bool to_device)
{
    return dma->DmaOperations->FlushAdapterBuffers(dma, mdl, registers, at, length, to_device);
}

static struct card *the_card;

// A system with the card; its driver runs `test` with an adapter of channel 1 for 16 KiB.
static void (*body)(void);

static void with_adapter(void *argument)
{
    bring_up();
    granted_calls = 0;
    answer = KeepObject;
    registers = NULL;
    dma = slave(1, FALSE, 0x4000, NULL);
    assert_non_null(dma);
    body();
    if (dma)
        dma->DmaOperations->PutDmaAdapter(dma);
    take_down(false);
}

static int card_attach(struct ps_device *device, void *state)
{
    the_card = state;
    return 0;
}

static struct kernel_rig with_card(void (*test)(void))
{
    struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());
    static struct ps_device_ops ops; // the machine keeps it
    struct ps_device *device;

    ops = card_ops;
    ops.attach = card_attach;
    body = test;
    assert_int_equal(machine_attach(rig.system, &ops, &device), 0);
    kernel_rig_thread(&rig, "test", with_adapter, NULL);
    kernel_rig_run(&rig);
    return rig;
}

static void clean(void (*test)(void))
{
    struct kernel_rig rig = with_card(test);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

static void finds(void (*test)(void), const char *rule, uint64_t p1)
{
    struct kernel_rig rig = with_card(test);
    const struct finding *finding = kernel_rig_finding(&rig, rule);

    assert_int_equal(finding->code, 0xE6);
    assert_int_equal(finding->parameters[0], p1);
    kernel_rig_end(&rig);
}

// Locked memory of a client, on pages not above `high`.
struct client {
    char *bytes;
    PMDL mdl;
};

static struct client client_new(ULONG bytes, uint64_t high)
{
    struct client c = {.bytes = kernel_user_allocate(system_current, 0x8000, high)};

    c.mdl = IoAllocateMdl(c.bytes, bytes, FALSE, FALSE, NULL);
    MmProbeAndLockPages(c.mdl, UserMode, IoModifyAccess);
    return c;
}

static void client_end(struct client *c)
{
    MmUnlockPages(c->mdl);
    IoFreeMdl(c->mdl);
    kernel_user_free(system_current, c->bytes, 0x8000);
}

// ---- adapters -----------------------------------------------------------------------------------

static void resources(void)
{
    static const ULONG wrong[] = {4, 8, 0xFFFFFFFF};
    PHYSICAL_ADDRESS logical;
    PVOID buffer;
    ULONG count = 0;

    for (unsigned i = 0; i < 3; i++)
        assert_null(slave(wrong[i], TRUE, 0x1000, NULL));
    for (ULONG channel = 0; channel < 8; channel++) {
        PDMA_ADAPTER adapter = channel == 4 ? NULL : slave(channel, TRUE, 0x40000, &count);

        if (!adapter)
            continue;
        assert_int_equal(count, channel < 4 ? 16 : 32); // in one piece: 64 or 128 KiB
        buffer = adapter->DmaOperations->AllocateCommonBuffer(adapter, 0xC000, &logical, FALSE);
        assert_non_null(buffer);
        assert_in_range(logical.QuadPart + 0xBFFF, 0xBFFF, 0xFFFFFF);
        assert_int_equal(logical.QuadPart >> 16, (logical.QuadPart + 0xBFFF) >> 16);
        adapter->DmaOperations->FreeCommonBuffer(adapter, 0xC000, logical, buffer, FALSE);
        assert_null(
            adapter->DmaOperations->AllocateCommonBuffer(adapter, 0x20001, &logical, FALSE));
        adapter->DmaOperations->PutDmaAdapter(adapter);
    }
}

PS_TEST(slaves_have_buffers_that_their_channel_reaches, "SV-100", "SV-101", "SB-95", "SB-96",
        "SB-97")
{
    clean(resources);
}

static void adapters_share(void)
{
    PDMA_ADAPTER other = slave(1, FALSE, 0x1000, NULL);

    assert_int_equal(ask(dma, 2), STATUS_SUCCESS);
    assert_int_equal(granted_calls, 1);
    assert_non_null(registers);
    assert_int_equal(ask(other, 0), STATUS_SUCCESS);
    assert_int_equal(granted_calls, 1); // waits
    give_back(dma);
    assert_int_equal(granted_calls, 2);
    assert_null(registers);
    give_back(other);
    other->DmaOperations->PutDmaAdapter(other);
    answer = DeallocateObject;
    assert_int_equal(ask(dma, 3), STATUS_SUCCESS);
    assert_int_equal(ask(dma, 3), STATUS_SUCCESS); // it was given back at once
    answer = DeallocateObjectKeepRegisters;
    assert_int_equal(ask(dma, 3), STATUS_SUCCESS);
    assert_int_equal(ask(dma, 1), STATUS_INSUFFICIENT_RESOURCES); // three are still out
    free_registers(dma, registers, 3);
}

PS_TEST(one_adapter_at_a_time_has_a_channel, "SV-102", "~VF-144", "~VF-142", "~VF-143", "~VF-150")
{
    clean(adapters_share);
}

// ---- transfers ----------------------------------------------------------------------------------

static void play_low(void)
{
    struct client c = client_new(0x4000, 0xFFFFFF);
    ULONG length = 0x800;

    for (int i = 0; i < 0x4000; i++)
        c.bytes[i] = (char)(i * 7 + i / 256);
    assert_int_equal(ask(dma, 0), STATUS_SUCCESS);
    assert_int_equal(map(c.mdl, c.bytes + 0x100, &length, true),
                     memory_physical(system_current->machine, c.bytes + 0x100));
    assert_int_equal(length, 0x800);
    assert_true(grant_covers(system_current->machine,
                             memory_physical(system_current->machine, c.bytes + 0x100), 0x800,
                             PS_DMA_FROM_MEMORY));
    assert_int_equal(dma->DmaOperations->ReadDmaCounter(dma), 0x800);
    WRITE_PORT_UCHAR((PUCHAR)(extension->port + CARD_GO), 0x80);
    assert_int_equal(dma->DmaOperations->ReadDmaCounter(dma), 0x780);
    WRITE_PORT_UCHAR((PUCHAR)(extension->port + CARD_MANY), 8);
    assert_int_equal(READ_PORT_UCHAR((PUCHAR)(extension->port + CARD_COUNT)), 0x80); // it waits
    assert_memory_equal(the_card->data, c.bytes + 0x180, 0x780);
    assert_int_equal(dma->DmaOperations->ReadDmaCounter(dma), 0);
    assert_true(flush(c.mdl, c.bytes + 0x100, 0x800, true));
    give_back(dma);
    assert_int_equal(grant_count(system_current->machine), 0);
    client_end(&c);
}

PS_TEST(a_transfer_grants_its_memory_and_counts, "SV-102", "SB-93", "SB-105", "SB-113", "~VF-140",
        "~VF-145", "~VF-146", "~VF-148", "~VF-151", "~VF-153")
{
    clean(play_low);
}

// The card takes bytes between any two reads of the controller: half of a count is never of the other half.
static void moving(void)
{
    struct client c = client_new(0x1000, 0xFFFFFF);
    ULONG length = 0x0F07, last;
    PDMA_ADAPTER other = dma;

    dma = slave(1, TRUE, 0x4000, NULL);
    assert_int_equal(ask(dma, 0), STATUS_SUCCESS);
    map(c.mdl, c.bytes, &length, true);
    last = length;
    WRITE_PORT_UCHAR((PUCHAR)(extension->port + CARD_STREAM), 3);
    for (unsigned i = 0; i < 2000; i++) {
        ULONG left = dma->DmaOperations->ReadDmaCounter(dma);

        // Six to fourteen looks a reading, three bytes each.
        assert_in_range((last + length - left) % length, 6, 60);
        last = left;
    }
    WRITE_PORT_UCHAR((PUCHAR)(extension->port + CARD_STREAM), 0);
    assert_true(flush(c.mdl, c.bytes, length, true));
    give_back(dma);
    dma->DmaOperations->PutDmaAdapter(dma);
    dma = other;
    client_end(&c);
}

PS_TEST(a_count_is_read_in_one_piece, "SB-110", "SB-113", "SB-112")
{
    clean(moving);
}

// Memory that no ISA channel reaches.
static void bounce(void)
{
    struct client c = client_new(0x8000, UINT64_MAX);
    ULONG length = 0x2000;

    assert_int_equal(ask(dma, 2), STATUS_SUCCESS);
    for (int i = 0; i < 0x8000; i++)
        c.bytes[i] = (char)(i * 5 + i / 128);
    assert_in_range(map(c.mdl, c.bytes + 0x801, &length, true), 1, 0xFFFFFF);
    assert_int_equal(length, 0x2000);
    WRITE_PORT_UCHAR((PUCHAR)(extension->port + CARD_MANY), 0x20);
    assert_memory_equal(the_card->data, c.bytes + 0x801, 0x2000);
    assert_true(flush(c.mdl, c.bytes + 0x801, 0x2000, true));
    length = 0x1000;
    memset(c.bytes, 0, 0x8000);
    map(c.mdl, c.bytes + 0x10, &length, false);
    WRITE_PORT_UCHAR((PUCHAR)(extension->port + CARD_COUNT), 0xFF);
    assert_true(flush(c.mdl, c.bytes + 0x10, length, false));
    assert_int_equal((uint8_t)c.bytes[0x10], 0xA5);
    assert_int_equal((uint8_t)c.bytes[0x10 + 0xFE], 0xA5);
    give_back(dma);
    client_end(&c);
}

PS_TEST(memory_out_of_reach_goes_through_map_registers, "SV-102", "SB-96")
{
    static const enum memory_layout layouts[] = {LAYOUT_SCATTERED, LAYOUT_FRAGMENTED};

    for (unsigned i = 0; i < 2; i++) {
        struct kernel_rig rig = kernel_rig_new(2, chooser_round_robin());
        const struct machine_options options = {.layout = layouts[i], .high_bytes = 32 * MIB};
        struct ps_device_ops ops = card_ops;
        struct ps_device *device;

        machine_destroy(rig.system);
        assert_int_equal(machine_create(rig.system, &options), 0);
        ops.attach = card_attach;
        body = bounce;
        assert_int_equal(machine_attach(rig.system, &ops, &device), 0);
        kernel_rig_thread(&rig, "test", with_adapter, NULL);
        kernel_rig_run(&rig);
        nothing_left(&rig);
        kernel_rig_clean(&rig);
    }
}

static void shortened(void)
{
    struct client c = client_new(0x8000, 0xFFFFFF);
    ULONG length = 0x6000;

    assert_int_equal(ask(dma, 1), STATUS_SUCCESS);
    map(c.mdl, c.bytes + 0x20, &length, true);
    assert_in_range(length, 1, 0x6000); // what is one piece, or one register's worth
    assert_true(flush(c.mdl, c.bytes + 0x20, length, true));
    give_back(dma);
    client_end(&c);
}

PS_TEST(a_transfer_is_as_long_as_it_can_be, "SV-102")
{
    clean(shortened);
}

static void record(void)
{
    struct client c = client_new(0x1000, 0xFFFFFF);
    ULONG length = 0x400;

    memset(c.bytes, 0, 0x1000);
    assert_int_equal(ask(dma, 0), STATUS_SUCCESS);
    map(c.mdl, c.bytes, &length, false);
    WRITE_PORT_UCHAR((PUCHAR)(extension->port + CARD_COUNT), 16);
    assert_int_equal((uint8_t)c.bytes[15], 0xA5);
    assert_int_equal(c.bytes[16], 0);
    assert_int_equal(dma->DmaOperations->ReadDmaCounter(dma), 0x400 - 16);
    assert_true(flush(c.mdl, c.bytes, 0x400, false));
    WRITE_PORT_UCHAR((PUCHAR)(extension->port + CARD_COUNT), 16); // the channel is masked now
    assert_int_equal(READ_PORT_UCHAR((PUCHAR)(extension->port + CARD_COUNT)), 16);
    give_back(dma);
    client_end(&c);
}

PS_TEST(a_card_writes_where_the_transfer_is, "SV-102", "SB-98")
{
    clean(record);
}

// ---- misuse -------------------------------------------------------------------------------------

static void ask_twice(void)
{
    ask(dma, 0);
    ask(dma, 0);
    give_back(dma);
}

PS_TEST(a_second_channel_is_found, "VF-144")
{
    finds(ask_twice, "VF-144", 0x0B);
}

static void ask_too_many(void)
{
    assert_int_equal(ask(dma, 6), STATUS_INSUFFICIENT_RESOURCES); // five were promised
}

PS_TEST(more_map_registers_than_promised_are_found, "VF-144")
{
    finds(ask_too_many, "VF-144", 0x15);
}

static void ask_low(void)
{
    dma->DmaOperations->AllocateAdapterChannel(dma, fdo, 0, granted, NULL);
    give_back(dma);
}

PS_TEST(a_channel_is_asked_for_at_dispatch_level, "VF-150", "SV-102")
{
    finds(ask_low, "VF-150", 0x13);
}

static void put_with_channel(void)
{
    ask(dma, 0);
    dma->DmaOperations->PutDmaAdapter(dma);
    give_back(dma);
}

PS_TEST(putting_an_adapter_with_its_channel_is_found, "VF-143")
{
    finds(put_with_channel, "VF-143", 0x08);
}

static void put_with_registers(void)
{
    answer = DeallocateObjectKeepRegisters;
    ask(dma, 1);
    dma->DmaOperations->PutDmaAdapter(dma);
    free_registers(dma, registers, 1);
}

PS_TEST(putting_an_adapter_with_map_registers_is_found, "VF-143")
{
    finds(put_with_registers, "VF-143", 0x09);
}

static void free_twice(void)
{
    ask(dma, 0);
    give_back(dma);
    give_back(dma);
}

PS_TEST(freeing_a_channel_twice_is_found, "VF-142")
{
    finds(free_twice, "VF-142", 0x04);
}

static void free_others_registers(void)
{
    answer = DeallocateObjectKeepRegisters;
    ask(dma, 2);
    free_registers(dma, registers, 1);
    free_registers(dma, registers, 2);
}

PS_TEST(freeing_map_registers_that_are_not_there_is_found, "VF-142")
{
    finds(free_others_registers, "VF-142", 0x05);
}

static void with_transfer(void (*what)(struct client *c, ULONG length))
{
    struct client c = client_new(0x1000, 0xFFFFFF);
    ULONG length = 0x100;

    ask(dma, 1);
    map(c.mdl, c.bytes, &length, true);
    what(&c, length);
    client_end(&c);
}

static void just_free(struct client *c, ULONG length)
{
    give_back(dma);
}

static void unflushed(void)
{
    with_transfer(just_free);
}

PS_TEST(a_channel_freed_without_a_flush_is_found, "VF-145")
{
    finds(unflushed, "VF-145", 0x0D);
}

static void flush_elsewhere(struct client *c, ULONG length)
{
    assert_false(flush(c->mdl, c->bytes + 16, length, true));
    assert_true(flush(c->mdl, c->bytes, length, true));
    give_back(dma);
}

static void flushed_wrong(void)
{
    with_transfer(flush_elsewhere);
}

PS_TEST(a_flush_of_what_is_not_mapped_is_found, "VF-145")
{
    finds(flushed_wrong, "VF-145", 0x16);
}

static void flush_more(struct client *c, ULONG length)
{
    assert_true(flush(c->mdl, c->bytes, length + 1, true));
    give_back(dma);
}

static void flushed_too_much(void)
{
    with_transfer(flush_more);
}

PS_TEST(a_flush_past_what_is_mapped_is_found, "VF-140")
{
    finds(flushed_too_much, "VF-140", 0x00);
}

static void map_again(struct client *c, ULONG length)
{
    ULONG more = 0x100;

    assert_int_equal(map(c->mdl, c->bytes + 0x200, &more, true), 0);
    assert_int_equal(more, 0);
    flush(c->mdl, c->bytes, length, true);
    give_back(dma);
}

static void mapped_twice(void)
{
    with_transfer(map_again);
}

PS_TEST(a_second_mapping_is_found, "VF-148")
{
    finds(mapped_twice, "VF-148", 0x1D);
}

static void free_mapped(struct client *c, ULONG length)
{
    free_registers(dma, registers, 1);
    flush(c->mdl, c->bytes, length, true);
    give_back(dma);
}

static void freed_while_mapped(void)
{
    with_transfer(free_mapped);
}

PS_TEST(map_registers_freed_while_mapped_are_found, "VF-148")
{
    finds(freed_while_mapped, "VF-148", 0x10);
}

static void map_outside(void)
{
    struct client c = client_new(0x1000, 0xFFFFFF);
    ULONG length = 0x1001;

    ask(dma, 0);
    assert_int_equal(map(c.mdl, c.bytes, &length, true), 0);
    give_back(dma);
    client_end(&c);
}

PS_TEST(a_transfer_outside_its_mdl_is_found, "VF-151")
{
    finds(map_outside, "VF-151", 0x1B);
}

static void map_without(void)
{
    struct client c = client_new(0x1000, 0xFFFFFF);
    ULONG length = 0x100;

    assert_int_equal(map(c.mdl, c.bytes, &length, true), 0);
    client_end(&c);
}

PS_TEST(a_transfer_without_a_channel_is_found, "VF-153")
{
    finds(map_without, "VF-153", 0x22);
}
