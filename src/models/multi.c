// SPDX-License-Identifier: MIT
//
// "multi": sixteen render engines and no interrupt, the smallest device that plays many streams at once. Its
// registers are of our own design; docs/multi.md is their page, and this is all of them. BAR 0 is memory, every
// register 32 bits wide; other widths read all ones and are dropped.
//
//   engine n at 0x40 * n
//     00 CONTROL   bit 0 run; bit 1 reset, reads 0: empties the queue, zeroes what is counted, stops
//     04 RATE      Hz, 8000 to 48000; anything else is dropped. After power-on 48000
//     08 ADDRESS   of the block that LENGTH queues: 16-bit stereo frames, on a 4-byte boundary below 4 GiB
//     0C LENGTH    write: queues that block of so many bytes, whole frames, not 0. Reads 0
//     10 ROOM      blocks that can be queued now, of 32
//     14 DONE      blocks played whole since reset
//     18 PLAYED    bytes played of the block after these
//     1C FRAMES    frames played since reset
//     20 SUM       FNV-1a over their samples, 16 bits each
//   400 ENGINES    16
//
// A running engine with an empty queue starves: it is silent and takes up the next block when it is queued.
// CONTROL falls to 0 when a block is not readable. Engine n sounds on line n.
#include <string.h>

#include "models/models.h"

enum { ENGINES = 16, ENGINE_BYTES = 0x40, QUEUE = 32, FRAME_BYTES = 4 };
enum { CONTROL = 0x00, RATE = 0x04, ADDRESS = 0x08, LENGTH = 0x0C, ROOM = 0x10, DONE = 0x14, PLAYED = 0x18,
       FRAMES = 0x1C, SUM = 0x20 };
enum { ALL_ENGINES = 0x400, BAR_BYTES = 0x800 };
enum { RUN = 1, RESET = 2 };
enum { RATE_MIN = 8000, RATE_MAX = 48000 };

#define SECOND UINT64_C(1000000000)
#define LOOK_NS UINT64_C(1000000) // memory is read so soon after it is due
#define FNV_START 2166136261u
#define FNV_PRIME 16777619u

struct block {
    uint32_t address, bytes;
};

struct engine {
    bool run, begun, starving; // begun: has played since it was told to run
    uint32_t rate, address;
    struct block queue[QUEUE];
    unsigned first, used;
    uint32_t done, played, frames, sum;
    uint64_t phase; // of the next frame, in SECOND / rate parts of a frame
};

struct multi {
    uint64_t at; // everything has happened up to here
    bool waking;
    struct engine engines[ENGINES];
};

// ---- playing ---------------------------------------------------------------------------------------------

static void add_up(struct engine *engine, const int16_t *frames, size_t count)
{
    for (size_t i = 0; i < 2 * count; i++)
        engine->sum = (engine->sum ^ (uint16_t)frames[i]) * FNV_PRIME;
    engine->frames += (uint32_t)count;
}

static void starve(struct ps_device *device, struct engine *engine, unsigned line, uint64_t frames)
{
    if (!engine->begun)
        return;
    if (!engine->starving)
        ps_device_underrun(device, line);
    engine->starving = true;
    ps_device_emit(device, line, NULL, frames, 2, engine->rate, false);
}

static void block_done(struct engine *engine)
{
    engine->first = (engine->first + 1) % QUEUE;
    engine->used--;
    engine->played = 0;
    engine->done++;
}

// Plays up to `due` frames of the oldest block; how many. 0: it cannot be read.
static uint64_t play_some(struct ps_device *device, struct engine *engine, unsigned line, uint64_t due)
{
    const struct block *block = &engine->queue[engine->first];
    size_t bytes = block->bytes - engine->played;
    const int16_t *frames;

    if (due < bytes / FRAME_BYTES)
        bytes = due * FRAME_BYTES;
    frames = ps_device_dma_map(device, (uint64_t)block->address + engine->played, &bytes,
                               PS_DMA_FROM_MEMORY);
    if (!frames) {
        engine->run = false;
        return 0;
    }
    engine->begun = true;
    engine->starving = false;
    add_up(engine, frames, bytes / FRAME_BYTES);
    ps_device_emit(device, line, frames, bytes / FRAME_BYTES, 2, engine->rate, true);
    engine->played += (uint32_t)bytes;
    if (engine->played == block->bytes)
        block_done(engine);
    return bytes / FRAME_BYTES;
}

static void advance(struct ps_device *device, struct engine *engine, unsigned line, uint64_t ns)
{
    uint64_t part = ns % SECOND * engine->rate + engine->phase;
    uint64_t due = ns / SECOND * engine->rate + part / SECOND;

    engine->phase = part % SECOND;
    while (due && engine->run && engine->used)
        due -= play_some(device, engine, line, due);
    if (due && engine->run)
        starve(device, engine, line, due);
}

static void catch_up(struct ps_device *device, struct multi *multi)
{
    uint64_t now = ps_device_now(device), ns = now - multi->at;

    multi->at = now;
    for (unsigned i = 0; i < ENGINES && ps_device_bus_master(device); i++)
        if (multi->engines[i].run)
            advance(device, &multi->engines[i], i, ns);
}

// Nothing wakes a device that only starves, so that a system where nothing else is left comes to rest.
static void set_alarm(struct ps_device *device, struct multi *multi)
{
    bool busy = false;

    for (unsigned i = 0; i < ENGINES; i++)
        busy |= multi->engines[i].run && multi->engines[i].used;
    if (busy || multi->waking)
        ps_device_wake(device, busy ? multi->at + LOOK_NS : PS_NEVER);
    multi->waking = busy;
}

// ---- registers -------------------------------------------------------------------------------------------

static void reset(struct engine *engine)
{
    uint32_t rate = engine->rate, address = engine->address;

    memset(engine, 0, sizeof(*engine));
    engine->rate = rate;
    engine->address = address;
    engine->sum = FNV_START;
}

static void set_control(struct engine *engine, uint32_t value)
{
    bool run = value & RUN;

    if (value & RESET)
        reset(engine);
    if (run && !engine->run) {
        engine->phase = 0;
        engine->begun = engine->starving = false;
    }
    engine->run = run;
}

static void queue_block(struct ps_device *device, struct engine *engine, uint32_t bytes)
{
    unsigned slot = (engine->first + engine->used) % QUEUE;

    if (engine->used == QUEUE) {
        ps_device_report(device, "multi", "a block was queued without room for it");
    } else if (!bytes || bytes % FRAME_BYTES || engine->address % FRAME_BYTES) {
        ps_device_report(device, "multi", "a block does not hold whole frames");
    } else {
        engine->queue[slot] = (struct block){engine->address, bytes};
        engine->used++;
    }
}

static uint32_t read_engine(const struct engine *engine, uint32_t place)
{
    switch (place) {
    case CONTROL:
        return engine->run ? RUN : 0;
    case RATE:
        return engine->rate;
    case ADDRESS:
        return engine->address;
    case LENGTH:
        return 0;
    case ROOM:
        return QUEUE - engine->used;
    case DONE:
        return engine->done;
    case PLAYED:
        return engine->played;
    case FRAMES:
        return engine->frames;
    case SUM:
        return engine->sum;
    default:
        return UINT32_MAX;
    }
}

static void write_engine(struct ps_device *device, struct engine *engine, uint32_t place,
                         uint32_t value)
{
    switch (place) {
    case CONTROL:
        set_control(engine, value);
        break;
    case RATE:
        if (value >= RATE_MIN && value <= RATE_MAX)
            engine->rate = value;
        break;
    case ADDRESS:
        engine->address = value;
        break;
    case LENGTH:
        queue_block(device, engine, value);
        break;
    default:
        break;
    }
}

// ---- the device ------------------------------------------------------------------------------------------

static int attach(struct ps_device *device, void *state)
{
    struct multi *multi = state;

    multi->at = ps_device_now(device);
    for (unsigned i = 0; i < ENGINES; i++) {
        multi->engines[i].rate = RATE_MAX;
        reset(&multi->engines[i]);
    }
    return 0;
}

static bool decoded(unsigned bar, uint32_t offset, unsigned width)
{
    return bar == 0 && width == 4 && offset % 4 == 0 && offset < BAR_BYTES;
}

static uint32_t read_register(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                              unsigned width)
{
    struct multi *multi = state;

    if (!decoded(bar, offset, width))
        return width == 4 ? UINT32_MAX : (1u << width * 8) - 1;
    catch_up(device, multi);
    set_alarm(device, multi);
    if (offset < ALL_ENGINES)
        return read_engine(&multi->engines[offset / ENGINE_BYTES], offset % ENGINE_BYTES);
    return offset == ALL_ENGINES ? ENGINES : UINT32_MAX;
}

static void write_register(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                           unsigned width, uint32_t value)
{
    struct multi *multi = state;

    if (!decoded(bar, offset, width) || offset >= ALL_ENGINES)
        return;
    catch_up(device, multi);
    write_engine(device, &multi->engines[offset / ENGINE_BYTES], offset % ENGINE_BYTES, value);
    set_alarm(device, multi);
}

static void sync_all(struct ps_device *device, void *state)
{
    catch_up(device, state);
    set_alarm(device, state);
}

const struct ps_device_ops multi_model = {
    .version = PS_DEVICE_VERSION,
    .name = "multi",
    .description = "sixteen render engines without interrupts",
    .pci = {.vendor = 0x5053, // nobody's
            .device = 0x0010,
            .revision = 1,
            .class_code = 0x040100,
            .command_writable = 0x0006, // memory, bus master
            .bars = {{PS_BAR_MEMORY, BAR_BYTES}}},
    .state_size = sizeof(struct multi),
    .attach = attach,
    .read = read_register,
    .write = write_register,
    .wake = sync_all,
    .sync = sync_all,
};
