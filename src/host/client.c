// SPDX-License-Identifier: MIT
//
// What all clients do alike: the size of their buffers, coming late on purpose, the patience for a notification.
#include "host/stream.h"

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

uint64_t client_patience(const struct client_run *client, size_t buffer_bytes)
{
    const struct ps_stream *stream = client->stream;
    uint64_t lap = buffer_bytes / stream->frame_bytes * 1000000000ull / stream->format.rate;

    return 2 * lap + 100000000;
}

void client_write(struct client_run *client)
{
    if (++client->writes == client->run->late)
        ps_sleep(client->stream->system, client->run->late_ms * 1000000ull);
}
