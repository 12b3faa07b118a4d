// SPDX-License-Identifier: MIT
//
// A machine's life, and the doors that are the same for every kind of machine: register accesses
// with their cost, trace and counts.
#include "machine/private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/trace.h"

#define QUIRKS_HOLD 40000000 // ns: a step of QEMU's engine and more; at the end it repeats a frame

static const struct machine_ops *const kinds[MACHINE_KINDS] = {
    [MACHINE_SIM] = &sim_ops,
    [MACHINE_QEMU] = &qemu_ops,
};

int machine_create(struct ps_system *system, const struct machine_options *options)
{
    static const struct machine_options defaults = {.high_bytes = (uint64_t)32 << 20};
    struct machine *machine;
    int error;

    if (!options)
        options = &defaults;
    if ((unsigned)options->layout > LAYOUT_FRAGMENTED || (unsigned)options->kind >= MACHINE_KINDS)
        return -EINVAL;
    machine = arena_alloc(system->arena, sizeof(*machine));
    if (!machine)
        return -ENOMEM;
    machine->system = system;
    system->machine = machine;
    machine->ops = kinds[options->kind];
    machine->quirks = options->quirks;
    i8237_reset(&machine->isa_dma);
    machine->outside = calloc(1, sizeof(*machine->outside));
    if (!machine->outside) {
        machine_destroy(system);
        return -ENOMEM;
    }
    machine->outside->memfd = -1;
    error = memory_create(machine, options);
    if (!error)
        error = views_create(machine, options->map_budget);
    if (!error && machine->ops->create)
        error = machine->ops->create(machine, options);
    if (error)
        machine_destroy(system);
    return error;
}

void machine_destroy(struct ps_system *system)
{
    struct machine *machine = system->machine;

    if (!machine)
        return;
    while (machine->device_count)
        machine->ops->detach(machine->devices[--machine->device_count]);
    if (machine->outside) {
        if (machine->ops->destroy)
            machine->ops->destroy(machine);
        views_destroy(machine);
        memory_destroy(machine);
    }
    free(machine->outside);
    arena_free(system->arena, machine, sizeof(*machine));
    system->machine = NULL;
}

// ---- the machine's end of sound, and its end -------------------------------------------------

void machine_set_sound(struct machine *machine, const struct sound_end *end)
{
    machine->outside->sound = end ? *end : (struct sound_end){0};
}

int machine_sound_begin(struct machine *machine, unsigned rate, bool hears)
{
    return machine->ops->sound_begin ? machine->ops->sound_begin(machine, rate, hears) : 0;
}

int machine_sound_end(struct machine *machine)
{
    device_sync_all(machine); // a starved device has nothing to wake it
    return machine->ops->sound_end ? machine->ops->sound_end(machine) : 0;
}

bool machine_guesses_silence(const struct machine *machine)
{
    return machine->ops->guesses;
}

bool machine_sound_heard(const struct machine *machine, uint64_t *frames)
{
    return machine->ops->sound_heard && machine->ops->sound_heard(machine, frames);
}

uint64_t machine_sound_hold(const struct machine *machine)
{
    return machine->quirks && !machine->ops->hold ? QUIRKS_HOLD : machine->ops->hold;
}

const char *machine_describe(const struct machine *machine)
{
    return machine->ops->describe ? machine->ops->describe(machine) : "";
}

bool machine_answers(struct machine *machine)
{
    if (machine->ops->ask)
        machine->ops->ask(machine);
    return !machine_failure(machine);
}

uint64_t machine_commands(const struct machine *machine)
{
    return machine->ops->commands ? machine->ops->commands(machine) : 0;
}

void machine_get_counts(const struct machine *machine, struct machine_counts *out)
{
    *out = machine->counts;
}

void machine_fail(struct machine *machine, const char *format, ...)
{
    struct machine_outside *outside = machine->outside;
    va_list arguments;

    if (!outside->failure[0]) {
        va_start(arguments, format);
        vsnprintf(outside->failure, sizeof(outside->failure), format, arguments);
        va_end(arguments);
    }
    machine->faults.gone = true;
    sched_stop(machine->system->sched);
}

const char *machine_failure(const struct machine *machine)
{
    return machine->outside->failure[0] ? machine->outside->failure : NULL;
}

// ---- register accesses ----------------------------------------------------------------------

// Counts the access in the fault plan; the board's own registers are no device's.
static bool port_reachable(struct machine *machine, uint64_t port)
{
    return (machine->ops->is_board_port && machine->ops->is_board_port(port)) ||
           !machine_gone(machine);
}

static void trace_access(struct ps_system *system, const char *name, uint64_t address,
                         unsigned width, uint32_t value)
{
    TRACE(system, 'i', name, {"address", address}, {"width", width}, {"value", value});
}

// A loop that waits for a register of a device that is no more sees what it has seen: so that it comes to its time limit
// soon, time goes faster for it.
static void note_silence(struct ps_system *system, uint64_t address)
{
    enum { POLLS = 4096, NS_EACH = 1000000 };
    struct machine *machine = system->machine;

    machine->counts.undecoded++;
    machine->silent_reads = address == machine->silent_address ? machine->silent_reads + 1 : 0;
    machine->silent_address = address;
    if (machine->silent_reads >= POLLS)
        sched_stall(system->sched, NS_EACH);
}

// What the CPU reads: all ones where nothing answers.
static uint32_t read_result(struct ps_system *system, bool answered, uint64_t address, unsigned width, uint32_t value)
{
    if (answered) {
        system->machine->silent_reads = 0;
        return value & width_mask(width);
    }
    note_silence(system, address);
    return width_mask(width);
}

uint32_t machine_port_read(struct ps_system *system, uint64_t port, unsigned width)
{
    struct machine *machine = system->machine;
    uint32_t value = 0;
    bool answered;

    sched_point(system->sched, COST_PORT_IO);
    answered = port_reachable(machine, port) && width_valid(width) &&
               machine->ops->port_read(machine, port, width, &value);
    value = read_result(system, answered, port, width, value);
    trace_access(system, "port read", port, width, value);
    return value;
}

void machine_port_write(struct ps_system *system, uint64_t port, unsigned width, uint32_t value)
{
    struct machine *machine = system->machine;

    sched_point(system->sched, COST_PORT_IO);
    value &= width_mask(width);
    trace_access(system, "port write", port, width, value);
    if (!port_reachable(machine, port) || !width_valid(width) ||
        !machine->ops->port_write(machine, port, width, value))
        machine->counts.undecoded++;
}

uint32_t machine_mmio_read(struct ps_system *system, uint64_t physical, unsigned width)
{
    struct machine *machine = system->machine;
    uint32_t value = 0;
    bool answered;

    sched_point(system->sched, COST_MMIO);
    answered = !machine_gone(machine) && width_valid(width) &&
               machine->ops->mmio_read(machine, physical, width, &value);
    value = read_result(system, answered, physical, width, value);
    trace_access(system, "mmio read", physical, width, value);
    return value;
}

void machine_mmio_write(struct ps_system *system, uint64_t physical, unsigned width, uint32_t value)
{
    struct machine *machine = system->machine;

    sched_point(system->sched, COST_MMIO);
    value &= width_mask(width);
    trace_access(system, "mmio write", physical, width, value);
    if (machine_gone(machine) || !width_valid(width) ||
        !machine->ops->mmio_write(machine, physical, width, value))
        machine->counts.undecoded++;
}
