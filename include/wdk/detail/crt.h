/* SPDX-License-Identifier: MIT */
/*
 * C run-time functions that ntoskrnl exports and whose Linux namesakes are different: wide characters
 * are 16 bits, `%ws`, `%I64d` and `%wZ` exist, `%l` means 32 bits. Driver code (-fshort-wchar) sees them
 * by their names, bound by asm labels to the library's nt_... functions; the library itself, with its
 * 32-bit wchar_t, sees nt_... only. Not NTAPI: some are compiler built-ins, which have the platform's
 * calling convention, and so has va_list. (A loaded .sys is bound to other functions.)
 */
#ifndef PORTSIDE_WDK_CRT_H
#define PORTSIDE_WDK_CRT_H

#include "types.h"

/* `portside cc` compiles for Windows' calling convention and binds all of them, by asm labels, to ms_... functions. */
#if defined(PORTSIDE_CC)
#define WDK_CRT(type, name, arguments) type name arguments __asm__("ms_" #name);
#elif defined(_WIN32)
#define WDK_CRT(type, name, arguments) type name arguments;
#elif __SIZEOF_WCHAR_T__ == 2
#define WDK_CRT(type, name, arguments) type name arguments __asm__("nt_" #name);
#else
#define WDK_CRT(type, name, arguments) type nt_##name arguments;
#endif

#if !defined(_WIN32) && __STDC_HOSTED__
#include <string.h>
#elif defined(_WIN32)
WDK_EXTERN_C_BEGIN
WDK_CRT(void *, memcpy, (void *to, const void *from, size_t size))
WDK_CRT(void *, memmove, (void *to, const void *from, size_t size))
WDK_CRT(void *, memset, (void *to, int byte, size_t size))
WDK_CRT(int, memcmp, (const void *a, const void *b, size_t size))
WDK_CRT(size_t, strlen, (const char *string))
WDK_CRT(int, strcmp, (const char *a, const char *b))
WDK_CRT(int, strncmp, (const char *a, const char *b, size_t limit))
WDK_CRT(char *, strcpy, (char *to, const char *from))
WDK_CRT(char *, strncpy, (char *to, const char *from, size_t limit))
WDK_CRT(char *, strcat, (char *to, const char *from))
WDK_CRT(char *, strncat, (char *to, const char *from, size_t limit))
WDK_CRT(char *, strchr, (const char *string, int c))
WDK_CRT(char *, strrchr, (const char *string, int c))
WDK_CRT(char *, strstr, (const char *string, const char *part))
WDK_EXTERN_C_END
#else
void *memcpy(void *, const void *, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
int memcmp(const void *, const void *, size_t);
size_t strlen(const char *);
int strcmp(const char *, const char *);
int strncmp(const char *, const char *, size_t);
char *strcpy(char *, const char *);
char *strncpy(char *, const char *, size_t);
char *strcat(char *, const char *);
#endif

WDK_API_BEGIN
WDK_CRT(size_t, wcslen, (const WCHAR *string))
WDK_CRT(size_t, wcsnlen, (const WCHAR *string, size_t limit))
WDK_CRT(int, wcscmp, (const WCHAR *a, const WCHAR *b))
WDK_CRT(int, wcsncmp, (const WCHAR *a, const WCHAR *b, size_t limit))
WDK_CRT(WCHAR *, wcscpy, (WCHAR *to, const WCHAR *from))
WDK_CRT(WCHAR *, wcsncpy, (WCHAR *to, const WCHAR *from, size_t limit))
WDK_CRT(WCHAR *, wcscat, (WCHAR *to, const WCHAR *from))
WDK_CRT(WCHAR *, wcsncat, (WCHAR *to, const WCHAR *from, size_t limit))
WDK_CRT(int, _wcsicmp, (const WCHAR *a, const WCHAR *b))
WDK_CRT(int, _wcsnicmp, (const WCHAR *a, const WCHAR *b, size_t limit))
WDK_CRT(int, _stricmp, (const char *a, const char *b))
WDK_CRT(int, _strnicmp, (const char *a, const char *b, size_t limit))
WDK_CRT(int, sprintf, (char *to, const char *format, ...))
WDK_CRT(int, vsprintf, (char *to, const char *format, va_list arguments))
WDK_CRT(int, _snprintf, (char *to, size_t limit, const char *format, ...))
WDK_CRT(int, _vsnprintf, (char *to, size_t limit, const char *format, va_list arguments))
WDK_CRT(int, _snwprintf, (WCHAR *to, size_t limit, const WCHAR *format, ...))
WDK_CRT(int, _vsnwprintf, (WCHAR *to, size_t limit, const WCHAR *format, va_list arguments))
WDK_CRT(ULONG, vDbgPrintEx, (ULONG component, ULONG level, PCSTR format, va_list arguments))
WDK_CRT(WCHAR *, wcschr, (const WCHAR *string, WCHAR c))
WDK_CRT(WCHAR *, wcsrchr, (const WCHAR *string, WCHAR c))
WDK_CRT(WCHAR *, wcsstr, (const WCHAR *string, const WCHAR *part))
WDK_API_END
#undef WDK_CRT

#if defined(PORTSIDE_CC)
WDK_INLINE int abs(int value)
{
    return value < 0 ? -value : value;
}

WDK_INLINE long labs(long value)
{
    return value < 0 ? -value : value;
}

WDK_INLINE int isdigit(int c)
{
    return c >= '0' && c <= '9';
}

WDK_INLINE int isupper(int c)
{
    return c >= 'A' && c <= 'Z';
}

WDK_INLINE int islower(int c)
{
    return c >= 'a' && c <= 'z';
}

WDK_INLINE int isspace(int c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

WDK_INLINE int isxdigit(int c)
{
    return isdigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

WDK_INLINE int isalpha(int c)
{
    return isupper(c) || islower(c);
}

WDK_INLINE int tolower(int c)
{
    return isupper(c) ? c + 0x20 : c;
}

WDK_INLINE int toupper(int c)
{
    return islower(c) ? c - 0x20 : c;
}

WDK_INLINE int atoi(const char *text)
{
    int value = 0, negative;

    while (isspace((UCHAR)*text))
        text++;
    negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    while (isdigit((UCHAR)*text))
        value = value * 10 + (*text++ - '0');
    return negative ? -value : value;
}
#endif

#include "crtmore.h"

#endif
