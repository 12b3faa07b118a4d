// SPDX-License-Identifier: MIT
//
// A device without hardware, for drivers that bring none: no registers, no interrupt, no DMA. It never fetches anything.
#include "models/models.h"

static const struct ps_isa_identity identity = {.id = "PNPFFFF"};

static int attach(struct ps_device *device, void *state)
{
    return 0;
}

static uint32_t read_register(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                              unsigned width)
{
    return UINT32_MAX;
}

static void write_register(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                           unsigned width, uint32_t value)
{
}

static void nothing(struct ps_device *device, void *state)
{
}

const struct ps_device_ops none_model = {
    .version = PS_DEVICE_VERSION,
    .name = "none",
    .description = "No hardware, for virtual drivers",
    .state_size = sizeof(uint32_t),
    .attach = attach,
    .read = read_register,
    .write = write_register,
    .wake = nothing,
    .sync = nothing,
    .isa = &identity,
};
