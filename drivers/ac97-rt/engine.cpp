// SPDX-License-Identifier: MIT
//
// One DMA engine: see engine.h.
#include "engine.h"

NTSTATUS CEngine::Create(PPORTWAVERTSTREAM Port, ULONG_PTR Registers)
{
    PHYSICAL_ADDRESS low, high;

    PAGED_CODE();
    m_Port = Port;
    m_Registers = Registers;
    low.QuadPart = 0;
    high.QuadPart = ADDRESS_LIMIT;
    m_Mdl = Port->AllocateContiguousPagesForMdl(low, high, DESCRIPTORS * sizeof(DESCRIPTOR));
    if (!m_Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    m_List = static_cast<DESCRIPTOR *>(Port->MapAllocatedPages(m_Mdl, MmCached));
    if (!m_List)
        return STATUS_INSUFFICIENT_RESOURCES;
    m_ListAddress = Port->GetPhysicalPageAddress(m_Mdl, 0).LowPart;
    Reset();
    return STATUS_SUCCESS;
}

void CEngine::Destroy()
{
    PAGED_CODE();
    if (m_List) {
        Stop();
        m_Port->UnmapAllocatedPages(m_List, m_Mdl);
    }
    if (m_Mdl)
        m_Port->FreePagesFromMdl(m_Mdl);
}

// ---- the hardware ----------------------------------------------------------------------------------------

// A pause takes a few microseconds; the data sheet gives no more than 100.
void CEngine::WaitHalted() const
{
    for (ULONG tries = 0; tries < 100; tries++) {
        if (Read16(ENGINE_STATUS) & SR_HALTED)
            return;
        KeStallExecutionProcessor(2);
    }
}

void CEngine::Reset() const
{
    Write8(ENGINE_CONTROL, 0);
    WaitHalted();
    Write8(ENGINE_CONTROL, CR_RESET);
    for (ULONG tries = 0; tries < 100; tries++) {
        if (!(Read8(ENGINE_CONTROL) & CR_RESET))
            break;
        KeStallExecutionProcessor(1);
    }
    PortWrite32(m_Registers + ENGINE_LIST, m_ListAddress);
}

// Current index and samples left are two registers: read until the index stands still in between. FALSE: the
// device is gone.
BOOLEAN CEngine::Look(ULONG *Current, ULONG *Left) const
{
    for (ULONG tries = 0; tries < 100; tries++) {
        *Current = Read8(ENGINE_CURRENT);
        *Left = Read16(ENGINE_LEFT) * ULONG(sizeof(USHORT));
        if (*Current == Read8(ENGINE_CURRENT))
            return *Current < DESCRIPTORS;
    }
    return FALSE;
}

// ---- the ring --------------------------------------------------------------------------------------------

void CEngine::Add(ULONG Offset)
{
    ULONG slot = (m_First + m_Used) % DESCRIPTORS, address;
    ULONG limit = m_Period - Offset % m_Period, bytes;
    BOOLEAN interrupt;

    bytes = m_Buffer->Piece(Offset, limit < BLOCK_LIMIT ? limit : BLOCK_LIMIT, &address);
    // A period may be longer than the ring: ask for service now and then all the same.
    interrupt = bytes == limit || slot % INTERRUPT_EVERY == INTERRUPT_EVERY - 1;
    m_List[slot].Address = address;
    m_List[slot].Control = ULONG(bytes / sizeof(USHORT)) | DESCRIPTOR_SILENCE |
                           (interrupt ? DESCRIPTOR_INTERRUPT : 0);
    m_Bytes[slot] = bytes;
    m_Used++;
    m_Next = (Offset + bytes) % m_Buffer->Bytes();
}

// Descriptors behind the current one are neither current nor prefetched: these alone are written.
void CEngine::Fill()
{
    if (m_Used == RING)
        return;
    while (m_Used < RING)
        Add(m_Next);
    KeMemoryBarrier();
    Write8(ENGINE_LAST, UCHAR((m_First + m_Used - 1) % DESCRIPTORS));
}

void CEngine::DropOldest()
{
    m_Done += m_Bytes[m_First];
    m_First = (m_First + 1) % DESCRIPTORS;
    m_Used--;
    m_Moved = 0;
}

// If nobody looked for a whole ring the hardware stands behind the last block: moved, but still the current one until
// Fill's write of the last index lets it go on.
void CEngine::Reap()
{
    ULONG current, left, passed;

    if (!Look(&current, &left))
        return;
    passed = (current - m_First) % DESCRIPTORS;
    if (passed >= m_Used) // it has not yet gone on
        return;
    while (passed--)
        DropOldest();
    if (left <= m_Bytes[m_First])
        m_Moved = (m_Bytes[m_First] - left) & ~(FRAME_BYTES - 1u);
}

// ---- running ---------------------------------------------------------------------------------------------

// Always from a reset engine: some controllers skip the rest of a block that was interrupted. The run bit is
// written once, when the list is complete, as some go on to the next block with each such write.
void CEngine::Start(const CAudioBuffer *Buffer, ULONG Period, ULONGLONG Position)
{
    Reset();
    m_Buffer = Buffer;
    m_Period = Period;
    m_First = m_Used = m_Moved = 0;
    m_Done = Position;
    m_Next = ULONG(Position % Buffer->Bytes());
    m_Running = TRUE;
    Fill();
    Write8(ENGINE_CONTROL, CR_RUN | CR_INTERRUPT_LAST | CR_INTERRUPT_DONE);
}

void CEngine::Stop()
{
    if (!m_Running)
        return;
    Write8(ENGINE_CONTROL, 0);
    WaitHalted();
    Reap();
    m_Running = FALSE;
    PortWrite16(m_Registers + ENGINE_STATUS, SR_EVENTS);
}

ULONGLONG CEngine::Position()
{
    if (m_Running) {
        Reap();
        Fill();
    }
    return m_Done + m_Moved;
}
