// SPDX-License-Identifier: MIT
//
// The WaveRT miniport: see wave.h.
#include "wave.h"

#include "stream.h"

REFGUID WavePortClass()
{
    return CLSID_PortWaveRT;
}

CMiniportWaveRT::CMiniportWaveRT(PUNKNOWN Outer) : CUnknown(Outer)
{
    KeInitializeSpinLock(&m_Lock);
    KeInitializeDpc(&m_Dpc, Dpc, this);
}

CMiniportWaveRT::~CMiniportWaveRT()
{
    if (m_Interrupt)
        m_Interrupt->Disconnect();
    KeFlushQueuedDpcs();
    SafeRelease(m_Interrupt);
    SafeRelease(m_Adapter);
}

STDMETHODIMP_(NTSTATUS) CMiniportWaveRT::NonDelegatingQueryInterface(REFIID Id, PVOID *Object)
{
    *Object = NULL;
    if (IsEqualGUIDAligned(Id, IID_IUnknown))
        *Object = QICASTUNKNOWN(PMINIPORTWAVERT);
    else if (IsEqualGUIDAligned(Id, IID_IMiniport) || IsEqualGUIDAligned(Id, IID_IMiniportWaveRT))
        *Object = QICAST(PMINIPORTWAVERT);
    else
        return STATUS_INVALID_PARAMETER;
    AddRef();
    return STATUS_SUCCESS;
}

// ---- the filter ----------------------------------------------------------------------------------------

STDMETHODIMP_(NTSTATUS) CMiniportWaveRT::GetDescription(PPCFILTER_DESCRIPTOR *Description)
{
    *Description = &WaveFilter;
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
CMiniportWaveRT::DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG)
{
    return STATUS_NOT_IMPLEMENTED; // the port's default suits 16-bit PCM
}

STDMETHODIMP_(NTSTATUS) CMiniportWaveRT::GetDeviceDescription(PDEVICE_DESCRIPTION Description)
{
    RtlZeroMemory(Description, sizeof(*Description));
    Description->Version = DEVICE_DESCRIPTION_VERSION;
    Description->Master = TRUE;
    Description->ScatterGather = TRUE;
    Description->Dma32BitAddresses = TRUE;
    Description->InterfaceType = PCIBus;
    Description->MaximumLength = 0xFFFFFFFF;
    return STATUS_SUCCESS;
}

// ---- interrupt and DPC ---------------------------------------------------------------------------------

void CMiniportWaveRT::Acknowledge(ULONG Engine) const
{
    ULONG_PTR port = m_Adapter->BusMaster() + Engine + ENGINE_STATUS;

    PortWrite16(port, PortRead16(port) & SR_EVENTS);
}

NTSTATUS NTAPI CMiniportWaveRT::Interrupt(PINTERRUPTSYNC, PVOID Context)
{
    CMiniportWaveRT *wave = static_cast<CMiniportWaveRT *>(Context);
    ULONG status = PortRead32(wave->m_Adapter->BusMaster() + GLOBAL_STATUS);

    if (status == 0xFFFFFFFF || !(status & (STATUS_IN | STATUS_OUT)))
        return STATUS_UNSUCCESSFUL;
    if (status & STATUS_OUT)
        wave->Acknowledge(ENGINE_OUT);
    if (status & STATUS_IN)
        wave->Acknowledge(ENGINE_IN);
    KeInsertQueueDpc(&wave->m_Dpc, NULL, NULL);
    return STATUS_SUCCESS;
}

VOID NTAPI CMiniportWaveRT::Dpc(PKDPC, PVOID Context, PVOID, PVOID)
{
    static_cast<CMiniportWaveRT *>(Context)->ServeStreams();
}

// Both of them, whichever asked: one interrupt may stand for many events, of both engines.
void CMiniportWaveRT::ServeStreams()
{
    KeAcquireSpinLockAtDpcLevel(&m_Lock);
    for (ULONG i = 0; i < SIZEOF_ARRAY(m_Streams); i++)
        if (m_Streams[i])
            m_Streams[i]->Serve();
    KeReleaseSpinLockFromDpcLevel(&m_Lock);
}

NTSTATUS CMiniportWaveRT::ConnectInterrupt(PRESOURCELIST Resources)
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
CMiniportWaveRT::Init(PUNKNOWN Adapter, PRESOURCELIST Resources, PPORTWAVERT)
{
    PVOID adapter;
    NTSTATUS status = Adapter->QueryInterface(IID_IAdapterCommon, &adapter);

    PAGED_CODE();
    if (!NT_SUCCESS(status))
        return status;
    m_Adapter = PADAPTERCOMMON(adapter);
    return ConnectInterrupt(Resources);
}

// ---- streams -------------------------------------------------------------------------------------------

STDMETHODIMP_(NTSTATUS)
CMiniportWaveRT::NewStream(PMINIPORTWAVERTSTREAM *Stream, PPORTWAVERTSTREAM PortStream, ULONG Pin,
                           BOOLEAN Capture, PKSDATAFORMAT Format)
{
    CMiniportWaveRTStream *stream;
    NTSTATUS status;

    PAGED_CODE();
    if (Pin != ULONG(Capture ? WAVE_PIN_CAPTURE : WAVE_PIN_RENDER))
        return STATUS_INVALID_PARAMETER;
    if (m_Streams[Capture != FALSE])
        return STATUS_INSUFFICIENT_RESOURCES;
    stream = new (NonPagedPool, AC97RT_TAG) CMiniportWaveRTStream(NULL);
    if (!stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    stream->AddRef();
    status = stream->Init(this, PortStream, Capture != FALSE, Format);
    if (!NT_SUCCESS(status)) {
        stream->Release();
        return status;
    }
    {
        CSpinLockHolder hold(&m_Lock);
        m_Streams[Capture != FALSE] = stream;
    }
    *Stream = stream;
    return STATUS_SUCCESS;
}

void CMiniportWaveRT::Detach(BOOLEAN Capture)
{
    CSpinLockHolder hold(&m_Lock);

    m_Streams[Capture] = NULL;
}

NTSTATUS NewMiniportWave(PUNKNOWN *Unknown)
{
    PAGED_CODE();
    STD_CREATE_BODY_WITH_TAG_(CMiniportWaveRT, Unknown, NULL, NonPagedPool, AC97RT_TAG,
                              PMINIPORTWAVERT);
}
