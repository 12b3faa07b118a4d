// SPDX-License-Identifier: MIT
//
// Pins: creation with its checks (KP-1..9, KP-61), the walk through the states (KP-10..18), closing. The
// device lock is held throughout; stream IRPs and cancels (stream.c) run beside it; the events `idle` and
// `drained` tell when none of them is left.
#include "ks/ks.h"

#define TAG_PIN 'NPsP'

static bool same_set(const GUID *a, const GUID *b)
{
    return RtlCompareMemory(a, b, sizeof(GUID)) == sizeof(GUID);
}

// ---- the checks of a create, first failing wins (KP-3) -------------------------------------------------

static NTSTATUS check_size(const KSPIN_CONNECT *connect, size_t bytes)
{
    const KSDATAFORMAT *format = (const KSDATAFORMAT *)(connect + 1);

    if (bytes < sizeof(*connect) + sizeof(*format))
        return STATUS_INVALID_BUFFER_SIZE;
    bytes -= sizeof(*connect);
    if (format->FormatSize < sizeof(*format) || format->FormatSize > bytes)
        return STATUS_INVALID_BUFFER_SIZE;
    return STATUS_SUCCESS;
}

static NTSTATUS check_pin(const struct ks_filter *filter, const KSPIN_CONNECT *connect)
{
    const KSPIN_DESCRIPTOR *pin = ks_pin_descriptor(filter, connect->PinId);

    if (!pin)
        return STATUS_INVALID_PARAMETER;
    if (pin->Communication != KSPIN_COMMUNICATION_SINK &&
        pin->Communication != KSPIN_COMMUNICATION_BOTH)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (connect->PinToHandle) // a sink pin connects to nothing (KP-2)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

static NTSTATUS check_interface(const struct ks_filter *filter, const KSPIN_CONNECT *connect)
{
    ULONG id = connect->Interface.Id;

    if (!same_set(&connect->Interface.Set, &KSINTERFACESETID_Standard) ||
        !same_set(&connect->Medium.Set, &KSMEDIUMSETID_Standard) ||
        connect->Medium.Id != KSMEDIUM_TYPE_ANYINSTANCE)
        return STATUS_NO_MATCH;
    if (id == KSINTERFACE_STANDARD_STREAMING ||
        (id == KSINTERFACE_STANDARD_LOOPED_STREAMING && filter->ops->looped_pins))
        return STATUS_SUCCESS;
    return STATUS_NO_MATCH;
}

static NTSTATUS check(struct ks_filter *filter, const KSPIN_CONNECT *connect, size_t bytes)
{
    const KSDATAFORMAT *format = (const KSDATAFORMAT *)(connect + 1);
    NTSTATUS status = check_size(connect, bytes);

    bytes -= sizeof(*connect);
    if (NT_SUCCESS(status))
        status = check_pin(filter, connect);
    if (NT_SUCCESS(status))
        status = check_interface(filter, connect);
    if (NT_SUCCESS(status))
        status = ks_format_check(filter, connect->PinId, format, bytes);
    if (NT_SUCCESS(status) && !ks_format_wave(format, bytes)) // WP-10: nothing else reaches NewStream
        status = STATUS_NO_MATCH;
    if (NT_SUCCESS(status))
        status = ks_pin_admit(filter, connect->PinId);
    return status;
}

// ---- creation and closing --------------------------------------------------------------------------------

// The pin with its own copy of the format behind it.
static struct ks_pin *make(struct ks_filter *filter, PFILE_OBJECT file, const KSPIN_CONNECT *connect)
{
    const KSDATAFORMAT *format = (const KSDATAFORMAT *)(connect + 1);
    struct ks_pin *pin = ExAllocatePoolWithTag(NonPagedPool, sizeof(*pin), TAG_PIN);

    if (!pin)
        return NULL;
    RtlZeroMemory(pin, sizeof(*pin));
    pin->format = ExAllocatePoolWithTag(NonPagedPool, format->FormatSize, TAG_PIN);
    if (!pin->format) {
        ExFreePool(pin);
        return NULL;
    }
    RtlCopyMemory(pin->format, format, format->FormatSize);
    pin->wave = ks_format_wave(pin->format, format->FormatSize);
    pin->handle.kind = KS_HANDLE_PIN;
    pin->handle.filter = filter;
    pin->number = system_number(filter->device->system, OBJECT_STREAM);
    pin->id = connect->PinId;
    pin->capture = ks_pin_descriptor(filter, pin->id)->DataFlow == KSPIN_DATAFLOW_OUT;
    pin->looped = connect->Interface.Id == KSINTERFACE_STANDARD_LOOPED_STREAMING;
    pin->file = file;
    KeInitializeSpinLock(&pin->lock);
    KeInitializeEvent(&pin->idle, NotificationEvent, TRUE);
    KeInitializeEvent(&pin->drained, NotificationEvent, TRUE);
    list_init(&pin->packets);
    list_init(&pin->link);
    return pin;
}

static void discard(struct ks_pin *pin)
{
    list_remove(&pin->link);
    ExFreePool(pin->format);
    ExFreePool(pin);
}

NTSTATUS ks_pin_create(struct ks_filter *filter, PFILE_OBJECT file, const KSPIN_CONNECT *connect,
                       size_t bytes, struct ks_pin **out)
{
    NTSTATUS status = check(filter, connect, bytes);
    struct ks_pin *pin;

    *out = NULL;
    if (!NT_SUCCESS(status))
        return status;
    pin = make(filter, file, connect);
    if (!pin)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = filter->ops->pin_create(filter, pin);
    if (!NT_SUCCESS(status)) {
        discard(pin);
        return status;
    }
    filter->pin_instances[pin->id]++;
    list_push_back(&filter->pins, &pin->link);
    *out = pin;
    return STATUS_SUCCESS;
}

// PASSIVE_LEVEL.
static void wait_for(struct ks_pin *pin, KEVENT *event)
{
    KIRQL irql;

    KeWaitForSingleObject(event, Executive, KernelMode, FALSE, NULL);
    // Whoever set the event may still hold the lock.
    KeAcquireSpinLock(&pin->lock, &irql);
    KeReleaseSpinLock(&pin->lock, irql);
}

void ks_pin_close(struct ks_pin *pin)
{
    struct ks_filter *filter = pin->handle.filter;

    ks_pin_set_state(pin, KSSTATE_STOP);
    wait_for(pin, &pin->idle);
    filter->ops->pin_close(filter, pin);
    filter->pin_instances[pin->id]--;
    discard(pin);
}

// ---- states ----------------------------------------------------------------------------------------------

static void set_accepts(struct ks_pin *pin, bool accepts)
{
    KIRQL irql;

    KeAcquireSpinLock(&pin->lock, &irql);
    pin->accepts = accepts;
    KeReleaseSpinLock(&pin->lock, irql);
}

static NTSTATUS step_up(struct ks_pin *pin, KSSTATE to)
{
    NTSTATUS status = pin->handle.filter->ops->pin_state(pin, pin->state, to);

    if (!NT_SUCCESS(status))
        return status;
    pin->state = to;
    set_accepts(pin, true);
    return status;
}

// Goes down whatever the miniport says (KP-14).
static void step_down(struct ks_pin *pin, KSSTATE to)
{
    KSSTATE from = pin->state;
    NTSTATUS status;

    if (to == KSSTATE_STOP) {
        set_accepts(pin, false);
        wait_for(pin, &pin->idle); // no submission may be half done when the port empties its queue
    }
    pin->state = to;
    if (from == KSSTATE_RUN && pin->powered_down) { // the miniport is in PAUSE already
        pin->powered_down = false;
        return;
    }
    status = pin->handle.filter->ops->pin_state(pin, from, to);
    if (!NT_SUCCESS(status))
        finding_raise(pin->handle.filter->device->system, "KP-14", SIDE_DRIVER, NULL,
                      "stream %u: SetState from %d down to %d failed with 0x%08x", pin->number,
                      from, to, (unsigned)status);
    if (to == KSSTATE_STOP)
        wait_for(pin, &pin->drained);
}

NTSTATUS ks_pin_set_state(struct ks_pin *pin, KSSTATE target)
{
    NTSTATUS status = STATUS_SUCCESS;

    while (pin->state < target && NT_SUCCESS(status))
        status = step_up(pin, (KSSTATE)(pin->state + 1));
    while (pin->state > target)
        step_down(pin, (KSSTATE)(pin->state - 1));
    return status;
}

// ---- power (KP-19) ---------------------------------------------------------------------------------------

static void pause_pin(struct ks_pin *pin)
{
    if (pin->state != KSSTATE_RUN || pin->powered_down)
        return;
    pin->powered_down = true;
    pin->handle.filter->ops->pin_state(pin, KSSTATE_RUN, KSSTATE_PAUSE);
}

static void resume_pin(struct ks_pin *pin)
{
    if (!pin->powered_down)
        return;
    pin->powered_down = false;
    if (!NT_SUCCESS(pin->handle.filter->ops->pin_state(pin, KSSTATE_PAUSE, KSSTATE_RUN)))
        pin->state = KSSTATE_PAUSE;
}

static void each_pin(struct ks_device *device, void (*what)(struct ks_pin *pin))
{
    ks_device_lock(device);
    LIST_EACH(filter, &device->filters)
        LIST_EACH(pin, &LIST_OBJECT(filter, struct ks_filter, link)->pins)
            what(LIST_OBJECT(pin, struct ks_pin, link));
    ks_device_unlock(device);
}

void ks_device_pause_streams(struct ks_device *device)
{
    each_pin(device, pause_pin);
}

void ks_device_resume_streams(struct ks_device *device)
{
    each_pin(device, resume_pin);
}
