// SPDX-License-Identifier: MIT
//
// What an IRP must be like when a driver sends or completes it, beyond its owner and its status:
// VF-54, VF-127, VF-131, VF-133, VF-134. IRQL <= DISPATCH.
#include "kernel/private.h"

static void complain(struct ps_system *system, const char *rule, uint32_t p1, const IRP *irp,
                     uint64_t p3, const char *text, const void *caller)
{
    kernel_misuse(system, rule, caller, CODE_IO_VERIFIER, p1, (uintptr_t)irp, p3, 0, "%s", text);
}

// PnP, power and WMI IRPs start as not supported, so that a stack in which nobody knows them says
// so.
static void check_first_status(struct ps_system *system, const IRP *irp, UCHAR major,
                               const void *caller)
{
    uint32_t p1 = major == IRP_MJ_PNP              ? 0x20E
                  : major == IRP_MJ_POWER          ? 0x20F
                  : major == IRP_MJ_SYSTEM_CONTROL ? 0x210
                                                   : 0;

    if (p1 && irp->IoStatus.Status != STATUS_NOT_SUPPORTED)
        complain(
            system, "VF-131", p1, irp, (uint32_t)irp->IoStatus.Status,
            "a PnP, power or WMI IRP is sent with another first status than STATUS_NOT_SUPPORTED",
            caller);
}

static bool passive_only(UCHAR major)
{
    return major == IRP_MJ_CREATE || major == IRP_MJ_CLEANUP || major == IRP_MJ_CLOSE ||
           major == IRP_MJ_PNP;
}

void irp_check_sent(struct ps_system *system, PIRP irp, const void *caller)
{
    UCHAR major = IoGetNextIrpStackLocation(irp)->MajorFunction;
    const struct irp_record *record = irp_find(system, irp);
    uint8_t irql = sched_irql(system->sched);

    if (irp->CancelRoutine)
        complain(system, "VF-127", 0x203, irp, (uintptr_t)irp->CancelRoutine,
                 "an IRP is passed on with its cancel routine still set", caller);
    // Not one that a dispatch routine hands down in the place in which it came.
    if (record && record->origin == IRP_OF_DRIVER && irp->CurrentLocation > irp->StackCount &&
        list_empty(&record->calls))
        check_first_status(system, irp, major, caller);
    check_requestor(system, irp, caller);
    if (irql > IRQL_PASSIVE && passive_only(major))
        complain(system, "VF-133", 0x23A, irp, irql,
                 "a create, cleanup, close or PnP IRP is sent above PASSIVE_LEVEL", caller);
}

// Where the I/O manager copies the answer back; what a driver's own IRP means is its own affair.
void irp_check_answer(struct ps_system *system, PIRP irp, const void *caller)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    const struct irp_record *record = irp_find(system, irp);
    ULONG room = stack->Parameters.DeviceIoControl.OutputBufferLength;
    bool control = stack->MajorFunction == IRP_MJ_DEVICE_CONTROL ||
                   stack->MajorFunction == IRP_MJ_INTERNAL_DEVICE_CONTROL;

    if (!record || record->origin == IRP_OF_DRIVER || !control ||
        (stack->Parameters.DeviceIoControl.IoControlCode & 3) != METHOD_BUFFERED)
        return;
    if (NT_SUCCESS(irp->IoStatus.Status) && irp->IoStatus.Information > room)
        kernel_misuse(system, "VF-134", caller, CODE_IO_VERIFIER, 0x312, (uintptr_t)irp,
                      irp->IoStatus.Information, room,
                      "an IRP is completed with %llu bytes of answer; its buffer has %u",
                      (unsigned long long)irp->IoStatus.Information, (unsigned)room);
}
