/* SPDX-License-Identifier: MIT */
/*
 * How a driver reaches KMDF (DS-7): it binds to a version and gets a table of functions. Only the five calls that
 * audio miniports make are there; see wdf.h for what a driver writes.
 */
#ifndef PORTSIDE_WDK_WDFCALL_H
#define PORTSIDE_WDK_WDFCALL_H

#include "../wdm.h"

typedef struct WDFDRIVER__ *WDFDRIVER;
typedef struct WDFDEVICE__ *WDFDEVICE;
typedef PVOID WDFOBJECT;

typedef struct _WDF_VERSION {
    ULONG Major;
    ULONG Minor;
    ULONG Build;
} WDF_VERSION;

typedef VOID(NTAPI *WDFFUNC)(VOID);

/* FuncTable: where the address of the table goes. */
typedef struct _WDF_BIND_INFO {
    ULONG Size;
    const WCHAR *Component;
    WDF_VERSION Version;
    ULONG FuncCount;
    const WDFFUNC **FuncTable;
    PVOID Module;
} WDF_BIND_INFO, *PWDF_BIND_INFO;

typedef struct _WDF_DRIVER_GLOBALS {
    WDFDRIVER Driver;
    ULONG DriverFlags;
    ULONG DriverTag;
    CHAR DriverName[32];
    BOOLEAN DisplaceDriverUnload;
} WDF_DRIVER_GLOBALS, *PWDF_DRIVER_GLOBALS;
typedef PVOID WDF_COMPONENT_GLOBALS, *PWDF_COMPONENT_GLOBALS;

typedef struct _WDF_OBJECT_ATTRIBUTES *PWDF_OBJECT_ATTRIBUTES;
typedef NTSTATUS(NTAPI *PFN_WDF_DRIVER_DEVICE_ADD)(WDFDRIVER Driver, PVOID DeviceInit);
typedef VOID(NTAPI *PFN_WDF_DRIVER_UNLOAD)(WDFDRIVER Driver);

typedef enum _WDF_DRIVER_INIT_FLAGS {
    WdfDriverInitNonPnpDriver = 0x00000001,
    WdfDriverInitNoDispatchOverride = 0x00000002,
    WdfVerifyOn = 0x00000004,
    WdfVerifierOn = 0x00000008,
    WdfDriverInitCompanion = 0x00000010
} WDF_DRIVER_INIT_FLAGS;

typedef struct _WDF_DRIVER_CONFIG {
    ULONG Size;
    PFN_WDF_DRIVER_DEVICE_ADD EvtDriverDeviceAdd;
    PFN_WDF_DRIVER_UNLOAD EvtDriverUnload;
    ULONG DriverInitFlags;
    ULONG DriverPoolTag;
} WDF_DRIVER_CONFIG, *PWDF_DRIVER_CONFIG;

/* Places in the table of KMDF 1.15. */
enum {
    WdfDriverCreateTableIndex = 116,
    WdfDriverWdmGetDriverObjectTableIndex = 118,
    WdfDeviceMiniportCreateTableIndex = 200,
    WdfDriverMiniportUnloadTableIndex = 201,
    WdfObjectDeleteTableIndex = 208,
    WdfFunctionTableNumEntries = 444
};
typedef NTSTATUS(NTAPI *PFN_WDFDRIVERCREATE)(PWDF_DRIVER_GLOBALS, PDRIVER_OBJECT, PCUNICODE_STRING,
                                             PWDF_OBJECT_ATTRIBUTES, PWDF_DRIVER_CONFIG, WDFDRIVER *);
typedef PDRIVER_OBJECT(NTAPI *PFN_WDFDRIVERWDMGETDRIVEROBJECT)(PWDF_DRIVER_GLOBALS, WDFDRIVER);
typedef NTSTATUS(NTAPI *PFN_WDFDEVICEMINIPORTCREATE)(PWDF_DRIVER_GLOBALS, WDFDRIVER,
                                                     PWDF_OBJECT_ATTRIBUTES, PDEVICE_OBJECT,
                                                     PDEVICE_OBJECT, PDEVICE_OBJECT, WDFDEVICE *);
typedef VOID(NTAPI *PFN_WDFDRIVERMINIPORTUNLOAD)(PWDF_DRIVER_GLOBALS, WDFDRIVER);
typedef VOID(NTAPI *PFN_WDFOBJECTDELETE)(PWDF_DRIVER_GLOBALS, WDFOBJECT);

WDK_API_BEGIN
NTSTATUS NTAPI WdfVersionBind(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath,
                              PWDF_BIND_INFO BindInfo, PWDF_COMPONENT_GLOBALS *ComponentGlobals);
NTSTATUS NTAPI WdfVersionUnbind(PUNICODE_STRING RegistryPath, PWDF_BIND_INFO BindInfo,
                                PWDF_COMPONENT_GLOBALS ComponentGlobals);
WDK_API_END

#endif
