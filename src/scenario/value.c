// SPDX-License-Identifier: MIT
//
// Values as they stand in a scenario: numbers, times, sizes, words of a list.
#include <string.h>

#include "scenario/private.h"

enum { MOST_DIGITS = 18 }; // what always fits

// The digits at the start of `text`; what follows them.
static const char *digits(const char *text, int64_t *out)
{
    unsigned count = 0;

    *out = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        if (++count > MOST_DIGITS)
            return NULL;
        *out = *out * 10 + (*text - '0');
    }
    return count ? text : NULL;
}

bool value_number(const char *text, int64_t *out)
{
    const char *rest = digits(text, out);

    return rest && !*rest;
}

static bool time(const char *text, int64_t *out)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
    const char *rest = digits(text, out);

    for (size_t i = 0; rest && i < sizeof(units) / sizeof(*units); i++)
        if (!strcmp(rest, units[i].name))
            return !__builtin_mul_overflow(*out, units[i].ns, out);
    return false;
}

// A time is kept as a negative number: how many bytes it is depends on the stream's format.
static bool size(const char *text, int64_t *out)
{
    if (value_number(text, out))
        return true;
    if (!time(text, out))
        return false;
    *out = -*out;
    return true;
}

static bool choice(const char *words, const char *text, int64_t *out)
{
    size_t length = strlen(text);

    for (*out = 0; length; ++*out) {
        if (!strncmp(words, text, length) && (words[length] == ' ' || !words[length]))
            return true;
        words = strchr(words, ' ');
        if (!words)
            break;
        words++;
    }
    return false;
}

bool value_convert(const struct value_rule *rule, const char *text, int64_t *out)
{
    switch (rule->kind) {
    case VALUE_CHOICE:
        return choice(rule->words, text, out);
    case VALUE_TIME:
        return time(text, out) && *out >= rule->low && *out <= rule->high;
    case VALUE_SIZE:
        return size(text, out) && *out <= rule->high && *out >= -rule->high;
    default:
        return value_number(text, out) && *out >= rule->low && *out <= rule->high;
    }
}
