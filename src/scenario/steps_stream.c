// SPDX-License-Identifier: MIT
//
// Steps on a stream: opening and closing it, its state, position and format.
#include <string.h>

#include "scenario/steps.h"

STEP(sleep)
{
    (void)count;
    ps_sleep(actor->run->system, (uint64_t)values[0]);
    return STATUS_SUCCESS;
}

STEP(stream)
{
    (void)count;
    actor->slot = (unsigned)values[0] - 1;
    return STATUS_SUCCESS;
}

// ---- opening -----------------------------------------------------------------------------------------

enum { MOST_PINS = 16 };

// Pins that stream in a direction, noted under the device lock: filters may go while one is opened.
struct candidate {
    WCHAR filter[STREAM_FILTER_NAME + 1];
    ULONG pin;
    struct ps_format offered, most; // what it may take
};

static void note_filter(const struct ks_filter *filter, enum ps_direction direction,
                        struct candidate *out, unsigned *count)
{
    for (ULONG id = 0; id < filter->descriptor->PinCount && *count < MOST_PINS; id++) {
        struct candidate *candidate = &out[*count];

        if (!stream_pin_flows(filter, id, direction))
            continue;
        for (size_t i = 0; i < STREAM_FILTER_NAME && filter->name[i]; i++)
            candidate->filter[i] = filter->name[i];
        candidate->pin = id;
        candidate->offered = traits_format(filter, id, false);
        candidate->most = traits_format(filter, id, true);
        ++*count;
    }
}

static unsigned note_pins(struct run *run, enum ps_direction direction, struct candidate *out)
{
    struct port_device *device = stream_device(run->driver);
    unsigned count = 0;

    if (!device)
        return 0;
    ks_device_lock(&device->ks);
    LIST_EACH(link, &device->ks.filters)
        note_filter(LIST_OBJECT(link, struct ks_filter, link), direction, out, &count);
    ks_device_unlock(&device->ks);
    return count;
}

static NTSTATUS try_format(struct ps_stream *stream, const struct candidate *candidate)
{
    stream->frame_bytes = stream->format.channels * stream->format.bits / 8;
    if (!stream->frame_bytes)
        return STATUS_NO_MATCH;
    return stream_connect(stream, candidate->filter, candidate->pin);
}

// A range does not say how few channels a miniport takes: one that refuses two may want all.
static NTSTATUS try_pin(struct ps_stream *stream, const struct candidate *candidate, bool any_format)
{
    NTSTATUS status;

    if (any_format)
        stream->format = candidate->offered;
    status = try_format(stream, candidate);
    if (!any_format || (status != STATUS_NO_MATCH && status != STATUS_INVALID_PARAMETER &&
                        status != STATUS_NOT_SUPPORTED))
        return status;
    stream->format = candidate->most;
    return try_format(stream, candidate);
}

static NTSTATUS open_any(struct actor *actor, struct ps_stream *stream, bool any_format)
{
    struct candidate *pins = arena_alloc(actor->run->system->arena, MOST_PINS * sizeof(*pins));
    NTSTATUS status = STATUS_NO_SUCH_DEVICE;
    unsigned found;

    if (!pins)
        return STATUS_INSUFFICIENT_RESOURCES;
    found = note_pins(actor->run, stream->direction, pins);
    for (unsigned i = 0; i < found && !NT_SUCCESS(status); i++)
        status = try_pin(stream, &pins[i], any_format);
    arena_free(actor->run->system->arena, pins, MOST_PINS * sizeof(*pins));
    return status;
}

static NTSTATUS open_slot(struct actor *actor, const int64_t *values, unsigned count, bool looped)
{
    struct run *run = actor->run;
    struct slot *slot = slot_of(actor);
    struct ps_stream stream = {.driver = run->driver, .system = run->system};
    NTSTATUS status;

    if (slot->stream.pin || run->removing || !slot_drop_packets(slot))
        return STATUS_DEVICE_BUSY;
    stream.client = looped ? PS_CLIENT_LOOPED : PS_CLIENT_QUEUED;
    stream.direction = values[0] ? PS_RECORD : PS_PLAY;
    if (count == 4)
        stream.format = (struct ps_format){(unsigned)values[1], (unsigned)values[2],
                                           (unsigned)values[3], false};
    run->handles++;
    status = open_any(actor, &stream, count < 4);
    if (NT_SUCCESS(status) && slot->stream.pin) { // another thread was quicker
        stream_disconnect(&stream);
        status = STATUS_DEVICE_BUSY;
    }
    if (!NT_SUCCESS(status)) {
        run->handles--;
        return status;
    }
    slot->stream = stream;
    memset(&slot->buffer, 0, sizeof(slot->buffer));
    judge_reset(&slot->judged, actor->slot, &stream.format, stream_copies(&stream));
    return status;
}

STEP(open)
{
    return count == 2 || count == 3 ? STATUS_INVALID_PARAMETER
                                    : open_slot(actor, values, count, false);
}

STEP(open_looped)
{
    return count == 2 || count == 3 ? STATUS_INVALID_PARAMETER
                                    : open_slot(actor, values, count, true);
}

STEP(close)
{
    (void)values, (void)count;
    return slot_close(actor->run, slot_of(actor));
}

// ---- states ------------------------------------------------------------------------------------------

static bool packet_in_flight(const struct slot *slot)
{
    for (unsigned i = 0; i < slot->packet_count; i++)
        if (slot->packets[i]->submitted && !slot->packets[i]->request.done)
            return true;
    return false;
}

// What stops has been played, if nothing was in flight any more.
static void before_stop(struct actor *actor)
{
    struct slot *slot = slot_of(actor);

    if (slot->stream.direction != PS_PLAY || !slot->stream.pin || slot->buffer.BufferAddress)
        return;
    device_sync_all(actor->run->system->machine);
    if (packet_in_flight(slot))
        judge_off(&slot->judged);
    else
        judge_complete(actor->run, &slot->judged);
}

static NTSTATUS set_state(struct actor *actor, KSSTATE state)
{
    struct slot *slot = slot_of(actor);
    KSPROPERTY request = {0};
    NTSTATUS status;

    if (state == KSSTATE_STOP)
        before_stop(actor);
    status = slot_property(actor, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                           KSPROPERTY_TYPE_SET, &request, sizeof(request), &state, sizeof(state));
    if (state == KSSTATE_STOP && NT_SUCCESS(status)) {
        uint64_t loop = slot->judged.loop;

        judge_reset(&slot->judged, actor->slot, &slot->stream.format, slot->judged.copies);
        slot->judged.loop = loop;
    }
    return status;
}

STEP(state)
{
    (void)count;
    return set_state(actor, (KSSTATE)values[0]);
}

STEP(stop)
{
    (void)values, (void)count;
    return set_state(actor, KSSTATE_STOP);
}

STEP(acquire)
{
    (void)values, (void)count;
    return set_state(actor, KSSTATE_ACQUIRE);
}

STEP(pause)
{
    (void)values, (void)count;
    return set_state(actor, KSSTATE_PAUSE);
}

STEP(run)
{
    (void)values, (void)count;
    return set_state(actor, KSSTATE_RUN);
}

STEP(state_is)
{
    KSPROPERTY request = {0};
    KSSTATE state = KSSTATE_STOP;
    NTSTATUS status =
        slot_property(actor, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                      KSPROPERTY_TYPE_GET, &request, sizeof(request), &state, sizeof(state));

    (void)count;
    if (!NT_SUCCESS(status))
        return status;
    return state == (KSSTATE)values[0] ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_STATE;
}

// ---- position, format, framing, reset ----------------------------------------------------------------

STEP(position)
{
    KSPROPERTY request = {0};
    KSAUDIO_POSITION position = {0};
    struct slot *slot = slot_of(actor);
    NTSTATUS status;

    (void)values, (void)count;
    status = slot_property(actor, &KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION,
                           KSPROPERTY_TYPE_GET, &request, sizeof(request), &position,
                           sizeof(position));
    if (NT_SUCCESS(status) && slot->stream.direction == PS_PLAY)
        judge_position(actor->run, &slot->judged, position.PlayOffset);
    return status;
}

STEP(format)
{
    struct slot *slot = slot_of(actor);
    struct ps_format format = {(unsigned)values[0], (unsigned)values[1], (unsigned)values[2],
                               false};
    KSDATAFORMAT_WAVEFORMATEX wave;
    KSPROPERTY request = {0};
    NTSTATUS status;

    (void)count;
    stream_format_wave(&format, &wave);
    judge_off(&slot->judged);
    status = slot_property(actor, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_DATAFORMAT,
                           KSPROPERTY_TYPE_SET, &request, sizeof(request), &wave, sizeof(wave));
    if (NT_SUCCESS(status)) {
        slot->stream.format = format;
        slot->stream.frame_bytes = format.channels * format.bits / 8;
    }
    return status;
}

STEP(framing)
{
    KSPROPERTY request = {0};
    KSALLOCATOR_FRAMING framing = {0};

    (void)values, (void)count;
    return slot_property(actor, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_ALLOCATORFRAMING,
                         KSPROPERTY_TYPE_GET, &request, sizeof(request), &framing,
                         sizeof(framing));
}

STEP(reset)
{
    KSRESET reset = values[0] ? KSRESET_END : KSRESET_BEGIN;
    PFILE_OBJECT pin = slot_pin(actor);
    NTSTATUS status;

    (void)count;
    if (!pin)
        return STATUS_INVALID_HANDLE;
    judge_off(&slot_of(actor)->judged);
    status = kernel_control_wait(actor->run->system, pin, IOCTL_KS_RESET_STATE, &reset,
                                 sizeof(reset), NULL, 0, NULL);
    ObDereferenceObject(pin);
    return status;
}
