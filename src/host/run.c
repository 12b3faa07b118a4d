// SPDX-License-Identifier: MIT
//
// Whole runs: sound set up, a client run on a system thread, the result judged.
#include <errno.h>

#include "host/stream.h"
#include "port/policy.h"

enum { LATEST_MS = 60000, REAL_PACKETS = 8, REAL_PACKET_MS = 20 };

// What a port that copies says of this stream.
static bool is_mine(const struct client_run *client, uint32_t pin)
{
    return client->stream->pin && stream_pin(client->stream)->number == pin;
}

static void copied(void *context, uint32_t pin, uint64_t bytes)
{
    const struct client_run *client = context;

    if (is_mine(client, pin) && client->stream->direction == PS_PLAY)
        sound_passed_on(client->sound, bytes);
}

static void left_out(void *context, uint32_t pin, uint64_t at, uint64_t bytes)
{
    const struct client_run *client = context;

    if (is_mine(client, pin))
        sound_left_out(client->sound, at, bytes);
}

static void listen(struct client_run *client, struct port_listener *listener)
{
    struct port_class *class = port_class_of(client->stream->system);

    if (client->stream->client != PS_CLIENT_QUEUED || !stream_copies(client->stream))
        return;
    *listener = (struct port_listener){client, copied, left_out};
    class->listener = listener;
    sound_copied(client->sound);
}

static int begin_sound(struct ps_stream *stream)
{
    struct machine *machine = stream->system->machine;
    int error;

    if (machine_guesses_silence(machine) && stream->frame_bytes != 4)
        return host_error(-ENOTSUP, "this machine's sound is 16 bit stereo, the stream's is not");
    error = machine_sound_begin(machine, stream->format.rate, stream->direction == PS_RECORD);
    if (error == -ENOTSUP)
        return host_error(error, "this machine's sound is not set up for %s at %u Hz",
                          stream->direction == PS_RECORD ? "recording" : "playing",
                          stream->format.rate);
    if (machine_failure(machine))
        return host_error(-EHOSTDOWN, "%s", machine_failure(machine));
    return error;
}

// Where time is real the client may be late itself, and devices of others fetch in large pieces.
static struct ps_run with_defaults(const struct ps_stream *stream, const struct ps_run *run)
{
    struct ps_run own = *run;

    if (!own.packets && !own.packet_ms && !own.buffer_bytes &&
        (sched_is_real(stream->system->sched) || machine_guesses_silence(stream->system->machine))) {
        own.packets = REAL_PACKETS;
        own.packet_ms = REAL_PACKET_MS;
    }
    return own;
}

// Whether the host has kept the client from being in time.
static void tell_stall(const struct client_run *client, uint64_t began, struct ps_result *result)
{
    struct real_clock_stall stall = sched_lateness(client->stream->system->sched);

    if (stall.ns < client_in_hand(client) / 2 || !stall.ns)
        return;
    result->stalled_ns = stall.ns;
    result->stalled_at_ns = stall.at > began ? stall.at - began : 0;
}

static int run_client(struct ps_stream *stream, const struct ps_run *given,
                      int (*function)(void *), struct ps_result *result)
{
    const struct ps_run own = with_defaults(stream, given), *run = &own;
    struct client_run client = {.stream = stream, .run = run};
    struct ps_system *system = stream->system;
    struct machine_counts before, after;
    struct port_listener listener;
    uint64_t mappings = port_class_of(system)->mappings, began = system->sched->now;
    int error, served;

    error = sound_create(system, run, &stream->format, stream->direction == PS_RECORD, &client.sound);
    if (error)
        return host_error(error, "out of memory");
    system->host->sound = client.sound;
    listen(&client, &listener);
    machine_get_counts(system->machine, &before);
    if (stream->interrupted)
        sound_interrupt(client.sound);
    error = sound_serve(client.sound);
    sched_lateness_begin(system->sched);
    if (!error)
        error = begin_sound(stream);
    if (!error)
        error = host_call(system, "client", function, &client);
    if (!system->halted || machine_failure(system->machine))
        machine_sound_end(system->machine);
    sound_settle(client.sound);
    served = sound_serve(client.sound); // what is left for the sink, also after a halt
    machine_get_counts(system->machine, &after);
    sound_result(client.sound, result);
    result->mappings = port_class_of(system)->mappings - mappings;
    result->interrupts = after.interrupts - before.interrupts;
    result->virtual_ns = system->sched->now - began;
    tell_stall(&client, began, result);
    result->interrupted = sound_interrupted(client.sound) && !served;
    system->host->sound = NULL;
    port_class_of(system)->listener = NULL;
    sound_destroy(client.sound);
    if (served)
        return host_error(served, "reading or writing the audio failed");
    return error;
}

static int (*client_of(const struct ps_stream *stream))(void *)
{
    switch (stream->client) {
    case PS_CLIENT_LOOPED:
        return client_looped;
    case PS_CLIENT_RT:
        return client_rt;
    case PS_CLIENT_RT_EVENT:
        return client_rt_event;
    case PS_CLIENT_RT_PACKET:
        return client_rt_packet;
    default:
        return stream->direction == PS_PLAY ? client_queued : client_record;
    }
}

static int check(struct ps_stream *stream, const struct ps_run *run, enum ps_direction direction)
{
    int result = host_enter(stream->system);

    if (result)
        return result;
    if (stream->direction != direction || !run->source.read)
        return host_error(-EINVAL, "a run needs a stream of its direction and a source");
    if (direction == PS_RECORD && (!run->frames || stream->client == PS_CLIENT_LOOPED))
        return host_error(-EINVAL, "recording needs a number of frames and a stream not looped");
    if (run->late_ms > LATEST_MS)
        return host_error(-EINVAL, "a write %u ms late: at most %u", run->late_ms, LATEST_MS);
    if (stream->system->host->sound)
        return host_error(-EBUSY, "another run is in progress");
    return 0;
}

int ps_stream_play(struct ps_stream *stream, const struct ps_run *run, struct ps_result *result)
{
    int error = check(stream, run, PS_PLAY);

    *result = (struct ps_result){.difference = ""};
    return error ? error : run_client(stream, run, client_of(stream), result);
}

int ps_stream_record(struct ps_stream *stream, const struct ps_run *run, struct ps_result *result)
{
    int error = check(stream, run, PS_RECORD);

    *result = (struct ps_result){.difference = ""};
    return error ? error : run_client(stream, run, client_of(stream), result);
}

void ps_stream_interrupt(struct ps_stream *stream)
{
    struct sound *sound = stream->system->host->sound;

    stream->interrupted = true;
    if (sound)
        sound_interrupt(sound);
}
