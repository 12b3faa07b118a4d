// SPDX-License-Identifier: MIT
//
// A stream's life: NewStream (WC-8 to WC-13), states (WC-77 to WC-81), format (WC-21), allocator framing (WC-16), closing
// in the order of WC-14. PASSIVE_LEVEL under the device lock.
#include <stdarg.h>
#include <stdio.h>

#include "port/policy.h"
#include "port/wavecyclic.h"

#define TAG_STREAM 'TCsP'

void wavecyclic_misuse(struct wavecyclic_stream *stream, const char *rule, const void *caller,
                       const char *format, ...)
{
    const uint64_t parameters[4] = {0, stream->number, 0, 0};
    char text[320];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    finding_raise_code(stream->system, rule, SIDE_DRIVER, caller, PROJECT_CODE, parameters,
                       "stream %u: %s", stream->number, text);
}

// ---- NewStream ---------------------------------------------------------------------------------------------

static struct wavecyclic_stream *stream_new(struct wavecyclic_port *port, struct ks_pin *pin)
{
    struct port_class *class = port_class_of(port->system);
    struct wavecyclic_stream *stream =
        class ? port_allocate(sizeof(*stream), TAG_STREAM) : NULL;

    if (!stream)
        return NULL;
    stream->system = port->system;
    stream->sched = port->system->sched;
    stream->class = class;
    stream->port = port;
    unknown_addref(&port->unknown);
    list_push_back(&port->streams, &stream->link);
    stream->pin = pin;
    stream->number = pin->number;
    stream->capture = pin->capture;
    stream->looped = pin->looped;
    stream->state = KSSTATE_STOP;
    stream->fresh = true;
    wavecyclic_service_init(stream);
    return stream;
}

// WC-10. NULL for a group is looked at elsewhere.
static NTSTATUS check_outputs(struct wavecyclic_stream *stream, PMINIPORTWAVECYCLIC miniport)
{
    if (stream->miniport && stream->channel)
        return STATUS_SUCCESS;
    wavecyclic_misuse(stream, "WC-10", WAVECYCLIC_ROUTINE(miniport, NewStream),
                      "NewStream succeeded without a %s",
                      stream->miniport ? "DMA channel" : "stream");
    return STATUS_UNSUCCESSFUL;
}

static NTSTATUS call_new_stream(struct wavecyclic_stream *stream)
{
    PMINIPORTWAVECYCLIC miniport = stream->port->miniport;
    struct ks_pin *pin = stream->pin;
    NTSTATUS status;

    if (!miniport)
        return STATUS_DEVICE_NOT_READY;
    WAVECYCLIC_CALL(stream, status, miniport, NewStream, &stream->miniport, NULL, NonPagedPool,
                    pin->id, pin->capture, pin->format, &stream->channel, &stream->group);
    if (NT_SUCCESS(status))
        return check_outputs(stream, miniport);
    stream->miniport = NULL; // the out parameters of a failed call mean nothing
    stream->channel = NULL;
    stream->group = NULL;
    return status;
}

// WC-11, WC-13.
static NTSTATUS join_group(struct wavecyclic_stream *stream)
{
    struct wavecyclic_port *port = stream->port;

    if (!stream->group) {
        wavecyclic_misuse(stream, "WC-11", WAVECYCLIC_ROUTINE(port->miniport, NewStream),
                          "NewStream returned no service group");
        return STATUS_SUCCESS;
    }
    port->groups[port->next_group++ % WAVECYCLIC_GROUPS] = stream->group;
    return service_sink_add(stream->system, stream->group, wavecyclic_service, stream,
                            &stream->sink);
}

NTSTATUS wavecyclic_stream_create(struct ks_filter *filter, struct ks_pin *pin)
{
    struct wavecyclic_stream *stream = stream_new(filter->port, pin);
    NTSTATUS status;

    if (!stream)
        return STATUS_INSUFFICIENT_RESOURCES;
    pin->port = stream;
    status = call_new_stream(stream);
    if (NT_SUCCESS(status)) {
        wavecyclic_buffer_read(stream, pin->wave);
        wavecyclic_buffer_notify(stream, pin->wave);
        status = join_group(stream);
    }
    if (!NT_SUCCESS(status))
        wavecyclic_stream_close(filter, pin);
    return status;
}

// ---- closing -----------------------------------------------------------------------------------------------

static ULONG release(PUNKNOWN object)
{
    return object ? object->lpVtbl->Release(object) : 0;
}

// WC-14. The stream is in STOP and its queue is empty.
void wavecyclic_stream_close(struct ks_filter *filter, struct ks_pin *pin)
{
    struct wavecyclic_stream *stream = pin->port;
    ULONG left;

    (void)filter;
    service_sink_remove(stream->group, stream->sink);
    wavecyclic_service_quiesce(stream);
    list_remove(&stream->link);
    release((PUNKNOWN)stream->group);
    release((PUNKNOWN)stream->channel);
    left = release((PUNKNOWN)stream->miniport);
    if (left) // group and channel may be shared, a stream is the port's alone
        wavecyclic_misuse(stream, "WC-88", NULL, "closed, and the miniport's stream has %u references left",
                          left);
    pin->port = NULL;
    unknown_release(&stream->port->unknown);
    port_free(stream);
}

// ---- states ------------------------------------------------------------------------------------------------

static NTSTATUS call_set_state(struct wavecyclic_stream *stream, KSSTATE to)
{
    NTSTATUS status;

    WAVECYCLIC_CALL(stream, status, stream->miniport, SetState, to);
    return status;
}

// All counts are 0 and P is 0.
static void begin_anew(struct wavecyclic_stream *stream)
{
    stream->moved = stream->valid = stream->silent = stream->done = stream->copied = 0;
    stream->gaps = 0;
    stream->gap_count = 0;
    stream->starved = stream->ended = stream->discontinuity = false;
    stream->fresh = stream->frozen = true;
    stream->clock = 0;
    wavecyclic_rewind(stream);
}

static NTSTATUS acquire(struct wavecyclic_stream *stream)
{
    NTSTATUS status;

    if (!wavecyclic_buffer_read(stream, stream->pin->wave))
        return STATUS_INSUFFICIENT_RESOURCES; // WC-13
    begin_anew(stream);
    status = call_set_state(stream, KSSTATE_ACQUIRE);
    if (!NT_SUCCESS(status))
        return status;
    stream->state = KSSTATE_ACQUIRE;
    if (!stream->capture)
        wavecyclic_silence_all(stream);
    return status;
}

// WC-51: data first, then SetState, then the first look.
static NTSTATUS run(struct wavecyclic_stream *stream)
{
    NTSTATUS status;

    wavecyclic_buffer_check(stream);
    if (!stream->capture) {
        wavecyclic_take(stream);
        wavecyclic_prime(stream);
        wavecyclic_give(stream);
    }
    status = call_set_state(stream, KSSTATE_RUN);
    if (!NT_SUCCESS(status))
        return status;
    stream->frozen = false;
    wavecyclic_take(stream);
    wavecyclic_look_first(stream);
    if (stream->fresh)
        stream->done = stream->moved - stream->moved % stream->buffer.frame; // WC-69
    stream->fresh = false;
    stream->state = KSSTATE_RUN;
    stream->again = true;
    wavecyclic_timer_start(stream);
    wavecyclic_give(stream);
    return status;
}

static NTSTATUS go_up(struct wavecyclic_stream *stream, KSSTATE to)
{
    NTSTATUS status;

    if (to == KSSTATE_ACQUIRE)
        return acquire(stream);
    if (to == KSSTATE_RUN)
        return run(stream);
    status = call_set_state(stream, to);
    if (NT_SUCCESS(status))
        stream->state = to;
    return status;
}

// WC-78. No pass begins once the miniport was told; one that is under way ends without copying.
static NTSTATUS pause(struct wavecyclic_stream *stream)
{
    NTSTATUS status;

    stream->state = KSSTATE_PAUSE;
    wavecyclic_timer_stop(stream);
    status = call_set_state(stream, KSSTATE_PAUSE);
    while (!wavecyclic_look(stream)) // what has read P before SetState came back is no place to freeze at
        ;
    stream->frozen = true;
    wavecyclic_buffer_check(stream);
    wavecyclic_events(stream);
    wavecyclic_flush(stream);
    return status;
}

static NTSTATUS stop(struct wavecyclic_stream *stream)
{
    NTSTATUS status;

    wavecyclic_buffer_check(stream);
    stream->state = KSSTATE_STOP;
    wavecyclic_service_quiesce(stream);
    status = call_set_state(stream, KSSTATE_STOP);
    wavecyclic_stop(stream);
    begin_anew(stream);
    stream->loop_bytes = 0;
    return status;
}

static NTSTATUS go_down(struct wavecyclic_stream *stream, KSSTATE to)
{
    if (to == KSSTATE_PAUSE)
        return pause(stream);
    if (to == KSSTATE_STOP)
        return stop(stream);
    stream->state = to;
    return call_set_state(stream, to);
}

NTSTATUS wavecyclic_stream_state(struct ks_pin *pin, KSSTATE from, KSSTATE to)
{
    struct wavecyclic_stream *stream = pin->port;

    return to > from ? go_up(stream, to) : go_down(stream, to);
}

// ---- format, framing ---------------------------------------------------------------------------------------

// A buffer of another size begins anew at P, and what lay before V in the old one is lost.
static void change_buffer(struct wavecyclic_stream *stream, const WAVEFORMATEX *wave)
{
    ULONG size = stream->buffer.size;

    wavecyclic_take(stream);
    wavecyclic_buffer_read(stream, wave);
    if (stream->state != KSSTATE_STOP && stream->buffer.size && size != stream->buffer.size) {
        wavecyclic_rewind(stream);
        if (!stream->capture)
            wavecyclic_lose(stream);
        wavecyclic_look(stream);
    }
    wavecyclic_give(stream);
}

static const WAVEFORMATEX *wave_of(PKSDATAFORMAT format)
{
    return ks_format_wave(format, format->FormatSize);
}

NTSTATUS wavecyclic_stream_format(struct ks_pin *pin, PKSDATAFORMAT format)
{
    struct wavecyclic_stream *stream = pin->port;
    NTSTATUS status;

    WAVECYCLIC_CALL(stream, status, stream->miniport, SetFormat, format);
    if (!NT_SUCCESS(status))
        return status;
    wavecyclic_buffer_notify(stream, wave_of(format));
    change_buffer(stream, wave_of(format));
    return status;
}

// KP-26.
NTSTATUS wavecyclic_stream_framing(struct ks_pin *pin, PKSALLOCATOR_FRAMING framing)
{
    const struct wavecyclic_stream *stream = pin->port;

    framing->RequirementsFlags = KSALLOCATOR_REQUIREMENTF_SYSTEM_MEMORY;
    framing->PoolType = NonPagedPool;
    framing->Frames = WAVECYCLIC_LEAD_MS / WAVECYCLIC_INTERVAL_MS;
    framing->FrameSize = stream->frame_size;
    framing->FileAlignment = 0;
    return STATUS_SUCCESS;
}
