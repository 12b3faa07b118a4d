/* SPDX-License-Identifier: MIT */
/* The kernel has these functions; see detail/crt.h. */
#ifndef PORTSIDE_WDK_CRT_STDLIB_H
#define PORTSIDE_WDK_CRT_STDLIB_H

#include "../detail/crt.h"
#include "../detail/crtparse.h"

#endif
