// SPDX-License-Identifier: MIT
//
// KS events (KP-93..99). An entry belongs to the filter's list and remembers the handle that enabled it. Two
// kinds: those that ks fires itself (KSEVENTSETID_Connection on a pin; positions, see cursor_event.c) and those
// of a miniport's automation table, which its handler accepts through IPortEvents::AddEventToEventList and
// fires with GenerateEventList.
//
// filter->events_lock guards the list; events are set under it (KeSetEvent without wait). An entry holds a
// reference on its event, which the client named by handle or by address.
#include "ks/event.h"

#define TAG_EVENT 0x45537350u // "PsSE"

static NTSTATUS complete(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

// ---- the miniport's side -----------------------------------------------------------------------------

static const PCEVENT_ITEM *find_item(const PCAUTOMATION_TABLE *table, const KSEVENT *event)
{
    const char *at = table ? (const char *)table->Events : NULL;

    for (ULONG i = 0; table && i < table->EventCount; i++, at += table->EventItemSize) {
        const PCEVENT_ITEM *item = (const PCEVENT_ITEM *)at;

        if (ks_same_set(item->Set, &event->Set) && item->Id == event->Id)
            return item;
    }
    return NULL;
}

static const PCAUTOMATION_TABLE *table_of(const struct ks_event *entry)
{
    const struct ks_filter *filter = entry->handle->filter;

    if (entry->node != (ULONG)-1)
        return ks_node(filter, entry->node)->AutomationTable;
    if (entry->handle->kind == KS_HANDLE_PIN)
        return ks_pc_pin(filter, entry->pin)->AutomationTable;
    return filter->descriptor->AutomationTable;
}

static NTSTATUS tell_miniport(struct ks_event *entry, ULONG verb, PIRP irp)
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
    return (ks_same_set(&event->Set, &KSEVENTSETID_Connection) &&
            event->Id == KSEVENT_CONNECTION_ENDOFSTREAM) ||
           (handle->filter->ops->cursor_events && ks_cursor_event(&event->Set, event->Id));
}

static NTSTATUS take_target(struct ks_event *entry, const KSEVENTDATA *data)
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

static void entry_free(struct ks_event *entry)
{
    if (entry->event)
        ObDereferenceObject(entry->event);
    ExFreePool(entry);
}

static void insert(struct ks_event *entry)
{
    struct ks_filter *filter = entry->handle->filter;
    KIRQL irql;

    KeAcquireSpinLock(&filter->events_lock, &irql);
    list_push_back(&filter->events, &entry->link);
    KeReleaseSpinLock(&filter->events_lock, irql);
}

// Without a word to the miniport, which refused it.
static void take_out(struct ks_event *entry)
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
    union ks_event_data data;
    ULONG data_bytes;
};

// TP-55: what a miniport's item does not offer is refused. One that says nothing at all takes either kind.
static bool allows(const PCEVENT_ITEM *item, ULONG flags)
{
    ULONG kinds = item->Flags & (PCEVENT_ITEM_FLAG_ENABLE | PCEVENT_ITEM_FLAG_ONESHOT);
    ULONG wanted = flags & KSEVENT_TYPE_ONESHOT ? PCEVENT_ITEM_FLAG_ONESHOT : PCEVENT_ITEM_FLAG_ENABLE;

    return !kinds || (kinds & wanted);
}

// A jack's event is asked for through the filter, with its pin's number behind the KSEVENT (TP-63).
static ULONG pin_of(const struct ks_handle *handle, const struct wish *wish)
{
    _Static_assert(sizeof(KSE_PIN) == sizeof(KSE_NODE) &&
                       FIELD_OFFSET(KSE_PIN, PinId) == FIELD_OFFSET(KSE_NODE, NodeId),
                   "a pin's number stands where a node's does");
    if (handle->kind == KS_HANDLE_PIN)
        return ((const struct ks_pin *)handle)->id;
    if ((wish->event.Event.Flags & KSEVENT_TYPE_TOPOLOGY) || wish->event_bytes < sizeof(KSE_PIN))
        return (ULONG)-1;
    return wish->event.NodeId;
}

static NTSTATUS fill(struct ks_event *entry, struct ks_handle *handle, const struct wish *wish)
{
    const KSEVENT *event = &wish->event.Event;

    entry->handle = handle;
    entry->set = event->Set;
    entry->id = event->Id;
    entry->node = (ULONG)-1;
    entry->pin = pin_of(handle, wish);
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
    if (entry->item && !allows(entry->item, event->Flags))
        return STATUS_INVALID_DEVICE_REQUEST;
    return take_target(entry, &wish->data.plain);
}

static NTSTATUS enable(struct ks_handle *handle, PIRP irp, const struct wish *wish)
{
    struct ks_event *entry;
    NTSTATUS status;

    entry = ExAllocatePoolWithTag(NonPagedPool, sizeof(*entry), TAG_EVENT);
    if (!entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(entry, sizeof(*entry));
    entry->data = irp->UserBuffer;
    status = fill(entry, handle, wish);
    if (NT_SUCCESS(status) && !entry->item)
        status = ks_cursor_take(entry, &wish->data, wish->data_bytes);
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
static struct ks_event *next_of(struct ks_filter *filter, const struct ks_handle *handle,
                             const KSEVENTDATA *data, bool spent_only)
{
    struct ks_event *found = NULL;
    KIRQL irql;

    KeAcquireSpinLock(&filter->events_lock, &irql);
    LIST_EACH(link, &filter->events) {
        struct ks_event *entry = LIST_OBJECT(link, struct ks_event, link);

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
    struct ks_event *entry;
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

// A fired one-shot entry is no event any more (KP-98); it is taken out at PASSIVE_LEVEL.
void ks_event_fire(struct ks_event *entry)
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
        struct ks_event *entry = LIST_OBJECT(link, struct ks_event, link);

        if (entry->listed && entry->handle == &pin->handle && entry->id == id &&
            ks_same_set(&entry->set, set))
            ks_event_fire(entry);
    }
    KeReleaseSpinLock(&filter->events_lock, irql);
}

void ks_event_list(PKSEVENT_ENTRY opaque)
{
    ((struct ks_event *)opaque)->listed = true;
}

void ks_event_generate(struct ks_filter *filter, const GUID *set, ULONG id, ULONG pin, ULONG node)
{
    KIRQL irql;

    KeAcquireSpinLock(&filter->events_lock, &irql);
    LIST_EACH(link, &filter->events) {
        struct ks_event *entry = LIST_OBJECT(link, struct ks_event, link);

        if (entry->listed && entry->item && entry->id == id &&
            (!set || ks_same_set(&entry->set, set)) && (pin == (ULONG)-1 || entry->pin == pin) &&
            (node == (ULONG)-1 || entry->node == node))
            ks_event_fire(entry);
    }
    KeReleaseSpinLock(&filter->events_lock, irql);
}
