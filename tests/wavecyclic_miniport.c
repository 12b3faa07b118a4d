// SPDX-License-Identifier: MIT
//
// IMiniportWaveCyclic, its streams and their channels as a plain driver would have them, with a fault for every field
// of `cy`. See wavecyclic_miniport.h.
#include "tests/wavecyclic_miniport.h"

#include "tests/wavepci_miniport.h"

#define TAG_MINI 'cynM'

struct cy cy;
struct mini mini; // what the fixture counts

void cy_reset(void)
{
    memset(&cy, 0, sizeof(cy));
}

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
    va_list arguments;

    if (cy.call_count == CY_CALLS)
        return;
    va_start(arguments, format);
    vsnprintf(cy.calls[cy.call_count++], sizeof(cy.calls[0]), format, arguments);
    va_end(arguments);
}

void cy_expect_at(const char *file, int line, unsigned from, const char *calls)
{
    char text[CY_CALLS * 50] = "";

    for (unsigned i = from; i < cy.call_count; i++) {
        strcat(text, i > from ? ", " : "");
        strcat(text, cy.calls[i]);
    }
    if (strcmp(text, calls))
        fixture_failed(file, line, text);
}

// ---- the channel ---------------------------------------------------------------------------------------------

static struct cy_stream *owner(IDmaChannel *iface)
{
    return CONTAINING_RECORD(iface, struct cy_stream, channel);
}

static void let_go(struct cy_stream *stream)
{
    if (stream->references || stream->channel_references)
        return;
    if (stream->group)
        stream->group->lpVtbl->Release(stream->group);
    ExFreePoolWithTag(stream->memory, TAG_MINI);
    cy.streams--;
    ExFreePoolWithTag(stream, TAG_MINI);
}

static NTSTATUS NTAPI channel_query(IDmaChannel *This, REFIID iid, PVOID *out)
{
    (void)iid;
    *out = This;
    owner(This)->channel_references++;
    return STATUS_SUCCESS;
}

static ULONG NTAPI channel_addref(IDmaChannel *This)
{
    return (ULONG)++owner(This)->channel_references;
}

static ULONG NTAPI channel_release(IDmaChannel *This)
{
    struct cy_stream *stream = owner(This);
    LONG left = --stream->channel_references;

    if (!left && cy.on_release)
        cy.on_release("channel");
    let_go(stream);
    return (ULONG)left;
}

static ULONG NTAPI allocated_size(IDmaChannel *This)
{
    if (cy.sizes)
        note("AllocatedBufferSize");
    return owner(This)->allocated;
}

static ULONG NTAPI buffer_size(IDmaChannel *This)
{
    if (cy.sizes)
        note("BufferSize");
    return owner(This)->size;
}

static PVOID NTAPI system_address(IDmaChannel *This)
{
    if (cy.sizes)
        note("SystemAddress");
    return owner(This)->allocated ? owner(This)->memory : NULL;
}

static void copy(unsigned char *to, const unsigned char *from, ULONG bytes)
{
    for (ULONG i = 0; i < bytes; i++)
        to[i] = (unsigned char)(cy.inverts ? ~from[i] : from[i]);
}

// WC-24: inside the buffer, at least a byte.
static void check_span(struct cy_stream *stream, const void *at, ULONG bytes)
{
    size_t place = (size_t)((const unsigned char *)at - stream->memory);

    CHECK(bytes > 0 && place < stream->allocated && bytes <= stream->allocated - place);
}

static VOID NTAPI copy_to(IDmaChannel *This, PVOID to, PVOID from, ULONG bytes)
{
    struct cy_stream *stream = owner(This);

    check_span(stream, to, bytes);
    note("CopyTo %u %u", (unsigned)((unsigned char *)to - stream->memory), bytes);
    copy(to, from, bytes);
    if (cy.on_copy)
        cy.on_copy(stream);
}

static VOID NTAPI copy_from(IDmaChannel *This, PVOID to, PVOID from, ULONG bytes)
{
    struct cy_stream *stream = owner(This);

    check_span(stream, from, bytes);
    note("CopyFrom %u %u", (unsigned)((unsigned char *)from - stream->memory), bytes);
    copy(to, from, bytes);
    if (cy.on_copy)
        cy.on_copy(stream);
}

// What the port must not call (WC-22).
static void forbidden(const char *method)
{
    fixture_failed("channel", 0, method);
}

static NTSTATUS NTAPI allocate(IDmaChannel *This, ULONG bytes, PPHYSICAL_ADDRESS constraint)
{
    (void)This, (void)bytes, (void)constraint;
    forbidden("AllocateBuffer");
    return STATUS_UNSUCCESSFUL;
}

static VOID NTAPI free_buffer(IDmaChannel *This)
{
    (void)This;
    forbidden("FreeBuffer");
}

static ULONG NTAPI transfer_count(IDmaChannel *This)
{
    (void)This;
    forbidden("TransferCount");
    return 0;
}

static ULONG NTAPI maximum_size(IDmaChannel *This)
{
    (void)This;
    forbidden("MaximumBufferSize");
    return 0;
}

static VOID NTAPI set_size(IDmaChannel *This, ULONG bytes)
{
    (void)This, (void)bytes;
    forbidden("SetBufferSize"); // allowed, but not used (WC-32)
}

static PHYSICAL_ADDRESS *NTAPI physical_address(IDmaChannel *This, PHYSICAL_ADDRESS *result)
{
    (void)This;
    forbidden("PhysicalAddress");
    return result;
}

static PADAPTER_OBJECT NTAPI adapter_object(IDmaChannel *This)
{
    (void)This;
    forbidden("GetAdapterObject");
    return NULL;
}

static const IDmaChannelVtbl channel_vtbl = {
    .QueryInterface = channel_query,
    .AddRef = channel_addref,
    .Release = channel_release,
    .AllocateBuffer = allocate,
    .FreeBuffer = free_buffer,
    .TransferCount = transfer_count,
    .MaximumBufferSize = maximum_size,
    .AllocatedBufferSize = allocated_size,
    .BufferSize = buffer_size,
    .SetBufferSize = set_size,
    .SystemAddress = system_address,
    .PhysicalAddress = physical_address,
    .GetAdapterObject = adapter_object,
    .CopyTo = copy_to,
    .CopyFrom = copy_from,
};

// ---- the stream ----------------------------------------------------------------------------------------------

static struct cy_stream *stream_of(IMiniportWaveCyclicStream *iface)
{
    return CONTAINING_RECORD(iface, struct cy_stream, iface);
}

static NTSTATUS NTAPI stream_query(IMiniportWaveCyclicStream *This, REFIID iid, PVOID *out)
{
    *out = NULL;
    if (!guid_equal(iid, &IID_IMiniportWaveCyclicStream) && !guid_equal(iid, &IID_IUnknown))
        return STATUS_INVALID_PARAMETER;
    stream_of(This)->references++;
    *out = This;
    return STATUS_SUCCESS;
}

static ULONG NTAPI stream_addref(IMiniportWaveCyclicStream *This)
{
    return (ULONG)++stream_of(This)->references;
}

static ULONG NTAPI stream_release(IMiniportWaveCyclicStream *This)
{
    struct cy_stream *stream = stream_of(This);
    LONG left = --stream->references;

    if (!left && cy.on_release)
        cy.on_release("stream");
    let_go(stream);
    return (ULONG)left;
}

static NTSTATUS NTAPI set_format(IMiniportWaveCyclicStream *This, PKSDATAFORMAT format)
{
    struct cy_stream *stream = stream_of(This);

    CHECK(format && KeGetCurrentIrql() == PASSIVE_LEVEL);
    note("SetFormat");
    if (NT_SUCCESS(cy.set_format) && cy.late_buffer)
        stream->allocated = stream->size = CY_BUFFER;
    return cy.set_format;
}

static ULONG NTAPI set_frequency(IMiniportWaveCyclicStream *This, ULONG interval, PULONG frame_size)
{
    (void)This;
    CHECK_EQUAL(*frame_size, 0); // WC-17
    note("SetNotificationFreq %u", interval);
    cy.interval = interval;
    *frame_size = cy.frame_size;
    if (cy.wide_frame_size)
        frame_size[1] = 0;
    return cy.new_interval;
}

static NTSTATUS NTAPI set_state(IMiniportWaveCyclicStream *This, KSSTATE state)
{
    struct cy_stream *stream = stream_of(This);

    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(state == stream->state + 1 || state == stream->state - 1); // WC-77
    note("SetState %d", state);
    if (cy.on_state)
        cy.on_state(stream, state);
    if (cy.raise_irql) {
        KIRQL irql;

        KeRaiseIrql(DISPATCH_LEVEL, &irql);
    }
    if (NT_SUCCESS(cy.set_state[state]) || state < stream->state)
        stream->state = state;
    return cy.set_state[state];
}

static ULONG place_now(const struct cy_stream *stream)
{
    uint64_t moved = (system_current->sched->now - cy.since) * CY_MS / 1000000;

    return (ULONG)((cy.p + moved / 4 * 4) % stream->size);
}

static NTSTATUS NTAPI get_position(IMiniportWaveCyclicStream *This, PULONG position)
{
    struct cy_stream *stream = stream_of(This);

    CHECK(KeGetCurrentIrql() <= DISPATCH_LEVEL);
    stream->service_irql = KeGetCurrentIrql();
    *position = cy.by_time && stream->state == KSSTATE_RUN ? place_now(stream) : cy.p;
    if (cy.wide_position)
        position[1] = 0;
    if (cy.on_position)
        cy.on_position(stream);
    return cy.get_position;
}

static NTSTATUS NTAPI normalize(IMiniportWaveCyclicStream *This, PLONGLONG position)
{
    (void)This;
    cy.normalize_asked = *position;
    *position = cy.normalized ? cy.normalized : *position * 10000 / CY_MS;
    return cy.normalize;
}

static VOID NTAPI silence(IMiniportWaveCyclicStream *This, PVOID buffer, ULONG bytes)
{
    struct cy_stream *stream = stream_of(This);

    check_span(stream, buffer, bytes);
    note("Silence %u %u", (unsigned)((unsigned char *)buffer - stream->memory), bytes);
    memset(buffer, cy.zero_silence ? 0 : cy.pattern, bytes);
    if (cy.wide_silence)
        ((unsigned char *)buffer)[bytes] ^= 1;
}

static const IMiniportWaveCyclicStreamVtbl stream_vtbl = {
    .QueryInterface = stream_query,
    .AddRef = stream_addref,
    .Release = stream_release,
    .SetFormat = set_format,
    .SetNotificationFreq = set_frequency,
    .SetState = set_state,
    .GetPosition = get_position,
    .NormalizePhysicalPosition = normalize,
    .Silence = silence,
};

// ---- what the filter looks like ------------------------------------------------------------------------------

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
    range.MaximumChannels = 8;
    range.MinimumBitsPerSample = 8;
    range.MaximumBitsPerSample = 32;
    range.MinimumSampleFrequency = 8000;
    range.MaximumSampleFrequency = 48000;
    describe_pin(&pins[0], KSPIN_DATAFLOW_IN);
    describe_pin(&pins[1], KSPIN_DATAFLOW_OUT);
    memset(&description, 0, sizeof(description));
    description.PinSize = sizeof(PCPIN_DESCRIPTOR);
    description.PinCount = 2;
    description.Pins = pins;
}

// ---- the miniport --------------------------------------------------------------------------------------------

struct miniport {
    IMiniportWaveCyclic iface;
    LONG references;
    PPORTWAVECYCLIC port;
};

static struct miniport *miniport_of(IMiniportWaveCyclic *iface)
{
    return CONTAINING_RECORD(iface, struct miniport, iface);
}

static NTSTATUS NTAPI miniport_query(IMiniportWaveCyclic *This, REFIID iid, PVOID *out)
{
    *out = NULL;
    if (guid_equal(iid, &IID_IMiniportWaveCyclic))
        note("QueryInterface");
    else if (!guid_equal(iid, &IID_IMiniport) && !guid_equal(iid, &IID_IUnknown))
        return STATUS_INVALID_PARAMETER;
    miniport_of(This)->references++;
    *out = This;
    return STATUS_SUCCESS;
}

static ULONG NTAPI miniport_addref(IMiniportWaveCyclic *This)
{
    return (ULONG)++miniport_of(This)->references;
}

static ULONG NTAPI miniport_release(IMiniportWaveCyclic *This)
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

static NTSTATUS NTAPI get_description(IMiniportWaveCyclic *This, PPCFILTER_DESCRIPTOR *out)
{
    (void)This;
    note("GetDescription");
    describe();
    *out = &description;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI intersect(IMiniportWaveCyclic *This, ULONG pin, PKSDATARANGE client,
                                PKSDATARANGE mine, ULONG bytes, PVOID result, PULONG result_bytes)
{
    (void)This, (void)pin, (void)client, (void)mine, (void)bytes, (void)result, (void)result_bytes;
    return STATUS_NOT_IMPLEMENTED;
}

static NTSTATUS NTAPI init(IMiniportWaveCyclic *This, PUNKNOWN adapter, PRESOURCELIST resources,
                           PPORTWAVECYCLIC port)
{
    note("Init");
    cy.adapter = adapter;
    cy.resources_seen = resources;
    cy.port = port;
    if (!NT_SUCCESS(cy.init))
        return cy.init;
    port->lpVtbl->AddRef(port);
    miniport_of(This)->port = port;
    return STATUS_SUCCESS;
}

static struct cy_stream *stream_make(bool capture)
{
    struct cy_stream *stream = ExAllocatePoolWithTag(NonPagedPool, sizeof(*stream), TAG_MINI);
    ULONG bytes = cy.bytes ? cy.bytes : CY_BUFFER;

    if (!stream)
        return NULL;
    memset(stream, 0, sizeof(*stream));
    stream->memory = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG_MINI);
    memset(stream->memory, 0xEE, bytes);
    stream->iface.lpVtbl = &stream_vtbl;
    stream->channel.lpVtbl = &channel_vtbl;
    stream->capture = capture;
    if (!cy.no_buffer && !cy.late_buffer)
        stream->allocated = stream->size = bytes;
    cy.streams++;
    return stream;
}

// The same group for all, or one for each.
static PSERVICEGROUP group_for(struct cy_stream *stream)
{
    if (cy.no_group)
        return NULL;
    if (cy.group)
        stream->group = cy.group;
    else
        CHECK_EQUAL(PcNewServiceGroup(&stream->group, NULL), STATUS_SUCCESS);
    stream->group->lpVtbl->AddRef(stream->group);
    return stream->group;
}

static NTSTATUS NTAPI new_stream(IMiniportWaveCyclic *This, PMINIPORTWAVECYCLICSTREAM *out,
                                 PUNKNOWN outer, POOL_TYPE pool, ULONG pin, BOOLEAN capture,
                                 PKSDATAFORMAT format, PDMACHANNEL *channel, PSERVICEGROUP *group)
{
    struct cy_stream *stream;

    (void)This, (void)outer;
    CHECK(format && KeGetCurrentIrql() == PASSIVE_LEVEL);
    CHECK(!*out && !*channel && !*group); // WC-10
    note("NewStream %u %s", pin, capture ? "capture" : "play");
    cy.pool = pool;
    if (!NT_SUCCESS(cy.new_stream))
        return cy.new_stream;
    stream = stream_make(capture);
    if (!stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    cy.stream = stream;
    *group = group_for(stream);
    if (cy.group)
        stream->group->lpVtbl->AddRef(stream->group);
    if (!cy.no_stream) {
        stream->references = 1;
        *out = &stream->iface;
    }
    if (!cy.no_channel) {
        stream->channel_references = 1;
        *channel = &stream->channel;
    }
    return STATUS_SUCCESS;
}

static const IMiniportWaveCyclicVtbl miniport_vtbl = {
    .QueryInterface = miniport_query,
    .AddRef = miniport_addref,
    .Release = miniport_release,
    .GetDescription = get_description,
    .DataRangeIntersection = intersect,
    .Init = init,
    .NewStream = new_stream,
};

// ---- the adapter ---------------------------------------------------------------------------------------------

static struct miniport *miniport_create(void)
{
    struct miniport *miniport = ExAllocatePoolWithTag(NonPagedPool, sizeof(*miniport), TAG_MINI);

    if (!miniport)
        return NULL;
    memset(miniport, 0, sizeof(*miniport));
    miniport->iface.lpVtbl = &miniport_vtbl;
    miniport->references = 1;
    mini.miniports++;
    return miniport;
}

static NTSTATUS install(PDEVICE_OBJECT fdo, PIRP irp, struct miniport *miniport,
                        PRESOURCELIST resources)
{
    static WCHAR name[] = {'W', 'a', 'v', 'e', 0};
    PPORT port;
    NTSTATUS status = PcNewPort(&port, &CLSID_PortWaveCyclic);

    if (!NT_SUCCESS(status))
        return status;
    status = port->lpVtbl->Init(port, fdo, irp, (PUNKNOWN)&miniport->iface,
                                (PUNKNOWN)&miniport->iface, resources);
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

    cy.fdo = fdo;
    cy.resources = resources;
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

// ---- the device and the client -------------------------------------------------------------------------------

void cy_notify(void)
{
    cy.port->lpVtbl->Notify(cy.port, cy.stream->group);
    fixture_sleep(10);
}

void cy_at(ULONG p)
{
    cy.p = p;
    cy_notify();
}

PFILE_OBJECT cy_open(struct fixture *f, bool capture)
{
    return client_pin(f, capture, false);
}

void cy_write(struct fixture *f, PFILE_OBJECT pin, struct packet *packet, ULONG bytes)
{
    CHECK(packet_make(f, packet, 1, bytes, 0));
    CHECK_EQUAL(packet_write(f, pin, packet), STATUS_PENDING);
}

void cy_read(struct fixture *f, PFILE_OBJECT pin, struct packet *packet, ULONG bytes)
{
    CHECK(packet_make(f, packet, 1, bytes, 0));
    memset(packet->data, 0, bytes);
    CHECK_EQUAL(packet_read(f, pin, packet), STATUS_PENDING);
}

void cy_back(struct packet *packet, NTSTATUS status, ULONG_PTR bytes)
{
    CHECK(packet->request.done);
    CHECK_EQUAL(packet->request.status, status);
    CHECK_EQUAL(packet->request.information, bytes);
}

bool cy_same(ULONG place, const struct packet *packet, ULONG from, ULONG count)
{
    return !memcmp(cy.stream->memory + place, packet->data + from, count);
}

bool cy_filled(ULONG place, ULONG count, unsigned char with)
{
    for (ULONG i = 0; i < count; i++)
        if (cy.stream->memory[place + i] != with)
            return false;
    return true;
}
