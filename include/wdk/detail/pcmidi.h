/* SPDX-License-Identifier: MIT */
/*
 * The MIDI port and its miniports. There is no such port here (PcNewPort refuses); a driver that also has one
 * compiles.
 */
#ifndef PORTSIDE_WDK_PCMIDI_H
#define PORTSIDE_WDK_PCMIDI_H

#include "pcports.h"

#define WDK_METHODS_IPortMidi(M, R, T)                                                                 \
    M(T, VOID, Notify, PSERVICEGROUP ServiceGroup)                                                     \
    M(T, NTSTATUS, RegisterServiceGroup, PSERVICEGROUP ServiceGroup)
WDK_INTERFACE(IPortMidi, IPort, WDK_PORT_SLOTS)
typedef IPortMidi *PPORTMIDI;

#define WDK_METHODS_IMiniportMidiStream(M, R, T)                                                       \
    M(T, NTSTATUS, SetFormat, PKSDATAFORMAT DataFormat)                                                \
    M(T, NTSTATUS, SetState, KSSTATE State)                                                            \
    M(T, NTSTATUS, Read, PVOID BufferAddress, ULONG BufferLength, PULONG BytesRead)                    \
    M(T, NTSTATUS, Write, PVOID BufferAddress, ULONG BytesToWrite, PULONG BytesWritten)
WDK_INTERFACE(IMiniportMidiStream, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IMiniportMidiStream *PMINIPORTMIDISTREAM;

#define WDK_METHODS_IMiniportMidi(M, R, T)                                                             \
    M(T, NTSTATUS, Init, PUNKNOWN UnknownAdapter, PRESOURCELIST ResourceList, PPORTMIDI Port,          \
      PSERVICEGROUP *ServiceGroup)                                                                     \
    M(T, VOID, Service)                                                                                \
    M(T, NTSTATUS, NewStream, PMINIPORTMIDISTREAM *Stream, PUNKNOWN OuterUnknown, POOL_TYPE PoolType,  \
      ULONG Pin, BOOLEAN Capture, PKSDATAFORMAT DataFormat, PSERVICEGROUP *ServiceGroup)
WDK_INTERFACE(IMiniportMidi, IMiniport, WDK_MINIPORT_SLOTS)
typedef IMiniportMidi *PMINIPORTMIDI;

#define WDK_METHODS_IMusicTechnology(M, R, T) M(T, NTSTATUS, SetTechnology, const GUID *Technology)
WDK_INTERFACE(IMusicTechnology, IUnknown, WDK_UNKNOWN_SLOTS)
typedef IMusicTechnology *PMUSICTECHNOLOGY;

#ifdef __cplusplus
#define IMP_IPortMidi WDK_IMP(IPort) WDK_IMP(IPortMidi)
#define IMP_IMiniportMidi WDK_IMP(IMiniport) WDK_IMP(IMiniportMidi)
#define IMP_IMiniportMidiStream WDK_IMP(IMiniportMidiStream)
#define IMP_IMusicTechnology WDK_IMP(IMusicTechnology)
#endif

DEFINE_GUID(IID_IMusicTechnology, 0x80396C3C, 0xCBCB, 0x409B, 0x9F, 0x65, 0x4F, 0x1E, 0x74, 0x67, 0xCD, 0xAF);

#endif
