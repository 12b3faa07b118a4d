// SPDX-License-Identifier: MIT
//
// A client's view of I/O: file objects, and device control requests that may be cancelled by any
// thread at any moment. A file object lives while its handle is open or a request is in flight;
// IRP_MJ_CLOSE is sent when it dies. PASSIVE_LEVEL on a system thread; completion and cancel <=
// DISPATCH.
#include "kernel/private.h"
#include "sched/guarded.h"

struct file_record {
    struct list link; // kernel.files
    struct object object;
    FILE_OBJECT file;
    struct file_record *related;
    uint32_t number;
    bool opened; // IRP_MJ_CREATE succeeded: CLOSE is due
    bool elsewhere; // CLOSE is not sent by who drops the last reference
};

static struct file_record *record_of(PFILE_OBJECT file)
{
    return CONTAINING_RECORD(file, struct file_record, file);
}

static PDEVICE_OBJECT target_of(PFILE_OBJECT file)
{
    return device_top(file->DeviceObject);
}

// ---- the client's memory ------------------------------------------------------------------------

static NTSTATUS copy(void *to, const void *from, size_t bytes)
{
    return guarded_copy(to, from, bytes) ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}

NTSTATUS kernel_copy_in(void *to, const void *client, size_t bytes)
{
    return copy(to, client, bytes);
}

NTSTATUS kernel_copy_out(void *client, const void *from, size_t bytes)
{
    return copy(client, from, bytes);
}

// ---- synchronous file requests: CREATE, CLEANUP, CLOSE ------------------------------------------

struct file_wait {
    KEVENT event;
    IO_STATUS_BLOCK status;
};

static void file_finished(struct ps_system *system, struct irp_record *record)
{
    struct file_wait *wait = record->context;

    wait->status = record->irp->IoStatus;
    irp_free(system, record);
    event_set(system, &wait->event);
}

static NTSTATUS send(struct ps_system *system, struct file_record *file, UCHAR major)
{
    PDEVICE_OBJECT top = target_of(&file->file);
    struct irp_record *record = major == IRP_MJ_CREATE
                                    ? irp_allocate(system, top->StackSize, IRP_OF_CLIENT, NULL)
                                    : irp_reserved(system, top->StackSize, IRP_OF_CLIENT);
    struct file_wait wait;
    PIO_STACK_LOCATION stack;

    if (!record)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeEvent(&wait.event, NotificationEvent, FALSE);
    record->finish = file_finished;
    record->context = &wait;
    record->irp->Tail.Overlay.OriginalFileObject = &file->file;
    record->irp->RequestorMode = UserMode;
    stack = IoGetNextIrpStackLocation(record->irp);
    stack->MajorFunction = major;
    stack->FileObject = &file->file;
    if (major == IRP_MJ_CREATE)
        stack->Parameters.Create.Options = FILE_OPEN << 24;
    io_call(system, top, record->irp, NULL);
    KeWaitForSingleObject(&wait.event, Executive, KernelMode, FALSE, NULL);
    return wait.status.Status;
}

// ---- file objects -------------------------------------------------------------------------------

static void file_free(struct ps_system *system, struct file_record *file)
{
    struct device_record *device = device_find(system, file->file.DeviceObject);

    list_remove(&file->link);
    system->kernel->file_count--;
    if (file->file.FileName.Buffer)
        pool_free(system, file->file.FileName.Buffer, TAG_KERNEL, NULL);
    if (file->related)
        object_release(system, &file->related->object);
    if (device) {
        device->device->ReferenceCount--;
        object_release(system, &device->object);
    }
    arena_free(system->arena, file, sizeof(*file));
}

bool files_open(struct ps_system *system, const struct device_record *pdo)
{
    LIST_EACH(link, &system->kernel->files)
    {
        struct file_record *file = LIST_OBJECT(link, struct file_record, link);

        if (device_bottom(system, file->file.DeviceObject) == pdo)
            return true;
    }
    return false;
}

static void close_and_free(void *argument)
{
    struct file_record *file = argument;
    struct ps_system *system = system_here(__func__);

    send(system, file, IRP_MJ_CLOSE);
    file_free(system, file);
}

// The last reference may go in a completion, maybe at DISPATCH_LEVEL and always while the driver is still at work on
// what it completed. CLOSE is then sent from elsewhere, as the requesting thread would do it later.
static void destroy(struct ps_system *system, struct object *object)
{
    struct file_record *file = LIST_OBJECT(object, struct file_record, object);

    if (!file->opened)
        file_free(system, file);
    else if (!file->elsewhere && sched_irql(system->sched) == IRQL_PASSIVE &&
             sched_on_fiber(system->sched))
        close_and_free(file);
    else
        work_queue(system, close_and_free, file);
}

static NTSTATUS copy_name(struct ps_system *system, FILE_OBJECT *file, const void *name,
                          size_t bytes)
{
    if (!bytes)
        return STATUS_SUCCESS;
    file->FileName.Buffer =
        pool_allocate(system, PagedPool, bytes + sizeof(WCHAR), TAG_KERNEL, true, NULL);
    if (!file->FileName.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    file->FileName.Length = (USHORT)bytes;
    file->FileName.MaximumLength = (USHORT)(bytes + sizeof(WCHAR));
    return kernel_copy_in(file->FileName.Buffer, name, bytes);
}

static NTSTATUS file_new(struct ps_system *system, struct device_record *device,
                         PFILE_OBJECT related, const void *name, size_t bytes,
                         struct file_record **out)
{
    struct file_record *file =
        fault_here(system) ? NULL : arena_alloc(system->arena, sizeof(*file));
    NTSTATUS status;

    if (!file)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = copy_name(system, &file->file, name, bytes);
    if (NT_SUCCESS(status) &&
        !object_add(system, &file->object, OBJECT_TYPE_FILE, &file->file, destroy))
        status = STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(status)) {
        if (file->file.FileName.Buffer)
            pool_free(system, file->file.FileName.Buffer, TAG_KERNEL, NULL);
        arena_free(system->arena, file, sizeof(*file));
        return status;
    }
    file->number = system_number(system, OBJECT_FILE);
    file->file.Type = IO_TYPE_FILE;
    file->file.Size = sizeof(FILE_OBJECT);
    file->file.DeviceObject = device->device;
    file->file.RelatedFileObject = related;
    file->file.ReadAccess = file->file.WriteAccess = TRUE;
    KeInitializeEvent(&file->file.Event, NotificationEvent, FALSE);
    KeInitializeEvent(&file->file.Lock, SynchronizationEvent, TRUE);
    device->object.references++;
    device->device->ReferenceCount++;
    if (related) {
        file->related = record_of(related);
        file->related->object.references++;
    }
    list_push_back(&system->kernel->files, &file->link);
    system->kernel->file_count++;
    *out = file;
    return STATUS_SUCCESS;
}

NTSTATUS kernel_open(struct ps_system *system, PDEVICE_OBJECT device, PFILE_OBJECT related,
                     const void *name, size_t name_bytes, PFILE_OBJECT *out)
{
    struct device_record *record;
    struct file_record *file;
    NTSTATUS status;

    *out = NULL;
    record = device_find(system, related ? related->DeviceObject : device);
    if (!record || record->deleted || device_bottom(system, record->device)->leaving)
        return STATUS_NO_SUCH_DEVICE;
    if (name_bytes > UNICODE_STRING_MAX_BYTES - sizeof(WCHAR))
        return STATUS_NAME_TOO_LONG;
    status = file_new(system, record, related, name, name_bytes, &file);
    if (!NT_SUCCESS(status))
        return status;
    status = send(system, file, IRP_MJ_CREATE);
    if (!NT_SUCCESS(status)) {
        object_release(system, &file->object);
        return status;
    }
    file->opened = true;
    *out = &file->file;
    return status;
}

void kernel_file_reference(struct ps_system *system, PFILE_OBJECT file)
{
    object_find(system, file)->references++;
}

void kernel_close(struct ps_system *system, PFILE_OBJECT file)
{
    struct file_record *record = record_of(file);

    send(system, record, IRP_MJ_CLEANUP);
    file->Flags |= FO_CLEANUP_COMPLETE;
    object_release(system, &record->object);
}

// ---- device control -----------------------------------------------------------------------------

// Nothing of the request is touched once `done` is visible to its owner, who may drop it at the
// next scheduling point.
static void request_finished(struct ps_system *system, struct irp_record *record)
{
    struct kernel_request *request = record->context;
    PFILE_OBJECT file = record->irp->Tail.Overlay.OriginalFileObject;
    void (*complete)(struct kernel_request * request) = request->complete;

    request->status = record->irp->IoStatus.Status;
    request->information = record->irp->IoStatus.Information;
    request->irp = NULL;
    irp_free(system, record);
    record_of(file)->elsewhere = record_of(file)->object.references == 1;
    object_release(system, &record_of(file)->object);
    request->done = true;
    event_set(system, &request->event);
    if (complete)
        complete(request);
}

static struct irp_record *control_irp(struct ps_system *system, PFILE_OBJECT file, ULONG code,
                                      void *input, ULONG input_bytes, void *output,
                                      ULONG output_bytes)
{
    struct irp_record *record =
        irp_allocate(system, target_of(file)->StackSize, IRP_OF_CLIENT, NULL);
    PIO_STACK_LOCATION stack;

    if (!record)
        return NULL;
    record->irp->RequestorMode = UserMode;
    record->irp->UserBuffer = output;
    record->irp->Tail.Overlay.OriginalFileObject = file;
    stack = IoGetNextIrpStackLocation(record->irp);
    stack->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    stack->FileObject = file;
    stack->Parameters.DeviceIoControl.IoControlCode = code;
    stack->Parameters.DeviceIoControl.InputBufferLength = input_bytes;
    stack->Parameters.DeviceIoControl.OutputBufferLength = output_bytes;
    stack->Parameters.DeviceIoControl.Type3InputBuffer = input;
    return record;
}

NTSTATUS kernel_control(struct ps_system *system, PFILE_OBJECT file, ULONG code, void *input,
                        ULONG input_bytes, void *output, ULONG output_bytes,
                        struct kernel_request *request)
{
    struct irp_record *record =
        control_irp(system, file, code, input, input_bytes, output, output_bytes);

    request->done = false;
    request->information = 0;
    KeInitializeEvent(&request->event, NotificationEvent, FALSE);
    if (!record) {
        request->irp = NULL;
        request->status = STATUS_INSUFFICIENT_RESOURCES;
        request->done = true;
        event_set(system, &request->event);
        return request->status;
    }
    record->finish = request_finished;
    record->context = request;
    request->irp = record->irp;
    request->status = STATUS_PENDING;
    record_of(file)->object.references++;
    return io_call(system, target_of(file), record->irp, NULL);
}

void kernel_wait(struct kernel_request *request)
{
    KeWaitForSingleObject(&request->event, UserRequest, KernelMode, FALSE, NULL);
}

NTSTATUS kernel_control_wait(struct ps_system *system, PFILE_OBJECT file, ULONG code, void *input,
                             ULONG input_bytes, void *output, ULONG output_bytes,
                             ULONG_PTR *information)
{
    struct kernel_request request = {.complete = NULL};

    kernel_control(system, file, code, input, input_bytes, output, output_bytes, &request);
    kernel_wait(&request);
    if (information)
        *information = request.information;
    return request.status;
}

bool kernel_cancel(struct kernel_request *request)
{
    struct ps_system *system = system_here(__func__);
    struct irp_record *record = request->done ? NULL : irp_find(system, request->irp);
    bool called;

    if (!record)
        return false;
    record->pins++;
    called = irp_cancel(system, record->irp, NULL);
    irp_unpin(system, record);
    return called;
}
