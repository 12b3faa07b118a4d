// SPDX-License-Identifier: MIT
//
// PCI configuration space of a device: a type 0 header as bytes, with a mask of writable bits
// beside it. BAR sizing needs no code of its own: the bits below the size are not writable. What
// lies behind the header is in capabilities.c. Missing: expansion ROMs.
#include "machine/sim/sim.h"

#include <errno.h>
#include <string.h>

enum {
    IO_BAR_MIN = 4,
    IO_BAR_MAX = 1024, // the bus specification says 256; devices ask for more nevertheless
    MEMORY_BAR_MIN = 16,
    MEMORY_BAR_MAX = 16 << 20,
    STATUS_CLEARED_BY_ONE = 0xf900,
    BAR_IO = 1,
    BAR_64 = 4,
};

void config_put(uint8_t *at, uint32_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

uint32_t config_get(const uint8_t *at, unsigned width)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < width; i++)
        value |= (uint32_t)at[i] << (8 * i);
    return value;
}

static bool bar_valid(const struct ps_bar *bar)
{
    uint32_t size = bar->size;

    if (bar->kind == PS_BAR_NONE)
        return true;
    if (size & (size - 1))
        return false;
    if (bar->kind == PS_BAR_IO)
        return size >= IO_BAR_MIN && size <= IO_BAR_MAX;
    return bar_space(bar->kind) == PS_BAR_MEMORY && size >= MEMORY_BAR_MIN &&
           size <= MEMORY_BAR_MAX;
}

static bool bars_valid(const struct ps_pci_identity *pci)
{
    for (unsigned i = 0; i < PS_DEVICE_BARS; i++) {
        bool wide = pci->bars[i].kind == PS_BAR_MEMORY_64;

        if (!bar_valid(&pci->bars[i]))
            return false;
        if (wide && (i + 1 == PS_DEVICE_BARS || pci->bars[i + 1].kind != PS_BAR_NONE))
            return false;
    }
    return true;
}

static void bar_create(struct ps_device *device, unsigned index)
{
    const struct ps_bar *bar = &device->ops->pci.bars[index];
    unsigned offset = PCI_BAR0 + 4 * index;

    if (bar->kind == PS_BAR_NONE)
        return;
    // I/O space ends at 64 KiB: the upper half of an I/O BAR is not there (but in QEMU).
    config_put(sim(device)->writable + offset,
               (bar->kind == PS_BAR_IO && !device->machine->quirks ? 0xffff : 0xffffffff) & -bar->size, 4);
    sim(device)->config[offset] = bar->kind == PS_BAR_IO ? BAR_IO : 0;
    if (bar->kind == PS_BAR_MEMORY_64) {
        sim(device)->config[offset] = BAR_64;
        config_put(sim(device)->writable + offset + 4, UINT32_MAX, 4);
    }
}

int config_create(struct ps_device *device)
{
    const struct ps_pci_identity *pci = &device->ops->pci;
    uint8_t *config = sim(device)->config;

    if (pci->interrupt_pin > 4 || pci->class_code > 0xffffff || !bars_valid(pci))
        return -EINVAL;
    config_put(config + 0x00, pci->vendor, 2);
    config_put(config + 0x02, pci->device, 2);
    config_put(config + PCI_STATUS, pci->status, 2);
    config_put(config + 0x08, pci->revision | pci->class_code << 8, 4);
    config_put(config + PCI_SUBSYSTEM, pci->subsystem_vendor, 2);
    config_put(config + PCI_SUBSYSTEM + 2, pci->subsystem, 2);
    config_put(config + PCI_INTERRUPT_LINE + 1, pci->interrupt_pin, 1);
    config_put(sim(device)->writable + PCI_COMMAND, pci->command_writable, 2);
    config_put(sim(device)->writable + PCI_INTERRUPT_LINE, 0xff, 1);
    // Firmware sets the subsystem ids once, when the device does not bring its own; then they are
    // locked.
    if (!pci->subsystem_vendor && !pci->subsystem)
        config_put(sim(device)->writable + PCI_SUBSYSTEM, 0xffffffff, 4);
    for (unsigned i = 0; i < PS_DEVICE_BARS; i++)
        bar_create(device, i);
    return capabilities_create(device);
}

// ---- BARs -----------------------------------------------------------------------------------

uint64_t bar_value(const struct ps_device *device, unsigned bar)
{
    const uint8_t *at = sim(device)->config + PCI_BAR0 + 4 * bar;
    enum ps_bar_kind kind = device->ops->pci.bars[bar].kind;
    uint64_t upper = kind == PS_BAR_MEMORY_64 ? config_get(at + 4, 4) : 0;

    return upper << 32 | (config_get(at, 4) & (kind == PS_BAR_IO ? ~3u : ~15u));
}

void bar_assign(struct ps_device *device, unsigned bar, uint32_t address)
{
    unsigned offset = PCI_BAR0 + 4 * bar;

    config_put(sim(device)->config + offset, address | sim(device)->config[offset], 4);
}

uint64_t bar_address(const struct ps_device *device, unsigned bar)
{
    enum ps_bar_kind kind = device->ops->pci.bars[bar].kind;
    unsigned enabled = device_command(device) & (kind == PS_BAR_IO ? COMMAND_IO : COMMAND_MEMORY);
    uint64_t value;

    if (kind == PS_BAR_NONE || !enabled || device_d_state(device) == 3)
        return MACHINE_NOWHERE;
    value = bar_value(device, bar);
    return value ? value : MACHINE_NOWHERE;
}

// ---- cycles ---------------------------------------------------------------------------------

// A device whose line can be switched off also shows it.
static uint8_t config_byte(const struct ps_device *device, unsigned offset)
{
    bool shows = device->ops->pci.command_writable & COMMAND_NO_INTERRUPT;
    bool pending = offset == PCI_STATUS && shows && sim(device)->line_level;

    return sim(device)->config[offset] | (pending ? STATUS_INTERRUPT : 0);
}

uint32_t sim_config_read(struct ps_device *device, unsigned offset, unsigned width)
{
    uint8_t bytes[4] = {0};

    for (unsigned i = 0; i < width && offset + i < PCI_CONFIG; i++)
        bytes[i] = config_byte(device, offset + i);
    return config_get(bytes, width);
}

static void write_byte(struct ps_device *device, unsigned offset, uint8_t value)
{
    uint8_t mask = sim(device)->writable[offset], *byte = &sim(device)->config[offset];

    if (offset == PCI_STATUS || offset == PCI_STATUS + 1)
        *byte &= (uint8_t) ~(value & STATUS_CLEARED_BY_ONE >> (offset == PCI_STATUS ? 0 : 8));
    else
        *byte = (uint8_t)((*byte & ~mask) | (value & mask));
    if (offset >= PCI_SUBSYSTEM && offset < PCI_SUBSYSTEM + 4)
        sim(device)->writable[offset] = 0;
}

static void command_changed(struct ps_device *device)
{
    device_line_update(device);
    if (!device->ops->command)
        return;
    sim(device)->inside++;
    device->ops->command(device, sim(device)->state, device_command(device));
    sim(device)->inside--;
}

void sim_config_write(struct ps_device *device, unsigned offset, unsigned width, uint32_t value)
{
    uint16_t command = device_command(device);
    unsigned d_state = device_d_state(device);

    if ((offset < PCI_STATUS && offset + width > PCI_COMMAND) || offset >= PCI_HEADER)
        sim_sync(device); // what was due while the old setting held
    for (unsigned i = 0; i < width && offset + i < PCI_CONFIG; i++)
        write_byte(device, offset + i, (uint8_t)(value >> (8 * i)));
    if (device_command(device) != command)
        command_changed(device);
    if (offset >= PCI_HEADER)
        capabilities_written(device, d_state);
}
