/* SPDX-License-Identifier: MIT */
/* COM in the kernel: objects by class identifier. */
#ifndef PORTSIDE_WDK_KCOM_H
#define PORTSIDE_WDK_KCOM_H

#include "punknown.h"

#define COMDDKAPI
#define CLSCTX_KERNEL_SERVER 0x00000200

typedef NTSTATUS(NTAPI *KoCreateObjectHandler)(REFCLSID ClassId, PUNKNOWN UnkOuter, REFIID InterfaceId,
                                               PVOID *Interface);

WDK_API_BEGIN
NTSTATUS NTAPI KoCreateInstance(REFCLSID ClassId, PUNKNOWN UnkOuter, ULONG ClsContext, REFIID InterfaceId,
                                PVOID *Interface);
NTSTATUS NTAPI KoDeviceInitialize(PDEVICE_OBJECT DeviceObject);
NTSTATUS NTAPI KoDriverInitialize(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPathName,
                                  KoCreateObjectHandler CreateObjectHandler);
VOID NTAPI KoRelease(REFCLSID ClassId);
WDK_API_END

#endif
