// SPDX-License-Identifier: MIT
//
// IAdapterPnpManagement (AD-79): an adapter that can be stopped to have its resources dealt out anew hears when that
// is asked, called off and done. Without one a device may be stopped.
#include "port/pnp.h"

#include "port/port_extras.h"

static NTSTATUS register_pnp(PUNKNOWN unknown, PDEVICE_OBJECT fdo)
{
    struct port_device *device = port_device_from(fdo);
    PVOID found;
    NTSTATUS status;

    if (!unknown || !device)
        return STATUS_INVALID_PARAMETER;
    if (device->pnp)
        return STATUS_UNSUCCESSFUL;
    status = unknown->lpVtbl->QueryInterface(unknown, &IID_IAdapterPnpManagement, &found);
    if (NT_SUCCESS(status))
        device->pnp = found;
    return status;
}

static NTSTATUS unregister_pnp(PDEVICE_OBJECT fdo)
{
    struct port_device *device = port_device_from(fdo);

    if (!device)
        return STATUS_INVALID_PARAMETER;
    if (!device->pnp)
        return STATUS_UNSUCCESSFUL;
    port_pnp_forget(device);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI PcRegisterAdapterPnpManagement(PUNKNOWN unknown, PDEVICE_OBJECT fdo)
{
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcRegisterAdapterPnpManagement",
                    __builtin_return_address(0));
    return NT_TELL(register_pnp(unknown, fdo));
}

NTSTATUS NTAPI PcUnregisterAdapterPnpManagement(PDEVICE_OBJECT fdo)
{
    port_check_irql(system_here(__func__), PASSIVE_LEVEL, "PcUnregisterAdapterPnpManagement",
                    __builtin_return_address(0));
    return NT_TELL(unregister_pnp(fdo));
}

// ---- telling -----------------------------------------------------------------------------------------

bool port_pnp_query_stop(struct port_device *device)
{
    PADAPTERPNPMANAGEMENT pnp = device->pnp;

    if (!pnp)
        return true;
    if (pnp->lpVtbl->GetSupportedRebalanceType(pnp) == PcRebalanceNotSupported)
        return false;
    pnp->lpVtbl->PnpQueryStop(pnp);
    return true;
}

void port_pnp_cancel_stop(struct port_device *device)
{
    PADAPTERPNPMANAGEMENT pnp = device->pnp;

    if (pnp && pnp->lpVtbl->GetSupportedRebalanceType(pnp) != PcRebalanceNotSupported)
        pnp->lpVtbl->PnpCancelStop(pnp);
}

// A port's miniport may want to hear of it, too.
static void tell_miniports(struct port_device *device)
{
    LIST_EACH(link, &device->ports) {
        PUNKNOWN miniport = LIST_OBJECT(link, struct port_extras, link)->filter->miniport;
        PMINIPORTPNPNOTIFY notify;
        PVOID found;

        if (!NT_SUCCESS(miniport->lpVtbl->QueryInterface(miniport, &IID_IMiniportPnpNotify, &found)))
            continue;
        notify = found;
        notify->lpVtbl->PnpStop(notify);
        notify->lpVtbl->Release(notify);
    }
}

void port_pnp_stopped(struct port_device *device)
{
    PADAPTERPNPMANAGEMENT pnp = device->pnp;

    tell_miniports(device);
    if (pnp)
        pnp->lpVtbl->PnpStop(pnp);
}

void port_pnp_forget(struct port_device *device)
{
    PADAPTERPNPMANAGEMENT pnp = device->pnp;

    device->pnp = NULL;
    if (pnp)
        pnp->lpVtbl->Release(pnp);
}

// ---- IPortClsPnp -------------------------------------------------------------------------------------

EXTRA_METHODS(pnp, pnp, IPortClsPnp)

static NTSTATUS NTAPI pnp_register(IPortClsPnp *This, PUNKNOWN unknown, PDEVICE_OBJECT fdo)
{
    (void)This;
    return register_pnp(unknown, fdo);
}

static NTSTATUS NTAPI pnp_unregister(IPortClsPnp *This, PDEVICE_OBJECT fdo)
{
    (void)This;
    return unregister_pnp(fdo);
}

const IPortClsPnpVtbl port_pnp_vtbl = {
    .QueryInterface = pnp_query,
    .AddRef = pnp_addref,
    .Release = pnp_release,
    .RegisterAdapterPnpManagement = pnp_register,
    .UnregisterAdapterPnpManagement = pnp_unregister,
};
