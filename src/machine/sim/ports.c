// SPDX-License-Identifier: MIT
//
// Decoding: which register of which device an access reaches. An access that does not lie whole in
// one BAR is answered by nobody.
#include "machine/sim/sim.h"

struct target {
    struct ps_device *device;
    unsigned bar;
    uint32_t offset;
};

static bool device_decode(struct ps_device *device, enum ps_bar_kind kind, uint64_t address,
                          uint64_t bytes, struct target *target)
{
    if (device_isa(device)) {
        *target = (struct target){.device = device};
        return kind == PS_BAR_IO && isa_decode(device, address, bytes, &target->offset);
    }
    for (unsigned i = 0; i < PS_DEVICE_BARS; i++) {
        const struct ps_bar *bar = &device->ops->pci.bars[i];
        uint64_t base = bar_space(bar->kind) == kind ? bar_address(device, i) : MACHINE_NOWHERE;

        if (address < base || base == MACHINE_NOWHERE || address - base >= bar->size ||
            bytes > bar->size - (address - base))
            continue;
        *target = (struct target){device, i, (uint32_t)(address - base)};
        return true;
    }
    return false;
}

static bool decode(const struct machine *machine, enum ps_bar_kind kind, uint64_t address,
                   uint64_t bytes, struct target *target)
{
    for (unsigned i = 0; i < machine->device_count; i++)
        if (device_decode(machine->devices[i], kind, address, bytes, target))
            return true;
    return false;
}

static bool read_register(struct machine *machine, enum ps_bar_kind kind, uint64_t address,
                          unsigned width, uint32_t *value)
{
    struct target to;

    if (!decode(machine, kind, address, width, &to))
        return false;
    sim(to.device)->inside++;
    *value = to.device->ops->read(to.device, sim(to.device)->state, to.bar, to.offset, width);
    sim(to.device)->inside--;
    return true;
}

static bool write_register(struct machine *machine, enum ps_bar_kind kind, uint64_t address,
                           unsigned width, uint32_t value)
{
    struct target to;

    if (!decode(machine, kind, address, width, &to))
        return false;
    sim(to.device)->inside++;
    to.device->ops->write(to.device, sim(to.device)->state, to.bar, to.offset, width, value);
    sim(to.device)->inside--;
    return true;
}

bool sim_port_read(struct machine *machine, uint64_t port, unsigned width, uint32_t *value)
{
    return isa_port_read(machine, port, width, value) ||
           read_register(machine, PS_BAR_IO, port, width, value);
}

bool sim_port_write(struct machine *machine, uint64_t port, unsigned width, uint32_t value)
{
    return isa_port_write(machine, port, width, value) ||
           write_register(machine, PS_BAR_IO, port, width, value);
}

bool sim_mmio_read(struct machine *machine, uint64_t physical, unsigned width, uint32_t *value)
{
    return read_register(machine, PS_BAR_MEMORY, physical, width, value);
}

bool sim_mmio_write(struct machine *machine, uint64_t physical, unsigned width, uint32_t value)
{
    return write_register(machine, PS_BAR_MEMORY, physical, width, value);
}

bool sim_is_device_memory(const struct machine *machine, uint64_t physical, size_t bytes)
{
    struct target target;

    return decode(machine, PS_BAR_MEMORY, physical, bytes, &target);
}
