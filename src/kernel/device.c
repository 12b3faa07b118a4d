// SPDX-License-Identifier: MIT
//
// Device objects and their stacks (SV-112). A DEVICE_OBJECT with its extension is one block of
// nonpaged pool, so that its memory is DMA-able and watched like any other; who lies below whom is
// in our record.
#include "kernel/private.h"

#include <wdmsec.h>

#define TAG_DEVICE 0x69766544u // "Devi"

struct device_record *device_find(struct ps_system *system, const void *device)
{
    return table_get(&system->kernel->device_table, device);
}

bool device_known(struct ps_system *system, const void *device)
{
    return device_find(system, device) != NULL;
}

static void free_name(struct ps_system *system, struct device_record *record)
{
    if (record->name.Buffer)
        arena_free(system->arena, record->name.Buffer, record->name.MaximumLength);
}

static void destroy(struct ps_system *system, struct object *object)
{
    struct device_record *record = LIST_OBJECT(object, struct device_record, object);

    table_remove(&system->kernel->device_table, record->device);
    list_remove(&record->link);
    free_name(system, record);
    iotimer_free(system, record->device, record->caller);
    idle_free(system, record);
    pool_free(system, record->device, TAG_DEVICE, record->caller);
    arena_free(system->arena, record, sizeof(*record));
}

static bool copy_name(struct ps_system *system, struct device_record *record,
                      const UNICODE_STRING *name)
{
    if (!name || !name->Length)
        return true;
    record->name.Buffer = arena_alloc(system->arena, name->Length);
    if (!record->name.Buffer)
        return false;
    memcpy(record->name.Buffer, name->Buffer, name->Length);
    record->name.Length = record->name.MaximumLength = name->Length;
    return true;
}

struct device_record *device_by_name(struct ps_system *system, const UNICODE_STRING *name)
{
    LIST_EACH(link, &system->kernel->devices)
    {
        struct device_record *record = LIST_OBJECT(link, struct device_record, link);

        if (record->name.Length && record->name.Length == name->Length &&
            !memcmp(record->name.Buffer, name->Buffer, name->Length))
            return record;
    }
    return NULL;
}

static void initialise(PDEVICE_OBJECT device, PDRIVER_OBJECT driver, size_t bytes, ULONG extension)
{
    device->Type = IO_TYPE_DEVICE;
    device->Size = (USHORT)(sizeof(DEVICE_OBJECT) + extension);
    device->ReferenceCount = 0;
    device->DriverObject = driver;
    device->NextDevice = driver->DeviceObject;
    driver->DeviceObject = device;
    device->Flags = DO_DEVICE_INITIALIZING;
    device->StackSize = 1;
    device->DeviceExtension = extension ? (char *)device + bytes - extension : NULL;
    device_queue_init(&device->DeviceQueue);
    KeInitializeEvent(&device->DeviceLock, SynchronizationEvent, TRUE);
}

// The object and, 16-byte aligned, the driver's extension in one block.
static struct device_record *device_new(struct ps_system *system, PDRIVER_OBJECT driver,
                                        ULONG extension, const UNICODE_STRING *name,
                                        const void *caller)
{
    size_t head = (sizeof(DEVICE_OBJECT) + 15) & ~(size_t)15;
    struct device_record *record = arena_alloc(system->arena, sizeof(*record));
    PDEVICE_OBJECT device;

    if (!record)
        return NULL;
    device = pool_allocate(system, NonPagedPool, head + extension, TAG_DEVICE, true, caller);
    if (!device || !copy_name(system, record, name) ||
        !object_add(system, &record->object, OBJECT_TYPE_DEVICE, device, destroy) ||
        !table_put(system, &system->kernel->device_table, device, record)) {
        table_remove(&system->kernel->objects, device);
        free_name(system, record);
        if (device)
            pool_free(system, device, TAG_DEVICE, caller);
        arena_free(system->arena, record, sizeof(*record));
        return NULL;
    }
    record->device = device;
    record->caller = caller;
    record->number = system_number(system, OBJECT_DEVICE);
    list_push_back(&system->kernel->devices, &record->link);
    initialise(device, driver, head + extension, extension);
    return record;
}

NTSTATUS device_create(struct ps_system *system, PDRIVER_OBJECT driver, ULONG extension,
                       PUNICODE_STRING name, DEVICE_TYPE type, const void *caller,
                       PDEVICE_OBJECT *out)
{
    struct device_record *record;

    *out = NULL;
    if (extension > UINT16_MAX - sizeof(DEVICE_OBJECT))
        return STATUS_INVALID_PARAMETER;
    if (name && device_by_name(system, name))
        return STATUS_OBJECT_NAME_COLLISION;
    record = device_new(system, driver, extension, name, caller);
    if (!record)
        return STATUS_INSUFFICIENT_RESOURCES;
    record->device->DeviceType = type;
    *out = record->device;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoCreateDevice(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize,
                              PUNICODE_STRING DeviceName, DEVICE_TYPE DeviceType,
                              ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                              PDEVICE_OBJECT *DeviceObject)
{
    NT_SERVICE(COST_SERVICE);
    NTSTATUS status;

    irql_at_most(system, IRQL_APC, "VF-100", 0x20009, __func__, CALLER);
    status = device_create(system, DriverObject, DeviceExtensionSize, DeviceName, DeviceType,
                           CALLER, DeviceObject);
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    (*DeviceObject)->Characteristics = DeviceCharacteristics;
    if (Exclusive)
        (*DeviceObject)->Flags |= DO_EXCLUSIVE;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoCreateDeviceSecure(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize,
                                    PUNICODE_STRING DeviceName, DEVICE_TYPE DeviceType,
                                    ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                                    PCUNICODE_STRING DefaultSDDLString, LPCGUID DeviceClassGuid,
                                    PDEVICE_OBJECT *DeviceObject)
{
    return NT_TELL(IoCreateDevice(DriverObject, DeviceExtensionSize, DeviceName, DeviceType,
                          DeviceCharacteristics, Exclusive, DeviceObject));
}

static struct device_record *checked(struct ps_system *system, PDEVICE_OBJECT device, uint32_t p1,
                                     const char *service, const void *caller)
{
    struct device_record *record = device_find(system, device);

    if (!record)
        kernel_misuse(system, "VF-132", caller, CODE_IO_VERIFIER, p1, (uintptr_t)device, 0, 0,
                      "%s of something that is no device object, or was deleted", service);
    return record;
}

static void unlink_from_driver(PDEVICE_OBJECT device)
{
    PDEVICE_OBJECT *at = &device->DriverObject->DeviceObject;

    while (*at && *at != device)
        at = &(*at)->NextDevice;
    if (*at)
        *at = device->NextDevice;
}

VOID NTAPI IoDeleteDevice(PDEVICE_OBJECT DeviceObject)
{
    NT_SERVICE(COST_SERVICE);
    struct device_record *record = checked(system, DeviceObject, 0x201, __func__, CALLER);

    irql_at_most(system, IRQL_APC, "VF-100", 0x20009, __func__, CALLER);
    if (!record || record->deleted)
        return;
    if (DeviceObject->AttachedDevice || record->lower)
        kernel_misuse(system, "VF-132", CALLER, CODE_IO_VERIFIER, record->lower ? 0x202 : 0x201,
                      (uintptr_t)DeviceObject, 0, 0, "device %u is deleted while it is attached",
                      record->number);
    record->deleted = true;
    record->caller = CALLER;
    unlink_from_driver(DeviceObject);
    object_release(system, &record->object);
}

// ---- stacks -------------------------------------------------------------------------------------

PDEVICE_OBJECT device_top(PDEVICE_OBJECT device)
{
    while (device->AttachedDevice)
        device = device->AttachedDevice;
    return device;
}

PDEVICE_OBJECT NTAPI IoAttachDeviceToDeviceStack(PDEVICE_OBJECT SourceDevice,
                                                 PDEVICE_OBJECT TargetDevice)
{
    NT_SERVICE(COST_SERVICE);
    struct device_record *source = checked(system, SourceDevice, 0x202, __func__, CALLER);
    struct device_record *target = checked(system, TargetDevice, 0x202, __func__, CALLER);
    PDEVICE_OBJECT top;

    irql_at_most(system, IRQL_DISPATCH, "VF-105", 0x20011, __func__, CALLER);
    if (!source || !target || source->lower || target->deleted || fault_here(system))
        return NULL;
    top = device_top(TargetDevice);
    if (top == SourceDevice || device_top(SourceDevice) == top)
        return NULL;
    top->AttachedDevice = SourceDevice;
    source->lower = top;
    SourceDevice->StackSize = (CCHAR)(top->StackSize + 1);
    SourceDevice->AlignmentRequirement = top->AlignmentRequirement;
    SourceDevice->SectorSize = top->SectorSize;
    return top;
}

NTSTATUS NTAPI IoAttachDeviceToDeviceStackSafe(PDEVICE_OBJECT SourceDevice,
                                               PDEVICE_OBJECT TargetDevice,
                                               PDEVICE_OBJECT *AttachedToDeviceObject)
{
    *AttachedToDeviceObject = IoAttachDeviceToDeviceStack(SourceDevice, TargetDevice);
    return NT_TELL(*AttachedToDeviceObject ? STATUS_SUCCESS : STATUS_NO_SUCH_DEVICE);
}

PDEVICE_OBJECT NTAPI IoGetRelatedDeviceObject(PFILE_OBJECT FileObject)
{
    NT_SERVICE(COST_SERVICE);
    return device_top(FileObject->DeviceObject);
}

// `TargetDevice` is the lower one, as IoAttachDeviceToDeviceStack returned it.
VOID NTAPI IoDetachDevice(PDEVICE_OBJECT TargetDevice)
{
    NT_SERVICE(COST_SERVICE);
    struct device_record *target = checked(system, TargetDevice, 0x202, __func__, CALLER);
    struct device_record *upper;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    if (!target || !TargetDevice->AttachedDevice)
        return;
    upper = device_find(system, TargetDevice->AttachedDevice);
    TargetDevice->AttachedDevice = NULL;
    if (upper)
        upper->lower = NULL;
}

PDEVICE_OBJECT NTAPI IoGetAttachedDevice(PDEVICE_OBJECT DeviceObject)
{
    NT_SERVICE(COST_SERVICE);
    return device_top(DeviceObject);
}

PDEVICE_OBJECT NTAPI IoGetAttachedDeviceReference(PDEVICE_OBJECT DeviceObject)
{
    NT_SERVICE(COST_SERVICE);
    PDEVICE_OBJECT top = device_top(DeviceObject);
    struct device_record *record = device_find(system, top);

    if (record)
        record->object.references++;
    return top;
}

// The PDO at the bottom of `device`'s stack, or NULL.
struct device_record *device_bottom(struct ps_system *system, PDEVICE_OBJECT device)
{
    struct device_record *record = device_find(system, device);

    while (record && record->lower)
        record = device_find(system, record->lower);
    return record;
}

unsigned device_index(struct ps_system *system, const struct device_record *pdo)
{
    unsigned index = 0, count = machine_device_count(system->machine);

    while (index < count && machine_device(system->machine, index) != pdo->model)
        index++;
    return index;
}
