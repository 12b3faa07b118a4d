// SPDX-License-Identifier: MIT
//
// Steps on the whole device: start, removal, power, unloading; and the volume of its mixer.
#include "base/status.h"
#include "scenario/steps.h"

static void lock(struct run *run)
{
    KeWaitForSingleObject(&run->pnp, Executive, KernelMode, FALSE, NULL);
}

static void unlock(struct run *run)
{
    KeReleaseMutex(&run->pnp, FALSE);
}

STEP(start)
{
    struct run *run = actor->run;
    NTSTATUS status = STATUS_NO_SUCH_DEVICE;

    (void)values, (void)count;
    lock(run);
    if (run->driver->object)
        status = status_from_errno(ps_driver_start(run->driver, 0));
    unlock(run);
    return status;
}

// Open handles keep a device from being removed in order.
STEP(remove)
{
    struct run *run = actor->run;
    NTSTATUS status = STATUS_DEVICE_BUSY;

    (void)values, (void)count;
    lock(run);
    if (!run->driver->pdo) {
        status = STATUS_NO_SUCH_DEVICE;
    } else if (!run->handles) {
        run->removing = true;
        status = driver_remove(run->driver, false);
        run->removing = false;
    }
    unlock(run);
    return status;
}

STEP(surprise_remove)
{
    struct run *run = actor->run;
    NTSTATUS status = STATUS_NO_SUCH_DEVICE;

    (void)values, (void)count;
    lock(run);
    for (unsigned i = 0; i < MOST_STREAMS; i++)
        judge_off(&run->slots[i].judged);
    if (run->driver->pdo)
        status = kernel_surprise_removal(run->system, run->driver->pdo);
    unlock(run);
    return status;
}

STEP(unload)
{
    struct run *run = actor->run;
    NTSTATUS status = STATUS_DEVICE_BUSY;

    (void)values, (void)count;
    lock(run);
    if (!run->driver->pdo)
        status = run->driver->object ? driver_finish(run->driver) : STATUS_NO_SUCH_DEVICE;
    unlock(run);
    return status;
}

// ---- power -------------------------------------------------------------------------------------------

STEP(power)
{
    struct run *run = actor->run;
    NTSTATUS status = STATUS_NO_SUCH_DEVICE;

    (void)count;
    lock(run);
    if (run->driver->pdo)
        status = kernel_change_power(run->system, run->driver->pdo,
                                     (DEVICE_POWER_STATE)(PowerDeviceD0 + values[0]));
    unlock(run);
    return status;
}

// ---- volume ------------------------------------------------------------------------------------------

struct volume_node {
    WCHAR filter[STREAM_FILTER_NAME + 2]; // with the backslash
    size_t length;
    ULONG node;
};

static void name_node(const struct ks_filter *filter, ULONG id, struct volume_node *out)
{
    out->filter[0] = '\\';
    for (out->length = 1; filter->name[out->length - 1] && out->length <= STREAM_FILTER_NAME; out->length++)
        out->filter[out->length] = filter->name[out->length - 1];
    out->node = id;
}

static bool note_node(const struct ks_filter *filter, struct volume_node *out)
{
    for (ULONG id = 0; id < filter->descriptor->NodeCount; id++) {
        const PCNODE_DESCRIPTOR *node = ks_node(filter, id);

        if (!node->Type || !guid_equal(node->Type, &KSNODETYPE_VOLUME))
            continue;
        name_node(filter, id, out);
        return true;
    }
    return false;
}

static bool find_node(struct run *run, struct volume_node *out)
{
    struct port_device *device = stream_device(run->driver);
    struct graph_place place;
    bool found = false;

    if (!device)
        return false;
    if (level_place(run, &place)) {
        name_node(place.filter, place.node, out);
        return true;
    }
    ks_device_lock(&device->ks);
    LIST_EACH(link, &device->ks.filters)
        found = found || note_node(LIST_OBJECT(link, struct ks_filter, link), out);
    ks_device_unlock(&device->ks);
    return found;
}

// Decibels below full, in the unit of KSPROPERTY_AUDIO_VOLUMELEVEL: 1/65536 dB.
static NTSTATUS level(struct run *run, const struct volume_node *node, const int64_t *values,
                      PFILE_OBJECT file)
{
    KSNODEPROPERTY_AUDIO_CHANNEL request = {.Channel = 0};
    LONG decibels = (LONG)(values[1] * -65536);

    request.NodeProperty.Property.Set = KSPROPSETID_Audio;
    request.NodeProperty.Property.Id = KSPROPERTY_AUDIO_VOLUMELEVEL;
    request.NodeProperty.Property.Flags =
        (values[0] ? KSPROPERTY_TYPE_SET : KSPROPERTY_TYPE_GET) | KSPROPERTY_TYPE_TOPOLOGY;
    request.NodeProperty.NodeId = node->node;
    return kernel_control_wait(run->system, file, IOCTL_KS_PROPERTY, &request, sizeof(request),
                               &decibels, sizeof(decibels), NULL);
}

STEP(volume)
{
    struct run *run = actor->run;
    struct volume_node node;
    PFILE_OBJECT file;
    NTSTATUS status;

    (void)count;
    if (run->removing)
        return STATUS_DEVICE_BUSY;
    run->judge.deaf |= values[0];
    if (values[0])
        run->judge.set = (LONG)(values[1] * -65536);
    run->handles++;
    status = find_node(run, &node) ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
    if (NT_SUCCESS(status))
        status = kernel_open(run->system, run->driver->pdo, NULL, node.filter,
                             node.length * sizeof(WCHAR), &file);
    if (NT_SUCCESS(status)) {
        status = level(run, &node, values, file);
        kernel_close(run->system, file);
    }
    run->handles--;
    return status;
}
