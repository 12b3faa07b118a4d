// SPDX-License-Identifier: MIT
//
// QEMU does not ask before it touches memory, so a device's access outside a grant cannot be stopped, and a stray read
// not even be seen. A stray write shows afterwards, in pages that are nobody's: they hold a pattern, or zeros if they
// never were anybody's. Looked at when such a page is given out again, and all of them at the end of a run.
#include "machine/qemu/qemu.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/finding.h"
#include "base/sanitize.h"

enum { CODE_DMA_VIOLATION = 0xe6, DMA_OUTSIDE_GRANT = 0x26 };
#define PATTERN 0xd1ce5afe7a6e5eedu

static uint64_t *words_of(struct machine *machine, uint32_t frame)
{
    return (uint64_t *)(machine->ram + (size_t)frame * MACHINE_PAGE);
}

int qemu_stray_create(struct qemu *qemu)
{
    qemu->freed = calloc((qemu->machine->frame_count + 63) / 64, sizeof(*qemu->freed));
    return qemu->freed ? 0 : -ENOMEM;
}

static void fill(struct machine *machine, uint32_t frame, uint64_t word)
{
    uint64_t *words = words_of(machine, frame);

    sanitize_unpoison(words, MACHINE_PAGE);
    for (unsigned i = 0; i < MACHINE_PAGE / sizeof(*words); i++)
        words[i] = word;
}

// The place of the first changed word in the page, or MACHINE_PAGE.
static unsigned changed_at(struct machine *machine, uint32_t frame, uint64_t word)
{
    const uint64_t *words = words_of(machine, frame);

    for (unsigned i = 0; i < MACHINE_PAGE / sizeof(*words); i++)
        if (words[i] != word)
            return i * (unsigned)sizeof(*words);
    return MACHINE_PAGE;
}

static void report(struct machine *machine, uint32_t frame, unsigned offset)
{
    const struct ps_device *device = machine->devices[0];
    const struct frame *info = memory_frame_info(machine, frame);
    uint64_t physical = memory_pfn(machine, frame) * MACHINE_PAGE + offset;
    const uint64_t parameters[4] = {DMA_OUTSIDE_GRANT, device ? device->slot : 0, physical,
                                    PS_DMA_TO_MEMORY};

    machine->counts.dma_outside_grant++;
    finding_raise_code(machine->system, "VF-11", SIDE_DRIVER, NULL, CODE_DMA_VIOLATION, parameters,
                       "physical address 0x%" PRIx64 " was written while it was nobody's; mapping "
                       "%" PRIu64 " was the last there (QEMU: found afterwards)",
                       physical, info->tag);
}

static void look(struct machine *machine, uint32_t frame)
{
    uint64_t word = frame_bit(qemu_of(machine)->freed, frame) ? PATTERN : 0;
    unsigned offset = changed_at(machine, frame, word);

    if (offset == MACHINE_PAGE)
        return;
    fill(machine, frame, word); // is told once
    report(machine, frame, offset);
}

void qemu_page_freed(struct machine *machine, uint32_t frame)
{
    frame_set(qemu_of(machine)->freed, frame);
    fill(machine, frame, PATTERN);
}

void qemu_page_taken(struct machine *machine, uint32_t frame)
{
    if (frame_bit(qemu_of(machine)->freed, frame)) // else its memory need not exist yet
        look(machine, frame);
}

static void look_at_range(struct machine *machine, const struct ram_range *range)
{
    off_t at = (off_t)range->first * MACHINE_PAGE, end = at + (off_t)range->count * MACHINE_PAGE;

    while (at < end && (at = lseek(machine->outside->memfd, at, SEEK_DATA)) >= 0 && at < end) {
        uint32_t frame = (uint32_t)(at / MACHINE_PAGE);

        if (!frame_allocated(machine, frame))
            look(machine, frame);
        at = (off_t)(frame + 1) * MACHINE_PAGE;
    }
}

void qemu_stray_look(struct qemu *qemu)
{
    for (unsigned i = 0; i < qemu->machine->range_count; i++)
        look_at_range(qemu->machine, &qemu->machine->ranges[i]);
}
