// SPDX-License-Identifier: MIT
//
// KS events (KP-93..99). An entry belongs to the filter's list and remembers the handle that enabled it. Two
// kinds: those that ks fires itself (KSEVENTSETID_Connection on a pin) and those of a miniport's automation
// table, which its handler accepts through IPortEvents::AddEventToEventList and fires with
// GenerateEventList.
//
// filter->events_lock guards the list; events are set under it (KeSetEvent without wait). An entry holds a
// reference on its event, which the client named by handle or by address.
#include "ks/ks.h"

#define TAG_EVENT 0x45537350u // "PsSE"

struct entry {
    struct list link;
    struct ks_handle *handle;
    GUID set;
    ULONG id;
    ULONG node;               // -1: the target itself
    bool oneshot;
    bool listed;              // may fire
    bool spent;               // one-shot and fired: gone for its client
    ULONGLONG position;       // of KSEVENT_LOOPEDSTREAMING_POSITION: in the looped buffer
    PKSEVENTDATA data;        // the client's pointer: the entry's name (KP-93)
    PKEVENT event;
    const PCEVENT_ITEM *item; // of the miniport, or NULL: ours
};

static NTSTATUS complete(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static bool same_set(const GUID *a, const GUID *b)
{
    return RtlCompareMemory(a, b, sizeof(GUID)) == sizeof(GUID);
}

static ULONG entry_pin(const struct entry *entry)
{
    if (entry->handle->kind != KS_HANDLE_PIN)
        return (ULONG)-1;
    return ((const struct ks_pin *)entry->handle)->id;
}

// ---- the miniport's side -----------------------------------------------------------------------------

static const PCEVENT_ITEM *find_item(const PCAUTOMATION_TABLE *table, const KSEVENT *event)
{
    const char *at = table ? (const char *)table->Events : NULL;

    for (ULONG i = 0; table && i < table->EventCount; i++, at += table->EventItemSize) {
        const PCEVENT_ITEM *item = (const PCEVENT_ITEM *)at;

        if (same_set(item->Set, &event->Set) && item->Id == event->Id)
            return item;
    }
    return NULL;
}

static const PCAUTOMATION_TABLE *table_of(const struct entry *entry)
{
    const struct ks_filter *filter = entry->handle->filter;

    if (entry->node != (ULONG)-1)
        return ks_node(filter, entry->node)->AutomationTable;
    if (entry->handle->kind == KS_HANDLE_PIN)
        return ks_pc_pin(filter, entry_pin(entry))->AutomationTable;
    return filter->descriptor->AutomationTable;
}

static NTSTATUS tell_miniport(struct entry *entry, ULONG verb, PIRP irp)
{
    struct ks_filter *filter = entry->handle->filter;
    struct ks_pin *pin =
        entry->handle->kind == KS_HANDLE_PIN ? (struct ks_pin *)entry->handle : NULL;
    PCEVENT_REQUEST request = {
        .MajorTarget = filter->miniport,
        .MinorTarget = pin && filter->ops->pin_target ? filter->ops->pin_target(pin) : NULL,
        .Node = entry->node,
        .EventItem = entry->item,
        .EventEntry = (PKSEVENT_ENTRY)entry,
        .Verb = verb,
        .Irp = irp,
    };
    struct kernel_call call;
    NTSTATUS status;

    if (!entry->item->Handler)
        return STATUS_INVALID_DEVICE_REQUEST;
    kernel_call_enter(filter->device->system, &call);
    status = entry->item->Handler(&request);
    kernel_call_leave(filter->device->system, &call, "VF-59", "event handler",
                      entry->item->Handler);
    return status;
}

// ---- enabling ----------------------------------------------------------------------------------------

static bool ours(const struct ks_handle *handle, const KSEVENT *event)
{
    if (handle->kind != KS_HANDLE_PIN)
        return false;
    return (same_set(&event->Set, &KSEVENTSETID_Connection) &&
            event->Id == KSEVENT_CONNECTION_ENDOFSTREAM) ||
           (same_set(&event->Set, &KSEVENTSETID_LoopedStreaming) &&
            event->Id == KSEVENT_LOOPEDSTREAMING_POSITION && handle->filter->ops->looped_pins);
}

static NTSTATUS take_target(struct entry *entry, const KSEVENTDATA *data)
{
    struct ps_system *system = entry->handle->filter->device->system;

    switch (data->NotificationType) {
    case KSEVENTF_EVENT_HANDLE:
        return kernel_event_reference(system, data->EventHandle.Event, &entry->event);
    case KSEVENTF_EVENT_OBJECT:
        return kernel_event_reference_object(system, data->EventObject.Event, &entry->event);
    default:
        return STATUS_NOT_SUPPORTED;
    }
}

static void entry_free(struct entry *entry)
{
    if (entry->event)
        ObDereferenceObject(entry->event);
    ExFreePool(entry);
}

static void insert(struct entry *entry)
{
    struct ks_filter *filter = entry->handle->filter;
    KIRQL irql;

    KeAcquireSpinLock(&filter->events_lock, &irql);
    list_push_back(&filter->events, &entry->link);
    KeReleaseSpinLock(&filter->events_lock, irql);
}

// Without a word to the miniport, which refused it.
static void take_out(struct entry *entry)
{
    struct ks_filter *filter = entry->handle->filter;
    KIRQL irql;

    KeAcquireSpinLock(&filter->events_lock, &irql);
    list_remove(&entry->link);
    KeReleaseSpinLock(&filter->events_lock, irql);
}

// What a client passed, copied, so that it cannot change behind the checks.
struct wish {
    KSE_NODE event;
    ULONG event_bytes;
    LOOPEDSTREAMING_POSITION_EVENT_DATA data;
    ULONG data_bytes;
};

static NTSTATUS fill(struct entry *entry, struct ks_handle *handle, const struct wish *wish)
{
    const KSEVENT *event = &wish->event.Event;

    entry->handle = handle;
    entry->set = event->Set;
    entry->id = event->Id;
    entry->node = (ULONG)-1;
    entry->oneshot = event->Flags & KSEVENT_TYPE_ONESHOT;
    if (event->Flags & KSEVENT_TYPE_TOPOLOGY) {
        if (wish->event_bytes < sizeof(KSE_NODE))
            return STATUS_INVALID_BUFFER_SIZE;
        entry->node = wish->event.NodeId;
        if (!ks_node(handle->filter, entry->node))
            return STATUS_INVALID_PARAMETER;
    }
    entry->item = find_item(table_of(entry), event);
    if (!entry->item && !(ours(handle, event) && entry->node == (ULONG)-1))
        return STATUS_NOT_FOUND;
    return take_target(entry, &wish->data.KsEventData);
}

static bool is_position(const GUID *set, ULONG id)
{
    return same_set(set, &KSEVENTSETID_LoopedStreaming) &&
           id == KSEVENT_LOOPEDSTREAMING_POSITION;
}

// KP-55: the position follows the event data.
static NTSTATUS take_position(struct entry *entry, const struct wish *wish)
{
    if (entry->item || !is_position(&entry->set, entry->id))
        return STATUS_SUCCESS;
    if (wish->data_bytes < sizeof(wish->data))
        return STATUS_INVALID_BUFFER_SIZE;
    entry->position = wish->data.Position;
    return STATUS_SUCCESS;
}

static NTSTATUS enable(struct ks_handle *handle, PIRP irp, const struct wish *wish)
{
    struct entry *entry;
    NTSTATUS status;

    entry = ExAllocatePoolWithTag(NonPagedPool, sizeof(*entry), TAG_EVENT);
    if (!entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(entry, sizeof(*entry));
    entry->data = irp->UserBuffer;
    status = fill(entry, handle, wish);
    if (NT_SUCCESS(status))
        status = take_position(entry, wish);
    if (NT_SUCCESS(status)) {
        entry->listed = !entry->item;
        insert(entry);
        if (entry->item)
            status = tell_miniport(entry, PCEVENT_VERB_ADD, irp);
        if (NT_SUCCESS(status))
            return status;
        take_out(entry);
    }
    entry_free(entry);
    return status;
}

static ULONG at_most(ULONG bytes, size_t room)
{
    return bytes < room ? bytes : (ULONG)room;
}

static NTSTATUS copy_wish(struct wish *wish, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    const void *input = stack->Parameters.DeviceIoControl.Type3InputBuffer;
    NTSTATUS status;

    RtlZeroMemory(wish, sizeof(*wish));
    wish->event_bytes = stack->Parameters.DeviceIoControl.InputBufferLength;
    wish->data_bytes = stack->Parameters.DeviceIoControl.OutputBufferLength;
    if (wish->event_bytes < sizeof(KSEVENT) || wish->data_bytes < sizeof(KSEVENTDATA))
        return STATUS_INVALID_BUFFER_SIZE;
    status = kernel_copy_in(&wish->event, input, at_most(wish->event_bytes, sizeof(wish->event)));
    if (!NT_SUCCESS(status))
        return status;
    return kernel_copy_in(&wish->data, irp->UserBuffer, at_most(wish->data_bytes, sizeof(wish->data)));
}

// ---- disabling ---------------------------------------------------------------------------------------

// The next entry of that handle and name, or of any (NULL); it has left the list.
static struct entry *next_of(struct ks_filter *filter, const struct ks_handle *handle,
                             const KSEVENTDATA *data, bool spent_only)
{
    struct entry *found = NULL;
    KIRQL irql;

    KeAcquireSpinLock(&filter->events_lock, &irql);
    LIST_EACH(link, &filter->events) {
        struct entry *entry = LIST_OBJECT(link, struct entry, link);

        if ((!handle || entry->handle == handle) && (!data || entry->data == data) &&
            (entry->spent || !spent_only)) {
            found = entry;
            list_remove(&entry->link);
            break;
        }
    }
    KeReleaseSpinLock(&filter->events_lock, irql);
    return found;
}

// How many events those were for their client. PASSIVE_LEVEL under the device lock.
static unsigned disable(struct ks_filter *filter, const struct ks_handle *handle,
                        const KSEVENTDATA *data, bool spent_only)
{
    struct entry *entry;
    unsigned count = 0;

    while ((entry = next_of(filter, handle, data, spent_only))) {
        if (entry->item)
            tell_miniport(entry, PCEVENT_VERB_REMOVE, NULL);
        count += !entry->spent;
        entry_free(entry);
    }
    return count;
}

void ks_events_close(struct ks_handle *handle)
{
    disable(handle->filter, handle, NULL, false);
}

void ks_events_close_all(struct ks_filter *filter)
{
    disable(filter, NULL, NULL, false);
}

NTSTATUS ks_event_dispatch(struct ks_handle *handle, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    const void *input = stack->Parameters.DeviceIoControl.Type3InputBuffer;
    ULONG input_bytes = stack->Parameters.DeviceIoControl.InputBufferLength;
    NTSTATUS status = STATUS_SUCCESS;
    struct wish wish;

    ks_device_lock(handle->filter->device);
    disable(handle->filter, handle, NULL, true);
    if (stack->Parameters.DeviceIoControl.IoControlCode == IOCTL_KS_DISABLE_EVENT) {
        if (!disable(handle->filter, handle, input_bytes ? input : NULL, false) && input_bytes)
            status = STATUS_NOT_FOUND;
    } else if (handle->filter->device->gone) {
        status = STATUS_DEVICE_NOT_READY;
    } else {
        status = copy_wish(&wish, irp);
        if (NT_SUCCESS(status))
            status = enable(handle, irp, &wish);
    }
    ks_device_unlock(handle->filter->device);
    return complete(irp, status);
}

// ---- firing ------------------------------------------------------------------------------------------

// The lock is held. A fired one-shot entry is no event any more (KP-98); it is taken out at PASSIVE_LEVEL.
static void fire(struct entry *entry)
{
    KeSetEvent(entry->event, 0, FALSE);
    entry->spent = entry->oneshot;
    entry->listed = !entry->oneshot;
}

void ks_event_signal(struct ks_pin *pin, const GUID *set, ULONG id)
{
    struct ks_filter *filter = pin->handle.filter;
    KIRQL irql;

    KeAcquireSpinLock(&filter->events_lock, &irql);
    LIST_EACH(link, &filter->events) {
        struct entry *entry = LIST_OBJECT(link, struct entry, link);

        if (entry->listed && entry->handle == &pin->handle && entry->id == id &&
            same_set(&entry->set, set))
            fire(entry);
    }
    KeReleaseSpinLock(&filter->events_lock, irql);
}

void ks_event_list(PKSEVENT_ENTRY opaque)
{
    ((struct entry *)opaque)->listed = true;
}

void ks_event_generate(struct ks_filter *filter, const GUID *set, ULONG id, ULONG pin, ULONG node)
{
    KIRQL irql;

    KeAcquireSpinLock(&filter->events_lock, &irql);
    LIST_EACH(link, &filter->events) {
        struct entry *entry = LIST_OBJECT(link, struct entry, link);

        if (entry->listed && entry->item && entry->id == id &&
            (!set || same_set(&entry->set, set)) && (pin == (ULONG)-1 || entry_pin(entry) == pin) &&
            (node == (ULONG)-1 || entry->node == node))
            fire(entry);
    }
    KeReleaseSpinLock(&filter->events_lock, irql);
}

// ---- positions in a looped buffer (KP-55) --------------------------------------------------------------

static bool waits_for_position(const struct entry *entry, const struct ks_pin *pin)
{
    return entry->listed && !entry->item && entry->handle == &pin->handle &&
           is_position(&entry->set, entry->id);
}

bool ks_position_event_armed(struct ks_pin *pin)
{
    struct ks_filter *filter = pin->handle.filter;
    bool armed = false;
    KIRQL irql;

    KeAcquireSpinLock(&filter->events_lock, &irql);
    LIST_EACH(link, &filter->events)
        armed |= waits_for_position(LIST_OBJECT(link, struct entry, link), pin);
    KeReleaseSpinLock(&filter->events_lock, irql);
    return armed;
}

// Whether the cursor, moving from `from` to `to`, came to `position` of the buffer in some lap.
static bool passed(ULONG64 position, ULONG64 from, ULONG64 to, ULONG64 size)
{
    ULONG64 lap = from / size * size + position;

    if (lap <= from)
        lap += size;
    return position < size && lap <= to;
}

void ks_position_event_signal(struct ks_pin *pin, ULONG64 from, ULONG64 to, ULONG64 size)
{
    struct ks_filter *filter = pin->handle.filter;
    KIRQL irql;

    KeAcquireSpinLock(&filter->events_lock, &irql);
    LIST_EACH(link, &filter->events) {
        struct entry *entry = LIST_OBJECT(link, struct entry, link);

        if (waits_for_position(entry, pin) && passed(entry->position, from, to, size))
            fire(entry);
    }
    KeReleaseSpinLock(&filter->events_lock, irql);
}
