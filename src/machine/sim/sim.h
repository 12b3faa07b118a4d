// SPDX-License-Identifier: MIT
//
// The simulated machine: a PCI bus with device models on it. Between the files of machine/sim.
#ifndef PORTSIDE_MACHINE_SIM_H
#define PORTSIDE_MACHINE_SIM_H

#include "machine/isa_card.h"

enum {
    PCI_COMMAND = 0x04,
    PCI_STATUS = 0x06,
    PCI_BAR0 = 0x10,
    PCI_SUBSYSTEM = 0x2c,
    PCI_INTERRUPT_LINE = 0x3c,
    PCI_HEADER = 0x40,
    PCI_CONFIG = 0x100,

    COMMAND_IO = 1 << 0,
    COMMAND_MEMORY = 1 << 1,
    COMMAND_MASTER = 1 << 2,
    COMMAND_NO_INTERRUPT = 1 << 10,

    STATUS_INTERRUPT = 1 << 3,
};

struct sim_device {
    struct ps_device head;
    void *state;
    unsigned inside; // calls of the model that have not returned
    bool line_level; // as the model drives it, before the command register's gate
    struct sched_deadline deadline;
    struct ps_device_ops changed; // head.ops, where quirks change what the model says of itself
    uint8_t power_at, messages_at; // capabilities; 0: not there
    uint8_t config[PCI_CONFIG];
    uint8_t writable[PCI_CONFIG];
};

static inline struct sim_device *sim(const struct ps_device *device)
{
    return (struct sim_device *)(uintptr_t)device; // head comes first
}

static inline uint16_t device_command(const struct ps_device *device)
{
    return (uint16_t)(sim(device)->config[PCI_COMMAND] | sim(device)->config[PCI_COMMAND + 1] << 8);
}

// isa.c
bool sim_is_board_port(uint64_t port);
bool isa_port_read(struct machine *machine, uint64_t port, unsigned width, uint32_t *value);
bool isa_port_write(struct machine *machine, uint64_t port, unsigned width, uint32_t value);
int isa_create(struct ps_device *device); // 0, -EINVAL, or -EBUSY
bool isa_decode(const struct ps_device *device, uint64_t address, uint64_t bytes, uint32_t *offset);
void isa_line_update(struct ps_device *device);

// sim.c
void sim_sync(struct ps_device *device);

static inline enum ps_bar_kind bar_space(enum ps_bar_kind kind)
{
    return kind == PS_BAR_MEMORY_64 ? PS_BAR_MEMORY : kind;
}

// pci.c
void config_put(uint8_t *at, uint32_t value, unsigned width);
uint32_t config_get(const uint8_t *at, unsigned width);
// Fills in the header; 0 or -EINVAL for an identity that no device can have.
int config_create(struct ps_device *device);
// Address that a BAR decodes, or MACHINE_NOWHERE: absent, disabled by the command register,
// unassigned.
uint64_t bar_address(const struct ps_device *device, unsigned bar);
// What the BAR holds, decoded or not.
uint64_t bar_value(const struct ps_device *device, unsigned bar);
void bar_assign(struct ps_device *device, unsigned bar, uint32_t address);
uint32_t sim_config_read(struct ps_device *device, unsigned offset, unsigned width);
void sim_config_write(struct ps_device *device, unsigned offset, unsigned width, uint32_t value);

// capabilities.c
int capabilities_create(struct ps_device *device); // 0 or -EINVAL
unsigned device_d_state(const struct ps_device *device);
// After a write behind the header; `before`: the D-state until then.
void capabilities_written(struct ps_device *device, unsigned before);
bool device_sends_messages(const struct ps_device *device);
void device_send_message(struct ps_device *device);

// ports.c
bool sim_port_read(struct machine *machine, uint64_t port, unsigned width, uint32_t *value);
bool sim_port_write(struct machine *machine, uint64_t port, unsigned width, uint32_t value);
bool sim_mmio_read(struct machine *machine, uint64_t physical, unsigned width, uint32_t *value);
bool sim_mmio_write(struct machine *machine, uint64_t physical, unsigned width, uint32_t value);
bool sim_is_device_memory(const struct machine *machine, uint64_t physical, size_t bytes);

// device.c
// RAM behind [physical, +*bytes), which is lowered to what is granted and lies in one piece. NULL,
// and a finding raised, if that is nothing.
uint8_t *granted_piece(struct ps_device *device, uint64_t physical, size_t *bytes,
                       enum ps_dma_direction direction);
void device_line_update(struct ps_device *device);
void device_wake(struct sched_deadline *deadline);

#endif
