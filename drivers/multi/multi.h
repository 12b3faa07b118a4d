/* SPDX-License-Identifier: MIT */
/*
 * A WavePci driver for the "multi" device: sixteen render streams, and one 10 ms timer for all of them, as the
 * device has no interrupt (and as drivers of many streams do anyway). No topology filter: the wave filter has the
 * jack.
 *
 *   adapter.cpp   DriverEntry, AddDevice, StartDevice
 *   wave.cpp      the miniport: registers, timer, engines given to streams; table.cpp: what its filter looks like
 *   stream.cpp    a stream: mappings in, blocks out, releases and revocations
 *   engine.h      an engine's registers
 */
#ifndef MULTI_H
#define MULTI_H

#include <portcls.h>
#include <stdunk.h>

#include "engine.h"

#define MULTI_TAG 'tluM'

enum { PIN_RENDER, PIN_JACK };
enum { ENGINES = 16, TICK_MS = 10 };

extern PCFILTER_DESCRIPTOR Filter; /* table.cpp */

NTSTATUS NewMiniport(PUNKNOWN *Unknown);

class CStream;

class CMiniport : public IMiniportWavePci, public CUnknown
{
  public:
    DECLARE_STD_UNKNOWN();
    CMiniport(PUNKNOWN Outer);
    ~CMiniport();
    IMP_IMiniportWavePci;

    /* PASSIVE_LEVEL. */
    void FreeEngine(ULONG Engine);
    /* Around a stream's time in RUN: the timer ticks while any stream is. At <= DISPATCH_LEVEL. */
    void StartTicks();
    void StopTicks();

  private:
    NTSTATUS MapRegisters(PRESOURCELIST Resources);
    NTSTATUS TakeEngine(ULONG *Engine);
    static VOID NTAPI Tick(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2);

    PPORTWAVEPCI m_Port = NULL;
    PSERVICEGROUP m_Group = NULL;
    PDMACHANNEL m_Dma = NULL;
    PUCHAR m_Registers = NULL;
    ULONG m_RegisterBytes = 0;
    ULONG m_Engines = 0; /* bit n: a stream has engine n */
    KSPIN_LOCK m_Lock;   /* guards m_Ticking */
    ULONG m_Ticking = 0; /* streams in RUN */
    KTIMER m_Timer;
    KDPC m_Dpc;
};

/*
 * `m_Lock` guards everything here and the engine. It is dropped around every GetMapping and ReleaseMapping, as the
 * port takes its own locks there; meanwhile RevokeMappings may come on another processor. So a mapping leaves the
 * list before it is released, and the tag that is being asked for is noted. One processor at a time makes a service
 * pass, so mappings are listed and released in the port's order.
 */
class CStream : public IMiniportWavePciStream, public CUnknown
{
  public:
    DECLARE_STD_UNKNOWN();
    CStream(PUNKNOWN Outer);
    ~CStream();
    IMP_IMiniportWavePciStream;

    /* The stream has the engine from here on, whatever comes back. */
    NTSTATUS Init(CMiniport *Miniport, PPORTWAVEPCISTREAM Port, PUCHAR Registers, ULONG Engine,
                  PKSDATAFORMAT Format);

  private:
    enum { HELD_LIMIT = CEngine::QUEUE - 1 };

    struct HELD {
        PVOID Tag;
        ULONG Address;
        ULONG Bytes;
        ULONG Played;     /* before the engine was last reset */
        BOOLEAN InEngine; /* the rest of it was given to the engine since then */
    };

    class CProgress
    {
      public:
        CProgress(const CStream *Stream) : m_Over(Stream->m_Over), m_Moved(Stream->m_Moved)
        {
        }
        ULONG Of(const HELD *Held);

      private:
        ULONG m_Over, m_Moved;
    };

    void Serve();
    void ReleaseFinished(PKIRQL Irql);
    void Acquire(PKIRQL Irql);
    NTSTATUS GetOne(PKIRQL Irql, HELD *Held);

    /* The caller holds the lock. */
    void Queue();
    void Look();
    BOOLEAN Finished() const;
    void DropOldest();
    void TakeBack();
    void Rewind();
    ULONG DropRange(PVOID First, PVOID Last);

    CMiniport *m_Miniport = NULL;      /* referenced */
    PPORTWAVEPCISTREAM m_Port = NULL;  /* referenced */
    ULONG m_Engine = 0;
    CEngine m_Hardware;
    ULONG m_Rate = 0;
    KSPIN_LOCK m_Lock;
    KSSTATE m_State = KSSTATE_STOP;
    HELD m_Held[HELD_LIMIT] = {};      /* oldest first */
    ULONG m_Count = 0;
    ULONG m_Over = 0;                  /* of those in the engine, played whole */
    ULONG m_Moved = 0;                 /* bytes played of the next one */
    ULONG m_Reaped = 0;                /* blocks that left the list since the engine was reset */
    ULONGLONG m_Released = 0;          /* bytes of the mappings that left the list finished, since STOP */
    ULONG_PTR m_LastTag = 0;
    PVOID m_Pending = NULL;            /* the tag that GetMapping is asked for, or NULL */
    BOOLEAN m_PendingRevoked = FALSE;
    BOOLEAN m_Serving = FALSE, m_Again = FALSE;
};

template <class T> static inline void SafeRelease(T *&Object)
{
    if (Object)
        Object->Release();
    Object = NULL;
}

#endif
