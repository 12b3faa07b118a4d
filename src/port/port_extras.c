// SPDX-License-Identifier: MIT
//
// See port_extras.h. References go to the port that embeds the interfaces.
#include "port/port_extras.h"

#include "port/subdevice.h"

// ---- IPortEvents -------------------------------------------------------------------------------------

EXTRA_METHODS(events, events, IPortEvents)

static VOID NTAPI events_add(IPortEvents *This, PKSEVENT_ENTRY entry)
{
    (void)This;
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "IPortEvents::AddEventToEventList",
                    __builtin_return_address(0));
    if (entry)
        ks_event_list(entry);
}

static VOID NTAPI generate_later(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct port_extras *extras = context;

    (void)dpc, (void)argument1, (void)argument2;
    ks_event_generate(extras->filter, extras->any_set ? NULL : &extras->set, extras->id,
                      extras->pin, extras->node);
    extras->waiting = 0;
}

static void defer(struct port_extras *extras, const GUID *set, ULONG id, ULONG pin, ULONG node,
                  const void *caller)
{
    if (InterlockedExchange(&extras->waiting, 1)) {
        finding_raise(system_here(__func__), "KP-96", SIDE_DRIVER, caller,
                      "GenerateEventList above DISPATCH_LEVEL while an earlier call waits for its "
                      "DPC: this event is lost");
        return;
    }
    extras->any_set = !set;
    if (set)
        extras->set = *set;
    extras->id = id;
    extras->pin = pin;
    extras->node = node;
    KeInsertQueueDpc(&extras->dpc, NULL, NULL);
}

static VOID NTAPI events_generate(IPortEvents *This, GUID *set, ULONG id, BOOL pin_event, ULONG pin,
                                  BOOL node_event, ULONG node)
{
    struct port_extras *extras = CONTAINING_RECORD(This, struct port_extras, events);
    ULONG which_pin = pin_event ? pin : (ULONG)-1, which_node = node_event ? node : (ULONG)-1;

    if (!extras->filter)
        return;
    if (KeGetCurrentIrql() > DISPATCH_LEVEL)
        defer(extras, set, id, which_pin, which_node, __builtin_return_address(0));
    else
        ks_event_generate(extras->filter, set, id, which_pin, which_node);
}

static const IPortEventsVtbl events_vtbl = {
    .QueryInterface = events_query,
    .AddRef = events_addref,
    .Release = events_release,
    .AddEventToEventList = events_add,
    .GenerateEventList = events_generate,
};

// ---- IPortClsVersion ---------------------------------------------------------------------------------

EXTRA_METHODS(version, version, IPortClsVersion)

static DWORD NTAPI version_get(IPortClsVersion *This)
{
    (void)This;
    return kVersionWinXPSP1; // AD-25
}

static const IPortClsVersionVtbl version_vtbl = {
    .QueryInterface = version_query,
    .AddRef = version_addref,
    .Release = version_release,
    .GetVersion = version_get,
};

// ---- IUnregisterSubdevice, IUnregisterPhysicalConnection -----------------------------------------------

EXTRA_METHODS(unsub, unregister_subdevice, IUnregisterSubdevice)

static NTSTATUS NTAPI unsub_unregister(IUnregisterSubdevice *This, PDEVICE_OBJECT fdo,
                                       PUNKNOWN port)
{
    (void)This;
    return subdevice_unregister(fdo, port);
}

static const IUnregisterSubdeviceVtbl unsub_vtbl = {
    .QueryInterface = unsub_query,
    .AddRef = unsub_addref,
    .Release = unsub_release,
    .UnregisterSubdevice = unsub_unregister,
};

EXTRA_METHODS(uncon, unregister_connection, IUnregisterPhysicalConnection)

static NTSTATUS NTAPI uncon_internal(IUnregisterPhysicalConnection *This, PDEVICE_OBJECT fdo,
                                     PUNKNOWN from, ULONG from_pin, PUNKNOWN to, ULONG to_pin)
{
    (void)This;
    if (!from || !to)
        return STATUS_INVALID_PARAMETER;
    return connection_unregister(fdo, from, NULL, from_pin, to, NULL, to_pin);
}

static NTSTATUS NTAPI uncon_to(IUnregisterPhysicalConnection *This, PDEVICE_OBJECT fdo,
                               PUNKNOWN from, ULONG from_pin, PUNICODE_STRING to, ULONG to_pin)
{
    (void)This;
    if (!from || !to)
        return STATUS_INVALID_PARAMETER;
    return connection_unregister(fdo, from, NULL, from_pin, NULL, to, to_pin);
}

static NTSTATUS NTAPI uncon_from(IUnregisterPhysicalConnection *This, PDEVICE_OBJECT fdo,
                                 PUNICODE_STRING from, ULONG from_pin, PUNKNOWN to, ULONG to_pin)
{
    (void)This;
    if (!from || !to)
        return STATUS_INVALID_PARAMETER;
    return connection_unregister(fdo, NULL, from, from_pin, to, NULL, to_pin);
}

static const IUnregisterPhysicalConnectionVtbl uncon_vtbl = {
    .QueryInterface = uncon_query,
    .AddRef = uncon_addref,
    .Release = uncon_release,
    .UnregisterPhysicalConnection = uncon_internal,
    .UnregisterPhysicalConnectionToExternal = uncon_to,
    .UnregisterPhysicalConnectionFromExternal = uncon_from,
};

// ---- IPortClsEtwHelper -------------------------------------------------------------------------------

EXTRA_METHODS(etw, etw, IPortClsEtwHelper)

// Nobody listens for event tracing; a driver's event is taken and dropped.
static NTSTATUS NTAPI etw_write(IPortClsEtwHelper *This, EPcMiniportEngineEvent type, ULONGLONG data1,
                                ULONGLONG data2, ULONGLONG data3, ULONGLONG data4)
{
    (void)This, (void)data1, (void)data2, (void)data3, (void)data4;
    return (unsigned)type < eMINIPORT_MaxValue ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static const IPortClsEtwHelperVtbl etw_vtbl = {
    .QueryInterface = etw_query,
    .AddRef = etw_addref,
    .Release = etw_release,
    .MiniportWriteEtwEvent = etw_write,
};

// ---- all of them -------------------------------------------------------------------------------------

static struct ks_filter *private_filter(struct port_private *private)
{
    return CONTAINING_RECORD(private, struct port_extras, private)->filter;
}

static const struct port_private_vtbl private_vtbl = {private_filter};

void port_extras_joined(struct port_extras *extras, struct port_device *device)
{
    list_push_back(&device->ports, &extras->link);
}

// A miniport usually holds its port and the port its miniport: somebody must let go first.
void port_extras_release_all(struct port_device *device)
{
    struct list *link;

    while ((link = list_pop_front(&device->ports))) {
        struct port_extras *extras = LIST_OBJECT(link, struct port_extras, link);
        struct unknown *unknown = extras->unknown;

        unknown_addref(unknown);
        if (extras->release_children)
            extras->release_children(unknown);
        unknown_release(unknown);
    }
}

void port_extras_init(struct port_extras *extras, struct unknown *unknown)
{
    extras->events.lpVtbl = &events_vtbl;
    extras->version.lpVtbl = &version_vtbl;
    extras->unregister_subdevice.lpVtbl = &unsub_vtbl;
    extras->unregister_connection.lpVtbl = &uncon_vtbl;
    extras->power.lpVtbl = &port_power_vtbl;
    extras->pnp.lpVtbl = &port_pnp_vtbl;
    extras->etw.lpVtbl = &etw_vtbl;
    extras->drm.lpVtbl = &port_drm_vtbl;
    extras->private.vtbl = &private_vtbl;
    extras->unknown = unknown;
    list_init(&extras->link);
    KeInitializeDpc(&extras->dpc, generate_later, extras);
}

void *port_extras_find(struct port_extras *extras, REFIID iid)
{
    if (guid_equal(iid, &IID_IPortEvents))
        return &extras->events;
    if (guid_equal(iid, &IID_IPortClsVersion))
        return &extras->version;
    if (guid_equal(iid, &IID_IUnregisterSubdevice))
        return &extras->unregister_subdevice;
    if (guid_equal(iid, &IID_IUnregisterPhysicalConnection))
        return &extras->unregister_connection;
    if (guid_equal(iid, &IID_IPortClsPower))
        return &extras->power;
    if (guid_equal(iid, &IID_IPortClsPnp))
        return &extras->pnp;
    if (guid_equal(iid, &IID_IPortClsEtwHelper))
        return &extras->etw;
    if (guid_equal(iid, &IID_IDrmPort) || guid_equal(iid, &IID_IDrmPort2))
        return &extras->drm;
    if (guid_equal(iid, &IID_port_private))
        return &extras->private;
    return NULL;
}

void port_extras_destroy(struct port_extras *extras)
{
    list_remove(&extras->link);
    if (!KeRemoveQueueDpc(&extras->dpc) && extras->waiting && KeGetCurrentIrql() == PASSIVE_LEVEL)
        KeFlushQueuedDpcs(); // it has left its queue
}
