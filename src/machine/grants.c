// SPDX-License-Identifier: MIT
//
// DMA grants: for each page how many let devices read and write it now, and the tag that last did.
// The check itself is here; who asks and what a violation is called is the device's side
// (sim/device.c).
#include "machine/private.h"

static uint32_t grants_in(const struct frame *info, enum ps_dma_direction direction)
{
    return direction == PS_DMA_FROM_MEMORY ? info->readers : info->writers;
}

static uint64_t last_pfn(uint64_t physical, size_t bytes)
{
    uint64_t last = physical + bytes - 1;

    return (last < physical ? UINT64_MAX : last) / MACHINE_PAGE;
}

// The frame of an allocated page, or FRAME_NONE: only memory that is somebody's can be granted.
static uint32_t grantable(const struct machine *machine, uint64_t pfn)
{
    uint32_t frame = memory_frame(machine, pfn);

    return frame != FRAME_NONE && frame_allocated(machine, frame) ? frame : FRAME_NONE;
}

// Adds `change` (1 or -1) to the page's count; a count of 0 does not fall.
static void grant_page(struct machine *machine, uint32_t frame, enum ps_dma_direction direction,
                       int change, uint64_t tag)
{
    struct frame *info = memory_frame_change(machine, frame);

    if (change < 0 && !grants_in(info, direction))
        return;
    if (direction == PS_DMA_FROM_MEMORY)
        info->readers += (uint32_t)change;
    else
        info->writers = (info->writers + (uint32_t)change) & 0x1fffffff;
    machine->granted += (size_t)change;
    info->suspended = 0;
    info->tag = tag;
}

static void grant_change(struct machine *machine, uint64_t physical, size_t bytes,
                         enum ps_dma_direction direction, int change, uint64_t tag)
{
    if (!bytes)
        return;
    for (uint64_t pfn = physical / MACHINE_PAGE; pfn <= last_pfn(physical, bytes); pfn++) {
        uint32_t frame = grantable(machine, pfn);

        if (frame == FRAME_NONE)
            return;
        grant_page(machine, frame, direction, change, tag);
    }
}

void grant_add(struct machine *machine, uint64_t physical, size_t bytes,
               enum ps_dma_direction direction, uint64_t tag)
{
    grant_change(machine, physical, bytes, direction, 1, tag);
}

void grant_remove(struct machine *machine, uint64_t physical, size_t bytes,
                  enum ps_dma_direction direction, uint64_t tag)
{
    device_sync_all(machine);
    grant_change(machine, physical, bytes, direction, -1, tag);
}

void grant_suspend(struct machine *machine, uint64_t physical, size_t bytes,
                   enum ps_dma_direction direction, uint64_t tag)
{
    grant_remove(machine, physical, bytes, direction, tag);
    for (uint64_t pfn = physical / MACHINE_PAGE; bytes && pfn <= last_pfn(physical, bytes); pfn++) {
        uint32_t frame = grantable(machine, pfn);

        if (frame != FRAME_NONE)
            memory_frame_change(machine, frame)->suspended = 1;
    }
}

bool grant_covers(const struct machine *machine, uint64_t physical, size_t bytes,
                  enum ps_dma_direction direction)
{
    if (!bytes)
        return true;
    for (uint64_t pfn = physical / MACHINE_PAGE; pfn <= last_pfn(physical, bytes); pfn++) {
        uint32_t frame = memory_frame(machine, pfn);

        if (frame == FRAME_NONE || !grants_in(memory_frame_info(machine, frame), direction))
            return false;
    }
    return true;
}

size_t grant_count(const struct machine *machine)
{
    return machine->granted;
}
