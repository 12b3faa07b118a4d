// SPDX-License-Identifier: MIT
//
// C run-time functions on 16-bit characters, and comparisons without case, that drivers find under
// their usual names (see detail/crt.h). Any IRQL on resident memory.
#include "kernel/private.h"

size_t nt_wcslen(const WCHAR *string)
{
    size_t length = 0;

    while (string[length])
        length++;
    return length;
}

size_t nt_wcsnlen(const WCHAR *string, size_t limit)
{
    size_t length = 0;

    while (length < limit && string[length])
        length++;
    return length;
}

int nt_wcsncmp(const WCHAR *a, const WCHAR *b, size_t limit)
{
    for (; limit; limit--, a++, b++)
        if (*a != *b || !*a)
            return (int)*a - (int)*b;
    return 0;
}

int nt_wcscmp(const WCHAR *a, const WCHAR *b)
{
    return nt_wcsncmp(a, b, SIZE_MAX);
}

WCHAR *nt_wcscpy(WCHAR *to, const WCHAR *from)
{
    memcpy(to, from, (nt_wcslen(from) + 1) * sizeof(WCHAR));
    return to;
}

// As strncpy: pads with zeros, does not terminate a string that fills `limit`.
WCHAR *nt_wcsncpy(WCHAR *to, const WCHAR *from, size_t limit)
{
    size_t length = nt_wcsnlen(from, limit);

    memcpy(to, from, length * sizeof(WCHAR));
    memset(to + length, 0, (limit - length) * sizeof(WCHAR));
    return to;
}

WCHAR *nt_wcscat(WCHAR *to, const WCHAR *from)
{
    nt_wcscpy(to + nt_wcslen(to), from);
    return to;
}

WCHAR *nt_wcsncat(WCHAR *to, const WCHAR *from, size_t limit)
{
    WCHAR *end = to + nt_wcslen(to);
    size_t length = nt_wcsnlen(from, limit);

    memcpy(end, from, length * sizeof(WCHAR));
    end[length] = 0;
    return to;
}

int nt__wcsnicmp(const WCHAR *a, const WCHAR *b, size_t limit)
{
    for (; limit; limit--, a++, b++) {
        int difference = (int)RtlUpcaseUnicodeChar(*a) - (int)RtlUpcaseUnicodeChar(*b);

        if (difference || !*a)
            return difference;
    }
    return 0;
}

int nt__wcsicmp(const WCHAR *a, const WCHAR *b)
{
    return nt__wcsnicmp(a, b, SIZE_MAX);
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c + 0x20 : (UCHAR)c;
}

int nt__strnicmp(const char *a, const char *b, size_t limit)
{
    for (; limit; limit--, a++, b++)
        if (lower(*a) != lower(*b) || !*a)
            return lower(*a) - lower(*b);
    return 0;
}

int nt__stricmp(const char *a, const char *b)
{
    return nt__strnicmp(a, b, SIZE_MAX);
}

WCHAR *nt_wcschr(const WCHAR *string, WCHAR c)
{
    for (; *string != c; string++)
        if (!*string)
            return NULL;
    return (WCHAR *)(uintptr_t)string;
}

WCHAR *nt_wcsrchr(const WCHAR *string, WCHAR c)
{
    const WCHAR *at = string + nt_wcslen(string);

    for (; *at != c; at--)
        if (at == string)
            return NULL;
    return (WCHAR *)(uintptr_t)at;
}

WCHAR *nt_wcsstr(const WCHAR *string, const WCHAR *part)
{
    size_t length = nt_wcslen(part);

    for (; nt_wcsncmp(string, part, length); string++)
        if (!*string)
            return NULL;
    return (WCHAR *)(uintptr_t)string;
}
