// SPDX-License-Identifier: MIT
//
// What the WaveCyclic port makes of memcpy: packets of 10 ms (48 kHz, stereo, 16 bit) go from three client buffers into a
// cyclic buffer of 320 ms through the port's queue, its copying while RUN and a channel that copies plainly; the floor is
// memcpy of the same bytes from and to the same places. Completion of IRPs is not part of it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "kernel/kernel.h"
#include "port/copy.h"
#include "port/policy.h"
#include "port/wavecyclic.h"
#include "sched/chooser.h"

enum { PACKET = 1920, PACKETS = 3, BUFFER = 32 * PACKET, LEAD = 3 * PACKET, PLACES = 8, TURNS = 200 };

static void fail(const char *what)
{
    fprintf(stderr, "cyclic_copy_bench: %s failed\n", what);
    exit(70);
}

static VOID NTAPI copy(IDmaChannel *This, PVOID to, PVOID from, ULONG bytes)
{
    (void)This;
    port_copy(to, from, bytes); // as the port's own channels do
}

static const IDmaChannelVtbl channel_vtbl = {.CopyTo = copy, .CopyFrom = copy};
static IDmaChannel channel = {&channel_vtbl};

struct rig {
    struct ps_system *system;
    struct ks_pin pin;
    struct ks_packet packets[PACKETS];
    KSSTREAM_HEADER headers[PACKETS];
    MDL mdls[PACKETS];
    PMDL mdl_of[PACKETS];
    struct wavecyclic_packet items[PACKETS];
    struct wavecyclic_stream *stream;
    unsigned char *buffer, *song, *sources; // the client's packets lie one after the other
    unsigned next;
    size_t place;
};

static void make_packet(struct rig *rig, unsigned i)
{
    rig->mdls[i].MdlFlags = MDL_MAPPED_TO_SYSTEM_VA;
    rig->mdls[i].MappedSystemVa = rig->sources + i * PACKET;
    rig->mdl_of[i] = &rig->mdls[i];
    rig->headers[i].DataUsed = PACKET;
    rig->packets[i] = (struct ks_packet){.pin = &rig->pin, .count = 1, .bytes = PACKET,
                                         .headers = &rig->headers[i], .mdls = &rig->mdl_of[i]};
    rig->items[i].packet = &rig->packets[i];
    rig->packets[i].port = &rig->items[i];
}

// How reads and writes lie to each other in a page decides by luck: the best of several places counts, for each side.
static void place_packets(struct rig *rig, unsigned place)
{
    rig->sources = rig->song + place * 832;
    for (unsigned i = 0; i < PACKETS; i++)
        make_packet(rig, i);
}

static void make_stream(struct rig *rig)
{
    struct wavecyclic_stream *stream = calloc(1, sizeof(*stream));

    stream->system = rig->system;
    stream->sched = rig->system->sched;
    stream->class = port_class_of(rig->system);
    stream->pin = &rig->pin;
    stream->channel = &channel;
    stream->state = KSSTATE_RUN;
    stream->valid = LEAD;
    stream->buffer = (struct wavecyclic_buffer){.base = rig->buffer, .size = BUFFER, .frame = 4,
                                                .rate = 192000, .interval = PACKET,
                                                .fill = BUFFER - 4, .target = 4 * PACKET,
                                                .low = LEAD, .guard = 256};
    wavecyclic_service_init(stream);
    rig->stream = stream;
}

static void open_rig(struct rig *rig)
{
    struct sched_options sched = {.processors = 1, .chooser = chooser_round_robin()};
    struct machine_options machine = {.layout = LAYOUT_SCATTERED};

    rig->system = system_create(1);
    if (!rig->system || sched_create(rig->system, &sched) ||
        machine_create(rig->system, &machine))
        fail("the machine");
    system_current = rig->system;
    if (kernel_create(rig->system) || !port_class_of(rig->system))
        fail("the kernel");
    rig->buffer = aligned_alloc(4096, BUFFER);
    rig->song = aligned_alloc(4096, 4 * 4096);
    if (!rig->buffer || !rig->song)
        fail("memory");
    memset(rig->song, 1, 4 * 4096);
    make_stream(rig);
}

// A packet comes, is copied, and the device moves on.
static void through_the_port(void *context, uint64_t rounds)
{
    struct rig *rig = context;
    struct wavecyclic_stream *stream = rig->stream;

    while (rounds--) {
        struct wavecyclic_packet *item = &rig->items[rig->next++ % PACKETS];

        item->header = 0;
        wavecyclic_begin(item);
        item->queued = true;
        list_push_back(&stream->queue, &item->link);
        wavecyclic_render(stream);
        list_pop_front(&stream->finished);
        stream->moved = stream->valid - LEAD;
        stream->p = stream->p + PACKET < BUFFER ? stream->p + PACKET : 0;
    }
}

static void by_memcpy(void *context, uint64_t rounds)
{
    struct rig *rig = context;

    while (rounds--) {
        memcpy(rig->buffer + rig->place, rig->sources + rig->next++ % PACKETS * PACKET, PACKET);
        rig->place = (rig->place + PACKET) % BUFFER;
        BENCH_KEEP(rig->buffer);
    }
}

struct measured {
    struct rig *rig;
    bool done;
};

static void measure(void *context)
{
    struct measured *measured = context;
    struct bench_contender both[] = {{through_the_port, measured->rig, BENCH_NONE},
                                     {by_memcpy, measured->rig, BENCH_NONE}};

    for (unsigned place = 0; place < (bench_smoke() ? 1 : PLACES); place++) {
        place_packets(measured->rig, place);
        bench_least(both, 2, TURNS);
    }
    bench_report("cyclic-copy-10ms", both[1].least / both[0].least, "x memcpy", BENCH_AT_LEAST, 0.8);
    measured->done = true;
    sched_stop(measured->rig->system->sched);
}

int main(int argc, char **argv)
{
    static struct rig rig;
    struct measured measured = {&rig, false};

    bench_start(argc, argv);
    if (!bench_wanted("cyclic-copy-10ms"))
        return bench_end();
    open_rig(&rig);
    if (!kernel_thread(rig.system, "bench", measure, &measured))
        fail("the thread");
    while (!measured.done)
        sched_run(rig.system->sched, SCHED_NEVER);
    return bench_end();
}
