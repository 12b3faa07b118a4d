// SPDX-License-Identifier: MIT
//
// IRPs on their way down and up the device stack (SV-60, SV-61, SV-66; VF-117, VF-121 to VF-129).
// Each call of a dispatch routine leaves a note on its stack, linked to the IRP's record until its
// stack location is completed, so that what the routine returns can be compared with what it did.
// IRQL <= DISPATCH.
#include "kernel/private.h"

struct irp_call {
    struct list link; // irp_record.calls
    CCHAR location;
    bool completed, marked, detached;
    NTSTATUS status; // IoStatus at completion
    PDEVICE_OBJECT device;
    const struct kernel_thread *thread; // on which it runs, `nesting` routines deep, in this context
    unsigned nesting, context;
};

void irp_irql(struct ps_system *system, const char *service, const void *caller)
{
    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, service, caller);
}

void irp_calls_detach(struct irp_record *record)
{
    LIST_EACH_SAFE(link, &record->calls)
    {
        LIST_OBJECT(link, struct irp_call, link)->detached = true;
        list_remove(link);
    }
}

static void calls_completed(struct irp_record *record, const IRP *irp, UCHAR control)
{
    LIST_EACH_SAFE(link, &record->calls)
    {
        struct irp_call *call = LIST_OBJECT(link, struct irp_call, link);

        if (call->location != irp->CurrentLocation)
            continue;
        call->completed = true;
        call->marked = control & SL_PENDING_RETURNED;
        call->status = irp->IoStatus.Status;
        list_remove(link);
    }
}

// ---- down ---------------------------------------------------------------------------------------

// VF-129: what a dispatch routine returns must agree with what it did with the IRP.
static void check_returned(struct ps_system *system, PIRP irp, const struct irp_call *call,
                           NTSTATUS status, const void *routine)
{
    bool pending = status == STATUS_PENDING, marked = call->marked;

    if (call->detached)
        return;
    if (!call->completed && !pending) {
        kernel_misuse(system, "VF-129", routine, CODE_IO_VERIFIER, 0x226, (uintptr_t)routine,
                      (uintptr_t)irp, (uint32_t)status,
                      "a dispatch routine returned 0x%08x without completing its IRP",
                      (unsigned)status);
        return;
    }
    if (!call->completed)
        marked = IoGetCurrentIrpStackLocation(irp)->Control & SL_PENDING_RETURNED ||
                 irp->CurrentLocation != call->location;
    if (pending != marked)
        kernel_misuse(system, "VF-129", routine, CODE_IO_VERIFIER, pending ? 0x23E : 0x23D,
                      (uintptr_t)routine, (uintptr_t)irp, (uint32_t)status,
                      pending
                          ? "a dispatch routine returned STATUS_PENDING without IoMarkIrpPending"
                          : "a dispatch routine marked its IRP pending and returned 0x%08x",
                      (unsigned)status);
    else if (!pending && status != call->status)
        kernel_misuse(system, "VF-129", routine, CODE_IO_VERIFIER, 0x225, (uintptr_t)routine,
                      (uintptr_t)irp, (uint32_t)status,
                      "a dispatch routine returned 0x%08x but completed its IRP with 0x%08x",
                      (unsigned)status, (unsigned)call->status);
}

// The running code is what `call` has called itself, not a routine that this called nor one that came in between.
static bool runs_here(struct ps_system *system, const struct irp_call *call)
{
    const struct kernel_thread *thread = thread_current(system);

    return call->thread == thread && call->nesting == thread->dispatching &&
           call->context == system->sched->current->context_count;
}

// By the image: a driver of a location above that is not also the one whose turn it is.
static bool is_above(struct ps_system *system, PIRP irp, const void *caller)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);

    if (irp->CurrentLocation == irp->StackCount || !device_known(system, stack->DeviceObject) ||
        driver_has(stack->DeviceObject->DriverObject, caller))
        return false;
    for (int above = 1; above <= irp->StackCount - irp->CurrentLocation; above++)
        if (device_known(system, stack[above].DeviceObject) &&
            driver_has(stack[above].DeviceObject->DriverObject, caller))
            return true;
    return false;
}

bool irp_sent_down(struct ps_system *system, PIRP irp, const void *caller)
{
    const struct irp_record *record = irp_find(system, irp);
    const struct irp_call *call;

    if (!record || irp->CurrentLocation > irp->StackCount)
        return false;
    if (list_empty(&record->calls))
        return is_above(system, irp, caller);
    call = LIST_OBJECT(record->calls.next, struct irp_call, link);
    if (!runs_here(system, call))
        return is_above(system, irp, caller);
    return irp->CurrentLocation <= call->location &&
           IoGetCurrentIrpStackLocation(irp)->DeviceObject != call->device;
}

static void check_left(struct ps_system *system, const struct kernel_call *before,
                       const void *routine)
{
    uint8_t irql = sched_irql(system->sched);

    if (irql != before->irql) {
        kernel_misuse(system, "VF-122", routine, CODE_IO_VERIFIER, 0x05, (uintptr_t)routine,
                      before->irql, irql,
                      "a dispatch routine returned at IRQL %u; it was called at %u", irql,
                      before->irql);
        kernel_call_repair(system, before);
    }
    kernel_call_leave(system, before, "VF-113", "a dispatch routine", routine);
}

// VF-52: regions are left by whom they were entered.
static void check_apcs(struct ps_system *system, LONG before, uint32_t p1, const char *what,
                       const void *routine)
{
    struct kernel_thread *thread = thread_current(system);

    if (thread->apc_disable == before)
        return;
    kernel_misuse(system, "VF-52", routine, CODE_VERIFIER, p1, (uintptr_t)routine,
                  (uint32_t)before, (uint32_t)thread->apc_disable,
                  "%s returned with APCs disabled %d times; it was called with %d", what,
                  (int)thread->apc_disable, (int)before);
    thread->apc_disable = before;
}

static NTSTATUS dispatch(struct ps_system *system, PDEVICE_OBJECT device, PIRP irp,
                         struct irp_record *record)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    PDRIVER_DISPATCH routine = device->DriverObject->MajorFunction[stack->MajorFunction];
    struct kernel_thread *thread = thread_current(system);
    unsigned outside = thread->dispatching;
    struct irp_call call = {.location = irp->CurrentLocation,
                            .detached = !record,
                            .device = device,
                            .thread = thread,
                            .nesting = outside + 1,
                            .context = system->sched->current->context_count};
    LONG apcs = thread->apc_disable;
    struct kernel_call before;
    NTSTATUS status;

    list_init(&call.link);
    if (record)
        list_push_front(&record->calls, &call.link);
    thread->dispatching++;
    kernel_call_enter(system, &before);
    status = routine(device, irp);
    thread->dispatching = outside;
    list_remove(&call.link);
    check_left(system, &before, (const void *)(uintptr_t)routine);
    check_apcs(system, apcs, 0xC5, "a dispatch routine", (const void *)(uintptr_t)routine);
    check_returned(system, irp, &call, status, (const void *)(uintptr_t)routine);
    return status;
}

static bool sendable(struct ps_system *system, PDEVICE_OBJECT device, PIRP irp, const void *caller)
{
    uint8_t irql = sched_irql(system->sched);

    if (irql > IRQL_DISPATCH)
        kernel_misuse(system, "VF-125", caller, CODE_IO_VERIFIER, 0x10, irql, (uintptr_t)irp, 0,
                      "IoCallDriver at IRQL %u", irql);
    if (irp->Type != IO_TYPE_IRP)
        kernel_misuse(system, "VF-121", caller, CODE_IO_VERIFIER, 0x03, (uintptr_t)irp, 0, 0,
                      "IoCallDriver with something that is no IRP");
    else if (!device)
        kernel_misuse(system, "VF-121", caller, CODE_IO_VERIFIER, 0x204, (uintptr_t)irp, 0, 0,
                      "IoCallDriver with a NULL device");
    else if (!device_known(system, device))
        kernel_misuse(system, "VF-121", caller, CODE_IO_VERIFIER, 0x04, (uintptr_t)device, 0, 0,
                      "IoCallDriver with something that is no device object, or was deleted");
    else
        return true;
    return false;
}

NTSTATUS io_call(struct ps_system *system, PDEVICE_OBJECT device, PIRP irp, const void *caller)
{
    PIO_STACK_LOCATION stack;

    if (!sendable(system, device, irp, caller))
        return STATUS_INVALID_PARAMETER;
    if (irp->CurrentLocation <= 1)
        finding_stop(system, "BUGCHECK", SIDE_DRIVER, caller, 0x35,
                     (const uint64_t[4]){(uintptr_t)irp}, "an IRP has no stack location left");
    irp_check_sent(system, irp, caller);
    invariant_sent(system, irp, device, caller);
    irp->CurrentLocation--;
    stack = --irp->Tail.Overlay.CurrentStackLocation;
    stack->DeviceObject = device;
    return dispatch(system, device, irp, irp_find(system, irp));
}

NTSTATUS NTAPI IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    NT_SERVICE(COST_SERVICE);
    return io_call(system, DeviceObject, Irp, CALLER);
}

// ---- up -----------------------------------------------------------------------------------------

static bool wants_call(const IO_STACK_LOCATION *stack, const IRP *irp)
{
    if (!stack->CompletionRoutine)
        return false;
    if (irp->Cancel && (stack->Control & SL_INVOKE_ON_CANCEL))
        return true;
    return stack->Control &
           (NT_SUCCESS(irp->IoStatus.Status) ? SL_INVOKE_ON_SUCCESS : SL_INVOKE_ON_ERROR);
}

static NTSTATUS call_completion(struct ps_system *system, PIRP irp, PIO_STACK_LOCATION below)
{
    PIO_COMPLETION_ROUTINE routine = below->CompletionRoutine;
    PVOID context = below->Context;
    bool owned = irp->CurrentLocation <= irp->StackCount;
    PDEVICE_OBJECT device = owned ? IoGetCurrentIrpStackLocation(irp)->DeviceObject : NULL;
    LONG apcs = thread_current(system)->apc_disable;
    struct kernel_call before;
    NTSTATUS status;
    uint8_t irql;

    memset(below, 0, sizeof(*below));
    kernel_call_enter(system, &before);
    status = routine(device, irp, context);
    irql = sched_irql(system->sched);
    if (irql != before.irql) {
        kernel_misuse(system, "VF-51", (const void *)(uintptr_t)routine, CODE_VERIFIER, 0xFA,
                      (uintptr_t)routine, before.irql, irql,
                      "a completion routine returned at IRQL %u; it was called at %u", irql,
                      before.irql);
        kernel_call_repair(system, &before);
    }
    kernel_call_leave(system, &before, "VF-113", "a completion routine",
                      (const void *)(uintptr_t)routine);
    check_apcs(system, apcs, 0xFB, "a completion routine", (const void *)(uintptr_t)routine);
    return status;
}

// One location up. False: somebody keeps the IRP.
static bool unwind(struct ps_system *system, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct irp_record *record = irp_find(system, irp);

    irp->PendingReturned = (stack->Control & SL_PENDING_RETURNED) != 0;
    if (record)
        calls_completed(record, irp, stack->Control);
    irp->CurrentLocation++;
    irp->Tail.Overlay.CurrentStackLocation++;
    if (wants_call(stack, irp))
        return call_completion(system, irp, stack) != STATUS_MORE_PROCESSING_REQUIRED;
    if (irp->PendingReturned && irp->CurrentLocation <= irp->StackCount)
        IoMarkIrpPending(irp);
    return true;
}

static void check_completion(struct ps_system *system, PIRP irp, const void *caller)
{
    const struct processor *processor = system->sched->current;
    NTSTATUS status = irp->IoStatus.Status;

    if (processor->irql > IRQL_DISPATCH)
        kernel_misuse(system, "VF-125", caller, CODE_IO_VERIFIER, 0x0E, processor->irql,
                      (uintptr_t)irp, 0, "IoCompleteRequest at IRQL %u", processor->irql);
    if (processor->held_count)
        kernel_misuse(
            system, "VF-117", caller, CODE_VERIFIER, 0x40009, (uintptr_t)irp,
            (uintptr_t)processor->held[processor->held_count - 1].lock, 0,
            "IoCompleteRequest while owning spin lock %u",
            sched_lock_number(system->sched, processor->held[processor->held_count - 1].lock));
    if (status == STATUS_PENDING || status == -1)
        kernel_misuse(system, "VF-123", caller, CODE_IO_VERIFIER, 0x06, (uint32_t)status,
                      (uintptr_t)irp, 0, "an IRP is completed with status 0x%08x",
                      (unsigned)status);
    if (irp->CancelRoutine)
        kernel_misuse(system, "VF-124", caller, CODE_IO_VERIFIER, 0x07,
                      (uintptr_t)irp->CancelRoutine, (uintptr_t)irp, 0,
                      "an IRP is completed with its cancel routine still set");
    irp_check_answer(system, irp, caller);
}

static bool completable(struct ps_system *system, PIRP irp, const void *caller)
{
    if (irp->Type == IO_TYPE_IRP && irp->CurrentLocation <= irp->StackCount)
        return true;
    kernel_misuse(system, "VF-135", caller, 0x44, (uintptr_t)irp, 0, 0, 0,
                  "an IRP is completed a second time");
    return false;
}

void io_complete(struct ps_system *system, PIRP irp, const void *caller)
{
    struct irp_record *record;

    if (!completable(system, irp, caller))
        return;
    check_completion(system, irp, caller);
    invariant_completed(system, irp, caller);
    irp->CancelRoutine = NULL;
    while (irp->CurrentLocation <= irp->StackCount)
        if (!unwind(system, irp))
            return;
    record = irp_find(system, irp);
    if (record && record->finish)
        record->finish(system, record);
    else if (record)
        kernel_misuse(system, "VF-128", caller, CODE_IO_VERIFIER, 0x310, (uintptr_t)irp, 0, 0,
                      "IRP %u is completed to the end, but its driver has no completion routine "
                      "that takes it back",
                      record->number);
}

VOID NTAPI IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost)
{
    NT_SERVICE(COST_SERVICE);
    io_complete(system, Irp, CALLER);
}

// The Ex variant refers to the driver's device while the routine is due; our devices outlive their
// IRPs.
NTSTATUS NTAPI IoSetCompletionRoutineEx(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                        PIO_COMPLETION_ROUTINE CompletionRoutine, PVOID Context,
                                        BOOLEAN InvokeOnSuccess, BOOLEAN InvokeOnError,
                                        BOOLEAN InvokeOnCancel)
{
    NT_SERVICE(COST_SERVICE);

    if (fault_here(system))
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    IoSetCompletionRoutine(Irp, CompletionRoutine, Context, InvokeOnSuccess, InvokeOnError,
                           InvokeOnCancel);
    return STATUS_SUCCESS;
}
