/* SPDX-License-Identifier: MIT */
/* The WaveCyclic miniport: one interrupt for its two streams. */
#ifndef CYCLIC_WAVE_H
#define CYCLIC_WAVE_H

#include "cyclic.h"

class CMiniportWaveCyclicStream;

class CMiniportWaveCyclic : public IMiniportWaveCyclic, public CUnknown
{
  public:
    DECLARE_STD_UNKNOWN();
    DEFINE_STD_CONSTRUCTOR(CMiniportWaveCyclic);
    ~CMiniportWaveCyclic();
    IMP_IMiniportWaveCyclic;

    PADAPTERCOMMON Adapter() const
    {
        return m_Adapter;
    }
    PPORTWAVECYCLIC Port() const
    {
        return m_Port;
    }
    /* From when it returns the interrupt tells this stream (NULL: none) of its engine. PASSIVE_LEVEL. */
    void Attach(BOOLEAN Capture, CMiniportWaveCyclicStream *Stream);

  private:
    struct ATTACH {
        CMiniportWaveCyclic *Wave;
        BOOLEAN Capture;
        CMiniportWaveCyclicStream *Stream;
    };

    NTSTATUS ConnectInterrupt(PRESOURCELIST Resources);
    void ServeEngine(ULONG Registers, CMiniportWaveCyclicStream *Stream) const;

    static NTSTATUS NTAPI Interrupt(PINTERRUPTSYNC Sync, PVOID Context);
    static NTSTATUS NTAPI SetStream(PINTERRUPTSYNC Sync, PVOID Context);

    PADAPTERCOMMON m_Adapter = NULL;
    PPORTWAVECYCLIC m_Port = NULL;
    PINTERRUPTSYNC m_Interrupt = NULL;
    CMiniportWaveCyclicStream *m_Streams[2] = {}; /* [0] render, [1] capture; the interrupt's */
};

#endif
