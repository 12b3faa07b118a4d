// SPDX-License-Identifier: MIT
//
// What the MDL of a write describes stays as it is until the IRP is completed; of a read, until it has come to the last
// driver (VF-92). Both are looked at whenever the IRP is sent, a write also when it is completed. IRQL <= DISPATCH.
#include "kernel/private.h"

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 32;
}

static uint64_t mix_bytes(uint64_t hash, const uint8_t *at, size_t bytes)
{
    uint64_t word;

    for (; bytes >= sizeof(word); at += sizeof(word), bytes -= sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        hash = mix(hash, word);
    }
    for (; bytes; at++, bytes--)
        hash = mix(hash, *at);
    return hash;
}

static uint64_t signature_of(struct ps_system *system, const MDL *mdl)
{
    const uint64_t *pfns = (const uint64_t *)(mdl + 1);
    size_t offset = mdl->ByteOffset, left = mdl->ByteCount, pages = kernel_mdl_pages(mdl);
    uint64_t hash = mix(1, left);

    for (size_t i = 0; i < pages && left; i++, offset = 0) {
        size_t bytes = MACHINE_PAGE - offset < left ? MACHINE_PAGE - offset : left;
        const uint8_t *page = memory_direct(system->machine, pfns[i] << MACHINE_PAGE_SHIFT, MACHINE_PAGE);

        if (page)
            hash = mix_bytes(hash, page + offset, bytes);
        left -= bytes;
    }
    return hash;
}

// The MDL of a read or write whose pages are known; else NULL.
static const MDL *described(struct ps_system *system, const IRP *irp, UCHAR major)
{
    const MDL *mdl = irp->MdlAddress;

    if ((major != IRP_MJ_READ && major != IRP_MJ_WRITE) || !mdl || !mdl_find(system, mdl))
        return NULL;
    return mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL | MDL_PARTIAL) ? mdl : NULL;
}

// Against when it was sent last.
static void compare(struct ps_system *system, const struct irp_record *record, const MDL *mdl,
                    PDEVICE_OBJECT device, bool write, const void *caller)
{
    if (record->kept == mdl && record->signature != signature_of(system, mdl))
        kernel_misuse(system, "VF-92", caller, CODE_VERIFIER, write ? 0x1010 : 0x1011, (uintptr_t)device,
                      (uintptr_t)record->irp, (uintptr_t)mdl->MappedSystemVa,
                      "the buffer of IRP %u, a %s, was altered on its way %s", record->number,
                      write ? "write" : "read", write ? "through the drivers" : "down");
}

void invariant_sent(struct ps_system *system, PIRP irp, PDEVICE_OBJECT device, const void *caller)
{
    UCHAR major = IoGetNextIrpStackLocation(irp)->MajorFunction;
    const MDL *mdl = described(system, irp, major);
    struct irp_record *record = mdl ? irp_find(system, irp) : NULL;

    if (!record)
        return;
    compare(system, record, mdl, device, major == IRP_MJ_WRITE, caller);
    record->kept = mdl;
    record->signature = signature_of(system, mdl);
}

void invariant_completed(struct ps_system *system, PIRP irp, const void *caller)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    struct irp_record *record = irp_find(system, irp);

    if (!record || !record->kept)
        return;
    if (stack->MajorFunction == IRP_MJ_WRITE && described(system, irp, IRP_MJ_WRITE))
        compare(system, record, irp->MdlAddress, stack->DeviceObject, true, caller);
    record->kept = NULL; // whoever takes it back may send it anew
}
