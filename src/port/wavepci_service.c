// SPDX-License-Identifier: MIT
//
// What the port calls on its own: MappingAvailable (WP-24, 41, 76, 77), Service from a group or from the port's
// own timer (WP-13, 70..75), and the frame around every call of a stream's miniport (VF-9).
#include "port/policy.h"
#include "port/wavepci.h"

#define TAG_SINK 'SPsP'

enum { TIMER_MS = 20 };

// ---- the frame around calls --------------------------------------------------------------------------------

void wavepci_call_enter(struct wavepci_call *call, struct wavepci_stream *stream,
                        const char *method, const void *routine)
{
    call->stream = stream;
    call->method = method;
    call->routine = routine;
    sched_point(stream->sched, COST_CALL);
    HOOK(stream->system, HOOK_MINIPORT_ENTER, stream, (uintptr_t)method, 0);
    kernel_call_enter(stream->system, &call->kernel);
}

void wavepci_call_leave(const struct wavepci_call *call, NTSTATUS status)
{
    kernel_call_leave(call->stream->system, &call->kernel, "VF-9", call->method, call->routine);
    HOOK(call->stream->system, HOOK_MINIPORT_LEAVE, call->stream, (uintptr_t)call->method,
         (uint32_t)status);
}

// ---- MappingAvailable --------------------------------------------------------------------------------------

static void call_mapping_available(struct wavepci_stream *stream)
{
    PMINIPORTWAVEPCISTREAM miniport = stream->miniport;
    struct wavepci_call call;

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
    struct wavepci_call call;

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

// ---- sinks -------------------------------------------------------------------------------------------------

UNKNOWN_METHODS(sink, struct wavepci_sink, iface, IServiceSink)

static VOID NTAPI sink_request(IServiceSink *This)
{
    struct wavepci_sink *sink = CONTAINING_RECORD(This, struct wavepci_sink, iface);

    sink->service(sink->context);
}

static const IServiceSinkVtbl sink_vtbl = {
    .QueryInterface = sink_query,
    .AddRef = sink_addref,
    .Release = sink_release,
    .RequestService = sink_request,
};

static void *sink_find(struct unknown *unknown, REFIID iid)
{
    struct wavepci_sink *sink = CONTAINING_RECORD(unknown, struct wavepci_sink, unknown);

    if (guid_equal(iid, &IID_IServiceSink) || guid_equal(iid, &IID_IUnknown))
        return &sink->iface;
    return NULL;
}

static void sink_destroy(struct unknown *unknown)
{
    port_free(CONTAINING_RECORD(unknown, struct wavepci_sink, unknown));
}

static const struct unknown_class sink_class = {sink_find, sink_destroy};

NTSTATUS wavepci_sink_add(struct ps_system *system, PSERVICEGROUP group,
                          void (*service)(void *context), void *context, struct wavepci_sink **out)
{
    struct wavepci_sink *sink = port_allocate(sizeof(*sink), TAG_SINK);
    NTSTATUS status;

    *out = NULL;
    if (!sink)
        return STATUS_INSUFFICIENT_RESOURCES;
    sink->iface.lpVtbl = &sink_vtbl;
    sink->service = service;
    sink->context = context;
    unknown_init(system, &sink->unknown, NULL, &sink_class);
    status = group->lpVtbl->AddMember(group, &sink->iface);
    if (NT_SUCCESS(status))
        *out = sink;
    else
        unknown_release(&sink->unknown);
    return status;
}

void wavepci_sink_remove(PSERVICEGROUP group, struct wavepci_sink *sink)
{
    if (!sink)
        return;
    group->lpVtbl->RemoveMember(group, &sink->iface);
    unknown_release(&sink->unknown);
}
