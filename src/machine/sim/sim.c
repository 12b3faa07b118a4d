// SPDX-License-Identifier: MIT
//
// The simulated machine's bus: putting models on it and taking them off.
#include "machine/sim/sim.h"

#include <errno.h>

#include "models/models.h"

enum {
    PORT_FIRST = 0xc000,
    PORT_ALIGN = 0x100,
    PORT_END = 0x10000,
    LINE_NUMBER_FIRST = 9, // what firmware leaves in the interrupt line register
};
#define MMIO_FIRST 0xe0000000u
#define MMIO_END 0xfec00000u // interrupt controllers and 0xFEE00000 lie above

static bool has_line(const struct ps_device *device)
{
    return device_isa(device) ? device_isa(device)->interrupt : device->ops->pci.interrupt_pin;
}

static uint64_t align_up(uint64_t value, uint64_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

static int assign_bar(struct ps_device *device, unsigned index)
{
    const struct ps_bar *bar = &device->ops->pci.bars[index];
    bool io = bar->kind == PS_BAR_IO;
    uint64_t *next = io ? &device->machine->next_port : &device->machine->next_mmio;
    uint64_t alignment = io ? PORT_ALIGN : MACHINE_PAGE;
    uint64_t address = align_up(*next, bar->size > alignment ? bar->size : alignment);

    if (address + bar->size > (io ? PORT_END : MMIO_END))
        return -ENOSPC;
    bar_assign(device, index, (uint32_t)address);
    *next = address + bar->size;
    return 0;
}

// What firmware leaves behind: BARs assigned, decoding enabled, bus mastering off.
static int assign_resources(struct ps_device *device)
{
    const struct ps_pci_identity *pci = &device->ops->pci;
    unsigned command = 0;
    int error = 0;

    for (unsigned i = 0; i < PS_DEVICE_BARS && !error; i++) {
        if (pci->bars[i].kind == PS_BAR_NONE)
            continue;
        command |= pci->bars[i].kind == PS_BAR_IO ? COMMAND_IO : COMMAND_MEMORY;
        error = assign_bar(device, i);
    }
    sim(device)->config[PCI_COMMAND] = (uint8_t)(command & pci->command_writable);
    if (pci->interrupt_pin)
        sim(device)->config[PCI_INTERRUPT_LINE] = (uint8_t)(LINE_NUMBER_FIRST + device->slot - 1);
    return error;
}

// 0 or negative errno.
static int identify(struct ps_device *device)
{
    int error = device_isa(device) ? isa_create(device) : config_create(device);

    return error || device_isa(device) ? error : assign_resources(device);
}

static void device_free(struct ps_device *device)
{
    struct arena *arena = device->machine->system->arena;

    arena_free(arena, sim(device)->state, device->ops->state_size);
    arena_free(arena, device, sizeof(struct sim_device));
}

static void unwire(struct ps_device *device)
{
    if (device->machine->system->sched)
        sched_deadline_cancel(device->machine->system->sched, &sim(device)->deadline);
    device_unwire(device);
}

static void sim_detach(struct ps_device *device)
{
    unwire(device);
    device_free(device);
}

static int power_on(struct ps_device *device)
{
    int error = 0;

    sim(device)->deadline.context = device;
    sim(device)->deadline.fire = device_wake;
    device_wire(device, has_line(device));
    sim(device)->inside++;
    if (device->ops->attach)
        error = device->ops->attach(device, sim(device)->state);
    sim(device)->inside--;
    if (error)
        unwire(device);
    return error;
}

static bool ops_valid(const struct ps_device_ops *ops)
{
    return ops->version >= 1 && ops->version <= PS_DEVICE_VERSION && ops->name && ops->read &&
           ops->write;
}

static int sim_attach(struct machine *machine, const struct ps_device_ops *ops,
                      struct ps_device **out)
{
    struct arena *arena = machine->system->arena;
    struct ps_device *device;
    int error;

    if (!ops_valid(ops))
        return -EINVAL;
    device = arena_alloc(arena, sizeof(struct sim_device));
    if (!device)
        return -ENOMEM;
    device->machine = machine;
    device->ops = ops;
    if (machine->quirks && model_quirks(ops, &sim(device)->changed))
        device->ops = &sim(device)->changed;
    device->slot = machine->device_count + 1;
    sim(device)->state = arena_alloc(arena, ops->state_size);
    if (!machine->next_port) {
        machine->next_port = PORT_FIRST;
        machine->next_mmio = MMIO_FIRST;
    }
    error = sim(device)->state ? identify(device) : -ENOMEM;
    if (error || (error = power_on(device)))
        device_free(device);
    else
        *out = device;
    return error;
}

static unsigned sim_resources(const struct ps_device *device, struct device_resource *out)
{
    unsigned count = 0;

    if (device_isa(device))
        return isa_resources(device, out);
    for (unsigned i = 0; i < PS_DEVICE_BARS; i++) {
        const struct ps_bar *bar = &device->ops->pci.bars[i];

        if (bar->kind != PS_BAR_NONE)
            out[count++] = (struct device_resource){
                .kind = bar->kind == PS_BAR_IO ? RESOURCE_IO : RESOURCE_MEMORY,
                .start = bar_value(device, i),
                .length = bar->size,
            };
    }
    return count + device_line_resource(device, &out[count]);
}

// A model that is being called brings itself up to date on its own account.
void sim_sync(struct ps_device *device)
{
    if (!device->ops->sync || sim(device)->inside || device->machine->faults.gone)
        return;
    sim(device)->inside++;
    device->ops->sync(device, sim(device)->state);
    sim(device)->inside--;
}

const struct machine_ops sim_ops = {
    .attach = sim_attach,
    .detach = sim_detach,
    .resources = sim_resources,
    .port_read = sim_port_read,
    .port_write = sim_port_write,
    .mmio_read = sim_mmio_read,
    .mmio_write = sim_mmio_write,
    .config_read = sim_config_read,
    .config_write = sim_config_write,
    .is_board_port = sim_is_board_port,
    .is_device_memory = sim_is_device_memory,
    .sync = sim_sync,
};
