/* SPDX-License-Identifier: MIT */
/* The WaveRT miniport: one interrupt and one DPC for its two streams. */
#ifndef AC97RT_WAVE_H
#define AC97RT_WAVE_H

#include "common.h"

class CMiniportWaveRTStream;

class CMiniportWaveRT : public IMiniportWaveRT, public CUnknown
{
  public:
    DECLARE_STD_UNKNOWN();
    CMiniportWaveRT(PUNKNOWN Outer);
    ~CMiniportWaveRT();
    IMP_IMiniportWaveRT;

    PADAPTERCOMMON Adapter() const
    {
        return m_Adapter;
    }
    /* Guards both streams: registers, positions, packets, lists of events. */
    PKSPIN_LOCK Lock()
    {
        return &m_Lock;
    }
    /* The stream hears of no interrupt any more. PASSIVE_LEVEL. */
    void Detach(BOOLEAN Capture);

  private:
    NTSTATUS ConnectInterrupt(PRESOURCELIST Resources);
    void Acknowledge(ULONG Engine) const;
    void ServeStreams();

    static NTSTATUS NTAPI Interrupt(PINTERRUPTSYNC Sync, PVOID Context);
    static VOID NTAPI Dpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2);

    PADAPTERCOMMON m_Adapter = NULL;
    PINTERRUPTSYNC m_Interrupt = NULL;
    KDPC m_Dpc;
    KSPIN_LOCK m_Lock;
    CMiniportWaveRTStream *m_Streams[2] = {}; /* [0] render, [1] capture; guarded by m_Lock */
};

#endif
