// SPDX-License-Identifier: MIT
//
// See cyclic.h.
//
// Play: the bytes [done - size, done) are in the buffer, and `device` is among them as long as the client is in time.
// If `device` has passed `done`, what it read there was not written: the client goes on a little ahead of it and says
// how much it left out. Record: [device - size, device) are in the buffer, and `done` is among them.
#include "host/cyclic.h"

#include <errno.h>
#include <string.h>

static struct sound *sound_of(const struct cyclic *cyclic)
{
    return cyclic->client->sound;
}

static uint64_t up(uint64_t value, size_t step)
{
    return (value + step - 1) / step * step;
}

int cyclic_init(struct cyclic *cyclic, struct client_run *client, void *data, size_t size,
                size_t quantum)
{
    size_t margin = stream_bytes(client->stream, 10), frame = client->stream->frame_bytes;

    if (size < 2 * quantum || size % quantum || size % frame)
        return host_error(-EINVAL, "a buffer of %zu bytes is too short, or holds no whole frames",
                          size);
    if (margin > size / 4)
        margin = size / 4 / frame * frame;
    *cyclic = (struct cyclic){.client = client,
                              .data = data,
                              .size = size,
                              .quantum = quantum,
                              .margin = margin,
                              .wait = cyclic_wait_timer};
    sound_cyclic(client->sound);
    return 0;
}

// ---- where the device is -----------------------------------------------------------------------------------

static uint64_t bytes_in(const struct cyclic *cyclic, uint64_t ns)
{
    const struct ps_stream *stream = cyclic->client->stream;

    return ns * stream->format.rate / 1000000000u * stream->frame_bytes;
}

// What a device can have moved at most since the last look: a machine may have stood still while the clock went on.
static uint64_t expected_since(struct cyclic *cyclic, uint64_t now)
{
    const struct ps_stream *stream = cyclic->client->stream;
    uint64_t expected = bytes_in(cyclic, now - cyclic->looked), heard, since;

    if (!machine_sound_heard(stream->system->machine, &heard))
        return expected;
    since = (heard - cyclic->heard) * stream->frame_bytes;
    cyclic->heard = heard;
    return since < expected ? since : expected;
}

// The offset has moved forward by less than a lap, or by as many laps more as the time suggests.
static void unwrap(struct cyclic *cyclic, size_t offset)
{
    uint64_t now = cyclic->client->stream->system->sched->now;
    uint64_t expected = expected_since(cyclic, now);
    uint64_t moved = (offset + cyclic->size - cyclic->device % cyclic->size) % cyclic->size;

    if (expected > moved)
        moved += (expected - moved + cyclic->size / 2) / cyclic->size * cyclic->size;
    cyclic->device += moved;
    cyclic->looked = now;
}

// A device that stands still would keep the client for ever. One look may find it where it was, whole laps later; and
// where the client was kept from looking, the device may have been kept from moving.
static int check_moving(struct cyclic *cyclic, size_t offset)
{
    uint64_t patience = client_patience(cyclic->client, cyclic->size);
    uint64_t since = cyclic->client->stream->system->sched->now - cyclic->looked;

    cyclic->still++;
    cyclic->stood += since < patience / 4 ? since : patience / 4;
    if (offset != cyclic->device % cyclic->size)
        cyclic->stood = cyclic->still = 0;
    if (cyclic->still < 2 || cyclic->stood <= patience)
        return 0;
    return host_error(-ETIMEDOUT, "the position stays at %zu in RUN", offset);
}

static int look(struct cyclic *cyclic)
{
    struct ps_stream *stream = cyclic->client->stream;
    KSAUDIO_POSITION position = {0};
    int result = stream_position(stream, &position);

    if (result)
        return result;
    if (position.PlayOffset > cyclic->size)
        return host_error(-ERANGE, "the position is outside the buffer");
    if (cyclic->copied)
        cyclic->fifo =
            (size_t)(position.WriteOffset + cyclic->size - position.PlayOffset) % cyclic->size;
    result = check_moving(cyclic, (size_t)position.PlayOffset % cyclic->size);
    unwrap(cyclic, (size_t)position.PlayOffset % cyclic->size);
    ps_buffer_sync(stream);
    return result;
}

int cyclic_wait_timer(struct cyclic *cyclic)
{
    struct client_run *client = cyclic->client;
    unsigned step = client->run->packet_ms ? client->run->packet_ms : 10;
    uint64_t ns = step * 1000000ull;
    uint64_t quarter = cyclic->size / 4 / client->stream->frame_bytes * 1000000000ull /
                       client->stream->format.rate;

    return ps_sleep(client->stream->system, quarter && quarter < ns ? quarter : ns);
}

// Up to where the device has surely been. One that notifies at the end of each quantum has finished it, also if its
// position is a little behind; otherwise a play position may be a little ahead.
static uint64_t passed(const struct cyclic *cyclic, bool recorded)
{
    if (cyclic->quantum > cyclic->client->stream->frame_bytes)
        return (cyclic->device + cyclic->margin) / cyclic->quantum * cyclic->quantum;
    if (recorded)
        return cyclic->device;
    return cyclic->device > cyclic->margin ? cyclic->device - cyclic->margin : 0;
}

// Until the next look, which the run may have late.
static int wait_and_look(struct cyclic *cyclic)
{
    int result = cyclic->wait(cyclic);

    if (result)
        return result;
    client_write(cyclic->client);
    return look(cyclic);
}

static int start(struct cyclic *cyclic)
{
    struct ps_stream *stream = cyclic->client->stream;

    cyclic->looked = stream->system->sched->now;
    return stream_state(stream, KSSTATE_RUN);
}

// ---- play --------------------------------------------------------------------------------------------------

// Source while there is any, then silence.
static void write_piece(struct cyclic *cyclic, unsigned char *to, size_t piece)
{
    struct sound *sound = sound_of(cyclic);
    size_t got = cyclic->ended ? 0 : sound_feed(sound, to, piece);

    if (got)
        sound_submit(sound, to, got);
    if (got < piece && !cyclic->ended) {
        cyclic->ended = true;
        cyclic->end = cyclic->done + got;
        sound_finish(sound);
    }
    if (got < piece)
        sound_silence(sound, piece - got);
    memset(to + got, stream_silence(cyclic->client->stream), piece - got);
}

static void write_ahead(struct cyclic *cyclic, size_t bytes)
{
    while (bytes) {
        size_t at = (size_t)(cyclic->done % cyclic->size);
        size_t piece = cyclic->size - at < bytes ? cyclic->size - at : bytes;

        write_piece(cyclic, cyclic->data + at, piece);
        cyclic->done += piece;
        bytes -= piece;
    }
    if (cyclic->barrier)
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void cyclic_fill(struct cyclic *cyclic)
{
    write_ahead(cyclic, cyclic->size);
}

// The device read, or is about to read, what was not written: begins again a little ahead of it.
static void catch_up(struct cyclic *cyclic)
{
    uint64_t begin = up(cyclic->device + cyclic->fifo + cyclic->margin, cyclic->quantum);

    if (cyclic->device + cyclic->fifo < cyclic->done)
        return;
    sound_gap(sound_of(cyclic), begin - cyclic->done);
    cyclic->done = begin;
}

static void refill(struct cyclic *cyclic)
{
    uint64_t room;

    catch_up(cyclic);
    room = cyclic->size - (cyclic->done - passed(cyclic, false));
    write_ahead(cyclic, (size_t)(room - room % cyclic->quantum));
}

static bool played(const struct cyclic *cyclic)
{
    return cyclic->ended &&
           cyclic->device >= cyclic->end + cyclic->margin + cyclic->fifo;
}

int cyclic_play(struct cyclic *cyclic)
{
    int result;

    result = start(cyclic);
    while (!result && !played(cyclic) && !sound_interrupted(sound_of(cyclic))) {
        result = wait_and_look(cyclic);
        if (!result)
            refill(cyclic);
    }
    return result;
}

// ---- record ------------------------------------------------------------------------------------------------

// What the device has overwritten is lost; the oldest bytes left are near their end, too.
static void let_go(struct cyclic *cyclic)
{
    uint64_t oldest = up(cyclic->device - cyclic->size + cyclic->margin, cyclic->quantum);

    if (cyclic->device <= cyclic->done + cyclic->size)
        return;
    sound_gap(sound_of(cyclic), oldest - cyclic->done);
    cyclic->done = oldest;
}

static void read_behind(struct cyclic *cyclic, uint64_t *left)
{
    uint64_t end = passed(cyclic, true), bytes = end > cyclic->done ? end - cyclic->done : 0;

    bytes -= bytes % cyclic->quantum;
    while (bytes && *left) {
        size_t at = (size_t)(cyclic->done % cyclic->size);
        size_t piece = cyclic->size - at < bytes ? cyclic->size - at : (size_t)bytes;
        size_t wanted = piece < *left ? piece : (size_t)*left;

        sound_submit(sound_of(cyclic), cyclic->data + at, wanted);
        *left -= wanted;
        cyclic->done += piece;
        bytes -= piece;
    }
}

int cyclic_record(struct cyclic *cyclic)
{
    uint64_t left = cyclic->client->run->frames * cyclic->client->stream->frame_bytes;
    int result;

    result = start(cyclic);
    while (!result && left && !sound_interrupted(sound_of(cyclic))) {
        result = wait_and_look(cyclic);
        if (result)
            break;
        let_go(cyclic);
        read_behind(cyclic, &left);
    }
    return result;
}
