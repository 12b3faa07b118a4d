// SPDX-License-Identifier: MIT
//
// Unified properties of devices and interfaces (SV-112): each is the default value of a registry key
// ...\Properties\{format}\NUMBER below the owner's, so that a registry file keeps and shows them. Locales are not
// told apart. PASSIVE_LEVEL.
#include "kernel/private.h"
#include "kernel/registry.h"

// Registry types of property values: the property's type below this mark, as Windows keeps them.
#define PROPERTY_MARK 0xFFFF0000u

static void key_text(const DEVPROPKEY *key, char *text, size_t size)
{
    const DEVPROPGUID *id = &key->fmtid;

    snprintf(text, size, "Properties\\{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}\\%08x",
             (unsigned)id->Data1, id->Data2, id->Data3, id->Data4[0], id->Data4[1], id->Data4[2],
             id->Data4[3], id->Data4[4], id->Data4[5], id->Data4[6], id->Data4[7],
             (unsigned)key->pid);
}

static struct registry_key *find(struct ps_system *system, struct registry_key *owner,
                                 const char *text)
{
    WCHAR wide[96];
    size_t chars = 0;

    for (; text[chars]; chars++)
        wide[chars] = (UCHAR)text[chars];
    return registry_find(system, owner, (struct registry_path){wide, chars});
}

// NULL data of size 0 delete the property.
static NTSTATUS set(struct ps_system *system, struct registry_key *owner, const DEVPROPKEY *name,
                    DEVPROPTYPE type, ULONG size, const void *data)
{
    struct registry_key *key;
    char text[96];

    if (!name || (size && !data))
        return STATUS_INVALID_PARAMETER;
    key_text(name, text, sizeof(text));
    if (!data || type == DEVPROP_TYPE_EMPTY) {
        key = find(system, owner, text);
        return key ? registry_delete(system, key) : STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if (fault_here(system))
        return STATUS_INSUFFICIENT_RESOURCES;
    key = registry_ascii(system, owner, text);
    if (!key)
        return STATUS_INSUFFICIENT_RESOURCES;
    return registry_set(system, key, NULL, 0, PROPERTY_MARK | type, data, size);
}

static NTSTATUS get(struct ps_system *system, struct registry_key *owner, const DEVPROPKEY *name,
                    ULONG size, void *data, PULONG required, DEVPROPTYPE *type)
{
    const struct registry_value *value;
    struct registry_key *key;
    char text[96];

    if (!name || !required || !type || (size && !data))
        return STATUS_INVALID_PARAMETER;
    *required = 0;
    key_text(name, text, sizeof(text));
    key = find(system, owner, text);
    value = key ? registry_value(key, NULL, 0) : NULL;
    if (!value)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    *required = value->bytes;
    *type = value->type & ~PROPERTY_MARK;
    if (size < value->bytes)
        return STATUS_BUFFER_TOO_SMALL;
    if (value->bytes)
        memcpy(data, value->data, value->bytes);
    return STATUS_SUCCESS;
}

static NTSTATUS device_key(struct ps_system *system, PDEVICE_OBJECT device,
                           struct registry_key **out)
{
    const struct device_record *pdo = device_find(system, device);

    if (!pdo || !pdo->model)
        return STATUS_INVALID_DEVICE_REQUEST;
    *out = registry_of_device(system, device_index(system, pdo), false);
    return *out ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS NTAPI IoSetDeviceInterfacePropertyData(PUNICODE_STRING SymbolicLinkName,
                                                const DEVPROPKEY *PropertyKey, LCID Lcid,
                                                ULONG Flags, DEVPROPTYPE Type, ULONG Size,
                                                PVOID Data)
{
    NT_SERVICE(COST_SERVICE);
    struct registry_key *owner;
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    if (!SymbolicLinkName)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    status = interface_key(system, SymbolicLinkName, &owner);
    return NT_TELL(NT_SUCCESS(status) ? set(system, owner, PropertyKey, Type, Size, Data) : status);
}

NTSTATUS NTAPI IoGetDeviceInterfacePropertyData(PUNICODE_STRING SymbolicLinkName,
                                                const DEVPROPKEY *PropertyKey, LCID Lcid,
                                                ULONG Flags, ULONG Size, PVOID Data,
                                                PULONG RequiredSize, DEVPROPTYPE *Type)
{
    NT_SERVICE(COST_SERVICE);
    struct registry_key *owner;
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    if (!SymbolicLinkName)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    status = interface_key(system, SymbolicLinkName, &owner);
    return NT_TELL(NT_SUCCESS(status) ? get(system, owner, PropertyKey, Size, Data, RequiredSize, Type)
                              : status);
}

NTSTATUS NTAPI IoSetDevicePropertyData(PDEVICE_OBJECT Pdo, const DEVPROPKEY *PropertyKey, LCID Lcid,
                                       ULONG Flags, DEVPROPTYPE Type, ULONG Size, PVOID Data)
{
    NT_SERVICE(COST_SERVICE);
    struct registry_key *owner;
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    status = device_key(system, Pdo, &owner);
    return NT_TELL(NT_SUCCESS(status) ? set(system, owner, PropertyKey, Type, Size, Data) : status);
}

NTSTATUS NTAPI IoGetDevicePropertyData(PDEVICE_OBJECT Pdo, const DEVPROPKEY *PropertyKey, LCID Lcid,
                                       ULONG Flags, ULONG Size, PVOID Data, PULONG RequiredSize,
                                       DEVPROPTYPE *Type)
{
    NT_SERVICE(COST_SERVICE);
    struct registry_key *owner;
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    status = device_key(system, Pdo, &owner);
    return NT_TELL(NT_SUCCESS(status) ? get(system, owner, PropertyKey, Size, Data, RequiredSize, Type)
                              : status);
}
