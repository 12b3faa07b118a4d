// SPDX-License-Identifier: MIT
//
// IPortWaveRT (RT-7): Init binds the miniport and makes the filter. What a pin does goes to wavert_stream.c. The
// port's references: its maker's, the registered subdevice's, each stream's, and the miniport's; the last is
// a cycle, which release_children breaks.
#include "port/policy.h"
#include "port/subdevice.h"
#include "port/wavert.h"

#define TAG_PORT 'TPsR'

UNKNOWN_METHODS(wavert, struct wavert_port, iface, IPortWaveRT)

static struct wavert_port *wavert_from(IPortWaveRT *iface)
{
    return CONTAINING_RECORD(iface, struct wavert_port, iface);
}

// ---- what ks asks ------------------------------------------------------------------------------------------

static NTSTATUS intersect(struct ks_filter *filter, ULONG pin, PKSDATARANGE client,
                          PKSDATARANGE mine, ULONG bytes, PVOID result, PULONG result_bytes)
{
    PMINIPORTWAVERT miniport = ((struct wavert_port *)filter->port)->miniport;

    if (!miniport)
        return STATUS_NOT_IMPLEMENTED;
    return miniport->lpVtbl->DataRangeIntersection(miniport, pin, client, mine, bytes, result,
                                                   result_bytes);
}

static void pin_count(struct ks_filter *filter, ULONG pin, ULONG *necessary, ULONG *current,
                      ULONG *possible, ULONG *global_current, ULONG *global_possible)
{
    PPINCOUNT count = ((struct wavert_port *)filter->port)->pin_count;

    if (count)
        count->lpVtbl->PinCount(count, pin, necessary, current, possible, global_current,
                                global_possible);
}

static PUNKNOWN pin_target(struct ks_pin *pin)
{
    return (PUNKNOWN)((struct wavert_stream *)pin->port)->miniport;
}

// No pin_submit: stream IRPs are refused (RT-3). No looped pins, so no position events (RT-85).
const struct ks_filter_ops wavert_filter_ops = {
    .pin_create = wavert_stream_create,
    .pin_close = wavert_stream_close,
    .pin_state = wavert_stream_state,
    .pin_format = wavert_stream_format,
    .pin_position = wavert_position,
    .intersect = intersect,
    .pin_count = pin_count,
    .pin_target = pin_target,
    .is_position = wavert_is_position,
    .pin_properties = wavert_pin_properties,
    .filter_properties = connection_properties,
};

// ---- Init --------------------------------------------------------------------------------------------------

static void release_all(struct wavert_port *port)
{
    if (port->pin_count)
        port->pin_count->lpVtbl->Release(port->pin_count);
    port->pin_count = NULL;
    if (port->miniport)
        port->miniport->lpVtbl->Release(port->miniport);
    port->miniport = NULL;
}

static NTSTATUS init_miniport(struct wavert_port *port, PUNKNOWN adapter, PRESOURCELIST resources)
{
    PMINIPORTWAVERT miniport = port->miniport;
    struct kernel_call call;
    NTSTATUS status;

    kernel_call_enter(port->system, &call);
    status = miniport->lpVtbl->Init(miniport, adapter, resources, &port->iface);
    kernel_call_leave(port->system, &call, "VF-59", "IMiniportWaveRT::Init",
                      (const void *)(uintptr_t)miniport->lpVtbl->Init);
    kernel_tell(status, "IMiniportWaveRT::Init", (const void *)(uintptr_t)miniport->lpVtbl->Init);
    if (NT_SUCCESS(status)) // RT-13
        status = miniport->lpVtbl->GetDeviceDescription(miniport, &port->description);
    return status;
}

static NTSTATUS describe(struct wavert_port *port)
{
    PPCFILTER_DESCRIPTOR descriptor = NULL;
    NTSTATUS status = port->miniport->lpVtbl->GetDescription(port->miniport, &descriptor);

    if (!NT_SUCCESS(status))
        return status;
    return ks_filter_create(&port_device_from(port->fdo)->ks, &wavert_filter_ops, descriptor,
                            (PUNKNOWN)port->miniport, port, &port->extras.filter);
}

static NTSTATUS bind(struct wavert_port *port, PUNKNOWN miniport, PUNKNOWN adapter,
                     PRESOURCELIST resources)
{
    PVOID found;
    NTSTATUS status = miniport->lpVtbl->QueryInterface(miniport, &IID_IMiniportWaveRT, &found);

    if (!NT_SUCCESS(status))
        return status;
    port->miniport = found;
    if (NT_SUCCESS(miniport->lpVtbl->QueryInterface(miniport, &IID_IPinCount, &found)))
        port->pin_count = found;
    status = init_miniport(port, adapter, resources);
    if (NT_SUCCESS(status))
        status = describe(port);
    return status;
}

static NTSTATUS NTAPI wavert_init(IPortWaveRT *This, PDEVICE_OBJECT fdo, PIRP irp,
                                  PUNKNOWN miniport, PUNKNOWN adapter, PRESOURCELIST resources)
{
    struct wavert_port *port = wavert_from(This);
    const struct port_class *class = port_class_of(port->system);
    NTSTATUS status;

    (void)irp;
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "IPortWaveRT::Init",
                    __builtin_return_address(0));
    if (!port_device_from(fdo) || !miniport)
        return NT_TELL_AS("IPortWaveRT::Init", STATUS_INVALID_PARAMETER);
    if (port->miniport)
        return NT_TELL_AS("IPortWaveRT::Init", STATUS_UNSUCCESSFUL); // AD-77
    port->fdo = fdo;
    status = bind(port, miniport, adapter, resources);
    if (NT_SUCCESS(status)) {
        port_device_from(fdo)->ks.position_lock_used =
            port_device_from(fdo)->position_lock || (class && class->position_lock);
        port_extras_joined(&port->extras, port_device_from(fdo));
        return NT_TELL_AS("IPortWaveRT::Init", status);
    }
    release_all(port);
    if (port->extras.filter)
        ks_filter_release(port->extras.filter);
    port->extras.filter = NULL;
    port->fdo = NULL;
    return NT_TELL_AS("IPortWaveRT::Init", status);
}

// ---- the rest of IPort ---------------------------------------------------------------------------------------

static NTSTATUS NTAPI wavert_property(IPortWaveRT *This, DEVICE_REGISTRY_PROPERTY property,
                                      ULONG bytes, PVOID buffer, PULONG result)
{
    struct wavert_port *port = wavert_from(This);

    if (!port_check_irql(port->system, PASSIVE_LEVEL, "IPortWaveRT::GetDeviceProperty",
                         __builtin_return_address(0)))
        return STATUS_UNSUCCESSFUL;
    if (!port->fdo)
        return STATUS_DEVICE_NOT_READY;
    return PcGetDeviceProperty(port->fdo, property, bytes, buffer, result);
}

static NTSTATUS NTAPI wavert_registry(IPortWaveRT *This, PREGISTRYKEY *out, PUNKNOWN outer,
                                      ULONG type, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                                      ULONG options, PULONG disposition)
{
    if (!port_check_irql(system_here(__func__), PASSIVE_LEVEL, "IPortWaveRT::NewRegistryKey",
                         __builtin_return_address(0)))
        return STATUS_UNSUCCESSFUL;
    return PcNewRegistryKey(out, outer, type, access, wavert_from(This)->fdo, This, attributes,
                            options, disposition);
}

static const IPortWaveRTVtbl wavert_vtbl = {
    .QueryInterface = wavert_query,
    .AddRef = wavert_addref,
    .Release = wavert_release,
    .Init = wavert_init,
    .GetDeviceProperty = wavert_property,
    .NewRegistryKey = wavert_registry,
};

// ---- the object ----------------------------------------------------------------------------------------------

static void *wavert_find(struct unknown *unknown, REFIID iid)
{
    struct wavert_port *port = CONTAINING_RECORD(unknown, struct wavert_port, unknown);

    if (guid_equal(iid, &IID_IPortWaveRT) || guid_equal(iid, &IID_IPort) ||
        (guid_equal(iid, &IID_IUnknown) && !unknown->outer))
        return &port->iface;
    if (guid_equal(iid, &IID_IPortClsStreamResourceManager) ||
        guid_equal(iid, &IID_IPortClsStreamResourceManager2))
        return &port->resources;
    return port_extras_find(&port->extras, iid);
}

static void wavert_destroy(struct unknown *unknown)
{
    struct wavert_port *port = CONTAINING_RECORD(unknown, struct wavert_port, unknown);

    port_extras_destroy(&port->extras);
    release_all(port);
    if (port->extras.filter)
        ks_filter_release(port->extras.filter);
    port_free(port);
}

static const struct unknown_class wavert_class = {wavert_find, wavert_destroy, "IPortWaveRT"};

// The device goes, the driver is about to be unloaded: nobody frees pages any more (RT-33).
static void release_children(struct unknown *unknown)
{
    struct wavert_port *port = CONTAINING_RECORD(unknown, struct wavert_port, unknown);

    release_all(port);
    wavert_resources_end(port);
    LIST_EACH(link, &port->streams) {
        struct wavert_stream *stream = LIST_OBJECT(link, struct wavert_stream, link);

        if (!stream->pin)
            wavert_pages_end(stream);
    }
}

NTSTATUS wavert_port_new(PPORT *out, const void *caller)
{
    struct wavert_port *port = port_allocate(sizeof(*port), TAG_PORT);

    if (!port)
        return STATUS_INSUFFICIENT_RESOURCES;
    port->iface.lpVtbl = &wavert_vtbl;
    port->resources.lpVtbl = &wavert_resources_vtbl;
    port->system = system_here(__func__);
    list_init(&port->streams);
    unknown_init(port->system, &port->unknown, NULL, &wavert_class, caller);
    port_extras_init(&port->extras, &port->unknown);
    port->extras.release_children = release_children;
    *out = (PPORT)&port->iface;
    return STATUS_SUCCESS;
}
