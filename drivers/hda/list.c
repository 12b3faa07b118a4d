/* SPDX-License-Identifier: MIT */
/*
 * Buffer descriptor lists (HD-50 to HD-53): neighbouring pages become one entry, which ends where an interrupt is wanted.
 */
#include "hda.h"

typedef struct WRITER {
    DESCRIPTOR *list;
    ULONG entries;
    BOOLEAN open; /* the last entry may grow */
    BOOLEAN full;
} WRITER;

static void add(WRITER *writer, ULONGLONG address, ULONG bytes, BOOLEAN ends)
{
    DESCRIPTOR *last = writer->entries ? &writer->list[writer->entries - 1] : NULL;

    if (writer->open && last->address + last->bytes == address) {
        last->bytes += bytes;
    } else if (writer->entries == LIST_ENTRIES) {
        writer->full = TRUE;
        return;
    } else {
        last = &writer->list[writer->entries++];
        last->address = address;
        last->bytes = bytes;
    }
    last->interrupt = ends;
    writer->open = !ends;
}

ULONG list_build(DESCRIPTOR *list, PPORTWAVERTSTREAM port, PMDL mdl, ULONG bytes, ULONG middle)
{
    WRITER writer = {list, 0, FALSE, FALSE};
    ULONG offset, step, target;

    for (offset = 0; offset < bytes && !writer.full; offset += step) {
        PHYSICAL_ADDRESS page =
            IPortWaveRTStream_GetPhysicalPageAddress(port, mdl, offset / PAGE_SIZE);

        target = offset < middle ? middle : bytes;
        step = PAGE_SIZE - offset % PAGE_SIZE;
        if (step > target - offset)
            step = target - offset;
        add(&writer, (ULONGLONG)page.QuadPart + offset % PAGE_SIZE, step, step == target - offset);
    }
    return writer.full ? 0 : writer.entries;
}
