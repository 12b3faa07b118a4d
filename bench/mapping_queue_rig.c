// SPDX-License-Identifier: MIT
//
// See mapping_queue_rig.h.
#include "bench/mapping_queue_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bench/bench.h"

enum { ROUNDS_PREPARED = 128, PACKETS_PREPARED = 64 };

struct shape {
    const char *name;
    uint32_t pieces; // 0: as many as the depth needs
};

static const struct shape shapes[] = {{"inside", 0}, {"packets-of-16", 16}, {"packets-of-1", 1}};
static const uint32_t depths[] = {4, 64, 1024, 16384};

static void fail(const char *what)
{
    fprintf(stderr, "bench: %s failed\n", what);
    exit(70);
}

// ---- memory ----------------------------------------------------------------------------------------------

enum { HEADER = 16, KEPT_MOST = 1 << 21, MEMORY = 64 << 20, PAGE = 4096 };

static struct {
    char *base;
    size_t used;
    void *kept[KEPT_MOST / HEADER]; // blocks given back, by size; the size stands before each
} memory;

void rig_place(unsigned place)
{
    if (!memory.base)
        memory.base = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory.base == MAP_FAILED)
        fail("mmap");
    memory.used = place * 37 % 64 * PAGE;
    for (size_t i = 0; i < KEPT_MOST / HEADER; i++)
        memory.kept[i] = NULL;
}

MQ_API void *rig_allocate(size_t bytes)
{
    size_t size = (bytes + HEADER - 1) / HEADER;
    char *block = size < KEPT_MOST / HEADER ? memory.kept[size] : NULL;

    if (block) {
        memory.kept[size] = *(void **)(block + HEADER);
        return block + HEADER;
    }
    block = memory.base + memory.used;
    memory.used += HEADER + size * HEADER;
    if (memory.used > MEMORY)
        fail("allocation");
    *(size_t *)block = size;
    return block + HEADER;
}

MQ_API void rig_free(void *freed)
{
    char *block = (char *)freed - HEADER;
    size_t size = *(size_t *)block;

    if (size >= KEPT_MOST / HEADER)
        return;
    *(void **)freed = memory.kept[size];
    memory.kept[size] = block;
}

static void *allocate_line(size_t bytes)
{
    uintptr_t at = (uintptr_t)rig_allocate(bytes + 64);

    return (void *)((at + 63) & ~(uintptr_t)63);
}

// ---- rounds -----------------------------------------------------------------------------------------------

static inline void get(struct side *side)
{
    PHYSICAL_ADDRESS physical;
    PVOID virtual_address;
    ULONG bytes, flags;

    if (side->stream->lpVtbl->GetMapping(side->stream, (PVOID)side->next_tag++, &physical,
                                         &virtual_address, &bytes, &flags))
        fail("GetMapping");
    BENCH_KEEP(physical.QuadPart);
    BENCH_KEEP(bytes);
}

static inline void release(struct side *side)
{
    if (side->stream->lpVtbl->ReleaseMapping(side->stream, (PVOID)side->oldest_tag++))
        fail("ReleaseMapping");
}

static void refill(struct side *side)
{
    side->take_back(side);
    for (uint32_t i = 0; i < side->batch; i++)
        side->add(side);
    side->ready = (uint64_t)side->batch * side->pieces;
    for (uint32_t i = 0; side->inside && i < side->depth; i++) { // until all held are of the new packet
        get(side);
        release(side);
        side->ready--;
    }
    side->take_back(side);
}

static void rig_rounds(void *context, uint64_t rounds)
{
    struct side *side = context;

    static unsigned turn;

    BENCH_KEEP(__builtin_alloca(turn++ * 64 % PAGE + 64)); // another place for the stack, too
    while (rounds > 0) {
        if (side->ready == 0) {
            bench_pause();
            refill(side);
            bench_resume();
        }
        uint64_t now = rounds < side->ready ? rounds : side->ready;
        for (uint64_t i = 0; i < now; i++) {
            get(side);
            release(side);
        }
        side->ready -= now;
        rounds -= now;
    }
}

// ---- sides ------------------------------------------------------------------------------------------------

static void start(struct side *side, const struct shape *shape, uint32_t depth)
{
    uint32_t rounds = depth > ROUNDS_PREPARED ? depth : ROUNDS_PREPARED;

    side->depth = depth;
    side->inside = shape->pieces == 0;
    side->pieces = side->inside ? depth + rounds : shape->pieces;
    side->batch = side->inside ? 1 : ROUNDS_PREPARED / side->pieces;
    side->batch = side->batch > PACKETS_PREPARED ? PACKETS_PREPARED : side->batch;
    for (uint32_t left = 0; left < depth; left += side->pieces)
        side->add(side);
    side->ready = (depth + side->pieces - 1) / side->pieces * side->pieces - depth;
    for (uint32_t i = 0; i < depth; i++)
        get(side);
}

static void end(struct side *side)
{
    for (; side->ready > 0; side->ready--)
        get(side);
    while (side->oldest_tag != side->next_tag)
        release(side);
    side->take_back(side);
}

void rig_request(struct mq_buffer *buffer, struct mq_request *request, uint32_t pieces)
{
    static uint64_t pages[RIG_MOST_PIECES];

    for (uint32_t i = 0; pages[RIG_MOST_PIECES - 1] == 0 && i < RIG_MOST_PIECES; i++)
        pages[i] = 1000 + 2 * i;
    *buffer = (struct mq_buffer){.virtual_address = (void *)0x10000000,
                                 .pages = pages,
                                 .page_count = pieces,
                                 .bytes = pieces * MQ_PAGE_BYTES};
    *request = (struct mq_request){.buffers = buffer, .buffer_count = 1};
}

static void add_to_floor(struct side *side)
{
    struct floor_side *floor = CONTAINING_RECORD(side, struct floor_side, side);
    struct floor_request *request = floor->free;
    struct mq_request buffers;
    struct mq_buffer buffer;

    if (request)
        floor->free = request->next;
    else
        request = allocate_line(sizeof(*request));
    rig_request(&buffer, &buffers, side->pieces);
    floor_add(&floor->floor, request, &buffers);
}

static void take_back_from_floor(struct side *side)
{
    struct floor_side *floor = CONTAINING_RECORD(side, struct floor_side, side);
    struct floor_request *request;

    while ((request = floor->floor.done)) {
        floor->floor.done = request->next;
        request->next = floor->free;
        floor->free = request;
    }
}

void rig_floor_open(struct floor_side *side, uint32_t runs)
{
    uint64_t room = 1;
    int *lock = allocate_line(sizeof(*lock));

    *lock = 0;
    while (room < runs)
        room *= 2;
    *side = (struct floor_side){.side = {.add = add_to_floor, .take_back = take_back_from_floor}};
    floor_init(&side->floor, lock, allocate_line(room * sizeof(struct floor_run)), room);
    side->side.stream = &side->floor.iface;
}

// ---- measuring ----------------------------------------------------------------------------------------------

static void measure_here(struct bench_contender *both, const struct shape *shape, uint32_t depth)
{
    struct side *ours = both[0].context;
    struct floor_side floor;

    if (ours->open)
        ours->open(ours);
    start(ours, shape, depth);
    rig_floor_open(&floor, depth + ours->pieces + ours->batch * ours->pieces);
    start(&floor.side, shape, depth);
    both[1].context = &floor.side;
    bench_least(both, 2, RIG_TURNS);
    end(ours);
    if (ours->close)
        ours->close(ours);
}

static void measure(const char *prefix, struct side *ours, const struct shape *shape, uint32_t depth,
                    double aim)
{
    struct bench_contender both[] = {{rig_rounds, ours, BENCH_NONE}, {rig_rounds, NULL, BENCH_NONE}};
    char name[96];

    snprintf(name, sizeof(name), "%s-%s-depth-%u", prefix, shape->name, depth);
    if (!bench_wanted(name))
        return;
    for (unsigned place = 0; place < (bench_smoke() ? 1 : RIG_PLACES); place++) {
        rig_place(place);
        measure_here(both, shape, depth);
    }
    bench_report(name, both[0].least / both[1].least, "x", aim > 0 ? BENCH_AT_MOST : BENCH_NO_AIM,
                 aim);
}

void rig_measure(const char *prefix, struct side *ours, double aim)
{
    for (unsigned s = 0; s < sizeof(shapes) / sizeof(*shapes); s++)
        for (unsigned d = 0; d < sizeof(depths) / sizeof(*depths); d++)
            measure(prefix, ours, &shapes[s], depths[d], aim);
}
