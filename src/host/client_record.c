// SPDX-License-Identifier: MIT
//
// The recording client: empty packets in flight; what comes back is handed to the sink.
#include <errno.h>

#include "host/stream.h"

struct take {
    struct client_run *client;
    struct ps_packet *packets[MOST_PACKETS];
    unsigned count, next;
    uint64_t wanted, got; // bytes
};

static int submit_all(struct take *take)
{
    int result = 0;

    for (unsigned i = 0; i < take->count && !result; i++)
        result = ps_packet_submit(take->packets[i], take->packets[i]->bytes);
    return result;
}

// Takes the oldest packet's bytes and sends it out again.
static int take_oldest(struct take *take)
{
    struct ps_packet *packet = take->packets[take->next];
    ptrdiff_t bytes = ps_packet_wait(packet);
    uint64_t left = take->wanted - take->got;

    if (bytes < 0)
        return host_error((int)bytes, "a packet came back with an error");
    if ((uint64_t)bytes > left)
        bytes = (ptrdiff_t)left;
    sound_submit(take->client->sound, packet->data, (size_t)bytes);
    take->got += (uint64_t)bytes;
    take->next = (take->next + 1) % take->count;
    return take->got < take->wanted ? ps_packet_submit(packet, packet->bytes) : 0;
}

static int record(struct take *take)
{
    struct ps_stream *stream = take->client->stream;
    int result = stream_state(stream, KSSTATE_PAUSE);

    if (!result)
        result = submit_all(take);
    if (!result)
        result = stream_state(stream, KSSTATE_RUN);
    while (!result && take->got < take->wanted && !sound_interrupted(take->client->sound)) {
        client_write(take->client);
        result = take_oldest(take);
    }
    return result;
}

int client_record(void *context)
{
    struct take take = {.client = context};
    int result, stopped;

    take.wanted = take.client->run->frames * take.client->stream->frame_bytes;
    result = packets_create(take.client->stream, take.client->run, take.packets,
                            &take.count);
    if (!result)
        result = record(&take);
    sound_finish(take.client->sound);
    stopped = client_stop(take.client);
    packets_destroy(take.packets, take.count);
    return result ? result : stopped;
}
