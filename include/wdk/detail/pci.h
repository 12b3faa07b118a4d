/* SPDX-License-Identifier: MIT */
/* The configuration space of a PCI device, as drivers read it through BUS_INTERFACE_STANDARD. */
#ifndef PORTSIDE_WDK_PCI_H
#define PORTSIDE_WDK_PCI_H

#include "types.h"

#define PCI_TYPE0_ADDRESSES 6
#define PCI_TYPE1_ADDRESSES 2
#define PCI_MAX_DEVICES 32
#define PCI_MAX_FUNCTION 8
#define PCI_INVALID_VENDORID 0xFFFF
#define PCI_WHICHSPACE_CONFIG 0x0
#define PCI_WHICHSPACE_ROM 0x52696350

typedef struct _PCI_SLOT_NUMBER {
    union {
        struct {
            ULONG DeviceNumber : 5;
            ULONG FunctionNumber : 3;
            ULONG Reserved : 24;
        } bits;
        ULONG AsULONG;
    } u;
} PCI_SLOT_NUMBER, *PPCI_SLOT_NUMBER;

struct _PCI_HEADER_TYPE_0 {
    ULONG BaseAddresses[PCI_TYPE0_ADDRESSES];
    ULONG CIS;
    USHORT SubVendorID;
    USHORT SubSystemID;
    ULONG ROMBaseAddress;
    UCHAR CapabilitiesPtr;
    UCHAR Reserved1[3];
    ULONG Reserved2;
    UCHAR InterruptLine;
    UCHAR InterruptPin;
    UCHAR MinimumGrant;
    UCHAR MaximumLatency;
};

#define WDK_PCI_HEADER                                                                                 \
    USHORT VendorID;                                                                                   \
    USHORT DeviceID;                                                                                   \
    USHORT Command;                                                                                    \
    USHORT Status;                                                                                     \
    UCHAR RevisionID;                                                                                  \
    UCHAR ProgIf;                                                                                      \
    UCHAR SubClass;                                                                                    \
    UCHAR BaseClass;                                                                                   \
    UCHAR CacheLineSize;                                                                               \
    UCHAR LatencyTimer;                                                                                \
    UCHAR HeaderType;                                                                                  \
    UCHAR BIST;                                                                                        \
    union {                                                                                            \
        struct _PCI_HEADER_TYPE_0 type0;                                                               \
    } u;

typedef struct _PCI_COMMON_HEADER {
    WDK_PCI_HEADER
} PCI_COMMON_HEADER, *PPCI_COMMON_HEADER;

/* The header, and what the device makes of the rest. (Of C++ the members stand in it as in its base, as in Windows' header.) */
#ifdef __cplusplus
typedef struct _PCI_COMMON_CONFIG : PCI_COMMON_HEADER {
    UCHAR DeviceSpecific[192];
} PCI_COMMON_CONFIG, *PPCI_COMMON_CONFIG;
#else
typedef struct _PCI_COMMON_CONFIG {
    struct {
        WDK_PCI_HEADER
    };
    UCHAR DeviceSpecific[192];
} PCI_COMMON_CONFIG, *PPCI_COMMON_CONFIG;
#endif
#undef WDK_PCI_HEADER

#define PCI_COMMON_HDR_LENGTH (FIELD_OFFSET(PCI_COMMON_CONFIG, DeviceSpecific))
#define PCI_MULTIFUNCTION 0x80
#define PCI_DEVICE_TYPE 0x00
#define PCI_ENABLE_IO_SPACE 0x0001
#define PCI_ENABLE_MEMORY_SPACE 0x0002
#define PCI_ENABLE_BUS_MASTER 0x0004
#define PCI_ENABLE_SPECIAL_CYCLES 0x0008
#define PCI_ENABLE_WRITE_AND_INVALIDATE 0x0010
#define PCI_ENABLE_PARITY 0x0040
#define PCI_ENABLE_SERR 0x0100
#define PCI_DISABLE_LEVEL_INTERRUPT 0x0400
#define PCI_STATUS_CAPABILITIES_LIST 0x0010
#define PCI_CAPABILITY_ID_POWER_MANAGEMENT 0x01
#define PCI_CAPABILITY_ID_MSI 0x05
#define PCI_CAPABILITY_ID_PCI_EXPRESS 0x10
#define PCI_CAPABILITY_ID_MSIX 0x11
#define PCI_CLASS_MULTIMEDIA_DEV 0x04
#define PCI_SUBCLASS_MM_VIDEO_DEV 0x00
#define PCI_SUBCLASS_MM_AUDIO_DEV 0x01

typedef struct _PCI_CAPABILITIES_HEADER {
    UCHAR CapabilityID;
    UCHAR Next;
} PCI_CAPABILITIES_HEADER, *PPCI_CAPABILITIES_HEADER;

#endif
