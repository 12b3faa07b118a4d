// SPDX-License-Identifier: MIT
//
// A stream of the script: its pin, properties of it, closing.
#include <string.h>

#include "scenario/run.h"

// The pin may be closed by another thread at any scheduling point; whoever holds a reference still has it.
PFILE_OBJECT slot_pin(struct actor *actor)
{
    PFILE_OBJECT pin = slot_of(actor)->stream.pin;

    if (pin)
        kernel_file_reference(actor->run->system, pin);
    return pin;
}

NTSTATUS slot_property(struct actor *actor, const GUID *set, ULONG id, ULONG flags, void *request,
                       ULONG request_bytes, void *value, ULONG value_bytes)
{
    KSPROPERTY *property = request;
    PFILE_OBJECT pin = slot_pin(actor);
    NTSTATUS status;

    if (!pin)
        return STATUS_INVALID_HANDLE;
    property->Set = *set;
    property->Id = id;
    property->Flags = flags;
    status = kernel_control_wait(actor->run->system, pin, IOCTL_KS_PROPERTY, request,
                                 request_bytes, value, value_bytes, NULL);
    ObDereferenceObject(pin);
    return status;
}

NTSTATUS slot_close(struct run *run, struct slot *slot)
{
    PFILE_OBJECT pin = slot->stream.pin, filter = slot->stream.filter;

    if (!pin)
        return STATUS_INVALID_HANDLE;
    slot->stream.pin = slot->stream.filter = NULL;
    judge_off(&slot->judged);
    kernel_close(run->system, pin);
    kernel_close(run->system, filter);
    run->handles--;
    return STATUS_SUCCESS;
}

bool slot_drop_packets(struct slot *slot)
{
    if (slot->users)
        return false;
    slot->users++;
    for (unsigned i = 0; i < slot->packet_count; i++) {
        if (slot->packets[i]->submitted)
            judge_off(&slot->judged);
        packet_take_back(slot->packets[i]);
        ps_packet_destroy(slot->packets[i]);
    }
    slot->packet_count = 0;
    slot->users--;
    return true;
}

size_t slot_bytes(const struct slot *slot, int64_t size)
{
    uint64_t frames;

    if (size >= 0)
        return (size_t)size;
    frames = slot->stream.format.rate * (uint64_t)-size / 1000000000;
    return (size_t)(frames ? frames : 1) * slot->stream.frame_bytes;
}
