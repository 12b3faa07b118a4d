/* SPDX-License-Identifier: MIT */
/*
 * Streams: a pin of a driver and the client that feeds or drains it.
 *
 * ps_stream_play and ps_stream_record do a whole run. The calls marked "thread" are what they are made of;
 * use them inside ps_call to write a client of your own.
 */
#ifndef PORTSIDE_STREAM_H
#define PORTSIDE_STREAM_H

#include <poll.h>

#include <portside/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ps_stream;

/* Interleaved PCM, little-endian; `bits` per sample in a container of that size. */
struct ps_format {
    unsigned rate, channels, bits;
    bool is_float;
};

enum ps_direction { PS_PLAY, PS_RECORD };

/* Who feeds or drains a pin. The first two are served by WavePci and WaveCyclic pins (looped: for playing only), the others
 * by WaveRT pins; see docs/host.md. */
enum ps_client {
    PS_CLIENT_DEFAULT,   /* what the pin serves: queued or rt */
    PS_CLIENT_QUEUED,    /* packets in flight */
    PS_CLIENT_LOOPED,    /* one cyclic buffer of the client's, as DirectSound has it */
    PS_CLIENT_RT,        /* the miniport's cyclic buffer, by a timer and the position */
    PS_CLIENT_RT_EVENT,  /* the same by two notifications a lap */
    PS_CLIENT_RT_PACKET, /* the same in packets that the miniport numbers */
};

/* Opens the first streaming pin of that direction which takes the format and serves the client.
 * -ENOTSUP: no pin takes the format; ps_error_text lists what is offered. -ENODEV: no pin of that direction.
 * -EPROTONOSUPPORT: pins that take it do not serve that client. */
PS_API int ps_stream_open(struct ps_driver *driver, enum ps_direction direction,
                          const struct ps_format *format, enum ps_client client,
                          struct ps_stream **out);
/* Walks to STOP and closes. NULL is ignored. */
PS_API void ps_stream_close(struct ps_stream *stream);

PS_API struct ps_format ps_stream_format(const struct ps_stream *stream);
/* Which client it was opened for; never PS_CLIENT_DEFAULT. */
PS_API enum ps_client ps_stream_client(const struct ps_stream *stream);

/* Writes "16 bit, 2 channels, 8000-48000 Hz; ..." of all pins of that direction into `text`; its length as
 * snprintf. */
PS_API int ps_formats_describe(struct ps_driver *driver, enum ps_direction direction, char *text,
                               size_t size);

/* ---- whole runs --------------------------------------------------------------------------------------- */

/* Bytes of audio in the stream's format; called on the caller's own stack. `read` returns bytes (whole
 * frames), 0 at the end, -EAGAIN where there is nothing yet (a live source, for a device that hears it in real time:
 * what it does not have in time is silence and counts as an under-run), or another negative errno, which ends the
 * run. */
struct ps_source {
    void *context;
    ptrdiff_t (*read)(void *context, void *to, size_t bytes);
};

/* What the device puts out (play): whole frames of 16 bit; or what the client got (record): of the stream's format, of 8 bits
 * made 16. NULL: silence. 0 or a negative errno, which ends the run. */
struct ps_sink {
    void *context;
    int (*write)(void *context, const int16_t *frames, size_t count, unsigned channels,
                 unsigned rate);
};

/* What a source or sink waits for, such as a sound card: in real time the run waits for these descriptors beside the
 * machine's time. All on the caller's own stack. */
struct ps_waits {
    void *context;
    /* The descriptors to wait for from now on, at most `most`; how many. Asked again after each `ready`, read and write. */
    unsigned (*list)(void *context, struct pollfd *fds, unsigned most);
    /* Some of them are ready (revents). Source and sink are called behind it. 0 or a negative errno, which ends the run. */
    int (*ready)(void *context, struct pollfd *fds, unsigned count);
};

struct ps_run {
    unsigned packets;           /* in flight (queued); 0: 3 */
    unsigned packet_ms;         /* of each packet, and between two looks at the position; 0: 10 */
    /* Of the cyclic buffer that the client makes or asks for, or of all packets together. Any number but 0, also
     * one that the driver must refuse; 0: packets * packet_ms, four times as much if the buffer is cyclic. */
    uint32_t buffer_bytes;
    /* The client's N-th write (recording: read) after the start, from 1, comes so much later; 0: none does. */
    unsigned late, late_ms;
    struct ps_source source;    /* play: what to play; record: what the device hears */
    struct ps_sink sink;
    struct ps_waits waits;      /* real time; `list` NULL: none */
    uint64_t frames;            /* record: stop after so many; 0: at the source's end */
    /* Called about every 64 KiB of audio with the frames done; may be NULL. */
    void (*progress)(void *context, uint64_t frames);
    void *progress_context;
};

struct ps_result {
    uint64_t frames;            /* fetched by (or recorded from) the device */
    uint64_t mappings, interrupts;
    /* How often the device read what the client had not written yet (a cyclic buffer) or had nothing to read
     * (packets), however long it lasted. Recording: how often something was lost. */
    uint64_t underruns;
    uint64_t filled, first_filled; /* frames heard in under-runs; behind how many of the stream, for the first of them */
    uint64_t zeros_before, zeros_after; /* frames the device put out around the run */
    bool differs;               /* what the device fetched is not what the client gave */
    uint64_t first_difference;  /* frame, from 0 */
    const char *difference;     /* "differs", "differs by a level of -4.0 dB", "is missing", "is too much" */
    uint64_t submitted;         /* frames that the client handed to the pin (play) or the device gave (record) */
    uint64_t virtual_ns;
    /* Where time is real, and this process was kept waiting for at least half of what its client had in hand: for how
     * long at most, and when, from the run's beginning. Then under-runs and differences say nothing of the driver. 0: it
     * was not. */
    uint64_t stalled_ns, stalled_at_ns;
    bool interrupted;
};

/* Feeds `source` through the pin and waits until the device has played it. What the device fetched is compared
 * with what was submitted, but for what it read in an under-run (result->differs). 0, or the negative errno of
 * source, sink or system; the result holds what was reached either way. */
PS_API int ps_stream_play(struct ps_stream *stream, const struct ps_run *run,
                          struct ps_result *result);
PS_API int ps_stream_record(struct ps_stream *stream, const struct ps_run *run,
                            struct ps_result *result);

/* Ends a run early through STOP. Async-signal-safe. */
PS_API void ps_stream_interrupt(struct ps_stream *stream);

/* ---- thread: parts for clients of your own -------------------------------------------------------------- */

enum ps_state { PS_STOP, PS_ACQUIRE, PS_PAUSE, PS_RUN };
PS_API int ps_stream_set_state(struct ps_stream *stream, enum ps_state state);

/* A packet of client memory: made from machine pages, submitted whole. */
struct ps_packet;
PS_API int ps_packet_create(struct ps_stream *stream, size_t bytes, struct ps_packet **out);
PS_API void *ps_packet_data(struct ps_packet *packet);
PS_API void ps_packet_destroy(struct ps_packet *packet); /* not while submitted */
/* Queues `bytes` of it (play), or asks for so many (record). */
PS_API int ps_packet_submit(struct ps_packet *packet, size_t bytes);
/* Waits for its completion: bytes transferred, or a negative errno (-ECANCELED). */
PS_API ptrdiff_t ps_packet_wait(struct ps_packet *packet);
PS_API int ps_packet_cancel(struct ps_packet *packet);

/* Play and write offsets in bytes: of the stream, or within the cyclic buffer if there is one. */
PS_API int ps_stream_position(struct ps_stream *stream, uint64_t *play, uint64_t *write);

#ifdef __cplusplus
}
#endif

#endif
