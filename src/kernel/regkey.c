// SPDX-License-Identifier: MIT
//
// Registry keys as drivers open them: handles, values, deletion (AD-70..75, SV-112). What is asked about a key and
// its values is in reginfo.c. PASSIVE_LEVEL.
#include "kernel/regkey.h"

static struct open_key *open_of(struct object *object)
{
    return LIST_OBJECT(object, struct open_key, object);
}

static void destroy(struct ps_system *system, struct object *object)
{
    struct open_key *open = open_of(object);
    struct registry_key *key = open->key;

    if (!--key->handles && key->deleted)
        registry_key_free(system, key);
    arena_free(system->arena, open, sizeof(*open));
}

NTSTATUS key_open(struct ps_system *system, struct registry_key *key, ACCESS_MASK access,
                  PHANDLE handle)
{
    struct open_key *open =
        fault_here(system) ? NULL : arena_alloc(system->arena, sizeof(*open));

    *handle = NULL;
    if (!open)
        return STATUS_INSUFFICIENT_RESOURCES;
    open->key = key;
    open->access = access;
    if (!object_add(system, &open->object, OBJECT_TYPE_KEY, open, destroy)) {
        arena_free(system->arena, open, sizeof(*open));
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    key->handles++;
    *handle = handle_create(system, &open->object);
    object_release(system, &open->object); // the handle's reference stays
    return *handle ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS key_from_handle(struct ps_system *system, HANDLE handle, ACCESS_MASK access,
                         struct open_key **out)
{
    struct object *object = handle_object(system, handle);

    if (!object)
        return STATUS_INVALID_HANDLE;
    if (object->type != OBJECT_TYPE_KEY)
        return STATUS_OBJECT_TYPE_MISMATCH;
    *out = open_of(object);
    if ((*out)->key->deleted)
        return STATUS_KEY_DELETED;
    if (((*out)->access & access) != access)
        return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

void key_irql(struct ps_system *system, const char *service, const void *caller)
{
    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001F, service, caller);
}

ACCESS_MASK key_access(ACCESS_MASK asked)
{
    if (asked & (MAXIMUM_ALLOWED | GENERIC_ALL))
        return KEY_ALL_ACCESS;
    if (asked & GENERIC_READ)
        asked |= KEY_READ;
    if (asked & GENERIC_WRITE)
        asked |= KEY_WRITE;
    return asked;
}

// ---- opening ------------------------------------------------------------------------------------

struct place {
    struct registry_key *from; // NULL: the root
    struct registry_path path;
};

static NTSTATUS place_of(struct ps_system *system, POBJECT_ATTRIBUTES attributes,
                         struct place *place)
{
    struct open_key *root;
    NTSTATUS status;

    if (!attributes || attributes->Length != sizeof(*attributes))
        return STATUS_INVALID_PARAMETER;
    *place = (struct place){0};
    if (attributes->ObjectName) {
        if (attributes->ObjectName->Length % sizeof(WCHAR))
            return STATUS_OBJECT_NAME_INVALID;
        place->path = (struct registry_path){attributes->ObjectName->Buffer,
                                             attributes->ObjectName->Length / sizeof(WCHAR)};
    }
    if (attributes->RootDirectory) {
        status = key_from_handle(system, attributes->RootDirectory, 0, &root);
        if (!NT_SUCCESS(status))
            return status;
        place->from = root->key;
        if (place->path.chars && *place->path.text == '\\')
            return STATUS_OBJECT_PATH_SYNTAX_BAD;
        return STATUS_SUCCESS;
    }
    if (!place->path.chars || *place->path.text != '\\')
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ZwOpenKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess,
                         POBJECT_ATTRIBUTES ObjectAttributes)
{
    NT_SERVICE(COST_SERVICE);
    struct place place;
    struct registry_key *key;
    NTSTATUS status;

    key_irql(system, __func__, CALLER);
    check_attributes(system, ObjectAttributes, __func__, CALLER);
    if (!KeyHandle)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *KeyHandle = NULL;
    status = place_of(system, ObjectAttributes, &place);
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    key = registry_find(system, place.from, place.path);
    if (!key)
        return NT_TELL(STATUS_OBJECT_NAME_NOT_FOUND);
    return NT_TELL(key_open(system, key, key_access(DesiredAccess), KeyHandle));
}

NTSTATUS NTAPI ZwCreateKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess,
                           POBJECT_ATTRIBUTES ObjectAttributes, ULONG TitleIndex,
                           PUNICODE_STRING Class, ULONG CreateOptions, PULONG Disposition)
{
    NT_SERVICE(COST_SERVICE);
    struct place place;
    struct registry_key *key;
    bool created = false;
    NTSTATUS status;

    key_irql(system, __func__, CALLER);
    check_attributes(system, ObjectAttributes, __func__, CALLER);
    if (!KeyHandle)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *KeyHandle = NULL;
    status = place_of(system, ObjectAttributes, &place);
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    key = registry_find(system, place.from, place.path);
    if (!key && fault_here(system))
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    if (!key)
        status = registry_make(system, place.from, place.path, false, &created, &key);
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    if (created)
        key->is_volatile |= (CreateOptions & REG_OPTION_VOLATILE) != 0;
    status = key_open(system, key, key_access(DesiredAccess), KeyHandle);
    if (NT_SUCCESS(status) && Disposition)
        *Disposition = created ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY;
    return NT_TELL(status);
}

// ---- changing -----------------------------------------------------------------------------------

NTSTATUS NTAPI ZwSetValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName, ULONG TitleIndex,
                             ULONG Type, PVOID Data, ULONG DataSize)
{
    NT_SERVICE(COST_SERVICE);
    struct open_key *open;
    NTSTATUS status;

    key_irql(system, __func__, CALLER);
    check_name(system, ValueName, __func__, CALLER);
    check_kernel_address(system, Data, __func__, CALLER);
    status = key_from_handle(system, KeyHandle, KEY_SET_VALUE, &open);
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    if (DataSize && !Data)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    if (fault_here(system))
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    return NT_TELL(registry_set(system, open->key, ValueName ? ValueName->Buffer : NULL,
                        ValueName ? ValueName->Length : 0, Type, Data, DataSize));
}

NTSTATUS NTAPI ZwDeleteValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName)
{
    NT_SERVICE(COST_SERVICE);
    struct registry_value *value;
    struct open_key *open;
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x20023, __func__, CALLER);
    check_name(system, ValueName, __func__, CALLER);
    status = key_from_handle(system, KeyHandle, KEY_SET_VALUE, &open);
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    value = registry_value(open->key, ValueName ? ValueName->Buffer : NULL,
                           ValueName ? ValueName->Length : 0);
    if (!value)
        return NT_TELL(STATUS_OBJECT_NAME_NOT_FOUND);
    registry_value_delete(system, open->key, value);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ZwDeleteKey(HANDLE KeyHandle)
{
    NT_SERVICE(COST_SERVICE);
    struct open_key *open;
    NTSTATUS status;

    key_irql(system, __func__, CALLER);
    status = key_from_handle(system, KeyHandle, DELETE, &open);
    return NT_TELL(NT_SUCCESS(status) ? registry_delete(system, open->key) : status);
}

// The file is written when the host asks for it; the tree is what all readers see.
NTSTATUS NTAPI ZwFlushKey(HANDLE KeyHandle)
{
    NT_SERVICE(COST_SERVICE);
    struct open_key *open;

    key_irql(system, __func__, CALLER);
    return NT_TELL(key_from_handle(system, KeyHandle, 0, &open));
}

// ---- keys of a driver, a device, an interface ---------------------------------------------------

NTSTATUS NTAPI IoOpenDriverRegistryKey(PDRIVER_OBJECT DriverObject, DRIVER_REGKEY_TYPE RegKeyType,
                                       ACCESS_MASK DesiredAccess, ULONG Flags,
                                       PHANDLE DriverRegKey)
{
    static const char *const below[] = {"Parameters", "State", "SharedState"};
    NT_SERVICE(COST_SERVICE);
    struct registry_key *key;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    if (!DriverRegKey)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *DriverRegKey = NULL;
    if (!DriverObject || Flags || (unsigned)RegKeyType >= sizeof(below) / sizeof(*below))
        return NT_TELL(STATUS_INVALID_PARAMETER);
    key = registry_of_driver(system, DriverObject);
    if (key)
        key = registry_ascii(system, key, below[RegKeyType]);
    if (!key)
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    return NT_TELL(key_open(system, key, key_access(DesiredAccess), DriverRegKey));
}

// AD-71: the device's keys always exist.
NTSTATUS NTAPI IoOpenDeviceRegistryKey(PDEVICE_OBJECT DeviceObject, ULONG DevInstKeyType,
                                       ACCESS_MASK DesiredAccess, PHANDLE DeviceRegKey)
{
    NT_SERVICE(COST_SERVICE);
    const struct device_record *pdo = device_find(system, DeviceObject);
    struct registry_key *key;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    if (!DeviceRegKey)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *DeviceRegKey = NULL;
    if (!(DevInstKeyType & (PLUGPLAY_REGKEY_DEVICE | PLUGPLAY_REGKEY_DRIVER)))
        return NT_TELL(STATUS_INVALID_PARAMETER);
    if (!pdo || !pdo->model)
        return NT_TELL(STATUS_INVALID_DEVICE_REQUEST);
    key = registry_of_device(system, device_index(system, pdo),
                             DevInstKeyType & PLUGPLAY_REGKEY_DRIVER);
    if (key && (DevInstKeyType & PLUGPLAY_REGKEY_CURRENT_HWPROFILE))
        key = registry_ascii(system, key, "Hardware Profiles\\0001");
    if (!key)
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    return NT_TELL(key_open(system, key, key_access(DesiredAccess), DeviceRegKey));
}

NTSTATUS NTAPI IoOpenDeviceInterfaceRegistryKey(PUNICODE_STRING SymbolicLinkName,
                                                ACCESS_MASK DesiredAccess,
                                                PHANDLE DeviceInterfaceRegKey)
{
    NT_SERVICE(COST_SERVICE);
    struct registry_key *key;
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    if (!DeviceInterfaceRegKey || !SymbolicLinkName)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *DeviceInterfaceRegKey = NULL;
    status = interface_key(system, SymbolicLinkName, &key);
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    return NT_TELL(key_open(system, key, key_access(DesiredAccess), DeviceInterfaceRegKey));
}
