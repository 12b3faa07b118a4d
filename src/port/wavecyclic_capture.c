// SPDX-License-Identifier: MIT
//
// From the cyclic buffer to packets (WC-65 to WC-69), through CopyFrom only. With the token.
#include "port/policy.h"
#include "port/wavecyclic.h"

// Up to where the device has surely written, in whole frames (WC-65).
static uint64_t limit(const struct wavecyclic_stream *stream)
{
    uint64_t guard = (uint64_t)stream->class->capture_guard * stream->buffer.frame;

    if (stream->moved < guard)
        return 0;
    return (stream->moved - guard) / stream->buffer.frame * stream->buffer.frame;
}

// What the device is about to overwrite is lost (WC-68): half of what the buffer can keep stays.
static void drop_oldest(struct wavecyclic_stream *stream)
{
    const struct wavecyclic_buffer *buffer = &stream->buffer;
    uint64_t most = buffer->size > buffer->interval ? buffer->size - buffer->interval : buffer->fill;
    uint64_t first, dropped;

    if (stream->moved - stream->done < most)
        return;
    first = (stream->moved - most / 2) / buffer->frame * buffer->frame;
    if (first <= stream->done)
        return;
    dropped = first - stream->done;
    if (!stream->discontinuity)
        stream->class->gaps++;
    stream->discontinuity = true;
    stream->done = first;
    stream->gaps += dropped;
    if (stream->class->listener)
        stream->class->listener->gap(stream->class->listener->context, stream->number,
                                     stream->copied, dropped);
}

static ULONG piece_of(const struct wavecyclic_stream *stream,
                      const struct wavecyclic_packet *item, ULONG place)
{
    uint64_t end = limit(stream), room = end > stream->done ? end - stream->done : 0;
    ULONG piece = item->left;

    if (piece > stream->buffer.size - place)
        piece = stream->buffer.size - place;
    return piece < room ? piece : (ULONG)room;
}

static bool copy_piece(struct wavecyclic_stream *stream, struct wavecyclic_packet *item)
{
    ULONG place = wavecyclic_place(stream, stream->done), piece = piece_of(stream, item, place);

    if (!piece)
        return false;
    item->packet->discontinuity |= stream->discontinuity;
    stream->discontinuity = false;
    stream->current = item;
    WAVECYCLIC_TELL(stream, stream->channel, CopyFrom, item->data,
                    stream->buffer.base + place, piece);
    stream->current = NULL;
    stream->done += piece;
    stream->copied += piece;
    wavecyclic_copied(stream, item, piece);
    return true;
}

void wavecyclic_capture(struct wavecyclic_stream *stream)
{
    struct wavecyclic_packet *item;

    drop_oldest(stream);
    while (stream->state == KSSTATE_RUN && (item = wavecyclic_next(stream)))
        if (!copy_piece(stream, item))
            break;
}
