// SPDX-License-Identifier: MIT
//
// A stream from the client's side: two file objects (filter and pin) and what a run needs of them.
#ifndef PORTSIDE_HOST_STREAM_H
#define PORTSIDE_HOST_STREAM_H

#include "host/host.h"
#include "host/sound.h"
#include "ks/ks.h"

struct ps_stream {
    struct ps_driver *driver;
    struct ps_system *system;
    enum ps_direction direction;
    struct ps_format format;
    unsigned frame_bytes;
    bool looped;
    PFILE_OBJECT filter, pin;
    volatile bool interrupted; // before a run began
};

struct ps_packet {
    struct ps_stream *stream;
    void *data;          // client memory
    size_t bytes;        // its size
    bool submitted, end_of_stream;
    KSSTREAM_HEADER header;
    struct kernel_request request;
};

// Above this address the stream's device cannot reach (AC-9: 32-bit masters).
#define STREAM_HIGHEST 0xffffffffull

// The packets of a run, as many and as long as it asks for; what was made before a failure is counted.
enum { MOST_PACKETS = 64 };
int packets_create(struct ps_stream *stream, const struct ps_run *run,
                   struct ps_packet *packets[MOST_PACKETS], unsigned *count);
// Takes back those still submitted.
void packets_destroy(struct ps_packet *packets[], unsigned count);

// Waits for a packet that is still submitted; cancels it first, in case the pin could not be stopped.
void packet_take_back(struct ps_packet *packet);

int stream_state(struct ps_stream *stream, KSSTATE state); // on a system thread
int stream_position(struct ps_stream *stream, KSAUDIO_POSITION *position);

// The clients (client_queued.c, client_looped.c, client_record.c): on a system thread; 0 or negative errno.
struct client_run {
    struct ps_stream *stream;
    const struct ps_run *run;
    struct sound *sound;
};
int client_queued(void *client_run);
int client_looped(void *client_run);
int client_record(void *client_run);

// Frames of `ms` milliseconds, in bytes, at least one frame.
static inline size_t stream_bytes(const struct ps_stream *stream, unsigned ms)
{
    size_t frames = (size_t)((uint64_t)stream->format.rate * ms / 1000);

    return (frames ? frames : 1) * stream->frame_bytes;
}

#endif
