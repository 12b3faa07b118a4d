/* SPDX-License-Identifier: MIT */
/*
 * Devices with a security descriptor of their own. Nothing here checks access: descriptors are taken and not used, and the named ones
 * are empty.
 */
#ifndef PORTSIDE_WDK_WDMSEC_H
#define PORTSIDE_WDK_WDMSEC_H

#include "wdm.h"

#define WDK_SDDL(name) static __attribute__((__unused__)) const UNICODE_STRING name = {0, 0, (PWCH)0}
WDK_SDDL(SDDL_DEVOBJ_KERNEL_ONLY);
WDK_SDDL(SDDL_DEVOBJ_INF_SUPPLIED);
WDK_SDDL(SDDL_DEVOBJ_SYS_ALL);
WDK_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_ALL);
WDK_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RX);
WDK_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_R);
WDK_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_R_RES_R);
WDK_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RW_RES_R);
WDK_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RWX_RES_RWX);

WDK_API_BEGIN
/* IoCreateDevice; DefaultSDDLString and DeviceClassGuid change nothing. PASSIVE_LEVEL. */
NTSTATUS NTAPI IoCreateDeviceSecure(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize,
                                    PUNICODE_STRING DeviceName, DEVICE_TYPE DeviceType,
                                    ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                                    PCUNICODE_STRING DefaultSDDLString, LPCGUID DeviceClassGuid,
                                    PDEVICE_OBJECT *DeviceObject);
WDK_API_END
#define WdmlibIoCreateDeviceSecure IoCreateDeviceSecure

#endif
