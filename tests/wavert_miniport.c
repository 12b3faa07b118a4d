// SPDX-License-Identifier: MIT
//
// IMiniportWaveRT and its streams as a plain driver would have them, with a fault for every field of `rt`. See
// wavert_miniport.h.
#include "tests/wavert_miniport.h"

#include "tests/wavepci_miniport.h"

#define TAG_MINI 'trnM'

struct rt rt;
struct mini mini; // what the fixture counts

void rt_reset(void)
{
    memset(&rt, 0, sizeof(rt));
    rt.cache = MmCached;
}

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
    va_list arguments;

    if (rt.call_count == RT_CALLS)
        return;
    va_start(arguments, format);
    vsnprintf(rt.calls[rt.call_count++], sizeof(rt.calls[0]), format, arguments);
    va_end(arguments);
}

void rt_expect(unsigned from, const char *calls)
{
    char text[2048] = "";

    for (unsigned i = from; i < rt.call_count; i++) {
        strcat(text, i > from ? ", " : "");
        strcat(text, rt.calls[i]);
    }
    if (strcmp(text, calls))
        fixture_failed("calls", (int)from, text);
}

// ---- the stream --------------------------------------------------------------------------------------------

static struct rt_stream *stream_of(IMiniportWaveRTStreamNotification *iface)
{
    return CONTAINING_RECORD(iface, struct rt_stream, iface);
}

static NTSTATUS stream_find(struct rt_stream *stream, REFIID iid, PVOID *out)
{
    *out = NULL;
    if (guid_equal(iid, &IID_IMiniportWaveRTStream) || guid_equal(iid, &IID_IUnknown))
        *out = &stream->iface;
    else if (guid_equal(iid, &IID_IMiniportWaveRTStreamNotification) && !rt.plain)
        *out = &stream->iface;
    else if (guid_equal(iid, &IID_IMiniportWaveRTInputStream) && !rt.no_packets)
        *out = &stream->input;
    else if (guid_equal(iid, &IID_IMiniportWaveRTOutputStream) && !rt.no_packets)
        *out = &stream->output;
    else
        return STATUS_INVALID_PARAMETER;
    stream->references++;
    return STATUS_SUCCESS;
}

static ULONG stream_drop(struct rt_stream *stream)
{
    LONG left = --stream->references;

    if (left)
        return (ULONG)left;
    note("gone");
    if (rt.on_release)
        rt.on_release(stream);
    if (!rt.keep_port)
        stream->port->lpVtbl->Release(stream->port);
    rt.streams--;
    ExFreePoolWithTag(stream, TAG_MINI);
    return 0;
}

static NTSTATUS NTAPI stream_query(IMiniportWaveRTStreamNotification *This, REFIID iid, PVOID *out)
{
    return stream_find(stream_of(This), iid, out);
}

static ULONG NTAPI stream_addref(IMiniportWaveRTStreamNotification *This)
{
    return (ULONG)++stream_of(This)->references;
}

static ULONG NTAPI stream_release(IMiniportWaveRTStreamNotification *This)
{
    return stream_drop(stream_of(This));
}

static NTSTATUS NTAPI set_format(IMiniportWaveRTStreamNotification *This, PKSDATAFORMAT format)
{
    (void)format;
    note("SetFormat");
    if (stream_of(This)->state == KSSTATE_RUN)
        return STATUS_INVALID_PARAMETER;
    return rt.set_format;
}

static NTSTATUS NTAPI set_state(IMiniportWaveRTStreamNotification *This, KSSTATE state)
{
    note("SetState %d", state);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    if (rt.on_state)
        rt.on_state(stream_of(This), state);
    if (NT_SUCCESS(rt.set_state))
        stream_of(This)->state = state;
    return rt.set_state;
}

static NTSTATUS NTAPI get_position(IMiniportWaveRTStreamNotification *This,
                                   PKSAUDIO_POSITION position)
{
    if (rt.on_position)
        rt.on_position(stream_of(This));
    if (!rt.forgets)
        *position = rt.position;
    return rt.get_position;
}

static PMDL take_pages(struct rt_stream *stream, ULONG bytes)
{
    PHYSICAL_ADDRESS low = {.QuadPart = 0};
    PHYSICAL_ADDRESS high = {.QuadPart = rt.high ? (LONGLONG)rt.high : -1};
    PPORTWAVERTSTREAM port = stream->port;

    if (rt.contiguous)
        return port->lpVtbl->AllocateContiguousPagesForMdl(port, low, high, bytes);
    return port->lpVtbl->AllocatePagesForMdl(port, high, bytes);
}

// Fewer pages than asked for are no buffer (RT-21).
static NTSTATUS make_buffer(struct rt_stream *stream, ULONG requested)
{
    PPORTWAVERTSTREAM port = stream->port;
    ULONG bytes = requested + (rt.lie_offset ? 0 : rt.offset);

    stream->mdl = take_pages(stream, bytes);
    if (!stream->mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (port->lpVtbl->GetPhysicalPagesCount(port, stream->mdl) * (ULONGLONG)PAGE_SIZE < bytes) {
        port->lpVtbl->FreePagesFromMdl(port, stream->mdl);
        stream->mdl = NULL;
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (rt.long_mdl)
        stream->mdl->ByteCount += 5 * PAGE_SIZE;
    return STATUS_SUCCESS;
}

static NTSTATUS allocate(struct rt_stream *stream, ULONG count, ULONG requested, PMDL *mdl,
                         ULONG *actual, ULONG *offset, MEMORY_CACHING_TYPE *cache)
{
    static PMDL foreign;
    NTSTATUS status = rt.allocate;

    rt.asked_notifications = count;
    CHECK(!*mdl && !*actual && !*offset && *cache == MmCached); // RT-41
    if (NT_SUCCESS(status) && !rt.null_mdl)
        status = make_buffer(stream, requested);
    if (!NT_SUCCESS(status))
        return status;
    if (rt.on_allocate)
        rt.on_allocate(stream);
    stream->count = count;
    stream->bytes = rt.actual_zero ? 0 : rt.actual ? rt.actual : requested;
    if (rt.foreign_mdl)
        foreign = IoAllocateMdl(rt.pool, requested, FALSE, FALSE, NULL);
    if (rt.foreign_mdl && rt.pool)
        MmBuildMdlForNonPagedPool(foreign);
    if (rt.no_such_page)
        MmGetMdlPfnArray(foreign)[0] = 0xFFFFFFFFFF;
    *mdl = rt.foreign_mdl ? foreign : stream->mdl;
    *actual = stream->bytes;
    *offset = rt.offset;
    *cache = rt.cache;
    return STATUS_SUCCESS;
}

static void free_buffer(struct rt_stream *stream, PMDL mdl, ULONG bytes)
{
    PPORTWAVERTSTREAM port = stream->port;

    CHECK_EQUAL(bytes, stream->bytes); // RT-51
    if (rt.foreign_mdl)
        IoFreeMdl(mdl);
    else
        CHECK(mdl == stream->mdl);
    if (rt.long_mdl)
        stream->mdl->ByteCount -= 5 * PAGE_SIZE;
    if (!rt.keep_pages)
        port->lpVtbl->FreePagesFromMdl(port, stream->mdl);
    stream->mdl = NULL;
}

static NTSTATUS NTAPI allocate_buffer(IMiniportWaveRTStreamNotification *This, ULONG requested,
                                      PMDL *mdl, ULONG *actual, ULONG *offset,
                                      MEMORY_CACHING_TYPE *cache)
{
    note("Allocate %u", requested);
    return allocate(stream_of(This), 0, requested, mdl, actual, offset, cache);
}

static VOID NTAPI free_audio_buffer(IMiniportWaveRTStreamNotification *This, PMDL mdl, ULONG bytes)
{
    note("Free %u", bytes);
    free_buffer(stream_of(This), mdl, bytes);
}

static VOID NTAPI get_latency(IMiniportWaveRTStreamNotification *This, KSRTAUDIO_HWLATENCY *latency)
{
    (void)This;
    note("GetHWLatency");
    if (!rt.forgets)
        *latency = rt.latency;
}

static NTSTATUS NTAPI position_register(IMiniportWaveRTStreamNotification *This,
                                        KSRTAUDIO_HWREGISTER *out)
{
    (void)This;
    note("GetPositionRegister");
    *out = rt.hw_register;
    return rt.get_position_register;
}

static NTSTATUS NTAPI clock_register(IMiniportWaveRTStreamNotification *This,
                                     KSRTAUDIO_HWREGISTER *out)
{
    (void)This;
    note("GetClockRegister");
    *out = rt.hw_register;
    return rt.get_clock_register;
}

static NTSTATUS NTAPI allocate_notified(IMiniportWaveRTStreamNotification *This, ULONG count,
                                        ULONG requested, PMDL *mdl, ULONG *actual, ULONG *offset,
                                        MEMORY_CACHING_TYPE *cache)
{
    note("AllocateNotified %u %u", count, requested);
    return allocate(stream_of(This), count, requested, mdl, actual, offset, cache);
}

static VOID NTAPI free_notified(IMiniportWaveRTStreamNotification *This, PMDL mdl, ULONG bytes)
{
    note("FreeNotified %u", bytes);
    free_buffer(stream_of(This), mdl, bytes);
}

static NTSTATUS NTAPI register_event(IMiniportWaveRTStreamNotification *This, PKEVENT event)
{
    struct rt_stream *stream = stream_of(This);

    note("Register");
    if (NT_SUCCESS(rt.register_event) && stream->event_count < RT_EVENTS)
        stream->events[stream->event_count++] = event;
    return rt.register_event;
}

static NTSTATUS NTAPI unregister_event(IMiniportWaveRTStreamNotification *This, PKEVENT event)
{
    struct rt_stream *stream = stream_of(This);

    note("Unregister");
    for (unsigned i = 0; i < stream->event_count; i++)
        if (stream->events[i] == event) {
            stream->events[i] = stream->events[--stream->event_count];
            return STATUS_SUCCESS;
        }
    return STATUS_NOT_FOUND;
}

static const IMiniportWaveRTStreamNotificationVtbl stream_vtbl = {
    .QueryInterface = stream_query,
    .AddRef = stream_addref,
    .Release = stream_release,
    .SetFormat = set_format,
    .SetState = set_state,
    .GetPosition = get_position,
    .AllocateAudioBuffer = allocate_buffer,
    .FreeAudioBuffer = free_audio_buffer,
    .GetHWLatency = get_latency,
    .GetPositionRegister = position_register,
    .GetClockRegister = clock_register,
    .AllocateBufferWithNotification = allocate_notified,
    .FreeBufferWithNotification = free_notified,
    .RegisterNotificationEvent = register_event,
    .UnregisterNotificationEvent = unregister_event,
};

// ---- packets -----------------------------------------------------------------------------------------------

#define SIDE_METHODS(name, member, type)                                                           \
    static NTSTATUS NTAPI name##_query(type *This, REFIID iid, PVOID *out)                         \
    {                                                                                              \
        return stream_find(CONTAINING_RECORD(This, struct rt_stream, member), iid, out);           \
    }                                                                                              \
    static ULONG NTAPI name##_addref(type *This)                                                   \
    {                                                                                              \
        return (ULONG)++CONTAINING_RECORD(This, struct rt_stream, member)->references;             \
    }                                                                                              \
    static ULONG NTAPI name##_release(type *This)                                                  \
    {                                                                                              \
        return stream_drop(CONTAINING_RECORD(This, struct rt_stream, member));                     \
    }

SIDE_METHODS(input, input, IMiniportWaveRTInputStream)
SIDE_METHODS(output, output, IMiniportWaveRTOutputStream)

static NTSTATUS NTAPI read_packet(IMiniportWaveRTInputStream *This, ULONG *number, ULONG *flags,
                                  ULONG64 *counter, BOOL *more)
{
    (void)This;
    *number = rt.read.PacketNumber;
    *flags = rt.read.Flags;
    *counter = rt.read.PerformanceCounterValue;
    if (!rt.forgets)
        *more = rt.read.MoreData;
    return rt.packet;
}

static NTSTATUS NTAPI write_packet(IMiniportWaveRTOutputStream *This, ULONG number, ULONG flags,
                                   ULONG bytes)
{
    (void)This;
    rt.written = (KSRTAUDIO_SETWRITEPACKET_INFO){number, flags, bytes};
    return rt.packet;
}

static NTSTATUS NTAPI presentation(IMiniportWaveRTOutputStream *This,
                                   KSAUDIO_PRESENTATION_POSITION *position)
{
    (void)This;
    if (!rt.forgets)
        *position = rt.presentation;
    return rt.packet;
}

static NTSTATUS NTAPI packet_count(IMiniportWaveRTOutputStream *This, ULONG *count)
{
    (void)This;
    if (!rt.forgets)
        *count = rt.packets;
    return rt.packet;
}

static const IMiniportWaveRTInputStreamVtbl input_vtbl = {
    .QueryInterface = input_query,
    .AddRef = input_addref,
    .Release = input_release,
    .GetReadPacket = read_packet,
};

static const IMiniportWaveRTOutputStreamVtbl output_vtbl = {
    .QueryInterface = output_query,
    .AddRef = output_addref,
    .Release = output_release,
    .SetWritePacket = write_packet,
    .GetOutputStreamPresentationPosition = presentation,
    .GetPacketCount = packet_count,
};

// ---- what the filter looks like ----------------------------------------------------------------------------

static KSDATARANGE_AUDIO range;
static PKSDATARANGE range_list[] = {(PKSDATARANGE)&range};
static PCPIN_DESCRIPTOR pins[2];
static PCFILTER_DESCRIPTOR description;

static void describe_pin(PCPIN_DESCRIPTOR *pin, KSPIN_DATAFLOW flow)
{
    memset(pin, 0, sizeof(*pin));
    pin->MaxGlobalInstanceCount = pin->MaxFilterInstanceCount = 3;
    pin->KsPinDescriptor.DataRangesCount = 1;
    pin->KsPinDescriptor.DataRanges = range_list;
    pin->KsPinDescriptor.DataFlow = flow;
    pin->KsPinDescriptor.Communication = KSPIN_COMMUNICATION_SINK;
}

static void describe(void)
{
    memset(&range, 0, sizeof(range));
    range.DataRange.FormatSize = sizeof(range);
    range.DataRange.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
    range.DataRange.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
    range.DataRange.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
    range.MaximumChannels = 2;
    range.MinimumBitsPerSample = range.MaximumBitsPerSample = 16;
    range.MinimumSampleFrequency = 8000;
    range.MaximumSampleFrequency = 48000;
    describe_pin(&pins[0], KSPIN_DATAFLOW_IN);
    describe_pin(&pins[1], KSPIN_DATAFLOW_OUT);
    memset(&description, 0, sizeof(description));
    description.PinSize = sizeof(PCPIN_DESCRIPTOR);
    description.PinCount = 2;
    description.Pins = pins;
}

// ---- the miniport ------------------------------------------------------------------------------------------

struct miniport {
    IMiniportWaveRT iface;
    IPinCount count;
    LONG references;
    PPORTWAVERT port;
};

static struct miniport *miniport_of(IMiniportWaveRT *iface)
{
    return CONTAINING_RECORD(iface, struct miniport, iface);
}

static NTSTATUS NTAPI miniport_query(IMiniportWaveRT *This, REFIID iid, PVOID *out)
{
    *out = NULL;
    if (guid_equal(iid, &IID_IPinCount) && rt.possible)
        *out = &miniport_of(This)->count;
    else if (guid_equal(iid, &IID_IMiniportWaveRT) || guid_equal(iid, &IID_IMiniport) ||
             guid_equal(iid, &IID_IUnknown))
        *out = This;
    else
        return STATUS_INVALID_PARAMETER;
    miniport_of(This)->references++;
    return STATUS_SUCCESS;
}

static ULONG NTAPI miniport_addref(IMiniportWaveRT *This)
{
    return (ULONG)++miniport_of(This)->references;
}

static ULONG NTAPI miniport_release(IMiniportWaveRT *This)
{
    struct miniport *miniport = miniport_of(This);
    LONG left = --miniport->references;

    if (left)
        return (ULONG)left;
    if (miniport->port)
        miniport->port->lpVtbl->Release(miniport->port);
    mini.miniports--;
    ExFreePoolWithTag(miniport, TAG_MINI);
    return 0;
}

// ---- IPinCount ---------------------------------------------------------------------------------------------

static NTSTATUS NTAPI count_query(IPinCount *This, REFIID iid, PVOID *out)
{
    return miniport_query(&CONTAINING_RECORD(This, struct miniport, count)->iface, iid, out);
}

static ULONG NTAPI count_addref(IPinCount *This)
{
    return miniport_addref(&CONTAINING_RECORD(This, struct miniport, count)->iface);
}

static ULONG NTAPI count_release(IPinCount *This)
{
    return miniport_release(&CONTAINING_RECORD(This, struct miniport, count)->iface);
}

static VOID NTAPI count_pins(IPinCount *This, ULONG pin, PULONG necessary, PULONG current,
                             PULONG possible, PULONG global_current, PULONG global_possible)
{
    (void)This, (void)necessary;
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    note("PinCount %u: %u of %u, %u of %u", pin, *current, *possible, *global_current,
         *global_possible);
    *possible = *global_possible = rt.possible;
}

static const IPinCountVtbl count_vtbl = {
    .QueryInterface = count_query,
    .AddRef = count_addref,
    .Release = count_release,
    .PinCount = count_pins,
};

// ---- the miniport's own ------------------------------------------------------------------------------------

static NTSTATUS NTAPI get_description(IMiniportWaveRT *This, PPCFILTER_DESCRIPTOR *out)
{
    (void)This;
    note("GetDescription");
    describe();
    *out = &description;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI intersect(IMiniportWaveRT *This, ULONG pin, PKSDATARANGE client,
                                PKSDATARANGE mine, ULONG bytes, PVOID result, PULONG result_bytes)
{
    (void)This, (void)pin, (void)client, (void)mine, (void)bytes, (void)result, (void)result_bytes;
    note("DataRangeIntersection");
    return STATUS_NOT_IMPLEMENTED;
}

static NTSTATUS NTAPI init(IMiniportWaveRT *This, PUNKNOWN adapter, PRESOURCELIST resources,
                           PPORTWAVERT port)
{
    (void)adapter, (void)resources;
    note("Init");
    rt.port = port;
    if (!NT_SUCCESS(rt.init))
        return rt.init;
    port->lpVtbl->AddRef(port);
    miniport_of(This)->port = port;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI new_stream(IMiniportWaveRT *This, PMINIPORTWAVERTSTREAM *out,
                                 PPORTWAVERTSTREAM port, ULONG pin, BOOLEAN capture,
                                 PKSDATAFORMAT format)
{
    struct rt_stream *stream;

    (void)This;
    CHECK(port && format && KeGetCurrentIrql() == PASSIVE_LEVEL);
    note("NewStream %u %s", pin, capture ? "capture" : "play");
    if (!NT_SUCCESS(rt.new_stream) || rt.no_stream)
        return rt.new_stream;
    stream = ExAllocatePoolWithTag(NonPagedPool, sizeof(*stream), TAG_MINI);
    if (!stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    memset(stream, 0, sizeof(*stream));
    stream->iface.lpVtbl = &stream_vtbl;
    stream->input.lpVtbl = &input_vtbl;
    stream->output.lpVtbl = &output_vtbl;
    stream->references = 1;
    stream->port = port;
    port->lpVtbl->AddRef(port);
    stream->capture = capture;
    rt.streams++;
    rt.stream = stream;
    *out = (PMINIPORTWAVERTSTREAM)&stream->iface;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI device_description(IMiniportWaveRT *This, PDEVICE_DESCRIPTION out)
{
    (void)This, (void)out;
    note("GetDeviceDescription");
    return rt.description;
}

static const IMiniportWaveRTVtbl miniport_vtbl = {
    .QueryInterface = miniport_query,
    .AddRef = miniport_addref,
    .Release = miniport_release,
    .GetDescription = get_description,
    .DataRangeIntersection = intersect,
    .Init = init,
    .NewStream = new_stream,
    .GetDeviceDescription = device_description,
};

// ---- the adapter -------------------------------------------------------------------------------------------

static struct miniport *miniport_create(void)
{
    struct miniport *miniport = ExAllocatePoolWithTag(NonPagedPool, sizeof(*miniport), TAG_MINI);

    if (!miniport)
        return NULL;
    memset(miniport, 0, sizeof(*miniport));
    miniport->iface.lpVtbl = &miniport_vtbl;
    miniport->count.lpVtbl = (IPinCountVtbl *)&count_vtbl;
    miniport->references = 1;
    mini.miniports++;
    return miniport;
}

static NTSTATUS install(PDEVICE_OBJECT fdo, PIRP irp, struct miniport *miniport,
                        PRESOURCELIST resources)
{
    static WCHAR name[] = {'W', 'a', 'v', 'e', 0};
    PPORT port;
    NTSTATUS status = PcNewPort(&port, &CLSID_PortWaveRT);

    if (!NT_SUCCESS(status))
        return status;
    status = port->lpVtbl->Init(port, fdo, irp, (PUNKNOWN)&miniport->iface, NULL, resources);
    if (NT_SUCCESS(status))
        status = PcRegisterSubdevice(fdo, name, (PUNKNOWN)port);
    if (!NT_SUCCESS(status) && miniport->port) { // the cycle that the port would break at removal
        miniport->port->lpVtbl->Release(miniport->port);
        miniport->port = NULL;
    }
    port->lpVtbl->Release(port);
    return status;
}

static NTSTATUS NTAPI start_device(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    struct miniport *miniport = miniport_create();
    NTSTATUS status;

    rt.fdo = fdo;
    if (rt.position_lock)
        CHECK_EQUAL(policy_set(system_current, "position-lock", "on"), 0);
    if (!miniport)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = install(fdo, irp, miniport, resources);
    miniport_release(&miniport->iface);
    return status;
}

static NTSTATUS NTAPI add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    return PcAddAdapterDevice(driver, pdo, start_device, 2, 0);
}

NTSTATUS NTAPI mini_driver_entry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    return PcInitializeAdapterDriver(driver, path, add_device);
}

// ---- the client --------------------------------------------------------------------------------------------

NTSTATUS rt_property(struct fixture *f, PFILE_OBJECT pin, ULONG id, ULONG flags, const void *instance,
                     ULONG instance_bytes, void *value, ULONG bytes, ULONG_PTR *information)
{
    struct {
        KSPROPERTY property;
        char instance[64];
    } input;

    memset(&input, 0, sizeof(input));
    input.property.Set = KSPROPSETID_RtAudio;
    input.property.Id = id;
    input.property.Flags = flags;
    if (instance)
        memcpy(input.instance, instance, instance_bytes);
    return kernel_control_wait(f->system, pin, IOCTL_KS_PROPERTY, &input,
                               (ULONG)(sizeof(KSPROPERTY) + instance_bytes), value, bytes,
                               information);
}

NTSTATUS rt_buffer(struct fixture *f, PFILE_OBJECT pin, ULONG bytes, KSRTAUDIO_BUFFER *reply)
{
    KSRTAUDIO_BUFFER_PROPERTY asked = {.RequestedBufferSize = bytes};

    return rt_property(f, pin, KSPROPERTY_RTAUDIO_BUFFER, KSPROPERTY_TYPE_GET,
                       (char *)&asked + sizeof(KSPROPERTY), sizeof(asked) - sizeof(KSPROPERTY),
                       reply, sizeof(*reply), NULL);
}

NTSTATUS rt_buffer_notified(struct fixture *f, PFILE_OBJECT pin, ULONG bytes, ULONG notifications,
                            KSRTAUDIO_BUFFER *reply)
{
    KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION asked = {.RequestedBufferSize = bytes,
                                                         .NotificationCount = notifications};

    return rt_property(f, pin, KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION, KSPROPERTY_TYPE_GET,
                       (char *)&asked + sizeof(KSPROPERTY), sizeof(asked) - sizeof(KSPROPERTY),
                       reply, sizeof(*reply), NULL);
}

PFILE_OBJECT rt_pin(struct fixture *f, bool capture)
{
    return client_pin(f, capture, false);
}

unsigned rt_found(const struct fixture *f, const char *rule, uint32_t code, uint64_t p1)
{
    unsigned found = 0;

    for (size_t i = 0; i < journal_count(f->system->journal); i++) {
        const struct finding *finding = journal_get(f->system->journal, i);

        if (!strcmp(finding->rule, rule) && finding->code == code && finding->parameters[0] == p1)
            found += 1 + finding->repeats;
    }
    return found;
}

unsigned rt_total(const struct fixture *f)
{
    unsigned found = 0;

    for (size_t i = 0; i < journal_count(f->system->journal); i++)
        found += 1 + journal_get(f->system->journal, i)->repeats;
    return found;
}
