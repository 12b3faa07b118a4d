// SPDX-License-Identifier: MIT
//
// Configuration space behind the header: registers that the model names, and the two capabilities
// that the machine acts upon, power management and MSI.
#include "machine/sim/sim.h"

#include <errno.h>

enum {
    ID_POWER = 0x01,
    ID_MESSAGES = 0x05,
    CAPABILITY_POINTER = 0x34,
    MOST_CAPABILITIES = 48, // that have room; more is a loop

    POWER_ABILITIES = 2,
    POWER_CONTROL = 4,
    POWER_D1 = 1 << 9,
    POWER_D2 = 1 << 10,

    MESSAGE_CONTROL = 2,
    MESSAGE_ENABLE = 1,
    MESSAGE_ADDRESS = 4,
    MESSAGE_DATA = 12,
};

#define LOCAL_APIC 0xFEE00000u
#define LOCAL_APIC_BYTES 0x100000u

static int add_register(struct ps_device *device, const struct ps_pci_register *reg)
{
    bool sane = reg->width == 1 || reg->width == 2 || reg->width == 4;

    if (!sane || reg->offset < PCI_HEADER || reg->offset % reg->width ||
        reg->offset + reg->width > PCI_CONFIG)
        return -EINVAL;
    config_put(sim(device)->config + reg->offset, reg->reset, reg->width);
    config_put(sim(device)->writable + reg->offset, reg->writable, reg->width);
    return 0;
}

// Finds the capabilities that the machine knows.
static int walk(struct ps_device *device)
{
    unsigned at = sim(device)->config[CAPABILITY_POINTER], count = 0;

    while (at) {
        if (at < PCI_HEADER || at % 4 || at + 16 > PCI_CONFIG || ++count > MOST_CAPABILITIES)
            return -EINVAL;
        if (sim(device)->config[at] == ID_POWER)
            sim(device)->power_at = (uint8_t)at;
        if (sim(device)->config[at] == ID_MESSAGES)
            sim(device)->messages_at = (uint8_t)at;
        at = sim(device)->config[at + 1];
    }
    return 0;
}

int capabilities_create(struct ps_device *device)
{
    const struct ps_device_ops *ops = device->ops;
    int error = 0;

    if (ops->version < 2)
        return 0;
    for (unsigned i = 0; i < ops->register_count && !error; i++)
        error = add_register(device, &ops->registers[i]);
    sim(device)->config[CAPABILITY_POINTER] = ops->capabilities;
    return error ? error : walk(device);
}

// ---- power --------------------------------------------------------------------------------------

unsigned device_d_state(const struct ps_device *device)
{
    return sim(device)->power_at ? sim(device)->config[sim(device)->power_at + POWER_CONTROL] & 3u : 0;
}

// A state that the device does not have is not entered.
static bool enters(const struct ps_device *device, unsigned state)
{
    unsigned abilities = config_get(sim(device)->config + sim(device)->power_at + POWER_ABILITIES, 2);

    return state == 0 || state == 3 || (abilities & (state == 1 ? POWER_D1 : POWER_D2));
}

void capabilities_written(struct ps_device *device, unsigned before)
{
    unsigned now = device_d_state(device);

    device_line_update(device); // MSI may have been switched
    if (now == before)
        return;
    if (!enters(device, now)) {
        uint8_t *control = &sim(device)->config[sim(device)->power_at + POWER_CONTROL];
        *control = (uint8_t)((*control & ~3u) | before);
        return;
    }
    device_line_update(device);
    if (device->ops->version < 2 || !device->ops->power || (now != 0 && now != 3))
        return;
    sim(device)->inside++;
    device->ops->power(device, sim(device)->state, now);
    sim(device)->inside--;
}

// ---- MSI ----------------------------------------------------------------------------------------

bool device_sends_messages(const struct ps_device *device)
{
    return sim(device)->messages_at &&
           (sim(device)->config[sim(device)->messages_at + MESSAGE_CONTROL] & MESSAGE_ENABLE);
}

void device_send_message(struct ps_device *device)
{
    const uint8_t *capability = sim(device)->config + sim(device)->messages_at;
    uint64_t address = config_get(capability + MESSAGE_ADDRESS, 4) |
                       (uint64_t)config_get(capability + MESSAGE_ADDRESS + 4, 4) << 32;
    uint32_t data = config_get(capability + MESSAGE_DATA, 2);

    if (!ps_device_bus_master(device) || device->machine->faults.gone)
        return;
    if (address - LOCAL_APIC >= LOCAL_APIC_BYTES) {
        ps_device_dma_write(device, address, &data, sizeof(data));
        return;
    }
    device->line.edge = true;
    device->machine->counts.interrupts++;
    sched_interrupt_assert(device->machine->system->sched, &device->line, true);
}
