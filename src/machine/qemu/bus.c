// SPDX-License-Identifier: MIT
//
// QEMU's PCI bus, as firmware would leave it, and register accesses. Software reaches the BARs of its device and its
// configuration space, nothing else of QEMU.
#include "machine/qemu/qemu.h"

#include <errno.h>

enum {
    CONFIG_ADDRESS = 0xcf8,
    CONFIG_DATA = 0xcfc,
    PLACES = 32,
    BRIDGE_ID = 0x70008086u, // the PIIX3, which routes interrupts
    BRIDGE_ROUTES = 0x60,
    COMMAND = 0x04,
    BAR0 = 0x10,
    LINE = 0x3c,
    COMMAND_IO = 1,
    COMMAND_MEMORY = 2,
    PORT_FIRST = 0xc000,
    PORT_ALIGN = 0x100,
};
#define MMIO_FIRST 0xe0000000u

static const char suffixes[] = {[1] = 'b', [2] = 'w', [4] = 'l'};

// ---- configuration --------------------------------------------------------------------------

static int config_read(struct qemu *qemu, unsigned place, unsigned offset, unsigned width,
                       uint32_t *value)
{
    uint64_t got;
    int error = qtest_post(&qemu->link, "outl 0x%x 0x%x", CONFIG_ADDRESS,
                           0x80000000u | place << 11 | (offset & 0xfc));

    if (!error)
        error = qtest_ask(&qemu->link, &got, "in%c 0x%x", suffixes[width], CONFIG_DATA + (offset & 3));
    *value = error ? width_mask(width) : (uint32_t)got & width_mask(width);
    return error;
}

static int config_write(struct qemu *qemu, unsigned place, unsigned offset, unsigned width,
                        uint32_t value)
{
    int error = qtest_post(&qemu->link, "outl 0x%x 0x%x", CONFIG_ADDRESS,
                           0x80000000u | place << 11 | (offset & 0xfc));

    return error ? error
                 : qtest_post(&qemu->link, "out%c 0x%x 0x%x", suffixes[width],
                              CONFIG_DATA + (offset & 3), value);
}

uint32_t qemu_config_read(struct ps_device *device, unsigned offset, unsigned width)
{
    struct qemu *qemu = qemu_of(device->machine);
    uint32_t value;
    int error = qemu_catch_up(qemu);

    if (!error)
        error = config_read(qemu, qemu_device(device)->place, offset, width, &value);
    return qemu_check(qemu, error) ? width_mask(width) : value;
}

void qemu_config_write(struct ps_device *device, unsigned offset, unsigned width, uint32_t value)
{
    struct qemu *qemu = qemu_of(device->machine);
    int error = qemu_catch_up(qemu);

    if (!error)
        error = config_write(qemu, qemu_device(device)->place, offset, width, value);
    qemu_check(qemu, error);
    qemu_stir(qemu);
}

// ---- what firmware does ---------------------------------------------------------------------

static int find(struct qemu *qemu, uint32_t id, unsigned *place)
{
    for (*place = 0; *place < PLACES; (*place)++) {
        uint32_t found;
        int error = config_read(qemu, *place, 0, 4, &found);

        if (error || found == id)
            return error;
    }
    return -ENODEV;
}

static int measure_bar(struct qemu *qemu, struct qemu_device *device, unsigned index)
{
    struct qemu_bar *bar = &device->bars[index];
    unsigned offset = BAR0 + 4 * index;
    uint32_t ones;
    int error = config_write(qemu, device->place, offset, 4, UINT32_MAX);

    if (!error)
        error = config_read(qemu, device->place, offset, 4, &ones);
    if (error || !ones)
        return error;
    bar->io = ones & 1;
    bar->size = -(ones & (bar->io ? ~3u : ~15u));
    if (bar->io)
        bar->size &= 0xffff;
    return 0;
}

static int assign_bar(struct qemu *qemu, struct qemu_device *device, unsigned index)
{
    struct machine *machine = qemu->machine;
    struct qemu_bar *bar = &device->bars[index];
    uint64_t *next = bar->io ? &machine->next_port : &machine->next_mmio;
    uint64_t alignment = bar->io ? PORT_ALIGN : MACHINE_PAGE;

    if (bar->size > alignment)
        alignment = bar->size;
    bar->start = (uint32_t)((*next + alignment - 1) & ~(alignment - 1));
    *next = (uint64_t)bar->start + bar->size;
    return config_write(qemu, device->place, BAR0 + 4 * index, 4, bar->start);
}

static int route_interrupts(struct qemu *qemu)
{
    unsigned bridge;
    int error = find(qemu, BRIDGE_ID, &bridge);

    for (unsigned i = 0; i < 4 && !error; i++)
        error = config_write(qemu, bridge, BRIDGE_ROUTES + i, 1, QEMU_LINE);
    return error;
}

// An ISA card has fixed ports; QEMU's card and board have them where ours have.
static int place_card(struct qemu_device *device)
{
    const struct ps_isa_identity *isa = device_isa(&device->head);

    device->bars[0] = (struct qemu_bar){.io = true, .size = isa->ports, .start = isa->port};
    device->head.line.edge = true;
    return 0;
}

unsigned qemu_line(const struct qemu_device *device)
{
    return device_isa(&device->head) ? device_isa(&device->head)->interrupt : QEMU_LINE;
}

static int attach_to_pci(struct qemu *qemu, struct qemu_device *device)
{
    uint32_t id = device->kind->vendor | (uint32_t)device->kind->device << 16;
    int error = find(qemu, id, &device->place);
    unsigned command = 0;

    qemu->machine->next_port = PORT_FIRST;
    qemu->machine->next_mmio = MMIO_FIRST;
    for (unsigned i = 0; i < PS_DEVICE_BARS && !error; i++) {
        error = measure_bar(qemu, device, i);
        if (!error && device->bars[i].size)
            error = assign_bar(qemu, device, i);
    }
    if (!error)
        error = route_interrupts(qemu);
    for (unsigned i = 0; i < PS_DEVICE_BARS; i++)
        if (device->bars[i].size)
            command |= device->bars[i].io ? COMMAND_IO : COMMAND_MEMORY;
    if (!error)
        error = config_write(qemu, device->place, LINE, 1, QEMU_LINE);
    return error ? error : config_write(qemu, device->place, COMMAND, 2, command);
}

int qemu_bus_attach(struct qemu *qemu, struct qemu_device *device)
{
    return device_isa(&device->head) ? place_card(device) : attach_to_pci(qemu, device);
}

// ---- registers ------------------------------------------------------------------------------

struct target {
    struct qemu_device *device; // NULL: the board
    unsigned bar;
    uint32_t offset;
};

static bool has_cards(const struct machine *machine)
{
    return machine->device_count && device_isa(machine->devices[0]);
}

static bool decode(const struct machine *machine, bool io, uint64_t address, size_t bytes,
                   struct target *out)
{
    for (unsigned d = 0; d < machine->device_count; d++)
        for (unsigned i = 0; i < PS_DEVICE_BARS; i++) {
            const struct qemu_bar *bar = &qemu_device(machine->devices[d])->bars[i];

            if (!bar->size || bar->io != io || address < bar->start ||
                address - bar->start >= bar->size || bytes > bar->size - (address - bar->start))
                continue;
            *out = (struct target){qemu_device(machine->devices[d]), i,
                                   (uint32_t)(address - bar->start)};
            return true;
        }
    *out = (struct target){NULL, 0, 0};
    return io && has_cards(machine) && i8237_decodes(address);
}

static bool read_register(struct machine *machine, bool io, uint64_t address, unsigned width,
                          uint32_t *value)
{
    struct qemu *qemu = qemu_of(machine);
    struct target to;
    uint64_t got = 0;
    int error;

    if (!decode(machine, io, address, width, &to))
        return false;
    error = qemu_catch_up(qemu);
    if (!error && io)
        error = qtest_ask(&qemu->link, &got, "in%c 0x%x", suffixes[width], (unsigned)address);
    else if (!error)
        error = qtest_ask(&qemu->link, &got, "read%c 0x%llx", suffixes[width],
                          (unsigned long long)address);
    *value = (uint32_t)got;
    if (to.device)
        qemu_unfix(to.device, to.bar, to.offset, value);
    return !qemu_check(qemu, error);
}

static bool write_register(struct machine *machine, bool io, uint64_t address, unsigned width,
                           uint32_t value)
{
    struct qemu *qemu = qemu_of(machine);
    struct target to;
    int error;

    if (!decode(machine, io, address, width, &to))
        return false;
    if (to.device)
        value = qemu_fix(to.device, to.bar, to.offset, value);
    error = qemu_catch_up(qemu);
    if (!error && io)
        error = qtest_post(&qemu->link, "out%c 0x%x 0x%x", suffixes[width], (unsigned)address,
                           value);
    else if (!error)
        error = qtest_post(&qemu->link, "write%c 0x%llx 0x%x", suffixes[width],
                           (unsigned long long)address, value);
    qemu_stir(qemu);
    return !qemu_check(qemu, error);
}

bool qemu_port_read(struct machine *machine, uint64_t port, unsigned width, uint32_t *value)
{
    return read_register(machine, true, port, width, value);
}

bool qemu_port_write(struct machine *machine, uint64_t port, unsigned width, uint32_t value)
{
    return write_register(machine, true, port, width, value);
}

bool qemu_mmio_read(struct machine *machine, uint64_t physical, unsigned width, uint32_t *value)
{
    return read_register(machine, false, physical, width, value);
}

bool qemu_mmio_write(struct machine *machine, uint64_t physical, unsigned width, uint32_t value)
{
    return write_register(machine, false, physical, width, value);
}

bool qemu_is_device_memory(const struct machine *machine, uint64_t physical, size_t bytes)
{
    struct target to;

    return decode(machine, false, physical, bytes, &to);
}
