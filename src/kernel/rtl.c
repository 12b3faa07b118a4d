// SPDX-License-Identifier: MIT
//
// Rtl strings (SV-111). Counted strings that may not be terminated; case is folded for ASCII and
// Latin-1. Comparison and initialisation: any IRQL on resident memory; what allocates:
// PASSIVE_LEVEL.
#include "kernel/private.h"

#define TAG_STRING 0x67727453u // "Strg"

static size_t wide_length(PCWSTR text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}

WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR SourceCharacter)
{
    WCHAR c = SourceCharacter;

    if ((c >= 'a' && c <= 'z') || (c >= 0xE0 && c <= 0xFE && c != 0xF7))
        return (WCHAR)(c - 0x20);
    return c == 0xFF ? 0x178 : c;
}

CHAR NTAPI RtlUpperChar(CHAR Character)
{
    return Character >= 'a' && Character <= 'z' ? (CHAR)(Character - 0x20) : Character;
}

// With the terminator.
ULONG NTAPI RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING UnicodeString)
{
    return UnicodeString->Length / (ULONG)sizeof(WCHAR) + 1;
}

ULONG NTAPI RtlxAnsiStringToUnicodeSize(PCANSI_STRING AnsiString)
{
    return (AnsiString->Length + 1u) * (ULONG)sizeof(WCHAR);
}

// ---- initialisation -----------------------------------------------------------------------------

VOID NTAPI RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    size_t bytes = SourceString ? wide_length(SourceString) * sizeof(WCHAR) : 0;

    if (bytes > UNICODE_STRING_MAX_BYTES - sizeof(WCHAR))
        bytes = UNICODE_STRING_MAX_BYTES - sizeof(WCHAR);
    DestinationString->Buffer = (PWCH)(uintptr_t)SourceString;
    DestinationString->Length = (USHORT)bytes;
    DestinationString->MaximumLength = (USHORT)(SourceString ? bytes + sizeof(WCHAR) : 0);
}

VOID NTAPI RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString)
{
    size_t bytes = SourceString ? strlen(SourceString) : 0;

    if (bytes > UINT16_MAX - 1)
        bytes = UINT16_MAX - 1;
    DestinationString->Buffer = (PCHAR)(uintptr_t)SourceString;
    DestinationString->Length = (USHORT)bytes;
    DestinationString->MaximumLength = (USHORT)(SourceString ? bytes + 1 : 0);
}

VOID NTAPI RtlInitString(PSTRING DestinationString, PCSZ SourceString)
{
    RtlInitAnsiString(DestinationString, SourceString);
}

// ---- comparison ---------------------------------------------------------------------------------

LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                   BOOLEAN CaseInSensitive)
{
    size_t one = String1->Length / sizeof(WCHAR), two = String2->Length / sizeof(WCHAR);

    for (size_t i = 0; i < one && i < two; i++) {
        WCHAR a = String1->Buffer[i], b = String2->Buffer[i];

        if (CaseInSensitive) {
            a = RtlUpcaseUnicodeChar(a);
            b = RtlUpcaseUnicodeChar(b);
        }
        if (a != b)
            return (LONG)a - (LONG)b;
    }
    return (LONG)one - (LONG)two;
}

BOOLEAN NTAPI RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                    BOOLEAN CaseInSensitive)
{
    return String1->Length == String2->Length &&
           !RtlCompareUnicodeString(String1, String2, CaseInSensitive);
}

BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                     BOOLEAN CaseInSensitive)
{
    UNICODE_STRING start = {.Length = String1->Length, .Buffer = String2->Buffer};

    return String1->Length <= String2->Length &&
           !RtlCompareUnicodeString(String1, &start, CaseInSensitive);
}

// x65599, which is the default algorithm too.
NTSTATUS NTAPI RtlHashUnicodeString(PCUNICODE_STRING String, BOOLEAN CaseInSensitive, ULONG HashAlgorithm,
                                    PULONG HashValue)
{
    ULONG hash = 0;

    if (!String || !HashValue || HashAlgorithm > HASH_STRING_ALGORITHM_X65599)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    for (ULONG i = 0; i < String->Length / sizeof(WCHAR); i++)
        hash = hash * 65599 + (CaseInSensitive ? RtlUpcaseUnicodeChar(String->Buffer[i]) : String->Buffer[i]);
    *HashValue = hash;
    return STATUS_SUCCESS;
}

// How many bytes are equal from the start.
SIZE_T NTAPI RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length)
{
    const UCHAR *one = Source1, *two = Source2;
    SIZE_T equal = 0;

    while (equal < Length && one[equal] == two[equal])
        equal++;
    return equal;
}

// ---- copying ------------------------------------------------------------------------------------

VOID NTAPI RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString)
{
    USHORT bytes = SourceString ? SourceString->Length : 0;

    if (bytes > DestinationString->MaximumLength)
        bytes = DestinationString->MaximumLength;
    if (bytes)
        memmove(DestinationString->Buffer, SourceString->Buffer, bytes);
    DestinationString->Length = bytes;
    if (bytes + sizeof(WCHAR) <= DestinationString->MaximumLength)
        DestinationString->Buffer[bytes / sizeof(WCHAR)] = 0;
}

NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source)
{
    size_t bytes = (size_t)Destination->Length + Source->Length;

    if (bytes > Destination->MaximumLength)
        return NT_TELL(STATUS_BUFFER_TOO_SMALL);
    memmove((char *)Destination->Buffer + Destination->Length, Source->Buffer, Source->Length);
    Destination->Length = (USHORT)bytes;
    if (bytes + sizeof(WCHAR) <= Destination->MaximumLength)
        Destination->Buffer[bytes / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source)
{
    UNICODE_STRING source;

    if (!Source)
        return STATUS_SUCCESS;
    RtlInitUnicodeString(&source, Source);
    return NT_TELL(RtlAppendUnicodeStringToString(Destination, &source));
}

VOID NTAPI RtlFreeUnicodeString(PUNICODE_STRING UnicodeString)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_APC, "SV-111", 0x20002, __func__, CALLER);
    if (UnicodeString->Buffer)
        pool_free(system, UnicodeString->Buffer, 0, CALLER);
    *UnicodeString = (UNICODE_STRING){0};
}

VOID NTAPI RtlFreeAnsiString(PANSI_STRING AnsiString)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_APC, "SV-111", 0x20002, __func__, CALLER);
    if (AnsiString->Buffer)
        pool_free(system, AnsiString->Buffer, 0, CALLER);
    *AnsiString = (ANSI_STRING){0};
}

static NTSTATUS room(struct ps_system *system, USHORT *maximum, void **buffer, size_t bytes,
                     BOOLEAN allocate, const void *caller)
{
    if (bytes > UINT16_MAX)
        return STATUS_INVALID_PARAMETER_2;
    if (!allocate)
        return bytes <= *maximum ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
    *buffer = pool_allocate(system, PagedPool, bytes, TAG_STRING, true, caller);
    if (!*buffer)
        return STATUS_NO_MEMORY;
    *maximum = (USHORT)bytes;
    return STATUS_SUCCESS;
}

// The ANSI code page is Latin-1.
NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString,
                                            PCANSI_STRING SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    NT_SERVICE(COST_SERVICE);
    size_t count = SourceString->Length;
    void *buffer = DestinationString->Buffer;
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001E, __func__, CALLER);
    status = room(system, &DestinationString->MaximumLength, &buffer, (count + 1) * sizeof(WCHAR),
                  AllocateDestinationString, CALLER);
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    DestinationString->Buffer = buffer;
    for (size_t i = 0; i < count; i++)
        DestinationString->Buffer[i] = (UCHAR)SourceString->Buffer[i];
    DestinationString->Buffer[count] = 0;
    DestinationString->Length = (USHORT)(count * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString,
                                            PCUNICODE_STRING SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    NT_SERVICE(COST_SERVICE);
    size_t count = SourceString->Length / sizeof(WCHAR);
    void *buffer = DestinationString->Buffer;
    NTSTATUS status;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001E, __func__, CALLER);
    status = room(system, &DestinationString->MaximumLength, &buffer, count + 1,
                  AllocateDestinationString, CALLER);
    if (!NT_SUCCESS(status))
        return NT_TELL(status);
    DestinationString->Buffer = buffer;
    for (size_t i = 0; i < count; i++)
        DestinationString->Buffer[i] =
            SourceString->Buffer[i] > 0xFF ? '?' : (CHAR)SourceString->Buffer[i];
    DestinationString->Buffer[count] = 0;
    DestinationString->Length = (USHORT)count;
    return STATUS_SUCCESS;
}

// ---- numbers ------------------------------------------------------------------------------------

NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String)
{
    return RtlInt64ToUnicodeString(Value, Base, String);
}

static int digit_of(WCHAR c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = RtlUpcaseUnicodeChar(c);
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

// Base 0: 0x, 0o and 0b prefixes, else decimal.
NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value)
{
    size_t at = 0, count = String->Length / sizeof(WCHAR);
    PCWCH text = String->Buffer;
    bool minus = false;
    ULONG value = 0;

    while (at < count && text[at] <= ' ')
        at++;
    if (at < count && (text[at] == '-' || text[at] == '+'))
        minus = text[at++] == '-';
    if (!Base && at + 1 < count && text[at] == '0') {
        WCHAR c = text[at + 1] | 0x20;

        Base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
        at += Base ? 2 : 0;
    }
    Base = Base ? Base : 10;
    if (Base != 2 && Base != 8 && Base != 10 && Base != 16)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    for (; at < count && digit_of(text[at]) < (int)Base; at++)
        value = value * Base + (ULONG)digit_of(text[at]);
    *Value = minus ? 0 - value : value;
    return STATUS_SUCCESS;
}

// ---- GUIDs --------------------------------------------------------------------------------------

NTSTATUS NTAPI RtlStringFromGUID(REFGUID Guid, PUNICODE_STRING GuidString)
{
    NT_SERVICE(COST_SERVICE);
    char text[40];
    WCHAR *wide;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2001E, __func__, CALLER);
    snprintf(text, sizeof(text), "{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}",
             (unsigned)Guid->Data1, Guid->Data2, Guid->Data3, Guid->Data4[0], Guid->Data4[1],
             Guid->Data4[2], Guid->Data4[3], Guid->Data4[4], Guid->Data4[5], Guid->Data4[6],
             Guid->Data4[7]);
    wide = pool_allocate(system, PagedPool, 39 * sizeof(WCHAR), TAG_STRING, true, CALLER);
    if (!wide)
        return NT_TELL(STATUS_NO_MEMORY);
    for (int i = 0; i < 38; i++)
        wide[i] = (UCHAR)text[i];
    *GuidString = (UNICODE_STRING){38 * sizeof(WCHAR), 39 * sizeof(WCHAR), wide};
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlGUIDFromString(PCUNICODE_STRING GuidString, GUID *Guid)
{
    static const char shape[] = "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";
    uint8_t nibbles[32];
    size_t count = 0;

    if (GuidString->Length != (sizeof(shape) - 1) * sizeof(WCHAR))
        return NT_TELL(STATUS_INVALID_PARAMETER);
    for (size_t i = 0; i < sizeof(shape) - 1; i++) {
        int digit = digit_of(GuidString->Buffer[i]);

        if (shape[i] == 'x' ? digit > 15 : GuidString->Buffer[i] != (WCHAR)shape[i])
            return NT_TELL(STATUS_INVALID_PARAMETER);
        if (shape[i] == 'x')
            nibbles[count++] = (uint8_t)digit;
    }
    *Guid = (GUID){0};
    for (int i = 0; i < 8; i++)
        Guid->Data1 = Guid->Data1 << 4 | nibbles[i];
    for (int i = 0; i < 4; i++) {
        Guid->Data2 = (USHORT)(Guid->Data2 << 4 | nibbles[8 + i]);
        Guid->Data3 = (USHORT)(Guid->Data3 << 4 | nibbles[12 + i]);
    }
    for (int i = 0; i < 8; i++)
        Guid->Data4[i] = (UCHAR)(nibbles[16 + 2 * i] << 4 | nibbles[17 + 2 * i]);
    return STATUS_SUCCESS;
}

// ---- Internet addresses -------------------------------------------------------------------------

// One part of a dotted address: decimal, 0 octal, 0x hexadecimal. False: no digit, or too large.
static bool address_part(PCSTR *at, ULONG most, ULONG *out)
{
    ULONG base = 10, digits = 0;
    uint64_t value = 0;

    if (**at == '0' && ((*at)[1] == 'x' || (*at)[1] == 'X')) {
        base = 16;
        *at += 2;
    } else if (**at == '0') {
        base = 8;
    }
    for (;; (*at)++, digits++) {
        char c = RtlUpperChar(**at);
        ULONG digit = c >= '0' && c <= '9' ? (ULONG)(c - '0')
                      : c >= 'A' && c <= 'F' ? (ULONG)(c - 'A' + 10) : base;

        if (digit >= base)
            break;
        value = value * base + digit;
        if (value > most)
            return false;
    }
    *out = (ULONG)value;
    return digits > 0;
}

// "10.0.0.1" in network order; not strict: also "10.1" and "0x0A000001".
NTSTATUS NTAPI RtlIpv4StringToAddressA(PCSTR String, BOOLEAN Strict, PCSTR *Terminator,
                                       PVOID Address)
{
    ULONG part = 0, address = 0, count = 0;
    PCSTR at = String;
    UCHAR bytes[4];

    for (;;) {
        if (!address_part(&at, 0xFFFFFFFFu, &part))
            goto invalid;
        count++;
        if (*at != '.' || count == 4)
            break;
        if (part > 255)
            goto invalid;
        address = (address << 8) | part;
        at++;
    }
    if ((Strict && count != 4) || (count > 1 && part >= 1ull << (8 * (5 - count))))
        goto invalid;
    address = count > 1 ? (address << (8 * (5 - count))) | part : part;
    for (int i = 0; i < 4; i++)
        bytes[i] = (UCHAR)(address >> (24 - 8 * i));
    memcpy(Address, bytes, sizeof(bytes));
    *Terminator = at;
    return STATUS_SUCCESS;
invalid:
    *Terminator = at;
    return NT_TELL(STATUS_INVALID_PARAMETER);
}

// What no address has ends the part of the text that is looked at.
NTSTATUS NTAPI RtlIpv4StringToAddressW(PCWSTR String, BOOLEAN Strict, PCWSTR *Terminator,
                                       PVOID Address)
{
    char text[64];
    size_t length = 0;
    PCSTR end;
    NTSTATUS status;

    while (length < sizeof(text) - 1 && String[length] && String[length] < 0x80) {
        text[length] = (char)String[length];
        length++;
    }
    text[length] = 0;
    status = RtlIpv4StringToAddressA(text, Strict, &end, Address);
    *Terminator = String + (end - text);
    return NT_TELL(status);
}
