// SPDX-License-Identifier: MIT
//
// What ZwQueryKey, ZwEnumerateKey, ZwQueryValueKey and ZwEnumerateValueKey tell (AD-73): a buffer that holds not even
// the fixed part is STATUS_BUFFER_TOO_SMALL, one that holds a part is filled and STATUS_BUFFER_OVERFLOW, and both
// say what is needed. PASSIVE_LEVEL.
#include "kernel/regkey.h"

// An answer being written: bytes beyond the room are counted only.
struct answer {
    UCHAR *out;
    ULONG room, fixed, total;
};

static void put(struct answer *answer, ULONG offset, const void *from, ULONG bytes)
{
    ULONG fits = offset < answer->room ? answer->room - offset : 0;

    if (offset + bytes > answer->total)
        answer->total = offset + bytes;
    if (fits > bytes)
        fits = bytes;
    if (fits && answer->out)
        memcpy(answer->out + offset, from, fits);
}

static NTSTATUS finish(const struct answer *answer, PULONG result)
{
    if (result)
        *result = answer->total;
    if (answer->room < answer->fixed)
        return STATUS_BUFFER_TOO_SMALL;
    return answer->room < answer->total ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

// ---- keys ---------------------------------------------------------------------------------------

static void describe_full(struct answer *answer, const struct registry_key *key)
{
    KEY_FULL_INFORMATION info = {.LastWriteTime.QuadPart = key->written,
                                 .ClassOffset = FIELD_OFFSET(KEY_FULL_INFORMATION, Class)};

    LIST_EACH(link, &key->keys)
    {
        const struct registry_key *child = LIST_OBJECT(link, struct registry_key, link);

        info.SubKeys++;
        if (child->name_bytes > info.MaxNameLen)
            info.MaxNameLen = child->name_bytes;
    }
    LIST_EACH(link, &key->values)
    {
        const struct registry_value *value = LIST_OBJECT(link, struct registry_value, link);

        info.Values++;
        if (value->name_bytes > info.MaxValueNameLen)
            info.MaxValueNameLen = value->name_bytes;
        if (value->bytes > info.MaxValueDataLen)
            info.MaxValueDataLen = value->bytes;
    }
    answer->fixed = FIELD_OFFSET(KEY_FULL_INFORMATION, Class);
    put(answer, 0, &info, answer->fixed);
}

static size_t full_name(const struct registry_key *key, WCHAR *to, size_t room)
{
    size_t chars = key->name_bytes / sizeof(WCHAR), before;

    if (!key->parent)
        return 0;
    before = full_name(key->parent, to, room);
    if (before + 1 + chars > room)
        return before;
    to[before] = '\\';
    memcpy(to + before + 1, key->name, key->name_bytes);
    return before + 1 + chars;
}

static void describe_name(struct answer *answer, const struct registry_key *key)
{
    WCHAR name[1024];
    ULONG bytes = (ULONG)(full_name(key, name, sizeof(name) / sizeof(*name)) * sizeof(WCHAR));

    answer->fixed = sizeof(ULONG);
    put(answer, 0, &bytes, sizeof(bytes));
    put(answer, sizeof(bytes), name, bytes);
}

static NTSTATUS describe_key(const struct registry_key *key, KEY_INFORMATION_CLASS class, PVOID out,
                             ULONG room, PULONG result)
{
    KEY_BASIC_INFORMATION basic = {.LastWriteTime.QuadPart = key->written,
                                   .NameLength = key->name_bytes};
    KEY_NODE_INFORMATION node = {.LastWriteTime.QuadPart = key->written,
                                 .ClassOffset = ~0u,
                                 .NameLength = key->name_bytes};
    struct answer answer = {.out = out, .room = out ? room : 0};

    switch (class) {
    case KeyBasicInformation:
        answer.fixed = FIELD_OFFSET(KEY_BASIC_INFORMATION, Name);
        put(&answer, 0, &basic, answer.fixed);
        put(&answer, answer.fixed, key->name, key->name_bytes);
        break;
    case KeyNodeInformation:
        answer.fixed = FIELD_OFFSET(KEY_NODE_INFORMATION, Name);
        put(&answer, 0, &node, answer.fixed);
        put(&answer, answer.fixed, key->name, key->name_bytes);
        break;
    case KeyFullInformation:
        describe_full(&answer, key);
        break;
    case KeyNameInformation:
        describe_name(&answer, key);
        break;
    default:
        return STATUS_INVALID_PARAMETER;
    }
    return finish(&answer, result);
}

NTSTATUS NTAPI ZwQueryKey(HANDLE KeyHandle, KEY_INFORMATION_CLASS KeyInformationClass,
                          PVOID KeyInformation, ULONG Length, PULONG ResultLength)
{
    NT_SERVICE(COST_SERVICE);
    struct open_key *open;
    NTSTATUS status;

    key_irql(system, __func__, CALLER);
    status = key_from_handle(system, KeyHandle, KEY_QUERY_VALUE, &open);
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    return NT_TELL(describe_key(open->key, KeyInformationClass, KeyInformation, Length, ResultLength));
}

static struct list *nth(struct list *head, ULONG index)
{
    LIST_EACH(link, head)
    {
        if (!index--)
            return link;
    }
    return NULL;
}

NTSTATUS NTAPI ZwEnumerateKey(HANDLE KeyHandle, ULONG Index,
                              KEY_INFORMATION_CLASS KeyInformationClass, PVOID KeyInformation,
                              ULONG Length, PULONG ResultLength)
{
    NT_SERVICE(COST_SERVICE);
    struct open_key *open;
    struct list *found;
    NTSTATUS status;

    key_irql(system, __func__, CALLER);
    status = key_from_handle(system, KeyHandle, KEY_ENUMERATE_SUB_KEYS, &open);
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    found = nth(&open->key->keys, Index);
    if (!found)
        return NT_TELL(STATUS_NO_MORE_ENTRIES);
    return NT_TELL(describe_key(LIST_OBJECT(found, struct registry_key, link), KeyInformationClass,
                        KeyInformation, Length, ResultLength));
}

// ---- values -------------------------------------------------------------------------------------

static void describe_full_value(struct answer *answer, const struct registry_value *value)
{
    ULONG head = FIELD_OFFSET(KEY_VALUE_FULL_INFORMATION, Name);
    KEY_VALUE_FULL_INFORMATION info = {.Type = value->type,
                                       .DataLength = value->bytes,
                                       .NameLength = value->name_bytes};

    info.DataOffset = (head + value->name_bytes + 7) & ~7u;
    answer->fixed = head;
    put(answer, 0, &info, head);
    put(answer, head, value->name, value->name_bytes);
    put(answer, info.DataOffset, value->data, value->bytes);
}

static void describe_partial(struct answer *answer, const struct registry_value *value, bool align)
{
    KEY_VALUE_PARTIAL_INFORMATION info = {.Type = value->type, .DataLength = value->bytes};
    ULONG aligned[2] = {value->type, value->bytes};

    if (align) { // without the title index, so that the data begin on 8 bytes
        answer->fixed = sizeof(aligned);
        put(answer, 0, aligned, sizeof(aligned));
    } else {
        answer->fixed = FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data);
        put(answer, 0, &info, answer->fixed);
    }
    put(answer, answer->fixed, value->data, value->bytes);
}

static NTSTATUS describe_value(const struct registry_value *value,
                               KEY_VALUE_INFORMATION_CLASS class, PVOID out, ULONG room,
                               PULONG result)
{
    KEY_VALUE_BASIC_INFORMATION basic = {.Type = value->type, .NameLength = value->name_bytes};
    struct answer answer = {.out = out, .room = out ? room : 0};

    switch (class) {
    case KeyValueBasicInformation:
        answer.fixed = FIELD_OFFSET(KEY_VALUE_BASIC_INFORMATION, Name);
        put(&answer, 0, &basic, answer.fixed);
        put(&answer, answer.fixed, value->name, value->name_bytes);
        break;
    case KeyValueFullInformation:
    case KeyValueFullInformationAlign64:
        describe_full_value(&answer, value);
        break;
    case KeyValuePartialInformation:
    case KeyValuePartialInformationAlign64:
        describe_partial(&answer, value, class == KeyValuePartialInformationAlign64);
        break;
    default:
        return STATUS_INVALID_PARAMETER;
    }
    return finish(&answer, result);
}

NTSTATUS NTAPI ZwQueryValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName,
                               KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
                               PVOID KeyValueInformation, ULONG Length, PULONG ResultLength)
{
    NT_SERVICE(COST_SERVICE);
    struct registry_value *value;
    struct open_key *open;
    NTSTATUS status;

    key_irql(system, __func__, CALLER);
    check_name(system, ValueName, __func__, CALLER);
    check_kernel_address(system, KeyValueInformation, __func__, CALLER);
    status = key_from_handle(system, KeyHandle, KEY_QUERY_VALUE, &open);
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    value = registry_value(open->key, ValueName ? ValueName->Buffer : NULL,
                           ValueName ? ValueName->Length : 0);
    if (!value)
        return NT_TELL(STATUS_OBJECT_NAME_NOT_FOUND);
    return NT_TELL(describe_value(value, KeyValueInformationClass, KeyValueInformation, Length,
                          ResultLength));
}

NTSTATUS NTAPI ZwEnumerateValueKey(HANDLE KeyHandle, ULONG Index,
                                   KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
                                   PVOID KeyValueInformation, ULONG Length, PULONG ResultLength)
{
    NT_SERVICE(COST_SERVICE);
    struct open_key *open;
    struct list *found;
    NTSTATUS status;

    key_irql(system, __func__, CALLER);
    status = key_from_handle(system, KeyHandle, KEY_QUERY_VALUE, &open);
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    found = nth(&open->key->values, Index);
    if (!found)
        return NT_TELL(STATUS_NO_MORE_ENTRIES);
    return NT_TELL(describe_value(LIST_OBJECT(found, struct registry_value, link),
                          KeyValueInformationClass, KeyValueInformation, Length, ResultLength));
}
