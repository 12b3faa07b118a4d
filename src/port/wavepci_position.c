// SPDX-License-Identifier: MIT
//
// Positions (WP-65..69, ks-pin.md KP-57..60): the miniport counts bytes from the start of the stream; the port
// turns them into offsets in a looped client's buffer, and adds the write offset from what was mapped,
// released, or the prefetch offset.
#include "port/wavepci.h"

static NTSTATUS ask_miniport(struct wavepci_stream *stream, ULONGLONG *position)
{
    PMINIPORTWAVEPCISTREAM miniport = stream->miniport;
    struct wavepci_call call;
    NTSTATUS status;

    *position = 0;
    wavepci_call_enter(&call, stream, "GetPosition",
                       (const void *)(uintptr_t)miniport->lpVtbl->GetPosition);
    status = miniport->lpVtbl->GetPosition(miniport, position);
    wavepci_call_leave(&call, status);
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

void wavepci_position_events(struct wavepci_stream *stream)
{
    ULONGLONG now;

    // GetPosition is documented for PASSIVE_LEVEL: only while somebody waits for it (WP-66).
    if (!stream->loop_bytes || !ks_position_event_armed(stream->pin))
        return;
    if (!NT_SUCCESS(ask_miniport(stream, &now)) || now <= stream->event_position)
        return;
    ks_position_event_signal(stream->pin, stream->event_position, now, stream->loop_bytes);
    stream->event_position = now;
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
