// SPDX-License-Identifier: MIT
//
// IoConnectInterruptEx (SV-51a): an interrupt by its vector, or by its device. Devices of the machine have a line each and
// send no messages, so that who asks for messages gets its fall-back routine on the line, as documented. PASSIVE_LEVEL.
#include "kernel/private.h"

static NTSTATUS connect_specified(PIO_CONNECT_INTERRUPT_FULLY_SPECIFIED_PARAMETERS wanted)
{
    if (!wanted->PhysicalDeviceObject || !wanted->InterruptObject)
        return STATUS_INVALID_PARAMETER;
    if (!wanted->ProcessorEnableMask)
        return STATUS_INVALID_PARAMETER_10;
    return IoConnectInterrupt(wanted->InterruptObject, wanted->ServiceRoutine, wanted->ServiceContext,
                              wanted->SpinLock, wanted->Vector, wanted->Irql, wanted->SynchronizeIrql,
                              wanted->InterruptMode, wanted->ShareVector, wanted->ProcessorEnableMask,
                              wanted->FloatingSave);
}

// An IRQL of 0 leaves the choice to the system.
static NTSTATUS connect_line(struct ps_system *system, PDEVICE_OBJECT pdo, PKINTERRUPT *out,
                             struct interrupt_connection wanted)
{
    const struct device_record *record = pdo ? device_find(system, pdo) : NULL;
    struct sched_interrupt *line;

    if (!record || !out)
        return STATUS_INVALID_PARAMETER;
    *out = NULL;
    line = record->model ? device_interrupt_line(record->model) : NULL;
    if (!line)
        return STATUS_NOT_FOUND;
    if (!wanted.irql)
        wanted.irql = line->irql;
    return kernel_interrupt_connect(system, line, &wanted, out);
}

static NTSTATUS connect_fallback(struct ps_system *system, PIO_CONNECT_INTERRUPT_PARAMETERS parameters,
                                 const void *caller)
{
    PIO_CONNECT_INTERRUPT_MESSAGE_BASED_PARAMETERS wanted = &parameters->MessageBased;
    NTSTATUS status;

    if (!wanted->FallBackServiceRoutine)
        return STATUS_NOT_FOUND;
    status = connect_line(system, wanted->PhysicalDeviceObject, wanted->ConnectionContext.InterruptObject,
                          (struct interrupt_connection){wanted->FallBackServiceRoutine, wanted->ServiceContext,
                                                        wanted->SpinLock, wanted->SynchronizeIrql, caller});
    if (NT_SUCCESS(status))
        parameters->Version = CONNECT_LINE_BASED;
    return status;
}

NTSTATUS NTAPI IoConnectInterruptEx(PIO_CONNECT_INTERRUPT_PARAMETERS Parameters)
{
    NT_SERVICE(COST_SERVICE);
    PIO_CONNECT_INTERRUPT_LINE_BASED_PARAMETERS line = &Parameters->LineBased;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    switch (Parameters->Version) {
    case CONNECT_FULLY_SPECIFIED:
    case CONNECT_FULLY_SPECIFIED_GROUP:
        return connect_specified(&Parameters->FullySpecified);
    case CONNECT_LINE_BASED:
        return connect_line(system, line->PhysicalDeviceObject, line->InterruptObject,
                            (struct interrupt_connection){line->ServiceRoutine, line->ServiceContext,
                                                          line->SpinLock, line->SynchronizeIrql, CALLER});
    case CONNECT_MESSAGE_BASED:
        return connect_fallback(system, Parameters, CALLER);
    default:
        return STATUS_INVALID_PARAMETER_1;
    }
}

VOID NTAPI IoDisconnectInterruptEx(PIO_DISCONNECT_INTERRUPT_PARAMETERS Parameters)
{
    NT_SERVICE(COST_SERVICE);
    kernel_interrupt_disconnect(system, Parameters->ConnectionContext.InterruptObject, CALLER);
}
