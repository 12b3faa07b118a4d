/* SPDX-License-Identifier: MIT */
/*
 * What miniports of Windows 8 and later offer beside their streams: signal-processing modes, the audio engine's node,
 * notifications and run-time power. The port asks for none of them; a driver that has them compiles and runs.
 */
#ifndef PORTSIDE_WDK_PCENGINE_H
#define PORTSIDE_WDK_PCENGINE_H

#include "pcextras.h"

typedef enum { eVolumeAttribute, eMuteAttribute, ePeakMeterAttribute } eChannelTargetType;
typedef enum { eMixFormat, eDeviceFormat, eSupportedDeviceFormats } eEngineFormatType;

#define WDK_METHODS_IMiniportAudioSignalProcessing(M, R, T)                                            \
    M(T, NTSTATUS, GetModes, ULONG Pin, GUID *SignalProcessingModes, ULONG *NumSignalProcessingModes)
WDK_INTERFACE(IMiniportAudioSignalProcessing, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IMiniportAudioSignalProcessing *PMINIPORTAUDIOSIGNALPROCESSING, *PMINIPORTAudioSignalProcessing;

#define WDK_METHODS_IMiniportAudioEngineNode(M, R, T)                                                  \
    M(T, NTSTATUS, GetAudioEngineDescriptor, ULONG NodeId, KSAUDIOENGINE_DESCRIPTOR *Descriptor)       \
    M(T, NTSTATUS, GetGfxState, ULONG NodeId, BOOL *Enable)                                            \
    M(T, NTSTATUS, SetGfxState, ULONG NodeId, BOOL Enable)                                             \
    M(T, NTSTATUS, GetEngineFormatSize, ULONG NodeId, eEngineFormatType FormatType, ULONG *FormatSize) \
    M(T, NTSTATUS, GetMixFormat, ULONG NodeId, KSDATAFORMAT_WAVEFORMATEX *Format, ULONG BufferSize)    \
    M(T, NTSTATUS, GetDeviceFormat, ULONG NodeId, KSDATAFORMAT_WAVEFORMATEX *Format, ULONG BufferSize) \
    M(T, NTSTATUS, SetDeviceFormat, ULONG NodeId, KSDATAFORMAT_WAVEFORMATEX *Format, ULONG BufferSize) \
    M(T, NTSTATUS, GetSupportedDeviceFormats, ULONG NodeId, KSMULTIPLE_ITEM *Formats,                  \
      ULONG BufferSize)                                                                                \
    M(T, NTSTATUS, GetDeviceChannelCount, ULONG NodeId, eChannelTargetType TargetType,                 \
      UINT32 *ChannelCount)                                                                            \
    M(T, NTSTATUS, GetDeviceAttributeSteppings, ULONG NodeId, eChannelTargetType TargetType,           \
      PKSPROPERTY_STEPPING_LONG Steppings, UINT32 DataSize)                                            \
    M(T, NTSTATUS, GetDeviceChannelVolume, ULONG NodeId, UINT32 Channel, LONG *Volume)                 \
    M(T, NTSTATUS, SetDeviceChannelVolume, ULONG NodeId, UINT32 Channel, LONG Volume)                  \
    M(T, NTSTATUS, GetDeviceChannelPeakMeter, ULONG NodeId, UINT32 Channel, LONG *PeakMeter)           \
    M(T, NTSTATUS, GetDeviceChannelMute, ULONG NodeId, UINT32 Channel, BOOL *Mute)                     \
    M(T, NTSTATUS, SetDeviceChannelMute, ULONG NodeId, UINT32 Channel, BOOL Mute)                      \
    M(T, NTSTATUS, GetBufferSizeRange, ULONG NodeId, KSDATAFORMAT_WAVEFORMATEX *Format,                \
      KSAUDIOENGINE_BUFFER_SIZE_RANGE *Range)
WDK_INTERFACE(IMiniportAudioEngineNode, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IMiniportAudioEngineNode *PMINIPORTAUDIOENGINENODE;

#define WDK_METHODS_IMiniportStreamAudioEngineNode(M, R, T)                                            \
    M(T, NTSTATUS, GetLfxState, BOOL *Enable)                                                          \
    M(T, NTSTATUS, SetLfxState, BOOL Enable)                                                           \
    M(T, NTSTATUS, GetStreamChannelVolume, UINT32 Channel, LONG *Volume)                               \
    M(T, NTSTATUS, SetStreamChannelVolume, UINT32 Channel, LONG TargetVolume,                          \
      AUDIO_CURVE_TYPE CurveType, ULONGLONG CurveDuration)                                             \
    M(T, NTSTATUS, GetStreamChannelPeakMeter, UINT32 Channel, LONG *PeakMeter)                         \
    M(T, NTSTATUS, GetStreamChannelMute, UINT32 Channel, BOOL *Mute)                                   \
    M(T, NTSTATUS, SetStreamChannelMute, UINT32 Channel, BOOL Mute)                                    \
    M(T, NTSTATUS, GetStreamAttributeSteppings, eChannelTargetType TargetType,                         \
      PKSPROPERTY_STEPPING_LONG Steppings, UINT32 DataSize)                                            \
    M(T, NTSTATUS, GetStreamChannelCount, eChannelTargetType TargetType, UINT32 *ChannelCount)         \
    M(T, NTSTATUS, GetStreamPresentationPosition, KSAUDIO_PRESENTATION_POSITION *Position)             \
    M(T, NTSTATUS, SetStreamCurrentWritePosition, ULONG WritePosition)                                 \
    M(T, NTSTATUS, GetStreamLinearBufferPosition, ULONGLONG *Position)                                 \
    M(T, NTSTATUS, SetStreamLoopbackProtection, CONSTRICTOR_OPTION Option)
WDK_INTERFACE(IMiniportStreamAudioEngineNode, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IMiniportStreamAudioEngineNode *PMINIPORTSTREAMAUDIOENGINENODE;

#define WDK_STREAM_ENGINE_SLOTS(T) WDK_UNKNOWN_SLOTS(T) WDK_SLOTS(IMiniportStreamAudioEngineNode, T)
#define WDK_METHODS_IMiniportStreamAudioEngineNode2(M, R, T)                                           \
    M(T, NTSTATUS, SetStreamCurrentWritePositionForLastBuffer, ULONG WritePosition)
WDK_INTERFACE(IMiniportStreamAudioEngineNode2, IMiniportStreamAudioEngineNode, WDK_STREAM_ENGINE_SLOTS)
typedef IMiniportStreamAudioEngineNode2 *PMINIPORTSTREAMAUDIOENGINENODE2;

typedef struct _PCNOTIFICATION_BUFFER {
    UCHAR NotificationBuffer[ANYSIZE_ARRAY];
} PCNOTIFICATION_BUFFER, *PPCNOTIFICATION_BUFFER;

#define WDK_METHODS_IPortClsNotifications(M, R, T)                                                     \
    M(T, NTSTATUS, AllocNotificationBuffer, POOL_TYPE PoolType, USHORT NumberOfBytes,                  \
      PPCNOTIFICATION_BUFFER *NotificationBuffer)                                                      \
    M(T, VOID, FreeNotificationBuffer, PPCNOTIFICATION_BUFFER NotificationBuffer)                      \
    M(T, VOID, SendNotification, const GUID *NotificationId, PPCNOTIFICATION_BUFFER NotificationBuffer)
WDK_INTERFACE(IPortClsNotifications, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IPortClsNotifications *PPORTCLSNOTIFICATIONS;

typedef NTSTATUS NTAPI PCRUNTIME_POWER_CONTROL_CALLBACK(LPCGUID PowerControlCode, PVOID InBuffer,
                                                        SIZE_T InBufferSize, PVOID OutBuffer,
                                                        SIZE_T OutBufferSize, PSIZE_T BytesReturned,
                                                        PVOID Context);
typedef PCRUNTIME_POWER_CONTROL_CALLBACK *PCPFNRUNTIME_POWER_CONTROL_CALLBACK;

#define WDK_METHODS_IPortClsRuntimePower(M, R, T)                                                      \
    M(T, NTSTATUS, RegisterPowerControlCallback, PDEVICE_OBJECT DeviceObject,                          \
      PCPFNRUNTIME_POWER_CONTROL_CALLBACK Callback, PVOID Context)                                     \
    M(T, NTSTATUS, UnregisterPowerControlCallback, PDEVICE_OBJECT DeviceObject)                        \
    M(T, NTSTATUS, SendPowerControl, PDEVICE_OBJECT DeviceObject, LPCGUID PowerControlCode,            \
      PVOID InBuffer, SIZE_T InBufferSize, PVOID OutBuffer, SIZE_T OutBufferSize,                      \
      PSIZE_T BytesReturned)
WDK_INTERFACE(IPortClsRuntimePower, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IPortClsRuntimePower *PPORTCLSRUNTIMEPOWER;

#ifdef __cplusplus
#define IMP_IMiniportAudioSignalProcessing WDK_IMP(IMiniportAudioSignalProcessing)
#define IMP_IMiniportAudioEngineNode WDK_IMP(IMiniportAudioEngineNode)
#define IMP_IMiniportStreamAudioEngineNode WDK_IMP(IMiniportStreamAudioEngineNode)
/* Without its parent's: drivers name both. */
#define IMP_IMiniportStreamAudioEngineNode2 WDK_IMP(IMiniportStreamAudioEngineNode2)
#define IMP_IPortClsNotifications WDK_IMP(IPortClsNotifications)
#define IMP_IPortClsRuntimePower WDK_IMP(IPortClsRuntimePower)
#endif

DEFINE_GUID(IID_IMiniportAudioSignalProcessing, 0xB532678C, 0xBE50, 0x472D, 0x99, 0x73, 0x8A, 0x6F, 0x16,
            0x59, 0x49, 0x89);
DEFINE_GUID(IID_IMiniportAudioEngineNode, 0x2EBF536C, 0xEF57, 0x4C64, 0xBE, 0xDC, 0x25, 0xC1, 0xA6, 0xD6,
            0x68, 0xE6);
DEFINE_GUID(IID_IMiniportStreamAudioEngineNode, 0xBD6EEB4B, 0xE6E5, 0x40FD, 0x8D, 0x5A, 0x5B, 0x1D, 0xCD,
            0xE2, 0x0C, 0x42);
DEFINE_GUID(IID_IMiniportStreamAudioEngineNode2, 0xAEB7F86A, 0x6CBA, 0x44CF, 0xA2, 0xD2, 0xB3, 0xFA, 0x5B,
            0x69, 0x68, 0x17);
DEFINE_GUID(IID_IPortClsNotifications, 0x1E092CE2, 0xDB25, 0x483B, 0x84, 0x46, 0xB0, 0x96, 0x12, 0x15, 0x25,
            0x8B);
DEFINE_GUID(IID_IPortClsRuntimePower, 0xE057C351, 0x0430, 0x4DBC, 0xB1, 0x72, 0xC7, 0x11, 0xD4, 0x0A, 0x23,
            0x73);

#endif
