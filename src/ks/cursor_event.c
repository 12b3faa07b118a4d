// SPDX-License-Identifier: MIT
//
// Events that wait for the stream's position: a byte of a looped buffer (KP-55), a time of the pin's clock (KP-29).
// The port says where the cursor is, in bytes from the start of the stream; each entry remembers how far it
// has looked. A cursor that went back (STOP) starts anew.
#include "ks/event.h"

enum kind { NONE, POSITION, TIME_MARK, TIME_INTERVAL };

static enum kind kind_of(const GUID *set, ULONG id)
{
    if (ks_same_set(set, &KSEVENTSETID_LoopedStreaming) && id == KSEVENT_LOOPEDSTREAMING_POSITION)
        return POSITION;
    if (!ks_same_set(set, &KSEVENTSETID_Clock))
        return NONE;
    if (id == KSEVENT_CLOCK_POSITION_MARK)
        return TIME_MARK;
    return id == KSEVENT_CLOCK_INTERVAL_MARK ? TIME_INTERVAL : NONE;
}

bool ks_cursor_event(const GUID *set, ULONG id)
{
    return kind_of(set, id) != NONE;
}

// ---- enabling ----------------------------------------------------------------------------------------

static NTSTATUS take_times(struct ks_event *entry, LONGLONG mark, LONGLONG interval)
{
    if (mark < 0 || interval < 0)
        return STATUS_INVALID_PARAMETER;
    entry->mark = (ULONGLONG)mark;
    entry->interval = (ULONGLONG)interval;
    return STATUS_SUCCESS;
}

static NTSTATUS take_marks(struct ks_event *entry, const union ks_event_data *data, ULONG bytes)
{
    static const ULONG sizes[] = {0, sizeof(data->position), sizeof(data->mark),
                                  sizeof(data->interval)};
    enum kind kind = kind_of(&entry->set, entry->id);

    if (bytes < sizes[kind])
        return STATUS_INVALID_BUFFER_SIZE;
    if (kind == TIME_MARK)
        return take_times(entry, data->mark.MarkTime, 0);
    if (kind == POSITION)
        entry->mark = data->position.Position;
    if (kind != TIME_INTERVAL)
        return STATUS_SUCCESS;
    if (data->interval.Interval <= 0)
        return STATUS_INVALID_PARAMETER;
    return take_times(entry, data->interval.TimeBase, data->interval.Interval);
}

NTSTATUS ks_cursor_take(struct ks_event *entry, const union ks_event_data *data, ULONG bytes)
{
    NTSTATUS status = take_marks(entry, data, bytes);
    struct ks_pin *pin = (struct ks_pin *)entry->handle;
    ULONG64 now;

    if (!NT_SUCCESS(status) || !ks_cursor_event(&entry->set, entry->id))
        return status;
    if (NT_SUCCESS(entry->handle->filter->ops->pin_stream_position(pin, &now)))
        entry->seen = now;
    entry->fresh = true;
    return status;
}

// ---- firing ------------------------------------------------------------------------------------------

static bool waits(const struct ks_event *entry, const struct ks_pin *pin)
{
    return entry->listed && !entry->item && entry->handle == &pin->handle &&
           ks_cursor_event(&entry->set, entry->id);
}

bool ks_cursor_events_armed(struct ks_pin *pin)
{
    struct ks_filter *filter = pin->handle.filter;
    bool armed = false;
    KIRQL irql;

    KeAcquireSpinLock(&filter->events_lock, &irql);
    LIST_EACH(link, &filter->events)
        armed |= waits(LIST_OBJECT(link, struct ks_event, link), pin);
    KeReleaseSpinLock(&filter->events_lock, irql);
    return armed;
}

// Whether the cursor, moving from `from` to `to`, came to `position` of the buffer in some lap.
static bool passed_position(ULONG64 position, ULONG64 from, ULONG64 to, ULONG64 size)
{
    ULONG64 lap;

    if (position >= size)
        return false;
    lap = from / size * size + position;
    if (lap <= from)
        lap += size;
    return lap <= to;
}

// How many of an event's times have come by then.
static ULONG64 times_until(const struct ks_event *entry, ULONG64 time)
{
    if (time < entry->mark)
        return 0;
    return entry->interval ? (time - entry->mark) / entry->interval + 1 : 1;
}

static bool due(const struct ks_event *entry, const struct ks_pin *pin, ULONG64 to, ULONG64 size)
{
    ULONG64 time;

    if (kind_of(&entry->set, entry->id) == POSITION)
        return passed_position(entry->mark, entry->seen, to, size);
    time = (ULONG64)ks_pin_time(pin, to);
    if (entry->fresh && !entry->interval)
        return time >= entry->mark; // a time that was over when the event was enabled
    return times_until(entry, time) > times_until(entry, (ULONG64)ks_pin_time(pin, entry->seen));
}

void ks_cursor_events_signal(struct ks_pin *pin, ULONG64 now, ULONG64 size)
{
    struct ks_filter *filter = pin->handle.filter;
    KIRQL irql;

    KeAcquireSpinLock(&filter->events_lock, &irql);
    LIST_EACH(link, &filter->events) {
        struct ks_event *entry = LIST_OBJECT(link, struct ks_event, link);

        if (!waits(entry, pin))
            continue;
        if (now < entry->seen)
            entry->seen = 0;
        if (due(entry, pin, now, size))
            ks_event_fire(entry);
        entry->seen = now;
        entry->fresh = false;
    }
    KeReleaseSpinLock(&filter->events_lock, irql);
}
