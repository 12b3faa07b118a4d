/* SPDX-License-Identifier: MIT */
/*
 * Bounded string functions: Cb counts bytes of the destination, Cch characters; both include the
 * terminator. STATUS_BUFFER_OVERFLOW: cut and terminated; STATUS_INVALID_PARAMETER: no room at all, or more
 * than NTSTRSAFE_MAX_CCH.
 */
#ifndef PORTSIDE_WDK_NTSTRSAFE_H
#define PORTSIDE_WDK_NTSTRSAFE_H

#include "wdm.h"

#define NTSTRSAFE_MAX_CCH 2147483647
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH 32767
typedef PSTR NTSTRSAFE_PSTR;
typedef PCSTR NTSTRSAFE_PCSTR;
typedef PWSTR NTSTRSAFE_PWSTR;
typedef PCWSTR NTSTRSAFE_PCWSTR;

/* One family for characters `type`, whose functions end in A or W. */
#define WDK_STRSAFE(A, type, print)                                                                    \
    WDK_INLINE NTSTATUS wdk_place##A(type *To, size_t Room, const type *From, size_t Limit)            \
    {                                                                                                  \
        size_t i = 0;                                                                                  \
                                                                                                       \
        if (!Room || Room > NTSTRSAFE_MAX_CCH)                                                         \
            return STATUS_INVALID_PARAMETER;                                                           \
        for (; i < Limit && From[i]; i++) {                                                            \
            if (i + 1 == Room) {                                                                       \
                To[i] = 0;                                                                             \
                return STATUS_BUFFER_OVERFLOW;                                                         \
            }                                                                                          \
            To[i] = From[i];                                                                           \
        }                                                                                              \
        To[i] = 0;                                                                                     \
        return STATUS_SUCCESS;                                                                         \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCchLength##A(const type *String, size_t Max, size_t *Length)          \
    {                                                                                                  \
        size_t i = 0;                                                                                  \
                                                                                                       \
        if (Length)                                                                                    \
            *Length = 0;                                                                               \
        if (!String || Max > NTSTRSAFE_MAX_CCH)                                                        \
            return STATUS_INVALID_PARAMETER;                                                           \
        while (i < Max && String[i])                                                                   \
            i++;                                                                                       \
        if (i == Max)                                                                                  \
            return STATUS_INVALID_PARAMETER;                                                           \
        if (Length)                                                                                    \
            *Length = i;                                                                               \
        return STATUS_SUCCESS;                                                                         \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCchCopy##A(type *To, size_t Room, const type *From)                   \
    {                                                                                                  \
        return wdk_place##A(To, Room, From, NTSTRSAFE_MAX_CCH);                                        \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCchCopyN##A(type *To, size_t Room, const type *From, size_t Limit)    \
    {                                                                                                  \
        return wdk_place##A(To, Room, From, Limit);                                                    \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCchCatN##A(type *To, size_t Room, const type *From, size_t Limit)     \
    {                                                                                                  \
        size_t used;                                                                                   \
        NTSTATUS status = RtlStringCchLength##A(To, Room, &used);                                      \
                                                                                                       \
        return NT_SUCCESS(status) ? wdk_place##A(To + used, Room - used, From, Limit) : status;        \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCchCat##A(type *To, size_t Room, const type *From)                    \
    {                                                                                                  \
        return RtlStringCchCatN##A(To, Room, From, NTSTRSAFE_MAX_CCH);                                 \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCchVPrintf##A(type *To, size_t Room, const type *Format,              \
                                               va_list Arguments)                                      \
    {                                                                                                  \
        int made;                                                                                      \
                                                                                                       \
        if (!Room || Room > NTSTRSAFE_MAX_CCH)                                                         \
            return STATUS_INVALID_PARAMETER;                                                           \
        made = print(To, Room - 1, Format, Arguments);                                                 \
        To[Room - 1] = 0;                                                                              \
        return made < 0 || (size_t)made > Room - 1 ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;          \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCchPrintf##A(type *To, size_t Room, const type *Format, ...)          \
    {                                                                                                  \
        va_list arguments;                                                                             \
        NTSTATUS status;                                                                               \
                                                                                                       \
        va_start(arguments, Format);                                                                   \
        status = RtlStringCchVPrintf##A(To, Room, Format, arguments);                                  \
        va_end(arguments);                                                                             \
        return status;                                                                                 \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCbPrintf##A(type *To, size_t Room, const type *Format, ...)           \
    {                                                                                                  \
        va_list arguments;                                                                             \
        NTSTATUS status;                                                                               \
                                                                                                       \
        va_start(arguments, Format);                                                                   \
        status = RtlStringCchVPrintf##A(To, Room / sizeof(type), Format, arguments);                   \
        va_end(arguments);                                                                             \
        return status;                                                                                 \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCbLength##A(const type *String, size_t Max, size_t *Length)           \
    {                                                                                                  \
        NTSTATUS status = RtlStringCchLength##A(String, Max / sizeof(type), Length);                   \
                                                                                                       \
        if (Length)                                                                                    \
            *Length *= sizeof(type);                                                                   \
        return status;                                                                                 \
    }

#ifdef _WIN32
#define WDK_CRT_NAME(name) name
#elif __SIZEOF_WCHAR_T__ == 2
#define WDK_CRT_NAME(name) name
#else
#define WDK_CRT_NAME(name) nt_##name
#endif
WDK_STRSAFE(A, CHAR, WDK_CRT_NAME(_vsnprintf))
WDK_STRSAFE(W, WCHAR, WDK_CRT_NAME(_vsnwprintf))
#undef WDK_STRSAFE

#define RtlStringCbCopyA(to, bytes, from) RtlStringCchCopyA(to, bytes, from)
#define RtlStringCbCopyW(to, bytes, from) RtlStringCchCopyW(to, (bytes) / sizeof(WCHAR), from)
#define RtlStringCbCopyNA(to, bytes, from, n) RtlStringCchCopyNA(to, bytes, from, n)
#define RtlStringCbCopyNW(to, bytes, from, n)                                                          \
    RtlStringCchCopyNW(to, (bytes) / sizeof(WCHAR), from, (n) / sizeof(WCHAR))
#define RtlStringCbCatA(to, bytes, from) RtlStringCchCatA(to, bytes, from)
#define RtlStringCbCatW(to, bytes, from) RtlStringCchCatW(to, (bytes) / sizeof(WCHAR), from)
#define RtlStringCbCatNA(to, bytes, from, n) RtlStringCchCatNA(to, bytes, from, n)
#define RtlStringCbCatNW(to, bytes, from, n)                                                           \
    RtlStringCchCatNW(to, (bytes) / sizeof(WCHAR), from, (n) / sizeof(WCHAR))
#define RtlStringCbVPrintfA(to, bytes, format, arguments)                                              \
    RtlStringCchVPrintfA(to, bytes, format, arguments)
#define RtlStringCbVPrintfW(to, bytes, format, arguments)                                              \
    RtlStringCchVPrintfW(to, (bytes) / sizeof(WCHAR), format, arguments)

#include "detail/strsafeex.h"
#include "detail/unicodesafe.h"
#undef WDK_CRT_NAME

#endif
