/* SPDX-License-Identifier: MIT */
/* Base types; all of them are in ntdef.h. */
#ifndef PORTSIDE_WDK_WINDEF_H
#define PORTSIDE_WDK_WINDEF_H
#include "ntdef.h"
#endif
