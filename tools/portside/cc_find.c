/* SPDX-License-Identifier: MIT */
/* Where the compiler, its sanitizer, our headers and our library are. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cc.h"
#include "cli.h"

/* ---- our own parts ---- */

static bool beside_program(const char *part, char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    char *slash;

    if (length < 0)
        return false;
    path[length] = 0;
    slash = strrchr(path, '/');
    if (!slash)
        return false;
    snprintf(slash + 1, size - (size_t)(slash + 1 - path), "%s", part);
    return !access(path, R_OK);
}

/* As installed, else where the build took it from. */
static int find_part(const char *installed, const char *source, char *path, size_t size)
{
    if (beside_program(installed, path, size))
        return 0;
    snprintf(path, size, "%s", source);
    if (access(path, R_OK))
        return fail(EXIT_INPUT, "%s is not there: install Portside whole", path);
    return 0;
}

int cc_find_parts(struct cc *cc)
{
    Dl_info info;
    int status = find_part("../include/portside/wdk", PORTSIDE_SOURCE "/include/wdk", cc->wdk, sizeof(cc->wdk));

    if (!status)
        status = find_part("../share/portside/stdunk", PORTSIDE_SOURCE "/lib/stdunk", cc->stdunk,
                           sizeof(cc->stdunk));
    if (!status && !dladdr((void *)(uintptr_t)ps_error_text, &info))
        return fail(EXIT_INPUT, "libportside.so cannot be found: install Portside whole");
    if (!status)
        snprintf(cc->library, sizeof(cc->library), "%s", info.dli_fname);
    return status;
}

/* ---- the compiler ---- */

static int missing(const char *what)
{
    return fail(EXIT_INPUT, "no compiler '%s' on PATH: apt-get install %s", what,
                strstr(what, "clang") ? "clang" : strstr(what, "++") ? "g++" : "gcc");
}

/* "clang-16" and "/opt/bin/g++-12" name both halves of a pair. */
static void name_pair(struct cc *cc, const char *name)
{
    const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
    const char *stem = strstr(base, "clang") ? "clang" : strstr(base, "g++") ? "g++" : "gcc";
    const char *at = strstr(base, stem), *rest = at ? at + strlen(stem) : "";
    int before = at ? (int)(at - name) : 0;

    cc->dialect = !strcmp(stem, "clang") ? DIALECT_MICROSOFT : DIALECT_GNU;
    if (!strncmp(rest, "++", 2))
        rest += 2;
    snprintf(cc->c, sizeof(cc->c), "%.*s%s%s", before, name,
             cc->dialect == DIALECT_MICROSOFT ? "clang" : "gcc", rest);
    snprintf(cc->cxx, sizeof(cc->cxx), "%.*s%s%s", before, name,
             cc->dialect == DIALECT_MICROSOFT ? "clang++" : "g++", rest);
}

int cc_find_compiler(struct cc *cc)
{
    struct words version = {0};
    const char *name = cc->compiler;

    if (!name)
        name = run_exists("clang") || !run_exists("gcc") ? "clang" : "gcc";
    if (!strstr(name, "clang") && !strstr(name, "gcc") && !strstr(name, "g++"))
        return fail(EXIT_USAGE, "--compiler takes clang or gcc, or a name with one of them in it, not '%s'", name);
    name_pair(cc, name);
    if (!run_exists(cc->c))
        return missing(cc->c);
    if (cc->has_cxx && !run_exists(cc->cxx))
        return missing(cc->cxx);
    words_add(&version, "%s", cc->c);
    words_add(&version, "--version");
    if (!run_line(&version, cc->version, sizeof(cc->version)))
        snprintf(cc->version, sizeof(cc->version), "%s", cc->c);
    words_free(&version);
    return 0;
}

/* ---- the sanitizer's run time ---- */

int cc_find_runtime(struct cc *cc)
{
    bool clang = cc->dialect == DIALECT_MICROSOFT;
    struct words ask = {0};
    int major = 0;
    bool found;

    if (!cc->asan)
        return 0;
    words_add(&ask, "%s", cc->c);
    words_add(&ask, "-print-file-name=%s", clang ? "libclang_rt.asan-x86_64.so" : "libasan.so");
    found = run_line(&ask, cc->runtime, sizeof(cc->runtime)) && !access(cc->runtime, R_OK);
    words_free(&ask);
    if (found)
        return 0;
    for (const char *at = cc->version; *at && !major; at++)
        if (*at >= '0' && *at <= '9')
            sscanf(at, "%d", &major);
    if (clang)
        return fail(EXIT_INPUT, "the address sanitizer of %s is not there: apt-get install libclang-rt-%d-dev", cc->c,
                    major);
    return fail(EXIT_INPUT, "the address sanitizer of %s is not there: apt-get install libasan8", cc->c);
}
