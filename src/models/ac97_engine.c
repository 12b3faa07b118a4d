// SPDX-License-Identifier: MIT
//
// One DMA engine: which descriptor it holds, when a buffer is done, what runs and halts it. Samples
// are moved by ac97_fifo.c.
#include "models/ac97.h"

// ---- reset --------------------------------------------------------------------------------------

void ac97_engine_reset(struct ac97_engine *engine, bool keep_enables)
{
    struct ac97_engine fresh = {
        .id = engine->id,
        .channels = engine->channels,
        .cr = keep_enables ? engine->cr & AC97_CR_ENABLES : 0,
        .sr = AC97_DCH,
        .at = engine->at,
        .idle_at = PS_NEVER,
    };
    *engine = fresh;
}

// ---- descriptors --------------------------------------------------------------------------------

static unsigned length(struct ac97_descriptor descriptor)
{
    return descriptor.control & 0xFFFF;
}

void ac97_engine_fail(struct ac97 *ac97, struct ac97_engine *engine)
{
    engine->sr |= AC97_FIFOE | AC97_DCH;
    engine->failed = true;
    ps_device_report(ac97->device, "AC-123", "bus error: no memory behind a fetched address");
}

static bool fetch(struct ac97 *ac97, struct ac97_engine *engine, struct ac97_descriptor *out)
{
    uint32_t from = engine->bdbar + engine->piv * 8u; // AC-9: 32 bits

    if (ps_device_dma_read(ac97->device, from, out, sizeof(*out)) == 0) {
        engine->prefetched_from = from;
        return true;
    }
    ac97_engine_fail(ac97, engine);
    return false;
}

// AC-99: the prefetched copy counts, whatever memory says by now.
static void check_unchanged(struct ac97 *ac97, const struct ac97_engine *engine)
{
    struct ac97_descriptor now;

    if (ps_device_dma_read(ac97->device, engine->prefetched_from, &now, sizeof(now)))
        return;
    if (now.address != engine->prefetched.address || now.control != engine->prefetched.control)
        ps_device_report(ac97->device, "AC-99", "descriptor changed after it was prefetched");
}

static void check_descriptor(struct ac97 *ac97, const struct ac97_engine *engine)
{
    struct ac97_descriptor current = engine->current;
    unsigned frame = engine->channels;

    if ((current.address & 1) || (current.control & 0x3FFF0000))
        ps_device_report(ac97->device, "AC-90", "reserved bits of a descriptor are set");
    if (current.address % (2 * frame) > 1 || length(current) % frame)
        ps_device_report(ac97->device, "AC-92", "buffer does not hold whole frames");
}

// Makes descriptor PIV current: AC-102, AC-105, AC-110.
static bool take_next(struct ac97 *ac97, struct ac97_engine *engine)
{
    if (engine->has_prefetched)
        check_unchanged(ac97, engine);
    else if (!fetch(ac97, engine, &engine->prefetched))
        return false;
    engine->has_prefetched = false;
    engine->current = engine->prefetched;
    engine->civ = engine->piv;
    engine->piv = (engine->piv + 1) % AC97_DESCRIPTORS;
    engine->picb = (uint16_t)length(engine->current);
    engine->cursor = engine->current.address & (ac97_variant(ac97)->quirks ? ~3u : ~1u); // AC-94
    engine->state = AC97_HELD;
    check_descriptor(ac97, engine);
    return true;
}

// AC-94: QEMU says nothing of a buffer without samples.
static void empty_buffer_done(struct ac97_engine *engine)
{
    engine->state = engine->civ == engine->lvi ? AC97_LAST : AC97_NEXT;
    if (engine->state == AC97_LAST)
        engine->sr |= AC97_DCH;
}

static void buffer_done(const struct ac97 *ac97, struct ac97_engine *engine)
{
    bool quirks = ac97_variant(ac97)->quirks;

    if (quirks && !length(engine->current)) {
        empty_buffer_done(engine);
        return;
    }
    if (engine->current.control & 1u << 31) // IOC
        engine->sr |= AC97_BCIS;
    engine->state = AC97_NEXT;
    if (engine->civ == engine->lvi) { // AC-107, else AC-105
        engine->sr |= AC97_LVBCI | AC97_CELV | AC97_DCH;
        engine->state = AC97_LAST;
    }
    if (quirks)
        ac97_quirk_event(engine);
}

// ---- running ------------------------------------------------------------------------------------

static bool may_run(const struct ac97 *ac97, const struct ac97_engine *engine)
{
    return (engine->cr & AC97_RPBM) && ac97->bus_master && !engine->failed &&
           engine->state != AC97_LAST;
}

// The smallest thing that can be done without time passing; false if there is none.
static bool step(struct ac97 *ac97, struct ac97_engine *engine)
{
    if (!may_run(ac97, engine))
        return false;
    engine->sr &= (uint16_t)~AC97_DCH;
    if (engine->state == AC97_NEXT)
        return take_next(ac97, engine);
    if (!engine->has_prefetched && engine->civ != engine->lvi) { // AC-103
        engine->has_prefetched = fetch(ac97, engine, &engine->prefetched);
        return engine->has_prefetched;
    }
    if (engine->picb == 0) {
        buffer_done(ac97, engine);
        return true;
    }
    return engine->due > 0 && ac97_fifo_move(ac97, engine);
}

void ac97_engine_run(struct ac97 *ac97, struct ac97_engine *engine)
{
    while (step(ac97, engine))
        ;
    ac97_fifo_starve(ac97, engine);
}

bool ac97_engine_blocked(const struct ac97 *ac97, const struct ac97_engine *engine)
{
    return (engine->cr & AC97_RPBM) && !(engine->sr & AC97_DCH) && !ac97->bus_master;
}

// Frames pass between this engine and the link. Not before it has begun to run (AC-8), but also
// when it has nothing to give any more (AC-108).
static bool clocked(const struct ac97 *ac97, const struct ac97_engine *engine)
{
    bool begun = !(engine->sr & AC97_DCH) || engine->failed || engine->state == AC97_LAST;
    return (engine->cr & AC97_RPBM) && begun && ac97_link_running(ac97) && !engine->closed;
}

static uint64_t elapsed_frames(struct ac97_engine *engine, uint32_t rate, uint64_t nanoseconds)
{
    uint64_t seconds = nanoseconds / AC97_NANOSECONDS;
    uint64_t part = nanoseconds % AC97_NANOSECONDS * rate + engine->phase;

    engine->phase = part % AC97_NANOSECONDS;
    return seconds * rate + part / AC97_NANOSECONDS;
}

void ac97_engine_advance(struct ac97 *ac97, struct ac97_engine *engine, uint64_t to)
{
    bool ticks = ac97_variant(ac97)->quirks && clocked(ac97, engine);
    uint64_t until = ticks ? ac97_quirk_tick(engine, to) : to, passed, frames;

    if (until < engine->at)
        until = engine->at;
    passed = until - engine->at;
    engine->at = until;
    if (engine->idle_at <= to) {
        engine->sr |= AC97_DCH;
        engine->idle_at = PS_NEVER;
    }
    if (!clocked(ac97, engine))
        return;
    frames = elapsed_frames(engine, ac97_rate(ac97, engine->id), passed);
    engine->due += frames + (ticks ? ac97_quirk_ahead(engine, frames) : 0);
    ac97_engine_run(ac97, engine);
}

static uint64_t frames_to_deadline(const struct ac97 *ac97, const struct ac97_engine *engine,
                                   uint32_t rate)
{
    uint64_t look = rate * (uint64_t)AC97_LOOK_NS / AC97_NANOSECONDS;
    uint64_t frames = ac97_fifo_frames_left(engine);

    if (!may_run(ac97, engine))
        return ac97_fifo_slack(ac97, engine) + 1 - engine->due; // starvation begins
    return frames < look ? frames : look;
}

uint64_t ac97_engine_deadline(const struct ac97 *ac97, const struct ac97_engine *engine)
{
    uint32_t rate = ac97_rate(ac97, engine->id);
    uint64_t part;

    if (!clocked(ac97, engine) || (engine->starving && !may_run(ac97, engine)))
        return PS_NEVER;
    part = frames_to_deadline(ac97, engine, rate) * AC97_NANOSECONDS - engine->phase;
    part = engine->at + (part + rate - 1) / rate;
    return ac97_variant(ac97)->quirks ? ac97_quirk_next_tick(engine, part) : part;
}

bool ac97_engine_request(const struct ac97 *ac97, const struct ac97_engine *engine)
{
    if (ac97_variant(ac97)->quirks)
        return engine->latched;
    return ((engine->sr & AC97_BCIS) && (engine->cr & AC97_IOCE)) ||
           ((engine->sr & AC97_LVBCI) && (engine->cr & AC97_LVBIE)) ||
           ((engine->sr & AC97_FIFOE) && (engine->cr & AC97_FEIE));
}

// ---- register writes ----------------------------------------------------------------------------

void ac97_engine_set_base(struct ac97 *ac97, struct ac97_engine *engine, uint32_t value)
{
    if (!(engine->sr & AC97_DCH))
        ps_device_report(ac97->device, "AC-120", "BDBAR written while the engine runs");
    engine->bdbar = value & (ac97_variant(ac97)->quirks ? ~3u : ~7u);
}

void ac97_engine_set_status(const struct ac97 *ac97, struct ac97_engine *engine, uint32_t value)
{
    engine->sr &= (uint16_t) ~(value & AC97_SR_EVENTS); // AC-134
    if (ac97_variant(ac97)->quirks)
        ac97_quirk_cleared(engine);
}

void ac97_engine_set_last(struct ac97 *ac97, struct ac97_engine *engine, uint8_t value)
{
    engine->lvi = value % AC97_DESCRIPTORS;
    engine->sr &= (uint16_t)~AC97_CELV;
    if (engine->state == AC97_LAST)
        engine->state = AC97_NEXT; // AC-110, AC-113
    ac97_engine_run(ac97, engine);
}

static void start(struct ac97 *ac97, struct ac97_engine *engine)
{
    engine->idle_at = PS_NEVER;
    engine->phase = 0;
    engine->due = 0;
    engine->starving = false;
    engine->failed = false;
    ac97_engine_run(ac97, engine);
}

static void pause(struct ac97 *ac97, struct ac97_engine *engine, uint64_t now)
{
    ac97_fifo_drop(ac97, engine);
    if (!(engine->sr & AC97_DCH))
        engine->idle_at = now + AC97_IDLE_NS;
}

static void reset_by_software(struct ac97 *ac97, struct ac97_engine *engine, uint8_t value)
{
    if ((value | engine->cr) & AC97_RPBM)
        ps_device_report(ac97->device, "AC-118", "engine reset while it runs");
    else if (!(engine->sr & AC97_DCH))
        ps_device_remark(ac97->device, "AC-118", "engine reset before it has halted");
    ac97_fifo_drop(ac97, engine);
    ac97_engine_reset(engine, true);
}

void ac97_engine_set_control(struct ac97 *ac97, struct ac97_engine *engine, uint8_t value,
                             uint64_t now)
{
    bool was_running = engine->cr & AC97_RPBM;

    if (value & AC97_RR) {
        reset_by_software(ac97, engine, value);
        return;
    }
    if (!was_running && (value & AC97_RPBM)) {
        engine->ticks_from = engine->at;
        engine->ahead = false;
    }
    engine->cr = value & (AC97_RPBM | AC97_CR_ENABLES);
    if (ac97_variant(ac97)->quirks && (value & AC97_RPBM)) {
        engine->state = AC97_NEXT; // AC-114, AC-117: also where it runs
        engine->has_prefetched = false;
        engine->closed = !ac97_rate(ac97, engine->id);
        was_running = false;
    }
    if (!was_running && (value & AC97_RPBM))
        start(ac97, engine);
    else if (was_running && !(value & AC97_RPBM))
        pause(ac97, engine, now);
}
