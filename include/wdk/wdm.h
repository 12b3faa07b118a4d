/* SPDX-License-Identifier: MIT */
/* The kernel services of a WDM driver. Each idea has its own header in detail/. */
#ifndef PORTSIDE_WDK_WDM_H
#define PORTSIDE_WDK_WDM_H

#include "ntdef.h"

#include "detail/seh.h"
#include "detail/interlocked.h"
#include "detail/list.h"
#include "detail/dispatcher.h"
#include "detail/memory.h"
#include "detail/resources.h"
#include "detail/power.h"
#include "detail/io.h"
#include "detail/dma.h"
#include "detail/registry.h"
#include "detail/ke.h"
#include "detail/guard.h"
#include "detail/rwlock.h"
#include "detail/errorlog.h"
#include "detail/etw.h"
#include "detail/mm.h"
#include "detail/iofunc.h"
#include "detail/pnpnotify.h"
#include "detail/section.h"
#include "detail/security.h"
#include "detail/rtl.h"
#include "detail/rtltext.h"
#include "detail/bitmap.h"
#include "detail/hal.h"
#include "detail/more.h"

#endif
