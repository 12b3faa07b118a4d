/* SPDX-License-Identifier: MIT */
/* What wdm.h offers. */
#ifndef PORTSIDE_WDK_NTIFS_H
#define PORTSIDE_WDK_NTIFS_H
#include "wdm.h"
#endif
