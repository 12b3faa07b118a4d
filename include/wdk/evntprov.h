/* SPDX-License-Identifier: MIT */
/* Event providers: see detail/etw.h. */
#ifndef PORTSIDE_WDK_EVNTPROV_H
#define PORTSIDE_WDK_EVNTPROV_H

#include "detail/etw.h"

#endif
