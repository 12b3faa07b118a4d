/* SPDX-License-Identifier: MIT */
/* DS-20: C that gcc takes as well: NTAPI is said, `long` has 32 bits all the same. */
#include <ntddk.h>
#include <limits.h>
#include "check.h"

C_ASSERT(sizeof(long) == 4);

static unsigned long rotate(unsigned long value)
{
    return value << 31L | value >> 1;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    long negative = 0x80000000UL;
    const long int more = 5L;
    unsigned long long whole = 1ULL << 40;
    WCHAR text[] = L"long";

    (void)DriverObject, (void)RegistryPath;
    CHECK(negative < 0 && rotate(1) == 0x80000000UL && more == 5 && LONG_MAX == 0x7FFFFFFF);
    CHECK(whole > 0xFFFFFFFFUL && sizeof(text) == 10 && wcslen(text) == 4);
    return HELD;
}
