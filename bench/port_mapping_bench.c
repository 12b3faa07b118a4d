// SPDX-License-Identifier: MIT
//
// The mapping queue inside a system, called on a system thread as a miniport calls it, against the floor
// (mapping_queue_floor.h) without any lock: one OS thread is alone, so the scheduler's lock, which is the queue's here, is
// none either.
//
// "scheduler" is the queue with hooks installed but off, "scheduler-hooked" with them on. "port" is the WavePci port's own
// stream with all that it does beside: a scheduling point a call, locks and IRQL looked at; the verifier's checks of
// mappings are off. Packets go straight into its queue, and the bench plays the one that completes them.
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/mapping_queue_side.h"
#include "kernel/kernel.h"
#include "port/policy.h"
#include "port/wavepci.h"
#include "sched/chooser.h"

static void fail(const char *what)
{
    fprintf(stderr, "port_mapping_bench: %s failed\n", what);
    exit(70);
}

// ---- a miniport that does nothing ------------------------------------------------------------------------

static NTSTATUS NTAPI query(IMiniportWavePciStream *This, REFIID iid, PVOID *out)
{
    (void)This, (void)iid;
    *out = NULL;
    return STATUS_INVALID_PARAMETER;
}

static ULONG NTAPI release(IMiniportWavePciStream *This)
{
    (void)This;
    return 0;
}

static NTSTATUS NTAPI get_framing(IMiniportWavePciStream *This, PKSALLOCATOR_FRAMING framing)
{
    (void)This, (void)framing;
    return STATUS_NOT_IMPLEMENTED;
}

static const IMiniportWavePciStreamVtbl stream_vtbl = {
    .QueryInterface = query, .Release = release, .GetAllocatorFraming = get_framing};
static IMiniportWavePciStream mini_stream = {(IMiniportWavePciStreamVtbl *)&stream_vtbl};

static NTSTATUS NTAPI new_stream(IMiniportWavePci *This, PMINIPORTWAVEPCISTREAM *stream,
                                 PUNKNOWN outer, POOL_TYPE pool, PPORTWAVEPCISTREAM port, ULONG pin,
                                 BOOLEAN capture, PKSDATAFORMAT format, PDMACHANNEL *channel,
                                 PSERVICEGROUP *group)
{
    (void)This, (void)outer, (void)pool, (void)port, (void)pin, (void)capture, (void)format;
    (void)channel, (void)group;
    *stream = &mini_stream;
    return STATUS_SUCCESS;
}

static const IMiniportWavePciVtbl mini_vtbl = {.NewStream = new_stream};
static IMiniportWavePci mini = {(IMiniportWavePciVtbl *)&mini_vtbl};

// ---- a system with one stream ----------------------------------------------------------------------------

struct rig {
    struct ps_system *system;
    struct ks_filter filter;
    struct ks_pin pin;
    struct side side;
    struct wavepci_stream *stream;
    bool done;
};

static void rig_open(struct rig *rig)
{
    struct sched_options sched = {.processors = 1, .chooser = chooser_round_robin()};
    struct machine_options machine = {.layout = LAYOUT_SCATTERED};
    PPORT port = NULL;

    rig->system = system_create(1);
    if (!rig->system || sched_create(rig->system, &sched) ||
        machine_create(rig->system, &machine))
        fail("the machine");
    system_current = rig->system;
    if (kernel_create(rig->system) || !port_class_of(rig->system) ||
        !NT_SUCCESS(wavepci_port_new(&port, NULL)))
        fail("the kernel");
    port_class_of(rig->system)->unchecked = true;
    rig->filter.port = CONTAINING_RECORD((IPortWavePci *)port, struct wavepci_port, iface);
    ((struct wavepci_port *)rig->filter.port)->miniport = &mini;
    if (!NT_SUCCESS(wavepci_stream_create(&rig->filter, &rig->pin)))
        fail("the stream");
    rig->stream = rig->pin.port;
    rig->stream->completing = true; // as another processor does: packets that end wait in `done`
    rig->side.stream = &rig->stream->iface;
}

static void add_to_stream(struct side *side)
{
    struct rig *rig = CONTAINING_RECORD(side, struct rig, side);
    struct mq_packet *packet;
    struct mq_request request;
    struct mq_buffer buffer;
    struct mq_todo todo;

    rig_request(&buffer, &request, side->pieces);
    if (mq_packet_create(rig->stream->queue, &request, &packet) ||
        mq_add(rig->stream->queue, packet, &todo))
        fail("a packet");
}

static void take_back_from_stream(struct side *side)
{
    struct rig *rig = CONTAINING_RECORD(side, struct rig, side);
    struct mq_packet *packet;

    while ((packet = mq_todo_pop(&rig->stream->done)))
        mq_packet_free(rig->stream->queue, packet);
}

// ---- measuring -------------------------------------------------------------------------------------------

static uint64_t seen;

static void MQ_API see_call(const struct queue_hooks *hooks, const char *method, PVOID tag)
{
    (void)hooks, (void)method, (void)tag;
    seen++;
}

static void MQ_API see_return(const struct queue_hooks *hooks, const char *method, NTSTATUS status)
{
    (void)hooks, (void)method, (void)status;
    seen++;
}

static void measure_queue(void)
{
    static const struct queue_hooks hooks = {see_call, see_return};
    struct queue_side queue;

    queue_side_init(&queue);
    rig_measure("get-release-scheduler", &queue.side, 1.3);
    queue.hooks = &hooks;
    rig_measure("get-release-scheduler-hooked", &queue.side, 0);
}

static void HOOK_ABI see(const struct hooks *hooks, struct ps_system *system, enum hook_event event,
                         const void *object, uint64_t a, uint64_t b)
{
    (void)hooks, (void)system, (void)event, (void)object, (void)a, (void)b;
    seen++;
}

static void measure(void *context)
{
    static const struct hooks hooks = {.event = see};
    struct rig *rig = context;

    measure_queue();
    rig_measure("get-release-port", &rig->side, 0);
    rig->system->hooks = &hooks;
    rig_measure("get-release-port-hooked", &rig->side, 0);
    rig->system->hooks = NULL;
    rig->done = true;
    sched_stop(rig->system->sched);
}

int main(int argc, char **argv)
{
    static struct rig rig = {.side = {.add = add_to_stream, .take_back = take_back_from_stream}};

    bench_start(argc, argv);
    rig_open(&rig);
    sched_set_watchdog(rig.system->sched, 0); // the floor passes no scheduling point
    if (!kernel_thread(rig.system, "bench", measure, &rig))
        fail("the thread");
    while (!rig.done)
        sched_run(rig.system->sched, SCHED_NEVER);
    return bench_end();
}
