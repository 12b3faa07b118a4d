// SPDX-License-Identifier: MIT
//
// The WaveCyclic miniport: see wave.h.
#include "wave.h"

#include "stream.h"

REFGUID WavePortClass()
{
    return CLSID_PortWaveCyclic;
}

CMiniportWaveCyclic::~CMiniportWaveCyclic()
{
    if (m_Interrupt)
        m_Interrupt->Disconnect();
    SafeRelease(m_Interrupt);
    SafeRelease(m_Port);
    SafeRelease(m_Adapter);
}

STDMETHODIMP_(NTSTATUS) CMiniportWaveCyclic::NonDelegatingQueryInterface(REFIID Id, PVOID *Object)
{
    *Object = NULL;
    if (IsEqualGUIDAligned(Id, IID_IUnknown))
        *Object = QICASTUNKNOWN(PMINIPORTWAVECYCLIC);
    else if (IsEqualGUIDAligned(Id, IID_IMiniport) ||
             IsEqualGUIDAligned(Id, IID_IMiniportWaveCyclic))
        *Object = QICAST(PMINIPORTWAVECYCLIC);
    else
        return STATUS_INVALID_PARAMETER;
    AddRef();
    return STATUS_SUCCESS;
}

// ---- the filter ----------------------------------------------------------------------------------------

STDMETHODIMP_(NTSTATUS) CMiniportWaveCyclic::GetDescription(PPCFILTER_DESCRIPTOR *Description)
{
    *Description = &WaveFilter;
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
CMiniportWaveCyclic::DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG)
{
    return STATUS_NOT_IMPLEMENTED; // the port's default suits 16-bit PCM
}

// ---- the interrupt -------------------------------------------------------------------------------------

// The source is cleared first: what comes in between interrupts again.
void CMiniportWaveCyclic::ServeEngine(ULONG Registers, CMiniportWaveCyclicStream *Stream) const
{
    ULONG_PTR port = m_Adapter->BusMaster() + Registers + ENGINE_STATUS;

    PortWrite16(port, PortRead16(port) & SR_EVENTS);
    if (Stream)
        Stream->Interrupted(m_Port);
}

NTSTATUS NTAPI CMiniportWaveCyclic::Interrupt(PINTERRUPTSYNC, PVOID Context)
{
    CMiniportWaveCyclic *wave = static_cast<CMiniportWaveCyclic *>(Context);
    ULONG status = PortRead32(wave->m_Adapter->BusMaster() + GLOBAL_STATUS);

    if (status == 0xFFFFFFFF || !(status & (STATUS_IN | STATUS_OUT)))
        return STATUS_UNSUCCESSFUL;
    if (status & STATUS_OUT)
        wave->ServeEngine(ENGINE_OUT, wave->m_Streams[FALSE]);
    if (status & STATUS_IN)
        wave->ServeEngine(ENGINE_IN, wave->m_Streams[TRUE]);
    return STATUS_SUCCESS;
}

NTSTATUS CMiniportWaveCyclic::ConnectInterrupt(PRESOURCELIST Resources)
{
    NTSTATUS status =
        PcNewInterruptSync(&m_Interrupt, NULL, Resources, 0, InterruptSyncModeNormal);

    if (NT_SUCCESS(status))
        status = m_Interrupt->RegisterServiceRoutine(Interrupt, this, FALSE);
    if (NT_SUCCESS(status))
        status = m_Interrupt->Connect();
    return status;
}

STDMETHODIMP_(NTSTATUS)
CMiniportWaveCyclic::Init(PUNKNOWN Adapter, PRESOURCELIST Resources, PPORTWAVECYCLIC Port)
{
    PVOID adapter;
    NTSTATUS status = Adapter->QueryInterface(IID_IAdapterCommon, &adapter);

    PAGED_CODE();
    if (!NT_SUCCESS(status))
        return status;
    m_Adapter = PADAPTERCOMMON(adapter);
    m_Port = Port;
    m_Port->AddRef();
    return ConnectInterrupt(Resources);
}

// ---- streams -------------------------------------------------------------------------------------------

NTSTATUS NTAPI CMiniportWaveCyclic::SetStream(PINTERRUPTSYNC, PVOID Context)
{
    ATTACH *attach = static_cast<ATTACH *>(Context);

    attach->Wave->m_Streams[attach->Capture] = attach->Stream;
    return STATUS_SUCCESS;
}

void CMiniportWaveCyclic::Attach(BOOLEAN Capture, CMiniportWaveCyclicStream *Stream)
{
    ATTACH attach = {this, Capture, Stream};

    m_Interrupt->CallSynchronizedRoutine(SetStream, &attach);
}

STDMETHODIMP_(NTSTATUS)
CMiniportWaveCyclic::NewStream(PMINIPORTWAVECYCLICSTREAM *Stream, PUNKNOWN, POOL_TYPE PoolType,
                               ULONG Pin, BOOLEAN Capture, PKSDATAFORMAT Format,
                               PDMACHANNEL *DmaChannel, PSERVICEGROUP *ServiceGroup)
{
    CMiniportWaveCyclicStream *stream;
    NTSTATUS status;

    PAGED_CODE();
    if (Pin != ULONG(Capture ? WAVE_PIN_CAPTURE : WAVE_PIN_RENDER))
        return STATUS_INVALID_PARAMETER;
    if (m_Streams[Capture != FALSE])
        return STATUS_INSUFFICIENT_RESOURCES;
    stream = new (PoolType, CYCLIC_TAG) CMiniportWaveCyclicStream(NULL);
    if (!stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    stream->AddRef();
    status = stream->Init(this, Capture != FALSE, Format);
    if (!NT_SUCCESS(status)) {
        stream->Release();
        return status;
    }
    *Stream = stream;
    *DmaChannel = stream->ReferenceChannel();
    *ServiceGroup = stream->ReferenceGroup();
    return STATUS_SUCCESS;
}

NTSTATUS NewMiniportWave(PUNKNOWN *Unknown)
{
    PAGED_CODE();
    STD_CREATE_BODY_WITH_TAG_(CMiniportWaveCyclic, Unknown, NULL, NonPagedPool, CYCLIC_TAG,
                              PMINIPORTWAVECYCLIC);
}
