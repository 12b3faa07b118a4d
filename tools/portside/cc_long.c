/* SPDX-License-Identifier: MIT */
/*
 * `long` of 32 bits, as Microsoft's compilers have it, for a compiler whose own has 64: in preprocessed text
 * `long` becomes `int`, `long double` becomes `double`, and 1L becomes 1. What system headers say is left alone.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cc.h"
#include "cli.h"

/* Words of one type, "unsigned long int"; what lies between them is kept. */
enum { MOST_WORDS = 12 };

struct text {
    const char *at;
    FILE *out;
};

static bool is_name(int c)
{
    return isalnum(c) || c == '_' || c == '$';
}

static size_t name_length(const char *at)
{
    size_t length = 0;

    while (is_name((unsigned char)at[length]))
        length++;
    return length;
}

static bool is(const char *at, size_t length, const char *word)
{
    return strlen(word) == length && !memcmp(at, word, length);
}

static bool is_type_word(const char *at, size_t length)
{
    static const char *const words[] = {"long", "int", "unsigned", "signed", "short", "double", "const",
                                        "volatile", "char", NULL};

    for (size_t i = 0; words[i]; i++)
        if (is(at, length, words[i]))
            return true;
    return false;
}

struct words_seen {
    const char *at[MOST_WORDS];
    size_t length[MOST_WORDS], count, longs, ints, doubles;
};

static const char *gather(const char *at, struct words_seen *seen)
{
    const char *end = at;

    while (seen->count < MOST_WORDS) {
        size_t length = name_length(at);

        if (!length || !is_type_word(at, length))
            break;
        seen->at[seen->count] = at;
        seen->length[seen->count++] = length;
        seen->longs += is(at, length, "long");
        seen->ints += is(at, length, "int");
        seen->doubles += is(at, length, "double");
        end = at += length;
        while (*at == ' ' || *at == '\t')
            at++;
    }
    return end;
}

static void put_type(struct text *text)
{
    struct words_seen seen = {0};
    const char *end = gather(text->at, &seen), *from = text->at;
    bool narrow = seen.longs == 1;

    for (size_t i = 0; i < seen.count; i++) {
        bool word = narrow && is(seen.at[i], seen.length[i], "long");

        fwrite(from, 1, (size_t)(seen.at[i] - from), text->out);
        if (!word)
            fwrite(seen.at[i], 1, seen.length[i], text->out);
        else if (!seen.ints && !seen.doubles)
            fputs("int", text->out);
        from = seen.at[i] + seen.length[i];
    }
    text->at = end;
}

/* A number: 12UL and 0x1l lose their L, 1LL and 1.0L do not. */
static void put_number(struct text *text)
{
    const char *at = text->at, *end = at;
    bool hex = at[0] == '0' && (at[1] == 'x' || at[1] == 'X'), real = false;
    unsigned longs = 0;

    while (is_name((unsigned char)*end) || *end == '.' || (*end == '\'' && isalnum((unsigned char)end[1])) ||
           ((*end == '+' || *end == '-') && strchr(hex ? "pP" : "eE", end[-1]))) {
        real |= *end == '.' || (!hex && (*end == 'e' || *end == 'E'));
        longs += *end == 'l' || *end == 'L';
        end++;
    }
    for (; at < end; at++)
        if (real || longs != 1 || (*at != 'l' && *at != 'L'))
            fputc(*at, text->out);
    text->at = end;
}

static void put_quoted(struct text *text)
{
    char quote = *text->at;

    do {
        if (*text->at == '\\' && text->at[1])
            fputc(*text->at++, text->out);
        fputc(*text->at++, text->out);
    } while (*text->at && *text->at != quote);
    if (*text->at)
        fputc(*text->at++, text->out);
}

static void narrow_line(const char *line, FILE *out)
{
    struct text text = {line, out};

    while (*text.at) {
        size_t length = name_length(text.at);

        if (*text.at == '"' || *text.at == '\'') {
            put_quoted(&text);
        } else if (isdigit((unsigned char)*text.at)) {
            put_number(&text);
        } else if (length && is_type_word(text.at, length)) {
            put_type(&text);
        } else {
            length = length ? length : 1;
            fwrite(text.at, 1, length, out);
            text.at += length;
        }
    }
}

/* `# 12 "file" 1 3`: a 3 marks a system header. */
static bool is_system_marker(const char *line)
{
    const char *flags = strrchr(line, '"');

    return flags && strstr(flags, " 3");
}

int cc_narrow_long(const char *from, const char *to)
{
    FILE *in = fopen(from, "r"), *out = fopen(to, "w");
    bool system = false;
    char *line = NULL;
    size_t size = 0;
    int status = 0;

    while (in && out && getline(&line, &size, in) > 0) {
        if (*line == '#' && line[1] == ' ' && isdigit((unsigned char)line[2]))
            system = is_system_marker(line);
        if (*line == '#' || system)
            fputs(line, out);
        else
            narrow_line(line, out);
    }
    if (!in || !out || ferror(in) || ferror(out))
        status = fail(EXIT_OUTPUT, "%s: cannot be written: %s", to, strerror(errno));
    free(line);
    if (in)
        fclose(in);
    if (out && fclose(out) && !status)
        status = fail(EXIT_OUTPUT, "%s: cannot be written: %s", to, strerror(errno));
    return status;
}
