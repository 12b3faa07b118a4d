/* SPDX-License-Identifier: MIT */
/*
 * DriverEntry, AddDevice, StartDevice: one adapter with a topology and a wave subdevice. References made here are
 * dropped here; the ports keep their own.
 */
#include "hda.h"

enum { SUBDEVICES = 2 };

typedef NTSTATUS (*CREATE_MINIPORT)(PUNKNOWN *out);

static WCHAR topology_name[] = {'T', 'o', 'p', 'o', 'l', 'o', 'g', 'y', 0};
static WCHAR wave_name[] = {'W', 'a', 'v', 'e', 0};

static NTSTATUS init_and_register(PDEVICE_OBJECT device, PIRP irp, PPORT port, PUNKNOWN miniport,
                                  PUNKNOWN adapter, PRESOURCELIST resources, PWSTR name)
{
    NTSTATUS status = port->lpVtbl->Init(port, device, irp, miniport, adapter, resources);

    if (NT_SUCCESS(status))
        status = PcRegisterSubdevice(device, name, (PUNKNOWN)port);
    return status;
}

/* On success *out has a reference on the port, for the physical connections. */
static NTSTATUS install(PDEVICE_OBJECT device, PIRP irp, PWSTR name, REFGUID port_class,
                        CREATE_MINIPORT create, PUNKNOWN adapter, PRESOURCELIST resources,
                        PUNKNOWN *out)
{
    PUNKNOWN miniport;
    NTSTATUS status;
    PPORT port;

    *out = NULL;
    status = PcNewPort(&port, port_class);
    if (!NT_SUCCESS(status))
        return status;
    status = create(&miniport);
    if (NT_SUCCESS(status)) {
        status = init_and_register(device, irp, port, miniport, adapter, resources, name);
        miniport->lpVtbl->Release(miniport);
    }
    if (NT_SUCCESS(status))
        *out = (PUNKNOWN)port;
    else
        port->lpVtbl->Release(port);
    return status;
}

/* Sound leaves the wave filter for the jack, and comes from the jack. */
static NTSTATUS connect(PDEVICE_OBJECT device, const CONTROLLER *controller, ULONG side,
                        PUNKNOWN wave, PUNKNOWN topology)
{
    ULONG bridge = pin_number(controller, side, WAVE_BRIDGE);
    ULONG inner = pin_number(controller, side, TOPOLOGY_WAVE);

    if (!controller->paths[side].present)
        return STATUS_SUCCESS;
    if (side == SIDE_RENDER)
        return PcRegisterPhysicalConnection(device, wave, bridge, topology, inner);
    return PcRegisterPhysicalConnection(device, topology, inner, wave, bridge);
}

static NTSTATUS install_all(PDEVICE_OBJECT device, PIRP irp, CONTROLLER *controller,
                            PRESOURCELIST resources)
{
    PUNKNOWN topology = NULL, wave = NULL;
    NTSTATUS status;
    ULONG side;

    status = install(device, irp, topology_name, &CLSID_PortTopology, topology_create,
                     &controller->unknown, NULL, &topology);
    if (NT_SUCCESS(status))
        status = install(device, irp, wave_name, &CLSID_PortWaveRT, wave_create,
                         &controller->unknown, resources, &wave);
    for (side = 0; side < SIDES && NT_SUCCESS(status); side++)
        status = connect(device, controller, side, wave, topology);
    if (topology)
        topology->lpVtbl->Release(topology);
    if (wave)
        wave->lpVtbl->Release(wave);
    return status;
}

static NTSTATUS NTAPI start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources)
{
    CONTROLLER *controller;
    NTSTATUS status;

    if (resources->lpVtbl->NumberOfEntriesOfType(resources, CmResourceTypeMemory) < 1 ||
        resources->lpVtbl->NumberOfEntriesOfType(resources, CmResourceTypeInterrupt) < 1)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    status = controller_create(&controller, device, resources);
    if (!NT_SUCCESS(status))
        return status;
    status = install_all(device, irp, controller, resources);
    controller->unknown.lpVtbl->Release(&controller->unknown);
    return status;
}

static NTSTATUS NTAPI add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT device)
{
    return PcAddAdapterDevice(driver, device, start_device, SUBDEVICES, 0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    return PcInitializeAdapterDriver(driver, registry_path, add_device);
}
