// SPDX-License-Identifier: MIT
//
// Samples between memory and the link. `due` counts the frames that the link has made room for
// (output) or brought (input) and that memory has not yet given or taken. While memory keeps up it
// is 0 after every step, that is, the FIFO stands at its level; an output engine that gets no more
// data drains its 16 frames first, and only then the link hears something else: starvation (AC-108,
// AC-121).
//
// Frames are handed on when they enter the FIFO, not when they leave it 16 frames later: their
// order and number are the same, and a copy is saved.
#include <string.h>

#include "models/ac97.h"

enum { SCRATCH_FRAMES = 256 };

uint64_t ac97_fifo_frames_left(const struct ac97_engine *engine)
{
    unsigned samples = engine->picb + (engine->half ? 1u : 0u);
    return (samples + engine->channels - 1) / engine->channels;
}

uint64_t ac97_fifo_slack(const struct ac97 *ac97, const struct ac97_engine *engine)
{
    bool waits = engine->id == AC97_PO || ac97_engine_blocked(ac97, engine);
    return waits ? AC97_FIFO_FRAMES : 0;
}

// ---- moving -------------------------------------------------------------------------------------

static void frames_moved(struct ac97_engine *engine, size_t frames)
{
    engine->due -= frames;
    if (frames)
        engine->starving = false;
}

static void play_frames(struct ac97 *ac97, struct ac97_engine *engine, const int16_t *samples,
                        size_t frames)
{
    if (!frames)
        return;
    memcpy(engine->last_frame, samples + 2 * (frames - 1), sizeof(engine->last_frame));
    ac97_emit(ac97, samples, frames, true);
    frames_moved(engine, frames);
}

// A frame cut by an odd length is put together again (AC-92: every sample is moved).
static void play(struct ac97 *ac97, struct ac97_engine *engine, const int16_t *samples,
                 size_t count)
{
    if (engine->half) {
        int16_t frame[2] = {engine->held_sample, samples[0]};
        play_frames(ac97, engine, frame, 1);
        samples++;
        count--;
    }
    play_frames(ac97, engine, samples, count / 2);
    engine->half = count % 2;
    if (engine->half)
        engine->held_sample = samples[count - 1];
}

static void record_stereo(struct ac97 *ac97, struct ac97_engine *engine, int16_t *samples,
                          size_t count)
{
    if (engine->half) {
        *samples++ = engine->held_sample;
        count--;
        frames_moved(engine, 1);
    }
    if (count / 2)
        ac97_absorb(ac97, engine->id, samples, count / 2);
    frames_moved(engine, count / 2);
    engine->half = count % 2;
    if (engine->half) {
        int16_t frame[2];
        ac97_absorb(ac97, engine->id, frame, 1);
        samples[count - 1] = frame[0];
        engine->held_sample = frame[1];
    }
}

static void record(struct ac97 *ac97, struct ac97_engine *engine, int16_t *samples, size_t count)
{
    if (engine->channels == 2) {
        record_stereo(ac97, engine, samples, count);
        return;
    }
    ac97_absorb(ac97, engine->id, samples, count);
    frames_moved(engine, count);
}

static size_t bytes_wanted(const struct ac97_engine *engine)
{
    uint64_t samples = engine->due * engine->channels - (engine->half ? 1 : 0);
    uint64_t to_wrap = ((uint64_t)1 << 32) - engine->cursor; // AC-9

    if (samples > engine->picb)
        samples = engine->picb;
    return samples * 2 < to_wrap ? samples * 2 : to_wrap;
}

bool ac97_fifo_move(struct ac97 *ac97, struct ac97_engine *engine)
{
    bool output = engine->id == AC97_PO;
    size_t bytes = bytes_wanted(engine);
    int16_t *samples = ps_device_dma_map(ac97->device, engine->cursor, &bytes,
                                         output ? PS_DMA_FROM_MEMORY : PS_DMA_TO_MEMORY);
    size_t count = samples ? bytes / 2 : 0;

    if (!count) {
        ac97_engine_fail(ac97, engine);
        return false;
    }
    if (output)
        play(ac97, engine, samples, count);
    else
        record(ac97, engine, samples, count);
    engine->cursor += (uint32_t)count * 2;
    engine->picb -= (uint16_t)count;
    return true;
}

// ---- not moving ---------------------------------------------------------------------------------

static void discard(struct ac97 *ac97, enum ac97_engine_id id, uint64_t frames)
{
    int16_t scratch[SCRATCH_FRAMES * 2];

    while (frames) {
        size_t n = frames < SCRATCH_FRAMES ? frames : SCRATCH_FRAMES;
        ac97_absorb(ac97, id, scratch, n);
        frames -= n;
    }
}

static void repeat_last(struct ac97 *ac97, const struct ac97_engine *engine, uint64_t frames)
{
    int16_t repeated[SCRATCH_FRAMES * 2];

    for (unsigned i = 0; i < SCRATCH_FRAMES; i++)
        memcpy(repeated + 2 * i, engine->last_frame, sizeof(engine->last_frame));
    while (frames) {
        size_t n = frames < SCRATCH_FRAMES ? frames : SCRATCH_FRAMES;
        ac97_emit(ac97, repeated, n, false);
        frames -= n;
    }
}

static void fill(struct ac97 *ac97, const struct ac97_engine *engine, uint64_t frames)
{
    bool bup = engine->current.control & 1u << 30;
    bool zeros = ac97_variant(ac97)->quirks ? !bup : engine->state == AC97_LAST && bup; // AC-109

    if (zeros || (engine->last_frame[0] == 0 && engine->last_frame[1] == 0))
        ac97_emit(ac97, NULL, frames, false);
    else
        repeat_last(ac97, engine, frames);
}

void ac97_fifo_drop(struct ac97 *ac97, struct ac97_engine *engine)
{
    if (engine->id != AC97_PO)
        discard(ac97, engine->id, engine->due + engine->lost);
    engine->due = 0;
    engine->lost = 0;
}

static void starve(struct ac97 *ac97, struct ac97_engine *engine, uint64_t frames, bool blocked)
{
    if (!engine->starving)
        ps_device_underrun(ac97->device, ac97_line(engine->id));
    engine->starving = true;
    engine->due -= frames;
    if (blocked && !ac97_variant(ac97)->quirks)
        engine->sr |= AC97_FIFOE;
    if (engine->id == AC97_PO)
        fill(ac97, engine, frames);
    else
        engine->lost += frames;
}

void ac97_fifo_starve(struct ac97 *ac97, struct ac97_engine *engine)
{
    bool blocked = ac97_engine_blocked(ac97, engine);
    uint64_t slack = ac97_fifo_slack(ac97, engine);

    if (engine->due > slack)
        starve(ac97, engine, engine->due - slack, blocked);
    if (engine->lost && !blocked) { // after what the FIFO had kept
        discard(ac97, engine->id, engine->lost);
        engine->lost = 0;
    }
}
