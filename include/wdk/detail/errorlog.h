/* SPDX-License-Identifier: MIT */
/* Entries of the system's error log. IRQL <= DISPATCH_LEVEL. docs/spec: SV-138. */
#ifndef PORTSIDE_WDK_ERRORLOG_H
#define PORTSIDE_WDK_ERRORLOG_H

#include "types.h"

typedef struct _IO_ERROR_LOG_PACKET {
    UCHAR MajorFunctionCode;
    UCHAR RetryCount;
    USHORT DumpDataSize; /* bytes of DumpData */
    USHORT NumberOfStrings;
    USHORT StringOffset;
    USHORT EventCategory;
    NTSTATUS ErrorCode;
    ULONG UniqueErrorValue;
    NTSTATUS FinalStatus;
    ULONG SequenceNumber;
    ULONG IoControlCode;
    LARGE_INTEGER DeviceOffset;
    ULONG DumpData[1];
} IO_ERROR_LOG_PACKET, *PIO_ERROR_LOG_PACKET;

#define ERROR_LOG_LIMIT_SIZE 240
#define ERROR_LOG_MAXIMUM_SIZE ERROR_LOG_LIMIT_SIZE

WDK_API_BEGIN

PVOID NTAPI IoAllocateErrorLogEntry(PVOID IoObject, UCHAR EntrySize);
VOID NTAPI IoFreeErrorLogEntry(PVOID ElEntry);
VOID NTAPI IoWriteErrorLogEntry(PVOID ElEntry);

WDK_API_END

#endif
