/* SPDX-License-Identifier: MIT */
/*
 * C run-time functions that the kernel's libraries offer beside those of detail/crt.h, for `portside cc`: inline, out
 * of those. The ones that end in _s check sizes: what does not fit empties the text and returns ERANGE (printing: -1),
 * except that _TRUNCATE as limit cuts it. Any IRQL on resident memory.
 */
#ifndef PORTSIDE_WDK_CRTMORE_H
#define PORTSIDE_WDK_CRTMORE_H

#include "crt.h"

#ifdef PORTSIDE_CC

typedef int errno_t;
#ifndef EINVAL
#define EINVAL 22
#define ERANGE 34
#define STRUNCATE 80
#endif
#define _TRUNCATE ((size_t)-1)
#define _countof(array) (sizeof(array) / sizeof((array)[0]))

/* ---- printing ---------------------------------------------------------------------------------------- */

#define WDK_VARIADIC(declaration, call)                                                                \
    declaration                                                                                        \
    {                                                                                                  \
        va_list arguments;                                                                             \
        int count;                                                                                     \
                                                                                                       \
        __builtin_va_start(arguments, format);                                                         \
        count = call;                                                                                  \
        __builtin_va_end(arguments);                                                                   \
        return count;                                                                                  \
    }
#define WDK_PRINT_CHECKED(type, print, checked, limited)                                               \
    WDK_INLINE int limited(type *to, size_t size, size_t limit, const type *format, va_list arguments) \
    {                                                                                                  \
        size_t room = limit < size ? limit : size - 1;                                                 \
        int count;                                                                                     \
                                                                                                       \
        if (!to || !size || !format)                                                                   \
            return -1;                                                                                 \
        count = print(to, room + 1, format, arguments);                                                \
        if (count >= 0 && (size_t)count <= room)                                                       \
            return count;                                                                              \
        to[limit < size || limit == _TRUNCATE ? room : 0] = 0;                                         \
        return -1;                                                                                     \
    }                                                                                                  \
    WDK_INLINE int checked(type *to, size_t size, const type *format, va_list arguments)               \
    {                                                                                                  \
        return limited(to, size, size, format, arguments);                                             \
    }

WDK_PRINT_CHECKED(char, _vsnprintf, vsprintf_s, _vsnprintf_s)
WDK_PRINT_CHECKED(WCHAR, _vsnwprintf, vswprintf_s, _vsnwprintf_s)

WDK_INLINE WDK_VARIADIC(int swprintf(WCHAR *to, const WCHAR *format, ...),
                        _vsnwprintf(to, 0x7FFFFFFF, format, arguments))
WDK_INLINE WDK_VARIADIC(int sprintf_s(char *to, size_t size, const char *format, ...),
                        vsprintf_s(to, size, format, arguments))
WDK_INLINE WDK_VARIADIC(int swprintf_s(WCHAR *to, size_t size, const WCHAR *format, ...),
                        vswprintf_s(to, size, format, arguments))
WDK_INLINE WDK_VARIADIC(int _snprintf_s(char *to, size_t size, size_t limit, const char *format, ...),
                        _vsnprintf_s(to, size, limit, format, arguments))
WDK_INLINE WDK_VARIADIC(int _snwprintf_s(WCHAR *to, size_t size, size_t limit, const WCHAR *format, ...),
                        _vsnwprintf_s(to, size, limit, format, arguments))
#undef WDK_PRINT_CHECKED

/* ---- copying ------------------------------------------------------------------------------------------ */

WDK_INLINE errno_t memmove_s(void *to, size_t size, const void *from, size_t count)
{
    if (count && (!to || !from))
        return EINVAL;
    if (count > size)
        return ERANGE;
    if (count)
        memmove(to, from, count);
    return 0;
}

WDK_INLINE errno_t memcpy_s(void *to, size_t size, const void *from, size_t count)
{
    errno_t error = memmove_s(to, size, from, count);

    if (error && to)
        memset(to, 0, size);
    return error;
}

WDK_INLINE size_t strnlen(const char *string, size_t limit)
{
    size_t length = 0;

    while (length < limit && string[length])
        length++;
    return length;
}

/* For each width: NAMEcat_s and the others append at most `limit` characters behind the `at` that are there. */
#define WDK_COPY_CHECKED(type, prefix)                                                                 \
    WDK_INLINE errno_t wdk_##prefix##append(type *to, size_t size, size_t at, const type *from,        \
                                            size_t limit)                                              \
    {                                                                                                  \
        size_t count;                                                                                  \
                                                                                                       \
        if (!to || !size)                                                                              \
            return EINVAL;                                                                             \
        if (!from || at >= size) {                                                                     \
            to[0] = 0;                                                                                 \
            return EINVAL;                                                                             \
        }                                                                                              \
        count = prefix##nlen(from, limit == _TRUNCATE ? size - at : limit);                            \
        if (count >= size - at && limit != _TRUNCATE) {                                                \
            to[0] = 0;                                                                                 \
            return ERANGE;                                                                             \
        }                                                                                              \
        if (count >= size - at)                                                                        \
            count = size - at - 1;                                                                     \
        memcpy(to + at, from, count * sizeof(type));                                                   \
        to[at + count] = 0;                                                                            \
        return limit == _TRUNCATE && from[count] ? STRUNCATE : 0;                                      \
    }                                                                                                  \
    WDK_INLINE errno_t prefix##cpy_s(type *to, size_t size, const type *from)                          \
    {                                                                                                  \
        return wdk_##prefix##append(to, size, 0, from, _TRUNCATE - 1);                                 \
    }                                                                                                  \
    WDK_INLINE errno_t prefix##ncpy_s(type *to, size_t size, const type *from, size_t limit)           \
    {                                                                                                  \
        return wdk_##prefix##append(to, size, 0, from, limit);                                         \
    }                                                                                                  \
    WDK_INLINE errno_t prefix##cat_s(type *to, size_t size, const type *from)                          \
    {                                                                                                  \
        return wdk_##prefix##append(to, size, to ? prefix##nlen(to, size) : 0, from, _TRUNCATE - 1);   \
    }                                                                                                  \
    WDK_INLINE errno_t prefix##ncat_s(type *to, size_t size, const type *from, size_t limit)           \
    {                                                                                                  \
        return wdk_##prefix##append(to, size, to ? prefix##nlen(to, size) : 0, from, limit);           \
    }

WDK_COPY_CHECKED(char, str)
WDK_COPY_CHECKED(WCHAR, wcs)
#undef WDK_COPY_CHECKED

/* ---- letters and numbers ------------------------------------------------------------------------------ */

WDK_INLINE WCHAR towlower(WCHAR c)
{
    return c >= 'A' && c <= 'Z' ? (WCHAR)(c + 0x20) : c;
}

WDK_INLINE WCHAR towupper(WCHAR c)
{
    return c >= 'a' && c <= 'z' ? (WCHAR)(c - 0x20) : c;
}

#define WDK_RECASE(type, name, each)                                                                   \
    WDK_INLINE type *name(type *string)                                                                \
    {                                                                                                  \
        for (type *at = string; *at; at++)                                                             \
            *at = (type)each(*at);                                                                     \
        return string;                                                                                 \
    }

WDK_RECASE(char, _strlwr, tolower)
WDK_RECASE(char, _strupr, toupper)
WDK_RECASE(WCHAR, _wcslwr, towlower)
WDK_RECASE(WCHAR, _wcsupr, towupper)
#undef WDK_RECASE

WDK_INLINE long atol(const char *text)
{
    return atoi(text);
}

/* ---- arrays whose size the compiler knows ------------------------------------------------------------- */

#ifdef __cplusplus
extern "C++" {
template <size_t size> inline int vsprintf_s(char (&to)[size], const char *format, va_list arguments)
{
    return vsprintf_s(to, size, format, arguments);
}

template <size_t size>
WDK_VARIADIC(inline int sprintf_s(char (&to)[size], const char *format, ...), vsprintf_s(to, size, format, arguments))

template <size_t size>
WDK_VARIADIC(inline int swprintf_s(WCHAR (&to)[size], const WCHAR *format, ...),
             vswprintf_s(to, size, format, arguments))

template <size_t size> inline errno_t strcpy_s(char (&to)[size], const char *from)
{
    return strcpy_s(to, size, from);
}

template <size_t size> inline errno_t strcat_s(char (&to)[size], const char *from)
{
    return strcat_s(to, size, from);
}

template <size_t size> inline errno_t wcscpy_s(WCHAR (&to)[size], const WCHAR *from)
{
    return wcscpy_s(to, size, from);
}

template <size_t size> inline errno_t wcscat_s(WCHAR (&to)[size], const WCHAR *from)
{
    return wcscat_s(to, size, from);
}

template <size_t size> inline errno_t wcsncpy_s(WCHAR (&to)[size], const WCHAR *from, size_t limit)
{
    return wcsncpy_s(to, size, from, limit);
}

template <size_t size> inline errno_t strncpy_s(char (&to)[size], const char *from, size_t limit)
{
    return strncpy_s(to, size, from, limit);
}
}
#endif
#undef WDK_VARIADIC

#endif

#endif
