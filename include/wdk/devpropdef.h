/* SPDX-License-Identifier: MIT */
/* The types of device properties, which wdm.h has. */
#ifndef PORTSIDE_WDK_DEVPROPDEF_H
#define PORTSIDE_WDK_DEVPROPDEF_H
#include "wdm.h"
#endif
