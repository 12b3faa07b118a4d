/* SPDX-License-Identifier: MIT */
/* DS-24: the bounded string functions, as ntstrsafe.h has them: with what remains, with flags, for UNICODE_STRING. */
#include <ntddk.h>
#include <ntstrsafe.h>
#include "check.h"

#ifdef _MSC_EXTENSIONS /* Microsoft's headers know it without <stdint.h> */
C_ASSERT(sizeof(uintptr_t) == sizeof(void *));
#endif

static NTSTATUS with_ends(void)
{
    WCHAR wide[8], *wide_end;
    CHAR narrow[8], *end;
    size_t left;

    CHECK(RtlStringCchCopyExW(wide, 8, L"line", &wide_end, &left, 0) == STATUS_SUCCESS);
    CHECK(wide_end == wide + 4 && left == 4);
    CHECK(RtlStringCchCatExW(wide, 8, L" in", &wide_end, &left, 0) == STATUS_SUCCESS && left == 1 && !*wide_end);
    CHECK(RtlStringCbCopyExW(wide, sizeof(wide), L"ab", NULL, &left, 0) == STATUS_SUCCESS && left == 12);
    CHECK(RtlStringCbPrintfExA(narrow, sizeof(narrow), &end, &left, 0, "%d-%d", 12, 34) == STATUS_SUCCESS);
    CHECK(end == narrow + 5 && left == 3 && !strcmp(narrow, "12-34"));
    CHECK(RtlStringCchCopyNExA(narrow, 8, "abcdef", 2, &end, NULL, 0) == STATUS_SUCCESS && end == narrow + 2);
    return HELD;
}

static NTSTATUS with_flags(void)
{
    CHAR to[8] = "keep";

    CHECK(RtlStringCchCatExA(to, 8, "too long", NULL, NULL, STRSAFE_NO_TRUNCATION) == STATUS_BUFFER_OVERFLOW);
    CHECK(!strcmp(to, "keep"));
    CHECK(RtlStringCchCatExA(to, 8, "too long", NULL, NULL, 0) == STATUS_BUFFER_OVERFLOW && !strcmp(to, "keeptoo"));
    CHECK(RtlStringCchCopyExA(to, 8, "much too long", NULL, NULL, STRSAFE_NULL_ON_FAILURE) == STATUS_BUFFER_OVERFLOW);
    CHECK(!to[0]);
    CHECK(RtlStringCchCopyExA(to, 8, "a", NULL, NULL, STRSAFE_FILL_BYTE('x')) == STATUS_SUCCESS);
    CHECK(to[0] == 'a' && !to[1] && to[2] == 'x' && to[7] == 'x');
    CHECK(RtlStringCchPrintfExA(to, 8, NULL, NULL, STRSAFE_FAILURE_BYTE('f'), "%s", "much too long") ==
          STATUS_BUFFER_OVERFLOW);
    CHECK(!strcmp(to, "fffffff"));
    CHECK(RtlStringCchCopyExA(NULL, 0, NULL, NULL, NULL, STRSAFE_IGNORE_NULLS) == STATUS_SUCCESS);
    CHECK(RtlStringCchCopyExA(to, 0, "a", NULL, NULL, 0) == STATUS_INVALID_PARAMETER);
    return HELD;
}

static NTSTATUS counted(void)
{
    WCHAR room[8];
    UNICODE_STRING to, from, left;

    RtlInitEmptyUnicodeString(&to, room, sizeof(room));
    CHECK(RtlUnicodeStringPrintf(&to, L"%ws%d", L"Wave", 12) == STATUS_SUCCESS && to.Length == 12);
    CHECK(!memcmp(room, L"Wave12", 12));
    CHECK(RtlUnicodeStringCatString(&to, L"ab") == STATUS_SUCCESS && to.Length == 16);
    CHECK(RtlUnicodeStringCatString(&to, L"c") == STATUS_BUFFER_OVERFLOW && to.Length == 16);
    CHECK(RtlUnicodeStringPrintf(&to, L"%d", 123456789) == STATUS_BUFFER_OVERFLOW && to.Length == 16);
    CHECK(RtlUnicodeStringInit(&from, L"topology") == STATUS_SUCCESS && RtlUnicodeStringValidate(&from) == STATUS_SUCCESS);
    CHECK(RtlUnicodeStringCchCopyN(&to, &from, 4) == STATUS_SUCCESS && to.Length == 8);
    CHECK(RtlUnicodeStringCbCatN(&to, &from, 6) == STATUS_SUCCESS && to.Length == 14 && !memcmp(room, L"topotop", 14));
    CHECK(RtlUnicodeStringCopy(&to, &from) == STATUS_SUCCESS && to.Length == 16);
    CHECK(RtlUnicodeStringCopyStringEx(&to, L"abc", &left, 0) == STATUS_SUCCESS);
    CHECK(left.Buffer == room + 3 && left.Length == 0 && left.MaximumLength == 10);
    CHECK(RtlUnicodeStringCatEx(&to, &from, NULL, STRSAFE_NO_TRUNCATION) == STATUS_BUFFER_OVERFLOW && to.Length == 6);
    to.Length = 17;
    CHECK(RtlUnicodeStringValidate(&to) == STATUS_INVALID_PARAMETER);
    return HELD;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    (void)DriverObject, (void)RegistryPath;
    CHECK(with_ends() == HELD);
    CHECK(with_flags() == HELD);
    CHECK(counted() == HELD);
    return HELD;
}
