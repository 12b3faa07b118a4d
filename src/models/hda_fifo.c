// SPDX-License-Identifier: MIT
//
// A stream on the link: frame by frame it sends (or receives) the sample blocks that the cadence
// says, counts them in LPIB, and keeps its FIFO full (or empty). Frames are taken as many at a time
// as the FIFO has for, which comes to the same as one by one: memory is read at most one FIFO's
// time later than a busy controller would read it, and never after the link needs it.
#include <string.h>

#include "models/hda.h"
#include "models/hda_format.h"

enum {
    POSITION_FRAMES = 6, // how often the position buffer is written: HD-65
};

uint32_t hda_wrapped(const struct hda_stream *stream, uint32_t bytes)
{
    return stream->cbl ? bytes % stream->cbl : bytes; // HD-41: never CBL itself
}

void hda_fifo_drop(struct hda_stream *stream, unsigned bytes)
{
    stream->level -= (uint16_t)bytes;
    memmove(stream->fifo, stream->fifo + bytes, stream->level);
}

static unsigned most_per_frame(const struct hda_stream *stream)
{
    return hda_format_frame_blocks(stream->format) * hda_format_block(stream->format);
}

// Input is evicted in bursts of so many bytes.
static unsigned burst(const struct hda *hda, const struct hda_stream *stream)
{
    return hda->options.no_fifo ? 1 : 2u << stream->watermark; // FIFOW
}

unsigned hda_fifo_depth(const struct hda *hda, const struct hda_stream *stream)
{
    unsigned depth = stream->fifo_size + 1u, least = most_per_frame(stream);

    if (hda->options.no_fifo)
        depth = 0;
    if (!hda_is_output(stream))
        least += burst(hda, stream);
    else if (hda->options.no_fifo)
        least = 0;
    return depth > least ? depth : least;
}

// ---- cadence ------------------------------------------------------------------------------------

// Sample blocks in the next `frames` frames.
static uint64_t blocks_in(const struct hda_stream *stream, uint64_t frames)
{
    return hda_format_blocks(stream->format, stream->link_frames + frames) -
           hda_format_blocks(stream->format, stream->link_frames);
}

// Frames until `blocks` more blocks have passed.
static uint64_t frames_for(const struct hda_stream *stream, uint64_t blocks)
{
    uint64_t before = hda_format_blocks(stream->format, stream->link_frames);
    return hda_format_frames(stream->format, before + blocks) - stream->link_frames;
}

// How many of `frames` fit into `bytes`; at least one.
static uint64_t frames_within(const struct hda_stream *stream, uint64_t frames, unsigned bytes)
{
    uint64_t most = frames_for(stream, bytes / hda_format_block(stream->format) + 1) - 1;

    if (most > frames)
        return frames;
    return most ? most : 1;
}

// ---- output -------------------------------------------------------------------------------------

static void send(struct hda *hda, struct hda_stream *stream, unsigned blocks)
{
    unsigned bytes = blocks * hda_format_block(stream->format);

    hda_mixer_play(hda, stream, stream->fifo, blocks);
    stream->lpib = hda_wrapped(stream, stream->lpib + bytes);
    hda_fifo_drop(stream, bytes);
    stream->starving = false;
}

// HD-39: the FIFO ran dry.
static void starve(struct hda *hda, struct hda_stream *stream, unsigned blocks)
{
    stream->raised |= HDA_FIFOE;
    hda_mixer_starve(hda, stream, blocks, !stream->starving);
    stream->starving = true;
}

static void send_frames(struct hda *hda, struct hda_stream *stream, uint64_t frames)
{
    unsigned blocks = (unsigned)blocks_in(stream, frames);
    unsigned bytes = blocks * hda_format_block(stream->format);

    hda_engine_fill(hda, stream, bytes); // nothing to do but without a FIFO
    if (!stream->running)
        return;
    if (blocks && stream->level >= bytes)
        send(hda, stream, blocks);
    else if (blocks)
        starve(hda, stream, blocks);
    stream->link_frames += frames;
    hda_engine_fill(hda, stream, hda_fifo_depth(hda, stream));
}

// ---- input --------------------------------------------------------------------------------------

static void receive_frames(struct hda *hda, struct hda_stream *stream, uint64_t frames)
{
    unsigned blocks = (unsigned)blocks_in(stream, frames);
    unsigned bytes = blocks * hda_format_block(stream->format);
    unsigned unit = burst(hda, stream);
    bool room = stream->level + bytes <= hda_fifo_depth(hda, stream);

    stream->link_frames += frames;
    if (blocks)
        hda_mixer_record(hda, stream, room ? stream->fifo + stream->level : NULL, blocks);
    if (!room) { // HD-39: lost, and nothing counts it
        if (!stream->starving)
            ps_device_underrun(hda->device, 0);
        stream->starving = true;
        stream->raised |= HDA_FIFOE;
        return;
    }
    stream->starving = false;
    stream->level += (uint16_t)bytes;
    stream->lpib = hda_wrapped(stream, stream->lpib + bytes);
    hda_engine_evict(hda, stream, stream->level % unit);
}

// ---- time ---------------------------------------------------------------------------------------

// Frames until the engine has moved the last byte of the entry that it holds.
static uint64_t frames_to_entry_end(const struct hda *hda, const struct hda_stream *stream)
{
    uint64_t left = stream->held ? stream->entry.length - stream->done : 1, have, needed;
    unsigned unit = burst(hda, stream), block = hda_format_block(stream->format);

    have = hda_is_output(stream) ? hda_fifo_depth(hda, stream) : stream->level;
    needed = hda_is_output(stream) ? stream->level + left : (left + unit - 1) / unit * unit;
    return frames_for(stream, needed > have ? (needed - have + block - 1) / block : 1);
}

// How many of `frames` can pass in one piece.
static uint64_t piece(const struct hda *hda, const struct hda_stream *stream, uint64_t frames)
{
    unsigned depth = hda_fifo_depth(hda, stream), room = stream->level;

    if (!hda_is_output(stream))
        room = depth > stream->level ? depth - stream->level : 0;
    frames = hda_earlier(frames, frames_to_entry_end(hda, stream));
    return frames_within(stream, frames, room);
}

// Blocks pass: not before the codec sends any.
static bool moves(const struct hda *hda, const struct hda_stream *stream)
{
    return stream->on_link && (hda_is_output(stream) || hda_mixer_talks(hda, stream));
}

void hda_stream_advance(struct hda *hda, struct hda_stream *stream, uint64_t frames)
{
    bool output = hda_is_output(stream);

    if (!moves(hda, stream))
        return;
    if (hda->options.quirks)
        hda_quirk_advance(hda, stream, frames);
    while (!hda->options.quirks && frames && stream->running) {
        uint64_t n = piece(hda, stream, frames);
        if (output)
            send_frames(hda, stream, n);
        else
            receive_frames(hda, stream, n);
        frames -= n;
    }
    hda_engine_show(hda, stream);
}

uint64_t hda_stream_event(const struct hda *hda, const struct hda_stream *stream)
{
    if (!moves(hda, stream) || stream->starving || !hda->bus_master)
        return hda_stream_deadline(hda, stream);
    if (hda->options.quirks)
        return hda_quirk_deadline(hda, stream);
    return hda->frame + frames_to_entry_end(hda, stream);
}

uint64_t hda_stream_deadline(const struct hda *hda, const struct hda_stream *stream)
{
    if (!moves(hda, stream) || (stream->starving && !hda->bus_master))
        return HDA_NEVER;
    if (hda->options.quirks)
        return hda_quirk_deadline(hda, stream);
    return hda->frame + piece(hda, stream, hda->position_on ? POSITION_FRAMES : UINT64_MAX);
}
