/* SPDX-License-Identifier: MIT */
/*
 * KMDF as audio miniport drivers use it beside the port class (DS-7): a driver object without dispatch routines, and
 * miniport devices, with the objects of detail/wdfobject.h. A driver is bound to the framework by its first
 * WdfDriverCreate.
 */
#ifndef PORTSIDE_WDK_WDF_H
#define PORTSIDE_WDK_WDF_H

#include "detail/wdfcall.h"
#include "detail/wdfobject.h"
#include "detail/wdftarget.h"

#define WDF_NO_OBJECT_ATTRIBUTES ((PWDF_OBJECT_ATTRIBUTES)NULL)
#define WDF_NO_EVENT_CALLBACK NULL
#define WDF_NO_HANDLE NULL
#define WDF_NO_CONTEXT NULL

/* One of each for an image, whatever number of its files include this. */
__attribute__((weak, visibility("hidden"))) PWDF_DRIVER_GLOBALS WdfDriverGlobals;
__attribute__((weak, visibility("hidden"))) const WDFFUNC *WdfFunctions;
__attribute__((weak, visibility("hidden"))) WDF_BIND_INFO WdfBindInfo;

WDK_INLINE VOID WDF_DRIVER_CONFIG_INIT(PWDF_DRIVER_CONFIG Config,
                                       PFN_WDF_DRIVER_DEVICE_ADD EvtDriverDeviceAdd)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->EvtDriverDeviceAdd = EvtDriverDeviceAdd;
}

WDK_INLINE NTSTATUS WdfDriverCreate(PDRIVER_OBJECT DriverObject, PCUNICODE_STRING RegistryPath,
                                    PWDF_OBJECT_ATTRIBUTES DriverAttributes,
                                    PWDF_DRIVER_CONFIG DriverConfig, WDFDRIVER *Driver)
{
    NTSTATUS status;

    if (!WdfFunctions) {
        WdfBindInfo.Size = sizeof(WdfBindInfo);
        WdfBindInfo.Version.Major = 1;
        WdfBindInfo.Version.Minor = 15;
        WdfBindInfo.FuncCount = WdfFunctionTableNumEntries;
        WdfBindInfo.FuncTable = &WdfFunctions;
        status = WdfVersionBind(DriverObject, (PUNICODE_STRING)(ULONG_PTR)RegistryPath, &WdfBindInfo,
                                (PWDF_COMPONENT_GLOBALS *)&WdfDriverGlobals);
        if (!NT_SUCCESS(status))
            return status;
    }
    return ((PFN_WDFDRIVERCREATE)WdfFunctions[WdfDriverCreateTableIndex])(
        WdfDriverGlobals, DriverObject, RegistryPath, DriverAttributes, DriverConfig, Driver);
}

WDK_INLINE WDFDRIVER WdfGetDriver(VOID)
{
    return WdfDriverGlobals ? WdfDriverGlobals->Driver : NULL;
}

WDK_INLINE PDRIVER_OBJECT WdfDriverWdmGetDriverObject(WDFDRIVER Driver)
{
    return ((PFN_WDFDRIVERWDMGETDRIVEROBJECT)WdfFunctions[WdfDriverWdmGetDriverObjectTableIndex])(
        WdfDriverGlobals, Driver);
}

WDK_INLINE NTSTATUS WdfDeviceMiniportCreate(WDFDRIVER Driver, PWDF_OBJECT_ATTRIBUTES Attributes,
                                            PDEVICE_OBJECT DeviceObject,
                                            PDEVICE_OBJECT AttachedDeviceObject, PDEVICE_OBJECT Pdo,
                                            WDFDEVICE *Device)
{
    NTSTATUS status = ((PFN_WDFDEVICEMINIPORTCREATE)WdfFunctions[WdfDeviceMiniportCreateTableIndex])(
        WdfDriverGlobals, Driver, Attributes, DeviceObject, AttachedDeviceObject, Pdo, Device);

    for (ULONG i = 0; NT_SUCCESS(status) && i < ARRAYSIZE(wdk_wdf_devices); i++)
        if (!wdk_wdf_devices[i].handle) {
            wdk_wdf_devices[i].handle = *Device;
            wdk_wdf_devices[i].device = DeviceObject;
            break;
        }
    return status;
}

WDK_INLINE VOID WdfDriverMiniportUnload(WDFDRIVER Driver)
{
    wdk_wdf_delete_below(NULL);
    RtlZeroMemory(wdk_wdf_devices, sizeof(wdk_wdf_devices));
    ((PFN_WDFDRIVERMINIPORTUNLOAD)WdfFunctions[WdfDriverMiniportUnloadTableIndex])(WdfDriverGlobals,
                                                                                   Driver);
}

WDK_INLINE VOID WdfObjectDelete(WDFOBJECT Object)
{
    if (wdk_wdf_delete(Object))
        return;
    wdk_wdf_delete_below(Object);
    for (ULONG i = 0; i < ARRAYSIZE(wdk_wdf_devices); i++)
        if (wdk_wdf_devices[i].handle == (WDFDEVICE)Object)
            wdk_wdf_devices[i].handle = NULL;
    ((PFN_WDFOBJECTDELETE)WdfFunctions[WdfObjectDeleteTableIndex])(WdfDriverGlobals, Object);
}

#endif
