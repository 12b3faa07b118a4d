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

WDK_INLINE float fmodf(float x, float y)
{
    return (float)fmod(x, y);
}

WDK_INLINE float atan2f(float y, float x)
{
    return (float)atan2(y, x);
}

/* ---- what is made of those ---- */

#undef isnan
#undef isinf
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)
#define _isnan(x) __builtin_isnan(x)
#define _finite(x) __builtin_isfinite(x)

/* For float: through double, which is exact enough for each of them. */
#define WDK_MADE1(name, value) \
    WDK_INLINE double name(double x) \
    { \
        return value; \
    } \
    WDK_INLINE float name##f(float x) \
    { \
        return (float)name((double)x); \
    }
#define WDK_MADE2(name, value) \
    WDK_INLINE double name(double x, double y) \
    { \
        return value; \
    } \
    WDK_INLINE float name##f(float x, float y) \
    { \
        return (float)name((double)x, (double)y); \
    }
WDK_MADE1(log2, log(x) * 1.44269504088896340736)
WDK_MADE1(exp2, pow(2.0, x))
WDK_MADE1(trunc, x < 0 ? ceil(x) : floor(x))
WDK_MADE1(round, trunc(x) + (x - trunc(x) >= 0.5) - (trunc(x) - x >= 0.5))
WDK_MADE1(sinh, (exp(x) - exp(-x)) / 2)
WDK_MADE1(cosh, (exp(x) + exp(-x)) / 2)
WDK_MADE1(tanh, x > 20 ? 1.0 : x < -20 ? -1.0 : (exp(2 * x) - 1) / (exp(2 * x) + 1))
WDK_MADE2(fmax, x != x ? y : y > x ? y : x)
WDK_MADE2(fmin, x != x ? y : y < x ? y : x)
WDK_MADE2(hypot, sqrt(x * x + y * y))
#undef WDK_MADE1
#undef WDK_MADE2

WDK_INLINE long lround(double x)
{
    return (long)round(x);
}
WDK_INLINE long lroundf(float x)
{
    return (long)round(x);
}
WDK_INLINE double modf(double x, double *whole)
{
    *whole = trunc(x);
    return x - *whole;
}

#endif
