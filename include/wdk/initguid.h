/* SPDX-License-Identifier: MIT */
/* Nothing to turn on: DEFINE_GUID always defines, see guiddef.h. */
#ifndef INITGUID
#define INITGUID
#endif
#include "guiddef.h"
