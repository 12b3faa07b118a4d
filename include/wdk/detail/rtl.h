/* SPDX-License-Identifier: MIT */
/*
 * Run-time library: memory, strings, conversions, debugging. Memory functions are the compiler's own
 * and work at any IRQL; conversions are for PASSIVE_LEVEL.
 */
#ifndef PORTSIDE_WDK_RTL_H
#define PORTSIDE_WDK_RTL_H

#include "crt.h"
#include "largeint.h"
#include "ke.h"
#include "registry.h"

#define RtlCopyMemory(to, from, n) ((void)__builtin_memcpy(to, from, n))
#define RtlMoveMemory(to, from, n) ((void)__builtin_memmove(to, from, n))
#define RtlFillMemory(to, n, fill) ((void)__builtin_memset(to, fill, n))
#define RtlZeroMemory(to, n) ((void)__builtin_memset(to, 0, n))
#define RtlCopyBytes RtlCopyMemory
#define RtlZeroBytes RtlZeroMemory
#define RtlFillBytes RtlFillMemory
#define RtlEqualMemory(a, b, n) (!__builtin_memcmp(a, b, n))
#define CopyMemory RtlCopyMemory
#define MoveMemory RtlMoveMemory
#define ZeroMemory RtlZeroMemory
#define FillMemory RtlFillMemory

/* Not removed by the optimiser. */
WDK_INLINE PVOID RtlSecureZeroMemory(PVOID Ptr, SIZE_T Count)
{
    volatile CHAR *byte = (volatile CHAR *)Ptr;

    while (Count--)
        *byte++ = 0;
    return Ptr;
}

WDK_API_BEGIN

SIZE_T NTAPI RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length);

VOID NTAPI RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString);
VOID NTAPI RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString);
VOID NTAPI RtlInitString(PSTRING DestinationString, PCSZ SourceString);
VOID NTAPI RtlCopyUnicodeString(PUNICODE_STRING DestinationString,
                                PCUNICODE_STRING SourceString);
NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source);
NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING Destination,
                                              PCUNICODE_STRING Source);
LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                   BOOLEAN CaseInSensitive);
#define HASH_STRING_ALGORITHM_DEFAULT 0
#define HASH_STRING_ALGORITHM_X65599 1
#define HASH_STRING_ALGORITHM_INVALID 0xFFFFFFFF
NTSTATUS NTAPI RtlHashUnicodeString(PCUNICODE_STRING String, BOOLEAN CaseInSensitive, ULONG HashAlgorithm,
                                    PULONG HashValue);
BOOLEAN NTAPI RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                    BOOLEAN CaseInSensitive);
BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                     BOOLEAN CaseInSensitive);
VOID NTAPI RtlFreeUnicodeString(PUNICODE_STRING UnicodeString);
VOID NTAPI RtlFreeAnsiString(PANSI_STRING AnsiString);
NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString,
                                            PCANSI_STRING SourceString,
                                            BOOLEAN AllocateDestinationString);
NTSTATUS NTAPI RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString,
                                            PCUNICODE_STRING SourceString,
                                            BOOLEAN AllocateDestinationString);
ULONG NTAPI RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING UnicodeString);
ULONG NTAPI RtlxAnsiStringToUnicodeSize(PCANSI_STRING AnsiString);
#define RtlUnicodeStringToAnsiSize(s) RtlxUnicodeStringToAnsiSize(s)
#define RtlAnsiStringToUnicodeSize(s) RtlxAnsiStringToUnicodeSize(s)
NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String);
NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value);
NTSTATUS NTAPI RtlStringFromGUID(REFGUID Guid, PUNICODE_STRING GuidString);
NTSTATUS NTAPI RtlGUIDFromString(PCUNICODE_STRING GuidString, GUID *Guid);
WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR SourceCharacter);
CHAR NTAPI RtlUpperChar(CHAR Character);
NTSTATUS NTAPI RtlIpv4StringToAddressA(PCSTR String, BOOLEAN Strict, PCSTR *Terminator,
                                       PVOID Address);
NTSTATUS NTAPI RtlIpv4StringToAddressW(PCWSTR String, BOOLEAN Strict, PCWSTR *Terminator,
                                       PVOID Address);
#define RtlUshortByteSwap(x) __builtin_bswap16((USHORT)(x))
#define RtlUlongByteSwap(x) __builtin_bswap32((ULONG)(x))
#define RtlUlonglongByteSwap(x) __builtin_bswap64((ULONGLONG)(x))

NTSTATUS NTAPI RtlQueryRegistryValues(ULONG RelativeTo, PCWSTR Path,
                                      PRTL_QUERY_REGISTRY_TABLE QueryTable, PVOID Context,
                                      PVOID Environment);
NTSTATUS NTAPI RtlWriteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName,
                                     ULONG ValueType, PVOID ValueData, ULONG ValueLength);
NTSTATUS NTAPI RtlDeleteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName);
NTSTATUS NTAPI RtlCheckRegistryKey(ULONG RelativeTo, PWSTR Path);
NTSTATUS NTAPI RtlCreateRegistryKey(ULONG RelativeTo, PWSTR Path);
NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW VersionInformation);
VOID NTAPI RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields);
BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time);
ULONG NTAPI RtlRandomEx(PULONG Seed);

ULONG NTAPI DbgPrint(PCSTR Format, ...);
ULONG NTAPI DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);
VOID NTAPI DbgBreakPoint(VOID);
VOID NTAPI DbgBreakPointWithStatus(ULONG Status);
VOID NTAPI RtlAssert(PVOID VoidFailedAssertion, PVOID VoidFileName, ULONG LineNumber,
                     PSTR MutableMessage);
extern PBOOLEAN KdDebuggerEnabled;
extern PBOOLEAN KdDebuggerNotPresent;

WDK_API_END

#define DPFLTR_ERROR_LEVEL 0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL 2
#define DPFLTR_INFO_LEVEL 3
#define DPFLTR_MASK 0x80000000
#define DPFLTR_SYSTEM_ID 0
#define DPFLTR_DEFAULT_ID 101
#define DPFLTR_IHVDRIVER_ID 77
#define DPFLTR_IHVAUDIO_ID 80
#define DPFLTR_PORTCLS_ID 39
#define DPFLTR_KS_ID 58
#define DPFLTR_SYSAUDIO_ID 27

#ifndef DBG
#define DBG 0
#endif
#undef ASSERT
#undef ASSERTMSG
#if DBG
#define KdPrint(arguments) DbgPrint arguments
#define KdPrintEx(arguments) DbgPrintEx arguments
#define KdBreakPoint() DbgBreakPoint()
#define ASSERT(e)                                                                                      \
    ((e) ? (void)0 : RtlAssert((PVOID) #e, (PVOID)__FILE__, (ULONG)__LINE__, (PSTR)NULL))
#define ASSERTMSG(message, e)                                                                          \
    ((e) ? (void)0 : RtlAssert((PVOID) #e, (PVOID)__FILE__, (ULONG)__LINE__, (PSTR)(message)))
#else
#define KdPrint(arguments) ((void)0)
#define KdPrintEx(arguments) ((void)0)
#define KdBreakPoint() ((void)0)
#define ASSERT(e) ((void)sizeof(!(e)))
#define ASSERTMSG(message, e) ((void)sizeof(!(e)))
#endif
#define NT_ASSERT(e) ASSERT(e)
#define NT_VERIFY(e) ((void)(e))
#define RTL_SOFT_ASSERT(e) ASSERT(e)

/* Asserts in every build: a call above APC_LEVEL is a bug that timing hides on Windows. */
#define PAGED_CODE()                                                                                   \
    do {                                                                                               \
        if (KeGetCurrentIrql() > APC_LEVEL)                                                            \
            RtlAssert((PVOID) "IRQL <= APC_LEVEL in pageable code", (PVOID)__FILE__, (ULONG)__LINE__,  \
                      (PSTR)__func__);                                                                 \
    } while (0)
#define PAGED_CODE_LOCKED() ((void)0)

#endif
