// SPDX-License-Identifier: MIT
//
// KSPROPSETID_RtAudio (RT-55 to RT-64) and the position properties (RT-82, RT-86) of a pin. PASSIVE_LEVEL under
// the device lock, or, as wavert_is_position says, the position lock if the device has one.
#include "port/out.h"
#include "port/wavert.h"

static struct wavert_stream *stream_of(const struct ks_property_request *request)
{
    return request->pin->port;
}

static NTSTATUS not_supported(struct ks_property_request *request)
{
    (void)request;
    return STATUS_NOT_SUPPORTED;
}

// ---- the buffer ----------------------------------------------------------------------------------------------

// Instance data begin behind the KSPROPERTY that the structures of ksmedia.h start with.
#define INSTANCE(type, request)                                                                        \
    ((const type *)((const char *)(request)->instance - sizeof(KSPROPERTY)))
#define INSTANCE_BYTES(type) (sizeof(type) - sizeof(KSPROPERTY))

static NTSTATUS buffer_reply(struct ks_property_request *request, ULONG requested,
                             ULONG notifications)
{
    KSRTAUDIO_BUFFER reply = {0};
    NTSTATUS status = wavert_buffer_create(stream_of(request), requested, notifications, &reply);

    if (!NT_SUCCESS(status))
        return status;
    return ks_property_reply(request, &reply, sizeof(reply));
}

static NTSTATUS buffer(struct ks_property_request *request)
{
    return buffer_reply(request,
                        INSTANCE(KSRTAUDIO_BUFFER_PROPERTY, request)->RequestedBufferSize, 0);
}

static NTSTATUS buffer_with_notification(struct ks_property_request *request)
{
    const KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION *asked =
        INSTANCE(KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION, request);

    if (!stream_of(request)->notification)
        return STATUS_NOT_SUPPORTED; // RT-63
    if (asked->NotificationCount != 1 && asked->NotificationCount != 2)
        return STATUS_INVALID_PARAMETER; // RT-46
    return buffer_reply(request, asked->RequestedBufferSize, asked->NotificationCount);
}

// ---- latency, registers ----------------------------------------------------------------------------------------

static NTSTATUS latency(struct ks_property_request *request)
{
    struct wavert_stream *stream = stream_of(request);
    KSRTAUDIO_HWLATENCY reply;
    bool size, chipset, codec;

    out_spoil(&reply, sizeof(reply));
    WAVERT_TELL(stream, stream->miniport, GetHWLatency, &reply);
    size = OUT_FORGOTTEN(reply.FifoSize);
    chipset = OUT_FORGOTTEN(reply.ChipsetDelay);
    codec = OUT_FORGOTTEN(reply.CodecDelay);
    if (size || chipset || codec)
        wavert_misuse(stream, "RT-56", 0,
                      (const void *)(uintptr_t)stream->miniport->lpVtbl->GetHWLatency,
                      "GetHWLatency left %s as it was",
                      size      ? "FifoSize"
                      : chipset ? "ChipsetDelay"
                                : "CodecDelay");
    return ks_property_reply(request, &reply, sizeof(reply));
}

static NTSTATUS register_reply(struct ks_property_request *request, bool clock)
{
    KSRTAUDIO_HWREGISTER reply = {0};
    NTSTATUS status = wavert_register_map(stream_of(request), clock, &reply);

    if (!NT_SUCCESS(status))
        return status;
    return ks_property_reply(request, &reply, sizeof(reply));
}

static NTSTATUS position_register(struct ks_property_request *request)
{
    return register_reply(request, false);
}

static NTSTATUS clock_register(struct ks_property_request *request)
{
    return register_reply(request, true);
}

// ---- events ----------------------------------------------------------------------------------------------------

static NTSTATUS events_usable(const struct wavert_stream *stream)
{
    if (!stream->notification)
        return STATUS_NOT_SUPPORTED; // RT-63
    if (!stream->buffer.notifications)
        return STATUS_DEVICE_NOT_READY; // RT-70
    return STATUS_SUCCESS;
}

static HANDLE event_of(const struct ks_property_request *request)
{
    return INSTANCE(KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY, request)->NotificationEvent;
}

static NTSTATUS event_register(struct ks_property_request *request)
{
    NTSTATUS status = events_usable(stream_of(request));

    return NT_SUCCESS(status) ? wavert_event_register(stream_of(request), event_of(request))
                              : status;
}

static NTSTATUS event_unregister(struct ks_property_request *request)
{
    NTSTATUS status = events_usable(stream_of(request));

    return NT_SUCCESS(status) ? wavert_event_unregister(stream_of(request), event_of(request))
                              : status;
}

static NTSTATUS notification_support(struct ks_property_request *request)
{
    BOOL offered = stream_of(request)->notification != NULL; // RT-62

    return ks_property_reply(request, &offered, sizeof(offered));
}

// ---- position ----------------------------------------------------------------------------------------------------

static NTSTATUS audio_position(struct ks_property_request *request)
{
    KSAUDIO_POSITION position = {0};
    NTSTATUS status;

    if (request->flags & KSPROPERTY_TYPE_SET)
        return STATUS_NOT_SUPPORTED; // KP-59
    status = wavert_position(request->pin, &position);
    if (!NT_SUCCESS(status))
        return status;
    return ks_property_reply(request, &position, sizeof(position));
}

static NTSTATUS position_ex(struct ks_property_request *request)
{
    KSAUDIO_POSITIONEX reply = {0};
    NTSTATUS status;

    reply.TimeStamp1 = KeQueryPerformanceCounter(&reply.TimerFrequency);
    status = wavert_position(request->pin, &reply.Position);
    if (!NT_SUCCESS(status))
        return status;
    reply.TimeStamp2 = KeQueryPerformanceCounter(NULL);
    return ks_property_reply(request, &reply, sizeof(reply));
}

// ---- the tables --------------------------------------------------------------------------------------------------

#define GET KSPROPERTY_TYPE_GET
#define SET KSPROPERTY_TYPE_SET
#define RT(name) KSPROPERTY_RTAUDIO_##name

static const struct ks_property_item rt_items[] = {
    {RT(GETPOSITIONFUNCTION), GET, 0, 0, not_supported, .port_owned = true},
    {RT(BUFFER), GET, INSTANCE_BYTES(KSRTAUDIO_BUFFER_PROPERTY), sizeof(KSRTAUDIO_BUFFER), buffer,
     .port_owned = true},
    {RT(HWLATENCY), GET, 0, sizeof(KSRTAUDIO_HWLATENCY), latency, .port_owned = true},
    {RT(POSITIONREGISTER), GET, INSTANCE_BYTES(KSRTAUDIO_HWREGISTER_PROPERTY),
     sizeof(KSRTAUDIO_HWREGISTER), position_register, .port_owned = true},
    {RT(CLOCKREGISTER), GET, INSTANCE_BYTES(KSRTAUDIO_HWREGISTER_PROPERTY),
     sizeof(KSRTAUDIO_HWREGISTER), clock_register, .port_owned = true},
    {RT(BUFFER_WITH_NOTIFICATION), GET, INSTANCE_BYTES(KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION),
     sizeof(KSRTAUDIO_BUFFER), buffer_with_notification, .port_owned = true},
    {RT(REGISTER_NOTIFICATION_EVENT), GET | SET,
     INSTANCE_BYTES(KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY), 0, event_register, .port_owned = true},
    {RT(UNREGISTER_NOTIFICATION_EVENT), GET | SET,
     INSTANCE_BYTES(KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY), 0, event_unregister,
     .port_owned = true},
    {RT(QUERY_NOTIFICATION_SUPPORT), GET, 0, sizeof(BOOL), notification_support,
     .port_owned = true},
    {RT(PACKETCOUNT), GET, 0, sizeof(ULONG), wavert_packet_count, .port_owned = true},
    {RT(PRESENTATION_POSITION), GET, 0, sizeof(KSAUDIO_PRESENTATION_POSITION), wavert_presentation,
     .port_owned = true},
    {RT(GETREADPACKET), GET, 0, sizeof(KSRTAUDIO_GETREADPACKET_INFO), wavert_packet_read,
     .port_owned = true},
    {RT(SETWRITEPACKET), SET, 0, sizeof(KSRTAUDIO_SETWRITEPACKET_INFO), wavert_packet_write,
     .port_owned = true},
    {RT(PACKETVREGISTER), GET, 0, 0, not_supported, .port_owned = true},
};

static const struct ks_property_item audio_items[] = {
    {KSPROPERTY_AUDIO_POSITION, GET | SET, 0, sizeof(KSAUDIO_POSITION), audio_position,
     .port_owned = true},
    {KSPROPERTY_AUDIO_POSITIONEX, GET, 0, sizeof(KSAUDIO_POSITIONEX), position_ex,
     .port_owned = true},
};

#define TABLE(set, items) {&set, items, sizeof(items) / sizeof(*items)}

const struct ks_property_set wavert_pin_properties[] = {
    TABLE(KSPROPSETID_RtAudio, rt_items),
    TABLE(KSPROPSETID_Audio, audio_items),
    {NULL, NULL, 0},
};

bool wavert_is_position(const KSPROPERTY *property)
{
    if (guid_equal(&property->Set, &KSPROPSETID_Audio))
        return property->Id == KSPROPERTY_AUDIO_POSITION ||
               property->Id == KSPROPERTY_AUDIO_POSITIONEX;
    return guid_equal(&property->Set, &KSPROPSETID_RtAudio) && property->Id >= RT(PACKETCOUNT) &&
           property->Id <= RT(SETWRITEPACKET);
}
