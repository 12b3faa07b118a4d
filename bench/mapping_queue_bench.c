// SPDX-License-Identifier: MIT
//
// The mapping queue alone, under one atomic spin lock that nobody else wants, against the floor
// (mapping_queue_floor.h): a pair of GetMapping and ReleaseMapping in every shape and depth, adding a
// packet of 16 pages, and into how many pairs 64 KiB of contiguous memory fall.
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/mapping_queue_side.h"
#include "port/mapping_queue_runs.h"

enum { ADD_PAGES = 16, ADDED = 16 };

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
    struct mq_config config = {.page_cap = MQ_PAGE_CAP};
    struct floor_side floor;
    struct bench_contender all[] = {{add_rounds, &ours->side, BENCH_NONE},
                                    {add_rounds, &floor.side, BENCH_NONE},
                                    {run_rounds, &config, BENCH_NONE}};

    if (!bench_wanted("add-16-pages"))
        return;
    for (unsigned place = 0; place < (bench_smoke() ? 1 : RIG_PLACES); place++) {
        rig_place(place);
        ours->side.open(&ours->side);
        rig_floor_open(&floor, ADDED * ADD_PAGES);
        ours->side.pieces = floor.side.pieces = ADD_PAGES;
        bench_least(all, 3, RIG_TURNS);
        ours->side.close(&ours->side);
    }
    bench_report("add-16-pages", (all[0].least - all[2].least) / (all[1].least - all[2].least), "x",
                 BENCH_AT_MOST, 3);
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

    rig_place(0);
    ours->side.open(&ours->side);
    for (unsigned i = 0; i < 16; i++)
        pages[i] = 500 + i;
    if (mq_packet_create(ours->queue, &request, &packet) || mq_add(ours->queue, packet, &todo))
        exit(70);
    while (!mq_get(ours->queue, NULL, &mapping) && !mq_release(ours->queue, NULL, &todo))
        pairs++;
    while ((packet = mq_todo_pop(&todo)))
        mq_packet_free(ours->queue, packet);
    ours->side.close(&ours->side);
    bench_report("pairs-for-64-kib-contiguous", pairs, "pairs", BENCH_AT_MOST, 1);
}

int main(int argc, char **argv)
{
    static struct queue_side ours;

    bench_start(argc, argv);
    queue_side_init(&ours);
    rig_measure("get-release-spin", &ours.side, 1.1);
    measure_adding(&ours);
    count_pairs(&ours);
    return bench_end();
}
