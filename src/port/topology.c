// SPDX-License-Identifier: MIT
//
// The topology port: a filter with nodes and bridge pins, no streams. Its properties are the miniport's
// automation tables (ks/property.c) and its connections. PASSIVE_LEVEL.
#include "port/port_extras.h"
#include "port/subdevice.h"

#define TAG_TOPOLOGY 0x50547350u // "PsTP"

struct topology_port {
    IPortTopology iface;
    struct unknown unknown;
    struct port_extras extras;
    PDEVICE_OBJECT fdo;
    PMINIPORTTOPOLOGY miniport; // referenced
    PPINCOUNT pin_count;        // referenced; NULL: the miniport does not offer it (KP-63)
};

UNKNOWN_METHODS(topology, struct topology_port, iface, IPortTopology)

static struct topology_port *topology_from(IPortTopology *iface)
{
    return CONTAINING_RECORD(iface, struct topology_port, iface);
}

static NTSTATUS no_pins(struct ks_filter *filter, struct ks_pin *pin)
{
    (void)filter, (void)pin;
    return STATUS_INVALID_DEVICE_REQUEST; // bridge pins only (KP-9)
}

static NTSTATUS intersect(struct ks_filter *filter, ULONG pin, PKSDATARANGE client,
                          PKSDATARANGE mine, ULONG bytes, PVOID result, PULONG result_bytes)
{
    PMINIPORTTOPOLOGY miniport = ((struct topology_port *)filter->port)->miniport;

    return miniport->lpVtbl->DataRangeIntersection(miniport, pin, client, mine, bytes, result,
                                                   result_bytes);
}

static void pin_count(struct ks_filter *filter, ULONG pin, ULONG *necessary, ULONG *current,
                      ULONG *possible, ULONG *global_current, ULONG *global_possible)
{
    PPINCOUNT count = ((struct topology_port *)filter->port)->pin_count;

    if (count)
        count->lpVtbl->PinCount(count, pin, necessary, current, possible, global_current,
                                global_possible);
}

static const struct ks_filter_ops topology_ops = {
    .pin_create = no_pins,
    .intersect = intersect,
    .pin_count = pin_count,
    .filter_properties = connection_properties,
};

// The filter of the miniport's description; the port's reference on the miniport is taken by the caller.
static NTSTATUS describe(struct topology_port *port, PDEVICE_OBJECT fdo)
{
    PPCFILTER_DESCRIPTOR descriptor = NULL;
    NTSTATUS status = port->miniport->lpVtbl->GetDescription(port->miniport, &descriptor);

    if (!NT_SUCCESS(status))
        return status;
    return ks_filter_create(&port_device_from(fdo)->ks, &topology_ops, descriptor,
                            (PUNKNOWN)port->miniport, port, &port->extras.filter);
}

static void release_children(struct unknown *unknown)
{
    struct topology_port *port = CONTAINING_RECORD(unknown, struct topology_port, unknown);

    if (port->pin_count)
        port->pin_count->lpVtbl->Release(port->pin_count);
    if (port->miniport)
        port->miniport->lpVtbl->Release(port->miniport);
    port->pin_count = NULL;
    port->miniport = NULL;
}

static NTSTATUS NTAPI topology_init(IPortTopology *This, PDEVICE_OBJECT fdo, PIRP irp,
                                    PUNKNOWN miniport, PUNKNOWN adapter, PRESOURCELIST resources)
{
    struct topology_port *port = topology_from(This);
    PVOID found;
    NTSTATUS status;

    (void)irp;
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "IPortTopology::Init",
                    __builtin_return_address(0));
    if (!port_device_from(fdo) || !miniport)
        return NT_TELL_AS("IPortTopology::Init", STATUS_INVALID_PARAMETER);
    if (port->miniport)
        return NT_TELL_AS("IPortTopology::Init", STATUS_UNSUCCESSFUL); // AD-77
    status = miniport->lpVtbl->QueryInterface(miniport, &IID_IMiniportTopology, &found);
    if (!NT_SUCCESS(status))
        return NT_TELL_AS("IPortTopology::Init", status);
    port->miniport = found;
    port->fdo = fdo;
    if (NT_SUCCESS(miniport->lpVtbl->QueryInterface(miniport, &IID_IPinCount, &found)))
        port->pin_count = found;
    status = port->miniport->lpVtbl->Init(port->miniport, adapter, resources, This);
    kernel_tell(status, "IMiniportTopology::Init", (const void *)(uintptr_t)port->miniport->lpVtbl->Init);
    if (NT_SUCCESS(status))
        status = describe(port, fdo);
    if (NT_SUCCESS(status))
        port_extras_joined(&port->extras, port_device_from(fdo));
    else
        release_children(&port->unknown); // AD-21
    return NT_TELL_AS("IPortTopology::Init", status);
}

static NTSTATUS NTAPI topology_property(IPortTopology *This, DEVICE_REGISTRY_PROPERTY property,
                                        ULONG bytes, PVOID buffer, PULONG result)
{
    struct topology_port *port = topology_from(This);

    if (!port_check_irql(system_here(__func__), PASSIVE_LEVEL, "IPortTopology::GetDeviceProperty",
                         __builtin_return_address(0)))
        return STATUS_UNSUCCESSFUL;
    if (!port->fdo)
        return STATUS_DEVICE_NOT_READY;
    return PcGetDeviceProperty(port->fdo, property, bytes, buffer, result);
}

static NTSTATUS NTAPI topology_registry(IPortTopology *This, PREGISTRYKEY *out, PUNKNOWN outer,
                                        ULONG type, ACCESS_MASK access,
                                        POBJECT_ATTRIBUTES attributes, ULONG options,
                                        PULONG disposition)
{
    struct topology_port *port = topology_from(This);

    if (!port_check_irql(system_here(__func__), PASSIVE_LEVEL, "IPortTopology::NewRegistryKey",
                         __builtin_return_address(0)))
        return STATUS_UNSUCCESSFUL;
    return PcNewRegistryKey(out, outer, type, access, port->fdo, This, attributes, options,
                            disposition);
}

static const IPortTopologyVtbl topology_vtbl = {
    .QueryInterface = topology_query,
    .AddRef = topology_addref,
    .Release = topology_release,
    .Init = topology_init,
    .GetDeviceProperty = topology_property,
    .NewRegistryKey = topology_registry,
};

static void *topology_find(struct unknown *unknown, REFIID iid)
{
    struct topology_port *port = CONTAINING_RECORD(unknown, struct topology_port, unknown);

    if (guid_equal(iid, &IID_IPortTopology) || guid_equal(iid, &IID_IPort) ||
        (guid_equal(iid, &IID_IUnknown) && !unknown->outer))
        return &port->iface;
    return port_extras_find(&port->extras, iid);
}

static void topology_destroy(struct unknown *unknown)
{
    struct topology_port *port = CONTAINING_RECORD(unknown, struct topology_port, unknown);

    port_extras_destroy(&port->extras);
    release_children(unknown);
    if (port->extras.filter)
        ks_filter_release(port->extras.filter);
    port_free(port);
}

static const struct unknown_class topology_class = {topology_find, topology_destroy, "IPortTopology"};

NTSTATUS topology_port_new(PPORT *out, const void *caller)
{
    struct topology_port *port = port_allocate(sizeof(*port), TAG_TOPOLOGY);

    if (!port)
        return STATUS_INSUFFICIENT_RESOURCES;
    port->iface.lpVtbl = &topology_vtbl;
    unknown_init(system_here(__func__), &port->unknown, NULL, &topology_class, caller);
    port_extras_init(&port->extras, &port->unknown);
    port->extras.release_children = release_children;
    *out = (PPORT)&port->iface;
    return STATUS_SUCCESS;
}
