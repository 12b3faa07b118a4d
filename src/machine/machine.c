// SPDX-License-Identifier: MIT
//
// A machine's life, and the doors that are the same for every kind of machine: register accesses
// with their cost, trace and counts, configuration space, and the list of devices.
#include "machine/private.h"

#include <errno.h>
#include <stdlib.h>

#include "base/trace.h"

int machine_create(struct ps_system *system, const struct machine_options *options)
{
    static const struct machine_options defaults = {.high_bytes = (uint64_t)32 << 20};
    struct machine *machine;
    int error;

    if (!options)
        options = &defaults;
    if ((unsigned)options->layout > LAYOUT_FRAGMENTED)
        return -EINVAL;
    machine = arena_alloc(system->arena, sizeof(*machine));
    if (!machine)
        return -ENOMEM;
    machine->system = system;
    system->machine = machine;
    machine->ops = &sim_ops;
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
        views_destroy(machine);
        memory_destroy(machine);
    }
    free(machine->outside);
    arena_free(system->arena, machine, sizeof(*machine));
    system->machine = NULL;
}

// ---- devices --------------------------------------------------------------------------------

unsigned machine_device_count(const struct machine *machine)
{
    return machine->device_count;
}

struct ps_device *machine_device(const struct machine *machine, unsigned index)
{
    return index < machine->device_count ? machine->devices[index] : NULL;
}

void device_sync_all(struct machine *machine)
{
    for (unsigned i = 0; i < machine->device_count; i++)
        machine->ops->sync(machine->devices[i]);
}

void machine_set_sound(struct machine *machine, const struct sound_end *end)
{
    machine->outside->sound = end ? *end : (struct sound_end){0};
}

void machine_get_counts(const struct machine *machine, struct machine_counts *out)
{
    *out = machine->counts;
}

// ---- register accesses ----------------------------------------------------------------------

static uint32_t width_mask(unsigned width)
{
    return width == 1 ? 0xff : width == 2 ? 0xffff : 0xffffffff;
}

static bool width_valid(unsigned width)
{
    return width == 1 || width == 2 || width == 4;
}

// Counts the access in the fault plan; the board's own registers are no device's.
static bool port_reachable(struct machine *machine, uint64_t port)
{
    return machine->ops->is_board_port(port) || !machine_gone(machine);
}

static void trace_access(struct ps_system *system, const char *name, uint64_t address,
                         unsigned width, uint32_t value)
{
    TRACE(system, 'i', name, {"address", address}, {"width", width}, {"value", value});
}

// What the CPU reads: all ones where nothing answers.
static uint32_t read_result(struct ps_system *system, bool answered, unsigned width, uint32_t value)
{
    if (!answered) {
        system->machine->counts.undecoded++;
        return width_mask(width);
    }
    return value & width_mask(width);
}

uint32_t machine_port_read(struct ps_system *system, uint64_t port, unsigned width)
{
    struct machine *machine = system->machine;
    uint32_t value = 0;
    bool answered;

    sched_point(system->sched, COST_PORT_IO);
    answered = port_reachable(machine, port) && width_valid(width) &&
               machine->ops->port_read(machine, port, width, &value);
    value = read_result(system, answered, width, value);
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
    value = read_result(system, answered, width, value);
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

// ---- configuration space --------------------------------------------------------------------

// One cycle reaches an aligned unit within 256 bytes.
static bool config_valid(unsigned offset, unsigned width)
{
    return width_valid(width) && offset < 256 && offset % width == 0;
}

uint32_t pci_config_read(struct ps_device *device, unsigned offset, unsigned width)
{
    const struct machine_ops *ops = device_machine(device)->ops;

    return config_valid(offset, width) && !device_machine(device)->faults.gone &&
                   !device_on_isa(device)
               ? ops->config_read(device, offset, width)
               : width_mask(width);
}

void pci_config_write(struct ps_device *device, unsigned offset, unsigned width, uint32_t value)
{
    if (config_valid(offset, width) && !device_machine(device)->faults.gone && !device_on_isa(device))
        device_machine(device)->ops->config_write(device, offset, width, value & width_mask(width));
}
