// SPDX-License-Identifier: MIT
//
// IRegistryKey (AD-70..75): a COM object around one open key. The last Release closes it. PASSIVE_LEVEL.
#include "port/subdevice.h"

#define TAG_KEY 0x4B527350u // "PsRK"

struct registry_object {
    IRegistryKey iface;
    struct unknown unknown;
    HANDLE key;
};

UNKNOWN_METHODS(key, struct registry_object, iface, IRegistryKey)

static struct registry_object *key_from(IRegistryKey *iface)
{
    return CONTAINING_RECORD(iface, struct registry_object, iface);
}

static NTSTATUS wrap(PREGISTRYKEY *out, PUNKNOWN outer, HANDLE handle, const void *caller);

static NTSTATUS NTAPI key_query_key(IRegistryKey *This, KEY_INFORMATION_CLASS class, PVOID out,
                                    ULONG bytes, PULONG result)
{
    return ZwQueryKey(key_from(This)->key, class, out, bytes, result);
}

static NTSTATUS NTAPI key_enumerate(IRegistryKey *This, ULONG index, KEY_INFORMATION_CLASS class,
                                    PVOID out, ULONG bytes, PULONG result)
{
    return ZwEnumerateKey(key_from(This)->key, index, class, out, bytes, result);
}

static NTSTATUS NTAPI key_query_value(IRegistryKey *This, PUNICODE_STRING name,
                                      KEY_VALUE_INFORMATION_CLASS class, PVOID out, ULONG bytes,
                                      PULONG result)
{
    return ZwQueryValueKey(key_from(This)->key, name, class, out, bytes, result);
}

static NTSTATUS NTAPI key_enumerate_value(IRegistryKey *This, ULONG index,
                                          KEY_VALUE_INFORMATION_CLASS class, PVOID out,
                                          ULONG bytes, PULONG result)
{
    return ZwEnumerateValueKey(key_from(This)->key, index, class, out, bytes, result);
}

static NTSTATUS NTAPI key_set(IRegistryKey *This, PUNICODE_STRING name, ULONG type, PVOID data,
                              ULONG bytes)
{
    return ZwSetValueKey(key_from(This)->key, name, 0, type, data, bytes);
}

static NTSTATUS NTAPI key_query_values(IRegistryKey *This, PRTL_QUERY_REGISTRY_TABLE table,
                                       PVOID context)
{
    return RtlQueryRegistryValues(RTL_REGISTRY_HANDLE, key_from(This)->key, table, context, NULL);
}

static NTSTATUS NTAPI key_new_subkey(IRegistryKey *This, PREGISTRYKEY *out, PUNKNOWN outer,
                                     ACCESS_MASK access, PUNICODE_STRING name, ULONG options,
                                     PULONG disposition)
{
    OBJECT_ATTRIBUTES attributes;
    NTSTATUS status;
    HANDLE handle;

    if (!out)
        return STATUS_INVALID_PARAMETER;
    *out = NULL;
    if (!name || !name->Length)
        return STATUS_INVALID_PARAMETER;
    InitializeObjectAttributes(&attributes, name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE,
                               key_from(This)->key, NULL);
    status = ZwCreateKey(&handle, access, &attributes, 0, NULL, options, disposition);
    return NT_SUCCESS(status) ? wrap(out, outer, handle, __builtin_return_address(0)) : status;
}

// AD-75: needs KEY_ALL_ACCESS, of which DELETE is a part.
static NTSTATUS NTAPI key_delete(IRegistryKey *This)
{
    return ZwDeleteKey(key_from(This)->key);
}

static const IRegistryKeyVtbl key_vtbl = {
    .QueryInterface = key_query,
    .AddRef = key_addref,
    .Release = key_release,
    .QueryKey = key_query_key,
    .EnumerateKey = key_enumerate,
    .QueryValueKey = key_query_value,
    .EnumerateValueKey = key_enumerate_value,
    .SetValueKey = key_set,
    .QueryRegistryValues = key_query_values,
    .NewSubKey = key_new_subkey,
    .DeleteKey = key_delete,
};

static void *key_find(struct unknown *unknown, REFIID iid)
{
    struct registry_object *key = CONTAINING_RECORD(unknown, struct registry_object, unknown);

    if (guid_equal(iid, &IID_IRegistryKey) || (guid_equal(iid, &IID_IUnknown) && !unknown->outer))
        return &key->iface;
    return NULL;
}

static void key_destroy(struct unknown *unknown)
{
    struct registry_object *key = CONTAINING_RECORD(unknown, struct registry_object, unknown);

    ZwClose(key->key);
    port_free(key);
}

static const struct unknown_class key_class = {key_find, key_destroy, "IRegistryKey"};

// Owns the handle, also when it fails.
static NTSTATUS wrap(PREGISTRYKEY *out, PUNKNOWN outer, HANDLE handle, const void *caller)
{
    struct registry_object *key = port_allocate(sizeof(*key), TAG_KEY);

    if (!key) {
        ZwClose(handle);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    key->iface.lpVtbl = &key_vtbl;
    key->key = handle;
    unknown_init(system_here(__func__), &key->unknown, outer, &key_class, caller);
    *out = unknown_result(&key->unknown, &key->iface);
    return STATUS_SUCCESS;
}

// ---- opening (AD-70) ---------------------------------------------------------------------------------

// The interface key of the port's subdevice, which is there once it is registered.
static NTSTATUS open_interface(struct port_device *device, PUNKNOWN port, ACCESS_MASK access,
                               PHANDLE handle)
{
    struct ks_filter *filter = port ? subdevice_filter(port) : NULL;
    const UNICODE_STRING *link = filter ? subdevice_link(device, filter) : NULL;
    UNICODE_STRING name;

    if (!port) // only IPort::NewRegistryKey says which
        return STATUS_INVALID_PARAMETER;
    if (!link || !link->Length)
        return STATUS_INVALID_DEVICE_REQUEST;
    name = *link;
    return IoOpenDeviceInterfaceRegistryKey(&name, access, handle);
}

static NTSTATUS open_key(struct port_device *device, PUNKNOWN port, ULONG type, ACCESS_MASK access,
                         PHANDLE handle)
{
    switch (type) {
    case DeviceRegistryKey:
        return IoOpenDeviceRegistryKey(device->pdo, PLUGPLAY_REGKEY_DEVICE, access, handle);
    case DriverRegistryKey:
        return IoOpenDeviceRegistryKey(device->pdo, PLUGPLAY_REGKEY_DRIVER, access, handle);
    case HwProfileRegistryKey:
        return IoOpenDeviceRegistryKey(device->pdo,
                                       PLUGPLAY_REGKEY_DRIVER | PLUGPLAY_REGKEY_CURRENT_HWPROFILE,
                                       access, handle);
    case DeviceInterfaceRegistryKey:
        return open_interface(device, port, access, handle);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

// `subdevice`: NULL, or the port object whose NewRegistryKey this is.
NTSTATUS NTAPI PcNewRegistryKey(PREGISTRYKEY *out, PUNKNOWN outer, ULONG type, ACCESS_MASK access,
                                PVOID fdo, PVOID subdevice, POBJECT_ATTRIBUTES attributes,
                                ULONG options, PULONG disposition)
{
    struct port_device *device = port_device_from(fdo);
    NTSTATUS status;
    HANDLE handle;

    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcNewRegistryKey",
                    __builtin_return_address(0));
    if (!out)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *out = NULL;
    if (type == GeneralRegistryKey)
        status = attributes ? ZwCreateKey(&handle, access, attributes, 0, NULL, options, disposition)
                            : STATUS_INVALID_PARAMETER;
    else
        status = device ? open_key(device, subdevice, type, access, &handle)
                        : STATUS_INVALID_PARAMETER;
    return NT_TELL(NT_SUCCESS(status) ? wrap(out, outer, handle, __builtin_return_address(0)) : status);
}
