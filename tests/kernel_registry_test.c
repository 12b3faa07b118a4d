// SPDX-License-Identifier: MIT
//
// The registry as drivers use it: keys, values, their enumeration, tables of values; and names of devices.
#include "ps_test.h"

#include "kernel_copier.h"
#include "wide.h"

#define SERVICE "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\copier"

static HANDLE open_path(const char *path, ACCESS_MASK access)
{
    WCHAR buffer[256];
    UNICODE_STRING name = wide_string(path, buffer);
    OBJECT_ATTRIBUTES attributes;
    HANDLE key = NULL;

    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL,
                               NULL);
    assert_int_equal(ZwOpenKey(&key, access, &attributes), STATUS_SUCCESS);
    return key;
}

static NTSTATUS make(HANDLE below, const char *name, ACCESS_MASK access, HANDLE *key,
                     ULONG *disposition)
{
    WCHAR buffer[600];
    UNICODE_STRING text = wide_string(name, buffer);
    OBJECT_ATTRIBUTES attributes;

    InitializeObjectAttributes(&attributes, &text, OBJ_KERNEL_HANDLE, below, NULL);
    return ZwCreateKey(key, access, &attributes, 0, NULL, REG_OPTION_NON_VOLATILE, disposition);
}

static void in_thread(void (*body)(void *))
{
    struct kernel_rig rig = with_device(body);

    kernel_rig_clean(&rig);
}

// ---- keys ---------------------------------------------------------------------------------------

static void keys(void *argument)
{
    HANDLE service, key, again;
    ULONG disposition = 0;

    bring_up();
    service = open_path(SERVICE, KEY_ALL_ACCESS);
    assert_int_equal(make(service, "Settings", KEY_ALL_ACCESS, &key, &disposition), STATUS_SUCCESS);
    assert_int_equal(disposition, REG_CREATED_NEW_KEY);
    assert_int_equal(make(service, "sETTINGS", KEY_ALL_ACCESS, &again, &disposition),
                     STATUS_SUCCESS);
    assert_int_equal(disposition, REG_OPENED_EXISTING_KEY);
    // Only the last level is made.
    assert_int_equal(make(service, "A\\B", KEY_READ, &again, NULL), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(make(NULL, "Relative", KEY_READ, &again, NULL), STATUS_OBJECT_PATH_SYNTAX_BAD);
    // A key with keys below it stays; handles of a deleted one are of no use.
    assert_int_equal(ZwDeleteKey(service), STATUS_CANNOT_DELETE);
    assert_int_equal(ZwDeleteKey(key), STATUS_SUCCESS);
    assert_int_equal(ZwDeleteKey(key), STATUS_KEY_DELETED);
    ZwClose(key);
    ZwClose(service);
    take_down(false);
}

PS_TEST(a_key_is_made_opened_and_deleted, "SV-112", "AD-70")
{
    in_thread(keys);
}

static void rights(void *argument)
{
    HANDLE reader;
    WIDE(name, "Gain");
    ULONG number = 1;

    bring_up();
    reader = open_path(SERVICE, KEY_READ);
    assert_int_equal(ZwSetValueKey(reader, &name, 0, REG_DWORD, &number, 4), STATUS_ACCESS_DENIED);
    assert_int_equal(ZwDeleteKey(reader), STATUS_ACCESS_DENIED);
    ZwClose(reader);
    take_down(false);
}

PS_TEST(a_handle_has_the_rights_that_were_asked_for, "SV-112", "AD-75")
{
    in_thread(rights);
}

// ---- values -------------------------------------------------------------------------------------

static void values(void *argument)
{
    struct {
        KEY_VALUE_PARTIAL_INFORMATION info;
        UCHAR room[16];
    } partial;
    UCHAR full[64];
    WIDE(name, "Gain");
    ULONG number = 0x12345678, needed = 0;
    HANDLE key;

    bring_up();
    key = open_path(SERVICE "\\Parameters", KEY_ALL_ACCESS);
    assert_int_equal(ZwQueryValueKey(key, &name, KeyValuePartialInformation, &partial,
                                     sizeof(partial), &needed),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(ZwSetValueKey(key, &name, 0, REG_DWORD, &number, 4), STATUS_SUCCESS);
    assert_int_equal(ZwQueryValueKey(key, &name, KeyValuePartialInformation, &partial,
                                     sizeof(partial), &needed),
                     STATUS_SUCCESS);
    assert_int_equal(needed, 16);
    assert_int_equal(partial.info.Type, REG_DWORD);
    assert_memory_equal(partial.info.Data, &number, 4);
    // Nothing of it fits; a part of it does.
    assert_int_equal(ZwQueryValueKey(key, &name, KeyValuePartialInformation, NULL, 0, &needed),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(needed, 16);
    assert_int_equal(ZwQueryValueKey(key, &name, KeyValuePartialInformation, &partial, 14, &needed),
                     STATUS_BUFFER_OVERFLOW);
    // Overwritten, enumerated, deleted; NULL names the default value.
    number = 7;
    assert_int_equal(ZwSetValueKey(key, &name, 0, REG_DWORD, &number, 4), STATUS_SUCCESS);
    assert_int_equal(ZwSetValueKey(key, NULL, 0, REG_BINARY, "xyz", 3), STATUS_SUCCESS);
    assert_int_equal(ZwEnumerateValueKey(key, 0, KeyValueFullInformation, full, sizeof(full),
                                         &needed),
                     STATUS_SUCCESS);
    assert_int_equal(((PKEY_VALUE_FULL_INFORMATION)full)->NameLength, 8);
    assert_memory_equal(((PKEY_VALUE_FULL_INFORMATION)full)->Name, name.Buffer, 8);
    assert_int_equal(*(ULONG *)(full + ((PKEY_VALUE_FULL_INFORMATION)full)->DataOffset), 7);
    assert_int_equal(ZwEnumerateValueKey(key, 1, KeyValueBasicInformation, full, sizeof(full),
                                         &needed),
                     STATUS_SUCCESS);
    assert_int_equal(((PKEY_VALUE_BASIC_INFORMATION)full)->NameLength, 0);
    assert_int_equal(ZwEnumerateValueKey(key, 2, KeyValueBasicInformation, full, sizeof(full),
                                         &needed),
                     STATUS_NO_MORE_ENTRIES);
    assert_int_equal(ZwDeleteValueKey(key, &name), STATUS_SUCCESS);
    assert_int_equal(ZwDeleteValueKey(key, &name), STATUS_OBJECT_NAME_NOT_FOUND);
    ZwClose(key);
    take_down(false);
}

PS_TEST(a_value_is_set_read_and_enumerated, "SV-112", "AD-73", "AD-74")
{
    in_thread(values);
}

static void enumeration(void *argument)
{
    UCHAR space[128];
    PKEY_BASIC_INFORMATION basic = (PKEY_BASIC_INFORMATION)space;
    HANDLE service, key;
    ULONG needed;

    bring_up();
    service = open_path(SERVICE, KEY_ALL_ACCESS);
    assert_int_equal(make(service, "Alpha", KEY_READ, &key, NULL), STATUS_SUCCESS);
    ZwClose(key);
    assert_int_equal(ZwEnumerateKey(service, 0, KeyBasicInformation, basic, sizeof(space), &needed),
                     STATUS_SUCCESS);
    assert_int_equal(basic->NameLength, 10); // sorted: before Parameters
    assert_int_equal(basic->Name[0], 'A');
    assert_int_equal(ZwEnumerateKey(service, 2, KeyBasicInformation, basic, sizeof(space), &needed),
                     STATUS_NO_MORE_ENTRIES);
    assert_int_equal(ZwQueryKey(service, KeyFullInformation, space, sizeof(space), &needed),
                     STATUS_SUCCESS);
    assert_int_equal(((PKEY_FULL_INFORMATION)space)->SubKeys, 2);
    assert_int_equal(((PKEY_FULL_INFORMATION)space)->MaxNameLen, 20);
    ZwClose(service);
    take_down(false);
}

PS_TEST(keys_below_are_enumerated_in_order, "SV-112", "AD-73")
{
    in_thread(enumeration);
}

// ---- tables -------------------------------------------------------------------------------------

static unsigned called;

static NTSTATUS NTAPI routine(PWSTR name, ULONG type, PVOID data, ULONG bytes, PVOID context,
                              PVOID entry_context)
{
    called++;
    assert_int_equal(type, REG_SZ);
    assert_int_equal(name[0], 'L');
    assert_ptr_equal(context, &called);
    return STATUS_SUCCESS;
}

static void query_table(void *argument)
{
    static WCHAR path[] = {'c', 'o', 'p', 'i', 'e', 'r', 0};
    static const WCHAR list[] = {'a', 0, 'b', 'c', 0, 0};
    static WCHAR text[] = {'h', 'i', 0};
    WIDE(gain, "Gain");
    WIDE(names, "List");
    WIDE(title, "Title");
    WIDE(none, "None");
    ULONG number = 42, direct = 0, fallback = 5, missing = 0;
    UNICODE_STRING string = {0};
    RTL_QUERY_REGISTRY_TABLE table[5] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK,
         .Name = gain.Buffer,
         .EntryContext = &direct,
         .DefaultType = ((ULONG)REG_DWORD << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT) | REG_NONE},
        {.Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = title.Buffer, .EntryContext = &string},
        {.QueryRoutine = routine, .Name = names.Buffer},
        {.Flags = RTL_QUERY_REGISTRY_DIRECT,
         .Name = none.Buffer,
         .EntryContext = &missing,
         .DefaultType = REG_DWORD,
         .DefaultData = &fallback,
         .DefaultLength = 4},
    };

    bring_up();
    RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, path, gain.Buffer, REG_DWORD, &number, 4);
    RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, path, names.Buffer, REG_MULTI_SZ,
                          (PVOID)(uintptr_t)list, sizeof(list));
    RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, path, title.Buffer, REG_SZ, text, sizeof(text));
    called = 0;
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, path, table, &called, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(direct, 42);
    assert_int_equal(string.Length, 4);
    assert_int_equal(string.Buffer[1], 'i');
    assert_int_equal(called, 2); // once for each string of the list
    assert_int_equal(missing, 5);
    RtlFreeUnicodeString(&string);
    // What must be there and is not; what is of another type than it must be.
    table[3].DefaultType = REG_NONE;
    table[3].Flags |= RTL_QUERY_REGISTRY_REQUIRED;
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, path, &table[3], NULL, NULL),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, path, gain.Buffer, REG_SZ, text, sizeof(text));
    table[1] = (RTL_QUERY_REGISTRY_TABLE){0};
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, path, table, NULL, NULL),
                     STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, path, gain.Buffer),
                     STATUS_SUCCESS);
    assert_int_equal(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, path, gain.Buffer),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, none.Buffer),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(RtlCreateRegistryKey(RTL_REGISTRY_SERVICES, none.Buffer), STATUS_SUCCESS);
    assert_int_equal(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, none.Buffer), STATUS_SUCCESS);
    take_down(false);
}

PS_TEST(a_table_of_values_is_filled_from_a_key, "SV-111", "SV-112")
{
    in_thread(query_table);
}

// ---- keys of a driver, a device and an interface; properties ------------------------------------

static void own_keys(void *argument)
{
    static const GUID class = {0x6994AD04, 0x93EF, 0x11D0, {0xA3, 0xCC, 0, 0xA0, 0xC9, 0x22, 0x31, 0x96}};
    static const DEVPROPKEY property = {{1, 2, 3, {4}}, 5};
    UNICODE_STRING link;
    DEVPROPTYPE type;
    WCHAR text[] = {'v', 0}, back[4];
    ULONG needed;
    HANDLE key;

    bring_up();
    assert_int_equal(IoOpenDriverRegistryKey(driver, DriverRegKeyParameters, KEY_READ, 0, &key),
                     STATUS_SUCCESS);
    ZwClose(key);
    for (ULONG kind = PLUGPLAY_REGKEY_DEVICE; kind <= PLUGPLAY_REGKEY_DRIVER; kind++) {
        assert_int_equal(IoOpenDeviceRegistryKey(pdo, kind, KEY_ALL_ACCESS, &key), STATUS_SUCCESS);
        ZwClose(key);
    }
    assert_int_equal(IoOpenDeviceRegistryKey(fdo, PLUGPLAY_REGKEY_DEVICE, KEY_READ, &key),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(IoRegisterDeviceInterface(pdo, &class, NULL, &link), STATUS_SUCCESS);
    assert_int_equal(IoOpenDeviceInterfaceRegistryKey(&link, KEY_READ, &key), STATUS_SUCCESS);
    ZwClose(key);
    assert_int_equal(IoSetDeviceInterfacePropertyData(&link, &property, 0, 0, DEVPROP_TYPE_STRING,
                                                      sizeof(text), text),
                     STATUS_SUCCESS);
    assert_int_equal(IoGetDeviceInterfacePropertyData(&link, &property, 0, 0, 2, back, &needed,
                                                      &type),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(needed, sizeof(text));
    assert_int_equal(IoGetDeviceInterfacePropertyData(&link, &property, 0, 0, sizeof(back), back,
                                                      &needed, &type),
                     STATUS_SUCCESS);
    assert_int_equal(type, DEVPROP_TYPE_STRING);
    assert_memory_equal(back, text, sizeof(text));
    assert_int_equal(IoSetDevicePropertyData(pdo, &property, 0, 0, DEVPROP_TYPE_BINARY, 2, text),
                     STATUS_SUCCESS);
    assert_int_equal(IoSetDevicePropertyData(pdo, &property, 0, 0, DEVPROP_TYPE_EMPTY, 0, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(IoGetDevicePropertyData(pdo, &property, 0, 0, sizeof(back), back, &needed,
                                             &type),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    RtlFreeUnicodeString(&link);
    take_down(false);
}

PS_TEST(driver_device_and_interface_have_keys_and_properties, "SV-112", "AD-71")
{
    in_thread(own_keys);
}

static void pointers(void *argument)
{
    static const GUID class = {0x6994AD04, 0x93EF, 0x11D0, {0xA3, 0xCC, 0, 0xA0, 0xC9, 0x22, 0x31, 0x96}};
    UNICODE_STRING link;
    WIDE(reference, "Wave");
    PDEVICE_OBJECT found;
    PFILE_OBJECT file;

    bring_up();
    assert_int_equal(IoRegisterDeviceInterface(pdo, &class, &reference, &link), STATUS_SUCCESS);
    assert_int_equal(IoGetDeviceObjectPointer(&link, FILE_READ_DATA, &file, &found),
                     STATUS_OBJECT_NAME_NOT_FOUND); // not enabled yet
    IoSetDeviceInterfaceState(&link, TRUE);
    assert_int_equal(IoGetDeviceObjectPointer(&link, FILE_READ_DATA, &file, &found),
                     STATUS_SUCCESS);
    assert_ptr_equal(found, fdo);
    assert_int_equal(file->FileName.Length, 10);
    assert_int_equal(file->FileName.Buffer[0], '\\');
    ObDereferenceObject(file);
    RtlFreeUnicodeString(&link);
    take_down(false);
}

PS_TEST(a_device_is_found_by_the_name_of_its_interface, "SV-112")
{
    struct kernel_rig rig = with_device(pointers);

    nothing_left(&rig);
    kernel_rig_clean(&rig);
}

// ---- misuse -------------------------------------------------------------------------------------

static void too_high(void *argument)
{
    KIRQL irql;
    HANDLE key = open_path("\\Registry\\Machine", KEY_READ);

    KeRaiseIrql(APC_LEVEL, &irql);
    ZwQueryKey(key, KeyNameInformation, NULL, 0, NULL);
    KeLowerIrql(irql);
    ZwClose(key);
}

PS_TEST(a_registry_call_above_passive_level_is_found, "SV-112", "VF-103")
{
    kernel_rig_misuse(too_high, "VF-103", 0xC4, 0x2001F);
}
