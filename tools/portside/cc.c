/* SPDX-License-Identifier: MIT */
/* portside cc: Windows driver source to a driver that Portside loads. */
#include <stdio.h>

#include "cc.h"
#include "cli.h"

static int prepare(struct cc *cc)
{
    int status = cc_find_parts(cc);

    if (!status)
        status = cc_find_compiler(cc);
    if (!status)
        status = cc_find_runtime(cc);
    if (!status)
        status = folder_make(cc->folder, sizeof(cc->folder));
    return status;
}

static int compile_all(struct cc *cc)
{
    static const char *const parts[] = {"new.cpp", "unknown.cpp", "runtime.cpp"};
    char path[PATH_MAX + 16];
    int status = 0;

    for (size_t i = 0; i < cc->sources.count; i++) { /* all, so that all errors are told at once */
        int one = cc_compile(cc, cc->sources.at[i]);

        status = status ? status : one;
    }
    for (size_t i = 0; !status && cc->has_cxx && i < sizeof(parts) / sizeof(*parts); i++) {
        snprintf(path, sizeof(path), "%s/%s", cc->stdunk, parts[i]);
        status = cc_compile(cc, path);
    }
    return status;
}

static void forget(struct cc *cc)
{
    words_free(&cc->sources);
    words_free(&cc->passed);
    words_free(&cc->folders);
    words_free(&cc->objects);
}

int cc_main(int argc, char **argv)
{
    struct cc cc = {0};
    int status = cc_options(&cc, argc, argv);

    if (!status && cc.help)
        help_print("cc");
    if (!status && !cc.help)
        status = prepare(&cc);
    if (!status && !cc.help)
        status = compile_all(&cc);
    if (!status && !cc.help)
        status = cc_link(&cc);
    forget(&cc);
    return status;
}
