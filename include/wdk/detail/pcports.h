/* SPDX-License-Identifier: MIT */
/* Ports and the miniports they drive: WavePci, WaveCyclic, WaveRT, topology. */
#ifndef PORTSIDE_WDK_PCPORTS_H
#define PORTSIDE_WDK_PCPORTS_H

#include "pcobjects.h"

typedef struct IPort *PPORT;
typedef struct IMiniport *PMINIPORT;
typedef struct IPortWavePci *PPORTWAVEPCI;
typedef struct IPortWavePciStream *PPORTWAVEPCISTREAM;
typedef struct IMiniportWavePci *PMINIPORTWAVEPCI;
typedef struct IMiniportWavePciStream *PMINIPORTWAVEPCISTREAM;
typedef struct IPortWaveCyclic *PPORTWAVECYCLIC;
typedef struct IMiniportWaveCyclic *PMINIPORTWAVECYCLIC;
typedef struct IMiniportWaveCyclicStream *PMINIPORTWAVECYCLICSTREAM;
typedef struct IPortWaveRT *PPORTWAVERT;
typedef struct IPortWaveRTStream *PPORTWAVERTSTREAM;
typedef struct IMiniportWaveRT *PMINIPORTWAVERT;
typedef struct IMiniportWaveRTStream *PMINIPORTWAVERTSTREAM;
typedef struct IMiniportWaveRTStreamNotification *PMINIPORTWAVERTSTREAMNOTIFICATION;
typedef struct IMiniportWaveRTInputStream *PMINIPORTWAVERTINPUTSTREAM;
typedef struct IMiniportWaveRTOutputStream *PMINIPORTWAVERTOUTPUTSTREAM;
typedef struct IPortTopology *PPORTTOPOLOGY;
typedef struct IMiniportTopology *PMINIPORTTOPOLOGY;

/* ---- every port, every miniport ------------------------------------------------------------------ */

#define WDK_METHODS_IPort(M, R, T)                                                                     \
    M(T, NTSTATUS, Init, PDEVICE_OBJECT DeviceObject, PIRP Irp, PUNKNOWN UnknownMiniport,              \
      PUNKNOWN UnknownAdapter, PRESOURCELIST ResourceList)                                             \
    M(T, NTSTATUS, GetDeviceProperty, DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,     \
      PVOID PropertyBuffer, PULONG ResultLength)                                                       \
    M(T, NTSTATUS, NewRegistryKey, PREGISTRYKEY *OutRegistryKey, PUNKNOWN OuterUnknown,                \
      ULONG RegistryKeyType, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,           \
      ULONG CreateOptions, PULONG Disposition)
WDK_INTERFACE(IPort, IUnknown, WDK_UNKNOWN_SLOTS)

#define WDK_METHODS_IMiniport(M, R, T)                                                                 \
    M(T, NTSTATUS, GetDescription, PPCFILTER_DESCRIPTOR *Description)                                  \
    M(T, NTSTATUS, DataRangeIntersection, ULONG PinId, PKSDATARANGE DataRange,                         \
      PKSDATARANGE MatchingDataRange, ULONG OutputBufferLength, PVOID ResultantFormat,                 \
      PULONG ResultantFormatLength)
WDK_INTERFACE(IMiniport, IUnknown, WDK_UNKNOWN_SLOTS)

#define WDK_PORT_SLOTS(T) WDK_UNKNOWN_SLOTS(T) WDK_SLOTS(IPort, T)
#define WDK_MINIPORT_SLOTS(T) WDK_UNKNOWN_SLOTS(T) WDK_SLOTS(IMiniport, T)

/* ---- WavePci (WP) -------------------------------------------------------------------------------- */

#define WDK_METHODS_IPortWavePci(M, R, T)                                                              \
    M(T, VOID, Notify, PSERVICEGROUP ServiceGroup)                                                     \
    M(T, NTSTATUS, NewMasterDmaChannel, PDMACHANNEL *OutDmaChannel, PUNKNOWN OuterUnknown,             \
      POOL_TYPE PoolType, PRESOURCELIST ResourceList, BOOLEAN ScatterGather,                           \
      BOOLEAN Dma32BitAddresses, BOOLEAN Dma64BitAddresses, BOOLEAN IgnoreCount, DMA_WIDTH DmaWidth,   \
      DMA_SPEED DmaSpeed, ULONG MaximumLength, ULONG DmaPort)
WDK_INTERFACE(IPortWavePci, IPort, WDK_PORT_SLOTS)

#define WDK_METHODS_IPortWavePciStream(M, R, T)                                                        \
    M(T, NTSTATUS, GetMapping, PVOID Tag, PPHYSICAL_ADDRESS PhysicalAddress, PVOID *VirtualAddress,    \
      PULONG ByteCount, PULONG Flags)                                                                  \
    M(T, NTSTATUS, ReleaseMapping, PVOID Tag)                                                          \
    M(T, NTSTATUS, TerminatePacket)
WDK_INTERFACE(IPortWavePciStream, IUnknown, WDK_UNKNOWN_SLOTS)

#define WDK_METHODS_IMiniportWavePci(M, R, T)                                                          \
    M(T, NTSTATUS, Init, PUNKNOWN UnknownAdapter, PRESOURCELIST ResourceList, PPORTWAVEPCI Port,       \
      PSERVICEGROUP *ServiceGroup)                                                                     \
    M(T, NTSTATUS, NewStream, PMINIPORTWAVEPCISTREAM *Stream, PUNKNOWN OuterUnknown,                   \
      POOL_TYPE PoolType, PPORTWAVEPCISTREAM PortStream, ULONG Pin, BOOLEAN Capture,                   \
      PKSDATAFORMAT DataFormat, PDMACHANNEL *DmaChannel, PSERVICEGROUP *ServiceGroup)                  \
    M(T, VOID, Service)
WDK_INTERFACE(IMiniportWavePci, IMiniport, WDK_MINIPORT_SLOTS)

#define WDK_METHODS_IMiniportWavePciStream(M, R, T)                                                    \
    M(T, NTSTATUS, SetFormat, PKSDATAFORMAT DataFormat)                                                \
    M(T, NTSTATUS, SetState, KSSTATE State)                                                            \
    M(T, NTSTATUS, GetPosition, PULONGLONG Position)                                                   \
    M(T, NTSTATUS, NormalizePhysicalPosition, PLONGLONG PhysicalPosition)                              \
    M(T, NTSTATUS, GetAllocatorFraming, PKSALLOCATOR_FRAMING AllocatorFraming)                         \
    M(T, NTSTATUS, RevokeMappings, PVOID FirstTag, PVOID LastTag, PULONG MappingsRevoked)              \
    M(T, VOID, MappingAvailable)                                                                       \
    M(T, VOID, Service)
WDK_INTERFACE(IMiniportWavePciStream, IUnknown, WDK_UNKNOWN_SLOTS)

/* ---- WaveCyclic (WC) ----------------------------------------------------------------------------- */

#define WDK_METHODS_IPortWaveCyclic(M, R, T)                                                           \
    M(T, VOID, Notify, PSERVICEGROUP ServiceGroup)                                                     \
    M(T, NTSTATUS, NewSlaveDmaChannel, PDMACHANNELSLAVE *OutDmaChannel, PUNKNOWN OuterUnknown,         \
      PRESOURCELIST ResourceList, ULONG DmaIndex, ULONG MaximumLength, BOOLEAN DemandMode,             \
      DMA_SPEED DmaSpeed)                                                                              \
    M(T, NTSTATUS, NewMasterDmaChannel, PDMACHANNEL *OutDmaChannel, PUNKNOWN OuterUnknown,             \
      PRESOURCELIST ResourceList, ULONG MaximumLength, BOOLEAN Dma32BitAddresses,                      \
      BOOLEAN Dma64BitAddresses, DMA_WIDTH DmaWidth, DMA_SPEED DmaSpeed)
WDK_INTERFACE(IPortWaveCyclic, IPort, WDK_PORT_SLOTS)

#define WDK_METHODS_IMiniportWaveCyclic(M, R, T)                                                       \
    M(T, NTSTATUS, Init, PUNKNOWN UnknownAdapter, PRESOURCELIST ResourceList, PPORTWAVECYCLIC Port)    \
    M(T, NTSTATUS, NewStream, PMINIPORTWAVECYCLICSTREAM *Stream, PUNKNOWN OuterUnknown,                \
      POOL_TYPE PoolType, ULONG Pin, BOOLEAN Capture, PKSDATAFORMAT DataFormat,                        \
      PDMACHANNEL *DmaChannel, PSERVICEGROUP *ServiceGroup)
WDK_INTERFACE(IMiniportWaveCyclic, IMiniport, WDK_MINIPORT_SLOTS)

#define WDK_METHODS_IMiniportWaveCyclicStream(M, R, T)                                                 \
    M(T, NTSTATUS, SetFormat, PKSDATAFORMAT DataFormat)                                                \
    M(T, ULONG, SetNotificationFreq, ULONG Interval, PULONG FrameSize)                                 \
    M(T, NTSTATUS, SetState, KSSTATE State)                                                            \
    M(T, NTSTATUS, GetPosition, PULONG Position)                                                       \
    M(T, NTSTATUS, NormalizePhysicalPosition, PLONGLONG PhysicalPosition)                              \
    M(T, VOID, Silence, PVOID Buffer, ULONG ByteCount)
WDK_INTERFACE(IMiniportWaveCyclicStream, IUnknown, WDK_UNKNOWN_SLOTS)

/* ---- WaveRT (RT) --------------------------------------------------------------------------------- */

#define WDK_METHODS_IPortWaveRT(M, R, T)
WDK_INTERFACE(IPortWaveRT, IPort, WDK_PORT_SLOTS)

#define WDK_METHODS_IPortWaveRTStream(M, R, T)                                                         \
    M(T, PMDL, AllocatePagesForMdl, PHYSICAL_ADDRESS HighAddress, SIZE_T TotalBytes)                   \
    M(T, PMDL, AllocateContiguousPagesForMdl, PHYSICAL_ADDRESS LowAddress,                             \
      PHYSICAL_ADDRESS HighAddress, SIZE_T TotalBytes)                                                 \
    M(T, PVOID, MapAllocatedPages, PMDL MemoryDescriptorList, MEMORY_CACHING_TYPE CacheType)           \
    M(T, VOID, UnmapAllocatedPages, PVOID BaseAddress, PMDL MemoryDescriptorList)                      \
    M(T, VOID, FreePagesFromMdl, PMDL MemoryDescriptorList)                                            \
    M(T, ULONG, GetPhysicalPagesCount, PMDL MemoryDescriptorList)                                      \
    R(T, PHYSICAL_ADDRESS, GetPhysicalPageAddress, (PMDL MemoryDescriptorList, ULONG Index),           \
      (MemoryDescriptorList, Index))
WDK_INTERFACE(IPortWaveRTStream, IUnknown, WDK_UNKNOWN_SLOTS)

#ifndef __cplusplus
WDK_CALL_RESULT(IPortWaveRTStream, PHYSICAL_ADDRESS, GetPhysicalPageAddress,
                (PMDL MemoryDescriptorList, ULONG Index), (MemoryDescriptorList, Index))
#endif

#define WDK_METHODS_IMiniportWaveRT(M, R, T)                                                           \
    M(T, NTSTATUS, Init, PUNKNOWN UnknownAdapter, PRESOURCELIST ResourceList, PPORTWAVERT Port)        \
    M(T, NTSTATUS, NewStream, PMINIPORTWAVERTSTREAM *Stream, PPORTWAVERTSTREAM PortStream, ULONG Pin,  \
      BOOLEAN Capture, PKSDATAFORMAT DataFormat)                                                       \
    M(T, NTSTATUS, GetDeviceDescription, PDEVICE_DESCRIPTION DeviceDescription)
WDK_INTERFACE(IMiniportWaveRT, IMiniport, WDK_MINIPORT_SLOTS)

#define WDK_METHODS_IMiniportWaveRTStream(M, R, T)                                                     \
    M(T, NTSTATUS, SetFormat, PKSDATAFORMAT DataFormat)                                                \
    M(T, NTSTATUS, SetState, KSSTATE State)                                                            \
    M(T, NTSTATUS, GetPosition, PKSAUDIO_POSITION Position)                                            \
    M(T, NTSTATUS, AllocateAudioBuffer, ULONG RequestedSize, PMDL *AudioBufferMdl, ULONG *ActualSize,  \
      ULONG *OffsetFromFirstPage, MEMORY_CACHING_TYPE *CacheType)                                      \
    M(T, VOID, FreeAudioBuffer, PMDL AudioBufferMdl, ULONG BufferSize)                                 \
    M(T, VOID, GetHWLatency, KSRTAUDIO_HWLATENCY *Latency)                                             \
    M(T, NTSTATUS, GetPositionRegister, KSRTAUDIO_HWREGISTER *Register)                                \
    M(T, NTSTATUS, GetClockRegister, KSRTAUDIO_HWREGISTER *Register)
WDK_INTERFACE(IMiniportWaveRTStream, IUnknown, WDK_UNKNOWN_SLOTS)

#define WDK_WAVERT_STREAM_SLOTS(T) WDK_UNKNOWN_SLOTS(T) WDK_SLOTS(IMiniportWaveRTStream, T)
#define WDK_METHODS_IMiniportWaveRTStreamNotification(M, R, T)                                         \
    M(T, NTSTATUS, AllocateBufferWithNotification, ULONG NotificationCount, ULONG RequestedSize,       \
      PMDL *AudioBufferMdl, ULONG *ActualSize, ULONG *OffsetFromFirstPage,                             \
      MEMORY_CACHING_TYPE *CacheType)                                                                  \
    M(T, VOID, FreeBufferWithNotification, PMDL AudioBufferMdl, ULONG BufferSize)                      \
    M(T, NTSTATUS, RegisterNotificationEvent, PKEVENT NotificationEvent)                               \
    M(T, NTSTATUS, UnregisterNotificationEvent, PKEVENT NotificationEvent)
WDK_INTERFACE(IMiniportWaveRTStreamNotification, IMiniportWaveRTStream, WDK_WAVERT_STREAM_SLOTS)

#define WDK_METHODS_IMiniportWaveRTInputStream(M, R, T)                                                \
    M(T, NTSTATUS, GetReadPacket, ULONG *PacketNumber, ULONG *Flags,                                   \
      ULONG64 *PerformanceCounterValue, BOOL *MoreData)
WDK_INTERFACE(IMiniportWaveRTInputStream, IUnknown, WDK_UNKNOWN_SLOTS)

#define WDK_METHODS_IMiniportWaveRTOutputStream(M, R, T)                                               \
    M(T, NTSTATUS, SetWritePacket, ULONG PacketNumber, ULONG Flags, ULONG EosPacketLength)             \
    M(T, NTSTATUS, GetOutputStreamPresentationPosition,                                                \
      KSAUDIO_PRESENTATION_POSITION *PresentationPosition)                                             \
    M(T, NTSTATUS, GetPacketCount, ULONG *PacketCount)
WDK_INTERFACE(IMiniportWaveRTOutputStream, IUnknown, WDK_UNKNOWN_SLOTS)

/* ---- topology (TP) ------------------------------------------------------------------------------- */

#define WDK_METHODS_IPortTopology(M, R, T)
WDK_INTERFACE(IPortTopology, IPort, WDK_PORT_SLOTS)

#define WDK_METHODS_IMiniportTopology(M, R, T)                                                         \
    M(T, NTSTATUS, Init, PUNKNOWN UnknownAdapter, PRESOURCELIST ResourceList, PPORTTOPOLOGY Port)
WDK_INTERFACE(IMiniportTopology, IMiniport, WDK_MINIPORT_SLOTS)

#ifdef __cplusplus
#define IMP_IPort WDK_IMP(IPort)
#define IMP_IMiniport WDK_IMP(IMiniport)
#define IMP_IPortWavePci WDK_IMP(IPort) WDK_IMP(IPortWavePci)
#define IMP_IPortWavePciStream WDK_IMP(IPortWavePciStream)
#define IMP_IMiniportWavePci WDK_IMP(IMiniport) WDK_IMP(IMiniportWavePci)
#define IMP_IMiniportWavePciStream WDK_IMP(IMiniportWavePciStream)
#define IMP_IPortWaveCyclic WDK_IMP(IPort) WDK_IMP(IPortWaveCyclic)
#define IMP_IMiniportWaveCyclic WDK_IMP(IMiniport) WDK_IMP(IMiniportWaveCyclic)
#define IMP_IMiniportWaveCyclicStream WDK_IMP(IMiniportWaveCyclicStream)
#define IMP_IPortWaveRT WDK_IMP(IPort)
#define IMP_IPortWaveRTStream WDK_IMP(IPortWaveRTStream)
#define IMP_IMiniportWaveRT WDK_IMP(IMiniport) WDK_IMP(IMiniportWaveRT)
#define IMP_IMiniportWaveRTStream WDK_IMP(IMiniportWaveRTStream)
/* Alone of all it leaves its parent's methods out. */
#define IMP_IMiniportWaveRTStreamNotification WDK_IMP(IMiniportWaveRTStreamNotification)
#define IMP_IMiniportWaveRTInputStream WDK_IMP(IMiniportWaveRTInputStream)
#define IMP_IMiniportWaveRTOutputStream WDK_IMP(IMiniportWaveRTOutputStream)
#define IMP_IPortTopology WDK_IMP(IPort)
#define IMP_IMiniportTopology WDK_IMP(IMiniport) WDK_IMP(IMiniportTopology)
#endif

/* {xxxxxxxx-5791-11D0-86F9-00A0C911B544} */
#define WDK_PORTCLS_GUID(name, l)                                                                      \
    DEFINE_GUID(name, l, 0x5791, 0x11D0, 0x86, 0xF9, 0x00, 0xA0, 0xC9, 0x11, 0xB5, 0x44)
WDK_PORTCLS_GUID(IID_IMiniport, 0xB4C90A24);
WDK_PORTCLS_GUID(IID_IPort, 0xB4C90A25);
WDK_PORTCLS_GUID(IID_IPortWaveCyclic, 0xB4C90A26);
WDK_PORTCLS_GUID(IID_IMiniportWaveCyclic, 0xB4C90A27);
WDK_PORTCLS_GUID(IID_IMiniportWaveCyclicStream, 0xB4C90A28);
WDK_PORTCLS_GUID(CLSID_PortWaveCyclic, 0xB4C90A2A);
WDK_PORTCLS_GUID(IID_IPortTopology, 0xB4C90A30);
WDK_PORTCLS_GUID(IID_IMiniportTopology, 0xB4C90A31);
WDK_PORTCLS_GUID(CLSID_PortTopology, 0xB4C90A32);
WDK_PORTCLS_GUID(IID_IPortMidi, 0xB4C90A40);
WDK_PORTCLS_GUID(IID_IMiniportMidi, 0xB4C90A41);
WDK_PORTCLS_GUID(IID_IMiniportMidiStream, 0xB4C90A42);
WDK_PORTCLS_GUID(CLSID_PortMidi, 0xB4C90A43);
WDK_PORTCLS_GUID(IID_IPortWavePci, 0xB4C90A50);
WDK_PORTCLS_GUID(IID_IPortWavePciStream, 0xB4C90A51);
WDK_PORTCLS_GUID(IID_IMiniportWavePci, 0xB4C90A52);
WDK_PORTCLS_GUID(IID_IMiniportWavePciStream, 0xB4C90A53);
WDK_PORTCLS_GUID(CLSID_PortWavePci, 0xB4C90A54);
WDK_PORTCLS_GUID(CLSID_MiniportDriverFmSynth, 0xB4C90AE0);
WDK_PORTCLS_GUID(CLSID_MiniportDriverUart, 0xB4C90AE1);
DEFINE_GUID(CLSID_MiniportDriverFmSynthWithVol, 0xE5A3C139, 0xF0F2, 0x11D1, 0x81, 0xAF, 0x00, 0x60,
            0x08, 0x33, 0x16, 0xC1);
DEFINE_GUID(CLSID_PortWaveRT, 0xCC9BE57A, 0xEB9E, 0x42B4, 0x94, 0xFC, 0x0C, 0xAD, 0x3D, 0xBC, 0xE7,
            0xFA);
DEFINE_GUID(IID_IPortWaveRT, 0x339FF909, 0x68A9, 0x4310, 0xB0, 0x9B, 0x27, 0x4E, 0x96, 0xEE, 0x4C,
            0xBD);
DEFINE_GUID(IID_IPortWaveRTStream, 0x1809CE5A, 0x64BC, 0x4E62, 0xBD, 0x7D, 0x95, 0xBC, 0xE4, 0x3D,
            0xE3, 0x93);
DEFINE_GUID(IID_IMiniportWaveRT, 0x0F9FC4D6, 0x6061, 0x4F3C, 0xB1, 0xFC, 0x07, 0x5E, 0x35, 0xF7, 0x96,
            0x0A);
DEFINE_GUID(IID_IMiniportWaveRTStream, 0x000AC9AB, 0xFAAB, 0x4F3D, 0x94, 0x55, 0x6F, 0xF8, 0x30, 0x6A,
            0x74, 0xA0);
DEFINE_GUID(IID_IMiniportWaveRTStreamNotification, 0x23759128, 0x96F1, 0x423B, 0xAB, 0x4D, 0x81, 0x63,
            0x5B, 0xCF, 0x8C, 0xA1);
DEFINE_GUID(IID_IMiniportWaveRTInputStream, 0xCD8E756A, 0x5FC7, 0x4624, 0x98, 0x4B, 0x2A, 0xF0, 0x29,
            0x25, 0xB9, 0x1F);
DEFINE_GUID(IID_IMiniportWaveRTOutputStream, 0x831FC7BC, 0x6347, 0x44BC, 0xB4, 0x7B, 0xC0, 0xC6, 0x57,
            0xB5, 0xBF, 0x73);

#endif
