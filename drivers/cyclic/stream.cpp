// SPDX-License-Identifier: MIT
//
// One WaveCyclic stream: see stream.h.
#include "stream.h"

#include "wave.h"

CMiniportWaveCyclicStream::CMiniportWaveCyclicStream(PUNKNOWN Outer) : CUnknown(Outer)
{
    KeInitializeSpinLock(&m_Lock);
}

CMiniportWaveCyclicStream::~CMiniportWaveCyclicStream()
{
    if (m_Attached)
        m_Miniport->Attach(m_Capture, NULL);
    m_Engine.Destroy();
    SafeRelease(m_Group);
    SafeRelease(m_Channel);
    SafeRelease(m_Miniport);
}

STDMETHODIMP_(NTSTATUS)
CMiniportWaveCyclicStream::NonDelegatingQueryInterface(REFIID Id, PVOID *Object)
{
    *Object = NULL;
    if (IsEqualGUIDAligned(Id, IID_IUnknown))
        *Object = QICASTUNKNOWN(PMINIPORTWAVECYCLICSTREAM);
    else if (IsEqualGUIDAligned(Id, IID_IMiniportWaveCyclicStream))
        *Object = QICAST(PMINIPORTWAVECYCLICSTREAM);
    else
        return STATUS_INVALID_PARAMETER;
    AddRef();
    return STATUS_SUCCESS;
}

NTSTATUS CMiniportWaveCyclicStream::Init(CMiniportWaveCyclic *Miniport, BOOLEAN Capture,
                                         PKSDATAFORMAT Format)
{
    ULONG_PTR engine = Miniport->Adapter()->BusMaster() + (Capture ? ENGINE_IN : ENGINE_OUT);
    NTSTATUS status;

    PAGED_CODE();
    m_Miniport = Miniport;
    m_Miniport->AddRef();
    m_Capture = Capture;
    status = NewChannel(Miniport->Port(), &m_Channel);
    if (NT_SUCCESS(status))
        status = m_Engine.Create(Miniport->Port(), engine);
    if (NT_SUCCESS(status))
        status = PcNewServiceGroup(&m_Group, NULL);
    if (NT_SUCCESS(status))
        status = SetFormat(Format);
    if (!NT_SUCCESS(status))
        return status;
    m_Miniport->Attach(Capture, this);
    m_Attached = TRUE;
    return status;
}

PDMACHANNEL CMiniportWaveCyclicStream::ReferenceChannel()
{
    m_Channel->AddRef();
    return m_Channel;
}

PSERVICEGROUP CMiniportWaveCyclicStream::ReferenceGroup()
{
    m_Group->AddRef();
    return m_Group;
}

void CMiniportWaveCyclicStream::Interrupted(PPORTWAVECYCLIC Port)
{
    m_Engine.Follow();
    Port->Notify(m_Group);
}

// ---- format --------------------------------------------------------------------------------------------

// NULL: neither of the two that the pins offer.
static PWAVEFORMATEX WaveOf(PKSDATAFORMAT Format)
{
    if (IsEqualGUIDAligned(Format->Specifier, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX) &&
        Format->FormatSize >= sizeof(KSDATAFORMAT_WAVEFORMATEX))
        return &PKSDATAFORMAT_WAVEFORMATEX(Format)->WaveFormatEx;
    if (IsEqualGUIDAligned(Format->Specifier, KSDATAFORMAT_SPECIFIER_DSOUND) &&
        Format->FormatSize >= sizeof(KSDATAFORMAT_DSOUND))
        return &PKSDATAFORMAT_DSOUND(Format)->BufferDesc.WaveFormatEx;
    return NULL;
}

// The buffer's size depends on the rate, so that it must not be in use.
STDMETHODIMP_(NTSTATUS) CMiniportWaveCyclicStream::SetFormat(PKSDATAFORMAT Format)
{
    PWAVEFORMATEX wave = WaveOf(Format);
    NTSTATUS status;

    PAGED_CODE();
    if (m_State != KSSTATE_STOP || !wave || wave->nChannels != 2 || wave->wBitsPerSample != 16 ||
        wave->nBlockAlign != FRAME_BYTES)
        return STATUS_INVALID_PARAMETER;
    status = m_Miniport->Adapter()->SetRate(m_Capture ? MIXER_ADC_RATE : MIXER_DAC_RATE,
                                            wave->nSamplesPerSec);
    if (NT_SUCCESS(status)) {
        m_Rate = wave->nSamplesPerSec;
        UseBlocks(BLOCK_MS);
    }
    return status;
}

// An interrupt comes at the end of each block. A buffer that the system gave smaller has smaller blocks.
void CMiniportWaveCyclicStream::UseBlocks(ULONG Interval)
{
    ULONG frames = m_Rate * Interval / 1000;
    ULONG most = m_Channel->AllocatedBufferSize() / (BLOCKS * FRAME_BYTES);

    if (frames > most)
        frames = most;
    if (frames < FEWEST_FRAMES)
        frames = FEWEST_FRAMES;
    m_BlockBytes = frames * FRAME_BYTES;
    m_Channel->SetBufferSize(BLOCKS * m_BlockBytes);
}

STDMETHODIMP_(ULONG)
CMiniportWaveCyclicStream::SetNotificationFreq(ULONG Interval, PULONG FrameSize)
{
    PAGED_CODE();
    if (m_State == KSSTATE_STOP)
        UseBlocks(Interval);
    *FrameSize = m_BlockBytes;
    return Interval;
}

// ---- states --------------------------------------------------------------------------------------------

STDMETHODIMP_(NTSTATUS) CMiniportWaveCyclicStream::SetState(KSSTATE State)
{
    ULONG address = m_Channel->PhysicalAddress().LowPart;
    KIRQL irql;

    PAGED_CODE();
    KeAcquireSpinLock(&m_Lock, &irql);
    if (State == KSSTATE_RUN)
        m_Engine.Run();
    else if (m_State == KSSTATE_RUN)
        m_Engine.Pause();
    if (State == KSSTATE_STOP)
        m_Engine.Stop();
    else if (m_State == KSSTATE_STOP)
        m_Engine.Prepare(address, m_BlockBytes);
    m_State = State;
    KeReleaseSpinLock(&m_Lock, irql);
    return STATUS_SUCCESS;
}

// ---- position, silence ---------------------------------------------------------------------------------

STDMETHODIMP_(NTSTATUS) CMiniportWaveCyclicStream::GetPosition(PULONG Position)
{
    KIRQL irql;

    KeAcquireSpinLock(&m_Lock, &irql);
    *Position = m_State == KSSTATE_STOP ? 0 : m_Engine.Position();
    KeReleaseSpinLock(&m_Lock, irql);
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
CMiniportWaveCyclicStream::NormalizePhysicalPosition(PLONGLONG PhysicalPosition)
{
    LONGLONG bytes = *PhysicalPosition, rate = LONGLONG(m_Rate) * FRAME_BYTES;

    *PhysicalPosition = bytes / rate * 10000000 + bytes % rate * 10000000 / rate;
    return STATUS_SUCCESS;
}

STDMETHODIMP_(VOID) CMiniportWaveCyclicStream::Silence(PVOID Buffer, ULONG ByteCount)
{
    RtlZeroMemory(Buffer, ByteCount);
}
