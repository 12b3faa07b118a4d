/* SPDX-License-Identifier: MIT */
/* Optional interfaces: events, versions, power, removal, stream resources, protected content. */
#ifndef PORTSIDE_WDK_PCEXTRAS_H
#define PORTSIDE_WDK_PCEXTRAS_H

#include "../drmk.h"
#include "pcports.h"

/* ---- asked of a port, its stream or its miniport -------------------------------------------------- */

/* KP-96 */
#define WDK_METHODS_IPortEvents(M, R, T)                                                               \
    M(T, VOID, AddEventToEventList, PKSEVENT_ENTRY EventEntry)                                         \
    M(T, VOID, GenerateEventList, GUID *Set, ULONG EventId, BOOL PinEvent, ULONG PinId,                \
      BOOL NodeEvent, ULONG NodeId)
WDK_INTERFACE(IPortEvents, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IPortEvents *PPORTEVENTS;

/* AD-25 */
enum {
    kVersionInvalid = -1,
    kVersionWin98,
    kVersionWin98SE,
    kVersionWin2K,
    kVersionWin98SE_QFE2,
    kVersionWin2K_SP2,
    kVersionWinME,
    kVersionWin98SE_QFE3,
    kVersionWinME_QFE1,
    kVersionWinXP,
    kVersionWinXPSP1,
    kVersionWinServer2003,
    kVersionWin2K_UAAQFE,
    kVersionWinXP_UAAQFE,
    kVersionWinServer2003_UAAQFE,
    kVersionWindowsLonghorn
};
#define WDK_METHODS_IPortClsVersion(M, R, T) M(T, DWORD, GetVersion)
WDK_INTERFACE(IPortClsVersion, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IPortClsVersion *PPORTCLSVERSION;

/* WP-69a */
#define WDK_METHODS_IPreFetchOffset(M, R, T) M(T, VOID, SetPreFetchOffset, ULONG PreFetchOffset)
WDK_INTERFACE(IPreFetchOffset, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IPreFetchOffset *PPREFETCHOFFSET;

/* KP-63 */
#define WDK_METHODS_IPinCount(M, R, T)                                                                 \
    M(T, VOID, PinCount, ULONG PinId, ULONG *FilterNecessary, ULONG *FilterCurrent,                    \
      ULONG *FilterPossible, ULONG *GlobalCurrent, ULONG *GlobalPossible)
WDK_INTERFACE(IPinCount, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IPinCount *PPINCOUNT;

/* TP-21 */
#define WDK_METHODS_IPinName(M, R, T) M(T, NTSTATUS, GetPinName, PIRP Irp, PKSP_PIN Pin, PVOID Data)
WDK_INTERFACE(IPinName, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IPinName *PPINNAME;

/* AD-33 */
#define WDK_METHODS_IUnregisterSubdevice(M, R, T)                                                      \
    M(T, NTSTATUS, UnregisterSubdevice, PDEVICE_OBJECT DeviceObject, PUNKNOWN Unknown)
WDK_INTERFACE(IUnregisterSubdevice, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IUnregisterSubdevice *PUNREGISTERSUBDEVICE;

/* AD-42 */
#define WDK_METHODS_IUnregisterPhysicalConnection(M, R, T)                                             \
    M(T, NTSTATUS, UnregisterPhysicalConnection, PDEVICE_OBJECT DeviceObject, PUNKNOWN FromUnknown,    \
      ULONG FromPin, PUNKNOWN ToUnknown, ULONG ToPin)                                                  \
    M(T, NTSTATUS, UnregisterPhysicalConnectionToExternal, PDEVICE_OBJECT DeviceObject,                \
      PUNKNOWN FromUnknown, ULONG FromPin, PUNICODE_STRING ToString, ULONG ToPin)                      \
    M(T, NTSTATUS, UnregisterPhysicalConnectionFromExternal, PDEVICE_OBJECT DeviceObject,              \
      PUNICODE_STRING FromString, ULONG FromPin, PUNKNOWN ToUnknown, ULONG ToPin)
WDK_INTERFACE(IUnregisterPhysicalConnection, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IUnregisterPhysicalConnection *PUNREGISTERPHYSICALCONNECTION;

/* ---- power (AD-60) ------------------------------------------------------------------------------- */

#define WDK_METHODS_IAdapterPowerManagement(M, R, T)                                                   \
    M(T, VOID, PowerChangeState, POWER_STATE NewState)                                                 \
    M(T, NTSTATUS, QueryPowerChangeState, POWER_STATE NewStateQuery)                                   \
    M(T, NTSTATUS, QueryDeviceCapabilities, PDEVICE_CAPABILITIES PowerDeviceCaps)
WDK_INTERFACE(IAdapterPowerManagement, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IAdapterPowerManagement *PADAPTERPOWERMANAGEMENT;
/* Misspelled as in the first samples. */
typedef IAdapterPowerManagement *PADAPTERPOWERMANAGMENT;
#define IID_IAdapterPowerManagment IID_IAdapterPowerManagement

/* Two and three begin with the methods of one, but derive from IUnknown. */
#define WDK_METHODS_IAdapterPowerManagement2(M, R, T)                                                  \
    WDK_METHODS_IAdapterPowerManagement(M, R, T)                                                       \
    M(T, VOID, PowerChangeState2, DEVICE_POWER_STATE NewDeviceState,                                   \
      SYSTEM_POWER_STATE NewSystemState)
WDK_INTERFACE(IAdapterPowerManagement2, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IAdapterPowerManagement2 *PADAPTERPOWERMANAGEMENT2;

typedef enum _PC_EXIT_LATENCY {
    PcExitLatencyInstant,
    PcExitLatencyFast,
    PcExitLatencyResponsive
} PC_EXIT_LATENCY, *PPC_EXIT_LATENCY;

#define WDK_METHODS_IAdapterPowerManagement3(M, R, T)                                                  \
    WDK_METHODS_IAdapterPowerManagement2(M, R, T)                                                      \
    M(T, VOID, PowerChangeState3, DEVICE_POWER_STATE NewDeviceState,                                   \
      SYSTEM_POWER_STATE NewSystemState, PC_EXIT_LATENCY D3ExitLatency)                                \
    M(T, NTSTATUS, D3ExitLatencyChanged, PC_EXIT_LATENCY NewD3ExitLatency)
WDK_INTERFACE(IAdapterPowerManagement3, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IAdapterPowerManagement3 *PADAPTERPOWERMANAGEMENT3;

#define WDK_METHODS_IPowerNotify(M, R, T) M(T, VOID, PowerChangeNotify, POWER_STATE PowerState)
WDK_INTERFACE(IPowerNotify, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IPowerNotify *PPOWERNOTIFY;

#define WDK_METHODS_IPortClsPower(M, R, T)                                                             \
    M(T, NTSTATUS, RegisterAdapterPowerManagement, PUNKNOWN Unknown, PDEVICE_OBJECT DeviceObject)      \
    M(T, NTSTATUS, UnregisterAdapterPowerManagement, PDEVICE_OBJECT DeviceObject)                      \
    M(T, NTSTATUS, SetIdlePowerManagement, PDEVICE_OBJECT DeviceObject, BOOLEAN Enabled)
WDK_INTERFACE(IPortClsPower, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IPortClsPower *PPORTCLSPOWER;

/* ---- rebalance (AD-79) --------------------------------------------------------------------------- */

typedef enum _PC_REBALANCE_TYPE { PcRebalanceNotSupported, PcRebalanceRemoveSubdevices } PC_REBALANCE_TYPE;

#define WDK_METHODS_IAdapterPnpManagement(M, R, T)                                                     \
    M(T, PC_REBALANCE_TYPE, GetSupportedRebalanceType)                                                 \
    M(T, VOID, PnpQueryStop)                                                                           \
    M(T, VOID, PnpCancelStop)                                                                          \
    M(T, VOID, PnpStop)
WDK_INTERFACE(IAdapterPnpManagement, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IAdapterPnpManagement *PADAPTERPNPMANAGEMENT;

#define WDK_METHODS_IMiniportPnpNotify(M, R, T) M(T, VOID, PnpStop)
WDK_INTERFACE(IMiniportPnpNotify, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IMiniportPnpNotify *PMINIPORTPNPNOTIFY;

#define WDK_METHODS_IPortClsPnp(M, R, T)                                                               \
    M(T, NTSTATUS, RegisterAdapterPnpManagement, PUNKNOWN Unknown, PDEVICE_OBJECT DeviceObject)        \
    M(T, NTSTATUS, UnregisterAdapterPnpManagement, PDEVICE_OBJECT DeviceObject)
WDK_INTERFACE(IPortClsPnp, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IPortClsPnp *PPORTCLSPNP;

/* ---- diagnosis ----------------------------------------------------------------------------------- */

typedef enum {
    eMINIPORT_IHV_DEFINED,
    eMINIPORT_BUFFER_COMPLETE,
    eMINIPORT_PIN_STATE,
    eMINIPORT_GET_STREAM_POSITION,
    eMINIPORT_SET_WAVERT_BUFFER_WRITE_POSITION,
    eMINIPORT_GET_PRESENTATION_POSITION,
    eMINIPORT_PROGRAM_DMA,
    eMINIPORT_GLITCH_REPORT,
    eMINIPORT_LAST_BUFFER_RENDERED,
    eMINIPORT_PROCESSING_MODE,
    eMINIPORT_FX_CLSID,
    eMINIPORT_MaxValue
} EPcMiniportEngineEvent;
#define WDK_METHODS_IPortClsEtwHelper(M, R, T)                                                         \
    M(T, NTSTATUS, MiniportWriteEtwEvent, EPcMiniportEngineEvent MiniportEventType, ULONGLONG Data1,   \
      ULONGLONG Data2, ULONGLONG Data3, ULONGLONG Data4)
WDK_INTERFACE(IPortClsEtwHelper, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IPortClsEtwHelper *PPORTCLSETWHELPER;

/* ---- stream resources (RT-100) ------------------------------------------------------------------- */

typedef enum _PcStreamResourceType {
    ePcStreamResourceInterrupt,
    ePcStreamResourceThread,
    ePcStreamResourceSet
} PcStreamResourceType, *PPcStreamResourceType;

typedef struct _PCSTREAMRESOURCE_DESCRIPTOR {
    ULONG Size;
    ULONG Flags;
    PDEVICE_OBJECT Pdo;
    PcStreamResourceType Type;
    union {
        struct {
            ULONG Version;
            PVOID Generic;
        } Interrupt;
        PETHREAD Thread;
        PVOID ResourceSet;
    } Resource;
} PCSTREAMRESOURCE_DESCRIPTOR, *PPCSTREAMRESOURCE_DESCRIPTOR;
typedef struct _PCSTREAMRESOURCE *PCSTREAMRESOURCE;

WDK_INLINE VOID PCSTREAMRESOURCE_DESCRIPTOR_INIT(PPCSTREAMRESOURCE_DESCRIPTOR Descriptor)
{
    RtlZeroMemory(Descriptor, sizeof(*Descriptor));
    Descriptor->Size = sizeof(*Descriptor);
}

#define WDK_METHODS_IPortClsStreamResourceManager(M, R, T)                                             \
    M(T, NTSTATUS, AddStreamResource, PVOID ResourceSet,                                               \
      PPCSTREAMRESOURCE_DESCRIPTOR ResourceDescriptor, PCSTREAMRESOURCE *ResourceHandle)               \
    M(T, NTSTATUS, RemoveStreamResource, PCSTREAMRESOURCE ResourceHandle)
WDK_INTERFACE(IPortClsStreamResourceManager, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IPortClsStreamResourceManager *PPORTCLSSTREAMRESOURCEMANAGER, *PPORTCLSStreamResourceManager;

#define WDK_STREAM_RESOURCE_SLOTS(T)                                                                   \
    WDK_UNKNOWN_SLOTS(T) WDK_SLOTS(IPortClsStreamResourceManager, T)
#define WDK_METHODS_IPortClsStreamResourceManager2(M, R, T)                                            \
    M(T, NTSTATUS, AddStreamResource2, PDEVICE_OBJECT PhysicalDeviceObject, PVOID ResourceSet,         \
      PPCSTREAMRESOURCE_DESCRIPTOR ResourceDescriptor, PCSTREAMRESOURCE *ResourceHandle)
WDK_INTERFACE(IPortClsStreamResourceManager2, IPortClsStreamResourceManager,
              WDK_STREAM_RESOURCE_SLOTS)
typedef IPortClsStreamResourceManager2 *PPORTCLSSTREAMRESOURCEMANAGER2, *PPORTCLSStreamResourceManager2;

/* ---- protected content (AD-80) ------------------------------------------------------------------- */

/* Handlers that a driver registers are addresses of its own routines. */
#define WDK_METHODS_IDrmPort(M, R, T)                                                                  \
    M(T, NTSTATUS, CreateContentMixed, PULONG ContentIds, ULONG ContentIdCount,                        \
      PULONG MixedContentId)                                                                           \
    M(T, NTSTATUS, DestroyContent, ULONG ContentId)                                                    \
    M(T, NTSTATUS, ForwardContentToFileObject, ULONG ContentId, PFILE_OBJECT FileObject)               \
    M(T, NTSTATUS, ForwardContentToInterface, ULONG ContentId, PUNKNOWN Unknown, ULONG NumMethods)     \
    M(T, NTSTATUS, GetContentRights, ULONG ContentId, PDRMRIGHTS DrmRights)
WDK_INTERFACE(IDrmPort, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IDrmPort *PDRMPORT;

#define WDK_DRM_PORT_SLOTS(T) WDK_UNKNOWN_SLOTS(T) WDK_SLOTS(IDrmPort, T)
#define WDK_METHODS_IDrmPort2(M, R, T)                                                                 \
    M(T, NTSTATUS, AddContentHandlers, ULONG ContentId, PVOID *Handlers, ULONG NumHandlers)            \
    M(T, NTSTATUS, ForwardContentToDeviceObject, ULONG ContentId, PVOID Reserved,                      \
      PCDRMFORWARD DrmForward)
WDK_INTERFACE(IDrmPort2, IDrmPort, WDK_DRM_PORT_SLOTS)
typedef IDrmPort2 *PDRMPORT2;

#ifdef __cplusplus
#define IMP_IPortEvents WDK_IMP(IPortEvents)
#define IMP_IPortClsVersion WDK_IMP(IPortClsVersion)
#define IMP_IPreFetchOffset WDK_IMP(IPreFetchOffset)
#define IMP_IPinCount WDK_IMP(IPinCount)
#define IMP_IPinName WDK_IMP(IPinName)
#define IMP_IUnregisterSubdevice WDK_IMP(IUnregisterSubdevice)
#define IMP_IUnregisterPhysicalConnection WDK_IMP(IUnregisterPhysicalConnection)
#define IMP_IAdapterPowerManagement WDK_IMP(IAdapterPowerManagement)
#define IMP_IAdapterPowerManagement2 WDK_IMP(IAdapterPowerManagement2)
#define IMP_IAdapterPowerManagement3 WDK_IMP(IAdapterPowerManagement3)
#define IMP_IPowerNotify WDK_IMP(IPowerNotify)
#define IMP_IPortClsPower WDK_IMP(IPortClsPower)
#define IMP_IAdapterPnpManagement WDK_IMP(IAdapterPnpManagement)
#define IMP_IMiniportPnpNotify WDK_IMP(IMiniportPnpNotify)
#define IMP_IPortClsPnp WDK_IMP(IPortClsPnp)
#define IMP_IPortClsEtwHelper WDK_IMP(IPortClsEtwHelper)
#define IMP_IPortClsStreamResourceManager WDK_IMP(IPortClsStreamResourceManager)
#define IMP_IDrmPort WDK_IMP(IDrmPort)
#define IMP_IDrmPort2 WDK_IMP(IDrmPort) WDK_IMP(IDrmPort2)
#endif

DEFINE_GUID(IID_IPortEvents, 0xA80F29C4, 0x5498, 0x11D2, 0x95, 0xD9, 0x00, 0xC0, 0x4F, 0xB9, 0x25,
            0xD3);
DEFINE_GUID(IID_IPortClsVersion, 0x7D89A7BB, 0x869B, 0x4567, 0x8D, 0xBE, 0x1E, 0x16, 0x8C, 0xC8, 0x53,
            0xDE);
DEFINE_GUID(IID_IPreFetchOffset, 0x7000F480, 0xED44, 0x4E8B, 0xB3, 0x8A, 0x41, 0x2F, 0x8D, 0x7A, 0x50,
            0x4D);
DEFINE_GUID(IID_IPinCount, 0x5DADB7DC, 0xA2CB, 0x4540, 0xA4, 0xA8, 0x42, 0x5E, 0xE4, 0xAE, 0x90,
            0x51);
DEFINE_GUID(IID_IPinName, 0x29CC9AB1, 0xE89D, 0x413C, 0xB6, 0xB2, 0xF6, 0xD5, 0x00, 0x05, 0xD0, 0x63);
DEFINE_GUID(IID_IUnregisterSubdevice, 0x16738177, 0xE199, 0x41F9, 0x9A, 0x87, 0xAB, 0xB2, 0xA5, 0x43,
            0x2F, 0x21);
DEFINE_GUID(IID_IUnregisterPhysicalConnection, 0x6C38E231, 0x2A0D, 0x428D, 0x81, 0xF8, 0x07, 0xCC,
            0x42, 0x8B, 0xB9, 0xA4);
DEFINE_GUID(IID_IAdapterPowerManagement, 0x793417D0, 0x35FE, 0x11D1, 0xAD, 0x08, 0x00, 0xA0, 0xC9,
            0x0A, 0xB1, 0xB0);
DEFINE_GUID(IID_IAdapterPowerManagement2, 0xE0F92E5D, 0x67F5, 0x48EE, 0xB5, 0x7A, 0x7D, 0x1E, 0x90,
            0xC5, 0xF4, 0x3D);
DEFINE_GUID(IID_IAdapterPowerManagement3, 0xA8C7303E, 0xF80C, 0x4BC9, 0xB2, 0xE3, 0xFB, 0x2D, 0x08,
            0xBE, 0x92, 0x0F);
DEFINE_GUID(IID_IPortClsEtwHelper, 0x80EF6667, 0xE8B1, 0x4252, 0xAB, 0x09, 0x8F, 0x6D, 0x5E, 0xBB,
            0xD1, 0x9F);
DEFINE_GUID(IID_IPowerNotify, 0x3DD648B8, 0x969F, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25,
            0xD3);
DEFINE_GUID(IID_IPortClsPower, 0x47BA0351, 0xBC4B, 0x4869, 0x81, 0x34, 0xB7, 0x4F, 0xE1, 0x78, 0x52,
            0xD8);
DEFINE_GUID(IID_IAdapterPnpManagement, 0x706F2368, 0x4086, 0x47F5, 0xB9, 0x13, 0x57, 0xB7, 0x6E, 0xED,
            0x1A, 0x32);
DEFINE_GUID(IID_IMiniportPnpNotify, 0x6B735365, 0x9487, 0x464C, 0x93, 0xE3, 0xFA, 0x2C, 0x63, 0x91,
            0xD5, 0xA4);
DEFINE_GUID(IID_IPortClsPnp, 0x0485791B, 0x17F5, 0x4B73, 0x90, 0x2A, 0x20, 0x34, 0x48, 0x60, 0xB9,
            0xCA);
DEFINE_GUID(IID_IPortClsStreamResourceManager, 0xE1CD9915, 0xCAB1, 0x4103, 0xBB, 0x2F, 0x7D, 0xC0,
            0x9C, 0x9B, 0xE9, 0x42);
DEFINE_GUID(IID_IPortClsStreamResourceManager2, 0x0D500BAE, 0xD565, 0x469D, 0xA0, 0xE2, 0xF2, 0x83,
            0x76, 0x0D, 0x71, 0x48);
DEFINE_GUID(IID_IDrmPort, 0x286D3DF8, 0xCA22, 0x4E2E, 0xB9, 0xBC, 0x20, 0xB4, 0xF0, 0xE2, 0x01, 0xCE);
DEFINE_GUID(IID_IDrmPort2, 0x1ACCE59C, 0x7311, 0x4B6B, 0x9F, 0xBA, 0xCC, 0x3B, 0xA5, 0x9A, 0xCD,
            0xCE);

#endif
