/* SPDX-License-Identifier: MIT */
/* Wave formats, as drivers include them by the older name. */
#ifndef PORTSIDE_WDK_MMSYSTEM_H
#define PORTSIDE_WDK_MMSYSTEM_H

#include "mmreg.h"

#endif
