/* SPDX-License-Identifier: MIT */
/*
 * Numbers out of text, sorting and searching, random numbers: what <stdlib.h> has beside detail/crt.h, for `portside cc`,
 * inline. Any IRQL on resident memory. A number that does not fit is cut as Windows' run time cuts it: to the limit.
 */
#ifndef PORTSIDE_WDK_CRTPARSE_H
#define PORTSIDE_WDK_CRTPARSE_H

#include "crt.h"

#ifdef PORTSIDE_CC

#define RAND_MAX 0x7FFF

WDK_INLINE unsigned wdk_digit(WCHAR c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? (c | 0x20) - 'a' + 10u : 99u;
}

/* The number's magnitude, at most `limit`; `*end` is behind it, or at the start if there is none. Base 0 sees 0x and 0. */
#define WDK_PARSE(type, prefix)                                                                        \
    WDK_INLINE unsigned long long wdk_##prefix##parse(const type *text, type **end, int base,          \
                                                      unsigned long long limit, int *minus)            \
    {                                                                                                  \
        const type *at = text, *begin;                                                                 \
        unsigned long long value = 0;                                                                  \
        int over = 0;                                                                                  \
                                                                                                       \
        while (*at == ' ' || (*at >= 9 && *at <= 13))                                                  \
            at++;                                                                                      \
        *minus = *at == '-';                                                                           \
        at += *at == '-' || *at == '+';                                                                \
        if ((!base || base == 16) && at[0] == '0' && (at[1] | 0x20) == 'x' && wdk_digit((WCHAR)at[2]) < 16) { \
            at += 2;                                                                                   \
            base = 16;                                                                                 \
        }                                                                                              \
        if (!base)                                                                                     \
            base = *at == '0' ? 8 : 10;                                                                \
        for (begin = at; wdk_digit((WCHAR)*at) < (unsigned)base; at++) {                               \
            over |= value > (limit - wdk_digit((WCHAR)*at)) / (unsigned)base;                          \
            value = value * (unsigned)base + wdk_digit((WCHAR)*at);                                    \
        }                                                                                              \
        if (end)                                                                                       \
            *end = (type *)(at == begin ? text : at);                                                  \
        return over ? limit : value;                                                                   \
    }
WDK_PARSE(char, str)
WDK_PARSE(WCHAR, wcs)
#undef WDK_PARSE

#define WDK_SIGNED(result, name, type, prefix, most)                                                   \
    WDK_INLINE result name(const type *text, type **end, int base)                                     \
    {                                                                                                  \
        int minus;                                                                                     \
        unsigned long long value = wdk_##prefix##parse(text, end, base, (most) + 1ull, &minus);        \
                                                                                                       \
        if (!minus && value > (most))                                                                  \
            value = (most);                                                                            \
        return (result)(minus ? 0 - value : value);                                                    \
    }
#define WDK_UNSIGNED(result, name, type, prefix, most)                                                 \
    WDK_INLINE result name(const type *text, type **end, int base)                                     \
    {                                                                                                  \
        int minus;                                                                                     \
        unsigned long long value = wdk_##prefix##parse(text, end, base, (most), &minus);               \
                                                                                                       \
        return (result)(minus ? 0 - value : value);                                                    \
    }
WDK_SIGNED(long, strtol, char, str, 0x7FFFFFFFull)
WDK_SIGNED(long, wcstol, WCHAR, wcs, 0x7FFFFFFFull)
WDK_SIGNED(long long, _strtoi64, char, str, 0x7FFFFFFFFFFFFFFFull)
WDK_SIGNED(long long, _wcstoi64, WCHAR, wcs, 0x7FFFFFFFFFFFFFFFull)
WDK_UNSIGNED(unsigned long, strtoul, char, str, 0xFFFFFFFFull)
WDK_UNSIGNED(unsigned long, wcstoul, WCHAR, wcs, 0xFFFFFFFFull)
WDK_UNSIGNED(unsigned long long, _strtoui64, char, str, 0xFFFFFFFFFFFFFFFFull)
WDK_UNSIGNED(unsigned long long, _wcstoui64, WCHAR, wcs, 0xFFFFFFFFFFFFFFFFull)
#undef WDK_SIGNED
#undef WDK_UNSIGNED
#define strtoll _strtoi64
#define strtoull _strtoui64

WDK_INLINE int _wtoi(const WCHAR *text)
{
    return (int)wcstol(text, (WCHAR **)0, 10);
}
WDK_INLINE long _wtol(const WCHAR *text)
{
    return wcstol(text, (WCHAR **)0, 10);
}
WDK_INLINE long long _atoi64(const char *text)
{
    return _strtoi64(text, (char **)0, 10);
}

/* ---- numbers into text: the digits of `value`, with a sign in base 10 alone ---------------------------- */

#define WDK_DIGITS(type, name, value_type, wide_type, is_minus)                                        \
    WDK_INLINE type *name(value_type value, type *to, int base)                                        \
    {                                                                                                  \
        type digits[65];                                                                               \
        int count = 0, at = 0, minus = base == 10 && (is_minus);                                       \
        wide_type left = minus ? 0 - (wide_type)value : (wide_type)value;                              \
                                                                                                       \
        do                                                                                             \
            digits[count++] = (type)"0123456789abcdefghijklmnopqrstuvwxyz"[left % (unsigned)base];     \
        while (left /= (unsigned)base);                                                                \
        if (minus)                                                                                     \
            to[at++] = '-';                                                                            \
        while (count)                                                                                  \
            to[at++] = digits[--count];                                                                \
        to[at] = 0;                                                                                    \
        return to;                                                                                     \
    }
WDK_DIGITS(char, _itoa, int, unsigned, value < 0)
WDK_DIGITS(char, _ltoa, long, unsigned long, value < 0)
WDK_DIGITS(char, _ultoa, unsigned long, unsigned long, 0)
WDK_DIGITS(char, _i64toa, long long, unsigned long long, value < 0)
WDK_DIGITS(WCHAR, _itow, int, unsigned, value < 0)
WDK_DIGITS(WCHAR, _ltow, long, unsigned long, value < 0)
WDK_DIGITS(WCHAR, _ultow, unsigned long, unsigned long, 0)
WDK_DIGITS(WCHAR, _i64tow, long long, unsigned long long, value < 0)
#undef WDK_DIGITS

/* ---- sorting, searching -------------------------------------------------------------------------------- */

/* In place, not stable; shell sort: no recursion on a kernel stack. */
WDK_INLINE void qsort(void *array, size_t count, size_t size, int(__cdecl *compare)(const void *, const void *))
{
    char *base = (char *)array;
    size_t gap, i, j, k;

    for (gap = count / 2; gap; gap /= 2)
        for (i = gap; i < count; i++)
            for (j = i; j >= gap && compare(base + (j - gap) * size, base + j * size) > 0; j -= gap)
                for (k = 0; k < size; k++) {
                    char kept = base[j * size + k];

                    base[j * size + k] = base[(j - gap) * size + k];
                    base[(j - gap) * size + k] = kept;
                }
}

WDK_INLINE void *bsearch(const void *key, const void *array, size_t count, size_t size,
                         int(__cdecl *compare)(const void *, const void *))
{
    size_t low = 0;

    while (low < count) {
        size_t middle = low + (count - low) / 2;
        const void *entry = (const char *)array + middle * size;
        int order = compare(key, entry);

        if (!order)
            return (void *)entry;
        if (order < 0)
            count = middle;
        else
            low = middle + 1;
    }
    return (void *)0;
}

/* ---- random numbers: one sequence a driver ------------------------------------------------------------- */

#ifdef __cplusplus
extern "C"
#endif
    __declspec(selectany) unsigned wdk_random_state = 1;

WDK_INLINE void srand(unsigned seed)
{
    wdk_random_state = seed;
}
WDK_INLINE int rand(void)
{
    wdk_random_state = wdk_random_state * 214013u + 2531011u;
    return (int)(wdk_random_state >> 16 & RAND_MAX);
}

#endif

#endif
