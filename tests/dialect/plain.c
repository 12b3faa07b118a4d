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

/* What stood for 64-bit integers once. */
static NTSTATUS large_integers(void)
{
    LARGE_INTEGER minus = RtlConvertLongToLargeInteger(-3), product = RtlEnlargedIntegerMultiply(-70000, 70000);
    ULARGE_INTEGER dividend;
    ULONG remainder;

    dividend.QuadPart = 5000000007ULL;
    CHECK(minus.QuadPart == -3 && RtlConvertUlongToLargeInteger(0xFFFFFFFFu).QuadPart == 0xFFFFFFFFLL);
    CHECK(product.QuadPart == -4900000000LL && RtlLargeIntegerNegate(product).QuadPart == 4900000000LL);
    CHECK(RtlLargeIntegerAdd(minus, product).QuadPart == -4900000003LL && RtlLargeIntegerLessThanZero(minus));
    CHECK(RtlEnlargedUnsignedDivide(dividend, 10, &remainder) == 500000000 && remainder == 7);
    CHECK(RtlLargeIntegerShiftRight(minus, 63).QuadPart == 1 && RtlLargeIntegerArithmeticShift(minus, 1).QuadPart == -2);
    return HELD;
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
    CHECK(large_integers() == HELD);
    return HELD;
}
