// SPDX-License-Identifier: MIT
//
// Defaults of a driver from the INF file beside it: DRIVER.inf beside DRIVER.so, in whatever case. Values that the
// registry has already stay as they are, so that a registry file wins.
#include "host/defaults.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "host/utf16.h"
#include "kernel/registry.h"

// ---- the file --------------------------------------------------------------------------------------------

int defaults_find(const char *driver, char *path, size_t size)
{
    const char *slash = strrchr(driver, '/'), *name = slash ? slash + 1 : driver;
    const char *dot = strrchr(name, '.');
    size_t stem = dot ? (size_t)(dot - name) : strlen(name);
    char folder[512];
    struct dirent *entry;
    int result = -ENOENT;
    DIR *directory;

    snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - driver + 1) : 2, slash ? driver : "./");
    directory = opendir(folder);
    while (directory && result && (entry = readdir(directory)))
        if (strlen(entry->d_name) == stem + 4 && !strncasecmp(entry->d_name, name, stem) &&
            !strcasecmp(entry->d_name + stem, ".inf") &&
            (size_t)snprintf(path, size, "%s%s", folder, entry->d_name) < size)
            result = 0;
    if (directory)
        closedir(directory);
    return result;
}

int host_read_file(const char *path, size_t limit, char **out, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *bytes;

    if (!file)
        return -errno;
    bytes = malloc(limit + 1);
    *size = bytes ? fread(bytes, 1, limit + 1, file) : 0;
    fclose(file);
    if (!bytes || *size > limit) {
        free(bytes);
        return bytes ? -EFBIG : -ENOMEM;
    }
    *out = bytes;
    return 0;
}

// ---- values ----------------------------------------------------------------------------------------------

struct apply {
    struct ps_system *system;
    const char *service;
    int device; // -1: only what is the service's and the machine's
};

static struct registry_key *interface_key_of(struct apply *apply, const struct inf_value *value)
{
    char path[600];

    snprintf(path, sizeof(path),
             "\\Registry\\Machine\\System\\CurrentControlSet\\Control\\DeviceClasses\\%.60s\\"
             "##?#PCI#%04d#%.60s#%.200s\\Device Parameters",
             value->class, apply->device, value->class, value->reference);
    return registry_ascii(apply->system, NULL, path);
}

static struct registry_key *root_of(struct apply *apply, const struct inf_value *value)
{
    switch (value->root) {
    case INF_DRIVER:
    case INF_DEVICE:
        return registry_of_device(apply->system, (unsigned)apply->device, value->root == INF_DRIVER);
    case INF_INTERFACE:
        return interface_key_of(apply, value);
    case INF_SERVICE:
        return registry_of_service(apply->system, apply->service);
    case INF_USERS:
        return registry_ascii(apply->system, NULL, "\\Registry\\User");
    case INF_USER:
        return registry_ascii(apply->system, NULL, "\\Registry\\User\\.Default");
    case INF_CLASSES:
        return registry_ascii(apply->system, NULL, "\\Registry\\Machine\\Software\\Classes");
    default:
        return registry_ascii(apply->system, NULL, "\\Registry\\Machine");
    }
}

static bool wanted(const struct apply *apply, const struct inf_value *value)
{
    bool of_device = value->root == INF_DRIVER || value->root == INF_DEVICE ||
                     value->root == INF_INTERFACE;

    return of_device == (apply->device >= 0);
}

static int take(void *context, const struct inf_value *value)
{
    struct apply *apply = context;
    WCHAR subkey[UTF16_ROOM], name[UTF16_ROOM];
    size_t subkey_chars = utf16_from(value->subkey, subkey), name_chars = utf16_from(value->name, name);
    struct registry_key *key;
    NTSTATUS status;

    if (!wanted(apply, value))
        return 0;
    key = root_of(apply, value);
    if (!key)
        return -ENOMEM;
    while (subkey_chars && subkey[subkey_chars - 1] == '\\')
        subkey_chars--;
    status = registry_make(apply->system, key, (struct registry_path){subkey, subkey_chars}, true, NULL,
                           &key);
    if (NT_SUCCESS(status) && !value->key_only && !registry_value(key, name, name_chars * sizeof(WCHAR)))
        status = registry_set(apply->system, key, name, name_chars * sizeof(WCHAR), value->type,
                              value->data, value->bytes);
    return NT_SUCCESS(status) ? 0 : status == STATUS_INSUFFICIENT_RESOURCES ? -ENOMEM : -EINVAL;
}

int defaults_apply(struct ps_system *system, const char *service, int device,
                   const char *const *ids, const char *bytes, size_t size, char *error,
                   size_t error_size)
{
    struct apply apply = {system, service, device};
    const struct inf_sink sink = {&apply, take};

    return inf_read(bytes, size, ids, &sink, error, error_size);
}
