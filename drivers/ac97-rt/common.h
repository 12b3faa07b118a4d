/* SPDX-License-Identifier: MIT */
/*
 * A WaveRT driver for AC'97 controllers (82801AA and compatible): two wave streams, PCM out and PCM in, and a
 * topology filter with master volume and mute.
 *
 *   adapter.cpp    DriverEntry, AddDevice, StartDevice
 *   common.cpp     the adapter-common object: codec registers, reset, rates
 *   wave.cpp       the WaveRT miniport: interrupt and DPC; wavetable.cpp: what its filter looks like
 *   stream.cpp     a stream: states, format, position, the service pass
 *   packet.cpp     its notification events and packets
 *   buffer.cpp     the cyclic buffer: pages, and the runs of adjacent ones
 *   engine.cpp     a DMA engine: the ring of 32 descriptors
 *   topology.cpp   the topology miniport; topotable.cpp: what its filter looks like
 *
 * drivers/cyclic has adapter, common, topology and tables in common with this one.
 *
 * This header: what the miniports need of the adapter-common object.
 */
#ifndef AC97RT_COMMON_H
#define AC97RT_COMMON_H

#include <portcls.h>
#include <stdunk.h>

#include "registers.h"

#define AC97RT_TAG 'tR7A'

DEFINE_GUID(IID_IAdapterCommon, 0x5B2B4E0C, 0x6A0B, 0x4A5E, 0x9D, 0x35, 0x7C, 0x11, 0x52, 0xA6, 0x8F, 0x30);

/* Registers are touched at PASSIVE_LEVEL under PortCls's device lock. */
DECLARE_INTERFACE_(IAdapterCommon, IUnknown)
{
    DEFINE_ABSTRACT_UNKNOWN()
    STDMETHOD_(USHORT, ReadMixer)(THIS_ IN MIXER_REGISTER Register) PURE;
    STDMETHOD_(VOID, WriteMixer)(THIS_ IN MIXER_REGISTER Register, IN USHORT Value) PURE;
    /* STATUS_INVALID_PARAMETER if the converter does not run at exactly that rate. */
    STDMETHOD_(NTSTATUS, SetRate)(THIS_ IN MIXER_REGISTER Register, IN ULONG Rate) PURE;
    /* The port where the bus master registers begin. */
    STDMETHOD_(ULONG_PTR, BusMaster)(THIS) PURE;
};
typedef IAdapterCommon *PADAPTERCOMMON;

NTSTATUS NewAdapterCommon(PUNKNOWN *Unknown, PRESOURCELIST Resources);
/* wave.cpp: the wave miniport, and the class of the port that it needs. */
NTSTATUS NewMiniportWave(PUNKNOWN *Unknown);
REFGUID WavePortClass();
NTSTATUS NewMiniportTopology(PUNKNOWN *Unknown);

/* Pins of the two filters, for the physical connections. */
enum { WAVE_PIN_RENDER, WAVE_PIN_RENDER_BRIDGE, WAVE_PIN_CAPTURE, WAVE_PIN_CAPTURE_BRIDGE };
enum { TOPOLOGY_PIN_WAVE_IN, TOPOLOGY_PIN_LINE_OUT, TOPOLOGY_PIN_LINE_IN, TOPOLOGY_PIN_WAVE_OUT };

extern PCFILTER_DESCRIPTOR WaveFilter;     /* wavetable.cpp */
extern PCFILTER_DESCRIPTOR TopologyFilter; /* topotable.cpp */

/* Handlers of the topology filter's nodes (topology.cpp). */
NTSTATUS NTAPI VolumeHandler(PPCPROPERTY_REQUEST Request);
NTSTATUS NTAPI MuteHandler(PPCPROPERTY_REQUEST Request);

template <class T> static inline void SafeRelease(T *&Object)
{
    if (Object)
        Object->Release();
    Object = NULL;
}

#endif
