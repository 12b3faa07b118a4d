// SPDX-License-Identifier: MIT
//
// Packets into the queue, revocation, and how packets end (WP-40, 41, 51..64; ks-pin.md KP-44..48).
//
// Two may want to end a packet: the queue (all released, STOP) and the cancel path. Who takes the cancel
// routine owns it (ks_packet_claim). If the queue hands back a packet that the cancel path owns, both
// meet in `endings`: the second of them completes it. Completions of a stream happen in the order
// in which packets left the queue: one processor at a time works `done` off, others only add to it.
#include "port/wavepci.h"

#define TAG_PAGES 'gPsP'

// ---- in ------------------------------------------------------------------------------------------------

static void describe_buffer(const struct ks_packet *packet, ULONG index, struct mq_buffer *buffer)
{
    PMDL mdl = packet->mdls[index];

    *buffer = (struct mq_buffer){0};
    if (!mdl)
        return;
    buffer->virtual_address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    buffer->pages = (const uint64_t *)MmGetMdlPfnArray(mdl);
    buffer->offset = MmGetMdlByteOffset(mdl);
    buffer->bytes = MmGetMdlByteCount(mdl);
    buffer->page_count =
        ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(mdl), buffer->bytes);
}

static struct mq_packet *make_packet(struct wavepci_stream *stream, struct ks_packet *packet)
{
    struct mq_buffer one, *buffers = &one;
    struct mq_request request = {
        .buffer_count = packet->count, .looped = packet->looped, .owner = packet};
    struct mq_packet *made = NULL;

    if (packet->count > 1)
        buffers = port_allocate(packet->count * sizeof(*buffers), TAG_PAGES);
    if (!buffers)
        return NULL;
    for (ULONG i = 0; i < packet->count; i++)
        describe_buffer(packet, i, &buffers[i]);
    request.buffers = buffers;
    if (mq_packet_create(stream->queue, &request, &made) != MQ_OK)
        made = NULL;
    if (buffers != &one)
        port_free(buffers);
    return made;
}

// No memory: the packet never reaches the queue.
static void fail(struct ks_packet *packet)
{
    if (ks_packet_claim(packet))
        ks_packet_complete(packet, STATUS_INSUFFICIENT_RESOURCES, 0);
}

void wavepci_submit(struct ks_pin *pin, struct ks_packet *packet)
{
    struct wavepci_stream *stream = pin->port;
    struct mq_packet *made = make_packet(stream, packet);
    struct mq_todo todo;

    packet->port = made;
    if (!made) {
        fail(packet);
        return;
    }
    if (packet->looped)
        stream->loop_bytes = packet->bytes;
    if (mq_add(stream->queue, made, &todo) != MQ_OK) {
        packet->port = NULL;
        mq_packet_free(stream->queue, made);
        fail(packet);
        return;
    }
    wavepci_finish(stream, &todo);
}

// ---- out -----------------------------------------------------------------------------------------------

// How the packet is completed that the queue handed back.
static NTSTATUS end_status(const struct ks_packet *packet, const struct mq_packet *made,
                           ULONG64 *transferred)
{
    *transferred = made->returned_bytes;
    if (made->end == MQ_END_STOPPED && !packet->flush)
        return ks_packet_stop_status(packet, transferred);
    if (made->end == MQ_END_CANCELLED) {
        *transferred = 0;
        return STATUS_CANCELLED;
    }
    return STATUS_SUCCESS;
}

static void complete(struct wavepci_stream *stream, struct mq_packet *made, NTSTATUS status,
                     ULONG64 transferred)
{
    struct ks_packet *packet = made->owner;

    wavepci_checks_ended(stream, made);
    mq_packet_free(stream->queue, made);
    ks_packet_complete(packet, status, transferred);
}

static void end_one(struct wavepci_stream *stream, struct mq_packet *made)
{
    struct ks_packet *packet = made->owner;
    ULONG64 transferred;
    NTSTATUS status = end_status(packet, made, &transferred);

    if (made->end != MQ_END_CANCELLED && !packet->flush && !ks_packet_claim(packet)) {
        if (!ks_packet_second_to_end(packet))
            return;
        status = STATUS_CANCELLED;
        transferred = 0;
    }
    complete(stream, made, status, transferred);
}

static void append(struct mq_todo *list, const struct mq_todo *more)
{
    if (!more->first)
        return;
    if (list->first)
        list->last->next = more->first;
    else
        list->first = more->first;
    list->last = more->last;
}

static void complete_in_order(struct wavepci_stream *stream)
{
    struct mq_packet *made;

    if (stream->completing)
        return;
    stream->completing = true;
    while ((made = mq_todo_pop(&stream->done)))
        end_one(stream, made);
    stream->completing = false;
}

void wavepci_finish(struct wavepci_stream *stream, struct mq_todo *todo)
{
    unknown_addref(&stream->unknown); // a completion may lead to the stream's closing
    append(&stream->done, todo);
    complete_in_order(stream);
    if (todo->wake)
        wavepci_wake(stream);
    unknown_release(&stream->unknown);
}

// ---- revocation ------------------------------------------------------------------------------------------

// One RevokeMappings at DISPATCH_LEVEL (WP-53) with no lock held (WP-48).
static enum mq_step ask_miniport(struct wavepci_stream *stream, struct mq_revocation *revocation)
{
    PMINIPORTWAVEPCISTREAM miniport = stream->miniport;
    struct miniport_call call;
    ULONG count = 0; // WP-54
    NTSTATUS status;
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    wavepci_call_enter(&call, stream, "RevokeMappings",
                       (const void *)(uintptr_t)miniport->lpVtbl->RevokeMappings);
    status = miniport->lpVtbl->RevokeMappings(miniport, revocation->first_tag,
                                              revocation->last_tag, &count);
    wavepci_call_leave(&call, status);
    KeLowerIrql(irql);
    HOOK(stream->system, HOOK_REVOKED, stream, revocation->count, count);
    return mq_revoke_end(stream->queue, revocation, NT_SUCCESS(status), count);
}

// False if `packet` has ended, or is being ended, by somebody else.
static bool revoke(struct wavepci_stream *stream, struct mq_packet *packet, enum mq_end end)
{
    struct mq_revocation revocation;
    enum mq_step step = mq_revoke_begin(stream->queue, packet, end, &revocation);

    if (step == MQ_STEP_GONE)
        return false;
    while (step == MQ_STEP_CALL)
        step = ask_miniport(stream, &revocation);
    if (revocation.listed)
        wavepci_checks_revoked(stream, &revocation);
    wavepci_finish(stream, &revocation.todo);
    return true;
}

void wavepci_cancel(struct ks_pin *pin, struct ks_packet *packet)
{
    struct wavepci_stream *stream = pin->port;
    struct mq_packet *made = packet->port;

    if (!made) { // it never reached the queue (no memory)
        ks_packet_complete(packet, STATUS_CANCELLED, 0);
        return;
    }
    if (!revoke(stream, made, MQ_END_CANCELLED) && ks_packet_second_to_end(packet))
        complete(stream, made, STATUS_CANCELLED, 0);
}

void wavepci_stop(struct wavepci_stream *stream)
{
    revoke(stream, NULL, MQ_END_STOPPED);
}

void wavepci_flush(struct wavepci_stream *stream)
{
    struct ks_packet *packet;

    while ((packet = ks_packet_claim_flushable(stream->pin)))
        revoke(stream, packet->port, MQ_END_STOPPED);
}
