// SPDX-License-Identifier: MIT
//
// The PCI bus: configuration space, BARs, decoding, interrupt lines, attaching models.
#include "base/trace.h"
#include "tests/machine_tester.h"

static uint64_t undecoded(const struct tester *t)
{
    struct machine_counts counts;

    machine_get_counts(t->machine, &counts);
    return counts.undecoded;
}

// ---- configuration space --------------------------------------------------------------------

PS_TEST(the_header_says_what_the_model_says)
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = copier_on(&t);

    assert_int_equal(pci_config_read(device, 0, 4), 0xc0b11234);
    assert_int_equal(pci_config_read(device, 2, 2), 0xc0b1);
    assert_int_equal(pci_config_read(device, 6, 2), 0x0280);
    assert_int_equal(pci_config_read(device, 8, 1), 3);
    assert_int_equal(pci_config_read(device, 0xb, 1), 0x08);
    assert_int_equal(pci_config_read(device, 0xe, 1), 0); // header type
    assert_int_equal(pci_config_read(device, 0x3d, 1), 1);
    assert_int_equal(pci_config_read(device, 0x40, 4), 0);
    assert_int_equal(pci_config_read(device, 0xfc, 4), 0);
    tester_destroy(&t);
}

PS_TEST(bars_are_sized_by_writing_ones)
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = copier_on(&t);
    uint32_t io = pci_config_read(device, 0x10, 4), memory = pci_config_read(device, 0x14, 4);

    pci_config_write(device, 0x10, 4, UINT32_MAX);
    pci_config_write(device, 0x14, 4, UINT32_MAX);
    pci_config_write(device, 0x18, 4, UINT32_MAX);
    assert_int_equal(pci_config_read(device, 0x10, 4), 0x0000fff1); // 16 bytes of I/O
    assert_int_equal(pci_config_read(device, 0x14, 4), 0xffffe000); // 8 KiB of memory
    assert_int_equal(pci_config_read(device, 0x18, 4), 0);          // no such BAR
    pci_config_write(device, 0x10, 4, io);
    pci_config_write(device, 0x14, 4, memory);
    assert_int_equal(pci_config_read(device, 0x10, 4), 0xc001);
    assert_int_equal(pci_config_read(device, 0x14, 4), 0xe0000000);
    tester_destroy(&t);
}

PS_TEST(read_only_registers_stay)
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = copier_on(&t);

    for (unsigned offset = 0; offset < 256; offset += 4) {
        uint32_t before = pci_config_read(device, offset, 4);
        bool writable =
            offset == 4 || (offset >= 0x10 && offset < 0x18) || offset == 0x2c || offset == 0x3c;

        pci_config_write(device, offset, 4, ~before);
        assert_true(writable || pci_config_read(device, offset, 4) == before);
    }
    assert_int_equal(pci_config_read(device, 4, 2),
                     0x0404); // inverted where it can be set: 0003h was there
    assert_int_equal(pci_config_read(device, 0x3d, 1), 1);
    tester_destroy(&t);
}

PS_TEST(subsystem_ids_are_written_once)
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = copier_on(&t);

    pci_config_write(device, 0x2c, 2, 0x1111);
    pci_config_write(device, 0x2c, 2, 0x2222);
    assert_int_equal(pci_config_read(device, 0x2c, 4), 0x1111);
    pci_config_write(device, 0x2e, 2, 0x3333);
    pci_config_write(device, 0x2c, 4, 0);
    assert_int_equal(pci_config_read(device, 0x2c, 4), 0x33331111);
    pci_config_write(device, 0x3c, 1, 42);
    assert_int_equal(pci_config_read(device, 0x3c, 1), 42); // scratch for software
    tester_destroy(&t);
}

PS_TEST(status_bits_are_cleared_by_ones)
{
    struct ps_device_ops ops = copier_ops;
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device;

    ops.pci.status = 0xf980;
    assert_int_equal(machine_attach(t.system, &ops, &device), 0);
    pci_config_write(device, 6, 2, 0x2080);
    assert_int_equal(pci_config_read(device, 6, 2), 0xd980);
    pci_config_write(device, 6, 1, 0xff);
    pci_config_write(device, 7, 1, 0xff);
    assert_int_equal(pci_config_read(device, 6, 2), 0x0080);
    tester_destroy(&t);
}

PS_TEST(hostile_configuration_cycles_reach_nothing)
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = copier_on(&t);
    const unsigned bad[][2] = {{1, 2},       {2, 4},          {3, 4},   {256, 1},
                               {0x10000, 4}, {UINT32_MAX, 1}, {0, 0},   {0, 3},
                               {0, 8},       {4, UINT32_MAX}, {255, 2}, {0x3e, 4}};

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        uint32_t ones = bad[i][1] == 1 ? 0xff : bad[i][1] == 2 ? 0xffff : UINT32_MAX;

        pci_config_write(device, bad[i][0], bad[i][1], 0);
        assert_int_equal(pci_config_read(device, bad[i][0], bad[i][1]), ones);
    }
    assert_int_equal(pci_config_read(device, 4, 2), 3);
    assert_int_equal(copier->commands, 0);
    tester_destroy(&t);
}

PS_TEST(the_model_hears_of_command_changes)
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = copier_on(&t);

    pci_config_write(device, 4, 1, 0xff);
    assert_int_equal(copier->commands, 1);
    assert_int_equal(copier->last_command, 7);
    pci_config_write(device, 4, 1, 0xff);
    assert_int_equal(copier->commands, 1); // no change
    pci_config_write(device, 4, 4, 0);
    assert_int_equal(copier->last_command, 0);
    tester_destroy(&t);
}

// ---- decoding -------------------------------------------------------------------------------

PS_TEST(registers_answer_through_ports_and_memory, "SV-110")
{
    struct tester t = tester_create(NULL, 1);

    copier_on(&t);
    assert_int_equal(machine_port_read(t.system, 0xc000, 4), 0xfeed);
    assert_int_equal(machine_port_read(t.system, 0xc000, 2), 0xfeed);
    assert_int_equal(machine_port_read(t.system, 0xc000, 1), 0xed); // cut to the width
    machine_port_write(t.system, 0xc004, 4, 0x12345678);
    assert_int_equal(machine_mmio_read(t.system, 0xe0000004, 4), 0x12345678);
    machine_mmio_write(t.system, 0xe0000008, 1, 0xabcdef);
    assert_int_equal(machine_port_read(t.system, 0xc008, 4), 0xef);
    assert_int_equal(undecoded(&t), 0);
    tester_destroy(&t);
}

static uint64_t time_of_reads(const struct tester *t, uint64_t port, unsigned count)
{
    uint64_t began = t->system->sched->now;

    for (unsigned i = 0; i < count; i++)
        assert_int_equal(machine_port_read(t->system, port, 1), 0xff);
    return t->system->sched->now - began;
}

// So that a driver that waits for ever for a device that has gone is found in a moment.
PS_TEST(time_goes_faster_for_a_loop_that_nobody_answers, "SV-110")
{
    struct tester t = tester_create(NULL, 1);

    copier_on(&t);
    assert_in_range(time_of_reads(&t, 0xbfff, 4096), 4096000, 4096999);
    assert_in_range(time_of_reads(&t, 0xbfff, 100), 98000000, 101000000);
    assert_in_range(time_of_reads(&t, 0xbffe, 4096), 4096000, 4096999); // another one
    tester_destroy(&t);
}

PS_TEST(nothing_answers_with_all_ones, "SV-110")
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = copier_on(&t);

    assert_int_equal(machine_port_read(t.system, 0xbfff, 1), 0xff);
    assert_int_equal(machine_port_read(t.system, 0xc010, 2), 0xffff);
    assert_int_equal(machine_port_read(t.system, 0xc00e, 4), UINT32_MAX); // reaches over the end
    assert_int_equal(machine_port_read(t.system, 0xc000, 3), UINT32_MAX); // no such width
    assert_int_equal(machine_mmio_read(t.system, 0xe0002000, 4), UINT32_MAX);
    assert_int_equal(machine_mmio_read(t.system, UINT64_MAX, 4), UINT32_MAX);
    machine_port_write(t.system, 0xc00e, 4, 0);
    machine_mmio_write(t.system, 0xc000, 4, 0); // a port is no memory
    machine_mmio_write(t.system, 0xe0000000, 3, 0);
    machine_port_write(t.system, 0xc000, 0, 0);
    assert_int_equal(undecoded(&t), 10);
    assert_int_equal(copier->registers[COPIER_FROM], 0xfeed);

    pci_config_write(device, 4, 2, 2); // I/O decoding off
    machine_port_write(t.system, 0xc000, 4, 1);
    assert_int_equal(machine_port_read(t.system, 0xc000, 4), UINT32_MAX);
    assert_int_equal(machine_mmio_read(t.system, 0xe0000000, 4), 0xfeed);
    pci_config_write(device, 4, 2, 1); // memory decoding off
    assert_int_equal(machine_port_read(t.system, 0xc000, 4), 0xfeed);
    assert_int_equal(machine_mmio_read(t.system, 0xe0000000, 4), UINT32_MAX);
    tester_destroy(&t);
}

PS_TEST(decoding_follows_the_bar)
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = copier_on(&t);

    pci_config_write(device, 0x10, 4, 0x8007); // the low bits are not there
    assert_int_equal(machine_port_read(t.system, 0x8000, 4), 0xfeed);
    assert_int_equal(machine_port_read(t.system, 0xc000, 4), UINT32_MAX);
    pci_config_write(device, 0x10, 4, 0); // unassigned
    assert_int_equal(machine_port_read(t.system, 0, 4), 0); // the board's own, not the device
    tester_destroy(&t);
}

PS_TEST(an_access_costs_time)
{
    struct tester t = tester_create(NULL, 1);
    uint64_t before = t.system->sched->now;

    machine_port_read(t.system, 0, 1);
    assert_int_equal(t.system->sched->now - before, sched_costs[COST_PORT_IO]);
    machine_mmio_write(t.system, 0, 4, 0);
    assert_int_equal(t.system->sched->now - before,
                     sched_costs[COST_PORT_IO] + sched_costs[COST_MMIO]);
    tester_destroy(&t);
}

PS_TEST(the_trace_shows_register_accesses)
{
    struct tester t = tester_create(NULL, 1);
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);

    copier_on(&t);
    assert_int_equal(trace_open(t.system, file), 0);
    machine_port_write(t.system, 0xc004, 4, 4711);
    machine_mmio_read(t.system, 0xe0000004, 4);
    assert_int_equal(trace_close(t.system), 0);
    fclose(file);
    assert_non_null(strstr(text, "port write"));
    assert_non_null(strstr(text, "mmio read"));
    assert_non_null(strstr(strstr(text, "mmio read"), "4711"));
    free(text);
    tester_destroy(&t);
}

PS_TEST(register_space_is_mapped_without_access)
{
    struct tester t = tester_create(NULL, 1);
    uint8_t *at, *page;

    copier_on(&t);
    at = machine_io_map(t.machine, 0xe0000ff0,
                        0x20); // the end of one page, the beginning of the next
    assert_non_null(at);
    assert_int_equal((uintptr_t)at % MACHINE_PAGE, 0xff0);
    assert_int_equal(machine_io_decode(t.machine, at), 0xe0000ff0);
    assert_int_equal(machine_io_decode(t.machine, at + 0x1f), 0xe000100f);
    assert_int_equal(memory_physical(t.machine, at), MACHINE_NOWHERE);
    assert_int_equal(view_mappings(t.machine), 0);
    page = at - 0xff0;
    assert_int_equal(machine_io_decode(t.machine, page - 1), MACHINE_NOWHERE);
    assert_int_equal(machine_io_decode(t.machine, page + 2 * MACHINE_PAGE), MACHINE_NOWHERE);
    assert_int_equal(machine_io_decode(t.machine, NULL), MACHINE_NOWHERE);
    assert_false(view_unmap(t.machine, page, 2));
    assert_false(machine_io_unmap(t.machine, at, 0x10)); // one page of two
    assert_false(machine_io_unmap(t.machine, at, SIZE_MAX));
    assert_false(machine_io_unmap(t.machine, NULL, 1));
    assert_true(machine_io_unmap(t.machine, at, 0x20));
    assert_int_equal(machine_io_decode(t.machine, at), MACHINE_NOWHERE);
    assert_false(machine_io_unmap(t.machine, at, 0x20));
    tester_destroy(&t);
}

PS_TEST(only_registers_can_be_mapped_as_registers)
{
    struct tester t = tester_create(NULL, 1);
    struct fault_plan plan = {.fail_at = 1};

    copier_on(&t);
    assert_null(machine_io_map(t.machine, 0xe0000000, 8193));
    assert_null(machine_io_map(t.machine, 0xe0000000, 0));
    assert_null(machine_io_map(t.machine, 0xe0000001, SIZE_MAX));
    assert_null(machine_io_map(t.machine, MIB, 16));
    assert_null(machine_io_map(t.machine, 0xc000, 16));
    t.system->fault = &plan;
    assert_null(machine_io_map(t.machine, 0xe0000000, 16));
    assert_non_null(machine_io_map(t.machine, 0xe0000000, 16));
    tester_destroy(&t);
}

// ---- attaching ------------------------------------------------------------------------------

PS_TEST(devices_do_not_overlap)
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *a = copier_on(&t), *b = copier_on(&t);
    struct device_resource of_a[3], of_b[3];

    assert_int_equal(machine_device_count(t.machine), 2);
    assert_ptr_equal(machine_device(t.machine, 1), b);
    assert_null(machine_device(t.machine, 2));
    assert_int_equal(device_resources(a, of_a, 3), 3);
    assert_int_equal(device_resources(b, of_b, 3), 3);
    assert_int_equal(of_a[0].kind, RESOURCE_IO);
    assert_int_equal(of_a[0].start, 0xc000);
    assert_int_equal(of_a[0].length, 16);
    assert_true(of_b[0].start >= of_a[0].start + of_a[0].length);
    assert_int_equal(of_a[1].kind, RESOURCE_MEMORY);
    assert_int_equal(of_a[1].start, 0xe0000000);
    assert_true(of_b[1].start >= of_a[1].start + of_a[1].length);
    assert_int_equal(of_a[2].kind, RESOURCE_INTERRUPT);
    assert_true(of_b[2].start != of_a[2].start && of_b[2].irql != of_a[2].irql);
    assert_in_range(of_a[2].irql, IRQL_DEVICE_FIRST, IRQL_DEVICE_LAST);
    memset(of_b, 0xcc, sizeof(of_b));
    assert_int_equal(device_resources(a, of_b, 1), 3); // tells how many there are
    assert_int_equal(of_b[1].start, 0xcccccccccccccccc);
    assert_ptr_equal(device_ops(a), &copier_ops);
    tester_destroy(&t);
}

PS_TEST(a_bar_lies_on_a_multiple_of_its_size)
{
    struct ps_device_ops small = copier_ops;
    struct tester t = tester_create(NULL, 1);
    struct device_resource resources[3];
    struct ps_device *device;

    small.pci.bars[1].size = 16;
    assert_int_equal(machine_attach(t.system, &small, &device), 0);
    device = copier_on(&t);
    assert_int_equal(device_resources(device, resources, 3), 3);
    assert_int_equal(resources[1].start, 0xe0002000);
    assert_int_equal(machine_mmio_read(t.system, 0xe0002000, 4), 0xfeed);
    tester_destroy(&t);
}

static struct machine *synced_from_within;

static uint32_t read_and_sync(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                              unsigned width)
{
    device_sync_all(synced_from_within);
    return 1;
}

PS_TEST(a_model_is_not_entered_twice)
{
    struct ps_device_ops ops = copier_ops;
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device;

    ops.read = read_and_sync;
    assert_int_equal(machine_attach(t.system, &ops, &device), 0);
    synced_from_within = t.machine;
    assert_int_equal(machine_port_read(t.system, 0xc000, 1), 1);
    assert_int_equal(copier->syncs, 0);
    device_sync_all(t.machine);
    assert_int_equal(copier->syncs, 1);
    tester_destroy(&t);
}

static int refuse(struct ps_device *device, void *state)
{
    ps_device_wake(device, 1000);
    return -ENODEV;
}

PS_TEST(a_device_that_cannot_be_leaves_nothing)
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device_ops broken[8];
    struct ps_device *device = NULL;
    size_t live;

    copier_on(&t);
    copier_set(&t, COPIER_CONTROL,
               COPIER_START); // so that the scheduler's own lists are there already
    live = arena_live_bytes(t.system->arena);
    for (int i = 0; i < 8; i++)
        broken[i] = copier_ops;
    broken[0].version = 99;
    broken[1].read = NULL;
    broken[2].pci.bars[0].size = 24;
    broken[3].pci.bars[0].size = 0;
    broken[4].pci.bars[1].size = 1u << 31;
    broken[5].pci.interrupt_pin = 5;
    broken[6].pci.bars[0].kind = (enum ps_bar_kind)9;
    broken[7].attach = refuse;
    for (int i = 0; i < 8; i++)
        assert_int_equal(machine_attach(t.system, &broken[i], &device), i == 7 ? -ENODEV : -EINVAL);
    broken[7].state_size = SIZE_MAX;
    assert_int_equal(machine_attach(t.system, &broken[7], &device), -ENOMEM);
    assert_null(device);
    assert_int_equal(machine_device_count(t.machine), 1);
    assert_int_equal(arena_live_bytes(t.system->arena), live);
    for (int i = 1; i < 8; i++)
        copier_on(&t);
    assert_int_equal(machine_attach(t.system, &copier_ops, &device), -ENOSPC);
    tester_destroy(&t);
}

// ---- interrupts -----------------------------------------------------------------------------

PS_TEST(a_line_is_a_level_and_its_rises_are_counted)
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = copier_on(&t);
    struct sched_interrupt *line = device_interrupt_line(device);
    struct machine_counts counts;

    assert_non_null(line);
    assert_true(line->masked); // nothing connected
    ps_device_interrupt(device, true);
    ps_device_interrupt(device, true);
    assert_true(line->asserted);
    ps_device_interrupt(device, false);
    assert_false(line->asserted);
    ps_device_interrupt(device, true);
    machine_get_counts(t.machine, &counts);
    assert_int_equal(counts.interrupts, 2);
    pci_config_write(device, 4, 2, 0x0400); // the command register's interrupt gate
    assert_false(line->asserted);
    pci_config_write(device, 4, 2, 0);
    assert_true(line->asserted);
    tester_destroy(&t);
}

PS_TEST(a_device_without_a_pin_has_no_line)
{
    struct ps_device_ops ops = copier_ops;
    struct tester t = tester_create(NULL, 1);
    struct device_resource resources[3];
    struct ps_device *device;

    ops.pci.interrupt_pin = 0;
    assert_int_equal(machine_attach(t.system, &ops, &device), 0);
    assert_null(device_interrupt_line(device));
    assert_int_equal(device_resources(device, resources, 3), 2);
    ps_device_interrupt(device, true);
    assert_int_equal(t.system->sched->asserted, 0);
    tester_destroy(&t);
}

PS_TEST(a_device_wakes_when_it_asked_to)
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device = copier_on(&t);
    uint64_t due;

    copier_set(&t, COPIER_CONTROL, COPIER_START);
    due = copier->due;
    assert_int_equal(sched_run(t.system->sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(copier->wakes, 1);
    assert_true(ps_device_now(device) >= due && ps_device_now(device) < due + 100000);
    assert_true(device_interrupt_line(device)->asserted);
    copier_set(&t, COPIER_CONTROL, COPIER_START | COPIER_ACKNOWLEDGE);
    assert_false(device_interrupt_line(device)->asserted);
    ps_device_wake(device, PS_NEVER);
    assert_int_equal(sched_run(t.system->sched, SCHED_NEVER), SCHED_QUIET);
    assert_int_equal(copier->wakes, 1);
    tester_destroy(&t);
}
