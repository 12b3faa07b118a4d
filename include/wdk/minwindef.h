/* SPDX-License-Identifier: MIT */
/* Base types; all of them are in ntdef.h. */
#ifndef PORTSIDE_WDK_MINWINDEF_H
#define PORTSIDE_WDK_MINWINDEF_H
#include "ntdef.h"
#endif
