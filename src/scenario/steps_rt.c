// SPDX-License-Identifier: MIT
//
// Steps of WaveRT clients: buffer, events, registers, packets (KSPROPSETID_RtAudio).
#include "scenario/steps.h"

#define EVENT_LIMIT 1000000000 // ns until an event that does not come is a failure

static NTSTATUS ask(struct actor *actor, ULONG id, ULONG flags, void *request, ULONG request_bytes,
                    void *value, ULONG value_bytes)
{
    return slot_property(actor, &KSPROPSETID_RtAudio, id, flags, request, request_bytes, value,
                         value_bytes);
}

static NTSTATUS get(struct actor *actor, ULONG id, void *value, ULONG value_bytes)
{
    KSPROPERTY request = {0};

    return ask(actor, id, KSPROPERTY_TYPE_GET, &request, sizeof(request), value, value_bytes);
}

// ---- the buffer --------------------------------------------------------------------------------------

// The pin is held: its buffer stays mapped while it is filled.
static NTSTATUS make_buffer(struct actor *actor, ULONG id, void *request, ULONG bytes)
{
    struct slot *slot = slot_of(actor);
    PFILE_OBJECT pin = slot_pin(actor);
    KSRTAUDIO_BUFFER buffer = {0};
    NTSTATUS status;

    if (!pin)
        return STATUS_INVALID_HANDLE;
    status = ask(actor, id, KSPROPERTY_TYPE_GET, request, bytes, &buffer, sizeof(buffer));
    if (NT_SUCCESS(status)) {
        slot->buffer = buffer;
        if (slot->stream.direction == PS_PLAY)
            judge_loop(&slot->judged, buffer.BufferAddress, buffer.ActualBufferSize);
    }
    ObDereferenceObject(pin);
    return status;
}

STEP(buffer)
{
    KSRTAUDIO_BUFFER_PROPERTY request = {.BaseAddress = NULL};

    (void)count;
    request.RequestedBufferSize = (ULONG)slot_bytes(slot_of(actor), values[0]);
    return make_buffer(actor, KSPROPERTY_RTAUDIO_BUFFER, &request, sizeof(request));
}

STEP(buffer_notify)
{
    KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION request = {.BaseAddress = NULL};

    (void)count;
    request.NotificationCount = (ULONG)values[0];
    request.RequestedBufferSize = (ULONG)slot_bytes(slot_of(actor), values[1]);
    return make_buffer(actor, KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION, &request,
                       sizeof(request));
}

// ---- events ------------------------------------------------------------------------------------------

static NTSTATUS tell_event(struct actor *actor, ULONG id)
{
    KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY request = {.NotificationEvent = slot_of(actor)->event};

    return ask(actor, id, KSPROPERTY_TYPE_SET, &request, sizeof(request), NULL, 0);
}

STEP(event)
{
    struct slot *slot = slot_of(actor);
    NTSTATUS status = STATUS_SUCCESS;

    (void)values, (void)count;
    if (!slot->event)
        status = kernel_event_create(actor->run->system, &slot->event_object, &slot->event);
    if (!NT_SUCCESS(status))
        return status;
    return tell_event(actor, KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT);
}

STEP(event_wait)
{
    struct slot *slot = slot_of(actor);
    LARGE_INTEGER limit = {.QuadPart = -EVENT_LIMIT / 100};

    (void)values, (void)count;
    if (!slot->event)
        return STATUS_INVALID_HANDLE;
    return KeWaitForSingleObject(slot->event_object, UserRequest, KernelMode, FALSE, &limit) ==
                   STATUS_TIMEOUT
               ? STATUS_IO_TIMEOUT
               : STATUS_SUCCESS;
}

// Nothing is made to fail here: a client that keeps its event would be at fault itself (RT-73).
STEP(event_drop)
{
    struct ps_system *system = actor->run->system;
    struct fault_plan *plan = system->fault;
    NTSTATUS status;

    (void)values, (void)count;
    if (!slot_of(actor)->event)
        return STATUS_INVALID_HANDLE;
    system->fault = NULL;
    status = tell_event(actor, KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT);
    system->fault = plan;
    return status;
}

// ---- registers, latency ------------------------------------------------------------------------------

static NTSTATUS map_register(struct actor *actor, ULONG id)
{
    KSRTAUDIO_HWREGISTER_PROPERTY request = {.BaseAddress = NULL};
    KSRTAUDIO_HWREGISTER reply = {0};

    return ask(actor, id, KSPROPERTY_TYPE_GET, &request, sizeof(request), &reply, sizeof(reply));
}

STEP(position_register)
{
    (void)values, (void)count;
    return map_register(actor, KSPROPERTY_RTAUDIO_POSITIONREGISTER);
}

STEP(clock_register)
{
    (void)values, (void)count;
    return map_register(actor, KSPROPERTY_RTAUDIO_CLOCKREGISTER);
}

STEP(latency)
{
    KSRTAUDIO_HWLATENCY reply;

    (void)values, (void)count;
    return get(actor, KSPROPERTY_RTAUDIO_HWLATENCY, &reply, sizeof(reply));
}

// ---- packets -----------------------------------------------------------------------------------------

STEP(packet_count)
{
    ULONG reply;

    (void)values, (void)count;
    return get(actor, KSPROPERTY_RTAUDIO_PACKETCOUNT, &reply, sizeof(reply));
}

STEP(write_packet)
{
    KSRTAUDIO_SETWRITEPACKET_INFO info = {.PacketNumber = (ULONG)values[0]};
    KSPROPERTY request = {0};

    (void)count;
    return ask(actor, KSPROPERTY_RTAUDIO_SETWRITEPACKET, KSPROPERTY_TYPE_SET, &request,
               sizeof(request), &info, sizeof(info));
}

STEP(read_packet)
{
    KSRTAUDIO_GETREADPACKET_INFO reply;

    (void)values, (void)count;
    return get(actor, KSPROPERTY_RTAUDIO_GETREADPACKET, &reply, sizeof(reply));
}

STEP(presentation)
{
    KSAUDIO_PRESENTATION_POSITION reply;

    (void)values, (void)count;
    return get(actor, KSPROPERTY_RTAUDIO_PRESENTATION_POSITION, &reply, sizeof(reply));
}
