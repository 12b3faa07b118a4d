/* SPDX-License-Identifier: MIT */
/*
 * The DirectMusic port, its miniports and their streams (MXFs), and the synthesiser and UART classes. There is no such
 * port or miniport here (AD-22): a driver that asks is refused.
 */
#ifndef PORTSIDE_WDK_DMUSICKS_H
#define PORTSIDE_WDK_DMUSICKS_H

#include "portcls.h"
#include "dmusprop.h"

DEFINE_GUID(CLSID_PortDMus, 0xB7902FE9, 0xFB0A, 0x11D1, 0x81, 0xB0, 0x00, 0x60, 0x08, 0x33, 0x16, 0xC1);
DEFINE_GUID(IID_IPortDMus, 0xC096DF9C, 0xFB09, 0x11D1, 0x81, 0xB0, 0x00, 0x60, 0x08, 0x33, 0x16, 0xC1);
DEFINE_GUID(IID_IMiniportDMus, 0xC096DF9D, 0xFB09, 0x11D1, 0x81, 0xB0, 0x00, 0x60, 0x08, 0x33, 0x16,
            0xC1);
DEFINE_GUID(CLSID_MiniportDriverDMusUART, 0xD3F0CE1C, 0xFFFC, 0x11D1, 0x81, 0xB0, 0x00, 0x60, 0x08,
            0x33, 0x16, 0xC1);
DEFINE_GUID(CLSID_MiniportDriverDMusUARTCapture, 0xD3F0CE1D, 0xFFFC, 0x11D1, 0x81, 0xB0, 0x00, 0x60,
            0x08, 0x33, 0x16, 0xC1);

DEFINE_GUID(IID_IMXF, 0xC096DF9E, 0xFB09, 0x11D1, 0x81, 0xB0, 0x00, 0x60, 0x08, 0x33, 0x16, 0xC1);
DEFINE_GUID(IID_IAllocatorMXF, 0xA5F0D62C, 0xB30F, 0x11D2, 0xB7, 0xA3, 0x00, 0x60, 0x08, 0x33, 0x16, 0xC1);
DEFINE_GUID(IID_ISynthSinkDMus, 0x1F476974, 0x679B, 0x11D2, 0x8F, 0x7D, 0x00, 0xC0, 0x4F, 0xBF, 0x8F, 0xEF);

#define STATIC_KSAUDFNAME_DMUSIC_MPU_OUT                                                               \
    0xA4DF0EB5, 0xBAC9, 0x11D2, 0xB7, 0xA8, 0x00, 0x60, 0x08, 0x33, 0x16, 0xC1
DEFINE_GUIDEX(KSAUDFNAME_DMUSIC_MPU_OUT);
#define KSAUDFNAME_DMUSIC_MPU_OUT KSAUDFNAME_DMUSIC_MPU_OUT
#define STATIC_KSAUDFNAME_DMUSIC_MPU_IN                                                                \
    0xB2EC0A7D, 0xBAC9, 0x11D2, 0xB7, 0xA8, 0x00, 0x60, 0x08, 0x33, 0x16, 0xC1
DEFINE_GUIDEX(KSAUDFNAME_DMUSIC_MPU_IN);
#define KSAUDFNAME_DMUSIC_MPU_IN KSAUDFNAME_DMUSIC_MPU_IN

typedef LONGLONG REFERENCE_TIME;

typedef enum {
    DMUS_STREAM_MIDI_INVALID = -1,
    DMUS_STREAM_MIDI_RENDER,
    DMUS_STREAM_MIDI_CAPTURE,
    DMUS_STREAM_WAVE_SINK
} DMUS_STREAM_TYPE;

typedef struct _DMUS_KERNEL_EVENT {
    BYTE bReserved;
    BYTE cbStruct;
    USHORT cbEvent; /* rounded up to whole pointers only in memory */
    USHORT usChannelGroup;
    USHORT usFlags; /* DMUS_KEF_... */
    REFERENCE_TIME ullPresTime100ns;
    ULONGLONG ullBytePosition;
    struct _DMUS_KERNEL_EVENT *pNextEvt;
    union {
        BYTE abData[sizeof(PBYTE)];
        PBYTE pbData;
        struct _DMUS_KERNEL_EVENT *pPackageEvt;
    } uData;
} DMUS_KERNEL_EVENT, *PDMUS_KERNEL_EVENT;

#define DMUS_KEF_EVENT_COMPLETE 0x0000
#define DMUS_KEF_EVENT_INCOMPLETE 0x0001
#define DMUS_KEF_PACKAGE_EVENT 0x0002
#define kBytePositionNone (~(ULONGLONG)0)
#define SHORT_EVT(evt) ((evt)->cbEvent <= sizeof(PBYTE))
#define PACKAGE_EVT(evt) ((evt)->usFlags & DMUS_KEF_PACKAGE_EVENT)
#define INCOMPLETE_EVT(evt) ((evt)->usFlags & DMUS_KEF_EVENT_INCOMPLETE)
#define COMPLETE_EVT(evt) (((evt)->usFlags & DMUS_KEF_EVENT_INCOMPLETE) == 0)
#define SET_INCOMPLETE_EVT(evt) ((evt)->usFlags |= DMUS_KEF_EVENT_INCOMPLETE)
#define SET_COMPLETE_EVT(evt) ((evt)->usFlags &= (USHORT)~DMUS_KEF_EVENT_INCOMPLETE)
#define SET_PACKAGE_EVT(evt) ((evt)->usFlags |= DMUS_KEF_PACKAGE_EVENT)
#define CLEAR_PACKAGE_EVT(evt) ((evt)->usFlags &= (USHORT)~DMUS_KEF_PACKAGE_EVENT)

typedef struct IMXF *PMXF;
typedef struct IAllocatorMXF *PAllocatorMXF;
typedef struct IMasterClock *PMASTERCLOCK;
typedef struct IPortDMus *PPORTDMUS;
typedef struct IMiniportDMus *PMINIPORTDMUS;
typedef struct ISynthSinkDMus *PSYNTHSINKDMUS;
typedef struct IPositionNotify *PPOSITIONNOTIFY;

#define WDK_METHODS_IMXF(M, R, T)                                                                      \
    M(T, NTSTATUS, SetState, KSSTATE State)                                                            \
    M(T, NTSTATUS, PutMessage, PDMUS_KERNEL_EVENT Event)                                               \
    M(T, NTSTATUS, ConnectOutput, PMXF Sink)                                                           \
    M(T, NTSTATUS, DisconnectOutput, PMXF Sink)
WDK_INTERFACE(IMXF, IUnknown, WDK_UNKNOWN_SLOTS)
#define WDK_MXF_SLOTS(T) WDK_UNKNOWN_SLOTS(T) WDK_SLOTS(IMXF, T)

#define WDK_METHODS_IAllocatorMXF(M, R, T)                                                             \
    M(T, NTSTATUS, GetMessage, PDMUS_KERNEL_EVENT *Event)                                              \
    M(T, USHORT, GetBufferSize)                                                                        \
    M(T, NTSTATUS, GetBuffer, PBYTE *Buffer)                                                           \
    M(T, NTSTATUS, PutBuffer, PBYTE Buffer)
WDK_INTERFACE(IAllocatorMXF, IMXF, WDK_MXF_SLOTS)

#define WDK_METHODS_ISynthSinkDMus(M, R, T)                                                            \
    M(T, VOID, Render, PBYTE Buffer, DWORD Length, LONGLONG Position)                                  \
    M(T, NTSTATUS, SyncToMaster, REFERENCE_TIME Time, BOOL Start)                                      \
    M(T, NTSTATUS, SampleToRefTime, LONGLONG Sample, REFERENCE_TIME *Time)                             \
    M(T, NTSTATUS, RefTimeToSample, REFERENCE_TIME Time, LONGLONG *Sample)
WDK_INTERFACE(ISynthSinkDMus, IMXF, WDK_MXF_SLOTS)

#define WDK_METHODS_IMasterClock(M, R, T) M(T, NTSTATUS, GetTime, REFERENCE_TIME *Time)
WDK_INTERFACE(IMasterClock, IUnknown, WDK_UNKNOWN_SLOTS)

#define WDK_METHODS_IPositionNotify(M, R, T) M(T, VOID, PositionNotify, ULONGLONG BytePosition)
WDK_INTERFACE(IPositionNotify, IUnknown, WDK_UNKNOWN_SLOTS)

#define WDK_METHODS_IPortDMus(M, R, T)                                                                 \
    M(T, VOID, Notify, PSERVICEGROUP ServiceGroup)                                                     \
    M(T, VOID, RegisterServiceGroup, PSERVICEGROUP ServiceGroup)
WDK_INTERFACE(IPortDMus, IPort, WDK_PORT_SLOTS)

#define WDK_METHODS_IMiniportDMus(M, R, T)                                                             \
    M(T, NTSTATUS, Init, PUNKNOWN UnknownAdapter, PRESOURCELIST ResourceList, PPORTDMUS Port,          \
      PSERVICEGROUP *ServiceGroup)                                                                     \
    M(T, VOID, Service)                                                                                \
    M(T, NTSTATUS, NewStream, PMXF *Mxf, PUNKNOWN OuterUnknown, POOL_TYPE PoolType, ULONG PinId,       \
      DMUS_STREAM_TYPE StreamType, PKSDATAFORMAT DataFormat, PSERVICEGROUP *ServiceGroup,              \
      PAllocatorMXF AllocatorMxf, PMASTERCLOCK MasterClock, PULONGLONG SchedulePreFetch)
WDK_INTERFACE(IMiniportDMus, IMiniport, WDK_MINIPORT_SLOTS)

#ifdef __cplusplus
#define IMP_IMXF WDK_IMP(IMXF)
#define IMP_IAllocatorMXF WDK_IMP(IMXF) WDK_IMP(IAllocatorMXF)
#define IMP_ISynthSinkDMus WDK_IMP(IMXF) WDK_IMP(ISynthSinkDMus)
#define IMP_IMasterClock WDK_IMP(IMasterClock)
#define IMP_IPositionNotify WDK_IMP(IPositionNotify)
#define IMP_IPortDMus WDK_IMP(IPort) WDK_IMP(IPortDMus)
#define IMP_IMiniportDMus WDK_IMP(IMiniport) WDK_IMP(IMiniportDMus)
#endif

#endif
