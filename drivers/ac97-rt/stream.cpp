// SPDX-License-Identifier: MIT
//
// One WaveRT stream: buffer, states, format, position. Events and packets: packet.cpp.
#include "stream.h"

#include "wave.h"

// An emulated controller may move 1024 frames at once when it starts: half a buffer must hold these.
enum { SMALLEST_BUFFER = 2 * 1024 * FRAME_BYTES };

CMiniportWaveRTStream::CMiniportWaveRTStream(PUNKNOWN Outer) : CUnknown(Outer)
{
    InitializeListHead(&m_Events);
}

CMiniportWaveRTStream::~CMiniportWaveRTStream()
{
    if (m_Miniport)
        m_Miniport->Detach(m_Capture);
    m_Engine.Destroy();
    m_Buffer.Free();
    while (!IsListEmpty(&m_Events))
        delete CONTAINING_RECORD(RemoveHeadList(&m_Events), EVENT, Link);
    SafeRelease(m_Port);
    SafeRelease(m_Miniport);
}

STDMETHODIMP_(NTSTATUS) CMiniportWaveRTStream::NonDelegatingQueryInterface(REFIID Id, PVOID *Object)
{
    *Object = NULL;
    if (IsEqualGUIDAligned(Id, IID_IUnknown))
        *Object = QICASTUNKNOWN(PMINIPORTWAVERTSTREAMNOTIFICATION);
    else if (IsEqualGUIDAligned(Id, IID_IMiniportWaveRTStream) ||
             IsEqualGUIDAligned(Id, IID_IMiniportWaveRTStreamNotification))
        *Object = QICAST(PMINIPORTWAVERTSTREAMNOTIFICATION);
    else if (IsEqualGUIDAligned(Id, IID_IMiniportWaveRTInputStream) && m_Capture)
        *Object = QICAST(PMINIPORTWAVERTINPUTSTREAM);
    else if (IsEqualGUIDAligned(Id, IID_IMiniportWaveRTOutputStream) && !m_Capture)
        *Object = QICAST(PMINIPORTWAVERTOUTPUTSTREAM);
    else
        return STATUS_INVALID_PARAMETER;
    AddRef();
    return STATUS_SUCCESS;
}

NTSTATUS CMiniportWaveRTStream::Init(CMiniportWaveRT *Miniport, PPORTWAVERTSTREAM Port,
                                     BOOLEAN Capture, PKSDATAFORMAT Format)
{
    ULONG_PTR engine = Miniport->Adapter()->BusMaster() + (Capture ? ENGINE_IN : ENGINE_OUT);
    NTSTATUS status;

    PAGED_CODE();
    m_Miniport = Miniport;
    m_Miniport->AddRef();
    m_Port = Port;
    m_Port->AddRef();
    m_Capture = Capture;
    status = SetFormat(Format);
    if (NT_SUCCESS(status))
        status = m_Engine.Create(Port, engine);
    return status;
}

// ---- the buffer ----------------------------------------------------------------------------------------

// Whole packets of whole frames, not less than asked for; 0: too much.
static ULONG BufferBytes(ULONG Requested, ULONG Packets)
{
    ULONG unit = Packets * FRAME_BYTES;
    ULONG bytes = Requested < SMALLEST_BUFFER ? ULONG(SMALLEST_BUFFER) : Requested;

    return bytes > MAXULONG - unit ? 0 : (bytes + unit - 1) / unit * unit;
}

NTSTATUS CMiniportWaveRTStream::MakeBuffer(ULONG Packets, ULONG Requested, PMDL *Mdl, ULONG *Bytes,
                                           ULONG *Offset, MEMORY_CACHING_TYPE *CacheType)
{
    ULONG bytes = BufferBytes(Requested, Packets);
    NTSTATUS status;

    PAGED_CODE();
    if (m_Packets)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!bytes)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = m_Buffer.Allocate(m_Port, bytes);
    if (!NT_SUCCESS(status))
        return status;
    *Mdl = m_Buffer.Mdl();
    *Bytes = bytes;
    *Offset = 0;
    *CacheType = MmCached; // the controller snoops
    CSpinLockHolder hold(m_Miniport->Lock());
    m_Packets = Packets;
    m_PacketBytes = bytes / Packets;
    if (m_State == KSSTATE_RUN)
        Run();
    return STATUS_SUCCESS;
}

void CMiniportWaveRTStream::DropBuffer()
{
    PAGED_CODE();
    {
        CSpinLockHolder hold(m_Miniport->Lock());
        m_Engine.Stop();
        Rewind();
        m_Packets = 0;
    }
    m_Buffer.Free();
}

STDMETHODIMP_(NTSTATUS)
CMiniportWaveRTStream::AllocateAudioBuffer(ULONG RequestedSize, PMDL *AudioBufferMdl,
                                           ULONG *ActualSize, ULONG *OffsetFromFirstPage,
                                           MEMORY_CACHING_TYPE *CacheType)
{
    return MakeBuffer(1, RequestedSize, AudioBufferMdl, ActualSize, OffsetFromFirstPage, CacheType);
}

STDMETHODIMP_(VOID) CMiniportWaveRTStream::FreeAudioBuffer(PMDL, ULONG)
{
    DropBuffer();
}

STDMETHODIMP_(NTSTATUS)
CMiniportWaveRTStream::AllocateBufferWithNotification(ULONG NotificationCount, ULONG RequestedSize,
                                                      PMDL *AudioBufferMdl, ULONG *ActualSize,
                                                      ULONG *OffsetFromFirstPage,
                                                      MEMORY_CACHING_TYPE *CacheType)
{
    if (NotificationCount < 1 || NotificationCount > 2)
        return STATUS_INVALID_PARAMETER;
    return MakeBuffer(NotificationCount, RequestedSize, AudioBufferMdl, ActualSize,
                      OffsetFromFirstPage, CacheType);
}

STDMETHODIMP_(VOID) CMiniportWaveRTStream::FreeBufferWithNotification(PMDL, ULONG)
{
    DropBuffer();
}

// ---- states --------------------------------------------------------------------------------------------

void CMiniportWaveRTStream::Run()
{
    if (!m_Packets)
        return;
    m_Started = TRUE;
    m_Engine.Start(&m_Buffer, m_PacketBytes, m_Position);
    if (m_Position == m_Completed * m_PacketBytes)
        m_Began[m_Completed % 2] = ULONGLONG(KeQueryPerformanceCounter(NULL).QuadPart);
}

void CMiniportWaveRTStream::Pause()
{
    m_Engine.Stop();
    Look();
}

void CMiniportWaveRTStream::Rewind()
{
    m_Position = m_Completed = m_Signalled = m_Read = 0;
    m_Started = m_Ended = FALSE;
}

STDMETHODIMP_(NTSTATUS) CMiniportWaveRTStream::SetState(KSSTATE State)
{
    PAGED_CODE();
    CSpinLockHolder hold(m_Miniport->Lock());

    if (m_State == KSSTATE_RUN && State != KSSTATE_RUN)
        Pause();
    if (State == KSSTATE_STOP)
        Rewind();
    if (m_State != KSSTATE_RUN && State == KSSTATE_RUN)
        Run();
    m_State = State;
    return STATUS_SUCCESS;
}

// ---- format --------------------------------------------------------------------------------------------

static BOOLEAN Suits(PKSDATAFORMAT Format)
{
    PWAVEFORMATEX wave = &PKSDATAFORMAT_WAVEFORMATEX(Format)->WaveFormatEx;

    return Format->FormatSize >= sizeof(KSDATAFORMAT_WAVEFORMATEX) &&
           IsEqualGUIDAligned(Format->Specifier, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX) &&
           wave->nChannels == 2 && wave->wBitsPerSample == 16 && wave->nBlockAlign == FRAME_BYTES;
}

STDMETHODIMP_(NTSTATUS) CMiniportWaveRTStream::SetFormat(PKSDATAFORMAT Format)
{
    NTSTATUS status;
    ULONG rate;

    PAGED_CODE();
    if (m_State == KSSTATE_RUN || !Suits(Format))
        return STATUS_INVALID_PARAMETER;
    rate = PKSDATAFORMAT_WAVEFORMATEX(Format)->WaveFormatEx.nSamplesPerSec;
    status = m_Miniport->Adapter()->SetRate(m_Capture ? MIXER_ADC_RATE : MIXER_DAC_RATE, rate);
    if (NT_SUCCESS(status))
        m_Rate = rate;
    return status;
}

// ---- position ------------------------------------------------------------------------------------------

void CMiniportWaveRTStream::Look()
{
    if (m_State == KSSTATE_RUN && m_Packets)
        Account(m_Engine.Position());
}

void CMiniportWaveRTStream::Serve()
{
    Look();
    if (m_Completed != m_Signalled)
        SignalEvents();
    m_Signalled = m_Completed;
}

STDMETHODIMP_(NTSTATUS) CMiniportWaveRTStream::GetPosition(PKSAUDIO_POSITION Position)
{
    CSpinLockHolder hold(m_Miniport->Lock());

    Look();
    Position->PlayOffset = m_Packets ? m_Position % m_Buffer.Bytes() : 0;
    Position->WriteOffset = Position->PlayOffset;
    return STATUS_SUCCESS;
}

// The hardware has no register that counts bytes or samples.
STDMETHODIMP_(NTSTATUS) CMiniportWaveRTStream::GetPositionRegister(KSRTAUDIO_HWREGISTER *)
{
    return STATUS_NOT_SUPPORTED;
}

STDMETHODIMP_(NTSTATUS) CMiniportWaveRTStream::GetClockRegister(KSRTAUDIO_HWREGISTER *)
{
    return STATUS_NOT_SUPPORTED;
}

// The FIFO, and the frame of the AC-link that is under way.
STDMETHODIMP_(VOID) CMiniportWaveRTStream::GetHWLatency(KSRTAUDIO_HWLATENCY *Latency)
{
    Latency->FifoSize = FIFO_FRAMES * FRAME_BYTES;
    Latency->ChipsetDelay = 0;
    Latency->CodecDelay = 10000000 / 48000;
}
