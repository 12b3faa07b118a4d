/* SPDX-License-Identifier: MIT */
/*
 * What a WaveRT pin has for its client: a cyclic buffer mapped into the client, notification events, packets.
 * Parts for clients of your own: to be called inside ps_call, at PASSIVE_LEVEL, like those of <portside/stream.h>.
 * Each is a property of the pin (docs/spec/wavert.md, 5); a failing one is a negative errno, its status in
 * ps_error_text. -ENOTSUP or -ENOENT: the pin does not have it.
 */
#ifndef PORTSIDE_RT_H
#define PORTSIDE_RT_H

#include <portside/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the buffer ---------------------------------------------------------------------------------------- */

struct ps_buffer {
    void *data;      /* the client's mapping; gone when the stream is closed */
    uint32_t bytes;  /* what the miniport made of the wish */
    bool barrier;    /* a memory barrier is due after writing (RT-54) */
};

/* One per stream, for its life. `notifications` a lap: 1 or 2, or 0 for a buffer without events. -EAGAIN, -ENOMEM,
 * -EINVAL ... as the miniport says; it may then be asked again (RT-42 to RT-50). */
PS_API int ps_buffer_create(struct ps_stream *stream, uint32_t bytes, unsigned notifications,
                            struct ps_buffer *out);

/* Lets the device do what it should have done until now. Call it before touching the buffer, if the position was
 * not read since time last passed: the simulated device works in pieces, real memory needs no such call. */
PS_API void ps_buffer_sync(struct ps_stream *stream);

struct ps_latency {
    uint32_t fifo_bytes;               /* fetched before the position says so */
    uint32_t chipset_100ns, codec_100ns;
};
PS_API int ps_stream_latency(struct ps_stream *stream, struct ps_latency *out);

/* ---- registers ----------------------------------------------------------------------------------------- */

enum ps_register {
    PS_REGISTER_POSITION, /* the byte offset in the buffer (RT-60) */
    PS_REGISTER_CLOCK,    /* ticks since power-on (RT-61) */
};

struct ps_register_info {
    const volatile void *address; /* the client's mapping; read it with ps_register_read */
    unsigned bits;                /* 32 or 64 */
    uint64_t numerator, denominator; /* clock: their quotient in Hz */
    uint32_t accuracy;            /* bytes, or ticks */
};

/* Each once per stream (RT-58). */
PS_API int ps_register_map(struct ps_stream *stream, enum ps_register which,
                           struct ps_register_info *out);
PS_API uint64_t ps_register_read(struct ps_stream *stream, const struct ps_register_info *info);

/* ---- events -------------------------------------------------------------------------------------------- */

/* An auto-reset event that the miniport sets once or twice a lap, as ps_buffer_create asked. */
struct ps_event;
PS_API int ps_event_create(struct ps_stream *stream, struct ps_event **out);
/* 0, or -ETIMEDOUT after so much virtual time. */
PS_API int ps_event_wait(struct ps_event *event, uint64_t timeout_ns);
/* Before the stream is closed. NULL is ignored. */
PS_API void ps_event_destroy(struct ps_event *event);

/* ---- packets: parts of the buffer, as many as it has notifications, numbered from 0 since STOP ---------- */

/* Play: the number of packets that were played whole (RT-93). */
PS_API int ps_packet_count(struct ps_stream *stream, uint32_t *count);

/* Play: packet `number` is written. `last`: the stream ends after `last_bytes` of it (RT-94).
 * -ETIME: too late; -EOVERFLOW: too early; -EINVAL: after the last one, or nonsense (RT-95). */
PS_API int ps_packet_written(struct ps_stream *stream, uint32_t number, bool last,
                             uint32_t last_bytes);

/* Record: the newest packet. `time`: performance counter at its first sample. -EAGAIN: there is none that was not
 * told of before (RT-91). */
struct ps_read_packet {
    uint32_t number;
    uint64_t time;
    bool more;   /* another one is ready */
};
PS_API int ps_packet_read(struct ps_stream *stream, struct ps_read_packet *out);

/* Play: frames that have left the device since the first one of packet 0, and when that was (RT-97). */
PS_API int ps_stream_presentation(struct ps_stream *stream, uint64_t *frames, uint64_t *time);

#ifdef __cplusplus
}
#endif

#endif
