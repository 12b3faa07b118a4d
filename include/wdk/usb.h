/* SPDX-License-Identifier: MIT */
/* What audio drivers name of USB's host side: an endpoint whose transfers hardware makes. */
#ifndef PORTSIDE_WDK_USB_H
#define PORTSIDE_WDK_USB_H

#include "wdm.h"
#include "usbspec.h"

typedef enum _USB_DEVICE_SPEED { UsbLowSpeed, UsbFullSpeed, UsbHighSpeed, UsbSuperSpeed } USB_DEVICE_SPEED;

typedef struct _USBD_ENDPOINT_OFFLOAD_INFORMATION {
    ULONG Size;
    USHORT EndpointAddress;
    ULONG ResourceId;
    ULONG Mode;
    ULONG RootHubPortNumber : 8;
    ULONG RouteString : 20;
    ULONG Speed : 4;
    ULONG UsbDeviceAddress : 8;
    ULONG SlotId : 8;
    ULONG MultiTT : 1;
    ULONG LSOrFSDeviceConnectedToTTHub : 1;
    ULONG Reserved0 : 14;
    PHYSICAL_ADDRESS TransferSegmentLA;
    PVOID TransferSegmentVA;
    SIZE_T TransferRingSize;
    ULONG TransferRingInitialCycleBit;
    ULONG MessageNumber;
    PHYSICAL_ADDRESS EventRingSegmentLA;
    PVOID EventRingSegmentVA;
    SIZE_T EventRingSize;
    ULONG EventRingInitialCycleBit;
} USBD_ENDPOINT_OFFLOAD_INFORMATION, *PUSBD_ENDPOINT_OFFLOAD_INFORMATION;

#endif
