/* SPDX-License-Identifier: MIT */
/*
 * The interrupt: the service routine acknowledges completions and leaves the rest to the DPC of each engine's stream.
 * Responses of codecs do not interrupt; they are waited for.
 */
#include "hda.h"

/* What an MSI must leave behind is a silent line (HD-85); a broken device must not keep us here. */
enum { PASSES = 16 };

static BOOLEAN serve_engine(const ENGINE *engine)
{
    UCHAR status = engine_read8(engine, SD_STS) & SD_STS_ALL;

    engine_write8(engine, SD_STS, status);
    if (status & SD_STS_COMPLETION && engine->dpc)
        KeInsertQueueDpc(engine->dpc, NULL, NULL);
    return status != 0;
}

/* Only what may interrupt: INTSTS shows the others, too (HD-82). */
static ULONG requesting(const CONTROLLER *controller)
{
    ULONG status = read32(controller, REG_INTSTS);

    return status == ALL_ONES ? 0 : status & controller->interrupting & ~INTCTL_GIE;
}

static NTSTATUS NTAPI isr(IInterruptSync *sync, PVOID context)
{
    CONTROLLER *controller = context;
    BOOLEAN served = FALSE;
    ULONG pass, status, i;

    (void)sync;
    for (pass = 0; pass < PASSES && (status = requesting(controller)) != 0; pass++)
        for (i = 0; i < controller->engine_count; i++)
            if (status >> i & 1 && serve_engine(&controller->engines[i]))
                served = TRUE;
    return served ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

/* ---- in step with the service routine -------------------------------------------------------------------- */

typedef struct ROUTE {
    ENGINE *engine;
    PKDPC dpc;
} ROUTE;

static NTSTATUS NTAPI set_route(IInterruptSync *sync, PVOID context)
{
    const ROUTE *route = context;
    CONTROLLER *controller = route->engine->controller;
    ULONG bit = 1u << route->engine->index;

    (void)sync;
    route->engine->dpc = route->dpc;
    controller->interrupting &= ~bit;
    if (route->dpc)
        controller->interrupting |= bit;
    write32(controller, REG_INTCTL, controller->interrupting);
    return STATUS_SUCCESS;
}

void interrupt_route(ENGINE *engine, PKDPC dpc)
{
    PINTERRUPTSYNC interrupt = engine->controller->interrupt;
    ROUTE route = {engine, dpc};

    if (interrupt)
        interrupt->lpVtbl->CallSynchronizedRoutine(interrupt, set_route, &route);
}

static NTSTATUS NTAPI set_enabled(IInterruptSync *sync, PVOID context)
{
    CONTROLLER *controller = context;

    (void)sync;
    controller->interrupting = INTCTL_GIE;
    write32(controller, REG_INTCTL, controller->interrupting);
    return STATUS_SUCCESS;
}

NTSTATUS interrupt_connect(CONTROLLER *controller, PRESOURCELIST resources)
{
    NTSTATUS status = PcNewInterruptSync(&controller->interrupt, NULL, resources, 0,
                                         InterruptSyncModeNormal);
    PINTERRUPTSYNC interrupt = controller->interrupt;

    if (NT_SUCCESS(status))
        status = interrupt->lpVtbl->RegisterServiceRoutine(interrupt, isr, controller, FALSE);
    if (NT_SUCCESS(status))
        status = interrupt->lpVtbl->Connect(interrupt);
    if (NT_SUCCESS(status))
        status = interrupt->lpVtbl->CallSynchronizedRoutine(interrupt, set_enabled, controller);
    return status;
}

void interrupt_disconnect(CONTROLLER *controller)
{
    PINTERRUPTSYNC interrupt = controller->interrupt;

    controller->interrupt = NULL;
    if (!interrupt)
        return;
    interrupt->lpVtbl->Disconnect(interrupt);
    interrupt->lpVtbl->Release(interrupt);
}
