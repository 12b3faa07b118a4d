// SPDX-License-Identifier: MIT
//
// The looped client: one cyclic buffer of its own as one packet (WP-87), written ahead of the play position as
// DirectSound does.
#include <errno.h>

#include "host/cyclic.h"

static int read_ahead(struct cyclic *cyclic)
{
    const struct ps_stream *stream = cyclic->client->stream;

    cyclic->copied = true;
    cyclic->fifo = stream_bytes(stream, COPIED_MS);
    if (cyclic->size >= cyclic->fifo + 3 * cyclic->margin)
        return 0;
    return host_error(-EINVAL, "a buffer of %zu bytes is too short: the port copies %u ms ahead",
                      cyclic->size, COPIED_MS);
}

static int run(struct cyclic *cyclic, struct ps_packet *packet)
{
    int result = stream_state(packet->stream, KSSTATE_PAUSE);

    cyclic_fill(cyclic);
    if (!result)
        result = ps_packet_submit(packet, packet->bytes);
    if (!result)
        result = cyclic_play(cyclic);
    return result;
}

int client_looped(void *context)
{
    struct client_run *client = context;
    struct ps_stream *stream = client->stream;
    struct ps_packet *packet;
    struct cyclic cyclic;
    int stopped, result = ps_packet_create(stream, client_buffer_bytes(client), &packet);

    if (result)
        return result;
    result = cyclic_init(&cyclic, client, packet->data, packet->bytes, stream->frame_bytes);
    if (!result && stream_copies(stream))
        result = read_ahead(&cyclic);
    if (!result)
        result = run(&cyclic, packet);
    stopped = client_stop(client);
    packet_take_back(packet);
    ps_packet_destroy(packet);
    return result ? result : stopped;
}
