/* SPDX-License-Identifier: MIT */
/* RtlULongAdd, RtlSizeTToULong ...: STATUS_INTEGER_OVERFLOW instead of wrapping. */
#ifndef PORTSIDE_WDK_NTINTSAFE_H
#define PORTSIDE_WDK_NTINTSAFE_H

#include "ntdef.h"

#include <limits.h>
#include <stdint.h>

#define WDK_SAFE(name) Rtl##name
#define WDK_SAFE_RESULT NTSTATUS
#define WDK_SAFE_OK STATUS_SUCCESS
#define WDK_SAFE_BAD STATUS_INTEGER_OVERFLOW
#include "detail/safeint.h"

#endif
