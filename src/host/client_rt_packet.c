// SPDX-License-Identifier: MIT
//
// The client rt-packet: halves of the miniport's cyclic buffer as numbered packets (RT-90). Play: a packet is written
// and told of by its number as soon as the device has finished the one before the last. Record: what the miniport says
// is new is read.
#include <errno.h>
#include <string.h>

#include "host/stream.h"

enum { PACKETS = 2 }; // in the buffer

struct packets {
    struct client_run *client;
    struct ps_buffer buffer;
    struct ps_event *event;
    size_t bytes;      // of one packet
    uint32_t next;     // to write, or to read
    uint32_t last;     // the one that ends the stream, valid once `ended`
    size_t last_bytes; // of source in it
    bool ended;
    uint64_t left;     // record: bytes wanted
};

static unsigned char *slot(const struct packets *packets, uint32_t number)
{
    return (unsigned char *)packets->buffer.data + number % PACKETS * packets->bytes;
}

// The next notification; the run may have the client come late for it.
static int wait_next(struct packets *packets)
{
    struct client_run *client = packets->client;
    int result = ps_event_wait(packets->event, client_patience(client, packets->buffer.bytes));

    client_write(client);
    ps_buffer_sync(client->stream);
    return result;
}

// ---- play --------------------------------------------------------------------------------------------------

static int write_packet(struct packets *packets)
{
    struct client_run *client = packets->client;
    unsigned char *to = slot(packets, packets->next);
    size_t got = packets->ended ? 0 : sound_feed(client->sound, to, packets->bytes);
    bool last = got < packets->bytes && !packets->ended;

    if (got)
        sound_submit(client->sound, to, got);
    if (last) {
        packets->ended = true;
        packets->last = packets->next;
        packets->last_bytes = got;
        sound_finish(client->sound);
    }
    if (got < packets->bytes)
        sound_silence(client->sound, packets->bytes - got);
    memset(to + got, stream_silence(client->stream), packets->bytes - got);
    if (packets->buffer.barrier)
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    packets->next++;
    if (packets->ended && !last) // behind the end the miniport wants to hear of none (RT-95)
        return 0;
    return ps_packet_written(client->stream, packets->next - 1, last, (uint32_t)got);
}

// Packet `count` is being played: those before it are gone, whether written or not.
static void catch_up(struct packets *packets, uint32_t count)
{
    uint32_t first = count + 1;

    if ((int32_t)(first - packets->next) <= 0)
        return;
    sound_gap(packets->client->sound, (uint64_t)(first - packets->next) * packets->bytes);
    packets->next = first;
}

static int refill(struct packets *packets, uint32_t *count)
{
    int result = ps_packet_count(packets->client->stream, count);

    if (result)
        return result;
    catch_up(packets, *count);
    while (!result && (int32_t)(*count + PACKETS - packets->next) > 0)
        result = write_packet(packets);
    return result;
}

// The device has fetched all; its last frames are still on their way out (RT-97).
static int wait_presented(struct packets *packets)
{
    struct ps_stream *stream = packets->client->stream;
    uint64_t frames, time, patience = client_patience(packets->client, packets->buffer.bytes);
    uint64_t end = (packets->last * (uint64_t)packets->bytes + packets->last_bytes) /
                   stream->frame_bytes;
    uint64_t until = stream->system->sched->now + patience;
    int result = ps_stream_presentation(stream, &frames, &time);

    while (!result && frames < end && stream->system->sched->now < until) {
        ps_sleep(stream->system, 1000000);
        result = ps_stream_presentation(stream, &frames, &time);
    }
    if (!result && frames < end)
        return host_error(-ETIMEDOUT, "the presentation position stays at %llu of %llu frames",
                          (unsigned long long)frames, (unsigned long long)end);
    return result;
}

static int play(struct packets *packets)
{
    struct client_run *client = packets->client;
    uint32_t count = 0;
    int result = 0;

    sound_cyclic(client->sound);
    while (!result && packets->next < PACKETS)
        result = write_packet(packets);
    if (!result)
        result = stream_state(client->stream, KSSTATE_RUN);
    while (!result && !(packets->ended && count > packets->last) &&
           !sound_interrupted(client->sound)) {
        result = wait_next(packets);
        if (!result)
            result = refill(packets, &count);
    }
    return result || sound_interrupted(client->sound) ? result : wait_presented(packets);
}

// ---- record ------------------------------------------------------------------------------------------------

static void take(struct packets *packets, uint32_t number)
{
    size_t wanted = packets->bytes < packets->left ? packets->bytes : (size_t)packets->left;

    if (number != packets->next)
        sound_gap(packets->client->sound,
                  (uint64_t)(uint32_t)(number - packets->next) * packets->bytes);
    sound_submit(packets->client->sound, slot(packets, number), wanted);
    packets->left -= wanted;
    packets->next = number + 1;
}

static int read_new(struct packets *packets)
{
    struct ps_read_packet packet = {.more = true};
    int result = 0;

    while (packet.more && packets->left) {
        result = ps_packet_read(packets->client->stream, &packet);
        if (result)
            return result == -EAGAIN ? 0 : result;
        take(packets, packet.number);
    }
    return 0;
}

static int record(struct packets *packets)
{
    struct client_run *client = packets->client;
    int result = stream_state(client->stream, KSSTATE_RUN);

    packets->left = client->run->frames * client->stream->frame_bytes;
    while (!result && packets->left && !sound_interrupted(client->sound)) {
        result = wait_next(packets);
        if (!result)
            result = read_new(packets);
    }
    sound_finish(client->sound);
    return result;
}

// ---- both --------------------------------------------------------------------------------------------------

static int run(struct packets *packets)
{
    struct ps_stream *stream = packets->client->stream;
    int stopped, result;

    packets->bytes = packets->buffer.bytes / PACKETS;
    if (!packets->bytes || packets->buffer.bytes % PACKETS || packets->bytes % stream->frame_bytes)
        return host_error(-EINVAL, "a buffer of %u bytes holds no packets of whole frames",
                          packets->buffer.bytes);
    result = stream_state(stream, KSSTATE_PAUSE);
    if (!result)
        result = stream->direction == PS_PLAY ? play(packets) : record(packets);
    stopped = client_stop(packets->client);
    return result ? result : stopped;
}

int client_rt_packet(void *context)
{
    struct packets packets = {.client = context};
    struct ps_stream *stream = packets.client->stream;
    int result = ps_buffer_create(stream, client_buffer_bytes(context), PACKETS, &packets.buffer);

    if (!result)
        result = ps_event_create(stream, &packets.event);
    if (result)
        return result;
    result = run(&packets);
    ps_event_destroy(packets.event);
    return result;
}
