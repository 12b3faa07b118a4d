/* SPDX-License-Identifier: MIT */
/*
 * The bounded string functions that end in Ex: they tell where the text ends and what room remains, and take flags for what
 * is behind the terminator or what a failure leaves. Part of ntstrsafe.h.
 */
#ifndef PORTSIDE_WDK_STRSAFEEX_H
#define PORTSIDE_WDK_STRSAFEEX_H

/* The lowest byte of the flags is what fills. */
#define STRSAFE_IGNORE_NULLS 0x00000100
#define STRSAFE_FILL_BEHIND_NULL 0x00000200
#define STRSAFE_FILL_ON_FAILURE 0x00000400
#define STRSAFE_NULL_ON_FAILURE 0x00000800
#define STRSAFE_NO_TRUNCATION 0x00001000
#define STRSAFE_FILL_BYTE(byte) ((ULONG)(((byte) & 0xFF) | STRSAFE_FILL_BEHIND_NULL))
#define STRSAFE_FAILURE_BYTE(byte) ((ULONG)(((byte) & 0xFF) | STRSAFE_FILL_ON_FAILURE))
#define STRSAFE_ZERO_LENGTH_ON_FAILURE STRSAFE_NULL_ON_FAILURE

/* `Kept` characters were there before; the caller has cut and terminated what did not fit. */
#define WDK_STRSAFE_EX(A, type)                                                                        \
    WDK_INLINE NTSTATUS wdk_finish##A(type *To, size_t Room, size_t Kept, NTSTATUS Status, type **End, \
                                      size_t *Remaining, ULONG Flags)                                  \
    {                                                                                                  \
        size_t used = 0;                                                                               \
                                                                                                       \
        if (Status == STATUS_INVALID_PARAMETER)                                                        \
            return Status;                                                                             \
        if (!NT_SUCCESS(Status) && Flags & STRSAFE_FILL_ON_FAILURE) {                                  \
            __builtin_memset(To, (int)(Flags & 0xFF), Room * sizeof(type));                            \
            To[Flags & 0xFF ? Room - 1 : 0] = 0;                                                       \
        }                                                                                              \
        if (!NT_SUCCESS(Status) && Flags & STRSAFE_NO_TRUNCATION)                                      \
            To[Kept] = 0;                                                                              \
        if (!NT_SUCCESS(Status) && Flags & STRSAFE_NULL_ON_FAILURE)                                    \
            To[0] = 0;                                                                                 \
        while (used < Room && To[used])                                                                \
            used++;                                                                                    \
        if (NT_SUCCESS(Status) && Flags & STRSAFE_FILL_BEHIND_NULL)                                    \
            __builtin_memset(To + used + 1, (int)(Flags & 0xFF), (Room - used - 1) * sizeof(type));    \
        if (End)                                                                                       \
            *End = To + used;                                                                          \
        if (Remaining)                                                                                 \
            *Remaining = Room - used;                                                                  \
        return Status;                                                                                 \
    }                                                                                                  \
    /* With STRSAFE_IGNORE_NULLS nothing may be copied to nowhere. */                                  \
    WDK_INLINE BOOLEAN wdk_nowhere##A(const type *To, size_t Room, const type **From, ULONG Flags)     \
    {                                                                                                  \
        static const type empty[1] = {0};                                                              \
                                                                                                       \
        if (!*From && Flags & STRSAFE_IGNORE_NULLS)                                                    \
            *From = empty;                                                                             \
        return !To && !Room && Flags & STRSAFE_IGNORE_NULLS && !**From;                                \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCchCopyNEx##A(type *To, size_t Room, const type *From, size_t Limit,  \
                                               type **End, size_t *Remaining, ULONG Flags)             \
    {                                                                                                  \
        if (wdk_nowhere##A(To, Room, &From, Flags))                                                    \
            return STATUS_SUCCESS;                                                                     \
        return wdk_finish##A(To, Room, 0, wdk_place##A(To, Room, From, Limit), End, Remaining, Flags); \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCchCopyEx##A(type *To, size_t Room, const type *From, type **End,     \
                                              size_t *Remaining, ULONG Flags)                          \
    {                                                                                                  \
        return RtlStringCchCopyNEx##A(To, Room, From, NTSTRSAFE_MAX_CCH, End, Remaining, Flags);       \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCchCatNEx##A(type *To, size_t Room, const type *From, size_t Limit,   \
                                              type **End, size_t *Remaining, ULONG Flags)              \
    {                                                                                                  \
        size_t used;                                                                                   \
        NTSTATUS status;                                                                               \
                                                                                                       \
        if (wdk_nowhere##A(To, Room, &From, Flags))                                                    \
            return STATUS_SUCCESS;                                                                     \
        status = RtlStringCchLength##A(To, Room, &used);                                               \
        if (!NT_SUCCESS(status))                                                                       \
            return status;                                                                             \
        status = wdk_place##A(To + used, Room - used, From, Limit);                                    \
        return wdk_finish##A(To, Room, used, status, End, Remaining, Flags);                           \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCchCatEx##A(type *To, size_t Room, const type *From, type **End,      \
                                             size_t *Remaining, ULONG Flags)                           \
    {                                                                                                  \
        return RtlStringCchCatNEx##A(To, Room, From, NTSTRSAFE_MAX_CCH, End, Remaining, Flags);        \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCchVPrintfEx##A(type *To, size_t Room, type **End, size_t *Remaining, \
                                                 ULONG Flags, const type *Format, va_list Arguments)   \
    {                                                                                                  \
        if (wdk_nowhere##A(To, Room, &Format, Flags))                                                  \
            return STATUS_SUCCESS;                                                                     \
        return wdk_finish##A(To, Room, 0, RtlStringCchVPrintf##A(To, Room, Format, Arguments), End,    \
                             Remaining, Flags);                                                        \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCchPrintfEx##A(type *To, size_t Room, type **End, size_t *Remaining,  \
                                                ULONG Flags, const type *Format, ...)                  \
    {                                                                                                  \
        va_list arguments;                                                                             \
        NTSTATUS status;                                                                               \
                                                                                                       \
        va_start(arguments, Format);                                                                   \
        status = RtlStringCchVPrintfEx##A(To, Room, End, Remaining, Flags, Format, arguments);         \
        va_end(arguments);                                                                             \
        return status;                                                                                 \
    }                                                                                                  \
    WDK_INLINE NTSTATUS wdk_in_bytes##A(NTSTATUS Status, size_t *Remaining)                            \
    {                                                                                                  \
        if (Remaining && Status != STATUS_INVALID_PARAMETER)                                           \
            *Remaining *= sizeof(type);                                                                \
        return Status;                                                                                 \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCbCopyEx##A(type *To, size_t Bytes, const type *From, type **End,     \
                                             size_t *Remaining, ULONG Flags)                           \
    {                                                                                                  \
        return wdk_in_bytes##A(                                                                        \
            RtlStringCchCopyEx##A(To, Bytes / sizeof(type), From, End, Remaining, Flags), Remaining);  \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCbCopyNEx##A(type *To, size_t Bytes, const type *From, size_t Limit,  \
                                              type **End, size_t *Remaining, ULONG Flags)              \
    {                                                                                                  \
        return wdk_in_bytes##A(RtlStringCchCopyNEx##A(To, Bytes / sizeof(type), From,                  \
                                                      Limit / sizeof(type), End, Remaining, Flags),    \
                               Remaining);                                                             \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCbCatEx##A(type *To, size_t Bytes, const type *From, type **End,      \
                                            size_t *Remaining, ULONG Flags)                            \
    {                                                                                                  \
        return wdk_in_bytes##A(                                                                        \
            RtlStringCchCatEx##A(To, Bytes / sizeof(type), From, End, Remaining, Flags), Remaining);   \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCbCatNEx##A(type *To, size_t Bytes, const type *From, size_t Limit,   \
                                             type **End, size_t *Remaining, ULONG Flags)               \
    {                                                                                                  \
        return wdk_in_bytes##A(RtlStringCchCatNEx##A(To, Bytes / sizeof(type), From,                   \
                                                     Limit / sizeof(type), End, Remaining, Flags),     \
                               Remaining);                                                             \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCbVPrintfEx##A(type *To, size_t Bytes, type **End, size_t *Remaining, \
                                                ULONG Flags, const type *Format, va_list Arguments)    \
    {                                                                                                  \
        return wdk_in_bytes##A(RtlStringCchVPrintfEx##A(To, Bytes / sizeof(type), End, Remaining,      \
                                                        Flags, Format, Arguments),                     \
                               Remaining);                                                             \
    }                                                                                                  \
    WDK_INLINE NTSTATUS RtlStringCbPrintfEx##A(type *To, size_t Bytes, type **End, size_t *Remaining,  \
                                               ULONG Flags, const type *Format, ...)                   \
    {                                                                                                  \
        va_list arguments;                                                                             \
        NTSTATUS status;                                                                               \
                                                                                                       \
        va_start(arguments, Format);                                                                   \
        status = RtlStringCbVPrintfEx##A(To, Bytes, End, Remaining, Flags, Format, arguments);         \
        va_end(arguments);                                                                             \
        return status;                                                                                 \
    }

WDK_STRSAFE_EX(A, CHAR)
WDK_STRSAFE_EX(W, WCHAR)
#undef WDK_STRSAFE_EX

#endif
