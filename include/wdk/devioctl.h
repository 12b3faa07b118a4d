/* SPDX-License-Identifier: MIT */
/* Device types and control codes, which wdm.h has. */
#ifndef PORTSIDE_WDK_DEVIOCTL_H
#define PORTSIDE_WDK_DEVIOCTL_H
#include "wdm.h"
#endif
