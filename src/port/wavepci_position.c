// SPDX-License-Identifier: MIT
//
// Positions (WP-65..69, ks-pin.md KP-57..60): the miniport counts bytes from the start of the stream; the port
// turns them into offsets in a looped client's buffer, and adds the write offset from what was mapped,
// released, or the prefetch offset.
#include "port/out.h"
#include "port/policy.h"
#include "port/wavepci.h"

static NTSTATUS ask_miniport(struct wavepci_stream *stream, ULONGLONG *position)
{
    PMINIPORTWAVEPCISTREAM miniport = stream->miniport;
    struct miniport_call call;
    NTSTATUS status;

    out_spoil(position, sizeof(*position));
    wavepci_call_enter(&call, stream, "GetPosition",
                       (const void *)(uintptr_t)miniport->lpVtbl->GetPosition);
    status = miniport->lpVtbl->GetPosition(miniport, position);
    wavepci_call_leave(&call, status);
    if (OUT_FORGOTTEN(*position) && NT_SUCCESS(status) && stream->checked)
        wavepci_checks_forgotten(stream);
    return status;
}

// WP-68: in the client's buffer if it loops.
static ULONG64 in_buffer(const struct wavepci_stream *stream, ULONG64 bytes)
{
    return stream->loop_bytes ? bytes % stream->loop_bytes : bytes;
}

// WP-69.
static ULONG64 write_position(struct wavepci_stream *stream, ULONG64 play)
{
    if (!stream->capture && stream->prefetch_set)
        return play + stream->prefetch_bytes;
    return mq_write_offset(stream->queue);
}

NTSTATUS wavepci_stream_position(struct ks_pin *pin, ULONG64 *bytes)
{
    struct wavepci_stream *stream = pin->port;
    NTSTATUS status = ask_miniport(stream, bytes);

    if (NT_SUCCESS(status) && stream->checked)
        wavepci_checks_position(stream, *bytes);
    return status;
}

NTSTATUS wavepci_position(struct ks_pin *pin, KSAUDIO_POSITION *position)
{
    struct wavepci_stream *stream = pin->port;
    ULONG64 play;
    NTSTATUS status = wavepci_stream_position(pin, &play);

    if (!NT_SUCCESS(status))
        return status;
    position->PlayOffset = in_buffer(stream, play);
    position->WriteOffset = in_buffer(stream, write_position(stream, play));
    return status;
}

// ---- events --------------------------------------------------------------------------------------------------

static void signal_events(struct wavepci_stream *stream)
{
    ULONGLONG now;

    if (NT_SUCCESS(ask_miniport(stream, &now)))
        ks_cursor_events_signal(stream->pin, now, stream->loop_bytes);
}

static VOID NTAPI events_worker(PVOID context)
{
    struct wavepci_stream *stream = context;

    signal_events(stream);
    stream->events_queued = false;
    KeSetEvent(&stream->events_idle, IO_NO_INCREMENT, FALSE);
}

void wavepci_events_init(struct wavepci_stream *stream)
{
    ExInitializeWorkItem(&stream->events_work, events_worker, stream);
    KeInitializeEvent(&stream->events_idle, NotificationEvent, TRUE);
}

void wavepci_events_quiesce(struct wavepci_stream *stream)
{
    KeWaitForSingleObject(&stream->events_idle, Executive, KernelMode, FALSE, NULL);
}

static void queue_events(struct wavepci_stream *stream)
{
    if (stream->events_queued)
        return;
    stream->events_queued = true;
    KeClearEvent(&stream->events_idle);
    ExQueueWorkItem(&stream->events_work, DelayedWorkQueue);
}

// GetPosition is documented for PASSIVE_LEVEL: it is called only while somebody waits for it, and in the strict mode
// at that level (WP-66).
void wavepci_position_events(struct wavepci_stream *stream)
{
    if (!ks_cursor_events_armed(stream->pin))
        return;
    if (stream->class->passive_events && KeGetCurrentIrql() > PASSIVE_LEVEL)
        queue_events(stream);
    else
        signal_events(stream);
}

// ---- IPreFetchOffset ---------------------------------------------------------------------------------------

UNKNOWN_METHODS(prefetch, struct wavepci_stream, prefetch, IPreFetchOffset)

// Any IRQL.
static VOID NTAPI prefetch_set(IPreFetchOffset *This, ULONG bytes)
{
    struct wavepci_stream *stream = CONTAINING_RECORD(This, struct wavepci_stream, prefetch);

    stream->prefetch_bytes = bytes;
    stream->prefetch_set = true;
}

const IPreFetchOffsetVtbl wavepci_prefetch_vtbl = {
    .QueryInterface = prefetch_query,
    .AddRef = prefetch_addref,
    .Release = prefetch_release,
    .SetPreFetchOffset = prefetch_set,
};
