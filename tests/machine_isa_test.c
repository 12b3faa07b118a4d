// SPDX-License-Identifier: MIT
//
// ISA cards in the simulated machine: fixed ports, a line of edges, slave DMA inside grants.
#include "tests/machine_card.h"
#include "tests/machine_tester.h"

static void put(const struct tester *t, uint64_t port, unsigned value)
{
    machine_port_write(t->system, port, 1, value);
}

static unsigned get(const struct tester *t, uint64_t port)
{
    return machine_port_read(t->system, port, 1);
}

// Channel 1 single mode, `bytes` from `physical` on.
static void program(const struct tester *t, unsigned mode, uint64_t physical, unsigned bytes)
{
    put(t, 0x0A, 5);
    put(t, 0x0C, 0);
    put(t, 0x0B, mode | 1);
    put(t, 0x02, physical & 0xFF);
    put(t, 0x02, physical >> 8 & 0xFF);
    put(t, 0x83, (unsigned)(physical >> 16));
    put(t, 0x03, (bytes - 1) & 0xFF);
    put(t, 0x03, (bytes - 1) >> 8);
    put(t, 0x0A, 1);
}

// A page below 16 MiB.
static uint64_t low_page(const struct tester *t)
{
    const struct page_request request = {.high = 0xFFFFFF, .count = 1};
    uint64_t pfn;

    assert_int_equal(memory_allocate(t->machine, &request, true, &pfn), 1);
    return pfn * MACHINE_PAGE;
}

static struct ps_device *card_on(const struct tester *t)
{
    struct ps_device *device = NULL;

    assert_int_equal(machine_attach(t->system, &card_ops, &device), 0);
    return device;
}

PS_TEST(a_card_has_what_its_identity_says, "SB-1")
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = card_on(&t);
    struct device_resource found[DEVICE_RESOURCES];

    assert_int_equal(device_resources(device, found, DEVICE_RESOURCES), 4);
    assert_int_equal(found[0].kind, RESOURCE_IO);
    assert_int_equal(found[0].start, CARD_PORT);
    assert_int_equal(found[0].length, 16);
    assert_int_equal(found[1].kind, RESOURCE_INTERRUPT);
    assert_int_equal(found[1].line, 5);
    assert_true(found[1].latched);
    assert_int_equal(found[2].kind, RESOURCE_CHANNEL);
    assert_int_equal(found[2].start, 1);
    assert_int_equal(found[3].start, 5);
    assert_string_equal(device_isa_id(device), "TST0001");
    assert_int_equal(get(&t, CARD_PORT + 9), 0x5A);
    assert_int_equal(get(&t, CARD_PORT + 16), 0xFF);
    assert_int_equal(pci_config_read(device, 0, 4), 0xFFFFFFFF);
    tester_destroy(&t);
}

PS_TEST(two_cards_cannot_have_the_same_ports)
{
    static const struct ps_isa_identity wrong[] = {
        {.id = "X", .port = CARD_PORT + 8, .ports = 16}, // taken
        {.id = "X", .port = 0x3F8, .ports = 16},         // beyond ten address lines
        {.id = "X", .port = 0x80, .ports = 16},          // the board's
        {.id = "X", .port = 0x300, .ports = 0},
        {.id = "X", .port = 0x300, .ports = 4, .interrupt = 16},
        {.id = "X", .port = 0x300, .ports = 4, .channel_count = 1, .channels = {4}},
        {.id = "X", .port = 0x300, .ports = 4, .channel_count = 5},
        {.port = 0x300, .ports = 4},
    };
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device;

    card_on(&t);
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        struct ps_device_ops ops = card_ops;

        ops.isa = &wrong[i];
        assert_int_equal(machine_attach(t.system, &ops, &device), i ? -EINVAL : -EBUSY);
    }
    assert_int_equal(machine_device_count(t.machine), 1);
    tester_destroy(&t);
}

PS_TEST(a_channel_moves_granted_memory, "SB-92", "SB-96")
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = card_on(&t);
    uint64_t physical = low_page(&t);
    uint8_t *bytes = memory_direct(t.machine, physical, 256);

    for (unsigned i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    grant_add(t.machine, physical, 4096, PS_DMA_FROM_MEMORY, 7);
    program(&t, 0x58, physical, 200);
    put(&t, CARD_PORT + CARD_GO, 50);
    assert_int_equal(get(&t, CARD_PORT + CARD_COUNT), 0);
    assert_true(device_interrupt_line(device)->asserted);
    put(&t, CARD_PORT + CARD_LOWER, 0);
    put(&t, CARD_PORT + CARD_GO, 20);
    program(&t, 0x54, physical, 200);
    put(&t, CARD_PORT + CARD_COUNT, 4); // no grant for that direction
    assert_int_equal(findings(&t), 1);
    assert_string_equal(last_finding(&t)->rule, "VF-11");
    assert_non_null(strstr(last_finding(&t)->text, "other direction"));
    grant_add(t.machine, physical, 4096, PS_DMA_TO_MEMORY, 7);
    program(&t, 0x54, physical, 200);
    put(&t, CARD_PORT + CARD_COUNT, 4);
    assert_int_equal(bytes[3], 0xA5);
    assert_int_equal(bytes[4], 4);
    assert_int_equal(findings(&t), 1);
    tester_destroy(&t);
}

PS_TEST(a_request_waits_until_the_channel_is_unmasked, "SB-98", "SB-23")
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = card_on(&t);
    uint64_t physical = low_page(&t);

    grant_add(t.machine, physical, 4096, PS_DMA_FROM_MEMORY, 7);
    program(&t, 0x48, physical, 30);
    put(&t, 0x0A, 5);
    put(&t, CARD_PORT + CARD_GO, 40);
    assert_int_equal(get(&t, CARD_PORT + CARD_COUNT), 40);
    assert_int_equal(get(&t, 0x08), 0x20); // and status shows it
    put(&t, 0x0A, 1);
    assert_int_equal(get(&t, CARD_PORT + CARD_COUNT), 10); // terminal count masks it again
    assert_false(device_interrupt_line(device)->asserted);
    program(&t, 0x48, physical, 30);
    assert_int_equal(get(&t, CARD_PORT + CARD_COUNT), 0);
    assert_true(device_interrupt_line(device)->asserted);
    tester_destroy(&t);
}

PS_TEST(a_channel_for_the_other_direction_moves_nothing, "SB-84")
{
    struct tester t = tester_create(NULL, 1);
    uint64_t physical = low_page(&t);
    uint8_t *bytes = memory_direct(t.machine, physical, 16);

    card_on(&t);
    grant_add(t.machine, physical, 4096, PS_DMA_FROM_MEMORY, 7);
    grant_add(t.machine, physical, 4096, PS_DMA_TO_MEMORY, 7);
    memset(bytes, 1, 16);
    program(&t, 0x48, physical, 16); // towards the card, which wants to write
    put(&t, CARD_PORT + CARD_COUNT, 16);
    assert_int_equal(bytes[0], 1);
    assert_int_equal(get(&t, CARD_PORT + CARD_COUNT), 0); // it counted nevertheless
    assert_int_equal(get(&t, 0x08) & 0x02, 0x02);
    assert_int_equal(findings(&t), 0);
    tester_destroy(&t);
}

PS_TEST(the_controller_stays_when_cards_are_gone)
{
    struct tester t = tester_create(NULL, 1);
    const struct machine_faults gone = {.gone_at = 1};

    card_on(&t);
    machine_set_faults(t.machine, &gone);
    put(&t, 0x02, 0x12);
    put(&t, 0x02, 0x34);
    assert_int_equal(get(&t, 0x02), 0x12);
    assert_int_equal(get(&t, CARD_PORT), 0xFF);
    assert_int_equal(get(&t, 0x02), 0x34);
    tester_destroy(&t);
}

PS_TEST(a_line_that_stays_high_asks_once, "SB-67")
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = card_on(&t);
    struct sched_interrupt *line = device_interrupt_line(device);
    struct machine_counts counts;

    assert_true(line->edge); // the scheduler takes the request back when it delivers it
    ps_device_interrupt(device, true);
    sched_interrupt_assert(t.system->sched, line, false);
    ps_device_interrupt(device, true);
    assert_false(line->asserted);
    ps_device_interrupt(device, false);
    ps_device_interrupt(device, true);
    assert_true(line->asserted);
    machine_get_counts(t.machine, &counts);
    assert_int_equal(counts.interrupts, 2);
    tester_destroy(&t);
}

PS_TEST(a_card_masters_no_bus)
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = card_on(&t);
    uint8_t byte;

    assert_false(ps_device_bus_master(device));
    assert_int_equal(ps_device_dma_read(device, low_page(&t), &byte, 1), -EFAULT);
    assert_string_equal(last_finding(&t)->rule, "BUS-MASTER");
    tester_destroy(&t);
}
