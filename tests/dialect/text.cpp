// SPDX-License-Identifier: MIT
// DS-24: 16-bit text, four-character constants, min and max, Windows' va_list, annotations, pool flags.
#include <wdm.h>
#include <ntstrsafe.h>
#include <ntintsafe.h>
#include <stdarg.h>
#include <stdlib.h>
#include "check.h"

DECLARE_GLOBAL_CONST_UNICODE_STRING(Everywhere, L"\\Device\\Everywhere");

DRIVER_ADD_DEVICE AddDevice;
DRIVER_UNLOAD Unload;

_Function_class_(DRIVER_UNLOAD) VOID Unload(_In_ PDRIVER_OBJECT)
{
}

_IRQL_requires_max_(DISPATCH_LEVEL) static int
Write(_Out_writes_z_(size) char *to, _In_ size_t size, _In_z_ _Printf_format_string_ const char *format, ...)
{
    va_list arguments;
    int count;

    va_start(arguments, format);
    count = _vsnprintf(to, size, format, arguments);
    va_end(arguments);
    return count;
}

// What does not fit is cut with _TRUNCATE; otherwise the text becomes empty.
static NTSTATUS Checked()
{
    WCHAR wide[8];
    char narrow[8];

    CHECK(swprintf(wide, L"%d-%s", 12, L"ab") == 5 && !wcscmp(wide, L"12-ab"));
    CHECK(swprintf_s(wide, L"%d", 1234567) == 7 && sprintf_s(narrow, sizeof(narrow), "%d", 12345678) == -1);
    CHECK(narrow[0] == 0 && swprintf_s(wide, 4, L"%s", L"four") == -1 && wide[0] == 0);
    CHECK(_snprintf_s(narrow, sizeof(narrow), _TRUNCATE, "%s", "12345678") == -1 && !strcmp(narrow, "1234567"));
    CHECK(_snwprintf_s(wide, 8, 3, L"%s", L"12345") == -1 && !wcscmp(wide, L"123"));
    CHECK(strcpy_s(narrow, "12345678") == ERANGE && narrow[0] == 0 && strcpy_s(narrow, "123") == 0);
    CHECK(strcat_s(narrow, "4567") == 0 && strcat_s(narrow, "8") == ERANGE && narrow[0] == 0);
    CHECK(wcsncpy_s(wide, 8, L"123456789", _TRUNCATE) == STRUNCATE && !wcscmp(wide, L"1234567"));
    CHECK(wcsncpy_s(wide, 8, L"123456789", 3) == 0 && wcscat_s(wide, L"x") == 0 && !wcscmp(wide, L"123x"));
    CHECK(memcpy_s(narrow, 4, "12345", 5) == ERANGE && narrow[3] == 0 && memcpy_s(narrow, 4, "1234", 4) == 0);
    CHECK(narrow[3] == '4' && strnlen("abc", 2) == 2 && !wcscmp(_wcsupr(wide), L"123X"));
    return HELD;
}

static LONGLONG Sum(int count, ...)
{
    LONGLONG total = 0;
    va_list arguments, again;

    va_start(arguments, count);
    again = arguments;
    while (count-- > 0)
        total += va_arg(arguments, LONGLONG);
    total += va_arg(again, LONGLONG);
    va_end(arguments);
    return total;
}

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING)
{
    UNICODE_STRING name;
    WCHAR wide[32];
    char narrow[64];
    size_t bytes;
    ULONG whole;
    USHORT half;
    PVOID block;

    DriverObject->DriverUnload = Unload;
    RtlInitUnicodeString(&name, L"Wave");
    CHECK(name.Length == 8 && name.Buffer[3] == L'e' && wcslen(L"abcdefg") == 7);
    CHECK(NT_SUCCESS(RtlStringCbPrintfW(wide, sizeof(wide), L"%ws-%d-%wZ", L"pin", 3, &name)));
    CHECK(wcscmp(wide, L"pin-3-Wave") == 0);
    CHECK(Write(narrow, sizeof(narrow), "%s %I64d %lu %ws", "a", 5000000000i64, 7ul, L"wide") == 19);
    CHECK(strcmp(narrow, "a 5000000000 7 wide") == 0 && strlen(narrow) == 19);
    CHECK(Sum(3, 1i64, 2i64, 40i64) == 44);
    CHECK(Checked() == HELD && Everywhere.Length == 36 && Everywhere.MaximumLength == 38);
    CHECK('RtsD' == 0x52747344 && min(3, 4) == 3 && max(3L, 4L) == 4);
    block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, 'RtsD');
    CHECK(block && RtlCompareMemory(block, block, 64) == 64);
    ExFreePoolWithTag(block, 'RtsD');
    CHECK(RtlSizeTMult(SIZE_MAX, 2, &bytes) == STATUS_INTEGER_OVERFLOW);
    CHECK(NT_SUCCESS(RtlSizeTAdd(40, 2, &bytes)) && bytes == 42);
    CHECK(RtlLongLongToULong(-1, &whole) == STATUS_INTEGER_OVERFLOW && NT_SUCCESS(RtlSizeTToULong(7, &whole)));
    CHECK(whole == 7 && RtlULongToUShort(65536, &half) == STATUS_INTEGER_OVERFLOW);
    return HELD;
}
