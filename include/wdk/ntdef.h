/* SPDX-License-Identifier: MIT */
/* Base types, strings, lists, GUIDs and status codes. */
#ifndef PORTSIDE_WDK_NTDEF_H
#define PORTSIDE_WDK_NTDEF_H
#include "detail/types.h"
#include "guiddef.h"
#include "ntstatus.h"
#endif
