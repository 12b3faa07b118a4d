/* SPDX-License-Identifier: MIT */
/*
 * One source file to one object. clang: Microsoft's target to LLVM's text, that to Linux. gcc: preprocessed, `long`
 * narrowed, compiled.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cc.h"
#include "cli.h"

/* Windows code may rely on what Microsoft's compiler does not optimise. */
static void add_common(const struct cc *cc, struct words *command)
{
    static const char *const options[] = {
        "-fno-strict-aliasing", "-fwrapv", "-fno-delete-null-pointer-checks", "-fno-omit-frame-pointer"};

    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
        words_add(command, "%s", options[i]);
    if (cc->asan)
        words_add(command, "-fsanitize=address");
}

static void add_language(struct words *command, bool cxx)
{
    words_add(command, "-D_KERNEL_MODE=1");
    words_add(command, "-DAMD64=1");
    if (cxx) {
        words_add(command, "-std=gnu++17");
        words_add(command, "-fno-exceptions");
        words_add(command, "-fno-rtti");
        words_add(command, "-fno-threadsafe-statics");
    } else {
        words_add(command, "-std=gnu11");
    }
}

static void add_folders(const struct cc *cc, struct words *command, const char *source)
{
    const char *slash = strrchr(source, '/');

    for (size_t i = 0; i < cc->folders.count; i++)
        words_add(command, "-I%s", cc->folders.at[i]);
    for (size_t i = 0; i < cc->sources.count; i++) {
        const char *end = strrchr(cc->sources.at[i], '/');

        words_add(command, "-I%.*s", end ? (int)(end - cc->sources.at[i]) : 1, end ? cc->sources.at[i] : ".");
    }
    words_add(command, "-I%.*s", slash ? (int)(slash - source) : 1, slash ? source : ".");
    words_add(command, "-I%s", cc->overlay);
    words_add(command, "-isystem");
    words_add(command, "%s", cc->wdk);
    words_add(command, "-idirafter"); /* after the compiler's own */
    words_add(command, "%s/crt", cc->wdk);
}

static int step(struct words *command, const char *source)
{
    int status = run_words(command);

    words_free(command);
    if (status == 127)
        return EXIT_INPUT;
    if (run_signal(status))
        return fail(EXIT_INPUT, "%s: its compiler was ended by signal %d (%s); did memory run out?", source,
                    run_signal(status), strsignal(run_signal(status)));
    if (status)
        return fail(EXIT_INPUT, "%s: does not compile (see above)", source);
    return 0;
}

/* ---- clang ---- */

static void start_microsoft(struct cc *cc, struct words *command, const char *source)
{
    bool cxx = cc_is_cxx(source);

    words_add(command, "%s", cxx ? cc->cxx : cc->c);
    words_add(command, "--target=x86_64-pc-windows-msvc");
    words_add(command, "-fms-extensions");
    words_add(command, "-fms-compatibility-version=19.29");
    words_add(command, "-nostdlibinc");
    words_add(command, "-mno-stack-arg-probe");
    words_add(command, "-DPORTSIDE_CC=1");
    words_add(command, "-D__MM_MALLOC_H"); /* intrin.h brings a heap along */
    add_language(command, cxx);
    add_common(cc, command);
    words_add(command, "-Wno-c++11-narrowing");
    words_add(command, "-Wno-invalid-token-paste");
    words_add(command, "-Wno-register");
    words_add(command, "-gdwarf-4");
    if (!cc->warnings)
        words_add(command, "-w");
}

static int preprocess_microsoft(struct cc *cc, const char *source, const char *text)
{
    struct words command = {0};

    start_microsoft(cc, &command, source);
    add_folders(cc, &command, source);
    words_append(&command, &cc->passed);
    words_add(&command, "-E");
    words_add(&command, "-o");
    words_add(&command, "%s", text);
    words_add(&command, "%s", source);
    return step(&command, source);
}

static int to_ir(struct cc *cc, const char *source, const char *text, const char *ir)
{
    struct words command = {0};

    start_microsoft(cc, &command, source);
    words_append(&command, &cc->passed);
    words_add(&command, "-Xclang");
    words_add(&command, "-disable-llvm-passes");
    words_add(&command, "-S");
    words_add(&command, "-emit-llvm");
    words_add(&command, "-o");
    words_add(&command, "%s", ir);
    words_add(&command, "%s", text);
    return step(&command, source);
}

static int from_ir(struct cc *cc, const char *source, const char *ir, const char *object)
{
    struct words command = {0};

    words_add(&command, "%s", cc->c);
    words_add(&command, "-Wno-override-module");
    words_add(&command, "-fPIC");
    add_common(cc, &command);
    for (size_t i = 0; i < cc->passed.count; i++)
        if (!strncmp(cc->passed.at[i], "-O", 2))
            words_add(&command, "%s", cc->passed.at[i]);
    words_add(&command, "-c");
    words_add(&command, "-o");
    words_add(&command, "%s", object);
    words_add(&command, "%s", ir);
    return step(&command, source);
}

static int compile_microsoft(struct cc *cc, const char *source, const char *object)
{
    bool cxx = cc_is_cxx(source);
    char text[PATH_MAX + 16], plain[PATH_MAX + 16], first[PATH_MAX + 16], second[PATH_MAX + 16];
    int status;

    snprintf(plain, sizeof(plain), "%s/plain.%s", cc->folder, cxx ? "ii" : "i");
    snprintf(text, sizeof(text), "%s/text.%s", cc->folder, cxx ? "ii" : "i");
    snprintf(first, sizeof(first), "%s/first.ll", cc->folder);
    snprintf(second, sizeof(second), "%s/second.ll", cc->folder);
    status = preprocess_microsoft(cc, source, plain);
    if (!status && cxx)
        status = cc_declare_friends(plain, text);
    if (!status)
        status = to_ir(cc, source, cxx ? text : plain, first);
    if (!status)
        status = cc_translate_ir(first, second);
    return status ? status : from_ir(cc, source, second, object);
}

/* ---- gcc ---- */

static void start_gnu(struct cc *cc, struct words *command, bool cxx)
{
    words_add(command, "%s", cxx ? cc->cxx : cc->c);
    add_language(command, cxx);
    add_common(cc, command);
    words_add(command, "-fshort-wchar");
    words_add(command, "-U__LONG_MAX__");
    words_add(command, "-D__LONG_MAX__=0x7fffffff"); /* <limits.h> */
    words_add(command, "-fms-extensions");
    words_add(command, "-fvisibility=hidden");
    words_add(command, "-fno-aggressive-loop-optimizations");
    if (cxx) {
        words_add(command, "-fno-gnu-unique");
        words_add(command, "-fpermissive");
    }
    words_add(command, cc->warnings ? "-g" : "-w");
}

static int preprocess(struct cc *cc, const char *source, const char *text)
{
    struct words command = {0};

    start_gnu(cc, &command, cc_is_cxx(source));
    add_folders(cc, &command, source);
    words_append(&command, &cc->passed);
    words_add(&command, "-E");
    words_add(&command, "-o");
    words_add(&command, "%s", text);
    words_add(&command, "%s", source);
    return step(&command, source);
}

/* Whether preprocessed text has a __try (include/wdk/detail/seh.h). */
static bool has_try(const char *text)
{
    FILE *file = fopen(text, "r");
    bool found = false;
    char *line = NULL;
    size_t size = 0;

    while (file && !found && getline(&line, &size, file) > 0)
        found = strstr(line, "nt_seh_enter(&") != NULL;
    free(line);
    if (file)
        fclose(file);
    return found;
}

static int compile_text(struct cc *cc, const char *source, const char *text, const char *object)
{
    struct words command = {0};

    start_gnu(cc, &command, cc_is_cxx(source));
    words_add(&command, "-fPIC");
    words_add(&command, "-g");
    words_append(&command, &cc->passed);
    if (has_try(text))
        words_add(&command, "-O0"); /* locals live in memory, where they are found again after a raise */
    words_add(&command, "-fpreprocessed");
    words_add(&command, "-c");
    words_add(&command, "-o");
    words_add(&command, "%s", object);
    words_add(&command, "%s", text);
    return step(&command, source);
}

static int compile_gnu(struct cc *cc, const char *source, const char *object)
{
    const char *ending = cc_is_cxx(source) ? "ii" : "i";
    char first[PATH_MAX + 16], second[PATH_MAX + 16];
    int status;

    snprintf(first, sizeof(first), "%s/first.%s", cc->folder, ending);
    snprintf(second, sizeof(second), "%s/second.%s", cc->folder, ending);
    status = preprocess(cc, source, first);
    if (!status)
        status = cc_narrow_long(first, second);
    return status ? status : compile_text(cc, source, second, object);
}

int cc_compile(struct cc *cc, const char *source)
{
    const char *object = words_add(&cc->objects, "%s/%zu.o", cc->folder, cc->objects.count);
    int status = cc_forward_includes(cc, source);

    if (status)
        return status;
    if (cc->dialect == DIALECT_MICROSOFT)
        return compile_microsoft(cc, source, object);
    return compile_gnu(cc, source, object);
}
