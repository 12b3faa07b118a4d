// SPDX-License-Identifier: MIT
//
// RtlQueryRegistryValues and its kin (SV-112): a table of values to be handed to a routine or stored. There is no
// environment: REG_EXPAND_SZ is handed on as it stands, as REG_SZ. PASSIVE_LEVEL.
#include "kernel/regkey.h"

#define TAG_STRING 0x67727453u // "Strg"

// ---- where the table begins ---------------------------------------------------------------------

#define CONTROL_SET "\\Registry\\Machine\\System\\CurrentControlSet\\"

static const char *root_of(ULONG relative)
{
    switch (relative) {
    case RTL_REGISTRY_ABSOLUTE:
        return "";
    case RTL_REGISTRY_SERVICES:
        return CONTROL_SET "Services";
    case RTL_REGISTRY_CONTROL:
        return CONTROL_SET "Control";
    case RTL_REGISTRY_WINDOWS_NT:
        return "\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion";
    case RTL_REGISTRY_DEVICEMAP:
        return "\\Registry\\Machine\\Hardware\\DeviceMap";
    case RTL_REGISTRY_USER:
        return "\\Registry\\User\\.Default";
    default:
        return NULL;
    }
}

static struct registry_path path_of(PCWSTR text)
{
    struct registry_path path = {text, 0};

    while (text && text[path.chars])
        path.chars++;
    return path;
}

// NULL path: the root itself. `make`: the key is made.
static NTSTATUS top_key(struct ps_system *system, ULONG relative, PCWSTR text, bool make,
                        struct registry_key **out)
{
    struct registry_key *from = NULL;
    struct registry_path path;
    struct open_key *open;
    const char *root;
    NTSTATUS status;

    if (relative & RTL_REGISTRY_HANDLE) {
        status = key_from_handle(system, (HANDLE)(uintptr_t)text, 0, &open);
        if (NT_SUCCESS(status))
            *out = open->key;
        return status;
    }
    path = path_of(text);
    root = root_of(relative & 0xFF);
    if (!root)
        return STATUS_INVALID_PARAMETER;
    if (!*root && (!path.chars || *path.text != '\\'))
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    if (*root)
        from = registry_ascii(system, NULL, root);
    if (*root && !from)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (make)
        return registry_make(system, from, path, false, NULL, out);
    *out = registry_find(system, from, path);
    return *out ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}

// ---- one value ----------------------------------------------------------------------------------

struct query {
    struct ps_system *system;
    PVOID context;
    const void *caller;
};

struct datum {
    const WCHAR *name; // terminated
    ULONG type, bytes;
    const void *data;
};

static bool is_string(ULONG type)
{
    return type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ || type == REG_LINK;
}

// Into a UNICODE_STRING, whose buffer is made if it has none.
static NTSTATUS store_string(struct query *query, const struct datum *datum, PUNICODE_STRING to)
{
    ULONG bytes = datum->bytes & ~1u, text = bytes;
    const WCHAR *from = datum->data;

    if (bytes > UINT16_MAX - sizeof(WCHAR))
        return STATUS_BUFFER_OVERFLOW;
    while (datum->type != REG_MULTI_SZ && text && !from[text / sizeof(WCHAR) - 1])
        text -= (ULONG)sizeof(WCHAR);
    if (!to->Buffer) {
        to->Buffer = pool_allocate(query->system, PagedPool, bytes + sizeof(WCHAR), TAG_STRING,
                                   true, query->caller);
        if (!to->Buffer)
            return STATUS_NO_MEMORY;
        to->MaximumLength = (USHORT)(bytes + sizeof(WCHAR));
    } else if (to->MaximumLength < text + sizeof(WCHAR)) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    memcpy(to->Buffer, from, text);
    to->Buffer[text / sizeof(WCHAR)] = 0;
    to->Length = (USHORT)text;
    return STATUS_SUCCESS;
}

// What is no string: up to a ULONG as it is; more into a buffer whose first LONG says its size, negative: the data
// alone, else after their size and type.
static NTSTATUS store_binary(const struct datum *datum, PVOID to)
{
    LONG room;

    if (datum->bytes <= sizeof(ULONG)) {
        memcpy(to, datum->data, datum->bytes);
        return STATUS_SUCCESS;
    }
    memcpy(&room, to, sizeof(room));
    if (room < 0) {
        if (datum->bytes > (ULONG)0 - (ULONG)room)
            return STATUS_BUFFER_TOO_SMALL;
        memcpy(to, datum->data, datum->bytes);
        return STATUS_SUCCESS;
    }
    if (datum->bytes + 2 * sizeof(ULONG) > (ULONG)room)
        return STATUS_BUFFER_TOO_SMALL;
    memcpy(to, &datum->bytes, sizeof(ULONG));
    memcpy((char *)to + sizeof(ULONG), &datum->type, sizeof(ULONG));
    memcpy((char *)to + 2 * sizeof(ULONG), datum->data, datum->bytes);
    return STATUS_SUCCESS;
}

static NTSTATUS store(struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry,
                      const struct datum *datum)
{
    ULONG expected = entry->DefaultType >> RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;

    if ((entry->Flags & RTL_QUERY_REGISTRY_TYPECHECK) && datum->type != expected &&
        !(expected == REG_SZ && datum->type == REG_EXPAND_SZ))
        return STATUS_OBJECT_TYPE_MISMATCH;
    if (!entry->EntryContext)
        return STATUS_INVALID_PARAMETER;
    if (is_string(datum->type))
        return entry->Flags & RTL_QUERY_REGISTRY_NOSTRING
                   ? STATUS_OBJECT_TYPE_MISMATCH
                   : store_string(query, datum, entry->EntryContext);
    return store_binary(datum, entry->EntryContext);
}

static NTSTATUS call(struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry,
                     const struct datum *datum, ULONG type, const void *data, ULONG bytes)
{
    return entry->QueryRoutine((PWSTR)(uintptr_t)datum->name, type, (PVOID)(uintptr_t)data, bytes,
                               query->context, entry->EntryContext);
}

// REG_MULTI_SZ: once for each of its strings.
static NTSTATUS call_each(struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry,
                          const struct datum *datum)
{
    const WCHAR *at = datum->data, *end = at + datum->bytes / sizeof(WCHAR);
    NTSTATUS status = STATUS_SUCCESS;

    while (at < end && *at && NT_SUCCESS(status)) {
        const WCHAR *from = at;

        while (at < end && *at)
            at++;
        at += at < end;
        status = call(query, entry, datum, REG_SZ, from, (ULONG)((at - from) * (LONG)sizeof(WCHAR)));
    }
    return status;
}

static NTSTATUS hand_over(struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry,
                          const struct datum *datum)
{
    if (entry->Flags & RTL_QUERY_REGISTRY_DIRECT)
        return store(query, entry, datum);
    if (!entry->QueryRoutine)
        return STATUS_INVALID_PARAMETER;
    if (datum->type == REG_MULTI_SZ && !(entry->Flags & RTL_QUERY_REGISTRY_NOEXPAND))
        return call_each(query, entry, datum);
    return call(query, entry, datum,
                datum->type == REG_EXPAND_SZ && !(entry->Flags & RTL_QUERY_REGISTRY_NOEXPAND)
                    ? REG_SZ
                    : datum->type,
                datum->data, datum->bytes);
}

// A routine may change the registry: what it is given is a copy, terminated name included.
static NTSTATUS hand_over_value(struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry,
                                const struct registry_value *value)
{
    size_t name = value->name_bytes, data = (value->bytes + 7) & ~(size_t)7;
    char *copy = arena_alloc(query->system->arena, data + name + sizeof(WCHAR));
    struct datum datum = {(WCHAR *)(copy + data), value->type, value->bytes, copy};
    NTSTATUS status;

    if (!copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (value->bytes)
        memcpy(copy, value->data, value->bytes);
    if (value->name_bytes)
        memcpy(copy + data, value->name, value->name_bytes);
    status = hand_over(query, entry, &datum);
    arena_free(query->system->arena, copy, data + name + sizeof(WCHAR));
    return status;
}

static ULONG default_bytes(const RTL_QUERY_REGISTRY_TABLE *entry, ULONG type)
{
    const WCHAR *at = entry->DefaultData;
    ULONG chars = 0;

    if (entry->DefaultLength || !is_string(type))
        return entry->DefaultLength;
    if (type != REG_MULTI_SZ)
        return ((ULONG)path_of(at).chars + 1) * (ULONG)sizeof(WCHAR);
    while (at[chars])
        chars += (ULONG)path_of(at + chars).chars + 1;
    return (chars + 1) * (ULONG)sizeof(WCHAR);
}

static NTSTATUS missing_value(struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry)
{
    ULONG type = entry->DefaultType & 0xFF;

    if (type == REG_NONE || !entry->DefaultData)
        return entry->Flags & RTL_QUERY_REGISTRY_REQUIRED ? STATUS_OBJECT_NAME_NOT_FOUND
                                                          : STATUS_SUCCESS;
    return hand_over(query, entry,
                     &(struct datum){entry->Name, type, default_bytes(entry, type),
                                     entry->DefaultData});
}

// ---- the table ----------------------------------------------------------------------------------

static NTSTATUS one_value(struct query *query, struct registry_key *key,
                          const RTL_QUERY_REGISTRY_TABLE *entry)
{
    size_t bytes = path_of(entry->Name).chars * sizeof(WCHAR);
    struct registry_value *value = registry_value(key, entry->Name, bytes);
    NTSTATUS status;

    if (!value)
        return missing_value(query, entry);
    status = hand_over_value(query, entry, value);
    value = entry->Flags & RTL_QUERY_REGISTRY_DELETE ? registry_value(key, entry->Name, bytes)
                                                     : NULL;
    if (value && NT_SUCCESS(status))
        registry_value_delete(query->system, key, value);
    return status;
}

static NTSTATUS all_values(struct query *query, struct registry_key *key,
                           const RTL_QUERY_REGISTRY_TABLE *entry)
{
    NTSTATUS status = STATUS_SUCCESS;
    bool any = false;

    LIST_EACH_SAFE(link, &key->values)
    {
        any = true;
        status = hand_over_value(query, entry, LIST_OBJECT(link, struct registry_value, link));
        if (!NT_SUCCESS(status))
            break;
    }
    if (!any && (entry->Flags & RTL_QUERY_REGISTRY_REQUIRED))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    return status;
}

// Moves to the key that the entry names; STATUS_NO_MORE_ENTRIES: the entry asks for nothing else.
static NTSTATUS move(struct ps_system *system, struct registry_key *top, struct registry_key **key,
                     const RTL_QUERY_REGISTRY_TABLE *entry)
{
    if (entry->Flags & (RTL_QUERY_REGISTRY_TOPKEY | RTL_QUERY_REGISTRY_SUBKEY))
        *key = top;
    if (!(entry->Flags & RTL_QUERY_REGISTRY_SUBKEY))
        return STATUS_SUCCESS;
    if (!entry->Name)
        return STATUS_INVALID_PARAMETER;
    *key = registry_find(system, top, path_of(entry->Name));
    if (!*key)
        return entry->Flags & RTL_QUERY_REGISTRY_REQUIRED ? STATUS_OBJECT_NAME_NOT_FOUND
                                                          : STATUS_NO_MORE_ENTRIES;
    return entry->QueryRoutine ? STATUS_SUCCESS : STATUS_NO_MORE_ENTRIES;
}

static NTSTATUS serve(struct query *query, struct registry_key *key,
                      const RTL_QUERY_REGISTRY_TABLE *entry)
{
    if (entry->Flags & RTL_QUERY_REGISTRY_NOVALUE)
        return entry->QueryRoutine
                   ? call(query, entry, &(struct datum){entry->Name, 0, 0, NULL}, REG_NONE, NULL, 0)
                   : STATUS_INVALID_PARAMETER;
    if (!key)
        return STATUS_SUCCESS; // below a subkey that there is not
    if (!entry->Name || (entry->Flags & RTL_QUERY_REGISTRY_SUBKEY))
        return all_values(query, key, entry);
    return one_value(query, key, entry);
}

NTSTATUS NTAPI RtlQueryRegistryValues(ULONG RelativeTo, PCWSTR Path,
                                      PRTL_QUERY_REGISTRY_TABLE QueryTable, PVOID Context,
                                      PVOID Environment)
{
    NT_SERVICE(COST_SERVICE);
    struct query query = {system, Context, CALLER};
    struct registry_key *top, *key;
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001E, __func__, CALLER);
    if (!QueryTable)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    status = top_key(system, RelativeTo, Path, false, &top);
    if (!NT_SUCCESS(status))
        return NT_TELL(RelativeTo & RTL_REGISTRY_OPTIONAL ? STATUS_SUCCESS : status);
    if (fault_here(system))
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    key = top;
    for (; NT_SUCCESS(status) && (QueryTable->QueryRoutine || QueryTable->Name); QueryTable++) {
        status = move(system, top, &key, QueryTable);
        if (NT_SUCCESS(status))
            status = serve(&query, key, QueryTable);
        else if (status == STATUS_NO_MORE_ENTRIES)
            status = STATUS_SUCCESS;
    }
    return NT_TELL(NT_SUCCESS(status) ? STATUS_SUCCESS : status);
}

// ---- single operations --------------------------------------------------------------------------

NTSTATUS NTAPI RtlWriteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName,
                                     ULONG ValueType, PVOID ValueData, ULONG ValueLength)
{
    NT_SERVICE(COST_SERVICE);
    struct registry_key *key;
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001E, __func__, CALLER);
    if (ValueLength && !ValueData)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    if (fault_here(system))
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    status = top_key(system, RelativeTo, Path, true, &key);
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    return NT_TELL(registry_set(system, key, ValueName, path_of(ValueName).chars * sizeof(WCHAR), ValueType,
                        ValueData, ValueLength));
}

NTSTATUS NTAPI RtlDeleteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName)
{
    NT_SERVICE(COST_SERVICE);
    struct registry_value *value;
    struct registry_key *key;
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001E, __func__, CALLER);
    status = top_key(system, RelativeTo, Path, false, &key);
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    value = registry_value(key, ValueName, path_of(ValueName).chars * sizeof(WCHAR));
    if (!value)
        return NT_TELL(STATUS_OBJECT_NAME_NOT_FOUND);
    registry_value_delete(system, key, value);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlCheckRegistryKey(ULONG RelativeTo, PWSTR Path)
{
    NT_SERVICE(COST_SERVICE);
    struct registry_key *key;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001E, __func__, CALLER);
    return NT_TELL(top_key(system, RelativeTo, Path, false, &key));
}

NTSTATUS NTAPI RtlCreateRegistryKey(ULONG RelativeTo, PWSTR Path)
{
    NT_SERVICE(COST_SERVICE);
    struct registry_key *key;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001E, __func__, CALLER);
    if (fault_here(system))
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    return NT_TELL(top_key(system, RelativeTo, Path, true, &key));
}
