// SPDX-License-Identifier: MIT
//
// QEMU's streams, as observed from outside (tests/machine/machine_codec_test.c): sound moves every ten milliseconds, as much as
// fills whole pieces of 256 bytes, 1,024 sample blocks at the first time of all. LPIB is where memory is at, wraps at the end
// of the list, and stands where it meets CBL before. Each start begins at the first entry. There is no DESE and no FIFOE.
#include "models/hda.h"
#include "models/hda_format.h"

enum {
    TICK_FRAMES = 480, // of the link
    FIRST_BLOCKS = 1024,
    PIECE = HDA_FIFO_BYTES,
};

void hda_quirk_start(struct hda_stream *stream)
{
    stream->index = 0;
    stream->held = false;
    stream->position = stream->lpib = 0;
    stream->level = 0;
    stream->ticked = 0;
}

uint32_t hda_quirk_room(const struct hda_stream *stream)
{
    return stream->position < stream->cbl ? stream->cbl - stream->position : 0;
}

// Bytes that have been due since the start.
static uint64_t due(const struct hda_stream *stream)
{
    uint64_t blocks = hda_format_blocks(stream->format, stream->link_frames);
    uint64_t tick = hda_format_blocks(stream->format, TICK_FRAMES);

    if (stream->ahead && tick < FIRST_BLOCKS)
        blocks += FIRST_BLOCKS - tick;
    return blocks * hda_format_block(stream->format);
}

// False: there is nothing to be had, or no place for it.
static bool move_piece(struct hda *hda, struct hda_stream *stream)
{
    unsigned blocks = PIECE / hda_format_block(stream->format);

    if (!hda_is_output(stream)) {
        if (!stream->level)
            hda_mixer_record(hda, stream, stream->fifo, blocks);
        stream->level = stream->level ? stream->level : PIECE;
        hda_engine_evict(hda, stream, 0);
        return !stream->level;
    }
    hda_engine_fill(hda, stream, PIECE);
    if (stream->level < PIECE)
        return false;
    hda_mixer_play(hda, stream, stream->fifo, blocks);
    hda_fifo_drop(stream, PIECE);
    return true;
}

static void tick(struct hda *hda, struct hda_stream *stream)
{
    uint64_t pieces;

    if (!stream->ticked) {
        stream->ahead = hda_is_output(stream) && !hda->voice_filled;
        hda->voice_filled |= hda_is_output(stream);
    }
    for (pieces = due(stream) / PIECE - stream->ticked; pieces; pieces--) {
        stream->ticked++;
        if (!move_piece(hda, stream))
            break;
    }
    stream->ticked += pieces ? pieces - 1 : 0; // what stood still is not made up for
    stream->lpib = stream->position;
}

static uint64_t frames_to_tick(const struct hda_stream *stream)
{
    return TICK_FRAMES - stream->link_frames % TICK_FRAMES;
}

void hda_quirk_advance(struct hda *hda, struct hda_stream *stream, uint64_t frames)
{
    while (frames && stream->running) {
        uint64_t n = hda_earlier(frames, frames_to_tick(stream));

        stream->link_frames += n;
        if (stream->link_frames % TICK_FRAMES == 0)
            tick(hda, stream);
        frames -= n;
    }
}

uint64_t hda_quirk_deadline(const struct hda *hda, const struct hda_stream *stream)
{
    return hda->frame + frames_to_tick(stream);
}
