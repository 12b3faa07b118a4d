// SPDX-License-Identifier: MIT
//
// The error log (SV-138): an entry is pool of its own until it is written or freed; written, it becomes a line of debug
// output. IRQL <= DISPATCH.
#include <detail/errorlog.h>

#include "kernel/private.h"

#define TAG_ENTRY 0x20676F4Cu // "Log "

PVOID NTAPI IoAllocateErrorLogEntry(PVOID IoObject, UCHAR EntrySize)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (!IoObject || EntrySize < sizeof(IO_ERROR_LOG_PACKET) || EntrySize > ERROR_LOG_LIMIT_SIZE)
        return NULL;
    return pool_allocate(system, NonPagedPool, EntrySize, TAG_ENTRY, true, CALLER);
}

VOID NTAPI IoFreeErrorLogEntry(PVOID ElEntry)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (ElEntry)
        pool_free(system, ElEntry, TAG_ENTRY, CALLER);
}

VOID NTAPI IoWriteErrorLogEntry(PVOID ElEntry)
{
    NT_SERVICE(COST_SERVICE);
    const IO_ERROR_LOG_PACKET *packet = ElEntry;
    char line[128];

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    snprintf(line, sizeof(line), "error log: code 0x%08x, unique value 0x%08x, final status 0x%08x\n",
             (unsigned)packet->ErrorCode, (unsigned)packet->UniqueErrorValue, (unsigned)packet->FinalStatus);
    if (system->kernel->print)
        system->kernel->print(system->kernel->print_context, line);
    pool_free(system, ElEntry, TAG_ENTRY, CALLER);
}
