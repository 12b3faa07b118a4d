// SPDX-License-Identifier: MIT
//
// See bench.h.
#include "tests/machine/bench.h"
#include "tests/machine/no_machine.h"

#include <stdio.h>
#include <stdlib.h>

static struct bench qemus, ours;

static void hear(void *context, struct ps_device *device, unsigned line, const int16_t *frames, size_t count,
                 unsigned channels, unsigned rate, bool fetched)
{
    struct bench *bench = context;

    if (bench->count + count > MOST_HEARD)
        return;
    if (frames)
        memcpy(bench->heard + 2 * bench->count, frames, 4 * count);
    else
        memset(bench->heard + 2 * bench->count, 0, 4 * count);
    bench->count += count;
}

void pass(struct bench *bench, uint64_t ns)
{
    struct sched *sched = bench->t.system->sched;
    uint64_t until = sched->now + ns;

    while (sched->now < until && sched_run(sched, until) == SCHED_QUIET)
        sched->now = until; // nothing is due before
}

static uint64_t pages_for(struct bench *bench, size_t bytes)
{
    size_t count = (bytes + MACHINE_PAGE - 1) / MACHINE_PAGE;
    const struct page_request request = {.high = 0xffffffff, .count = count, .contiguous = true};
    uint64_t pfns[16];

    assert_true(count <= 16);
    assert_int_equal(memory_allocate(bench->t.machine, &request, true, pfns), count);
    grant_add(bench->t.machine, pfns[0] * MACHINE_PAGE, bytes, PS_DMA_FROM_MEMORY, 1);
    grant_add(bench->t.machine, pfns[0] * MACHINE_PAGE, bytes, PS_DMA_TO_MEMORY, 1);
    return pfns[0] * MACHINE_PAGE;
}

static void begin(struct bench *bench, bool qemu, const struct ps_device_ops *model, void (*ready)(struct bench *bench))
{
    const struct machine_options options = {.kind = qemu ? MACHINE_QEMU : MACHINE_SIM, .quirks = true,
                                            .high_bytes = 16 << 20};
    const struct sound_end end = {.context = bench, .emit = hear};
    int16_t *samples;

    memset(bench, 0, sizeof(*bench));
    bench->t = tester_create(&options, 1);
    if (machine_attach(bench->t.system, model, &bench->device))
        no_machine(machine_failure(bench->t.machine));
    machine_set_sound(bench->t.machine, &end);
    bench->list = pages_for(bench, MACHINE_PAGE);
    bench->sound = pages_for(bench, 4 * FRAMES + MACHINE_PAGE);
    bench->taken = pages_for(bench, 4 * FRAMES);
    samples = memory_direct(bench->t.machine, bench->sound, 4 * FRAMES);
    for (int i = 0; i < FRAMES; i++) {
        samples[2 * i] = (int16_t)(i + 1);
        samples[2 * i + 1] = (int16_t)-(i + 1);
    }
    pci_config_write(bench->device, 0x04, 2, 7);
    ready(bench);
    assert_int_equal(machine_sound_begin(bench->t.machine, RATE, false), 0);
    pass(bench, MS);
}

static void end(struct bench *bench)
{
    machine_sound_end(bench->t.machine);
    tester_destroy(&bench->t);
}

void note(struct bench *bench, const char *format, ...)
{
    va_list arguments;

    assert_true(bench->noted < MOST_NOTES);
    va_start(arguments, format);
    vsnprintf(bench->notes[bench->noted++], LINE, format, arguments);
    va_end(arguments);
}

void levels(struct bench *bench, const char *when)
{
    size_t at = 0;

    while (at < bench->count && !bench->heard[2 * at] && !bench->heard[2 * at + 1])
        at++;
    for (unsigned i = 0; i < 480 && at + i < bench->count; i += 67)
        note(bench, "%s: frame %u %d,%d", when, i, bench->heard[2 * (at + i)], bench->heard[2 * (at + i) + 1]);
    bench->count = 0;
}

void compare(const struct ps_device_ops *model, void (*ready)(struct bench *bench), void (*script)(struct bench *bench))
{
    begin(&qemus, true, model, ready);
    begin(&ours, false, model, ready);
    script(&qemus);
    script(&ours);
    end(&qemus);
    end(&ours);
    for (unsigned i = 0; i < qemus.noted || i < ours.noted; i++)
        if (getenv("SHOW") || strcmp(qemus.notes[i], ours.notes[i]))
            fprintf(stderr, "# QEMU %s\n# ours %s\n", qemus.notes[i], ours.notes[i]);
    assert_int_equal(qemus.noted, ours.noted);
    for (unsigned i = 0; i < qemus.noted; i++)
        assert_string_equal(qemus.notes[i], ours.notes[i]);
}
