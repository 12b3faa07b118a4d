// SPDX-License-Identifier: MIT
//
// What an ISA card has on every machine: what its model says of it, and what a driver is told.
#ifndef PORTSIDE_MACHINE_ISA_CARD_H
#define PORTSIDE_MACHINE_ISA_CARD_H

#include "machine/private.h"

// NULL: a PCI device.
static inline const struct ps_isa_identity *device_isa(const struct ps_device *device)
{
    return device->ops->version >= 3 ? device->ops->isa : NULL;
}

unsigned isa_resources(const struct ps_device *device, struct device_resource *out);

#endif
