// SPDX-License-Identifier: MIT
//
// The looped client: one cyclic buffer as one packet (WP-87), written ahead of the play position as DirectSound
// does. After the end of the source it writes silence and stops once the position has passed it.
#include <errno.h>
#include <string.h>

#include "host/stream.h"

struct loop {
    struct client_run *client;
    struct ps_packet *packet;
    size_t size;
    uint64_t written; // bytes since the start, silence included
    uint64_t played;  // bytes since the start, from the position
    uint64_t end;     // bytes of source; valid once `ended`
    bool ended;
};

// Writes [written, written + bytes): source while there is any, then zeros.
static void write_ahead(struct loop *loop, size_t bytes)
{
    while (bytes) {
        size_t at = (size_t)(loop->written % loop->size), got = 0;
        size_t piece = loop->size - at < bytes ? loop->size - at : bytes;
        unsigned char *to = (unsigned char *)loop->packet->data + at;

        if (!loop->ended)
            got = sound_feed(loop->client->sound, to, piece);
        if (got)
            sound_submit(loop->client->sound, to, got);
        if (got < piece && !loop->ended) {
            loop->ended = true;
            loop->end = loop->written + got;
            sound_finish(loop->client->sound);
        }
        memset(to + got, 0, piece - got);
        loop->written += piece;
        bytes -= piece;
    }
}

// Where the device is, unwrapped: the offset moved forward by less than one lap since the last look.
static int look(struct loop *loop)
{
    KSAUDIO_POSITION position = {0};
    int result = stream_position(loop->client->stream, &position);
    size_t before = (size_t)(loop->played % loop->size);

    if (result)
        return result;
    if (position.PlayOffset > loop->size)
        return host_error(-ERANGE, "the play position is outside the buffer");
    loop->played += (position.PlayOffset % loop->size + loop->size - before) % loop->size;
    return 0;
}

static int follow(struct loop *loop)
{
    struct ps_stream *stream = loop->client->stream;
    const size_t margin = stream_bytes(stream, 10);
    unsigned step = loop->client->run->packet_ms ? loop->client->run->packet_ms : 10;
    int result = 0;

    while (!result && !(loop->ended && loop->played >= loop->end + margin) &&
           !sound_interrupted(loop->client->sound)) {
        size_t room;

        ps_sleep(stream->system, step * 1000000ull);
        result = look(loop);
        room = loop->size - (size_t)(loop->written - loop->played);
        room = room > margin ? room - margin : 0; // what the device may have fetched ahead stays
        write_ahead(loop, room - room % stream->frame_bytes);
    }
    return result;
}

static int run(struct loop *loop)
{
    struct ps_stream *stream = loop->client->stream;
    int result = stream_state(stream, KSSTATE_PAUSE);

    write_ahead(loop, loop->size);
    if (!result)
        result = ps_packet_submit(loop->packet, loop->size);
    if (!result)
        result = stream_state(stream, KSSTATE_RUN);
    if (!result)
        result = follow(loop);
    return result;
}

int client_looped(void *context)
{
    struct loop loop = {.client = context};
    const struct ps_run *options = loop.client->run;
    unsigned ms = (options->packets ? options->packets : 3) *
                  (options->packet_ms ? options->packet_ms : 10) * 4;
    int result, stopped;

    loop.size = stream_bytes(loop.client->stream, ms);
    result = ps_packet_create(loop.client->stream, loop.size, &loop.packet);
    if (result)
        return result;
    result = run(&loop);
    stopped = stream_state(loop.client->stream, KSSTATE_STOP);
    packet_take_back(loop.packet);
    ps_packet_destroy(loop.packet);
    return result ? result : stopped;
}
