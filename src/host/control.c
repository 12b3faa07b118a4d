// SPDX-License-Identifier: MIT
//
// Volume and mute of an endpoint, set through the topology filter as a mixer does it; see <portside/driver.h>.
#include "host/control.h"

#include <errno.h>
#include <string.h>

#include "base/status.h"
#include "host/host.h"
#include "host/keep.h"
#include "host/stream.h"

enum { MOST_CHANNELS = 32, UNITS_PER_DB = 65536 };

NTSTATUS control_open(struct ps_system *system, PDEVICE_OBJECT pdo, const struct ks_filter *filter,
                      PFILE_OBJECT *file)
{
    WCHAR name[STREAM_FILTER_NAME + 1] = {'\\'};
    size_t length = 1;

    for (; filter->name[length - 1] && length < STREAM_FILTER_NAME; length++)
        name[length] = filter->name[length - 1];
    return kernel_open(system, pdo, NULL, name, length * sizeof(WCHAR), file);
}

static NTSTATUS request(struct ps_system *system, const struct control *control, ULONG verb,
                        LONG *value)
{
    KSNODEPROPERTY_AUDIO_CHANNEL property = {.Channel = control->channel};

    property.NodeProperty.Property.Set = KSPROPSETID_Audio;
    property.NodeProperty.Property.Id = control->property;
    property.NodeProperty.Property.Flags = verb | KSPROPERTY_TYPE_TOPOLOGY;
    property.NodeProperty.NodeId = control->node;
    return kernel_control_wait(system, control->file, IOCTL_KS_PROPERTY, &property, sizeof(property),
                               value, sizeof(*value), NULL);
}

NTSTATUS control_get(struct ps_system *system, const struct control *control, LONG *value)
{
    return request(system, control, KSPROPERTY_TYPE_GET, value);
}

NTSTATUS control_set(struct ps_system *system, const struct control *control, LONG value)
{
    return request(system, control, KSPROPERTY_TYPE_SET, &value);
}

// ---- the endpoint that plays -----------------------------------------------------------------------------

struct wish {
    struct ps_driver *driver;
    enum ps_control control;
    LONG value;
};

// The first endpoint to which something can be played and that has the control.
static bool find_place(struct port_device *device, enum ps_control control, struct graph_place *out)
{
    struct graph_endpoint endpoint;
    bool found = false;

    ks_device_lock(&device->ks);
    for (unsigned i = 0; !found && graph_endpoint(device, i, &endpoint); i++) {
        *out = control == PS_CONTROL_MUTE ? endpoint.mute : endpoint.volume;
        found = endpoint.render && endpoint.host_count && out->filter;
    }
    ks_device_unlock(&device->ks);
    return found;
}

static NTSTATUS set_one(const struct wish *wish, const struct ks_filter *filter, const struct control *control)
{
    NTSTATUS status = control_set(wish->driver->system, control, wish->value);

    if (NT_SUCCESS(status))
        keep_control(wish->driver, filter, control, wish->value);
    return status;
}

// All channels that the node has: from 0 until one is refused (TP-48); if 0 is, the whole stream at once.
static NTSTATUS set_channels(const struct wish *wish, const struct ks_filter *filter, struct control *control)
{
    NTSTATUS status = set_one(wish, filter, control);

    if (!NT_SUCCESS(status)) {
        control->channel = -1;
        return set_one(wish, filter, control);
    }
    for (control->channel = 1; control->channel < MOST_CHANNELS; control->channel++)
        if (!NT_SUCCESS(set_one(wish, filter, control)))
            break;
    return status;
}

static int run_set(void *context)
{
    struct wish *wish = context;
    struct ps_driver *driver = wish->driver;
    struct port_device *device = stream_device(driver);
    bool mute = wish->control == PS_CONTROL_MUTE;
    const char *name = mute ? "mute" : "volume";
    struct control control = {
        .property = mute ? KSPROPERTY_AUDIO_MUTE : KSPROPERTY_AUDIO_VOLUMELEVEL};
    struct graph_place place;
    NTSTATUS status;

    if (!device)
        return host_error(-ENODEV, "%s: it has no started device", image_name(driver->image));
    if (!find_place(device, wish->control, &place))
        return host_error(-ENOTSUP, "%s: no endpoint that plays has a %s node",
                          image_name(driver->image), name);
    status = control_open(driver->system, driver->pdo, place.filter, &control.file);
    if (NT_SUCCESS(status)) {
        control.node = place.node;
        status = set_channels(wish, place.filter, &control);
        kernel_close(driver->system, control.file);
    }
    if (!NT_SUCCESS(status))
        return host_error(-EIO, "%s: setting the %s failed: %s", image_name(driver->image), name,
                          status_name(status));
    return 0;
}

int ps_control_set(struct ps_driver *driver, enum ps_control control, double value)
{
    struct wish wish = {driver, control, 0};
    int result = host_enter(driver->system);

    if (result)
        return result;
    if (control == PS_CONTROL_MUTE)
        wish.value = value != 0;
    else if (value > -32767.0 && value < 32767.0)
        wish.value = (LONG)(value * UNITS_PER_DB);
    else if (value >= 32767.0)
        return host_error(-EINVAL, "no volume is that high");
    else
        wish.value = INT32_MIN;
    return host_call(driver->system, "mixer", run_set, &wish);
}
