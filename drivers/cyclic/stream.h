/* SPDX-License-Identifier: MIT */
/* One WaveCyclic stream. The lock guards its engine, which positions and states both look at. */
#ifndef CYCLIC_STREAM_H
#define CYCLIC_STREAM_H

#include "engine.h"

class CMiniportWaveCyclic;

class CMiniportWaveCyclicStream : public IMiniportWaveCyclicStream, public CUnknown
{
  public:
    DECLARE_STD_UNKNOWN();
    CMiniportWaveCyclicStream(PUNKNOWN Outer);
    ~CMiniportWaveCyclicStream();
    IMP_IMiniportWaveCyclicStream;

    NTSTATUS Init(CMiniportWaveCyclic *Miniport, BOOLEAN Capture, PKSDATAFORMAT Format);
    /* Each with a reference for the caller. */
    PDMACHANNEL ReferenceChannel();
    PSERVICEGROUP ReferenceGroup();
    /* The interrupt's. */
    void Interrupted(PPORTWAVECYCLIC Port);

  private:
    void UseBlocks(ULONG Interval);

    CMiniportWaveCyclic *m_Miniport = NULL; /* referenced */
    PDMACHANNEL m_Channel = NULL;
    PSERVICEGROUP m_Group = NULL;
    BOOLEAN m_Capture = FALSE;
    BOOLEAN m_Attached = FALSE;
    ULONG m_Rate = 0;
    ULONG m_BlockBytes = 0;
    KSSTATE m_State = KSSTATE_STOP;
    KSPIN_LOCK m_Lock;
    CEngine m_Engine;
};

#endif
