// SPDX-License-Identifier: MIT
//
// The C run-time functions with Windows' calling convention and va_list, for drivers in which every function has
// that convention (`portside cc`). Any IRQL on resident memory.
#include <detail/crtms.h>
#include <math.h>

#include "kernel/printf.h"
#include "kernel/private.h"

// ms_NAME does what `function` does.
#define MS(type, name, function, parameters, arguments)                                                \
    type NTAPI ms_##name parameters                                                                    \
    {                                                                                                  \
        return function arguments;                                                                     \
    }

MS(void *, memcpy, memcpy, (void *to, const void *from, size_t size), (to, from, size))
MS(void *, memmove, memmove, (void *to, const void *from, size_t size), (to, from, size))
MS(void *, memset, memset, (void *to, int byte, size_t size), (to, byte, size))
MS(int, memcmp, memcmp, (const void *a, const void *b, size_t size), (a, b, size))
MS(size_t, strlen, strlen, (const char *string), (string))
MS(int, strcmp, strcmp, (const char *a, const char *b), (a, b))
MS(int, strncmp, strncmp, (const char *a, const char *b, size_t limit), (a, b, limit))
MS(char *, strcpy, strcpy, (char *to, const char *from), (to, from))
MS(char *, strncpy, strncpy, (char *to, const char *from, size_t limit), (to, from, limit))
MS(char *, strcat, strcat, (char *to, const char *from), (to, from))
MS(char *, strncat, strncat, (char *to, const char *from, size_t limit), (to, from, limit))
MS(char *, strchr, strchr, (const char *string, int c), (string, c))
MS(char *, strrchr, strrchr, (const char *string, int c), (string, c))
MS(char *, strstr, strstr, (const char *string, const char *part), (string, part))
MS(int, _stricmp, nt__stricmp, (const char *a, const char *b), (a, b))
MS(int, _strnicmp, nt__strnicmp, (const char *a, const char *b, size_t limit), (a, b, limit))
MS(size_t, wcslen, nt_wcslen, (const WCHAR *string), (string))
MS(size_t, wcsnlen, nt_wcsnlen, (const WCHAR *string, size_t limit), (string, limit))
MS(int, wcscmp, nt_wcscmp, (const WCHAR *a, const WCHAR *b), (a, b))
MS(int, wcsncmp, nt_wcsncmp, (const WCHAR *a, const WCHAR *b, size_t limit), (a, b, limit))
MS(WCHAR *, wcscpy, nt_wcscpy, (WCHAR *to, const WCHAR *from), (to, from))
MS(WCHAR *, wcsncpy, nt_wcsncpy, (WCHAR *to, const WCHAR *from, size_t limit), (to, from, limit))
MS(WCHAR *, wcscat, nt_wcscat, (WCHAR *to, const WCHAR *from), (to, from))
MS(WCHAR *, wcsncat, nt_wcsncat, (WCHAR *to, const WCHAR *from, size_t limit), (to, from, limit))
MS(int, _wcsicmp, nt__wcsicmp, (const WCHAR *a, const WCHAR *b), (a, b))
MS(int, _wcsnicmp, nt__wcsnicmp, (const WCHAR *a, const WCHAR *b, size_t limit), (a, b, limit))
MS(WCHAR *, wcschr, nt_wcschr, (const WCHAR *string, WCHAR c), (string, c))
MS(WCHAR *, wcsrchr, nt_wcsrchr, (const WCHAR *string, WCHAR c), (string, c))
MS(WCHAR *, wcsstr, nt_wcsstr, (const WCHAR *string, const WCHAR *part), (string, part))

// ---- mathematics ---------------------------------------------------------------------------------------

MS(double, sin, sin, (double x), (x))
MS(double, cos, cos, (double x), (x))
MS(double, tan, tan, (double x), (x))
MS(double, asin, asin, (double x), (x))
MS(double, acos, acos, (double x), (x))
MS(double, atan, atan, (double x), (x))
MS(double, exp, exp, (double x), (x))
MS(double, log, log, (double x), (x))
MS(double, log10, log10, (double x), (x))
MS(double, sqrt, sqrt, (double x), (x))
MS(double, fabs, fabs, (double x), (x))
MS(double, floor, floor, (double x), (x))
MS(double, ceil, ceil, (double x), (x))
MS(double, atan2, atan2, (double x, double y), (x, y))
MS(double, pow, pow, (double x, double y), (x, y))
MS(double, fmod, fmod, (double x, double y), (x, y))

// ---- printing ------------------------------------------------------------------------------------------

static int print(void *to, size_t limit, bool wide, const void *format, __builtin_ms_va_list list)
{
    struct printf_arguments arguments = {.ms = true, .ms_list = list};

    return printf_to_buffer(to, limit, wide, format, &arguments);
}

int NTAPI ms__vsnprintf(char *to, size_t limit, const char *format, __builtin_ms_va_list arguments)
{
    return print(to, limit, false, format, arguments);
}

int NTAPI ms__vsnwprintf(WCHAR *to, size_t limit, const WCHAR *format, __builtin_ms_va_list arguments)
{
    return print(to, limit, true, format, arguments);
}

int NTAPI ms_vsprintf(char *to, const char *format, __builtin_ms_va_list arguments)
{
    return print(to, INT32_MAX, false, format, arguments);
}

int NTAPI ms_sprintf(char *to, const char *format, ...)
{
    __builtin_ms_va_list arguments;
    int count;

    __builtin_ms_va_start(arguments, format);
    count = print(to, INT32_MAX, false, format, arguments);
    __builtin_ms_va_end(arguments);
    return count;
}

int NTAPI ms__snprintf(char *to, size_t limit, const char *format, ...)
{
    __builtin_ms_va_list arguments;
    int count;

    __builtin_ms_va_start(arguments, format);
    count = print(to, limit, false, format, arguments);
    __builtin_ms_va_end(arguments);
    return count;
}

int NTAPI ms__snwprintf(WCHAR *to, size_t limit, const WCHAR *format, ...)
{
    __builtin_ms_va_list arguments;
    int count;

    __builtin_ms_va_start(arguments, format);
    count = print(to, limit, true, format, arguments);
    __builtin_ms_va_end(arguments);
    return count;
}
