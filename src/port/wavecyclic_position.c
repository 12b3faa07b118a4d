// SPDX-License-Identifier: MIT
//
// P (WC-49, WC-50, WC-70, WC-71, WC-79) and what clients, clocks and events hear of it (WC-62, WC-72 to WC-75).
// GetPosition may be called at PASSIVE_LEVEL and at DISPATCH_LEVEL at once; what comes back late is not used (WC-74).
#include "port/out.h"
#include "port/wavecyclic.h"

enum { PATTERN = 0x5A };

void wavecyclic_out_init(struct wavecyclic_out *out)
{
    RtlFillMemory(out, sizeof(*out), PATTERN);
    out->value = 0;
}

void wavecyclic_out_check(struct wavecyclic_stream *stream, const struct wavecyclic_out *out,
                          const char *what, const void *routine)
{
    struct wavecyclic_out fresh;

    wavecyclic_out_init(&fresh);
    if (out->before[0] != fresh.before[0] || out->before[1] != fresh.before[1] ||
        out->after[0] != fresh.after[0] || out->after[1] != fresh.after[1])
        wavecyclic_misuse(stream, "WC-88", routine, "%s", what);
}

// ---- asking --------------------------------------------------------------------------------------------------

// WC-50. False: the old P stays.
static bool ask(struct wavecyclic_stream *stream, ULONG *p)
{
    const void *routine = WAVECYCLIC_ROUTINE(stream->miniport, GetPosition);
    ULONG size = stream->buffer.size;
    struct wavecyclic_out out;
    NTSTATUS status;

    wavecyclic_out_init(&out);
    out_spoil(&out.value, sizeof(out.value));
    WAVECYCLIC_CALL(stream, status, stream->miniport, GetPosition, &out.value);
    wavecyclic_out_check(stream, &out, "GetPosition wrote more than *Position", routine);
    if (!NT_SUCCESS(status))
        return false;
    if (OUT_FORGOTTEN(out.value))
        wavecyclic_misuse(stream, "WC-50", routine,
                          "GetPosition succeeded and left the position as it was");
    if (out.value > size)
        wavecyclic_misuse(stream, "WC-50", routine, "GetPosition says %u in a buffer of %u bytes",
                          out.value, size);
    *p = out.value % size;
    return true;
}

// WC-49: whole laps since the last look, `moved` bytes of one apart.
static uint64_t missed(struct wavecyclic_stream *stream, ULONG moved)
{
    const struct wavecyclic_buffer *buffer = &stream->buffer;
    uint64_t since = stream->sched->now - stream->looked_at, expected, laps;

    if (stream->state != KSSTATE_RUN || since <= buffer->lap_ns)
        return 0;
    expected = since / 1000 * buffer->rate / 1000000;
    if (expected < moved + (uint64_t)buffer->size / 2)
        return 0;
    laps = (expected - moved + buffer->size / 2) / buffer->size;
    if (!sched_is_real(stream->sched)) // else the host may have been busy elsewhere
        wavecyclic_misuse(stream, "WC-49", NULL,
                          "nobody looked at the position for %llu ms: %llu laps of the buffer were missed",
                          (unsigned long long)(since / 1000000), (unsigned long long)laps);
    return laps * buffer->size;
}

// WC-71.
static void check_frozen(struct wavecyclic_stream *stream, ULONG moved)
{
    if (stream->frozen && stream->state != KSSTATE_RUN && moved)
        wavecyclic_misuse(stream, "WC-71", WAVECYCLIC_ROUTINE(stream->miniport, GetPosition),
                          "GetPosition moved by %u bytes from %u outside RUN", moved, stream->p);
}

// Gaps that P has passed whole are only counted from here on.
static void retire_gaps(struct wavecyclic_stream *stream)
{
    unsigned passed = 0;

    while (passed < stream->gap_count && stream->gap[passed].end <= stream->moved) {
        stream->gaps += stream->gap[passed].end - stream->gap[passed].begin;
        passed++;
    }
    stream->gap_count -= passed;
    for (unsigned i = 0; passed && i < stream->gap_count; i++)
        stream->gap[i] = stream->gap[i + passed];
}

// Estimates of what is in a FIFO jitter: a step back of less than the guard is none.
static void merge(struct wavecyclic_stream *stream, ULONG p)
{
    ULONG size = stream->buffer.size, moved = (p + size - stream->p) % size;

    if (moved && size - moved < stream->buffer.guard)
        moved = 0;
    else
        stream->p = p;
    check_frozen(stream, moved);
    stream->moved += moved + missed(stream, moved);
    stream->looked_at = stream->sched->now;
    stream->looks++;
    retire_gaps(stream);
}

bool wavecyclic_look(struct wavecyclic_stream *stream)
{
    unsigned looks = stream->looks;
    ULONG p;

    if (!stream->buffer.size || !ask(stream, &p))
        return true;
    if (looks != stream->looks)
        return false;
    merge(stream, p);
    return true;
}

void wavecyclic_look_first(struct wavecyclic_stream *stream)
{
    unsigned looks = stream->looks;
    ULONG p;

    stream->looked_at = stream->sched->now;
    if (!ask(stream, &p) || looks != stream->looks)
        return;
    if (!p && stream->p) {
        wavecyclic_misuse(stream, "WC-79", WAVECYCLIC_ROUTINE(stream->miniport, SetState),
                          "paused at %u of the buffer, it runs from 0", stream->p);
        wavecyclic_rewind(stream);
        wavecyclic_lose(stream);
        return;
    }
    merge(stream, p);
}

void wavecyclic_rewind(struct wavecyclic_stream *stream)
{
    ULONG size = stream->buffer.size;

    stream->p = 0;
    stream->shift = size ? (ULONG)((size - stream->moved % size) % size) : 0;
    stream->looks++;
}

// ---- clients -------------------------------------------------------------------------------------------------

static uint64_t gaps_until(const struct wavecyclic_stream *stream, uint64_t count)
{
    uint64_t bytes = stream->gaps;

    for (unsigned i = 0; i < stream->gap_count && stream->gap[i].begin < count; i++)
        bytes += (count < stream->gap[i].end ? count : stream->gap[i].end) - stream->gap[i].begin;
    return bytes;
}

uint64_t wavecyclic_played(const struct wavecyclic_stream *stream)
{
    uint64_t count = stream->moved;

    if (!stream->capture && count > stream->valid)
        count = stream->valid; // what plays now is a gap, or will be
    return count - gaps_until(stream, count);
}

static uint64_t in_loop(const struct wavecyclic_stream *stream, uint64_t bytes)
{
    return stream->loop_bytes ? bytes % stream->loop_bytes : bytes;
}

NTSTATUS wavecyclic_stream_position(struct ks_pin *pin, ULONG64 *bytes)
{
    struct wavecyclic_stream *stream = pin->port;

    *bytes = 0;
    if (stream->state == KSSTATE_STOP) // WC-73
        return STATUS_SUCCESS;
    wavecyclic_look(stream);
    *bytes = wavecyclic_played(stream);
    return STATUS_SUCCESS;
}

NTSTATUS wavecyclic_position(struct ks_pin *pin, KSAUDIO_POSITION *position)
{
    struct wavecyclic_stream *stream = pin->port;
    ULONG64 play;

    wavecyclic_stream_position(pin, &play);
    position->PlayOffset = in_loop(stream, play);
    position->WriteOffset = in_loop(stream, stream->state == KSSTATE_STOP ? 0 : stream->copied);
    return STATUS_SUCCESS;
}

// WC-75.
LONGLONG wavecyclic_time(struct ks_pin *pin, ULONG64 bytes)
{
    struct wavecyclic_stream *stream = pin->port;
    LONGLONG time = (LONGLONG)bytes;
    NTSTATUS status;

    if (stream->state == KSSTATE_STOP)
        return 0;
    WAVECYCLIC_CALL(stream, status, stream->miniport, NormalizePhysicalPosition, &time);
    if (!NT_SUCCESS(status) || time < stream->clock)
        time = ks_pin_time(pin, bytes);
    if (time > stream->clock)
        stream->clock = time;
    return time;
}

void wavecyclic_events(struct wavecyclic_stream *stream)
{
    if (ks_cursor_events_armed(stream->pin))
        ks_cursor_events_signal(stream->pin, wavecyclic_played(stream), stream->loop_bytes);
}
