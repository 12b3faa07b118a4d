// SPDX-License-Identifier: MIT
//
// The HD Audio model on the simulated machine: configuration space, power, messages, sound from
// granted memory.
#include "models/models.h"
#include "tests/machine_tester.h"

enum { GCTL = 0x08, WAKEEN = 0x0C, STATESTS = 0x0E, INTCTL = 0x20, INTSTS = 0x24 };
enum { MEMORY_ENABLE = 2, BUS_MASTER = 4, INTX_OFF = 0x400 };
enum { POWER_CONTROL = 0x54, MSI_CONTROL = 0x62, MSI_ADDRESS = 0x64, MSI_DATA = 0x6C };

#define GIE 0x80000000u
#define CIE 0x40000000u

struct board {
    struct tester t;
    struct ps_device *device;
    uint64_t bar;
    unsigned delivered;
};

static void serve(struct sched_interrupt *line)
{
    struct board *board = line->context;
    board->delivered++;
}

static void time_over(struct sched_deadline *deadline)
{
    sched_stop(deadline->context);
}

static void pass(const struct board *board, uint64_t ns)
{
    struct sched *sched = board->t.system->sched;
    struct sched_deadline end = {.context = sched, .fire = time_over};

    assert_int_equal(sched_deadline_set(sched, &end, sched->now + ns), 0);
    assert_int_equal(sched_run(sched, SCHED_NEVER), SCHED_STOPPED);
}

static void put(const struct board *board, uint32_t offset, unsigned width, uint32_t value)
{
    machine_mmio_write(board->t.system, board->bar + offset, width, value);
}

static uint32_t get(const struct board *board, uint32_t offset, unsigned width)
{
    return machine_mmio_read(board->t.system, board->bar + offset, width);
}

static uint32_t config(const struct board *board, unsigned offset, unsigned width)
{
    return pci_config_read(board->device, offset, width);
}

static void board_ready(struct board *board)
{
    struct sched_interrupt *line;

    memset(board, 0, sizeof(*board));
    board->t = tester_create(NULL, 1);
    assert_int_equal(machine_attach(board->t.system, &hda_model, &board->device), 0);
    board->bar = config(board, 0x10, 4) & ~15u;
    line = device_interrupt_line(board->device);
    line->context = board;
    line->deliver = serve;
    line->masked = false;
    pci_config_write(board->device, 0x04, 2, MEMORY_ENABLE | BUS_MASTER);
}

// Out of reset, with an event that asks for an interrupt; INTCTL still lets none through.
static void wake_codec(const struct board *board)
{
    put(board, WAKEEN, 2, 1);
    put(board, GCTL, 4, 1);
    pass(board, 1000000);
    assert_int_equal(get(board, INTSTS, 4), GIE | CIE);
}

// ---- configuration space ------------------------------------------------------------------------

PS_TEST(the_function_shows_itself_on_the_bus, "HD-1", "HD-2", "HD-3", "HD-12")
{
    struct board board;
    struct ps_device *device;

    board_ready(&board);
    device = board.device;
    assert_int_equal(config(&board, 0x00, 4), 0x293E8086);
    assert_int_equal(config(&board, 0x08, 4), 0x04030003);
    assert_int_equal(config(&board, 0x06, 2), 0x0010);
    assert_int_equal(config(&board, 0x3D, 1), 1);
    assert_int_equal(config(&board, 0x10, 4), 0xE0000004);
    assert_int_equal(config(&board, 0x14, 4), 0);
    pci_config_write(device, 0x10, 4, UINT32_MAX);
    pci_config_write(device, 0x14, 4, UINT32_MAX);
    assert_int_equal(config(&board, 0x10, 4), 0xFFFFC004); // 16 KiB, anywhere in 64 bits
    assert_int_equal(config(&board, 0x14, 4), UINT32_MAX);
    pci_config_write(device, 0x04, 2, 0xFFFF);
    assert_int_equal(config(&board, 0x04, 2), 0x0406);
    pci_config_write(device, 0x2C, 4, 0x12345678);
    pci_config_write(device, 0x2C, 4, 0);
    assert_int_equal(config(&board, 0x2C, 4), 0x12345678);
    tester_destroy(&board.t);
}

PS_TEST(registers_answer_above_4_gib, "HD-4")
{
    struct board board;

    board_ready(&board);
    pci_config_write(board.device, 0x14, 4, 0x10);
    assert_int_equal(get(&board, 0x00, 2), 0xFFFF);
    board.bar += 0x10ull << 32;
    assert_int_equal(get(&board, 0x00, 2), 0x4401);
    assert_int_equal(get(&board, 0x03, 1), 0x01);
    tester_destroy(&board.t);
}

PS_TEST(capabilities_are_a_list, "HD-5", "HD-6", "HD-7", "HD-11")
{
    struct board board;
    unsigned at, ids[3] = {0}, count = 0;

    board_ready(&board);
    for (at = config(&board, 0x34, 1); at && count < 3; at = config(&board, at + 1, 1))
        ids[count++] = config(&board, at, 1);
    assert_int_equal(at, 0);
    assert_int_equal(ids[0], 0x01);
    assert_int_equal(ids[1], 0x05);
    assert_int_equal(ids[2], 0x10);
    assert_int_equal(config(&board, 0x52, 2), 0xC842);
    assert_int_equal(config(&board, MSI_CONTROL, 2), 0x0080);
    pci_config_write(board.device, 0x40, 1, 0);
    assert_int_equal(config(&board, 0x40, 1), 1);
    pci_config_write(board.device, 0x44, 1, 0xFF);
    assert_int_equal(config(&board, 0x44, 1), 0x07);
    pci_config_write(board.device, 0x78, 2, 0);
    assert_int_equal(config(&board, 0x78, 2), 0);
    tester_destroy(&board.t);
}

// ---- interrupts ---------------------------------------------------------------------------------

PS_TEST(the_line_is_a_level, "HD-83", "HD-84")
{
    struct board board;

    board_ready(&board);
    wake_codec(&board);
    pci_config_write(board.device, 0x04, 2, MEMORY_ENABLE | BUS_MASTER | INTX_OFF);
    put(&board, INTCTL, 4, GIE | CIE);
    assert_false(device_interrupt_line(board.device)->asserted);
    assert_int_equal(config(&board, 0x06, 2), 0x0018); // pending nevertheless
    pci_config_write(board.device, 0x04, 2, MEMORY_ENABLE | BUS_MASTER);
    assert_true(device_interrupt_line(board.device)->asserted);
    put(&board, INTSTS, 4, UINT32_MAX); // read-only
    assert_true(device_interrupt_line(board.device)->asserted);
    put(&board, STATESTS, 2, 1);
    assert_false(device_interrupt_line(board.device)->asserted);
    assert_int_equal(config(&board, 0x06, 2), 0x0010);
    tester_destroy(&board.t);
}

PS_TEST(a_message_is_written_for_each_rise, "HD-9", "HD-11", "HD-83")
{
    struct board board;
    uint64_t pfn;
    uint32_t *mailbox;

    board_ready(&board);
    take(&board.t, 1, &pfn);
    mailbox = memory_direct(board.t.machine, pfn * MACHINE_PAGE, 4);
    *mailbox = 0;
    grant_add(board.t.machine, pfn * MACHINE_PAGE, 4, PS_DMA_TO_MEMORY, 1);
    pci_config_write(board.device, MSI_ADDRESS, 4, (uint32_t)(pfn * MACHINE_PAGE));
    pci_config_write(board.device, MSI_ADDRESS + 4, 4, (uint32_t)(pfn * MACHINE_PAGE >> 32));
    pci_config_write(board.device, MSI_DATA, 2, 0x4151);
    pci_config_write(board.device, MSI_CONTROL, 2, 1);
    wake_codec(&board);
    assert_int_equal(*mailbox, 0);
    put(&board, INTCTL, 4, GIE | CIE);
    assert_int_equal(*mailbox, 0x4151);
    assert_false(device_interrupt_line(board.device)->asserted); // instead of the line
    *mailbox = 0;
    put(&board, INTCTL, 4, GIE | CIE | 1);
    assert_int_equal(*mailbox, 0); // it stayed high
    put(&board, INTCTL, 4, CIE);
    put(&board, INTCTL, 4, GIE | CIE);
    assert_int_equal(*mailbox, 0x4151);
    *mailbox = 0;
    pci_config_write(board.device, MSI_CONTROL, 2, 0); // off: the line again
    assert_true(device_interrupt_line(board.device)->asserted);
    assert_int_equal(findings(&board.t), 0);
    tester_destroy(&board.t);
}

PS_TEST(a_message_to_the_processors_is_delivered_once, "HD-9", "HD-83")
{
    struct board board;

    board_ready(&board);
    pci_config_write(board.device, MSI_ADDRESS, 4, 0xFEE00000);
    pci_config_write(board.device, MSI_CONTROL, 2, 1);
    wake_codec(&board);
    put(&board, INTCTL, 4, GIE | CIE);
    pass(&board, 1000000);
    assert_int_equal(board.delivered, 1); // though nobody cleared its source
    put(&board, STATESTS, 2, 1);
    pass(&board, 1000000);
    assert_int_equal(board.delivered, 1);
    tester_destroy(&board.t);
}

// ---- power --------------------------------------------------------------------------------------

PS_TEST(d3_loses_the_registers_and_keeps_configuration, "HD-8", "HD-17")
{
    struct board board;

    board_ready(&board);
    pci_config_write(board.device, 0x2C, 4, 0x12345678);
    wake_codec(&board);
    put(&board, 0x100 + 8, 4, 4096);
    put(&board, INTCTL, 4, GIE | CIE | 0xFF);
    assert_true(device_interrupt_line(board.device)->asserted);
    pci_config_write(board.device, POWER_CONTROL, 2, 1); // no D1
    assert_int_equal(config(&board, POWER_CONTROL, 2), 0);
    pci_config_write(board.device, POWER_CONTROL, 2, 2);
    assert_int_equal(config(&board, POWER_CONTROL, 2), 0);
    pci_config_write(board.device, POWER_CONTROL, 2, 3);
    assert_int_equal(config(&board, POWER_CONTROL, 2), 3);
    assert_false(device_interrupt_line(board.device)->asserted);
    assert_int_equal(get(&board, GCTL, 4), UINT32_MAX); // decoding is off
    put(&board, WAKEEN, 2, 0);
    pci_config_write(board.device, POWER_CONTROL, 2, 0);
    assert_int_equal(get(&board, GCTL, 4), 0);
    assert_int_equal(get(&board, WAKEEN, 2), 1);
    assert_int_equal(get(&board, STATESTS, 2), 1);
    assert_int_equal(get(&board, INTCTL, 4), GIE | CIE);
    assert_true(device_interrupt_line(board.device)->asserted);
    assert_int_equal(get(&board, 0x100 + 8, 4), 0);
    assert_int_equal(config(&board, 0x2C, 4), 0x12345678);
    assert_int_equal(config(&board, 0x04, 2), MEMORY_ENABLE | BUS_MASTER);
    assert_int_equal(config(&board, 0x10, 4), board.bar | 4);
    put(&board, GCTL, 4, 1);
    pass(&board, 1000000);
    assert_int_equal(get(&board, GCTL, 4), 1);
    tester_destroy(&board.t);
}
