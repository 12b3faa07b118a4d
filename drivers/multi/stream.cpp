// SPDX-License-Identifier: MIT
//
// One stream: see multi.h. A mapping is one block of its engine.
#include "multi.h"

enum { FRAME_BYTES = 4 };

CStream::CStream(PUNKNOWN Outer) : CUnknown(Outer)
{
    KeInitializeSpinLock(&m_Lock);
}

CStream::~CStream()
{
    if (m_Miniport) {
        m_Hardware.Reset();
        m_Miniport->FreeEngine(m_Engine);
    }
    SafeRelease(m_Port);
    SafeRelease(m_Miniport);
}

STDMETHODIMP_(NTSTATUS) CStream::NonDelegatingQueryInterface(REFIID Id, PVOID *Object)
{
    *Object = NULL;
    if (IsEqualGUIDAligned(Id, IID_IUnknown))
        *Object = QICASTUNKNOWN(PMINIPORTWAVEPCISTREAM);
    else if (IsEqualGUIDAligned(Id, IID_IMiniportWavePciStream))
        *Object = QICAST(PMINIPORTWAVEPCISTREAM);
    else
        return STATUS_INVALID_PARAMETER;
    AddRef();
    return STATUS_SUCCESS;
}

NTSTATUS CStream::Init(CMiniport *Miniport, PPORTWAVEPCISTREAM Port, PUCHAR Registers, ULONG Engine,
                       PKSDATAFORMAT Format)
{
    PAGED_CODE();
    m_Miniport = Miniport;
    m_Miniport->AddRef();
    m_Engine = Engine;
    m_Port = Port;
    m_Port->AddRef();
    m_Hardware.Init(Registers + Engine * CEngine::REGISTER_BYTES);
    m_Hardware.Reset();
    return SetFormat(Format);
}

// ---- between the list and the engine (lock held) ---------------------------------------------------------

void CStream::Queue()
{
    for (ULONG i = 0; i < m_Count; i++) {
        HELD *held = &m_Held[i];

        if (held->InEngine || held->Played == held->Bytes)
            continue;
        m_Hardware.Queue(held->Address + held->Played, held->Bytes - held->Played);
        held->InEngine = TRUE;
    }
}

void CStream::Look()
{
    m_Over = m_Hardware.Progress(&m_Moved) - m_Reaped;
}

// Goes through the list in order: bytes played of each, by what Look saw.
ULONG CStream::CProgress::Of(const HELD *Held)
{
    ULONG moved = m_Moved;

    if (!Held->InEngine)
        return Held->Played;
    if (m_Over) {
        m_Over--;
        return Held->Bytes;
    }
    m_Moved = 0;
    return Held->Played + moved;
}

BOOLEAN CStream::Finished() const
{
    return m_Count && CProgress(this).Of(&m_Held[0]) == m_Held[0].Bytes;
}

void CStream::DropOldest()
{
    m_Released += m_Held[0].Bytes;
    if (m_Held[0].InEngine) {
        m_Reaped++;
        m_Over--;
    }
    m_Count--;
    RtlMoveMemory(&m_Held[0], &m_Held[1], m_Count * sizeof(HELD));
}

// ---- the service pass ------------------------------------------------------------------------------------

// Lock held on entry and return, dropped around each call.
void CStream::ReleaseFinished(PKIRQL Irql)
{
    Look();
    while (Finished()) {
        PVOID tag = m_Held[0].Tag;

        DropOldest();
        KeReleaseSpinLock(&m_Lock, *Irql);
        m_Port->ReleaseMapping(tag);
        KeAcquireSpinLock(&m_Lock, Irql);
        Look();
    }
}

NTSTATUS CStream::GetOne(PKIRQL Irql, HELD *Held)
{
    PHYSICAL_ADDRESS address;
    PVOID virtual_address;
    NTSTATUS status;
    ULONG flags;

    Held->Tag = m_Pending = PVOID(++m_LastTag);
    m_PendingRevoked = FALSE;
    KeReleaseSpinLock(&m_Lock, *Irql);
    status = m_Port->GetMapping(Held->Tag, &address, &virtual_address, &Held->Bytes, &flags);
    KeAcquireSpinLock(&m_Lock, Irql);
    m_Pending = NULL;
    if (!NT_SUCCESS(status))
        return status;
    Held->Address = address.LowPart;
    Held->Bytes &= ~(FRAME_BYTES - 1u); // the engine plays whole frames only
    Held->Played = 0;
    Held->InEngine = FALSE;
    return STATUS_SUCCESS;
}

void CStream::Acquire(PKIRQL Irql)
{
    Queue();
    while (m_State == KSSTATE_RUN && m_Count < HELD_LIMIT) {
        HELD held;

        if (!NT_SUCCESS(GetOne(Irql, &held)))
            return;
        if (m_PendingRevoked)
            continue;
        m_Held[m_Count++] = held;
        Queue();
    }
}

void CStream::Serve()
{
    KIRQL irql;

    KeAcquireSpinLock(&m_Lock, &irql);
    if (m_Serving) {
        m_Again = TRUE;
    } else {
        m_Serving = TRUE;
        do {
            m_Again = FALSE;
            ReleaseFinished(&irql);
            Acquire(&irql);
        } while (m_Again);
        m_Serving = FALSE;
    }
    KeReleaseSpinLock(&m_Lock, irql);
}

STDMETHODIMP_(VOID) CStream::Service()
{
    Serve();
}

STDMETHODIMP_(VOID) CStream::MappingAvailable()
{
    Serve();
}

// ---- revocation ------------------------------------------------------------------------------------------

// Stops the engine and takes every block back from it; what it has played is known to the byte.
void CStream::TakeBack()
{
    m_Hardware.Pause();
    Look();

    CProgress progress(this);

    for (ULONG i = 0; i < m_Count; i++) {
        m_Held[i].Played = progress.Of(&m_Held[i]);
        m_Held[i].InEngine = FALSE;
    }
    m_Hardware.Reset();
    m_Over = m_Moved = m_Reaped = 0;
}

// Tags grow, so a range of tags is a range of the list.
static BOOLEAN InRange(PVOID Tag, PVOID First, PVOID Last)
{
    return ULONG_PTR(Tag) - ULONG_PTR(First) <= ULONG_PTR(Last) - ULONG_PTR(First);
}

ULONG CStream::DropRange(PVOID First, PVOID Last)
{
    ULONG kept = 0, dropped;

    for (ULONG i = 0; i < m_Count; i++)
        if (!InRange(m_Held[i].Tag, First, Last))
            m_Held[kept++] = m_Held[i];
        else
            m_Released += m_Held[i].Played;
    dropped = m_Count - kept;
    m_Count = kept;
    return dropped;
}

STDMETHODIMP_(NTSTATUS)
CStream::RevokeMappings(PVOID FirstTag, PVOID LastTag, PULONG MappingsRevoked)
{
    KIRQL irql;

    KeAcquireSpinLock(&m_Lock, &irql);
    TakeBack();
    *MappingsRevoked = DropRange(FirstTag, LastTag);
    if (m_Pending && !m_PendingRevoked && InRange(m_Pending, FirstTag, LastTag)) {
        m_PendingRevoked = TRUE;
        ++*MappingsRevoked;
    }
    if (m_State != KSSTATE_STOP)
        Queue();
    if (m_State == KSSTATE_RUN)
        m_Hardware.Run();
    KeReleaseSpinLock(&m_Lock, irql);
    return STATUS_SUCCESS;
}

// ---- state, format, position -----------------------------------------------------------------------------

void CStream::Rewind()
{
    TakeBack();
    for (ULONG i = 0; i < m_Count; i++)
        m_Held[i].Played = 0;
    m_Released = 0;
}

STDMETHODIMP_(NTSTATUS) CStream::SetState(KSSTATE State)
{
    KSSTATE before;
    KIRQL irql;

    KeAcquireSpinLock(&m_Lock, &irql);
    before = m_State;
    m_State = State;
    if (before == KSSTATE_RUN && State != KSSTATE_RUN)
        m_Hardware.Pause();
    if (State == KSSTATE_STOP)
        Rewind();
    KeReleaseSpinLock(&m_Lock, irql);
    if (before == KSSTATE_RUN && State != KSSTATE_RUN)
        m_Miniport->StopTicks();
    if (State != KSSTATE_RUN || before == KSSTATE_RUN)
        return STATUS_SUCCESS;
    Serve();
    m_Hardware.Run();
    m_Miniport->StartTicks();
    return STATUS_SUCCESS;
}

// The WAVEFORMATEX of either kind of format; NULL: neither.
static PWAVEFORMATEX WaveFormat(PKSDATAFORMAT Format)
{
    if (IsEqualGUIDAligned(Format->Specifier, KSDATAFORMAT_SPECIFIER_DSOUND) &&
        Format->FormatSize >= sizeof(KSDATAFORMAT_DSOUND))
        return &PKSDATAFORMAT_DSOUND(Format)->BufferDesc.WaveFormatEx;
    if (IsEqualGUIDAligned(Format->Specifier, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX) &&
        Format->FormatSize >= sizeof(KSDATAFORMAT_WAVEFORMATEX))
        return &PKSDATAFORMAT_WAVEFORMATEX(Format)->WaveFormatEx;
    return NULL;
}

STDMETHODIMP_(NTSTATUS) CStream::SetFormat(PKSDATAFORMAT Format)
{
    PWAVEFORMATEX wave = WaveFormat(Format);

    PAGED_CODE();
    if (m_State == KSSTATE_RUN)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!wave || wave->nChannels != 2 || wave->wBitsPerSample != 16 ||
        !m_Hardware.SetRate(wave->nSamplesPerSec))
        return STATUS_INVALID_PARAMETER;
    m_Rate = wave->nSamplesPerSec;
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) CStream::GetPosition(PULONGLONG Position)
{
    KIRQL irql;

    KeAcquireSpinLock(&m_Lock, &irql);
    Look();
    *Position = m_Released;

    CProgress progress(this);

    for (ULONG i = 0; i < m_Count; i++)
        *Position += progress.Of(&m_Held[i]);
    KeReleaseSpinLock(&m_Lock, irql);
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) CStream::NormalizePhysicalPosition(PLONGLONG PhysicalPosition)
{
    *PhysicalPosition = *PhysicalPosition / FRAME_BYTES * 10000000 / m_Rate;
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) CStream::GetAllocatorFraming(PKSALLOCATOR_FRAMING AllocatorFraming)
{
    AllocatorFraming->RequirementsFlags =
        KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY | KSALLOCATOR_REQUIREMENTF_PREFERENCES_ONLY;
    AllocatorFraming->Frames = 8;
    AllocatorFraming->FrameSize = m_Rate / 100 * FRAME_BYTES;
    AllocatorFraming->FileAlignment = FILE_LONG_ALIGNMENT;
    AllocatorFraming->PoolType = NonPagedPool;
    AllocatorFraming->Reserved = 0;
    return STATUS_SUCCESS;
}
