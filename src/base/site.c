// SPDX-License-Identifier: MIT
//
// Code addresses as image and offset.
#include "base/site.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

// A private copy of a driver is loaded from /proc/PID/fd/N, a link to "/memfd:ac97.so (deleted)".
static bool name_of_copy(const char *path, char *name, size_t size)
{
    static const char memfd[] = "/memfd:", deleted[] = " (deleted)";
    char target[128], *end;
    ssize_t length = strncmp(path, "/proc/", 6) ? -1 : readlink(path, target, sizeof(target) - 1);

    if (length < (ssize_t)sizeof(memfd) || strncmp(target, memfd, sizeof(memfd) - 1))
        return false;
    target[length] = 0;
    end = strstr(target, deleted);
    if (end)
        *end = 0;
    snprintf(name, size, "%s", target + sizeof(memfd) - 1);
    return true;
}

void site_describe(const void *address, char *text, size_t size)
{
    const char *slash;
    char name[128];
    Dl_info info;

    if (!address || !dladdr(address, &info) || !info.dli_fname) {
        snprintf(text, size, "unknown code");
        return;
    }
    slash = strrchr(info.dli_fname, '/');
    if (!name_of_copy(info.dli_fname, name, sizeof(name)))
        snprintf(name, sizeof(name), "%s", slash ? slash + 1 : info.dli_fname);
    snprintf(text, size, "%s+0x%zx", name,
             (size_t)((const char *)address - (const char *)info.dli_fbase));
}
