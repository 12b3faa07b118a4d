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

#if !defined(_WIN32) && __STDC_HOSTED__
#include <string.h>
#else
WDK_EXTERN_C_BEGIN
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
WDK_EXTERN_C_END
#endif

#if defined(_WIN32)
#define WDK_CRT(type, name, arguments) type name arguments;
#elif __SIZEOF_WCHAR_T__ == 2
#define WDK_CRT(type, name, arguments) type name arguments __asm__("nt_" #name);
#else
#define WDK_CRT(type, name, arguments) type nt_##name arguments;
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

#endif
