// SPDX-License-Identifier: MIT
//
// What all clients do alike: the size of their buffers, coming late on purpose, the patience for a notification, the end
// of what a port has copied.
#include "host/stream.h"

#include <errno.h>

static uint64_t asked_ms(const struct ps_run *run)
{
    return (uint64_t)(run->packets ? run->packets : 3) * (run->packet_ms ? run->packet_ms : 10);
}

uint32_t client_buffer_bytes(const struct client_run *client)
{
    uint64_t ms = 4 * asked_ms(client->run);

    if (client->run->buffer_bytes)
        return client->run->buffer_bytes;
    return (uint32_t)stream_bytes(client->stream, ms < 60000 ? (unsigned)ms : 60000);
}

uint64_t client_in_hand(const struct client_run *client)
{
    const struct ps_stream *stream = client->stream;

    if (stream_copies(stream)) // the port's own copying has to be in time
        return COPIED_MS * 1000000ull;
    if (stream->client == PS_CLIENT_QUEUED && !client->run->buffer_bytes)
        return asked_ms(client->run) * 1000000;
    return client_buffer_bytes(client) / stream->frame_bytes * 1000000000ull / stream->format.rate;
}

uint64_t client_patience(const struct client_run *client, size_t buffer_bytes)
{
    const struct ps_stream *stream = client->stream;
    uint64_t lap = buffer_bytes / stream->frame_bytes * 1000000000ull / stream->format.rate;

    return 2 * lap + 100000000;
}

uint64_t client_hold_bytes(const struct client_run *client)
{
    uint64_t ms = machine_sound_hold(client->stream->system->machine) / 1000000;

    return ms ? stream_bytes(client->stream, (unsigned)ms) : 0;
}

int client_stop(struct client_run *client)
{
    struct ps_stream *stream = client->stream;
    uint64_t hold = machine_sound_hold(stream->system->machine);

    if (hold && stream->direction == PS_PLAY && !machine_failure(stream->system->machine))
        ps_sleep(stream->system, hold);
    return stream_state(stream, KSSTATE_STOP);
}

void client_write(struct client_run *client)
{
    if (++client->writes == client->run->late)
        ps_sleep(client->stream->system, client->run->late_ms * 1000000ull);
}

// How long the bytes from one offset to the other take, ns, and a little more.
static uint64_t time_of(const struct ps_stream *stream, const KSAUDIO_POSITION *position)
{
    uint64_t frames = (position->WriteOffset - position->PlayOffset) / stream->frame_bytes;

    return frames * 1000000000 / stream->format.rate + 1000000;
}

int client_drain(struct client_run *client)
{
    struct ps_stream *stream = client->stream;
    KSAUDIO_POSITION position = {0}, before = {0};
    unsigned still = 0;
    int result = stream_position(stream, &position);

    while (!result && position.PlayOffset < position.WriteOffset &&
           !sound_interrupted(client->sound)) {
        still = position.PlayOffset == before.PlayOffset ? still + 1 : 0;
        if (still > 20)
            return host_error(-ETIMEDOUT, "the position stays at %llu in RUN",
                              (unsigned long long)position.PlayOffset);
        before = position;
        ps_sleep(stream->system, time_of(stream, &position));
        result = stream_position(stream, &position);
    }
    return result;
}
