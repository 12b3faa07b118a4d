/* SPDX-License-Identifier: MIT */
/* ULongAdd, SizeTToULong ...: INTSAFE_E_ARITHMETIC_OVERFLOW instead of wrapping. */
#ifndef PORTSIDE_WDK_INTSAFE_H
#define PORTSIDE_WDK_INTSAFE_H

#include "ntdef.h"

#include <limits.h>
#include <stdint.h>

#define INTSAFE_E_ARITHMETIC_OVERFLOW ((HRESULT)0x80070216)

#define WDK_SAFE(name) name
#define WDK_SAFE_RESULT HRESULT
#define WDK_SAFE_OK S_OK
#define WDK_SAFE_BAD INTSAFE_E_ARITHMETIC_OVERFLOW
#include "detail/safeint.h"

#endif
