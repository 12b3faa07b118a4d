/* SPDX-License-Identifier: MIT */
/*
 * A WavePci driver for Intel AC'97 controllers (82801AA and compatible): two wave streams, PCM out and PCM in,
 * and a topology filter with master volume and mute.
 *
 *   adapter.c   DriverEntry, AddDevice, StartDevice
 *   codec.c     the adapter-common object: registers, reset, rates, volume
 *   wave.c      the wave miniport: resources, interrupt, streams
 *   stream.c    one stream: mappings in, descriptors out, releases and revocations
 *   engine.c    one DMA engine: the descriptor ring
 *   topology.c  the topology miniport
 */
#ifndef AC97_H
#define AC97_H

#include <portcls.h>

#define AC97_TAG '79CA'

/* ---- registers ------------------------------------------------------------------------------------ */

enum { /* mixer (NAM), 16 bit each */
    NAM_RESET = 0x00,
    NAM_MASTER_VOLUME = 0x02,
    NAM_PCM_OUT_VOLUME = 0x18,
    NAM_RECORD_SELECT = 0x1A,
    NAM_RECORD_GAIN = 0x1C,
    NAM_POWERDOWN = 0x26,
    NAM_EXTENDED_ID = 0x28,
    NAM_EXTENDED_CONTROL = 0x2A,
    NAM_DAC_RATE = 0x2C,
    NAM_ADC_RATE = 0x32,
};

enum { VOLUME_MUTE = 0x8000, EXTENDED_VRA = 0x0001 };

enum { /* bus master (NABM): engines, then globals */
    ENGINE_IN = 0x00,
    ENGINE_OUT = 0x10,
    GLOBAL_CONTROL = 0x2C,
    GLOBAL_STATUS = 0x30,
    CODEC_ACCESS = 0x34, /* reads 0 when a codec access may begin, and is taken by that read */
};

enum { CONTROL_COLD = 0x02, CONTROL_WARM = 0x04 };
enum { STATUS_IN = 0x20, STATUS_OUT = 0x40, STATUS_CODEC_READY = 0x100 };

enum { /* one engine */
    ENGINE_LIST = 0x0,    /* 32 bit */
    ENGINE_CURRENT = 0x4, /* 8 bit */
    ENGINE_LAST = 0x5,    /* 8 bit */
    ENGINE_STATUS = 0x6,  /* 16 bit */
    ENGINE_LEFT = 0x8,    /* 16 bit: samples left of the current buffer */
    ENGINE_CONTROL = 0xB, /* 8 bit */
};

enum { SR_HALTED = 0x01, SR_LAST_DONE = 0x02, SR_LAST_EVENT = 0x04, SR_DONE_EVENT = 0x08, SR_FIFO = 0x10 };
enum { CR_RUN = 0x01, CR_RESET = 0x02, CR_INTERRUPT_DONE = 0x10 };

/* ---- the adapter-common object ---------------------------------------------------------------------- */

typedef struct CODEC {
    IUnknown unknown;
    LONG references;
    ULONG_PTR mixer, bus_master; /* port bases */
    BOOLEAN variable_rate;
} CODEC;

NTSTATUS codec_create(CODEC **out, PRESOURCELIST resources);
NTSTATUS codec_reset(CODEC *codec);
USHORT codec_read(const CODEC *codec, ULONG reg);
void codec_write(const CODEC *codec, ULONG reg, USHORT value);
/* STATUS_INVALID_PARAMETER if the converter does not run at exactly that rate. */
NTSTATUS codec_set_rate(const CODEC *codec, ULONG reg, ULONG rate);

static inline UCHAR bus_read8(const CODEC *codec, ULONG reg)
{
    return READ_PORT_UCHAR((PUCHAR)(codec->bus_master + reg));
}

static inline USHORT bus_read16(const CODEC *codec, ULONG reg)
{
    return READ_PORT_USHORT((PUSHORT)(codec->bus_master + reg));
}

static inline ULONG bus_read32(const CODEC *codec, ULONG reg)
{
    return READ_PORT_ULONG((PULONG)(codec->bus_master + reg));
}

static inline void bus_write8(const CODEC *codec, ULONG reg, UCHAR value)
{
    WRITE_PORT_UCHAR((PUCHAR)(codec->bus_master + reg), value);
}

static inline void bus_write16(const CODEC *codec, ULONG reg, USHORT value)
{
    WRITE_PORT_USHORT((PUSHORT)(codec->bus_master + reg), value);
}

static inline void bus_write32(const CODEC *codec, ULONG reg, ULONG value)
{
    WRITE_PORT_ULONG((PULONG)(codec->bus_master + reg), value);
}

/* ---- one DMA engine (engine.c); the caller holds the stream's lock ------------------------------------ */

enum { DESCRIPTORS = 32, DESCRIPTORS_USED = 31 /* so that full and empty differ */ };

typedef struct DESCRIPTOR {
    ULONG address;
    ULONG control; /* samples, and the two flags below */
} DESCRIPTOR;

#define DESCRIPTOR_INTERRUPT 0x80000000u
#define DESCRIPTOR_SILENCE 0x40000000u /* play zeros if nothing follows */

typedef struct ENGINE {
    CODEC *codec;
    ULONG base;             /* ENGINE_IN or ENGINE_OUT */
    DESCRIPTOR *list;       /* common buffer */
    ULONG list_address;
    ULONG first, used;      /* ring of filled descriptors */
    ULONG bytes[DESCRIPTORS];
    BOOLEAN running;        /* wanted */
    BOOLEAN started;        /* the run bit is set */
} ENGINE;

void engine_reset(ENGINE *engine);
BOOLEAN engine_full(const ENGINE *engine);
/* Appends one block; `interrupt`: ask for service when it is done. */
void engine_add(ENGINE *engine, ULONG address, ULONG bytes, BOOLEAN interrupt);
/* Takes the oldest block off if the hardware is done with it: its bytes, else 0. */
ULONG engine_reap(ENGINE *engine);
/* Bytes of the oldest block that the hardware has moved so far. */
ULONG engine_progress(const ENGINE *engine);
void engine_run(ENGINE *engine);
void engine_pause(ENGINE *engine);

/* ---- the wave miniport (wave.c) --------------------------------------------------------------------- */

struct STREAM;

typedef struct WAVE {
    IMiniportWavePci miniport;
    LONG references;
    CODEC *codec;
    PPORTWAVEPCI port;
    PSERVICEGROUP group;
    PINTERRUPTSYNC interrupt;
    PDMACHANNEL dma;
    struct STREAM *streams[2]; /* [0] render, [1] capture */
    KSPIN_LOCK lock;           /* guards `ticking` */
    ULONG ticking;             /* running streams that are paced by the timer */
    KTIMER timer;
    KDPC timer_dpc;
} WAVE;

NTSTATUS wave_create(PUNKNOWN *out);
/* One 10 ms timer serves all streams that no interrupt paces (WavePci performance advice). */
void wave_start_ticks(WAVE *wave);
void wave_stop_ticks(WAVE *wave);

/* ---- streams (stream.c) ----------------------------------------------------------------------------- */

NTSTATUS stream_create(WAVE *wave, PPORTWAVEPCISTREAM port, BOOLEAN capture, PKSDATAFORMAT format,
                       struct STREAM **out);
PMINIPORTWAVEPCISTREAM stream_interface(struct STREAM *stream);

/* ---- topology (topology.c) -------------------------------------------------------------------------- */

NTSTATUS topology_create(PUNKNOWN *out);

/* pins of the two filters, for the physical connections */
enum { WAVE_PIN_RENDER, WAVE_PIN_RENDER_BRIDGE, WAVE_PIN_CAPTURE, WAVE_PIN_CAPTURE_BRIDGE };
enum { TOPOLOGY_PIN_WAVE_IN, TOPOLOGY_PIN_LINE_OUT, TOPOLOGY_PIN_LINE_IN, TOPOLOGY_PIN_WAVE_OUT };

#endif
