/* SPDX-License-Identifier: MIT */
/* Source annotations (empty). */
#ifndef PORTSIDE_WDK_DRIVERSPECS_H
#define PORTSIDE_WDK_DRIVERSPECS_H
#include "detail/abi.h"
#endif
