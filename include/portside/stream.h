/* SPDX-License-Identifier: MIT */
/*
 * Streams: a pin of a driver and the client that feeds or drains it.
 *
 * ps_stream_play and ps_stream_record do a whole run. The calls marked "thread" are what they are made of;
 * use them inside ps_call to write a client of your own.
 */
#ifndef PORTSIDE_STREAM_H
#define PORTSIDE_STREAM_H

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

/* Opens the first streaming pin of that direction which takes the format. `looped`: with looped streaming.
 * -ENOTSUP: no pin takes it; ps_error_text lists what is offered. */
PS_API int ps_stream_open(struct ps_driver *driver, enum ps_direction direction,
                          const struct ps_format *format, bool looped, struct ps_stream **out);
/* Walks to STOP and closes. NULL is ignored. */
PS_API void ps_stream_close(struct ps_stream *stream);

PS_API struct ps_format ps_stream_format(const struct ps_stream *stream);

/* Writes "16 bit, 2 channels, 8000-48000 Hz; ..." of all pins of that direction into `text`; its length as
 * snprintf. */
PS_API int ps_formats_describe(struct ps_driver *driver, enum ps_direction direction, char *text,
                               size_t size);

/* ---- whole runs --------------------------------------------------------------------------------------- */

/* Bytes of audio in the stream's format; called on the caller's own stack. `read` returns bytes (whole
 * frames), 0 at the end, or a negative errno, which ends the run. */
struct ps_source {
    void *context;
    ptrdiff_t (*read)(void *context, void *to, size_t bytes);
};

/* What the device puts out (play), or what the client got (record): whole frames of 16 bit; NULL: silence. 0
 * or a negative errno, which ends the run. */
struct ps_sink {
    void *context;
    int (*write)(void *context, const int16_t *frames, size_t count, unsigned channels,
                 unsigned rate);
};

enum ps_client { PS_CLIENT_QUEUED, PS_CLIENT_LOOPED };

struct ps_run {
    enum ps_client client;
    unsigned packets;           /* in flight (queued); 0: 3 */
    unsigned packet_ms;         /* 0: 10; looped: the buffer has packets * packet_ms * 4 */
    struct ps_source source;    /* play: what to play; record: what the device hears */
    struct ps_sink sink;
    uint64_t frames;            /* record: stop after so many; 0: at the source's end */
    /* Called about every 64 KiB of audio with the frames done; may be NULL. */
    void (*progress)(void *context, uint64_t frames);
    void *progress_context;
};

struct ps_result {
    uint64_t frames;            /* fetched by (or recorded from) the device */
    uint64_t mappings, interrupts, underruns;
    uint64_t zeros_before, zeros_after; /* frames the device put out around the run */
    bool differs;               /* what the device fetched is not what the client gave */
    uint64_t first_difference;  /* frame, from 0 */
    const char *difference;     /* "differs", "is missing", "is too much" */
    uint64_t virtual_ns;
    bool interrupted;
};

/* Feeds `source` through the pin and waits until the device has played it. What the device fetched is compared
 * with what was submitted (result->differs). 0, or the negative errno of source, sink or system; the
 * result holds what was reached either way. */
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

/* Play and write offsets in bytes: of the stream, or within the buffer when looped. */
PS_API int ps_stream_position(struct ps_stream *stream, uint64_t *play, uint64_t *write);

#ifdef __cplusplus
}
#endif

#endif
