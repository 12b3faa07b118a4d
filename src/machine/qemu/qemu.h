// SPDX-License-Identifier: MIT
//
// QEMU's machine: its memory is ours, its device is reached through qtest. Between the files of machine/qemu.
//
// Time: where QEMU's clock moves by command, it is brought up to the scheduler's before each access and at each tick.
// Elsewhere both are slaved to the same wall clock.
#ifndef PORTSIDE_MACHINE_QEMU_H
#define PORTSIDE_MACHINE_QEMU_H

#include "machine/isa_card.h"
#include "machine/qemu/child.h"
#include "machine/qemu/monitor.h"
#include "machine/qemu/qtest.h"

enum {
    QEMU_FIXED_REGISTERS = 2,
    QEMU_LINE = 11, // of the interrupt controller, to which everything is routed
    QEMU_OLDEST = 702, // version * 100
};

struct qemu_device;

// What QEMU has, by the name of our model of it.
struct qemu_kind {
    const char *name;
    uint16_t vendor, device; // an ISA card has none
    bool deaf;               // it does not record
    const char *const *arguments;
    // Registers whose values mean something else in QEMU than in the data sheet; may be NULL (fixes.c).
    uint32_t (*fix)(struct qemu_device *device, unsigned bar, uint32_t offset, uint32_t value);
    const uint32_t *fixed; // their offsets in BAR 0
};

struct qemu_bar {
    bool io;
    uint32_t size; // 0: not there
    uint32_t start;
};

struct qemu_device {
    struct ps_device head;
    const struct qemu_kind *kind;
    unsigned place; // on QEMU's bus
    struct qemu_bar bars[PS_DEVICE_BARS];
    bool is_fixed[QEMU_FIXED_REGISTERS];
    uint32_t written[QEMU_FIXED_REGISTERS]; // what software wrote to a fixed register
};

struct qemu {
    struct machine *machine;
    struct machine_options options;
    char *program;
    char text[80]; // of describe
    struct child child;
    struct qtest link;
    struct monitor monitor;
    bool steps;              // its clock moves by command
    struct sched_source source;
    struct sched_deadline tick;
    uint64_t stepped;        // the time QEMU's clock was brought to
    uint64_t busy_until;     // it ticks until then
    // sound.c
    bool sounding;
    unsigned sound_rate;
    uint64_t sound_began;    // ns
    uint64_t sound_at;       // bytes of the sound file read (or written, when it hears)
    uint64_t sound_given_up; // bytes of it whose memory was given back
    // stray.c
    uint64_t *freed;         // bit per frame: it was somebody's, and holds the pattern
};

static inline struct qemu *qemu_of(const struct machine *machine)
{
    return machine->outside->own;
}

static inline struct qemu_device *qemu_device(const struct ps_device *device)
{
    return (struct qemu_device *)(uintptr_t)device; // head comes first
}

// ---- machine.c ----
// `error` came from the child: fails the machine with one line. Returns -EHOSTDOWN, or 0 for 0.
int qemu_check(struct qemu *qemu, int error);
// QEMU's clock is brought to the scheduler's.
int qemu_catch_up(struct qemu *qemu);
// The device may have timers that run from now on.
void qemu_stir(struct qemu *qemu);

// ---- start.c ----
// Starts the child with that device and learns what it can do. 0, or -EHOSTDOWN after machine_fail.
int qemu_start(struct qemu *qemu, const struct qemu_kind *kind);

// ---- bus.c ----
// The line of the interrupt controller that the device drives.
unsigned qemu_line(const struct qemu_device *device);
int qemu_bus_attach(struct qemu *qemu, struct qemu_device *device);
uint32_t qemu_config_read(struct ps_device *device, unsigned offset, unsigned width);
void qemu_config_write(struct ps_device *device, unsigned offset, unsigned width, uint32_t value);
bool qemu_port_read(struct machine *machine, uint64_t port, unsigned width, uint32_t *value);
bool qemu_port_write(struct machine *machine, uint64_t port, unsigned width, uint32_t value);
bool qemu_mmio_read(struct machine *machine, uint64_t physical, unsigned width, uint32_t *value);
bool qemu_mmio_write(struct machine *machine, uint64_t physical, unsigned width, uint32_t value);
bool qemu_is_device_memory(const struct machine *machine, uint64_t physical, size_t bytes);

// ---- fixes.c ----
const struct qemu_kind *qemu_kind_find(const char *name);
// The value to write for what software writes; what it reads back, in *value, if it wrote a fixed register before.
uint32_t qemu_fix(struct qemu_device *device, unsigned bar, uint32_t offset, uint32_t value);
void qemu_unfix(const struct qemu_device *device, unsigned bar, uint32_t offset, uint32_t *value);

// ---- sound.c ----
int qemu_sound_begin(struct machine *machine, unsigned rate, bool hears);
int qemu_sound_end(struct machine *machine);
bool qemu_sound_heard(const struct machine *machine, uint64_t *frames);
void qemu_sound_move(struct qemu *qemu); // what has come since

// ---- stray.c ----
int qemu_stray_create(struct qemu *qemu);
void qemu_page_freed(struct machine *machine, uint32_t frame);
void qemu_page_taken(struct machine *machine, uint32_t frame);
void qemu_stray_look(struct qemu *qemu); // at all pages that are nobody's

#endif
