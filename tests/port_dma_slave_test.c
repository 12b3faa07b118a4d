// SPDX-License-Identifier: MIT
//
// Subordinate DMA channels: a buffer that goes round and round through a channel of the 8237 pair,
// for an ISA card.
#include "port/port.h"
#include "tests/adapter_rig.h"
#include "tests/machine_card.h"

enum { NARROW, WIDE }; // the card's DMA entries: channels 1 and 5

static PRESOURCELIST list;
static PDMACHANNELSLAVE channel;
static void (*body)(void);
static struct card *card;

static int card_attach(struct ps_device *device, void *state)
{
    card = state;
    return 0;
}

static NTSTATUS NTAPI keep_resources(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    list = resources;
    COM_CALL(list, AddRef);
    return STATUS_SUCCESS;
}

static NTSTATUS make(PRESOURCELIST resources, ULONG index, PDMACHANNELSLAVE *out)
{
    return slave_dma_channel_new(out, NULL, adapter->pdo, resources, index, 0x4000, FALSE,
                                 Compatible, NULL);
}

static void with_channel(void)
{
    assert_int_equal(make(list, NARROW, &channel), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(channel, AllocateBuffer, 0x1000, NULL), STATUS_SUCCESS);
    body();
    if (channel)
        assert_int_equal(COM_CALL(channel, Release), 0);
    COM_CALL(list, Release);
}

static struct adapter on_card(void (*what)(void))
{
    static struct ps_device_ops ops;

    ops = card_ops;
    ops.attach = card_attach;
    body = what;
    return (struct adapter){.start = keep_resources, .body = with_channel, .device = &ops};
}

static void try_body(void (*what)(void))
{
    struct adapter a = on_card(what);

    adapter_run(&a);
    assert_int_equal(a.started, STATUS_SUCCESS);
}

static void finds(void (*what)(void), const char *rule)
{
    struct adapter a = on_card(what);

    adapter_finds(&a, rule);
}

static uint8_t *buffer(void)
{
    return COM_CALL(channel, SystemAddress);
}

static void card_take(ULONG bytes)
{
    machine_port_write(adapter->system, CARD_PORT + CARD_GO, 1, bytes);
}

// ---- making one
// ------------------------------------------------------------------------------------

static void entries(void)
{
    PHYSICAL_ADDRESS address;
    PDMACHANNELSLAVE wide;

    assert_int_equal(make(NULL, NARROW, &wide), STATUS_INVALID_PARAMETER);
    assert_null(wide);
    assert_int_equal(make(list, 2, &wide), STATUS_INVALID_PARAMETER);
    assert_int_equal(make(list, WIDE, &wide), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(wide, AllocateBuffer, 0x4000, NULL), STATUS_SUCCESS);
    COM_CALL(wide, PhysicalAddress, &address);
    assert_in_range(address.QuadPart + 0x3FFF, 0x3FFF, 0xFFFFFF);
    assert_int_equal(COM_CALL(wide, Start, 0x1001, TRUE), STATUS_INVALID_PARAMETER); // no words
    assert_int_equal(COM_CALL(wide, Start, 0x1002, TRUE), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(wide, ReadCounter), 0x1002);
    assert_int_equal(COM_CALL(channel, Start, 0x100, TRUE), STATUS_SUCCESS); // each has its own
    assert_int_equal(COM_CALL(wide, ReadCounter), 0x1002);
    assert_int_equal(COM_CALL(channel, Stop), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(wide, Stop), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(wide, Release), 0);
}

PS_TEST(the_index_chooses_an_entry_of_the_resources, "WC-31", "SB-96")
{
    try_body(entries);
}

static void interfaces(void)
{
    DEVICE_DESCRIPTION description = {.Version = DEVICE_DESCRIPTION_VERSION, .Master = TRUE};
    PDMACHANNEL master;
    PVOID out;

    assert_int_equal(COM_CALL(channel, QueryInterface, &IID_IDmaChannelSlave, &out),
                     STATUS_SUCCESS);
    assert_ptr_equal(out, channel);
    COM_CALL(channel, Release);
    assert_int_equal(COM_CALL(channel, QueryInterface, &IID_IDmaChannel, &out), STATUS_SUCCESS);
    COM_CALL(channel, Release);
    assert_int_equal(dma_channel_new(&master, NULL, adapter->pdo, &description, NULL), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(master, QueryInterface, &IID_IDmaChannelSlave, &out),
                     STATUS_INVALID_PARAMETER);
    COM_CALL(master, Release);
}

PS_TEST(slaves_answer_to_their_interface, "WC-7")
{
    try_body(interfaces);
}

// ---- transfers
// -------------------------------------------------------------------------------------

static void round_and_round(void)
{
    for (unsigned i = 0; i < 0x1000; i++)
        buffer()[i] = (uint8_t)(i * 3);
    assert_int_equal(COM_CALL(channel, ReadCounter), 0);
    assert_int_equal(COM_CALL(channel, TransferCount), 0);
    assert_int_equal(COM_CALL(channel, Start, 0x100, TRUE), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(channel, TransferCount), 0x100);
    assert_int_equal(COM_CALL(channel, ReadCounter), 0x100);
    card_take(0x60);
    assert_int_equal(COM_CALL(channel, ReadCounter), 0xA0);
    card_take(0x9F);
    assert_int_equal(COM_CALL(channel, ReadCounter), 0x01);
    card_take(0x41);
    assert_int_equal(COM_CALL(channel, ReadCounter), 0xC0); // begun again
    assert_memory_equal(card->data + 1, buffer(), 0x40);
    assert_int_equal(card->data[0], buffer()[0xFF]);
    assert_int_equal(COM_CALL(channel, Start, 0x80, TRUE), STATUS_UNSUCCESSFUL);
    assert_int_equal(COM_CALL(channel, TransferCount), 0x100); // nothing changed
    assert_int_equal(COM_CALL(channel, Stop), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(channel, ReadCounter), 0);
    assert_int_equal(COM_CALL(channel, TransferCount), 0);
    card_take(1); // masked: it waits
    assert_int_equal(card->wanted, 1);
    assert_int_equal(COM_CALL(channel, Stop), STATUS_SUCCESS); // again
}

PS_TEST(a_started_channel_goes_round_its_buffer, "WC-35", "WC-36", "WC-37", "WC-38", "SB-56")
{
    try_body(round_and_round);
}

static void towards_memory(void)
{
    memset(buffer(), 0, 0x100);
    assert_int_equal(COM_CALL(channel, Start, 0x100, FALSE), STATUS_SUCCESS);
    machine_port_write(adapter->system, CARD_PORT + CARD_COUNT, 1, 5);
    assert_int_equal(buffer()[4], 0xA5);
    assert_int_equal(buffer()[5], 0);
    assert_int_equal(COM_CALL(channel, Stop), STATUS_SUCCESS);
}

PS_TEST(a_channel_writes_when_it_is_told_so, "WC-35")
{
    try_body(towards_memory);
}

static void sizes(void)
{
    assert_int_equal(COM_CALL(channel, Start, 0, TRUE), STATUS_INVALID_PARAMETER);
    assert_int_equal(COM_CALL(channel, Start, 0x1001, TRUE), STATUS_INVALID_PARAMETER);
    assert_int_equal(COM_CALL(channel, TransferCount), 0);
    assert_int_equal(COM_CALL(channel, Start, 0x1000, TRUE), STATUS_SUCCESS);
    assert_int_equal(COM_CALL(channel, Stop), STATUS_SUCCESS);
    COM_CALL(channel, FreeBuffer);
    assert_int_equal(COM_CALL(channel, Start, 1, TRUE), STATUS_INVALID_PARAMETER); // no buffer
}

PS_TEST(a_start_takes_no_more_than_the_buffer, "WC-35")
{
    try_body(sizes);
}

static void waiting(void)
{
    uint64_t before;

    assert_int_equal(COM_CALL(channel, WaitForTC, 1000), STATUS_SUCCESS); // nothing runs
    COM_CALL(channel, Start, 0x100, TRUE);
    before = adapter->system->sched->now;
    assert_int_equal(COM_CALL(channel, WaitForTC, 1009), STATUS_UNSUCCESSFUL);
    assert_in_range(adapter->system->sched->now - before, 1000000, 2000000);
    before = adapter->system->sched->now;
    assert_int_equal(COM_CALL(channel, WaitForTC, 9), STATUS_UNSUCCESSFUL); // one look
    assert_in_range(adapter->system->sched->now - before, 0, 9999);
    machine_port_write(adapter->system, CARD_PORT + CARD_STREAM, 1, 7);
    assert_int_equal(COM_CALL(channel, WaitForTC, 1000), STATUS_SUCCESS);
    machine_port_write(adapter->system, CARD_PORT + CARD_STREAM, 1, 0);
    COM_CALL(channel, Stop);
}

PS_TEST(waiting_for_the_end_ends, "WC-39")
{
    try_body(waiting);
}

// ---- levels, the end
// -------------------------------------------------------------------------------

static void at_dispatch(void)
{
    KIRQL old;

    COM_CALL(channel, Start, 0x100, TRUE);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    card_take(0x10);
    assert_int_equal(COM_CALL(channel, ReadCounter), 0xF0);
    assert_int_equal(COM_CALL(channel, Stop), STATUS_SUCCESS);
    KeLowerIrql(old);
}

PS_TEST(positions_and_ends_come_at_dispatch_level, "WC-40")
{
    try_body(at_dispatch);
}

static void start_at_dispatch(void)
{
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    COM_CALL(channel, WaitForTC, 10);
    KeLowerIrql(old);
}

PS_TEST(waiting_at_dispatch_level_is_found, "WC-40", "WC-39")
{
    finds(start_at_dispatch, "VF-20");
}

static void release_started(void)
{
    COM_CALL(channel, Start, 0x100, TRUE);
    COM_CALL(channel, Release);
    channel = NULL;
}

PS_TEST(a_started_channel_that_is_released_is_stopped_and_found, "WC-38")
{
    finds(release_started, "WC-38");
}

static void starve(void)
{
    if (!NT_SUCCESS(make(list, NARROW, &channel))) {
        COM_CALL(list, Release);
        return;
    }
    if (NT_SUCCESS(COM_CALL(channel, AllocateBuffer, 0x1000, NULL)) &&
        NT_SUCCESS(COM_CALL(channel, Start, 0x800, TRUE)))
        COM_CALL(channel, Stop);
    COM_CALL(channel, Release);
    COM_CALL(list, Release);
}

PS_TEST(each_allocation_of_a_subordinate_channel_fails)
{
    struct adapter a = on_card(NULL);

    a.body = starve;
    adapter_starve(&a);
}
