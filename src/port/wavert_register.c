// SPDX-License-Identifier: MIT
//
// Position and clock registers for the client (RT-57 to RT-61): the miniport names a kernel address, in device
// registers or in memory that the device writes; the port maps its page for the client until the pin closes.
// PASSIVE_LEVEL under the device lock.
#include "port/wavert.h"

static NTSTATUS ask(struct wavert_stream *stream, bool clock, KSRTAUDIO_HWREGISTER *reply)
{
    NTSTATUS status;

    if (clock)
        WAVERT_CALL(stream, status, stream->miniport, GetClockRegister, reply);
    else
        WAVERT_CALL(stream, status, stream->miniport, GetPositionRegister, reply);
    return status;
}

// RT-57: what makes it useless; NULL: nothing.
static const char *fault_of(const KSRTAUDIO_HWREGISTER *reply, bool clock)
{
    if (reply->Width != 32 && reply->Width != 64)
        return "a width other than 32 or 64 bits";
    if ((uintptr_t)reply->Register % (reply->Width / 8))
        return "an address that is not aligned to its width";
    if (clock && !reply->Denominator)
        return "no frequency";
    return NULL;
}

// The client's address for the kernel's; NULL: no mapping to be had.
static void *map(struct wavert_stream *stream, struct wavert_register *mapped, void *address)
{
    struct machine *machine = stream->system->machine;
    uint64_t physical = machine_io_decode(machine, address), pfn;
    size_t offset = (uintptr_t)address % PAGE_SIZE;

    mapped->device = physical != MACHINE_NOWHERE;
    if (mapped->device) {
        mapped->base = machine_io_map(machine, physical - offset, PAGE_SIZE);
    } else {
        pfn = memory_physical(machine, address) / PAGE_SIZE;
        mapped->base = view_map(machine, &pfn, 1, MEMORY_CACHE_NONE, true);
    }
    return mapped->base ? (char *)mapped->base + offset : NULL;
}

static bool mappable(const struct wavert_stream *stream, const void *address)
{
    const struct machine *machine = stream->system->machine;

    return machine_io_decode(machine, address) != MACHINE_NOWHERE ||
           memory_physical(machine, address) != MACHINE_NOWHERE;
}

NTSTATUS wavert_register_map(struct wavert_stream *stream, bool clock, KSRTAUDIO_HWREGISTER *reply)
{
    struct wavert_register *mapped = clock ? &stream->clock_register : &stream->position_register;
    const char *name = clock ? "GetClockRegister" : "GetPositionRegister", *fault;
    void *address;
    NTSTATUS status;

    if (mapped->used)
        return STATUS_INVALID_DEVICE_REQUEST; // RT-58
    status = ask(stream, clock, reply);
    if (!NT_SUCCESS(status))
        return status;
    fault = fault_of(reply, clock);
    if (!fault && !mappable(stream, reply->Register))
        fault = "an address that is neither a register nor memory of the machine";
    if (fault) {
        wavert_misuse(stream, "RT-57", 0, NULL, "%s succeeded with %s", name, fault);
        return STATUS_UNSUCCESSFUL;
    }
    address = map(stream, mapped, reply->Register);
    if (!address)
        return STATUS_INSUFFICIENT_RESOURCES;
    mapped->used = true;
    reply->Register = address;
    return STATUS_SUCCESS;
}

static void unmap(struct wavert_stream *stream, struct wavert_register *mapped)
{
    struct machine *machine = stream->system->machine;

    if (mapped->base && mapped->device)
        machine_io_unmap(machine, mapped->base, PAGE_SIZE);
    else if (mapped->base)
        view_unmap(machine, mapped->base, 1);
    mapped->base = NULL;
}

void wavert_registers_unmap(struct wavert_stream *stream)
{
    unmap(stream, &stream->position_register);
    unmap(stream, &stream->clock_register);
}
