// SPDX-License-Identifier: MIT
//
// An enabled KS event, between event.c (enabling, disabling, firing by name) and cursor_event.c (firing by the
// stream's position).
#ifndef PORTSIDE_KS_EVENT_H
#define PORTSIDE_KS_EVENT_H

#include "ks/ks.h"

struct ks_event {
    struct list link;
    struct ks_handle *handle;
    GUID set;
    ULONG id;
    ULONG node;               // -1: the target itself
    ULONG pin;                // of a pin's handle, or named with KSE_PIN through a filter's; -1: none
    bool oneshot;
    bool listed;              // may fire
    bool spent;               // one-shot and fired: gone for its client
    PKSEVENTDATA data;        // the client's pointer: the entry's name (KP-93)
    PKEVENT event;            // referenced
    const PCEVENT_ITEM *item; // of the miniport, or NULL: ours
    // Of events that wait for the stream's position (cursor_event.c).
    ULONGLONG mark;           // byte of the looped buffer, or time of the clock
    ULONGLONG interval;       // 0: no further marks
    ULONGLONG seen;           // bytes of the stream up to which it has been looked at
    bool fresh;               // not looked at yet
};

// What a client passes with an event of ours.
union ks_event_data {
    KSEVENTDATA plain;
    LOOPEDSTREAMING_POSITION_EVENT_DATA position;
    KSEVENT_TIME_MARK mark;
    KSEVENT_TIME_INTERVAL interval;
};

static inline bool ks_same_set(const GUID *a, const GUID *b)
{
    return RtlCompareMemory(a, b, sizeof(GUID)) == sizeof(GUID);
}

// filter->events_lock is held.
void ks_event_fire(struct ks_event *entry);

// Whether it is an event that waits for the stream's position (KP-29, KP-55).
bool ks_cursor_event(const GUID *set, ULONG id);
// Takes the client's marks in, if it is such an event: STATUS_INVALID_BUFFER_SIZE, STATUS_INVALID_PARAMETER.
// PASSIVE_LEVEL under the device lock.
NTSTATUS ks_cursor_take(struct ks_event *entry, const union ks_event_data *data, ULONG bytes);

#endif
