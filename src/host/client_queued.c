// SPDX-License-Identifier: MIT
//
// The queued client: several packets of some milliseconds in flight, refilled as they come back (WP-86).
#include <errno.h>

#include "host/stream.h"

struct queue {
    struct client_run *client;
    struct ps_packet *packets[MOST_PACKETS];
    unsigned count;
    unsigned next;   // the oldest in flight, and the next to fill
    unsigned flying;
    bool ended;
};

// Fills the next packet from the source and hands it to the pin.
static int send_next(struct queue *queue)
{
    struct ps_packet *packet = queue->packets[(queue->next + queue->flying) % queue->count];
    struct sound *sound = queue->client->sound;
    size_t bytes = sound_feed(sound, packet->data, packet->bytes);
    int result;

    if (!bytes) {
        queue->ended = true;
        sound_finish(sound);
        return 0;
    }
    sound_submit(sound, packet->data, bytes);
    result = ps_packet_submit(packet, bytes);
    if (!result)
        queue->flying++;
    return result;
}

static int fill_pipe(struct queue *queue)
{
    int result = 0;

    while (!result && !queue->ended && queue->flying < queue->count)
        result = send_next(queue);
    return result;
}

static int reap_oldest(struct queue *queue)
{
    ptrdiff_t bytes = ps_packet_wait(queue->packets[queue->next]);

    queue->next = (queue->next + 1) % queue->count;
    queue->flying--;
    return bytes < 0 ? host_error((int)bytes, "a packet came back with an error") : 0;
}

static int stream_all(struct queue *queue)
{
    struct ps_stream *stream = queue->client->stream;
    int result = stream_state(stream, KSSTATE_PAUSE);

    if (!result)
        result = fill_pipe(queue);
    if (!result)
        result = stream_state(stream, KSSTATE_RUN);
    while (!result && queue->flying && !sound_interrupted(queue->client->sound)) {
        result = reap_oldest(queue);
        client_write(queue->client);
        if (!result)
            result = fill_pipe(queue);
    }
    if (!result && stream_copies(stream))
        result = client_drain(queue->client);
    return result;
}

int client_queued(void *context)
{
    struct queue queue = {.client = context};
    int stopped, result = packets_create(queue.client->stream, queue.client->run, queue.packets,
                                         &queue.count);

    sound_tail(queue.client->sound, client_hold_bytes(queue.client));
    if (!result)
        result = stream_all(&queue);
    stopped = client_stop(queue.client);
    packets_destroy(queue.packets, queue.count);
    return result ? result : stopped;
}
