/* SPDX-License-Identifier: MIT */
/*
 * The C run-time functions of detail/crt.h with Windows' calling convention and va_list, ms_... in the library. What
 * `portside cc` compiles is bound to them.
 */
#ifndef PORTSIDE_WDK_CRTMS_H
#define PORTSIDE_WDK_CRTMS_H

#include "types.h"

#if defined(__x86_64__) && !defined(_WIN32)

WDK_API_BEGIN
void *NTAPI ms_memcpy(void *to, const void *from, size_t size);
void *NTAPI ms_memmove(void *to, const void *from, size_t size);
void *NTAPI ms_memset(void *to, int byte, size_t size);
int NTAPI ms_memcmp(const void *a, const void *b, size_t size);
size_t NTAPI ms_strlen(const char *string);
int NTAPI ms_strcmp(const char *a, const char *b);
int NTAPI ms_strncmp(const char *a, const char *b, size_t limit);
char *NTAPI ms_strcpy(char *to, const char *from);
char *NTAPI ms_strncpy(char *to, const char *from, size_t limit);
char *NTAPI ms_strcat(char *to, const char *from);
char *NTAPI ms_strncat(char *to, const char *from, size_t limit);
char *NTAPI ms_strchr(const char *string, int c);
char *NTAPI ms_strrchr(const char *string, int c);
char *NTAPI ms_strstr(const char *string, const char *part);
int NTAPI ms__stricmp(const char *a, const char *b);
int NTAPI ms__strnicmp(const char *a, const char *b, size_t limit);
size_t NTAPI ms_wcslen(const WCHAR *string);
size_t NTAPI ms_wcsnlen(const WCHAR *string, size_t limit);
int NTAPI ms_wcscmp(const WCHAR *a, const WCHAR *b);
int NTAPI ms_wcsncmp(const WCHAR *a, const WCHAR *b, size_t limit);
WCHAR *NTAPI ms_wcscpy(WCHAR *to, const WCHAR *from);
WCHAR *NTAPI ms_wcsncpy(WCHAR *to, const WCHAR *from, size_t limit);
WCHAR *NTAPI ms_wcscat(WCHAR *to, const WCHAR *from);
WCHAR *NTAPI ms_wcsncat(WCHAR *to, const WCHAR *from, size_t limit);
int NTAPI ms__wcsicmp(const WCHAR *a, const WCHAR *b);
int NTAPI ms__wcsnicmp(const WCHAR *a, const WCHAR *b, size_t limit);
WCHAR *NTAPI ms_wcschr(const WCHAR *string, WCHAR c);
WCHAR *NTAPI ms_wcsrchr(const WCHAR *string, WCHAR c);
WCHAR *NTAPI ms_wcsstr(const WCHAR *string, const WCHAR *part);
int NTAPI ms_sprintf(char *to, const char *format, ...);
int NTAPI ms_vsprintf(char *to, const char *format, __builtin_ms_va_list arguments);
int NTAPI ms__snprintf(char *to, size_t limit, const char *format, ...);
int NTAPI ms__vsnprintf(char *to, size_t limit, const char *format, __builtin_ms_va_list arguments);
int NTAPI ms__snwprintf(WCHAR *to, size_t limit, const WCHAR *format, ...);
int NTAPI ms__vsnwprintf(WCHAR *to, size_t limit, const WCHAR *format, __builtin_ms_va_list arguments);
ULONG NTAPI ms_vDbgPrintEx(ULONG component, ULONG level, PCSTR format, __builtin_ms_va_list arguments);
UCHAR NTAPI ms___inbyte(USHORT port);
USHORT NTAPI ms___inword(USHORT port);
ULONG NTAPI ms___indword(USHORT port);
VOID NTAPI ms___outbyte(USHORT port, UCHAR value);
VOID NTAPI ms___outword(USHORT port, USHORT value);
VOID NTAPI ms___outdword(USHORT port, ULONG value);
VOID NTAPI ms___inbytestring(USHORT port, UCHAR *to, ULONG count);
VOID NTAPI ms___inwordstring(USHORT port, USHORT *to, ULONG count);
VOID NTAPI ms___indwordstring(USHORT port, ULONG *to, ULONG count);
VOID NTAPI ms___outbytestring(USHORT port, UCHAR *from, ULONG count);
VOID NTAPI ms___outwordstring(USHORT port, USHORT *from, ULONG count);
VOID NTAPI ms___outdwordstring(USHORT port, ULONG *from, ULONG count);
double NTAPI ms_sin(double x);
double NTAPI ms_cos(double x);
double NTAPI ms_tan(double x);
double NTAPI ms_asin(double x);
double NTAPI ms_acos(double x);
double NTAPI ms_atan(double x);
double NTAPI ms_exp(double x);
double NTAPI ms_log(double x);
double NTAPI ms_log10(double x);
double NTAPI ms_sqrt(double x);
double NTAPI ms_fabs(double x);
double NTAPI ms_floor(double x);
double NTAPI ms_ceil(double x);
double NTAPI ms_atan2(double x, double y);
double NTAPI ms_pow(double x, double y);
double NTAPI ms_fmod(double x, double y);
WDK_API_END

#endif

#endif
