/* SPDX-License-Identifier: MIT */
/*
 * The arithmetic of LARGE_INTEGER that drivers used before compilers had 64-bit integers. Inline; any IRQL.
 */
#ifndef PORTSIDE_WDK_LARGEINT_H
#define PORTSIDE_WDK_LARGEINT_H

#include "types.h"

#define WDK_LARGE(name, parameters, value)                                                             \
    WDK_INLINE LARGE_INTEGER name parameters                                                           \
    {                                                                                                  \
        LARGE_INTEGER result;                                                                          \
                                                                                                       \
        result.QuadPart = (LONGLONG)(value);                                                           \
        return result;                                                                                 \
    }

WDK_LARGE(RtlConvertLongToLargeInteger, (LONG SignedInteger), SignedInteger)
WDK_LARGE(RtlConvertUlongToLargeInteger, (ULONG UnsignedInteger), UnsignedInteger)
WDK_LARGE(RtlLargeIntegerAdd, (LARGE_INTEGER Addend1, LARGE_INTEGER Addend2),
          (ULONGLONG)Addend1.QuadPart + (ULONGLONG)Addend2.QuadPart)
WDK_LARGE(RtlLargeIntegerSubtract, (LARGE_INTEGER Minuend, LARGE_INTEGER Subtrahend),
          (ULONGLONG)Minuend.QuadPart - (ULONGLONG)Subtrahend.QuadPart)
WDK_LARGE(RtlLargeIntegerNegate, (LARGE_INTEGER Subtrahend), 0 - (ULONGLONG)Subtrahend.QuadPart)
WDK_LARGE(RtlLargeIntegerShiftLeft, (LARGE_INTEGER LargeInteger, CCHAR ShiftCount),
          (ULONGLONG)LargeInteger.QuadPart << (ShiftCount & 63))
WDK_LARGE(RtlLargeIntegerShiftRight, (LARGE_INTEGER LargeInteger, CCHAR ShiftCount),
          (ULONGLONG)LargeInteger.QuadPart >> (ShiftCount & 63))
WDK_LARGE(RtlLargeIntegerArithmeticShift, (LARGE_INTEGER LargeInteger, CCHAR ShiftCount),
          LargeInteger.QuadPart >> (ShiftCount & 63))
WDK_LARGE(RtlEnlargedIntegerMultiply, (LONG Multiplicand, LONG Multiplier),
          (LONGLONG)Multiplicand * Multiplier)
WDK_LARGE(RtlEnlargedUnsignedMultiply, (ULONG Multiplicand, ULONG Multiplier),
          (ULONGLONG)Multiplicand * Multiplier)
WDK_LARGE(RtlExtendedIntegerMultiply, (LARGE_INTEGER Multiplicand, LONG Multiplier),
          (ULONGLONG)Multiplicand.QuadPart * (ULONGLONG)(LONGLONG)Multiplier)
#undef WDK_LARGE

/* `Remainder` may be NULL. */
WDK_INLINE ULONG RtlEnlargedUnsignedDivide(ULARGE_INTEGER Dividend, ULONG Divisor, PULONG Remainder)
{
    if (Remainder)
        *Remainder = (ULONG)(Dividend.QuadPart % Divisor);
    return (ULONG)(Dividend.QuadPart / Divisor);
}

WDK_INLINE LARGE_INTEGER RtlExtendedLargeIntegerDivide(LARGE_INTEGER Dividend, ULONG Divisor, PULONG Remainder)
{
    LARGE_INTEGER quotient;

    if (Remainder)
        *Remainder = (ULONG)((ULONGLONG)Dividend.QuadPart % Divisor);
    quotient.QuadPart = (LONGLONG)((ULONGLONG)Dividend.QuadPart / Divisor);
    return quotient;
}

WDK_INLINE LARGE_INTEGER RtlLargeIntegerDivide(LARGE_INTEGER Dividend, LARGE_INTEGER Divisor,
                                               PLARGE_INTEGER Remainder)
{
    LARGE_INTEGER quotient;

    if (Remainder)
        Remainder->QuadPart = (LONGLONG)((ULONGLONG)Dividend.QuadPart % (ULONGLONG)Divisor.QuadPart);
    quotient.QuadPart = (LONGLONG)((ULONGLONG)Dividend.QuadPart / (ULONGLONG)Divisor.QuadPart);
    return quotient;
}

#define RtlLargeIntegerAnd(result, source, mask) ((result).QuadPart = (source).QuadPart & (mask).QuadPart)
#define RtlLargeIntegerGreaterThan(x, y) ((x).QuadPart > (y).QuadPart)
#define RtlLargeIntegerGreaterThanOrEqualTo(x, y) ((x).QuadPart >= (y).QuadPart)
#define RtlLargeIntegerEqualTo(x, y) ((x).QuadPart == (y).QuadPart)
#define RtlLargeIntegerNotEqualTo(x, y) ((x).QuadPart != (y).QuadPart)
#define RtlLargeIntegerLessThan(x, y) ((x).QuadPart < (y).QuadPart)
#define RtlLargeIntegerLessThanOrEqualTo(x, y) ((x).QuadPart <= (y).QuadPart)
#define RtlLargeIntegerGreaterThanZero(x) ((x).QuadPart > 0)
#define RtlLargeIntegerGreaterOrEqualToZero(x) ((x).QuadPart >= 0)
#define RtlLargeIntegerEqualToZero(x) ((x).QuadPart == 0)
#define RtlLargeIntegerNotEqualToZero(x) ((x).QuadPart != 0)
#define RtlLargeIntegerLessThanZero(x) ((x).QuadPart < 0)
#define RtlLargeIntegerLessOrEqualToZero(x) ((x).QuadPart <= 0)

#endif
