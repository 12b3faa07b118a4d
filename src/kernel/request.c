// SPDX-License-Identifier: MIT
//
// IRPs that the I/O manager builds for drivers and finishes itself: device control and PnP, power
// or flush requests with an event and a status block. Building: <= APC_LEVEL (SV-66).
#include "kernel/private.h"

struct request {
    PKEVENT event;
    PIO_STATUS_BLOCK status;
    PVOID output; // METHOD_BUFFERED: where the system buffer goes back to
    ULONG output_bytes;
    void *buffer; // the system buffer
};

enum { METHOD_BITS = 3 };

static void drop_mdl(PIRP irp)
{
    PMDL mdl = irp->MdlAddress;

    while (mdl) {
        PMDL next = mdl->Next;

        if (mdl->MdlFlags & MDL_PAGES_LOCKED)
            MmUnlockPages(mdl);
        IoFreeMdl(mdl);
        mdl = next;
    }
    irp->MdlAddress = NULL;
}

static void request_free(struct ps_system *system, struct irp_record *record)
{
    struct request *request = record->context;

    drop_mdl(record->irp);
    if (request->buffer)
        pool_free(system, request->buffer, TAG_KERNEL, NULL);
    arena_free(system->arena, request, sizeof(*request));
    irp_free(system, record);
}

static void request_finished(struct ps_system *system, struct irp_record *record)
{
    struct request *request = record->context;
    PKEVENT event = request->event;
    PIRP irp = record->irp;
    size_t bytes = irp->IoStatus.Information;

    if (bytes > request->output_bytes)
        bytes = request->output_bytes;
    if (request->output && request->buffer && !NT_ERROR(irp->IoStatus.Status) && bytes)
        memcpy(request->output, request->buffer, bytes);
    if (request->status)
        *request->status = irp->IoStatus;
    request_free(system, record);
    if (event)
        event_set(system, event);
}

static struct irp_record *request_new(struct ps_system *system, PDEVICE_OBJECT device,
                                      PKEVENT event, PIO_STATUS_BLOCK status, const void *caller)
{
    struct irp_record *record = irp_allocate(system, device->StackSize, IRP_OF_KERNEL, caller);
    struct request *request;

    if (!record)
        return NULL;
    request = arena_alloc(system->arena, sizeof(*request));
    if (!request) {
        irp_free(system, record);
        return NULL;
    }
    request->event = event;
    request->status = status;
    record->context = request;
    record->finish = request_finished;
    record->irp->UserEvent = event;
    record->irp->UserIosb = status;
    return record;
}

// ---- device control -----------------------------------------------------------------------------

static bool system_buffer(struct ps_system *system, struct irp_record *record, PVOID input,
                          ULONG input_bytes, ULONG room)
{
    struct request *request = record->context;

    if (!room)
        return true;
    request->buffer = pool_allocate(system, NonPagedPool, room, TAG_KERNEL, true, NULL);
    if (!request->buffer)
        return false;
    if (input_bytes)
        memcpy(request->buffer, input, input_bytes);
    record->irp->AssociatedIrp.SystemBuffer = request->buffer;
    return true;
}

static bool describe_buffer(struct ps_system *system, PIRP irp, PVOID buffer, ULONG bytes,
                            LOCK_OPERATION operation)
{
    PMDL mdl;

    if (!bytes)
        return true;
    mdl = IoAllocateMdl(buffer, bytes, FALSE, FALSE, irp);
    return mdl && NT_SUCCESS(mdl_lock(system, mdl, KernelMode, operation, irp_find(system, irp)->caller));
}

static bool attach_buffers(struct ps_system *system, struct irp_record *record, ULONG method,
                           PVOID input, ULONG input_bytes, PVOID output, ULONG output_bytes)
{
    struct request *request = record->context;

    switch (method) {
    case METHOD_BUFFERED:
        request->output = output;
        request->output_bytes = output_bytes;
        return system_buffer(system, record, input, input_bytes,
                             input_bytes > output_bytes ? input_bytes : output_bytes);
    case METHOD_NEITHER:
        record->irp->UserBuffer = output;
        IoGetNextIrpStackLocation(record->irp)->Parameters.DeviceIoControl.Type3InputBuffer = input;
        return true;
    default:
        return system_buffer(system, record, input, input_bytes, input_bytes) &&
               describe_buffer(system, record->irp, output, output_bytes,
                               method == METHOD_IN_DIRECT ? IoReadAccess : IoWriteAccess);
    }
}

PIRP NTAPI IoBuildDeviceIoControlRequest(ULONG IoControlCode, PDEVICE_OBJECT DeviceObject,
                                         PVOID InputBuffer, ULONG InputBufferLength,
                                         PVOID OutputBuffer, ULONG OutputBufferLength,
                                         BOOLEAN InternalDeviceIoControl, PKEVENT Event,
                                         PIO_STATUS_BLOCK IoStatusBlock)
{
    NT_SERVICE(COST_SERVICE);
    struct irp_record *record;
    PIO_STACK_LOCATION stack;

    irql_at_most(system, IRQL_APC, "VF-100", 0x20009, __func__, CALLER);
    record = request_new(system, DeviceObject, Event, IoStatusBlock, CALLER);
    if (!record)
        return NULL;
    stack = IoGetNextIrpStackLocation(record->irp);
    stack->MajorFunction =
        InternalDeviceIoControl ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL;
    stack->Parameters.DeviceIoControl.IoControlCode = IoControlCode;
    stack->Parameters.DeviceIoControl.InputBufferLength = InputBufferLength;
    stack->Parameters.DeviceIoControl.OutputBufferLength = OutputBufferLength;
    if (attach_buffers(system, record, IoControlCode & METHOD_BITS, InputBuffer, InputBufferLength,
                       OutputBuffer, OutputBufferLength))
        return record->irp;
    request_free(system, record);
    return NULL;
}

// ---- requests without buffers, and reads and writes ---------------------------------------------

static void discard(struct ps_system *system, struct irp_record *record)
{
    if (record->context) {
        request_free(system, record);
        return;
    }
    drop_mdl(record->irp);
    irp_free(system, record);
}

static PIRP build(struct ps_system *system, ULONG major, PDEVICE_OBJECT device, PVOID buffer,
                  ULONG length, const LARGE_INTEGER *offset, struct irp_record *record)
{
    PIO_STACK_LOCATION stack;

    if (!record)
        return NULL;
    stack = IoGetNextIrpStackLocation(record->irp);
    stack->MajorFunction = (UCHAR)major;
    if (major == IRP_MJ_PNP)
        record->irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    if (major != IRP_MJ_READ && major != IRP_MJ_WRITE)
        return record->irp;
    // Read and Write have the same parameters.
    stack->Parameters.Read.Length = length;
    if (offset)
        stack->Parameters.Read.ByteOffset = *offset;
    if (!(device->Flags & DO_DIRECT_IO))
        record->irp->UserBuffer = buffer;
    else if (!describe_buffer(system, record->irp, buffer, length,
                              major == IRP_MJ_READ ? IoWriteAccess : IoReadAccess)) {
        discard(system, record);
        return NULL;
    }
    return record->irp;
}

PIRP NTAPI IoBuildSynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject,
                                        PVOID Buffer, ULONG Length, PLARGE_INTEGER StartingOffset,
                                        PKEVENT Event, PIO_STATUS_BLOCK IoStatusBlock)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_APC, "VF-100", 0x20009, __func__, CALLER);
    return build(system, MajorFunction, DeviceObject, Buffer, Length, StartingOffset,
                 request_new(system, DeviceObject, Event, IoStatusBlock, CALLER));
}

// The driver's: its completion routine frees the IRP, and the MDL of one with direct I/O.
PIRP NTAPI IoBuildAsynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject,
                                         PVOID Buffer, ULONG Length, PLARGE_INTEGER StartingOffset,
                                         PIO_STATUS_BLOCK IoStatusBlock)
{
    NT_SERVICE(COST_SERVICE);
    struct irp_record *record;

    irql_at_most(system, IRQL_APC, "VF-100", 0x20009, __func__, CALLER);
    record = irp_allocate(system, DeviceObject->StackSize, IRP_OF_DRIVER, CALLER);
    if (record)
        record->irp->UserIosb = IoStatusBlock;
    return build(system, MajorFunction, DeviceObject, Buffer, Length, StartingOffset, record);
}

// ---- forwarding ---------------------------------------------------------------------------------

static NTSTATUS NTAPI forwarded(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// FALSE: no stack location below. Else the caller still owns the IRP when this returns.
BOOLEAN NTAPI IoForwardIrpSynchronously(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    NT_SERVICE(COST_SERVICE);
    KEVENT event;

    irql_at_most(system, IRQL_APC, "VF-100", 0x20009, __func__, CALLER);
    if (Irp->CurrentLocation <= 1)
        return FALSE;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, forwarded, &event, TRUE, TRUE, TRUE);
    if (io_call(system, DeviceObject, Irp, CALLER) == STATUS_PENDING)
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    return TRUE;
}
