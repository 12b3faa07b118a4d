// SPDX-License-Identifier: MIT
//
// One script of configuration and register accesses, done to our models and to QEMU's devices. Every answer that differs is
// listed in tests/machine/differences.txt; with quirks our models answer as QEMU does. Little of it takes time.
#include "tests/ps_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/system.h"
#include "machine/machine.h"
#include "models/models.h"
#include "sched/sched.h"

enum { MOST_ANSWERS = 2048, LINE = 160 };

// ---- a machine and what it answers ------------------------------------------------------------------

struct rig {
    struct ps_system *system;
    struct chooser *chooser;
    struct ps_device *device;
    bool memory;      // the registers are memory
    uint64_t bars[2];
    unsigned count;   // answers
    char names[MOST_ANSWERS][LINE];
    uint32_t answers[MOST_ANSWERS];
};

// Without QEMU a test fails, unless tools/check_run.py says in apt's words why it could not be downloaded.
static void no_machine(const char *why)
{
    const char *apt = getenv("PORTSIDE_TEST_NO_QEMU");

    if (apt && strstr(why, "is not installed"))
        ps_skip(apt);
    fail_msg("%s", why);
}

static void rig_begin(struct rig *rig, enum machine_kind kind, bool quirks, const struct ps_device_ops *model)
{
    struct machine_options options = {.kind = kind, .quirks = quirks, .high_bytes = 16 << 20};
    struct device_resource resources[8];
    unsigned count;

    memset(rig, 0, sizeof(*rig));
    rig->chooser = chooser_round_robin();
    rig->system = system_create(1);
    assert_int_equal(sched_create(rig->system, &(struct sched_options){.processors = 1, .chooser = rig->chooser}), 0);
    assert_int_equal(machine_create(rig->system, &options), 0);
    if (machine_attach(rig->system, model, &rig->device))
        no_machine(machine_failure(rig->system->machine));
    count = device_resources(rig->device, resources, 8);
    assert_true(count >= 1 && count <= 8);
    for (unsigned i = 0; i < count && i < 2; i++)
        rig->bars[i] = resources[i].start;
    rig->memory = resources[0].kind == RESOURCE_MEMORY;
}

static void rig_end(struct rig *rig)
{
    assert_null(machine_failure(rig->system->machine));
    machine_destroy(rig->system);
    sched_destroy(rig->system);
    system_destroy(rig->system);
    chooser_destroy(rig->chooser);
}

static void note(struct rig *rig, uint32_t answer, const char *format, ...)
{
    va_list arguments;

    assert_true(rig->count < MOST_ANSWERS);
    va_start(arguments, format);
    vsnprintf(rig->names[rig->count], LINE, format, arguments);
    va_end(arguments);
    rig->answers[rig->count++] = answer;
}

static void put(struct rig *rig, unsigned bar, uint32_t offset, unsigned width, uint32_t value)
{
    if (rig->memory)
        machine_mmio_write(rig->system, rig->bars[bar] + offset, width, value);
    else
        machine_port_write(rig->system, rig->bars[bar] + offset, width, value);
}

static uint32_t get(struct rig *rig, unsigned bar, uint32_t offset, unsigned width)
{
    return rig->memory ? machine_mmio_read(rig->system, rig->bars[bar] + offset, width)
                       : machine_port_read(rig->system, rig->bars[bar] + offset, width);
}

static void look(struct rig *rig, const char *when, const char *name, unsigned bar, uint32_t offset, unsigned width)
{
    note(rig, get(rig, bar, offset, width), "%s: %s %02x.%u", when, name, offset, width);
}

// The codec needs a moment after a reset.
static void pass(struct rig *rig)
{
    struct sched *sched = rig->system->sched;
    uint64_t until = sched->now + 5000000;

    while (sched->now < until && sched_run(sched, until) == SCHED_QUIET)
        sched->now = until; // nothing is due before
}

// ---- the scripts ------------------------------------------------------------------------------------

static void configuration(struct rig *rig)
{
    static const struct { uint8_t offset, width; } places[] = {
        {0x00, 2}, {0x02, 2}, {0x04, 2}, {0x06, 2}, {0x08, 1}, {0x09, 1}, {0x0a, 2}, {0x0c, 1}, {0x0d, 1}, {0x0e, 1},
        {0x2c, 2}, {0x2e, 2}, {0x30, 4}, {0x34, 1}, {0x3d, 1}, {0x3e, 1}, {0x3f, 1}};

    for (unsigned i = 0; i < sizeof(places) / sizeof(*places); i++)
        note(rig, pci_config_read(rig->device, places[i].offset, places[i].width), "power-on: config %02x.%u",
             places[i].offset, places[i].width);
    for (unsigned bar = 0; bar < 6; bar++) {
        uint32_t before = pci_config_read(rig->device, 0x10 + 4 * bar, 4);

        pci_config_write(rig->device, 0x10 + 4 * bar, 4, UINT32_MAX);
        note(rig, pci_config_read(rig->device, 0x10 + 4 * bar, 4), "sized: config %02x.4", 0x10 + 4 * bar);
        pci_config_write(rig->device, 0x10 + 4 * bar, 4, before);
    }
    pci_config_write(rig->device, 0x04, 2, 0xffff);
    note(rig, pci_config_read(rig->device, 0x04, 2), "all ones: config 04.2");
    pci_config_write(rig->device, 0x04, 2, 7);
}

// One access at a time: asks until the last one is done.
static void ac97_wait(struct rig *rig)
{
    for (unsigned i = 0; i < 200 && (get(rig, 1, 0x34, 1) & 1); i++)
        ;
}

static void ac97_mixer(struct rig *rig, const char *when)
{
    for (uint32_t offset = 0; offset < 0x80; offset += 2) {
        ac97_wait(rig);
        look(rig, when, "NAM", 0, offset, 2);
    }
}

static void ac97_write(struct rig *rig, uint32_t offset, uint16_t value)
{
    ac97_wait(rig);
    put(rig, 0, offset, 2, value);
}

static void ac97_bus(struct rig *rig, const char *when)
{
    for (uint32_t engine = 0; engine < 0x30; engine += 0x10) {
        look(rig, when, "NABM", 1, engine, 4);
        look(rig, when, "NABM", 1, engine + 4, 1);
        look(rig, when, "NABM", 1, engine + 5, 1);
        look(rig, when, "NABM", 1, engine + 6, 2);
        look(rig, when, "NABM", 1, engine + 8, 2);
        look(rig, when, "NABM", 1, engine + 10, 1);
        look(rig, when, "NABM", 1, engine + 11, 1);
        look(rig, when, "NABM", 1, engine + 4, 4);
    }
    look(rig, when, "NABM", 1, 0x2c, 4);
    look(rig, when, "NABM", 1, 0x30, 4);
    look(rig, when, "NABM", 1, 0x34, 1);
}

static void ac97(struct rig *rig)
{
    static const uint16_t patterns[] = {0xffff, 0x0000, 0x8808};

    configuration(rig);
    ac97_bus(rig, "power-on");
    put(rig, 1, 0x2c, 4, 2); // out of cold reset
    pass(rig);
    ac97_bus(rig, "cold reset over");
    ac97_mixer(rig, "cold reset over");
    for (unsigned p = 0; p < 3; p++) {
        char when[32];

        snprintf(when, sizeof(when), "%04x written", patterns[p]);
        ac97_write(rig, 0x2a, p == 1 ? 0 : 1); // with VRA but for the second
        for (uint32_t offset = 2; offset < 0x80; offset += 2)
            if (offset != 0x26 && offset != 0x2a)
                ac97_write(rig, offset, patterns[p]);
        ac97_mixer(rig, when);
    }
    ac97_write(rig, 0, 0);
    pass(rig);
    ac97_mixer(rig, "mixer reset");
    for (uint32_t engine = 0; engine < 0x30; engine += 0x10) {
        put(rig, 1, engine, 4, 0x12345677);
        put(rig, 1, engine + 5, 1, 0xff);
        put(rig, 1, engine + 11, 1, 0x1c);
    }
    ac97_bus(rig, "engines written");
    for (uint32_t engine = 0; engine < 0x30; engine += 0x10)
        put(rig, 1, engine + 11, 1, 2);
    ac97_bus(rig, "engines reset");
}

static void hda_globals(struct rig *rig, const char *when)
{
    static const struct { uint8_t offset, width; } places[] = {
        {0x00, 2}, {0x02, 1}, {0x03, 1}, {0x04, 2}, {0x06, 2}, {0x08, 4}, {0x0c, 2}, {0x0e, 2}, {0x10, 2}, {0x18, 2},
        {0x1a, 2}, {0x20, 4}, {0x24, 4}, {0x34, 4}, {0x38, 4}, {0x40, 4}, {0x44, 4}, {0x48, 2}, {0x4a, 2}, {0x4c, 1},
        {0x4d, 1}, {0x4e, 1}, {0x50, 4}, {0x54, 4}, {0x58, 2}, {0x5a, 2}, {0x5c, 1}, {0x5d, 1}, {0x5e, 1}, {0x60, 4},
        {0x64, 4}, {0x68, 2}, {0x70, 4}, {0x74, 4}};

    for (unsigned i = 0; i < sizeof(places) / sizeof(*places); i++)
        look(rig, when, "HDA", 0, places[i].offset, places[i].width);
}

static void hda_streams(struct rig *rig, const char *when)
{
    for (uint32_t at = 0x80; at < 0x180; at += 0x20) {
        look(rig, when, "HDA", 0, at, 4);
        look(rig, when, "HDA", 0, at + 4, 4);
        look(rig, when, "HDA", 0, at + 8, 4);
        look(rig, when, "HDA", 0, at + 12, 2);
        look(rig, when, "HDA", 0, at + 16, 2);
        look(rig, when, "HDA", 0, at + 18, 2);
        look(rig, when, "HDA", 0, at + 24, 4);
        look(rig, when, "HDA", 0, at + 28, 4);
    }
}

static void hda(struct rig *rig)
{
    configuration(rig);
    hda_globals(rig, "power-on");
    put(rig, 0, 0x08, 4, 1); // out of reset
    pass(rig);
    hda_globals(rig, "reset over");
    hda_streams(rig, "reset over");
    for (uint32_t at = 0x40; at <= 0x54; at += 4)
        if (at != 0x48 && at != 0x4c)
            put(rig, 0, at, 4, UINT32_MAX);
    put(rig, 0, 0x0c, 2, 0xffff);
    put(rig, 0, 0x70, 4, 0xfffffffe);
    put(rig, 0, 0x74, 4, UINT32_MAX);
    put(rig, 0, 0x38, 4, UINT32_MAX);
    hda_globals(rig, "ones written");
    for (uint32_t at = 0x80; at < 0x180; at += 0x20) {
        put(rig, 0, at + 8, 4, UINT32_MAX);
        put(rig, 0, at + 12, 2, 0xffff);
        put(rig, 0, at + 18, 2, 0xffff);
        put(rig, 0, at + 24, 4, UINT32_MAX);
        put(rig, 0, at + 28, 4, UINT32_MAX);
    }
    hda_streams(rig, "ones written");
    put(rig, 0, 0x08, 4, 0);
    pass(rig);
    hda_globals(rig, "reset again");
}

// ---- what differs -----------------------------------------------------------------------------------

static struct rig ours, theirs;

static void run(struct rig *rig, enum machine_kind kind, bool quirks, const struct ps_device_ops *model)
{
    rig_begin(rig, kind, quirks, model);
    if (model == &hda_model)
        hda(rig);
    else
        ac97(rig);
    rig_end(rig);
}

static void list(FILE *out, const char *device)
{
    assert_int_equal(ours.count, theirs.count);
    for (unsigned i = 0; i < ours.count; i++)
        if (ours.answers[i] != theirs.answers[i])
            fprintf(out, "%s %s: %x, QEMU %x\n", device, ours.names[i], ours.answers[i], theirs.answers[i]);
}


// Of both devices, in `text` on the heap.
static char *differences(bool quirks)
{
    static const struct ps_device_ops *const models[] = {&ac97_model, &hda_model};
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    assert_non_null(out);
    for (unsigned i = 0; i < 2; i++) {
        run(&ours, MACHINE_SIM, quirks, models[i]);
        run(&theirs, MACHINE_QEMU, false, models[i]);
        list(out, models[i]->name);
    }
    fclose(out);
    return text;
}

// WRITE_DIFFERENCES=FILE in the environment writes what is found there.
PS_TEST(qemu_differs_from_the_data_sheets_where_it_is_known_to)
{
    char *found = differences(false), *known = NULL, *path = getenv("WRITE_DIFFERENCES");
    size_t size = 0;
    FILE *file = fopen(path ? path : DIFFERENCES, path ? "w" : "r");

    assert_non_null(file);
    if (path)
        fputs(found, file);
    else if (getdelim(&known, &size, 0, file) < 0)
        fail_msg("%s is empty", DIFFERENCES);
    fclose(file);
    if (known)
        assert_string_equal(found, known);
    free(found);
    free(known);
}

PS_TEST(models_with_quirks_answer_as_qemu_does)
{
    char *found = differences(true);

    assert_string_equal(found, "");
    free(found);
}
