// SPDX-License-Identifier: MIT
//
// Counted strings, further (SV-111, SV-131): case, the ANSI twins of the Unicode services, code pages and UTF-8. The ANSI
// code page is Latin-1, case is folded for ASCII and Latin-1, as in rtl.c.
#include <detail/rtltext.h>

#include "kernel/private.h"

#define TAG_STRING 0x67727453u // "Strg"

// ---- case ---------------------------------------------------------------------------------------

WCHAR NTAPI RtlDowncaseUnicodeChar(WCHAR SourceCharacter)
{
    WCHAR c = SourceCharacter;

    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7))
        return (WCHAR)(c + 0x20);
    return c == 0x178 ? 0xFF : c;
}

static bool allocate(struct ps_system *system, PUNICODE_STRING string, size_t bytes, const void *caller)
{
    string->Buffer = pool_allocate(system, PagedPool, bytes, TAG_STRING, true, caller);
    string->MaximumLength = (USHORT)bytes;
    return string->Buffer != NULL;
}

static NTSTATUS change_case(struct ps_system *system, PUNICODE_STRING to, PCUNICODE_STRING from, bool make,
                            WCHAR(NTAPI *fold)(WCHAR), const void *caller)
{
    if (make && !allocate(system, to, from->Length ? from->Length : sizeof(WCHAR), caller))
        return STATUS_NO_MEMORY;
    if (from->Length > to->MaximumLength)
        return STATUS_BUFFER_OVERFLOW;
    for (size_t i = 0; i < from->Length / sizeof(WCHAR); i++)
        to->Buffer[i] = fold(from->Buffer[i]);
    to->Length = from->Length;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUpcaseUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString,
                                      BOOLEAN AllocateDestinationString)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001E, __func__, CALLER);
    return change_case(system, DestinationString, SourceString, AllocateDestinationString,
                       RtlUpcaseUnicodeChar, CALLER);
}

NTSTATUS NTAPI RtlDowncaseUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString,
                                        BOOLEAN AllocateDestinationString)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001E, __func__, CALLER);
    return change_case(system, DestinationString, SourceString, AllocateDestinationString,
                       RtlDowncaseUnicodeChar, CALLER);
}

BOOLEAN NTAPI RtlCreateUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    NT_SERVICE(COST_SERVICE);
    UNICODE_STRING source;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001E, __func__, CALLER);
    RtlInitUnicodeString(&source, SourceString);
    if (!allocate(system, DestinationString, source.Length + sizeof(WCHAR), CALLER))
        return FALSE;
    RtlCopyUnicodeString(DestinationString, &source);
    return TRUE;
}

BOOLEAN NTAPI RtlSuffixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                     BOOLEAN CaseInSensitive)
{
    UNICODE_STRING end;

    if (String1->Length > String2->Length)
        return FALSE;
    end = (UNICODE_STRING){.Length = String1->Length,
                           .Buffer = String2->Buffer + (String2->Length - String1->Length) / sizeof(WCHAR)};
    return RtlEqualUnicodeString(String1, &end, CaseInSensitive);
}

// ---- ANSI ---------------------------------------------------------------------------------------

LONG NTAPI RtlCompareString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    for (size_t i = 0; i < String1->Length && i < String2->Length; i++) {
        CHAR a = String1->Buffer[i], b = String2->Buffer[i];

        if (CaseInSensitive) {
            a = RtlUpperChar(a);
            b = RtlUpperChar(b);
        }
        if (a != b)
            return (UCHAR)a - (UCHAR)b;
    }
    return (LONG)String1->Length - String2->Length;
}

BOOLEAN NTAPI RtlEqualString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    return String1->Length == String2->Length && !RtlCompareString(String1, String2, CaseInSensitive);
}

VOID NTAPI RtlCopyString(PSTRING DestinationString, const STRING *SourceString)
{
    USHORT bytes = SourceString ? SourceString->Length : 0;

    if (bytes > DestinationString->MaximumLength)
        bytes = DestinationString->MaximumLength;
    if (bytes)
        memmove(DestinationString->Buffer, SourceString->Buffer, bytes);
    DestinationString->Length = bytes;
}

NTSTATUS NTAPI RtlAppendStringToString(PSTRING Destination, const STRING *Source)
{
    size_t bytes = (size_t)Destination->Length + Source->Length;

    if (bytes > Destination->MaximumLength)
        return STATUS_BUFFER_TOO_SMALL;
    memmove(Destination->Buffer + Destination->Length, Source->Buffer, Source->Length);
    Destination->Length = (USHORT)bytes;
    return STATUS_SUCCESS;
}

VOID NTAPI RtlUpperString(PSTRING DestinationString, const STRING *SourceString)
{
    RtlCopyString(DestinationString, SourceString);
    for (size_t i = 0; i < DestinationString->Length; i++)
        DestinationString->Buffer[i] = RtlUpperChar(DestinationString->Buffer[i]);
}

// ---- code pages ---------------------------------------------------------------------------------

NTSTATUS NTAPI RtlUnicodeToMultiByteN(PCHAR MultiByteString, ULONG MaxBytesInMultiByteString,
                                      PULONG BytesInMultiByteString, PCWCH UnicodeString,
                                      ULONG BytesInUnicodeString)
{
    ULONG count = BytesInUnicodeString / (ULONG)sizeof(WCHAR);

    if (count > MaxBytesInMultiByteString)
        count = MaxBytesInMultiByteString;
    for (ULONG i = 0; i < count; i++)
        MultiByteString[i] = UnicodeString[i] > 0xFF ? '?' : (CHAR)UnicodeString[i];
    if (BytesInMultiByteString)
        *BytesInMultiByteString = count;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlMultiByteToUnicodeN(PWCH UnicodeString, ULONG MaxBytesInUnicodeString,
                                      PULONG BytesInUnicodeString, const CHAR *MultiByteString,
                                      ULONG BytesInMultiByteString)
{
    ULONG count = MaxBytesInUnicodeString / (ULONG)sizeof(WCHAR);

    if (count > BytesInMultiByteString)
        count = BytesInMultiByteString;
    for (ULONG i = 0; i < count; i++)
        UnicodeString[i] = (UCHAR)MultiByteString[i];
    if (BytesInUnicodeString)
        *BytesInUnicodeString = count * (ULONG)sizeof(WCHAR);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUnicodeToMultiByteSize(PULONG BytesInMultiByteString, PCWCH UnicodeString,
                                         ULONG BytesInUnicodeString)
{
    *BytesInMultiByteString = BytesInUnicodeString / (ULONG)sizeof(WCHAR);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlMultiByteToUnicodeSize(PULONG BytesInUnicodeString, const CHAR *MultiByteString,
                                         ULONG BytesInMultiByteString)
{
    *BytesInUnicodeString = BytesInMultiByteString * (ULONG)sizeof(WCHAR);
    return STATUS_SUCCESS;
}

// ---- UTF-8 --------------------------------------------------------------------------------------

#define REPLACEMENT 0xFFFDu

// One character of UTF-16 at *at, which moves on; a lone surrogate is the replacement character, and `odd` is set.
static uint32_t take_wide(PCWCH text, ULONG count, ULONG *at, bool *odd)
{
    uint32_t c = text[(*at)++];

    if (c < 0xD800 || c > 0xDFFF)
        return c;
    if (c < 0xDC00 && *at < count && text[*at] >= 0xDC00 && text[*at] <= 0xDFFF)
        return 0x10000 + ((c - 0xD800) << 10) + (text[(*at)++] - 0xDC00u);
    *odd = true;
    return REPLACEMENT;
}

static unsigned utf8_of(uint32_t c, UCHAR bytes[4])
{
    unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const UCHAR lead[] = {0, 0xC0, 0xE0, 0xF0};

    for (unsigned i = more; i; i--, c >>= 6)
        bytes[i] = (UCHAR)(0x80 | (c & 0x3F));
    bytes[0] = (UCHAR)(lead[more] | c);
    return more + 1;
}

NTSTATUS NTAPI RtlUnicodeToUTF8N(PCHAR UTF8StringDestination, ULONG UTF8StringMaxByteCount,
                                 PULONG UTF8StringActualByteCount, PCWCH UnicodeStringSource,
                                 ULONG UnicodeStringByteCount)
{
    ULONG count = UnicodeStringByteCount / (ULONG)sizeof(WCHAR), at = 0, used = 0;
    bool odd = false, full = false;

    if (!UnicodeStringSource || (!UTF8StringDestination && !UTF8StringActualByteCount) ||
        UnicodeStringByteCount % sizeof(WCHAR))
        return STATUS_INVALID_PARAMETER;
    while (at < count && !full) {
        UCHAR bytes[4];
        unsigned size = utf8_of(take_wide(UnicodeStringSource, count, &at, &odd), bytes);

        full = UTF8StringDestination && size > UTF8StringMaxByteCount - used;
        if (full)
            break;
        if (UTF8StringDestination)
            memcpy(UTF8StringDestination + used, bytes, size);
        used += size;
    }
    if (UTF8StringActualByteCount)
        *UTF8StringActualByteCount = used;
    return full ? STATUS_BUFFER_TOO_SMALL : odd ? STATUS_SOME_NOT_MAPPED : STATUS_SUCCESS;
}

// One character of UTF-8: what is too long, too large, a surrogate or cut off is one replacement character per lead byte.
static uint32_t take_utf8(const UCHAR *text, ULONG count, ULONG *at, bool *odd)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    UCHAR lead = text[(*at)++];
    unsigned more = lead < 0x80 ? 0 : lead >= 0xF0 && lead < 0xF8 ? 3 : lead >= 0xE0 ? 2 : 1, taken = 0;
    uint32_t c = more ? lead & (0x3Fu >> more) : lead;
    bool good = lead < 0x80 || (lead >= 0xC2 && lead < 0xF5);

    while (good && taken < more && *at < count && (text[*at] & 0xC0) == 0x80) {
        c = c << 6 | (text[(*at)++] & 0x3F);
        taken++;
    }
    if (good && taken == more && c >= least[more] && c < 0x110000 && (c < 0xD800 || c > 0xDFFF))
        return c;
    *odd = true;
    return REPLACEMENT;
}

NTSTATUS NTAPI RtlUTF8ToUnicodeN(PWSTR UnicodeStringDestination, ULONG UnicodeStringMaxByteCount,
                                 PULONG UnicodeStringActualByteCount, const CHAR *UTF8StringSource,
                                 ULONG UTF8StringByteCount)
{
    ULONG room = UnicodeStringMaxByteCount / (ULONG)sizeof(WCHAR), at = 0, used = 0;
    bool odd = false, full = false;

    if (!UTF8StringSource || (!UnicodeStringDestination && !UnicodeStringActualByteCount))
        return STATUS_INVALID_PARAMETER;
    while (at < UTF8StringByteCount && !full) {
        uint32_t c = take_utf8((const UCHAR *)UTF8StringSource, UTF8StringByteCount, &at, &odd);
        unsigned units = c < 0x10000 ? 1 : 2;

        full = UnicodeStringDestination && units > room - used;
        if (full)
            break;
        if (UnicodeStringDestination && units == 1)
            UnicodeStringDestination[used] = (WCHAR)c;
        else if (UnicodeStringDestination) {
            UnicodeStringDestination[used] = (WCHAR)(0xD800 + ((c - 0x10000) >> 10));
            UnicodeStringDestination[used + 1] = (WCHAR)(0xDC00 + (c & 0x3FF));
        }
        used += units;
    }
    if (UnicodeStringActualByteCount)
        *UnicodeStringActualByteCount = used * (ULONG)sizeof(WCHAR);
    return full ? STATUS_BUFFER_TOO_SMALL : odd ? STATUS_SOME_NOT_MAPPED : STATUS_SUCCESS;
}

// ---- numbers ------------------------------------------------------------------------------------

NTSTATUS NTAPI RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String)
{
    ULONG base = Base ? Base : 10, at = 64, count;
    WCHAR digits[64];

    if (base != 2 && base != 8 && base != 10 && base != 16)
        return STATUS_INVALID_PARAMETER;
    do {
        digits[--at] = (WCHAR) "0123456789ABCDEF"[Value % base];
        Value /= base;
    } while (Value);
    count = 64 - at;
    if (count * sizeof(WCHAR) > String->MaximumLength)
        return STATUS_BUFFER_OVERFLOW;
    memcpy(String->Buffer, digits + at, count * sizeof(WCHAR));
    String->Length = (USHORT)(count * sizeof(WCHAR));
    if ((count + 1) * sizeof(WCHAR) <= String->MaximumLength)
        String->Buffer[count] = 0;
    return STATUS_SUCCESS;
}
