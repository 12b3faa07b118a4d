// SPDX-License-Identifier: MIT
//
// The registry (AD-70..75, SV-112): a tree of keys with values, in the system's arena, so that a snapshot carries
// it. Names keep their case and are compared without it; keys stand sorted, values in the order of their making.
// Nothing here checks access or IRQL: regkey.c does, for drivers. PASSIVE_LEVEL.
#ifndef PORTSIDE_KERNEL_REGISTRY_H
#define PORTSIDE_KERNEL_REGISTRY_H

#include "base/list.h"
#include "kernel/kernel.h"

enum {
    REGISTRY_NAME_CHARS = 255,    // of a key
    REGISTRY_VALUE_CHARS = 16383, // of a value's name
    REGISTRY_DATA_BYTES = 1 << 20,
    REGISTRY_DEPTH = 64, // levels below the root
};

struct registry_value {
    struct list link;
    WCHAR *name; // not terminated; NULL: the default value
    USHORT name_bytes;
    ULONG type, bytes;
    void *data;
};

struct registry_key {
    struct list link; // its parent's keys
    struct registry_key *parent;
    struct list keys, values;
    WCHAR *name;
    USHORT name_bytes;
    unsigned handles; // open on it: it lives on when it is deleted
    bool is_volatile; // not kept in a file
    bool deleted;
    LONGLONG written; // system time
};

// The part of a path up to the next backslash, and what follows it.
struct registry_path {
    const WCHAR *text;
    size_t chars;
};

// The key of `path` below `from` (NULL: the root; the path may then begin with a backslash); NULL: there is none.
struct registry_key *registry_find(struct ps_system *system, struct registry_key *from,
                                   struct registry_path path);
// The same, made if need be: every level of it (`deep`), or only the last, as a driver may.
// STATUS_OBJECT_NAME_NOT_FOUND, _INVALID, STATUS_INSUFFICIENT_RESOURCES. `created` may be NULL.
NTSTATUS registry_make(struct ps_system *system, struct registry_key *from,
                       struct registry_path path, bool deep, bool *created,
                       struct registry_key **out);
// From an ASCII path, all levels made; NULL: no memory.
struct registry_key *registry_ascii(struct ps_system *system, struct registry_key *from,
                                    const char *path);
// STATUS_CANNOT_DELETE while it has keys below it. Its memory stays until the last handle is closed.
NTSTATUS registry_delete(struct ps_system *system, struct registry_key *key);
void registry_key_free(struct ps_system *system, struct registry_key *key);

struct registry_value *registry_value(const struct registry_key *key, const WCHAR *name,
                                      size_t name_bytes);
// Makes or replaces. STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER (too long).
NTSTATUS registry_set(struct ps_system *system, struct registry_key *key, const WCHAR *name,
                      size_t name_bytes, ULONG type, const void *data, size_t bytes);
void registry_value_delete(struct ps_system *system, struct registry_key *key,
                           struct registry_value *value);

// The keys every system has; false: no memory.
bool registry_create(struct ps_system *system);

// Where a driver's and a device's keys are. NULL: no memory.
struct registry_key *registry_of_driver(struct ps_system *system, PDRIVER_OBJECT driver);
struct registry_key *registry_of_service(struct ps_system *system, const char *service);
// The device's hardware key (`driver` false) and its driver's key for it; `index`: of the device on its bus.
struct registry_key *registry_of_device(struct ps_system *system, unsigned index, bool driver);

#endif
