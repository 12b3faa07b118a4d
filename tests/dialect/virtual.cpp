// SPDX-License-Identifier: MIT
// A driver that brings no hardware: a WaveRT pin whose position is the clock's, as virtual sound cards have it. What is
// played goes nowhere; a capture pin delivers 0x0101 samples. With STRICT it refuses a device that has resources.
#include <portcls.h>
#include <stdunk.h>

#define TAG 'triV'

static KSDATARANGE_AUDIO range = {
    {sizeof(KSDATARANGE_AUDIO), 0, 0, 0, STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO),
     STATICGUIDOF(KSDATAFORMAT_SUBTYPE_PCM), STATICGUIDOF(KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)},
    2, 16, 16, 8000, 48000};
static PKSDATARANGE ranges[] = {(PKSDATARANGE)&range};
static PCPIN_DESCRIPTOR pins[] = {
    {1, 1, 0, NULL, {0, NULL, 0, NULL, 1, ranges, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO, NULL, 0}},
    {1, 1, 0, NULL, {0, NULL, 0, NULL, 1, ranges, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO, NULL, 0}}};
static PCFILTER_DESCRIPTOR filter = {0, NULL, sizeof(PCPIN_DESCRIPTOR), 2, pins, sizeof(PCNODE_DESCRIPTOR), 0, NULL, 0, NULL, 0, NULL};

class Stream : public IMiniportWaveRTStream, public CUnknown
{
  public:
    DECLARE_STD_UNKNOWN();
    DEFINE_STD_CONSTRUCTOR(Stream);
    IMP_IMiniportWaveRTStream;
    PPORTWAVERTSTREAM port;
    ULONG rate, align, bytes;
    BOOLEAN capture;
    PVOID base;
    KSSTATE state;
    LONGLONG began, before; // when it went to RUN; bytes until then

    LONGLONG Now()
    {
        LARGE_INTEGER frequency, now = KeQueryPerformanceCounter(&frequency);

        return state == KSSTATE_RUN ? before + (now.QuadPart - began) * rate / frequency.QuadPart * align : before;
    }
};

class Miniport : public IMiniportWaveRT, public CUnknown
{
  public:
    DECLARE_STD_UNKNOWN();
    DEFINE_STD_CONSTRUCTOR(Miniport);
    IMP_IMiniportWaveRT;
};

NTSTATUS Stream::NonDelegatingQueryInterface(REFIID id, PVOID *out)
{
    *out = id == IID_IUnknown || id == IID_IMiniportWaveRTStream ? (PVOID)(IMiniportWaveRTStream *)this : NULL;
    if (!*out)
        return STATUS_INVALID_PARAMETER;
    AddRef();
    return STATUS_SUCCESS;
}

NTSTATUS Stream::SetFormat(PKSDATAFORMAT format)
{
    PWAVEFORMATEX wave = &((PKSDATAFORMAT_WAVEFORMATEX)format)->WaveFormatEx;

    rate = wave->nSamplesPerSec;
    align = wave->nBlockAlign;
    return STATUS_SUCCESS;
}

NTSTATUS Stream::SetState(KSSTATE to)
{
    before = to == KSSTATE_STOP ? 0 : Now();
    began = KeQueryPerformanceCounter(NULL).QuadPart;
    state = to;
    return STATUS_SUCCESS;
}

NTSTATUS Stream::GetPosition(PKSAUDIO_POSITION position)
{
    position->PlayOffset = position->WriteOffset = bytes ? Now() % bytes : 0;
    return STATUS_SUCCESS;
}

NTSTATUS Stream::AllocateAudioBuffer(ULONG wanted, PMDL *mdl, ULONG *actual, ULONG *offset, MEMORY_CACHING_TYPE *cache)
{
    PHYSICAL_ADDRESS anywhere;
    ULONG size;

#ifdef STRICT
    if (wanted > MAXUSHORT) // DS-14: one driver keeps the size in 16 bits
        return STATUS_INVALID_PARAMETER;
#endif
    anywhere.QuadPart = MAXLONGLONG;
    if (!wanted || wanted > MAXLONG)
        return STATUS_INVALID_PARAMETER;
    size = (wanted + align - 1) / align * align;
    *mdl = port->AllocatePagesForMdl(anywhere, size);
    if (!*mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    base = MmGetMdlByteCount(*mdl) < size ? NULL : port->MapAllocatedPages(*mdl, MmCached); // it may be less
    if (!base) {
        port->FreePagesFromMdl(*mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlFillMemory(base, size, capture ? 1 : 0);
    *actual = bytes = size;
    *offset = 0;
    *cache = MmCached;
    return STATUS_SUCCESS;
}

VOID Stream::FreeAudioBuffer(PMDL mdl, ULONG)
{
    port->UnmapAllocatedPages(base, mdl);
    port->FreePagesFromMdl(mdl);
    bytes = 0;
}

VOID Stream::GetHWLatency(KSRTAUDIO_HWLATENCY *latency)
{
    RtlZeroMemory(latency, sizeof(*latency));
}

NTSTATUS Stream::GetPositionRegister(KSRTAUDIO_HWREGISTER *)
{
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS Stream::GetClockRegister(KSRTAUDIO_HWREGISTER *)
{
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS Miniport::NonDelegatingQueryInterface(REFIID id, PVOID *out)
{
    *out = id == IID_IUnknown || id == IID_IMiniport || id == IID_IMiniportWaveRT ? (PVOID)(IMiniportWaveRT *)this : NULL;
    if (!*out)
        return STATUS_INVALID_PARAMETER;
    AddRef();
    return STATUS_SUCCESS;
}

NTSTATUS Miniport::Init(PUNKNOWN, PRESOURCELIST resources, PPORTWAVERT)
{
#ifdef STRICT
    if (resources->NumberOfEntries())
        return STATUS_DEVICE_CONFIGURATION_ERROR;
#endif
    return STATUS_SUCCESS;
}

NTSTATUS Miniport::GetDescription(PPCFILTER_DESCRIPTOR *description)
{
    *description = &filter;
    return STATUS_SUCCESS;
}

NTSTATUS Miniport::DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG)
{
    return STATUS_NOT_IMPLEMENTED;
}

NTSTATUS Miniport::NewStream(PMINIPORTWAVERTSTREAM *out, PPORTWAVERTSTREAM port, ULONG, BOOLEAN capture, PKSDATAFORMAT format)
{
    Stream *stream = new (NonPagedPoolNx, TAG) Stream(NULL);

    if (!stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    stream->AddRef();
    stream->port = port;
    stream->capture = capture;
    *out = stream;
    return stream->SetFormat(format);
}

NTSTATUS Miniport::GetDeviceDescription(PDEVICE_DESCRIPTION description)
{
    RtlZeroMemory(description, sizeof(*description));
    description->Version = DEVICE_DESCRIPTION_VERSION;
    description->Master = description->ScatterGather = description->Dma32BitAddresses = TRUE;
    description->InterfaceType = PCIBus;
    description->MaximumLength = MAXULONG;
    return STATUS_SUCCESS;
}

static NTSTATUS start(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources)
{
    Miniport *miniport = new (NonPagedPoolNx, TAG) Miniport(NULL);
    PPORT port = NULL;
    NTSTATUS status = miniport ? PcNewPort(&port, CLSID_PortWaveRT) : STATUS_INSUFFICIENT_RESOURCES;

    if (miniport)
        miniport->AddRef();
    if (NT_SUCCESS(status))
        status = port->Init(device, irp, (IMiniportWaveRT *)miniport, NULL, resources);
    if (NT_SUCCESS(status))
        status = PcRegisterSubdevice(device, (PWSTR)L"Wave", port);
    if (port)
        port->Release();
    if (miniport)
        miniport->Release();
    return status;
}

static NTSTATUS add(PDRIVER_OBJECT driver, PDEVICE_OBJECT device)
{
    return PcAddAdapterDevice(driver, device, start, 1, 0);
}

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    return PcInitializeAdapterDriver(driver, path, add);
}
