// SPDX-License-Identifier: MIT
//
// Names of devices: from \Device\Name, a symbolic link or a device interface to the object, and to a file object
// open on it (SV-112). PASSIVE_LEVEL.
#include "kernel/private.h"

// The device that `name` begins with; what follows it is left in `rest`.
static struct device_record *resolve(struct ps_system *system, const UNICODE_STRING *name,
                                     UNICODE_STRING *rest)
{
    struct device_record *device = interface_device(system, name, rest);
    UNICODE_STRING target = *name;

    *rest = device ? *rest : (UNICODE_STRING){0};
    if (!device && link_target(system, name, &target))
        device = device_by_name(system, &target);
    return device ? device : device_by_name(system, name);
}

// CLEANUP is sent when the handle by which the file was opened goes; CLOSE with the driver's reference.
NTSTATUS NTAPI IoGetDeviceObjectPointer(PUNICODE_STRING ObjectName, ACCESS_MASK DesiredAccess,
                                        PFILE_OBJECT *FileObject, PDEVICE_OBJECT *DeviceObject)
{
    NT_SERVICE(COST_SERVICE);
    struct device_record *device;
    UNICODE_STRING rest;
    PFILE_OBJECT file;
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    if (!ObjectName || !ObjectName->Buffer || !FileObject || !DeviceObject)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *FileObject = NULL;
    *DeviceObject = NULL;
    device = resolve(system, ObjectName, &rest);
    if (!device)
        return NT_TELL(STATUS_OBJECT_NAME_NOT_FOUND);
    status = kernel_open(system, device->device, NULL, rest.Buffer, rest.Length, &file);
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    kernel_file_reference(system, file);
    *FileObject = file;
    *DeviceObject = device_top(file->DeviceObject);
    kernel_close(system, file);
    return STATUS_SUCCESS;
}
