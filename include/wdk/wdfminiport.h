/* SPDX-License-Identifier: MIT */
/* KMDF beside a port driver; all of it is in wdf.h. */
#ifndef PORTSIDE_WDK_WDFMINIPORT_H
#define PORTSIDE_WDK_WDFMINIPORT_H

#include "wdf.h"

#endif
