// SPDX-License-Identifier: MIT
//
// Numbers that the port class reads from a device's driver key (AD-69, AD-76). PASSIVE_LEVEL.
#include "port/port.h"

enum { NAME_CHARS = 40 };

static UNICODE_STRING widen(const char *text, WCHAR *to)
{
    USHORT chars = 0;

    for (; text[chars] && chars < NAME_CHARS; chars++)
        to[chars] = (UCHAR)text[chars];
    return (UNICODE_STRING){.Length = (USHORT)(chars * sizeof(WCHAR)),
                            .MaximumLength = (USHORT)(chars * sizeof(WCHAR)),
                            .Buffer = to};
}

// REG_BINARY, little-endian, or REG_DWORD.
static ULONG number(HANDLE key, const char *name, ULONG otherwise)
{
    struct {
        KEY_VALUE_PARTIAL_INFORMATION info;
        UCHAR room[8];
    } value;
    WCHAR buffer[NAME_CHARS];
    UNICODE_STRING text = widen(name, buffer);
    ULONG needed, result = 0;

    if (!NT_SUCCESS(ZwQueryValueKey(key, &text, KeyValuePartialInformation, &value, sizeof(value),
                                    &needed)) ||
        (value.info.Type != REG_BINARY && value.info.Type != REG_DWORD) ||
        value.info.DataLength > sizeof(result))
        return otherwise;
    RtlCopyMemory(&result, (const UCHAR *)&value + FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data),
                  value.info.DataLength);
    return result;
}

ULONG port_setting(PDEVICE_OBJECT pdo, const char *subkey, const char *name, ULONG otherwise)
{
    OBJECT_ATTRIBUTES attributes;
    WCHAR buffer[NAME_CHARS];
    UNICODE_STRING below = widen(subkey, buffer);
    HANDLE driver, key;

    if (!NT_SUCCESS(IoOpenDeviceRegistryKey(pdo, PLUGPLAY_REGKEY_DRIVER, KEY_READ, &driver)))
        return otherwise;
    InitializeObjectAttributes(&attributes, &below, OBJ_CASE_INSENSITIVE, driver, NULL);
    if (NT_SUCCESS(ZwOpenKey(&key, KEY_READ, &attributes))) {
        otherwise = number(key, name, otherwise);
        ZwClose(key);
    }
    ZwClose(driver);
    return otherwise;
}
