// SPDX-License-Identifier: MIT
//
// One DMA engine: see engine.h.
#include "engine.h"

NTSTATUS CEngine::Create(PPORTWAVECYCLIC Port, ULONG_PTR Registers)
{
    ULONG bytes = DESCRIPTORS * sizeof(DESCRIPTOR);
    NTSTATUS status;

    PAGED_CODE();
    m_Registers = Registers;
    status = Port->NewMasterDmaChannel(&m_Memory, NULL, NULL, bytes, TRUE, FALSE, DMA_WIDTH(-1),
                                       DMA_SPEED(-1));
    if (NT_SUCCESS(status))
        status = m_Memory->AllocateBuffer(bytes, NULL);
    return status;
}

void CEngine::Destroy()
{
    PAGED_CODE();
    if (m_Memory && m_Memory->SystemAddress())
        Reset();
    SafeRelease(m_Memory);
}

// ---- the hardware ----------------------------------------------------------------------------------------

// A pause takes a few microseconds; the data sheet gives no more than 100.
void CEngine::WaitHalted() const
{
    for (ULONG tries = 0; tries < 100; tries++) {
        if (PortRead16(m_Registers + ENGINE_STATUS) & SR_HALTED)
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
        if (!(PortRead8(m_Registers + ENGINE_CONTROL) & CR_RESET))
            break;
        KeStallExecutionProcessor(1);
    }
}

void CEngine::Prepare(ULONG Address, ULONG BlockBytes)
{
    DESCRIPTOR *list = static_cast<DESCRIPTOR *>(m_Memory->SystemAddress());

    Reset();
    for (ULONG i = 0; i < BLOCKS; i++) {
        list[i].Address = Address + i * BlockBytes;
        list[i].Control = ULONG(BlockBytes / sizeof(USHORT)) | DESCRIPTOR_INTERRUPT;
    }
    KeMemoryBarrier();
    PortWrite32(m_Registers + ENGINE_LIST, m_Memory->PhysicalAddress().LowPart);
    Write8(ENGINE_LAST, BLOCKS - 1);
    m_BlockBytes = BlockBytes;
    m_Position = 0;
}

void CEngine::Run()
{
    m_Running = TRUE;
    Write8(ENGINE_CONTROL, CR_RUN | CR_INTERRUPT_LAST | CR_INTERRUPT_DONE);
}

void CEngine::Pause()
{
    Write8(ENGINE_CONTROL, 0);
    WaitHalted();
    Position();
    m_Running = FALSE;
    PortWrite16(m_Registers + ENGINE_STATUS, SR_EVENTS);
}

void CEngine::Stop()
{
    Reset();
    m_Running = FALSE;
    m_Position = 0;
}

// The block before the current one is the last valid: a lap ahead. All ones come from a device that is gone.
void CEngine::Follow() const
{
    ULONG current = PortRead8(m_Registers + ENGINE_CURRENT);

    if (current < BLOCKS)
        Write8(ENGINE_LAST, UCHAR((current + BLOCKS - 1) % BLOCKS));
}

// Current index and samples left are two registers: read until the index stands still in between. Before the first
// block is fetched they say nothing.
ULONG CEngine::Position()
{
    for (ULONG tries = 0; m_Running && tries < 100; tries++) {
        ULONG current = PortRead8(m_Registers + ENGINE_CURRENT);
        ULONG left = PortRead16(m_Registers + ENGINE_LEFT) * ULONG(sizeof(USHORT));

        if (current != PortRead8(m_Registers + ENGINE_CURRENT))
            continue;
        if (current < BLOCKS && left <= m_BlockBytes)
            m_Position = (current + 1) * m_BlockBytes - left;
        break;
    }
    return m_Position % (BLOCKS * m_BlockBytes) & ~(FRAME_BYTES - 1u);
}
