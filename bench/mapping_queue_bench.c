// SPDX-License-Identifier: MIT
//
// The mapping queue alone, under one atomic spin lock that nobody else wants, against the floor
// (mapping_queue_floor.h): a pair of GetMapping and ReleaseMapping in every shape and depth, adding a
// packet of 16 pages, and into how many pairs 64 KiB of contiguous memory fall.
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/mapping_queue_rig.h"
#include "port/mapping_queue_runs.h"

enum { ADD_PAGES = 16, ADDED = 16 };

// ---- memory ------------------------------------------------------------------------------------------------

enum { HEADER = 16, KEPT_MOST = 1 << 21 };

// Blocks given back, by size; the size stands before each.
static void *kept[KEPT_MOST / HEADER];

MQ_API void *spin_allocate(size_t bytes)
{
    size_t size = (bytes + HEADER - 1) / HEADER;
    char *block = size < KEPT_MOST / HEADER ? kept[size] : NULL;

    if (block) {
        kept[size] = *(void **)(block + HEADER);
        return block + HEADER;
    }
    block = malloc(HEADER + size * HEADER);
    if (!block)
        exit(70);
    *(size_t *)block = size;
    return block + HEADER;
}

MQ_API void spin_free(void *memory)
{
    char *block = (char *)memory - HEADER;
    size_t size = *(size_t *)block;

    if (size >= KEPT_MOST / HEADER) {
        free(block);
        return;
    }
    *(void **)memory = kept[size];
    kept[size] = block;
}

// ---- a stream in front of the queue --------------------------------------------------------------------------

struct queue_side {
    struct side side;
    IPortWavePciStream iface;
    struct mq_queue *queue;
    struct mq_packet *done;
    int lock;
};

// The ways that are not the ordinary one are functions of their own, as in the port (wavepci_mapping.c).
static __attribute__((noinline)) NTSTATUS NTAPI
get_rest(struct queue_side *ours, PVOID tag, PPHYSICAL_ADDRESS physical, PVOID *virtual_address,
         PULONG bytes, PULONG flags, const void *caller)
{
    struct mq_mapping mapping = {0};
    enum mq_result result = mq_get_rest(ours->queue, tag, &mapping);

    (void)caller;
    *bytes = mapping.bytes;
    *flags = mapping.last;
    if (!mq_succeeded(result))
        return STATUS_NOT_FOUND;
    physical->QuadPart = (LONGLONG)mapping.physical;
    *virtual_address = mapping.virtual_address;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI get_mapping(IPortWavePciStream *This, PVOID tag, PPHYSICAL_ADDRESS physical,
                                  PVOID *virtual_address, PULONG bytes, PULONG flags)
{
    struct queue_side *ours = CONTAINING_RECORD(This, struct queue_side, iface);

    if (MQ_UNLIKELY(!mq_get_next(ours->queue, tag, (uint64_t *)&physical->QuadPart, virtual_address, bytes,
                                 flags)))
        return get_rest(ours, tag, physical, virtual_address, bytes, flags,
                        __builtin_return_address(0));
    return STATUS_SUCCESS;
}

static __attribute__((noinline)) NTSTATUS NTAPI release_rest(struct queue_side *ours, PVOID tag)
{
    struct mq_packet *packet;
    struct mq_todo todo;
    enum mq_result result = mq_release_rest(ours->queue, tag, &todo);

    while ((packet = mq_todo_pop(&todo))) {
        packet->next = ours->done;
        ours->done = packet;
    }
    return mq_succeeded(result) ? STATUS_SUCCESS : STATUS_NOT_FOUND;
}

static NTSTATUS NTAPI release_mapping(IPortWavePciStream *This, PVOID tag)
{
    struct queue_side *ours = CONTAINING_RECORD(This, struct queue_side, iface);

    if (MQ_UNLIKELY(!mq_release_oldest(ours->queue, tag)))
        return release_rest(ours, tag);
    return STATUS_SUCCESS;
}

static const IPortWavePciStreamVtbl queue_vtbl = {.GetMapping = get_mapping,
                                                  .ReleaseMapping = release_mapping};

static void add_to_queue(struct side *side)
{
    struct queue_side *ours = CONTAINING_RECORD(side, struct queue_side, side);
    struct mq_packet *packet;
    struct mq_request request;
    struct mq_buffer buffer;
    struct mq_todo todo;

    rig_request(&buffer, &request, side->pieces);
    if (mq_packet_create(ours->queue, &request, &packet) || mq_add(ours->queue, packet, &todo))
        exit(70);
}

static void take_back_from_queue(struct side *side)
{
    struct queue_side *ours = CONTAINING_RECORD(side, struct queue_side, side);
    struct mq_packet *packet;

    while ((packet = ours->done)) {
        ours->done = packet->next;
        mq_packet_free(ours->queue, packet);
    }
}

// ---- adding ----------------------------------------------------------------------------------------------------

// Adds packets and takes them out again while the clock stands.
static void add_and_drain(struct side *side, uint64_t rounds)
{
    PHYSICAL_ADDRESS physical;
    PVOID virtual_address;
    ULONG bytes, flags;

    while (rounds > 0) {
        uint64_t now = rounds < ADDED ? rounds : ADDED;
        for (uint64_t i = 0; i < now; i++)
            side->add(side);
        rounds -= now;
        bench_pause();
        while (!side->stream->lpVtbl->GetMapping(side->stream, NULL, &physical, &virtual_address,
                                                 &bytes, &flags))
            side->stream->lpVtbl->ReleaseMapping(side->stream, NULL);
        side->take_back(side);
        bench_resume();
    }
}

static void add_rounds(void *side, uint64_t rounds)
{
    add_and_drain(side, rounds);
}

// What both must do: the runs, kept nowhere.
static void run_rounds(void *context, uint64_t rounds)
{
    const struct mq_config *config = context;
    struct mq_request request;
    struct mq_buffer buffer;
    struct mq_runs runs;
    struct mq_size size;
    struct mq_run run;

    for (uint64_t i = 0; i < rounds; i++) {
        rig_request(&buffer, &request, ADD_PAGES);
        BENCH_KEEP(mq_request_valid(&request, &size));
        mq_runs_start(&runs, config, &request);
        while (mq_runs_next(&runs, &run))
            BENCH_KEEP(run.physical);
    }
}

static void measure_adding(struct queue_side *ours)
{
    struct floor_side floor;

    if (!bench_wanted("add-16-pages"))
        return;
    rig_floor_start(&floor, &ours->lock, ADDED * ADD_PAGES);
    ours->side.pieces = floor.side.pieces = ADD_PAGES;
    bench_report("add-16-pages",
                 bench_ratio_beyond(add_rounds, ours, add_rounds, &floor, run_rounds,
                                    &ours->queue->config),
                 "x", BENCH_AT_MOST, 3);
    rig_floor_end(&floor);
}

static void count_pairs(struct queue_side *ours)
{
    uint64_t pages[16];
    struct mq_buffer buffer = {
        .virtual_address = (void *)0x10000000, .pages = pages, .page_count = 16, .bytes = 65536};
    struct mq_request request = {.buffers = &buffer, .buffer_count = 1};
    struct mq_packet *packet;
    struct mq_mapping mapping;
    struct mq_todo todo;
    unsigned pairs = 0;

    for (unsigned i = 0; i < 16; i++)
        pages[i] = 500 + i;
    if (mq_packet_create(ours->queue, &request, &packet) || mq_add(ours->queue, packet, &todo))
        exit(70);
    while (!mq_get(ours->queue, NULL, &mapping) && !mq_release(ours->queue, NULL, &todo))
        pairs++;
    while ((packet = mq_todo_pop(&todo)))
        mq_packet_free(ours->queue, packet);
    bench_report("pairs-for-64-kib-contiguous", pairs, "pairs", BENCH_AT_MOST, 1);
}

int main(int argc, char **argv)
{
    static struct queue_side ours = {
        .side = {.add = add_to_queue, .take_back = take_back_from_queue},
        .iface = {(IPortWavePciStreamVtbl *)&queue_vtbl}};
    struct mq_config config = {.context = &ours.lock};

    bench_start(argc, argv);
    ours.side.stream = &ours.iface;
    if (mq_create(&config, &ours.queue))
        return 70;
    rig_measure("get-release-spin", &ours.side, &ours.lock, 1.1);
    measure_adding(&ours);
    count_pairs(&ours);
    mq_destroy(ours.queue);
    return bench_end();
}
