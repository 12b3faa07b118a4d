// SPDX-License-Identifier: MIT
// DS-7, DS-20: KMDF's objects in a miniport driver, and the headers of sideband audio, whose devices are not here.
#include <portcls.h>
#include <wdf.h>
#include <wdfminiport.h>
#include <BthHfpDdi.h>
#include <UsbSpec.h>
#include <Usb.h>
#include <SidebandAudio.h>
#include <USBSidebandAudio.h>
#include <A2DPSidebandAudio.h>
#include "check.h"

struct WorkContext {
    LONG ran;
};
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(WorkContext, GetWork)
WDF_DECLARE_CONTEXT_TYPE(GUID)

static LONG gone;
EVT_WDF_WORKITEM Work;
EVT_WDF_OBJECT_CONTEXT_CLEANUP Gone;

VOID Work(WDFWORKITEM item)
{
    GetWork(item)->ran++;
}

VOID Gone(WDFOBJECT)
{
    gone++;
}

static NTSTATUS WorkItems(WDFDEVICE device)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_WORKITEM_CONFIG config;
    WDFWORKITEM item;

    WDF_WORKITEM_CONFIG_INIT(&config, Work);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, WorkContext);
    CHECK(WdfWorkItemCreate(&config, &attributes, &item) == STATUS_INVALID_PARAMETER); // of no device
    attributes.ParentObject = device;
    attributes.EvtCleanupCallback = Gone;
    CHECK(NT_SUCCESS(WdfWorkItemCreate(&config, &attributes, &item)) && WdfWorkItemGetParentObject(item) == device);
    CHECK(GetWork(item)->ran == 0 && !WdfObjectGet_GUID(item));
    WdfWorkItemFlush(item);
    for (LONG i = 1; i <= 3; i++) {
        WdfWorkItemEnqueue(item);
        WdfWorkItemFlush(item);
        CHECK(GetWork(item)->ran == i);
    }
    return HELD; // it goes with its device
}

static NTSTATUS Collections(WDFDEVICE device)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFCOLLECTION collection;
    WDFMEMORY one, two;
    WDFIOTARGET target;
    char text[8];
    size_t size;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    CHECK(NT_SUCCESS(WdfCollectionCreate(&attributes, &collection)) && !WdfCollectionGetFirstItem(collection));
    CHECK(NT_SUCCESS(WdfMemoryCreatePreallocated(&attributes, text, sizeof(text), &one)));
    CHECK(NT_SUCCESS(WdfMemoryCreatePreallocated(WDF_NO_OBJECT_ATTRIBUTES, &one, sizeof(one), &two)));
    CHECK(WdfMemoryGetBuffer(one, &size) == text && size == sizeof(text));
    CHECK(NT_SUCCESS(WdfCollectionAdd(collection, one)) && NT_SUCCESS(WdfCollectionAdd(collection, two)));
    CHECK(WdfCollectionGetCount(collection) == 2 && WdfCollectionGetLastItem(collection) == two);
    WdfCollectionRemove(collection, one);
    CHECK(WdfCollectionGetFirstItem(collection) == two && !WdfCollectionGetItem(collection, 1));
    WdfObjectDelete(two);
    CHECK(WdfIoTargetCreate(device, WDF_NO_OBJECT_ATTRIBUTES, &target) == STATUS_NOT_SUPPORTED);
    return HELD;
}

static NTSTATUS Devices(PDRIVER_OBJECT driver)
{
    PDEVICE_OBJECT object;
    WDFDEVICE device;

    CHECK(NT_SUCCESS(IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &object)));
    CHECK(NT_SUCCESS(WdfDeviceMiniportCreate(WdfGetDriver(), WDF_NO_OBJECT_ATTRIBUTES, object, NULL, NULL, &device)));
    CHECK(WorkItems(device) == HELD && Collections(device) == HELD && gone == 0);
    WdfObjectDelete(device);
    CHECK(gone == 1);
    IoDeleteDevice(object);
    return HELD;
}

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    BTHHFP_AUDIO_DEVICE_CAPABILTIES capabilities;
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, WDF_NO_EVENT_CALLBACK);
    config.DriverInitFlags |= WdfDriverInitNoDispatchOverride;
    CHECK(NT_SUCCESS(WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config, WDF_NO_HANDLE)));
    CHECK(Devices(DriverObject) == HELD);
    WdfDriverMiniportUnload(WdfGetDriver());
    BTHHFP_AUDIO_DEVICE_CAPABILTIES_INIT(&capabilities);
    CHECK(capabilities.Version == 1 && sizeof(USB_ENDPOINT_DESCRIPTOR) == 7 && sizeof(USB_INTERFACE_DESCRIPTOR) == 9);
    CHECK(GUID_DEVINTERFACE_BLUETOOTH_HFP_SCO_HCIBYPASS.Data1 == 0xBE446647);
    CHECK(SIDEBANDAUDIO_PARAMS_SET_A2DP.Data4[7] == 0x9C && SIDEBANDAUDIO_PARAM_A2DP_CODECS == 1);
    return HELD;
}
