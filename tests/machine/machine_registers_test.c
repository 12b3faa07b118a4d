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
#include "tests/machine/no_machine.h"

enum { MOST_ANSWERS = 8192, LINE = 160 };

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

static void pass_for(struct rig *rig, uint64_t ns)
{
    struct sched *sched = rig->system->sched;
    uint64_t until = sched->now + ns;

    while (sched->now < until && sched_run(sched, until) == SCHED_QUIET)
        sched->now = until; // nothing is due before
}

// The codec needs a moment after a reset.
static void pass(struct rig *rig)
{
    pass_for(rig, 5000000);
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

// AC-69: each engine register alone, and as part of wider ones.
static void ac97_widths(struct rig *rig)
{
    for (unsigned width = 1; width <= 4; width *= 2)
        for (uint32_t offset = 0; offset < 0x40; offset += width)
            if (offset != 0x34 || width != 1)
                look(rig, "widths", "NABM", 1, offset, width);
}

// AC-156: what lets the semaphore go. AC-11: other widths than 16 bits.
static void ac97_semaphore(struct rig *rig)
{
    static const uint8_t widths[] = {1, 2, 4};

    for (unsigned i = 0; i < 3; i++) {
        look(rig, "semaphore", "NABM", 1, 0x34, 1);
        look(rig, "semaphore", "NABM", 1, 0x34, 1);
        look(rig, "semaphore", "NAM", 0, 0x02, widths[i]);
        look(rig, "semaphore after a read", "NABM", 1, 0x34, 1);
        put(rig, 0, 0x02, widths[i], 0x0101);
        look(rig, "semaphore after a write", "NABM", 1, 0x34, 1);
        pass(rig);
        ac97_wait(rig);
        look(rig, "written in another width", "NAM", 0, 0x02, 2);
        ac97_wait(rig);
        put(rig, 0, 0x02, 2, 0);
        pass(rig);
    }
}

// AC-48
static void ac97_rates(struct rig *rig)
{
    static const uint16_t rates[] = {0, 1, 4000, 7999, 8000, 44101, 48001, 65535, 48000};
    static const uint8_t places[] = {0x2c, 0x2e, 0x30, 0x32, 0x34};

    ac97_write(rig, 0x2a, 9);
    for (unsigned r = 0; r < sizeof(rates) / sizeof(*rates); r++)
        for (unsigned i = 0; i < sizeof(places); i++) {
            char when[32];

            snprintf(when, sizeof(when), "rate %u", rates[r]);
            ac97_write(rig, places[i], rates[r]);
            ac97_wait(rig);
            look(rig, when, "NAM", 0, places[i], 2);
        }
    ac97_write(rig, 0x2a, 0);
    ac97_wait(rig);
    look(rig, "rates fixed again", "NAM", 0, 0x2c, 2);
}

// AC-25: one power bit at a time, without the one that stops the link.
static void ac97_power(struct rig *rig)
{
    for (unsigned bit = 0; bit < 16; bit++) {
        char when[32];

        snprintf(when, sizeof(when), "power bit %u", bit);
        ac97_write(rig, 0x26, (uint16_t)(1u << bit));
        ac97_wait(rig);
        look(rig, when, "NAM", 0, 0x26, 2);
        ac97_write(rig, 0x26, 0);
        pass(rig);
    }
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
    ac97_widths(rig);
    ac97_semaphore(rig);
    ac97_rates(rig);
    ac97_power(rig);
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

// HD-10: what configuration space has behind its header.
static void hda_capabilities(struct rig *rig)
{
    for (unsigned offset = 0x40; offset < 0x100; offset += 4)
        note(rig, pci_config_read(rig->device, offset, 4), "power-on: config %02x.4", offset);
}

// HD-25: writes while the controller is in reset.
static void hda_in_reset(struct rig *rig)
{
    static const struct { uint8_t offset, width; uint32_t value; } writes[] = {
        {0x0c, 2, 0x0007}, {0x20, 4, 0xc00000ff}, {0x40, 4, 0x12345680}, {0x44, 4, 1}, {0x48, 2, 5}, {0x50, 4, 0x2345680},
        {0x5a, 2, 7}, {0x70, 4, 0x2345681}, {0x88, 4, 0x1000}, {0x8c, 2, 3}, {0x92, 2, 0x11}, {0x98, 4, 0x2345680}};

    for (unsigned i = 0; i < sizeof(writes) / sizeof(*writes); i++) {
        put(rig, 0, writes[i].offset, writes[i].width, writes[i].value);
        look(rig, "written in reset", "HDA", 0, writes[i].offset, writes[i].width);
    }
    put(rig, 0, 0x08, 4, 1);
    pass(rig);
    for (unsigned i = 0; i < sizeof(writes) / sizeof(*writes); i++)
        look(rig, "and out of it", "HDA", 0, writes[i].offset, writes[i].width);
}

// HD-129: the answer to one command, or none.
static void hda_command(struct rig *rig, const char *when, uint32_t command)
{
    put(rig, 0, 0x68, 2, 2);
    put(rig, 0, 0x60, 4, command);
    put(rig, 0, 0x68, 2, 1);
    for (unsigned i = 0; i < 50 && (get(rig, 0, 0x68, 2) & 3) != 2; i++)
        pass_for(rig, 20000);
    note(rig, get(rig, 0, 0x68, 2) & 3, "%s: verb %08x done", when, command);
    note(rig, get(rig, 0, 0x64, 4), "%s: verb %08x answer", when, command);
}

static void hda_verbs(struct rig *rig)
{
    static const uint16_t gets[] = {0xf01, 0xf02, 0xf03, 0xf04, 0xf05, 0xf06, 0xf07, 0xf08, 0xf09, 0xf0a, 0xf0c, 0xf0d, 0xf0f,
                                    0xf10, 0xf15, 0xf1c, 0xf20, 0xf24, 0xf81};
    static const uint16_t sets[] = {0x701, 0x703, 0x705, 0x706, 0x707, 0x708, 0x70c, 0x70d, 0x723, 0x7ff};

    for (uint32_t node = 0; node < 6; node++) {
        for (uint32_t id = 0; id < 0x14; id++)
            hda_command(rig, "parameter", node << 20 | 0xf0000 | id);
        for (unsigned i = 0; i < sizeof(gets) / sizeof(*gets); i++)
            hda_command(rig, "get", node << 20 | (uint32_t)gets[i] << 8);
        hda_command(rig, "format", node << 20 | 0xa0000);
        for (uint32_t side = 0; side < 16; side += 2)
            hda_command(rig, "amp", node << 20 | 0xb0000 | side << 12);
        for (unsigned i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
            hda_command(rig, "set", node << 20 | (uint32_t)sets[i] << 8 | 0x41);
            hda_command(rig, "set, got", node << 20 | ((uint32_t)sets[i] | 0xf00) << 8);
        }
        hda_command(rig, "format set", node << 20 | 0x20000 | 0x4011);
        hda_command(rig, "format", node << 20 | 0xa0000);
        for (uint32_t value = 0x1000; value <= 0xf000; value += 0x1000) {
            hda_command(rig, "amp set", node << 20 | 0x30000 | value | (value >> 10));
            hda_command(rig, "amp, got", node << 20 | 0xba000);
            hda_command(rig, "amp, got", node << 20 | 0xb8000);
        }
    }
}

// What a converter keeps, and what a reset of the link and one of the function group leave of it.
static void hda_converter(struct rig *rig, const char *when, uint32_t node)
{
    hda_command(rig, when, node << 20 | 0xa0000);
    hda_command(rig, when, node << 20 | 0xba000);
    hda_command(rig, when, node << 20 | 0xb8000);
    hda_command(rig, when, node << 20 | 0xf0500);
    hda_command(rig, when, node << 20 | 0xf0600);
}

static void hda_converters(struct rig *rig)
{
    static const uint16_t formats[] = {0x0000, 0x0031, 0x4131, 0x8011, 0xffff, 0x0011};
    static const uint8_t amps[] = {0x00, 0x49, 0x4a, 0x4b, 0x7f, 0x80, 0x8a, 0xca, 0xff, 0x33};

    for (uint32_t node = 2; node < 6; node += 2) {
        hda_converter(rig, "begun", node);
        for (unsigned i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
            hda_command(rig, "format set", node << 20 | 0x20000 | formats[i]);
            hda_command(rig, "format", node << 20 | 0xa0000);
        }
        for (unsigned i = 0; i < sizeof(amps); i++) {
            hda_command(rig, "gain set", node << 20 | 0x3f000 | amps[i]);
            hda_command(rig, "gain", node << 20 | 0xba000);
            hda_command(rig, "gain", node << 20 | 0xb8001);
        }
        hda_command(rig, "format set", node << 20 | 0x24011);
        hda_command(rig, "stream set", node << 20 | 0x70673);
    }
    put(rig, 0, 0x08, 4, 0);
    pass(rig);
    put(rig, 0, 0x08, 4, 1);
    pass(rig);
    for (uint32_t node = 2; node < 6; node += 2)
        hda_converter(rig, "link reset", node);
}

static void hda_unusual_verbs(struct rig *rig)
{
    static const uint32_t nobody[] = {0x07ff0009, 0x082f0009, 0x0fff0009, 0x100f0000, 0xf02f0009};

    for (uint32_t node = 0; node < 8; node++) {
        for (uint32_t kind = 0; kind < 16; kind++)
            hda_command(rig, "kind", node << 20 | kind << 16 | 0x0102);
        for (uint32_t index = 0; index < 9; index++)
            hda_command(rig, "connection", node << 20 | 0xf0200 | index);
        hda_command(rig, "configured", node << 20 | 0x71c55);
        hda_command(rig, "configured", node << 20 | 0xf1c00);
        hda_command(rig, "subsystem", node << 20 | 0x72055);
        hda_command(rig, "subsystem", node << 20 | 0xf2000);
        hda_command(rig, "parameter", node << 20 | 0xf0014);
        hda_command(rig, "parameter", node << 20 | 0xf00ff);
    }
    for (unsigned i = 0; i < sizeof(nobody) / sizeof(*nobody); i++) {
        hda_command(rig, "nobody's", nobody[i]);
        put(rig, 0, 0x08, 4, 0); // the command waits until then
        pass(rig);
        put(rig, 0, 0x08, 4, 1);
        pass(rig);
    }
}

static void hda(struct rig *rig)
{
    configuration(rig);
    hda_capabilities(rig);
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
    hda_in_reset(rig);
    hda_verbs(rig);
    hda_converters(rig);
    hda_unusual_verbs(rig);
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
        run(&theirs, MACHINE_QEMU, quirks, models[i]);
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
    char *found = differences(true), *path = getenv("WRITE_QUIRK_DIFFERENCES");
    FILE *file = path ? fopen(path, "w") : NULL;

    if (file) {
        fputs(found, file);
        fclose(file);
    }
    assert_string_equal(found, "");
    free(found);
}
