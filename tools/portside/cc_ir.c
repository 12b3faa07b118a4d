/* SPDX-License-Identifier: MIT */
/*
 * clang compiles a driver for Microsoft's target, so that the language is Microsoft's (32-bit long, 16-bit wchar_t, the
 * layout of classes and bit fields, injected names, va_list, one calling convention for every function), and
 * writes LLVM's text. Here that text is made into a module for Linux: what was the target's ordinary calling
 * convention is spelled out (win64cc), sections, import and export marks go, and names are ones that ELF can have.
 * The Linux back end, with its sanitizers and DWARF, then makes the object. Debug information passes unchanged.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cc.h"
#include "cli.h"

#define CONVENTION "win64cc "
#define LINUX_LAYOUT "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-f80:128-n8:16:32:64-S128"
/* The call that begins __try (include/wdk/detail/seh.h). */
#define TRY "@nt_seh_enter("

/* A function's text, held back until it is known whether it has a __try. */
struct function {
    char *text;
    size_t size;
    FILE *lines;
    bool inside, tries;
};

static bool starts(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

/* ---- within a line ---- */

/* '@' in a quoted name would be read as a symbol version by the linker. Strings are left alone. */
static void rename_symbols(char *line)
{
    for (char *at = line; (at = strchr(at, '"')); at++) {
        bool name = at > line && (at[-1] == '@' || at[-1] == '$');

        while (*++at && *at != '"')
            if (name && *at == '@')
                *at = '$';
        if (!*at)
            return;
    }
}

static void cut(char *at, size_t length)
{
    memmove(at, at + length, strlen(at + length) + 1);
}

/* `word` outside quotes, or NULL. */
static char *find_plain(char *line, const char *word)
{
    bool quoted = false;

    for (char *at = line; *at; at++) {
        if (!quoted && starts(at, word))
            return at;
        if (*at == '"')
            quoted = !quoted;
    }
    return NULL;
}

/* Where code and data lie means nothing here, and code and data may not share a section of ELF's. */
static void drop_section(char *line)
{
    char *at = find_plain(line, " section \""), *end;

    if (!at)
        return;
    end = strchr(at + strlen(" section \""), '"') + 1;
    if (at > line && at[-1] == ',' && *end == ',')
        at--;
    else if (at > line && at[-1] == ',')
        at--;
    cut(at, (size_t)(end - at));
}

static void drop_word(char *line, const char *word)
{
    char *at = find_plain(line, word);

    if (at)
        cut(at, strlen(word));
}

/* ---- calling conventions ---- */

static size_t word_length(const char *text)
{
    return strcspn(text, " ");
}

static bool is_word(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == word_length(text) && starts(text, *words))
            return true;
    return false;
}

static const char *skip_words(const char *at, const char *const *words)
{
    while (is_word(at, words))
        at += word_length(at) + 1;
    return at;
}

/* "x86_64_sysvcc", "cc 93" ...: somebody has said it already. */
static bool has_convention(const char *at)
{
    size_t length = word_length(at);

    return length > 2 && starts(at + length - 2, "cc") && !memchr(at, '(', length);
}

static const char *after_linkage(const char *at)
{
    static const char *const words[] = {
        "private", "internal", "available_externally", "linkonce", "weak", "common", "appending", "extern_weak",
        "linkonce_odr", "weak_odr", "external", "dso_local", "dso_preemptable", "default", "hidden", "protected",
        "dllimport", "dllexport", NULL};

    return skip_words(at, words);
}

/* The callee, if it is named, is the first global of the call. */
static bool calls_builtin(const char *at)
{
    const char *global = strchr(at, '@');

    return strstr(at, " asm ") || (global && starts(global, "@llvm."));
}

/* Where the convention of a call belongs, or NULL. */
static const char *call_place(const char *line)
{
    static const char *const flags[] = {"nnan", "ninf", "nsz", "arcp", "contract", "afn", "reassoc", "fast", NULL};
    const char *at = line + strspn(line, " ");

    if (at == line)
        return NULL;
    if (*at == '%') {
        at = strstr(at, " = ");
        if (!at)
            return NULL;
        at += 3;
    }
    if (starts(at, "tail ") || starts(at, "musttail ") || starts(at, "notail "))
        at += word_length(at) + 1;
    if (!starts(at, "call "))
        return NULL;
    at = skip_words(at + 5, flags);
    return has_convention(at) || calls_builtin(at) ? NULL : at;
}

/* ---- run-time functions ---- */

/* What compilers call by themselves, for __builtin_memcmp and the like: the names of the library's functions that
 * have Windows' convention (include/wdk/detail/crtms.h). */
static bool is_runtime(const char *name, size_t length)
{
    static const char *const names[] = {
        "memcmp", "memcpy", "memmove", "memset", "strlen", "strcmp", "strncmp", "strcpy", "strncpy", "strcat", "strncat",
        "strchr", "strrchr", "strstr", "wcslen", "wcscmp", "wcsncmp", "wcschr", "sprintf", "sin", "cos", "tan", "asin",
        "acos", "atan", "exp", "log", "log10", "sqrt", "fabs", "floor", "ceil", "atan2", "pow", "fmod"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strlen(names[i]) == length && !memcmp(names[i], name, length))
            return true;
    return false;
}

/* Writes `line` with "@strlen" made "@ms_strlen". */
static void put_bound(const char *line, FILE *to)
{
    const char *from = line;
    bool quoted = false;

    for (const char *at = line; *at; at++) {
        size_t length = 0;

        quoted ^= *at == '"';
        if (quoted || *at != '@')
            continue;
        while (isalnum((unsigned char)at[1 + length]) || strchr("_.$-", at[1 + length] ? at[1 + length] : ' '))
            length++;
        if (!is_runtime(at + 1, length))
            continue;
        fprintf(to, "%.*sms_", (int)(at + 1 - from), from);
        from = at + 1;
    }
    fputs(from, to);
}

/* ---- lines ---- */

static void put_at(const char *line, const char *place, FILE *to)
{
    fprintf(to, "%.*s%s", (int)(place - line), line, CONVENTION);
    put_bound(place, to);
}

static void put_instruction(const char *line, FILE *to)
{
    const char *place = call_place(line);

    if (place)
        put_at(line, place, to);
    else
        put_bound(line, to);
}

static void put_header(char *line, FILE *to)
{
    const char *place;

    drop_section(line);
    if (starts(line, "declare ") && strstr(line, "@llvm.")) {
        put_bound(line, to);
        return;
    }
    place = after_linkage(strchr(line, ' ') + 1);
    if (has_convention(place))
        put_bound(line, to);
    else
        put_at(line, place, to);
}

static void put_global(char *line, FILE *to)
{
    if (starts(line, "@") && strstr(line, " external "))
        drop_word(line, "dso_local ");
    drop_section(line);
    put_bound(line, to);
}

static void put_outside(char *line, FILE *to)
{
    if (starts(line, "target datalayout"))
        fputs("target datalayout = \"" LINUX_LAYOUT "\"\n", to);
    else if (starts(line, "target triple"))
        fputs("target triple = \"x86_64-pc-linux-gnu\"\n", to);
    else if (starts(line, "$") && strstr(line, " = comdat "))
        fprintf(to, "%.*s = comdat any\n", (int)(strstr(line, " = comdat ") - line), line);
    else if (starts(line, "declare "))
        drop_word(line, "dso_local "), put_header(line, to);
    else if (!starts(line, "!llvm.linker.options"))
        put_global(line, to);
}

/* ---- functions ---- */

/* Locals of a function with a __try live in memory, where they are found again after a raise. */
static void end_function(struct function *function, FILE *to)
{
    char *head = function->text, *attributes;

    fflush(function->lines);
    head = function->text;
    attributes = function->tries ? strstr(head, ") #") : NULL;
    if (!attributes && function->tries)
        attributes = strstr(head, "addr #");
    if (attributes) {
        attributes = strchr(attributes, '#');
        attributes += strspn(attributes, "#0123456789");
        fprintf(to, "%.*s noinline optnone%s", (int)(attributes - head), head, attributes);
    } else {
        fputs(head, to);
    }
    rewind(function->lines);
    function->inside = function->tries = false;
}

static void take_line(struct function *function, char *line, FILE *to)
{
    rename_symbols(line);
    if (starts(line, "define ")) {
        drop_word(line, "dllexport ");
        put_header(line, function->lines);
        function->inside = true;
    } else if (!function->inside) {
        drop_word(line, "dllexport ");
        drop_word(line, "dllimport ");
        put_outside(line, to);
    } else {
        function->tries |= strstr(line, TRY) != NULL;
        put_instruction(line, function->lines);
        if (starts(line, "}")) {
            fputc(0, function->lines);
            end_function(function, to);
        }
    }
}

int cc_translate_ir(const char *from, const char *to)
{
    FILE *in = fopen(from, "r"), *out = fopen(to, "w");
    struct function function = {0};
    char *line = NULL;
    size_t size = 0;
    int status = 0;

    function.lines = open_memstream(&function.text, &function.size);
    while (in && out && function.lines && getline(&line, &size, in) > 0)
        take_line(&function, line, out);
    if (!in || !out || !function.lines || ferror(in) || ferror(out))
        status = fail(EXIT_OUTPUT, "%s: cannot be written: %s", to, strerror(errno));
    free(line);
    if (in)
        fclose(in);
    if (function.lines)
        fclose(function.lines);
    free(function.text);
    if (out && fclose(out) && !status)
        status = fail(EXIT_OUTPUT, "%s: cannot be written: %s", to, strerror(errno));
    return status;
}
