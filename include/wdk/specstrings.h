/* SPDX-License-Identifier: MIT */
/* Source annotations (empty). */
#ifndef PORTSIDE_WDK_SPECSTRINGS_H
#define PORTSIDE_WDK_SPECSTRINGS_H
#include "detail/abi.h"
#endif
