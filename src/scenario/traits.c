// SPDX-License-Identifier: MIT
//
// What a driver has, and what a scenario needs.
#include <errno.h>
#include <stddef.h>

#include "scenario/run.h"

// ---- needs -------------------------------------------------------------------------------------------

bool scenario_fits(const struct scenario *scenario, const struct scenario_traits *traits,
                   const char **why)
{
    static const struct {
        enum need need;
        size_t has; // offset of a bool
        const char *name;
    } needs[] = {
        {NEED_WAVEPCI, offsetof(struct scenario_traits, wavepci), "a WavePci miniport"},
        {NEED_WAVERT, offsetof(struct scenario_traits, wavert), "a WaveRT miniport"},
        {NEED_WAVECYCLIC, offsetof(struct scenario_traits, wavecyclic), "a WaveCyclic miniport"},
        {NEED_QUEUED, offsetof(struct scenario_traits, queued), "pins that take packets"},
        {NEED_RENDER, offsetof(struct scenario_traits, render), "a render pin"},
        {NEED_CAPTURE, offsetof(struct scenario_traits, capture), "a capture pin"},
        {NEED_LOOP, offsetof(struct scenario_traits, loop), "a looped render pin"},
        {NEED_NOTIFICATION, offsetof(struct scenario_traits, notification),
         "notification events"},
        {NEED_PACKETS, offsetof(struct scenario_traits, packets), "packet mode"},
        {NEED_VOLUME, offsetof(struct scenario_traits, volume), "a volume node"},
    };

    for (size_t i = 0; i < sizeof(needs) / sizeof(*needs); i++) {
        *why = needs[i].name;
        if ((scenario->needs & needs[i].need) &&
            !*(const bool *)((const char *)traits + needs[i].has))
            return false;
    }
    *why = "more render streams";
    if (scenario->needs_streams > traits->render_streams)
        return false;
    *why = NULL;
    return true;
}

// ---- what a driver has -------------------------------------------------------------------------------

static unsigned streams_of(const struct ks_filter *filter, enum ps_direction direction)
{
    for (ULONG id = 0; id < filter->descriptor->PinCount; id++)
        if (stream_pin_flows(filter, id, direction)) {
            ULONG most = ks_pc_pin(filter, id)->MaxFilterInstanceCount;

            return most < MOST_STREAMS ? most : MOST_STREAMS;
        }
    return 0;
}

unsigned traits_streams(struct ps_driver *driver, enum ps_direction direction)
{
    struct port_device *device = stream_device(driver);
    unsigned most = 0;

    if (!device)
        return 0;
    ks_device_lock(&device->ks);
    LIST_EACH(link, &device->ks.filters) {
        unsigned streams = streams_of(LIST_OBJECT(link, struct ks_filter, link), direction);

        most = streams > most ? streams : most;
    }
    ks_device_unlock(&device->ks);
    return most;
}

static bool has_volume(const struct ks_filter *filter)
{
    for (ULONG id = 0; id < filter->descriptor->NodeCount; id++)
        if (ks_node(filter, id)->Type && guid_equal(ks_node(filter, id)->Type, &KSNODETYPE_VOLUME))
            return true;
    return false;
}

static void look_at_filter(const struct ks_filter *filter, struct scenario_traits *traits)
{
    bool render = streams_of(filter, PS_PLAY), capture = streams_of(filter, PS_RECORD);

    traits->render |= render;
    traits->capture |= capture;
    traits->volume |= has_volume(filter);
    if (!render && !capture)
        return;
    traits->queued |= filter->ops->pin_submit != NULL;
    traits->wavecyclic |= filter->ops->copies;
    traits->wavepci |= filter->ops->pin_submit != NULL && !filter->ops->copies;
    traits->wavert |= filter->ops->pin_submit == NULL;
    traits->loop |= render && filter->ops->looped_pins;
}

static uint32_t clamp(uint32_t wish, uint32_t low, uint32_t high)
{
    return wish < low ? low : wish > high ? high : wish;
}

enum { MOST_CHANNELS = 8 }; // as 7.1 has

// The pin's first range of that subtype, or NULL.
static const KSDATARANGE_AUDIO *range_of(const KSPIN_DESCRIPTOR *pin, const GUID *subtype)
{
    for (ULONG i = 0; i < pin->DataRangesCount; i = ks_range_next(pin, i)) {
        const KSDATARANGE_AUDIO *range = (const KSDATARANGE_AUDIO *)pin->DataRanges[i];

        if (range->DataRange.FormatSize >= sizeof(*range) &&
            guid_equal(&range->DataRange.SubFormat, subtype))
            return range;
    }
    return NULL;
}

struct ps_format traits_format(const struct ks_filter *filter, ULONG id, bool most)
{
    const KSPIN_DESCRIPTOR *pin = ks_pin_descriptor(filter, id);
    const KSDATARANGE_AUDIO *pcm = range_of(pin, &KSDATAFORMAT_SUBTYPE_PCM);
    const KSDATARANGE_AUDIO *range =
        pcm ? pcm : range_of(pin, &KSDATAFORMAT_SUBTYPE_IEEE_FLOAT);

    if (!range)
        return (struct ps_format){48000, 2, 16, false};
    return (struct ps_format){
        clamp(48000, range->MinimumSampleFrequency, range->MaximumSampleFrequency),
        clamp(most ? MOST_CHANNELS : 2, 1, range->MaximumChannels),
        clamp(most ? 32 : 16, range->MinimumBitsPerSample, range->MaximumBitsPerSample), !pcm};
}

// ---- what only an open pin tells ---------------------------------------------------------------------

static void look_at_pin(const struct ks_filter *filter, ULONG id, struct ps_driver *driver,
                        struct scenario_traits *traits)
{
    struct ps_stream stream = {.driver = driver, .system = driver->system};
    bool notifies;

    stream.format = traits_format(filter, id, false);
    if (!NT_SUCCESS(stream_connect(&stream, filter->name, id)))
        return;
    if (rt_supported(&stream, &notifies)) {
        traits->notification |= notifies;
        traits->packets |= rt_has_packets(&stream);
    }
    stream_disconnect(&stream);
}

struct look {
    struct ps_driver *driver;
    struct scenario_traits *traits;
};

// Nothing else runs: the filters stay.
static int look(void *context)
{
    struct look *look = context;
    struct port_device *device = stream_device(look->driver);

    look->traits->render_streams = traits_streams(look->driver, PS_PLAY);
    look->traits->capture_streams = traits_streams(look->driver, PS_RECORD);
    LIST_EACH(link, &device->ks.filters) {
        const struct ks_filter *filter = LIST_OBJECT(link, struct ks_filter, link);

        look_at_filter(filter, look->traits);
        for (ULONG id = 0; filter->ops->pin_submit == NULL && id < filter->descriptor->PinCount;
             id++)
            if (stream_pin_flows(filter, id, PS_PLAY))
                look_at_pin(filter, id, look->driver, look->traits);
    }
    return 0;
}

int scenario_traits_get(struct ps_driver *driver, struct scenario_traits *out)
{
    struct look request = {driver, out};
    int result = host_enter(driver->system);

    *out = (struct scenario_traits){0};
    if (result)
        return result;
    if (!stream_device(driver))
        return host_error(-ENODEV, "the driver has no started device");
    return host_call(driver->system, "traits", look, &request);
}
