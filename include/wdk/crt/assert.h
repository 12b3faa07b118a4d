/* SPDX-License-Identifier: MIT */
/* NT_ASSERT under the C name. */
#ifndef PORTSIDE_WDK_CRT_ASSERT_H
#define PORTSIDE_WDK_CRT_ASSERT_H

#include "../wdm.h"

#define assert(condition) NT_ASSERT(condition)

#endif
