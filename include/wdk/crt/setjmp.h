/* SPDX-License-Identifier: MIT */
/* The type alone, which compilers' own headers name: drivers have no setjmp. */
#ifndef PORTSIDE_WDK_CRT_SETJMP_H
#define PORTSIDE_WDK_CRT_SETJMP_H

#include "crtdefs.h"

typedef long long jmp_buf[32];

#endif
