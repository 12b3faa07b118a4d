// SPDX-License-Identifier: MIT
//
// Whether a volume that is set is heard: the loudness of what the device emits against what the endpoint's volume node
// says (TP-37, TP-38). The samples are as good as random, so a few milliseconds of them have one loudness.
#include <math.h>

#include "host/control.h"
#include "scenario/steps.h"

enum { UNITS_PER_DB = 65536, MOST_OFF = 2, LEAST_TOLD = 12 }; // dB

// The volume of the first endpoint that plays (TP-72).
bool level_place(struct run *run, struct graph_place *out)
{
    struct port_device *device = stream_device(run->driver);
    struct graph_endpoint endpoint;
    bool found = false;

    if (!device)
        return false;
    ks_device_lock(&device->ks);
    for (unsigned i = 0; !found && graph_endpoint(device, i, &endpoint); i++) {
        *out = endpoint.volume;
        found = endpoint.render && endpoint.host_count && out->filter;
    }
    ks_device_unlock(&device->ks);
    return found;
}

// A node with one channel says the same of both.
static NTSTATUS read_levels(struct run *run, const struct graph_place *place, struct loudness *out)
{
    struct control control = {.property = KSPROPERTY_AUDIO_VOLUMELEVEL, .node = place->node};
    NTSTATUS status = control_open(run->system, run->driver->pdo, place->filter, &control.file);

    if (!NT_SUCCESS(status))
        return status;
    status = control_get(run->system, &control, &out->level[0]);
    control.channel = 1;
    if (!NT_SUCCESS(control_get(run->system, &control, &out->level[1])))
        out->level[1] = out->level[0];
    kernel_close(run->system, control.file);
    return status;
}

static void listen(struct run *run, uint64_t ns, struct loudness *out)
{
    device_sync_all(run->system->machine);
    run->judge.heard = (struct heard){0};
    ps_sleep(run->system, ns);
    device_sync_all(run->system->machine);
    for (unsigned side = 0; side < 2 && run->judge.heard.frames; side++)
        out->power[side] = run->judge.heard.sum[side] / (double)run->judge.heard.frames;
}

static bool is_set_lower(const struct loudness *first, const struct loudness *now)
{
    return now->set <= first->set - LEAST_TOLD * UNITS_PER_DB;
}

static void compare(struct run *run, const struct loudness *first, const struct loudness *now)
{
    if (is_set_lower(first, now) && now->level[0] == first->level[0]) {
        run_finding(run, "TP-38", "the volume was set %d dB lower, and reads as before",
                    (first->set - now->set) / UNITS_PER_DB);
        return;
    }
    for (unsigned side = 0; side < 2; side++) {
        double wanted = ((double)now->level[side] - first->level[side]) / UNITS_PER_DB;
        double got = now->power[side] > 0 ? 10 * log10(now->power[side] / first->power[side]) : -200;

        if (fabs(got - wanted) <= MOST_OFF || (got < -60 && wanted < -60))
            continue;
        run_finding(run, "TP-37", "the volume of channel %u went by %.1f dB, the sound by %.1f dB", side,
                    wanted, got);
        return;
    }
}

STEP(heard)
{
    struct run *run = actor->run;
    struct loudness now = {.set = run->judge.set}, *first = &run->judge.first;
    struct graph_place place;
    NTSTATUS status;

    (void)count;
    if (!level_place(run, &place))
        return STATUS_NOT_SUPPORTED;
    run->handles++;
    status = read_levels(run, &place, &now);
    run->handles--;
    if (!NT_SUCCESS(status))
        return status;
    listen(run, (uint64_t)values[0], &now);
    if (run->conditions.faulted || machine_guesses_silence(run->system->machine) || !run->judge.heard.frames)
        return STATUS_SUCCESS;
    if (first->power[0] > 0 && first->power[1] > 0)
        compare(run, first, &now);
    else
        *first = now;
    return STATUS_SUCCESS;
}
