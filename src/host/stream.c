// SPDX-License-Identifier: MIT
//
// A stream's state, position and other properties, and what the pins of a driver offer; see <portside/stream.h>.
// Everything goes through IRPs, as a client of Windows' would.
#include "host/stream.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "port/port.h"

struct ps_format ps_stream_format(const struct ps_stream *stream)
{
    return stream->format;
}

enum ps_client ps_stream_client(const struct ps_stream *stream)
{
    return stream->client;
}

const struct ks_pin *stream_pin(const struct ps_stream *stream)
{
    return stream->pin->FsContext;
}

bool stream_copies(const struct ps_stream *stream)
{
    return stream_pin(stream)->handle.filter->ops->copies;
}

// ---- what is offered -----------------------------------------------------------------------------------

static int describe_range(const KSDATARANGE_AUDIO *range, char *text, size_t size)
{
    const bool real = guid_equal(&range->DataRange.SubFormat, &KSDATAFORMAT_SUBTYPE_IEEE_FLOAT);
    char rates[48], bits[32];

    if (range->DataRange.FormatSize < sizeof(*range))
        return 0;
    if (range->MinimumSampleFrequency == range->MaximumSampleFrequency)
        snprintf(rates, sizeof(rates), "%u", range->MaximumSampleFrequency);
    else
        snprintf(rates, sizeof(rates), "%u-%u", range->MinimumSampleFrequency,
                 range->MaximumSampleFrequency);
    if (range->MinimumBitsPerSample == range->MaximumBitsPerSample)
        snprintf(bits, sizeof(bits), "%u", range->MaximumBitsPerSample);
    else
        snprintf(bits, sizeof(bits), "%u-%u", range->MinimumBitsPerSample,
                 range->MaximumBitsPerSample);
    return snprintf(text, size, "%s bit%s, %u channels, %s Hz", bits, real ? " float" : "",
                    range->MaximumChannels, rates);
}

int ps_formats_describe(struct ps_driver *driver, enum ps_direction direction, char *text,
                        size_t size)
{
    struct port_device *device = stream_device(driver);
    char line[160], last[160] = "";
    int length = 0;

    if (size)
        text[0] = 0;
    if (!device)
        return host_error(-ENODEV, "%s: it has no started device", image_name(driver->image));
    LIST_EACH(link, &device->ks.filters) {
        const struct ks_filter *filter = LIST_OBJECT(link, struct ks_filter, link);

        for (ULONG id = 0; id < filter->descriptor->PinCount; id++) {
            const KSPIN_DESCRIPTOR *pin = ks_pin_descriptor(filter, id);

            for (ULONG i = 0; stream_pin_flows(filter, id, direction) && i < pin->DataRangesCount;
                 i = ks_range_next(pin, i)) {
                if (!describe_range((const KSDATARANGE_AUDIO *)pin->DataRanges[i], line,
                                    sizeof(line)) ||
                    !strcmp(line, last))
                    continue;
                memcpy(last, line, sizeof(last));
                length += snprintf(text + length, (size_t)length < size ? size - (size_t)length : 0,
                                   "%s%s", length ? "; " : "", line);
            }
        }
    }
    return length;
}

// ---- state and position --------------------------------------------------------------------------------

NTSTATUS stream_property(struct ps_stream *stream, const KSPROPERTY *request, size_t request_bytes,
                         void *value, size_t bytes)
{
    return kernel_control_wait(stream->system, stream->pin, IOCTL_KS_PROPERTY,
                               (void *)(uintptr_t)request, (ULONG)request_bytes, value,
                               (ULONG)bytes, NULL);
}

static int property(struct ps_stream *stream, const GUID *set, ULONG id, ULONG flags, void *value,
                    ULONG bytes)
{
    KSPROPERTY request;
    NTSTATUS status;

    memset(&request, 0, sizeof(request));
    request.Set = *set;
    request.Id = id;
    request.Flags = flags;
    status = stream_property(stream, &request, sizeof(request), value, bytes);
    if (!NT_SUCCESS(status))
        return host_error(status_to_errno(status), "property %u failed: %s", id,
                          status_name(status));
    return 0;
}

int stream_state(struct ps_stream *stream, KSSTATE state)
{
    return property(stream, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                    KSPROPERTY_TYPE_SET, &state, sizeof(state));
}

int stream_position(struct ps_stream *stream, KSAUDIO_POSITION *position)
{
    return property(stream, &KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION, KSPROPERTY_TYPE_GET,
                    position, sizeof(*position));
}

int ps_stream_set_state(struct ps_stream *stream, enum ps_state state)
{
    return stream_state(stream, (KSSTATE)state);
}

int ps_stream_position(struct ps_stream *stream, uint64_t *play, uint64_t *write)
{
    KSAUDIO_POSITION position = {0};
    int result = stream_position(stream, &position);

    *play = position.PlayOffset;
    *write = position.WriteOffset;
    return result;
}
