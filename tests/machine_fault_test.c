// SPDX-License-Identifier: MIT
//
// Interrupts that come late, together, never or from nowhere, and a device that is gone. The copier asks for an
// interrupt 1 ms after it was started.
#include "tests/machine_tester.h"

enum { MOST = 32 };

static struct tester t;
static struct ps_device *device;
static uint64_t served[MOST]; // when the line was served
static unsigned count;
static bool acknowledge;

// As a service routine would: one that finds its device asking ends the request.
static void serve(struct sched_interrupt *line)
{
    if (count < MOST)
        served[count++] = t.system->sched->now;
    if (acknowledge)
        ps_device_interrupt(device, false);
    sched_stall(t.system->sched, 2000);
}

static void begin(const struct machine_faults *plan)
{
    t = tester_create(NULL, 1);
    device = copier_on(&t);
    pci_config_write(device, 4, 2, 0x0007);
    device_interrupt_line(device)->deliver = serve;
    device_interrupt_line(device)->masked = false;
    machine_set_faults(t.machine, plan);
    count = 0;
    acknowledge = true;
}

static void copies(unsigned number)
{
    for (unsigned i = 0; i < number; i++) {
        copier_start(&t, 0, 0, 0);
        sched_run(t.system->sched, t.system->sched->now + 10 * COPIER_TIME);
    }
}

static struct machine_fault_counts end(void)
{
    struct machine_fault_counts counts;

    machine_get_fault_counts(t.machine, &counts);
    tester_destroy(&t);
    return counts;
}

PS_TEST(without_a_plan_requests_are_counted_and_come)
{
    begin(NULL);
    copies(3);
    assert_int_equal(count, 3);
    assert_true(served[1] - served[0] >= COPIER_TIME);
    assert_int_equal(end().edges, 3);
}

PS_TEST(the_lost_request_never_comes_and_the_next_does)
{
    const struct machine_faults plan = {.interrupts = MACHINE_INTERRUPTS_LOST, .number = 2};

    begin(&plan);
    copies(2);
    assert_int_equal(count, 1);
    ps_device_interrupt(device, false); // the driver came to look by itself
    copies(1);
    assert_int_equal(count, 2);
    assert_int_equal(end().injected, 1);
}

PS_TEST(a_late_request_comes_within_its_delay)
{
    const struct machine_faults plan = {
        .interrupts = MACHINE_INTERRUPTS_LATE, .number = 1, .delay = 500000};

    begin(&plan);
    copies(2);
    assert_int_equal(count, 2);
    assert_true(served[0] > COPIER_TIME + 4000 && served[0] <= COPIER_TIME + 4000 + 501000);
    assert_int_equal(end().injected, 1);
}

PS_TEST(what_the_device_asks_meanwhile_is_merged)
{
    const struct machine_faults plan = {
        .interrupts = MACHINE_INTERRUPTS_MERGED, .number = 1, .delay = 25 * COPIER_TIME};

    begin(&plan);
    copies(2); // the second asks while the first still waits
    assert_int_equal(count, 0);
    copies(1);
    assert_int_equal(count, 1);
    assert_int_equal(end().injected, 1);
}

PS_TEST(a_spurious_request_comes_from_nobody_and_ends)
{
    const struct machine_faults plan = {
        .interrupts = MACHINE_INTERRUPTS_SPURIOUS, .number = 1, .delay = 3000000};

    begin(&plan);
    copies(2);
    assert_int_equal(count, 3);
    assert_false(device_interrupt_line(device)->asserted);
    assert_int_equal(end().injected, 1);
}

PS_TEST(nobody_is_disturbed_who_is_not_connected)
{
    const struct machine_faults plan = {.interrupts = MACHINE_INTERRUPTS_SPURIOUS, .number = 1};

    begin(&plan);
    device_interrupt_line(device)->masked = true;
    copies(1);
    ps_device_interrupt(device, false);
    assert_false(device_interrupt_line(device)->asserted);
    sched_run(t.system->sched, t.system->sched->now + 10 * COPIER_TIME);
    assert_false(device_interrupt_line(device)->asserted);
    end();
}

PS_TEST(a_seed_decides_which_requests_are_hit)
{
    unsigned lost[3];

    for (unsigned seed = 0; seed < 3; seed++) {
        const struct machine_faults plan = {.interrupts = MACHINE_INTERRUPTS_LOST,
                                            .seed = seed == 2 ? 0 : seed};

        begin(&plan);
        for (unsigned i = 0; i < 16; i++) {
            copies(1);
            ps_device_interrupt(device, false);
        }
        lost[seed] = 0;
        for (unsigned i = 0; i < count; i++)
            lost[seed] = lost[seed] * 31 + (unsigned)(served[i] / COPIER_TIME);
        assert_true(count > 4 && count < 16);
        end();
    }
    assert_int_equal(lost[0], lost[2]);
    assert_int_not_equal(lost[0], lost[1]);
}

PS_TEST(a_device_that_is_gone_reads_as_ones_and_does_nothing)
{
    const struct machine_faults plan = {.gone_at = 6};
    unsigned syncs;

    begin(&plan);
    syncs = copier->syncs;
    copier_start(&t, 0, 0, 0); // four accesses
    assert_int_equal(machine_port_read(t.system, 0xc000, 4), 0);
    assert_int_equal(machine_port_read(t.system, 0xc000, 4), UINT32_MAX);
    assert_int_equal(machine_port_read(t.system, 0xc000, 1), 0xff);
    assert_int_equal(machine_mmio_read(t.system, 0xe0000000, 4), UINT32_MAX);
    assert_int_equal(pci_config_read(device, 0, 4), UINT32_MAX);
    machine_port_write(t.system, 0xc000, 4, 7);
    pci_config_write(device, 4, 2, 0);
    assert_int_equal(copier->registers[0], 0);
    sched_run(t.system->sched, 10 * COPIER_TIME);
    assert_int_equal(copier->wakes, 0);
    device_sync_all(t.machine);
    assert_int_equal(copier->syncs, syncs);
    assert_int_equal(count, 0);
    assert_int_equal(end().injected, 1);
}

PS_TEST(the_request_of_a_device_ends_when_it_goes)
{
    const struct machine_faults plan = {.gone_at = 5};

    begin(&plan);
    acknowledge = false;
    ps_device_interrupt(device, true);
    assert_true(device_interrupt_line(device)->asserted);
    copier_start(&t, 0, 0, 0);
    assert_true(device_interrupt_line(device)->asserted);
    machine_port_read(t.system, 0xc000, 4);
    assert_false(device_interrupt_line(device)->asserted);
    end();
}

PS_TEST(a_restore_brings_the_device_back)
{
    const struct machine_faults plan = {.gone_at = 1};
    struct arena_snapshot *snapshot;

    begin(NULL);
    assert_int_equal(arena_snapshot_take(t.system->arena, &snapshot), 0);
    machine_set_faults(t.machine, &plan);
    assert_int_equal(machine_port_read(t.system, 0xc000, 4), UINT32_MAX);
    arena_snapshot_restore(t.system->arena, snapshot);
    assert_int_equal(machine_port_read(t.system, 0xc000, 4), 0xfeed);
    arena_snapshot_free(snapshot);
    end();
}
