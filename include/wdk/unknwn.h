/* SPDX-License-Identifier: MIT */
/* IUnknown by its other header. */
#ifndef PORTSIDE_WDK_UNKNWN_H
#define PORTSIDE_WDK_UNKNWN_H
#include "punknown.h"
#endif
