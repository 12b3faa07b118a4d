// SPDX-License-Identifier: MIT
//
// Code addresses as image and offset.
#include "base/site.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

bool (*site_resolver)(const void *address, char *text, size_t size);

void site_describe(const void *address, char *text, size_t size)
{
    const char *name;
    Dl_info info;

    if (site_resolver && site_resolver(address, text, size))
        return;
    if (!address || !dladdr(address, &info) || !info.dli_fname) {
        snprintf(text, size, "unknown code");
        return;
    }
    name = strrchr(info.dli_fname, '/');
    snprintf(text, size, "%s+0x%zx", name ? name + 1 : info.dli_fname,
             (size_t)((const char *)address - (const char *)info.dli_fbase));
}
