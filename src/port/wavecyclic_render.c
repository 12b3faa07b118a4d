// SPDX-License-Identifier: MIT
//
// From packets to the cyclic buffer (WC-46 to WC-64): data up to 40 ms ahead of P, silence behind it when less than
// 30 ms are left, and a gap where data came too late. Everything goes through CopyTo and Silence (WC-25). With the
// token.
#include "port/policy.h"
#include "port/wavecyclic.h"

static ULONG least(uint64_t a, uint64_t b)
{
    return (ULONG)(a < b ? a : b);
}

// ---- silence (WC-58, WC-59) --------------------------------------------------------------------------------

enum { EDGE = 4 };

// What a Silence call must leave alone, as far as it is memory at all (WC-88).
struct edges {
    unsigned char *before, *after;
    unsigned char old[2][EDGE];
};

static bool can_see(const struct wavecyclic_stream *stream, const unsigned char *at)
{
    return memory_physical(stream->system->machine, at) != MACHINE_NOWHERE;
}

static void note_edges(const struct wavecyclic_stream *stream, ULONG place, ULONG bytes,
                       struct edges *edges)
{
    const struct wavecyclic_buffer *buffer = &stream->buffer;

    *edges = (struct edges){0};
    if (place >= EDGE && can_see(stream, buffer->base + place - EDGE))
        edges->before = buffer->base + place - EDGE;
    if (buffer->size - place - bytes >= EDGE && can_see(stream, buffer->base + place + bytes))
        edges->after = buffer->base + place + bytes;
    if (edges->before)
        RtlCopyMemory(edges->old[0], edges->before, EDGE);
    if (edges->after)
        RtlCopyMemory(edges->old[1], edges->after, EDGE);
}

static bool differ(const unsigned char *now, const unsigned char *old)
{
    return now && RtlCompareMemory(now, old, EDGE) != EDGE;
}

// The pattern is the miniport's to know (WC-59), but 8-bit samples have their silence in the middle.
static void check_silence(struct wavecyclic_stream *stream, ULONG place, const struct edges *edges)
{
    const unsigned char *first = stream->buffer.base + place;
    const void *routine = WAVECYCLIC_ROUTINE(stream->miniport, Silence);

    if (differ(edges->before, edges->old[0]) || differ(edges->after, edges->old[1]))
        wavecyclic_misuse(stream, "WC-88", routine,
                          "Silence wrote outside of the bytes that it was given");
    if (stream->pin->wave->wBitsPerSample == 8 && dma_channel_is_plain(stream->channel) &&
        can_see(stream, first) && !*first)
        wavecyclic_misuse(stream, "WC-88", routine, "Silence left 0x00 in 8-bit samples");
}

static void silence_piece(struct wavecyclic_stream *stream, ULONG place, ULONG bytes)
{
    struct edges edges;

    note_edges(stream, place, bytes, &edges);
    WAVECYCLIC_TELL(stream, stream->miniport, Silence, stream->buffer.base + place, bytes);
    check_silence(stream, place, &edges);
}

static void silence(struct wavecyclic_stream *stream, uint64_t from, uint64_t to)
{
    while (from < to) {
        ULONG place = wavecyclic_place(stream, from);
        ULONG piece = least(to - from, stream->buffer.size - place);

        silence_piece(stream, place, piece);
        from += piece;
    }
}

void wavecyclic_silence_all(struct wavecyclic_stream *stream)
{
    silence_piece(stream, 0, stream->buffer.size);
}

// What was silenced before is silent still.
static void keep_silent(struct wavecyclic_stream *stream)
{
    const struct wavecyclic_buffer *buffer = &stream->buffer;
    uint64_t from = stream->silent, to = stream->moved + buffer->target;

    if (stream->valid >= stream->moved + buffer->low)
        return;
    if (from < stream->moved)
        from = stream->moved - stream->moved % buffer->frame;
    if (from < stream->valid)
        from = stream->valid;
    silence(stream, from, to);
    if (stream->silent < to)
        stream->silent = to;
}

// ---- gaps (WC-60 to WC-62) -----------------------------------------------------------------------------------

static void add_gap(struct wavecyclic_stream *stream, uint64_t begin, uint64_t end)
{
    struct wavecyclic_gap *last =
        stream->gap_count ? &stream->gap[stream->gap_count - 1] : NULL;

    if (last && last->end == begin)
        last->end = end;
    else
        stream->gap[stream->gap_count++] = (struct wavecyclic_gap){begin, end};
}

static void count_underrun(struct wavecyclic_stream *stream)
{
    stream->underruns++;
    stream->class->gaps++;
}

static void tell_gap(const struct wavecyclic_stream *stream, uint64_t bytes)
{
    const struct port_listener *listener = stream->class->listener;

    if (listener)
        listener->gap(listener->context, stream->number, stream->copied, bytes);
}

// The stream has run dry; whether that is the end, only ENDOFSTREAM can tell (WC-64).
static void look_for_end(struct wavecyclic_stream *stream)
{
    if (stream->starved || stream->moved <= stream->valid)
        return;
    stream->starved = true;
    if (!stream->ended)
        count_underrun(stream);
}

// Where data that comes now can begin: a guard ahead of P, on a frame of the client's.
static uint64_t next_place(const struct wavecyclic_stream *stream)
{
    const struct wavecyclic_buffer *buffer = &stream->buffer;
    uint64_t at = stream->moved + buffer->guard, phase = stream->copied % buffer->frame;

    return at + (phase + buffer->frame - at % buffer->frame) % buffer->frame;
}

// False: too many gaps; the next pass goes on.
static bool step_over(struct wavecyclic_stream *stream)
{
    uint64_t begin = stream->valid, end;

    if (stream->fresh || begin >= stream->moved + stream->buffer.guard)
        return true;
    if (stream->gap_count == WAVECYCLIC_GAPS)
        return false;
    end = next_place(stream);
    if (!stream->starved)
        count_underrun(stream);
    stream->starved = false;
    add_gap(stream, begin, end);
    stream->valid = end;
    if (stream->silent < end)
        stream->silent = end;
    tell_gap(stream, end - begin);
    return true;
}

void wavecyclic_lose(struct wavecyclic_stream *stream)
{
    uint64_t begin = stream->moved;

    while (stream->gap_count && stream->gap[stream->gap_count - 1].begin >= begin)
        stream->gap_count--;
    if (stream->gap_count && stream->gap[stream->gap_count - 1].end > begin)
        stream->gap[stream->gap_count - 1].end = begin;
    if (stream->valid <= begin)
        return;
    count_underrun(stream);
    add_gap(stream, begin, stream->valid);
    silence(stream, begin, stream->valid);
    stream->silent = stream->valid;
}

// ---- data (WC-52 to WC-55) -----------------------------------------------------------------------------------

// Whole frames but where the packet or the buffer ends (WC-26); 0: the lead is there.
static ULONG piece_of(const struct wavecyclic_stream *stream,
                      const struct wavecyclic_packet *item, ULONG place)
{
    ULONG piece = least(item->left, stream->buffer.size - place);
    uint64_t end = stream->moved + stream->buffer.target, room;

    if (stream->valid + piece <= end)
        return piece;
    if (stream->valid >= end)
        return 0;
    room = end - stream->valid;
    piece = (ULONG)(room - least(room, (stream->copied + room) % stream->buffer.frame));
    return piece;
}

static void tell_copied(const struct wavecyclic_stream *stream)
{
    const struct port_listener *listener = stream->class->listener;

    if (listener)
        listener->copied(listener->context, stream->number, stream->copied);
}

static bool copy_piece(struct wavecyclic_stream *stream, struct wavecyclic_packet *item)
{
    ULONG place = wavecyclic_place(stream, stream->valid), piece = piece_of(stream, item, place);

    if (!piece)
        return false;
    stream->current = item;
    WAVECYCLIC_TELL(stream, stream->channel, CopyTo,
                    stream->buffer.base + place, item->data, piece);
    stream->current = NULL;
    stream->valid += piece;
    stream->copied += piece;
    stream->ended = item->packet->end_of_stream;
    if (stream->silent < stream->valid)
        stream->silent = stream->valid;
    tell_copied(stream);
    wavecyclic_copied(stream, item, piece);
    return true;
}

static void copy(struct wavecyclic_stream *stream, KSSTATE while_in)
{
    struct wavecyclic_packet *item;

    while (stream->state == while_in && (item = wavecyclic_next(stream)))
        if (!step_over(stream) || !copy_piece(stream, item))
            break;
}

void wavecyclic_prime(struct wavecyclic_stream *stream)
{
    KIRQL before;

    KeRaiseIrql(DISPATCH_LEVEL, &before); // as in a pass
    copy(stream, KSSTATE_PAUSE);
    KeLowerIrql(before);
}

void wavecyclic_render(struct wavecyclic_stream *stream)
{
    look_for_end(stream);
    copy(stream, KSSTATE_RUN);
    if (stream->state == KSSTATE_RUN)
        keep_silent(stream);
}
