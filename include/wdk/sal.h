/* SPDX-License-Identifier: MIT */
/* Source annotations (empty). */
#ifndef PORTSIDE_WDK_SAL_FRONT_H
#define PORTSIDE_WDK_SAL_FRONT_H
#include "detail/abi.h"
#endif
