// SPDX-License-Identifier: MIT
//
// Properties that ks answers for every pin: connection (KP-16..27), stream (KP-28), clock (KP-29) and audio
// position (KP-57..60). PASSIVE_LEVEL under the device lock.
#include "ks/ks.h"

#define TAG_FORMAT 'FPsP'

static const struct ks_filter_ops *ops_of(const struct ks_property_request *request)
{
    return request->filter->ops;
}

static bool is_set(const struct ks_property_request *request)
{
    return (request->flags & KSPROPERTY_TYPE_SET) != 0;
}

// ---- KSPROPSETID_Connection ------------------------------------------------------------------------------

static NTSTATUS connection_state(struct ks_property_request *request)
{
    struct ks_device *device = request->filter->device;
    ULONG state;

    if (!is_set(request)) {
        state = (ULONG)request->pin->state;
        return ks_property_reply(request, &state, sizeof(state));
    }
    state = *(const ULONG *)request->value;
    if (state > KSSTATE_RUN)
        return STATUS_INVALID_PARAMETER;
    if (device->power_up) // KP-20
        device->power_up(device);
    return ks_pin_set_state(request->pin, (KSSTATE)state);
}

// KP-21, KP-23. The miniport gets our copy; it becomes the pin's format when the miniport takes it.
static NTSTATUS change_format(struct ks_property_request *request)
{
    const KSDATAFORMAT *asked = request->value;
    struct ks_pin *pin = request->pin;
    PKSDATAFORMAT copy, old = pin->format;
    NTSTATUS status;

    status = ks_format_check(request->filter, pin->id, asked, request->value_bytes);
    if (!NT_SUCCESS(status))
        return status;
    if (!ks_format_wave(asked, request->value_bytes))
        return STATUS_NO_MATCH;
    copy = ExAllocatePoolWithTag(NonPagedPool, asked->FormatSize, TAG_FORMAT);
    if (!copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(copy, asked, asked->FormatSize);
    status = ops_of(request)->pin_format(pin, copy);
    if (!NT_SUCCESS(status)) {
        ExFreePool(copy);
        return status;
    }
    pin->format = copy;
    pin->wave = ks_format_wave(copy, copy->FormatSize);
    ExFreePool(old); // a DPC may have asked for the clock until now
    return status;
}

static NTSTATUS connection_format(struct ks_property_request *request)
{
    if (is_set(request))
        return change_format(request);
    return ks_property_reply(request, request->pin->format, request->pin->format->FormatSize);
}

static NTSTATUS connection_propose(struct ks_property_request *request)
{
    return ks_format_check(request->filter, request->pin->id, request->value,
                           request->value_bytes);
}

static NTSTATUS connection_framing(struct ks_property_request *request)
{
    KSALLOCATOR_FRAMING framing;
    NTSTATUS status;

    if (!ops_of(request)->pin_framing)
        return STATUS_NOT_SUPPORTED;
    RtlZeroMemory(&framing, sizeof(framing)); // KP-27
    status = ops_of(request)->pin_framing(request->pin, &framing);
    if (!NT_SUCCESS(status))
        return status;
    return ks_property_reply(request, &framing, sizeof(framing));
}

// ---- KSPROPSETID_Stream ----------------------------------------------------------------------------------

// Success itself says "supported"; the handle is NULL.
static NTSTATUS stream_master_clock(struct ks_property_request *request)
{
    HANDLE none = NULL;

    return ks_property_reply(request, &none, sizeof(none));
}

static NTSTATUS stream_allocator(struct ks_property_request *request)
{
    (void)request;
    return STATUS_NOT_SUPPORTED;
}

// ---- KSPROPSETID_Audio, KSPROPSETID_Clock ------------------------------------------------------------------

static NTSTATUS audio_position(struct ks_property_request *request)
{
    KSAUDIO_POSITION position = {0};
    NTSTATUS status;

    if (is_set(request))
        return STATUS_NOT_SUPPORTED; // KP-59
    status = ops_of(request)->pin_position(request->pin, &position);
    if (!NT_SUCCESS(status))
        return status;
    return ks_property_reply(request, &position, sizeof(position));
}

// Without overflow for any stream that ends within a lifetime.
LONGLONG ks_pin_time(const struct ks_pin *pin, ULONG64 bytes)
{
    ULONG rate = pin->wave->nAvgBytesPerSec;

    if (!rate)
        return 0;
    return (LONGLONG)(bytes / rate * 10000000 + bytes % rate * 10000000 / rate);
}

static NTSTATUS clock_time(struct ks_property_request *request)
{
    ULONG64 bytes;
    LONGLONG time;
    NTSTATUS status;

    if (!ops_of(request)->pin_stream_position || !request->pin->wave->nAvgBytesPerSec)
        return STATUS_NOT_SUPPORTED;
    status = ops_of(request)->pin_stream_position(request->pin, &bytes);
    if (!NT_SUCCESS(status))
        return status;
    time = ops_of(request)->pin_time ? ops_of(request)->pin_time(request->pin, bytes)
                                     : ks_pin_time(request->pin, bytes);
    return ks_property_reply(request, &time, sizeof(time));
}

// ---- the tables --------------------------------------------------------------------------------------------

#define GET KSPROPERTY_TYPE_GET
#define SET KSPROPERTY_TYPE_SET

static const struct ks_property_item connection_items[] = {
    {KSPROPERTY_CONNECTION_STATE, GET | SET, 0, sizeof(ULONG), connection_state, true},
    {KSPROPERTY_CONNECTION_DATAFORMAT, GET | SET, 0, 0, connection_format, true},
    {KSPROPERTY_CONNECTION_ALLOCATORFRAMING, GET, 0, 0, connection_framing, false},
    {KSPROPERTY_CONNECTION_PROPOSEDATAFORMAT, SET, 0, 0, connection_propose, false},
};

static const struct ks_property_item stream_items[] = {
    {KSPROPERTY_STREAM_ALLOCATOR, GET, 0, 0, stream_allocator, false},
    {KSPROPERTY_STREAM_MASTERCLOCK, GET, 0, 0, stream_master_clock, false},
};

static const struct ks_property_item audio_items[] = {
    {KSPROPERTY_AUDIO_POSITION, GET | SET, 0, 0, audio_position, true},
};

static const struct ks_property_item clock_items[] = {
    {KSPROPERTY_CLOCK_TIME, GET, 0, 0, clock_time, false},
};

#define TABLE(set, items) {&set, items, sizeof(items) / sizeof(*items)}

const struct ks_property_set ks_pin_property_sets[] = {
    TABLE(KSPROPSETID_Connection, connection_items),
    TABLE(KSPROPSETID_Stream, stream_items),
    TABLE(KSPROPSETID_Audio, audio_items),
    TABLE(KSPROPSETID_Clock, clock_items),
    {NULL, NULL, 0},
};
