/* SPDX-License-Identifier: MIT */
/*
 * Objects that the port class makes for drivers: resource lists, DMA channels, interrupt
 * synchronisation, service groups, registry keys.
 */
#ifndef PORTSIDE_WDK_PCOBJECTS_H
#define PORTSIDE_WDK_PCOBJECTS_H

#include "pcdesc.h"

typedef struct IResourceList *PRESOURCELIST;
typedef struct IDmaChannel *PDMACHANNEL;
typedef struct IDmaChannelSlave *PDMACHANNELSLAVE;
typedef struct IInterruptSync *PINTERRUPTSYNC;
typedef struct IServiceSink *PSERVICESINK;
typedef struct IServiceGroup *PSERVICEGROUP;
typedef struct IRegistryKey *PREGISTRYKEY;

/* ---- IResourceList (WP-100) ---------------------------------------------------------------------- */

#define WDK_METHODS_IResourceList(M, R, T)                                                             \
    M(T, ULONG, NumberOfEntries)                                                                       \
    M(T, ULONG, NumberOfEntriesOfType, CM_RESOURCE_TYPE Type)                                          \
    M(T, PCM_PARTIAL_RESOURCE_DESCRIPTOR, FindTranslatedEntry, CM_RESOURCE_TYPE Type, ULONG Index)     \
    M(T, PCM_PARTIAL_RESOURCE_DESCRIPTOR, FindUntranslatedEntry, CM_RESOURCE_TYPE Type, ULONG Index)   \
    M(T, NTSTATUS, AddEntry, PCM_PARTIAL_RESOURCE_DESCRIPTOR Translated,                               \
      PCM_PARTIAL_RESOURCE_DESCRIPTOR Untranslated)                                                    \
    M(T, NTSTATUS, AddEntryFromParent, struct IResourceList *Parent, CM_RESOURCE_TYPE Type,            \
      ULONG Index)                                                                                     \
    M(T, PCM_RESOURCE_LIST, TranslatedList)                                                            \
    M(T, PCM_RESOURCE_LIST, UntranslatedList)
WDK_INTERFACE(IResourceList, IUnknown, WDK_UNKNOWN_SLOTS)

/* Shorthands of C++ and C drivers for one type of resource. */
#define NumberOfPorts() NumberOfEntriesOfType(CmResourceTypePort)
#define FindTranslatedPort(n) FindTranslatedEntry(CmResourceTypePort, (n))
#define FindUntranslatedPort(n) FindUntranslatedEntry(CmResourceTypePort, (n))
#define AddPortFromParent(parent, n) AddEntryFromParent((parent), CmResourceTypePort, (n))
#define NumberOfInterrupts() NumberOfEntriesOfType(CmResourceTypeInterrupt)
#define FindTranslatedInterrupt(n) FindTranslatedEntry(CmResourceTypeInterrupt, (n))
#define FindUntranslatedInterrupt(n) FindUntranslatedEntry(CmResourceTypeInterrupt, (n))
#define AddInterruptFromParent(parent, n) AddEntryFromParent((parent), CmResourceTypeInterrupt, (n))
#define NumberOfMemories() NumberOfEntriesOfType(CmResourceTypeMemory)
#define FindTranslatedMemory(n) FindTranslatedEntry(CmResourceTypeMemory, (n))
#define FindUntranslatedMemory(n) FindUntranslatedEntry(CmResourceTypeMemory, (n))
#define AddMemoryFromParent(parent, n) AddEntryFromParent((parent), CmResourceTypeMemory, (n))
#define NumberOfDmas() NumberOfEntriesOfType(CmResourceTypeDma)
#define FindTranslatedDma(n) FindTranslatedEntry(CmResourceTypeDma, (n))
#define FindUntranslatedDma(n) FindUntranslatedEntry(CmResourceTypeDma, (n))
#define AddDmaFromParent(parent, n) AddEntryFromParent((parent), CmResourceTypeDma, (n))

/* ---- IDmaChannel (WP-90), IDmaChannelSlave (WC) -------------------------------------------------- */

#define WDK_METHODS_IDmaChannel(M, R, T)                                                               \
    M(T, NTSTATUS, AllocateBuffer, ULONG BufferSize, PPHYSICAL_ADDRESS PhysicalAddressConstraint)      \
    M(T, VOID, FreeBuffer)                                                                             \
    M(T, ULONG, TransferCount)                                                                         \
    M(T, ULONG, MaximumBufferSize)                                                                     \
    M(T, ULONG, AllocatedBufferSize)                                                                   \
    M(T, ULONG, BufferSize)                                                                            \
    M(T, VOID, SetBufferSize, ULONG BufferSize)                                                        \
    M(T, PVOID, SystemAddress)                                                                         \
    R(T, PHYSICAL_ADDRESS, PhysicalAddress, (), ())                                                    \
    M(T, PADAPTER_OBJECT, GetAdapterObject)                                                            \
    M(T, VOID, CopyTo, PVOID Destination, PVOID Source, ULONG ByteCount)                               \
    M(T, VOID, CopyFrom, PVOID Destination, PVOID Source, ULONG ByteCount)
WDK_INTERFACE(IDmaChannel, IUnknown, WDK_UNKNOWN_SLOTS)

#ifndef __cplusplus
WDK_CALL_RESULT(IDmaChannel, PHYSICAL_ADDRESS, PhysicalAddress, (), ())
#endif

#define WDK_DMA_CHANNEL_SLOTS(T) WDK_UNKNOWN_SLOTS(T) WDK_SLOTS(IDmaChannel, T)
#define WDK_METHODS_IDmaChannelSlave(M, R, T)                                                          \
    M(T, NTSTATUS, Start, ULONG MapSize, BOOLEAN WriteToDevice)                                        \
    M(T, NTSTATUS, Stop)                                                                               \
    M(T, ULONG, ReadCounter)                                                                           \
    M(T, NTSTATUS, WaitForTC, ULONG Timeout)
WDK_INTERFACE(IDmaChannelSlave, IDmaChannel, WDK_DMA_CHANNEL_SLOTS)

/* ---- IInterruptSync (WP-96) ---------------------------------------------------------------------- */

typedef enum {
    InterruptSyncModeNormal = 1,
    InterruptSyncModeAll,
    InterruptSyncModeRepeat
} INTERRUPTSYNCMODE;

typedef NTSTATUS(NTAPI *PINTERRUPTSYNCROUTINE)(struct IInterruptSync *InterruptSync,
                                               PVOID DynamicContext);

#define WDK_METHODS_IInterruptSync(M, R, T)                                                            \
    M(T, NTSTATUS, CallSynchronizedRoutine, PINTERRUPTSYNCROUTINE Routine, PVOID DynamicContext)       \
    M(T, PKINTERRUPT, GetKInterrupt)                                                                   \
    M(T, NTSTATUS, Connect)                                                                            \
    M(T, VOID, Disconnect)                                                                             \
    M(T, NTSTATUS, RegisterServiceRoutine, PINTERRUPTSYNCROUTINE Routine, PVOID DynamicContext,        \
      BOOLEAN First)
WDK_INTERFACE(IInterruptSync, IUnknown, WDK_UNKNOWN_SLOTS)

/* ---- IServiceSink, IServiceGroup (WP-80) --------------------------------------------------------- */

#define WDK_METHODS_IServiceSink(M, R, T) M(T, VOID, RequestService)
WDK_INTERFACE(IServiceSink, IUnknown, WDK_UNKNOWN_SLOTS)

#define WDK_SERVICE_SINK_SLOTS(T) WDK_UNKNOWN_SLOTS(T) WDK_SLOTS(IServiceSink, T)
#define WDK_METHODS_IServiceGroup(M, R, T)                                                             \
    M(T, NTSTATUS, AddMember, PSERVICESINK ServiceSink)                                                \
    M(T, VOID, RemoveMember, PSERVICESINK ServiceSink)                                                 \
    M(T, VOID, SupportDelayedService)                                                                  \
    M(T, VOID, RequestDelayedService, ULONGLONG Delay)                                                 \
    M(T, VOID, CancelDelayedService)
WDK_INTERFACE(IServiceGroup, IServiceSink, WDK_SERVICE_SINK_SLOTS)

/* ---- IRegistryKey (AD-72) ------------------------------------------------------------------------ */

enum {
    GeneralRegistryKey,
    DeviceRegistryKey,
    DriverRegistryKey,
    HwProfileRegistryKey,
    DeviceInterfaceRegistryKey
};

#define WDK_METHODS_IRegistryKey(M, R, T)                                                              \
    M(T, NTSTATUS, QueryKey, KEY_INFORMATION_CLASS KeyInformationClass, PVOID KeyInformation,          \
      ULONG Length, PULONG ResultLength)                                                               \
    M(T, NTSTATUS, EnumerateKey, ULONG Index, KEY_INFORMATION_CLASS KeyInformationClass,               \
      PVOID KeyInformation, ULONG Length, PULONG ResultLength)                                         \
    M(T, NTSTATUS, QueryValueKey, PUNICODE_STRING ValueName,                                           \
      KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass, PVOID KeyValueInformation, ULONG Length,   \
      PULONG ResultLength)                                                                             \
    M(T, NTSTATUS, EnumerateValueKey, ULONG Index,                                                     \
      KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass, PVOID KeyValueInformation, ULONG Length,   \
      PULONG ResultLength)                                                                             \
    M(T, NTSTATUS, SetValueKey, PUNICODE_STRING ValueName, ULONG Type, PVOID Data, ULONG DataSize)     \
    M(T, NTSTATUS, QueryRegistryValues, PRTL_QUERY_REGISTRY_TABLE QueryTable, PVOID Context)           \
    M(T, NTSTATUS, NewSubKey, struct IRegistryKey **RegistrySubKey, PUNKNOWN OuterUnknown,             \
      ACCESS_MASK DesiredAccess, PUNICODE_STRING SubKeyName, ULONG CreateOptions, PULONG Disposition)  \
    M(T, NTSTATUS, DeleteKey)
WDK_INTERFACE(IRegistryKey, IUnknown, WDK_UNKNOWN_SLOTS)

#ifdef __cplusplus
#define IMP_IResourceList WDK_IMP(IResourceList)
#define IMP_IDmaChannel WDK_IMP(IDmaChannel)
#define IMP_IDmaChannelSlave WDK_IMP(IDmaChannel) WDK_IMP(IDmaChannelSlave)
#define IMP_IInterruptSync WDK_IMP(IInterruptSync)
#define IMP_IServiceSink WDK_IMP(IServiceSink)
#define IMP_IServiceGroup WDK_IMP(IServiceSink) WDK_IMP(IServiceGroup)
#define IMP_IRegistryKey WDK_IMP(IRegistryKey)
#endif

DEFINE_GUID(IID_IResourceList, 0x22C6AC60, 0x851B, 0x11D0, 0x9A, 0x7F, 0x00, 0xAA, 0x00, 0x38, 0xAC,
            0xFE);
DEFINE_GUID(IID_IDmaChannel, 0x22C6AC61, 0x851B, 0x11D0, 0x9A, 0x7F, 0x00, 0xAA, 0x00, 0x38, 0xAC,
            0xFE);
DEFINE_GUID(IID_IDmaChannelSlave, 0x22C6AC62, 0x851B, 0x11D0, 0x9A, 0x7F, 0x00, 0xAA, 0x00, 0x38,
            0xAC, 0xFE);
DEFINE_GUID(IID_IInterruptSync, 0x22C6AC63, 0x851B, 0x11D0, 0x9A, 0x7F, 0x00, 0xAA, 0x00, 0x38, 0xAC,
            0xFE);
DEFINE_GUID(IID_IServiceSink, 0x22C6AC64, 0x851B, 0x11D0, 0x9A, 0x7F, 0x00, 0xAA, 0x00, 0x38, 0xAC,
            0xFE);
DEFINE_GUID(IID_IServiceGroup, 0x22C6AC65, 0x851B, 0x11D0, 0x9A, 0x7F, 0x00, 0xAA, 0x00, 0x38, 0xAC,
            0xFE);
DEFINE_GUID(IID_IRegistryKey, 0xE8DA4302, 0xF304, 0x11D0, 0x95, 0x8B, 0x00, 0xC0, 0x4F, 0xB9, 0x25,
            0xD3);

#endif
