// SPDX-License-Identifier: MIT
//
// Notifications of device interfaces that come and go (SV-112). A callback runs at PASSIVE_LEVEL, within the call that
// enables or disables the interface. Hardware profiles never change here; nobody is told that a target goes.
#include <wdmguid.h>

#include "kernel/private.h"

// A registration: from IoRegisterPlugPlayNotification to its counterpart, or till the driver goes.
struct notification {
    struct list link; // kernel.notifications
    GUID class;
    PDRIVER_OBJECT driver;
    PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine;
    PVOID context;
    bool interfaces;
    uint64_t serial; // in the order of registration
};

static void tell(const struct notification *notification, const UNICODE_STRING *name, bool arrived)
{
    UNICODE_STRING link = *name;
    DEVICE_INTERFACE_CHANGE_NOTIFICATION change = {
        .Version = 1,
        .Size = sizeof(change),
        .Event = arrived ? GUID_DEVICE_INTERFACE_ARRIVAL : GUID_DEVICE_INTERFACE_REMOVAL,
        .InterfaceClassGuid = notification->class,
        .SymbolicLinkName = &link,
    };

    notification->routine(&change, notification->context);
}

static const struct notification *first_behind(struct ps_system *system, uint64_t serial)
{
    LIST_EACH(link, &system->kernel->notifications)
    {
        const struct notification *notification = LIST_OBJECT(link, struct notification, link);

        if (notification->serial > serial)
            return notification;
    }
    return NULL;
}

// Looks for the next one anew each time: a callback may take back any registration.
void notify_interface(struct ps_system *system, const GUID *class, const UNICODE_STRING *name, bool arrived)
{
    const struct notification *notification;
    uint64_t serial = 0;

    while ((notification = first_behind(system, serial))) {
        serial = notification->serial;
        if (notification->interfaces && !memcmp(&notification->class, class, sizeof(*class)))
            tell(notification, name, arrived);
    }
}

static void drop(struct ps_system *system, struct notification *notification)
{
    list_remove(&notification->link);
    arena_free(system->arena, notification, sizeof(*notification));
}

void notifications_forget(struct ps_system *system, PDRIVER_OBJECT driver)
{
    LIST_EACH_SAFE(link, &system->kernel->notifications)
    {
        struct notification *notification = LIST_OBJECT(link, struct notification, link);

        if (notification->driver == driver)
            drop(system, notification);
    }
}

NTSTATUS NTAPI IoRegisterPlugPlayNotification(IO_NOTIFICATION_EVENT_CATEGORY EventCategory,
                                              ULONG EventCategoryFlags, PVOID EventCategoryData,
                                              PDRIVER_OBJECT DriverObject,
                                              PDRIVER_NOTIFICATION_CALLBACK_ROUTINE CallbackRoutine,
                                              PVOID Context, PVOID *NotificationEntry)
{
    NT_SERVICE(COST_SERVICE);
    bool interfaces = EventCategory == EventCategoryDeviceInterfaceChange;
    bool existing = interfaces && EventCategoryFlags & PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES;
    struct notification *notification, copy; // the callback may take it back at once
    UNICODE_STRING name;

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    if (!NotificationEntry || !CallbackRoutine || !DriverObject || (interfaces && !EventCategoryData) ||
        EventCategory < EventCategoryHardwareProfileChange || EventCategory > EventCategoryTargetDeviceChange)
        return NT_TELL(STATUS_INVALID_PARAMETER);
    *NotificationEntry = NULL;
    notification = fault_here(system) ? NULL : arena_alloc(system->arena, sizeof(*notification));
    if (!notification)
        return NT_TELL(STATUS_INSUFFICIENT_RESOURCES);
    if (interfaces)
        notification->class = *(const GUID *)EventCategoryData;
    notification->interfaces = interfaces;
    notification->driver = DriverObject;
    notification->routine = CallbackRoutine;
    notification->context = Context;
    list_push_back(&system->kernel->notifications, &notification->link);
    notification->serial = ++system->kernel->notification_serial;
    *NotificationEntry = notification;
    copy = *notification;
    for (unsigned i = 0; existing && interface_enabled(system, &copy.class, i, &name); i++)
        tell(&copy, &name, true);
    return STATUS_SUCCESS;
}

static NTSTATUS unregister(struct ps_system *system, PVOID entry, const char *service, const void *caller)
{
    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, service, caller);
    LIST_EACH_SAFE(link, &system->kernel->notifications)
    {
        struct notification *notification = LIST_OBJECT(link, struct notification, link);

        if (notification == entry) {
            drop(system, notification);
            return STATUS_SUCCESS;
        }
    }
    return STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI IoUnregisterPlugPlayNotification(PVOID NotificationEntry)
{
    NT_SERVICE(COST_SERVICE);

    return unregister(system, NotificationEntry, __func__, CALLER);
}

NTSTATUS NTAPI IoUnregisterPlugPlayNotificationEx(PVOID NotificationEntry)
{
    NT_SERVICE(COST_SERVICE);

    return unregister(system, NotificationEntry, __func__, CALLER);
}
