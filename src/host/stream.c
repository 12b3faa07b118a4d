// SPDX-License-Identifier: MIT
//
// Opening and closing a pin, its state and position; see <portside/stream.h>. Everything goes through IRPs, as a
// client of Windows' would.
#include "host/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "port/port.h"

// What IRP_MJ_CREATE of a pin carries behind "{GUID}\": KSPIN_CONNECT, then the data format.
struct connect_request {
    WCHAR name[40]; // "{146F1A80-4791-11D0-A5D6-28DB04C10000}\" and a NUL that is not sent
    unsigned char parameters[sizeof(KSPIN_CONNECT) + sizeof(KSDATAFORMAT_DSOUND)];
};

enum { PIN_NAME_CHARACTERS = 39 };

static void describe_format(KSDATAFORMAT *data, PWAVEFORMATEX wave, const struct ps_format *format)
{
    data->SampleSize = format->channels * format->bits / 8;
    data->MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
    data->SubFormat =
        format->is_float ? KSDATAFORMAT_SUBTYPE_IEEE_FLOAT : KSDATAFORMAT_SUBTYPE_PCM;
    wave->wFormatTag = format->is_float ? 3 : WAVE_FORMAT_PCM;
    wave->nChannels = (WORD)format->channels;
    wave->nSamplesPerSec = format->rate;
    wave->wBitsPerSample = (WORD)format->bits;
    wave->nBlockAlign = (WORD)(format->channels * format->bits / 8);
    wave->nAvgBytesPerSec = format->rate * wave->nBlockAlign;
}

// A looped pin is opened as DirectSound does, with its own specifier. Returns the format's bytes.
static size_t make_format(const struct ps_format *format, bool looped, unsigned char *out)
{
    KSDATAFORMAT_WAVEFORMATEX wave = {.DataFormat.FormatSize = sizeof(wave)};
    KSDATAFORMAT_DSOUND dsound = {.DataFormat.FormatSize = sizeof(dsound)};

    if (!looped) {
        describe_format(&wave.DataFormat, &wave.WaveFormatEx, format);
        wave.DataFormat.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
        memcpy(out, &wave, sizeof(wave));
        return sizeof(wave);
    }
    describe_format(&dsound.DataFormat, &dsound.BufferDesc.WaveFormatEx, format);
    dsound.DataFormat.Specifier = KSDATAFORMAT_SPECIFIER_DSOUND;
    memcpy(out, &dsound, sizeof(dsound));
    return sizeof(dsound);
}

static size_t make_connect(const struct ps_format *format, bool looped, ULONG pin, WCHAR *out)
{
    static const char name[] = "{146F1A80-4791-11D0-A5D6-28DB04C10000}\\";
    KSPIN_CONNECT connect = {.PinId = pin};
    unsigned char *at = (unsigned char *)(out + PIN_NAME_CHARACTERS);

    for (size_t i = 0; i < PIN_NAME_CHARACTERS; i++)
        out[i] = (WCHAR)name[i];
    connect.Interface.Set = KSINTERFACESETID_Standard;
    connect.Interface.Id =
        looped ? KSINTERFACE_STANDARD_LOOPED_STREAMING : KSINTERFACE_STANDARD_STREAMING;
    connect.Medium.Set = KSMEDIUMSETID_Standard;
    connect.Medium.Id = KSMEDIUM_TYPE_ANYINSTANCE;
    connect.Priority.PriorityClass = KSPRIORITY_NORMAL;
    connect.Priority.PrioritySubClass = 1;
    memcpy(at, &connect, sizeof(connect));
    return PIN_NAME_CHARACTERS * sizeof(WCHAR) + sizeof(connect) +
           make_format(format, looped, at + sizeof(connect));
}

// ---- choosing a pin ------------------------------------------------------------------------------------

struct open {
    struct ps_stream *stream;
    NTSTATUS refusal; // of the last pin that could have matched
};

static struct port_device *device_of(const struct ps_driver *driver)
{
    return driver->pdo && driver->pdo->AttachedDevice
               ? port_device_from(driver->pdo->AttachedDevice)
               : NULL;
}

static bool streams(const struct ks_filter *filter, ULONG id, enum ps_direction direction)
{
    const KSPIN_DESCRIPTOR *pin = ks_pin_descriptor(filter, id);

    if (pin->Communication != KSPIN_COMMUNICATION_SINK &&
        pin->Communication != KSPIN_COMMUNICATION_BOTH)
        return false;
    return pin->DataFlow == (direction == PS_PLAY ? KSPIN_DATAFLOW_IN : KSPIN_DATAFLOW_OUT);
}

static NTSTATUS open_pin(struct ps_stream *stream, PDEVICE_OBJECT pdo, ULONG id)
{
    struct connect_request request = {0};
    size_t bytes = make_connect(&stream->format, stream->looped, id, request.name);

    return kernel_open(stream->system, pdo, stream->filter, request.name, bytes, &stream->pin);
}

static NTSTATUS open_on_filter(struct ps_stream *stream, const struct ks_filter *filter)
{
    PDEVICE_OBJECT pdo = stream->driver->pdo;
    NTSTATUS status = STATUS_NO_MATCH;
    WCHAR name[128] = {'\\'};
    size_t length = 1;

    for (; filter->name[length - 1] && length < 127; length++)
        name[length] = filter->name[length - 1];
    for (ULONG id = 0; id < filter->descriptor->PinCount; id++) {
        if (!streams(filter, id, stream->direction))
            continue;
        status = kernel_open(stream->system, pdo, NULL, name, length * sizeof(WCHAR),
                             &stream->filter);
        if (!NT_SUCCESS(status))
            return status;
        status = open_pin(stream, pdo, id);
        if (NT_SUCCESS(status))
            return status;
        kernel_close(stream->system, stream->filter);
        stream->filter = NULL;
    }
    return status;
}

// A format that matches a range may still be refused by the miniport (WP-16).
static bool refuses_format(NTSTATUS status)
{
    return status == STATUS_NO_MATCH || status == STATUS_INVALID_PARAMETER ||
           status == STATUS_NOT_SUPPORTED;
}

static int run_open(void *context)
{
    struct open *open = context;
    struct port_device *device = device_of(open->stream->driver);
    NTSTATUS status = STATUS_NO_MATCH;

    LIST_EACH(link, &device->ks.filters) {
        status = open_on_filter(open->stream, LIST_OBJECT(link, struct ks_filter, link));
        if (NT_SUCCESS(status))
            return 0;
        if (!refuses_format(status))
            open->refusal = status;
    }
    if (open->refusal == STATUS_NO_MATCH)
        return -ENOTSUP;
    return host_error(-EIO, "%s: opening the pin failed: %s", image_name(open->stream->driver->image),
                      status_name(open->refusal));
}

static int run_close(void *context)
{
    struct ps_stream *stream = context;

    if (stream->pin)
        kernel_close(stream->system, stream->pin);
    if (stream->filter)
        kernel_close(stream->system, stream->filter);
    return 0;
}

static int no_format(struct ps_driver *driver, enum ps_direction direction)
{
    char offered[512];

    ps_formats_describe(driver, direction, offered, sizeof(offered));
    return host_error(-ENOTSUP, "%s offers: %s", image_name(driver->image), offered);
}

int ps_stream_open(struct ps_driver *driver, enum ps_direction direction,
                   const struct ps_format *format, bool looped, struct ps_stream **out)
{
    struct open open = {.refusal = STATUS_NO_MATCH};
    struct ps_stream *stream;
    int result = host_enter(driver->system);

    *out = NULL;
    if (result)
        return result;
    if (!device_of(driver))
        return host_error(-ENODEV, "%s: it has no started device", image_name(driver->image));
    if (!format->channels || format->channels > 255 || !format->bits || format->bits % 8 ||
        format->bits > 64 || !format->rate)
        return host_error(-EINVAL, "a format of %u channels, %u bits, %u Hz makes no sense",
                          format->channels, format->bits, format->rate);
    stream = calloc(1, sizeof(*stream));
    if (!stream)
        return host_error(-ENOMEM, "out of memory");
    stream->driver = driver;
    stream->system = driver->system;
    stream->direction = direction;
    stream->format = *format;
    stream->frame_bytes = format->channels * format->bits / 8;
    stream->looped = looped;
    open.stream = stream;
    result = host_call(driver->system, "client", run_open, &open);
    if (result) {
        free(stream);
        return result == -ENOTSUP ? no_format(driver, direction) : result;
    }
    *out = stream;
    return 0;
}

void ps_stream_close(struct ps_stream *stream)
{
    if (!stream)
        return;
    if (!system_check(stream->system))
        host_call(stream->system, "client", run_close, stream);
    free(stream);
}

struct ps_format ps_stream_format(const struct ps_stream *stream)
{
    return stream->format;
}

// ---- what is offered -----------------------------------------------------------------------------------

static int describe_range(const KSDATARANGE_AUDIO *range, char *text, size_t size)
{
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
    return snprintf(text, size, "%s bit, %u channels, %s Hz", bits, range->MaximumChannels, rates);
}

int ps_formats_describe(struct ps_driver *driver, enum ps_direction direction, char *text,
                        size_t size)
{
    struct port_device *device = device_of(driver);
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

            for (ULONG i = 0; streams(filter, id, direction) && i < pin->DataRangesCount; i++) {
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

static int property(struct ps_stream *stream, const GUID *set, ULONG id, ULONG flags, void *value,
                    ULONG bytes)
{
    KSPROPERTY request;
    NTSTATUS status;

    memset(&request, 0, sizeof(request));
    request.Set = *set;
    request.Id = id;
    request.Flags = flags;
    status = kernel_control_wait(stream->system, stream->pin, IOCTL_KS_PROPERTY, &request,
                                 sizeof(request), value, bytes, NULL);
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
