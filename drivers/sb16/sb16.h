/* SPDX-License-Identifier: MIT */
/*
 * A WaveCyclic driver for the Sound Blaster 16 on slave DMA. Words go over the 16-bit channel, bytes over the 8-bit one, so
 * that it plays and records at once if one of the two is in bytes; both then run at one rate.
 *
 *   adapter.c   DriverEntry, AddDevice, StartDevice
 *   card.c      the card: ports, DSP, mixer
 *   wave.c      the wave miniport: channels, interrupt, streams
 *   table.c     what the filter looks like
 *   stream.c    one stream
 */
#ifndef SB16_H
#define SB16_H

#include <portcls.h>

#define SB16_TAG '61BS'

/* ---- the card (card.c) ------------------------------------------------------------------------------ */

enum { /* ports */
    PORT_MIXER_INDEX = 0x4,
    PORT_MIXER_DATA = 0x5,
    PORT_RESET = 0x6,
    PORT_READ = 0xA,
    PORT_COMMAND = 0xC,
    PORT_STATUS = 0xE,    /* bit 7: data to read; a read acknowledges the interrupt of the 8-bit channel */
    PORT_STATUS_16 = 0xF, /* a read acknowledges the 16-bit channel's */
};

enum { /* DSP commands; those for the 16-bit channel */
    DSP_OUTPUT_RATE = 0x41,
    DSP_INPUT_RATE = 0x42,
    DSP_START_16 = 0xB6, /* auto-init, FIFO */
    DSP_START_8 = 0xC6,
    DSP_CAPTURE = 0x08, /* in a start */
    DSP_PAUSE_8 = 0xD0,
    DSP_CONTINUE_8 = 0xD4,
    DSP_PAUSE_16 = 0xD5,
    DSP_CONTINUE_16 = 0xD6,
    DSP_VERSION = 0xE1,
};

enum { MODE_SIGNED = 0x10, MODE_STEREO = 0x20 };
enum { INTERRUPT_8 = 0x01, INTERRUPT_16 = 0x02 }; /* mixer 82h */

typedef struct CARD {
    IUnknown unknown;
    LONG references;
    ULONG_PTR base;
    KSPIN_LOCK lock; /* keeps the bytes of a command together */
} CARD;

/* Resets the card and gives it the line and channels of `resources`. */
NTSTATUS card_create(CARD **out, PRESOURCELIST resources);
/* <= DISPATCH_LEVEL. STATUS_IO_TIMEOUT: the card takes no more bytes; it may have gone. */
NTSTATUS card_command(CARD *card, const UCHAR *bytes, ULONG count);
/* Which channels interrupted; nothing if the card has gone. For the interrupt service routine. */
UCHAR card_interrupts(const CARD *card);
void card_acknowledge(const CARD *card, UCHAR interrupts);

/* ---- the wave miniport (wave.c, table.c) -------------------------------------------------------------- */

enum { EIGHT, SIXTEEN, WIDTHS }; /* channels, and what uses them */

struct STREAM;

typedef struct WAVE {
    IMiniportWaveCyclic miniport;
    LONG references;
    CARD *card;
    PPORTWAVECYCLIC port;
    PINTERRUPTSYNC interrupt;
    PDMACHANNELSLAVE channels[WIDTHS];
    struct STREAM *streams[WIDTHS]; /* changed under the interrupt's lock */
} WAVE;

NTSTATUS wave_create(PUNKNOWN *out);
/* NULL: none. */
void wave_attach(WAVE *wave, ULONG width, struct STREAM *stream);

enum { PIN_RENDER_16, PIN_RENDER_8, PIN_RENDER_BRIDGE, PIN_CAPTURE_16, PIN_CAPTURE_8, PIN_CAPTURE_BRIDGE };

extern PCFILTER_DESCRIPTOR wave_filter;

/* ---- streams (stream.c) ----------------------------------------------------------------------------- */

NTSTATUS stream_create(WAVE *wave, ULONG width, BOOLEAN capture, PKSDATAFORMAT format,
                       struct STREAM **out);
PMINIPORTWAVECYCLICSTREAM stream_interface(struct STREAM *stream);
PSERVICEGROUP stream_group(struct STREAM *stream);
BOOLEAN stream_is_capture(const struct STREAM *stream);

#endif
