// SPDX-License-Identifier: MIT
//
// Devices as every kind of machine has them: the list, the interrupt line, resources, configuration space.
#include "machine/private.h"

#include <errno.h>

enum {
    LINE_IRQL_FIRST = 5, // DIRQL of the first device; the next has the next
    LINE_VECTOR_FIRST = 0x50,
};

int machine_attach(struct ps_system *system, const struct ps_device_ops *model,
                   struct ps_device **out)
{
    struct machine *machine = system->machine;
    int error;

    if (machine->device_count == MACHINE_MAX_DEVICES)
        return -ENOSPC;
    error = machine->ops->attach(machine, model, out);
    if (!error)
        machine->devices[machine->device_count++] = *out;
    return error;
}

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

const struct ps_device_ops *device_ops(const struct ps_device *device)
{
    return device->ops;
}

const char *device_isa_id(const struct ps_device *device)
{
    return device->ops->version >= 3 && device->ops->isa ? device->ops->isa->id : NULL;
}

// ---- the interrupt line ---------------------------------------------------------------------

struct sched_interrupt *device_interrupt_line(struct ps_device *device)
{
    return device->line.irql ? &device->line : NULL;
}

static uint8_t line_irql(const struct ps_device *device)
{
    unsigned irql = LINE_IRQL_FIRST + device->slot - 1;

    return (uint8_t)(irql < IRQL_DEVICE_LAST ? irql : IRQL_DEVICE_LAST);
}

void device_wire(struct ps_device *device, bool interrupts)
{
    device->fault_deadline.context = device;
    device->fault_deadline.fire = fault_fire;
    device->line.masked = true; // nothing is connected
    if (!interrupts)
        return;
    device->line.irql = line_irql(device);
    sched_interrupt_add(device->machine->system->sched, &device->line);
}

void device_unwire(struct ps_device *device)
{
    struct sched *sched = device->machine->system->sched;

    if (!sched)
        return;
    sched_deadline_cancel(sched, &device->fault_deadline);
    if (device->line.irql)
        sched_interrupt_remove(sched, &device->line);
}

// ---- resources ------------------------------------------------------------------------------

unsigned device_line_resource(const struct ps_device *device, struct device_resource *out)
{
    unsigned vector = LINE_VECTOR_FIRST + device->slot - 1;

    if (!device->line.irql)
        return 0;
    *out = (struct device_resource){.kind = RESOURCE_INTERRUPT,
                                    .start = vector,
                                    .line = (uint8_t)vector,
                                    .irql = device->line.irql};
    return 1;
}

unsigned device_resources(const struct ps_device *device, struct device_resource *out,
                          unsigned capacity)
{
    struct device_resource all[DEVICE_RESOURCES];
    unsigned count = device->machine->ops->resources(device, all);

    for (unsigned i = 0; i < count && i < capacity; i++)
        out[i] = all[i];
    return count;
}

// ---- configuration space --------------------------------------------------------------------

// One cycle reaches an aligned unit within 256 bytes.
static bool config_valid(unsigned offset, unsigned width)
{
    return width_valid(width) && offset < 256 && offset % width == 0;
}

uint32_t pci_config_read(struct ps_device *device, unsigned offset, unsigned width)
{
    const struct machine_ops *ops = device->machine->ops;

    return config_valid(offset, width) && !device->machine->faults.gone && !device_on_isa(device)
               ? ops->config_read(device, offset, width)
               : width_mask(width);
}

void pci_config_write(struct ps_device *device, unsigned offset, unsigned width, uint32_t value)
{
    if (config_valid(offset, width) && !device->machine->faults.gone && !device_on_isa(device))
        device->machine->ops->config_write(device, offset, width, value & width_mask(width));
}
