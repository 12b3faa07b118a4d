/* SPDX-License-Identifier: MIT */
/*
 * Member functions that a class declares twice. Drivers name methods in a class and again through an IMP_ macro, with
 * `Class::` before the name in one of the places and `(void)` for `()`; Microsoft's compiler lives with it.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cc.h"

static bool is_name(int c)
{
    return isalnum(c) || c == '_';
}

static const char *line_end(const char *at, const char *end)
{
    const char *found = memchr(at, '\n', (size_t)(end - at));

    return found ? found : end;
}

/* The `;` of a member function's declaration, or NULL: a body, data, something with a value. */
static const char *declaration_end(const char *at, const char *end)
{
    bool function = false;

    for (; at < end && *at != ';'; at++) {
        if (*at == '#' && at[-1] == '\n')
            at = line_end(at, end);
        function |= *at == '(';
        if (memchr("{}=\"'", *at, 5))
            return NULL;
    }
    return at < end && function ? at : NULL;
}

/* The declaration in one spelling: a blank between names only, no `Class::`, no `(void)`. */
static char *spell(const char *at, const char *end)
{
    char *text = malloc((size_t)(end - at) + 1), *to = text;

    for (; text && at < end; at++) {
        if (*at == '#' && at[-1] == '\n')
            at = line_end(at, end);
        if (isspace((unsigned char)*at))
            continue;
        if (is_name((unsigned char)*at) && to > text && !is_name((unsigned char)at[-1]) && is_name((unsigned char)to[-1]))
            *to++ = ' ';
        if (at[0] == ':' && at[1] == ':') {
            while (to > text && is_name((unsigned char)to[-1]))
                to--;
            at++;
        } else if (*at == ')' && to - text >= 5 && !memcmp(to - 5, "(void", 5)) {
            to -= 4;
            *to++ = ')';
        } else {
            *to++ = *at;
        }
    }
    if (text)
        *to = 0;
    return text;
}

const char *cc_member_again(struct words *members, const char *at, const char *end)
{
    const char *stop = declaration_end(at, end);
    char *text = stop ? spell(at, stop) : NULL;
    bool again = false;

    for (size_t i = 0; text && i < members->count; i++)
        again |= !strcmp(members->at[i], text);
    if (text && !again)
        words_add(members, "%s", text);
    free(text);
    return again ? stop : NULL;
}
