// SPDX-License-Identifier: MIT
//
// One direction of DMA (SB-45 to SB-58). `due` counts the frames that the sample clock has made
// room for (output) or brought (input) and that the 8237 has not yet moved. While its channel
// answers, that is 0 after every step. When it does not, the FIFO's 64 bytes are used up first, and
// only then the converter repeats its last sample (SB-48) or input is lost.
//
// Frames are handed on when they enter the FIFO, not when they leave it: order and number are the
// same.
#include <string.h>

#include "models/sb16.h"

enum { PIECE_BYTES = 1024, PIECE_FRAMES = 256 };

static unsigned frame_bytes(const struct sb16_transfer *transfer)
{
    return sb16_frame_bytes(&transfer->format);
}

static uint64_t slack(const struct sb16_transfer *transfer)
{
    return SB16_FIFO_BYTES / frame_bytes(transfer);
}

static bool answered(const struct sb16 *sb, enum sb16_width width)
{
    int channel = sb16_channel(sb, width);

    return channel >= 0 && ps_device_channel_ready(sb->device, (unsigned)channel);
}

// ---- output -------------------------------------------------------------------------------------

static void frames_moved(struct sb16_transfer *transfer, uint64_t frames)
{
    transfer->due -= frames;
    transfer->starving = false;
}

static void play_frames(struct sb16 *sb, struct sb16_transfer *transfer, const uint8_t *bytes,
                        size_t count)
{
    int16_t frames[2 * PIECE_FRAMES];

    while (count) {
        size_t n = count < PIECE_FRAMES ? count : PIECE_FRAMES;

        sb16_decode(&transfer->format, bytes, frames, n);
        memcpy(transfer->last, frames + 2 * (n - 1), sizeof(transfer->last));
        sb16_emit(sb, frames, n, true);
        frames_moved(transfer, n);
        bytes += n * frame_bytes(transfer);
        count -= n;
    }
}

// A frame may come in pieces: a block of an odd length, or a channel that ends inside it.
static void play(struct sb16 *sb, struct sb16_transfer *transfer, const uint8_t *bytes,
                 size_t count)
{
    unsigned frame = frame_bytes(transfer);

    while (transfer->partial_bytes && count) {
        transfer->partial[transfer->partial_bytes++] = *bytes++;
        count--;
        if (transfer->partial_bytes == frame) {
            transfer->partial_bytes = 0;
            play_frames(sb, transfer, transfer->partial, 1);
        }
    }
    play_frames(sb, transfer, bytes, count / frame);
    if (count % frame) {
        transfer->partial_bytes = (uint8_t)(count % frame);
        memcpy(transfer->partial, bytes + count - count % frame, count % frame);
    }
}

static void repeat_last(struct sb16 *sb, const struct sb16_transfer *transfer, uint64_t frames)
{
    int16_t repeated[2 * PIECE_FRAMES];

    for (unsigned i = 0; i < PIECE_FRAMES; i++)
        memcpy(repeated + 2 * i, transfer->last, sizeof(transfer->last));
    for (; frames; frames -= frames < PIECE_FRAMES ? frames : PIECE_FRAMES)
        sb16_emit(sb, repeated, frames < PIECE_FRAMES ? frames : PIECE_FRAMES, false);
}

// ---- input --------------------------------------------------------------------------------------

static void record_frames(struct sb16 *sb, struct sb16_transfer *transfer, uint8_t *bytes,
                          size_t count)
{
    int16_t frames[2 * PIECE_FRAMES];

    while (count) {
        size_t n = count < PIECE_FRAMES ? count : PIECE_FRAMES;

        sb16_absorb(sb, frames, n);
        sb16_encode(&transfer->format, frames, bytes, n);
        frames_moved(transfer, n);
        bytes += n * frame_bytes(transfer);
        count -= n;
    }
}

// The rest of the frame that the last piece cut.
static size_t record_rest(struct sb16_transfer *transfer, uint8_t *bytes, size_t count)
{
    unsigned frame = frame_bytes(transfer);
    size_t taken = 0;

    while (transfer->partial_bytes && taken < count) {
        bytes[taken++] = transfer->partial[transfer->partial_bytes++];
        if (transfer->partial_bytes == frame)
            transfer->partial_bytes = 0;
    }
    if (taken && !transfer->partial_bytes)
        frames_moved(transfer, 1);
    return taken;
}

static void record(struct sb16 *sb, struct sb16_transfer *transfer, uint8_t *bytes, size_t count)
{
    unsigned frame = frame_bytes(transfer);
    size_t taken = record_rest(transfer, bytes, count);

    bytes += taken;
    count -= taken;
    record_frames(sb, transfer, bytes, count / frame);
    if (count % frame) {
        record_frames(sb, transfer, transfer->partial, 1);
        transfer->due++; // not before its last byte
        transfer->partial_bytes = (uint8_t)(count % frame);
        memcpy(bytes + count - count % frame, transfer->partial, count % frame);
    }
}

static void discard(struct sb16 *sb, uint64_t frames)
{
    int16_t scratch[2 * PIECE_FRAMES];

    for (; frames; frames -= frames < PIECE_FRAMES ? frames : PIECE_FRAMES)
        sb16_absorb(sb, scratch, frames < PIECE_FRAMES ? frames : PIECE_FRAMES);
}

// ---- moving -------------------------------------------------------------------------------------

static void block_end(struct sb16 *sb, enum sb16_width width)
{
    struct sb16_transfer *transfer = &sb->transfers[width];

    sb->flags |= (uint8_t)(1u << width); // SB-45
    transfer->left = transfer->block;
    if (!transfer->automatic)
        sb16_stop(sb, transfer); // SB-46
}

static size_t wanted(const struct sb16_transfer *transfer)
{
    uint64_t bytes = transfer->due * frame_bytes(transfer) - transfer->partial_bytes;

    if (!transfer->due)
        return 0;
    if (bytes > transfer->left)
        bytes = transfer->left;
    return bytes < PIECE_BYTES ? bytes : PIECE_BYTES;
}

// What the controller counted without memory behind it reads as ones, and goes nowhere when
// written.
static void handle(struct sb16 *sb, struct sb16_transfer *transfer, uint8_t *memory, size_t bytes)
{
    uint8_t nothing[PIECE_BYTES];

    if (!memory)
        memset(nothing, 0xFF, bytes);
    if (transfer->format.capture)
        record(sb, transfer, memory ? memory : nothing, bytes);
    else
        play(sb, transfer, memory ? memory : nothing, bytes);
}

// One piece; false if nothing can be moved now.
static bool step(struct sb16 *sb, enum sb16_width width)
{
    struct sb16_transfer *transfer = &sb->transfers[width];
    size_t bytes = sb16_moving(transfer) ? wanted(transfer) : 0;
    int channel = sb16_channel(sb, width);
    uint8_t *memory;

    if (!bytes || channel < 0)
        return false;
    memory =
        ps_device_channel_map(sb->device, (unsigned)channel, &bytes,
                              transfer->format.capture ? PS_DMA_TO_MEMORY : PS_DMA_FROM_MEMORY);
    if (!bytes)
        return false;
    transfer->begun = true;
    transfer->left -= (uint32_t)bytes;
    handle(sb, transfer, memory, bytes);
    if (!transfer->left)
        block_end(sb, width);
    return true;
}

// What is due and cannot be moved.
static void starve(struct sb16 *sb, struct sb16_transfer *transfer)
{
    uint64_t frames = transfer->due - slack(transfer);

    if (!transfer->starving)
        ps_device_underrun(sb->device, 0);
    transfer->starving = true;
    transfer->due -= frames;
    if (transfer->format.capture)
        transfer->lost += frames;
    else
        repeat_last(sb, transfer, frames);
}

void sb16_advance(struct sb16 *sb, enum sb16_width width, uint64_t frames)
{
    struct sb16_transfer *transfer = &sb->transfers[width];

    if (!sb16_moving(transfer))
        return;
    transfer->due += sb->quirks ? sb16_quirk_due(sb, transfer, frames) : frames;
    while (step(sb, width))
        ;
    if (!transfer->begun && transfer->due > 1)
        transfer->due = 1; // SB-23: the clock waits for the first sample
    else if (transfer->begun && transfer->due > slack(transfer))
        starve(sb, transfer);
    if (!transfer->due) { // after what the FIFO had kept
        discard(sb, transfer->lost);
        transfer->lost = 0;
    }
}

uint64_t sb16_frames_to_look(const struct sb16 *sb, enum sb16_width width)
{
    const struct sb16_transfer *transfer = &sb->transfers[width];
    uint64_t look = sb16_frame_rate(sb) * (uint64_t)SB16_LOOK_NS / SB16_NANOSECONDS;
    uint64_t to_end;

    if (!sb16_moving(transfer))
        return 0;
    if (sb->quirks)
        return sb16_quirk_frames_to_look(sb, transfer);
    if (!answered(sb, width))
        return transfer->begun && !transfer->starving ? slack(transfer) + 1 - transfer->due : 0;
    to_end = (transfer->left + transfer->partial_bytes + frame_bytes(transfer) - 1) /
             frame_bytes(transfer);
    return to_end < look ? to_end : look;
}

// ---- starting and stopping ----------------------------------------------------------------------

void sb16_stop(struct sb16 *sb, struct sb16_transfer *transfer)
{
    if (transfer->running)
        sb16_pause(sb, transfer);
    transfer->running = transfer->paused = false;
    transfer->partial_bytes = 0;
}

void sb16_pause(struct sb16 *sb, struct sb16_transfer *transfer)
{
    if (transfer->format.capture && !transfer->paused)
        discard(sb, transfer->lost + transfer->due - (transfer->due && transfer->partial_bytes));
    transfer->paused = true;
    transfer->due = transfer->lost = 0;
}

void sb16_start(struct sb16 *sb, enum sb16_width width, struct sb16_format format, uint32_t bytes,
                bool automatic)
{
    struct sb16_transfer *transfer = &sb->transfers[width];

    for (unsigned i = 0; i < SB16_TRANSFERS; i++)
        if (i == width || sb->transfers[i].format.capture == format.capture ||
            sb16_channel(sb, i) == sb16_channel(sb, width))
            sb16_stop(sb, &sb->transfers[i]);
    if (!sb16_moving(&sb->transfers[!width]))
        sb->phase = 0; // the sample clock begins with the first transfer
    *transfer = (struct sb16_transfer){.format = format,
                                       .running = true,
                                       .automatic = automatic,
                                       .may_continue = automatic,
                                       .block = bytes,
                                       .left = bytes};
}
