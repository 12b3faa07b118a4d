// SPDX-License-Identifier: MIT
//
// What the port calls on its own: MappingAvailable (WP-24, 41, 76, 77), Service from a group or from the port's
// own timer (WP-13, 70..75).
#include "port/policy.h"
#include "port/wavepci.h"

enum { TIMER_MS = 20 };

// ---- MappingAvailable --------------------------------------------------------------------------------------

static void call_mapping_available(struct wavepci_stream *stream)
{
    PMINIPORTWAVEPCISTREAM miniport = stream->miniport;
    struct miniport_call call;

    wavepci_call_enter(&call, stream, "MappingAvailable",
                       (const void *)(uintptr_t)miniport->lpVtbl->MappingAvailable);
    miniport->lpVtbl->MappingAvailable(miniport);
    wavepci_call_leave(&call, STATUS_SUCCESS);
}

// A wake that comes while the call is under way is delivered by the same loop.
static VOID NTAPI wake_dpc(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct wavepci_stream *stream = context;

    (void)dpc, (void)argument1, (void)argument2;
    if (stream->waking)
        return;
    stream->waking = true;
    while (stream->wake_due && stream->state != KSSTATE_STOP) {
        stream->wake_due = false;
        call_mapping_available(stream);
    }
    stream->waking = false;
}

void wavepci_wake(struct wavepci_stream *stream)
{
    if (stream->state == KSSTATE_STOP)
        return;
    stream->wake_due = true;
    KeInsertQueueDpc(&stream->wake_dpc, NULL, NULL);
}

// ---- Service -----------------------------------------------------------------------------------------------

void wavepci_stream_service(void *context)
{
    struct wavepci_stream *stream = context;
    PMINIPORTWAVEPCISTREAM miniport = stream->miniport;
    struct miniport_call call;

    if (!miniport || (stream->state != KSSTATE_RUN && !stream->class->service_in_any_state))
        return; // WP-74
    wavepci_call_enter(&call, stream, "Service",
                       (const void *)(uintptr_t)miniport->lpVtbl->Service);
    miniport->lpVtbl->Service(miniport);
    wavepci_call_leave(&call, STATUS_SUCCESS);
    wavepci_position_events(stream); // WP-72
}

static VOID NTAPI timer_dpc(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)dpc, (void)argument1, (void)argument2;
    wavepci_stream_service(context);
}

void wavepci_service_init(struct wavepci_stream *stream)
{
    KeInitializeDpc(&stream->wake_dpc, wake_dpc, stream);
    KeInitializeDpc(&stream->timer_dpc, timer_dpc, stream);
    KeInitializeTimer(&stream->timer);
    wavepci_events_init(stream);
}

void wavepci_timer_start(struct wavepci_stream *stream)
{
    LARGE_INTEGER due = {.QuadPart = -TIMER_MS * 10000LL};

    if (!stream->group)
        KeSetTimerEx(&stream->timer, due, TIMER_MS, &stream->timer_dpc);
}

void wavepci_timer_stop(struct wavepci_stream *stream)
{
    KeCancelTimer(&stream->timer);
}

void wavepci_service_quiesce(struct wavepci_stream *stream)
{
    KeCancelTimer(&stream->timer);
    KeRemoveQueueDpc(&stream->timer_dpc);
    KeRemoveQueueDpc(&stream->wake_dpc);
    KeFlushQueuedDpcs();
    wavepci_events_quiesce(stream);
}
