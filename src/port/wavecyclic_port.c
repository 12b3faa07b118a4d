// SPDX-License-Identifier: MIT
//
// IPortWaveCyclic (WC-1): Init binds the miniport and makes the filter (WC-4), Notify (WC-41), the DMA channels (WC-28
// to WC-31). What a pin does goes to wavecyclic_stream.c. The port's references: its maker's, the registered
// subdevice's, each stream's, and the miniport's; the last is a cycle, which release_children breaks.
#include "port/subdevice.h"
#include "port/wavecyclic.h"

#define TAG_PORT 'PCsP'

UNKNOWN_METHODS(wavecyclic, struct wavecyclic_port, iface, IPortWaveCyclic)

static struct wavecyclic_port *wavecyclic_from(IPortWaveCyclic *iface)
{
    return CONTAINING_RECORD(iface, struct wavecyclic_port, iface);
}

// ---- what ks asks ------------------------------------------------------------------------------------------

static NTSTATUS intersect(struct ks_filter *filter, ULONG pin, PKSDATARANGE client,
                          PKSDATARANGE mine, ULONG bytes, PVOID result, PULONG result_bytes)
{
    PMINIPORTWAVECYCLIC miniport = ((struct wavecyclic_port *)filter->port)->miniport;

    if (!miniport)
        return STATUS_NOT_IMPLEMENTED;
    return miniport->lpVtbl->DataRangeIntersection(miniport, pin, client, mine, bytes, result,
                                                   result_bytes);
}

static void pin_count(struct ks_filter *filter, ULONG pin, ULONG *necessary, ULONG *current,
                      ULONG *possible, ULONG *global_current, ULONG *global_possible)
{
    PPINCOUNT count = ((struct wavecyclic_port *)filter->port)->pin_count;

    if (count)
        count->lpVtbl->PinCount(count, pin, necessary, current, possible, global_current,
                                global_possible);
}

static PUNKNOWN pin_target(struct ks_pin *pin)
{
    return (PUNKNOWN)((struct wavecyclic_stream *)pin->port)->miniport;
}

const struct ks_filter_ops wavecyclic_filter_ops = {
    .pin_create = wavecyclic_stream_create,
    .pin_close = wavecyclic_stream_close,
    .pin_state = wavecyclic_stream_state,
    .pin_format = wavecyclic_stream_format,
    .pin_position = wavecyclic_position,
    .pin_stream_position = wavecyclic_stream_position,
    .pin_time = wavecyclic_time,
    .pin_framing = wavecyclic_stream_framing,
    .pin_submit = wavecyclic_submit,
    .pin_cancel = wavecyclic_cancel,
    .intersect = intersect,
    .pin_count = pin_count,
    .pin_target = pin_target,
    .looped_pins = true,
    .cursor_events = true,
    .copies = true,
    .filter_properties = connection_properties,
};

// ---- Init --------------------------------------------------------------------------------------------------

// Everything Init took, in any half-way state (AD-21).
static void release_all(struct wavecyclic_port *port)
{
    if (port->pin_count)
        port->pin_count->lpVtbl->Release(port->pin_count);
    port->pin_count = NULL;
    if (port->miniport)
        port->miniport->lpVtbl->Release(port->miniport);
    port->miniport = NULL;
}

static NTSTATUS init_miniport(struct wavecyclic_port *port, PUNKNOWN adapter,
                              PRESOURCELIST resources)
{
    PMINIPORTWAVECYCLIC miniport = port->miniport;
    struct kernel_call call;
    NTSTATUS status;

    kernel_call_enter(port->system, &call);
    status = miniport->lpVtbl->Init(miniport, adapter, resources, &port->iface);
    kernel_call_leave(port->system, &call, "VF-9", "IMiniportWaveCyclic::Init",
                      WAVECYCLIC_ROUTINE(miniport, Init));
    kernel_tell(status, "IMiniportWaveCyclic::Init", WAVECYCLIC_ROUTINE(miniport, Init));
    return status;
}

static NTSTATUS describe(struct wavecyclic_port *port)
{
    PPCFILTER_DESCRIPTOR descriptor = NULL;
    NTSTATUS status = port->miniport->lpVtbl->GetDescription(port->miniport, &descriptor);

    if (!NT_SUCCESS(status))
        return status;
    return ks_filter_create(&port_device_from(port->fdo)->ks, &wavecyclic_filter_ops, descriptor,
                            (PUNKNOWN)port->miniport, port, &port->extras.filter);
}

static NTSTATUS bind(struct wavecyclic_port *port, PUNKNOWN miniport, PUNKNOWN adapter,
                     PRESOURCELIST resources)
{
    PVOID found;
    NTSTATUS status =
        miniport->lpVtbl->QueryInterface(miniport, &IID_IMiniportWaveCyclic, &found);

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

static NTSTATUS NTAPI wavecyclic_init(IPortWaveCyclic *This, PDEVICE_OBJECT fdo, PIRP irp,
                                      PUNKNOWN miniport, PUNKNOWN adapter, PRESOURCELIST resources)
{
    struct wavecyclic_port *port = wavecyclic_from(This);
    NTSTATUS status;

    (void)irp;
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "IPortWaveCyclic::Init",
                    __builtin_return_address(0));
    if (!port_device_from(fdo) || !miniport)
        return NT_TELL_AS("IPortWaveCyclic::Init", STATUS_INVALID_PARAMETER);
    if (port->miniport)
        return NT_TELL_AS("IPortWaveCyclic::Init", STATUS_UNSUCCESSFUL); // AD-77
    port->fdo = fdo;
    status = bind(port, miniport, adapter, resources);
    if (NT_SUCCESS(status)) {
        port_extras_joined(&port->extras, port_device_from(fdo));
        return NT_TELL_AS("IPortWaveCyclic::Init", status);
    }
    release_all(port);
    if (port->extras.filter)
        ks_filter_release(port->extras.filter);
    port->extras.filter = NULL;
    port->fdo = NULL;
    return NT_TELL_AS("IPortWaveCyclic::Init", status);
}

// ---- the rest of IPort ---------------------------------------------------------------------------------------

static NTSTATUS NTAPI wavecyclic_property(IPortWaveCyclic *This, DEVICE_REGISTRY_PROPERTY property,
                                          ULONG bytes, PVOID buffer, PULONG result)
{
    struct wavecyclic_port *port = wavecyclic_from(This);

    if (!port_check_irql(port->system, PASSIVE_LEVEL, "IPortWaveCyclic::GetDeviceProperty",
                         __builtin_return_address(0)))
        return STATUS_UNSUCCESSFUL;
    if (!port->fdo)
        return STATUS_DEVICE_NOT_READY;
    return PcGetDeviceProperty(port->fdo, property, bytes, buffer, result);
}

static NTSTATUS NTAPI wavecyclic_registry(IPortWaveCyclic *This, PREGISTRYKEY *out, PUNKNOWN outer,
                                          ULONG type, ACCESS_MASK access,
                                          POBJECT_ATTRIBUTES attributes, ULONG options,
                                          PULONG disposition)
{
    if (!port_check_irql(system_here(__func__), PASSIVE_LEVEL, "IPortWaveCyclic::NewRegistryKey",
                         __builtin_return_address(0)))
        return STATUS_UNSUCCESSFUL;
    return PcNewRegistryKey(out, outer, type, access, wavecyclic_from(This)->fdo, This, attributes,
                            options, disposition);
}

// ---- IPortWaveCyclic -------------------------------------------------------------------------------------------

// A group that none of the port's streams ever had may be anything, also freed.
static bool is_known(const struct wavecyclic_port *port, const void *group)
{
    for (unsigned i = 0; i < WAVECYCLIC_GROUPS; i++)
        if (port->groups[i] == group)
            return true;
    return false;
}

static bool is_open(const struct wavecyclic_port *port, PSERVICEGROUP group)
{
    LIST_EACH(link, &port->streams)
        if (LIST_OBJECT(link, struct wavecyclic_stream, link)->group == group)
            return true;
    return false;
}

// Any IRQL. Without an open stream of that group nobody asks for service, and the group may have gone (WC-43).
static VOID NTAPI wavecyclic_notify(IPortWaveCyclic *This, PSERVICEGROUP group)
{
    struct wavecyclic_port *port = wavecyclic_from(This);
    const uint64_t parameters[4] = {0};

    sched_point(port->system->sched, COST_CALL);
    if (!group)
        return;
    if (is_open(port, group))
        group->lpVtbl->RequestService(group);
    else if (!is_known(port, group))
        finding_raise_code(port->system, "WC-88", SIDE_DRIVER, __builtin_return_address(0),
                           PROJECT_CODE, parameters,
                           "Notify with a group that NewStream returned for no stream of this port");
}

static NTSTATUS NTAPI wavecyclic_slave_channel(IPortWaveCyclic *This, PDMACHANNELSLAVE *out,
                                               PUNKNOWN outer, PRESOURCELIST resources, ULONG index,
                                               ULONG maximum, BOOLEAN demand, DMA_SPEED speed)
{
    struct wavecyclic_port *port = wavecyclic_from(This);

    port_check_irql(port->system, PASSIVE_LEVEL, "IPortWaveCyclic::NewSlaveDmaChannel",
                    __builtin_return_address(0));
    if (!out)
        return STATUS_INVALID_PARAMETER;
    *out = NULL;
    if (!port->fdo)
        return STATUS_DEVICE_NOT_READY;
    return slave_dma_channel_new(out, outer, port_device_from(port->fdo)->pdo, resources, index,
                                 maximum, demand, speed, __builtin_return_address(0));
}

static NTSTATUS NTAPI wavecyclic_master_channel(IPortWaveCyclic *This, PDMACHANNEL *out,
                                                PUNKNOWN outer, PRESOURCELIST resources,
                                                ULONG maximum, BOOLEAN dma32, BOOLEAN dma64,
                                                DMA_WIDTH width, DMA_SPEED speed)
{
    struct wavecyclic_port *port = wavecyclic_from(This);
    DEVICE_DESCRIPTION description;

    (void)resources, (void)width, (void)speed;
    port_check_irql(port->system, PASSIVE_LEVEL, "IPortWaveCyclic::NewMasterDmaChannel",
                    __builtin_return_address(0));
    if (!out)
        return STATUS_INVALID_PARAMETER;
    *out = NULL;
    if (!port->fdo)
        return STATUS_DEVICE_NOT_READY;
    RtlZeroMemory(&description, sizeof(description));
    description.Version = DEVICE_DESCRIPTION_VERSION;
    description.Master = TRUE;
    description.Dma32BitAddresses = dma32;
    description.Dma64BitAddresses = dma64;
    description.MaximumLength = maximum;
    description.InterfaceType = PCIBus;
    return dma_channel_new(out, outer, port_device_from(port->fdo)->pdo, &description,
                           __builtin_return_address(0));
}

static const IPortWaveCyclicVtbl wavecyclic_vtbl = {
    .QueryInterface = wavecyclic_query,
    .AddRef = wavecyclic_addref,
    .Release = wavecyclic_release,
    .Init = wavecyclic_init,
    .GetDeviceProperty = wavecyclic_property,
    .NewRegistryKey = wavecyclic_registry,
    .Notify = wavecyclic_notify,
    .NewSlaveDmaChannel = wavecyclic_slave_channel,
    .NewMasterDmaChannel = wavecyclic_master_channel,
};

// ---- the object ----------------------------------------------------------------------------------------------

static void *wavecyclic_find(struct unknown *unknown, REFIID iid)
{
    struct wavecyclic_port *port = CONTAINING_RECORD(unknown, struct wavecyclic_port, unknown);

    if (guid_equal(iid, &IID_IPortWaveCyclic) || guid_equal(iid, &IID_IPort) ||
        (guid_equal(iid, &IID_IUnknown) && !unknown->outer))
        return &port->iface;
    return port_extras_find(&port->extras, iid);
}

static void wavecyclic_destroy(struct unknown *unknown)
{
    struct wavecyclic_port *port = CONTAINING_RECORD(unknown, struct wavecyclic_port, unknown);

    port_extras_destroy(&port->extras);
    release_all(port);
    if (port->extras.filter)
        ks_filter_release(port->extras.filter);
    port_free(port);
}

static const struct unknown_class wavecyclic_class = {wavecyclic_find, wavecyclic_destroy, "IPortWaveCyclic"};

static void release_children(struct unknown *unknown)
{
    release_all(CONTAINING_RECORD(unknown, struct wavecyclic_port, unknown));
}

NTSTATUS wavecyclic_port_new(PPORT *out, const void *caller)
{
    struct wavecyclic_port *port = port_allocate(sizeof(*port), TAG_PORT);

    if (!port)
        return STATUS_INSUFFICIENT_RESOURCES;
    port->iface.lpVtbl = &wavecyclic_vtbl;
    port->system = system_here(__func__);
    list_init(&port->streams);
    unknown_init(port->system, &port->unknown, NULL, &wavecyclic_class, caller);
    port_extras_init(&port->extras, &port->unknown);
    port->extras.release_children = release_children;
    *out = (PPORT)&port->iface;
    return STATUS_SUCCESS;
}
