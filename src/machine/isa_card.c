// SPDX-License-Identifier: MIT
#include "machine/isa_card.h"

enum { ISA_VECTOR_FIRST = 0x30 };

unsigned isa_resources(const struct ps_device *device, struct device_resource *out)
{
    const struct ps_isa_identity *isa = device_isa(device);
    unsigned count = 0;

    if (isa->ports)
        out[count++] =
            (struct device_resource){.kind = RESOURCE_IO, .start = isa->port, .length = isa->ports};
    if (isa->interrupt)
        out[count++] = (struct device_resource){.kind = RESOURCE_INTERRUPT,
                                                .start = ISA_VECTOR_FIRST + isa->interrupt,
                                                .line = isa->interrupt,
                                                .irql = device->line.irql,
                                                .latched = true};
    for (unsigned i = 0; i < isa->channel_count; i++)
        out[count++] =
            (struct device_resource){.kind = RESOURCE_CHANNEL, .start = isa->channels[i]};
    return count;
}
