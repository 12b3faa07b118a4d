/* SPDX-License-Identifier: MIT */
/*
 * One DMA engine: 32 descriptors in a ring, of which at most 31 are filled. The hardware works from its current
 * index to the last valid one; a block is done when the current index has passed it, or when the engine
 * halted behind it.
 */
#include "ac97.h"

static ULONG at(const ENGINE *engine, ULONG reg)
{
    return engine->base + reg;
}

/* A pause takes a few microseconds; the data sheet gives no more than 100. */
static void wait_halted(const ENGINE *engine)
{
    ULONG tries;

    for (tries = 0; tries < 100; tries++) {
        if (bus_read16(engine->codec, at(engine, ENGINE_STATUS)) & SR_HALTED)
            return;
        KeStallExecutionProcessor(2);
    }
}

void engine_pause(ENGINE *engine)
{
    engine->running = engine->started = FALSE;
    bus_write8(engine->codec, at(engine, ENGINE_CONTROL), CR_INTERRUPT_DONE);
    wait_halted(engine);
}

/* The run bit waits for the first descriptor, and is written once: the list must be valid when it rises. */
static void start(ENGINE *engine)
{
    if (!engine->running || engine->started || !engine->used)
        return;
    engine->started = TRUE;
    bus_write8(engine->codec, at(engine, ENGINE_CONTROL), CR_RUN | CR_INTERRUPT_DONE);
}

void engine_run(ENGINE *engine)
{
    engine->running = TRUE;
    start(engine);
}

void engine_reset(ENGINE *engine)
{
    ULONG tries;

    bus_write8(engine->codec, at(engine, ENGINE_CONTROL), 0);
    wait_halted(engine);
    bus_write8(engine->codec, at(engine, ENGINE_CONTROL), CR_RESET);
    for (tries = 0; tries < 100; tries++) {
        if (!(bus_read8(engine->codec, at(engine, ENGINE_CONTROL)) & CR_RESET))
            break;
        KeStallExecutionProcessor(1);
    }
    bus_write32(engine->codec, at(engine, ENGINE_LIST), engine->list_address);
    engine->first = engine->used = 0;
    engine->started = FALSE;
}

BOOLEAN engine_full(const ENGINE *engine)
{
    return engine->used == DESCRIPTORS_USED;
}

void engine_add(ENGINE *engine, ULONG address, ULONG bytes, BOOLEAN interrupt)
{
    ULONG index = (engine->first + engine->used) % DESCRIPTORS;
    DESCRIPTOR *descriptor = &engine->list[index];

    descriptor->address = address;
    descriptor->control =
        bytes / 2 | DESCRIPTOR_SILENCE | (interrupt ? DESCRIPTOR_INTERRUPT : 0);
    engine->bytes[index] = bytes;
    engine->used++;
    KeMemoryBarrier();
    bus_write8(engine->codec, at(engine, ENGINE_LAST), (UCHAR)index);
    start(engine);
}

ULONG engine_reap(ENGINE *engine)
{
    USHORT status;
    ULONG bytes;

    if (!engine->used)
        return 0;
    /* Status first: once it says that the last block is done, the index does not move any more. */
    status = bus_read16(engine->codec, at(engine, ENGINE_STATUS));
    if (bus_read8(engine->codec, at(engine, ENGINE_CURRENT)) == engine->first &&
        !((status & SR_LAST_DONE) && engine->used == 1))
        return 0;
    bytes = engine->bytes[engine->first];
    engine->first = (engine->first + 1) % DESCRIPTORS;
    engine->used--;
    return bytes;
}

ULONG engine_progress(const ENGINE *engine)
{
    UCHAR index;
    ULONG left;

    if (!engine->used)
        return 0;
    do {
        index = bus_read8(engine->codec, at(engine, ENGINE_CURRENT));
        left = bus_read16(engine->codec, at(engine, ENGINE_LEFT)) * 2u;
    } while (index != bus_read8(engine->codec, at(engine, ENGINE_CURRENT)));
    if (index != engine->first || left > engine->bytes[index])
        return engine->bytes[engine->first];
    return engine->bytes[index] - left;
}
