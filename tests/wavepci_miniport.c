// SPDX-License-Identifier: MIT
//
// The scripted miniport: IMiniportWavePci and its streams, written as a driver would be but for the script that says
// which calls it expects. See wavepci_fixture.h.
#include "tests/wavepci_miniport.h"

#include "tests/wavepci_fixture.h"

#define TAG_MINI 'iniM'

struct mini mini;

static const char *const state_names[] = {"STOP", "ACQUIRE", "PAUSE", "RUN"};

// ---- the script ----------------------------------------------------------------------------------------

static const struct step unscripted = {.call = NULL, .status = STATUS_SUCCESS, .value = 0};

// The step for this call; `ignored` is its MINI_ bit.
static const struct step *expect(unsigned ignored, const char *format, ...)
{
    const struct step *step = mini.next;
    char call[96], text[256];
    va_list arguments;

    if (!mini.script || (mini.ignore & ignored))
        return &unscripted;
    va_start(arguments, format);
    vsnprintf(call, sizeof(call), format, arguments);
    va_end(arguments);
    if (!step)
        step = mini.script;
    if (step->call && !strcmp(step->call, call)) {
        mini.next = step + 1;
        return step;
    }
    snprintf(text, sizeof(text), "the port called \"%s\"; the script says \"%s\"", call,
             step->call ? step->call : "nothing more");
    fixture_failed("script", (int)(step - mini.script), text);
    return &unscripted;
}

static void act(const struct step *step, struct mini_stream *stream)
{
    if (step->action)
        step->action(stream);
}

void mini_script_done(void)
{
    const struct step *step = mini.next ? mini.next : mini.script;
    char text[160];

    if (step && step->call) {
        snprintf(text, sizeof(text), "never called: \"%s\"", step->call);
        fixture_failed("script", (int)(step - mini.script), text);
    }
    mini.script = mini.next = NULL;
}

static void note(const char *call)
{
    if (mini.order_count < sizeof(mini.order) / sizeof(*mini.order))
        mini.order[mini.order_count++] = call;
}

// ---- what a miniport does with mappings ------------------------------------------------------------------

bool mini_get(struct mini_stream *stream, struct held *out)
{
    struct held held = {0};
    PHYSICAL_ADDRESS physical = {.QuadPart = -1};
    PVOID address = NULL;
    NTSTATUS status;
    KIRQL irql;

    KeAcquireSpinLock(&stream->lock, &irql);
    held.tag = stream->next_tag++;
    KeReleaseSpinLock(&stream->lock, irql);
    status = stream->port->lpVtbl->GetMapping(stream->port, (PVOID)held.tag, &physical, &address,
                                              &held.bytes, &held.flags);
    if (!NT_SUCCESS(status)) {
        CHECK_EQUAL(status, STATUS_NOT_FOUND);
        stream->refusals++;
        return false;
    }
    held.physical = (ULONGLONG)physical.QuadPart;
    held.virtual_address = address;
    KeAcquireSpinLock(&stream->lock, &irql);
    CHECK(stream->count < MINI_HELD);
    stream->list[stream->count++] = held;
    stream->mapped += held.bytes;
    KeReleaseSpinLock(&stream->lock, irql);
    if (out)
        *out = held;
    return true;
}

NTSTATUS mini_release_tag(struct mini_stream *stream, ULONG_PTR tag)
{
    return stream->port->lpVtbl->ReleaseMapping(stream->port, (PVOID)tag);
}

NTSTATUS mini_release_oldest(struct mini_stream *stream)
{
    ULONG_PTR tag = 0;
    bool there;
    KIRQL irql;

    KeAcquireSpinLock(&stream->lock, &irql);
    there = stream->count > 0;
    if (there) {
        tag = stream->list[0].tag;
        stream->count--;
        memmove(stream->list, stream->list + 1, stream->count * sizeof(*stream->list));
    }
    KeReleaseSpinLock(&stream->lock, irql);
    return there ? mini_release_tag(stream, tag) : STATUS_NO_MORE_ENTRIES;
}

void mini_take_all(struct mini_stream *stream)
{
    while (stream->count < MINI_HELD && mini_get(stream, NULL))
        ;
}

void mini_release_all(struct mini_stream *stream)
{
    while (stream->count)
        CHECK_EQUAL(mini_release_oldest(stream), STATUS_SUCCESS);
}

static int find_tag(const struct mini_stream *stream, ULONG_PTR tag)
{
    for (unsigned i = 0; i < stream->count; i++)
        if (stream->list[i].tag == tag)
            return (int)i;
    return -1;
}

NTSTATUS mini_revoke(struct mini_stream *stream, ULONG_PTR first, ULONG_PTR last, ULONG *count)
{
    unsigned kept = 0;
    KIRQL irql;

    (void)find_tag;
    KeAcquireSpinLock(&stream->lock, &irql);
    *count = 0;
    for (unsigned i = 0; i < stream->count; i++) {
        if (stream->list[i].tag >= first && stream->list[i].tag <= last)
            ++*count;
        else
            stream->list[kept++] = stream->list[i];
    }
    stream->count = kept;
    KeReleaseSpinLock(&stream->lock, irql);
    return STATUS_SUCCESS;
}

// ---- the stream ------------------------------------------------------------------------------------------

static struct mini_stream *stream_from(IMiniportWavePciStream *iface)
{
    return CONTAINING_RECORD(iface, struct mini_stream, iface);
}

static NTSTATUS NTAPI stream_query(IMiniportWavePciStream *This, REFIID iid, PVOID *out)
{
    *out = NULL;
    if (!guid_equal(iid, &IID_IMiniportWavePciStream) && !guid_equal(iid, &IID_IUnknown))
        return STATUS_INVALID_PARAMETER;
    stream_from(This)->references++;
    *out = This;
    return STATUS_SUCCESS;
}

static ULONG NTAPI stream_addref(IMiniportWavePciStream *This)
{
    return (ULONG)++stream_from(This)->references;
}

static ULONG NTAPI stream_release(IMiniportWavePciStream *This)
{
    struct mini_stream *stream = stream_from(This);
    LONG left = --stream->references;

    if (left)
        return (ULONG)left;
    for (unsigned i = 0; i < mini.stream_count; i++)
        if (mini.streams[i] == stream)
            mini.streams[i] = NULL;
    if (mini.stream == stream)
        mini.stream = NULL;
    if (stream->port)
        stream->port->lpVtbl->Release(stream->port);
    mini.stream_objects--;
    ExFreePoolWithTag(stream, TAG_MINI);
    return 0;
}

static NTSTATUS NTAPI stream_format(IMiniportWavePciStream *This, PKSDATAFORMAT format)
{
    const struct step *step = expect(0, "SetFormat");

    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(format != NULL);
    act(step, stream_from(This));
    return step->status;
}

static NTSTATUS NTAPI stream_state(IMiniportWavePciStream *This, KSSTATE state)
{
    struct mini_stream *stream = stream_from(This);
    const struct step *step = expect(MINI_STATE, "SetState %s", state_names[state & 3]);

    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK((int)state == (int)stream->state + 1 || (int)state == (int)stream->state - 1 ||
          !NT_SUCCESS(step->status) || mini.script);
    act(step, stream);
    if (!NT_SUCCESS(step->status))
        return step->status;
    stream->state = state;
    if (state == KSSTATE_STOP)
        stream->position = stream->mapped = 0;
    if (mini.on_state)
        mini.on_state(stream, state);
    if (mini.greedy && state == KSSTATE_RUN)
        mini_take_all(stream);
    return step->status;
}

static NTSTATUS NTAPI stream_position(IMiniportWavePciStream *This, PULONGLONG position)
{
    struct mini_stream *stream = stream_from(This);
    const struct step *step = expect(MINI_POSITION, "GetPosition");

    if (!mini.forgets)
        *position = step->call ? step->value : stream->position;
    if (mini.on_position)
        mini.on_position(stream);
    act(step, stream);
    return step->status;
}

static NTSTATUS NTAPI stream_normalize(IMiniportWavePciStream *This, PLONGLONG position)
{
    (void)This;
    *position = *position * 10000000 / (48000 * 4);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI stream_framing(IMiniportWavePciStream *This, PKSALLOCATOR_FRAMING framing)
{
    const struct step *step = expect(MINI_FRAMING, "GetAllocatorFraming");

    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK_EQUAL(framing->RequirementsFlags, 0); // KP-27: zeroed before the call
    framing->RequirementsFlags =
        KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY | KSALLOCATOR_REQUIREMENTF_PREFERENCES_ONLY;
    framing->PoolType = NonPagedPool;
    framing->Frames = 8;
    framing->FrameSize = stream_from(This)->framing;
    framing->FileAlignment = 3;
    act(step, stream_from(This));
    return step->status;
}

static NTSTATUS NTAPI stream_revoke(IMiniportWavePciStream *This, PVOID first, PVOID last,
                                    PULONG count)
{
    struct mini_stream *stream = stream_from(This);
    const struct step *step = expect(0, "RevokeMappings %llu %llu",
                                     (unsigned long long)(ULONG_PTR)first,
                                     (unsigned long long)(ULONG_PTR)last);

    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL); // WP-53
    CHECK_EQUAL(*count, 0);                          // WP-54
    CHECK(stream->state == KSSTATE_STOP || mini.stream_count > 0);
    act(step, stream);
    if (step->call) {
        ULONG taken;

        mini_revoke(stream, (ULONG_PTR)first, (ULONG_PTR)last, &taken);
        *count = (ULONG)step->value;
        return step->status;
    }
    if (mini.revoke)
        return mini.revoke(stream, (ULONG_PTR)first, (ULONG_PTR)last, count);
    return mini_revoke(stream, (ULONG_PTR)first, (ULONG_PTR)last, count);
}

static VOID NTAPI stream_available(IMiniportWavePciStream *This)
{
    struct mini_stream *stream = stream_from(This);
    const struct step *step = expect(MINI_AVAILABLE, "MappingAvailable");

    CHECK_EQUAL(stream->depth++, 0);         // WP-77: never concurrently with itself
    CHECK(stream->state != KSSTATE_STOP);    // nor in STOP
    CHECK(!stream->in_release);              // WP-41
    CHECK(KeGetCurrentIrql() <= DISPATCH_LEVEL);
    stream->available_irql = KeGetCurrentIrql();
    stream->available++;
    act(step, stream);
    if (mini.on_available)
        mini.on_available(stream);
    if (mini.greedy)
        mini_take_all(stream);
    stream->depth--;
}

static VOID NTAPI stream_service(IMiniportWavePciStream *This)
{
    struct mini_stream *stream = stream_from(This);
    const struct step *step = expect(MINI_SERVICE, "Service");

    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    stream->services++;
    act(step, stream);
    if (mini.on_service)
        mini.on_service(stream);
    if (mini.greedy)
        mini_take_all(stream);
}

static const IMiniportWavePciStreamVtbl stream_vtbl = {
    .QueryInterface = stream_query,
    .AddRef = stream_addref,
    .Release = stream_release,
    .SetFormat = stream_format,
    .SetState = stream_state,
    .GetPosition = stream_position,
    .NormalizePhysicalPosition = stream_normalize,
    .GetAllocatorFraming = stream_framing,
    .RevokeMappings = stream_revoke,
    .MappingAvailable = stream_available,
    .Service = stream_service,
};

// ---- the filter's description ------------------------------------------------------------------------------

static KSDATARANGE_AUDIO audio_range(const GUID *specifier)
{
    KSDATARANGE_AUDIO range;

    memset(&range, 0, sizeof(range));
    range.DataRange.FormatSize = sizeof(range);
    range.DataRange.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
    range.DataRange.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
    range.DataRange.Specifier = *specifier;
    range.MaximumChannels = 2;
    range.MinimumBitsPerSample = range.MaximumBitsPerSample = 16;
    range.MinimumSampleFrequency = 8000;
    range.MaximumSampleFrequency = 48000;
    return range;
}

static KSDATARANGE_AUDIO ranges[2];
static PKSDATARANGE range_list[] = {(PKSDATARANGE)&ranges[0], (PKSDATARANGE)&ranges[1]};
static PCPIN_DESCRIPTOR pins[3];
static PCFILTER_DESCRIPTOR description;

static void describe_pin(PCPIN_DESCRIPTOR *pin, KSPIN_DATAFLOW flow,
                         KSPIN_COMMUNICATION communication, ULONG instances)
{
    memset(pin, 0, sizeof(*pin));
    pin->MaxGlobalInstanceCount = pin->MaxFilterInstanceCount = instances;
    pin->KsPinDescriptor.DataRangesCount = 2;
    pin->KsPinDescriptor.DataRanges = range_list;
    pin->KsPinDescriptor.DataFlow = flow;
    pin->KsPinDescriptor.Communication = communication;
}

static void describe(void)
{
    ranges[0] = audio_range(&KSDATAFORMAT_SPECIFIER_WAVEFORMATEX);
    ranges[1] = audio_range(&KSDATAFORMAT_SPECIFIER_DSOUND);
    describe_pin(&pins[0], KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK, 3);
    describe_pin(&pins[1], KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_SINK, (ULONG)-1);
    describe_pin(&pins[2], KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE, 0);
    memset(&description, 0, sizeof(description));
    description.PinSize = sizeof(PCPIN_DESCRIPTOR);
    description.PinCount = 3;
    description.Pins = pins;
}

// ---- the miniport --------------------------------------------------------------------------------------------

struct miniport {
    IMiniportWavePci iface;
    IPinCount count;
    LONG references;
    PPORTWAVEPCI port;
};

static struct miniport *miniport_from(IMiniportWavePci *iface)
{
    return CONTAINING_RECORD(iface, struct miniport, iface);
}

static NTSTATUS query(struct miniport *miniport, REFIID iid, PVOID *out)
{
    *out = NULL;
    if (guid_equal(iid, &IID_IMiniportWavePci) || guid_equal(iid, &IID_IMiniport) ||
        guid_equal(iid, &IID_IUnknown))
        *out = &miniport->iface;
    else if (guid_equal(iid, &IID_IPinCount) && mini.offers_pin_count)
        *out = &miniport->count;
    else
        return STATUS_INVALID_PARAMETER;
    miniport->references++;
    return STATUS_SUCCESS;
}

static ULONG release(struct miniport *miniport)
{
    LONG left = --miniport->references;

    if (left)
        return (ULONG)left;
    if (miniport->port)
        miniport->port->lpVtbl->Release(miniport->port);
    mini.miniports--;
    ExFreePoolWithTag(miniport, TAG_MINI);
    return 0;
}

static NTSTATUS NTAPI miniport_query(IMiniportWavePci *This, REFIID iid, PVOID *out)
{
    return query(miniport_from(This), iid, out);
}

static ULONG NTAPI miniport_addref(IMiniportWavePci *This)
{
    return (ULONG)++miniport_from(This)->references;
}

static ULONG NTAPI miniport_release(IMiniportWavePci *This)
{
    return release(miniport_from(This));
}

static NTSTATUS NTAPI miniport_description(IMiniportWavePci *This, PPCFILTER_DESCRIPTOR *out)
{
    (void)This;
    note("GetDescription");
    describe();
    *out = &description;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI miniport_intersect(IMiniportWavePci *This, ULONG pin, PKSDATARANGE client,
                                         PKSDATARANGE mine, ULONG bytes, PVOID result,
                                         PULONG result_bytes)
{
    (void)This, (void)pin, (void)client, (void)mine, (void)bytes, (void)result, (void)result_bytes;
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    mini.intersections++;
    return mini.intersection ? mini.intersection : STATUS_NOT_IMPLEMENTED;
}

static void note_resources(PRESOURCELIST resources)
{
    PCM_RESOURCE_LIST list = resources->lpVtbl->TranslatedList(resources);

    resources->lpVtbl->AddRef(resources);
    mini.resource_entries = resources->lpVtbl->NumberOfEntries(resources);
    mini.resources_bytes = offsetof(CM_RESOURCE_LIST, List[0].PartialResourceList.PartialDescriptors) +
                           mini.resource_entries * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR);
    CHECK(mini.resources_bytes <= sizeof(mini.resources_copy));
    memcpy(mini.resources_copy, list, mini.resources_bytes);
}

static NTSTATUS NTAPI miniport_init(IMiniportWavePci *This, PUNKNOWN adapter,
                                    PRESOURCELIST resources, PPORTWAVEPCI port,
                                    PSERVICEGROUP *group)
{
    note("Init");
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(port && group);
    CHECK(*group == NULL); // WP-4
    mini.adapter_seen = adapter;
    mini.resources_seen = resources;
    if (mini.keep_resources)
        note_resources(resources);
    mini.port = port;
    if (!NT_SUCCESS(mini.init_status))
        return mini.init_status;
    port->lpVtbl->AddRef(port);
    miniport_from(This)->port = port;
    if (mini.filter_group) {
        NTSTATUS status = PcNewServiceGroup(group, NULL);

        mini.group = *group;
        return status;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS make_stream(struct mini_stream **out, PPORTWAVEPCISTREAM port, BOOLEAN capture)
{
    struct mini_stream *stream =
        ExAllocatePoolWithTag(NonPagedPool, sizeof(*stream), TAG_MINI);

    if (!stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    memset(stream, 0, sizeof(*stream));
    stream->iface.lpVtbl = (IMiniportWavePciStreamVtbl *)&stream_vtbl;
    stream->references = 1;
    stream->port = port;
    port->lpVtbl->AddRef(port);
    stream->capture = capture;
    stream->next_tag = 1;
    KeInitializeSpinLock(&stream->lock);
    mini.stream_objects++;
    mini.stream = stream;
    if (mini.stream_count < MINI_STREAMS)
        mini.streams[mini.stream_count++] = stream;
    *out = stream;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI miniport_new_stream(IMiniportWavePci *This, PMINIPORTWAVEPCISTREAM *out,
                                          PUNKNOWN outer, POOL_TYPE pool, PPORTWAVEPCISTREAM port,
                                          ULONG pin, BOOLEAN capture, PKSDATAFORMAT format,
                                          PDMACHANNEL *channel, PSERVICEGROUP *group)
{
    const struct step *step = expect(MINI_NEW, "NewStream %u %s", pin, capture ? "capture" : "play");
    struct mini_stream *stream;
    NTSTATUS status;

    (void)This;
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(!outer && port && format && channel && group && !*group && pool == NonPagedPool);
    if (!NT_SUCCESS(step->status))
        return step->status;
    status = make_stream(&stream, port, capture);
    if (!NT_SUCCESS(status))
        return status;
    if (mini.own_group) {
        status = PcNewServiceGroup(group, NULL);
        mini.group = *group;
    }
    if (!NT_SUCCESS(status)) {
        stream_release(&stream->iface);
        return status;
    }
    act(step, stream);
    *channel = mini.channel;
    *out = (PMINIPORTWAVEPCISTREAM)&stream->iface;
    return STATUS_SUCCESS;
}

static VOID NTAPI miniport_service(IMiniportWavePci *This)
{
    (void)This;
    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    mini.filter_services++;
}

static const IMiniportWavePciVtbl miniport_vtbl = {
    .QueryInterface = miniport_query,
    .AddRef = miniport_addref,
    .Release = miniport_release,
    .GetDescription = miniport_description,
    .DataRangeIntersection = miniport_intersect,
    .Init = miniport_init,
    .NewStream = miniport_new_stream,
    .Service = miniport_service,
};

// ---- IPinCount -------------------------------------------------------------------------------------------------

static NTSTATUS NTAPI count_query(IPinCount *This, REFIID iid, PVOID *out)
{
    return query(CONTAINING_RECORD(This, struct miniport, count), iid, out);
}

static ULONG NTAPI count_addref(IPinCount *This)
{
    return (ULONG)++CONTAINING_RECORD(This, struct miniport, count)->references;
}

static ULONG NTAPI count_release(IPinCount *This)
{
    return release(CONTAINING_RECORD(This, struct miniport, count));
}

static VOID NTAPI count_pins(IPinCount *This, ULONG pin, PULONG necessary, PULONG current,
                             PULONG possible, PULONG global_current, PULONG global_possible)
{
    (void)This, (void)pin, (void)necessary, (void)current, (void)global_current;
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    mini.pin_counts++;
    if (mini.possible)
        *possible = *global_possible = mini.possible;
}

static const IPinCountVtbl count_vtbl = {
    .QueryInterface = count_query,
    .AddRef = count_addref,
    .Release = count_release,
    .PinCount = count_pins,
};

// ---- the adapter -----------------------------------------------------------------------------------------------

static struct miniport *miniport_create(void)
{
    struct miniport *miniport = ExAllocatePoolWithTag(NonPagedPool, sizeof(*miniport), TAG_MINI);

    if (!miniport)
        return NULL;
    memset(miniport, 0, sizeof(*miniport));
    miniport->iface.lpVtbl = (IMiniportWavePciVtbl *)&miniport_vtbl;
    miniport->count.lpVtbl = (IPinCountVtbl *)&count_vtbl;
    miniport->references = 1;
    mini.miniports++;
    return miniport;
}

static NTSTATUS NTAPI start_device(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    static WCHAR name[] = {'W', 'a', 'v', 'e', 0};
    struct miniport *miniport = miniport_create();
    PPORT port;
    NTSTATUS status;

    if (!miniport)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = PcNewPort(&port, &CLSID_PortWavePci);
    if (NT_SUCCESS(status)) {
        status = port->lpVtbl->Init(port, fdo, irp, (PUNKNOWN)&miniport->iface, NULL, resources);
        if (NT_SUCCESS(status))
            status = PcRegisterSubdevice(fdo, name, (PUNKNOWN)port);
        if (!NT_SUCCESS(status) && miniport->port) { // the cycle that the port would break at removal
            miniport->port->lpVtbl->Release(miniport->port);
            miniport->port = NULL;
        }
        port->lpVtbl->Release(port);
    }
    release(miniport);
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
