/* SPDX-License-Identifier: MIT */
/* Messages of old samples: _DbgPrintF(level, ("text %d", 1)), seen if DBG and level <= DEBUG_LEVEL. */
#ifndef PORTSIDE_WDK_KSDEBUG_H
#define PORTSIDE_WDK_KSDEBUG_H

#include "wdm.h"

#define DEBUGLVL_ERROR 0
#define DEBUGLVL_TERSE 1
#define DEBUGLVL_VERBOSE 2
#define DEBUGLVL_BLAB 3

#ifndef DEBUG_LEVEL
#define DEBUG_LEVEL DEBUGLVL_TERSE
#endif
#ifndef STR_MODULENAME
#define STR_MODULENAME ""
#endif

#if DBG
#define _DbgPrintF(level, message)                                                                     \
    do {                                                                                               \
        if ((level) <= DEBUG_LEVEL) {                                                                  \
            DbgPrint(STR_MODULENAME);                                                                  \
            DbgPrint message;                                                                          \
            DbgPrint("\n");                                                                            \
        }                                                                                              \
    } while (0)
#else
#define _DbgPrintF(level, message) ((void)0)
#endif

#endif
