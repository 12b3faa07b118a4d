/* SPDX-License-Identifier: MIT */
/*
 * The cyclic buffer of a stream: pages from the port, mapped for the driver, and known by their runs of
 * physically adjacent ones.
 */
#ifndef AC97RT_BUFFER_H
#define AC97RT_BUFFER_H

#include "common.h"

class CAudioBuffer
{
  public:
    /* PASSIVE_LEVEL. STATUS_INSUFFICIENT_RESOURCES: nothing was allocated. */
    NTSTATUS Allocate(PPORTWAVERTSTREAM Port, ULONG Bytes);
    /* PASSIVE_LEVEL; no device uses it any more. Nothing if there is none. */
    void Free();

    PMDL Mdl() const
    {
        return m_Mdl;
    }
    ULONG Bytes() const
    {
        return m_Bytes;
    }

    /* Any IRQL. At most `Limit` bytes from `Offset` on that lie in one piece of memory, at *Address. */
    ULONG Piece(ULONG Offset, ULONG Limit, ULONG *Address) const;
    void Silence(ULONG Offset, ULONG Count);

  private:
    struct RUN {
        ULONG Address;
        ULONG First; /* its offset in the buffer */
    };

    PMDL TakePages(ULONG Bytes);
    ULONG FindRuns(RUN *Runs) const;

    PPORTWAVERTSTREAM m_Port = NULL;
    PMDL m_Mdl = NULL;
    PVOID m_Base = NULL;
    ULONG m_Bytes = 0;
    RUN *m_Runs = NULL; /* by offset */
    ULONG m_RunCount = 0;
};

#endif
