/* SPDX-License-Identifier: MIT */
/* Device control codes, by the name that programs include. */
#ifndef PORTSIDE_WDK_WINIOCTL_H
#define PORTSIDE_WDK_WINIOCTL_H

#include "devioctl.h"

#endif
