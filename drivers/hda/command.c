/* SPDX-License-Identifier: MIT */
/*
 * Verbs: written into the command ring, fetched and sent by the controller; responses come back through a second ring.
 * One verb is under way at a time. If the rings do not bring a response, they are given up for the immediate command
 * registers.
 */
#include "hda.h"

enum { COMMAND_WAITS = 200 /* 1 ms, then 100 ms */, POINTER_WAITS = 100 };

/* ---- the rings -------------------------------------------------------------------------------------------- */

/* Picks the largest ring that the controller knows; returns its entries. */
static ULONG choose_size(const CONTROLLER *controller, ULONG reg)
{
    static const ULONG entries[] = {2, 16, 256};
    UCHAR value = read8(controller, reg);
    ULONG code;

    for (code = 2; code && !(value >> (4 + code) & 1); code--)
        ;
    write8(controller, reg, (value & ~3u) | code);
    return entries[code];
}

static void stop_ring(const CONTROLLER *controller, ULONG reg, ULONG run)
{
    ULONG attempt;

    write8(controller, reg, 0);
    for (attempt = 0; attempt < COMMAND_WAITS && read8(controller, reg) & run; attempt++)
        controller_wait(attempt);
}

void rings_stop(CONTROLLER *controller)
{
    stop_ring(controller, REG_CORBCTL, CORBCTL_RUN);
    stop_ring(controller, REG_RIRBCTL, RIRBCTL_RUN);
    write8(controller, REG_CORBSTS, CORBSTS_ERROR);
    write8(controller, REG_RIRBSTS, RIRBSTS_ALL);
    controller->rings = FALSE;
}

/* Some parts clear the bit by themselves, so neither wait may be for ever (HD-102). */
static void reset_command_pointer(const CONTROLLER *controller)
{
    ULONG attempt;

    write16(controller, REG_CORBWP, 0);
    write16(controller, REG_CORBRP, CORBRP_RESET);
    for (attempt = 0; attempt < POINTER_WAITS; attempt++) {
        if (read16(controller, REG_CORBRP) & CORBRP_RESET)
            break;
        controller_wait(attempt);
    }
    write16(controller, REG_CORBRP, 0);
    for (attempt = 0; attempt < POINTER_WAITS; attempt++) {
        if (!(read16(controller, REG_CORBRP) & CORBRP_RESET))
            break;
        controller_wait(attempt);
    }
}

/* An interrupt count of 1, with the interrupt on towards INTSTS alone: some stop after so many responses (HD-110). */
void rings_start(CONTROLLER *controller)
{
    ULONGLONG commands = controller->shared_address + FIELD_OFFSET(SHARED, commands);
    ULONGLONG responses = controller->shared_address + FIELD_OFFSET(SHARED, responses);

    rings_stop(controller);
    controller->command_entries = choose_size(controller, REG_CORBSIZE);
    write32(controller, REG_CORBLBASE, (ULONG)commands);
    write32(controller, REG_CORBUBASE, (ULONG)(commands >> 32));
    reset_command_pointer(controller);
    controller->response_entries = choose_size(controller, REG_RIRBSIZE);
    write32(controller, REG_RIRBLBASE, (ULONG)responses);
    write32(controller, REG_RIRBUBASE, (ULONG)(responses >> 32));
    write16(controller, REG_RIRBWP, RIRBWP_RESET);
    write16(controller, REG_RINTCNT, 1);
    controller->command_last = controller->response_last = 0;
    write8(controller, REG_RIRBCTL, RIRBCTL_RUN | RIRBCTL_INTERRUPT);
    write8(controller, REG_CORBCTL, CORBCTL_RUN);
    controller->rings = TRUE;
}

/* Takes the next response of that codec; what comes unasked for is dropped. */
static BOOLEAN take_response(CONTROLLER *controller, UCHAR codec, ULONG *response)
{
    ULONG last = read16(controller, REG_RIRBWP) & 0xFF, from;

    while (controller->response_last != last && last < controller->response_entries) {
        controller->response_last = (controller->response_last + 1) % controller->response_entries;
        *response = controller->shared->responses[controller->response_last][0];
        from = controller->shared->responses[controller->response_last][1];
        if ((from & 0x1F) == codec)
            return TRUE;
    }
    return FALSE;
}

static NTSTATUS ring_command(CONTROLLER *controller, ULONG verb, ULONG *response)
{
    ULONG attempt;

    controller->command_last = (controller->command_last + 1) % controller->command_entries;
    controller->shared->commands[controller->command_last] = verb;
    KeMemoryBarrier();
    write8(controller, REG_RIRBSTS, RIRBSTS_ALL); /* else some send no more (HD-110) */
    write16(controller, REG_CORBWP, controller->command_last);
    for (attempt = 0; attempt < COMMAND_WAITS; attempt++) {
        controller_wait(attempt);
        if (take_response(controller, (UCHAR)(verb >> 28), response))
            return STATUS_SUCCESS;
        if (read8(controller, REG_CORBSTS) & CORBSTS_ERROR)
            return STATUS_DEVICE_PROTOCOL_ERROR;
    }
    return STATUS_IO_TIMEOUT;
}

/* ---- immediate commands ------------------------------------------------------------------------------------- */

static BOOLEAN wait_immediate(const CONTROLLER *controller, USHORT mask, USHORT value)
{
    ULONG attempt;

    for (attempt = 0; attempt < COMMAND_WAITS; attempt++) {
        if ((read16(controller, REG_ICS) & mask) == value)
            return TRUE;
        controller_wait(attempt);
    }
    return FALSE;
}

/* A command that nobody answered keeps the interface busy until it is told to let go (HD-114). */
static NTSTATUS immediate_command(const CONTROLLER *controller, ULONG verb, ULONG *response)
{
    if (!wait_immediate(controller, ICS_BUSY, 0))
        write16(controller, REG_ICS, 0);
    write16(controller, REG_ICS, ICS_VALID);
    write32(controller, REG_ICW, verb);
    write16(controller, REG_ICS, ICS_BUSY);
    if (!wait_immediate(controller, ICS_BUSY | ICS_VALID, ICS_VALID)) {
        write16(controller, REG_ICS, 0);
        return STATUS_IO_TIMEOUT;
    }
    *response = read32(controller, REG_IRR);
    return STATUS_SUCCESS;
}

/* ---- either ---------------------------------------------------------------------------------------------------- */

/* What no way brings an answer to is the codec's fault, not that of the rings. */
static NTSTATUS send(CONTROLLER *controller, ULONG verb, ULONG *response)
{
    BOOLEAN rings = controller->rings;
    NTSTATUS status;

    if (rings && NT_SUCCESS(ring_command(controller, verb, response)))
        return STATUS_SUCCESS;
    if (controller_gone(controller)) /* pulled out meanwhile: no use in waiting further */
        return STATUS_DEVICE_NOT_CONNECTED;
    if (rings)
        rings_stop(controller);
    status = immediate_command(controller, verb, response);
    if (rings && !NT_SUCCESS(status))
        rings_start(controller);
    return status;
}

NTSTATUS command(CONTROLLER *controller, UCHAR codec, UCHAR node, ULONG verb, ULONG *response)
{
    ULONG ignored, *out = response ? response : &ignored;
    NTSTATUS status;

    *out = 0;
    if (controller_gone(controller))
        return STATUS_DEVICE_NOT_CONNECTED;
    KeWaitForSingleObject(&controller->command_mutex, Executive, KernelMode, FALSE, NULL);
    status = send(controller, (ULONG)codec << 28 | (ULONG)node << 20 | verb, out);
    KeReleaseMutex(&controller->command_mutex, FALSE);
    return status;
}
