// SPDX-License-Identifier: MIT
//
// A WaveRT stream's life: NewStream (RT-10, RT-11), states with their time limit (RT-80, RT-81), format, position
// (RT-82, RT-83), closing in the order of RT-52. PASSIVE_LEVEL under the device lock.
#include <stdarg.h>
#include <stdio.h>

#include "port/out.h"
#include "port/policy.h"
#include "port/wavert.h"

#define TAG_STREAM 'TSsR'

// ---- findings ----------------------------------------------------------------------------------------------

static void raise(struct wavert_stream *stream, const char *rule, uint32_t code, uint32_t p1,
                  const void *caller, bool remark, const char *format, va_list arguments)
{
    const uint64_t parameters[4] = {p1, stream->number, 0, 0};
    char text[320];

    vsnprintf(text, sizeof(text), format, arguments);
    (remark ? finding_remark : finding_raise_code)(stream->system, rule, SIDE_DRIVER, caller, code,
                                                   parameters, "stream %u: %s", stream->number, text);
}

void wavert_remark(struct wavert_stream *stream, const char *rule, const void *caller,
                   const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    raise(stream, rule, WAVERT_CODE_PROJECT, 0, caller, true, format, arguments);
    va_end(arguments);
}

void wavert_misuse(struct wavert_stream *stream, const char *rule, unsigned number,
                   const void *caller, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    raise(stream, rule, WAVERT_CODE_PROJECT, number, caller, false, format, arguments);
    va_end(arguments);
}

void wavert_violation(struct wavert_stream *stream, const char *rule, uint32_t p1,
                      const void *caller, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    raise(stream, rule, WAVERT_CODE_VERIFIER, p1, caller, false, format, arguments);
    va_end(arguments);
}

// ---- the object --------------------------------------------------------------------------------------------

static void *stream_find(struct unknown *unknown, REFIID iid)
{
    struct wavert_stream *stream = CONTAINING_RECORD(unknown, struct wavert_stream, unknown);

    if (guid_equal(iid, &IID_IPortWaveRTStream) || guid_equal(iid, &IID_IUnknown))
        return &stream->iface;
    return NULL;
}

static void stream_destroy(struct unknown *unknown)
{
    struct wavert_stream *stream = CONTAINING_RECORD(unknown, struct wavert_stream, unknown);

    wavert_pages_end(stream);
    list_remove(&stream->link);
    unknown_release(&stream->port->unknown);
    port_free(stream);
}

static const struct unknown_class stream_class = {stream_find, stream_destroy, NULL};

static struct wavert_stream *stream_new(struct wavert_port *port, struct ks_pin *pin)
{
    struct wavert_stream *stream = port_allocate(sizeof(*stream), TAG_STREAM);

    if (!stream)
        return NULL;
    stream->iface.lpVtbl = &wavert_stream_vtbl;
    stream->system = port->system;
    stream->sched = port->system->sched;
    stream->port = port;
    unknown_addref(&port->unknown);
    unknown_init(port->system, &stream->unknown, NULL, &stream_class, NULL);
    list_push_back(&port->streams, &stream->link);
    stream->number = pin->number;
    stream->capture = pin->capture;
    stream->pin = pin;
    stream->state = KSSTATE_STOP;
    list_init(&stream->events);
    wavert_pages_init(stream);
    return stream;
}

// ---- NewStream ---------------------------------------------------------------------------------------------

static NTSTATUS call_new_stream(struct wavert_stream *stream)
{
    PMINIPORTWAVERT miniport = stream->port->miniport;
    struct ks_pin *pin = stream->pin;
    NTSTATUS status;

    if (!miniport)
        return STATUS_DEVICE_NOT_READY;
    WAVERT_CALL(stream, status, miniport, NewStream, &stream->miniport, &stream->iface, pin->id,
                pin->capture, pin->format);
    if (!NT_SUCCESS(status)) { // the out parameter of a failed call means nothing
        stream->miniport = NULL;
        return status;
    }
    if (!stream->miniport) {
        wavert_misuse(stream, "RT-10", 0, (const void *)(uintptr_t)miniport->lpVtbl->NewStream,
                      "NewStream succeeded without a stream");
        status = STATUS_UNSUCCESSFUL;
    }
    return status;
}

static void *query(struct wavert_stream *stream, REFIID iid)
{
    PVOID found = NULL;
    NTSTATUS status = stream->miniport->lpVtbl->QueryInterface(stream->miniport, iid, &found);

    return NT_SUCCESS(status) ? found : NULL;
}

// RT-11; the packet interface of the other direction is none (RT-98).
static void find_optional(struct wavert_stream *stream)
{
    stream->notification = query(stream, &IID_IMiniportWaveRTStreamNotification);
    if (stream->capture)
        stream->input = query(stream, &IID_IMiniportWaveRTInputStream);
    else
        stream->output = query(stream, &IID_IMiniportWaveRTOutputStream);
}

NTSTATUS wavert_stream_create(struct ks_filter *filter, struct ks_pin *pin)
{
    struct wavert_stream *stream = stream_new(filter->port, pin);
    NTSTATUS status;

    if (!stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    pin->port = stream;
    status = call_new_stream(stream);
    if (NT_SUCCESS(status))
        find_optional(stream);
    else
        wavert_stream_close(filter, pin);
    return status;
}

// ---- closing -----------------------------------------------------------------------------------------------

static void release_optional(struct wavert_stream *stream)
{
    if (stream->notification)
        stream->notification->lpVtbl->Release(stream->notification);
    if (stream->input)
        stream->input->lpVtbl->Release(stream->input);
    if (stream->output)
        stream->output->lpVtbl->Release(stream->output);
    stream->notification = NULL;
    stream->input = NULL;
    stream->output = NULL;
}

static void release_miniport(struct wavert_stream *stream)
{
    PMINIPORTWAVERTSTREAM miniport = stream->miniport;

    stream->miniport = NULL;
    if (!miniport || miniport->lpVtbl->Release(miniport))
        return;
    // The miniport's stream is gone: what it has not given back it never will.
    wavert_pages_end(stream);
    if (stream->unknown.references > 1)
        wavert_misuse(stream, "RT-10", 16, NULL,
                      "the miniport's stream is gone and left %d references on its PortStream",
                      (int)stream->unknown.references - 1);
}

// RT-52. The stream is in STOP.
void wavert_stream_close(struct ks_filter *filter, struct ks_pin *pin)
{
    struct wavert_stream *stream = pin->port;

    (void)filter;
    wavert_events_end(stream);
    wavert_registers_unmap(stream);
    wavert_buffer_free(stream);
    release_optional(stream);
    release_miniport(stream);
    stream->pin = NULL;
    pin->port = NULL;
    unknown_release(&stream->unknown);
}

// ---- states ------------------------------------------------------------------------------------------------

static NTSTATUS call_set_state(struct wavert_stream *stream, KSSTATE to)
{
    const struct port_class *class = port_class_of(stream->system);
    uint64_t start = stream->sched->now, took;
    NTSTATUS status;

    WAVERT_CALL(stream, status, stream->miniport, SetState, to);
    took = stream->sched->now - start;
    if (class && took > class->set_state_limit)
        wavert_violation(stream, "RT-81", 0x00072001,
                         (const void *)(uintptr_t)stream->miniport->lpVtbl->SetState,
                         "SetState took %llu ms", (unsigned long long)(took / 1000000));
    return status;
}

NTSTATUS wavert_stream_state(struct ks_pin *pin, KSSTATE from, KSSTATE to)
{
    struct wavert_stream *stream = pin->port;
    NTSTATUS status;

    if (to < from)
        stream->state = to;
    stream->epoch++;
    status = call_set_state(stream, to);
    if (NT_SUCCESS(status))
        stream->state = to;
    stream->epoch++;
    stream->frozen = false;
    if (stream->state == KSSTATE_STOP) {
        stream->packet_seen = false;
        stream->packets = 0;
    }
    return status;
}

// ---- format, position --------------------------------------------------------------------------------------

NTSTATUS wavert_stream_format(struct ks_pin *pin, PKSDATAFORMAT format)
{
    struct wavert_stream *stream = pin->port;
    NTSTATUS status;

    WAVERT_CALL(stream, status, stream->miniport, SetFormat, format);
    return status;
}

static void check_frozen(struct wavert_stream *stream, ULONGLONG play, const void *routine)
{
    if (stream->state == KSSTATE_STOP && play)
        wavert_misuse(stream, "RT-83", 15, routine, "GetPosition says %llu in STOP",
                      (unsigned long long)play);
    else if (stream->frozen && play != stream->frozen_at)
        wavert_misuse(stream, "RT-83", 15, routine,
                      "GetPosition moved from %llu to %llu outside RUN",
                      (unsigned long long)stream->frozen_at, (unsigned long long)play);
    stream->frozen = stream->state == KSSTATE_ACQUIRE || stream->state == KSSTATE_PAUSE;
    stream->frozen_at = play;
}

static void check_written(struct wavert_stream *stream, KSAUDIO_POSITION *position)
{
    bool play = OUT_FORGOTTEN(position->PlayOffset), write = OUT_FORGOTTEN(position->WriteOffset);

    if (play || write)
        wavert_misuse(stream, "RT-82", 15,
                      (const void *)(uintptr_t)stream->miniport->lpVtbl->GetPosition,
                      "GetPosition succeeded and left %sOffset as it was", play ? "Play" : "Write");
}

static void check_position(struct wavert_stream *stream, const KSAUDIO_POSITION *position)
{
    const void *routine = (const void *)(uintptr_t)stream->miniport->lpVtbl->GetPosition;
    ULONG size = stream->buffer.bytes;

    if (size && (position->PlayOffset >= size || position->WriteOffset >= size))
        wavert_misuse(stream, "RT-82", 15, routine,
                      "GetPosition says %llu and %llu in a buffer of %u bytes",
                      (unsigned long long)position->PlayOffset,
                      (unsigned long long)position->WriteOffset, size);
}

NTSTATUS wavert_position(struct ks_pin *pin, KSAUDIO_POSITION *position)
{
    struct wavert_stream *stream = pin->port;
    unsigned epoch = stream->epoch;
    NTSTATUS status;

    out_spoil(position, sizeof(*position));
    WAVERT_CALL(stream, status, stream->miniport, GetPosition, position);
    if (!NT_SUCCESS(status)) {
        memset(position, 0, sizeof(*position));
        return status;
    }
    check_written(stream, position);
    check_position(stream, position);
    if (epoch == stream->epoch) // with the position lock SetState may come in between
        check_frozen(stream, position->PlayOffset,
                     (const void *)(uintptr_t)stream->miniport->lpVtbl->GetPosition);
    return status;
}
