// SPDX-License-Identifier: MIT
//
// Opening and closing a pin: which of them takes the format and serves the client; see <portside/stream.h>.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "host/stream.h"
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

void stream_format_wave(const struct ps_format *format, KSDATAFORMAT_WAVEFORMATEX *out)
{
    *out = (KSDATAFORMAT_WAVEFORMATEX){.DataFormat.FormatSize = sizeof(*out)};
    describe_format(&out->DataFormat, &out->WaveFormatEx, format);
    out->DataFormat.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
}

// With DirectSound's own specifier, or the plain one. Returns the format's bytes.
static size_t make_format(const struct ps_format *format, bool as_dsound, unsigned char *out)
{
    KSDATAFORMAT_WAVEFORMATEX wave;
    KSDATAFORMAT_DSOUND dsound = {.DataFormat.FormatSize = sizeof(dsound)};

    if (!as_dsound) {
        stream_format_wave(format, &wave);
        memcpy(out, &wave, sizeof(wave));
        return sizeof(wave);
    }
    describe_format(&dsound.DataFormat, &dsound.BufferDesc.WaveFormatEx, format);
    dsound.DataFormat.Specifier = KSDATAFORMAT_SPECIFIER_DSOUND;
    memcpy(out, &dsound, sizeof(dsound));
    return sizeof(dsound);
}

static size_t make_connect(const struct ps_format *format, bool looped, bool as_dsound, ULONG pin,
                           WCHAR *out)
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
           make_format(format, as_dsound, at + sizeof(connect));
}

// ---- choosing a pin ------------------------------------------------------------------------------------

struct open {
    struct ps_stream *stream;
    enum ps_client wanted;
    NTSTATUS refusal; // of the last pin that could have matched
    bool unserved;    // a pin took the format but does not serve the client
};

struct port_device *stream_device(const struct ps_driver *driver)
{
    return driver->pdo && driver->pdo->AttachedDevice
               ? port_device_from(driver->pdo->AttachedDevice)
               : NULL;
}

bool stream_pin_flows(const struct ks_filter *filter, ULONG id, enum ps_direction direction)
{
    const KSPIN_DESCRIPTOR *pin = ks_pin_descriptor(filter, id);

    if (pin->Communication != KSPIN_COMMUNICATION_SINK &&
        pin->Communication != KSPIN_COMMUNICATION_BOTH)
        return false;
    return pin->DataFlow == (direction == PS_PLAY ? KSPIN_DATAFLOW_IN : KSPIN_DATAFLOW_OUT);
}

// What the pin that was just opened has for a client.
static enum ps_client best_client(enum ps_client wanted, bool rt)
{
    if (wanted != PS_CLIENT_DEFAULT)
        return wanted;
    return rt ? PS_CLIENT_RT : PS_CLIENT_QUEUED;
}

static bool serves(struct ps_stream *stream, enum ps_client wanted)
{
    bool notifies = false, rt = rt_supported(stream, &notifies);

    stream->client = best_client(wanted, rt);
    switch (stream->client) {
    case PS_CLIENT_QUEUED:
    case PS_CLIENT_LOOPED:
        return !rt;
    case PS_CLIENT_RT_EVENT:
        return notifies;
    case PS_CLIENT_RT_PACKET:
        return notifies && rt_has_packets(stream);
    default:
        return rt;
    }
}

void stream_disconnect(struct ps_stream *stream)
{
    if (stream->pin)
        kernel_close(stream->system, stream->pin);
    if (stream->filter)
        kernel_close(stream->system, stream->filter);
    stream->pin = stream->filter = NULL;
}

NTSTATUS stream_connect(struct ps_stream *stream, const WCHAR *filter, ULONG pin)
{
    PDEVICE_OBJECT pdo = stream->driver->pdo;
    struct connect_request request = {0};
    WCHAR name[STREAM_FILTER_NAME + 1] = {'\\'};
    bool looped = stream->client == PS_CLIENT_LOOPED;
    size_t length = 1, bytes;
    NTSTATUS status;

    for (; filter[length - 1] && length < STREAM_FILTER_NAME; length++)
        name[length] = filter[length - 1];
    status = kernel_open(stream->system, pdo, NULL, name, length * sizeof(WCHAR), &stream->filter);
    if (!NT_SUCCESS(status))
        return status;
    // DirectSound opens looped pins with its own specifier first; not every driver has a range for that.
    for (bool as_dsound = looped;; as_dsound = false) {
        bytes = make_connect(&stream->format, looped, as_dsound, pin, request.name);
        status = kernel_open(stream->system, pdo, stream->filter, request.name, bytes, &stream->pin);
        if (status != STATUS_NO_MATCH || !as_dsound)
            break;
    }
    if (!NT_SUCCESS(status))
        stream_disconnect(stream);
    return status;
}

static NTSTATUS open_pin(struct open *open, const struct ks_filter *filter, ULONG id)
{
    struct ps_stream *stream = open->stream;
    NTSTATUS status;

    stream->client = open->wanted;
    status = stream_connect(stream, filter->name, id);
    if (NT_SUCCESS(status) && !serves(stream, open->wanted)) {
        stream_disconnect(stream);
        open->unserved = true;
        status = STATUS_NO_MATCH;
    }
    return status;
}

static NTSTATUS open_on_filter(struct open *open, const struct ks_filter *filter)
{
    NTSTATUS status = STATUS_NO_MATCH;

    for (ULONG id = 0; id < filter->descriptor->PinCount && !NT_SUCCESS(status); id++)
        if (stream_pin_flows(filter, id, open->stream->direction))
            status = open_pin(open, filter, id);
    return status;
}

// A format that matches a range may still be refused by the miniport (WP-16).
static bool refuses_format(NTSTATUS status)
{
    return status == STATUS_NO_MATCH || status == STATUS_INVALID_PARAMETER ||
           status == STATUS_NOT_SUPPORTED;
}

// Tries every filter; true if a pin is open now.
static bool open_any(struct open *open)
{
    struct port_device *device = stream_device(open->stream->driver);

    LIST_EACH(link, &device->ks.filters) {
        NTSTATUS status = open_on_filter(open, LIST_OBJECT(link, struct ks_filter, link));

        if (NT_SUCCESS(status))
            return true;
        if (!refuses_format(status))
            open->refusal = status;
    }
    return false;
}

// A looped pin is refused by its interface before it can be asked what else it is.
static bool opens_unlooped(struct open *open)
{
    if (open->wanted != PS_CLIENT_LOOPED)
        return false;
    open->wanted = PS_CLIENT_DEFAULT;
    return open_any(open);
}

static int run_open(void *context)
{
    struct open *open = context;
    struct ps_stream *stream = open->stream;

    if (open_any(open))
        return 0;
    if (open->refusal != STATUS_NO_MATCH)
        return host_error(-EIO, "%s: opening the pin failed: %s", image_name(stream->driver->image),
                          status_name(open->refusal));
    if (opens_unlooped(open))
        open->unserved = true;
    stream_disconnect(stream);
    return open->unserved ? -EPROTONOSUPPORT : -ENOTSUP;
}

static int run_close(void *context)
{
    stream_disconnect(context);
    return 0;
}

static int no_format(struct ps_driver *driver, enum ps_direction direction)
{
    char offered[512];

    ps_formats_describe(driver, direction, offered, sizeof(offered));
    if (!*offered)
        return host_error(-ENODEV, "%s has no pin that %s PCM", image_name(driver->image),
                          direction == PS_PLAY ? "plays" : "records");
    return host_error(-ENOTSUP, "%s offers: %s", image_name(driver->image), offered);
}

static int not_served(struct ps_driver *driver, enum ps_client client)
{
    static const char *const names[] = {"default",  "queued",   "looped",
                                        "rt", "rt-event", "rt-packet"};
    bool wavepci = client == PS_CLIENT_QUEUED || client == PS_CLIENT_LOOPED;

    return host_error(-EPROTONOSUPPORT, "%s: its pins do not serve the client %s, which needs %s",
                      image_name(driver->image), names[client],
                      wavepci                         ? "WavePci or WaveCyclic"
                      : client == PS_CLIENT_RT_EVENT  ? "WaveRT with notifications"
                      : client == PS_CLIENT_RT_PACKET ? "WaveRT with packets"
                                                      : "WaveRT");
}

static int check(struct ps_driver *driver, const struct ps_format *format, enum ps_client client)
{
    int result = host_enter(driver->system);

    if (result)
        return result;
    if (!stream_device(driver))
        return host_error(-ENODEV, "%s: it has no started device", image_name(driver->image));
    if (!format->channels || format->channels > 255 || !format->bits || format->bits % 8 ||
        format->bits > 64 || !format->rate)
        return host_error(-EINVAL, "a format of %u channels, %u bits, %u Hz makes no sense",
                          format->channels, format->bits, format->rate);
    if ((unsigned)client > PS_CLIENT_RT_PACKET)
        return host_error(-EINVAL, "there is no client %u", (unsigned)client);
    return 0;
}

int ps_stream_open(struct ps_driver *driver, enum ps_direction direction,
                   const struct ps_format *format, enum ps_client client, struct ps_stream **out)
{
    struct open open = {.refusal = STATUS_NO_MATCH, .wanted = client};
    int result = check(driver, format, client);
    struct ps_stream *stream;

    *out = NULL;
    if (result)
        return result;
    stream = calloc(1, sizeof(*stream));
    if (!stream)
        return host_error(-ENOMEM, "out of memory");
    stream->driver = driver;
    stream->system = driver->system;
    stream->direction = direction;
    stream->format = *format;
    stream->frame_bytes = format->channels * format->bits / 8;
    open.stream = stream;
    result = host_call(driver->system, "client", run_open, &open);
    if (result) {
        free(stream);
        return result == -ENOTSUP           ? no_format(driver, direction)
               : result == -EPROTONOSUPPORT ? not_served(driver, client)
                                            : result;
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

