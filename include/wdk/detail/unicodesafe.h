/* SPDX-License-Identifier: MIT */
/*
 * The bounded functions for UNICODE_STRING: STATUS_BUFFER_OVERFLOW: cut; no terminator is owed. Cb counts bytes, Cch
 * characters. Part of ntstrsafe.h.
 */
#ifndef PORTSIDE_WDK_UNICODESAFE_H
#define PORTSIDE_WDK_UNICODESAFE_H

/* At most `Count` characters behind the first `At` of `To`; up to a terminator if `Ends`. */
WDK_INLINE NTSTATUS wdk_put(PUNICODE_STRING To, size_t At, PCWSTR From, size_t Count, BOOLEAN Ends)
{
    size_t room = To->MaximumLength / sizeof(WCHAR), i = 0;

    if (!To->Buffer && To->MaximumLength)
        return STATUS_INVALID_PARAMETER;
    for (; i < Count && (!Ends || From[i]) && At + i < room; i++)
        To->Buffer[At + i] = From[i];
    To->Length = (USHORT)((At + i) * sizeof(WCHAR));
    return i < Count && (!Ends || From[i]) ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

WDK_INLINE size_t wdk_at_most(PCUNICODE_STRING String, size_t Count)
{
    size_t length = String ? String->Length / sizeof(WCHAR) : 0;

    return length < Count ? length : Count;
}

WDK_INLINE NTSTATUS RtlUnicodeStringValidate(PCUNICODE_STRING String)
{
    if (!String)
        return STATUS_SUCCESS;
    if (String->Length % sizeof(WCHAR) || String->MaximumLength % sizeof(WCHAR) ||
        String->Length > String->MaximumLength || (!String->Buffer && String->MaximumLength))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}
#define RtlUnicodeStringValidateEx(string, flags) RtlUnicodeStringValidate(string)

WDK_INLINE NTSTATUS RtlUnicodeStringInit(PUNICODE_STRING To, PCWSTR From)
{
    size_t length = 0;

    if (From && !NT_SUCCESS(RtlStringCchLengthW(From, NTSTRSAFE_UNICODE_STRING_MAX_CCH + 1, &length)))
        return STATUS_INVALID_PARAMETER;
    To->Buffer = (PWCH)From;
    To->Length = (USHORT)(length * sizeof(WCHAR));
    To->MaximumLength = From ? (USHORT)(To->Length + (length < NTSTRSAFE_UNICODE_STRING_MAX_CCH ? 2 : 0)) : 0;
    return STATUS_SUCCESS;
}
#define RtlUnicodeStringInitEx(to, from, flags) RtlUnicodeStringInit(to, from)

/* ---- copying: No terminator; Length is set --------------------------------------------------------------- */

WDK_INLINE NTSTATUS RtlUnicodeStringCopyString(PUNICODE_STRING To, PCWSTR From)
{
    return wdk_put(To, 0, From, NTSTRSAFE_MAX_CCH, TRUE);
}
WDK_INLINE NTSTATUS RtlUnicodeStringCchCopyStringN(PUNICODE_STRING To, PCWSTR From, size_t Count)
{
    return wdk_put(To, 0, From, Count, TRUE);
}
WDK_INLINE NTSTATUS RtlUnicodeStringCchCopyN(PUNICODE_STRING To, PCUNICODE_STRING From, size_t Count)
{
    return wdk_put(To, 0, From ? From->Buffer : NULL, wdk_at_most(From, Count), FALSE);
}
WDK_INLINE NTSTATUS RtlUnicodeStringCopy(PUNICODE_STRING To, PCUNICODE_STRING From)
{
    return RtlUnicodeStringCchCopyN(To, From, NTSTRSAFE_MAX_CCH);
}
#define RtlUnicodeStringCbCopyStringN(to, from, bytes) RtlUnicodeStringCchCopyStringN(to, from, (bytes) / sizeof(WCHAR))
#define RtlUnicodeStringCbCopyN(to, from, bytes) RtlUnicodeStringCchCopyN(to, from, (bytes) / sizeof(WCHAR))

/* ---- appending --------------------------------------------------------------------------------------------- */

WDK_INLINE NTSTATUS RtlUnicodeStringCatString(PUNICODE_STRING To, PCWSTR From)
{
    return wdk_put(To, To->Length / sizeof(WCHAR), From, NTSTRSAFE_MAX_CCH, TRUE);
}
WDK_INLINE NTSTATUS RtlUnicodeStringCchCatStringN(PUNICODE_STRING To, PCWSTR From, size_t Count)
{
    return wdk_put(To, To->Length / sizeof(WCHAR), From, Count, TRUE);
}
WDK_INLINE NTSTATUS RtlUnicodeStringCchCatN(PUNICODE_STRING To, PCUNICODE_STRING From, size_t Count)
{
    return wdk_put(To, To->Length / sizeof(WCHAR), From ? From->Buffer : NULL, wdk_at_most(From, Count), FALSE);
}
WDK_INLINE NTSTATUS RtlUnicodeStringCat(PUNICODE_STRING To, PCUNICODE_STRING From)
{
    return RtlUnicodeStringCchCatN(To, From, NTSTRSAFE_MAX_CCH);
}
#define RtlUnicodeStringCbCatStringN(to, from, bytes) RtlUnicodeStringCchCatStringN(to, from, (bytes) / sizeof(WCHAR))
#define RtlUnicodeStringCbCatN(to, from, bytes) RtlUnicodeStringCchCatN(to, from, (bytes) / sizeof(WCHAR))

/* ---- printing ---------------------------------------------------------------------------------------------- */

WDK_INLINE NTSTATUS RtlUnicodeStringVPrintf(PUNICODE_STRING To, PCWSTR Format, va_list Arguments)
{
    size_t room = To->MaximumLength / sizeof(WCHAR);
    int made = room ? WDK_CRT_NAME(_vsnwprintf)(To->Buffer, room, Format, Arguments) : -1;
    BOOLEAN cut = made < 0 || (size_t)made > room;

    To->Length = (USHORT)((cut ? room : (size_t)made) * sizeof(WCHAR));
    return cut ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

WDK_INLINE NTSTATUS RtlUnicodeStringPrintf(PUNICODE_STRING To, PCWSTR Format, ...)
{
    va_list arguments;
    NTSTATUS status;

    va_start(arguments, Format);
    status = RtlUnicodeStringVPrintf(To, Format, arguments);
    va_end(arguments);
    return status;
}

/* ---- with what remains --------------------------------------------------------------------------------------- */

WDK_INLINE NTSTATUS wdk_remains(PUNICODE_STRING To, USHORT Kept, NTSTATUS Status, PUNICODE_STRING Remaining,
                                ULONG Flags)
{
    if (Status == STATUS_BUFFER_OVERFLOW && Flags & STRSAFE_NO_TRUNCATION)
        To->Length = Kept;
    if (!NT_SUCCESS(Status) && Flags & STRSAFE_ZERO_LENGTH_ON_FAILURE)
        To->Length = 0;
    if (Remaining) {
        Remaining->Buffer = To->Buffer + To->Length / sizeof(WCHAR);
        Remaining->Length = 0;
        Remaining->MaximumLength = (USHORT)(To->MaximumLength - To->Length);
    }
    return Status;
}
#define RtlUnicodeStringCopyEx(to, from, remaining, flags)                                             \
    wdk_remains(to, 0, RtlUnicodeStringCopy(to, from), remaining, flags)
#define RtlUnicodeStringCopyStringEx(to, from, remaining, flags)                                       \
    wdk_remains(to, 0, RtlUnicodeStringCopyString(to, from), remaining, flags)
WDK_INLINE NTSTATUS RtlUnicodeStringCatEx(PUNICODE_STRING To, PCUNICODE_STRING From, PUNICODE_STRING Remaining,
                                          ULONG Flags)
{
    USHORT kept = To->Length;

    return wdk_remains(To, kept, RtlUnicodeStringCat(To, From), Remaining, Flags);
}
WDK_INLINE NTSTATUS RtlUnicodeStringCatStringEx(PUNICODE_STRING To, PCWSTR From, PUNICODE_STRING Remaining,
                                                ULONG Flags)
{
    USHORT kept = To->Length;

    return wdk_remains(To, kept, RtlUnicodeStringCatString(To, From), Remaining, Flags);
}
WDK_INLINE NTSTATUS RtlUnicodeStringPrintfEx(PUNICODE_STRING To, PUNICODE_STRING Remaining, ULONG Flags,
                                             PCWSTR Format, ...)
{
    va_list arguments;
    NTSTATUS status;

    va_start(arguments, Format);
    status = RtlUnicodeStringVPrintf(To, Format, arguments);
    va_end(arguments);
    return wdk_remains(To, 0, status, Remaining, Flags);
}

#endif
