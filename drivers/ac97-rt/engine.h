/* SPDX-License-Identifier: MIT */
/*
 * One DMA engine. It plays (or fills) the cyclic buffer for ever: the ring of 32 descriptors always holds what
 * comes next, and is filled up again behind the hardware, so a buffer may have any number of pieces.
 *
 * Nothing here counts interrupts. How far the hardware has come is read from its current index and the samples left
 * of the current block; whoever looks also fills up.
 *
 * The caller serialises; any IRQL up to DISPATCH_LEVEL, but for Create and Destroy.
 */
#ifndef AC97RT_ENGINE_H
#define AC97RT_ENGINE_H

#include "buffer.h"

class CEngine
{
  public:
    /* PASSIVE_LEVEL. `Registers`: the port of the engine's block. Destroy undoes a Create that failed, too. */
    NTSTATUS Create(PPORTWAVERTSTREAM Port, ULONG_PTR Registers);
    void Destroy();

    /* Runs from `Position` bytes on, counted from the first start. An interrupt comes at each multiple of `Period` bytes of
     * the buffer, and in between. */
    void Start(const CAudioBuffer *Buffer, ULONG Period, ULONGLONG Position);
    /* The hardware has let go of the buffer when it returns. */
    void Stop();
    /* Bytes moved, counted as Start's position; stands still while stopped. */
    ULONGLONG Position();

  private:
    enum { RING = DESCRIPTORS - 1, /* so that full and empty differ */ INTERRUPT_EVERY = 8 };

    UCHAR Read8(ULONG Register) const
    {
        return PortRead8(m_Registers + Register);
    }
    USHORT Read16(ULONG Register) const
    {
        return PortRead16(m_Registers + Register);
    }
    void Write8(ULONG Register, UCHAR Value) const
    {
        PortWrite8(m_Registers + Register, Value);
    }

    void WaitHalted() const;
    void Reset() const;
    void DropOldest();
    void Fill();
    void Add(ULONG Offset);
    BOOLEAN Look(ULONG *Current, ULONG *Left) const;
    void Reap();

    PPORTWAVERTSTREAM m_Port = NULL;
    ULONG_PTR m_Registers = 0;
    PMDL m_Mdl = NULL; /* of the list */
    DESCRIPTOR *m_List = NULL;
    ULONG m_ListAddress = 0;

    const CAudioBuffer *m_Buffer = NULL;
    ULONG m_Period = 0;
    BOOLEAN m_Running = FALSE;
    ULONG m_First = 0, m_Used = 0; /* the ring's filled descriptors */
    ULONG m_Bytes[DESCRIPTORS] = {};
    ULONG m_Next = 0;              /* offset in the buffer of what is added next */
    ULONGLONG m_Done = 0;          /* bytes of blocks that are done */
    ULONG m_Moved = 0;             /* bytes of the block after them */
};

#endif
