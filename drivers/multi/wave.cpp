// SPDX-License-Identifier: MIT
//
// The miniport: see multi.h.
#include "multi.h"

CMiniport::CMiniport(PUNKNOWN Outer) : CUnknown(Outer)
{
    KeInitializeSpinLock(&m_Lock);
    KeInitializeTimer(&m_Timer);
    KeInitializeDpc(&m_Dpc, Tick, this);
}

CMiniport::~CMiniport()
{
    KeCancelTimer(&m_Timer);
    KeFlushQueuedDpcs();
    if (m_Registers)
        MmUnmapIoSpace(m_Registers, m_RegisterBytes);
    SafeRelease(m_Dma);
    SafeRelease(m_Group);
    SafeRelease(m_Port);
}

STDMETHODIMP_(NTSTATUS) CMiniport::NonDelegatingQueryInterface(REFIID Id, PVOID *Object)
{
    *Object = NULL;
    if (IsEqualGUIDAligned(Id, IID_IUnknown))
        *Object = QICASTUNKNOWN(PMINIPORTWAVEPCI);
    else if (IsEqualGUIDAligned(Id, IID_IMiniport) || IsEqualGUIDAligned(Id, IID_IMiniportWavePci))
        *Object = QICAST(PMINIPORTWAVEPCI);
    else
        return STATUS_INVALID_PARAMETER;
    AddRef();
    return STATUS_SUCCESS;
}

NTSTATUS NewMiniport(PUNKNOWN *Unknown)
{
    PAGED_CODE();
    STD_CREATE_BODY_WITH_TAG_(CMiniport, Unknown, NULL, NonPagedPool, MULTI_TAG, PMINIPORTWAVEPCI);
}

// ---- the filter ----------------------------------------------------------------------------------------

STDMETHODIMP_(NTSTATUS) CMiniport::GetDescription(PPCFILTER_DESCRIPTOR *Description)
{
    *Description = &Filter;
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
CMiniport::DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG)
{
    return STATUS_NOT_IMPLEMENTED; // the port's default suits 16-bit PCM
}

// ---- start ---------------------------------------------------------------------------------------------

NTSTATUS CMiniport::MapRegisters(PRESOURCELIST Resources)
{
    PCM_PARTIAL_RESOURCE_DESCRIPTOR memory = Resources->FindTranslatedMemory(0);

    if (!memory || memory->u.Memory.Length < ENGINES * CEngine::REGISTER_BYTES)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    m_RegisterBytes = memory->u.Memory.Length;
    m_Registers = PUCHAR(MmMapIoSpace(memory->u.Memory.Start, m_RegisterBytes, MmNonCached));
    return m_Registers ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

STDMETHODIMP_(NTSTATUS)
CMiniport::Init(PUNKNOWN, PRESOURCELIST Resources, PPORTWAVEPCI Port, PSERVICEGROUP *ServiceGroup)
{
    NTSTATUS status;

    PAGED_CODE();
    m_Port = Port;
    m_Port->AddRef();
    status = MapRegisters(Resources);
    if (NT_SUCCESS(status))
        status = PcNewServiceGroup(&m_Group, NULL);
    if (NT_SUCCESS(status))
        status = Port->NewMasterDmaChannel(&m_Dma, NULL, NonPagedPool, Resources, TRUE, TRUE, FALSE,
                                           FALSE, DMA_WIDTH(-1), DMA_SPEED(-1), MAXULONG, 0);
    if (NT_SUCCESS(status)) {
        m_Group->AddRef();
        *ServiceGroup = m_Group;
    }
    return status;
}

// ---- the timer -----------------------------------------------------------------------------------------

// The group's members are the filter and every stream; the port serves those in RUN.
VOID NTAPI CMiniport::Tick(PKDPC, PVOID Context, PVOID, PVOID)
{
    CMiniport *miniport = static_cast<CMiniport *>(Context);

    miniport->m_Port->Notify(miniport->m_Group);
}

void CMiniport::StartTicks()
{
    LARGE_INTEGER due;
    KIRQL irql;

    due.QuadPart = -10000ll * TICK_MS;
    KeAcquireSpinLock(&m_Lock, &irql);
    if (m_Ticking++ == 0)
        KeSetTimerEx(&m_Timer, due, TICK_MS, &m_Dpc);
    KeReleaseSpinLock(&m_Lock, irql);
}

void CMiniport::StopTicks()
{
    KIRQL irql;

    KeAcquireSpinLock(&m_Lock, &irql);
    if (--m_Ticking == 0)
        KeCancelTimer(&m_Timer);
    KeReleaseSpinLock(&m_Lock, irql);
}

STDMETHODIMP_(VOID) CMiniport::Service()
{
    // streams serve themselves
}

// ---- streams -------------------------------------------------------------------------------------------

NTSTATUS CMiniport::TakeEngine(ULONG *Engine)
{
    for (*Engine = 0; *Engine < ENGINES; ++*Engine)
        if (!(m_Engines & 1u << *Engine)) {
            m_Engines |= 1u << *Engine;
            return STATUS_SUCCESS;
        }
    return STATUS_INSUFFICIENT_RESOURCES;
}

void CMiniport::FreeEngine(ULONG Engine)
{
    m_Engines &= ~(1u << Engine);
}

STDMETHODIMP_(NTSTATUS)
CMiniport::NewStream(PMINIPORTWAVEPCISTREAM *Stream, PUNKNOWN, POOL_TYPE,
                     PPORTWAVEPCISTREAM PortStream, ULONG Pin, BOOLEAN, PKSDATAFORMAT Format,
                     PDMACHANNEL *DmaChannel, PSERVICEGROUP *ServiceGroup)
{
    NTSTATUS status;
    CStream *stream;
    ULONG engine;

    PAGED_CODE();
    if (Pin != PIN_RENDER)
        return STATUS_INVALID_PARAMETER;
    stream = new (NonPagedPool, MULTI_TAG) CStream(NULL);
    if (!stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    stream->AddRef();
    status = TakeEngine(&engine);
    if (NT_SUCCESS(status))
        status = stream->Init(this, PortStream, m_Registers, engine, Format);
    if (!NT_SUCCESS(status)) {
        stream->Release();
        return status;
    }
    *Stream = stream;
    *DmaChannel = m_Dma; // by convention without a reference
    m_Group->AddRef();
    *ServiceGroup = m_Group;
    return STATUS_SUCCESS;
}
