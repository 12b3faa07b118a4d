/* SPDX-License-Identifier: MIT */
/*
 * DriverEntry, AddDevice, StartDevice: one adapter with a topology and a wave subdevice. References made here are
 * dropped here; the ports keep their own.
 */
#include "ac97.h"

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

static NTSTATUS connect(PDEVICE_OBJECT device, PUNKNOWN wave, PUNKNOWN topology)
{
    NTSTATUS status = PcRegisterPhysicalConnection(device, wave, WAVE_PIN_RENDER_BRIDGE, topology,
                                                   TOPOLOGY_PIN_WAVE_IN);

    if (NT_SUCCESS(status))
        status = PcRegisterPhysicalConnection(device, topology, TOPOLOGY_PIN_WAVE_OUT, wave,
                                              WAVE_PIN_CAPTURE_BRIDGE);
    return status;
}

static NTSTATUS install_all(PDEVICE_OBJECT device, PIRP irp, PUNKNOWN adapter,
                            PRESOURCELIST resources)
{
    PUNKNOWN topology = NULL, wave = NULL;
    NTSTATUS status;

    status = install(device, irp, topology_name, &CLSID_PortTopology, topology_create, adapter,
                     NULL, &topology);
    if (NT_SUCCESS(status))
        status = install(device, irp, wave_name, &CLSID_PortWavePci, wave_create, adapter,
                         resources, &wave);
    if (NT_SUCCESS(status))
        status = connect(device, wave, topology);
    if (topology)
        topology->lpVtbl->Release(topology);
    if (wave)
        wave->lpVtbl->Release(wave);
    return status;
}

static NTSTATUS NTAPI start_device(PDEVICE_OBJECT device, PIRP irp, PRESOURCELIST resources)
{
    NTSTATUS status;
    CODEC *codec;

    if (resources->lpVtbl->NumberOfEntriesOfType(resources, CmResourceTypePort) < 2 ||
        resources->lpVtbl->NumberOfEntriesOfType(resources, CmResourceTypeInterrupt) < 1)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    status = codec_create(&codec, resources);
    if (!NT_SUCCESS(status))
        return status;
    status = install_all(device, irp, &codec->unknown, resources);
    codec->unknown.lpVtbl->Release(&codec->unknown);
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
