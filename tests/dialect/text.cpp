// SPDX-License-Identifier: MIT
// DS-24: 16-bit text, four-character constants, min and max, Windows' va_list, annotations, pool flags.
#include <wdm.h>
#include <ntstrsafe.h>
#include <ntintsafe.h>
#include <stdarg.h>
#include <stdlib.h>
#include "check.h"

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
    PVOID block;

    DriverObject->DriverUnload = Unload;
    RtlInitUnicodeString(&name, L"Wave");
    CHECK(name.Length == 8 && name.Buffer[3] == L'e' && wcslen(L"abcdefg") == 7);
    CHECK(NT_SUCCESS(RtlStringCbPrintfW(wide, sizeof(wide), L"%ws-%d-%wZ", L"pin", 3, &name)));
    CHECK(wcscmp(wide, L"pin-3-Wave") == 0);
    CHECK(Write(narrow, sizeof(narrow), "%s %I64d %lu %ws", "a", 5000000000i64, 7ul, L"wide") == 19);
    CHECK(strcmp(narrow, "a 5000000000 7 wide") == 0 && strlen(narrow) == 19);
    CHECK(Sum(3, 1i64, 2i64, 40i64) == 44);
    CHECK('RtsD' == 0x52747344 && min(3, 4) == 3 && max(3L, 4L) == 4);
    block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, 'RtsD');
    CHECK(block && RtlCompareMemory(block, block, 64) == 64);
    ExFreePoolWithTag(block, 'RtsD');
    CHECK(RtlSizeTMult(SIZE_MAX, 2, &bytes) == STATUS_INTEGER_OVERFLOW);
    CHECK(NT_SUCCESS(RtlSizeTAdd(40, 2, &bytes)) && bytes == 42);
    return HELD;
}
