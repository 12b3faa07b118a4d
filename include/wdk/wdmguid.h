/* SPDX-License-Identifier: MIT */
/* What wdm.h offers. */
#ifndef PORTSIDE_WDK_WDMGUID_H
#define PORTSIDE_WDK_WDMGUID_H
#include "wdm.h"
#endif
