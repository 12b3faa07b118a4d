/* SPDX-License-Identifier: MIT */
/* Lists of words: command lines and what they are made of. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cc.h"
#include "cli.h"

static void out_of_memory(void)
{
    exit(fail(EXIT_INTERNAL, "out of memory"));
}

static void add(struct words *words, char *word)
{
    char **at = realloc(words->at, (words->count + 2) * sizeof(*at));

    if (!at || !word)
        out_of_memory();
    words->at = at;
    at[words->count++] = word;
    at[words->count] = NULL;
}

const char *words_add(struct words *words, const char *format, ...)
{
    va_list arguments;
    char *word = NULL;

    va_start(arguments, format);
    if (vasprintf(&word, format, arguments) < 0)
        word = NULL;
    va_end(arguments);
    add(words, word);
    return word;
}

void words_append(struct words *words, const struct words *more)
{
    for (size_t i = 0; i < more->count; i++)
        add(words, strdup(more->at[i]));
}

void words_free(struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->at[i]);
    free(words->at);
    *words = (struct words){0};
}
