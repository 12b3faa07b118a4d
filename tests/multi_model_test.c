// SPDX-License-Identifier: MIT
//
// The "multi" model on the simulated machine, register by register (docs/multi.md).
#include "models/models.h"
#include "tests/machine_tester.h"

enum { CONTROL = 0x00, RATE = 0x04, ADDRESS = 0x08, LENGTH = 0x0C, ROOM = 0x10, DONE = 0x14, PLAYED = 0x18,
       FRAMES = 0x1C, SUM = 0x20, ENGINES = 0x400 };
enum { RUN = 1, RESET = 2, MILLISECOND = 1000000, QUEUE = 32 };

struct rig {
    struct tester t;
    struct ps_device *device;
    uint64_t registers, sound; // physical addresses; a granted page of sound
    uint64_t heard[16], filled[16];
    unsigned rate, underruns;
};

static void hear(void *context, struct ps_device *device, unsigned line, const int16_t *frames,
                 size_t count, unsigned channels, unsigned rate, bool fetched)
{
    struct rig *rig = context;

    assert_int_equal(channels, 2);
    assert_int_equal(fetched, frames != NULL);
    *(fetched ? &rig->heard[line] : &rig->filled[line]) += count;
    rig->rate = rate;
}

static void starved(void *context, struct ps_device *device, unsigned line)
{
    ((struct rig *)context)->underruns++;
}

static void rig_up(struct rig *rig)
{
    uint64_t pfn;
    uint8_t *bytes;

    memset(rig, 0, sizeof(*rig));
    rig->t = tester_create(NULL, 1);
    assert_int_equal(machine_attach(rig->t.system, &multi_model, &rig->device), 0);
    machine_set_sound(rig->t.machine,
                      &(struct sound_end){.context = rig, .emit = hear, .underrun = starved});
    pci_config_write(rig->device, 4, 2, 6); // memory, bus master
    rig->registers = pci_config_read(rig->device, 0x10, 4) & ~0xfu;
    take(&rig->t, 1, &pfn);
    rig->sound = pfn * MACHINE_PAGE;
    bytes = page_bytes(&rig->t, pfn);
    for (unsigned i = 0; i < MACHINE_PAGE; i++)
        bytes[i] = (uint8_t)(i * 7 + 1);
    grant_add(rig->t.machine, rig->sound, MACHINE_PAGE, PS_DMA_FROM_MEMORY, 1);
}

static void rig_down(struct rig *rig)
{
    tester_destroy(&rig->t);
}

static uint32_t get(struct rig *rig, unsigned engine, uint32_t place)
{
    return machine_mmio_read(rig->t.system, rig->registers + 0x40 * engine + place, 4);
}

static void put(struct rig *rig, unsigned engine, uint32_t place, uint32_t value)
{
    machine_mmio_write(rig->t.system, rig->registers + 0x40 * engine + place, 4, value);
}

static void queue(struct rig *rig, unsigned engine, uint32_t offset, uint32_t bytes)
{
    put(rig, engine, ADDRESS, (uint32_t)rig->sound + offset);
    put(rig, engine, LENGTH, bytes);
}

static void time_over(struct sched_deadline *deadline)
{
    sched_stop(deadline->context);
}

static void pass(struct rig *rig, uint64_t ns)
{
    struct sched *sched = rig->t.system->sched;
    struct sched_deadline end = {.context = sched, .fire = time_over};

    assert_int_equal(sched_deadline_set(sched, &end, sched->now + ns), 0);
    assert_int_equal(sched_run(sched, SCHED_NEVER), SCHED_STOPPED);
}

PS_TEST(a_block_is_played_at_the_engines_rate)
{
    struct rig rig;

    rig_up(&rig);
    assert_int_equal(get(&rig, 0, ENGINES), 16);
    put(&rig, 3, RATE, 8000);
    put(&rig, 3, RATE, 7999);
    put(&rig, 3, RATE, 48001);
    assert_int_equal(get(&rig, 3, RATE), 8000);
    queue(&rig, 3, 0, 4000);
    queue(&rig, 3, 4000, 40);
    put(&rig, 3, CONTROL, RUN);
    pass(&rig, 50 * MILLISECOND + 1000);
    assert_int_equal(get(&rig, 3, PLAYED), 1600);
    assert_int_equal(get(&rig, 3, DONE), 0);
    assert_int_equal(rig.heard[3], 400);
    assert_int_equal(rig.rate, 8000);
    pass(&rig, 76 * MILLISECOND);
    assert_int_equal(get(&rig, 3, DONE), 1);
    assert_int_equal(get(&rig, 3, PLAYED), 32);
    assert_int_equal(get(&rig, 3, FRAMES), 1008);
    assert_int_equal(rig.heard[0], 0);
    rig_down(&rig);
}

PS_TEST(no_frame_is_lost_between_two_looks)
{
    struct rig rig;
    uint64_t start;

    rig_up(&rig);
    put(&rig, 0, RATE, 11025);
    for (unsigned i = 0; i < QUEUE; i++)
        queue(&rig, 0, 0, MACHINE_PAGE);
    put(&rig, 0, CONTROL, RUN);
    start = rig.t.system->sched->now;
    for (unsigned i = 0; i < 250; i++) {
        pass(&rig, 9 * MILLISECOND + i * 997);
        get(&rig, 0, DONE);
    }
    assert_int_equal(get(&rig, 0, FRAMES), (rig.t.system->sched->now - start) * 11025 / 1000000000);
    rig_down(&rig);
}

PS_TEST(the_sum_is_that_of_the_samples)
{
    uint32_t sum = 2166136261u;
    const int16_t *samples;
    struct rig rig;

    rig_up(&rig);
    samples = memory_direct(rig.t.machine, rig.sound, 400);
    for (int i = 0; i < 200; i++)
        sum = (sum ^ (uint16_t)samples[i]) * 16777619u;
    queue(&rig, 0, 0, 400);
    put(&rig, 0, CONTROL, RUN);
    pass(&rig, 10 * MILLISECOND);
    assert_int_equal(get(&rig, 0, SUM), sum);
    put(&rig, 0, CONTROL, RESET);
    assert_int_equal(get(&rig, 0, SUM), 2166136261u);
    assert_int_equal(get(&rig, 0, FRAMES), 0);
    assert_int_equal(get(&rig, 0, CONTROL), 0);
    rig_down(&rig);
}

PS_TEST(a_pause_keeps_the_queue_and_the_frame)
{
    struct rig rig;

    rig_up(&rig);
    queue(&rig, 0, 0, 4096);
    put(&rig, 0, CONTROL, RUN);
    pass(&rig, 10 * MILLISECOND + 500);
    put(&rig, 0, CONTROL, 0);
    assert_int_equal(get(&rig, 0, FRAMES), 480);
    pass(&rig, 50 * MILLISECOND);
    assert_int_equal(get(&rig, 0, FRAMES), 480);
    put(&rig, 0, CONTROL, RUN);
    pass(&rig, 10 * MILLISECOND + 500);
    assert_int_equal(get(&rig, 0, FRAMES), 960);
    assert_int_equal(rig.heard[0], 960);
    assert_int_equal(rig.filled[0], 0);
    rig_down(&rig);
}

PS_TEST(an_empty_queue_starves_once_and_goes_on)
{
    struct rig rig;

    rig_up(&rig);
    put(&rig, 0, CONTROL, RUN);
    pass(&rig, 10 * MILLISECOND);
    get(&rig, 0, DONE);
    assert_int_equal(rig.underruns, 0); // nothing was played yet
    queue(&rig, 0, 0, 480);
    pass(&rig, 20 * MILLISECOND);
    get(&rig, 0, DONE);
    pass(&rig, 20 * MILLISECOND);
    assert_int_equal(get(&rig, 0, DONE), 1);
    assert_int_equal(rig.underruns, 1);
    assert_true(rig.filled[0] > 48 * 30);
    queue(&rig, 0, 0, 480);
    pass(&rig, 5 * MILLISECOND);
    assert_int_equal(get(&rig, 0, DONE), 2);
    assert_int_equal(rig.underruns, 2);
    assert_int_equal(findings(&rig.t), 0);
    rig_down(&rig);
}

PS_TEST(a_full_queue_and_broken_blocks_are_refused)
{
    struct rig rig;

    rig_up(&rig);
    for (unsigned i = 0; i < QUEUE; i++) {
        assert_int_equal(get(&rig, 1, ROOM), QUEUE - i);
        queue(&rig, 1, 0, 16);
    }
    assert_int_equal(get(&rig, 1, ROOM), 0);
    assert_int_equal(findings(&rig.t), 0);
    queue(&rig, 1, 0, 16);
    assert_int_equal(findings(&rig.t), 1);
    queue(&rig, 2, 0, 0);
    queue(&rig, 2, 0, 6);
    queue(&rig, 2, 2, 8);
    assert_int_equal(get(&rig, 2, ROOM), QUEUE);
    assert_string_equal(last_finding(&rig.t)->rule, "multi");
    rig_down(&rig);
}

PS_TEST(an_unreadable_block_stops_its_engine_alone)
{
    struct rig rig;

    rig_up(&rig);
    queue(&rig, 4, MACHINE_PAGE, 64); // not granted
    queue(&rig, 5, 0, 4096);
    put(&rig, 4, CONTROL, RUN);
    put(&rig, 5, CONTROL, RUN);
    pass(&rig, 5 * MILLISECOND);
    assert_int_equal(get(&rig, 4, CONTROL), 0);
    assert_int_equal(get(&rig, 5, CONTROL), RUN);
    assert_true(findings(&rig.t) > 0);
    assert_true(get(&rig, 5, FRAMES) >= 240);
    rig_down(&rig);
}

PS_TEST(only_whole_registers_are_there)
{
    struct rig rig;
    uint64_t at;

    rig_up(&rig);
    at = rig.registers;
    machine_mmio_write(rig.t.system, at + RATE, 2, 8000);
    machine_mmio_write(rig.t.system, at + DONE, 4, 9);
    machine_mmio_write(rig.t.system, at + ENGINES, 4, 9);
    machine_mmio_write(rig.t.system, at + 0x7fc, 4, 9);
    assert_int_equal(machine_mmio_read(rig.t.system, at + RATE, 4), 48000);
    assert_int_equal(machine_mmio_read(rig.t.system, at + RATE, 2), 0xffff);
    assert_int_equal(machine_mmio_read(rig.t.system, at + RATE, 1), 0xff);
    assert_int_equal(machine_mmio_read(rig.t.system, at + 0x24, 4), UINT32_MAX);
    assert_int_equal(machine_mmio_read(rig.t.system, at + 0x7fc, 4), UINT32_MAX);
    assert_int_equal(machine_mmio_read(rig.t.system, at + DONE, 4), 0);
    assert_int_equal(machine_mmio_read(rig.t.system, at + LENGTH, 4), 0);
    rig_down(&rig);
}

PS_TEST(without_bus_mastering_nothing_moves)
{
    struct rig rig;

    rig_up(&rig);
    pci_config_write(rig.device, 4, 2, 2);
    queue(&rig, 0, 0, 4096);
    put(&rig, 0, CONTROL, RUN);
    pass(&rig, 10 * MILLISECOND);
    assert_int_equal(get(&rig, 0, FRAMES), 0);
    pci_config_write(rig.device, 4, 2, 6);
    pass(&rig, 10 * MILLISECOND);
    assert_true(get(&rig, 0, FRAMES) >= 480);
    assert_true(rig.heard[0] < 490);
    assert_int_equal(findings(&rig.t), 0);
    rig_down(&rig);
}
