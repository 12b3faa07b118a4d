// SPDX-License-Identifier: MIT
//
// Cancelling IRPs (SV-62 to SV-65). The cancel spin lock is one per system. IRQL <= DISPATCH.
#include "kernel/private.h"

// No scheduling point of its own: on Windows it is one instruction of the driver's.
PDRIVER_CANCEL NTAPI IoSetCancelRoutine(PIRP Irp, PDRIVER_CANCEL CancelRoutine)
{
    struct ps_system *system = system_here(__func__);

    if (CancelRoutine && irp_sent_down(system, Irp, CALLER))
        kernel_misuse(system, "VF-130", CALLER, CODE_IO_VERIFIER, 0x229, (uintptr_t)CancelRoutine, (uintptr_t)Irp, 0,
                      "a cancel routine is set on IRP %u, which a driver below has", irp_find(system, Irp)->number);
    return __atomic_exchange_n(&Irp->CancelRoutine, CancelRoutine, __ATOMIC_SEQ_CST);
}

VOID NTAPI IoAcquireCancelSpinLock(PKIRQL Irql)
{
    struct ps_system *system = system_here(__func__);

    irp_irql(system, __func__, CALLER);
    *Irql = lock_ordinary(system, &system->kernel->cancel_lock, CALLER);
}

VOID NTAPI IoReleaseCancelSpinLock(KIRQL Irql)
{
    struct ps_system *system = system_here(__func__);

    unlock_ordinary(system, &system->kernel->cancel_lock, Irql, CALLER);
}

// SV-64: the routine releases the lock that it was called with.
static void check_released(struct ps_system *system, PDRIVER_CANCEL routine, KIRQL irql)
{
    if (!sched_lock_held(system->sched, &system->kernel->cancel_lock))
        return;
    kernel_misuse(system, "VF-118", (const void *)(uintptr_t)routine, CODE_VERIFIER, 0x40009,
                  (uintptr_t)routine, 0, 0,
                  "a cancel routine returned without releasing the cancel spin lock");
    unlock_ordinary(system, &system->kernel->cancel_lock, irql, (const void *)(uintptr_t)routine);
}

static void call_routine(struct ps_system *system, PIRP irp, PDRIVER_CANCEL routine, KIRQL irql)
{
    struct kernel_call before = {irql, (uint8_t)(system->sched->current->held_count - 1)};
    bool owned = irp->CurrentLocation <= irp->StackCount;

    irp->CancelIrql = irql;
    routine(owned ? IoGetCurrentIrpStackLocation(irp)->DeviceObject : NULL, irp);
    check_released(system, routine, irql);
    kernel_call_leave(system, &before, "VF-118", "a cancel routine",
                      (const void *)(uintptr_t)routine);
}

// ---- requests that do not end -------------------------------------------------------------------

#define CANCEL_LIMIT_MS 300000u // SV-67: five minutes

static void not_ended(struct sched_deadline *deadline)
{
    struct irp_record *record = LIST_OBJECT(deadline, struct irp_record, cancelled);

    kernel_misuse(deadline->context, "VF-136", NULL, CODE_VERIFIER, 0x135, (uintptr_t)record->irp,
                  CANCEL_LIMIT_MS, 0, "IRP %u was cancelled %u s ago and is still not completed",
                  record->number, CANCEL_LIMIT_MS / 1000);
}

// From the first cancel on a client's request has its time.
static void expect_end(struct ps_system *system, PIRP irp)
{
    struct irp_record *record = irp_find(system, irp);

    if (!record || record->origin != IRP_OF_CLIENT || irp->Cancel)
        return;
    record->cancelled.context = system;
    record->cancelled.fire = not_ended;
    sched_deadline_set(system->sched, &record->cancelled,
                       system->sched->now + CANCEL_LIMIT_MS * (uint64_t)1000000);
}

PDRIVER_CANCEL kernel_cancel_take(struct ps_system *system, PIRP irp)
{
    expect_end(system, irp);
    irp->Cancel = TRUE;
    return IoSetCancelRoutine(irp, NULL);
}

void kernel_cancel_taken(struct ps_system *system, PIRP irp, PDRIVER_CANCEL routine)
{
    KIRQL irql = lock_ordinary(system, &system->kernel->cancel_lock, CALLER);

    call_routine(system, irp, routine, irql);
}

bool irp_cancel(struct ps_system *system, PIRP irp, const void *caller)
{
    KIRQL irql = lock_ordinary(system, &system->kernel->cancel_lock, caller);
    PDRIVER_CANCEL routine = kernel_cancel_take(system, irp);

    if (!routine) {
        unlock_ordinary(system, &system->kernel->cancel_lock, irql, caller);
        return false;
    }
    call_routine(system, irp, routine, irql);
    return true;
}

BOOLEAN NTAPI IoCancelIrp(PIRP Irp)
{
    NT_SERVICE(COST_SERVICE);

    irp_irql(system, __func__, CALLER);
    if (Irp->Type != IO_TYPE_IRP) {
        kernel_misuse(system, "VF-135", CALLER, 0x48, (uintptr_t)Irp, 0, 0, 0,
                      "an IRP is cancelled after it was freed");
        return FALSE;
    }
    return irp_cancel(system, Irp, CALLER);
}

// ---- cancel-safe queues -------------------------------------------------------------------------
// The driver's six routines keep its queue; these make insert, removal and cancel meet safely. The
// IRP's place in the queue is known by its context or, without one, by the IRP itself.

enum {
    CSQ_CONTEXT = 1,
    CSQ_QUEUE = 2,
    CSQ_QUEUE_EX = 3 // its CsqInsertIrp takes a context and may refuse
}; // Type of either; both are reached through DriverContext[3]

static VOID NTAPI csq_cancelled(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_CSQ_IRP_CONTEXT context = Irp->Tail.Overlay.DriverContext[3];
    PIO_CSQ csq;
    KIRQL irql;

    IoReleaseCancelSpinLock(Irp->CancelIrql);
    if (context && context->Type == CSQ_CONTEXT)
        csq = context->Csq;
    else
        csq = (PIO_CSQ)context, context = NULL;
    csq->CsqAcquireLock(csq, &irql);
    csq->CsqRemoveIrp(csq, Irp);
    if (context)
        context->Irp = NULL;
    csq->CsqReleaseLock(csq, irql);
    csq->CsqCompleteCanceledIrp(csq, Irp);
}

NTSTATUS NTAPI IoCsqInitialize(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP CsqInsertIrp,
                               PIO_CSQ_REMOVE_IRP CsqRemoveIrp,
                               PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp,
                               PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock,
                               PIO_CSQ_RELEASE_LOCK CsqReleaseLock,
                               PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp)
{
    *Csq = (IO_CSQ){.Type = CSQ_QUEUE,
                    .CsqInsertIrp = CsqInsertIrp,
                    .CsqRemoveIrp = CsqRemoveIrp,
                    .CsqPeekNextIrp = CsqPeekNextIrp,
                    .CsqAcquireLock = CsqAcquireLock,
                    .CsqReleaseLock = CsqReleaseLock,
                    .CsqCompleteCanceledIrp = CsqCompleteCanceledIrp};
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoCsqInitializeEx(PIO_CSQ Csq, PIO_CSQ_INSERT_IRP_EX CsqInsertIrp,
                                 PIO_CSQ_REMOVE_IRP CsqRemoveIrp,
                                 PIO_CSQ_PEEK_NEXT_IRP CsqPeekNextIrp,
                                 PIO_CSQ_ACQUIRE_LOCK CsqAcquireLock,
                                 PIO_CSQ_RELEASE_LOCK CsqReleaseLock,
                                 PIO_CSQ_COMPLETE_CANCELED_IRP CsqCompleteCanceledIrp)
{
    IoCsqInitialize(Csq, (PIO_CSQ_INSERT_IRP)(PVOID)CsqInsertIrp, CsqRemoveIrp, CsqPeekNextIrp,
                    CsqAcquireLock, CsqReleaseLock, CsqCompleteCanceledIrp);
    Csq->Type = CSQ_QUEUE_EX;
    return STATUS_SUCCESS;
}

// Of a queue of IoCsqInitialize: never refuses.
static NTSTATUS csq_put(PIO_CSQ csq, PIRP irp, PVOID insert_context)
{
    if (csq->Type == CSQ_QUEUE_EX)
        return ((PIO_CSQ_INSERT_IRP_EX)(PVOID)csq->CsqInsertIrp)(csq, irp, insert_context);
    csq->CsqInsertIrp(csq, irp);
    return STATUS_SUCCESS;
}

static NTSTATUS csq_insert(PIO_CSQ csq, PIRP irp, PIO_CSQ_IRP_CONTEXT context, PVOID insert_context)
{
    bool cancelled = false;
    NTSTATUS status;
    KIRQL irql;

    if (context)
        *context = (IO_CSQ_IRP_CONTEXT){.Type = CSQ_CONTEXT, .Irp = irp, .Csq = csq};
    irp->Tail.Overlay.DriverContext[3] = context ? (PVOID)context : (PVOID)csq;
    csq->CsqAcquireLock(csq, &irql);
    IoMarkIrpPending(irp);
    status = csq_put(csq, irp, insert_context);
    if (!NT_SUCCESS(status)) {
        csq->CsqReleaseLock(csq, irql);
        return status;
    }
    IoSetCancelRoutine(irp, csq_cancelled);
    if (irp->Cancel && IoSetCancelRoutine(irp, NULL)) {
        cancelled = true;
        csq->CsqRemoveIrp(csq, irp);
        if (context)
            context->Irp = NULL;
    }
    csq->CsqReleaseLock(csq, irql);
    if (cancelled)
        csq->CsqCompleteCanceledIrp(csq, irp);
    return status;
}

VOID NTAPI IoCsqInsertIrp(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context)
{
    NT_SERVICE(COST_SERVICE);
    irp_irql(system, __func__, CALLER);
    csq_insert(Csq, Irp, Context, NULL);
}

// What the driver's CsqInsertIrp says; an IRP that it refuses is the caller's still.
NTSTATUS NTAPI IoCsqInsertIrpEx(PIO_CSQ Csq, PIRP Irp, PIO_CSQ_IRP_CONTEXT Context,
                                PVOID InsertContext)
{
    NT_SERVICE(COST_SERVICE);
    irp_irql(system, __func__, CALLER);
    return NT_TELL(csq_insert(Csq, Irp, Context, InsertContext));
}

// Takes `irp` out for its caller, unless its cancel routine is under way. Queue locked.
static bool csq_claim(PIO_CSQ csq, PIRP irp)
{
    PIO_CSQ_IRP_CONTEXT context = irp->Tail.Overlay.DriverContext[3];

    if (!IoSetCancelRoutine(irp, NULL))
        return false;
    csq->CsqRemoveIrp(csq, irp);
    if (context && context->Type == CSQ_CONTEXT)
        context->Irp = NULL;
    irp->Tail.Overlay.DriverContext[3] = NULL;
    return true;
}

PIRP NTAPI IoCsqRemoveIrp(PIO_CSQ Csq, PIO_CSQ_IRP_CONTEXT Context)
{
    NT_SERVICE(COST_SERVICE);
    PIRP irp;
    KIRQL irql;

    irp_irql(system, __func__, CALLER);
    Csq->CsqAcquireLock(Csq, &irql);
    irp = Context->Irp;
    if (irp && !csq_claim(Csq, irp))
        irp = NULL;
    Csq->CsqReleaseLock(Csq, irql);
    return irp;
}

PIRP NTAPI IoCsqRemoveNextIrp(PIO_CSQ Csq, PVOID PeekContext)
{
    NT_SERVICE(COST_SERVICE);
    PIRP irp = NULL;
    KIRQL irql;

    irp_irql(system, __func__, CALLER);
    Csq->CsqAcquireLock(Csq, &irql);
    do {
        irp = Csq->CsqPeekNextIrp(Csq, irp, PeekContext);
    } while (irp && !csq_claim(Csq, irp));
    Csq->CsqReleaseLock(Csq, irql);
    return irp;
}
