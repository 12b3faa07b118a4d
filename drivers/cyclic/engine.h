/* SPDX-License-Identifier: MIT */
/*
 * One DMA engine over a cyclic buffer of BLOCKS blocks. Each descriptor has its block for good; the last valid index is
 * moved along behind the hardware, so that it runs for ever if somebody looks once a lap.
 *
 * The caller serialises; any IRQL up to that of the interrupt, but for Create and Destroy.
 */
#ifndef CYCLIC_ENGINE_H
#define CYCLIC_ENGINE_H

#include "cyclic.h"

class CEngine
{
  public:
    /* PASSIVE_LEVEL. `Registers`: the port of the engine's block. */
    NTSTATUS Create(PPORTWAVECYCLIC Port, ULONG_PTR Registers);
    void Destroy();

    /* Halted: the blocks begin at `Address`. Position is 0 then. */
    void Prepare(ULONG Address, ULONG BlockBytes);
    void Run();
    /* Transfers nothing any more when it returns; Run goes on from there. */
    void Pause();
    /* As after Create. */
    void Stop();
    /* Where the hardware is, an offset in the buffer. */
    ULONG Position();
    /* Moves the last valid index along. */
    void Follow() const;

  private:
    void Write8(ULONG Register, UCHAR Value) const
    {
        PortWrite8(m_Registers + Register, Value);
    }
    void WaitHalted() const;
    void Reset() const;

    PDMACHANNEL m_Memory = NULL; /* of the list */
    ULONG_PTR m_Registers = 0;
    ULONG m_BlockBytes = 0;
    BOOLEAN m_Running = FALSE;
    ULONG m_Position = 0; /* the last one known */
};

#endif
