// SPDX-License-Identifier: MIT
//
// Look-ups in the export list. The list is short and asked once per import; it is scanned.
#include "loader/exports.h"

#include <string.h>

struct export {
    const char *module;
    const char *name;
    enum export_state state;
};

#define implemented EXPORT_IMPLEMENTED
#define stub EXPORT_STUB
#define missing EXPORT_MISSING
static const struct export exports[] = {
#define EXPORT(module, name, state) {#module, #name, state},
#include "loader/exports.def"
#undef EXPORT
};

enum export_state export_state(const char *name)
{
    for (size_t i = 0; i < sizeof(exports) / sizeof(*exports); i++)
        if (!strcmp(exports[i].name, name))
            return exports[i].state;
    return EXPORT_UNKNOWN;
}

const char *export_module(const char *name)
{
    for (size_t i = 0; i < sizeof(exports) / sizeof(*exports); i++)
        if (!strcmp(exports[i].name, name))
            return exports[i].module;
    return NULL;
}

bool export_is_runtime(const char *name)
{
    // What compilers call for plain C and C++ code, and what their sanitizers insert.
    static const char *const exact[] = {
        "memcpy", "memmove", "memset", "memcmp", "memchr", "strlen", "strcmp", "strncmp", "strcpy",
        "strncpy", "strcat", "strchr", "strrchr", "strstr", "__cxa_finalize", "__gmon_start__",
        "_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable", "__stack_chk_fail",
        "__cxa_pure_virtual", "__memcpy_chk", "__memset_chk", "__memmove_chk",
    };
    static const char *const prefixes[] = {"__asan_", "__ubsan_", "__tsan_", "__sanitizer_",
                                           "__gcov_", "__llvm_"};

    for (size_t i = 0; i < sizeof(exact) / sizeof(*exact); i++)
        if (!strcmp(name, exact[i]))
            return true;
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
        if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
            return true;
    return false;
}
