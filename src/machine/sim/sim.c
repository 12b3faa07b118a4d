// SPDX-License-Identifier: MIT
//
// The simulated machine's bus: putting models on it and taking them off.
#include "machine/sim/sim.h"

#include <errno.h>

enum {
    PORT_FIRST = 0xc000,
    PORT_ALIGN = 0x100,
    PORT_END = 0x10000,
    LINE_IRQL_FIRST = 5, // DIRQL of the first device; the next has the next
    LINE_VECTOR_FIRST = 0x50,
    LINE_NUMBER_FIRST = 9, // what firmware leaves in the interrupt line register
};
#define MMIO_FIRST 0xe0000000u
#define MMIO_END 0xfec00000u // interrupt controllers and 0xFEE00000 lie above

struct machine *device_machine(const struct ps_device *device)
{
    return device->machine;
}

const struct ps_device_ops *device_ops(const struct ps_device *device)
{
    return device->ops;
}

const char *device_isa_id(const struct ps_device *device)
{
    return device_isa(device) ? device_isa(device)->id : NULL;
}

static bool has_line(const struct ps_device *device)
{
    return device_isa(device) ? device_isa(device)->interrupt : device->ops->pci.interrupt_pin;
}

struct sched_interrupt *device_interrupt_line(struct ps_device *device)
{
    return has_line(device) ? &device->line : NULL;
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
    device->config[PCI_COMMAND] = (uint8_t)(command & pci->command_writable);
    if (pci->interrupt_pin)
        device->config[PCI_INTERRUPT_LINE] = (uint8_t)(LINE_NUMBER_FIRST + device->slot - 1);
    return error;
}

// 0 or negative errno.
static int identify(struct ps_device *device)
{
    int error = device_isa(device) ? isa_create(device) : config_create(device);

    return error || device_isa(device) ? error : assign_resources(device);
}

static uint8_t line_irql(const struct ps_device *device)
{
    unsigned irql = LINE_IRQL_FIRST + device->slot - 1;

    return (uint8_t)(irql < IRQL_DEVICE_LAST ? irql : IRQL_DEVICE_LAST);
}

static void wire(struct ps_device *device)
{
    struct sched *sched = device->machine->system->sched;

    device->deadline.context = device;
    device->deadline.fire = device_wake;
    device->fault_deadline.context = device;
    device->fault_deadline.fire = fault_fire;
    device->line.irql = line_irql(device);
    device->line.masked = true; // nothing is connected
    if (has_line(device))
        sched_interrupt_add(sched, &device->line);
}

static void unwire(struct ps_device *device)
{
    struct sched *sched = device->machine->system->sched;

    if (!sched)
        return;
    sched_deadline_cancel(sched, &device->deadline);
    sched_deadline_cancel(sched, &device->fault_deadline);
    if (has_line(device))
        sched_interrupt_remove(sched, &device->line);
}

static void device_free(struct ps_device *device)
{
    struct arena *arena = device->machine->system->arena;

    arena_free(arena, device->state, device->ops->state_size);
    arena_free(arena, device, sizeof(*device));
}

static void sim_detach(struct ps_device *device)
{
    unwire(device);
    device_free(device);
}

static int power_on(struct ps_device *device)
{
    int error = 0;

    wire(device);
    device->inside++;
    if (device->ops->attach)
        error = device->ops->attach(device, device->state);
    device->inside--;
    if (error)
        unwire(device);
    return error;
}

static bool ops_valid(const struct ps_device_ops *ops)
{
    return ops->version >= 1 && ops->version <= PS_DEVICE_VERSION && ops->name && ops->read &&
           ops->write;
}

int machine_attach(struct ps_system *system, const struct ps_device_ops *ops,
                   struct ps_device **out)
{
    struct machine *machine = system->machine;
    struct ps_device *device;
    int error;

    if (!ops_valid(ops))
        return -EINVAL;
    if (machine->device_count == MACHINE_MAX_DEVICES)
        return -ENOSPC;
    device = arena_alloc(system->arena, sizeof(*device));
    if (!device)
        return -ENOMEM;
    device->machine = machine;
    device->ops = ops;
    device->slot = machine->device_count + 1;
    device->state = arena_alloc(system->arena, ops->state_size);
    if (!machine->next_port) {
        machine->next_port = PORT_FIRST;
        machine->next_mmio = MMIO_FIRST;
    }
    error = device->state ? identify(device) : -ENOMEM;
    if (error || (error = power_on(device))) {
        device_free(device);
        return error;
    }
    machine->devices[machine->device_count++] = device;
    *out = device;
    return 0;
}

static unsigned pci_resources(const struct ps_device *device, struct device_resource *out)
{
    unsigned count = 0, vector = LINE_VECTOR_FIRST + device->slot - 1;

    for (unsigned i = 0; i < PS_DEVICE_BARS; i++) {
        const struct ps_bar *bar = &device->ops->pci.bars[i];

        if (bar->kind != PS_BAR_NONE)
            out[count++] = (struct device_resource){
                .kind = bar->kind == PS_BAR_IO ? RESOURCE_IO : RESOURCE_MEMORY,
                .start = bar_value(device, i),
                .length = bar->size,
            };
    }
    if (device->ops->pci.interrupt_pin)
        out[count++] = (struct device_resource){.kind = RESOURCE_INTERRUPT,
                                                .start = vector,
                                                .line = (uint8_t)vector,
                                                .irql = device->line.irql};
    return count;
}

unsigned device_resources(const struct ps_device *device, struct device_resource *out,
                          unsigned capacity)
{
    struct device_resource all[DEVICE_RESOURCES];
    unsigned count = device_isa(device) ? isa_resources(device, all) : pci_resources(device, all);

    for (unsigned i = 0; i < count && i < capacity; i++)
        out[i] = all[i];
    return count;
}

// A model that is being called brings itself up to date on its own account.
void sim_sync(struct ps_device *device)
{
    if (!device->ops->sync || device->inside || device->machine->faults.gone)
        return;
    device->inside++;
    device->ops->sync(device, device->state);
    device->inside--;
}

const struct machine_ops sim_ops = {
    .port_read = sim_port_read,
    .port_write = sim_port_write,
    .mmio_read = sim_mmio_read,
    .mmio_write = sim_mmio_write,
    .config_read = sim_config_read,
    .config_write = sim_config_write,
    .is_board_port = sim_is_board_port,
    .is_device_memory = sim_is_device_memory,
    .sync = sim_sync,
    .detach = sim_detach,
};
