// SPDX-License-Identifier: MIT
//
// A WavePci driver that does nothing, in the words driver authors use. tests/wdk_test.py compiles and
// links it with lib/stdunk and looks at what it imports; nobody runs it.
#include <portcls.h>
#include <stdunk.h>
#include <ksdebug.h>
#include <ntstrsafe.h>

// Drivers write GUIDs inside structures without inner braces.
#pragma GCC diagnostic ignored "-Wmissing-braces"

#define POOLTAG 'rvrD'

DEFINE_GUIDSTRUCT("0A1B2C3D-0001-0002-0003-AABBCCDDEEFF", KSPROPSETID_Private);
#define KSPROPSETID_Private DEFINE_GUIDNAMED(KSPROPSETID_Private)
DEFINE_GUID(IID_IAdapterCommon, 0x1B2C3D4E, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

DRIVER_ADD_DEVICE AddDevice;
extern "C" DRIVER_INITIALIZE DriverEntry;
static KDEFERRED_ROUTINE TimerDpc;
static IO_WORKITEM_ROUTINE Work;

DECLARE_INTERFACE_(IAdapterCommon, IUnknown)
{
    DEFINE_ABSTRACT_UNKNOWN()
    STDMETHOD_(NTSTATUS, Init)(THIS_ IN PRESOURCELIST ResourceList, IN PDEVICE_OBJECT DeviceObject) PURE;
    STDMETHOD_(BOOLEAN, Busy)(THIS) PURE;
};
typedef IAdapterCommon *PADAPTERCOMMON;

// ---- the filter --------------------------------------------------------------------------------------

static NTSTATUS NTAPI PropertyHandler(IN PPCPROPERTY_REQUEST PropertyRequest)
{
    PAGED_CODE();
    ASSERT(PropertyRequest);
    if (PropertyRequest->ValueSize < sizeof(ULONG))
        return STATUS_BUFFER_TOO_SMALL;
    *PULONG(PropertyRequest->Value) = KSPROPERTY_TYPE_GET;
    return STATUS_SUCCESS;
}

static KSDATARANGE_AUDIO PinDataRangesStream[] = {
    {{sizeof(KSDATARANGE_AUDIO), 0, 0, 0, STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO),
      STATICGUIDOF(KSDATAFORMAT_SUBTYPE_PCM), STATICGUIDOF(KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)},
     2, 16, 16, 8000, 48000}};
static PKSDATARANGE PinDataRangePointers[] = {PKSDATARANGE(&PinDataRangesStream[0])};

static PCPROPERTY_ITEM PropertiesFilter[] = {
    {&KSPROPSETID_Private, 1, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_BASICSUPPORT, PropertyHandler},
    {&KSPROPSETID_General, KSPROPERTY_GENERAL_COMPONENTID, KSPROPERTY_TYPE_GET, PropertyHandler},
};
DEFINE_PCAUTOMATION_TABLE_PROP(AutomationFilter, PropertiesFilter);

static PCPIN_DESCRIPTOR Pins[] = {
    {1, 1, 0, NULL,
     {0, NULL, 0, NULL, SIZEOF_ARRAY(PinDataRangePointers), PinDataRangePointers, KSPIN_DATAFLOW_IN,
      KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO, NULL, 0}},
    {0, 0, 0, NULL,
     {0, NULL, 0, NULL, SIZEOF_ARRAY(PinDataRangePointers), PinDataRangePointers, KSPIN_DATAFLOW_OUT,
      KSPIN_COMMUNICATION_NONE, &KSNODETYPE_SPEAKER, &KSAUDFNAME_WAVE_VOLUME, 0}},
};
static PCNODE_DESCRIPTOR Nodes[] = {{0, NULL, &KSNODETYPE_DAC, NULL}};
static PCCONNECTION_DESCRIPTOR Connections[] = {
    {PCFILTER_NODE, 0, 0, KSNODEPIN_STANDARD_IN},
    {0, KSNODEPIN_STANDARD_OUT, PCFILTER_NODE, 1},
};
static PCFILTER_DESCRIPTOR FilterDescriptor = {
    0, &AutomationFilter, sizeof(PCPIN_DESCRIPTOR), SIZEOF_ARRAY(Pins), Pins, sizeof(PCNODE_DESCRIPTOR),
    SIZEOF_ARRAY(Nodes), Nodes, SIZEOF_ARRAY(Connections), Connections, 0, NULL};

// ---- the miniport ------------------------------------------------------------------------------------

class CMiniport : public IMiniportWavePci, public IPowerNotify, public CUnknown
{
  public:
    DECLARE_STD_UNKNOWN();
    DEFINE_STD_CONSTRUCTOR(CMiniport);
    ~CMiniport();
    IMP_IMiniportWavePci;
    IMP_IPowerNotify;

    PPORTWAVEPCI Port;
    PSERVICEGROUP ServiceGroup;
    PINTERRUPTSYNC InterruptSync;
    PDMACHANNEL DmaChannel;
    PHYSICAL_ADDRESS Buffer;
    PUCHAR Base;
    KSPIN_LOCK Lock;
    KDPC Dpc;
    KTIMER Timer;
    KMUTEX Mutex;
};

class CStream : public IMiniportWavePciStream, public IDrmAudioStream, public CUnknown
{
  public:
    DECLARE_STD_UNKNOWN();
    DEFINE_STD_CONSTRUCTOR(CStream);
    IMP_IMiniportWavePciStream;
    IMP_IDrmAudioStream;

    CMiniport *Miniport;
    PPORTWAVEPCISTREAM PortStream;
    PPREFETCHOFFSET PreFetchOffset;
    LIST_ENTRY Mappings;
    ULONG NextTag;
};

struct MAPPING {
    LIST_ENTRY Link;
    ULONG Tag;
    PHYSICAL_ADDRESS Address;
    ULONG Bytes, Flags;
};

CMiniport::~CMiniport()
{
    if (InterruptSync) {
        InterruptSync->Disconnect();
        InterruptSync->Release();
    }
    if (Port)
        Port->Release();
}

STDMETHODIMP_(NTSTATUS) CMiniport::NonDelegatingQueryInterface(REFIID Interface, PVOID *Object)
{
    if (IsEqualGUIDAligned(Interface, IID_IUnknown))
        *Object = QICASTUNKNOWN(PMINIPORTWAVEPCI);
    else if (IsEqualGUIDAligned(Interface, IID_IMiniport) ||
             IsEqualGUIDAligned(Interface, IID_IMiniportWavePci))
        *Object = PVOID(PMINIPORTWAVEPCI(this));
    else if (IsEqualGUIDAligned(Interface, IID_IPowerNotify))
        *Object = QICAST(PPOWERNOTIFY);
    else
        *Object = NULL;
    if (!*Object)
        return STATUS_INVALID_PARAMETER;
    PUNKNOWN(*Object)->AddRef();
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI InterruptServiceRoutine(PINTERRUPTSYNC InterruptSync, PVOID Context)
{
    CMiniport *that = (CMiniport *)Context;

    UNREFERENCED_PARAMETER(InterruptSync);
    if (!(READ_PORT_UCHAR(that->Base + 4) & 0x80))
        return STATUS_UNSUCCESSFUL;
    WRITE_PORT_UCHAR(that->Base + 4, 0x80);
    that->Port->Notify(that->ServiceGroup);
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
CMiniport::Init(PUNKNOWN UnknownAdapter, PRESOURCELIST ResourceList, PPORTWAVEPCI Port_,
                PSERVICEGROUP *ServiceGroup_)
{
    NTSTATUS status;

    PAGED_CODE();
    UNREFERENCED_PARAMETER(UnknownAdapter);
    if (ResourceList->NumberOfPorts() < 1 || ResourceList->NumberOfInterrupts() != 1)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    Base = PUCHAR(ULONG_PTR(ResourceList->FindTranslatedPort(0)->u.Port.Start.QuadPart));
    (Port = Port_)->AddRef();
    KeInitializeSpinLock(&Lock);
    KeInitializeMutex(&Mutex, 1);
    KeInitializeDpc(&Dpc, TimerDpc, this);
    KeInitializeTimerEx(&Timer, NotificationTimer);
    status = PcNewServiceGroup(&ServiceGroup, NULL);
    if (NT_SUCCESS(status))
        status = PcNewInterruptSync(&InterruptSync, NULL, ResourceList, 0, InterruptSyncModeNormal);
    if (NT_SUCCESS(status))
        status = InterruptSync->RegisterServiceRoutine(InterruptServiceRoutine, this, FALSE);
    if (NT_SUCCESS(status))
        status = Port->NewMasterDmaChannel(&DmaChannel, NULL, NonPagedPool, NULL, TRUE, TRUE, FALSE, TRUE,
                                           (DMA_WIDTH)-1, (DMA_SPEED)-1, MAXULONG, 0);
    if (NT_SUCCESS(status) && NT_SUCCESS(DmaChannel->AllocateBuffer(PAGE_SIZE, NULL)))
        Buffer = DmaChannel->PhysicalAddress();
    *ServiceGroup_ = ServiceGroup;
    return NT_SUCCESS(status) ? InterruptSync->Connect() : status;
}

STDMETHODIMP_(NTSTATUS) CMiniport::GetDescription(PPCFILTER_DESCRIPTOR *Description)
{
    *Description = &FilterDescriptor;
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
CMiniport::DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG)
{
    return STATUS_NOT_IMPLEMENTED;
}

STDMETHODIMP_(NTSTATUS)
CMiniport::NewStream(PMINIPORTWAVEPCISTREAM *Stream, PUNKNOWN Outer, POOL_TYPE PoolType,
                     PPORTWAVEPCISTREAM PortStream, ULONG Pin, BOOLEAN Capture, PKSDATAFORMAT DataFormat,
                     PDMACHANNEL *Channel, PSERVICEGROUP *Group)
{
    CStream *stream = new (PoolType, POOLTAG) CStream(Outer);

    if (!stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    _DbgPrintF(DEBUGLVL_VERBOSE, ("stream on pin %d, capture %d", Pin, Capture));
    UNREFERENCED_PARAMETER(Pin);
    UNREFERENCED_PARAMETER(Capture);
    stream->AddRef();
    stream->Miniport = this;
    stream->PortStream = PortStream;
    InitializeListHead(&stream->Mappings);
    if (NT_SUCCESS(PortStream->QueryInterface(IID_IPreFetchOffset, (PVOID *)&stream->PreFetchOffset)))
        stream->PreFetchOffset->SetPreFetchOffset(32 * min(4, PWAVEFORMATEX(DataFormat + 1)->nBlockAlign));
    *Stream = stream;
    *Channel = DmaChannel;
    (*Group = ServiceGroup)->AddRef();
    return STATUS_SUCCESS;
}

STDMETHODIMP_(VOID) CMiniport::Service()
{
}

STDMETHODIMP_(VOID) CMiniport::PowerChangeNotify(POWER_STATE NewState)
{
    ASSERT(NewState.DeviceState >= PowerDeviceD0);
    UNREFERENCED_PARAMETER(NewState);
}

static VOID NTAPI TimerDpc(PKDPC, PVOID Context, PVOID, PVOID)
{
    ((CMiniport *)Context)->Port->Notify(((CMiniport *)Context)->ServiceGroup);
}

// ---- the stream --------------------------------------------------------------------------------------

STDMETHODIMP_(NTSTATUS) CStream::NonDelegatingQueryInterface(REFIID Interface, PVOID *Object)
{
    if (IsEqualGUIDAligned(Interface, IID_IMiniportWavePciStream))
        *Object = PVOID(PMINIPORTWAVEPCISTREAM(this));
    else if (IsEqualGUIDAligned(Interface, IID_IDrmAudioStream))
        *Object = PVOID(PDRMAUDIOSTREAM(this));
    else
        return CUnknown::NonDelegatingQueryInterface(Interface, Object);
    PUNKNOWN(*Object)->AddRef();
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) CStream::SetFormat(PKSDATAFORMAT)
{
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) CStream::SetState(KSSTATE State)
{
    LARGE_INTEGER due;

    due.QuadPart = -100000;
    if (State == KSSTATE_RUN)
        KeSetTimerEx(&Miniport->Timer, due, 10, &Miniport->Dpc);
    else
        KeCancelTimer(&Miniport->Timer);
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) CStream::GetPosition(PULONGLONG Position)
{
    *Position = READ_PORT_USHORT(PUSHORT(Miniport->Base + 8));
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) CStream::NormalizePhysicalPosition(PLONGLONG PhysicalPosition)
{
    *PhysicalPosition = *PhysicalPosition * 10000000 / 192000;
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) CStream::GetAllocatorFraming(PKSALLOCATOR_FRAMING Framing)
{
    Framing->RequirementsFlags =
        KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY | KSALLOCATOR_REQUIREMENTF_PREFERENCES_ONLY;
    Framing->PoolType = NonPagedPool;
    Framing->Frames = 8;
    Framing->FrameSize = 1920;
    Framing->FileAlignment = FILE_LONG_ALIGNMENT;
    return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) CStream::RevokeMappings(PVOID FirstTag, PVOID LastTag, PULONG MappingsRevoked)
{
    KIRQL irql;
    ULONG count = 0;

    KeAcquireSpinLock(&Miniport->Lock, &irql);
    for (PLIST_ENTRY link = Mappings.Flink, next; link != &Mappings; link = next) {
        MAPPING *mapping = CONTAINING_RECORD(link, MAPPING, Link);

        next = link->Flink;
        if (mapping->Tag < PtrToUlong(FirstTag) || mapping->Tag > PtrToUlong(LastTag))
            continue;
        RemoveEntryList(link);
        ExFreePoolWithTag(mapping, POOLTAG);
        count++;
    }
    KeReleaseSpinLock(&Miniport->Lock, irql);
    *MappingsRevoked = count;
    return STATUS_SUCCESS;
}

STDMETHODIMP_(VOID) CStream::MappingAvailable()
{
    Service();
}

STDMETHODIMP_(VOID) CStream::Service()
{
    MAPPING *mapping = (MAPPING *)ExAllocatePoolWithTag(NonPagedPool, sizeof(MAPPING), POOLTAG);
    PVOID address;

    if (!mapping)
        return;
    mapping->Tag = NextTag++;
    if (NT_SUCCESS(PortStream->GetMapping(ULongToPtr(mapping->Tag), &mapping->Address, &address,
                                          &mapping->Bytes, &mapping->Flags)))
        ExInterlockedInsertTailList(&Mappings, &mapping->Link, &Miniport->Lock);
    else
        ExFreePoolWithTag(mapping, POOLTAG);
}

STDMETHODIMP_(NTSTATUS) CStream::SetContentId(ULONG ContentId, PCDRMRIGHTS DrmRights)
{
    return ContentId && DrmRights->CopyProtect ? STATUS_NOT_IMPLEMENTED : STATUS_SUCCESS;
}

// ---- the adapter -------------------------------------------------------------------------------------

static NTSTATUS CreateMiniport(PUNKNOWN *Unknown, PUNKNOWN UnknownOuter, POOL_TYPE PoolType)
{
    STD_CREATE_BODY_WITH_TAG_(CMiniport, Unknown, UnknownOuter, PoolType, POOLTAG, PMINIPORTWAVEPCI);
}

static VOID NTAPI Work(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    WCHAR text[16];

    UNREFERENCED_PARAMETER(DeviceObject);
    RtlStringCbPrintfW(text, sizeof(text), L"%d", 7);
    DbgPrint("%ws %d\n", text, (int)wcslen(text));
    IoFreeWorkItem((PIO_WORKITEM)Context);
}

static NTSTATUS NTAPI StartDevice(PDEVICE_OBJECT DeviceObject, PIRP Irp, PRESOURCELIST ResourceList)
{
    PPORT port = NULL;
    PUNKNOWN miniport = NULL;
    NTSTATUS status = PcNewPort(&port, CLSID_PortWavePci);
    PIO_WORKITEM work = IoAllocateWorkItem(DeviceObject);

    PAGED_CODE();
    if (work)
        IoQueueWorkItem(work, Work, DelayedWorkQueue, work);
    if (NT_SUCCESS(status))
        status = CreateMiniport(&miniport, NULL, NonPagedPool);
    if (NT_SUCCESS(status))
        status = port->Init(DeviceObject, Irp, miniport, NULL, ResourceList);
    if (NT_SUCCESS(status))
        status = PcRegisterSubdevice(DeviceObject, (PWSTR)L"Wave", port);
    if (miniport)
        miniport->Release();
    if (port)
        port->Release();
    return status;
}

NTSTATUS NTAPI AddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    PAGED_CODE();
    return PcAddAdapterDevice(DriverObject, PhysicalDeviceObject, StartDevice, 2, 0);
}

extern "C" NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPathName)
{
    UNICODE_STRING name;

    RtlInitUnicodeString(&name, L"IoAllocateWorkItem");
    if (!MmGetSystemRoutineAddress(&name))
        return STATUS_NOT_SUPPORTED;
    return PcInitializeAdapterDriver(DriverObject, RegistryPathName, AddDevice);
}
