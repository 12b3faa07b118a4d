// SPDX-License-Identifier: MIT
//
// Steps with packets: made, submitted, waited for, cancelled.
#include "base/status.h"
#include "scenario/steps.h"

// ns until a packet that does not come back is a failure.
#define WAIT_LIMIT 5000000000
#define WAIT_LIMIT_FAULTED 200000000

STEP(packets)
{
    struct slot *slot = slot_of(actor);
    size_t bytes = slot_bytes(slot, values[1]);
    int error = 0;

    (void)count;
    if (!slot->stream.pin)
        return STATUS_INVALID_HANDLE;
    if (!slot_drop_packets(slot))
        return STATUS_DEVICE_BUSY;
    slot->users++;
    while (!error && slot->packet_count < (unsigned)values[0]) {
        error = ps_packet_create(&slot->stream, bytes, &slot->packets[slot->packet_count]);
        slot->packet_count += !error;
    }
    slot->users--;
    return status_from_errno(error);
}

// ---- submitting --------------------------------------------------------------------------------------

static NTSTATUS submit(struct actor *actor, struct ps_packet *packet, size_t bytes)
{
    struct slot *slot = slot_of(actor);
    PFILE_OBJECT pin = slot_pin(actor);
    struct judged before = slot->judged;
    int error;

    if (!pin)
        return STATUS_INVALID_HANDLE;
    if (packet->submitted || bytes > packet->bytes) {
        ObDereferenceObject(pin);
        return STATUS_INVALID_PARAMETER;
    }
    if (slot->stream.direction == PS_PLAY && slot->stream.client == PS_CLIENT_LOOPED)
        judge_loop(&slot->judged, packet->data, bytes);
    else if (slot->stream.direction == PS_PLAY)
        judge_fill(&slot->judged, packet->data, bytes);
    error = ps_packet_submit(packet, bytes);
    if (error && slot->judged.resets == before.resets) { // never seen by the device
        slot->judged.given = before.given;
        slot->judged.given_bytes = before.given_bytes;
        slot->judged.loop = before.loop;
    }
    ObDereferenceObject(pin);
    return status_from_errno(error);
}

STEP(submit)
{
    struct slot *slot = slot_of(actor);
    NTSTATUS status = slot->packet_count ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;

    if (count && values[0] > slot->packet_count)
        return STATUS_INVALID_PARAMETER;
    if (count)
        return submit(actor, slot->packets[values[0] - 1],
                      count > 1 ? slot_bytes(slot, values[1])
                                : slot->packets[values[0] - 1]->bytes);
    for (unsigned i = 0; i < slot->packet_count && NT_SUCCESS(status); i++)
        if (!slot->packets[i]->submitted)
            status = submit(actor, slot->packets[i], slot->packets[i]->bytes);
    return status;
}

// ---- coming back -------------------------------------------------------------------------------------

static NTSTATUS wait(struct actor *actor, struct ps_packet *packet)
{
    struct slot *slot = slot_of(actor);
    bool faulted = actor->run->conditions.faulted;
    LARGE_INTEGER limit = {.QuadPart = -(faulted ? WAIT_LIMIT_FAULTED : WAIT_LIMIT) / 100};
    ptrdiff_t bytes;

    if (!packet->submitted)
        return STATUS_SUCCESS;
    if (KeWaitForSingleObject(&packet->request.event, UserRequest, KernelMode, FALSE, &limit) ==
        STATUS_TIMEOUT) {
        judge_off(&slot->judged);
        return STATUS_IO_TIMEOUT;
    }
    bytes = packet->submitted ? ps_packet_wait(packet) : 0; // unless another thread had it first
    if (bytes < 0)
        judge_off(&slot->judged);
    else if (slot->stream.direction == PS_RECORD)
        judge_recorded(actor->run, &slot->judged, packet->data, (size_t)bytes);
    return bytes < 0 ? status_from_errno((int)bytes) : STATUS_SUCCESS;
}

STEP(wait)
{
    struct slot *slot = slot_of(actor);
    NTSTATUS status = STATUS_SUCCESS, one;

    if (count && values[0] > slot->packet_count)
        return STATUS_INVALID_PARAMETER;
    if (count)
        return wait(actor, slot->packets[values[0] - 1]);
    for (unsigned i = 0; i < slot->packet_count; i++) {
        one = wait(actor, slot->packets[i]);
        if (NT_SUCCESS(status))
            status = one;
    }
    return status;
}

STEP(cancel)
{
    struct slot *slot = slot_of(actor);
    unsigned first = count ? (unsigned)values[0] - 1 : 0;
    unsigned end = count ? first + 1 : slot->packet_count;

    if (end > slot->packet_count)
        return STATUS_INVALID_PARAMETER;
    judge_off(&slot->judged);
    for (unsigned i = first; i < end; i++)
        if (slot->packets[i]->submitted)
            ps_packet_cancel(slot->packets[i]);
    return STATUS_SUCCESS;
}

// ---- the queued client -------------------------------------------------------------------------------

// Keeps all packets in flight until so much sound has gone out and come back.
STEP(feed)
{
    struct slot *slot = slot_of(actor);
    uint64_t wanted = slot_bytes(slot, -values[0]), sent = 0;
    NTSTATUS status = slot->packet_count ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;

    (void)count;
    for (unsigned i = 0; NT_SUCCESS(status) && sent < wanted; i = (i + 1) % slot->packet_count) {
        struct ps_packet *packet = slot->packets[i];

        status = wait(actor, packet);
        if (NT_SUCCESS(status))
            status = submit(actor, packet, packet->bytes);
        sent += packet->bytes;
    }
    return NT_SUCCESS(status) ? step_wait(actor, NULL, 0) : status;
}
