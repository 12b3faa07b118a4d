/* SPDX-License-Identifier: MIT */
/* Functions of portcls.sys (adapter.md section 2). */
#ifndef PORTSIDE_WDK_PCFUNC_H
#define PORTSIDE_WDK_PCFUNC_H

#include "pcextras.h"

/* Bytes of the device extension that belong to the port class, but for elements 4..7 (AD-5). */
/* How a driver makes a miniport of its own. */
typedef NTSTATUS(NTAPI *PFNCREATEINSTANCE)(PUNKNOWN *Unknown, REFCLSID ClassId, PUNKNOWN UnknownOuter,
                                           POOL_TYPE PoolType);
#define PORT_CLASS_DEVICE_EXTENSION_SIZE (64 * sizeof(ULONG_PTR))

typedef NTSTATUS(NTAPI *PCPFNSTARTDEVICE)(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                          PRESOURCELIST ResourceList);

WDK_API_BEGIN

/* ---- start --------------------------------------------------------------------------------------- */

NTSTATUS NTAPI PcInitializeAdapterDriver(PDRIVER_OBJECT DriverObject,
                                         PUNICODE_STRING RegistryPathName,
                                         PDRIVER_ADD_DEVICE AddDevice);
NTSTATUS NTAPI PcAddAdapterDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject,
                                  PCPFNSTARTDEVICE StartDevice, ULONG MaxObjects,
                                  ULONG DeviceExtensionSize);
NTSTATUS NTAPI PcRegisterSubdevice(PDEVICE_OBJECT DeviceObject, PWSTR Name, PUNKNOWN Unknown);
NTSTATUS NTAPI PcRegisterPhysicalConnection(PDEVICE_OBJECT DeviceObject, PUNKNOWN FromUnknown,
                                            ULONG FromPin, PUNKNOWN ToUnknown, ULONG ToPin);
NTSTATUS NTAPI PcRegisterPhysicalConnectionToExternal(PDEVICE_OBJECT DeviceObject,
                                                      PUNKNOWN FromUnknown, ULONG FromPin,
                                                      PUNICODE_STRING ToString, ULONG ToPin);
NTSTATUS NTAPI PcRegisterPhysicalConnectionFromExternal(PDEVICE_OBJECT DeviceObject,
                                                        PUNICODE_STRING FromString, ULONG FromPin,
                                                        PUNKNOWN ToUnknown, ULONG ToPin);

/* ---- objects ------------------------------------------------------------------------------------- */

NTSTATUS NTAPI PcNewPort(PPORT *OutPort, REFCLSID ClassId);
NTSTATUS NTAPI PcNewMiniport(PMINIPORT *OutMiniport, REFCLSID ClassId);
NTSTATUS NTAPI PcNewServiceGroup(PSERVICEGROUP *OutServiceGroup, PUNKNOWN OuterUnknown);
NTSTATUS NTAPI PcNewInterruptSync(PINTERRUPTSYNC *OutInterruptSync, PUNKNOWN OuterUnknown,
                                  PRESOURCELIST ResourceList, ULONG ResourceIndex,
                                  INTERRUPTSYNCMODE Mode);
NTSTATUS NTAPI PcNewResourceList(PRESOURCELIST *OutResourceList, PUNKNOWN OuterUnknown,
                                 POOL_TYPE PoolType, PCM_RESOURCE_LIST TranslatedResources,
                                 PCM_RESOURCE_LIST UntranslatedResources);
NTSTATUS NTAPI PcNewResourceSublist(PRESOURCELIST *OutResourceList, PUNKNOWN OuterUnknown,
                                    POOL_TYPE PoolType, PRESOURCELIST ParentList,
                                    ULONG MaximumEntries);
NTSTATUS NTAPI PcNewDmaChannel(PDMACHANNEL *OutDmaChannel, PUNKNOWN OuterUnknown,
                               POOL_TYPE PoolType, PDEVICE_DESCRIPTION DeviceDescription,
                               PDEVICE_OBJECT DeviceObject);
NTSTATUS NTAPI PcNewRegistryKey(PREGISTRYKEY *OutRegistryKey, PUNKNOWN OuterUnknown,
                                ULONG RegistryKeyType, ACCESS_MASK DesiredAccess,
                                PVOID DeviceObject, PVOID SubDevice,
                                POBJECT_ATTRIBUTES ObjectAttributes, ULONG CreateOptions,
                                PULONG Disposition);

/* ---- power, removal ------------------------------------------------------------------------------ */

NTSTATUS NTAPI PcRegisterAdapterPowerManagement(PUNKNOWN Unknown, PVOID Context);
NTSTATUS NTAPI PcUnregisterAdapterPowerManagement(PDEVICE_OBJECT DeviceObject);
NTSTATUS NTAPI PcRequestNewPowerState(PDEVICE_OBJECT DeviceObject, DEVICE_POWER_STATE RequestedState);
NTSTATUS NTAPI PcRegisterAdapterPnpManagement(PUNKNOWN Unknown, PDEVICE_OBJECT DeviceObject);
NTSTATUS NTAPI PcUnregisterAdapterPnpManagement(PDEVICE_OBJECT DeviceObject);

/* ---- requests, properties, time ------------------------------------------------------------------ */

NTSTATUS NTAPI PcDispatchIrp(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI PcCompleteIrp(PDEVICE_OBJECT DeviceObject, PIRP Irp, NTSTATUS Status);
NTSTATUS NTAPI PcForwardIrpSynchronous(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTSTATUS NTAPI PcCompletePendingPropertyRequest(PPCPROPERTY_REQUEST PropertyRequest,
                                                NTSTATUS NtStatus);
NTSTATUS NTAPI PcGetDeviceProperty(PVOID DeviceObject, DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                   ULONG BufferLength, PVOID PropertyBuffer, PULONG ResultLength);
NTSTATUS NTAPI PcGetPhysicalDeviceObject(PDEVICE_OBJECT DeviceObject,
                                         PDEVICE_OBJECT *PhysicalDeviceObject);
ULONGLONG NTAPI PcGetTimeInterval(ULONGLONG Since);
NTSTATUS NTAPI PcRegisterIoTimeout(PDEVICE_OBJECT DeviceObject, PIO_TIMER_ROUTINE TimerRoutine,
                                   PVOID Context);
NTSTATUS NTAPI PcUnregisterIoTimeout(PDEVICE_OBJECT DeviceObject, PIO_TIMER_ROUTINE TimerRoutine,
                                     PVOID Context);

/* ---- stream resources, protected content --------------------------------------------------------- */

NTSTATUS NTAPI PcAddStreamResource(PDEVICE_OBJECT PhysicalDeviceObject, PVOID ResourceSet,
                                   PPCSTREAMRESOURCE_DESCRIPTOR ResourceDescriptor,
                                   PCSTREAMRESOURCE *ResourceHandle);
NTSTATUS NTAPI PcRemoveStreamResource(PCSTREAMRESOURCE ResourceHandle);
NTSTATUS NTAPI PcAddContentHandlers(ULONG ContentId, PVOID *Handlers, ULONG NumHandlers);
NTSTATUS NTAPI PcCreateContentMixed(PULONG ContentIds, ULONG ContentIdCount, PULONG MixedContentId);
NTSTATUS NTAPI PcDestroyContent(ULONG ContentId);
NTSTATUS NTAPI PcForwardContentToDeviceObject(ULONG ContentId, PVOID Reserved,
                                              PCDRMFORWARD DrmForward);
NTSTATUS NTAPI PcForwardContentToFileObject(ULONG ContentId, PFILE_OBJECT FileObject);
NTSTATUS NTAPI PcForwardContentToInterface(ULONG ContentId, PUNKNOWN Unknown, ULONG NumMethods);
NTSTATUS NTAPI PcGetContentRights(ULONG ContentId, PDRMRIGHTS DrmRights);

WDK_API_END

/* Units of PcGetTimeInterval. */
#define GTI_SECONDS(t) ((ULONGLONG)(t) * 10000000)
#define GTI_MILLISECONDS(t) ((ULONGLONG)(t) * 10000)
#define GTI_MICROSECONDS(t) ((ULONGLONG)(t) * 10)

#endif
