/* SPDX-License-Identifier: MIT */
/* One WaveRT stream, shared by stream.c, buffer.c, position.c, notify.c and packet.c. */
#ifndef HDA_STREAM_H
#define HDA_STREAM_H

#include "hda.h"

/* Where something is in the cyclic buffer, and how far it has come since STOP. */
typedef struct CURSOR {
    ULONG offset;
    ULONGLONG total;
} CURSOR;

typedef struct BUFFER {
    PMDL mdl; /* NULL: none */
    ULONG bytes;
    ULONG packets; /* it holds; 0: it was asked for without notification */
    PMDL list_mdl;
    DESCRIPTOR *list;
    PHYSICAL_ADDRESS list_address;
    ULONG entries;
} BUFFER;

typedef struct STREAM {
    IMiniportWaveRTStreamNotification stream;
    IMiniportWaveRTInputStream input;
    IMiniportWaveRTOutputStream output;
    LONG references;
    WAVE *wave;
    CONTROLLER *controller;
    PPORTWAVERTSTREAM port;
    ULONG side;
    ENGINE *engine;
    FORMAT format;
    KSSTATE state;
    BOOLEAN ready;    /* the engine is set for the buffer */
    BOOLEAN attached; /* the converter listens to the engine's tag */
    ULONG fifo_bytes;
    BUFFER buffer;
    KDPC dpc;
    KSPIN_LOCK lock;        /* guards what follows */
    BOOLEAN running;        /* positions move */
    BOOLEAN word_works;     /* the hardware has written the position word */
    CURSOR link, memory;
    ULONGLONG sampled_at;   /* performance counter when the cursors were moved last */
    ULONGLONG signalled;    /* packets told of by events */
    ULONGLONG next_read;    /* the first packet that was not read */
    BOOLEAN written_end;    /* the end of the stream was written */
    LIST_ENTRY events;
} STREAM;

NTSTATUS stream_create(WAVE *wave, PPORTWAVERTSTREAM port, ULONG side, PKSDATAFORMAT format,
                       STREAM **out);
NTSTATUS stream_find_interface(STREAM *stream, REFIID iid, PVOID *out);
ULONG stream_drop(STREAM *stream);
/* Engine and converter to the start of the buffer, if there is one. */
NTSTATUS stream_rewind(STREAM *stream);

static inline STREAM *stream_from(IMiniportWaveRTStreamNotification *This)
{
    return CONTAINING_RECORD(This, STREAM, stream);
}

/* buffer.c */
NTSTATUS NTAPI buffer_allocate(IMiniportWaveRTStreamNotification *This, ULONG requested, PMDL *mdl,
                               ULONG *bytes, ULONG *offset, MEMORY_CACHING_TYPE *cache);
NTSTATUS NTAPI buffer_allocate_notified(IMiniportWaveRTStreamNotification *This, ULONG count,
                                        ULONG requested, PMDL *mdl, ULONG *bytes, ULONG *offset,
                                        MEMORY_CACHING_TYPE *cache);
VOID NTAPI buffer_free(IMiniportWaveRTStreamNotification *This, PMDL mdl, ULONG bytes);
void buffer_end(STREAM *stream);
static inline ULONG buffer_packet_bytes(const BUFFER *buffer)
{
    return buffer->bytes / (buffer->packets ? buffer->packets : 1);
}

/* position.c. With `lock`, at DISPATCH_LEVEL. */
void position_reset(STREAM *stream);
/* Looks at the hardware if the stream runs. */
void position_update(STREAM *stream);
/* Packets that the hardware is through with. */
ULONGLONG position_packets(const STREAM *stream);
/* How much earlier than its packet's end in the position an interrupt may come (HD-181). */
ULONG position_slack(const STREAM *stream);
/* Without it. */
NTSTATUS NTAPI position_get(IMiniportWaveRTStreamNotification *This, PKSAUDIO_POSITION position);
VOID NTAPI position_latency(IMiniportWaveRTStreamNotification *This, KSRTAUDIO_HWLATENCY *latency);
NTSTATUS NTAPI position_link_register(IMiniportWaveRTStreamNotification *This,
                                      KSRTAUDIO_HWREGISTER *out);
NTSTATUS NTAPI position_clock_register(IMiniportWaveRTStreamNotification *This,
                                       KSRTAUDIO_HWREGISTER *out);

/* notify.c */
VOID NTAPI notify_dpc(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2);
NTSTATUS NTAPI notify_register(IMiniportWaveRTStreamNotification *This, PKEVENT event);
NTSTATUS NTAPI notify_unregister(IMiniportWaveRTStreamNotification *This, PKEVENT event);
/* Sets the events for packets that have ended, or, of an `interrupt`, are about to. With `lock`. */
void notify_signal(STREAM *stream, BOOLEAN interrupt);
void notify_end(STREAM *stream);

/* packet.c */
extern const IMiniportWaveRTInputStreamVtbl packet_input_vtbl;
extern const IMiniportWaveRTOutputStreamVtbl packet_output_vtbl;

#endif
