/* SPDX-License-Identifier: MIT */
/* Nothing: the kernel has no heap of this kind; compilers' own headers ask for the file. */
#ifndef PORTSIDE_WDK_CRT_MALLOC_H
#define PORTSIDE_WDK_CRT_MALLOC_H

#include "crtdefs.h"

#endif
