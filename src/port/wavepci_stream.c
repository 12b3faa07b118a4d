// SPDX-License-Identifier: MIT
//
// A stream's life: NewStream (WP-10..16), states (WP-43, 64, 67, 74, 104), format, allocator framing,
// closing in the order of WP-17. PASSIVE_LEVEL under the device lock.
#include "port/policy.h"
#include "port/wavepci.h"

#define TAG_STREAM 'TPsP'

// ---- the object --------------------------------------------------------------------------------------------

static void *stream_find(struct unknown *unknown, REFIID iid)
{
    struct wavepci_stream *stream = CONTAINING_RECORD(unknown, struct wavepci_stream, unknown);

    if (guid_equal(iid, &IID_IPortWavePciStream) || guid_equal(iid, &IID_IUnknown))
        return &stream->iface;
    if (guid_equal(iid, &IID_IPreFetchOffset))
        return &stream->prefetch;
    return NULL;
}

static void stream_destroy(struct unknown *unknown)
{
    struct wavepci_stream *stream = CONTAINING_RECORD(unknown, struct wavepci_stream, unknown);

    mq_destroy(stream->queue);
    wavepci_checks_destroy(stream);
    unknown_release(&stream->port->unknown);
    port_free(stream);
}

static const struct unknown_class stream_class = {stream_find, stream_destroy, NULL};

static enum mq_policy split_policy(const struct port_class *class)
{
    static const enum mq_policy policies[] = {[SPLIT_NATURAL] = MQ_MERGE_NATURAL,
                                              [SPLIT_EVERY_PAGE] = MQ_SPLIT_EVERY_PAGE,
                                              [SPLIT_MAX] = MQ_MERGE_MAX};

    return policies[class->split];
}

static bool create_queue(struct wavepci_stream *stream)
{
    const struct mq_config config = {
        .context = stream,
        .policy = split_policy(stream->class),
        .page_cap = stream->class->cap_pages,
        .capture = stream->capture,
        .check_tags = stream->checked,
    };

    return mq_create(&config, &stream->queue) == MQ_OK;
}

static struct wavepci_stream *stream_new(struct wavepci_port *port, struct ks_pin *pin)
{
    struct wavepci_stream *stream = port_allocate(sizeof(*stream), TAG_STREAM);

    if (!stream)
        return NULL;
    stream->system = port->system;
    stream->sched = port->system->sched;
    stream->class = port_class_of(port->system);
    stream->checked = stream->class && !stream->class->unchecked;
    stream->capture = pin->capture;
    stream->looped = pin->looped;
    if (!stream->class || !wavepci_checks_create(stream) || !create_queue(stream)) {
        wavepci_checks_destroy(stream);
        port_free(stream);
        return NULL;
    }
    stream->iface.lpVtbl = (IPortWavePciStreamVtbl *)&wavepci_stream_vtbl;
    stream->prefetch.lpVtbl = (IPreFetchOffsetVtbl *)&wavepci_prefetch_vtbl;
    stream->port = port;
    list_push_back(&port->streams, &stream->link);
    unknown_addref(&port->unknown);
    unknown_init(port->system, &stream->unknown, NULL, &stream_class, NULL);
    stream->pin = pin;
    stream->number = pin->number;
    stream->state = KSSTATE_STOP;
    wavepci_service_init(stream);
    return stream;
}

// ---- NewStream ---------------------------------------------------------------------------------------------

static NTSTATUS call_new_stream(struct wavepci_stream *stream)
{
    PMINIPORTWAVEPCI miniport = stream->port->miniport;
    struct ks_pin *pin = stream->pin;
    PDMACHANNEL channel = NULL; // never used, never released (WP-12)
    struct miniport_call call;
    NTSTATUS status;

    if (!miniport)
        return STATUS_DEVICE_NOT_READY;
    wavepci_call_enter(&call, stream, "NewStream",
                       (const void *)(uintptr_t)miniport->lpVtbl->NewStream);
    status = miniport->lpVtbl->NewStream(miniport, &stream->miniport, NULL, NonPagedPool,
                                         &stream->iface, pin->id, pin->capture, pin->format,
                                         &channel, &stream->group);
    wavepci_call_leave(&call, status);
    if (!NT_SUCCESS(status)) { // the out parameters of a failed call mean nothing
        stream->miniport = NULL;
        stream->group = NULL;
        return status;
    }
    if (!stream->miniport) {
        finding_raise(stream->system, "WP-12", SIDE_DRIVER, call.routine,
                      "stream %u: NewStream succeeded without a stream", stream->number);
        status = STATUS_UNSUCCESSFUL;
    }
    return status;
}

// WP-85; the size cuts a looped packet into frames (WP-29). The queue has no packet yet.
static void ask_framing(struct wavepci_stream *stream)
{
    KSALLOCATOR_FRAMING framing;
    NTSTATUS status;

    RtlZeroMemory(&framing, sizeof(framing));
    status = wavepci_filter_ops.pin_framing(stream->pin, &framing);
    if (NT_SUCCESS(status))
        stream->queue->config.frame_bytes = framing.FrameSize;
}

static void release_miniport(struct wavepci_stream *stream)
{
    PMINIPORTWAVEPCISTREAM miniport = stream->miniport;
    ULONG left = 0;

    if (stream->group)
        stream->group->lpVtbl->Release(stream->group);
    stream->group = NULL;
    if (miniport) {
        if (stream->checked)
            wavepci_checks_closed(stream);
        left = miniport->lpVtbl->Release(miniport);
    }
    stream->miniport = NULL;
    if (miniport && !left && stream->checked)
        wavepci_checks_references(stream);
}

NTSTATUS wavepci_stream_create(struct ks_filter *filter, struct ks_pin *pin)
{
    struct wavepci_stream *stream = stream_new(filter->port, pin);
    NTSTATUS status;

    if (!stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    pin->port = stream;
    status = call_new_stream(stream);
    if (NT_SUCCESS(status) && stream->group) // WP-14
        status = service_sink_add(stream->system, stream->group, wavepci_stream_service, stream,
                                  &stream->sink);
    if (NT_SUCCESS(status)) {
        ask_framing(stream);
        return status;
    }
    wavepci_stream_close(filter, pin);
    return status;
}

// ---- closing -----------------------------------------------------------------------------------------------

// WP-17. The stream is in STOP and its queue is empty.
void wavepci_stream_close(struct ks_filter *filter, struct ks_pin *pin)
{
    struct wavepci_stream *stream = pin->port;

    (void)filter;
    list_remove(&stream->link);
    service_sink_remove(stream->group, stream->sink);
    stream->sink = NULL;
    wavepci_service_quiesce(stream);
    release_miniport(stream);
    mq_close(stream->queue);
    stream->pin = NULL;
    pin->port = NULL;
    unknown_release(&stream->unknown);
}

// ---- states ------------------------------------------------------------------------------------------------

static NTSTATUS call_set_state(struct wavepci_stream *stream, KSSTATE to)
{
    PMINIPORTWAVEPCISTREAM miniport = stream->miniport;
    struct miniport_call call;
    NTSTATUS status;

    wavepci_call_enter(&call, stream, "SetState",
                       (const void *)(uintptr_t)miniport->lpVtbl->SetState);
    status = miniport->lpVtbl->SetState(miniport, to);
    wavepci_call_leave(&call, status);
    return status;
}

static NTSTATUS go_up(struct wavepci_stream *stream, KSSTATE to)
{
    NTSTATUS status;

    if (to == KSSTATE_RUN)
        wavepci_checks_resume(stream);
    status = call_set_state(stream, to);
    if (!NT_SUCCESS(status))
        return status;
    stream->state = to;
    if (to == KSSTATE_RUN) {
        stream->checks.position_frozen = false;
        wavepci_timer_start(stream);
    }
    return status;
}

// WP-67: a stopped stream is at 0.
static void rewind(struct wavepci_stream *stream)
{
    mq_reset_position(stream->queue);
    stream->checks.last_position = 0;
    stream->checks.position_frozen = false;
    stream->loop_bytes = 0;
}

// No Service, and in STOP no MappingAvailable, begins once the miniport was told (WP-74, WP-77).
static NTSTATUS go_down(struct wavepci_stream *stream, KSSTATE to)
{
    NTSTATUS status;

    stream->state = to;
    if (to == KSSTATE_PAUSE)
        wavepci_timer_stop(stream);
    if (to == KSSTATE_STOP)
        wavepci_service_quiesce(stream);
    status = call_set_state(stream, to);
    if (to != KSSTATE_ACQUIRE)
        wavepci_checks_suspend(stream);
    if (to == KSSTATE_PAUSE) {
        wavepci_position_events(stream); // WP-75
        wavepci_flush(stream);
    }
    if (to == KSSTATE_STOP) {
        wavepci_stop(stream);
        wavepci_checks_resume(stream); // nothing is held
        rewind(stream);
    }
    return status;
}

NTSTATUS wavepci_stream_state(struct ks_pin *pin, KSSTATE from, KSSTATE to)
{
    struct wavepci_stream *stream = pin->port;

    return to > from ? go_up(stream, to) : go_down(stream, to);
}

// ---- format, framing ---------------------------------------------------------------------------------------

NTSTATUS wavepci_stream_format(struct ks_pin *pin, PKSDATAFORMAT format)
{
    struct wavepci_stream *stream = pin->port;
    PMINIPORTWAVEPCISTREAM miniport = stream->miniport;
    struct miniport_call call;
    NTSTATUS status;

    wavepci_call_enter(&call, stream, "SetFormat",
                       (const void *)(uintptr_t)miniport->lpVtbl->SetFormat);
    status = miniport->lpVtbl->SetFormat(miniport, format);
    wavepci_call_leave(&call, status);
    return status;
}

NTSTATUS wavepci_stream_framing(struct ks_pin *pin, PKSALLOCATOR_FRAMING framing)
{
    struct wavepci_stream *stream = pin->port;
    PMINIPORTWAVEPCISTREAM miniport = stream->miniport;
    struct miniport_call call;
    NTSTATUS status;

    wavepci_call_enter(&call, stream, "GetAllocatorFraming",
                       (const void *)(uintptr_t)miniport->lpVtbl->GetAllocatorFraming);
    status = miniport->lpVtbl->GetAllocatorFraming(miniport, framing);
    wavepci_call_leave(&call, status);
    return status;
}
