// SPDX-License-Identifier: MIT
//
// The cyclic buffer: see buffer.h.
#include "buffer.h"

// Pages from anywhere will do, as the engine gathers. Fewer than asked for will not: then one piece may still
// be there.
PMDL CAudioBuffer::TakePages(ULONG Bytes)
{
    PHYSICAL_ADDRESS low, high;
    PMDL mdl;

    low.QuadPart = 0;
    high.QuadPart = ADDRESS_LIMIT;
    mdl = m_Port->AllocatePagesForMdl(high, Bytes);
    if (mdl && MmGetMdlByteCount(mdl) >= Bytes)
        return mdl;
    if (mdl)
        m_Port->FreePagesFromMdl(mdl);
    return m_Port->AllocateContiguousPagesForMdl(low, high, Bytes);
}

// Counts the runs of adjacent pages, and writes them down if there is room for them.
ULONG CAudioBuffer::FindRuns(RUN *Runs) const
{
    ULONG pages = m_Port->GetPhysicalPagesCount(m_Mdl), count = 0;
    LONGLONG expected = -1;

    for (ULONG i = 0; i < pages; i++) {
        LONGLONG address = m_Port->GetPhysicalPageAddress(m_Mdl, i).QuadPart;

        if (address != expected) {
            if (Runs)
                Runs[count] = {ULONG(address), i * ULONG(PAGE_SIZE)};
            count++;
        }
        expected = address + PAGE_SIZE;
    }
    return count;
}

NTSTATUS CAudioBuffer::Allocate(PPORTWAVERTSTREAM Port, ULONG Bytes)
{
    PAGED_CODE();
    m_Port = Port;
    m_Mdl = TakePages(Bytes);
    if (!m_Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    m_Base = Port->MapAllocatedPages(m_Mdl, MmCached);
    m_RunCount = FindRuns(NULL);
    m_Runs = new (NonPagedPool, AC97RT_TAG) RUN[m_RunCount];
    if (!m_Base || !m_Runs) {
        Free();
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    FindRuns(m_Runs);
    m_Bytes = Bytes;
    return STATUS_SUCCESS;
}

void CAudioBuffer::Free()
{
    PAGED_CODE();
    delete[] m_Runs;
    m_Runs = NULL;
    m_RunCount = 0;
    if (m_Base)
        m_Port->UnmapAllocatedPages(m_Base, m_Mdl);
    m_Base = NULL;
    if (m_Mdl)
        m_Port->FreePagesFromMdl(m_Mdl);
    m_Mdl = NULL;
    m_Bytes = 0;
}

ULONG CAudioBuffer::Piece(ULONG Offset, ULONG Limit, ULONG *Address) const
{
    ULONG low = 0, high = m_RunCount; // the run is in [low, high)
    ULONG end;

    while (high - low > 1) {
        ULONG middle = low + (high - low) / 2;

        if (m_Runs[middle].First <= Offset)
            low = middle;
        else
            high = middle;
    }
    end = high < m_RunCount ? m_Runs[high].First : m_Bytes;
    *Address = m_Runs[low].Address + (Offset - m_Runs[low].First);
    return end - Offset < Limit ? end - Offset : Limit;
}

void CAudioBuffer::Silence(ULONG Offset, ULONG Count)
{
    RtlZeroMemory(PUCHAR(m_Base) + Offset, Count);
}
