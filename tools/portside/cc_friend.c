/* SPDX-License-Identifier: MIT */
/*
 * Names found only in `friend` declarations (DS-21): Microsoft's compiler makes `friend NTSTATUS Handler(...);` known at
 * file scope, others do not. In preprocessed C++ a class's friend functions are declared again after the class, on
 * the line that ends it, so that line numbers stay. A declaration of operator new gets `noexcept`: Microsoft's compiler
 * does not take its result for granted either. A member function that a class declares a second time, in the same
 * words, is left out: a driver's class may name methods that an IMP_ macro names again. So is the `static` of
 * `friend static int Helper();`, which only Microsoft's compiler takes there.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cc.h"
#include "cli.h"

struct scan {
    const char *at, *end;
    FILE *out, *held;      /* held: declarations of the class that is open */
    char *text;
    size_t size;
    const char *nothrow;   /* where a noexcept belongs */
    char before;           /* the sign before the word, 'a' for a word, 'r' for `return` */
    int depth, class_depth; /* of braces; of the outermost class, or -1 */
    bool class_ahead, template_ahead, closed, friend_ahead;
    struct words members;  /* of the class that is open, see cc_member_again() */
};

static bool is_name(int c)
{
    return isalnum(c) || c == '_';
}

static bool is(const char *at, size_t length, const char *word)
{
    return strlen(word) == length && !memcmp(at, word, length);
}

/* The end of what begins at `at` and is no word: a string, a line marker, a character. */
static const char *skip_other(const struct scan *scan, const char *at)
{
    char quote = *at;

    if (*at == '#') {
        const char *end = memchr(at, '\n', (size_t)(scan->end - at));

        return end ? end : scan->end;
    }
    if (quote != '"' && quote != '\'')
        return at + 1;
    for (at++; at < scan->end && *at != quote && *at != '\n'; at++)
        if (*at == '\\' && at + 1 < scan->end)
            at++;
    return at < scan->end ? at + 1 : at;
}

/* The `;` that ends a declaration, or NULL: a body, an operator, a class, a member. */
static const char *declaration_end(const struct scan *scan, const char *at)
{
    bool function = false;

    for (; at < scan->end && *at != ';'; at++) {
        function |= *at == '(';
        if (*at == '{' || *at == '}' || (!function && *at == ':' && at[1] == ':'))
            return NULL;
    }
    return at < scan->end && function ? at : NULL;
}

static void hold_friend(struct scan *scan, const char *from)
{
    const char *end = declaration_end(scan, from), *at;

    while (from < scan->end && isspace((unsigned char)*from))
        from++;
    if (!strncmp(from, "static", 6) && isspace((unsigned char)from[6]))
        from += 6;
    if (!end || !strncmp(from, "class ", 6) || !strncmp(from, "struct ", 7) || memmem(from, (size_t)(end - from), "operator", 8))
        return;
    fputc(' ', scan->held);
    for (at = from; at < end; at++) {
        if (*at == '#' && at[-1] == '\n') /* a line marker within the declaration */
            at = skip_other(scan, at);
        fputc(*at == '\n' ? ' ' : *at, scan->held);
    }
    fputc(';', scan->held);
}

static const char *skip_space(const struct scan *scan, const char *at)
{
    while (at < scan->end && isspace((unsigned char)*at))
        at++;
    return at;
}

/* At the end of the parameters of a declaration of operator new, `at` being behind `operator`; else NULL. */
static const char *parameters_end(const struct scan *scan, const char *at)
{
    int depth = 0;

    at = skip_space(scan, at);
    if (strncmp(at, "new", 3) || is_name((unsigned char)at[3]))
        return NULL;
    at = skip_space(scan, at + 3);
    if (*at == '[')
        at = skip_space(scan, skip_space(scan, at + 1) + 1);
    if (*at != '(')
        return NULL;
    for (; at < scan->end; at++) {
        depth += (*at == '(') - (*at == ')');
        if (!depth)
            break;
    }
    at = at < scan->end ? at + 1 : NULL;
    if (!at || !strncmp(skip_space(scan, at), "noexcept", 8) || !strncmp(skip_space(scan, at), "throw", 5))
        return NULL;
    return at;
}

static void release(struct scan *scan)
{
    fflush(scan->held);
    if (ftell(scan->held) > 0)
        fwrite(scan->text, 1, (size_t)ftell(scan->held), scan->out);
    rewind(scan->held);
    scan->closed = false;
}

static void name_ahead(const struct scan *scan, const char *behind)
{
    struct cc_typedef found;

    if (cc_typedef_ahead(behind, scan->end, &found))
        fprintf(scan->out, "typedef struct %.*s %.*s; ", (int)found.tag_length, found.tag, (int)found.name_length,
                found.name);
}

/* Whether the word goes out. */
static bool take_word(struct scan *scan, const char *word, size_t length)
{
    bool dropped = scan->friend_ahead && is(word, length, "static");

    scan->friend_ahead = scan->class_depth >= 0 && is(word, length, "friend");
    if (!scan->depth && is(word, length, "typedef"))
        name_ahead(scan, word + length);
    if (is(word, length, "operator") && (scan->before == 'a' || scan->before == '*'))
        scan->nothrow = parameters_end(scan, word + length);
    scan->before = is(word, length, "return") ? 'r' : 'a';
    if (is(word, length, "template"))
        scan->template_ahead = true;
    else if (scan->class_depth < 0 && (is(word, length, "class") || is(word, length, "struct")))
        scan->class_ahead = !scan->template_ahead;
    else if (scan->friend_ahead)
        hold_friend(scan, word + length);
    return !dropped;
}

static void take_sign(struct scan *scan, char c)
{
    if (c == '{') {
        if (scan->class_ahead && scan->class_depth < 0) {
            scan->class_depth = scan->depth;
            words_free(&scan->members);
        }
        scan->class_ahead = scan->template_ahead = false;
        scan->depth++;
    } else if (c == '}') {
        scan->depth--;
        scan->closed = scan->closed || scan->depth == scan->class_depth;
        if (scan->depth == scan->class_depth)
            scan->class_depth = -1;
    } else if (c == ';' || c == ')' || c == '=') { /* a forward declaration, a parameter of class type */
        scan->class_ahead = false;
        scan->template_ahead &= c != ';';
    }
}

/* Leaves out a member function that the class has declared before; its line ends and markers stay. */
static bool leave_out_member(struct scan *scan, const char *at)
{
    const char *end = scan->depth == scan->class_depth + 1 ? cc_member_again(&scan->members, at, scan->end) : NULL;

    for (const char *next; end && at <= end; at = next) {
        bool marker = *at == '#' && at[-1] == '\n';

        next = marker ? skip_other(scan, at) : at + 1;
        if (marker || *at == '\n')
            fwrite(at, 1, (size_t)(next - at), scan->out);
    }
    if (end)
        scan->at = end + 1;
    return end;
}

static void copy(struct scan *scan)
{
    while (scan->at < scan->end) {
        const char *from = scan->at, *to = from;
        bool goes_out = true;

        if (scan->class_depth >= 0 && memchr(";{}:", scan->before, 4) && is_name((unsigned char)*from) &&
            leave_out_member(scan, from))
            continue;

        while (to < scan->end && is_name((unsigned char)*to))
            to++;
        if (to > from)
            goes_out = take_word(scan, from, (size_t)(to - from));
        else
            to = skip_other(scan, from);
        if (to == from + 1 && ispunct((unsigned char)*from)) {
            take_sign(scan, *from);
            scan->before = *from;
        }
        if (goes_out)
            fwrite(from, 1, (size_t)(to - from), scan->out);
        scan->at = to;
        if (to == scan->nothrow)
            fputs(" noexcept", scan->out);
        if (*from == ';' && scan->closed)
            release(scan);
    }
}

static char *read_all(const char *path, size_t *size)
{
    FILE *in = fopen(path, "r");
    char *text = NULL;
    long length = -1;

    if (in && !fseek(in, 0, SEEK_END))
        length = ftell(in);
    if (length >= 0)
        text = malloc((size_t)length + 1);
    if (text) {
        rewind(in);
        *size = fread(text, 1, (size_t)length, in);
        text[*size] = 0;
    }
    if (in)
        fclose(in);
    return text;
}

int cc_declare_friends(const char *from, const char *to)
{
    struct scan scan = {.class_depth = -1};
    size_t size = 0;
    char *text = read_all(from, &size);
    int status = 0;

    scan.out = fopen(to, "w");
    scan.held = open_memstream(&scan.text, &scan.size);
    scan.at = text;
    scan.end = text + size;
    if (text && scan.out && scan.held)
        copy(&scan);
    if (!text || !scan.out || !scan.held || ferror(scan.out))
        status = fail(EXIT_OUTPUT, "%s: cannot be written: %s", to, strerror(errno));
    free(text);
    words_free(&scan.members);
    if (scan.held)
        fclose(scan.held);
    free(scan.text);
    if (scan.out && fclose(scan.out) && !status)
        status = fail(EXIT_OUTPUT, "%s: cannot be written: %s", to, strerror(errno));
    return status;
}
