/* SPDX-License-Identifier: MIT */
/*
 * One WaveRT stream. The miniport's lock guards what the DPC and position queries share with the rest: engine,
 * position, packets, events. The buffer is made and freed at PASSIVE_LEVEL outside of it.
 */
#ifndef AC97RT_STREAM_H
#define AC97RT_STREAM_H

#include "engine.h"

class CMiniportWaveRT;

class CSpinLockHolder
{
  public:
    CSpinLockHolder(PKSPIN_LOCK Lock) : m_Lock(Lock)
    {
        KeAcquireSpinLock(m_Lock, &m_Irql);
    }
    ~CSpinLockHolder()
    {
        KeReleaseSpinLock(m_Lock, m_Irql);
    }

  private:
    PKSPIN_LOCK m_Lock;
    KIRQL m_Irql;
};

class CMiniportWaveRTStream : public IMiniportWaveRTStreamNotification,
                              public IMiniportWaveRTInputStream,
                              public IMiniportWaveRTOutputStream,
                              public CUnknown
{
  public:
    DECLARE_STD_UNKNOWN();
    CMiniportWaveRTStream(PUNKNOWN Outer);
    ~CMiniportWaveRTStream();
    IMP_IMiniportWaveRTStream;
    IMP_IMiniportWaveRTStreamNotification;
    IMP_IMiniportWaveRTInputStream;
    IMP_IMiniportWaveRTOutputStream;

    NTSTATUS Init(CMiniportWaveRT *Miniport, PPORTWAVERTSTREAM Port, BOOLEAN Capture,
                  PKSDATAFORMAT Format);
    /* The service pass; the caller holds the lock. */
    void Serve();

  private:
    struct EVENT {
        LIST_ENTRY Link;
        PKEVENT Event;
    };

    NTSTATUS MakeBuffer(ULONG Packets, ULONG Requested, PMDL *Mdl, ULONG *Bytes, ULONG *Offset,
                        MEMORY_CACHING_TYPE *CacheType);
    void DropBuffer();

    /* The caller holds the lock. */
    void Run();
    void Pause();
    void Rewind();
    void Look();
    void Account(ULONGLONG Position);
    void EndPacket(ULONGLONG Now);
    NTSTATUS CheckPacket(ULONG Number) const;
    EVENT *FindEvent(PKEVENT Event);
    void SignalEvents();

    CMiniportWaveRT *m_Miniport = NULL; /* referenced */
    PPORTWAVERTSTREAM m_Port = NULL;    /* referenced */
    BOOLEAN m_Capture = FALSE;
    ULONG m_Rate = 0;
    CAudioBuffer m_Buffer;
    CEngine m_Engine;
    KSSTATE m_State = KSSTATE_STOP;
    ULONGLONG m_Position = 0; /* bytes moved since STOP */

    ULONG m_Packets = 0;       /* the buffer is so many packets long; 0: no buffer */
    ULONG m_PacketBytes = 0;
    ULONGLONG m_Completed = 0; /* packets moved since STOP */
    ULONGLONG m_Signalled = 0; /* of these, told by events */
    ULONGLONG m_Read = 0;      /* of these, told by GetReadPacket */
    ULONGLONG m_Began[2] = {}; /* performance counter at the first sample of a packet, by its last bit */
    BOOLEAN m_Started = FALSE; /* has run since STOP */
    BOOLEAN m_Ended = FALSE;   /* the packet that ends the stream was written */
    LIST_ENTRY m_Events;
};

#endif
