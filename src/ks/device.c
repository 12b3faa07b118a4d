// SPDX-License-Identifier: MIT
//
// IRPs of the FDO that belong to streaming: create, cleanup, close, device control. A file object's
// FsContext points to a struct ks_handle: a filter handle, or the first member of a pin.
//
// The device lock (KP-17) is taken here, around creates, closes, properties and events; stream IRPs pass
// without it. State properties run under it because all properties do.
#include "ks/ks.h"

#define TAG_HANDLE 0x48537350u // "PsSH"

enum { GUID_CHARACTERS = 38 }; // "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}"

void ks_device_init(struct ks_device *device, struct ps_system *system, PDEVICE_OBJECT fdo)
{
    device->system = system;
    device->fdo = fdo;
    device->gone = false;
    KeInitializeMutex(&device->lock, 0);
    KeInitializeMutex(&device->position_lock, 0);
    list_init(&device->filters);
}

void ks_device_lock(struct ks_device *device)
{
    KeWaitForSingleObject(&device->lock, Executive, KernelMode, FALSE, NULL);
}

void ks_device_unlock(struct ks_device *device)
{
    KeReleaseMutex(&device->lock, FALSE);
}

static NTSTATUS complete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static bool same_text(const WCHAR *a, size_t a_length, const WCHAR *b, size_t b_length)
{
    return a_length == b_length && RtlCompareMemory(a, b, a_length * sizeof(WCHAR)) ==
                                       a_length * sizeof(WCHAR);
}

static size_t text_length(const WCHAR *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}

// The registered filter of that reference string.
static struct ks_filter *find_filter(struct ks_device *device, const WCHAR *name, size_t length)
{
    LIST_EACH(link, &device->filters) {
        struct ks_filter *filter = LIST_OBJECT(link, struct ks_filter, link);

        if (filter->registered && same_text(filter->name, text_length(filter->name), name, length))
            return filter;
    }
    return NULL;
}

static NTSTATUS open_filter(struct ks_device *device, PFILE_OBJECT file, const WCHAR *name,
                            size_t length)
{
    struct ks_filter *filter = find_filter(device, name, length);
    struct ks_handle *handle;

    if (!filter)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    handle = ExAllocatePoolWithTag(NonPagedPool, sizeof(*handle), TAG_HANDLE);
    if (!handle)
        return STATUS_INSUFFICIENT_RESOURCES;
    handle->kind = KS_HANDLE_FILTER;
    handle->filter = filter;
    ks_filter_open(filter);
    file->FsContext = handle;
    return STATUS_SUCCESS;
}

// "{146F1A80-4791-11D0-A5D6-28DB04C10000}", the name of pin creates.
static bool is_pin_name(const WCHAR *name, size_t length)
{
    static const char text[] = "{146F1A80-4791-11D0-A5D6-28DB04C10000}";

    if (length <= GUID_CHARACTERS || name[GUID_CHARACTERS] != '\\')
        return false;
    for (size_t i = 0; i < GUID_CHARACTERS; i++) {
        WCHAR c = name[i];

        if (c >= 'a' && c <= 'f')
            c = (WCHAR)(c - 'a' + 'A');
        if (c != (WCHAR)text[i])
            return false;
    }
    return true;
}

static NTSTATUS open_pin(struct ks_device *device, PFILE_OBJECT file, const WCHAR *name,
                         size_t bytes)
{
    struct ks_handle *parent = file->RelatedFileObject ? file->RelatedFileObject->FsContext : NULL;
    const size_t head = (GUID_CHARACTERS + 1) * sizeof(WCHAR);
    struct ks_pin *pin = NULL;
    KSPIN_CONNECT *connect;
    NTSTATUS status;

    if (!parent || parent->kind != KS_HANDLE_FILTER || parent->filter->device != device)
        return STATUS_INVALID_PARAMETER;
    if (bytes - head < sizeof(KSPIN_CONNECT))
        return STATUS_INVALID_BUFFER_SIZE;
    // The name is only 2-byte aligned; work on an aligned copy that the client cannot change.
    connect = ExAllocatePoolWithTag(NonPagedPool, bytes - head, TAG_HANDLE);
    if (!connect)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(connect, (const char *)name + head, bytes - head);
    if (device->power_up)
        device->power_up(device);
    status = ks_pin_create(parent->filter, file, connect, bytes - head, &pin);
    ExFreePool(connect);
    if (NT_SUCCESS(status)) {
        ks_filter_open(parent->filter);
        file->FsContext = &pin->handle;
    }
    return status;
}

static NTSTATUS create(struct ks_device *device, PFILE_OBJECT file)
{
    const WCHAR *name = file->FileName.Buffer;
    size_t bytes = file->FileName.Length;
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;

    if (bytes >= sizeof(WCHAR) && *name == '\\') {
        name++;
        bytes -= sizeof(WCHAR);
    }
    ks_device_lock(device);
    if (device->gone)
        status = STATUS_DEVICE_NOT_READY;
    else if (is_pin_name(name, bytes / sizeof(WCHAR)))
        status = open_pin(device, file, name, bytes);
    else
        status = open_filter(device, file, name, bytes / sizeof(WCHAR));
    ks_device_unlock(device);
    return status;
}

// The last handle went: nothing may stay in flight on the file object.
static void cleanup(struct ks_device *device, struct ks_handle *handle)
{
    ks_device_lock(device);
    if (handle->kind == KS_HANDLE_PIN)
        ks_pin_set_state((struct ks_pin *)handle, KSSTATE_STOP);
    ks_events_close(handle);
    ks_device_unlock(device);
}

static void close(struct ks_device *device, struct ks_handle *handle)
{
    struct ks_filter *filter = handle->filter;

    ks_device_lock(device);
    if (handle->kind == KS_HANDLE_PIN)
        ks_pin_close((struct ks_pin *)handle);
    else
        ExFreePool(handle);
    ks_filter_close(filter);
    ks_device_unlock(device);
}

static NTSTATUS control(struct ks_handle *handle, PIRP irp, ULONG code)
{
    switch (code) {
    case IOCTL_KS_PROPERTY:
        return ks_property_dispatch(handle, irp);
    case IOCTL_KS_ENABLE_EVENT:
    case IOCTL_KS_DISABLE_EVENT:
        return ks_event_dispatch(handle, irp);
    case IOCTL_KS_WRITE_STREAM:
    case IOCTL_KS_READ_STREAM:
        if (handle->kind == KS_HANDLE_PIN)
            return ks_pin_stream((struct ks_pin *)handle, irp);
        break;
    case IOCTL_KS_RESET_STATE:
        if (handle->kind == KS_HANDLE_PIN)
            return ks_pin_reset((struct ks_pin *)handle, irp);
        break;
    default: // KP-92: no methods; nothing else is known
        break;
    }
    return complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
}

NTSTATUS ks_dispatch(struct ks_device *device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    PFILE_OBJECT file = stack->FileObject;
    struct ks_handle *handle = file ? file->FsContext : NULL;

    if (!file)
        return complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (stack->MajorFunction == IRP_MJ_CREATE)
        return complete(irp, create(device, file), 0);
    if (!handle)
        return complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    switch (stack->MajorFunction) {
    case IRP_MJ_CLEANUP:
        cleanup(device, handle);
        return complete(irp, STATUS_SUCCESS, 0);
    case IRP_MJ_CLOSE:
        file->FsContext = NULL;
        close(device, handle);
        return complete(irp, STATUS_SUCCESS, 0);
    case IRP_MJ_DEVICE_CONTROL:
        return control(handle, irp, stack->Parameters.DeviceIoControl.IoControlCode);
    default:
        return complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}
