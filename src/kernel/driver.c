// SPDX-License-Identifier: MIT
//
// Driver objects: made for an image, filled by its DriverEntry, unloaded. What a driver leaves
// behind is found here (VF-67). PASSIVE_LEVEL on a system thread.
#include "kernel/private.h"
#include "kernel/registry.h"

static NTSTATUS NTAPI invalid_request(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    Irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_INVALID_DEVICE_REQUEST;
}

static bool set_string(struct ps_system *system, UNICODE_STRING *to, const char *prefix,
                       const char *name)
{
    size_t prefix_length = strlen(prefix), length = prefix_length + strlen(name);
    PWCH text = arena_alloc(system->arena, (length + 1) * sizeof(WCHAR));

    if (!text)
        return false;
    for (size_t i = 0; i < length; i++)
        text[i] = (UCHAR)(i < prefix_length ? prefix[i] : name[i - prefix_length]);
    to->Buffer = text;
    to->Length = (USHORT)(length * sizeof(WCHAR));
    to->MaximumLength = (USHORT)(to->Length + sizeof(WCHAR));
    return true;
}

static void free_string(struct ps_system *system, const UNICODE_STRING *string)
{
    arena_free(system->arena, string->Buffer, string->MaximumLength);
}

static void destroy(struct ps_system *system, struct object *object)
{
    struct driver_record *record = LIST_OBJECT(object, struct driver_record, object);

    list_remove(&record->link);
    frameworks_forget(system, &record->driver);
    notifications_forget(system, &record->driver);
    while (record->extensions) {
        struct driver_client *client = record->extensions;

        record->extensions = client->next;
        arena_free(system->arena, client, client->bytes);
    }
    free_string(system, &record->driver.DriverName);
    free_string(system, &record->registry_path);
    arena_free(system->arena, record, sizeof(*record));
}

// A service is called as its image without ".so" or ".sys".
static void service_name(const char *image, char *to, size_t size)
{
    const char *dot = strrchr(image, '.');

    if (!dot || (strcmp(dot, ".so") && strcmp(dot, ".sys")))
        dot = image + strlen(image);
    snprintf(to, size, "%.*s", (int)(dot - image), image);
}

struct driver_record *driver_create(struct ps_system *system, const char *name,
                                    PDRIVER_INITIALIZE entry)
{
    struct driver_record *record = arena_alloc(system->arena, sizeof(*record));
    char service[128];

    if (!record)
        return NULL;
    service_name(name, service, sizeof(service));
    if (!set_string(system, &record->driver.DriverName, "\\Driver\\", name) ||
        !set_string(system, &record->registry_path,
                    "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\", service) ||
        !registry_of_service(system, service) ||
        !object_add(system, &record->object, OBJECT_TYPE_DRIVER, &record->driver, destroy)) {
        free_string(system, &record->driver.DriverName);
        free_string(system, &record->registry_path);
        arena_free(system->arena, record, sizeof(*record));
        return NULL;
    }
    record->driver.Type = IO_TYPE_DRIVER;
    record->driver.Size = sizeof(DRIVER_OBJECT);
    record->driver.DriverExtension = &record->extension;
    record->driver.DriverInit = entry;
    record->extension.DriverObject = &record->driver;
    for (unsigned i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        record->driver.MajorFunction[i] = invalid_request;
    list_push_back(&system->kernel->drivers, &record->link);
    return record;
}

static struct driver_record *record_of(PDRIVER_OBJECT driver)
{
    return CONTAINING_RECORD(driver, struct driver_record, driver);
}

NTSTATUS kernel_load_driver(struct ps_system *system, const char *name, PDRIVER_INITIALIZE entry,
                            PDRIVER_OBJECT *out)
{
    struct driver_record *record;
    struct kernel_call call;
    NTSTATUS status;

    *out = NULL;
    kernel_forget_failures(system);
    if (fault_here(system))
        return STATUS_INSUFFICIENT_RESOURCES;
    record = driver_create(system, name, entry);
    if (!record)
        return STATUS_INSUFFICIENT_RESOURCES;
    kernel_call_enter(system, &call);
    status = entry(&record->driver, &record->registry_path);
    kernel_call_leave(system, &call, "VF-56", "DriverEntry", (const void *)(uintptr_t)entry);
    kernel_tell(status, "DriverEntry", (const void *)(uintptr_t)entry);
    if (!NT_SUCCESS(status)) {
        leaks_report(system, &record->driver);
        object_release(system, &record->object);
        return status;
    }
    *out = &record->driver;
    return STATUS_SUCCESS;
}

NTSTATUS kernel_unload_driver(struct ps_system *system, PDRIVER_OBJECT driver)
{
    struct driver_record *record = record_of(driver);
    struct kernel_call call;

    if (!driver->DriverUnload)
        return STATUS_INVALID_DEVICE_REQUEST;
    kernel_call_enter(system, &call);
    driver->DriverUnload(driver);
    kernel_call_leave(system, &call, "VF-56", "DriverUnload",
                      (const void *)(uintptr_t)driver->DriverUnload);
    leaks_report(system, driver);
    object_release(system, &record->object);
    return STATUS_SUCCESS;
}

// ---- driver object extensions -------------------------------------------------------------------

NTSTATUS NTAPI IoAllocateDriverObjectExtension(PDRIVER_OBJECT DriverObject,
                                               PVOID ClientIdentificationAddress,
                                               ULONG DriverObjectExtensionSize,
                                               PVOID *DriverObjectExtension)
{
    NT_SERVICE(COST_SERVICE);
    struct driver_record *record = record_of(DriverObject);
    size_t bytes = sizeof(struct driver_client) + (size_t)DriverObjectExtensionSize;
    struct driver_client *client;

    *DriverObjectExtension = NULL;
    for (client = record->extensions; client; client = client->next)
        if (client->identity == ClientIdentificationAddress)
            return NT_TELL(STATUS_OBJECT_NAME_COLLISION);
    client = fault_here(system) ? NULL : arena_alloc(system->arena, bytes);
    if (!client)
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    client->identity = ClientIdentificationAddress;
    client->bytes = bytes;
    client->next = record->extensions;
    record->extensions = client;
    *DriverObjectExtension = client + 1;
    return STATUS_SUCCESS;
}

PVOID NTAPI IoGetDriverObjectExtension(PDRIVER_OBJECT DriverObject,
                                       PVOID ClientIdentificationAddress)
{
    struct driver_client *client = record_of(DriverObject)->extensions;

    while (client && client->identity != ClientIdentificationAddress)
        client = client->next;
    return client ? client + 1 : NULL;
}
