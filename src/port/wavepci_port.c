// SPDX-License-Identifier: MIT
//
// IPortWavePci: Init binds the miniport and makes the filter (WP-1..6), Notify, the master DMA channel (WP-90).
// What a pin does goes to wavepci_stream.c. The port's references: its maker's, the registered subdevice's,
// each stream's, and the miniport's; the last is a cycle, which release_children breaks.
#include "port/subdevice.h"
#include "port/wavepci.h"

#define TAG_PORT 'WPsP'

UNKNOWN_METHODS(wavepci, struct wavepci_port, iface, IPortWavePci)

static struct wavepci_port *wavepci_from(IPortWavePci *iface)
{
    return CONTAINING_RECORD(iface, struct wavepci_port, iface);
}

// ---- what ks asks ------------------------------------------------------------------------------------------

static NTSTATUS intersect(struct ks_filter *filter, ULONG pin, PKSDATARANGE client,
                          PKSDATARANGE mine, ULONG bytes, PVOID result, PULONG result_bytes)
{
    PMINIPORTWAVEPCI miniport = ((struct wavepci_port *)filter->port)->miniport;

    if (!miniport)
        return STATUS_NOT_IMPLEMENTED;
    return miniport->lpVtbl->DataRangeIntersection(miniport, pin, client, mine, bytes, result,
                                                   result_bytes);
}

static void pin_count(struct ks_filter *filter, ULONG pin, ULONG *necessary, ULONG *current,
                      ULONG *possible, ULONG *global_current, ULONG *global_possible)
{
    PPINCOUNT count = ((struct wavepci_port *)filter->port)->pin_count;

    if (count)
        count->lpVtbl->PinCount(count, pin, necessary, current, possible, global_current,
                                global_possible);
}

static PUNKNOWN pin_target(struct ks_pin *pin)
{
    return (PUNKNOWN)((struct wavepci_stream *)pin->port)->miniport;
}

const struct ks_filter_ops wavepci_filter_ops = {
    .pin_create = wavepci_stream_create,
    .pin_close = wavepci_stream_close,
    .pin_state = wavepci_stream_state,
    .pin_format = wavepci_stream_format,
    .pin_position = wavepci_position,
    .pin_stream_position = wavepci_stream_position,
    .pin_framing = wavepci_stream_framing,
    .pin_submit = wavepci_submit,
    .pin_cancel = wavepci_cancel,
    .intersect = intersect,
    .pin_count = pin_count,
    .pin_target = pin_target,
    .looped_pins = true,
    .cursor_events = true,
    .filter_properties = connection_properties,
};

// ---- Init --------------------------------------------------------------------------------------------------

// The filter's sink: IMiniportWavePci::Service (WP-73).
static void filter_service(void *context)
{
    struct wavepci_port *port = context;
    PMINIPORTWAVEPCI miniport = port->miniport;
    struct kernel_call call;

    if (!miniport)
        return;
    kernel_call_enter(port->system, &call);
    miniport->lpVtbl->Service(miniport);
    kernel_call_leave(port->system, &call, "VF-9", "IMiniportWavePci::Service",
                      (const void *)(uintptr_t)miniport->lpVtbl->Service);
}

// Everything Init took, in any half-way state (AD-21).
static void release_all(struct wavepci_port *port)
{
    if (port->group) {
        service_sink_remove(port->group, port->sink);
        port->group->lpVtbl->Release(port->group);
    }
    port->group = NULL;
    port->sink = NULL;
    if (port->pin_count)
        port->pin_count->lpVtbl->Release(port->pin_count);
    port->pin_count = NULL;
    if (port->miniport)
        port->miniport->lpVtbl->Release(port->miniport);
    port->miniport = NULL;
}

static NTSTATUS init_miniport(struct wavepci_port *port, PUNKNOWN adapter, PRESOURCELIST resources)
{
    PMINIPORTWAVEPCI miniport = port->miniport;
    struct kernel_call call;
    NTSTATUS status;

    kernel_call_enter(port->system, &call);
    status = miniport->lpVtbl->Init(miniport, adapter, resources, &port->iface, &port->group);
    kernel_call_leave(port->system, &call, "VF-9", "IMiniportWavePci::Init",
                      (const void *)(uintptr_t)miniport->lpVtbl->Init);
    kernel_tell(status, "IMiniportWavePci::Init", (const void *)(uintptr_t)miniport->lpVtbl->Init);
    if (!NT_SUCCESS(status))
        port->group = NULL; // an out parameter of a failed call means nothing
    return status;
}

static NTSTATUS describe(struct wavepci_port *port)
{
    PPCFILTER_DESCRIPTOR descriptor = NULL;
    NTSTATUS status = port->miniport->lpVtbl->GetDescription(port->miniport, &descriptor);

    if (!NT_SUCCESS(status))
        return status;
    return ks_filter_create(&port_device_from(port->fdo)->ks, &wavepci_filter_ops, descriptor,
                            (PUNKNOWN)port->miniport, port, &port->extras.filter);
}

static NTSTATUS bind(struct wavepci_port *port, PUNKNOWN miniport, PUNKNOWN adapter,
                     PRESOURCELIST resources)
{
    PVOID found;
    NTSTATUS status =
        miniport->lpVtbl->QueryInterface(miniport, &IID_IMiniportWavePci, &found);

    if (!NT_SUCCESS(status))
        return status;
    port->miniport = found;
    if (NT_SUCCESS(miniport->lpVtbl->QueryInterface(miniport, &IID_IPinCount, &found)))
        port->pin_count = found;
    status = init_miniport(port, adapter, resources);
    if (NT_SUCCESS(status))
        status = describe(port);
    if (NT_SUCCESS(status) && port->group) // WP-5
        status = service_sink_add(port->system, port->group, filter_service, port, &port->sink);
    return status;
}

static NTSTATUS NTAPI wavepci_init(IPortWavePci *This, PDEVICE_OBJECT fdo, PIRP irp,
                                   PUNKNOWN miniport, PUNKNOWN adapter, PRESOURCELIST resources)
{
    struct wavepci_port *port = wavepci_from(This);
    NTSTATUS status;

    (void)irp;
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "IPortWavePci::Init",
                    __builtin_return_address(0));
    if (!port_device_from(fdo) || !miniport)
        return NT_TELL_AS("IPortWavePci::Init", STATUS_INVALID_PARAMETER);
    if (port->miniport)
        return NT_TELL_AS("IPortWavePci::Init", STATUS_UNSUCCESSFUL); // AD-77
    port->fdo = fdo;
    status = bind(port, miniport, adapter, resources);
    if (NT_SUCCESS(status)) {
        port_extras_joined(&port->extras, port_device_from(fdo));
    } else {
        release_all(port);
        if (port->extras.filter)
            ks_filter_release(port->extras.filter);
        port->extras.filter = NULL;
        port->fdo = NULL;
    }
    return NT_TELL_AS("IPortWavePci::Init", status);
}

// ---- the rest of IPort, IPortWavePci -------------------------------------------------------------------------

static NTSTATUS NTAPI wavepci_property(IPortWavePci *This, DEVICE_REGISTRY_PROPERTY property,
                                       ULONG bytes, PVOID buffer, PULONG result)
{
    struct wavepci_port *port = wavepci_from(This);

    if (!port_check_irql(port->system, PASSIVE_LEVEL, "IPortWavePci::GetDeviceProperty",
                         __builtin_return_address(0)))
        return STATUS_UNSUCCESSFUL;
    if (!port->fdo)
        return STATUS_DEVICE_NOT_READY;
    return PcGetDeviceProperty(port->fdo, property, bytes, buffer, result);
}

static NTSTATUS NTAPI wavepci_registry(IPortWavePci *This, PREGISTRYKEY *out, PUNKNOWN outer,
                                       ULONG type, ACCESS_MASK access,
                                       POBJECT_ATTRIBUTES attributes, ULONG options,
                                       PULONG disposition)
{
    if (!port_check_irql(system_here(__func__), PASSIVE_LEVEL, "IPortWavePci::NewRegistryKey",
                         __builtin_return_address(0)))
        return STATUS_UNSUCCESSFUL;
    return PcNewRegistryKey(out, outer, type, access, wavepci_from(This)->fdo, This, attributes,
                            options, disposition);
}

// Any IRQL (WP-70).
static VOID NTAPI wavepci_notify(IPortWavePci *This, PSERVICEGROUP group)
{
    struct wavepci_port *port = wavepci_from(This);

    sched_point(port->system->sched, COST_CALL);
    if (!group)
        return;
    wavepci_checks_notify(port, group, __builtin_return_address(0));
    group->lpVtbl->RequestService(group);
}

static NTSTATUS NTAPI wavepci_master_channel(IPortWavePci *This, PDMACHANNEL *out, PUNKNOWN outer,
                                             POOL_TYPE pool, PRESOURCELIST resources,
                                             BOOLEAN scatter_gather, BOOLEAN dma32, BOOLEAN dma64,
                                             BOOLEAN ignore_count, DMA_WIDTH width,
                                             DMA_SPEED speed, ULONG maximum, ULONG dma_port)
{
    struct wavepci_port *port = wavepci_from(This);
    DEVICE_DESCRIPTION description;

    (void)pool, (void)resources, (void)width, (void)speed;
    port_check_irql(port->system, PASSIVE_LEVEL, "IPortWavePci::NewMasterDmaChannel",
                    __builtin_return_address(0));
    if (!out)
        return STATUS_INVALID_PARAMETER;
    *out = NULL;
    if (!port->fdo)
        return STATUS_DEVICE_NOT_READY;
    RtlZeroMemory(&description, sizeof(description));
    description.Version = DEVICE_DESCRIPTION_VERSION;
    description.Master = TRUE;
    description.ScatterGather = scatter_gather;
    description.Dma32BitAddresses = dma32;
    description.Dma64BitAddresses = dma64;
    description.IgnoreCount = ignore_count;
    description.MaximumLength = maximum;
    description.DmaPort = dma_port;
    description.InterfaceType = PCIBus;
    return dma_channel_new(out, outer, port_device_from(port->fdo)->pdo, &description,
                           __builtin_return_address(0));
}

static const IPortWavePciVtbl wavepci_vtbl = {
    .QueryInterface = wavepci_query,
    .AddRef = wavepci_addref,
    .Release = wavepci_release,
    .Init = wavepci_init,
    .GetDeviceProperty = wavepci_property,
    .NewRegistryKey = wavepci_registry,
    .Notify = wavepci_notify,
    .NewMasterDmaChannel = wavepci_master_channel,
};

// ---- the object ----------------------------------------------------------------------------------------------

static void *wavepci_find(struct unknown *unknown, REFIID iid)
{
    struct wavepci_port *port = CONTAINING_RECORD(unknown, struct wavepci_port, unknown);

    if (guid_equal(iid, &IID_IPortWavePci) || guid_equal(iid, &IID_IPort) ||
        (guid_equal(iid, &IID_IUnknown) && !unknown->outer))
        return &port->iface;
    return port_extras_find(&port->extras, iid);
}

static void wavepci_destroy(struct unknown *unknown)
{
    struct wavepci_port *port = CONTAINING_RECORD(unknown, struct wavepci_port, unknown);

    port_extras_destroy(&port->extras);
    release_all(port);
    if (port->extras.filter)
        ks_filter_release(port->extras.filter);
    port_free(port);
}

static const struct unknown_class wavepci_class = {wavepci_find, wavepci_destroy, "IPortWavePci"};

static void release_children(struct unknown *unknown)
{
    release_all(CONTAINING_RECORD(unknown, struct wavepci_port, unknown));
}

NTSTATUS wavepci_port_new(PPORT *out, const void *caller)
{
    struct wavepci_port *port = port_allocate(sizeof(*port), TAG_PORT);

    if (!port)
        return STATUS_INSUFFICIENT_RESOURCES;
    port->iface.lpVtbl = (IPortWavePciVtbl *)&wavepci_vtbl;
    port->system = system_here(__func__);
    list_init(&port->streams);
    unknown_init(port->system, &port->unknown, NULL, &wavepci_class, caller);
    port_extras_init(&port->extras, &port->unknown);
    port->extras.release_children = release_children;
    *out = (PPORT)&port->iface;
    return STATUS_SUCCESS;
}
