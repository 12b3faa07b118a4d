// SPDX-License-Identifier: MIT
//
// Passes (WC-43 to WC-45): from the group, from packets that arrive, from the port's own timer; one at a time, by whoever
// has the token (WC-27). A pass that finds it taken leaves a mark.
#include "port/wavecyclic.h"

#define NS_PER_MS 1000000ull

// Without a group the timer is the service (WC-11). With one it sees to it that a driver without notifications gets
// passes at all, and twice a lap (WC-45, WC-49).
enum { SERVED_MS = 10 * WAVECYCLIC_INTERVAL_MS, STILL_NS = 1000000000 };

// ---- the token -----------------------------------------------------------------------------------------------

static void work(struct wavecyclic_stream *stream)
{
    if (stream->state != KSSTATE_RUN)
        return;
    wavecyclic_look(stream);
    if (stream->state != KSSTATE_RUN)
        return;
    if (stream->capture)
        wavecyclic_capture(stream);
    else
        wavecyclic_render(stream);
    wavecyclic_events(stream);
}

// Passes run at DISPATCH_LEVEL whoever asks for one (WC-44): channels take spin locks in CopyTo as in a DPC.
static void give_back(struct wavecyclic_stream *stream)
{
    KIRQL before;

    KeRaiseIrql(DISPATCH_LEVEL, &before);
    while (stream->again) {
        stream->again = false;
        work(stream);
    }
    stream->busy = false;
    if (stream->wanted)
        KeSetEvent(&stream->idle, IO_NO_INCREMENT, FALSE);
    stream->wanted = false;
    KeLowerIrql(before);
}

void wavecyclic_pass(struct wavecyclic_stream *stream)
{
    stream->again = true;
    if (stream->busy)
        return;
    stream->busy = true;
    give_back(stream);
    wavecyclic_complete(stream);
}

// One at a time waits: all of these hold the device lock.
void wavecyclic_take(struct wavecyclic_stream *stream)
{
    while (stream->busy) {
        stream->wanted = true;
        KeWaitForSingleObject(&stream->idle, Executive, KernelMode, FALSE, NULL);
    }
    stream->busy = true;
}

void wavecyclic_give(struct wavecyclic_stream *stream)
{
    give_back(stream);
    wavecyclic_complete(stream);
}

// ---- who asks for passes -------------------------------------------------------------------------------------

void wavecyclic_service(void *context)
{
    struct wavecyclic_stream *stream = context;

    stream->notified = stream->sched->now;
    if (stream->state == KSSTATE_RUN) // WC-43
        wavecyclic_pass(stream);
}

static uint64_t period(const struct wavecyclic_stream *stream)
{
    uint64_t ns = (stream->group ? SERVED_MS : WAVECYCLIC_INTERVAL_MS) * NS_PER_MS;

    return stream->buffer.lap_ns / 2 < ns ? stream->buffer.lap_ns / 2 : ns;
}

static void arm(struct wavecyclic_stream *stream)
{
    LARGE_INTEGER due = {.QuadPart = -(LONGLONG)(period(stream) / 100 + 1)};

    KeSetTimer(&stream->timer, due, &stream->timer_dpc);
}

// Interrupts that were taken away on purpose are not the driver's to make up for.
static bool is_sabotaged(const struct wavecyclic_stream *stream)
{
    struct machine_fault_counts counts;

    machine_get_fault_counts(stream->system->machine, &counts);
    return counts.injected != 0;
}

static void check_served(struct wavecyclic_stream *stream)
{
    uint64_t since = stream->sched->now - stream->notified;

    if (!stream->group || stream->unserved || since < SERVED_MS * NS_PER_MS || sched_is_real(stream->sched) ||
        is_sabotaged(stream)) // in real time the host may have been busy elsewhere
        return;
    stream->unserved = true;
    wavecyclic_misuse(stream, "WC-45", WAVECYCLIC_ROUTINE(stream->miniport, SetState),
                      "no Notify for %llu ms in RUN", (unsigned long long)(since / NS_PER_MS));
}

// A position that stays where it is for a second gets no more passes: whoever waits for it is found to wait for ever.
static VOID NTAPI timer_dpc(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct wavecyclic_stream *stream = context;

    (void)dpc, (void)argument1, (void)argument2;
    if (stream->state != KSSTATE_RUN)
        return;
    check_served(stream);
    wavecyclic_pass(stream);
    stream->timer_idle = stream->moved == stream->timer_moved ? stream->timer_idle + 1 : 0;
    stream->timer_moved = stream->moved;
    if (stream->state == KSSTATE_RUN && stream->timer_idle * period(stream) < STILL_NS)
        arm(stream);
}

void wavecyclic_service_init(struct wavecyclic_stream *stream)
{
    KeInitializeDpc(&stream->timer_dpc, timer_dpc, stream);
    KeInitializeTimer(&stream->timer);
    KeInitializeEvent(&stream->idle, SynchronizationEvent, FALSE);
    list_init(&stream->queue);
    list_init(&stream->finished);
}

void wavecyclic_timer_start(struct wavecyclic_stream *stream)
{
    stream->notified = stream->sched->now;
    stream->timer_idle = 0;
    stream->timer_moved = stream->moved;
    arm(stream);
}

void wavecyclic_timer_stop(struct wavecyclic_stream *stream)
{
    KeCancelTimer(&stream->timer);
}

void wavecyclic_service_quiesce(struct wavecyclic_stream *stream)
{
    KeCancelTimer(&stream->timer);
    KeRemoveQueueDpc(&stream->timer_dpc);
    KeFlushQueuedDpcs();
}
