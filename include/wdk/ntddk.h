/* SPDX-License-Identifier: MIT */
/* What wdm.h offers. */
#ifndef PORTSIDE_WDK_NTDDK_H
#define PORTSIDE_WDK_NTDDK_H
#include "wdm.h"
#endif
