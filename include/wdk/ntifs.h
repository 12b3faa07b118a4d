/* SPDX-License-Identifier: MIT */
/* What wdm.h offers, and services about other processes, which are not there: a driver that imports one is not loaded. */
#ifndef PORTSIDE_WDK_NTIFS_H
#define PORTSIDE_WDK_NTIFS_H
#include "wdm.h"

WDK_API_BEGIN

NTSTATUS NTAPI PsLookupProcessByProcessId(HANDLE ProcessId, PEPROCESS *Process);
NTSTATUS NTAPI PsLookupThreadByThreadId(HANDLE ThreadId, PETHREAD *Thread);

WDK_API_END

#endif
