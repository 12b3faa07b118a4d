// SPDX-License-Identifier: MIT
//
// The pages of a WaveRT stream: MapAllocatedPages and UnmapAllocatedPages with the first touch of each page against
// mmap and munmap of as many pieces; GetPhysicalPageAddress against an ms_abi call that does the look-up;
// position reads.
//
// The stream is the port's own behind a miniport that does nothing, called on a system thread as a driver does.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/bench.h"
#include "kernel/kernel.h"
#include "port/policy.h"
#include "port/wavert.h"
#include "sched/chooser.h"

enum { MOST_PAGES = 256 };

// ---- a miniport that does nothing ------------------------------------------------------------------------

static NTSTATUS NTAPI query(IMiniportWaveRTStream *This, REFIID iid, PVOID *out)
{
    (void)This, (void)iid;
    *out = NULL;
    return STATUS_INVALID_PARAMETER;
}

static ULONG NTAPI release(IMiniportWaveRTStream *This)
{
    (void)This;
    return 0;
}

static NTSTATUS NTAPI get_position(IMiniportWaveRTStream *This, PKSAUDIO_POSITION position)
{
    (void)This;
    *position = (KSAUDIO_POSITION){0, 0};
    return STATUS_SUCCESS;
}

static const IMiniportWaveRTStreamVtbl stream_vtbl = {
    .QueryInterface = query, .Release = release, .GetPosition = get_position};
static IMiniportWaveRTStream mini_stream = {&stream_vtbl};

static NTSTATUS NTAPI new_stream(IMiniportWaveRT *This, PMINIPORTWAVERTSTREAM *out,
                                 PPORTWAVERTSTREAM port, ULONG pin, BOOLEAN capture,
                                 PKSDATAFORMAT format)
{
    (void)This, (void)port, (void)pin, (void)capture, (void)format;
    *out = &mini_stream;
    return STATUS_SUCCESS;
}

static const IMiniportWaveRTVtbl mini_vtbl = {.NewStream = new_stream};
static IMiniportWaveRT mini = {&mini_vtbl};

// ---- a system with one stream ------------------------------------------------------------------------------

struct rig {
    struct ps_system *system;
    struct ks_filter filter;
    struct ks_pin pin;
    PPORTWAVERTSTREAM stream;
    bool done;
};

static void fail(const char *what)
{
    fprintf(stderr, "pages_bench: %s failed\n", what);
    exit(70);
}

static void rig_open(struct rig *rig, enum memory_layout layout)
{
    struct sched_options sched = {.processors = 1, .chooser = chooser_round_robin()};
    struct machine_options machine = {.layout = layout};
    PPORT port = NULL;

    rig->system = system_create(1);
    if (!rig->system || sched_create(rig->system, &sched) ||
        machine_create(rig->system, &machine))
        fail("the machine");
    system_current = rig->system;
    if (kernel_create(rig->system) || !port_class_of(rig->system) ||
        !NT_SUCCESS(wavert_port_new(&port, NULL)))
        fail("the kernel");
    rig->filter.port = CONTAINING_RECORD((IPortWaveRT *)port, struct wavert_port, iface);
    ((struct wavert_port *)rig->filter.port)->miniport = &mini;
    if (!NT_SUCCESS(wavert_stream_create(&rig->filter, &rig->pin)))
        fail("the stream");
    rig->stream = &((struct wavert_stream *)rig->pin.port)->iface;
}

// ---- mapping -----------------------------------------------------------------------------------------------

struct mapping {
    struct rig *rig;
    PMDL mdl;
    size_t pages;
    size_t pieces;      // runs of adjacent pages
    size_t piece[MOST_PAGES]; // pages of each
    int file;           // the floor's memory
};

static void touch(char *base, size_t pages)
{
    for (size_t i = 0; i < pages; i++)
        ((volatile char *)base)[i * PAGE_SIZE] = 1;
}

static void map_through_port(void *context, uint64_t rounds)
{
    struct mapping *mapping = context;
    PPORTWAVERTSTREAM stream = mapping->rig->stream;

    for (uint64_t i = 0; i < rounds; i++) {
        char *base = stream->lpVtbl->MapAllocatedPages(stream, mapping->mdl, MmCached);

        touch(base, mapping->pages);
        stream->lpVtbl->UnmapAllocatedPages(stream, base, mapping->mdl);
    }
}

// Every other page of the file, so that no two pieces are one.
static void map_bare(void *context, uint64_t rounds)
{
    struct mapping *mapping = context;

    for (uint64_t i = 0; i < rounds; i++) {
        char *base[MOST_PAGES];
        off_t offset = 0;

        for (size_t j = 0; j < mapping->pieces; j++) {
            base[j] = mmap(NULL, mapping->piece[j] * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
                           mapping->file, offset);
            touch(base[j], mapping->piece[j]);
            offset += (off_t)(mapping->piece[j] + 1) * PAGE_SIZE;
        }
        for (size_t j = 0; j < mapping->pieces; j++)
            munmap(base[j], mapping->piece[j] * PAGE_SIZE);
    }
}

static ULONGLONG address(PPORTWAVERTSTREAM stream, PMDL mdl, ULONG index)
{
    PHYSICAL_ADDRESS result;

    return (ULONGLONG)stream->lpVtbl->GetPhysicalPageAddress(stream, &result, mdl, index)->QuadPart;
}

static void count_pieces(struct mapping *mapping)
{
    PPORTWAVERTSTREAM stream = mapping->rig->stream;

    mapping->pieces = 0;
    for (ULONG i = 0; i < mapping->pages; i++) {
        if (!i || address(stream, mapping->mdl, i) !=
                      address(stream, mapping->mdl, i - 1) + PAGE_SIZE)
            mapping->piece[mapping->pieces++] = 0;
        mapping->piece[mapping->pieces - 1]++;
    }
}

static void bench_mapping(struct rig *rig, size_t pages, bool contiguous)
{
    static const PHYSICAL_ADDRESS none = {.QuadPart = 0}, all = {.QuadPart = -1};
    struct mapping mapping = {.rig = rig, .pages = pages};
    PPORTWAVERTSTREAM stream = rig->stream;
    char name[64];
    void *memory;

    mapping.mdl = contiguous ? stream->lpVtbl->AllocateContiguousPagesForMdl(stream, none, all,
                                                                             pages * PAGE_SIZE)
                             : stream->lpVtbl->AllocatePagesForMdl(stream, all, pages * PAGE_SIZE);
    mapping.file = memfd_create("pages", MFD_CLOEXEC);
    if (!mapping.mdl || mapping.file < 0 ||
        ftruncate(mapping.file, (off_t)(2 * MOST_PAGES * PAGE_SIZE)))
        fail("allocation");
    memory = mmap(NULL, 2 * MOST_PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
                  mapping.file, 0);
    touch(memory, 2 * MOST_PAGES);
    munmap(memory, 2 * MOST_PAGES * PAGE_SIZE);
    count_pieces(&mapping);
    snprintf(name, sizeof(name), "map-unmap-%zu-%s", pages,
             contiguous ? "contiguous" : "scattered");
    bench_report(name, bench_ratio(map_through_port, &mapping, map_bare, &mapping), "x",
                 BENCH_AT_MOST, 1.15);
    close(mapping.file);
    stream->lpVtbl->FreePagesFromMdl(stream, mapping.mdl);
}

// ---- addresses ---------------------------------------------------------------------------------------------

struct lookup {
    PPORTWAVERTSTREAM stream;
    PMDL mdl;
    ULONG mask;
};

// What any implementation must do at least.
struct bare_object {
    const uint64_t *pfns;
    PHYSICAL_ADDRESS *(NTAPI *look_up)(struct bare_object *object, PHYSICAL_ADDRESS *result, PMDL mdl,
                                       ULONG index);
    PMDL mdl;
    ULONG mask;
};

__attribute__((noinline)) static PHYSICAL_ADDRESS *NTAPI bare_look_up(struct bare_object *object,
                                                                      PHYSICAL_ADDRESS *result,
                                                                      PMDL mdl, ULONG index)
{
    (void)mdl;
    result->QuadPart = (LONGLONG)(object->pfns[index] << PAGE_SHIFT);
    return result;
}

static void ask_port(void *context, uint64_t rounds)
{
    struct lookup *lookup = context;
    PHYSICAL_ADDRESS result;

    for (uint64_t i = 0; i < rounds; i++) {
        lookup->stream->lpVtbl->GetPhysicalPageAddress(lookup->stream, &result, lookup->mdl,
                                                       (ULONG)(i * 97) & lookup->mask);
        BENCH_KEEP(result);
    }
}

static void ask_bare(void *context, uint64_t rounds)
{
    struct bare_object *object = context;
    PHYSICAL_ADDRESS result;

    for (uint64_t i = 0; i < rounds; i++) {
        object->look_up(object, &result, object->mdl, (ULONG)(i * 97) & object->mask);
        BENCH_KEEP(result);
    }
}

static void bench_addresses(struct rig *rig, ULONG pages)
{
    PPORTWAVERTSTREAM stream = rig->stream;
    PMDL mdl = stream->lpVtbl->AllocatePagesForMdl(stream, (PHYSICAL_ADDRESS){.QuadPart = -1},
                                                   (SIZE_T)pages * PAGE_SIZE);
    struct lookup lookup = {stream, mdl, pages - 1};
    struct bare_object bare = {NULL, bare_look_up, mdl, pages - 1};
    char name[64];

    if (!mdl)
        fail("allocation");
    bare.pfns = MmGetMdlPfnArray(mdl);
    snprintf(name, sizeof(name), "page-address-of-%u", pages);
    bench_report(name, bench_ratio(ask_port, &lookup, ask_bare, &bare), "x", BENCH_AT_MOST, 2);
    stream->lpVtbl->FreePagesFromMdl(stream, mdl);
}

static void read_positions(void *context, uint64_t rounds)
{
    struct rig *rig = context;
    KSAUDIO_POSITION position;

    for (uint64_t i = 0; i < rounds; i++)
        wavert_position(&rig->pin, &position);
}

static void measure(void *context)
{
    static const size_t sizes[] = {1, 16, MOST_PAGES};
    struct rig *rig = context;

    for (unsigned i = 0; i < 3; i++)
        for (int contiguous = 0; contiguous < 2; contiguous++)
            bench_mapping(rig, sizes[i], contiguous);
    bench_addresses(rig, 16);
    bench_addresses(rig, 4096);
    bench_report("position-reads-per-second", 1e3 / bench_ns(read_positions, rig), "M/s",
                 BENCH_NO_AIM, 0);
    rig->done = true;
    sched_stop(rig->system->sched);
}

int main(int argc, char **argv)
{
    static struct rig rig;

    bench_start(argc, argv);
    rig_open(&rig, LAYOUT_SCATTERED);
    sched_set_watchdog(rig.system->sched, 0); // the floors pass no scheduling point
    if (!kernel_thread(rig.system, "bench", measure, &rig))
        fail("the thread");
    while (!rig.done)
        sched_run(rig.system->sched, SCHED_NEVER);
    return bench_end();
}
