// SPDX-License-Identifier: MIT
//
// Keys of the registry; see registry.h. What a driver makes may be made to fail (base/fault.h).
#include "kernel/registry.h"

#include "kernel/private.h"

static int compare(const WCHAR *a, size_t a_chars, const WCHAR *b, size_t b_chars)
{
    for (size_t i = 0; i < a_chars && i < b_chars; i++) {
        int difference = RtlUpcaseUnicodeChar(a[i]) - RtlUpcaseUnicodeChar(b[i]);

        if (difference)
            return difference;
    }
    return a_chars < b_chars ? -1 : a_chars > b_chars;
}

static size_t component(struct registry_path path)
{
    size_t chars = 0;

    while (chars < path.chars && path.text[chars] != '\\')
        chars++;
    return chars;
}

// What is left of the path behind `chars` and one backslash.
static struct registry_path behind(struct registry_path path, size_t chars)
{
    if (chars < path.chars)
        chars++;
    return (struct registry_path){path.text + chars, path.chars - chars};
}

static struct registry_key *child(struct registry_key *key, const WCHAR *name, size_t chars)
{
    LIST_EACH(link, &key->keys)
    {
        struct registry_key *at = LIST_OBJECT(link, struct registry_key, link);

        if (!compare(at->name, at->name_bytes / sizeof(WCHAR), name, chars))
            return at;
    }
    return NULL;
}

static struct registry_key *start(struct ps_system *system, struct registry_key *from,
                                  struct registry_path *path)
{
    if (from)
        return from;
    if (path->chars && *path->text == '\\')
        *path = behind(*path, 0);
    return system->kernel->registry;
}

struct registry_key *registry_find(struct ps_system *system, struct registry_key *from,
                                   struct registry_path path)
{
    struct registry_key *key = start(system, from, &path);

    while (key && path.chars) {
        size_t chars = component(path);

        key = child(key, path.text, chars);
        path = behind(path, chars);
    }
    return key;
}

static void insert_sorted(struct registry_key *parent, struct registry_key *key)
{
    struct list *before = &parent->keys;

    LIST_EACH(link, &parent->keys)
    {
        struct registry_key *at = LIST_OBJECT(link, struct registry_key, link);

        if (compare(at->name, at->name_bytes / sizeof(WCHAR), key->name,
                    key->name_bytes / sizeof(WCHAR)) > 0) {
            before = link;
            break;
        }
    }
    list_push_back(before, &key->link); // before `before`
    key->parent = parent;
}

static struct registry_key *key_new(struct ps_system *system, const WCHAR *name, size_t chars)
{
    struct registry_key *key = arena_alloc(system->arena, sizeof(*key));

    if (!key)
        return NULL;
    key->name_bytes = (USHORT)(chars * sizeof(WCHAR));
    key->name = arena_alloc(system->arena, key->name_bytes + sizeof(WCHAR));
    if (!key->name) {
        arena_free(system->arena, key, sizeof(*key));
        return NULL;
    }
    memcpy(key->name, name, key->name_bytes);
    list_init(&key->keys);
    list_init(&key->values);
    key->written = time_system(system->sched->now);
    return key;
}

static unsigned depth(const struct registry_key *key)
{
    unsigned levels = 0;

    for (; key->parent; key = key->parent)
        levels++;
    return levels;
}

static NTSTATUS make_child(struct ps_system *system, struct registry_key *parent,
                           const WCHAR *name, size_t chars, struct registry_key **out)
{
    if (!chars || chars > REGISTRY_NAME_CHARS || depth(parent) >= REGISTRY_DEPTH)
        return STATUS_OBJECT_NAME_INVALID;
    *out = key_new(system, name, chars);
    if (!*out)
        return STATUS_INSUFFICIENT_RESOURCES;
    (*out)->is_volatile = parent->is_volatile;
    insert_sorted(parent, *out);
    parent->written = (*out)->written;
    return STATUS_SUCCESS;
}

NTSTATUS registry_make(struct ps_system *system, struct registry_key *from,
                       struct registry_path path, bool deep, bool *created,
                       struct registry_key **out)
{
    struct registry_key *key = start(system, from, &path);
    NTSTATUS status = STATUS_SUCCESS;
    bool made = false;

    while (NT_SUCCESS(status) && path.chars) {
        size_t chars = component(path);
        struct registry_key *next = child(key, path.text, chars);
        const WCHAR *name = path.text;

        path = behind(path, chars);
        if (!next && path.chars && !deep)
            return STATUS_OBJECT_NAME_NOT_FOUND;
        if (!next) {
            status = make_child(system, key, name, chars, &next);
            made = true;
        }
        key = next;
    }
    if (!NT_SUCCESS(status))
        return status;
    if (created)
        *created = made;
    *out = key;
    return STATUS_SUCCESS;
}

struct registry_key *registry_ascii(struct ps_system *system, struct registry_key *from,
                                    const char *path)
{
    WCHAR wide[512];
    struct registry_key *key;
    size_t chars = 0;

    for (; path[chars] && chars < sizeof(wide) / sizeof(*wide); chars++)
        wide[chars] = (UCHAR)path[chars];
    if (path[chars] || !NT_SUCCESS(registry_make(system, from, (struct registry_path){wide, chars},
                                                 true, NULL, &key)))
        return NULL;
    return key;
}

// ---- deletion -----------------------------------------------------------------------------------

void registry_key_free(struct ps_system *system, struct registry_key *key)
{
    while (!list_empty(&key->values))
        registry_value_delete(system, key,
                              LIST_OBJECT(key->values.next, struct registry_value, link));
    arena_free(system->arena, key->name, key->name_bytes + sizeof(WCHAR));
    arena_free(system->arena, key, sizeof(*key));
}

NTSTATUS registry_delete(struct ps_system *system, struct registry_key *key)
{
    if (key->deleted)
        return STATUS_KEY_DELETED;
    if (!list_empty(&key->keys) || !key->parent || !key->parent->parent)
        return STATUS_CANNOT_DELETE;
    list_remove(&key->link);
    key->deleted = true;
    if (!key->handles)
        registry_key_free(system, key);
    return STATUS_SUCCESS;
}

// ---- values -------------------------------------------------------------------------------------

struct registry_value *registry_value(const struct registry_key *key, const WCHAR *name,
                                      size_t name_bytes)
{
    LIST_EACH(link, &key->values)
    {
        struct registry_value *value = LIST_OBJECT(link, struct registry_value, link);

        if (!compare(value->name, value->name_bytes / sizeof(WCHAR), name,
                     name_bytes / sizeof(WCHAR)))
            return value;
    }
    return NULL;
}

static void drop_data(struct ps_system *system, struct registry_value *value)
{
    if (value->data)
        arena_free(system->arena, value->data, value->bytes);
    value->data = NULL;
    value->bytes = 0;
}

static void value_free(struct ps_system *system, struct registry_value *value)
{
    drop_data(system, value);
    if (value->name)
        arena_free(system->arena, value->name, value->name_bytes);
    arena_free(system->arena, value, sizeof(*value));
}

void registry_value_delete(struct ps_system *system, struct registry_key *key,
                           struct registry_value *value)
{
    list_remove(&value->link);
    key->written = time_system(system->sched->now);
    value_free(system, value);
}

static struct registry_value *value_new(struct ps_system *system, struct registry_key *key,
                                        const WCHAR *name, size_t name_bytes)
{
    struct registry_value *value = arena_alloc(system->arena, sizeof(*value));

    if (!value)
        return NULL;
    if (name_bytes) {
        value->name = arena_alloc(system->arena, name_bytes);
        if (!value->name) {
            value_free(system, value);
            return NULL;
        }
        memcpy(value->name, name, name_bytes);
        value->name_bytes = (USHORT)name_bytes;
    }
    list_push_back(&key->values, &value->link);
    return value;
}

NTSTATUS registry_set(struct ps_system *system, struct registry_key *key, const WCHAR *name,
                      size_t name_bytes, ULONG type, const void *data, size_t bytes)
{
    struct registry_value *value = registry_value(key, name, name_bytes);
    void *copy = NULL;

    if (bytes > REGISTRY_DATA_BYTES || name_bytes > REGISTRY_VALUE_CHARS * sizeof(WCHAR))
        return STATUS_INVALID_PARAMETER;
    if (bytes && !(copy = arena_alloc(system->arena, bytes)))
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!value)
        value = value_new(system, key, name, name_bytes);
    if (!value) {
        arena_free(system->arena, copy, bytes);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (bytes)
        memcpy(copy, data, bytes);
    drop_data(system, value);
    value->type = type;
    value->data = copy;
    value->bytes = (ULONG)bytes;
    key->written = time_system(system->sched->now);
    return STATUS_SUCCESS;
}

// ---- where things are ---------------------------------------------------------------------------

#define CONTROL_SET "\\Registry\\Machine\\System\\CurrentControlSet\\"

bool registry_create(struct ps_system *system)
{
    static const char *const always[] = {
        CONTROL_SET "Services",
        CONTROL_SET "Control\\Class\\{4d36e96c-e325-11ce-bfc1-08002be10318}",
        CONTROL_SET "Control\\DeviceClasses",
        CONTROL_SET "Control\\MediaCategories",
        CONTROL_SET "Enum",
        "\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion",
        "\\Registry\\Machine\\Hardware\\DeviceMap",
        "\\Registry\\User\\.Default",
    };
    static const WCHAR nothing[1];

    system->kernel->registry = key_new(system, nothing, 0);
    for (size_t i = 0; system->kernel->registry && i < sizeof(always) / sizeof(*always); i++)
        if (!registry_ascii(system, NULL, always[i]))
            return false;
    return system->kernel->registry != NULL;
}

struct registry_key *registry_of_service(struct ps_system *system, const char *service)
{
    char path[300];

    if (snprintf(path, sizeof(path), CONTROL_SET "Services\\%s\\Parameters", service) >=
        (int)sizeof(path))
        return NULL;
    return registry_ascii(system, NULL, path) ? registry_ascii(system, NULL, path)->parent : NULL;
}

struct registry_key *registry_of_driver(struct ps_system *system, PDRIVER_OBJECT driver)
{
    const struct driver_record *record = CONTAINING_RECORD(driver, struct driver_record, driver);

    return registry_find(
        system, NULL,
        (struct registry_path){record->registry_path.Buffer,
                               record->registry_path.Length / sizeof(WCHAR)});
}

struct registry_key *registry_of_device(struct ps_system *system, unsigned index, bool driver)
{
    char path[160];

    if (driver)
        snprintf(path, sizeof(path),
                 CONTROL_SET "Control\\Class\\{4d36e96c-e325-11ce-bfc1-08002be10318}\\%04u", index);
    else
        snprintf(path, sizeof(path), CONTROL_SET "Enum\\PCI\\Portside\\%04u\\Device Parameters",
                 index);
    return registry_ascii(system, NULL, path);
}
