// SPDX-License-Identifier: MIT
//
// The clients rt and rt-event: the miniport's cyclic buffer (RT-1), written ahead of the position or read behind it.
// The first looks by a timer of its own; the second when the miniport notifies, twice a lap, and moves half a buffer at
// once.
#include "host/cyclic.h"

// A miniport that says its FIFO is larger than a quarter of the buffer leaves no room for the client.
static int take_latency(struct cyclic *cyclic)
{
    struct ps_stream *stream = cyclic->client->stream;
    struct ps_latency latency;
    int result = ps_stream_latency(stream, &latency);

    cyclic->fifo = latency.fifo_bytes;
    if (cyclic->fifo > cyclic->size / 4)
        cyclic->fifo = cyclic->size / 4;
    return result;
}

static int run(struct cyclic *cyclic)
{
    struct ps_stream *stream = cyclic->client->stream;
    int result = take_latency(cyclic);

    if (!result)
        result = stream_state(stream, KSSTATE_PAUSE);
    if (result)
        return result;
    if (stream->direction == PS_RECORD)
        return cyclic_record(cyclic);
    cyclic_fill(cyclic);
    return cyclic_play(cyclic);
}

static int stop(struct client_run *client, int result)
{
    int stopped;

    if (client->stream->direction == PS_RECORD)
        sound_finish(client->sound);
    stopped = client_stop(client);
    return result ? result : stopped;
}

int client_rt(void *context)
{
    struct client_run *client = context;
    struct ps_buffer buffer;
    struct cyclic cyclic;
    int result = ps_buffer_create(client->stream, client_buffer_bytes(client), 0, &buffer);

    if (!result)
        result = cyclic_init(&cyclic, client, buffer.data, buffer.bytes,
                             client->stream->frame_bytes);
    if (result)
        return result;
    cyclic.barrier = buffer.barrier;
    return stop(client, run(&cyclic));
}

// ---- by notifications ----------------------------------------------------------------------------------------

static int wait_event(struct cyclic *cyclic)
{
    return ps_event_wait(cyclic->context, client_patience(cyclic->client, cyclic->size));
}

static int run_by_event(struct client_run *client, const struct ps_buffer *buffer,
                        struct ps_event *event)
{
    struct cyclic cyclic;
    int result = cyclic_init(&cyclic, client, buffer->data, buffer->bytes, buffer->bytes / 2);

    if (result)
        return result;
    cyclic.barrier = buffer->barrier;
    cyclic.wait = wait_event;
    cyclic.context = event;
    return stop(client, run(&cyclic));
}

int client_rt_event(void *context)
{
    struct client_run *client = context;
    struct ps_buffer buffer;
    struct ps_event *event;
    int result = ps_buffer_create(client->stream, client_buffer_bytes(client), 2, &buffer);

    if (!result)
        result = ps_event_create(client->stream, &event);
    if (result)
        return result;
    result = run_by_event(client, &buffer, event);
    ps_event_destroy(event);
    return result;
}
