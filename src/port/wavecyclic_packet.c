// SPDX-License-Identifier: MIT
//
// Packets: into the queue, copied piece by piece, and how they end (WC-54, WC-67, WC-82 to WC-85; ks-pin.md KP-44 to
// KP-48).
//
// Two may want to end a packet: the port (all copied, STOP) and the cancel path. Who takes the cancel routine owns
// it (ks_packet_claim). A cancel that finds the packet being copied leaves its end to whoever copies; one that finds
// it finished meets the port in ks_packet_second_to_end. Completions of a stream happen in the order in which
// packets left the queue: one processor at a time works `finished` off, others only add to it.
#include "port/wavecyclic.h"

#define TAG_PACKET 'KCsP'

// ---- a packet's bytes ----------------------------------------------------------------------------------------

static void load(struct wavecyclic_packet *item)
{
    const struct ks_packet *packet = item->packet;
    const KSSTREAM_HEADER *header = &packet->headers[item->header];
    PMDL mdl = packet->mdls[item->header];

    item->left = packet->pin->capture ? header->FrameExtent : header->DataUsed;
    if (item->left)
        item->data = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
}

// To the next header with data, from lap to lap if it is looped (WC-85); none may be left.
static void next_header(struct wavecyclic_packet *item)
{
    const struct ks_packet *packet = item->packet;

    while (!item->left && ++item->header < packet->count)
        load(item);
    if (!item->left && packet->looped) {
        item->header = 0;
        load(item);
    }
}

void wavecyclic_begin(struct wavecyclic_packet *item)
{
    load(item);
    if (!item->left)
        next_header(item);
}

// ---- out -----------------------------------------------------------------------------------------------------

static void finish(struct wavecyclic_stream *stream, struct wavecyclic_packet *item,
                   NTSTATUS status)
{
    list_remove(&item->link);
    item->queued = false;
    item->status = status;
    list_push_back(&stream->finished, &item->link);
}

struct wavecyclic_packet *wavecyclic_next_slow(struct wavecyclic_stream *stream)
{
    while (!list_empty(&stream->queue)) {
        struct wavecyclic_packet *item =
            LIST_OBJECT(stream->queue.next, struct wavecyclic_packet, link);

        if (item->left)
            return item;
        if (item->packet->looped)
            return NULL; // an empty buffer, for ever
        finish(stream, item, STATUS_SUCCESS);
    }
    return NULL;
}

void wavecyclic_copied(struct wavecyclic_stream *stream, struct wavecyclic_packet *item,
                       ULONG bytes)
{
    item->data += bytes;
    item->left -= bytes;
    item->copied += bytes;
    if (!item->left)
        next_header(item);
    if (item->cancelled)
        finish(stream, item, STATUS_CANCELLED);
    else if (!item->left)
        finish(stream, item, STATUS_SUCCESS);
}

static void complete(struct wavecyclic_packet *item, NTSTATUS status, ULONG64 transferred)
{
    struct ks_packet *packet = item->packet;

    port_free(item);
    ks_packet_complete(packet, status, transferred);
}

static void end_one(struct wavecyclic_packet *item)
{
    struct ks_packet *packet = item->packet;
    ULONG64 transferred = item->copied;
    NTSTATUS status = item->status;

    if (item->stopped && !packet->flush)
        status = ks_packet_stop_status(packet, &transferred);
    if (item->status != STATUS_CANCELLED && !packet->flush && !ks_packet_claim(packet)) {
        if (!ks_packet_second_to_end(packet))
            return;
        status = STATUS_CANCELLED;
    }
    complete(item, status, status == STATUS_CANCELLED ? 0 : transferred);
}

void wavecyclic_complete(struct wavecyclic_stream *stream)
{
    struct list *link;

    if (stream->completing)
        return;
    stream->completing = true;
    while ((link = list_pop_front(&stream->finished)))
        end_one(LIST_OBJECT(link, struct wavecyclic_packet, link));
    stream->completing = false;
}

// ---- in ------------------------------------------------------------------------------------------------------

void wavecyclic_submit(struct ks_pin *pin, struct ks_packet *packet)
{
    struct wavecyclic_stream *stream = pin->port;
    struct wavecyclic_packet *item = port_allocate(sizeof(*item), TAG_PACKET);

    packet->port = item;
    if (!item) {
        if (ks_packet_claim(packet))
            ks_packet_complete(packet, STATUS_INSUFFICIENT_RESOURCES, 0);
        return;
    }
    item->packet = packet;
    wavecyclic_begin(item);
    item->queued = true;
    if (packet->looped)
        stream->loop_bytes = packet->bytes;
    list_push_back(&stream->queue, &item->link);
    if (stream->state == KSSTATE_RUN) // WC-53
        wavecyclic_pass(stream);
}

void wavecyclic_cancel(struct ks_pin *pin, struct ks_packet *packet)
{
    struct wavecyclic_stream *stream = pin->port;
    struct wavecyclic_packet *item = packet->port;

    if (!item) { // it never reached the queue (no memory)
        ks_packet_complete(packet, STATUS_CANCELLED, 0);
    } else if (!item->queued) {
        if (ks_packet_second_to_end(packet))
            complete(item, STATUS_CANCELLED, 0);
    } else if (stream->current == item) {
        item->cancelled = true;
    } else {
        finish(stream, item, STATUS_CANCELLED);
        wavecyclic_complete(stream);
    }
}

// ---- STOP and PAUSE ------------------------------------------------------------------------------------------

void wavecyclic_stop(struct wavecyclic_stream *stream)
{
    wavecyclic_take(stream);
    while (!list_empty(&stream->queue)) {
        struct wavecyclic_packet *item =
            LIST_OBJECT(stream->queue.next, struct wavecyclic_packet, link);

        item->stopped = true;
        finish(stream, item, STATUS_SUCCESS);
    }
    wavecyclic_give(stream);
}

void wavecyclic_flush(struct wavecyclic_stream *stream)
{
    struct ks_packet *packet;

    wavecyclic_take(stream);
    while ((packet = ks_packet_claim_flushable(stream->pin))) {
        struct wavecyclic_packet *item = packet->port;

        if (item && item->queued)
            finish(stream, item, STATUS_SUCCESS);
    }
    wavecyclic_give(stream);
}
