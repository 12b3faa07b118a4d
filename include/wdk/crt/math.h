/* SPDX-License-Identifier: MIT */
/* What drivers link from the run-time library's kernel part. */
#ifndef PORTSIDE_WDK_CRT_MATH_H
#define PORTSIDE_WDK_CRT_MATH_H

#include "../detail/abi.h"

#define M_PI 3.14159265358979323846
#define M_PI_2 1.57079632679489661923
#define M_E 2.71828182845904523536
#define HUGE_VAL __builtin_huge_val()

#if defined(PORTSIDE_CC)
#define WDK_MATH(name, arguments) double name arguments __asm__("ms_" #name);
#else
#define WDK_MATH(name, arguments) double name arguments;
#endif

WDK_EXTERN_C_BEGIN
WDK_MATH(sin, (double x))
WDK_MATH(cos, (double x))
WDK_MATH(tan, (double x))
WDK_MATH(asin, (double x))
WDK_MATH(acos, (double x))
WDK_MATH(atan, (double x))
WDK_MATH(exp, (double x))
WDK_MATH(log, (double x))
WDK_MATH(log10, (double x))
WDK_MATH(sqrt, (double x))
WDK_MATH(fabs, (double x))
WDK_MATH(floor, (double x))
WDK_MATH(ceil, (double x))
WDK_MATH(atan2, (double x, double y))
WDK_MATH(pow, (double x, double y))
WDK_MATH(fmod, (double x, double y))
WDK_EXTERN_C_END
#undef WDK_MATH

#define WDK_FLOAT(name) \
    WDK_INLINE float name##f(float x) \
    { \
        return (float)name(x); \
    }
WDK_FLOAT(sin)
WDK_FLOAT(cos)
WDK_FLOAT(tan)
WDK_FLOAT(asin)
WDK_FLOAT(acos)
WDK_FLOAT(atan)
WDK_FLOAT(exp)
WDK_FLOAT(log)
WDK_FLOAT(log10)
WDK_FLOAT(sqrt)
WDK_FLOAT(fabs)
WDK_FLOAT(floor)
WDK_FLOAT(ceil)
#undef WDK_FLOAT

WDK_INLINE float powf(float x, float y)
{
    return (float)pow(x, y);
}

#endif
