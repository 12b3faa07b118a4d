// SPDX-License-Identifier: MIT
//
// Names of pins and nodes (TP-19..21): what the miniport says itself, else the text that the registry has for a GUID, in
// the device's own MediaCategories before the system's, else a name of the standard GUIDs. PASSIVE_LEVEL.
#include "ks/ks.h"

enum { NAME_CHARS = 128 };

static const struct {
    const GUID *guid;
    const char *name;
} standard[] = {
    {&KSNODETYPE_SPEAKER, "Speakers"},
    {&KSNODETYPE_HEADPHONES, "Headphones"},
    {&KSNODETYPE_MICROPHONE, "Microphone"},
    {&KSNODETYPE_MICROPHONE_ARRAY, "Microphone Array"},
    {&KSNODETYPE_LINE_CONNECTOR, "Line"},
    {&KSNODETYPE_CD_PLAYER, "CD Audio"},
    {&KSNODETYPE_SPDIF_INTERFACE, "SPDIF Interface"},
    {&KSNODETYPE_HDMI_INTERFACE, "HDMI"},
    {&KSNODETYPE_VOLUME, "Volume"},
    {&KSNODETYPE_MUTE, "Mute"},
    {&KSNODETYPE_SUM, "Sum"},
    {&KSNODETYPE_MUX, "Mux"},
    {&KSNODETYPE_TONE, "Tone"},
    {&KSNODETYPE_AGC, "AGC"},
    {&KSNODETYPE_LOUDNESS, "Loudness"},
    {&KSAUDFNAME_MASTER_VOLUME, "Master Volume"},
    {&KSAUDFNAME_MASTER_MUTE, "Master Mute"},
    {&KSAUDFNAME_WAVE_VOLUME, "Wave Volume"},
    {&KSAUDFNAME_WAVE_MUTE, "Wave Mute"},
};

struct name {
    WCHAR text[NAME_CHARS]; // terminated
    ULONG bytes;            // with the terminator
};

static void take_ascii(struct name *name, const char *text)
{
    ULONG chars = 0;

    for (; text[chars] && chars < NAME_CHARS - 1; chars++)
        name->text[chars] = (UCHAR)text[chars];
    name->text[chars] = 0;
    name->bytes = (chars + 1) * (ULONG)sizeof(WCHAR);
}

// "MediaCategories\{GUID}" below `root`, which is closed.
static bool look_in(HANDLE root, PUNICODE_STRING below, struct name *name)
{
    static WCHAR value_name[] = {'N', 'a', 'm', 'e', 0};
    struct {
        KEY_VALUE_PARTIAL_INFORMATION info;
        WCHAR room[NAME_CHARS];
    } value;
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING text;
    ULONG needed;
    HANDLE key;
    bool found;

    InitializeObjectAttributes(&attributes, below, OBJ_CASE_INSENSITIVE, root, NULL);
    if (!NT_SUCCESS(ZwOpenKey(&key, KEY_READ, &attributes)))
        return false;
    RtlInitUnicodeString(&text, value_name);
    found = NT_SUCCESS(ZwQueryValueKey(key, &text, KeyValuePartialInformation, &value, sizeof(value),
                                       &needed)) &&
            value.info.Type == REG_SZ && value.info.DataLength <= sizeof(name->text) - sizeof(WCHAR);
    ZwClose(key);
    if (!found)
        return false;
    RtlZeroMemory(name->text, sizeof(name->text));
    RtlCopyMemory(name->text, (const UCHAR *)&value + FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data),
                  value.info.DataLength);
    for (name->bytes = sizeof(WCHAR); name->text[name->bytes / sizeof(WCHAR) - 1];)
        name->bytes += (ULONG)sizeof(WCHAR);
    return true;
}

static UNICODE_STRING widen(const char *text, size_t chars, WCHAR *to)
{
    for (size_t i = 0; i < chars; i++)
        to[i] = (UCHAR)text[i];
    return (UNICODE_STRING){.Length = (USHORT)(chars * sizeof(WCHAR)),
                            .MaximumLength = (USHORT)(chars * sizeof(WCHAR)),
                            .Buffer = to};
}

static bool in_registry(const struct ks_device *device, const GUID *guid, struct name *name)
{
    static const char global[] =
        "\\Registry\\Machine\\System\\CurrentControlSet\\Control\\MediaCategories\\";
    enum { GLOBAL = sizeof(global) - 1, OWN = sizeof("MediaCategories\\") - 1 };
    WCHAR path[GLOBAL + 40];
    UNICODE_STRING digits, below = widen(global, GLOBAL, path);
    bool found = false;
    HANDLE driver;

    if (!NT_SUCCESS(RtlStringFromGUID(guid, &digits)))
        return false;
    RtlCopyMemory(path + GLOBAL, digits.Buffer, digits.Length);
    below.Length = below.MaximumLength = (USHORT)(below.Length + digits.Length);
    if (device->pdo &&
        NT_SUCCESS(IoOpenDeviceRegistryKey(device->pdo, PLUGPLAY_REGKEY_DRIVER, KEY_READ, &driver))) {
        USHORT bytes = (USHORT)(OWN * sizeof(WCHAR) + digits.Length);
        UNICODE_STRING own = {bytes, bytes, path + GLOBAL - OWN};

        found = look_in(driver, &own, name);
        ZwClose(driver);
    }
    RtlFreeUnicodeString(&digits);
    return found || look_in(NULL, &below, name);
}

static bool find(const struct ks_device *device, const GUID *guid, struct name *name)
{
    if (in_registry(device, guid, name))
        return true;
    for (size_t i = 0; i < sizeof(standard) / sizeof(*standard); i++)
        if (RtlCompareMemory(standard[i].guid, guid, sizeof(*guid)) == sizeof(*guid)) {
            take_ascii(name, standard[i].name);
            return true;
        }
    return false;
}

static NTSTATUS reply(struct ks_property_request *request, const GUID *guid)
{
    struct name name;

    if (!guid || !find(request->filter->device, guid, &name))
        return STATUS_NOT_FOUND;
    return ks_property_reply(request, name.text, name.bytes);
}

// The miniport's own word, into a buffer that the client gave; false: it has none.
static bool ask_miniport(struct ks_property_request *request)
{
    PUNKNOWN miniport = request->filter->miniport;
    const WCHAR *text = request->value;
    ULONG chars = request->value_bytes / (ULONG)sizeof(WCHAR), length = 0;
    PPINNAME names;
    NTSTATUS status;
    PVOID found;

    if (!chars || !NT_SUCCESS(miniport->lpVtbl->QueryInterface(miniport, &IID_IPinName, &found)))
        return false;
    names = found;
    status = names->lpVtbl->GetPinName(names, request->irp, (PKSP_PIN)(uintptr_t)request->property,
                                       request->value);
    names->lpVtbl->Release(names);
    while (length < chars && text[length])
        length++;
    if (!NT_SUCCESS(status) || length == chars)
        return false;
    request->information = (length + 1) * sizeof(WCHAR);
    return true;
}

NTSTATUS ks_pin_name(struct ks_property_request *request)
{
    const KSPIN_DESCRIPTOR *pin = ks_pin_descriptor(request->filter, *(const ULONG *)request->instance);

    if (!pin)
        return STATUS_INVALID_PARAMETER;
    if (ask_miniport(request))
        return STATUS_SUCCESS;
    return reply(request, pin->Name ? pin->Name : pin->Category);
}

NTSTATUS ks_node_name(struct ks_property_request *request)
{
    const PCNODE_DESCRIPTOR *node = ks_node(request->filter, *(const ULONG *)request->instance);

    if (!node)
        return STATUS_INVALID_PARAMETER;
    return reply(request, node->Name ? node->Name : node->Type);
}
