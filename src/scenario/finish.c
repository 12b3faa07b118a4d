// SPDX-License-Identifier: MIT
//
// The end of every run, in a thread of its own: what a client's end closes, removal, DriverUnload.
#include "base/status.h"
#include "scenario/run.h"

static void drop_event(struct slot *slot)
{
    if (slot->event)
        ZwClose(slot->event);
    slot->event = NULL;
    slot->event_object = NULL;
}

static void end_slot(struct run *run, struct slot *slot)
{
    for (unsigned i = 0; i < slot->packet_count; i++)
        if (slot->packets[i]->submitted)
            ps_packet_cancel(slot->packets[i]);
    slot_close(run, slot);
    slot_drop_packets(slot);
    drop_event(slot);
}

// A file's last reference may go with a request a moment after its handle.
static NTSTATUS remove_device(struct run *run)
{
    NTSTATUS status = driver_remove(run->driver, false);

    for (unsigned tries = 0; status == STATUS_DEVICE_BUSY && tries < 100; tries++) {
        ps_sleep(run->system, 1000000);
        status = driver_remove(run->driver, false);
    }
    return status;
}

// A driver that says no to its removal keeps the machine from going on.
static void end_driver(struct run *run)
{
    NTSTATUS status = remove_device(run);

    if (NT_SUCCESS(status))
        status = driver_finish(run->driver);
    if (!NT_SUCCESS(status) && !run->conditions.faulted)
        run_finding(run, "SCENARIO", "the driver could not be removed and unloaded: %s",
                    status_name(status));
}

void finish(void *argument)
{
    struct actor *actor = argument;
    struct run *run = actor->run;

    for (unsigned i = 0; i < MOST_STREAMS; i++)
        end_slot(run, &run->slots[i]);
    end_driver(run);
    actor_end(actor);
}
