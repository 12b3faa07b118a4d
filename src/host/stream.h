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
    enum ps_client client;
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

// The device that a started driver has, or NULL; whether a pin streams in that direction (open.c).
struct port_device *stream_device(const struct ps_driver *driver);
bool stream_pin_flows(const struct ks_filter *filter, ULONG id, enum ps_direction direction);

// Opens the filter of that reference string and a pin of it in the stream's format, as its `client` would. On a
// system thread.
enum { STREAM_FILTER_NAME = 127 };
NTSTATUS stream_connect(struct ps_stream *stream, const WCHAR *filter, ULONG pin);
void stream_disconnect(struct ps_stream *stream);
// As CONNECTION_DATAFORMAT takes it.
void stream_format_wave(const struct ps_format *format, KSDATAFORMAT_WAVEFORMATEX *out);

// On a system thread. `request` begins with its KSPROPERTY.
NTSTATUS stream_property(struct ps_stream *stream, const KSPROPERTY *request, size_t request_bytes,
                         void *value, size_t bytes);
int stream_state(struct ps_stream *stream, KSSTATE state);
int stream_position(struct ps_stream *stream, KSAUDIO_POSITION *position);

// The open pin; whether its packets come back before they are played, as WaveCyclic's do.
const struct ks_pin *stream_pin(const struct ps_stream *stream);
bool stream_copies(const struct ps_stream *stream);

// Whether the pin is WaveRT's; *notifies: with notification events. Whether it has packets (rt.c).
bool rt_supported(struct ps_stream *stream, bool *notifies);
bool rt_has_packets(struct ps_stream *stream);

// The clients (client_*.c): on a system thread; 0 or negative errno.
struct client_run {
    struct ps_stream *stream;
    const struct ps_run *run;
    struct sound *sound;
    unsigned writes; // since the start
};
int client_queued(void *client_run);
int client_looped(void *client_run);
int client_record(void *client_run);
int client_rt(void *client_run);
int client_rt_event(void *client_run);
int client_rt_packet(void *client_run);

// A port that copies is ahead of the device by this much (WC-46); what it has copied comes too late to be written (WC-86).
enum { COPIED_MS = 40 };

// Of the cyclic buffer, as the run has it.
uint32_t client_buffer_bytes(const struct client_run *client);
// How long (ns) the device goes on, or may, without the client.
uint64_t client_in_hand(const struct client_run *client);
// How long to wait for a notification of such a buffer, ns: more than two laps.
uint64_t client_patience(const struct client_run *client, size_t buffer_bytes);
// Until all that was copied has been played. 0, or -ETIMEDOUT if the position stays where it is.
int client_drain(struct client_run *client);
// Before each write (recording: read) after the start: counts it and sleeps if this is the late one.
void client_write(struct client_run *client);

// The byte of which silence is made.
static inline int stream_silence(const struct ps_stream *stream)
{
    return stream->format.bits == 8 ? 0x80 : 0;
}
// Bytes of the stream that its device holds before they are heard.
uint64_t client_hold_bytes(const struct client_run *client);
// To STOP, once the device has let go of what it fetched.
int client_stop(struct client_run *client);

// Frames of `ms` milliseconds, in bytes, at least one frame.
static inline size_t stream_bytes(const struct ps_stream *stream, unsigned ms)
{
    size_t frames = (size_t)((uint64_t)stream->format.rate * ms / 1000);

    return (frames ? frames : 1) * stream->frame_bytes;
}

#endif
