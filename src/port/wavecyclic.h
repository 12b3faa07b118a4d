// SPDX-License-Identifier: MIT
//
// The WaveCyclic port, shared by the wavecyclic_*.c files:
//
//   wavecyclic_port.c      IPortWaveCyclic: Init, the filter, Notify, DMA channels
//   wavecyclic_stream.c    a stream's life: NewStream, SetState, SetFormat, closing
//   wavecyclic_buffer.c    the cyclic buffer: what the channel says of it, how much of it is used
//   wavecyclic_position.c  looks at P, laps, what clients and events hear of it
//   wavecyclic_render.c    from packets to the buffer: lead, silence, gaps
//   wavecyclic_capture.c   from the buffer to packets
//   wavecyclic_packet.c    packets: in, copied piece by piece, out
//   wavecyclic_service.c   passes, the token, the port's own timer
//
// Counts of bytes run on from STOP for ever, in 64 bits; a count's place in the buffer is (count + shift) mod size.
//
// Locks: none of ours. What streams share changes between two scheduling points, where one OS thread is alone. Copies
// and silence are the business of whoever has the stream's token (WC-27); no lock of the port is held while a
// miniport or its channel is called.
#ifndef PORTSIDE_PORT_WAVECYCLIC_H
#define PORTSIDE_PORT_WAVECYCLIC_H

#include "port/miniport_call.h"
#include "port/port_extras.h"
#include "port/service_sink.h"

struct port_class;
struct wavecyclic_stream;

enum {
    WAVECYCLIC_INTERVAL_MS = 10, // WC-15
    WAVECYCLIC_LEAD_MS = 40,     // WC-46
    WAVECYCLIC_LOW_MS = 30,      // WC-58
    WAVECYCLIC_GUARD_FRAMES = 64 // WC-48, WC-50
};

// ---- the port object -------------------------------------------------------------------------------------

enum { WAVECYCLIC_GROUPS = 32 };

struct wavecyclic_port {
    IPortWaveCyclic iface;
    struct unknown unknown;
    struct port_extras extras;
    struct ps_system *system;
    PDEVICE_OBJECT fdo;
    PMINIPORTWAVECYCLIC miniport; // referenced; NULL before Init and after release_children
    PPINCOUNT pin_count;          // referenced; NULL if the miniport has none
    struct list streams;          // open ones
    const void *groups[WAVECYCLIC_GROUPS]; // that NewStream gave, lately; never looked into
    unsigned next_group;
};

extern const struct ks_filter_ops wavecyclic_filter_ops;

// ---- streams ---------------------------------------------------------------------------------------------

// A packet in the stream's queue. Nonpaged pool; ks_packet.port while it is there.
struct wavecyclic_packet {
    struct list link;             // the stream's queue, then its finished ones
    struct ks_packet *packet;
    ULONG header, left;           // what comes next: so many bytes of that header
    unsigned char *data;          // and where they are
    ULONG64 copied;               // bytes, over all headers and laps
    bool queued;
    NTSTATUS status;              // how it ended, if it did
    bool stopped;                 // by STOP
    bool cancelled;               // while a copy of it was under way: whoever copies ends it (WC-83)
};

// The cyclic buffer as it is from ACQUIRE to STOP (WC-32), in bytes.
struct wavecyclic_buffer {
    unsigned char *base;          // SystemAddress; its memory is touched by the channel and the miniport alone (WC-25)
    ULONG size;                   // 0: none yet
    ULONG frame, rate;            // block alignment, bytes per second
    ULONG interval;               // of SetNotificationFreq
    ULONG fill;                   // most that may be filled: size minus a frame (WC-47)
    ULONG target, low, guard;     // WC-46 and 47, WC-58, WC-48
    uint64_t lap_ns;
};

enum { WAVECYCLIC_GAPS = 16 };
struct wavecyclic_gap {
    uint64_t begin, end;
};

struct wavecyclic_stream {
    struct ps_system *system;
    struct sched *sched;
    struct port_class *class;
    struct wavecyclic_port *port; // referenced
    struct list link;             // the port's streams
    struct ks_pin *pin;
    uint32_t number;              // of the pin
    bool capture, looped;
    PMINIPORTWAVECYCLICSTREAM miniport; // referenced; NULL until NewStream
    PDMACHANNEL channel;          // referenced (WC-9); maybe the same object
    PSERVICEGROUP group;          // referenced, or NULL (WC-11)
    struct service_sink *sink;
    KTIMER timer;
    KDPC timer_dpc;

    KSSTATE state;                // as the miniport was told; lower before it is told of going down
    ULONG frame_size;             // for the client (WC-16)
    struct wavecyclic_buffer buffer;
    ULONG shift;

    ULONG p;                      // P of the last look
    uint64_t moved;               // the count at P
    uint64_t looked_at;           // virtual ns
    unsigned looks;               // changes with each merged look and whenever counts begin anew (WC-74)
    bool fresh;                   // not in RUN since STOP
    bool frozen;                  // P must stay where it is (WC-71)
    LONGLONG clock;               // the last time told (WC-75)

    // Render: [.., valid) is data, [valid, silent) silence. Capture: [done, moved) is not yet copied.
    uint64_t valid, silent, done;
    uint64_t copied;              // bytes of clients
    // What is no client's below V (WC-62): the stretches that P has not passed whole, oldest first, and the sum of the
    // others. Each begins less than a guard ahead of P, with data before it: there cannot be many.
    struct wavecyclic_gap gap[WAVECYCLIC_GAPS];
    unsigned gap_count;
    uint64_t gaps;
    bool starved, ended;          // P has passed V; the last packet copied had ENDOFSTREAM
    uint64_t underruns;           // WC-61
    bool discontinuity;           // capture: the next packet follows a loss (WC-68)

    bool busy, again;             // the token, and whether its holder must pass once more
    bool wanted;                  // somebody waits for the token at `idle`
    KEVENT idle;
    struct list queue;            // packets, oldest first
    struct wavecyclic_packet *current; // a piece of it is being copied
    struct list finished;         // wait for their completion, in order
    bool completing;
    ULONG64 loop_bytes;           // size of the looped buffer; 0: none yet

    uint64_t notified;            // virtual ns of the last service, or of RUN (WC-45)
    uint64_t timer_moved;         // `moved` when the timer came last
    unsigned timer_idle;          // and how often in a row nothing had moved
    bool unserved;                // WC-45 was reported
};

// struct ks_filter_ops of a stream.
NTSTATUS wavecyclic_stream_create(struct ks_filter *filter, struct ks_pin *pin);
void wavecyclic_stream_close(struct ks_filter *filter, struct ks_pin *pin);
NTSTATUS wavecyclic_stream_state(struct ks_pin *pin, KSSTATE from, KSSTATE to);
NTSTATUS wavecyclic_stream_format(struct ks_pin *pin, PKSDATAFORMAT format);
NTSTATUS wavecyclic_stream_framing(struct ks_pin *pin, PKSALLOCATOR_FRAMING framing);

// Findings against the driver with the project's code.
__attribute__((format(printf, 4, 5))) void
wavecyclic_misuse(struct wavecyclic_stream *stream, const char *rule, const void *caller,
                  const char *format, ...);
#define WAVECYCLIC_ROUTINE(object, method) ((const void *)(uintptr_t)(object)->lpVtbl->method)

#define WAVECYCLIC_CALL(stream, status, object, method, ...)                                           \
    MINIPORT_CALL(stream, "VF-9", status, object, method, ##__VA_ARGS__)
#define WAVECYCLIC_ASK(stream, result, object, method, ...)                                            \
    MINIPORT_ASK(stream, "VF-9", result, object, method, ##__VA_ARGS__)
#define WAVECYCLIC_TELL(stream, object, method, ...)                                                   \
    MINIPORT_TELL(stream, "VF-9", object, method, ##__VA_ARGS__)

// A variable that a miniport writes, and what must stay as it is around it (WC-6).
struct wavecyclic_out {
    ULONG before[2], value, after[2];
};
void wavecyclic_out_init(struct wavecyclic_out *out);
void wavecyclic_out_check(struct wavecyclic_stream *stream, const struct wavecyclic_out *out,
                          const char *what, const void *routine);

// ---- the buffer (wavecyclic_buffer.c) ------------------------------------------------------------------------

// Asks the channel, and counts anew what the format makes of it. False: there is no buffer (WC-13).
bool wavecyclic_buffer_read(struct wavecyclic_stream *stream, const WAVEFORMATEX *wave);
// The driver must not have changed its size since (WC-32).
void wavecyclic_buffer_check(struct wavecyclic_stream *stream);
// SetNotificationFreq; notes the frame size (WC-15..19).
void wavecyclic_buffer_notify(struct wavecyclic_stream *stream, const WAVEFORMATEX *wave);

// Mostly less than a lap from P: no division then.
static inline ULONG wavecyclic_place(const struct wavecyclic_stream *stream, uint64_t count)
{
    ULONG size = stream->buffer.size;
    uint64_t ahead = count - stream->moved, behind = stream->moved - count;

    if (ahead < size)
        return (ULONG)(stream->p + ahead < size ? stream->p + ahead : stream->p + ahead - size);
    if (behind < size)
        return (ULONG)(stream->p >= behind ? stream->p - behind : stream->p + size - behind);
    return (ULONG)((count + stream->shift) % size);
}

// ---- position (wavecyclic_position.c) --------------------------------------------------------------------------

// Reads P; `moved` follows. False: it was dropped, as another look ended meanwhile, which may have begun earlier.
// <= DISPATCH_LEVEL.
bool wavecyclic_look(struct wavecyclic_stream *stream);
// The first look after RUN: the driver may have begun again at 0 (WC-79).
void wavecyclic_look_first(struct wavecyclic_stream *stream);
// P begins at 0 of the buffer again, whatever it was.
void wavecyclic_rewind(struct wavecyclic_stream *stream);
// Bytes of clients' data that have been played or recorded.
uint64_t wavecyclic_played(const struct wavecyclic_stream *stream);
NTSTATUS wavecyclic_position(struct ks_pin *pin, KSAUDIO_POSITION *position);
NTSTATUS wavecyclic_stream_position(struct ks_pin *pin, ULONG64 *bytes);
LONGLONG wavecyclic_time(struct ks_pin *pin, ULONG64 bytes);
// Fires what the cursor has passed. <= DISPATCH_LEVEL.
void wavecyclic_events(struct wavecyclic_stream *stream);

// ---- copying, with the token -------------------------------------------------------------------------------------

// One pass of a stream in RUN, after a look (WC-44); priming, before it runs (WC-51). <= DISPATCH_LEVEL.
void wavecyclic_render(struct wavecyclic_stream *stream);
void wavecyclic_prime(struct wavecyclic_stream *stream);
void wavecyclic_capture(struct wavecyclic_stream *stream);
// The whole buffer, before anything is played from it (WC-63).
void wavecyclic_silence_all(struct wavecyclic_stream *stream);
// What lies from P to V is lost: a gap, with silence in it as far as a guard allows (WC-79).
void wavecyclic_lose(struct wavecyclic_stream *stream);

// ---- packets (wavecyclic_packet.c) ---------------------------------------------------------------------------------

void wavecyclic_submit(struct ks_pin *pin, struct ks_packet *packet);
void wavecyclic_cancel(struct ks_pin *pin, struct ks_packet *packet);
// To the packet's first byte, before it is queued.
void wavecyclic_begin(struct wavecyclic_packet *item);
// The oldest packet, with something of it `left` to copy from or to `data`; those without any are finished. NULL: none.
// With the token.
struct wavecyclic_packet *wavecyclic_next_slow(struct wavecyclic_stream *stream);
static inline struct wavecyclic_packet *wavecyclic_next(struct wavecyclic_stream *stream)
{
    struct wavecyclic_packet *item =
        LIST_OBJECT(stream->queue.next, struct wavecyclic_packet, link);

    if (list_empty(&stream->queue))
        return NULL;
    return item->left ? item : wavecyclic_next_slow(stream);
}
// `bytes` of it were copied; it may have ended.
void wavecyclic_copied(struct wavecyclic_stream *stream, struct wavecyclic_packet *item,
                       ULONG bytes);
// Completes what has ended. No token, no lock; <= DISPATCH_LEVEL.
void wavecyclic_complete(struct wavecyclic_stream *stream);
// STOP: ends everything queued (KP-44). RUN to PAUSE: ends those with FLUSHONPAUSE (KP-45). PASSIVE_LEVEL.
void wavecyclic_stop(struct wavecyclic_stream *stream);
void wavecyclic_flush(struct wavecyclic_stream *stream);

// ---- service (wavecyclic_service.c) ----------------------------------------------------------------------------------

void wavecyclic_service_init(struct wavecyclic_stream *stream);
// The group's sink.
void wavecyclic_service(void *stream);
// A pass, or a mark for the one who passes now. <= DISPATCH_LEVEL.
void wavecyclic_pass(struct wavecyclic_stream *stream);
// The token for who may wait for it; giving it back makes up for passes that were asked for. PASSIVE_LEVEL.
void wavecyclic_take(struct wavecyclic_stream *stream);
void wavecyclic_give(struct wavecyclic_stream *stream);
void wavecyclic_timer_start(struct wavecyclic_stream *stream);
void wavecyclic_timer_stop(struct wavecyclic_stream *stream);
// No DPC of ours runs or will run afterwards. PASSIVE_LEVEL.
void wavecyclic_service_quiesce(struct wavecyclic_stream *stream);

#endif
