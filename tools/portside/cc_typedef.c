/* SPDX-License-Identifier: MIT */
/*
 * `typedef struct tag { ... } Name;` whose own member functions say Name: Microsoft's compiler knows it by the time it
 * reads their bodies, others do not. The name is then declared ahead.
 */
#include <ctype.h>
#include <string.h>

#include "cc.h"

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && isspace((unsigned char)*at))
        at++;
    return at;
}

static const char *word_end(const char *at, const char *end)
{
    while (at < end && (isalnum((unsigned char)*at) || *at == '_'))
        at++;
    return at;
}

/* The `}` that closes what is open before `at`; NULL if there is none. Quoted braces are not looked for. */
static const char *closing_brace(const char *at, const char *end)
{
    int depth = 1;

    for (; at < end; at++) {
        depth += (*at == '{') - (*at == '}');
        if (!depth)
            return at;
    }
    return NULL;
}

static bool says(const char *at, const char *end, const char *name, size_t length)
{
    while (at < end) {
        const char *stop = word_end(at, end);

        if ((size_t)(stop - at) == length && !memcmp(at, name, length))
            return true;
        at = stop > at ? stop : at + 1;
    }
    return false;
}

bool cc_typedef_ahead(const char *at, const char *end, struct cc_typedef *found)
{
    const char *body, *close, *stop;

    at = skip_space(at, end);
    if (end - at < 7 || strncmp(at, "struct", 6) || !isspace((unsigned char)at[6]))
        return false;
    found->tag = skip_space(at + 6, end);
    stop = word_end(found->tag, end);
    found->tag_length = (size_t)(stop - found->tag);
    body = skip_space(stop, end);
    if (!found->tag_length || body == end || *body != '{' || !(close = closing_brace(body + 1, end)))
        return false;
    found->name = skip_space(close + 1, end);
    stop = word_end(found->name, end);
    found->name_length = (size_t)(stop - found->name);
    return found->name_length && says(body, close, found->name, found->name_length);
}
