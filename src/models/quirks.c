// SPDX-License-Identifier: MIT
//
// What QEMU's devices say of themselves in configuration space, as observed from outside.
#include "models/models.h"

#define QEMU 0x1AF4
#define QEMU_DEVICE 0x1100
#define COMMANDS 0x0507
#define MESSAGES 0x60

// MSI is the only capability; at 40h is what says the signalling is HD Audio's.
static const struct ps_pci_register registers[] = {
    {0x40, 1, 0x01, 0},
    {0x60, 2, 0x0005, 0},          {0x62, 2, 0x0080, 0x0001},     {0x64, 4, 0, 0xFFFFFFFC},
    {0x68, 4, 0, 0xFFFFFFFF},      {0x6C, 2, 0, 0xFFFF},
};

bool model_quirks(const struct ps_device_ops *model, struct ps_device_ops *out)
{
    if (model != &ac97_model && model != &hda_model)
        return false;
    *out = *model;
    out->pci.revision = 1;
    out->pci.interrupt_pin = 1;
    out->pci.command_writable = COMMANDS;
    out->pci.subsystem_vendor = QEMU;
    out->pci.subsystem = QEMU_DEVICE;
    if (model == &ac97_model) {
        out->pci.bars[0].size = 1024;
        out->pci.bars[1].size = 256;
        return true;
    }
    out->pci.device = 0x2668;
    out->pci.bars[0].kind = PS_BAR_MEMORY;
    out->registers = registers;
    out->register_count = sizeof(registers) / sizeof(*registers);
    out->capabilities = MESSAGES;
    return true;
}
