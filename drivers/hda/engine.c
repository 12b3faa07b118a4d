/* SPDX-License-Identifier: MIT */
/*
 * One stream descriptor of the controller. Its control register is written as bytes only: a wider write would touch the
 * status as well (HD-86, HD-190).
 */
#include "hda.h"

enum { RESET_WAITS = 200 /* 1 ms, then 100 ms */, STOP_WAITS = 110 /* 1 ms, then 10 ms */ };

/* ---- who has which ---------------------------------------------------------------------------------------- */

static BOOLEAN serves(const ENGINE *engine, BOOLEAN capture, BOOLEAN bidirectional)
{
    return engine->bidirectional == bidirectional &&
           (bidirectional || engine->output == !capture);
}

/* Those that can do nothing else first. */
ENGINE *engine_take(CONTROLLER *controller, BOOLEAN capture)
{
    ULONG pass, i;

    for (pass = 0; pass < 2; pass++)
        for (i = 0; i < controller->engine_count; i++) {
            ENGINE *engine = &controller->engines[i];

            if (!serves(engine, capture, pass == 1) || InterlockedExchange(&engine->taken, 1))
                continue;
            engine->output = !capture;
            return engine;
        }
    return NULL;
}

void engine_give_back(ENGINE *engine)
{
    InterlockedExchange(&engine->taken, 0);
}

/* ---- reset, setting ------------------------------------------------------------------------------------------ */

static BOOLEAN wait_control(const ENGINE *engine, ULONG mask, ULONG value, ULONG waits)
{
    ULONG attempt;
    UCHAR control;

    for (attempt = 0; attempt < waits; attempt++) {
        control = engine_read8(engine, SD_CTL);
        if ((control & mask) == value)
            return TRUE;
        if (control == 0xFF) /* no engine is there any more */
            return FALSE;
        controller_wait(attempt);
    }
    return FALSE;
}

/* Some do not show the reset bit as 1, or not for long; what counts is that it ends (HD-33). */
NTSTATUS engine_reset(ENGINE *engine)
{
    engine_stop(engine);
    engine_write8(engine, SD_CTL, SD_CTL_RESET);
    wait_control(engine, SD_CTL_RESET, SD_CTL_RESET, 100);
    engine_write8(engine, SD_CTL, 0);
    if (!wait_control(engine, SD_CTL_RESET, 0, RESET_WAITS))
        return STATUS_DEVICE_NOT_READY;
    engine->controller->shared->positions[engine->index][0] = 0;
    return STATUS_SUCCESS;
}

/* The direction comes first (HD-32); all of it is written, as a reset does not clear it everywhere (HD-35). */
void engine_program(ENGINE *engine, const SETTING *setting)
{
    BOOLEAN turn = engine->bidirectional && engine->output;

    engine_write8(engine, SD_TAG, engine->tag << 4 | (turn ? SD_TAG_OUTPUT : 0));
    engine_write8(engine, SD_STS, SD_STS_ALL);
    engine_write32(engine, SD_CBL, setting->bytes);
    engine_write16(engine, SD_LVI, setting->entries - 1);
    engine_write16(engine, SD_FMT, setting->format);
    engine_write32(engine, SD_BDPL, setting->list.LowPart);
    engine_write32(engine, SD_BDPU, (ULONG)setting->list.HighPart);
}

/* ---- run ---------------------------------------------------------------------------------------------------------- */

void engine_run(ENGINE *engine, PKDPC dpc)
{
    interrupt_route(engine, dpc);
    KeMemoryBarrier();
    engine_write8(engine, SD_CTL, SD_CTL_COMPLETION | SD_CTL_RUN);
}

/* The bit reads 0 when the frame in progress is over (HD-36). */
void engine_stop(ENGINE *engine)
{
    engine_write8(engine, SD_CTL, 0);
    wait_control(engine, SD_CTL_RUN, 0, STOP_WAITS);
    interrupt_route(engine, NULL);
    engine_write8(engine, SD_STS, SD_STS_ALL);
}

/* ---- position -------------------------------------------------------------------------------------------------------- */

ULONG engine_link_position(const ENGINE *engine)
{
    return engine_read32(engine, SD_LPIB);
}

ULONG engine_memory_position(const ENGINE *engine)
{
    return engine->controller->shared->positions[engine->index][0];
}

ULONG engine_fifo_bytes(const ENGINE *engine)
{
    return engine_read16(engine, SD_FIFOS) + 1u;
}

volatile ULONG *engine_link_register(const ENGINE *engine)
{
    PUCHAR link = engine->registers + SD_LPIB;

    return (volatile ULONG *)(engine->controller->aliases ? link + REG_ALIASES : link);
}
