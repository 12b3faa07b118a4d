/* SPDX-License-Identifier: MIT */
/* Registers and descriptors of the controller and its codec (AC'97, 82801AA and compatible). */
#ifndef AC97RT_REGISTERS_H
#define AC97RT_REGISTERS_H

#include <portcls.h>

enum MIXER_REGISTER { /* BAR 0, 16 bit each */
    MIXER_RESET = 0x00,
    MIXER_MASTER_VOLUME = 0x02,
    MIXER_LINE_IN_VOLUME = 0x10,
    MIXER_PCM_OUT_VOLUME = 0x18,
    MIXER_RECORD_SELECT = 0x1A,
    MIXER_RECORD_GAIN = 0x1C,
    MIXER_POWERDOWN = 0x26,
    MIXER_EXTENDED_ID = 0x28,
    MIXER_EXTENDED_CONTROL = 0x2A,
    MIXER_DAC_RATE = 0x2C,
    MIXER_ADC_RATE = 0x32,
};

enum { VOLUME_MUTE = 0x8000, EXTENDED_VRA = 0x0001, CONVERTERS_READY = 0x000F };

enum BUS_MASTER_REGISTER { /* BAR 1: engines, then globals */
    ENGINE_IN = 0x00,
    ENGINE_OUT = 0x10,
    GLOBAL_CONTROL = 0x2C,
    GLOBAL_STATUS = 0x30,
    CODEC_ACCESS = 0x34, /* reads 0 when a codec access may begin, and is taken by that read */
};

enum { CONTROL_COLD = 0x02, CONTROL_WARM = 0x04 };
enum { STATUS_IN = 0x20, STATUS_OUT = 0x40, STATUS_CODEC_READY = 0x100 };

enum ENGINE_REGISTER {
    ENGINE_LIST = 0x0,    /* 32 bit */
    ENGINE_CURRENT = 0x4, /* 8 bit */
    ENGINE_LAST = 0x5,    /* 8 bit */
    ENGINE_STATUS = 0x6,  /* 16 bit */
    ENGINE_LEFT = 0x8,    /* 16 bit: samples left of the current block */
    ENGINE_CONTROL = 0xB, /* 8 bit */
};

enum { SR_HALTED = 0x01, SR_EVENTS = 0x1C };
enum { CR_RUN = 0x01, CR_RESET = 0x02, CR_INTERRUPT_LAST = 0x04, CR_INTERRUPT_DONE = 0x10 };

enum { DESCRIPTORS = 32, FRAME_BYTES = 4, FIFO_FRAMES = 16 };

typedef struct DESCRIPTOR {
    ULONG Address;
    ULONG Control; /* samples, and the two flags below */
} DESCRIPTOR;

#define DESCRIPTOR_INTERRUPT 0x80000000u
#define DESCRIPTOR_SILENCE 0x40000000u /* play zeros if nothing follows */

/* 65534 samples are the most that one descriptor takes of a stereo stream. */
#define BLOCK_LIMIT (65534u * sizeof(USHORT))

/* What the controller can address. */
#define ADDRESS_LIMIT 0xFFFFFFFFll

static inline UCHAR PortRead8(ULONG_PTR Port)
{
    return READ_PORT_UCHAR(PUCHAR(Port));
}

static inline USHORT PortRead16(ULONG_PTR Port)
{
    return READ_PORT_USHORT(PUSHORT(Port));
}

static inline ULONG PortRead32(ULONG_PTR Port)
{
    return READ_PORT_ULONG(PULONG(Port));
}

static inline void PortWrite8(ULONG_PTR Port, UCHAR Value)
{
    WRITE_PORT_UCHAR(PUCHAR(Port), Value);
}

static inline void PortWrite16(ULONG_PTR Port, USHORT Value)
{
    WRITE_PORT_USHORT(PUSHORT(Port), Value);
}

static inline void PortWrite32(ULONG_PTR Port, ULONG Value)
{
    WRITE_PORT_ULONG(PULONG(Port), Value);
}

#endif
